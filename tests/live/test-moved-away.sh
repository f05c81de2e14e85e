#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A user whose own systemd runs can have that take his processes out of their unit, a job's and its jobd-exec too. Whoever stops
# the job ends them all the same, as far as it can be known whose they are, and it is said.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=output.sh
. "$here/output.sh"

cat >move <<'END'
#!/bin/bash
# move PID…: into a scope of one's own systemd.
export XDG_RUNTIME_DIR=/run/user/$UID
exec busctl --user --quiet call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager \
        StartTransientUnit 'ssa(sv)a(sa(sv))' "moved-$1.scope" fail 1 PIDs au "$#" "$@" 0
END
chmod 0755 move
# Where she lingers, logind keeps it: a test before this one may have ended a session of hers, and some seconds after that it is
# stopped.
loginctl enable-linger alice
on_exit systemctl stop user@1001.service
on_exit loginctl disable-linger alice
systemctl start user@1001.service
on_exit pkill -u alice -f "^sleep 300[1-4]\$" # if they were not ended

moved() {
        grep -q '/user@1001.service/' "/proc/$1/cgroup"
}

gone() {
        local pid
        for pid; do
                ! kill -0 "$pid" 2>/dev/null || return 1
        done
}

says_moved() {
        journalctl --quiet --unit=jobd.service --since="@$begun" | grep -q "job $1: .*processes of it have moved"
}

# start_moved CODE: sets id, command, child and executor; all three are out of the unit.
start_moved() {
        id=$(as alice jobctl start --stop-timeout=2 -- bash -c "$1")
        eventually 5 has_bytes "$id" 1 || return
        command=$(command_of "$id")
        executor=$(systemctl show --value -p MainPID "jobd-$id.service")
        child=$(pgrep -P "$command" sleep)
        as alice "$scratch/move" "$executor" "$command" "$child" && eventually 5 moved "$executor"
}

start_moved 'sleep 1000 & echo begin; wait'
point $? "a job has left its unit"
ok "and is stopped" timeout "$(patience 20)" jobctl stop --quiet "$id"
is "it is Stopped" "$(properties "$id" State Reason)" "Stopped stopped by root"
ok "nothing of it is left" eventually 5 gone "$command" "$child" "$executor"
ok "and jobd says what it has seen" eventually 5 says_moved "$id"
is "its output is there" "$(stream "$id")" begin

start_moved 'trap "echo heard" TERM; sleep 1000 & echo begin; while :; do wait; done'
point $? "another one does not heed TERM"
ok "it is stopped" timeout "$(patience 30)" jobctl stop --quiet "$id"
ok "it is gone with its jobd-exec, at the latest" eventually 5 gone "$command" "$executor"

start_moved 'sleep 1000 & echo begin; wait'
point $? "a third"
as alice sleep 2000 &
eventually 5 pgrep -u alice -f '^sleep 2000$'
bystander=$(pgrep -u alice -f '^sleep 2000$')
printf '%s\n' "$bystander" >"$(sed -n 's|^0::|/sys/fs/cgroup|p' "/proc/$executor/cgroup")/cgroup.procs"
ok "another process of hers is in the same place" moved "$bystander"
ok "is killed, with all that is its own" jobctl kill --all -s KILL "$id"
fails 1 "it ends" jobctl wait --timeout="$(patience 10)" "$id"
ok "its child, too" eventually 5 gone "$command" "$child" "$executor"
ok "not what is somebody else's" kill -0 "$bystander"
kill "$bystander"

# leave SLEEP: sets child, the one that sleeps so long; it alone is out of the unit.
leave() {
        eventually 5 has_bytes "$id" 1 && eventually 5 pgrep -n -u alice -f "^sleep $1\$" >/dev/null || return
        child=$(pgrep -n -u alice -f "^sleep $1\$")
        command=$(command_of "$id")
        executor=$(systemctl show --value -p MainPID "jobd-$id.service")
        as alice "$scratch/move" "$child" && eventually 5 moved "$child" && ! moved "$command" && ! moved "$executor"
}

id=$(as alice jobctl start -- bash -c '(setsid sleep 3001 &) ; echo begin; exec sleep 1000')
leave 3001
point $? "a grandchild, an orphan with a session of its own, has left alone"
ok "its job is stopped" timeout "$(patience 20)" jobctl stop --quiet "$id"
is "it is Stopped, too" "$(properties "$id" State Reason)" "Stopped stopped by root"
ok "and the grandchild with it" eventually 5 gone "$child" "$command"
ok "which is said" eventually 5 says_moved "$id"

id=$(as alice jobctl start -- bash -c '(trap "" TERM; exec setsid sleep 3002) & echo begin; wait')
leave 3002
point $? "another one does not heed TERM"
ok "is stopped with its job" timeout "$(patience 20)" jobctl stop --quiet "$id"
ok "and killed" eventually 5 gone "$child" "$command"
ok "which is said, too" eventually 5 says_moved "$id"

id=$(as alice jobctl start --timeout=2 -- bash -c 'setsid sleep 3003 & echo begin; wait')
leave 3003
point $? "one of a job with a limit of time has left"
fails 1 "when that is over" timeout "$(patience 20)" jobctl wait --quiet "$id"
is "the job is over" "$(property "$id" Result)" timeout
ok "and the grandchild" eventually 5 gone "$child" "$command"

id=$(as alice jobctl start -- bash -c 'trap "exit 5" USR1; setsid sleep 3004 & echo begin; while :; do wait; done')
leave 3004
point $? "one has left a job"
jobctl kill -s USR1 "$id"
fails 1 "that ends by itself" timeout "$(patience 20)" jobctl wait --quiet "$id"
is "with its own status" "$(properties "$id" Result ExitCode OutputLost)" "exit-code 5 0"
ok "it goes on" kill -0 "$child"
ok "and jobd says it" eventually 5 says_moved "$id"
kill "$child"

id=$(as alice jobctl start -- bash -c 'for i in 1 2 3 4 5 6 7 8 9; do (setsid true &); done; echo begin; exec sleep 1000')
eventually 5 has_bytes "$id" 1
executor=$(systemctl show --value -p MainPID "jobd-$id.service")
only_the_command() {
        [ "$(pgrep -P "$executor")" = "$(command_of "$id")" ]
}
ok "orphans that have ended leave nothing" eventually 5 only_the_command
jobctl stop --quiet "$id"

id=$(as alice jobctl start -- bash -c 'echo begin; exec sleep 1000')
ok "a job that stays where it is" eventually 5 has_bytes "$id" 1
ok "is stopped as ever" jobctl stop --quiet "$id"
fails 1 "and nothing is said of it" says_moved "$id"
