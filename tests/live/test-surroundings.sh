#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a command finds around it: user, groups, directory, umask, priority, environment, standard input, its own session.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"

# seen [ARG…] -- CMD…: what CMD as a job prints.
seen() {
        jobctl run "$@" 2>&1
}

seen_by_alice() {
        as alice jobctl run "$@" 2>&1
}

# over_bus ARG…: what a job that busctl starts prints.
over_bus() {
        local id
        id=$(bus_start_as alice "$@") || return
        bus_wait "$id" >/dev/null
        output_of "$id"
}

user_and_groups() {
        groupadd --force jobdtest
        on_exit groupdel jobdtest
        usermod --append --groups jobdtest alice
        is "alice's job has her user, group and groups" "$(seen_by_alice -- id)" \
                "uid=1001(alice) gid=1001(alice) groups=1001(alice),$(getent group jobdtest | cut -d : -f 3)(jobdtest)"
        is "root's job is root's" "$(seen -- id -u)" 0
        like "it runs in its owner's slice" "$(seen_by_alice -- cat /proc/self/cgroup)" \
                '/jobd-1001\.slice/jobd-[0-9]+\.service$'
}

directory_umask_nice() {
        mkdir 'a b'
        is "the caller's directory" "$(seen pwd)" "$scratch"
        is "-C, meant from here" "$(seen -C 'a b' pwd)" "$scratch/a b"
        is "-C, absolute" "$(seen -C /usr pwd)" /usr
        is "the caller's umask" "$(umask 0027; seen -- sh -c umask)" 0027
        is "--umask=" "$(seen --umask=077 -- sh -c umask)" 0077
        is "--nice=" "$(seen --nice=7 nice)" 7
        is "below 0, for root" "$(seen --nice=-3 nice)" -3
        is "the caller's priority" "$(seen nice)" "$(nice)"
}

# What jobd adds, and what the caller has none of.
own_variables='^(JOBD_ID|JOBD_JOB|NOTIFY_SOCKET|INVOCATION_ID)='

environment() {
        local odd=$'odd=\377\tx\ny'
        is "exactly the caller's environment" \
                "$(env -i A=1 B='two words' C= "$(command -v jobctl)" run /usr/bin/env | grep -vE "$own_variables")" \
                $'A=1\nB=two words\nC='
        is "bytes that are not UTF-8" \
                "$(env -i PATH="$PATH" "$odd" jobctl run -- python3 -c \
                        'import os; print(os.environb[b"odd"])')" "b'\\xff\\tx\\ny'"
        is "-E NAME=VALUE" "$(A=1 seen -E A=2 -- sh -c 'echo $A')" 2
        is "-E NAME" "$(A=1 seen --clean-env -E A -- sh -c 'echo $A')" 1
        is "--clean-env" "$(A=1 seen_by_alice --clean-env -- sh -c 'echo "$A-$HOME-$USER-$LOGNAME"')" \
                "-/home/alice-alice-alice"
        is "arguments are passed as they are" "$(seen -- printf '[%s]' 'a b' '' $'\n' '*' '$HOME' 'a\b' -x)" \
                $'[a b][][\n][*][$HOME][a\\b][-x]'
        is "arguments that are not UTF-8" "$(seen -- printf %s $'\377\1' | od -An -tx1)" " ff 01"
}

login_environment() {
        local text
        text=$(over_bus 2 /bin/sh -c 0 2>&1)
        text=$(over_bus 3 /bin/sh -c 'echo "$HOME $USER $LOGNAME $SHELL"; pwd; umask' 0)
        is "over the bus: a login's environment, directory and umask" "$text" \
                "/home/alice alice alice $(getent passwd alice | cut -d : -f 7)"$'\n/home/alice\n0022'
        is "with what the caller lays over it" "$(over_bus 3 /bin/sh -c 'echo "$HOME $A"' 1 Environment as 2 A=1 HOME=/x)" \
                "/x 1"
        is "without it" "$(over_bus 1 /usr/bin/env 1 EnvironmentBytes aay 1 3 65 61 49 | grep -vE "$own_variables")" A=1
}

standard_input() {
        is "standard input is /dev/null" "$(echo no | seen readlink /proc/self/fd/0)" /dev/null
        echo from a file >file
        is "--input=FILE" "$(seen --input=file cat)" "from a file"
        is "--input=-" "$(echo from a pipe | seen --input=- cat)" "from a pipe"
        is "which ends with the writer" "$( (echo 1; sleep 0.1; echo 2) | seen --input=- cat)" $'1\n2'
        fails 1 "a missing file" jobctl run --input=missing cat
        like "is named" "$output" "missing.*No such file"
        like "a terminal is refused" "$(script -qec 'jobctl run --input=- cat; echo "status $?"' /dev/null)" \
                'terminal.*status 1'
        # 3 is what ls reads
        is "no other descriptor comes along" "$(seen -- ls /proc/self/fd 9</dev/null | paste -sd ' ')" "0 1 2 3"
}

# kill 0 reaches its process group: that must not be jobd-exec's.
session_of_its_own() {
        is "a session and a process group of its own" \
                "$(seen -- sh -c 'set -- $(cut -d " " -f 1,5,6 /proc/$$/stat); test $1 = $2 -a $1 = $3 && echo yes')" yes
        jobctl run -- sh -c 'trap "" TERM; kill -TERM 0; exit 5'
        is "kill 0 stays in there" "$?" 5
}

status_message() {
        local id
        listen signals || bail "nobody listens"
        id=$(jobctl start -- sh -c 'systemd-notify --status="half way: é"; while [ ! -e seen ]; do sleep 0.02; done
                systemd-notify --no-block --status=over; echo told')
        ok "a command says how it is doing" eventually 5 grep -q '"PropertiesChanged".*StatusMessage.*half way: é' signals
        touch seen
        is "and does not hang" "$(bus_wait "$id")" Completed
        is "its status stays" "$(property "$id" StatusMessage)" over
}

it_goes_on_without_its_starter() {
        local id
        jobctl run --keep -- sh -c 'echo here; sleep 1000' >out &
        ok "a job under run" eventually 5 grep -q here out
        id=$(newest_job)
        kill -KILL $!
        wait $! 2>/dev/null
        is "goes on when jobctl is killed" "$(property "$id" State)" Running
        jobctl stop "$id"
}

user_and_groups
directory_umask_nice
environment
login_environment
standard_input
session_of_its_own
status_message
it_goes_on_without_its_starter
