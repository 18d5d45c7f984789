import Foundation
import Server
import TestSupport
import Testing

/// Targets and workdirs that are refused before anything is changed.
@Suite("bad targets and workdirs", .serialized)
struct BadTargetTests {
    private func databases(_ server: SourceServer) async throws -> String {
        try await Lastgood.shell(
            "mariadb --no-defaults -uroot -S \(server.paths.socket) -N -B -e "
                + "'SELECT table_schema, table_name FROM information_schema.tables "
                + "ORDER BY 1, 2; SHOW DATABASES'"
        ).output
    }

    @Test("a target that is not empty, or lacks a privilege, is left as it was")
    func unfitTarget() async throws {
        let folder = try TestFolder("bad")
        let server = try await SourceServer(serverID: 77)
        try server.run(
            "CREATE DATABASE shop", "CREATE TABLE shop.own (a INT)",
            "CREATE USER weak@localhost", "GRANT SELECT ON *.* TO weak@localhost")
        try await Shop.loadZone(socket: server.paths.socket)
        let before = try await databases(server)
        for (user, code) in [("root", "not-empty"), ("weak", "missing-privilege")] {
            let run = try await Lastgood.run(
                ["recover"] + Shop.input + [
                    "--before", "DROP TABLE shop.orders", "--target",
                    "mariadb://\(server.paths.socket)?user=\(user)", "--yes", "--workdir",
                    folder.path + "/w", "--json",
                ])
            #expect(run.exitCode == 12, "\(run.output)")
            let codes = try run.warningCodes + [run.errorCode ?? ""]
            #expect(codes.contains(code), "\(run.output)")
            #expect(try run.text("error", "hint") != nil)
            #expect(try await databases(server) == before)
        }
        try await server.stop()
    }

    @Test("a password that nothing gave is asked for on a terminal, and not shown")
    func password() async throws {
        let folder = try TestFolder("password")
        let server = try await SourceServer(serverID: 77)
        try server.run(
            "CREATE USER dba@localhost IDENTIFIED BY 'open sesame'",
            "GRANT ALL PRIVILEGES ON *.* TO dba@localhost", "CREATE DATABASE test",
            "CREATE TABLE test.one (a INT)")
        let url = "'mariadb://\(server.paths.socket)?user=dba'"
        let expect = try folder.write("expect.json", #"{"tables":[]}"#)
        let line = "lastgood verify --target \(url) --expect \(expect)"
        let screen = folder.path + "/screen"
        let typed = try await Lastgood.shell(
            """
            (for i in $(seq 2400); do grep -qs 'Password for ' \(screen) && break; sleep 0.05; done
            echo 'open sesame') | script -qefc "\(line)" \(screen)
            """)
        #expect(typed.output.contains("Password for "), "\(typed)")
        #expect(typed.output.contains("test.one"), "\(typed)")
        #expect(!typed.output.contains("sesame"))
        let alone = try await Lastgood.shell(line)
        #expect(alone.errorText.contains("Access denied"), "\(alone)")
        try await server.stop()
    }

    @Test("a workdir that holds something else is refused")
    func workdirInUse() async throws {
        let folder = try TestFolder("bad")
        try folder.write("mine", "keep this")
        let run = try await Lastgood.run(
            ["recover"] + Shop.input + [
                "--before", "DROP TABLE shop.orders", "--workdir", folder.path, "--json",
            ])
        #expect(run.exitCode == 2, "\(run.output)")
        #expect(try run.errorCode == "workdir-in-use")
        #expect(try run.text("error", "file") == folder.path)
        #expect(FileManager.default.fileExists(atPath: folder.path + "/mine"))
    }
}
