/* Which program is which tool, how wrappers hand a command on, what exit statuses and well-known logon
 * sessions mean: data/tools.yml, compiled. Names of programs stand there and nowhere in code. A toolset
 * is read-only once loaded. */
#ifndef DR_CLAIM_TOOLS_H
#define DR_CLAIM_TOOLS_H

#include "base/arena.h"
#include "base/map.h"
#include "base/status.h"
#include "base/str.h"
#include "claim/pattern.h"

/* How a command that is handed on is read. */
typedef enum tool_language {
    TOOL_LINE,      /* as the command line of a process */
    TOOL_SHELL,     /* by the command interpreter */
    TOOL_POWERSHELL /* by PowerShell */
} tool_language;

/* One way in which a tool hands a command on: `arguments` binds <line> (a command: one value, or
 * all from there on), <encoded> (base64 of UTF-16LE) and <host>. */
typedef struct tool_wrap {
    const pattern *pattern;
    tool_language language;
} tool_wrap;

typedef struct tool_exit {
    int64_t status;
    dr_str meaning; /* done, error, usage, restart, ... */
} tool_exit;

/* A switch of PowerShell's own command line. */
typedef struct tool_switch {
    dr_str name;     /* whole, lower case */
    dr_str shortest; /* shortest prefix that means it */
    const dr_str *other;
    size_t n_other;  /* further spellings ("ep") */
    enum { TOOL_SWITCH_FLAG, TOOL_SWITCH_VALUE, TOOL_SWITCH_COMMAND, TOOL_SWITCH_ENCODED, TOOL_SWITCH_FILE } takes;
} tool_switch;

typedef struct tool {
    dr_str id;
    const dr_str *images;    /* base names, without .exe */
    size_t n_images;
    const dr_str *originals; /* OriginalFileName, without .exe and .mui */
    size_t n_originals;
    const tool_wrap *wraps;
    size_t n_wraps;
    const pattern *const *elsewhere; /* bind <host>: the effect is on another machine */
    size_t n_elsewhere;
    const pattern *domain;    /* NULL, or matches: the effect is on a domain controller */
    const dr_str *values;     /* switches that take the next token as their value, lower case, without mark */
    size_t n_values;
    const tool_exit *exits;
    size_t n_exits;
    bool shell;               /* the command interpreter: what follows /c, /k or /r */
    const dr_str *shell_run;  /* its letters: c, k, r */
    size_t n_shell_run;
    const tool_switch *switches; /* PowerShell's own */
    size_t n_switches;
    bool powershell;
    bool bare_file;           /* a first word without a switch is a file, not a command */
    bool builtin;             /* of the command interpreter: makes no process of its own */
    bool title;               /* a quoted first word is a title */
    bool split;               /* quoted words are several */
} tool;

typedef struct cmdlet {
    dr_str name;
    const dr_str *aliases;
    size_t n_aliases;
    const dr_str *parameters; /* all that are known, whole names; empty: not known */
    const dr_str *other;      /* beside each: its alias, or empty */
    size_t n_parameters;
    bool domain;              /* acts on a domain controller */
} cmdlet;

/* A cmdlet that hands a command on: binds <line> (a command line), <script> (PowerShell), or <program> with
 * <arguments>. */
typedef struct cmdlet_wrap {
    dr_str name;
    const pattern *pattern;
} cmdlet_wrap;

typedef struct toolset toolset;

/* FILE is the name for messages. */
dr_status toolset_load(dr_arena *arena, dr_str file, dr_str text, toolset **out, dr_err *err) DR_MUST_CHECK;

const tool *toolset_find(const toolset *set, dr_str id);
/* The tool that a process is: by OriginalFileName where there is one, else by the base name of its
 * image. *renamed (may be NULL): the two name different programs. NULL: none that is known. */
const tool *toolset_of_process(const toolset *set, dr_str image, dr_str original_name, bool *renamed);
/* The tool that a word of a command line names (any path, .exe or not). */
const tool *toolset_of_word(const toolset *set, dr_str word);
/* The logon ids of the system's own sessions: 0x3e7, 0x3e4, 0x3e5. */
bool toolset_service_logon(const toolset *set, dr_str logon_id);
/* A process that Windows itself starts beside another one (console host, fault reporter): as a child it
 * shows nothing of its parent's code. */
bool toolset_companion_process(const toolset *set, dr_str image);
/* What a status of this tool means, empty when not said. STATUS as recorded, decimal or hexadecimal. */
dr_str toolset_exit_meaning(const tool *t, dr_str status);
/* A cmdlet by name or alias, without case and without its module; NULL: none that is known. */
const cmdlet *toolset_cmdlet(const toolset *set, dr_str name);
/* Ways in which cmdlets hand a command on, all of them. */
const cmdlet_wrap *toolset_cmdlet_wraps(const toolset *set, size_t *n);
/* Is the cmdlet one that acts on a domain controller? */
bool toolset_domain_cmdlet(const toolset *set, dr_str name);
/* A name that means the very machine: localhost, ".", ... */
bool toolset_local_host(const toolset *set, dr_str name);
/* The parameter's own name where NAME is its alias, else NAME. */
dr_str cmdlet_parameter(const cmdlet *c, dr_str name);
/* Does the parameter take no value? C (may be NULL) says what a shortened name means. */
bool toolset_flag_parameter(const toolset *set, const cmdlet *c, dr_str name);
/* Parameters that name another machine, and that only show what would be done. A beginning of three letters or
 * more counts. */
bool toolset_host_parameter(const toolset *set, dr_str name);
bool toolset_dry_parameter(const toolset *set, dr_str name);

#endif
