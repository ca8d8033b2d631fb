#include "base/str.h"

#include "base/arena.h"
#include "base/utf.h"

typedef struct fold_range {
    uint16_t first, last, step;
    int32_t difference;
} fold_range;

static const fold_range fold_ranges[] = {
#include "base/fold.def"
};

uint16_t dr_fold_unit(uint16_t unit)
{
    if (unit < 0x80)
        return unit >= 'a' && unit <= 'z' ? (uint16_t)(unit - 32) : unit;
    size_t low = 0, high = sizeof fold_ranges / sizeof fold_ranges[0];
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (unit > fold_ranges[mid].last)
            low = mid + 1;
        else if (unit < fold_ranges[mid].first)
            high = mid;
        else if ((unit - fold_ranges[mid].first) % fold_ranges[mid].step != 0)
            return unit;
        else
            return (uint16_t)(unit + fold_ranges[mid].difference);
    }
    return unit;
}

uint32_t dr_fold_code(uint32_t code)
{
    return code < 0x10000 ? dr_fold_unit((uint16_t)code) : code;
}

int dr_str_cmp(dr_str a, dr_str b)
{
    size_t n = a.n < b.n ? a.n : b.n;
    int c = n ? memcmp(a.p, b.p, n) : 0;
    return c ? c : (a.n > b.n) - (a.n < b.n);
}

/* The next folded code point, and its place behind it. ASCII, which is nearly all, goes fast. */
static inline uint32_t next_folded(dr_str s, size_t *pos)
{
    unsigned char c = (unsigned char)s.p[*pos];
    if (c < 0x80) {
        ++*pos;
        return c >= 'a' && c <= 'z' ? c - 32u : c;
    }
    return dr_fold_code(dr_wtf8_next(s, pos));
}

int dr_str_cmp_fold(dr_str a, dr_str b)
{
    size_t i = 0, j = 0;
    while (i < a.n && j < b.n) {
        uint32_t x = next_folded(a, &i), y = next_folded(b, &j);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return (i < a.n) - (j < b.n);
}

bool dr_str_eq_fold(dr_str a, dr_str b)
{
    return dr_str_cmp_fold(a, b) == 0;
}

/* Bytes of S that PREFIX covers without case, or SIZE_MAX. */
static size_t prefix_fold(dr_str s, dr_str prefix)
{
    size_t i = 0, j = 0;
    while (j < prefix.n) {
        if (i >= s.n || next_folded(s, &i) != next_folded(prefix, &j))
            return SIZE_MAX;
    }
    return i;
}

bool dr_str_starts_fold(dr_str s, dr_str prefix)
{
    return prefix_fold(s, prefix) != SIZE_MAX;
}

bool dr_str_ends_fold(dr_str s, dr_str suffix)
{
    size_t at = s.n;
    for (size_t i = 0; i < suffix.n;) { /* back by as many code points as the suffix has */
        (void)dr_wtf8_next(suffix, &i);
        if (at == 0)
            return false;
        do
            at--;
        while (at && ((unsigned char)s.p[at] & 0xc0) == 0x80);
    }
    return dr_str_eq_fold(dr_str_from(s, at), suffix);
}

size_t dr_str_find(dr_str s, dr_str needle)
{
    if (needle.n == 0)
        return 0;
    if (needle.n > s.n)
        return SIZE_MAX;
    const char *from = s.p, *end = s.p + (s.n - needle.n) + 1;
    while (from < end) {
        const char *hit = memchr(from, needle.p[0], (size_t)(end - from));
        if (!hit)
            return SIZE_MAX;
        if (memcmp(hit, needle.p, needle.n) == 0)
            return (size_t)(hit - s.p);
        from = hit + 1;
    }
    return SIZE_MAX;
}

size_t dr_str_find_fold(dr_str s, dr_str needle)
{
    if (needle.n == 0)
        return 0;
    for (size_t at = 0; at < s.n; at++) {
        if (((unsigned char)s.p[at] & 0xc0) == 0x80)
            continue;
        if (prefix_fold(dr_str_from(s, at), needle) != SIZE_MAX)
            return at;
    }
    return SIZE_MAX;
}

size_t dr_str_find_char(dr_str s, char c)
{
    const char *hit = s.n ? memchr(s.p, c, s.n) : NULL;
    return hit ? (size_t)(hit - s.p) : SIZE_MAX;
}

size_t dr_str_rfind_char(dr_str s, char c)
{
    for (size_t i = s.n; i-- > 0;) {
        if (s.p[i] == c)
            return i;
    }
    return SIZE_MAX;
}

bool dr_str_starts(dr_str s, dr_str prefix)
{
    return s.n >= prefix.n && dr_str_eq(dr_str_sub(s, 0, prefix.n), prefix);
}

bool dr_str_ends(dr_str s, dr_str suffix)
{
    return s.n >= suffix.n && dr_str_eq(dr_str_from(s, s.n - suffix.n), suffix);
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

dr_str dr_str_trim(dr_str s)
{
    while (s.n && is_space(s.p[0]))
        s = dr_str_from(s, 1);
    while (s.n && is_space(s.p[s.n - 1]))
        s.n--;
    return s;
}

bool dr_str_split(dr_str *rest, char separator, dr_str *part)
{
    if (!rest->p)
        return false;
    size_t at = dr_str_find_char(*rest, separator);
    if (at == SIZE_MAX) {
        *part = *rest;
        *rest = (dr_str){ NULL, 0 };
        return true;
    }
    *part = dr_str_sub(*rest, 0, at);
    *rest = dr_str_from(*rest, at + 1);
    return true;
}

static inline char upper_ascii(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 32) : c;
}

/* A literal of ASCII: neither a wildcard nor part of a longer sequence. Folding never turns another
 * character into ASCII, so such a byte matches the same byte without case and nothing else. */
static inline bool is_literal(char c)
{
    return (unsigned char)c < 0x80 && c != '*' && c != '?';
}

bool dr_str_glob_fold(dr_str pattern, dr_str s)
{
    /* What stands behind the last star has to be the end: most texts fail there at once. */
    while (pattern.n && is_literal(pattern.p[pattern.n - 1])) {
        if (s.n == 0 || upper_ascii(s.p[s.n - 1]) != upper_ascii(pattern.p[pattern.n - 1]))
            return false;
        pattern.n--;
        s.n--;
    }
    size_t p = 0, i = 0, star = SIZE_MAX, retry = 0;
    while (i < s.n) {
        size_t p_next = p, i_next = i;
        if (p < pattern.n && pattern.p[p] == '*') {
            star = ++p;
            retry = i;
            continue;
        }
        if (p == star && p < pattern.n && is_literal(pattern.p[p])) { /* right behind a star: on to the next place that fits */
            char want = upper_ascii(pattern.p[p]);
            while (i < s.n && upper_ascii(s.p[i]) != want)
                i++;
            if (i == s.n)
                return false;
            retry = i++;
            p++;
            continue;
        }
        if (p < pattern.n) {
            uint32_t want = next_folded(pattern, &p_next), have = next_folded(s, &i_next);
            if (want == '?' || want == have) {
                p = p_next;
                i = i_next;
                continue;
            }
        }
        if (star == SIZE_MAX)
            return false;
        next_folded(s, &retry); /* the star takes one more */
        p = star;
        i = retry;
    }
    while (p < pattern.n && pattern.p[p] == '*')
        p++;
    return p == pattern.n;
}

dr_str dr_str_basename(dr_str path)
{
    for (size_t i = path.n; i-- > 0;) {
        if (path.p[i] == '\\' || path.p[i] == '/')
            return dr_str_from(path, i + 1);
    }
    return path;
}

static bool digits_to_u64(dr_str s, unsigned radix, uint64_t *out)
{
    uint64_t v = 0;
    if (s.n == 0)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        unsigned char c = (unsigned char)s.p[i];
        unsigned d = c >= '0' && c <= '9'   ? c - 48u
                     : c >= 'a' && c <= 'f' ? c - 87u
                     : c >= 'A' && c <= 'F' ? c - 55u
                                            : 99u;
        if (d >= radix || v > (UINT64_MAX - d) / radix)
            return false;
        v = v * radix + d;
    }
    *out = v;
    return true;
}

