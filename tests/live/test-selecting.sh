#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Which jobs a verb is about: words, filters, both; in each verb that takes jobs, and in which order.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# Everything as dora, who has no other jobs.
useradd --create-home dora 2>/dev/null
ctl() {
        as dora jobctl "$@"
}

# names: ids of this test, a line each, as its names of them.
names() {
        local id all=()
        while read -r id; do
                [ -z "$id" ] || all+=("${name_of[$id]:-$id}")
        done
        echo "${all[*]}"
}

state() {
        jobctl show -p State --value "$1"
}

is_in_state() {
        [ "$(state "$1")" = "$2" ]
}

# begin NAME CMD…: a job by that name, in a variable of that name.
begin() {
        local id
        id=$(ctl start -n "$1" -- "${@:2}") || bail "cannot start $1"
        printf -v "$1" %s "$id"
        name_of[$id]=$1
}

declare -A name_of=()
make='' broken='' runs='' runs2='' other=''
begin_jobs() {
        begin make sh -c 'echo made'
        ctl --quiet wait "$make"
        begin broken sh -c 'exit 3'
        ctl --quiet wait "$broken"
        begin runs sleep 1000
        begin runs2 sleep 1000
        begin other sh -c 'exec sleep 1001'
        ok "all run" eventually 10 is_in_state "$other" Running
        ok "…" eventually 10 is_in_state "$runs" Running
        ok "…" eventually 10 is_in_state "$runs2" Running
}

# about VERB ARG…: the jobs that a verb is about, as it says itself.
about() {
        local verb=$1
        shift
        case $verb in
        list) ctl --no-legend list "$@" | awk '{ print $1 }' | names ;;
        show) ctl show -p Id --value "$@" | grep . | names ;;
        status) ctl status "$@" | sed -nE 's/^[●*] job ([0-9]+).*/\1/p' | names ;;
        wait) ctl --no-legend wait --timeout=0 "$@" | awk '{ print $1 }' | names ;;
        receive) ctl --json=short receive --keep "$@" | sed -nE 's/.*"Id" ?: ?([0-9]+).*/\1/p' | uniq | names ;;
        stop | kill | remove) ctl "$verb" --dry-run "$@" | sed -nE 's/^job ([0-9]+) .*/\1/p' | names ;;
        esac
}

# The same words and filters mean the same to every verb.
every_verb() {
        local verb
        for verb in list show status; do
                is "$verb: filters alone are about all of one's own" "$(about $verb --state=Running)" "runs runs2 other"
                is "$verb: all must hold" "$(about $verb --state=Running --command='sleep*' --newest=1)" "runs2"
                is "$verb: with words" "$(about $verb --state=Running runs2 make 'o*' runs)" "runs2 other runs"
                is "$verb: as they are named, each once" "$(about $verb "$runs2" make runs2 "$runs" 'r*' "$make")" "runs2 make runs"
        done
        is "wait" "$(about wait --before=now)" "make broken"
        is "receive" "$(about receive --has-more-data --state=Completed)" "make"
        is "stop" "$(about stop --name='r*' --newest=1)" "runs2"
        is "kill" "$(about kill --state=Running --command='*1001*')" "other"
        is "remove" "$(about remove --state=failed)" "broken"
        is "remove: with a word" "$(about remove --state=Completed,Failed broken make)" "broken make"
        is "nobody was touched" "$(ctl --no-legend list --state=Running | wc -l)" 3
}

