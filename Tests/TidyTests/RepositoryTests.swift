import Foundation
import Testing

/// The house rules about what stands in the repository, and about its documents.
struct RepositoryTests {
    let repository: Repository

    init() throws { repository = try Repository.current.get() }

    @Test("the top level has only what is listed for it")
    func topLevel() {
        let names = Set(repository.tracked.compactMap { $0.split(separator: "/").first })
        expectNone(names.map(String.init).filter { !HouseRules.topLevel.contains($0) })
    }

    @Test("nothing generated is tracked")
    func generated() {
        expectNone(
            repository.tracked.filter { file in
                file.hasSuffix("Package.resolved")
                    || file.split(separator: "/").contains { $0.hasPrefix(".build") }
            })
    }

    @Test("files are within 1 MB, fixtures within 20 MB together")
    func sizes() throws {
        var fixtures = 0
        for file in repository.files {
            let size = try repository.sizeBytes(file)
            if file.hasPrefix("Fixtures/") {
                fixtures += size
            } else if size > HouseRules.bytesInFile {
                Issue.record("\(file): \(size) bytes")
            }
        }
        #expect(fixtures <= HouseRules.bytesInFixtures)
    }

    @Test("sources, tests and documents are text and not empty, pictures aside")
    func text() throws {
        let folders = ["Sources/", "Tests/", "Docs/", ".ci/"]
        expectNone(
            try repository.files.filter { file in
                guard folders.contains(where: file.hasPrefix), !file.hasSuffix(".png") else {
                    return false
                }
                let bytes = try repository.bytes(file)
                return bytes.isEmpty || bytes.contains(0)
            })
    }

    @Test("no text names a path of the machine it was written on")
    func paths() throws {
        for file in repository.files {
            let bytes = try repository.bytes(file)
            if bytes.prefix(4096).contains(0) { continue }
            for path in HouseRules.foreignPaths where bytes.range(of: Data(path.utf8)) != nil {
                Issue.record("\(file) holds \(path)")
            }
        }
    }

    @Test("relative links in documents lead to a file")
    func links() throws {
        for document in documents {
            for link in Links(markdown: try repository.text(document)).relative {
                let path = Links.resolve(link, from: document)
                let isThere = repository.files.contains { $0 == path || $0.hasPrefix(path + "/") }
                #expect(isThere, "\(document): \(link)")
            }
        }
    }

    @Test("every document is linked from another")
    func linked() throws {
        var linked: Set<String> = []
        for document in documents {
            let targets = Links(markdown: try repository.text(document)).relative
                .map { Links.resolve($0, from: document) }
            linked.formUnion(targets.filter { $0 != document })
        }
        expectNone(documents.filter { $0.hasPrefix("Docs/") && !linked.contains($0) })
    }

    private var documents: [String] { repository.files.filter { $0.hasSuffix(".md") } }
}
