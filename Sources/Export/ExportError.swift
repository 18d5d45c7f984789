/// Why an export cannot be written.
public struct ExportError: Error, Hashable, Sendable {
    /// Lower case, no full stop.
    public var message: String
    public var path: String
    /// Whoever read the lines wants no more of them.
    public var isBrokenPipe = false
}
