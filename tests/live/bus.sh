# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# jobd over the bus, for live tests. Source it after lib.sh.

manager_path=/org/jobd1
manager_interface=org.jobd1.Manager
job_interface=org.jobd1.Job

# bus_start ARG…: StartJob by busctl, with the arguments as busctl takes an "as" and an "a{sv}"; prints the id.
bus_start() {
        bus_start_as root "$@"
}

bus_start_as() {
        local user=$1 reply
        shift
        reply=$(as "$user" busctl call -- org.jobd1 "$manager_path" "$manager_interface" StartJob 'asa{sv}' "$@") ||
                return
        reply=${reply##*/}
        printf '%s\n' "${reply%\"}"
}

# bus_job ID METHOD [SIGNATURE ARG…]: calls a method of a job, as root.
bus_job() {
        busctl call -- org.jobd1 "$manager_path/job/$1" "$job_interface" "${@:2}"
}

# bus_wait ID: until the job has finished; prints its state.
bus_wait() {
        local reply
        reply=$(bus_job "$1" Wait 'a{sv}' 1 TimeoutUSec t 30000000) || return
        reply=${reply#s \"}
        printf '%s\n' "${reply%\"}"
}

# property ID NAME: its value, without type and quotes.
property() {
        local value
        value=$(busctl get-property org.jobd1 "$manager_path/job/$1" "$job_interface" "$2") || return
        value=${value#* }
        value=${value#\"}
        printf '%s\n' "${value%\"}"
}

# has_state ID STATE
has_state() {
        [ "$(property "$1" State)" = "$2" ]
}

# bus_refuses DESCRIPTION USER ERROR TEXT OBJECT METHOD ARG…: the call, by gdbus, is answered with ERROR (of
# org.jobd1.Error, unless it has a dot), whose text matches TEXT. OBJECT: the manager, or a job's id.
bus_refuses() {
        local description=$1 user=$2 error=org.jobd1.Error.$3 text=$4 path=$manager_path interface=$manager_interface output status=0
        if [ "$5" != manager ]; then
                path=$manager_path/job/$5 interface=$job_interface
        fi
        output=$(as "$user" gdbus call --system --dest org.jobd1 --object-path "$path" \
                --method "$interface.$6" -- "${@:7}" 2>&1) || status=$?
        [[ $3 != *.* ]] || error=$3
        [[ $status -ne 0 && $output =~ ^Error:\ GDBus\.Error:${error//./\\.}:\ .*$text ]]
        point "$?" "$description" && return 0
        explain "expected: $error, $text"
        explain "actual:   $output"
        return 1
}

# listen FILE: all that is said to jobd and by it, from now on, goes there as JSON.
listen() {
        busctl monitor --json=short org.jobd1 >"$1" 2>&1 &
        on_exit kill "$!"
        eventually 5 is_heard "$1"
}

# busctl of systemd 257 says nothing before the first message: so something is said until it is heard.
is_heard() {
        busctl call org.jobd1 "$manager_path" "$manager_interface" GetJob 'ua{sv}' 4294967295 0 2>/dev/null
        grep -q GetJob "$1"
}

# output_of ID: what it has written to standard output so far; consumes nothing.
output_of() {
        jobctl receive --stream=stdout "$1" 2>/dev/null
}

# says ID TEXT: it has written a line of that text to standard output.
says() {
        output_of "$1" | grep -qx -- "$2"
}
