#include "format/evtx_text.h"

#include "base/limits.h"
#include "format/binxml_value.h"
#include "format/evtx_tree.h"

/* ---- By the resolved tree ---- */

/* Names of the members written into one object so far, so that none is written twice. */
#define NAME_BUCKETS 64u

struct name {
    struct name *next;
    dr_str text;
    unsigned repeats; /* the last suffix tried for this name */
};

typedef struct names {
    dr_arena *arena;
    struct name *buckets[NAME_BUCKETS];
} names;

static struct name **name_bucket(names *all, dr_str text)
{
    return &all->buckets[dr_hash64(text.p, text.n) % NAME_BUCKETS];
}

static struct name *find_name(names *all, dr_str text)
{
    for (struct name *n = *name_bucket(all, text); n; n = n->next)
        if (dr_str_eq(n->text, text))
            return n;
    return NULL;
}

static void note_name(names *all, dr_str text)
{
    struct name *n = DR_NEW(all->arena, struct name), **bucket = name_bucket(all, text);
    if (n) {
        n->text = text;
        n->next = *bucket;
        *bucket = n;
    }
}

/* TEXT, or TEXT_1, TEXT_2 ... when it is taken. */
static dr_str free_name(names *all, dr_str text)
{
    struct name *taken = find_name(all, text);
    dr_str shown = text;
    while (taken && find_name(all, shown)) {
        shown = dr_arena_printf(all->arena, "%.*s_%u", DR_STR_ARG(text), ++taken->repeats);
        if (dr_arena_failed(all->arena))
            break;
    }
    note_name(all, shown);
    return shown;
}

typedef struct writer {
    binxml_reader *r;
    dr_arena *arena;
    dr_buf *out;
} writer;

static void put_key(writer *w, bool *comma, dr_str name)
{
    if (*comma)
        dr_buf_char(w->out, ',');
    *comma = true;
    dr_buf_json_str(w->out, name);
    dr_buf_char(w->out, ':');
}

static bool part_is_empty(const writer *w, const evtx_part *p)
{
    return p->is_value ? binxml_value_empty(&p->value, binxml_chunk_bytes(w->r)) : p->text.n == 0;
}

static bool parts_are_empty(const writer *w, const evtx_part *p)
{
    for (; p; p = p->next)
        if (!part_is_empty(w, p))
            return false;
    return true;
}

static void put_value_text(writer *w, const binxml_value *v)
{
    bool odd = false;
    dr_bytes bytes = binxml_value_bytes(binxml_chunk_bytes(w->r), v);
    char *at = dr_buf_room(w->out, binxml_value_room(bytes.n));
    if (!at)
        return;
    w->out->n += (size_t)(binxml_value_put(at, v->type, bytes, BINXML_JSON, &odd) - at);
}

/* One value bare or as a string; several parts run together as a string. */
static void put_scalar(writer *w, const evtx_part *p)
{
    if (p && !p->next && p->is_value &&
        binxml_value_bare(p->value.type, binxml_value_bytes(binxml_chunk_bytes(w->r), &p->value))) {
        put_value_text(w, &p->value);
        return;
    }
    dr_buf_char(w->out, '"');
    for (; p; p = p->next) {
        if (p->is_value)
            put_value_text(w, &p->value);
        else
            dr_buf_json_text(w->out, p->text);
    }
    dr_buf_char(w->out, '"');
}

static bool attr_shown(const writer *w, const evtx_attr *a)
{
    if (a->absent)
        return false;
    /* An empty literal stays; what is empty for want of a value goes. */
    for (const evtx_part *p = a->parts; p; p = p->next)
        if (!p->is_value)
            return true;
    return !parts_are_empty(w, a->parts);
}

/* "#attributes":{...} without EXCEPT; false when there is none to show. */
static bool put_attributes(writer *w, const evtx_elem *e, const evtx_attr *except, bool *comma)
{
    bool inner = false;
    names used = { .arena = w->arena };
    for (const evtx_attr *a = e->attrs; a; a = a->next) {
        if (a == except || !attr_shown(w, a))
            continue;
        if (!inner) {
            put_key(w, comma, DR_STR("#attributes"));
            dr_buf_char(w->out, '{');
        }
        put_key(w, &inner, free_name(&used, a->name));
        put_scalar(w, a->parts);
    }
    if (inner)
        dr_buf_char(w->out, '}');
    return inner;
}

static bool shows_attributes(const writer *w, const evtx_elem *e, const evtx_attr *except)
{
    for (const evtx_attr *a = e->attrs; a; a = a->next)
        if (a != except && attr_shown(w, a))
            return true;
    return false;
}

static const evtx_attr *name_attr(const evtx_elem *e)
{
    for (const evtx_attr *a = e->attrs; a; a = a->next)
        if (dr_str_is(a->name, "Name"))
            return a;
    return NULL;
}

static bool is_data(const evtx_elem *e)
{
    return dr_str_is(e->name, "Data");
}

/* Text of an attribute as it stands, for a member's name. */
static dr_str attr_text(writer *w, const evtx_attr *a)
{
    dr_str all = DR_STR_NONE;
    for (const evtx_part *p = a ? a->parts : NULL; p; p = p->next) {
        dr_str part = p->is_value ? binxml_value_text(w->arena, p->value.type,
                                                      binxml_value_bytes(binxml_chunk_bytes(w->r), &p->value))
                                  : p->text;
        all = all.n ? dr_arena_concat(w->arena, all, part) : part;
    }
    return all;
}

