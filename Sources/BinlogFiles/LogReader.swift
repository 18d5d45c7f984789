public import Binlog
public import SystemPackage

/// Reads one log file event by event, checks every byte, and groups events into transactions.
///
///     var reader = try LogReader(path: "bin.000001")
///     while try reader.advance() {
///         if reader.step == .ends { print(reader.transaction.endOffset) }
///     }
///     print(reader.end?.state)
///
/// Encrypted events come decrypted, compressed ones unpacked; behind a Transaction_payload event
/// come the events that it holds, all at its offset. Memory is bounded by the largest
/// event. After an error or the end, `end` says how the file ends;
/// a reader that has thrown must not be advanced again.
public struct LogReader: ~Copyable {
    public let name: String
    public var sizeBytes: UInt64 { window.sizeBytes }
    /// What the newest event is to its transaction.
    public private(set) var step = TransactionTracker.Step.outside
    /// How the file ends; nil until that is known.
    public private(set) var end: FileEnd?
    /// Offset of the event that `advance` reads next.
    public private(set) var nextOffset: UInt64 = 4

    private var window: FileWindow
    private var framer = EventFramer()
    private let allowsRelayLog: Bool
    private var encryption: LogEncryption
    private var unpacker = EventUnpacker()
    private var payload = PayloadReader()
    /// The payload event that the newest event stands in.
    private var payloadHeader: EventHeader?
    private var tracker = TransactionTracker()
    private var header = EventHeader(
        timestamp: 0, type: .formatDescription, serverID: 0, lengthBytes: 0, endPosition: 0,
        flags: [])
    private var currentOffset: UInt64 = 4
    private var checksumBytes = 0
    private let addressOnly = AddressOnly()

    /// Opens a file and checks its magic.
    ///
    /// Throws `unreadable`, `not-a-binary-log` (also for an empty file), and `unsupported-event`
    /// for a MySQL log that is encrypted as a whole.
    ///
    /// - Parameter allowsRelayLog: a replica's relay log is read too; else it is the error
    ///   `relay-log`.
    public init(
        path: FilePath, keys: EncryptionKeys? = nil, allowsRelayLog: Bool = false
    ) throws(BinlogError) {
        var window = try FileWindow(path: path)
        try Self.checkMagic(&window, path)
        self.window = window
        name = path.lastComponent?.string ?? path.string
        encryption = LogEncryption(keys)
        self.allowsRelayLog = allowsRelayLog
    }

    /// The same, with the file's own keys.
    public init(_ file: LogFile) throws(BinlogError) {
        try self.init(path: file.path, keys: file.keys, allowsRelayLog: file.mayBeRelayLog)
    }

    private static func checkMagic(
        _ window: inout FileWindow, _ path: FilePath
    ) throws(BinlogError) {
        guard window.sizeBytes >= 4 else {
            let message = window.sizeBytes == 0 ? "the file is empty" : "the file is too short"
            throw BinlogError(
                .notABinaryLog, message,
                hint: "copy it again from its server; one that never held more can be removed",
                file: path.string, offset: 0)
        }
        try window.load(4, at: 0)
        let magic = window.bytes(4, at: 0).copied()
        if magic == [0xFD, 0x62, 0x69, 0x6E] {
            throw BinlogError(
                .unsupportedEvent, "the file is an encrypted MySQL log",
                hint: "its key lives in the server's keyring; fetch the log through the server "
                    + "with mysqlbinlog --read-from-remote-server --raw",
                file: path.string, offset: 0)
        }
        guard magic == EventFramer.magic else {
            throw BinlogError(
                .notABinaryLog, "the file does not begin as a binary log does",
                hint: "a binary log begins with the bytes fe 62 69 6e", file: path.string,
                offset: 0)
        }
    }

    /// It is a replica's relay log.
    public var isRelayLog: Bool { framer.isRelayLog }

    /// The file's newest format description; nil before the first event.
    public var format: FormatDescription? { framer.format }

    /// The transaction that the newest event belongs to, or the last one that was whole.
    public var transaction: Transaction {
        _read { yield tracker.transaction }
    }

    /// The newest event is inside a transaction whose end has not been read.
    public var isInsideTransaction: Bool { tracker.isOpen }

    /// How the file's events are encrypted, once its format description has been read.
    var cipher: EventCipher? { encryption.cipher }

    /// The event that `advance` has read, until it is called again.
    public var event: Event {
        @_lifetime(borrow self)
        get {
            if let payloadHeader {
                Self.view(payload, header, in: payloadHeader, at: currentOffset)
            } else {
                Self.view(window, encryption, unpacker, header, checksumBytes, at: currentOffset)
            }
        }
    }

