/// A column of a random table: its SQL type, and how to write a value that it takes.
struct RandomColumn: Sendable {
    /// What decides how a value is written.
    enum Kind: Sendable {
        case integer(bits: Int, unsigned: Bool)
        case decimal(digits: Int, scale: Int, unsigned: Bool)
        case float
        case double
        case bit(Int)
        case date
        case time(Int)
        case datetime(Int)
        case timestamp(Int)
        case year
        case text(Int, Repertoire)
        case bytes(Int)
        case enumeration(Int)
        case set(Int)
        case json
        case geometry(Shape)
        case inet4
        case inet6
        case uuid
        case vector(Int)
    }

    /// The characters that a column's character set can hold.
    enum Repertoire: Sendable { case ascii, latin1, plane0, unicode }

    enum Shape: Sendable { case point, lineString, polygon, any }

    var name: String
    var type: String
    var kind: Kind
    var isNullable = true
    /// The text behind DEFAULT; nil where the column must be named by every INSERT or is nullable.
    var defaultText: String?

    /// The column's line in CREATE TABLE.
    var definition: String {
        var text = "`\(name)` \(type) \(isNullable ? "NULL" : "NOT NULL")"
        if let defaultText {
            text += " DEFAULT \(defaultText)"
        }
        return text
    }

    /// A value as SQL text that a strict session accepts, NULL now and then where it may be.
    func literal(_ random: inout SplitMix64) -> String {
        if isNullable, random.chance(12) {
            return "NULL"
        }
        switch kind {
        case .integer(let bits, let unsigned):
            return Self.integer(bits, unsigned: unsigned, &random)
        case .decimal(let digits, let scale, let unsigned):
            return Self.decimal(digits, scale, unsigned: unsigned, &random)
        case .float: return Self.float(&random)
        case .double: return Self.double(&random)
        case .bit(let width): return "b'" + Self.digits(width, "01", &random) + "'"
        case .date, .time, .datetime, .timestamp, .year: return temporal(&random)
        case .text(let length, let repertoire):
            return Self.text(length, repertoire, &random)
        case .bytes(let length):
            return Self.bytes(upTo: length, &random)
        case .enumeration(let count): return "\(random.within(1...count))"
        case .set(let count): return "\(random.next() & (UInt64.max >> UInt64(64 - count)))"
        case .json: return Self.json(&random)
        case .geometry(let shape): return Self.geometry(shape, &random)
        case .inet4: return "'\(random.below(224)).\(random.below(256)).0.\(random.below(256))'"
        case .inet6: return Self.inet6(&random)
        case .uuid: return Self.uuid(&random)
        case .vector(let dimensions):
            let numbers = (0..<dimensions).map { _ in "\(Double(random.within(-900...900)) / 8)" }
            return "VEC_FromText('[\(numbers.joined(separator: ","))]')"
        }
    }
}

extension RandomColumn {
    private static func integer(
        _ bits: Int, unsigned: Bool, _ random: inout SplitMix64
    ) -> String {
        let all = UInt64.max >> UInt64(64 - bits)
        let half = all >> 1
        if random.chance(40) {
            return "\(random.below(100))"
        }
        if unsigned {
            return "\(random.pick([0, all, half, half + 1, random.next() & all]))"
        }
        let size = random.pick([half, 0, random.next() & half])
        return random.chance(50) ? "\(size)" : "\(-Int64(size) - 1)"
    }

    private static func decimal(
        _ digits: Int, _ scale: Int, unsigned: Bool, _ random: inout SplitMix64
    ) -> String {
        let sign = !unsigned && random.chance(40) ? "-" : ""
        let alphabet = random.chance(10) ? "9" : "0123456789"
        let whole = Self.digits(random.within(0...(digits - scale)), alphabet, &random)
        let fraction = Self.digits(random.within(0...scale), alphabet, &random)
        return sign + (whole.isEmpty ? "0" : whole) + (fraction.isEmpty ? "" : ".\(fraction)")
    }

    private static func float(_ random: inout SplitMix64) -> String {
        if random.chance(10) {
            return random.pick(["3.4028234e38", "-3.4028234e38", "1.17549e-38", "0", "-0.1e0"])
        }
        return "\(Float(random.within(-1_000_000...1_000_000)) / Float(random.within(1...977)))"
    }

    private static func double(_ random: inout SplitMix64) -> String {
        if random.chance(10) {
            return random.pick(["1.7976931348623157e308", "-2.2250738585072014e-308", "0", "1e0"])
        }
        return "\(Double(random.within(-1_000_000...1_000_000)) / Double(random.within(1...977)))"
    }

