public import Binlog

/// Why a recovery cannot be planned, begun or finished, and what to do about it.
///
/// Shared by planning, backups and replay; each code has one exit code (`Docs/Json.md`).
public struct RecoveryError: Error, Sendable, Equatable {
    /// The stable name of an error, as it stands in JSON.
    public struct Code: RawRepresentable, Sendable, Hashable {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }
    }

    public var code: Code
    /// Lower case, no full stop; the place and the hint are not part of it.
    public var message: String
    public var hint: String?
    public var file: String?
    public var offset: UInt64?

    public init(
        _ code: Code, _ message: String, hint: String? = nil, file: String? = nil,
        offset: UInt64? = nil
    ) {
        self.code = code
        self.message = message
        self.hint = hint
        self.file = file
        self.offset = offset
    }

    /// The same finding, said by the layer above.
    public init(_ error: BinlogError) {
        self.init(
            Code(rawValue: error.code.rawValue), error.message, hint: error.hint, file: error.file,
            offset: error.offset)
    }
}
