#!/usr/bin/env bash
# Installs what a word of `dev` needs and this machine lacks: scripts/install-deps.sh [GROUP …], all groups
# when none is named. It looks before it installs, so that a second run takes a fraction of a second, and it
# never removes a package. Needs Debian 12, and root or sudo only when something is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

groups=("$@")
[ ${#groups[@]} -gt 0 ] || groups=(build test check demo bench newcomer)

apt_get() {
    local as_root=()
    if [ "$(id -u)" -ne 0 ]; then
        command -v sudo >/dev/null || {
            echo "install-deps: root or sudo is needed to install: $*" >&2
            exit 1
        }
        as_root=(sudo env)
    else
        as_root=(env)
    fi
    "${as_root[@]}" DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=600 \
        -o Dpkg::Use-Pty=0 "$@" >&2
}

# The package lists are fetched at most once in a run, and only when something is missing.
lists_are_fresh=no
refresh_lists() {
    [ "$lists_are_fresh" = yes ] || apt_get update
    lists_are_fresh=yes
}

missing_packages() {
    local wanted
    wanted=$(awk -v groups=" ${groups[*]} " '!/^#/ && NF == 2 && index(groups, " " $1 " ") {print $2}' \
        scripts/packages.txt | sort -u)
    # shellcheck disable=SC2086
    comm -23 <(echo "$wanted") <(dpkg-query -W -f='${db:Status-Status} ${Package}\n' $wanted 2>/dev/null |
        awk '$1 == "installed" {print $2}' | sort -u)
}

install_packages() {
    local missing
    mapfile -t missing < <(missing_packages)
    [ ${#missing[@]} -gt 0 ] || return 0
    echo "install-deps: ${missing[*]}" >&2
    refresh_lists
    apt_get install -y --no-install-recommends --no-remove "${missing[@]}"
}

# libphonenumber-dev wants Boost 1.74, which cannot stand beside our 1.81, though its headers are content with
# either: so only the headers are unpacked, into the tree. The library itself is an ordinary package.
unpack_phonenumber_headers() {
    local goal=.deps/phonenumber
    [ ! -f "$goal/usr/include/phonenumbers/phonenumberutil.h" ] || return 0
    local folder
    folder=$(mktemp -d)
    # shellcheck disable=SC2064
    trap "rm -rf '$folder'" EXIT
    (cd "$folder" && apt-get -q -o APT::Sandbox::User=root download libphonenumber-dev >&2 2>/dev/null) || {
        refresh_lists
        (cd "$folder" && apt-get -q -o APT::Sandbox::User=root download libphonenumber-dev >&2)
    }
    mkdir -p .deps
    rm -rf "$goal"
    dpkg -x "$folder"/libphonenumber-dev_*.deb "$goal.new"
    mv "$goal.new" "$goal"
}

# Providers' own clients, against which our simulators are tried: pinned, in an environment of the tree's own.
install_python_packages() {
    local wanted=tests/requirements.txt installed=.venv/installed.txt
    ! cmp -s "$wanted" "$installed" || return 0
    python3 -m venv .venv >&2
    .venv/bin/pip install -q --disable-pip-version-check -r "$wanted" >&2
    cp "$wanted" "$installed"
}

if ! command -v dpkg-query >/dev/null; then
    echo "install-deps: this needs Debian 12 (there is no dpkg here)" >&2
    exit 1
fi
install_packages
case " ${groups[*]} " in *" build "*) unpack_phonenumber_headers ;; esac
case " ${groups[*]} " in *" test "*) install_python_packages ;; esac
