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

    /// Sends whole groups of row events; they become part of the session's open transaction.
    mutating func send(
        _ groups: [UInt8], over connection: borrowing Connection
    ) throws(ServerError) {
        text.removeAll(keepingCapacity: true)
        text.append(contentsOf: "BINLOG '".utf8)
        if !formatIsSent, let format {
            format.bytes.withUnsafeBytes { Base64.append($0, to: &text) }
            text.append(UInt8(ascii: "\n"))
        }
        groups.withUnsafeBytes { Base64.append($0, to: &text) }
        text.append(UInt8(ascii: "'"))
        try connection.execute(bytes: text)
        formatIsSent = true
    }
}
