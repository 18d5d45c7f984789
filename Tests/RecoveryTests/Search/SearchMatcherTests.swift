import Binlog
import Recovery
import Testing

/// What a log means as a whole: transactions, XA, triggers, temporary tables, filters.
struct SearchMatcherTests {
    /// A small language for feeding a matcher.
    private struct Feed {
        var matcher: SearchMatcher
        var offset: UInt64 = 4

        init(_ filter: SearchFilter = SearchFilter()) { matcher = SearchMatcher(filter: filter) }

        mutating func begin(
            time: UInt32 = 100, server: UInt32 = 1, gtid: GTID? = nil,
            alter: SearchMatcher.GroupBegin.Alter = .none
        ) {
            matcher.beginGroup(
                .init(
                    id: BinlogPosition(file: "bin.000001", offset: offset), timestamp: time,
                    gtid: gtid, serverID: server, alter: alter))
            offset += 100
        }

        mutating func end(_ ending: SearchMatcher.GroupEnd = .commit) {
            matcher.endGroup(ending, at: BinlogPosition(file: "bin.000001", offset: offset))
        }

        mutating func query(_ text: String, thread: UInt32 = 7, error: UInt16 = 0) {
            matcher.statement(
                Array(text.utf8).span.bytes, database: Array("s".utf8).span.bytes,
                sqlMode: .standard, timestamp: 100, threadID: thread, errorCode: error)
        }

        mutating func annotate(_ text: String) {
            matcher.annotate(Array(text.utf8).span.bytes, timestamp: 100)
        }

        mutating func rows(
            _ table: String, _ change: SearchMatcher.RowChange, _ count: Int, ends: Bool = true
        ) {
            let handle = matcher.register(schema: "s", table: table)
            matcher.tableMap(handle, timestamp: 100)
            matcher.rows(handle, change, count: count, endsStatement: ends)
        }

        mutating func ddl(_ text: String, thread: UInt32 = 7) {
            begin()
            query(text, thread: thread)
            end()
        }

        mutating func matches() -> [SearchMatch] { matcher.takeMatches() }
    }

    private func everything(minRows: UInt64 = 1000) -> SearchFilter {
        var filter = SearchFilter(destructiveOnly: false)
        filter.minRows = minRows
        return filter
    }

    @Test("the rows of a statement's several events are summed until it ends")
    func rowsAreSummed() throws {
        var feed = Feed()
        feed.begin()
        feed.annotate("DELETE FROM c WHERE id > 0")
        feed.rows("c", .delete, 600, ends: false)
        feed.rows("c", .delete, 600)
        feed.end()
        let match = try #require(feed.matches().first)
        #expect(match.kind == .massDelete && match.rows?.deleted == 1200)
        #expect(match.id.description == "bin.000001:4" && match.threadID == nil)
    }

    @Test("many small deletes of one transaction are a mass-delete in sum")
    func sums() throws {
        var feed = Feed()
        feed.begin()
        for id in 0..<1000 {
            feed.annotate("DELETE FROM c WHERE id=\(id)")
            feed.rows("c", .delete, 1)
        }
        feed.end()
        let matches = feed.matches()
        #expect(matches.count == 1)
        #expect(matches.first?.kind == .massDelete && matches.first?.rows?.deleted == 1000)
        #expect(matches.first?.statement == "DELETE FROM c WHERE id=999")
        #expect(matches.first?.reason == "summed over the transaction")
        feed.begin()
        for _ in 0..<999 { feed.rows("c", .delete, 1) }
        feed.end()
        #expect(feed.matches().isEmpty)
    }

