#include "base/put.h"

#include "base/dr_time.h"
#include "base/le.h"

#if defined(__x86_64__) && !defined(DR_SCALAR)
#include <immintrin.h>
#define HAVE_SIMD 1
#endif

static const char DIGIT_PAIRS[] = "00010203040506070809101112131415161718192021222324"
                                  "25262728293031323334353637383940414243444546474849"
                                  "50515253545556575859606162636465666768697071727374"
                                  "75767778798081828384858687888990919293949596979899";
static const char UPPER[] = "0123456789ABCDEF";
static const char LOWER[] = "0123456789abcdef";

static char *put_pair(char *out, unsigned v)
{
    memcpy(out, DIGIT_PAIRS + 2 * v, 2);
    return out + 2;
}

static unsigned decimal_digits(uint64_t v)
{
    static const uint64_t tens[] = { 0,
                                     10,
                                     100,
                                     1000,
                                     10000,
                                     100000,
                                     1000000,
                                     10000000,
                                     100000000,
                                     1000000000,
                                     10000000000,
                                     100000000000,
                                     1000000000000,
                                     10000000000000,
                                     100000000000000,
                                     1000000000000000,
                                     10000000000000000,
                                     100000000000000000,
                                     1000000000000000000,
                                     10000000000000000000u };
    unsigned bits = 64u - (unsigned)__builtin_clzll(v | 1);
    unsigned least = bits * 1233u >> 12; /* bits times log10(2): the digits, or one less */
    return least + (v >= tens[least] || !least);
}

char *dr_put_u64(char *out, uint64_t v)
{
    if (v < 10) {
        *out = (char)('0' + v);
        return out + 1;
    }
    char *end = out + decimal_digits(v), *p = end; /* from the last digit to the first */
    for (; v >= 10000; v /= 10000) {
        unsigned four = (unsigned)(v % 10000);
        put_pair(p - 2, four % 100);
        put_pair(p -= 4, four / 100);
    }
    if (v >= 100) {
        put_pair(p -= 2, (unsigned)v % 100);
        v /= 100;
    }
    if (v >= 10)
        put_pair(p - 2, (unsigned)v);
    else
        p[-1] = (char)('0' + v);
    return end;
}

