# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154
# Runs commands inside the booted sandbox.

inside_env=(PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root USER=root LOGNAME=root
        SHELL=/bin/bash LANG=C.UTF-8 TERM="${TERM:-dumb}" CI="${CI-}")

# inside_command CMD…: sets "command" to CMD with the environment that it has inside.
inside_command() {
        command=(env -i --chdir=/ "${inside_env[@]}" JOBD_TEST_PACE="$pace" JOBD_TEST_FILTER="$(! filtered || echo 1)" "$@")
}

# Whether the sandbox has nspawn's system call filter.
filtered() {
        [ -e "$state/filter" ]
}

# Before there is a cgroup to be put into.
enter_bare() {
        local command
        inside_command "$@"
        nsenter --target="$(cat "$state/leader")" --all --root -- "${command[@]}"
}

# enter GROUP CMD…: as root, in a cgroup GROUP below sandbox.service. Replaces this process.
enter() {
        local command
        inside_command "${@:2}"
        # who enters has no filter; who is to have it, as all in a container do, must come from its PID 1
        ! filtered || command=(systemd-run --quiet --pipe --wait --collect --slice="$(filtered_slice "$1")" -- "${command[@]}")
        exec "$lib/run-inside" "$(cat "$state/leader")" "$(shells_cgroup)/$1" "${command[@]}"
}

# With terminals at both ends the command gets one of the sandbox's own, as a login would.
enter_terminal() {
        if [ -t 0 ] && [ -t 1 ]; then
                enter shells script --quiet --return --command "$(printf '%q ' "$@")" /dev/null
        else
                enter shells "$@"
        fi
}

filtered_slice() {
        printf 'live-%s.slice' "${1//-/_}"
}

# end_group GROUP: ends whatever is left there.
end_group() {
        local group tries
        ! filtered || enter_bare systemctl --quiet stop "$(filtered_slice "$1")" || true
        group=$(shells_cgroup)/$1
        [ -d "$group" ] || return 0
        printf 1 >"$group/cgroup.kill"
        for tries in {1..100}; do
                rmdir "$group" 2>/dev/null && return 0
                sleep "0.0$((tries % 10))"
        done
        say "processes of $1 cannot be ended"
        return 1
}

sandbox_cgroup() {
        printf '%s%s' "$(find_cgroup2)" "$(cat "$state/cgroup")"
}

shells_cgroup() {
        printf '%s/payload/system.slice/sandbox.service' "$(sandbox_cgroup)"
}
