/* Registry hives: base block, bins, cells, keys, values, transaction logs, and what is left of
 * deleted keys and values. Layout and traps: docs/formats/registry.md.
 *
 * A hive is opened over borrowed bytes (a read-only map will do) and, where it is dirty, over its
 * transaction logs; a replay works on a private copy. Everything handed out (names, data) is a view of
 * these bytes or lives in the arena that was passed. Damage goes to the diagnostics of the source and
 * never stops a walk. One thread at a time per hive.
 *
 * A cell is named by its offset from the first bin, as the format does; regf_offset() turns that into
 * the offset in the file, which is what records and diagnostics carry. */
#ifndef DR_FORMAT_REGF_H
#define DR_FORMAT_REGF_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/cur.h"
#include "base/diag.h"
#include "base/dr_time.h"
#include "base/status.h"

#define REGF_BASE_SIZE 4096u
#define REGF_NONE 0xffffffffu /* no cell */

typedef struct regf_hive regf_hive;

typedef enum regf_file_type { REGF_PRIMARY = 0, REGF_LOG_OLD = 1, REGF_LOG_2000 = 2, REGF_LOG_NEW = 6 } regf_file_type;

typedef struct regf_base { /* the base block */
    uint32_t primary_sequence, secondary_sequence;
    int64_t written; /* ticks; from Windows 8.1 on rarely brought up to date */
    uint32_t major, minor;
    uint32_t file_type; /* regf_file_type */
    uint32_t root;      /* cell */
    uint32_t bins_size;
    uint32_t clustering;
    dr_wstr file_name; /* last 31 characters of the path, borrowed */
    uint32_t flags;
    int64_t reorganized; /* ticks, DR_NO_TIME for never */
    bool offreg;         /* written by a tool or by image servicing, not by a running system */
    bool checksum_ok;
} regf_base;

typedef struct regf_log { /* a transaction log beside the hive */
    dr_bytes bytes;
    dr_str name; /* for diagnostics */
} regf_log;

typedef enum regf_replay_state {
    REGF_CLEAN,      /* the hive needs no log */
    REGF_REPLAYED,   /* logs were applied */
    REGF_NO_LOGS,    /* dirty, and no log (or only empty ones) given */
    REGF_LOGS_UNFIT  /* dirty, logs given, none could be applied: see why */
} regf_replay_state;

typedef struct regf_replay {
    regf_replay_state state;
    uint32_t logs;           /* applied */
    uint32_t entries;        /* applied, new format; 1 for an old log */
    uint32_t pages;          /* applied */
    uint64_t bytes;          /* of these pages */
    uint32_t first_sequence, last_sequence;
    bool old_format;
    bool base_restored;      /* the base block was taken from a log */
    const char *why;         /* for REGF_LOGS_UNFIT; static text */
} regf_replay;

typedef enum regf_life {
    REGF_LIVE,
    REGF_ORPHAN, /* allocated, but no list leads to it: its list is damaged */
    REGF_DELETED,
    REGF_STALE   /* an earlier copy, in unallocated space, of something that is still there */
} regf_life;

enum { /* regf_key.flags */
    REGF_KEY_VOLATILE = 1,
    REGF_KEY_EXIT = 2,
    REGF_KEY_ROOT = 4,
    REGF_KEY_SYMLINK = 0x10,
    REGF_KEY_LATIN1 = 0x20,
    REGF_KEY_PREDEFINED = 0x40
};

typedef struct regf_key {
    uint32_t cell;
    regf_life life;
    uint16_t flags;
    int64_t written; /* ticks as stored; dr_time_is() tells whether it is a time */
    uint32_t parent;
    uint32_t n_subkeys, subkeys; /* count, list cell */
    uint32_t n_values, values;
    uint32_t security, class_name;
    uint16_t class_bytes;
    uint8_t access, layered; /* bytes 0 and 1 of the field at 12 */
    dr_bytes name; /* Latin-1 or UTF-16LE, see flags */
} regf_key;

typedef struct regf_value {
    uint32_t cell;
    regf_life life;
    uint16_t flags; /* 1: Latin-1 name, 2: tombstone */
    uint32_t type;
    uint32_t size; /* bytes of data */
    bool resident;
    uint32_t data; /* cell, or REGF_NONE when resident */
    dr_bytes inline_data;
    dr_bytes name; /* empty: the default value */
} regf_value;

/* Is this the start of a hive or of its log? (regf signature; a type of a log is told apart.) */
bool regf_recognise(dr_bytes head, bool *is_log);

/* Reads the base block. False when there is no signature or it is too short. */
bool regf_base_read(regf_base *out, dr_bytes file);

/* Opens a hive. LOGS may be in any order; empty ones are fine. ARENA and DIAGS are borrowed until
 * regf_close. DR_FORMAT when there is nothing of a hive in it, DR_NOMEM. */
dr_status regf_open(regf_hive **out, dr_bytes file, const regf_log *logs, size_t n_logs, dr_arena *arena,
                    dr_diags *diags, dr_err *err) DR_MUST_CHECK;
void regf_close(regf_hive *hive); /* NULL is fine */

const regf_base *regf_base_of(const regf_hive *hive);         /* after the replay */
const regf_base *regf_primary_base_of(const regf_hive *hive); /* as it is in the file */
const regf_replay *regf_replay_of(const regf_hive *hive);
/* The image that is read: the file, or the replayed copy. */
dr_bytes regf_image(const regf_hive *hive);
/* Damage was met so far: what is not found may have been there. */
bool regf_damaged(const regf_hive *hive);

static inline uint64_t regf_offset(uint32_t cell)
{
    return (uint64_t)REGF_BASE_SIZE + cell;
}

