/* EVTX, the Windows XML Event Log: file header, chunks, records. Facts: docs/formats/evtx.md.
 *
 * Everything borrows from the bytes that the caller holds: one chunk (up to 64 KiB) at a time is
 * enough, and chunks do not depend on each other, so each thread reads its own. Nothing here
 * allocates. Damage never stops the walk: it comes back as an item with its place. What a record
 * says (BinXML) is read by format/binxml.h. */
#ifndef DR_FORMAT_EVTX_H
#define DR_FORMAT_EVTX_H

#include "base/cur.h"

#define EVTX_HEAD_SIZE 4096u
#define EVTX_CHUNK_SIZE 65536u
#define EVTX_CHUNK_HEAD_SIZE 512u
#define EVTX_RECORD_MIN 28u

enum { EVTX_FILE_DIRTY = 1u, EVTX_FILE_FULL = 2u, EVTX_FILE_NO_CRC = 4u };

/* The file header. Nothing in it steers the reading, but one thing: in a clean file chunks at and
 * beyond chunk_count are left over from before a clear, and their records are not live. */
typedef struct evtx_head {
    uint64_t oldest_chunk, current_chunk;
    uint64_t next_record_id;
    uint16_t minor, major;
    uint16_t chunk_count; /* wraps at 65,536 */
    uint32_t flags;       /* EVTX_FILE_...; other bits occur and mean nothing */
    bool magic_ok, checksum_ok;
} evtx_head;

/* HEAD: the first bytes of the file. False when it is too short or has no signature; what could be
 * read is in *out all the same. */
bool evtx_head_read(evtx_head *out, dr_bytes head);
/* How many chunks from the beginning hold live records: of a clean and sound header its count, else
 * all (UINT64_MAX). SLOTS: chunks that fit in the file. */
uint64_t evtx_live_chunks(const evtx_head *head, uint64_t slots);

typedef enum evtx_slot_kind {
    EVTX_SLOT_EMPTY,   /* all zero */
    EVTX_SLOT_CHUNK,   /* has the signature */
    EVTX_SLOT_HEADLESS /* neither: records may stand in it, or chunks at odd places */
} evtx_slot_kind;

typedef struct evtx_chunk {
    dr_bytes bytes; /* the chunk, or what is left of it */
    uint64_t off;   /* evidence offset */
    evtx_slot_kind kind;
    uint64_t first_number, last_number, first_id, last_id; /* 0x08 to 0x20, as the header says */
    uint32_t last_record_off;                              /* 0x2c */
    uint32_t free_off;                                     /* 0x30 */
    uint32_t flags;                                        /* 0x78: 4 = no checksums */
    bool checked;                                          /* checksums were there to be verified */
    bool head_crc_ok, records_crc_ok; /* of evtx_chunk_verify; true when not checked */
    size_t live_end;                  /* records that begin below this are live */
    size_t pos;                       /* of the walk */
    bool seen_last;                   /* the record that the header calls the last was met */
} evtx_chunk;

typedef enum evtx_item_kind {
    EVTX_RECORD,
    EVTX_TORN,   /* a record that was cut off */
    EVTX_SKIPPED /* bytes where records should be, without one */
} evtx_item_kind;

typedef struct evtx_item {
    evtx_item_kind kind;
    uint64_t off;          /* evidence offset */
    size_t pos, size;      /* in the chunk; of a torn record up to the next one or the live end */
    uint64_t header_id;    /* 0x08; of an export not the record's own */
    int64_t header_time;   /* 0x10, FILETIME as it stands; of an export another record's */
    size_t body, body_end; /* BinXML, in the chunk */
} evtx_item;

/* Reads the header of the chunk that begins with BYTES (at least one byte, at most
 * EVTX_CHUNK_SIZE are used). A chunk without signature is opened too: its records are then looked
 * for from 512 on. */
void evtx_chunk_open(evtx_chunk *c, dr_bytes bytes, uint64_t off);
/* Verifies both checksums, unless the chunk says that it has none. */
void evtx_chunk_verify(evtx_chunk *c);
/* The next live item in file order, false at the end. */
bool evtx_next(evtx_chunk *c, evtx_item *out);
/* Goes on behind the live records: what is left over there from the chunk's earlier life. Only sound
 * record headers come out. Call it after evtx_next has ended; false at the end. */
bool evtx_next_slack(evtx_chunk *c, evtx_item *out);
/* Is anything that looks like a record behind the live end? */
bool evtx_has_slack(const evtx_chunk *c);
/* Where a chunk's signature with a sound header checksum stands in WINDOW at or after FROM, at any
 * alignment; SIZE_MAX when nowhere. */
size_t evtx_find_chunk(dr_bytes window, size_t from);
/* True when the bytes at POS are a whole and plausible record. */
bool evtx_record_at(dr_bytes chunk, size_t pos, size_t *size);

#endif
