/// A seeded source of SQL: a schema over all column types, and transactions without end.
///
///     var workload = RandomWorkload(seed: 7, serverVersion: (10, 11))
///     var session = try WorkloadSession(source)
///     try session.run(workload.schema())
///     try session.run(workload.next())
///
/// The same seed and version give the same lists. Every list is run in one session, statement by
/// statement; it selects its database and leaves the session as it was, so the next list may use
/// the same session or another one. Single statements may fail, since the generator does not know
/// the rows (`ignoredErrors`); the rest of the list is run all the same. All that is written can be
/// reproduced from the log: no UUID() or LIMIT without order in statement format, no temporary
/// tables. Both servers must run in the same system time zone. One GLOBAL variable is set:
/// binlog_row_metadata.
///
/// What a net effect has to get right, and what does it here:
///
/// | what | where |
/// |---|---|
/// | all column types, as rows and in the key | `RandomTable.all`; `typedKeys` |
/// | cascades, SET NULL, a table that refers to itself | `parents`, `orphans`; `relatives` |
/// | foreign keys that only refuse; that come and go | `guards`, `doubles`; `foreignKeys` |
/// | values of unique keys that are swapped, rotated | `swap`, `rotateUniques`, `shiftPrimary` |
/// | … in one transaction, over several | `keyTransaction` |
/// | primary keys that change, in a circle, row by row | `rotatePrimary`, `shiftPrimary` |
/// | keys that are equal by their collation | `caseChange`, `word` |
/// | NULL in unique keys | `nulls` |
/// | long, prefix and generated unique keys | `OwnTables.keys` |
/// | the same key deleted and inserted again | `comeBack` |
/// | MINIMAL, NOBLOB and FULL_NODUP | `withRowSettings` |
/// | DDL in the middle, also in two phases, also failing | `definition`, `ownDefinition` |
/// | partitions, exchanged and emptied | `partitions` |
/// | keys and engines that change | `keyDefinitions` |
/// | MyISAM and Aria among InnoDB's rows, with ROLLBACK | `plainTransaction` |
/// | savepoints | `transaction`, `plainTransaction` |
/// | XA, prepared in one file and ended in another, or never | `lastingXA` |
/// | history and periods | `historyTransaction`, `periods` |
/// | sequences, also as a key's default | `sequenceUse`, `counterWork` |
/// | generated columns, stored, virtual and in keys | `derived`, `doubles`; `OwnTables.keys` |
/// | AUTO_INCREMENT of rows that are gone, at a type's end, in groups | `counterTransaction` |
/// | statements as text, with their session | `spokenTransaction` |
/// | triggers, routines and views | `watched`, `fill`, `scratchTable` |
///
/// Traps of the servers and tools met with it: FLUSH TABLES before rows are counted (on 10.5 an
/// Aria table that BINLOG filled shows too few until then); mariadb-binlog of 10.5 writes 0.088723
/// s as .88723, so read its logs with a later one.
public struct RandomWorkload: Sendable {
    /// The database that everything happens in.
    public static let database = "workload"
    /// Another one, which comes and goes.
    static let otherDatabase = "comes, goes"

    /// Stands in a list for the end of its session: what follows is run in a new one.
    public static let newSession = "-- a new session"

    /// Error numbers that statements may end with: keys, foreign keys, ranges, lengths, and names
    /// that are there already or no longer.
    public static let ignoredErrors: Set<Int> = [
        1050, 1054, 1060, 1061, 1062, 1091, 1146, 1178, 1264, 1366, 1406, 1451, 1452, 1690, 1761,
        1068, 1305, 167, 1467, 1737, 1738, 4025,
    ]

    var random: SplitMix64
    var tables: [RandomTable]
    let serverVersion: (Int, Int)
    var xaCount = 0
    /// XA transactions that are prepared and neither committed nor rolled back.
    public internal(set) var preparedXA: [String] = []
    var scratchCount = 0
    private var isFilled = false
    /// How many more lists hold nothing but rows, so that a fold gets a long way.
    private var calmLists = 0

    public init(seed: UInt64, serverVersion: (Int, Int)) {
        random = SplitMix64(seed: seed)
        tables = RandomTable.all(serverVersion)
        self.serverVersion = serverVersion
    }

    /// The tables that have columns of all types, and no shape of their own.
    public var plainTables: Set<String> { Set(tables.map(\.name)) }

