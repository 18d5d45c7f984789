internal import Dispatch
internal import Synchronization

/// Pieces of work that several threads take one after the other, and what came of each.
final class WorkList<Outcome: Sendable>: Sendable {
    private struct State {
        /// What has not been taken yet, the next one last.
        var waiting: [Int]
        var outcomes: [Outcome?]
    }

    private let state: Mutex<State>

    /// Pieces of work by number, in the order in which they are begun: the longest first, so that
    /// none is left to run alone.
    init(order: [Int]) {
        let outcomes = [Outcome?](repeating: nil, count: order.count)
        state = Mutex(State(waiting: order.reversed(), outcomes: outcomes))
    }

    /// Nil where nothing is left.
    func next() -> Int? { state.withLock { $0.waiting.popLast() } }

    func finish(_ piece: Int, _ outcome: Outcome) {
        state.withLock { $0.outcomes[piece] = outcome }
    }

    /// Nothing more is begun.
    func stop() { state.withLock { $0.waiting.removeAll() } }

    /// By number, when all are done.
    var outcomes: [Outcome] {
        let outcomes = state.withLock { $0.outcomes }
        let done = outcomes.compactMap(\.self)
        precondition(done.count == outcomes.count, "a piece of work was left out")
        return done
    }
}

/// Threads of their own, not tasks: what they wait for may take long, and tasks have few threads.
enum Workers {
    /// Runs the body on so many threads and waits for all of them; throws their first error.
    static func run(
        _ count: Int, _ body: @escaping @Sendable (Int) throws(ServerError) -> Void
    ) throws(ServerError) {
        let group = DispatchGroup()
        let firstError = FirstError()
        for index in 0..<count {
            // A queue each: threads of a common one come late while the first ones wait.
            DispatchQueue(label: "lastgood.worker").async(group: group) {
                do throws(ServerError) {
                    try body(index)
                } catch {
                    firstError.take(error)
                }
            }
        }
        group.wait()
        if let error = firstError.error { throw error }
    }

    private final class FirstError: Sendable {
        private let kept = Mutex<ServerError?>(nil)

        var error: ServerError? { kept.withLock { $0 } }

        func take(_ error: ServerError) { kept.withLock { $0 = $0 ?? error } }
    }
}
