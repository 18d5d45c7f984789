/// Checks the bodies of events that hold one thing, whoever reads them or does not.
extension Event {
    /// Reads the body where it is neither rows nor a table map nor what begins a file or a
    /// transaction: those cannot be read without what stands before them.
    ///
    /// Throws what is wrong with it: `corrupt`, `truncated`, and `unknown-event` for a status
    /// variable of a later version.
    public func checkBody(_ flavor: FormatDescription.Flavor) throws(BinlogError) {
        switch type {
        case .query, .executeLoadQuery: _ = try QueryEvent(self).statusVariables(flavor)
        case .intvar: _ = try IntvarEvent(self)
        case .rand: _ = try RandEvent(self)
        case .userVar: _ = try UserVarEvent(self)
        case .beginLoadQuery, .appendBlock: _ = try LoadBlockEvent(self)
        case .rotate: _ = try RotateEvent(self)
        case .binlogCheckpoint: _ = try BinlogCheckpointEvent(self)
        case .incident: _ = try IncidentEvent(self)
        default: break
        }
    }
}
