/// Statements that move AUTO_INCREMENT counters, sequences and what else tells what is next.
extension RandomWorkload {
    mutating func counterTransaction() -> [String] {
        var body: [String] = []
        for _ in 0..<random.within(1...4) { body.append(counterWork()) }
        if random.chance(50) {
            body = ["BEGIN"] + body + [random.chance(85) ? "COMMIT" : "ROLLBACK"]
        }
        return withRowSettings(body)
    }

    private mutating func counterWork() -> String {
        let table = random.pick(OwnTables.counting)
        let newest = "ORDER BY `id` DESC, `n` LIMIT \(random.within(1...3))"
        switch random.below(14) {
        case 0...3:
            return "INSERT INTO `\(table)` (`n`) VALUES (\(key())), (\(key())), (\(key()))"
        case 4...6: return "DELETE FROM `\(table)` \(newest)"
        case 7:
            // Some of them at the end of a type.
            let high = random.chance(10) ? "18446744073709551614" : "\(random.within(1...200))"
            return "INSERT INTO `\(table)` (`id`, `n`) VALUES (\(high), \(key()))"
        case 8:
            return
                "INSERT INTO `\(table)` (`id`, `n`) VALUES (\(-key()), \(key())), (NULL, 0), (0, 1)"
        case 9: return "UPDATE `\(table)` SET `id` = `id` + \(random.within(3...40)) \(newest)"
        case 10: return "UPDATE `\(table)` SET `id` = `id` - \(random.within(3...40)) \(newest)"
        case 11: return "UPDATE `\(table)` SET `n` = `n` + 20 \(newest)"
        case 12:
            return "REPLACE INTO `\(table)` (`id`, `n`) VALUES (\(random.within(1...20)), \(key()))"
        default: return "INSERT INTO `tickets` (`n`) VALUES (\(key())), (\(key()))"
        }
    }

    mutating func sequenceUse() -> [String] {
        random.pick([
            ["SELECT NEXTVAL(`numbers`), NEXTVAL(`circle`)"],
            [
                "SET SESSION binlog_format = ROW",
                "INSERT INTO `spoken` (`k`, `name`) VALUES (NEXTVAL(`circle`), 'from a sequence')",
                "SET SESSION binlog_format = DEFAULT",
            ],
            ["DO SETVAL(`circle`, \(random.within(1...20)))"],
            ["ALTER SEQUENCE `numbers` INCREMENT BY \(random.within(1...9))"],
            withRowSettings(["DELETE FROM `tickets` ORDER BY `id` LIMIT 2"]),
            withRowSettings([
                "BEGIN", "INSERT INTO `tickets` (`n`) VALUES (1)", keyedUpdate(),
                random.chance(50) ? "COMMIT" : "ROLLBACK",
            ]),
        ])
    }

    private mutating func keyedUpdate() -> String {
        "UPDATE `swaps` SET `n` = `n` + 1 WHERE `id` = \(key())"
    }

    // MARK: History

    mutating func historyTransaction() -> [String] {
        var body: [String] = []
        for _ in 0..<random.within(1...4) {
            let (table, number, text) = random.pick(OwnTables.versioned)
            body.append(change(table, number, text))
        }
        if random.chance(50) {
            body = ["BEGIN"] + body + [random.chance(85) ? "COMMIT" : "ROLLBACK"]
        } else if random.chance(10) {
            body = ["DELETE HISTORY FROM `versioned`"]
        }
        return withRowSettings(body)
    }
}
