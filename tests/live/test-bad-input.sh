#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What cannot be meant is refused over the bus with an error of its own, which names what is wrong; no job is left by it.
# timeout: 60
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"

start_refuses() {
        bus_refuses "StartJob: $1" root "$2" "$3" manager StartJob "${@:4}"
}

n_jobs() {
        busctl get-property org.jobd1 "$manager_path" "$manager_interface" NJobs
}

options() {
        start_refuses "an unknown option" UnknownOption 'Nmae' "['true']" "{'Nmae': <'x'>}"
        start_refuses "an option of a wrong type" InvalidArgument 'Name: its type is s, not u' "['true']" \
                "{'Name': <uint32 7>}"
        start_refuses "an option given twice" InvalidArgument 'Umask: given twice' "['true']" \
                "[{'Umask', <uint32 18>}, {'Umask', <uint32 18>}]"
        start_refuses "a name with a newline" InvalidArgument 'Name: .*control' "['true']" "{'Name': <'a\\nb'>}"
        start_refuses "a name with an escape" InvalidArgument 'Name: .*control' "['true']" "{'Name': <'a\\u001b[2Jb'>}"
        start_refuses "a name of 256 bytes" InvalidArgument 'Name: .*255' "['true']" "{'Name': <'$(printf '%0256d' 0)'>}"
        start_refuses "umask 01000" InvalidArgument 'Umask: 01000' "['true']" "{'Umask': <uint32 512>}"
        start_refuses "nice 20" InvalidArgument 'Nice: 20' "['true']" "{'Nice': <20>}"
        start_refuses "exit status 256" InvalidArgument 'SuccessExitStatus: 256' "['true']" "{'SuccessExitStatus': <[256]>}"
        start_refuses "no time to run" InvalidArgument 'RuntimeMaxUSec: 0' "['true']" "{'RuntimeMaxUSec': <uint64 0>}"
        start_refuses "another word than drop and block" InvalidArgument "OutputFull: 'keep'" "['true']" \
                "{'OutputFull': <'keep'>}"
        start_refuses "a variable without a value" InvalidArgument "Environment: 'LANG'" "['true']" "{'Environment': <['LANG']>}"
        start_refuses "a variable without a name" InvalidArgument "Environment: '=C'" "['true']" "{'Environment': <['=C']>}"
}

# The numbers are the bytes of a word.
commands() {
        start_refuses "an empty command" InvalidArgument 'command is empty' "@as []" "@a{sv} {}"
        start_refuses "a command that is an empty word" InvalidArgument 'command is empty' "['']" "@a{sv} {}"
        start_refuses "two commands" InvalidArgument 'CommandBytes' "['true']" "{'CommandBytes': <[@ay [116]]>}"
        start_refuses "a word with a NUL" InvalidArgument 'CommandBytes: .*NUL' "@as []" "{'CommandBytes': <[@ay [116, 0, 116]]>}"
        start_refuses "a relative directory" InvalidArgument "WorkingDirectory: 'tmp'" "['true']" \
                "{'WorkingDirectory': <@ay [116, 109, 112]>}"
        start_refuses "an empty directory" InvalidArgument "WorkingDirectory: ''" "['true']" "{'WorkingDirectory': <@ay []>}"
        start_refuses "a directory that is not text" InvalidArgument 'WorkingDirectory: ' "['true']" \
                "{'WorkingDirectory': <@ay [255, 27]>}"
}

# More than any command line holds, so that only a program can ask for it.
ten_megabytes() {
        local text
        text=$(PYTHONPATH=$here python3 - 2>&1 <<'PYTHON'
import bus
try:
    bus.Bus().start("true", *["x" * 100000] * 100)
except bus.BusError as e:
    print(e)
PYTHON
        )
        like "StartJob: 10 MB of arguments" "$text" '^org\.jobd1\.Error\.LimitExceeded: .*2097152 bytes'
}

# start_with_input: what StartJob says to descriptor 3.
start_with_input() {
        PYTHONPATH=$here python3 -c 'import bus
try:
    bus.Bus().call(bus.MANAGER, "StartJob", "asa{sv}", 1, "true", 1, "StandardInput", "h", 3)
except bus.BusError as e:
    print(e)'
}
export here
export -f start_with_input
export SHELL=/bin/bash # what script runs

