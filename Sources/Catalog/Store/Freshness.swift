internal import SystemPackage

/// Whether what a catalog says of a file is still true of it.
enum Freshness: Hashable, Sendable {
    case fresh
    /// What was indexed is there, and more behind it.
    case grown
    /// What was indexed is another file's, or was changed since: for this reason.
    case stale(String)

    /// How many of a copy's blocks are compared.
    private static let comparedBlocks = 16

    /// Compares a file with what is known of it.
    init(_ entry: CatalogEntry, of path: FilePath) {
        guard let stamp = FileStamp(path) else {
            self = .stale("it cannot be read")
            return
        }
        self = Self.compare(entry, path, stamp)
    }

    private static func compare(
        _ entry: CatalogEntry, _ path: FilePath, _ stamp: FileStamp
    ) -> Self {
        guard stamp.sizeBytes >= entry.stamp.sizeBytes else {
            return .stale("it is shorter than it was")
        }
        guard FileSample.headHash(of: path, end: entry.headEnd) == entry.headHash else {
            return .stale("it begins otherwise: another log has its name now")
        }
        guard FileSample.tailHash(of: path, end: entry.indexedEnd) == entry.tailHash else {
            return .stale("it was rewritten")
        }
        if stamp.sizeBytes > entry.stamp.sizeBytes {
            let isSameFile =
                stamp.inode == entry.stamp.inode && stamp.device == entry.stamp.device
            if isSameFile || hasSameBlocks(entry, path) { return .grown }
            return .stale("it is a copy with other contents")
        }
        guard stamp.modifiedNanoseconds == entry.stamp.modifiedNanoseconds else {
            return .stale("it was changed without growing")
        }
        if stamp == entry.stamp || hasSameBlocks(entry, path) { return .fresh }
        return .stale("it is a copy with other contents")
    }

    /// Compares blocks drawn at random with their checksums.
    static func hasSameBlocks(_ entry: CatalogEntry, _ path: FilePath) -> Bool {
        entry.facts.blocks.shuffled().prefix(comparedBlocks).allSatisfy {
            FileSample.checksum(of: $0.range, in: path) == $0.checksum
        }
    }
}

extension CatalogEntry {
    /// Behind the part of the file's beginning that is hashed.
    var headEnd: UInt64 { min(FileSample.hashedBytes, indexedEnd) }
}
