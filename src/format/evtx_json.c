#include "format/evtx_text.h"

#include "base/limits.h"
#include "format/binxml_value.h"
#include "format/evtx_program.h"
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
    return !e->instruction && dr_str_is(e->name, "Data");
}

/* Text of an attribute as it stands, for a member's name. */
static dr_str attr_text(writer *w, const evtx_attr *a)
{
    dr_str all = DR_STR_NONE;
    for (const evtx_part *p = a ? a->parts : NULL; p; p = p->next) {
        dr_str part =
            p->is_value ? binxml_value_text(w->arena, p->value.type,
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

static void put_child(writer *w, const evtx_elem *e, bool container, names *used,
                      bool *positional_done, bool *comma)
{
    if (e->absent)
        return;
    if (container && is_positional(w, e)) {
        if (!*positional_done)
            put_positional(w, e, used, comma);
        *positional_done = true;
        return;
    }
    if (e->instruction) {
        put_key(w, comma, free_name(used, dr_arena_concat(w->arena, DR_STR("?"), e->name)));
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
    for (const evtx_elem *c = e->first; c && !container && dr_str_is(e->name, "UserData");
         c = c->next)
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

/* ---- By program ---- */

/* What stands in the object at hand so far. */
typedef enum comma_state { FIRST, MAYBE, SURE } comma_state;

static void compile_element(evtx_builder *b, const binxml_node *n, bool data);

static dr_str quoted(evtx_builder *b, dr_str text)
{
    dr_buf buf = { 0 };
    dr_buf_json_str(&buf, text);
    if (buf.failed)
        b->usable = false;
    dr_str kept = dr_arena_str(binxml_record_arena(b->r), dr_buf_str(&buf));
    dr_buf_free(&buf);
    return kept;
}

static evtx_op op_of(evtx_op_code code, uint16_t slot, unsigned flags)
{
    return (evtx_op){ .code = (uint8_t)code, .slot = slot, .flags = (uint8_t)flags };
}

static void compile_key(evtx_builder *b, comma_state *state, dr_str name)
{
    dr_str key = dr_arena_printf(binxml_record_arena(b->r), ",%.*s:", DR_STR_ARG(quoted(b, name)));
    if (*state == MAYBE)
        evtx_build_op(b, op_of(OP_KEY, EVTX_NO_SLOT, 0), key);
    else
        evtx_build_lit(b, *state == FIRST ? dr_str_from(key, 1) : key);
}

static void advance(comma_state *state, bool may_vanish)
{
    if (!may_vanish)
        *state = SURE;
    else if (*state == FIRST)
        *state = MAYBE;
}

/* The attributes of N but EXCEPT. *dynamic: whether any was written is known at run time only. */
static bool compile_attributes(evtx_builder *b, const binxml_node *n, const binxml_node *except,
                               bool *dynamic)
{
    size_t literal = 0, slots = 0;
    names used = { .arena = binxml_record_arena(b->r) };
    for (const binxml_node *a = n->attrs; a; a = a->next) {
        dr_str text;
        if (a == except)
            continue;
        if (find_name(&used, a->text))
            b->usable = false; /* twice the same attribute */
        note_name(&used, a->text);
        if (evtx_only_slot(a))
            slots++;
        else if (a->first && evtx_literal(a, &text))
            literal++;
        else
            b->usable = false;
    }
    *dynamic = slots && !literal;
    if (literal)
        evtx_build_z(b, "{\"#attributes\":{");
    else if (slots)
        evtx_build_op(b, op_of(OP_ATTR_FIRST, EVTX_NO_SLOT, 0), DR_STR_NONE);
    bool sure =
        false; /* a comma is needed for certain, which the literal pieces can say themselves */
    for (const binxml_node *a = n->attrs; a && b->usable; a = a->next) {
        if (a == except)
            continue;
        dr_str key = dr_arena_printf(binxml_record_arena(b->r),
                                     "%.*s:", DR_STR_ARG(quoted(b, a->text))),
               text;
        const binxml_node *slot = evtx_only_slot(a);
        if (slot && !literal) {
            evtx_build_op(b, op_of(OP_ATTR, slot->slot, 0), key);
        } else if (slot) {
            evtx_build_op(b, op_of(OP_ATTR_MORE, slot->slot, 0), key);
        } else {
            (void)evtx_literal(a, &text);
            dr_str pair = dr_arena_printf(binxml_record_arena(b->r), ",%.*s%.*s", DR_STR_ARG(key),
                                          DR_STR_ARG(quoted(b, text)));
            if (sure || a == n->attrs)
                evtx_build_lit(b, sure ? pair : dr_str_from(pair, 1));
            else
                evtx_build_op(b, op_of(OP_KEY, EVTX_NO_SLOT, 0), pair);
            sure = true;
        }
    }
    if (literal)
        evtx_build_z(b, "}");
    return literal || slots;
}

static bool has_data(const binxml_node *n)
{
    for (const binxml_node *c = n->first; c; c = c->next)
        if (c->kind == BINXML_ELEMENT && dr_str_is(c->text, "Data"))
            return true;
    return false;
}

static const binxml_node *node_attr(const binxml_node *n, const char *name)
{
    for (const binxml_node *a = n->attrs; a; a = a->next)
        if (dr_str_is(a->text, name))
            return a;
    return NULL;
}

/* Name under which a child stands in its object. Data of a container stand under their Name; Data
 * without attributes are positional: *positional. */
static dr_str child_key(evtx_builder *b, const binxml_node *c, bool container,
                        const binxml_node **name, bool *positional)
{
    dr_str text;
    *name = NULL;
    *positional = false;
    if (!container || !dr_str_is(c->text, "Data"))
        return c->text;
    for (const binxml_node *k = c->first; k; k = k->next)
        if (k->kind == BINXML_ELEMENT)
            b->usable = false;
    if (!c->attrs) {
        *positional = true;
        return c->text;
    }
    *name = node_attr(c, "Name");
    if (!*name || c->attrs->next || !evtx_literal(*name, &text) || text.n == 0) {
        b->usable = false;
        return c->text;
    }
    return text;
}

static void compile_positional(evtx_builder *b, const binxml_node *c, comma_state *state)
{
    size_t places[2], n = evtx_build_ifs(b, c, places);
    const binxml_node *slot = evtx_only_slot(c);
    dr_str text;
    compile_key(b, state, c->text);
    if (slot) {
        evtx_build_op(b, op_of(OP_POSITIONAL, slot->slot, 0), DR_STR_NONE);
    } else if (evtx_literal(c, &text)) {
        evtx_build_z(b, "{\"#text\":");
        evtx_build_lit(b, quoted(b, text));
        evtx_build_z(b, "}");
    } else {
        b->usable = false;
    }
    for (size_t i = 0; i < n; i++)
        evtx_build_land(b, places[i]);
    advance(state, n > 0);
}

static void compile_children(evtx_builder *b, const binxml_node *n, comma_state state)
{
    bool container =
        dr_str_is(n->text, "EventData") || (dr_str_is(n->text, "UserData") && has_data(n));
    bool named = false, vanish = false, twice = false;
    size_t positional_n = 0, nested = 0;
    names used = { .arena = binxml_record_arena(b->r) };
    note_name(&used, DR_STR("#attributes"));
    note_name(&used, DR_STR("#text"));
    for (const binxml_node *c = n->first; c && b->usable; c = c->next) {
        const binxml_node *name;
        bool positional;
        evtx_build_part(b, n, c, state != MAYBE);
        if (c->kind == BINXML_SLOT && !container) {
            evtx_build_op(b, op_of(OP_NESTED, c->slot, 0), DR_STR_NONE);
            b->usable &= nested++ == 0;
            b->program.root_vanishes |=
                c->optional; /* of the root; for others see evtx_build_ifs */
            advance(&state, true);
            continue;
        }
        if (c->kind != BINXML_ELEMENT) {
            b->usable = false;
            break;
        }
        dr_str key = child_key(b, c, container, &name, &positional);
        named |= name != NULL;
        vanish |= evtx_may_vanish(c);
        positional_n += positional;
        twice |= find_name(&used, key) != NULL;
        key = free_name(&used, key);
        if (positional) {
            compile_positional(b, c, &state);
            continue;
        }
        size_t places[2], ifs = evtx_build_ifs(b, c, places);
        compile_key(b, &state, key);
        if (name && evtx_only_slot(c)) {
            evtx_build_op(b, op_of(OP_VALUE, evtx_only_slot(c)->slot, EVTX_OP_DATA), DR_STR_NONE);
        } else if (name) {
            dr_str text;
            b->usable &= evtx_literal(c, &text);
            evtx_build_lit(b, quoted(b, text));
        } else {
            compile_element(b, c, container && dr_str_is(c->text, "Data"));
        }
        for (size_t i = 0; i < ifs; i++)
            evtx_build_land(b, places[i]);
        advance(&state, ifs > 0);
    }
    evtx_build_part(b, n, NULL, false);
    /* Which suffix a repeated name gets depends on what is there; so does a list of Data. */
    if ((twice && vanish) || positional_n > 1 || (positional_n && named))
        b->usable = false;
    if (nested) { /* what is grafted in must not have the name of what stands beside it */
        size_t i = 0;
        for (const binxml_node *c = n->first; c; c = c->next) {
            if (c->kind != BINXML_ELEMENT)
                continue;
            if (i == sizeof b->program.siblings / sizeof *b->program.siblings)
                b->usable = false;
            else
                b->program.siblings[i++] = c->text;
        }
        b->program.n_siblings = i;
        b->usable &= !b->program.nests;
        b->program.nests = true;
    }
}

/* The value of element N whose key is written already. */
static void compile_element(evtx_builder *b, const binxml_node *n, bool data)
{
    bool dynamic = false;
    const binxml_node *slot = evtx_only_slot(n);
    dr_str text;
    bool attrs = compile_attributes(b, n, NULL, &dynamic);
    if (slot) {
        unsigned flags = (data ? EVTX_OP_DATA : 0) |
                         (dr_str_is(n->text, "EventData") || attrs ? 0 : EVTX_OP_BODY);
        if (!attrs) {
            evtx_build_op(b, op_of(OP_VALUE, slot->slot, flags), DR_STR_NONE);
        } else if (dynamic) {
            evtx_build_op(b, op_of(OP_ATTR_TEXT, slot->slot, 0), DR_STR_NONE);
        } else {
            evtx_build_op(b, op_of(OP_TEXT, slot->slot, 0), DR_STR_NONE);
            evtx_build_z(b, "}");
        }
        return;
    }
    if (!n->first || !evtx_has_kind(n, BINXML_ELEMENT)) {
        if (evtx_has_kind(n, BINXML_SLOT) || !evtx_literal(n, &text)) {
            b->usable = false;
            return;
        }
        if (dynamic) {
            b->usable &= text.n == 0;
            evtx_build_op(b, op_of(OP_ATTR_TEXT, EVTX_NO_SLOT, 0), DR_STR_NONE);
            return;
        }
        if (attrs && text.n)
            evtx_build_z(b, ",\"#text\":");
        if (text.n || (data && !attrs))
            evtx_build_lit(b, quoted(b, text));
        else if (!attrs)
            evtx_build_z(b, "null");
        if (attrs)
            evtx_build_z(b, "}");
        return;
    }
    if (dynamic) {
        evtx_build_op(b, op_of(OP_ATTR_OPEN, EVTX_NO_SLOT, 0), DR_STR_NONE);
        compile_children(b, n, MAYBE);
        evtx_build_op(b, op_of(OP_CLOSE, EVTX_NO_SLOT, 0), DR_STR_NONE);
    } else if (attrs) {
        compile_children(b, n, SURE);
        evtx_build_z(b, "}");
    } else {
        evtx_build_z(b, "{");
        compile_children(b, n, FIRST);
        evtx_build_op(b, op_of(OP_CLOSE, EVTX_NO_SLOT, 0), DR_STR_NONE);
    }
}

static evtx_program *json_program(binxml_reader *r, binxml_def *def)
{
    if (def->json)
        return def->json;
    evtx_builder b = { .r = r, .def = def, .usable = evtx_build_begin(def) };
    if (b.usable) {
        b.program.root_vanishes = evtx_may_vanish(def->root);
        b.program.root = def->root->text;
        evtx_build_lit(&b, quoted(&b, def->root->text));
        evtx_build_z(&b, ":");
        compile_element(&b, def->root, false);
    }
    def->json = evtx_build_end(&b);
    return def->json;
}

bool evtx_json_by_program(binxml_reader *r, const binxml_instance *in, dr_buf *out)
{
    evtx_runner run = { .r = r, .out = out, .program_of = json_program };
    return evtx_run(&run, in);
}

bool evtx_json(binxml_reader *r, const binxml_instance *in, dr_buf *out)
{
    return evtx_json_by_program(r, in, out) || evtx_json_by_tree(r, in, out);
}
