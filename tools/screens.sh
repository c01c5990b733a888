#!/bin/sh
# Build the screens into gateway/web/static and center/static. Uses the machine's Node when new enough, else the one that PyPI carries.
set -eu
cd "$(dirname "$0")/.."

node_is_new_enough() {  # what Vite asks for: 20.19, or 22.12 and newer
    command -v npm >/dev/null && node -e '
        const [major, minor] = process.versions.node.split(".").map(Number);
        process.exit((major === 20 && minor >= 19) || (major === 22 && minor >= 12) || major > 22 ? 0 : 1)' 2>/dev/null
}

if ! node_is_new_enough; then
    [ -x .cache/node/bin/npm ] || {
        mkdir -p .cache
        .venv/bin/python -m venv .cache/node
        .cache/node/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/node.txt
    }
    PATH="$PWD/.cache/node/bin:$PATH"
    export PATH
fi
echo "화면을 만들어요. / Building the screens." >&2
cd dashboard
npm ci --no-audit --no-fund --loglevel=error >&2
npm run --silent build >&2
