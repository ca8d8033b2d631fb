#ifndef DR_TESTS_WRITER_EVTX_WRITER_H
#define DR_TESTS_WRITER_EVTX_WRITER_H
/*
 * A writer of Windows event logs (EVTX 3.1 and 3.2), for tests.
 *
 * It lays files out as the event log service does: a 4096 byte file header, chunks of 64 KiB, names
 * and template definitions resident in the first record of a chunk that needs them, referenced by
 * chunk offset after that. An event is an outer template for System (18 or 20 values) whose last
 * value is binary XML for EventData or UserData, again a template.
 *
 * All values are given as text and converted by the type that the kind of event names: the texts
 * are what a reader should print. The same calls give the same bytes.
 *
 * Memory: a log owns its bytes until ew_close. Kinds, events and their texts are borrowed for the
 * length of a call, except that the kind's address may be kept until ew_close. Errors in the calls
 * (a value that does not parse, a record over 64 KiB) end the program: this is test code, and the
 * stories are fixed. Format facts: docs/formats/evtx.md.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The shapes of System found in real logs. */
typedef enum ew_shape {
    EW_MANIFEST,    /* 18 values; provider, guid, channel are values; strings end in NUL */
    EW_CLASSIC,     /* 20 values, provider and channel literal; Windows 10 and later */
    EW_CLASSIC_OLD, /* 20 values, of which 9 are used: no Version, Opcode, Execution; before 10 */
    EW_EXECUTION    /* 20 values, all used: processor, session and CPU times in Execution */
} ew_shape;

typedef enum ew_body {
    EW_NAMED,      /* EventData with a Data element for each field */
    EW_POSITIONAL, /* EventData with unnamed Data: one array of strings, then Binary */
    EW_USER,       /* UserData with one element of the event's own, a child for each field */
    EW_EMPTY       /* no content at all */
} ew_body;

/*
 * A kind of event. `fields` lists names and types, "Name:type|Name:type": the default type is str.
 * "#Name" is an element of its own beside the Data elements ("#Binary:bin"). Types: str, ansi, i8,
 * u8, i16, u16, i32, u32, i64, u64, f32, f64, bool, bin, guid, ptr (declared as a pointer, stored as
 * 64 bit hexadecimal), size4, size8, time (decimal FILETIME, or 2024-05-06T07:08:09.1234567Z),
 * systime, sid, x32, x64; with [] after it an array, items separated by a line feed.
 */
typedef struct ew_kind {
    const char *channel;
    const char *provider;
    const char *guid;   /* "{...}" or NULL */
    const char *source; /* EventSourceName, NULL where it has none */
    uint16_t id;
    uint8_t version, level, opcode;
    uint16_t task;
    uint64_t keywords;
    int qualifiers; /* -1: none */
    ew_shape shape;
    ew_body body;
    const char *name;   /* EW_NAMED: EventData/@Name or NULL; EW_USER: the element's name */
    const char *xmlns;  /* EW_USER: its namespace */
    const char *fields; /* EW_POSITIONAL: unused */
} ew_kind;

typedef struct ew_event {
    const ew_kind *kind;
    uint64_t time; /* FILETIME */
    const char *computer;
    uint32_t pid, tid;
    const char *user_sid;       /* System/Security/@UserID, NULL for none */
    const char *activity;       /* Correlation/@ActivityID, NULL for none */
    uint64_t keywords;          /* 0: those of the kind */
    const char *const *values;  /* NULL items are null values */
    size_t n_values;            /* EW_POSITIONAL: the strings; else one for each field */
    const char *binary;         /* EW_POSITIONAL: hexadecimal text of Binary, NULL for none */
    bool templateless;          /* write the elements in full, as collected events are */
} ew_event;

typedef struct ew_options {
    uint64_t first_id;      /* record id of the first record; 0 counts as 1 */
    int minor;              /* 1 (0 counts as 1) or 2 */
    bool dirty;             /* flag set; header counts are those of the first chunk */
    bool no_crc;            /* flags say that checksums are not kept */
    bool exported;          /* as a filtered export: header ids from 1, header times those of the next record */
    unsigned max_chunks;    /* ring: keep only so many newest chunks; 0 is no bound */
    unsigned spare_chunks;  /* chunks of zero bytes at the end */
    unsigned chunk_records; /* at most so many records in a chunk; 0 is no bound */
    const char *path;       /* a log larger than memory: see ew_open */
} ew_options;

typedef struct ew_log ew_log;

/*
 * With a path the chunks are written there as they fill up, and ew_close completes the file: only
 * one chunk is held, ew_bytes is not to be called, and nothing that looks back (exported,
 * max_chunks, dirty, spare_chunks) can be asked for.
 */
ew_log *ew_open(const ew_options *options);

/* Appends a record and returns its record id (EventRecordID). */
uint64_t ew_append(ew_log *log, const ew_event *event);

/* Passes over n record ids, as if so many records had been there and were lost. */
void ew_skip_ids(ew_log *log, uint64_t n);

/* How large the file is so far: of the chunks that are full. */
uint64_t ew_size(const ew_log *log);

/* The file as bytes. They belong to the log and may be changed by the caller. */
uint8_t *ew_bytes(ew_log *log, size_t *n);

/* Writes bytes to a file. Ends the program if it cannot. */
void ew_save(const char *path, const uint8_t *bytes, size_t n);

void ew_close(ew_log *log);

uint32_t ew_crc32(const uint8_t *bytes, size_t n, uint32_t crc);

/* FILETIME of a UTC date and time, with ticks of 100 ns. */
uint64_t ew_time(int year, int month, int day, int hour, int minute, int second, uint32_t ticks);

#endif
