# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154
# Boots the root that make-root has made, and waits for it.

# Every sandbox has a cgroup of its own; below it nspawn makes one for itself and one for what it boots.
boot() {
        printf '/jobd-sandbox-%s\n' "${state##*/}" >"$state/cgroup"
        [ -z "$filter" ] || : >"$state/filter"
        setsid "$lib/run-nspawn" "$state" "$(sandbox_cgroup)" </dev/null >"$state/console" 2>&1 &
        find_leader "$!"
        wait_booted
}

# boot_again HOW: "shutdown", or "cut", as when the power fails; and boots the same root once more.
boot_again() {
        local leader nspawn end
        leader=$(cat "$state/leader")
        nspawn=$(sed -n 's/^PPid:[[:space:]]*//p' "/proc/$leader/status")
        if [ "$1" = cut ]; then
                kill -KILL "$leader"
        else
                enter_bare systemctl poweroff || return 1
        fi
        end=$(($(now_ms) + 90000 * pace))
        while [ -e "/proc/$nspawn" ]; do
                (($(now_ms) < end)) || return 1
                sleep 0.05
        done
        boot
}

# The leader is the container's PID 1: the only child of nspawn, which is the only child of nsenter.
find_leader() {
        local pid tries
        for tries in {1..500}; do
                kill -0 "$1" 2>/dev/null || break
                pid=$(child_named systemd-nspawn "$1") && pid=$(child_named systemd "$pid") && break
                pid=
                sleep 0.02
        done
        if [ -z "${pid-}" ]; then
                tail -n 30 "$state/console" >&2
                die "the sandbox did not boot (waited for its PID 1 $tries times)"
        fi
        printf '%s\n' "$pid" >"$state/leader"
}

child_named() {
        local pid comm
        local children
        children=$(cat "/proc/$2/task/$2/children" 2>/dev/null) || return 1
        for pid in $children; do
                comm=$(cat "/proc/$pid/comm" 2>/dev/null) || continue
                if [ "$comm" = "$1" ]; then
                        printf '%s\n' "$pid"
                        return 0
                fi
        done
        return 1
}

wait_booted() {
        local result end
        end=$(($(now_ms) + 30000 * pace))
        while :; do
                result=$(enter_bare timeout $((30 * pace)) systemctl is-system-running --wait 2>/dev/null) || true
                case $result in
                running) return 0 ;;
                degraded) break ;;
                esac
                (($(now_ms) < end)) || {
                        tail -n 30 "$state/console" >&2
                        enter_bare systemctl list-jobs >&2 || true
                        die "the sandbox has not booted within $((30 * pace)) s: ${result:-nothing answers}"
                }
                sleep 0.05
        done
        say "the sandbox is degraded; failed units:"
        enter_bare systemctl --no-legend --plain --failed >&2
}
