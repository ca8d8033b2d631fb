#include "format/cim_repo.h"

#include "base/buf.h"

/* One value of a plain type at the cursor, as text. */
static dr_str scalar(uint16_t type, dr_cur *c, dr_bytes heap, dr_arena *arena, bool *ok)
{
    union {
        uint32_t u32;
        float f32;
        uint64_t u64;
        double f64;
    } real;
    dr_str text = DR_STR_NONE;
    switch (type & 0xfff) {
    case CIM_SINT8: text = dr_arena_printf(arena, "%d", (int8_t)dr_u8(c)); break;
    case CIM_UINT8: text = dr_arena_printf(arena, "%u", dr_u8(c)); break;
    case CIM_SINT16: text = dr_arena_printf(arena, "%d", (int16_t)dr_u16(c)); break;
    case CIM_UINT16:
    case CIM_CHAR16: text = dr_arena_printf(arena, "%u", dr_u16(c)); break;
    case CIM_BOOLEAN: text = dr_u16(c) ? DR_STR("true") : DR_STR("false"); break;
    case CIM_SINT32: text = dr_arena_printf(arena, "%d", (int32_t)dr_u32(c)); break;
    case CIM_UINT32: text = dr_arena_printf(arena, "%u", dr_u32(c)); break;
    case CIM_SINT64: text = dr_arena_printf(arena, "%lld", (long long)dr_u64(c)); break;
    case CIM_UINT64: text = dr_arena_printf(arena, "%llu", (unsigned long long)dr_u64(c)); break;
    case CIM_REAL32:
        real.u32 = dr_u32(c);
        text = dr_arena_printf(arena, "%.9g", (double)real.f32);
        break;
    case CIM_REAL64:
        real.u64 = dr_u64(c);
        text = dr_arena_printf(arena, "%.17g", real.f64);
        break;
    case CIM_STRING:
    case CIM_DATETIME:
    case CIM_REFERENCE: {
        uint32_t ref = dr_u32(c);
        if (dr_cur_ok(c) && !cim_heap_text(heap, ref, arena, &text))
            *ok = false;
        break;
    }
    case CIM_OBJECT:
        (void)dr_u32(c);
        text = DR_STR("(object)"); /* an object in an object is not decoded */
        break;
    default: *ok = false; break;
    }
    if (!dr_cur_ok(c))
        *ok = false;
    return text;
}

static bool read_value(cim_property *p, dr_cur slot, dr_bytes heap, dr_arena *arena)
{
    bool ok = true;
    dr_str *items;
    if (!(p->type & CIM_ARRAY)) {
        items = DR_NEW(arena, dr_str);
        if (!items)
            return false;
        *items = scalar(p->type, &slot, heap, arena, &ok);
        p->items = items;
        p->n_items = ok;
        return ok;
    }
    dr_cur whole = dr_cur_over(heap, 0);
    uint32_t at = dr_u32(&slot);
    if (!dr_cur_ok(&slot))
        return false;
    dr_cur c = dr_cur_from(&whole, at);
    uint16_t item = p->type & 0xfff;
    size_t n = dr_count(&c, dr_u32(&c), cim_width(item));
    if (!dr_cur_ok(&c) || n > DR_CIM_MAX_ITEMS)
        return false;
    items = DR_NEW_ARRAY(arena, dr_str, n);
    if (!items)
        return false;
    for (size_t i = 0; i < n && ok; i++) {
        items[i] = scalar(item, &c, heap, arena, &ok);
        p->n_items += ok;
    }
    p->items = items;
    return ok;
}

enum { NULL_BIT = 1, DEFAULT_BIT = 2 };

static unsigned null_bits(dr_bytes table, size_t i)
{
    return i / 4 < table.n ? table.p[i / 4] >> 2 * (i % 4) & 3u : NULL_BIT;
}

/* The class's default: of the nearest class that has one of its own. */
static bool read_default(cim_property *p, const cim_class *c, const cim_slot *slot, dr_arena *arena)
{
    p->null = true;
    p->from_class = true;
    for (unsigned depth = 0; c && depth < DR_CIM_MAX_CLASS_DEPTH; c = c->parent, depth++) {
        if (slot->index >= c->n_slots)
            return true; /* above the class that introduced it */
        unsigned bits = null_bits(c->table, slot->index);
        if (bits & DEFAULT_BIT)
            continue;
        if (bits & NULL_BIT)
            return true;
        dr_cur values = dr_cur_over(dr_bytes_sub(c->table, (c->n_slots + 3) / 4, c->table.n), 0);
        p->null = false;
        return read_value(p, dr_cur_from(&values, slot->off), c->heap, arena);
    }
    return true;
}

static void add_escaped(dr_buf *b, dr_str text)
{
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"' || text.p[i] == '\\')
            dr_buf_char(b, '\\');
        dr_buf_char(b, text.p[i]);
    }
}

static int by_name(const void *a, const void *b, void *context)
{
    (void)context;
    return dr_str_cmp_fold((*(const cim_property *const *)a)->name, (*(const cim_property *const *)b)->name);
}

