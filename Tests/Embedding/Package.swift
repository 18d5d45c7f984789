// swift-tools-version: 6.2
// Another tool's package, which embeds the libraries as README.md shows.
import PackageDescription

let package = Package(
    name: "Embedding",
    platforms: [.macOS(.v15)],
    dependencies: [
        // Named, because the clone's folder may be called otherwise.
        .package(name: "lastgood", path: "../..")
    ],
    targets: [
        .executableTarget(
            name: "Embedding",
            dependencies: [
                .product(name: "Binlog", package: "lastgood"),
                .product(name: "Recovery", package: "lastgood"),
            ],
            swiftSettings: [.swiftLanguageMode(.v6)])
    ]
)
