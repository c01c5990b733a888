# shellcheck shell=sh
# The machine: what it must be, the packages of its system, the user, the rules for its devices.

check_system() {
    ID="" VERSION_ID="" arch=$(dpkg --print-architecture 2>/dev/null || uname -m)
    # shellcheck source=/dev/null
    [ ! -r /etc/os-release ] || . /etc/os-release
    case $ID/$VERSION_ID/$arch in
        debian/1[23]/arm64 | debian/1[23]/amd64) return ;;
        raspbian/*/* | */armhf | */armel)
            hint_ko="라즈베리 파이에는 64비트 운영체제를 설치해 주세요."
            hint_en="On a Raspberry Pi, install the 64-bit system." ;;
        *) hint_ko="그래도 해 보려면 --force를 붙여 주세요." hint_en="Add --force to try all the same." ;;
    esac
    [ $force = yes ] ||
        fail 2 "데비안 12, 13(arm64, amd64)에 설치할 수 있어요. 여기는 ${ID:-?} ${VERSION_ID:-?} $arch 예요. $hint_ko" \
            "It installs on Debian 12 and 13 (arm64, amd64); this is ${ID:-?} ${VERSION_ID:-?} $arch. $hint_en"
    say "△ 시험하지 않은 운영체제예요: $ID $VERSION_ID $arch" "not a tested system: $ID $VERSION_ID $arch"
}

installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q '^install ok installed$'; }

install_packages() {
    step "운영체제의 꾸러미" "Packages of the system"
    wanted="python3 python3-venv openssl"
    [ $mosquitto = no ] || wanted="$wanted mosquitto"
    missing=""
    for package in $wanted; do
        installed "$package" || missing="$missing $package"
    done
    if [ -z "$missing" ]; then
        say "모두 있어요: $wanted" "all there: $wanted"
        return
    fi
    quietly apt-get update
    # shellcheck disable=SC2086 # a list of words
    quietly apt-get install -y --no-install-recommends $missing
}

make_user() {
    step "사용자 gongbang" "The user gongbang"
    getent group gongbang >/dev/null || run groupadd --system gongbang
    getent passwd gongbang >/dev/null ||
        run useradd --system --gid gongbang --home-dir "$VAR" --no-create-home --shell /usr/sbin/nologin gongbang
    for group in dialout video input gpio lp; do # serial ports, cameras, scanners that are keyboards, pins, printers
        getent group "$group" >/dev/null || continue
        id -nG gongbang 2>/dev/null | tr ' ' '\n' | grep -qx "$group" || run usermod -aG "$group" gongbang
    done
    folder 0750 root:gongbang "$ETC"
    folder 0750 gongbang:gongbang "$VAR"
    [ $center = no ] || folder 0750 gongbang:gongbang "$VAR-center"
}

install_rules() {
    step "USB 장치의 규칙(udev)" "Rules for USB devices (udev)"
    [ -d /etc/udev/rules.d ] || run mkdir -p /etc/udev/rules.d
    put 0644 root:root "$RULES" <"$HERE/udev/70-gongbang.rules"
    if [ -S /run/udev/control ] && command -v udevadm >/dev/null; then
        run udevadm control --reload
        run udevadm trigger --subsystem-match=usb --subsystem-match=tty --subsystem-match=usb-serial \
            --subsystem-match=video4linux --subsystem-match=input --subsystem-match=hidraw
    else
        say "udev가 돌고 있지 않아요. 다음에 켤 때부터 들어요." "udev does not run here: they hold from the next start."
    fi
}

# What is not ours to change, but good to know. Nothing here is done.
tell_hints() {
    step "살펴볼 것" "Good to know"
    if installed systemd-timesyncd || installed chrony || installed ntpsec; then
        say "✓ 시간 맞춤(NTP)이 있어요" "time is kept by NTP"
    else
        say "△ 시간 맞춤이 없어요: sudo apt install systemd-timesyncd" "nothing keeps the time: sudo apt install systemd-timesyncd"
    fi
    root_options=$(awk '$2 == "/" {print $1 " " $4}' /proc/mounts | tail -n 1)
    case $root_options in
        *noatime*) say "✓ noatime" "noatime" ;;
        /dev/mmcblk*) say "△ SD 카드가 오래 가게 /etc/fstab의 / 줄에 noatime을 더해 주세요" \
            "for the card's life, add noatime to the line of / in /etc/fstab" ;;
    esac
    while read -r place kind _; do
        case $kind/$place in
            file/*) say "△ SD 카드의 스왑($place) 대신 zram이 좋아요: sudo apt install zram-tools" \
                "instead of swapping to $place, use zram: sudo apt install zram-tools" ;;
        esac
    done </proc/swaps
    free_kb=$(df -Pk / | awk 'NR == 2 {print $4}')
    [ "$free_kb" -ge 3000000 ] || say "△ 디스크에 $((free_kb / 1000)) MB 남았어요. 기록은 2 GB까지 써요" \
        "$((free_kb / 1000)) MB are free; the journal takes up to 2 GB"
}
