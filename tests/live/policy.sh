# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# polkit's rules, for live tests. Source it after lib.sh. polkit notices a rule that comes or goes by itself, but not at
# once: wait with "eventually" for the first thing that it changes.

rules_dir=/etc/polkit-1/rules.d

# put_rule NAME: standard input becomes a rule, until take_rule NAME or the test's end.
put_rule() {
        cat >"$rules_dir/$1.rules" || return
        on_exit rm -f "$rules_dir/$1.rules"
}

take_rule() {
        rm "$rules_dir/$1.rules"
}

# restart_polkit: it has read all rules when this returns.
restart_polkit() {
        # so many restarts are too many for systemd
        systemctl reset-failed polkit.service 2>/dev/null
        systemctl restart polkit.service
}

# new_user NAME [OPTION…]: of useradd; with a home, and gone with the test.
new_user() {
        useradd --create-home "${@:2}" "$1" && on_exit userdel --force --remove "$1"
}

new_group() {
        groupadd "$1" && on_exit groupdel "$1"
}
