#include "writer/regf_writer.h"

#include "base/utf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BASE 4096u
#define PAGE 4096u
#define BIG 16344u
#define NONE 0xffffffffu

typedef struct wvalue {
    char *name;
    uint32_t type;
    uint8_t *data;
    size_t n;
    bool deleted;
    uint32_t cell, data_cell;
} wvalue;

typedef struct wkey {
    char *name;
    size_t name_n;
    regfw_key parent;
    int64_t written;
    unsigned flags;
    char *class_text;
    wvalue *values;
    size_t n_values;
    bool deleted;
    uint32_t cell, class_cell;
    regfw_key first, last, next; /* live subkeys of one build, in order of creation */
} wkey;

typedef struct witem { /* in order of creation, which is the order of the cells */
    regfw_key key;
    size_t value; /* number of the key's value plus 1; 0: the key itself */
} witem;

struct regf_writer {
    wkey *keys;
    size_t n_keys;
    witem *order;
    size_t n_order;
    unsigned minor;
    char file_name[64];
    int64_t written;
    uint32_t sequence;
    char sid[200];
    char list_kind;
    unsigned list_split;
    /* one build */
    uint8_t *bins;
    size_t bins_n, bins_cap;
    size_t bin_end, pos;
};

static void *more(void *p, size_t n)
{
    p = realloc(p, n ? n : 1);
    if (!p) {
        fprintf(stderr, "regf_writer: out of memory\n");
        abort();
    }
    return p;
}

static char *copy(const char *p, size_t n)
{
    char *c = more(NULL, n + 1);
    memcpy(c, p, n);
    c[n] = '\0';
    return c;
}

static void put16(uint8_t *p, size_t at, unsigned v)
{
    p[at] = (uint8_t)v;
    p[at + 1] = (uint8_t)(v >> 8);
}

static void put32(uint8_t *p, size_t at, uint32_t v)
{
    put16(p, at, v & 0xffff);
    put16(p, at + 2, v >> 16);
}

static void put64(uint8_t *p, size_t at, uint64_t v)
{
    put32(p, at, (uint32_t)v);
    put32(p, at + 4, (uint32_t)(v >> 32));
}

static uint32_t get32(const uint8_t *p, size_t at)
{
    return (uint32_t)p[at] | (uint32_t)p[at + 1] << 8 | (uint32_t)p[at + 2] << 16 | (uint32_t)p[at + 3] << 24;
}

static size_t wide(const char *text, size_t n, uint8_t *out) /* out: room for 4 * n bytes; NULL counts */
{
    size_t units = 0, pos = 0;
    while (pos < n) {
        uint32_t code = dr_wtf8_next((dr_str){ text, n }, &pos);
        if (code >= 0x10000) {
            if (out) {
                put16(out, units * 2, 0xd800 + ((code - 0x10000) >> 10));
                put16(out, units * 2 + 2, 0xdc00 + ((code - 0x10000) & 0x3ff));
            }
            units += 2;
        } else {
            if (out)
                put16(out, units * 2, code);
            units++;
        }
    }
    return units * 2;
}

/* A name as it is stored: Latin-1 where that is possible. */
static size_t stored_name(const char *name, size_t n, bool *latin1, uint8_t *out)
{
    *latin1 = true;
    size_t count = 0;
    for (size_t pos = 0; pos < n; count++)
        if (dr_wtf8_next((dr_str){ name, n }, &pos) > 0xff)
            *latin1 = false;
    if (!*latin1)
        return wide(name, n, out);
    if (out)
        for (size_t pos = 0, i = 0; pos < n; i++)
            out[i] = (uint8_t)dr_wtf8_next((dr_str){ name, n }, &pos);
    return count;
}

static void note(regf_writer *w, regfw_key key, size_t value)
{
    w->order = more(w->order, (w->n_order + 1) * sizeof *w->order);
    w->order[w->n_order++] = (witem){ key, value };
}

