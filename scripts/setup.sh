#!/usr/bin/env bash
# Brings a machine to where Wangge runs. Does nothing, quickly, when everything is there already.
#
#   scripts/setup.sh run     server programs of PostGIS, C compiler, Python environment
#   scripts/setup.sh check   C compiler, Python environment with the tools of development, what checks the JavaScript
#   scripts/setup.sh test    all of it, and Chromium, CJK fonts, GDAL's programs and Java for the tests
#
# System packages come from apt, as root or through sudo without a password; otherwise it says what to install.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

purpose=${1:-run}
oldest_postgres=15
tools=.wangge/tools

say() { printf '\033[2m[setup]\033[0m %s\n' "$*"; }
give_up() {
    printf '[setup] %s\n' "$@" >&2
    exit 1
}

# ---------------------------------------------------------------- system packages

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; else sudo -n "$@"; fi
}

may_install() {
    command -v apt-get >/dev/null && { [ "$(id -u)" = 0 ] || sudo -n true 2>/dev/null; }
}

apt_knows() { apt-cache show "$1" >/dev/null 2>&1; }

# apt_install "why" package...
apt_install() {
    local why=$1
    shift
    if ! command -v apt-get >/dev/null; then
        give_up "$why is missing." "Install it with your system's packages (Debian's names: $*), then run this again."
    fi
    if ! may_install; then
        give_up "$why is missing, and this user may not install packages. Run:" "    sudo apt-get install $*" \
            "and then run this again."
    fi
    say "installing $why: $*"
    if ! apt_get_install "$@" >/dev/null 2>&1; then # the lists may name files that are gone
        as_root apt-get -qq update
        apt_get_install "$@" || give_up "apt-get could not install: $*"
    fi
}

apt_get_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install --yes --no-install-recommends \
        -o Dpkg::Use-Pty=0 "$@" </dev/null
}

# Package lists are fetched only when they are not there, as in a fresh container.
apt_refresh() {
    apt_knows "$1" && return
    may_install || return 0
    say "fetching apt's package lists"
    as_root apt-get -qq update || say "apt-get update failed; going on with the lists that are there"
}

# ---------------------------------------------------------------- PostGIS

has_postgis() {
    local control major
    [ -z "${WANGGE_DATABASE_URL:-}${WANGGE_PG_BIN:-}" ] || return 0
    for control in /usr/share/postgresql/*/extension/postgis.control; do
        major=$(basename "${control%/extension/postgis.control}")
        if [ -e "$control" ] && [ "$major" -ge "$oldest_postgres" ] && [ -x "/usr/lib/postgresql/$major/bin/initdb" ]; then
            return 0
        fi
    done
    # Other systems keep them elsewhere.
    command -v pg_config >/dev/null && [ -e "$(pg_config --sharedir 2>/dev/null)/extension/postgis.control" ] \
        && [ -x "$(pg_config --bindir)/initdb" ]
}

# Newest version that has both a server and PostGIS: one that is here already, else what the distribution offers.
postgis_major() {
    local bin major best=0
    for bin in /usr/lib/postgresql/*/bin/initdb; do
        [ -x "$bin" ] || continue
        major=$(basename "${bin%/bin/initdb}")
        if [ "$major" -gt "$best" ] && apt_knows "postgresql-$major-postgis-3"; then best=$major; fi
    done
    if [ "$best" -lt "$oldest_postgres" ]; then
        best=$(apt-cache depends postgresql 2>/dev/null | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p' | head -1)
    fi
    echo "${best:-0}"
}

install_postgis() {
    local major quiet=/etc/postgresql-common/createcluster.d/wangge-setup.conf
    if command -v apt-get >/dev/null; then apt_refresh postgresql; fi
    major=$(command -v apt-get >/dev/null && postgis_major || echo 0)
    if command -v apt-get >/dev/null && [ "$major" = 0 ]; then
        give_up "PostgreSQL with PostGIS is missing, and this user may not install packages. Run:" \
            "    sudo apt-get update && sudo apt-get install postgresql postgresql-postgis" \
            "and then run this again. Or set WANGGE_DATABASE_URL to a PostGIS server elsewhere."
    elif command -v apt-get >/dev/null && [ "$major" -lt "$oldest_postgres" ]; then
        give_up "Wangge needs PostgreSQL $oldest_postgres or newer; this distribution offers $major." \
            "PostgreSQL's own archive has it:" \
            "    sudo apt-get install postgresql-common" \
            "    sudo /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y" \
            "    sudo apt-get install postgresql-17 postgresql-17-postgis-3" \
            "and then run this again. Or set WANGGE_DATABASE_URL to a PostGIS server elsewhere."
    fi
    # Debian's package would make and start a cluster of its own on port 5432. Ours is private, so while we install,
    # and only then, it is asked not to.
    if may_install && ! [ -e "$quiet" ] && ! ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1; then
        as_root mkdir -p "$(dirname "$quiet")"
        echo 'create_main_cluster = false' | as_root tee "$quiet" >/dev/null
        # shellcheck disable=SC2064
        trap "$(declare -f as_root); as_root rm -f $quiet" EXIT
    fi
    apt_install "PostgreSQL with PostGIS" "postgresql-$major" "postgresql-$major-postgis-3"
}

# ---------------------------------------------------------------- Python and uv

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }

