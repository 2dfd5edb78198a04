#!/usr/bin/env bash
# Puts in place what a command needs, and nothing when it is there already.
#
#   setup.sh run    the product: .venv from requirements.txt, zbar, compiled catalogues
#   setup.sh dev    and the tools of requirements-dev.txt
#   setup.sh test   and Chromium
#   setup.sh ci     and a PostgreSQL server; anything missing is an error
#
# The package index is whichever pip is configured for. System packages come through apt when
# this is root; otherwise a line says what is missing and what is left out for it.
set -euo pipefail
cd "$(dirname "$0")/.."

level=$1
python=.venv/bin/python

say() { echo "set-up: $*" >&2; }

find_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
        if [ -n "$candidate" ] &&
            "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    say "Python 3.11 or newer was not found; name one with PYTHON=/path/to/python"
    return 1
}

# apt PACKAGE...: install; fails when this is not root on Debian or the packages are not to be had.
apt() {
    [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null || return 1
    say "installing $*"
    local install=(env DEBIAN_FRONTEND=noninteractive apt-get install -yqq --no-install-recommends "$@")
    "${install[@]}" </dev/null >/dev/null 2>&1 && return
    apt-get update -qq </dev/null >&2 && "${install[@]}" </dev/null >&2
}

# wants NAME LEFT_OUT PACKAGE...: install the packages, or say what is left out without them.
wants() {
    local name=$1 left_out=$2
    shift 2
    apt "$@" && return
    say "$name is missing: $left_out. To have it: apt-get install $*"
    [ "$level" != ci ]
}

has_zbar() { $python -c 'import ctypes.util, sys; sys.exit(not ctypes.util.find_library("zbar"))'; }
has_chromium() { command -v chromium chromium-browser google-chrome >/dev/null; }
has_postgres() { command -v postgres >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; }

make_environment() {
    # The commands in .venv/bin hold its path, so a moved folder needs a new one.
    if grep -qs "$PWD/.venv/bin/python" .venv/bin/pip && $python -c '' 2>/dev/null; then
        return
    fi
    local base
    base=$(find_python)
    if ! "$base" -c 'import ensurepip, venv' 2>/dev/null && ! apt python3-venv; then
        say "$base cannot make a virtual environment. To have it: apt-get install python3-venv"
        return 1
    fi
    say "making .venv with $("$base" --version)"
    "$base" -m venv --clear .venv
}

# install_locked FILE...: what the lock files name, once for every content of theirs.
install_locked() {
    local installed=.venv/installed-$1
    cat "$@" | cmp -s - "$installed" && return
    say "installing $*"
    local file arguments=()
    for file in "$@"; do arguments+=(-r "$file"); done
    $python -m pip install -qq --disable-pip-version-check --require-hashes "${arguments[@]}"
    cat "$@" >"$installed"
}

install_project() {
    cmp -s pyproject.toml .venv/installed-pyproject.toml && return
    $python -m pip install -qq --disable-pip-version-check \
        --no-index --no-deps --no-build-isolation --editable .
    cp pyproject.toml .venv/installed-pyproject.toml
}

compile_catalogues() {
    local catalogue
    for catalogue in locales/*/LC_MESSAGES/guestcard.po; do
        [ -e "$catalogue" ] || continue
        [ "${catalogue%.po}.mo" -nt "$catalogue" ] && continue
        .venv/bin/pybabel --quiet compile -i "$catalogue" -o "${catalogue%.po}.mo"
    done
}

make_environment
install_locked requirements.txt
if [ "$level" != run ]; then
    install_locked requirements-dev.txt requirements.txt
fi
install_project
compile_catalogues

has_zbar || wants "libzbar0" "receipts are read without the zbar decoder" libzbar0
case $level in test | ci)
    has_chromium || wants "Chromium" "the browser tests are skipped" chromium fonts-dejavu-core
    ;;
esac
case $level in
ci) has_postgres || wants "PostgreSQL" "its tests are skipped" postgresql ;;
test) has_postgres || say "no PostgreSQL server: its tests are skipped. To have it: apt-get install postgresql" ;;
esac
