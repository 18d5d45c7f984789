// swift-tools-version: 6.2
import PackageDescription

/// Warnings stop the build in CI and `make lint` only: another compiler may know other warnings.
let strict = Context.environment["LASTGOOD_WARNINGS_AS_ERRORS"] == "1"

let settings: [SwiftSetting] =
    [
        .swiftLanguageMode(.v6),
        .enableUpcomingFeature("ExistentialAny"),
        .enableUpcomingFeature("MemberImportVisibility"),
        .enableUpcomingFeature("InternalImportsByDefault"),
        .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
        .enableExperimentalFeature("Lifetimes"),
    ] + (strict ? [.treatAllWarnings(as: .error)] : [])

let subprocess = Target.Dependency.product(name: "Subprocess", package: "swift-subprocess")
let system = Target.Dependency.product(name: "SystemPackage", package: "swift-system")
let arguments = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")

let database = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")

func library(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: settings)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: settings)
}

func systemLibrary(_ name: String, pkgConfig: String, apt: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let package = Package(
    name: "lastgood",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "lastgood", targets: ["lastgood"]),
        .library(name: "Binlog", targets: ["Binlog"]),
        .library(name: "BinlogFiles", targets: ["BinlogFiles"]),
        .library(name: "Recovery", targets: ["Recovery"]),
        .library(name: "Replay", targets: ["Replay"]),
    ],
    dependencies: [
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-system", from: "1.6.0"),
        .package(url: "https://github.com/swiftlang/swift-subprocess", from: "1.0.0"),
    ],
    targets: [
        systemLibrary("CMariaDB", pkgConfig: "libmariadb", apt: "libmariadb-dev"),
        systemLibrary("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
        systemLibrary("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),
        systemLibrary("CDeflate", pkgConfig: "libdeflate", apt: "libdeflate-dev"),
        systemLibrary("CCrypto", pkgConfig: "libcrypto", apt: "libssl-dev"),
        library("Binlog", ["CDeflate", "CZstd"]),
        library("BinlogFiles", ["Binlog", "CCrypto", system]),
        library("Recovery", ["Binlog"]),
        library(
            "Catalog",
            ["BinlogFiles", "Recovery", "Binlog", "CCrypto", "CDeflate", database, system]),
        library("Server", ["CMariaDB", subprocess, system]),
        library("Replay", ["Recovery", "Server", "BinlogFiles", "Binlog", system]),
        library("Backup", ["Recovery", "Server", "CZlib", "CZstd", subprocess, system]),
        library("Report", ["Recovery", "Binlog"]),
        library("Export", ["Report", "Recovery", "BinlogFiles", "Binlog", "CZstd", system]),
        .executableTarget(
            name: "lastgood",
            dependencies: [
                "Export", "Report", "Backup", "Replay", "Catalog", "Server", "Recovery",
                "BinlogFiles", "Binlog",
                arguments, system,
            ],
            swiftSettings: settings),
        .target(
            name: "TestSupport",
            dependencies: [
                "Server", "BinlogFiles", "Binlog", "CCrypto", "CZlib", "CZstd", subprocess, system,
            ],
            path: "Tests/TestSupport", swiftSettings: settings),
        tests("BinlogTests", ["Binlog", "Server", "TestSupport"]),
        tests("BinlogFilesTests", ["BinlogFiles", "Binlog", "Server", "TestSupport", system]),
        tests("RecoveryTests", ["Recovery", "Binlog", "TestSupport"]),
        tests(
            "CatalogTests",
            ["Catalog", "BinlogFiles", "Recovery", "Binlog", "TestSupport", database, system]),
        tests("ReportTests", ["Report", "Recovery"]),
        tests("FuzzTests", ["Recovery", "Binlog", "TestSupport"]),
        tests("ServerTests", ["Server", "TestSupport"]),
        tests("BackupTests", ["Backup", "Server", "Recovery", "TestSupport"]),
        tests(
            "ReplayTests",
            [
                "Replay", "Backup", "Server", "Recovery", "BinlogFiles", "Binlog", "TestSupport",
                system,
            ]),
        tests("CommandTests", ["Recovery", "TestSupport"]),
        tests("TidyTests", []),
    ]
)