static void put_element(writer *w, const evtx_elem *e, const evtx_attr *except, bool data);

/* Unnamed Data without anything but text: they stand together as "Data":{"#text":[...]}. */
static bool is_positional(const writer *w, const evtx_elem *e)
{
    return is_data(e) && !e->absent && !e->first && !shows_attributes(w, e, NULL);
}

static void put_positional(writer *w, const evtx_elem *from, names *used, bool *comma)
{
    size_t n = 0;
    for (const evtx_elem *e = from; e; e = e->next)
        n += is_positional(w, e);
    put_key(w, comma, free_name(used, DR_STR("Data")));
    dr_buf_z(w->out, n == 1 ? "{\"#text\":" : "{\"#text\":[");
    bool inner = false;
    for (const evtx_elem *e = from; e; e = e->next) {
        if (!is_positional(w, e))
            continue;
        if (inner)
            dr_buf_char(w->out, ',');
        inner = true;
        put_scalar(w, e->parts);
    }
    dr_buf_z(w->out, n == 1 ? "}" : "]}");
}

static void put_child(writer *w, const evtx_elem *e, bool container, names *used, bool *positional_done, bool *comma)
{
    if (e->absent)
        return;
    if (container && is_positional(w, e)) {
        if (!*positional_done)
            put_positional(w, e, used, comma);
        *positional_done = true;
        return;
    }
    if (e->name.n == 0) {
        put_key(w, comma, free_name(used, dr_arena_concat(w->arena, DR_STR("?"), e->target)));
        dr_buf_json_str(w->out, e->data);
        return;
    }
    const evtx_attr *name = container && is_data(e) ? name_attr(e) : NULL;
    dr_str shown = name ? attr_text(w, name) : DR_STR_NONE;
    if (shown.n == 0)
        name = NULL;
    put_key(w, comma, free_name(used, name ? shown : e->name));
    put_element(w, e, name, container && is_data(e));
}

static void put_children(writer *w, const evtx_elem *e, bool *comma)
{
    bool container = dr_str_is(e->name, "EventData");
    for (const evtx_elem *c = e->first; c && !container && dr_str_is(e->name, "UserData"); c = c->next)
        container = is_data(c);
    bool positional_done = false;
    names used = { .arena = w->arena };
    note_name(&used, DR_STR("#attributes"));
    note_name(&used, DR_STR("#text"));
    for (const evtx_elem *c = e->first; c; c = c->next)
        put_child(w, c, container, &used, &positional_done, comma);
}

/* The value of an element: null, scalar or object. DATA: an empty one is "" instead of null. */
static void put_element(writer *w, const evtx_elem *e, const evtx_attr *except, bool data)
{
    bool has_text = !parts_are_empty(w, e->parts), has_children = false;
    for (const evtx_elem *c = e->first; c && !has_children; c = c->next)
        has_children = !c->absent;
    if (!shows_attributes(w, e, except) && !has_children) {
        if (has_text || data)
            put_scalar(w, e->parts);
        else
            dr_buf_z(w->out, "null");
        return;
    }
    bool comma = false;
    dr_buf_char(w->out, '{');
    put_attributes(w, e, except, &comma);
    if (has_text) {
        put_key(w, &comma, DR_STR("#text"));
        put_scalar(w, e->parts);
    }
    put_children(w, e, &comma);
    dr_buf_char(w->out, '}');
}

bool evtx_json_by_tree(binxml_reader *r, const binxml_instance *in, dr_buf *out)
{
    size_t start = out->n;
    writer w = { .r = r, .arena = binxml_record_arena(r), .out = out };
    evtx_elem *top = evtx_tree(r, in);
    names used = { .arena = w.arena };
    bool comma = false, positional = false;
    note_name(&used, DR_STR("Record"));
    for (const evtx_elem *e = top; e; e = e->next)
        put_child(&w, e, false, &used, &positional, &comma);
    if (top && !out->failed && !dr_arena_failed(w.arena) && out->n - start <= DR_BINXML_MAX_OUTPUT)
        return true;
    out->n = start;
    return false;
}

bool evtx_json_values(binxml_reader *r, const binxml_instance *in, dr_buf *out)
{
    writer w = { .r = r, .arena = binxml_record_arena(r), .out = out };
    dr_buf_z(out, "\"Values\":[");
    for (uint32_t i = 0; i < in->n; i++) {
        binxml_value v = in->values[i];
        dr_buf_z(out, i ? ",{\"type\":" : "{\"type\":");
        dr_buf_u64(out, v.type);
        dr_buf_z(out, ",\"value\":");
        evtx_part part = { .is_value = true, .value = v };
        if (v.type == BINXML_NULL)
            dr_buf_z(out, "null");
        else
            put_scalar(&w, &part);
        dr_buf_char(out, '}');
    }
    dr_buf_char(out, ']');
    return !out->failed;
}

bool evtx_json(binxml_reader *r, const binxml_instance *in, dr_buf *out)
{
    return evtx_json_by_tree(r, in, out);
}
