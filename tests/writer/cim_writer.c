#include "writer/cim_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"

#define PAGE 8192u
#define MAX_CLASSES 32u
#define MAX_FIELDS 32u
#define MAX_RECORDS 96u
#define MAX_DEPTH 8u
#define SYSTEM_SPACE "__SystemClass"

enum {
    CIM_STRING = 8,
    CIM_BOOL = 0x0b,
    CIM_UINT8 = 0x11,
    CIM_UINT16 = 0x12,
    CIM_UINT32 = 0x13,
    CIM_UINT64 = 0x15,
    CIM_REFERENCE = 0x66,
    CIM_ARRAY = 0x2000
};

typedef struct property {
    char name[48];
    unsigned type, width;
    bool key;
    unsigned level; /* of the class that declares it, 0 is the top */
} property;

typedef struct class_entry {
    char space[64], name[64];
    const struct class_entry *parent;
    property own[MAX_FIELDS];
    unsigned n_own;
    uint64_t written;
} class_entry;

typedef struct record {
    char key[512]; /* without the place */
    pack bytes;
    bool stale;
    unsigned page, id;
} record;

struct cimw_writer {
    bool xp;
    class_entry classes[MAX_CLASSES];
    unsigned n_classes;
    record records[MAX_RECORDS];
    unsigned n_records;
};

static _Noreturn void fail(const char *what, const char *name)
{
    fprintf(stderr, "writer: repository: %s %s\n", what, name);
    exit(3);
}

cimw_writer *cimw_create(void)
{
    cimw_writer *w = calloc(1, sizeof *w);
    if (!w)
        fail("out of memory", "");
    return w;
}

void cimw_xp(cimw_writer *w)
{
    w->xp = true;
}

void cimw_destroy(cimw_writer *w)
{
    if (!w)
        return;
    for (unsigned i = 0; i < w->n_records; i++)
        pack_free(&w->records[i].bytes);
    free(w);
}

/* Upper-case hexadecimal hash of the upper-case name in UTF-16: SHA-256, of XP MD5. */
static void name_hash(const cimw_writer *w, const char *name, char out[65])
{
    pack units = {0};
    for (const char *p = name; *p; p++)
        pack_int(&units, (uint8_t)(*p >= 'a' && *p <= 'z' ? *p - 32 : *p), 2);
    dr_hash_hex(w->xp ? DR_HASH_MD5 : DR_HASH_SHA256, (dr_bytes){.p = units.p, .n = units.n}, out);
    pack_free(&units);
    for (char *p = out; *p; p++)
        if (*p >= 'a' && *p <= 'f')
            *p = (char)(*p - 32);
}

static record *new_record(cimw_writer *w, const char *space, const char *kind, const char *name, const char *child_kind,
                          const char *child)
{
    char a[65], b[65], c[65];
    if (w->n_records == MAX_RECORDS)
        fail("too many records", name);
    record *r = &w->records[w->n_records++];
    name_hash(w, space, a);
    name_hash(w, name, b);
    if (child) {
        name_hash(w, child, c);
        snprintf(r->key, sizeof r->key, "NS_%s\\%s_%s\\%s_%s", a, kind, b, child_kind, c);
    } else {
        snprintf(r->key, sizeof r->key, "NS_%s\\%s_%s", a, kind, b);
    }
    return r;
}

static const class_entry *find_class(const cimw_writer *w, const char *space, const char *name)
{
    for (unsigned i = 0; i < w->n_classes; i++)
        if (strcmp(w->classes[i].name, name) == 0 &&
            (strcmp(w->classes[i].space, space) == 0 || strcmp(w->classes[i].space, SYSTEM_SPACE) == 0))
            return &w->classes[i];
    fail("no class", name);
}

/* Properties of a class with those of its parents, from the top down. */
static unsigned all_properties(const class_entry *c, const property *out[4 * MAX_FIELDS])
{
    const class_entry *chain[MAX_DEPTH];
    unsigned depth = 0, n = 0;
    for (; c; c = c->parent) {
        if (depth == MAX_DEPTH)
            fail("classes too deep", c->name);
        chain[depth++] = c;
    }
    while (depth--)
        for (unsigned i = 0; i < chain[depth]->n_own; i++)
            out[n++] = &chain[depth]->own[i];
    return n;
}

