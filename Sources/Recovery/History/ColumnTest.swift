internal import Binlog

/// A condition made ready for one column of one table map: what its stored value must be.
struct ColumnTest: Hashable, Sendable {
    enum Form: Hashable, Sendable {
        case null
        /// One of these stored values.
        case stored([Candidate])
        /// The value as it is read must say this.
        case decoded(DecodedTest)
        /// No value of the column's type says this.
        case never
    }

    /// Stored bytes, without the length that stands before them.
    struct Candidate: Hashable, Sendable {
        var bytes: [UInt8]
        /// The log does not tell how the value is to be read.
        var isGuess = false
        /// The server pads the value with these, and rows leave them away.
        var padding: UInt8?
    }

    /// What a column says to a condition.
    enum Outcome: Comparable { case yes, guess, unknown, no }

    var form: Form

    init(_ condition: ColumnCondition, column: Int, of map: TableMap) {
        let reader = ColumnTestReader(condition, column, map)
        form = reader.form
        guard condition.isFromRow, case .stored(let candidates) = form else { return }
        form = .stored(candidates.map { Candidate(bytes: $0.bytes, padding: $0.padding) })
    }

    /// Of a value's stored bytes, nil for NULL; `unknown` where only reading the value can tell.
    func outcome(_ stored: RawSpan?) -> Outcome {
        switch form {
        case .never: return .no
        case .null: return stored == nil ? .yes : .no
        case .decoded: return stored == nil ? .no : .unknown
        case .stored(let candidates):
            guard let stored else { return .no }
            var best = Outcome.no
            for candidate in candidates where candidate.equals(stored) {
                best = min(best, candidate.isGuess ? .guess : .yes)
            }
            return best
        }
    }

    /// The test for a value that has to be read; nil where its stored bytes tell.
    var decoded: DecodedTest? {
        if case .decoded(let test) = form { test } else { nil }
    }
}

extension ColumnTest.Candidate {
    func equals(_ stored: RawSpan) -> Bool {
        stored.withUnsafeBytes { stored in
            var count = stored.count
            if let padding {
                while count > 0, stored[count - 1] == padding { count -= 1 }
            }
            guard count == bytes.count else { return false }
            return stored.prefix(count).elementsEqual(bytes)
        }
    }
}

/// Finds the form of a condition that a column's type asks for.
private struct ColumnTestReader {
    private let condition: ColumnCondition
    private let column: TableColumn
    private let isUnsigned: Bool?
    private let collation: UInt16?
    private let labels: [[UInt8]]

    init(_ condition: ColumnCondition, _ index: Int, _ map: TableMap) {
        self.condition = condition
        column = map.columns[index]
        let metadata = map.metadata
        isUnsigned = metadata.unsigned.indices.contains(index) ? metadata.unsigned[index] : nil
        collation =
            metadata.collations.indices.contains(index) ? metadata.collations[index] : nil
        labels = metadata.labels.indices.contains(index) ? metadata.labels[index] : []
    }

    var form: ColumnTest.Form {
        if condition.wanted == .null { return .null }
        switch column.type {
        case .tinyInt, .smallInt, .mediumInt, .int, .bigInt: return integer
        case .year:
            guard let year, year == 0 || (1901...2155).contains(year) else { return .never }
            return stored(year == 0 ? 0 : year - 1900, width: 1)
        case .enumeration:
            let label = labelled { label in labels.firstIndex(of: label).map { $0 + 1 } }
            guard condition.wanted == .text("") else { return label }
            // What an ENUM holds for a wrong value is the empty text too.
            let wrong = ColumnTest.Candidate(bytes: Self.littleEndian(0, labelWidth))
            guard case .stored(let candidates) = label else { return .stored([wrong]) }
            return .stored(candidates + [wrong])
        case .set: return labelled { Self.set($0, labels) }
        case .bit:
            guard let bits = bits ?? binaryDigits else { return .never }
            let width = Int(column.width.fixedBytes)
            guard width == 8 || bits >> UInt64(8 * width) == 0 else { return .never }
            return .stored([.init(bytes: Self.littleEndian(bits, width).reversed())])
        case .varchar, .varString, .tinyBlob, .blob, .mediumBlob, .longBlob: return text
        case .string: return paddedText
        case .geometry, .vector:
            guard case .bytes(let bytes) = condition.wanted else { return .never }
            return .stored([.init(bytes: bytes)])
        default:
            return DecodedTest(condition, column.type, collation: collation).map { .decoded($0) }
                ?? .never
        }
    }

    // MARK: Numbers

    /// The wanted value as a number without a sign.
    private var bits: UInt64? {
        switch condition.wanted {
        case .bits(let bits): bits
        case .text(let text): UInt64(text)
        case .bytes(let bytes):
            bytes.drop { $0 == 0 }.count <= 8
                ? bytes.reduce(0) { $0 << 8 | UInt64($1) } : nil
        case .null: nil
        }
    }

    /// As a server reads it: two digits are a year of 1970 to 2069.
    private var year: UInt64? {
        guard case .text(let text) = condition.wanted, text.utf8.count == 2, let bits, bits < 100
        else { return bits }
        return bits + (bits < 70 ? 2000 : 1900)
    }

