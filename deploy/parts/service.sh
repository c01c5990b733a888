# shellcheck shell=sh
# The services: placed, started, looked at, and taken back when the new version does not become ready.

READY_S=300 # a Pi of 1 GB, with a journal that is mended first

systemd_runs() { [ -d /run/systemd/system ] && command -v systemctl >/dev/null; }

services() {
    echo gongbang
    [ $center = no ] || echo gongbang-center
}

place_units() { # RELEASE
    for service in $(services); do
        from=$1/deploy
        [ $dry = no ] || from=$HERE/systemd
        put 0644 root:root "$UNITS/$service.service" <"$from/$service.service"
        enable_unit "$service"
    done
    if [ "$(systemd_version)" -ge 254 ]; then
        for service in $(services); do
            run mkdir -p "$UNITS/$service.service.d"
            put 0644 root:root "$UNITS/$service.service.d/back-off.conf" <"$HERE/systemd/newer/back-off.conf"
        done
    fi
    ! systemd_runs || run systemctl daemon-reload
}

systemd_version() {
    found=$(systemctl --version 2>/dev/null | awk 'NR == 1 {print int($2)}')
    echo "${found:-0}"
}

enable_unit() { # by hand where systemd is not installed (yet)
    run mkdir -p "$UNITS/multi-user.target.wants"
    run ln -sfn "$UNITS/$1.service" "$UNITS/multi-user.target.wants/$1.service"
}

switch_over() {
    step "새 판으로 바꿔요" "Switching over"
    previous=$(readlink "$OPT/current" 2>/dev/null || true)
    [ "$previous" != "$release" ] || previous=""
    point_to "$release"
    place_units "$release"
    if ! systemd_runs; then
        say "systemd가 돌고 있지 않아요. 다음에 켤 때 시작해요." "systemd does not run here: it starts with the machine."
        return
    fi
    if start; then
        say "✓ 준비됐어요" "ready"
    elif [ -n "$previous" ]; then
        take_back
    else
        fail 1 "시작하지 못했어요: journalctl -u gongbang -n 50" "It did not start: journalctl -u gongbang -n 50"
    fi
    [ $center = no ] || run systemctl restart gongbang-center ||
        say "△ 지원센터가 시작하지 않았어요: journalctl -u gongbang-center" "the center did not start: journalctl -u gongbang-center"
}

# A start waits for READY: the journal is open and the dashboard listens.
start() { run timeout "$READY_S" systemctl restart gongbang && settled; }

# One that falls over in its first seconds is not ready either.
settled() {
    [ $dry = no ] || return 0
    sleep 5
    systemctl is-active --quiet gongbang
}

take_back() {
    say "✗ 새 판이 준비되지 않아서 되돌려요: $previous" "the new version did not become ready: going back to $previous"
    journalctl -u gongbang -n 20 --no-pager -o cat >&2 || true
    point_to "$previous"
    place_units "$previous"
    run systemctl reset-failed gongbang || true
    if start; then
        fail 1 "앞의 판이 다시 돌고 있어요. 새 판은 여기 있어요: $release" "The version before runs again. The new one is here: $release"
    fi
    fail 1 "앞의 판도 준비되지 않아요: journalctl -u gongbang -n 50" "Nor is the version before ready: journalctl -u gongbang -n 50"
}

setup_code() {
    if [ $dry = yes ] || ! systemd_runs || [ -e "$VAR/accounts.json" ]; then return 0; fi
    journalctl -u gongbang -n 200 --no-pager -o cat 2>/dev/null | sed -n 's/.*set-up code: \([0-9]*\).*/\1/p' | tail -n 1
}

tell_next() {
    step "이제" "Now"
    host=$(hostname)
    address=$(hostname -I 2>/dev/null | awk '{print $1}')
    say "화면" "dashboard:   http://${host%%.*}.local:8080/${address:+   http://$address:8080/}"
    code=$(setup_code)
    if [ -n "$code" ]; then
        say "처음 여는 번호" "set-up code: $code"
    elif [ ! -e "$VAR/accounts.json" ]; then
        say "처음 여는 번호 보기" "to see the set-up code:  sudo journalctl -u gongbang | grep 'set-up code' | tail -n 1"
    fi
    say "설정" "settings:    $CONFIG"
    say "  확인하고 바꾸기" "check, and take:  sudo gongbang check -c $CONFIG && sudo systemctl reload gongbang"
    say "  장치 살펴보기" "look at everything:  sudo gongbang doctor -c $CONFIG"
    [ $mosquitto = no ] || say "브로커" "broker:      ${host%%.*}.local:8883 (TLS, CA: $ETC/ca.crt)"
    if [ -n "$viewer_password" ] && [ $dry = no ]; then
        say "  보기만 하는 계정" "read-only account:  viewer"
        say "  비밀번호 (다시 보여 주지 않아요)" "password (not shown again):  $viewer_password"
    fi
    [ $center = no ] || say "지원센터" "support center: http://127.0.0.1:8090/  ($ETC/center.yaml)"
}
