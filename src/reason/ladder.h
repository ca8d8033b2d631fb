/* The ladder: from states and marks of the rungs to the word, and to the grade. The tables of design
 * section 3 and nothing else; no scores. Pure functions. */
#ifndef DR_REASON_LADDER_H
#define DR_REASON_LADDER_H

#include "claim/states.h"

/* The strength of the chain; GRADE_NONE for a word that has none. */
typedef enum grade { GRADE_NONE = 0, GRADE_C, GRADE_B, GRADE_A } grade;

verdict_word ladder_word(const rung_state states[RUNG_COUNT], unsigned marks);
/* The grade of the rungs that decide WORD: the lowest of them (`conflicting`: of its sides, which the
 * caller has put into grades[] as the weaker of both). `present` has the best of what mentions it. */
grade ladder_grade(verdict_word word, const rung_state states[RUNG_COUNT], const grade grades[RUNG_COUNT]);
/* What the reader sees first (design 3.4): smaller numbers first. EFFECT: the claim has an effect. */
int ladder_order(verdict_word word, bool effect);

const char *grade_name(grade g); /* "A", "B", "C", "" */

/* What people read for a word: "took place; still there when collected". EFFECT: the claim has one
 * beside the run; HOW: as in the verdict. */
const char *ladder_word_shown(verdict_word word, bool effect, dr_str how);

#endif
