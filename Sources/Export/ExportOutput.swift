internal import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#endif

/// Where an export's lines go.
public enum ExportDestination: Sendable {
    /// All lines, in the order of the logs.
    case standardOutput
    /// Files of a folder that is new or empty.
    case folder(String)
}

/// Keeps lines until there are enough of them to be packed and written.
///
/// A folder is written under another name, and has its own only when it is whole.
struct ExportOutput: Sendable {
    /// A place for lines: of one version of a table on one day.
    struct Place: Hashable, Sendable {
        var path: String
        var isPacked: Bool
    }

    private struct File: Sendable {
        var place: Place
        var waiting: [UInt8] = []
    }

    private let destination: ExportDestination
    private let encoder = ZstdEncoder()
    private var files: [File] = []
    private var indices: [Place: Int] = [:]
    private var folders: Set<String> = []
    private var waitingBytes = 0

    /// A file's lines are written when there are so many.
    private static let frameBytes = 1 << 20
    /// The largest of the files that wait is written when all of them have so many.
    private static let mostWaitingBytes = 24 << 20
    static let unfinishedSuffix = ".unfinished"

    /// Throws where the folder is there and not empty, or cannot be made.
    init(_ destination: ExportDestination) throws(ExportError) {
        self.destination = destination
        guard case .folder(let path) = destination else { return }
        if access(path, F_OK) == 0, rmdir(path) != 0 {
            throw ExportError(
                message: errno == ENOTDIR
                    ? "it is no folder" : "the folder is not empty", path: path)
        }
        let unfinished = path + Self.unfinishedSuffix
        guard mkdir(unfinished, 0o700) == 0 else {
            throw ExportError(
                message: errno == EEXIST
                    ? "an export that was not finished is in the way" : Self.reason,
                path: unfinished)
        }
    }

    private static var reason: String { String(cString: strerror(errno)) }

    private func fullPath(_ path: String) -> String {
        guard case .folder(let folder) = destination else { return "stdout" }
        return folder + Self.unfinishedSuffix + "/" + path
    }

    /// Where the lines of a place wait.
    mutating func index(of place: Place) -> Int {
        var place = place
        if case .standardOutput = destination { place = Place(path: "", isPacked: false) }
        if let index = indices[place] { return index }
        files.append(File(place: place))
        indices[place] = files.count - 1
        return files.count - 1
    }

    /// Adds whole lines, and writes what has become too much.
    mutating func append(_ lines: [UInt8], at index: Int) throws(ExportError) {
        files[index].waiting += lines
        waitingBytes += lines.count
        if files[index].waiting.count >= Self.frameBytes { try write(index) }
        while waitingBytes >= Self.mostWaitingBytes {
            let largest = files.indices.max { files[$0].waiting.count < files[$1].waiting.count }
            guard let largest else { return }
            try write(largest)
        }
    }

    /// - Parameter isEmptyToo: the file is made though there is nothing to write.
    private mutating func write(_ index: Int, isEmptyToo: Bool = false) throws(ExportError) {
        guard !files[index].waiting.isEmpty || isEmptyToo else { return }
        let place = files[index].place
        let path = fullPath(place.path)
        if case .folder = destination { try makeFolder(of: place.path) }
        do {
            let bytes = files[index].waiting
            guard let packed = place.isPacked ? encoder.frame(bytes) : bytes[...] else {
                throw Errno.noMemory
            }
            if case .folder = destination {
                let file = try FileDescriptor.open(
                    FilePath(path), .writeOnly, options: [.create, .append, .closeOnExec],
                    permissions: [.ownerReadWrite])
                _ = try file.closeAfter { try file.writeAll(packed) }
            } else {
                _ = try FileDescriptor.standardOutput.writeAll(packed)
            }
        } catch {
            throw ExportError(
                message: "it cannot be written: \(error)", path: path,
                isBrokenPipe: (error as? Errno) == .brokenPipe)
        }
        waitingBytes -= files[index].waiting.count
        // A file is rarely met again once its day is over.
        files[index].waiting.removeAll(keepingCapacity: files.count < 16)
    }

    private mutating func makeFolder(of path: String) throws(ExportError) {
        guard let slash = path.lastIndex(of: "/") else { return }
        let folder = String(path[..<slash])
        guard folders.insert(folder).inserted else { return }
        guard mkdir(fullPath(folder), 0o700) == 0 || errno == EEXIST else {
            throw ExportError(message: Self.reason, path: fullPath(folder))
        }
    }

    /// Writes all that waits, some files more, and gives the folder its name.
    mutating func finish(_ more: [(path: String, bytes: [UInt8])]) throws(ExportError) {
        for index in files.indices { try write(index) }
        guard case .folder(let folder) = destination else { return }
        for (path, bytes) in more {
            let index = index(of: Place(path: path, isPacked: false))
            try append(bytes, at: index)
            try write(index, isEmptyToo: true)
        }
        guard rename(folder + Self.unfinishedSuffix, folder) == 0 else {
            throw ExportError(message: Self.reason, path: folder)
        }
    }
}

/// Names of files and folders.
enum ExportName {
    /// The longest name that file systems take, without room for what an export adds.
    private static let mostBytes = 200

    /// A name with everything percent-encoded but ASCII letters, digits, `_` and `-`; one that
    /// would be too long is cut, with a number behind it that tells it from others.
    static func encoded(_ parts: [String]) -> String {
        let whole = parts.map { encoded($0) }.joined(separator: ".")
        guard whole.utf8.count > mostBytes else { return whole }
        // FNV-1a: nothing hangs on it but that it is the same in every run.
        let hash = whole.utf8.reduce(UInt64(0xCBF2_9CE4_8422_2325)) {
            ($0 ^ UInt64($1)) &* 0x100_0000_01B3
        }
        return whole.prefix(mostBytes) + "~" + String(hash, radix: 16)
    }

    private static func encoded(_ name: String) -> String {
        var text = ""
        for byte in name.utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, UInt8(ascii: "_"), UInt8(ascii: "-"):
                text.unicodeScalars.append(Unicode.Scalar(byte))
            default:
                text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return text
    }
}
