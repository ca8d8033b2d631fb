/* The case: what a run came to, in one SQLite file (docs/case.md, data/schema/001.sql). It is written
 * at once and put to its place whole, or not at all; it is read without being changed.
 *
 * case_image is what is kept, in the form in which it is shown. Of writing it is borrowed from the run;
 * of reading it belongs to the open case, and facts and verdicts are handed over. */
#ifndef DR_CASEDB_CASE_H
#define DR_CASEDB_CASE_H

#include "base/diag.h"
#include "entity/run.h"
#include "reason/verdict.h"

#define CASE_APPLICATION_ID 0x64724321 /* "drC!" */
#define CASE_SCHEMA_VERSION 1

typedef struct case_data_file {
    dr_str name, text;
} case_data_file;

typedef struct case_argument {
    dr_str given, path; /* as it was named; without links */
} case_argument;

typedef struct case_source {
    dr_str argument, name, kind, state, same_as, sha256;
    uint64_t size;
    const dr_diags *diags; /* NULL: none */
} case_source;

typedef struct case_host {
    dr_str name, system;
    int64_t first, last;
    const dr_str *notes;
    size_t n_notes;
} case_host;

typedef struct case_span {
    int64_t from, to;
    cov_reason reason;
} case_span;

typedef struct case_coverage { /* one recorder of one host */
    dr_str host, recorder, source, shown, text;
    bool minor;
    cov_reason reason;
    const case_span *spans;
    size_t n_spans;
    const fact_id *proofs; /* sorted, each once */
    size_t n_proofs;
} case_coverage;

typedef struct case_note { /* an examiner's */
    uint64_t number; /* inside the case; stays when others are removed */
    dr_str verdict, stance, because, by;
} case_note;

enum { CASE_FILES, CASE_READ, CASE_DAMAGED, CASE_UNKNOWN, CASE_BYTES, CASE_RECORDS, CASE_NUMBERS }; /* of the last line */

typedef struct case_image {
    dr_str version; /* of didrun that made it */
    uint64_t numbers[CASE_NUMBERS];
    bool damaged; /* some evidence was not whole */
    bool own_data; /* rules or data of the user's were given */
    const case_data_file *data;
    size_t n_data;
    const case_argument *arguments;
    size_t n_arguments;
    const case_source *sources; /* by number */
    size_t n_sources;
    const case_host *hosts;
    size_t n_hosts;
    const case_coverage *coverage;
    size_t n_coverage;
    const case_note *notes;
    size_t n_notes;
    /* Writing only. */
    const dr_symtab *syms;
    const vocabulary *vocab;
    const fact_store *facts;
    const run_table *runs;
    const verdict_list *verdicts;
} case_image;

/* Called now and then while a case is written; anything but DR_OK ends it with that status. */
typedef dr_status (*case_tick)(void *context, uint64_t done, uint64_t total);

/* May a case be written there? DR_USAGE when something is in the way: any file, or with REPLACE any that
 * is neither a case nor empty. DR_IO when the folder cannot be written. */
dr_status case_may_write(const char *path, bool replace, dr_err *err) DR_MUST_CHECK;
dr_status case_write(const char *path, bool replace, const case_image *image, case_tick tick, void *context, dr_err *err) DR_MUST_CHECK;

/* Is there a file with the marks of a case? Never fails. */
bool case_is(const char *path);

/* For a self-test: can the layout that is compiled in be made? DR_DATA when it cannot. */
dr_status case_check_layout(dr_err *err) DR_MUST_CHECK;
const char *case_library(void); /* version of SQLite */

typedef struct case_file case_file;

/* Opens it and checks that it is laid out as its schema says. DR_FORMAT when it is not, or damaged. */
dr_status case_open(case_file **out, const char *path, dr_err *err) DR_MUST_CHECK;
void case_close(case_file *c); /* NULL is fine */
/* Everything but facts and verdicts; valid until case_close. */
const case_image *case_shown(const case_file *c);
/* Facts into an empty store, with symbols of SYMS; verdicts into an empty list. VOCAB is made of the
 * data that the case holds. */
dr_status case_read_facts(case_file *c, const vocabulary *vocab, dr_symtab *syms, fact_store *store, dr_err *err) DR_MUST_CHECK;
dr_status case_read_verdicts(case_file *c, const vocabulary *vocab, dr_symtab *syms, verdict_list *out, dr_err *err) DR_MUST_CHECK;

/* Notes are put beside verdicts in the case at PATH, which changes in one step or not at all; who asks at
 * the same time waits. The verdict may be the unique beginning of its id; NOTE gets the number and the whole
 * id (in ARENA). DR_USAGE when there is no such verdict or note, DR_FORMAT when it is no case. */
dr_status case_note_add(const char *path, dr_arena *arena, case_note *note, dr_err *err) DR_MUST_CHECK;
dr_status case_note_remove(const char *path, uint64_t number, dr_err *err) DR_MUST_CHECK;

#endif
