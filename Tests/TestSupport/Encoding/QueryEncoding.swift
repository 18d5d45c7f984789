public import Binlog

/// Query events.
extension EventBody {
    /// What stands before the text of a Query event, which is never compressed.
    public static func queryHead(
        threadID: UInt32, executionSeconds: UInt32 = 0, errorCode: UInt16 = 0,
        load: LoadedFile? = nil, status: [UInt8] = [], database: [UInt8] = []
    ) -> [UInt8] {
        var writer = ByteWriter()
        writer.u32(threadID)
        writer.u32(executionSeconds)
        writer.u8(UInt8(database.count))
        writer.u16(errorCode)
        writer.u16(UInt16(status.count))
        if let load {
            writer.u32(load.fileID)
            writer.u32(UInt32(load.clause.lowerBound))
            writer.u32(UInt32(load.clause.upperBound))
            writer.u8(load.duplicates.rawValue)
        }
        writer.append(status + database + [0])
        return writer.bytes
    }
}

/// The status variables of a Query event.
extension StatusVariables {
    /// One of them by its code, and its bytes where the struct does not hold the value.
    public struct Code: Hashable, Sendable {
        public var number: UInt8
        public var value: [UInt8]?

        public init(_ number: UInt8, _ value: [UInt8]? = nil) {
            (self.number, self.value) = (number, value)
        }
    }

    /// The variables of these codes, in this order.
    public func bytes(_ codes: [Code], _ flavor: FormatDescription.Flavor) -> [UInt8] {
        var writer = ByteWriter()
        for code in codes {
            writer.u8(code.number)
            if let value = code.value {
                writer.append(value)
            } else if !writeCommon(code.number, &writer) {
                switch flavor {
                case .mariadb: writeMariaDB(code.number, &writer)
                case .mysql: writeMySQL(code.number, &writer)
                }
            }
        }
        return writer.bytes
    }

    /// False for a code that the two kinds of server do not share.
    private func writeCommon(_ code: UInt8, _ writer: inout ByteWriter) -> Bool {
        switch code {
        case 0: writer.u32(flags2 ?? 0)
        case 1: writer.u64(sqlMode ?? 0)
        case 3:
            writer.u16(autoIncrementIncrement ?? 0)
            writer.u16(autoIncrementOffset ?? 0)
        case 4:
            writer.u16(clientCollation ?? 0)
            writer.u16(connectionCollation ?? 0)
            writer.u16(serverCollation ?? 0)
        case 5: Self.write(timeZone, &writer)
        case 6: Self.write(Array("std".utf8), &writer)
        case 7: writer.u16(timeNamesLocale ?? 0)
        case 8: writer.u16(databaseCollation ?? 0)
        case 9: writer.u64(tablesUpdated ?? 0)
        case 11:
            Self.write(invoker?.user, &writer)
            Self.write(invoker?.host, &writer)
        default: return false
        }
        return true
    }

    private func writeMariaDB(_ code: UInt8, _ writer: inout ByteWriter) {
        switch code {
        case 128: writer.unsigned(UInt64(microseconds ?? 0), width: 3)
        case 129: writer.u64(xid ?? 0)
        case 130:
            writer.u8(gtidFlags ?? 0)
            if let beginAlterSequence { writer.u64(beginAlterSequence) }
        case 131:
            let numbers = characterSetCollations ?? []
            writer.u8(UInt8(numbers.count / 2))
            for number in numbers { writer.u16(number) }
        default: break
        }
    }

    private func writeMySQL(_ code: UInt8, _ writer: inout ByteWriter) {
        switch code {
        case 13: writer.unsigned(UInt64(microseconds ?? 0), width: 3)
        case 16: writer.u8(explicitDefaults ?? 0)
        case 17: writer.u64(xid ?? 0)
        case 18: writer.u16(utf8mb4Collation ?? 0)
        case 19: writer.u8(requiresPrimaryKey ?? 0)
        case 20: writer.u8(tableEncryption ?? 0)
        default: break
        }
    }

    private static func write(_ text: [UInt8]?, _ writer: inout ByteWriter) {
        writer.u8(UInt8(text?.count ?? 0))
        writer.append(text ?? [])
    }
}
