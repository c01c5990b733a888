# shellcheck shell=sh
# Taking it away again. The journal and the settings stay, unless --purge --yes.

uninstall() {
    if [ $action = purge ] && [ $yes = no ] && [ $dry = no ]; then
        fail 2 "--purge는 기록과 설정까지 지워요. 정말이면 --yes를 붙여 주세요." \
            "--purge removes the journal and the settings too. If you mean it, add --yes."
    fi
    step "지워요" "Removing"
    for service in gongbang gongbang-center; do
        [ -e "$UNITS/$service.service" ] || continue
        ! systemd_runs || run systemctl disable --now --quiet "$service"
        run rm -rf "$UNITS/multi-user.target.wants/$service.service" "$UNITS/$service.service" "$UNITS/$service.service.d"
    done
    ! systemd_runs || run systemctl daemon-reload
    if [ -e /etc/mosquitto/conf.d/gongbang.conf ]; then
        run rm -f /etc/mosquitto/conf.d/gongbang.conf
        ! systemd_runs || run systemctl restart mosquitto || true
    fi
    run rm -f "$RULES"
    case $(readlink /usr/local/bin/gongbang || true) in "$OPT"/*) run rm -f /usr/local/bin/gongbang ;; esac
    run rm -rf "$OPT"
    if [ $action = purge ]; then
        purge
    else
        say "남겨 둔 것: 기록 $VAR, 설정 $ETC $BROKER, 사용자 gongbang" \
            "kept: the journal $VAR, the settings $ETC and $BROKER, the user gongbang"
    fi
    say "운영체제의 꾸러미(mosquitto 등)는 그대로예요." "The system's packages (mosquitto and others) stay."
}

purge() {
    run rm -rf "$VAR" "$VAR-center" "$ETC" "$BROKER"
    ! getent passwd gongbang >/dev/null || run userdel gongbang
    ! getent group gongbang >/dev/null || run groupdel gongbang
    say "기록과 설정도 지웠어요." "The journal and the settings are gone too."
}