/* Keys stand in the order of their names. */
static dr_str path_of(const cim_instance *o, dr_arena *arena)
{
    dr_buf b = { 0 };
    const cim_property **keys = DR_NEW_ARRAY(arena, const cim_property *, o->n_properties);
    size_t n = 0;
    for (size_t i = 0; keys && i < o->n_properties; i++) {
        if (o->properties[i].key && !o->properties[i].null && o->properties[i].n_items == 1)
            keys[n++] = &o->properties[i];
    }
    if (!keys || !dr_sort(keys, n, sizeof *keys, by_name, NULL))
        return DR_STR_NONE;
    dr_buf_str_add(&b, o->class_name);
    for (size_t i = 0; i < n; i++) {
        uint16_t t = keys[i]->type & 0xfff;
        bool quoted = t == CIM_STRING || t == CIM_DATETIME || t == CIM_REFERENCE;
        dr_buf_char(&b, i ? ',' : '.');
        dr_buf_str_add(&b, keys[i]->name);
        dr_buf_z(&b, quoted ? "=\"" : "=");
        add_escaped(&b, keys[i]->items[0]);
        if (quoted)
            dr_buf_char(&b, '"');
    }
    if (n == 0)
        dr_buf_z(&b, "=@");
    dr_str path = b.failed ? DR_STR_NONE : dr_arena_str(arena, dr_buf_str(&b));
    dr_buf_free(&b);
    return path;
}

/* Nothing but the texts of the heap, for an instance whose class is not known. The heap ends the block:
 * its length with bit 31 set is looked for. */
static bool strings_only(cim_instance *out, dr_bytes block, dr_arena *arena)
{
    for (size_t at = 5; at + 5 < block.n; at++) {
        dr_cur c = dr_cur_over(dr_bytes_sub(block, at, block.n), at);
        uint32_t size = dr_u32(&c);
        if (!(size & 0x80000000u) || (size & 0x7fffffffu) != block.n - at - 4)
            continue;
        dr_bytes heap = dr_cur_rest(&c);
        if (!cim_heap_text(heap, 0, arena, &out->class_name) || out->class_name.n == 0)
            continue;
        DR_VEC(cim_property) list = { 0 };
        bool ok = true;
        size_t pos = heap.p[0] == 1 ? 3 : 2 + out->class_name.n; /* behind flag, name, NUL */
        while (ok && pos + 2 < heap.n && list.n < 256) {
            dr_str text;
            if (heap.p[pos] == 0 && cim_heap_text(heap, (uint32_t)pos, arena, &text) && text.n > 1) {
                dr_str *item = DR_NEW(arena, dr_str);
                cim_property p = { .name = DR_STR("Text"), .type = CIM_STRING, .items = item, .n_items = 1 };
                if (item)
                    *item = text;
                ok = item && dr_vec_push(&list, p);
                pos += text.n + 2;
            } else {
                pos++;
            }
        }
        cim_property *kept = DR_NEW_ARRAY(arena, cim_property, list.n);
        if (kept) {
            for (size_t i = 0; i < list.n; i++)
                kept[i] = list.p[i];
            out->properties = kept;
            out->n_properties = list.n;
        }
        dr_vec_free(&list);
        return kept != NULL;
    }
    return false;
}

/* One property for each slot of the class; what cannot be read makes the instance partial. */
static bool read_properties(cim_instance *out, const cim_class *c, dr_bytes nulls, dr_cur values, dr_bytes heap,
                            dr_arena *arena)
{
    cim_property *list = DR_NEW_ARRAY(arena, cim_property, c->n_slots);
    if (!list)
        return false;
    for (size_t i = 0; i < c->n_slots; i++) {
        const cim_slot *slot = &c->slots[i];
        cim_property *p = &list[i];
        *p = (cim_property){ .name = slot->name, .type = slot->type, .key = slot->key };
        unsigned bits = null_bits(nulls, i);
        bool ok = true;
        if (bits & DEFAULT_BIT) {
            ok = read_default(p, c, slot, arena);
        } else if (bits & NULL_BIT) {
            p->null = true;
        } else {
            dr_cur all_values = values;
            ok = read_value(p, dr_cur_from(&all_values, slot->off), heap, arena);
        }
        if (!ok) {
            p->null = p->n_items == 0;
            out->partial = true;
        }
    }
    out->properties = list;
    out->n_properties = c->n_slots;
    return true;
}

/*  128 (XP 64) hash of the class name, UTF-16LE hexadecimal
 *  8   stamp (see cim.h); 8 time of the class definition
 *  4   length of the block, these four bytes included
 *  1   flags; 4 class name
 *      null table, values; 4.. qualifiers; 1 1: no qualifiers of properties, 2: a set for each
 *  4.. heap: length with bit 31, bytes
 * The core instances of XP begin with four zero bytes and one time. */
