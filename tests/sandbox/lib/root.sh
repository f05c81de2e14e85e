# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What has to hold before anything is set up: root, and namespaces.

# need_root ARG…: starts the calling script anew under sudo if it does not run as root.
need_root() {
        [ "$EUID" -ne 0 ] || return 0
        command -v sudo >/dev/null ||
                die "this needs root (namespaces, mounts, a systemd of its own), and there is no sudo"
        exec sudo --preserve-env=CI,TERM,XDG_CACHE_HOME -- "$0" "$@"
}

need_namespaces() {
        local why
        why=$(unshare --mount --pid --fork --propagation private -- \
                mount -t tmpfs tmpfs /mnt 2>&1) ||
                cannot "no private mount and PID namespaces (${why:-unshare failed})"
        why=$(find_cgroup2) || cannot "no cgroup2 hierarchy is mounted"
        [ -w "$why" ] || cannot "$why is not writable"
}

find_cgroup2() {
        local mountpoint type
        while read -r _ mountpoint type _; do
                if [ "$type" = cgroup2 ]; then
                        printf '%s\n' "$mountpoint"
                        return 0
                fi
        done </proc/mounts
        return 1
}
