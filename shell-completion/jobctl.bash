# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
# Completion of jobctl for bash, with or without the package bash-completion.

# Ids, and where there are several, with the name behind each. Names come from anybody: they are only ever shown,
# and jobctl has made them safe to show.
__jobctl_jobs() {
        local cur=$1 id rest
        local -a found=() shown=()

        shift
        while read -r id rest; do
                [[ $id =~ ^[0-9]+$ && $id == "$cur"* ]] || continue
                rest=${rest%% BackgroundJob *}
                found+=("$id")
                shown+=("$id (${rest%"${rest##*[! ]}"})")
        done < <(jobctl list --no-legend --no-pager --no-ask-password --json=off "$@" 2>/dev/null)
        if ((${#found[@]} > 1)); then
                COMPREPLY=("${shown[@]}")
        else
                COMPREPLY=("${found[@]}")
        fi
}

__jobctl_words() {
        local word

        COMPREPLY=()
        while read -r word; do
                COMPREPLY+=("$word")
        done < <(compgen -W "$2" -- "$1")
        # an option that wants a value goes on without a blank
        [[ ${#COMPREPLY[@]} -ne 1 || ${COMPREPLY[0]} != *= ]] || compopt -o nospace 2>/dev/null
        return 0
}

__jobctl_paths() {
        compopt -o filenames 2>/dev/null
        mapfile -t COMPREPLY < <(compgen "$2" -- "$1")
}

# What show tells; what start and run can ask for.
__jobctl_properties() {
        if [[ $verb == start || $verb == run ]]; then
                __jobctl_words "$1" "$(jobctl start --no-legend --no-pager -p help 2>/dev/null | sed -E 's/ .*/=/')"
        else
                __jobctl_words "$1" 'Id InstanceId Name JobType Location Owner Uid Unit Parent CreatedTimestamp State
                        Reason Result ExitCode ExitSignal ExecErrno HasMoreData StatusMessage NChildren ThrottleLimit BeginTimestamp EndTimestamp
                        CPUUsageNSec MemoryPeak OutputBytes OutputLost OutputDropped Command CommandBytes WorkingDirectory
                        EnvironmentNames Umask RuntimeMaxUSec StopTimeoutUSec SuccessExitStatus Nice OutputLimit
                        OutputFull UnreadBytes Group MemoryHigh MemoryMax TasksMax CPUWeight CPUQuotaPerSecUSec IOWeight
                        NoNewPrivileges PrivateNetwork PrivateTmp ProtectSystem ProtectHome Properties'
        fi
}

# The value of an option. Fails if there is nothing to offer, as for a name.
__jobctl_value() {
        local option=$1 cur=$2

        case $option in
        --json) __jobctl_words "$cur" 'off short pretty' ;;
        --stream) __jobctl_words "$cur" 'stdout stderr' ;;
        --output) __jobctl_words "$cur" 'cat short json' ;;
        --output-full) __jobctl_words "$cur" 'drop block' ;;
        --has-more-data) __jobctl_words "$cur" 'yes no' ;;
        --state) __jobctl_words "$cur" 'NotStarted Running Blocked Suspending Suspended Disconnected Stopping Completed Failed Stopped' ;;
        -s | --signal | --kill-signal) __jobctl_words "$cur" 'TERM INT HUP QUIT KILL STOP CONT USR1 USR2 ALRM WINCH' ;;
        --protect-system) __jobctl_words "$cur" 'yes full strict no' ;;
        --protect-home) __jobctl_words "$cur" 'yes read-only tmpfs no' ;;
        --memory-max | --memory-high | --tasks-max) __jobctl_words "$cur" infinity ;;
        --uid | --owner) mapfile -t COMPREPLY < <(compgen -A user -- "$cur") ;;
        --gid) mapfile -t COMPREPLY < <(compgen -A group -- "$cur") ;;
        -p | --property) __jobctl_properties "$cur" ;;
        -C | --working-directory) __jobctl_paths "$cur" -d ;;
        --input | --each-from) __jobctl_paths "$cur" -f ;;
        -E | --setenv) __jobctl_words "$cur" "$(compgen -e)" ;;
        -H | --host) mapfile -t COMPREPLY < <(compgen -A hostname -- "$cur") ;;
        *) return 1 ;;
        esac
}

