internal import Binlog
internal import Server

/// The account in whose name a statement ran: GRANT … TO CURRENT_USER(), CREATE ROLE and their kind
/// would mean the replay's own.
///
/// Such a statement runs in a procedure with that definer, which is CURRENT_USER() there.
struct Invoker: Hashable {
    private let definer: String

    /// Nil for none, as where an event of the server ran it.
    ///
    /// Throws `unsupported-event` for a name that is not ASCII: it would have to stand in the
    /// text's own character set.
    init?(_ logged: StatusVariables.Invoker, at offset: UInt64) throws(BinlogError) {
        guard !logged.user.isEmpty else { return nil }
        guard (logged.user + logged.host).allSatisfy({ $0 < 0x80 }) else {
            throw BinlogError(
                .unsupportedEvent,
                "a statement on its own user, whose name is not ASCII, cannot be replayed",
                offset: offset)
        }
        definer = [logged.user, logged.host]
            .map { SQLText.quoteIdentifier(String(decoding: $0, as: UTF8.self)) }
            .joined(separator: "@")
    }

    private static let name = "`\(Checkpoint.schema)`.as_invoker"
    static let removal = "DROP PROCEDURE IF EXISTS \(name)"
    static let call = "CALL \(name)()"

    /// The statement that makes the procedure, in the session that the text needs.
    func creation(of text: [UInt8]) -> [UInt8] {
        Array("CREATE DEFINER=\(definer) PROCEDURE \(Self.name)() SQL SECURITY DEFINER ".utf8)
            + text
    }
}
