/// Whether a statement calls stored functions, which may change rows of any table.
enum RoutineCalls {
    /// Whether the text may call a function that is not the server's own.
    ///
    /// A loadable function counts too; one that is hidden in a view or a trigger does not.
    static func areIn(_ text: RawSpan, mode: SQLMode) -> Bool {
        text.withSQLText { text in
            guard mayBeIn(text) else { return false }
            var scanner = SQLScanner(text, mode: mode)
            var name = Name()
            while let token = scanner.next() {
                if token.lexeme == .leftParenthesis, name.isCalled(in: text) { return true }
                name.take(token)
            }
            return scanner.hasFailed
        }
    }

    /// The name that was read last, `f` or `schema.f`, and what stands before it.
    private struct Name {
        private var last: SQLToken?
        private var isQualified = false
        private var before = SQLLexeme.end
        private var isBehindDot = false

        mutating func take(_ token: SQLToken) {
            guard token.isName else {
                if token.lexeme == .dot, last != nil {
                    isBehindDot = true
                } else {
                    self = Name()
                    before = token.lexeme
                }
                return
            }
            if !isBehindDot, let last { before = last.kind == .word ? last.lexeme : .name }
            isQualified = isBehindDot
            isBehindDot = false
            last = token
        }

        func isCalled(in text: SQLText) -> Bool {
            guard let last, !isBehindDot, !beforeLists.contains(before) else { return false }
            if isQualified || last.kind == .quotedName { return true }
            return !known.contains(text.word(last.range))
        }
    }

    /// What opens behind a name behind these is a list of columns, or of a type's digits; behind
    /// a parenthesis stands a word of the language, as `AGAINST (`.
    private static let beforeLists: Set<SQLLexeme> = [
        .into, .table, .insert, .replace, .ignore, .lowPriority, .highPriority, .delayed, .index,
        .key, .unique, .references, .as, .with, .partition, .set, .exists, .rightParenthesis,
    ]

    /// Quick: whether a parenthesis stands behind anything but a word that is known.
    static func mayBeIn(_ text: SQLText) -> Bool {
        let parenthesis = UInt8(ascii: "(")
        var index = endOfTarget(text)
        while true {
            index = text.index(of: parenthesis, or: parenthesis, from: index)
            guard index < text.count else { return false }
            let end = text.index(behindSpacesBefore: index)
            var begin = end
            while begin > 0, SQLText.isNameByte(text[begin - 1]) { begin -= 1 }
            if begin < end {
                if text[text.index(behindSpacesBefore: begin) - 1] == UInt8(ascii: ".") {
                    return true
                }
                if !known.contains(text.word(begin..<end)) { return true }
            } else {
                switch text[end - 1] {
                // A name in quotes, or a comment behind one.
                case UInt8(ascii: "`"), UInt8(ascii: "\""), UInt8(ascii: "/"): return true
                default: break
                }
            }
            index += 1
        }
    }

    /// Behind `INSERT INTO schema.table (`, whose parenthesis calls nothing; 0 for any other
    /// beginning.
    private static func endOfTarget(_ text: SQLText) -> Int {
        var end = 0
        func next() -> Range<Int> {
            var begin = end
            while SQLText.isSpace(text[begin]) { begin += 1 }
            end = begin
            let quote = UInt8(ascii: "`")
            if text[begin] == quote {
                end = min(text.index(of: quote, or: quote, from: begin + 1) + 1, text.count)
            } else {
                while SQLText.isNameByte(text[end]) { end += 1 }
            }
            return begin..<end
        }
        let verb = text.word(next())
        guard verb == "insert" || verb == "replace" else { return 0 }
        var name = next()
        while ["into", "ignore", "low_priority", "high_priority", "delayed"]
            .contains(text.word(name))
        {
            name = next()
        }
        if text[end] == UInt8(ascii: ".") {
            end += 1
            name = next()
        }
        guard !name.isEmpty else { return 0 }
        while SQLText.isSpace(text[end]) { end += 1 }
        return text[end] == UInt8(ascii: "(") ? end + 1 : 0
    }

