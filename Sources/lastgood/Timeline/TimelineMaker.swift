import Binlog
import BinlogFiles
import Catalog
import Recovery
import Report

/// Makes a timeline out of what is known of each file.
struct TimelineMaker {
    let logs: LogSet
    let view: CatalogView
    var tables: [TableName] = []
    /// Seconds since 1970; minutes that begin before it are left out.
    var since: UInt32?
    /// Minutes that begin at it or later are left out.
    var until: UInt32?

    /// By minute of the commit stamp.
    func buckets(ofSeconds bucketSeconds: UInt64) -> [Timeline.Bucket] {
        var sums: [TableName: [UInt64: MinuteCounts]] = [:]
        for entry in view.entries.values {
            for (name, minutes) in zip(entry.facts.tables, entry.facts.minutes)
            where isWanted(name) {
                for (minute, counts) in minutes.counts where isWanted(minute) {
                    let start = UInt64(minute) * 60 / bucketSeconds * bucketSeconds
                    sums[name, default: [:]][start, default: MinuteCounts()] += counts
                }
            }
        }
        let buckets = sums.flatMap { table, counts in
            counts.map { start, counts in
                Timeline.Bucket(
                    table: table, start: start,
                    rows: RowCounts(
                        inserted: counts.inserted, updated: counts.updated,
                        deleted: counts.deleted),
                    statements: counts.statements, transactions: counts.transactions,
                    bytes: counts.bytes)
            }
        }
        return buckets.sorted {
            ($0.start, $0.table.description) < ($1.start, $1.table.description)
        }
    }

    private func isWanted(_ table: TableName) -> Bool {
        guard !table.table.isEmpty else { return false }
        return tables.isEmpty
            || tables.contains {
                $0.table == table.table && ($0.schema == nil || $0.schema == table.schema)
            }
    }

    private func isWanted(_ minute: UInt32) -> Bool {
        let seconds = UInt64(minute) * 60
        if let since, seconds + 59 < UInt64(since) { return false }
        if let until, seconds >= UInt64(until) { return false }
        return true
    }

    /// Restarts of the server and a clock that went back.
    var clockMarks: [Timeline.Mark] {
        jumpsBetweenFiles
            + entries.flatMap { name, entry in
                entry.facts.marks.filter { isWanted($0.timestamp / 60) }.map { mark in
                    Timeline.Mark(
                        mark.kind == .restart ? .restart : .backwards(from: mark.earlier),
                        timestamp: mark.timestamp, id: "\(name):\(mark.offset)")
                }
            }
    }

    /// Files that begin more than a minute before where the ones before them had come to.
    private var jumpsBetweenFiles: [Timeline.Mark] {
        var last: UInt32 = 0
        var marks: [Timeline.Mark] = []
        for (name, entry) in entries {
            if let first = entry.head.firstCommit, let block = entry.facts.blocks.first,
                first < last, last - first > ClockTrack.backwardsSeconds, isWanted(first / 60)
            {
                marks.append(
                    Timeline.Mark(
                        .backwards(from: last), timestamp: first,
                        id: "\(name):\(block.range.lowerBound)"))
            }
            last = max(last, entry.facts.lastCommit ?? 0)
        }
        return marks
    }

    /// In the order of the chain.
    private var entries: [(name: String, entry: CatalogEntry)] {
        logs.files.indices.compactMap { index in
            view.entries[index].map { (logs.files[index].name, $0) }
        }
    }

    // MARK: Gaps

    var gaps: [Timeline.Gap] {
        (silences + missingFiles + damages).sorted { ($0.start ?? 0) < ($1.start ?? 0) }
    }

    private var silences: [Timeline.Gap] {
        var gaps: [Timeline.Gap] = []
        var last: UInt32 = 0
        for (_, entry) in entries {
            if let first = entry.head.firstCommit, last > 0, first > last,
                first - last >= ClockTrack.silenceSeconds
            {
                gaps.append(Timeline.Gap(.silence, start: last, end: first))
            }
            for silence in entry.facts.silences where silence.end > last {
                let start = max(silence.start, last)
                guard silence.end - start >= ClockTrack.silenceSeconds else { continue }
                gaps.append(Timeline.Gap(.silence, start: start, end: silence.end))
            }
            last = max(last, entry.facts.lastCommit ?? 0)
        }
        return gaps
    }

    private var missingFiles: [Timeline.Gap] {
        logs.missing.map { missing in
            Timeline.Gap(
                .missingFile, start: lastCommit(before: missing.index),
                end: firstCommit(from: missing.index), file: missing.name)
        }
    }

    private var damages: [Timeline.Gap] {
        logs.files.indices.flatMap { index in
            (view.entries[index]?.faults ?? []).map { fault in
                Timeline.Gap(
                    .damage, start: lastCommit(before: index + 1),
                    end: firstCommit(from: index + 1), file: logs.files[index].name,
                    message: fault.message)
            }
        }
    }

    private func lastCommit(before index: Int) -> UInt32? {
        logs.files.indices.prefix(index).reversed().lazy
            .compactMap { view.entries[$0]?.facts.blocks.last?.commits.range?.upperBound }.first
    }

    private func firstCommit(from index: Int) -> UInt32? {
        logs.files.indices.dropFirst(index).lazy
            .compactMap { view.entries[$0]?.facts.blocks.first?.commits.range?.lowerBound }.first
    }
}
