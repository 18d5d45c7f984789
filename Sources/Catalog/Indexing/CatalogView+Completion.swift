public import BinlogFiles

/// Knowing all of a chain, whether the catalog does or not.
extension CatalogView {
    /// Reads what the catalog does not tell, and keeps it in memory; the view must have been made
    /// with its minutes.
    ///
    /// - Parameter done: is told of each file's size when all is known of it.
    public mutating func complete(_ logs: LogSet, done: (UInt64) -> Void) async {
        var jobs: [IndexingPool.Job] = []
        for (index, file) in logs.files.enumerated() {
            let known = entries[index]
            if known != nil, !grown.contains(index) {
                done(file.sizeBytes)
                continue
            }
            jobs.append(
                IndexingPool.Job(
                    index: index, path: AbsolutePath.of(file.path),
                    known: known.flatMap { $0.canBeContinued ? $0 : nil }))
        }
        await IndexingPool(logs).run(jobs) { job, entry in
            entries[job.index] = entry
            done(logs.files[job.index].sizeBytes)
        }
        grown = []
    }
}
