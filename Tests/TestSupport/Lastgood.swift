import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The `lastgood` program that the build made beside the tests, run as a user runs it.
///
/// It runs in the repository's root, in UTC, without standard input, and finds itself first in
/// PATH, as does what a shell runs for a test.
///
///     let outcome = try await Lastgood.run("inspect", "logs", "--json")
///     let program = try Lastgood.start(["recover", "--end"])
///     program.kill()
///     let killed = try await program.wait()
public enum Lastgood {
    /// The folder of the clone.
    public static let root = URL(filePath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().path

    /// Where the build put it: beside the test bundle that is running, else into the debug folder.
    public static let path: String = {
        let bundles = CommandLine.arguments.filter { $0.contains(".xctest") } + ["/proc/self/exe"]
        let folders = bundles.map {
            URL(filePath: $0).resolvingSymlinksInPath().deletingLastPathComponent().path
        }
        let programs = folders.map { $0 + "/lastgood" }
        return programs.first { FileManager.default.isExecutableFile(atPath: $0) }
            ?? root + "/.build/debug/lastgood"
    }()

    /// Runs it to its end.
    public static func run(
        _ arguments: String..., environment: [String: String] = [:]
    ) async throws -> ProgramOutcome {
        try await run(arguments, environment: environment)
    }

    public static func run(
        _ arguments: [String], environment: [String: String] = [:]
    ) async throws -> ProgramOutcome {
        try await start(arguments, environment: environment).wait()
    }

    /// Starts it; `wait` must be called once, whatever happens to it.
    public static func start(
        _ arguments: [String], environment: [String: String] = [:]
    ) throws -> RunningProgram {
        try RunningProgram(path, arguments, environment: variables(environment))
    }

    /// Kills it as soon as a file holds a word.
    public static func run(
        _ arguments: [String], killedWhen file: String, holds word: String
    ) async throws {
        _ = try await run(arguments, when: file, holds: word, do: "kill -9 $pid")
    }

    /// Runs it to its end, and a line of bash as soon as a file holds a word, in which `$pid` is
    /// its process; what the line prints must go elsewhere.
    ///
    /// By a shell, and one that makes no process to look: the tests' own threads may all wait for
    /// servers when the moment has come, and a new process may wait long for a processor.
    public static func run(
        _ arguments: [String], when file: String, holds word: String, do line: String
    ) async throws -> ProgramOutcome {
        let script = """
            file=$1 word=$2; shift 2; "$@" & pid=$!
            exec {never}<> <(:)
            until mapfile lines <"$file" &&
                [[ ${#lines[@]} != 0 && ${lines[*]} == *"$word"* ]] || ! kill -0 $pid; do
                read -rt 0.005 -u "$never"
            done 2>/dev/null
            \(line)
            wait $pid 2>/dev/null
            """
        return try await RunningProgram(
            "/bin/bash", ["-c", script, "bash", file, word, path] + arguments,
            environment: variables([:])
        ).wait()
    }

    /// Runs a line of bash to its end; `lastgood` is the built one there.
    public static func shell(_ line: String) async throws -> ProgramOutcome {
        try await RunningProgram("/bin/bash", ["-c", line], environment: variables([:])).wait()
    }

    private static func variables(_ own: [String: String]) -> [String: String] {
        let inherited = ProcessInfo.processInfo.environment
        let folder = URL(filePath: path).deletingLastPathComponent().path
        let search = [folder, inherited["PATH"] ?? "/usr/bin:/bin", "/usr/sbin"]
        // No catalog but what a test names.
        let fixed = [
            "PATH": search.joined(separator: ":"), "TZ": "UTC", "XDG_CACHE_HOME": "/nonexistent",
        ]
        return inherited.merging(fixed) { $1 }.merging(own) { $1 }
    }
}

/// How a program ended and what it printed.
public struct ProgramOutcome: Sendable {
    /// Nil when a signal ended it.
    public let exitCode: Int32?
    public let output: String
    public let errorText: String
    public let durationSeconds: Double
}

/// A program under way, with its output in files.
public struct RunningProgram: Sendable {
    public let processID: Int32
    private let folder: TestFolder
    private let begin = ContinuousClock.now

    private var outputPath: String { folder.path + "/output" }
    private var errorPath: String { folder.path + "/errors" }

    /// Starts a program by its path in the repository's root.
    fileprivate init(
        _ program: String, _ arguments: [String], environment: [String: String]
    ) throws {
        folder = try TestFolder("run")
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        let mode = O_WRONLY | O_CREAT | O_TRUNC
        posix_spawn_file_actions_addopen(&actions, 1, folder.path + "/output", mode, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, folder.path + "/errors", mode, 0o600)
        guard access(program, X_OK) == 0 else { throw TestFailure("cannot run \(program)") }
        let shell = ["/bin/sh", "-c", "cd \"$0\" && exec \"$@\"", Lastgood.root]
        var words = (shell + [program] + arguments).map { strdup($0) } + [nil]
        var variables = environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { for text in words + variables { free(text) } }
        var number: pid_t = 0
        let result = posix_spawn(&number, shell[0], &actions, nil, &words, &variables)
        guard result == 0 else {
            throw TestFailure("cannot run \(program): \(String(cString: strerror(result)))")
        }
        processID = number
    }

    /// Ends it as a crash would; what it started lives on.
    public func kill() { signal(SIGKILL) }

    private func signal(_ number: Int32) {
        #if canImport(Glibc)
            _ = Glibc.kill(processID, number)
        #else
            _ = Darwin.kill(processID, number)
        #endif
    }

    /// Waits until it has ended; a test that is cancelled ends it.
    public func wait() async throws -> ProgramOutcome {
        var status: Int32 = 0
        do {
            while true {
                let ended = waitpid(processID, &status, WNOHANG)
                if ended == processID { break }
                if ended < 0, errno != EINTR {
                    throw TestFailure("process \(processID) is not there")
                }
                try await Task.sleep(for: .milliseconds(5))
            }
        } catch is CancellationError {
            kill()
            waitpid(processID, &status, 0)
            throw CancellationError()
        }
        let duration = ContinuousClock.now - begin
        let hasExited = status & 0x7f == 0
        return ProgramOutcome(
            exitCode: hasExited ? (status >> 8) & 0xff : nil,
            output: try Self.text(outputPath), errorText: try Self.text(errorPath),
            durationSeconds: duration / .seconds(1))
    }

    private static func text(_ path: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(filePath: path)), as: UTF8.self)
    }
}