    private static func digits(
        _ count: Int, _ alphabet: String, _ random: inout SplitMix64
    ) -> String {
        let characters = Array(alphabet)
        return String((0..<count).map { _ in random.pick(characters) })
    }

    private static func padded(_ number: Int, _ width: Int = 2) -> String {
        let text = "\(number)"
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }

    private func temporal(_ random: inout SplitMix64) -> String {
        func fraction(_ digits: Int) -> String {
            digits == 0 ? "" : "." + Self.digits(digits, "0123456789", &random)
        }
        func day(_ years: ClosedRange<Int>) -> String {
            let (month, day) = (random.within(1...12), random.within(1...28))
            return "\(Self.padded(random.within(years), 4))-\(Self.padded(month))-"
                + Self.padded(day)
        }
        func clock(_ hours: Int) -> String {
            "\(Self.padded(random.below(hours))):\(Self.padded(random.below(60))):"
                + Self.padded(random.below(60))
        }
        switch kind {
        case .date: return "'\(day(1...9999))'"
        case .time(let digits):
            return "'\(random.chance(40) ? "-" : "")\(clock(838))\(fraction(digits))'"
        case .datetime(let digits): return "'\(day(1...9999)) \(clock(24))\(fraction(digits))'"
        // Away from the ends of the range, for any time zone, and from hours that do not exist.
        case .timestamp(let digits):
            return "'\(day(1971...2036)) \(clock(24))\(fraction(digits))'"
        default: return "\(random.chance(10) ? 0 : random.within(1901...2155))"
        }
    }

    private static func text(
        _ length: Int, _ repertoire: Repertoire, _ random: inout SplitMix64
    ) -> String {
        let ascii = Array("abcdefgh XYZ 0123456789 %_;#-/*\"`$\n")
        let wider: [Character]
        switch repertoire {
        case .ascii: wider = ascii
        case .latin1: wider = Array("éßÿÄñ£")
        case .plane0: wider = Array("é茶碗Жяאب€ｗ")
        case .unicode: wider = Array("é茶Я€🎁🚲😀")
        }
        let count = random.below(min(length, random.chance(10) ? 300 : 20) + 1)
        var text = ""
        for _ in 0..<count {
            switch random.below(20) {
            case 0: text += "''"
            case 1: text += "\\\\"
            case 2...6: text.append(random.pick(wider))
            default: text.append(random.pick(ascii))
            }
        }
        return "'\(text)'"
    }

    private static func bytes(upTo length: Int, _ random: inout SplitMix64) -> String {
        let count = random.below(min(length, random.chance(5) ? 4000 : 24) + 1)
        return "X'\(digits(count * 2, "0123456789ABCDEF", &random))'"
    }

    private static func json(_ random: inout SplitMix64) -> String {
        let word = random.pick(["a", "Ж", "🎁", "it''s"])
        switch random.below(4) {
        case 0: return "'[]'"
        case 1: return "'\(random.below(1000))'"
        case 2: return "'{\"k\": [\(random.below(9)), null, true, \"\(word)\"]}'"
        default: return "JSON_OBJECT('n', \(random.below(99)), 'w', '\(word)')"
        }
    }

    private static func geometry(_ shape: Shape, _ random: inout SplitMix64) -> String {
        let (x, y) = (random.within(-500...500), random.within(-500...500))
        let point = "POINT(\(x) \(y).5)"
        let line = "LINESTRING(0 0,\(x) \(y),\(y) \(x))"
        let polygon = "POLYGON((\(x) \(y),\(x + 9) \(y),\(x + 9) \(y + 9),\(x) \(y)))"
        let text: String
        switch shape {
        case .point: text = point
        case .lineString: text = line
        case .polygon: text = polygon
        case .any: text = random.pick([point, line, polygon, "MULTIPOINT(1 1,\(x) \(y))"])
        }
        return "ST_GeomFromText('\(text)')"
    }

    private static func inet6(_ random: inout SplitMix64) -> String {
        let group = digits(4, "0123456789abcdef", &random)
        return random.pick(["'::'", "'::ffff:10.0.0.\(random.below(256))'", "'2001:db8::\(group)'"])
    }

    private static func uuid(_ random: inout SplitMix64) -> String {
        let parts = [8, 3, 3, 12].map { digits($0, "0123456789abcdef", &random) }
        // Version and variant are checked by the server.
        return "'\(parts[0])-\(parts[1])0-4\(parts[1])-8\(parts[2])-\(parts[3])'"
    }
}
