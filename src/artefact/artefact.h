/* Artefacts: what a descriptor is, and where records go. One file per artefact, one line in
 * registry.c. A source is opened once by its format; every artefact on that format whose `accepts`
 * says yes runs over the same opened structure. */
#ifndef DR_ARTEFACT_ARTEFACT_H
#define DR_ARTEFACT_ARTEFACT_H

#include "artefact/census.h"
#include "artefact/record.h"
#include "base/arena.h"
#include "base/diag.h"
#include "base/status.h"
#include "format/recognise.h"

/* Which event records are asked for: answered once per provider and event id, never per record. */
typedef struct record_filter {
    void *context; /* read-only, shared by all workers */
    bool (*wants)(const void *context, dr_str provider, dr_str alias, uint32_t event_id);
} record_filter;

/* Takes the records of one unit of work in their order. `record` copies what it keeps. */
typedef struct record_sink {
    void *context;
    dr_status (*record)(void *context, const record *r);
    const record_filter *filter; /* NULL: everything is wanted */
    census *census;              /* counts all event records, wanted or not; may be NULL */
} record_sink;

/* What an artefact is given beside the opened structure. */
typedef struct artefact_input {
    uint32_t source; /* number of the source in the run */
    dr_str path;     /* inside its collection, with / as separator; never decides what a file is */
    dr_arena *arena; /* of the source: decoder state and texts of diagnostics */
    dr_diags *diags; /* of the source */
} artefact_input;

typedef struct artefact {
    const char *name;   /* "services" */
    format_kind format; /* whose opened structure it reads */
    const char *schema; /* of its records: "regf.service" */
    bool (*accepts)(const void *opened); /* by content; NULL: always */
    dr_status (*read)(const void *opened, const artefact_input *in, const record_sink *sink);
} artefact;

/* All artefacts, ended by a NULL. */
extern const artefact *const artefact_registry[];

#endif
