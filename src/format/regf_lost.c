/* What no list leads to: orphaned keys (allocated), deleted keys and values (unallocated space, whose
 * content stays until the space is used again), stale copies of what is still there.
 *
 * One pass over the live tree marks every key and value cell that a list leads to; one pass over all
 * cells then looks at the rest. Cells are freed by turning the sign of their size, and neighbours are
 * joined, so that old cells stand at multiples of 8 inside of a free one. */
#include "format/regf_hive.h"

typedef struct finder {
    regf_hive *hive; /* const but for its lazy part */
    regf_lazy *lazy;
    uint8_t *claimed; /* vk cells that belong to a deleted key */
    DR_VEC(regf_lost_value) slack; /* former entries behind the lists of live keys */
    bool failed;
} finder;

/* Marks the cells of a live key's values, and keeps what stands behind the last entry of their list:
 * former entries, of values that were deleted. */
static void mark_values(finder *f, const regf_key *key)
{
    const regf_hive *hive = f->hive;
    regf_values it;
    regf_cell cell, vk;
    regf_value value;
    bool cut;
    regf_values_start(&it, hive, key, 0);
    while (regf_values_next(&it, &value)) {
        regf_bit_set(f->lazy->live, value.cell / REGF_GRAIN);
        f->lazy->summary.values++;
    }
    if (key->values == REGF_NONE || !regf_cell_get(hive, key->values, &cell))
        return;
    dr_cur c = dr_cur_over(cell.body, cell.off);
    (void)dr_take_array(&c, key->n_values, 4);
    while (dr_left(&c) >= 4) {
        uint32_t off = dr_u32(&c);
        if (!regf_cell_raw(hive, off, &vk) || !regf_value_decode(&vk, off, &value, &cut))
            break;
        if (!dr_vec_push(&f->slack, ((regf_lost_value){ .owner = key->cell, .cell = off, .life = REGF_DELETED })))
            f->failed = true;
    }
}

static dr_status mark_live(finder *f)
{
    regf_walk *walk;
    dr_status status = regf_walk_start(&walk, f->hive, NULL, DR_STR_NONE, 0);
    if (status != DR_OK)
        return status;
    regf_key key;
    dr_str path;
    while ((status = regf_walk_next(walk, &key, &path)) == DR_OK) {
        f->lazy->summary.keys++;
        if (dr_time_is(key.written) && key.written > f->lazy->summary.newest)
            f->lazy->summary.newest = key.written;
        mark_values(f, &key);
        regf_bit_set(f->lazy->live, key.cell / REGF_GRAIN);
    }
    regf_walk_end(walk);
    return f->failed ? DR_NOMEM : status == DR_END ? DR_OK : status;
}

/* Could these bytes be a key that was one? */
static bool key_plausible(const regf_hive *hive, const regf_key *key)
{
    return key->name.n > 0 && (key->flags & ~0x03ffu) == 0 && (key->flags & REGF_KEY_LATIN1 || key->name.n % 2 == 0) &&
           key->n_subkeys <= hive->bins.n / REGF_NK_SIZE && key->n_values <= hive->bins.n / REGF_VK_SIZE &&
           (key->parent == REGF_NONE || (key->parent % REGF_GRAIN == 0 && key->parent < hive->bins.n)) &&
           (key->written == 0 || dr_time_is(key->written));
}

/* Values that a deleted key still lists are its own. */
static void claim_values(finder *f, const regf_key *key)
{
    const regf_hive *hive = f->hive;
    regf_cell cell;
    if (key->n_values == 0 || !regf_cell_raw(hive, key->values, &cell))
        return;
    dr_cur c = dr_cur_over(cell.body, cell.off);
    for (uint32_t i = 0; i < key->n_values && dr_left(&c) >= 4; i++) {
        uint32_t off = dr_u32(&c);
        regf_cell vk;
        regf_value value;
        bool cut;
        if (regf_cell_raw(hive, off, &vk) && regf_value_decode(&vk, off, &value, &cut) && !cut &&
            !regf_bit(f->lazy->live, off / REGF_GRAIN) && !regf_bit(f->claimed, off / REGF_GRAIN)) {
            regf_bit_set(f->claimed, off / REGF_GRAIN);
            f->lazy->summary.deleted_values += key->life == REGF_DELETED;
        }
    }
}

