internal import SystemPackage

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// Where a catalog lies: for its owner's eyes only.
enum CatalogPlace {
    /// Nil where it was removed.
    static var workingFolder: FilePath? {
        guard let text = getcwd(nil, 0) else { return nil }
        defer { free(text) }
        return FilePath(String(cString: text))
    }

    /// Makes the folder (0700) and the file (0600) where they are not there.
    static func prepare(_ path: FilePath) throws(CatalogStore.Trouble) {
        var folders: [FilePath] = []
        var folder = path.removingLastComponent()
        while !folder.isEmpty, FileStamp(folder) == nil {
            folders.append(folder)
            folder = folder.removingLastComponent()
        }
        for folder in folders.reversed() {
            guard mkdir(folder.string, 0o700) == 0 || errno == EEXIST else {
                throw .failed("\(folder): \(Errno(rawValue: errno))")
            }
        }
        try open(path, [.create])
    }

    /// Empties a file that is to be made anew; what SQLite kept beside it goes too.
    static func empty(_ path: FilePath) throws(CatalogStore.Trouble) {
        for ending in ["-journal", "-wal", "-shm"] { unlink(path.string + ending) }
        try open(path, [.create, .truncate])
    }

    private static func open(
        _ path: FilePath, _ options: FileDescriptor.OpenOptions
    ) throws(CatalogStore.Trouble) {
        do {
            try FileDescriptor.open(
                path, .readWrite, options: options.union(.closeOnExec),
                permissions: .ownerReadWrite
            ).close()
        } catch {
            throw .failed("\(path): \(error)")
        }
    }
}
