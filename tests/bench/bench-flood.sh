#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What small jobs notice of one that prints as fast as it can: 50 of them, one after the other, beside it and without.
. "$(dirname "$0")/lib.sh"

# small FILE: 50 small jobs; their seconds go to FILE, and the median of them is printed.
small() {
        local n
        for ((n = 0; n < 50; n++)); do
                seconds jobctl run -- echo x
        done >"$1"
        median <"$1"
}
alone() { small "$scratch/alone"; }
beside() {
        local id
        id=$(jobctl start -- yes 'as fast as it can')
        while [ "$(jobctl show -p OutputBytes --value "$id")" -lt 1000000 ]; do :; done
        small "$scratch/beside"
        jobctl -q stop "$id" >&2
        remove_all >&2
}
longest() { sort -g "$1" | tail -n 1; }

scratch=$(mktemp -d)
compare beside alone
row "\`jobctl run echo\` beside a job that floods: $(ms "$a"), at most $(ms "$(longest "$scratch/beside")")" \
        "without it: $(ms "$b"), at most $(ms "$(longest "$scratch/alone")")" "$ratio" "≤ 3"
rm -r "$scratch"
