# shellcheck shell=sh
# A certificate authority of this machine's own, and the broker's certificate by it.

# A Pi without a clock wakes up in the past: what begins to be valid today would be refused then, so it begins long ago.
VALID="-startdate 20200101000000Z -enddate 20491231235959Z"

names() { # what the broker may be called: localhost, the host's names, its addresses
    host=$(hostname)
    printf 'DNS:localhost,DNS:%s,DNS:%s.local,IP:127.0.0.1,IP:::1' "$host" "${host%%.*}"
    for address in $(hostname -I 2>/dev/null); do
        case $address in
            fe80:* | 127.* | ::1) ;;
            *) printf ',IP:%s' "$address" ;;
        esac
    done
}

make_authority() {
    folder 0700 root:root "$ETC/ca"
    if [ -e "$ETC/ca/ca.key" ] && [ -e "$ETC/ca.crt" ]; then return; fi
    if [ "$dry" = yes ]; then
        printf '+ make a certificate authority: %s, %s\n' "$ETC/ca/ca.key" "$ETC/ca.crt"
        return
    fi
    work=$(mktemp -d)
    key "$work/ca.key"
    openssl req -new -key "$work/ca.key" -subj "/CN=Gongbang CA $(hostname)" -out "$work/ca.csr"
    sign "$work" -selfsign -keyfile "$work/ca.key" -extensions authority -in "$work/ca.csr" -out "$work/ca.crt"
    put 0600 root:root "$ETC/ca/ca.key" <"$work/ca.key"
    put 0644 root:root "$ETC/ca.crt" <"$work/ca.crt"
    rm -r "$work"
}

# The certificate is made anew when the machine's names or addresses have changed, or the authority has.
make_certificate() {
    wanted_names=$(names)
    if [ -e "$BROKER/server.key" ] && [ "$(cat "$BROKER/names" 2>/dev/null)" = "$wanted_names" ] &&
        openssl verify -no_check_time -CAfile "$ETC/ca.crt" "$BROKER/server.crt" >/dev/null 2>&1; then return; fi
    if [ "$dry" = yes ]; then
        printf '+ make a certificate for %s: %s\n' "$wanted_names" "$BROKER/server.crt"
        return
    fi
    work=$(mktemp -d)
    key "$work/server.key"
    openssl req -new -key "$work/server.key" -subj "/CN=$(hostname)" -out "$work/server.csr"
    sign "$work" -cert "$ETC/ca.crt" -keyfile "$ETC/ca/ca.key" -extensions server \
        -in "$work/server.csr" -out "$work/server.crt"
    put 0640 root:mosquitto "$BROKER/server.key" <"$work/server.key"
    put 0644 root:root "$BROKER/server.crt" <"$work/server.crt"
    printf '%s\n' "$wanted_names" | put 0644 root:root "$BROKER/names"
    rm -r "$work"
    broker_changed=yes
}

key() { (umask 077 && openssl ecparam -name prime256v1 -genkey -noout -out "$1"); }

# `openssl ca` is the one that can set both dates, also in the OpenSSL of Debian 12.
sign() { # WORK OPTIONS...
    at=$1
    shift
    : >"$at/index"
    printf '40%s\n' "$(openssl rand -hex 15)" >"$at/serial"
    cat >"$at/ca.conf" <<END
[ca]
default_ca = own
[own]
database = $at/index
serial = $at/serial
new_certs_dir = $at
default_md = sha256
policy = anything
unique_subject = no
[anything]
commonName = supplied
[authority]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical,CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = $(names)
END
    # shellcheck disable=SC2086 # the dates are words
    openssl ca -batch -config "$at/ca.conf" -notext $VALID "$@" 2>"$at/said" || {
        cat "$at/said" >&2
        fail 1 "인증서를 만들지 못했어요." "The certificate could not be made."
    }
}