filters() {
        local end
        end=$(ctl show -p EndTimestamp --value "$make")
        is "--name=" "$(about list --name='*2')" "runs2"
        is "--name= is a pattern: also of a whole name" "$(about list --name=runs)" "runs"
        is "--command=" "$(about list --command='sleep *')" "runs runs2"
        is "--has-more-data" "$(about list --has-more-data)" "make runs runs2 other"
        is "--has-more-data=no" "$(about list --has-more-data=no)" "broken"
        is "--before=" "$(about list --before=now)" "make broken"
        is "--after=, which is strict" "$(about list --after='1h ago' --before="$end")" ""
        is "--newest=: what runs is the newest" "$(about list --newest=4)" "broken runs runs2 other"
        is "--newest= of what is named, in its order" "$(about list --newest=2 other make runs)" "other runs"
        is "--owner=, by name" "$(about list --owner=dora --state=Failed)" "broken"
        is "--owner=, by number" "$(about list --owner="$(id -u dora)" --state=Failed)" "broken"
        is "--owner=: names are looked for among his" "$(as bob jobctl --no-legend list --owner=dora broken | awk '{ print $1 }' | names)" "broken"
        is "--owner=: another's id is not his" "$(ctl list --no-legend --owner=bob "$make")" ""
        is "without it another's job is found by its id alone" "$(as bob jobctl --no-legend list --state=Failed "$broken" | awk '{ print $1 }' | names)" "broken"
        fails 2 "--owner=: nobody" as dora jobctl list --owner=nosuchuser
        like "…" "$output" "there is no user 'nosuchuser'"
        fails 2 "--owner= and --all-users" as dora jobctl list --owner=bob --all-users
}

misses() {
        fails 3 "what is named and does not exist" as dora jobctl show -p Id --value nosuchjob "$make" 4000000000 --newest=9
        like "is told" "$output" "there is no job named 'nosuchjob'"
        like "each" "$output" "there is no job 4000000000"
        like "and does not keep the others" "$output" "(^|"$'\n'")$make($|"$'\n'")"
        ok "what a filter leaves out is no miss" as dora jobctl stop --dry-run --state=NotStarted "$runs" make
        is "…" "$(about stop --state=NotStarted "$runs" make)" ""
        is "a pattern without a match says nothing" "$(ctl stop 'nosuch*' 2>&1 && echo ok)" ok
        is "nor does a filter" "$(ctl remove --name='nosuch*' 2>&1 && echo ok)" ok
        is "in wait" "$(ctl wait --name='nosuch*' 2>&1 && echo ok)" ok
        fails 2 "neither word nor filter" as dora jobctl stop
        fails 2 "a state that there is not" as dora jobctl stop --state=Run
        fails 2 "no number" as dora jobctl stop --newest=x
}

dry_run() {
        is "stop --dry-run says how each is" "$(ctl stop --dry-run --newest=1)" "job $other (other) (Running) would be stopped"
        is "remove --dry-run" "$(ctl remove --dry-run --newest=1 make)" "job $make (make) (Completed) would be removed"
        is "kill --dry-run" "$(ctl kill --dry-run --name=runs)" "job $runs (runs) (Running) would be sent a signal"
        fails 1 "remove --dry-run of what runs" as dora jobctl remove --dry-run --state=Running
        like "says that it would not" "$output" "cannot remove job $runs .*it has not finished"
        is "nothing was done" "$(about list)" "make broken runs runs2 other"
}

acting() {
        local bobs
        bobs=$(as bob jobctl start -n runs -- sleep 1000)
        ok "kill by a filter" as dora jobctl kill -s KILL --command='*1001*'
        ok "…" eventually 10 is_in_state "$other" Failed
        ok "stop by a filter" as dora jobctl stop --name='run*' --newest=1
        is "the newest alone" "$(state "$runs2") $(state "$runs")" "Stopped Running"
        fails 1 "remove: one that runs keeps all of them" as dora jobctl remove --name='*'
        is "…" "$(about list)" "make broken runs runs2 other"
        ok "stop by state" as dora jobctl stop --state=running
        is "…" "$(state "$runs")" Stopped
        like "but not another's of that name" "$(state "$bobs")" "NotStarted|Running"
        ok "remove by state and word" as dora jobctl remove --state=Stopped 'r*'
        is "…" "$(about list)" "make broken other"
        ok "receive by a filter" as dora jobctl receive --has-more-data
        is "has nothing left" "$(about list --has-more-data)" ""
        ok "remove what has ended" as dora jobctl remove --before=now
        is "…" "$(about list)" ""
        ok "root means everybody's" jobctl stop --name=runs --newest=1
        is "…" "$(state "$bobs")" Stopped
        ok "or one user's" jobctl remove --owner=bob --name=runs
        is "…" "$(as bob jobctl --no-legend list --name=runs)" ""
}

begin_jobs
every_verb
filters
misses
dry_run
acting
