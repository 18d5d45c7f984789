public import Binlog
public import Recovery
public import Server

/// Why a replay stopped: an error of the recovery, with the server's own where it was one.
public struct ReplayFailure: Error, Sendable {
    public var error: RecoveryError
    /// What the target said.
    public var server: ServerError?
    /// No resume can go on behind it: the session held temporary tables, which end with it.
    public internal(set) var losesTemporaryTables = false
    /// It refused rows and has not named them, or the log contradicts itself about rows.
    var isOfRows = false
    /// How far what was not committed reaches, and what was.
    var reached: BinlogPosition?
    var committed: BinlogPosition?

    public init(_ error: RecoveryError, server: ServerError? = nil) {
        self.error = error
        self.server = server
    }

    public init(
        _ code: RecoveryError.Code, _ message: String, hint: String? = nil, file: String? = nil,
        offset: UInt64? = nil
    ) {
        error = RecoveryError(code, message, hint: hint, file: file, offset: offset)
    }

    public init(_ error: BinlogError) {
        self.error = RecoveryError(error)
        isOfRows = error.code == .contradiction
    }

    /// What the target said to rows.
    init(ofRows error: ServerError) {
        self.init(error)
        isOfRows = !error.isConnectionLost && !Self.operational.contains(error.number)
    }

    /// A session waited too long for another, or in a circle.
    var isLockWait: Bool { server.map { [1205, 1213].contains($0.number) } == true }

    /// Errors that have nothing to do with what the rows hold: a full disk, a lock, a right.
    private static let operational: Set<Int> = [
        1021, 1037, 1041, 1044, 1045, 1114, 1142, 1143, 1153, 1205, 1213, 1227, 1290, 1317, 1836,
        1969,
    ]

    public init(_ error: ServerError) {
        self.error = RecoveryError(
            error.isConnectionLost ? .targetLost : .targetFailed, error.message, hint: error.hint)
        server = error
    }

    /// Any error of the layers below, said as a failure.
    init(wrapping error: any Error) {
        switch error {
        case let failure as ReplayFailure: self = failure
        case let error as BinlogError: self.init(error)
        case let error as ServerError: self.init(error)
        case let error as RecoveryError: self.init(error)
        default: self.init(.targetFailed, "\(error)")
        }
    }

    /// The same failure with the place in the log that was being applied.
    func at(_ position: BinlogPosition) -> ReplayFailure {
        var failure = self
        if failure.error.file == nil {
            failure.error.file = position.file
            failure.error.offset = position.offset
        }
        return failure
    }

    /// Runs something on the server, its errors said as failures.
    static func server<Value>(
        _ body: () throws(ServerError) -> Value
    ) throws(ReplayFailure) -> Value {
        do throws(ServerError) {
            return try body()
        } catch {
            throw ReplayFailure(error)
        }
    }

    /// Reads a log, its errors said as failures.
    static func log<Value>(
        _ body: () throws(BinlogError) -> Value
    ) throws(ReplayFailure) -> Value {
        do throws(BinlogError) {
            return try body()
        } catch {
            throw ReplayFailure(error)
        }
    }
}

extension RecoveryError.Code {
    /// The target refused a row or a statement.
    public static let targetFailed = Self(rawValue: "target-failed")
    /// A table of the target does not have the columns of the log's rows.
    public static let columnsDiffer = Self(rawValue: "columns-differ")
    /// The connection to the target broke, or it ended.
    public static let targetLost = Self(rawValue: "target-lost")
    /// An earlier run was cut off while it changed tables that cannot roll back.
    public static let unsureRows = Self(rawValue: "unsure-rows")
    /// An earlier run was cut off while it held temporary tables.
    public static let temporaryTablesLost = Self(rawValue: "temporary-tables-lost")
    /// The state of an earlier run cannot be read.
    public static let stateDamaged = Self(rawValue: "state-damaged")
}
