#include "format/binxml.h"

#include "base/le.h"
#include "base/limits.h"
#include "base/utf.h"
#include "base/vec.h"

#define DEF_HEAD 24u     /* next definition, GUID, size of data */
#define NAME_HEAD 8u     /* next entry, hash, count */
#define CHUNK_DEFS 4096u /* slots of the per-chunk table; a chunk holds fewer definitions */
#define VARIANT_BUCKETS 1024u
#define KNOWN_DEFS 4096u
#define KNOWN_PROBES 16u
#define VALUE_POOL 65536u      /* values of one record, over all its nested instances */
#define RECORD_KEEP 16384u     /* of the record arena, kept from record to record */
#define TRIM_BYTES (64u << 20) /* of templates */
#define TRIM_SYMBOLS 262144u

#define INLINE static inline __attribute__((always_inline))

enum {
    TOKEN_END = 0x00,
    TOKEN_OPEN = 0x01,
    TOKEN_CLOSE_START = 0x02,
    TOKEN_CLOSE_EMPTY = 0x03,
    TOKEN_CLOSE = 0x04,
    TOKEN_VALUE = 0x05,
    TOKEN_ATTRIBUTE = 0x06,
    TOKEN_CDATA = 0x07,
    TOKEN_CHAR = 0x08,
    TOKEN_ENTITY = 0x09,
    TOKEN_PI_TARGET = 0x0a,
    TOKEN_PI_DATA = 0x0b,
    TOKEN_INSTANCE = 0x0c,
    TOKEN_SLOT = 0x0d,
    TOKEN_OPTIONAL_SLOT = 0x0e,
    TOKEN_FRAGMENT = 0x0f,
    TOKEN_MORE = 0x40
};

/* A reference to a name inside a definition's bytes: the only thing in them that differs between
 * chunks. */
typedef struct name_ref {
    uint32_t pos; /* of the u32 offset, from the start of the data */
    bool is_inline;
    dr_bytes chars; /* UTF-16 */
} name_ref;

/* One layout of a definition as it was met in a chunk. The same template has several, by which of
 * its names stood inline. */
typedef struct variant {
    struct variant *next; /* same bucket */
    uint64_t hash;        /* of GUID and size */
    binxml_def *def;
    dr_bytes raw;
    const name_ref *refs;
    size_t n_refs;
} variant;

typedef struct chunk_def { /* a definition of the chunk at hand, by its offset */
    uint32_t generation;
    uint32_t off, size;
    uint32_t id; /* first four bytes of the GUID */
    binxml_def *def;
} chunk_def;

/* A sound definition by the first four bytes of its GUID, which instances name. */
typedef struct known_def {
    uint32_t id;
    bool ambiguous; /* two GUIDs begin alike */
    binxml_def *def;
} known_def;

struct binxml_reader {
    dr_bytes chunk;
    uint32_t generation;
    chunk_def defs[CHUNK_DEFS];
    variant *variants[VARIANT_BUCKETS];
    known_def known[KNOWN_DEFS];
    bool borrow;      /* a lost definition may be replaced by a known one of the same id */
    dr_arena *arena;  /* templates */
    dr_arena *record; /* trees and text of the record at hand */
    dr_arena_mark record_start; /* behind a first block that is kept from record to record */
    bool record_used;
    dr_symtab *symbols;
    dr_sym last_symbol;   /* they are numbered in the order of first use: also their count */
    binxml_value *values; /* VALUE_POOL */
    size_t n_values;
    unsigned n_embedded;   /* of this record */
    DR_VEC(name_ref) refs; /* while a definition is read */
    unsigned trouble;
    bool failed;
};

binxml_reader *binxml_reader_create(void)
{
    binxml_reader *r = dr_mem_alloc(sizeof *r);
    if (!r)
        return NULL;
    r->arena = dr_arena_create("templates", 0);
    r->record = dr_arena_create("record", 0);
    r->symbols = dr_symtab_create();
    r->values = dr_mem_alloc(VALUE_POOL * sizeof *r->values);
    if (!r->arena || !r->record || !r->symbols || !r->values) {
        binxml_reader_destroy(r);
        return NULL;
    }
    if (!dr_arena_bytes(r->record, RECORD_KEEP)) {
        binxml_reader_destroy(r);
        return NULL;
    }
    r->record_start = dr_arena_save(r->record); /* the block stays, what is in it does not */
    r->record_start.used = r->record_start.total = 0;
    return r;
}

