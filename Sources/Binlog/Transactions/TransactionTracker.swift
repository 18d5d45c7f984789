/// Groups the events of one file into transactions.
///
/// A state machine: feed it every event in order; it says what each event is to its transaction.
public struct TransactionTracker: Sendable {
    /// What an event is to its transaction.
    public enum Step: Sendable {
        /// Belongs to the file, not to a transaction: format description, rotate, lists, …
        case outside
        /// The first event of a transaction.
        case begins
        case inside
        /// The last event: `transaction` is whole.
        case ends
        /// A transaction of one event: `transaction` is whole.
        case whole
    }

    /// The transaction that is being read, or the last one that was.
    public private(set) var transaction = Transaction(
        beginOffset: 0, endOffset: 0, timestamp: 0, serverID: 0, executionSeconds: 0,
        eventCount: 0, ending: .statement)
    /// An event of `transaction` has been seen and its end has not.
    public private(set) var isOpen = false
    /// A relay log is cut into files anywhere, also inside a transaction: what is left of one at a
    /// file's begin counts as one.
    public var isRelayLog = false
    /// BEGIN was seen: only COMMIT, ROLLBACK, Xid or XA PREPARE end it.
    private var hasBegun = false
    /// Its first event has said when it was.
    private var hasTold = false

    public init() {}

    /// Takes the next event.
    ///
    /// Throws `corrupt` where a transaction begins inside another, or ends without having begun,
    /// and what the event's own body throws.
    public mutating func take(_ event: borrowing Event) throws(BinlogError) -> Step {
        switch event.type {
        case .gtid: return try beginGroup(GTIDEvent(event), event)
        case .formatDescription, .rotate, .stop, .gtidList, .binlogCheckpoint, .startEncryption,
            .previousGTIDs, .heartbeat, .heartbeatV2, .startV3:
            guard !isOpen || isRelayLog else { throw cutShort(by: event) }
            return .outside
        case .query, .executeLoadQuery: return try takeQuery(QueryEvent(event), event)
        case .xid:
            guard isOpen else { return try restEnds(.xid, event) }
            return end(.xid, event)
        case .xaPrepare:
            guard isOpen else { return try restEnds(.xaPrepare, event) }
            let prepare = try XAPrepareEvent(event)
            transaction.xaID = prepare.xaID
            return end(prepare.isOnePhase ? .xid : .xaPrepare, event)
        case .incident:
            return isOpen ? end(.incident, event) : whole(.incident, event)
        case .mysqlGTID, .anonymousGTID, .taggedGTID: return try beginMySQLGroup(event)
        default:
            guard isOpen else {
                open(nil, event)
                return .begins
            }
            return inside(event)
        }
    }

    private mutating func beginGroup(
        _ head: GTIDEvent, _ event: borrowing Event
    ) throws(BinlogError) -> Step {
        // A replica that lost its connection reads a group again from its begin.
        guard !isOpen || isRelayLog else { throw cutShort(by: event) }
        open(head, event)
        hasBegun = head.flags.isDisjoint(with: [.standalone, .completedXA])
        return .begins
    }

    private mutating func beginMySQLGroup(_ event: borrowing Event) throws(BinlogError) -> Step {
        guard !isOpen || isRelayLog else { throw cutShort(by: event) }
        let head = try MySQLGTIDEvent(event)
        open(nil, event)
        hasTold = true
        transaction.gtid = head.gtid.map { .mysql($0) }
        transaction.commitMicroseconds = head.commitMicroseconds
        transaction.timestamp = head.commitSeconds ?? transaction.timestamp
        return .begins
    }

    private mutating func takeQuery(
        _ query: borrowing QueryEvent, _ event: borrowing Event
    ) throws(BinlogError) -> Step {
        let wasOpen = isOpen
        if !wasOpen { open(nil, event) }
        if transaction.threadID == nil { transaction.threadID = query.threadID }
        if query.executionSeconds < 86_400 {
            transaction.executionSeconds = max(
                transaction.executionSeconds, query.executionSeconds)
        }
        switch query.control {
        case .begin:
            setBegun()
            return wasOpen ? inside(event) : .begins
        case .commit: return end(.commit, event)
        case .rollback: return end(.rollback, event)
        case .none where hasBegun: return inside(event)
        case .none where transaction.head == nil && query.beginsXA:
            // MariaDB's GTID says itself that the group ends in XA PREPARE.
            setBegun()
            transaction.isXA = true
            return wasOpen ? inside(event) : .begins
        case .none:
            let ending = standaloneEnding(query)
            return wasOpen ? end(ending, event) : whole(ending, event)
        }
    }

    private mutating func setBegun() {
        hasBegun = true
        transaction.isStandalone = false
    }

    private mutating func standaloneEnding(
        _ query: borrowing QueryEvent
    ) -> Transaction.Ending {
        guard let head = transaction.head else {
            guard let ending = query.xaEnding else { return .statement }
            transaction.xaID = XAID(statement: query.text)
            return ending
        }
        if head.extraFlags.contains(.beginAlter) { return .alterBegin }
        if head.extraFlags.contains(.commitAlter) { return .alterCommit }
        if head.extraFlags.contains(.rollbackAlter) { return .alterRollback }
        guard head.flags.contains(.completedXA) else { return .statement }
        return query.xaEnding ?? .xaRollback
    }

    private mutating func open(_ head: GTIDEvent?, _ event: borrowing Event) {
        transaction = Transaction(
            beginOffset: event.offset, endOffset: event.endOffset, head: head,
            gtid: head.map { .mariadb($0.gtid) }, timestamp: event.header.timestamp,
            serverID: event.header.serverID, threadID: head?.threadID, executionSeconds: 0,
            xaID: head?.xaID, isStandalone: head?.flags.contains(.standalone) ?? true,
            isXA: head?.flags.contains(.preparedXA) ?? false, eventCount: 1,
            ending: .statement)
        isOpen = true
        hasBegun = false
        hasTold = head != nil
    }

    private mutating func inside(_ event: borrowing Event) -> Step {
        transaction.eventCount += 1
        transaction.endOffset = event.endOffset
        return .inside
    }

    private mutating func end(_ ending: Transaction.Ending, _ event: borrowing Event) -> Step {
        transaction.eventCount += 1
        transaction.endOffset = event.endOffset
        transaction.ending = ending
        if !hasTold { transaction.timestamp = event.header.timestamp }
        isOpen = false
        return .ends
    }

    private mutating func whole(_ ending: Transaction.Ending, _ event: borrowing Event) -> Step {
        if !isOpen { open(nil, event) }
        transaction.ending = ending
        isOpen = false
        return .whole
    }

    /// The end of a transaction whose begin is not there.
    private mutating func restEnds(
        _ ending: Transaction.Ending, _ event: borrowing Event
    ) throws(BinlogError) -> Step {
        guard isRelayLog else { throw endWithoutBegin(event) }
        return whole(ending, event)
    }

    private func cutShort(by event: borrowing Event) -> BinlogError {
        BinlogError(
            .corrupt,
            "a \(event.type) event stands inside the transaction that begins at "
                + "\(transaction.beginOffset) and has no end",
            hint: "events are missing before this place", offset: event.offset)
    }

    private func endWithoutBegin(_ event: borrowing Event) -> BinlogError {
        BinlogError(
            .corrupt, "a \(event.type) event ends a transaction that has no beginning",
            hint: "events are missing before this place", offset: event.offset)
    }
}
