import Foundation
import TestSupport
import Testing

/// Encrypted logs of MariaDB, opened with a key file.
@Suite("encrypted logs") struct EncryptedLogTests {
    private let fixtures = Lastgood.root + "/Fixtures"
    private var logs: String { fixtures + "/mariadb-11.8/encrypted_key_file" }
    private var keys: String { fixtures + "/cases/keys.txt" }
    private var lockedKeys: [String] {
        [
            "--encryption-key-file", fixtures + "/cases/keys.enc",
            "--encryption-key-file-password-file", fixtures + "/cases/keys.password",
        ]
    }

    @Test("without a key each file's place is told, and the option that helps")
    func withoutKey() async throws {
        for command in [["inspect"], ["search"], ["show", "0-1-3", "--binlogs"]] {
            let run = try await Lastgood.run(command + [logs, "--json"])
            #expect(run.exitCode == 10)
            #expect(try run.errorCode == "missing-key")
            #expect(try run.text("error", "hint")?.contains("--encryption-key-file") == true)
            #expect(try run.member("error", "offset") as? Int == 296)
        }
        let plan = try await Lastgood.run(
            ["plan", "--backup", fixtures + "/shop/backup.sql.zst", "--binlogs", logs]
                + ["--from", "bin.000001:4", "--end", "--json"])
        #expect(plan.exitCode == 10)
        #expect(try plan.errorCode == "missing-key")
    }

    @Test("with the key, or the key file that a password opens, all of it is read")
    func withKey() async throws {
        for option in [["--encryption-key-file", keys], lockedKeys] {
            let run = try await Lastgood.run(["inspect", logs, "--json"] + option)
            #expect(run.exitCode == 0, "\(run.errorText)")
            #expect(try run.objects("files").allSatisfy { $0["encrypted"] as? Bool == true })
            let search = try await Lastgood.run(
                ["search", logs, "--table", "d.t", "--limit", "100", "--kind", "other", "--json"]
                    + option)
            #expect(search.exitCode == 0, "\(search.errorText)")
        }
    }

    @Test("another key, or a file that is none, is an error and never garbage")
    func wrongKeys() async throws {
        let folder = try TestFolder("keys")
        let other = try folder.write("other", "1;00112233445566778899aabbccddeeff\n")
        let none = try folder.write("none", "1;nothex\n")
        let missing = try folder.write("two", "2;00112233445566778899aabbccddeeff\n")
        let password = try folder.write("password", "wrong\n")
        let locked = fixtures + "/cases/keys.enc"
        let cases: [([String], Int32, String)] = [
            (["--encryption-key-file", other], 10, "wrong-key"),
            (["--encryption-key-file", missing], 10, "missing-key"),
            (["--encryption-key-file", none], 2, "bad-key-file"),
            (["--encryption-key-file", locked], 2, "bad-key-file"),
            (["--encryption-key-file", "/nowhere"], 2, "unreadable"),
            (
                [
                    "--encryption-key-file", locked, "--encryption-key-file-password-file",
                    password,
                ], 2, "bad-key-file"
            ),
            (["--encryption-key-file-password-file", password], 64, "usage"),
        ]
        for (options, exitCode, code) in cases {
            let run = try await Lastgood.run(["inspect", logs, "--json"] + options)
            #expect(run.exitCode == exitCode, "\(options): \(run.output)")
            #expect(try run.errorCode == code, "\(options)")
            #expect(!run.output.contains("0011") && !run.errorText.contains("0011"))
            #expect(!run.output.contains("nothex"))
        }
    }

    @Test("a recovery that was killed goes on with the keys it was begun with")
    func resume() async throws {
        let folder = try TestFolder("encrypted")
        let workdir = folder.path + "/w"
        // The machine's own server is older than the one that wrote the others.
        let logs = fixtures + "/mariadb-10.5/encrypted_key_file"
        try await Lastgood.run(
            [
                "recover", "--backup", fixtures + "/shop/backup.sql.zst", "--binlogs", logs,
                "--from", "bin.000001:4", "--end", "--source-time-zone", "UTC", "--workdir",
                workdir, "--stop-target",
            ] + lockedKeys, killedWhen: workdir + "/state.json", holds: "loading")
        let resumed = try await Lastgood.run("resume", "--json", "--workdir", workdir)
        #expect(resumed.exitCode == 0, "\(resumed)")
        #expect(try resumed.member("result", "replayed", "transactions") as? Int == 7)
        let state = try String(contentsOfFile: workdir + "/state.json", encoding: .utf8)
        let password = try String(
            contentsOfFile: fixtures + "/cases/keys.password", encoding: .utf8)
        #expect(!state.contains(password.trimmingCharacters(in: .whitespacesAndNewlines)))
    }
}
