/// Every option of a scratch server, as one value: what keeps it private, what makes it resemble
/// the source, what makes it fast or safe.
///
/// Pure: `arguments` is the whole truth about how the server is started.
public struct ScratchServerOptions: Sendable, Hashable {
    /// How much the server may lose when the machine, not the process, dies.
    public enum Settings: String, Sendable, Codable {
        /// For loading and replaying: every commit survives kill -9 of the server (the log is
        /// written at each commit), not a power loss.
        case speed
        /// The server's own defaults: survives a power loss.
        case safe
    }

    public var paths: ScratchServerPaths
    public var serverID: UInt32
    public var settings: Settings
    public var memoryBytes: UInt64
    public var resembling: [ServerOption]
    /// Whether the tool's own account is made at the start.
    public var makesAccount: Bool
    public var runsAsRoot: Bool
    /// Arguments of the caller's own, put last so that they win.
    public var extraArguments: [String]

    public init(
        paths: ScratchServerPaths, serverID: UInt32, settings: Settings = .safe,
        memoryBytes: UInt64 = 0, resembling: [ServerOption] = [], makesAccount: Bool = true,
        runsAsRoot: Bool = false, extraArguments: [String] = []
    ) {
        self.paths = paths
        self.serverID = serverID
        self.settings = settings
        self.memoryBytes = memoryBytes
        self.resembling = resembling
        self.makesAccount = makesAccount
        self.runsAsRoot = runsAsRoot
        self.extraArguments = extraArguments
    }

    /// The arguments of the running server, in order; `--no-defaults` is the first.
    public var arguments: [String] {
        ["--no-defaults", "--datadir=\(paths.data)"] + places + walls + session + speedArguments
            + resemblingArguments + (runsAsRoot ? ["--user=root"] : []) + extraArguments
    }

    /// The arguments that make the system tables of a new data directory: what is fixed for its
    /// life stands here too.
    public var bootstrapArguments: [String] {
        let fixed: Set<String> = [
            "aria_block_size", "innodb_checksum_algorithm", "innodb_data_file_path",
            "innodb_page_size", "innodb_undo_tablespaces", "lower_case_table_names",
        ]
        return [
            "--no-defaults", "--datadir=\(paths.data)", "--bootstrap", "--log-warnings=0",
            "--enforce-storage-engine=", "--max-allowed-packet=8M", "--tmpdir=\(paths.temporary)",
            "--skip-networking", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=0",
            "--innodb-doublewrite=0", "--innodb-buffer-pool-size=64M",
            "--loose-innodb-log-file-size=16M",
        ] + resembling.filter { fixed.contains($0.name) }.map(\.argument)
            + (runsAsRoot ? ["--user=root"] : [])
    }

    private var places: [String] {
        [
            "--socket=\(paths.socket)", "--pid-file=\(paths.processID)",
            "--log-error=\(paths.errorLog)", "--tmpdir=\(paths.temporary)",
            "--log-bin=\(paths.binlogBase)", "--relay-log=\(paths.relayLogBase)",
        ] + (makesAccount ? ["--init-file=\(paths.accountFile)"] : [])
    }

    /// What keeps the server to itself.
    private var walls: [String] {
        [
            "--server-id=\(serverID)", "--skip-networking", "--skip-slave-start",
            "--event-scheduler=OFF", "--skip-symbolic-links",
            "--secure-file-priv=\(paths.files)", "--local-infile=0",
        ]
    }

    /// Sessions are never cut for being idle or slow, packets are as large as they can be, and a
    /// function that the source took without its being called deterministic is taken here too.
    private var session: [String] {
        var arguments = [
            "--default-time-zone=SYSTEM", "--wait-timeout=31536000", "--net-read-timeout=86400",
            "--net-write-timeout=86400", "--skip-log-slave-updates",
            "--log-bin-trust-function-creators=1",
            "--innodb-buffer-pool-dump-at-shutdown=0", "--innodb-buffer-pool-load-at-startup=0",
        ]
        if !resembles("max_allowed_packet") { arguments.append("--max-allowed-packet=1G") }
        return arguments
    }

    /// `innodb_flush_log_at_trx_commit=2` hands each commit to the operating system, so a killed
    /// server loses none; without doublewrite a torn page can only come from a power loss.
    private var speedArguments: [String] {
        let pool =
            resembles("innodb_buffer_pool_size")
            ? []
            : [
                "--innodb-buffer-pool-size=\(bufferPoolBytes)"
            ]
        guard settings == .speed else { return pool }
        return pool + [
            "--innodb-flush-log-at-trx-commit=2", "--innodb-doublewrite=0", "--sync-binlog=0",
            "--loose-innodb-log-file-size=\(min(bufferPoolBytes, 512 << 20))",
            "--innodb-io-capacity=2000", "--innodb-io-capacity-max=10000",
        ]
    }

    /// A quarter of the machine's memory, from 128 MiB to 8 GiB, in whole MiB.
    public var bufferPoolBytes: UInt64 {
        let quarter = memoryBytes / 4 / (1 << 20) * (1 << 20)
        return min(max(quarter, 128 << 20), 8 << 30)
    }

    /// NO_DIR_IN_CREATE stands in the global sql_mode whatever else does: DATA DIRECTORY would
    /// point at the live source's files.
    private var resemblingArguments: [String] {
        var arguments: [String] = []
        var mode = Self.defaultSQLMode
        for option in resembling {
            if option.name == "sql_mode" {
                mode = option.value
            } else {
                arguments.append(option.argument)
            }
        }
        let names = mode.split(separator: ",").map(String.init)
        let hasIt = names.contains { $0.uppercased() == "NO_DIR_IN_CREATE" }
        let all = hasIt ? names : names + ["NO_DIR_IN_CREATE"]
        return arguments + ["--sql-mode=" + all.joined(separator: ",")]
    }

    private func resembles(_ name: String) -> Bool { resembling.contains { $0.name == name } }

    /// The default of MariaDB 10.2.4 and later.
    static let defaultSQLMode =
        "STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_CREATE_USER,NO_ENGINE_SUBSTITUTION"
}
