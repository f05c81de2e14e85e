#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# jobd may be killed at any moment: every job goes on, and every byte and every end is there when it is back, once.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"
# shellcheck source=output.sh
. "$here/output.sh"

# Two seconds of lines on both streams, then an end of its own.
cat >print <<'END'
import os, sys, time
number = int(sys.argv[1])
for line in range(150):
    os.write(1, b"%d out %d\n" % (number, line))
    os.write(2, b"%d err %d " % (number, line))
    time.sleep(0.01)
sys.exit(number % 3)
END

expected_of() {
        printf '%s %s\n' "$(seq -f "$1 out %.0f" 0 149 | sha)" "$(seq -f "$1 err %.0f " 0 149 | tr -d '\n' | sha)"
}

# told ID: its finished state was, and no other; again only by a jobd that cannot know whether the one before told it.
told() {
        local told
        told=$(grep "\"path\":\"/org/jobd1/job/$1\".*\"StateChanged\"" signals |
                grep -oE '"data":\["(Completed|Failed|Stopped)"')
        [ -n "$told" ] && [ "$(sort -u <<<"$told" | wc -l)" -eq 1 ]
}

twenty_print() {
        local n ids=() state
        listen signals || bail "nobody listens"
        for n in $(seq 20); do
                ids+=("$(jobctl start -- python3 print "$n")")
        done
        for n in 1 2 3; do
                ok "jobd is killed while twenty jobs print, and comes back" kill_jobd
        done
        eventually 10 finished "${ids[0]}"
        ok "jobd is killed while they end" kill_jobd
        jobctl wait --timeout="$(patience 20)" "${ids[@]}" >/dev/null
        for n in $(seq 20); do
                state=Failed
                [ $((n % 3)) -ne 0 ] || state=Completed
                is "job $n: its end, and nothing lost" "$(properties "${ids[n - 1]}" State ExitCode OutputLost)" \
                        "$state $((n % 3)) 0"
                is "job $n: every byte" "$(sums "${ids[n - 1]}")" "$(expected_of "$n")"
        done
        for n in $(seq 20); do
                ok "job $n: its end is told, and never another one" eventually 5 told "${ids[n - 1]}"
        done
}

dead_until_started() {
        drop_in /run/systemd/system/jobd.service.d '[Service]' Restart=no
        systemctl daemon-reload
        kill -s KILL "$(jobd_pid)"
        eventually 5 systemctl --quiet is-failed jobd.service
}

alive_again() {
        rm -f /run/systemd/system/jobd.service.d/live-test.conf
        systemctl daemon-reload
        systemctl start jobd.service
}

# ended ID: its unit is over.
ended() {
        case $(systemctl show --value -p ActiveState "jobd-$1.service") in
        inactive | failed) return 0 ;;
        *) return 1 ;;
        esac
}

# until_go COMMAND: what it does once the file is there.
until_go() {
        printf 'echo begin; while ! [ -e go ]; do sleep 0.02; done; %s' "$1"
}

