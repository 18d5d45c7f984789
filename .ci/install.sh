#!/bin/bash
# Installs the release binary; builds it first where there is a compiler, so that root needs none.
set -euo pipefail
cd "$(dirname "$0")/.."

if command -v swift >/dev/null; then
    swift build -c release --product lastgood
elif [ ! -x .build/release/lastgood ]; then
    echo "install: no .build/release/lastgood and no swift to build it: run make build first" >&2
    exit 1
fi
bin="${DESTDIR:-}${PREFIX:-/usr/local}/bin"
install -d "$bin"
install -m 755 .build/release/lastgood "$bin/lastgood"
echo "installed $bin/lastgood"
