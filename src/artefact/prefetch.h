/* Prefetch files as records. */
#ifndef DR_ARTEFACT_PREFETCH_H
#define DR_ARTEFACT_PREFETCH_H

#include "artefact/artefact.h"
#include "base/buf.h"
#include "format/prefetch.h"

/* What a Prefetch file says of its program beyond its plain fields. */
typedef struct prefetch_program {
    dr_str path;         /* of the executable, with all of its name; empty when it cannot be told */
    dr_str package;      /* packaged apps: the package's full name */
    bool path_hashed;    /* the stored hash is over this very path */
    uint32_t path_hash;  /* over the path as it was hashed; 0: no path */
    uint32_t beyond;     /* hash - path_hash: of the command line (hosts), 1 to 8 (/prefetch:N) */
    bool cut;            /* the header's name is cut, the path has all of it */
    bool hosts;          /* one of the programs that run other programs' code: the command line is hashed too */
    uint32_t switch_n;   /* N of /prefetch:N, 0: none */
    size_t own_files;    /* files of the trace beyond what the loader itself reads */
} prefetch_program;

dr_status prefetch_program_of(prefetch_program *out, const prefetch *p, dr_arena *arena) DR_MUST_CHECK;
/* The file as JSON Lines: one for the file, with all its files and volumes. */
dr_status prefetch_json(dr_buf *out, const prefetch *p, dr_arena *arena) DR_MUST_CHECK;

extern const artefact art_prefetch;

#endif
