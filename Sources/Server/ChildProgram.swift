public import Subprocess
import SystemPackage

/// Running a program to its end: arguments as they are, no shell, its last words kept.
public struct ChildProgram: Sendable {
    /// A path, or a name that is looked up in PATH.
    public var program: String
    public var arguments: [String]
    /// Variables set (or, with nil, removed) over the inherited environment.
    public var environment: [String: String?]
    public var folder: String?
    /// The account to run as; nil is the caller.
    public var user: ServerUser?
    /// Whether it gets a session of its own, so that no terminal's signal reaches it.
    public var startsSession = false

    public init(
        _ program: String, _ arguments: [String] = [], environment: [String: String?] = [:],
        folder: String? = nil, user: ServerUser? = nil
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.folder = folder
        self.user = user
    }

    /// What a program left behind.
    public struct Outcome: Sendable {
        public var output: [UInt8]
        public var errorText: String
        /// Nil when a signal ended it.
        public var exitCode: Int32?

        public var outputText: String { String(decoding: output, as: UTF8.self) }
        public var isSuccess: Bool { exitCode == 0 }

        /// The last lines it wrote to standard error, for a message.
        public func errorTail(lines: Int = 3) -> String {
            errorText.split(separator: "\n").suffix(lines).joined(separator: "; ")
        }
    }

    /// Runs it with the given standard input and collects what it writes.
    ///
    /// Throws `programMissing`, or `programFailed` when it cannot be run or writes more than the
    /// limits. An exit code other than 0 is an outcome, not an error.
    public func outcome(
        input: [UInt8] = [], maxOutputBytes: Int = 64 << 20, maxErrorBytes: Int = 4 << 20
    ) async throws(ServerError) -> Outcome {
        do {
            let result = try await Subprocess.run(
                configuration, input: .array(input),
                output: .bytes(limit: maxOutputBytes), error: .bytes(limit: maxErrorBytes))
            return Outcome(
                output: result.standardOutput,
                errorText: String(decoding: result.standardError, as: UTF8.self),
                exitCode: Self.exitCode(result.terminationStatus))
        } catch let error as SubprocessError {
            throw failure(error)
        } catch {
            throw ServerError(.programFailed, "cannot run \(program): \(error)")
        }
    }

    /// Runs it and throws `programFailed` with its last words unless it exits with 0.
    @discardableResult
    public func run(
        input: [UInt8] = [], maxOutputBytes: Int = 64 << 20
    ) async throws(ServerError) -> Outcome {
        let outcome = try await outcome(input: input, maxOutputBytes: maxOutputBytes)
        guard outcome.isSuccess else {
            let how = outcome.exitCode.map { "exit code \($0)" } ?? "a signal"
            throw ServerError(
                .programFailed, "\(program) ended with \(how): \(outcome.errorTail())")
        }
        return outcome
    }

    /// The path of a program in PATH, nil when there is none.
    public static func find(_ name: String) async -> String? {
        do {
            return try await Executable.name(name).resolveExecutablePath(in: .inherit).string
        } catch {
            return nil
        }
    }

    /// The same as a configuration, for a caller that streams its input or output.
    public var configuration: Configuration {
        var options = PlatformOptions()
        options.createSession = startsSession
        var changes: [Environment.Key: String?] = [:]
        for (name, value) in environment {
            if let key = Environment.Key(rawValue: name) { changes[key] = value }
        }
        let words = (user?.takingRights ?? []) + [program] + arguments
        return Configuration(
            executable: words[0].contains("/") ? .path(FilePath(words[0])) : .name(words[0]),
            arguments: Arguments(Array(words.dropFirst())), environment: .inherit.updating(changes),
            workingDirectory: folder.map { FilePath($0) }, platformOptions: options)
    }

    private static func exitCode(_ status: TerminationStatus) -> Int32? {
        if case .exited(let code) = status { return code }
        return nil
    }

    private func failure(_ error: SubprocessError) -> ServerError {
        if error.code == .executableNotFound {
            return ServerError(.programMissing, "there is no program \(program)")
        }
        return ServerError(.programFailed, "cannot run \(program): \(error)")
    }
}
