public import Binlog
public import SystemPackage

/// The log files of one server in their order, found in files and directories.
///
/// In a directory, logs are regular files `BASE.N` of a base of which at least one begins as a
/// binary log does: a data directory also holds Aria's and InnoDB's own logs and a replica's relay
/// logs, which are left out. Names in a `BASE.index` that are not there count as missing, and so
/// do links that lead nowhere. A named index stands for those of its logs that are found in no
/// other way: they lie beside it, or where it says.
public struct LogSet: Sendable {
    public let base: String
    public private(set) var files: [LogFile]
    /// Files that the numbers or an index name and that are not there, each with its place.
    public let missing: [Missing]

    /// A file that should stand before `files[index]`.
    public struct Missing: Hashable, Sendable {
        public var name: String
        public var index: Int
    }

    /// Throws `unreadable` for a missing path, `no-logs` where nothing was found, `several-bases`
    /// where it is not clear which server's logs are meant.
    public static func find(
        _ paths: [FilePath], base wanted: String? = nil
    ) throws(BinlogError) -> LogSet {
        var search = LogSearch()
        for path in paths { try search.add(path) }
        try search.addIndexed()
        return try search.result(wanted, in: paths)
    }

    init(base: String, files: [LogFile], indexed: Set<UInt64>) {
        self.base = base
        self.files = files
        let present = files.compactMap(\.number)
        var missing: [Missing] = []
        if let first = present.first, let last = present.last {
            // A hostile name must not make a list of billions.
            let expected = last - first < 1_000_000 ? Set(first...last) : Set(present)
            let absent = expected.union(indexed).subtracting(present).sorted()
            missing = absent.map { number in
                Missing(
                    name: LogFile.name(base: base, number: number),
                    index: present.firstIndex { $0 > number } ?? files.count)
            }
        }
        self.missing = missing
    }

    /// Has relay logs read too, which only show what a server did.
    public mutating func allowRelayLogs() {
        for index in files.indices { files[index].mayBeRelayLog = true }
    }

    /// Has encrypted files read with these keys.
    public mutating func use(_ keys: EncryptionKeys) {
        for index in files.indices { files[index].keys = keys }
    }

    /// One of the files, as a chain of its own.
    public func only(_ index: Int) -> LogSet {
        LogSet(base: base, files: [files[index]], indexed: [])
    }

    /// The place of the file of that name.
    public func index(of name: String) -> Int? { files.firstIndex { $0.name == name } }
}

/// What has been found so far, by base.
private struct LogSearch {
    private struct Found {
        var files: [LogFile] = []
        var indexed: Set<UInt64> = []
        var isRelay = false
        var isLog = false
    }

    private var byBase: [String: Found] = [:]
    /// Where named indexes say that logs lie which are not beside them.
    private var indexedPlaces: [FilePath] = []
    /// A log of a form that is only known by name.
    private var innoDBLog: FilePath?

    mutating func add(_ path: FilePath) throws(BinlogError) {
        switch try Directory.kind(of: path) {
        case .directory: try addDirectory(path)
        case .file(let sizeBytes):
            if path.extension == "index" {
                try addIndex(path, withFiles: true)
            } else if path.extension == Self.innoDBExtension {
                innoDBLog = path
            } else {
                try addFile(LogFile(path: path, sizeBytes: sizeBytes), isNamed: true)
            }
        case .other:
            throw BinlogError(
                .unreadable, "is neither a file nor a directory", file: path.string)
        }
    }

    private mutating func addDirectory(_ directory: FilePath) throws(BinlogError) {
        for name in try Directory.names(in: directory) {
            let path = directory.appending(name)
            if path.extension == Self.innoDBExtension { innoDBLog = path }
            let isIndex = path.extension == "index"
            guard isIndex || LogFile.split(name) != nil else { continue }
            if Directory.isDanglingLink(path) {
                if let (base, number) = LogFile.split(name) { miss(number, of: base) }
                continue
            }
            guard case .file(let sizeBytes) = try Directory.kind(of: path) else { continue }
            if isIndex {
                try addIndex(path, withFiles: false)
            } else {
                try addFile(LogFile(path: path, sizeBytes: sizeBytes), isNamed: false)
            }
        }
    }

