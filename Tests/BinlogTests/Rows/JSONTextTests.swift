import Binlog
import Testing

/// JSON that was typed means what a server prints.
struct JSONTextTests {
    @Test(
        "a document is printed as MySQL 9.7 prints it",
        arguments: [
            (#"{"bb":1,"a":2,"a" : [ ] , "ab":{} }"#, #"{"a": [], "ab": {}, "bb": 1}"#),
            (#" [1,2 , "x,y" ,null,true] "#, #"[1, 2, "x,y", null, true]"#),
            (#""\u00e9\/\"\\\ud83d\ude00\n""#, #""é/\"\\😀\n""#),
            ("1.50", "1.5"), ("-0", "0"), ("2.0", "2.0"), (" -0.0", "-0.0"),
            ("18446744073709551615", "18446744073709551615"),
        ])
    func normalized(typed: String, printed: String) {
        #expect(JSONText.normalized(typed) == printed)
    }

    /// `SELECT CAST('[1e15, …]' AS JSON)` on MySQL 9.7.
    @Test(
        "a double is printed as MySQL 9.7 prints it",
        arguments: [
            "1e15", "1e-7 0.0000001", "-1.5e20", "1e-15 0.000000000000001", "1e-16", "1.25e-16",
            "1.23e-15 0.00000000000000123", "1e14 100000000000000.0", "12.5e-18 1.25e-17",
            "999999999999999.5", "1e-14 0.00000000000001", "123456789012345678", "1.5e15",
            "1.2345678901234567e-5 0.000012345678901234568", "1e16", "0.0",
            "1.2345678901234567e15 1234567890123456.8", "1.7976931348623157e308", "5e-324",
        ])
    func doubles(typedAndPrinted: String) {
        let texts = typedAndPrinted.split(separator: " ").map(String.init)
        #expect(JSONText.normalized(texts[0]) == texts[texts.count - 1])
    }

    @Test(
        "what is no document is none",
        arguments: [
            "", "{", "[1", "[1,]", "{\"a\"}", "{\"a\":1", "nul", "abc", "\"a", "\"\\x\"", "1 2",
            "\"\\ud83d\"", "\"\\u+123\"", "0x10", "-", "inf", "1e999", "{1:2}",
        ])
    func unreadable(typed: String) {
        #expect(JSONText.normalized(typed) == nil)
    }

    @Test("a document nested without end is none")
    func nested() {
        #expect(JSONText.normalized(String(repeating: "[", count: 200_000)) == nil)
    }
}
