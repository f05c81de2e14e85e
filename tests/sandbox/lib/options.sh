# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash disable=SC2034
# The options that the commands share. What is none of them is left in the array "rest".

use='' keep='' release='' dbus=daemon filter='' sanitize='' as=root suites='' rest=()

# read_options ALLOWED ARG…: ALLOWED is a list of words; options end at the first other word, or at --.
read_options() {
        local allowed=" $1 "
        shift
        while [ $# -gt 0 ]; do
                case $1 in
                --)
                        shift
                        break
                        ;;
                --help | -h)
                        usage
                        exit 0
                        ;;
                --*=*)
                        [[ $allowed == *" ${1%%=*} "* ]] || usage_error "unknown option ${1%%=*}"
                        read_option "${1%%=*}" "${1#*=}"
                        ;;
                --filter | --sanitize)
                        [[ $allowed == *" $1 "* ]] || usage_error "unknown option $1"
                        printf -v "${1#--}" 1
                        ;;
                -*) usage_error "unknown option $1" ;;
                *) break ;;
                esac
                shift
        done
        rest=("$@")
}

read_option() {
        case $1 in
        --use | --keep)
                [[ $2 =~ ^[a-z0-9][a-z0-9.-]*$ ]] || usage_error "a sandbox's name is made of a-z, 0-9, . and -: '$2'"
                ;;&
        --use) use=$2 ;;
        --keep) keep=$2 ;;
        --release) release=$2 ;;
        --dbus)
                [[ $2 =~ ^(broker|daemon)$ ]] || usage_error "--dbus=broker or --dbus=daemon"
                dbus=$2
                ;;
        --as) as=$2 ;;
        --suite) suites="$suites $2" ;;
        esac
}

usage_error() {
        printf '%s: %s\n' "${0##*/}" "$1" >&2
        usage >&2
        exit 2
}

# The comment at the head of the command is its help.
usage() {
        sed -n '/^# SPDX/d; 2,/^[^#]/s/^# \{0,1\}//p' "$0"
}
