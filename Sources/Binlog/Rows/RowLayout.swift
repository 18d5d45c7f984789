/// How the row images of one table lie in their bytes, for one set of columns that they hold.
///
/// An image is a bitmap with a bit for each column it holds, set where the value is NULL, and then
/// the values that are not NULL, in the columns' order (MariaDB: sql/rpl_record.cc, `pack_row`).
public struct RowLayout: Hashable, Sendable {
    /// Bytes of an image's bitmap of NULLs.
    public let nullBytes: Int
    /// The widths of the columns that an image holds.
    let columns: [ColumnWidth]
    /// The same with neighbours of fixed width made one: what lies in an image without a NULL.
    let runs: [ColumnWidth]
    /// The bits of the bitmap's last byte that belong to columns.
    let lastMask: UInt8
    /// Whether the bitmap's other bits are to be ones, as all servers but MySQL from 8.0 on write
    /// them: checked only where pre-5.6 temporal columns, which that one does not have, make the
    /// widths a guess.
    let checksPadding: Bool

    init(of columns: [TableColumn], isPresent: (Int) -> Bool) {
        var widths: [ColumnWidth] = []
        var runs: [ColumnWidth] = []
        widths.reserveCapacity(columns.count)
        for index in columns.indices where isPresent(index) {
            let width = columns[index].width
            widths.append(width)
            if width.prefixBytes == 0, let last = runs.last, last.prefixBytes == 0 {
                runs[runs.count - 1].fixedBytes += width.fixedBytes
            } else {
                runs.append(width)
            }
        }
        self.columns = widths
        self.runs = runs
        checksPadding = columns.contains { $0.type.isOldTemporal }
        nullBytes = (widths.count + 7) / 8
        lastMask = widths.count % 8 == 0 ? 0xFF : (1 << UInt8(widths.count % 8)) - 1
    }

    /// Moves `reader` over one image.
    ///
    /// Throws `corrupt` where the image runs past the end, or cannot be one.
    func skipImage(_ reader: inout ByteReader) throws(BinlogError) {
        let nulls = try reader.take(nullBytes)
        if checksPadding, nullBytes > 0, nulls.byte(nullBytes - 1) | lastMask != 0xFF {
            throw BinlogError(
                .corrupt, "a row does not begin where it should", offset: reader.offset)
        }
        if hasNoNull(nulls) {
            for run in runs { try Self.skip(run, &reader) }
        } else {
            for index in columns.indices where !nulls.isSet(bit: index) {
                try Self.skip(columns[index], &reader)
            }
        }
    }

    @inline(__always)
    private func hasNoNull(_ nulls: RawSpan) -> Bool {
        let last = nullBytes - 1
        guard last >= 0 else { return true }
        var index = 0
        while index < last {
            if nulls.byte(index) != 0 { return false }
            index += 1
        }
        return nulls.byte(last) & lastMask == 0
    }

    @inline(__always)
    private static func skip(
        _ width: ColumnWidth, _ reader: inout ByteReader
    ) throws(BinlogError) {
        let length =
            switch width.prefixBytes {
            case 0: Int(width.fixedBytes)
            case 1: Int(try reader.u8())
            case 2: Int(try reader.u16())
            case 4: Int(try reader.u32())
            default: Int(try reader.unsigned(width: Int(width.prefixBytes)))
            }
        try reader.skip(length)
    }
}

/// The values of an image.
extension RowLayout {
    /// Tells where each value lies, with the length that stands before it; nil for NULL.
    ///
    /// `ranges` becomes one entry for each column that the image holds. Throws `corrupt` where the
    /// bytes are no such image.
    public func readRanges(
        of image: RawSpan, at offset: UInt64, into ranges: inout [Range<Int>?]
    ) throws(BinlogError) {
        ranges.removeAll(keepingCapacity: true)
        var reader = ByteReader(image, at: offset)
        let nulls = try reader.take(nullBytes)
        for index in columns.indices {
            guard !nulls.isSet(bit: index) else {
                ranges.append(nil)
                continue
            }
            let begin = reader.position
            try Self.skip(columns[index], &reader)
            ranges.append(begin..<reader.position)
        }
    }
}

/// Chosen columns of a full image.
extension RowLayout {
    /// Appends the stored bytes of some columns, each with the length that stands before it.
    ///
    /// `ordinals` count from 0 and rise; the image must hold every column. With `marksNulls` each
    /// value has a byte before it, 1 for NULL; without it throws `corrupt` for a NULL.
    public func appendValues(
        of ordinals: [Int], in image: RawSpan, at offset: UInt64, marksNulls: Bool = false,
        to bytes: inout [UInt8]
    ) throws(BinlogError) {
        var reader = ByteReader(image, at: offset)
        let nulls = try reader.take(nullBytes)
        var next = 0
        for index in columns.indices {
            guard next < ordinals.count else { return }
            let isWanted = ordinals[next] == index
            if nulls.isSet(bit: index) {
                guard isWanted else { continue }
                guard marksNulls else {
                    throw BinlogError(.corrupt, "a key column is NULL", offset: offset)
                }
                bytes.append(1)
                next += 1
                continue
            }
            let begin = reader.position
            try Self.skip(columns[index], &reader)
            guard isWanted else { continue }
            if marksNulls { bytes.append(0) }
            // Safe: both positions lie within the image.
            image.extracting(begin..<reader.position).withUnsafeBytes {
                bytes.append(contentsOf: $0)
            }
            next += 1
        }
    }

    /// Where the values of columns lie that stand first, are never NULL and have fixed widths; nil
    /// where it depends on the image.
    public func fixedRange(ofFirst count: Int) -> Range<Int>? {
        guard count <= columns.count, columns[..<count].allSatisfy({ $0.prefixBytes == 0 }) else {
            return nil
        }
        let width = columns[..<count].reduce(0) { $0 + Int($1.fixedBytes) }
        return nullBytes..<(nullBytes + width)
    }
}