bool cim_instance_read(cim_instance *out, dr_bytes record, const cim_repo *repo, const cim_class *c, dr_arena *arena)
{
    dr_cur cur = dr_cur_over(record, 0);
    bool core = repo->state.xp && record.n >= 4 && memcmp(record.p, "\0\0\0\0", 4) == 0;
    if (core) {
        dr_skip(&cur, 4);
        out->stamp = dr_time_clean(dr_filetime(&cur));
    } else {
        dr_skip(&cur, 2 * repo->hash_text);
        out->stamp = dr_time_clean(dr_filetime(&cur));
        (void)dr_filetime(&cur);
    }
    uint32_t size = dr_u32(&cur);
    if (!dr_cur_ok(&cur) || size < 9)
        return false;
    size_t there = dr_left(&cur);
    out->partial = there < size - 4;
    dr_cur block = dr_cur_sub(&cur, out->partial ? there : size - 4);
    dr_bytes all = dr_cur_rest(&block);
    if (!c || core) {
        out->partial = true;
        return strings_only(out, all, arena);
    }
    dr_skip(&block, 5);
    dr_bytes nulls = dr_take(&block, (c->n_slots + 3) / 4);
    size_t values_size = 0;
    for (size_t i = 0; i < c->n_slots; i++) {
        size_t end = c->slots[i].off + cim_width(c->slots[i].type);
        values_size = end > values_size ? end : values_size;
    }
    if (!c->bad_layout && c->table.n > nulls.n)
        values_size = c->table.n - nulls.n;
    dr_cur values = dr_cur_sub(&block, values_size);
    uint32_t qualifiers = dr_u32(&block);
    dr_skip(&block, qualifiers >= 4 ? qualifiers - 4 : 0);
    if (dr_u8(&block) == 2) {
        for (size_t i = 0; i < c->n_slots && dr_cur_ok(&block); i++) {
            uint32_t set = dr_u32(&block);
            dr_skip(&block, set >= 4 ? set - 4 : 0);
        }
    }
    uint32_t heap_size = dr_u32(&block) & 0x7fffffffu;
    if (!dr_cur_ok(&block) || (heap_size > dr_left(&block) && !out->partial))
        return strings_only(out, all, arena) && (out->partial = true);
    dr_bytes heap = dr_bytes_sub(dr_cur_rest(&block), 0, heap_size);
    dr_str name;
    if (!cim_heap_text(heap, 0, arena, &name) || !dr_str_eq_fold(name, c->name))
        return strings_only(out, all, arena) && (out->partial = true);
    out->class_name = name;
    if (!read_properties(out, c, nulls, values, heap, arena))
        return false;
    out->path = path_of(out, arena);
    return !dr_arena_failed(arena);
}

const cim_property *cim_get(const cim_instance *o, const char *name)
{
    for (size_t i = 0; i < o->n_properties; i++) {
        if (dr_str_eq_fold(o->properties[i].name, dr_str_of(name)))
            return &o->properties[i];
    }
    return NULL;
}

bool cim_path_read(cim_path *out, dr_str text, dr_arena *arena)
{
    *out = (cim_path){ DR_STR_NONE, DR_STR_NONE, DR_STR_NONE, DR_STR_NONE };
    if (dr_str_starts(text, DR_STR("\\\\")) || dr_str_starts(text, DR_STR("//"))) { /* a host: not looked at */
        size_t at = dr_str_find_char(dr_str_from(text, 2), text.p[0]);
        if (at == SIZE_MAX)
            return false;
        text = dr_str_from(text, at + 3);
    }
    /* The class ends at its first dot or equals sign; a colon before that ends the namespace. */
    size_t end = 0;
    for (; end < text.n && text.p[end] != '.' && text.p[end] != '='; end++) {
        if (text.p[end] == ':') {
            out->space = dr_str_sub(text, 0, end);
            text = dr_str_from(text, end + 1);
            end = SIZE_MAX; /* begins anew at 0 */
        }
    }
    out->class_name = dr_str_sub(text, 0, end);
    if (out->class_name.n == 0)
        return false;
    if (end >= text.n || text.p[end] == '=')
        return true; /* a class, or its only instance */
    dr_str keys = dr_str_from(text, end + 1);
    size_t equals = dr_str_find_char(keys, '=');
    if (equals == SIZE_MAX)
        return false;
    out->key = dr_str_sub(keys, 0, equals);
    dr_str value = dr_str_from(keys, equals + 1);
    char quote = value.n ? value.p[0] : '\0';
    char *name = dr_arena_bytes(arena, value.n + 1);
    size_t n = 0;
    if (!name)
        return false;
    if (quote != '"' && quote != '\'') {
        size_t comma = dr_str_find_char(value, ',');
        out->name = comma == SIZE_MAX ? value : dr_str_sub(value, 0, comma);
        return true;
    }
    for (size_t i = 1; i < value.n && value.p[i] != quote; i++) {
        if (value.p[i] == '\\' && i + 1 < value.n)
            i++;
        name[n++] = value.p[i];
    }
    out->name = (dr_str){ name, n };
    return true;
}
