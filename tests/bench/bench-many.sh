#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# 500 jobs of `true` by one client, against the same 500 bare units.
. "$(dirname "$0")/lib.sh"

units() { "$tools/starts" units 500; }
jobs() {
        "$tools/starts" jobs 500
        remove_all >&2
}
compare units jobs
row "500 jobs of \`true\`, one client: $(per_second 500 "$b")" \
        "500 × StartTransientUnit, pipelined: $(per_second 500 "$a")" "$ratio of its rate" "≥ 0.65"
