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

/* What stands in every record alike but for a few numbers: the text of such a part is kept with the
 * values that it was made of. */
static const char *const volatile_names[] = { "TimeCreated", "EventRecordID", "Correlation",
                                              "Execution" };

static bool is_steady(const binxml_node *n)
{
    for (size_t i = 0; i < sizeof volatile_names / sizeof *volatile_names; i++)
        if (dr_str_is(n->text, volatile_names[i]))
            return false;
    return n->kind == BINXML_ELEMENT;
}

static void end_part(evtx_builder *b)
{
    evtx_run_part *part = &b->program.parts[b->program.n_parts++];
    part->arena = binxml_def_arena(b->r, b->def);
    part->slots = DR_NEW_ARRAY(part->arena, uint16_t, b->ops.n);
    for (size_t i = part->start; part->slots && i < b->ops.n; i++) {
        const evtx_op *op = &b->ops.p[i];
        size_t known = 0;
        while (known < part->n_slots && part->slots[known] != op->slot)
            known++;
        if (op->code != OP_LIT && op->slot != EVTX_NO_SLOT && known == part->n_slots)
            part->slots[part->n_slots++] = op->slot;
    }
    const evtx_op end = { .code = OP_PART_END, .slot = EVTX_NO_SLOT };
    part->end = (uint16_t)evtx_build_op(b, end, DR_STR_NONE);
    b->part_of = NULL;
}

void evtx_build_part(evtx_builder *b, const binxml_node *element, const binxml_node *child,
                     bool may_begin)
{
    bool steady = child && is_steady(child);
    if (b->part_of == element && !steady)
        end_part(b);
    if (!steady || b->part_of || !may_begin || b->program.n_parts == EVTX_PARTS ||
        !dr_str_is(element->text, "System"))
        return;
    b->part_of = element;
    const evtx_op begin = { .code = OP_PART,
                            .slot = EVTX_NO_SLOT,
                            .to = (uint16_t)b->program.n_parts };
    size_t place = evtx_build_op(b, begin, DR_STR_NONE);
    b->program.parts[b->program.n_parts].start = (uint16_t)(place + 1);
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
        p->room = p->lit_bytes + 200 * p->values + 3 * EVTX_LIT_PAD;
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
    char *p;         /* where the next byte goes */
    const char *end; /* of the room */
    unsigned depth;
} machine;

/* Literals are copied in pieces of EVTX_LIT_PAD bytes: both sides have so much room behind the last. */
static inline char *put_lit(char *out, const char *lit, size_t n)
{
    memcpy(out, lit, EVTX_LIT_PAD); /* bounded: as said */
    for (size_t i = EVTX_LIT_PAD; i < n; i += EVTX_LIT_PAD)
        memcpy(out + i, lit + i, EVTX_LIT_PAD); /* bounded: as said */
    return out + n;
}

static inline char *put_z(char *out, const char *text, size_t n)
{
    /* bounded: constants of a few bytes, for which every operation has room */
    memcpy(out, text, n);
    return out + n;
}

#define PUT(out, text) put_z((out), (text), sizeof(text) - 1)

/* Bytes of the chunk that may be read behind the value. */
static inline size_t behind(const machine *m, const binxml_value *v)
{
    return m->chunk.n - v->off - v->size;
}

static inline dr_wstr without_nul(dr_bytes b)
{
    dr_wstr s = { b.p, b.n / 2 };
    s.units -= s.units && dr_wstr_unit(s, s.units - 1) == 0;
    return s;
}

static inline char *quoted(char *p, char *end)
{
    *p = *end = '"';
    return end + 1;
}

/* The general way: every type, and sizes that do not fit their type. */
static char *json_other(char *p, uint8_t type, dr_bytes b)
{
    bool odd = false;
    if (type == BINXML_NULL || b.n == 0 || (type == BINXML_ANSI && b.n == 1 && b.p[0] == 0))
        return p;
    if (binxml_value_bare(type, b))
        return binxml_value_put(p, type, b, BINXML_JSON, &odd);
    return quoted(p, binxml_value_put(p + 1, type, b, BINXML_JSON, &odd));
}

/* Writes a scalar; nothing at all when there is nothing to show. The types that make up nearly all
 * values have their own lines here, with the same result as the general way. */
