internal import CDeflate
internal import Foundation
internal import GRDB
public import SystemPackage

/// The catalog's file: what is known of each log, one row a file.
///
/// A SQLite database that holds nothing of its own: it can be rebuilt from the logs at any time.
/// Each part of a row is sealed with a checksum of its own; what does not fit is not believed.
public final class CatalogStore {
    /// Why a catalog cannot be used; nothing was changed.
    public enum Trouble: Error, Hashable, Sendable {
        /// Another process writes it.
        case locked
        /// It is no catalog, and may be somebody's data.
        case foreign
        /// It is a catalog of another version, or damaged; it can be made anew.
        case unusable
        /// Who wrote it was stopped half-way; SQLite undoes that when it may write.
        case halfWritten
        /// What the system says.
        case failed(String)
    }

    /// What a file must say of itself to be taken for a catalog: "LGCT".
    private static let applicationID = 0x4C47_4354
    private static let version = 8
    private static let writersWaitSeconds = 10.0
    private static let note = """
        An index of binary logs, made by lastgood. It holds nothing of its own: lastgood index \
        rebuilds it from the logs at any time, and it may be deleted.
        """

    private let queue: DatabaseQueue

    /// Opens a catalog that is there, to read it; nil where there is none.
    public static func open(_ path: FilePath) throws(Trouble) -> CatalogStore? {
        try open(path, waitingSeconds: 0.25)
    }

    /// - Parameter waitingSeconds: for who is writing it.
    private static func open(
        _ path: FilePath, waitingSeconds: Double
    ) throws(Trouble) -> CatalogStore? {
        guard FileStamp(path) != nil else { return nil }
        try CatalogPlace.check(path)
        var configuration = Configuration()
        configuration.readonly = true
        configuration.busyMode = .timeout(waitingSeconds)
        do throws(Trouble) {
            return try checked(path, configuration)
        } catch {
            guard error == .halfWritten else { throw error }
        }
        var writing = configuration
        writing.readonly = false
        _ = try checked(path, writing)
        return try checked(path, configuration)
    }

    private static func checked(
        _ path: FilePath, _ configuration: Configuration
    ) throws(Trouble) -> CatalogStore {
        let store = try CatalogStore(path, configuration)
        try store.check()
        return store
    }

    /// Opens a catalog to write it, and makes it where there is none.
    ///
    /// - Parameter replacesForeign: a file that is no catalog is replaced too.
    public static func create(
        _ path: FilePath, replacesForeign: Bool
    ) throws(Trouble) -> CatalogStore {
        try CatalogPlace.makeFolder(of: path, ownsFolder: replacesForeign)
        do throws(Trouble) {
            // Somebody's own file must be known as one before anything of it is changed.
            if sizeBytes(of: path) > 0 { _ = try open(path, waitingSeconds: writersWaitSeconds) }
            try CatalogPlace.makeFile(path)
            let store = try CatalogStore(path, writing)
            if try store.isEmpty() { try store.makeTables() }
            try store.check()
            return store
        } catch {
            guard error == .unusable || (error == .foreign && replacesForeign) else { throw error }
        }
        return try replace(path)
    }

    /// Makes a catalog anew in the place of one.
    public static func replace(_ path: FilePath) throws(Trouble) -> CatalogStore {
        try CatalogPlace.empty(path)
        let store = try CatalogStore(path, writing)
        try store.makeTables()
        return store
    }

    private static var writing: Configuration {
        var configuration = Configuration()
        configuration.busyMode = .timeout(writersWaitSeconds)
        configuration.prepareDatabase { database in
            // Locks of a write-ahead log do not work on network homes.
            try database.execute(sql: "PRAGMA journal_mode=DELETE")
        }
        return configuration
    }

    private init(_ path: FilePath, _ configuration: Configuration) throws(Trouble) {
        do {
            queue = try DatabaseQueue(path: path.string, configuration: configuration)
        } catch {
            throw Trouble(error)
        }
    }

    /// How large the file is; 0 where it is not there.
    public static func sizeBytes(of path: FilePath) -> UInt64 { FileStamp(path)?.sizeBytes ?? 0 }

    // MARK: Rows

    /// All that is known of files, by their absolute paths; damaged rows are left out.
    ///
    /// - Parameter withMinutes: also what happened to each table in each minute.
    public func entries(
        of paths: [String], withMinutes: Bool = false
    ) throws(Trouble) -> [String: CatalogEntry] {
        try run { database in
            var entries: [String: CatalogEntry] = [:]
            let columns = "head, blocks, statements" + (withMinutes ? ", minutes" : "")
            let statement = try database.makeStatement(
                sql: "SELECT \(columns) FROM file WHERE path = ?")
            for path in paths {
                guard let row = try Row.fetchOne(statement, arguments: [path]) else { continue }
                entries[path] = Self.entry(row, path, withMinutes: withMinutes)
            }
            return entries
        }
    }

    /// What tells the logs that it knows from others, by their paths.
    func fingerprints() throws(Trouble) -> [(path: String, fingerprint: LogFingerprint?)] {
        try run { database in
            try Row.fetchAll(database, sql: "SELECT path, head FROM file ORDER BY path")
                .compactMap { row in
                    guard let path = String.fromDatabaseValue(row[0]) else { return nil }
                    return (path, Self.fingerprint(row, path))
                }
        }
    }