static unsigned level_of(const class_entry *c)
{
    unsigned level = 0;
    for (; c->parent; c = c->parent)
        level++;
    return level;
}

static uint32_t heap_text(pack *heap, const char *text)
{
    uint32_t at = (uint32_t)heap->n;
    bool wide = pack_units(text) != strlen(text);
    pack_int(heap, wide, 1);
    if (wide)
        pack_utf16(heap, text, 1);
    else
        pack_bytes(heap, text, strlen(text) + 1);
    return at;
}

static void split_fields(class_entry *c, const char *text)
{
    static const struct {
        const char *name;
        unsigned type, width;
    } types[] = {{"string", CIM_STRING, 4},   {"ref", CIM_REFERENCE, 4}, {"bool", CIM_BOOL, 2},
                 {"uint8[]", CIM_UINT8 | CIM_ARRAY, 4}, {"uint16", CIM_UINT16, 2}, {"uint32", CIM_UINT32, 4},
                 {"uint64", CIM_UINT64, 8}};
    while (*text) {
        property *p = &c->own[c->n_own++];
        size_t name = strcspn(text, ":"), all = strcspn(text, "|");
        char type[32];
        if (c->n_own > MAX_FIELDS || name >= all || name >= sizeof p->name || all - name > sizeof type)
            fail("bad fields", text);
        memcpy(p->name, text, name);
        p->name[name] = 0;
        memcpy(type, text + name + 1, all - name - 1);
        type[all - name - 1] = 0;
        p->key = type[strlen(type) - 1] == '*';
        if (p->key)
            type[strlen(type) - 1] = 0;
        p->level = level_of(c);
        for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
            if (strcmp(type, types[i].name) == 0) {
                p->type = types[i].type;
                p->width = types[i].width;
            }
        if (!p->type)
            fail("no such type", type);
        text += all + (text[all] == '|');
    }
}

static const char *type_text(unsigned type)
{
    switch (type & 0xffu) {
    case CIM_STRING:
        return "string";
    case CIM_BOOL:
        return "boolean";
    case CIM_UINT8:
        return "uint8";
    case CIM_UINT16:
        return "uint16";
    case CIM_UINT32:
        return "uint32";
    case CIM_UINT64:
        return "uint64";
    default:
        return "ref";
    }
}

static void put_heap(pack *out, const pack *heap)
{
    pack_int(out, heap->n | 0x80000000u, 4);
    pack_bytes(out, heap->p, heap->n);
}

