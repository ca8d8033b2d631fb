/* Little-endian numbers at an offset of a view, for structures that are read by place and not in
 * order (descriptor arrays, fixed headers): a read that does not fit gives 0, never a byte outside.
 * Where the difference between "0" and "not there" matters, use the cursor of cur.h. */
#ifndef DR_BASE_LE_H
#define DR_BASE_LE_H

#include "base/cur.h"

static inline bool dr_le_fits(dr_bytes b, size_t off, size_t n)
{
    return off <= b.n && n <= b.n - off;
}

static inline uint8_t dr_le8(dr_bytes b, size_t off)
{
    return off < b.n ? b.p[off] : 0;
}

/* The _in forms are for callers that have made sure that it fits, once for many reads. */
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
static inline uint16_t dr_le16_in(dr_bytes b, size_t off)
{
    uint16_t v;
    memcpy(&v, b.p + off, sizeof v);
    return v;
}

static inline uint32_t dr_le32_in(dr_bytes b, size_t off)
{
    uint32_t v;
    memcpy(&v, b.p + off, sizeof v);
    return v;
}

static inline uint64_t dr_le64_in(dr_bytes b, size_t off)
{
    uint64_t v;
    memcpy(&v, b.p + off, sizeof v);
    return v;
}
#else
static inline uint16_t dr_le16_in(dr_bytes b, size_t off)
{
    return (uint16_t)(b.p[off] | (uint16_t)(b.p[off + 1] << 8));
}

static inline uint32_t dr_le32_in(dr_bytes b, size_t off)
{
    return (uint32_t)dr_le16_in(b, off) | (uint32_t)dr_le16_in(b, off + 2) << 16;
}

static inline uint64_t dr_le64_in(dr_bytes b, size_t off)
{
    return (uint64_t)dr_le32_in(b, off) | (uint64_t)dr_le32_in(b, off + 4) << 32;
}
#endif

static inline uint16_t dr_le16(dr_bytes b, size_t off)
{
    return dr_le_fits(b, off, 2) ? dr_le16_in(b, off) : 0;
}

static inline uint32_t dr_le32(dr_bytes b, size_t off)
{
    return dr_le_fits(b, off, 4) ? dr_le32_in(b, off) : 0;
}

static inline uint64_t dr_le64(dr_bytes b, size_t off)
{
    return dr_le_fits(b, off, 8) ? dr_le64_in(b, off) : 0;
}

/* Where the N bytes of NEEDLE stand at or after FROM, or SIZE_MAX. */
static inline size_t dr_bytes_find(dr_bytes b, size_t from, const void *needle, size_t n)
{
    const uint8_t first = *(const uint8_t *)needle;
    while (from <= b.n && n <= b.n - from) {
        const uint8_t *hit = memchr(b.p + from, first, b.n - from - n + 1);
        if (!hit)
            return SIZE_MAX;
        if (memcmp(hit, needle, n) == 0)
            return (size_t)(hit - b.p);
        from = (size_t)(hit - b.p) + 1;
    }
    return SIZE_MAX;
}

/* The offset of the first byte at or after FROM that is not 0, or the length. */
static inline size_t dr_bytes_nonzero(dr_bytes b, size_t from)
{
    while (from < b.n && b.n - from >= 8 && dr_le64_in(b, from) == 0)
        from += 8;
    while (from < b.n && !b.p[from])
        from++;
    return from < b.n ? from : b.n;
}

#endif
