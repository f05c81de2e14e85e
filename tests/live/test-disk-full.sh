#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# No room for jobd's own files: new jobs are refused, old ones wait, nothing that was accepted is lost, and all goes on
# when there is room again.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

folder=/var/lib/jobd
size=$((100 * 1024 * 1024))

on_small_disk() {
        systemctl stop jobd.service
        mount -t tmpfs -o size=40M,mode=0700 tmpfs "$folder"
        systemctl start jobd.service
}

off_small_disk() {
        systemctl stop jobd.service
        ! mountpoint -q "$folder" || umount "$folder"
        systemctl start jobd.service
}

log_says() {
        journalctl --quiet --unit=jobd.service --since="@$begin" | grep -q "$1"
}

is_running() {
        [ "$(property "$1" State)" = Running ]
}

begin=$(date +%s)
on_exit off_small_disk
ok "jobd's files are on a small disk" on_small_disk
quiet=$(jobctl start -- sh -c 'while ! [ -e go ]; do sleep 0.02; done; echo "still here"; exit 3')
silent=$(jobctl start -- sh -c 'while ! [ -e end ]; do sleep 0.02; done; exit 4')
eventually 10 is_running "$silent"
id=$(jobctl start -- "$scratch/random" 6 "$size")
ok "the disk fills up, and the log says so" eventually 10 log_says "job $id: .*cannot be written"
is "the job waits" "$(property "$id" State)" Running

fill_up "$folder"
fails 1 "a new job is refused" jobctl start -- true
like "for want of space" "$output" 'No space left on device'
fails 1 "by name" busctl call org.jobd1 /org/jobd1 org.jobd1.Manager StartJob 'asa{sv}' 1 true 0
touch end
fails 1 "a job ends, and its end cannot be saved" jobctl wait --timeout="$(patience 30)" "$silent"
is "the record does not say so" "$(grep ^State= "$folder/$silent/job")" State=Running
touch go
ok "a job that ends meanwhile" eventually 10 test "$(systemctl is-active "jobd-$quiet.service")" != activating

cached=$(property "$id" OutputBytes)
ok "some of the output is there" test "$cached" -gt 0
is "and right" "$(jobctl receive --keep "$id" 2>/dev/null | sha)" "$(random 6 "$size" | head -c "$cached" | sha)"
mount -o remount,size=400M "$folder"
rm -f "$folder"/fill*
ok "with room, the end is saved" eventually 15 grep -q ^State=Failed "$folder/$silent/job"
ok "with room, it goes on" jobctl wait --timeout="$(patience 30)" "$id"
ok "the log says that, too" log_says "job $id: .*can be written again"
is "every byte is there" "$(jobctl receive "$id" | sha)" "$(random 6 "$size" | sha)"
is "none was lost" "$(properties "$id" State OutputBytes OutputLost OutputDropped)" "Completed $size 0 0"
fails 1 "the other job has ended as well" jobctl wait --timeout="$(patience 10)" "$quiet"
is "with its line and its status" "$(property "$quiet" ExitCode) $(stream "$quiet")" "3 still here"
kill -9 "$(jobd_pid)"
ok "jobd is killed" eventually 10 jobctl list
is "and knows the end that it could not save at first" "$(properties "$silent" State ExitCode)" "Failed 4"
ok "and new ones start" jobctl run -- true

# /run: systemd writes the units of jobs there, and does not say that it could not.
run_size=$(findmnt --noheadings --output OPTIONS /run | grep -o 'size=[0-9]*k')
on_exit mount -o "remount,$run_size" /run
empty_run() {
        rm -f /run/fill*
}
on_exit empty_run
ok "/run is small" mount -o "remount,size=$(($(df --output=used -k /run | tail -n 1) + 256))k" /run
fill_up /run
id=$(jobctl start -- true)
fails 1 "with /run full no job starts" jobctl wait --timeout="$(patience 10)" "$id"
is "and that is why" "$(property "$id" Reason)" \
        "cannot be started: no space is left in /run, where systemd writes its unit"
empty_run
ok "with room, the next one does" jobctl run -- true
