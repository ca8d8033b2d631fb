#include "format/cim_repo.h"

/* Names that references with bit 31 stand for. */
static const char *const dictionary[] = { "\"",      "key",     "NADA",     "read",  "write", "volatile",
                                          "provider", "dynamic", "cimwin32", "DWORD", "CIMTYPE" };
#define DICTIONARY (sizeof dictionary / sizeof *dictionary)
#define REF_KEY 0x80000001u

bool cim_heap_text(dr_bytes heap, uint32_t ref, dr_arena *arena, dr_str *out)
{
    *out = DR_STR_NONE;
    if (ref & 0x80000000u) {
        uint32_t i = ref & 0x7fffffffu;
        if (i >= DICTIONARY)
            return false;
        *out = dr_str_of(dictionary[i]);
        return true;
    }
    dr_cur whole = dr_cur_over(heap, 0);
    dr_cur c = dr_cur_from(&whole, ref);
    uint8_t flag = dr_u8(&c);
    dr_bytes rest = dr_cur_rest(&c);
    if (!dr_cur_ok(&c) || flag > 1)
        return false;
    if (flag == 0) { /* one byte for each character, a NUL */
        const uint8_t *end = rest.n ? memchr(rest.p, 0, rest.n) : NULL;
        if (!end)
            return false;
        size_t n = (size_t)(end - rest.p);
        char *text = dr_arena_bytes(arena, 2 * n + 1); /* Latin-1, at most two bytes each */
        size_t k = 0;
        for (size_t i = 0; text && i < n; i++)
            k += dr_wtf8_put(rest.p[i], text + k);
        *out = (dr_str){ text ? text : "", k };
        return true;
    }
    dr_wstr wide = { rest.p, rest.n / 2 };
    dr_wstr cut = dr_wstr_cut(wide);
    if (cut.units == wide.units)
        return false;
    *out = dr_utf16_str(arena, cut);
    return true;
}

size_t cim_width(uint16_t type)
{
    if (type & CIM_ARRAY)
        return 4;
    switch (type & 0xfff) {
    case CIM_SINT8:
    case CIM_UINT8: return 1;
    case CIM_SINT16:
    case CIM_UINT16:
    case CIM_BOOLEAN:
    case CIM_CHAR16: return 2;
    case CIM_REAL64:
    case CIM_SINT64:
    case CIM_UINT64: return 8;
    default: return 4; /* numbers of four bytes, references into the heap */
    }
}

/* Is one of the qualifiers a true "key"? */
static bool has_key(dr_cur *c)
{
    uint32_t size = dr_u32(c); /* with these four bytes */
    if (size < 4) {
        dr_cur_fail(c, DR_FAULT_VALUE);
        return false;
    }
    dr_cur set = dr_cur_sub(c, size - 4);
    bool key = false;
    while (dr_left(&set) > 0) {
        uint32_t name = dr_u32(&set);
        (void)dr_u8(&set); /* flavor */
        uint16_t type = (uint16_t)dr_u32(&set);
        size_t width = cim_width(type);
        dr_bytes value = dr_take(&set, width);
        if (name == REF_KEY && type == CIM_BOOLEAN && value.n == 2 && value.p[0])
            key = true;
    }
    return key && dr_cur_ok(&set);
}

typedef struct class_head {
    dr_wstr super;
    int64_t written;
    dr_cur part; /* behind its length */
    uint32_t name;
    uint32_t nv;
} class_head;

/*  4 superclass name's characters, the name, 8 time, 4 length of the part (these four bytes included),
 *  1 reserved, 4 class name, 4 length of null table and values */
static bool read_head(class_head *h, dr_bytes record)
{
    dr_cur c = dr_cur_over(record, 0);
    uint32_t units = dr_u32(&c);
    if (units > 1024)
        return false;
    h->super = dr_utf16(&c, units);
    h->written = dr_filetime(&c);
    uint32_t size = dr_u32(&c);
    if (size < 21)
        return false;
    h->part = dr_cur_sub(&c, size - 4);
    (void)dr_u8(&h->part);
    h->name = dr_u32(&h->part);
    h->nv = dr_u32(&h->part);
    return dr_cur_ok(&c) && dr_cur_ok(&h->part);
}

/* The part's tables behind the head. */
typedef struct class_body {
    dr_cur infos; /* of properties */
    size_t n;
    dr_bytes table, heap;
} class_body;

static bool read_body(class_body *b, const class_head *h)
{
    dr_cur c = h->part;
    uint32_t derivation = dr_u32(&c); /* these sizes count themselves */
    if (derivation < 4)
        return false;
    dr_skip(&c, derivation - 4);
    uint32_t qualifiers = dr_u32(&c);
    if (qualifiers < 4)
        return false;
    dr_skip(&c, qualifiers - 4);
    uint32_t n = dr_u32(&c);
    b->n = dr_count(&c, n, 8);
    if (b->n > DR_CIM_MAX_PROPERTIES)
        return false;
    b->infos = dr_cur_sub(&c, b->n * 8);
    b->table = dr_take(&c, h->nv);
    uint32_t heap = dr_u32(&c);
    b->heap = dr_take(&c, heap & 0x7fffffffu);
    return dr_cur_ok(&c);
}

