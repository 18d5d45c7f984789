import Recovery
import Server

/// Turns the last words of a client that failed into an error: number, line and a hint.
enum LoadFailure {
    /// Reads `ERROR 1064 (42000) at line 123: You have an error …`.
    static func error(_ outcome: ChildProgram.Outcome, path: String) -> RecoveryError {
        let lines = outcome.errorText.split(separator: "\n")
        guard let line = lines.last(where: { $0.hasPrefix("ERROR") }) ?? lines.last else {
            return RecoveryError(
                .loadFailed, "the client ended with \(outcome.endText) and said nothing",
                hint: "see the target's error log", file: path)
        }
        let text = String(line.prefix(1000))
        return RecoveryError(
            .loadFailed, "the dump cannot be loaded: \(text)", hint: hint(for: text), file: path)
    }

    private static func hint(for text: String) -> String {
        let hints = [
            (
                ["ERROR 2006", "ERROR 2013", "ERROR 1153"],
                "is the target's max_allowed_packet as large "
                    + "as the source's was? else see the target's error log"
            ),
            (["ERROR 1045", "ERROR 1698", "ERROR 2002"], "check the connection's options"),
            (["ERROR 1044", "ERROR 1142", "ERROR 1227"], "the target's account lacks a privilege"),
            (
                ["ERROR 1290", "ERROR 4166", "ERROR 1148"],
                "the dump reads or writes files beside itself, which is not done: look at that line"
            ),
            (["sandbox"], "the dump tries to run a command of the client: look at that line"),
            (
                ["ERROR 1064"],
                "look at that line of the dump: the target may be older than the source"
            ),
        ]
        return hints.first { $0.0.contains { text.contains($0) } }?.1
            ?? "look at that line of the dump, and at the target's error log"
    }
}
