/* Key nodes and values, their names and paths.
 *
 *   nk  0 2 "nk"   2 2 flags   4 8 last written   12 4 access, layer   16 4 parent   20 4 subkeys
 *      24 4 volatile subkeys   28 4 subkey list   32 4 volatile list   36 4 values   40 4 value list
 *      44 4 security   48 4 class name   52 20 hints and spare   72 2 name bytes   74 2 class bytes   76 name
 *   vk  0 2 "vk"   2 2 name bytes   4 4 data bytes, top bit: resident   8 4 data cell or the data
 *      12 4 type   16 2 flags   18 2 spare   20 name */
#include "format/regf_hive.h"

bool regf_key_decode(const regf_cell *cell, uint32_t off, regf_key *out, bool *cut)
{
    dr_cur c = dr_cur_over(cell->body, cell->off);
    *out = (regf_key){ .cell = off, .life = REGF_LIVE };
    if (cell->body.n < REGF_NK_SIZE || dr_u16(&c) != 0x6b6e)
        return false;
    out->flags = dr_u16(&c);            /* 0x02 */
    out->written = dr_filetime(&c);     /* 0x04 */
    out->access = dr_u8(&c);            /* 0x0c */
    out->layered = dr_u8(&c);           /* 0x0d */
    dr_skip(&c, 2);
    out->parent = dr_u32(&c);           /* 0x10 */
    out->n_subkeys = dr_u32(&c);        /* 0x14 */
    dr_skip(&c, 4);                     /* 0x18 volatile subkeys: of a running system */
    out->subkeys = dr_u32(&c);          /* 0x1c */
    dr_skip(&c, 4);                     /* 0x20 */
    out->n_values = dr_u32(&c);         /* 0x24 */
    out->values = dr_u32(&c);           /* 0x28 */
    out->security = dr_u32(&c);         /* 0x2c */
    out->class_name = dr_u32(&c);       /* 0x30 */
    dr_skip(&c, 20);                    /* 0x34 largest names and data: hints, not limits */
    size_t name_bytes = dr_u16(&c);     /* 0x48 */
    out->class_bytes = dr_u16(&c);      /* 0x4a */
    *cut = name_bytes > dr_left(&c);
    out->name = dr_take(&c, *cut ? dr_left(&c) : name_bytes); /* 0x4c */
    if (out->flags & REGF_KEY_PREDEFINED) {
        out->n_values = 0; /* the field holds a handle */
        out->values = REGF_NONE;
    }
    return true;
}

bool regf_value_decode(const regf_cell *cell, uint32_t off, regf_value *out, bool *cut)
{
    dr_cur c = dr_cur_over(cell->body, cell->off);
    *out = (regf_value){ .cell = off, .life = REGF_LIVE, .data = REGF_NONE };
    if (cell->body.n < REGF_VK_SIZE || dr_u16(&c) != 0x6b76)
        return false;
    size_t name_bytes = dr_u16(&c); /* 0x02 */
    uint32_t size = dr_u32(&c);     /* 0x04 */
    dr_bytes data = dr_take(&c, 4); /* 0x08 */
    out->type = dr_u32(&c);         /* 0x0c */
    out->flags = dr_u16(&c);        /* 0x10 */
    dr_skip(&c, 2);                 /* 0x12 */
    *cut = name_bytes > dr_left(&c);
    out->name = dr_take(&c, *cut ? dr_left(&c) : name_bytes); /* 0x14 */
    out->resident = size >> 31 != 0;
    out->size = size & 0x7fffffffu;
    if (out->resident) {
        out->inline_data = dr_bytes_sub(data, 0, out->size);
    } else {
        dr_cur d = dr_cur_over(data, 0);
        out->data = dr_u32(&d);
    }
    return true;
}

bool regf_key_at(const regf_hive *hive, uint32_t off, regf_key *out)
{
    regf_cell cell;
    bool cut = false;
    if (!regf_cell_get(hive, off, &cell) || !regf_key_decode(&cell, off, out, &cut)) {
        if (regf_report(hive, off))
            dr_diag_add(hive->diags, DR_DIAG_REGF_CELL, regf_offset(off), 0, "a key was expected here");
        return false;
    }
    if (cut && regf_report(hive, off))
        dr_diag_add(hive->diags, DR_DIAG_REGF_CELL, regf_offset(off), 0, "the name of a key is longer than its cell");
    if (!cell.allocated && regf_report(hive, off))
        dr_diag_add(hive->diags, DR_DIAG_REGF_CELL, regf_offset(off), 0, "a list leads to a key in unallocated space");
    return true;
}

bool regf_root(const regf_hive *hive, regf_key *out)
{
    return hive->root != REGF_NONE && regf_key_at(hive, hive->root, out);
}

static uint32_t name_next(dr_bytes name, bool latin1, size_t *pos)
{
    if (latin1)
        return name.p[(*pos)++];
    dr_wstr w = { name.p, name.n / 2 };
    uint32_t unit = dr_wstr_unit(w, *pos / 2);
    *pos += 2;
    if (unit >= 0xd800 && unit < 0xdc00 && *pos / 2 < w.units) {
        uint32_t low = dr_wstr_unit(w, *pos / 2);
        if (low >= 0xdc00 && low < 0xe000) {
            *pos += 2;
            return 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
        }
    }
    return unit;
}

