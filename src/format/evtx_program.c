#include "format/evtx_program.h"

#include "base/le.h"
#include "base/limits.h"
#include "base/put.h"
#include "format/binxml_value.h"

#define RUN_DEPTH 6u
#define MARKS 8u

/* ---- Building ---- */

bool evtx_build_begin(const binxml_def *def)
{
    return !def->damaged && !def->bad_names && def->root && def->first == def->root &&
           !def->root->next;
}

bool evtx_may_vanish(const binxml_node *element)
{
    const binxml_node *only = evtx_only_slot(element);
    return element->slot != BINXML_NO_DEPENDENCY || (only && only->optional);
}

size_t evtx_build_ifs(evtx_builder *b, const binxml_node *element, size_t places[2])
{
    size_t count = 0;
    const binxml_node *only = evtx_only_slot(element);
    evtx_op skip = { .code = OP_IF };
    if (element->slot != BINXML_NO_DEPENDENCY) {
        skip.slot = element->slot;
        places[count++] = evtx_build_op(b, skip, DR_STR_NONE);
    }
    if (only && only->optional && only->slot != element->slot) {
        skip.slot = only->slot;
        places[count++] = evtx_build_op(b, skip, DR_STR_NONE);
    }
    for (const binxml_node *c = element->first; c && !only; c = c->next)
        if (c->kind == BINXML_SLOT && c->optional) /* among other content: not covered */
            b->usable = false;
    return count;
}

void evtx_build_lit(evtx_builder *b, dr_str text)
{
    if (b->ops.n && dr_vec_last(&b->ops).code == OP_LIT && b->program.n_ops != b->ops.n) {
        dr_buf_str_add(&b->lits, text);
        dr_vec_last(&b->ops).lit_n += (uint32_t)text.n;
        b->program.lit_bytes += text.n;
        return;
    }
    evtx_build_op(b, (evtx_op){ .code = OP_LIT }, text);
}

void evtx_build_z(evtx_builder *b, const char *text)
{
    evtx_build_lit(b, dr_str_of(text));
}

/* Operations that begin with their literal take over the one before them. */
static bool begins_with_literal(unsigned code)
{
    return code == OP_VALUE || code == OP_POSITIONAL || code == OP_ATTR_FIRST || code == OP_TEXT;
}

size_t evtx_build_op(evtx_builder *b, evtx_op op, dr_str lit)
{
    if (begins_with_literal(op.code) && b->ops.n && dr_vec_last(&b->ops).code == OP_LIT &&
        b->program.n_ops != b->ops.n) {
        evtx_op *before = &dr_vec_last(&b->ops);
        op.lit = before->lit;
        op.lit_n = before->lit_n;
        *before = op;
        b->program.lit_bytes += 32;
        b->program.values++;
        return b->ops.n - 1;
    }
    op.lit = (uint32_t)b->lits.n;
    op.lit_n = (uint32_t)lit.n;
    dr_buf_str_add(&b->lits, lit);
    b->program.lit_bytes += lit.n + 16; /* and the few bytes that operations add by themselves */
    b->program.values += op.code != OP_LIT && op.code != OP_IF;
    if (b->ops.n >= UINT16_MAX - 1 || !dr_vec_push(&b->ops, op))
        b->usable = false;
    return b->ops.n - 1;
}

void evtx_build_land(evtx_builder *b, size_t place)
{
    if (place < b->ops.n)
        b->ops.p[place].to = (uint16_t)b->ops.n;
    b->program.n_ops = b->ops.n; /* the next literal must not grow the one that is skipped */
}

/* How often the most used slot is written: bounds what a run can write. */
static size_t most_uses(binxml_reader *r, const evtx_program *p)
{
    size_t most = 1, slots = 0;
    for (size_t i = 0; i < p->n_ops; i++)
        if (p->ops[i].slot != EVTX_NO_SLOT && p->ops[i].slot >= slots)
            slots = p->ops[i].slot + 1u;
    uint32_t *uses = DR_NEW_ARRAY(binxml_record_arena(r), uint32_t, slots);
    for (size_t i = 0; uses && i < p->n_ops; i++)
        if (p->ops[i].slot != EVTX_NO_SLOT && ++uses[p->ops[i].slot] > most)
            most = uses[p->ops[i].slot];
    return most;
}

