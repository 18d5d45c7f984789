/// One `--server-option NAME=VALUE`: a way to make the scratch server resemble the source.
///
/// Only names that shape data or its meaning are taken, and no value can name a path: an option
/// that opens a port, a file or a plugin of unknown make would undo the scratch server's walls.
public struct ServerOption: Sendable, Hashable, Codable {
    /// With underscores, in lower case.
    public let name: String
    public let value: String

    /// Throws `serverOptionRefused`.
    public init(name: String, value: String) throws(ServerError) {
        let name = name.lowercased().split(separator: "-").joined(separator: "_")
        guard Self.allowedNames.contains(name) else {
            throw ServerError(
                .serverOptionRefused, "the server option \(name) is not allowed",
                hint: "allowed: " + Self.allowedNames.sorted().joined(separator: ", "))
        }
        try Self.checkValue(name, value)
        self.name = name
        self.value = value
    }

    /// Reads `NAME=VALUE`, with or without two dashes in front.
    public init(parsing text: String) throws(ServerError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            throw ServerError(
                .serverOptionRefused, "a server option has the form NAME=VALUE")
        }
        let name = parts[0].hasPrefix("--") ? parts[0].dropFirst(2) : parts[0]
        try self.init(name: String(name), value: String(parts[1]))
    }

    var argument: String { "--\(name.split(separator: "_").joined(separator: "-"))=\(value)" }

    private static func checkValue(_ name: String, _ value: String) throws(ServerError) {
        let isPlain = value.unicodeScalars.allSatisfy {
            ($0.isASCII && $0.value >= 32 && $0.value < 127) && $0 != "/" && $0 != "\\"
        }
        guard isPlain, !value.contains("..") else {
            throw ServerError(
                .serverOptionRefused, "the value of the server option \(name) is not allowed",
                hint: "no path, no control character")
        }
        guard name == "plugin_load_add" else { return }
        for plugin in value.split(separator: ";") {
            let library = plugin.split(separator: "=").last.map(String.init) ?? ""
            let bare = library.hasSuffix(".so") ? String(library.dropLast(3)) : library
            guard harmlessPlugins.contains(bare) else {
                throw ServerError(
                    .serverOptionRefused, "the plugin \(bare) is not allowed",
                    hint: "allowed: " + harmlessPlugins.sorted().joined(separator: ", "))
            }
        }
    }

    /// Engines and types that keep to the data directory; those that read files elsewhere
    /// (connect, csv on other paths) or connect out (spider, federated) stay away.
    private static let harmlessPlugins: Set<String> = [
        "ha_archive", "ha_blackhole", "ha_rocksdb", "ha_mroonga", "ha_sphinx", "ha_oqgraph",
        "provider_bzip2", "provider_lz4", "provider_lzma", "provider_lzo", "provider_snappy",
        "type_mysql_json", "type_mysql_timestamp", "type_test", "func_test",
        "simple_password_check", "auth_ed25519", "auth_parsec",
    ]

    /// What a log does not say and data depends on (STATEMENTS of the manual: server variables).
    static let allowedNames: Set<String> = [
        "aria_block_size", "aria_page_checksum", "alter_algorithm", "character_set_collations",
        "character_set_filesystem", "character_set_server", "check_constraint_checks",
        "collation_server", "column_compression_threshold", "column_compression_zlib_level",
        "column_compression_zlib_strategy", "column_compression_zlib_wrap",
        "concurrent_insert", "default_regex_flags", "default_storage_engine",
        "default_week_format", "div_precision_increment", "eq_range_index_dive_limit",
        "explicit_defaults_for_timestamp", "group_concat_max_len", "histogram_type",
        "innodb_buffer_pool_size", "innodb_checksum_algorithm", "innodb_compression_algorithm",
        "innodb_compression_default", "innodb_compression_level", "innodb_data_file_path",
        "innodb_default_row_format", "innodb_file_per_table", "innodb_ft_enable_stopword",
        "innodb_ft_max_token_size", "innodb_ft_min_token_size", "innodb_log_file_size",
        "innodb_log_files_in_group", "innodb_page_size", "innodb_strict_mode",
        "innodb_undo_tablespaces", "ft_max_word_len", "ft_min_word_len",
        "in_predicate_conversion_threshold",
        "lc_time_names", "lower_case_table_names", "max_allowed_packet", "max_sort_length",
        "myisam_block_size", "myisam_data_pointer_size", "myisam_recover_options", "note_verbosity",
        "old_alter_table", "old_mode", "optimizer_switch", "plugin_load_add",
        "secure_timestamp", "sql_auto_is_null", "sql_mode", "strict_password_validation",
        "system_versioning_alter_history", "system_versioning_asof",
        "system_versioning_insert_history", "table_open_cache", "thread_stack",
        "updatable_views_with_limit",
        "use_stat_tables",
    ]
}
