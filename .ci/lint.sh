#!/bin/bash
# Format, warnings, house rules.
set -euo pipefail
cd "$(dirname "$0")/.."

swift format lint --strict --recursive Package.swift Sources Tests
export LASTGOOD_WARNINGS_AS_ERRORS=1
swift build --build-tests -Xswiftc -O
swift test --skip-build --disable-xctest -Xswiftc -O --filter TidyTests
