# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154
# For tests of a job's output: bytes that can be made twice, jobs that print them, what a job's properties say.

# A stream of random bytes that is the same each time: jobs print it, tests compute its checksum by themselves.
cat >"$scratch/random" <<'END'
#!/bin/sh
# random SEED BYTES
key=$(printf '%032x' "$1")
head -c "$2" /dev/zero | openssl enc -aes-128-ctr -nosalt -K "$key" -iv 00000000000000000000000000000000
END
chmod 0755 "$scratch/random"

# random SEED BYTES
random() {
        "$scratch/random" "$@"
}

# property ID NAME
property() {
        jobctl show --value -p "$2" "$1"
}

# properties ID NAME…: on one line, all of one moment.
properties() {
        local id=$1 name all line
        local -a text=()
        local -A values=()
        shift
        all=$(IFS=, && jobctl show -p "$*" "$id") || return
        while IFS= read -r line; do
                values[${line%%=*}]=${line#*=}
        done <<<"$all"
        for name in "$@"; do
                text+=("${values[$name]-}")
        done
        printf '%s\n' "${text[*]}"
}

# finished ID…: whether all are.
finished() {
        jobctl wait --timeout=0 "$@" >/dev/null
        [ $? -ne 124 ]
}

# has_bytes ID N: at least so many are in the cache.
has_bytes() {
        [ "$(property "$1" OutputBytes)" -ge "$2" ]
}

# stream ID: what it wrote to stdout, which stays.
stream() {
        jobctl receive --stream=stdout "$1" 2>/dev/null
}

# sums ID…: of each job, on a line, the checksums of its two streams, which stay.
sums() {
        jobctl receive --keep --output=json "$@" 2>/dev/null | python3 "$here/sums" "$@"
}

# command_of ID: the process id of the job's command.
command_of() {
        pgrep -P "$(systemctl show --value -p MainPID "jobd-$1.service")"
}

# written_by PID: how many bytes it wrote.
written_by() {
        awk '$1 == "wchar:" { print $2 }' "/proc/$1/io"
}

# sleeps PID…: none of them waits for a processor.
sleeps() {
        local pid
        for pid; do
                [[ $(sed 's/.*) //' "/proc/$pid/stat") == S* ]] || return 1
        done
}

# stands_still PID: it wrote nothing for a while, and neither it nor its jobd-exec was about to.
stands_still() {
        local before parent
        before=$(written_by "$1")
        parent=$(ps -o ppid= -p "$1" | tr -d ' ')
        # journald may be slow for as long as one of these, on a busy machine
        for _ in 1 2 3 4; do
                sleeps "$1" "$parent" || return
                sleep 0.3
        done
        sleeps "$1" "$parent" && [ "$(written_by "$1")" -eq "$before" ]
}

# drop_in FOLDER LINE…: settings of a unit or of journald, in its folder of drop-ins.
drop_in() {
        local folder=$1
        shift
        mkdir -p "$folder"
        printf '%s\n' "$@" >"$folder/live-test.conf"
}

jobd_pid() {
        systemctl show --value -p MainPID jobd.service
}

# jobd_is_new PID: another one is ready.
jobd_is_new() {
        [ "$(jobd_pid)" != "$1" ] && systemctl --quiet is-active jobd.service
}

kill_jobd() {
        local pid
        pid=$(jobd_pid)
        kill -s KILL "$pid" && eventually 10 jobd_is_new "$pid"
}

# fill_up FOLDER: more than once, as a write that has just failed, and a unit that goes, give back what they had.
fill_up() {
        local i
        for i in {1..10}; do
                head -c 1M /dev/zero >>"$1/fill$i" 2>/dev/null
                sleep 0.02
        done
}

# The process of the namespace's journald.
journald_pid() {
        systemctl show --value -p MainPID systemd-journald@jobd.service
}

# journald_is_new PID: another one than that is there.
journald_is_new() {
        local pid
        pid=$(journald_pid)
        [ "$pid" != 0 ] && [ "$pid" != "$1" ]
}

# What the test has put into the journal need not stay in memory.
empty_journal() {
        journalctl --quiet --namespace=jobd --rotate --vacuum-size=1K >/dev/null 2>&1
}
on_exit empty_journal
