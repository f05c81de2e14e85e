#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# jobctl list, show, status and monitor: what is shown, of which jobs, in which form.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# Everything as carol, who has no other jobs.
useradd --create-home carol 2>/dev/null
ctl() {
        as carol jobctl "$@"
}

# listed ARG…: the ids that list shows, as names of this test's jobs.
listed() {
        local id names=()
        for id in $(ctl --no-legend list "$@" | awk '{ print $1 }'); do
                names+=("${name_of[$id]:-$id}")
        done
        echo "${names[*]}"
}

begin_jobs() {
        declare -gA name_of=()
        good=$(ctl start -n good -- sh -c 'echo out; sleep 0.05; echo err >&2')
        ctl wait "$good" >out
        bad=$(ctl start -n 'bad one' -- sh -c 'exit 3')
        ctl wait "$bad" >out
        stopped=$(ctl start -n good -- sleep 1000)
        ctl stop "$stopped"
        running=$(ctl start -n 'run*' -- sleep 1000)
        eventually 5 sh -c "jobctl show -p State --value $running | grep -q Running"
        name_of=([$good]=good [$bad]=bad [$stopped]=stopped [$running]=running)
}

# columns ID: what list shows of a job, blanks squeezed.
columns() {
        ctl --no-legend list "$1" | sed 's/^ *//; s/  */ /g'
}

the_table() {
        is "its head" "$(ctl list "$bad" | head -n 1 | xargs)" \
                "ID NAME TYPE STATE HASMOREDATA LOCATION COMMAND REASON"
        is "a job" "$(columns "$good")" "$good good BackgroundJob Completed true localhost sh -c 'echo out; sleep 0.05; echo err >&2'"
        is "a failed one" "$(columns "$bad")" \
                "$bad bad one BackgroundJob Failed false localhost sh -c 'exit 3' exited with status 3"
        is "a stopped one" "$(columns "$stopped")" \
                "$stopped good BackgroundJob Stopped false localhost sleep 1000 stopped by carol"
        is "a running one" "$(columns "$running")" "$running run* BackgroundJob Running true localhost sleep 1000"
        is "its foot" "$(ctl list | tail -n 1)" "4 jobs listed."
        is "neither with --no-legend" "$(ctl --no-legend list | wc -l)" 4
        is "no colours in a pipe" "$(ctl list | grep -c $'\e')" 0
        is "nothing is cut in a pipe" "$(ctl start -n wide true "$(printf %0500d 0)" >id; ctl list "$(cat id)" | grep -c '0\{500\}')" 1
        ctl remove --force "$(cat id)"
}

filters() {
        is "all, by id" "$(listed)" "good bad stopped running"
        is "--state=" "$(listed --state=completed,Failed)" "good bad"
        is "--has-more-data" "$(listed --has-more-data)" "good running"
        is "--has-more-data=no" "$(listed --has-more-data=no)" "bad stopped"
        is "--newest=2: what runs is the newest" "$(listed --newest=2)" "stopped running"
        is "--newest=0" "$(listed --newest=0)" ""
        is "--before=now: what has not ended is in no time" "$(listed --before=now)" "good bad stopped"
        is "--before=" "$(listed --before='1h ago')" ""
        is "--after=" "$(listed --after='1h ago')" "good bad stopped"
        is "both" "$(listed --after=today --before=tomorrow --state=Failed)" "bad"
        is "--command=" "$(listed --command='sleep*')" "stopped running"
        is "several: all must hold" "$(listed --state=Stopped --command='sleep*' --newest=1 good)" "stopped"
        is "--newest= of what the others leave" "$(listed --newest=1 --command='sh*')" "bad"
}

