import Binlog
import BinlogFiles
import Server
import SystemPackage
import TestSupport
import Testing

@Suite("stretches")
struct StretchScoutTests {
    @Test("where one ends does not hang on where the scout has been before")
    func ends() async throws {
        let source = try await SourceServer(["--max-allowed-packet=64M"])
        let connection = try source.connect()
        let small = "INSERT INTO d.t (b) SELECT REPEAT(CHAR(97 + seq % 26), 60000) FROM d.numbers"
        var statements = [
            "SET SESSION binlog_format=ROW", "CREATE DATABASE d",
            "CREATE TABLE d.t (id INT AUTO_INCREMENT PRIMARY KEY, b MEDIUMTEXT)",
            "CREATE TABLE d.numbers (seq INT)",
            "INSERT INTO d.numbers VALUES (1), (2), (3), (4), (5), (6), (7), (8), (9), (10)",
        ]
        for round in 0..<30 {
            statements.append(small)
            // Longer than a stretch, and one that none takes.
            if round == 20 {
                statements.append("INSERT INTO d.t (b) VALUES (REPEAT('x', 10000000))")
            }
            if round % 14 == 3 {
                statements += [
                    "SET SESSION binlog_format=STATEMENT", "DELETE FROM d.t WHERE id = \(round)",
                    "SET SESSION binlog_format=ROW",
                ]
            }
        }
        for statement in statements { try connection.execute(statement) }
        try await source.stop()

        let log = FilePath(source.logFolder + "/bin.000001")
        let (begins, format) = try transactions(of: log)
        let chain = try ChainReader(try LogSet.find([log]))
        var scout = try StretchScout(chain, format)
        var end: UInt64 = 0
        var stretches: [Stretch] = []
        for begin in begins where begin >= end {
            guard let stretch = try scout.stretch(at: begin) else { continue }
            var other = try StretchScout(chain, format)
            #expect(try other.stretch(at: begin)?.range == stretch.range)
            #expect(stretch.range.count <= 8 << 20 || stretch.transactionCount == 1)
            stretches.append(stretch)
            end = stretch.range.upperBound
        }
        #expect(stretches.contains { $0.range.count > 8 << 20 })
        #expect(stretches.count < begins.count / 2)
    }

    /// Where each transaction of a log begins.
    private func transactions(
        of log: FilePath
    ) throws(BinlogError) -> ([UInt64], FormatDescription) {
        var reader = try LogReader(path: log)
        var begins: [UInt64] = []
        while try reader.advance() {
            if reader.step == .begins || reader.step == .whole {
                begins.append(reader.event.offset)
            }
        }
        guard let format = reader.format else {
            throw BinlogError(.corrupt, "no format description", offset: 0)
        }
        return (begins, format)
    }
}