void cimw_class(cimw_writer *w, const char *space, const char *name, const char *parent, const char *fields, uint64_t written)
{
    if (w->n_classes == MAX_CLASSES)
        fail("too many classes", name);
    class_entry *c = &w->classes[w->n_classes];
    *c = (class_entry){.written = written};
    snprintf(c->space, sizeof c->space, "%s", space);
    snprintf(c->name, sizeof c->name, "%s", name);
    c->parent = parent ? find_class(w, space, parent) : NULL;
    split_fields(c, fields);
    w->n_classes++;

    const property *all[4 * MAX_FIELDS];
    unsigned n = all_properties(c, all), first_own = n - c->n_own, nd = (2 * n + 7) / 8, values = 0;
    pack heap = {0}, part = {0};
    uint32_t class_ref = heap_text(&heap, name), names[MAX_FIELDS], infos[MAX_FIELDS];
    for (unsigned i = 0; i < n; i++) {
        if (i >= first_own) {
            unsigned k = i - first_own;
            names[k] = heap_text(&heap, all[i]->name);
            pack qualifiers = {0};
            uint32_t text = heap_text(&heap, type_text(all[i]->type));
            pack_int(&qualifiers, 0, 4);
            pack_int(&qualifiers, 0x8000000au, 4); /* CIMTYPE */
            pack_int(&qualifiers, 3, 1);
            pack_int(&qualifiers, CIM_STRING, 4);
            pack_int(&qualifiers, text, 4);
            if (all[i]->key) {
                pack_int(&qualifiers, 0x80000001u, 4);
                pack_int(&qualifiers, 0x13, 1);
                pack_int(&qualifiers, CIM_BOOL, 4);
                pack_int(&qualifiers, 0xffff, 2);
            }
            pack_put(&qualifiers, 0, qualifiers.n, 4);
            infos[k] = (uint32_t)heap.n;
            pack_int(&heap, all[i]->type, 4);
            pack_int(&heap, i, 2);
            pack_int(&heap, values, 4);
            pack_int(&heap, all[i]->level, 4);
            pack_bytes(&heap, qualifiers.p, qualifiers.n);
            pack_free(&qualifiers);
        }
        values += all[i]->width;
    }
    pack_int(&part, 0, 4); /* length */
    pack_int(&part, 0, 1);
    pack_int(&part, class_ref, 4);
    pack_int(&part, nd + values, 4);
    if (parent) {
        size_t text = strlen(parent) + 2;
        pack_int(&part, 4 + text + 4, 4);
        pack_int(&part, 0, 1);
        pack_bytes(&part, parent, strlen(parent) + 1);
        pack_int(&part, text, 4);
    } else {
        pack_int(&part, 4, 4);
    }
    pack_int(&part, 4, 4); /* no qualifiers of the class */
    pack_int(&part, c->n_own, 4);
    for (unsigned i = 0; i < c->n_own; i++) {
        pack_int(&part, names[i], 4);
        pack_int(&part, infos[i], 4);
    }
    size_t table = part.n;
    pack_zero(&part, nd + values);
    for (unsigned i = 0; i < n; i++) /* no default; of the parent's: inherited too */
        part.p[table + i / 4] |= (uint8_t)((i < first_own ? 3u : 1u) << 2 * (i % 4));
    put_heap(&part, &heap);
    pack_put(&part, 0, part.n, 4);

    record *r = new_record(w, space, "CD", name, NULL, NULL);
    pack_int(&r->bytes, parent ? pack_units(parent) : 0, 4);
    pack_utf16(&r->bytes, parent ? parent : "", 0);
    pack_int(&r->bytes, written, 8);
    pack_bytes(&r->bytes, part.p, part.n);
    pack_int(&r->bytes, 12, 4); /* no methods */
    pack_int(&r->bytes, 0, 4);
    pack_int(&r->bytes, 0x80000000u, 4);
    pack_free(&part);
    pack_free(&heap);
}

static const char *value_of(const char *const *values, const char *name)
{
    size_t n = strlen(name);
    for (; *values; values++)
        if (strncmp(*values, name, n) == 0 && (*values)[n] == '=')
            return *values + n + 1;
    return NULL;
}

void cimw_instance(cimw_writer *w, const char *space, const char *name, uint64_t written, bool stale, const char *const *values)
{
    const class_entry *c = find_class(w, space, name);
    const property *all[4 * MAX_FIELDS];
    unsigned n = all_properties(c, all), nd = (2 * n + 7) / 8;
    pack heap = {0}, slots = {0}, block = {0};
    uint8_t table[MAX_FIELDS] = {0};
    char key[512] = "";
    heap_text(&heap, name);
    for (unsigned i = 0; i < n; i++) {
        const char *text = value_of(values, all[i]->name);
        if (text && all[i]->key)
            snprintf(key + strlen(key), sizeof key - strlen(key), "%s%s", *key ? "," : "", text);
        if (!text) {
            table[i / 4] |= (uint8_t)(1u << 2 * (i % 4));
            pack_zero(&slots, all[i]->width);
            continue;
        }
        switch (all[i]->type) {
        case CIM_STRING:
        case CIM_REFERENCE:
            pack_int(&slots, heap_text(&heap, text), 4);
            break;
        case CIM_UINT8 | CIM_ARRAY: {
            pack sid = {0};
            pack_sid(&sid, text);
            pack_int(&slots, heap.n, 4);
            pack_int(&heap, sid.n, 4);
            pack_bytes(&heap, sid.p, sid.n);
            pack_free(&sid);
            break;
        }
        case CIM_BOOL:
            pack_int(&slots, strcmp(text, "true") == 0 ? 0xffff : 0, 2);
            break;
        default:
            pack_int(&slots, strtoull(text, NULL, 0), all[i]->width);
        }
    }
    pack_int(&block, 0, 4); /* length */
    pack_int(&block, 0, 1);
    pack_int(&block, 0, 4);
    pack_bytes(&block, table, nd);
    pack_bytes(&block, slots.p, slots.n);
    pack_int(&block, 4, 4);
    pack_int(&block, 1, 1);
    put_heap(&block, &heap);
    pack_put(&block, 0, block.n, 4);

    record *r = new_record(w, space, "CI", name, "IL", key);
    r->stale = stale;
    char hash[65];
    name_hash(w, name, hash);
    pack_utf16(&r->bytes, hash, 0);
    pack_int(&r->bytes, written, 8);
    pack_int(&r->bytes, c->written, 8);
    pack_bytes(&r->bytes, block.p, block.n);
    pack_free(&heap);
    pack_free(&slots);
    pack_free(&block);
}

