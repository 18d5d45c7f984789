import Foundation
import TestSupport
import Testing

/// The recorded incidents in `Fixtures/shop`, as command line arguments.
enum Shop {
    struct Incident: Decodable, CustomTestStringConvertible, Sendable {
        var name, table, statement, id, end, gtid, until, untilAfter: String

        var testDescription: String { name }
    }

    static let folder = Lastgood.root + "/Fixtures/shop"
    static let logs = folder + "/binlogs"
    static let dump = folder + "/backup.sql.zst"

    static func incidents() throws -> [Incident] {
        struct List: Decodable { var incidents: [Incident] }
        let data = try Data(contentsOf: URL(filePath: folder + "/incidents.json"))
        return try JSONDecoder().decode(List.self, from: data).incidents
    }

    static func incident(_ name: String) throws -> Incident {
        try #require(try incidents().first { $0.name == name }, "no incident \(name)")
    }

    static func expected(_ state: String) -> String { "\(folder)/expected/\(state).json" }

    /// The rows of the table whose checksum is not steady, as the source held them.
    static func addresses(_ state: String) throws -> String {
        let path = "\(folder)/expected/\(state).shop.addresses.hex"
        return try String(contentsOfFile: path, encoding: .utf8)
    }

    static let addressesQuery =
        "SELECT HEX(customer_id), HEX(kind), HEX(street), HEX(zip), HEX(city) "
        + "FROM shop.addresses ORDER BY customer_id, kind"

    /// The options that every recovery of this shop has.
    static let input = [
        "--backup", dump, "--binlogs", logs, "--source-time-zone", "UTC", "--quiet",
    ]

    /// Unpacks the physical backup into a new folder.
    static func unpackBackup(_ folder: TestFolder) async throws -> String {
        let path = try folder.makeFolder("backup")
        try await shell(
            "set -o pipefail; zstd -dcq --long=27 \(Self.folder)/backup.tar.zst | tar -x -C \(path)"
        )
        return path
    }

    /// Teaches a given server the source's zone, which it must know by name.
    static func loadZone(socket: String) async throws {
        try await shell(
            "set -o pipefail; mariadb-tzinfo-to-sql /usr/share/zoneinfo/UTC UTC | "
                + "mariadb --no-defaults -uroot -S \(socket) mysql")
    }

    /// Stops the scratch server of a workdir, by its own pid file.
    static func stopServer(_ workdir: String) async throws {
        try await shell(
            """
            for file in \(workdir)/*/server.pid; do
                [ -e "$file" ] || continue
                pid=$(cat "$file"); kill "$pid"
                # A process that has ended has no words, even if nobody has waited for it.
                while grep -q . "/proc/$pid/cmdline" 2>/dev/null; do sleep 0.02; done
            done
            """)
    }

    /// Runs what must succeed for the test to mean anything.
    private static func shell(_ line: String) async throws {
        let run = try await Lastgood.shell(line)
        try #require(run.exitCode == 0, "\(line): \(run.errorText)")
    }
}
