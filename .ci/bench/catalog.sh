#!/bin/bash
# Measures reading and indexing one log against mariadb-binlog, then answers from many logs.
#
#   catalog.sh LASTGOOD LOG FOLDER       prints a section of Docs/Performance.md
#   BENCH_COPIES=N                       how many copies of LOG the answers come from (as many of 20
#                                        GB as leave 10 GB free)
set -euo pipefail
lastgood=$1 log=$2 folder=$3
rounds="${BENCH_ROUNDS:-3}"
here="$(dirname "$0")"
export XDG_CACHE_HOME="$folder/cache"
rm -rf "$XDG_CACHE_HOME/lastgood"

size_mb() { du -cm "$@" | tail -1 | cut -f1; }
log_mb="$(size_mb "$log")"
free_mb="$(df -m --output=avail "$folder" | tail -1)"
wanted=$((20000 / log_mb))
fitting=$(((free_mb - 10000) / log_mb))
copies="${BENCH_COPIES:-$((fitting < wanted ? fitting : wanted))}"

# Seconds of a whole process and the most memory it had, in MB; what it prints goes away.
run() {
    local code=0
    /usr/bin/time -f '%e %M' -o "$folder/time" "$@" >"$folder/output" 2>/dev/null || code=$?
    # 1 is "nothing found".
    [ "$code" -le 1 ] || { echo "bench: $* ended with $code" >&2; exit 1; }
    awk 'END { printf "%.3f %d\n", $1, $2 / 1024 }' "$folder/time"
}

# The median of several runs, in seconds, and the most memory.
median() {
    for _ in $(seq "$rounds"); do run "$@"; done | sort -n |
        awk '{ s[NR] = $1; m = m > $2 ? m : $2 } END { if (NR) print s[int((NR + 1) / 2)], m }'
}

row() { printf '| %s | %s | %s | %s |\n' "$1" "$2" "$3" "${4:-}"; }
against() { awk -v own="$1" -v peer="$2" 'BEGIN { printf "%.0f× mariadb-binlog (%.1f s)", peer / own, peer }'; }

cat "$log" >/dev/null
read -r peer _ < <(rounds=1 median mariadb-binlog --no-defaults "$log")
read -r decoded _ < <(rounds=1 median mariadb-binlog --no-defaults -v --base64-output=decode-rows "$log")
read -r verified _ < <(rounds=1 median mariadb-binlog --no-defaults --verify-binlog-checksum "$log")
read -r inspect inspect_mb < <(median "$lastgood" inspect --quiet "$log")
last="$("$lastgood" inspect --json "$log" | sed -n 's/.*"lastGTID":"\([^",]*\).*/\1/p')"
read -r show show_mb < <(median "$lastgood" show "$last" --binlogs "$log" --json --quiet)
read -r index index_mb < <(median "$lastgood" index --quiet --rebuild "$log")
catalog_bytes="$(stat -c %s "$XDG_CACHE_HOME/lastgood/catalog.sqlite")"
read -r search search_mb < <(median "$lastgood" search --no-catalog "$log")

# A row that the log updates, by its first column.
change="$("$lastgood" export --quiet "$log" 2>/dev/null | grep -m1 '"op":"u"' || true)"
table="$(sed -n 's/.*"db":"\([^"]*\)","table":"\([^"]*\)".*/\1.\2/p' <<<"$change")"
key="$(sed -n 's/.*"before":{"[^"]*":\([0-9]*\).*/\1/p' <<<"$change")"
read -r history history_mb < <(
    median "$lastgood" history "$table" --where "@1=$key" --no-catalog --quiet "$log")
read -r grepped _ < <(rounds=1 median bash -c 'mariadb-binlog --no-defaults -v \
    --base64-output=decode-rows "$1" | grep -c "@1=$2\$"' bash "$log" "$key")

echo "bench: making $copies copies of $log_mb MB" >&2
mkdir -p "$folder/many"
python3 "$here/multiply.py" "$log" "$folder/many" "$copies"
# Else the disk writes them while the answers are timed.
sync -f "$folder/many"
read -r many_index many_index_mb < <(rounds=1 median "$lastgood" index --quiet "$folder/many")
many_mb="$(size_mb "$folder/many")"
many_catalog="$(stat -c %s "$XDG_CACHE_HOME/lastgood/catalog.sqlite")"
middle="$(ls "$folder"/many/bin.0* | sed -n "$((copies / 2 + 1))p")"
stamps="$("$lastgood" inspect --json "$middle" |
    sed -n 's/.*"firstTimestamp":"\([^"]*\)","lastTimestamp":"\([^"]*\)".*/\1 \2/p')"
second="$(date -u -d "$(echo "$stamps" | cut -d' ' -f1) + 30 seconds" +%Y-%m-%dT%H:%M:%SZ)"
next="$(date -u -d "$second + 1 second" +%Y-%m-%dT%H:%M:%SZ)"
gtid="$("$lastgood" inspect --json "$middle" | sed -n 's/.*"lastGTID":"\([^",]*\).*/\1/p')"

printf '\n## Reading and the catalog: one log of %s MB, then %s copies of it, %s MB\n\n' \
    "$log_mb" "$copies" "$many_mb"
cat <<TEXT
Whole processes; what they read is in the page cache (the answers once before, untimed). The copies have
the next GTIDs, later stamps and checksums that fit (\`.ci/bench/multiply.py\`). The catalog of the one
log has $((catalog_bytes / 1024)) kB, that of all $((many_catalog / 1024)) kB. Time → position and
GTID → position are \`lastgood locate\`.

| | median s | peak MB | |
|---|---|---|---|
TEXT
row "inspect, one log" "$inspect" "$inspect_mb" "$(against "$inspect" "$verified"), verifying checksums"
row "show the last transaction, one log" "$show" "$show_mb" "$(against "$show" "$decoded"), with -v"
row "index, one log" "$index" "$index_mb" "$(against "$index" "$peer")"
row "search without a catalog, one log" "$search" "$search_mb" "$(against "$search" "$decoded"), with -v"
row "history of one row without a catalog, one log" "$history" "$history_mb" \
    "$(against "$history" "$grepped"), with -v and grep"
row "index, all" "$many_index" "$many_index_mb" ""
answer() {
    local name=$1 seconds memory
    shift
    # Once untimed: what it reads of 20 GB may not be in the page cache any more.
    run "$lastgood" "$@" "$folder/many" >/dev/null
    # Tens of milliseconds: one that something else delayed must not decide.
    read -r seconds memory < <(rounds=9 median "$lastgood" "$@" "$folder/many")
    [ -n "$seconds" ] || exit 1
    row "$name, all" "$seconds" "$memory" ""
}
answer "search --destructive" search --destructive
answer "time → position" locate "$second"
answer "GTID → position" locate "$gtid"
answer "a search of one second" search --since "$second" --until "$next" --sort time --limit 1
answer "search of one GTID" search --gtid "$gtid"
answer "timeline" timeline
answer "timeline --html" timeline --html "$folder/page.html"
