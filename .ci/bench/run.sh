#!/bin/bash
# Replays the same logs in four ways, in turn, onto fresh copies of one server, and compares; then
# measures reading and the catalog.
#
#   BENCH=short|full            how much: 10,000 or 300,000 transactions of write_only
#   BENCH_TRANSACTIONS=N        another number; the other workloads have a multiple or a part of it
#   BENCH_ROUNDS=N              times that each is run (3)
#   BENCH_WORKLOADS="…"         of: write_only insert statements mixed blobs hot; write_only measures
#                               the catalog too, with BENCH_COPIES=N copies of its log (20 GB)
#   BENCH_FOLDER=DIR            where; needs some GB (a new folder below TMPDIR)
#   BENCH_REPORT=FILE           where the table goes (Docs/Performance.md for full)
set -euo pipefail
cd "$(dirname "$0")/../.."
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

size="${BENCH:-full}"
case "$size" in
    short) transactions=10000 rows=20000 report=/dev/stdout ;;
    full) transactions=300000 rows=100000 report=Docs/Performance.md ;;
    *) echo "bench: BENCH is short or full, not $size" >&2; exit 64 ;;
esac
transactions="${BENCH_TRANSACTIONS:-$transactions}"
rounds="${BENCH_ROUNDS:-3}"
workloads="${BENCH_WORKLOADS:-write_only insert statements mixed blobs hot}"
report="${BENCH_REPORT:-$report}"
contenders="pipe relay exact fold"

swift build -c release --product lastgood
lastgood="$(swift build -c release --show-bin-path)/lastgood"
if [ -n "${BENCH_FOLDER:-}" ]; then
    folder="$BENCH_FOLDER"
    mkdir -p "$folder"
else
    folder="$(mktemp -d "${TMPDIR:-/tmp}/lastgood-bench.XXXXXX")"
fi
chmod 755 "$folder"
as=()
if [ "$(id -u)" = 0 ]; then
    owner=nobody
    if id mysql >/dev/null 2>&1; then owner=mysql; fi
    as=(--user="$owner")
fi

server=
end() {
    if [ -n "$server" ]; then kill "$server" 2>/dev/null || true; fi
    [ -n "${BENCH_FOLDER:-}" ] || rm -rf "$folder"
}
trap end EXIT

fail() {
    echo "bench: $*" >&2
    exit 1
}

# The same for all: what a scratch server for a recovery is given.
settings=(--skip-networking --innodb-buffer-pool-size=1G --innodb-log-file-size=512M
    --innodb-flush-log-at-trx-commit=2 --innodb-doublewrite=0 --sync-binlog=0
    --max-allowed-packet=1G --innodb-buffer-pool-load-at-startup=0)

client() { mariadb --no-defaults -uroot -S "$1/sock" "${@:2}"; }

# start DATADIR [OPTION…]
start() {
    mariadbd --no-defaults "${as[@]}" --datadir="$1" --socket="$1/sock" --pid-file="$1/pid" \
        --log-error="$1/error.log" "${settings[@]}" "${@:2}" </dev/null >/dev/null 2>&1 &
    server=$!
    for _ in $(seq 600); do
        if client "$1" -e 'SELECT 1' >/dev/null 2>&1; then return; fi
        kill -0 "$server" 2>/dev/null || break
        sleep 0.1
    done
    fail "a server did not start: $(tail -n 3 "$1/error.log")"
}

stop() {
    kill "$server"
    wait "$server" 2>/dev/null || true
    server=
}

new_server() {
    rm -rf "$1"
    mkdir "$1"
    mariadb-install-db --no-defaults --datadir="$1" --skip-test-db \
        --auth-root-authentication-method=normal >/dev/null 2>&1
    if [ ${#as[@]} -gt 0 ]; then chown -R "$owner" "$1"; fi
}

checksums() {
    client "$1" -N -e "SELECT CONCAT('bench.', table_name) FROM information_schema.tables
        WHERE table_schema='bench' ORDER BY 1" | paste -sd, | sed 's/^/CHECKSUM TABLE /' | client "$1" -N
}

# How many transactions a workload has.
transactions_of() {
    case "$1" in
        write_only) echo "$transactions" ;;
        insert) echo $((2 * transactions)) ;;
        blobs) echo $((transactions / 25)) ;;
        *) echo $((transactions / 5)) ;;
    esac
}

