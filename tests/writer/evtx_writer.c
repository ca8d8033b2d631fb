#include "writer/evtx_writer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHUNK_SIZE 65536u
#define CHUNK_HEADER 512u
#define FILE_HEADER 4096u
#define MAX_NAMES 1024u
#define MAX_TEMPLATES 512u
#define MAX_VALUES 128u
#define BODY_MAX 65536u

enum { /* tokens of binary XML */
    TOKEN_EOF = 0x00,
    TOKEN_OPEN = 0x01,
    TOKEN_CLOSE_START = 0x02,
    TOKEN_CLOSE_EMPTY = 0x03,
    TOKEN_END = 0x04,
    TOKEN_VALUE = 0x05,
    TOKEN_ATTRIBUTE = 0x06,
    TOKEN_TEMPLATE = 0x0c,
    TOKEN_SUBSTITUTION = 0x0d,
    TOKEN_OPTIONAL = 0x0e,
    TOKEN_MORE = 0x40
};

enum { /* value types */
    TYPE_NULL = 0x00,
    TYPE_STRING = 0x01,
    TYPE_BINXML = 0x21,
    TYPE_ARRAY = 0x80
};

#define NO_DEPENDENCY 0xffffu

typedef struct type_name {
    const char *name;
    uint8_t declared, stored;
} type_name;

static const type_name types[] = {
    {"str", 0x01, 0x01},  {"ansi", 0x02, 0x02},    {"i8", 0x03, 0x03},    {"u8", 0x04, 0x04},
    {"i16", 0x05, 0x05},  {"u16", 0x06, 0x06},     {"i32", 0x07, 0x07},   {"u32", 0x08, 0x08},
    {"i64", 0x09, 0x09},  {"u64", 0x0a, 0x0a},     {"f32", 0x0b, 0x0b},   {"f64", 0x0c, 0x0c},
    {"bool", 0x0d, 0x0d}, {"bin", 0x0e, 0x0e},     {"guid", 0x0f, 0x0f},  {"ptr", 0x10, 0x15},
    {"size4", 0x10, 0x10}, {"size8", 0x10, 0x10},  {"time", 0x11, 0x11},  {"systime", 0x12, 0x12},
    {"sid", 0x13, 0x13},  {"x32", 0x14, 0x14},     {"x64", 0x15, 0x15},
};

/* One value of a template instance, or of an element written in full. */
typedef struct value {
    uint8_t declared, stored;
    const char *text; /* for elements in full; may be NULL */
    size_t at, n;     /* its bytes in encoder.pool */
} value;

typedef struct name_entry {
    char text[64];
    uint32_t offset;
} name_entry;


typedef struct chunk {
    uint8_t bytes[2 * CHUNK_SIZE]; /* twice, so that a record that does not fit can be undone */
    size_t pos;
    size_t last_record;
    uint64_t first_number, first_id, last_number, last_id;
    unsigned n_records;
    name_entry names[MAX_NAMES];
    size_t n_names;
    uint32_t templates[MAX_TEMPLATES]; /* offsets of definitions */
    size_t n_templates;
} chunk;

typedef struct encoder {
    chunk *c;
    bool in_definition;
    bool nul_strings;
    uint8_t pool[BODY_MAX];
    size_t n_pool;
    size_t attribute_at; /* position of the last attribute token, to mark that another follows */
} encoder;


struct ew_log {
    ew_options options;
    uint64_t next_id, next_number;
    chunk *current;
    uint8_t *done; /* finished chunks, one after the other */
    size_t n_done;
    FILE *stream; /* of options.path: finished chunks go there instead */
    uint8_t *file;
    size_t n_file;
    bool has_last, last_in_current; /* where the last record is, whose header time may be due */
    size_t last_pos, last_chunk;
    encoder encoder;
};

__attribute__((format(printf, 1, 2))) static _Noreturn void fail(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "writer: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
    exit(3);
}

static void *need(void *p)
{
    if (!p)
        fail("out of memory");
    return p;
}

/* --- numbers and times ------------------------------------------------------------------------ */

static void store(uint8_t *p, uint64_t v, unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static uint32_t load32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint32_t ew_crc32(const uint8_t *bytes, size_t n, uint32_t crc)
{
    uint32_t table[256];
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t v = i;
        for (int bit = 0; bit < 8; bit++)
            v = (v >> 1) ^ (0xedb88320u & (0u - (v & 1u)));
        table[i] = v;
    }
    crc = ~crc;
    for (size_t i = 0; i < n; i++)
        crc = (crc >> 8) ^ table[(crc ^ bytes[i]) & 0xff];
    return ~crc;
}

uint64_t ew_time(int year, int month, int day, int hour, int minute, int second, uint32_t ticks)
{
    int y = month <= 2 ? year - 1 : year; /* years that begin in March */
    int m = month <= 2 ? month + 9 : month - 3;
    int64_t days = (int64_t)y * 365 + y / 4 - y / 100 + y / 400 + (153 * m + 2) / 5 + day - 1;
    days -= 584694; /* 1601-01-01 */
    return (uint64_t)(((days * 24 + hour) * 60 + minute) * 60 + second) * 10000000u + ticks;
}

static uint64_t parse_time(const char *text)
{
    int y, mo, d, h, mi, s, used = 0;
    char fraction[8] = "0000000";
    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &y, &mo, &d, &h, &mi, &s, &used) < 6)
        return strtoull(text, NULL, 10);
    if (text[used] == '.')
        for (int i = 0; i < 7 && text[used + 1 + i] >= '0' && text[used + 1 + i] <= '9'; i++)
            fraction[i] = text[used + 1 + i];
    return ew_time(y, mo, d, h, mi, s, (uint32_t)strtoul(fraction, NULL, 10));
}

