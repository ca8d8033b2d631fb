# Functions that the house does not call, and doors that only one folder may use. Comments and
# string literals are left out before looking. Exit status 1 when something is found.
#
# memcpy and memmove in format/ and artefact/ need a comment "bounded: WHY" on the same line or the
# one before it: evidence is copied only where both sizes are known.
function ban(list, where, why,    parts, n, i) {
    n = split(list, parts, " ")
    for (i = 1; i <= n; i++) {
        except[parts[i]] = where
        reason[parts[i]] = why
    }
}
BEGIN {
    ban("strcpy strcat strncpy strncat stpcpy sprintf vsprintf gets strtok strtok_r", "", "unbounded")
    ban("atoi atol atoll atof scanf sscanf fscanf vsscanf", "", "no error can be seen")
    ban("alloca setjmp longjmp system popen execvp execv execl fork", "", "not in this program")
    ban("tolower toupper isalpha isalnum isdigit isspace isupper islower isxdigit isprint setlocale", "", "depends on the locale")
    ban("localtime gmtime mktime strftime ctime asctime", "", "only dr_time.c converts times")
    ban("malloc calloc realloc free strdup strndup asprintf vasprintf reallocarray", "^src/(base|cli)/", "memory comes from base")
    ban("time gettimeofday", "^src/cli/", "now is a parameter")
    ban("clock_gettime", "^src/(base/os_|cli/)", "now is a parameter")
    ban("getenv", "^src/(base/os_|cli/)", "below the command nothing depends on the environment")
    ban("printf fprintf vprintf vfprintf puts fputs putchar perror exit", "^src/(cli/|base/status\\.c)", "nothing below the command prints")
    ban("abort", "^src/base/status\\.c", "damage never aborts")
    ban("fopen open openat mmap", "^src/(base/os_|cli/)", "files are opened by base/os.h")
}
FNR == 1 {
    in_comment = 0
    bounded = 0
}
{
    raw = $0
    code = ""
    if (in_comment) {
        at = index(raw, "*/")
        if (!at) {
            if (raw ~ /bounded:/)
                bounded = FNR
            next
        }
        raw = substr(raw, at + 2)
        in_comment = 0
    }
    if ($0 ~ /bounded:/)
        bounded = FNR
    gsub(/\\\\/, "", raw)
    gsub(/\\"/, "", raw)
    gsub(/'"'/, "", raw)
    gsub(/"[^"]*"/, "\"\"", raw)
    while ((at = index(raw, "/*")) > 0) {
        rest = substr(raw, at + 2)
        end = index(rest, "*/")
        if (!end) {
            raw = substr(raw, 1, at - 1)
            in_comment = 1
            break
        }
        raw = substr(raw, 1, at - 1) " " substr(rest, end + 2)
    }
    sub(/\/\/.*/, "", raw)
    code = raw
    while (match(code, /[A-Za-z_][A-Za-z0-9_]*[ \t]*\(/)) {
        name = substr(code, RSTART, RLENGTH - 1)
        gsub(/[ \t]/, "", name)
        before = RSTART > 1 ? substr(code, RSTART - 1, 1) : ""
        code = substr(code, RSTART + RLENGTH)
        if (before == "." || before == ">")
            continue
        if (name in reason && (except[name] == "" || FILENAME !~ except[name])) {
            printf "%s:%d: %s(): %s\n", FILENAME, FNR, name, reason[name]
            bad = 1
        }
        if ((name == "memcpy" || name == "memmove") && FILENAME ~ /^src\/(format|artefact)\// \
            && bounded != FNR && bounded != FNR - 1) {
            printf "%s:%d: %s() without \"bounded: WHY\"\n", FILENAME, FNR, name
            bad = 1
        }
    }
}
END { exit bad }
