internal import BinlogFiles

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// How much memory folding takes.
public enum ReplayMemory {
    /// A quarter of the machine's memory, at most 1 GiB.
    public static var defaultBytes: Int {
        let pages = max(0, sysconf(Int32(_SC_PHYS_PAGES)))
        let bytes = max(0, sysconf(Int32(_SC_PAGESIZE)))
        let (all, isTooMuch) = pages.multipliedReportingOverflow(by: bytes)
        return isTooMuch ? largestBytes : min(largestBytes, max(leastBytes, all / 4))
    }

    /// Less is of no use: a single stretch of the log may take more.
    public static let leastBytes = 1 << 20
    private static let largestBytes = 1 << 30

    /// How memory is divided between what has been folded and what is on the way.
    struct Division: Hashable {
        /// How many stretches of the log are under way at most.
        let stretches: Int
        /// What folds may take.
        let foldBytes: Int

        /// A stretch with what it is folded to, and a piece on its way to the target in all forms
        /// that it has there.
        private static let stretchBytes = 3 * Int(StretchScout.chunkBytes)
        private static let pieceBytes = 4 * SessionSetup.largestPieceBytes
        /// So much may be on the way beside the folds; what is more, they do without.
        private static let freeBytes = 64 << 20

        init(memoryBytes: Int, processors: Int, lanes: Int) {
            stretches = max(2, min(1 + processors, memoryBytes / 4 / Self.stretchBytes))
            let underWay = stretches * Self.stretchBytes + min(lanes, 1024) * Self.pieceBytes
            foldBytes = max(memoryBytes / 4, memoryBytes - max(0, underWay - Self.freeBytes))
        }
    }
}
