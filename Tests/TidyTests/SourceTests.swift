import Foundation
import Testing

/// The house rules, held against every Swift file of the repository.
struct SourceTests {
    let repository: Repository
    let table: ImportTable

    init() throws {
        repository = try Repository.current.get()
        table = ImportTable(markdown: try repository.text("Docs/Architecture.md"))
    }

    @Test("sources import only what the architecture's table has")
    func imports() throws {
        var wrong: [String] = []
        for file in repository.swift(below: "Sources") {
            guard let target = target(ofSource: file) else { continue }
            for (line, module) in try SourceRules.imports(repository.source(file))
            where !table.allows(module, in: target) {
                wrong.append("\(file):\(line): \(target) may not import \(module)")
            }
        }
        expectNone(wrong)
    }

    @Test("every Swift source is in a target's folder, and every row of the table is a target")
    func targets() {
        let sources = repository.swift(below: "Sources")
        let targets = Set(sources.compactMap(target(ofSource:)))
        expectNone(sources.filter { target(ofSource: $0) == nil })
        #expect(targets == Set(table.allowed.keys))
    }

    @Test("lines are within 100 columns")
    func lines() throws {
        expectNone(
            try findings(in: ["Package.swift"] + repository.swift(below: "Sources", "Tests")) {
                SourceRules.longLines($0)
            })
    }

    @Test("sources hold nothing that traps, drops an error, or prints")
    func forbidden() throws {
        for file in repository.swift(below: "Sources") {
            let mayPrint = target(ofSource: file).map(HouseRules.printing.contains) ?? false
            expectNone(
                try findings(in: [file]) { SourceRules.forbidden($0, mayPrint: mayPrint) })
        }
    }

    @Test("sources hold no unfinished business")
    func unfinished() throws {
        expectNone(
            try findings(in: repository.swift(below: "Sources"), SourceRules.unfinished))
    }

    @Test("a source file says at its top what belongs there")
    func beginnings() throws {
        expectNone(
            try repository.swift(below: "Sources").filter {
                try !SourceRules.saysWhatItIs(repository.source($0))
            })
    }

    @Test("functions are within 70 lines")
    func functions() throws {
        try expectRatchet(.longFunction, below: ["Sources", "Tests"]) { source in
            FunctionLengths(source).functions.filter { $0.lines > HouseRules.linesInFunction }
                .map { "\($0.line): \($0.lines) lines" }
        }
    }

    @Test("Swift files are within 500 lines")
    func files() throws {
        try expectRatchet(.longFile, below: ["Sources", "Tests"]) { source in
            source.lines.count - 1 > HouseRules.linesInFile
                ? ["1: \(source.lines.count) lines"] : []
        }
    }

    @Test("public declarations have a doc comment")
    func docComments() throws {
        try expectRatchet(.undocumented, below: ["Sources"]) {
            SourceRules.undocumented($0).map(\.description)
        }
    }

    private func findings(
        in files: [String], _ rule: (SwiftScanner) -> [SourceRules.Finding]
    ) throws -> [String] {
        try files.flatMap { file in
            try rule(repository.source(file)).map { "\(file):\($0)" }
        }
    }

    /// At most what the ratchet has, and not less either: then the ratchet is to be lowered.
    private func expectRatchet(
        _ rule: HouseRules.Rule, below folders: [String], _ find: (SwiftScanner) -> [String]
    ) throws {
        let allowed = HouseRules.ratchet[rule] ?? [:]
        let files = folders.flatMap { repository.swift(below: $0) }
        expectNone(allowed.keys.filter { !files.contains($0) }.map { "ratchet: no file \($0)" })
        for file in files {
            let found = try find(repository.source(file))
            let limit = allowed[file] ?? 0
            if found.count > limit {
                expectNone(found.map { "\(file):\($0)" })
            }
            #expect(found.count >= limit, "lower the ratchet of \(file) to \(found.count)")
        }
    }
}

/// One issue for each line of the list.
func expectNone(_ violations: [String], sourceLocation: SourceLocation = #_sourceLocation) {
    for violation in violations {
        Issue.record("\(violation)", sourceLocation: sourceLocation)
    }
}
