#include "cli/options.h"

#include "cli/help.h"
#include "cli/near.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const verb_names[CLI_VERB_COUNT] = {
    [CLI_EXAMINE] = "examine", [CLI_VERDICTS] = "verdicts", [CLI_EXPLAIN] = "explain",
    [CLI_COVERAGE] = "coverage", [CLI_CHECK] = "check",     [CLI_PROGRAMS] = "programs",
    [CLI_TIMELINE] = "timeline", [CLI_FIND] = "find",       [CLI_PARSE] = "parse",
    [CLI_RULES] = "rules",         [CLI_DOCTOR] = "doctor",     [CLI_NOTE] = "note",
};

const char *cli_verb_name(cli_verb verb)
{
    return verb_names[verb];
}

typedef enum option_kind { OPTION_FLAG, OPTION_VALUE, OPTION_LIST } option_kind;

enum {
    LISTS = 1u << CLI_EXAMINE | 1u << CLI_VERDICTS | 1u << CLI_EXPLAIN | 1u << CLI_PROGRAMS,
    FACTS = 1u << CLI_TIMELINE | 1u << CLI_FIND,
    RUNS = LISTS | FACTS | 1u << CLI_COVERAGE | 1u << CLI_CHECK,
    EVERY = (1u << CLI_VERB_COUNT) - 1
};

typedef struct option {
    const char *name;
    char letter; /* 0: none */
    option_kind kind;
    unsigned verbs;
    size_t field;
} option;

#define FIELD(name) offsetof(cli_options, name)

static const option options[] = {
    { "from", 0, OPTION_VALUE, RUNS, FIELD(from) },
    { "to", 0, OPTION_VALUE, RUNS, FIELD(to) },
    { "last", 0, OPTION_VALUE, RUNS, FIELD(last) },
    { "tz", 0, OPTION_VALUE, RUNS & ~(1u << CLI_COVERAGE), FIELD(tz) },
    { "host", 0, OPTION_VALUE, RUNS, FIELD(host) },
    { "claim", 0, OPTION_LIST, LISTS | 1u << CLI_CHECK, FIELD(claims) },
    { "verdict", 0, OPTION_LIST, LISTS, FIELD(words) },
    { "at", 0, OPTION_VALUE, 1u << CLI_CHECK, FIELD(at) },
    { "xml", 0, OPTION_FLAG, 1u << CLI_PARSE, FIELD(xml) },
    { "offsets", 0, OPTION_FLAG, 1u << CLI_PARSE, FIELD(offsets) },
    { "recovered", 0, OPTION_FLAG, 1u << CLI_PARSE, FIELD(recovered) },
    { "key", 0, OPTION_VALUE, 1u << CLI_PARSE, FIELD(key) },
    { "output", 'o', OPTION_VALUE, 1u << CLI_EXAMINE, FIELD(output) },
    { "overwrite", 'C', OPTION_FLAG, 1u << CLI_EXAMINE, FIELD(overwrite) },
    { "into", 0, OPTION_VALUE, 1u << CLI_EXAMINE, FIELD(into) },
    { "rules", 0, OPTION_LIST, EVERY & ~(1u << CLI_PARSE | 1u << CLI_NOTE), FIELD(rules) },
    { "data", 0, OPTION_LIST, EVERY & ~(1u << CLI_NOTE), FIELD(data) },
    { "accept", 0, OPTION_FLAG, 1u << CLI_NOTE, FIELD(accept) },
    { "dispute", 0, OPTION_FLAG, 1u << CLI_NOTE, FIELD(dispute) },
    { "by", 0, OPTION_VALUE, 1u << CLI_NOTE, FIELD(by) },
    { "remove", 0, OPTION_VALUE, 1u << CLI_NOTE, FIELD(remove) },
    { "threads", 0, OPTION_VALUE, EVERY, FIELD(threads) },
    { "all", 0, OPTION_FLAG, RUNS, FIELD(all) },
    { "limit", 0, OPTION_VALUE, 1u << CLI_PROGRAMS, FIELD(limit) },
    { "csv", 0, OPTION_FLAG, 1u << CLI_VERDICTS | 1u << CLI_PROGRAMS | 1u << CLI_TIMELINE | 1u << CLI_FIND, FIELD(csv) },
    { "damage", 0, OPTION_FLAG, 1u << CLI_COVERAGE, FIELD(damage) },
    { "json", 0, OPTION_FLAG, EVERY, FIELD(json) },
    { "quiet", 'q', OPTION_FLAG, EVERY, FIELD(quiet) },
    { "verbose", 'v', OPTION_FLAG, EVERY, FIELD(verbose) },
    { "no-color", 0, OPTION_FLAG, EVERY, FIELD(no_color) },
    { "progress", 0, OPTION_FLAG, EVERY, FIELD(progress) },
};

enum { OPTION_COUNT = sizeof options / sizeof options[0] };

static const option *option_named(const char *name, size_t n)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (strlen(options[i].name) == n && memcmp(options[i].name, name, n) == 0)
            return &options[i];
    }
    return NULL;
}

static const option *option_lettered(char letter)
{
    for (size_t i = 0; letter && i < OPTION_COUNT; i++) {
        if (options[i].letter == letter)
            return &options[i];
    }
    return NULL;
}

static int out_of_memory(void)
{
    fputs("didrun: out of memory\n", stderr);
    return CLI_FAILED;
}

