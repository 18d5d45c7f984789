import CMariaDB

/// The rows of a query one after the other, as they arrive.
///
/// One that is left before its end breaks its session: nobody waits for rows that are not wanted.
struct RowStream: ~Copyable {
    private let session: SessionPool.Session
    private let result: UnsafeMutablePointer<MYSQL_RES>
    private let count: Int
    private var cells: MYSQL_ROW?
    private var lengths: UnsafeMutablePointer<UInt>?

    /// Sends the query and fetches its first row.
    init(_ session: SessionPool.Session, _ sql: String) throws(ServerError) {
        let result = try Self.open(session.connection, sql)
        self.session = session
        self.result = result
        count = Int(mysql_num_fields(result))
        cells = mysql_fetch_row(result)
        lengths = cells == nil ? nil : mysql_fetch_lengths(result)
    }

    private static func open(
        _ connection: borrowing Connection, _ sql: String
    ) throws(ServerError) -> UnsafeMutablePointer<MYSQL_RES> {
        try connection.send(sql)
        guard mysql_read_query_result(connection.handle) == 0,
            let result = mysql_use_result(connection.handle)
        else { throw connection.lastError() }
        return result
    }

    deinit {
        if cells != nil { mariadb_cancel(session.connection.handle) }
        mysql_free_result(result)
    }

    /// Behind the last row; throws where it only looks so because the server failed.
    var isAtEnd: Bool {
        get throws(ServerError) {
            guard cells == nil else { return false }
            if mysql_errno(session.connection.handle) != 0 { throw session.connection.lastError() }
            return true
        }
    }

    static func areAtEnd(
        _ one: borrowing RowStream, _ other: borrowing RowStream
    ) throws(ServerError) -> Bool {
        let isOneAtEnd = try one.isAtEnd
        let isOtherAtEnd = try other.isAtEnd
        return isOneAtEnd && isOtherAtEnd
    }

    /// Goes on to the next row.
    mutating func advance() {
        cells = mysql_fetch_row(result)
        lengths = cells == nil ? nil : mysql_fetch_lengths(result)
    }

    /// Passes over all that is left.
    mutating func skip() throws(ServerError) {
        while try !isAtEnd { advance() }
    }

    /// Valid until the stream goes on.
    var row: ResultRow {
        guard let cells, let lengths else { preconditionFailure("no row behind the last") }
        return ResultRow(cells: cells, lengths: lengths, count: count, fields: nil)
    }
}
