internal import Recovery
internal import Report

/// Which files hold the changes of a table.
enum ExportFiles {
    static func folder(_ table: ExportedTable) -> String {
        ExportName.encoded([table.name.schema ?? "", table.name.table])
    }

    /// - Parameter day: since 1970, in UTC.
    static func path(_ table: ExportedTable, day: UInt64) -> String {
        let date = UTCTime.text(seconds: Int64(day) * 86_400).prefix(10)
        return "\(folder(table))/\(date).v\(table.version).ndjson.zst"
    }

    /// All files of a version, as a pattern.
    static func pattern(_ table: ExportedTable) -> String {
        "\(folder(table))/*.v\(table.version).ndjson.zst"
    }
}

/// `schema.json`: the tables of an export, with the columns of each of their versions.
enum ExportSchema {
    private static let format: Int64 = 1

    static func json(
        _ tables: [ExportedTable], _ summary: ExportSummary, isComplete: Bool
    ) -> [UInt8] {
        let described = tables.map { table -> JSONValue in
            [
                "schema": .init(table.name.schema), "table": .string(table.name.table),
                "version": .init(table.version), "files": .string(ExportFiles.pattern(table)),
                "rows": .init(summary.rows(of: table)),
                "columns": .array(
                    table.columns.map { column in
                        [
                            "name": .string(column.name), "type": .string(column.type),
                            "nullable": .bool(column.isNullable),
                            "labels": .array(column.labels.map { .string($0) }),
                            "written": .string(column.form.written),
                        ]
                    }),
                "key": .array(table.key.map { .string($0) }),
            ]
        }
        let document: JSONValue = [
            "format": .integer(format), "complete": .bool(isComplete),
            "tables": .array(described),
        ]
        var bytes: [UInt8] = []
        document.write(to: &bytes)
        return bytes + [UInt8(ascii: "\n")]
    }
}

extension ExportedTable.Form {
    /// How values stand in the lines.
    var written: String {
        switch self {
        case .integer, .bits, .float, .double, .year: "number"
        case .binary: "base64"
        default: "string"
        }
    }
}
