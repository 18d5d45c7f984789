import Testing

/// The rules themselves on literal snippets: each finds what it is for, and nothing beside it.
struct RuleTests {
    @Test("comments and strings are blanked, interpolations stay code, columns stay")
    func scanner() {
        func code(_ text: String) -> String { SwiftScanner(text).code.joined(separator: "\n") }
        #expect(code("a // b!") == "a      ")
        #expect(code("a /* b /* c */ d */ e") == "a                   e")
        #expect(code(#"f("x!") + g"#) == #"f("  ") + g"#)
        #expect(code(#"f("\"x!") + g"#) == #"f("    ") + g"#)
        #expect(code(#""a\(b + f("c"))d" e"#) == #""  (b + f(" ")) " e"#)
        #expect(code("\"\"\"\n  a! \"b\"\n\"\"\" c") == "\"\"\"\n        \n\"\"\" c")
        #expect(code(##"#"a"b\(c)"# d"##) == ##"#"       "# d"##)
        #expect(code(##"#"a\#(b)"# d"##) == ##"#"   (b)"# d"##)
        #expect(code("#/a\"b/# c") == "#/   /# c")
        #expect(code("#if os(Linux)\nx\n#endif") == "#if os(Linux)\nx\n#endif")
        #expect(code("\"unclosed\nx!") == "\"        \nx!")
    }

    @Test(
        "what traps, drops an error or prints is found",
        arguments: [
            ("let a = try? f()", "try?"), ("let a = try! f()", "try!"),
            ("let a = b as! Int", "as!"), ("fatalError(\"x\")", "fatalError"),
            ("let a = b!", "a value's !"), ("f(b)!.c", "a value's !"),
            ("b[0]! += 1", "a value's !"), ("var a: Int!", "a value's !"),
            ("var a: [Int]!", "a value's !"), ("\"\\(a!)\"", "a value's !"),
            ("print(a)", "print("), ("debugPrint(a)", "print("),
        ])
    func forbidden(snippet: String, name: String) {
        let found = SourceRules.forbidden(SwiftScanner(snippet), mayPrint: false)
        #expect(found == [SourceRules.Finding(line: 1, message: name)])
    }

    @Test(
        "what only looks like it is let through",
        arguments: [
            "a != b", "a!=b", "if !a { }", "f(!a)", "[!a]", "a && !b", "// a! try? fatalError",
            "\"DROP TABLE a!\"", "let s = \"try? \\(a) b!\"", "/// print(a)", "fingerprint(a)",
            "sink.print(a)", "try f()", "a as? Int", "a as Int", "#if !os(macOS)",
        ])
    func harmless(snippet: String) {
        #expect(SourceRules.forbidden(SwiftScanner(snippet), mayPrint: false).isEmpty)
    }

    @Test("a target that may print, may only print")
    func printing() {
        let source = SwiftScanner("print(a)\nprint(b!)")
        #expect(SourceRules.forbidden(source, mayPrint: true).map(\.line) == [2])
    }

    @Test("imports are found in every form")
    func imports() {
        let text = """
            import A
            public import B
            @testable import C
            @preconcurrency public import D
            #if canImport(Glibc)
                import Glibc
            #endif
            import struct E.F
            @_spi(Internals) import G
            // import H
            let text = "import I"
            let important = 1
            """
        let modules = SourceRules.imports(SwiftScanner(text)).map(\.module)
        #expect(modules == ["A", "B", "C", "D", "Glibc", "E", "G"])
    }

    @Test("the import table is read from the document's table")
    func importTable() {
        let table = ImportTable(
            markdown: """
                | target | may import | owns |
                |---|---|---|
                | `A` | B, CZlib | x, y |
                | `B` | libc | z |

                | `C` | D |
                """)
        #expect(Set(table.allowed.keys) == ["A", "B"])
        #expect(table.allows("B", in: "A"))
        #expect(!table.allows("A", in: "B"))
        #expect(!table.allows("Foundation", in: "A"))
        #expect(!table.allows("x", in: "A"))
        #expect(table.allows("Glibc", in: "B"))
        #expect(!table.allows("Glibc", in: "A"))
        #expect(table.allows("Synchronization", in: "A"))
        #expect(!table.allows("D", in: "C"))
    }

    @Test("a line of 101 columns is found, one of 100 is not")
    func longLines() {
        let text = String(repeating: "é", count: 100) + "\n" + String(repeating: "a", count: 101)
        #expect(SourceRules.longLines(SwiftScanner(text)).map(\.line) == [2])
    }

    @Test("unfinished business is found in comments and names alike")
    func unfinished() {
        let text = ["TO" + "DO: x", "FIX" + "ME", "X" + "XX", "TODOS", "XXXL"].map { "// " + $0 }
        let source = SwiftScanner(text.joined(separator: "\n"))
        #expect(SourceRules.unfinished(source).map(\.line) == [1, 2, 3])
    }

    @Test("a file begins with a comment, or its code does after the imports")
    func beginnings() {
        func holds(_ text: String) -> Bool { SourceRules.saysWhatItIs(SwiftScanner(text)) }
        #expect(holds("// Words.\nimport A\nlet a = 1"))
        #expect(
            holds("import A\npublic import B\n\n#if canImport(C)\nimport C\n#endif\n/// Words."))
        #expect(!holds("import A\nstruct B {}\n/// Words."))
        #expect(!holds("import A"))
        #expect(!holds(""))
    }
}
