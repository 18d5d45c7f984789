#!/bin/bash
# Installs what a probe does not find, and nothing else, on Debian and Ubuntu.
#
#   .ci/prerequisites.sh [PROGRAM[=PACKAGE]…]    those programs too
#
# A database may be running on this machine: no package is removed, no service is installed, and
# nothing is installed that would upgrade a package with a service in it, or a server's program.
set -euo pipefail

# Programs of the sbin folders are not in every user's PATH, and are found there all the same.
PATH="$PATH:/usr/local/sbin:/usr/sbin:/sbin"

more=("$@")

program() { command -v "$1" >/dev/null 2>&1; }
library() { program pkg-config && pkg-config --exists "$1"; }

# Prints the packages whose probe fails, one a line.
missing() {
    program git || echo git
    program pkg-config || echo pkg-config
    { program mariadbd && program mariadb-install-db; } || echo mariadb-server-core
    # The mariadb program itself is in mariadb-client-core, which mariadb-client depends on.
    { program mariadb && program mariadb-dump && program mariadb-binlog; } || echo mariadb-client
    program mariadb-backup || echo mariadb-backup
    program zstd || echo zstd
    library libmariadb || echo libmariadb-dev
    library zlib || echo zlib1g-dev
    library libcrypto || echo libssl-dev
    library libdeflate || echo libdeflate-dev
    library libzstd || echo libzstd-dev
    library sqlite3 || echo libsqlite3-dev
    for name in "${more[@]}"; do program "${name%%=*}" || echo "${name#*=}"; done
}

fail() {
    echo "prerequisites: $1" >&2
    shift
    for line in "$@"; do echo "    $line" >&2; done
    exit 1
}

installable() { [ -n "$(apt-cache policy "$1" | sed -n 's/^  Candidate: //p' | grep -v none)" ]; }

# The name a release has for a package: Ubuntu 22.04 knows only mariadb-server-core-10.6.
packaged() {
    if installable "$1"; then
        echo "$1"
        return
    fi
    apt-cache search --names-only "^$1-[0-9.]+\$" | cut -d' ' -f1 | sort -V | tail -1
}

# NAME=VERSION where a part of MariaDB is installed in that version and the archive has it: a tool
# of the same release leaves the server alone, a newer one would upgrade it.
pinned() {
    local sibling version
    for sibling in libmariadb3 mariadb-client-core mariadb-server-core; do
        version="$(dpkg-query -W -f '${db:Status-Abbrev}${Version}' "$sibling" 2>/dev/null |
            sed -n 's/^ii *//p')"
        if [ -n "$version" ] && apt-cache madison "$1" | cut -d'|' -f2 | grep -qxF " $version "; then
            echo "$1=$version"
            return
        fi
    done
    echo "$1"
}

# Fills `packages` with what apt is asked for; fails where the lists do not know one.
resolve() {
    local name found
    packages=()
    for name in $(missing); do
        found="$(packaged "$name")"
        [ -n "$found" ] || return 1
        packages+=("$(pinned "$found")")
    done
}

# Does the installed package hold a service, or the program of one?
serves() {
    case "$1" in mariadb-server* | mysql-server* | percona-server*) return 0 ;; esac
    dpkg -L "$1" 2>/dev/null |
        grep -qE '^((/usr)?/lib/systemd/system/.*\.service|/etc/init\.d/.+)$'
}

# Prints the services that the install would bring or upgrade.
touched() {
    local verb name old
    apt-get install -s "${flags[@]}" "${packages[@]}" | while read -r verb name old _; do
        [ "$verb" = Inst ] || continue
        case "$old" in
            \[*) if serves "$name"; then echo "$name"; fi ;;
            *) case "$name" in mariadb-server | mysql-server | mysql-server-[0-9]*) echo "$name" ;;
                esac ;;
        esac
    done
}

flags=(-y --no-install-recommends --no-remove --no-upgrade)
wanted="$(missing)"
[ -n "$wanted" ] || exit 0

program apt-get || fail "no apt-get here; install by hand what stands for:" $wanted
line="apt-get install ${flags[*]} $(echo $wanted)"
if [ "$(id -u)" = 0 ]; then
    as_root=(env)
elif program sudo && sudo -n true 2>/dev/null; then
    as_root=(sudo -n env)
elif program sudo && [ -t 0 ]; then
    as_root=(sudo env)
else
    fail "missing packages, and neither root nor sudo to install them; run as root:" "$line"
fi
# Ubuntu's needrestart would restart running services after an install.
as_root+=(DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1)

echo "prerequisites: installing" $wanted
updated=no
update() {
    "${as_root[@]}" apt-get update
    updated=yes
}
resolve || {
    update
    resolve || fail "the package lists do not know all of:" "$(echo $wanted)"
}
services="$(touched)" || fail "apt cannot install what is missing without removing a package:" "$line"
[ -z "$services" ] || fail "this would install or upgrade a service ($(echo $services));" \
    "do it by hand at a time that suits it:" "$line"
"${as_root[@]}" apt-get install "${flags[@]}" "${packages[@]}" || fail "apt-get failed:" "$line"

left="$(missing)"
[ -z "$left" ] || fail "installed, but still not found:" $left