    private mutating func addFile(_ file: LogFile, isNamed: Bool) throws(BinlogError) {
        var found = byBase[file.base] ?? Found()
        if let twin = found.files.first(where: { $0.name == file.name }) {
            guard !Directory.areSame(twin.path, file.path) else { return }
            throw BinlogError(
                .severalBases, "\(file.name) stands in two places: \(twin.path) and \(file.path)",
                hint: "name one of the two directories")
        }
        let head = try LogHead(of: file.path)
        found.isLog = found.isLog || isNamed || head.isLog
        found.isRelay = found.isRelay || (head.isRelay && !isNamed)
        found.files.append(file)
        byBase[file.base] = found
    }

    /// MariaDB 12.3 can keep its log in files of InnoDB's, `binlog-000000.ibb`.
    private static let innoDBExtension = "ibb"

    private mutating func addIndex(_ path: FilePath, withFiles: Bool) throws(BinlogError) {
        let text = try Directory.text(of: path, atMost: 16 << 20)
        for line in text.split(whereSeparator: \.isNewline) {
            let named = FilePath(String(line))
            guard let name = named.lastComponent, let (base, number) = LogFile.split(name.string)
            else { continue }
            miss(number, of: base)
            guard withFiles else { continue }
            let beside = path.removingLastComponent().appending(name)
            if Directory.exists(beside) {
                try add(beside)
            } else {
                indexedPlaces.append(path.removingLastComponent().pushing(named))
            }
        }
    }

    /// Takes logs from where an index says, those that were not found before: a copied index still
    /// says where the logs lay on their server.
    mutating func addIndexed() throws(BinlogError) {
        let known = Set(byBase.values.flatMap { $0.files.map(\.name) })
        for place in indexedPlaces where Directory.exists(place) {
            guard !known.contains(place.lastComponent?.string ?? "") else { continue }
            try add(place)
        }
    }

    /// Notes a file that should be there; it counts as missing unless it is found.
    private mutating func miss(_ number: UInt64, of base: String) {
        byBase[base, default: Found()].indexed.insert(number)
    }

    func result(_ wanted: String?, in paths: [FilePath]) throws(BinlogError) -> LogSet {
        let place = paths.map(\.string).joined(separator: ", ")
        var bases = byBase.filter { $0.value.isLog && !$0.value.files.isEmpty }
        if let wanted {
            bases = bases.filter { $0.key == wanted }
        } else if bases.contains(where: { !$0.value.isRelay }) {
            bases = bases.filter { !$0.value.isRelay }
        }
        if bases.isEmpty, wanted == nil, let innoDBLog {
            throw BinlogError(
                .unsupportedEvent,
                "the log is kept in InnoDB's own files (*.ibb), as MariaDB 12.3 can do it",
                hint: "fetch it as ordinary files through its server: mariadb-binlog "
                    + "--read-from-remote-server --raw", file: innoDBLog.string)
        }
        guard let (base, found) = bases.first else {
            throw BinlogError(
                .noLogs,
                wanted.map { "no binary log of the base '\($0)' was found" }
                    ?? "no binary log was found",
                hint: indexedPlaces.isEmpty
                    ? "a log is a file such as bin.000001 that begins with fe 62 69 6e"
                    : "the files that the index names lie neither beside it nor where it says",
                file: place)
        }
        guard bases.count == 1 else {
            let names = bases.keys.sorted().joined(separator: ", ")
            throw BinlogError(
                .severalBases, "logs of several servers were found: \(names)",
                hint: "choose one with --base NAME", file: place)
        }
        let files = found.files.sorted { ($0.number ?? 0, $0.name) < ($1.number ?? 0, $1.name) }
        return LogSet(base: base, files: files, indexed: found.indexed)
    }
}

/// What a file's first bytes say: a log, a relay log or something else.
private struct LogHead {
    var isLog = false
    var isRelay = false

    init(of path: FilePath) throws(BinlogError) {
        var window = try FileWindow(path: path)
        guard window.sizeBytes >= 4 else { return }
        try window.load(4, at: 0)
        let magic = window.bytes(4, at: 0).copied()
        isLog = magic == EventFramer.magic || magic == [0xFD, 0x62, 0x69, 0x6E]
        guard magic == EventFramer.magic, window.sizeBytes >= 4 + UInt64(EventHeader.sizeBytes)
        else { return }
        try window.load(EventHeader.sizeBytes, at: 4)
        var reader = ByteReader(window.bytes(EventHeader.sizeBytes, at: 4), at: 4)
        isRelay = try EventHeader(&reader).flags.contains(.relayLog)
    }
}
