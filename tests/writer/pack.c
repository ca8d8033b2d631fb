#include "writer/pack.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void room(pack *b, size_t n)
{
    if (b->cap - b->n >= n)
        return;
    b->cap = 2 * b->cap + n + 64;
    b->p = realloc(b->p, b->cap);
    if (!b->p) {
        fprintf(stderr, "writer: out of memory\n");
        exit(3);
    }
}

void pack_bytes(pack *b, const void *p, size_t n)
{
    room(b, n);
    if (n)
        memcpy(b->p + b->n, p, n);
    b->n += n;
}

void pack_zero(pack *b, size_t n)
{
    room(b, n);
    memset(b->p + b->n, 0, n);
    b->n += n;
}

void pack_int(pack *b, uint64_t v, unsigned bytes)
{
    pack_zero(b, bytes);
    pack_put(b, b->n - bytes, v, bytes);
}

void pack_put(pack *b, size_t at, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        b->p[at + i] = (uint8_t)(v >> (8 * i));
}

/* One code point of UTF-8; broken input is not met here. */
static uint32_t next(const char **text)
{
    const uint8_t *s = (const uint8_t *)*text;
    unsigned n = s[0] < 0x80 ? 1 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
    uint32_t c = n == 1 ? s[0] : s[0] & (0x7fu >> n);
    for (unsigned i = 1; i < n; i++)
        c = c << 6 | (s[i] & 63u);
    *text += n;
    return c;
}

void pack_utf16(pack *b, const char *text, int nul)
{
    while (*text) {
        uint32_t c = next(&text);
        if (c >= 0x10000) {
            pack_int(b, 0xd800 + ((c - 0x10000) >> 10), 2);
            c = 0xdc00 + ((c - 0x10000) & 0x3ff);
        }
        pack_int(b, c, 2);
    }
    if (nul)
        pack_int(b, 0, 2);
}

size_t pack_units(const char *text)
{
    size_t n = 0;
    while (*text)
        n += next(&text) >= 0x10000 ? 2 : 1;
    return n;
}

void pack_sid(pack *b, const char *text)
{
    uint32_t part[16];
    unsigned n = 0;
    for (const char *p = text + strlen("S-1-"); *p && n < 16; n++) {
        char *end;
        part[n] = (uint32_t)strtoul(p, &end, 10);
        p = *end ? end + 1 : end;
    }
    pack_int(b, 1, 1);
    pack_int(b, n - 1, 1);
    for (int i = 5; i >= 0; i--)
        pack_int(b, i < 4 ? part[0] >> (8 * i) : 0, 1);
    for (unsigned i = 1; i < n; i++)
        pack_int(b, part[i], 4);
}

void pack_align(pack *b, size_t unit)
{
    while (b->n % unit)
        pack_int(b, 0, 1);
}

void pack_free(pack *b)
{
    free(b->p);
    *b = (pack){0};
}