    /// Reads and checks the next event; false at the end of the file.
    ///
    /// Throws what is wrong, with file and offset: `truncated`, `corrupt`, `checksum-mismatch`,
    /// `unknown-event`, `relay-log`.
    public mutating func advance() throws(BinlogError) -> Bool {
        do throws(BinlogError) {
            if payload.isOpen, try readPayloadEvent() { return true }
            guard nextOffset < window.sizeBytes else {
                end = endAtLastByte()
                return false
            }
            try readEvent()
        } catch {
            end = FileEnd(
                state: error.code == .truncated ? .truncated : .corrupt,
                offset: tracker.isOpen ? tracker.transaction.beginOffset : nextOffset,
                reason: error.message)
            throw error.inFile(name)
        }
        return true
    }

    /// Goes to an offset at which the caller knows that a transaction begins.
    ///
    /// The format description must have been read, and no transaction may be open.
    public mutating func seek(to offset: UInt64) {
        precondition(framer.format != nil && !tracker.isOpen)
        nextOffset = offset
        payload.close()
    }

    /// Looks for an offset at which a transaction seems to begin, at `offset` or up to 1 MiB
    /// behind.
    ///
    /// A guess by one event's frame: whoever uses it must prove it by reading up to it.
    public mutating func guessTransaction(from offset: UInt64) -> UInt64? {
        guard offset >= nextOffset, offset < window.sizeBytes, encryption.isPlain else {
            return nil
        }
        let count = Int(min(1 << 20, window.sizeBytes - offset))
        do {
            try window.load(count, at: offset)
        } catch {
            return nil
        }
        let bytes = window.bytes(count, at: offset)
        for index in 0..<max(0, count - EventHeader.sizeBytes)
        where EventFramer.beginsTransaction(bytes, at: index, offset: offset) {
            return offset + UInt64(index)
        }
        return nil
    }

    /// Where behind an offset whole events stand again: a Gtid event and the one behind it, both
    /// with their checksums and positions; nil where none do.
    ///
    /// Throws `unsupported-event` for a log without checksums, where nothing tells an event from
    /// bytes that look like one, and for an encrypted one.
    mutating func resynchronize(from offset: UInt64) throws(BinlogError) -> UInt64? {
        guard framer.format?.checksum == .crc32, encryption.isPlain else {
            throw BinlogError(
                .unsupportedEvent,
                "nothing tells events behind damage in a log without checksums or encrypted",
                file: name, offset: offset)
        }
        var next = max(offset, nextOffset)
        while next < window.sizeBytes {
            guard let place = guessTransaction(from: next) else {
                next += (1 << 20) - UInt64(EventHeader.sizeBytes)
                continue
            }
            if let second = wholeEventEnd(at: place), wholeEventEnd(at: second) != nil {
                return place
            }
            next = place + 1
        }
        return nil
    }

    /// Where the event ends that stands at an offset, if its bytes are right.
    private mutating func wholeEventEnd(at offset: UInt64) -> UInt64? {
        do throws(BinlogError) {
            guard let length = try peek(at: offset) else { return nil }
            var trial = framer
            _ = try trial.frame(window.bytes(length, at: offset), at: offset)
            return offset + UInt64(length)
        } catch {
            return nil
        }
    }

    /// What is lost where the file's end is torn, once `advance` has come to it.
    func lostTail(file: String, since timestamp: UInt32) -> LostTail {
        let begin = tracker.isOpen ? tracker.transaction.beginOffset : nextOffset
        let whole = tracker.isOpen ? tracker.transaction.eventCount : 0
        let isEventTorn = nextOffset < window.sizeBytes
        let isAfter = timestamp > 0 && header.timestamp >= timestamp && whole > 0
        return LostTail(
            position: BinlogPosition(file: file, offset: begin),
            bytes: window.sizeBytes - min(begin, window.sizeBytes),
            events: whole + (isEventTorn ? 1 : 0),
            seconds: isAfter ? header.timestamp - timestamp : nil)
    }

    /// Whether a transaction seems to begin behind the place that `advance` came to; true where
    /// that cannot be told, as in an encrypted file.
    mutating func hasTransactionAhead() -> Bool {
        let rest = window.sizeBytes - min(nextOffset, window.sizeBytes)
        guard rest >= UInt64(EventHeader.sizeBytes) else { return false }
        guard encryption.isPlain else { return true }
        var next = nextOffset + 1
        while next < window.sizeBytes {
            if guessTransaction(from: next) != nil { return true }
            // A little less than what was looked through, for a header on the border.
            next += (1 << 20) - UInt64(EventHeader.sizeBytes)
        }
        return false
    }