/* --- text to values --------------------------------------------------------------------------- */

/*
 * Next character of UTF-8 (and of lone surrogates in their three byte form) as UTF-16. A byte that
 * begins no whole character is a character of its own, as in Latin-1.
 */
static unsigned utf16_of(const char **p, uint16_t out[2])
{
    const uint8_t *s = (const uint8_t *)*p;
    unsigned n = s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : s[0] >= 0xc0 ? 2 : 1;
    uint32_t c = n == 1 ? s[0] : s[0] & (0x7fu >> n);
    for (unsigned i = 1; i < n; i++) {
        if ((s[i] & 0xc0u) != 0x80) {
            n = 1;
            c = s[0];
            break;
        }
        c = c << 6 | (s[i] & 63u);
    }
    *p += n;
    if (c >= 0x10000) {
        c -= 0x10000;
        out[0] = (uint16_t)(0xd800 + (c >> 10));
        out[1] = (uint16_t)(0xdc00 + (c & 0x3ff));
        return 2;
    }
    out[0] = (uint16_t)c;
    return 1;
}

static size_t units_of(const char *text)
{
    size_t n = 0;
    uint16_t u[2];
    while (*text)
        n += utf16_of(&text, u);
    return n;
}

static void pool(encoder *e, uint64_t v, unsigned bytes)
{
    if (e->n_pool + bytes > sizeof e->pool)
        fail("values of one record over %u bytes", BODY_MAX);
    store(e->pool + e->n_pool, v, bytes);
    e->n_pool += bytes;
}

static void pool_utf16(encoder *e, const char *text, bool nul)
{
    while (*text) {
        uint16_t u[2];
        unsigned n = utf16_of(&text, u);
        for (unsigned i = 0; i < n; i++)
            pool(e, u[i], 2);
    }
    if (nul)
        pool(e, 0, 2);
}

static unsigned hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned)(c - 'A') + 10;
    fail("not a hexadecimal digit: %c", c);
}

static void pool_hex(encoder *e, const char *text)
{
    for (; text[0] && text[1]; text += 2)
        pool(e, hex_digit(text[0]) << 4 | hex_digit(text[1]), 1);
    if (text[0])
        fail("odd number of hexadecimal digits");
}

