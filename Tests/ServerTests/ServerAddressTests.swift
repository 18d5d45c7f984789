import Server
import Testing

@Suite struct ServerAddressTests {
    @Test(
        "a target URL is read",
        arguments: [
            ("mariadb://bob@db1:3307/", .tcp(host: "db1", port: 3307), "bob"),
            ("mysql://db1", .tcp(host: "db1", port: 3306), nil),
            ("mariadb://a%40b@[::1]:3306", .tcp(host: "::1", port: 3306), "a@b"),
            ("mariadb:///run/my%20sql.sock?user=u", .socket(path: "/run/my sql.sock"), "u"),
            ("mariadb:///s", .socket(path: "/s"), nil),
        ] as [(String, ServerAddress.Place, String?)])
    func reads(url: String, place: ServerAddress.Place, user: String?) throws {
        #expect(try ServerAddress(url: url) == ServerAddress(place, user: user))
    }

    @Test(
        "a target URL that cannot be a server's is refused",
        arguments: [
            "db1", "http://db1/", "mariadb://", "mariadb:///", "mariadb://db1/shop",
            "mariadb://db1:0/", "mariadb://db1:70000/", "mariadb://db1:x/", "mariadb://:3306/",
            "mariadb://[::1/", "mariadb://a%4@h/", "mariadb://db1/?x=1", "mariadb:///s%ff",
        ])
    func refuses(url: String) {
        let error = #expect(throws: ServerError.self) { try ServerAddress(url: url) }
        #expect(error?.code == .badAddress)
    }

    @Test(
        "a password in a target URL is refused and not repeated",
        arguments: [
            "mariadb://u:s3cret@h/", "mysql://h/?password=s3cret", "mariadb:///s?pwd=s3cret",
        ])
    func refusesPassword(url: String) throws {
        let error = #expect(throws: ServerError.self) { try ServerAddress(url: url) }
        #expect(error?.code == .passwordInAddress)
        #expect("\(try #require(error))".contains("s3cret") == false)
    }

    @Test(
        "versions are read as servers write them",
        arguments: [
            ("10.11.19-MariaDB-0+deb12u1-log", ServerVersion(.mariadb, 10, 11, 19)),
            ("5.5.5-10.4.8-MariaDB", ServerVersion(.mariadb, 10, 4, 8)),
            ("9.7.4", ServerVersion(.mysql, 9, 7, 4)),
        ])
    func readsVersion(text: String, version: ServerVersion) {
        #expect(ServerVersion(parsing: text) == version)
    }

    @Test(
        "what is no version is none",
        arguments: ["", "MariaDB", "10", ".", "99999999999999999999.1"])
    func readsNoVersion(text: String) {
        #expect(ServerVersion(parsing: text) == nil)
    }
}
