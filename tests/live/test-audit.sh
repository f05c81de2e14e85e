#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# The audit trail: the system's journal tells what became of every job and who did it, to root alone, whatever journald
# does, and nobody can fill it with what costs him nothing.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"

secret=xyzzy$RANDOM$RANDOM
alice=$(id -u alice) bob=$(id -u bob)

declare -A ids=() kinds=()
while read -r _ name value; do
        name=${name#AUDIT_ID_} value=${value//\"/}
        ids[${name,,}]=$value
        kinds[$value]=${name,,}
done < <(grep '^#define AUDIT_ID_' "$here/../../src/jobs/audit-ids.h")

# entries MATCH…: what jobd itself has written during this test, as JSON, a line each.
entries() {
        journalctl --quiet --since="@$begun" --output=json _SYSTEMD_UNIT=jobd.service "$@"
}

# fields KIND JOB NAME…
fields() {
        entries MESSAGE_ID="${ids[$1]}" JOBD_ID="$2" | "$here/fields" "${@:3}"
}

# tells N KIND MATCH…
tells() {
        [ "$(entries MESSAGE_ID="${ids[$2]}" "${@:3}" | wc -l)" -eq "$1" ]
}

# lives ID WORD…: these are the entries of a job, in order.
lives() {
        local id actual=()
        while read -r id; do
                actual+=("${kinds[$id]-$id}")
        done < <(entries JOBD_ID="$1" | "$here/fields" MESSAGE_ID)
        printf '%s\n' "${actual[*]}"
        [ "${actual[*]}" = "${*:2}" ]
}

# No test before this one has used up what a user may have refused within a minute.
fresh_jobd() {
        systemctl restart jobd.service
}

a_life() {
        local id user command="sh -c 'echo 1234; echo err >&2; exit 3'"
        id=$(as alice env SECRET="$secret" jobctl start -n hers -- sh -c 'echo 1234; echo err >&2; exit 3')
        as alice jobctl wait "$id" >/dev/null
        ok "alice removes her job" as alice jobctl remove "$id"
        ok "its life is told" eventually 5 lives "$id" accepted started finished removed

        is "accepted from whom, as whom, what" \
                "$(fields accepted "$id" JOBD_BY JOBD_OWNER JOBD_UID JOBD_NAME JOBD_COMMAND)" \
                "$alice|$alice|$alice|hers|$command"
        is "in words" "$(fields accepted "$id" MESSAGE)" "Job $id (hers): accepted from alice: $command"
        like "started as which process" "$(fields started "$id" JOBD_PID)" '^[1-9][0-9]*$'
        is "finished how" \
                "$(fields finished "$id" JOBD_STATE JOBD_RESULT JOBD_REASON JOBD_OUTPUT_BYTES JOBD_OUTPUT_LOST)" \
                "Failed|exit-code|exited with status 3|9|0"
        is "removed by whom" "$(fields removed "$id" JOBD_BY)" "$alice"
        is "all under one UUID" "$(entries JOBD_ID="$id" | "$here/fields" JOBD_JOB | sort -u | grep -cE '^[0-9a-f-]{36}$')" 1
        is "also in the log of its unit" \
                "$(journalctl --quiet --unit="jobd-$id" --output=json MESSAGE_ID="${ids[accepted]}" | wc -l)" 1
        like "the catalog explains it" "$(journalctl --quiet --catalog JOBD_ID="$id")" \
                "Subject: Job $id \(hers\) has ended: Failed.*Defined-By: jobd.*\"exit-code\", and it has written 9 bytes"
        is "the journal of the output has none of it" "$(journalctl --quiet --namespace=jobd MESSAGE_ID="${ids[accepted]}")" ""
        is "the environment is nowhere" "$(journalctl --quiet --since="@$begun" --output=export | grep -ac "$secret")" 0
        for user in alice bob; do
                is "$user cannot read it" "$(as "$user" journalctl --quiet JOBD_ID="$id" 2>/dev/null)" ""
        done
}

by_whom() {
        local id
        id=$(as alice jobctl start sleep 1000)
        ok "a job of alice" eventually 5 has_state "$id" Running
        ok "alice sends it a signal" as alice jobctl kill -s WINCH "$id"
        ok "so does root" jobctl kill -s URG "$id"
        fails 1 "bob may not stop it" as bob jobctl --no-ask-password stop "$id"
        ok "root may" jobctl stop "$id"
        ok "all that is told" eventually 5 lives "$id" accepted started killed killed refused stopped finished
        is "who has sent what" "$(fields killed "$id" JOBD_BY JOBD_SIGNAL | xargs)" "$alice|WINCH 0|URG"
        is "who was refused what" "$(fields refused "$id" JOBD_BY JOBD_METHOD)" "$bob|Stop"
        like "and why" "$(fields refused "$id" MESSAGE)" "^Stop was refused to bob: Job $id belongs to another user, alice .uid [0-9]+., not to bob .uid [0-9]+.: .*org.jobd1.manage"
        is "who has stopped it" "$(fields stopped "$id" JOBD_BY)" 0
        is "and how it ended" "$(fields finished "$id" JOBD_STATE JOBD_REASON)" "Stopped|stopped by root"
}

by_removing() {
        local id
        id=$(as alice jobctl start sleep 1000)
        ok "another job of alice" eventually 5 has_state "$id" Running
        ok "she removes it while it runs" as alice jobctl remove --force "$id"
        ok "that it was stopped for that is told" eventually 5 lives "$id" accepted started stopped finished removed
        is "by whom it was stopped" "$(fields stopped "$id" JOBD_BY)" "$alice"
        is "by whom it was removed" "$(fields removed "$id" JOBD_BY)" "$alice"
}

# journald stands still: everything goes on, and is told when it is back.
journald_stands_still() {
        local journald started=() begin n=40
        journald=$(systemctl show --value -p MainPID systemd-journald.service)
        on_exit kill -s CONT "$journald"
        kill -s STOP "$journald"
        begin=$(now)
        for _ in $(seq "$n"); do
                started+=("$(jobctl start true)")
        done
        ok "jobs start while journald stands still" test "${#started[@]}" -eq "$n"
        ok "and end" jobctl wait --timeout="$(patience 20)" "${started[@]}"
        ok "as fast as ever" test "$(($(now) - begin))" -lt $((10000 * pace))
        kill -s CONT "$journald"
        ok "the last of it is told when journald goes on" eventually 10 tells 1 finished JOBD_ID="${started[-1]}"
        is "and everything before" "$(entries | "$here/fields" JOBD_ID MESSAGE_ID |
                grep -cE "^($(IFS='|' && echo "${started[*]}"))\|(${ids[accepted]}|${ids[started]}|${ids[finished]})$")" "$((3 * n))"
}

