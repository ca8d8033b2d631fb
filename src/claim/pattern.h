/* Usage patterns over the arguments of a program or a cmdlet (docs/rules.md has them for authors).
 *
 *   word          the word itself, without case
 *   /ad[d]        every prefix down to /ad; `-`, `/` and the dashes that look alike are one
 *   <name>        a value; its type says what may stand there. <name>+: one set of bindings a value
 *   <name=globs>  a value that fits one of the texts with wildcards, separated by `|`; <=globs> binds nothing
 *   <name...>     everything from there on, as it stands
 *   (a|b)  [a]    one of; may be missing
 *   (/i)<name>    value glued to the switch, or the next word
 *   Key=<name>    inside one word, `Key= <name>` with or without white space: may stand anywhere
 *   !x            must not be there
 *   [...]         whatever else; inside a word: any text
 *
 * Words without a switch mark stand in order; switches (and keys) anywhere among them. What follows a
 * switch in the pattern, up to the next switch or bracket, is its value. A compiled pattern is
 * read-only. */
#ifndef DR_CLAIM_PATTERN_H
#define DR_CLAIM_PATTERN_H

#include "base/arena.h"
#include "base/status.h"
#include "base/str.h"

typedef enum pattern_type {
    PATTERN_TEXT,
    PATTERN_NAME,
    PATTERN_SID,
    PATTERN_GUID,
    PATTERN_PATH,
    PATTERN_URL,
    PATTERN_HASH,
    PATTERN_NUMBER
} pattern_type;

/* Which parameters there are. <host> is always known: where the effect would be. */
typedef struct pattern_types {
    const void *context;
    bool (*known)(const void *context, dr_str name, pattern_type *type);
} pattern_types;

typedef struct pattern pattern;

typedef struct pattern_binding {
    dr_str name;  /* of the parameter, or "host" */
    dr_str value; /* quotes removed; .p NULL: there is one, but what it is cannot be told (a variable) */
} pattern_binding;

/* One claim's worth of values. */
typedef struct pattern_bindings {
    const pattern_binding *list;
    size_t n;
    bool domain; /* the effect would be on a domain controller */
} pattern_bindings;

struct command;

/* NULL on an error: ERR says what was expected, *COLUMN (0-based, bytes) where. */
const pattern *pattern_compile(dr_arena *arena, dr_str usage, const pattern_types *types, dr_err *err, size_t *column);
/* The same for a cmdlet: 'Verb-Noun [-Param] <a> -Other (x|y) -Table @{Key=<b>} -Flag [...]'. A parameter in brackets
 * before its value may be left out (positional, in the order of the pattern). */
const pattern *pattern_compile_cmdlet(dr_arena *arena, dr_str usage, const pattern_types *types, dr_err *err, size_t *column);
/* Name of the cmdlet that the pattern is for. */
dr_str pattern_cmdlet(const pattern *p);
/* The parameters of tools.yml's own patterns: line, encoded, script, program, arguments. */
extern const pattern_types pattern_tool_types;

/* Matches the arguments of a command (kind as the pattern's). *n is 0 when they do not fit. Commands that
 * are only defined or dry never fit. */
dr_status pattern_match(const pattern *p, const struct command *c, dr_arena *arena, const pattern_bindings **out,
                        size_t *n) DR_MUST_CHECK;

#endif
