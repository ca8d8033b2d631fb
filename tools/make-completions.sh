#!/bin/sh
# make-completions.sh DIDRUN FOLDER: writes the completions for bash, zsh and fish anew. Verbs and options
# are those that the command takes: it is asked, verb by verb and option by option.
set -eu
didrun=$1
folder=$2
root=$(dirname "$0")/..
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$didrun" --help | sed -n 's/^  \([a-z][a-z]*\)  *\([^ ].*\)$/\1 \2/p' | awk '$1 != "didrun"' >"$work/verbs"
known=$(grep -oE '^    \{ "[a-z-]+", ' "$root/src/cli/options.c" | grep -oE '[a-z-]+')
letters=$(grep -oE "^    \{ \"[a-z-]+\", '.'" "$root/src/cli/options.c" | sed -E "s/.*\"([a-z-]+)\", '(.)'/\1 \2/")
while read -r verb shown; do
    for option in $known; do
        said=$("$didrun" "$verb" "--$option=x" --no-such-option 2>&1 | head -1) || true
        letter=$(printf '%s\n' "$letters" | awk -v o="$option" '$1 == o { print $2 }')
        case $said in
        *"no value belongs to"*) echo "$verb $option flag ${letter:--}" ;;
        *"there is no option '--no-such-option'"*) echo "$verb $option value ${letter:--}" ;;
        *"there is no option '--$option=x'"*) ;;
        *) echo "make-completions.sh: $verb --$option: $said" >&2; exit 1 ;;
        esac
    done
done <"$work/verbs" >"$work/options"

verbs=$(awk '{ printf "%s%s", sep, $1; sep = " " }' "$work/verbs")
# Options of a verb: all, or those with a value, or (with dashes) as one list.
options_of() { awk -v v="$1" -v kind="${2:-}" '$1 == v && (kind == "" || $3 == kind) { printf "%s--%s", sep, $2; sep = " " }
    $1 == v && $4 != "-" && (kind == "" || $3 == kind) { printf "%s-%s", sep, $4; sep = " " }' "$work/options"; }

{
    echo "# Completion of didrun for bash. Made by tools/make-completions.sh."
    cat <<'END'
_didrun()
{
    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} options=
    COMPREPLY=()
    if ((COMP_CWORD == 1)); then
END
    echo "        COMPREPLY=(\$(compgen -W '$verbs' -- \"\$word\"))"
    echo "        return"
    echo "    fi"
    echo "    case \${COMP_WORDS[1]} in"
    for verb in $verbs; do
        echo "    $verb) options='$(options_of "$verb")' ;;"
    done
    cat <<'END'
    esac
    case $before in
    --rules | --data)
        COMPREPLY=($(compgen -d -- "$word"))
        return
        ;;
    --verdict)
END
    words=$(sed -n '/words\[WORD_COUNT\]/,/};/p' "$root/src/claim/states.c" | grep -oE '"[a-z-]+"' | tr -d '"' | tr '\n' ' ')
    echo "        COMPREPLY=(\$(compgen -W '${words% }' -- \"\$word\"))"
    cat <<'END'
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
END
} >"$folder/didrun.bash"

{
    echo "#compdef didrun"
    echo "# Completion of didrun for zsh. Made by tools/make-completions.sh."
    cat <<'END'
_didrun()
{
    local -a verbs
    verbs=(
END
    while read -r verb shown; do
        echo "        '$verb:$(printf '%s' "$shown" | sed "s/:/\\\\:/g; s/'//g")'"
    done <"$work/verbs"
    cat <<'END'
    )
    if (( CURRENT == 2 )); then
        _describe verb verbs
        return
    fi
    case $words[2] in
END
    for verb in $verbs; do
        echo "    $verb)"
        echo "        _arguments '1:verb:' \\"
        awk -v v="$verb" '$1 == v {
            after = $3 == "flag" ? "" : $2 == "rules" || $2 == "data" ? ":folder:_files -/" : $2 == "output" || $2 == "into" ? ":file:_files" : ":" $2 ":"
            printf "            \"*--%s%s\" \\\n", $2, after
            if ($4 != "-")
                printf "            \"*-%s%s\" \\\n", $4, after
        }' "$work/options" | sed "s/\"/'/g"
        echo "            '*:file:_files'"
        echo "        ;;"
    done
    echo "    esac"
    echo "}"
    echo '_didrun "$@"'
} >"$folder/_didrun"

{
    echo "# Completion of didrun for fish. Made by tools/make-completions.sh."
    while read -r verb shown; do
        echo "complete -c didrun -n __fish_use_subcommand -f -a $verb -d '$(printf '%s' "$shown" | sed "s/'//g")'"
    done <"$work/verbs"
    awk '{
        printf "complete -c didrun -n \"__fish_seen_subcommand_from %s\" -l %s", $1, $2
        if ($4 != "-")
            printf " -s %s", $4
        if ($3 == "value")
            printf "%s", $2 == "rules" || $2 == "data" || $2 == "output" || $2 == "into" ? " -r" : " -x"
        printf "\n"
    }' "$work/options"
} >"$folder/didrun.fish"
