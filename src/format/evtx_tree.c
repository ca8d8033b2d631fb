#include "format/evtx_tree.h"

#include "base/limits.h"
#include "format/binxml_value.h"

#define ARRAYS_PER_ELEMENT 4u /* more of them are shown item by item of the last */

/* A slot whose array is being spread: this item stands for it. */
typedef struct bound {
    uint16_t slot;
    binxml_value item;
} bound;

typedef struct builder {
    binxml_reader *r;
    dr_arena *arena;
    size_t nodes; /* bounded by DR_BINXML_MAX_FIELDS */
    bound bounds[ARRAYS_PER_ELEMENT];
    size_t n_bounds;
} builder;

static bool room(builder *b)
{
    if (b->nodes >= DR_BINXML_MAX_FIELDS) {
        *binxml_trouble(b->r) |= BINXML_LIMIT;
        return false;
    }
    b->nodes++;
    return true;
}

static binxml_value value_of(const builder *b, const binxml_instance *in, uint16_t slot)
{
    for (size_t i = 0; i < b->n_bounds; i++)
        if (b->bounds[i].slot == slot)
            return b->bounds[i].item;
    return binxml_slot(in, slot);
}

static void add_elem(evtx_elem *parent, evtx_elem **top, evtx_elem *e)
{
    if (parent) {
        if (parent->last)
            parent->last->next = e;
        else
            parent->first = e;
        parent->last = e;
        return;
    }
    while (*top)
        top = &(*top)->next;
    *top = e;
}

static void fragment(builder *b, const binxml_instance *in, evtx_elem *parent, evtx_elem **top,
                     unsigned depth);
static void element(builder *b, const binxml_instance *in, const binxml_node *n, evtx_elem *parent,
                    evtx_elem **top, unsigned depth);

static evtx_part *new_part(builder *b, evtx_part ***end)
{
    evtx_part *p = room(b) ? DR_NEW(b->arena, evtx_part) : NULL;
    if (p) {
        p->text = DR_STR_NONE;
        **end = p;
        *end = &p->next;
    }
    return p;
}

/* A part that is text or a plain value. */
static void add_part(builder *b, const binxml_node *n, const binxml_value *v, evtx_part ***end)
{
    if (n->kind == BINXML_SLOT && (v->type == BINXML_NULL || v->type == BINXML_EMBEDDED))
        return;
    evtx_part *p = new_part(b, end);
    if (!p)
        return;
    p->text = n->text;
    p->cdata = n->kind == BINXML_CDATA;
    p->is_value = n->kind == BINXML_SLOT;
    if (p->is_value)
        p->value = *v;
    if (p->value.type & BINXML_ARRAY) /* empty, or one array too many: as its bytes */
        p->value.type = p->value.size ? BINXML_BINARY : BINXML_STRING;
}

static evtx_attr *attributes(builder *b, const binxml_instance *in, const binxml_node *n)
{
    evtx_attr *first = NULL, **end = &first;
    for (const binxml_node *a = n->attrs; a; a = a->next) {
        evtx_attr *attr = room(b) ? DR_NEW(b->arena, evtx_attr) : NULL;
        if (!attr)
            break;
        attr->name = a->text;
        evtx_part **parts = &attr->parts;
        for (const binxml_node *p = a->first; p; p = p->next) {
            binxml_value v = { 0 };
            if (p->kind == BINXML_SLOT)
                v = value_of(b, in, p->slot);
            if (p->kind == BINXML_SLOT && v.type == BINXML_NULL)
                attr->absent |= p->optional || !a->first->next;
            add_part(b, p, &v, &parts);
        }
        *end = attr;
        end = &attr->next;
    }
    return first;
}

/* False when what is embedded there has lost its template. An empty fragment is no loss. */
static bool embedded(builder *b, const binxml_value *v, evtx_elem *e, unsigned depth)
{
    binxml_instance inner;
    unsigned *trouble = binxml_trouble(b->r), before = *trouble;
    *trouble = 0;
    if (binxml_embedded(b->r, v, depth, &inner) && inner.def)
        fragment(b, &inner, e, NULL, depth + 1);
    bool lost = !inner.def && *trouble;
    *trouble |= before;
    return !lost;
}

