internal import Binlog
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

    /// Whether an encrypted file can be read with the keys that were given.
    private static func opens(_ logs: LogSet, _ index: Int) -> Bool {
        do throws(BinlogError) {
            var chain = try ChainReader(logs.only(index))
            while try chain.advance() {
                // Whatever stands behind the format and the key's version is encrypted.
                if chain.step != .outside { return true }
            }
        } catch {
            return false
        }
        return false
    }

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
            guard let entry = known[path.string], !entry.facts.blocks.isEmpty,
                !entry.head.isEncrypted || Self.opens(logs, index)
            else { continue }
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
