#!/bin/bash
# Runs the statements of statements.txt on a server of the machine's own version, in each format, and
# keeps its logs and which GTIDs each statement got: FORMAT/bin.000001 and FORMAT/cases.tsv.
set -euo pipefail
cd "$(dirname "$0")"
PATH="$PATH:/usr/sbin:/sbin"
folder="$(mktemp -d "${TMPDIR:-/tmp}/lastgood-cases.XXXXXX")"
chmod 755 "$folder"
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null || true; wait; rm -rf "$folder"' EXIT

as=()
if [ "$(id -u)" = 0 ]; then as=(--user=nobody); fi

client() { mariadb --no-defaults -uroot -S "$folder/data/sock" "$@"; }

# What every statement meets.
reset() {
    cat <<'SQL'
ROLLBACK $$
DROP TABLE IF EXISTS t, u, p, x, t2, t3 $$
DROP PROCEDURE IF EXISTS pr $$
CREATE TABLE t (id INT PRIMARY KEY, n INT, v VARCHAR(60), KEY n (n)) $$
CREATE TABLE u LIKE t $$
CREATE TABLE p (id INT PRIMARY KEY, v VARCHAR(60)) PARTITION BY RANGE (id)
  (PARTITION p0 VALUES LESS THAN (11), PARTITION p1 VALUES LESS THAN (21),
   PARTITION p2 VALUES LESS THAN (500)) $$
INSERT INTO t SELECT seq, seq, CONCAT('t', seq) FROM seq_1_to_30 $$
INSERT INTO u SELECT seq, seq, CONCAT('u', seq) FROM seq_1_to_30 $$
INSERT INTO p SELECT seq, 'p' FROM seq_1_to_30 $$
SQL
}

script() {
    echo 'DELIMITER $$'
    local number=0 line
    while IFS= read -r line; do
        case "$line" in \#* | '') continue ;; esac
        number=$((number + 1))
        reset
        echo "SELECT 'mark', $number, @@gtid_binlog_pos \$\$"
        # The SQL stands behind the last bar; a statement a line.
        printf '%s\n' "${line##* | }" | sed 's/ ;; /\n$$\n/g; s/;$//'
        printf '\n$$\n'
        echo "SELECT 'mark', $number, @@gtid_binlog_pos \$\$"
    done <statements.txt
}

for format in ROW MIXED STATEMENT; do
    rm -rf "$folder/data" "$format"
    mariadb-install-db --no-defaults "${as[@]}" --datadir="$folder/data" --skip-test-db \
        --auth-root-authentication-method=normal >/dev/null
    mariadbd --no-defaults "${as[@]}" --datadir="$folder/data" --socket="$folder/data/sock" \
        --pid-file="$folder/data/pid" --skip-networking --log-error="$folder/error" \
        --log-bin=bin --binlog-format="$format" --server-id=1 >/dev/null 2>&1 &
    server=$!
    until client -e 'SELECT 1' >/dev/null 2>&1; do sleep 0.1; done
    client -e 'CREATE DATABASE d'
    script | client --comments --force -N -B d 2>"$folder/errors" >"$folder/marks"
    mkdir "$format"
    # GTIDs 0-1-N: behind which, and up to which, each statement's lie.
    awk -F'\t' '$1 == "mark" { split($3, gtid, "-")
        if ($2 == seen) print $2 "\t" before "\t" gtid[3]
        seen = $2; before = gtid[3] }' "$folder/marks" >"$format/cases.tsv"
    kill "$server"
    wait "$server" || true
    server=
    cp "$folder/data/bin.000001" "$format/"
    chmod 644 "$format/bin.000001"
    if [ -s "$folder/errors" ]; then echo "$format:"; cat "$folder/errors"; fi
done
