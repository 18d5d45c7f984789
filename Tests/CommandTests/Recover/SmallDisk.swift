import Foundation
import TestSupport
import Testing

/// A file system of a few megabytes, in memory.
struct SmallDisk {
    let folder: TestFolder
    let path: String

    static let canMount: Bool = {
        guard geteuid() == 0 else { return false }
        let probe = Process()
        probe.executableURL = URL(filePath: "/bin/sh")
        probe.arguments = [
            "-c",
            "d=$(mktemp -d) && mount -t tmpfs tmpfs $d 2>/dev/null && umount $d && rmdir $d",
        ]
        do {
            try probe.run()
            probe.waitUntilExit()
            return probe.terminationStatus == 0
        } catch {
            return false
        }
    }()

    /// A scratch server's log has its full 512 MB only on such a machine.
    static let hasMemory = ProcessInfo.processInfo.physicalMemory >= 2200 << 20

    init(megabytes: Int) async throws {
        folder = try TestFolder("disk")
        path = try folder.makeFolder("mount")
        try await shell("mount -t tmpfs -o mode=755,size=\(megabytes)m tmpfs \(path)")
    }

    func resize(megabytes: Int) async throws {
        try await shell("mount -o remount,size=\(megabytes)m \(path)")
    }

    /// A server that has just ended may keep it busy for a moment.
    func unmount() async throws {
        try await shell(
            "for i in $(seq 100); do umount \(path) && exit 0; sleep 0.1; done; exit 1")
    }

    private func shell(_ line: String) async throws {
        let outcome = try await Lastgood.shell(line)
        #expect(outcome.exitCode == 0, "\(line): \(outcome.errorText)")
    }
}
