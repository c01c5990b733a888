# shellcheck shell=sh
# A release: its wheels, made into a virtual environment of its own beside the one that runs.

previous=""

find_release() {
    case ${VERSION_ID:-} in # what the package python3 is, where it is still to be installed
        12) minor=3.11 ;;
        13) minor=3.13 ;;
        *) minor=$(python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null || echo 3.11) ;;
    esac
    if [ ! -e "$HERE/VERSION" ]; then
        if [ $dry = no ]; then
            fail 2 "여기에는 꾸러미가 없어요. 먼저 만들어 주세요:  make package  →  sudo dist/gongbang-*/install.sh" \
                "The wheels are not here. Build them first:  make package  →  sudo dist/gongbang-*/install.sh"
        fi
        say "△ 꾸러미가 없어서, 있다고 치고 보여 드려요 (make package)" "no wheels here: shown as if there were (make package)"
        version=VERSION release=$OPT/VERSION
        return
    fi
    version=$(cat "$HERE/VERSION")
    machine=$(uname -m)
    [ "$arch" != amd64 ] || machine=x86_64
    [ "$arch" != arm64 ] || machine=aarch64
    grep -qx "$machine $minor" "$HERE/pairs" ||
        fail 2 "이 꾸러미에는 $machine Python $minor 것이 없어요. 있는 것: $(tr '\n' ',' <"$HERE/pairs")" \
            "These wheels are not for $machine with Python $minor; they are for: $(tr '\n' ',' <"$HERE/pairs")"
    # The same version built anew, or on a newer Python, is another release: it must not be made over the one that runs.
    build=$( (echo "$minor"; cat "$HERE/requirements.txt") | sha256sum | cut -c1-8)
    release=$OPT/$version-$build
}

make_release() {
    step "공방 $version" "Gongbang $version"
    if [ -e "$release/complete" ]; then
        say "이미 있어요: $release" "already there: $release"
    else
        make_environment
    fi
    run mkdir -p "$release/deploy"
    run cp "$HERE/systemd/gongbang.service" "$HERE/systemd/gongbang-center.service" "$release/deploy/"
}

make_environment() {
    folder 0755 root:root "$OPT"
    [ ! -e "$release" ] || run rm -rf "$release" # one that was not finished
    # Of the system's own Python: another one in the path would not be there for the service.
    run /usr/bin/python3 -m venv "$release"
    run "$release/bin/python" -m pip --isolated install --quiet --no-index --disable-pip-version-check --no-cache-dir \
        --find-links "$HERE/wheels" --require-hashes -r "$HERE/requirements.txt"
    [ $dry = yes ] || sync
    run touch "$release/complete"
}

point_to() { # RELEASE
    run ln -sfn "$1" "$OPT/current.new"
    run mv -T "$OPT/current.new" "$OPT/current" # in one step: there is never none
    run ln -sfn "$OPT/current/bin/gongbang" /usr/local/bin/gongbang
}

# The one that runs stays, and the one before it, to go back to.
remove_old_releases() {
    [ -n "$previous" ] || return 0
    for old in "$OPT"/*/; do
        old=${old%/}
        if [ ! -e "$old/pyvenv.cfg" ] || [ -L "$old" ]; then continue; fi
        if [ "$old" = "$release" ] || [ "$old" = "$previous" ]; then continue; fi
        run rm -rf "$old"
    done
}
