#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# What jobctl(1) says of a login goes along with a job, what does not, and what to do about that.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=bus.sh
. "$here/bus.sh"
# shellcheck source=ssh.sh
. "$here/ssh.sh"

# key.py add KEYRING NAME | find NAME | link KEYRING KEYRING: what keyctl(1) does, which is not everywhere.
cat >key.py <<'END'
import ctypes, os, sys
ADD_KEY, REQUEST_KEY, KEYCTL, LINK = 248, 249, 250, 8
rings = {"@s": -3, "@u": -4}
libc = ctypes.CDLL(None, use_errno=True)
def call(*arguments):
    result = libc.syscall(*arguments)
    if result < 0:
        sys.exit(os.strerror(ctypes.get_errno()))
while len(sys.argv) > 1:
    act = sys.argv[1]
    if act == "add":
        call(ADD_KEY, b"user", sys.argv[3].encode(), b"x", 1, rings[sys.argv[2]])
    elif act == "find":
        call(REQUEST_KEY, b"user", sys.argv[2].encode(), None, 0)
    else:
        call(KEYCTL, LINK, rings[sys.argv[2]], rings[sys.argv[3]])
    del sys.argv[1:3 if act == "find" else 4]
print("there")
END

over_ssh() {
        as alice ssh -n -o BatchMode=yes localhost "$@"
}

login_id() {
        local id
        id=$(over_ssh cat /proc/self/loginuid) || return
        if [ "$id" != 1001 ]; then
                skip "the audit login id" "logins have none here"
                return
        fi
        is "the audit login id goes along" "$(over_ssh jobctl run cat /proc/self/loginuid)" 1001
        is "where there is none, a job has none" "$(jobctl run cat /proc/self/loginuid)" "$(cat /proc/self/loginuid)"
        is "to another user's job as well" "$(sh -c "echo 1001 >/proc/self/loginuid && exec jobctl run --uid=bob -- /bin/cat /proc/self/loginuid")" 1001
}

keyrings() {
        local job="jobctl run -- python3 $scratch/key.py"
        if [ "$(as alice python3 "$scratch/key.py" add @u jobd-test)" != there ]; then
                skip "keyrings" "there are none here"
                return
        fi
        fails 1 "a key of the login's session is not in the job" as alice sh -c \
                "python3 $scratch/key.py add @s jobd-other find jobd-other && $job find jobd-other"
        fails 1 "nor are the user's own" as alice sh -c "$job find jobd-test"
        is "unless it links them" "$(as alice sh -c "$job link @u @s find jobd-test")" there
}

group_of_newgrp() {
        groupadd --force jobdtest
        on_exit groupdel jobdtest
        usermod --append --groups jobdtest alice
        # what newgrp does, which is not everywhere
        is "the group of newgrp stays behind" "$(setpriv --reuid=alice --regid=jobdtest --init-groups -- jobctl run -- id -gn)" alice
        is "--gid= names it, without a question" "$(as alice jobctl --no-ask-password run --gid=jobdtest -- id -gn)" jobdtest
}

run_user_is_there() {
        [ -e /run/user/1001 ]
}

runtime_folder() {
        local id
        id=$(over_ssh "jobctl start -- sh -c 'while [ ! -e /tmp/left-behind-go ]; do sleep 0.05; done; ls -d \$XDG_RUNTIME_DIR'")
        on_exit rm -f /tmp/left-behind-go
        loginctl terminate-user alice
        ok "the login is over" eventually 20 eval '! [ -e /run/user/1001 ]'
        touch /tmp/left-behind-go
        is "and its XDG_RUNTIME_DIR is gone for the job" "$(bus_wait "$id")" Failed
        rm -f /tmp/left-behind-go
        ok "alice lingers" loginctl enable-linger alice
        on_exit loginctl disable-linger alice
        ok "then it is there" eventually 20 run_user_is_there
        id=$(over_ssh "jobctl start -- sh -c 'while [ ! -e /tmp/left-behind-go ]; do sleep 0.05; done; ls -d \$XDG_RUNTIME_DIR'")
        touch /tmp/left-behind-go
        is "and stays" "$(bus_wait "$id")" Completed
}

deleted_user() {
        local id
        useradd --create-home jobdgone
        id=$(as jobdgone jobctl start -- sleep 1000)
        ok "a user has a job" eventually 5 has_state "$id" Running
        userdel --force --remove jobdgone 2>/dev/null
        is "it goes on without him" "$(property "$id" State)" Running
        like "under his number" "$(jobctl --no-legend list --all-users "$id")" ' [0-9]+ +sleep 1000'
        ok "root stops it" jobctl stop --quiet "$id"
        ok "and removes it" jobctl remove --quiet "$id"
}

ok "sshd starts" start_sshd
let_in alice alice
login_id
keyrings
group_of_newgrp
runtime_folder
deleted_user
