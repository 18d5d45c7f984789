internal import Recovery

/// `views.sql`: a view for each table of an export, for DuckDB.
///
/// Nothing of a file's form is guessed there: zero dates, columns that come late and times over 24
/// hours mislead its own guesses.
enum DuckDBViews {
    static func sql(_ tables: [ExportedTable]) -> [UInt8] {
        var text = """
            -- Run in the folder of the export: duckdb -init views.sql
            -- A view for each table, one row a change: before and after as the table's columns,
            -- NULL where the log does not hold the column, or its type in DuckDB not the value,
            -- as 0000-00-00.
            -- Values that are not plainly written are named in _enc.

            CREATE SCHEMA IF NOT EXISTS lastgood;
            CREATE OR REPLACE VIEW lastgood.ddl AS
            SELECT \(common), "database", ddl FROM read_json('\(Exporter.definitionsFile)',
                format = 'newline_delimited', columns = {\(envelope),
                "database": 'VARCHAR', ddl: 'VARCHAR'});

            """
        let versions = Dictionary(grouping: tables, by: \.name)
        // Names that differ in case alone are one to DuckDB.
        var used: Set<String> = ["\"lastgood\".\"ddl\""]
        for first in tables where first.version == 1 {
            var name = viewName(first.name)
            var number = 2
            while !used.insert(name.lowercased()).inserted {
                name = viewName(
                    TableName(schema: first.name.schema, table: "\(first.name.table)_\(number)"))
                number += 1
            }
            let forms = versions[first.name] ?? []
            let folder = ExportFiles.folder(first)
            text += "\nCREATE SCHEMA IF NOT EXISTS \(quoted(schema(first.name)));\n"
            text += "CREATE OR REPLACE VIEW \(name) AS\n"
            text += forms.map { select($0) }.joined(separator: "\nUNION ALL BY NAME\n") + ";\n"
            text += "-- COPY (FROM \(comment(name))) TO '\(folder).parquet' (FORMAT parquet);\n"
        }
        return Array(text.utf8)
    }

    private static let envelope =
        "op: 'VARCHAR', ts_ms: 'BIGINT', \"transaction\": 'STRUCT(id VARCHAR)', "
        + "source: 'STRUCT(server_id BIGINT, gtid VARCHAR, \"file\" VARCHAR, pos UBIGINT, "
        + "\"row\" UBIGINT, thread BIGINT)'"

    private static let common =
        "op, make_timestamp(ts_ms * 1000) AS committed_at, \"transaction\".id AS transaction_id, "
        + "source.gtid AS gtid, source.server_id AS server_id, source.thread AS thread, "
        + "source.\"file\" AS \"file\", source.pos AS pos, source.\"row\" AS \"row\""

    private static func select(_ table: ExportedTable) -> String {
        """
        SELECT \(common), \(table.version) AS version,
            \(image("before", table)) AS "before",
            \(image("after", table)) AS "after", _enc
        FROM read_json('\(ExportFiles.pattern(table))', format = 'newline_delimited',
            compression = 'zstd', maximum_object_size = 1073741824, columns = {\(envelope),
            "before": 'JSON', "after": 'JSON', _enc: 'JSON'})
        """
    }

    private static func image(_ name: String, _ table: ExportedTable) -> String {
        let members = table.columns.map { column in
            "\(quoted(column.name)) := \(value(name, column))"
        }
        return "CASE WHEN \"\(name)\" IS NOT NULL AND json_type(\"\(name)\") = 'OBJECT' "
            + "THEN struct_pack(\n        \(members.joined(separator: ",\n        "))) END"
    }

    private static func value(_ image: String, _ column: ExportedTable.Column) -> String {
        let pointer =
            "/"
            + column.name.replacing("~", with: "~0").replacing("/", with: "~1")
            .replacing("'", with: "''")
        let text = "\"\(image)\"->>'\(pointer)'"
        switch column.form {
        case .text: return "(\(text))"
        case .json: return "TRY_CAST(\(text) AS JSON)"
        case .binary: return "TRY(from_base64(\(text)))"
        default: return "TRY_CAST(\(text) AS \(type(column.form)))"
        }
    }

    private static func type(_ form: ExportedTable.Form) -> String {
        switch form {
        case .integer(let bits, let isUnsigned):
            let name =
                switch bits {
                case 8: "TINYINT"
                case 16: "SMALLINT"
                case 24, 32: "INTEGER"
                default: "BIGINT"
                }
            return isUnsigned ? "U" + name : name
        case .bits: return "UBIGINT"
        case .float: return "FLOAT"
        case .double: return "DOUBLE"
        case .decimal(let precision, let scale):
            return precision <= 38 ? "DECIMAL(\(precision),\(scale))" : "VARCHAR"
        case .year: return "SMALLINT"
        case .date: return "DATE"
        // No INTERVAL: Parquet takes none that is negative.
        case .time: return "VARCHAR"
        case .dateTime: return "TIMESTAMP"
        case .timestamp: return "TIMESTAMPTZ"
        case .text, .json: return "VARCHAR"
        case .binary: return "BLOB"
        }
    }

    private static func viewName(_ table: TableName) -> String {
        quoted(schema(table)) + "." + quoted(table.table)
    }

    /// A schema's name in DuckDB, which has some of its own.
    private static func schema(_ table: TableName) -> String {
        let name = table.schema ?? ""
        let own = ["temp", "system", "memory", "pg_catalog", "information_schema", ""]
        return own.contains(name.lowercased()) ? name + "_" : name
    }

    private static func quoted(_ name: String) -> String {
        "\"" + name.replacing("\"", with: "\"\"") + "\""
    }

    /// A name inside a comment must not end it.
    private static func comment(_ name: String) -> String {
        name.contains(where: \.isNewline) ? "the view above" : name
    }
}