regf_writer *regfw_create(const char *root_name, unsigned minor)
{
    regf_writer *w = more(NULL, sizeof *w);
    *w = (regf_writer){ .minor = minor, .sequence = 1, .list_kind = minor >= 5 ? 'h' : 'f', .list_split = 512 };
    w->keys = more(NULL, sizeof *w->keys);
    w->keys[0] = (wkey){ .name = copy(root_name, strlen(root_name)), .name_n = strlen(root_name), .flags = 0x0c };
    w->n_keys = 1;
    note(w, 0, 0);
    return w;
}

void regfw_destroy(regf_writer *w)
{
    if (!w)
        return;
    for (size_t i = 0; i < w->n_keys; i++) {
        for (size_t k = 0; k < w->keys[i].n_values; k++) {
            free(w->keys[i].values[k].name);
            free(w->keys[i].values[k].data);
        }
        free(w->keys[i].values);
        free(w->keys[i].name);
        free(w->keys[i].class_text);
    }
    free(w->keys);
    free(w->order);
    free(w);
}

void regfw_base(regf_writer *w, const char *file_name, int64_t written, uint32_t sequence)
{
    snprintf(w->file_name, sizeof w->file_name, "%s", file_name);
    w->written = written;
    w->sequence = sequence;
}

void regfw_security(regf_writer *w, const char *sid)
{
    snprintf(w->sid, sizeof w->sid, "%s", sid);
}

void regfw_lists(regf_writer *w, char kind, unsigned split)
{
    w->list_kind = kind;
    w->list_split = split;
}

regfw_key regfw_child(regf_writer *w, regfw_key parent, const char *name, size_t n, int64_t written)
{
    w->keys = more(w->keys, (w->n_keys + 1) * sizeof *w->keys);
    w->keys[w->n_keys] = (wkey){ .name = copy(name, n), .name_n = n, .parent = parent, .written = written };
    note(w, (regfw_key)w->n_keys, 0);
    return (regfw_key)w->n_keys++;
}

regfw_key regfw_key_at(regf_writer *w, const char *path, int64_t written)
{
    regfw_key at = 0;
    dr_str rest = dr_str_of(path), part;
    while (rest.n > 0 && dr_str_split(&rest, '\\', &part)) {
        regfw_key found = 0;
        for (size_t i = 1; i < w->n_keys && !found; i++)
            if (w->keys[i].parent == at && !w->keys[i].deleted &&
                dr_str_eq_fold((dr_str){ w->keys[i].name, w->keys[i].name_n }, part))
                found = (regfw_key)i;
        at = found ? found : regfw_child(w, at, part.p, part.n, written);
    }
    w->keys[at].written = written;
    return at;
}

void regfw_class(regf_writer *w, regfw_key key, const char *text)
{
    free(w->keys[key].class_text);
    w->keys[key].class_text = copy(text, strlen(text));
}

void regfw_key_flags(regf_writer *w, regfw_key key, unsigned flags)
{
    w->keys[key].flags |= flags;
}

void regfw_value(regf_writer *w, regfw_key key, const char *name, uint32_t type, const void *data, size_t n)
{
    wkey *k = &w->keys[key];
    wvalue *v = NULL;
    for (size_t i = 0; i < k->n_values && !v; i++)
        if (!k->values[i].deleted && dr_str_eq_fold(dr_str_of(k->values[i].name), dr_str_of(name)))
            v = &k->values[i];
    if (!v) {
        k->values = more(k->values, (k->n_values + 1) * sizeof *k->values);
        v = &k->values[k->n_values++];
        *v = (wvalue){ .name = copy(name, strlen(name)) };
        note(w, key, k->n_values);
    }
    free(v->data);
    v->type = type;
    v->data = more(NULL, n);
    if (n)
        memcpy(v->data, data, n);
    v->n = n;
}

