# Words that no text of ours for people uses, because they say more than evidence can: searched in
# the texts of data files (say, title, label, shown, text, effect, alternatives) and in the string
# literals of the layers that speak. Quoted evidence is not ours and is not searched.
function search(text, where,    low, i) {
    low = " " tolower(text) " "
    gsub(/[^a-z0-9]+/, " ", low)
    for (i = 1; i <= n; i++)
        if (index(low, " " barred[i] " ")) {
            printf "%s:%d: \"%s\" in: %s\n", FILENAME, FNR, barred[i], where
            bad = 1
        }
}
BEGIN {
    n = split("executed,successfully,malicious,attacker,is still,no evidence of,clean,confirmed,never ran", barred, ",")
}
FILENAME ~ /\.yml$/ {
    line = $0
    sub(/[ \t]#.*$/, "", line)
    while (match(line, /(say|title|label|shown|text|effect):[ \t]*('([^']|'')*'|"([^"\\]|\\.)*"|[^,}'"][^,}]*)/)) {
        search(substr(line, RSTART, RLENGTH), substr(line, RSTART, RLENGTH))
        line = substr(line, RSTART + RLENGTH)
    }
    if ($0 ~ /^alternatives:/)
        search($0, $0)
    next
}
{
    line = $0
    if (line ~ /^[ \t]*#/)
        next
    while (match(line, /"([^"\\]|\\.)*"/)) {
        search(substr(line, RSTART, RLENGTH), substr(line, RSTART, RLENGTH))
        line = substr(line, RSTART + RLENGTH)
    }
}
END { exit bad }
