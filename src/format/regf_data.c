/* The data of values.
 *
 *   db  0 2 "db"   2 2 count of segments   4 4 cell of the list of segments (count x 4 cell)
 *       each segment holds 16344 bytes, the last the rest; from version 1.4 on, for longer data only */
#include "format/regf_hive.h"

#define DB 0x6264

static void data_damaged(const regf_hive *hive, const regf_value *value, const char *what)
{
    if ((value->life == REGF_LIVE || value->life == REGF_ORPHAN) && regf_report(hive, value->cell))
        dr_diag_add(hive->diags, DR_DIAG_VALUE_DAMAGED, regf_offset(value->cell), 0, "%s", what);
}

/* A cell of data. Of a deleted value only what was not given to somebody else since. */
static bool data_cell(const regf_hive *hive, const regf_value *value, uint32_t off, regf_cell *out)
{
    if (value->life == REGF_LIVE || value->life == REGF_ORPHAN)
        return regf_cell_get(hive, off, out);
    if (regf_cell_get(hive, off, out) && out->allocated)
        return false;
    return regf_cell_raw(hive, off, out);
}

static bool big_data(const regf_hive *hive, const regf_value *value, const regf_cell *head, size_t size, dr_arena *arena,
                     dr_bytes *out)
{
    dr_cur c = dr_cur_over(head->body, head->off);
    dr_skip(&c, 2);
    size_t count = dr_u16(&c);
    uint32_t list_off = dr_u32(&c);
    regf_cell list;
    if (!dr_cur_ok(&c) || !data_cell(hive, value, list_off, &list))
        return false;
    dr_cur l = dr_cur_over(list.body, list.off);
    count = count < dr_left(&l) / 4 ? count : dr_left(&l) / 4;
    size_t room = size < count * REGF_BIG_DATA ? size : count * REGF_BIG_DATA;
    char *p = dr_arena_bytes(arena, room);
    size_t n = 0;
    bool whole = true;
    for (size_t i = 0; p && i < count && n < room; i++) {
        regf_cell part;
        size_t want = room - n < REGF_BIG_DATA ? room - n : REGF_BIG_DATA;
        if (!data_cell(hive, value, dr_u32(&l), &part)) {
            whole = false;
            break; /* bytes after a gap would stand at the wrong place */
        }
        dr_bytes got = dr_bytes_sub(part.body, 0, want);
        /* bounded: got.n <= want <= room - n */
        memcpy(p + n, got.p, got.n);
        n += got.n;
        if (got.n < want) {
            whole = false;
            break;
        }
    }
    *out = (dr_bytes){ p ? (const uint8_t *)p : (const uint8_t *)"", n };
    return whole && n == size;
}

bool regf_data(const regf_hive *hive, const regf_value *value, dr_arena *arena, dr_bytes *out)
{
    *out = (dr_bytes){ (const uint8_t *)"", 0 };
    if (value->size == 0)
        return true;
    if (value->resident) {
        *out = value->inline_data;
        if (out->n < value->size)
            data_damaged(hive, value, "a resident value of more than 4 bytes");
        return out->n == value->size;
    }
    size_t size = value->size;
    if (size > DR_REGF_MAX_VALUE) {
        data_damaged(hive, value, "the data of a value are larger than any that was ever seen");
        size = DR_REGF_MAX_VALUE;
    }
    regf_cell cell;
    if (!data_cell(hive, value, value->data, &cell)) {
        data_damaged(hive, value, "the cell of a value's data is not there");
        return false;
    }
    bool big = hive->base.minor >= 4 && size > REGF_BIG_DATA && dr_bytes_start(cell.body, "db", 2);
    bool whole;
    if (big) {
        whole = big_data(hive, value, &cell, size, arena, out);
    } else {
        *out = dr_bytes_sub(cell.body, 0, size);
        whole = out->n == value->size;
    }
    if (!whole)
        data_damaged(hive, value, "the data of a value are longer than their cells");
    return whole && out->n == value->size;
}

const char *regf_type_name(uint32_t type)
{
    static const char *const names[] = {
        "REG_NONE", "REG_SZ", "REG_EXPAND_SZ", "REG_BINARY", "REG_DWORD", "REG_DWORD_BIG_ENDIAN",
        "REG_LINK", "REG_MULTI_SZ", "REG_RESOURCE_LIST", "REG_FULL_RESOURCE_DESCRIPTOR",
        "REG_RESOURCE_REQUIREMENTS_LIST", "REG_QWORD",
    };
    return type < sizeof names / sizeof names[0] ? names[type] : NULL;
}

/* Do the N bytes at cell OFF (its header included) differ from the file? */
static bool differs(const regf_hive *hive, uint32_t off, size_t n)
{
    if (!hive->logged || n == 0)
        return false;
    bool touched = false;
    for (size_t s = off / REGF_SECTOR; !touched && s <= (off + n - 1) / REGF_SECTOR; s++)
        touched = s < hive->bins.n / REGF_SECTOR + 1 && regf_bit(hive->logged, s);
    if (!touched)
        return false;
    dr_bytes now = dr_bytes_sub(hive->bins, off, n);
    dr_bytes then = dr_bytes_sub(hive->file, (size_t)regf_offset(off), n);
    return now.n != then.n || memcmp(now.p, then.p, now.n) != 0;
}

static bool cell_differs(const regf_hive *hive, uint32_t off)
{
    regf_cell cell;
    return regf_cell_get(hive, off, &cell) && differs(hive, off, cell.body.n + hive->head);
}

/* Its cell, flags, time, parent or name; counts and lists are those of its subkeys and values. */
bool regf_key_from_log(const regf_hive *hive, const regf_key *key)
{
    if (!hive->logged)
        return false;
    uint32_t body = key->cell + hive->head;
    return differs(hive, body, 12) || differs(hive, body + 16, 4) || differs(hive, body + 72, 4 + key->name.n);
}

bool regf_value_from_log(const regf_hive *hive, const regf_value *value)
{
    if (!hive->logged)
        return false;
    if (differs(hive, value->cell, hive->head + REGF_VK_SIZE + value->name.n))
        return true;
    if (value->resident || value->size == 0)
        return false;
    regf_cell cell;
    if (!regf_cell_get(hive, value->data, &cell))
        return false;
    if (hive->base.minor < 4 || value->size <= REGF_BIG_DATA || !dr_bytes_start(cell.body, "db", 2))
        return differs(hive, value->data, hive->head + value->size);
    dr_cur c = dr_cur_over(cell.body, cell.off);
    dr_skip(&c, 2);
    size_t count = dr_u16(&c);
    uint32_t list_off = dr_u32(&c);
    regf_cell list;
    if (cell_differs(hive, value->data) || cell_differs(hive, list_off))
        return true;
    if (!regf_cell_get(hive, list_off, &list))
        return false;
    dr_cur l = dr_cur_over(list.body, list.off);
    for (size_t i = 0; i < count && dr_left(&l) >= 4; i++)
        if (cell_differs(hive, dr_u32(&l)))
            return true;
    return false;
}
