/// Hides the passwords in statement texts, so that none is ever printed or stored.
///
/// Masked are the literals behind IDENTIFIED BY, IDENTIFIED VIA or WITH … USING or AS, PASSWORD(…),
/// PASSWORD = or PASSWORD '…' (SET PASSWORD and server options too) and MASTER_PASSWORD =, those in
/// AES_ENCRYPT, ENCODE, KDF, MD5, SHA2 and their kin and in functions whose names end in CRYPT or
/// PASSWORD, what stands behind all of these within a literal (a statement to be executed, Spider's
/// COMMENT, CONNECT's CONNECTION, JSON), and the passwords in URLs (of FEDERATED's). Every sql_mode
/// is tried unless it is known. Where one of them does not tokenize the text, all behind the first
/// such word goes.
public enum SecretMask {
    /// Bytes that are not shown, and what stands in their place.
    struct Secret {
        var range: Range<Int>
        var shown: StaticString = "'***'"
    }

    /// The text with `'***'` in the place of each secret literal, `***` in that of a part of one.
    public static func masked(_ text: RawSpan, mode: SQLMode?) -> [UInt8] {
        text.withSQLText { masked($0, mode: mode) }
    }

    private static func masked(_ text: SQLText, mode: SQLMode?) -> [UInt8] {
        let keyword = SecretWords.endOfFirst(text, from: 0)
        let urls = URLPasswords(text)
        guard keyword != nil || !urls.isEmpty else { return Array(text.bytes) }
        var secrets: [Secret] = []
        var tokens: [SQLToken] = []
        for mode in mode.map({ [$0] }) ?? SQLMode.all {
            tokens.removeAll(keepingCapacity: true)
            var scanner = SQLScanner(text, mode: mode)
            while let token = scanner.next() { tokens.append(token) }
            urls.addSecrets(of: tokens, isCut: scanner.hasFailed, in: text, to: &secrets)
            guard let keyword else { continue }
            if scanner.hasFailed {
                secrets.append(Secret(range: keyword..<text.count, shown: " '***'"))
            } else {
                SecretLiterals.add(of: tokens, in: text, mode, to: &secrets)
                SecretWords.addSecrets(from: keyword, around: tokens, in: text, to: &secrets)
            }
        }
        return replace(secrets, in: text)
    }

    private static func replace(_ secrets: [Secret], in text: SQLText) -> [UInt8] {
        guard !secrets.isEmpty else { return Array(text.bytes) }
        var output: [UInt8] = []
        output.reserveCapacity(text.count)
        var position = 0
        let secrets = secrets.filter { !$0.range.isEmpty }
        for secret in secrets.sorted(by: { $0.range.lowerBound < $1.range.lowerBound }) {
            if secret.range.lowerBound >= position {
                output.append(contentsOf: text.bytes[position..<secret.range.lowerBound])
                secret.shown.withUTF8Buffer { output.append(contentsOf: $0) }
            }
            position = max(position, secret.range.upperBound)
        }
        output.append(contentsOf: text.bytes[position...])
        return output
    }
}
