#!/bin/bash
# The main job on a recorded incident: find the DROP TABLE, plan, recover to just before it.
set -euo pipefail
cd "$(dirname "$0")/.."

swift build -c release --product lastgood
lastgood="$(swift build -c release --show-bin-path)/lastgood"
shop=Fixtures/shop
stop='DROP TABLE shop.orders'
workdir="$(mktemp -d "${TMPDIR:-/tmp}/lastgood-demo.XXXXXX")"
trap 'rm -rf "$workdir"' EXIT

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] && [ -z "${NO_COLOR:-}" ] || say() { printf '\n%s\n' "$*"; }

say "Which statements destroyed something?"
"$lastgood" search "$shop/binlogs" --destructive

say "What would a recovery to just before '$stop' do?"
"$lastgood" plan --backup "$shop/backup.sql.zst" --binlogs "$shop/binlogs" --before "$stop"

say "Recover, and compare every table with the source as it was at that moment."
"$lastgood" recover --backup "$shop/backup.sql.zst" --binlogs "$shop/binlogs" --before "$stop" \
    --expect "$shop/expected/drop-orders-before.json" --workdir "$workdir/recovery" --stop-target

say "Every checksum matches: the shop is as it was just before the DROP TABLE."
