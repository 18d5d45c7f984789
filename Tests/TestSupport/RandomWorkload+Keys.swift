/// Statements about keys: rows that swap them, take them over, and come back under them.
extension RandomWorkload {
    /// A few of them, as one transaction or each as one of its own.
    mutating func keyTransaction() -> [String] {
        var body: [String] = []
        for _ in 0..<random.within(1...4) { body += keyWork() }
        if random.chance(60) {
            body = ["BEGIN"] + body + [random.chance(90) ? "COMMIT" : "ROLLBACK"]
        }
        return withRowSettings(body)
    }

    private mutating func keyWork() -> [String] {
        switch random.below(18) {
        case 0, 15, 16, 17: return swap()
        case 1: return rotateUniques()
        case 2: return rotatePrimary()
        case 3: return shiftPrimary()
        case 4: return caseChange()
        case 5: return nulls()
        case 6: return comeBack()
        case 7: return typedKeys()
        case 8: return relatives()
        case 9: return periods()
        default: return anyTable()
        }
    }

    mutating func key() -> Int { random.below(12) }

    /// Words that some collation calls equal, and bytes never.
    mutating func word() -> String {
        random.pick([
            "'a'", "'A'", "'á'", "'A '", "'b'", "'B'", "'ss'", "'ß'", "'SS'", "'ä'", "'ae'", "''",
            "' '", "'ž'", "'z'", "'🎁'", "'🚲'", "'c\\0'", "'long but not too long'",
        ])
    }

    // MARK: Swaps and cycles

    /// Two rows that have one exchange the values of a unique key, by way of NULL.
    private mutating func swap() -> [String] {
        let column = random.pick(["u", "v"])
        let salts = [key(), key()]
        let ids = salts.map { salt in
            "(SELECT `id` FROM `swaps` WHERE `\(column)` IS NOT NULL"
                + " ORDER BY MD5(CONCAT(`id`, '-', \(salt))) LIMIT 1)"
        }
        return [
            "SET @i = \(ids[0]), @j = \(ids[1])",
            "SET @a = (SELECT `\(column)` FROM `swaps` WHERE `id` = @i),"
                + " @b = (SELECT `\(column)` FROM `swaps` WHERE `id` = @j)",
            "UPDATE `swaps` SET `\(column)` = NULL WHERE `id` = @i",
            "UPDATE `swaps` SET `\(column)` = @a WHERE `id` = @j",
            "UPDATE `swaps` SET `\(column)` = @b WHERE `id` = @i",
        ]
    }

    /// a → b, b → c, c → a, in both columns of a unique key.
    private mutating func rotateUniques() -> [String] {
        let rows = [key(), key(), key()]
        var statements = rows.enumerated().map { index, row in
            "SELECT `v`, `w` INTO @v\(index), @w\(index) FROM `swaps` WHERE `id` = \(row)"
        }
        statements.insert("SET @v0 = 1, @v1 = 2, @v2 = 3, @w0 = NULL, @w1 = NULL, @w2 = 1", at: 0)
        statements.append(
            "UPDATE `swaps` SET `v` = NULL WHERE `id` IN (\(rows[0]), \(rows[1]), \(rows[2]))")
        return statements
            + rows.enumerated().map { index, row in
                let other = (index + 1) % 3
                return "UPDATE `swaps` SET `v` = @v\(other), `w` = @w\(other) WHERE `id` = \(row)"
            }
    }

    /// a → b, b → c, c → a, by way of a key that nobody has.
    private mutating func rotatePrimary() -> [String] {
        let (a, b, c) = (key(), key(), key())
        let table = random.pick(OwnTables.numbered).0
        return [(a, 1000), (b, a), (c, b), (1000, c)].map { from, to in
            "UPDATE `\(table)` SET `id` = \(to) WHERE `id` = \(from)"
        }
    }

    /// Many rows move by one in a single statement, in an order in which they do not meet.
    private mutating func shiftPrimary() -> [String] {
        let (table, number, _) = random.pick(OwnTables.numbered)
        let from = key()
        let condition = "`id` BETWEEN \(from) AND \(from + random.below(12))"
        return [
            random.pick([
                "UPDATE `\(table)` SET `id` = `id` + 1 WHERE \(condition) ORDER BY `id` DESC",
                "UPDATE `\(table)` SET `id` = `id` - 1 WHERE \(condition) ORDER BY `id`",
                "UPDATE `\(table)` SET `\(number)` = `\(number)` + 1 WHERE \(condition)"
                    + " ORDER BY `\(number)` DESC",
                "UPDATE `\(table)` SET `id` = `id` + 12, `\(number)` = `\(number)` - 12"
                    + " WHERE \(condition) ORDER BY `id` DESC",
            ])
        ]
    }

