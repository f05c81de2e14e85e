#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Records that somebody else writes into the journal: of another's job, of root's, of one's own other job, or of the
# command about itself. A user cannot send one at all; and if he could, by a socket that somebody gave him, none would be the
# job's output or end; jobd neither falls nor grows.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

# waiting_job USER: says one line on each stream, and after "go" another; its end is 3.
waiting_job() {
        as "$1" jobctl start -C "$scratch" -- sh -c \
                'echo "begin"; echo "begin err" >&2; while ! [ -e go ]; do sleep 0.02; done; echo end; echo "end err" >&2; exit 3'
}

uuid_of() {
        property "$1" InstanceId
}

# forge USER ID HOW…: with a socket that was lent to him
forge() {
        as "$1" python3 "$here/forge.py" --lent="$scratch/lender" "$(uuid_of "$2")" "$2" "${@:3}"
}

# The name in logger's format is what journald calls it.
by_logger() {
        as "$1" logger --journald <<END
MESSAGE_ID=4eb2afc3f92c4da984c80c83552d665e
JOBD_RECORD=1
JOBD_JOB=$(uuid_of "$2")
JOBD_ID=$2
JOBD_WAIT_STATUS=0
JOBD_STDOUT_BYTES=6
JOBD_STDERR_BYTES=10
MESSAGE=forged
END
}

anonymous_memory() {
        awk '$1 == "RssAnon:" { print $2 }' "/proc/$1/status"
}

all_ends() {
        jobctl wait --timeout=30 "$@" >/dev/null
        jobctl show -p State,Result,ExitCode,OutputBytes,OutputLost --value "$@" | sed '/^$/d' | paste -d ' ' - - - - -
}

# The command itself has the unit and the user that a record must have; what it lacks is jobd-exec's process id.
cat >liar <<END
#!/bin/sh
echo begin
echo "begin err" >&2
python3 $here/forge.py --lent=$scratch/lender "\$JOBD_JOB" "\$JOBD_ID" plain file
touch lied
while ! [ -e go ]; do sleep 0.02; done
echo end
echo "end err" >&2
exit 3
END
chmod 0755 liar
chmod 0777 .

python3 "$here/lend.py" "$scratch/lender" &
on_exit kill "$!"
eventually 5 test -S lender

jobd=$(jobd_pid)
before=$(anonymous_memory "$jobd")
victim=$(waiting_job alice) own=$(waiting_job bob) roots=$(waiting_job root)
liar=$(as alice jobctl start -C "$scratch" ./liar)
ids=("$victim" "$own" "$roots" "$liar")
for id in "${ids[@]}"; do
        eventually 10 has_bytes "$id" 16
done
fails 1 "bob cannot write of alice's job" as bob python3 "$here/forge.py" "$(uuid_of "$victim")" "$victim" plain
like "as that journal is not his" "$output" PermissionError
fails 1 "nor can a command of itself" as alice jobctl run -- \
        sh -c "python3 $here/forge.py \"\$JOBD_JOB\" \"\$JOBD_ID\" plain 2>/dev/null"
ok "bob writes of alice's job" forge bob "$victim" plain file odd
ok "of his own other job" forge bob "$own" plain file odd
ok "of root's job" forge bob "$roots" plain file odd
ok "with logger" by_logger bob "$victim"
ok "with a field of 700 MB" forge bob "$victim" huge
ok "a command writes of itself" eventually 10 test -e lied

# The next jobd learns from the journal alone who a job's process is.
kill -s KILL "$jobd"
eventually 10 has_bytes "$victim" 16
is "all run on" "$(jobctl show -p State --value "${ids[@]}" | sed '/^$/d' | sort | uniq -c | xargs)" "4 Running"
touch go
is "each ends as it does, not as was written" "$(all_ends "${ids[@]}" | sort | uniq -c | xargs)" "4 Failed exit-code 3 28 0"
is "each has said what it said" "$(sums "${ids[@]}" | sort -u)" \
        "$(printf 'begin\nend\n' | sha) $(printf 'begin err\nend err\n' | sha)"
after=$(anonymous_memory "$(jobd_pid)")
ok "jobd has not grown by it" test $((after - before)) -lt 8192

id=$(as alice jobctl start -- echo hello)
is "the next job is as ever" "$(all_ends "$id") $(stream "$id")" "Completed success 0 6 0 hello"
