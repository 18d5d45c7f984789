import TestSupport
import Testing

@testable import Server

@Suite struct SessionPoolTests {
    @Test("a pool grows to as many sessions as are wanted, and uses those it has again")
    func growth() async throws {
        let server = try await SourceServer()
        let pool = try server.sessions(most: 3)
        let sessions = [pool.take(), pool.take(), pool.take()].compactMap(\.self)
        #expect(Set(sessions.map { $0.connection.connectionID }).count == 3)
        #expect(pool.take() === nil)
        pool.giveBack(try #require(sessions.last))
        #expect(pool.take() === sessions.last)
    }
}
