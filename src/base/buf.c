#include "base/buf.h"

#include "base/arena.h"
#include "base/utf.h"
#include "base/vec.h"

#include <stdarg.h>
#include <stdlib.h>

void dr_buf_free(dr_buf *b)
{
    free(b->p);
    *b = (dr_buf){ .limit = b->limit };
}

char *dr_buf_grow(dr_buf *b, size_t more)
{
    if (b->failed)
        return NULL;
    if (more > SIZE_MAX - b->n || (b->limit && b->n + more > b->limit)) {
        b->failed = true;
        return NULL;
    }
    if (more > b->cap - b->n || !b->p) { /* even room for nothing is a place */
        void *p = b->p;
        if (!dr_vec_grow_(&p, &b->cap, b->n + more, 1)) {
            b->failed = true;
            return NULL;
        }
        b->p = p;
    }
    return b->p + b->n;
}

void dr_buf_add(dr_buf *b, const void *p, size_t n)
{
    char *at = n ? dr_buf_room(b, n) : NULL;
    if (at && n) {
        memcpy(at, p, n);
        b->n += n;
    }
}

void dr_buf_str_add(dr_buf *b, dr_str s)
{
    dr_buf_add(b, s.p, s.n);
}

void dr_buf_z(dr_buf *b, const char *z)
{
    dr_buf_add(b, z, strlen(z));
}

void dr_buf_fill(dr_buf *b, char c, size_t n)
{
    char *at = dr_buf_room(b, n);
    if (at) {
        memset(at, c, n);
        b->n += n;
    }
}

void dr_buf_printf(dr_buf *b, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    char *at = n >= 0 ? dr_buf_room(b, (size_t)n + 1) : NULL;
    if (at) {
        vsnprintf(at, (size_t)n + 1, fmt, again);
        b->n += (size_t)n;
    }
    va_end(again);
}

void dr_buf_u64(dr_buf *b, uint64_t v)
{
    char digits[20];
    size_t n = sizeof digits;
    do {
        digits[--n] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    dr_buf_add(b, digits + n, sizeof digits - n);
}

void dr_buf_i64(dr_buf *b, int64_t v)
{
    if (v < 0)
        dr_buf_char(b, '-');
    dr_buf_u64(b, v < 0 ? 0 - (uint64_t)v : (uint64_t)v);
}

void dr_buf_hex(dr_buf *b, const uint8_t *p, size_t n, bool upper)
{
    const char *digits = upper ? "0123456789ABCDEF" : "0123456789abcdef";
    char *at = n <= SIZE_MAX / 2 ? dr_buf_room(b, n * 2) : NULL;
    if (!at)
        return;
    for (size_t i = 0; i < n; i++) {
        at[2 * i] = digits[p[i] >> 4];
        at[2 * i + 1] = digits[p[i] & 15];
    }
    b->n += n * 2;
}

static bool surrogate(uint32_t code)
{
    return code >= 0xd800 && code < 0xe000;
}

void dr_buf_json_text(dr_buf *b, dr_str s)
{
    size_t plain = 0; /* start of the bytes that can be copied as they are */
    for (size_t i = 0; i < s.n;) {
        unsigned char c = (unsigned char)s.p[i];
        if (c >= 0x20 && c < 0x80 && c != '"' && c != '\\' && c != 0x7f) {
            i++;
            continue;
        }
        size_t start = i;
        uint32_t code = dr_wtf8_next(s, &i);
        if (code >= 0x80 && !surrogate(code))
            continue;
        dr_buf_add(b, s.p + plain, start - plain);
        plain = i;
        switch (code) {
        case '"': dr_buf_z(b, "\\\""); break;
        case '\\': dr_buf_z(b, "\\\\"); break;
        case '\n': dr_buf_z(b, "\\n"); break;
        case '\r': dr_buf_z(b, "\\r"); break;
        case '\t': dr_buf_z(b, "\\t"); break;
        default: dr_buf_printf(b, "\\u%04x", code); break;
        }
    }
    dr_buf_add(b, s.p + plain, s.n - plain);
}

void dr_buf_json_str(dr_buf *b, dr_str s)
{
    dr_buf_char(b, '"');
    dr_buf_json_text(b, s);
    dr_buf_char(b, '"');
}

void dr_buf_json_u64(dr_buf *b, uint64_t v)
{
    bool quoted = v > 9007199254740991ull;
    if (quoted)
        dr_buf_char(b, '"');
    dr_buf_u64(b, v);
    if (quoted)
        dr_buf_char(b, '"');
}

/* Characters that could drive a terminal or turn a line around. */
static bool unseen(uint32_t code)
{
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || surrogate(code) || code == 0xad ||
           code == 0x61c || (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
           (code >= 0x2060 && code <= 0x206f) || code == 0xfeff || (code >= 0xfff0 && code <= 0xfffb);
}

void dr_buf_shown(dr_buf *b, dr_str s)
{
    size_t plain = 0;
    for (size_t i = 0; i < s.n;) {
        size_t start = i;
        uint32_t code = dr_wtf8_next(s, &i);
        if (!unseen(code))
            continue;
        dr_buf_add(b, s.p + plain, start - plain);
        plain = i;
        if (code < 0x100)
            dr_buf_printf(b, "\\x%02x", code);
        else
            dr_buf_printf(b, "\\u%04x", code);
    }
    dr_buf_add(b, s.p + plain, s.n - plain);
}

void dr_buf_csv(dr_buf *b, dr_str s)
{
    bool formula = s.n && strchr("=+-@\t\r", s.p[0]) != NULL && s.p[0] != '\0';
    bool quote = formula;
    for (size_t i = 0; i < s.n && !quote; i++)
        quote = s.p[i] == '"' || s.p[i] == ',' || s.p[i] == '\n' || s.p[i] == '\r';
    if (!quote) {
        dr_buf_str_add(b, s);
        return;
    }
    dr_buf_char(b, '"');
    if (formula)
        dr_buf_char(b, '\'');
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '"')
            dr_buf_char(b, '"');
        dr_buf_char(b, s.p[i]);
    }
    dr_buf_char(b, '"');
}

static bool wide(uint32_t c)
{
    return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) || (c >= 0xac00 && c <= 0xd7a3) ||
           (c >= 0xf900 && c <= 0xfaff) || (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
           (c >= 0xffe0 && c <= 0xffe6) || (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
}

size_t dr_shown_width(dr_str s)
{
    size_t width = 0;
    for (size_t i = 0; i < s.n;) {
        uint32_t code = dr_wtf8_next(s, &i);
        bool combining = (code >= 0x300 && code <= 0x36f) || (code >= 0x20d0 && code <= 0x20ff);
        width += combining ? 0 : wide(code) ? 2 : 1;
    }
    return width;
}
