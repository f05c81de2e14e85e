#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# No job is less limited than who started it: resource limits, priority, processors, scheduling, input and output, and what
# the kernel kills first. They are those of the caller's process, whatever that says. jobd-exec is not held by them.
# timeout: 60
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"
# shellcheck source=ssh.sh
. "$here/ssh.sh"

# All of one process.
cat >state <<'END'
#!/bin/bash
ulimit -Sa
ulimit -Ha
printf 'nice %s\n' "$(nice)"
taskset -p $$ | sed 's/.*: /cpus /'
chrt -p $$ | sed 's/.*current //'
ionice -p $$
printf 'oom %s\n' "$(cat /proc/self/oom_score_adj)"
END
chmod 0755 state

# Each limit of a service, as prlimit takes it: nobody gets more than that by being less limited.
names=(as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack)
service_limits=()
for name in "${names[@]}"; do
        service_limits+=("--$name=$(systemd-run --quiet --pipe --wait prlimit --noheadings --raw "--$name" --output SOFT,HARD |
                tr ' ' ':')")
done

# side_by_side DESCRIPTION USER [WRAPPER…]: the user's process behind the wrapper, and a job that it starts, are as limited.
side_by_side() {
        local description=$1 user=$2
        shift 2
        is "$description" "$(prlimit "${service_limits[@]}" "$as_user" "$user" "$@" jobctl run -- "$scratch/state" 2>&1)" \
                "$(prlimit "${service_limits[@]}" "$as_user" "$user" "$@" "$scratch/state" 2>&1)"
}

each_limit() {
        local name
        for name in as core cpu data fsize memlock msgqueue nofile nproc sigpending stack; do
                side_by_side "soft $name" alice prlimit "--$name=90000000:" -- prlimit "--$name=70000:" --nofile=70: -- \
                        prlimit --as=90000000: --data=80000000: --stack=8000000: --
                side_by_side "soft and hard $name" alice prlimit "--$name=60000000:60000000" --
        done
        side_by_side "few files" alice prlimit --nofile=12:14 --
        side_by_side "none at all of some" alice prlimit --core=0:0 --fsize=0:0 --memlock=0:0 --msgqueue=0:0 --
}

all_else() {
        side_by_side "nothing" alice
        side_by_side "root's" root nice -n 3 prlimit --fsize=1000000:2000000 --
        side_by_side "nice" alice nice -n 11
        side_by_side "one processor" alice taskset 1
        side_by_side "the idle policy" alice chrt --idle 0
        side_by_side "the batch policy" alice chrt --batch 0
        side_by_side "idle input and output" alice ionice -c 3
        side_by_side "little of it" alice ionice -c 2 -n 7
        side_by_side "much of it" alice ionice -c 2 -n 0
        side_by_side "what is killed first" alice choom -n 700 --
        side_by_side "all at once" alice choom -n 300 -- nice -n 2 ionice -c 3 chrt --idle 0 taskset 1 prlimit --nofile=77:99 --
}

# What a caller has more of is not handed on.
no_more_than_a_service() {
        is "no higher priority" "$(nice -n -40 jobctl run nice)" "$(systemd-run --quiet --pipe --wait nice)"
        is "no real time" "$(chrt --rr 5 jobctl run -- sh -c 'chrt -p $$ | grep -o SCHED_.*')" SCHED_OTHER
}

options_count() {
        is "--nice=" "$(nice -n 10 jobctl run --nice=4 nice)" 4
        is "--nice=0" "$(nice -n 10 jobctl run --nice=0 nice)" 0
        is "LimitNOFILE=" "$(prlimit --nofile=50:50 jobctl run -p LimitNOFILE=400:500 -- sh -c 'ulimit -Sn; ulimit -Hn')" \
                $'400\n500'
        is "only that" "$(prlimit --nofile=50:50 --fsize=1024000:1024000 jobctl run -p LimitNOFILE=400 -- bash -c 'ulimit -f; ulimit -n')" \
                $'1000\n400'
        is "CPUAffinity=" "$(taskset 1 jobctl run -p CPUAffinity=1 -- sh -c 'taskset -p $$ | sed "s/.*: //"')" 2
        is "OOMScoreAdjust=" "$(choom -n 300 -- jobctl run -p OOMScoreAdjust=20 cat /proc/self/oom_score_adj)" 20
        is "CPUSchedulingPolicy=" "$(chrt --idle 0 jobctl run -p CPUSchedulingPolicy=batch -- sh -c 'chrt -p $$ | grep -o SCHED_.*')" SCHED_BATCH
        is "IOSchedulingClass=" "$(ionice -c 3 jobctl run -p IOSchedulingClass=best-effort -p IOSchedulingPriority=2 ionice)" \
                "best-effort: prio 2"
        is "another user has his own" "$(prlimit --nofile=50:50 nice -n 3 jobctl run --uid=bob -- /bin/sh -c 'ulimit -Sn; nice')" \
                "$(systemd-run --quiet --pipe --wait sh -c 'ulimit -Sn; nice')"
}

