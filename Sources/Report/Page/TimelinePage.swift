internal import Recovery

/// A timeline as one self-contained page: no network, opens from disk.
///
/// Names and SQL from a log are hostile. They stand only in a JSON block, in which `<`, `>` and `&`
/// are escaped, and the page puts them in as text; a policy in the page's head allows its own
/// script and style by their hashes and nothing else.
public struct TimelinePage: Sendable {
    private let timeline: Timeline
    private let finer: [Timeline.Bucket]

    /// What a page may have.
    static let mostBytes = 5_000_000
    private static let busiestTables = 50
    /// Tried one after the other until the page is small enough; in seconds.
    private static let bucketLengths: [UInt64] = [60, 300, 900, 3600, 4 * 3600, 86_400]

    /// - Parameter minutes: the buckets by minute.
    public init(_ timeline: Timeline, minutes: [Timeline.Bucket]) {
        self.timeline = timeline
        finer = minutes
    }

    /// The page's bytes.
    ///
    /// - Parameter hash: the SHA-256 of some bytes, in base 64.
    public func html(hash: ([UInt8]) -> String) -> [UInt8] {
        let script = Array(Self.script.utf8)
        let style = Array(Self.style.utf8)
        let policy =
            "default-src 'none'; script-src 'sha256-\(hash(script))'; "
            + "style-src 'sha256-\(hash(style))'; base-uri 'none'; form-action 'none'"
        var page = Array(Self.head(policy: policy).utf8)
        page += Array("<style>".utf8) + style + Array("</style>\n</head>\n".utf8)
        page += Array(Self.body.utf8)
        page += Array("<script type=\"application/json\" id=\"data\">".utf8)
        page += data(room: Self.mostBytes - page.count - script.count)
        page += Array("</script>\n<script>".utf8) + script
        return page + Array("</script>\n</body>\n</html>\n".utf8)
    }

    // MARK: Data

    /// The finest data that has room; what had to be left out is said in it.
    private func data(room: Int) -> [UInt8] {
        let tables = timeline.busiestTables
        var smallest: [UInt8] = []
        for names in [tables, Array(tables.prefix(Self.busiestTables))] {
            for length in Self.bucketLengths {
                smallest = data(names, bucketSeconds: length, all: tables.count)
                if smallest.count <= room { return smallest }
            }
        }
        return smallest
    }

    private func data(_ tables: [TableName], bucketSeconds: UInt64, all: Int) -> [UInt8] {
        var notes: [JSONValue] = []
        if tables.count < all {
            notes.append(.string("The \(tables.count) busiest of \(all) tables are shown."))
        }
        let destructive = timeline.marks.filter {
            if case .destructive = $0.kind { true } else { false }
        }
        if timeline.destructiveCount > UInt64(destructive.count) {
            notes.append(
                .string(
                    "The \(destructive.count) most dangerous of \(timeline.destructiveCount) "
                        + "destructive statements are marked."))
        }
        let sums = sums(bucketSeconds)
        let value: JSONValue = [
            "bucketSeconds": .init(bucketSeconds), "notes": .array(notes),
            "paths": .array(timeline.paths.map { .string($0) }),
            "tables": .array(
                tables.map {
                    ["name": .string($0.description), "points": points(sums[$0] ?? [:])]
                }),
            "marks": .array(timeline.marks.map(mark)),
            "gaps": .array(timeline.gaps.map(gap)),
        ]
        var bytes: [UInt8] = []
        value.write(to: &bytes)
        return Self.withoutMarkup(bytes)
    }

    private func sums(_ bucketSeconds: UInt64) -> [TableName: [UInt64: [UInt64]]] {
        var sums: [TableName: [UInt64: [UInt64]]] = [:]
        for bucket in finer {
            let counts = [
                bucket.rows.inserted, bucket.rows.updated, bucket.rows.deleted, bucket.statements,
            ]
            let known = sums[bucket.table]?[bucket.start / bucketSeconds] ?? [0, 0, 0, 0]
            sums[bucket.table, default: [:]][bucket.start / bucketSeconds] = zip(known, counts).map
            {
                $0 &+ $1
            }
        }
        return sums
    }

