#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The machine is shut down while jobs run, and loses its power while others do. After the boot it is known how each of them
# ended, and what it said.
# timeout: 60
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

# It takes its time to end, and has much to say.
talker='trap "sleep 0.3; seq 30000; echo last words >&2; exit 7" TERM; echo ready; while :; do sleep 0.05; done'

all_have_written() {
        local id
        for id; do
                has_bytes "$id" 6 || return
        done
}

# begin COMMAND…: three jobs that run, and one that has ended. Their ids are kept.
begin() {
        local ids=() ended
        for _ in 1 2 3; do
                ids+=("$(as alice jobctl start -- bash -c "$1")")
        done
        ended=$(as alice jobctl start -- sh -c 'echo ended; exit 3')
        ok "three jobs have written something" eventually 20 all_have_written "${ids[@]}" "$ended"
        ok "another has ended" eventually 10 finished "$ended"
        mkdir -p "$kept"
        printf '%s\n' "${ids[@]}" >"$kept/ids"
        printf '%s\n' "$ended" >"$kept/ended"
}

# what_became_of HOW STATE RESULT EXITCODE OUTPUT
what_became_of() {
        local id ids ended
        mapfile -t ids <"$kept/ids"
        ended=$(cat "$kept/ended")
        for id in "${ids[@]}"; do
                is "$1: how the job ended" "$(properties "$id" State Result ExitCode OutputLost)" "$2 $3 $4 0"
                is "$1: what it said" "$(stream "$id" | sha)" "$5"
        done
        is "$1: what had ended is as it was" "$(properties "$ended" State ExitCode) $(stream "$ended")" "Failed 3 ended"
}

case $boot in
1)
        begin "$talker"
        boot_again shutdown
        ;;
2)
        on_exit rm -r "$kept"
        what_became_of "after a shutdown" Failed lost 7 "$({ echo ready && seq 30000; } | sha)"
        like "and why" "$(property "$(head -n 1 "$kept/ids")" Reason)" "the system was (restarted|shut down) while the job ran"
        while read -r id; do
                like "its last words" $'\n'"$(jobctl receive --stream=stderr "$id" 2>&1)"$'\n' $'\nlast words\n'
        done <"$kept/ids"
        begin 'echo ready; exec sleep 1000'
        boot_again cut
        ;;
3)
        on_exit rm -r "$kept"
        what_became_of "after a power cut" Failed lost -1 "$(echo ready | sha)"
        like "and why" "$(property "$(head -n 1 "$kept/ids")" Reason)" "the system was restarted while the job ran"
        jobs_before=0
        ;;
esac
