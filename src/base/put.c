#include "base/put.h"

#include "base/dr_time.h"
#include "base/le.h"

#if defined(__x86_64__)
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

char *dr_put_u64(char *out, uint64_t v)
{
    if (v < 10) {
        *out = (char)('0' + v);
        return out + 1;
    }
    if (v < 100)
        return put_pair(out, (unsigned)v);
    if (v < 10000) {
        unsigned high = (unsigned)v / 100;
        if (high >= 10)
            return put_pair(put_pair(out, high), (unsigned)v % 100);
        *out = (char)('0' + high);
        return put_pair(out + 1, (unsigned)v % 100);
    }
    char digits[40]; /* as many behind the last as a fixed copy takes */
    size_t at = 20;
    while (v >= 100) {
        at -= 2;
        put_pair(digits + at, (unsigned)(v % 100));
        v /= 100;
    }
    if (v >= 10) {
        at -= 2;
        put_pair(digits + at, (unsigned)v);
    } else {
        digits[--at] = (char)('0' + v);
    }
    memcpy(out, digits + at, 20);
    return out + (20 - at);
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

static void put_hex_16(char out[16], uint64_t v, uint64_t ten)
{
    uint64_t high = hex_word((uint32_t)(v >> 32), ten), low = hex_word((uint32_t)v, ten);
    memcpy(out, &high, 8);
    memcpy(out + 8, &low, 8);
}

#define TEN_LOWER 39u /* 'a' - '9' - 1 */
#define TEN_UPPER 7u

char *dr_put_hex(char *out, uint64_t v)
{
    char digits[32] = { 0 }; /* as many behind the last as a fixed copy takes */
    unsigned n = v ? (67u - (unsigned)__builtin_clzll(v)) / 4 : 1u;
    put_hex_16(digits, v, TEN_LOWER);
    memcpy(out, digits + 16 - n, 16);
    return out + n;
}

static char *put_hex_byte(char *out, uint8_t b)
{
    out[0] = UPPER[b >> 4];
    out[1] = UPPER[b & 15];
    return out + 2;
}

char *dr_put_hex_bytes(char *out, dr_bytes b)
{
    for (size_t i = 0; i < b.n; i++)
        out = put_hex_byte(out, b.p[i]);
    return out;
}

static char *put_guid(char *out, const uint8_t guid[16], uint64_t ten)
{
    dr_bytes b = { guid, 16 };
    char digits[32];
    /* The first three fields are little-endian, the rest stands byte by byte. */
    put_hex_16(digits,
               (uint64_t)dr_le32(b, 0) << 32 | (uint64_t)dr_le16(b, 4) << 16 | dr_le16(b, 6), ten);
    put_hex_16(digits + 16, __builtin_bswap64(dr_le64(b, 8)), ten);
    memcpy(out, digits, 8);
    memcpy(out + 9, digits + 8, 4);
    memcpy(out + 14, digits + 12, 4);
    memcpy(out + 19, digits + 16, 4);
    memcpy(out + 24, digits + 20, 12);
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
static char *put_special(char *out, dr_wstr s, size_t *i, style how)
{
    uint32_t code = dr_wstr_unit(s, (*i)++);
    if (code < 0x80)
        return how == JSON ? put_ascii_json(out, code) : put_ascii_xml(out, code);
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

#ifdef HAVE_SIMD
/* Bits (two per unit) of the units that can be copied as they are. */
INLINE unsigned plain_mask_128(__m128i v, style how)
{
    __m128i ascii =
        _mm_cmpeq_epi16(_mm_and_si128(v, _mm_set1_epi16((short)0xff80)), _mm_setzero_si128());
    __m128i bad = _mm_setzero_si128();
    if (how != PLAIN) {
        bad = _mm_or_si128(_mm_cmplt_epi16(v, _mm_set1_epi16(0x20)),
                           _mm_cmpeq_epi16(v, _mm_set1_epi16('"')));
        if (how == JSON) {
            bad = _mm_or_si128(bad, _mm_cmpeq_epi16(v, _mm_set1_epi16('\\')));
            bad = _mm_or_si128(bad, _mm_cmpeq_epi16(v, _mm_set1_epi16(0x7f)));
        } else {
            /* & and ' differ in the lowest bit only */
            bad = _mm_or_si128(
                bad, _mm_cmpeq_epi16(_mm_or_si128(v, _mm_set1_epi16(1)), _mm_set1_epi16('\'')));
            bad = _mm_or_si128(bad, _mm_cmpeq_epi16(v, _mm_set1_epi16('<')));
            bad = _mm_or_si128(bad, _mm_cmpeq_epi16(v, _mm_set1_epi16('>')));
        }
    }
    return (unsigned)_mm_movemask_epi8(_mm_andnot_si128(bad, ascii));
}

INLINE size_t run_sse2(char *out, const uint8_t *p, size_t units, style how)
{
    size_t i = 0;
    for (; units - i >= 8; i += 8) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)(p + 2 * i));
        unsigned mask = plain_mask_128(v, how);
        _mm_storel_epi64((__m128i *)(void *)(out + i), _mm_packus_epi16(v, v));
        if (mask != 0xffff)
            return i + (size_t)__builtin_ctz(~mask) / 2;
    }
    if (units - i >= 4) {
        __m128i v = _mm_loadl_epi64((const __m128i *)(const void *)(p + 2 * i));
        unsigned mask = plain_mask_128(v, how) & 0xff;
        int four = _mm_cvtsi128_si32(_mm_packus_epi16(v, v));
        memcpy(out + i, &four, 4);
        if (mask != 0xff)
            return i + (size_t)__builtin_ctz(~mask) / 2;
        i += 4;
    }
    return i; /* fewer than four are left */
}

