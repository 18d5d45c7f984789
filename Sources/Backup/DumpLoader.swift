public import Binlog
public import Recovery
import Server
import Subprocess

/// Loads a dump into a server through the `mariadb` client, in the client's sandbox.
///
/// The client runs with `--sandbox --binary-mode --local-infile=0`: a dump that tries shell
/// commands or files fails at that line. What a statement may do on the server is the server's
/// affair (`secure_file_priv`, `skip-symbolic-links`). Loading ignores SIGPIPE in this process
/// from then on.
public struct DumpLoader: Sendable {
    /// The client: a name to be found in the PATH, or a path.
    public var program: String
    /// A 0600 option file with the connection and its password; without it `--no-defaults`.
    public var optionFile: String?
    /// Further options of the client, such as `--socket=…` and `--user=…`; never a password.
    public var options: [String]
    /// The database to create and choose first: see ``DumpFile/databaseToCreate(named:)``.
    public var database: String?
    /// The target logs what is loaded; otherwise the session switches its log off.
    public var writeBinlog: Bool

    public init(
        program: String = "mariadb", optionFile: String? = nil, options: [String] = [],
        database: String? = nil, writeBinlog: Bool = false
    ) {
        self.program = program
        self.optionFile = optionFile
        self.options = options
        self.database = database
        self.writeBinlog = writeBinlog
    }

    /// What a load did.
    public struct Result: Sendable {
        /// Bytes of unpacked dump.
        public var bytes: UInt64
        public var notes: DumpNotes
        public var dropped: [DumpFilter.Dropped]
        public var droppedCount: Int
        /// `gtid_slave_pos` as it stands behind the data, for dumps that say it only there.
        public var gtid: GTIDPosition?
        public var warnings: [BackupWarning]
    }

    /// Feeds the whole dump to a client and waits for it to end.
    ///
    /// - Parameter onProgress: called after each chunk with the bytes of the file used and its
    ///   size.
    /// - Throws: `load-failed` with the failing line; `truncated` or `corrupt` when the dump
    ///   cannot be read to its end or is cut off: then the client has been killed and the target
    ///   holds a part; `program-missing`; `unsupported-backup` for several dumps in one file.
    public func load(
        _ dump: DumpFile, onProgress: (UInt64, UInt64) -> Void = { _, _ in }
    ) async throws(RecoveryError) -> Result {
        ChildProgram.makeBrokenPipesErrors()
        var reader = try DumpReader(path: dump.path)
        let (arguments, warnings) = try await arguments(for: dump)
        let child = ChildProgram(database: program, arguments)
        var feed = DumpFeed(prefix: databasePrefix(), path: dump.path)
        let outcome: ChildProgram.Outcome
        do {
            outcome = try await run(child, &reader, &feed, onProgress)
        } catch let error as RecoveryError {
            throw error
        } catch {
            throw RecoveryError(program: program, child.failure(error))
        }
        guard outcome.isSuccess else { throw LoadFailure.error(outcome, path: dump.path) }
        return try result(feed, bytes: reader.producedBytes, dump: dump, warnings: warnings)
    }

    private func result(
        _ feed: DumpFeed, bytes: UInt64, dump: DumpFile, warnings: [BackupWarning]
    ) throws(RecoveryError) -> Result {
        let notes = feed.filter.notes
        var warnings = warnings
        if notes.completion == .unknown {
            warnings.append(.endUnknown)
        }
        if database != nil { warnings.append(.databaseDefaults) }
        var gtid: GTIDPosition?
        if let text = notes.gtidText {
            gtid = try DumpHeaderParser.gtid(
                text, line: "gtid_slave_pos='\(text)'", path: dump.path)
        }
        return Result(
            bytes: bytes, notes: notes, dropped: feed.filter.dropped,
            droppedCount: feed.filter.droppedCount, gtid: gtid, warnings: warnings)
    }

