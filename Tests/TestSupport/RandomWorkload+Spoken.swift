/// Statements whose effect hangs on their session: they stand in the log as text with its context.
///
/// They write to `spoken` above all, whose rows no key but the first can refuse, so a statement
/// that succeeded on the source succeeds on every replay in the same way.
extension RandomWorkload {
    /// Statements in STATEMENT or MIXED format, with what their session needs set and reset.
    mutating func spokenTransaction() -> [String] {
        let format = random.pick(["STATEMENT", "STATEMENT", "MIXED"])
        var body: [String] = []
        for _ in 0..<random.within(1...4) {
            body += spoken()
        }
        // Settings in the middle of a transaction are fine; the format is set outside of it.
        if random.chance(50) {
            body = ["BEGIN"] + body + [random.chance(80) ? "COMMIT" : "ROLLBACK"]
        }
        return ["SET SESSION binlog_format = \(format)"] + body + [
            "SET SESSION binlog_format = DEFAULT"
        ]
    }

    private mutating func spoken() -> [String] {
        switch random.below(10) {
        case 0: return userVariables()
        case 1: return underSQLMode()
        case 2: return underTimeZone()
        case 3: return underCharacterSet()
        case 4: return numbered()
        case 5: return underSwitches()
        case 6:
            return [
                "SET rand_seed1 = \(random.below(1_000_000)), "
                    + "rand_seed2 = \(random.below(1_000_000))",
                "UPDATE `spoken` SET `factor` = RAND() * 1000 WHERE `id` % 9 = \(random.below(9))",
            ]
        case 7:
            return [
                "INSERT INTO `spoken` (`k`, `name`, `stamp`, `at`) VALUES"
                    + " (\(random.below(64)), 'now', NOW(6), CURRENT_TIMESTAMP(3))"
            ]
        case 8: return ["CALL `fill`(\(random.below(1000)))"]
        default: return plainText()
        }
    }

    /// The word is never empty: mariadb-binlog writes an empty one as "", which under the
    /// ANSI_QUOTES of an earlier statement is a name.
    private mutating func userVariables() -> [String] {
        let text = RandomColumn.few[1].literal(&random)
        let value = random.pick([
            "\(random.within(-9_999_999...9_999_999))", "18446744073709551615", "NULL", text,
            "\(random.below(1000)).125", "X'00FF27'", "_latin1 X'E9'", "DATE'2024-02-29'",
        ])
        return [
            "SET @word = CONCAT(\(text), '.'), @`odd name` = \(value), @k = \(random.below(64))",
            "INSERT INTO `spoken` (`k`, `name`, `phrase`) VALUES (@k, @word, HEX(@`odd name`))",
            "UPDATE `spoken` SET `small` = @k * 2, `phrase` = @word WHERE `k` = @k",
        ]
    }

    private mutating func underSQLMode() -> [String] {
        let k = random.below(64)
        let (mode, statement) = random.pick([
            (
                "ANSI_QUOTES,PIPES_AS_CONCAT",
                "INSERT INTO \"spoken\" (\"k\", \"name\") VALUES (\(k), 'ansi ' || 'quotes')"
            ),
            (
                "NO_BACKSLASH_ESCAPES",
                "INSERT INTO `spoken` (`k`, `name`) VALUES (\(k), 'a \\n is no newline \\')"
            ),
            (
                "",
                "INSERT INTO `spoken` (`k`, `name`, `small`, `at`) VALUES"
                    + " (\(k), REPEAT('long ', 30), 99999, '2024-02-31 25:00:00')"
            ),
            ("ORACLE", "UPDATE \"spoken\" SET \"phrase\" = 'x' || NULL || 'y' WHERE \"k\" = \(k)"),
            ("NO_UNSIGNED_SUBTRACTION", "UPDATE `spoken` SET `small` = CAST(1 AS UNSIGNED) - 2"),
            (
                "ALLOW_INVALID_DATES",
                "INSERT INTO `spoken` (`k`, `name`, `at`) VALUES (\(k), 'dates', '2023-02-31')"
            ),
            ("HIGH_NOT_PRECEDENCE", "UPDATE `spoken` SET `small` = NOT 2 BETWEEN 1 AND 3"),
            (
                "NO_AUTO_VALUE_ON_ZERO",
                "REPLACE INTO `spoken` (`id`, `k`, `name`) VALUES (0, \(k), 'the zero id')"
            ),
            ("TIME_ROUND_FRACTIONAL", "UPDATE `spoken` SET `at` = '2024-01-01 00:00:00.9999'"),
        ])
        return [
            "SET SESSION sql_mode = '\(mode)'", statement, "SET SESSION sql_mode = DEFAULT",
        ]
    }