void binxml_reader_destroy(binxml_reader *r)
{
    if (!r)
        return;
    dr_arena_destroy(r->arena);
    dr_arena_destroy(r->record);
    if (r->symbols)
        dr_symtab_destroy(r->symbols);
    dr_mem_free(r->values);
    dr_vec_free(&r->refs);
    dr_mem_free(r);
}

void binxml_chunk(binxml_reader *r, dr_bytes bytes)
{
    r->chunk = bytes;
    if (++r->generation == 0) { /* wrapped: old marks could look fresh */
        memset(r->defs, 0, sizeof r->defs);
        r->generation = 1;
    }
}

bool binxml_trim(binxml_reader *r)
{
    if (dr_arena_used(r->arena) < TRIM_BYTES && r->last_symbol < TRIM_SYMBOLS)
        return false;
    dr_arena_reset(r->arena);
    memset(r->variants, 0, sizeof r->variants);
    memset(r->known, 0, sizeof r->known);
    memset(r->defs, 0, sizeof r->defs);
    dr_symtab *fresh = dr_symtab_create();
    if (!fresh) {
        r->failed = true;
        return true;
    }
    dr_symtab_destroy(r->symbols);
    r->symbols = fresh;
    r->last_symbol = 0;
    return true;
}

void binxml_borrow(binxml_reader *r, bool allowed)
{
    r->borrow = allowed;
}

bool binxml_failed(const binxml_reader *r)
{
    return r->failed || dr_arena_failed(r->arena) || dr_arena_failed(r->record) ||
           dr_symtab_failed(r->symbols);
}

dr_bytes binxml_chunk_bytes(const binxml_reader *r)
{
    return r->chunk;
}

dr_arena *binxml_def_arena(binxml_reader *r, const binxml_def *def)
{
    if (!def->own)
        return r->arena;
    r->record_used = true;
    return r->record;
}

dr_arena *binxml_record_arena(binxml_reader *r)
{
    r->record_used = true;
    return r->record;
}

dr_sym binxml_symbol(binxml_reader *r, dr_str text)
{
    dr_sym sym = dr_sym_of(r->symbols, text);
    if (sym > r->last_symbol)
        r->last_symbol = sym;
    return sym;
}

dr_str binxml_symbol_text(const binxml_reader *r, dr_sym sym)
{
    return dr_sym_str(r->symbols, sym);
}

unsigned *binxml_trouble(binxml_reader *r)
{
    return &r->trouble;
}

/* ---- Names and trees ---- */

static uint16_t name_hash(dr_wstr name)
{
    uint32_t h = 0;
    for (size_t i = 0; i < name.units; i++)
        h = h * 65599u + dr_wstr_unit(name, i);
    return (uint16_t)h;
}

typedef struct tree {
    binxml_reader *r;
    dr_arena *arena;
    binxml_def *def;
    size_t start; /* chunk offset of the data: name references are noted from here */
    bool note_refs;
    binxml_node *open; /* innermost open element */
    binxml_node *attr; /* its attribute being read */
    bool in_tag;
    unsigned depth;
} tree;

/* Reads a name reference at the cursor. Faults: SHORT, RANGE, LIMIT. */
static dr_str read_name(tree *t, dr_cur *c)
{
    size_t at = c->pos;
    uint32_t off = dr_u32(c); /* from the start of the chunk */
    bool is_inline = off == c->pos;
    dr_cur elsewhere = is_inline ? *c : dr_cur_over(t->r->chunk, 0);
    dr_cur *n = is_inline ? c : &elsewhere;
    if (!is_inline)
        dr_skip(n, off);
    dr_skip(n, 4); /* next entry of the bucket: not followed */
    uint16_t hash = dr_u16(n);
    uint16_t units = dr_u16(n);
    dr_wstr name = dr_utf16(n, units);
    dr_skip(n, 2); /* NUL */
    if (units > DR_BINXML_MAX_NAME)
        dr_cur_fail(c, DR_FAULT_LIMIT);
    if (!dr_cur_ok(n))
        dr_cur_fail(c, DR_FAULT_RANGE);
    if (!dr_cur_ok(c))
        return DR_STR_NONE;
    if (name_hash(name) != hash)
        t->def->bad_names = true;
    if (t->note_refs) {
        name_ref ref = { .pos = (uint32_t)(at - t->start),
                         .is_inline = is_inline,
                         .chars = { name.p, name.units * 2 } };
        if (!dr_vec_push(&t->r->refs, ref))
            t->r->failed = true;
    }
    /* As a symbol: one copy, however often a hostile chunk refers to it. */
    dr_arena_mark mark = dr_arena_save(t->r->record);
    t->r->record_used = true;
    dr_str text = dr_utf16_str(t->r->record, name);
    text = binxml_symbol_text(t->r, binxml_symbol(t->r, text));
    t->r->failed |= dr_arena_failed(t->r->record);
    if (t->arena != t->r->record)
        dr_arena_restore(t->r->record, mark);
    return text;
}

