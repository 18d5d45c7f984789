internal import Binlog

/// The net effect on a table without a key, from images of all columns: how many rows of each image
/// came, or went.
///
/// Rows that are equal in every byte are the same to a table.
struct RowBag: Sendable {
    /// Told by the image itself; the state is how many came, or went where it is negative.
    private(set) var rows = RowTable<Int>()

    /// Takes the rows of an event whose images hold every column; returns their number.
    mutating func fold(
        _ event: borrowing RowsEvent, _ layouts: RowLayouts
    ) throws(BinlogError) -> Int {
        let rows = event.rows
        return try layouts.forEachRow(in: event) { (before, after) throws(BinlogError) in
            if event.operation != .insert { add(rows.extracting(before), -1) }
            if event.operation != .delete { add(rows.extracting(after), 1) }
        }
    }

    private mutating func add(_ image: RawSpan, _ count: Int) {
        image.withUnsafeBytes { add($0, RowHash.of($0), count) }
    }

    private mutating func add(_ image: UnsafeRawBufferPointer, _ hash: UInt64, _ count: Int) {
        switch rows.find(image, hash) {
        case .found(let index): rows.entries[index].state += count
        case .free(let slot):
            let place = rows.append(image)
            _ = rows.add(RowTable.Entry(hash: hash, key: place, state: count), slot)
        }
    }

    /// Takes what stands in the log behind everything folded so far.
    mutating func merge(_ newer: borrowing RowBag) {
        newer.rows.arena.withUnsafeBytes { bytes in
            for entry in newer.rows.entries where entry.state != 0 {
                add(
                    UnsafeRawBufferPointer(rebasing: bytes[entry.key.range]), entry.hash,
                    entry.state)
            }
        }
    }
}
