import Recovery
import TestSupport
import Testing

/// Random statements with passwords in them, whole and cut off anywhere.
struct RandomSecretTests {
    @Test("no secret of a random statement is shown")
    func secrets() throws {
        var maker = StatementMaker(seed: try TestSeed.read(for: "random secrets"))
        for _ in 0..<2000 {
            let mode = SQLMode(noBackslashEscapes: maker.random.chance(50))
            let whole = Array(maker.statement(mode, secret: "SECRET").utf8)
            var text = whole
            if maker.random.chance(30) { text = cut(whole, at: maker.random.below(whole.count)) }
            for known in [mode, nil] {
                let shown = shown(text, known)
                // What a cut leaves of it is one too.
                #expect(!shown.contains("SEC"), "\(String(decoding: text, as: UTF8.self))")
            }
        }
    }

    @Test("a random statement without secrets is not changed")
    func others() throws {
        var maker = StatementMaker(seed: try TestSeed.read(for: "random statements"))
        for _ in 0..<2000 {
            let mode = SQLMode(noBackslashEscapes: maker.random.chance(50))
            let text = maker.statement(mode)
            #expect(shown(Array(text.utf8), mode) == text)
        }
    }

    /// The first bytes, but not up to between two quotes that mean one: that would be the whole
    /// text of another statement, in which other parts are secret.
    private func cut(_ text: [UInt8], at count: Int) -> [UInt8] {
        var count = count
        while count > 0, count < text.count, text[count] == text[count - 1] { count -= 1 }
        return Array(text[..<count])
    }

    private func shown(_ text: [UInt8], _ mode: SQLMode?) -> String {
        String(decoding: SecretMask.masked(text.span.bytes, mode: mode), as: UTF8.self)
    }
}

/// Makes statements as servers log them.
private struct StatementMaker {
    var random: SplitMix64
    private var mode = SQLMode.standard
    private var secret = ""

    init(seed: UInt64) { random = SplitMix64(seed: seed) }

    /// One without secrets.
    mutating func statement(_ mode: SQLMode) -> String {
        self.mode = mode
        return random.pick([
            "INSERT INTO t (id, password) VALUES (\(plain()), \(plain())), (1, \(plain()))",
            "UPDATE t SET a=CONCAT(\(plain()), 12), b=\(plain()) WHERE c IN (1, \(plain()))",
            "CREATE TABLE u (id INT(11) DEFAULT 5, password VARCHAR(64)) COMMENT=\(plain())",
            "/* \(bareURL()) */ DELETE FROM t WHERE a=\(plain()) AND b=1",
        ])
    }

    /// One with at least one secret.
    mutating func statement(_ mode: SQLMode, secret: String) -> String {
        self.mode = mode
        self.secret = secret
        let password = quoted(decorated(), with: "'")
        let spider = quoted(#"user "u", password "x\#(secret)""#, with: "'")
        let inner = random.pick([
            "UPDATE t SET a=AES_ENCRYPT(a, '\(secret)')", "SET PASSWORD = '\(secret)'",
            "ALTER USER u IDENTIFIED VIA p USING \"\(secret)\"", "DO sha2(concat('\(secret)'),256)",
        ])
        let dynamic = quoted(inner, with: quote())
        return random.pick([
            "EXECUTE IMMEDIATE\(space())\(dynamic)",
            "UPDATE t SET a=\(plain()), b=\(call()) WHERE c=\(plain())",
            "INSERT INTO t (id, password, pwd) VALUES (\(plain()), \(address()), \(call()))",
            "ALTER TABLE f CONNECTION=\(address()), COMMENT=\(plain())",
            "CREATE TABLE f (a INT) COMMENT=\(spider)",
            "CREATE USER 'u'@'h'\(space())IDENTIFIED BY\(space())\(password)",
            "SET PASSWORD FOR 'u'@'h' =\(space())\(password)",
            "CHANGE MASTER TO MASTER_USER='u', MASTER_PASSWORD=\(password)",
            "CREATE SERVER s FOREIGN DATA WRAPPER mysql OPTIONS (PASSWORD \(password))",
        ])
    }

    /// The secret among what servers take in passwords.
    private mutating func decorated() -> String {
        random.pick(["", "a", "p@", "x\"", "y'", "`", "1", "\\", "é", " "]) + secret
            + random.pick(["", "b", "@", "\"", "'", "`", "2", "ü"])
    }

    private mutating func bareURL() -> String {
        random.pick(["http://h:80/x", "http://h/x:y", "a://b", "mysql://u@h:3306/d"])
    }

    private mutating func address() -> String {
        let user = random.pick(["u", "", "o'n", "x y", "日"])
        let host = random.pick(["h", "h:3306/d/t", "[::1]/x"])
        return quoted("mysql://\(user):\(decorated())@\(host)", with: quote())
    }

    private mutating func call() -> String {
        let name = random.pick([
            "AES_ENCRYPT", "aes_decrypt", "ENCODE", "decode", "ENCRYPT", "OLD_PASSWORD", "KDF",
            "`des_encrypt`", "PASSWORD", "md5", "SHA2",
        ])
        let key = quoted(secret, with: quote())
        return "\(name)\(space())(\(plain()), CONCAT(\(plain()), \(key)))"
    }

    private mutating func plain() -> String {
        let text = random.pick([
            "abc", "bob@example.com", "the password", "it's", "say \"hi\"", "{\"a\":1}", "x:y",
            "encode", "日本", "\\n", "password: ", "the \"password\" was lost", "a `b`", "",
            "md5(x) it's", "sha-1",
            bareURL(), "{\"url\":\"\(bareURL())\"}",
        ])
        return quoted(text, with: quote())
    }

    private mutating func quote() -> String { random.pick(["'", "'", "'", "\""]) }

    private mutating func space() -> String {
        random.pick([" ", "  ", "\n", " /* x */ ", "/**/", " -- x\n", "\t"])
    }

    private mutating func quoted(_ text: String, with quote: String) -> String {
        var literal = quote
        for character in text.map(String.init) {
            switch character {
            case quote where mode.noBackslashEscapes || random.chance(50):
                literal += quote + quote
            case quote: literal += "\\" + quote
            case "\\" where !mode.noBackslashEscapes: literal += "\\\\"
            default: literal += character
            }
        }
        return literal + quote
    }
}
