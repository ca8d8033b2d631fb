#include "format/shimcache.h"

#include "base/crc32.h"
#include "base/le.h"

#define XP_HEAD 0x190u
#define XP_ENTRY 552u
#define XP_MOST 96u

const char *shimcache_name(shimcache_kind kind)
{
    switch (kind) {
    case SHIMCACHE_XP: return "XP";
    case SHIMCACHE_2003: return "2003";
    case SHIMCACHE_VISTA: return "Vista";
    case SHIMCACHE_7: return "7";
    case SHIMCACHE_8_0: return "8.0";
    case SHIMCACHE_8_1: return "8.1";
    case SHIMCACHE_10: return "10";
    case SHIMCACHE_10_CREATORS: return "10-1703";
    }
    return "";
}

static bool sign_at(dr_bytes data, size_t off, const char *sign)
{
    return dr_bytes_start(dr_bytes_sub(data, off, 4), sign, 4);
}

/* 2003 keeps the size of the file where Vista keeps two words of flags. Flags use the low bits; a file of
 * less than 4 KiB for every entry does not happen. */
static bool sizes_not_flags(const shimcache *s)
{
    size_t stride = s->x64 ? 32 : 24;
    for (uint32_t i = 0; i < s->count; i++) {
        uint32_t low = dr_le32(s->data, 8 + i * stride + stride - 8);
        uint32_t high = dr_le32(s->data, 8 + i * stride + stride - 4);
        if (low > 0xfff && high == 0)
            return true;
    }
    return false;
}

bool shimcache_open(shimcache *out, dr_bytes data)
{
    *out = (shimcache){ .data = data };
    uint32_t first = dr_le32(data, 0);
    size_t head;
    /* The sign at 0x80 comes first: 8.1 may have 0 at its start. */
    if (sign_at(data, 0x80, "00ts") || sign_at(data, 0x80, "10ts")) {
        out->kind = sign_at(data, 0x80, "00ts") ? SHIMCACHE_8_0 : SHIMCACHE_8_1;
        head = 0x80;
    } else if (first == 0x34 && (sign_at(data, 0x34, "10ts") || data.n == 0x34)) {
        out->kind = SHIMCACHE_10_CREATORS;
        head = 0x34;
        out->count = dr_le32(data, 0x28);
    } else if (first == 0x30 && (sign_at(data, 0x30, "10ts") || data.n == 0x30)) {
        out->kind = SHIMCACHE_10;
        head = 0x30;
        out->count = dr_le32(data, 0x24);
    } else if (first == 0xdeadbeef && data.n >= XP_HEAD) {
        out->kind = SHIMCACHE_XP;
        head = XP_HEAD;
        out->count = dr_le32(data, 8); /* at 4: the room, always 96 */
        if (out->count > XP_MOST)
            out->count = XP_MOST;
    } else if (first == 0xbadc0ffe || first == 0xbadc0fee) {
        head = first == 0xbadc0ffe ? 8 : 0x80;
        out->count = dr_le32(data, 4);
        out->kind = first == 0xbadc0ffe ? SHIMCACHE_VISTA : SHIMCACHE_7;
        /* Behind the two lengths: padding in the 64-bit layout, else the offset of the path. */
        out->x64 = dr_le32(data, head + 4) == 0;
        size_t stride = out->kind == SHIMCACHE_7 ? (out->x64 ? 48 : 32) : (out->x64 ? 32 : 24);
        size_t room = data.n > head ? (data.n - head) / stride : 0;
        if (out->count > room)
            out->count = (uint32_t)room;
        if (out->kind == SHIMCACHE_VISTA && sizes_not_flags(out))
            out->kind = SHIMCACHE_2003;
    } else {
        return false;
    }
    out->at = dr_cur_over(data, 0);
    dr_skip(&out->at, head);
    return dr_cur_ok(&out->at);
}

/* XP keeps its entries in place and their order in a list of indexes, latest first. */
static bool next_xp(shimcache *s, dr_cur *c, shimcache_entry *out)
{
    for (uint32_t i = 0; i < s->count; i++)
        if (dr_le32(s->data, 16 + i * 4u) == s->next)
            out->position = i;
    dr_cur e = dr_cur_sub(c, XP_ENTRY);
    out->path = dr_wstr_cut(dr_utf16(&e, 264)); /* 0x000 */
    out->modified = dr_filetime(&e);            /* 0x210 */
    out->file_size = dr_u64(&e);                /* 0x218 */
    out->updated = dr_filetime(&e);             /* 0x220 */
    return dr_cur_ok(&e);
}