    private mutating func readEvent() throws(BinlogError) {
        let offset = nextOffset
        guard window.sizeBytes - offset >= UInt64(EventHeader.sizeBytes) else {
            throw BinlogError(.truncated, "the file ends inside an event's header", offset: offset)
        }
        try window.load(EventHeader.sizeBytes, at: offset)
        let length = try EventFramer.length(
            headerOf: window.bytes(EventHeader.sizeBytes, at: offset), at: offset)
        guard UInt64(length) <= window.sizeBytes - offset else {
            throw BinlogError(
                .truncated,
                "the event is \(length) bytes long, but the file ends after "
                    + "\(window.sizeBytes - offset)", offset: offset)
        }
        try window.load(length, at: offset)
        if encryption.covers(offset) {
            try Self.decrypt(window, length, at: offset, &encryption)
        }
        payloadHeader = nil
        (header, checksumBytes) = try Self.check(
            window, encryption, length, at: offset, &framer, &unpacker, &payload)
        if framer.isRelayLog {
            guard allowsRelayLog else {
                throw BinlogError(
                    .relayLog, "the file is a relay log",
                    hint: "take the binary logs of the server whose data is to be recovered",
                    offset: offset)
            }
            tracker.isRelayLog = true
        }
        currentOffset = offset
        step = try Self.track(
            window, encryption, unpacker, header, checksumBytes, at: offset, &tracker)
        nextOffset = offset + UInt64(length)
        if header.type == .formatDescription {
            findEncryption()
            // The look ahead may have moved the window.
            try window.load(length, at: offset)
        }
    }

    /// Reads the next event of a payload; false behind its last.
    private mutating func readPayloadEvent() throws(BinlogError) -> Bool {
        let outer = payloadHeader ?? header
        let inner = try Self.advance(
            &payload, window, encryption, outer, checksumBytes, at: currentOffset)
        guard let inner else {
            guard !tracker.isOpen else {
                throw BinlogError(
                    .corrupt, "a transaction's payload does not hold its end",
                    offset: currentOffset)
            }
            return false
        }
        guard tracker.isOpen else {
            throw BinlogError(
                .corrupt, "a transaction's payload goes on behind its end", offset: currentOffset)
        }
        payloadHeader = outer
        header = inner
        step = try Self.track(payload, inner, in: outer, at: currentOffset, &tracker)
        return true
    }

    // These take the reader's parts one by one: a view of one must not hold the others.

    private static func advance(
        _ payload: inout PayloadReader, _ window: borrowing FileWindow,
        _ encryption: borrowing LogEncryption, _ header: EventHeader, _ checksumBytes: Int,
        at offset: UInt64
    ) throws(BinlogError) -> EventHeader? {
        try payload.advance(
            in: Event(
                header: header, offset: offset,
                bytes: bytes(window, encryption, Int(header.lengthBytes), at: offset),
                checksumBytes: checksumBytes))
    }

    private static func track(
        _ payload: borrowing PayloadReader, _ header: EventHeader, in outer: EventHeader,
        at offset: UInt64, _ tracker: inout TransactionTracker
    ) throws(BinlogError) -> TransactionTracker.Step {
        try tracker.take(view(payload, header, in: outer, at: offset))
    }

    @_lifetime(borrow payload)
    private static func view(
        _ payload: borrowing PayloadReader, _ header: EventHeader, in outer: EventHeader,
        at offset: UInt64
    ) -> Event {
        Event(
            header: header, payloadAt: offset..<(offset &+ UInt64(outer.lengthBytes)),
            bytes: payload.bytes)
    }

    private static func decrypt(
        _ window: borrowing FileWindow, _ length: Int, at offset: UInt64,
        _ encryption: inout LogEncryption
    ) throws(BinlogError) {
        try encryption.decrypt(window.bytes(length, at: offset), at: offset)
    }

    private static func check(
        _ window: borrowing FileWindow, _ encryption: borrowing LogEncryption, _ length: Int,
        at offset: UInt64, _ framer: inout EventFramer, _ unpacker: inout EventUnpacker,
        _ payload: inout PayloadReader
    ) throws(BinlogError) -> (EventHeader, checksumBytes: Int) {
        let event = try framer.frame(bytes(window, encryption, length, at: offset), at: offset)
        if event.type == .startEncryption { _ = try StartEncryptionEvent(event) }
        if event.type.isCompressed { try unpacker.unpack(event) }
        if event.type == .transactionPayload { try payload.begin(event) }
        return (event.header, event.checksumBytes)
    }

