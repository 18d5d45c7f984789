import Recovery
import Subprocess
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// One of the database's own programs (`mariadb`, `mariadb-backup`), found in the PATH or by its
/// path.
struct ChildProgram {
    var path: String

    /// How a program ended and the last of what it said.
    struct Outcome {
        var succeeded: Bool
        /// `exited(1)`, `signaled(9)`.
        var status: String
        var errorTail: String
    }

    static let tailBytes = 16 * 1024

    var executable: Executable {
        path.contains("/") ? .path(FilePath(path)) : .name(path)
    }

    /// The caller's environment without what would send a client elsewhere or give it a password.
    static var environment: Environment {
        .inherit.updating([
            "MYSQL_PWD": nil, "MYSQL_HOST": nil, "MYSQL_TCP_PORT": nil, "MYSQL_UNIX_PORT": nil,
            "MYSQL_HOME": nil, "MARIADB_HOME": nil,
        ])
    }

    /// A child that ends early must not end us: its pipe then gives an error instead of a signal.
    static let brokenPipesAreErrors: Bool = {
        signal(SIGPIPE, SIG_IGN)
        return true
    }()

    /// The standard output of a run, up to 1 MiB; nil when it cannot be run or does not end well.
    func output(_ arguments: [String]) async -> String? {
        do {
            let result = try await run(
                executable, arguments: Arguments(arguments), environment: Self.environment,
                output: .string(limit: 1 << 20), error: .discarded)
            return result.terminationStatus.isSuccess ? result.standardOutput : nil
        } catch {
            return nil
        }
    }

    /// The end of what a program writes to its error output, kept in bounded memory.
    static func tail(of sequence: SubprocessOutputSequence) async -> String {
        var bytes: [UInt8] = []
        do {
            for try await buffer in sequence {
                buffer.withUnsafeBytes { bytes.append(contentsOf: $0) }
                bytes.removeFirst(max(0, bytes.count - tailBytes))
            }
        } catch {
            bytes.append(contentsOf: "(the rest could not be read: \(error))".utf8)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// An error of starting a program as one of ours.
    func wrap(_ error: any Error) -> RecoveryError {
        if let error = error as? RecoveryError { return error }
        return RecoveryError(
            .programMissing, "the program \(path) cannot be run: \(error)",
            hint: "install mariadb-client and mariadb-backup, or give the program's path")
    }
}
