public import Recovery

/// What every command prints with `--json`: one object that names the format and the command.
public struct Envelope: Sendable {
    /// The number of the contract that the fields keep.
    public static let format = 1

    public var command: String
    /// The part of the result that holds; an empty object where there is none.
    public var result: JSONValue
    public var warnings: [PlanWarning]
    public var error: RecoveryError?

    public init(
        command: String, result: JSONValue = [:], warnings: [PlanWarning] = [],
        error: RecoveryError? = nil
    ) {
        self.command = command
        self.result = result
        self.warnings = warnings
        self.error = error
    }

    /// The whole object.
    public var json: JSONValue {
        var members: [JSONValue.Member] = [
            .init("format", .integer(Int64(Self.format))), .init("command", .string(command)),
            .init("result", result),
            .init("warnings", .array(warnings.map(Self.json))),
        ]
        if let error { members.append(.init("error", Self.json(error))) }
        return .object(members)
    }

    static func json(_ warning: PlanWarning) -> JSONValue {
        [
            "code": .string(warning.code), "message": .string(warning.message),
            "blocks": .bool(warning.blocks),
        ]
    }

    private static func json(_ error: RecoveryError) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("code", .string(error.code.rawValue)), .init("message", .string(error.message)),
        ]
        if let hint = error.hint { members.append(.init("hint", .string(hint))) }
        if let file = error.file { members.append(.init("file", .string(file))) }
        if let offset = error.offset { members.append(.init("offset", .init(offset))) }
        return .object(members)
    }
}
