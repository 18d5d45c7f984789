import Server
import TestSupport
import Testing

/// Statements on the account that ran them.
@Suite("statements on their own user") struct InvokerTests {
    private let accounts = """
        SELECT GROUP_CONCAT(u ORDER BY u SEPARATOR ' ') FROM (
          SELECT CONCAT_WS('/','role',User,Host,Role,Admin_option) u FROM mysql.roles_mapping
          UNION ALL SELECT CONCAT_WS('/','db',User,Host,Db,Select_priv) FROM mysql.db
          UNION ALL SELECT CONCAT_WS('/','user',User,Host,JSON_VALUE(Priv,'$.password_lifetime'))
            FROM mysql.global_priv) x
        """

    @Test("go to the account that they meant, and not to the replay's own")
    func own() async throws {
        let source = try await SourceServer()
        try source.run(
            "CREATE DATABASE d", "CREATE USER `bo``ss`@'localhost'",
            "GRANT ALL ON *.* TO `bo``ss`@'localhost' WITH GRANT OPTION")
        let boss = try source.connect(user: "bo`ss")
        for statement in [
            "GRANT SELECT ON d.* TO CURRENT_USER()",
            "ALTER USER CURRENT_USER() PASSWORD EXPIRE INTERVAL 7 DAY", "CREATE ROLE worker",
            "CREATE ROLE other WITH ADMIN CURRENT_USER()", "USE d",
            "CREATE VIEW v AS SELECT CURRENT_USER() u", "CREATE TABLE a (i INT)",
            // In the current database, which must not be that of the procedure it runs in.
            "GRANT INSERT ON * TO CURRENT_USER()", "GRANT UPDATE ON a TO CURRENT_USER()",
        ] {
            try boss.execute(statement)
        }
        // An account that may do nothing elsewhere, not even run a routine.
        try source.run(
            "CREATE USER low@localhost", "GRANT SELECT, UPDATE ON d.* TO low@localhost",
            "GRANT GRANT OPTION ON d.* TO low@localhost")
        try source.connect(user: "low").execute("REVOKE UPDATE ON d.* FROM CURRENT_USER()")
        let wanted = try source.connect().value(accounts)
        #expect(wanted?.contains("user/bo`ss/localhost/7") == true)
        for isPrivate in [false, true] {
            let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
            try Replaying.replay(source, onto: target, mode: .exact, isPrivate: isPrivate)
            #expect(try target.connect().value(accounts) == wanted)
        }
    }

    @Test("grant and revoke the roles that only they administer")
    func roles() async throws {
        let source = try await SourceServer()
        try source.run(
            "CREATE DATABASE d", "CREATE USER boss@localhost", "CREATE USER low@localhost",
            "GRANT ALL ON *.* TO boss@localhost WITH GRANT OPTION", "CREATE USER third@localhost")
        let boss = try source.connect(user: "boss")
        for statement in [
            "CREATE ROLE worker", "CREATE ROLE `o``ther`",
            "CREATE ROLE 'kept by worker' "
                + "WITH ADMIN worker",
            "GRANT worker TO low@localhost, third@localhost WITH ADMIN OPTION",
            "USE d", "GRANT `o``ther` TO low@localhost WITH ADMIN OPTION",
            "GRANT 'worker' TO `o``ther`",
            "GRANT `kept by worker` TO third@localhost",
            "REVOKE ADMIN OPTION FOR worker FROM boss@localhost",
        ] {
            try boss.execute(statement)
        }
        // By none of the replay's own rights, and no longer by those of who made it.
        let low = try source.connect(user: "low")
        for statement in [
            "REVOKE worker FROM third@localhost",
            "REVOKE ADMIN OPTION FOR worker FROM low@localhost",
        ] {
            try low.execute(statement)
        }
        let wanted = try source.connect().value(accounts)
        for isPrivate in [false, true] {
            let target = try await SourceServer(["--skip-log-bin"], serverID: 2)
            try Replaying.replay(source, onto: target, mode: .exact, isPrivate: isPrivate)
            let connection = try target.connect()
            #expect(try connection.value(accounts) == wanted)
            #expect(
                try connection.value("SELECT COUNT(*) FROM mysql.procs_priv") == "0")
        }
    }
}
