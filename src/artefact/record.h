/* A record: one addressable item of a source, exactly as the artefact has it, without interpretation.
 * Event records are lazy: their named values are decoded only when somebody asks (record_field).
 * Rows of other artefacts (a registry key's decoder, a Prefetch file) carry plain fields.
 *
 * Lifetime: a record and all its views live until the batch it came in is dropped; who keeps
 * something copies it. One thread at a time. */
#ifndef DR_ARTEFACT_RECORD_H
#define DR_ARTEFACT_RECORD_H

#include "base/arena.h"
#include "base/dr_time.h"
#include "base/str.h"

enum {
    RECORD_RECOVERED = 1u << 0,  /* from slack or unused chunks: may prove, never cover */
    RECORD_TORN = 1u << 1,       /* cut off while being written; fields may be missing */
    RECORD_HEADER_DIFFERS = 1u << 2, /* header id or time are not those of its own XML: an export */
    RECORD_FROM_LOG = 1u << 3,   /* registry: stands only in a transaction log (replayed) */
    RECORD_DELETED = 1u << 4,    /* registry, WMI: from unallocated cells or free pages */
    RECORD_CHECKSUM = 1u << 5,   /* lies in a chunk whose checksum is wrong */
    RECORD_NO_SOURCE_MARK = 1u << 6 /* its provider has neither Guid nor EventSourceName */
};

typedef struct record_field {
    dr_str name;  /* empty: an unnamed value (classic Data) */
    dr_str value; /* text in WTF-8 */
} record_field;

typedef struct record record;
struct record {
    dr_str schema; /* "evtx", "regf.service", "prefetch", "wmi.binding", ... */

    /* Event records; empty or 0 for other rows. */
    dr_str channel;
    dr_str provider;       /* Provider/@Name */
    dr_str provider_alias; /* Provider/@EventSourceName */
    dr_str computer;
    dr_str user_sid; /* System/Security/@UserID */
    dr_str activity; /* Correlation/@ActivityID */
    uint32_t event_id;
    uint32_t version;
    uint32_t level;
    uint32_t pid, tid; /* System/Execution: of the logging process */
    uint64_t keywords;
    uint64_t record_id; /* System/EventRecordID */

    int64_t time; /* System/TimeCreated, or the artefact's main time; DR_NO_TIME for none */

    uint32_t source;  /* number of the source in the run */
    uint32_t flags;   /* RECORD_... */
    uint64_t offset;  /* evidence offset of the record, cell, row */
    dr_str place;     /* registry path, WMI object path, ...; empty for event records */

    const record_field *fields; /* plain rows */
    size_t n_fields;

    /* Lazy records: decodes one value into the arena. NTH counts equal names from 0. An empty name
     * with NTH means the NTH unnamed Data (positional values of classic events, %1 is nth 0; empty
     * items count). Names as they stand in the XML: "TargetUserName"; "Binary" for
     * EventData/Binary (upper-case hexadecimal text); "@Name" for the Name attribute of EventData
     * itself; leaf elements of UserData by their own name, their attributes as "Element@Attribute".
     * False when the record has no such field. */
    bool (*get)(const record *r, dr_arena *arena, dr_str name, size_t nth, dr_str *value);
    /* Decodes all values in their order (for `find`, for data-driven searches). */
    bool (*all)(const record *r, dr_arena *arena, const record_field **fields, size_t *n);
    const void *impl;
};

/* The NTH field of that name, whichever kind of record it is. Names compare without case. */
bool record_get(const record *r, dr_arena *arena, dr_str name, size_t nth, dr_str *value);
bool record_all(const record *r, dr_arena *arena, const record_field **fields, size_t *n);

#endif