static void guid_bytes(const char *text, uint8_t out[16])
{
    static const uint8_t order[16] = {3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
    const char *p = text;
    if (*p == '{')
        p++;
    for (int i = 0; i < 16; i++) {
        if (*p == '-')
            p++;
        if (!p[0] || !p[1])
            fail("not a guid: %s", text);
        out[order[i]] = (uint8_t)(hex_digit(p[0]) << 4 | hex_digit(p[1]));
        p += 2;
    }
}

static void pool_sid(encoder *e, const char *text)
{
    uint64_t part[17];
    unsigned n = 0;
    const char *p = text;
    if (strncmp(p, "S-1-", 4) != 0)
        fail("not a SID: %s", text);
    p += 4;
    while (*p && n < 17) {
        char *end;
        part[n++] = strtoull(p, &end, 10);
        p = *end == '-' ? end + 1 : end;
        if (*end && *end != '-')
            fail("not a SID: %s", text);
    }
    if (n == 0 || n > 16)
        fail("not a SID: %s", text);
    pool(e, 1, 1);
    pool(e, n - 1, 1);
    for (int i = 5; i >= 0; i--)
        pool(e, part[0] >> (8 * i) & 0xff, 1);
    for (unsigned i = 1; i < n; i++)
        pool(e, part[i], 4);
}

static void pool_systime(encoder *e, const char *text)
{
    int y, mo, d, h, mi, s, ms;
    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d.%3d", &y, &mo, &d, &h, &mi, &s, &ms) != 7)
        fail("not a system time: %s", text);
    uint64_t days = ew_time(y, mo, d, 0, 0, 0, 0) / 864000000000u;
    const int part[8] = {y, mo, (int)((days + 1) % 7), d, h, mi, s, ms};
    for (int i = 0; i < 8; i++)
        pool(e, (uint64_t)part[i], 2);
}

static void pool_scalar(encoder *e, uint8_t type, unsigned size, const char *text, bool nul)
{
    switch (type) {
    case 0x01:
        pool_utf16(e, text, nul);
        break;
    case 0x02:
        for (const char *p = text; *p; p++)
            pool(e, (uint8_t)*p, 1);
        if (nul)
            pool(e, 0, 1);
        break;
    case 0x0b: {
        float f = strtof(text, NULL);
        uint32_t bits;
        memcpy(&bits, &f, 4);
        pool(e, bits, 4);
        break;
    }
    case 0x0c: {
        double f = strtod(text, NULL);
        uint64_t bits;
        memcpy(&bits, &f, 8);
        pool(e, bits, 8);
        break;
    }
    case 0x0d:
        pool(e, strcmp(text, "true") == 0, 4);
        break;
    case 0x0e:
        pool_hex(e, text);
        break;
    case 0x0f: {
        uint8_t g[16];
        guid_bytes(text, g);
        for (int i = 0; i < 16; i++)
            pool(e, g[i], 1);
        break;
    }
    case 0x11:
        pool(e, parse_time(text), 8);
        break;
    case 0x12:
        pool_systime(e, text);
        break;
    case 0x13:
        pool_sid(e, text);
        break;
    default: {
        char *end;
        uint64_t v = *text == '-' ? (uint64_t)strtoll(text, &end, 0) : strtoull(text, &end, 0);
        if (end == text || *end)
            fail("not a number: %s", text);
        pool(e, v, size);
    }
    }
}

static unsigned size_of_type(uint8_t type, bool small)
{
    switch (type) {
    case 0x03:
    case 0x04:
        return 1;
    case 0x05:
    case 0x06:
        return 2;
    case 0x07:
    case 0x08:
    case 0x14:
        return 4;
    case 0x10:
        return small ? 4 : 8;
    default:
        return 8;
    }
}

/* Converts a text to the value of a named type ("u32", "str[]"). */
static value convert(encoder *e, const char *name, size_t name_n, const char *text)
{
    bool array = name_n > 2 && memcmp(name + name_n - 2, "[]", 2) == 0;
    size_t base_n = array ? name_n - 2 : name_n;
    const type_name *t = NULL;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (strlen(types[i].name) == base_n && memcmp(types[i].name, name, base_n) == 0)
            t = &types[i];
    if (!t)
        fail("no such type: %.*s", (int)name_n, name);
    value v = {t->declared, t->stored, text, e->n_pool, 0};
    unsigned size = size_of_type(t->stored, strcmp(t->name, "size4") == 0);
    if (array) {
        v.declared |= TYPE_ARRAY;
        v.stored |= TYPE_ARRAY;
    }
    if (!text) {
        v.stored = TYPE_NULL;
        return v;
    }
    if (!array) {
        pool_scalar(e, t->stored, size, text, e->nul_strings);
    } else {
        char item[4096];
        for (const char *p = text;; p++) {
            size_t n = strcspn(p, "\n");
            if (n >= sizeof item)
                fail("array item too long");
            memcpy(item, p, n);
            item[n] = 0;
            pool_scalar(e, t->stored, size, item, true);
            p += n;
            if (!*p)
                break;
        }
    }
    v.n = e->n_pool - v.at;
    return v;
}

/* --- binary XML ------------------------------------------------------------------------------- */

static void put(encoder *e, uint64_t v, unsigned bytes)
{
    if (e->c->pos + bytes > sizeof e->c->bytes)
        fail("a record over 64 KiB");
    store(e->c->bytes + e->c->pos, v, bytes);
    e->c->pos += bytes;
}

static void put_text(encoder *e, const char *text)
{
    while (*text) {
        uint16_t u[2];
        unsigned n = utf16_of(&text, u);
        for (unsigned i = 0; i < n; i++)
            put(e, u[i], 2);
    }
}

static void put_name(encoder *e, const char *text)
{
    chunk *c = e->c;
    for (size_t i = 0; i < c->n_names; i++)
        if (strcmp(c->names[i].text, text) == 0) {
            put(e, c->names[i].offset, 4);
            return;
        }
    if (c->n_names == MAX_NAMES || strlen(text) >= sizeof c->names[0].text)
        fail("too many names, or too long: %s", text);
    uint32_t hash = 0;
    for (const char *p = text; *p;) {
        uint16_t u[2];
        unsigned n = utf16_of(&p, u);
        for (unsigned i = 0; i < n; i++)
            hash = hash * 65599u + u[i];
    }
    hash &= 0xffff;
    uint8_t *bucket = c->bytes + 128 + 4 * (hash % 64);
    name_entry *entry = &c->names[c->n_names++];
    memcpy(entry->text, text, strlen(text) + 1);
    entry->offset = (uint32_t)c->pos + 4;
    put(e, entry->offset, 4);
    put(e, load32(bucket), 4); /* the newest name of a bucket comes first */
    put(e, hash, 2);
    put(e, units_of(text), 2);
    put_text(e, text);
    put(e, 0, 2);
    store(bucket, entry->offset, 4);
}

typedef struct element {
    size_t size_at, attributes_at;
    bool has_attributes;
} element;

static element open_element(encoder *e, const char *name, unsigned dependency, bool attributes)
{
    element el = {.has_attributes = attributes};
    put(e, attributes ? TOKEN_OPEN | TOKEN_MORE : TOKEN_OPEN, 1);
    if (e->in_definition)
        put(e, dependency, 2);
    el.size_at = e->c->pos;
    put(e, 0, 4);
    put_name(e, name);
    if (attributes) {
        el.attributes_at = e->c->pos;
        put(e, 0, 4);
    }
    e->attribute_at = 0;
    return el;
}

static void put_attribute(encoder *e, const char *name)
{
    if (e->attribute_at)
        e->c->bytes[e->attribute_at] |= TOKEN_MORE;
    e->attribute_at = e->c->pos;
    put(e, TOKEN_ATTRIBUTE, 1);
    put_name(e, name);
}

static void end_attributes(encoder *e, element *el)
{
    if (el->has_attributes)
        store(e->c->bytes + el->attributes_at, e->c->pos - el->attributes_at - 4, 4);
    e->attribute_at = 0;
}

static void begin_content(encoder *e, element *el)
{
    end_attributes(e, el);
    put(e, TOKEN_CLOSE_START, 1);
}

static void end_element(encoder *e, element *el)
{
    put(e, TOKEN_END, 1);
    store(e->c->bytes + el->size_at, e->c->pos - el->size_at - 4, 4);
}

static void end_empty(encoder *e, element *el)
{
    end_attributes(e, el);
    put(e, TOKEN_CLOSE_EMPTY, 1);
    store(e->c->bytes + el->size_at, e->c->pos - el->size_at - 4, 4);
}

static void put_literal(encoder *e, const char *text)
{
    put(e, TOKEN_VALUE, 1);
    put(e, TYPE_STRING, 1);
    put(e, units_of(text), 2);
    put_text(e, text);
}

/* A hole of a definition, or the text itself where elements are written in full. */
static void put_hole(encoder *e, const value *values, unsigned index, bool optional)
{
    if (e->in_definition) {
        put(e, optional ? TOKEN_OPTIONAL : TOKEN_SUBSTITUTION, 1);
        put(e, index, 2);
        put(e, values[index].declared, 1);
    } else if (values[index].text && values[index].stored != TYPE_NULL) {
        put_literal(e, values[index].text);
    }
}

static bool is_there(const encoder *e, const value *values, unsigned index)
{
    return e->in_definition || (values[index].text && values[index].stored != TYPE_NULL);
}

static void hole_attribute(encoder *e, const char *name, const value *values, unsigned index)
{
    if (!is_there(e, values, index))
        return;
    put_attribute(e, name);
    put_hole(e, values, index, true);
}

static void hole_element(encoder *e, const char *name, const value *values, unsigned index)
{
    if (!is_there(e, values, index))
        return;
    element el = open_element(e, name, index, false);
    begin_content(e, &el);
    put_hole(e, values, index, true);
    end_element(e, &el);
}

/* --- content ---------------------------------------------------------------------------------- */

typedef struct field {
    char name[64];
    const char *type;
    size_t type_n;
    bool own_element;
} field;

static size_t split_fields(const char *text, field out[MAX_VALUES])
{
    size_t n = 0;
    for (const char *p = text ? text : ""; *p; n++) {
        if (n == MAX_VALUES)
            fail("too many fields");
        size_t all = strcspn(p, "|");
        size_t name = strcspn(p, ":|");
        field *f = &out[n];
        *f = (field){.type = "str", .type_n = 3};
        if (*p == '#') {
            f->own_element = true;
            p++, name--, all--;
        }
        if (name >= sizeof f->name)
            fail("field name too long");
        memcpy(f->name, p, name);
        f->name[name] = 0;
        if (name < all) {
            f->type = p + name + 1;
            f->type_n = all - name - 1;
        }
        p += all;
        if (*p == '|')
            p++;
    }
    return n;
}

static size_t content_values(encoder *e, const ew_event *ev, const field *fields, size_t n_fields,
                             value values[MAX_VALUES])
{
    if (ev->kind->body == EW_POSITIONAL) {
        value strings = {TYPE_STRING | TYPE_ARRAY, TYPE_STRING | TYPE_ARRAY, "", e->n_pool, 0};
        for (size_t i = 0; i < ev->n_values; i++)
            pool_utf16(e, ev->values[i] ? ev->values[i] : "", true);
        strings.n = e->n_pool - strings.at;
        if (ev->n_values == 0)
            strings.stored = TYPE_NULL;
        values[0] = strings;
        size_t at = e->n_pool;
        pool(e, ev->binary ? strlen(ev->binary) / 2 : 0, 4);
        values[1] = (value){0x08, 0x08, NULL, at, 4};
        values[2] = convert(e, "bin", 3, ev->binary);
        return 3;
    }
    if (n_fields != ev->n_values)
        fail("%s %u: %zu fields, %zu values", ev->kind->provider, ev->kind->id, n_fields, ev->n_values);
    for (size_t i = 0; i < n_fields; i++)
        values[i] = convert(e, fields[i].type, fields[i].type_n, ev->values[i]);
    return n_fields;
}

static void put_content(encoder *e, const ew_event *ev, const field *fields, size_t n, const value *v)
{
    const ew_kind *k = ev->kind;
    bool user = k->body == EW_USER;
    element top = open_element(e, user ? k->name : "EventData", NO_DEPENDENCY,
                               user ? k->xmlns != NULL : k->name != NULL);
    if (user && k->xmlns) {
        put_attribute(e, "xmlns");
        put_literal(e, k->xmlns);
    } else if (!user && k->name) {
        put_attribute(e, "Name");
        put_literal(e, k->name);
    }
    begin_content(e, &top);
    if (k->body == EW_POSITIONAL) {
        if (e->in_definition) {
            hole_element(e, "Data", v, 0);
        } else {
            for (size_t i = 0; i < ev->n_values; i++) {
                element el = open_element(e, "Data", NO_DEPENDENCY, false);
                begin_content(e, &el);
                if (ev->values[i] && ev->values[i][0])
                    put_literal(e, ev->values[i]);
                end_element(e, &el);
            }
        }
        hole_element(e, "Binary", v, 2);
    }
    for (size_t i = 0; i < n; i++) {
        bool data = !user && !fields[i].own_element;
        element el = open_element(e, data ? "Data" : fields[i].name, NO_DEPENDENCY,
                                  data && fields[i].name[0]);
        if (data && fields[i].name[0]) {
            put_attribute(e, "Name");
            put_literal(e, fields[i].name);
        }
        begin_content(e, &el);
        put_hole(e, v, (unsigned)i, false);
        end_element(e, &el);
    }
    end_element(e, &top);
}

/* --- System ----------------------------------------------------------------------------------- */

static value number(encoder *e, uint8_t type, uint64_t v, char *text, size_t text_n)
{
    unsigned size = size_of_type(type, false);
    value out = {type, type, text, e->n_pool, size};
    pool(e, v, size);
    snprintf(text, text_n, type == 0x15 ? "0x%llx" : "%llu", (unsigned long long)v);
    return out;
}

static void time_text(uint64_t time, char *text, size_t n)
{
    uint64_t seconds = time / 10000000u;
    int64_t days = (int64_t)(seconds / 86400) + 584694;
    int64_t era = days / 146097, doe = days % 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100), mp = (5 * doy + 2) / 153;
    int64_t month = mp < 10 ? mp + 3 : mp - 9, year = yoe + era * 400 + (month <= 2);
    snprintf(text, n, "%04lld-%02lld-%02lldT%02llu:%02llu:%02llu.%07lluZ", (long long)year,
             (long long)month, (long long)(doy - (153 * mp + 2) / 5 + 1),
             (unsigned long long)(seconds / 3600 % 24), (unsigned long long)(seconds / 60 % 60),
             (unsigned long long)(seconds % 60), (unsigned long long)(time % 10000000u));
}

