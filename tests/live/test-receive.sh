#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Receiving: kept, or taken exactly once, whoever asks, and however the receiver ends; limits that drop or block.
# timeout: 60
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

path() {
        printf '/org/jobd1/job/%s\n' "$1"
}

# call ID METHOD…: on the job's interface; prints what busctl prints.
call() {
        local id=$1
        shift
        busctl call org.jobd1 "$(path "$id")" org.jobd1.Job "$@" 2>&1
}

has_more() {
        property "$1" HasMoreData
}

keep_and_take() {
        local id first
        id=$(jobctl start -- sh -c 'seq 1000; while ! [ -e more ]; do sleep 0.02; done; seq 1000 2000')
        eventually 5 has_bytes "$id" 3893
        first=$(seq 1000 | sha)
        is "kept output is there" "$(jobctl receive --keep "$id" | sha)" "$first"
        is "and again" "$(jobctl receive --keep "$id" | sha)" "$first"
        is "one stream is kept" "$(stream "$id" | sha)" "$first"
        is "taken output is there" "$(jobctl receive "$id" | sha)" "$first"
        is "once" "$(jobctl receive "$id" | wc -c)" 0
        is "an unfinished job may have more" "$(has_more "$id")" yes
        touch more
        jobctl wait "$id" >/dev/null
        is "a finished one has, too" "$(has_more "$id")" yes
        is "only what is new is received" "$(jobctl receive "$id" | sha)" "$(seq 1000 2000 | sha)"
        is "then there is no more" "$(has_more "$id")" no
        is "for ever" "$(jobctl receive --keep "$id" | wc -c) $(has_more "$id")" "0 no"
}

# Two at once, while the job prints: each line goes to one of them.
two_receivers() {
        local id
        id=$(jobctl start -- sh -c 'for n in $(seq 1000); do seq -f "$n %.0f" 100; done')
        jobctl receive --wait "$id" >one 2>/dev/null &
        jobctl receive --wait "$id" >two 2>/dev/null
        wait "$!"
        is "two receivers get each line once" "$(sort one two | sha)" \
                "$(awk 'BEGIN { for (n = 1; n <= 1000; n++) for (i = 1; i <= 100; i++) print n, i }' | sort | sha)"
}

# Killed in the middle: what it has written is consumed or not, what it has not written is not; the lease is free.
receiver_killed() {
        local id receiver rest
        id=$(jobctl start -- "$scratch/random" 8 50M)
        jobctl wait "$id" >/dev/null
        mkfifo pipe
        jobctl receive "$id" >pipe &
        receiver=$!
        exec 9<pipe
        head -c 20000000 <&9 >half
        # it is about to write more, and cannot
        fails 1 "another receiver is told that somebody receives" call "$id" BeginReceive 'a{sv}' 1 Wait b false
        like "by name" "$output" '[Bb]usy|receiv'
        kill -s KILL "$receiver"
        wait "$receiver" 2>/dev/null
        cat <&9 >>half
        exec 9<&-
        jobctl receive "$id" >rest
        rest=$(stat -c %s rest)
        ok "the lease has come back" test "$rest" -gt 0
        ok "nothing was consumed that was not written" test $((rest + $(stat -c %s half))) -ge 52428800
        is "the rest goes on to the end" "$(sha rest)" "$(random 8 50M | tail -c "$rest" | sha)"
        is "and is gone now" "$(has_more "$id")" no
}

limit_drops() {
        local id dropped
        id=$(jobctl start --output-limit=1M -- "$scratch/random" 9 20M)
        jobctl wait "$id" >/dev/null
        jobctl receive "$id" >got 2>said
        dropped=$(property "$id" OutputDropped)
        ok "the oldest goes" test "$dropped" -ge $((19 * 1024 * 1024))
        is "what is left are the newest bytes" "$(sha got)" "$(random 9 20M | tail -c +$((dropped + 1)) | sha)"
        like "the receiver is told" "$(cat said)" "$dropped bytes of output were dropped"
        is "all was counted" "$(properties "$id" State OutputBytes OutputLost)" "Completed 20971520 0"
}

limit_blocks() {
        local id command size=$((20 * 1024 * 1024))
        truncate -s "$size" zeros
        id=$(jobctl start --output-limit=1M --output-full=block -- cat zeros)
        eventually 5 has_bytes "$id" 1000000
        command=$(command_of "$id")
        ok "a job at its limit waits" eventually 5 stands_still "$command"
        ok "there is no more than the limit" test "$(property "$id" OutputBytes)" -le $((1024 * 1024))
        is "it runs" "$(property "$id" State)" Running
        is "it goes on when its output is received, to the last byte" "$(jobctl receive --wait "$id" | sha)" "$(sha zeros)"
        is "nothing was dropped" "$(properties "$id" State OutputBytes OutputDropped)" "Completed $size 0"
}

removed_while_read() {
        local id reader status=0
        id=$(jobctl start -- sh -c 'echo line; exec sleep 1000')
        jobctl receive --keep --follow "$id" >followed 2>said &
        reader=$!
        eventually 5 test -s followed
        ok "a job can be removed while it is read" jobctl remove --force "$id"
        wait "$reader" || status=$?
        is "the reader has what was there" "$(cat followed)" line
        like "and ends with a status that says so" "$status" "^[13]$"
        fails 1 "what is gone cannot be read" call "$id" ReadOutput 'ttta{sv}' 0 1000 0 0
        like "by name" "$output" 'No such job|UnknownObject|Unknown object|NoSuchJob|There is no job'
}

