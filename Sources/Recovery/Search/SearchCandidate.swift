/// What may become a match once it is known how its transaction ended.
struct SearchCandidate {
    var schema: String?
    var table: String?
    /// See `SearchMatch.newName`.
    var newName: TableName?
    /// The table's handle, -1 where only a text names it.
    var handle: Int32 = -1
    var kinds: DestructiveKinds = []
    var reasons: StatementReasons = []
    /// What the reason about partitions or NULL names.
    var detail = ""
    /// Reasons that name something of their own.
    var notes: [String] = []
    var rows: RowCounts?
    var timestamp: UInt32 = 0
    var threadID: UInt32?
    var errorCode: UInt16 = 0
    /// See `SearchMatch.executionSeconds`.
    var executionSeconds: UInt32?
    /// See `SearchMatch.isDefinition`.
    var isDefinition = false
    var text: SearchText?
    /// Rows put into the same table later in the same transaction.
    var insertedLater: UInt64 = 0

    /// Whether it says that (nearly) all rows went.
    var emptiesTable: Bool { kinds.contains(.deleteAll) || kinds.contains(.massDelete) }
}

/// A statement's text as a match keeps it: its beginning, secrets masked.
struct SearchText {
    var text: String
    /// Of the whole text in the log.
    var sizeBytes: Int

    /// The most that is kept of one text.
    static let keptSizeBytes = 65_536

    /// Takes the beginning of `text`, which is `sizeBytes` long in the log.
    init(_ text: SQLText, mode: SQLMode?, sizeBytes: Int) {
        var end = min(text.count, Self.keptSizeBytes)
        if end < sizeBytes {
            // Do not cut a UTF-8 sequence in two.
            var steps = 0
            while steps < 3, end > 0, text[end - 1] & 0xC0 == 0x80 {
                end -= 1
                steps += 1
            }
            if end > 0, text[end - 1] >= 0xC0 { end -= 1 }
        }
        let beginning = UnsafeRawBufferPointer(rebasing: text.bytes[..<end])
        let masked = SecretMask.masked(RawSpan(_unsafeBytes: beginning), mode: mode)
        self.text = PrintableText.decoded(masked)
        self.sizeBytes = sizeBytes
    }
}
