#!/bin/sh
# A fresh Debian in a folder, for the tests of the installation. Needs root, debootstrap and this machine's own mirror.
# Usage: tools/root.sh make amd64|arm64 bookworm|trixie FOLDER   debootstrap, kept under ~/.cache for the next time
#        tools/root.sh mount FOLDER | unmount FOLDER             its /proc, /dev and /sys
set -eu
PATH=$PATH:/usr/sbin:/sbin
cache=${XDG_CACHE_HOME:-$HOME/.cache}/gongbang/roots
keys=/usr/share/keyrings/debian-archive-keyring.gpg
# What Raspberry Pi OS has and a minimal Debian has not.
with=systemd,systemd-sysv,dbus,udev,iproute2

mirror() { # the one that this machine itself installs from
    cat /etc/apt/sources.list.d/*.sources /etc/apt/sources.list /etc/apt/sources.list.d/*.list 2>/dev/null | awk '
        $1 == "URIs:" && $2 ~ /debian\/?$/ {print $2; exit}
        $1 == "deb" {for (i = 2; i < NF; i++) if ($i ~ /^[a-z]+:.*debian\/?$/) {print $i; exit}}'
}

settle() { # SUITE FOLDER: what this machine needs to reach its mirror, so does the root
    printf 'deb %s %s main\n' "$(mirror)" "$1" >"$2/etc/apt/sources.list"
    cp -R /etc/apt/apt.conf.d/. "$2/etc/apt/apt.conf.d/"
    for file in /etc/resolv.conf /etc/hosts /etc/pip.conf /etc/ssl/certs/ca-certificates.crt; do
        [ -e "$file" ] || continue
        mkdir -p "$2$(dirname "$file")"
        cp -L "$file" "$2$file"
    done
    mkdir -p "$2/usr/sbin"
    printf '#!/bin/sh\nexit 101\n' >"$2/usr/sbin/policy-rc.d" # a package must not start its daemon in a folder
    chmod +x "$2/usr/sbin/policy-rc.d"
}

make() { # ARCH SUITE FOLDER
    kept=$cache/$2-$1
    if [ ! -e "$kept/complete" ]; then
        [ -n "$(mirror)" ] || { echo "no Debian mirror in /etc/apt" >&2; exit 77; }
        rm -rf "$kept"
        mkdir -p "$kept"
        debootstrap --arch="$1" --variant=minbase --include="$with" --keyring="$keys" "$2" "$kept/root" "$(mirror)" >"$kept/log" ||
            { tail -n 20 "$kept/log" >&2; exit 1; }
        touch "$kept/complete"
    fi
    mkdir -p "$3"
    cp -a "$kept/root/." "$3/"
    settle "$2" "$3"
}

case ${1:-} in
    make) make "$2" "$3" "$4" ;;
    mount)
        mount -t proc proc "$2/proc"
        mount --rbind --make-rslave /dev "$2/dev"
        mount -t sysfs -o ro sysfs "$2/sys" ;;
    unmount)
        for place in sys dev proc; do
            ! mountpoint -q "$2/$place" || umount -R "$2/$place" || umount -R -l "$2/$place"
        done ;;
    *) sed -n '3,4s/^# //p' "$0" >&2; exit 2 ;;
esac
