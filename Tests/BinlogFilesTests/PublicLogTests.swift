import Binlog
import BinlogFiles
import Foundation
import Server
import SystemPackage
import TestSupport
import Testing

/// Logs of old servers, MySQL 5.0 to 9.0 and MariaDB 5.5 to 10.6, which the servers' own tests come
/// with: each event where the server's own tool finds it, each damage where it is.
///
/// They are no part of this project: `Tests/servers.sh fetch mariadb-logs` gets them, and
/// `mysql-logs`.
@Suite("public logs") struct PublicLogTests {
    @Test(
        "each event stands where the server's own tool finds it",
        .enabled(if: OtherServers.has("mariadb-logs"), "no logs of old MariaDB servers here"),
        arguments: PublicLog.all(in: "mariadb-logs"))
    func mariadb(log: PublicLog) async throws { try await compare(log) }

    @Test(
        "each event stands where the server's own tool finds it, MySQL",
        .enabled(
            if: OtherServers.has("mysql-logs") && OtherServers.has("mysql-9.7"),
            "no logs of old MySQL servers here, or no mysqlbinlog"),
        arguments: PublicLog.all(in: "mysql-logs"))
    func mysql(log: PublicLog) async throws { try await compare(log) }

    private func compare(_ log: PublicLog) async throws {
        var offsets: [UInt64] = []
        var fault: BinlogError?
        var format: FormatDescription?
        var hasIncident = false
        do throws(BinlogError) {
            var file = LogFile(path: FilePath(log.path), sizeBytes: 0)
            file.mayBeRelayLog = true
            var reader = try LogReader(file)
            while try reader.advance() {
                if offsets.last != reader.event.offset { offsets.append(reader.event.offset) }
                format = reader.format
                if reader.event.type == .incident { hasIncident = true }
            }
        } catch {
            fault = error
        }
        let found = fault.map { "\($0.code.rawValue) at \($0.offset ?? 0)" }
        #expect(found == PublicLog.faults[log.description])
        guard let format else { return }
        let printed = try await log.offsets(printedFor: format)
        print(
            "PUBLIC \(log) \(format.serverVersion) \(offsets.count) \(printed.count) \(found ?? "")"
        )
        // The tool stops at an incident.
        #expect(
            fault != nil
                ? printed.starts(with: offsets)
                : hasIncident ? offsets.starts(with: printed) : offsets == printed)
    }
}

/// One of the logs.
struct PublicLog: CustomStringConvertible, Sendable {
    let folder: String
    let name: String

    var path: String { "\(OtherServers.folder)/\(folder)/\(name)" }
    var description: String { "\(folder)/\(name)" }

    static func all(in folder: String) -> [PublicLog] {
        let path = "\(OtherServers.folder)/\(folder)"
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        return names.filter { !$0.hasPrefix(".") }.sorted().map {
            PublicLog(folder: folder, name: $0)
        }
    }

    /// What is wrong with those that are not whole (most were made so, to test a server), or are of
    /// a format that is refused: before MySQL 5.0, previews of 5.1, headers of Google's 5.1.
    static let faults: [String: String] = [
        "mariadb-logs/binlog_before_20574.bin": "missing-key at 296",
        "mariadb-logs/binlog_old_version_4_1.000001": "unsupported-event at 4",
        "mariadb-logs/bug11747416_32228_binlog.000001": "truncated at 316",
        "mariadb-logs/bug32407.001": "unsupported-event at 4",
        "mariadb-logs/bug47142_master-bin.000001": "unsupported-event at 4",
        "mariadb-logs/corrupt-relay-bin.000624": "corrupt at 91236",
        "mariadb-logs/master-bin.000001": "unsupported-event at 4",
        "mariadb-logs/mdev-39404-binlog.000001": "checksum-mismatch at 256",
        "mariadb-logs/mdev-4645-binlog_checksum.binlog": "unsupported-event at 4",
        "mariadb-logs/mdev-4645-binlog_group_id.binlog": "unsupported-event at 4",
        "mariadb-logs/mdev-4645-binlog_group_id_checksum.binlog": "unsupported-event at 4",
        "mariadb-logs/trunc_binlog.000001": "unsupported-event at 4",
        "mariadb-logs/ver_5_1-telco.001": "unsupported-event at 4",
        "mariadb-logs/ver_5_1_17.001": "unsupported-event at 4",
        "mysql-logs/binlog_no_fd_event.000001": "corrupt at 4",
        "mysql-logs/binlog_truncated_event.000001": "truncated at 4",
        "mysql-logs/binlog_truncated_prev_gtid_event.000001": "truncated at 120",
        "mysql-logs/corrupt-relay-bin.000624": "corrupt at 91236",
        "mysql-logs/ddl_in_transaction.000001": "corrupt at 399",
        "mysql-logs/duplicate_xid.000001": "checksum-mismatch at 672",
        "mysql-logs/duplicate_xid_ddl.000001": "checksum-mismatch at 507",
        "mysql-logs/duplicate_xid_xa_commit.000001": "corrupt at 980",
        "mysql-logs/duplicate_xid_xa_prepare.000001": "checksum-mismatch at 884",
        "mysql-logs/duplicate_xid_xa_rollback.000001": "corrupt at 980",
        "mysql-logs/malformed_xid_xa_commit.000001": "checksum-mismatch at 889",
        "mysql-logs/malformed_xid_xa_rollback.000001": "checksum-mismatch at 889",
        "mysql-logs/orphan_begin_start.000001": "corrupt at 487",
        "mysql-logs/orphan_commit.000001": "corrupt at 431",
        "mysql-logs/orphan_rollback.000001": "corrupt at 589",
        "mysql-logs/orphan_xa_commit.000001": "corrupt at 775",
        "mysql-logs/orphan_xa_prepare.000001": "corrupt at 236",
        "mysql-logs/orphan_xa_rollback.000001": "corrupt at 775",
        "mysql-logs/orphan_xid.000001": "corrupt at 509",
        "mysql-logs/rpl_nogtid_encryption_master-bin.000002": "unsupported-event at 0",
        "mysql-logs/ver_5_1-wl2325_r.001": "unsupported-event at 4",
        "mysql-logs/ver_5_1-wl2325_s.001": "unsupported-event at 4",
    ]

    /// The offsets of the events, as mysqlbinlog or mariadb-binlog prints them.
    func offsets(printedFor format: FormatDescription) async throws -> [UInt64] {
        let isOld = format.postHeaderLengths.count <= 27
        let isMySQL = format.flavor == .mysql && !isOld
        let tool = isMySQL ? "Tests/servers.sh run mysql-9.7 mysqlbinlog" : "mariadb-binlog"
        let script = "cd \"$1\"; \(tool) --no-defaults \"$2\" 2>/dev/null | grep -a '^# at '"
        let outcome = try await ChildProgram("/bin/sh", ["-c", script, "sh", Lastgood.root, path])
            .run()
        var offsets: [UInt64] = []
        for line in outcome.outputText.split(separator: "\n") {
            guard let offset = UInt64(line.dropFirst(5)), offset != offsets.last else { continue }
            offsets.append(offset)
        }
        return offsets
    }
}
