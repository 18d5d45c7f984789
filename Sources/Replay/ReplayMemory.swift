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
}
