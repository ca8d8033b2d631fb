#include "format/evtx_event.h"

#include "base/dr_time.h"
#include "base/le.h"
#include "base/limits.h"
#include "format/binxml_value.h"

enum {
    SYS_PROVIDER,
    SYS_ALIAS,
    SYS_GUID,
    SYS_CHANNEL,
    SYS_COMPUTER, /* up to here: symbols */
    SYS_EVENT_ID,
    SYS_QUALIFIERS,
    SYS_VERSION,
    SYS_LEVEL,
    SYS_TASK,
    SYS_OPCODE,
    SYS_KEYWORDS,
    SYS_RECORD_ID,
    SYS_PID,
    SYS_TID, /* up to here: numbers */
    SYS_TIME,
    SYS_USER,
    SYS_ACTIVITY,
    SYS_COUNT
};

#define SYS_TEXTS (SYS_COMPUTER + 1)

static const struct system_name {
    const char *element, *attribute;
} system_names[SYS_COUNT] = {
    [SYS_PROVIDER] = { "Provider", "Name" },
    [SYS_ALIAS] = { "Provider", "EventSourceName" },
    [SYS_GUID] = { "Provider", "Guid" },
    [SYS_CHANNEL] = { "Channel", NULL },
    [SYS_COMPUTER] = { "Computer", NULL },
    [SYS_EVENT_ID] = { "EventID", NULL },
    [SYS_QUALIFIERS] = { "EventID", "Qualifiers" },
    [SYS_VERSION] = { "Version", NULL },
    [SYS_LEVEL] = { "Level", NULL },
    [SYS_TASK] = { "Task", NULL },
    [SYS_OPCODE] = { "Opcode", NULL },
    [SYS_KEYWORDS] = { "Keywords", NULL },
    [SYS_RECORD_ID] = { "EventRecordID", NULL },
    [SYS_PID] = { "Execution", "ProcessID" },
    [SYS_TID] = { "Execution", "ThreadID" },
    [SYS_TIME] = { "TimeCreated", "SystemTime" },
    [SYS_USER] = { "Security", "UserID" },
    [SYS_ACTIVITY] = { "Correlation", "ActivityID" },
};

typedef enum source_kind { SOURCE_NONE, SOURCE_LITERAL, SOURCE_SLOT, SOURCE_PARTS } source_kind;

typedef struct source {
    source_kind kind;
    uint16_t slot;
    uint16_t dependency;
    const binxml_node *holder; /* LITERAL, PARTS */
    dr_sym sym;                /* LITERAL */
    bool has_number;
    uint64_t number;
    int64_t time;
} source;

/* The last text that a slot had, to spare its conversion: providers and channels come in long runs. */
#define MEMO_BYTES 128u
typedef struct memo {
    dr_sym sym;
    uint16_t n; /* 0: nothing yet */
    uint8_t type;
    uint8_t bytes[MEMO_BYTES];
} memo;

/* A named value of the content, as the template has it. */
typedef struct field_def {
    dr_str name;
    uint32_t hash;
    uint16_t slot;    /* the only part is this slot; else BINXML_NO_DEPENDENCY */
    bool optional;    /* that slot's null takes the field away */
    bool guarded;     /* an element around it depends on a value */
    bool nested_only; /* only an embedded fragment is of interest here */
    const binxml_node *holder;
    const binxml_node *element; /* to look upward from for dependencies */
} field_def;

typedef struct event_def {
    bool has_system;
    source sys[SYS_COUNT];
    memo memos[SYS_TEXTS];
    field_def *fields;
    size_t n_fields;
} event_def;

uint32_t evtx_name_hash(dr_str name)
{
    uint32_t h = 2166136261u;
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        if (c >= 0x80) /* case is not known bytewise; the comparison decides */
            continue;
        if (c >= 'a' && c <= 'z')
            c = (unsigned char)(c - 32);
        h = (h ^ c) * 16777619u;
    }
    return h;
}

/* ---- Text of what has several parts ---- */

static dr_str parts_text(binxml_reader *r, const binxml_instance *in, const binxml_node *holder,
                         dr_arena *arena)
{
    dr_str all = DR_STR_NONE;
    for (const binxml_node *n = holder->first; n; n = n->next) {
        dr_str part = DR_STR_NONE;
        if (n->kind == BINXML_TEXT || n->kind == BINXML_CDATA) {
            part = n->text;
        } else if (n->kind == BINXML_SLOT) {
            binxml_value v = binxml_slot(in, n->slot);
            if (v.type != BINXML_EMBEDDED)
                part =
                    binxml_value_text(arena, v.type, binxml_value_bytes(binxml_chunk_bytes(r), &v));
        }
        if (all.n == 0)
            all = part;
        else if (part.n && all.n < DR_FIELD_MAX)
            all = dr_arena_concat(arena, all, part);
    }
    return all;
}