    /// What creates the database and its empty tables; run once, before the first `next()`.
    public func schema() -> [String] {
        let database = Self.database
        return ["CREATE DATABASE `\(database)` CHARACTER SET utf8mb4", "USE `\(database)`"]
            + tables.map(\.createStatement)
            + [
                "CREATE TABLE `watch_log` (`what` VARCHAR(20), `id` INT, `k` INT)",
                "CREATE TABLE `xa_marks` (`id` INT NOT NULL PRIMARY KEY, `k` INT)",
                "CREATE TRIGGER `watched_insert` AFTER INSERT ON `watched` FOR EACH ROW"
                    + " INSERT INTO `watch_log` VALUES ('insert', NEW.`id`, NEW.`k`)",
                "CREATE TRIGGER `watched_update` BEFORE UPDATE ON `watched` FOR EACH ROW"
                    + " SET NEW.`small` = OLD.`k`",
                "CREATE TRIGGER `watched_delete` AFTER DELETE ON `watched` FOR EACH ROW"
                    + " DELETE FROM `watch_log` WHERE `id` = OLD.`id`",
                "CREATE SEQUENCE `numbers` START WITH 1 INCREMENT BY 3 CACHE 10",
                "CREATE SEQUENCE `circle` MINVALUE 1 MAXVALUE 20 CYCLE NOCACHE",
                "CREATE FUNCTION `doubled`(n INT) RETURNS BIGINT DETERMINISTIC NO SQL RETURN n * 2",
                "CREATE PROCEDURE `fill`(IN n INT) MODIFIES SQL DATA"
                    + " INSERT INTO `spoken` (`name`, `k`) VALUES (CONCAT('filled ', n), n % 60)",
            ] + OwnTables.createStatements
    }

    /// The statements of one transaction, or of a few that belong together.
    public mutating func next() -> [String] {
        let body: [String]
        if !isFilled {
            isFilled = true
            body = filling()
        } else if calmLists > 0 {
            calmLists -= 1
            body = calm()
        } else {
            if random.chance(10) { calmLists = random.within(5...30) }
            body = anything()
        }
        return ["USE `\(Self.database)`"] + body
    }

    private mutating func calm() -> [String] {
        switch random.below(10) {
        case 0..<4: withRowSettings(transaction())
        case 4: withRowSettings([dml(logsRows: true)])
        case 5..<8: keyTransaction()
        default: counterTransaction()
        }
    }

    private mutating func anything() -> [String] {
        switch random.below(100) {
        case 0..<24: withRowSettings(transaction())
        case 24..<32: withRowSettings([dml(logsRows: false)])
        case 32..<43: spokenTransaction()
        case 43..<47: withRowSettings(xaTransaction())
        case 47..<51: lastingXA()
        case 51..<57: definition()
        case 57..<62: ownDefinition()
        case 62..<65: sequenceUse()
        case 65..<67: [setting()]
        case 67..<69: refill()
        case 69..<82: keyTransaction()
        case 82..<89: counterTransaction()
        case 89..<92: historyTransaction()
        default: plainTransaction()
        }
    }
}

extension RandomWorkload {
    /// Puts a format and a row image around statements that any format can log.
    ///
    /// - Parameter resets: false where the session ends, in a state that allows no settings.
    mutating func withRowSettings(_ body: [String], resets: Bool = true) -> [String] {
        var images = ["FULL", "FULL", "FULL", "MINIMAL", "NOBLOB"]
        if serverVersion >= (11, 8) {
            images.append("FULL_NODUP")
        }
        // MariaDB 11.8.6 was seen to log such an insert under MINIMAL without columns it was given.
        if body.contains(where: { $0.contains("ON DUPLICATE KEY") }) { images = ["FULL"] }
        // MariaDB 10.5.23 was seen to end with signal 6 in its own applier, and in BINLOG: it does
        // not find the old entry of a key on a virtual column.
        if serverVersion < (10, 6), body.contains(where: { $0.contains("virtual_keys") }) {
            images = ["FULL"]
        }
        let format = calmLists > 0 ? "ROW" : random.pick(["ROW", "ROW", "MIXED"])
        let reset = [
            "SET SESSION binlog_row_image = DEFAULT", "SET SESSION binlog_format = DEFAULT",
        ]
        return [
            "SET SESSION binlog_format = \(format)",
            "SET SESSION binlog_row_image = \(random.pick(images))",
        ] + body + (resets ? reset : [])
    }

    private mutating func transaction() -> [String] {
        var body = ["BEGIN"]
        for _ in 0..<random.within(1...5) {
            body.append(dml(logsRows: calmLists > 0))
        }
        if random.chance(25) {
            body += ["SAVEPOINT `s 1`", dml(logsRows: false), dml(logsRows: false)]
            body.append(
                random.chance(60) ? "ROLLBACK TO SAVEPOINT `s 1`" : "RELEASE SAVEPOINT `s 1`")
            body.append(dml(logsRows: false))
        }
        return body + [random.chance(80) ? "COMMIT" : "ROLLBACK"]
    }

