#!/bin/bash
# Builds and runs all tests; the summary of `swift test` comes last.
set -euo pipefail
cd "$(dirname "$0")/.."

# Optimised: what is tested is what runs, and the suites take a third of the time.
swift build --build-tests -Xswiftc -O
# The embedding package is a user of the libraries as any other: a package of its own.
swift run --package-path Tests/Embedding --scratch-path .build/embedding Embedding
swift test --skip-build --disable-xctest -Xswiftc -O
