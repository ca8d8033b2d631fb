/* UTF-16LE of evidence, and its way to WTF-8. A dr_wstr is a view at any alignment. */
#ifndef DR_BASE_UTF_H
#define DR_BASE_UTF_H

#include "base/arena.h"
#include "base/str.h"

typedef struct dr_wstr {
    const uint8_t *p;
    size_t units;
} dr_wstr;

static inline uint16_t dr_wstr_unit(dr_wstr s, size_t i)
{
    return (uint16_t)(s.p[2 * i] | (uint16_t)(s.p[2 * i + 1] << 8));
}

/* Writes at most 3 * units bytes to OUT and returns how many. Surrogate pairs become four bytes,
 * lone surrogates three (WTF-8). */
size_t dr_utf16_to_wtf8(dr_wstr s, char *out);
/* The same into an arena. Returns an empty string when the arena is full (see dr_arena_failed). */
dr_str dr_utf16_str(dr_arena *arena, dr_wstr s);
/* Up to the first NUL unit. */
dr_wstr dr_wstr_cut(dr_wstr s);
/* One code point from WTF-8 at *pos, which moves on; an invalid byte comes back as 0xdc00 | byte
 * with *pos moved by one, so that nothing is lost. */
uint32_t dr_wtf8_next(dr_str s, size_t *pos);
/* Appends the code point (surrogates allowed) and returns its length, 1 to 4. */
size_t dr_wtf8_put(uint32_t code, char out[4]);
/* Is it all valid WTF-8? */
bool dr_wtf8_valid(dr_str s);
/* Windows-1252 bytes to WTF-8, into an arena. */
dr_str dr_cp1252_str(dr_arena *arena, const uint8_t *p, size_t n);
/* WTF-8 to UTF-16LE, into an arena. *n gets the bytes. */
uint8_t *dr_wtf8_to_utf16(dr_arena *arena, dr_str s, size_t *n);

#endif
