#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The namespace's journald stands still for longer than anybody would wait for his turn, and goes on: jobs that end
# meanwhile wait for it, as does what a killed one has sent, and nothing is lost.
# timeout: 60
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

hangs=13 # jobd-exec asks jobd after 10
journald=$(systemctl show --value -p MainPID systemd-journald@jobd.service)

# all_there ID SEED BYTES
all_there() {
        is "every byte of $3 has come" "$(stream "$1" | sha)" "$(random "$2" "$3" | sha)"
        is "and none is lost" "$(properties "$1" OutputBytes OutputLost)" "$3 0"
}

ok "the journal is there" jobctl run -- true
kill -s STOP "$journald"
on_exit kill -s CONT "$journald"
begun=$(now)
few=$(jobctl start -- sh -c "'$scratch/random' 1 100; exit 5")
many=$(jobctl start -- "$scratch/random" 2 300000)
flood=$(jobctl start -- "$scratch/random" 3 20000000)
killed=$(jobctl start -- sh -c 'echo mine; touch said; exec sleep 1000')
ok "a job speaks into the silence" eventually 5 test -e said
sleep 0.2 # for jobd-exec to read it; nothing tells
ok "and is killed with its jobd-exec" systemctl kill -s KILL "jobd-$killed.service"
sleep "$(((hangs * 1000 - ($(now) - begun)) / 1000))"
is "nobody has given up" "$(properties "$few" State) $(properties "$many" State) $(properties "$killed" State)" \
        "Running Running Running"
kill -s CONT "$journald"
timeout "$(patience 40)" jobctl wait "$few" "$many" "$flood" "$killed" >/dev/null
is "they end as their commands did" "$(property "$few" ExitCode) $(property "$many" ExitCode)" "5 0"
all_there "$few" 1 100
all_there "$many" 2 300000
all_there "$flood" 3 20000000
is "the killed one is known to be killed" "$(properties "$killed" Result ExitSignal)" "signal 9"
is "with its last words" "$(stream "$killed")" mine
