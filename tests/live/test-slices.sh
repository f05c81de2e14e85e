#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The slice of a user's jobs: its place, its defaults, and what an administrator sets for all or for one.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"

restore() {
        rm -rf /run/systemd/system/jobd-.slice.d /run/systemd/system/jobd-1001.slice.d
        systemctl daemon-reload
}
on_exit restore

# limits UNIT: TasksMax and MemoryMax.
limits() {
        systemctl show --value -p TasksMax "$1"
        systemctl show --value -p MemoryMax "$1"
}

# drop_in UNIT NAME LINE…
drop_in() {
        mkdir -p "/run/systemd/system/$1.d"
        printf '%s\n' '[Slice]' "${@:3}" >"/run/systemd/system/$1.d/$2.conf"
        systemctl daemon-reload
}

id=$(as alice jobctl start -- sleep 300)
bobs=$(as bob jobctl start -- sleep 300)
ok "alice's job runs" eventually 10 has_state "$id" Running
ok "bob's job runs" eventually 10 has_state "$bobs" Running
is "its unit is in the user's slice, in that of all jobs" "$(systemctl show --value -p ControlGroup "jobd-$id.service")" \
        "/jobd.slice/jobd-1001.slice/jobd-$id.service"

# systemd itself says what a third, and what four fifths, of this machine are.
systemd-run --quiet --unit=jobd-test-reference -p TasksMax=33% -p MemoryMax=80% sleep 300
on_exit systemctl stop jobd-test-reference.service
defaults=$(limits jobd-test-reference.service)
is "the defaults are in effect for alice" "$(limits jobd-1001.slice)" "$defaults"
is "and for bob" "$(limits jobd-1002.slice)" "$defaults"
is "and for root" "$(limits jobd-0.slice)" "$defaults"
is "not for all jobs together" "$(limits jobd.slice)" $'infinity\ninfinity'

drop_in jobd-1001.slice 50-test TasksMax=20 MemoryMax=64M
is "a drop-in for alice takes effect while her job runs" "$(limits jobd-1001.slice)" $'20\n67108864'
is "and not for bob" "$(limits jobd-1002.slice)" "$defaults"
drop_in jobd-.slice 50-test TasksMax=30
is "one for all users takes effect" "$(systemctl show --value -p TasksMax jobd-1002.slice)" 30
is "but for what alice has of her own" "$(systemctl show --value -p TasksMax jobd-1001.slice)" 20
restore

# The two examples of jobd(8), typed as they stand.
examples=$(sed -n '/<programlisting># mkdir -p .*slice\.d$/,/<\/programlisting>/p' "$here/../../man/jobd.8.xml" |
        sed -E 's/ *<[^>]*>//g; s/^# //; s/&gt;/>/g')
on_exit rm -rf /etc/systemd/system/jobd-.slice.d /etc/systemd/system/jobd-1001.slice.d
ok "the manual's examples" bash -ec "$examples"
is "what is everybody's is in effect for alice" "$(systemctl show --value -p CPUWeight jobd-1001.slice)" 50
is "beside what is hers" "$(limits jobd-1001.slice)" $'100\n536870912'
rm -rf /etc/systemd/system/jobd-.slice.d /etc/systemd/system/jobd-1001.slice.d
systemctl daemon-reload

# Whatever a job may ask for: what its slice has is the most.
has_controller() {
        grep -qw "$1" /sys/fs/cgroup/jobd.slice/jobd-1001.slice/cgroup.controllers
}
if has_controller pids; then
        forks=$(as alice jobctl start -- sh -c 'for i in $(seq 50); do sleep 300 & done; wait')
        ok "tasks are limited" eventually 10 grep -q '^max [1-9]' /sys/fs/cgroup/jobd.slice/jobd-1001.slice/pids.events
        as alice jobctl stop "$forks"
else
        skip "tasks are limited" "no pids controller here"
fi
if has_controller memory; then
        large=$(as alice jobctl start -- python3 -c 'x = bytearray(256 << 20); print(len(x))')
        is "memory is limited" "$(bus_wait "$large") $(property "$large" Result)" "Failed oom-kill"
else
        skip "memory is limited" "no memory controller here"
fi

restore
is "taken out, the defaults are back" "$(limits jobd-1001.slice) $(limits jobd-1002.slice)" "$defaults $defaults"
