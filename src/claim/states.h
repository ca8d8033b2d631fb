/* The states of rungs and traces, the marks and the words: names that rules (labels, examples) and
 * reasoning share. What follows from them is reason/ladder.h. */
#ifndef DR_CLAIM_STATES_H
#define DR_CLAIM_STATES_H

#include "fact/vocabulary.h"

typedef enum rung_state {
    STATE_UNKNOWN = 0,
    STATE_PROVED,
    STATE_REFUTED,
    STATE_CONFLICTING,
    STATE_ABSENT,
    STATE_NOT_APPLICABLE,
    STATE_COUNT
} rung_state;

enum { /* marks */
    MARK_CONTROL = 1u << 0,
    MARK_CRASH = 1u << 1,
    MARK_OTHER_EFFECT = 1u << 2,
    MARK_ALL = 7u
};

typedef enum verdict_word { /* in the order of the table: the first row that fits */
    WORD_CONFLICTING,
    WORD_ACHIEVED_PERSISTS,
    WORD_ACHIEVED_REMOVED,
    WORD_ACHIEVED,
    WORD_BLOCKED,
    WORD_FAILED_TO_START,
    WORD_OTHER_EFFECT,
    WORD_FAILED,
    WORD_PERSISTS,
    WORD_NO_EFFECT,
    WORD_CRASHED,
    WORD_RAN,
    WORD_ATTEMPTED,
    WORD_NOT_RECORDED,
    WORD_PRESENT,
    WORD_UNSUPPORTED,
    WORD_COUNT
} verdict_word;

typedef enum trace_state { TRACE_FOUND, TRACE_REFUTED, TRACE_ABSENT, TRACE_UNKNOWN, TRACE_STATE_COUNT } trace_state;

const char *state_name(rung_state state);
const char *word_name(verdict_word word);
bool word_of(dr_str name, verdict_word *out);
const char *mark_name(unsigned mark);
bool state_of(dr_str name, rung_state *out);
bool mark_of(dr_str name, unsigned *out);
const char *trace_state_name(trace_state state);
bool trace_state_of(dr_str name, trace_state *out);

#endif
