# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # of lib.sh
# A user whose questions to polkit wait for a password that nobody gives. Source it after lib.sh.

# leave_questions USER N: USER has asked N times; what was answered stands in the file "answers".
leave_questions() {
        local pid
        mkfifo go
        chmod 0666 go
        # not by the function: that would be a shell in between, and the agent is for one process
        PYTHONDONTWRITEBYTECODE=1 "$as_user" "$1" "$here/questions" "$2" <go >answers 2>&1 &
        pid=$!
        on_exit kill "$pid"
        exec {go}>go
        eventually 10 grep -q ready answers || return
        # it closes the descriptor when polkit knows it
        mkfifo registered keys
        chmod 0666 registered keys
        as "$1" script --quiet --command "pkttyagent --process $pid --notify-fd 9 9>'$scratch/registered'" /dev/null \
                <>keys >agent 2>&1 &
        on_exit kill "$!"
        timeout 10 cat registered
        echo >&"$go"
}
