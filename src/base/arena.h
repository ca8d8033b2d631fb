/* Arenas: all memory that is not a growing vector. An arena has a name and a hard limit; what it
 * hands out lives until the arena is reset to an earlier mark or destroyed. Not shared between
 * threads. Failing is sticky: after the first refusal every allocation returns NULL, and
 * dr_arena_failed() tells, so that a builder checks once. */
#ifndef DR_BASE_ARENA_H
#define DR_BASE_ARENA_H

#include "base/fold.h"
#include "base/status.h"
#include "base/str.h"

typedef struct dr_arena dr_arena;

typedef struct dr_arena_mark {
    void *block;
    size_t used;
    size_t total;
} dr_arena_mark;

/* LIMIT in bytes, 0 for none. NULL when there is no memory. NAME is borrowed. */
dr_arena *dr_arena_create(const char *name, size_t limit);
/* Its blocks may be folded to disk. FOLD is borrowed and has to outlive the arena. */
dr_arena *dr_arena_create_folding(const char *name, dr_fold *fold);
void dr_arena_destroy(dr_arena *arena); /* NULL is fine */
/* Zeroed, aligned for any type; NULL on failure. SIZE 0 gives a valid pointer. */
void *dr_arena_alloc(dr_arena *arena, size_t size);
/* Not zeroed, alignment 1: for text. */
char *dr_arena_bytes(dr_arena *arena, size_t size);
void *dr_arena_array(dr_arena *arena, size_t count, size_t size);
dr_str dr_arena_str(dr_arena *arena, dr_str s);              /* a copy, with a NUL behind it */
dr_str dr_arena_printf(dr_arena *arena, const char *fmt, ...) DR_PRINTF(2, 3);
dr_str dr_arena_concat(dr_arena *arena, dr_str a, dr_str b);
dr_str dr_arena_fold(dr_arena *arena, dr_str s);             /* upper-cased as dr_fold_code */
dr_arena_mark dr_arena_save(dr_arena *arena);
void dr_arena_restore(dr_arena *arena, dr_arena_mark mark);  /* frees all since; clears a failure */
void dr_arena_reset(dr_arena *arena);
bool dr_arena_failed(const dr_arena *arena);
size_t dr_arena_used(const dr_arena *arena);

#define DR_NEW(arena, type) ((type *)dr_arena_alloc((arena), sizeof(type)))
#define DR_NEW_ARRAY(arena, type, n) ((type *)dr_arena_array((arena), (n), sizeof(type)))

/* Failing allocation for tests: the N-th allocation from now on (1 = the next) fails, in arenas and
 * vectors alike; 0 switches it off. Kept in the test build only (DR_FAULT_INJECTION). */
void dr_alloc_fail_after(long n);
bool dr_alloc_should_fail(void);

/* The only doors to malloc for types outside base (handles that outlive every arena). */
void *dr_mem_alloc(size_t size); /* zeroed */
void dr_mem_free(void *p);

#endif