find_python() {
    local candidate
    for candidate in ${UV_PYTHON:-} python3 python3.13 python3.12 python3.11 /usr/bin/python3; do
        if is_new_enough "$candidate"; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    give_up "Wangge needs Python 3.11 or newer; none was found on PATH." \
        "Debian 12, Ubuntu 24.04: apt-get install python3. Older ones: a newer Python beside the system's, then run this again."
}

find_uv() {
    if uv --version >/dev/null 2>&1; then # a shim of pyenv may be there and not work
        command -v uv
    elif "$tools/bin/uv" --version >/dev/null 2>&1; then
        echo "$tools/bin/uv"
    fi
}

install_uv() {
    local python=$1 log
    say "installing uv into $tools"
    if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        local package
        package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        if command -v apt-get >/dev/null; then apt_refresh "$package"; fi
        apt_install "Python's venv module" "$package"
    fi
    rm -rf "$tools"
    mkdir -p "$(dirname "$tools")"
    "$python" -m venv "$tools"
    log=$("$tools/bin/python" -m pip install --quiet --disable-pip-version-check 'uv>=0.6' 2>&1) \
        || give_up "pip could not install uv:" "$log"
}

# ---------------------------------------------------------------- the compiler of the kernel

has_headers() {
    "$1" -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))'
}

