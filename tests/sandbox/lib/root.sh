# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What has to hold before anything is set up: root, and namespaces.

# need_root ARG…: starts the calling script anew under sudo if it does not run as root.
need_root() {
        [ "$EUID" -ne 0 ] || { plain_surroundings && return 0; }
        command -v sudo >/dev/null ||
                die "this needs root (namespaces, mounts, a systemd of its own), and there is no sudo"
        exec sudo --preserve-env=CI,TERM,XDG_CACHE_HOME -- "$0" "$@"
}

# What sudo, nice, a login, or a service sets for what it starts (sudo forbids cores) goes along to all that is started here,
# the sandbox's PID 1 too, and tests compare with a machine that has just booted. What may not be raised stays.
plain_surroundings() {
        local limit
        umask 022
        for limit in as core cpu data fsize locks rss rttime; do
                prlimit --pid "$$" "--$limit=unlimited" 2>/dev/null || true
        done
        prlimit --pid "$$" --nofile=1024:524288 --stack=8388608:unlimited 2>/dev/null || true
        { printf 0 >/proc/self/oom_score_adj; } 2>/dev/null || true
        renice --priority 0 --pid "$$" >/dev/null 2>&1 || true
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