char *dr_put_i64(char *out, int64_t v)
{
    if (v < 0)
        *out++ = '-';
    return dr_put_u64(out, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

/* The 16 hexadecimal digits of V, highest first, side by side in two words: each nibble gets a byte,
 * then all bytes become digits at once. TEN: what lies between '9' + 1 and the letter for ten. */
static uint64_t hex_word(uint32_t v, uint64_t ten)
{
    uint64_t x = v;
    x = (x << 16 | x) & 0x0000ffff0000ffffu;
    x = (x << 8 | x) & 0x00ff00ff00ff00ffu;
    x = (x << 4 | x) & 0x0f0f0f0f0f0f0f0fu;
    uint64_t above_nine = (x + 0x0606060606060606u) >> 4 & 0x0101010101010101u;
    return __builtin_bswap64(x + 0x3030303030303030u + above_nine * ten);
}

#define TEN_LOWER 39u /* 'a' - '9' - 1 */
#define TEN_UPPER 7u

char *dr_put_hex(char *out, uint64_t v)
{
    unsigned n = v ? (67u - (unsigned)__builtin_clzll(v)) / 4 : 1u;
    v <<= 64 - 4 * n; /* the first digit to the front */
    uint64_t high = hex_word((uint32_t)(v >> 32), TEN_LOWER);
    uint64_t low = hex_word((uint32_t)v, TEN_LOWER);
    memcpy(out, &high, 8);
    memcpy(out + 8, &low, 8);
    return out + n;
}

char *dr_put_hex_bytes(char *out, dr_bytes b)
{
    size_t i = 0;
    for (; b.n - i >= 4; i += 4, out += 8) {
        uint64_t digits = hex_word(__builtin_bswap32(dr_le32_in(b, i)), TEN_UPPER);
        memcpy(out, &digits, 8);
    }
    for (; i < b.n; i++) {
        *out++ = UPPER[b.p[i] >> 4];
        *out++ = UPPER[b.p[i] & 15];
    }
    return out;
}

static char *put_guid(char *out, const uint8_t guid[16], uint64_t ten)
{
    dr_bytes b = { guid, 16 };
    /* The first three fields are little-endian, the rest stands byte by byte. */
    uint64_t one = hex_word(dr_le32_in(b, 0), ten);
    uint64_t two = hex_word((uint32_t)dr_le16_in(b, 4) << 16 | dr_le16_in(b, 6), ten);
    uint64_t three = hex_word(__builtin_bswap32(dr_le32_in(b, 8)), ten);
    uint64_t four = hex_word(__builtin_bswap32(dr_le32_in(b, 12)), ten);
    uint64_t two_end = two >> 32, three_end = three >> 32;
    memcpy(out, &one, 8);
    memcpy(out + 9, &two, 4);
    memcpy(out + 14, &two_end, 4);
    memcpy(out + 19, &three, 4);
    memcpy(out + 24, &three_end, 4);
    memcpy(out + 28, &four, 8);
    out[8] = out[13] = out[18] = out[23] = '-';
    return out + 36;
}

char *dr_put_guid(char *out, const uint8_t guid[16])
{
    return put_guid(out, guid, TEN_UPPER);
}

char *dr_put_guid_braced(char *out, const uint8_t guid[16])
{
    *out++ = '{';
    out = put_guid(out, guid, TEN_LOWER);
    *out++ = '}';
    return out;
}

char *dr_put_filetime(char *out, uint64_t ticks)
{
    const uint64_t per_day = (uint64_t)DR_TICKS_PER_DAY;
    uint64_t days = ticks / per_day;
    if (days >= 3067671u) /* 10000-01-01 */
        return dr_put_u64(out, ticks);
    uint64_t rest = ticks % per_day;
    /* Days since 1600-03-01, the start of an era of 400 years in the calendar of March. */
    uint32_t z = (uint32_t)days + 306u;
    uint32_t era = z / 146097u, doe = z % 146097u;
    uint32_t yoe = (doe - doe / 1460u + doe / 36524u - doe / 146096u) / 365u;
    uint32_t doy = doe - (365u * yoe + yoe / 4u - yoe / 100u);
    uint32_t mp = (5u * doy + 2u) / 153u;
    uint32_t day = doy - (153u * mp + 2u) / 5u + 1u;
    uint32_t month = mp < 10 ? mp + 3 : mp - 9;
    uint32_t year = 1600u + era * 400u + yoe + (month <= 2);
    uint32_t seconds = (uint32_t)(rest / (uint64_t)DR_TICKS_PER_S);
    uint32_t fraction = (uint32_t)(rest % (uint64_t)DR_TICKS_PER_S);
    out = put_pair(out, year / 100);
    out = put_pair(out, year % 100);
    *out++ = '-';
    out = put_pair(out, month);
    *out++ = '-';
    out = put_pair(out, day);
    *out++ = 'T';
    out = put_pair(out, seconds / 3600);
    *out++ = ':';
    out = put_pair(out, seconds / 60 % 60);
    *out++ = ':';
    out = put_pair(out, seconds % 60);
    *out++ = '.';
    out = put_pair(out, fraction / 100000);
    out = put_pair(out, fraction / 1000 % 100);
    out = put_pair(out, fraction / 10 % 100);
    *out++ = (char)('0' + fraction % 10);
    *out++ = 'Z';
    return out;
}

char *dr_put_sid(char *out, dr_bytes sid)
{
    unsigned count = dr_le8(sid, 1);
    if (sid.n < 8 || sid.p[0] != 1 || count > 15 || sid.n != 8 + 4 * (size_t)count)
        return NULL;
    uint64_t authority = 0;
    for (size_t i = 2; i < 8; i++)
        authority = authority << 8 | sid.p[i];
    memcpy(out, "S-1-", 4);
    out += 4;
    if (authority >> 32) { /* as Windows shows it */
        *out++ = '0';
        *out++ = 'x';
        out = dr_put_hex(out, authority);
    } else {
        out = dr_put_u64(out, authority);
    }
    for (size_t i = 0; i < count; i++) {
        *out++ = '-';
        out = dr_put_u64(out, dr_le32(sid, 8 + 4 * i));
    }
    return out;
}

/* ---- UTF-16 ---- */

typedef enum style { PLAIN, JSON, XML } style;

#define INLINE static inline __attribute__((always_inline))

INLINE bool is_plain(uint16_t unit, style how)
{
    if (unit >= 0x80)
        return false;
    switch (how) {
    case JSON:
        return unit >= 0x20 && unit != '"' && unit != '\\' && unit != 0x7f;
    case XML:
        return unit >= 0x20 && unit != '"' && unit != '\'' && unit != '&' && unit != '<' &&
               unit != '>';
    case PLAIN:
        break;
    }
    return true;
}

static char *put_code(char *out, uint32_t code)
{
    return out + dr_wtf8_put(code, out);
}

static char *put_u_escape(char *out, uint32_t unit)
{
    memcpy(out, "\\u", 2);
    out[2] = LOWER[unit >> 12 & 15];
    out[3] = LOWER[unit >> 8 & 15];
    out[4] = LOWER[unit >> 4 & 15];
    out[5] = LOWER[unit & 15];
    return out + 6;
}

static char *put_ascii_json(char *out, uint32_t code)
{
    static const char short_forms[128] = {
        ['"'] = '"', ['\\'] = '\\', ['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't',
    };
    char short_form = short_forms[code];
    if (!short_form)
        return put_u_escape(out, code);
    out[0] = '\\';
    out[1] = short_form;
    return out + 2;
}

static char *put_ascii_xml(char *out, uint32_t code)
{
    switch (code) {
    case '&':
        memcpy(out, "&amp;", 5);
        return out + 5;
    case '<':
        memcpy(out, "&lt;", 4);
        return out + 4;
    case '>':
        memcpy(out, "&gt;", 4);
        return out + 4;
    case '"':
        memcpy(out, "&quot;", 6);
        return out + 6;
    case '\'':
        memcpy(out, "&apos;", 6);
        return out + 6;
    case '\n':
    case '\r':
    case '\t':
        *out = (char)code;
        return out + 1;
    default:
        return put_code(out, 0xfffd);
    }
}

/* One code point that is not plain, at unit *i, which moves on. */
static char *put_rare(char *out, dr_wstr s, size_t *i, style how)
{
    uint32_t code = dr_wstr_unit(s, (*i)++);
    if (code < 0x80)
        return how == JSON  ? put_ascii_json(out, code)
               : how == XML ? put_ascii_xml(out, code)
                            : put_code(out, code);
    if (code >= 0xd800 && code < 0xdc00 && *i < s.units) {
        uint32_t low = dr_wstr_unit(s, *i);
        if (low >= 0xdc00 && low < 0xe000) {
            (*i)++;
            return put_code(out, 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00));
        }
    }
    if (code >= 0xd800 && code < 0xe000) {
        if (how == JSON)
            return put_u_escape(out, code);
        if (how == XML)
            code = 0xfffd;
    } else if (how == XML && code >= 0xfffe) {
        code = 0xfffd;
    }
    return put_code(out, code);
}

INLINE char *put_special(char *out, dr_wstr s, size_t *i, style how)
{
    uint32_t code = dr_wstr_unit(s, *i);
    if (how == JSON &&
        (code == '\\' || code == '"')) { /* paths and command lines are full of them */
        out[0] = '\\';
        out[1] = (char)code;
        ++*i;
        return out + 2;
    }
    return put_rare(out, s, i, how);
}

INLINE size_t run_scalar(char *out, dr_wstr s, size_t from, style how)
{
    size_t n = 0;
    while (from + n < s.units) {
        uint16_t unit = dr_wstr_unit(s, from + n);
        if (!is_plain(unit, how))
            break;
        out[n++] = (char)unit;
    }
    return n;
}

INLINE char *put_scalar(char *out, dr_wstr s, style how)
{
    for (size_t i = 0; i < s.units;) {
        size_t n = run_scalar(out, s, i, how);
        out += n;
        i += n;
        if (i < s.units)
            out = put_special(out, s, &i, how);
    }
    return out;
}

#ifdef HAVE_SIMD
/* Sixteen units as bytes. What is no byte becomes 0xff, or 0 from 0x8000 on: never a plain one. */
INLINE __m128i narrow(const uint8_t *p)
{
    const __m128i *in = (const __m128i *)(const void *)p;
    return _mm_packus_epi16(_mm_loadu_si128(in), _mm_loadu_si128(in + 1));
}

INLINE unsigned equal_mask(__m128i chars, char c)
{
    return (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(chars, _mm_set1_epi8(c)));
}

/* A bit for each of the characters that cannot stay as they are. As signed numbers those above 0x7f
 * are small. */
INLINE unsigned special_mask(__m128i chars, style how)
{
    __m128i bad = _mm_cmplt_epi8(chars, _mm_set1_epi8(how == PLAIN ? 1 : 0x20));
    if (how == JSON)
        bad = _mm_or_si128(bad, _mm_cmpeq_epi8(chars, _mm_set1_epi8(0x7f)));
    if (how != PLAIN)
        bad = _mm_or_si128(bad, _mm_cmpeq_epi8(chars, _mm_set1_epi8('"')));
    if (how == JSON)
        bad = _mm_or_si128(bad, _mm_cmpeq_epi8(chars, _mm_set1_epi8('\\')));
    if (how == XML) { /* & and ' differ in one bit only, and so do < and > */
        __m128i even = _mm_or_si128(chars, _mm_set1_epi8(1));
        __m128i either = _mm_or_si128(chars, _mm_set1_epi8(2));
        bad = _mm_or_si128(bad, _mm_cmpeq_epi8(even, _mm_set1_epi8('\'')));
        bad = _mm_or_si128(bad, _mm_cmpeq_epi8(either, _mm_set1_epi8('>')));
    }
    return (unsigned)_mm_movemask_epi8(bad);
}

/* Where four characters go when those in the mask get a backslash before them: places of a vector that
 * has the characters at 0 to 3 and backslashes behind. */
static const uint8_t with_backslashes[16][8] = {
    { 0, 1, 2, 3 },          { 4, 0, 1, 2, 3 },
    { 0, 4, 1, 2, 3 },       { 4, 0, 4, 1, 2, 3 },
    { 0, 1, 4, 2, 3 },       { 4, 0, 1, 4, 2, 3 },
    { 0, 4, 1, 4, 2, 3 },    { 4, 0, 4, 1, 4, 2, 3 },
    { 0, 1, 2, 4, 3 },       { 4, 0, 1, 2, 4, 3 },
    { 0, 4, 1, 2, 4, 3 },    { 4, 0, 4, 1, 2, 4, 3 },
    { 0, 1, 4, 2, 4, 3 },    { 4, 0, 1, 4, 2, 4, 3 },
    { 0, 4, 1, 4, 2, 4, 3 }, { 4, 0, 4, 1, 4, 2, 4, 3 },
};

__attribute__((target("avx2"))) INLINE char *put_four(char *out, __m128i four, unsigned mask)
{
    __m128i places = _mm_loadl_epi64((const __m128i *)(const void *)with_backslashes[mask]);
    _mm_storel_epi64((__m128i *)(void *)out, _mm_shuffle_epi8(four, places));
    return out + 4 + __builtin_popcount(mask);
}

/* The characters, each in the mask behind a backslash: up to 32 bytes. */
__attribute__((target("avx2"))) INLINE void put_escaped(char *out, __m128i chars, unsigned mask)
{
    const __m128i backslashes = _mm_set1_epi8('\\');
    __m128i low = _mm_unpacklo_epi32(chars, backslashes);
    __m128i high = _mm_unpackhi_epi32(chars, backslashes);
    out = put_four(out, low, mask & 15);
    out = put_four(out, _mm_srli_si128(low, 8), mask >> 4 & 15);
    out = put_four(out, high, mask >> 8 & 15);
    (void)put_four(out, _mm_srli_si128(high, 8), mask >> 12);
}

/* Writes sixteen units and says how many of them count: all up to the end of the string or the first
 * that is not plain. The load may reach over the end of the string by BEHIND bytes. */
INLINE char *put_sse2(char *out, dr_wstr s, size_t behind, style how)
{
    for (size_t i = 0; i < s.units;) {
        size_t left = s.units - i;
        const uint8_t *p = s.p + 2 * i;
        if (2 * left + behind < 32)
            return put_scalar(out, (dr_wstr){ p, left }, how);
        __m128i chars = narrow(p);
        _mm_storeu_si128((__m128i *)(void *)out, chars);
        unsigned special = special_mask(chars, how);
        if (left < 16)
            special |= 1u << left; /* the end */
        if (special == 0) {
            out += 16;
            i += 16;
            continue;
        }
        size_t n = (size_t)__builtin_ctz(special);
        out += n;
        i += n;
        if (i == s.units)
            break;
        do
            out = put_special(out, s, &i, how);
        while (i < s.units && !is_plain(dr_wstr_unit(s, i), how));
    }
    return out;
}

/* The same; quotes and backslashes, of which paths and command lines are full, do not stop it. */
__attribute__((target("avx2"))) INLINE char *put_avx2(char *out, dr_wstr s, size_t behind,
                                                      style how)
{
    for (size_t i = 0; i < s.units;) {
        size_t left = s.units - i;
        const uint8_t *p = s.p + 2 * i;
        if (2 * left + behind < 32)
            return put_scalar(out, (dr_wstr){ p, left }, how);
        __m128i chars = narrow(p);
        _mm_storeu_si128((__m128i *)(void *)out, chars);
        unsigned special = special_mask(chars, how), end = left < 16 ? 1u << left : 0;
        if ((special | end) == 0) {
            out += 16;
            i += 16;
            continue;
        }
        unsigned quotes = how == JSON ? equal_mask(chars, '"') | equal_mask(chars, '\\') : 0;
        size_t n = (size_t)__builtin_ctz((special & ~quotes) | end | 1u << 16);
        quotes &= (1u << n) - 1;
        if (quotes)
            put_escaped(out, chars, quotes);
        out += n + (size_t)__builtin_popcount(quotes);
        i += n;
        if (n == 16 || i == s.units)
            continue;
        do
            out = put_special(out, s, &i, how);
        while (i < s.units && !is_plain(dr_wstr_unit(s, i), how));
    }
    return out;
}
#endif

dr_simd dr_simd_best(void)
{
#ifdef HAVE_SIMD
    return __builtin_cpu_supports("avx2") ? DR_SIMD_AVX2 : DR_SIMD_SSE2;
#else
    return DR_SIMD_NONE;
#endif
}

#ifdef HAVE_SIMD
#define WRITER(name, style)                                                                       \
    __attribute__((target("avx2"))) static char *name##_avx2(char *out, dr_wstr s, size_t behind) \
    {                                                                                             \
        return put_avx2(out, s, behind, style);                                                   \
    }                                                                                             \
    char *dr_put_##name##_by(dr_simd how, char *out, dr_wstr s, size_t behind)                    \
    {                                                                                             \
        if (how == DR_SIMD_AVX2)                                                                  \
            return name##_avx2(out, s, behind);                                                   \
        if (how == DR_SIMD_SSE2)                                                                  \
            return put_sse2(out, s, behind, style);                                               \
        return put_scalar(out, s, style);                                                         \
    }                                                                                             \
    char *dr_put_##name(char *out, dr_wstr s, size_t behind)                                      \
    {                                                                                             \
        return __builtin_cpu_supports("avx2") ? name##_avx2(out, s, behind)                       \
                                              : put_sse2(out, s, behind, style);                  \
    }
#else
#define WRITER(name, style)                                                    \
    char *dr_put_##name##_by(dr_simd how, char *out, dr_wstr s, size_t behind) \
    {                                                                          \
        (void)how;                                                             \
        (void)behind;                                                          \
        return put_scalar(out, s, style);                                      \
    }                                                                          \
    char *dr_put_##name(char *out, dr_wstr s, size_t behind)                   \
    {                                                                          \
        (void)behind;                                                          \
        return put_scalar(out, s, style);                                      \
    }
#endif

WRITER(utf16_json, JSON)
WRITER(utf16_xml, XML)
WRITER(utf16, PLAIN)