    private static func track(
        _ window: borrowing FileWindow, _ encryption: borrowing LogEncryption,
        _ unpacker: borrowing EventUnpacker, _ header: EventHeader, _ checksumBytes: Int,
        at offset: UInt64, _ tracker: inout TransactionTracker
    ) throws(BinlogError) -> TransactionTracker.Step {
        try tracker.take(view(window, encryption, unpacker, header, checksumBytes, at: offset))
    }

    /// The event as its consumers see it.
    @inline(__always)
    @_lifetime(borrow window, borrow encryption, borrow unpacker)
    private static func view(
        _ window: borrowing FileWindow, _ encryption: borrowing LogEncryption,
        _ unpacker: borrowing EventUnpacker, _ header: EventHeader, _ checksumBytes: Int,
        at offset: UInt64
    ) -> Event {
        if header.type.isCompressed {
            Event(header: header, offset: offset, plain: unpacker.bytes)
        } else {
            Event(
                header: header, offset: offset,
                bytes: bytes(window, encryption, Int(header.lengthBytes), at: offset),
                checksumBytes: checksumBytes)
        }
    }

    /// A file's event as it was before it was encrypted.
    @inline(__always)
    @_lifetime(borrow window, borrow encryption)
    private static func bytes(
        _ window: borrowing FileWindow, _ encryption: borrowing LogEncryption, _ length: Int,
        at offset: UInt64
    ) -> RawSpan {
        encryption.covers(offset) ? encryption.bytes : window.bytes(length, at: offset)
    }

    /// Looks whether a Start_encryption event stands next: whoever goes on elsewhere in the file
    /// must know it too.
    private mutating func findEncryption() {
        do throws(BinlogError) {
            let offset = nextOffset
            guard let length = try peek(at: offset),
                window.bytes(length, at: offset).unsafeLoad(fromByteOffset: 4, as: UInt8.self)
                    == EventType.startEncryption.rawValue
            else { return }
            let start = try Self.encryptionStart(
                window.bytes(length, at: offset), at: offset, framer)
            let firstOffset = offset + UInt64(length)
            guard let start, let firstLength = try peek(at: firstOffset) else { return }
            Self.begin(
                start, at: offset, window, firstLength, at: firstOffset, framer, &encryption)
        } catch {
            // What is wrong here is told when the events are read.
            return
        }
    }

    private static func begin(
        _ start: StartEncryptionEvent, at offset: UInt64, _ window: borrowing FileWindow,
        _ firstLength: Int, at firstOffset: UInt64, _ framer: EventFramer,
        _ encryption: inout LogEncryption
    ) {
        encryption.begin(
            start, at: offset, first: window.bytes(firstLength, at: firstOffset),
            firstOffset: firstOffset, framer)
    }

    /// Makes an event available; its length, nil where the file does not hold all of it.
    private mutating func peek(at offset: UInt64) throws(BinlogError) -> Int? {
        guard offset < window.sizeBytes,
            window.sizeBytes - offset >= UInt64(EventHeader.sizeBytes)
        else { return nil }
        try window.load(EventHeader.sizeBytes, at: offset)
        let length = try EventFramer.length(
            headerOf: window.bytes(EventHeader.sizeBytes, at: offset), at: offset)
        guard UInt64(length) <= window.sizeBytes - offset else { return nil }
        try window.load(length, at: offset)
        return length
    }

    /// Nil where what follows is plain all the same.
    private static func encryptionStart(
        _ bytes: RawSpan, at offset: UInt64, _ framer: EventFramer
    ) throws(BinlogError) -> StartEncryptionEvent? {
        var framer = framer
        let event = try framer.frame(bytes, at: offset)
        guard !event.header.flags.contains(.ignorable) else { return nil }
        return try StartEncryptionEvent(event)
    }

    private func endAtLastByte() -> FileEnd {
        guard framer.format != nil else {
            return FileEnd(
                state: .truncated, offset: 4, reason: "nothing stands behind the magic")
        }
        if tracker.isOpen, !framer.isRelayLog {
            return FileEnd(
                state: .truncated, offset: tracker.transaction.beginOffset,
                reason: "the file ends inside a transaction")
        }
        if header.type == .rotate || header.type == .stop {
            return FileEnd(state: .clean, offset: nextOffset)
        }
        let isMarked = framer.format?.inUse == true
        return FileEnd(
            state: .inUse, offset: nextOffset,
            reason: isMarked
                ? "its server has it open, or died with it open"
                : "no Rotate or Stop event closes it: it was copied while open, or cut")
    }
}
