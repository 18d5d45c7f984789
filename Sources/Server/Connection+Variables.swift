internal import CMariaDB

/// User variables that are set from bytes.
extension Connection {
    /// Sets two user variables to the halves of some bytes, which never become SQL text: the server
    /// need not read them as a statement.
    ///
    /// The names are put into the statement as they are. Throws what the server says, such as
    /// that it is more than a packet.
    public func setVariables(
        _ first: StaticString, _ second: StaticString, toHalvesOf bytes: [UInt8]
    ) throws(ServerError) {
        guard let statement = mysql_stmt_init(handle) else { throw lastError() }
        defer { mysql_stmt_close(statement) }
        let sql = "SET @\(first)=?,@\(second)=?"
        guard mysql_stmt_prepare(statement, sql, UInt(sql.utf8.count)) == 0 else {
            throw lastError()
        }
        let isDone = bytes.withUnsafeBytes { bytes in
            let half = bytes.count / 2
            var values = [
                Self.parameter(UnsafeRawBufferPointer(rebasing: bytes[..<half])),
                Self.parameter(UnsafeRawBufferPointer(rebasing: bytes[half...])),
            ]
            return mysql_stmt_bind_param(statement, &values) == 0
                && mysql_stmt_execute(statement) == 0
        }
        guard isDone else { throw lastError() }
    }

    private static func parameter(_ bytes: UnsafeRawBufferPointer) -> MYSQL_BIND {
        var parameter = MYSQL_BIND()
        parameter.buffer_type = MYSQL_TYPE_LONG_BLOB
        parameter.buffer = UnsafeMutableRawPointer(mutating: bytes.baseAddress)
        parameter.buffer_length = UInt(bytes.count)
        return parameter
    }
}
