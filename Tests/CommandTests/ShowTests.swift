import TestSupport
import Testing

/// `lastgood show` on the recorded logs.
@Suite struct ShowTests {
    @Test("a transaction is shown with its statements and rows, by id and by GTID")
    func shown() async throws {
        for id in ["shop-bin.000005:14479", "0-7-743"] {
            let run = try await Lastgood.run("show", id, "--binlogs", Shop.logs, "--json")
            #expect(run.exitCode == 0)
            #expect(try run.result["id"] as? String == "shop-bin.000005:14479")
            #expect(try run.result["gtid"] as? String == "0-7-743")
            #expect(try run.result["sizeBytes"] as? Int == 30_904 - 14_479)
            let statements = try run.objects("statements")
            #expect(statements.count == 1)
            #expect(statements.first?["statement"] as? String == "UPDATE products SET price=0")
            let rows = statements.first?["rows"] as? [[String: Any]] ?? []
            #expect(rows.count == 60)
            #expect((rows.first?["before"] as? [String: Any])?["@5"] as? String == "77.04")
            #expect((rows.first?["after"] as? [String: Any])?["@5"] as? String == "0.00")
        }
    }

    @Test("the text holds the rows before and after")
    func text() async throws {
        let run = try await Lastgood.run("show", "shop-bin.000005:14479", "--binlogs", Shop.logs)
        #expect(run.exitCode == 0)
        #expect(run.output.contains("before  @1=1, @2='SKU10001'"))
    }

    @Test("names and values of any characters are JSON, and lines without control characters")
    func hostileRows() async throws {
        let server = try await SourceServer(["--binlog-row-metadata=FULL"])
        let values = [
            "plain", "it's", "back\\slash", "\"quoted\"", "tab\tand\nlines\r", "\u{1B}[2J\u{0}",
            "\u{7F}", "\u{80}\u{9F}\u{A0}", "\u{2027}\u{2028}\u{2029}\u{202A}", "ä€😀", "",
        ]
        let rows = values.map { "(x'\($0.utf8.map { hex($0) }.joined())')" }
        try server.run(
            "SET NAMES utf8mb4", "CREATE DATABASE d",
            "CREATE TABLE d.t (`a\"\u{2028}b` TEXT) CHARACTER SET utf8mb4",
            "INSERT INTO d.t VALUES \(rows.joined(separator: ","))")
        try await server.stop()
        let run = try await Lastgood.run(["show", "0-1-3", "--binlogs", server.logFolder, "--json"])
        #expect(run.exitCode == 0)
        #expect(run.output.unicodeScalars.allSatisfy { $0 == "\n" || $0.value >= 0x20 })
        #expect(!run.output.unicodeScalars.contains { (0x7F...0x9F).contains($0.value) })
        let shown = try run.objects("statements").first?["rows"] as? [[String: Any]] ?? []
        let texts = shown.map { ($0["after"] as? [String: String])?["a\"\u{2028}b"] }
        #expect(
            texts == [
                "'plain'", "'it\\'s'", "'back\\\\slash'", "'\"quoted\"'",
                "'tab\\tand\\nlines\\r'", "'\u{1B}[2J\\0'", "'\u{7F}'",
                "'\u{80}\u{9F}\u{A0}'", "'\u{2027}\u{2028}\u{2029}\u{202A}'", "'ä€😀'", "''",
            ])
        let lines = try await Lastgood.run(["show", "0-1-3", "--binlogs", server.logFolder])
        #expect(lines.output.contains(#"after   a"\xE2\x80\xA8b='\x1B[2J\0'"#))
        #expect(!lines.output.contains("\u{1B}"))
    }

    private func hex(_ byte: UInt8) -> String {
        String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
    }

    @Test("rows beyond the limit are counted and told")
    func rowLimit() async throws {
        let run = try await Lastgood.run(
            "show", "0-7-743", "--binlogs", Shop.logs, "--rows", "3", "--json")
        #expect(try run.result["rowsLeftOut"] as? Int == 57)
        #expect(try run.warningCodes == ["rows-left-out"])
    }

    @Test("what is not there is exit 1 with a hint, and what is no id is exit 64")
    func notFound() async throws {
        let inside = try await Lastgood.run("show", "shop-bin.000005:14500", "--binlogs", Shop.logs)
        #expect(inside.exitCode == 1)
        #expect(inside.errorText.contains("shop-bin.000005:14479"))
        for id in ["shop-bin.000009:4", "0-7-99999"] {
            let run = try await Lastgood.run("show", id, "--binlogs", Shop.logs, "--json")
            #expect(run.exitCode == 1)
            #expect(try run.errorCode == "not-found")
        }
        #expect(try await Lastgood.run("show", "orders", "--binlogs", Shop.logs).exitCode == 64)
    }
}
