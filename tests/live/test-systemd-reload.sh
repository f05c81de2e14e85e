#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# systemd is reloaded and executed anew while jobs start, run and end. (A restart of the bus itself ends every service
# on it, and is not looked at here.)
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

start_jobs() {
        local n
        for n in $(seq 40); do
                jobctl start -- sh -c "echo begin $n; sleep 0.$((n % 10)); echo end $n >&2; exit $((n % 2))" || return
        done
}

expected_ends() {
        local n
        for n in $(seq 40); do
                echo "$((n % 2)) yes 0 $(echo "begin $n" | sha) $(echo "end $n" | sha)"
        done
}

# check_all ID…
check_all() {
        jobctl wait --timeout="$(patience 60)" "$@" >/dev/null
        jobctl show -p ExitCode,HasMoreData,OutputLost --value "$@" | sed '/^$/d' | paste -d ' ' - - - >ends
        sums "$@" | paste -d ' ' ends - >actual
        is "all of them end as they should, with all their output" "$(expected_ends | diff - actual)" ""
}

# while_jobs_start CMD…: again and again.
while_jobs_start() {
        local ids starter times=0
        start_jobs >ids &
        starter=$!
        while kill -0 "$starter" 2>/dev/null; do
                "$@" || fail "$*"
                times=$((times + 1))
        done
        ok "${*:2} was done meanwhile" test "$times" -gt 0
        mapfile -t ids <ids
        is "forty jobs are started" "${#ids[@]}" 40
        check_all "${ids[@]}"
}

long=$(jobctl start -- sh -c 'echo begin; while ! [ -e go ]; do sleep 0.02; done; echo end; exit 6')
eventually 5 has_bytes "$long" 6
while_jobs_start systemctl daemon-reload
while_jobs_start systemctl daemon-reexec
is "a job that runs all the time goes on" "$(property "$long" State)" Running
touch go
fails 1 "and ends" jobctl wait --timeout="$(patience 10)" "$long"
is "as it should" "$(properties "$long" State ExitCode) $(stream "$long")" $'Failed 6 begin\nend'
