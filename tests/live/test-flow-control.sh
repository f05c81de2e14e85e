#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# While jobd stands still, a job with much output waits, as on any full pipe, and one with little goes on; nothing is
# lost, though the journal holds a fraction of it.
# timeout: 60
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

size=$((512 * 1024 * 1024))
limit=128M # four times less; jobd-exec may be 64 MiB ahead
setting=/etc/systemd/journald@jobd.conf.d

restart_journald() {
        systemctl restart systemd-journald@jobd.service
}

small_journal() {
        drop_in "$setting" '[Journal]' "SystemMaxUse=$limit" SystemMaxFileSize=16M
        on_exit restart_journald
        on_exit rm -rf "$setting"
        empty_journal
        ok "the journal is small" restart_journald
}

# Two streams, a write when the one before has been read: of two pipes with something in them nobody knows the order.
cat >alternate <<'END'
import array, fcntl, os, termios, time
unread = array.array("i", [0])
while not os.path.exists("go"):
    time.sleep(0.01)
for n in range(1000):
    for fd in 1, 2:
        os.write(fd, b"%d %d\n" % (n, fd))
        while fcntl.ioctl(fd, termios.FIONREAD, unread) == 0 and unread[0] > 0:
            time.sleep(0.0002)
time.sleep(1)
open("alternated", "w").close()
END

# The lines of all frames, in the order of the log, with the stream on which they came.
cat >merge <<'END'
import json, sys
for line in sys.stdin:
    frame = json.loads(line)
    for text in frame["Data"].splitlines():
        print(text, frame["Stream"])
END

much_output_waits() {
        local command written
        command=$(command_of "$much")
        ok "the job with much output waits" eventually 10 stands_still "$command"
        touch go
        written=$(written_by "$command")
        # 64 MiB ahead of the cache at most, and what fits into the pipe
        ok "not for want of trying" test "$written" -ge $((32 * 1024 * 1024))
        is "and for as long as jobd does" "$(eventually 15 test -e alternated && written_by "$command")" "$written"
}

small_journal
truncate -s "$size" zeros
much=$(jobctl start -- openssl enc -aes-128-ctr -nosalt -in zeros \
        -K "$(printf '%032x' 7)" -iv 00000000000000000000000000000000)
random 7 "$size" | sha >expected &
sum=$!
ok "output comes" eventually 10 has_bytes "$much" 1000000

alternating=$(jobctl start -- python3 alternate)
ok "another job waits for the flood's end" eventually 5 command_of "$alternating"
jobd=$(systemctl show --value -p MainPID jobd.service)
on_exit kill -s CONT "$jobd"
ok "jobd is stopped" kill -s STOP "$jobd"
much_output_waits
ok "and goes on" kill -s CONT "$jobd"

ok "both jobs end" jobctl wait --timeout="$(patience 30)" "$much" "$alternating"
wait "$sum"
is "every byte is there" "$(jobctl receive "$much" | sha)" "$(cat expected)"
is "and counted" "$(properties "$much" OutputBytes OutputLost OutputDropped)" "$size 0 0"
ok "the journal is smaller than a quarter of it" test "$(du -sm /var/log/journal/*.jobd | cut -f 1)" -le 128
jobctl receive --output=json "$alternating" | python3 merge >merged
for n in $(seq 0 999); do
        printf '%d 1 stdout\n%d 2 stderr\n' "$n" "$n"
done >in_order
ok "2 000 alternating writes are in order" cmp merged in_order
