/* From what was recorded (a process, a script, a bound command) to the commands in it. A wrapper's
 * process is a command, and so is what it names, one level deeper: that one is a mention, whose own
 * process would be a child. Wrapping is followed DR_UNWRAP_MAX_DEPTH deep, DR_UNWRAP_MAX_COMMANDS in
 * all. Everything lives in the caller's arena or is a view of what was given. */
#ifndef DR_CLAIM_COMMAND_H
#define DR_CLAIM_COMMAND_H

#include "claim/argv.h"
#include "claim/tools.h"

typedef enum command_kind { COMMAND_PROGRAM, COMMAND_CMDLET } command_kind;

typedef enum command_how {
    COMMAND_PROCESS, /* the process itself, or the record of a command that was carried out */
    COMMAND_WRAPPED  /* named in a wrapper or a script */
} command_how;

/* One value of a cmdlet's argument. */
typedef struct command_value {
    dr_str text;  /* quotes and escapes resolved */
    dr_str key;   /* in a hashtable: its key; else empty */
    bool unknown; /* a variable or an expression: what it was cannot be told */
} command_value;

typedef struct command_param {
    dr_str name; /* without dash, as written; empty: a positional argument */
    const command_value *values;
    size_t n;
    bool bound;  /* -Name:value, or from a record of bindings: the values are this parameter's for sure */
    bool listed; /* values[0] is the text as recorded, its items follow: a list, or a text with commas */
} command_param;

typedef struct command command;
struct command {
    command_kind kind;
    command_how how;
    int depth;      /* wrappers around it */
    size_t parent;  /* index of the wrapper, or of the command in whose script block it is sent; SIZE_MAX for none */
    dr_str raw;     /* as recorded, or decoded where it was encoded */
    dr_str host;    /* given by the wrapper or the tool's own switch: where the effect would be; empty: here */
    bool domain;    /* on a domain controller */
    bool defined;   /* inside the definition of a function: nothing says that it ran */
    bool bound;     /* from a record of a command that was carried out, parameters as bound */
    bool dry;       /* only shows what would be done (-WhatIf) */
    bool undecoded; /* holds what could not be resolved */
    bool builtin;   /* carried out by the interpreter itself: has no process of its own */
    bool renamed;   /* the program's file bears another name than it was built with */
    /* program */
    const tool *tool; /* NULL: not one of tools.yml */
    dr_str program;   /* as named */
    const argv_token *tokens; /* arguments, without the program */
    size_t n_tokens;
    /* cmdlet */
    dr_str name; /* aliases resolved, module off */
    const cmdlet *cmdlet; /* NULL: not known */
    const command_param *params;
    size_t n_params;
};

typedef struct command_list {
    const command *commands; /* outermost first */
    size_t n;
    bool cut; /* a limit was hit */
} command_list;

/* A process: any of the texts may be empty. */
dr_status command_of_process(const toolset *tools, dr_arena *arena, dr_str image, dr_str original_name, dr_str line,
                             command_list *out) DR_MUST_CHECK;
/* A command line without a process: typed, an autostart value, a task's action, a WMI consumer's template. */
dr_status command_of_line(const toolset *tools, dr_arena *arena, dr_str line, command_list *out) DR_MUST_CHECK;
/* PowerShell text: a script block, a line of history. */
dr_status command_of_script(const toolset *tools, dr_arena *arena, dr_str text, command_list *out) DR_MUST_CHECK;
/* What a record of carried out commands holds: lines KIND(Name): "Name" and KIND(Name): name="P"; value="V"
 * (4103 payload, 800 details). Labels are localised: the structure is matched, not the words. */
dr_status command_of_bindings(const toolset *tools, dr_arena *arena, dr_str text, command_list *out) DR_MUST_CHECK;

#endif
