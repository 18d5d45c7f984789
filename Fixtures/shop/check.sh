#!/bin/bash
# Proves the recording beside it without Lastgood: restores each backup on a private server, pipes
# mariadb-binlog into it from state to state, and compares every table with expected/*.json.
set -euo pipefail
export TZ=UTC LC_ALL=C.UTF-8

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/lastgood-check.XXXXXX")
chmod 755 "$work"
server_pid=
stop_server() {
    [[ -n $server_pid ]] || return 0
    kill "$server_pid" 2>/dev/null || true
    wait "$server_pid" 2>/dev/null || true
    server_pid=
}
finish() {
    stop_server
    rm -rf "$work"
}
trap finish EXIT

user=()
[[ $(id -u) -ne 0 ]] || user=(--user=root)
PATH=$PATH:/usr/sbin
sql() { mariadb --no-defaults -uroot -S "$work/sock" --default-character-set=utf8mb4 "$@"; }
value() { sql -N -B -e "$1"; }

start_server() { # DATA [OPTION…]
    local data=$1 i
    shift
    mariadbd --no-defaults "${user[@]}" --datadir="$data" --socket="$work/sock" "$@" \
        --pid-file="$work/pid" --log-error="$work/error.log" --skip-networking --server-id=99 \
        --innodb-buffer-pool-size=32M >>"$work/out.log" 2>&1 &
    server_pid=$!
    for i in $(seq 150); do
        sql -e 'select 1' >/dev/null 2>&1 && return
        sleep 0.1
    done
    tail -n 5 "$work/error.log" >&2
    exit 2
}

# Everything from FILE:OFFSET to FILE:OFFSET, one client per file: after XA PREPARE a session takes
# nothing but that transaction's end, which stands in the next file.
replay() { # BEGIN END
    local file begin=${1#*:} last=${2%:*} path options
    for path in "$here"/binlogs/shop-bin.0*; do
        file=${path##*/}
        [[ ! $file < ${1%:*} && ! $file > $last ]] || continue
        options=(--start-position="$begin")
        [[ $file != "$last" ]] || options+=(--stop-position="${2#*:}")
        begin=4
        [[ "${options[*]}" != *"=${2#*:} --stop-position=${2#*:}" ]] || continue
        mariadb-binlog --no-defaults "${options[@]}" "$path" | sql --binary-mode
    done
}

differences=0
compare() { # NAME
    local line table rows checksum got
    while read -r line; do
        [[ $line == '{"table":'* ]] || continue
        table=$(sed 's/.*"table":"\([^"]*\)".*/\1/' <<<"$line")
        rows=$(sed 's/.*"rows":\([0-9]*\).*/\1/' <<<"$line")
        checksum=$(sed 's/.*"checksum":"\{0,1\}\([0-9a-z]*\).*/\1/' <<<"$line")
        got=$(value "SELECT COUNT(*) FROM $table")
        if [[ $checksum == null ]]; then
            value "SELECT HEX(customer_id), HEX(kind), HEX(street), HEX(zip), HEX(city) FROM $table
                ORDER BY customer_id, kind" >"$work/rows.hex"
            cmp -s "$work/rows.hex" "$here/expected/$1.$table.hex" || got="$got other"
            checksum=
        else
            got="$got $(value "CHECKSUM TABLE $table EXTENDED" | cut -f 2)"
        fi
        [[ "$got" == "$rows${checksum:+ $checksum}" ]] && continue
        echo "$1: $table: expected $rows $checksum, got $got"
        differences=$((differences + 1))
    done <"$here/expected/$1.json"
    local count
    count=$(value "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema IN
        ('shop', 'crm') AND table_type = 'BASE TABLE'")
    [[ $count -eq $(grep -c '^{"table"' "$here/expected/$1.json") ]] || {
        echo "$1: there are $count tables"
        differences=$((differences + 1))
    }
}

walk() { # FILE:OFFSET
    local at=$1 name id end
    while read -r name id end; do
        replay "$at" "$id"
        compare "$name-before"
        replay "$id" "$end"
        compare "$name-after"
        at=$end
        echo "  $name: compared before $id and after"
    done < <(sed -n 's/.*"name":"\([^"]*\)".*"id":"\([^"]*\)","end":"\([^"]*\)".*/\1 \2 \3/p' \
        "$here/incidents.json")
    local last
    last=$(tail -n 1 "$here/binlogs/shop-bin.index")
    last=${last##*/}
    replay "$at" "$last:$(stat -c %s "$here/binlogs/$last")"
    compare end
}

mariadb-install-db --no-defaults "${user[@]}" --datadir="$work/dump" --skip-test-db \
    --auth-root-authentication-method=normal >"$work/install.log" 2>&1
start_server "$work/dump"
zstd -dcq "$here/backup.sql.zst" | sql
at=$(zstd -dcq "$here/backup.sql.zst" |
    sed -n "s/^-- CHANGE MASTER TO MASTER_LOG_FILE='\([^']*\)', MASTER_LOG_POS=\([0-9]*\);.*/\1:\2/p" | head -n 1)
echo "from the dump, taken at $at"
walk "$at"
stop_server

mkdir "$work/physical"
zstd -dcq --long=27 "$here/backup.tar.zst" | tar -x -C "$work/physical"
mariadb-backup --no-defaults --prepare --target-dir="$work/physical" >"$work/prepare.log" 2>&1
at=$(cut -f 1,2 --output-delimiter=: "$work"/physical/*_binlog_info | head -n 1)
start_server "$work/physical" --innodb-data-file-path=ibdata1:10M:autoextend
echo "from the physical backup, taken at $at"
walk "$at"

if [[ $differences -gt 0 ]]; then
    echo "$differences differences"
    exit 1
fi
echo "every table is as it was recorded"
