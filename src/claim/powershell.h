/* PowerShell text read far enough to find the commands in it with their arguments. It is no parser of
 * the language: expressions are walked over for the sake of brackets, and commands inside brackets are
 * found. Variables are not followed: what holds one is marked unknown. Commands inside the body of a
 * function count as defined, unless the same text calls that function. Bounded by DR_SCRIPT_MAX_BYTES,
 * DR_SCRIPT_MAX_DEPTH and DR_UNWRAP_MAX_COMMANDS. */
#ifndef DR_CLAIM_POWERSHELL_H
#define DR_CLAIM_POWERSHELL_H

#include "claim/command.h"

/* One argument: `-Name`, `-Name:value` or a value (a list of several, a hashtable). */
typedef struct ps_argument {
    dr_str name;  /* without dash; empty: a value alone */
    bool colon;   /* -Name:value */
    const command_value *values;
    size_t n;
    dr_str text;  /* as one word, for programs: quotes resolved */
    dr_str raw;
    bool quoted;
} ps_argument;

typedef struct ps_command {
    dr_str name;
    bool unknown; /* the name is a variable or an expression */
    bool defined;
    dr_str raw;
    const ps_argument *arguments;
    size_t n;
} ps_command;

typedef struct ps_script {
    const ps_command *commands;
    size_t n;
    bool cut;
} ps_script;

dr_status ps_parse(dr_arena *arena, dr_str text, ps_script *out) DR_MUST_CHECK;

#endif