# The source: a dump, the logs behind it, and the checksums that all must end with.
make_logs() {
    local workload=$1 source="$folder/source" format=ROW script=$1 count
    count="$(transactions_of "$workload")"
    if [ "$workload" = statements ]; then format=MIXED script=write_only; fi
    new_server "$source"
    start "$source" --log-bin="$source/bin" --server-id=1 --binlog-format="$format" \
        --max-binlog-size=1G
    local sysbench=(sysbench --db-driver=mysql --mysql-socket="$source/sock" --mysql-user=root
        --mysql-db=bench --tables=8 --table-size="$rows")
    case "$script" in
        write_only | insert)
            client "$source" -e 'CREATE DATABASE bench'
            "${sysbench[@]}" "oltp_$script" prepare >/dev/null
            ;;
        *) client "$source" <".ci/bench/$workload.sql" ;;
    esac
    client "$source" -e 'FLUSH BINARY LOGS'
    mariadb-dump --no-defaults -uroot -S "$source/sock" --single-transaction --databases bench \
        >"$folder/dump.sql"
    local first
    first="$(client "$source" -N -e 'SHOW MASTER STATUS' | cut -f1)"
    case "$script" in
        write_only | insert)
            "${sysbench[@]}" --threads=4 --events="$count" --time=0 "oltp_$script" run \
                >/dev/null
            ;;
        *) client "$source" -D bench -e "CALL work($count)" ;;
    esac
    client "$source" -e 'FLUSH BINARY LOGS'
    checksums "$source" >"$folder/checksums"
    rm -rf "$folder/logs"
    mkdir "$folder/logs"
    local log
    for log in "$source"/bin.0*; do
        if [ ! "$(basename "$log")" \< "$first" ]; then cp "$log" "$folder/logs/"; fi
    done
    stop
    rm -rf "$source"

    new_server "$folder/loaded"
    start "$folder/loaded" --skip-log-bin
    client "$folder/loaded" <"$folder/dump.sql"
    client "$folder/loaded" -e 'SET GLOBAL innodb_fast_shutdown=0'
    stop
}

# The largest sum of the peak memory of a process group's programs, in MB, until it ends.
watch_memory() {
    local most=0 now
    while pgrep -g "$1" >/dev/null; do
        now=$(for id in $(pgrep -g "$1"); do
            sed -n 's/^VmHWM:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$id/status" 2>/dev/null || true
        done | awk '{ sum += $1 } END { print int(sum / 1024) }')
        if [ "$now" -gt "$most" ]; then most=$now; fi
        sleep 0.05
    done
    echo "$most" >"$folder/memory"
}

server_cpu() { awk '{ print ($14 + $15) / 100 }' "/proc/$server/stat"; }

logs() { ls "$folder"/logs/bin.0*; }

replay() {
    "$lastgood" replay --binlogs "$folder/logs" --from "$(basename "$(logs | head -1)"):4" --end \
        --target "mariadb://$folder/target/sock?user=root" --yes --quiet --workdir "$folder/work" "$@"
}

job_pipe() { mariadb-binlog --no-defaults $(logs) | client "$folder/target"; }
job_exact() { replay --exact; }
job_fold() { replay; }
job_relay() {
    client "$folder/target" -e 'START SLAVE SQL_THREAD'
    until client "$folder/target" -e 'SHOW SLAVE STATUS\G' |
        grep -Eq 'Slave_SQL_Running_State: Slave has read all relay|Last_SQL_Errno: [1-9]'; do
        sleep 0.02
    done
}

