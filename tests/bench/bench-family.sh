#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A family of 500 of `true`, two at once, against 500 jobs of their own by one client.
. "$(dirname "$0")/lib.sh"

wait_for_family() {
        jobctl wait "$(seq 500 | jobctl start --each-from=- --parallel=2 -- true)"
}
family() {
        seconds wait_for_family
        remove_all >&2
}
jobs() {
        "$tools/starts" jobs 500
        remove_all >&2
}
compare jobs family
row "500 children of one job, two at once: $(per_second 500 "$b")" \
        "500 jobs, one client: $(per_second 500 "$a")" "$ratio of its rate" "≥ 0.9"
