#include "writer/prefetch_versions.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct out {
    uint8_t *p;
    size_t n, cap;
} out;

static void *must(void *p)
{
    if (!p)
        abort();
    return p;
}

static void room(out *o, size_t n)
{
    if (o->n + n > o->cap) {
        o->cap = (o->n + n) * 2 + 64;
        o->p = must(realloc(o->p, o->cap));
    }
}

static void put(out *o, const void *p, size_t n)
{
    room(o, n);
    if (n)
        memcpy(o->p + o->n, p, n);
    o->n += n;
}

static void zero(out *o, size_t n)
{
    room(o, n);
    memset(o->p + o->n, 0, n);
    o->n += n;
}

static void set(out *o, size_t at, uint64_t v, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        o->p[at + i] = (uint8_t)(v >> 8 * i);
}

static void number(out *o, uint64_t v, size_t bytes)
{
    zero(o, bytes);
    set(o, o->n - bytes, v, bytes);
}

static void units(out *o, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        number(o, (uint8_t)text[i], 2);
}

static void align(out *o, size_t to)
{
    while (o->n % to)
        number(o, 0, 1);
}

/* --- LZXPRESS Huffman --- */

typedef struct item {
    uint16_t symbol;
    uint32_t length, distance; /* of a match */
} item;

/* Code lengths of at most 15 bits. Frequencies are flattened until the tree is flat enough. */
static void code_lengths(const uint32_t *frequency, uint8_t *length)
{
    uint32_t f[512];
    memcpy(f, frequency, sizeof f);
    for (;;) {
        uint32_t weight[1024];
        int parent[1024];
        bool open[1024] = { false };
        int n = 512, alive = 0;
        for (int i = 0; i < 512; i++) {
            weight[i] = f[i];
            parent[i] = -1;
            open[i] = f[i] > 0;
            alive += open[i];
        }
        while (alive > 1) {
            int a = -1, b = -1;
            for (int i = 0; i < n; i++) {
                if (!open[i])
                    continue;
                if (a < 0 || weight[i] < weight[a]) {
                    b = a;
                    a = i;
                } else if (b < 0 || weight[i] < weight[b]) {
                    b = i;
                }
            }
            weight[n] = weight[a] + weight[b];
            parent[n] = -1;
            open[n] = true;
            parent[a] = parent[b] = n;
            open[a] = open[b] = false;
            n++;
            alive--;
        }
        int deepest = 0;
        for (int i = 0; i < 512; i++) {
            int depth = 0;
            for (int k = i; parent[k] >= 0; k = parent[k])
                depth++;
            length[i] = (uint8_t)(depth < 255 ? depth : 255);
            deepest = depth > deepest ? depth : deepest;
        }
        if (deepest <= 15)
            return;
        for (int i = 0; i < 512; i++)
            f[i] = f[i] ? f[i] / 2 + 1 : 0;
    }
}

typedef struct bitout {
    out *o;
    size_t at1, at2; /* places of the two words that the reader has in hand */
    uint32_t word;
    int free;
} bitout;

static void bits(bitout *b, uint32_t value, int n)
{
    if (b->free >= n) {
        b->free -= n;
        b->word = b->word << n | value;
        return;
    }
    b->word = b->word << b->free | value >> (n - b->free);
    set(b->o, b->at1, b->word & 0xffff, 2);
    b->at1 = b->at2;
    b->at2 = b->o->n;
    zero(b->o, 2);
    b->free += 16 - n;
    b->word = value;
}

static size_t match(const uint8_t *p, size_t at, size_t end, size_t *distance)
{
    size_t best = 0;
    size_t reach = at < 4096 ? at : 4096; /* enough for a test */
    for (size_t d = 1; d <= reach; d++) {
        size_t n = 0;
        while (at + n < end && p[at + n] == p[at + n - d])
            n++;
        if (n > best) {
            best = n;
            *distance = d;
        }
        if (n > 200)
            break;
    }
    return best;
}

