/* The passes over an event log that evtlog.c and evtlog_parse.c share: blocks, threads, recovered
 * space. Internal to the two. */
#ifndef DR_ARTEFACT_EVTLOG_DRIVE_H
#define DR_ARTEFACT_EVTLOG_DRIVE_H

#include "artefact/evtlog.h"
#include "base/buf.h"
#include "format/binxml.h"
#include "format/evtx.h"

#define EVTLOG_BLOCK_CHUNKS 8u

typedef struct evtlog_drive evtlog_drive;

/* Chunks of the file that want a second look. */
typedef struct evtlog_left {
    uint64_t off;
    bool whole; /* not only its slack: the slot is beyond the live ones, or has no signature */
} evtlog_left;

/* Where live records stand, to know copies of them. */
typedef struct evtlog_span {
    uint64_t off, first_id, last_id;
} evtlog_span;

typedef struct evtlog_loss {
    uint64_t off, size;
    bool placed; /* the unit's census has it */
} evtlog_loss;

/* One unit of work. */
typedef struct evtlog_block {
    uint64_t off; /* of bytes in the file */
    uint8_t *bytes;
    size_t n;
    dr_arena *arena; /* texts of diagnostics */
    dr_diags diags;
    DR_VEC(evtlog_left) left;
    DR_VEC(evtlog_span) spans;
    DR_VEC(evtlog_loss) losses;
    dr_buf out; /* of evtlog_parse.c; kept from block to block for its memory */
    void *unit; /* of the user */
} evtlog_block;

/* What the two users add. All run in a worker but the last three. Workers are numbered from 0; the
 * one that reads recovered records, in the caller's thread, comes behind the others, so that what it
 * knows of templates does not depend on who read what. */
typedef struct evtlog_ops {
    void *context;
    dr_status (*worker_begin)(void *context, unsigned worker, binxml_reader *reader);
    dr_status (*block_work)(void *context, unsigned worker,
                            evtlog_block *b); /* before its records */
    dr_status (*record)(void *context, unsigned worker, evtlog_block *b, const evtx_item *item,
                        const binxml_instance *in, uint32_t flags);
    /* A recovered record whose template is gone: only its values are there. May be NULL. */
    dr_status (*values_only)(void *context, unsigned worker, evtlog_block *b, const evtx_item *item,
                             const binxml_instance *in);
    void (*symbols_gone)(void *context, unsigned worker); /* the reader was trimmed */
    dr_status (*block_begin)(void *context, evtlog_block *b, dr_err *err); /* caller's thread */
    dr_status (*block_end)(void *context, evtlog_block *b, bool complete,
                           dr_err *err);                             /* likewise */
    dr_status (*flush)(void *context, evtlog_block *b, dr_err *err); /* likewise; may be NULL */
} evtlog_ops;

dr_status evtlog_drive_run(const evtlog_input *in, const evtlog_ops *ops, unsigned threads,
                           bool recovered, dr_diags *diags, dr_err *err) DR_MUST_CHECK;
void evtlog_lose(evtlog_block *b, uint64_t off, uint64_t size);

#endif
