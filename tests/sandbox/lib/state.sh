# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154
# The sandbox's directory outside: process ids, logs. One under /run for each sandbox, by name; the name "tmp.XXXXXX"
# is one run's own. Everything large is on mounts that only the sandbox's namespaces have.

states=/run/jobd-sandbox

# use_sandbox NAME: one that "up" has made.
use_sandbox() {
        state=$states/$1
        is_alive "$state" || die "there is no sandbox '$1': tests/sandbox/up --keep=$1 makes one"
}

# A number alone may by now be somebody else's process.
is_alive() {
        local pid
        pid=$(cat "$1/keeper" 2>/dev/null) || return 1
        tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | grep -qF "lib/keeper $1 "
}

# new_sandbox NAME BUILD: both may be empty. The folder BUILD is the sandbox's own as long as it lives.
new_sandbox() {
        mkdir -p "$states"
        sweep_dead
        if [ -n "$1" ]; then
                state=$states/$1
                mkdir "$state" 2>/dev/null || die "a sandbox '$1' exists: use it with --use=$1, or end it with down"
        else
                state=$(mktemp -d "$states/tmp.XXXXXX")
        fi
        chmod 0755 "$state"
        start_keeper "$2"
}

# A directory younger than a minute may be about to get its keeper.
sweep_dead() {
        local dir
        while read -r dir; do
                is_alive "$dir" || "$lib/sweep" "$dir"
        done < <(find "$states" -mindepth 1 -maxdepth 1 -type d -mmin +1)
}

# The keeper is in a session of its own, so that a Ctrl-C does not reach it; it hears of this script's end from the kernel.
start_keeper() {
        local tries
        setsid setpriv --pdeathsig HUP -- "$lib/keeper" "$state" "$$" "$1" 9>&- </dev/null >"$state/keeper.log" 2>&1 &
        keeper=$!
        trap 'leave $?' EXIT
        trap 'exit 129' HUP
        trap 'exit 130' INT
        trap 'exit 143' TERM
        for tries in {1..200}; do
                [ ! -e "$state/holder" ] || return 0
                kill -0 "$keeper" 2>/dev/null || break
                sleep 0.02
        done
        cat "$state/holder.log" "$state/keeper.log" >&2 2>/dev/null || true
        die "the namespaces did not come up (tried $tries times)"
}

# Waits until everything is put away, so that nothing is left when this script has ended.
# A command that defines "report" has it called with the exit status first.
leave() {
        local status=$1
        trap '' HUP INT TERM
        if declare -F report >/dev/null; then
                report "$status" || status=1
        fi
        if [ ! -e "$state/kept" ]; then
                kill -TERM "$keeper" 2>/dev/null
                wait "$keeper" 2>/dev/null
        fi
        exit "$status"
}

keep_sandbox() {
        : >"$state/kept"
}

# outside CMD…: runs it in the sandbox's outer namespaces: the machine's files, and the sandbox's mounts.
outside() {
        attended nsenter --target="$(cat "$state/holder")" --mount --pid --root --wd -- "$@"
}

# attended CMD…: runs it so that a signal to this script is heard at once, not only when CMD has ended.
attended() {
        env --default-signal "$@" <&0 &
        wait "$!"
}
