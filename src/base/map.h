/* Hash map from byte strings to 64-bit values, and interned symbols. XXH3 with a fixed seed keeps
 * runs equal; the order of a map never reaches any output. */
#ifndef DR_BASE_MAP_H
#define DR_BASE_MAP_H

#include "base/arena.h"
#include "base/status.h"
#include "base/str.h"

typedef struct dr_map dr_map;

dr_map *dr_map_create(void); /* NULL: no memory */
void dr_map_destroy(dr_map *map);
/* Copies the key. *slot points at the value (0 when new) until the next put. */
dr_status dr_map_put(dr_map *map, dr_str key, uint64_t **slot, bool *is_new);
/* NULL when not there. */
const uint64_t *dr_map_get(const dr_map *map, dr_str key);
size_t dr_map_count(const dr_map *map);

/* A symbol stands for a string in one symbol table; 0 is "none" (the empty string). Equal strings,
 * equal symbols, so that comparing is an integer compare. Symbols are numbered in the order of their
 * first use: they never order output. */
typedef uint32_t dr_sym;
typedef struct dr_symtab dr_symtab;

dr_symtab *dr_symtab_create(void);
void dr_symtab_destroy(dr_symtab *tab);
/* 0 for the empty string, and when there is no memory (dr_symtab_failed). */
dr_sym dr_sym_of(dr_symtab *tab, dr_str s);
/* 0 when the string was never interned. */
dr_sym dr_sym_find(const dr_symtab *tab, dr_str s);
dr_str dr_sym_str(const dr_symtab *tab, dr_sym sym);
bool dr_symtab_failed(const dr_symtab *tab);

/* 64-bit hash of bytes (XXH3, fixed seed). */
uint64_t dr_hash64(const void *p, size_t n);

#endif
