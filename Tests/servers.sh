#!/bin/bash
# Other server versions beside the system's own, for tests across versions.
#   servers.sh fetch NAME             unpack it under $SERVERS (default: /var/tmp/lastgood-servers)
#   servers.sh start NAME DIR [OPT…]  initialise DIR when new, start on DIR/sock with its log on,
#                                     as user root without a password; prints the version
#   servers.sh stop  NAME DIR
#   servers.sh run   NAME PROGRAM …   run one of its programs (mariadb-dump, mysqlbinlog, …)
# NAME: mariadb-10.5 | mariadb-11.8 | mysql-9.7. The packages come from the machine's own package
# mirror, other suites of it; nothing is installed into the system, and root is not needed.
# Only to be fetched: mariadb-logs | mysql-logs, the logs of old servers among the data of the
# servers' own tests, as files of one folder; galera, the library of a cluster's node.
# Exit codes: 0 done; 64 usage; 77 the packages cannot be had here (a reason to skip, on stderr);
# 2 anything else.
set -euo pipefail

SERVERS=${SERVERS:-/var/tmp/lastgood-servers}
say() { echo "servers.sh: $*" >&2; }
unavailable() {
    say "skip: $name: $*"
    exit 77
}
[[ $# -ge 2 ]] || { sed -n '2,14p' "$0" >&2; exit 64; }
verb=$1 name=$2
shift 2
case $name in
    mariadb-10.5)
        suite=bullseye
        packages=(mariadb-server-10.5 mariadb-client-10.5 mariadb-backup)
        ;;
    mariadb-11.8) suite=trixie packages=(mariadb-server mariadb-client mariadb-backup) ;;
    mysql-9.7) suite=sid packages=(mysql-server mysql-client) ;;
    mariadb-logs) suite=bookworm packages=(mariadb-test-data) ;;
    mysql-logs) suite=sid packages=(mysql-testsuite) ;;
    galera) suite=bookworm packages=(galera-4) ;;
    *) say "unknown server '$name'"; exit 64 ;;
esac
root=$SERVERS/$name
libraries=$root/usr/lib/x86_64-linux-gnu:$root/lib/x86_64-linux-gnu
user=()
[[ $(id -u) -ne 0 ]] || user=(--user=root)

# The programs run under the loader and the libraries of their own suite.
loader() {
    local path
    for path in "$root"/usr/lib/x86_64-linux-gnu/ld-linux-x86-64.so.2 \
        "$root"/lib/x86_64-linux-gnu/ld-2.*.so; do
        [[ -e $path ]] && echo "$path" && return
    done
    say "no loader under $root"
    exit 2
}
program() {
    local path=$root/usr/$1
    shift
    "$(loader)" --library-path "$libraries" "$path" "$@"
}
find_share() {
    share=$root/usr/share/mariadb
    [[ -f $share/fill_help_tables.sql ]] || share=$root/usr/share/mysql
}
client() {
    if [[ $name == mysql* ]]; then
        program bin/mysql --no-defaults -uroot -S "$dir/sock" "$@"
    else
        program bin/mariadb --no-defaults --character-sets-dir="$share/charsets" \
            -uroot -S "$dir/sock" "$@"
    fi
}

fetch() {
    [[ ! -e $root/.complete ]] || return 0
    [[ $(uname -m) == x86_64 ]] || unavailable "only unpacked on x86_64"
    local tool tools=(apt-get dpkg-deb)
    [[ $name != *-logs ]] || tools+=(unzip)
    for tool in "${tools[@]}"; do
        command -v "$tool" >/dev/null || unavailable "no $tool on this machine"
    done
    mkdir -p "$SERVERS" || unavailable "cannot write to $SERVERS"
    exec 8>"$SERVERS/.lock-$name" || unavailable "cannot write to $SERVERS"
    flock 8
    [[ ! -e $root/.complete ]] || return 0
    local apt=$SERVERS/apt-$name mirror keys=/usr/share/keyrings/debian-archive-keyring.gpg
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
        grep -v security | grep '/debian/\?$' | head -n 1 || true)
    [[ -n $mirror ]] || unavailable "no Debian mirror configured for apt"
    [[ -f $keys ]] || unavailable "no $keys"
    rm -rf "$apt" "$root"
    mkdir -p "$apt"/{lists/partial,cache/archives/partial,etc/preferences.d,etc/apt.conf.d} \
        "$root"/usr/{bin,sbin,lib,lib64}
    : >"$apt/status"
    echo "deb [signed-by=$keys] $mirror $suite main" >"$apt/etc/sources.list"
    local options=(-q -o Dir::State="$apt" -o Dir::State::lists="$apt/lists"
        -o Dir::State::status="$apt/status" -o Dir::Cache="$apt/cache" -o Dir::Etc="$apt/etc"
        -o Dir::Etc::sourceparts=/dev/null -o APT::Install-Recommends=false
        -o Acquire::Languages=none -o APT::Sandbox::User=root -o Acquire::Check-Valid-Until=false
        -o Acquire::Retries=2 -o Acquire::http::Timeout=20 -o Debug::NoLocking=true)
    local get=(install -y --download-only)
    [[ $name != *-logs ]] || get=(download)
    if ! (cd "$apt/cache/archives" && apt-get "${options[@]}" update &&
        apt-get "${options[@]}" "${get[@]}" "${packages[@]}") >"$apt/log" 2>&1; then
        tail -n 5 "$apt/log" >&2
        unavailable "its packages cannot be downloaded from $mirror"
    fi
    if [[ $name == *-logs ]]; then unpack_logs; else unpack_server; fi
    rm -rf "$apt"
    touch "$root/.complete"
}

