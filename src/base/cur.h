/* The bounded cursor: the only code that does arithmetic on evidence pointers. A window of borrowed
 * bytes, a place in it, the evidence offset of its first byte, and the first fault, which sticks:
 * later reads give zeros and empty views, so that a decoder reads straight down and asks once. */
#ifndef DR_BASE_CUR_H
#define DR_BASE_CUR_H

#include "base/utf.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct dr_bytes {
    const uint8_t *p;
    size_t n;
} dr_bytes;

typedef enum dr_fault {
    DR_FAULT_NONE = 0,
    DR_FAULT_SHORT, /* the window ends before the field does */
    DR_FAULT_RANGE, /* an offset or count leads out of the window */
    DR_FAULT_MAGIC, /* a signature is not there */
    DR_FAULT_VALUE, /* a value that the format does not know */
    DR_FAULT_LIMIT  /* a limit of base/limits.h */
} dr_fault;

typedef struct dr_cur {
    dr_bytes in;       /* window; fixed for the cursor's life */
    size_t pos;        /* invariant: pos <= in.n */
    uint64_t base;     /* evidence offset of in.p[0] */
    dr_fault fault;    /* first fault, sticky */
    uint64_t fault_at; /* evidence offset of the first fault */
} dr_cur;

static inline dr_cur dr_cur_over(dr_bytes in, uint64_t base)
{
    return (dr_cur){ .in = in, .base = base };
}

static inline bool dr_cur_ok(const dr_cur *c)
{
    return c->fault == DR_FAULT_NONE;
}

static inline void dr_cur_fail(dr_cur *c, dr_fault fault)
{
    if (c->fault == DR_FAULT_NONE) {
        c->fault = fault;
        c->fault_at = c->base + c->pos;
    }
}

static inline size_t dr_left(const dr_cur *c)
{
    return c->fault == DR_FAULT_NONE ? c->in.n - c->pos : 0;
}

/* Evidence offset of the next byte. */
static inline uint64_t dr_cur_off(const dr_cur *c)
{
    return c->base + c->pos;
}

static inline dr_bytes dr_take(dr_cur *c, size_t n)
{
    if (c->fault != DR_FAULT_NONE || n > c->in.n - c->pos) { /* subtract, never add */
        dr_cur_fail(c, DR_FAULT_SHORT);
        return (dr_bytes){ .p = (const uint8_t *)"", .n = 0 };
    }
    dr_bytes v = { .p = c->in.p + c->pos, .n = n };
    c->pos += n;
    return v;
}

static inline void dr_skip(dr_cur *c, size_t n)
{
    (void)dr_take(c, n);
}

/* COUNT items of SIZE bytes; the product is checked. */
static inline dr_bytes dr_take_array(dr_cur *c, size_t count, size_t size)
{
    if (size != 0 && count > dr_left(c) / size) {
        dr_cur_fail(c, DR_FAULT_SHORT);
        return (dr_bytes){ .p = (const uint8_t *)"", .n = 0 };
    }
    return dr_take(c, count * size);
}

/* COUNT as it is if that many items of at least ITEM_MIN bytes can still follow; else a fault and 0. */
static inline size_t dr_count(dr_cur *c, uint64_t count, size_t item_min)
{
    if (count > dr_left(c) / (item_min ? item_min : 1)) {
        dr_cur_fail(c, DR_FAULT_RANGE);
        return 0;
    }
    return (size_t)count;
}

static inline uint8_t dr_u8(dr_cur *c)
{
    dr_bytes v = dr_take(c, 1);
    return v.n ? v.p[0] : 0;
}

static inline uint16_t dr_u16(dr_cur *c)
{
    dr_bytes v = dr_take(c, 2);
    return v.n ? (uint16_t)(v.p[0] | (uint16_t)(v.p[1] << 8)) : 0;
}

static inline uint32_t dr_u32(dr_cur *c)
{
    dr_bytes v = dr_take(c, 4);
    return v.n ? (uint32_t)v.p[0] | (uint32_t)v.p[1] << 8 | (uint32_t)v.p[2] << 16 | (uint32_t)v.p[3] << 24 : 0;
}

static inline uint32_t dr_u32be(dr_cur *c)
{
    dr_bytes v = dr_take(c, 4);
    return v.n ? (uint32_t)v.p[3] | (uint32_t)v.p[2] << 8 | (uint32_t)v.p[1] << 16 | (uint32_t)v.p[0] << 24 : 0;
}

static inline uint64_t dr_u64(dr_cur *c)
{
    uint64_t low = dr_u32(c);
    uint64_t high = dr_u32(c);
    return low | high << 32;
}

/* FILETIME as ticks of 100 ns since 1601 (see time.h for what is no time). */
static inline int64_t dr_filetime(dr_cur *c)
{
    return (int64_t)dr_u64(c);
}

static inline dr_wstr dr_utf16(dr_cur *c, size_t units)
{
    dr_bytes v = dr_take_array(c, units, 2);
    return (dr_wstr){ .p = v.p, .units = v.n / 2 };
}

/* Forward to the next multiple of ALIGN, counted from the window's first byte. */
static inline void dr_align(dr_cur *c, size_t align)
{
    size_t over = c->pos % align;
    if (over)
        dr_skip(c, align - over);
}

/* A child window [off, off + n) of this window, with its own evidence base. Faults the parent when it
 * does not fit, and gives an empty child. */
static inline dr_cur dr_cur_at(dr_cur *c, uint64_t off, size_t n)
{
    if (off > c->in.n || n > c->in.n - (size_t)off) {
        dr_cur_fail(c, DR_FAULT_RANGE);
        return (dr_cur){ .in = { (const uint8_t *)"", 0 }, .base = c->base, .fault = DR_FAULT_RANGE,
                         .fault_at = c->base + off };
    }
    return (dr_cur){ .in = { c->in.p + off, n }, .base = c->base + off };
}

/* From OFF to the end of the window. */
static inline dr_cur dr_cur_from(dr_cur *c, uint64_t off)
{
    return dr_cur_at(c, off, off <= c->in.n ? c->in.n - (size_t)off : 0);
}

/* The next N bytes as a child window; the parent moves behind them. */
static inline dr_cur dr_cur_sub(dr_cur *c, size_t n)
{
    uint64_t base = dr_cur_off(c);
    dr_bytes v = dr_take(c, n);
    return (dr_cur){ .in = v, .base = base, .fault = c->fault, .fault_at = c->fault_at };
}

/* The whole window. */
static inline dr_bytes dr_cur_rest(const dr_cur *c)
{
    return (dr_bytes){ c->in.p + c->pos, dr_left(c) };
}

/* A sub-view of bytes, clamped: never out of range. */
static inline dr_bytes dr_bytes_sub(dr_bytes b, size_t from, size_t n)
{
    if (from > b.n)
        from = b.n;
    if (n > b.n - from)
        n = b.n - from;
    return (dr_bytes){ b.p + from, n };
}

static inline bool dr_bytes_start(dr_bytes b, const void *magic, size_t n)
{
    return b.n >= n && memcmp(b.p, magic, n) == 0;
}

/* GUID of 16 bytes as upper-case text without braces (36 characters). */
void dr_guid_text(const uint8_t guid[16], char out[37]);
/* SID as S-1-...; the bytes must hold the whole SID, else false. *used gets its length in bytes. OUT
 * needs DR_SID_TEXT_MAX. */
#define DR_SID_TEXT_MAX 192
bool dr_sid_text(dr_bytes sid, char out[DR_SID_TEXT_MAX], size_t *used);

#endif
