/* The inside of a cim_repo, shared by the cim_*.c files. Internal to them. */
#ifndef DR_FORMAT_CIM_REPO_H
#define DR_FORMAT_CIM_REPO_H

#include "base/limits.h"
#include "base/map.h"
#include "base/vec.h"
#include "format/cim.h"

#define CIM_NO_PAGE 0x3fffffffu
#define CIM_HASH_TEXT 65

typedef struct cim_table { /* logical to physical pages of one file */
    const uint32_t *page;  /* n; CIM_NO_PAGE: not mapped */
    uint32_t n;
    uint32_t version, first_id;
    uint32_t root;         /* Vista: of the index tree */
    bool complete;         /* its end mark was there */
} cim_table;

typedef struct cim_mapping {
    dr_str name;
    bool xp;
    cim_table objects, index;
} cim_mapping;

/* DR_FORMAT when it cannot be used. */
dr_status cim_mapping_read(cim_mapping *out, const cim_part *part, dr_arena *arena);

typedef struct cim_key {
    dr_str space;      /* hash in hexadecimal, a view of the index */
    dr_str class_hash;
    uint32_t page, id, size;
    bool instance;     /* else the definition of a class */
} cim_key;

typedef struct cim_keys {
    DR_VEC(cim_key) list;
    size_t pages, lost; /* of the tree */
    bool walked;
} cim_keys;

/* All keys of classes and instances, in order. DR_NOMEM. */
dr_status cim_index_walk(cim_keys *out, dr_bytes file, const cim_table *table, bool xp, dr_diags *diags);

/* One property as a class defines it. */
typedef struct cim_slot {
    dr_str name;
    uint16_t type;
    uint16_t index;
    uint32_t off; /* in the value table */
    bool key;
} cim_slot;

typedef struct cim_class {
    dr_str name, super;
    int64_t written;
    cim_slot *own; /* as this definition has them */
    size_t n_own;
    dr_bytes table, heap; /* null table and values together; copies */
    cim_slot *slots; /* with all inherited ones, by index; NULL until laid out */
    size_t n_slots;
    bool bad_layout;
    struct cim_class *parent; /* NULL at the top */
} cim_class;

/* Where a class is defined. */
typedef struct cim_definition {
    dr_str space; /* hash; empty when carved */
    char hash[CIM_HASH_TEXT]; /* of its name */
    dr_str name, super;
    uint32_t page, id, size;  /* through the mapping */
    uint64_t off;             /* carved: in the file */
    bool carved, kind_known, missing;
    cim_kind kind;
    cim_class *loaded;
    bool failed;
} cim_definition;

struct cim_repo {
    dr_bytes objects;
    dr_arena *arena;
    dr_diags *diags;
    cim_state state;
    cim_mapping mapping;
    cim_keys keys;
    size_t hash_text; /* 64 or 32 */
    DR_VEC(cim_definition) classes;
    dr_map *by_key;   /* space and hash -> class + 1 */
    dr_map *by_hash;  /* hash -> first class + 1 */
    dr_map *spaces;   /* hash -> number in names + 1 */
    DR_VEC(dr_str) names;
    dr_map *current;  /* offsets of current instances' records */
    dr_map *contents; /* hashes of their bytes */
    dr_arena *records; /* records that lie in several pages; emptied between instances */
};

/* Name hash: of the upper-cased name in UTF-16LE, as upper-case hexadecimal. */
void cim_name_hash(const cim_repo *repo, dr_str name, char out[CIM_HASH_TEXT]);
/* A record's bytes, through the mapping: a view, or a copy in ARENA when it lies in several pages. *off is
 * its place in the file. *whole: all of SIZE is there. False when there is no such record. */
bool cim_record(const cim_repo *repo, uint32_t page, uint32_t id, uint32_t size, dr_arena *arena, dr_bytes *out,
                uint64_t *off, bool *whole);

/* A heap string; a dictionary entry where bit 31 is set. False when it is damaged. */
bool cim_heap_text(dr_bytes heap, uint32_t ref, dr_arena *arena, dr_str *out);
size_t cim_width(uint16_t type);

/* Name and superclass only. */
bool cim_class_names(dr_bytes record, dr_arena *arena, dr_str *name, dr_str *super);
bool cim_class_read(cim_class *out, dr_bytes record, dr_arena *arena);
/* Slots of C out of its own and its parents'. */
dr_status cim_class_layout(cim_class *c, dr_arena *arena);
/* The class at that place of repo->classes, laid out; NULL when it cannot be had. */
dr_status cim_class_load(cim_repo *repo, size_t i, unsigned depth, cim_class **out);
/* SIZE_MAX when it is not known. */
size_t cim_class_find(const cim_repo *repo, dr_str space, dr_str name);

/* RECORD of an instance of C (NULL: unknown class). False when it is no instance. */
bool cim_instance_read(cim_instance *out, dr_bytes record, const cim_repo *repo, const cim_class *c, dr_arena *arena);

#endif