    /// The servers' own functions, and words of the language that stand before a parenthesis.
    ///
    /// Source: the words in the programs of MariaDB 11.8 and MySQL 9.7, and their ends, that one
    /// of these or MariaDB 10.5 or 10.11, called without an argument, does not take for a stored
    /// function. One that is named like a function of another server's is not told.
    private static let known: Set<String> = Set(
        """
        abs acos add_months adddate addtime aes_decrypt aes_encrypt all and any any_value \
        array as asbinary ascii asin astext aswkb aswkt atan atan2 avg benchmark between \
        bigint bin bin_to_uuid binary binlog_gtid_pos bit bit_and bit_count bit_length bit_or \
        bit_xor blob by case cast ceil ceiling char char_length character character_length \
        charset check chr coalesce coercibility collation column_add column_check \
        column_create column_delete column_exists column_get column_json column_list columns \
        compress concat concat_operator_oracle concat_ws connection_id conv convert \
        convert_interval_to_user_interval convert_tz convexhull cos cot count crc32 crc32c \
        cume_dist curdate current_date current_role current_role_in current_time \
        current_timestamp current_user current_user_in curtime database date date_add \
        date_format date_sub datediff datetime day dayname dayofmonth dayofweek dayofyear dec \
        decimal decode decode_histogram decode_oracle default degrees delete dense_rank \
        des_decrypt des_encrypt distinct div double else elseif elt encode encrypt endpoint \
        enum except exists exp export_set exteriorring extract extractvalue field find_in_set \
        first_value float float4 float8 floor for format format_bytes format_pico_time \
        found_rows from from_base64 from_days from_unixtime from_vector fulltext \
        geomcollection geomcollfromtext geomcollfromwkb geometrycollection \
        geometrycollectionfromtext geometrycollectionfromwkb geometryfromtext geometryfromwkb \
        geometryn geometrytype geomfromtext geomfromwkb get_format get_lock glength greatest \
        group group_concat grouping gtid_subset gtid_subtract having hex hour icu_version if \
        ifnull ignore in index inet4 inet6 inet6_aton inet6_ntoa inet_aton inet_ntoa insert \
        instr int int1 int2 int3 int4 int8 integer interiorringn intersect interval into is \
        is_free_lock is_ipv4 is_ipv4_compat is_ipv4_mapped is_ipv6 is_used_lock is_uuid \
        isclosed isnull isring issimple join json json_array json_array_append \
        json_array_insert json_array_intersect json_arrayagg json_compact json_contains \
        json_contains_path json_depth json_detailed json_duality_object json_equals \
        json_exists json_extract json_insert json_key_value json_keys json_length json_loose \
        json_merge json_merge_patch json_merge_preserve json_normalize json_object \
        json_object_filter_keys json_object_to_array json_objectagg json_overlaps json_pretty \
        json_query json_quote json_remove json_replace json_schema_valid \
        json_schema_validation_report json_search json_set json_storage_free json_storage_size \
        json_table json_type json_unquote json_valid json_value kdf key keys lag last_day \
        last_insert_id last_value lastval lateral lcase lead least left length lengthb like \
        limit linefromtext linefromwkb lines linestring linestringfromtext linestringfromwkb \
        ln load_file localtime localtimestamp locate log log10 log2 long longblob longtext \
        lower lpad lpad_oracle ltrim ltrim_oracle make_set makedate maketime master_gtid_wait \
        master_pos_wait match max mbrcontains mbrcoveredby mbrcovers mbrdisjoint mbrequal \
        mbrequals mbrintersects mbroverlaps mbrtouches mbrwithin md5 median mediumblob \
        mediumint mediumtext microsecond mid min minute mlinefromtext mlinefromwkb mod month \
        monthname mpointfromtext mpointfromwkb mpolyfromtext mpolyfromwkb multilinestring \
        multilinestringfromtext multilinestringfromwkb multipoint multipointfromtext \
        multipointfromwkb multipolygon multipolygonfromtext multipolygonfromwkb name_const \
        natural_sort_key nchar nextval not now nth_value ntile nullif numeric numgeometries \
        numinteriorrings numpoints nvarchar nvl nvl2 oct octet_length of offset old_password \
        on or ord over partition password percent_rank percentile_cont percentile_disc \
        period_add period_diff pi point pointfromtext pointfromwkb pointn pointonsurface \
        polyfromtext polyfromwkb polygon polygonfromtext polygonfromwkb position pow power \
        primary ps_current_thread_id ps_thread_id quarter quote radians rand random_bytes rank \
        real recursive regexp regexp_instr regexp_like regexp_replace regexp_substr \
        release_all_locks release_lock repeat replace replace_oracle returning reverse right \
        rlike roles_graphml round row row_count row_number rownum rows rpad rpad_oracle rtrim \
        rtrim_oracle schema sec_to_time second select session_user set setval sformat sha sha1 \
        sha2 sign sin sleep smallint some soundex source_pos_wait space spatial sqrt srid \
        st_area st_asbinary st_asgeojson st_astext st_aswkb st_aswkt st_boundary st_buffer \
        st_buffer_strategy st_centroid st_collect st_contains st_convexhull st_crosses \
        st_difference st_dimension st_disjoint st_distance st_distance_sphere st_endpoint \
        st_envelope st_equals st_exteriorring st_frechetdistance st_geohash \
        st_geomcollfromtext st_geomcollfromtxt st_geomcollfromwkb \
        st_geometrycollectionfromtext st_geometrycollectionfromwkb st_geometryfromtext \
        st_geometryfromwkb st_geometryn st_geometrytype st_geomfromgeojson st_geomfromtext \
        st_geomfromwkb st_hausdorffdistance st_interiorringn st_intersection st_intersects \
        st_isclosed st_isempty st_isring st_issimple st_isvalid st_latfromgeohash st_latitude \
        st_length st_linefromtext st_linefromwkb st_lineinterpolatepoint \
        st_lineinterpolatepoints st_linestringfromtext st_linestringfromwkb st_longfromgeohash \
        st_longitude st_makeenvelope st_mlinefromtext st_mlinefromwkb st_mpointfromtext \
        st_mpointfromwkb st_mpolyfromtext st_mpolyfromwkb st_multilinestringfromtext \
        st_multilinestringfromwkb st_multipointfromtext st_multipointfromwkb \
        st_multipolygonfromtext st_multipolygonfromwkb st_numgeometries st_numinteriorring \
        st_numinteriorrings st_numpoints st_overlaps st_pointatdistance st_pointfromgeohash \
        st_pointfromtext st_pointfromwkb st_pointn st_pointonsurface st_polyfromtext \
        st_polyfromwkb st_polygonfromtext st_polygonfromwkb st_relate st_simplify st_srid \
        st_startpoint st_swapxy st_symdifference st_touches st_transform st_union st_validate \
        st_within st_x st_y startpoint statement_digest statement_digest_text std stddev \
        stddev_pop stddev_samp str_to_date straight_join strcmp string_to_vector subdate \
        substr substr_oracle substring substring_index subtime sum sys_guid sysdate \
        system_time system_user table tan text then time time_format time_to_sec timediff \
        timestamp timestampadd timestampdiff tinyblob tinyint tinytext to to_base64 to_char \
        to_days to_seconds to_vector transaction trim truncate ucase uncompress \
        uncompressed_length unhex union unique unix_timestamp update updatexml upper user \
        using utc_date utc_time utc_timestamp uuid uuid_short uuid_to_bin uuidv4 uuidv7 \
        validate_password_strength value values var_pop var_samp varbinary varchar varchar2 \
        variance vec_distance vec_distance_cosine vec_distance_euclidean vec_fromtext \
        vec_totext vector vector_dim vector_to_string version wait_for_executed_gtid_set week \
        weekday weekofyear weight_string when where while with wsrep_last_seen_gtid \
        wsrep_last_written_gtid wsrep_sync_wait_upto_gtid xor year yearweek
        """.split(separator: " ").map(String.init))
}

extension SQLText {
    /// A word in lower case.
    fileprivate func word(_ range: Range<Int>) -> String {
        String(decoding: bytes[range], as: UTF8.self).lowercased()
    }

    /// The index behind the last byte before `index` that is no space.
    fileprivate func index(behindSpacesBefore index: Int) -> Int {
        var end = index
        while end > 0, Self.isSpace(self[end - 1]) { end -= 1 }
        return end
    }
}
