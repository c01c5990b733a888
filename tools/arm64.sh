#!/bin/sh
# The installation and the tests on arm64, a Raspberry Pi's processor, emulated: a fresh Debian, our wheels, a minute of
# the demo, the unit tests. Needs root. Exits 77 where this machine cannot run arm64 programs.
set -eu
cd "$(dirname "$0")/.."
PATH=$PATH:/usr/sbin:/sbin
suite=${SUITE:-bookworm}
minor=3.11
[ "$suite" = bookworm ] || minor=3.13
port=18080 mqtt_port=18883

say() { echo "== $1 / $2"; }
lacking() { echo "건너뛰어요: $1 / Skipped: $2"; exit 77; }
timed() { # NAME COMMAND...: how long it took, emulated
    name=$1 began=$(date +%s)
    shift
    "$@"
    echo "-- $name: $(($(date +%s) - began)) s"
}

[ "$(id -u)" = 0 ] || lacking "관리자(root)로 실행해야 해요" "it must be run as root"
if [ "$(dpkg --print-architecture)" != arm64 ]; then
    tools/packages.sh arm64
    formats=/proc/sys/fs/binfmt_misc
    [ -e $formats/register ] || mount -t binfmt_misc binfmt_misc $formats 2>/dev/null ||
        lacking "커널에 binfmt_misc가 없어요" "the kernel has no binfmt_misc"
    [ -e $formats/qemu-aarch64 ] || update-binfmts --enable qemu-aarch64 2>/dev/null || true
    grep -q '^flags:.*F' $formats/qemu-aarch64 2>/dev/null ||
        lacking "qemu-aarch64가 등록되어 있지 않아요" "qemu-aarch64 is not registered with binfmt_misc"
fi

root=$(mktemp -d /var/tmp/gongbang-arm64.XXXXXX)
clean_up() {
    # Whatever still runs in there would keep it mounted: only what has its root in this folder.
    for process in /proc/[0-9]*; do
        [ "$(readlink "$process/root" 2>/dev/null)" != "$root" ] || kill -9 "${process#/proc/}" 2>/dev/null || true
    done
    tools/root.sh unmount "$root"
    rm -rf --one-file-system "$root"
}
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

say "데비안 $suite arm64" "Debian $suite arm64"
timed debootstrap tools/root.sh make arm64 "$suite" "$root"
tools/root.sh mount "$root"
timed package tools/package.sh --arch aarch64 --python $minor --out "$root/release" --no-archive
inside() { chroot "$root" env -i PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin HOME=/root LANG=C.UTF-8 "$@"; }
inside uname -a

say "설치" "Installation"
timed install inside sh -c 'exec /release/gongbang-*/install.sh --workshop-id arm-1 --name "시험 공방" --trade sewing </dev/null'
timed check inside runuser -u gongbang -- gongbang check -c /etc/gongbang/edge_config.yaml
inside /opt/gongbang/current/bin/python -c '
import platform, apsw, cv2, numpy, zxingcpp
code = zxingcpp.create_barcode("gongbang", zxingcpp.BarcodeFormat.Code128).to_image(scale=3)
read = zxingcpp.read_barcodes(cv2.GaussianBlur(numpy.array(code), (3, 3), 0))[0].text
print(platform.machine(), "Python", platform.python_version(), "numpy", numpy.__version__, "OpenCV", cv2.__version__,
      "SQLite", apsw.sqlite_lib_version(), "zxing-cpp reads", read)'

say "시험 공방을 1분" "A minute of the demo"
timed demo inside sh -c "cd /tmp && exec runuser -u gongbang -- gongbang demo --for-s 60 --ready-s 600 \
    --port $port --mqtt-port $mqtt_port" >"$root/demo.log" 2>&1 &
demo=$!
seen=""
while kill -0 $demo 2>/dev/null; do # what it shows in its last moments is what is printed
    found=$(curl -fsS "http://127.0.0.1:$port/api/v1/points" 2>/dev/null || true)
    [ -z "$found" ] || seen=$found
    sleep 2
done
wait $demo || { cat "$root/demo.log"; exit 1; }
cat "$root/demo.log"
printf '%s' "$seen" | .venv/bin/python -c '
import json, sys
points = json.load(sys.stdin)["points"]
read = [point for point in points if point["value"] is not None]
print(f"-- demo: {len(read)} of {len(points)} points have a value")
sys.exit(len(read) < len(points) * 0.9)'

say "시험" "Tests"
# Not: what needs a browser (dashboard, e2e), a C compiler or a broker (drivers, publish): none of it is in a small root.
wanted="pytest pytest-timeout hypothesis httpx httpcore iniconfig pluggy packaging sortedcontainers"
.venv/bin/python tools/lock_for.py requirements/dev.txt $minor aarch64 |
    grep -E "^($(echo "$wanted" | tr ' ' '|'))==" >"$root/tests.txt"
# shellcheck disable=SC2046 # a list of words
.venv/bin/python -m pip download -qq --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
    --implementation cp --python-version $minor --platform manylinux2014_aarch64 --platform manylinux_2_17_aarch64 \
    -r "$root/tests.txt" -d "$root/wheels"
mkdir "$root/src"
git ls-files -z --cached --others --exclude-standard | tar --null -T - -c --ignore-failed-read | tar -x -C "$root/src"
# shellcheck disable=SC2016 # the shell in there expands it
inside sh -euc '
    python3 -m venv /tests
    /tests/bin/pip --isolated install -q --no-deps --no-index --find-links /wheels --require-hashes -r /tests.txt
    echo /opt/gongbang/current/lib/python3*/site-packages >"$(echo /tests/lib/python3*/site-packages)/gongbang.pth"'
mv "$root/etc/gongbang" "$root/etc/gongbang.installed" # the tests of the example look for files that no shop has yet
timed tests inside sh -c 'cd /src && /tests/bin/python -m pytest -q -p no:cacheprovider --timeout 3600 -m "not slow" \
    tests/barcodes tests/sensors tests/language tests/config tests/engine tests/work tests/journal tests/gateway'
say "모두 잘 됐어요" "All is well"
