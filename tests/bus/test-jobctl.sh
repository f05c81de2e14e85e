#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# test-jobctl.sh JOBCTL FAKE-JOBD COMPLETION: the real jobctl against a made-up jobd on a private bus, in TAP. Run
# under dbus-run-session.
set -u
jobctl=$1 fake=$2 completion=$3
export DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SESSION_BUS_ADDRESS LC_ALL=C.UTF-8 TZ=UTC
unset SYSTEMD_COLORS NO_COLOR COLUMNS
tmp=$(mktemp -d)
n=0

cleanup() {
        [ -z "${fake_pid-}" ] || kill "$fake_pid" 2>/dev/null
        rm -rf "$tmp"
}
trap cleanup EXIT

start_fake() {
        local end=$((SECONDS + 60 * ${JOBD_TEST_PACE:-1}))
        "$fake" "$tmp" "$@" &
        fake_pid=$!
        until "$jobctl" list >/dev/null 2>"$tmp/err"; do
                kill -0 "$fake_pid" 2>/dev/null || bail_out "the fake jobd has ended"
                ((SECONDS < end)) || bail_out "the fake jobd has not answered in time: $(cat "$tmp/err")"
                sleep 0.01
        done
}

bail_out() { # WHY
        echo "Bail out! $1"
        exit 1
}

report() { # OK DESCRIPTION
        n=$((n + 1))
        if [ "$1" = 0 ]; then
                echo "ok $n - $2"
        else
                echo "not ok $n - $2"
                sed 's/^/# out: /' "$tmp/out"
                sed 's/^/# err: /' "$tmp/err"
                echo "# status: $status"
        fi
}

environment=() # of the next runs, if it is not empty, beside the bus
run() { # ARGUMENT…
        local -a with=()

        status=0
        [ "${#environment[@]}" = 0 ] ||
                with=(env -i "DBUS_SYSTEM_BUS_ADDRESS=$DBUS_SYSTEM_BUS_ADDRESS" "${environment[@]}")
        "${with[@]}" "$jobctl" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null || status=$?
}

# check DESCRIPTION STATUS STDOUT STDERR ARGUMENT…: with "~TEXT" the output must hold TEXT.
check() {
        local description=$1 want=$2 out=$3 err=$4 good=0

        shift 4
        run "$@"
        [ "$status" = "$want" ] || good=1
        matches "$out" "$tmp/out" || good=1
        matches "$err" "$tmp/err" || good=1
        report "$good" "$description"
}

matches() { # WANT FILE
        case $1 in
        '~'*) grep -qF -- "${1#'~'}" "$2" ;;
        *) printf '%b' "$1" | cmp -s - "$2" ;;
        esac
}

called() { # DESCRIPTION LINE
        local good=0
        grep -qxF -- "$2" "$tmp/calls" || good=1
        report "$good" "$1"
}

not_called() { # DESCRIPTION PATTERN
        local good=0
        ! grep -q -- "$2" "$tmp/calls" || good=1
        report "$good" "$1"
}

# --- without jobd
check 'no jobd: one clear line' 1 '' '~jobd is not running' list
start_fake

# --- usage
check 'no verb lists' 0 '~jobs listed' ''
check 'unknown verb' 2 '' "~unknown verb 'lst': is it list that you mean?" lst
check 'unknown verb that is near none' 2 '' "jobctl: unknown verb 'frobnicate'\nTry 'jobctl --help'.\n" frobnicate
check 'unknown option' 2 '' "~unknown option '--nosuch'" list --nosuch
check 'half an option' 2 '' "~unknown option '--all': is it --all-users that you mean" list --all
check 'half an option with a value' 2 '' "~unknown option '--nam=x': is it --name" start --nam=x true
check 'half an option, its value apart' 2 '' "~unknown option '--nam': is it --name" start --nam x true
check 'half a global option' 2 '' "~unknown option '--js=off': is it --json" --js=off list
check 'an option of the next version is not taken yet' 2 '' "~unknown option '--open-input'" start --open-input true
check 'value missing' 2 '' "~needs a value" list --state
check 'a negative id' 2 '' "~'-1' is not a job" stop -1
check 'bad JSON mode' 2 '' '~off, short or pretty' --json=xml list
check 'no JOB' 2 '' '~a word is missing' stop
check 'version' 0 '~jobctl 0' '' --version
check 'version, with a letter' 0 '~jobctl 0' '' -V
check 'version, as a verb' 0 '~jobctl 0' '' version
check 'help' 0 '~Verbs:' '' --help
check 'help, as a verb' 0 '~Verbs:' '' help
check 'help of a verb, as a verb' 0 '~--detach-on-interrupt' '' help run
check 'help of no verb' 2 '' "~unknown verb 'rum': is it run" help rum
check 'help of a verb' 0 '~--detach-on-interrupt' '' run --help
check 'a host that ssh would take for an option' 2 '' '~is not a host' -H-oProxyCommand=x list

