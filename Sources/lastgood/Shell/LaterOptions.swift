import ArgumentParser

/// Options of the contract that a later version brings: known, and refused.
struct LaterOptions: ParsableArguments {
    @Option(help: .hidden) var skip: [String] = []
    @Option(help: .hidden) var only: [String] = []
    @Option(help: .hidden) var except: [String] = []
    @Option(help: .hidden) var rename: [String] = []
    @Option(help: .hidden) var onConflict: String?

    /// Throws `later-version` for the first of them that was given.
    func refuse() throws(Failure) {
        let given: [(String, Bool)] = [
            ("--skip", !skip.isEmpty), ("--only", !only.isEmpty), ("--except", !except.isEmpty),
            ("--rename", !rename.isEmpty), ("--on-conflict", onConflict != nil),
        ]
        guard let (name, _) = given.first(where: \.1) else { return }
        throw Failure(
            "later-version", "\(name) comes with a later version",
            hint: "leave it out, or take a newer lastgood")
    }
}
