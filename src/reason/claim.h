/* Claims: assertions that can be true or false, made by triggers (a command that was set off), by
 * facts that open one (the effect's own record), or by somebody who asks. And how a fact is held
 * against a claim: conditions, windows, links. */
#ifndef DR_REASON_CLAIM_H
#define DR_REASON_CLAIM_H

#include "base/arena.h"
#include "base/vec.h"
#include "claim/rule.h"
#include "coverage/cov_reason.h"
#include "entity/run.h"
#include "fact/store.h"
#include "reason/ladder.h"

/* Clocks of two hosts may differ by so much. */
#define CLAIM_HOST_SKEW (300 * DR_TICKS_PER_S)

/* What silence is asked for, and the answer: the port through which reasoning asks coverage. The
 * examples of rules put their own behind it. */
typedef struct silence_question {
    dr_sym host;
    uint16_t kind;    /* of the fact that is not there */
    bool at_rest;     /* state at rest instead of a record */
    int64_t from, to; /* window, ticks */
    int64_t near;     /* time of the trigger: the reason nearest to it is named */
    dr_str route;     /* way of doing it, empty for the usual one */
    const fact_attr *attrs; /* what is known of the fact: values of attributes */
    size_t n_attrs;
} silence_question;

typedef struct silence_answer {
    cov_reason reason; /* COV_COVERED: the record would be there */
    grade grade;       /* of the coverage */
    int64_t as_of;     /* state at rest: when it was last consistent */
    dr_str text;       /* a clause for people */
} silence_answer;

typedef struct silence {
    const void *context;
    void (*ask)(const void *context, dr_arena *arena, const silence_question *q, silence_answer *a);
} silence;

/* What all steps of reasoning read. */
typedef struct reason_input {
    fact_store *store;
    const vocabulary *vocab;
    const rule_set *rules;
    const toolset *tools;
    const run_table *runs;
    const entity_names *names;
    dr_symtab *syms;
    silence silence;
    /* SHA-256 of a source as hexadecimal text, for ids of records without a record id. */
    dr_str (*source_hash)(const void *context, uint32_t source);
    const void *source_context;
    /* When the state at rest in a source was last consistent, DR_NO_TIME when not known. NULL: never. */
    int64_t (*source_as_of)(const void *context, uint32_t source);
} reason_input;

typedef enum claim_how { HOW_NONE, HOW_PROCESS, HOW_COMMAND, HOW_TYPED } claim_how;

#define CLAIM_MAX_TRIGGERS 8

typedef struct claim_trigger {
    const rule_trigger *rule;
    run_id run;       /* the run whose own arguments matched, or whose wrapper named it; 0 for none */
    fact_id fact;     /* creation, script block, command record, ... */
    claim_how how;
    bool runs_it;     /* the record shows that the command was carried out (a bound cmdlet), not only named */
    size_t command;   /* which command of the record, from 1; 0: found as a text in it */
    int depth;        /* wrappers around it */
    dr_str text;      /* the command as recorded */
} claim_trigger;

typedef struct claim_effect { /* a fact of the act that this claim has been given */
    size_t trace;
    fact_id fact;
    fact_link link;
    bool weak; /* tied by a service's logon id only */
} claim_effect;

typedef struct claim claim;
struct claim {
    const rule *rule;
    dr_sym host, from_host;
    dr_str host_given; /* as the command names it, empty for the local host */
    int64_t time;
    dr_str values[RULE_MAX_PARAMS]; /* .p NULL: not known */
    bool bound_by_trigger[RULE_MAX_PARAMS];
    claim_trigger triggers[CLAIM_MAX_TRIGGERS]; /* [0] decides: the innermost run */
    size_t n_triggers;
    claim_effect *effects;
    size_t n_effects;
    bool asked;        /* by somebody, not by a record */
    bool ambiguous;    /* one of several that an effect may belong to */
    claim **rivals;
    size_t n_rivals;
    size_t number; /* its place in the list */
};

typedef struct claim_list {
    DR_VEC(claim *) claims;
} claim_list;

struct reason_question;

/* All claims of the evidence: triggers matched, acts made of opening facts, each act given to the
 * claim that it fits best, the rest opened as claims of their own. With a question (NULL: none) the
 * processes that bear its command assert its claim as well; those claims are marked `asked`. */
dr_status claims_make(const reason_input *in, dr_arena *arena, const struct reason_question *question, claim_list *out,
                      dr_err *err) DR_MUST_CHECK;
/* Adds the asked claims (ask.c). */
dr_status question_inject(const reason_input *in, dr_arena *arena, const struct reason_question *q, claim_list *out) DR_MUST_CHECK;

/* Adds the claims of all triggers (commands set off) to OUT; no effects yet. Claims of one act told by
 * several records are one. */
dr_status triggers_collect(const reason_input *in, dr_arena *arena, claim_list *out) DR_MUST_CHECK;
/* The host of that name as the evidence knows it, else a symbol of the name as given. */
dr_sym claim_host(const reason_input *in, dr_str given);

typedef enum fit { FIT_NO, FIT_UNBOUND, FIT_YES } fit;

/* Do the fact's attributes meet the trace's conditions under the claim's values? FIT_UNBOUND: a
 * condition needs a parameter that is not known; BIND says whether such a one may take the fact's
 * value (then it is put into *values). */
fit claim_where(const reason_input *in, const rule *r, const rule_where *where, size_t n, const fact *f, dr_str *values, bool bind);
/* Fills parameters that the rule looks up in other facts (the ImagePath of that service): the newest
 * fact on the host that does not stand after TIME, else the oldest after it. */
void claim_lookup(const reason_input *in, const rule *r, dr_sym host, int64_t time, dr_str *values);
/* Is the fact tied to the trigger (or, without one, to the anchoring fact) by the trace's links or by
 * parameters that both have? False: what should be equal differs, or nothing ties them. */
bool claim_linked(const reason_input *in, const claim *c, const rule_trace *t, const fact *f, const fact *anchor, fact_link *strength, bool *weak_session);
/* May the fact stand where it does, given the window around ANCHOR? Record order inside one log is
 * respected: see design 6. */
bool claim_in_window(const claim *c, const rule_trace *t, const fact *f, int64_t anchor_time);
bool claim_order_holds(const reason_input *in, const claim *c, const fact *f, fact_link strength);

/* Time of the claim's deciding trigger, or DR_NO_TIME. */
int64_t claim_trigger_time(const claim *c);

#endif