/* ---- Compiling ---- */

static const binxml_node *child(const binxml_node *element, const char *name)
{
    for (const binxml_node *n = element->first; n; n = n->next)
        if (n->kind == BINXML_ELEMENT && dr_str_is(n->text, name))
            return n;
    return NULL;
}

static const binxml_node *attribute(const binxml_node *element, const char *name)
{
    for (const binxml_node *n = element->attrs; n; n = n->next)
        if (dr_str_is(n->text, name))
            return n;
    return NULL;
}

static bool literal_only(const binxml_node *holder)
{
    for (const binxml_node *n = holder->first; n; n = n->next)
        if (n->kind != BINXML_TEXT && n->kind != BINXML_CDATA)
            return false;
    return true;
}

static source compile_source(binxml_reader *r, const binxml_node *holder,
                             const binxml_node *element)
{
    source s = { .holder = holder, .dependency = element->slot, .time = DR_NO_TIME };
    const binxml_instance nothing = { 0 };
    if (holder->first && !holder->first->next && holder->first->kind == BINXML_SLOT) {
        s.kind = SOURCE_SLOT;
        s.slot = holder->first->slot;
    } else if (literal_only(holder)) {
        s.kind = SOURCE_LITERAL;
        dr_str text = parts_text(r, &nothing, holder, binxml_record_arena(r));
        s.sym = binxml_symbol(r, text);
        s.has_number = dr_str_to_u64(text, &s.number);
        if (!dr_time_parse(text, &s.time))
            s.time = DR_NO_TIME;
    } else {
        s.kind = SOURCE_PARTS;
    }
    return s;
}

static const binxml_node *find_system(const binxml_def *def)
{
    if (!def->root)
        return NULL;
    return dr_str_is(def->root->text, "System") ? def->root : child(def->root, "System");
}

typedef struct field_list {
    binxml_reader *r;
    dr_arena *arena;
    field_def *p;
    size_t n, cap;
} field_list;

static void add_field(field_list *l, dr_str name, const binxml_node *holder,
                      const binxml_node *element, bool guarded)
{
    if (l->n == l->cap) {
        size_t cap = l->cap ? 2 * l->cap : 16;
        field_def *p = DR_NEW_ARRAY(l->arena, field_def, cap);
        if (!p)
            return;
        for (size_t i = 0; i < l->n; i++)
            p[i] = l->p[i];
        l->p = p;
        l->cap = cap;
    }
    field_def *f = &l->p[l->n++];
    *f = (field_def){ .name = name,
                      .hash = evtx_name_hash(name),
                      .slot = BINXML_NO_DEPENDENCY,
                      .holder = holder,
                      .element = element,
                      .guarded = guarded };
    if (holder->first && !holder->first->next && holder->first->kind == BINXML_SLOT) {
        f->slot = holder->first->slot;
        f->optional = holder->first->optional;
    }
}

/* A slot among elements: only an embedded fragment in it is of interest. */
static void add_nested(field_list *l, const binxml_node *slot, const binxml_node *element,
                       bool guarded)
{
    size_t before = l->n;
    add_field(l, DR_STR_NONE, element, element, guarded);
    if (l->n > before) {
        l->p[before].slot = slot->slot;
        l->p[before].nested_only = true;
    }
}

static void content_fields(field_list *l, const binxml_node *element, bool guarded);

static bool has_elements(const binxml_node *element)
{
    for (const binxml_node *n = element->first; n; n = n->next)
        if (n->kind == BINXML_ELEMENT || n->kind == BINXML_INSTANCE)
            return true;
    return false;
}

static void children_fields(field_list *l, const binxml_node *element, bool guarded)
{
    for (const binxml_node *n = element->first; n; n = n->next) {
        if (n->kind == BINXML_ELEMENT)
            content_fields(l, n, guarded);
        else if (n->kind == BINXML_SLOT)
            add_nested(l, n, element, guarded);
    }
}

