/// DDL in the middle of all the rest, which a replay must not fold across.
extension RandomWorkload {
    /// DDL: on a table of the workload, or on one that comes and goes.
    mutating func definition() -> [String] {
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

// MARK: Own tables

extension RandomWorkload {
    /// DDL on tables that have a shape of their own, with rows around it.
    mutating func ownDefinition() -> [String] {
        let statements =
            switch random.below(6) {
            case 0: foreignKeys()
            case 1: partitions()
            case 2: keyDefinitions()
            case 3: [counterDefinition()]
            case 4: tablesChangePlaces()
            default: comingAndGoing()
            }
        guard serverVersion >= (10, 8), random.chance(40) else { return statements }
        return ["SET SESSION binlog_alter_two_phase = ON"] + statements + [
            "SET SESSION binlog_alter_two_phase = DEFAULT"
        ]
    }

    /// A table is folded, or not, by what refers to it.
    private mutating func foreignKeys() -> [String] {
        let action = random.pick(["RESTRICT", "CASCADE", "SET NULL"])
        return [
            "UPDATE `trunks` SET `n` = `n` + 1",
            "ALTER TABLE `branches` DROP FOREIGN KEY IF EXISTS `of trunk`",
            "UPDATE `branches` SET `n` = \(key()) WHERE `id` = \(key())",
            "DELETE FROM `branches` WHERE `trunk` NOT IN (SELECT `id` FROM `trunks`)",
            "ALTER TABLE `branches` ADD CONSTRAINT `of trunk` FOREIGN KEY (`trunk`)"
                + " REFERENCES `trunks` (`id`) ON DELETE \(action)",
            "DELETE FROM `trunks` WHERE `id` = \(key())",
        ]
    }

    private mutating func partitions() -> [String] {
        let (id, number, part) = (key(), key(), random.below(3))
        let statements = [
            "INSERT INTO `ranges` (`id`, `n`) VALUES (\(id), \(number)), (\(key()), \(key()))",
            "UPDATE `ranges` SET `n` = (`n` + 5) % 15 WHERE `id` = \(id)",
            "INSERT INTO `exchanged` (`id`, `n`) VALUES (\(id), \(part * 5 + random.below(5)))",
            random.pick([
                "ALTER TABLE `ranges` TRUNCATE PARTITION `p\(part)`",
                "ALTER TABLE `ranges` EXCHANGE PARTITION `p\(part)` WITH TABLE `exchanged`",
                "ALTER TABLE `ranges` REORGANIZE PARTITION `p0`, `p1` INTO (PARTITION `p0` VALUES"
                    + " LESS THAN (\(random.within(2...8))), PARTITION `p1` VALUES LESS THAN (10))",
                "ALTER TABLE `ranges` REBUILD PARTITION `p\(part)`",
                "ALTER TABLE `parts` ADD PARTITION PARTITIONS 1",
                "ALTER TABLE `parts` COALESCE PARTITION 1",
                "TRUNCATE TABLE `exchanged`",
            ]),
            "UPDATE `ranges` SET `id` = \(key()) WHERE `n` = \(number)",
            "DELETE FROM `ranges` WHERE `n` = \(key())",
        ]
        // The definition changes before, between or behind the rows.
        let turn = random.below(statements.count)
        return Array(statements[turn...] + statements[..<turn])
    }

    /// What tells the rows of a table apart changes, and its engine.
    private mutating func keyDefinitions() -> [String] {
        let definitions = (0..<2).map { _ in
            random.pick([
                "DROP PRIMARY KEY", "DROP PRIMARY KEY, ADD PRIMARY KEY (`n`)",
                "ADD PRIMARY KEY (`id`)",
                "DROP PRIMARY KEY, ADD PRIMARY KEY (`n`, `id`)",
                "DROP PRIMARY KEY, ADD PRIMARY KEY (`t`, `id`)", "ENGINE=InnoDB", "ENGINE=MyISAM",
                "ENGINE=InnoDB, FORCE", "ADD UNIQUE KEY IF NOT EXISTS `n` (`n`)",
                "DROP KEY IF EXISTS `n`", "MODIFY `id` BIGINT NOT NULL", "MODIFY `id` INT NOT NULL",
                "CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
                "MODIFY `n` INT NOT NULL FIRST",
                "CONVERT TO CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci",
            ])
        }
        let rows = (0..<3).map { _ in change("rekeyed", "n", "t") }
        return [
            rows[0], "ALTER TABLE `rekeyed` \(definitions[0])", rows[1],
            "ALTER TABLE `rekeyed` \(definitions[1])", rows[2],
        ]
    }

    private mutating func counterDefinition() -> String {
        let table = random.pick(OwnTables.counting)
        return random.pick([
            "ALTER TABLE `\(table)` AUTO_INCREMENT = \(random.within(1...120))",
            "TRUNCATE TABLE `\(table)`", "ALTER TABLE `\(table)` FORCE",
            "ALTER TABLE `counter` MODIFY `id` INT UNSIGNED AUTO_INCREMENT",
            "ALTER TABLE `counter` MODIFY `id` BIGINT AUTO_INCREMENT",
        ])
    }

    /// Two tables with other columns exchange their names between changes of their rows.
    private mutating func tablesChangePlaces() -> [String] {
        let rows = (0..<4).map { _ in change(random.pick(["left one", "right one"]), "n", "t") }
        return rows[..<2] + [
            "RENAME TABLE `left one` TO `between`, `right one` TO `left one`,"
                + " `between` TO `right one`"
        ] + rows[2...]
    }

    private mutating func comingAndGoing() -> [String] {
        let table = "`\(Self.otherDatabase)`.`t \(random.below(3))`"
        let create = random.pick([
            "CREATE TABLE IF NOT EXISTS \(table) (`id` INT PRIMARY KEY, `n` INT)",
            "CREATE OR REPLACE TABLE \(table) (`n` INT, `id` INT AUTO_INCREMENT PRIMARY KEY)",
            "CREATE OR REPLACE TABLE \(table) (`id` INT PRIMARY KEY, `n` INT UNIQUE) ENGINE=Aria",
            "CREATE OR REPLACE TABLE \(table) (`id` INT, PRIMARY KEY (`id`)) SELECT `id`, `n`"
                + " FROM `swaps`",
        ])
        let insert = "INSERT INTO \(table) (`id`, `n`) VALUES (\(key()), 1), (\(key()), 2)"
        return [insert, create, insert, insert]
            + random.pick([
                [], ["DROP TABLE IF EXISTS \(table)"], ["TRUNCATE TABLE \(table)"],
                [
                    "DROP DATABASE `\(Self.otherDatabase)`",
                    "CREATE DATABASE `\(Self.otherDatabase)`",
                ],
            ])
    }
}
