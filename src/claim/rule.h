/* Rules: one YAML document a claim id (data/claims/), compiled. The language is design section 6;
 * docs/rules.md describes it for authors. A rule set is read-only after loading. */
#ifndef DR_CLAIM_RULE_H
#define DR_CLAIM_RULE_H

#include "base/arena.h"
#include "base/status.h"
#include "base/vec.h"
#include "claim/pattern.h"
#include "claim/states.h"
#include "claim/tools.h"
#include "fact/store.h"
#include "fact/vocabulary.h"
#include "fact/yaml.h"

/* What a parameter's value is; decides how two values are compared. */
typedef enum param_type {
    PARAM_TEXT,
    PARAM_NAME,   /* account, group, service: without DOMAIN\ and @suffix */
    PARAM_SID,
    PARAM_GUID,
    PARAM_PATH,   /* of a file or program */
    PARAM_URL,
    PARAM_HASH,
    PARAM_NUMBER,
    PARAM_TASK,   /* \Folder\Name, the leading backslash optional */
    PARAM_KEY,    /* registry key: HKLM\..., HKU\SID\..., HKCU matches any user */
    PARAM_HOST,
    PARAM_OBJECT, /* name of a WMI object, also as Class.Name="X" */
    PARAM_SECRET, /* a password: never a parameter of a verdict, masked wherever people read */
    PARAM_TYPE_COUNT
} param_type;

typedef struct rule_param {
    dr_str name;
    param_type type;
    bool optional; /* "?" */
    bool several;  /* "*": one claim per value */
} rule_param;

typedef enum value_op { VALUE_EQUAL, VALUE_NOT, VALUE_LESS, VALUE_MORE, VALUE_GLOB, VALUE_PARAM } value_op;

typedef struct rule_value {
    value_op op;
    dr_str text;    /* without the operator */
    int64_t number; /* for VALUE_LESS, VALUE_MORE */
    size_t param;   /* VALUE_PARAM */
    dr_str globs;   /* VALUE_PARAM written '$name=glob|glob': the value has to fit one of them as well */
} rule_value;

typedef struct rule_where { /* attribute: any of the values */
    dr_sym key;
    dr_str key_text;
    const rule_value *values;
    size_t n;
} rule_where;

typedef struct rule_link { /* FACT_KEY of the fact equals OTHER_KEY of the trigger, or its run */
    dr_sym fact_key;
    dr_sym other_key; /* 0: the run itself (pid or guid) */
    fact_link strength;
} rule_link;

typedef enum trace_role { TRACE_PROVES, TRACE_REFUTES, TRACE_OTHER, TRACE_COMPANION, TRACE_PART, TRACE_CONTEXT } trace_role;

typedef enum trace_until { UNTIL_NONE, UNTIL_COVERED, UNTIL_BOOT, UNTIL_UNDONE } trace_until;

#define RULE_MAX_PARAMS 12
#define RULE_MAX_TRACES 48
#define TRACE_NONE_INDEX SIZE_MAX

typedef struct rule_trace {
    dr_str name;
    trace_role role;
    rung rung;        /* proves, refutes */
    bool has_rung;
    bool direct;      /* default true */
    bool at_rest;     /* written `state:` instead of `fact:` */
    const uint16_t *kinds;
    size_t n_kinds;
    const rule_where *where;
    size_t n_where;
    const rule_link *links;
    size_t n_links;
    bool has_window;
    int64_t from, to; /* ticks relative to the anchor */
    int64_t after_exit; /* upper bound of the window: the run's end and this, where that is known; -1: none */
    size_t via;       /* tied as the nearest earlier fact of that trace is (a transaction's beginning) */
    bool of_trigger;
    bool silent_counts;
    bool opens;
    bool dated;               /* state at rest whose own time is that of the act, not of a later change */
    dr_str claim;             /* role other: the claim id that it is */
    const size_t *all;        /* indexes of traces that prove together */
    size_t n_all;
    size_t after, before, during; /* trace indexes, TRACE_NONE_INDEX for none */
    trace_until until;
    dr_sym written;           /* at rest: the attribute that says when the act changed it; 0: none does */
    dr_str latest;            /* group name, empty for none */
    const dr_sym *first;      /* re-announcements: only the first with equal fields */
    size_t n_first;
    const size_t *unless;     /* traces whose being found takes this one's force */
    size_t n_unless;
    bool unless_not_covered_before;
    bool control;             /* a refutation by a control, beside what the vocabulary says of the kind */
    bool crash;               /* sets the mark crash */
    dr_str say;               /* short text of the evidence, {attribute} filled in; empty: default */
    uint32_t line;
} rule_trace;

typedef enum trigger_kind { TRIGGER_TOOL, TRIGGER_CMDLET, TRIGGER_SCRIPT } trigger_kind;

