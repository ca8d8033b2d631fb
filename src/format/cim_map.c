#include "format/cim_repo.h"

#define START_MARK 0xabcdu
#define END_MARK 0xdcbau

/* One table of a mapping file.
 *   Vista and later: mark, version, first id, second id, physical pages, entries; an entry has 24 bytes:
 *   page, checksum, free, used, first id, second id. XP: mark, version, physical pages, entries; an entry
 *   is a page number. Then the number of free pages, their numbers, an end mark. */
static bool read_table(dr_cur *c, bool xp, bool end_needed, dr_arena *arena, cim_table *t)
{
    *t = (cim_table){ .page = NULL };
    if (dr_u32(c) != START_MARK)
        return false;
    t->version = dr_u32(c);
    if (!xp) {
        t->first_id = dr_u32(c);
        if (dr_u32(c) != t->first_id - 1)
            return false;
    }
    (void)dr_u32(c); /* physical pages */
    uint32_t n = dr_u32(c);
    t->n = (uint32_t)dr_count(c, n, xp ? 4 : 24);
    if (!dr_cur_ok(c))
        return false;
    uint32_t *page = DR_NEW_ARRAY(arena, uint32_t, t->n);
    if (!page)
        return false;
    for (uint32_t i = 0; i < t->n; i++) {
        page[i] = dr_u32(c) & CIM_NO_PAGE; /* the two bits above are flags */
        if (xp)
            continue;
        dr_skip(c, 8);
        uint32_t used = dr_u32(c);
        if (i == 0)
            t->root = used; /* of the index: its first page is the administrative one */
        dr_skip(c, 8);
    }
    t->page = page;
    size_t n_free = dr_count(c, dr_u32(c), 4);
    dr_skip(c, n_free * 4);
    t->complete = dr_cur_ok(c) && dr_u32(c) == END_MARK && dr_cur_ok(c);
    return t->complete || !end_needed;
}

static bool read_both(cim_mapping *m, dr_bytes bytes, bool xp, dr_arena *arena)
{
    dr_cur c = dr_cur_over(bytes, 0);
    m->xp = xp;
    /* The end mark of the second table may be missing. */
    return read_table(&c, xp, true, arena, &m->objects) && read_table(&c, xp, false, arena, &m->index);
}

dr_status cim_mapping_read(cim_mapping *out, const cim_part *part, dr_arena *arena)
{
    *out = (cim_mapping){ .name = part->name };
    if (read_both(out, part->bytes, false, arena) || read_both(out, part->bytes, true, arena))
        return DR_OK;
    if (dr_arena_failed(arena))
        return DR_NOMEM;
    /* OBJECTS.MAP and INDEX.MAP of XP hold one table each. */
    bool objects = dr_str_ends_fold(part->name, DR_STR("OBJECTS.MAP"));
    bool index = dr_str_ends_fold(part->name, DR_STR("INDEX.MAP"));
    dr_cur c = dr_cur_over(part->bytes, 0);
    out->xp = true;
    if (objects || index) {
        cim_table *t = objects ? &out->objects : &out->index;
        *(objects ? &out->index : &out->objects) = (cim_table){ .page = NULL };
        if (read_table(&c, true, true, arena, t))
            return DR_OK;
    }
    return dr_arena_failed(arena) ? DR_NOMEM : DR_FORMAT;
}