    private var binaryDigits: UInt64? {
        guard case .text(let text) = condition.wanted, text.lowercased().hasPrefix("b'"),
            text.hasSuffix("'")
        else { return nil }
        return UInt64(text.dropFirst(2).dropLast(), radix: 2)
    }

    private var integer: ColumnTest.Form {
        let width = Int(column.width.fixedBytes)
        let shift = UInt64(64 - 8 * width)
        let highest = UInt64(1) << UInt64(8 * width - 1)
        if case .bits(let bits) = condition.wanted { return stored(bits, width: width) }
        if let bits, (bits << shift) >> shift == bits {
            let isHigh = bits & highest != 0
            guard isUnsigned != false || !isHigh else { return .never }
            return .stored([
                .init(
                    bytes: Self.littleEndian(bits, width), isGuess: isUnsigned == nil && isHigh)
            ])
        }
        guard case .text(let text) = condition.wanted, let value = Int64(text), value < 0,
            (value << Int64(shift)) >> Int64(shift) == value, isUnsigned != true
        else { return .never }
        return .stored([
            .init(
                bytes: Self.littleEndian(UInt64(bitPattern: value), width),
                isGuess: isUnsigned == nil)
        ])
    }

    private func stored(_ bits: UInt64, width: Int) -> ColumnTest.Form {
        .stored([.init(bytes: Self.littleEndian(bits, width))])
    }

    private static func littleEndian(_ bits: UInt64, _ width: Int) -> [UInt8] {
        (0..<width).map { UInt8(truncatingIfNeeded: bits >> UInt64(8 * $0)) }
    }

    // MARK: Labels

    private var labelWidth: Int { Int(column.metadata & 0xFF) }

    /// A label, or its number where no label is so called.
    private func labelled(_ number: ([UInt8]) -> Int?) -> ColumnTest.Form {
        let width = labelWidth
        if case .text(let text) = condition.wanted, !labels.isEmpty,
            let bytes = TextEncoding(collation: collation).bytes(text), let found = number(bytes)
        {
            return stored(UInt64(found), width: width)
        }
        guard let bits, width == 8 || bits >> UInt64(8 * width) == 0 else { return .never }
        return stored(bits, width: width)
    }

    /// The bits of labels with commas between them; nil where one is none.
    private static func set(_ text: [UInt8], _ labels: [[UInt8]]) -> Int? {
        var bits: UInt64 = 0
        for label in text.split(separator: UInt8(ascii: ",")) {
            guard let index = labels.firstIndex(of: Array(label)), index < 64 else { return nil }
            bits |= 1 << UInt64(index)
        }
        return Int(truncatingIfNeeded: bits)
    }

    // MARK: Texts

    private var text: ColumnTest.Form {
        let candidates = Self.candidates(condition, collation)
        return candidates.isEmpty ? .never : .stored(candidates)
    }

    /// CHAR is padded with spaces, BINARY with zeros; without metadata it may be either.
    private var paddedText: ColumnTest.Form {
        var candidates: [ColumnTest.Candidate] = []
        let isBinary = collation.map { $0 == TextEncoding.binaryCollation }
        for candidate in Self.candidates(condition, collation) {
            if isBinary != true { candidates.append(candidate.padded(with: 0x20)) }
            if isBinary != false { candidates.append(candidate.padded(with: 0)) }
        }
        let most = column.maximumBytes ?? .max
        candidates.removeAll { $0.bytes.count > most }
        // UUID, INET4 and INET6 are stored like BINARY; a log tells no difference.
        if isBinary != false, case .text(let text) = condition.wanted,
            let bytes = Self.special(text[...]), bytes.count == most
        {
            candidates.append(ColumnTest.Candidate(bytes: bytes, isGuess: true).padded(with: 0))
        }
        return candidates.isEmpty ? .never : .stored(candidates)
    }

    /// What the text is as a UUID or an address.
    private static func special(_ text: Substring) -> [UInt8]? {
        let digits = text.utf8.filter { $0 != UInt8(ascii: "-") }
        if digits.count == 32, let bytes = ColumnCondition.bytes(hexadecimal: digits) {
            return bytes
        }
        return NetworkAddress.four(text) ?? NetworkAddress.six(text)
    }

    private static func candidates(
        _ condition: ColumnCondition, _ collation: UInt16?
    ) -> [ColumnTest.Candidate] {
        switch condition.wanted {
        case .null, .bits: return []
        case .bytes(let bytes): return [.init(bytes: bytes)]
        case .text(let text):
            let encoding = TextEncoding(collation: collation)
            if encoding == .binary { return [.init(bytes: Array(text.utf8))] }
            guard encoding == .unknown else {
                return encoding.bytes(text).map { [.init(bytes: $0)] } ?? []
            }
            guard !text.utf8.allSatisfy({ $0 < 0x80 }) else {
                return [.init(bytes: Array(text.utf8))]
            }
            let latin1 = TextEncoding.latin1.bytes(text)
            return [.init(bytes: Array(text.utf8), isGuess: true)]
                + (latin1.map { [.init(bytes: $0, isGuess: true)] } ?? [])
        }
    }
}

extension ColumnTest.Candidate {
    fileprivate func padded(with padding: UInt8) -> Self {
        var candidate = self
        candidate.padding = padding
        while candidate.bytes.last == padding { candidate.bytes.removeLast() }
        return candidate
    }
}
