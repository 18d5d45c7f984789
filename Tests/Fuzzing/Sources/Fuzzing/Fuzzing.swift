// libFuzzer's entry: one input for the target that LASTGOOD_FUZZ names.
import Foundation

private let target: FuzzTarget = {
    let name = ProcessInfo.processInfo.environment["LASTGOOD_FUZZ"] ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
        let names = FuzzTarget.allCases.map(\.rawValue).joined(separator: " ")
        fatalError("LASTGOOD_FUZZ must be one of: \(names)")
    }
    return target
}()

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    target.run(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}
