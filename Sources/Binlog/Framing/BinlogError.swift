/// What is wrong with a binary log, and where.
///
/// Thrown by everything that reads bytes. `offset` counts from the first byte of the file; `file`
/// is filled in by whoever knows the file (`Binlog` itself never does).
public struct BinlogError: Error, Sendable, Equatable {
    /// The stable name of an error, as it stands in JSON (`Docs/Json.md` lists them all).
    public struct Code: RawRepresentable, Sendable, Hashable {
        public let rawValue: String

        public init(rawValue: String) { self.rawValue = rawValue }
    }

    public var code: Code
    /// Lower case, no full stop; the place and the hint are not part of it.
    public var message: String
    /// What to do about it; where nothing was given, what helps with that code.
    public var hint: String?
    public var file: String?
    public var offset: UInt64?

    /// Whether the last bytes of a file look so whose server died while it wrote them.
    public var mayBeTornTail: Bool {
        switch code {
        case .truncated, .corrupt, .checksumMismatch: true
        default: false
        }
    }

    public init(
        _ code: Code, _ message: String, hint: String? = nil, file: String? = nil,
        offset: UInt64? = nil
    ) {
        self.code = code
        self.message = message
        self.hint = hint ?? code.usualHint
        self.file = file
        self.offset = offset
    }

    /// The same error with the file it happened in.
    public func inFile(_ name: String) -> BinlogError {
        var error = self
        error.file = file ?? name
        return error
    }
}

extension BinlogError.Code {
    /// A path that does not exist or cannot be read.
    public static let unreadable = Self(rawValue: "unreadable")
    /// No binary-log magic at the beginning, or nothing at all.
    public static let notABinaryLog = Self(rawValue: "not-a-binary-log")
    /// A replica's relay log, where a server's own binary log is needed.
    public static let relayLog = Self(rawValue: "relay-log")
    /// The file ends inside an event.
    public static let truncated = Self(rawValue: "truncated")
    /// A length, position or field that cannot be.
    public static let corrupt = Self(rawValue: "corrupt")
    /// The bytes of an event do not have the CRC32 that stands behind them.
    public static let checksumMismatch = Self(rawValue: "checksum-mismatch")
    /// An event type that no known server writes, without the ignorable flag.
    public static let unknownEvent = Self(rawValue: "unknown-event")
    /// Something recognised, which this version cannot read or replay.
    public static let unsupportedEvent = Self(rawValue: "unsupported-event")
    /// The server itself recorded that events are missing from its log.
    public static let incident = Self(rawValue: "incident")
    /// A rows event whose table map does not stand in the same group.
    public static let missingTableMap = Self(rawValue: "missing-table-map")
    /// A place where logs should be holds none.
    public static let noLogs = Self(rawValue: "no-logs")
    /// Several logs stand in one place and nothing says which is meant.
    public static let severalBases = Self(rawValue: "several-bases")
    /// A file of the chain is missing, or one of another server stands in it.
    public static let chainGap = Self(rawValue: "chain-gap")

    fileprivate var usualHint: String? {
        switch self {
        case .unreadable: "check the path and who may read it"
        case .truncated, .corrupt:
            "copy the file again from its server; what stands before that place can be used"
        default: nil
        }
    }
}
