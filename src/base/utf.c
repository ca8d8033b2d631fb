#include "base/utf.h"

size_t dr_wtf8_put(uint32_t code, char out[4])
{
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    if (code < 0x800) {
        out[0] = (char)(0xc0 | code >> 6);
        out[1] = (char)(0x80 | (code & 0x3f));
        return 2;
    }
    if (code < 0x10000) {
        out[0] = (char)(0xe0 | code >> 12);
        out[1] = (char)(0x80 | (code >> 6 & 0x3f));
        out[2] = (char)(0x80 | (code & 0x3f));
        return 3;
    }
    out[0] = (char)(0xf0 | code >> 18);
    out[1] = (char)(0x80 | (code >> 12 & 0x3f));
    out[2] = (char)(0x80 | (code >> 6 & 0x3f));
    out[3] = (char)(0x80 | (code & 0x3f));
    return 4;
}

size_t dr_utf16_to_wtf8(dr_wstr s, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < s.units; i++) {
        uint32_t unit = dr_wstr_unit(s, i);
        if (unit >= 0xd800 && unit < 0xdc00 && i + 1 < s.units) {
            uint32_t low = dr_wstr_unit(s, i + 1);
            if (low >= 0xdc00 && low < 0xe000) {
                unit = 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00);
                i++;
            }
        }
        n += dr_wtf8_put(unit, out + n);
    }
    return n;
}

dr_str dr_utf16_str(dr_arena *arena, dr_wstr s)
{
    if (s.units > (SIZE_MAX - 1) / 3)
        return DR_STR_NONE;
    char *p = dr_arena_bytes(arena, s.units * 3 + 1);
    if (!p)
        return DR_STR_NONE;
    size_t n = dr_utf16_to_wtf8(s, p);
    p[n] = '\0';
    return (dr_str){ p, n };
}

dr_wstr dr_wstr_cut(dr_wstr s)
{
    for (size_t i = 0; i < s.units; i++) {
        if (s.p[2 * i] == 0 && s.p[2 * i + 1] == 0)
            return (dr_wstr){ s.p, i };
    }
    return s;
}

uint32_t dr_wtf8_next(dr_str s, size_t *pos)
{
    const unsigned char *p = (const unsigned char *)s.p + *pos;
    size_t left = s.n - *pos;
    uint32_t c = p[0];
    if (c < 0x80) {
        *pos += 1;
        return c;
    }
    size_t need = c >= 0xc2 && c < 0xe0 ? 2 : c >= 0xe0 && c < 0xf0 ? 3 : c >= 0xf0 && c < 0xf5 ? 4 : 0;
    if (need && need <= left) {
        uint32_t code = c & (0xffu >> (need + 1));
        size_t i = 1;
        while (i < need && (p[i] & 0xc0) == 0x80)
            code = code << 6 | (p[i++] & 0x3fu);
        static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
        if (i == need && code >= least[need] && code <= 0x10ffff) {
            *pos += need;
            return code;
        }
    }
    *pos += 1;
    return 0xdc00 | c;
}

bool dr_wtf8_valid(dr_str s)
{
    for (size_t i = 0; i < s.n;) {
        size_t before = i;
        uint32_t code = dr_wtf8_next(s, &i);
        if (i == before + 1 && code >= 0x80)
            return false;
    }
    return true;
}

/* 0x80 to 0x9f of Windows-1252; the five holes keep their number. */
static const uint16_t cp1252_high[32] = {
    0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160,
    0x2039, 0x0152, 0x008d, 0x017d, 0x008f, 0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
    0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178
};

dr_str dr_cp1252_str(dr_arena *arena, const uint8_t *p, size_t n)
{
    char *out = n <= (SIZE_MAX - 1) / 3 ? dr_arena_bytes(arena, n * 3 + 1) : NULL;
    if (!out)
        return DR_STR_NONE;
    size_t used = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t c = p[i];
        used += dr_wtf8_put(c >= 0x80 && c < 0xa0 ? cp1252_high[c - 0x80] : c, out + used);
    }
    out[used] = '\0';
    return (dr_str){ out, used };
}

uint8_t *dr_wtf8_to_utf16(dr_arena *arena, dr_str s, size_t *n)
{
    *n = 0;
    uint8_t *out = s.n <= (SIZE_MAX - 2) / 2 ? (uint8_t *)dr_arena_bytes(arena, s.n * 2 + 2) : NULL;
    if (!out)
        return NULL;
    size_t used = 0;
    for (size_t i = 0; i < s.n;) {
        uint32_t code = dr_wtf8_next(s, &i);
        uint32_t units[2] = { code, 0 };
        size_t count = 1;
        if (code >= 0x10000) {
            units[0] = 0xd800 + ((code - 0x10000) >> 10);
            units[1] = 0xdc00 + ((code - 0x10000) & 0x3ff);
            count = 2;
        }
        for (size_t u = 0; u < count; u++) {
            out[used++] = (uint8_t)units[u];
            out[used++] = (uint8_t)(units[u] >> 8);
        }
    }
    *n = used;
    return out;
}