    @Test("XA changes count when they are committed, and not when they are rolled back")
    func xa() {
        var feed = Feed(everything())
        for name in ["78", "79", "7A"] {
            feed.begin()
            feed.annotate("DELETE FROM c")
            feed.rows("c", .delete, 5)
            feed.query("XA END X'\(name)',X'',1")
            feed.end(.xaPrepared(nil))
        }
        #expect(feed.matches().isEmpty)
        feed.ddl("XA ROLLBACK X'79',X'',1")
        #expect(feed.matches().map(\.reason) == ["rolled back; no WHERE"])
        feed.ddl("XA COMMIT X'78',X'',1")
        let committed = feed.matches()
        #expect(committed.map(\.kind) == [.deleteAll])
        #expect(committed.first?.id.offset == 4)
        feed.matcher.finish()
        let left = feed.matches()
        #expect(left.map(\.kind) == [.deleteAll])
        #expect(left.first?.reason?.hasPrefix("XA prepared") == true)
    }

    @Test(
        "temporary tables hide real ones per thread, until they are dropped or the server restarts")
    func temporaryTables() {
        var feed = Feed()
        feed.ddl("CREATE TEMPORARY TABLE c (id int)")
        feed.ddl("DELETE FROM c")
        #expect(feed.matches().isEmpty)
        feed.ddl("DELETE FROM c", thread: 8)
        #expect(feed.matches().count == 1)
        feed.ddl("ALTER TABLE c RENAME TO d")
        feed.ddl("DELETE FROM c")
        #expect(feed.matches().count == 1)
        feed.ddl("TRUNCATE d")
        #expect(feed.matches().isEmpty)
        feed.ddl("DROP TABLE d /* generated by server */")
        #expect(feed.matches().map(\.kind) == [.dropTable])
        feed.ddl("DROP TEMPORARY TABLE d")
        feed.ddl("TRUNCATE d")
        #expect(feed.matches().map(\.kind) == [.truncateTable])
        feed.ddl("CREATE TEMPORARY TABLE c (id int)")
        feed.matcher.serverRestarted()
        feed.ddl("DELETE FROM c")
        #expect(feed.matches().count == 1)
    }

    @Test("a two-phase ALTER is reported once, where it commits")
    func twoPhaseAlter() {
        var feed = Feed(everything())
        for part in [SearchMatcher.GroupBegin.Alter.start, .rollback, .start, .commit] {
            feed.begin(alter: part)
            feed.query("ALTER TABLE c DROP v")
            feed.end()
        }
        #expect(feed.matches().map(\.kind) == [.other, .dropColumn])
    }

    @Test("a cascade suspect is named with the statement that may have caused it")
    func cascade() {
        var feed = Feed(everything())
        feed.begin()
        feed.annotate("DELETE FROM par")
        let child = feed.matcher.register(schema: "s", table: "ch")
        feed.matcher.tableMap(child, timestamp: 100)
        feed.rows("par", .delete, 20)
        feed.end()
        let matches = feed.matches()
        #expect(matches.map(\.table) == ["par", "ch"])
        #expect(matches[0].reason == "no WHERE; cascade suspect: s.ch")
        #expect(matches[1].rows == nil && matches[1].kind == .other)
    }

    @Test("a view's rows are its base table's, a trigger's rows are not the text's")
    func viewsAndTriggers() {
        var feed = Feed()
        feed.begin()
        feed.annotate("DELETE FROM vw")
        feed.rows("c", .delete, 5)
        feed.annotate("DELETE FROM a")
        feed.rows("a", .delete, 5, ends: false)
        feed.rows("log", .delete, 5)
        feed.end()
        let matches = feed.matches()
        #expect(matches.map(\.table) == ["c", "a"])
        #expect(matches.first?.reason?.contains("view") == true)
    }

    @Test("rows put back and rolled-back groups are told")
    func refilledAndRolledBack() {
        var feed = Feed()
        feed.begin()
        feed.annotate("DELETE FROM c")
        feed.rows("c", .delete, 50)
        feed.annotate("INSERT INTO c SELECT * FROM d")
        feed.rows("c", .insert, 49)
        feed.end()
        #expect(feed.matches().map(\.reason) == ["no WHERE; refilled"])
        feed.begin()
        feed.query("DELETE FROM c")
        feed.end(.rollback)
        #expect(feed.matches().isEmpty)
    }

