import Server
import TestSupport
import Testing

@Suite struct TimeZonesTests {
    @Test("the server's SYSTEM zone is the source's, and named zones are known")
    func sourceZone() async throws {
        let host = try await ScratchHost(timeZone: "America/New_York")
        let connection = try host.server.connect()
        #expect(try connection.value("SELECT @@global.time_zone") == "SYSTEM")
        #expect(
            try connection.value("SELECT FROM_UNIXTIME(1704075780)") == "2023-12-31 21:23:00")
        let error = #expect(throws: ServerError.self) {
            try connection.execute("SET time_zone='Europe/Vienna'")
        }
        #expect(error?.number == 1298)
        try await host.server.loadTimeZones()
        try connection.execute("SET time_zone='Europe/Vienna'")
        #expect(
            try connection.value("SELECT FROM_UNIXTIME(1704075780)") == "2024-01-01 03:23:00")
        #expect(try connection.value("SELECT @@gtid_binlog_pos") == "")
        try await host.server.loadTimeZones()
        // It holds after a restart, too.
        try await host.server.remakeAccount(.safe)
        let again = try host.server.connect()
        #expect(try again.value("SELECT FROM_UNIXTIME(1704075780)") == "2023-12-31 21:23:00")
    }

    @Test(
        "a zone that the system does not know is refused",
        arguments: [
            "Nowhere/Land", "", "../../etc/passwd", "/etc/localtime", "America", "tzdata.zi",
        ])
    func unknown(name: String) {
        let error = #expect(throws: ServerError.self) { try TimeZones.check(name) }
        #expect(error?.code == .timeZoneUnknown)
    }

    @Test(
        "zones that the system knows are taken", arguments: ["UTC", "Europe/Vienna", "Etc/GMT+5"])
    func known(name: String) throws {
        try TimeZones.check(name)
    }
}
