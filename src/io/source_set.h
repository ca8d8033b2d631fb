/* The inside of a source_set, shared by source.c (the list, its order, reading) and walk.c (what there
 * is). Internal to the two. */
#ifndef DR_IO_SOURCE_SET_H
#define DR_IO_SOURCE_SET_H

#include "base/limits.h"
#include "base/map.h"
#include "io/source.h"

#include <stdatomic.h>

typedef struct source_argument {
    dr_str text; /* as given, without separators at its end */
    dr_str real;
    dr_node_kind kind;
    bool found;  /* something of it will be read, or a message says why not */
} source_argument;

struct source_set {
    const source_types *types;
    dr_arena *arena;
    DR_VEC(source_argument) arguments;
    DR_VEC(source *) list;
    DR_VEC(dr_str) collections; /* paths */
    dr_map *seen;               /* device and inode of files met */
    dr_file spill;              /* fd -1 until needed */
    dr_bytes spill_map;
    uint64_t memory_kept;
    uint64_t unlisted_unknown, unlisted_empty;
    uint64_t files;
    uint64_t tick_done, tick_total;
    source_tick tick;
    void *tick_context;
    bool sealed;
    bool take_beside; /* companions beside a file given alone */
    atomic_uint_fast64_t done;
};

/* A new source at the end of the list; NULL: no memory. */
source *source_new(source_set *set, size_t argument, dr_str path, dr_status *status, dr_err *err);
/* Everything below one argument. */
dr_status source_walk_argument(source_set *set, size_t argument, dr_err *err) DR_MUST_CHECK;
/* Unpacks what source_walk_argument queued (state SOURCE_CONTAINER). */
dr_status source_unpack_all(source_set *set, dr_err *err) DR_MUST_CHECK;

#endif
