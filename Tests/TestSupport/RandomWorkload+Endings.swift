/// Transactions that end in another way than by COMMIT, or at another time.
extension RandomWorkload {
    // MARK: ROLLBACK beside tables that cannot roll back

    /// Rows of MyISAM and Aria among others: in the log they stay, whatever the end is.
    mutating func plainTransaction() -> [String] {
        var body = plainWork()
        if random.chance(75) {
            body = ["BEGIN", keyedRow()] + body + [keyedRow()]
            if random.chance(35) {
                body += ["SAVEPOINT `p`", keyedRow()] + plainWork()
                body += [keyedRow(), "ROLLBACK TO SAVEPOINT `p`"]
            }
            body += plainWork() + [random.chance(40) ? "COMMIT" : "ROLLBACK"]
        }
        guard random.chance(40) else { return withRowSettings(body) }
        return ["SET SESSION binlog_format = STATEMENT"] + body + [
            "SET SESSION binlog_format = DEFAULT"
        ]
    }

    private mutating func keyedRow() -> String {
        let (table, number, text) = random.pick([
            ("swaps", "n", "u"), ("left one", "n", "t"), ("rekeyed", "n", "t"),
        ])
        return random.pick([
            "INSERT INTO `\(table)` (`id`, `\(number)`, `\(text)`)"
                + " VALUES (\(key()), \(key()), \(word()))",
            "UPDATE `\(table)` SET `\(number)` = \(key()) WHERE `id` = \(key())",
            "DELETE FROM `\(table)` WHERE `id` = \(key())",
            "INSERT INTO `counter` (`n`) VALUES (\(key()))",
        ])
    }

    /// An insert of several rows may fail half-way, and the rows before its failure stay.
    private mutating func plainWork() -> [String] {
        let table = random.pick(OwnTables.plainNames)
        let (id, other) = (key(), key())
        return [
            random.pick([
                "INSERT INTO `\(table)` (`id`, `n`, `t`) VALUES (\(id), \(key()), \(word()))",
                "INSERT INTO `\(table)` (`id`, `n`, `t`) VALUES (\(id), 1, 'x'),"
                    + " (\(other), 2, 'y'), (\(key()), 3, \(word()))",
                "UPDATE `\(table)` SET `n` = `n` + \(key()) WHERE `id` = \(id)",
                "UPDATE `\(table)` SET `t` = \(word()), `n` = \(other) WHERE `id` < \(id)",
                "UPDATE `\(table)` SET `id` = \(id) WHERE `id` = \(other)",
                "DELETE FROM `\(table)` WHERE `id` IN (\(id), \(other))",
                "DELETE FROM `\(table)` WHERE `t` = \(word())",
            ])
        ]
    }

    // MARK: XA

    /// An XA transaction that always changes a row: an empty one cannot be committed on a replay.
    mutating func xaTransaction() -> [String] {
        let name = nextXAName()
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

    private mutating func nextXAName() -> String {
        xaCount += 1
        // A format alone does not tell two apart.
        let bytes = "00FF27" + String(0x10000 + xaCount, radix: 16)
        return random.pick([
            "'x\(xaCount)'", "'x\(xaCount)','branch'", "X'\(bytes)0','b',\(xaCount)",
        ])
    }

    /// What comes last: an id above those of XA transactions that are never decided. A replay does
    /// not apply them, while the server's own applier has them prepared and counts their ids.
    public var ending: [String] {
        [Self.newSession, "INSERT INTO `\(Self.database)`.`xa_rows` (`n`) VALUES (0)"]
    }

    /// Prepares an XA transaction that stays so for a while, or ends one, often in another file.
    ///
    /// It changes rows that nobody else does, or others would wait for its locks.
    mutating func lastingXA() -> [String] {
        if !preparedXA.isEmpty, preparedXA.count > 3 || random.chance(50) {
            let name = preparedXA.remove(at: random.below(preparedXA.count))
            let flush = random.chance(40) ? ["FLUSH BINARY LOGS"] : []
            return flush + ["XA \(random.chance(75) ? "COMMIT" : "ROLLBACK") \(name)"]
        }
        let name = nextXAName()
        preparedXA.append(name)
        var body = ["XA START \(name)", "INSERT INTO `xa_marks` VALUES (\(xaCount), 2)"]
        body += random.pick([
            ["INSERT INTO `xa_rows` (`n`) VALUES (\(key())), (\(key()))"],
            ["UPDATE `xa_marks` SET `k` = `k` + 1 WHERE `id` = \(xaCount)"],
            [
                "INSERT INTO `xa_rows` (`n`) VALUES (1)",
                "DELETE FROM `xa_marks` WHERE `id` = \(xaCount)",
            ],
            [],
        ])
        return withRowSettings(body + ["XA END \(name)", "XA PREPARE \(name)"], resets: false) + [
            Self.newSession
        ]
    }
}
