import ArgumentParser
import Binlog
import Recovery
import Server

/// Why a command could not do all it was asked: an error of any layer in one form.
struct Failure: Error, Hashable {
    /// The stable name of the error, as it stands in JSON.
    var code: String
    /// Lower case, no full stop; the place and the hint are not part of it.
    var message: String
    var hint: String?
    var file: String?
    var offset: UInt64?

    init(
        _ code: String, _ message: String, hint: String? = nil, file: String? = nil,
        offset: UInt64? = nil
    ) {
        self.code = code
        self.message = message
        self.hint = hint
        self.file = file
        self.offset = offset
    }

    init(_ error: BinlogError) {
        self.init(
            error.code.rawValue, error.message, hint: error.hint, file: error.file,
            offset: error.offset)
    }

    init(_ error: RecoveryError) {
        self.init(
            error.code.rawValue, error.message, hint: error.hint, file: error.file,
            offset: error.offset)
    }

    init(_ error: ServerError) {
        self.init(error.code.rawValue, error.message, hint: error.hint)
    }

    /// An error of whichever layer; one that no layer expects becomes `unexpected`.
    init(_ error: any Error) {
        switch error {
        case let failure as Failure: self = failure
        case let error as BinlogError: self.init(error)
        case let error as RecoveryError: self.init(error)
        case let error as ServerError: self.init(error)
        case let error as ValidationError: self = .usage(error.message)
        case is CancellationError: self.init("stopped", "stopped by a signal")
        default: self.init("unexpected", "\(error)")
        }
    }

    /// What the user wrote makes no sense.
    static func usage(_ message: String, hint: String? = nil) -> Failure {
        Failure("usage", message, hint: hint)
    }

    /// The form the reports print.
    var reported: RecoveryError {
        RecoveryError(
            RecoveryError.Code(rawValue: code), message, hint: hint, file: file, offset: offset)
    }

    /// The failure as one that stands beside a graver one.
    var asWarning: PlanWarning { PlanWarning(code, placedMessage, blocks: true) }

    private var placedMessage: String {
        place.map { "\(message) (at \($0))" } ?? message
    }

    /// `FILE:OFFSET`, or what is known of it.
    var place: String? {
        file.map { file in offset.map { "\(file):\($0)" } ?? file }
    }
}
