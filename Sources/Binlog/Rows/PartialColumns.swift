/// Which JSON columns of a row's image after hold changes of a value, and not the value.
///
/// See `RowsEvent.isPartial`.
struct PartialColumns: ~Escapable {
    private let bits: RawSpan

    /// Reads what stands in front of the image; `count` is that of the table's JSON columns, nil
    /// where images hold whole values and nothing stands there.
    ///
    /// Throws `unsupported-event` for an option that is not known.
    @_lifetime(copy reader)
    init(_ reader: inout ByteReader, of count: Int?) throws(BinlogError) {
        guard let count else {
            bits = try reader.take(0)
            return
        }
        let options = try reader.lengthEncoded()
        guard options <= 1 else {
            throw BinlogError(
                .unsupportedEvent, "a row has the options \(options)",
                hint: "a newer server may have written this log; take a newer lastgood",
                offset: reader.offset)
        }
        bits = try reader.take(options == 1 ? (count + 7) / 8 : 0)
    }

    /// Whether the table's JSON column `ordinal`, counted from 0, is one of them.
    func contains(_ ordinal: Int) -> Bool {
        ordinal < 8 * bits.byteCount && bits.isSet(bit: ordinal)
    }
}

extension TableMap {
    /// How many columns are of MySQL's type JSON.
    var jsonColumns: Int { columns.count { $0.type == .json } }
}

extension TableMap {
    /// Where the image after of the row at which `cursor` stands really begins, behind what a
    /// partial rows event has before it.
    ///
    /// Throws `corrupt` where the image is too short for that.
    public func valuesOfAfter(
        _ cursor: borrowing RowCursor, of rows: borrowing RowsEvent
    ) throws(BinlogError) -> Range<Int> {
        let image = cursor.after
        var reader = ByteReader(
            rows.rows.extracting(image), at: rows.rowsOffset &+ UInt64(image.lowerBound))
        _ = try PartialColumns(&reader, of: rows.isPartial ? jsonColumns : nil)
        return (image.lowerBound + reader.position)..<image.upperBound
    }
}