# --- list
# root is told whose each is
[ "$(id -u)" = 0 ] && head='OWNER ' owner='root  ' me='root ' || head='' owner='' me=''
table="ID NAME     TYPE          STATE     HASMOREDATA LOCATION  ${head}COMMAND          REASON\n"
table+=" 1 Job1     BackgroundJob Completed true        localhost ${owner}true\n"
table+=" 2 make all BackgroundJob Failed    true        localhost ${owner}make \\\\x1b[31mall exited with status 3\n"
check 'the table' 0 "${table}\n2 jobs listed.\n" '' list 1 2
check 'no legend' 0 "3 runner BackgroundJob Running true localhost ${me}true\n" '' list --no-legend 3
check 'names are neutralised' 0 "~evil \\x1b]0;x\\x07 日" '' list 4 --all-users
check 'filters' 0 '~3 jobs listed.' '' list 'Job*' 'make*' runner
check 'a state in any case' 0 '~1 jobs listed.' '' list --state=running
check 'no such state' 2 '' "~'ran' is not a state" list --state=ran
check 'bad time' 2 '' "~'soon' is not a time" list --before=soon
umlaut=$(printf '\303\244')
check 'a letter in a message' 3 '' "~no job named '$umlaut'" list "$umlaut"
environment=(LC_ALL=C)
check 'no such letter where the locale has none' 3 '' "~no job named '\\u00e4'" list "$umlaut"
check 'nor punctuation in the help' 0 '~[OPTION...] VERB ...' '' --help
report "$(! LC_ALL=C grep -q '[^ -~]' "$tmp/out"; echo $?)" 'nowhere in it'
check 'nor on the page' 0 '~* job 2 (make all)' '' status 2
environment=(LC_ALL=C.UTF-8)
check 'elsewhere it is there' 0 '~[OPTION…] VERB …' '' --help
environment=()
check 'newest' 0 '~ 3 runner' '' list --newest=1 runner 1
check 'newest none' 0 '0 jobs listed.\n' '' list --newest=0
check 'by command' 0 '~make all' '' list '--command=make*'
check 'literal misses, others are listed' 3 '~runner' "~no job named 'nobody'" list nobody runner
check 'nothing but misses' 3 '' "~no job named 'nobody'" list nobody
check 'a pattern that matches nothing' 0 '0 jobs listed.\n' '' list 'zz*'
json() { # ID NAME STATE RESULT EXIT END
        local me
        me=$(id -u)
        printf '[{"Id":%s,"InstanceId":"","Name":"%s","JobType":"BackgroundJob","State":"%s","Reason":"","Result":%s,' "${@:1:4}"
        printf '"ExitCode":%s,"ExitSignal":null,"ExecErrno":null,"HasMoreData":true,"Location":"localhost",' "$5"
        printf '"Owner":%s,"Uid":%s,"CreatedTimestamp":null,"BeginTimestamp":1795179600000000,' "$me" "$me"
        printf '"EndTimestamp":%s,"Command":"true"}]' "$6"
}
check 'JSON' 0 "$(json 1 Job1 Completed '"success"' 0 1795179601000000)"'\n' '' list --json=short 1
check 'JSON: what is not there yet is null' 0 "$(json 3 runner Running null null null)"'\n' '' list --json=short 3
check 'JSON of wait is the same' 0 "$(json 1 Job1 Completed '"success"' 0 1795179601000000)"'\n' '' wait --json=short 1
check 'JSON of show, too' 0 '[{"Result":null,"ExitCode":null,"ExitSignal":null,"ExecErrno":null,"EndTimestamp":null,"CPUUsageNSec":null}]\n' '' \
        show --json=short -p Result,ExitCode,ExitSignal,ExecErrno,EndTimestamp,CPUUsageNSec 3
