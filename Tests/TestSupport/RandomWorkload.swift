/// A seeded source of SQL: a schema over all column types, and transactions without end.
///
/// ```swift
/// var workload = RandomWorkload(seed: 7, serverVersion: (10, 11))
/// for statement in workload.schema() { try connection.run(statement) }
/// for statement in workload.next() { try connection.run(statement) }  // or an ignored error
/// ```
///
/// Every list is run in one session, statement by statement; it selects its database and leaves the
/// session as it was, so the next list may use the same session or another one. Single statements
/// may fail, since the generator does not know the rows (`ignoredErrors`); the rest of the list is
/// run all the same. All that is written can be reproduced from the log by
/// `mariadb-binlog | mariadb`: no UUID() or LIMIT without order in statement format, no LOAD DATA,
/// no temporary tables; an XA transaction is ended right behind its PREPARE. Both servers must run
/// in the same system time zone. One GLOBAL variable is set: binlog_row_metadata.
///
/// Traps of the servers and tools met with it: FLUSH TABLES before rows are counted (on 10.5 an
/// Aria table that BINLOG filled shows too few until then); mariadb-binlog of 10.5 writes 0.088723
/// s as .88723, so read its logs with a later one.
public struct RandomWorkload: Sendable {
    /// The database that everything happens in.
    public static let database = "workload"

    /// Error numbers that statements may end with: keys, foreign keys, ranges, lengths, and names
    /// that are there already or no longer.
    public static let ignoredErrors: Set<Int> = [
        1050, 1054, 1060, 1061, 1062, 1091, 1146, 1178, 1264, 1366, 1406, 1451, 1452, 1690, 1761,
    ]

    var random: SplitMix64
    var tables: [RandomTable]
    let serverVersion: (Int, Int)
    private var xaCount = 0
    private var scratchCount = 0

    public init(seed: UInt64, serverVersion: (Int, Int)) {
        random = SplitMix64(seed: seed)
        tables = RandomTable.all(serverVersion)
        self.serverVersion = serverVersion
    }

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
            ]
    }

    /// The statements of one transaction, or of a few that belong together.
    public mutating func next() -> [String] {
        let body: [String]
        switch random.below(100) {
        case 0..<45: body = withRowSettings(transaction())
        case 45..<60: body = withRowSettings([dml(logsRows: false)])
        case 60..<78: body = spokenTransaction()
        case 78..<84: body = withRowSettings(xaTransaction())
        case 84..<94: body = definition()
        case 94..<97: body = sequenceUse()
        case 97..<98:
            let level = random.pick(["NO_LOG", "MINIMAL", "FULL"])
            body = ["SET GLOBAL binlog_row_metadata = \(level)"]
        default: body = refill()
        }
        return ["USE `\(Self.database)`"] + body
    }
}

extension RandomWorkload {
    /// Puts a format and a row image around statements that any format can log.
    private mutating func withRowSettings(_ body: [String]) -> [String] {
        var images = ["FULL", "FULL", "FULL", "MINIMAL", "NOBLOB"]
        if serverVersion >= (11, 8) {
            images.append("FULL_NODUP")
        }
        // MariaDB 11.8.6 was seen to log such an insert under MINIMAL without columns it was given.
        if body.contains(where: { $0.contains("ON DUPLICATE KEY") }) { images = ["FULL"] }
        let format = random.pick(["ROW", "ROW", "MIXED"])
        return [
            "SET SESSION binlog_format = \(format)",
            "SET SESSION binlog_row_image = \(random.pick(images))",
        ] + body + [
            "SET SESSION binlog_row_image = DEFAULT", "SET SESSION binlog_format = DEFAULT",
        ]
    }

    private mutating func transaction() -> [String] {
        var body = ["BEGIN"]
        for _ in 0..<random.within(1...5) {
            body.append(dml(logsRows: false))
        }
        if random.chance(25) {
            body += ["SAVEPOINT `s 1`", dml(logsRows: false), dml(logsRows: false)]
            body.append(
                random.chance(60) ? "ROLLBACK TO SAVEPOINT `s 1`" : "RELEASE SAVEPOINT `s 1`")
            body.append(dml(logsRows: false))
        }
        return body + [random.chance(80) ? "COMMIT" : "ROLLBACK"]
    }

    /// An XA transaction that always changes a row: an empty one cannot be committed on a replay.
    private mutating func xaTransaction() -> [String] {
        xaCount += 1
        let name = random.pick([
            "'x\(xaCount)'", "'x\(xaCount)','branch'", "X'00FF27','b',\(xaCount)",
        ])
        var body = ["XA START \(name)", "INSERT INTO `xa_marks` VALUES (\(xaCount), 1)"]
        for _ in 0..<random.within(0...3) {
            body.append(dml(logsRows: true))
        }
        body.append("XA END \(name)")
        if random.chance(15) {
            return body + ["XA COMMIT \(name) ONE PHASE"]
        }
        return body + [
            "XA PREPARE \(name)", "XA \(random.chance(70) ? "COMMIT" : "ROLLBACK") \(name)",
        ]
    }

