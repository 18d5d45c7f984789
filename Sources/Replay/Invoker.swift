internal import Binlog
internal import Server

/// The account in whose name a statement ran: GRANT … TO CURRENT_USER(), CREATE ROLE and their kind
/// would mean the replay's own.
///
/// Such a statement runs in a procedure with that definer, which is CURRENT_USER() there. The
/// procedure stands in the statement's own database, which is the current one within it.
struct Invoker: Hashable {
    private let definer: String
    private let grantee: String
    private let name: String

    /// Nil for none, as where an event of the server ran it.
    ///
    /// Throws `unsupported-event` for a name that is not ASCII: it would have to stand in the
    /// text's own character set.
    init?(
        _ logged: StatusVariables.Invoker, database: [UInt8]?, at offset: UInt64
    ) throws(BinlogError) {
        guard !logged.user.isEmpty else { return nil }
        let database = database ?? Array(Checkpoint.schema.utf8)
        guard (logged.user + logged.host + database).allSatisfy({ $0 < 0x80 }) else {
            throw BinlogError(
                .unsupportedEvent,
                "a statement on its own user cannot be replayed where that name, or its "
                    + "database's, is not ASCII",
                offset: offset)
        }
        self.init(
            user: String(decoding: logged.user, as: UTF8.self),
            host: String(decoding: logged.host, as: UTF8.self), database: database)
    }

    /// An account that may grant a role and take it away, itself or by a role that it has; nil
    /// where the connection's own may, or none is known: then the target decides.
    init?(
        administering role: [UInt8], on connection: borrowing Connection
    ) throws(ServerError) {
        guard connection.serverVersion.isMariaDB else { return nil }
        let name = "_utf8mb4 \(SQLText.hexLiteral(role))"
        let found = try connection.query(
            "SELECT User,Host,CONCAT(User,'@',Host)=CURRENT_USER() FROM mysql.roles_mapping WHERE "
                + "Host<>'' AND (Role=\(name) AND Admin_option='Y' OR Role IN (SELECT User FROM "
                + "mysql.roles_mapping WHERE Host='' AND Role=\(name) AND Admin_option='Y')) "
                + "ORDER BY 3 DESC,User,Host LIMIT 1")
        guard let row = found.first, let user = row[0], let host = row[1], row[2] == "0",
            (user + host).utf8.allSatisfy({ $0 < 0x80 })
        else { return nil }
        self.init(user: user, host: host, database: Array(Checkpoint.schema.utf8))
    }

    private init(user: String, host: String, database: [UInt8]) {
        definer = [user, host].map(SQLText.quoteIdentifier).joined(separator: "@")
        grantee = "'\(user)'@'\(host)'"
        name = Self.name(in: String(decoding: database, as: UTF8.self))
    }

    private static func name(in database: String) -> String {
        SQLText.quoteIdentifier(database) + ".lastgood_as_invoker"
    }

    /// With it go the rights on it.
    var removal: String { Self.removal(of: name) }
    /// Of what an administrator's statement ran in, who may be none any more.
    static var administratorRemoval: String { removal(of: name(in: Checkpoint.schema)) }

    private static func removal(of name: String) -> String { "DROP PROCEDURE IF EXISTS \(name)" }

    var call: String { "CALL \(name)()" }
    /// Makes the procedure, in the session that the text needs.
    func makeProcedure(
        running text: [UInt8], on connection: borrowing Connection
    ) throws(ServerError) {
        try connection.execute(removal)
        try connection.execute(
            bytes: Array(
                "CREATE DEFINER=\(definer) PROCEDURE \(name)() SQL SECURITY DEFINER ".utf8) + text)
        // The definer calls it too. Any GRANT writes an account anew, otherwise than the source
        // has it: only where it must be.
        let mayExecute = try connection.value(
            "SELECT COUNT(*) FROM information_schema.USER_PRIVILEGES WHERE "
                + "PRIVILEGE_TYPE='EXECUTE' AND GRANTEE=_utf8mb4 "
                + SQLText.hexLiteral(grantee.utf8))
        if mayExecute == "0" {
            try connection.execute("GRANT EXECUTE ON PROCEDURE \(name) TO \(definer)")
        }
    }
}
