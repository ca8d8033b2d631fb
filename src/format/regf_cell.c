/* Bins and cells: the map of where cells start, and cells by offset.
 *
 *   bin  0  4 "hbin"   4  4 own offset   8  4 size (multiple of 4096)   32 first cell
 *   cell 0  4 size with itself, negative: allocated (first versions: 4 more bytes before the body)
 *
 * Bins follow each other without a gap and cells fill their bin, so that one pass finds every start. In
 * a stretch that does not fit, every multiple of 8 whose size is possible counts as a start: what is
 * read there still has to have its signature. */
#include "format/regf_hive.h"

bool regf_report(const regf_hive *hive, uint32_t cell)
{
    regf_lazy *lazy = hive->lazy;
    lazy->damaged = true;
    size_t n = regf_grains(hive);
    if (n == 0)
        return true;
    if (!lazy->reported) {
        lazy->reported = dr_arena_alloc(hive->arena, n / 8 + 1);
        if (!lazy->reported)
            return true;
    }
    size_t i = cell / REGF_GRAIN % n;
    if (regf_bit(lazy->reported, i))
        return false;
    regf_bit_set(lazy->reported, i);
    return true;
}

static uint32_t magnitude(uint32_t raw, bool *allocated)
{
    *allocated = raw >> 31 != 0;
    return *allocated ? 0u - raw : raw;
}

static bool size_fits(uint32_t size, size_t room)
{
    return size >= REGF_GRAIN && size % REGF_GRAIN == 0 && size <= room;
}

static void map_bin(regf_hive *hive, size_t at, size_t size)
{
    dr_cur c = dr_cur_over(dr_bytes_sub(hive->bins, at, size), regf_offset((uint32_t)at));
    dr_skip(&c, REGF_BIN_HEAD);
    bool allocated;
    while (dr_left(&c) >= REGF_GRAIN) {
        size_t pos = at + c.pos;
        size_t room = dr_left(&c);
        uint32_t n = magnitude(dr_u32(&c), &allocated);
        if (!size_fits(n, room)) {
            if (regf_report(hive, (uint32_t)pos))
                dr_diag_add(hive->diags, DR_DIAG_REGF_CELL, regf_offset((uint32_t)pos), room,
                            "a cell size of %u does not fit into its bin; the rest of the bin was searched", n);
            break;
        }
        regf_bit_set(hive->starts, pos / REGF_GRAIN);
        dr_skip(&c, n - 4);
    }
    /* Only after damage: whatever could be a cell. */
    c.pos -= c.pos % REGF_GRAIN;
    while (dr_left(&c) >= REGF_GRAIN) {
        size_t pos = at + c.pos;
        size_t room = dr_left(&c);
        if (size_fits(magnitude(dr_u32(&c), &allocated), room))
            regf_bit_set(hive->starts, pos / REGF_GRAIN);
        dr_skip(&c, REGF_GRAIN - 4);
    }
}

/* The next page after AT that starts a bin of its own offset, or the end. */
static size_t next_bin(const regf_hive *hive, size_t at)
{
    for (at += REGF_PAGE; at < hive->bins.n; at += REGF_PAGE) {
        dr_cur c = dr_cur_over(dr_bytes_sub(hive->bins, at, REGF_BIN_HEAD), 0);
        if (dr_bytes_start(dr_take(&c, 4), "hbin", 4) && dr_u32(&c) == at)
            return at;
    }
    return hive->bins.n;
}

dr_status regf_map_cells(regf_hive *hive)
{
    hive->starts = dr_arena_alloc(hive->arena, regf_grains(hive) / 8 + 1);
    if (!hive->starts)
        return DR_NOMEM;
    for (size_t at = 0; hive->bins.n - at >= REGF_BIN_HEAD;) {
        dr_cur c = dr_cur_over(dr_bytes_sub(hive->bins, at, REGF_BIN_HEAD), 0);
        bool magic = dr_bytes_start(dr_take(&c, 4), "hbin", 4);
        bool own = dr_u32(&c) == at;
        uint32_t size = dr_u32(&c);
        size_t left = hive->bins.n - at;
        bool fits = size >= REGF_PAGE && size % REGF_PAGE == 0 && size <= left;
        /* A size beside a bad signature counts only if it leads to the next bin. */
        if (fits && !(magic && own) && at + size < hive->bins.n)
            fits = dr_bytes_start(dr_bytes_sub(hive->bins, at + size, 4), "hbin", 4);
        size_t taken = fits ? size : next_bin(hive, at) - at;
        if ((!magic || !own || !fits) && regf_report(hive, (uint32_t)at))
            dr_diag_add(hive->diags, DR_DIAG_REGF_BIN, regf_offset((uint32_t)at), fits ? 0 : taken,
                        !magic  ? "a bin without its signature"
                        : !own ? "a bin that names another offset"
                               : "a bin of an impossible size");
        map_bin(hive, at, taken);
        at += taken;
        if (at >= hive->bins.n)
            break;
    }
    return DR_OK;
}

static void cell_read(const regf_hive *hive, uint32_t off, regf_cell *out)
{
    dr_bytes rest = dr_bytes_sub(hive->bins, off, hive->bins.n);
    dr_cur c = dr_cur_over(rest, 0);
    uint32_t size = magnitude(dr_u32(&c), &out->allocated);
    if (!size_fits(size, rest.n))
        size = (uint32_t)(rest.n < UINT32_MAX ? rest.n : UINT32_MAX);
    out->body = size > hive->head ? dr_bytes_sub(rest, hive->head, size - hive->head) : dr_bytes_sub(rest, 0, 0);
    out->off = regf_offset(off) + hive->head;
}

bool regf_cell_get(const regf_hive *hive, uint32_t off, regf_cell *out)
{
    size_t i = off / REGF_GRAIN;
    if (off % REGF_GRAIN != 0 || i >= regf_grains(hive) || !regf_bit(hive->starts, i))
        return false;
    cell_read(hive, off, out);
    return true;
}

bool regf_cell_raw(const regf_hive *hive, uint32_t off, regf_cell *out)
{
    if (off % REGF_GRAIN != 0 || off / REGF_GRAIN >= regf_grains(hive))
        return false;
    cell_read(hive, off, out);
    return true;
}
