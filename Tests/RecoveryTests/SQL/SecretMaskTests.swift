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
            "UPDATE u SET p=ENCODE(p, 'SECRET'), q=decode (q,'SECRET')",
            "UPDATE u SET a=ENCODE/**/('x', 'SECRET'), b=`kdf` -- \n ('SECRET','salt')",
            "UPDATE u SET p=AES_ENCRYPT(p, 'x'), q=`aes_encrypt`(q,'SECRET')",
            "UPDATE u SET p=my_old_password('SECRET'), q=s.old_password('SECRET')",
            "CALL set_password('u', 'SECRET')", "UPDATE u SET `password`='SECRET' WHERE id=1",
            "DO /*!50000KDF('SECRET',1)*/, /*!50000 KDF*/('SECRET',2), /*M!100100KDF('SECRET')*/",
            "SELECT * FROM t JOIN u ON decode(x,'SECRET')=y", "SELECT PASSWORD(KDF('SECRET',5))",
            "UPDATE u SET p=MD5('SECRET'), q=sha(\"SECRET\"), r=s.sha1 ('SECRET')",
            "INSERT INTO u VALUES (Sha2(CONCAT('salt','SECRET'),256))", "DO `md5`/**/('SECRET')",
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
            ("/* http://h:80/x */ DROP TABLE t", "/* http://h:80/x */ DROP TABLE t"),
            ("/* 99999 C='a://u:SECRET@h' */ DO 1", "/* 99999 C='a://u:***@h' */ DO 1"),
            // Behind such a string a URL is no string any more, and its quotes are doubled.
            (
                #"VALUES ('x\','a://u:SE''C\'RET@h/d'),('x\','x@y')"#,
                #"VALUES ('x\','a://u:***@h/d'),('x\','x@y')"#
            ),
            ("://u:", "://u:"), ("http://", "http://"), ("://u:x", "://u:***"),
            (#"C="mysql://u:SEC'R`ET@h/d", b='x@y'"#, #"C="mysql://u:***@h/d", b='x@y'"#),
            (#"C='a://o\'n"e''l:SECRET\@h', 'x@y'"#, #"C='a://o\'n"e''l:***@h', 'x@y'"#),
            (#"C='see "a://u:SE'' CRET@h" x'"#, #"C='see "a://u:***@h" x'"#),
            (#"'{"u":"a:\\/\\/u:SECRET@h"}'"#, #"'{"u":"a:\\/\\/u:***@h"}'"#),
            // The last byte before a quote is a backslash in SJIS and GBK: the text is misread.
            (#"C='x\', D='mysql://u:SECRET@h/d', 'y'"#, #"C='x\', D='mysql://u:***@h/d', 'y'"#),
        ])
    func urls(text: String, shown: String) {
        #expect(masked(text) == shown)
        #expect(masked(text, mode: nil) == shown)
    }

    @Test(
        "a port is no password, and no text behind its literal is part of one",
        arguments: [
            #"INSERT INTO t VALUES (1,'{\"u\":\"http://h:8080/x\"}','n'),(2,'bob@example.com')"#,
            #"INSERT INTO t VALUES (1,'said "hi" http://h:8080/x','n'),(2,'bob@example.com')"#,
            #"INSERT INTO t VALUES ('{"u":"http://h:8080/x","mail":"bob@example.com"}')"#,
            #"INSERT INTO t VALUES ('{\"u\":\"http://h:80\",\"mail\":\"bob@example.com\"}')"#,
            #"INSERT INTO t VALUES ('<a href=\"http://h:80\">see</a> bob@example.com')"#,
            #"INSERT INTO t VALUES ('http://h:8080 or bob@example.com')"#,
            #"INSERT INTO t VALUES ('http://h:8080\r\nbob@example.com')"#,
            #"INSERT INTO t VALUES (1,'http://h:8080/x'),(3,'bob@example.com')"#,
            #"INSERT INTO t VALUES (1,'it\'s http://h:8080/x'),(3,'it\'s bob@example.com')"#,
        ])
    func ports(text: String) {
        #expect(masked(text) == text)
        #expect(masked(text, mode: nil) == text)
    }

    @Test("a password behind a URL without one goes, where the text is cut off within it")
    func cut() {
        let text = #"INSERT INTO t VALUES ('{\"u\":\"http://h:80/x\"}','y','mysql://u:SECRETSE"#
        for mode in [SQLMode.standard, nil] {
            #expect(masked(text, mode: mode) == text.replacing("SECRETSE", with: "***"))
        }
        for secret in [
            "SECRET and", " SECRET", "\\\\SECRET", "''SECRET", "1SECRET", "123", "1@SECRET",
            "@ SECRET",
            "123456/SECRET", "1''SECRET",
        ] {
            let open = "INSERT INTO t VALUES ('http://h:80/x and mysql://u:"
            #expect(masked(open + secret) == open + "***")
            #expect(masked(open + secret, mode: nil) == open + "***")
        }
        #expect(masked("UPDATE t SET a='b://u:1SECRET'") == "UPDATE t SET a='b://u:***")
    }

    @Test(
        "what a literal says of a password goes",
        arguments: [
            #"CREATE TABLE f (a INT) COMMENT='user "u", password "|SECRET", host "h"|'"#,
            #"ALTER TABLE f COMMENT='pwd "|SECRET"|', DROP b"#,
            #"ALTER TABLE f COMMENT='the password is, password =  "|SECRET"|'"#,
            "ALTER TABLE f COMMENT='password ''|SECRET''|'",
            #"INSERT INTO f VALUES ('{"password": "|SECRET"}|', 2)"#,
            #"INSERT INTO f VALUES ('{\"password\":\"|SECRET\"}|', 2)"#,
            #"ALTER TABLE f COMMENT='password"|SECRET"|'"#,
            #"ALTER TABLE f CONNECTION='Driver=d;UID=u;PWD=|SECRET;x|'"#,
            #"ALTER TABLE f OPTION_LIST='user=u,password=|SECRET,x=y|'"#,
            "EXECUTE IMMEDIATE 'SET PASSWORD = PASSWORD(''|SECRET'')|'",
            "EXECUTE IMMEDIATE 'CREATE USER u IDENTIFIED BY ''|SECRET''|'",
            "EXECUTE IMMEDIATE 'CREATE USER u identified  by password ''|SECRET''|'",
            #"EXECUTE IMMEDIATE 'CREATE USER u IDENTIFIED BY \'|SECRET\'|'"#,
            "EXECUTE IMMEDIATE 'ALTER USER u IDENTIFIED VIA ed25519 USING ''|SECRET''|'",
            #"EXECUTE IMMEDIATE 'ALTER USER u IDENTIFIED WITH p AS \"|SECRET\"|'"#,
            "EXECUTE IMMEDIATE 'UPDATE u SET p=AES_ENCRYPT(p, ''|SECRET'')|'",
            #"PREPARE s FROM "UPDATE u SET p = Sha2 ('|SECRET', 256)|""#,
            "ALTER TABLE f COMMENT='password''|SECRET''|'",
            #"INSERT INTO f VALUES ('{"password": |1234567|,"a":5}', 2)"#,
            #"INSERT INTO f VALUES ('{\"password\":|1234567|}', 2)"#,
            #"EXECUTE IMMEDIATE "SET @a = DECODE(IFNULL(p,''|), 'SECRET')|""#,
            "EXECUTE IMMEDIATE 'SET @a = AES_ENCRYPT('''|', ''SECRET'')|'",
            #"INSERT INTO f VALUES ('a:1:{s:8:"password";s:6:"|SECRET";}|', 2)"#,
            #"INSERT INTO f VALUES ('a:1:{s:8:\"password\";s:6:\"|SECRET\";}|', 2)"#,
        ])
    func quoted(text: String) {
        let parts = text.split(separator: "|")
        #expect(masked(parts.joined()) == "\(parts[0])***\(parts[2])")
        #expect(!masked(parts.joined(), mode: nil).contains(parts[1]))
    }

    @Test("many literals behind the word password take no longer than others")
    func manyLiterals() {
        let rows = (0..<100_000).map { "('d\($0)','http://h:1/')" }.joined(separator: ",")
        let text = "INSERT INTO u (password, pwd) VALUES " + rows
        #expect(masked(text, mode: nil) == text)
        let open = "INSERT INTO u VALUES ('" + String(repeating: "://u:1 ", count: 100_000)
        #expect(masked(open) == open)
    }

    @Test("thousands of calls in one another take no longer than others")
    func nestedCalls() {
        for call in [
            "kdf(", "crypt('', ", "password(", "password for u = ", "identified ", "decode(",
        ] {
            let calls = String(repeating: call, count: 50_000)
            let text = "DO " + calls + "'SECRET'" + String(repeating: ",1", count: 100_000)
            #expect(!masked(text).contains("SECRET"))
            let literal = "DO '" + calls + "''SECRET''" + String(repeating: ")", count: 100_000)
            #expect(masked(literal + "'").contains("SECRET") == !call.contains("("))
        }
    }

    @Test("Oracle's DECODE has no key")
    func oracle() {
        let text = "SELECT DECODE(status,1,'open',2,'closed'), AES_ENCRYPT(a, 'x')"
        let shown = "SELECT DECODE(status,1,'open',2,'closed'), AES_ENCRYPT(a, '***')"
        #expect(masked(text, mode: SQLMode(bits: 1 << 9)) == shown)
        #expect(masked(text).hasPrefix("SELECT DECODE(status,'***','***'"))
    }

    @Test("names of accounts and all else stay readable")
    func rest() {
        #expect(
            masked("CREATE USER 'u'@'h' IDENTIFIED BY 'x', 'v'@'h'")
                == "CREATE USER 'u'@'h' IDENTIFIED BY '***', 'v'@'h'")
        for text in [
            "DELETE FROM c WHERE v='password'", "DELETE FROM c WHERE v='the password: \"'",
            "DELETE FROM c WHERE encode=1 AND kdf IN ('x')", "CREATE USER u PASSWORD EXPIRE",
            "CREATE TABLE u (id INT, password VARCHAR(64) NOT NULL, x DECIMAL(10,2))",
            "ALTER TABLE u ADD password VARCHAR(255), ADD KEY (password(10))",
            "CREATE TABLE video_encode (id INT(11) DEFAULT 5, n VARCHAR(20))",
            "CREATE TABLE s.encode (id INT(11) DEFAULT 5, n VARCHAR(20))",
            "CREATE TABLE bcrypt (id INT(11) DEFAULT 5, n VARCHAR(20))",
            "DELETE FROM t WHERE password IN (1,2,3)", "UPDATE t SET a=urlencode('x', 5)",
            #"INSERT INTO c VALUES ('the "password" was lost', 'password: 5')"#,
            #"INSERT INTO c VALUES ('Reset your password\r\nThanks', 'the "password"\r\nis')"#,
            #"INSERT INTO c VALUES ('the password''s gone', 'password\'s', 'password = x')"#,
            #"INSERT INTO c VALUES ('{"password":"","a":1}', '{\"password\":\"\",\"a\":1}')"#,
            "INSERT INTO c VALUES ('password='''' and', 'password=', 'PWD=;UID=x')",
            "INSERT INTO c VALUES ('identified by bob', 'by ''bob''', 'identified ''x''')",
            #"INSERT INTO c VALUES ('decode(f(x)) it''s', 'MD5() "x"')"#,
            #"INSERT INTO c VALUES ('identified with care', 'the sha-1 of "x"', 'md5/sha1 "x"')"#,
            #"INSERT INTO c VALUES ('{"password";s:0:"";}', 'my bcrypt "x"', 'decode(x)')"#,
            "/* md5 and sha-256, 'x' */ DELETE FROM c WHERE md5='x' AND sha1(a)=sha2(a,256)",
            "CREATE INDEX i ON decode (a(10))", "ALTER TABLE t ADD KEY encode (a(10))",
            "CREATE FUNCTION encode(a VARCHAR(10)) RETURNS INT RETURN 1",
            "DO 1 -- user_pwd_changed 'x'\n, 2", "DO 1 -- my password",
        ] { #expect(masked(text) == text) }
        #expect(masked("DO AES_ENCRYPT(41, 12), 3") == "DO AES_ENCRYPT('***', '***'), 3")
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
