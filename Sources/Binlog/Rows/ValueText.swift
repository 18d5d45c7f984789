/// Values as text: like SQL literals, exact, for people and for comparison.
extension TableMap {
    /// The value of column `column` as text like an SQL literal.
    ///
    /// Decimals have all their digits, doubles and floats the fewest that give the same bits; times
    /// of a TIMESTAMP are in UTC and say so; JSON is quoted text too, a change of a part of it the
    /// function that makes it; text is quoted where its character set is told and
    /// read (or is not told and the bytes are UTF-8 without control characters), else it is `x'…'`.
    /// `rows` must be the bytes that the value was read from. A packed decimal that no server
    /// writes is shown as its bytes. The text is not meant to be executed.
    public func text(of value: ColumnValue, column: Int, in rows: RawSpan) -> String {
        var bytes: [UInt8] = []
        appendText(of: value, column: column, in: rows, to: &bytes)
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The same, as UTF-8 behind what `text` holds.
    public func appendText(
        of value: ColumnValue, column: Int, in rows: RawSpan, to text: inout [UInt8]
    ) {
        switch value {
        case .absent: text.append(UInt8(ascii: "-"))
        case .null: text.append("NULL")
        case .integer(let integer): text.append(integer.description)
        case .float(let number): text.append(number.description)
        case .double(let number): text.append(number.description)
        case .decimal(let decimal):
            do { text.append(try decimal.text(in: rows)) } catch {
                text.append(hexText(rows.extracting(decimal.range).copied()))
            }
        case .bit(let bits, let width):
            let digits = String(bits, radix: 2)
            text.append(
                "b'" + String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
                    + "'")
        case .year(let year): text.append(zeroPadded(year, 4))
        case .date(let date): text.append("'\(date)'")
        case .time(let time): text.append("'\(time)'")
        case .dateTime(let dateTime): text.append("'\(dateTime)'")
        case .timestamp(let timestamp): text.append("'\(timestamp)' /* UTC */")
        case .enumeration(let number): text.append(enumerationText(number, column: column))
        case .set(let bits): text.append(setText(bits, column: column))
        case .bytes(let stored):
            if text.appendQuoted(plain: stored, in: rows) { return }
            text.append(bytesText(stored, rows, column: column))
        }
    }

    private func bytesText(_ stored: StoredBytes, _ rows: RawSpan, column: Int) -> String {
        let bytes = stored.copied(from: rows)
        switch stored.kind {
        case .text: return literal(bytes, stored.collation)
        case .compressed:
            do { return literal(try stored.plainBytes(in: rows), stored.collation) } catch {
                return hexText(bytes) + " /* compressed */"
            }
        case .json:
            do { return quotedText(try BinaryJSON.text(rows.extracting(stored.range))) } catch {
                return hexText(bytes)
            }
        case .jsonChanges:
            let names = metadata.names
            let name = names.indices.contains(column) ? "`\(names[column])`" : "@\(column + 1)"
            do {
                return try BinaryJSON.changes(rows.extracting(stored.range), of: name)
            } catch {
                return hexText(bytes)
            }
        case .geometry, .vector: return hexText(bytes)
        }
    }

    private func literal(_ bytes: [UInt8], _ collation: UInt16?) -> String {
        TextEncoding(collation: collation).text(bytes).map(quotedText) ?? hexText(bytes)
    }

    private func labels(of column: Int) -> [[UInt8]] {
        metadata.labels.indices.contains(column) ? metadata.labels[column] : []
    }

    private func labelText(_ label: [UInt8], column: Int) -> String {
        let collation =
            metadata.collations.indices.contains(column) ? metadata.collations[column] : nil
        return literal(label, collation)
    }

    private func enumerationText(_ number: Int, column: Int) -> String {
        let labels = labels(of: column)
        guard number > 0, number <= labels.count else {
            return number == 0 && !labels.isEmpty ? "''" : "\(number)"
        }
        return labelText(labels[number - 1], column: column)
    }

    private func setText(_ bits: UInt64, column: Int) -> String {
        let labels = labels(of: column)
        guard !labels.isEmpty, 64 - bits.leadingZeroBitCount <= labels.count else {
            return "\(bits)"
        }
        var joined: [UInt8] = []
        var isFirst = true
        for (index, label) in labels.prefix(64).enumerated() where bits >> UInt64(index) & 1 == 1 {
            if !isFirst { joined.append(UInt8(ascii: ",")) }
            joined += label
            isFirst = false
        }
        return labelText(joined, column: column)
    }
}

private func hexText(_ bytes: [UInt8]) -> String {
    var text: [UInt8] = Array("x'".utf8)
    text.reserveCapacity(2 * bytes.count + 3)
    let digits = Array("0123456789ABCDEF".utf8)
    for byte in bytes {
        text.append(digits[Int(byte >> 4)])
        text.append(digits[Int(byte & 15)])
    }
    text.append(UInt8(ascii: "'"))
    return String(decoding: text, as: UTF8.self)
}

func quotedText(_ text: String) -> String {
    var result = "'"
    for scalar in text.unicodeScalars {
        switch scalar {
        case "'": result += "\\'"
        case "\\": result += "\\\\"
        case "\0": result += "\\0"
        case "\n": result += "\\n"
        case "\r": result += "\\r"
        case "\t": result += "\\t"
        case "\u{1A}": result += "\\Z"
        default: result.unicodeScalars.append(scalar)
        }
    }
    return result + "'"
}

extension [UInt8] {
    fileprivate mutating func append(_ text: String) { append(contentsOf: text.utf8) }

    /// Appends text that is the same in every character set and needs no escape, in quotes: most
    /// values, and several times as fast. False where it is not such a text.
    fileprivate mutating func appendQuoted(plain stored: StoredBytes, in rows: RawSpan) -> Bool {
        guard stored.kind == .text, stored.paddingBytes == 0 else { return false }
        switch TextEncoding(collation: stored.collation) {
        case .utf8, .latin1, .unknown: break
        case .binary, .other, .wide: return false
        }
        // Safe: the range was checked when the value was read.
        return rows.extracting(stored.range).withUnsafeBytes { bytes in
            var other: UInt8 = 0
            for byte in bytes {
                let isPlain = byte >= 0x20 && byte < 0x7F && byte != 0x27 && byte != 0x5C
                other |= isPlain ? 0 : 1
            }
            guard other == 0 else { return false }
            append(UInt8(ascii: "'"))
            append(contentsOf: bytes)
            append(UInt8(ascii: "'"))
            return true
        }
    }
}
