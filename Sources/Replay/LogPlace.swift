internal import Binlog
internal import BinlogFiles

/// A place in a chain that can be compared: which file, and where in it.
struct LogPlace: Hashable, Comparable {
    var fileIndex: Int
    var offset: UInt64

    init(fileIndex: Int, offset: UInt64) {
        self.fileIndex = fileIndex
        self.offset = offset
    }

    /// Throws `chain-gap` where the file is not there.
    init(_ position: BinlogPosition, in logs: LogSet) throws(BinlogError) {
        guard let index = logs.index(of: position.file) else {
            throw BinlogError(
                .chainGap, "\(position.file) is not among the logs",
                hint: "copy it beside the others", file: position.file, offset: position.offset)
        }
        self.init(fileIndex: index, offset: position.offset)
    }

    static func < (left: Self, right: Self) -> Bool {
        (left.fileIndex, left.offset) < (right.fileIndex, right.offset)
    }
}