typedef struct system_values {
    value v[20];
    char text[20][40];
    unsigned n, content;
} system_values;

static void make_system(encoder *e, const ew_event *ev, uint64_t id, system_values *s)
{
    const ew_kind *k = ev->kind;
    bool manifest = k->shape == EW_MANIFEST, old = k->shape == EW_CLASSIC_OLD;
    *s = (system_values){.n = manifest ? 18 : 20, .content = manifest ? 17 : 19};
    e->nul_strings = false;
#define NUMBER(i, type, x) s->v[i] = number(e, type, x, s->text[i], sizeof s->text[i])
    NUMBER(0, 0x04, k->level);
    NUMBER(1, 0x04, k->opcode);
    NUMBER(2, 0x06, k->task);
    NUMBER(3, 0x06, k->id);
    if (k->qualifiers >= 0) {
        NUMBER(4, 0x06, (uint64_t)k->qualifiers);
    } else { /* a null value that takes room, as the service writes it */
        s->v[4] = (value){0x06, TYPE_NULL, NULL, e->n_pool, 2};
        pool(e, 0, 2);
    }
    NUMBER(5, 0x15, ev->keywords ? ev->keywords : k->keywords);
    s->v[6] = (value){0x11, 0x11, s->text[6], e->n_pool, 8};
    pool(e, ev->time, 8);
    time_text(ev->time, s->text[6], sizeof s->text[6]);
    if (ev->activity) {
        s->v[7] = convert(e, "guid", 4, ev->activity);
    } else {
        s->v[7] = (value){0x0f, TYPE_NULL, NULL, e->n_pool, manifest ? 16 : 0};
        for (unsigned i = 0; i < s->v[7].n; i++)
            pool(e, 0, 1);
    }
    NUMBER(8, 0x08, ev->pid);
    NUMBER(9, 0x08, ev->tid);
    NUMBER(10, 0x0a, id);
    NUMBER(11, 0x04, k->version);
    s->v[12] = convert(e, "sid", 3, ev->user_sid);
    if (old) {
        s->v[1].stored = s->v[11].stored = s->v[8].stored = s->v[9].stored = TYPE_NULL;
    }
    for (unsigned i = 13; i < s->n; i++)
        s->v[i] = (value){TYPE_NULL, TYPE_NULL, NULL, e->n_pool, 0};
    if (manifest) {
        s->v[13].declared = 0x0f;
        s->v[14] = convert(e, "str", 3, k->provider);
        s->v[15] = convert(e, "guid", 4, k->guid);
        s->v[16] = convert(e, "str", 3, k->channel);
    } else {
        static const uint8_t declared[6] = {0x08, 0x04, 0x08, 0x08, 0x0a, 0x0f};
        for (unsigned i = 0; i < 6; i++)
            s->v[13 + i].declared = declared[i];
        if (k->shape == EW_EXECUTION) {
            NUMBER(13, 0x08, 0);
            NUMBER(14, 0x04, 1);
            NUMBER(15, 0x08, 3);
            NUMBER(16, 0x08, 5);
            NUMBER(17, 0x0a, 8);
        }
    }
#undef NUMBER
    s->v[s->content].declared = TYPE_BINXML;
}

