/* The WMI repository: subscriptions at rest. Rows (schemas wmi.filter, wmi.consumer, wmi.binding):
 *   State       current; carved (deleted, or an older version); unknown (carved, and no index to ask)
 *   Namespace, Class, Name (of its key), Path (object path)
 *   all properties by their own names, lists as fields of one name, CreatorSID as text
 *   BuiltIn     yes: equal in all fields to a subscription that Windows brings along
 *   bindings: Consumer, Filter as stored; ConsumerClass, ConsumerName, ConsumerNamespace, FilterName,
 *               FilterNamespace; ConsumerThere, FilterThere, Broken (yes: one is missing, it cannot fire)
 *   carved: CurrentToo (yes: an object of that class and name is current)
 *   Partial     yes: its class is not known or its end is missing
 *   NotBefore   the instance's stamp: it was written in the same boot or later (docs/formats/wmi.md)
 * Rows have no time: no time of writing is kept. Carved rows bear RECORD_DELETED; exact copies of
 * current objects make no row. One row wmi.repository says how the repository could be read. */
#include "artefact/wmi.h"

#include "artefact/rows.h"
#include "base/map.h"

typedef struct wmi {
    rows r;
    const cim_repo *repo;
    dr_arena *kept; /* current instances until all are known */
    DR_VEC(cim_instance) current;
    dr_map *there;  /* KIND|namespace|class|name and KIND||class|name, folded, of current ones */
    bool flushed;
} wmi;

/* --- what Windows brings along --- */

typedef struct pair {
    const char *name, *value;
} pair;

typedef struct known {
    const char *class_name;
    pair properties[6];
} known;

/* All that decides what it does; names alone are imitated. */
static const known built_in[] = {
    { "__EventFilter",
      { { "Name", "SCM Event Log Filter" },
        { "Query", "select * from MSFT_SCMEventLogEvent" },
        { "EventNamespace", "root\\cimv2" } } },
    { "NTEventLogEventConsumer",
      { { "Name", "SCM Event Log Consumer" }, { "SourceName", "Service Control Manager" } } },
    { "__FilterToConsumerBinding",
      { { "Consumer", "NTEventLogEventConsumer.Name=\"SCM Event Log Consumer\"" },
        { "Filter", "__EventFilter.Name=\"SCM Event Log Filter\"" } } },
    { "__EventFilter",
      { { "Name", "BVTFilter" },
        { "Query", "SELECT * FROM __InstanceModificationEvent WITHIN 60 WHERE TargetInstance ISA "
                   "\"Win32_Processor\" AND TargetInstance.LoadPercentage > 99" },
        { "EventNamespace", "root\\cimv2" } } },
    { "CommandLineEventConsumer",
      { { "Name", "BVTConsumer" },
        { "CommandLineTemplate", "cscript KernCap.vbs" },
        { "WorkingDirectory", "C:\\tools\\kernrate" },
        { "ExecutablePath", "" } } },
    { "__FilterToConsumerBinding",
      { { "Consumer", "CommandLineEventConsumer.Name=\"BVTConsumer\"" }, { "Filter", "__EventFilter.Name=\"BVTFilter\"" } } },
};

static dr_str text_of(const cim_instance *o, const char *name)
{
    const cim_property *p = cim_get(o, name);
    return p && !p->null && p->n_items == 1 ? p->items[0] : DR_STR_NONE;
}

static bool is_built_in(const cim_instance *o)
{
    for (size_t i = 0; i < sizeof built_in / sizeof *built_in; i++) {
        if (!dr_str_eq_fold(o->class_name, dr_str_of(built_in[i].class_name)))
            continue;
        bool same = true;
        for (const pair *p = built_in[i].properties; p->name && same; p++)
            same = dr_str_eq_fold(text_of(o, p->name), dr_str_of(p->value));
        if (same)
            return true;
    }
    return false;
}

/* --- rows --- */

static const char *state_name(cim_life life)
{
    return life == CIM_CURRENT ? "current" : life == CIM_CARVED ? "carved" : "unknown";
}

/* A list of bytes that is a SID. */
static bool sid_text(const cim_property *p, char out[DR_SID_TEXT_MAX])
{
    uint8_t bytes[68 + 8];
    size_t used;
    if (p->n_items == 0 || p->n_items > sizeof bytes)
        return false;
    for (size_t i = 0; i < p->n_items; i++) {
        uint64_t n;
        if (!dr_str_to_u64(p->items[i], &n) || n > 255)
            return false;
        bytes[i] = (uint8_t)n;
    }
    return dr_sid_text((dr_bytes){ bytes, p->n_items }, out, &used);
}

static void add_properties(rows *r, const cim_instance *o)
{
    for (size_t i = 0; i < o->n_properties; i++) {
        const cim_property *p = &o->properties[i];
        char sid[DR_SID_TEXT_MAX];
        if (p->null)
            continue;
        if (dr_str_eq_fold(p->name, DR_STR("CreatorSID")) && sid_text(p, sid)) {
            rows_str(r, p->name, dr_arena_str(r->arena, dr_str_of(sid)));
            continue;
        }
        for (size_t k = 0; k < p->n_items; k++)
            rows_str(r, p->name, p->items[k]);
    }
}

