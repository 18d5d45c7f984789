public import Binlog

/// The session a logged statement ran in, as assignments that bring another session to it.
///
/// A pure translation of a Query event's status variables and of the Intvar, Rand and User_var
/// events before it. What a log does not tell is not set. Names and values are written so that
/// they mean the same in every character set a session can have: numbers, and text as hex.
public struct SessionState: Hashable, Sendable {
    /// One variable and the SQL of its value.
    public struct Assignment: Hashable, Sendable {
        public var variable: String
        public var value: String
    }

    /// What stays from statement to statement and need not be set again.
    public private(set) var lasting: [Assignment] = []
    /// What one statement consumes: insert ids, seeds, user variables.
    public private(set) var once: [Assignment] = []

    /// The sql_mode that `lasting` sets; nil where the log does not tell.
    public private(set) var sqlMode: UInt64?

    /// The number of the statement's connection: what CONNECTION_ID() gives, and whose temporary
    /// tables it finds.
    private var threadID: UInt32?
    /// The statement may need that number. Nearly every transaction has another one, and hardly any
    /// needs it: all others get 0, which no connection has.
    public var usesThreadID = true
    /// The server that the statement's connection was one of, where its temporary tables are of
    /// interest: they are told apart by it too. Nil: the target's own.
    public var temporaryTablesServerID: UInt32?
    private var usedThreadID: UInt32? { usesThreadID ? threadID : threadID.map { _ in 0 } }

    /// STRICT_TRANS_TABLES and STRICT_ALL_TABLES (MariaDB: sql/sql_class.h).
    public static let strictModes: UInt64 = 3 << 21
    /// STRICT_ALL_TABLES alone.
    public static let strictAllTables: UInt64 = 1 << 22

    public init() {}

    /// Sets a variable that stays.
    public mutating func set(_ variable: String, _ value: some CustomStringConvertible) {
        lasting.append(Assignment(variable: variable, value: value.description))
    }

    /// Sets a variable for the next statement only.
    public mutating func setOnce(_ variable: String, _ value: some CustomStringConvertible) {
        once.append(Assignment(variable: variable, value: value.description))
    }

    /// The statement's text is UTF-8, whatever its client's character set was: so it is where a
    /// server drops temporary tables.
    public mutating func useUTF8() {
        let name = "@@session.character_set_client"
        for index in lasting.indices where lasting[index].variable == name {
            lasting[index].value = "'utf8mb4'"
        }
    }

    /// Whether a name in it means the same in every character set.
    public var isASCII: Bool { once.allSatisfy { $0.variable.utf8.allSatisfy { $0 < 0x80 } } }

    /// One SET statement that brings a session which is in `previous` to this state; nil where
    /// there is nothing to set. A session in an unknown state is `nil`: everything is set.
    public func setStatement(from previous: SessionState?) -> String? {
        let known = previous?.lasting ?? []
        var text = ""
        func add(_ assignment: Assignment) {
            text += text.isEmpty ? "SET " : ","
            text += assignment.variable
            text += "="
            text += assignment.value
        }
        // Mostly all stand at the same places.
        for (index, assignment) in lasting.enumerated()
        where !(index < known.count && known[index] == assignment) && !known.contains(assignment) {
            add(assignment)
        }
        if let number = usedThreadID, number != previous?.usedThreadID {
            add(Assignment(variable: "@@session.pseudo_thread_id", value: String(number)))
        }
        if temporaryTablesServerID != previous?.temporaryTablesServerID {
            add(
                Assignment(
                    variable: "@@session.server_id",
                    value: temporaryTablesServerID.map(String.init) ?? "DEFAULT"))
        }
        for assignment in once { add(assignment) }
        return text.isEmpty ? nil : text
    }
}

extension SessionState {
    /// sql_mode bits that SQL can set; the others are refused (1231).
    static let settableModes: UInt64 = (1 << 35) - 1
    /// The same on MySQL from 8.0 on, which has given up some (seen on 9.7.4).
    static let settableMySQLModes: UInt64 =
        0x3_FFFF_FFFF & ~(1 << 4 | 0x3FF << 8 | 1 << 28)
    /// NO_DIR_IN_CREATE: a DATA DIRECTORY in a log points at somebody's files.
    static let noDirectories: UInt64 = 1 << 7

    /// Takes over what a Query event tells.
    ///
    /// Throws `older-server` for a character set the target lacks.
    ///
    /// - Parameters:
    ///   - keepsMode: the statement stores its sql_mode (a routine, trigger or event), which must
    ///     stay as it was; every other statement gets NO_DIR_IN_CREATE as well.
    ///   - systemZone: the source's system time zone by name, where the target's own is another;
    ///     nil where the target runs in the source's zone.
    public mutating func apply(
        _ status: StatusVariables, timestamp: UInt32, threadID: UInt32, writer: WriterVersion,
        keepsMode: Bool, collations: CollationCatalog, systemZone: String? = nil
    ) throws(RecoveryError) {
        self.threadID = threadID
        if let flags = status.flags2 { apply(flags2: flags, writer: writer) }
        if let mode = status.sqlMode {
            let extra = keepsMode ? 0 : Self.noDirectories
            let settable = writer.isMySQL ? Self.settableMySQLModes : Self.settableModes
            let settableMode = (mode & settable) | extra
            sqlMode = settableMode
            set("@@session.sql_mode", settableMode)
        }
        if let increment = status.autoIncrementIncrement, let offset = status.autoIncrementOffset {
            set("@@session.auto_increment_increment", increment)
            set("@@session.auto_increment_offset", offset)
        } else {
            set("@@session.auto_increment_increment", 1)
            set("@@session.auto_increment_offset", 1)
        }
        if let client = status.clientCollation, let connection = status.connectionCollation,
            let server = status.serverCollation
        {
            // Not every id is taken here: 1115 for those from 2304 on (seen on 11.8.6).
            let characterSet = try collations.entry(UInt32(client)).characterSet
            set("@@session.character_set_client", "'\(characterSet)'")
            set("@@session.collation_connection", connection)
            set("@@session.collation_server", server)
        }
        if writer.isMySQL { applyMySQL(status) }
        if writer.logsCharacterSetCollations {
            let pairs = status.characterSetCollations ?? []
            set("@@session.character_set_collations", try collations.pairs(pairs))
        }
        set("@@session.time_zone", SQLLiteral.hex(Self.zone(status.timeZone, systemZone)))
        set("@@session.lc_time_names", status.timeNamesLocale ?? 0)
        set(
            "@@session.collation_database",
            status.databaseCollation.map(String.init) ?? "DEFAULT")
        set("@@session.timestamp", Self.time(timestamp, status.microseconds, writer))
    }

