internal import CMariaDB
internal import SystemPackage

/// The one file that a session sends when its server asks for one.
///
/// A server can ask any client for any file, whatever the statement was: the name that it says is
/// never looked at.
final class LocalFile {
    private let path: String
    private var file: FileDescriptor?

    init(_ path: String) { self.path = path }

    deinit { close() }

    /// Has all files refused.
    static func refuse(on handle: UnsafeMutablePointer<MYSQL>) {
        unsafe mysql_set_local_infile_handler(
            handle, beginSending, sendPart, endSending, describeFailure, nil)
    }

    /// Has this file sent, whatever name is asked for, as long as `body` runs.
    func offer<Value>(
        on handle: UnsafeMutablePointer<MYSQL>, _ body: () throws(ServerError) -> Value
    ) throws(ServerError) -> Value {
        unsafe mysql_set_local_infile_handler(
            handle, beginSending, sendPart, endSending, describeFailure,
            Unmanaged.passUnretained(self).toOpaque())
        defer {
            Self.refuse(on: handle)
            close()
        }
        return try body()
    }

    fileprivate func open() -> Bool {
        do {
            file = try FileDescriptor.open(path, .readOnly, options: [.closeOnExec])
            return true
        } catch {
            return false
        }
    }

    fileprivate func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        do {
            return try file?.read(into: buffer) ?? -1
        } catch {
            return -1
        }
    }

    fileprivate func close() {
        // A file that was only read has nothing to lose by a failing close.
        do { try file?.close() } catch {}
        file = nil
    }
}

extension Connection {
    /// Runs a LOAD DATA LOCAL; the server gets this file, whatever name stands in the text.
    ///
    /// Returns how many rows the server passed over, which without LOCAL would be an error.
    public func execute(bytes: [UInt8], sendingFile path: String) throws(ServerError) -> Int {
        try LocalFile(path).offer(on: handle) { () throws(ServerError) in
            _ = try execute(bytes: bytes)
            let info = mysql_info(handle).map { String(cString: $0) } ?? ""
            let words = info.split { $0 == " " || $0 == ":" }
            guard let place = words.firstIndex(of: "Skipped"), place + 1 < words.count else {
                return 0
            }
            return Int(words[place + 1]) ?? 0
        }
    }
}

// What libmariadb calls: `userData` is the file, or nil where none is sent.

private func beginSending(
    _ pointer: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ name: UnsafePointer<CChar>?,
    _ userData: UnsafeMutableRawPointer?
) -> Int32 {
    guard let userData, let pointer else { return 1 }
    pointer.pointee = userData
    return file(userData).open() ? 0 : 1
}

private func sendPart(
    _ pointer: UnsafeMutableRawPointer?, _ buffer: UnsafeMutablePointer<CChar>?, _ length: UInt32
) -> Int32 {
    guard let pointer, let buffer else { return -1 }
    let room = UnsafeMutableRawBufferPointer(start: buffer, count: Int(length))
    return Int32(file(pointer).read(into: room))
}

private func endSending(_ pointer: UnsafeMutableRawPointer?) {
    guard let pointer else { return }
    file(pointer).close()
}

private func describeFailure(
    _ pointer: UnsafeMutableRawPointer?, _ buffer: UnsafeMutablePointer<CChar>?, _ length: UInt32
) -> Int32 {
    if let buffer, length > 0 { buffer[0] = 0 }
    return 2000
}

private func file(_ pointer: UnsafeMutableRawPointer) -> LocalFile {
    // Safe: `offer` holds the file as long as the pointer is in use.
    unsafe Unmanaged<LocalFile>.fromOpaque(pointer).takeUnretainedValue()
}
