/* The claim program-ran: once per program and host for every program that anything mentions, and once
 * per run that a trigger, a refutation, a crash or a refusal singles out. That it folds the runs of a
 * program is the one thing about it that is code. */
#ifndef DR_REASON_PROGRAM_H
#define DR_REASON_PROGRAM_H

#include "reason/judge.h"
#include "reason/verdict.h"

/* TRIGGER_RUNS: by run id, runs that are a trigger's. Appends verdicts without id, label and order. */
dr_status programs_judge(const reason_input *in, const uint8_t *trigger_runs, verdict_list *out) DR_MUST_CHECK;

/* Answers for one program by path or bare name, on one host (0: any); when nothing mentions it, by a
 * verdict of its own: was its launch recorded where it would have been? */
dr_status programs_ask(const reason_input *in, dr_str path, dr_sym host, int64_t at, verdict_list *out) DR_MUST_CHECK;

#endif
