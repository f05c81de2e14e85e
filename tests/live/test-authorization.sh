#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# Who may do what, by the real polkit: the defaults, and the example rules put in and taken out.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"
# shellcheck source=policy.sh
. "$here/policy.sh"

examples=/usr/share/doc/jobd/polkit

# start_refused DESCRIPTION USER TEXT COMMAND [OPTIONS]: StartJob by gdbus; the error matches TEXT.
start_refused() {
        local description=$1 user=$2 text=$3 command=$4 options=${5:-{\}} output
        output=$(as "$user" gdbus call --system --dest org.jobd1 --object-path "$manager_path" \
                --method "$manager_interface.StartJob" -- "$command" "@a{sv} $options" 2>&1) && output="started: $output"
        like "$description" "$output" "$text"
}

# deploy_runs PROGRAM [USER]: bob starts it as deploy; prints the id.
deploy_runs() {
        bus_start_as "${2:-bob}" 1 "$1" 1 User s deploy
}

defaults() {
        local id
        is "polkit knows the actions" "$(pkaction | grep -c '^org\.jobd1\.')" 6
        id=$(bus_start_as alice 2 sleep 1000 1 Name s hers)
        ok "a person starts a job" eventually 10 has_state "$id" Running
        start_refused "not as another user" alice 'InteractiveAuthorizationRequired.*\(org.jobd1.start-as\)' \
                "['/bin/true']" "{'User': <'bob'>}"
        start_refused "nor as root" alice '\(org.jobd1.start-as\)' "['/bin/true']" "{'User': <'root'>}"
        start_refused "nor with a group that is not his" alice '\(org.jobd1.start-as\)' "['/bin/true']" "{'Group': <'adm'>}"
        id2=$(bus_start_as alice 1 true 2 User s alice Group s alice)
        is "as himself, with his group, it is the ordinary start" "$(bus_wait "$id2")" Completed
        fails 1 "bob may not stop it" as bob jobctl --no-ask-password stop "$id"
        like "as the policy says" "$output" 'org\.jobd1\.manage'
        fails 1 "nor read it" as bob jobctl --no-ask-password receive --keep "$id"
        like "as the policy says" "$output" 'org\.jobd1\.receive'
        hers=$id
}

operators() {
        local other
        new_group operators
        usermod --append --groups operators bob
        on_exit gpasswd --delete bob operators
        put_rule 50-jobd-operators <"$examples/50-jobd-operators.rules"
        ok "an operator signals anybody's job" eventually 10 as bob jobctl --no-ask-password kill -s CONT "$hers"
        other=$(bus_start_as alice 2 sleep 1000 0)
        ok "stops it" as bob jobctl --no-ask-password stop "$other"
        is "in his name" "$(property "$other" Reason)" "stopped by bob"
        ok "removes it" as bob jobctl --no-ask-password remove "$other"
        fails 1 "he does not read its output" as bob jobctl --no-ask-password receive --keep "$hers"
        start_refused "nor does he start jobs in another's name" bob 'start-as' "['/bin/true']" "{'User': <'alice'>}"
        other=$(bus_start_as alice 2 sleep 1000 0)
        take_rule 50-jobd-operators
        ok "without the rule that is over" eventually 10 refuses_bob "$other"
}

refuses_bob() {
        ! as bob jobctl --no-ask-password kill -s CONT "$1" 2>/dev/null
}

ci() {
        local id
        new_group ci
        new_user deploy
        usermod --append --groups ci bob
        on_exit gpasswd --delete bob ci
        mkdir -p /opt/ci
        on_exit rm -rf /opt/ci
        cat >/opt/ci/build <<-'END'
		#!/bin/sh
		id -un; pwd; echo "$HOME $USER ${LD_PRELOAD-} ${BASH_ENV-} $TERM"; echo "$PATH"; echo "$@"
		grep -o 'jobd-[0-9]*[.]slice' /proc/self/cgroup
		END
        chmod 0755 /opt/ci/build
        put_rule 50-jobd-ci <"$examples/50-jobd-ci.rules"
        ok "ci runs as deploy what is below /opt/ci" eventually 10 deploy_runs /opt/ci/build
        id=$(bus_start_as bob 3 /opt/ci/build 'a b' c 1 User s deploy)
        is "it ends well" "$(bus_wait "$id")" Completed
        is "it is deploy's process, at home there, in deploy's slice, with nothing of bob's" \
                "$(jobctl receive --stream=stdout "$id" | sed '/^\/.*bin/d')" \
                $'deploy\n/home/deploy\n/home/deploy deploy   \na b c\njobd-'"$(id -u deploy).slice"
        is "and bob's job" "$(property "$id" Owner) $(property "$id" Uid)" "$(id -u bob) $(id -u deploy)"
        like "bob receives it" "$(as bob jobctl receive --keep "$id")" deploy
        fails 1 "deploy does not" as deploy jobctl --no-ask-password receive --keep "$id"
        outside_of_ci
        take_rule 50-jobd-ci
        ok "without the rule that is over" eventually 10 no_deploy
}