static void chunk(out *o, const uint8_t *p, size_t from, size_t end, bool last)
{
    item *items = must(malloc((end - from + 1) * sizeof *items));
    size_t n = 0;
    uint32_t frequency[512] = { 0 };
    for (size_t at = from; at < end;) {
        size_t distance = 0, length = match(p, at, end, &distance);
        if (length < 3) {
            items[n] = (item){ p[at], 0, 0 };
            at++;
        } else {
            unsigned high = 0;
            while (distance >> (high + 1))
                high++;
            size_t low = length - 3 < 15 ? length - 3 : 15;
            items[n] = (item){ (uint16_t)(256 + 16 * high + low), (uint32_t)(length - 3), (uint32_t)distance };
            at += length;
        }
        frequency[items[n++].symbol]++;
    }
    if (last || n == 1) {
        items[n] = (item){ 256, 0, 1 };
        frequency[256]++;
        n += last;
    }
    if (frequency[256] == (uint32_t)n) /* a code needs two symbols */
        frequency[0]++;
    uint8_t length[512];
    uint32_t code[512] = { 0 };
    code_lengths(frequency, length);
    uint32_t next = 0;
    for (int len = 1; len <= 15; len++) {
        next <<= 1;
        for (int i = 0; i < 512; i++) {
            if (length[i] == len)
                code[i] = next++;
        }
    }
    for (int i = 0; i < 512; i += 2)
        number(o, (uint64_t)(length[i] | length[i + 1] << 4), 1);
    bitout b = { .o = o, .at1 = o->n, .at2 = o->n + 2, .free = 16 };
    zero(o, 4);
    for (size_t i = 0; i < n; i++) {
        const item *it = &items[i];
        bits(&b, code[it->symbol], length[it->symbol]);
        if (it->symbol < 256 || (it->symbol == 256 && last && i + 1 == n))
            continue;
        if (it->length >= 15) {
            if (it->length < 15 + 255) {
                number(o, it->length - 15, 1);
            } else {
                number(o, 255, 1);
                number(o, it->length <= 0xffff ? it->length : 0, 2);
                if (it->length > 0xffff)
                    number(o, it->length, 4);
            }
        }
        int high = (it->symbol - 256) >> 4;
        if (high)
            bits(&b, it->distance - (1u << high), high);
    }
    set(o, b.at1, (b.word << b.free) & 0xffff, 2);
    free(items);
}

uint8_t *prefetchw_xpress(const uint8_t *p, size_t size, size_t *n)
{
    out o = { 0 };
    for (size_t at = 0; at < size; at += 65536)
        chunk(&o, p, at, size - at < 65536 ? size : at + 65536, size - at <= 65536);
    *n = o.n;
    return o.p;
}

uint8_t *prefetchw_mam(const uint8_t *p, size_t size, size_t *n)
{
    out o = { 0 };
    put(&o, "MAM\x04", 4);
    number(&o, size, 4);
    size_t packed_n;
    uint8_t *packed = prefetchw_xpress(p, size, &packed_n);
    put(&o, packed, packed_n);
    free(packed);
    *n = o.n;
    return o.p;
}

/* --- SCCA --- */

static uint32_t hash_text(unsigned version, const char *text)
{
    uint32_t h = version == 17 ? 0 : 314159;
    for (; *text; text++) {
        h = h * 37 + (uint8_t)*text;
        h = h * 37; /* the high byte of the character is 0 */
    }
    if (version == 17) {
        h *= 314159269u;
        if (h > 0x80000000u)
            h = 0u - h;
        h %= 1000000007u;
    }
    return h;
}

uint32_t prefetchw_hash(unsigned version, const char *path, const char *command)
{
    return hash_text(version, path) + (command ? hash_text(version, command) : 0);
}

static const char *name_of(const prefetchw_spec *s)
{
    const char *slash = strrchr(s->path, '\\');
    return slash ? slash + 1 : s->path;
}

void prefetchw_name(const prefetchw_spec *s, char *text)
{
    snprintf(text, 64, "%.29s-%08X.pf", name_of(s), prefetchw_hash(s->version, s->path, s->command));
}

