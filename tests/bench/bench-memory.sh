#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The memory of jobd (RssAnon) and of one jobd-exec (Pss).
. "$(dirname "$0")/lib.sh"

mb() { awk -v kb="$1" 'BEGIN { printf "%.2f MB", kb / 1024 }'; }

remove_all
systemctl restart jobd.service
row "jobd idle, RssAnon" "" "$(mb "$(jobd_anon)")" "≤ 3 MB"

jobctl -q run true
before=$(jobd_anon)
peak=$before
samples=0
id=$(jobctl start head -c 1G /dev/urandom)
until jobctl show -p State --value "$id" | grep -qx Completed; do
        now=$(jobd_anon)
        samples=$((samples + 1))
        [ "$now" -le "$peak" ] || peak=$now
done
row "jobd, growth while 1 GB passes (highest of $samples looks)" "" "$((peak - before)) KB" "≤ 1 MB"
remove_all

id=$(jobctl start sh -c 'head -c 100M /dev/urandom; exec sleep 1000')
until [ "$(jobctl show -p OutputBytes --value "$id")" = $((100 * 1024 * 1024)) ]; do sleep 0.1; done
# the kernel takes pages back when jobd-exec has found the queue empty
sleep 1
pid=$(systemctl show --value -p MainPID "jobd-$id.service")
row "jobd-exec at rest after 100 MB, Pss" "" "$(field "/proc/$pid/smaps_rollup" Pss) KB" "≤ 300 KB"
remove_all

# Started in groups: it is the memory of finished jobs that counts here.
for ((i = 0; i < 20; i++)); do "$tools/starts" jobs 500 >/dev/null; done
row "jobd with 10 000 finished jobs, RssAnon" "" "$(mb "$(jobd_anon)")" "≤ 20 MB"

list() { seconds jobctl list; }
rounds=9
compare list list
row "\`jobctl list\` with 10 000 jobs" "" "$(ms "$a")" "≤ 100 ms"
remove_all
