# Completion of didrun for bash. Made by tools/make-completions.sh.
_didrun()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} options=
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
        COMPREPLY=($(compgen -W 'examine verdicts explain coverage check programs timeline find parse rules doctor note' -- "$word"))
        return
    fi
    case ${COMP_WORDS[1]} in
    examine) options='--from --to --last --tz --host --claim --verdict --output -o --overwrite -C --into --rules --data --threads --all --json --quiet -q --verbose -v --no-color --progress' ;;
    verdicts) options='--from --to --last --tz --host --claim --verdict --rules --data --threads --all --csv --json --quiet -q --verbose -v --no-color --progress' ;;
    explain) options='--from --to --last --tz --host --claim --verdict --rules --data --threads --all --json --quiet -q --verbose -v --no-color --progress' ;;
    coverage) options='--from --to --last --host --rules --data --threads --all --damage --json --quiet -q --verbose -v --no-color --progress' ;;
    check) options='--from --to --last --tz --host --claim --at --rules --data --threads --all --json --quiet -q --verbose -v --no-color --progress' ;;
    programs) options='--from --to --last --tz --host --claim --verdict --rules --data --threads --all --limit --csv --json --quiet -q --verbose -v --no-color --progress' ;;
    timeline) options='--from --to --last --tz --host --rules --data --threads --all --csv --json --quiet -q --verbose -v --no-color --progress' ;;
    find) options='--from --to --last --tz --host --rules --data --threads --all --csv --json --quiet -q --verbose -v --no-color --progress' ;;
    parse) options='--xml --offsets --recovered --key --data --threads --json --quiet -q --verbose -v --no-color --progress' ;;
    rules) options='--rules --data --threads --json --quiet -q --verbose -v --no-color --progress' ;;
    doctor) options='--rules --data --threads --json --quiet -q --verbose -v --no-color --progress' ;;
    note) options='--accept --dispute --by --remove --threads --json --quiet -q --verbose -v --no-color --progress' ;;
    esac
    case $before in
    --rules | --data)
        COMPREPLY=($(compgen -d -- "$word"))
        return
        ;;
    --verdict)
        COMPREPLY=($(compgen -W 'conflicting achieved-persists achieved-removed achieved blocked failed-to-start other-effect failed persists no-effect crashed ran attempted not-recorded present unsupported' -- "$word"))
        return
        ;;
    --claim)
        COMPREPLY=($(compgen -W "$(didrun rules list --json 2>/dev/null | sed -n 's/.*"id":"\([a-z0-9-]*\)".*/\1/p')" -- "$word"))
        return
        ;;
    --from | --to | --tz | --host | --at | --threads | --key) return ;;
    esac
    if [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$word"))
    elif [[ ${COMP_WORDS[1]} == rules && COMP_CWORD -eq 2 ]]; then
        COMPREPLY=($(compgen -W 'list show check test' -- "$word"))
    else
        COMPREPLY=($(compgen -f -- "$word"))
    fi
}
complete -o filenames -F _didrun didrun
