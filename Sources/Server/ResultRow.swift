import CMariaDB

/// One row of a result, a view into the client library's buffer.
///
/// Valid only inside the closure that received it. Cells are bytes in the connection's character
/// set, or raw bytes for binary columns; nil is SQL NULL.
public struct ResultRow: ~Copyable {
    private let cells: MYSQL_ROW
    private let lengths: UnsafeMutablePointer<UInt>
    public let count: Int

    private let fields: UnsafeMutablePointer<MYSQL_FIELD>?

    init(
        cells: MYSQL_ROW, lengths: UnsafeMutablePointer<UInt>, count: Int,
        fields: UnsafeMutablePointer<MYSQL_FIELD>?
    ) {
        self.fields = fields
        self.cells = cells
        self.lengths = lengths
        self.count = count
    }

    /// The bytes of a cell where they lie.
    public func withBytes<Value>(
        _ column: Int, _ body: (UnsafeRawBufferPointer?) -> Value
    ) -> Value {
        body(cell(column))
    }

    /// The bytes of a cell where they lie; they must not outlive the row.
    func cell(_ column: Int) -> UnsafeRawBufferPointer? {
        precondition(column >= 0 && column < count, "no such column")
        guard let cell = cells[column] else { return nil }
        return UnsafeRawBufferPointer(start: cell, count: Int(lengths[column]))
    }

    /// The column's name as the query gives it.
    public func name(_ column: Int) -> String {
        precondition(column >= 0 && column < count, "no such column")
        guard let name = fields?[column].name else { return "" }
        return String(cString: name)
    }

    /// A copy of a cell's bytes, nil for NULL.
    public func bytes(_ column: Int) -> [UInt8]? {
        withBytes(column) { $0.map { Array($0) } }
    }

    /// The cell as text; bytes that are no UTF-8 are replaced.
    public func string(_ column: Int) -> String? {
        withBytes(column) { $0.map { String(decoding: $0, as: UTF8.self) } }
    }
}

extension Connection {
    /// Runs one query and hands its rows over as they arrive, without storing the result.
    ///
    /// The closure may throw: the rest of the result is read away, and the connection stays usable.
    /// It must not use the connection.
    public func forEachRow(
        _ sql: String, _ body: (borrowing ResultRow) throws(ServerError) -> Void
    ) throws(ServerError) {
        try send(sql)
        guard mysql_read_query_result(handle) == 0 else { throw lastError() }
        var bodyError: ServerError?
        if let result = mysql_use_result(handle) {
            let count = Int(mysql_num_fields(result))
            let fields = mysql_fetch_fields(result)
            while let cells = mysql_fetch_row(result) {
                guard bodyError == nil, let lengths = mysql_fetch_lengths(result) else { continue }
                do throws(ServerError) {
                    try body(
                        ResultRow(
                            cells: cells, lengths: lengths, count: count, fields: fields))
                } catch {
                    bodyError = error
                }
            }
            let failed = mysql_errno(handle) != 0
            mysql_free_result(result)
            if failed { throw lastError() }
        } else if mysql_field_count(handle) != 0 {
            throw lastError()
        }
        let next = mysql_next_result(handle)
        if next > 0 { throw lastError() }
        if next == 0 { try discardResults() }
        if let bodyError { throw bodyError }
    }

    /// Every row of a query, as text.
    public func query(_ sql: String) throws(ServerError) -> [[String?]] {
        var rows: [[String?]] = []
        try forEachRow(sql) { (row) throws(ServerError) in
            var cells: [String?] = []
            cells.reserveCapacity(row.count)
            for column in 0..<row.count { cells.append(row.string(column)) }
            rows.append(cells)
        }
        return rows
    }

    /// Every row of a query, as bytes.
    public func queryBytes(_ sql: String) throws(ServerError) -> [[[UInt8]?]] {
        var rows: [[[UInt8]?]] = []
        try forEachRow(sql) { (row) throws(ServerError) in
            var cells: [[UInt8]?] = []
            cells.reserveCapacity(row.count)
            for column in 0..<row.count { cells.append(row.bytes(column)) }
            rows.append(cells)
        }
        return rows
    }

    /// Hands every row over with its columns' names; of two with one name the last is kept.
    public func forEachNamedRow(
        _ sql: String, _ body: ([String: String]) -> Void
    ) throws(ServerError) {
        try forEachRow(sql) { (row) throws(ServerError) in
            var cells: [String: String] = [:]
            for column in 0..<row.count {
                if let value = row.string(column) { cells[row.name(column)] = value }
            }
            body(cells)
        }
    }

    /// The first cell of the first row as text; nil for no row or NULL.
    public func value(_ sql: String) throws(ServerError) -> String? {
        try query(sql).first?.first ?? nil
    }

    /// Sends a text without waiting for its answer.
    func send(_ sql: String) throws(ServerError) {
        var sql = sql
        try sql.withUTF8 { text in sendResult(UnsafeRawBufferPointer(text)) }.get()
    }

    private func sendResult(_ bytes: UnsafeRawBufferPointer) -> Result<Void, ServerError> {
        do throws(ServerError) {
            return .success(try send(bytes: bytes))
        } catch {
            return .failure(error)
        }
    }

    private func discardResults() throws(ServerError) {
        while true {
            if let result = mysql_use_result(handle) { mysql_free_result(result) }
            let next = mysql_next_result(handle)
            if next > 0 { throw lastError() }
            if next < 0 { return }
        }
    }
}
