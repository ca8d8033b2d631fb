/* Files that are read whole: opens them by their format and runs the artefacts over what was opened, or
 * prints them as JSON Lines. Event logs and hives have their own ways (evtlog.h, format/regf.h). */
#ifndef DR_ARTEFACT_FILES_H
#define DR_ARTEFACT_FILES_H

#include "artefact/artefact.h"

typedef struct artefact_file {
    format_kind kind;
    dr_str name; /* for diagnostics */
    dr_bytes bytes;
} artefact_file;

/* Of what was read as a state at rest. */
typedef struct artefact_rest {
    const char *artefact; /* NULL: nothing was read */
    int64_t as_of;        /* newest time in it; DR_NO_TIME when there is none */
    bool whole;           /* without damage: what is not in it is not there */
} artefact_rest;

/* Is it a kind that these functions read? */
bool artefact_file_reads(format_kind kind);
/* FILE with its companions PARTS. DR_FORMAT and DR_UNSUPPORTED: not a file of its kind, or so damaged that
 * nothing can be said of it (err says why). */
dr_status artefact_file_read(const artefact_file *file, const artefact_file *parts, size_t n_parts,
                             const artefact_input *in, const record_sink *sink, artefact_rest *rest,
                             dr_err *err) DR_MUST_CHECK;
/* LOST: also what is left over of deleted objects. WRITE takes whole lines. */
dr_status artefact_file_parse(const artefact_file *file, const artefact_file *parts, size_t n_parts,
                              const artefact_input *in, bool lost, dr_status (*write)(void *context, dr_str lines),
                              void *context, dr_err *err) DR_MUST_CHECK;

#endif
