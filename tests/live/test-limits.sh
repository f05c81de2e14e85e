#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Limits, boxes and raw properties: they are on the unit, they hold, and nobody gains anything by them.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"

root_dir=(WorkingDirectory ay 1 47)

# on_unit ID NAME: that property of the job's unit.
on_unit() {
        systemctl show --value -p "$2" "jobd-$1.service"
}

# ends DESCRIPTION ID STATE RESULT REASON
ends() {
        bus_wait "$2" >/dev/null
        is "$1" "$(jobctl show --value -p State,Result,Reason "$2")" \
                "$(printf '%s\n%s\n%s' "$3" "$5" "$4")"
}

# Every option, as systemctl(1) prints it.
visible() {
        local id details pair
        id=$(bus_start_as alice 2 sleep 1000 11 MemoryHigh t 209715200 MemoryMax t 314572800 TasksMax t 77 \
                CPUWeight t 55 CPUQuotaPerSecUSec t 500000 IOWeight t 66 PrivateNetwork b true PrivateTmp b true \
                ProtectSystem s strict ProtectHome s read-only Nice i 5)
        ok "a job with everything runs" eventually 10 has_state "$id" Running
        for pair in MemoryHigh=209715200 MemoryMax=314572800 TasksMax=77 CPUWeight=55 CPUQuotaPerSecUSec=500ms \
                IOWeight=66 NoNewPrivileges=yes PrivateNetwork=yes PrivateTmp=yes ProtectSystem=strict \
                ProtectHome=read-only Nice=5 OOMPolicy=stop "User=$(id -u alice)" "Slice=jobd-$(id -u alice).slice"; do
                is "on the unit: $pair" "$(on_unit "$id" "${pair%%=*}")" "${pair#*=}"
        done
        details=$(as alice busctl call org.jobd1 "$manager_path/job/$id" "$job_interface" GetDetails 'a{sv}' 0)
        for pair in '"MemoryHigh" t 209715200' '"MemoryMax" t 314572800' '"TasksMax" t 77' '"CPUWeight" t 55' \
                '"CPUQuotaPerSecUSec" t 500000' '"IOWeight" t 66' '"NoNewPrivileges" b true' \
                '"PrivateNetwork" b true' '"PrivateTmp" b true' '"ProtectSystem" s "strict"' \
                '"ProtectHome" s "read-only"' '"Nice" i 5'; do
                like "its owner is told $pair" "$details" "$pair"
        done
        bus_job "$id" Stop 'a{sv}' 0 >/dev/null
        is "GetDetails says the same of a finished job" \
                "$(bus_job "$id" GetDetails 'a{sv}' 0 | grep -o '"MemoryHigh" t.* "Pr[^"]*" s "read-only"')" \
                "$(grep -o '"MemoryHigh" t.* "Pr[^"]*" s "read-only"' <<<"$details")"
}

# What the command sees: the user that a set-uid program becomes, NoNewPrivs, whose network, whether there is our file in
# /tmp, whether /tmp can be written to, whether its home can be read, and written to.
install -m 4755 /usr/bin/id /opt/jobd-test-id
touch /tmp/jobd-test-ours
cat >/opt/jobd-test-probe <<END
#!/bin/sh
can() {
        if "\$@" >/dev/null 2>&1; then echo yes; else echo no; fi
}
net=own
[ "\$(readlink /proc/self/ns/net)" != "$(readlink /proc/self/ns/net)" ] || net=all
devices=\$(sed -n 's/^ *\([^ ]*\):.*/\1/p' /proc/net/dev)
[ \$net = all ] || [ "\$devices" = lo ] || net="\$devices"
home=\$(getent passwd "\$(id -u)" | cut -d: -f6)
echo "\$(/opt/jobd-test-id -u) \$(sed -n 's/^NoNewPrivs:\t//p' /proc/self/status) \$net" \
        "\$(can test -e /tmp/jobd-test-ours) \$(can touch /tmp/jobd-test-new)" \
        "\$(can ls "\$home") \$(can touch "\$home/jobd-test-new")"
END
chmod 0755 /opt/jobd-test-probe
on_exit rm -f /opt/jobd-test-id /opt/jobd-test-probe /tmp/jobd-test-ours /tmp/jobd-test-new ~alice/jobd-test-new

# sees DESCRIPTION EXPECTED N OPTION…
sees() {
        local id
        id=$(bus_start_as alice 1 /opt/jobd-test-probe "$(($3 + 1))" "${root_dir[@]}" "${@:4}")
        bus_wait "$id" >/dev/null
        is "$1" "$(stream "$id")" "$2"
}

