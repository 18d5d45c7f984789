import Server
import Testing

@Suite struct ScratchServerOptionsTests {
    private static let paths = ScratchServerPaths(folder: "/w/server", socketFolder: "/tmp/s")

    @Test("the options of a scratch server are these, no more and no less")
    func golden() throws {
        let options = ScratchServerOptions(
            paths: Self.paths, serverID: 4711, settings: .speed, memoryBytes: 4 << 30,
            resembling: [
                try ServerOption(name: "lower_case_table_names", value: "1"),
                try ServerOption(name: "sql_mode", value: "ANSI_QUOTES"),
            ], extraArguments: ["--gtid-domain-id=7"])
        #expect(
            options.arguments == [
                "--no-defaults", "--datadir=/w/server/data", "--socket=/tmp/s/sock",
                "--pid-file=/w/server/server.pid", "--log-error=/w/server/error.log",
                "--tmpdir=/w/server/tmp", "--log-bin=/w/server/binlog/marker",
                "--relay-log=/w/server/binlog/relay", "--init-file=/w/server/account.sql",
                "--server-id=4711", "--skip-networking", "--skip-slave-start",
                "--event-scheduler=OFF", "--skip-symbolic-links",
                "--secure-file-priv=/w/server/files", "--local-infile=0",
                "--default-time-zone=SYSTEM", "--wait-timeout=31536000",
                "--net-read-timeout=86400", "--net-write-timeout=86400",
                "--skip-log-slave-updates", "--log-bin-trust-function-creators=1",
                "--innodb-buffer-pool-dump-at-shutdown=0",
                "--innodb-buffer-pool-load-at-startup=0", "--max-allowed-packet=1G",
                "--innodb-buffer-pool-size=1073741824", "--innodb-flush-log-at-trx-commit=2",
                "--innodb-doublewrite=0", "--sync-binlog=0",
                "--loose-innodb-log-file-size=536870912", "--innodb-io-capacity=2000",
                "--innodb-io-capacity-max=10000", "--lower-case-table-names=1",
                "--sql-mode=ANSI_QUOTES,NO_DIR_IN_CREATE", "--gtid-domain-id=7",
            ])
    }

    @Test("safe settings leave doublewrite, flushing and the log's size to the server")
    func safe() {
        let arguments = ScratchServerOptions(paths: Self.paths, serverID: 1).arguments
        for name in ["doublewrite", "flush-log", "log-file-size", "sync-binlog"] {
            #expect(!arguments.contains { $0.contains(name) })
        }
    }

    @Test("the buffer pool is a quarter of the memory within its limits")
    func bufferPool() {
        for (memory, pool) in [(0, 128 << 20), (2 << 30, 512 << 20), (1 << 40, 8 << 30)] {
            var options = ScratchServerOptions(paths: Self.paths, serverID: 1)
            options.memoryBytes = UInt64(memory)
            #expect(options.bufferPoolBytes == UInt64(pool))
        }
    }

    @Test("what is fixed for a data directory's life is given to the bootstrap")
    func bootstrap() throws {
        let options = ScratchServerOptions(
            paths: Self.paths, serverID: 1,
            resembling: [
                try ServerOption(name: "innodb_page_size", value: "8192"),
                try ServerOption(name: "default_week_format", value: "1"),
            ])
        #expect(options.bootstrapArguments.contains("--innodb-page-size=8192"))
        #expect(!options.bootstrapArguments.contains("--default-week-format=1"))
        #expect(options.bootstrapArguments.first == "--no-defaults")
    }

    @Test(
        "an option that would open the server's walls is refused",
        arguments: [
            "skip-networking=0", "port=3306", "init_file=/x", "secure_file_priv=", "user=root",
            "event_scheduler=ON", "plugin_dir=/tmp", "datadir=/x", "log_bin=/x", "local_infile=1",
            "innodb_data_file_path=../../x:10M", "innodb_data_file_path=/dev/sda:10M",
            "plugin_load_add=ha_spider.so", "plugin_load_add=x=evil", "sql_mode=A\nB", "sql_mode",
            "plugin_load_add=ha_archive;ha_connect",
        ])
    func refuses(text: String) {
        let error = #expect(throws: ServerError.self) { try ServerOption(parsing: text) }
        #expect(error?.code == .serverOptionRefused)
    }

    @Test(
        "an option that shapes data is taken, however it is written",
        arguments: [
            ("--lower-case-table-names=1", "lower_case_table_names"),
            ("plugin_load_add=ARCHIVE=ha_archive.so;provider_lz4", "plugin_load_add"),
            ("SQL_MODE=", "sql_mode"),
        ])
    func takes(text: String, name: String) throws {
        #expect(try ServerOption(parsing: text).name == name)
    }
}
