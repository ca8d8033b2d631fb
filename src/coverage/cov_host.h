/* The life of a host as far as recording goes: when it was off or asleep, when its clock was set, in
 * which minutes anything of it was active. Which facts mean so is data (recorders: marks). */
#ifndef DR_COVERAGE_COV_HOST_H
#define DR_COVERAGE_COV_HOST_H

#include "coverage/cov_log.h"
#include "coverage/cov_span.h"
#include "fact/recorder.h"
#include "fact/store.h"

typedef struct cov_mark {
    dr_sym host;
    recorder_mark mark;
    int64_t time;
    fact_id fact;
} cov_mark;

typedef struct cov_host {
    dr_sym name;
    const cov_mark *marks; /* of this host, in time order */
    size_t n_marks;
    const cov_log *logs; /* of this host */
    size_t n_logs;
    DR_VEC(uint32_t) minutes; /* with any activity, since 1970; sorted */
    cov_spans off;   /* off or asleep, in time order, parted: holds for all its recorders */
    cov_spans clock; /* set; likewise */
    int64_t first, last; /* of its live records */
    int64_t shut_down;   /* orderly, and nothing after it; DR_NO_TIME */
    uint32_t build;      /* of Windows, 0: not known */
    recorder_edition edition;
} cov_host;

typedef struct cov_hosts {
    cov_host *p; /* sorted by symbol */
    size_t n;
    cov_mark *marks;
    size_t n_marks;
    dr_arena *arena;
} cov_hosts;

/* Hosts of the logs and of the facts. STORE is sealed. */
dr_status cov_hosts_build(cov_hosts *out, const cov_logs *logs, const fact_store *store, const recorder_set *recorders,
                          const vocabulary *vocab, dr_err *err) DR_MUST_CHECK;
void cov_hosts_free(cov_hosts *hosts);
const cov_host *cov_hosts_find(const cov_hosts *hosts, dr_sym name);
/* Did the host start about then? Records of a start are written after it, with times before. */
bool cov_host_started_near(const cov_host *host, int64_t time);

#endif
