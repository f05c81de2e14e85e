#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# One user at his limits: jobs, running jobs, waiting calls, output. He is told, and nobody else notices.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"

folder=/var/lib/jobd
restore() {
        jobctl --quiet remove --force 'flood*' >/dev/null 2>&1
        systemctl stop jobd.service
        ! mountpoint -q "$folder" || umount "$folder"
        rm -f /run/jobd/jobd.conf.d/50-test.conf
        systemctl start jobd.service
}
on_exit restore
mkdir -p /run/jobd/jobd.conf.d
cat >/run/jobd/jobd.conf.d/50-test.conf <<'END'
[Manager]
UserJobsMax=200
UserRunningMax=3
UserWaitingMax=100
UserOutputLimit=8M
END
# A disk of its own, so that what it takes can be seen.
systemctl stop jobd.service
mount -t tmpfs -o size=400M,mode=0700 tmpfs "$folder"
systemctl start jobd.service
jobs_before=0

# python_as USER: the script on standard input, with bus.py.
python_as() {
        as "$1" env PYTHONPATH="$here" timeout "$((60 * pace))" python3 -B -
}

others_go_on() {
        is "$1: bob's job runs" "$(as bob timeout "$((10 * pace))" jobctl run -- echo hello)" hello
        is "$1: and root's" "$(timeout "$((10 * pace))" jobctl run -- echo hello)" hello
}

# so_many_are N STATE
so_many_are() {
        [ "$(jobctl --no-legend list --all-users --state="$2" | wc -l)" = "$1" ]
}

ten_thousand_jobs() {
        python_as alice >told <<'PYTHON'
import bus
b, accepted, refused = bus.Bus(), 0, set()
for _ in range(10000):
    try:
        b.start("sleep", "300")
        accepted += 1
    except bus.BusError as e:
        refused.add(str(e))
print(accepted, *refused, sep="\n")
PYTHON
        is "of 10000 jobs so many are accepted" "$(head -n 1 told)" 200
        is "the others are refused by name" "$(tail -n +2 told)" \
                "org.jobd1.Error.LimitExceeded: alice has 200 jobs already (UserJobsMax=): remove some first"
        ok "three run" eventually 10 so_many_are 3 Running
        others_go_on "197 wait"
        ok "no more have started" so_many_are 197 NotStarted
}

next_of_a_user() {
        local ids
        mapfile -t ids < <(as alice jobctl --no-legend list | awk '{ print $1 }')
        is "the fourth waits" "$(property "${ids[3]}" State)" NotStarted
        as alice jobctl stop "${ids[0]}"
        ok "when one ends, the next in order starts" eventually 10 has_state "${ids[3]}" Running
        is "and only that" "$(property "${ids[4]}" State)" NotStarted
}

# dbus-daemon lets a connection wait for 128 answers: so there are a hundred of them.
ten_thousand_waits() {
        local job
        job=$(as alice jobctl --no-legend list | awk 'NR == 2 { print $1 }')
        cat >waits.py <<PYTHON
import os
import time
import bus
# for output: of one connection's Waits on the same job only the last one waits
def wait(usec):
    return "ReadOutput", "ttta{sv}", bus.u64(0), bus.u64(1), bus.u64(usec), 0
job = bus.job($job)
clients = [bus.Bus() for _ in range(100)]
answers = []
for client in clients:
    answers.append([client.send(job, *wait(2**63)) for _ in range(100)])
    if client is clients[0]:
        client.turn(0)
        client.call(job, "Wait", "a{sv}", 1, "TimeoutUSec", "t", bus.u64(0))
    else:
        while not all(answers[-1]):
            client.turn(0.01)
try:
    client.call(job, *wait(1))
except bus.BusError as e:
    print(e)
print("all sent", flush=True)
while not os.path.exists("$scratch/go"):
    time.sleep(0.02)
clients[0].turn(0)
print(sum(map(len, answers[0])), {name for some in answers[1:] for answer in some for name in answer})
PYTHON
        python_as alice <waits.py >told &
        ok "ten thousand waits are sent" eventually 60 grep -q 'all sent' told
        is "what is too much is refused by name" "$(head -n 1 told)" \
                "org.jobd1.Error.LimitExceeded: More than 100 waiting calls of one user (UserWaitingMax=)"
        others_go_on "10000 waits"
        touch go
        wait $!
        is "a hundred wait on" "$(tail -n 1 told)" "0 {'org.jobd1.Error.LimitExceeded'}"
}

# disk: KiB that the files of jobd take.
disk() {
        df --output=used -k "$folder" | tail -n 1 | tr -d ' '
}

# at_most DESCRIPTION KIB: that is what they take now, or less.
at_most() {
        local now
        now=$(disk)
        ok "$1: $now KiB" test "$now" -le "$2"
}

disk_is_above() {
        [ "$(disk)" -gt "$1" ]
}

# output_limit SIZE
output_limit() {
        sed -i "s/^UserOutputLimit=.*/UserOutputLimit=$1/" /run/jobd/jobd.conf.d/50-test.conf
        systemctl reload jobd
}