    // MARK: Keys that are equal and not the same

    private mutating func caseChange() -> [String] {
        let (text, other, number) = (word(), word(), key())
        return [
            random.pick([
                "UPDATE `cased` SET `word` = UPPER(`word`) WHERE `n` % 3 = \(number % 3)",
                "UPDATE `cased` SET `word` = LOWER(`word`) WHERE `n` > \(number)",
                "UPDATE `cased` SET `word` = \(text) WHERE `word` = \(text)",
                "UPDATE `cased` SET `word` = CONCAT(TRIM(`word`), ' ') WHERE `n` = \(number)",
                "UPDATE `cased` SET `code` = UPPER(`code`) WHERE `word` >= \(text)",
                "REPLACE INTO `cased` (`word`, `n`) VALUES (\(text), \(number))",
                "INSERT INTO `cased` (`word`, `n`) VALUES (\(text), \(number))"
                    + " ON DUPLICATE KEY UPDATE `word` = VALUES(`word`)",
                "INSERT INTO `cased` (`word`, `code`) VALUES (\(text), LEFT(\(other), 1))",
                "UPDATE `swaps` SET `u` = \(text) WHERE `u` = \(text)",
                "UPDATE `swaps` SET `u` = UPPER(`u`) WHERE `id` > \(number)",
                "UPDATE `swaps` SET `u` = LOWER(`u`) WHERE `id` <= \(number)",
                "REPLACE INTO `swaps` (`id`, `u`, `v`) VALUES (\(number), \(text), \(key()))",
            ])
        ]
    }

    private mutating func nulls() -> [String] {
        let number = key()
        let value = random.chance(50) ? "NULL" : "\(key())"
        return [
            random.pick([
                "UPDATE `swaps` SET `u` = NULL WHERE `id` IN (\(number), \(key()))",
                "UPDATE `swaps` SET `v` = \(value), `w` = NULL WHERE `id` > \(number)",
                "UPDATE `swaps` SET `w` = \(value) WHERE `w` IS NULL AND `id` < \(number)",
                "INSERT INTO `swaps` (`id`, `v`, `w`) VALUES (\(number), NULL, \(value)),"
                    + " (\(number + 1), NULL, \(value))",
                "UPDATE `cased` SET `n` = NULL WHERE `word` < \(word())",
                "UPDATE `stored_keys` SET `n` = NULL WHERE `id` >= \(number)",
                "UPDATE `virtual_keys` SET `n` = \(value) WHERE `id` = \(number)",
                "UPDATE `long_keys` SET `t` = NULL WHERE `id` IN (\(number), \(key()))",
            ])
        ]
    }

    /// The same key goes and comes, now and then as another row, now and then to go for good.
    private mutating func comeBack() -> [String] {
        let (table, number, text) = random.pick(OwnTables.numbered)
        let id = key()
        let delete = "DELETE FROM `\(table)` WHERE `id` = \(id)"
        var statements = [delete]
        for _ in 0..<random.within(1...3) {
            statements.append(
                "INSERT INTO `\(table)` (`id`, `\(number)`, `\(text)`)"
                    + " VALUES (\(id), \(key()), \(word()))")
            if random.chance(60) { statements.append(delete) }
        }
        return statements
    }

    // MARK: Other keys

    private mutating func typedKeys() -> [String] {
        let row = [
            "'2024-02-\(random.within(27...29)) 0\(random.below(3)):00:00.\(random.below(3))'",
            random.pick(["X'00'", "X'0000FF'", "'a'", "'A'"]), "\(random.within(1...3))",
            random.pick(["-1.5", "0", "0.25", "-9999.99", "1.5"]),
            "b'\(random.pick(["0", "101"]))'",
            random.pick(["0", "-0.0e0", "1e300", "-1.5"]),
        ]
        let values = row.joined(separator: ", ")
        return [
            random.pick([
                "INSERT INTO `typed_keys` (`t`, `b`, `e`, `d`, `bits`, `f`, `n`)"
                    + " VALUES (\(values), \(key()))",
                "REPLACE INTO `typed_keys` (`t`, `b`, `e`, `d`, `bits`, `f`, `n`)"
                    + " VALUES (\(values), \(key()))",
                "UPDATE `typed_keys` SET `d` = -`d` WHERE `e` = \(row[2])",
                "UPDATE `typed_keys` SET `f` = -`f`, `n` = \(key()) WHERE `d` >= \(row[3])",
                "UPDATE `typed_keys` SET `t` = `t` + INTERVAL 1 HOUR WHERE `b` = \(row[1])"
                    + " ORDER BY `t` DESC",
                "UPDATE `typed_keys` SET `n` = \(key()) WHERE `t` < \(row[0])",
                "DELETE FROM `typed_keys` WHERE `d` = \(row[3]) AND `e` = \(row[2])",
                "REPLACE INTO `prefix_primary` (`t`, `n`) VALUES (\(word()), \(key()))",
                "UPDATE `prefix_primary` SET `t` = \(word()) WHERE `n` = \(key())",
            ])
        ]
    }