boxes() {
        local alice
        alice=$(id -u alice)
        sees "without a box: everything, also by a set-uid program" "0 0 all yes yes yes yes" 0
        sees "NoNewPrivileges" "$alice 1 all yes yes yes yes" 1 NoNewPrivileges b true
        sees "PrivateNetwork: lo alone, no privileges" "$alice 1 own yes yes yes yes" 1 PrivateNetwork b true
        rm -f /tmp/jobd-test-new
        sees "PrivateTmp: another /tmp, no privileges" "$alice 1 all no yes yes yes" 1 PrivateTmp b true
        ok "what was written there is not in ours" test ! -e /tmp/jobd-test-new
        sees "ProtectSystem=yes: no privileges" "$alice 1 all yes yes yes yes" 1 ProtectSystem s yes
        sees "ProtectSystem=strict: nothing can be written, no privileges" "$alice 1 all yes no yes yes" 1 \
                ProtectSystem s strict
        sees "ProtectHome=yes: no home, no privileges" "$alice 1 all yes yes no no" 1 ProtectHome s yes
        sees "ProtectHome=tmpfs: no home, no privileges" "$alice 1 all yes yes no no" 1 ProtectHome s tmpfs
        sees "ProtectHome=read-only, no privileges" "$alice 1 all yes yes yes no" 1 ProtectHome s read-only
        sees "boxes that are named and not wanted" "0 0 all yes yes yes yes" 4 PrivateNetwork b false \
                PrivateTmp b false ProtectSystem s no ProtectHome s no
}

# Root alone could write there.
system_is_protected() {
        local id
        id=$(bus_start 3 sh -c 'touch /etc/jobd-test /usr/jobd-test 2>&1' 1 ProtectSystem s full)
        bus_wait "$id" >/dev/null
        is "ProtectSystem=full: root cannot write to /etc and /usr" \
                "$(stream "$id" | grep -c 'Read-only file system')" 2
        id=$(bus_start_as alice 1 true 1 ProtectHome s yes)
        ends "a home that is hidden is no working directory" "$id" Failed chdir-failed \
                "its directory cannot be entered: Permission denied"
}

# Through all walls, to the last byte, and with its end.
output() {
        local id all=(PrivateNetwork b true PrivateTmp b true ProtectSystem s strict ProtectHome s tmpfs)
        install -m 0755 random /opt/jobd-test-random
        on_exit rm -f /opt/jobd-test-random
        id=$(bus_start_as alice 3 sh -c \
                '/opt/jobd-test-random 1 3000001 & /opt/jobd-test-random 2 2000003 >&2; wait; exit 7' \
                5 "${root_dir[@]}" "${all[@]}")
        ends "a job in all boxes" "$id" Failed exit-code "exited with status 7"
        is "every byte of it" "$(sums "$id")" "$(random 1 3000001 | sha) $(random 2 2000003 | sha)"
        id=$(bus_start_as alice 2 sleep 1000 6 "${root_dir[@]}" "${all[@]}" RuntimeMaxUSec t 200000)
        ends "its time limit" "$id" Failed timeout "ran longer than 200ms"
}

has_controller() {
        grep -qw "$1" /sys/fs/cgroup/cgroup.controllers
}

