/// A statement as it was logged: its text, its database, and the session it ran in.
///
///     offset  size  field
///          0     4  thread id
///          4     4  execution time in seconds
///          8     1  length of the database name, d
///          9     2  error code the statement ended with on its server
///         11     2  length of the status variables, s
///         13     s  status variables
///       13+s   d+1  database name and a zero byte
///            rest  text
///
/// Execute_load_query has the fields of `LoadedFile` behind the length of the status variables.
/// MariaDB: sql/log_event.h, `Query_log_event`.
public struct QueryEvent: ~Escapable {
    public let threadID: UInt32
    public let executionSeconds: UInt32
    /// The error the statement is expected to end with; 0 for none.
    public let errorCode: UInt16
    /// The file that it loads; nil for all but Execute_load_query.
    public let load: LoadedFile?
    /// The raw status variables, in the order of the log.
    public let statusBytes: RawSpan
    public let statusOffset: UInt64
    /// The default database's name as logged, without its zero byte; empty for none.
    public let database: RawSpan
    /// The statement in its client's character set.
    public let text: RawSpan

    /// Reads the body; throws `corrupt` where a length leaves it.
    @_lifetime(copy event)
    public init(_ event: borrowing Event) throws(BinlogError) {
        var reader = event.reader
        threadID = try reader.u32()
        executionSeconds = try reader.u32()
        let databaseLength = Int(try reader.u8())
        errorCode = try reader.u16()
        let statusLength = Int(try reader.u16())
        load = event.type == .executeLoadQuery ? try LoadedFile(&reader) : nil
        statusOffset = reader.offset
        statusBytes = try reader.take(statusLength)
        database = try reader.take(databaseLength)
        guard try reader.u8() == 0 else {
            throw BinlogError(
                .corrupt, "the database name does not end in a zero byte", offset: reader.offset)
        }
        text = reader.takeRest()
    }

    /// The session the statement ran in.
    ///
    /// Throws `unknown-event` for a variable this version does not know: what stands behind it
    /// cannot be read, and guessing would lose a character set or a time zone.
    public func statusVariables(
        _ flavor: FormatDescription.Flavor
    ) throws(BinlogError) -> StatusVariables {
        try StatusVariables(ByteReader(statusBytes, at: statusOffset), flavor: flavor)
    }

    /// What the statement does to the transaction it stands in.
    public enum Control: Sendable { case none, begin, commit, rollback }

    /// Told from the whole text: `ROLLBACK TO a` is none, and so is everything with a comment.
    public var control: Control {
        switch text.byteCount {
        case 5 where equalsIgnoringCase("BEGIN"): .begin
        case 6 where equalsIgnoringCase("COMMIT"): .commit
        case 8 where equalsIgnoringCase("ROLLBACK"): .rollback
        default: .none
        }
    }

    private func equalsIgnoringCase(_ word: StaticString) -> Bool {
        for index in 0..<word.utf8CodeUnitCount
        where text.byte(index) & 0xDF != word.utf8Start[index] {
            return false
        }
        return true
    }
}