static void text_value(regf_writer *w, regfw_key key, const char *name, uint32_t type, const char *text)
{
    size_t n = strlen(text);
    uint8_t *p = more(NULL, n * 4 + 2);
    size_t bytes = wide(text, n, p);
    put16(p, bytes, 0);
    regfw_value(w, key, name, type, p, bytes + 2);
    free(p);
}

void regfw_sz(regf_writer *w, regfw_key key, const char *name, const char *text)
{
    text_value(w, key, name, 1, text);
}

void regfw_expand(regf_writer *w, regfw_key key, const char *name, const char *text)
{
    text_value(w, key, name, 2, text);
}

void regfw_dword(regf_writer *w, regfw_key key, const char *name, uint32_t number)
{
    uint8_t p[4];
    put32(p, 0, number);
    regfw_value(w, key, name, 4, p, 4);
}

void regfw_qword(regf_writer *w, regfw_key key, const char *name, uint64_t number)
{
    uint8_t p[8];
    put64(p, 0, number);
    regfw_value(w, key, name, 11, p, 8);
}

void regfw_multi(regf_writer *w, regfw_key key, const char *name, const char *const *texts)
{
    uint8_t *p = NULL;
    size_t n = 0;
    for (; *texts; texts++) {
        p = more(p, n + strlen(*texts) * 4 + 4);
        n += wide(*texts, strlen(*texts), p + n);
        put16(p, n, 0);
        n += 2;
    }
    p = more(p, n + 2);
    put16(p, n, 0);
    regfw_value(w, key, name, 7, p, n + 2);
    free(p);
}

void regfw_delete_key(regf_writer *w, regfw_key key)
{
    w->keys[key].deleted = true;
    for (size_t i = 1; i < w->n_keys; i++) /* children come after their parent */
        if (w->keys[w->keys[i].parent].deleted)
            w->keys[i].deleted = true;
}

void regfw_delete_value(regf_writer *w, regfw_key key, const char *name)
{
    for (size_t i = 0; i < w->keys[key].n_values; i++)
        if (dr_str_eq_fold(dr_str_of(w->keys[key].values[i].name), dr_str_of(name)))
            w->keys[key].values[i].deleted = true;
}

/* One cell of BODY bytes; its size is written, negative unless FREED. */
static uint32_t cell(regf_writer *w, size_t body, bool freed)
{
    size_t n = w->minor <= 1 ? (body + 8 + 15) & ~(size_t)15 : (body + 4 + 7) & ~(size_t)7;
    if (w->pos + n > w->bin_end) {
        if (w->bin_end > w->pos) /* the rest of the bin is one free cell */
            put32(w->bins, w->pos, (uint32_t)(w->bin_end - w->pos));
        size_t bin = (n + 32 + PAGE - 1) / PAGE * PAGE;
        if (w->bins_n + bin > w->bins_cap) {
            w->bins_cap = (w->bins_n + bin) * 2;
            w->bins = more(w->bins, w->bins_cap);
        }
        memset(w->bins + w->bins_n, 0, bin);
        memcpy(w->bins + w->bins_n, "hbin", 4);
        put32(w->bins, w->bins_n + 4, (uint32_t)w->bins_n);
        put32(w->bins, w->bins_n + 8, (uint32_t)bin);
        if (w->bins_n == 0)
            put64(w->bins, 20, (uint64_t)w->written);
        w->pos = w->bins_n + 32;
        w->bins_n += bin;
        w->bin_end = w->bins_n;
    }
    uint32_t off = (uint32_t)w->pos;
    put32(w->bins, w->pos, freed ? (uint32_t)n : 0u - (uint32_t)n);
    w->pos += n;
    return off;
}

static uint8_t *body(regf_writer *w, uint32_t off)
{
    return w->bins + off + (w->minor <= 1 ? 8 : 4); /* the first versions: size and previous cell */
}

