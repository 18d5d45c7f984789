/// The source's system time zone and the named zones.
public enum TimeZones {
    /// Where the system keeps its zones.
    public static let folder = "/usr/share/zoneinfo"

    /// Throws `timeZoneUnknown` unless the system knows the zone by that name.
    public static func check(_ name: String) throws(ServerError) {
        let isPlain =
            !name.isEmpty && !name.hasPrefix("/") && !name.contains("..")
            && name.unicodeScalars.allSatisfy {
                $0.properties.isAlphabetic && $0.isASCII
                    || "/_+-0123456789".unicodeScalars.contains($0)
            }
        let bytes: [UInt8]
        do {
            guard isPlain else { throw unknown(name) }
            bytes = try SmallFile.read("\(folder)/\(name)", maxSizeBytes: 1 << 20)
        } catch {
            throw unknown(name)
        }
        guard bytes.starts(with: "TZif".utf8) else { throw unknown(name) }
    }

    private static func unknown(_ name: String) -> ServerError {
        ServerError(
            .timeZoneUnknown, "the time zone \(name) is not known on this machine",
            hint: "a name under \(folder) such as Europe/Vienna; the package tzdata has them")
    }
}

extension ScratchServer {
    /// Loads the named time zones unless they are there; not written to the binary log.
    ///
    /// Without them `SET time_zone='Europe/Vienna'` of a log fails with 1298. Call it after the
    /// backup is loaded, too: a dump of all databases may have replaced the tables.
    public func loadTimeZones() async throws(ServerError) {
        let connection = try connect()
        let count = try connection.value("SELECT COUNT(*) FROM mysql.time_zone_name")
        guard count == "0" else { return }
        let names = ["mariadb-tzinfo-to-sql", "mysql_tzinfo_to_sql"]
        for name in names {
            guard let program = await ChildProgram.find(name) else { continue }
            let zones = try await ChildProgram(program, [TimeZones.folder]).run()
            let client = OptionFile.argument(path: clientFilePath)
            let prefix = Array("SET SESSION sql_log_bin=0;\n".utf8)
            try await ChildProgram("mariadb", [client, "mysql"]).run(input: prefix + zones.output)
            return
        }
        throw ServerError(
            .programMissing, "there is no mariadb-tzinfo-to-sql on this machine",
            hint: "it loads the named time zones; apt-get install mariadb-client")
    }
}
