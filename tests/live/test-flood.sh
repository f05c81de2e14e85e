#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Many short jobs of two users at once lose nothing, while another job floods the journal.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

# start_hundred USER: each prints one line on one of the streams, and ends.
start_hundred() {
        as "$1" bash -c '
                for n in $(seq 100); do
                        jobctl start -- sh -c "echo $0 $n >&$((n % 2 + 1))"
                done' "$1"
}

lines_of() {
        seq -f "$1 %.0f" 100 | sort
}

# check_hundred USER ID…
check_hundred() {
        local user=$1
        shift
        is "$user has started a hundred" $# 100
        ok "all of them complete" as "$user" jobctl wait --timeout="$(patience 30)" "$@"
        as "$user" jobctl receive "$@" >"$user.out" 2>"$user.err"
        is "every line of $user is there, once" "$(sort "$user.out" "$user.err")" "$(lines_of "$user")"
        is "on its own stream" "$(grep -c '[02468]$' "$user.out") $(grep -c '[13579]$' "$user.err")" "50 50"
        is "and then there is nothing more" "$(as "$user" jobctl receive "$@" 2>&1)" ""
}

flood=$(jobctl start --output-limit=16M -- sh -c 'exec yes "flood flood flood flood flood flood flood flood"')
ok "the flood runs" eventually 5 has_bytes "$flood" 1000000
start_hundred alice >alice.ids &
alice=$!
start_hundred bob >bob.ids &
wait "$alice" "$!"
is "the flood still runs" "$(property "$flood" State)" Running
mapfile -t ids <alice.ids
check_hundred alice "${ids[@]}"
mapfile -t ids <bob.ids
check_hundred bob "${ids[@]}"
ok "the flood is stopped" jobctl stop "$flood"
is "it lost nothing" "$(property "$flood" OutputLost)" 0
dropped=$(property "$flood" OutputDropped)
received=$(jobctl receive "$flood" | wc -c)
is "what is not there was dropped by its limit" "$((dropped + received))" "$(property "$flood" OutputBytes)"
ok "which was kept" test "$received" -le $((16 * 1024 * 1024))