    /// A statement that changes rows of one or several tables.
    ///
    /// - Parameter logsRows: only tables that take part in a transaction (XA takes no others).
    private mutating func dml(logsRows: Bool) -> String {
        let table = random.pick(tables.filter { $0.isTransactional || !logsRows })
        switch random.below(100) {
        case 0..<45: return insert("INSERT INTO", table, rows: random.within(1...5))
        case 45..<50:
            // REPLACE deletes first: half-way is not for tables without a rollback.
            return insert(table.isTransactional ? "REPLACE INTO" : "INSERT INTO", table, rows: 1)
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

    mutating func insert(_ verb: String, _ table: RandomTable, rows: Int) -> String {
        // A column that must have a value and has no default is never left out.
        let columns = table.columns.filter { column in
            !column.isNullable && column.defaultText == nil || random.chance(85)
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

    private mutating func sequenceUse() -> [String] {
        random.pick([
            ["SELECT NEXTVAL(`numbers`), NEXTVAL(`circle`)"],
            [
                "SET SESSION binlog_format = ROW",
                "INSERT INTO `spoken` (`k`, `name`) VALUES (NEXTVAL(`circle`), 'from a sequence')",
                "SET SESSION binlog_format = DEFAULT",
            ],
            ["DO SETVAL(`circle`, \(random.within(1...20)))"],
            ["ALTER SEQUENCE `numbers` INCREMENT BY \(random.within(1...9))"],
        ])
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

extension RandomWorkload {
    /// DDL: on a table of the workload, or on one that comes and goes.
    private mutating func definition() -> [String] {
        let choices = tables.indices.filter { tables[$0].takesDDL }
        let index = random.pick(choices)
        let name = tables[index].name
        switch random.below(10) {
        case 0, 1: return [addColumn(index)]
        case 2: return [dropColumn(index)]
        case 3:
            let verb = random.chance(60) ? "CREATE INDEX IF NOT EXISTS" : "DROP INDEX IF EXISTS"
            return ["\(verb) `by_k` ON `\(name)`\(verb.hasPrefix("C") ? " (`k`)" : "")"]
        case 4:
            let other = name.hasSuffix(" moved") ? String(name.dropLast(6)) : name + " moved"
            tables[index].name = other
            return ["RENAME TABLE `\(name)` TO `\(other)`"]
        case 5: return ["TRUNCATE TABLE `\(name)`"]
        case 6:
            return [
                random.pick([
                    "ALTER TABLE `\(name)` MODIFY COLUMN `k` BIGINT NOT NULL DEFAULT 0",
                    "ALTER TABLE `\(name)` MODIFY COLUMN `k` INT NOT NULL DEFAULT 0",
                    "ALTER TABLE `\(name)` FORCE", "ALTER TABLE `\(name)` FORCE, ALGORITHM=COPY",
                    "ALTER TABLE `\(name)` COMMENT='\(random.below(99)) 🎁'",
                ])
            ]
        case 7: return inMidTransaction(name)
        default: return withRowSettings(scratchTable(name))
        }
    }

    private mutating func addColumn(_ index: Int) -> String {
        // Only what may be NULL, from any table: the rows that are there get no value.
        var column = random.pick(RandomTable.all(serverVersion).flatMap(\.columns))
        tables[index].addedColumns += 1
        column.name = "added \(tables[index].addedColumns)"
        column.isNullable = true
        column.defaultText = column.defaultText == nil ? nil : "NULL"
        tables[index].columns.append(column)
        let place = random.pick(["", " FIRST", " AFTER `k`"])
        return "ALTER TABLE `\(tables[index].name)` ADD COLUMN \(column.definition)\(place)"
    }

    private mutating func dropColumn(_ index: Int) -> String {
        let added = tables[index].columns.filter { $0.name.hasPrefix("added ") }
        guard !added.isEmpty else {
            return addColumn(index)
        }
        let column = random.pick(added).name
        tables[index].columns.removeAll { $0.name == column }
        return "ALTER TABLE `\(tables[index].name)` DROP COLUMN `\(column)`"
    }

    /// DDL commits what stands before it.
    private mutating func inMidTransaction(_ name: String) -> [String] {
        [
            "BEGIN", dml(logsRows: true), "ALTER TABLE `\(name)` COMMENT='in between'",
            dml(logsRows: true), "ROLLBACK",
        ]
    }

    private mutating func scratchTable(_ name: String) -> [String] {
        scratchCount += 1
        // A few of them stay.
        let scratch = "scratch \(scratchCount % 12)"
        let drop = "DROP TABLE IF EXISTS `\(scratch)`"
        let options = random.pick(["", " ENGINE=MyISAM", " ENGINE=Aria"])
        let rows = "SELECT * FROM `\(name)` WHERE `k` < 40"
        switch random.below(4) {
        case 0: return [drop, "CREATE TABLE `\(scratch)` LIKE `\(name)`"]
        case 1: return [drop, "CREATE TABLE `\(scratch)`\(options) \(rows)"]
        case 2: return ["CREATE OR REPLACE TABLE `\(scratch)` (PRIMARY KEY (`n`)) SELECT 1 AS `n`"]
        default:
            return [drop, "CREATE OR REPLACE VIEW `a view` AS SELECT \(scratchCount) AS `n`"]
        }
    }
}