static inline __attribute__((always_inline)) char *json_scalar(const machine *m, char *p,
                                                               const binxml_value *v)
{
    dr_bytes b = binxml_value_bytes(m->chunk, v);
    switch (v->type) {
    case BINXML_STRING: {
        dr_wstr s = without_nul(b);
        return s.units ? quoted(p, dr_put_utf16_json(p + 1, s, behind(m, v))) : p;
    }
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
    case BINXML_U64:
        if (b.n == 8 && dr_le64_in(b, 0) < BINXML_JSON_EXACT)
            return dr_put_u64(p, dr_le64_in(b, 0));
        break;
    case BINXML_SID: {
        char *end = b.n ? dr_put_sid(p + 1, b) : NULL;
        if (end)
            return quoted(p, end);
        break;
    }
    case BINXML_HEX32:
        if (b.n == 4)
            return quoted(p, dr_put_hex(PUT(p, "\"0x"), dr_le32_in(b, 0)));
        break;
    case BINXML_HEX64:
        if (b.n == 8)
            return quoted(p, dr_put_hex(PUT(p, "\"0x"), dr_le64_in(b, 0)));
        break;
    case BINXML_GUID:
        if (b.n == 16)
            return quoted(p, dr_put_guid_braced(p + 1, b.p));
        break;
    case BINXML_FILETIME:
        if (b.n == 8)
            return quoted(p, dr_put_filetime(p + 1, dr_le64_in(b, 0)));
        break;
    default:
        break;
    }
    return json_other(p, v->type, b);
}

static __attribute__((noinline)) char *json_attr(const machine *m, char *p, const binxml_value *v)
{
    return json_scalar(m, p, v);
}

/* The same, with "" for nothing. */
static char *json_item(const machine *m, char *p, const binxml_value *v)
{
    char *end = json_attr(m, p, v);
    return end == p ? PUT(p, "\"\"") : end;
}

static __attribute__((noinline)) char *xml_value(const machine *m, char *p, const binxml_value *v)
{
    bool odd = false;
    dr_bytes b = binxml_value_bytes(m->chunk, v);
    if (v->type == BINXML_STRING)
        return dr_put_utf16_xml(p, without_nul(b), behind(m, v));
    return binxml_value_put(p, v->type, b, BINXML_XML, &odd);
}

static inline bool is_plain(const binxml_value *v)
{
    return !(v->type & BINXML_ARRAY) && v->type != BINXML_EMBEDDED;
}

static bool run_program(machine *m, const binxml_instance *in, evtx_program *prog);

static bool make_room(machine *m, size_t need)
{
    if (need <= (size_t)(m->end - m->p))
        return true;
    dr_buf *out = m->run->out;
    out->n = (size_t)(m->p - out->p);
    char *p = dr_buf_room(out, need);
    if (!p)
        return false;
    m->p = p;
    m->end = out->p + out->cap;
    return true;
}

/* For all that a run of the program can write but fragments and arrays. */
static bool room_for_run(machine *m, const binxml_instance *in, const evtx_program *prog)
{
    size_t bytes = 0;
    if (in->n) {
        const binxml_value *last = &in->values[in->n - 1];
        bytes = last->off + (size_t)last->size - in->values[0].off;
    }
    size_t need = prog->room + 6 * bytes * prog->most_uses;
    return need <= DR_BINXML_MAX_OUTPUT && make_room(m, need);
}

static bool run_nested(machine *m, const binxml_instance *in, evtx_program *outer,
                       const binxml_value *v)
{
    binxml_instance inner;
    if (m->depth >= RUN_DEPTH || !binxml_embedded(m->run->r, v, m->depth, &inner) || !inner.def ||
        inner.def->own)
        return false;
    evtx_program *prog = m->run->program_of(m->run->r, inner.def);
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
    return ok && room_for_run(m, in, outer);
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
        p = json_item(m, p, &item);
    }
    if (n > 1) {
        *p++ = ']';
        return p;
    }
    if (n == 0)
        return PUT(start, "\"\"");
    return json_item(m, start, v->type & BINXML_ARRAY ? &item : v);
}

/* How much an array takes: brackets, commas and quotes beside its text. */
static bool array_room(machine *m, const binxml_value *v)
{
    size_t need = 16 * ((size_t)v->size + 4) + 256;
    if ((v->type & 0x7f) != BINXML_STRING && (v->type & 0x7f) != BINXML_ANSI)
        need = 200 * ((size_t)v->size + 1);
    return make_room(m, need + EVTX_LIT_PAD);
}

