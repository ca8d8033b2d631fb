/* Inside of a hive, shared by the regf_*.c files and by nobody else. */
#ifndef DR_FORMAT_REGF_HIVE_H
#define DR_FORMAT_REGF_HIVE_H

#include "base/vec.h"
#include "format/regf.h"

#define REGF_GRAIN 8u /* cells start at multiples of this */
#define REGF_SECTOR 512u
#define REGF_PAGE 4096u
#define REGF_NK_SIZE 76u /* of a key node without its name */
#define REGF_VK_SIZE 20u /* of a value without its name */
#define REGF_BIN_HEAD 32u
#define REGF_BIG_DATA 16344u /* bytes of one segment; longer data are cut up from version 1.4 on */
#define REGF_INDEX_NONE ((size_t)-1)

typedef struct regf_lost_key {
    uint32_t parent; /* cell, REGF_NONE: not known */
    uint32_t cell;
    regf_life life;
} regf_lost_key;

typedef struct regf_lost_value {
    uint32_t owner; /* cell of the live key, REGF_NONE: not known */
    uint32_t cell;
    regf_life life;
} regf_lost_value;

typedef struct regf_lazy { /* grows behind a const hive */
    uint8_t *reported; /* one bit per grain: a diagnostic was given for it; NULL until the first */
    bool damaged;
    bool tried, built;
    uint8_t *live; /* one bit per grain: nk and vk cells that a list leads to */
    DR_VEC(regf_lost_key) keys;     /* by parent, cell */
    DR_VEC(regf_lost_value) values; /* by owner, cell */
    regf_summary summary;
} regf_lazy;

struct regf_hive {
    dr_bytes file;  /* as given */
    dr_bytes image; /* what is read */
    dr_bytes bins;  /* of the image, from the first bin on */
    regf_base base, primary;
    regf_replay replay;
    uint32_t head;  /* bytes of a cell's own header: 4, or 8 in the first versions */
    uint8_t *starts; /* one bit per grain: a cell starts here */
    uint8_t *logged; /* one bit per sector of the bins: differs from the file; NULL: none does */
    uint32_t root;
    regf_lazy *lazy;
    dr_arena *arena;
    dr_diags *diags;
};

typedef struct regf_cell {
    dr_bytes body; /* behind the cell's header */
    uint64_t off;  /* evidence offset of the body */
    bool allocated;
} regf_cell;

static inline bool regf_bit(const uint8_t *bits, size_t i)
{
    return bits[i >> 3] >> (i & 7) & 1;
}

static inline void regf_bit_set(uint8_t *bits, size_t i)
{
    bits[i >> 3] = (uint8_t)(bits[i >> 3] | 1u << (i & 7));
}

static inline size_t regf_grains(const regf_hive *hive)
{
    return hive->bins.n / REGF_GRAIN;
}

/* A cell by the map of cells: false when OFF is not the start of one. No diagnostic. */
bool regf_cell_get(const regf_hive *hive, uint32_t off, regf_cell *out);
/* The same without the map, for unallocated space: what a cell there would hold. */
bool regf_cell_raw(const regf_hive *hive, uint32_t off, regf_cell *out);
/* Builds hive->bins' map of cells. DR_NOMEM. */
dr_status regf_map_cells(regf_hive *hive) DR_MUST_CHECK;

/* True once for each place of a hive: so that walking twice does not report twice. Marks the hive as
 * damaged. */
bool regf_report(const regf_hive *hive, uint32_t cell);

/* Decodes without diagnostics; what of the name is there is taken. *cut: the name is cut off. */
bool regf_key_decode(const regf_cell *cell, uint32_t off, regf_key *out, bool *cut);
bool regf_value_decode(const regf_cell *cell, uint32_t off, regf_value *out, bool *cut);

/* The image after replay. *image is FILE itself when nothing was applied. */
dr_status regf_replay_logs(dr_bytes file, const regf_base *base, const regf_log *logs, size_t n_logs, dr_arena *arena,
                           dr_diags *diags, dr_bytes *image, regf_replay *out) DR_MUST_CHECK;
uint32_t regf_checksum(dr_bytes base_block);

/* Orphans and leftovers; NULL: no memory. */
const regf_lazy *regf_lost_of(const regf_hive *hive);
void regf_lost_free(regf_lazy *lazy);
/* Range of lost keys with that parent (or values with that owner). */
void regf_lost_keys_of(const regf_hive *hive, uint32_t parent, size_t *from, size_t *to);
void regf_lost_values_of(const regf_hive *hive, uint32_t owner, size_t *from, size_t *to);
bool regf_lost_key_get(const regf_hive *hive, size_t i, regf_key *out);
bool regf_lost_value_get(const regf_hive *hive, size_t i, regf_value *out);

/* Compares a stored name with text, without case. */
bool regf_name_is(dr_bytes name, bool latin1, dr_str text);
/* Case-folded hash of a stored name. */
uint64_t regf_name_hash(dr_bytes name, bool latin1);
void regf_name_add(dr_buf *out, dr_bytes name, bool latin1);

#endif
