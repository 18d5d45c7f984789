/// Words of the language whose case does not count, beside those in `SQLLexeme`.
///
/// Source: `sql/lex.h`, the words that stand in everyday statements. A word missing here must only
/// be typed in the case in which it was logged.
enum SQLKeywords {
    private static let words: Set<String> = Set(
        """
        accessible account action add admin after ascii asc auto_increment autocommit avg backup \
        bigint bit blob bool boolean both btree by cascaded charset character_set checksum client \
        close code collation columns committed compact compressed connection contains continue \
        cube current current_date current_time current_timestamp current_user cursor databases \
        date datetime day deallocate dec decimal declare default default_auth deferred desc \
        describe deterministic directory disable discard distinct distinctrow double dumpfile \
        dynamic each else elseif enable enclosed ends engines enum errors escape escaped every \
        exit expire export fields file first fixed float flush following foreign found fulltext \
        general generated geometry global grants group handler hash help host hour identified \
        import infile initial insensitive insert_method install instant int integer intersect \
        invisible invoker isolation iterate json key_block_size keys kill language last leading \
        leave less level linear lines list localtime localtimestamp locked logs longblob longtext \
        loop maria master match maxvalue max_rows mediumblob mediumint mediumtext memory merge \
        message_text microsecond minute min_rows mode month names national nchar next no nocopy \
        none numeric nvarchar offset old_password one open option optionally \
        outfile over pack_keys page parser partial partitions password persistent plugin point \
        polygon preceding precision preserve prev privileges proxy purge quarter query range rank \
        read reads real rebuild recover recursive redundant relay reload rename reorganize \
        repeatable repeat replication require reset resignal restore return returns reuse rollup \
        routine row row_format rtree schedule second security separator serial serializable \
        session share show shutdown signed simple skip smallint snapshot socket some soname \
        spatial sqlexception sqlstate sqlwarning starting starts stats_persistent status stop \
        storage stored string subject super temptable terminated text then time timestamp \
        tinyblob tinyint tinytext trailing triggers type types uncommitted unbounded unicode \
        uninstall unsigned until upgrade usage utc_date utc_time utc_timestamp uuid value values \
        varbinary varchar variable variables varying virtual visible warnings week while window \
        without write xid year zerofill
        """.split(separator: " ").map(String.init))

    /// Whether the word, in any case, is one of them.
    static func contains(_ word: [UInt8]) -> Bool {
        words.contains(String(decoding: word.map(asciiLowercased), as: UTF8.self))
    }
}
