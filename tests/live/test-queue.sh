#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Jobs that wait for their turn, and stops that jobd was killed in the midst of: none waits for ever.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"

configure() {
        mkdir -p /etc/jobd
        printf '[Manager]\n%s\n' "$1" >/etc/jobd/jobd.conf
        systemctl restart jobd
}
[ ! -e /etc/jobd/jobd.conf ] || cp -a /etc/jobd/jobd.conf saved.conf
restore() {
        rm -f /etc/jobd/jobd.conf
        [ ! -e "$scratch/saved.conf" ] || cp -a "$scratch/saved.conf" /etc/jobd/jobd.conf
        systemctl restart jobd
}
on_exit restore

configure RunningMax=2
ids=()
for _ in 1 2 3 4 5; do
        ids+=("$(bus_start 3 sh -c "while ! [ -e $scratch/go ]; do sleep 0.02; done" 0)")
done
ok "as many as RunningMax= run" eventually 10 has_state "${ids[1]}" Running
is "what is above it waits" "$(property "${ids[4]}" State)" NotStarted
is "and says why" "$(property "${ids[4]}" Reason)" "waits for its turn: 2 of 2 jobs run"
touch go
is "the last one has its turn" "$(bus_wait "${ids[4]}")" Completed

# alice's many do not delay bob's one.
ids=()
for _ in 1 2 3 4 5; do
        ids+=("$(bus_start_as alice 2 sleep 300 0)")
done
ok "alice's jobs run" eventually 10 has_state "${ids[1]}" Running
id=$(bus_start_as bob 1 true 0)
bus_job "${ids[0]}" Stop 'a{sv}' 0 >/dev/null
is "bob's is next" "$(bus_wait "$id")" Completed
is "while hers still wait" "$(property "${ids[4]}" State)" NotStarted
for id in "${ids[@]:1}"; do
        bus_job "$id" Stop 'a{sv}' 0 >/dev/null
done

# A job that waits has its environment on disk, not in memory, and only until it starts.
blockers=("$(bus_start 2 sleep 300 0)" "$(bus_start 2 sleep 300 0)")
id=$(bus_start 3 sh -c 'echo "$SECRET"' 1 Environment as 1 SECRET=word)
ok "its spec is on disk" grep -q SECRET=word "/var/lib/jobd/$id/spec"
jobd=$(systemctl show --value -p ExecStart jobd.service | sed -n 's/.*path=\([^ ;]*\).*/\1/p')
fails 1 "a second jobd ends" timeout "$(patience 10)" "$jobd"
like "and says why" "$output" '^<3>/var/lib/jobd is locked: another jobd runs already'
ok "it has touched nothing" grep -q SECRET=word "/var/lib/jobd/$id/spec"
systemctl restart jobd
is "it waits over a restart" "$(property "$id" State)" NotStarted
bus_job "${blockers[0]}" Stop 'a{sv}' 0 >/dev/null
is "it runs then" "$(bus_wait "$id")" Completed
is "with its environment" "$(jobctl receive "$id")" word
ok "which is gone from the disk" test ! -e "/var/lib/jobd/$id/spec"
bus_job "${blockers[1]}" Stop 'a{sv}' 0 >/dev/null

# systemd takes no start of a user whose slice is being stopped, as it takes none while the machine goes down.
uid=$(id -u alice)
holder=$(bus_start_as alice 3 sh -c 'trap "" TERM; while :; do sleep 1; done' 1 StopTimeoutUSec t 1500000)
ok "a job that does not heed TERM runs" eventually 10 has_state "$holder" Running
systemctl stop --no-block "jobd-$uid.slice"
late=$(bus_start_as alice 1 true 0)
is "a job of that time is no failure" "$(bus_wait "$late")" Completed

# The stop is in the record, and systemd was not told.
id=$(bus_start 2 sleep 300 0)
ok "it runs" eventually 10 has_state "$id" Running
systemctl stop jobd
sed -i 's/^Created=/StopRequested=1\nStoppedBy=0\nCreated=/; s/^State=.*/State=Stopping/' "/var/lib/jobd/$id/job"
systemctl start jobd
is "the next jobd stops it" "$(bus_wait "$id")" Stopped

# Over a reboot: what waited is started, with its environment; what ran is not run again, though the going of its spec
# had not reached the disk when the power went. Only the journal knows.
reboot_without_going_down() {
        systemctl stop jobd
        sed -i 's/^BootId=.*/BootId=ffffffffffffffffffffffffffffffff/' "$@"
}
configure RunningMax=1
blocker=$(bus_start 2 sleep 300 0)
id=$(bus_start 3 sh -c 'echo "$SECRET"' 1 Environment as 1 SECRET=again)
is "it waits" "$(property "$id" State)" NotStarted
reboot_without_going_down "/var/lib/jobd/$id/job"
systemctl start jobd
is "it waits over a reboot" "$(property "$id" State)" NotStarted
bus_job "$blocker" Stop 'a{sv}' 0 >/dev/null
is "it has its turn" "$(bus_wait "$id")" Completed
is "with what it was given" "$(jobctl receive "$id")" again

configure RunningMax=1
blocker=$(bus_start 2 sleep 300 0)
id=$(bus_start 3 sh -c "echo once >>$scratch/ran; exit 4" 0)
cp -a "/var/lib/jobd/$id" before
bus_job "$blocker" Stop 'a{sv}' 0 >/dev/null
is "a job runs" "$(bus_wait "$id") $(cat ran)" "Failed once"
reboot_without_going_down before/job
rm -rf "/var/lib/jobd/$id"
cp -a before "/var/lib/jobd/$id"
systemctl start jobd
is "after the power cut it has its end back" "$(bus_wait "$id") $(property "$id" ExitCode)" "Failed 4"
is "and has run once" "$(cat ran)" once
