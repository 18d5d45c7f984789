internal import SystemPackage

/// Paths as the catalog keeps them.
enum AbsolutePath {
    /// Absolute and without `.` and `..`; links stay.
    static func of(_ path: FilePath) -> FilePath {
        guard path.isRelative, let here = CatalogPlace.workingFolder else {
            return path.lexicallyNormalized()
        }
        return here.pushing(path).lexicallyNormalized()
    }
}