unpack_server() {
    local path
    for path in bin sbin lib lib64; do ln -s "usr/$path" "$root/$path"; done
    for path in "$apt"/cache/archives/*.deb; do
        dpkg-deb --fsys-tarfile "$path" | tar -x --keep-directory-symlink --no-same-owner -C "$root"
    done
}

# What begins as a log does, also in the archives of whole data folders.
unpack_logs() {
    local path inner
    rm -rf "$root/usr"
    dpkg-deb --fsys-tarfile "$apt"/cache/archives/*.deb |
        tar -x --no-same-owner --wildcards -C "$apt" '*/std_data/*'
    while IFS= read -r path; do
        case $path in
            *.zip)
                unzip -Z1 "$path" 2>/dev/null | { grep -E 'bin(log)?\.[0-9]{6}$' || true; } |
                    while IFS= read -r inner; do
                        unzip -p "$path" "$inner" >"$root/$(basename "$path" .zip).${inner##*/}"
                    done
                ;;
            *) [[ $(head -c 4 "$path" | od -An -t x1) != *"62 69 6e" ]] || cp "$path" "$root/" ;;
        esac
    done < <(find "$apt" -type f -path '*/std_data/*' -size +13c | sort)
}

initialise() {
    mkdir -p "$dir/data"
    if [[ $name == mysql* ]]; then
        program sbin/mysqld "${common[@]}" "${user[@]}" --initialize-insecure
        return
    fi
    # Without the help tables, which no test misses.
    local prefix=mariadb
    [[ -f $share/mariadb_system_tables.sql ]] || prefix=mysql
    {
        printf 'create database if not exists mysql;\nuse mysql;\n'
        cat "$share/${prefix}_system_tables.sql" "$share/${prefix}_performance_tables.sql" \
            "$share/${prefix}_system_tables_data.sql" | sed 's/@current_hostname@/localhost/'
    } | program sbin/mariadbd "${common[@]}" "${user[@]}" --bootstrap --log-warnings=0 \
        --enforce-storage-engine= --max-allowed-packet=8M
}

start() {
    find_share
    mkdir -p "$1"
    dir=$(cd "$1" && pwd)
    shift
    local server=sbin/mariadbd
    common=(--no-defaults --basedir="$root/usr" --lc-messages-dir="$share"
        --plugin-dir="$root/usr/lib/mysql/plugin" --datadir="$dir/data")
    if [[ $name == mysql* ]]; then
        server=sbin/mysqld
        # Its share of the machine's asynchronous requests may be gone to the servers beside it, and
        # unlike MariaDB it gives up then.
        common+=(--mysqlx=OFF --innodb-use-native-aio=OFF)
    else
        common+=(--character-sets-dir="$share/charsets")
    fi
    if [[ ! -d $dir/data/mysql ]] && ! initialise >"$dir/init.log" 2>&1; then
        tail -n 5 "$dir/init.log" >&2
        say "$name cannot be initialised"
        exit 2
    fi
    program $server "${common[@]}" "${user[@]}" --socket="$dir/sock" --skip-networking \
        --pid-file="$dir/pid" --log-error="$dir/error.log" --server-id=1 --log-bin=bin \
        --innodb-buffer-pool-size=256M --secure-file-priv= "$@" >/dev/null 2>&1 8>&- &
    local pid=$! i
    for i in $(seq 600); do
        client -e 'select 1' >/dev/null 2>&1 && break
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.2
    done
    client -N -e 'select version()' && return
    tail -n 5 "$dir/error.log" >&2
    say "$name does not start"
    exit 2
}

stop() {
    find_share
    dir=$(cd "$1" && pwd)
    local pid
    pid=$(cat "$dir/pid" 2>/dev/null || true)
    client -e shutdown || say "no connection to $dir/sock"
    [[ -n $pid ]] || return 0
    while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
}

run() {
    local path=bin/$1
    [[ ! -e $root/usr/sbin/$1 ]] || path=sbin/$1
    shift
    program "$path" "$@"
}

case $verb in
    fetch) fetch ;;
    start) [[ $# -ge 1 ]] || { say "start needs a folder"; exit 64; }; fetch; start "$@" ;;
    stop) [[ $# -ge 1 ]] || { say "stop needs a folder"; exit 64; }; stop "$@" ;;
    run) [[ $# -ge 1 ]] || { say "run needs a program"; exit 64; }; fetch; run "$@" ;;
    *) say "unknown verb '$verb'"; exit 64 ;;
esac
