/* Judging: from a claim and the facts to the states of its traces and rungs, with the rows that carry
 * them. Nothing else decides (design section 7). */
#ifndef DR_REASON_JUDGE_H
#define DR_REASON_JUDGE_H

#include "base/limits.h"
#include "reason/claim.h"
#include "reason/verdict.h"

typedef struct found {
    fact_id fact;
    fact_link link;
    bool weak;    /* tied by a service's logon id only */
    bool demoted; /* found, but without force: outdone by a later outcome, or explained otherwise */
} found;

typedef struct trace_result {
    trace_state state;
    cov_reason reason;
    grade silence_grade; /* of the coverage, where absent */
    int64_t as_of;
    dr_str why;          /* clause for people, where unknown */
    found *facts;
    uint8_t *met; /* by fact id, once there are many; NULL: there are few */
    size_t n;
    bool judged, judging;
} trace_result;

/* What one run shows of its own start. */
typedef struct run_state {
    rung_state attempted, started;
    grade attempted_grade, started_grade;
    unsigned marks;
    found proofs[DR_EVIDENCE_PER_RUNG], refutations[DR_EVIDENCE_PER_RUNG];
    size_t n_proofs, n_refutations, total;
    fact_id exit;     /* its end, 0 for none */
    int64_t lifetime; /* ticks, -1 when not known */
} run_state;

typedef struct judgement {
    const claim *claim;
    dr_str values[RULE_MAX_PARAMS]; /* of the claim, and what records that carry it or belong to it add */
    trace_result traces[RULE_MAX_TRACES];
    rung_state states[RUNG_COUNT];
    grade grades[RUNG_COUNT];
    unsigned marks;
    run_state run; /* of the deciding trigger's run */
    bool run_known;
    bool anomalous; /* a companion is absent under coverage */
    undone_by undone_by;
    int64_t as_of;
    DR_VEC(verdict_evidence) evidence;
    size_t evidence_total;
    DR_VEC(verdict_missing) missing;
} judgement;

void run_judge(const reason_input *in, run_id id, run_state *out);
dr_status claim_judge(const reason_input *in, dr_arena *arena, const claim *c, judgement *out) DR_MUST_CHECK;
void judgement_free(judgement *j);

/* Has the trace found something that has force (not outdone, not explained otherwise)? */
bool trace_holds(const trace_result *r);
/* Time of what a trace found (the first), DR_NO_TIME for nothing. */
int64_t trace_time(const reason_input *in, const trace_result *r);

#endif
