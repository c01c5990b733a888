# shellcheck shell=sh
# Mosquitto: who may come, and which topics are whose. Accounts and lines that the owner adds are kept.

CONF=/etc/mosquitto/conf.d/gongbang.conf
broker_changed=no viewer_password=""

set_up_broker() {
    step "MQTT 브로커(Mosquitto)" "MQTT broker (Mosquitto)"
    refuse_foreign_settings
    folder 0750 root:mosquitto "$BROKER"
    make_authority
    make_certificate
    [ -e "$BROKER/passwd" ] || put 0600 mosquitto:mosquitto "$BROKER/passwd" </dev/null
    [ -e "$BROKER/acl" ] || acl_head | put 0600 mosquitto:mosquitto "$BROKER/acl"

    account_with_file "$gateway" "$ETC/broker.password"
    allow "$gateway" "topic readwrite gongbang/v1/$workshop/$gateway/#"
    if ! has_account viewer; then
        viewer_password=$(password)
        account viewer "$viewer_password"
    fi
    allow viewer "topic read gongbang/v1/$workshop/#"
    if [ $center = yes ]; then
        account_with_file center "$ETC/center.password"
        allow center "topic read gongbang/v1/+/+/journal/+" "topic read gongbang/v1/+/+/status" \
            "topic write gongbang/v1/+/+/ack/+"
    fi
    cmp -s "$HERE/mosquitto/gongbang.conf" "$CONF" || broker_changed=yes
    put 0644 root:root "$CONF" <"$HERE/mosquitto/gongbang.conf"
    restart_broker
}

# Two password files or two listeners on a port would keep Mosquitto from starting, and take what it serves today.
refuse_foreign_settings() {
    foreign=$(grep -lE '^[[:space:]]*(listener|port|password_file|acl_file|allow_anonymous|per_listener_settings)[[:space:]]' \
        /etc/mosquitto/mosquitto.conf /etc/mosquitto/conf.d/*.conf 2>/dev/null | grep -vxF "$CONF" | tr '\n' ' ' || true)
    [ -z "$foreign" ] || fail 2 "Mosquitto에 이미 다른 설정이 있어요: $foreign. 그 브로커를 그대로 쓰려면 --no-mosquitto를 주세요." \
        "Mosquitto has settings of its own: $foreign. To leave it as it is: --no-mosquitto"
}

acl_head() {
    echo "# Who may use which topics. install.sh adds what is missing; your own lines stay."
    echo "# A line that begins with 'topic' belongs to the 'user' above it."
}

has_account() { [ -e "$BROKER/passwd" ] && cut -d: -f1 "$BROKER/passwd" | grep -qxF "$1"; }

password() { head -c 18 /dev/urandom | base64 | tr '+/' '-_'; }

# Make an account, or give it another password. The password never stands in a command's arguments.
account() { # USER PASSWORD
    if [ "$dry" = yes ]; then
        printf '+ account %s in %s\n' "$1" "$BROKER/passwd"
        return
    fi
    one=$(umask 077 && mktemp)
    printf '%s:%s\n' "$1" "$2" >"$one"
    mosquitto_passwd -U "$one"
    { USER_NAME=$1 awk -F: '$1 != ENVIRON["USER_NAME"]' "$BROKER/passwd"; cat "$one"; } |
        put 0600 mosquitto:mosquitto "$BROKER/passwd"
    rm "$one"
    broker_changed=yes
}

account_with_file() { # USER FILE
    if has_account "$1" && [ -s "$2" ]; then return; fi
    secret=$(password)
    account "$1" "$secret"
    printf '%s\n' "$secret" | put 0640 root:gongbang "$2"
}

# Give a user these topics, if the user has no line yet.
allow() { # USER LINE...
    user=$1
    shift
    ! grep -qxF "user $user" "$BROKER/acl" 2>/dev/null || return 0
    {
        [ ! -e "$BROKER/acl" ] || cat "$BROKER/acl"
        printf '\nuser %s\n' "$user"
        printf '%s\n' "$@"
    } | put 0600 mosquitto:mosquitto "$BROKER/acl"
    [ "$dry" = no ] || printf '+   user %s: %s\n' "$user" "$*"
    broker_changed=yes
}

restart_broker() {
    [ $broker_changed = yes ] || return 0
    if ! systemd_runs; then
        say "systemd가 돌고 있지 않아요. 다음에 켤 때 새 설정으로 돌아요." "systemd does not run here: the broker takes it at its next start."
        return
    fi
    run systemctl enable --quiet mosquitto
    run systemctl restart mosquitto || {
        mv "$CONF" "$CONF.refused"
        systemctl restart mosquitto || true
        fail 1 "Mosquitto가 시작하지 않아서 설정을 뺐어요: $CONF.refused (journalctl -u mosquitto)" \
            "Mosquitto did not start, so the settings were taken out: $CONF.refused (journalctl -u mosquitto)"
    }
}

# Another gateway's account, on the broker of a shop or of the center.
enroll() {
    other_workshop=${enrolled%%/*} other_gateway=${enrolled#*/}
    if ! slug "$other_workshop" || ! slug "$other_gateway" || [ "$enrolled" != "$other_workshop/$other_gateway" ]; then
        fail 2 "--enroll: 공방/게이트웨이로 적어 주세요: changsin-017/gw_1" "--enroll: SHOP/GATEWAY, as changsin-017/gw_1"
    fi
    [ -e "$CONF" ] || fail 2 "이 기기에는 브로커가 없어요. 먼저 설치해 주세요." "No broker of ours on this machine: install it first."
    ! has_account "$enrolled" || fail 2 "이미 있는 계정이에요: $enrolled" "There is such an account: $enrolled"
    secret=$(password)
    account "$enrolled" "$secret"
    allow "$enrolled" "topic readwrite gongbang/v1/$enrolled/#"
    restart_broker
    [ "$dry" = yes ] && return
    say "사용자" "user: $enrolled"
    say "비밀번호 (다시 보여 주지 않아요)" "password (not shown again): $secret"
    say "인증서(CA)" "certificate (CA): $ETC/ca.crt"
}