check "another's command is null, and his job has an owner" 0 '~"Command":null' '' list --json=short 5
check '--long: times' 0 '~Fri 2026-11-20 13:00:00 UTC Fri 2026-11-20 13:00:02 UTC make' '' list --long 2
check '-l: an end that has not come' 0 '~Fri 2026-11-20 13:00:00 UTC -' '' list -l 3
check '--all-users: whose' 0 '~localhost daemon' '' list --all-users
check "an id of another's job: whose" 0 "~localhost daemon" '' list 5
if [ "$(id -u)" != 0 ]; then
        check "another's job is not there by its name" 3 '' '~job 5 of daemon is called that: name it by its id, 5' list other
        check "nor for show" 3 '' '~job 5 of daemon is called that: name it by its id, 5' show other
fi
check 'JSON: the escape is escaped' 0 '~\u001b]0;x\u0007' '' list --json=short 4
if [ "$(id -u)" != 0 ]; then
        check "others' jobs only when asked for" 0 '~5 jobs listed.' '' list
fi
check "a private command" 0 '~ 5 other' '' list --all-users
check 'by UUID' 0 '~make all' '' list 3E20ED5C-5FD2-4B0B-8F5A-5A9D6E7C1A11

# --- show, status
check 'show one property' 0 'State=Failed\n' '' show -p State 2
check 'show values' 0 'Failed\n3\n' '' show -p State,ExitCode --value 2
check 'show: unknown' 0 '~CPUUsageNSec=[not set]' '' show 2
check 'show: none such' 3 '' '~cannot show job 99: there is no such job' show 99
check 'show JSON' 0 '[{"State":"Failed","CPUUsageNSec":null}]\n' '' show --json=short -p State,CPUUsageNSec 2
check "show somebody else's" 0 '~Name=other' '' show 5
check 'status' 0 '~State: Failed (exited with status 3) since' '' status 2
check 'a job alone is its status' 0 '~job 2 (make all)' '' 2
check 'status of nothing: counts' 0 '~6 jobs: 1 Running, 4 Completed, 1 Failed; 3 have finished with output to receive' '' status
check 'and the newest jobs' 0 '~runner' '' status
check 'in JSON: all' 0 '~[{"Id":1,' '' status --json=short
check 'status: JSON, asked for behind the verb' 0 '~[{"Id":2,' '' status --json=short 2
check 'status: JSON, before it' 0 '~[{"Id":2,' '' --json=short status 2
check 'status: JSON, but not of show its options' 2 '' '~unknown option' --json=short status --value 2
check 'status: last lines' 0 '~2 failed' '' status 2
check 'status: limits and boxes' 0 '~Limits: memory 1G, tasks 100, processor 12.5%; boxed: private-tmp, protect-system=strict' '' status 2
check 'status: as whom' 0 "~Owner: $(id -un) ($(id -u)), runs as nobody (65534)" '' status 2
check 'status: nothing of that' 0 "~User: $(id -un) ($(id -u))" '' status 1
report "$(! grep -q 'Limits\|Boxed\|runs as' "$tmp/out"; echo $?)" 'is said of a plain job'
not_called 'status consumes nothing' '^Consume'

# --- receive
check 'keep: exact bytes' 0 'out\0 1\nno newline' 'err 1\n' receive --keep 1
not_called 'keep consumes nothing' '^Consume'
check 'one stream' 0 '' 'err 1\n' receive --stream=stderr 1
check 'short' 0 '~Nov 20 13:00:00.000042 stderr: err 1' '' receive --keep --output=short 1
check 'JSON' 0 '~"Stream":"stdout","Data":[111,117,116,0,32,49,10]}' '' receive --keep --json=short 1
check 'keep and wait' 2 '' '~cannot be used together' receive --keep --wait 1
check 'keep and remove' 2 '' '~cannot be used together' receive --keep --remove 1
check 'remove what runs' 1 '' '~has not finished' receive --remove 3
check 'received' 0 'out\0 1\nno newline' 'err 1\n' receive 1
called 'and consumed to the end' 'Consume 0 156'
check 'once' 0 '' '' receive 1
check 'why it failed, and what is missing' 0 '' '2 failed\njob 2 (make all): 100 bytes of output were dropped unreceived: it reached its output limit\njob 2 (make all): Failed: exited with status 3\n' receive 2
check 'why it failed, every time' 0 '' '~job 2 (make all): Failed: exited with status 3' receive 2
check 'a job that runs: what is there' 0 '' '' receive 3
check 'none such' 3 '' '~cannot receive job 99' receive 99