bool dr_str_to_u64(dr_str s, uint64_t *out)
{
    if (s.n > 2 && s.p[0] == '0' && (s.p[1] == 'x' || s.p[1] == 'X'))
        return digits_to_u64(dr_str_from(s, 2), 16, out);
    return digits_to_u64(s, 10, out);
}

bool dr_str_to_i64(dr_str s, int64_t *out)
{
    bool negative = s.n && s.p[0] == '-';
    uint64_t v;
    if (!dr_str_to_u64(negative || (s.n && s.p[0] == '+') ? dr_str_from(s, 1) : s, &v))
        return false;
    if (v > (uint64_t)INT64_MAX)
        return false;
    *out = negative ? -(int64_t)v : (int64_t)v;
    return true;
}

bool dr_str_hex_to_u64(dr_str s, uint64_t *out)
{
    if (s.n > 2 && s.p[0] == '0' && (s.p[1] == 'x' || s.p[1] == 'X'))
        s = dr_str_from(s, 2);
    return digits_to_u64(s, 16, out);
}

dr_str dr_arena_fold(dr_arena *arena, dr_str s)
{
    /* Folding may lengthen a sequence from two bytes to three, never more. */
    char *p = s.n <= (SIZE_MAX - 5) / 2 ? dr_arena_bytes(arena, s.n * 2 + 5) : NULL;
    if (!p)
        return DR_STR_NONE;
    size_t n = 0;
    for (size_t i = 0; i < s.n;) {
        unsigned char c = (unsigned char)s.p[i];
        if (c < 0x80) {
            p[n++] = (char)(c >= 'a' && c <= 'z' ? c - 32 : c);
            i++;
            continue;
        }
        size_t before = i;
        uint32_t code = dr_wtf8_next(s, &i);
        if (i == before + 1) /* an invalid byte stays what it is */
            p[n++] = s.p[before];
        else
            n += dr_wtf8_put(dr_fold_code(code), p + n);
    }
    p[n] = '\0';
    return (dr_str){ p, n };
}