    /// Rows that refer to others, of which the storage engine deletes and changes some by itself.
    private mutating func relatives() -> [String] {
        let (table, column) = random.pick(OwnTables.related)
        let (id, other) = (key(), key())
        let owner = random.pick(["tree", "trunks"])
        return [
            random.pick([
                "INSERT INTO `\(table)` (`id`, `n`, `\(column)`)"
                    + " VALUES (\(id), \(key()), \(other))",
                "INSERT INTO `\(table)` (`id`, `n`, `\(column)`) VALUES (\(id), \(key()), NULL)",
                "UPDATE `\(table)` SET `\(column)` = \(other) WHERE `id` = \(id)",
                "UPDATE `\(table)` SET `n` = `n` + 1",
                "INSERT INTO `\(owner)` (`id`, `n`) VALUES (\(id), \(key())), (\(other + 12), 0)",
                "REPLACE INTO `\(owner)` (`id`, `n`) VALUES (\(id), \(key()))",
                "UPDATE `\(owner)` SET `id` = \(other) WHERE `id` = \(id)",
                "DELETE FROM `\(owner)` WHERE `id` = \(id)",
                "DELETE FROM `\(owner)` WHERE `id` IN (\(id), \(other), \(key()))",
            ])
        ]
    }

    /// Periods that are cut when a part of them is changed, and may not overlap.
    private mutating func periods() -> [String] {
        let table = random.pick(["periods", "rents"])
        let (first, length) = (random.within(1...20), random.within(1...8))
        let dates = "'2024-01-\(first)', '2024-01-\(first + length)'"
        let portion = "FOR PORTION OF `p` FROM '2024-01-\(first)' TO '2024-01-\(first + length)'"
        let id = random.below(3)
        return [
            random.pick([
                "INSERT INTO `\(table)` (`id`, `s`, `e`, `n`) VALUES (\(id), \(dates), \(key()))",
                "INSERT INTO `\(table)` (`id`, `s`, `e`, `n`) VALUES (\(id), \(dates), \(key()))",
                "UPDATE `\(table)` \(portion) SET `n` = \(key()) WHERE `id` = \(id)",
                "DELETE FROM `\(table)` \(portion) WHERE `id` = \(id)",
                "UPDATE `\(table)` SET `e` = `e` + INTERVAL 1 DAY WHERE `id` = \(id)",
                "UPDATE `\(table)` SET `s` = `s` + INTERVAL 1 DAY, `e` = `e` + INTERVAL 1 DAY"
                    + " WHERE `id` = \(id) ORDER BY `s` DESC",
            ])
        ]
    }

    /// Statements that any of the tables with an id, a number and a word takes.
    private mutating func anyTable() -> [String] {
        let (table, number, text) = random.pick(OwnTables.numbered + OwnTables.versioned)
        return [change(table, number, text)]
    }

    mutating func change(_ table: String, _ number: String, _ text: String) -> String {
        let columns = "(`id`, `\(number)`, `\(text)`)"
        let row = "(\(key()), \(key()), \(word()))"
        switch random.below(10) {
        case 0...2: return "INSERT INTO `\(table)` \(columns) VALUES \(row), \(farRow())"
        case 3: return "REPLACE INTO `\(table)` \(columns) VALUES \(row)"
        case 4:
            return "INSERT INTO `\(table)` \(columns) VALUES \(row)"
                + " ON DUPLICATE KEY UPDATE `\(number)` = VALUES(`\(number)`)"
        case 5: return "INSERT IGNORE INTO `\(table)` \(columns) VALUES \(row), \(farRow())"
        case 6: return "UPDATE `\(table)` SET `\(number)` = \(key()) WHERE `id` = \(key())"
        case 7:
            return "UPDATE `\(table)` SET `\(text)` = \(word()) WHERE `id` IN (\(key()), \(key()))"
        case 8: return "UPDATE `\(table)` SET `id` = \(key()) WHERE `id` = \(key())"
        default: return "DELETE FROM `\(table)` WHERE `id` IN (\(key()), \(key()))"
        }
    }

    private mutating func farRow() -> String {
        "(\(random.within(12...15)), \(random.within(12...15)), \(word()))"
    }
}