"$jobctl" receive 6 | head -c 10 >"$tmp/out"
status="${PIPESTATUS[*]}"
report "$([ "$status" = '141 0' ]; echo $?)" 'a reader that leaves: SIGPIPE'
report "$(awk '$1 == "Consume" && $3 >= 2600000 { bad = 1 } END { exit bad }' "$tmp/calls"; echo $?)" 'and only what it got is consumed'
check 'the rest' 0 '~zzzz' '' receive 6
"$jobctl" receive --keep 1 >/dev/full 2>"$tmp/err"
status=$?
: >"$tmp/out"
report "$([ "$status" = 0 ]; echo $?)" 'nothing to write, nothing to fail'

# --- wait
check 'all completed' 0 '~Job1' '' wait 1
check 'one failed' 1 '~Failed' '' wait 1 2
check 'time is over' 124 '~Job1' '' wait --timeout=0 1 3
check 'any' 0 '~Job1' '' wait --any 3 1
check 'bad time' 2 '' '~is a time' wait --timeout=x 1
check 'a job that is none' 3 '~Job1' '~there is no job 99' wait 1 99

# --- start
check 'prints the id' 0 '7\n' '' start -n my --umask=027 -t 10 --nice=5 -C / -- sh -c 'exit 3' --name=x
called 'the command, with its own options' 'CommandBytes:--name=x'
called 'name' 'Name=my'
called 'umask' 'Umask=23'
called 'time limit' 'RuntimeMaxUSec=10000000'
called 'directory' 'WorkingDirectory=/'
called 'environment' "EnvironmentBytes:LC_ALL=C.UTF-8"
: >"$tmp/calls"
check 'clean environment' 0 '8\n' '' start --clean-env -E A=b -E TZ -E $'X=\xff' true
not_called 'nothing of ours' 'EnvironmentBytes:LC_ALL'
called 'what -E says' 'EnvironmentBytes:A=b'
called 'what -E passes on' 'EnvironmentBytes:TZ=UTC'
called 'bytes that are not UTF-8' $'EnvironmentBytes:X=\xff'
check 'no such program' 127 '' "~'nosuchprogram': no such program in PATH" start nosuchprogram
check 'a line for the shell' 127 '' '~sh -c' start 'ls | wc'
check 'a directory' 126 '' '~Is a directory' start /
check 'not executable' 126 '' '~Permission denied' start "$tmp/calls"
check 'no such directory' 1 '' "~cannot run in '/nosuch'" start -C /nosuch true
check 'bad name' 2 '' '~cannot be a name' start -n $'a\nb' true
check 'bad umask' 2 '' '~octal' start --umask=99 true
# the kernel's own limit is a quarter of the stack's
if ulimit -S -s 32768 2>/dev/null; then
        long=$(head -c 100000 /dev/zero | tr '\0' x)
        many=()
        for _ in {1..22}; do many+=("$long"); done
        check 'too large' 1 '' '~more than 2097152' start -- sh -c : "${many[@]}"
fi
check 'an input that is not there' 1 '' "~cannot read '/nosuch'" start --input=/nosuch true
not_called 'nothing of that was asked of jobd' 'nosuch'

# interrupted ARG…: a Ctrl-C for it, once it waits for more output of its job.
interrupted() {
        local pid end=$((SECONDS + 10 * ${JOBD_TEST_PACE:-1}))
        : >"$tmp/calls"
        env --default-signal=INT "$jobctl" "$@" >"$tmp/out" 2>"$tmp/err" &
        pid=$!
        until grep -q '^ReadOutput' "$tmp/calls" || ((SECONDS >= end)); do
                sleep 0.01
        done
        kill -INT "$pid"
        wait "$pid"
        status=$?
}

# --- run
check 'run passes all on' 4 'out' 'err' run -E FAKE_OUT=out -E FAKE_ERR=err -E FAKE_EXIT=4 true
called 'and removes the job' 'Remove /org/jobd1/job/9'
check 'a signal' 139 '' '' run -E FAKE_SIGNAL=11 true
: >"$tmp/calls"
check 'run --keep' 0 'x' '' run --keep -E FAKE_OUT=x true
not_called 'removes nothing' '^Remove'
check 'keep and block' 2 '' '~wait for ever' run --keep --output-full=block true
interrupted run -E FAKE_HANG=1 true
report "$([ "$status" = 130 ]; echo $?)" 'Ctrl-C: dies of it'
called 'and stops the job' 'Stop /org/jobd1/job/12'
called 'and removes it' 'Remove /org/jobd1/job/12'
interrupted run --detach-on-interrupt -E FAKE_HANG=1 true
report "$([ "$(cat "$tmp/err")" = 13 ]; echo $?)" 'Ctrl-C with --detach-on-interrupt: the id'
not_called 'and the job goes on' '/job/13.*Stop\|Stop /org/jobd1/job/13'
"$jobctl" run -E FAKE_OUT=x true >/dev/full 2>"$tmp/err"
status=$?
report "$([ "$status" = 1 ] && grep -q 'No space left' "$tmp/err"; echo $?)" 'output that cannot be written'

