/// The savepoints of one transaction, each with what its reader goes back to.
public struct Savepoints<Mark: Sendable>: Sendable {
    private var marks: [(name: String, mark: Mark)] = []
    /// Where the newest of each name stands.
    private var places: [String: Int] = [:]

    public init() {}

    public var isEmpty: Bool { marks.isEmpty }

    /// The transaction is over.
    public mutating func removeAll() {
        guard !marks.isEmpty else { return }
        marks.removeAll()
        places.removeAll()
    }

    /// SAVEPOINT: one of the same name is gone by it.
    public mutating func set(_ name: String, _ mark: Mark) {
        if let place = places[name], place == marks.count - 1 { marks.removeLast() }
        places[name] = marks.count
        marks.append((name, mark))
        if marks.count > 2 * places.count { compact() }
    }

    /// Drops those whose name came again.
    private mutating func compact() {
        marks = marks.indices.filter { places[marks[$0].name] == $0 }.map { marks[$0] }
        for index in marks.indices { places[marks[index].name] = index }
    }

    /// ROLLBACK TO: those behind it are gone, it stays itself; nil where there is none.
    public mutating func rollBack(to name: String) -> Mark? {
        guard let place = places[name] else { return nil }
        for index in (place + 1)..<max(place + 1, marks.count)
        where places[marks[index].name] == index {
            places[marks[index].name] = nil
        }
        marks.removeLast(marks.count - place - 1)
        return marks[place].mark
    }
}
