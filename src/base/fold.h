/* Memory that can be folded to disk. Blocks are plain memory until all of them together exceed what may
 * be kept; then the older ones are written to an unlinked temporary file, which is mapped in their place.
 * Addresses stay, reading and writing go on as before, and the pages can be given back at any time: the
 * system reads them again when they are asked for. Without a temporary file, or when the disk is full,
 * blocks stay in memory. Not shared between threads. */
#ifndef DR_BASE_FOLD_H
#define DR_BASE_FOLD_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DR_FOLD_BLOCK (1u << 20) /* bytes; a block is a multiple of the system's pages */

typedef struct dr_fold {
    bool folded;     /* something lies on disk */
    uint32_t visits; /* since the resident size was looked at */
} dr_fold;

/* KEEP: bytes of blocks that stay in memory before any is folded. NULL: no memory. */
dr_fold *dr_fold_create(size_t keep);
void dr_fold_destroy(dr_fold *fold); /* after all blocks are given back; NULL is fine */
/* A zeroed block of at least SIZE bytes; FULL is the block that it follows, to which no more is written
 * soon, or NULL. Only such blocks are folded. NULL: no memory. */
void *dr_fold_block(dr_fold *fold, size_t size, void *full);
void dr_fold_give_back(dr_fold *fold, void *block);
/* Gives pages of folded blocks back when the process has grown since the last time. */
void dr_fold_trim(dr_fold *fold);
/* Bytes that lie on disk. */
uint64_t dr_fold_bytes(const dr_fold *fold);

#define DR_FOLD_VISITS 256u /* reads in folded blocks between two looks; each may bring in 128 KiB */

/* To be called on the way to something that may be folded. */
static inline void dr_fold_visit(dr_fold *fold)
{
    if (fold->folded && ++fold->visits >= DR_FOLD_VISITS)
        dr_fold_trim(fold);
}

#endif
