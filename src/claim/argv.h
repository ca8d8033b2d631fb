/* Command lines taken apart: the way the C run-time does it for a program (CommandLineToArgvW), and
 * the way the command interpreter does it before it starts one. Texts are WTF-8. Tokens live in the
 * caller's arena or are views of the line; bounded by DR_ARGV_MAX_TOKENS and DR_ARGV_MAX_BYTES. */
#ifndef DR_CLAIM_ARGV_H
#define DR_CLAIM_ARGV_H

#include "base/arena.h"
#include "base/status.h"
#include "base/str.h"

typedef struct argv_token {
    dr_str text; /* quotes and escapes resolved */
    dr_str raw;  /* as it stands in the line, quotes and all */
    bool quoted; /* some of it stood in quotes */
} argv_token;

typedef struct argv {
    dr_str line;
    const argv_token *tokens;
    size_t n;
    bool cut; /* a limit was hit: there was more */
} argv;

/* The whole line of a process: [0] is its program. IMAGE is the path of the program as the system
 * recorded it, or empty: with it an unquoted path with spaces is one token. Returns DR_NOMEM only. */
dr_status argv_split(dr_arena *arena, dr_str line, dr_str image, argv *out) DR_MUST_CHECK;
/* Arguments alone: every token is an ordinary one. */
dr_status argv_split_arguments(dr_arena *arena, dr_str text, argv *out) DR_MUST_CHECK;
/* Quotes TEXT so that argv_split_arguments gives it back as one token. */
dr_str argv_quote(dr_arena *arena, dr_str text);

/* One command of a line of the command interpreter. */
typedef struct argv_part {
    dr_str text;    /* carets resolved, redirections, `@` and parentheses off */
    dr_str raw;
    char before;    /* what joins it to the part before: 0 (first), '&', 'a' (&&), '|', 'o' (||) */
    dr_str output;  /* file that its output goes to, empty for none */
    bool undecoded; /* holds what only the interpreter knows: %VAR:~a,b%, !VAR!, %VAR% */
} argv_part;

typedef struct argv_parts {
    const argv_part *parts;
    size_t n;
    bool cut;
} argv_parts;

dr_status argv_split_shell(dr_arena *arena, dr_str line, argv_parts *out) DR_MUST_CHECK;

/* `-` and `/` and what looks like the first: hyphen, en and em dash, horizontal bar, minus. The
 * length of such a character at the start of S, 0 for none. */
size_t argv_switch_mark(dr_str s);

#endif