    /// A statement that changes rows of one or several tables.
    ///
    /// - Parameter logsRows: only tables that take part in a transaction (XA takes no others).
    mutating func dml(logsRows: Bool) -> String {
        let table = random.pick(tables.filter { $0.isTransactional || !logsRows })
        switch random.below(100) {
        case 0..<45: return insert("INSERT INTO", table, rows: random.within(1...5))
        case 45..<50:
            // REPLACE deletes first: half-way is not for tables without a rollback. Under MINIMAL
            // 10.5.23 was seen to log one without the columns that it sets to their defaults.
            return table.isTransactional
                ? insert("REPLACE INTO", table, rows: 1, leavesOut: false)
                : insert("INSERT INTO", table, rows: 1)
        case 50..<54: return insert("INSERT IGNORE INTO", table, rows: 2)
        case 54..<60:
            let column = random.pick(table.columns)
            return insert("INSERT INTO", table, rows: 1)
                + " ON DUPLICATE KEY UPDATE `\(column.name)` = VALUES(`\(column.name)`)"
        case 60..<64: return copyWithin(table)
        case 64..<86: return update(table)
        case 86..<90: return severalTables()
        default: return "DELETE FROM `\(table.name)` WHERE \(condition())"
        }
    }

    mutating func insert(
        _ verb: String, _ table: RandomTable, rows: Int, leavesOut: Bool = true
    ) -> String {
        // A column that must have a value and has no default is never left out.
        let columns = table.columns.filter { column in
            !leavesOut || !column.isNullable && column.defaultText == nil || random.chance(85)
        }
        let names = (["k"] + columns.map(\.name)).map { "`\($0)`" }.joined(separator: ", ")
        let lists = (0..<rows).map { _ in
            let values = columns.map { $0.literal(&random) }
            return "(" + (["\(random.below(64))"] + values).joined(separator: ", ") + ")"
        }
        return "\(verb) `\(table.name)` (\(names)) VALUES \(lists.joined(separator: ", "))"
    }

    private mutating func update(_ table: RandomTable) -> String {
        var parts: [String] = []
        for column in table.columns where random.chance(100 / table.columns.count + 5) {
            parts.append("`\(column.name)` = \(column.literal(&random))")
        }
        if parts.isEmpty {
            parts.append("`k` = (`k` + 7) % 64")
        }
        let list = parts.joined(separator: ", ")
        return "UPDATE `\(table.name)` SET \(list) WHERE \(condition())"
    }

    /// A condition that any table can stand: it never depends on the order of rows.
    mutating func condition() -> String {
        switch random.below(4) {
        case 0: return "`k` = \(random.below(64))"
        case 1: return "`k` BETWEEN \(random.below(60)) AND \(random.below(64))"
        case 2: return "`k` % 13 = \(random.below(13))"
        default: return "`k` IN (\(random.below(64)), \(random.below(64)), \(random.below(64)))"
        }
    }

    /// INSERT … SELECT from the table itself; it fails where a unique key is in the way.
    private mutating func copyWithin(_ table: RandomTable) -> String {
        let source = table.isTransactional ? table : tables[0]
        let names = (["k"] + source.columns.map(\.name)).map { "`\($0)`" }.joined(separator: ", ")
        return "INSERT INTO `\(source.name)` (\(names)) SELECT \(names) FROM `\(source.name)`"
            + " WHERE `k` = \(random.below(64))"
    }

    private mutating func severalTables() -> String {
        let k = random.below(64)
        return random.pick([
            "UPDATE `parents` p JOIN `children` c ON c.`parent` = p.`id`"
                + " SET p.`amount` = p.`k`, c.`name` = CONCAT(p.`k`, '/', c.`k`)"
                + " WHERE p.`k` BETWEEN \(k) AND \(k + 5)",
            "DELETE c, o FROM `children` c JOIN `orphans` o ON o.`k` = c.`k` WHERE c.`k` = \(k)",
            "DELETE FROM `parents` WHERE `id` = \(k)",
            "UPDATE `parents` SET `id` = `id` + 100000 WHERE `id` = \(k)",
            "INSERT INTO `parents` (`id`, `k`, `name`) VALUES (\(k), \(k), 'parent')"
                + " ON DUPLICATE KEY UPDATE `amount` = \(k)",
        ])
    }

    private mutating func setting() -> String {
        random.pick([
            "FLUSH BINARY LOGS",
            "SET GLOBAL binlog_row_metadata = \(random.pick(["NO_LOG", "MINIMAL", "FULL"]))",
        ])
    }

    /// The first rows of every table, so that later statements find some.
    private mutating func filling() -> [String] {
        let swaps = (0..<12).map { "(\($0), 'u\($0)', \($0), 1)" }.joined(separator: ", ")
        return tables.map { insert("INSERT IGNORE INTO", $0, rows: 12) }
            + OwnTables.numbered.map { change($0.0, $0.1, $0.2) }
            + ["REPLACE INTO `swaps` (`id`, `u`, `v`, `w`) VALUES \(swaps)"]
    }

    /// Fills a few tables, so that they are not empty for long behind a TRUNCATE.
    private mutating func refill() -> [String] {
        let parents = RandomTable(name: "parents", columns: RandomColumn.few)
        let body = [
            insert("INSERT INTO", parents, rows: 20),
            insert("INSERT INTO", random.pick(tables), rows: 20),
        ]
        return withRowSettings(body)
    }
}