static void content_fields(field_list *l, const binxml_node *element, bool guarded)
{
    guarded |= element->slot != BINXML_NO_DEPENDENCY;
    bool container = dr_str_is(element->text, "EventData") || dr_str_is(element->text, "UserData");
    const binxml_node *name = attribute(element, "Name");
    if (dr_str_is(element->text, "Data") && !has_elements(element)) {
        const binxml_instance nothing = { 0 };
        dr_str text = name ? parts_text(l->r, &nothing, name, l->arena) : DR_STR_NONE;
        add_field(l, text, element, element, guarded);
        for (const binxml_node *a = element->attrs; a; a = a->next)
            if (a != name && !dr_str_starts(a->text, DR_STR("xmlns")))
                add_field(l, dr_arena_printf(l->arena, "Data@%.*s", DR_STR_ARG(a->text)), a,
                          element, guarded);
        return;
    }
    for (const binxml_node *a = element->attrs; a; a = a->next) {
        if (dr_str_starts(a->text, DR_STR("xmlns")))
            continue;
        dr_str shown = container && a == name
                           ? DR_STR("@Name")
                           : dr_arena_printf(l->arena, "%.*s@%.*s", DR_STR_ARG(element->text),
                                             DR_STR_ARG(a->text));
        add_field(l, shown, a, element, guarded);
    }
    if (container || has_elements(element))
        children_fields(l, element, guarded);
    else if (element->first || !element->attrs)
        add_field(l, element->text, element, element, guarded);
}

static void compile_fields(field_list *l, const binxml_def *def)
{
    for (const binxml_node *top = def->first; top; top = top->next) {
        if (top->kind != BINXML_ELEMENT || dr_str_is(top->text, "System"))
            continue;
        if (!dr_str_is(top->text, "Event")) {
            content_fields(l, top, false);
            continue;
        }
        /* Rendered texts are in the language of the host that rendered them: nobody matches them. */
        for (const binxml_node *n = top->first; n; n = n->next) {
            if (n->kind == BINXML_SLOT)
                add_nested(l, n, top, false);
            else if (n->kind == BINXML_ELEMENT && !dr_str_is(n->text, "System") &&
                     !dr_str_is(n->text, "RenderingInfo"))
                content_fields(l, n, false);
        }
    }
}

static event_def *compile(binxml_reader *r, binxml_def *def)
{
    dr_arena *arena = binxml_def_arena(r, def);
    event_def *e = DR_NEW(arena, event_def);
    if (!e)
        return NULL;
    const binxml_node *system = find_system(def);
    e->has_system = system != NULL;
    for (size_t i = 0; system && i < SYS_COUNT; i++) {
        const binxml_node *element = child(system, system_names[i].element);
        const binxml_node *holder = element && system_names[i].attribute
                                        ? attribute(element, system_names[i].attribute)
                                        : element;
        if (holder)
            e->sys[i] = compile_source(r, holder, element);
    }
    field_list fields = { .r = r, .arena = arena };
    compile_fields(&fields, def);
    e->fields = fields.p;
    e->n_fields = fields.n;
    def->event = e;
    return e;
}

static event_def *event_of(binxml_reader *r, const binxml_instance *in)
{
    if (!in->def)
        return NULL;
    return in->def->event ? in->def->event : compile(r, in->def);
}

/* ---- System ---- */

static bool absent(const binxml_instance *in, const source *s)
{
    return s->kind == SOURCE_NONE || (s->dependency != BINXML_NO_DEPENDENCY &&
                                      binxml_slot(in, s->dependency).type == BINXML_NULL);
}

static dr_sym slot_symbol(binxml_reader *r, const binxml_value *v, memo *m)
{
    dr_bytes b = binxml_value_bytes(binxml_chunk_bytes(r), v);
    if (v->type == BINXML_NULL || b.n == 0)
        return 0;
    if (m->type == v->type && m->n == b.n && memcmp(m->bytes, b.p, b.n) == 0)
        return m->sym;
    dr_sym sym = binxml_symbol(r, binxml_value_text(binxml_record_arena(r), v->type, b));
    if (b.n <= MEMO_BYTES) {
        m->type = v->type;
        m->n = (uint16_t)b.n;
        for (size_t i = 0; i < b.n; i++)
            m->bytes[i] = b.p[i];
        m->sym = sym;
    }
    return sym;
}

static dr_sym system_symbol(binxml_reader *r, const binxml_instance *in, event_def *e, size_t i)
{
    const source *s = &e->sys[i];
    if (absent(in, s))
        return 0;
    if (s->kind == SOURCE_LITERAL)
        return s->sym;
    if (s->kind == SOURCE_SLOT) {
        binxml_value v = binxml_slot(in, s->slot);
        return slot_symbol(r, &v, &e->memos[i]);
    }
    return binxml_symbol(r, parts_text(r, in, s->holder, binxml_record_arena(r)));
}