static void literal_element(encoder *e, const char *name, const char *text)
{
    element el = open_element(e, name, NO_DEPENDENCY, false);
    begin_content(e, &el);
    put_literal(e, text);
    end_element(e, &el);
}

static void put_system(encoder *e, const ew_event *ev, const system_values *s)
{
    const ew_kind *k = ev->kind;
    const value *v = s->v;
    bool manifest = k->shape == EW_MANIFEST, old = k->shape == EW_CLASSIC_OLD;
    element system = open_element(e, "System", NO_DEPENDENCY, false);
    begin_content(e, &system);

    element provider = open_element(e, "Provider", NO_DEPENDENCY, true);
    if (manifest) {
        hole_attribute(e, "Name", v, 14);
        hole_attribute(e, "Guid", v, 15);
    } else {
        put_attribute(e, "Name");
        put_literal(e, k->provider);
        if (k->guid) {
            put_attribute(e, "Guid");
            put_literal(e, k->guid);
        }
        if (k->source) {
            put_attribute(e, "EventSourceName");
            put_literal(e, k->source);
        }
    }
    end_empty(e, &provider);

    bool qualified = is_there(e, v, 4);
    element id = open_element(e, "EventID", 3, qualified);
    if (qualified)
        hole_attribute(e, "Qualifiers", v, 4);
    begin_content(e, &id);
    put_hole(e, v, 3, true);
    end_element(e, &id);

    if (!old)
        hole_element(e, "Version", v, 11);
    hole_element(e, "Level", v, 0);
    hole_element(e, "Task", v, 2);
    if (!old)
        hole_element(e, "Opcode", v, 1);
    hole_element(e, "Keywords", v, 5);

    element created = open_element(e, "TimeCreated", NO_DEPENDENCY, true);
    hole_attribute(e, "SystemTime", v, 6);
    end_empty(e, &created);
    hole_element(e, "EventRecordID", v, 10);
    if (!old) {
        unsigned related = manifest ? 13 : 18;
        bool any = is_there(e, v, 7) || is_there(e, v, related);
        element correlation = open_element(e, "Correlation", NO_DEPENDENCY, any);
        hole_attribute(e, "ActivityID", v, 7);
        hole_attribute(e, "RelatedActivityID", v, related);
        end_empty(e, &correlation);
        element execution = open_element(e, "Execution", NO_DEPENDENCY, true);
        hole_attribute(e, "ProcessID", v, 8);
        hole_attribute(e, "ThreadID", v, 9);
        if (k->shape == EW_EXECUTION) {
            hole_attribute(e, "ProcessorID", v, 14);
            hole_attribute(e, "SessionID", v, 13);
            hole_attribute(e, "KernelTime", v, 15);
            hole_attribute(e, "UserTime", v, 16);
            hole_attribute(e, "ProcessorTime", v, 17);
        }
        end_empty(e, &execution);
    }
    if (manifest)
        hole_element(e, "Channel", v, 16);
    else
        literal_element(e, "Channel", k->channel);
    literal_element(e, "Computer", ev->computer);
    bool user = is_there(e, v, 12);
    element security = open_element(e, "Security", NO_DEPENDENCY, user);
    if (user)
        hole_attribute(e, "UserID", v, 12);
    end_empty(e, &security);
    end_element(e, &system);
}