__attribute__((target("avx2"))) INLINE unsigned plain_mask_256(__m256i v, style how)
{
    __m256i ascii = _mm256_cmpeq_epi16(_mm256_and_si256(v, _mm256_set1_epi16((short)0xff80)),
                                       _mm256_setzero_si256());
    __m256i bad = _mm256_setzero_si256();
    if (how != PLAIN) {
        bad = _mm256_or_si256(_mm256_cmpgt_epi16(_mm256_set1_epi16(0x20), v),
                              _mm256_cmpeq_epi16(v, _mm256_set1_epi16('"')));
        if (how == JSON) {
            bad = _mm256_or_si256(bad, _mm256_cmpeq_epi16(v, _mm256_set1_epi16('\\')));
            bad = _mm256_or_si256(bad, _mm256_cmpeq_epi16(v, _mm256_set1_epi16(0x7f)));
        } else {
            bad = _mm256_or_si256(bad, _mm256_cmpeq_epi16(_mm256_or_si256(v, _mm256_set1_epi16(1)),
                                                          _mm256_set1_epi16('\'')));
            bad = _mm256_or_si256(bad, _mm256_cmpeq_epi16(v, _mm256_set1_epi16('<')));
            bad = _mm256_or_si256(bad, _mm256_cmpeq_epi16(v, _mm256_set1_epi16('>')));
        }
    }
    return (unsigned)_mm256_movemask_epi8(_mm256_andnot_si256(bad, ascii));
}

__attribute__((target("avx2"))) INLINE size_t run_avx2(char *out, const uint8_t *p, size_t units,
                                                       style how)
{
    size_t i = 0;
    for (; units - i >= 16; i += 16) {
        __m256i v = _mm256_loadu_si256((const __m256i *)(const void *)(p + 2 * i));
        unsigned mask = plain_mask_256(v, how);
        __m256i packed = _mm256_permute4x64_epi64(_mm256_packus_epi16(v, v), 0x08);
        _mm_storeu_si128((__m128i *)(void *)(out + i), _mm256_castsi256_si128(packed));
        if (mask != 0xffffffffu)
            return i + (size_t)__builtin_ctz(~mask) / 2;
    }
    return i;
}
#endif

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
/* What stands in the way of a vector that would have fitted is a unit that is not plain; so there is
 * no need to try again with a smaller one. */