static binxml_node *add(tree *t, binxml_kind kind)
{
    binxml_node *n = DR_NEW(t->arena, binxml_node);
    if (!n)
        return NULL;
    n->kind = kind;
    n->text = n->data = DR_STR_NONE;
    n->slot = BINXML_NO_DEPENDENCY;
    binxml_node *parent = kind == BINXML_ATTRIBUTE ? t->open : t->in_tag ? t->attr : t->open;
    n->parent = parent;
    if (kind == BINXML_ATTRIBUTE) {
        binxml_node **end = &parent->attrs;
        while (*end)
            end = &(*end)->next;
        *end = n;
        return n;
    }
    if (!parent) {
        binxml_node **end = &t->def->first;
        while (*end)
            end = &(*end)->next;
        *end = n;
        if (kind == BINXML_ELEMENT && !t->def->root)
            t->def->root = n;
        return n;
    }
    if (parent->last)
        parent->last->next = n;
    else
        parent->first = n;
    parent->last = n;
    return n;
}

static void add_text(tree *t, dr_str text)
{
    binxml_node *parent = t->in_tag ? t->attr : t->open;
    if (parent && parent->last && parent->last->kind == BINXML_TEXT) {
        parent->last->text = dr_arena_concat(t->arena, parent->last->text, text);
        return;
    }
    binxml_node *n = add(t, BINXML_TEXT);
    if (n)
        n->text = text;
}

static dr_str entity(dr_str name)
{
    if (dr_str_is(name, "amp"))
        return DR_STR("&");
    if (dr_str_is(name, "lt"))
        return DR_STR("<");
    if (dr_str_is(name, "gt"))
        return DR_STR(">");
    if (dr_str_is(name, "quot"))
        return DR_STR("\"");
    if (dr_str_is(name, "apos"))
        return DR_STR("'");
    return DR_STR_NONE;
}

static bool read_instance(binxml_reader *r, dr_cur *c, binxml_instance *out);

static void read_open(tree *t, dr_cur *c, bool more)
{
    uint16_t dependency = BINXML_NO_DEPENDENCY;
    if (!t->def->own) /* only in definitions */
        dependency = dr_u16(c);
    dr_skip(c, 4); /* size of the element: a skip distance that is not needed */
    dr_str name = read_name(t, c);
    if (more)
        dr_skip(c, 4); /* size of the attribute list: likewise */
    if (++t->depth > DR_BINXML_MAX_ELEMENTS)
        dr_cur_fail(c, DR_FAULT_LIMIT);
    if (t->in_tag) /* a start tag inside a start tag */
        dr_cur_fail(c, DR_FAULT_VALUE);
    binxml_node *n = dr_cur_ok(c) ? add(t, BINXML_ELEMENT) : NULL;
    if (!n)
        return;
    n->text = name;
    n->slot = dependency;
    if (dependency != BINXML_NO_DEPENDENCY && dependency >= t->def->slots)
        t->def->slots = (uint16_t)(dependency + 1);
    t->open = n;
    t->attr = NULL;
    t->in_tag = true;
}

static void read_slot(tree *t, dr_cur *c, bool optional)
{
    uint16_t index = dr_u16(c);
    uint8_t type = dr_u8(c);
    binxml_node *n = dr_cur_ok(c) ? add(t, BINXML_SLOT) : NULL;
    if (!n)
        return;
    n->slot = index;
    n->declared = type;
    n->optional = optional;
    if (index != UINT16_MAX && index >= t->def->slots)
        t->def->slots = (uint16_t)(index + 1);
}

static void close_element(tree *t, dr_cur *c)
{
    if (!t->open) {
        dr_cur_fail(c, DR_FAULT_VALUE);
        return;
    }
    t->open = t->open->parent;
    t->depth--;
    t->in_tag = false;
    t->attr = NULL;
}

