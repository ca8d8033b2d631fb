# Layers: which folder of src/ may include what. Reads #include lines of the files given and prints
# those that the table forbids. Exit status 1 when there is one.
function allow(layer, list,    parts, n, i) {
    known[layer] = 1
    may[layer, layer] = may[layer, "base"] = 1
    n = split(list, parts, " ")
    for (i = 1; i <= n; i++)
        may[layer, parts[i]] = 1
}
# A library header that only certain files may include.
function keep(header, where) {
    place[header] = where
}
BEGIN {
    allow("base", "")
    allow("io", "")
    allow("format", "")
    allow("artefact", "io format")
    allow("fact", "")
    allow("entity", "fact")
    allow("coverage", "fact entity")
    allow("claim", "fact entity")
    allow("reason", "claim coverage entity fact")
    allow("casedb", "reason claim coverage entity fact artefact")
    allow("view", "reason claim coverage entity fact")
    allow("lib", "view casedb reason claim coverage entity fact artefact format io didrun.h")
    allow("cli", "didrun.h")
    delete may["cli", "base"]
    # What is said about a record and about a recorder's counts is shared above the decoders.
    one["fact", "artefact/record.h"] = one["fact", "artefact/census.h"] = 1
    one["coverage", "artefact/record.h"] = one["coverage", "artefact/census.h"] = 1

    keep("openssl/", "^src/base/hash\\.c$")
    keep("xxhash.h", "^src/base/map\\.c$")
    keep("archive", "^src/io/")
    keep("yaml.h", "^src/fact/yaml\\.c$")
    keep("pcre2.h", "^src/fact/")
    keep("sqlite3.h", "^src/casedb/")
    keep("pthread.h", "^src/base/")
    keep("threads.h", "^src/base/")
    keep("unistd.h", "^src/(base/os_|cli/)")
    keep("fcntl.h", "^src/(base/os_|cli/)")
    keep("dirent.h", "^src/(base/os_|cli/)")
    keep("sys/", "^src/(base/os_|cli/)")
    keep("locale.h", "^src/(cli|io)/")
    keep("setjmp.h", "^never$")
}
FNR == 1 {
    split(FILENAME, path, "/")
    layer = path[2]
    if (!(layer in known)) {
        printf "%s: a folder that is no layer\n", FILENAME
        bad = 1
    }
}
/^[ \t]*#[ \t]*include[ \t]*"/ {
    name = $0
    sub(/^[^"]*"/, "", name)
    sub(/".*/, "", name)
    target = name
    sub(/\/.*/, "", target)
    if (name ~ /\.\./)
        why = "no relative paths"
    else if (!((layer, target) in may) && !((layer, name) in one))
        why = layer " may not include it"
    else
        next
    printf "%s:%d: \"%s\": %s\n", FILENAME, FNR, name, why
    bad = 1
}
/^[ \t]*#[ \t]*include[ \t]*</ {
    name = $0
    sub(/^[^<]*</, "", name)
    sub(/>.*/, "", name)
    for (header in place)
        if (index(name, header) == 1 && FILENAME !~ place[header]) {
            printf "%s:%d: <%s> belongs to %s\n", FILENAME, FNR, name, place[header]
            bad = 1
        }
}
END { exit bad }
