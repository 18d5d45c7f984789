import Recovery
import Testing

/// No password of a statement is ever shown.
struct SecretMaskTests {
    private func masked(_ text: String, mode: SQLMode? = .standard) -> String {
        String(decoding: SecretMask.masked(Array(text.utf8).span.bytes, mode: mode), as: UTF8.self)
    }

    @Test(
        "the secret of every form is masked",
        arguments: [
            "CREATE USER 'u'@'h' IDENTIFIED BY 'SECRET' REQUIRE NONE",
            "CREATE USER u IDENTIFIED BY PASSWORD 'SECRET'",
            "CREATE USER u IDENTIFIED BY 'SECRET', v IDENTIFIED BY \"SECRET\"",
            "ALTER USER u IDENTIFIED VIA mysql_native_password USING 'SECRET' OR unix_socket",
            "ALTER USER u IDENTIFIED VIA ed25519 USING PASSWORD('SECRET')",
            "ALTER USER u IDENTIFIED WITH 'caching_sha2_password' AS 'SECRET'",
            "SET PASSWORD = PASSWORD('SECRET')", "SET PASSWORD = 'SECRET'",
            "SET PASSWORD FOR 'u'@'h' = PASSWORD(CONCAT('SECRET', 'SECRET'))",
            "GRANT ALL ON *.* TO u IDENTIFIED BY 'SECRET''SECRET' WITH GRANT OPTION",
            "CHANGE MASTER TO MASTER_USER='u', MASTER_PASSWORD='SECRET', MASTER_PORT=1",
            "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (USER 'u', PASSWORD 'SECRET')",
            "UPDATE mysql.user SET password=PASSWORD('SECRET') WHERE user='u'",
            "CREATE USER u /*!50000 IDENTIFIED BY 'SECRET' */",
            "CREATE USER u /* 99999 IDENTIFIED BY 'SECRET' */",
            "CREATE USER u IDENTIFIED BY 'SECRET", "SET PASSWORD = 'a SECRET",
            "UPDATE u SET p=OLD_PASSWORD('SECRET') WHERE 1", "SELECT hex(encrypt( 'SECRET', 'x'))",
            "INSERT INTO u VALUES (AES_ENCRYPT(CONCAT('x', 'SECRET'), 'SECRET'))",
            "SELECT des_decrypt(x,'SECRET", "DO 1 /*!99999 AES_DECRYPT(x, 'SECRET') */",
        ])
    func secrets(text: String) {
        for mode in [SQLMode.standard, SQLMode(noBackslashEscapes: true), nil] {
            #expect(!masked(text, mode: mode).contains("SECRET"), "\(masked(text, mode: mode))")
            #expect(masked(text, mode: mode).contains("'***'"))
        }
    }

    @Test(
        "the password in a URL is masked, and no more",
        arguments: [
            (
                "ALTER TABLE f CONNECTION='mysql://u:SECRET@h:3/d/t', DROP z",
                "ALTER TABLE f CONNECTION='mysql://u:***@h:3/d/t', DROP z"
            ),
            (#"COMMENT "a://u:SEC\"SECRET@h" x"#, #"COMMENT "a://u:***@h" x"#),
            ("'a://u:SEC''SE@CRET@h', 'b://:SECRET@h'", "'a://u:***@h', 'b://:***@h'"),
            ("CONNECTION='mysql://u:SECRET", "CONNECTION='mysql://u:***"),
            ("'http://h:80/x' @ '://' 'a://b'", "'http://h:80/x' @ '://' 'a://b'"),
            ("/* http://h:80/x */ DROP TABLE t", "/* http://h:***/x */ DROP TABLE t"),
            ("://u:", "://u:***"), ("http://", "http://"),
        ])
    func urls(text: String, shown: String) {
        #expect(masked(text) == shown)
        #expect(masked(text, mode: nil) == shown)
    }

    @Test("names of accounts and all else stay readable")
    func rest() {
        #expect(
            masked("CREATE USER 'u'@'h' IDENTIFIED BY 'x', 'v'@'h'")
                == "CREATE USER 'u'@'h' IDENTIFIED BY '***', 'v'@'h'")
        let text = "DELETE FROM c WHERE v='password'"
        #expect(masked(text) == text)
        #expect(
            masked("ALTER TABLE u DROP password, DROP b") == "ALTER TABLE u DROP password, DROP b")
    }

    @Test("text from a log cannot steer a terminal")
    func printable() {
        let bytes: [UInt8] =
            Array("a\u{1B}[2J\u{202E}é\t".utf8) + [0xFF, 0xC3, 0x28, 0xED, 0xA0, 0x80]
        #expect(
            PrintableText.escapeControlCharacters(bytes)
                == "a\\x1B[2J\\xE2\\x80\\xAEé\\x09\\xFF\\xC3(\\xED\\xA0\\x80")
        #expect(
            PrintableText.escapeControlCharacters("a\nb\u{85}", keepsLines: true)
                == "a\nb\\xC2\\x85")
        #expect(PrintableText.decoded([0x61, 0xFF, 0x0A]) == "a\\xFF\n")
    }
}
