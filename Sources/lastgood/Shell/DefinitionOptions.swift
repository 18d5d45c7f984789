import ArgumentParser
import Backup
import Recovery
import Replay
import Server

/// Who tells what columns are called where the log does not.
struct DefinitionOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A dump that tells the tables' columns, where the log does not.", valueName: "file"))
    var schema: String?

    @Option(
        help: ArgumentHelp(
            "A server that tells the tables' columns, where the log does not.", valueName: "url"))
    var server: String?

    @Option(
        help: ArgumentHelp(
            "An option file with account, password and TLS settings for --server.",
            valueName: "file"))
    var defaultsFile: String?

    func validate() throws {
        guard schema == nil || server == nil else {
            throw ValidationError("give --schema or --server, not both")
        }
        guard defaultsFile == nil || server != nil else {
            throw ValidationError("--defaults-file is for --server")
        }
    }

    /// What the dump or the server says of some tables; those that it does not know are left out.
    func read(
        _ tables: [TableName], _ console: Console
    ) throws -> [TableName: TableDefinition] {
        var definitions: [TableName: TableDefinition] = [:]
        if let schema {
            let schemas = Set(tables.map(\.schema))
            let only = schemas.count == 1 ? schemas.first ?? nil : nil
            for created in try DumpFile(path: schema).definitions(of: only).tables {
                definitions[created.name] = created.definition
            }
        }
        guard let server else { return definitions }
        let connection = try TargetAccess.login(
            ServerAddress(url: server), defaultsFile: defaultsFile, console)
        for table in tables {
            definitions[table] = try TableDefinition.onServer(table, connection)
        }
        return definitions
    }
}
