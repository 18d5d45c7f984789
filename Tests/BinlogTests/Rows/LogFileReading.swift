import Testing

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

extension LogBytes {
    /// Reads a file at once.
    static func read(_ path: String) throws -> LogBytes {
        let file = try #require(fopen(path, "rb"), "cannot open \(path)")
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        let size = ftell(file)
        rewind(file)
        var bytes = [UInt8](repeating: 0, count: size)
        let count = fread(&bytes, 1, size, file)
        try #require(count == size, "\(count) of \(size) bytes of \(path) were read")
        return LogBytes(bytes: bytes)
    }
}
