/// Reading every user table's row count and checksum from a server.
public enum TableVerification {
    /// Schemas that are the server's own: there on each, and never compared.
    public static let systemSchemas = ["mysql", "information_schema", "performance_schema", "sys"]

    /// The checksums of all base tables and sequences, by schema and name.
    ///
    /// They are read over as many sessions as there are, the largest tables first. A table with a
    /// VIRTUAL column or a temporal column of the format before 5.6 is summed up by its rows,
    /// VIRTUAL columns left out; so is a sequence. Views have no rows of their own. Nothing else
    /// may write meanwhile.
    public static func tableChecksums(
        _ sessions: SessionPool, excludingSchemas excluded: [String] = []
    ) throws(ServerError) -> [TableChecksum] {
        let reading = try ChecksumReading(sessions, excluded: excluded)
        try Workers.run(reading.threads) { (_) throws(ServerError) in try reading.work() }
        return reading.checksums
    }
}

/// The reading of all checksums of one server, which several threads share.
final class ChecksumReading: Sendable {
    let tables: [VerifiedTable]
    private let sessions: SessionPool
    private let list: WorkList<TableChecksum>

    init(_ sessions: SessionPool, excluded: [String]) throws(ServerError) {
        let schemas = TableVerification.systemSchemas + excluded
        let tables = try sessions.withSession { (connection) throws(ServerError) in
            try VerifiedTable.all(connection, excluded: schemas)
        }
        self.tables = tables
        self.sessions = sessions
        list = WorkList(
            order: tables.indices.sorted { tables[$0].sizeBytes > tables[$1].sizeBytes })
    }

    /// As many as can be of use.
    var threads: Int { min(sessions.most, tables.count) }

    /// By schema and name, when all threads are done.
    var checksums: [TableChecksum] { list.outcomes }

    /// Begins no more tables.
    func stop() { list.stop() }

    /// Reads tables until none is left; without a session there is nothing to do.
    func work() throws(ServerError) {
        do throws(ServerError) {
            guard let session = sessions.take() else { return }
            defer { sessions.giveBack(session) }
            while let index = list.next() {
                list.finish(index, try Self.checksum(session.connection, tables[index]))
            }
        } catch {
            list.stop()
            throw error
        }
    }

    private static func checksum(
        _ connection: borrowing Connection, _ table: VerifiedTable
    ) throws(ServerError) -> TableChecksum {
        if table.isSummedByRows {
            var sum = RowSum()
            let list = table.valueExpressions.joined(separator: ", ")
            try connection.forEachRow("SELECT \(list) FROM \(table.source)") {
                (row) throws(ServerError) in sum.add(row)
            }
            return TableChecksum(
                schema: table.schema, table: table.name, rows: sum.rows, checksum: sum.text)
        }
        let count = try connection.value("SELECT COUNT(*) FROM \(table.source)")
        let rows = try connection.query("CHECKSUM TABLE \(table.quotedName) EXTENDED")
        guard let count = count.flatMap({ UInt64($0) }), let row = rows.first, row.count > 1,
            let checksum = row[1]
        else {
            let warnings = try connection.query("SHOW WARNINGS")
            let reason = warnings.first?.last ?? nil
            throw ServerError(
                .sqlError,
                "the table \(table.schema).\(table.name) has no checksum"
                    + (reason.map { ": \($0)" } ?? ""))
        }
        return TableChecksum(
            schema: table.schema, table: table.name, rows: count, checksum: checksum,
            isSteady: !table.hasUnsteadyChecksum)
    }
}
