/// How the stamps of commits went in a run of transactions: when they went back, and when there
/// was none for long. Tracks of neighbouring runs add up to that of both.
public struct ClockTrack: Hashable, Sendable {
    /// A commit by its transaction's offset.
    struct Commit: Hashable, Sendable {
        var offset: UInt64
        var timestamp: UInt32
    }

    /// No commit between two stamps.
    public struct Silence: Hashable, Sendable {
        public var start: UInt32
        public var end: UInt32
    }

    /// The first commit of each stretch that is stamped long before one in front of it.
    private(set) var marks: [ClockMark] = []
    private(set) var silences: [Silence] = []
    private(set) var greatest: UInt32 = 0
    /// The clock has gone back and not come to where it was.
    private(set) var isBehind = false
    /// Commits stamped later than all before them, and those that end a stretch behind; together
    /// with the next they tell what this run is behind another one.
    private var records: [Commit] = []
    /// Commits stamped earlier than all before them.
    private var minima: [Commit] = []

    /// A commit is marked that is stamped so long before one in front of it.
    public static let backwardsSeconds: UInt32 = 60
    /// A silence is no transaction for so long.
    public static let silenceSeconds: UInt32 = 3600
    private static let most = 1000

    init() {}

    /// What a stored track needs for more to be added.
    init(marks: [ClockMark], silences: [Silence], greatest: UInt32, isBehind: Bool) {
        self.marks = marks
        self.silences = silences
        self.greatest = greatest
        self.isBehind = isBehind
    }

    mutating func note(_ timestamp: UInt32, at offset: UInt64) {
        let commit = Commit(offset: offset, timestamp: timestamp)
        if timestamp < minima.last?.timestamp ?? .max { minima.append(commit) }
        if timestamp > greatest || (timestamp == greatest && isBehind) {
            records.append(commit)
            rise(to: timestamp)
        } else if !isBehind, greatest - timestamp > Self.backwardsSeconds {
            fall(commit)
        }
    }

    private mutating func rise(to timestamp: UInt32) {
        isBehind = false
        if greatest > 0, timestamp - greatest >= Self.silenceSeconds, silences.count < Self.most {
            silences.append(Silence(start: greatest, end: timestamp))
        }
        greatest = timestamp
    }

    private mutating func fall(_ commit: Commit) {
        isBehind = true
        guard marks.count < Self.most else { return }
        marks.append(
            ClockMark(
                kind: .backwards, offset: commit.offset, timestamp: commit.timestamp,
                earlier: greatest))
    }

    /// Takes in what stands right behind all of this.
    mutating func append(_ later: Self) {
        let reach = later.records.first { $0.timestamp >= greatest }
        if !isBehind {
            let low = later.minima.first {
                $0.timestamp < greatest && greatest - $0.timestamp > Self.backwardsSeconds
            }
            if let low, low.offset < reach?.offset ?? .max { fall(low) }
        }
        for record in later.records where record.timestamp > greatest { rise(to: record.timestamp) }
        records += later.records
        minima += later.minima
        guard let reach else { return }
        // From there on both saw the same.
        marks += later.marks.filter { $0.offset > reach.offset }.prefix(
            max(0, Self.most - marks.count))
        isBehind = later.isBehind
    }
}

/// Something about time that stands in a log.
public struct ClockMark: Hashable, Sendable {
    /// What the log tells.
    public enum Kind: UInt8, Sendable {
        /// The server was started.
        case restart = 0
        /// A commit is stamped more than a minute before one that stands in front of it.
        case backwards = 1
    }

    public var kind: Kind
    /// Of the event that tells.
    public var offset: UInt64
    public var timestamp: UInt32
    /// The greatest stamp before it.
    public var earlier: UInt32
}