void cimw_namespace(cimw_writer *w, const char *path, uint64_t written)
{
    const char *last = strrchr(path, '\\');
    if (!last)
        return; /* ROOT is not listed anywhere */
    char above[128], value[128];
    snprintf(above, sizeof above, "%.*s", (int)(last - path), path);
    snprintf(value, sizeof value, "Name=%s", last + 1);
    cimw_instance(w, above, "__NAMESPACE", written, false, (const char *const[]){value, NULL});
}

/* --- pages ------------------------------------------------------------------------------------ */

/* Puts the records of one kind into pages, filled one after the other; gives the number of pages. */
static unsigned place(cimw_writer *w, bool stale, pack *out)
{
    unsigned pages = 0;
    for (unsigned next = 0; next < w->n_records;) {
        unsigned count = 0, last = next;
        size_t size = 16;
        for (; last < w->n_records; last++) {
            const record *r = &w->records[last];
            if (r->stale != stale)
                continue;
            if (16 * (count + 2) + size - 16 + r->bytes.n > PAGE)
                break;
            size += r->bytes.n;
            count++;
        }
        if (count == 0) {
            if (last < w->n_records)
                fail("a record over a page", w->records[last].key);
            break;
        }
        size_t page = out->n, at = 16 * (count + 1), entry = 0;
        pack_zero(out, PAGE);
        for (unsigned i = next; i < last; i++) {
            record *r = &w->records[i];
            if (r->stale != stale)
                continue;
            r->page = pages;
            r->id = 0x3f00 + i;
            pack_put(out, page + entry, r->id, 4);
            pack_put(out, page + entry + 4, at, 4);
            pack_put(out, page + entry + 8, r->bytes.n, 4);
            memcpy(out->p + page + at, r->bytes.p, r->bytes.n);
            at += r->bytes.n;
            entry += 16;
        }
        pages++;
        next = last;
    }
    return pages;
}

