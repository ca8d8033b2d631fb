/* An output builder: appends bytes, numbers and escaped text to one growing buffer. Sticky: after a
 * failure (no memory, limit) appends do nothing and dr_buf_failed() is true. */
#ifndef DR_BASE_BUF_H
#define DR_BASE_BUF_H

#include "base/str.h"
#include "base/status.h"

typedef struct dr_buf {
    char *p;
    size_t n, cap;
    size_t limit; /* 0: none */
    bool failed;
} dr_buf;

void dr_buf_free(dr_buf *b);
static inline void dr_buf_clear(dr_buf *b)
{
    b->n = 0;
    b->failed = false;
}
static inline dr_str dr_buf_str(const dr_buf *b)
{
    return (dr_str){ b->p ? b->p : "", b->n };
}
char *dr_buf_grow(dr_buf *b, size_t more); /* dr_buf_room where there is none yet */
/* Room for MORE bytes at the end, to be written by hand; NULL on failure. The caller adds to n. */
static inline char *dr_buf_room(dr_buf *b, size_t more)
{
    bool there = more <= b->cap - b->n && b->p && !b->failed && !b->limit;
    return there ? b->p + b->n : dr_buf_grow(b, more);
}
void dr_buf_add(dr_buf *b, const void *p, size_t n);
void dr_buf_str_add(dr_buf *b, dr_str s);
void dr_buf_z(dr_buf *b, const char *z);
static inline void dr_buf_char(dr_buf *b, char c)
{
    char *at = dr_buf_room(b, 1);
    if (at) {
        *at = c;
        b->n++;
    }
}
void dr_buf_fill(dr_buf *b, char c, size_t n);
void dr_buf_printf(dr_buf *b, const char *fmt, ...) DR_PRINTF(2, 3);
void dr_buf_u64(dr_buf *b, uint64_t v);
void dr_buf_i64(dr_buf *b, int64_t v);
void dr_buf_hex(dr_buf *b, const uint8_t *p, size_t n, bool upper);

/* WTF-8 as the inside of a JSON string: escapes `"`, `\`, control characters; lone surrogates and
 * invalid bytes as \uDxxx. */
void dr_buf_json_text(dr_buf *b, dr_str s);
void dr_buf_json_str(dr_buf *b, dr_str s);         /* with the quotes */
/* A number as JSON; above 2^53-1 as a string, so that no reader rounds it. */
void dr_buf_json_u64(dr_buf *b, uint64_t v);
/* For terminals: control characters, ESC, bidi and line separators, lone surrogates become visible
 * escapes (\x1b, \u202e). */
void dr_buf_shown(dr_buf *b, dr_str s);
/* One CSV cell: quoted where needed; a cell that a spreadsheet would take for a formula (= + - @
 * tab CR first) gets a single quote before it. */
void dr_buf_csv(dr_buf *b, dr_str s);
/* Columns that the text takes on a terminal (wide East Asian characters count two). */
size_t dr_shown_width(dr_str s);

#endif
