// What is fuzzed: one table for the short runs of `make test` and the long ones of `make fuzz`,
// whose package has a link to this file.
import Binlog
import Recovery

/// A part of the parser that takes any bytes: it may throw, but never trap, hang, or take more
/// memory than it states.
enum FuzzTarget: String, CaseIterable, Sendable {
    /// A whole log without checksums, as it lies in a file behind its magic.
    case log
    /// One event's body; the first byte is its type, the second 0 for MariaDB.
    case event
    /// A table map's body behind two bytes of its length, then a rows event's; the first byte is
    /// the type, the second 0 for MariaDB.
    case rows
    /// A JSON value of MySQL; the first byte is 1 for changes of one.
    case json
    /// A column's type, its metadata in two bytes, and its values one behind the other.
    case values
    /// A Query event's status variables; the first byte is 0 for MariaDB.
    case statusVariables
    /// A packed event's body; the first byte is its type.
    case packed
    /// A statement, or several with zeros between them that make code; the first byte has bits of
    /// their sql_mode.
    case statement
    /// What a user types as the statement to stop at.
    case pattern
    /// GTIDs and positions that a user types.
    case words

    func run(_ bytes: [UInt8]) {
        switch self {
        case .log: FuzzedLog.read(bytes)
        case .event: FuzzedLog.readEvent(bytes)
        case .rows: FuzzedLog.readRows(bytes)
        case .json: FuzzedLog.readJSON(bytes)
        case .values: FuzzedLog.readValues(bytes)
        case .statusVariables: FuzzedLog.readStatusVariables(bytes)
        case .packed: FuzzedLog.unpack(bytes)
        case .statement: FuzzedText.readStatement(bytes)
        case .pattern: FuzzedText.readPattern(bytes)
        case .words: FuzzedText.readWords(bytes)
        }
    }
}

/// Events made of any bytes.
enum FuzzedLog {
    /// An event of a type around a body.
    static func event(_ type: UInt8, _ body: some Collection<UInt8>) -> [UInt8] {
        let length = UInt32(EventHeader.sizeBytes + body.count)
        var bytes: [UInt8] = [0, 0, 0, 1, type, 1, 0, 0, 0]
        withUnsafeBytes(of: length.littleEndian) { bytes.append(contentsOf: $0) }
        bytes += [0, 0, 0, 0, 0, 0]
        return bytes + body
    }

    /// Gives `body` a view of the event, as a reader would.
    static func withEvent(
        _ bytes: [UInt8], _ body: (borrowing Event) throws(BinlogError) -> Void
    ) {
        do throws(BinlogError) {
            let span = bytes.span.bytes
            var reader = ByteReader(span, at: 4)
            let header = try EventHeader(&reader)
            try body(Event(header: header, offset: 4, bytes: span, checksumBytes: 0))
        } catch {
            // Whatever is wrong is to be said so.
        }
    }

    static func read(_ bytes: [UInt8]) {
        var framer = EventFramer()
        var consumer = FuzzedEvents()
        var begin = 0
        while bytes.count - begin >= EventHeader.sizeBytes {
            let offset = UInt64(4 + begin)
            do throws(BinlogError) {
                let rest = bytes.span.bytes.extracting(begin...)
                let length = try EventFramer.length(headerOf: rest, at: offset)
                guard length <= rest.byteCount else { return }
                let event = try framer.frame(rest.extracting(first: length), at: offset)
                try consumer.take(event, framer.format)
                begin += length
            } catch {
                return
            }
        }
    }

    static func readEvent(_ bytes: [UInt8]) {
        guard bytes.count >= 2 else { return }
        var consumer = FuzzedEvents()
        if bytes[1] != 0 { consumer.flavor = .mysql }
        withEvent(event(bytes[0], bytes.dropFirst(2))) { (event) throws(BinlogError) in
            try consumer.take(event, nil)
        }
    }

    static func readRows(_ bytes: [UInt8]) {
        guard bytes.count >= 4 else { return }
        var consumer = FuzzedEvents()
        if bytes[1] != 0 { consumer.flavor = .mysql }
        let mapBytes = Int(bytes[2]) | Int(bytes[3]) << 8
        let rest = bytes.dropFirst(4)
        for event in [event(19, rest.prefix(mapBytes)), event(bytes[0], rest.dropFirst(mapBytes))] {
            withEvent(event) { (event) throws(BinlogError) in try consumer.take(event, nil) }
        }
    }

