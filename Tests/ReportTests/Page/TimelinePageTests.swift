import Recovery
import Testing

@testable import Report

/// How much a page of a timeline holds.
@Suite("the size of a timeline's page") struct TimelinePageSizeTests {
    private func page(tables: Int, minutes: Int) -> String {
        let begin: UInt64 = 1_795_219_200
        let buckets = (0..<minutes).flatMap { minute in
            (0..<tables).map { table in
                let count = UInt64((minute * 7919 + table * 104_729) % 1_000_000)
                return Timeline.Bucket(
                    table: TableName(schema: "shop", table: "table_\(table)"),
                    start: begin + UInt64(minute) * 60,
                    rows: RowCounts(inserted: count, updated: count / 3, deleted: count / 7),
                    statements: count / 2, transactions: count / 2, bytes: count * 100)
            }
        }
        let timeline = Timeline(
            buckets: buckets, bucketSeconds: 60, marks: [], destructiveCount: 0, gaps: [],
            paths: ["logs"])
        return String(
            decoding: TimelinePage(timeline, minutes: buckets).html { _ in "" }, as: UTF8.self)
    }

    @Test("a few tables are shown by the minute")
    func small() {
        let page = page(tables: 5, minutes: 1440)
        #expect(page.utf8.count < 500_000)
        #expect(page.contains(#"{"bucketSeconds":60,"notes":[],"#))
    }

    @Test("a day of 200 tables has at most 5 MB, in coarser buckets and with all tables")
    func day() {
        let page = page(tables: 200, minutes: 1440)
        #expect(page.utf8.count <= 5_000_000)
        #expect(page.contains(#"{"bucketSeconds":300,"notes":[],"#))
        #expect(page.contains("shop.table_199"))
    }

    @Test("thousands of tables are the 50 busiest, and the page says so")
    func many() {
        let page = page(tables: 120_000, minutes: 1)
        #expect(page.utf8.count <= 5_000_000)
        #expect(page.contains("The 50 busiest of 120000 tables are shown."))
    }
}
