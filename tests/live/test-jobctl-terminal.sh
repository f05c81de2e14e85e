#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# jobctl on a terminal: Ctrl-C, the line that lives while it waits, colours, the width, the pager, completion.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"
# shellcheck source=terminal.sh
. "$here/terminal.sh"

ctrl_c() {
        local id
        type_line "jobctl run --keep -- sh -c 'echo started; sleep 1000'; echo status \$?"
        ok "run shows output as it comes" eventually 5 on_screen '^started'
        id=$(newest_job)
        keys C-c
        ok "Ctrl-C ends run" eventually 10 at_prompt
        ok "and stops the job" eventually 5 has_state "$id" Stopped
        is "at the person's wish" "$(property "$id" Reason)" "stopped by root"

        type_line "jobctl run --keep --stop-timeout=4min -- sh -c 'trap \"\" TERM; sh -c \"sleep 1000\" & echo started; while :; do sleep 0.1; done'"
        eventually 5 on_screen '^started'
        id=$(newest_job)
        keys C-c
        ok "Ctrl-C says what is waited for, and what to do" eventually 5 on_screen "stopping job $id.*Ctrl-C once more kills"
        eventually 5 has_state "$id" Stopping
        keys C-c
        ok "the second one ends all of it" eventually 10 at_prompt
        ok "at once" eventually 10 has_state "$id" Stopped

        type_line "jobctl run --detach-on-interrupt -- sh -c 'echo started; sleep 1000'; echo status \$?"
        ok "run --detach-on-interrupt" eventually 5 on_screen '^started'
        id=$(newest_job)
        keys C-c
        ok "ends, too" eventually 10 at_prompt
        ok "and says which job goes on" on_screen "^\(\^C\)\?$id"
        is "it goes on" "$(property "$id" State)" Running
        jobctl stop "$id"

        id=$(jobctl start sleep 1000)
        type_line "jobctl wait $id"
        eventually 5 on_screen "job $id: Running"
        keys C-c
        ok "Ctrl-C ends wait" eventually 5 at_prompt
        is "not the job" "$(property "$id" State)" Running
        jobctl stop "$id"
}

# The line is shown after a while, over itself, and is gone in the end.
life_line() {
        local id text quiet waiter
        quiet=$(jobctl start -n slow sleep 1000)
        script -qec "timeout 2 jobctl --quiet wait $quiet" /dev/null >said &
        waiter=$!

        id=$(jobctl start -n slow -- sh -c 'while [ ! -e go ]; do sleep 0.05; done; rm go')
        type_line "jobctl --no-legend wait $id; echo status \$?"
        ok "wait says that it lives" eventually 5 on_screen "job $id (slow): Running"
        touch go
        eventually 5 on_screen '^status'
        text=$(screen)
        is "and leaves nothing of that" "$(grep -c 'Running' <<<"$text"), $(wc -l <<<"$text")" "0, 4"

        id=$(jobctl start -n slow -- sh -c 'while [ ! -e go ]; do sleep 0.05; done; rm go; echo out')
        type_line "jobctl receive --wait $id; echo status \$?"
        ok "so does receive --wait" eventually 5 on_screen "job $id (slow): Running"
        touch go
        eventually 5 on_screen '^status'
        is "only the output stays" "$(screen | sed -n '2,3p')" $'out\nstatus 0'

        wait "$waiter"
        is "not with --quiet" "$(cat said)" ""
        jobctl stop "$quiet"
}

width_and_colours() {
        local id wide
        id=$(jobctl start -n "a name that takes quite some place in a table" -- sh -c "exit 3; $(printf '%0100d' 0)")
        jobctl wait "$id" >out
        run_line "jobctl list $id"
        # a line that were longer would take two of the screen, and the pager would not go by itself
        is "a table fits into 80 columns" "$(screen | sed -n '2,5p' | awk '{ print $1 }' | paste -sd ' ')" "ID $id  1"
        like "what does not fit is cut, what tells no job from another is left out, the reason stays" \
                "$(screen | sed -n 3p)" 'a name .*… Failed .*false .*root .*sh -c .*… exited with status 3$'
        like "a failure is in colour" "$(terminal capture-pane -e -p | grep -a Failed)" $'\e\[[0-9;]*31m.*Failed'
        run_line "NO_COLOR=1 jobctl list $id"
        is "not with NO_COLOR" "$(terminal capture-pane -e -p | grep -a Failed | grep -c '31m')" 0
        wide=$(jobctl start -n "$(printf '名前%.0s' {1..20})" -- sh -c 'kill -SEGV $$')
        jobctl wait "$wide" >out
        run_line "jobctl list $id $wide"
        is "wide characters take two places" "$(screen | sed -n '2,5p' | awk '{ print $1 }' | paste -sd ' ')" "ID $id $wide "
        like "and leave the reason its own" "$(screen | sed -n 4p)" '名前.*… +Failed .*killed by signal'
        run_line "jobctl list $id | cat"
        is "not in a pipe" "$(terminal capture-pane -e -p | grep -a Failed | grep -c '31m')" 0
}

pager() {
        printf '#!/bin/sh\necho in the pager\n' >pager && chmod +x pager
        run_line "PAGER=$scratch/pager SYSTEMD_PAGERSECURE=0 jobctl list"
        ok "a list on a terminal goes through the pager" on_screen '^in the pager'
        run_line "PAGER=$scratch/pager SYSTEMD_PAGERSECURE=0 jobctl --no-pager list"
        is "not with --no-pager" "$(screen | grep -c 'in the pager')" 0
        is "nor in a pipe" "$(PAGER=$scratch/pager SYSTEMD_PAGERSECURE=0 jobctl list | grep -c 'in the pager')" 0
}

# completes WORD…: what completion offers for the last word, one a line.
completes() {
        (
                # shellcheck source=/dev/null
                . "$here/../../shell-completion/jobctl.bash"
                # shellcheck disable=SC2317 # the completion calls it
                compopt() { :; }
                COMP_WORDS=(jobctl "$@")
                COMP_CWORD=$#
                COMPREPLY=()
                _jobctl
                printf '%s\n' "${COMPREPLY[@]}"
        )
}

completion() {
        local id other
        id=$(jobctl start -n one sleep 1000)
        other=$(jobctl start -n 'two $(touch /tmp/completed)' true)
        jobctl wait "$other" >out
        is "completes verbs" "$(completes re | sort | xargs)" "receive remove resume"
        is "and options" "$(completes wait --t)" "--timeout="
        is "and their values" "$(completes receive --stream = std | xargs)" "stdout stderr"
        is "stop: jobs that run" "$(completes stop "$id")" "$id"
        is "not those that have ended" "$(completes stop "$other")" ""
        like "several with their names" "$(completes show '')" "(^|"$'\n'")$id \(one\)"
        is "whose words are not commands" "$(test -e /tmp/completed; echo $?)" 1
        is "start: commands" "$(completes start systemd-not | sort -u)" systemd-notify
        is "is installed" "$(cmp "$here/../../shell-completion/jobctl.bash" \
                /usr/share/bash-completion/completions/jobctl 2>&1)" ""
        jobctl remove --force "$id" "$other"
}

ok "a terminal" start_terminal
ctrl_c
life_line
width_and_colours
pager
completion