/* Entries of fixed size whose path lies elsewhere in the value: 2003, Vista, 7. */
static bool next_fixed(shimcache *s, dr_cur *c, shimcache_entry *out, bool *damaged)
{
    unsigned bytes = dr_u16(c);
    dr_skip(c, 2);
    uint64_t off;
    if (s->x64) {
        dr_skip(c, 4);
        off = dr_u64(c);
    } else {
        off = dr_u32(c);
    }
    out->modified = dr_filetime(c);
    if (s->kind == SHIMCACHE_2003) {
        out->file_size = dr_u64(c);
    } else {
        out->has_flags = true;
        out->insert_flags = dr_u32(c);
        out->shim_flags = dr_u32(c);
    }
    dr_cur all = dr_cur_over(s->data, 0);
    if (s->kind == SHIMCACHE_7) {
        uint64_t size = s->x64 ? dr_u64(c) : dr_u32(c);
        uint64_t at = s->x64 ? dr_u64(c) : dr_u32(c);
        dr_cur blob = size <= s->data.n ? dr_cur_at(&all, at, (size_t)size) : dr_cur_over(dr_bytes_sub(s->data, 0, 0), 0);
        out->blob = blob.in;
        all = dr_cur_over(s->data, 0);
    }
    dr_cur path = dr_cur_at(&all, off, bytes);
    out->path = (dr_wstr){ path.in.p, path.in.n / 2 };
    if (!dr_cur_ok(&path) && damaged)
        *damaged = true;
    return dr_cur_ok(c);
}

/* The body of an entry of 8.0 on. PACKAGE: with a package name between path and flags. True when it
 * fits to the last byte. */
static bool read_body(shimcache_kind kind, dr_bytes body, bool package, shimcache_entry *out)
{
    dr_cur c = dr_cur_over(body, 0);
    size_t path_bytes = dr_u16(&c);
    dr_bytes path = dr_take(&c, path_bytes);
    out->path = (dr_wstr){ path.p, path.n / 2 };
    if (kind == SHIMCACHE_8_0 || kind == SHIMCACHE_8_1) {
        out->package = (dr_wstr){ path.p, 0 };
        if (package) {
            size_t n = dr_u16(&c);
            dr_bytes name = dr_take(&c, n);
            out->package = (dr_wstr){ name.p, name.n / 2 };
        }
        out->has_flags = true;
        out->insert_flags = dr_u32(&c);
        out->shim_flags = dr_u32(&c);
    }
    out->modified = dr_filetime(&c);
    size_t blob = dr_u32(&c);
    out->blob = dr_take(&c, blob);
    return dr_cur_ok(&c) && dr_left(&c) == 0;
}

static bool next_signed(shimcache *s, dr_cur *c, shimcache_entry *out, bool *damaged)
{
    dr_bytes sign = dr_take(c, 4);
    if (sign.n < 4 || !dr_bytes_start(sign, s->kind == SHIMCACHE_8_0 ? "00ts" : "10ts", 4))
        return false;
    uint32_t crc = dr_u32(c);
    size_t size = dr_u32(c);
    dr_bytes body = dr_take(c, size);
    if (!dr_cur_ok(c))
        return false;
    out->crc_ok = dr_crc32(0, body) == crc;
    bool whole = read_body(s->kind, body, true, out);
    if (!whole && s->kind == SHIMCACHE_8_0) /* builds before the release */
        whole = read_body(s->kind, body, false, out);
    if (damaged && (!whole || !out->crc_ok))
        *damaged = true;
    return true;
}

bool shimcache_next(shimcache *s, shimcache_entry *out, bool *damaged)
{
    *out = (shimcache_entry){ .position = s->next, .off = s->at.pos, .updated = DR_NO_TIME, .crc_ok = true,
                              .path = { (const uint8_t *)"", 0 }, .package = { (const uint8_t *)"", 0 },
                              .blob = { (const uint8_t *)"", 0 } };
    bool counted = s->kind <= SHIMCACHE_7;
    if (counted ? s->next >= s->count : dr_left(&s->at) == 0)
        return false;
    bool ok;
    if (s->kind == SHIMCACHE_XP)
        ok = next_xp(s, &s->at, out);
    else if (counted)
        ok = next_fixed(s, &s->at, out, damaged);
    else
        ok = next_signed(s, &s->at, out, damaged);
    if (!ok) {
        if (damaged)
            *damaged = true;
        s->next = s->count = UINT32_MAX;
        dr_cur_fail(&s->at, DR_FAULT_SHORT);
        return false;
    }
    s->next++;
    return true;
}

bool shimcache_tag(dr_bytes blob, uint32_t tag, uint32_t *value)
{
    dr_cur c = dr_cur_over(blob, 0);
    *value = 0;
    while (dr_left(&c) >= 8) {
        uint32_t one = dr_u32(&c);
        size_t size = dr_u32(&c);
        dr_bytes data = dr_take(&c, size);
        dr_align(&c, 4);
        if (one == tag && (dr_cur_ok(&c) || data.n == size)) {
            *value = dr_le32(data, 0);
            if (data.n == 2)
                *value = dr_le16(data, 0);
            return true;
        }
    }
    return false;
}