static uint32_t put_security(regf_writer *w)
{
    uint8_t sid[72] = { 1, 0 };
    size_t sid_n = 8;
    const char *p = w->sid[0] ? w->sid : "S-1-5-18";
    p += 4; /* "S-1-" */
    unsigned long authority = strtoul(p, NULL, 10);
    sid[7] = (uint8_t)authority;
    for (p = strchr(p, '-'); p && sid_n < sizeof sid - 4; p = strchr(p + 1, '-')) {
        put32(sid, sid_n, (uint32_t)strtoul(p + 1, NULL, 10));
        sid[1]++;
        sid_n += 4;
    }
    static const uint8_t admins[16] = { 1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 0x20, 2, 0, 0 };
    size_t acl_n = 8 + 8 + sid_n;
    size_t sd_n = 20 + acl_n + 16;
    uint32_t off = cell(w, 20 + sd_n, false);
    uint8_t *b = body(w, off);
    memcpy(b, "sk", 2);
    put32(b, 4, off);
    put32(b, 8, off);
    put32(b, 12, (uint32_t)w->n_keys);
    put32(b, 16, (uint32_t)sd_n);
    uint8_t *sd = b + 20;
    sd[0] = 1;
    put16(sd, 2, 0x8004);
    put32(sd, 4, (uint32_t)(20 + acl_n)); /* owner */
    put32(sd, 16, 20);                    /* access list */
    sd[20] = 2;
    put16(sd, 22, (unsigned)acl_n);
    put16(sd, 24, 1);
    put16(sd, 30, (unsigned)(8 + sid_n));
    put32(sd, 32, 0xf003f);
    memcpy(sd + 36, sid, sid_n);
    memcpy(sd + 20 + acl_n, admins, 16);
    return off;
}

static void put_data(regf_writer *w, wvalue *v)
{
    v->data_cell = NONE;
    if (v->n <= 4)
        return;
    if (w->minor < 4 || v->n <= BIG) {
        v->data_cell = cell(w, v->n, v->deleted);
        memcpy(body(w, v->data_cell), v->data, v->n);
        return;
    }
    size_t segments = (v->n + BIG - 1) / BIG;
    v->data_cell = cell(w, 8, v->deleted);
    uint32_t list = cell(w, segments * 4, v->deleted);
    memcpy(body(w, v->data_cell), "db", 2);
    put16(body(w, v->data_cell), 2, (unsigned)segments);
    put32(body(w, v->data_cell), 4, list);
    for (size_t i = 0; i < segments; i++) {
        size_t n = v->n - i * BIG < BIG ? v->n - i * BIG : BIG;
        uint32_t segment = cell(w, BIG + 4, v->deleted);
        memcpy(body(w, segment), v->data + i * BIG, n);
        put32(body(w, list), i * 4, segment);
    }
}

static void put_value(regf_writer *w, wvalue *v, bool key_deleted)
{
    bool latin1;
    bool kept = v->deleted;
    v->deleted = v->deleted || key_deleted;
    size_t name = stored_name(v->name, strlen(v->name), &latin1, NULL);
    v->cell = cell(w, 20 + name, v->deleted);
    put_data(w, v);
    v->deleted = kept;
    uint8_t *b = body(w, v->cell);
    memcpy(b, "vk", 2);
    put16(b, 2, (unsigned)name);
    put32(b, 4, (uint32_t)v->n | (v->n <= 4 ? 0x80000000u : 0));
    if (v->n <= 4)
        memcpy(b + 8, v->data, v->n);
    else
        put32(b, 8, v->data_cell);
    put32(b, 12, v->type);
    put16(b, 16, latin1 ? 1 : 0);
    (void)stored_name(v->name, strlen(v->name), &latin1, b + 20);
}

static int fold_cmp(const wkey *a, const wkey *b)
{
    return dr_str_cmp_fold((dr_str){ a->name, a->name_n }, (dr_str){ b->name, b->name_n });
}

static uint32_t name_hash(const wkey *k)
{
    uint32_t hash = 0;
    for (size_t pos = 0; pos < k->name_n;)
        hash = hash * 37 + dr_fold_code(dr_wtf8_next((dr_str){ k->name, k->name_n }, &pos));
    return hash;
}