# Gives a server the logs as if it had fetched them from a source.
as_relay_logs() {
    local target="$folder/target" number=0 log
    start "$target" --skip-log-bin --server-id=7 --relay-log=relay --relay-log-recovery=0 \
        --skip-slave-start --relay-log-purge=0
    client "$target" -e "CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_USER='root', MASTER_PORT=1,
        MASTER_LOG_FILE='$(basename "$(logs | head -1)")', MASTER_LOG_POS=4,
        RELAY_LOG_FILE='relay.000001', RELAY_LOG_POS=4"
    stop
    rm -f "$target"/relay.0* "$target/relay.index"
    for log in $(logs); do
        number=$((number + 1))
        cp "$log" "$target/$(printf 'relay.%06d' $number)"
        printf './relay.%06d\n' $number >>"$target/relay.index"
    done
    sed -i '2s|.*|./relay.000001|; 3s|.*|4|' "$target/relay-log.info"
    if [ ${#as[@]} -gt 0 ]; then chown -R "$owner" "$target"; fi
    start "$target" --skip-log-bin --server-id=7 --relay-log=relay --relay-log-recovery=0 \
        --skip-slave-start --relay-log-purge=0
}

# One run: seconds, processor seconds of client and server together, peak memory of the client.
race() {
    local contender=$1 target="$folder/target"
    rm -rf "$target" "$folder/work"
    cp -a "$folder/loaded" "$target"
    if [ "$contender" = relay ]; then as_relay_logs; else start "$target" --skip-log-bin; fi
    # A server onto which a backup has just been loaded has its tables in memory.
    checksums "$target" >/dev/null
    local before seconds
    before="$(server_cpu)"
    set -m
    (
        TIMEFORMAT='%R %U %S'
        time "job_$contender" >"$folder/output" 2>&1
    ) 2>"$folder/time" &
    local job=$!
    set +m
    watch_memory "$job" &
    wait "$job" || fail "$contender failed: $(tail -n 3 "$folder/output")"
    wait $!
    seconds="$(awk '{ print $1 }' "$folder/time")"
    checksums "$target" | cmp -s - "$folder/checksums" || fail "$contender ended with other data"
    awk -v seconds="$seconds" -v before="$before" -v after="$(server_cpu)" \
        -v memory="$(cat "$folder/memory")" \
        '{ printf "%s %.1f %d\n", seconds, $2 + $3 + after - before, memory }' "$folder/time" \
        >>"$folder/$contender.runs"
    stop
}

# A contender's row: median, least and most seconds, the pipe's median over its own, the rest.
row() {
    sort -n "$folder/$1.runs" | awk -v name="$1" -v pipe="$2" '
        { seconds[NR] = $1; cpu = cpu > $2 ? cpu : $2; memory = memory > $3 ? memory : $3 }
        END {
            median = seconds[int((NR + 1) / 2)]
            printf "| %s | %.2f | %.2f | %.2f | %.1f× | %.1f | %s |\n", name, median, seconds[1],
                seconds[NR], pipe / median, cpu, name == "relay" ? "" : memory
        }'
}

median() { sort -n "$folder/$1.runs" | awk '{ s[NR] = $1 } END { print s[int((NR + 1) / 2)] }'; }

# Everything there is so far: a run that is broken off leaves what it has measured.
write_report() {
    {
        cat <<TEXT
# Performance

Written by \`make bench\`, which replays the same logs in four ways, in turn, onto fresh copies of one
server, and requires the source's checksums of each:

- \`pipe\`: \`mariadb-binlog … | mariadb\`;
- \`relay\`: the server's own applier, the logs given to it as relay logs, one thread;
- \`exact\`: \`lastgood replay --exact\`;
- \`fold\`: \`lastgood replay\`.

The two of lastgood are whole processes: they read and check the logs once more for the plan, and read
every table's checksum at the end. CPU is the client's and the server's together, the most of all runs;
memory is the client's. The server: no binary log, no doublewrite, flush at commit 2, every table read
once before, as behind the load of a backup. \`write_only\`, \`insert\` and \`statements\` are sysbench's
\`oltp_write_only\`, \`oltp_insert\` and \`oltp_write_only\` under \`binlog_format=MIXED\`, as they come (8
tables of $rows rows, its own distribution of keys); the others are in \`.ci/bench\`.

$(date -u +%Y-%m-%d), $(mariadbd --version | sed 's/.*Ver \([^ ]*\).*/MariaDB \1/'), $(nproc) processors
($(sed -n 's/^model name.*: //p' /proc/cpuinfo | head -1)), $(awk '/MemTotal/ { print int($2 / 1048576) }' /proc/meminfo) GB,
$rounds runs each.
TEXT
        cat "$table"
    } >"$report"
}

table="$folder/table"
: >"$table"
for workload in $workloads; do
    echo "bench: $workload, $(transactions_of "$workload") transactions: making the logs" >&2
    make_logs "$workload"
    rm -f "$folder"/*.runs
    for round in $(seq "$rounds"); do
        for contender in $contenders; do
            race "$contender"
            echo "bench: $workload $round/$rounds $contender: $(tail -1 "$folder/$contender.runs")" >&2
        done
    done
    {
        printf '\n## %s: %s transactions, %s MB of logs\n\n' "$workload" \
            "$(transactions_of "$workload")" "$(du -cm "$folder"/logs | tail -1 | cut -f1)"
        printf '| | median s | least | most | against pipe | CPU s | peak MB |\n|---|---|---|---|---|---|---|\n'
        for contender in $contenders; do row "$contender" "$(median pipe)"; done
        # Copies of its log are what the catalog is measured with.
        if [ "$workload" = write_only ]; then
            [ "$size" = full ] || export BENCH_COPIES="${BENCH_COPIES:-3}"
            .ci/bench/catalog.sh "$lastgood" "$(logs | head -1)" "$folder"
        fi
    } >>"$table"
    if [ "$report" != /dev/stdout ]; then write_report; fi
done
if [ "$report" = /dev/stdout ]; then write_report; fi
