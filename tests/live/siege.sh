# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What tests share in which one user attacks, as bob, and another goes on, as alice. The attack is "attack.py WHAT ARGUMENT…" in
# the test's folder: it prints a line when it has begun, and ends when its standard input does.

: "${as_user:?after lib.sh}" "${here:?}" "${scratch:?}"

# takes USER CMD…: in milliseconds.
takes() {
        local begin
        begin=$(date +%s%N)
        timeout 60 "$as_user" "$@" >/dev/null || return
        echo $((($(date +%s%N) - begin) / 1000000))
}

# typical USER CMD…: the median of nine runs, in milliseconds.
typical() {
        local i
        for ((i = 0; i < 9; i++)); do
                takes "$@" || return
        done | sort -n | sed -n 5p
}

jobd_pid() {
        systemctl show -P MainPID jobd
}

jobd_descriptors() {
        find "/proc/$(jobd_pid)/fd" -maxdepth 1 -type l | wc -l
}

is_at_most() {
        (($1 <= $2))
}

# siege WHAT ARGUMENT…: begins.
siege() {
        siege_pid=$(jobd_pid)
        rm -f leave begun
        mkfifo leave
        "$as_user" bob env PYTHONPATH="$here" python3 "$scratch/attack.py" "$@" <leave >begun 2>siege-errors &
        besieger=$!
        on_exit kill "$besieger"
        exec 9>leave
        eventually 30 test -s begun || bail "$1: the attack does not begin: $(cat siege-errors)"
}

# in_quiet: what alice's list takes before any attack, beside three processes of bob's that only burn the processor, as the
# attacker, the bus and jobd do then: her share of the machine is the same, and what is compared is jobd's part.
in_quiet() {
        local burners=()
        for _ in 1 2 3; do
                "$as_user" bob timeout 60 sh -c 'while :; do :; done' &
                burners+=("$!")
        done
        quiet=$(typical alice jobctl list --newest=1)
        kill "${burners[@]}"
        wait "${burners[@]}"
}

# unmoved WHAT [BUS]: alice's list takes no more than three times as long as in quiet, or than the bus makes her wait, in
# milliseconds. Others on this machine may keep her from it for a while.
unmoved() {
        local besieged tries most=$((3 * quiet + 50))
        ((${2:-0} <= most)) || most=$2
        for tries in 1 2 3 4 5; do
                besieged=$(typical alice jobctl list --newest=1)
                ((${besieged:-1000000} > most)) || break
                explain "$1: try $tries: ${besieged:-for ever} ms"
        done
        ok "$1: alice's list takes ${besieged:-for ever} ms, in quiet $quiet ms, at most $most ms" \
                is_at_most "${besieged:-1000000}" "$most"
}

raise_siege() {
        exec 9>&-
        wait "$besieger"
        ok "$1: jobd is the same" is_at_most "$(jobd_pid)" "$siege_pid"
}