static uint32_t put_list(regf_writer *w, const regfw_key *subs, size_t n)
{
    size_t stride = w->list_kind == 'i' ? 4 : 8;
    uint32_t off = cell(w, 4 + n * stride, false);
    uint8_t *b = body(w, off);
    b[0] = 'l';
    b[1] = (uint8_t)w->list_kind;
    put16(b, 2, (unsigned)n);
    for (size_t i = 0; i < n; i++) {
        const wkey *k = &w->keys[subs[i]];
        put32(b, 4 + i * stride, k->cell);
        if (w->list_kind == 'h')
            put32(b, 8 + i * stride, name_hash(k));
        else if (w->list_kind == 'f')
            memcpy(b + 8 + i * stride, k->name, k->name_n < 4 ? k->name_n : 4);
    }
    return off;
}

static void put_subkeys(regf_writer *w, regfw_key key)
{
    regfw_key *subs = NULL;
    size_t n = 0;
    for (regfw_key i = w->keys[key].first; i; i = w->keys[i].next) {
        if ((n & (n - 1)) == 0)
            subs = more(subs, (n ? n * 2 : 1) * sizeof *subs);
        size_t at = n++;
        for (; at > 0 && fold_cmp(&w->keys[i], &w->keys[subs[at - 1]]) < 0; at--)
            subs[at] = subs[at - 1];
        subs[at] = i;
    }
    uint32_t list = NONE;
    if (n > w->list_split) {
        size_t lists = (n + w->list_split - 1) / w->list_split;
        uint32_t *offs = more(NULL, lists * sizeof *offs);
        for (size_t i = 0; i < lists; i++) {
            size_t from = i * w->list_split;
            offs[i] = put_list(w, subs + from, n - from < w->list_split ? n - from : w->list_split);
        }
        list = cell(w, 4 + lists * 4, false);
        memcpy(body(w, list), "ri", 2);
        put16(body(w, list), 2, (unsigned)lists);
        for (size_t i = 0; i < lists; i++)
            put32(body(w, list), 4 + i * 4, offs[i]);
        free(offs);
    } else if (n > 0) {
        list = put_list(w, subs, n);
    }
    put32(body(w, w->keys[key].cell), 20, (uint32_t)n);
    put32(body(w, w->keys[key].cell), 28, list);
    free(subs);
}

static void put_key(regf_writer *w, regfw_key key)
{
    wkey *k = &w->keys[key];
    bool latin1;
    size_t name = stored_name(k->name, k->name_n, &latin1, NULL);
    k->cell = cell(w, 76 + name, k->deleted);
    k->class_cell = NONE;
    size_t class_n = 0;
    if (k->class_text) {
        class_n = wide(k->class_text, strlen(k->class_text), NULL);
        k->class_cell = cell(w, class_n, k->deleted);
        (void)wide(k->class_text, strlen(k->class_text), body(w, k->class_cell));
    }
    uint8_t *b = body(w, k->cell);
    memcpy(b, "nk", 2);
    put16(b, 2, k->flags | (latin1 ? 0x20 : 0));
    put64(b, 4, (uint64_t)k->written);
    put32(b, 16, key ? w->keys[k->parent].cell : NONE);
    put32(b, 28, NONE);
    put32(b, 32, NONE);
    put32(b, 40, NONE);
    put32(b, 48, k->class_cell);
    put16(b, 72, (unsigned)name);
    put16(b, 74, (unsigned)class_n);
    (void)stored_name(k->name, k->name_n, &latin1, b + 76);
}

