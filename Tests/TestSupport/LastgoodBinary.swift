#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The `lastgood` program that the build made beside the tests.
public enum LastgoodBinary {
    /// Where it lies: beside the test bundle, else in the package's debug build.
    public static let path: String = {
        var buffer = [CChar](repeating: 0, count: 4096)
        let count = readlink("/proc/self/exe", &buffer, buffer.count - 1)
        let own = String(
            decoding: buffer.prefix(max(count, 0)).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let beside = own.split(separator: "/").dropLast().map { "/" + $0 }.joined() + "/lastgood"
        if access(beside, X_OK) == 0 { return beside }
        let root = #filePath.split(separator: "/").dropLast(3).map { "/" + $0 }.joined()
        return root + "/.build/debug/lastgood"
    }()

    /// Starts it; its output goes to files in the folder.
    public static func start(_ arguments: [String], in folder: TestFolder) -> Run {
        Run(arguments, folder)
    }

    /// Runs it to its end.
    public static func run(_ arguments: [String], in folder: TestFolder) async throws -> Outcome {
        try await start(arguments, in: folder).wait()
    }

    /// What a run left behind.
    public struct Outcome: Sendable {
        /// Nil when a signal ended it.
        public var exitCode: Int32?
        public var output: String
        public var errorText: String
        public var durationSeconds: Double
    }

    /// A program under way; `wait` must be called once, whatever happens to it.
    public struct Run: Sendable {
        public let processID: Int32
        private let outputPath: String
        private let errorPath: String
        private let begin = ContinuousClock.now

        fileprivate init(_ arguments: [String], _ folder: TestFolder) {
            var template = Array("\(folder.path)/run-XXXXXX".utf8CString)
            close(mkstemp(&template))
            outputPath = String(
                decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
            errorPath = outputPath + ".err"
            var actions = posix_spawn_file_actions_t()
            posix_spawn_file_actions_init(&actions)
            defer { posix_spawn_file_actions_destroy(&actions) }
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
            posix_spawn_file_actions_addopen(
                &actions, 1, outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            posix_spawn_file_actions_addopen(
                &actions, 2, errorPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
            var words = ([LastgoodBinary.path] + arguments).map { strdup($0) }
            words.append(nil)
            defer { for word in words { free(word) } }
            var number: pid_t = 0
            let result = posix_spawn(&number, LastgoodBinary.path, &actions, nil, words, environ)
            precondition(result == 0, "cannot run \(LastgoodBinary.path)")
            processID = number
        }

        /// Ends it as a crash would; what it started lives on.
        public func kill() { _ = Glibc.kill(processID, SIGKILL) }

        /// Waits until it has ended.
        public func wait() async throws -> Outcome {
            var status: Int32 = 0
            while waitpid(processID, &status, WNOHANG) == 0 {
                try await Task.sleep(for: .milliseconds(5))
            }
            let hasExited = status & 0x7f == 0
            return Outcome(
                exitCode: hasExited ? (status >> 8) & 0xff : nil, output: Self.text(outputPath),
                errorText: Self.text(errorPath),
                durationSeconds: (ContinuousClock.now - begin) / .seconds(1))
        }

        private static func text(_ path: String) -> String {
            let descriptor = open(path, O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return "" }
            defer { close(descriptor) }
            var bytes: [UInt8] = []
            var chunk = [UInt8](repeating: 0, count: 64 << 10)
            while true {
                let count = read(descriptor, &chunk, chunk.count)
                if count <= 0 { return String(decoding: bytes, as: UTF8.self) }
                bytes += chunk[..<count]
            }
        }
    }
}