static void put_fragment(encoder *e)
{
    put(e, 0x0001010f, 4);
}

static void put_event(encoder *e, const ew_event *ev, const system_values *s, const field *fields,
                      size_t n_fields, const value *values)
{
    bool user = ev->kind->body == EW_USER, full = !e->in_definition;
    element event = open_element(e, "Event", user ? NO_DEPENDENCY : s->content, true);
    put_attribute(e, "xmlns");
    put_literal(e, "http://schemas.microsoft.com/win/2004/08/events/event");
    begin_content(e, &event);
    put_system(e, ev, s);
    if (user) {
        element data = open_element(e, "UserData", s->content, false);
        begin_content(e, &data);
        if (full)
            put_content(e, ev, fields, n_fields, values);
        else
            put_hole(e, s->v, s->content, true);
        end_element(e, &data);
    } else if (full) {
        if (ev->kind->body != EW_EMPTY)
            put_content(e, ev, fields, n_fields, values);
    } else {
        put_hole(e, s->v, s->content, true);
    }
    end_element(e, &event);
}

/* --- templates -------------------------------------------------------------------------------- */

static void mix(uint64_t *h, const char *text)
{
    for (const char *p = text ? text : "-"; *p; p++)
        *h = (*h ^ (uint8_t)*p) * 0x100000001b3u;
    *h = (*h ^ 0xff) * 0x100000001b3u;
}

/* The id of a template: the same for the same definition, whatever the file. */
static void template_guid(const ew_kind *k, const char *computer, uint8_t out[16])
{
    for (unsigned half = 0; half < 2; half++) {
        uint64_t h = 0xcbf29ce484222325u + half * 0x9e3779b97f4a7c15u;
        char numbers[64];
        if (computer) { /* System: what is literal in it */
            snprintf(numbers, sizeof numbers, "system %d %d", (int)k->shape, k->body == EW_USER);
            mix(&h, numbers);
            mix(&h, computer);
            if (k->shape != EW_MANIFEST) {
                mix(&h, k->provider);
                mix(&h, k->guid);
                mix(&h, k->source);
                mix(&h, k->channel);
            }
        } else {
            snprintf(numbers, sizeof numbers, "content %d", (int)k->body);
            mix(&h, numbers);
            mix(&h, k->name);
            mix(&h, k->xmlns);
            mix(&h, k->body == EW_POSITIONAL ? "" : k->fields);
        }
        store(out + 8 * half, h, 8);
    }
}

/*
 * The start of a template instance. Returns true where the definition is not in the chunk yet: then
 * the caller writes it here, and ends it with end_definition.
 */
static bool begin_instance(encoder *e, const ew_kind *kind, const char *computer, size_t *size_at)
{
    chunk *c = e->c;
    uint8_t guid[16];
    template_guid(kind, computer, guid);
    put(e, TOKEN_TEMPLATE, 1);
    put(e, 1, 1);
    put(e, load32(guid), 4);
    for (size_t i = 0; i < c->n_templates; i++)
        if (memcmp(c->bytes + c->templates[i] + 4, guid, 16) == 0) {
            put(e, c->templates[i], 4);
            return false;
        }
    if (c->n_templates == MAX_TEMPLATES)
        fail("too many templates");
    uint8_t *bucket = c->bytes + 384 + 4 * (load32(guid) % 32);
    uint32_t offset = (uint32_t)c->pos + 4;
    c->templates[c->n_templates++] = offset;
    put(e, offset, 4);
    put(e, load32(bucket), 4);
    store(bucket, offset, 4);
    for (int i = 0; i < 16; i++)
        put(e, guid[i], 1);
    *size_at = c->pos;
    put(e, 0, 4);
    put_fragment(e);
    e->in_definition = true;
    return true;
}

static void end_definition(encoder *e, size_t size_at)
{
    put(e, TOKEN_EOF, 1);
    store(e->c->bytes + size_at, e->c->pos - size_at - 4, 4);
    e->in_definition = false;
}

