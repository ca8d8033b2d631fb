/* Items of one size in an arena, at addresses that stay while the table grows: what is too large, or to
 * be folded to disk, for a vector. */
#ifndef DR_BASE_TABLE_H
#define DR_BASE_TABLE_H

#include "base/arena.h"
#include "base/vec.h"

#define DR_TABLE_CHUNK 1024u /* items */

typedef struct dr_table {
    dr_arena *arena; /* borrowed; its memory is the table's */
    size_t item, n;
    DR_VEC(unsigned char *) chunks;
} dr_table;

void dr_table_init(dr_table *t, dr_arena *arena, size_t item);
void dr_table_free(dr_table *t); /* items stay the arena's */
/* A new zeroed item at the end. NULL: no memory. */
void *dr_table_push(dr_table *t);
/* The first N items stay, N <= t->n; the room of the others is used again. */
void dr_table_cut(dr_table *t, size_t n);

static inline void *dr_table_at(const dr_table *t, size_t i)
{
    return t->chunks.p[i / DR_TABLE_CHUNK] + i % DR_TABLE_CHUNK * t->item;
}

#endif