# What costs bob nothing does not fill the journal.
flood() {
        local id before
        before=$(entries MESSAGE_ID="${ids[refused]}" JOBD_BY="$bob" | wc -l)
        id=$(as alice jobctl start sleep 1000)
        as bob env PYTHONPATH="$here" python3 - "$id" >refusals <<'END'
import bus, sys
connection = bus.Bus()
for n in range(300):
    try:
        connection.call(bus.job(sys.argv[1]), "Stop", "a{sv}", 0)
    except bus.BusError as error:
        print(error)
END
        is "bob is refused 300 times" "$(grep -c "Job $id belongs to another user" refusals)" 300
        fails 1 "alice is refused once" as alice jobctl start --nice=-5 true
        ok "which is told" eventually 5 tells 1 refused JOBD_BY="$alice" JOBD_METHOD=StartJob
        ok "of bob's only thirty are" tells 30 refused JOBD_BY="$bob"
        ok "jobd ends before the minute does" fresh_jobd
        ok "the others have been counted" eventually 5 tells 1 left_out JOBD_BY="$bob" JOBD_LEFT_OUT="$((300 + before - 30))"
        fails 2 "alice makes a mistake" as alice jobctl start --nice=100 true
        ok "that is nobody's affair" tells 1 refused JOBD_BY="$alice"
}

fresh_jobd
a_life
by_whom
by_removing
journald_stands_still
flood