# --- stop, kill, remove
check 'a signal as kill(1) takes it' 0 '' '' kill -9 3
called 'by number' 'signal:9'
check 'a name' 0 '' '' kill -USR1 3
called 'by name' 'signal:USR1'
check 'no signal' 2 '' "~'-99' is not a job" kill -99 3
check 'dry run' 0 'job 3 (runner) (Running) would be stopped\n' '' stop --dry-run runner
: >"$tmp/calls"
check 'dry run: what has ended is not stopped' 0 'job 3 (runner) (Running) would be stopped\n' '' stop --dry-run 1 3 2
check 'nothing at all' 0 '' '' stop --dry-run 1
check 'kill fails for it' 1 'job 3 (runner) (Running) would be sent a signal\n' '~job 1: it has already finished (Completed)' kill --dry-run 1 3
check 'remove is for what has ended' 0 'job 1 (Completed) would be removed\n' '' remove --dry-run 1
if [ "$(id -u)" != 0 ]; then
        check "another's job: if one may" 0 '~would be removed, if that is allowed: it belongs to daemon' '' remove --dry-run 5
fi
not_called 'nothing of that is done' '^\(Stop\|Kill\|Remove\) '
check 'remove: all are checked first' 1 '' '~job 3 (runner): it has not finished' remove 1 3
not_called 'none is removed' 'Remove /org/jobd1/job/1$'
check 'kill with a bad signal' 2 '' "~'NOSUCH' is not a signal" kill -s NOSUCH 3
check 'stop' 0 '' '' stop runner 1
called 'stopped' 'Stop /org/jobd1/job/3'
check 'stop what is not there' 3 '' '~cannot stop job 99: there is no such job' stop 99
check 'remove' 3 '' '~cannot remove job 99' remove 1 99 3
called 'the others are removed' 'Remove /org/jobd1/job/3'

# --- limits, boxes, properties
: >"$tmp/calls"
check 'limits and boxes' 0 '~' '' start --memory-max=1.5G --memory-high=infinity --tasks-max=100 --cpu-weight=50 \
        --cpu-quota=20% --io-weight=10000 --private-network --private-tmp --protect-system=strict \
        --protect-home=on --no-new-privileges --memory-max=1G true
for line in MemoryMax=1073741824 MemoryHigh=18446744073709551615 TasksMax=100 CPUWeight=50 CPUQuotaPerSecUSec=200000 \
        IOWeight=10000 PrivateNetwork=1 PrivateTmp=1 ProtectSystem=strict ProtectHome=yes NoNewPrivileges=1; do
        called "sent: $line" "$line"
done
not_called 'the last one counts' 'MemoryMax=1610612736'
: >"$tmp/calls"
check 'none of them' 0 '~' '' start -n x -n '' true
not_called 'an empty name is none' '^Name='
not_called 'nothing is sent that was not asked for' '^\(Memory\|CPU\|Private\|Protect\|User\|Properties\)'
check 'a share of the memory' 2 '' "~'50%' is not a size; write it as 512M, 1.5G or infinity" start --memory-max=50% true
check 'no memory' 2 '' "~--memory-max=: '0' is not a size; write it as 512M" start --memory-max=0 true
check 'a weight beyond' 2 '' "~'10001' is not a weight from 1 to 10000" start --cpu-weight=10001 true
check 'a quota without a percent' 2 '' "~'20' is not a share of one processor" start --cpu-quota=20 true
check 'too small a quota' 2 '' "~'0.99%' is not a share of one processor, of 1% at least" start --cpu-quota=0.99% true
check 'no tasks' 2 '' "~--tasks-max=: '0' is not a number from 1 on" start --tasks-max=0 true
check 'a word that there is not' 2 '' '~is not yes, read-only, tmpfs or no' start --protect-home=strict true
check 'a switch with a value' 2 '' '~takes no value' start --private-tmp=yes true
: >"$tmp/calls"
check 'properties' 0 '~' '' start -p TimeoutAbortSec=5 --property='ReadOnlyPaths=/a /b' -p ReadOnlyPaths=/c \
        -p LimitNOFILE=5:10 -p SystemCallFilter='~@swap' true
