#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The sandbox itself: what the other live tests rely on.
# timeout: 60
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=ssh.sh
. "$here/ssh.sh"

# status_field NAME: of PID 1.
status_field() {
        sed -n "s/^$1:[[:space:]]*//p" /proc/1/status
}

# With more filters than PID 1, or NoNewPrivileges, every job's caller would look confined. Under check --filter all have nspawn's.
systemd_is_whole() {
        is "PID 1 is systemd" "$(cat /proc/1/comm)" systemd
        is "no unit has failed" "$(systemctl --failed --plain --no-legend | grep -v '^\(jobd\|run\)-')" ""
        if [ -n "${JOBD_TEST_FILTER-}" ]; then
                is "PID 1 has a system call filter" "$(status_field Seccomp)" 2
                is "so has this test, the same" "$(sed -n 's/^Seccomp_filters:[[:space:]]*//p' /proc/self/status)" \
                        "$(status_field Seccomp_filters)"
        else
                is "no system call filter" "$(status_field Seccomp)" 0
        fi
        is "no NoNewPrivileges" "$(status_field NoNewPrivs)" 0
        is "control groups are unified" "$(stat -f -c %T /sys/fs/cgroup)" cgroup2fs
        ok "a transient unit runs" systemd-run --quiet --wait true
        fails 3 "and its exit status comes back" systemd-run --quiet --wait --pipe --collect sh -c 'exit 3'
}

journal_works() {
        logger --tag="$test_name" "a line from $$"
        ok "journald takes a line" eventually 5 sh -c "journalctl -q -t $test_name | grep 'a line from $$'"
}

services_answer() {
        local name
        for name in org.freedesktop.systemd1 org.freedesktop.login1 org.freedesktop.PolicyKit1; do
                ok "$name answers" busctl call "$name" "/${name//./\/}" org.freedesktop.DBus.Peer Ping
        done
}

polkit_decides() {
        ok "polkit lets root" pkcheck --action-id org.freedesktop.systemd1.manage-units --process 1
        fails 1 "and alice not" as alice systemctl --no-ask-password stop sandbox.service
        like "with the reason" "$output" 'authentication required|Access denied'
}

users_are_people() {
        local user
        for user in alice bob; do
                ok "$user can ask the bus" as "$user" busctl --quiet call org.freedesktop.DBus / \
                        org.freedesktop.DBus GetId
                is "$user is at home" "$(as "$user" pwd)" "/home/$user"
                is "$user is in no other group" "$(as "$user" id -nG)" "$user"
                is "$user can write there" "$(as "$user" sh -c 'umask 022; echo hello >f; cat f; rm f')" hello
                fails 1 "$user is nobody special" as "$user" test -r /etc/shadow
        done
        is "alice is 1001" "$(id -u alice)" 1001
        is "bob is 1002" "$(id -u bob)" 1002
}

sources_are_there() {
        ok "the checkout is there" test -e "$here/../../meson.build"
        fails 1 "and cannot be written" touch "$here/x"
}

only_loopback() {
        is "there is no network but loopback" "$(ls /sys/class/net)" lo
}

logins_work() {
        ok "sshd starts" start_sshd
        let_in alice bob
        is "alice gets in as bob" "$(as alice ssh -o BatchMode=yes bob@server01 id -un </dev/null 2>&1)" bob
        like "in a session of logind" "$(as alice ssh -o BatchMode=yes bob@localhost cat /proc/self/cgroup </dev/null)" \
                'user-1002.slice/session-'
        like "a bus over ssh" "$(as alice busctl --host=bob@localhost --list call org.freedesktop.systemd1 \
                /org/freedesktop/systemd1 org.freedesktop.DBus.Peer GetMachineId </dev/null 2>&1)" '^s "[0-9a-f]{32}"$'
}

systemd_is_whole
journal_works
services_answer
polkit_decides
users_are_people
sources_are_there
logins_work
only_loopback
