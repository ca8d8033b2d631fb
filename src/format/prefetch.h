/* Windows Prefetch files (SCCA), versions 17, 23, 26, 30 (both layouts) and 31, plain or in a MAM
 * container. Facts: docs/formats/prefetch.md.
 *
 * prefetch_open takes the whole file; all views are of its bytes or of the arena. Nothing is taken on
 * trust: what does not fit becomes a diagnostic, and what can be read all the same is. */
#ifndef DR_FORMAT_PREFETCH_H
#define DR_FORMAT_PREFETCH_H

#include "base/arena.h"
#include "base/cur.h"
#include "base/diag.h"
#include "base/dr_time.h"

#define PREFETCH_RUNS 8
#define PREFETCH_NAME_MAX 29 /* characters of the executable's name that are kept */

enum { PREFETCH_TRACE = 1 }; /* prefetch_file.flags: of the boot or of an operation, not of a program's start */

typedef struct prefetch_entry { /* a file whose pages were read */
    dr_wstr path;               /* upper case, device or volume path */
    uint32_t flags;
    uint64_t reference;         /* of NTFS; 0 when not kept */
} prefetch_entry;

typedef struct prefetch_volume {
    dr_wstr device;
    int64_t created; /* ticks */
    uint32_t serial;
    uint32_t n_references, n_folders;
} prefetch_volume;

typedef struct prefetch {
    dr_bytes bytes;     /* unpacked */
    bool packed;        /* it was in a MAM container */
    uint32_t version;
    uint32_t size;      /* as the header says */
    dr_wstr name;       /* of the executable, cut at PREFETCH_NAME_MAX */
    uint32_t hash;
    uint32_t flags;
    bool second_layout; /* metrics at 0x128: Windows 10 1903 and later */
    uint32_t run_count;
    int64_t runs[PREFETCH_RUNS]; /* ticks, newest first as stored; DR_NO_TIME for none */
    size_t n_runs;               /* slots of this version */
    dr_wstr hashed;     /* what the hash is over: a device path, or a package's full name; may be empty */
    prefetch_entry *files;
    size_t n_files;
    prefetch_volume *volumes;
    size_t n_volumes;
    bool damaged;       /* a section could not be read in full: files or volumes are missing */
} prefetch;

/* DR_FORMAT: no Prefetch file, or so damaged that nothing of it can be said (the text says where);
 * DR_UNSUPPORTED: a compression that is not read; DR_NOMEM. */
dr_status prefetch_open(prefetch *out, dr_bytes file, dr_arena *arena, dr_diags *diags, dr_err *err) DR_MUST_CHECK;

/* The hash of Windows XP and 2003 (version 17), and that of all later ones, over UTF-16LE text. */
uint32_t prefetch_hash_xp(dr_wstr text);
uint32_t prefetch_hash_vista(dr_wstr text);

#endif
