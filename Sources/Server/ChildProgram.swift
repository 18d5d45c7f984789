public import Subprocess
import SystemPackage

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

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
        /// The end of what it wrote to standard error.
        public var errorText: String
        /// Nil when a signal ended it.
        public var exitCode: Int32?

        public init(output: [UInt8] = [], errorText: String, status: TerminationStatus) {
            self.output = output
            self.errorText = errorText
            if case .exited(let code) = status { exitCode = code }
        }

        public var outputText: String { String(decoding: output, as: UTF8.self) }
        public var isSuccess: Bool { exitCode == 0 }
        /// How it ended, as the end of a sentence.
        public var endText: String { exitCode.map { "exit code \($0)" } ?? "a signal" }

        /// The last lines it wrote to standard error, for a message.
        public func errorTail(lines: Int = 3) -> String {
            errorText.split(separator: "\n").suffix(lines).joined(separator: "; ")
        }
    }

    /// Runs it with the given standard input and collects what it writes.
    ///
    /// Throws `programMissing`, or `programFailed` when it cannot be run or writes more than the
    /// limit. An exit code other than 0 is an outcome, not an error, and so is an end before it has
    /// read its input. This process ignores SIGPIPE from then on.
    public func outcome(
        input: [UInt8] = [], maxOutputBytes: Int = 64 << 20
    ) async throws(ServerError) -> Outcome {
        Self.makeBrokenPipesErrors()
        do {
            let result = try await Subprocess.run(
                configuration, input: WholeInput(bytes: input),
                output: .bytes(limit: maxOutputBytes), error: .sequence
            ) { execution in
                await Self.tail(of: execution.standardError)
            }
            return Outcome(
                output: result.standardOutput, errorText: result.closureResult,
                status: result.terminationStatus)
        } catch {
            throw failure(error)
        }
    }

    /// Makes a child that ends early an error of writing to it instead of our own end.
    public static func makeBrokenPipesErrors() { signal(SIGPIPE, SIG_IGN) }

    /// The end of what a program writes to standard error, kept in bounded memory.
    public static func tail(of sequence: SubprocessOutputSequence) async -> String {
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

    private static let tailBytes = 16 << 10

    /// Runs it and throws `programFailed` with its last words unless it exits with 0.
    @discardableResult
    public func run(
        input: [UInt8] = [], maxOutputBytes: Int = 64 << 20
    ) async throws(ServerError) -> Outcome {
        let outcome = try await outcome(input: input, maxOutputBytes: maxOutputBytes)
        guard outcome.isSuccess else {
            throw ServerError(
                .programFailed, "\(program) ended with \(outcome.endText): \(outcome.errorTail())")
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
        var changes = Self.withoutPasswords
        for (name, value) in environment {
            if let key = Environment.Key(rawValue: name) { changes[key] = value }
        }
        let words = (user?.takingRights ?? []) + [program] + arguments
        return Configuration(
            executable: words[0].contains("/") ? .path(FilePath(words[0])) : .name(words[0]),
            arguments: Arguments(Array(words.dropFirst())), environment: .inherit.updating(changes),
            workingDirectory: folder.map { FilePath($0) }, platformOptions: options)
    }

    /// A password reaches a child by an option file, never by its environment.
    private static let withoutPasswords: [Environment.Key: String?] = [
        "LASTGOOD_PASSWORD": nil, "MYSQL_PWD": nil,
    ]

    /// An error of starting the program as one of ours.
    public func failure(_ error: any Error) -> ServerError {
        if (error as? SubprocessError)?.code == .executableNotFound {
            return ServerError(.programMissing, "there is no program \(program)")
        }
        return ServerError(.programFailed, "cannot run \(program): \(error)")
    }
}

/// Standard input that a child may leave unread: how it ended tells more than the broken pipe.
private struct WholeInput: InputProtocol {
    let bytes: [UInt8]

    func write(with writer: StandardInputWriter) async {
        do {
            _ = try await writer.write(bytes)
        } catch {
            return
        }
    }
}
