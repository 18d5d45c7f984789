internal import Binlog
public import Recovery
internal import SystemPackage

#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

/// The files that a log's LOAD DATA statements read, made again from the log's own blocks.
///
/// Whatever name a statement has, only these are read. Each is removed behind its statement, and
/// what is left when the replay ends.
final class LoadFiles {
    /// How the target gets at a file.
    enum Method: Sendable {
        /// It reads it itself, from the one folder that its `secure_file_priv` allows.
        case byServer(folder: String)
        /// The session sends it, by LOCAL.
        case bySession(folder: String)
    }

    private let method: Method?
    private var sizes: [UInt32: UInt64] = [:]
    private var holdBackslash: Set<UInt32> = []
    /// Ends of XML elements.
    private var holdElements: Set<UInt32> = []

    init(_ method: Method?) { self.method = method }

    deinit { for fileID in sizes.keys { unlinkFile(fileID) } }

    /// Begins a file, or goes on with it.
    ///
    /// Throws `corrupt` for a block of a file that was not begun, and what the file system says.
    func add(_ event: borrowing Event) throws {
        let block = try LoadBlockEvent(event)
        let begins = event.type == .beginLoadQuery
        guard begins || sizes[block.fileID] != nil else {
            throw BinlogError(
                .corrupt, "a block of a file that no event begins", offset: event.offset)
        }
        // A file of that name is a rest of an earlier run, or somebody's trap.
        if begins {
            unlinkFile(block.fileID)
            forgetContents(of: block.fileID)
        }
        let options: FileDescriptor.OpenOptions = begins ? [.create, .exclusiveCreate] : []
        let file = try FileDescriptor.open(
            path(of: block.fileID), .writeOnly, options: options.union([.closeOnExec, .noFollow]),
            permissions: .ownerReadWrite)
        // The server may run as another user; nobody else gets into its folder.
        if begins, !isLocal { _ = fchmod(file.rawValue, 0o644) }
        let offset = begins ? 0 : sizes[block.fileID] ?? 0
        try file.closeAfter {
            _ = try block.bytes.withUnsafeBytes {
                try file.writeAll(toAbsoluteOffset: Int64(offset), $0)
            }
        }
        block.bytes.withUnsafeBytes { bytes in
            if bytes.contains(UInt8(ascii: "\\")) { holdBackslash.insert(block.fileID) }
            if Self.endsElement(bytes) { holdElements.insert(block.fileID) }
        }
        sizes[block.fileID] = offset + UInt64(block.bytes.byteCount)
    }

    /// Whether `</` or `/>` stands there.
    private static func endsElement(_ bytes: UnsafeRawBufferPointer) -> Bool {
        zip(bytes, bytes.dropFirst()).contains { first, second in
            first == UInt8(ascii: "<") && second == UInt8(ascii: "/")
                || first == UInt8(ascii: "/") && second == UInt8(ascii: ">")
        }
    }

    /// Removes a file; nothing where there is none.
    func remove(_ fileID: UInt32) {
        guard sizes.removeValue(forKey: fileID) != nil else { return }
        forgetContents(of: fileID)
        unlinkFile(fileID)
    }

    private func forgetContents(of fileID: UInt32) {
        holdBackslash.remove(fileID)
        holdElements.remove(fileID)
    }

    /// One that cannot be removed is no reason to stop: it lies in a folder of the replay's own.
    private func unlinkFile(_ fileID: UInt32) {
        do { _ = unlink(try path(of: fileID).string) } catch {}
    }

    /// The text with a clause that names the file as it lies here.
    ///
    /// Throws `corrupt` where the event's clause or file is not there, and `unsupported-event`
    /// where the log leaves open what the file means.
    func text(
        _ query: borrowing QueryEvent, _ load: LoadedFile, mode: SQLMode, at offset: UInt64
    ) throws -> [UInt8] {
        guard load.clause.upperBound <= query.text.byteCount, sizes[load.fileID] != nil else {
            throw BinlogError(
                .corrupt, "a LOAD DATA event whose file or clause is not there", offset: offset)
        }
        let text = query.text.copied()
        var words = isLocal ? " LOCAL INFILE " : " INFILE "
        words += "'\(try path(of: load.fileID).string)'"
        switch load.duplicates {
        case .error: break
        case .ignore: words += " IGNORE"
        case .replace: words += " REPLACE"
        }
        var rest = Array(text[load.clause.upperBound...])
        guard !holdElements.contains(load.fileID) || !LoadClauses.namesElement(rest[...]) else {
            throw BinlogError(
                .unsupportedEvent,
                "this is a LOAD XML, which a server logs as a LOAD DATA that takes other rows from "
                    + "the file: it cannot be replayed from a log",
                offset: offset)
        }
        if mode.noBackslashEscapes {
            let clauses = LoadClauses(withoutBackslashes: rest[...])
            guard !clauses.mayEscape || !holdBackslash.contains(load.fileID) else {
                throw BinlogError(
                    .unsupportedEvent,
                    "LOAD DATA under NO_BACKSLASH_ESCAPES of a file with backslashes cannot be "
                        + "replayed: the log does not tell whether they escape",
                    offset: offset)
            }
            rest = clauses.text
        }
        return text[..<load.clause.lowerBound] + Array((words + " INTO").utf8) + rest
    }

    /// The file that a session sends; nil where the server reads it.
    func sentFile(_ fileID: UInt32) throws -> String? {
        isLocal ? try path(of: fileID).string : nil
    }

    private var isLocal: Bool {
        if case .bySession? = method { true } else { false }
    }

    private func path(of fileID: UInt32) throws -> FilePath {
        switch method {
        case .byServer(let folder), .bySession(let folder):
            guard !folder.utf8.contains(where: { $0 == 0x27 || $0 == 0x5C }) else {
                throw RecoveryError(
                    .loadFolder, "LOAD DATA cannot name a file in \(folder)",
                    hint: "take a --workdir without quotes and backslashes in its path")
            }
            return FilePath(folder).appending("lastgood-load-\(fileID)")
        case nil:
            throw RecoveryError(.loadFolder, "LOAD DATA needs a folder for its files")
        }
    }
}

extension RecoveryError.Code {
    /// The files of a log's LOAD DATA cannot be put where they are needed.
    public static let loadFolder = Self(rawValue: "load-folder")
}
