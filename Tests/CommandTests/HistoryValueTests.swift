import TestSupport
import Testing

/// Values by which a row is found, spelled as a server would take them.
struct HistoryValueTests {
    @Test("values that a server takes for others are taken for these")
    func shortValues() async throws {
        let source = try await SourceServer(["--binlog-row-metadata=FULL"])
        try source.run(
            "SET sql_mode=''", "CREATE DATABASE s",
            "CREATE TABLE s.t (id INT PRIMARY KEY, y YEAR, e ENUM('a'), "
                + "u VARCHAR(9) CHARACTER SET utf16)",
            "INSERT INTO s.t VALUES (1,'99','zz',''),(2,'00','a','x'),(3,0,'a','x')")
        for (condition, id) in [
            ("y=99", "1"), ("y=00", "2"), ("y=0", "3"), ("e=", "1"), ("u=", "1"),
        ] {
            let run = try await Lastgood.run(
                "history", "s.t", "--where", condition, "--json", source.logFolder)
            let found = try run.objects("changes").map { change in
                (change["changed"] as? [String: [String: Any]])?["id"]?["after"] as? String
            }
            #expect(found == [id], "\(condition): \(run.output)")
        }
    }
}
