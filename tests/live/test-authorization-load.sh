#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A user who leaves more questions open than he may: nobody else notices.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"
# shellcheck source=questions.sh
. "$here/questions.sh"

limit=1024

answered() {
        [ "$(grep -c "$1" answers)" -ge "$2" ]
}

id=$(bus_start_as bob 2 sleep 1000 0)
ok "bob asks to be root, again and again" leave_questions bob $((limit + 100))
ok "what is too much is refused" eventually 10 answered org.jobd1.Error.LimitExceeded 100
is "by that name, and no more" "$(sort answers | uniq -c | awk '{ print $1, $2 }')" $'1 asked\n100 org.jobd1.Error.LimitExceeded'
fails 1 "it is too much for all that bob asks" as bob timeout "$((10 * pace))" jobctl start true
like "as he is told" "$output" "$limit calls of this user wait for polkit"
ok "what is his he has without a question" as bob timeout "$((10 * pace))" jobctl stop "$id"
ok "alice starts jobs" as alice timeout "$((10 * pace))" jobctl start true
ok "root lists them" timeout "$((10 * pace))" jobctl list --all-users
