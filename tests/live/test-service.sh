#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# jobd.service as it is installed: its box, and its watchdog.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

unit=jobd.service

# status FIELD: of jobd, from /proc.
status() {
        awk -v name="$1:" '$1 == name { print $2 }' "/proc/$(jobd_pid)/status"
}

setting() {
        systemctl show --value -p "$1" "$unit"
}

exposure() {
        local figure
        figure=$(systemd-analyze security --no-pager "$unit" |
                sed -nE 's/.*Overall exposure level for jobd\.service: ([0-9]+\.[0-9]+) .*/\1/p')
        like "systemd rates its exposure" "$figure" '^[0-9]+\.[0-9]+$'
        ok "at 1.6 at most ($figure)" awk -v figure="$figure" 'BEGIN { exit !(figure <= 1.6) }'
        ok "the threshold is kept, too" systemd-analyze security --no-pager --threshold=16 "$unit"
        fails 1 "which says something" systemd-analyze security --no-pager --threshold=1 "$unit"
}

# Not what the unit says, but what the kernel does.
the_process() {
        local set
        is "it is root" "$(status Uid)" 0
        for set in CapInh CapPrm CapEff CapBnd CapAmb; do
                is "without capabilities: $set" "$(status "$set")" 0000000000000000
        done
        is "without new privileges" "$(status NoNewPrivs)" 1
        is "with a filter" "$(status Seccomp)" 2
        ok "which PID 1 does not have itself" test "$(status Seccomp_filters)" -gt \
                "$(awk '$1 == "Seccomp_filters:" { print $2 }' /proc/1/status)"
        ok "in a network of its own" test "$(readlink "/proc/$(jobd_pid)/ns/net")" != "$(readlink /proc/self/ns/net)"
        is "systemd is told when it is ready" "$(setting Type)" notify
        is "and watches it" "$(setting WatchdogUSec)" 20s
        is "a wall around its memory" "$(setting MemoryMax)" $((2 << 30))
}

# Another program in the same box.
make_box() {
        local file=/run/systemd/system/live-test-box.service
        sed -E -e '/^(Type|BusName|Restart|RestartSec|WatchdogSec|FileDescriptorStoreMax|StandardOutput)=/d' \
                -e "s|^ExecStart=.*|Type=oneshot\nStandardOutput=file:$scratch/box\nExecStart=/usr/bin/python3 $here/boxed.py $1 $2|" \
                -e 's/^StateDirectory=.*/StateDirectory=live-test-box/' -e '/^\[Install\]/,$d' \
                "$(setting FragmentPath)" >"$file"
        on_exit rm -rf "$file" /var/lib/live-test-box
        systemctl daemon-reload
}

# may WORD NAME…: as the program in the box says.
may() {
        local name
        for name in "${@:2}"; do
                like "the box: $name" "$(awk -v name="$name" '$1 == name { print $2 }' box)" "^($1)$"
        done
}

the_box() {
        local file=/var/lib/live-test-secret sleeper
        install -o alice -m 0600 /dev/null "$file"
        on_exit rm -f "$file"
        "$as_user" alice sleep 1000 &
        sleeper=$!
        on_exit kill "$sleeper"
        eventually 5 pgrep -u alice -x sleep
        make_box "$file" "$sleeper"
        ok "another program runs in jobd's box" systemctl start live-test-box.service
        may ok own-state seal lease inotify space status-of-others user-map-of-others mounts-of-others \
                network-of-others boot-id journals
        may EROFS write-etc write-usr write-state-of-others write-run write-shared-memory sysctl cgroup
        may EACCES home read-others-file
        may ENOENT device
        may EAFNOSUPPORT internet netlink
        may EPERM user-namespace mount trace other-user give-away set-user-id signal-others personality \
                real-time clock hostname
        may 'EPERM|EACCES' code-of-data
        is "nothing was left out" "$(wc -l <box)" 35
}

another_jobd() {
        local pid
        pid=$(jobd_pid)
        [ "$pid" -ne 0 ] && [ "$pid" != "$1" ] && systemctl --quiet is-active "$unit"
}

# with_watchdog TIME: as installed, but sooner.
with_watchdog() {
        drop_in "/run/systemd/system/$unit.d" '[Service]' "WatchdogSec=$1"
        systemctl daemon-reload
        systemctl restart "$unit"
}

without_drop_in() {
        rm -f "/run/systemd/system/$unit.d/live-test.conf"
        systemctl daemon-reload
        systemctl restart "$unit"
}

# For three seconds jobd wakes up for nothing but its ping.
turns_for_its_ping_alone() {
        local pings turns
        timeout --signal=INT 3 strace -f -o trace -e trace=epoll_wait,recvmsg,sendmsg,sendto -p "$(jobd_pid)" 2>/dev/null
        pings=$(grep -c 'WATCHDOG=1' trace)
        turns=$(grep -cE 'epoll_wait.*= [1-9]' trace)
        echo "$pings pings, $turns turns"
        tail -n 60 trace
        [ "$pings" -gt 1 ] && [ "$turns" -le "$pings" ]
}

# An idle jobd wakes up for nothing but its ping. What systemd still has to say of its reload comes before that.
only_the_ping() {
        ok "once idle, it turns for nothing but its pings" eventually 10 turns_for_its_ping_alone
}

reloads() {
        local pid
        pid=$(jobd_pid)
        ok "systemd is reloaded" systemctl daemon-reload
        ok "systemd is executed anew" systemctl daemon-reexec
        only_the_ping
        is "which is nothing to the watchdog" "$(jobd_pid)" "$pid"
}

hangs() {
        local id pid
        id=$(jobctl start -- sh -c 'n=0; while ! [ -e go ]; do n=$((n + 1)); echo $n; sleep 0.01; done; echo $n >last; exit 4')
        eventually 5 has_bytes "$id" 10
        pid=$(jobd_pid)
        kill -s STOP "$pid"
        ok "a jobd that hangs is killed, and comes back" eventually 10 another_jobd "$pid"
        is "by its watchdog" "$(journalctl --quiet --since="@$begun" -u "$unit" --output=cat _PID=1 | grep -c 'Watchdog timeout')" 1
        is "its job goes on" "$(property "$id" State)" Running
        is "with the machine's /dev/null, not that of a box that is gone" "$(readlink "/proc/$(command_of "$id")/fd/0")" /dev/null
        touch go
        fails 1 "and ends" jobctl wait --timeout="$(patience 10)" "$id"
        is "with everything" "$(properties "$id" State ExitCode OutputLost) $(sha <<<"$(stream "$id")")" \
                "Failed 4 0 $(seq "$(cat last)" | sha)"
        begun=$(date +%s.%6N) # that crash was ours
}

# In a container not the host's.
boot_id() {
        local id
        id=$(jobctl start true)
        is "jobd knows which boot this is" "$(sed -n 's/^BootId=//p' "/var/lib/jobd/$id/job")" \
                "$(tr -d - </proc/sys/kernel/random/boot_id)"
}

# The last words say at which step it was.
start_fails() {
        local program
        program=$(systemctl show --value -p ExecStart jobd.service | sed -n 's/.*path=\([^ ;]*\).*/\1/p')
        systemctl stop jobd.service
        fails 1 "jobd ends without a bus" env DBUS_SYSTEM_BUS_ADDRESS=unix:path=/nonexistent timeout 60 "$program"
        like "and says that it lacks that" "$output" '<3>The system bus cannot be reached: No such file or directory$'
        systemctl start jobd.service
}

exposure
boot_id
start_fails
the_process
the_box
on_exit without_drop_in
with_watchdog 1s
reloads
hangs
