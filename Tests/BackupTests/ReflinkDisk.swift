import Foundation
import TestSupport
import Testing

/// A small file system whose files can share blocks, in a file of its own.
struct ReflinkDisk {
    private let folder: TestFolder
    let path: String

    static let canMount: Bool = {
        do {
            try ReflinkDisk(megabytes: 400).unmount()
            return true
        } catch {
            return false
        }
    }()

    init(megabytes: Int) throws {
        folder = try TestFolder("reflink")
        path = try folder.makeFolder("mount")
        try shell(
            "truncate -s \(megabytes)M '\(folder.path)/disk'"
                + " && mkfs.xfs -q -m reflink=1 '\(folder.path)/disk' 2>&1"
                + " && mount -o loop '\(folder.path)/disk' '\(path)' 2>&1")
    }

    func unmount() {
        do {
            try shell("umount '\(path)' 2>&1")
        } catch {
            Issue.record("\(path) stays mounted: \(error)")
        }
    }
}