static void put_value_list(regf_writer *w, regfw_key key)
{
    wkey *k = &w->keys[key];
    if (k->n_values == 0)
        return;
    uint32_t list = cell(w, k->n_values * 4, k->deleted);
    size_t at = 0, live = 0;
    for (unsigned pass = 0; pass < 2; pass++) /* what was deleted stands behind the last entry */
        for (size_t i = 0; i < k->n_values; i++)
            if (k->values[i].deleted == (pass == 1)) {
                put32(body(w, list), at++ * 4, k->values[i].cell);
                live += pass == 0;
            }
    put32(body(w, k->cell), 36, (uint32_t)live);
    put32(body(w, k->cell), 40, list);
}

static uint32_t checksum(const uint8_t *p)
{
    uint32_t x = 0;
    for (size_t i = 0; i < 127; i++)
        x ^= get32(p, i * 4);
    return x == NONE ? NONE - 1 : x == 0 ? 1 : x;
}

static void put_base(uint8_t *p, const regf_writer *w, unsigned type)
{
    memset(p, 0, BASE);
    memcpy(p, "regf", 4);
    put32(p, 4, w->sequence);
    put32(p, 8, w->sequence);
    put64(p, 12, (uint64_t)w->written);
    put32(p, 20, 1);
    put32(p, 24, w->minor);
    put32(p, 28, type);
    put32(p, 32, 1);
    put32(p, 36, w->keys[0].cell);
    put32(p, 40, (uint32_t)w->bins_n);
    put32(p, 44, 1);
    size_t n = strlen(w->file_name);
    uint8_t name[64 * 4];
    size_t bytes = wide(w->file_name, n, name);
    memcpy(p + 48, name, bytes < 62 ? bytes : 62);
    put32(p, 508, checksum(p));
}

static void link_subkeys(regf_writer *w)
{
    for (size_t i = 0; i < w->n_keys; i++)
        w->keys[i].first = w->keys[i].last = w->keys[i].next = 0;
    for (regfw_key i = 1; i < w->n_keys; i++) {
        wkey *parent = &w->keys[w->keys[i].parent];
        if (w->keys[i].deleted)
            continue;
        if (parent->last)
            w->keys[parent->last].next = i;
        else
            parent->first = i;
        parent->last = i;
    }
}

regfw_bytes regfw_build(regf_writer *w)
{
    link_subkeys(w);
    w->bins = NULL;
    w->bins_n = w->bins_cap = 0;
    w->pos = w->bin_end = 0;
    uint32_t sk = NONE;
    for (size_t i = 0; i < w->n_order; i++) {
        regfw_key key = w->order[i].key;
        if (w->order[i].value == 0)
            put_key(w, key);
        else
            put_value(w, &w->keys[key].values[w->order[i].value - 1], w->keys[key].deleted);
        if (i == 0)
            sk = put_security(w);
    }
    for (size_t i = 0; i < w->n_keys; i++) {
        put_value_list(w, (regfw_key)i);
        put32(body(w, w->keys[i].cell), 44, sk);
        if (!w->keys[i].deleted)
            put_subkeys(w, (regfw_key)i);
    }
    if (w->bin_end > w->pos)
        put32(w->bins, w->pos, (uint32_t)(w->bin_end - w->pos));
    regfw_bytes out = { more(NULL, BASE + w->bins_n), BASE + w->bins_n };
    memcpy(out.p + BASE, w->bins, w->bins_n);
    put_base(out.p, w, 0);
    free(w->bins);
    w->bins = NULL;
    return out;
}

size_t regfw_key_offset(const regf_writer *w, regfw_key key)
{
    return key < w->n_keys ? BASE + (size_t)w->keys[key].cell : 0;
}

size_t regfw_value_offset(const regf_writer *w, regfw_key key, const char *name)
{
    for (size_t i = 0; key < w->n_keys && i < w->keys[key].n_values; i++)
        if (dr_str_eq_fold(dr_str_of(w->keys[key].values[i].name), dr_str_of(name)))
            return BASE + (size_t)w->keys[key].values[i].cell;
    return 0;
}

