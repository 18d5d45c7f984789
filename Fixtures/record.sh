#!/bin/bash
# Records one small log per feature from real servers, with what the servers themselves say of it.
#
#   record.sh [SERVER…] [-- CASE…]     all servers that are found, all cases
#
# A case is cases/NAME.sql. Its first lines say where and how it is recorded:
#   -- on: SERVER…      of mariadb-10.5 mariadb-10.11 mariadb-11.8 mysql-9.7
#   -- with: OPTION…    of the server; @FIXTURES@ is this folder, @GALERA@ a cluster's library
#   -- replay: no       a replay must refuse it; why stands in the test
# The result is SERVER/NAME/: bin.NNNNNN and bin.index; events.tsv, what SHOW BINLOG EVENTS lists;
# listing.txt, the row lines of mariadb-binlog -v; state.txt, what the server held (state.sh).
# mariadb-10.11 is the machine's own server; Tests/servers.sh unpacks the others.
set -euo pipefail
export TZ=UTC LC_ALL=C.UTF-8
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
servers_sh=$here/../Tests/servers.sh
PATH=$PATH:/usr/sbin

servers=() cases=()
while [[ $# -gt 0 && $1 != -- ]]; do servers+=("$1"); shift; done
[[ $# -eq 0 ]] || shift
cases=("$@")
[[ ${#servers[@]} -gt 0 ]] || servers=(mariadb-10.5 mariadb-10.11 mariadb-11.8 mysql-9.7)
[[ ${#cases[@]} -gt 0 ]] || cases=($(cd "$here/cases" && ls *.sql | sed 's/\.sql$//'))

work=$(mktemp -d "${TMPDIR:-/tmp}/lastgood-record.XXXXXX")
chmod 755 "$work"
pid=
stop_own() {
    [[ -n $pid ]] || return 0
    kill "$pid" 2>/dev/null || true
    wait "$pid" 2>/dev/null || true
    pid=
}
trap 'stop_own; [[ -z ${other:-} ]] || "$servers_sh" stop "$other" "$work/s" >/dev/null 2>&1 || true; rm -rf "$work"' EXIT

field() { sed -n "s/^-- $2: //p" "$here/cases/$1.sql" | head -n 1; }

start() { # SERVER OPTION…
    local server=$1 i user=()
    shift
    [[ $(id -u) -ne 0 ]] || user=(--user=root)
    if [[ $server != mariadb-10.11 ]]; then
        other=$server
        "$servers_sh" start "$server" "$work/s" "$@" >"$work/version"
        return
    fi
    other=
    if [[ ! -d $work/s/data/mysql ]]; then
        mkdir -p "$work/s"
        mariadb-install-db --no-defaults "${user[@]}" --datadir="$work/s/data" --skip-test-db \
            --auth-root-authentication-method=normal >"$work/install.log" 2>&1
    fi
    mariadbd --no-defaults "${user[@]}" --datadir="$work/s/data" --socket="$work/s/sock" \
        --pid-file="$work/s/pid" --log-error="$work/s/error.log" --skip-networking --server-id=1 \
        --log-bin=bin --innodb-buffer-pool-size=64M --secure-file-priv= "$@" >/dev/null 2>&1 &
    pid=$!
    for i in $(seq 150); do
        mariadb --no-defaults -uroot -S "$work/s/sock" -e 'select 1' >/dev/null 2>&1 && return
        kill -0 $pid 2>/dev/null || break
        sleep 0.1
    done
    tail -n 5 "$work/s/error.log" >&2
    exit 2
}
stop() {
    if [[ -n $other ]]; then "$servers_sh" stop "$other" "$work/s" && other=; else stop_own; fi
}

client() { # SERVER: fills `client`
    case $1 in
        mysql-*) client=("$servers_sh" run "$1" mysql --no-defaults) ;;
        *) client=(mariadb --no-defaults) ;;
    esac
    client+=(-uroot -S "$work/s/sock")
}
listing() { # SERVER FILE
    case $1 in
        mysql-*) "$servers_sh" run "$1" mysqlbinlog --no-defaults --base64-output=decode-rows -v "$2" ;;
        mariadb-10.11) mariadb-binlog --no-defaults --base64-output=decode-rows -v "$2" ;;
        *) "$servers_sh" run "$1" mariadb-binlog --no-defaults --base64-output=decode-rows -v "$2" ;;
    esac
}

record() { # SERVER CASE
    local server=$1 name=$2 to=$here/$1/$2 options log
    read -r -a options <<<"$(field "$name" with)"
    options=("${options[@]//@FIXTURES@/$here}")
    if [[ ${options[*]} == *@GALERA@* ]]; then
        "$servers_sh" fetch galera || return 0
        galera=${SERVERS:-/var/tmp/lastgood-servers}/galera/usr/lib/galera/libgalera_smm.so
        options=("${options[@]//@GALERA@/$galera}")
    fi
    rm -rf "$work/s" "$work/extra"
    start "$server" "${options[@]}"
    client "$server"
    # What made the system tables is no part of the case; a cluster's node has logged nothing of it.
    [[ ${options[*]} == *wsrep-on=ON* ]] || "${client[@]}" -e "RESET MASTER" 2>/dev/null || "${client[@]}" -e "RESET BINARY LOGS AND GTIDS"
    if ! (cd "$here/cases" && "${client[@]}" --force --default-character-set=utf8mb4 --local-infile=1 \
        <"$name.sql") >"$work/output" 2>&1; then
        grep -v '^ERROR .* at line .*' "$work/output" >&2 || true
    fi
    # Errors that the case does not announce are mistakes in it.
    local wanted got
    wanted=$(field "$name" errors)
    got=$(sed -n 's/^ERROR \([0-9]*\) .*/\1/p' "$work/output" | sort -u | tr '\n' ' ')
    [[ "${got% }" == "$wanted" ]] || {
        echo "record: $server/$name: errors '${got% }', announced '$wanted'" >&2
        cat "$work/output" >&2
        exit 2
    }
    mkdir -p "$work/new"
    rm -rf "$work/new"/*
    "$here/state.sh" "${client[@]}" >"$work/new/state.txt"
    "${client[@]}" -N -B -e "SHOW BINARY LOGS" | cut -f 1 >"$work/logs"
    while read -r log; do
        "${client[@]}" -N -B -e "SHOW BINLOG EVENTS IN '$log'" </dev/null | cut -f 1-5 >>"$work/new/events.tsv" ||
            echo "record: $server/$name: no list of events of $log" >&2
    done <"$work/logs"
    stop
    while read -r log; do
        cp "$work/s/data/$log" "$work/new/"
        listing "$server" "$work/s/data/$log" 2>/dev/null | grep -aE '^(### |# at )' >>"$work/new/listing.txt" ||
            true
    done <"$work/logs"
    cp "$work/s/data/bin.index" "$work/new/"
    chmod 644 "$work/new"/*
    rm -rf "$to"
    mkdir -p "$here/$server"
    cp -r "$work/new" "$to"
    echo "$server/$name: $(du -sk "$to" | cut -f 1) KB"
}

for server in "${servers[@]}"; do
    if [[ $server != mariadb-10.11 ]]; then "$servers_sh" fetch "$server"; fi
    for name in "${cases[@]}"; do
        case " $(field "$name" on) " in *" $server "*) record "$server" "$name" ;; esac
    done
done