    /// What only MySQL has.
    private mutating func applyMySQL(_ status: StatusVariables) {
        if let explicit = status.explicitDefaults {
            set("@@session.explicit_defaults_for_timestamp", explicit)
        }
        if let collation = status.utf8mb4Collation {
            set("@@session.default_collation_for_utf8mb4", collation)
        }
        if let required = status.requiresPrimaryKey {
            set("@@session.sql_require_primary_key", required)
        }
        if let encryption = status.tableEncryption {
            set("@@session.default_table_encryption", encryption)
        }
    }

    /// `SYSTEM` in a log is the source's own zone, not the target's.
    private static func zone(_ logged: [UInt8]?, _ systemZone: String?) -> [UInt8] {
        let zone = logged ?? Array("SYSTEM".utf8)
        guard let systemZone, zone.elementsEqual("SYSTEM".utf8) else { return zone }
        return Array(systemZone.utf8)
    }

    /// Flags that were session variables (MariaDB: sql/sql_class.h, `OPTION_*`).
    private mutating func apply(flags2: UInt32, writer: WriterVersion) {
        func bit(_ number: UInt32) -> Int { flags2 & (1 << number) != 0 ? 1 : 0 }
        set("@@session.sql_auto_is_null", bit(14))
        set("@@session.foreign_key_checks", 1 - bit(26))
        set("@@session.unique_checks", 1 - bit(27))
        if writer.logsCheckConstraints { set("@@session.check_constraint_checks", 1 - bit(15)) }
        if writer.logsIfExists { set("@@session.sql_if_exists", bit(28)) }
        if writer.logsExplicitDefaults {
            set("@@session.explicit_defaults_for_timestamp", bit(24))
        }
        if writer.logsInsertHistory { set("@@session.system_versioning_insert_history", bit(30)) }
    }

    /// The session's clock, for a server of the writer's make: MariaDB cuts the microseconds off a
    /// double, so half of one is added; MySQL rounds them (seen on 9.7).
    static func time(
        _ seconds: UInt32, _ microseconds: UInt32?, _ writer: WriterVersion
    ) -> String {
        guard let microseconds else { return String(seconds) }
        let digits = String(1_000_000 + microseconds % 1_000_000).dropFirst()
        return "\(seconds).\(digits)\(writer.isMySQL ? "" : "5")"
    }
}

/// Which server wrote a log, as far as the meaning of its bits hangs on it.
public struct WriterVersion: Hashable, Sendable, Comparable {
    public var major: Int
    public var minor: Int
    public var patch: Int
    /// A MySQL server: the meanings below are MariaDB's.
    public var isMySQL = false

    public init(_ major: Int, _ minor: Int, _ patch: Int) {
        (self.major, self.minor, self.patch) = (major, minor, patch)
    }

    /// Reads the version a format description tells, as `10.11.19-MariaDB-log`; what is no number
    /// counts as 0.
    public init(_ text: String) {
        var numbers = [0, 0, 0]
        let head = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        for (index, part) in head.split(separator: ".").prefix(3).enumerated() {
            numbers[index] = Int(part) ?? 0
        }
        self.init(numbers[0], numbers[1], numbers[2])
        isMySQL = !text.contains("MariaDB")
    }

    public static func < (left: Self, right: Self) -> Bool {
        (left.major, left.minor, left.patch) < (right.major, right.minor, right.patch)
    }

    /// Bit 15 counts up to 10.11; 11.8 does not log it any more.
    var logsCheckConstraints: Bool { !isMySQL && self >= Self(10, 2, 1) && self < Self(11, 8, 0) }
    var logsIfExists: Bool { !isMySQL && self >= Self(10, 5, 2) }
    var logsInsertHistory: Bool { !isMySQL && self >= Self(10, 11, 0) }
    /// Left out of an event where the session had none.
    var logsCharacterSetCollations: Bool { !isMySQL && self >= Self(11, 2, 0) }

    /// Bit 24 counts from these releases of each series on.
    var logsExplicitDefaults: Bool {
        guard !isMySQL else { return false }
        return switch (major, minor) {
        case (10, 5): patch >= 17
        case (10, 6): patch >= 9
        case (10, 7): patch >= 5
        case (10, 8): patch >= 4
        case (10, 9): patch >= 2
        default: self >= Self(10, 10, 0)
        }
    }
}
