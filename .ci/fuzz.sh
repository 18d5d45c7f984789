#!/bin/bash
# Coverage-guided fuzzing of the table in Tests/FuzzTests/FuzzTarget.swift, target after target.
#
#   FUZZ_MINUTES=N       of each target (30)
#   FUZZ_TARGETS="…"     which (all)
#   FUZZ_KEEP=1          packs what reached new code, where it is small, into Fixtures/fuzz/corpus.tar.zst
#
# It begins with that corpus, with Fixtures/fuzz/TARGET, of which `make test` takes each, and with what
# earlier runs found (.build/fuzz). What makes the parser trap,
# hang for 10 s or take 2 GB is left in .build/fuzz/found: put it into Fixtures/fuzz/TARGET under a name
# that says what it is, and see `make test` fail before you mend it. Exit code 1 where anything was found.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export LC_ALL=C.UTF-8
# A backtrace of the runtime's own would wait for ever.
export SWIFT_BACKTRACE=enable=no

minutes=${FUZZ_MINUTES:-30}
[[ $minutes =~ ^[0-9]+$ ]] || { echo "fuzz: FUZZ_MINUTES is no number" >&2; exit 64; }
all=$(sed -n 's/^    case \([a-zA-Z]*\)$/\1/p' Tests/FuzzTests/FuzzTarget.swift)
targets=${FUZZ_TARGETS:-$all}
work=$PWD/.build/fuzz
kept=$work/kept
rm -rf "$kept"
mkdir -p "$work/found" "$kept"
zstd -dqc Fixtures/fuzz/corpus.tar.zst | tar -xf - -C "$kept"
swift build --sanitize=fuzzer -c release --package-path Tests/Fuzzing --scratch-path .build/fuzzing
program=$PWD/.build/fuzzing/release/Fuzzing

failed=0
for target in $targets; do
    mkdir -p "$work/$target" "$kept/$target" "Fixtures/fuzz/$target"
    if LASTGOOD_FUZZ=$target "$program" "$work/$target" "$kept/$target" "Fixtures/fuzz/$target" \
        -max_total_time=$((minutes * 60)) -rss_limit_mb=2048 -timeout=10 -max_len=20000 \
        -artifact_prefix="$work/found/$target-" \
        >"$work/$target.log" 2>&1; then
        echo "fuzz: $target: $(grep '^Done' "$work/$target.log")"
    else
        echo "fuzz: $target: found something, see $work/$target.log and $work/found" >&2
        failed=1
    fi
    [[ -z ${FUZZ_KEEP:-} ]] || LASTGOOD_FUZZ=$target "$program" -merge=1 -max_len=6000 \
        "$kept/$target" "$work/$target" >>"$work/$target.log" 2>&1
done
if [[ -n ${FUZZ_KEEP:-} ]]; then
    tar --sort=name --mtime=@0 --owner=0 --group=0 -cf - -C "$kept" . |
        zstd -19 -q >"$work/corpus.tar.zst"
    mv "$work/corpus.tar.zst" Fixtures/fuzz/
fi
exit $failed
