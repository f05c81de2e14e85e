#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What a person waits for: the prompt after a start, and a whole short run.
. "$(dirname "$0")/lib.sh"
rounds=41

job_start() { seconds jobctl start true; }
unit_start() { seconds systemd-run -q true; }
compare job_start unit_start
row "\`jobctl start true\`: $(ms "$a")" "\`systemd-run -q true\`: $(ms "$b")" "$ratio" "≤ 0.8"
remove_all

job_run() { seconds jobctl run true; }
unit_run() { seconds systemd-run -q --wait --pipe true; }
compare job_run unit_run
row "\`jobctl run true\`: $(ms "$a")" "\`systemd-run -q --wait --pipe true\`: $(ms "$b")" "$ratio" "≤ 1.2"
