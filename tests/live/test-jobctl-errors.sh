#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What jobctl says to input that cannot be meant: which exit status, and a text that names what is wrong.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# says STATUS TEXT ARG…: jobctl with these arguments ends with STATUS, says TEXT on stderr, and nothing on stdout.
says() {
        local expected=$1 text=$2 output status=0
        shift 2
        output=$(timeout "$((10 * pace))" jobctl "$@" 2>&1 >out </dev/null) || status=$?
        is "jobctl $(printf '%q ' "$@" | cut -c 1-60)" "$status, $(cat out)" "$expected, "
        like "names what is wrong" "$output" "^jobctl: .*$text"
}

usage() {
        says 2 'verb' ''
        says 2 "unknown verb 'lsit': is it list that you mean" lsit
        says 2 "unknown option '--nmae=x'" start --nmae=x true
        says 2 "unknown option '-x'" start -x true
        says 2 "option '--name' needs a value" start --name
        says 2 "option '--keep=1' takes no value" receive --keep=1 1
        says 2 "'--json=' is off, short or pretty, not 'yaml'|'yaml'" --json=yaml list
        says 2 'a word is missing' start
        says 2 'a word is missing' wait
        says 2 "'-' is not a host|''" -H '' list
        says 2 "'soon'" wait --timeout=soon 1
        says 2 "'Done'" list --state=Done
        says 2 "'many'" list --newest=many
        says 2 "'tomorrowish'" list --before=tomorrowish
        says 2 "'maybe'" list --has-more-data=maybe
        says 2 "'both'" receive --stream=both 1
        says 2 "'xml'" receive --output=xml 1
        says 2 '--keep and --wait' receive --keep --wait 1
        says 2 "'NOPE'" kill -s NOPE 1
        says 2 "'65'" kill -s 65 1
}

options_of_start() {
        says 2 "'a.*b'" start -n $'a\nb' true
        says 2 "'a.x1b.2Jb'" start -n $'a\e[2Jb' true
        says 2 "'a.xff'" start -n $'a\377' true
        says 2 '255 bytes' start -n "$(printf '%0256d' 0)" true
        says 2 "'08'" start --umask=08 true
        says 2 "'1777'" start --umask=1777 true
        says 2 "'20'" start --nice=20 true
        says 2 "'256'" start --success-exit-status=0,256 true
        says 2 "'0'" start -t 0 true
        says 2 "'ten'" start --stop-timeout=ten true
        says 2 "'big'" start --output-limit=big true
        says 2 "'keep'" start --output-full=keep true
        says 2 "'=x'" start -E =x true
        says 2 "NO_SUCH_VARIABLE" start -E NO_SUCH_VARIABLE true
        says 2 'directory is an empty word' start -C '' true
}

what_cannot_run() {
        says 1 "'/no/such'.*No such file" start -C /no/such true
        says 1 "'/etc/passwd'.*Not a directory" start -C /etc/passwd true
        says 127 "'no-such-program': no such program in PATH" start no-such-program
        says 127 "'/no/such': No such file" start /no/such
        says 127 'empty word' start ''
        says 127 "sh -c 'echo a \| wc'" start 'echo a | wc'
        says 126 "'/etc/passwd': Permission denied" start /etc/passwd
        says 126 "'/etc': Is a directory" start /etc
        says 127 "'no-such-program'" run no-such-program
        says 126 "'/etc/passwd': Permission denied" run /etc/passwd
        says 1 "'/no/such': No such file" start --input=/no/such cat
        says 1 "'/etc': Is a directory" start --input=/etc cat
        fails 1 "a directory of somebody else" as alice jobctl start -C /root true
        like "is named" "$output" "'/root': Permission denied"
}

# With a larger stack, the kernel lets through more than jobd takes.
too_many_arguments() {
        local words
        words=$(printf '%0100000d ' {1..25})
        # shellcheck disable=SC2086 # they are words
        says 1 '25[0-9]{5} bytes together, more than 2097152' start true $words
}

not_jobs() {
        local word
        for word in 0 4294967295 4294967303 99999999999999999999 00 7.2 7.x 7x no-such-name \
                00000000-0000-0000-0000-000000000000; do
                says 3 "'?$word'?" stop "$word"
        done
        says 2 "'-1' is not a job" stop -1
        says 3 "'-1' is not a job|'-1'" stop -- -1
        says 3 "''" stop ''
        for word in receive wait status show kill remove monitor; do
                says 3 "4294967295" "$word" 4294967295
        done
        says 3 "4294967295" --quiet --no-legend list 4294967295
        ok "a pattern may match nothing" jobctl stop 'no-such-*'
}

# Others are handled all the same, whatever comes first.
the_others_are_handled() {
        local id second
        id=$(jobctl start sleep 1000)
        second=$(jobctl start sleep 1000)
        says 3 'no job named .no-such-name.' stop no-such-name "$id" 4294967295 "$second" "$id"
        is "both were stopped" "$(jobctl show -p State --value "$id" "$second" | paste -sd ' ')" "Stopped  Stopped"
        says 3 '4294967295' remove 4294967295 "$id"
        says 3 "$id" show "$id"
        ok "a job that has ended needs no stopping" jobctl stop "$second"
        says 1 "$second.*finished.*Stopped" kill "$second"
}

an_unfinished_job() {
        local id finished
        id=$(jobctl start -n busy sleep 1000)
        finished=$(jobctl start true)
        jobctl wait "$finished" >out
        says 1 "$id.*not finished.*Running|$id.*NotStarted" remove "$finished" "$id"
        ok "all are looked at before any is removed" jobctl show "$finished"
        says 1 "$id.*not finished.*--wait" receive --remove "$id"
        ok "--force removes it" jobctl remove --force "$id" "$finished"
        says 3 "'busy'" show busy
}

jobs=$(busctl get-property org.jobd1 /org/jobd1 org.jobd1.Manager NJobs)
usage
options_of_start
what_cannot_run
(
        ulimit -s unlimited
        too_many_arguments
        exit "$failures"
)
[ $? -eq "$failures" ]
point "$?" "more arguments than 2 MiB"
not_jobs
is "no job has come of that" "$(busctl get-property org.jobd1 /org/jobd1 org.jobd1.Manager NJobs)" "$jobs"
the_others_are_handled
an_unfinished_job