static dr_str key_of(dr_arena *arena, cim_kind kind, dr_str space, dr_str class_name, dr_str name)
{
    return dr_arena_fold(arena, dr_arena_printf(arena, "%d|%.*s|%.*s|%.*s", (int)kind, DR_STR_ARG(space),
                                                DR_STR_ARG(class_name), DR_STR_ARG(name)));
}

static dr_status note(wmi *w, const cim_instance *o)
{
    uint64_t *slot;
    bool is_new;
    dr_str name = o->kind == CIM_BINDING ? o->path : text_of(o, "Name");
    dr_status status = dr_map_put(w->there, key_of(w->kept, o->kind, o->space, o->class_name, name), &slot, &is_new);
    if (status == DR_OK)
        status = dr_map_put(w->there, key_of(w->kept, o->kind, DR_STR_NONE, o->class_name, name), &slot, &is_new);
    return status;
}

static bool is_there(wmi *w, cim_kind kind, dr_str space, dr_str class_name, dr_str name)
{
    return dr_map_get(w->there, key_of(w->r.arena, kind, space, class_name, name)) != NULL;
}

/* One end of a binding: where it points, and whether something current is there. */
static bool add_end(wmi *w, const cim_instance *o, const char *what, cim_kind kind, const char *const names[4])
{
    rows *r = &w->r;
    cim_path path;
    dr_str text = text_of(o, what);
    if (!cim_path_read(&path, text, r->arena))
        return true; /* not understood: it cannot be said to be missing */
    dr_str space = path.space.n ? path.space : o->space;
    rows_str(r, dr_str_of(names[0]), path.class_name);
    rows_str(r, dr_str_of(names[1]), path.name);
    rows_str(r, dr_str_of(names[2]), space);
    if (o->life != CIM_CURRENT)
        return true;
    bool there = is_there(w, kind, space, path.class_name, path.name);
    rows_z(r, names[3], there ? "yes" : cim_state_of(w->repo)->whole ? "no" : "not found");
    return there;
}

static void emit(wmi *w, const cim_instance *o)
{
    static const char *const consumer[] = { "ConsumerClass", "ConsumerName", "ConsumerNamespace", "ConsumerThere" };
    static const char *const filter[] = { "FilterClass", "FilterName", "FilterNamespace", "FilterThere" };
    rows *r = &w->r;
    const char *schema = o->kind == CIM_FILTER ? "wmi.filter" : o->kind == CIM_CONSUMER ? "wmi.consumer" : "wmi.binding";
    rows_begin(r, schema, o->off);
    if (!rows_ok(r))
        return;
    r->row.place = o->path;
    if (o->life != CIM_CURRENT)
        r->row.flags |= RECORD_DELETED;
    rows_z(r, "State", state_name(o->life));
    rows_str(r, DR_STR("Namespace"), o->space);
    rows_str(r, DR_STR("Class"), o->class_name);
    rows_str(r, DR_STR("Path"), o->path);
    rows_time(r, "NotBefore", o->stamp);
    rows_z(r, "BuiltIn", is_built_in(o) ? "yes" : "no");
    rows_z(r, "Partial", o->partial ? "yes" : "no");
    if (o->kind == CIM_BINDING) {
        bool there = add_end(w, o, "Consumer", CIM_CONSUMER, consumer);
        there = add_end(w, o, "Filter", CIM_FILTER, filter) && there;
        if (o->life == CIM_CURRENT)
            rows_z(r, "Broken", there ? "no" : cim_state_of(w->repo)->whole ? "yes" : "unknown");
    }
    if (o->life == CIM_CARVED) {
        dr_str name = o->kind == CIM_BINDING ? o->path : text_of(o, "Name");
        rows_z(r, "CurrentToo", is_there(w, o->kind, DR_STR_NONE, o->class_name, name) ? "yes" : "no");
    }
    add_properties(r, o);
    rows_emit(r);
}

static void emit_repository(wmi *w)
{
    const cim_state *s = cim_state_of(w->repo);
    rows *r = &w->r;
    rows_begin(r, "wmi.repository", 0);
    if (!rows_ok(r))
        return;
    rows_z(r, "Whole", s->whole ? "yes" : "no");
    rows_z(r, "Mapped", s->mapped ? "yes" : "no");
    rows_z(r, "Indexed", s->indexed ? "yes" : "no");
    rows_str(r, DR_STR("Mapping"), s->mapping);
    rows_u64(r, "Revision", s->version);
    rows_u64(r, "Classes", s->classes);
    rows_u64(r, "Instances", s->instances);
    rows_u64(r, "Missing", s->missing);
    rows_time(r, "NotBefore", s->newest_stamp);
    rows_emit(r);
}

/* The current ones are all known: bindings can say whether their ends are there. */
static void flush(wmi *w)
{
    if (w->flushed)
        return;
    w->flushed = true;
    for (size_t i = 0; i < w->current.n && rows_ok(&w->r); i++)
        emit(w, &w->current.p[i]);
}