/* One token behind its first byte. */
static void read_token(tree *t, dr_cur *c, uint8_t token)
{
    binxml_node *n;
    uint16_t units;
    char code[4];
    switch (token & 0x1f) {
    case TOKEN_OPEN:
        read_open(t, c, (token & TOKEN_MORE) != 0);
        break;
    case TOKEN_CLOSE_START:
        if (!t->in_tag)
            dr_cur_fail(c, DR_FAULT_VALUE);
        t->in_tag = false;
        t->attr = NULL;
        break;
    case TOKEN_CLOSE_EMPTY:
    case TOKEN_CLOSE:
        close_element(t, c);
        break;
    case TOKEN_VALUE:
        dr_skip(c, 1); /* type, always a string */
        units = dr_u16(c);
        dr_wstr value = dr_utf16(c, units);
        if (dr_cur_ok(c))
            add_text(t, dr_utf16_str(t->arena, value));
        break;
    case TOKEN_ATTRIBUTE: {
        dr_str name = read_name(t, c);
        if (!t->in_tag)
            dr_cur_fail(c, DR_FAULT_VALUE);
        n = dr_cur_ok(c) ? add(t, BINXML_ATTRIBUTE) : NULL;
        if (n) {
            n->text = name;
            t->attr = n;
        }
        break;
    }
    case TOKEN_CDATA:
        units = dr_u16(c);
        dr_wstr cdata = dr_utf16(c, units);
        n = dr_cur_ok(c) ? add(t, BINXML_CDATA) : NULL;
        if (n)
            n->text = dr_utf16_str(t->arena, cdata);
        break;
    case TOKEN_CHAR:
        units = dr_u16(c);
        if (dr_cur_ok(c))
            add_text(t, dr_arena_str(t->arena, (dr_str){ code, dr_wtf8_put(units, code) }));
        break;
    case TOKEN_ENTITY:
        add_text(t, entity(read_name(t, c)));
        break;
    case TOKEN_PI_TARGET: {
        dr_str name = read_name(t, c);
        n = dr_cur_ok(c) ? add(t, BINXML_PI) : NULL;
        if (n)
            n->text = name;
        if (n && dr_left(c) && dr_le8(c->in, c->pos) == TOKEN_PI_DATA) {
            dr_skip(c, 1);
            units = dr_u16(c);
            n->data = dr_utf16_str(t->arena, dr_utf16(c, units));
        }
        break;
    }
    case TOKEN_SLOT:
    case TOKEN_OPTIONAL_SLOT:
        if (t->def->own) /* values exist only in instances */
            dr_cur_fail(c, DR_FAULT_VALUE);
        else
            read_slot(t, c, (token & 0x1f) == TOKEN_OPTIONAL_SLOT);
        break;
    case TOKEN_INSTANCE: {
        binxml_instance inner;
        if (!t->def->own)
            dr_cur_fail(c, DR_FAULT_VALUE);
        else if (read_instance(t->r, c, &inner) && (n = add(t, BINXML_INSTANCE)) != NULL) {
            binxml_instance *kept = DR_NEW(t->arena, binxml_instance);
            if (kept)
                *kept = inner;
            n->instance = kept;
        }
        break;
    }
    case TOKEN_FRAGMENT:
        dr_skip(c, 3);
        break;
    default:
        dr_cur_fail(c, DR_FAULT_VALUE);
        break;
    }
}

/* Reads tokens into T->def until the end token, the end of the window, or a fault, which leaves what
 * was understood so far and marks the tree as damaged. */
static void read_tree(tree *t, dr_cur *c)
{
    while (dr_left(c)) {
        uint8_t token = dr_u8(c);
        if ((token & 0x1f) == TOKEN_END || (token & 0xa0)) {
            if (token != TOKEN_END)
                dr_cur_fail(c, DR_FAULT_VALUE);
            break;
        }
        /* Parts of a value inside a start tag belong to an attribute. */
        uint8_t kind = token & 0x1f;
        if (t->in_tag && !t->attr && kind != TOKEN_ATTRIBUTE && kind != TOKEN_CLOSE_START &&
            kind != TOKEN_CLOSE_EMPTY && kind != TOKEN_CLOSE) {
            dr_cur_fail(c, DR_FAULT_VALUE);
            break;
        }
        read_token(t, c, token);
    }
    t->def->damaged = !dr_cur_ok(c) || t->open;
}

