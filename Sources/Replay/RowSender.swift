internal import Binlog
internal import Recovery
internal import Server

/// Puts row events into BINLOG statements of one session.
struct RowSender {
    /// The log's format; sent before the next rows.
    private(set) var format: FormatPrelude?
    private var formatIsSent = false
    private var text: [UInt8] = []

    /// Takes over a log's format.
    mutating func use(_ newFormat: FormatPrelude?) {
        guard newFormat != format else { return }
        format = newFormat
        formatIsSent = false
    }

    /// Whether the session's open transaction must end before the next rows: a MySQL session
    /// leaves its `gtid_next` behind a format, and takes no other within a transaction (1766).
    var needsOwnTransaction: Bool { !formatIsSent && format?.flavor == .mysql }

    /// Sends the format where it cannot go with rows; no transaction may be open.
    mutating func sendFormat(over connection: borrowing Connection) throws(ServerError) {
        guard needsOwnTransaction, let format else { return }
        text.removeAll(keepingCapacity: true)
        format.bytes.withUnsafeBytes { Base64.append($0, to: &text) }
        try connection.execute(bytes: Array("BINLOG '".utf8) + text + Array("'".utf8))
        try connection.execute("SET SESSION gtid_next='AUTOMATIC'")
        formatIsSent = true
    }

    /// Sends whole groups of row events; they become part of the session's open transaction.
    mutating func send(
        _ groups: [UInt8], over connection: borrowing Connection
    ) throws(ServerError) {
        text.removeAll(keepingCapacity: true)
        if !formatIsSent, let format {
            format.bytes.withUnsafeBytes { Base64.append($0, to: &text) }
            text.append(UInt8(ascii: "\n"))
        }
        groups.withUnsafeBytes { Base64.append($0, to: &text) }
        // MySQL's BINLOG takes a literal only.
        if text.count < Self.leastBytesOfVariables || format?.flavor == .mysql {
            try connection.execute(bytes: Array("BINLOG '".utf8) + text + Array("'".utf8))
        } else {
            // BINLOG leaves them NULL.
            try connection.setVariables(
                "lastgood_rows", "lastgood_more_rows", toHalvesOf: text)
            try connection.execute("BINLOG @lastgood_rows,@lastgood_more_rows")
        }
        formatIsSent = true
    }

    /// A literal costs the server a tenth to a quarter of its work on rows: it reads it as text.
    private static let leastBytesOfVariables = 16 << 10
}
