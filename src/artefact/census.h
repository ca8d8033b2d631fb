/* The census of event records: what was recorded at all, wanted or not, per computer and channel.
 * Coverage is computed from it: spans, gaps in record ids, silences, boots' activity. Cheap enough to
 * be called for every record: a slot is looked up once per template, then counting is a few compares.
 * Each worker has its own; they are merged in the order of the units. */
#ifndef DR_ARTEFACT_CENSUS_H
#define DR_ARTEFACT_CENSUS_H

#include "base/arena.h"
#include "base/status.h"
#include "base/str.h"
#include "base/vec.h"

typedef struct census census;

/* An unbroken piece of a log: record ids follow each other without a gap and times do not step back
 * by more than DR_CENSUS_JITTER_S. Recovered records are counted, but stand in no piece. */
typedef struct census_run {
    uint64_t first_id, last_id;
    int64_t first_time, last_time; /* ticks; of the first and last record by id */
    int64_t longest_silence;       /* ticks between two neighbours */
    uint64_t records;
    uint64_t first_off, last_off;  /* where in the source these two stand */
    uint32_t source;
    uint32_t flags;                /* RECORD_... seen on any of its records (or-ed) */
} census_run;

typedef struct census_lost { /* a place of a source where records may have been */
    uint32_t source;
    uint64_t off, size;
    uint64_t after_id, before_id;      /* neighbours in the file, 0 = none */
    int64_t after_time, before_time;   /* DR_NO_TIME = none */
} census_lost;

typedef struct census_silence { /* between two neighbours of a run */
    uint32_t source;
    uint64_t before_id, after_id;
    uint64_t before_off; /* where in the source the record before it stands */
    int64_t before_time, after_time;
} census_silence;

typedef struct census_log { /* one computer and channel */
    dr_str computer, channel;
    DR_VEC(census_run) runs;     /* in the order of reading; see census_seal */
    DR_VEC(census_lost) lost;
    DR_VEC(uint32_t) minutes;    /* minutes since 1970 with at least one live record, sorted by census_seal */
    DR_VEC(census_silence) silences; /* the longest ones from half an hour up, DR_CENSUS_SILENCES at most */
    uint64_t records, recovered;
    uint64_t header_differs;     /* records whose header id or time is not their own */
    bool fragmentary;            /* a limit of base/limits.h was hit: pieces, places or minutes are missing */
} census_log;

/* Computers of several groups that bear one name are counted apart: their names end with the group's number. */
dr_str census_computer_of(dr_arena *arena, dr_str computer, uint32_t group); /* group 0, or no name: as it is */
dr_str census_computer(dr_str computer, uint32_t *group);                    /* the name and the group again */

census *census_create(void); /* NULL: no memory */
void census_destroy(census *c);
/* The slot of a log of this source, for census_note; the strings are copied. Slots are small integers.
 * Names are compared without case. Beyond DR_CENSUS_MAX_LOGS all further logs share one without names. */
dr_status census_slot(census *c, uint32_t source, dr_str computer, dr_str channel, uint32_t *slot) DR_MUST_CHECK;
/* Counts one record, which stands at OFF of its source. FLAGS as record.flags. TIME may be DR_NO_TIME: it then has that of its neighbour. */
void census_note(census *c, uint32_t slot, uint64_t record_id, int64_t time, uint32_t flags, uint64_t off);
/* Something of this source was lost at [off, off + size) (damaged record, chunk, truncation). */
dr_status census_note_lost(census *c, uint32_t slot, uint64_t off, uint64_t size) DR_MUST_CHECK;
/* Appends what FROM counted (same source numbers). */
dr_status census_merge(census *into, const census *from) DR_MUST_CHECK;
/* Sorts the minutes and drops doubles; runs stay per source. */
dr_status census_seal(census *c) DR_MUST_CHECK;
size_t census_count(const census *c);
const census_log *census_at(const census *c, size_t i);
bool census_failed(const census *c); /* memory ran out while noting */

#endif