typedef struct rule_fixed { /* parameter set by the trigger itself */
    size_t param;
    dr_str value;
} rule_fixed;

typedef struct rule_trigger {
    trigger_kind kind;
    dr_str name; /* tool id, or cmdlet name */
    const pattern *pattern;
    dr_str script; /* TRIGGER_SCRIPT: text searched for */
    dr_str route;
    bool idempotent;
    const rule_fixed *fixed;
    size_t n_fixed;
    uint32_t line;
} rule_trigger;

/* One condition of a label: a rung with a state, a trace with a state, a mark, or the word. */
typedef enum condition_kind { COND_RUNG, COND_TRACE, COND_MARK, COND_WORD, COND_PARAM } condition_kind;
typedef struct rule_condition {
    condition_kind kind;
    size_t index;      /* rung, trace or parameter */
    unsigned states;   /* bits 1 << state (of the rung, the trace), the mark, 1 << word; PARAM: 1 known */
} rule_condition;

typedef struct rule_label {
    const rule_condition *conditions;
    size_t n;
    dr_str say;
} rule_label;

typedef struct rule_lookup { /* a parameter from another fact: that service's ImagePath */
    size_t param;
    const uint16_t *kinds;
    size_t n_kinds;
    const rule_where *where;
    size_t n_where;
    dr_sym take;
} rule_lookup;

typedef struct rule_notable { /* all on one fact */
    const rule_where *where;
    size_t n;
} rule_notable;

typedef struct rule {
    dr_str id, title;
    dr_str file; /* where it stands */
    char hash[17]; /* of its text: id@hash in every verdict */
    const dr_str *attack;
    size_t n_attack;
    rule_param params[RULE_MAX_PARAMS];
    size_t n_params;
    const size_t *act_by; /* parameters */
    size_t n_act_by;
    int64_t act_within;
    unsigned urgent; /* bits 1 << word: these are what the reader sees first */
    bool quiet; /* without a trigger it is everyday life: counted, not put up for decision */
    bool quiet_at_rest; /* likewise what state at rest alone opens, unless it is notable */
    const rule_notable *notable; /* any of them makes a state at rest one to decide on */
    size_t n_notable;
    bool many; /* one command may have many acts (every subcategory, every profile): a claim for each */
    const rule_trigger *triggers;
    size_t n_triggers;
    rule_trace traces[RULE_MAX_TRACES];
    size_t n_traces;
    bool not_applicable[RUNG_COUNT];
    bool own_started; /* that the trigger's run started says nothing: only the rule's own traces do */
    const rule_lookup *lookups;
    size_t n_lookups;
    const dr_str *alternatives;
    size_t n_alternatives;
    const rule_label *labels;
    size_t n_labels;
    dr_str effect; /* what {e} stands for in sentences: "the account {account}" ... */
    const yaml_node *examples; /* list, or NULL */
    const yaml_file *yaml;
} rule;

typedef struct rule_set {
    dr_arena *arena;
    const vocabulary *vocab;
    const toolset *tools;
    DR_VEC(rule *) rules; /* sorted by id */
    dr_map *trigger_index; /* "tool:net" / "cmdlet:new-service" -> chain of triggers */
    DR_VEC(struct rule_trigger_ref {
        const rule *rule;
        const rule_trigger *trigger;
        uint32_t next; /* + 1, 0 = end */
    }) trigger_refs;
} rule_set;

dr_status rule_set_init(rule_set *set, const vocabulary *vocab, const toolset *tools);
void rule_set_free(rule_set *set);
/* Adds the rules of one file (one document a rule). A rule of an id that is there already replaces it. */
dr_status rule_set_add(rule_set *set, dr_str file, dr_str text, dr_err *err) DR_MUST_CHECK;
/* Sorts and indexes; after this the set is read-only. Checks references between rules. */
dr_status rule_set_seal(rule_set *set, dr_err *err) DR_MUST_CHECK;
const rule *rule_set_find(const rule_set *set, dr_str id);
/* First trigger for a tool or cmdlet name (0 = none), see trigger_refs. */
uint32_t rule_set_triggers(const rule_set *set, trigger_kind kind, dr_str name);
size_t rule_param_index(const rule *r, dr_str name); /* SIZE_MAX: none */

/* The value as it stands in a verdict: of an object path the name, a task with its leading backslash
 * (ARENA may be NULL for values of records, which have it). */
dr_str param_value(dr_arena *arena, param_type type, dr_str value);
/* Are two values of the type equal? */
bool param_equal(param_type type, dr_str a, dr_str b);
/* What equal values of the type have in common, to find them by; different values may share it. */
fact_key_of param_key_of(param_type type);
#endif