    /// A table of one column, and a row that holds a value of it.
    private static func readColumn(
        _ type: UInt8, metadata: [UInt8], rowsType: UInt8, _ row: [UInt8]
    ) {
        let map: [UInt8] =
            [1, 0, 0, 0, 0, 0, 0, 0, 1, 0x64, 0, 1, 0x74, 0, 1, type, UInt8(metadata.count)]
            + metadata + [1]
        let head: [UInt8] = [1, 0, 0, 0, 0, 0, 1, 0, 2, 0, 1]
        let bitmaps: [UInt8] = rowsType == 39 ? [1, 1] : [1]
        var consumer = FuzzedEvents()
        consumer.flavor = .mysql
        for event in [event(19, map), event(rowsType, head + bitmaps + row)] {
            withEvent(event) { (event) throws(BinlogError) in try consumer.take(event, nil) }
        }
    }

    static func readJSON(_ bytes: [UInt8]) {
        guard let kind = bytes.first else { return }
        var value: [UInt8] = []
        withUnsafeBytes(of: UInt32(bytes.count - 1).littleEndian) { value.append(contentsOf: $0) }
        value += bytes.dropFirst()
        if kind == 1 {
            readColumn(245, metadata: [4], rowsType: 39, [0xFF, 1, 1, 0xFE] + value)
        } else {
            readColumn(245, metadata: [4], rowsType: 30, [0xFE] + value)
        }
    }

    static func readValues(_ bytes: [UInt8]) {
        guard bytes.count >= 3 else { return }
        for count in 0...2 {
            readColumn(
                bytes[0], metadata: Array(bytes[1...].prefix(count)), rowsType: 30,
                [0xFE] + bytes.dropFirst(3))
        }
    }

    static func readStatusVariables(_ bytes: [UInt8]) {
        guard let kind = bytes.first, bytes.count <= 65_000 else { return }
        let count = bytes.count - 1
        let head: [UInt8] = [
            1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, UInt8(count & 0xFF), UInt8(count >> 8),
        ]
        var consumer = FuzzedEvents()
        if kind != 0 { consumer.flavor = .mysql }
        let query = event(2, head + bytes.dropFirst() + [0] + Array("BEGIN".utf8))
        withEvent(query) { (event) throws(BinlogError) in try consumer.take(event, nil) }
    }

    static func unpack(_ bytes: [UInt8]) {
        guard let type = bytes.first, type == 40 || (165...171).contains(type) else { return }
        var consumer = FuzzedEvents()
        withEvent(event(type, bytes.dropFirst())) { (event) throws(BinlogError) in
            try consumer.take(event, nil)
        }
    }
}

/// Does with events what the commands do: groups them, and reads all that they hold.
struct FuzzedEvents: ~Copyable {
    var flavor = FormatDescription.Flavor.mariadb
    private var tracker = TransactionTracker()
    private var registry = TableMapRegistry()
    private var unpacker = EventUnpacker()
    private var payload = PayloadReader()
    private var positions = GTIDPosition()

    mutating func take(
        _ event: borrowing Event, _ format: FormatDescription?
    ) throws(BinlogError) {
        if event.type == .formatDescription, let format { flavor = format.flavor }
        registry.use(flavor)
        if event.type.isCompressed {
            try unpacker.unpack(event)
            // A copy: what is unpacked is read while others of its kind might be.
            let plain = unpacker.bytes.copied()
            return try read(
                Event(header: event.header, offset: event.offset, plain: plain.span.bytes))
        }
        try read(event)
        guard event.type == .transactionPayload else { return }
        try payload.begin(event)
        while let header = try payload.advance(in: event) {
            let inner = payload.bytes.copied()
            try read(
                Event(
                    header: header, payloadAt: event.offset..<event.endOffset,
                    bytes: inner.span.bytes))
        }
    }

    private mutating func read(_ event: borrowing Event) throws(BinlogError) {
        let step = try? tracker.take(event)
        if step == .begins { registry.endStatement() }
        if let list = try GTIDPosition(listedIn: event) { positions.record(list) }
        if let gtid = tracker.transaction.gtid { positions.record(gtid) }
        switch event.type {
        case .query, .executeLoadQuery:
            let query = try QueryEvent(event)
            var state = SessionState()
            let status = try query.statusVariables(flavor)
            try? state.apply(
                status, timestamp: 1, threadID: 1, writer: WriterVersion("11.8.0-MariaDB"),
                keepsMode: false, collations: CollationCatalog([:]))
            FuzzedText.read(query.text, SQLMode(bits: status.sqlMode ?? 0))
        case .annotateRows, .rowsQuery:
            if let text = event.annotation { FuzzedText.read(text, .standard) }
        case .userVar: _ = try UserVarEvent(event)
        case .intvar: _ = try IntvarEvent(event)
        case .rand: _ = try RandEvent(event)
        case .rotate: _ = try RotateEvent(event)
        case .incident: _ = try IncidentEvent(event)
        case .binlogCheckpoint: _ = try BinlogCheckpointEvent(event)
        case .startEncryption: _ = try StartEncryptionEvent(event)
        case .beginLoadQuery, .appendBlock: _ = try LoadBlockEvent(event)
        case .xaPrepare: _ = try XAPrepareEvent(event).xaID.description
        case .tableMap: try registry.record(event)
        case let type where type.isRows: try readRows(event)
        default: break
        }
    }

