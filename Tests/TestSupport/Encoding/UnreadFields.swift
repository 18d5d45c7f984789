import Binlog

/// What the reader does not keep of events, and so what an encoder cannot write from its values.
///
/// The only place at which a rewritten log takes bytes over from the log that was read. Each field
/// by itself, and counted: what is taken over is to stay little.
public struct UnreadFields: Sendable {
    /// The fields, each with why nothing here needs it.
    public enum Field: String, CaseIterable, Sendable {
        /// Of no meaning: a set of variables is read.
        case orderOfStatusVariables
        /// Of servers before 5.0.4; later ones always write `std`.
        case oldCatalog
        /// A length in a log that a replica once read.
        case masterDataWritten
        /// For replicas that apply in parallel.
        case updatedDatabases
        /// What a replica need not rewrite.
        case skippedRewrite
        /// What is left of a compressed event's length.
        case statusPadding
        /// Of no meaning, and which of two forms of collations and keys was shorter.
        case orderOfTableMetadata
        /// Fields of newer servers.
        case unknownTableMetadata
        /// NDB's, and the partition that a row lies in.
        case extraRowData
        /// How the collation of a number would read.
        case collationOfUserNumber
        /// The digits of a decimal's type: the value has its own.
        case precisionOfUserDecimal
        /// The sign of what is no integer.
        case flagsOfUserVariable
        /// Set while sending only.
        case flagsOfGTIDList
        /// How many engines took part: none is asked anything about the others.
        case engineCount
        /// Whether the transaction may hold statements.
        case flagsOfMySQLGTID
        /// For replicas that apply in parallel.
        case logicalClock
        /// When and by which server a replicated transaction was committed first.
        case firstCommit
        /// The event's frame tells it.
        case transactionLength
        case serverVersions
        /// For replicas that commit in groups.
        case groupTicket
        /// Of a message of numbered fields.
        case orderOfTaggedFields
        /// Of the fields in front of a payload.
        case orderOfPayloadFields
        /// A stream that another version of the library packs otherwise.
        case zstdStream
    }

    /// How many bytes have been taken over.
    public private(set) var byteCounts: [Field: Int] = [:]

    public init() {}

    public mutating func add(_ other: Self) {
        byteCounts.merge(other.byteCounts, uniquingKeysWith: +)
    }

    mutating func take(_ field: Field, _ bytes: [UInt8]) -> [UInt8] {
        if !bytes.isEmpty { byteCounts[field, default: 0] += bytes.count }
        return bytes
    }
}

// MARK: Statements

extension UnreadFields {
    /// The order of a Query event's status variables, and those that the reader passes over.
    mutating func statusCodes(
        of query: borrowing QueryEvent, _ flavor: FormatDescription.Flavor
    ) throws -> [StatusVariables.Code] {
        var reader = ByteReader(query.statusBytes, at: query.statusOffset)
        var codes: [StatusVariables.Code] = []
        while !reader.isAtEnd {
            let number = try reader.u8()
            _ = take(.orderOfStatusVariables, [number])
            if let width = try Self.fixedWidth(number, flavor) {
                try reader.skip(width)
                codes.append(StatusVariables.Code(number))
                continue
            }
            let begin = reader.position
            try Self.skipVariable(number, flavor, &reader)
            let value = query.statusBytes.extracting(begin..<reader.position).copied()
            if let field = Self.field(ofStatus: number, flavor) {
                codes.append(StatusVariables.Code(number, take(field, value)))
            } else {
                codes.append(StatusVariables.Code(number))
            }
        }
        return codes
    }

    private static func field(
        ofStatus code: UInt8, _ flavor: FormatDescription.Flavor
    ) -> Field? {
        switch (code, flavor) {
        case (2, _): .oldCatalog
        case (10, _): .masterDataWritten
        case (12, .mysql): .updatedDatabases
        case (21, .mysql): .skippedRewrite
        case (255, .mariadb): .statusPadding
        default: nil
        }
    }

    /// Nil for those whose width their own bytes tell, and for those that are passed over.
    private static func fixedWidth(
        _ code: UInt8, _ flavor: FormatDescription.Flavor
    ) throws -> Int? {
        switch (code, flavor) {
        case (0, _), (3, _): 4
        case (1, _), (9, _), (129, .mariadb), (17, .mysql): 8
        case (4, _): 6
        case (7, _), (8, _), (18, .mysql): 2
        case (128, .mariadb), (13, .mysql): 3
        case (16, .mysql), (19, .mysql), (20, .mysql): 1
        default: nil
        }
    }

