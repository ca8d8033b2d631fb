/* Lists of subkeys and values, and lookup by name.
 *
 *   lf, lh  0 2 signature   2 2 count   then count x (4 key cell, 4 hint or hash of the name)
 *   li      0 2 signature   2 2 count   then count x 4 key cell
 *   ri      0 2 signature   2 2 count   then count x 4 cell of an lf, lh or li
 *   values  count x 4 value cell (the count stands in the key)
 *
 * Names are compared one by one: hints and order are wrong in damaged hives, and some tools write them
 * wrong. */
#include "format/regf_hive.h"

#define LF 0x666c
#define LH 0x686c
#define LI 0x696c
#define RI 0x6972

static void list_damaged(const regf_hive *hive, uint32_t off, const char *what)
{
    if (regf_report(hive, off))
        dr_diag_add(hive->diags, DR_DIAG_REGF_LIST, regf_offset(off), 0, "%s", what);
}

/* Opens one list; NESTED: it stands in an ri, which must not hold another one. */
static void list_open(regf_subkeys *it, uint32_t off, bool nested)
{
    regf_cell cell;
    it->left = 0;
    if (!regf_cell_get(it->hive, off, &cell)) {
        list_damaged(it->hive, off, "a list of subkeys was expected here");
        return;
    }
    dr_cur c = dr_cur_over(cell.body, cell.off);
    unsigned magic = dr_u16(&c);
    uint32_t count = dr_u16(&c);
    uint32_t stride = magic == LF || magic == LH ? 8 : 4;
    if ((magic != LF && magic != LH && magic != LI && magic != RI) || (magic == RI && nested) || !dr_cur_ok(&c)) {
        list_damaged(it->hive, off, magic == RI ? "an index of lists within an index" : "a list of subkeys of an unknown kind");
        return;
    }
    if (count > dr_left(&c) / stride) {
        list_damaged(it->hive, off, "a list of subkeys is longer than its cell");
        count = (uint32_t)(dr_left(&c) / stride);
    }
    if (magic == RI) {
        it->outer = c;
        it->outer_left = count;
    } else {
        it->list = c;
        it->left = count;
        it->stride = stride;
    }
}

void regf_subkeys_start(regf_subkeys *it, const regf_hive *hive, const regf_key *key, unsigned flags)
{
    *it = (regf_subkeys){ .hive = hive, .owner = key->cell, .owner_life = key->life,
                          .budget = hive->bins.n / REGF_NK_SIZE + 1 };
    /* The subkeys of what is lost are found by the parent that they name. */
    if (key->life == REGF_LIVE && key->n_subkeys > 0)
        list_open(it, key->subkeys, false);
    if (flags & REGF_WITH_LOST)
        regf_lost_keys_of(hive, key->cell, &it->lost, &it->lost_end);
}

bool regf_subkeys_next(regf_subkeys *it, regf_key *out)
{
    for (;;) {
        while (it->left == 0 && it->outer_left > 0) {
            it->outer_left--;
            list_open(it, dr_u32(&it->outer), true);
        }
        if (it->left == 0)
            break;
        it->left--;
        uint32_t off = dr_u32(&it->list);
        if (it->stride == 8)
            dr_skip(&it->list, 4);
        if (it->budget-- == 0) {
            list_damaged(it->hive, it->owner, "more subkeys than the hive can hold");
            it->left = it->outer_left = 0;
            break;
        }
        if (!regf_key_at(it->hive, off, out))
            continue;
        if (out->parent != it->owner)
            list_damaged(it->hive, off, "a list leads to a key that names another parent");
        return true;
    }
    while (it->lost < it->lost_end)
        if (regf_lost_key_get(it->hive, it->lost++, out))
            return true;
    return false;
}

void regf_values_start(regf_values *it, const regf_hive *hive, const regf_key *key, unsigned flags)
{
    *it = (regf_values){ .hive = hive, .owner_life = key->life };
    bool lost = key->life == REGF_DELETED || key->life == REGF_STALE;
    regf_cell cell;
    if (key->n_values > 0 && key->values != REGF_NONE) {
        if ((lost ? regf_cell_raw : regf_cell_get)(hive, key->values, &cell)) {
            it->list = dr_cur_over(cell.body, cell.off);
            it->left = key->n_values;
            if (it->left > cell.body.n / 4) {
                it->left = (uint32_t)(cell.body.n / 4);
                if (!lost)
                    list_damaged(hive, key->values, "a list of values is longer than its cell");
            }
        } else if (!lost) {
            list_damaged(hive, key->values, "a list of values was expected here");
        }
    }
    if ((flags & REGF_WITH_LOST) && key->life == REGF_LIVE)
        regf_lost_values_of(hive, key->cell, &it->lost, &it->lost_end);
}

bool regf_values_next(regf_values *it, regf_value *out)
{
    bool lost = it->owner_life == REGF_DELETED || it->owner_life == REGF_STALE;
    while (it->left > 0) {
        it->left--;
        uint32_t off = dr_u32(&it->list);
        regf_cell cell;
        bool cut = false;
        if (lost) {
            const regf_lazy *lazy = regf_lost_of(it->hive);
            if (!regf_cell_raw(it->hive, off, &cell) || !regf_value_decode(&cell, off, out, &cut) || cut)
                continue;
            if (!lazy || regf_bit(lazy->live, off / REGF_GRAIN))
                continue; /* the cell was given to another value since */
            out->life = it->owner_life;
            return true;
        }
        if (!regf_cell_get(it->hive, off, &cell) || !regf_value_decode(&cell, off, out, &cut)) {
            if (regf_report(it->hive, off))
                dr_diag_add(it->hive->diags, DR_DIAG_REGF_CELL, regf_offset(off), 0, "a value was expected here");
            continue;
        }
        if (cut && regf_report(it->hive, off))
            dr_diag_add(it->hive->diags, DR_DIAG_REGF_CELL, regf_offset(off), 0, "the name of a value is longer than its cell");
        out->life = it->owner_life;
        return true;
    }
    while (it->lost < it->lost_end)
        if (regf_lost_value_get(it->hive, it->lost++, out))
            return true;
    return false;
}

bool regf_find_key(const regf_hive *hive, const regf_key *key, dr_str path, regf_key *out)
{
    regf_key at = *key;
    dr_str part;
    while (path.n > 0 && dr_str_split(&path, '\\', &part)) {
        if (part.n == 0)
            continue;
        regf_subkeys it;
        bool found = false;
        regf_subkeys_start(&it, hive, &at, 0);
        for (regf_key sub; !found && regf_subkeys_next(&it, &sub);) {
            if (regf_key_is(&sub, part)) {
                at = sub;
                found = true;
            }
        }
        if (!found)
            return false;
    }
    *out = at;
    return true;
}

bool regf_find_value(const regf_hive *hive, const regf_key *key, dr_str name, regf_value *out)
{
    regf_values it;
    regf_values_start(&it, hive, key, 0);
    while (regf_values_next(&it, out))
        if (regf_value_is(out, name))
            return true;
    return false;
}
