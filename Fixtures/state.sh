#!/bin/bash
# Prints what a server holds, in a form that two servers can be compared by: every database, table,
# view, routine, trigger, event and sequence, and every row, its values as HEX.
#
#   state.sh CLIENT [OPTION…]     CLIENT is a mariadb or mysql client with all it needs to connect
#
# Numbers are HEX of their decimal text, FLOAT of the DOUBLE it is equal to, ENUM and SET of their
# number, NULL is N. AUTO_INCREMENT counters are left out: a log does not tell of ids lost to
# rollbacks. Rows of versioned tables are printed with their history.
set -euo pipefail
export LC_ALL=C.UTF-8

client=("$@")
sql() { "${client[@]}" --default-character-set=utf8mb4 -N -B --raw -e "$1"; }
quoted() { printf '`%s`' "${1//\`/\`\`}"; }
text() { printf "'%s'" "${1//\'/\'\'}"; }

databases="NOT IN ('mysql','sys','information_schema','performance_schema','_lastgood')"

rows() { # SCHEMA TABLE TYPE
    local list history=""
    list=$(sql "SET sql_mode=''; SET group_concat_max_len=1000000; SELECT GROUP_CONCAT(
        CONCAT('IFNULL(', CASE
            WHEN data_type IN ('float','double') THEN CONCAT('HEX(CAST(CAST(',q,' AS DOUBLE) AS CHAR))')
            WHEN data_type IN ('enum','set','bit') THEN CONCAT('HEX(',q,'+0)')
            WHEN data_type IN ('tinyint','smallint','mediumint','int','bigint','decimal','date',
                'time','datetime','timestamp','year','inet4','inet6','uuid')
                THEN CONCAT('HEX(CAST(',q,' AS CHAR))')
            ELSE CONCAT('HEX(',q,')') END, ',''N'')') ORDER BY ordinal_position SEPARATOR ',')
        FROM (SELECT *, CONCAT('\`',REPLACE(column_name,'\`','\`\`'),'\`') q
            FROM information_schema.columns
            WHERE table_schema=$(text "$1") AND table_name=$(text "$2")) c")
    if [[ $3 == "SYSTEM VERSIONED" ]]; then
        history=" FOR SYSTEM_TIME ALL"
        sql "SHOW CREATE TABLE $(quoted "$1").$(quoted "$2")" | grep -q 'GENERATED ALWAYS AS ROW START' ||
            list="$list,HEX(CAST(row_start AS CHAR)),HEX(CAST(row_end AS CHAR))"
    fi
    sql "SET time_zone='+00:00'; SELECT $list FROM $(quoted "$1").$(quoted "$2")$history" | sort
}

sql "SELECT schema_name, default_character_set_name, default_collation_name
    FROM information_schema.schemata WHERE schema_name $databases ORDER BY BINARY schema_name" |
    while IFS=$'\t' read -r schema charset collation; do
        printf 'DATABASE %s %s %s\n' "$schema" "$charset" "$collation"
    done

sql "SELECT table_schema, table_name, table_type FROM information_schema.tables
    WHERE table_schema $databases ORDER BY BINARY table_schema, BINARY table_name" |
    while IFS=$'\t' read -r schema table type; do
        printf '\n%s %s.%s\n' "$type" "$schema" "$table"
        sql "SHOW CREATE TABLE $(quoted "$schema").$(quoted "$table")" </dev/null |
            sed 's/ AUTO_INCREMENT=[0-9]*//'
        [[ $type == VIEW ]] || rows "$schema" "$table" "$type" </dev/null
    done

sql "SELECT routine_schema, routine_name, routine_type FROM information_schema.routines
    WHERE routine_schema $databases
    ORDER BY BINARY routine_schema, BINARY routine_name, routine_type" |
    while IFS=$'\t' read -r schema routine type; do
        printf '\nROUTINE %s.%s\n' "$schema" "$routine"
        sql "SHOW CREATE $type $(quoted "$schema").$(quoted "$routine")" </dev/null
    done

sql "SELECT CONCAT('\nTRIGGER ', trigger_schema, '.', trigger_name), action_timing, event_manipulation,
    event_object_table, action_order, definer, sql_mode, character_set_client, collation_connection,
    database_collation, action_statement
    FROM information_schema.triggers WHERE trigger_schema $databases
    ORDER BY BINARY trigger_schema, BINARY trigger_name"

sql "SELECT CONCAT('\nEVENT ', event_schema, '.', event_name), status, originator, definer, time_zone,
    event_type, execute_at, interval_value, interval_field, sql_mode, starts, ends, on_completion,
    event_comment, character_set_client, collation_connection, database_collation, event_definition
    FROM information_schema.events WHERE event_schema $databases
    ORDER BY BINARY event_schema, BINARY event_name"
