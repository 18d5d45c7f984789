internal import SystemPackage

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Paths as the catalog keeps them.
enum AbsolutePath {
    /// Absolute, its folder without links and `..`; the file itself may be a link.
    static func of(_ path: FilePath) -> FilePath {
        guard let name = path.lastComponent else { return path }
        let folder = path.removingLastComponent()
        guard let real = realpath(folder.isEmpty ? "." : folder.string, nil) else { return path }
        defer { free(real) }
        return FilePath(String(cString: real)).appending(name)
    }
}
