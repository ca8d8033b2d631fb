/* Strings of didrun. A dr_str is a borrowed view of bytes in WTF-8 (UTF-8 that may also hold lone
 * surrogates, so that no two names of Windows fall together); it is not NUL-terminated. Comparing
 * "without case" means the simple one-to-one upper-casing that NTFS uses, never a locale. */
#ifndef DR_BASE_STR_H
#define DR_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct dr_str {
    const char *p;
    size_t n;
} dr_str;

#define DR_STR(literal) ((dr_str){ (literal), sizeof(literal) - 1 })
#define DR_STR_INIT(literal) { (literal), sizeof(literal) - 1 }
#define DR_STR_NONE ((dr_str){ "", 0 })
/* For printf: "%.*s". */
#define DR_STR_ARG(s) (int)((s).n > 65535 ? 65535 : (s).n), (s).p

static inline dr_str dr_str_of(const char *z)
{
    return (dr_str){ z, strlen(z) };
}

static inline dr_str dr_str_sub(dr_str s, size_t from, size_t n)
{
    if (from > s.n)
        from = s.n;
    if (n > s.n - from)
        n = s.n - from;
    return (dr_str){ s.p + from, n };
}

static inline dr_str dr_str_from(dr_str s, size_t from)
{
    return dr_str_sub(s, from, s.n);
}

static inline bool dr_str_eq(dr_str a, dr_str b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool dr_str_is(dr_str a, const char *z)
{
    return dr_str_eq(a, dr_str_of(z));
}

/* Bytewise order; shorter first when one is a prefix of the other. */
int dr_str_cmp(dr_str a, dr_str b);

/* Without case (see above); works on whole WTF-8 sequences, invalid bytes compare as they are. */
bool dr_str_eq_fold(dr_str a, dr_str b);
int dr_str_cmp_fold(dr_str a, dr_str b);
bool dr_str_starts_fold(dr_str s, dr_str prefix);
bool dr_str_ends_fold(dr_str s, dr_str suffix);
/* Position of NEEDLE in S, or SIZE_MAX. */
size_t dr_str_find(dr_str s, dr_str needle);
size_t dr_str_find_fold(dr_str s, dr_str needle);
size_t dr_str_find_char(dr_str s, char c);
size_t dr_str_rfind_char(dr_str s, char c);
bool dr_str_starts(dr_str s, dr_str prefix);
bool dr_str_ends(dr_str s, dr_str suffix);
/* ASCII white space off both ends. */
dr_str dr_str_trim(dr_str s);
/* The part up to the separator, which is taken off *rest as well. False at the end. */
bool dr_str_split(dr_str *rest, char separator, dr_str *part);
/* Wildcards `*` and `?`, without case; linear in time (no recursion). */
bool dr_str_glob_fold(dr_str pattern, dr_str s);
/* Last part of a Windows or POSIX path. */
dr_str dr_str_basename(dr_str path);

/* Decimal, or hexadecimal after 0x; the whole text has to be the number. */
bool dr_str_to_u64(dr_str s, uint64_t *out);
bool dr_str_to_i64(dr_str s, int64_t *out);
/* Hexadecimal with or without 0x. */
bool dr_str_hex_to_u64(dr_str s, uint64_t *out);

/* Simple upper-casing of one UTF-16 code unit, as NTFS folds names. */
uint16_t dr_fold_unit(uint16_t unit);
/* The same for a code point (those above U+FFFF stay as they are). */
uint32_t dr_fold_code(uint32_t code);

#endif
