import ArgumentParser
import BinlogFiles
import Catalog
import Foundation
import SystemPackage

/// Which catalog a command uses.
struct CatalogOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The catalog of the logs (default: lastgood/catalog.sqlite in $XDG_CACHE_HOME or "
                + "~/.cache).",
            valueName: "file"))
    var catalog: String?

    @Flag(help: "Read the logs themselves.")
    var noCatalog = false

    func validate() throws {
        try CatalogPath.check(catalog)
        guard catalog == nil || !noCatalog else {
            throw ValidationError("--catalog and --no-catalog exclude each other")
        }
    }

    /// Nil where none is wanted, or nowhere is a place for it.
    var path: FilePath? { noCatalog ? nil : CatalogPath.of(catalog) }

    /// What the catalog still knows of the logs. One that cannot be used is only noted: the answer
    /// is the same without it.
    func view(
        of logs: LogSet, withMinutes: Bool = false, _ console: Console
    ) -> CatalogView {
        guard let path else { return CatalogView() }
        do throws(CatalogStore.Trouble) {
            return try CatalogView(path, of: logs, withMinutes: withMinutes)
        } catch {
            console.note("the catalog \(path) is not used: \(error.message)")
            return CatalogView()
        }
    }
}

/// Where the catalog lies that nobody named.
enum CatalogPath {
    /// Throws for a name that is none.
    static func check(_ named: String?) throws {
        if named == "" { throw ValidationError("--catalog needs the name of a file") }
    }

    static func of(_ named: String?) -> FilePath? {
        if let named { return FilePath(named) }
        let environment = ProcessInfo.processInfo.environment
        if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") {
            return FilePath(cache).appending("lastgood").appending("catalog.sqlite")
        }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return FilePath(home).appending(".cache").appending("lastgood").appending("catalog.sqlite")
    }
}

extension CatalogStore.Trouble {
    var message: String {
        switch self {
        case .locked: "another process is writing it"
        case .foreign: "it is no catalog"
        case .unusable: "it is damaged, or another version's"
        case .halfWritten: "it was left half-written, and cannot be mended here"
        case .failed(let message): message
        }
    }
}
