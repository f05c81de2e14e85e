#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a disk does to the output of a finished job: the rest of it comes, nothing wrong does, and what is missing is counted
# once, and told.
# timeout: 120
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

cat >print <<'END'
import os
for i in range(3000):
    os.write(1 + i % 2, (f"{i:06} " * (1 + i % 90) + "\n").encode())
END

# new_job: prints its id. The limit makes small segments; nothing is dropped.
new_job() {
        local id
        id=$(jobctl start --output-limit=1M -- python3 "$scratch/print")
        jobctl --quiet wait "$id" >/dev/null
        printf '%s\n' "$id"
}

# by_bus ID: what Receive gives a program that takes all of it, and leaves it there.
by_bus() {
        busctl --json=short call org.jobd1 "/org/jobd1/job/$1" org.jobd1.Job Receive 'bta{sv}' true 8388608 0 |
                python3 -c '
import hashlib, json, sys
sums = {"stdout": hashlib.sha256(), "stderr": hashlib.sha256()}
for _, stream, data in json.load(sys.stdin)["data"][0]:
    sums[stream].update(bytes(data))
print(sums["stdout"].hexdigest(), sums["stderr"].hexdigest())'
}

damaged_id=$(sed -n 's/^#define AUDIT_ID_DAMAGED *"\(.*\)"/\1/p' "$here/../../src/jobs/audit-ids.h")

# trail_says ID LOST: the audit entries of that job count so many bytes in all.
trail_says() {
        journalctl --quiet --output=json _SYSTEMD_UNIT=jobd.service MESSAGE_ID="$damaged_id" JOBD_ID="$1" |
                "$here/fields" JOBD_DAMAGED JOBD_OUTPUT_LOST |
                awk -F '|' -v lost="$2" '{ sum += $1; last = $2 } END { exit sum != lost || last != lost }'
}

# check ID KIND LOST SUMS
check() {
        local id=$1 kind=$2 lost=$3 sums=$4
        is "$kind: receive --keep" "$(sums "$id")" "$sums"
        is "$kind: counted" "$(property "$id" OutputLost)" "$lost"
        is "$kind: by the bus" "$(by_bus "$id")" "$sums"
        is "$kind: once more" "$(sums "$id") $(property "$id" OutputLost)" "$sums $lost"
        jobctl receive --keep "$id" 2>&1 >/dev/null | grep -a "^job $id: " >said
        is "$kind: told" "$(cat said)" "job $id: $lost bytes of output were lost"
}

# finish ID KIND LOST SUMS
finish() {
        local id=$1 kind=$2 lost=$3 sums=$4
        is "$kind: receive" "$(jobctl receive --output=json "$id" 2>/dev/null | python3 "$here/sums" "$id")" "$sums"
        is "$kind: that was all" "$(properties "$id" HasMoreData OutputLost State)" "no $lost Completed"
        is "$kind: nothing comes again" "$(jobctl receive "$id" 2>/dev/null)" ""
}

for kind in 'zeros at its end' 'a changed byte' 'a changed header' 'an unreadable head' 'a cut tail' \
        'a cut tail in the middle' 'no first segment' 'no middle segment' 'no last segment' 'nothing left'; do
        for restarted in '' ', after a restart'; do
                id=$(new_job)
                read -r out err lost < <("$here/damage" "$id" "$kind")
                ok "$kind$restarted: something is lost" test "$lost" -gt 0
                if [ -n "$restarted" ]; then
                        systemctl restart jobd.service
                        check "$id" "$kind$restarted" "$lost" "$out $err"
                        systemctl restart jobd.service
                        is "$kind$restarted: jobd remembers" "$(property "$id" OutputLost)" "$lost"
                fi
                finish "$id" "$kind$restarted" "$lost" "$out $err"
                ok "$kind$restarted: the audit trail says so" eventually 5 trail_says "$id" "$lost"
                systemctl reset-failed jobd.service
        done
done

id=$(new_job)
read -r out err lost < <("$here/damage" "$id" 'a changed byte')
is "receive --follow" "$(jobctl receive --follow --keep --output=json "$id" 2>/dev/null | python3 "$here/sums" "$id")" \
        "$out $err"
id=$(new_job)
"$here/damage" "$id" 'a changed byte' >/dev/null
like "status shows the end, which is intact" "$(jobctl status "$id" 2>&1)" 002999
id=$(new_job)
"$here/damage" "$id" 'no last segment' >/dev/null
like "and where that is missing, what is missing" "$(jobctl status "$id" >/dev/null 2>&1; jobctl status "$id" 2>&1)" \
        'Lost: +[0-9]+ bytes of output'