standard_input() {
        local invalid='^org\.jobd1\.Error\.InvalidArgument: Option StandardInput: '
        like "StartJob: a terminal as standard input" "$(script -qec 'start_with_input 3<&0' /dev/null)" \
                "$invalid.*terminal"
        like "StartJob: a directory as standard input" "$(start_with_input 3</)" "$invalid.*directory"
        like "StartJob: a descriptor for writing as standard input" "$(start_with_input 3>/dev/null)" \
                "$invalid.*not readable"
}

what_only_root_may() {
        bus_refuses "StartJob: nice -1, by alice" alice AccessDenied 'Nice -1' manager StartJob "['true']" "{'Nice': <-1>}"
        bus_refuses "StartJob: a stop time-out of an hour, by alice" alice AccessDenied 'StopTimeoutUSec 1h: .*5min' manager \
                StartJob "['true']" "{'StopTimeoutUSec': <uint64 3600000000>}"
}

no_such_job() {
        local path
        bus_refuses "GetJob: an id that was never given" root NoSuchJob '4294967295' manager GetJob 4294967295 '@a{sv} {}'
        bus_refuses "GetJob: 0" root NoSuchJob '0' manager GetJob 0 '@a{sv} {}'
        bus_refuses "WaitJobs: a job that is not there" root NoSuchJob '/org/jobd1/job/4294967295' manager WaitJobs \
                "[objectpath '/org/jobd1/job/4294967295']" "@a{sv} {}"
        for path in 4294967295 0 "0$1" "${1}x" "_$1" $((4294967296 + $1)) 99999999999999999999; do
                bus_refuses "/org/jobd1/job/$path is no job" root NoSuchJob "/org/jobd1/job/$path" "$path" Stop "@a{sv} {}"
        done
}

other_arguments() {
        bus_refuses "WaitJobs: another mode than any and all" root InvalidArgument "Mode: 'some'" manager WaitJobs \
                "@ao []" "{'Mode': <'some'>}"
        bus_refuses "WaitJobs: an unknown option" root UnknownOption 'Timeout' manager WaitJobs "@ao []" "{'Timeout': <1>}"
        bus_refuses "ListJobs: an unknown property" root InvalidArgument "'Nmae'" manager ListJobs "{'Properties': <['Nmae']>}"
        bus_refuses "ListJobs: an unknown state" root InvalidArgument "'Done'" manager ListJobs "{'States': <['Done']>}"
}

an_unfinished_job() {
        bus_refuses "Remove: an unfinished job" root NotFinished "$1 .*Running" "$1" Remove "@a{sv} {}"
        bus_refuses "Remove: an unknown option" root UnknownOption 'Froce' "$1" Remove "{'Froce': <true>}"
        bus_refuses "Kill: no signal" root InvalidArgument "'NOPE'" "$1" Kill NOPE "@a{sv} {}"
        bus_refuses "Kill: a long word, cut inside a letter" root InvalidArgument "'xééé.* is not a signal" "$1" Kill \
                "x$(printf 'é%.0s' {1..40})" "@a{sv} {}"
        bus_refuses "Kill: signal 65" root InvalidArgument "'65'" "$1" Kill 65 "@a{sv} {}"
        bus_refuses "Kill: an unknown option" root UnknownOption 'Colour' "$1" Kill TERM "{'Colour': <'all'>}"
        bus_refuses "ReadOutput: beyond the end" root NoOutput '1000 .*' "$1" ReadOutput 1000 1 0 '@a{sv} {}'
        bus_refuses "OpenOutput: beyond the end" root NoOutput '1000 .*' "$1" OpenOutput 1000 '@a{sv} {}'
        bus_refuses "Consume: without BeginReceive" root Busy 'BeginReceive' "$1" Consume 0 0 '@a{sv} {}'
        is "the job is still there" "$(property "$1" State)" Running
}

a_finished_job() {
        bus_refuses "Stop: a finished job" root AlreadyFinished "$1 .*Stopped" "$1" Stop "@a{sv} {}"
        bus_refuses "Kill: a finished job" root AlreadyFinished "$1 .*Stopped" "$1" Kill TERM "@a{sv} {}"
        bus_job "$1" Remove 'a{sv}' 0
        bus_refuses "Remove: a job that was removed" root NoSuchJob "$1" "$1" Remove "@a{sv} {}"
}

before=$(n_jobs)
options
commands
ten_megabytes
standard_input
what_only_root_may
is "nothing of that has become a job" "$(n_jobs)" "$before"

id=$(bus_start 2 sleep 1000 0)
ok "a job" eventually 10 has_state "$id" Running
no_such_job "$id"
other_arguments
an_unfinished_job "$id"
bus_job "$id" Stop 'a{sv}' 0
a_finished_job "$id"
