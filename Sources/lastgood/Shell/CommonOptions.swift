import ArgumentParser
import Binlog
import BinlogFiles
import SystemPackage

/// Options that every command has.
struct CommonOptions: ParsableArguments {
    @Flag(help: "Print one JSON object.")
    var json = false

    @Flag(name: [.customShort("q"), .long], help: "Print no progress.")
    var quiet = false

    var console: Console { Console(isQuiet: quiet, isJSON: json) }
}

/// The log files a command reads, as arguments.
struct LogArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "Binary log files, index files, or directories that hold them.", valueName: "path"))
    var paths: [String]

    @OptionGroup var choice: BaseOption

    func find() throws(Failure) -> LogSet { try choice.find(paths) }
}

/// The log files a command reads, as an option.
struct LogOptions: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Binary log files, index files, or directories that hold them.", valueName: "path"))
    var binlogs: [String]

    @OptionGroup var choice: BaseOption

    func find() throws(Failure) -> LogSet { try choice.find(binlogs) }
}

/// Which server's logs are meant where several stand together.
struct BaseOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The logs named NAME.000001 and so on, where there are several.", valueName: "name"))
    var base: String?

    func find(_ paths: [String]) throws(Failure) -> LogSet { try Self.find(paths, base: base) }

    /// The logs below some paths, of one base.
    static func find(_ paths: [String], base: String?) throws(Failure) -> LogSet {
        do {
            return try LogSet.find(paths.map { FilePath($0) }, base: base)
        } catch {
            throw Failure(error)
        }
    }
}

/// The zone in which times without one are read.
struct TimeZoneOption: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The zone of times that name none: Europe/Berlin, UTC or +02:00 (default: the "
                + "system's).",
            valueName: "zone"))
    var timeZone: String?
}
