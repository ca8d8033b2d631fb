/* A verdict: the ladder of one claim with the rows that carry it. If it cannot be explained from its
 * rows alone, that is a bug. All memory belongs to the verdict list. Read-only for views. */
#ifndef DR_REASON_VERDICT_H
#define DR_REASON_VERDICT_H

#include "base/arena.h"
#include "base/map.h"
#include "base/status.h"
#include "base/vec.h"
#include "coverage/cov_reason.h"
#include "fact/fact.h"
#include "reason/ladder.h"

#define VERDICT_ID_TEXT 20 /* "v-" and 16 hexadecimal digits, and a NUL */

typedef struct verdict_parameter {
    dr_str name, value;
} verdict_parameter;

typedef enum evidence_role { ROLE_PROVES, ROLE_REFUTES, ROLE_SUPPORTS, ROLE_CONTEXT } evidence_role;

typedef struct verdict_evidence {
    rung rung;
    evidence_role role;
    dr_str trace;   /* name of the rule's trace; "trigger" for the trigger itself */
    fact_id fact;   /* 0 never */
    fact_link link; /* FACT_LINK_NONE: no link was needed (opening fact) */
    dr_str text;    /* short: a command line, what the record says; as recorded, NOT masked */
    dr_str shown;   /* the same for people: passwords masked */
} verdict_evidence;

typedef struct verdict_missing {
    rung rung;
    dr_str what; /* kind of fact, or state at rest */
    cov_reason reason; /* COV_COVERED: looked for, would be there, is not (absent) */
    dr_str text; /* a clause for people */
} verdict_missing;

typedef struct verdict_trace {
    dr_str trace;
    trace_state state;
    cov_reason reason; /* for TRACE_UNKNOWN */
} verdict_trace;

/* One artefact that names a program: all of its facts, however many the evidence rows list. */
typedef struct verdict_mention {
    dr_str artefact;      /* its name in the vocabulary */
    rung shows;           /* at most */
    uint64_t count;       /* facts */
    uint64_t runs;        /* as the artefact itself counts them, 0: it does not */
    int64_t first, last;  /* launches, DR_NO_TIME for none with a time */
} verdict_mention;

typedef enum undone_by { UNDONE_NOT, UNDONE_UNKNOWN, UNDONE_SYSTEM, UNDONE_SAME_SESSION, UNDONE_ANOTHER } undone_by;

typedef struct verdict {
    char id[VERDICT_ID_TEXT];
    dr_str claim; /* claim id */
    dr_str title; /* of the rule */
    const verdict_parameter *parameters;
    size_t n_parameters;
    dr_sym host, from_host; /* from_host 0: no trigger */
    dr_sym host_recorded;   /* the name that the host had in the anchoring record */
    int64_t time;           /* DR_NO_TIME */
    uint16_t time_means;
    verdict_word word;
    unsigned marks;
    grade grade;
    rung_state states[RUNG_COUNT];
    grade grades[RUNG_COUNT];
    bool effect;   /* the claim has an effect (rung achieved applies) */
    bool urgent;   /* of a word that the rule puts first */
    bool quiet;    /* everyday life: no trigger, and the rule says that it then needs no decision */
    dr_str label;  /* what people read, one clause, passwords masked */
    dr_str text;   /* one or more sentences, passwords masked */
    dr_str how;    /* "process", "command", "typed", "" */
    dr_str rule;   /* "account-created@3f9a..." */
    const verdict_evidence *evidence; /* at most DR_EVIDENCE_PER_RUNG a rung */
    size_t n_evidence, evidence_total;
    const verdict_missing *missing;
    size_t n_missing;
    const verdict_trace *constellation;
    size_t n_constellation;
    const verdict_mention *mentions; /* of a program, in the order of the vocabulary */
    size_t n_mentions;
    const dr_str *alternatives;
    size_t n_alternatives;
    const dr_str *attack; /* ATT&CK ids */
    size_t n_attack;
    const dr_str *one_of; /* ids of verdicts, where a link is ambiguous */
    size_t n_one_of;
    const dr_str *settle; /* what would settle it: artefacts or paths */
    size_t n_settle;
    int64_t as_of;    /* state at rest, DR_NO_TIME */
    int64_t lifetime; /* of a crashed run, ticks; -1 when not known */
    undone_by undone_by;
    dr_str expected; /* id of the entry of data/expected that it fits, or empty */
    bool to_decide;  /* design 3.4: needs a decision */
    uint32_t run;    /* process run (entity), 0 none */
} verdict;

/* Passwords of command lines: masked wherever people read. */
typedef struct secret_set {
    dr_map *index;        /* NULL while there is none */
    DR_VEC(dr_str) list;  /* each once, in the order of coming */
    DR_VEC(bool) lengths; /* [n]: there is one of n bytes */
} secret_set;

/* All verdicts of a run, in their order: what needs a decision first. */
typedef struct verdict_list {
    dr_arena *arena;
    DR_VEC(verdict) verdicts;
    secret_set secrets;
} verdict_list;

dr_status verdict_add_secret(verdict_list *list, dr_str secret) DR_MUST_CHECK; /* copied; empty or known: nothing */
void verdict_free_secrets(verdict_list *list);
/* TEXT with every secret that stands in it as a word of its own replaced by ***, into the arena. */
dr_str verdict_masked(const verdict_list *list, dr_arena *arena, dr_str text);

const char *role_name(evidence_role role);
const char *undone_name(undone_by by);

#endif
