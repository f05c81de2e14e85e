#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# 200 MB of lines of 100 bytes, from the start to the end with every byte kept.
. "$(dirname "$0")/lib.sh"
rounds=5
lines=2000000
small=200000

# no line twice: journald keeps equal data once
seq -f '%099.0f' $lines >/var/tmp/lines
head -n $small /var/tmp/lines >/var/tmp/lines-small

through_jobd() {
        local id t
        # shellcheck disable=SC2016  # expands in that shell
        t=$(seconds sh -c 'jobctl wait "$(jobctl start cat /var/tmp/lines)"')
        id=$(jobctl list --newest=1 --no-legend | awk '{ print $1 }')
        [ "$(jobctl show -p OutputBytes --value "$id")" = $((lines * 100)) ] || echo "bytes are missing" >&2
        remove_all >&2
        awk -v n=$((lines * 100)) -v t="$t" 'BEGIN { printf "%.1f\n", n / t / 1e6 }'
}

# Ends when the last line is in the journal: a tenth of the lines, as it is slow.
captured() {
        local unit=capture-$RANDOM$RANDOM begin=$EPOCHREALTIME
        systemd-run -q --unit="$unit" -p LogRateLimitIntervalSec=1s -p LogRateLimitBurst=4294967295 --wait \
                cat /var/tmp/lines-small
        journalctl --sync
        awk -v a="$begin" -v b="$EPOCHREALTIME" -v n=$((small * 100)) 'BEGIN { printf "%.1f\n", n / (b - a) / 1e6 }'
}

compare through_jobd captured
row "200 MB of 100-byte lines through a job: $a MB/s" "journald's stdout capture: $b MB/s" "$ratio times its rate" "≥ 12"
rm -f /var/tmp/lines /var/tmp/lines-small
