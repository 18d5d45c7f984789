import Binlog
import Recovery

/// The inventory as people read it.
extension InspectReport {
    /// A table of the files, totals, and what is wrong.
    public var text: String {
        var text = table.text
        text += "\n" + totalsText
        for file in files {
            if let reason = file.end.reason, file.end.state != "clean" {
                text += "\(file.name): \(file.end.state) at \(file.end.offset): \(reason)\n"
            }
            for events in file.tally.unsupported {
                text +=
                    "\(file.name): \(HumanNumber.count(events.count)) \(events.type) "
                    + "events, which this version does not read\n"
            }
        }
        let unguarded = files.filter { $0.format?.checksum == FormatDescription.Checksum.none }
        if !unguarded.isEmpty {
            text +=
                "no checksums in \(unguarded.map(\.name).joined(separator: ", ")): nothing "
                + "guards the bytes, a flipped one may not be seen\n"
        }
        text += chainText
        return PrintableText.escapeControlCharacters(text, keepsLines: true)
    }

    private var table: TextTable {
        var table = TextTable([
            ("file", .left), ("size", .right), ("server", .left), ("id", .right),
            ("first event", .left), ("last event", .left), ("last GTID", .left),
            ("transactions", .right), ("events", .right), ("checksum", .left), ("end", .left),
        ])
        for file in files {
            let format = file.format
            table.add([
                file.name, HumanNumber.size(bytes: file.sizeBytes), format?.serverVersion ?? "-",
                format.map { "\($0.serverID)" } ?? "-",
                UTCTime.tableText(seconds: file.firstTimestamp),
                UTCTime.tableText(seconds: file.lastTimestamp),
                file.lastGTIDs.isEmpty ? "-" : file.lastGTIDs.description,
                HumanNumber.count(file.tally.transactions), HumanNumber.count(file.tally.events),
                format?.checksum.rawValue ?? "-", file.end.state,
            ])
        }
        return table
    }

    private var totalsText: String {
        var tally = EventTally()
        var sizeBytes: UInt64 = 0
        for file in files {
            tally += file.tally
            sizeBytes &+= file.sizeBytes
        }
        return "\(HumanNumber.count(files.count, "file")), "
            + "\(HumanNumber.size(bytes: sizeBytes)), "
            + "\(HumanNumber.count(tally.transactions, "transaction")), "
            + "\(HumanNumber.count(tally.events, "event")); rows: "
            + "\(HumanNumber.count(tally.rows.inserted)) inserted, "
            + "\(HumanNumber.count(tally.rows.updated)) updated, "
            + "\(HumanNumber.count(tally.rows.deleted)) deleted\n"
    }

    private var chainText: String {
        if gaps.isEmpty, isChainComplete {
            return files.count == 1
                ? "" : "the chain is complete: no file or transaction is missing\n"
        }
        if gaps.isEmpty {
            return "whether the chain is complete is not known: a file is damaged\n"
        }
        return gaps.map { "gap: \($0.message)\n" }.joined()
    }
}
