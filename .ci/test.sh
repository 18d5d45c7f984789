#!/bin/bash
# Builds and runs all tests; what failed is named again at the end, where a cut-off log still shows it.
set -euo pipefail
cd "$(dirname "$0")/.."

# Tests run against these too; where they cannot be had, those tests are skipped with their reason.
fetch() {
    local name status
    for name in mariadb-10.5 mariadb-11.8 mysql-9.7 mariadb-logs mysql-logs; do
        status=0
        Tests/servers.sh fetch "$name" || status=$?
        case $status in
            0) ;;
            77) echo "test: $name cannot be had here: its tests will be skipped" >&2 ;;
            *)
                echo "test: $name could not be unpacked (exit $status)" >&2
                return 1
                ;;
        esac
    done
}

# While they come, one processor builds. Optimised: what is tested is what runs, and the suites take a
# third of the time.
fetch &
fetching=$!
swift build --build-tests -Xswiftc -O
wait "$fetching"
# The embedding package is a user of the libraries as any other: a package of its own.
swift run --package-path Tests/Embedding --scratch-path .build/embedding Embedding
output=$(mktemp)
trap 'rm -f "$output" "$output.replay"' EXIT
status=0
# Most tests wait for servers, and a process waits for few at once: two take less time than one.
run() { swift test --skip-build --disable-xctest --ignore-lock -Xswiftc -O "$@" 2>&1; }
run --filter '^ReplayTests\.' >"$output.replay" &
replaying=$!
run --skip '^ReplayTests\.' | tee "$output" || status=$?
wait "$replaying" || status=$?
tee -a "$output" <"$output.replay"
if [ "$status" -ne 0 ]; then
    echo
    echo "test: failed (exit $status):"
    grep -E '^ *(✘|↳)' "$output" | cut -c 1-600 || tail -n 20 "$output"
fi
exit "$status"
