# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2154 # of lib.sh
# A terminal of 80 columns, for live tests, with a shell in it. Source it after lib.sh.

# start_terminal: a shell in the test's folder, with the prompt "> ".
start_terminal() {
        command -v tmux >/dev/null || skip_all "there is no tmux"
        printf 'PS1="> "\n' >bashrc
        tmux -L "$test_name" -f /dev/null new-session -d -x 80 -y 30 \
                "env -u SYSTEMD_PAGER -u PAGER LANG=C.UTF-8 bash --noprofile --rcfile '$scratch/bashrc'"
        on_exit tmux -L "$test_name" kill-server
        eventually 10 at_prompt
}

terminal() {
        tmux -L "$test_name" "$@"
}

# screen: what is on it, without empty lines at its end.
screen() {
        terminal capture-pane -p | sed -e :a -e '/^\n*$/{$d;N;ba' -e '}'
}

at_prompt() {
        [ "$(screen | tail -n 1)" = ">" ]
}

on_screen() {
        screen | grep -q -- "$1"
}

# keys KEY…: as tmux names them.
keys() {
        terminal send-keys "$@"
}

# type_line LINE: on an empty screen, and Enter.
type_line() {
        keys C-l
        eventually 5 at_prompt
        keys -l "$1"
        keys Enter
}

# run_line LINE: the same, and waits for its end.
run_line() {
        type_line "$1; echo status \$?"
        eventually 10 on_screen '^status [0-9]' && eventually 5 at_prompt
}
