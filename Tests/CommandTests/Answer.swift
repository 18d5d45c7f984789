import Foundation
import TestSupport
import Testing

/// The one JSON object that `--json` puts on stdout; what is not of its form fails the test.
extension ProgramOutcome {
    var json: [String: Any] {
        get throws {
            let value = try JSONSerialization.jsonObject(with: Data(output.utf8))
            return try #require(value as? [String: Any], "no JSON object: \(output)")
        }
    }

    var result: [String: Any] {
        get throws { try #require(try json["result"] as? [String: Any], "no result: \(output)") }
    }

    /// Nil only where there is no error.
    var errorCode: String? {
        get throws {
            guard let error = try json["error"] else { return nil }
            let members = error as? [String: Any]
            return try #require(members?["code"] as? String, "no error code: \(output)")
        }
    }

    var warningCodes: [String] {
        get throws {
            let warnings = try #require(
                try json["warnings"] as? [[String: Any]], "no warnings: \(output)")
            return try warnings.map { try #require($0["code"] as? String) }
        }
    }

    /// The objects of an array in the result.
    func objects(_ key: String) throws -> [[String: Any]] {
        try #require(try result[key] as? [[String: Any]], "no \(key): \(output)")
    }

    /// A member below the JSON object, named by the way to it; nil where there is none.
    func member(_ path: String...) throws -> Any? { find(path, in: try json) }

    func text(_ path: String...) throws -> String? { find(path, in: try json) as? String }

    private func find(_ path: [String], in object: [String: Any]) -> Any? {
        path.reduce(object as Any?) { ($0 as? [String: Any])?[$1] }
    }
}