static void put_values(encoder *e, const value *v, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        put(e, v[i].n, 2);
        put(e, v[i].stored, 1);
        put(e, 0, 1);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t b = 0; b < v[i].n; b++)
            put(e, e->pool[v[i].at + b], 1);
}

/* The record's stream: an instance of the System template whose last value is the content. */
static void put_record(encoder *e, const ew_event *ev, uint64_t id)
{
    field fields[MAX_VALUES];
    value values[MAX_VALUES];
    system_values s;
    size_t n_fields = 0, n_values = 0;
    if (ev->kind->body == EW_NAMED || ev->kind->body == EW_USER)
        n_fields = split_fields(ev->kind->fields, fields);
    make_system(e, ev, id, &s);
    e->nul_strings = ev->kind->shape == EW_MANIFEST;
    if (ev->kind->body != EW_EMPTY)
        n_values = content_values(e, ev, fields, n_fields, values);
    put_fragment(e);
    if (ev->templateless) {
        put_event(e, ev, &s, fields, n_fields, values);
        put(e, TOKEN_EOF, 1);
        return;
    }
    size_t size_at;
    if (begin_instance(e, ev->kind, ev->computer, &size_at)) {
        put_event(e, ev, &s, fields, n_fields, values);
        end_definition(e, size_at);
    }
    put(e, s.n, 4);
    /* The content is the last value: its size is known only when it is written. */
    size_t descriptors_at = e->c->pos;
    if (ev->kind->body != EW_EMPTY)
        s.v[s.content].stored = TYPE_BINXML;
    put_values(e, s.v, s.n);
    if (ev->kind->body != EW_EMPTY) {
        size_t content_at = e->c->pos;
        if (ev->kind->shape != EW_MANIFEST)
            put_fragment(e);
        if (begin_instance(e, ev->kind, NULL, &size_at)) {
            put_content(e, ev, fields, n_fields, values);
            end_definition(e, size_at);
        }
        put(e, n_values, 4);
        put_values(e, values, n_values);
        put(e, TOKEN_EOF, 1);
        size_t size = e->c->pos - content_at;
        if (size > 0xffff)
            fail("content over 64 KiB");
        store(e->c->bytes + descriptors_at + 4 * s.content, size, 2);
    }
    put(e, TOKEN_EOF, 1);
}

/* --- chunks and the file ---------------------------------------------------------------------- */

static void start_chunk(ew_log *log)
{
    chunk *c = log->current;
    memset(c->bytes, 0, sizeof c->bytes);
    memcpy(c->bytes, "ElfChnk", 8);
    c->pos = CHUNK_HEADER;
    c->n_records = 0;
    c->n_names = c->n_templates = 0;
}

static void seal_chunk(const ew_log *log, uint8_t *b, const chunk *c)
{
    store(b + 8, c->first_number, 8);
    store(b + 16, c->last_number, 8);
    store(b + 24, c->first_id, 8);
    store(b + 32, c->last_id, 8);
    store(b + 40, 128, 4);
    store(b + 44, c->last_record, 4);
    store(b + 48, c->pos, 4);
    store(b + 52, log->options.no_crc ? 0 : ew_crc32(b + CHUNK_HEADER, c->pos - CHUNK_HEADER, 0), 4);
    store(b + 120, log->options.no_crc ? 5 : 1, 4);
    if (!log->options.no_crc)
        store(b + 124, ew_crc32(b + 128, 384, ew_crc32(b, 120, 0)), 4);
}

static void write_all(FILE *f, const char *path, const uint8_t *bytes, size_t n)
{
    if (fwrite(bytes, 1, n, f) != n)
        fail("cannot write %s", path);
}

static void finish_chunk(ew_log *log)
{
    chunk *c = log->current;
    if (c->n_records == 0)
        return;
    if (log->stream) {
        seal_chunk(log, c->bytes, c);
        write_all(log->stream, log->options.path, c->bytes, CHUNK_SIZE);
    } else {
        log->done = need(realloc(log->done, (log->n_done + 1) * CHUNK_SIZE));
        memcpy(log->done + log->n_done * CHUNK_SIZE, c->bytes, CHUNK_SIZE);
        seal_chunk(log, log->done + log->n_done * CHUNK_SIZE, c);
    }
    log->n_done++;
    start_chunk(log);
}

/* SLOTS: chunks in the file, of which the records begin in FIRST and end in LAST. */
static void put_file_header(const ew_log *log, uint8_t *f, size_t first, size_t last, size_t slots)
{
    bool stale = log->options.dirty && slots > 1;
    memcpy(f, "ElfFile", 8);
    store(f + 8, first, 8);
    store(f + 16, stale ? 0 : last, 8);
    store(f + 24, stale ? 2 : log->next_number, 8);
    store(f + 32, 128, 4);
    store(f + 36, log->options.minor ? (uint64_t)log->options.minor : 1, 2);
    store(f + 38, 3, 2);
    store(f + 40, FILE_HEADER, 2);
    store(f + 42, stale ? 1 : slots, 2);
    store(f + 120, (log->options.dirty ? 1u : 0u) | (log->options.no_crc ? 4u : 0u), 4);
    store(f + 124, ew_crc32(f, 120, 0), 4);
}

static void begin_stream(ew_log *log)
{
    static const uint8_t no_header[FILE_HEADER];
    const ew_options *o = &log->options;
    if (o->exported || o->max_chunks || o->dirty || o->spare_chunks)
        fail("%s: a streamed log cannot look back", o->path);
    log->stream = fopen(o->path, "wb");
    if (!log->stream)
        fail("cannot write %s", o->path);
    write_all(log->stream, o->path, no_header, sizeof no_header);
}

