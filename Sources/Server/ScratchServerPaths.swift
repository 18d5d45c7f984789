#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// Where a scratch server keeps its things, all of them inside one folder but, for a long path, the
/// socket.
public struct ScratchServerPaths: Sendable, Hashable, Codable {
    /// The server's folder inside the workdir, 0700, the server user's own.
    public var folder: String
    /// The folder of the socket: `folder` itself, or a short private one under /tmp.
    public var socketFolder: String

    public init(folder: String, socketFolder: String) {
        self.folder = folder
        self.socketFolder = socketFolder
    }

    public var data: String { folder + "/data" }
    public var temporary: String { folder + "/tmp" }
    /// `secure_file_priv`: empty but for the blocks of a log's own LOAD DATA.
    public var files: String { folder + "/files" }
    public var binlogFolder: String { folder + "/binlog" }
    public var binlogBase: String { binlogFolder + "/marker" }
    public var relayLogBase: String { binlogFolder + "/relay" }
    public var errorLog: String { folder + "/error.log" }
    /// What the program writes to its standard output and error before its log is open.
    public var outputLog: String { folder + "/output.log" }
    public var processID: String { folder + "/server.pid" }
    public var accountFile: String { folder + "/account.sql" }
    public var socket: String { socketFolder + "/sock" }

    var folders: [String] { [folder, data, temporary, files, binlogFolder] }

    /// A server aborts when its socket's path is longer (sun_path of unix(7), less its NUL).
    public static let maxSocketPathBytes = 107

    /// The socket stands in the server's own folder where its path is short enough, else in a new
    /// folder under /tmp, which the caller remembers.
    ///
    /// Not under XDG_RUNTIME_DIR: that goes away when the user logs out, and the server stays.
    public static func choose(folder: String, owner: ServerUser?) throws(ServerError)
        -> ScratchServerPaths
    {
        let near = ScratchServerPaths(folder: folder, socketFolder: folder)
        if near.socket.utf8.count <= maxSocketPathBytes { return near }
        let made = "/tmp/lastgood-XXXXXX".withCString { template -> String? in
            guard let copy = strdup(template) else { return nil }
            defer { free(copy) }
            return mkdtemp(copy).map { String(cString: $0) }
        }
        guard let made else {
            throw ServerError(.fileError, "cannot make a folder for the socket under /tmp")
        }
        try SmallFile.makePrivateFolder(made, owner: owner)
        return ScratchServerPaths(folder: folder, socketFolder: made)
    }
}
