#!/bin/bash
# DuckDB for the tests of exports, as a Python module.
#   duckdb.sh SCRIPT [ARGUMENT…]    run a Python script that imports duckdb, which is fetched first
#                                   where it is not there yet, under $SERVERS
#                                   (default: /var/tmp/lastgood-servers)
# The module comes from the machine's own Python package index; nothing is installed into the
# system. Exit codes: the script's; 77 where DuckDB cannot be had here (a reason to skip, on stderr).
set -euo pipefail

SERVERS=${SERVERS:-/var/tmp/lastgood-servers}
unavailable() {
    echo "duckdb.sh: skip: $*" >&2
    exit 77
}
[[ $# -ge 1 ]] || { sed -n '2,7p' "$0" >&2; exit 64; }
command -v python3 >/dev/null || unavailable "python3 is missing"

version=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
folder=$SERVERS/duckdb-$version
if [[ ! -e $folder/duckdb/__init__.py ]]; then
    mkdir -p "$SERVERS"
    # Another test may fetch it too: whoever is first is right.
    new=$(mktemp -d "$SERVERS/duckdb.XXXXXX")
    trap 'rm -rf "$new"' EXIT
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore \
        --target "$new" duckdb pytz >&2 || unavailable "pip cannot install duckdb"
    chmod -R a+rX "$new"
    mv -T "$new" "$folder" 2>/dev/null || [[ -e $folder/duckdb/__init__.py ]]
    trap - EXIT
fi
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$folder${PYTHONPATH:+:$PYTHONPATH}" exec python3 "$@"
