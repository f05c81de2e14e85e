#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# jobd runs short of descriptors: nothing is concluded from that. What an earlier jobd started stays what it was, and its
# output is collected later; what is to be started waits, and says why.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"
# Properties of the bus take jobd no descriptor.
# shellcheck source=bus.sh
. "$here/bus.sh"

settings=/run/systemd/system/jobd.service.d

# limit N: jobd opens nothing above that.
limit() {
        prlimit --pid "$(jobd_pid)" --nofile="$1:"
}

hard_limit() {
        prlimit --pid "$(jobd_pid)" --nofile --noheadings --output=HARD
}

unlimit() {
        limit "$(hard_limit)"
}

descriptors() {
        find "/proc/$(jobd_pid)/fd" -type l | wc -l
}

lift() {
        rm -rf "$settings" /run/jobd/jobd.conf.d
        systemctl daemon-reload
        unlimit
        systemctl restart jobd.service
}
on_exit lift

# all_have_state STATE ID…
all_have_state() {
        local id state=$1
        shift
        for id in "$@"; do
                has_state "$id" "$state" || return
        done
}

log_says() {
        journalctl --quiet --unit=jobd.service --since="@$begun" --output=cat | grep -q "$1"
}

no_unit_is_active() {
        ! systemctl --quiet is-active "${units[@]}"
}

pinged() {
        systemctl show --value -p WatchdogTimestampMonotonic jobd.service
}

# pinged_since TIMESTAMP
pinged_since() {
        [ "$(pinged)" != "$1" ]
}

# jobd_is_another PID
jobd_is_another() {
        [ "$(jobd_pid)" != "$1" ] && systemctl --quiet is-active jobd.service
}

# Each has a control socket and a file of output.
ids=()
for i in {1..20}; do
        ids+=("$(jobctl start -- sh -c "echo before $i; while ! [ -e $scratch/go ]; do sleep 0.1; done; echo after $i; exit 3")")
done
have_written() {
        local id
        for id in "${ids[@]}"; do
                [ "$(property "$id" OutputBytes)" -gt 0 ] || return
        done
}
ok "twenty jobs run, and have written something" eventually 20 have_written
few=$(($(descriptors) - 10))
drop_in "$settings" '[Service]' "LimitNOFILE=$few:$(hard_limit)"
systemctl daemon-reload
pid=$(jobd_pid)
kill -s KILL "$pid"
ok "jobd is killed, and back with ten descriptors less than it had" eventually 20 jobd_is_another "$pid"
ok "it says what it lacks" eventually 10 log_says 'job [0-9]*: its output cannot be written to the cache; it stays in the journal: Too many open files'
ok "every job goes on" all_have_state Running "${ids[@]}"
mapfile -t lacking < <(journalctl --quiet --unit=jobd.service --since="@$begun" --output=cat |
        sed -n 's/^job \([0-9]*\): its output cannot be written.*/\1/p')
limit 0
units=("${ids[@]/#/jobd-}")
touch go
ok "all of them end" eventually 20 no_unit_is_active
ok "where it is not known what they have written, none is over" all_have_state Running "${lacking[@]}"
unlimit
ok "with descriptors, all are" eventually 30 all_have_state Failed "${ids[@]}"
wrong=0
for i in {1..20}; do
        id=${ids[i - 1]}
        [ "$(properties "$id" ExitCode OutputLost)" = "3 0" ] && [ "$(stream "$id")" = "before $i"$'\n'"after $i" ] ||
                wrong=$((wrong + 1))
done
is "each with its status and every line" "$wrong" 0

# A start.
drop_in "$settings" '[Service]' WatchdogSec=2s
drop_in /run/jobd/jobd.conf.d '[Manager]' RunningMax=1
systemctl daemon-reload
systemctl restart jobd.service
rm -f go
first=$(jobctl start -- sh -c "while ! [ -e $scratch/go ]; do sleep 0.1; done")
second=$(echo "its input" | jobctl start --input=- -- cat)
ok "one runs" eventually 10 all_have_state Running "$first"
like "one waits for it" "$(property "$second" Reason)" '^waits for its turn'
limit 4 # all of these are open
touch go
waits_for_resources() {
        [ "$(property "$second" Reason)" = "waits until jobd has the resources to start it: Too many open files" ]
}
ok "it waits on, and says for what" eventually 20 waits_for_resources
since=$(pinged)
ok "systemd hears that jobd is alive" eventually 5 pinged_since "$since"
is "it has not failed" "$(property "$second" State)" NotStarted
# What comes with a message has room, also the process of each client that newer buses hand out.
pid=$(jobd_pid)
fails 1 "a start with a descriptor is refused" sh -c 'echo input | jobctl start --input=- -- cat'
like "and why" "$output" 'no room for the call now, try again'
is "jobd is the same" "$(jobd_pid)" "$pid"
ok "the log says it, too" log_says "job $second: it cannot be started now and waits, as others do: Too many open files"
unlimit
is "with descriptors, it runs" "$(bus_wait "$second")" Completed
is "with its input" "$(stream "$second")" "its input"

# A start of jobd itself.
counted_restarts() {
        systemctl show --value -p NRestarts jobd.service
}
restarts=$(counted_restarts)
third=$(jobctl start -- sh -c "while ! [ -e $scratch/go-on ]; do sleep 0.1; done; exit 5")
ok "a job runs" eventually 10 has_state "$third" Running
hard=$(hard_limit)
# not LimitNOFILE=, under which systemd 257 cannot set up the unit
drop_in "$settings" '[Service]' ExecStart= 'ExecStart=/usr/bin/prlimit --nofile=7: -- /usr/libexec/jobd/jobd'
systemctl daemon-reload
systemctl restart --no-block jobd.service
ok "a jobd that has hardly a descriptor says so" eventually 20 log_says 'jobd cannot start now, that is tried again: Too many open files'
pid=$(jobd_pid)
touch go-on
prlimit --pid "$pid" --nofile="$hard:"
ok "with descriptors, it is there" eventually 40 jobctl list
is "it is the same process" "$(jobd_pid) $(counted_restarts)" "$pid $restarts"
fails 1 "the job has ended" jobctl wait --timeout="$(patience 20)" "$third"
is "as it did" "$(properties "$third" State ExitCode)" "Failed 5"