static bool system_number(binxml_reader *r, const binxml_instance *in, const event_def *e, size_t i,
                          uint64_t *out)
{
    const source *s = &e->sys[i];
    if (absent(in, s))
        return false;
    if (s->kind == SOURCE_SLOT) {
        binxml_value v = binxml_slot(in, s->slot);
        return binxml_value_u64(v.type, binxml_value_bytes(binxml_chunk_bytes(r), &v), out);
    }
    if (s->kind == SOURCE_PARTS)
        return dr_str_to_u64(parts_text(r, in, s->holder, binxml_record_arena(r)), out);
    *out = s->number;
    return s->has_number;
}

static int64_t system_time(binxml_reader *r, const binxml_instance *in, const event_def *e)
{
    const source *s = &e->sys[SYS_TIME];
    int64_t ticks = DR_NO_TIME;
    if (absent(in, s))
        return DR_NO_TIME;
    if (s->kind == SOURCE_SLOT) {
        binxml_value v = binxml_slot(in, s->slot);
        return binxml_value_time(v.type, binxml_value_bytes(binxml_chunk_bytes(r), &v));
    }
    if (s->kind == SOURCE_PARTS)
        return dr_time_parse(parts_text(r, in, s->holder, binxml_record_arena(r)), &ticks)
                   ? ticks
                   : DR_NO_TIME;
    return s->time;
}

static uint32_t number32(binxml_reader *r, const binxml_instance *in, const event_def *e, size_t i)
{
    uint64_t v;
    return system_number(r, in, e, i, &v) ? (uint32_t)v : 0;
}

bool evtx_system_read(binxml_reader *r, const binxml_instance *in, evtx_system *out)
{
    uint64_t v;
    event_def *e = event_of(r, in);
    *out = (evtx_system){ .time = DR_NO_TIME };
    if (!e || !e->has_system)
        return false;
    out->provider = system_symbol(r, in, e, SYS_PROVIDER);
    out->alias = system_symbol(r, in, e, SYS_ALIAS);
    out->guid = system_symbol(r, in, e, SYS_GUID);
    out->channel = system_symbol(r, in, e, SYS_CHANNEL);
    out->computer = system_symbol(r, in, e, SYS_COMPUTER);
    out->has_event_id = system_number(r, in, e, SYS_EVENT_ID, &v);
    out->event_id = out->has_event_id ? (uint32_t)v : 0;
    out->has_record_id = system_number(r, in, e, SYS_RECORD_ID, &v);
    out->record_id = out->has_record_id ? v : 0;
    out->time = system_time(r, in, e);
    return true;
}

void evtx_system_more(binxml_reader *r, const binxml_instance *in, evtx_system *out)
{
    uint64_t v;
    const event_def *e = event_of(r, in);
    if (!e || !e->has_system)
        return;
    out->qualifiers = number32(r, in, e, SYS_QUALIFIERS);
    out->version = number32(r, in, e, SYS_VERSION);
    out->level = number32(r, in, e, SYS_LEVEL);
    out->task = number32(r, in, e, SYS_TASK);
    out->opcode = number32(r, in, e, SYS_OPCODE);
    out->keywords = system_number(r, in, e, SYS_KEYWORDS, &v) ? v : 0;
    out->pid = number32(r, in, e, SYS_PID);
    out->tid = number32(r, in, e, SYS_TID);
}

static dr_str system_text(binxml_reader *r, const binxml_instance *in, size_t i, dr_arena *arena)
{
    const event_def *e = event_of(r, in);
    if (!e || absent(in, &e->sys[i]))
        return DR_STR_NONE;
    return parts_text(r, in, e->sys[i].holder, arena);
}

dr_str evtx_user_sid(binxml_reader *r, const binxml_instance *in, dr_arena *arena)
{
    return system_text(r, in, SYS_USER, arena);
}

dr_str evtx_activity(binxml_reader *r, const binxml_instance *in, dr_arena *arena)
{
    return system_text(r, in, SYS_ACTIVITY, arena);
}

/* ---- Fields ---- */

static bool taken_away(const binxml_instance *in, const field_def *f)
{
    /* Event itself often depends on the slot of its content: that takes nothing away. */
    for (const binxml_node *n = f->element;
         n && !(n->parent == NULL && dr_str_is(n->text, "Event")); n = n->parent)
        if (n->kind == BINXML_ELEMENT && binxml_vanishes(in, n))
            return true;
    return false;
}