static dr_status read(const void *opened, const artefact_input *in, const record_sink *sink)
{
    cim_repo *repo = *(cim_repo *const *)opened;
    wmi w = { .repo = repo };
    rows_start(&w.r, in, sink);
    w.kept = dr_arena_create("subscriptions", 0);
    w.there = dr_map_create();
    dr_arena *carved = dr_arena_create("carved", 0);
    if (rows_ok(&w.r) && (!w.kept || !w.there || !carved))
        w.r.status = DR_NOMEM;
    cim_walk walk;
    cim_walk_start(&walk, repo, 0);
    while (rows_ok(&w.r)) {
        cim_instance o;
        /* Current ones come first. */
        dr_status status = cim_next(&walk, w.flushed ? carved : w.kept, &o);
        if (status == DR_OK && o.life == CIM_CURRENT) {
            status = dr_vec_push(&w.current, o) ? note(&w, &o) : DR_NOMEM;
        } else if (status == DR_OK) {
            flush(&w);
            if (!o.copy)
                emit(&w, &o);
            dr_arena_reset(carved);
        }
        if (status == DR_END)
            break;
        if (status != DR_OK)
            w.r.status = status;
    }
    if (rows_ok(&w.r))
        flush(&w);
    if (rows_ok(&w.r))
        emit_repository(&w);
    dr_vec_free(&w.current);
    dr_map_destroy(w.there);
    dr_arena_destroy(w.kept);
    dr_arena_destroy(carved);
    return rows_end(&w.r);
}

/* --- JSON --- */

static bool is_number(uint16_t type)
{
    uint16_t t = type & 0xfff;
    return t != CIM_STRING && t != CIM_DATETIME && t != CIM_REFERENCE && t != CIM_OBJECT && t != CIM_REAL32 &&
           t != CIM_REAL64;
}

static void json_item(dr_buf *out, uint16_t type, dr_str item)
{
    uint64_t n;
    uint16_t t = type & 0xfff;
    if (t == CIM_BOOLEAN || (is_number(t) && t != CIM_UINT64 && t != CIM_SINT64))
        dr_buf_str_add(out, item);
    else if (t == CIM_UINT64 && dr_str_to_u64(item, &n))
        dr_buf_json_u64(out, n);
    else
        dr_buf_json_str(out, item);
}

void wmi_json(dr_buf *out, const cim_instance *o)
{
    char time[DR_TIME_TEXT];
    dr_buf_z(out, "{\"Path\":");
    if (o->space.n) {
        dr_buf_char(out, '"');
        dr_buf_json_text(out, o->space);
        dr_buf_char(out, ':');
        dr_buf_json_text(out, o->path.n ? o->path : o->class_name);
        dr_buf_char(out, '"');
    } else {
        dr_buf_json_str(out, o->path.n ? o->path : o->class_name);
    }
    dr_buf_z(out, ",\"State\":");
    dr_buf_json_str(out, dr_str_of(o->copy ? "copy" : state_name(o->life)));
    dr_buf_z(out, ",\"Namespace\":");
    dr_buf_json_str(out, o->space);
    dr_buf_z(out, ",\"Class\":");
    dr_buf_json_str(out, o->class_name);
    if (dr_time_is(o->stamp)) {
        dr_time_text(o->stamp, time);
        dr_buf_z(out, ",\"Stamp\":");
        dr_buf_json_str(out, dr_str_of(time));
    }
    dr_buf_printf(out, ",\"Offset\":%llu", (unsigned long long)o->off);
    if (o->life == CIM_CURRENT)
        dr_buf_printf(out, ",\"Page\":%u,\"Record\":%u", o->page, o->id);
    if (o->partial)
        dr_buf_z(out, ",\"Partial\":true");
    dr_buf_z(out, ",\"Properties\":[");
    for (size_t i = 0; i < o->n_properties; i++) {
        const cim_property *p = &o->properties[i];
        dr_buf_z(out, i ? ",{\"Name\":" : "{\"Name\":");
        dr_buf_json_str(out, p->name);
        dr_buf_printf(out, ",\"Type\":\"%s%s\"", cim_type_name(p->type), p->type & CIM_ARRAY ? "[]" : "");
        if (p->key)
            dr_buf_z(out, ",\"Key\":true");
        if (p->from_class)
            dr_buf_z(out, ",\"Default\":true");
        dr_buf_z(out, ",\"Value\":");
        bool list = (p->type & CIM_ARRAY) != 0;
        if (p->null || (!list && p->n_items == 0)) {
            dr_buf_z(out, "null}");
            continue;
        }
        if (list)
            dr_buf_char(out, '[');
        for (size_t k = 0; k < p->n_items; k++) {
            if (k)
                dr_buf_char(out, ',');
            json_item(out, p->type, p->items[k]);
        }
        dr_buf_z(out, list ? "]}" : "}");
    }
    dr_buf_z(out, "]}\n");
}

const artefact art_wmi = { .name = "wmi", .format = FORMAT_CIM_OBJECTS, .schema = "wmi.binding", .read = read };
