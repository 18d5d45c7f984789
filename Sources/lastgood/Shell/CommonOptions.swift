import ArgumentParser
import Binlog
import BinlogFiles
import Recovery
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
    @OptionGroup var keys: KeyOptions

    /// A replica's relay logs too: only commands that look have them as arguments.
    func find() throws(Failure) -> LogSet {
        var logs = try keys.files.open(choice.find(paths))
        logs.allowRelayLogs()
        return logs
    }
}

/// The log files a command reads, as an option.
struct LogOptions: ParsableArguments {
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp(
            "Binary log files, index files, or directories that hold them.", valueName: "path"))
    var binlogs: [String]

    @OptionGroup var choice: BaseOption
    @OptionGroup var keys: KeyOptions

    func find() throws(Failure) -> LogSet { try keys.files.open(choice.find(binlogs)) }
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

/// What opens encrypted logs.
struct KeyOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "The keys of encrypted logs: the server's file_key_management_filename.",
            valueName: "file"))
    var encryptionKeyFile: String?

    @Option(
        help: ArgumentHelp(
            "The password of the key file, where that is encrypted itself.", valueName: "file"))
    var encryptionKeyFilePasswordFile: String?

    var files: KeyFiles {
        KeyFiles(path: encryptionKeyFile, passwordPath: encryptionKeyFilePasswordFile)
    }
}

/// Where the keys of encrypted logs lie, as far as the user said.
struct KeyFiles: Codable {
    var path: String?
    var passwordPath: String?

    /// Has logs read with the keys.
    func open(_ logs: LogSet) throws(Failure) -> LogSet {
        guard let path else {
            guard passwordPath == nil else {
                throw .usage(
                    "--encryption-key-file-password-file needs the key file that it opens",
                    hint: "add --encryption-key-file")
            }
            return logs
        }
        var logs = logs
        do throws(BinlogError) {
            logs.use(
                try EncryptionKeys(FilePath(path), passwordFile: passwordPath.map { FilePath($0) }))
        } catch {
            throw Failure(error)
        }
        return logs
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

    /// Whole seconds since 1970 of a time that a user gave; nil for none.
    func seconds(
        _ text: String?, _ warnings: inout [PlanWarning]
    ) throws(Failure) -> UInt32? {
        guard let text else { return nil }
        let time = try UserTime(text, zone: timeZone, takesDay: true)
        if time.hasFraction {
            warnings.append(
                PlanWarning(
                    PlanWarning.subSecond,
                    "times are compared by whole seconds: the fraction of \(text) is dropped"))
        }
        warnings.append(time.echo)
        return UInt32(clamping: time.seconds)
    }
}
