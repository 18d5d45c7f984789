internal import Binlog
public import BinlogFiles

/// Where a large file is cut, so that several threads can search it.
///
/// The cuts are guesses. What was searched behind a cut counts only once everything before it has
/// been read and ends exactly there, so a wrong guess costs time and nothing else.
public struct SegmentPlan {
    /// Ascending; the thread that reads the chain takes what is before the first and behind the
    /// last.
    public private(set) var cuts: [UInt64] = []

    /// Smaller files are not worth a thread.
    public static let leastBytes: UInt64 = 4 << 20
    /// What is left to the chain's own reading at the end: it judges how the file ends.
    private static let tailBytes: UInt64 = 1 << 19
    private static let mostThreads = 8

    /// Cuts a file for as many threads as there are processors.
    public init(_ file: LogFile) {
        let parts = UInt64(min(Processors.count, Self.mostThreads))
        guard parts > 1, file.sizeBytes >= Self.leastBytes else { return }
        do {
            var reader = try LogReader(file)
            let part = (file.sizeBytes - Self.tailBytes) / parts
            for index in 1...parts {
                guard let cut = reader.guessTransaction(from: part * index) else { continue }
                if cut > cuts.last ?? 0 { cuts.append(cut) }
            }
        } catch {
            // The chain's own reading says what is wrong with the file.
            cuts = []
        }
        if cuts.count < 2 { cuts = [] }
    }

    /// The ranges for other threads.
    public var ranges: [Range<UInt64>] { zip(cuts, cuts.dropFirst()).map { $0..<$1 } }
}
