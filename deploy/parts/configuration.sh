# shellcheck shell=sh
# The configuration: asked for once, written once, and never written over.

TRADES="sewing metal jewellery shoes printing other"

slug() { printf '%s\n' "$1" | grep -qxE '[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?'; }

# What was chosen at the first installation holds for an upgrade too.
recall_choices() {
    if [ "$mosquitto" = as_before ]; then
        mosquitto=yes
        if [ -e "$CONFIG" ] && [ ! -d "$BROKER" ]; then mosquitto=no; fi
    fi
    [ ! -e "$UNITS/gongbang-center.service" ] || center=yes
}

check_answers() {
    [ -z "$workshop" ] || slug "$workshop" ||
        fail 2 "--workshop-id: 소문자, 숫자, -, _ 로 63자까지예요: $workshop" \
            "--workshop-id: up to 63 of a-z 0-9 - _: $workshop"
    [ -z "$gateway" ] || slug "$gateway" ||
        fail 2 "--gateway-id: 소문자, 숫자, -, _ 로 63자까지예요: $gateway" "--gateway-id: up to 63 of a-z 0-9 - _: $gateway"
    [ "$name" = "$(printf '%s' "$name" | tr -d '[:cntrl:]')" ] ||
        fail 2 "--name: 한 줄로 적어 주세요." "--name: one line."
    case " $TRADES " in
        *" ${trade:-other} "*) ;;
        *) fail 2 "--trade: 이 가운데 하나예요: $TRADES" "--trade: one of $TRADES" ;;
    esac
    case ${language:-ko} in
        ko | en) ;;
        *) fail 2 "--language: ko 또는 en이에요." "--language: ko or en." ;;
    esac
}

ask() { # KO EN DEFAULT: answers in $answer
    printf '%s / %s%s: ' "$1" "$2" "${3:+ [$3]}" >&2
    IFS= read -r answer || answer=""
    answer=${answer:-$3}
}

ask_questions() {
    check_answers
    if [ ! -e "$CONFIG" ]; then
        if [ $dry = yes ]; then
            workshop=${workshop:-WORKSHOP} name=${name:-NAME}
        elif [ -t 0 ]; then
            ask_for_answers
        elif [ -z "$workshop" ] || [ -z "$name" ]; then
            fail 2 "터미널이 아니라서 물어볼 수 없어요. --workshop-id와 --name을 주세요." \
                "No terminal to ask on: give --workshop-id and --name."
        fi
        trade=${trade:-other} language=${language:-ko}
    fi
}

ask_for_answers() {
    step "이 공방은" "This workshop"
    [ -n "$language" ] || { ask "화면의 언어 (ko, en)" "Language of the screen (ko, en)" ko; language=$answer; check_answers; }
    while [ -z "$name" ]; do
        ask "공방 이름 (예: 창신 봉제 17호)" "The workshop's name" ""
        name=$(printf '%s' "$answer" | tr -d '[:cntrl:]')
    done
    while [ -z "$workshop" ] || ! slug "$workshop"; do
        ask "공방의 이름표, 센터에서 받은 것 (예: changsin-017)" "The workshop's id, as the centre gave it (changsin-017)" ""
        workshop=$answer
    done
    while [ -z "$trade" ]; do
        ask "업종 ($TRADES)" "Trade" other
        case " $TRADES " in *" $answer "*) trade=$answer ;; esac
    done
}

# A text as YAML writes it in double quotes.
quoted() { printf '"%s"' "$(printf '%s' "$1" | sed 's/\\/\\\\/g; s/"/\\"/g')"; }

# Print a template with its @WORDS@ filled in. awk takes them from the environment, where nothing in them means anything.
filled() { # TEMPLATE
    G_GATEWAY=$gateway G_WORKSHOP=$workshop G_NAME=$(quoted "$name") G_TRADE=$trade G_LANGUAGE=$language \
        G_PUBLISH=${publish:-} awk '
        function fill(line, word, value,    at) {
            at = index(line, word)
            return at ? substr(line, 1, at - 1) value substr(line, at + length(word)) : line
        }
        {
            line = fill($0, "@GATEWAY@", ENVIRON["G_GATEWAY"])
            line = fill(line, "@WORKSHOP@", ENVIRON["G_WORKSHOP"])
            line = fill(line, "@TRADE@", ENVIRON["G_TRADE"])
            line = fill(line, "@LANGUAGE@", ENVIRON["G_LANGUAGE"])
            line = fill(line, "@PUBLISH@", ENVIRON["G_PUBLISH"])
            print fill(line, "@NAME@", ENVIRON["G_NAME"])  # last: a name may look like any of them
        }' "$1"
}

# Who this is: the ids stand in topics and accounts. A file that is there is only read for them; it is checked later,
# when everything that it names has been made.
read_ids() {
    if [ "$dry" = yes ]; then
        workshop=${workshop:-WORKSHOP} gateway=${gateway:-GATEWAY}
        return
    fi
    ids=$("$release/bin/python" -I - "$CONFIG" "$workshop" "$gateway" <<'END'
import pathlib
import sys

from gateway.identity import gateway_id
from ruamel.yaml import YAML

file, workshop, gateway = pathlib.Path(sys.argv[1]), *sys.argv[2:]
if file.exists():
    tree = YAML(typ="safe").load(file) or {}
    workshop, gateway = tree["workshop"]["id"], (tree.get("gateway") or {}).get("id")
print(workshop, gateway_id(gateway or None))
END
) || refuse_configuration
    workshop=${ids% *} gateway=${ids#* }
    if ! slug "$workshop" || ! slug "$gateway"; then refuse_configuration; fi
}

refuse_configuration() {
    fail 2 "설정이 새 판에 맞지 않아요: $CONFIG. 고친 뒤 다시 실행해 주세요. 지금 것은 그대로 돌아요." \
        "The new version refuses $CONFIG. Mend it and run this again. What runs now goes on."
}

# The file itself stands where the daemon may write, for the screen's settings; people find it where they look for it.
link_configuration() { run ln -sfn ../../var/lib/gongbang/edge_config.yaml "$CONFIG"; }

# Of an installation before the screen could change it.
move_configuration() {
    put 0640 gongbang:gongbang "$VAR/edge_config.yaml" <"$CONFIG"
    link_configuration
}

write_configuration() {
    step "설정" "Configuration"
    if [ ! -e "$CONFIG" ]; then
        publish="publish: []"
        [ $mosquitto = no ] || publish=$(filled "$HERE/publish.yaml")
        filled "$HERE/edge_config.yaml" | put 0640 gongbang:gongbang "$VAR/edge_config.yaml"
        link_configuration
        [ $dry = yes ] || say "만들었어요: $CONFIG" "made: $CONFIG"
    else
        say "있는 것을 그대로 써요: $CONFIG" "kept as it is: $CONFIG"
        [ -L "$CONFIG" ] || move_configuration
    fi
    if [ $center = yes ] && [ ! -e "$ETC/center.yaml" ]; then
        language=${language:-ko}
        filled "$HERE/center.yaml" | put 0640 root:gongbang "$ETC/center.yaml"
    fi
}

check_configuration() {
    step "새 판으로 설정을 확인해요" "The new version looks at the configuration"
    run runuser -u gongbang -- "$release/bin/gongbang" check -c "$CONFIG" || refuse_configuration
}