static bool push(evtx_fields *out, unsigned *trouble, const field_def *f, uint32_t instance,
                 const binxml_node *holder, binxml_value value)
{
    evtx_field field = {
        .name = f->name, .hash = f->hash, .instance = instance, .holder = holder, .value = value
    };
    if (out->list.n >= DR_BINXML_MAX_FIELDS) {
        *trouble |= BINXML_LIMIT;
        return true;
    }
    return dr_vec_push(&out->list, field);
}

static bool collect(binxml_reader *r, uint32_t index, evtx_fields *out, unsigned depth);

static bool collect_embedded(binxml_reader *r, const binxml_value *v, evtx_fields *out,
                             unsigned depth)
{
    binxml_instance inner;
    if (!binxml_embedded(r, v, depth, &inner))
        return true;
    if (!dr_vec_push(&out->instances, inner))
        return false;
    return collect(r, (uint32_t)(out->instances.n - 1), out, depth + 1);
}

static bool collect_field(binxml_reader *r, uint32_t index, const field_def *f, evtx_fields *out,
                          unsigned depth)
{
    const binxml_instance in = out->instances.p[index];
    unsigned *trouble = binxml_trouble(r);
    if (f->guarded && taken_away(&in, f))
        return true;
    if (f->slot == BINXML_NO_DEPENDENCY) {
        binxml_value none = { 0 };
        return push(out, trouble, f, index, f->holder, none);
    }
    binxml_value v = binxml_slot(&in, f->slot);
    if (v.type == BINXML_EMBEDDED)
        return collect_embedded(r, &v, out, depth);
    if (f->nested_only || (v.type == BINXML_NULL && f->optional))
        return true;
    if (!(v.type & BINXML_ARRAY) || v.size == 0)
        return push(out, trouble, f, index, NULL, v);
    binxml_value item;
    dr_bytes chunk = binxml_chunk_bytes(r);
    for (size_t pos = 0; binxml_array_next(&v, chunk, &pos, &item);)
        if (!push(out, trouble, f, index, NULL, item))
            return false;
    return true;
}

/* Instances that stand among elements in full (third-party writers): their fields come last. */
static bool collect_instances(binxml_reader *r, const binxml_node *first, evtx_fields *out,
                              unsigned depth)
{
    bool ok = true;
    for (const binxml_node *n = first; n && ok; n = n->next) {
        if (n->kind == BINXML_ELEMENT && n->first) {
            ok = collect_instances(r, n->first, out, depth);
        } else if (n->kind == BINXML_INSTANCE && n->instance) {
            ok = dr_vec_push(&out->instances, *n->instance) &&
                 collect(r, (uint32_t)(out->instances.n - 1), out, depth + 1);
        }
    }
    return ok;
}

static bool collect(binxml_reader *r, uint32_t index, evtx_fields *out, unsigned depth)
{
    const binxml_instance in = out->instances.p[index];
    if (depth >= DR_BINXML_MAX_DEPTH) {
        *binxml_trouble(r) |= BINXML_LIMIT;
        return true;
    }
    const event_def *e = event_of(r, &in);
    if (!e)
        return !binxml_failed(r);
    for (size_t i = 0; i < e->n_fields; i++)
        if (!collect_field(r, index, &e->fields[i], out, depth))
            return false;
    return !in.def->own || collect_instances(r, in.def->first, out, depth);
}

bool evtx_fields_read(binxml_reader *r, const binxml_instance *in, evtx_fields *out)
{
    dr_vec_clear(&out->list);
    dr_vec_clear(&out->instances);
    return dr_vec_push(&out->instances, *in) && collect(r, 0, out, 0);
}

void evtx_fields_free(evtx_fields *f)
{
    dr_vec_free(&f->list);
    dr_vec_free(&f->instances);
}

const evtx_field *evtx_field_find(const evtx_fields *f, dr_str name, size_t nth)
{
    uint32_t hash = evtx_name_hash(name);
    for (size_t i = 0; i < f->list.n; i++) {
        const evtx_field *field = &f->list.p[i];
        if (field->hash == hash && dr_str_eq_fold(field->name, name) && nth-- == 0)
            return field;
    }
    return NULL;
}

dr_str evtx_field_text(binxml_reader *r, const evtx_fields *f, const evtx_field *field,
                       dr_arena *arena)
{
    if (field->holder)
        return parts_text(r, &f->instances.p[field->instance], field->holder, arena);
    return binxml_value_text(arena, field->value.type,
                             binxml_value_bytes(binxml_chunk_bytes(r), &field->value));
}
