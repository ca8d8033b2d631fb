/* Event logs: drives format/evtx over one file. Two products: records for fact maps (evtlog_read)
 * and lines of JSON or XML (evtlog_parse).
 *
 * The file is read once, from front to back, in blocks of whole chunks; every block is one unit of
 * work. N threads decode units side by side, each with its own caches; what comes out stands in file
 * order, the same for any number of threads. Memory is bounded by threads, not by the file.
 * What is left over in unused space (slack, chunks from before a clear) is read after the live
 * records, in a second look at the chunks that have some; it carries RECORD_RECOVERED, and exact
 * copies of live records are dropped. Damage goes to the diagnostics and, as lost ranges, to the
 * census. Facts: docs/formats/evtx.md. */
#ifndef DR_ARTEFACT_EVTLOG_H
#define DR_ARTEFACT_EVTLOG_H

#include "artefact/artefact.h"
#include "base/os.h"

typedef struct evtlog_input {
    void *context;
    /* Reads up to N bytes at OFF; *got is less only at the end. Called from one thread. */
    dr_status (*read_at)(void *context, uint64_t off, void *p, size_t n, size_t *got, dr_err *err);
    uint64_t size;
    /* Every byte of the file exactly once and in order, while it is hot: for hashing. May be NULL. */
    void (*on_bytes)(void *on_bytes_context, dr_bytes bytes);
    void *on_bytes_context;
    uint32_t source; /* number of the source in the run */
    uint32_t group;  /* its computers are counted apart from those of other groups; 0: there is one */
} evtlog_input;

/* Inputs over an open file and over bytes in memory; both are borrowed. */
evtlog_input evtlog_input_file(dr_file *file);
evtlog_input evtlog_input_bytes(dr_bytes *bytes);

/* Takes wanted records, unit by unit.
 *   unit_begin  caller's thread, in file order: makes the unit's own state
 *   record      a worker's thread, one unit at a time: *r and its views end with the call
 *   unit_end    caller's thread, in file order; COMPLETE is false for units that were begun when the
 *               reading failed: only give their state back */
typedef struct evtlog_consumer {
    void *context;
    dr_status (*unit_begin)(void *context, void **unit);
    dr_status (*record)(void *unit, const record *r);
    dr_status (*unit_end)(void *context, void *unit, bool complete);
    const record_filter *filter; /* NULL: everything is wanted; asked by all workers */
    census *census;              /* counts all records; may be NULL; caller's thread only */
} evtlog_consumer;

/* DR_OK however damaged the log is; DR_NOMEM, DR_IO, or what the consumer returned. */
dr_status evtlog_read(const evtlog_input *in, const evtlog_consumer *consumer, unsigned threads,
                      dr_diags *diags, dr_err *err) DR_MUST_CHECK;
/* The same with a plain sink: its `record` is called by the caller's thread in file order. */
dr_status evtlog_read_sink(const evtlog_input *in, const record_sink *sink, dr_diags *diags,
                           dr_err *err) DR_MUST_CHECK;

typedef struct evtlog_parse_options {
    bool xml; /* else JSON Lines */
    bool
        offsets; /* a leading member "Record" (XML: attributes): offset, header id and time, flags */
    bool recovered; /* also what is left over in unused space; it always carries "Record" */
    unsigned threads;
} evtlog_parse_options;

/* Takes finished lines in file order; what it returns other than DR_OK ends the parse. */
typedef dr_status (*evtlog_write)(void *context, dr_str lines, dr_err *err);

dr_status evtlog_parse(const evtlog_input *in, const evtlog_parse_options *options,
                       evtlog_write write, void *write_context, dr_diags *diags,
                       dr_err *err) DR_MUST_CHECK;

#endif