    private static func skipVariable(
        _ code: UInt8, _ flavor: FormatDescription.Flavor, _ reader: inout ByteReader
    ) throws {
        switch (code, flavor) {
        case (2, _): try reader.skip(Int(try reader.u8()) + 1)
        case (5, _), (6, _): try reader.skip(Int(try reader.u8()))
        case (10, _): try reader.skip(4)
        case (11, _): for _ in 0..<2 { try reader.skip(Int(try reader.u8())) }
        case (130, .mariadb): if try reader.u8() & 0xC != 0 { try reader.skip(8) }
        case (131, .mariadb): try reader.skip(4 * Int(try reader.u8()))
        case (255, .mariadb): try reader.skip(reader.remaining)
        case (12, .mysql):
            let count = try reader.u8()
            guard count != 254 else { return }
            for _ in 0..<count { while try reader.u8() != 0 {} }
        case (21, .mysql): try reader.skip(1)
        default: throw TestFailure("the status variable \(code) is not known")
        }
    }

    /// What a user variable's value does not hold.
    struct UserVarRest {
        var collation: UInt32 = 0
        var precision = 0
        /// Whether the sign is told.
        var hasSign = false
    }

    mutating func userVarRest(of event: borrowing Event) throws -> UserVarRest {
        var rest = UserVarRest()
        var reader = event.reader
        try reader.skip(Int(try reader.u32()))
        guard try reader.u8() == 0 else { return rest }
        let type = try reader.u8()
        rest.collation = try reader.u32()
        if type != 0 { _ = take(.collationOfUserNumber, EventBody.integer(0, 4)) }
        let length = Int(try reader.u32())
        if type == 4 {
            rest.precision = Int(try reader.u8())
            _ = take(.precisionOfUserDecimal, [0])
        }
        try reader.skip(type == 4 ? length - 1 : length)
        rest.hasSign = try !reader.isAtEnd && reader.u8() <= 1
        // Of an integer it is, of nothing else.
        if rest.hasSign != (type == 2) { _ = take(.flagsOfUserVariable, [0]) }
        return rest
    }
}

// MARK: Rows

extension UnreadFields {
    /// The order of a table map's optional fields, and those that the reader does not know;
    /// `begin` is where they begin in the body.
    mutating func tableMetadataFields(
        of event: borrowing Event, from begin: Int
    ) throws -> [TableMetadata.Field] {
        var reader = event.reader
        try reader.skip(begin)
        var fields: [TableMetadata.Field] = []
        while !reader.isAtEnd {
            let type = try reader.u8()
            _ = take(.orderOfTableMetadata, [type])
            let value = try reader.take(Int(try reader.lengthEncoded()))
            let isKnown = (1...13).contains(type)
            fields.append(
                TableMetadata.Field(
                    type, isKnown ? nil : take(.unknownTableMetadata, value.copied())))
        }
        return fields
    }

    /// Of a rows event of version 2; nil for version 1.
    mutating func extraRowData(of event: borrowing Event) throws -> [UInt8]? {
        guard (30...32).contains(event.type.rawValue) || event.type == .partialUpdateRows else {
            return nil
        }
        var reader = event.reader
        try reader.skip(8)
        return take(.extraRowData, try reader.take(Int(try reader.u16()) - 2).copied())
    }
}

// MARK: MariaDB's lists

extension UnreadFields {
    mutating func gtidListFlags(of event: borrowing Event) throws -> UInt32 {
        var reader = event.reader
        let flags = try reader.u32() >> 28
        if flags != 0 { _ = take(.flagsOfGTIDList, [0]) }
        return flags
    }

    /// How many engines took part in the transaction, less one; nil where it is not told.
    mutating func engineCount(of event: borrowing Event, _ head: GTIDEvent) throws -> UInt8? {
        guard head.extraFlags.contains(.multiEngine) else { return nil }
        var reader = event.reader
        try reader.skip(13)
        if head.commitID != nil { try reader.skip(8) }
        if let id = head.xaID { try reader.skip(6 + id.globalID.count + id.branchQualifier.count) }
        try reader.skip(1)
        return take(.engineCount, [try reader.u8()])[0]
    }
}
