public import BinlogFiles
internal import Recovery
public import SystemPackage

/// What a catalog knows of a chain of logs, as far as it is still true.
public struct CatalogView: Sendable {
    /// By the files' places in the chain; what is indexed of each is unchanged.
    public internal(set) var entries: [Int: CatalogEntry] = [:]
    /// Files that have more now than their entries tell.
    var grown: Set<Int> = []

    /// Knows nothing.
    public init() {}

    /// Reads a catalog, if there is one, and compares it with the files.
    ///
    /// - Parameter withMinutes: also what happened to each table in each minute.
    public init(
        _ path: FilePath, of logs: LogSet, withMinutes: Bool = false
    ) throws(CatalogStore.Trouble) {
        guard let store = try CatalogStore.open(path) else { return }
        let paths = logs.files.map { AbsolutePath.of($0.path) }
        let known = try store.entries(of: paths.map(\.string), withMinutes: withMinutes)
        for (index, path) in paths.enumerated() {
            guard let entry = known[path.string], !entry.facts.blocks.isEmpty else { continue }
            switch Freshness(entry, of: path) {
            case .fresh: entries[index] = entry
            case .grown:
                entries[index] = entry
                grown.insert(index)
            case .stale: continue
            }
        }
    }
}
