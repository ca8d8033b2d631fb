/* Lays out an event log chunk by hand, token by token, for tests of structures that no service would
 * write. Numbers go in as given; sizes are filled in afterwards where a test wants right ones. */
#ifndef DR_TESTS_UNIT_FORMAT_BINXML_BUILD_H
#define DR_TESTS_UNIT_FORMAT_BINXML_BUILD_H

#include "base/crc32.h"
#include "format/evtx.h"

#include <string.h>

typedef struct chunk_build {
    uint8_t bytes[EVTX_CHUNK_SIZE];
    size_t n;
    size_t record; /* start of the record being written */
    size_t last;
} chunk_build;

static inline void cb_bytes(chunk_build *b, const void *p, size_t n)
{
    if (n > sizeof b->bytes - b->n)
        n = sizeof b->bytes - b->n;
    memcpy(b->bytes + b->n, p, n);
    b->n += n;
}

static inline void cb_u8(chunk_build *b, unsigned v)
{
    uint8_t one = (uint8_t)v;
    cb_bytes(b, &one, 1);
}

static inline void cb_u16(chunk_build *b, unsigned v)
{
    cb_u8(b, v);
    cb_u8(b, v >> 8);
}

static inline void cb_u32(chunk_build *b, uint32_t v)
{
    cb_u16(b, v & 0xffff);
    cb_u16(b, v >> 16);
}

static inline void cb_u64(chunk_build *b, uint64_t v)
{
    cb_u32(b, (uint32_t)v);
    cb_u32(b, (uint32_t)(v >> 32));
}

static inline void cb_set32(chunk_build *b, size_t at, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        b->bytes[at + i] = (uint8_t)(v >> (8 * i));
}

/* ASCII as UTF-16. */
static inline void cb_wide(chunk_build *b, const char *s)
{
    for (; *s; s++)
        cb_u16(b, (unsigned char)*s);
}

/* A name reference with its entry inline. */
static inline void cb_name(chunk_build *b, const char *s)
{
    uint32_t hash = 0;
    for (const char *c = s; *c; c++)
        hash = hash * 65599u + (unsigned char)*c;
    cb_u32(b, (uint32_t)(b->n + 4));
    cb_u32(b, 0);
    cb_u16(b, hash & 0xffff);
    cb_u16(b, (unsigned)strlen(s));
    cb_wide(b, s);
    cb_u16(b, 0);
}

/* An element's start, with a dependency id inside definitions (-1: outside of one). */
static inline void cb_open(chunk_build *b, const char *name, int dependency, bool attributes)
{
    cb_u8(b, attributes ? 0x41 : 0x01);
    if (dependency >= 0)
        cb_u16(b, (unsigned)dependency);
    cb_u32(b, 0); /* size: nobody needs it */
    cb_name(b, name);
    if (attributes)
        cb_u32(b, 0);
}

static inline void cb_attribute(chunk_build *b, const char *name)
{
    cb_u8(b, 0x06);
    cb_name(b, name);
}

static inline void cb_value(chunk_build *b, const char *text)
{
    cb_u8(b, 0x05);
    cb_u8(b, 0x01);
    cb_u16(b, (unsigned)strlen(text));
    cb_wide(b, text);
}

static inline void cb_slot(chunk_build *b, unsigned index, unsigned type, bool optional)
{
    cb_u8(b, optional ? 0x0e : 0x0d);
    cb_u16(b, index);
    cb_u8(b, type);
}

static inline void cb_start(chunk_build *b)
{
    memset(b, 0, sizeof *b);
    b->n = EVTX_CHUNK_HEAD_SIZE;
}

static inline void cb_record(chunk_build *b, uint64_t id)
{
    b->record = b->n;
    cb_u32(b, 0x2a2a);
    cb_u32(b, 0);
    cb_u64(b, id);
    cb_u64(b, 131202000271663025u);
    cb_u32(b, 0x0001010f);
}

/* A template instance with its definition inline; the definition's tokens follow. Returns what
 * cb_values needs to close it. */
static inline size_t cb_template(chunk_build *b, uint32_t id)
{
    cb_u8(b, 0x0c);
    cb_u8(b, 0x01);
    cb_u32(b, id);
    cb_u32(b, (uint32_t)(b->n + 4));
    cb_u32(b, 0);
    cb_u32(b, id);
    cb_u32(b, 0x11111111);
    cb_u64(b, 0x2222222222222222u);
    cb_u32(b, 0); /* size of data */
    cb_u32(b, 0x0001010f);
    return b->n - 8;
}

/* Ends the definition that began at PLACE. Values follow: their number, descriptors, bytes. */
static inline void cb_end_template(chunk_build *b, size_t place)
{
    cb_u8(b, 0x00);
    cb_set32(b, place, (uint32_t)(b->n - place - 4));
}

static inline void cb_descriptor(chunk_build *b, unsigned size, unsigned type)
{
    cb_u16(b, size);
    cb_u16(b, type);
}

static inline void cb_end_record(chunk_build *b)
{
    cb_u8(b, 0x00);
    while ((b->n + 4 - b->record) % 8)
        cb_u8(b, 0);
    uint32_t size = (uint32_t)(b->n + 4 - b->record);
    cb_u32(b, size);
    cb_set32(b, b->record + 4, size);
    b->last = b->record;
}

/* The chunk's header, with right checksums. */
static inline dr_bytes cb_finish(chunk_build *b)
{
    memcpy(b->bytes, "ElfChnk", 8);
    cb_set32(b, 40, 128);
    cb_set32(b, 44, (uint32_t)b->last);
    cb_set32(b, 48, (uint32_t)b->n);
    cb_set32(b, 52, dr_crc32(0, (dr_bytes){ b->bytes + 512, b->n - 512 }));
    cb_set32(b, 120, 1);
    cb_set32(b, 124,
             dr_crc32(dr_crc32(0, (dr_bytes){ b->bytes, 120 }), (dr_bytes){ b->bytes + 128, 384 }));
    return (dr_bytes){ b->bytes, EVTX_CHUNK_SIZE };
}

#endif
