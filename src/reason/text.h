/* Texts: labels and sentences from states, evidence and the rule's own words. Every clause names its
 * record. What they may never say is tested (tests/unit/reason, wording). */
#ifndef DR_REASON_TEXT_H
#define DR_REASON_TEXT_H

#include "base/buf.h"
#include "reason/judge.h"
#include "reason/verdict.h"

/* "Security record 60387, event 4720", or the place of a row that is no event record. */
void text_cite(dr_buf *b, const reason_input *in, fact_id id);
/* 2021-03-04 05:06:07 UTC; "a time that is not known" for none. */
void text_time(dr_buf *b, int64_t ticks);
/* "under the account CORP\eve (logon 0x4a1f)", or nothing (false) when the fact names none. */
bool text_account(dr_buf *b, const reason_input *in, const fact *f);
/* Fills {parameter} of a rule's text; of {one|other|"words"} the first that is known. */
void text_fill(dr_buf *b, const claim *c, const dr_str *values, dr_str text);
/* How the act was asked for, by its first trigger: "process", "command", "typed"; none without a trigger. */
dr_str text_how(const claim *c);

/* Label and text of a claim's verdict. */
void text_claim(const reason_input *in, const judgement *j, const dr_str *values, verdict_word word, dr_buf *label, dr_buf *text);

#endif
