/* The value AppCompatCache (ShimCache) of every Windows version, from its bytes alone. Entries come in
 * the order in which they are stored; position 0 is the one inserted or updated last (from 2003 on the
 * first stored).
 *
 * What an entry says: a file stood at this path, with this modification time, when it was looked at.
 * Flags and tags are handed on as they are. Layouts: docs/formats/registry.md, "ShimCache". */
#ifndef DR_FORMAT_SHIMCACHE_H
#define DR_FORMAT_SHIMCACHE_H

#include "base/cur.h"
#include "base/dr_time.h"

typedef enum shimcache_kind {
    SHIMCACHE_XP,
    SHIMCACHE_2003, /* also XP x64 */
    SHIMCACHE_VISTA, /* also 2008 */
    SHIMCACHE_7,    /* also 2008 R2 */
    SHIMCACHE_8_0,
    SHIMCACHE_8_1,
    SHIMCACHE_10,        /* up to 1607 */
    SHIMCACHE_10_CREATORS /* 1703 on, 11 */
} shimcache_kind;

typedef struct shimcache {
    shimcache_kind kind;
    bool x64; /* layout of 64 bits (2003 to 7) */
    dr_bytes data;
    uint32_t count; /* as the head says; from 1703 on it differs from what is there */
    uint32_t next;
    dr_cur at;
} shimcache;

typedef struct shimcache_entry {
    uint32_t position; /* 0: the latest */
    uint64_t off;      /* in the value */
    dr_wstr path;
    dr_wstr package; /* 8.0 on: empty for ordinary files */
    int64_t modified; /* ticks as stored */
    int64_t updated;  /* XP: last update of the entry; DR_NO_TIME elsewhere */
    uint64_t file_size; /* XP and 2003, else 0 */
    bool has_flags;
    uint32_t insert_flags, shim_flags; /* Vista to 8.1 */
    dr_bytes blob;   /* 10: records of {u32 tag, u32 size, data}; 7 to 8.1: shim data */
    bool crc_ok;     /* 8.0 on */
} shimcache_entry;

/* False when it is no ShimCache that is known. */
bool shimcache_open(shimcache *out, dr_bytes data);
/* False at the end. *damaged (may be NULL): set when the end came before the last entry, or an entry
 * does not fit. */
bool shimcache_next(shimcache *s, shimcache_entry *out, bool *damaged);
const char *shimcache_name(shimcache_kind kind);
/* The first four bytes of a tag's data in a blob of Windows 10; false when the tag is not there. */
bool shimcache_tag(dr_bytes blob, uint32_t tag, uint32_t *value);

#endif
