public import Binlog

/// What the Intvar, Rand and User_var events before a statement set.
extension SessionState {
    /// Sets a user variable to the very bits the log holds.
    ///
    /// Throws `older-server` for a collation the target lacks, `unsupported-event` for a value of a
    /// type that no expression makes (some geometries).
    public mutating func apply(
        _ variable: UserVarEvent, collations: CollationCatalog
    ) throws(RecoveryError) {
        let name = "@" + SQLLiteral.identifier(variable.name)
        guard !variable.typeName.isEmpty else {
            setOnce(name, try Self.literal(variable.value, collations))
            return
        }
        guard let geometry = variable.geometry else {
            throw RecoveryError(
                .unsupportedEvent,
                "the user variable \(name) holds a geometry that no statement can set")
        }
        setOnce(name, geometry)
    }

    static func literal(
        _ value: UserVarEvent.Value, _ collations: CollationCatalog
    ) throws(RecoveryError) -> String {
        switch value {
        case .null: return "NULL"
        case .double(let bits): return SQLLiteral.double(bits: bits)
        case .integer(let bits, isUnsigned: true): return "CAST(\(bits) AS UNSIGNED)"
        case .integer(let bits, isUnsigned: false):
            return "CAST(\(Int64(bitPattern: bits)) AS SIGNED)"
        case .decimal(let text): return text
        case .string(let bytes, let id):
            let entry = try collations.entry(id)
            return "_\(entry.characterSet) X'\(SQLLiteral.digits(bytes))' "
                + "COLLATE `\(entry.collation)`"
        }
    }

    /// Sets what an Intvar event holds.
    public mutating func apply(_ intvar: IntvarEvent) {
        switch intvar.kind {
        case .insertID: setOnce("@@session.insert_id", intvar.value)
        case .lastInsertID: setOnce("@@session.last_insert_id", intvar.value)
        }
    }

    /// Sets both seeds of RAND().
    public mutating func apply(_ rand: RandEvent) {
        setOnce("@@session.rand_seed1", rand.seed1)
        setOnce("@@session.rand_seed2", rand.seed2)
    }
}

extension UserVarEvent {
    /// Whether a statement can set the variable to this value and type.
    public var canBeSet: Bool { typeName.isEmpty || geometry != nil }

    /// Nil for what is no geometry, or one that no expression makes.
    fileprivate var geometry: String? {
        guard case .string(let bytes, _) = value else { return nil }
        return GeometryExpression.text(bytes, typeName: String(decoding: typeName, as: UTF8.self))
    }
}

extension RecoveryError.Code {
    public static let unsupportedEvent = Self(rawValue: "unsupported-event")
}
