#!/bin/sh
# Debian's packages that the tests drive: a broker, two databases, an RTSP server, a Modbus library that is not ours and npm for another,
# a browser, its Korean font; and fresh Debian roots to install into. Usage: tools/packages.sh [arm64]: what emulates
# a Pi's processor too
set -eu
PATH="$PATH:/usr/sbin"
missing=""
need() { command -v "$1" >/dev/null || missing="$missing $2"; }
need mosquitto mosquitto
need mosquitto_sub mosquitto-clients
need influxd influxdb
need victoria-metrics victoria-metrics
need chromium chromium
need gcc gcc
need npm npm
need openssl openssl
need git git
[ -e /usr/include/modbus/modbus.h ] || missing="$missing libmodbus-dev libc6-dev"
ls /usr/lib/*/girepository-1.0/GstRtspServer-1.0.typelib >/dev/null 2>&1 || missing="$missing python3-gi gir1.2-gst-rtsp-server-1.0"
[ -d /usr/share/fonts/opentype/noto ] || missing="$missing fonts-noto-cjk"
need shellcheck shellcheck
need systemd-analyze systemd
if [ "$(id -u)" = 0 ]; then # only root can make a root
    need debootstrap debootstrap
    need systemd-nspawn systemd-container
fi
if [ "${1:-}" = arm64 ]; then
    need update-binfmts "qemu-user-static binfmt-support"
    need curl curl
fi
[ -n "$missing" ] || exit 0

if [ "$(id -u)" = 0 ]; then as_root=""; elif sudo -n true 2>/dev/null; then as_root="sudo -n"; else
    echo "시험에 쓰는 것을 설치해 주세요. / The tests need:  sudo apt install$missing" >&2
    exit 2
fi
echo "설치해요. / Installing:$missing" >&2
$as_root apt-get update -qq
# shellcheck disable=SC2086 # a list of words
$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing >/dev/null