static void content(builder *b, const binxml_instance *in, const binxml_node *n, evtx_elem *e,
                    unsigned depth)
{
    evtx_part **parts = &e->parts;
    size_t n_parts = 0, n_bounds = b->n_bounds;
    for (const binxml_node *c = n->first; c; c = c->next) {
        binxml_value v = { 0 };
        evtx_elem *before = e->last;
        switch (c->kind) {
        case BINXML_ELEMENT:
            b->n_bounds = 0; /* arrays repeat the innermost element only */
            element(b, in, c, e, NULL, depth + 1);
            b->n_bounds = n_bounds;
            break;
        case BINXML_INSTANCE:
            if (c->instance)
                fragment(b, c->instance, e, NULL, depth + 1);
            break;
        case BINXML_PI: {
            evtx_elem *pi = room(b) ? DR_NEW(b->arena, evtx_elem) : NULL;
            if (pi) {
                pi->instruction = true;
                pi->name = c->text;
                pi->data = c->data;
                add_elem(e, NULL, pi);
            }
            break;
        }
        case BINXML_SLOT:
            v = value_of(b, in, c->slot);
            if (v.type == BINXML_EMBEDDED) {
                b->n_bounds = 0;
                bool lost = !embedded(b, &v, e, depth);
                b->n_bounds = n_bounds;
                if (!lost)
                    break;
                v.type = BINXML_BINARY; /* cannot be read: at least its bytes are there */
            }
            e->absent |= v.type == BINXML_NULL && c->optional;
            add_part(b, c, &v, &parts);
            n_parts += v.type != BINXML_NULL;
            break;
        case BINXML_TEXT:
        case BINXML_CDATA:
            add_part(b, c, &v, &parts);
            n_parts++;
            break;
        case BINXML_ATTRIBUTE:
            break;
        }
        for (evtx_elem *fresh = before ? before->next : e->first; fresh; fresh = fresh->next)
            fresh->text_before = n_parts;
    }
}

/* The first slot of the element itself (its attributes and text) that holds an array with items and
 * is not bound yet. */
static bool next_array(const builder *b, const binxml_instance *in, const binxml_node *n,
                       uint16_t *slot)
{
    for (const binxml_node *a = n->attrs; a; a = a->next)
        for (const binxml_node *p = a->first; p; p = p->next)
            if (p->kind == BINXML_SLOT && (value_of(b, in, p->slot).type & BINXML_ARRAY) &&
                value_of(b, in, p->slot).size) {
                *slot = p->slot;
                return true;
            }
    for (const binxml_node *p = n->first; p; p = p->next)
        if (p->kind == BINXML_SLOT && (value_of(b, in, p->slot).type & BINXML_ARRAY) &&
            value_of(b, in, p->slot).size) {
            *slot = p->slot;
            return true;
        }
    return false;
}

static void element(builder *b, const binxml_instance *in, const binxml_node *n, evtx_elem *parent,
                    evtx_elem **top, unsigned depth)
{
    uint16_t slot;
    if (depth > DR_BINXML_MAX_ELEMENTS || !room(b)) {
        *binxml_trouble(b->r) |= BINXML_LIMIT;
        return;
    }
    if (b->n_bounds < ARRAYS_PER_ELEMENT && next_array(b, in, n, &slot)) {
        binxml_value array = binxml_slot(in, slot), item;
        dr_bytes chunk = binxml_chunk_bytes(b->r);
        for (size_t pos = 0;
             binxml_array_next(&array, chunk, &pos, &item) && b->nodes < DR_BINXML_MAX_FIELDS;) {
            b->bounds[b->n_bounds++] = (bound){ slot, item };
            element(b, in, n, parent, top, depth);
            b->n_bounds--;
        }
        return;
    }
    evtx_elem *e = DR_NEW(b->arena, evtx_elem);
    if (!e)
        return;
    e->name = n->text;
    e->data = DR_STR_NONE;
    e->absent = binxml_vanishes(in, n);
    e->attrs = attributes(b, in, n);
    add_elem(parent, top, e);
    content(b, in, n, e, depth);
}

static void fragment(builder *b, const binxml_instance *in, evtx_elem *parent, evtx_elem **top,
                     unsigned depth)
{
    if (!in->def || depth > DR_BINXML_MAX_ELEMENTS)
        return;
    for (const binxml_node *n = in->def->first; n; n = n->next) {
        if (n->kind == BINXML_ELEMENT)
            element(b, in, n, parent, top, depth);
        else if (n->kind == BINXML_INSTANCE && n->instance)
            fragment(b, n->instance, parent, top, depth + 1);
    }
}

evtx_elem *evtx_tree(binxml_reader *r, const binxml_instance *in)
{
    builder b = { .r = r, .arena = binxml_record_arena(r) };
    evtx_elem *top = NULL;
    fragment(&b, in, NULL, &top, 0);
    /* Event itself often depends on the slot of its content; an event without content is one too. */
    for (evtx_elem *e = top; e; e = e->next)
        e->absent = false;
    return dr_arena_failed(b.arena) ? NULL : top;
}
