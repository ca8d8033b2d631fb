#!/bin/sh
# make-man.sh DIDRUN VERB OUT: the manual page of a verb, made of what the command says of itself.
set -eu
didrun=$1
verb=$2
out=$3
shown=$("$didrun" --help | sed -n "s/^  $verb  *\\([^ ].*\\)\$/\\1/p" | head -1)
"$didrun" "$verb" --help | sed 's/\\/\\e/g; s/-/\\-/g' | awk -v verb="$verb" -v shown="$shown" '
# A line of its own must not begin as a request does.
function text(line) { if (line ~ /^[.\x27]/) line = "\\&" line; print line }
BEGIN {
    gsub(/-/, "\\-", shown)
    printf ".\\\" Made by tools/make-man.sh.\n.TH DIDRUN-%s 1 \"\" \"didrun\" \"User Commands\"\n", toupper(verb)
    printf ".SH NAME\ndidrun\\-%s \\- %s\n", verb, shown
    part = "examples"
}
part == "examples" && /^$/ { part = "synopsis"; next }
part == "examples" { examples = examples substr($0, 3) "\n"; next }
part == "synopsis" && $0 ~ "^didrun " verb { synopsis = synopsis $0 "\n"; next }
part == "synopsis" {
    printf ".SH SYNOPSIS\n.nf\n%s.fi\n.SH EXAMPLES\n.nf\n%s.fi\n.SH DESCRIPTION\n", synopsis, examples
    part = "description"
}
/^$/ { next }
/:$/ && !/^ / && !/^didrun/ { sub(/:$/, ""); sub(/ \(of these.*/, ""); printf ".SH %s\n", toupper($0); if ($0 == "Which") print "Of these, those that the verb has:"; next }
/^  +[^ ]/ && match($0, /[^ ]  +[^ ]/) { # "  -o, --output CASE   what it does"
    name = substr($0, 1, RSTART)
    sub(/^ +/, "", name)
    printf ".TP\n.B \"%s\"\n", name
    text(substr($0, RSTART + RLENGTH - 1))
    listed = 1
    next
}
listed && !/^ / { print ".PP"; listed = 0 }
{ sub(/^ +/, ""); text($0) }
END { printf ".SH SEE ALSO\n.BR didrun (1)\n" }' >"$out.new"
mv "$out.new" "$out"
