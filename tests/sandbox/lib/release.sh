# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154
# The lower layer of the sandbox's root: this machine's own, or that of another Debian release.

# lower_root RELEASE: prints its path; the empty release is this machine.
lower_root() {
        local cache
        if [ -z "$1" ] || [ "$1" = "$(host_release)" ]; then
                printf '/\n'
                return 0
        fi
        cache=$(cache_dir)
        release_root "$1" "$cache" || return 1
        printf '%s\n' "$cache/$1-$(packages_id)"
}

host_release() {
        sed -n 's/^VERSION_CODENAME=//p' /etc/os-release
}

# A root made for another list of packages is another root.
packages_id() {
        list_packages root inside | sort | sha256sum | cut -c 1-8
}

release_root() {
        local dir packages mirror
        dir=$2/$1-$(packages_id)
        [ ! -d "$dir" ] || return 0
        need_packages release
        say "making a root of Debian $1 in $2"
        packages=$(list_packages root inside | paste -s -d ,)
        mirror=${JOBD_SANDBOX_MIRROR:-$(mirror)}
        if [ -z "$mirror" ]; then
                say "apt does not say where Debian's packages are: set JOBD_SANDBOX_MIRROR"
                return 1
        fi
        rm -rf "$dir.new"
        if ! attended unshare --mount --pid --fork --kill-child --propagation private -- \
                mmdebstrap --quiet --mode=root --variant=apt --include="$packages" "$1" "$dir.new" \
                "$mirror" >"$2/log" 2>&1 </dev/null; then
                tail -n 20 "$2/log" >&2
                rm -rf "$dir.new"
                return 1
        fi
        mv "$dir.new" "$dir"
        remove_other_roots "$1" "$2" "$dir"
}

remove_other_roots() {
        local dir
        for dir in "$2/$1"-*; do
                [ "$dir" = "$3" ] || rm -rf --one-file-system -- "$dir"
        done
}

# Where this machine itself gets Debian's packages; nothing if apt names no such place.
mirror() {
        # shellcheck disable=SC2016 # apt-get expands it
        apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Component: main' 2>/dev/null |
                grep -m 1 '/debian/*$' || true
}
