import Server
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite struct ScratchAccountTests {
    @Test("the init file is private, one statement a line, and out of the binary log")
    func initFile() async throws {
        let host = try await ScratchHost()
        let path = host.server.paths.accountFile
        var status = stat()
        #expect(lstat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        #expect(lstat(host.server.clientFilePath, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        let lines = try ProcessFacts.read(path).split(separator: "\n")
        #expect(lines.first == "SET SESSION sql_log_bin=0;")
        for line in lines { #expect(line.split(separator: ";").count == 1) }
        #expect(try host.server.connect().value("SELECT @@gtid_binlog_pos") == "")
        let process = try #require(host.server.process).processID
        let password = try #require(try host.server.credentials().password)
        #expect(password.utf8.count == 32)
        #expect(try !ProcessFacts.read("/proc/\(process)/cmdline").contains(password))
        #expect(try !ProcessFacts.read("/proc/\(process)/environ").contains(password))
    }

    @Test("accounts of dump and log can be made, changed and dropped")
    func foreignAccounts() async throws {
        let host = try await ScratchHost()
        let connection = try host.server.connect()
        try connection.execute(
            """
            CREATE USER app@'%' IDENTIFIED BY 'x'; ALTER USER app@'%' IDENTIFIED BY 'y';
            FLUSH PRIVILEGES; DROP USER app@'%'; ALTER USER root@localhost IDENTIFIED BY 'z'
            """)
        #expect(try host.server.connect().value("SELECT 1") == "1")
    }

    @Test("two accounts never share a password or a name")
    func random() {
        let one = ScratchAccount.random(name: "lastgood")
        let two = ScratchAccount.random(name: "lastgood")
        #expect(one.user != two.user)
        #expect(one.password != two.password)
    }

    @Test("after every account is dropped, and more, a restart makes the way in again")
    func accountsDropped() async throws {
        let host = try await ScratchHost()
        for ruin in [
            "DELETE FROM mysql.global_priv; FLUSH PRIVILEGES",
            "UPDATE mysql.global_priv SET priv='{\"account_locked\":true}'; FLUSH PRIVILEGES",
            // An account of a dump that comes before ours in no order may catch our login.
            """
            DELETE FROM mysql.global_priv; FLUSH PRIVILEGES;
            CREATE USER ''@'localhost' IDENTIFIED BY 'x'; CREATE USER ''@'%' IDENTIFIED BY 'y'
            """,
        ] {
            do {
                let connection = try host.server.connect()
                do {
                    try connection.execute(ruin)
                } catch {
                    // The last step may find its own rights gone; the harm is done.
                    #expect(error.isAccessDenied || error.number == 1227 || error.number == 1044)
                }
            }
            let error = #expect(throws: ServerError.self) { _ = try host.server.connect() }
            #expect(error?.code == .accessDenied)
            try await host.server.remakeAccount(.speed)
            let grants = try host.server.connect().value("SHOW GRANTS")
            #expect(grants?.contains("ALL PRIVILEGES") == true)
            #expect(grants?.contains("GRANT OPTION") == true)
        }
    }

    @Test("at hand-over the tool's account goes, and the printed command lines work")
    func handOver() async throws {
        let host = try await ScratchHost()
        try await host.server.loadTimeZones()
        try host.server.connect().execute(
            "CREATE DATABASE `my shop`; CREATE TABLE `my shop`.`o'rders` (a INT)")
        let own = try host.server.credentials()
        try await host.server.stop()
        try await host.server.start(.safe)
        let path = host.folder.path + "/w/client.cnf"
        let handOver = try host.server.handOver(optionFilePath: path)
        #expect(throws: ServerError.self) { _ = try Connection(host.server.address, own) }
        #expect(access(host.server.paths.accountFile, F_OK) != 0)
        let accounts = try await shell(
            handOver.connectCommand
                + " -N -e \"SELECT user FROM mysql.user WHERE user LIKE '%\\_________'\"")
        #expect(accounts == handOver.accountName + "\n")
        let command = handOver.dumpCommand(schema: "my shop", table: "o'rders")
        let dump = try await shell("cd \(host.folder.path) && \(command) && cat \"o'rders.sql\"")
        #expect(dump.contains("CREATE TABLE `o'rders`"))
        var status = stat()
        #expect(lstat(path, &status) == 0)
        #expect(status.st_mode & 0o777 == 0o600)
        // A resumed start makes the tool's account anew, the user's stays.
        try await host.server.remakeAccount(.safe)
        #expect(try await shell(handOver.connectCommand + " -N -e 'SELECT 5'") == "5\n")
        #expect(try host.server.connect().value("SELECT @@gtid_binlog_pos") == "0-4711-2")
    }

    private func shell(_ command: String) async throws -> String {
        try await ChildProgram("/bin/sh", ["-c", command]).run().outputText
    }
}