    private mutating func readRows(_ event: borrowing Event) throws(BinlogError) {
        let rows = try RowsEvent(event)
        guard !rows.isDummy else { return }
        let map = registry[try registry.table(of: rows)]
        var cursor = try RowCursor(rows, of: map)
        var values: [ColumnValue] = []
        while try cursor.next() {
            if rows.operation != .insert {
                try map.readBefore(cursor, of: rows, into: &values)
                show(values, map, rows)
            }
            if rows.operation != .delete {
                try map.readAfter(cursor, of: rows, into: &values)
                show(values, map, rows)
            }
        }
    }

    private func show(_ values: [ColumnValue], _ map: TableMap, _ rows: borrowing RowsEvent) {
        for (column, value) in values.enumerated() {
            _ = map.text(of: value, column: column, in: rows.rows)
        }
    }
}

/// Texts of any bytes.
enum FuzzedText {
    static func read(_ text: RawSpan, _ mode: SQLMode) {
        var classifier = StatementClassifier()
        _ = classifier.facts(of: text, mode: mode)
        var judge = StatementJudge()
        _ = judge.policy(of: text, mode: mode, isAlone: false)
        _ = judge.risk(of: text)
        precondition(judge.textForReplay(text).count == text.byteCount)
        _ = CreatedTable(text, mode: mode, database: "d")
        _ = PrintableText.decoded(SecretMask.masked(text, mode: mode))
    }

    static func readStatement(_ bytes: [UInt8]) {
        guard let bits = bytes.first else { return }
        // PIPES_AS_CONCAT, ANSI_QUOTES, IGNORE_SPACE, ORACLE, NO_BACKSLASH_ESCAPES.
        let modes: [UInt64] = [1 << 1, 1 << 2, 1 << 3, 1 << 9, 1 << 20]
        let mode = modes.indices.reduce(UInt64(0)) { sum, index in
            bits >> UInt8(index) & 1 == 1 ? sum | modes[index] : sum
        }
        let text = Array(bytes.dropFirst())
        read(text.span.bytes, SQLMode(bits: mode))
        let table = TableName(schema: "d", table: "t")
        var history = HistoryFollower(HistoryRequest(table: table, conditions: [], most: 1))
        let database: [UInt8] = [UInt8(ascii: "d")]
        var code = UnsafeCode()
        var classifier = StatementClassifier()
        for statement in text.split(separator: 0, maxSplits: 16).map(Array.init) {
            let mode = SQLMode(bits: mode)
            let facts = classifier.facts(of: statement.span.bytes, mode: mode)
            code.take(statement.span.bytes, mode: mode, database: "d", facts)
            code.refresh()
            _ = classifier.facts(of: statement.span.bytes, mode: nil)
            history.statement(
                statement.span.bytes, database: database.span.bytes, mode: mode, threadID: 1)
        }
        _ = code.isEmpty
    }

    /// A typed statement and, behind a zero, a logged one; without it both are the same.
    static func readPattern(_ bytes: [UInt8]) {
        let typed = bytes.prefix { $0 != 0 }
        let text = String(decoding: typed, as: UTF8.self)
        guard let pattern = try? StatementPattern(text) else { return }
        let logged =
            typed.count < bytes.count ? Array(bytes[(typed.count + 1)...]) : Array(text.utf8)
        guard pattern.matches(logged.span.bytes, mode: nil, database: nil),
            let key = pattern.key, let other = StatementKey(logged.span.bytes)
        else { return }
        // A block would be passed over that holds the statement.
        precondition(key == other)
    }

    static func readWords(_ bytes: [UInt8]) {
        let text = String(decoding: bytes, as: UTF8.self)
        let position = GTIDPosition(text)
        // What is read can be written and read again.
        if let position { precondition(GTIDPosition(position.description) == position) }
        if let gtid = GTID(text) { precondition(GTID(gtid.description) == gtid) }
        _ = BinlogPosition(text)
        _ = StopMark(text)
    }
}