static void found_key(finder *f, regf_key *key, bool allocated)
{
    const regf_hive *hive = f->hive;
    key->life = allocated ? REGF_ORPHAN : REGF_DELETED;
    uint32_t parent = key->parent;
    regf_cell cell;
    regf_key up;
    bool cut;
    bool known = parent != key->cell && regf_cell_raw(hive, parent, &cell) && regf_key_decode(&cell, parent, &up, &cut);
    if (known && regf_bit(f->lazy->live, parent / REGF_GRAIN) && !allocated && up.written < key->written)
        known = false; /* the cell was given to another key since */
    regf_lost_key lost = { .parent = known ? parent : REGF_NONE, .cell = key->cell, .life = key->life };
    if (!dr_vec_push(&f->lazy->keys, lost))
        f->failed = true;
}

static void found_value(finder *f, uint32_t off)
{
    regf_lost_value lost = { .owner = REGF_NONE, .cell = off, .life = REGF_DELETED };
    if (!dr_vec_push(&f->lazy->values, lost))
        f->failed = true;
}

/* Looks for nk and vk at every grain of a free cell. */
static void search_free(finder *f, uint32_t from, size_t size, bool values)
{
    const regf_hive *hive = f->hive;
    for (size_t at = from; at + REGF_GRAIN <= from + size && !f->failed; at += REGF_GRAIN) {
        dr_bytes sign = dr_bytes_sub(hive->bins, at + hive->head, 2);
        if (sign.n < 2 || sign.p[1] != 'k' || (sign.p[0] != 'n' && sign.p[0] != 'v'))
            continue;
        regf_cell cell;
        regf_key key;
        regf_value value;
        bool cut;
        uint32_t off = (uint32_t)at;
        if (regf_bit(f->lazy->live, at / REGF_GRAIN) || !regf_cell_raw(hive, off, &cell))
            continue;
        if (!values && regf_key_decode(&cell, off, &key, &cut) && !cut && key_plausible(hive, &key))
            found_key(f, &key, false);
        else if (values && !regf_bit(f->claimed, at / REGF_GRAIN) && regf_value_decode(&cell, off, &value, &cut) && !cut &&
                 (value.flags & ~0x3u) == 0 && value.size <= DR_REGF_MAX_VALUE &&
                 (value.resident ? value.size <= 4 : value.size == 0 || value.data % REGF_GRAIN == 0))
            found_value(f, off);
    }
}

static void search(finder *f, bool values)
{
    const regf_hive *hive = f->hive;
    size_t searched = 0; /* possible cells of a damaged stretch overlap: each place is looked at once */
    for (size_t i = 0; i < regf_grains(hive) && !f->failed; i++) {
        uint32_t off = (uint32_t)(i * REGF_GRAIN);
        regf_cell cell;
        if (!regf_bit(hive->starts, i) || !regf_cell_get(hive, off, &cell))
            continue;
        if (!cell.allocated) {
            size_t end = off + cell.body.n + hive->head;
            size_t from = off > searched ? off : searched;
            if (end > from)
                search_free(f, (uint32_t)from, end - from, values);
            searched = end > searched ? end : searched;
            continue;
        }
        regf_key key;
        bool cut;
        if (!values && !regf_bit(f->lazy->live, i) && dr_bytes_start(cell.body, "nk", 2) &&
            regf_key_decode(&cell, off, &key, &cut) && !cut && key_plausible(hive, &key))
            found_key(f, &key, true);
    }
}

static int by_parent(const void *a, const void *b, void *context)
{
    const regf_lost_key *x = a, *y = b;
    (void)context;
    if (x->parent != y->parent)
        return x->parent < y->parent ? -1 : 1;
    return (x->cell > y->cell) - (x->cell < y->cell);
}

static int by_owner(const void *a, const void *b, void *context)
{
    const regf_lost_value *x = a, *y = b;
    (void)context;
    if (x->owner != y->owner)
        return x->owner < y->owner ? -1 : 1;
    return (x->cell > y->cell) - (x->cell < y->cell);
}

static int by_cell(const void *a, const void *b, void *context)
{
    const regf_lost_value *x = a, *y = b;
    (void)context;
    return (x->cell > y->cell) - (x->cell < y->cell);
}

static int by_hash(const void *a, const void *b, void *context)
{
    const uint64_t *x = a, *y = b;
    (void)context;
    return (*x > *y) - (*x < *y);
}

static bool hash_in(const uint64_t *p, size_t n, uint64_t hash)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (p[mid] < hash)
            low = mid + 1;
        else
            high = mid;
    }
    return low < n && p[low] == hash;
}

