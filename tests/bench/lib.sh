# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# What the benchmarks share. Each row measures two things in turn in one run and prints the medians and their ratio;
# nothing here passes or fails.

# shellcheck disable=SC2034  # used by the rows
rounds=${ROUNDS:-7}
# shellcheck disable=SC2034
tools=/usr/src/jobd-build/tests/bench

# seconds CMD…: how long it took, on stdout; what it prints is thrown away.
seconds() {
        local begin=$EPOCHREALTIME
        "$@" >/dev/null 2>&1 </dev/null || echo "failed: $*" >&2
        awk -v a="$begin" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.6f\n", b - a }'
}

# median: of the numbers on stdin.
median() {
        sort -g | awk '{ v[NR] = $1 } END { m = int((NR + 1) / 2); print NR % 2 ? v[m] : (v[m] + v[m + 1]) / 2 }'
}

# compare A B: calls the functions A and B in turn, each printing one number; sets `a`, `b` (medians) and `ratio` (the
# median of the pairs' ratios A/B).
# shellcheck disable=SC2034
compare() {
        local i x y as=() bs=() ratios=()
        "$1" >/dev/null
        "$2" >/dev/null
        for ((i = 0; i < rounds; i++)); do
                x=$("$1")
                y=$("$2")
                as+=("$x")
                bs+=("$y")
                ratios+=("$(awk -v x="$x" -v y="$y" 'BEGIN { printf "%.4f", x / y }')")
        done
        a=$(printf '%s\n' "${as[@]}" | median)
        b=$(printf '%s\n' "${bs[@]}" | median)
        ratio=$(printf '%s\n' "${ratios[@]}" | median)
}

# row WHAT AGAINST MEASURED REACH
row() {
        printf '| %s | %s | %s | %s |\n' "$@"
}

ms() {
        awk -v s="$1" 'BEGIN { printf "%.1f ms", s * 1000 }'
}

per_second() {
        awk -v n="$1" -v s="$2" 'BEGIN { printf "%.0f/s", n / s }'
}

# field FILE NAME: the kB of a line "NAME: 123 kB" of a file in /proc.
field() {
        awk -v name="$2:" '$1 == name { print $2 }' "$1"
}

jobd_pid() {
        systemctl show --value -p MainPID jobd.service
}

jobd_anon() {
        field "/proc/$(jobd_pid)/status" RssAnon
}

remove_all() {
        jobctl -q remove --force '*'
}