    @Test("what a transaction undid by going back to a savepoint is told")
    func savepoints() {
        var feed = Feed()
        feed.begin()
        feed.query("DELETE FROM a")
        feed.query("SAVEPOINT s")
        #expect(feed.matcher.namedTables(database: Array("s".utf8).span.bytes).isEmpty)
        feed.query("SAVEPOINT `Inner`")
        feed.query("DELETE FROM c")
        feed.query("DELETE FROM d")
        feed.query("ROLLBACK TO s")
        feed.query("INSERT INTO c SELECT 1")
        feed.query("ROLLBACK TO SAVEPOINT inner")
        feed.query("DELETE FROM e")
        feed.end()
        let undone = "no WHERE; rolled back to a savepoint, if its table is transactional"
        let matches = feed.matches()
        #expect(matches.map(\.table) == ["a", "c", "d", "e"])
        #expect(matches.map { $0.reason?.contains("savepoint") } == [false, true, true, false])
        #expect(matches[1].reason?.contains("refilled") == false)
        #expect(
            Set((matches[1].reason ?? "").split(separator: "; "))
                == Set(undone.split(separator: "; ")))
        feed.begin()
        feed.query("DELETE FROM f")
        feed.query("ROLLBACK TO s")
        feed.end()
        #expect(feed.matches().map(\.reason) == ["no WHERE"])
    }

    @Test("rows that came back and sums count only what a savepoint left of them")
    func savepointsOfRows() {
        var feed = Feed()
        feed.begin()
        feed.annotate("DELETE FROM a")
        feed.rows("a", .delete, 50)
        feed.query("DELETE FROM b")
        feed.query("SAVEPOINT s")
        for _ in 0..<3 {
            feed.annotate("INSERT INTO a SELECT 1")
            feed.rows("a", .insert, 50)
            feed.query("INSERT INTO b SELECT 1")
            feed.query("ROLLBACK TO s")
        }
        feed.end()
        #expect(feed.matches().map(\.reason) == ["no WHERE", "no WHERE"])
        for undoes in [true, false] {
            feed.begin()
            feed.rows("c", .delete, 600)
            feed.rows("d", .delete, 1200)
            feed.query("SAVEPOINT s")
            feed.rows("c", .delete, 600)
            if undoes { feed.query("ROLLBACK TO s") }
            feed.end()
            let sums = feed.matches().filter { $0.table == "c" }
            #expect(sums.count == 1)
            #expect(sums.first?.reason?.contains("savepoint") == undoes)
        }
        feed.begin()
        feed.annotate("DELETE FROM e")
        feed.rows("e", .delete, 2000)
        feed.query("SAVEPOINT s")
        feed.annotate("INSERT INTO e VALUES (1)")
        feed.rows("e", .insert, 1)
        feed.query("ROLLBACK TO s")
        feed.end()
        #expect(feed.matches().filter { $0.table == "e" }.map(\.reason) == ["no WHERE"])
    }

    @Test("many savepoints of one transaction take no longer than the first")
    func manySavepoints() {
        var savepoints = Savepoints<Int>()
        for index in 0..<200_000 { savepoints.set("s\(index)", index) }
        for index in (0..<100_000).reversed() {
            #expect(savepoints.rollBack(to: "s\(index)") == index)
        }
        #expect(savepoints.rollBack(to: "s1") == nil)
        savepoints.set("s0", 7)
        savepoints.set("x", 8)
        savepoints.set("s0", 9)
        #expect(savepoints.rollBack(to: "x") == 8)
        #expect(savepoints.rollBack(to: "s0") == nil)
        for index in 0..<1000 { savepoints.set("y\(index % 3)", index) }
        #expect(savepoints.rollBack(to: "x") == 8)
        for index in 0..<1000 { savepoints.set("y\(index % 3)", index) }
        #expect(savepoints.rollBack(to: "y1") == 997)
        #expect(savepoints.rollBack(to: "y2") == nil)
        #expect(savepoints.rollBack(to: "y0") == nil)
    }

    @Test("CREATE OR REPLACE … SELECT is one match with its rows")
    func createSelect() {
        var feed = Feed(everything())
        feed.begin()
        feed.query("CREATE OR REPLACE TABLE `c` (id int)")
        feed.annotate("CREATE OR REPLACE TABLE c SELECT * FROM d")
        feed.rows("c", .insert, 7)
        feed.end()
        let matches = feed.matches()
        #expect(matches.map(\.kind) == [.replaceTable])
        #expect(matches.first?.rows?.inserted == 7)
    }

    @Test("LIMIT and NULL decide by what the rows tell")
    func limits() {
        var feed = Feed()
        feed.begin()
        feed.annotate("DELETE FROM c LIMIT 5")
        feed.rows("c", .delete, 5)
        feed.annotate("DELETE FROM c LIMIT 5")
        feed.rows("c", .delete, 4)
        feed.end()
        #expect(feed.matches().map(\.rows?.deleted) == [4])
        feed.begin()
        _ = feed.matcher.register(schema: "s", table: "c", nullableColumns: ["gone"])
        let table = feed.matcher.register(schema: "s", table: "c", nullableColumns: ["gone"])
        for column in ["gone", "id"] {
            feed.annotate("DELETE FROM c WHERE \(column) IS NOT NULL")
            feed.matcher.rows(table, .delete, count: 9, endsStatement: true)
        }
        feed.end()
        #expect(feed.matches().map(\.reason) == ["the WHERE is always true"])
    }

    @Test("a filter holds for DDL as for rows, and every condition must hold")
    func filters() {
        var filter = SearchFilter()
        filter.tables = [TableName(schema: "s", table: "c")]
        filter.until = 200
        var feed = Feed(filter)
        feed.ddl("DROP TABLE c, d")
        feed.ddl("DROP DATABASE s")
        feed.ddl("DROP DATABASE t")
        feed.begin(time: 300)
        feed.annotate("DELETE FROM d")
        feed.rows("d", .delete, 5)
        feed.end()
        #expect(feed.matches().map(\.kind) == [.dropTable, .dropDatabase])
        filter.threadID = 9
        filter.matchesText = { $0.byteCount > 12 }
        feed = Feed(filter)
        feed.ddl("DROP TABLE c", thread: 9)
        feed.ddl("DROP TABLE s.c", thread: 8)
        feed.ddl("DROP TABLE s.c", thread: 9)
        #expect(feed.matches().map(\.statement) == ["DROP TABLE s.c"])
    }

    @Test("a text longer than 64 KiB is kept as its beginning, with secrets masked")
    func longTexts() {
        var feed = Feed(everything())
        feed.ddl("DROP TABLE c /* " + String(repeating: "é", count: 50_000) + " */")
        let match = feed.matches().first
        #expect(match?.kind == .dropTable && match?.statementSizeBytes == 100_019)
        #expect((match?.statement?.utf8.count).map { (65_000...65_536).contains($0) } == true)
        #expect(match?.statement?.hasSuffix("é") == true)
        feed.ddl("CREATE USER u IDENTIFIED BY 'SECRET'")
        #expect(feed.matches().first?.statement == "CREATE USER u IDENTIFIED BY '***'")
    }

    @Test("system versioning and REPLACE are classified by their texts")
    func textsDecideTheKind() {
        var feed = Feed()
        feed.begin()
        feed.annotate("DELETE FROM c WHERE id > 5")
        feed.rows("c", .update, 1500)
        feed.annotate("REPLACE INTO d SELECT * FROM e")
        feed.rows("d", .delete, 1500, ends: false)
        feed.rows("d", .insert, 1500)
        feed.end()
        #expect(feed.matches().map(\.kind) == [.massDelete, .massUpdate])
    }
}
