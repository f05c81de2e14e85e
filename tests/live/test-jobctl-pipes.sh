#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Where jobctl writes to: pipes that somebody else made non-blocking, readers who are slow or go away, what cannot be
# written to. Nobody's job ends for it, and nothing that was not read is consumed.
# timeout: 60
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

stdio() {
        timeout "$(patience 60)" python3 "$here/stdio.py" "$@"
}

# How the verbs print what does not fit into a pipe that is full and non-blocking.
non_blocking() {
        local id
        is "run waits for a slow reader, and the job goes on" \
                "$(stdio slow jobctl run -- sh -c 'seq 30000; exit 3')" "$(seq 30000 | sha) 3"
        is "both streams into one pipe" "$(stdio both jobctl run -- sh -c 'seq 30000; seq 30000 >&2')" \
                "$({ seq 30000; seq 30000; } | sha) 0"
        id=$(jobctl start -n pipes -- seq 30000)
        jobctl wait "$id" >/dev/null
        is "receive waits" "$(stdio slow jobctl receive "$id")" "$(seq 30000 | sha) 0"
        is "and has received it all" "$(jobctl receive "$id" | wc -c)" 0
        is "list waits" "$(stdio slow jobctl list "$id")" "$(jobctl list "$id" | sha) 0"
        is "so does show" "$(stdio slow jobctl show -p State,Result "$id")" "$(jobctl show -p State,Result "$id" | sha) 0"
        is "and --help" "$(stdio slow jobctl --help)" "$(jobctl --help | sha) 0"
        is "and an error" "$(stdio both jobctl show no-such-job)" "$(jobctl show no-such-job 2>&1 | sha) 3"
}

# is_stopped ID
is_stopped() {
        [ "$(property "$1" State)" = Stopped ]
}

reader_leaves() {
        local id
        is "run: a reader who leaves while it waits ends it as in any pipe" "$(stdio left jobctl run --keep -n left yes)" -13
        ok "and its job" eventually 10 is_stopped left
        is "list: as well" "$(stdio left jobctl list left)" -13
        id=$(jobctl start -- sh -c 'seq 30000; exec sleep 1000')
        eventually 5 has_bytes "$id" 168894
        is "receive: Ctrl-C while it waits" "$(stdio intr jobctl receive "$id")" -2
        is "has taken nothing" "$(jobctl receive --keep "$id" | sha)" "$(seq 30000 | sha)"
        jobctl stop "$id"
}

# lines N: as many, a piece each.
lines() {
        local id
        id=$(jobctl start -- sh -c 'i=0; while [ $i -lt '"$1"' ]; do echo "line $i"; i=$((i + 1)); sleep 0.01; done')
        jobctl wait "$id" >/dev/null
        printf '%s\n' "$id"
}

# What the reader has not taken comes again.
unread_comes_again() {
        local id
        id=$(lines 20)
        jobctl receive "$id" | head -c 1 >/dev/null
        jobctl receive "$id" | dd bs=1 count=8 2>/dev/null >first
        is "pieces that were read to the end are gone, the others come again" "$(jobctl receive "$id")" \
                "$(seq -f 'line %.0f' 1 19)"
        is "the reader has his bytes" "$(cat first)" $'line 0\nl'
}

# A receiver that is ended in the middle of its output, while its reader is slow, and goes on reading.
receiver_ended() {
        local signal id
        for signal in INT TERM HUP KILL; do
                id=$(jobctl start -- seq 30000)
                jobctl wait "$id" >/dev/null
                # 64 KiB of 165 lie in the pipe, the rest waits
                stdio "$signal" jobctl receive --follow "$id" >got 2>status
                is "receive dies of $signal" "$(cat status)" "-$(kill -l "$signal")"
                jobctl receive "$id" >>got
                is "and nothing is missing" "$(sort -n got | uniq | sha)" "$(seq 30000 | sha)"
        done
}

late_reader() {
        local id
        id=$(lines 3)
        is "a reader who comes late" "$(jobctl receive "$id" | (eventually 10 has_bytes "$id" 21; cat))" $'line 0\nline 1\nline 2'
        is "has all of it" "$(jobctl receive "$id")" ""
        id=$(lines 3)
        ok "who leaves" sh -c "jobctl receive $id | true"
        is "has none" "$(jobctl receive --keep "$id" | wc -l)" 3
        fails 1 "then it is not removed" bash -c "set -o pipefail; jobctl receive --remove $id | { read -r _; }"
        like "and that is said" "$output" "job $id is not removed"
        is "what was left is still there" "$(jobctl receive --remove "$id")" $'line 1\nline 2'
        id=$(jobctl start -- seq 30000)
        jobctl wait "$id" >/dev/null
        like "a socket whose reader leaves" "$(stdio socket jobctl receive "$id")" '^1000 '
        is "has the rest the next time" "$(jobctl receive "$id" | tail -n 1)" 30000
}

# The limit is smaller than what the pipe holds: the job goes on when the reader reads, without more of its output.
job_waits_for_reader() {
        is "a full output waits for what lies in the pipe" \
                "$(jobctl run --output-limit=64K --output-full=block -- seq 100000 | (sleep 0.2; sha))" "$(seq 100000 | sha)"
}

unwritable() {
        local id
        fails 1 "an id that cannot be printed" sh -c 'jobctl start -n lost-id sleep 1000 >/dev/full'
        id=$(jobctl list --json=short lost-id | grep -o '"Id":[0-9]*' | cut -d: -f2)
        like "is told all the same, and how to stop the job" "$output" "No space left.*job $id was started.*jobctl stop $id"
        jobctl stop "$id"
        fails 1 "closed standard output" sh -c 'jobctl start -n lost-id true >&-'
        like "as well" "$output" "job $((id + 1)) was started"
        fails 1 "--json" sh -c 'jobctl --json=short start -n lost-id true >/dev/full'
        like "as well" "$output" "job $((id + 2)) was started"
        fails 1 "list" sh -c 'jobctl list >&-'
        fails 1 "--help" sh -c 'jobctl --help >/dev/full'
        like "is told" "$output" "cannot write to standard output: No space left"
        fails 1 "closed standard input" sh -c 'jobctl start --input=- cat <&-'
        like "is told" "$output" "cannot read"
        ok "nor does closed standard error keep a job from running" sh -c 'jobctl run true 2>&-'
}

non_blocking
reader_leaves
unread_comes_again
receiver_ended
late_reader
job_waits_for_reader
unwritable
