#!/bin/sh
# Install, upgrade or remove Gongbang on Debian 12 and 13 (Raspberry Pi OS too). `install.sh --help` tells how.
set -eu
HERE=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
PATH=$PATH:/usr/sbin:/sbin
export DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8
umask 022

OPT=/opt/gongbang
ETC=/etc/gongbang
VAR=/var/lib/gongbang
CONFIG=$ETC/edge_config.yaml
BROKER=/etc/mosquitto/gongbang
UNITS=/etc/systemd/system
RULES=/etc/udev/rules.d/70-gongbang.rules

action=install dry=no force=no mosquitto=as_before center=no yes=no
workshop="" name="" trade="" language="" gateway="" enrolled=""

# shellcheck source=parts/say.sh
. "$HERE/parts/say.sh"
# shellcheck source=parts/system.sh
. "$HERE/parts/system.sh"
# shellcheck source=parts/release.sh
. "$HERE/parts/release.sh"
# shellcheck source=parts/configuration.sh
. "$HERE/parts/configuration.sh"
# shellcheck source=parts/certificates.sh
. "$HERE/parts/certificates.sh"
# shellcheck source=parts/broker.sh
. "$HERE/parts/broker.sh"
# shellcheck source=parts/service.sh
. "$HERE/parts/service.sh"
# shellcheck source=parts/uninstall.sh
. "$HERE/parts/uninstall.sh"

usage() {
    cat <<'END'
공방을 이 기기에 설치해요. 다시 실행하면 새 판으로 바꿔요. / Installs Gongbang on this machine; run again, it upgrades.

  sudo ./install.sh                  설치하거나 새 판으로 바꿔요. / Install or upgrade.
  sudo ./install.sh --dry-run        할 일을 보여 주기만 해요. / Only show what would be done.
  sudo ./install.sh --uninstall      지워요. 기록과 설정은 남겨요. / Remove; the journal and the settings stay.
  sudo ./install.sh --uninstall --purge --yes
                                     기록과 설정까지 지워요. / Remove the journal and the settings too.

처음 설치할 때의 답 (안 주면 물어봐요) / answers for the first installation (asked for when left out):
  --workshop-id ID     공방의 이름표, 소문자 숫자 - _ / the workshop's id: lower case, digits, - _
  --name NAME          화면에 보이는 공방 이름 / the workshop's name on the screen
  --trade TRADE        업종 / the trade: sewing metal jewellery shoes printing other (other)
  --language LANGUAGE  화면의 첫 언어 / the screen's first language: ko en (ko)
  --gateway-id ID      게이트웨이의 이름표 / the gateway's id (기기에서 정해요 / taken from the machine)

선택지 / options:
  --no-mosquitto       이 기기에 MQTT 브로커를 두지 않아요. / No MQTT broker on this machine.
  --mosquitto          안 두었던 브로커를 이제 둬요. / Add the broker that was left out before.
  --center             지원센터도 설치해요. / Install the support center as well.
  --enroll SHOP/GATEWAY
                       그 게이트웨이의 브로커 계정을 만들고 비밀번호를 한 번 보여요.
                       Make that gateway's account on this broker, and show its password once.
  --dry-run            아무것도 바꾸지 않고 할 일만 보여요. / Change nothing; show every action.
  --force              다른 운영체제여도 설치해 봐요. / Try on another system too.
  --uninstall          지워요. / Remove.
  --purge              --uninstall과 함께: 기록과 설정까지 지워요. --yes가 있어야 해요.
                       With --uninstall: the journal and the settings too. Needs --yes.
  --yes                정말로 지워요. / Really.
  -h, --help           이 도움말을 보여요. / Show this help.

끝낼 때의 번호 / exit codes: 0 잘 됨 / well, 1 실패 / failed, 2 선택지나 설정이 틀림 / wrong options or settings.
END
}

options() {
    while [ $# -gt 0 ]; do
        case $1 in
            --workshop-id | --name | --trade | --language | --gateway-id | --enroll)
                [ $# -ge 2 ] || fail 2 "$1: 값이 없어요." "$1 needs a value."
                case $1 in
                    --workshop-id) workshop=$2 ;;
                    --name) name=$2 ;;
                    --trade) trade=$2 ;;
                    --language) language=$2 ;;
                    --gateway-id) gateway=$2 ;;
                    --enroll) enrolled=$2 action=enroll ;;
                esac
                shift ;;
            --no-mosquitto) mosquitto=no ;;
            --mosquitto) mosquitto=yes ;;
            --center) center=yes ;;
            --dry-run) dry=yes ;;
            --force) force=yes ;;
            --uninstall) [ $action = purge ] || action=uninstall ;;
            --purge) action=purge ;;
            --yes) yes=yes ;;
            -h | --help) usage; exit 0 ;;
            *) fail 2 "모르는 선택지예요: $1 (--help)" "unknown option: $1 (--help)" ;;
        esac
        shift
    done
}

install() {
    check_system
    recall_choices
    find_release
    ask_questions
    install_packages
    make_user
    make_release
    read_ids
    [ $mosquitto = no ] || set_up_broker
    write_configuration # when all that it names is there: a run that failed half-way can be run again
    install_rules
    check_configuration
    switch_over
    remove_old_releases
    tell_hints
    tell_next
}

unfinished() { # STATUS; what was refused has been told
    case $1 in 0 | 2) ;; *) say "끝까지 하지 못했어요. 까닭을 없앤 뒤 다시 실행하면 이어서 해요." \
        "Not finished. Mend the cause and run it again: it goes on from there." >&2 ;; esac
}

options "$@"
[ $dry = yes ] || [ "$(id -u)" = 0 ] || fail 2 "관리자로 실행해 주세요: sudo $0" "Run it as root: sudo $0"
only_one
trap 'unfinished $?' EXIT
case $action in
    install) install ;;
    enroll) enroll ;;
    uninstall | purge) uninstall ;;
esac