bool cim_class_names(dr_bytes record, dr_arena *arena, dr_str *name, dr_str *super)
{
    class_head h;
    class_body b;
    if (!read_head(&h, record) || !read_body(&b, &h) || !cim_heap_text(b.heap, h.name, arena, name) || name->n == 0)
        return false;
    *super = dr_utf16_str(arena, h.super);
    return true;
}

static dr_bytes copy(dr_arena *arena, dr_bytes b)
{
    return (dr_bytes){ (const uint8_t *)dr_arena_str(arena, (dr_str){ (const char *)b.p, b.n }).p, b.n };
}

bool cim_class_read(cim_class *out, dr_bytes record, dr_arena *arena)
{
    class_head h;
    class_body b;
    *out = (cim_class){ .name = DR_STR_NONE };
    if (!read_head(&h, record) || !read_body(&b, &h) || !cim_heap_text(b.heap, h.name, arena, &out->name))
        return false;
    out->super = dr_utf16_str(arena, h.super);
    out->written = dr_time_clean(h.written);
    out->table = copy(arena, b.table);
    out->heap = copy(arena, b.heap);
    out->own = DR_NEW_ARRAY(arena, cim_slot, b.n);
    for (size_t i = 0; i < b.n && out->own; i++) {
        uint32_t name = dr_u32(&b.infos), info = dr_u32(&b.infos);
        dr_cur whole = dr_cur_over(b.heap, 0);
        dr_cur c = dr_cur_from(&whole, info);
        cim_slot slot = { .type = (uint16_t)dr_u32(&c) }; /* 0x00 */
        slot.index = dr_u16(&c);                          /* 0x04 */
        slot.off = dr_u32(&c);                            /* 0x06 */
        (void)dr_u32(&c);                                 /* 0x0a level of its class */
        slot.key = has_key(&c);                           /* 0x0e qualifiers */
        if (!dr_cur_ok(&c) || !cim_heap_text(b.heap, name, arena, &slot.name))
            return false;
        out->own[out->n_own++] = slot;
    }
    return !dr_arena_failed(arena);
}

static int by_index(const void *a, const void *b, void *context)
{
    (void)context;
    const cim_slot *x = a, *y = b;
    return x->index < y->index ? -1 : x->index > y->index;
}

/* From the top down: a redefinition keeps the place of what it redefines. */
dr_status cim_class_layout(cim_class *c, dr_arena *arena)
{
    const cim_class *chain[DR_CIM_MAX_CLASS_DEPTH];
    size_t depth = 0, room = 0;
    for (const cim_class *at = c; at && depth < DR_CIM_MAX_CLASS_DEPTH; at = at->parent) {
        chain[depth++] = at;
        room += at->n_own;
    }
    cim_slot *slots = DR_NEW_ARRAY(arena, cim_slot, room);
    size_t n = 0;
    if (!slots)
        return DR_NOMEM;
    while (depth-- > 0) {
        for (size_t i = 0; i < chain[depth]->n_own; i++) {
            const cim_slot *own = &chain[depth]->own[i];
            size_t k = 0;
            while (k < n && !dr_str_eq_fold(slots[k].name, own->name))
                k++;
            if (k == n)
                slots[n++] = *own;
            else
                slots[k].key = slots[k].key || own->key;
        }
    }
    if (!dr_sort(slots, n, sizeof *slots, by_index, NULL))
        return DR_NOMEM;
    size_t end = 0;
    for (size_t i = 0; i < n; i++) {
        c->bad_layout = c->bad_layout || slots[i].index != i;
        size_t slot_end = slots[i].off + cim_width(slots[i].type);
        end = slot_end > end ? slot_end : end;
    }
    if (c->bad_layout || end + (n + 3) / 4 != c->table.n) { /* packed, in their order */
        c->bad_layout = true;
        uint32_t off = 0;
        for (size_t i = 0; i < n; i++) {
            slots[i].off = off;
            off += (uint32_t)cim_width(slots[i].type);
        }
    }
    c->slots = slots;
    c->n_slots = n;
    return DR_OK;
}

const char *cim_type_name(uint16_t type)
{
    switch (type & 0xfff) {
    case CIM_SINT8: return "sint8";
    case CIM_UINT8: return "uint8";
    case CIM_SINT16: return "sint16";
    case CIM_UINT16: return "uint16";
    case CIM_SINT32: return "sint32";
    case CIM_UINT32: return "uint32";
    case CIM_SINT64: return "sint64";
    case CIM_UINT64: return "uint64";
    case CIM_REAL32: return "real32";
    case CIM_REAL64: return "real64";
    case CIM_BOOLEAN: return "boolean";
    case CIM_CHAR16: return "char16";
    case CIM_STRING: return "string";
    case CIM_DATETIME: return "datetime";
    case CIM_REFERENCE: return "reference";
    case CIM_OBJECT: return "object";
    default: return "unknown";
    }
}