int cli_strings_add(cli_strings *list, const char *item)
{
    const char **more = realloc(list->p, (list->n + 2) * sizeof *more);
    if (!more)
        return out_of_memory();
    list->p = more;
    list->p[list->n++] = item;
    list->p[list->n] = NULL;
    return 0;
}

const char *const *cli_array(const cli_strings *list)
{
    static const char *const none[] = { NULL };
    return list->p ? list->p : none;
}

static int wrong(cli_verb verb, const char *why, const char *text, const char *meant)
{
    fprintf(stderr, "didrun: %s '%s'", why, text);
    if (meant)
        fprintf(stderr, "; did you mean %s?", meant);
    if (verb < CLI_VERB_COUNT)
        fprintf(stderr, "\nTry: didrun %s --help\n", verb_names[verb]);
    else
        fputs("\nTry: didrun --help\n", stderr);
    return CLI_USAGE;
}

static int unknown_option(cli_verb verb, const char *text)
{
    const char *names[OPTION_COUNT];
    char name[64], meant[64];
    size_t n = 0;
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        if (options[i].verbs & 1u << verb)
            names[n++] = options[i].name;
    }
    const char *bare = text + strspn(text, "-");
    snprintf(name, sizeof name, "%.*s", (int)strcspn(bare, "="), bare);
    const char *near = near_word(name, names, n);
    if (near)
        snprintf(meant, sizeof meant, "--%s", near);
    return wrong(verb, "there is no option", text, near ? meant : NULL);
}

static int set(cli_options *out, const option *o, const char *value)
{
    char *at = (char *)out + o->field;
    switch (o->kind) {
    case OPTION_FLAG:
        *(bool *)(void *)at = true;
        return 0;
    case OPTION_VALUE:
        *(const char **)(void *)at = value;
        return 0;
    case OPTION_LIST:
        break;
    }
    return cli_strings_add((cli_strings *)(void *)at, value);
}

static int find_verb(const char *text, cli_verb *verb)
{
    for (cli_verb v = 0; v < CLI_VERB_COUNT; v++) {
        if (strcmp(text, verb_names[v]) == 0) {
            *verb = v;
            return 0;
        }
    }
    if (text[0] == '-')
        return wrong(CLI_VERB_COUNT, "a verb comes first, not", text, NULL);
    return wrong(CLI_VERB_COUNT, "there is no verb", text, near_word(text, verb_names, CLI_VERB_COUNT));
}

/* The value of an option that was found in argv[*i]: what is glued to it, else the next argument. */
static int take_value(cli_options *out, const option *o, const char *glued, int argc, char **argv, int *i)
{
    if (glued)
        return set(out, o, glued);
    if (*i + 1 >= argc)
        return wrong(out->verb, "a value is missing after", argv[*i], NULL);
    return set(out, o, argv[++*i]);
}

static int take_long(cli_options *out, int argc, char **argv, int *i)
{
    const char *text = argv[*i];
    size_t n = strcspn(text + 2, "=");
    const char *glued = text[2 + n] == '=' ? text + 3 + n : NULL;
    const option *o = option_named(text + 2, n);
    if (!o || !(o->verbs & 1u << out->verb))
        return unknown_option(out->verb, text);
    if (o->kind != OPTION_FLAG)
        return take_value(out, o, glued, argc, argv, i);
    return glued ? wrong(out->verb, "no value belongs to", text, NULL) : set(out, o, NULL);
}

/* -q, -qv, -oFILE, -o FILE */
static int take_short(cli_options *out, int argc, char **argv, int *i)
{
    int status = 0;
    for (const char *c = argv[*i] + 1; *c && status == 0; c++) {
        const option *o = option_lettered(*c);
        if (!o || !(o->verbs & 1u << out->verb))
            return unknown_option(out->verb, argv[*i]);
        if (o->kind != OPTION_FLAG)
            return take_value(out, o, c[1] ? c + 1 : NULL, argc, argv, i);
        status = set(out, o, NULL);
    }
    return status;
}

int cli_parse(cli_options *out, int argc, char **argv)
{
    *out = (cli_options){ 0 };
    if (argc < 2) {
        help_main(stderr);
        return CLI_USAGE;
    }
    const char *first = argv[1];
    if (strcmp(first, "--help") == 0 || strcmp(first, "-h") == 0 || strcmp(first, "help") == 0) {
        cli_verb verb;
        if (argc > 2) {
            int status = find_verb(argv[2], &verb);
            if (status)
                return status;
            help_verb(stdout, verb);
        } else {
            help_main(stdout);
        }
        return -1;
    }
    if (strcmp(first, "--version") == 0 || strcmp(first, "version") == 0) {
        help_version(stdout);
        return -1;
    }
    int status = find_verb(first, &out->verb);
    for (int i = 2; status == 0 && i < argc; i++) {
        const char *text = argv[i];
        if (strcmp(text, "--help") == 0 || strcmp(text, "-h") == 0) {
            help_verb(stdout, out->verb);
            return -1;
        }
        if (strcmp(text, "--") == 0) {
            while (status == 0 && ++i < argc)
                status = cli_strings_add(&out->arguments, argv[i]);
        } else if (text[0] == '-' && text[1] != 0) {
            status = text[1] == '-' ? take_long(out, argc, argv, &i) : take_short(out, argc, argv, &i);
        } else {
            status = cli_strings_add(&out->arguments, text);
        }
    }
    return status;
}

void cli_options_free(cli_options *o)
{
    free(o->arguments.p);
    free(o->claims.p);
    free(o->words.p);
    free(o->rules.p);
    free(o->data.p);
    *o = (cli_options){ 0 };
}