/* ---- Definitions ---- */

/* Are the bytes at [start, start + raw.n) of the chunk this variant, names resolved? */
static bool variant_matches(const binxml_reader *r, const variant *v, size_t start)
{
    dr_bytes data = dr_bytes_sub(r->chunk, start, v->raw.n);
    size_t pos = 0;
    for (size_t i = 0; i < v->n_refs; i++) {
        const name_ref *ref = &v->refs[i];
        if (memcmp(data.p + pos, v->raw.p + pos, ref->pos - pos) != 0)
            return false;
        size_t off = dr_le32(data, ref->pos);
        pos = ref->pos + 4u;
        if (ref->is_inline != (off == start + pos))
            return false;
        if (ref->is_inline) {
            pos +=
                4; /* the bucket's chain; hash, count and characters are compared with the rest */
            continue;
        }
        if (dr_le16(r->chunk, off + 6) != ref->chars.n / 2 ||
            !dr_le_fits(r->chunk, off, NAME_HEAD + ref->chars.n) ||
            memcmp(dr_bytes_sub(r->chunk, off + NAME_HEAD, ref->chars.n).p, ref->chars.p,
                   ref->chars.n) != 0)
            return false;
    }
    return memcmp(data.p + pos, v->raw.p + pos, v->raw.n - pos) == 0;
}

static dr_bytes keep(dr_arena *arena, dr_bytes b)
{
    dr_str kept = dr_arena_str(arena, (dr_str){ (const char *)b.p, b.n });
    return (dr_bytes){ (const uint8_t *)kept.p, kept.n };
}

static void keep_variant(binxml_reader *r, uint64_t hash, binxml_def *def, dr_bytes data)
{
    variant *v = DR_NEW(r->arena, variant);
    name_ref *refs = DR_NEW_ARRAY(r->arena, name_ref, r->refs.n);
    dr_bytes raw = keep(r->arena, data);
    if (!v || !refs || raw.n != data.n)
        return;
    for (size_t i = 0; i < r->refs.n; i++) {
        refs[i] = r->refs.p[i];
        refs[i].chars = keep(r->arena, refs[i].chars);
    }
    *v = (variant){ .next = r->variants[hash % VARIANT_BUCKETS],
                    .hash = hash,
                    .def = def,
                    .raw = raw,
                    .refs = refs,
                    .n_refs = r->refs.n };
    r->variants[hash % VARIANT_BUCKETS] = v;
}

/* The entry for ID, or a free one for it, or NULL when that part of the table is full. */
static known_def *known_entry(binxml_reader *r, uint32_t id)
{
    for (uint32_t i = 0; i < KNOWN_PROBES; i++) {
        known_def *k = &r->known[((id * 2654435761u >> 20) + i) % KNOWN_DEFS];
        if (!k->def || k->id == id)
            return k;
    }
    return NULL;
}

static void remember(binxml_reader *r, binxml_def *def)
{
    uint32_t id = dr_le32((dr_bytes){ def->guid, 16 }, 0);
    known_def *k = known_entry(r, id);
    if (!k)
        return;
    if (!k->def)
        *k = (known_def){ .id = id, .def = def };
    else if (memcmp(k->def->guid, def->guid, 16) != 0)
        k->ambiguous = true;
}

/* What to use for DEF, which is lost or overwritten, where borrowing is allowed. */
static binxml_def *replacement(binxml_reader *r, binxml_def *def, uint32_t id)
{
    if (!r->borrow || (def && !def->damaged && !def->bad_names))
        return def;
    const known_def *k = known_entry(r, id);
    return k && k->def && !k->ambiguous ? k->def : def;
}

static binxml_def *build_def(binxml_reader *r, const uint8_t *guid, size_t start, uint32_t size)
{
    uint8_t key[20];
    for (size_t i = 0; i < 16; i++)
        key[i] = guid[i];
    for (size_t i = 0; i < 4; i++)
        key[16 + i] = (uint8_t)(size >> (8 * i));
    uint64_t hash = dr_hash64(key, sizeof key);
    for (variant *v = r->variants[hash % VARIANT_BUCKETS]; v; v = v->next)
        if (v->hash == hash && v->raw.n == size && memcmp(v->def->guid, guid, 16) == 0 &&
            variant_matches(r, v, start))
            return v->def;
    binxml_def *def = DR_NEW(r->arena, binxml_def);
    if (!def)
        return NULL;
    for (size_t i = 0; i < 16; i++)
        def->guid[i] = guid[i];
    def->size = size;
    dr_vec_clear(&r->refs);
    tree t = { .r = r, .arena = r->arena, .def = def, .start = start, .note_refs = true };
    dr_cur c = dr_cur_over(dr_bytes_sub(r->chunk, 0, start + size), 0);
    dr_skip(&c, start);
    read_tree(&t, &c);
    if (!def->damaged && !def->bad_names) {
        keep_variant(r, hash, def, dr_bytes_sub(r->chunk, start, size));
        remember(r, def);
    }
    return def;
}

