/// Tables of the random workload that have a shape of their own, and statements that know it.
///
/// Their keys take few values, so that rows meet, swap places and come back.
enum OwnTables {
    static let createStatements = keys + counters + histories + plain + changing

    private static let keys = [
        """
        CREATE TABLE `swaps` (`id` INT NOT NULL PRIMARY KEY, `u` VARCHAR(12) CHARACTER SET utf8mb4
        COLLATE utf8mb4_general_ci NULL, `v` INT NULL, `w` INT NULL, `n` INT NOT NULL DEFAULT 0,
        `note` BLOB, UNIQUE KEY (`u`), UNIQUE KEY (`v`, `w`))
        """,
        """
        CREATE TABLE `cased` (`code` CHAR(4) CHARACTER SET latin1 COLLATE latin1_german2_ci
        NOT NULL DEFAULT '', `n` INT NULL, `word` VARCHAR(12) CHARACTER SET utf8mb4
        COLLATE utf8mb4_unicode_ci NOT NULL, PRIMARY KEY (`word`, `code`), UNIQUE KEY (`n`))
        """,
        """
        CREATE TABLE `typed_keys` (`n` INT, `t` DATETIME(3) NOT NULL, `b` BINARY(3) NOT NULL,
        `e` ENUM('a','B','ж') NOT NULL, `d` DECIMAL(6,2) NOT NULL, `bits` BIT(9) NOT NULL,
        `f` DOUBLE NOT NULL, PRIMARY KEY (`d`, `e`, `t`, `b`, `bits`, `f`))
        """,
        "CREATE TABLE `long_keys` (`id` INT PRIMARY KEY, `t` TEXT NULL, `n` INT, UNIQUE KEY (`t`))",
        """
        CREATE TABLE `prefix_keys` (`id` INT PRIMARY KEY, `name` VARCHAR(40) NULL, `n` INT,
        `t` TEXT NULL, UNIQUE KEY (`name`(1)), UNIQUE KEY (`t`(2)))
        """,
        "CREATE TABLE `prefix_primary` (`t` VARCHAR(40), `n` INT, PRIMARY KEY (`t`(1)))",
        """
        CREATE TABLE `stored_keys` (`id` INT PRIMARY KEY, `n` INT, `t` VARCHAR(20),
        `half` INT GENERATED ALWAYS AS (`n` DIV 2) STORED UNIQUE KEY,
        `label` VARCHAR(40) GENERATED ALWAYS AS (CONCAT(`t`, '-', `n`)) STORED)
        """,
        """
        CREATE TABLE `virtual_keys` (`id` INT PRIMARY KEY, `n` INT, `t` VARCHAR(20),
        `half` INT GENERATED ALWAYS AS (`n` DIV 2) VIRTUAL UNIQUE KEY,
        `size` INT GENERATED ALWAYS AS (CHAR_LENGTH(`t`)) VIRTUAL, KEY (`size`))
        """,
        """
        CREATE TABLE `stamped` (`id` INT PRIMARY KEY, `n` INT NOT NULL DEFAULT 3,
        `hidden` INT INVISIBLE DEFAULT 7, `made` TIMESTAMP(6) DEFAULT CURRENT_TIMESTAMP(6),
        `changed` DATETIME(3) NULL DEFAULT NULL ON UPDATE CURRENT_TIMESTAMP(3),
        `t` VARCHAR(40) DEFAULT (CONCAT('n', `n`)), CHECK (`n` < 1000))
        """,
        """
        CREATE TABLE `odd ``name' é` (`so "so"` INT, `t``t` VARCHAR(20), `id` INT PRIMARY KEY,
        UNIQUE KEY `k``k` (`so "so"`))
        """,
        """
        CREATE TABLE `tree` (`id` INT PRIMARY KEY, `parent` INT NULL, `n` INT,
        FOREIGN KEY (`parent`) REFERENCES `tree` (`id`) ON DELETE CASCADE)
        """,
        """
        CREATE TABLE `leaves` (`id` INT PRIMARY KEY, `tree` INT NULL, `n` INT,
        FOREIGN KEY (`tree`) REFERENCES `tree` (`id`) ON DELETE SET NULL ON UPDATE CASCADE)
        """,
        "CREATE TABLE `trunks` (`id` INT PRIMARY KEY, `n` INT)",
        "CREATE TABLE `branches` (`id` INT PRIMARY KEY, `n` INT, `trunk` INT NULL, KEY (`trunk`))",
    ]