evtx_program *evtx_build_end(evtx_builder *b)
{
    dr_arena *arena = binxml_def_arena(b->r, b->def);
    evtx_program *p = DR_NEW(arena, evtx_program);
    if (p) {
        *p = b->program;
        p->n_ops = b->ops.n;
        p->usable = b->usable && !b->lits.failed && b->ops.n <= 4096;
        dr_buf_fill(&b->lits, '\0', EVTX_LIT_PAD);
        p->lits = dr_arena_str(arena, dr_buf_str(&b->lits)).p;
        p->ops = DR_NEW_ARRAY(arena, evtx_op, p->n_ops);
        if (!p->ops || b->lits.failed)
            p->usable = false;
        for (size_t i = 0; p->usable && i < p->n_ops; i++)
            p->ops[i] = b->ops.p[i];
        if (p->usable)
            p->most_uses = most_uses(b->r, p);
    }
    dr_buf_free(&b->lits);
    dr_vec_free(&b->ops);
    return p;
}

const binxml_node *evtx_only_slot(const binxml_node *holder)
{
    const binxml_node *n = holder->first;
    return n && !n->next && n->kind == BINXML_SLOT ? n : NULL;
}

bool evtx_has_kind(const binxml_node *holder, binxml_kind kind)
{
    for (const binxml_node *n = holder->first; n; n = n->next)
        if (n->kind == kind)
            return true;
    return false;
}

bool evtx_literal(const binxml_node *holder, dr_str *text)
{
    const binxml_node *n = holder->first;
    *text = n ? n->text : DR_STR_NONE;
    return !n || (!n->next && n->kind == BINXML_TEXT);
}

/* ---- Running ---- */

typedef struct machine {
    const evtx_runner *run;
    dr_bytes chunk;
    char *p; /* where the next byte goes */
    unsigned depth;
} machine;

/* Literals are copied in pieces of 16 bytes: both sides have room behind the last one. */
static inline char *put_lit(char *out, const char *lit, size_t n)
{
    /* bounded: room and literal are padded by EVTX_LIT_PAD */
    for (size_t i = 0; i < n; i += 16)
        memcpy(out + i, lit + i, 16); /* bounded: as said */
    return out + n;
}

static inline char *put_z(char *out, const char *text, size_t n)
{
    /* bounded: constants of a few bytes, for which every operation has room */
    memcpy(out, text, n);
    return out + n;
}

#define PUT(out, text) put_z((out), (text), sizeof(text) - 1)

static inline bool string_is_empty(dr_bytes b)
{
    return b.n < 2 || (b.n < 4 && b.p[0] == 0 && b.p[1] == 0);
}

/* Nothing to show. */
static inline bool is_empty(const machine *m, const binxml_value *v)
{
    if (v->type == BINXML_STRING)
        return string_is_empty(binxml_value_bytes(m->chunk, v));
    return v->type == BINXML_NULL || v->size == 0 ||
           (v->type == BINXML_ANSI && binxml_value_empty(v, m->chunk));
}

/* The kinds that make up nearly all values have their own lines here; the rest, and every value
 * whose size does not fit its kind, goes the general way, with the same result. */
