#!/bin/bash
# SPDX-License-Identifier: LGPL-2.1-or-later
# A job is a child of PID 1: what is in a box, or is no person, gets none by default, or it would be out of the box.
# shellcheck source=lib.sh
. "$(dirname "$0")/lib.sh"
# shellcheck source=policy.sh
. "$here/policy.sh"

start=(jobctl --no-ask-password start -C / touch "$scratch/out/escaped")

# boxed CMD…: as a service with these properties, up to "--".
boxed() {
        local properties=()
        while [ "$1" != -- ]; do
                properties+=(-p "$1")
                shift
        done
        shift
        systemd-run --quiet --pipe --wait --collect "${properties[@]}" -- "$@"
}

# confined DESCRIPTION CMD…: which would start a job, is told that this is not for it.
confined() {
        fails 1 "$1 starts no job" "${@:2}"
        like "and is told why" "$output" "${why:-org\.jobd1\.start-confined}"
}

# Root's process with a filter and without NoNewPrivileges, that becomes alice's.
filtered() {
        boxed SystemCallFilter=~swapon NoNewPrivileges=no -- setpriv --reuid=alice --regid=alice --init-groups -- "$@"
}

as_service() {
        setpriv --reuid="$1" --regid="$(id -g "$1")" --init-groups -- "${@:2}"
}

mkdir -m 0777 out
new_user jobdtest --system
ok "a person's process in a service that is no box starts a job" boxed User=alice -- jobctl start true
systemctl start "user@$(id -u alice).service"
ok "a service of a user's manager does" as alice systemd-run --user --quiet --pipe --wait --collect jobctl start true
confined "one of it in a box" as alice systemd-run --user --quiet --pipe --wait --collect -p NoNewPrivileges=yes "${start[@]}"
systemctl stop "user@$(id -u alice).service"
why='NoNewPrivileges.*org\.jobd1\.start-confined' confined "one with NoNewPrivileges" boxed User=alice NoNewPrivileges=yes -- "${start[@]}"
confined "one with a system call filter" boxed User=alice SystemCallFilter=~swapon -- "${start[@]}"
is "(a filter alone" "$(filtered sh -c 'grep -E "^(NoNewPrivs|Seccomp):" /proc/self/status' | awk '{ print $2 }' | xargs)" "0 2"
confined "is enough)" filtered "${start[@]}"
why='network namespace.*org\.jobd1\.start-confined' confined "one with a network of its own" boxed User=alice PrivateNetwork=yes -- "${start[@]}"
why='mount namespace.*org\.jobd1\.start-confined' confined "one with a mount namespace of its own" boxed User=alice PrivateTmp=yes -- "${start[@]}"
why='bounding set.*org\.jobd1\.start-confined' confined "one with fewer capabilities to be had" boxed User=alice CapabilityBoundingSet=~CAP_SYS_BOOT -- "${start[@]}"
why='PID namespace.*org\.jobd1\.start-confined' confined "one with a PID namespace of its own" unshare --pid --fork setpriv --reuid=alice --regid=alice --init-groups -- "${start[@]}"
why='given up its groups.*org\.jobd1\.start-confined' confined "one without groups" setpriv --reuid=alice --regid=alice --clear-groups -- "${start[@]}"
why='no regular one.*org\.jobd1\.start-confined.*rule of polkit' confined "www-data" as_service www-data "${start[@]}"
confined "a system user" as_service jobdtest "${start[@]}"
confined "nobody" as_service nobody "${start[@]}"
# where nothing resolves such users, the bus does not let it in
why='org\.jobd1\.start-confined|refuses a connection' confined "a service with a user of its own" boxed DynamicUser=yes -- "${start[@]}"
confined "a process in a user namespace" as alice unshare --user "${start[@]}"
confined "one that is root there" as alice unshare --user --map-root-user "${start[@]}"
confined "a box in a box" as alice setpriv --no-new-privs "${start[@]}"
confined "a child of a box, which has left it as far as it can" as alice setpriv --no-new-privs setsid --fork --wait "${start[@]}"
fails 1 "another user's job is no way out" as alice setpriv --no-new-privs busctl call org.jobd1 /org/jobd1 \
        org.jobd1.Manager StartJob 'asa{sv}' 1 /bin/true 1 User s bob
like "for it takes more" "$output" 'org\.jobd1\.start-'

# The number of a process that connected and ended becomes that of one in no box.
reuse=$(PYTHONPATH=$here timeout $((30 * pace)) python3 "$here/reuse.py" alice /bin/touch "$scratch/out/escaped" 2>&1)
like "a connection of a confined process that another one has got the number of starts no job" "$reuse" \
        'AuthorizationRequired.*(has not made its connection|cannot see its process).*org\.jobd1\.start-confined'

put_rule 60-test <<'END'
polkit.addRule(function (action, subject) {
    if (action.id == "org.jobd1.start-confined" && subject.user == "www-data")
        return polkit.Result.YES;
});
END
restart_polkit
id=$(as_service www-data jobctl start -C / id -un)
ok "a rule may allow it" jobctl wait --timeout="$(patience 20)" "$id"
is "and it is what it was" "$(jobctl receive "$id")" www-data
confined "to that user" as_service jobdtest "${start[@]}"
is "nothing has come of all that" "$(ls out)" ""