called 'as systemd-run sends them' 'Properties=[(TimeoutAbortUSec t:<5000000>) (ReadOnlyPaths as:<[/a /b]>) (ReadOnlyPaths as:<[/c]>) (LimitNOFILE t:<10>) (LimitNOFILESoft t:<5>) (SystemCallFilter (bas):<(0 [@swap])>)]'
check 'an unknown property' 2 '' "~there is no unit property 'Nosuch' here" start -p Nosuch=1 true
check 'no assignment' 2 '' "~'PrivateTmp' is not NAME=VALUE" start -p PrivateTmp true
check 'a value that cannot be' 2 '' "~-p OOMScoreAdjust=: 'x' cannot be meant; it is written as: a number" start -p OOMScoreAdjust=x true
check 'help on properties' 0 '~TimeoutAbortUSec' '' start -p help
: >"$tmp/calls"
check 'properties that are options' 0 '~' '' start -p MemoryMax=1G -p PrivateTmp=yes -p PrivateNetwork=no -p CPUQuota=10% \
        -p RuntimeMaxSec=1min -p Nice=3 -p TasksMax=7 -p "User=$(id -un)" true
for line in MemoryMax=1073741824 PrivateTmp=1 PrivateNetwork=0 CPUQuotaPerSecUSec=100000 RuntimeMaxUSec=60000000 Nice=3 \
        TasksMax=7 "User=$(id -un)"; do
        called "go as those: $line" "$line"
done
not_called 'not as properties' Properties
check 'and are read as those' 2 '' "~--private-tmp=: 'perhaps' is not yes or no" start -p PrivateTmp=perhaps true

# --- another user, another group
other=nobody other_uid=$(id -u nobody) other_group=$(id -gn nobody)
: >"$tmp/calls"
environment=(LANG=C.UTF-8 TERM=vt100 LC_TIME=C LANGUAGE=de FOO=secret $'LC_ALL=\xff' LC_PAPER=../x)
check 'another user' 0 '~' '' start --uid=$other -E LC_NUMERIC=POSIX -- /usr/bin/true x
environment=()
called 'as it was given' "User=$other"
called 'the language and the terminal go along' 'Environment=[LANG=C.UTF-8 TERM=vt100 LC_TIME=C LC_NUMERIC=POSIX]'
not_called 'nothing else of ours' 'EnvironmentBytes\|FOO\|LANGUAGE\|WorkingDirectory\|Umask\|Group'
: >"$tmp/calls"
check 'by number, with what is said' 0 '~' '' start --uid="$other_uid" --gid="$other_group" --umask=077 --clean-env -C . \
        /nosuch/program
called 'the number' "User=$other_uid"
called 'the group' "Group=$other_group"
called 'the umask' 'Umask=63'
called 'the directory, meant from here' "WorkingDirectory=$PWD/."
not_called 'nothing of the environment' Environment
check 'a bare word' 2 '' "~'/usr/bin/make', not 'make'; 'true' is none" start --uid=$other true
check 'a crooked path' 2 '' "~without '//', '.' and '..': not '/usr/../bin/true'" start --uid=$other /usr/../bin/true
check 'a path with two slashes' 2 '' "~without '//'" start --uid=$other //bin/true
check 'a directory' 2 '' "~without '//'" start --uid=$other /bin/
check 'a variable that does not go along' 2 '' '~-E LD_PRELOAD=/x: to a job as another user' \
        start --uid=$other -E LD_PRELOAD=/x /bin/true