# The look-up of points is a small C extension (geo/cover/), built when the environment is made.
install_compiler() {
    local python=$1 headers
    local -a wanted=()
    command -v gcc >/dev/null || wanted+=(gcc)
    [ -e /usr/include/stdlib.h ] || ! command -v apt-get >/dev/null || wanted+=(libc6-dev)
    if ! has_headers "$python"; then
        headers=$("$python" -c 'import sys; print("python%d.%d-dev" % sys.version_info[:2])')
        case $("$python" -c 'import sys; print(sys.base_prefix)') in
            /usr) wanted+=("$headers") ;;
            *) give_up "$python has no Python.h beside it, which building the kernel needs." \
                "Install that Python's headers (in Debian's words: $headers), then run this again." ;;
        esac
    fi
    [ ${#wanted[@]} = 0 ] && return
    if command -v apt-get >/dev/null; then apt_refresh "${wanted[0]}"; fi
    apt_install "the C compiler" "${wanted[@]}"
}

# What the environment was made from.
fingerprint() { echo "$PWD $1 $(cat pyproject.toml uv.lock geo/cover/*.[ch] patterns/*/*.[ch] patterns/*/*/*.[ch] | cksum)"; }

is_made() {
    [ "$(cat ".venv/.wangge-$1" 2>/dev/null)" = "$(fingerprint "$1")" ] \
        && .venv/bin/python -c 'from wangge.geo.cover import kernel; kernel()' 2>/dev/null
}

# The programs in a virtual environment name their folder, so a moved clone needs a new one.
was_moved() { cat .venv/.wangge-* >/dev/null 2>&1 && ! cat .venv/.wangge-* | grep -qF "$PWD "; }

sync_environment() {
    local python uv
    local -a only=()
    [ "$1" = dev ] || only=(--no-dev --inexact)
    if is_made dev || is_made "$1"; then return; fi
    python=$(find_python)
    uv=$(find_uv)
    if [ -z "$uv" ]; then
        install_uv "$python"
        uv=$tools/bin/uv
    fi
    if [ -e .venv ] && { was_moved || ! is_new_enough .venv/bin/python; }; then rm -rf .venv; fi
    if [ -e .venv ]; then python=.venv/bin/python; fi
    install_compiler "$python"
    say "installing Python packages into .venv ($("$python" --version), $("$uv" --version | cut -d' ' -f1,2))"
    UV_PYTHON_DOWNLOADS=never UV_PYTHON_PREFERENCE=only-system VIRTUAL_ENV='' \
        "$uv" sync --frozen --quiet --compile-bytecode --python "$python" "${only[@]}"
    fingerprint "$1" >".venv/.wangge-$1"
}

# Compiled, a start takes half the time. Python does it by itself only where it may write;
# what was compiled already is passed over. A fault in a file is told by whoever imports it.
compile_ours() { .venv/bin/python -m compileall -qq wangge/*/ || true; }

# ---------------------------------------------------------------- what checks the JavaScript, and what plays the mini-program

# Node and npm come with the Python environment; what they run is pinned in scripts/javascript/package-lock.json.
sync_javascript() {
    local folder=scripts/javascript print
    print=$(cat $folder/package.json $folder/package-lock.json | cksum)
    if [ "$(cat $folder/node_modules/.wangge 2>/dev/null)" = "$print" ]; then return; fi
    say "installing what checks and plays the JavaScript into $folder/node_modules"
    PATH="$PWD/.venv/bin:$PATH" npm ci --prefix $folder --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
    echo "$print" >$folder/node_modules/.wangge
}

# ---------------------------------------------------------------- what the tests use

has_shell() { command -v chromium-headless-shell >/dev/null; } # Chromium without windows: a third less work
has_chromium() { has_shell || command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null; }
offers() { [[ $(apt-cache show "$1" 2>/dev/null) == *"/$1_"* ]]; } # Ubuntu has Chromium as a snap only

# Spark runs on Java 17 or newer.
has_java() {
    local program=${JAVA_HOME:+$JAVA_HOME/bin/}java
    [[ $("$program" -version 2>&1) =~ version\ \"([0-9]+) ]] && [ "${BASH_REMATCH[1]}" -ge 17 ]
}

install_test_programs() {
    local -a wanted=()
    command -v ogr2ogr >/dev/null || wanted+=(gdal-bin)
    command -v curl >/dev/null || wanted+=(curl) # the guide's own lines are run
    command -v jq >/dev/null || wanted+=(jq)
    # The driver of the browser tests is linked with it, and nothing else brings it along.
    compgen -G '/usr/lib/*/libatomic.so.1' >/dev/null || wanted+=(libatomic1)
    compgen -G '/usr/share/fonts/opentype/noto/NotoSansCJK-*' >/dev/null || wanted+=(fonts-noto-cjk)
    if ! has_shell && { may_install || ! has_chromium; }; then
        if command -v apt-get >/dev/null; then apt_refresh chromium; fi
        if offers chromium-headless-shell; then
            wanted+=(chromium-headless-shell)
        elif has_chromium; then
            :
        elif offers chromium; then
            wanted+=(chromium)
        else
            say "no Chromium package here: the tests of the viewer are skipped (they run when chromium is on PATH)"
        fi
    fi
    if ! has_java; then
        if command -v apt-get >/dev/null; then apt_refresh default-jre-headless; fi
        if [[ $(apt-cache depends default-jre-headless 2>/dev/null) =~ openjdk-([0-9]+)-jre && ${BASH_REMATCH[1]} -ge 17 ]]; then
            wanted+=(default-jre-headless)
        else
            say "no Java 17 or newer here: the tests on Spark are skipped (they run when java is on PATH)"
        fi
    fi
    [ ${#wanted[@]} = 0 ] || apt_install "what the tests use" "${wanted[@]}"
}

case $purpose in
    run)
        has_postgis || install_postgis
        sync_environment run
        compile_ours
        ;;
    check)
        sync_environment dev
        compile_ours
        sync_javascript
        ;;
    test)
        has_postgis || install_postgis
        install_test_programs
        sync_environment dev
        compile_ours
        sync_javascript
        ;;
    *)
        give_up "usage: scripts/setup.sh run|check|test"
        ;;
esac