    private static let counters = [
        "CREATE TABLE `counter` (`id` INT AUTO_INCREMENT PRIMARY KEY, `n` INT)",
        "CREATE TABLE `tiny_counter` (`id` TINYINT AUTO_INCREMENT PRIMARY KEY, `n` INT)",
        "CREATE TABLE `big_counter` (`id` BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY, `n` INT)",
        """
        CREATE TABLE `grouped_counter` (`n` INT NOT NULL, `id` INT AUTO_INCREMENT,
        PRIMARY KEY (`n`, `id`), KEY (`id`))
        """,
        """
        CREATE TABLE `side_counter` (`key` INT NOT NULL DEFAULT 0, `id` INT AUTO_INCREMENT,
        `n` INT, PRIMARY KEY (`key`, `n`), KEY (`id`))
        """,
        """
        CREATE TABLE `plain_counter` (`n` INT NOT NULL, `id` INT AUTO_INCREMENT,
        PRIMARY KEY (`n`, `id`)) ENGINE=MyISAM
        """,
        "CREATE TABLE `aria_counter` (`id` INT AUTO_INCREMENT PRIMARY KEY, `n` INT) ENGINE=Aria",
        "CREATE TABLE `tickets` (`id` BIGINT DEFAULT NEXTVAL(`numbers`) PRIMARY KEY, `n` INT)",
        "CREATE TABLE `xa_rows` (`id` INT AUTO_INCREMENT PRIMARY KEY, `n` INT)",
    ]

    private static let histories = [
        """
        CREATE TABLE `versioned` (`id` INT PRIMARY KEY, `n` INT, `t` VARCHAR(20), UNIQUE KEY (`n`))
        WITH SYSTEM VERSIONING
        """,
        """
        CREATE TABLE `versioned_columns` (`id` INT AUTO_INCREMENT PRIMARY KEY, `n` INT,
        `t` VARCHAR(20) WITHOUT SYSTEM VERSIONING, `s` TIMESTAMP(6) GENERATED ALWAYS AS ROW START,
        `e` TIMESTAMP(6) GENERATED ALWAYS AS ROW END, PERIOD FOR SYSTEM_TIME (`s`, `e`))
        WITH SYSTEM VERSIONING
        """,
        """
        CREATE TABLE `periods` (`id` INT, `s` DATE, `e` DATE, `n` INT, PERIOD FOR `p` (`s`, `e`),
        PRIMARY KEY (`id`, `p` WITHOUT OVERLAPS))
        """,
        """
        CREATE TABLE `rents` (`no` INT AUTO_INCREMENT PRIMARY KEY, `id` INT, `s` DATE, `e` DATE,
        `n` INT, PERIOD FOR `p` (`s`, `e`), UNIQUE KEY (`id`, `p` WITHOUT OVERLAPS))
        """,
    ]

    private static let plain = [
        "CREATE TABLE `bare` (`id` INT, `n` INT, `t` VARCHAR(20)) ENGINE=MyISAM",
        "CREATE TABLE `bare_aria` (`id` INT, `n` INT, `t` TEXT) ENGINE=Aria",
        """
        CREATE TABLE `plain_rows` (`id` INT PRIMARY KEY, `n` INT, `t` VARCHAR(20) NOT NULL
        DEFAULT '') ENGINE=MyISAM
        """,
        """
        CREATE TABLE `aria_rows` (`id` INT PRIMARY KEY, `n` INT, `t` VARCHAR(20)) ENGINE=Aria
        TRANSACTIONAL=1
        """,
        """
        CREATE TABLE `aria_crash` (`id` INT PRIMARY KEY, `n` INT, `t` VARCHAR(20)) ENGINE=Aria
        TRANSACTIONAL=0
        """,
    ]

    /// Tables whose definitions change while rows come and go.
    private static let changing = [
        """
        CREATE TABLE `ranges` (`id` INT, `n` INT, PRIMARY KEY (`id`, `n`)) PARTITION BY RANGE (`n`)
        (PARTITION `p0` VALUES LESS THAN (5), PARTITION `p1` VALUES LESS THAN (10),
        PARTITION `p2` VALUES LESS THAN MAXVALUE)
        """,
        "CREATE TABLE `exchanged` (`id` INT, `n` INT, PRIMARY KEY (`id`, `n`))",
        "CREATE TABLE `left one` (`id` INT PRIMARY KEY, `n` INT, `t` VARCHAR(20))",
        "CREATE TABLE `right one` (`n` INT, `t` VARCHAR(20), `id` INT PRIMARY KEY, `more` BLOB)",
        """
        CREATE TABLE `rekeyed` (`id` INT NOT NULL, `n` INT NOT NULL, `t` VARCHAR(20) NOT NULL
        DEFAULT '', PRIMARY KEY (`id`))
        """,
        "CREATE DATABASE IF NOT EXISTS `\(RandomWorkload.otherDatabase)`",
    ]

    /// Tables with a number and a word that any row may have, and the names of those columns.
    static let numbered = [
        ("swaps", "n", "u"), ("long_keys", "n", "t"), ("prefix_keys", "n", "t"),
        ("prefix_keys", "n", "name"), ("stored_keys", "n", "t"), ("virtual_keys", "n", "t"),
        ("stamped", "n", "t"), ("odd ``name' é", "so \"so\"", "t``t"), ("left one", "n", "t"),
        ("right one", "n", "t"), ("rekeyed", "n", "t"),
    ]
    static let versioned = [("versioned", "n", "t"), ("versioned_columns", "n", "t")]
    static let plainNames = ["bare", "bare_aria", "plain_rows", "aria_rows", "aria_crash"]
    /// Tables that refer to others.
    static let related = [("tree", "parent"), ("leaves", "tree"), ("branches", "trunk")]
    static let counting = [
        "counter", "tiny_counter", "big_counter", "grouped_counter", "side_counter",
        "plain_counter", "aria_counter",
    ]
}