    private func arguments(
        for dump: DumpFile
    ) async throws(RecoveryError) -> ([String], [BackupWarning]) {
        guard let help = await ChildProgram.words(program, ["--no-defaults", "--help"]) else {
            throw RecoveryError(
                .programMissing, "the program \(program) cannot be run",
                hint: "install mariadb-client, or give the program's path")
        }
        var arguments = [optionFile.map { "--defaults-file=\($0)" } ?? "--no-defaults"]
        var warnings: [BackupWarning] = []
        if help.contains("--sandbox") {
            arguments.append("--sandbox")
        } else {
            warnings.append(.noSandbox)
        }
        let settings =
            "SET SESSION foreign_key_checks=0, unique_checks=0, "
            + "sql_mode='NO_AUTO_VALUE_ON_ZERO,NO_DIR_IN_CREATE'"
            + (writeBinlog ? "" : ", sql_log_bin=0")
            + ", @lastgood_lock=\(SessionLock.taking(seconds: 60))"
        arguments += [
            "--batch", "--binary-mode", "--local-infile=0", "--skip-reconnect",
            "--default-character-set=\(dump.header.characterSet ?? "utf8mb4")",
            "--max-allowed-packet=1073741824", "--init-command=\(settings)",
        ]
        return (arguments + options, warnings)
    }

    /// On the dump's first line, so that line numbers stay.
    private func databasePrefix() -> [UInt8] {
        guard let database else { return [] }
        let name =
            "`"
            + database.split(separator: "`", omittingEmptySubsequences: false)
            .joined(separator: "``") + "`"
        return Array("CREATE DATABASE IF NOT EXISTS \(name); USE \(name); ".utf8)
    }

    private func run(
        _ child: ChildProgram, _ reader: inout DumpReader, _ feed: inout DumpFeed,
        _ onProgress: (UInt64, UInt64) -> Void
    ) async throws -> ChildProgram.Outcome {
        let result = try await Subprocess.run(
            child.configuration, input: .inputWriter, output: .discarded, error: .sequence
        ) { execution -> Swift.Result<String, RecoveryError> in
            async let tail = ChildProgram.tail(of: execution.standardError)
            do throws(RecoveryError) {
                try await feed.run(&reader, to: execution.standardInputWriter, onProgress)
            } catch {
                // Not finish(): the client would run the half statement that it holds
                try execution.send(signal: .kill)
                _ = await tail
                return .failure(error)
            }
            try await execution.standardInputWriter.finish()
            return .success(await tail)
        }
        return ChildProgram.Outcome(
            errorText: try result.closureResult.get(), status: result.terminationStatus)
    }
}

/// The way of a dump's bytes from its reader through the filter to the client.
private struct DumpFeed {
    var filter = DumpFilter()
    private var prefix: [UInt8]
    private let path: String

    init(prefix: [UInt8], path: String) {
        self.prefix = prefix
        self.path = path
    }

    /// Ends at the end of the dump, or early when the client has gone: its status then tells why.
    mutating func run(
        _ reader: inout DumpReader, to writer: StandardInputWriter,
        _ onProgress: (UInt64, UInt64) -> Void
    ) async throws(RecoveryError) {
        var chunk = [UInt8](repeating: 0, count: DumpReader.chunkBytes)
        var output: [UInt8] = []
        guard await write(prefix, to: writer) else { return }
        while true {
            let count = try reader.read(into: &chunk)
            filter.feed(chunk[..<count], isLast: count == 0, into: &output)
            guard filter.notes.headers <= 1 else { throw severalDumps() }
            if count == 0, filter.notes.completion == .truncated {
                throw DumpFile.truncated(path: path, offset: reader.consumedBytes)
            }
            guard await write(output, to: writer) else { return }
            onProgress(reader.consumedBytes, reader.sizeBytes)
            if count == 0 { return }
        }
    }

    private func write(_ bytes: [UInt8], to writer: StandardInputWriter) async -> Bool {
        guard !bytes.isEmpty else { return true }
        do {
            return try await writer.write(bytes) == bytes.count
        } catch {
            return false
        }
    }

    private func severalDumps() -> RecoveryError {
        RecoveryError(
            .unsupportedBackup, "several dumps stand behind each other in one file",
            hint: "each was taken at another place of the log; give one of them", file: path)
    }
}
