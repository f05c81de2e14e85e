#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A client of jobd in shell, with busctl alone: starts a job, watches it, waits for its end and receives its output.
#
#     examples/client.sh COMMAND…
#
# Ends as the job did: 0 if it is Completed, 1 if not.
set -euo pipefail

# busctl prints a type before each value: "o "/org/jobd1/job/7"", "s "Completed"".
value() {
        sed 's/^[^ ]* "\(.*\)"$/\1/'
}

call() {
        busctl call -- org.jobd1 "$@"
}

# Its output and its end are the job's own affair: jobd needs its command and its options, here one, its directory. Bytes
# ("ay") may be given as text.
job=$(call /org/jobd1 org.jobd1.Manager StartJob 'asa{sv}' "$#" "$@" 1 WorkingDirectory s "$PWD" | value)
echo "started $job" >&2

# To watch is to look again whenever something may have changed. Wait answers after 20 s at the latest, as most clients give
# up a call after 25: while the state is none of the last three the job goes on.
while :; do
        state=$(call "$job" org.jobd1.Job Wait 'a{sv}' 1 TimeoutUSec t 20000000 | value)
        echo "it is $state" >&2
        [[ $state != Completed && $state != Failed && $state != Stopped ]] || break
done
reason=$(busctl get-property org.jobd1 "$job" org.jobd1.Job Reason | value)
[ -z "$reason" ] || echo "because it $reason" >&2

# Receive takes what it returns (keep: false), 64 KiB at most in an answer, which busctl prints as
# "a(tsay)b N", then N times "TIME "STREAM" SIZE BYTE…", then whether there is more.
write_out() {
        LC_ALL=C awk '{
                field = 3
                for (n = $2; n > 0; n--) {
                        out = $(field + 1) == "\"stdout\"" ? "/dev/stdout" : "/dev/stderr"
                        size = $(field + 2)
                        for (field += 3; size > 0; size--)
                                printf "%c", $(field++) + 0 >out
                }
                exit $field == "true" ? 3 : 0
        }'
}
more=3
while [ "$more" -eq 3 ]; do
        more=0
        call "$job" org.jobd1.Job Receive 'bta{sv}' false 65536 0 | write_out || more=$?
done

call "$job" org.jobd1.Job Remove 'a{sv}' 0
[ "$state" = Completed ]
