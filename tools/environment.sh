#!/bin/sh
# Make .venv with the pinned packages. Usage: tools/environment.sh run|dev
set -eu
cd "$(dirname "$0")/.."
kind=$1

find_python() {
    for python in ${PYTHON:-} python3.11 python3.12 python3.13 python3.14 python3; do
        if "$python" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    echo "Python 3.11-3.14이 필요해요. / Python 3.11 to 3.14 is needed:  sudo apt install python3 python3-venv" >&2
    exit 2
}

make_venv() {
    python=$(find_python)
    "$python" -m venv .venv >/dev/null 2>&1 && return
    rm -rf .venv
    "$python" -m virtualenv -q .venv 2>/dev/null && return
    rm -rf .venv
    # Debian keeps ensurepip in a package of its own.
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv; } >/dev/null 2>&1 || true
        "$python" -m venv .venv >/dev/null 2>&1 && return
        rm -rf .venv
    fi
    echo "가상 환경을 만들 수 없어요. / The environment cannot be made. 설치 / install:  sudo apt install python3-venv" >&2
    exit 2
}

[ -x .venv/bin/python ] || make_venv
echo "파이썬 꾸러미를 설치해요 (처음 한 번). / Installing the Python packages (once)." >&2
.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r "requirements/$kind.txt"
.venv/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
touch ".venv/$kind.stamp"
