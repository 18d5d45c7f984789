import Foundation
import Server
import Synchronization

/// Looks after the disk of a scratch server: one that is full makes the server wait for ever.
///
/// (MariaDB: Aria and MyISAM, "Disk is full … waiting for someone to free space".)
final class DiskWatch: Sendable {
    /// What a server needs to end in order.
    static let leastFreeBytes: UInt64 = 2 << 20

    /// What a server needs to start: one that fails for want of it removes what it had begun.
    private static let startBytes: UInt64 = 640 << 20

    /// Shared with the thread that looks, which may outlive the watch for a second.
    private final class Findings: Sendable {
        let isFull = Atomic(false)
        let isOver = Atomic(false)
    }

    private let findings = Findings()
    private let folder: String

    /// Watches the file system of a folder; `onFull` is called once, on another thread.
    init(_ folder: String, onFull: @escaping @Sendable () -> Void) {
        self.folder = folder
        let findings = findings
        // A thread of its own: those of tasks may all be waiting for the server.
        Thread.detachNewThread {
            while !findings.isOver.load(ordering: .relaxed) {
                if let free = TargetFacts.freeBytes(folder), free < Self.leastFreeBytes {
                    findings.isFull.store(true, ordering: .relaxed)
                    return onFull()
                }
                Thread.sleep(forTimeInterval: 1)
            }
        }
    }

    deinit { findings.isOver.store(true, ordering: .relaxed) }

    /// Whether it is for want of room that something failed.
    func explains(_ failure: Failure) -> Bool {
        if findings.isFull.load(ordering: .relaxed) { return true }
        let isStart = [ServerError.Code.serverDidNotStart.rawValue, "program-failed"]
            .contains(failure.code)
        let free = TargetFacts.freeBytes(folder) ?? .max
        return free < (isStart ? Self.startBytes : Self.leastFreeBytes)
    }
}
