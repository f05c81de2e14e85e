#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# jobctl on a terminal where polkit wants a password: its own agent asks, and leaves the terminal as it was.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=terminal.sh
. "$here/terminal.sh"

command -v pkttyagent >/dev/null || skip_all "there is no pkttyagent"

no_agent() {
        ! pgrep -x pkttyagent
}

# asked LINE: has alice's shell run it, and waits for the question. A shell of its own, so that the terminal is not set
# right by the interactive one before it is looked at.
asked() {
        type_line "sh -c 'trap : INT; $1; echo status \$?; stty -a | grep -ow -e -*echo'"
        eventually 10 on_screen '^Password:'
}

# asks N: for a password, for the Nth time.
asks() {
        [ "$(screen | grep -c '^Password:')" = "$1" ]
}

# answered TEXT: types it and Enter, and waits for the prompt.
answered() {
        keys -l "$1"
        keys Enter
        eventually 15 on_screen '^status [0-9]' && eventually 5 at_prompt
}

# ended STATUS: how it did, and what it leaves.
ended() {
        ok "it ends with $1" eventually 10 on_screen "status $1\$"
        ok "the terminal shows what is typed" eventually 5 on_screen '^echo'
        ok "the agent is gone" eventually 5 no_agent
        ok "the prompt is there" eventually 5 at_prompt
}

# the one who may say yes
administrator() {
        useradd --create-home --groups sudo admin
        on_exit userdel --remove admin
        echo 'admin:secret' | chpasswd
}

right_password() {
        local id
        ok "the password is asked for" asked "jobctl start --uid=bob -- /usr/bin/id -un"
        ok "the question names the command and the user" on_screen 'as bob: /usr/bin/id -un'
        ok "the right one" answered secret
        ok "is not shown" eval '! on_screen secret'
        ended 0
        id=$(screen | grep -x '[0-9]*')
        ok "the job ends" jobctl wait -q "$id"
        is "it was bob's process" "$(jobctl receive "$id")" bob
        is "and is alice's job" "$(jobctl show -p Owner --value "$id")" "$(id -u alice)"
}

substitution() {
        ok "a pipe for the id does not keep the question away" asked "jobctl start --uid=bob -- /bin/true | sed s/^/id=/"
        ok "the right one" answered secret
        ok "the id is the output, and all of it" on_screen '^id=[0-9]*$'
        ended 0
}

wrong_password() {
        ok "the password is asked for" asked "jobctl start --uid=bob -- /usr/bin/id"
        ok "a wrong one" answered wrong
        # a terminal breaks the line where it likes
        like "is refused clearly" "$(screen | tr -d '\n')" \
                "jobctl: cannot start '/usr/bin/id': .*as bob .the caller is alice.*not authorized .org.jobd1.start-as.*see jobd.8"
        ended 1
}

interrupted() {
        ok "the password is asked for" asked "$1"
        keys C-c
        ended 130
}

# What would paint the question's words red is written out.
escapes() {
        # shellcheck disable=SC2016 # the shell on the terminal makes the bytes
        ok "the password is asked for" asked 'jobctl start --uid=bob -- /bin/w "$(printf "\033[31mred")"'
        ok "nothing of the command reaches the terminal but letters" on_screen "as bob: /bin/w \$'\\\\x1b\[31m"
        keys C-c
        ended 130
}

# signalled SIGNAL STATUS: jobctl alone gets it. After KILL it cannot wait for the agent.
signalled() {
        ok "the password is asked for" asked \
                "jobctl start --uid=bob -- /usr/bin/id; s=\$?; while pgrep -x pkttyagent; do sleep 0.02; done; (exit \$s)"
        pkill "-$1" -u alice -x jobctl
        ended "$2"
}

unasked() {
        run_line "jobctl --no-ask-password start --uid=bob -- /usr/bin/id"
        ok "--no-ask-password" on_screen '^status 1'
        ok "says what would be needed" on_screen 'administrator must allow it'
        run_line "jobctl start --uid=bob -- /usr/bin/id </dev/null"
        ok "without a terminal there is no agent" on_screen '^status 1'
        run_line "jobctl show -p Command,Owner $roots; jobctl status $roots"
        ok "somebody else's details are no question" on_screen '^Owner=0'
        ok "nor shown" eval '! on_screen "Command="'
}

several() {
        ok "two jobs of somebody else" asked "jobctl stop $roots $others"
        keys -l secret
        keys Enter
        ok "are two questions" eventually 10 on_screen "remove job $others of root"
        # what is typed before it listens is thrown away
        ok "one after the other" eventually 10 asks 2
        ok "the second" answered secret
        ended 0
        is "both are stopped" "$(jobctl show -p State --value "$roots" "$others" | xargs)" 'Stopped Stopped'
}

# shell_of_alice [CMD…]: the terminal becomes a shell of hers.
shell_of_alice() {
        type_line "exec $* bash --noprofile --rcfile '$scratch/bashrc'"
        eventually 10 at_prompt
        run_line true
}

start_terminal
administrator
roots=$(jobctl start -- sleep 1000)
others=$(jobctl start -- sleep 1000)
shell_of_alice "'$as_user' alice"
right_password
interrupted "jobctl start --uid=bob -- /usr/bin/id"
signalled TERM 143
escapes
unasked
terminal respawn-pane -k
eventually 5 at_prompt
shell_of_alice systemd-run --quiet --pty --uid=alice --property=PAMName=login
right_password
substitution
wrong_password
interrupted "jobctl run --uid=bob -- /usr/bin/id"
signalled KILL 137
several
