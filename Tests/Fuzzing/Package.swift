// swift-tools-version: 6.2
// What `make fuzz` runs: the table of Tests/FuzzTests under libFuzzer.
import PackageDescription

let package = Package(
    name: "Fuzzing",
    platforms: [.macOS(.v15)],
    dependencies: [
        // Named, because the clone's folder may be called otherwise.
        .package(name: "lastgood", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "Fuzzing",
            dependencies: [
                .product(name: "Binlog", package: "lastgood"),
                .product(name: "Recovery", package: "lastgood"),
            ],
            swiftSettings: [
                .swiftLanguageMode(.v6), .enableExperimentalFeature("Lifetimes"),
                // libFuzzer brings main.
                .unsafeFlags(["-parse-as-library"]),
            ])
    ]
)