uint8_t *prefetchw_build(const prefetchw_spec *s, size_t *n)
{
    bool second = s->version == 31 || (s->version == 30 && s->second_layout);
    size_t a = s->version == 17 ? 0x98 : s->version == 23 ? 0xf0 : second ? 0x128 : 0x130;
    size_t metric = s->version == 17 ? 20 : 32;
    size_t volume = s->version == 17 ? 40 : s->version >= 30 ? 96 : 104;
    size_t times = s->version == 17 ? 120 : 128;
    size_t count = s->version == 17 ? 144 : s->version == 23 ? 152 : second ? 200 : 208;
    out o = { 0 }, names = { 0 };
    zero(&o, a);
    set(&o, 0, s->version, 4);
    memcpy(o.p + 4, "SCCA", 4);
    set(&o, 8, s->version == 17 ? 0x0f : 0x11, 4);
    const char *name = name_of(s);
    for (size_t i = 0; name[i] && i < 29; i++)
        set(&o, 16 + 2 * i, (uint8_t)name[i], 2);
    set(&o, 76, prefetchw_hash(s->version, s->path, s->command), 4);

    size_t n_files = 1;
    while (s->files && s->files[n_files - 1])
        n_files++;
    for (size_t i = 0; i < n_files; i++) {
        const char *file = i ? s->files[i - 1] : s->stored_path ? s->stored_path : s->path;
        size_t len = strlen(file), at = o.n;
        zero(&o, metric);
        size_t place = s->version == 17 ? 8 : 12;
        set(&o, at, i, 4);
        set(&o, at + 4, 1, 4);
        set(&o, at + place, names.n, 4);
        set(&o, at + place + 4, len, 4);
        set(&o, at + place + 8, s->version == 17 ? 2 : 0x200, 4);
        units(&names, file, len);
        number(&names, 0, 2);
    }
    align(&o, 8);
    size_t b = o.n;
    zero(&o, n_files * (s->version >= 30 ? 8 : 12));
    size_t c = o.n;
    put(&o, names.p, names.n);
    if (s->version >= 30 && s->hashed_text) {
        size_t at = second ? 212 : 220;
        set(&o, at, o.n, 4);
        set(&o, at + 4, 2 * strlen(s->path) + 4, 4);
        units(&o, s->path, strlen(s->path));
        number(&o, 0, 2);
        number(&o, 0x1234, 2); /* the remnant that real files have there */
    }
    align(&o, 8);
    size_t d = o.n;
    zero(&o, volume);
    size_t len = strlen(s->volume);
    set(&o, d, o.n - d, 4);
    set(&o, d + 4, len, 4);
    set(&o, d + 8, s->volume_created, 8);
    set(&o, d + 16, s->volume_serial, 4);
    units(&o, s->volume, len);
    number(&o, 0, 2);
    align(&o, 8);
    size_t references = o.n;
    set(&o, d + 20, references - d, 4);
    number(&o, s->version == 17 ? 1 : 3, 4);
    number(&o, n_files, 4);
    if (s->version != 17)
        number(&o, 0, 8);
    for (size_t i = 0; i < n_files; i++)
        number(&o, 0x1000000000000u * (i + 1) + 40 + i, 8);
    set(&o, d + 24, o.n - references, 4);
    set(&o, d + 28, o.n - d, 4);
    set(&o, d + 32, 1, 4);
    number(&o, len, 2);
    units(&o, s->volume, len);
    number(&o, 0, 2);

    const size_t info[] = { a, n_files, b, n_files, c, names.n, d, 1, o.n - d };
    for (size_t i = 0; i < 9; i++)
        set(&o, 84 + 4 * i, info[i], 4);
    for (size_t i = 0; i < (s->version >= 26 ? 8u : 1u); i++)
        set(&o, times + 8 * i, s->runs[i], 8);
    set(&o, count, s->run_count, 4);
    set(&o, 12, o.n, 4);
    free(names.p);
    *n = o.n;
    if (!s->packed)
        return o.p;
    uint8_t *packed = prefetchw_mam(o.p, o.n, n);
    free(o.p);
    return packed;
}
