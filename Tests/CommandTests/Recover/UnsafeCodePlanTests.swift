import Foundation
import Server
import TestSupport
import Testing

/// A plan names the statements that run stored code whose results no log tells.
@Suite("unsafe code in a plan") struct UnsafeCodePlanTests {
    /// What a warning lists.
    private func named(_ run: ProgramOutcome, _ begin: String) throws -> [String] {
        let warnings = try #require(try run.json["warnings"] as? [[String: Any]])
        let messages = warnings.compactMap { $0["message"] as? String }
        let message = try #require(messages.first { $0.contains(begin) })
        let list = try #require(message.components(separatedBy: "the source: ").last)
        return [message.split(separator: " ").first.map(String.init) ?? ""]
            + list.components(separatedBy: ", ")
    }

    /// - Parameter dumpsCode: the dump holds the code, or the log behind it does.
    @Test("what a replay tells afterwards a plan tells before", arguments: [true, false])
    func sameAsReplay(dumpsCode: Bool) async throws {
        let source = try await SourceServer(["--binlog-format=STATEMENT"])
        let connection = try source.connect()
        let dump = source.folder.path + "/d.sql"
        let tables = UnsafeScript.definitions.filter {
            $0.hasPrefix("CREATE DATABASE") || $0.hasPrefix("CREATE TABLE") || $0.hasPrefix("SET")
        }
        let code = UnsafeScript.definitions.filter { !tables.contains($0) }
        for statement in tables { try connection.execute(statement) }
        if dumpsCode { for statement in code { try connection.execute(statement) } }
        let dumping = try await Lastgood.shell(
            "mariadb-dump --no-defaults -uroot -S '\(source.paths.socket)' --databases d "
                + "--routines --triggers --master-data=2 --single-transaction > '\(dump)'")
        #expect(dumping.exitCode == 0, "\(dumping.errorText)")
        if !dumpsCode { for statement in code { try connection.execute(statement) } }
        for statement in UnsafeScript.statements { try connection.execute(statement.text) }
        try await source.stop()
        let logs = [
            "--backup", dump, "--binlogs", source.logFolder, "--end", "--json",
            "--source-time-zone", "UTC",
        ]
        let plan = try await Lastgood.run(["plan"] + logs)
        let expected = UnsafeScript.statements.compactMap(\.reason)
        let planned = try named(plan, "run stored code")
        #expect(planned.first == "\(expected.count)")
        // Those whose own texts are unsafe count, too: two of the script, and `d.log` none.
        let unsafe = try plan.member("result", "statementFormat", "unsafe") as? Int
        #expect(unsafe == expected.count + 2)
        let recovery = try await Lastgood.run(
            ["recover"] + logs + ["--yes", "--stop-target", "--workdir", source.folder.path + "/w"])
        #expect(try named(recovery, "ran code of the target") == planned)
    }

    @Test("of a mariadb-backup directory the views and triggers count, and the rest is said")
    func physical() async throws {
        let source = try await SourceServer(["--binlog-format=STATEMENT"])
        let connection = try source.connect()
        for statement in UnsafeScript.definitions { try connection.execute(statement) }
        let backup = source.folder.path + "/b"
        let backingUp = try await Lastgood.shell(
            "mariadb-backup --no-defaults --backup --user=root --socket='\(source.paths.socket)' "
                + "--datadir='\(source.paths.data)' --target-dir='\(backup)' 2>&1")
        #expect(backingUp.exitCode == 0, "\(backingUp.output)")
        for statement in UnsafeScript.statements { try connection.execute(statement.text) }
        try await source.stop()
        let plan = try await Lastgood.run([
            "plan", "--backup", backup, "--binlogs", source.logFolder, "--end", "--json",
            "--source-time-zone", "UTC",
        ])
        // Where neither a routine nor a default of the backup's has a part in it.
        let expected =
            UnsafeScript.statements.compactMap(\.reason).filter {
                $0.hasPrefix("a trigger") || $0.hasPrefix("d.v:")
            } + ["the defaults of d.moved: UUID"]
        #expect(expected.count == 7)
        let planned = try named(plan, "run stored code")
        #expect(planned.first == "\(expected.count)")
        for (line, reason) in zip(planned.dropFirst().prefix(5), expected) {
            #expect(line.hasSuffix("(\(reason))"))
        }
        #expect(try plan.warningCodes.contains("code-not-read"))
        let messages = try #require(try plan.json["warnings"] as? [[String: Any]])
            .compactMap { $0["message"] as? String }
        let message = messages.first { $0.contains("the backup's functions, procedures, packages") }
        #expect(message?.hasPrefix("30 statements run as text") == true, "\(messages)")
    }
}