    private static func fingerprint(_ row: Row, _ path: String) -> LogFingerprint? {
        guard let data = Data.fromDatabaseValue(row[1]),
            let head = opened(Array(data), .head, path)
        else { return nil }
        do throws(CatalogDamage) {
            return try LogFingerprint(ofHead: head)
        } catch {
            return nil
        }
    }

    /// Puts what is known of one file in the place of what was.
    func put(_ entry: CatalogEntry, keepsTexts: Bool) throws(Trouble) {
        try run { database in
            let parts = [
                entry.packedHead, entry.packedBlocks, entry.packedMinutes,
                entry.packedStatements(keepsTexts: keepsTexts),
            ]
            let sealed = zip(Part.allCases, parts).map { part, bytes in
                Data(Self.sealed(bytes, part, entry.path))
            }
            try database.execute(
                sql: "INSERT OR REPLACE INTO file(path, head, blocks, minutes, statements) "
                    + "VALUES (?, ?, ?, ?, ?)",
                arguments: [entry.path, sealed[0], sealed[1], sealed[2], sealed[3]])
        }
    }

    func remove(_ path: String) throws(Trouble) {
        try run { try $0.execute(sql: "DELETE FROM file WHERE path = ?", arguments: [path]) }
    }

    private enum Part: String, CaseIterable { case head, blocks, minutes, statements }

    private static func entry(_ row: Row, _ path: String, withMinutes: Bool) -> CatalogEntry? {
        func part(_ part: Part) -> [UInt8]? {
            // A row's own subscript traps on a value of another type.
            let value: DatabaseValue = row[part.rawValue]
            return Data.fromDatabaseValue(value).flatMap { opened(Array($0), part, path) }
        }
        guard let head = part(.head), let blocks = part(.blocks),
            let statements = part(.statements)
        else { return nil }
        let minutes = withMinutes ? part(.minutes) : nil
        guard !withMinutes || minutes != nil else { return nil }
        do throws(CatalogDamage) {
            return try CatalogEntry(
                path: path, head: head, blocks: blocks, minutes: minutes, statements: statements)
        } catch {
            return nil
        }
    }

    // MARK: Seals

    /// The bytes deflated, and a checksum of that and their place: a part that came to stand
    /// elsewhere is damage too.
    private static func sealed(_ bytes: [UInt8], _ part: Part, _ path: String) -> [UInt8] {
        let packed = DeflatedBytes.pack(bytes)
        let checksum = seal(packed[...], part, path)
        return packed + (0..<4).map { UInt8(truncatingIfNeeded: checksum >> (8 * UInt32($0))) }
    }

    private static func opened(_ bytes: [UInt8], _ part: Part, _ path: String) -> [UInt8]? {
        guard bytes.count >= 4 else { return nil }
        let stored = bytes.suffix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        let rest = bytes.dropLast(4)
        return stored == seal(rest, part, path) ? DeflatedBytes.unpack(rest) : nil
    }

    private static func seal(_ bytes: ArraySlice<UInt8>, _ part: Part, _ path: String) -> UInt32 {
        let name = Array("\(version) \(part.rawValue) \(path)".utf8)
        let begin = libdeflate_crc32(0, name, name.count)
        return bytes.withUnsafeBytes { libdeflate_crc32(begin, $0.baseAddress, $0.count) }
    }

    // MARK: The database

    private func isEmpty() throws(Trouble) -> Bool {
        try run { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM sqlite_master") == 0 }
    }

    private func makeTables() throws(Trouble) {
        try run { database in
            try database.execute(
                sql: """
                    PRAGMA application_id=\(Self.applicationID);
                    PRAGMA user_version=\(Self.version);
                    CREATE TABLE about(note TEXT NOT NULL);
                    CREATE TABLE file(
                      path TEXT NOT NULL PRIMARY KEY, head BLOB NOT NULL, blocks BLOB NOT NULL,
                      minutes BLOB NOT NULL, statements BLOB NOT NULL);
                    """)
            try database.execute(
                sql: "INSERT INTO about(note) VALUES (?)", arguments: [Self.note])
        }
    }

    private func check() throws(Trouble) {
        let (application, version) = try run { database in
            (
                try Int.fetchOne(database, sql: "PRAGMA application_id"),
                try Int.fetchOne(database, sql: "PRAGMA user_version")
            )
        }
        guard application == Self.applicationID else { throw .foreign }
        guard version == Self.version else { throw .unusable }
        let tables = try run { try String.fetchSet($0, sql: "SELECT name FROM sqlite_master") }
        guard tables.isSuperset(of: ["about", "file"]) else { throw .unusable }
    }

    private func run<Value>(_ body: (Database) throws -> Value) throws(Trouble) -> Value {
        do {
            return try queue.inDatabase { database in
                guard !queue.configuration.readonly else { return try body(database) }
                var value: Value?
                try database.inTransaction(.immediate) {
                    value = try body(database)
                    return .commit
                }
                guard let value else { throw Trouble.unusable }
                return value
            }
        } catch {
            throw Trouble(error)
        }
    }
}

extension CatalogStore.Trouble {
    init(_ error: any Error) {
        switch error {
        case let trouble as Self: self = trouble
        case let error as DatabaseError:
            switch error.resultCode {
            case .SQLITE_BUSY, .SQLITE_LOCKED: self = .locked
            case .SQLITE_NOTADB: self = .foreign
            case .SQLITE_READONLY: self = .halfWritten
            case .SQLITE_CORRUPT, .SQLITE_ERROR: self = .unusable
            default: self = .failed(error.message ?? "\(error.resultCode)")
            }
        default: self = .failed("\(error)")
        }
    }
}
