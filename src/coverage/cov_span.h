/* Spans: what a recorder covers, as intervals of time with the reason where it does not. Made from
 * failures (intervals in which one of the conditions of design section 5 does not hold) and from what
 * is known of the setting; the condition that stands first in the fixed order gives the reason. */
#ifndef DR_COVERAGE_COV_SPAN_H
#define DR_COVERAGE_COV_SPAN_H

#include "base/dr_time.h"
#include "base/vec.h"
#include "coverage/cov_reason.h"
#include "fact/fact.h"

#define COV_BEGIN INT64_MIN /* before all time, as the bound of a span */
#define COV_END INT64_MAX

typedef enum cov_grade { COV_GRADE_NONE = 0, COV_GRADE_C, COV_GRADE_B, COV_GRADE_A } cov_grade;

/* What exactly is the matter, for texts. */
typedef enum cov_why {
    COV_WHY_NONE,
    COV_WHY_NOT_COLLECTED,
    COV_WHY_EXPORT,
    COV_WHY_FRAGMENTARY,
    COV_WHY_NO_RECORD,  /* only recovered records */
    COV_WHY_GAP,        /* ids A to B are missing */
    COV_WHY_LOST_START, /* the first record left is A; something before it is damaged */
    COV_WHY_LOST,       /* the log itself says that records were lost */
    COV_WHY_REPLACED,
    COV_WHY_BEGINS,     /* the log begins with record A */
    COV_WHY_ENDS,       /* its last record is A */
    COV_WHY_CLEARED,    /* first record left: A */
    COV_WHY_RECREATED,
    COV_WHY_OVERWRITTEN,
    COV_WHY_HOST_OFF,
    COV_WHY_HOST_CRASHED,
    COV_WHY_HOST_ASLEEP,
    COV_WHY_SILENT,
    COV_WHY_FULL,
    COV_WHY_RECORDER_OFF,
    COV_WHY_NO_HEARTBEAT,
    COV_WHY_SET_OFF,     /* a record says that it was switched off */
    COV_WHY_REST_OFF,    /* it is off at rest, and was not changed since */
    COV_WHY_NOT_SHOWN_ON,
    COV_WHY_DEFAULT_OFF,
    COV_WHY_FILTER,
    COV_WHY_CLOCK,
    COV_WHY_CLOCK_BACK,  /* times step back, nothing says why */
    /* why covered */
    COV_WHY_NO_SWITCH,
    COV_WHY_SET_ON,      /* FACT says that it was switched on */
    COV_WHY_AT_REST,
    COV_WHY_LIKE,        /* FACT and OTHER are like records around it */
    COV_WHY_DEFAULT_ON
} cov_why;

typedef struct cov_span {
    int64_t from, to; /* [from, to); COV_BEGIN and COV_END are open */
    uint8_t reason;   /* cov_reason */
    uint8_t grade;    /* cov_grade, where covered */
    uint8_t why;      /* cov_why */
    fact_id fact, other;
    uint64_t a, b;
} cov_span;

typedef DR_VEC(cov_span) cov_spans;

/* Adds one; empty ones are passed over. */
bool cov_span_add(cov_spans *spans, cov_span span);
/* Sorts by time and cuts what overlaps: the earlier one keeps its place. False: no memory. */
bool cov_spans_part(cov_spans *spans);
/* From failures (any order; they are sorted) and the intervals in which the setting is known to be on,
 * spans over all time without a hole between them. NEVER_ON is the answer where nothing is known. */
bool cov_spans_make(cov_spans *failures, cov_spans *on, cov_span never_on, cov_spans *out);
/* Index of the span in which TIME lies. */
size_t cov_spans_at(const cov_span *spans, size_t n, int64_t time);

#endif