no_deploy() {
        ! deploy_runs /opt/ci/build 2>/dev/null
}

outside_of_ci() {
        local as_deploy="{'User': <'deploy'>}"
        start_refused "nothing else" bob '\(org.jobd1.start-as\)' "['/bin/sh', '/opt/ci/build']" "$as_deploy"
        start_refused "not by a detour" bob 'absolute path' "['/opt/ci/../../bin/sh']" "$as_deploy"
        start_refused "nor a relative one" bob 'absolute path' "['opt/ci/build']" "$as_deploy"
        start_refused "not as somebody else" bob '\(org.jobd1.start-as\)' "['/opt/ci/build']" "{'User': <'root'>}"
        start_refused "not with a group" bob '\(org.jobd1.start-as\)' "['/opt/ci/build']" \
                "{'User': <'deploy'>, 'Group': <'adm'>}"
        start_refused "not somebody who is not of ci" alice '\(org.jobd1.start-as\)' "['/opt/ci/build']" "$as_deploy"
        for variable in LD_PRELOAD=/tmp/a.so PATH=/tmp BASH_ENV=/tmp/a LANG=/tmp/a; do
                start_refused "not with $variable" bob "not '$variable'" "['/opt/ci/build']" \
                        "{'User': <'deploy'>, 'Environment': <['$variable']>}"
        done
}

# polkit_at HOUR: polkit's local time becomes some minutes after that hour.
polkit_at() {
        local offset
        offset=$((($(date -u +%-H) - $1 + 36) % 24 - 12))
        mkdir -p /run/systemd/system/polkit.service.d
        printf '[Service]\nEnvironment=TZ=test%+d\n' "$offset" >/run/systemd/system/polkit.service.d/time.conf
        systemctl daemon-reload
        restart_polkit
}

polkit_at_any_time() {
        rm -f /run/systemd/system/polkit.service.d/time.conf
        systemctl daemon-reload
        restart_polkit
}

night() {
        on_exit polkit_at_any_time
        put_rule 50-jobd-night <"$examples/50-jobd-night.rules"
        polkit_at 23
        start_refused "at night nobody starts a job" alice 'AccessDenied.*not authorized \(org.jobd1.start\)' "['true']"
        ok "but root" bus_start 1 true 0
        ok "and the owner goes on with those he has" as alice jobctl kill -s CONT "$hers"
        polkit_at 6
        ok "in the morning one may" bus_start_as alice 1 true 0
        polkit_at 5
        start_refused "an hour earlier one may not" alice 'org.jobd1.start' "['true']"
        take_rule 50-jobd-night
}

# What a rule sees is what is run.
verdict_is_of_the_command() {
        local id
        put_rule 60-test <<-'END'
		polkit.addRule(function (action, subject) {
		    if (action.id == "org.jobd1.start-as" && action.lookup("command") == "/bin/echo 'it'\\''s' $'\\x1b[31m'" &&
		        action.lookup("directory") == "~" && action.lookup("owner") == "alice" && action.lookup("identity") == "bob")
		        return polkit.Result.YES;
		});
		END
        restart_polkit
        id=$(bus_start_as alice 3 /bin/echo "it's" $'\033[31m' 1 User s bob)
        is "a rule compares the whole command" "$(bus_wait "$id")" Completed
        start_refused "another argument is another command" alice start-as "['/bin/echo', 'it\'s', 'x']" "{'User': <'bob'>}"
        start_refused "words do not run together" alice start-as "['/bin/echo', 'it\'s \x1b[31m']" "{'User': <'bob'>}"
        take_rule 60-test
}

defaults
operators
ci
night
verdict_is_of_the_command
