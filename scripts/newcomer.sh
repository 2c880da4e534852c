#!/usr/bin/env bash
# The README's commands as a newcomer runs them: in a bare Debian 12 (debootstrap: minbase, git, certificates), on
# a clone of HEAD, with nothing of this machine but where it gets its packages from. `./dev newcomer` calls it.
#   scripts/newcomer.sh [--keep] [COMMAND …]     other commands instead of the README's; --keep leaves the folder
set -euo pipefail
cd "$(dirname "$0")/.."

if [ "$(id -u)" -ne 0 ]; then
    exec sudo --preserve-env=http_proxy,https_proxy,no_proxy "$0" "$@"
fi

keep=no
if [ "${1:-}" = --keep ]; then
    keep=yes
    shift
fi

# What the README tells to type: its first two `./dev` lines in code blocks. `./dev demo` leaves a page open, so
# here it is told to end by itself. The tests belong to every newcomer's run.
readme_commands() {
    awk '/^```/ {inside = !inside; next} inside && /^(\$ )?\.\/dev( |$)/ {sub(/^\$ /, ""); sub(/ +#.*/, ""); print}' README.md |
        awk '!seen[$0]++' | head -n 2 | sed 's/^\.\/dev demo$/.\/dev demo --once/'
}
if [ $# -gt 0 ]; then
    commands=("$@")
else
    mapfile -t commands < <({ readme_commands; printf '%s\n' './dev demo --once' './dev test'; } | awk '!seen[$0]++')
fi

mkdir -p build/newcomer
base=$PWD/build/newcomer/base.tar
folder=$(mktemp -d "${TMPDIR:-/tmp}/oidor-newcomer.XXXXXX")
clean() {
    if [ "$keep" = yes ]; then
        echo "newcomer: left in $folder" >&2
    else
        # No mount can be left: they live and die with the namespace below.
        rm -rf --one-file-system "$folder"
    fi
}
trap clean EXIT
trap 'exit 130' INT TERM

if [ ! -s "$base" ]; then
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)
    echo "newcomer: debootstrap" >&2
    http_proxy=${http_proxy:-$(apt-config dump --format '%v' Acquire::http::Proxy)} \
        debootstrap --variant=minbase --include=git,ca-certificates bookworm "$folder/debian" "${mirror%/}" \
        >build/newcomer/debootstrap.log 2>&1 || {
        tail -n 20 build/newcomer/debootstrap.log >&2
        exit 1
    }
    rm -rf "$folder"/debian/var/cache/apt/archives/*.deb
    tar -C "$folder/debian" -cf "$base.new" .
    mv "$base.new" "$base"
else
    mkdir "$folder/debian"
    tar -C "$folder/debian" -xpf "$base"
fi
root=$folder/debian

# Where packages come from, and how to reach it: as this machine does, and nothing else of its settings.
rm -rf "$root"/etc/apt/sources.list "$root"/etc/apt/sources.list.d
for name in sources.list sources.list.d keyrings trusted.gpg.d auth.conf.d; do
    [ ! -e "/etc/apt/$name" ] || cp -a "/etc/apt/$name" "$root/etc/apt/"
done
cp -an /usr/share/keyrings/. "$root/usr/share/keyrings/" 2>/dev/null || true
apt-config dump | { grep -E '^Acquire::(http|https|Retries|ForceIPv4|Check-Valid-Until|Check-Date)\b' || true; } \
    >"$root/etc/apt/apt.conf.d/90from-this-machine"
for name in /etc/resolv.conf /etc/hosts /etc/ssl/certs/ca-certificates.crt; do
    [ ! -e "$name" ] || cp --dereference "$name" "$root$name"
done

mkdir -p "$root/srv"
git bundle create -q "$root/srv/oidor.bundle" HEAD
{
    echo 'set -euo pipefail; cd /srv'
    echo 'git -c advice.detachedHead=false clone -q oidor.bundle oidor && cd oidor'
    for command in "${commands[@]}"; do
        printf 'echo "newcomer: %s" >&2; started=$SECONDS\n' "$command"
        printf '%s\n' "$command"
        printf 'echo "newcomer: %s: $((SECONDS - started)) s" >&2\n' "$command"
    done
} >"$root/srv/run"

# A namespace of its own for mounts and processes: whatever happens, both end with it.
# shellcheck disable=SC2016
inside='
    set -e
    mount --make-rprivate /
    mount -t proc proc "$1/proc"
    mount -t tmpfs -o mode=755,size=64k,nosuid tmpfs "$1/dev"
    for node in null zero full random urandom tty; do
        touch "$1/dev/$node"
        mount --bind "/dev/$node" "$1/dev/$node"
    done
    mkdir "$1/dev/pts" && mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$1/dev/pts"
    ln -s pts/ptmx "$1/dev/ptmx"
    mkdir "$1/dev/shm" && mount -t tmpfs -o mode=1777,size=512m,nosuid,nodev tmpfs "$1/dev/shm"
    ln -s /proc/self/fd "$1/dev/fd" && ln -s /proc/self/fd/0 "$1/dev/stdin"
    ln -s /proc/self/fd/1 "$1/dev/stdout" && ln -s /proc/self/fd/2 "$1/dev/stderr"
    exec chroot "$1" /usr/bin/env -i HOME=/srv PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
        TERM="${TERM:-dumb}" LANG="${LANG:-C.UTF-8}" http_proxy="${http_proxy:-}" https_proxy="${https_proxy:-}" \
        no_proxy="${no_proxy:-}" bash /srv/run
'
started=$SECONDS
unshare --mount --pid --fork --kill-child bash -c "$inside" newcomer "$root" || {
    result=$?
    echo "newcomer: the last command failed with $result" >&2
    exit "$result"
}
echo "newcomer: good after $(((SECONDS - started) / 60)) min $(((SECONDS - started) % 60)) s" >&2
