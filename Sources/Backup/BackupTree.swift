import Recovery
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// All files under a directory, in a stable order; symbolic links are listed, never followed.
struct BackupTree {
    enum Kind {
        case file
        case directory
        case symbolicLink
        case other
    }

    struct Entry {
        /// Relative to the directory: `shop/orders.ibd`.
        var name: String
        var kind: Kind
        var sizeBytes: UInt64
    }

    private static let depthLimit = 16

    let path: String
    /// A directory stands before what is in it.
    private(set) var entries: [Entry] = []

    var sizeBytes: UInt64 { entries.reduce(0) { $0 &+ $1.sizeBytes } }

    init(_ path: String) throws(RecoveryError) {
        self.path = path
        try walk("", depth: 0)
    }

    private mutating func walk(_ folder: String, depth: Int) throws(RecoveryError) {
        guard depth < Self.depthLimit else {
            throw RecoveryError(
                .unsupportedBackup, "folders deeper than \(Self.depthLimit) levels", file: path)
        }
        for base in try BackupFile.names(in: folder.isEmpty ? path : "\(path)/\(folder)") {
            let name = folder.isEmpty ? base : "\(folder)/\(base)"
            var status = stat()
            guard lstat("\(path)/\(name)", &status) == 0 else {
                throw BackupFile.wrap(Errno(rawValue: errno), path: "\(path)/\(name)")
            }
            let kind = Self.kind(status.st_mode)
            let size = kind == .file ? UInt64(clamping: status.st_size) : 0
            entries.append(Entry(name: name, kind: kind, sizeBytes: size))
            if kind == .directory { try walk(name, depth: depth + 1) }
        }
    }

    private static func kind(_ mode: mode_t) -> Kind {
        switch mode & S_IFMT {
        case S_IFREG: .file
        case S_IFDIR: .directory
        case S_IFLNK: .symbolicLink
        default: .other
        }
    }
}
