import TestSupport
import Testing

/// The life of a row that holds MySQL's JSON documents.
struct HistoryDocumentTests {
    @Test(
        "a document is found by its value",
        arguments: [
            (#"a=[ [[[1]]],{"":{"":[]}} ]"#, 5), ("a=3.00", 4), ("b=-1e-4", 4), ("b={ }", 2),
            ("a='null'", 3), ("a=null", nil), ("b=TRUE", nil), ("a=[[[[1]]]]", nil),
        ])
    func documentValues(condition: String, id: Int?) async throws {
        let logs = RecordedCase(server: "mysql-9.7", name: "mysql_json").folder
        let run = try await Lastgood.run(
            "history", "d.j", "--where", condition, "--json", logs)
        let found = try run.objects("changes").first?["changed"] as? [String: [String: Any]]
        #expect(found?["id"]?["after"] as? String == id.map { "\($0)" }, "\(run.output)")
    }

    @Test("a row without a key is followed by what its document says")
    func rowsByDocument() async throws {
        let logs = RecordedCase(server: "mysql-9.7", name: "mysql_json_rows").folder
        func run(_ condition: String) async throws -> ProgramOutcome {
            try await Lastgood.run("history", "d.k", "--where", condition, "--json", logs)
        }
        for written in [#"{"p":1.5}"#, #"{"p":1.50}"#, #"{"p": 1.50}"#] {
            #expect(try await run("doc=" + written).objects("changes").count == 1, "\(written)")
        }
        #expect(try await run(#"doc={"p":1.05}"#).exitCode == 1)
        let followed = try await run(#"doc={"a":1}"#)
        let operations = try followed.objects("changes").compactMap { $0["op"] as? String }
        #expect(operations == ["insert", "update", "update", "delete"])
        #expect(try followed.result["complete"] as? Bool == true)
    }

    @Test("changes within MySQL's documents are told, by columns that the images hold")
    func documents() async throws {
        let logs = RecordedCase(server: "mysql-9.7", name: "mysql_partial_json").folder
        let run = try await Lastgood.run("history", "d.j", "--where", "id=2", "--json", logs)
        let operations = try run.objects("changes").compactMap { $0["op"] as? String }
        #expect(operations == ["insert", "update", "update", "update"])
        let changed = try #require(
            try run.objects("changes")[2]["changed"] as? [String: [String: Any]])
        #expect(changed.keys.sorted() == ["a", "b"])
        #expect(changed["a"]?["after"] as? String == "JSON_REPLACE(`a`, '$[0]', 100)")
        #expect(try run.result["complete"] as? Bool == true)
        let whole = RecordedCase(server: "mysql-9.7", name: "mysql_partial_full").folder
        let unchanged = try await Lastgood.run(
            "history", "d.j", "--where", "id=1", "--json", whole)
        #expect(
            try HistoryTests.lines(unchanged).dropFirst() == [
                "update v=1>2",
                "update a='{\"a\": 1, \"text\": \"long enough that a change of it is smaller\"}'>"
                    + "JSON_REPLACE(`a`, '$.a', 2)",
                "update b='[1]'>'[2]' v=2>3",
            ])
        let byNumber = try await Lastgood.run(
            "history", "d.j", "--where", "n=7", "--json", logs)
        #expect(try byNumber.objects("changes").count == 2)
        #expect(try byNumber.warningCodes == ["image-incomplete"])
    }
}
