#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A running server, known by its pid file and proved by its command line.
///
/// A pid alone is never trusted: the number may belong to another program by now.
public struct ServerProcess: Sendable, Hashable {
    public let processID: Int32
    /// An argument that only this server has.
    public let mark: String

    /// The live process that the pid file names, or one that has not come so far yet; nil when
    /// there is none of ours.
    ///
    /// A server writes the file only when it is ready, and a bootstrap never: whoever started them
    /// may have been killed meanwhile.
    public static func find(_ paths: ScratchServerPaths) -> ServerProcess? {
        let mark = "--datadir=\(paths.data)"
        if let line = SmallFile.lastLines(paths.processID, count: 1).first,
            let number = Int32(line), number > 1
        {
            let process = ServerProcess(processID: number, mark: mark)
            if process.isAlive { return process }
        }
        return all.first { commandLine($0).contains(mark) }
            .map { ServerProcess(processID: $0, mark: mark) }
    }

    /// Programs left behind by a run that was killed, which still change the data directory.
    static func leftovers(_ paths: ScratchServerPaths) -> [ServerProcess] {
        let mark = "--target-dir=\(paths.data)"
        return all.compactMap { number in
            let words = commandLine(number)
            if words.contains(mark) { return ServerProcess(processID: number, mark: mark) }
            guard words.first?.hasSuffix("rm") == true, words.contains(paths.data) else {
                return nil
            }
            return ServerProcess(processID: number, mark: paths.data)
        }
    }

    /// The ids of all processes but this one; none where the system has no /proc.
    private static var all: [Int32] {
        guard let folder = opendir("/proc") else { return [] }
        defer { closedir(folder) }
        var numbers: [Int32] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if let number = Int32(name), number > 1, number != getpid() { numbers.append(number) }
        }
        return numbers
    }

    /// Whether the process exists, is no zombie, and carries the mark in its command line.
    public var isAlive: Bool {
        guard kill(processID, 0) == 0 || errno == EPERM else { return false }
        #if os(Linux)
            let arguments = Self.commandLine(processID)
            return arguments.contains(mark)
        #else
            return true
        #endif
    }

    /// The arguments of a process; none for a zombie.
    static func commandLine(_ processID: Int32) -> [String] {
        let descriptor = open("/proc/\(processID)/cmdline", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return [] }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64 << 10)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return [] }
        return bytes[..<count].split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }

    /// Sends a signal if the process is still ours; false when it is gone.
    @discardableResult
    public func signal(_ number: Int32) -> Bool {
        isAlive && kill(processID, number) == 0
    }

    /// Waits until the process has ended; false when it has not within the time.
    public func waitForEnd(seconds: Double) async -> Bool {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while isAlive {
            if ContinuousClock.now > deadline { return false }
            await pause(milliseconds: 10)
        }
        return true
    }
}

extension ServerProcess {
    /// Tells a process that is busy from one that waits for something that never comes.
    struct WorkWatch {
        private let process: ServerProcess
        private var seenTicks: UInt64?
        private var changed = ContinuousClock.now

        /// How long a process may use no processor time before it counts as waiting for ever.
        static let quietSeconds = 20.0

        init(_ process: ServerProcess) {
            self.process = process
            seenTicks = process.processorTicks
        }

        /// Ask again and again; false where the system does not tell.
        var hasCeased: Bool {
            mutating get {
                guard let ticks = process.processorTicks, let seen = seenTicks else { return false }
                // A tick or two are timers going off.
                if ticks > seen + 2 {
                    seenTicks = ticks
                    changed = .now
                }
                return ContinuousClock.now - changed > .seconds(Self.quietSeconds)
            }
        }
    }

    /// Processor time used so far, in the kernel's ticks (proc(5): `stat`, fields 14 and 15).
    private var processorTicks: UInt64? {
        let line: String
        do throws(ServerError) {
            let bytes = try SmallFile.read("/proc/\(processID)/stat", maxSizeBytes: 4096)
            line = String(decoding: bytes, as: UTF8.self)
        } catch {
            return nil
        }
        // The second field is the program's name in parentheses, whatever it holds.
        let fields = line[(line.lastIndex(of: ")") ?? line.startIndex)...].split(separator: " ")
        guard fields.count > 13, let user = UInt64(fields[12]), let system = UInt64(fields[13])
        else { return nil }
        return user + system
    }
}

/// Sleeps; a cancelled task goes on at once, so loops must have a deadline.
func pause(milliseconds: Int) async {
    do { try await Task.sleep(for: .milliseconds(milliseconds)) } catch { await Task.yield() }
}
