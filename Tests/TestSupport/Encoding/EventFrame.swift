public import Binlog
import CZlib

/// The frame of an event: header in front, checksum behind.
public enum EventFrame {
    /// The 19 bytes of a header, with the length of the event that it stands before.
    public static func header(_ header: EventHeader, lengthBytes: Int) -> [UInt8] {
        var writer = ByteWriter()
        writer.u32(header.timestamp)
        writer.u8(header.type.rawValue)
        writer.u32(header.serverID)
        writer.u32(UInt32(truncatingIfNeeded: lengthBytes))
        writer.u32(header.endPosition)
        writer.u16(header.flags.rawValue)
        return writer.bytes
    }

    /// A whole event around a body; its length is that of the body and not the header's.
    public static func event(
        _ header: EventHeader, body: [UInt8], checksum: FormatDescription.Checksum
    ) -> [UInt8] {
        let length = EventHeader.sizeBytes + body.count + checksum.sizeBytes
        let bytes = Self.header(header, lengthBytes: length) + body
        return checksum == .crc32 ? bytes + sum(of: bytes, type: header.type) : bytes
    }

    /// The checksum of an event anew, where its bytes have been changed on purpose.
    public static func reseal(_ event: inout [UInt8]) {
        let type = EventType(rawValue: event[4])
        event.replaceSubrange((event.count - 4)..., with: sum(of: event.dropLast(4), type: type))
    }

    /// The CRC32 of an event; that of a Format_description is made without the in-use flag, which
    /// is cleared in place when the file is closed.
    private static func sum(of bytes: some Collection<UInt8>, type: EventType) -> [UInt8] {
        var summed = Array(bytes)
        if type == .formatDescription {
            summed[17] &= ~UInt8(EventHeader.Flags.inUse.rawValue)
        }
        var writer = ByteWriter()
        writer.u32(crc32(of: summed))
        return writer.bytes
    }

    private static func crc32(of bytes: [UInt8]) -> UInt32 {
        UInt32(truncatingIfNeeded: CZlib.crc32(0, bytes, UInt32(bytes.count)))
    }
}
