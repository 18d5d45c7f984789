public import Foundation

#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// A headless Chromium that has one page open, spoken to over a pipe in its DevTools protocol.
public final class Browser {
    /// What the page's console said: errors, warnings, refusals by its policy.
    public private(set) var complaints: [String] = []

    private let folder: TestFolder
    private let processID: pid_t
    private let input: Int32
    private let output: Int32
    private var lastID = 0
    private var session: String?
    private var unread: [UInt8] = []

    private static let program = "/usr/bin/chromium"

    /// Whether it is installed.
    public static var isInstalled: Bool {
        FileManager.default.isExecutableFile(atPath: program)
    }

    /// Starts it and opens a file.
    public init(opening path: String) throws {
        folder = try TestFolder("browser")
        var toBrowser: [Int32] = [0, 0]
        var fromBrowser: [Int32] = [0, 0]
        guard pipe(&toBrowser) == 0, pipe(&fromBrowser) == 0 else {
            throw TestFailure("no pipe: \(TestFailure.systemReason)")
        }
        // It reads from descriptor 3 and writes to 4, which the pipes themselves may be.
        let script = """
            exec \(Self.program) --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
            --window-size=1300,900 --remote-debugging-pipe --user-data-dir='\(folder.path)/data' \
            3<&\(toBrowser[0]) 4>&\(fromBrowser[1]) >/dev/null 2>&1 about:blank
            """
        let line = ["/bin/bash", "-c", script]
        var words: [UnsafeMutablePointer<CChar>?] = line.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        var number: pid_t = 0
        guard posix_spawn(&number, "/bin/bash", nil, nil, &words, environ) == 0 else {
            throw TestFailure("cannot start \(Self.program)")
        }
        processID = number
        close(toBrowser[0])
        close(fromBrowser[1])
        input = toBrowser[1]
        output = fromBrowser[0]
        let target = try call("Target.createTarget", ["url": "about:blank"])["targetId"]
        session =
            try call("Target.attachToTarget", ["targetId": target ?? "", "flatten": true])[
                "sessionId"] as? String
        for domain in ["Runtime", "Log", "Page"] { try call("\(domain).enable") }
        try call("Emulation.setFocusEmulationEnabled", ["enabled": true])
        try call("Page.navigate", ["url": "file://\(path)"])
        while try evaluate("document.readyState + location.protocol") != "completefile:" {
            usleep(20_000)
        }
    }

    deinit {
        kill(processID, SIGKILL)
        waitpid(processID, nil, 0)
        close(input)
        close(output)
    }

    /// The value of an expression, or of its promise, as text.
    @discardableResult
    public func evaluate(_ expression: String) throws -> String {
        let answer = try call(
            "Runtime.evaluate",
            ["expression": expression, "returnByValue": true, "awaitPromise": true])
        guard answer["exceptionDetails"] == nil, let result = answer["result"] as? [String: Any]
        else { throw TestFailure("\(expression): \(answer)") }
        return result["value"].map { "\($0)" } ?? ""
    }

    /// Presses a key on the page.
    public func press(_ key: String) throws {
        for type in ["keyDown", "keyUp"] {
            try call("Input.dispatchKeyEvent", ["type": type, "key": key, "code": key])
        }
    }

    /// Lets the page write to the clipboard and the test read it.
    public func allowClipboard() throws {
        try call(
            "Browser.grantPermissions",
            ["permissions": ["clipboardReadWrite", "clipboardSanitizedWrite"]], ofBrowser: true)
    }

    /// A picture of the page as PNG.
    public func screenshot() throws -> Data {
        let answer = try call("Page.captureScreenshot", ["format": "png"])
        guard let data = (answer["data"] as? String).flatMap({ Data(base64Encoded: $0) }) else {
            throw TestFailure("no picture: \(answer)")
        }
        return data
    }

    // MARK: The protocol

    @discardableResult
    private func call(
        _ method: String, _ parameters: [String: Any] = [:], ofBrowser: Bool = false
    ) throws -> [String: Any] {
        lastID += 1
        var message: [String: Any] = ["id": lastID, "method": method, "params": parameters]
        if let session, !ofBrowser { message["sessionId"] = session }
        let bytes = [UInt8](try JSONSerialization.data(withJSONObject: message)) + [0]
        var sent = 0
        while sent < bytes.count {
            let count = bytes[sent...].withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
            guard count > 0 else { throw TestFailure("the browser is gone") }
            sent += count
        }
        while true {
            let answer = try receive()
            if answer["id"] as? Int == lastID {
                guard let result = answer["result"] as? [String: Any] else {
                    throw TestFailure("\(method): \(answer["error"] ?? "no result")")
                }
                return result
            }
            note(answer)
        }
    }

    private func note(_ event: [String: Any]) {
        let parameters = event["params"] as? [String: Any] ?? [:]
        switch event["method"] as? String {
        case "Log.entryAdded", "Runtime.exceptionThrown": complaints.append("\(parameters)")
        case "Runtime.consoleAPICalled"
        where ["error", "warning"].contains(parameters["type"] as? String):
            complaints.append("\(parameters)")
        default: break
        }
    }

    /// The next message; they end with a zero.
    private func receive() throws -> [String: Any] {
        while true {
            if let end = unread.firstIndex(of: 0) {
                let message = Data(unread[..<end])
                unread.removeSubrange(...end)
                return try JSONSerialization.jsonObject(with: message) as? [String: Any] ?? [:]
            }
            var wait = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
            guard poll(&wait, 1, 60_000) == 1 else { throw TestFailure("the browser is silent") }
            var buffer = [UInt8](repeating: 0, count: 65_536)
            let count = read(output, &buffer, buffer.count)
            guard count > 0 else { throw TestFailure("the browser has ended") }
            unread += buffer[..<count]
        }
    }
}
