import Binlog
import Foundation
import Recovery
import Server

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// The folder a recovery keeps its state and its scratch server in, locked while a run works in it.
struct Workdir: ~Copyable {
    let path: String
    /// The option file with the account that gets into the target.
    var clientFilePath: String { path + "/client.cnf" }
    private let lock: Int32
    /// It was not there before.
    private let isMade: Bool

    /// Opens a folder, made where it is not there, and locks it.
    ///
    /// Throws `workdir-busy` where another run works in it, `workdir-in-use` where it holds
    /// something else, or a recovery that can be resumed.
    static func new(_ path: String) throws(Failure) -> Workdir {
        let isMade = try makeFolder(path)
        let workdir = try Workdir(locking: path, isMade: isMade)
        let unfinished = RecoveryState.fileName + SmallFile.unfinishedSuffix
        let names = try contents(path).filter { $0 != lockName && $0 != unfinished }
        guard names.isEmpty else {
            let isOurs = names.contains(RecoveryState.fileName)
            throw Failure(
                "workdir-in-use",
                isOurs ? "the workdir holds a recovery already" : "the workdir is not empty",
                hint: isOurs
                    ? "lastgood resume --workdir goes on with it; else choose another --workdir"
                    : "choose another --workdir", file: path)
        }
        return workdir
    }

    /// Opens and locks the folder of an earlier run.
    static func existing(_ path: String) throws(Failure) -> Workdir {
        try Workdir(locking: path, isMade: false)
    }

    private static let lockName = "lock"

    private init(locking path: String, isMade: Bool) throws(Failure) {
        // From here on nothing that this run or its programs make is anybody else's to read.
        umask(0o077)
        let resolved = try Self.resolve(path)
        lock = try Self.lock(resolved)
        self.isMade = isMade
        self.path = resolved
    }

    private static func resolve(_ path: String) throws(Failure) -> String {
        guard let resolved = realpath(path, nil) else {
            throw Failure("unreadable", "the workdir is not there", file: path)
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }

    private static func lock(_ path: String) throws(Failure) -> Int32 {
        let name = path + "/" + lockName
        let descriptor = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard descriptor >= 0 else {
            throw Failure(
                "file-error", "the workdir cannot be locked: \(String(cString: strerror(errno)))",
                file: name)
        }
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
            close(descriptor)
            throw Failure(
                "workdir-busy", "another lastgood works in this workdir",
                hint: "wait for it, or choose another --workdir", file: path)
        }
        return descriptor
    }

    /// Takes away again what was made for a recovery that has not begun.
    func discard() {
        unlink(path + "/" + Self.lockName)
        if isMade { rmdir(path) }
    }

    deinit { close(lock) }

    /// The default: a folder named after the stop point, below the user's state directory.
    ///
    /// Throws `usage` where no environment tells that directory: a guess may be anybody's.
    static func defaultPath(_ plan: Plan) throws(Failure) -> String {
        // Others than absolute paths do not count: freedesktop.org, XDG Base Directory.
        func folder(_ name: String) -> String? {
            ProcessInfo.processInfo.environment[name].flatMap { $0.hasPrefix("/") ? $0 : nil }
        }
        let state = folder("XDG_STATE_HOME") ?? folder("HOME").map { $0 + "/.local/state" }
        let base = geteuid() == 0 ? "/var/lib" : state
        guard let base else {
            throw .usage(
                "there is no place for a workdir: neither XDG_STATE_HOME nor HOME names one",
                hint: "give --workdir DIR")
        }
        let id = plan.stop.transaction?.id ?? plan.stop.position
        let name = "\(plan.stop.kind.rawValue)-\(id.file)-\(id.offset)"
        return base + "/lastgood/"
            + name.map {
                $0.isASCII && ($0.isLetter || $0.isNumber || "-._".contains($0)) ? String($0) : "_"
            }.joined()
    }

    /// Parents may be entered by others (the scratch server's user must reach its folder), the
    /// workdir itself may not.
    ///
    /// Returns whether it was not there.
    private static func makeFolder(_ path: String) throws(Failure) -> Bool {
        var status = stat()
        if stat(path, &status) == 0 { return false }
        let parent = URL(filePath: path).deletingLastPathComponent().path()
        do {
            try FileManager.default.createDirectory(
                atPath: parent, withIntermediateDirectories: true,
                attributes: [.posixPermissions: geteuid() == 0 ? 0o755 : 0o700])
        } catch {
            throw Failure("file-error", "the workdir cannot be made: \(error)", file: path)
        }
        if mkdir(path, 0o700) == 0 { return true }
        guard errno == EEXIST else {
            throw Failure(
                "file-error", "the workdir cannot be made: \(String(cString: strerror(errno)))",
                file: path)
        }
        return false
    }

    private static func contents(_ path: String) throws(Failure) -> [String] {
        do {
            return try FileManager.default.contentsOfDirectory(atPath: path)
        } catch {
            throw Failure("unreadable", "the workdir cannot be read: \(error)", file: path)
        }
    }
}