# The narrowest of limits: output, end and exit record are not the command's.
jobd_exec_is_free() {
        local id
        id=$(as alice prlimit --nofile=20:20 --fsize=0:0 --cpu=1:1 -- jobctl start -- sh -c 'while :; do :; done')
        ok "a caller with hardly anything starts a job" eventually 5 has_state "$id" Running
        fails 1 "which ends by his limit" jobctl wait --timeout="$(patience 20)" "$id"
        like "of time" "$(property "$id" Reason)" "killed by signal (XCPU|KILL)"
        is "much output comes out of few files" \
                "$(as alice prlimit --nofile=9:9 --fsize=0:0 -- jobctl run -- sh -c 'ulimit -n 5; head -c 3000000 /dev/zero' 2>&1 | wc -c)" 3000000
        id=$(as alice prlimit --as=1000000000:1000000000 -- jobctl start -- python3 -c 'x = bytearray(2000000000)')
        fails 1 "memory is as little as the caller's" jobctl wait --timeout="$(patience 20)" "$id"
        like "and says so" "$(jobctl receive "$id" 2>&1)" MemoryError
}

# They come from the process, not from what it says; over the bus, from whom it is that speaks there.
over_the_bus() {
        local id
        id=$(as alice prlimit --nofile=44:55 -- nice -n 4 busctl call -- org.jobd1 /org/jobd1 org.jobd1.Manager StartJob 'asa{sv}' \
                3 /bin/sh -c 'ulimit -Sn; ulimit -Hn; nice' 0 | grep -o '[0-9]*"$' | tr -d '"')
        is "busctl's" "$(bus_wait "$id") $(jobctl receive "$id")" $'Completed 44\n55\n'$(($(nice) + 4))
}

# They wait with the job, over another jobd, too.
they_wait() {
        local id
        drop_in_conf RunningMax=1
        id=$(jobctl start -- sleep 1000)
        ok "the only place is taken" eventually 5 has_state "$id" Running
        waiting=$(as alice prlimit --nofile=44:55 -- jobctl start -- sh -c 'ulimit -Sn; ulimit -Hn')
        is "a job waits" "$(property "$waiting" State)" NotStarted
        ok "for another jobd" systemctl restart jobd.service
        jobctl stop "$id" >/dev/null
        is "and has its caller's limits" "$(bus_wait "$waiting") $(jobctl receive "$waiting")" $'Completed 44\n55'
        rm -f /run/jobd/jobd.conf.d/50-test.conf
        systemctl reload jobd.service
}

drop_in_conf() {
        mkdir -p /run/jobd/jobd.conf.d
        printf '%s\n' '[Manager]' "$@" >/run/jobd/jobd.conf.d/50-test.conf
        on_exit rm -f /run/jobd/jobd.conf.d/50-test.conf
        systemctl reload jobd.service
}

# The administrator's limits of a person.
limits_conf() {
        mkdir -p /etc/security/limits.d
        on_exit rm -f /etc/security/limits.d/jobd-test.conf
        printf '%s\n' 'alice hard nofile 300' 'alice soft nofile 200' 'alice hard fsize 5000' 'alice - cpu 7' 'alice - priority 6' \
                'alice hard nproc 444' >/etc/security/limits.d/jobd-test.conf
        if ! grep -qs pam_limits /etc/pam.d/sshd /etc/pam.d/common-session; then
                skip "limits.conf" "no pam_limits here"
                return
        fi
        start_sshd
        let_in alice alice
        is "a login has the limits of limits.conf, and its jobs as well" \
                "$(as alice ssh localhost jobctl run -- "$scratch/state")" "$(as alice ssh localhost "$scratch/state")"
        is "300 files" "$(as alice ssh localhost "jobctl run -- bash -c 'ulimit -Hn; ulimit -n 301 2>/dev/null || echo no more'")" \
                $'300\nno more'
}

each_limit
all_else
no_more_than_a_service
options_count
jobd_exec_is_free
over_the_bus
they_wait
limits_conf