bool regf_name_is(dr_bytes name, bool latin1, dr_str text)
{
    size_t end = latin1 ? name.n : name.n & ~(size_t)1;
    size_t a = 0, b = 0;
    if (latin1 && text.n < name.n) /* one character is at least one byte */
        return false;
    while (a < end && b < text.n) {
        uint32_t left = name_next(name, latin1, &a);
        if (dr_fold_code(left) != dr_fold_code(dr_wtf8_next(text, &b)))
            return false;
    }
    return a >= end && b >= text.n;
}

uint64_t regf_name_hash(dr_bytes name, bool latin1)
{
    uint64_t hash = 14695981039346656037u; /* FNV-1a over folded code points */
    size_t end = latin1 ? name.n : name.n & ~(size_t)1;
    for (size_t pos = 0; pos < end;)
        hash = (hash ^ dr_fold_code(name_next(name, latin1, &pos))) * 1099511628211u;
    return hash;
}

static size_t name_text(dr_bytes name, bool latin1, char *out)
{
    if (!latin1)
        return dr_utf16_to_wtf8((dr_wstr){ name.p, name.n / 2 }, out);
    size_t n = 0;
    for (size_t i = 0; i < name.n; i++) {
        if (name.p[i] < 0x80) {
            out[n++] = (char)name.p[i];
        } else {
            out[n++] = (char)(0xc0 | name.p[i] >> 6);
            out[n++] = (char)(0x80 | (name.p[i] & 0x3f));
        }
    }
    return n;
}

/* Latin-1 needs at most 2 bytes for one, UTF-16 at most 3 for two. */
void regf_name_add(dr_buf *out, dr_bytes name, bool latin1)
{
    char *room = dr_buf_room(out, name.n * 2);
    if (room)
        out->n += name_text(name, latin1, room);
}

static dr_str name_str(dr_bytes name, bool latin1, dr_arena *arena)
{
    char *p = dr_arena_bytes(arena, name.n * 2 + 1);
    if (!p)
        return DR_STR_NONE;
    size_t n = name_text(name, latin1, p);
    p[n] = '\0';
    return (dr_str){ p, n };
}

dr_str regf_key_name(const regf_key *key, dr_arena *arena)
{
    return name_str(key->name, key->flags & REGF_KEY_LATIN1, arena);
}

dr_str regf_value_name(const regf_value *value, dr_arena *arena)
{
    return name_str(value->name, value->flags & 1, arena);
}

bool regf_key_is(const regf_key *key, dr_str name)
{
    return regf_name_is(key->name, key->flags & REGF_KEY_LATIN1, name);
}

bool regf_value_is(const regf_value *value, dr_str name)
{
    return regf_name_is(value->name, value->flags & 1, name);
}

dr_str regf_class_name(const regf_hive *hive, const regf_key *key, dr_arena *arena)
{
    regf_cell cell;
    if (key->class_bytes == 0 || key->class_name == REGF_NONE || !regf_cell_get(hive, key->class_name, &cell))
        return DR_STR_NONE;
    dr_bytes b = dr_bytes_sub(cell.body, 0, key->class_bytes);
    return dr_utf16_str(arena, (dr_wstr){ b.p, b.n / 2 });
}

dr_bytes regf_security(const regf_hive *hive, const regf_key *key)
{
    regf_cell cell;
    if (key->security == REGF_NONE || !regf_cell_get(hive, key->security, &cell))
        return (dr_bytes){ (const uint8_t *)"", 0 };
    dr_cur c = dr_cur_over(cell.body, cell.off);
    if (dr_u16(&c) != 0x6b73) /* "sk" */
        return (dr_bytes){ (const uint8_t *)"", 0 };
    dr_skip(&c, 14);                /* 0x02 spare, links, references */
    uint32_t size = dr_u32(&c);     /* 0x10 */
    return dr_take(&c, size);       /* 0x14 */
}

/* One step up. For a key of unallocated space the cell of its parent may have been given to another
 * key since: a live parent has to have been written no earlier than the child, since losing the child
 * was a write. */
static bool parent_of(const regf_hive *hive, const regf_key *key, regf_key *out)
{
    regf_cell cell;
    bool cut;
    bool lost = key->life != REGF_LIVE;
    if (!(lost ? regf_cell_raw : regf_cell_get)(hive, key->parent, &cell) || !regf_key_decode(&cell, key->parent, out, &cut))
        return false;
    if (lost) {
        const regf_lazy *lazy = regf_lost_of(hive);
        bool live = lazy && regf_bit(lazy->live, key->parent / REGF_GRAIN);
        out->life = live ? REGF_LIVE : cell.allocated ? REGF_ORPHAN : REGF_DELETED;
        if (live && key->life != REGF_ORPHAN && out->written < key->written)
            return false;
    }
    return true;
}

bool regf_path(const regf_hive *hive, const regf_key *key, dr_arena *arena, dr_str *out)
{
    regf_key up = *key;
    dr_str path = DR_STR_NONE;
    for (unsigned depth = 0; depth < DR_REGF_MAX_DEPTH; depth++) {
        if (up.cell == hive->root || (up.flags & REGF_KEY_ROOT)) {
            *out = path;
            return true;
        }
        dr_str name = regf_key_name(&up, arena);
        path = path.n ? dr_arena_concat(arena, dr_arena_concat(arena, name, DR_STR("\\")), path) : name;
        regf_key parent;
        if (!parent_of(hive, &up, &parent))
            break;
        up = parent;
    }
    *out = path;
    return false;
}