selectors() {
        local uuid
        uuid=$(ctl show -p InstanceId --value "$bad")
        is "an id" "$(listed "$bad")" bad
        is "a UUID" "$(listed "$uuid")" bad
        is "a name, of two jobs" "$(listed good)" "good stopped"
        is "a pattern" "$(listed 'b?d*')" bad
        is "a name with a star in it" "$(listed 'run*')" running
        is "escaped, the star is one" "$(listed 'r\*' 'run\*' 2>/dev/null)" running
        is "each once, as they are named" "$(listed "$good" good "$uuid" "$good" 'g*')" "good stopped bad"
        is "case matters" "$(listed 'GOOD*')" ""
}

json() {
        ctl --json=short list "$bad" >list.json
        is "list --json=short: one line" "$(wc -l <list.json)" 1
        is "is JSON" "$(python3 -c 'import json; j = json.load(open("list.json")); print(len(j), j[0]["Id"], j[0]["Name"],
                j[0]["State"], j[0]["HasMoreData"], j[0]["Reason"])')" "1 $bad bad one Failed False exited with status 3"
        ctl --json=pretty show "$bad" >show.json
        is "show --json=pretty" "$(python3 -c 'import json; j = json.load(open("show.json"))[0]; print(j["ExitCode"],
                j["Result"], j["Command"], j["CommandBytes"])' 2>&1)" "3 exit-code sh -c 'exit 3' ['sh', '-c', 'exit 3']"
        is "a command is the same string from list" "$(python3 -c 'import json; print(json.load(open("list.json"))[0]["Command"])')" "sh -c 'exit 3'"
        is "and from wait, with result and exit code" "$(ctl --json=short wait "$bad" | python3 -c 'import json, sys; j = json.load(sys.stdin)[0]
print(j["Command"], j["Result"], j["ExitCode"], j["ExitSignal"], j["BeginTimestamp"] <= j["EndTimestamp"])' 2>&1)" \
                "sh -c 'exit 3' exit-code 3 None True"
        is "what is not there yet is null" "$(ctl --json=short show "$running" | python3 -c 'import json, sys; j = json.load(sys.stdin)[0]
print(*(j[name] for name in ("ExitCode", "ExitSignal", "Result", "EndTimestamp", "MemoryPeak", "CPUUsageNSec")))' 2>&1)" \
                "None None None None None None"
        is "nothing is an empty list" "$(ctl --json=short list 'x*')" "[]"
}

show_and_status() {
        is "show -p: in lines" "$(ctl show -p ExitCode,State "$bad")" $'State=Failed\nExitCode=3'
        is "show --value" "$(ctl show -p ExitCode --value "$bad")" 3
        like "status" "$(ctl status "$good")" "State: Completed .*Command: sh -c .*out"$'\n'"err"
        is "status takes no output away" "$(ctl show -p HasMoreData --value "$good")" yes
        is "show and list do not, either" "$(ctl receive "$good" 2>&1 | sort | xargs)" "err out"
        is "received" "$(ctl show -p HasMoreData --value "$good")" no
}

monitor() {
        "$as_user" carol jobctl monitor "$running" >monitor.text 2>&1 &
        on_exit kill $!
        "$as_user" carol jobctl --json=short monitor >monitor.json 2>&1 &
        on_exit kill $!
        ok "monitor sees changes" eventually 10 sees_changes
        ctl stop "$running"
        ok "to the end" eventually 5 grep -q "$running run\* Stopped: stopped by carol" monitor.text
        is "of no other job" "$(grep -vc " $running " monitor.text)" 0
        ctl remove "$running"
        ok "and the removal" eventually 5 grep -qE "\"Event\" ?: ?\"JobRemoved\", ?\"Id\" ?: ?$running\\b" monitor.json
}

# When the monitors listen is not told: so something happens until both have seen it.
sees_changes() {
        ctl run true
        ctl kill -s CONT "$running"
        grep -q JobNew monitor.json
}

# written VERB ID LOCALE: how a verb writes the command of a job.
written() {
        case $1 in
        list) as carol env "LC_ALL=$3" jobctl --no-legend list "$2" | sed 's/.*localhost *//' ;;
        show) as carol env "LC_ALL=$3" jobctl show -p Command --value "$2" ;;
        status) as carol env "LC_ALL=$3" jobctl status "$2" | sed -n 's/^ *Command: //p' ;;
        esac
}

