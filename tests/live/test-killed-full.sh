#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# jobd is killed while its disk is full: what was asked for, received and ended meanwhile is known to the next one.
# timeout: 90
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"
# shellcheck source=output.sh
. "$here/output.sh"

folder=/var/lib/jobd copies=/run/jobd/unsaved

on_small_disk() {
        systemctl stop jobd.service
        mount -t tmpfs -o size=8M,mode=0700 tmpfs "$folder"
        systemctl start jobd.service
}

off_small_disk() {
        systemctl stop jobd.service
        ! mountpoint -q "$folder" || umount "$folder"
        systemctl start jobd.service
}

log_says() {
        journalctl --quiet --output=cat --unit=jobd.service --since="@$begun" | grep -q "$1"
}

is_over() {
        case $(systemctl is-active "jobd-$1.service") in
        inactive | failed | unknown) return 0 ;;
        *) return 1 ;;
        esac
}

# told ID STATE: that end, and no other.
told() {
        local told
        told=$(grep "\"path\":\"/org/jobd1/job/$1\".*\"StateChanged\"" signals |
                grep -oE '"data":\["(Completed|Failed|Stopped)"' | sort -u)
        [ "$told" = "\"data\":[\"$2\"" ]
}

end_of() {
        properties "$1" State ExitCode Reason
}

check() {
        is "$1: stopped, and by whom" "$(end_of "$quick")" "Stopped -1 stopped by alice"
        is "$1: so is what was being stopped" "$(end_of "$slow")" "Stopped 0 stopped by alice"
        is "$1: a job that ended by itself" "$(end_of "$plain")" "Failed 7 exited with status 7"
        is "$1: what was received does not come again" "$(jobctl receive --keep "$read" 2>/dev/null)" two
}

on_exit off_small_disk
ok "jobd's files are on a small disk" on_small_disk
chmod 0777 .
read=$(jobctl start -- sh -c 'echo one; sleep 0.3; echo two')
plain=$(jobctl start -- sh -c 'while ! [ -e end ]; do sleep 0.02; done; exit 7')
quick=$(as alice jobctl start -- sleep 1000)
slow=$(as alice jobctl start -- sh -c "trap 'while ! [ -e $scratch/go ]; do sleep 0.02; done; exit 0' TERM
        echo ready; while :; do sleep 0.02; done")
ok "a job is ready" eventually 10 has_bytes "$slow" 6
ok "another is" eventually 10 has_state "$quick" Running
jobctl --quiet wait "$read" >/dev/null
listen signals || bail "nobody listens"

fill_up "$folder"
as alice jobctl stop --no-wait "$quick" "$slow"
touch end
like "output is received" "$(busctl call org.jobd1 "/org/jobd1/job/$read" org.jobd1.Job Receive 'bta{sv}' false 1 0)" \
        '"stdout" 4 111 110 101 10'
ok "the stopped job has ended" eventually 10 is_over "$quick"
ok "the plain one, too" eventually 10 is_over "$plain"
ok "a record cannot be saved" eventually 10 log_says "job $quick: its record cannot be saved"
is "the disk knows of nothing" "$(grep -hE '^(StopRequested|StoppedBy)=' "$folder/$quick/job" "$folder/$slow/job")" ""
is "there are copies, for root alone" "$(stat -c %a "$copies")" 700
ok "of each" test -s "$copies/$quick" -a -s "$copies/$slow" -a -s "$copies/$read"
ok "jobd is killed" kill_jobd
touch go
for id in "$quick" "$plain" "$slow"; do
        jobctl wait --timeout="$(patience 20)" "$id" >/dev/null
done
check "the disk is full"
ok "jobd is killed once more" kill_jobd
check "still full"
for id in "$quick" "$slow"; do
        ok "job $id: its end is told, and no other" eventually 10 told "$id" Stopped
done
ok "job $plain: the same" eventually 10 told "$plain" Failed

rm -f "$folder"/fill*
for id in "$quick" "$slow" "$plain" "$read"; do
        ok "job $id: with room it is saved" eventually 15 test ! -e "$copies/$id"
done
is "in the records" "$(grep -h ^State= "$folder/$quick/job" "$folder/$slow/job" "$folder/$plain/job" | xargs)" \
        "State=Stopped State=Stopped State=Failed"
ok "jobd is killed for the last time" kill_jobd
check "with room"
is "no copy is left" "$(ls -A "$copies")" ""

# /run as well: then nobody can know, and the log says so.
run_size=$(findmnt --noheadings --output OPTIONS /run | grep -o 'size=[0-9]*k')
on_exit mount -o "remount,$run_size" /run
empty_run() {
        rm -f /run/fill*
}
on_exit empty_run
quick=$(as alice jobctl start -- sleep 1000)
ok "one more runs" eventually 10 has_state "$quick" Running
mount -o "remount,size=$(($(df --output=used -k /run | tail -n 1) + 256))k" /run
fill_up "$folder"
fill_up /run
as alice jobctl stop --no-wait "$quick"
ok "with both full the log says what that means" eventually 10 \
        log_says "job $quick: nor is there a copy in $copies: if jobd is killed now, what was asked for"
is "jobd itself knows" "$(as alice jobctl wait --timeout="$(patience 20)" "$quick" >/dev/null; end_of "$quick")" "Stopped -1 stopped by alice"
empty_run
rm -f "$folder"/fill*
ok "with room it is saved" eventually 15 grep -q ^State=Stopped "$folder/$quick/job"