/* Reads the definition at OFF of the chunk into its entry. */
static __attribute__((noinline)) void load_def(binxml_reader *r, chunk_def *e, uint32_t off,
                                               uint32_t id)
{
    *e = (chunk_def){ .generation = r->generation, .off = off, .id = id };
    dr_cur c = dr_cur_over(r->chunk, 0);
    dr_skip(&c, off);
    dr_skip(&c, 4);                  /* 0x00 next definition of the bucket: not followed */
    dr_bytes guid = dr_take(&c, 16); /* 0x04 */
    uint32_t data_size = dr_u32(&c); /* 0x14 */
    size_t start = c.pos;
    dr_skip(&c, data_size);
    if (dr_cur_ok(&c) && dr_le32(guid, 0) == id) {
        e->size = data_size;
        e->def = build_def(r, guid.p, start, data_size);
    }
    e->def = replacement(r, e->def, id);
}

/* The definition at OFF of the chunk; its def is NULL when there is none with that ID. */
INLINE const chunk_def *find_def(binxml_reader *r, uint32_t off, uint32_t id)
{
    size_t at = (off * 2654435761u) >> 20;
    chunk_def *e = &r->defs[at % CHUNK_DEFS];
    for (size_t probes = 0; e->generation == r->generation; probes++) {
        if (e->off == off && e->id == id)
            return e;
        if (probes == 32) /* crowded, on purpose: forget the oldest */
            break;
        e = &r->defs[++at % CHUNK_DEFS];
    }
    load_def(r, e, off, id);
    return e;
}

/* ---- Instances ---- */

/* Places the values that N descriptors (u16 size, u8 type, u8 0) announce from AT on and returns where
 * they end, which may be behind the window: that is checked once, afterwards. Values go by the size in
 * their descriptor, whatever the type: null values have sizes too. */
static size_t read_values(binxml_value *values, dr_bytes descriptors, size_t n, size_t at)
{
    DR_ASSERT(descriptors.n >= 4 * n);
    for (size_t i = 0; i < n; i++) {
        uint32_t d = dr_le32_in(descriptors, 4 * i);
        values[i] =
            (binxml_value){ .off = (uint32_t)at, .size = (uint16_t)d, .type = (uint8_t)(d >> 16) };
        at += d & 0xffff;
    }
    return at;
}

/* The record ends at END: the first value that does not fit and all behind it are not there. */
static size_t cut_values(binxml_value *values, size_t n, size_t end)
{
    size_t i = 0;
    while (i < n && values[i].off <= end && values[i].size <= end - values[i].off)
        i++;
    size_t at = i ? values[i - 1].off + (size_t)values[i - 1].size : end;
    for (; i < n; i++)
        values[i] = (binxml_value){ .off = (uint32_t)end };
    return at;
}

/* Behind the token 0x0c. Nearly every record is read here and nowhere else: inline, so that the cursor
 * stays in registers. *out is empty so far. */
