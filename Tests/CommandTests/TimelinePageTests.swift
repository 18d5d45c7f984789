import Foundation
import Server
import TestSupport
import Testing

/// The page of a timeline in a real browser.
@Suite(
    "the page of a timeline", .serialized,
    .enabled(if: Browser.isInstalled, "apt-get install chromium"))
struct TimelinePageTests {
    @Test("opens from disk without a complaint, and a marker's command can be copied")
    func page() async throws {
        let folder = try TestFolder("page")
        let path = folder.path + "/day.html"
        let run = try await Lastgood.run("timeline", "Fixtures/shop/binlogs", "--html", path)
        #expect(run.exitCode == 0)
        let browser = try Browser(opening: path)
        #expect(try browser.evaluate("document.querySelectorAll('#chart svg').length") == "20")
        #expect(try browser.evaluate("document.querySelectorAll('#chart path').length") != "0")
        let marks = "document.querySelectorAll('#marks button:not(.minor)')"
        #expect(try browser.evaluate("\(marks).length") == "7")

        try browser.evaluate("\(marks)[4].focus()")
        #expect(
            try browser.evaluate("document.activeElement.getAttribute('aria-label')")
                == "drop-table shop.orders, 2026-11-21 03:55:42Z")
        let command =
            "lastgood recover --backup BACKUP --binlogs Fixtures/shop/binlogs "
            + "--before shop-bin.000004:96056"
        #expect(try browser.evaluate("document.getElementById('command').textContent") == command)
        try browser.allowClipboard()
        try browser.evaluate("document.getElementById('copy').click()")
        #expect(try browser.evaluate("navigator.clipboard.readText()") == command)

        let span = "document.getElementById('span').textContent"
        let whole = try browser.evaluate(span)
        try browser.press("+")
        #expect(try browser.evaluate(span) != whole)
        try browser.press("0")
        #expect(try browser.evaluate(span) == whole)
        #expect(browser.complaints == [])
        if let target = ProcessInfo.processInfo.environment["LASTGOOD_SCREENSHOT"] {
            try browser.screenshot().write(to: URL(filePath: target))
        }
    }

    @Test("names and SQL that are markup stay text")
    func hostile() async throws {
        let source = try await SourceServer()
        let name = "<script>document.title='taken'</script><img src=x onerror=alert(1)>"
        let table = "`\(name.prefix(60))`"
        let connection = try source.connect()
        for statement in [
            "CREATE DATABASE `d</script>`", "USE `d</script>`", "CREATE TABLE \(table) (a TEXT)",
            "INSERT INTO \(table) VALUES ('</script><script>document.title=1</script>')",
            "DELETE FROM \(table) /* <!--<script> &lt; \(name) */ WHERE a LIKE '%' OR 1=1",
            "DROP TABLE \(table)",
        ] {
            try connection.execute(statement)
        }
        let path = source.folder.path + "/page.html"
        let run = try await Lastgood.run(["timeline", "--html", path, source.logFolder])
        #expect(run.exitCode == 0)
        let text = try String(contentsOfFile: path, encoding: .utf8)
        #expect(text.components(separatedBy: "<script").count == 3)
        let browser = try Browser(opening: path)
        #expect(try browser.evaluate("document.title") == "Lastgood timeline")
        #expect(try browser.evaluate("document.querySelectorAll('img').length") == "0")
        #expect(
            try browser.evaluate("document.querySelector('.name').firstChild.textContent")
                == "d</script>.\(name.prefix(60))")
        #expect(browser.complaints == [])
    }
}