static bool xml_spread(machine *m, const evtx_op *op, const char *lit, const binxml_value *v)
{
    binxml_value item;
    size_t n = 0;
    for (size_t pos = 0; binxml_array_next(v, m->chunk, &pos, &item); n++) {
        if (!make_room(m, op->lit_n + binxml_value_room(item.size) + 2 * EVTX_LIT_PAD))
            return false;
        m->p = put_lit(m->p, lit, op->split);
        m->p = xml_value(m, m->p, &item);
        m->p = put_lit(m->p, lit + op->split, op->lit_n - op->split);
    }
    if (n == 0)
        m->p = put_lit(m->p, lit, op->lit_n);
    return true;
}

/* ---- Parts of System ---- */

/* The part that is being written and will be kept. */
typedef struct open_part {
    evtx_kept *kept;
    size_t key_n;
    size_t start; /* of its text, in the output */
} open_part;

/* The values that a part is made of, one after the other, each behind its type and size. 0: too long,
 * or not told by their bytes alone. *hash: of them, roughly. */
static size_t part_key(const machine *m, const binxml_instance *in, evtx_run_part *part,
                       uint32_t *hash)
{
    size_t n = 0;
    uint8_t *key = part->key;
    uint64_t h = 0;
    for (size_t i = 0; i < part->n_slots; i++) {
        binxml_value v = binxml_slot(in, part->slots[i]);
        uint32_t kind = v.size | (uint32_t)v.type << 16;
        if (n + sizeof kind + v.size + 16 > EVTX_KEY_MAX || v.type == BINXML_EMBEDDED)
            return 0;
        memcpy(key + n, &kind, sizeof kind); /* bounded: asked above */
        n += sizeof kind;
        dr_bytes b = binxml_value_bytes(m->chunk, &v);
        if (b.n <= 16 && behind(m, &v) >= 16)
            memcpy(key + n, b.p, 16); /* bounded: room for 16 more than the value, on both sides */
        else
            memcpy(key + n, b.p, b.n); /* bounded: asked above */
        h = (h ^ dr_le16(b, 0) ^ kind) * 0x9e3779b97f4a7c15u;
        n += b.n;
    }
    *hash = (uint32_t)(h >> 32);
    return n;
}

/* The text of a part whose values were met before: returns its end. Else NULL, and *open says where
 * to keep it once it is written. */
static __attribute__((noinline)) char *recall_part(const machine *m, const binxml_instance *in,
                                                   evtx_run_part *part, char *p, open_part *open)
{
    uint32_t hash;
    size_t n = part_key(m, in, part, &hash);
    open->kept = NULL;
    if (n == 0)
        return NULL;
    evtx_kept **place = &part->kept[hash % EVTX_KEPT];
    if (*place && (*place)->key_n == n && memcmp((*place)->key, part->key, n) == 0)
        return put_lit(p, (*place)->text, (*place)->text_n);
    if (!*place)
        *place = DR_NEW(part->arena, evtx_kept);
    if (!*place)
        return NULL;
    memcpy((*place)->key, part->key, n); /* bounded: both are EVTX_KEY_MAX long */
    (*place)->key_n = 0;                 /* not yet: the text is still to come */
    *open = (open_part){ .kept = *place, .key_n = n, .start = (size_t)(p - m->run->out->p) };
    return NULL;
}

static __attribute__((noinline)) void keep_part(const machine *m, const open_part *open, const char *end)
{
    const char *start = m->run->out->p + open->start;
    size_t n = (size_t)(end - start);
    if (!open->kept || n > EVTX_TEXT_MAX)
        return;
    memcpy(open->kept->text, start, n); /* bounded: asked above */
    open->kept->text_n = (uint32_t)n;
    open->kept->key_n = (uint32_t)open->key_n;
}

/* Behind the attributes of an object: the text, when there is one. */
static __attribute__((noinline)) char *put_text_member(const machine *m, char *p, const binxml_value *v)
{
    char *text = PUT(p, ",\"#text\":");
    char *end = json_attr(m, text, v);
    return end == text ? p : end;
}

