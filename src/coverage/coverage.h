/* Coverage: would the record have been written, and would it still be there? For each host and
 * recorder the spans that are covered, with what shows it, and those that are not, with the reason
 * (design section 5). Built once from the sealed facts, the sealed census and the table of recorders;
 * read-only after and free to be asked by several threads, each with an arena of its own.
 *
 * It knows no log and no product by name: what writes which facts where is data. All times are ticks. */
#ifndef DR_COVERAGE_COVERAGE_H
#define DR_COVERAGE_COVERAGE_H

#include "artefact/census.h"
#include "coverage/cov_reason.h"
#include "coverage/cov_span.h"
#include "fact/recorder.h"
#include "fact/store.h"

typedef struct coverage coverage;

/* State at rest of one kind on one host: a hive, a repository, a folder. */
typedef struct cov_rest {
    dr_sym host;
    dr_str artefact; /* as recorders name it: "sam" */
    uint32_t source;
    int64_t as_of;   /* when it was last consistent; DR_NO_TIME: not known */
    bool whole;      /* read without damage */
    bool replayed;   /* its logs were replayed, or it was not dirty */
} cov_rest;

typedef struct cov_system { /* what is known of a host from elsewhere */
    dr_sym host;
    recorder_edition edition;
    uint32_t build; /* 0: not known */
} cov_system;

/* All of it is borrowed as long as the coverage lives. */
typedef struct cov_input {
    const fact_store *store; /* sealed */
    const vocabulary *vocab;
    const recorder_set *recorders;
    const census *census; /* sealed */
    /* The host of a computer's name, as the facts have it; NULL: the name itself. */
    dr_sym (*host_of)(const void *context, dr_str computer);
    const void *host_context;
    const cov_rest *rest;
    size_t n_rest;
    const cov_system *systems;
    size_t n_systems;
} cov_input;

dr_status coverage_build(coverage **out, const cov_input *in, dr_err *err) DR_MUST_CHECK;
void coverage_free(coverage *c);

/* Facts that the logs themselves show, beside their records: a log that took no records while the host
 * was active, and the first record of a whole log that was cleared. To be asked for once, before
 * coverage is built; the drafts are handed over in an order that depends on the evidence alone. */
typedef dr_status (*cov_taker)(void *context, const fact_draft *draft);
dr_status cov_derive(const cov_input *in, cov_taker take, void *context, dr_err *err) DR_MUST_CHECK;

typedef struct cov_question {
    int64_t from, to; /* the record would stand in [from, to] */
    int64_t near;     /* time of the trigger: the reason nearest to it is named; DR_NO_TIME: from */
    dr_str route;     /* way of doing it; empty: the usual one */
    const fact_attr *attrs; /* what is known of the fact */
    size_t n_attrs;
} cov_question;

typedef struct cov_answer {
    cov_reason reason; /* COV_COVERED, or why not */
    cov_grade grade;   /* where covered: A setting read or no switch, B like records, C a default */
    const recorder *recorder; /* that covers, or came nearest to it; NULL: none writes it */
    int64_t first, last;      /* times of the records that bound what is covered (or not) */
    uint64_t first_id, last_id;
    fact_id proof[2];         /* records that carry the answer, 0: none */
    dr_str text;              /* a clause for people, in the arena */
} cov_answer;

/* Would a fact of this kind have been recorded on the host in the window, and would it still be there? */
cov_answer cov_ask(const coverage *c, dr_arena *arena, dr_sym host, uint16_t kind, const cov_question *q);
/* How far coverage reaches without a hole from FROM on; FROM itself when nothing covers there. */
int64_t cov_reaches(const coverage *c, dr_sym host, uint16_t kind, int64_t from, dr_str route);

/* State at rest: would the object stand there if it had been made at Q's end (DR_NO_TIME: at some time
 * before)? Of Q also the attributes count: which hive would hold it may depend on them. */
typedef struct cov_rest_answer {
    cov_reason reason;
    cov_grade grade;
    const recorder *recorder;
    const cov_rest *state; /* NULL: not collected */
    dr_str text;
} cov_rest_answer;
cov_rest_answer cov_at_rest(const coverage *c, dr_arena *arena, dr_sym host, uint16_t kind, const cov_question *q);

/* One row of `didrun coverage`: a recorder on a host. */
typedef struct cov_row {
    dr_sym host;
    const recorder *recorder;
    const cov_span *spans; /* all time without a hole; none for state at rest and what is not collected */
    size_t n_spans;
    cov_reason reason; /* where there are no spans: of the whole */
} cov_row;

size_t cov_row_count(const coverage *c); /* by host (name), then in the order of the recorders */
cov_row cov_row_at(const coverage *c, size_t i);
/* What the row comes to: why not, how far back it reaches. */
dr_str cov_row_text(const coverage *c, dr_arena *arena, size_t i);

/* Hosts with live records, and what should be known of their time before anything is read. */
typedef struct cov_host_view {
    dr_sym name;
    int64_t first, last; /* of its live records; DR_NO_TIME for none */
    uint32_t build;      /* of Windows, 0: not known */
} cov_host_view;
size_t cov_host_count(const coverage *c); /* by name */
cov_host_view cov_host_at(const coverage *c, size_t i);
/* "clock set from ... to ..." and the like, one at a time: number N, from 0; empty when there is none. */
dr_str cov_host_note(const coverage *c, dr_arena *arena, size_t host, size_t n);

/* A log as it was handed over: whether it is whole, and where it begins. */
typedef struct cov_log_view {
    dr_sym host;
    dr_str channel;
    bool whole; /* no export, ids without a gap, nothing damaged at its beginning */
    uint64_t first_id, last_id;
    int64_t first, last;
} cov_log_view;
size_t cov_log_count(const coverage *c);
cov_log_view cov_log_at(const coverage *c, size_t i);

#endif