# All jobs end while there is no jobd.
all_end_meanwhile() {
        local id ids
        good=$(jobctl start -- sh -c "$(until_go 'seq 100000; echo end >&2')")
        bad=$(jobctl start -- sh -c "$(until_go 'exit 7')")
        killed=$(jobctl start -- sh -c "$(until_go 'kill -s KILL $$')")
        dumped=$(jobctl start -- sh -c "ulimit -c 0; $(until_go 'kill -s SEGV $$')")
        late=$(jobctl start --timeout=2s -- sh -c 'echo begin; sleep 100')
        stopped=$(jobctl start -- sh -c "trap 'echo stopping; touch stopping; while ! [ -e go ]; do sleep 0.02; done; exit 0' TERM
                echo begin; while :; do sleep 0.02; done")
        ids=("$good" "$bad" "$killed" "$dumped" "$late" "$stopped")
        for id in "${ids[@]}"; do
                eventually 5 has_bytes "$id" 6
        done
        jobctl stop --no-wait "$stopped"
        ok "a job is being stopped" eventually 5 test -e stopping

        ok "jobd is killed, and stays dead" dead_until_started
        touch go
        for id in "${ids[@]}"; do
                ok "job $id ends while jobd is dead" eventually 10 ended "$id"
        done
        ok "jobd is started again" alive_again
        jobctl wait --timeout="$(patience 10)" "${ids[@]}" >/dev/null

        is "one was a success" "$(properties "$good" State Result ExitCode Reason)" "Completed success 0 "
        is "with every byte" "$(sums "$good")" "$({ echo begin; seq 100000; } | sha) $(echo end | sha)"
        is "one failed" "$(properties "$bad" State Result ExitCode Reason)" \
                "Failed exit-code 7 exited with status 7"
        is "one was killed" "$(properties "$killed" State Result ExitSignal Reason)" \
                "Failed signal 9 killed by signal KILL"
        is "one crashed" "$(properties "$dumped" State ExitSignal)" "Failed 11"
        is "one took too long" "$(properties "$late" State Result Reason)" "Failed timeout ran longer than 2s"
        is "one was stopped" "$(properties "$stopped" State Result Reason)" "Stopped stopped stopped by root"
        is "and said so" "$(stream "$stopped")" $'begin\nstopping'
        is "nothing was lost" "$(for id in "${ids[@]}"; do property "$id" OutputLost; done | sort -u)" 0
}

# The same without force, and both ways in which an administrator does it.
restarted_by_hand() {
        local id
        rm -f go
        id=$(jobctl start -- sh -c "$(until_go 'echo end; exit 4')")
        eventually 5 has_bytes "$id" 6
        ok "jobd is restarted" systemctl restart jobd.service
        is "the job still runs" "$(property "$id" State)" Running
        ok "jobd is stopped" systemctl stop jobd.service
        is "the job does not care" "$(systemctl is-active "jobd-$id.service")" active
        ok "jobd is started" systemctl start jobd.service
        touch go
        fails 1 "the job ends" jobctl wait --timeout="$(patience 10)" "$id"
        is "as it should" "$(properties "$id" State ExitCode OutputLost) $(stream "$id")" $'Failed 4 0 begin\nend'
}

# The machine goes down: what ran is gone, what waited is not.
rebooted() {
        local id waiting folder=/var/lib/jobd
        id=$(jobctl start -- sh -c 'echo begin; exec sleep 1000')
        eventually 5 has_bytes "$id" 6
        systemctl stop jobd.service
        systemctl kill --signal=KILL "jobd-$id.service"
        eventually 5 ended "$id"
        systemctl reset-failed "jobd-$id.service"
        sed -i 's/^BootId=.*/BootId=00000000000000000000000000000001/' "$folder/$id/job"
        ok "the record is of another boot" grep -q '^BootId=0*1$' "$folder/$id/job"
        systemctl start jobd.service
        fails 1 "what ran has ended" jobctl wait --timeout="$(patience 10)" "$id"
        is "and failed" "$(properties "$id" State Result ExitCode Reason)" \
                "Failed lost -1 the system was restarted while the job ran"
        is "with the output that it had" "$(stream "$id")" begin
        waiting=$(jobctl start -- true)
        ok "ids go on" test "$waiting" -gt "$id"
}

# has_size FILE BYTES: at least.
has_size() {
        [ "$(stat -c %s "$1")" -ge "$2" ]
}

# Who waits for a job waits for jobd: each goes on where it was, shows nothing twice, and ends as it would have.
clients_go_on() {
        local id run wait receive stop n status
        id=$(jobctl start -- "$scratch/random" 4 100M)
        jobctl run -- sh -c 'i=0; while [ $i -lt 300 ]; do i=$((i + 1)); echo "line $i"; [ -e go ] || sleep 0.02; done; exit 7' \
                >run.out 2>run.err &
        run=$!
        jobctl start -n waited -- sh -c 'until [ -e go ]; do sleep 0.05; done; exit 3' >/dev/null
        jobctl wait waited >wait.out 2>&1 &
        wait=$!
        jobctl start -n stopped --stop-timeout=5 -- sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done' >/dev/null
        eventually 10 sh -c 'jobctl receive --keep stopped | grep -q ready'
        jobctl stop stopped >stop.out 2>&1 &
        stop=$!
        jobctl wait "$id" >/dev/null
        mkfifo slow
        jobctl receive "$id" >slow 2>receive.err &
        receive=$!
        exec 9<slow
        eventually 10 has_size run.out 7
        for n in 1 2 3; do
                head -c 20M <&9 >>receive.out
                ok "jobd is killed while clients wait" kill_jobd
        done
        touch go
        cat <&9 >>receive.out
        exec 9<&-
        status=0; wait "$receive" || status=$?
        is "receive ends well" "$status, $(cat receive.err)" "0, "
        is "with each byte once" "$(sha receive.out)" "$(random 4 100M | sha)"
        is "and has consumed them" "$(jobctl receive "$id" | wc -c) $(property "$id" HasMoreData)" "0 no"
        status=0; wait "$run" || status=$?
        is "run ends as the job did" "$status, $(cat run.err)" "7, "
        is "with each line once" "$(sha run.out)" "$(seq -f 'line %.0f' 300 | sha)"
        status=0; wait "$wait" || status=$?
        like "wait tells the job's end" "$status $(cat wait.out)" "^1 .*Failed"
        status=0; wait "$stop" || status=$?
        is "stop waits for its end" "$status $(property stopped State)" "0 Stopped"
        rm go
}

on_exit alive_again
clients_go_on
twenty_print
all_end_meanwhile
restarted_by_hand
rebooted