positions() {
        local id end=$((56 + 32 + 5)) # the segment's head, a frame's header, its bytes
        id=$(jobctl start -- sh -c 'printf hello; while ! [ -e world ]; do sleep 0.02; done; printf world >&2')
        eventually 5 has_bytes "$id" 5
        like "ReadOutput begins at the beginning" "$(call "$id" ReadOutput 'ttta{sv}' 0 1000 0 0)" \
                "^a\(ttsay\)tb 1 $end [0-9]+ \"stdout\" 5 104 101 108 108 111 $end false$"
        is "there is nothing behind the end" "$(call "$id" ReadOutput 'ttta{sv}' "$end" 1000 0 0)" "a(ttsay)tb 0 $end false"
        like "beyond it is an error" "$(call "$id" ReadOutput 'ttta{sv}' $((end + 1)) 1000 0 0)" 'beyond the end'
        like "inside a frame as well" "$(call "$id" ReadOutput 'ttta{sv}' 60 1000 0 0)" '[Oo]utput'
        call "$id" ReadOutput 'ttta{sv}' "$end" 1000 20000000 0 >waited &
        touch world
        wait "$!"
        like "it waits for more" "$(cat waited)" \
                "^a\(ttsay\)tb 1 $((end + 37)) [0-9]+ \"stderr\" 5 119 111 114 108 100 $((end + 37)) (true|false)$"
        jobctl wait "$id" >/dev/null
        is "and says where the end is" "$(call "$id" ReadOutput 'ttta{sv}' $((end + 37)) 1000 20000000 0)" \
                "a(ttsay)tb 0 $((end + 37)) true"
        like "OpenOutput gives the segment" "$(call "$id" OpenOutput 'ta{sv}' 0 0)" "^htt [0-9]+ 0 $((end + 37))$"
        like "Receive without keep takes it" "$(call "$id" Receive 'bta{sv}' false 1000 0)" \
                '^a\(tsay\)b 2 [0-9]+ "stdout" 5 104 101 108 108 111 [0-9]+ "stderr" 5 119 111 114 108 100 false$'
        is "once" "$(call "$id" Receive 'bta{sv}' false 1000 0)" "a(tsay)b 0 false"
}

cat >silent.py <<'END'
# ID BIG: asks for the output of ID, without keep, behind more of BIG's than a socket holds, and reads nothing.
import bus, ctypes, sys
number = ctypes.c_uint64
taken, big = bus.job(sys.argv[1]), bus.job(sys.argv[2])
silent, other = bus.Bus(), bus.Bus()
silent.call(big, "Receive", "bta{sv}", 1, number(1), 0)
for _ in range(40):
    silent.send(big, "Receive", "bta{sv}", 1, number(1), 0)
silent.send(taken, "Receive", "bta{sv}", 0, number(1000), 0)
silent.flush()
# their connections take turns, so that the silent one's calls have been done then
for _ in range(80):
    other.call(big, "Receive", "bta{sv}", 1, number(1), 0)
print("sent", flush=True)
sys.stdin.read()
END

ask_and_read_nothing() {
        : >asked
        PYTHONPATH=$here python3 silent.py "$1" "$2" <never >asked 2>&1 &
        asker=$!
        on_exit kill -s KILL "$asker"
}

# What was sent and not taken is not received.
client_does_not_read() {
        local id big asker hello='^a\(tsay\)b 1 [0-9]+ "stdout" 5 104 101 108 108 111 '
        id=$(jobctl start -- printf hello)
        big=$(jobctl start -- head -c 64000 /dev/zero)
        jobctl wait "$id" "$big" >/dev/null
        mkfifo never
        exec 8<>never
        ask_and_read_nothing "$id" "$big"
        ok "somebody asks, and does not read" eventually 10 grep -q sent asked
        is "his answer is not received yet" "$(jobctl receive --keep "$id")" hello
        kill -s KILL "$(systemctl show --value -p MainPID jobd.service)"
        is "and is not, if jobd is killed" "$(jobctl receive --keep "$id")" hello
        kill -s KILL "$asker"
        ask_and_read_nothing "$id" "$big"
        ok "another one asks" eventually 10 grep -q sent asked
        kill -s KILL "$asker"
        like "nor if he is killed" "$(call "$id" Receive 'bta{sv}' false 1000 0)" "${hello}false\$"
        exec 8>&-
}

# A client that leaves with its answer.
client_leaves_at_once() {
        local id all i
        id=$(jobctl start -- sh -c 'for i in $(seq 30); do echo $i; sleep 0.02; done')
        jobctl wait "$id" >/dev/null
        all=$(stream "$id" | od -An -v -tu1 | xargs)
        i=$(while [ "$(has_more "$id")" = yes ]; do
                call "$id" Receive 'bta{sv}' false 1 0 | sed -E 's/.*"stdout" [0-9]+ (.*) (true|false)$/\1/'
        done | xargs)
        is "what busctl prints, and leaves, is received, each byte once" "$i" "$all"
}

keep_and_take
if [ "$(systemctl show --value -p Id dbus.service)" = dbus-broker.service ]; then
        skip "somebody asks, and does not read" "dbus-broker does not tell"
else
        client_does_not_read
fi
client_leaves_at_once
two_receivers
receiver_killed
limit_drops
limit_blocks
removed_while_read
positions
