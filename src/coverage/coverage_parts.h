/* What the files of coverage share among themselves. */
#ifndef DR_COVERAGE_COVERAGE_PARTS_H
#define DR_COVERAGE_COVERAGE_PARTS_H

#include "coverage/cov_host.h"
#include "coverage/coverage.h"

typedef struct cov_entry { /* a recorder whose log the host has */
    size_t host, recorder; /* indexes */
    const cov_log *log;
    cov_spans spans;
} cov_entry;

struct coverage {
    cov_input in;
    dr_arena *arena;
    cov_logs logs;
    cov_hosts hosts;
    const uint32_t *channel_of; /* key of each recorder's channel, 0: no log has it */
    DR_VEC(cov_entry) entries;  /* by host, then recorder */
    const size_t *by_name;      /* hosts in the order of their names */
    DR_VEC(cov_row) rows;       /* as they are shown */
};

/* Adds what of a log is missing, for all recorders that write it. */
bool cov_log_failures(const coverage *c, const cov_host *h, const cov_log *log, cov_spans *out);
/* Silences longer than the log's usual one while something else of the host was active; FINDINGS: only
 * those that stand out by themselves. */
bool cov_log_silences(const cov_host *h, const cov_log *log, bool findings, cov_spans *out);
/* Adds what is the matter with one recorder on one host, and when its setting is known to be on. */
typedef struct cov_told { /* a fact that tells something of a recorder */
    dr_sym host;
    int64_t time;
    fact_id fact;
    uint8_t what; /* TOLD_... */
} cov_told;
enum { TOLD_LIKE, TOLD_ON, TOLD_OFF, TOLD_UNFILTERED, TOLD_FILTERED, TOLD_LOST, TOLD_BEAT, TOLD_SET_ON, TOLD_SET_OFF, TOLD_REST_ON, TOLD_REST_OFF };
typedef DR_VEC(cov_told) cov_told_list;
/* All facts that tell something of recorder R, by host and time. */
bool cov_told_gather(const coverage *c, const recorder *r, cov_told_list *out);
bool cov_recorder_failures(const coverage *c, const cov_host *h, const cov_log *log, const recorder *r, const cov_told *told, size_t n,
                           cov_spans *failures, cov_spans *on, cov_span *never_on);

/* State at rest by one recorder. */
cov_rest_answer cov_rest_of(const coverage *c, dr_arena *arena, dr_sym host, const recorder *r, int64_t effect);

const cov_system *cov_system_of(const coverage *c, dr_sym host);
/* The clause for a span that is not covered. LOG may be NULL. */
dr_str cov_why_text(const coverage *c, dr_arena *arena, const recorder *r, const cov_span *span);

#endif
