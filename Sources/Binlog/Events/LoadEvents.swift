// Events of LOAD DATA: the blocks of the file that it read, and the statement behind them.

/// A part of a file that a LOAD DATA reads: Begin_load_query for the first, Append_block for more.
///
///     offset  size  field
///          0     4  number of the file
///          4  rest  its bytes
///
/// MariaDB: sql/log_event.h, `Append_block_log_event`.
public struct LoadBlockEvent: ~Escapable {
    public let fileID: UInt32
    public let bytes: RawSpan

    @_lifetime(copy event)
    public init(_ event: borrowing Event) throws(BinlogError) {
        var reader = event.reader
        fileID = try reader.u32()
        bytes = reader.takeRest()
    }
}

/// The file is not needed: its LOAD DATA changed nothing.
public struct DeleteFileEvent: Hashable, Sendable {
    public var fileID: UInt32

    public init(_ event: borrowing Event) throws(BinlogError) {
        var reader = event.reader
        fileID = try reader.u32()
    }
}

/// What Execute_load_query tells beside a Query event: it stands behind that one's fixed fields.
///
///     offset  size  field
///          0     4  number of the file
///          4     4  where in the text the clause with the file's name begins
///          8     4  where it ends, behind INTO
///         12     1  what became of duplicate keys
///
/// MariaDB: sql/log_event.h, `Execute_load_query_log_event`.
public struct LoadedFile: Hashable, Sendable {
    /// What the statement did with rows whose key was there already.
    public enum Duplicates: UInt8, Sendable { case error, ignore, replace }

    public var fileID: UInt32
    /// The part of the text that names the file and says LOCAL, IGNORE or REPLACE, up to INTO.
    public var clause: Range<Int>
    public var duplicates: Duplicates

    init(_ reader: inout ByteReader) throws(BinlogError) {
        fileID = try reader.u32()
        let begin = Int(try reader.u32())
        let end = Int(try reader.u32())
        let number = try reader.u8()
        guard begin <= end, let duplicates = Duplicates(rawValue: number) else {
            throw BinlogError(
                .corrupt,
                "a LOAD DATA event tells of a clause from \(begin) to \(end) and of "
                    + "duplicates \(number)", offset: reader.offset)
        }
        clause = begin..<end
        self.duplicates = duplicates
    }
}
