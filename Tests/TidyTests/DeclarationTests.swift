import Testing

/// The rules about declarations on literal snippets.
struct DeclarationTests {
    private func lengths(_ text: String) -> [Int] {
        FunctionLengths(SwiftScanner(text)).functions.map(\.lines)
    }

    @Test("a function counts from its first word to its closing brace")
    func plain() {
        #expect(lengths("func a() {\n    b()\n}") == [3])
        #expect(lengths("func a() { b() }") == [1])
        #expect(lengths("func a(\n    b: Int\n) -> Int\nwhere C: D\n{\n    b\n}") == [7])
        #expect(lengths("static func == (a: A, b: A) -> Bool {\n    true\n}") == [3])
    }

    @Test("initializers, subscripts and computed properties count")
    func others() {
        #expect(lengths("init() {\n}") == [2])
        #expect(lengths("init?<A>(_ a: A) where A: B {\n}") == [2])
        #expect(lengths("deinit {\n}") == [2])
        #expect(lengths("subscript(a: Int) -> Int {\n    1\n}") == [3])
        #expect(lengths("var a: Int {\n    1\n}") == [3])
    }

    @Test("nested functions count in themselves and in what is around them")
    func nested() {
        #expect(lengths("func a() {\n    func b() {\n    }\n}") == [4, 2])
    }

    @Test("braces in strings, comments and arguments do not count")
    func braces() {
        #expect(lengths("func a() {\n    b(\"}\") // }\n    /* } */\n}") == [4])
        #expect(lengths("func a(b: () -> Void = { c() }) {\n}") == [2])
    }

    @Test("calls of an initializer, requirements and stored properties have no body")
    func without() {
        #expect(lengths("protocol A {\n    func a() -> Int\n    func b()\n}\nstruct C {\n}") == [])
        #expect(lengths("protocol A {\n    init(a: Int)\n}\nstruct C {\n}") == [])
        #expect(lengths("self.init(a: 1)\nif a {\n}") == [])
        #expect(lengths("var a = 1\nvar b: Int = 2\nlet c = d {\n}") == [])
    }

    @Test("a function that is too long is found")
    func tooLong() {
        let body = String(repeating: "    a()\n", count: 69)
        #expect(lengths("func a() {\n\(body)}") == [HouseRules.linesInFunction + 1])
    }

    private func undocumented(_ text: String) -> [String] {
        SourceRules.undocumented(SwiftScanner(text)).map(\.message)
    }

    @Test("public declarations without a doc comment are found")
    func publicWithout() {
        #expect(undocumented("public struct A {}") == ["struct A"])
        #expect(undocumented("    public static func a() {}") == ["func a"])
        #expect(undocumented("@inlinable public mutating func a() {}") == ["func a"])
        #expect(undocumented("public static let a = 1") == ["let a"])
        #expect(undocumented("public var a: Int {\n    1\n}") == ["var a"])
        #expect(undocumented("public subscript(a: Int) -> Int { 1 }") == ["subscript "])
        #expect(undocumented("/// Words.\n\npublic enum A {}") == ["enum A"])
    }

    @Test("documented, stored, known and internal ones are let through")
    func publicWith() {
        #expect(undocumented("/// Words.\npublic struct A {}") == [])
        #expect(undocumented("/// Words.\n@inlinable\npublic func a() {}") == [])
        #expect(undocumented("public var a: Int\npublic let b: Int") == [])
        #expect(undocumented("public var a: Int { 1 }") == [])
        #expect(undocumented("public static let a = Self(rawValue: \"a\")") == [])
        #expect(undocumented("public init(a: Int) {}") == [])
        #expect(undocumented("public var description: String { a }") == [])
        #expect(undocumented("public static func == (a: A, b: A) -> Bool { true }") == [])
        #expect(undocumented("public import A\nstruct B {}\nfunc c() {}") == [])
        #expect(undocumented("// public struct A {}") == [])
    }

    @Test("links are read outside of code, and resolved from their document")
    func links() {
        let text = "[a](B.md#c) `[d](E.md)` [f](https://g) ![h](../i/j.png)\n```\n[k](l)\n```"
        #expect(Links(markdown: text).relative == ["B.md", "../i/j.png"])
        #expect(Links.resolve("../i/j.png", from: "Docs/A.md") == "i/j.png")
        #expect(Links.resolve("./B.md", from: "Docs/A.md") == "Docs/B.md")
        #expect(Links.resolve("Docs/B.md", from: "README.md") == "Docs/B.md")
    }
}
