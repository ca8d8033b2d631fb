/* Why the absence of a record says nothing: the closed list of design section 5, in the order in
 * which the conditions are tried. One set of names everywhere (JSON, texts, tests). */
#ifndef DR_COVERAGE_COV_REASON_H
#define DR_COVERAGE_COV_REASON_H

#include "base/str.h"

typedef enum cov_reason {
    COV_COVERED = 0,
    COV_NOT_COLLECTED,
    COV_DAMAGED,
    COV_OUT_OF_SPAN,
    COV_CLEARED,
    COV_NOT_RUNNING,
    COV_NOT_ASKED_FOR,
    COV_FILTERED,
    COV_CLOCK,
    COV_ROUTE,
    /* beside the nine conditions */
    COV_UNBOUND,     /* a link needs something that is not known */
    COV_NO_RECORDER, /* nothing on Windows writes it */
    COV_NOT_READ,    /* a format that didrun does not read */
    COV_NO_CHANGE,   /* a repeated act that changes nothing writes no record */
    COV_EXPIRED,     /* its usual life was over */
    COV_NOT_ON_THIS_SYSTEM,
    COV_REASON_COUNT
} cov_reason;

/* "covered", "not-collected", ... */
const char *cov_reason_name(cov_reason reason);
/* A few words for people: "the log was cleared". */
const char *cov_reason_shown(cov_reason reason);

#endif