    private mutating func underTimeZone() -> [String] {
        let zone = random.pick(["+02:00", "-11:30", "+00:00", "+13:00", "-03:45"])
        return [
            "SET SESSION time_zone = '\(zone)'",
            "INSERT INTO `spoken` (`k`, `name`, `stamp`) VALUES"
                + " (\(random.below(64)), 'zone', '2024-07-0\(random.within(1...9)) 12:00:00.5'),"
                + " (\(random.below(64)), 'zone', NOW(6))",
            "UPDATE `spoken` SET `at` = `stamp` WHERE `stamp` < '2024-07-05' AND \(condition())",
            "SET SESSION time_zone = DEFAULT",
        ]
    }

    private mutating func underCharacterSet() -> [String] {
        let set = random.pick(["latin1", "cp1250", "utf8mb3", "greek"])
        return [
            "SET NAMES \(set)",
            "INSERT INTO `spoken` (`k`, `name`, `phrase`) VALUES"
                + " (\(random.below(64)), 'caf\u{00E9}', CONCAT('na\u{00EF}ve ', CHARSET('x')))",
            "UPDATE `spoken` SET `phrase` = UPPER('stra\u{00DF}e') WHERE \(condition())",
            "SET NAMES utf8mb4",
            "SET SESSION collation_connection = utf8mb4_\(random.pick(["bin", "unicode_ci"]))",
            "UPDATE `spoken` SET `phrase` = 'a' = 'A' WHERE \(condition())",
            "SET NAMES utf8mb4",
        ]
    }

    private mutating func numbered() -> [String] {
        [
            "SET SESSION auto_increment_increment = \(random.within(2...10)),"
                + " auto_increment_offset = \(random.within(1...3))",
            "INSERT INTO `spoken` (`k`, `name`) VALUES (1, 'step'), (2, 'step'), (3, 'step')",
            "SET SESSION auto_increment_increment = DEFAULT, auto_increment_offset = DEFAULT",
            "INSERT INTO `spoken` (`k`, `name`, `small`) VALUES"
                + " (4, CONCAT('after ', LAST_INSERT_ID()), LAST_INSERT_ID() % 1000)",
        ]
    }

    private mutating func underSwitches() -> [String] {
        let language = random.pick(["de_DE", "fr_FR", "ja_JP", "ru_RU"])
        let parent = random.within(900_000...999_999)
        return [
            "SET SESSION foreign_key_checks = 0, unique_checks = 0, lc_time_names = '\(language)'",
            "INSERT INTO `children` (`k`, `parent`, `name`) VALUES (5, \(parent), 'no parent')",
            "UPDATE `spoken` SET `phrase` = DATE_FORMAT('2024-03-01', '%W %M') "
                + "WHERE \(condition())",
            "SET SESSION foreign_key_checks = 1, unique_checks = 1, lc_time_names = DEFAULT",
        ]
    }

    private mutating func plainText() -> [String] {
        let text = RandomColumn.few[1].literal(&random)
        return [
            random.pick([
                "INSERT INTO `spoken` (`k`, `name`) VALUES (\(random.below(64)), \(text))",
                "INSERT INTO `plain` (`k`, `name`) VALUES (\(random.below(64)), \(text))",
                "UPDATE `plain` SET `name` = \(text) WHERE \(condition())",
                "UPDATE `spoken` SET `small` = `doubled`(`k`) WHERE \(condition())",
                "DELETE FROM `spoken` WHERE `id` % 31 = \(random.below(31))",
                "DELETE FROM `spoken` ORDER BY `id` LIMIT 3",
                "UPDATE `spoken` SET `name` = \(text) ORDER BY `id` DESC LIMIT 2",
                "INSERT INTO `watched` (`k`, `name`) VALUES (\(random.below(64)), \(text))",
                "DELETE FROM `watched` WHERE \(condition())",
                "UPDATE `spoken` s JOIN `parents` p ON p.`id` = s.`k` SET s.`phrase` = p.`name`",
                "DELETE FROM `parents` WHERE `id` = \(random.below(64))",
            ])
        ]
    }
}
