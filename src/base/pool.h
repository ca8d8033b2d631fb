/* Parallel work in a fixed order. One thread (the caller's) makes items and takes the finished ones
 * back in the order in which it made them; N workers do what lies between. The number of items in
 * flight is bounded, so memory stays flat however long the input is. With one thread everything runs
 * inline, without threads, in the same order: what comes out is the same for any number.
 *
 * Sharing: an item belongs to exactly one thread at a time; `context` is read by the callers of make
 * and take, and by workers only as far as its owner allows. */
#ifndef DR_BASE_POOL_H
#define DR_BASE_POOL_H

#include "base/status.h"

#define DR_POOL_MAX_THREADS 256u

typedef struct dr_pool {
    void *context;
    /* Fills the item. DR_END: nothing more (the item is not used). Caller's thread. */
    dr_status (*make)(void *context, void *item, dr_err *err);
    /* WORKER counts from 0 to threads - 1; one thread per number, so it may own scratch state. */
    dr_status (*work)(void *context, unsigned worker, void *item, dr_err *err);
    /* Takes the item back, in the order of make. Caller's thread. */
    dr_status (*take)(void *context, void *item, dr_err *err);
} dr_pool;

/* ITEMS: N_ITEMS pointers to recycled items; at least 1, better 2 per thread. Returns the first
 * failure in the order of the items (what came before it was taken), DR_NOMEM when no worker could
 * be started, else DR_OK. */
dr_status dr_pool_run(const dr_pool *pool, void *const *items, size_t n_items, unsigned threads,
                      dr_err *err) DR_MUST_CHECK;

#endif
