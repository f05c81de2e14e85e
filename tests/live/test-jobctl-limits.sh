#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# jobctl's limits, boxes and unit properties with the real jobd and systemd.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"

# on_unit ID NAME: that property of the job's unit.
on_unit() {
        systemctl show --value -p "$2" "jobd-$1.service"
}

# by_systemd: every property of a service and its type, as systemd says it; jobd.service will do.
by_systemd() {
        local interface
        for interface in Service Unit; do
                busctl introspect --no-legend --no-pager org.freedesktop.systemd1 \
                        /org/freedesktop/systemd1/unit/jobd_2eservice "org.freedesktop.systemd1.$interface"
        done | awk '$2 == "property" { print substr($1, 2), $3 }'
}

# Wherever the table and systemd have the same name, they have the same type; and only newer or older systemds lack one.
types() {
        local ours theirs common
        ours=$(jobctl start --no-legend --no-pager -p help | awk 'NF > 2 { print $2, $3 }' | sort)
        theirs=$(by_systemd | sort)
        common=$(join <(cut -d ' ' -f 1 <<<"$ours") <(cut -d ' ' -f 1 <<<"$theirs"))
        ok "systemd knows what jobctl knows" test "$(wc -l <<<"$common")" -gt 150
        is "all of it" "$(comm -23 <(cut -d ' ' -f 1 <<<"$ours") <(echo "$common"))" ""
        is "with the same types" "$(comm -23 <(echo "$ours") <(echo "$theirs"))" ""
}

limits() {
        local id pair
        id=$(as alice jobctl start --memory-max=300M --memory-high=200M --tasks-max=77 --cpu-weight=55 --cpu-quota=50% \
                --io-weight=66 --private-network --private-tmp --protect-system=strict --protect-home=read-only --nice=5 \
                --timeout=1h --stop-timeout=7 -- sleep 1000)
        ok "a job with everything runs" eventually 10 has_state "$id" Running
        for pair in MemoryMax=314572800 MemoryHigh=209715200 TasksMax=77 CPUWeight=55 CPUQuotaPerSecUSec=500ms IOWeight=66 \
                PrivateNetwork=yes PrivateTmp=yes ProtectSystem=strict ProtectHome=read-only NoNewPrivileges=yes Nice=5 \
                RuntimeMaxUSec=1h; do
                is "on the unit: $pair" "$(on_unit "$id" "${pair%%=*}")" "${pair#*=}"
        done
        is "and in show" "$(as alice jobctl show --value -p MemoryMax,TasksMax,ProtectHome "$id" | sort)" \
                $'314572800\n77\nread-only'
        like "and in status" "$(as alice jobctl status "$id")" \
                'Limits: .*memory 300M, tasks 77, processor weight 55, processor 50%, .*; boxed: no-new-privileges, private-network, private-tmp, protect-system=strict, protect-home=read-only'
        ok "which is nobody else's business" eval '! as bob jobctl --no-ask-password status "$id" | grep Limits'
        id=$(as alice jobctl start -p MemoryMax=300M -p PrivateTmp=yes -- sleep 1000)
        ok "systemd-run's way of writing it takes no administrator" eventually 10 has_state "$id" Running
        is "either" "$(on_unit "$id" MemoryMax) $(on_unit "$id" PrivateTmp)" "314572800 yes"
}

# What each kind is for systemd, once it has it.
properties() {
        local id pair
        id=$(jobctl start -p OOMScoreAdjust=500 -p LimitNOFILE=100:200 -p 'ReadOnlyPaths=/srv /opt' -p ReadOnlyPaths=/mnt \
                -p 'SystemCallFilter=~@swap @reboot' -p SystemCallErrorNumber=EPERM -p CPUSchedulingPolicy=batch \
                -p IPAddressDeny=any -p IPAddressAllow=127.0.0.0/8 -p 'CapabilityBoundingSet=CAP_CHOWN CAP_KILL' \
                -p RestrictNamespaces='user net' -p AllowedCPUs=0 -p DevicePolicy=closed -p 'DeviceAllow=/dev/full rw' \
                -p BindReadOnlyPaths=/etc:/mnt -p TemporaryFileSystem=/srv:ro -p ProtectKernelTunables=yes \
                -p IOSchedulingClass=idle -p StateDirectory=jobd-test -p StateDirectoryMode=0711 -- sleep 1000)
        ok "a job with properties runs" eventually 10 has_state "$id" Running
        on_exit rm -rf /var/lib/jobd-test
        for pair in OOMScoreAdjust=500 LimitNOFILE=200 LimitNOFILESoft=100 'ReadOnlyPaths=/srv /opt /mnt' \
                SystemCallErrorNumber=1 CPUSchedulingPolicy=3 'CapabilityBoundingSet=cap_chown cap_kill' \
                'RestrictNamespaces=net user' AllowedCPUs=0 DevicePolicy=closed 'DeviceAllow=/dev/full rw' \
                'BindReadOnlyPaths=/etc:/mnt:rbind' TemporaryFileSystem=/srv:ro ProtectKernelTunables=yes \
                IOSchedulingClass=3 StateDirectory=jobd-test StateDirectoryMode=0711 'IPAddressAllow=127.0.0.0/8'; do
                is "on the unit: $pair" "$(on_unit "$id" "${pair%%=*}")" "${pair#*=}"
        done
        is "and any address" "$(on_unit "$id" IPAddressDeny | tr ' ' '\n' | sort | xargs)" "0.0.0.0/0 ::/0"
        fails 1 "they are not for everybody" as alice jobctl --no-ask-password start -p OOMScoreAdjust=500 true
        like "it says so" "$output" 'org\.jobd1\.set-properties'
        fails 1 "jobd's own are for nobody" jobctl start -p KillMode=none true
        like "it says why" "$output" "KillMode is jobd's own"
        fails 1 "nor by another spelling" jobctl start -p 'LogRateLimitBurst=1' true
}

# What nothing holds is told, and not what something does.
not_enforced() {
        local option controller word id
        while read -r option controller word; do
                id=$(jobctl start "$option" -- sleep 1000 2>said)
                if grep -qw "$controller" /sys/fs/cgroup/cgroup.controllers; then
                        is "$option is held, and nothing is said" "$(cat said)" ""
                        is "nor in its status" "$(jobctl status "$id" | grep -c 'Not held')" 0
                else
                        is "$option is not held, and that is said" "$(cat said)" \
                                "jobctl: job $id: the limits of $word do nothing: its machine has no controller for them"
                        like "and in its status" "$(jobctl status "$id")" "Not held: $word: no controller"
                fi
        done <<END
--memory-max=1G memory memory
--tasks-max=100 pids tasks
--cpu-quota=50% cpu processor
--io-weight=50 io disk weight
--property=MemoryMax=1G memory memory
--property=MemorySwapMax=1G memory MemorySwapMax
--property=AllowedCPUs=0 cpuset AllowedCPUs
--property=CPUQuotaPeriodSec=10ms cpu CPUQuotaPeriodUSec
END
        jobctl run --no-new-privileges true 2>said
        is "a box needs none" "$(cat said)" ""
        jobctl run -p OOMScoreAdjust=100 true 2>said
        is "nor does a property that is no limit of a cgroup" "$(cat said)" ""
}

types
limits
properties
not_enforced