INLINE char *put_sse2(char *out, dr_wstr s, style how)
{
    for (size_t i = 0; i < s.units;) {
        size_t n = run_sse2(out, s.p + 2 * i, s.units - i, how);
        out += n;
        i += n;
        if (s.units - i < 4) {
            n = run_scalar(out, s, i, how);
            out += n;
            i += n;
            if (i == s.units)
                break;
        }
        do
            out = put_special(out, s, &i, how);
        while (i < s.units && !is_plain(dr_wstr_unit(s, i), how));
    }
    return out;
}

__attribute__((target("avx2"))) INLINE char *put_avx2(char *out, dr_wstr s, style how)
{
    for (size_t i = 0; i < s.units;) {
        size_t n = run_avx2(out, s.p + 2 * i, s.units - i, how);
        out += n;
        i += n;
        if (s.units - i < 16)
            return put_sse2(out, (dr_wstr){ s.p + 2 * i, s.units - i }, how);
        do
            out = put_special(out, s, &i, how);
        while (i < s.units && !is_plain(dr_wstr_unit(s, i), how));
    }
    return out;
}

__attribute__((target("avx2"))) static char *json_avx2(char *out, dr_wstr s)
{
    return put_avx2(out, s, JSON);
}

__attribute__((target("avx2"))) static char *xml_avx2(char *out, dr_wstr s)
{
    return put_avx2(out, s, XML);
}

__attribute__((target("avx2"))) static char *plain_avx2(char *out, dr_wstr s)
{
    return put_avx2(out, s, PLAIN);
}

static char *json_sse2(char *out, dr_wstr s)
{
    return put_sse2(out, s, JSON);
}

static char *xml_sse2(char *out, dr_wstr s)
{
    return put_sse2(out, s, XML);
}

static char *plain_sse2(char *out, dr_wstr s)
{
    return put_sse2(out, s, PLAIN);
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

char *dr_put_utf16_json_by(dr_simd how, char *out, dr_wstr s)
{
#ifdef HAVE_SIMD
    if (how == DR_SIMD_AVX2)
        return json_avx2(out, s);
    if (how == DR_SIMD_SSE2)
        return json_sse2(out, s);
#endif
    (void)how;
    return put_scalar(out, s, JSON);
}

char *dr_put_utf16_xml_by(dr_simd how, char *out, dr_wstr s)
{
#ifdef HAVE_SIMD
    if (how == DR_SIMD_AVX2)
        return xml_avx2(out, s);
    if (how == DR_SIMD_SSE2)
        return xml_sse2(out, s);
#endif
    (void)how;
    return put_scalar(out, s, XML);
}

char *dr_put_utf16_by(dr_simd how, char *out, dr_wstr s)
{
#ifdef HAVE_SIMD
    if (how == DR_SIMD_AVX2)
        return plain_avx2(out, s);
    if (how == DR_SIMD_SSE2)
        return plain_sse2(out, s);
#endif
    (void)how;
    return put_scalar(out, s, PLAIN);
}

/* Below two vectors the wide one has nothing to gain. */
#ifdef HAVE_SIMD
#define BY_LENGTH(style, out, s)                                                  \
    ((s).units < 32 || !__builtin_cpu_supports("avx2") ? style##_sse2((out), (s)) \
                                                       : style##_avx2((out), (s)))
#else
#define BY_LENGTH(style, out, s) style##_scalar((out), (s))

static char *json_scalar(char *out, dr_wstr s)
{
    return put_scalar(out, s, JSON);
}

static char *xml_scalar(char *out, dr_wstr s)
{
    return put_scalar(out, s, XML);
}

static char *plain_scalar(char *out, dr_wstr s)
{
    return put_scalar(out, s, PLAIN);
}
#endif

char *dr_put_utf16_json(char *out, dr_wstr s)
{
    return BY_LENGTH(json, out, s);
}

char *dr_put_utf16_xml(char *out, dr_wstr s)
{
    return BY_LENGTH(xml, out, s);
}

char *dr_put_utf16(char *out, dr_wstr s)
{
    return BY_LENGTH(plain, out, s);
}