regfw_bytes regfw_dirty(regfw_bytes before)
{
    regfw_bytes out = { more(NULL, before.n), before.n };
    memcpy(out.p, before.p, before.n);
    put32(out.p, 4, get32(out.p, 8) + 1);
    put32(out.p, 508, checksum(out.p));
    return out;
}

static uint64_t marvin(const uint8_t *p, size_t n)
{
    uint32_t lo = 0x7a4e55c5, hi = 0x82ef4d88;
    for (size_t i = 0; i < n + 8; i += 4) { /* the bytes, then the two closing words */
        lo += i < n ? get32(p, i) : i == n ? 0x80u : 0u;
        hi ^= lo;
        lo = (lo << 20 | lo >> 12) + hi;
        hi = (hi << 9 | hi >> 23) ^ lo;
        lo = (lo << 27 | lo >> 5) + hi;
        hi = hi << 19 | hi >> 13;
    }
    return (uint64_t)hi << 32 | lo;
}

void regfw_log_add(regfw_bytes *log, regfw_bytes before, regfw_bytes after, uint32_t sequence)
{
    size_t pages = 0;
    for (size_t at = BASE; at < after.n; at += PAGE)
        pages += at + PAGE > before.n || memcmp(before.p + at, after.p + at, PAGE) != 0;
    size_t size = (40 + pages * (8 + PAGE) + 511) & ~(size_t)511;
    log->p = more(log->p, log->n + size);
    uint8_t *e = log->p + log->n;
    memset(e, 0, size);
    memcpy(e, "HvLE", 4);
    put32(e, 4, (uint32_t)size);
    put32(e, 12, sequence);
    put32(e, 16, (uint32_t)(after.n - BASE));
    put32(e, 20, (uint32_t)pages);
    size_t i = 0;
    for (size_t at = BASE; at < after.n; at += PAGE) {
        if (at + PAGE <= before.n && memcmp(before.p + at, after.p + at, PAGE) == 0)
            continue;
        put32(e, 40 + i * 8, (uint32_t)(at - BASE));
        put32(e, 44 + i * 8, PAGE);
        memcpy(e + 40 + pages * 8 + i * PAGE, after.p + at, PAGE);
        i++;
    }
    put64(e, 24, marvin(e + 40, size - 40));
    put64(e, 32, marvin(e, 32));
    log->n += size;
}

regfw_bytes regfw_log(regfw_bytes before, regfw_bytes after, uint32_t sequence)
{
    regfw_bytes log = { more(NULL, 512), 512 };
    memcpy(log.p, before.p, 512);
    put32(log.p, 4, sequence);
    put32(log.p, 8, sequence);
    put32(log.p, 28, 6);
    put32(log.p, 508, checksum(log.p));
    regfw_log_add(&log, before, after, sequence);
    return log;
}

regfw_bytes regfw_log_old(regfw_bytes before, regfw_bytes after)
{
    size_t bits = (after.n - BASE) / 512;
    size_t head = (512 + 4 + (bits + 7) / 8 + 511) & ~(size_t)511;
    regfw_bytes log = { more(NULL, head), head };
    memset(log.p, 0, head);
    memcpy(log.p, after.p, 512);
    put64(log.p, 12, (uint64_t)get32(before.p, 12) | (uint64_t)get32(before.p, 16) << 32);
    put32(log.p, 4, get32(before.p, 8) + 1);
    put32(log.p, 8, get32(before.p, 8) + 1);
    put32(log.p, 28, 1);
    memcpy(log.p + 512, "DIRT", 4);
    for (size_t i = 0; i < bits; i++) {
        size_t at = BASE + i * 512;
        if (at + 512 <= before.n && memcmp(before.p + at, after.p + at, 512) == 0)
            continue;
        log.p[516 + i / 8] = (uint8_t)(log.p[516 + i / 8] | 1u << (i % 8));
        log.p = more(log.p, log.n + 512);
        memcpy(log.p + log.n, after.p + at, 512);
        log.n += 512;
    }
    put32(log.p, 508, checksum(log.p));
    return log;
}
