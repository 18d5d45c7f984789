import Report

/// How far a long task has come: a bar on a terminal, a line every 10 s elsewhere.
///
/// Cheap enough to be told of every piece of work: it looks at the clock once a megabyte.
struct Progress {
    private let console: Console
    private let label: String
    private let totalBytes: UInt64
    private let begin = ContinuousClock.now
    private var shown: ContinuousClock.Instant
    private var nextLook: UInt64 = 0
    private var hasDrawn = false

    init(_ label: String, totalBytes: UInt64, _ console: Console) {
        self.console = console
        self.label = label
        self.totalBytes = totalBytes
        shown = begin
    }

    /// Tells how many bytes are done.
    @inline(__always)
    mutating func update(_ doneBytes: UInt64) {
        guard doneBytes >= nextLook else { return }
        look(doneBytes)
    }

    private mutating func look(_ doneBytes: UInt64) {
        nextLook = doneBytes &+ (1 << 20)
        if console.isQuiet { return }
        let now = ContinuousClock.now
        let wait: Duration = console.drawsProgress ? .milliseconds(200) : .seconds(10)
        guard now - shown >= wait else { return }
        shown = now
        show(doneBytes, now - begin)
    }

    private mutating func show(_ doneBytes: UInt64, _ elapsed: Duration) {
        let seconds = max(elapsed / .seconds(1), 0.001)
        let rate = Double(doneBytes) / seconds
        let share = totalBytes > 0 ? min(1, Double(doneBytes) / Double(totalBytes)) : 1
        let rest = rate > 0 ? max(0, Double(totalBytes) - Double(doneBytes)) / rate : 0
        var text = "\(label): \(Int(share * 100)) % of \(HumanNumber.size(bytes: totalBytes)), "
        text +=
            "\(HumanNumber.size(bytes: UInt64(rate)))/s, \(UTCTime.duration(seconds: rest)) left"
        guard console.drawsProgress else {
            console.note(text)
            return
        }
        let filled = Int(share * 20)
        let bar = String(repeating: "#", count: filled) + String(repeating: ".", count: 20 - filled)
        console.draw("[\(bar)] \(text)")
        hasDrawn = true
    }

    /// Clears the bar: the answer follows.
    mutating func end() {
        if hasDrawn { console.draw("") }
        hasDrawn = false
    }
}

extension Console {
    /// Draws over the line at which the cursor stands.
    fileprivate func draw(_ text: String) { noteWithoutEnd("\r\u{1B}[K" + text) }
}
