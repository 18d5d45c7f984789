/// What a torn end of the last log file takes with it.
public struct LostTail: Hashable, Sendable, Codable {
    /// Behind the last whole transaction.
    public var position: BinlogPosition
    public var bytes: UInt64
    /// Events that can still be told, the torn one included.
    public var events: Int
    /// From the last whole transaction to the last event that can be read; nil where there is none.
    public var seconds: UInt32?

    public init(position: BinlogPosition, bytes: UInt64, events: Int, seconds: UInt32?) {
        self.position = position
        self.bytes = bytes
        self.events = events
        self.seconds = seconds
    }
}
