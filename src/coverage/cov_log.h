/* Logs of a host, put together from all their files: live, archives, copies. What is told here is
 * which record ids are there without a gap, where something is missing, and which files are exports,
 * whose silence says nothing. Knows no channel by name.
 *
 * Built once from the sealed census; read-only after. Memory is the list's own. */
#ifndef DR_COVERAGE_COV_LOG_H
#define DR_COVERAGE_COV_LOG_H

#include "artefact/census.h"
#include "base/map.h"

/* Record ids that follow each other without a gap, all files together. */
typedef struct cov_range {
    uint64_t first_id, last_id;
    int64_t first_time, last_time; /* of the first and last record by id; DR_NO_TIME possible */
    uint32_t epoch;                /* ids began anew when it changes */
    uint32_t source;               /* of its first record */
} cov_range;

typedef DR_VEC(cov_range) cov_ranges;

typedef struct cov_step { /* times step back between two records that follow each other */
    int64_t before, after;
    uint64_t id; /* of the record after */
} cov_step;

typedef enum cov_log_state {
    COV_LOG_USED,
    COV_LOG_EXPORT,      /* every file of it is an export */
    COV_LOG_FRAGMENTARY, /* more pieces than a limit allows */
    COV_LOG_NO_RECORD    /* nothing but recovered records */
} cov_log_state;

typedef struct cov_log {
    dr_sym host;
    dr_str channel; /* as its records write it */
    uint32_t channel_key; /* equal for equal names without case */
    cov_log_state state;
    cov_ranges ranges; /* in time order: by epoch, then id */
    DR_VEC(cov_step) steps;
    DR_VEC(uint32_t) minutes; /* since 1970, with a live record; sorted */
    bool lost_at_start; /* something before the first record was damaged */
    bool some_exported; /* some of its files are exports, and left out */
} cov_log;

typedef struct cov_logs {
    cov_log *p; /* sorted by host (symbol), then channel key */
    size_t n;
    dr_symtab *channels; /* folded names; channel_key is a symbol of it */
} cov_logs;

/* HOST_OF maps a computer's name to its host. */
dr_status cov_logs_build(cov_logs *out, const census *c, dr_sym (*host_of)(const void *context, dr_str computer),
                         const void *context, dr_err *err) DR_MUST_CHECK;
void cov_logs_free(cov_logs *logs);
/* NULL when the host has no such log. */
const cov_log *cov_logs_find(const cov_logs *logs, dr_sym host, uint32_t channel_key);
/* 0 when no log has that name. */
uint32_t cov_logs_channel(const cov_logs *logs, dr_arena *scratch, dr_str channel);
/* Is there a minute with a record in [from, to], minutes since 1970? */
bool cov_minutes_any(const uint32_t *minutes, size_t n, uint32_t from, uint32_t to);
/* Index of the first minute not before AT. */
size_t cov_minutes_from(const uint32_t *minutes, size_t n, uint32_t at);

#endif