/* The owners of values without one: by the former entries of live lists; both are in order of cells. */
static void give_owners(finder *f)
{
    regf_lazy *lazy = f->lazy;
    if (!dr_sort(f->slack.p, f->slack.n, sizeof *f->slack.p, by_cell, NULL) ||
        !dr_sort(lazy->values.p, lazy->values.n, sizeof *lazy->values.p, by_cell, NULL)) {
        f->failed = true;
        return;
    }
    size_t s = 0;
    for (size_t i = 0; i < lazy->values.n; i++) {
        while (s < f->slack.n && f->slack.p[s].cell < lazy->values.p[i].cell)
            s++;
        if (s < f->slack.n && f->slack.p[s].cell == lazy->values.p[i].cell)
            lazy->values.p[i].owner = f->slack.p[s].owner;
    }
}

/* A deleted key whose parent has a live one of the same name is an earlier copy of that. */
static void mark_stale_keys(finder *f)
{
    regf_lazy *lazy = f->lazy;
    DR_VEC(uint64_t) names = { 0 };
    for (size_t i = 0; i < lazy->keys.n && !f->failed;) {
        uint32_t parent = lazy->keys.p[i].parent;
        size_t end = i;
        while (end < lazy->keys.n && lazy->keys.p[end].parent == parent)
            end++;
        regf_key up, key;
        regf_cell cell;
        bool cut;
        if (parent != REGF_NONE && regf_bit(lazy->live, parent / REGF_GRAIN) && regf_cell_get(f->hive, parent, &cell) &&
            regf_key_decode(&cell, parent, &up, &cut)) {
            regf_subkeys it;
            dr_vec_clear(&names);
            regf_subkeys_start(&it, f->hive, &up, 0);
            while (regf_subkeys_next(&it, &key))
                if (!dr_vec_push(&names, regf_name_hash(key.name, key.flags & REGF_KEY_LATIN1)))
                    f->failed = true;
            if (!dr_sort(names.p, names.n, sizeof *names.p, by_hash, NULL))
                f->failed = true;
            for (size_t k = i; k < end && !f->failed; k++)
                if (lazy->keys.p[k].life == REGF_DELETED && regf_cell_raw(f->hive, lazy->keys.p[k].cell, &cell) &&
                    regf_key_decode(&cell, lazy->keys.p[k].cell, &key, &cut) &&
                    hash_in(names.p, names.n, regf_name_hash(key.name, key.flags & REGF_KEY_LATIN1)))
                    lazy->keys.p[k].life = REGF_STALE;
        }
        i = end;
    }
    dr_vec_free(&names);
}

static void mark_stale_values(finder *f)
{
    regf_lazy *lazy = f->lazy;
    for (size_t i = 0; i < lazy->values.n; i++) {
        regf_lost_value *lost = &lazy->values.p[i];
        regf_cell cell;
        regf_key owner;
        regf_value old, now;
        bool cut;
        if (lost->owner == REGF_NONE || !regf_cell_get(f->hive, lost->owner, &cell) ||
            !regf_key_decode(&cell, lost->owner, &owner, &cut) || !regf_cell_raw(f->hive, lost->cell, &cell) ||
            !regf_value_decode(&cell, lost->cell, &old, &cut))
            continue;
        uint64_t hash = regf_name_hash(old.name, old.flags & 1);
        regf_values it;
        regf_values_start(&it, f->hive, &owner, 0);
        while (lost->life == REGF_DELETED && regf_values_next(&it, &now))
            if (regf_name_hash(now.name, now.flags & 1) == hash)
                lost->life = REGF_STALE;
    }
}

static void count(regf_lazy *lazy)
{
    regf_summary *s = &lazy->summary;
    for (size_t i = 0; i < lazy->keys.n; i++) {
        s->orphan_keys += lazy->keys.p[i].life == REGF_ORPHAN;
        s->deleted_keys += lazy->keys.p[i].life == REGF_DELETED;
        s->stale_keys += lazy->keys.p[i].life == REGF_STALE;
    }
    for (size_t i = 0; i < lazy->values.n; i++) {
        s->deleted_values += lazy->values.p[i].life == REGF_DELETED;
        s->stale_values += lazy->values.p[i].life == REGF_STALE;
    }
}