check 'one that could name a file' 2 '' '~-E LC_ALL=/tmp/x' start --uid=$other -E LC_ALL=/tmp/x /bin/true
check 'one that begins like one that does' 2 '' '~-E LANGUAGE' start --uid=$other -E LANGUAGE=x /bin/true
check 'no such user' 1 '' "~there is no user 'nosuch'" start --uid=nosuch /bin/true
check 'no such number' 1 '' "~there is no user '4000000000'" start --uid=4000000000 /bin/true
check 'no such group' 1 '' "~there is no group 'nosuch'" start --gid=nosuch /bin/true
check 'an empty word' 2 '' '~the user is an empty word' start --uid= /bin/true
: >"$tmp/calls"
check 'oneself' 0 '~' '' start --uid="$(id -un)" --gid="$(id -g)" true
called 'is sent' "User=$(id -un)"
called 'and is an ordinary start' "WorkingDirectory=$PWD"
called 'with the whole environment' 'EnvironmentBytes:TZ=UTC'
: >"$tmp/calls"
check "a group that one is not in" 0 '~' '' start --gid=4000000000 /bin/true
not_called 'is somebody else' 'EnvironmentBytes\|WorkingDirectory'

# --- questions
: >"$tmp/calls"
echo yes >"$tmp/polkit"
printf 'input' >"$tmp/input"
check 'asked, and yes' 0 '~' '' start --input="$tmp/input" -n asked -E FAKE_HANG=1 -E ODD=$'\xff' sh -c 'x y'
called 'only the second time' 'asked for StartJob'
called 'the descriptor survives' 'StandardInput=input'
called 'and the words' 'CommandBytes:x y'
called 'and bytes' $'EnvironmentBytes:ODD=\xff'
report "$([ "$(grep -c '^asked' "$tmp/calls")" = 1 ]; echo $?)" 'one question'
check 'whoever shall not be asked is not' 1 '' '~not authorized: A password is needed' --no-ask-password start true
report "$([ "$(grep -c '^asked' "$tmp/calls")" = 1 ]; echo $?)" 'no other question'
echo no >"$tmp/polkit"
check 'asked, and no' 1 '' "~cannot start 'true': not authorized: The person said no" start true
check 'each of several' 1 '' '~cannot stop job 4: not authorized: The person said no' stop 2 4
report "$([ "$(grep -c 'asked for Stop' "$tmp/calls")" = 2 ]; echo $?)" 'is asked for'
check "somebody else's details" 0 '~Name=other' '' show 5
check "and page" 0 '~job 5 (other)' '' status 5
not_called 'are no question' 'asked for GetDetails'
rm "$tmp/polkit"

# --- names and words that would do something to a terminal
evil=$'a\u202eb\u2066c\u200bd\u2028e\ufeff'
safe='a\u202eb\u2066c\u200bd\u2028e\ufeff'
check 'such a name may be' 0 '~' '' start -n "$evil" -E FAKE_HANG=1 true
id=$(cat "$tmp/out")
is_safe() { # DESCRIPTION STATUS ARGUMENT…: says it, but not raw
        run "${@:3}"
        report "$([ "$status" = "$2" ] && grep -qF -- "$safe" "$tmp/out" "$tmp/err" &&
                ! grep -qP '[\x{202e}\x{2066}\x{200b}\x{2028}\x{feff}]' "$tmp/out" "$tmp/err"; echo $?)" "$1"
}
is_safe 'in the table' 0 list --no-legend "$id"
is_safe 'on the page' 0 status "$id"
is_safe 'in the properties' 0 show "$id"
is_safe 'in JSON' 0 list --json=short "$id"
is_safe 'in what would be done' 0 stop --dry-run "$id"
is_safe 'in an error' 1 remove "$evil"
is_safe 'a command of that kind' 127 run "$evil"

# --- completion
jobctl() { "${jobctl_path:?}" "$@"; }
jobctl_path=$jobctl
# shellcheck source=/dev/null
. "$completion"
complete_words() { # WORD…: completes the last
        COMP_WORDS=(jobctl "$@")
        COMP_CWORD=$#
        COMPREPLY=()
        _jobctl
        printf '%s\n' "${COMPREPLY[@]}" >"$tmp/out"
        : >"$tmp/err"
        status=0
}
completes() { # DESCRIPTION WANTED WORD…
        local description=$1 want=$2
        shift 2
        complete_words "$@"
        report "$(grep -qxF -- "$want" "$tmp/out"; echo $?)" "completion: $description"
}
mkdir "$tmp/bin"
printf '#!/bin/sh\n' >"$tmp/bin/make-fake"
chmod +x "$tmp/bin/make-fake"
PATH=$PATH:$tmp/bin
completes 'verbs' receive rec
completes 'verbs that one wants help for' receive help rec
completes 'options' --detach-on-interrupt run --det
completes 'ids with names' '2 (make all)' show ''
completes 'odd names are safe' '4 (evil \x1b]0;x\x07 日)' show ''
completes 'one id without' 6 show 6
completes 'values' pretty --json = p
completes 'states' Running list --state = R
completes 'properties of jobs' MemoryMax show -p MemoryM
completes 'properties of units' MemoryMax= start -p MemoryM
completes 'the same, written long' TimeoutAbortSec= run --property = TimeoutA
completes 'words' tmpfs start --protect-home = t
completes 'users' nobody start --uid = nob
completes 'groups' daemon run --gid = daem
completes 'limits' --memory-max= start --memory-m
completes 'a command behind assignments' make-fake start -p Nice = 5 -E A = b make-fa

