/* The command line: verbs, options, positional arguments. Options may stand anywhere; `--` ends
 * them; `--name=value` and `--name value` are equal; short ones may be glued to their value. */
#ifndef DR_CLI_OPTIONS_H
#define DR_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

typedef enum cli_verb {
    CLI_EXAMINE,
    CLI_VERDICTS,
    CLI_EXPLAIN,
    CLI_COVERAGE,
    CLI_CHECK,
    CLI_PROGRAMS,
    CLI_TIMELINE,
    CLI_FIND,
    CLI_PARSE,
    CLI_RULES,
    CLI_DOCTOR,
    CLI_NOTE,
    CLI_VERB_COUNT
} cli_verb;

enum { /* exit status; the highest of 4, 3, 2, 1 wins */
    CLI_DONE = 0,
    CLI_DAMAGE = 1,       /* done, but some evidence was unreadable or damaged */
    CLI_USAGE = 2,        /* wrong usage, or a rule or data file with an error */
    CLI_FAILED = 3,       /* could not finish */
    CLI_CONTRADICTED = 4, /* a finding is contradicted or overclaimed; an example fails */
    CLI_INTERRUPTED = 130
};

typedef struct cli_strings {
    const char **p;
    size_t n;
} cli_strings;

typedef struct cli_options {
    cli_verb verb;
    cli_strings arguments; /* positional, in their order */
    const char *from, *to, *last, *tz, *host, *at, *threads, *key, *output, *into, *by, *remove, *limit;
    cli_strings claims;  /* --claim */
    cli_strings words;   /* --verdict */
    cli_strings rules;   /* --rules */
    cli_strings data;    /* --data */
    bool overwrite, all, json, csv, damage, quiet, verbose, no_color, progress;
    bool xml, offsets, recovered;
    bool accept, dispute;
} cli_options;

/* Fills OUT from the command line behind the program's name. Returns 0, or the exit status after
 * having written why to stderr; -1 when help or the version was asked for and has been printed. */
int cli_parse(cli_options *out, int argc, char **argv);
void cli_options_free(cli_options *options);
/* The strings as an array that ends with NULL. */
const char *const *cli_array(const cli_strings *list);
/* 0, or CLI_FAILED with a message. */
int cli_strings_add(cli_strings *list, const char *item);
const char *cli_verb_name(cli_verb verb);

#endif
