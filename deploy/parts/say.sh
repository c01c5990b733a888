# shellcheck shell=sh
# Talking, and doing: every change goes through `run`, `quietly` or `put`, which only tell with --dry-run.

say() { printf '%s / %s\n' "$1" "$2"; }

step() { printf '\n== %s / %s\n' "$1" "$2"; }

fail() { # CODE KO EN
    printf '✗ %s\n  %s\n' "$2" "$3" >&2
    exit "$1"
}

run() { # COMMAND...
    if [ "$dry" = yes ]; then
        printf '+ %s\n' "$*"
    else
        "$@"
    fi
}

# Run a command that talks much; what it said is shown when it fails.
quietly() { # COMMAND...
    if [ "$dry" = yes ]; then
        printf '+ %s\n' "$*"
        return
    fi
    said=$(mktemp)
    "$@" >"$said" 2>&1 || {
        tail -n 30 "$said" >&2
        rm "$said"
        fail 1 "실패했어요: $*" "failed: $*"
    }
    rm "$said"
}

# Write standard input to a file, beside it first: a power cut leaves the old one or the new one.
put() { # MODE OWNER FILE
    if [ "$dry" = yes ]; then
        cat >/dev/null
        printf '+ write %s (%s %s)\n' "$3" "$1" "$2"
        return
    fi
    (umask 077 && cat >"$3.new")
    chmod "$1" "$3.new"
    chown "$2" "$3.new"
    if [ -e "$3" ] && cmp -s "$3" "$3.new"; then
        chmod "$1" "$3"
        chown "$2" "$3"
        rm "$3.new"
    else
        sync "$3.new"
        mv "$3.new" "$3"
    fi
}

folder() { # MODE OWNER FOLDER
    run mkdir -p "$3"
    run chown "$2" "$3"
    run chmod "$1" "$3"
}

# One at a time: two at once would each remove what the other makes.
only_one() {
    [ "$dry" = no ] && command -v flock >/dev/null || return 0
    mkdir -p /run/lock
    exec 9>/run/lock/gongbang-install
    flock -n 9 || fail 1 "다른 설치가 돌고 있어요." "Another installation is running."
}