bool regf_root(const regf_hive *hive, regf_key *out);
/* The key whose nk cell is at CELL; false (and a diagnostic) when there is none. */
bool regf_key_at(const regf_hive *hive, uint32_t cell, regf_key *out);
/* Does it stand in the hive only because a log was replayed (other bytes, or nothing, in the file)?
 * A value counts with its data. */
bool regf_key_from_log(const regf_hive *hive, const regf_key *key);
bool regf_value_from_log(const regf_hive *hive, const regf_value *value);

/* Subkeys in the order of the list; with REGF_WITH_LOST followed by orphaned and deleted ones whose
 * parent it is (life tells). */
enum { REGF_WITH_LOST = 1 };

typedef struct regf_subkeys {
    const regf_hive *hive;
    uint32_t owner;
    regf_life owner_life;
    dr_cur outer, list;
    uint32_t outer_left, left;
    uint32_t outer_stride, stride;
    uint64_t budget; /* entries still allowed: a hive cannot hold more keys */
    size_t lost, lost_end;
} regf_subkeys;

void regf_subkeys_start(regf_subkeys *it, const regf_hive *hive, const regf_key *key, unsigned flags);
bool regf_subkeys_next(regf_subkeys *it, regf_key *out);

typedef struct regf_values {
    const regf_hive *hive;
    regf_life owner_life;
    dr_cur list;
    uint32_t left;
    size_t lost, lost_end;
} regf_values;

void regf_values_start(regf_values *it, const regf_hive *hive, const regf_key *key, unsigned flags);
bool regf_values_next(regf_values *it, regf_value *out);

/* Live keys and values by name, without case. PATH is relative to KEY, parts separated by a backslash;
 * an empty path is the key itself. */
bool regf_find_key(const regf_hive *hive, const regf_key *key, dr_str path, regf_key *out);
bool regf_find_value(const regf_hive *hive, const regf_key *key, dr_str name, regf_value *out);

/* All bytes of the value's data: a view, or joined in ARENA for big data. Less than value->size (and
 * false, and a diagnostic) when cells are damaged or, for deleted values, overwritten. */
bool regf_data(const regf_hive *hive, const regf_value *value, dr_arena *arena, dr_bytes *out);

/* Names and text in WTF-8, in ARENA. */
dr_str regf_key_name(const regf_key *key, dr_arena *arena);
dr_str regf_value_name(const regf_value *value, dr_arena *arena);
bool regf_key_is(const regf_key *key, dr_str name); /* without case */
bool regf_value_is(const regf_value *value, dr_str name);
/* The class name; empty when there is none. */
dr_str regf_class_name(const regf_hive *hive, const regf_key *key, dr_arena *arena);
/* Path from the root (which is not named), climbing by parents. False when the way up is broken; the
 * path then starts where it broke. */
bool regf_path(const regf_hive *hive, const regf_key *key, dr_arena *arena, dr_str *out);
/* "REG_SZ"; NULL for a number that has no name. */
const char *regf_type_name(uint32_t type);

enum {
    REGF_TYPE_NONE = 0,
    REGF_TYPE_SZ = 1,
    REGF_TYPE_EXPAND_SZ = 2,
    REGF_TYPE_BINARY = 3,
    REGF_TYPE_DWORD = 4,
    REGF_TYPE_DWORD_BE = 5,
    REGF_TYPE_LINK = 6,
    REGF_TYPE_MULTI_SZ = 7,
    REGF_TYPE_QWORD = 11
};

/* The security descriptor of a key (self-relative), empty when damaged. */
dr_bytes regf_security(const regf_hive *hive, const regf_key *key);

/* Every live key, depth first, parents before children, each nk cell once whatever the lists say. With
 * REGF_WITH_LOST also orphaned and deleted keys, under the parent that they name. */
typedef struct regf_walk regf_walk;
/* FROM: NULL for the root. PREFIX: path of FROM, put before each path. */
dr_status regf_walk_start(regf_walk **out, const regf_hive *hive, const regf_key *from, dr_str prefix, unsigned flags) DR_MUST_CHECK;
/* DR_OK, DR_END, DR_NOMEM. *path is valid until the next call; the root's is the prefix. */
dr_status regf_walk_next(regf_walk *walk, regf_key *key, dr_str *path) DR_MUST_CHECK;
void regf_walk_end(regf_walk *walk);

/* What one pass over the whole hive found; made at the first call and kept. NULL: no memory. */
typedef struct regf_summary {
    uint32_t keys, values;            /* live */
    uint32_t orphan_keys;
    uint32_t deleted_keys, deleted_values, stale_keys, stale_values;
    int64_t newest; /* latest last-written time of a live key: the hive is at least that young */
} regf_summary;
const regf_summary *regf_summary_of(const regf_hive *hive);

/* Deleted and orphaned keys whose parent is not known, and deleted values of no known key. */
typedef struct regf_strays {
    const regf_hive *hive;
    size_t key, value;
} regf_strays;
void regf_strays_start(regf_strays *it, const regf_hive *hive);
bool regf_strays_next_key(regf_strays *it, regf_key *out);
bool regf_strays_next_value(regf_strays *it, regf_value *out);

/* JSON Lines of keys and values for `parse`: handed to WRITE in blocks of whole lines. */
typedef struct regf_parse_options {
    dr_str key; /* only this key and what is below it; empty: all */
    bool no_lost;  /* leave out orphaned and deleted keys and values */
} regf_parse_options;
typedef dr_status (*regf_write)(void *context, dr_str lines);
/* DR_END: no such key. */
dr_status regf_parse(const regf_hive *hive, const regf_parse_options *options, regf_write write, void *context,
                     dr_err *err) DR_MUST_CHECK;

#endif
