/* Reasoning: from facts, runs, rules and coverage to verdicts. The result depends on the evidence
 * alone: not on the order of arguments, threads, locale or hash seeds. */
#ifndef DR_REASON_REASON_H
#define DR_REASON_REASON_H

#include "claim/expected.h"
#include "reason/claim.h"
#include "reason/verdict.h"

dr_status verdict_list_init(verdict_list *list);
void verdict_list_free(verdict_list *list);

/* EXPECTED may be NULL. */
dr_status reason_run(const reason_input *in, const expected_set *expected, verdict_list *out, dr_err *err) DR_MUST_CHECK;

/* What somebody asks: one claim, by a command that was set off or by its parameters. */
typedef struct reason_question {
    const rule *rule;   /* NULL: all rules that the command matches */
    dr_str program;     /* not empty: did this program run? (a path or a bare name; no rule then) */
    dr_str command;     /* empty: by parameters alone */
    dr_sym host;        /* 0: any */
    int64_t at;         /* about this time, DR_NO_TIME for any */
    const verdict_parameter *parameters;
    size_t n_parameters;
} reason_question;

/* The claims of CLAIMS that the question is about; when there is none, one of its own. */
dr_status question_select(const reason_input *in, dr_arena *arena, const reason_question *q, const claim_list *claims,
                          claim_list *out) DR_MUST_CHECK;

/* Answers as if an alert had asserted the claim; one verdict for every process that bears the command,
 * or one of its own when nothing does. */
dr_status reason_ask(const reason_input *in, const reason_question *q, verdict_list *out, dr_err *err) DR_MUST_CHECK;

#endif