static bool run_program(machine *m, const binxml_instance *in, evtx_program *prog)
{
    static const binxml_value null_value = { 0, 0, BINXML_NULL };
    if (!room_for_run(m, in, prog))
        return false;
    char *p = m->p, *q, *end_of_value;
    /* In locals, so that what is written need not be suspected of changing them. */
    const char *const lits = prog->lits;
    const binxml_value *const values = in->values;
    const uint32_t n_values = in->n;
    unsigned attrs = 0, n_marks = 0;
    size_t marks[MARKS];
    open_part part = { .kept = NULL };
    const evtx_op *op = prog->ops, *end = op + prog->n_ops;
    for (; op < end; op++) {
        const char *lit = lits + op->lit;
        const binxml_value *v = op->slot < n_values ? &values[op->slot] : &null_value;
        switch ((evtx_op_code)op->code) {
        case OP_LIT:
            p = put_lit(p, lit, op->lit_n);
            break;
        case OP_IF:
            if (v->type == BINXML_NULL)
                op = prog->ops + op->to - 1;
            break;
        case OP_PART:
            if ((q = recall_part(m, in, &prog->parts[op->to], p, &part)) != NULL) {
                p = q;
                op = prog->ops + prog->parts[op->to].end;
            }
            break;
        case OP_PART_END:
            keep_part(m, &part, p);
            break;
        case OP_KEY:
            p = p[-1] == '{' ? put_lit(p, lit + 1, op->lit_n - 1) : put_lit(p, lit, op->lit_n);
            break;
        case OP_VALUE:
            p = put_lit(p, lit, op->lit_n);
            if (is_plain(v)) {
                q = json_scalar(m, p, v);
                if (q == p)
                    q = op->flags & EVTX_OP_DATA ? PUT(p, "\"\"") : PUT(p, "null");
                p = q;
                break;
            }
            if (v->type != BINXML_EMBEDDED || !(op->flags & EVTX_OP_BODY) || v->size == 0)
                return false;
            *p++ = '{';
            m->p = p;
            if (!run_nested(m, in, prog, v))
                return false;
            p = PUT(m->p, "}");
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
                if (!room_for_run(m, in, prog))
                    return false;
                p = m->p;
            } else {
                p = json_item(m, p, v);
            }
            *p++ = '}';
            break;
        case OP_ATTR_FIRST:
            p = put_lit(p, lit, op->lit_n);
            attrs = 0;
            break;
        case OP_ATTR:
            if (!is_plain(v))
                return false;
            q = attrs ? PUT(p, ",") : PUT(p, "{\"#attributes\":{");
            q = put_lit(q, lit, op->lit_n);
            if ((end_of_value = json_attr(m, q, v)) != q) {
                p = end_of_value;
                attrs++;
            }
            break;
        case OP_ATTR_MORE:
            if (!is_plain(v))
                return false;
            q = put_lit(p[-1] == '{' ? p : PUT(p, ","), lit, op->lit_n);
            if ((end_of_value = json_attr(m, q, v)) != q)
                p = end_of_value;
            break;
        case OP_ATTR_TEXT:
            if (!is_plain(v))
                return false;
            if (!attrs) {
                q = json_attr(m, p, v);
                p = q == p ? PUT(p, "null") : q;
                break;
            }
            p = put_text_member(m, PUT(p, "}"), v);
            *p++ = '}';
            break;
        case OP_ATTR_OPEN:
            *p++ = attrs ? '}' : '{';
            break;
        case OP_TEXT:
            if (!is_plain(v))
                return false;
            p = put_text_member(m, put_lit(p, lit, op->lit_n), v);
            break;
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
            p = xml_value(m, put_lit(p, lit, op->lit_n), v);
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
                p = xml_value(m, p, v);
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
                if (!xml_spread(m, op, lit, v) || !room_for_run(m, in, prog))
                    return false;
                p = m->p;
            } else if (v->type == BINXML_NULL) {
                p = PUT(put_lit(p, lit, op->split - 1u), "/>");
            } else {
                p = xml_value(m, put_lit(p, lit, op->split), v);
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
    }
    m->p = p;
    return true;
}

bool evtx_run(const evtx_runner *run, const binxml_instance *in)
{
    if (!in->def || in->def->own)
        return false;
    evtx_program *prog = run->program_of(run->r, in->def);
    if (!prog || !prog->usable)
        return false;
    dr_buf *out = run->out;
    size_t start = out->n;
    machine m = { .run = run, .chunk = binxml_chunk_bytes(run->r) };
    if (!dr_buf_room(out, 1))
        return false;
    m.p = out->p + out->n;
    m.end = out->p + out->cap;
    bool ok = run_program(&m, in, prog);
    size_t end = ok ? (size_t)(m.p - out->p) : start;
    out->n = ok && end - start <= DR_BINXML_MAX_OUTPUT ? end : start;
    return out->n != start;
}