/* One node of the index: the keys first..last-1 of a sorted list. */
static void put_node(pack *out, unsigned own, unsigned root, const char *const *keys, unsigned first, unsigned last,
                     const unsigned *children)
{
    size_t start = out->n;
    unsigned n = last - first, n_parts = 0;
    char parts[128][160];
    pack definitions = {0};
    uint32_t at_of[64];
    if (n > 64)
        fail("too many keys in a node", "");
    for (unsigned i = 0; i < n; i++) {
        at_of[i] = (uint32_t)(definitions.n / 2);
        size_t count_at = definitions.n;
        unsigned count = 0;
        pack_int(&definitions, 0, 2);
        for (const char *p = keys[first + i]; *p; count++) {
            size_t length = strcspn(p, "\\");
            unsigned k = 0;
            while (k < n_parts && !(strlen(parts[k]) == length && strncmp(parts[k], p, length) == 0))
                k++;
            if (k == n_parts) {
                if (n_parts == 128 || length >= sizeof parts[0])
                    fail("too many parts of keys", p);
                memcpy(parts[k], p, length);
                parts[k][length] = 0;
                n_parts++;
            }
            pack_int(&definitions, k, 2);
            p += length + (p[length] == '\\');
        }
        pack_put(&definitions, count_at, count, 2);
    }
    pack_int(out, 0xaccc, 4);
    pack_int(out, own, 4);
    pack_int(out, 0, 4);
    pack_int(out, root, 4);
    pack_int(out, n, 4);
    pack_zero(out, 4 * (size_t)n);
    for (unsigned i = 0; i <= n; i++)
        pack_int(out, children ? children[i] : 0, 4);
    for (unsigned i = 0; i < n; i++)
        pack_int(out, at_of[i], 2);
    pack_int(out, definitions.n / 2, 2);
    pack_bytes(out, definitions.p, definitions.n);
    pack_free(&definitions);
    pack_int(out, n_parts, 2);
    size_t text_n = 0;
    for (unsigned k = 0; k < n_parts; k++) {
        pack_int(out, text_n, 2);
        text_n += strlen(parts[k]) + 1;
    }
    pack_int(out, text_n, 2);
    for (unsigned k = 0; k < n_parts; k++)
        pack_bytes(out, parts[k], strlen(parts[k]) + 1);
    if (out->n - start > PAGE)
        fail("a node over a page", "");
    pack_zero(out, PAGE - (out->n - start));
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void put_table(pack *out, bool xp, uint32_t version, uint32_t checkpoint, unsigned physical, unsigned logical, unsigned root)
{
    pack_int(out, 0xabcd, 4);
    pack_int(out, version, 4);
    if (!xp) {
        pack_int(out, checkpoint, 4);
        pack_int(out, checkpoint - 1, 4);
    }
    pack_int(out, physical, 4);
    pack_int(out, logical, 4);
    for (unsigned i = 0; i < logical; i++) {
        pack_int(out, i, 4);
        if (xp)
            continue;
        pack_int(out, 0, 4);
        pack_int(out, 0x91, 4);
        pack_int(out, i == 0 ? root : 0, 4);
        pack_int(out, checkpoint, 4);
        pack_int(out, checkpoint - 1, 4);
    }
    pack_int(out, physical - logical, 4);
    for (unsigned i = logical; i < physical; i++)
        pack_int(out, i, 4);
    pack_int(out, 0xdcba, 4);
}

cimw_files cimw_build(cimw_writer *w)
{
    cimw_files f = {0};
    unsigned live = place(w, false, &f.objects), stale = place(w, true, &f.objects);
    char *texts = calloc(w->n_records, 600);
    const char **keys = calloc(w->n_records, sizeof *keys);
    if (!texts || !keys)
        fail("out of memory", "");
    unsigned n = 0;
    for (unsigned i = 0; i < w->n_records; i++) {
        const record *r = &w->records[i];
        if (r->stale)
            continue;
        char *text = texts + (size_t)n * 600;
        snprintf(text, 600, "%s.%u.%u.%zu", r->key, r->page, r->id, r->bytes.n);
        keys[n++] = text;
    }
    qsort(keys, n, sizeof *keys, by_text);
    /* Logical page 0 tells the root (1); the leaves hang under one key in the middle. */
    pack_zero(&f.index, PAGE);
    pack_put(&f.index, 0, 0xaddd, 4);
    pack_put(&f.index, 12, 1, 4);
    unsigned middle = n / 2;
    put_node(&f.index, 1, 1, keys, middle, middle + 1, (const unsigned[]){2, 3});
    put_node(&f.index, 2, 1, keys, 0, middle, NULL);
    put_node(&f.index, 3, 1, keys, middle + 1, n, NULL);
    for (uint32_t i = 0; i < 3; i++) { /* the first is the newest */
        put_table(&f.mapping[i], w->xp, i == 0 ? 90213 : 90210 + i, i == 0 ? 0x2cc : 0x2c9 + i, live + stale, live, 0);
        put_table(&f.mapping[i], w->xp, i == 0 ? 90213 : 90210 + i, i == 0 ? 0x2cc : 0x2c9 + i, 4, 4, 1);
        if (!w->xp)
            pack_int(&f.mapping[i], 1, 4);
    }
    free(keys);
    free(texts);
    return f;
}

void cimw_files_free(cimw_files *f)
{
    pack_free(&f->objects);
    pack_free(&f->index);
    for (unsigned i = 0; i < 3; i++)
        pack_free(&f->mapping[i]);
}
