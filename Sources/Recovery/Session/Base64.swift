/// Base64 as BINLOG statements and JSON hold it, appended to a buffer that is used again and again.
package enum Base64 {
    private static let alphabet = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)

    /// Two characters for each 12 bits: one table look-up where there would be two.
    private static let pairs: [UInt16] = (0..<4096).map { value in
        UInt16(alphabet[value >> 6]) | UInt16(alphabet[value & 63]) << 8
    }

    package static func encodedCount(_ count: Int) -> Int { (count + 2) / 3 * 4 }

    package static func append(_ bytes: UnsafeRawBufferPointer, to text: inout [UInt8]) {
        let begin = text.count
        let wholeBytes = bytes.count / 3 * 3
        text.append(contentsOf: repeatElement(UInt8(ascii: "="), count: encodedCount(bytes.count)))
        text.withUnsafeMutableBytes { output in
            pairs.withUnsafeBufferPointer { pairs in
                var to = begin
                var from = 0
                while from < wholeBytes {
                    // Safe: from + 2 < bytes.count, to + 3 < output.count, and 12 bits are < 4096.
                    let group =
                        UInt32(bytes[from]) << 16 | UInt32(bytes[from + 1]) << 8
                        | UInt32(bytes[from + 2])
                    output.storeBytes(
                        of: pairs[Int(group >> 12)].littleEndian, toByteOffset: to, as: UInt16.self)
                    output.storeBytes(
                        of: pairs[Int(group & 4095)].littleEndian, toByteOffset: to + 2,
                        as: UInt16.self)
                    from += 3
                    to += 4
                }
                appendTail(bytes, from: wholeBytes, to: to, output)
            }
        }
    }

    /// The one or two bytes that are left; the padding stands there already.
    private static func appendTail(
        _ bytes: UnsafeRawBufferPointer, from: Int, to: Int, _ output: UnsafeMutableRawBufferPointer
    ) {
        guard from < bytes.count else { return }
        let first = bytes[from]
        let second = from + 1 < bytes.count ? bytes[from + 1] : 0
        output[to] = alphabet[Int(first >> 2)]
        output[to + 1] = alphabet[Int((first & 3) << 4 | second >> 4)]
        if from + 1 < bytes.count { output[to + 2] = alphabet[Int((second & 15) << 2)] }
    }
}