static inline __attribute__((always_inline)) char *json_value(const machine *m, char *p,
                                                              const binxml_value *v)
{
    bool odd = false;
    dr_bytes b = binxml_value_bytes(m->chunk, v);
    switch (v->type) {
    case BINXML_STRING:
        *p++ = '"';
        b.n -= b.n & 1;
        if (b.n && b.p[b.n - 2] == 0 && b.p[b.n - 1] == 0)
            b.n -= 2;
        p = dr_put_utf16_json(p, (dr_wstr){ b.p, b.n / 2 });
        *p++ = '"';
        return p;
    case BINXML_U8:
        if (b.n == 1)
            return dr_put_u64(p, b.p[0]);
        break;
    case BINXML_U16:
        if (b.n == 2)
            return dr_put_u64(p, dr_le16_in(b, 0));
        break;
    case BINXML_U32:
        if (b.n == 4)
            return dr_put_u64(p, dr_le32_in(b, 0));
        break;
    case BINXML_HEX64:
        if (b.n == 8) {
            p = dr_put_hex(PUT(p, "\"0x"), dr_le64_in(b, 0));
            *p++ = '"';
            return p;
        }
        break;
    case BINXML_GUID:
        if (b.n == 16) {
            *p++ = '"';
            p = dr_put_guid_braced(p, b.p);
            *p++ = '"';
            return p;
        }
        break;
    case BINXML_FILETIME:
        if (b.n == 8) {
            *p++ = '"';
            p = dr_put_filetime(p, dr_le64_in(b, 0));
            *p++ = '"';
            return p;
        }
        break;
    default:
        break;
    }
    if (binxml_value_bare(v->type, b))
        return binxml_value_put(p, v->type, b, BINXML_JSON, &odd);
    *p++ = '"';
    p = binxml_value_put(p, v->type, b, BINXML_JSON, &odd);
    *p++ = '"';
    return p;
}

static inline bool is_plain(const binxml_value *v)
{
    return !(v->type & BINXML_ARRAY) && v->type != BINXML_EMBEDDED;
}

static bool run_program(machine *m, const binxml_instance *in, const evtx_program *prog);

static bool make_room(machine *m, const binxml_instance *in, const evtx_program *prog)
{
    size_t bytes = 0;
    if (in->n) {
        const binxml_value *last = &in->values[in->n - 1];
        bytes = last->off + (size_t)last->size - in->values[0].off;
    }
    size_t need =
        prog->lit_bytes + 200 * prog->values + 6 * bytes * prog->most_uses + 2 * EVTX_LIT_PAD;
    if (need > DR_BINXML_MAX_OUTPUT)
        return false;
    dr_buf *out = m->run->out;
    out->n = (size_t)(m->p - out->p);
    char *p = dr_buf_room(out, need);
    if (!p)
        return false;
    m->p = p;
    return true;
}

static bool run_nested(machine *m, const binxml_instance *in, const evtx_program *outer,
                       const binxml_value *v)
{
    binxml_instance inner;
    if (m->depth >= RUN_DEPTH || !binxml_embedded(m->run->r, v, m->depth, &inner) || !inner.def ||
        inner.def->own)
        return false;
    const evtx_program *prog = m->run->program_of(m->run->r, inner.def);
    if (!prog || !prog->usable || prog->root_vanishes)
        return false;
    if (dr_str_is(prog->root, "Data")) /* its name depends on what it is put into */
        return false;
    for (size_t i = 0; i < outer->n_siblings; i++)
        if (dr_str_eq(outer->siblings[i], prog->root))
            return false;
    m->depth++;
    bool ok = run_program(m, &inner, prog);
    m->depth--;
    return ok && make_room(m, in, outer);
}

static char *json_array(const machine *m, char *p, const binxml_value *v)
{
    binxml_value item;
    size_t n = 0;
    char *start = p;
    *p++ = '[';
    for (size_t pos = 0; binxml_array_next(v, m->chunk, &pos, &item); n++) {
        if (n)
            *p++ = ',';
        p = json_value(m, p, &item);
    }
    if (n > 1) {
        *p++ = ']';
        return p;
    }
    if (n == 0)
        return PUT(start, "\"\"");
    return json_value(m, start, v->type & BINXML_ARRAY ? &item : v);
}

/* How much an array takes: brackets, commas and quotes beside its text. */
static bool array_room(machine *m, const binxml_value *v)
{
    size_t need = 16 * ((size_t)v->size + 4) + 256;
    if ((v->type & 0x7f) != BINXML_STRING && (v->type & 0x7f) != BINXML_ANSI)
        need = 200 * ((size_t)v->size + 1);
    dr_buf *out = m->run->out;
    out->n = (size_t)(m->p - out->p);
    char *p = dr_buf_room(out, need + EVTX_LIT_PAD);
    if (!p)
        return false;
    m->p = p;
    return true;
}

