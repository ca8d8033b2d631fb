/* The ladder: from states and marks of the rungs to the word, and to the grade. The tables of design
 * section 3 and nothing else; no scores. Pure functions. */
#ifndef DR_REASON_LADDER_H
#define DR_REASON_LADDER_H

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

/* The strength of the chain; GRADE_NONE for a word that has none. */
typedef enum grade { GRADE_NONE = 0, GRADE_C, GRADE_B, GRADE_A } grade;

verdict_word ladder_word(const rung_state states[RUNG_COUNT], unsigned marks);
/* The grade of the rungs that decide WORD: the lowest of them (`conflicting`: of its sides, which the
 * caller has put into grades[] as the weaker of both). `present` has the best of what mentions it. */
grade ladder_grade(verdict_word word, const rung_state states[RUNG_COUNT], const grade grades[RUNG_COUNT]);
/* What the reader sees first (design 3.4): smaller numbers first. EFFECT: the claim has an effect. */
int ladder_order(verdict_word word, bool effect);

const char *state_name(rung_state state);
const char *word_name(verdict_word word);
bool word_of(dr_str name, verdict_word *out);
const char *mark_name(unsigned mark);
const char *grade_name(grade g); /* "A", "B", "C", "" */

#endif
