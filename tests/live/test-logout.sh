#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A job does not end with the login that started it.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"
# shellcheck source=ssh.sh
. "$here/ssh.sh"

sessions_of_bob() {
        loginctl --no-legend list-sessions | awk '$3 == "bob"'
}

is_logged_out() {
        [ -z "$(sessions_of_bob)" ] && ! systemctl --quiet is-active user-1002.slice
}

over_ssh() {
        as alice ssh -o BatchMode=yes bob@localhost "$@" </dev/null
}

ok "sshd starts" start_sshd
let_in alice bob
id=$(over_ssh jobctl start -n overnight -- sh -c '"echo started; while [ ! -e finish ]; do sleep 0.05; done; rm finish; echo end"')
like "a login starts a job" "$id" '^[0-9]+$'
loginctl terminate-user bob
ok "the login ends, and everything of that user's" eventually 20 is_logged_out
is "the job runs on" "$(property "$id" State)" Running
over_ssh touch finish
is "to its end" "$(bus_wait "$id")" Completed
is "another login has the output" "$(over_ssh jobctl receive overnight 2>&1)" $'started\nend'
is "once" "$(over_ssh jobctl receive overnight 2>&1)" ""
