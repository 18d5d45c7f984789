#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Servers of other versions, unpacked beside the system's own.
public enum OtherServers {
    /// Where they lie: `SERVERS`, or `/var/tmp/lastgood-servers`.
    public static var folder: String {
        getenv("SERVERS").map { String(cString: $0) } ?? "/var/tmp/lastgood-servers"
    }

    /// Whether `mariadb-10.5` or `mariadb-11.8` is unpacked there.
    public static func has(_ name: String) -> Bool {
        access("\(folder)/\(name)/.complete", R_OK) == 0
    }

    /// Writes a script that runs that version's server, as `--server-program` takes it, or another
    /// one of its programs.
    public static func writeProgram(
        _ name: String, program: String = "sbin/mariadbd", in folder: TestFolder,
        as file: String? = nil
    ) throws -> String {
        let root = "\(Self.folder)/\(name)"
        let options =
            program == "sbin/mariadbd"
            ? "--basedir=\"$root/usr\" --lc-messages-dir=\"$share\" "
                + "--plugin-dir=\"$root/usr/lib/mysql/plugin\" "
                + "--character-sets-dir=\"$share/charsets\"" : ""
        return try folder.write(
            file ?? "\(name).sh",
            """
            #!/bin/sh
            root=\(root)
            for loader in $root/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 \\
                $root/lib/x86_64-linux-gnu/ld-2.*.so; do [ -e "$loader" ] && break; done
            share=$root/usr/share/mariadb
            [ -f "$share/fill_help_tables.sql" ] || share=$root/usr/share/mysql
            exec "$loader" --library-path \\
                "$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu" \\
                "$root/usr/\(program)" "$@" \(options)

            """, mode: 0o755)
    }
}