# The words of a command that is to be started: another command line from there on.
__jobctl_command() {
        local offset=$1 cur=$2

        if declare -F _command_offset >/dev/null; then
                _command_offset "$offset"
        elif ((offset == COMP_CWORD)); then
                mapfile -t COMPREPLY < <(compgen -c -- "$cur")
        else
                __jobctl_paths "$cur" -f
        fi
}

# Sets `verb`, and for start and run `command`, the index of the command's first word.
__jobctl_parse() {
        local i word

        verb='' command=0
        for ((i = 1; i < COMP_CWORD; i++)); do
                word=${COMP_WORDS[i]}
                case $word in
                --) [[ $verb == start || $verb == run ]] && command=$((i + 1)) && return ;;
                # bash takes "--option=value" apart at the "="
                --*) [[ ${COMP_WORDS[i + 1]-} == = ]] && i=$((i + 2)) ;;
                -n | -C | -E | -t | -H | -p | -s)
                        i=$((i + 1))
                        [[ ${COMP_WORDS[i + 1]-} == = ]] && i=$((i + 2))
                        ;;
                -*) ;;
                *)
                        if [[ -z $verb ]]; then
                                verb=$word
                        elif [[ $verb == start || $verb == run ]]; then
                                command=$i
                                return
                        fi
                        ;;
                esac
        done
        if [[ ($verb == start || $verb == run) && ${COMP_WORDS[COMP_CWORD]} != -* ]]; then
                command=$COMP_CWORD
        fi
}

__jobctl_options() {
        local start='--name= --working-directory= --setenv= --clean-env --umask= --input= --timeout= --stop-timeout=
                --success-exit-status= --nice= --output-limit= --output-full= --kill-signal= --merge-output --memory-max= --memory-high= --tasks-max=
                --cpu-weight= --cpu-quota= --io-weight= --private-network --private-tmp --protect-system= --protect-home=
                --no-new-privileges --uid= --gid= --property='
        local filters='--state= --has-more-data --newest= --before= --after= --command= --name= --owner= --children'
        local global='--host= --json= --no-legend --no-pager --no-ask-password --quiet --help --version'

        case $1 in
        start) echo "$start --each= --each-from= --null --isolate --parallel= $global" ;;
        run) echo "$start --keep --detach-on-interrupt $global" ;;
        list) echo "--all-users --long $filters $global" ;;
        show) echo "--property= --value $filters $global" ;;
        status) echo "$filters $global" ;;
        receive) echo "--keep --follow --wait --remove --stream= --output= $filters $global" ;;
        wait) echo "--any --timeout= --force $filters $global" ;;
        stop | suspend | resume) echo "--no-wait --dry-run $filters $global" ;;
        kill) echo "--signal= --all --dry-run $filters $global" ;;
        set) echo "--parallel= $filters $global" ;;
        remove) echo "--force --dry-run $filters $global" ;;
        *) echo "$global" ;;
        esac
}

_jobctl() {
        local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD - 1]} verb command
        local verbs='start run list show status receive wait stop kill set suspend resume remove monitor'

        COMPREPLY=()
        __jobctl_parse
        if ((command > 0 && command < COMP_CWORD)); then
                __jobctl_command "$command" "$cur"
                return
        elif [[ $cur == = ]]; then
                __jobctl_value "$prev" ''
                return
        elif [[ $prev == = ]]; then
                __jobctl_value "${COMP_WORDS[COMP_CWORD - 2]}" "$cur"
                return
        fi
        __jobctl_value "$prev" "$cur" && return
        if [[ $cur == -* ]]; then
                __jobctl_words "$cur" "$(__jobctl_options "$verb")"
                return
        fi
        case $verb in
        '') __jobctl_words "$cur" "$verbs help version" ;;
        help) __jobctl_words "$cur" "$verbs" ;;
        start | run) __jobctl_command "$command" "$cur" ;;
        stop | kill | set) __jobctl_jobs "$cur" --state=NotStarted,Running,Blocked,Suspending,Suspended,Disconnected,Stopping ;;
        suspend) __jobctl_jobs "$cur" --state=Running,Blocked,Disconnected ;;
        resume) __jobctl_jobs "$cur" --state=Suspending,Suspended ;;
        receive) __jobctl_jobs "$cur" --has-more-data ;;
        list | show | status | wait | remove | monitor) __jobctl_jobs "$cur" ;;
        esac
}

complete -F _jobctl jobctl
