#!/bin/bash
# Random logs, seed after seed, replayed in every mode and by the server's own applier, on every
# server that is found; in between, recoveries that are killed. Stops at the first failure.
#
#   SOAK_MINUTES=N         how long it begins new seeds (10)
#   SOAK_SEEDS=N           how many seeds, instead of a time
#   SOAK_SEED=N            the first one; each next is one more (drawn)
#   SOAK_TRANSACTIONS=N    how long each log is (250 steps of a workload)
#   SOAK_SERVERS="…"       of: system mariadb-10.5 mariadb-11.8 (all that are there)
#   SOAK_CRASHES=N         how many percent of the time the kills get (20)
#   SOAK_GIANT=0           without the giant logs, a transaction beyond 4 GiB and an event beyond 1 GiB,
#                          which come first and take 14 GB of disk
#   SOAK_FOLDER=DIR        where; 2 GB (memory where there is enough, else a folder below TMPDIR)
set -euo pipefail
cd "$(dirname "$0")/.."

fail() {
    echo "soak: $*" >&2
    exit 64
}
for name in SOAK_GIANT SOAK_MINUTES SOAK_SEEDS SOAK_SEED SOAK_TRANSACTIONS SOAK_CRASHES; do
    case "${!name:-}" in *[!0-9]*) fail "$name is no number: ${!name}" ;; esac
done

minutes="${SOAK_MINUTES:-10}"
seeds="${SOAK_SEEDS:-}"
seed="${SOAK_SEED:-$((RANDOM * 32768 + RANDOM))}"
transactions="${SOAK_TRANSACTIONS:-250}"
crashes="${SOAK_CRASHES:-20}"
giant="${SOAK_GIANT:-1}"

others="${SERVERS:-/var/tmp/lastgood-servers}"
found=system
for name in mariadb-10.5 mariadb-11.8; do
    if [ -e "$others/$name/.complete" ]; then found="$found $name"; fi
done
servers="${SOAK_SERVERS:-$found}"
for name in $servers; do
    case " $found " in
        *" $name "*) ;;
        *) fail "there is no server $name here: $found; Tests/servers.sh fetch unpacks others" ;;
    esac
done

# Where servers' files lie in memory, twice as many seeds are done.
disk="${TMPDIR:-/tmp}"
free_kilobytes() { df -Pk "$1" 2>/dev/null | awk 'NR == 2 { print $4 }'; }
base="${SOAK_FOLDER:-$disk}"
if [ -z "${SOAK_FOLDER:-}" ] && [ -w /dev/shm ] && [ "$(free_kilobytes /dev/shm)" -gt 4000000 ]; then
    base=/dev/shm
fi
mkdir -p "$base"
folder="$(mktemp -d "$base/soak.XXXXXX")"
# A server that runs as another user must get through.
chmod 711 "$folder"
mkdir -m 711 "$folder/templates"
export LASTGOOD_TEMPLATES="$folder/templates"

swift build --build-tests -Xswiftc -O
test=(swift test --skip-build --disable-xctest -Xswiftc -O)

begin=$SECONDS
done_seeds=0 done_runs=0 done_transactions=0 done_changes=0 done_rounds=0 crash_seconds=0
summary() {
    local seconds=$((SECONDS - begin))
    echo "soak: $done_seeds seeds from $first on, $done_runs logs of $servers:" \
        "$done_transactions transactions, $done_changes row changes, each replayed exactly, folded" \
        "over 1, 7 and all transactions, and by the server's own applier;" \
        "$done_rounds rounds of kills; $((seconds / 60)) min $((seconds % 60)) s"
}
first=$seed
kept=no
end() {
    local status=$?
    summary
    if [ "$kept" = no ]; then rm -rf "$folder"; fi
    exit "$status"
}
trap end EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# attempt COMMAND…: a part of the tests in a folder of its own, which stays when it fails.
attempt() {
    local status=0
    mkdir -m 711 "$folder/now"
    env LASTGOOD_TEST_FOLDER="$folder/now" LASTGOOD_KEEP=1 "$@" >"$folder/now/output" 2>&1 ||
        status=$?
    if [ "$status" -ne 0 ]; then
        grep -E '^ *(✘|↳)' "$folder/now/output" | cut -c 1-600 || tail -n 20 "$folder/now/output"
        rm -rf "$LASTGOOD_TEMPLATES"
        kept="$folder"
        if [ "$base" = /dev/shm ]; then
            kept="$(mktemp -d "$disk/soak.XXXXXX")"
            cp -a "$folder/now/." "$kept"
            rm -rf "$folder"
        fi
        echo "soak: failed (exit $status); the servers' folders and all output: $kept"
        echo "soak: again: $*"
        exit 1
    fi
    # Only here is nothing left that somebody may want to look into.
    grep -o 'LASTGOOD_SEED=.* row changes' "$folder/now/output" >"$folder/tallies" || true
    rm -rf "$folder/now"
}

# One seed on one server.
random_log() {
    local name
    case "$1" in
        system) name=systemServer ;;
        mariadb-10.5) name=mariadb105 ;;
        mariadb-11.8) name=mariadb118 ;;
    esac
    echo "soak: LASTGOOD_SEED=$seed, $1"
    attempt LASTGOOD_SEED="$seed" LASTGOOD_TRANSACTIONS="$transactions" \
        "${test[@]}" --filter "RandomReplayTests/$name"
    local more changes
    read -r more changes < <(
        sed -n 's/.*: \([0-9]*\) transactions, \([0-9]*\) row changes/\1 \2/p' "$folder/tallies"
    ) || {
        echo "soak: nothing was replayed: is --filter RandomReplayTests/$name right?" >&2
        exit 1
    }
    done_runs=$((done_runs + 1))
    done_transactions=$((done_transactions + more))
    done_changes=$((done_changes + changes))
}

kills() {
    local from=$SECONDS
    echo "soak: LASTGOOD_CRASH_SEED=$seed"
    attempt LASTGOOD_CRASH_SEED="$seed" LASTGOOD_CRASH_ROUNDS=2 \
        "${test[@]}" --filter CommandTests.CrashTests
    done_rounds=$((done_rounds + 2))
    crash_seconds=$((crash_seconds + SECONDS - from))
}

goes_on() {
    if [ -n "$seeds" ]; then
        [ "$done_seeds" -lt "$seeds" ]
    else
        [ $((SECONDS - begin)) -lt $((minutes * 60)) ]
    fi
}

if [ "$giant" -ne 0 ]; then
    if [ "$(free_kilobytes "$disk")" -gt 20000000 ]; then
        echo "soak: giant logs"
        env LASTGOOD_GIANT=1 "${test[@]}" --filter GiantLogTests >"$folder/giant" 2>&1 || {
            grep -E '^ *(✘|↳)' "$folder/giant" | cut -c 1-600
            echo "soak: failed; again: LASTGOOD_GIANT=1 ${test[*]} --filter GiantLogTests"
            exit 1
        }
    else
        echo "soak: no giant logs: less than 20 GB free in $disk"
    fi
fi
while goes_on; do
    for server in $servers; do random_log "$server"; done
    done_seeds=$((done_seeds + 1))
    if [ $((crash_seconds * 100)) -lt $(((SECONDS - begin) * crashes)) ]; then kills; fi
    seed=$((seed + 1))
done
