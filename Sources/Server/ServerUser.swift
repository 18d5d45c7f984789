#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// The system account that a scratch server runs as.
///
/// A server that runs as root and reads a hostile log is root's access to files, so root's scratch
/// server runs as `mysql`, or as `nobody` where that account does not exist (a machine with the
/// server's programs alone). Anybody else runs it as himself.
public struct ServerUser: Sendable, Hashable, Codable {
    public var name: String
    public var userID: UInt32
    public var groupID: UInt32

    public init(name: String, userID: UInt32, groupID: UInt32) {
        self.name = name
        self.userID = userID
        self.groupID = groupID
    }

    /// The words before a command that make it run with this account's rights.
    ///
    /// By a program, not between fork and exec: glibc's setgroups speaks to all threads and waits
    /// for ever in a child that was forked while one was being made.
    public var takingRights: [String] {
        ["setpriv", "--reuid=\(userID)", "--regid=\(groupID)", "--clear-groups", "--"]
    }

    /// The account to drop to, nil when the server runs as the caller himself.
    ///
    /// `allowsRoot`: `--allow root-server`. Throws `serverUserMissing`.
    public static func forScratchServer(allowsRoot: Bool = false) throws(ServerError) -> ServerUser?
    {
        guard geteuid() == 0, !allowsRoot else { return nil }
        for name in ["mysql", "_mysql", "nobody"] {
            if let user = named(name), user.userID != 0 { return user }
        }
        throw ServerError(
            .serverUserMissing, "there is no account mysql to run the scratch server as",
            hint: "useradd --system mysql, run as a normal user, or --allow root-server")
    }

    /// The account of that name.
    public static func named(_ name: String) -> ServerUser? {
        guard let entry = getpwnam(name) else { return nil }
        return ServerUser(
            name: name, userID: entry.pointee.pw_uid, groupID: entry.pointee.pw_gid)
    }
}
