internal import Binlog

/// Where in a file the encryption begins, and what opens it.
struct LogEncryption: ~Copyable {
    private enum State {
        case plain
        case open(EventDecryptor)
        case locked(BinlogError)
    }

    private let keys: EncryptionKeys?
    private var state = State.plain
    /// Events behind this offset are encrypted.
    private var beginOffset = UInt64.max
    private var buffer = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    private var count = 0

    init(_ keys: EncryptionKeys?) { self.keys = keys }

    deinit { buffer.deallocate() }

    /// Whether an event at an offset is encrypted on disk.
    @inline(__always)
    func covers(_ offset: UInt64) -> Bool { offset > beginOffset }

    /// No event is encrypted.
    var isPlain: Bool { beginOffset == .max }

    /// How events are encrypted; nil where they are not, or where no key fits.
    var cipher: EventCipher? {
        if case .open(let decryptor) = state { decryptor.cipher } else { nil }
    }

    /// The event that was decrypted last.
    var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let part = UnsafeRawBufferPointer(rebasing: buffer[..<count])
            // Safe: the buffer lives as long as self, and only mutating members change it.
            return unsafe _overrideLifetime(RawSpan(_unsafeBytes: part), borrowing: self)
        }
    }

    /// Decrypts a whole event; throws `missing-key`, `wrong-key`.
    mutating func decrypt(_ event: RawSpan, at offset: UInt64) throws(BinlogError) {
        switch state {
        case .plain: preconditionFailure("no event is encrypted")
        case .locked(let error):
            var placed = error
            placed.offset = offset
            throw placed
        case .open(let decryptor): decrypt(event, at: offset, with: decryptor)
        }
    }

    /// Takes up what a Start_encryption event says; `first` is the event behind it.
    ///
    /// Whether the key fits, and under which mode, is told by the first event: its frame must hold.
    mutating func begin(
        _ start: StartEncryptionEvent, at offset: UInt64, first: RawSpan, firstOffset: UInt64,
        _ framer: EventFramer
    ) {
        beginOffset = offset
        guard let keys else {
            state = .locked(
                BinlogError(
                    .missingKey, "the log is encrypted from here on",
                    hint: "--encryption-key-file names the file with the server's keys, its "
                        + "file_key_management_filename"))
            return
        }
        guard let key = keys.logKey, start.keyVersion == 1 else {
            state = .locked(
                BinlogError(
                    .missingKey,
                    "the log is encrypted with version \(start.keyVersion) of key "
                        + "\(EncryptionKeys.logKeyID), which \(keys.path) does not hold",
                    hint: "a key file holds version 1 of each key"))
            return
        }
        for mode in EventCipher.Mode.allCases {
            do throws(BinlogError) {
                let decryptor = try EventDecryptor(
                    EventCipher(mode: mode, key: key, nonce: start.nonce))
                decrypt(first, at: firstOffset, with: decryptor)
                var trial = framer
                _ = try trial.frame(bytes, at: firstOffset)
                state = .open(decryptor)
                return
            } catch {
                // Another mode may fit.
                continue
            }
        }
        state = .locked(
            BinlogError(
                .wrongKey, "key \(EncryptionKeys.logKeyID) of \(keys.path) does not open the log",
                hint: "the server that wrote it had another key, or the file is damaged here"))
    }

    private mutating func decrypt(
        _ event: RawSpan, at offset: UInt64, with decryptor: EventDecryptor
    ) {
        if buffer.count < event.byteCount {
            buffer.deallocate()
            buffer = .allocate(byteCount: max(event.byteCount, 64 << 10), alignment: 16)
        }
        event.withUnsafeBytes { buffer.copyMemory(from: $0) }
        count = event.byteCount
        decryptor.decrypt(UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]), at: offset)
    }
}