floods() {
        local kept flood
        kept=$(as alice jobctl start -n flood-kept -- sh -c 'head -c 3M /dev/zero | tr "\0" k')
        is "a job of 3 MB" "$(bus_wait "$kept")" Completed
        flood=$(as alice jobctl start -n flood-drops -- head -c 64M /dev/zero)
        is "a flood of 64 MB" "$(bus_wait "$flood")" Completed
        at_most "the disk is within the limit" $((8 * 1024 + 256))
        is "what the flood has lost is counted" \
                "$(($(property "$flood" OutputDropped) + $(jobctl receive --keep "$flood" | wc -c)))" $((64 << 20))
        is "the other job has all of its own" "$(jobctl receive --keep "$kept" | tr -d k | wc -c) $(
                property "$kept" OutputDropped)" "0 0"
        others_go_on "alice at her limit"
        as alice jobctl remove "$flood"
        output_limit 2M
        bus_refuses "over the limit, no more jobs" alice LimitExceeded \
                "alice's jobs take 3M of the disk \(UserOutputLimit=\): receive or remove some first" manager StartJob \
                "['true']" '@a{sv} {}'
        others_go_on "alice over her limit"
        is "she receives, and goes on" "$(as alice jobctl receive "$kept" | wc -c) $(
                as alice jobctl run -- echo hello)" "$((3 << 20)) hello"
        output_limit 8M
        as alice jobctl remove "$kept"
        at_most "it is gone with the jobs" 256
}

# Two jobs that would rather wait than lose a byte, and write four times what is allowed.
blocks() {
        local ids=() i
        for i in 1 2; do
                ids+=("$(bus_start_as alice 3 sh -c "head -c 16M /dev/zero | tr '\\0' $i" 2 OutputFull s block \
                        Name s "flood-block")")
        done
        ok "they fill what there is" eventually 20 disk_is_above $((6 * 1024))
        at_most "and no more" $((8 * 1024 + 512))
        for i in 0 1; do
                as alice timeout "$((60 * pace))" jobctl receive --follow "${ids[i]}" 2>&1 | tr -d "$((i + 1))" >"rest.$i" &
        done
        is "received, they go on to the end" "$(bus_wait "${ids[0]}") $(bus_wait "${ids[1]}")" "Completed Completed"
        wait
        is "nothing is lost" "$(property "${ids[0]}" OutputBytes) $(property "${ids[1]}" OutputDropped)" "$((16 << 20)) 0"
        is "and every byte came" "$(cat rest.0 rest.1 | wc -c)" 0
        as alice jobctl remove "${ids[@]}"
}

# start_blocking SIZE: alice's job that writes so much and would rather wait than lose a byte.
start_blocking() {
        bus_start_as alice 4 head -c "$1" /dev/zero 2 OutputFull s block Name s flood-block
}

a_raised_limit_wakes() {
        local job
        job=$(start_blocking 12M)
        ok "a job waits at the limit" eventually 20 disk_is_above $((7 * 1024))
        at_most "it does" $((8 * 1024 + 512))
        output_limit 64M
        ok "the limit is raised: it goes on" eventually 10 has_state "$job" Completed
        output_limit 8M
        as alice jobctl remove "$job"
}

# What is removed while it is read is free for others when the reader ends, without a word to jobd.
a_closed_segment_wakes() {
        local first job reader
        first=$(as alice jobctl start -n flood-kept -- head -c 6M /dev/zero)
        is "a job of 6 MB" "$(bus_wait "$first")" Completed
        cat >read.py <<PYTHON
import os
import time
import bus
b, job = bus.Bus(), bus.job($first)
position, end, fds = -1, 0, []
while position < end:
    position = end
    fd, _start, end = b.call(job, "OpenOutput", "ta{sv}", bus.u64(position), 0, returns="htt")
    fds.append(fd)
print("open", flush=True)
while not os.path.exists("$scratch/read"):
    time.sleep(0.02)
PYTHON
        python_as alice <read.py >told &
        reader=$!
        ok "somebody reads it" eventually 10 grep -q open told
        job=$(start_blocking 4M)
        ok "another waits at the limit" eventually 20 disk_is_above $((7 * 1024 + 512))
        as alice jobctl remove "$first"
        ok "what is removed and still read takes the disk" disk_is_above $((7 * 1024 + 512))
        is "and the other waits" "$(property "$job" State)" Running
        touch read
        wait "$reader"
        ok "the reader ends: it goes on" eventually 10 has_state "$job" Completed
        as alice jobctl remove "$job"
        at_most "nothing is held any more" 256
}

# Attack: what was received and removed is kept on the disk by descriptors, those too that cannot read.
segments_held_open() {
        cat >hold.py <<PYTHON
import os
import bus
b, most, fds = bus.Bus(), 0, []
def used():
    st = os.statvfs("$folder")
    return (st.f_blocks - st.f_bfree) * st.f_frsize
for i in range(40):
    job = bus.job(b.start("head", "-c", "1M", "/dev/zero"))
    b.call(job, "Wait", "a{sv}", 0)
    begin = b.call(job, "BeginReceive", "a{sv}", 0, returns="t")
    fd, _start, end = b.call(job, "OpenOutput", "ta{sv}", bus.u64(begin), 0, returns="htt")
    fds.append(os.open(f"/proc/self/fd/{fd}", os.O_PATH))
    if i % 4:
        fds.append(fd)
    else:
        os.close(fd)
    if i % 3:
        b.call(job, "Consume", "tta{sv}", bus.u64(begin), bus.u64(end), 0)
    b.call(job, "Remove", "a{sv}", 0)
    most = max(most, used())
print(most >> 10)
for fd in fds:
    os.close(fd)
b.start("true")
print(used() >> 10)
PYTHON
        python_as bob <hold.py >told
        ok "however much he holds open, the disk is within the limit: $(head -n 1 told) KiB" \
                test "$(head -n 1 told)" -le $((8 * 1024 + 1024 + 256))
        ok "and it is free when he lets go: $(tail -n 1 told) KiB" test "$(tail -n 1 told)" -le 256
}

ten_thousand_jobs
next_of_a_user
ten_thousand_waits
ok "all of them go" as alice jobctl --quiet remove --force '*'
floods
blocks
a_raised_limit_wakes
a_closed_segment_wakes
segments_held_open
