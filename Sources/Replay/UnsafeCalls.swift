internal import Binlog
public import Recovery

/// How many statements run stored code that may do something else on a target than it did on the
/// source.
public struct UnsafeCalls: Hashable, Sendable, Codable {
    public private(set) var count: UInt64 = 0
    /// The first ones, each with its transaction's id and the reason, on one line.
    public private(set) var named: [String] = []

    static let mostNamed = 20
    /// As a plan names those whose own texts are unsafe.
    private static let mostTold = 5

    public init() {}

    mutating func add(_ reason: String, in transaction: BinlogPosition) {
        let line = PrintableText.escapeControlCharacters("\(transaction) (\(reason))")
        self += UnsafeCalls(count: 1, named: [line])
    }

    init(count: UInt64, named: [String]) {
        self.count = count
        self.named = named
    }

    static func += (left: inout Self, right: Self) {
        left.count += right.count
        left.named += right.named.prefix(max(0, mostNamed - left.named.count))
    }

    /// What there is to tell of them after a replay; nil where there are none.
    public var warning: PlanWarning? {
        warning { "\($0) statements ran code of the target that may do something else than on the" }
    }

    /// The same before it.
    public var planWarning: PlanWarning? {
        warning { "\($0) statements run stored code that may do something else than it did on the" }
    }

    private func warning(_ begin: (UInt64) -> String) -> PlanWarning? {
        guard count > 0 else { return nil }
        return PlanWarning(
            "unsafe-statements",
            "\(begin(count)) source: \(named.prefix(Self.mostTold).joined(separator: ", "))"
                + (count > UInt64(Self.mostTold) ? ", …" : ""))
    }
}
