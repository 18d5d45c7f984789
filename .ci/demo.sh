#!/bin/bash
# The main job on a recorded incident: find the DROP TABLE, plan, recover to just before it.
set -euo pipefail
cd "$(dirname "$0")/.."

swift build -c release --product lastgood
lastgood="$(swift build -c release --show-bin-path)/lastgood"
shop=Fixtures/shop
stop='DROP TABLE shop.orders'
folder="$(mktemp -d "${TMPDIR:-/tmp}/lastgood-demo.XXXXXX")"
# Run by root, the scratch server runs as another user, who must get through.
chmod 711 "$folder"
trap 'rm -rf "$folder"' EXIT

bold='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then bold=$'\033[1m' plain=$'\033[0m'; fi
say() { printf '\n%s%s%s\n' "$bold" "$*" "$plain"; }
# Shows a command as a person would type it, then runs it.
show() {
    printf '\n$ lastgood'
    printf ' %q' "$@" | sed "s|$folder|\$TMPDIR|g"
    printf '\n\n'
    "$lastgood" "$@"
}

say "A web shop has lost data. There is a dump of the night and the binary logs since."
say "1. Which statements destroyed something?"
show search "$shop/binlogs"

say "2. The orders are wanted back. What would a recovery to just before their DROP TABLE do?"
show plan --backup "$shop/backup.sql.zst" --binlogs "$shop/binlogs" --before "$stop" \
    --source-time-zone UTC

say "3. Recover into a private server, and compare every table with what the shop's own server"
printf '%s\n' "${bold}held at that moment (checksums recorded with the incident).${plain}"
show recover --backup "$shop/backup.sql.zst" --binlogs "$shop/binlogs" --before "$stop" \
    --source-time-zone UTC --expect "$shop/expected/drop-orders-before.json" \
    --workdir "$folder/recovery" --stop-target

say "The shop is as it was just before the DROP TABLE: every recorded checksum matches."
echo "(Of the one table with a VIRTUAL column only the row count was recorded.)"
echo "(The demo's server was stopped and its files are removed; without --stop-target it stays.)"
