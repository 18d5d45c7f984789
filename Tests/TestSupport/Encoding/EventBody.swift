public import Binlog

/// The bodies of events of a few fields, from the values that the reader gives of them.
public enum EventBody {
    /// A Format_description; `checksum` is nil for servers from before there were any.
    public static func formatDescription(
        version: UInt16 = 4, serverVersion: String, created: UInt32,
        headerBytes: UInt8 = UInt8(EventHeader.sizeBytes), postHeaderLengths: [UInt8],
        checksum: FormatDescription.Checksum?
    ) -> [UInt8] {
        var writer = ByteWriter()
        writer.u16(version)
        let name = Array(serverVersion.utf8.prefix(50))
        writer.append(name + [UInt8](repeating: 0, count: 50 - name.count))
        writer.u32(created)
        writer.u8(headerBytes)
        writer.append(postHeaderLengths)
        if let checksum { writer.u8(checksum == .crc32 ? 1 : 0) }
        return writer.bytes
    }

    public static func rotate(position: UInt64 = 4, nextFile: [UInt8]) -> [UInt8] {
        integer(position, 8) + nextFile
    }

    public static func xid(_ xid: UInt64) -> [UInt8] { integer(xid, 8) }

    public static func intvar(_ kind: IntvarEvent.Kind, _ value: UInt64) -> [UInt8] {
        [kind.rawValue] + integer(value, 8)
    }

    public static func rand(_ seed1: UInt64, _ seed2: UInt64) -> [UInt8] {
        integer(seed1, 8) + integer(seed2, 8)
    }

    /// A Gtid_list; `flags` are the high 4 bits of the count.
    public static func gtidList(_ gtids: [MariaDBGTID], flags: UInt32 = 0) -> [UInt8] {
        var writer = ByteWriter()
        writer.u32(UInt32(gtids.count) | flags << 28)
        for gtid in gtids {
            writer.u32(gtid.domainID)
            writer.u32(gtid.serverID)
            writer.u64(gtid.sequence)
        }
        // An older replica makes another event of it in place, which needs 6 bytes.
        return padded(writer.bytes, to: 6)
    }

    public static func binlogCheckpoint(file: [UInt8]) -> [UInt8] {
        integer(UInt64(file.count), 4) + file
    }

    public static func incident(_ number: UInt16, _ message: String) -> [UInt8] {
        integer(UInt64(number), 2) + [UInt8(message.utf8.count)] + Array(message.utf8)
    }

    public static func startEncryption(keyVersion: UInt32, nonce: [UInt8]) -> [UInt8] {
        [1] + integer(UInt64(keyVersion), 4) + nonce
    }

    /// Begin_load_query and Append_block.
    public static func loadBlock(fileID: UInt32, _ bytes: [UInt8]) -> [UInt8] {
        integer(UInt64(fileID), 4) + bytes
    }

    public static func deleteFile(fileID: UInt32) -> [UInt8] { integer(UInt64(fileID), 4) }

    public static func xaPrepare(_ xaID: XAID, isOnePhase: Bool) -> [UInt8] {
        [isOnePhase ? 1 : 0] + id(xaID, lengthWidth: 4)
    }

    /// Rows_query: what stands in front was a length once, and is 0.
    public static func rowsQuery(_ text: [UInt8]) -> [UInt8] { [0] + text }

    static func id(_ xaID: XAID, lengthWidth: Int) -> [UInt8] {
        var writer = ByteWriter()
        writer.u32(UInt32(bitPattern: xaID.formatID))
        writer.unsigned(UInt64(xaID.globalID.count), width: lengthWidth)
        writer.unsigned(UInt64(xaID.branchQualifier.count), width: lengthWidth)
        writer.append(xaID.globalID + xaID.branchQualifier)
        return writer.bytes
    }

    static func integer(_ value: UInt64, _ width: Int) -> [UInt8] {
        var writer = ByteWriter()
        writer.unsigned(value, width: width)
        return writer.bytes
    }

    static func padded(_ bytes: [UInt8], to count: Int) -> [UInt8] {
        bytes + [UInt8](repeating: 0, count: max(0, count - bytes.count))
    }
}

/// The event that begins a transaction of MariaDB.
extension EventBody {
    /// A Gtid; a part is written where the flags announce it.
    ///
    /// - Parameter engines: how many engines took part, less one.
    public static func gtid(
        _ gtid: MariaDBGTID, flags: GTIDEvent.Flags, commitID: UInt64? = nil, xaID: XAID? = nil,
        extraFlags: GTIDEvent.ExtraFlags = [], engines: UInt8? = nil,
        beginAlterSequence: UInt64? = nil, threadID: UInt32? = nil
    ) -> [UInt8] {
        var writer = ByteWriter()
        writer.u64(gtid.sequence)
        writer.u32(gtid.domainID)
        writer.u8(flags.rawValue)
        if let commitID { writer.u64(commitID) }
        if let xaID { writer.append(id(xaID, lengthWidth: 1)) }
        if !extraFlags.isEmpty { writer.u8(extraFlags.rawValue) }
        if let engines { writer.u8(engines) }
        if let beginAlterSequence { writer.u64(beginAlterSequence) }
        if let threadID { writer.u32(threadID) }
        return padded(writer.bytes, to: 19)
    }
}

/// The value of a user variable.
extension EventBody {
    /// - Parameters:
    ///   - collation: of a value that is no text.
    ///   - precision: digits that the type of a decimal has.
    ///   - flags: beside the sign of an integer; nil for servers that wrote none.
    public static func userVar(
        _ name: [UInt8], _ value: UserVarEvent.Value, typeName: [UInt8] = [],
        collation: UInt32 = 63, precision: Int = 0, hasSign: Bool = false
    ) throws -> [UInt8] {
        var writer = ByteWriter()
        writer.u32(UInt32(name.count))
        writer.append(name)
        let (type, stored): (UInt8, [UInt8])
        var textCollation: UInt32?
        switch value {
        case .null:
            writer.u8(1)
            return writer.bytes
        case .string(let bytes, let collation):
            (type, stored) = (0, bytes)
            textCollation = collation
        case .double(let bits): (type, stored) = (1, integer(bits, 8))
        case .integer(let bits, _): (type, stored) = (2, integer(bits, 8))
        case .decimal(let text):
            let scale = text.split(separator: ".").dropFirst().first?.utf8.count ?? 0
            type = 4
            stored =
                [UInt8(precision), UInt8(scale)]
                + (try DecimalBytes.packed(text, precision: precision, scale: scale))
        }
        writer.u8(0)
        writer.u8(type)
        writer.u32(textCollation ?? collation)
        writer.u32(UInt32(stored.count))
        writer.append(stored)
        if hasSign {
            if case .integer(_, isUnsigned: true) = value { writer.u8(1) } else { writer.u8(0) }
        }
        if !typeName.isEmpty {
            writer.append([2, UInt8(typeName.count)])
            writer.append(typeName)
        }
        return writer.bytes
    }
}
