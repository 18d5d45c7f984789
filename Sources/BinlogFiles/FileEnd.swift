/// How a log file ends, and where what can be used of it ends.
public struct FileEnd: Hashable, Sendable {
    /// The four ends a file can have.
    public enum State: String, Sendable {
        /// A Rotate or Stop event closes it.
        case clean
        /// Its server has it open, or died, or the copy was taken from an open file; what is there
        /// is whole.
        case inUse = "in-use"
        /// It ends inside an event or a transaction.
        case truncated
        /// Bytes that are no valid event.
        case corrupt
    }

    public var state: State
    /// The first byte that is not part of a whole transaction or a file's own event.
    public var offset: UInt64
    /// Lower case, no full stop; nil for a clean end.
    public var reason: String?

    public init(state: State, offset: UInt64, reason: String? = nil) {
        self.state = state
        self.offset = offset
        self.reason = reason
    }
}
