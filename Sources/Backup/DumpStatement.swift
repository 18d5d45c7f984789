/// What the load does with one top-level statement of a dump, decided from its words.
enum DumpStatement: Equatable {
    case pass
    /// The whole statement must be seen before it can be decided.
    case undecided
    /// May create files where a DATA DIRECTORY says: the session's mode must forbid it.
    case createsTable
    /// Does not belong to the data: the reason.
    case drop(String)

    typealias Word = DumpWords.Word

    /// Decides from the first words of a statement; five are enough for all but SET.
    static func firstLook(_ words: [Word]) -> DumpStatement {
        guard case .word(let verb)? = words.first else { return .pass }
        switch verb {
        case "SET", "CHANGE", "START", "STOP", "RESET", "PURGE", "SHUTDOWN", "KILL", "INSTALL",
            "UNINSTALL":
            return .undecided
        case "CREATE", "ALTER":
            return words.dropFirst().prefix(4).contains(.word("TABLE")) ? .createsTable : .pass
        default: return .pass
        }
    }

    /// Decides a whole statement whose first look was undecided.
    static func decide(_ words: [Word]) -> DumpStatement {
        guard case .word(let verb)? = words.first else { return .pass }
        let rest = words.dropFirst()
        switch verb {
        case "CHANGE":
            return ["MASTER", "REPLICATION"].contains(where: { rest.first == .word($0) })
                ? .drop("replication") : .pass
        case "START", "STOP", "RESET":
            let replication = ["SLAVE", "REPLICA", "ALL", "MASTER", "BINARY", "GROUP_REPLICATION"]
            return replication.contains(where: { rest.first == .word($0) })
                ? .drop("replication") : .pass
        case "PURGE": return .drop("binary-log")
        case "SHUTDOWN", "KILL": return .drop("server-control")
        case "INSTALL", "UNINSTALL": return .drop("plugin")
        case "SET":
            return assignments(words).contains(where: \.isServerWide)
                ? .drop("server-setting") : .pass
        default: return .pass
        }
    }

    /// One assignment of a SET statement.
    struct Assignment: Equatable {
        /// The scope words and the variable's name, upper case: `["GLOBAL", "GTID_SLAVE_POS"]`.
        var target: [String]
        var value: [Word]

        /// Changes the server, or how this session is logged, which the load decides.
        var isServerWide: Bool {
            let scopes = ["GLOBAL", "PERSIST", "PERSIST_ONLY", "@@GLOBAL", "@@PERSIST"]
            guard let first = target.first, let last = target.last else { return false }
            return (target.count > 1 && scopes.contains(first))
                || ["SQL_LOG_BIN", "@@SQL_LOG_BIN", "@MYSQLDUMP_TEMP_LOG_BIN"].contains(last)
        }

        /// Sets the session's sql_mode.
        var isMode: Bool {
            !isServerWide && ["SQL_MODE", "@@SQL_MODE"].contains(target.last ?? "")
        }
    }

    /// The assignments of a SET statement, in order; empty for SET ROLE and the like.
    static func assignments(_ words: [Word]) -> [Assignment] {
        guard words.first == .word("SET") else { return [] }
        var found: [Assignment] = []
        var current = Assignment(target: [], value: [])
        var depth = 0
        var inValue = false
        for word in words.dropFirst() {
            switch word {
            case .mark(UInt8(ascii: "(")): depth += 1
            case .mark(UInt8(ascii: ")")): depth -= 1
            case .mark(UInt8(ascii: ",")) where depth == 0:
                if inValue { found.append(current) }
                current = Assignment(target: [], value: [])
                inValue = false
                continue
            case .mark(UInt8(ascii: "=")) where !inValue:
                inValue = true
                continue
            default: break
            }
            if inValue {
                current.value.append(word)
            } else if case .word(let name) = word {
                current.target.append(name)
            } else if case .name(let name) = word {
                current.target.append(name.uppercased())
            }
        }
        if inValue { found.append(current) }
        return found
    }
}

extension DumpLexer {
    /// Follows what the dump sets its session's sql_mode to, for the modes that end strings
    /// otherwise.
    ///
    /// A mode taken back from a variable is one from before, without those modes.
    mutating func follow(_ assignments: [DumpStatement.Assignment]) {
        for assignment in assignments where assignment.isMode {
            var modes = ""
            for case .string(let text) in assignment.value { modes += text.uppercased() + "," }
            noBackslashEscapes = modes.contains("NO_BACKSLASH_ESCAPES")
            ansiQuotes = modes.contains("ANSI")
        }
    }
}