INLINE bool instance_at(binxml_reader *r, dr_cur *c, binxml_instance *out)
{
    dr_bytes head = dr_take(c, 9);
    if (!dr_cur_ok(c)) {
        r->trouble |= BINXML_BAD_VALUES;
        return false;
    }
    uint32_t id = dr_le32_in(head, 1);  /* 0x02, behind a 1 */
    uint32_t off = dr_le32_in(head, 5); /* 0x06 of the definition */
    const chunk_def *found = find_def(r, off, id);
    binxml_def *def = found->def;
    uint32_t size = found->size;
    bool is_inline = off == c->pos;
    if (is_inline && size == 0) { /* lost, and with its length the place of the values */
        r->trouble |= BINXML_BAD_TEMPLATE;
        return false;
    }
    if (!def) {
        r->trouble |= BINXML_BAD_TEMPLATE;
    } else {
        if (def->damaged)
            r->trouble |= BINXML_BAD_TEMPLATE;
        if (def->bad_names)
            r->trouble |= BINXML_BAD_NAMES;
    }
    if (is_inline)
        dr_skip(c, DEF_HEAD + (size_t)size);
    out->def = def;
    uint32_t wanted = dr_u32(c);
    size_t n = wanted;
    if (n > dr_left(c) / 4) {
        r->trouble |= BINXML_BAD_VALUES;
        n = dr_left(c) / 4;
    }
    if (n > VALUE_POOL - r->n_values) {
        r->trouble |= BINXML_LIMIT;
        n = VALUE_POOL - r->n_values;
    }
    binxml_value *values = r->values + r->n_values;
    dr_bytes descriptors = dr_take_array(c, n, 4);
    if (!dr_cur_ok(c))
        n = 0;
    size_t at = read_values(values, descriptors, n, c->pos);
    if (at > c->in.n) {
        r->trouble |= BINXML_BAD_VALUES;
        at = cut_values(values, n, c->in.n);
    }
    dr_skip(c, at - c->pos);
    /* A template that has holes for more values than there are is not this record's own. */
    if (r->borrow && def && def->slots > n) {
        r->trouble |= BINXML_BAD_TEMPLATE;
        out->def = NULL;
    }
    out->values = values;
    out->n = (uint32_t)n;
    r->n_values += n;
    return true;
}

static bool read_instance(binxml_reader *r, dr_cur *c, binxml_instance *out)
{
    *out = (binxml_instance){ 0 };
    return instance_at(r, c, out);
}

/* Elements written in full. */
static __attribute__((noinline)) bool read_own(binxml_reader *r, dr_cur c, binxml_instance *out)
{
    r->record_used = true;
    binxml_def *def = DR_NEW(r->record, binxml_def);
    if (!def)
        return false;
    def->own = true;
    tree t = { .r = r, .arena = r->record, .def = def };
    read_tree(&t, &c);
    if (def->damaged)
        r->trouble |= BINXML_BAD_TOKEN;
    if (def->bad_names)
        r->trouble |= BINXML_BAD_NAMES;
    out->def = def;
    return def->first != NULL;
}

/* A fragment: an instance, or elements written in full. *out is empty so far. */
INLINE bool read_fragment(binxml_reader *r, dr_cur c, binxml_instance *out)
{
    while (dr_left(&c) >= 4 && dr_le8(c.in, c.pos) == TOKEN_FRAGMENT)
        dr_skip(&c, 4);
    uint8_t token = dr_le8(c.in, c.pos);
    if (!dr_left(&c) || token == TOKEN_END)
        return false;
    if (token != TOKEN_INSTANCE)
        return read_own(r, c, out);
    dr_skip(&c, 1);
    return instance_at(r, &c, out) && (out->def || out->n);
}

INLINE dr_cur window(const binxml_reader *r, size_t from, size_t end)
{
    dr_cur c = dr_cur_over(dr_bytes_sub(r->chunk, 0, end), 0);
    dr_skip(&c, from);
    return c;
}

bool binxml_record(binxml_reader *r, size_t body, size_t end, binxml_instance *out,
                   unsigned *trouble)
{
    r->trouble = 0;
    r->n_values = 0;
    r->n_embedded = 0;
    if (r->record_used) {
        r->failed |= dr_arena_failed(r->record); /* a reset forgets it */
        dr_arena_restore(r->record, r->record_start);
        r->record_used = false;
    }
    *out = (binxml_instance){ 0 };
    bool any = read_fragment(r, window(r, body, end), out);
    if (!any && r->trouble == 0)
        r->trouble = BINXML_BAD_TOKEN; /* a record that says nothing */
    *trouble = r->trouble;
    return any;
}

bool binxml_embedded(binxml_reader *r, const binxml_value *v, unsigned depth, binxml_instance *out)
{
    *out = (binxml_instance){ 0 };
    if (v->type != BINXML_EMBEDDED || v->size == 0)
        return false;
    if (depth >= DR_BINXML_MAX_DEPTH || ++r->n_embedded > DR_BINXML_MAX_EMBEDDED) {
        r->trouble |= BINXML_LIMIT;
        return false;
    }
    return read_fragment(r, window(r, v->off, (size_t)v->off + v->size), out);
}