    /// Five numbers a bucket in one list: how many buckets behind the one before, rows inserted,
    /// updated and deleted, statements.
    private func points(_ counts: [UInt64: [UInt64]]) -> JSONValue {
        var last: UInt64 = 0
        var numbers: [JSONValue] = []
        for index in counts.keys.sorted() {
            numbers.append(.init(index - last))
            last = index
            for count in counts[index] ?? [] { numbers.append(.init(count)) }
        }
        return .array(numbers)
    }

    private func mark(_ mark: Timeline.Mark) -> JSONValue {
        var members: [JSONValue.Member] = [
            .init("time", .init(mark.timestamp)), .init("kind", .string(mark.kindName)),
            .init("id", .string(mark.id)),
        ]
        guard case .destructive(let entry) = mark.kind else { return .object(members) }
        let match = entry.match
        let logs = timeline.paths.map(ShellText.quoted).joined(separator: " ")
        let command =
            "lastgood recover --backup BACKUP --binlogs \(logs) --before "
            + ShellText.quoted(mark.id)
        members += [
            .init(
                "table",
                .string([match.schema, match.table].compactMap { $0 }.joined(separator: "."))),
            .init("rows", .init(match.rows)), .init("statement", .init(match.statement)),
            .init("reason", .init(match.reason)), .init("gtid", .init(match.gtid)),
            .init("command", .string(command)),
        ]
        return .object(members)
    }

    private func gap(_ gap: Timeline.Gap) -> JSONValue {
        [
            "kind": .string(gap.kind.rawValue), "start": .init(gap.start), "end": .init(gap.end),
            "file": .init(gap.file), "message": .init(gap.message),
        ]
    }

    /// JSON in which nothing can end the block it stands in.
    private static func withoutMarkup(_ json: [UInt8]) -> [UInt8] {
        var escaped: [UInt8] = []
        escaped.reserveCapacity(json.count)
        for byte in json {
            switch byte {
            case UInt8(ascii: "<"): escaped += Array("\\u003c".utf8)
            case UInt8(ascii: ">"): escaped += Array("\\u003e".utf8)
            case UInt8(ascii: "&"): escaped += Array("\\u0026".utf8)
            default: escaped.append(byte)
            }
        }
        return escaped
    }

    // MARK: The page around it

    private static func head(policy: String) -> String {
        """
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta http-equiv="Content-Security-Policy" content="\(policy)">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>Lastgood timeline</title>

        """
    }

    private static let body = """
        <body>
        <header>
        <h1>What happened when</h1>
        <p id="span"></p>
        <ul id="notes"></ul>
        <div class="tools" role="toolbar" aria-label="Zoom">
        <button id="in">Zoom in</button> <button id="out">Zoom out</button>
        <button id="left">Earlier</button> <button id="right">Later</button>
        <button id="all">Everything</button>
        <span class="keys">Keys: + and − zoom, ← and → move, 0 shows everything</span>
        </div>
        <p class="legend"><span class="key inserted"></span> inserted
        <span class="key updated"></span> updated <span class="key deleted"></span> deleted rows
        <span class="key statements"></span> statements</p>
        </header>
        <main>
        <section aria-label="Chart">
        <div id="axis" aria-hidden="true"></div>
        <div id="marks" role="group" aria-label="Destructive statements"></div>
        <div id="chart"></div>
        </section>
        <section id="detail" aria-live="polite" hidden></section>
        <section>
        <h2>What stands out</h2>
        <table><thead><tr><th>time</th><th>what</th><th>table</th><th>rows</th><th>id</th>
        <th>statement</th></tr></thead><tbody id="list"></tbody></table>
        </section>
        </main>
        <noscript>The chart needs this page's own script; the data stands in its source.</noscript>

        """
}
