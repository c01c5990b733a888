#!/bin/sh
# Build dist/gongbang-<version>/: our wheel, the wheels of every pinned dependency, and deploy/. It installs without a
# network. Usage: tools/package.sh [--arch aarch64|x86_64]... [--python 3.11|3.13]... [--this] [--out FOLDER] [--no-archive]
set -eu
cd "$(dirname "$0")/.."
archs="" pythons="" out=dist archive=yes
python=.venv/bin/python

wrong() { echo "$1" >&2; exit 2; }

machine() {  # the name that wheels have for an architecture
    case $1 in
        aarch64 | arm64) echo aarch64 ;;
        x86_64 | amd64) echo x86_64 ;;
        *) wrong "그런 기종은 없어요. / no such architecture: $1 (aarch64, x86_64)" ;;
    esac
}

while [ $# -gt 0 ]; do
    case $1 in
        --arch) archs="$archs $(machine "$2")"; shift ;;
        --python) pythons="$pythons $2"; shift ;;
        --this)
            archs=$(machine "$(uname -m)")
            pythons=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])') ;;
        --out) out=$2; shift ;;
        --no-archive) archive=no ;;
        *) wrong "$(sed -n '2,3s/^# //p' "$0")" ;;
    esac
    shift
done
[ -e gateway/printing/static/OFL.txt ] || wrong "글꼴이 없어요. / The typeface is not there:  tools/screens.sh"
for screen in gateway/web/static center/static; do
    [ -e "$screen/index.html" ] || wrong "화면이 없어요. / The screens are not built:  tools/screens.sh"
done

version=$("$python" -c 'from gateway.version import VERSION; print(VERSION)')
release=$out/gongbang-$version
stage=$(mktemp -d)
trap 'rm -rf "$stage"' EXIT
rm -rf "$release" "$release.tar.gz"
mkdir -p "$release/wheels"

# The sources are copied, so that nothing of a build is left among them; the demo's shop goes into the wheel.
tar -c --exclude=__pycache__ --exclude='kernel-*.so' barcodes sensors drivers gateway center pyproject.toml README.md LICENSE NOTICE |
    tar -x -C "$stage"
cp edge_config.yaml "$stage/gateway/demo/"
for arch in ${archs:-aarch64 x86_64}; do tools/kernel.sh "$arch" "$stage/gateway/engine/kernel-$arch.so"; done
SOURCE_DATE_EPOCH=$(git log -1 --format=%ct 2>/dev/null || date +%s)
export SOURCE_DATE_EPOCH
"$python" -m pip wheel --quiet --disable-pip-version-check --no-deps --no-build-isolation -w "$release/wheels" "$stage"
wheel=$(echo "$release"/wheels/gongbang-*.whl)
{
    echo "gongbang[backup,camera,demo,gpio,influxdb,notify]==$version --hash=sha256:$(sha256sum "$wheel" | cut -d' ' -f1)"
    cat requirements/run.txt
} >"$release/requirements.txt"

platforms() {  # every glibc up to Debian 12's, whose wheels Debian 13 takes too
    for minor in $(seq 17 36); do printf -- '--platform manylinux_2_%s_%s ' "$minor" "$1"; done
    printf -- '--platform manylinux2014_%s' "$1"
}

failed=""
for arch in ${archs:-aarch64 x86_64}; do
    for minor in ${pythons:-3.11 3.13}; do
        "$python" tools/lock_for.py requirements/run.txt "$minor" "$arch" >"$stage/lock.txt"
        # shellcheck disable=SC2046 # a list of words
        if "$python" -m pip download -qq --disable-pip-version-check --require-hashes --no-deps \
            --only-binary :all: --implementation cp --python-version "$minor" $(platforms "$arch") \
            -r "$stage/lock.txt" -d "$release/wheels"; then
            echo "$arch $minor" >>"$release/pairs"
        else
            failed="$failed $arch/$minor"
        fi
    done
done
[ -z "$failed" ] || wrong "꾸러미가 없어요. / Wheels are missing for:$failed"

cp -R deploy/. "$release/"
cp LICENSE NOTICE "$release/"
printf '%s\n' "$version" >"$release/VERSION"
if [ $archive = yes ]; then
    tar -C "$out" --owner=0 --group=0 -czf "$release.tar.gz" "gongbang-$version"
    (cd "$out" && sha256sum "gongbang-$version.tar.gz" >"gongbang-$version.tar.gz.sha256")
fi
echo "$release"
