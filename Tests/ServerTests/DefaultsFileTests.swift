import Server
import TestSupport
import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

@Suite struct DefaultsFileTests {
    @Test("account, place and TLS settings are taken from the client's groups alone")
    func readsGroups() throws {
        let folder = try TestFolder()
        try folder.write("more.cnf", "[client]\nssl_ca = '/ca.pem'\n")
        let path = try folder.write(
            "my.cnf",
            """
            # comment
            [mysqld]
            user=mysql
            [client]
            user = "bob"   # who
            password = 'a#b\\'c\\\\d'
            port=3307
            ssl-verify-server-cert
            local-infile=1
            init-command=DROP DATABASE x
            [client-mariadb]
            loose-user=eve
            !include \(folder.path)/more.cnf
            """)
        let file = try DefaultsFile.read(path: path)
        #expect(
            file.values == [
                "user": "eve", "password": "a#b'c\\d", "port": "3307",
                "ssl-verify-server-cert": "", "ssl-ca": "/ca.pem",
            ])
        #expect(file.isOn("ssl-verify-server-cert"))
    }

    @Test("an option file that is not there, or includes itself, is an error")
    func refuses() throws {
        let folder = try TestFolder()
        let loop = try folder.write("loop.cnf", "!include \(folder.path)/loop.cnf\n")
        for path in [folder.path + "/none.cnf", loop] {
            let error = #expect(throws: ServerError.self) { try DefaultsFile.read(path: path) }
            #expect(error?.code == .badDefaultsFile)
        }
    }

    @Test("what an option file is written with is what it is read with, and only its owner can")
    func roundTrip() throws {
        let folder = try TestFolder()
        let password = "a b\"c'd\\e#f;\tg\u{e9}"
        let path = folder.path + "/x.cnf"
        symlink("/dev/null", path)
        try OptionFile.write(
            path, ServerAddress(.socket(path: "/s")), Credentials(user: "u u", password: password))
        let file = try DefaultsFile.read(path: path)
        #expect(file["password"] == password)
        #expect(file["user"] == "u u")
        #expect(file["socket"] == "/s")
        var status = stat()
        #expect(lstat(path, &status) == 0)
        #expect(status.st_mode == S_IFREG | 0o600)
    }

    @Test("credentials never show their password")
    func hidesPassword() {
        let credentials = Credentials(user: "u", password: "s3cret")
        #expect("\(credentials)".contains("s3cret") == false)
        #expect(String(reflecting: credentials).contains("s3cret") == false)
    }

    @Test("the address's user wins over the file's, the environment's password too")
    func gathers() {
        let file = DefaultsFile(values: ["user": "file", "password": "one", "ssl-ca": "/ca"])
        let place = ServerAddress.Place.socket(path: "/s")
        let first = Credentials.gather(address: ServerAddress(place, user: "url"), defaults: file)
        #expect(first.user == "url")
        #expect(first.password == "one")
        #expect(first.tls.certificateAuthorityPath == "/ca")
        let second = Credentials.gather(
            address: ServerAddress(place), defaults: file, environmentPassword: "two")
        #expect(second.user == "file")
        #expect(second.password == "two")
    }
}
