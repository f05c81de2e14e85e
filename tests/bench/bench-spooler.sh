#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Against task-spooler, which does much less: its jobs die with its server, and their output is a file. And against
# systemd-run, which hands the command the caller's own standard output.
. "$(dirname "$0")/lib.sh"
lines=2000000

TS_SOCKET=$(mktemp -u /tmp/spooler.XXXXXX) TMPDIR=$(mktemp -d /var/tmp/spooler.XXXXXX)
export TS_SOCKET TMPDIR
# no line twice: journald keeps equal data once
seq -f '%099.0f' $lines >"$TMPDIR/lines"

clear_spooler() {
        tsp -C
        rm -f "$TMPDIR"/ts-out.*
}

# shellcheck disable=SC2016  # all of these expand in those shells
{
        job_lines='jobctl wait "$(jobctl start cat "$TMPDIR/lines")"'
        spooler_lines='tsp -w "$(tsp cat "$TMPDIR/lines")"'
        job_run='jobctl run cat "$TMPDIR/lines" | cat >/dev/null'
        unit_run='systemd-run -q --wait --pipe cat "$TMPDIR/lines" | cat >/dev/null'
        many_jobs='for ((i = 0; i < 100; i++)); do last=$(jobctl start true); done; jobctl -q wait "*" "$last"'
        many_spooler='for ((i = 0; i < 100; i++)); do last=$(tsp true); done; tsp -w "$last"'
}

job() {
        seconds bash -c "$1"
        remove_all >&2
}

spooler() {
        seconds bash -c "$1"
        clear_spooler >&2
}

jobs_lines() { job "$job_lines"; }
spoolers_lines() { spooler "$spooler_lines"; }
compare jobs_lines spoolers_lines
row "200 MB of 100-byte lines through a job, to Completed: $(ms "$a")" "task-spooler into a file: $(ms "$b")" "$ratio" "≤ 4"

jobs_run() { job "$job_run"; }
units_run() { spooler "$unit_run"; }
compare jobs_run units_run
row "\`jobctl run\` of the same into a pipe: $(ms "$a")" "\`systemd-run --wait --pipe\`: $(ms "$b")" "$ratio" "≤ 6"

jobs_many() { job "$many_jobs"; }
spoolers_many() { spooler "$many_spooler"; }
compare jobs_many spoolers_many
row "100 starts of \`true\`, one after the other, to all done: $(ms "$a")" "task-spooler: $(ms "$b")" "$ratio" "≤ 1.5"

rounds=41
jobs_start() { seconds jobctl start true; }
spoolers_start() { seconds tsp true; }
compare jobs_start spoolers_start
row "\`jobctl start true\`: $(ms "$a")" "\`tsp true\`: $(ms "$b")" "$ratio" "≤ 1.1"
remove_all
tsp -K
rm -rf "$TMPDIR"