commands() {
        local locale verb word id all=() texts
        for word in $'\u00e4' $'\303' '\u00e4' '\xc3' "\$'\\xc3'" $'a\nb' 'a\nb' 'a b' $'\e' '\e' ''; do
                all+=("$(ctl start -- true "$word")")
        done
        ctl --quiet wait "${all[@]}"
        for locale in C C.UTF-8; do
                for verb in list show status; do
                        texts=$(for id in "${all[@]}"; do written $verb "$id" $locale; done)
                        is "$verb writes unlike commands unlike, a line each, in $locale" \
                                "$(sort -u <<<"$texts" | wc -l)" "${#all[@]}"
                        is "and as list does" "$texts" "$(for id in "${all[@]}"; do written list "$id" $locale; done)"
                done
        done
        ctl remove "${all[@]}"
}

# Every time that is shown is one to ask for, in every zone.
times() {
        local zone end
        for zone in UTC Europe/Berlin America/St_Johns CET-1CEST,M3.5.0,M10.5.0/3 '<+0530>-5:30' America/Sao_Paulo; do
                end=$(as carol env TZ="$zone" jobctl show -p EndTimestamp --value "$bad")
                is "what ended after the end that is shown, in $zone" \
                        "$(as carol env TZ="$zone" jobctl --no-legend list --after="$end" --before=now "$bad" "$stopped" | wc -l)" 2
                is "and not before it" "$(as carol env TZ="$zone" jobctl --no-legend list --before="$end" "$bad" | wc -l)" 0
        done
        is "a span with the sign for micro" "$(listed --after='5000000000µs ago' "$good")" good
        is "a month" "$(listed --after='1.5 months ago' --before='2month left' "$good")" good
        end=$(ctl receive --keep --output=short "$good" | sed -n 's/ std.*//; $p')
        is "the time of a line of output" "$(listed --after="$end" "$bad")" bad
}

others() {
        like "a name of another's job: whose it is, and how to name it" "$(as bob jobctl status 'bad one' 2>&1)" \
                "no job named 'bad one' among those of bob; job $bad of carol is called that: name it by its id, $bad"
        is "by its id it is there" "$(as bob jobctl show -p Name --value "$bad")" "bad one"
        like "the list of all says whose" "$(as bob jobctl --no-legend list --all-users)" "$bad +bad one .* carol +- "
        like "root's does" "$(jobctl --no-legend list "$bad")" " carol +sh -c "
        like "-l: times" "$(ctl --no-legend list -l "$bad")" "localhost ([A-Z][a-z]{2} [-0-9]{10} [0-9:]{8} [A-Z]+ ){2}sh"
}

# A name, a command and a status may hold anything that is not a control character, a command also those.
odd_names() {
        local id bidi=$'\u202e'
        id=$(ctl start -n "a${bidi}b" -- sh -c $'printf "\e[31m"; : "\e]0;x\a \t é"')
        ctl wait "$id" >out
        is "list neutralises escapes" "$(ctl list "$id" | LC_ALL=C grep -c "$(printf '[\001-\010\013-\037\177]')")" 0
        like "a change of direction, too" "$(ctl --no-legend list "$id")" 'a.u202eb'
        like "and shows letters" "$(ctl --no-legend list "$id")" 'é'
        is "status neutralises output" "$(ctl status "$id" | LC_ALL=C grep -c $'\e')" 0
        is "receive does not touch it" "$(ctl receive "$id")" $'\e[31m'
        ctl remove "$id"
        id=$(ctl start -n 4294967295 true)
        fails 3 "a name of digits is never an id" as carol jobctl show 4294967295
        is "a pattern finds it" "$(ctl --no-legend list '[4]294967295' | awk '{ print $1 }')" "$id"
}

is "somebody without jobs" "$(ctl list)" "0 jobs listed."
begin_jobs
the_table
filters
selectors
times
json
show_and_status
commands
others
monitor
odd_names
