/* Views: what was found, as text for people or as JSON Lines. They read what the run came to and
 * decide nothing; they write into a buffer, open no file and know no terminal.
 *
 * view_in is filled by the caller from the run and only read here; everything in it is borrowed.
 * Output of the same input is the same bytes, for any machine. */
#ifndef DR_VIEW_VIEW_H
#define DR_VIEW_VIEW_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "coverage/cov_reason.h"
#include "fact/store.h"
#include "reason/verdict.h"

typedef enum view_source_state {
    VIEW_SOURCE_READ,      /* read whole; notes only */
    VIEW_SOURCE_DAMAGED,   /* some of it could not be read */
    VIEW_SOURCE_USELESS,   /* nothing of it could be read */
    VIEW_SOURCE_PART,      /* read with the one that it belongs to: a transaction log */
    VIEW_SOURCE_DUPLICATE, /* equal to another one, read once */
    VIEW_SOURCE_CONTAINER, /* an archive, whose members are sources */
    VIEW_SOURCE_PASSED     /* not a kind of file that is read */
} view_source_state;

typedef struct view_source {
    dr_str name;    /* relative to the argument that it came from */
    dr_str kind;    /* "event log"; empty when not recognised */
    dr_str sha256;  /* hexadecimal, or empty */
    dr_str same_as; /* VIEW_SOURCE_DUPLICATE: name of the one that was read */
    uint64_t size;  /* bytes */
    uint64_t records; /* 0: none, or not counted */
    view_source_state state;
    const dr_diags *diags; /* NULL: none */
} view_source;

typedef struct view_host {
    dr_str name;
    dr_str system;       /* "Windows 10 22H2", or empty */
    int64_t first, last; /* of its records; DR_NO_TIME for none */
    const dr_str *notes; /* "clock stepped +3 h 2025-05-30 08:14" */
    size_t n_notes;
} view_host;

typedef struct view_span {
    int64_t from, to; /* ticks */
    cov_reason reason; /* COV_COVERED or why not */
} view_span;

/* What one recorder of one host would have written, and when. */
typedef struct view_recorder {
    dr_str host;
    dr_str id;              /* "security.user-accounts" */
    dr_str source;          /* "Security" */
    dr_str shown;           /* "user accounts" */
    const view_span *spans; /* in time order; none for state at rest */
    size_t n_spans;
    cov_reason reason; /* where there are no spans: of the whole */
    dr_str text;       /* a clause: why not, how far back; may be empty */
    bool minor;        /* people are shown it on demand only */
} view_recorder;

typedef struct view_note { /* an examiner's, beside a verdict */
    uint64_t number;
    dr_str verdict, stance, because, by; /* by may be empty */
} view_note;

typedef struct view_in {
    const dr_symtab *syms;
    const vocabulary *vocab;
    const fact_store *facts;
    const view_source *sources; /* by number: fact_record.source counts from 1 */
    size_t n_sources;
    const view_host *hosts;
    size_t n_hosts;
    const view_recorder *recorders; /* by host, then in the order of their data files */
    size_t n_recorders;
    const verdict *const *verdicts; /* in the order in which they are shown */
    size_t n_verdicts;
    const view_note *notes; /* by number */
    size_t n_notes;
    dr_str evidence;  /* the arguments, for the hints below a screen */
    int64_t first, last; /* times of the evidence */
    uint64_t elapsed_ms; /* 0: not shown */
} view_in;

typedef struct view_options {
    size_t width; /* columns; 0: do not wrap */
    bool colour;
    bool all; /* show what is expected, and every row of evidence */
    bool zoned; /* local times of a zone beside UTC: */
    int32_t zone_minutes; /* its distance from UTC, eastward */
    int64_t from, to;     /* coverage: the bars are of this time only; 0: of all there is */
} view_options;

/* JSON Lines: one object and a newline each. */
void view_json_source(dr_buf *out, const view_source *source);
void view_json_coverage(dr_buf *out, const view_recorder *recorder);
void view_json_verdict(dr_buf *out, const view_in *in, const verdict *v);
void view_json_summary(dr_buf *out, const view_in *in);

/* With the label of its verdict; null where the case has none of that id any more. */
void view_json_note(dr_buf *out, const view_in *in, const view_note *note);
void view_json_fact(dr_buf *out, const view_in *in, const fact *f);

/* Screens for people. */
void view_examine(dr_buf *out, const view_in *in, const view_options *options);
void view_explain(dr_buf *out, const view_in *in, const verdict *v, const view_options *options);
void view_coverage(dr_buf *out, const view_in *in, const view_options *options);
void view_damage(dr_buf *out, const view_in *in, const view_options *options);
/* A program: its verdict, and those of single runs of it. */
typedef struct view_program {
    const verdict *v;
    const verdict *const *runs;
    size_t n_runs;
} view_program;

#define VIEW_MENTIONS_MAX 32 /* artefacts that have columns */

/* The programs among IN's verdicts, in the order in which they are shown. False: no memory. */
bool view_programs_gather(dr_arena *arena, const view_in *in, view_program **out, size_t *n);
/* One a row; of LEFT_OUT more only the number. The same as CSV with a head line, and as one JSON line each. */
void view_programs(dr_buf *out, const view_in *in, const view_program *list, size_t n, size_t left_out, const view_options *options);
void view_programs_csv(dr_buf *out, const view_in *in, const view_program *list, size_t n);
void view_json_program(dr_buf *out, const view_in *in, const view_program *p);
/* The highest rung that is proved or contradicted; *any is false when none is. */
rung view_highest_rung(const verdict *v, bool *any);
/* The first and last launch that any artefact dates; DR_NO_TIME for none. */
void view_launches(const verdict *v, int64_t *first, int64_t *last);
/* The value of a parameter, or empty. */
dr_str view_parameter(const verdict *v, const char *name);
/* What has to be said about sources: one line each. VERBOSE: also those that were passed over. */
void view_messages(dr_buf *out, const view_in *in, bool verbose);
/* Verdicts one a line; the same as CSV with a head line. */
void view_verdicts(dr_buf *out, const view_in *in, const view_options *options);
void view_verdicts_csv(dr_buf *out, const view_in *in, const view_options *options);

/* Notes one a line. */
void view_notes(dr_buf *out, const view_in *in, const view_options *options);

/* One fact of the timeline; texts are masked with the secrets of SECRETS (NULL: none). */
void view_fact(dr_buf *out, const view_in *in, const verdict_list *secrets, const fact *f, const view_options *options);

/* The same as a row of CSV: an attribute is its name, a space and its value, three spaces between two. */
void view_facts_csv_head(dr_buf *out);
void view_fact_csv(dr_buf *out, const view_in *in, const verdict_list *secrets, const fact *f);

/* Digits of an id (behind "v-") that are enough to tell all verdicts of the run apart: 4 to 16. */
size_t view_id_digits(const view_in *in);
/* The verdict whose id begins so; NULL when there is none or more than one (*hits tells). */
const verdict *view_find(const view_in *in, dr_str id, size_t *hits);

#endif
