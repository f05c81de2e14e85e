#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What others still write when the command has ended: helpers that lag behind it a little are waited for, daemons are
# not, and whoever writes and writes is cut off, which is told.
# timeout: 60
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

cat >logged <<'END_OF_SCRIPT'
exec > >(while read -r line; do echo "$line"; done | tee own.log) 2>&1
echo working
echo result >&2
seq 3000
exit 7
END_OF_SCRIPT

sed 's/while read/exec nice -n 19 bash -c "while read/; s/echo "$line"; done/echo \\"\\$line\\"; done"/' logged >logged-behind

# As logs are made in many scripts: all that a shell would show is there, and the status is the script's own.
helpers() {
        local ids=() n wrong=0
        { printf 'working\nresult\n' && seq 3000; } >expected
        for n in 1 2 3 4 5 6 7 8; do
                ids+=("$(jobctl start -- bash logged)")
        done
        jobctl wait "${ids[@]}" >/dev/null
        for n in "${ids[@]}"; do
                [ "$(stream "$n" | sha)" = "$(sha expected)" ] || wrong=$((wrong + 1))
        done
        is "what goes through a shell's helpers arrives whole, in 8 of 8" "$wrong" 0
        is "the script's own log, too" "$(tail -n 1 own.log)" 3000
        is "nothing is lost" "$(properties "${ids[0]}" ExitCode OutputLost)" "7 0"
        fails 7 "run prints it, and ends as the script did" jobctl run -- bash logged
        is "all of it" "$(sha - <<<"$output")" "$(sha expected)"
}

# A machine that is full with what goes before the helpers: they get a turn now and then.
helpers_behind() {
        local ids=() busy=() n wrong=0
        for n in 1 2 3 4; do
                (while :; do :; done) &
                busy+=("$!")
        done
        for n in 1 2 3 4; do
                ids+=("$(jobctl start -- bash logged-behind)")
        done
        jobctl wait "${ids[@]}" >/dev/null
        kill "${busy[@]}"
        for n in "${ids[@]}"; do
                [ "$(stream "$n" | sha)" = "$(sha expected)" ] || wrong=$((wrong + 1))
        done
        is "also where the helpers hardly get a processor, in 4 of 4" "$wrong" 0
}

# milliseconds CMD…: how long that takes.
milliseconds() {
        local before
        before=$(now)
        "$@" >/dev/null 2>&1 </dev/null
        echo $(($(now) - before))
}

# A daemon has the pipe, and says nothing: some 100 ms. Without one, none of it.
daemons() {
        local with without=0 n
        jobctl run -- true
        with=$(milliseconds jobctl run -- sh -c 'sleep 1000 & echo started')
        for n in 1 2 3 4 5; do
                without=$((without + $(milliseconds jobctl run -- sh -c 'echo started')))
        done
        ((with < 3000))
        point "$?" "a job that leaves a daemon behind ends soon" || explain "$with ms"
        # five of them in a row would take half a second, were they to wait as well
        ok "one that leaves nothing behind does not wait" test "$((without / 5))" -lt "$with"
}

# jobctl_lost ID: the bytes that receiving it says are lost.
jobctl_lost() {
        jobctl receive --keep "$1" 2>&1 >/dev/null | sed -n 's/.* \([0-9]*\) bytes of output were lost.*/\1/p'
}

endless() {
        local id lost
        id=$(jobctl start -- sh -c 'yes & echo first; echo last >&2; exit 3')
        fails 1 "whoever writes for ever does not hold the job" timeout "$(patience 30)" jobctl wait "$id"
        is "which ends as its command did" "$(property "$id" ExitCode)" 3
        is "with its last words" "$(jobctl receive --stream=stderr "$id" 2>&1 | head -n 1) $(stream "$id" | head -n 1)" "last first"
        lost=$(property "$id" OutputLost)
        ok "what was cut off is counted" test "$lost" -gt 0
        is "and told" "$(jobctl_lost "$id")" "$lost"
}

# Helpers that do not end when they are told to do not make a stop longer than it may be.
stopped() {
        local id begun ended
        # shellcheck disable=SC2016
        id=$(jobctl start --stop-timeout=3s -- bash -c 'trap "" TERM; { while :; do echo noise; done; } &
                trap "echo told; exit 4" TERM; echo ready; while :; do sleep 0.05; done')
        eventually 10 has_bytes "$id" 6
        begun=$(now)
        ok "a job with a noisy helper is stopped" jobctl stop "$id"
        ended=$(now)
        is "its own end is known" "$(properties "$id" State ExitCode)" "Stopped 4"
        ((ended - begun < 12000 * pace))
        point "$?" "within its time-out" || explain "$((ended - begun)) ms"
        ok "with its last words" grep -q told <(jobctl receive "$id" 2>/dev/null)
}

helpers
helpers_behind
daemons
endless
stopped
