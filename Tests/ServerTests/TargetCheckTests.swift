import Server
import TestSupport
import Testing

/// Every finding, provoked on a real server.
@Suite struct TargetCheckTests {
    private func codes(
        _ source: SourceServer, _ needs: TargetNeeds = TargetNeeds(), user: String = "root",
        password: String? = nil
    ) throws -> [String] {
        // A statement's answer comes before its session is seen to be idle.
        let root = try source.connect()
        let busy =
            "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER='root' "
            + "AND COMMAND='Query' AND ID<>CONNECTION_ID()"
        for _ in 0..<100 where try root.value(busy) != "0" {
            try root.execute("DO SLEEP(0.05)")
        }
        let connection = try source.connect(user: user, password: password)
        let facts = try TargetFacts.read(connection, isLocal: true)
        return checkTarget(facts, needs).map(\.code.rawValue)
    }

    @Test("a plain server is fit, and each setting that harms a replay is found")
    func settings() async throws {
        let target = try await SourceServer()
        #expect(try codes(target) == [])
        for (statement, undo, code) in [
            ("event_scheduler=ON", "event_scheduler=OFF", "event-scheduler-on"),
            ("slave_exec_mode=IDEMPOTENT", "slave_exec_mode=STRICT", "slave-exec-mode"),
            (
                "slave_run_triggers_for_rbr=YES", "slave_run_triggers_for_rbr=NO",
                "triggers-for-rbr"
            ),
            ("read_only=ON", "read_only=OFF", "read-only"),
            ("sql_mode='ANSI_QUOTES'", "sql_mode=DEFAULT", "sql-mode"),
        ] {
            try target.run("SET GLOBAL \(statement)")
            #expect(try codes(target) == [code])
            try target.run("SET GLOBAL \(undo)")
        }
        #expect(try codes(target) == [])
        try replica(target)
        try await writers(target)
        try needs(target)
        try privileges(target)
    }

    private func replica(_ target: SourceServer) throws {
        try target.run(
            """
            CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT=1, MASTER_USER='r',
            MASTER_LOG_FILE='bin.000001', MASTER_LOG_POS=4
            """)
        #expect(try codes(target) == [])
        try target.run("START SLAVE")
        #expect(try codes(target) == ["running-replica"])
        try target.run("STOP SLAVE", "RESET SLAVE ALL")
    }

    private func writers(_ target: SourceServer) async throws {
        let other = try target.connect()
        try other.execute("CREATE DATABASE shop; CREATE TABLE shop.orders (a INT)")
        try other.execute("BEGIN; SELECT * FROM shop.orders")
        #expect(try codes(target) == [])
        try other.execute("INSERT INTO shop.orders VALUES (1)")
        // innodb_trx is a copy that is not made anew while it is read more often than in 0.1 s.
        try await Task.sleep(for: .milliseconds(300))
        #expect(try codes(target) == ["other-writers"])
        try other.execute("COMMIT")
        try await Task.sleep(for: .milliseconds(300))
        #expect(try codes(target) == [])
    }

    private func needs(_ target: SourceServer) throws {
        var needs = TargetNeeds()
        needs.createdDatabases = ["shop", "other"]
        #expect(try codes(target, needs) == ["not-empty"])
        needs = TargetNeeds()
        needs.largestPacketBytes = 1 << 30
        #expect(try codes(target, needs) == ["packet-too-small"])
        needs = TargetNeeds()
        needs.sourceVersion = ServerVersion(.mariadb, 99, 0, 0)
        #expect(try codes(target, needs) == ["older-server"])
        needs = TargetNeeds()
        needs.diskBytes = 1 << 62
        #expect(try codes(target, needs) == ["disk-space"])
        needs = TargetNeeds()
        needs.lowerCaseTableNames = 1
        #expect(try codes(target, needs) == ["table-name-case"])

        needs = TargetNeeds()
        needs.loads = 2
        #expect(try codes(target, needs) == [])
        needs.failedLoads = 1
        #expect(try codes(target, needs) == ["load-data"])
        needs.failedLoads = 0
        try target.run("SET GLOBAL local_infile=OFF")
        #expect(try codes(target, needs) == ["load-data"])
        try target.run("SET GLOBAL local_infile=ON")

        try target.run("SET GLOBAL innodb_flush_log_at_trx_commit=0")
        #expect(try codes(target) == ["lazy-commits"])
        try target.run("SET GLOBAL innodb_flush_log_at_trx_commit=2")

        let position = try #require(try target.connect().value("SELECT @@gtid_binlog_pos"))
        needs = TargetNeeds()
        needs.startGTID = position
        #expect(try codes(target, needs) == [])
        needs.startGTID = "0-1-1"
        #expect(try codes(target, needs) == ["target-is-source"])
        needs = TargetNeeds()
        needs.sourceServerIDs = [1]
        needs.sourceLogs = ["bin.000009": 100]
        #expect(try codes(target, needs) == [])
        needs.sourceLogs = ["bin.000001": 300]
        #expect(try codes(target, needs) == ["target-is-source"])
    }

    private func privileges(_ target: SourceServer) throws {
        try target.run("CREATE USER weak@localhost IDENTIFIED BY 'w'")
        let found = try codes(target, user: "weak", password: "w")
        #expect(found == ["missing-privilege", "other-sessions-unseen"])
        let connection = try target.connect(user: "weak", password: "w")
        let facts = try TargetFacts.read(connection, isLocal: false)
        var rows = TargetNeeds()
        rows.runsStatements = false
        let finding = try #require(checkTarget(facts, rows).first)
        #expect(
            finding.message
                == "the account weak@localhost lacks BINLOG REPLAY, BINLOG ADMIN, SELECT, INSERT, "
                + "UPDATE, DELETE, CREATE, DROP")
        // The hint is a statement that works and is enough.
        try target.run(try #require(finding.hint), "GRANT PROCESS ON *.* TO weak@localhost")
        #expect(try codes(target, rows, user: "weak", password: "w") == [])
        #expect(
            try codes(target, user: "weak", password: "w") == ["missing-privilege"])
        // An account without a name has one that can be quoted.
        try target.run("CREATE USER ''@localhost")
        let nameless = try TargetFacts.read(target.connect(user: "anybody"), isLocal: false)
        let grant = try #require(checkTarget(nameless, rows).first?.hint)
        try target.run(grant, "DROP USER ''@localhost")
        // By a role, too.
        try target.run(
            "CREATE ROLE strong", "GRANT ALL PRIVILEGES ON *.* TO strong",
            "GRANT strong TO weak@localhost", "SET DEFAULT ROLE strong FOR weak@localhost")
        #expect(try codes(target, user: "weak", password: "w") == [])
    }

    @Test("only sql-mode and unseen sessions are no reason to stop")
    func blocking() {
        var facts = TargetFacts(version: ServerVersion(.mariadb, 10, 4, 0))
        facts.seesOtherSessions = false
        facts.variables = ["sql_mode": "ANSI_QUOTES", "slave_exec_mode": "IDEMPOTENT"]
        let findings = checkTarget(facts, TargetNeeds())
        let free = findings.filter { !$0.isBlocking }.map(\.code)
        #expect(free == [.otherSessionsUnseen, .sqlMode])
        #expect(findings.first?.message.contains("SUPER") == true)
    }
}