static void end_stream(ew_log *log)
{
    uint8_t header[FILE_HEADER] = { 0 };
    finish_chunk(log);
    if (log->n_done == 0)
        fail("%s: a streamed log without records", log->options.path);
    put_file_header(log, header, 0, log->n_done - 1, log->n_done);
    rewind(log->stream);
    write_all(log->stream, log->options.path, header, sizeof header);
    if (fclose(log->stream) != 0)
        fail("cannot write %s", log->options.path);
}

ew_log *ew_open(const ew_options *options)
{
    ew_log *log = need(calloc(1, sizeof *log));
    if (options)
        log->options = *options;
    log->next_id = log->options.first_id ? log->options.first_id : 1;
    log->next_number = 1;
    log->current = need(calloc(1, sizeof *log->current));
    start_chunk(log);
    if (log->options.path)
        begin_stream(log);
    return log;
}

static bool try_append(ew_log *log, const ew_event *ev, uint64_t id, uint64_t number)
{
    chunk *c = log->current;
    encoder *e = &log->encoder;
    uint8_t tables[384];
    size_t start = c->pos, names = c->n_names, templates = c->n_templates;
    memcpy(tables, c->bytes + 128, sizeof tables);
    e->c = c;
    e->in_definition = false;
    e->n_pool = 0;
    put(e, 0x2a2a, 4);
    put(e, 0, 4);
    put(e, log->options.exported ? number : id, 8);
    put(e, log->options.exported ? 0 : ev->time, 8);
    put_record(e, ev, id);
    size_t size = (c->pos - start + 4 + 7) / 8 * 8;
    if (start + size > CHUNK_SIZE) {
        memset(c->bytes + start, 0, sizeof c->bytes - start);
        memcpy(c->bytes + 128, tables, sizeof tables);
        c->pos = start;
        c->n_names = names;
        c->n_templates = templates;
        return false;
    }
    store(c->bytes + start + 4, size, 4);
    c->pos = start + size;
    store(c->bytes + c->pos - 4, size, 4);
    /* Exports carry the time of the next record in the header of each. */
    if (log->options.exported && log->has_last) {
        uint8_t *b = log->last_in_current ? c->bytes : log->done + log->last_chunk * CHUNK_SIZE;
        store(b + log->last_pos + 16, ev->time, 8);
        if (!log->last_in_current) {
            uint32_t end = load32(b + 48);
            store(b + 52, ew_crc32(b + CHUNK_HEADER, end - CHUNK_HEADER, 0), 4);
            store(b + 124, ew_crc32(b + 128, 384, ew_crc32(b, 120, 0)), 4);
        }
    }
    log->has_last = log->last_in_current = true;
    log->last_pos = start;
    if (c->n_records++ == 0) {
        c->first_number = number;
        c->first_id = log->options.exported ? number : id;
    }
    c->last_number = number;
    c->last_id = log->options.exported ? number : id;
    c->last_record = start;
    return true;
}

uint64_t ew_append(ew_log *log, const ew_event *event)
{
    uint64_t id = log->next_id++, number = log->next_number++;
    chunk *c = log->current;
    bool full = log->options.chunk_records && c->n_records >= log->options.chunk_records;
    if (full || !try_append(log, event, id, number)) {
        log->last_in_current = false;
        log->last_chunk = log->n_done;
        finish_chunk(log);
        if (!try_append(log, event, id, number))
            fail("a record that does not fit a chunk");
    }
    return id;
}

void ew_skip_ids(ew_log *log, uint64_t n)
{
    log->next_id += n;
    log->next_number += n;
}

uint64_t ew_size(const ew_log *log)
{
    return FILE_HEADER + (uint64_t)log->n_done * CHUNK_SIZE;
}

uint8_t *ew_bytes(ew_log *log, size_t *n)
{
    if (log->file) {
        *n = log->n_file;
        return log->file;
    }
    finish_chunk(log);
    size_t kept = log->n_done, first = 0;
    if (log->options.max_chunks && kept > log->options.max_chunks) {
        first = kept - log->options.max_chunks;
        kept = log->options.max_chunks;
    }
    size_t slots = kept ? kept : 1; /* an empty log has one empty chunk */
    log->n_file = FILE_HEADER + (slots + log->options.spare_chunks) * CHUNK_SIZE;
    uint8_t *f = log->file = need(calloc(1, log->n_file));
    for (size_t i = 0; i < kept; i++) {
        size_t slot = first ? (first + i) % kept : i;
        memcpy(f + FILE_HEADER + slot * CHUNK_SIZE, log->done + (first + i) * CHUNK_SIZE, CHUNK_SIZE);
    }
    if (kept == 0) {
        chunk *c = log->current;
        c->first_number = c->first_id = 1;
        c->last_number = c->last_id = UINT64_MAX;
        c->last_record = 0;
        memcpy(f + FILE_HEADER, c->bytes, CHUNK_SIZE);
        seal_chunk(log, f + FILE_HEADER, c);
    }
    put_file_header(log, f, first % slots, kept ? (first + kept - 1) % slots : 0, slots);
    *n = log->n_file;
    return f;
}

void ew_save(const char *path, const uint8_t *bytes, size_t n)
{
    FILE *f = fopen(path, "wb");
    if (!f)
        fail("cannot write %s", path);
    if (fwrite(bytes, 1, n, f) != n || fclose(f) != 0)
        fail("cannot write %s", path);
}

void ew_close(ew_log *log)
{
    if (!log)
        return;
    if (log->stream)
        end_stream(log);
    free(log->current);
    free(log->done);
    free(log->file);
    free(log);
}
