#include "base/table.h"

void dr_table_init(dr_table *t, dr_arena *arena, size_t item)
{
    *t = (dr_table){ .arena = arena, .item = item };
}

void dr_table_free(dr_table *t)
{
    dr_vec_free(&t->chunks);
    t->n = 0;
}

void *dr_table_push(dr_table *t)
{
    if (t->n == t->chunks.n * DR_TABLE_CHUNK) { /* after a cut there may be room already */
        unsigned char *chunk = dr_arena_array(t->arena, DR_TABLE_CHUNK, t->item);
        if (!chunk || !dr_vec_push(&t->chunks, chunk))
            return NULL;
    }
    void *p = dr_table_at(t, t->n++);
    memset(p, 0, t->item);
    return p;
}

void dr_table_cut(dr_table *t, size_t n)
{
    DR_ASSERT(n <= t->n);
    t->n = n;
}
