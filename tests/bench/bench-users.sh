#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What the policy costs: a start by a user whom polkit is asked about, and what others notice when one user's questions
# wait for a password, as many as he may have.
. "$(dirname "$0")/lib.sh"
rounds=41
bench=$(dirname "$(readlink -f "$0")")
scratch=$(mktemp -d)
chmod 0755 "$scratch"
cd "$scratch" || exit 1

# start_as USER: seconds of one start, measured by a shell of that user: to become him is not part of it.
start_as() {
        # shellcheck disable=SC2016 # the inner shell expands these
        setpriv --reuid="$1" --regid="$1" --init-groups -- bash -c '. "$0/lib.sh"; seconds jobctl start -C / true' "$bench"
}
alice_start() { start_as alice; }
root_start() { start_as root; }
compare alice_start root_start
row "\`jobctl start true\` by a user, with the default policy: $(ms "$a")" "by root: $(ms "$b")" "$ratio" "≤ 1.5"
remove_all

# What questions.sh takes from the tests' lib.sh.
here=$bench/../live
# shellcheck disable=SC2034 # questions.sh uses it
as_user=$here/../sandbox/lib/as-user
pids=()
on_exit() { [ "$1" != kill ] || pids+=("$2"); }
eventually() { for ((i = 0; i < 500; i++)); do "${@:2}" && return; sleep 0.02; done; return 1; }
# shellcheck source=../live/questions.sh
. "$here/questions.sh"
refused() { grep -q LimitExceeded answers; }
leave_questions bob 1100 && eventually 10 refused || echo "bob's questions are not open" >&2

root_list() { seconds jobctl list --all-users; }
compare alice_start root_start
row "the same with the limit of waiting questions reached by another user: $(ms "$a")" "by root: $(ms "$b")" "$ratio" ""
compare root_list root_list
row "\`jobctl list\` by root meanwhile, with $(jobctl list --no-legend --all-users | wc -l) jobs" "" "$(ms "$a")" "≤ 10 ms"
kill "${pids[@]}"
remove_all
cd / && rm -rf "$scratch"
