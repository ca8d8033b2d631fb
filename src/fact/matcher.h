/* Regular expressions of data files, through PCRE2 with limits on match, depth and heap. Compiled once
 * and read-only after; each thread matches with a scratch of its own. An expression that runs into a
 * limit has not matched: the scratch counts it. */
#ifndef DR_FACT_MATCHER_H
#define DR_FACT_MATCHER_H

#include "base/status.h"
#include "base/str.h"

typedef struct matcher matcher;
typedef struct matcher_scratch matcher_scratch;

/* DR_DATA with what is wrong and where in the expression. Case counts unless the expression says (?i). */
dr_status matcher_create(matcher **out, dr_str expression, dr_err *err) DR_MUST_CHECK;
void matcher_destroy(matcher *m);
matcher_scratch *matcher_scratch_create(void); /* NULL: no memory */
void matcher_scratch_destroy(matcher_scratch *s);
/* *GROUP borrows from TEXT: the group named "v", else group 1, else the whole match. */
bool matcher_find(const matcher *m, matcher_scratch *s, dr_str text, dr_str *group);
unsigned long matcher_limits_hit(const matcher_scratch *s);

#endif
