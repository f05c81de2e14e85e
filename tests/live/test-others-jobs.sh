#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A job of somebody else: its state is public; what it runs, says and does is its owner's, and root's.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"

secret=xyzzy$RANDOM$RANDOM

# What polkit says by default when nobody can be asked for a password.
needs_authorization=org.freedesktop.DBus.Error.InteractiveAuthorizationRequired

# Calls that act on alice's job, or tell what is hers, with their arguments.
calls=(
        'GetDetails @a{sv}%{}'
        'ReadOutput 0 1 0 @a{sv}%{}'
        'OpenOutput 0 @a{sv}%{}'
        'BeginReceive @a{sv}%{}'
        'Consume 0 0 @a{sv}%{}'
        'EndReceive @a{sv}%{}'
        'Receive true 1 @a{sv}%{}'
        'Receive false 1 @a{sv}%{}'
        'Stop @a{sv}%{}'
        'Kill TERM @a{sv}%{}'
        "Remove {'Force':%<true>}"
)

by_the_bus() {
        local call words
        for call in "${calls[@]}"; do
                read -ra words <<<"$call"
                bus_refuses "bob: $call" bob "$needs_authorization" "$id" "$id" "${words[@]//%/ }"
        done
        bus_refuses "bob: Remove of a job that has not finished" bob NotFinished "$id" "$id" Remove '@a{sv} {}'
}

# denied ARG…: jobctl as bob.
denied() {
        fails 1 "bob: jobctl $1${3+ $2}" as bob jobctl --no-ask-password "$@"
        like "says whose it is not" "$output" "job $id.*(belongs to another user|denied)"
}

by_jobctl() {
        denied receive "$id"
        denied receive --keep "$id"
        denied receive --stream=stdout "$id"
        denied stop "$id"
        denied kill "$id"
        denied remove --force "$id"
        is "alice's job runs on" "$(property "$id" State)" Running
        fails 3 "by name he does not even find it" as bob jobctl stop hers
        ok "nor by pattern" as bob jobctl stop 'her*'
        is "that stopped nothing" "$(property "$id" State)" Running
}

# keeps_secret DESCRIPTION CMD…: the output of CMD as bob is free of what is alice's.
keeps_secret() {
        local description=$1 text
        shift
        text=$(as bob "$@" 2>&1)
        [[ $text != *"$secret"* ]]
        point "$?" "$description keeps the secret" || explain "$text"
}

nothing_leaks() {
        keeps_secret "ListJobs" busctl call org.jobd1 "$manager_path" "$manager_interface" ListJobs 'a{sv}' 0
        keeps_secret "ListJobs, asked for it," busctl call org.jobd1 "$manager_path" "$manager_interface" ListJobs \
                'a{sv}' 1 Properties as 3 Name Command WorkingDirectory
        keeps_secret "the object" busctl call org.jobd1 "$manager_path/job/$id" org.freedesktop.DBus.Properties GetAll \
                s "$job_interface"
        keeps_secret "jobctl list" jobctl list --all-users
        keeps_secret "jobctl show" jobctl show "$id"
        keeps_secret "jobctl status" jobctl status "$id"
        keeps_secret "the unit" systemctl show "jobd-$id.service"
        keeps_secret "the journal of jobd" journalctl --quiet --namespace=jobd
        keeps_secret "the journal" journalctl --quiet
        keeps_secret "the state directory" grep -r . /var/lib/jobd
        is "and there is one to find" "$(as alice jobctl show -p Command --value "$id" | grep -c "$secret")" 1
}

what_is_public() {
        is "bob sees its state" "$(as bob jobctl show -p State --value "$id")" Running
        is "and owner" "$(as bob jobctl show -p Owner --value "$id")" "$(id -u alice)"
        is "it is not in his list" "$(as bob jobctl --no-legend list | grep -w hers)" ""
        like "but in everybody's" "$(as bob jobctl --no-legend list --all-users | grep -w hers)" "^ *$id hers "
        is "he can wait for it" "$(as bob jobctl wait --timeout=0 "$id" >/dev/null 2>&1; echo $?)" 124
}

# mkdir -m would have the umask in it.
directory=$(as alice mktemp -d "/home/alice/$secret.XXXXXX")
on_exit rm -rf "$directory"
id=$(as alice env SECRET="$secret" jobctl start -n hers -C "$directory" -- \
        sh -c "trap 'exit 0' TERM; echo $secret; while :; do sleep 0.05; done")
ok "a job of alice" eventually 10 has_state "$id" Running
by_the_bus
by_jobctl
nothing_leaks
what_is_public

is "root may receive it" "$(eventually 5 says "$id" "$secret" && jobctl receive --keep "$id")" "$secret"
ok "and stop it" jobctl stop "$id"
is "in his name" "$(property "$id" Reason)" "stopped by root"
fails 1 "bob may not remove it now, either" as bob jobctl remove "$id"
ok "alice may" as alice jobctl remove "$id"