static bool find_all(finder *f)
{
    regf_lazy *lazy = f->lazy;
    size_t bits = regf_grains(f->hive) / 8 + 1;
    lazy->live = dr_arena_alloc(f->hive->arena, bits);
    f->claimed = dr_mem_alloc(bits);
    if (!lazy->live || !f->claimed)
        return false;
    lazy->summary.newest = DR_NO_TIME;
    if (mark_live(f) != DR_OK)
        return false;
    search(f, false);
    if (f->failed || !dr_sort(lazy->keys.p, lazy->keys.n, sizeof *lazy->keys.p, by_parent, NULL))
        return false;
    lazy->built = true; /* from here on the lookups of this file work */
    mark_stale_keys(f);
    for (size_t i = 0; i < lazy->keys.n && !f->failed; i++) {
        regf_key key;
        if (regf_lost_key_get(f->hive, i, &key))
            claim_values(f, &key);
    }
    search(f, true);
    give_owners(f);
    if (f->failed)
        return false;
    mark_stale_values(f);
    if (!dr_sort(lazy->values.p, lazy->values.n, sizeof *lazy->values.p, by_owner, NULL))
        return false;
    count(lazy);
    return true;
}

const regf_lazy *regf_lost_of(const regf_hive *hive)
{
    regf_lazy *lazy = hive->lazy;
    if (!lazy->tried) {
        lazy->tried = true;
        regf_hive view = *hive;
        finder f = { .hive = &view, .lazy = lazy };
        if (!find_all(&f)) {
            lazy->built = false;
            dr_vec_free(&lazy->keys);
            dr_vec_free(&lazy->values);
        }
        dr_mem_free(f.claimed);
        dr_vec_free(&f.slack);
    }
    return lazy->built ? lazy : NULL;
}

void regf_lost_free(regf_lazy *lazy)
{
    dr_vec_free(&lazy->keys);
    dr_vec_free(&lazy->values);
}

const regf_summary *regf_summary_of(const regf_hive *hive)
{
    const regf_lazy *lazy = regf_lost_of(hive);
    return lazy ? &lazy->summary : NULL;
}

void regf_lost_keys_of(const regf_hive *hive, uint32_t parent, size_t *from, size_t *to)
{
    const regf_lazy *lazy = regf_lost_of(hive);
    *from = *to = 0;
    if (!lazy)
        return;
    size_t low = 0, high = lazy->keys.n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (lazy->keys.p[mid].parent < parent)
            low = mid + 1;
        else
            high = mid;
    }
    *from = *to = low;
    while (*to < lazy->keys.n && lazy->keys.p[*to].parent == parent)
        (*to)++;
}

void regf_lost_values_of(const regf_hive *hive, uint32_t owner, size_t *from, size_t *to)
{
    const regf_lazy *lazy = regf_lost_of(hive);
    *from = *to = 0;
    if (!lazy)
        return;
    size_t low = 0, high = lazy->values.n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (lazy->values.p[mid].owner < owner)
            low = mid + 1;
        else
            high = mid;
    }
    *from = *to = low;
    while (*to < lazy->values.n && lazy->values.p[*to].owner == owner)
        (*to)++;
}

bool regf_lost_key_get(const regf_hive *hive, size_t i, regf_key *out)
{
    const regf_lazy *lazy = regf_lost_of(hive);
    regf_cell cell;
    bool cut;
    if (!lazy || i >= lazy->keys.n || !regf_cell_raw(hive, lazy->keys.p[i].cell, &cell) ||
        !regf_key_decode(&cell, lazy->keys.p[i].cell, out, &cut))
        return false;
    out->life = lazy->keys.p[i].life;
    return true;
}

bool regf_lost_value_get(const regf_hive *hive, size_t i, regf_value *out)
{
    const regf_lazy *lazy = regf_lost_of(hive);
    regf_cell cell;
    bool cut;
    if (!lazy || i >= lazy->values.n || !regf_cell_raw(hive, lazy->values.p[i].cell, &cell) ||
        !regf_value_decode(&cell, lazy->values.p[i].cell, out, &cut))
        return false;
    out->life = lazy->values.p[i].life;
    return true;
}

void regf_strays_start(regf_strays *it, const regf_hive *hive)
{
    size_t end;
    *it = (regf_strays){ .hive = hive };
    regf_lost_keys_of(hive, REGF_NONE, &it->key, &end);
    regf_lost_values_of(hive, REGF_NONE, &it->value, &end);
}

bool regf_strays_next_key(regf_strays *it, regf_key *out)
{
    const regf_lazy *lazy = regf_lost_of(it->hive);
    while (lazy && it->key < lazy->keys.n)
        if (regf_lost_key_get(it->hive, it->key++, out))
            return true;
    return false;
}

bool regf_strays_next_value(regf_strays *it, regf_value *out)
{
    const regf_lazy *lazy = regf_lost_of(it->hive);
    while (lazy && it->value < lazy->values.n)
        if (regf_lost_value_get(it->hive, it->value++, out))
            return true;
    return false;
}
