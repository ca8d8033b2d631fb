#include "base/map.h"

#include "base/vec.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

/* Open addressing with linear probing; entries stand apart in the order of their coming. Hostile keys
 * cannot make a chain longer than the load factor allows on average unless they break XXH3 itself. */
typedef struct entry {
    dr_str key;
    uint64_t hash, value;
} entry;

struct dr_map {
    dr_arena *keys;
    DR_VEC(entry) entries;
    uint32_t *slots; /* index of entry + 1, 0 = free */
    size_t n_slots;
};

uint64_t dr_hash64(const void *p, size_t n)
{
    return XXH3_64bits(p, n);
}

dr_map *dr_map_create(void)
{
    dr_map *map = dr_mem_alloc(sizeof *map);
    if (!map)
        return NULL;
    map->keys = dr_arena_create("map keys", 0);
    map->n_slots = 64;
    map->slots = dr_mem_alloc(map->n_slots * sizeof *map->slots);
    if (!map->keys || !map->slots) {
        dr_map_destroy(map);
        return NULL;
    }
    return map;
}

void dr_map_destroy(dr_map *map)
{
    if (!map)
        return;
    dr_arena_destroy(map->keys);
    dr_vec_free(&map->entries);
    dr_mem_free(map->slots);
    dr_mem_free(map);
}

static size_t probe(const dr_map *map, dr_str key, uint64_t hash)
{
    size_t at = (size_t)hash & (map->n_slots - 1);
    while (map->slots[at]) {
        const entry *e = &map->entries.p[map->slots[at] - 1];
        if (e->hash == hash && dr_str_eq(e->key, key))
            break;
        at = (at + 1) & (map->n_slots - 1);
    }
    return at;
}

static bool widen(dr_map *map)
{
    size_t n = map->n_slots * 2;
    uint32_t *slots = dr_mem_alloc(n * sizeof *slots);
    if (!slots)
        return false;
    for (size_t i = 0; i < map->entries.n; i++) {
        size_t at = (size_t)map->entries.p[i].hash & (n - 1);
        while (slots[at])
            at = (at + 1) & (n - 1);
        slots[at] = (uint32_t)(i + 1);
    }
    dr_mem_free(map->slots);
    map->slots = slots;
    map->n_slots = n;
    return true;
}

dr_status dr_map_put(dr_map *map, dr_str key, uint64_t **slot, bool *is_new)
{
    uint64_t hash = dr_hash64(key.p, key.n);
    size_t at = probe(map, key, hash);
    if (is_new)
        *is_new = map->slots[at] == 0;
    if (!map->slots[at]) {
        if (map->entries.n >= UINT32_MAX - 1)
            return DR_LIMIT;
        if (map->entries.n * 10 >= map->n_slots * 7) {
            if (!widen(map))
                return DR_NOMEM;
            at = probe(map, key, hash);
        }
        entry e = { .key = dr_arena_str(map->keys, key), .hash = hash };
        if (dr_arena_failed(map->keys) || !dr_vec_push(&map->entries, e))
            return DR_NOMEM;
        map->slots[at] = (uint32_t)map->entries.n;
    }
    *slot = &map->entries.p[map->slots[at] - 1].value;
    return DR_OK;
}

const uint64_t *dr_map_get(const dr_map *map, dr_str key)
{
    size_t at = probe(map, key, dr_hash64(key.p, key.n));
    return map->slots[at] ? &map->entries.p[map->slots[at] - 1].value : NULL;
}

size_t dr_map_count(const dr_map *map)
{
    return map->entries.n;
}

/* A symbol is the place of its entry, plus one. */
struct dr_symtab {
    dr_map *map;
    bool failed;
};

dr_symtab *dr_symtab_create(void)
{
    dr_symtab *tab = dr_mem_alloc(sizeof *tab);
    if (!tab)
        return NULL;
    tab->map = dr_map_create();
    if (!tab->map) {
        dr_mem_free(tab);
        return NULL;
    }
    return tab;
}

void dr_symtab_destroy(dr_symtab *tab)
{
    if (!tab)
        return;
    dr_map_destroy(tab->map);
    dr_mem_free(tab);
}

dr_sym dr_sym_of(dr_symtab *tab, dr_str s)
{
    uint64_t *slot;
    bool is_new;
    if (s.n == 0)
        return 0;
    if (dr_map_put(tab->map, s, &slot, &is_new) != DR_OK) {
        tab->failed = true;
        return 0;
    }
    if (is_new)
        *slot = dr_map_count(tab->map);
    return (dr_sym)*slot;
}

dr_sym dr_sym_find(const dr_symtab *tab, dr_str s)
{
    const uint64_t *slot = s.n ? dr_map_get(tab->map, s) : NULL;
    return slot ? (dr_sym)*slot : 0;
}

dr_str dr_sym_str(const dr_symtab *tab, dr_sym sym)
{
    return sym && sym <= tab->map->entries.n ? tab->map->entries.p[sym - 1].key : DR_STR_NONE;
}

bool dr_symtab_failed(const dr_symtab *tab)
{
    return tab->failed;
}
