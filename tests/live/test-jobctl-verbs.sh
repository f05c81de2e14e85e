#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What hands type that come from elsewhere: other names of verbs, no verb, short options.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"

# Everything as fay, who has no other jobs.
useradd --create-home fay 2>/dev/null
ctl() {
        as fay jobctl "$@"
}

is_in_state() {
        [ "$(jobctl show -p State --value "$1")" = "$2" ]
}

is "no jobs" "$(ctl status)" "0 jobs"
good=$(ctl start -n good sh -c 'echo out')
ctl --quiet wait -t 60 "$good"
bad=$(ctl start false)
ctl --quiet wait "$bad"
run=$(ctl start sleep 1000)
ctl --quiet wait --state=running "$run"

is "no verb: list" "$(ctl)" "$(ctl list)"
is "ls" "$(ctl ls)" "$(ctl list)"
is "ps -a" "$(ctl ps -a)" "$(ctl list --all-users)"
like "an id alone: its status" "$(ctl "$good")" "job $good \(good\).*State: Completed"
like "two ids, likewise" "$(ctl "$good" "$bad")" "job $good .*job $bad"
like "status alone: what there is" "$(ctl status)" \
        "^3 jobs: 1 Running, 1 Completed, 1 Failed; 1 has finished with output to receive.*$good +good .*$run +Job$run "
is "in JSON: as list" "$(ctl status --json=short)" "$(ctl list --json=short)"
is "logs: the output" "$(ctl logs "$good")" out
is "which stays there" "$(ctl show -p HasMoreData --value "$good")" yes
is "receive -k, too" "$(ctl receive -k "$good")" out
is "and -f waits for more" "$(ctl receive -k -f "$good")" out
is "what is received is gone" "$(ctl receive "$good"; ctl logs "$good")" out
ok "kill -KILL" as fay jobctl kill -KILL "$run"
ok "ends it" eventually 10 is_in_state "$run" Failed
is "by that signal" "$(ctl show -p ExitSignal --value "$run")" 9
killed=$run
run=$(ctl start sleep 1000)
ctl --quiet wait --state=running "$run"
ok "kill -15" as fay jobctl kill -15 "$run"
ok "…" eventually 10 is_in_state "$run" Failed
is "…" "$(ctl show -p ExitSignal --value "$run")" 15
ok "rm" as fay jobctl rm "$good" "$bad" "$run" "$killed"
is "removes" "$(ctl --no-legend ls)" ""
like "help" "$(ctl help)" "Verbs:"
like "help rm" "$(ctl help rm)" "jobctl remove .*--force"
is "version" "$(ctl version)" "$(ctl --version)"
fails 2 "a slip" as fay jobctl recieve 1
like "is understood as such" "$output" "unknown verb 'recieve': is it receive that you mean"