out_of_memory() {
        local id what="a job beyond MemoryMax ends as oom-kill, with its output"
        if ! has_controller memory; then
                skip "$what" "this machine has no memory controller"
                return
        fi
        id=$(bus_start 3 python3 -c 'import sys
print("before", flush=True)
hoard = []
while True:
        hoard.append(b"x" * 1000000)' 2 MemoryMax t 60000000 Properties 'a(sv)' 1 MemorySwapMax t 0)
        bus_wait "$id" >/dev/null
        is "$what" "$(properties "$id" State Result Reason ExitSignal) $(stream "$id")" \
                "Failed oom-kill ran out of memory 9 before"
}

fork_bomb() {
        local id what="a fork bomb ends at TasksMax"
        if ! has_controller pids; then
                skip "$what" "this machine has no pids controller"
                return
        fi
        id=$(bus_start_as alice 3 python3 -c 'import os, time
n = 0
try:
        while os.fork():
                n += 1
        time.sleep(1000)
except BlockingIOError:
        print(n)' 1 TasksMax t 20)
        bus_wait "$id" >/dev/null
        is "$what" "$(stream "$id")" 18 # jobd-exec and the command are two
}

# What alice cannot have, each by its name.
refused() {
        local what
        for what in "AccessDenied Nice -20" "AccessDenied StopTimeoutUSec uint64 18446744073709551615" \
                "InvalidArgument CPUWeight uint64 10001" "InvalidArgument MemoryMax uint64 0" \
                "InvalidArgument ProtectSystem 'all'"; do
                read -r error name value <<<"$what"
                bus_refuses "refused for alice: $name=$value" alice "$error" "$name" manager StartJob "['true']" \
                        "{'$name': <$value>}"
        done
        fails 1 "raw properties are an administrator's question" as alice busctl call org.jobd1 "$manager_path" \
                "$manager_interface" StartJob 'asa{sv}' 1 true 1 Properties 'a(sv)' 1 LimitCORE t 0
        like "by the name of its action" "$output" 'org\.jobd1\.set-properties'
        bus_refuses "a box without NoNewPrivileges" alice InvalidArgument "NoNewPrivileges.*PrivateTmp" manager \
                StartJob "['true']" "{'PrivateTmp': <true>, 'NoNewPrivileges': <false>}"
}

raw_properties() {
        local id name
        id=$(bus_start 2 sleep 1000 1 Properties 'a(sv)' 4 LimitNOFILE t 1234 ReadOnlyPaths as 1 /opt \
                OOMScoreAdjust i 55 IPAddressDeny 'a(iayu)' 0)
        ok "a job with raw properties runs" eventually 10 has_state "$id" Running
        is "they are on the unit" "$(on_unit "$id" LimitNOFILE) $(on_unit "$id" ReadOnlyPaths) $(on_unit "$id" OOMScoreAdjust)" \
                "1234 /opt 55"
        like "its owner is told" "$(bus_job "$id" GetDetails 'a{sv}' 0)" \
                '"Properties" a\(sv\) 4 "LimitNOFILE" t 1234 "ReadOnlyPaths" as 1 "/opt" "OOMScoreAdjust" i 55'
        bus_job "$id" Stop 'a{sv}' 0 >/dev/null
        for name in ExecStart ExecStartPreEx Type User DynamicUser Slice KillMode StandardOutput Description AddRef \
                CollectMode NotifyAccess Restart LogNamespace LogLevelMax LogExtraFields Environment TTYPath \
                RootDirectory TimeoutStopUSec WatchdogUSec OOMPolicy MemoryMax; do
                bus_refuses "jobd's own: $name" root InvalidArgument "Property $name is jobd's own" manager StartJob \
                        "['true']" "{'Properties': <[('$name', <'x'>)]>}"
        done
}

# systemd's words, without what may be private.
systemd_refuses() {
        local id
        id=$(bus_start 1 true 1 Properties 'a(sv)' 1 NoSuchThing s secret)
        ends "a property that systemd does not know" "$id" Failed start-failed \
                "cannot be started: Cannot set property NoSuchThing, or unknown property."
        id=$(bus_start 1 true 1 Properties 'a(sv)' 1 BindPaths 'a(ssbt)' 1 secret/place /y true 0)
        ends "a value that it does not take" "$id" Failed start-failed \
                "cannot be started: Source path … is not absolute."
        id=$(bus_start 1 true 1 Properties 'a(sv)' 1 BindPaths 'a(ssbt)' 1 /no/such/place /y false 0)
        ends "one that it cannot do" "$id" Failed start-failed "cannot be started: its mount namespace cannot be set up"
        ok "nothing of them is left" fails_to_show "$id"
}

fails_to_show() {
        [ "$(systemctl show --value -p LoadState "jobd-$1.service")" = not-found ]
}

# A job that waits while jobd is killed has its walls when it starts.
killed_while_it_waits() {
        local first id pid
        mkdir -p /etc/jobd
        [ ! -e /etc/jobd/jobd.conf ] || cp -a /etc/jobd/jobd.conf saved.conf
        printf '[Manager]\nRunningMax=1\n' >/etc/jobd/jobd.conf
        on_exit restore_configuration
        systemctl restart jobd
        first=$(bus_start 2 sleep 1000 0)
        id=$(bus_start 1 /opt/jobd-test-probe 4 PrivateTmp b true PrivateNetwork b true TasksMax t 99 \
                Properties 'a(sv)' 1 InaccessiblePaths as 1 /root)
        is "it waits" "$(property "$id" State)" NotStarted
        pid=$(jobd_pid)
        kill -s KILL "$pid"
        ok "jobd is killed, and comes back" eventually 10 jobd_is_new "$pid"
        is "it waits on" "$(property "$id" State)" NotStarted
        like "with its settings" "$(bus_job "$id" GetDetails 'a{sv}' 0)" \
                '"Properties" a\(sv\) 1 "InaccessiblePaths" as 1 "/root" .*"TasksMax" t 99 "NoNewPrivileges" b true "PrivateNetwork" b true "PrivateTmp" b true'
        bus_job "$first" Stop 'a{sv}' 0 >/dev/null
        bus_wait "$id" >/dev/null
        is "and has them when it runs" "$(stream "$id" | cut -d ' ' -f 2-4)" "1 own no"
}

restore_configuration() {
        rm -f /etc/jobd/jobd.conf
        [ ! -e "$scratch/saved.conf" ] || cp -a "$scratch/saved.conf" /etc/jobd/jobd.conf
        systemctl restart jobd
}

visible
boxes
system_is_protected
output
out_of_memory
fork_bomb
refused
raw_properties
systemd_refuses
killed_while_it_waits
