# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # of lib.sh
# A user whose questions to polkit wait for a password that nobody gives. Source it after lib.sh.

# leave_questions USER N: USER has asked N times; what was answered stands in the file "answers".
leave_questions() {
        # not by the function "as": what it runs in the background has a shell for its parent, which $! would be
        PYTHONDONTWRITEBYTECODE=1 "$as_user" "$1" "$here/questions" "$2" >answers 2>&1 </dev/null &
        on_exit kill "$!"
        eventually 10 grep -q asked answers
}
