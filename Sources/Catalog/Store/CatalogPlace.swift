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
    /// Makes the folder, 0700.
    ///
    /// - Parameter ownsFolder: it is the catalogs' own: one that is there gets these rights too.
    static func makeFolder(
        of path: FilePath, ownsFolder: Bool
    ) throws(CatalogStore.Trouble) {
        try check(path)
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
        if ownsFolder { chmod(path.removingLastComponent().string, 0o700) }
    }

    /// Makes the file, 0600; a catalog that is there gets these rights too.
    static func makeFile(_ path: FilePath) throws(CatalogStore.Trouble) {
        try open(path, [.create])
        chmod(path.string, 0o600)
    }

    /// Opening a pipe would wait for ever.
    static func check(_ path: FilePath) throws(CatalogStore.Trouble) {
        var status = stat()
        guard stat(path.string, &status) == 0, status.st_mode & S_IFMT != S_IFREG else { return }
        throw .failed("it is not a regular file")
    }

    /// Empties a file that is to be made anew; what SQLite kept beside it goes too.
    static func empty(_ path: FilePath) throws(CatalogStore.Trouble) {
        for ending in ["-journal", "-wal", "-shm"] { unlink(path.string + ending) }
        try open(path, [.create, .truncate])
        chmod(path.string, 0o600)
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