# --- jobd, or the bus, goes away
kill_fake() {
        kill -9 "$fake_pid" 2>/dev/null
        wait "$fake_pid" 2>/dev/null
}

# waits_for MEMBER: until the fake has been asked for that.
waits_for() {
        for _ in {1..1000}; do
                grep -q "^$1" "$tmp/calls" 2>/dev/null && return
                sleep 0.01
        done
}

# away DESCRIPTION STATUS STDOUT STDERR MEMBER BACK ARGUMENT…: as check, with BACK run when MEMBER has been called.
away() {
        local description=$1 want=$2 out=$3 err=$4 member=$5 back=$6 good=0 pid
        shift 6
        kill_fake
        start_fake
        : >"$tmp/calls"
        status=0
        "$jobctl" "$@" >"$tmp/out" 2>"$tmp/err" </dev/null &
        pid=$!
        waits_for "$member"
        "$back"
        wait "$pid" || status=$?
        [ "$status" = "$want" ] || good=1
        matches "$out" "$tmp/out" || good=1
        matches "$err" "$tmp/err" || good=1
        report "$good" "$description"
}

jobd_restarts() {
        kill_fake
        start_fake
        waits_for "${1-WaitJobs}"
        "$jobctl" stop 3 >/dev/null
}

read_restarts() {
        jobd_restarts ReadOutput
}

export JOBCTL_AWAY_TIMEOUT=20
away 'wait: goes on when jobd is back' 1 '~Stopped' '' WaitJobs jobd_restarts wait 3
away 'receive --follow: goes on where it was' 0 '' '' ReadOutput read_restarts receive --follow --keep 3
away 'without --keep: takes the lease again' 0 '' '' ReadOutput read_restarts receive --wait 3
called 'and' 'BeginReceive /org/jobd1/job/3'
export JOBCTL_AWAY_TIMEOUT=0.1
away 'wait: jobd stays away' 125 '' '~jobd went away and did not come back' WaitJobs kill_fake wait 3
away 'run: jobd stays away' 125 '' '~jobd went away' ReadOutput kill_fake run -E FAKE_HANG=1 true
start_fake
unset JOBCTL_AWAY_TIMEOUT

# --- signals that were missed
waits_for_line() { # TEXT FILE
        local end=$((SECONDS + 10 * ${JOBD_TEST_PACE:-1}))
        until grep -qF -- "$1" "$2" || ((SECONDS >= end)); do
                sleep 0.01
        done
}
: >"$tmp/calls"
"$jobctl" monitor >"$tmp/out" 2>"$tmp/err" &
monitor_pid=$!
waits_for_line ListJobs "$tmp/calls"
"$jobctl" stop 3 >/dev/null
waits_for_line Stopped "$tmp/out"
kill "$monitor_pid"
wait "$monitor_pid" 2>/dev/null
report "$(grep -q ' 3 runner Stopped$' "$tmp/out"; echo $?)" 'monitor: shows what it has missed'
is_subscribed_first() {
        grep -xE '(Subscribe|ListJobs) /org/jobd1' "$tmp/calls" | head -n 1 | grep -q Subscribe
}
report "$(is_subscribed_first; echo $?)" 'and subscribes before it lists'

# --- many
kill "$fake_pid"
wait "$fake_pid" 2>/dev/null
start_fake 10000
best=1000000
for _ in 1 2 3 4 5; do
        begin=${EPOCHREALTIME/./}
        run list
        took=$((${EPOCHREALTIME/./} - begin))
        [ "$took" -ge "$best" ] || best=$took
done
echo "# list of 10 000 jobs: $best us, most of them the fake's"
report "$(tail -1 "$tmp/out" | grep -q '^1000[0-9] jobs listed.$'; echo $?)" 'list of ten thousand'
echo "1..$n"