static bool xml_spread(machine *m, const evtx_op *op, const char *lit, const binxml_value *v)
{
    binxml_value item;
    size_t n = 0;
    bool odd = false;
    for (size_t pos = 0; binxml_array_next(v, m->chunk, &pos, &item); n++) {
        dr_buf *out = m->run->out;
        out->n = (size_t)(m->p - out->p);
        char *p = dr_buf_room(out, op->lit_n + binxml_value_room(item.size) + 2 * EVTX_LIT_PAD);
        if (!p)
            return false;
        p = put_lit(p, lit, op->split);
        p = binxml_value_put(p, item.type, binxml_value_bytes(m->chunk, &item), BINXML_XML, &odd);
        m->p = put_lit(p, lit + op->split, op->lit_n - op->split);
    }
    if (n == 0)
        m->p = put_lit(m->p, lit, op->lit_n);
    return true;
}

static bool run_program(machine *m, const binxml_instance *in, const evtx_program *prog)
{
    if (!make_room(m, in, prog))
        return false;
    char *p = m->p;
    unsigned attrs = 0, n_marks = 0;
    size_t marks[MARKS];
    bool odd = false;
    static const binxml_value null_value = { 0, 0, BINXML_NULL };
    for (size_t i = 0; i < prog->n_ops; i++) {
        const evtx_op *op = &prog->ops[i];
        const char *lit = prog->lits + op->lit;
        const binxml_value *v = op->slot < in->n ? &in->values[op->slot] : &null_value;
        char tail = 0; /* behind a value */
        switch ((evtx_op_code)op->code) {
        case OP_LIT:
            p = put_lit(p, lit, op->lit_n);
            break;
        case OP_IF:
            if (v->type == BINXML_NULL)
                i = op->to - 1u;
            break;
        case OP_KEY:
            p = p[-1] == '{' ? put_lit(p, lit + 1, op->lit_n - 1) : put_lit(p, lit, op->lit_n);
            break;
        case OP_VALUE:
            p = put_lit(p, lit, op->lit_n);
            if (!is_plain(v)) {
                if (v->type != BINXML_EMBEDDED || !(op->flags & EVTX_OP_BODY) || v->size == 0)
                    return false;
                *p++ = '{';
                m->p = p;
                if (!run_nested(m, in, prog, v))
                    return false;
                p = m->p;
                *p++ = '}';
                break;
            }
            if (!is_empty(m, v))
                goto value;
            p = op->flags & EVTX_OP_DATA ? PUT(p, "\"\"") : PUT(p, "null");
            break;
        case OP_POSITIONAL:
            if (v->type == BINXML_EMBEDDED)
                return false;
            p = PUT(put_lit(p, lit, op->lit_n), "{\"#text\":");
            if (v->type & BINXML_ARRAY) {
                m->p = p;
                if (!array_room(m, v))
                    return false;
                m->p = json_array(m, m->p, v);
                if (!make_room(m, in, prog))
                    return false;
                p = m->p;
                *p++ = '}';
                break;
            }
            tail = '}';
            if (!is_empty(m, v))
                goto value;
            p = PUT(p, "\"\"}");
            break;
        case OP_ATTR_FIRST:
            p = put_lit(p, lit, op->lit_n);
            attrs = 0;
            break;
        case OP_ATTR:
            if (!is_plain(v))
                return false;
            if (is_empty(m, v))
                break;
            p = attrs++ ? PUT(p, ",") : PUT(p, "{\"#attributes\":{");
            p = put_lit(p, lit, op->lit_n);
            goto value;
        case OP_ATTR_MORE:
            if (!is_plain(v))
                return false;
            if (is_empty(m, v))
                break;
            if (p[-1] != '{')
                *p++ = ',';
            p = put_lit(p, lit, op->lit_n);
            goto value;
        case OP_ATTR_TEXT:
            if (!is_plain(v))
                return false;
            if (!attrs) {
                if (!is_empty(m, v))
                    goto value;
                p = PUT(p, "null");
                break;
            }
            *p++ = '}';
            if (is_empty(m, v)) {
                *p++ = '}';
                break;
            }
            tail = '}';
            p = PUT(p, ",\"#text\":");
            goto value;
        case OP_ATTR_OPEN:
            *p++ = attrs ? '}' : '{';
            break;
        case OP_TEXT:
            if (!is_plain(v))
                return false;
            p = put_lit(p, lit, op->lit_n);
            if (is_empty(m, v))
                break;
            p = PUT(p, ",\"#text\":");
            goto value;
        case OP_CLOSE:
            p = p[-1] == '{' ? PUT(p - 1, "null") : PUT(p, "}");
            break;
        case OP_NESTED:
            if (v->type == BINXML_NULL || (v->type == BINXML_EMBEDDED && v->size == 0))
                break;
            if (v->type != BINXML_EMBEDDED)
                return false;
            if (!m->run->xml && p[-1] != '{')
                *p++ = ',';
            m->p = p;
            if (!run_nested(m, in, prog, v))
                return false;
            p = m->p;
            break;
        case OP_XML_ATTR:
            if (!is_plain(v))
                return false;
            if (v->type == BINXML_NULL)
                break;
            p = binxml_value_put(put_lit(p, lit, op->lit_n), v->type,
                                 binxml_value_bytes(m->chunk, v), BINXML_XML, &odd);
            *p++ = '\'';
            break;
        case OP_XML_TEXT:
            if (v->type == BINXML_NULL) {
                p = PUT(p, "/>");
                break;
            }
            *p++ = '>';
            if (v->type == BINXML_EMBEDDED && v->size && (op->flags & EVTX_OP_BODY)) {
                m->p = p;
                if (!run_nested(m, in, prog, v))
                    return false;
                p = m->p;
            } else if (is_plain(v)) {
                p = binxml_value_put(p, v->type, binxml_value_bytes(m->chunk, v), BINXML_XML, &odd);
            } else {
                return false;
            }
            p = put_lit(p, lit, op->lit_n);
            break;
        case OP_XML_SPREAD:
            if (v->type == BINXML_EMBEDDED)
                return false;
            if (v->type & BINXML_ARRAY) {
                m->p = p;
                if (!xml_spread(m, op, lit, v) || !make_room(m, in, prog))
                    return false;
                p = m->p;
            } else if (v->type == BINXML_NULL) {
                p = PUT(put_lit(p, lit, op->split - 1u), "/>");
            } else {
                p = put_lit(p, lit, op->split);
                p = binxml_value_put(p, v->type, binxml_value_bytes(m->chunk, v), BINXML_XML, &odd);
                p = put_lit(p, lit + op->split, op->lit_n - op->split);
            }
            break;
        case OP_XML_OPEN:
            if (n_marks == MARKS)
                return false;
            *p++ = '>';
            marks[n_marks++] = (size_t)(p - m->run->out->p);
            break;
        case OP_XML_CLOSE:
            if (n_marks == 0)
                return false;
            if (marks[--n_marks] == (size_t)(p - m->run->out->p))
                p = PUT(p - 1, "/>");
            else
                p = put_lit(p, lit, op->lit_n);
            break;
        }
        continue;
    value:
        p = json_value(m, p, v);
        if (tail)
            *p++ = tail;
    }
    m->p = p;
    return true;
}

bool evtx_run(const evtx_runner *run, const binxml_instance *in)
{
    if (!in->def || in->def->own)
        return false;
    const evtx_program *prog = run->program_of(run->r, in->def);
    if (!prog || !prog->usable)
        return false;
    dr_buf *out = run->out;
    size_t start = out->n;
    machine m = { .run = run, .chunk = binxml_chunk_bytes(run->r) };
    if (!dr_buf_room(out, 1))
        return false;
    m.p = out->p + out->n;
    bool ok = run_program(&m, in, prog);
    size_t end = ok ? (size_t)(m.p - out->p) : start;
    out->n = ok && end - start <= DR_BINXML_MAX_OUTPUT ? end : start;
    return out->n != start;
}
