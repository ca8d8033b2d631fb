#include "artefact/evtlog.h"

#include "artefact/evtlog_drive.h"
#include "format/evtx_event.h"

/* ---- Inputs ---- */

static dr_status read_file(void *context, uint64_t off, void *p, size_t n, size_t *got, dr_err *err)
{
    return dr_os_read_at(context, off, p, n, got, err);
}

evtlog_input evtlog_input_file(dr_file *file)
{
    return (evtlog_input){ .context = file, .read_at = read_file, .size = file->size };
}

static dr_status read_bytes(void *context, uint64_t off, void *p, size_t n, size_t *got,
                            dr_err *err)
{
    const dr_bytes *all = context;
    dr_bytes part = dr_bytes_sub(*all, off < all->n ? (size_t)off : all->n, n);
    (void)err;
    memcpy(p, part.p, part.n); /* bounded: dr_bytes_sub gives at most n bytes */
    *got = part.n;
    return DR_OK;
}

evtlog_input evtlog_input_bytes(dr_bytes *bytes)
{
    return (evtlog_input){ .context = bytes, .read_at = read_bytes, .size = bytes->n };
}

/* ---- Records ---- */

#define ANSWERS 4096u /* remembered answers of the filter, by provider and event id */

typedef struct answer {
    dr_sym provider, alias;
    uint32_t event_id;
    bool known, wanted;
} answer;

/* A record whose values nobody has asked for yet. */
typedef struct lazy {
    binxml_reader *reader;
    const binxml_instance *in;
    evtx_fields fields;
    bool listed;
} lazy;

typedef struct reading_worker {
    binxml_reader *reader;
    answer answers[ANSWERS];
    lazy lazy;
    struct lazy *lazy_ref;
} reading_worker;

/* The user's unit, and what the block counts. */
typedef struct reading_unit {
    void *unit;
    census *census;
    dr_sym computer, channel;
    dr_str last_computer, last_channel; /* of the block's last record, for losses of later blocks */
    uint32_t last_slot;
    bool has_slot;
} reading_unit;

typedef struct reading {
    const evtlog_consumer *consumer;
    uint32_t source, group;
    reading_worker **workers;
    unsigned n_workers;
    /* Losses before the first record of the file wait here. */
    DR_VEC(evtlog_loss) waiting;
    bool has_log;
    uint32_t log_slot; /* of consumer->census */
} reading;

static bool list_fields(lazy *l)
{
    if (!l->listed)
        l->listed = evtx_fields_read(l->reader, l->in, &l->fields);
    return l->listed;
}

static bool lazy_get(const record *r, dr_arena *arena, dr_str name, size_t nth, dr_str *value)
{
    lazy *l = *(lazy *const *)r->impl;
    const evtx_field *field = list_fields(l) ? evtx_field_find(&l->fields, name, nth) : NULL;
    if (!field)
        return false;
    *value = evtx_field_text(l->reader, &l->fields, field, arena);
    return !dr_arena_failed(arena);
}

static bool lazy_all(const record *r, dr_arena *arena, const record_field **fields, size_t *n)
{
    lazy *l = *(lazy *const *)r->impl;
    if (!list_fields(l))
        return false;
    record_field *all = DR_NEW_ARRAY(arena, record_field, l->fields.list.n);
    if (!all)
        return false;
    for (size_t i = 0; i < l->fields.list.n; i++) {
        const evtx_field *field = &l->fields.list.p[i];
        all[i].name = dr_arena_str(arena, field->name);
        all[i].value = evtx_field_text(l->reader, &l->fields, field, arena);
    }
    *fields = all;
    *n = l->fields.list.n;
    return !dr_arena_failed(arena);
}

static bool wanted(reading *rd, reading_worker *w, const evtx_system *s)
{
    const record_filter *f = rd->consumer->filter;
    if (!f)
        return true;
    uint32_t at = (s->event_id * 2654435761u ^ s->provider * 40503u ^ s->alias * 977u) >> 4;
    answer *a = &w->answers[at % ANSWERS];
    if (!a->known || a->provider != s->provider || a->alias != s->alias ||
        a->event_id != s->event_id) {
        *a = (answer){
            .provider = s->provider, .alias = s->alias, .event_id = s->event_id, .known = true
        };
        a->wanted = f->wants(f->context, binxml_symbol_text(w->reader, s->provider),
                             binxml_symbol_text(w->reader, s->alias), s->event_id);
    }
    return a->wanted;
}

/* Losses of this block that were met before its first record belong to the same log. */
static dr_status place_losses(reading_unit *u, evtlog_block *b)
{
    for (size_t i = b->losses.n; i-- > 0 && !b->losses.p[i].placed;) {
        dr_status status =
            census_note_lost(u->census, u->last_slot, b->losses.p[i].off, b->losses.p[i].size);
        if (status != DR_OK)
            return status;
        b->losses.p[i].placed = true;
    }
    return DR_OK;
}

static dr_status count(reading *rd, reading_worker *w, evtlog_block *b, const evtx_system *s,
                       uint32_t flags, uint64_t off)
{
    reading_unit *u = b->unit;
    if (!u->census)
        return DR_OK;
    if (!u->has_slot || u->computer != s->computer || u->channel != s->channel) {
        u->last_computer = census_computer_of(b->arena, binxml_symbol_text(w->reader, s->computer), rd->group);
        u->last_channel = dr_arena_str(b->arena, binxml_symbol_text(w->reader, s->channel));
        dr_status status =
            census_slot(u->census, rd->source, u->last_computer, u->last_channel, &u->last_slot);
        if (status != DR_OK)
            return status;
        u->computer = s->computer;
        u->channel = s->channel;
        u->has_slot = true;
    }
    if (b->losses.n && !b->losses.p[b->losses.n - 1].placed) {
        dr_status status = place_losses(u, b);
        if (status != DR_OK)
            return status;
    }
    census_note(u->census, u->last_slot, s->record_id, s->time, flags, off);
    return DR_OK;
}

static dr_status hand_over(reading *rd, reading_worker *w, reading_unit *u, const evtx_item *item,
                           const binxml_instance *in, const evtx_system *s, uint32_t flags)
{
    dr_arena *arena = binxml_record_arena(w->reader);
    w->lazy.in = in;
    w->lazy.listed = false;
    record r = {
        .schema = DR_STR("evtx"),
        .channel = binxml_symbol_text(w->reader, s->channel),
        .provider = binxml_symbol_text(w->reader, s->provider),
        .provider_alias = binxml_symbol_text(w->reader, s->alias),
        .computer = binxml_symbol_text(w->reader, s->computer),
        .user_sid = evtx_user_sid(w->reader, in, arena),
        .activity = evtx_activity(w->reader, in, arena),
        .event_id = s->event_id,
        .version = s->version,
        .level = s->level,
        .pid = s->pid,
        .tid = s->tid,
        .keywords = s->keywords,
        .record_id = s->record_id,
        .time = s->time,
        .source = rd->source,
        .flags = flags,
        .offset = item->off,
        .place = DR_STR_NONE,
        .get = lazy_get,
        .all = lazy_all,
        .impl = &w->lazy_ref,
    };
    return rd->consumer->record(u->unit, &r);
}

static dr_status on_record(void *context, unsigned worker, evtlog_block *b, const evtx_item *item,
                           const binxml_instance *in, uint32_t flags)
{
    reading *rd = context;
    reading_worker *w = rd->workers[worker];
    evtx_system s;
    if (!evtx_system_read(w->reader, in, &s)) {
        if (!(flags & (RECORD_RECOVERED | RECORD_TORN))) {
            dr_diag_add(&b->diags, DR_DIAG_EVTX_RECORD_DAMAGED, item->off, item->size,
                        "record %llu has no System element", (unsigned long long)item->header_id);
            evtlog_lose(b, item->off, item->size);
        }
        return DR_OK;
    }
    /* A record that was cut off before its own identity names nothing. */
    if ((flags & RECORD_TORN) && !s.has_record_id)
        return DR_OK;
    if (item->header_id != s.record_id || dr_time_clean(item->header_time) != s.time)
        flags |= RECORD_HEADER_DIFFERS;
    if (!s.guid && !s.alias)
        flags |= RECORD_NO_SOURCE_MARK;
    dr_status status = count(rd, w, b, &s, flags, item->off);
    if (status != DR_OK || !wanted(rd, w, &s))
        return status;
    evtx_system_more(w->reader, in, &s);
    return hand_over(rd, w, b->unit, item, in, &s, flags);
}

static dr_status worker_begin(void *context, unsigned worker, binxml_reader *reader)
{
    reading *rd = context;
    reading_worker *w = dr_mem_alloc(sizeof *w);
    rd->workers[worker] = w;
    if (!w)
        return DR_NOMEM;
    w->reader = w->lazy.reader = reader;
    w->lazy_ref = &w->lazy;
    return DR_OK;
}

static void symbols_gone(void *context, unsigned worker)
{
    reading *rd = context;
    memset(rd->workers[worker]->answers, 0, sizeof rd->workers[worker]->answers);
}

static dr_status block_begin(void *context, evtlog_block *b, dr_err *err)
{
    reading *rd = context;
    reading_unit *u = dr_mem_alloc(sizeof *u);
    if (!u)
        return dr_fail(err, DR_NOMEM, "no memory for a unit of an event log");
    if (rd->consumer->census && !(u->census = census_create())) {
        dr_mem_free(u);
        return dr_fail(err, DR_NOMEM, "no memory to count event records");
    }
    b->unit = u;
    return rd->consumer->unit_begin ? rd->consumer->unit_begin(rd->consumer->context, &u->unit)
                                    : DR_OK;
}

/* Losses that no record of their block claimed belong to the log of the records before; at the
 * beginning of the file, to that of the first record. */
static dr_status take_losses(reading *rd, evtlog_block *b)
{
    reading_unit *u = b->unit;
    census *c = rd->consumer->census;
    dr_status status = DR_OK;
    if (u->has_slot) {
        status = census_slot(c, rd->source, u->last_computer, u->last_channel, &rd->log_slot);
        rd->has_log |= status == DR_OK;
    }
    for (size_t i = 0; status == DR_OK && i < b->losses.n; i++)
        if (!b->losses.p[i].placed && !dr_vec_push(&rd->waiting, b->losses.p[i]))
            status = DR_NOMEM;
    for (size_t i = 0; status == DR_OK && rd->has_log && i < rd->waiting.n; i++)
        status = census_note_lost(c, rd->log_slot, rd->waiting.p[i].off, rd->waiting.p[i].size);
    if (rd->has_log)
        dr_vec_clear(&rd->waiting);
    return status;
}

static dr_status block_end(void *context, evtlog_block *b, bool complete, dr_err *err)
{
    reading *rd = context;
    reading_unit *u = b->unit;
    dr_status status = DR_OK;
    if (complete && u->census) {
        status = census_merge(rd->consumer->census, u->census);
        if (status == DR_OK)
            status = take_losses(rd, b);
        if (status == DR_OK && census_failed(u->census))
            status = DR_NOMEM;
        if (status != DR_OK)
            status = dr_fail(err, status, "no memory to count event records");
    }
    if (rd->consumer->unit_end) {
        dr_status ended =
            rd->consumer->unit_end(rd->consumer->context, u->unit, complete && status == DR_OK);
        if (status == DR_OK)
            status = ended;
    }
    census_destroy(u->census);
    dr_mem_free(u);
    return status;
}

dr_status evtlog_read(const evtlog_input *in, const evtlog_consumer *consumer, unsigned threads,
                      dr_diags *diags, dr_err *err)
{
    reading rd = { .consumer = consumer, .source = in->source, .group = in->group, .n_workers = (threads ? threads : 1) + 1 };
    evtlog_ops ops = { .context = &rd,
                       .worker_begin = worker_begin,
                       .record = on_record,
                       .symbols_gone = symbols_gone,
                       .block_begin = block_begin,
                       .block_end = block_end };
    rd.workers = dr_mem_alloc(rd.n_workers * sizeof *rd.workers);
    dr_status status =
        rd.workers ? DR_OK : dr_fail(err, DR_NOMEM, "no memory for %u workers", rd.n_workers);
    if (status == DR_OK)
        status = evtlog_drive_run(in, &ops, threads, true, diags, err);
    for (unsigned i = 0; rd.workers && i < rd.n_workers; i++) {
        if (rd.workers[i])
            evtx_fields_free(&rd.workers[i]->lazy.fields);
        dr_mem_free(rd.workers[i]);
    }
    dr_mem_free(rd.workers);
    dr_vec_free(&rd.waiting);
    return status;
}

static dr_status sink_begin(void *context, void **unit)
{
    *unit = context;
    return DR_OK;
}

static dr_status sink_record(void *unit, const record *r)
{
    const record_sink *sink = unit;
    return sink->record(sink->context, r);
}

dr_status evtlog_read_sink(const evtlog_input *in, const record_sink *sink, dr_diags *diags,
                           dr_err *err)
{
    record_sink copy = *sink;
    evtlog_consumer consumer = { .context = &copy,
                                 .unit_begin = sink_begin,
                                 .record = sink_record,
                                 .filter = sink->filter,
                                 .census = sink->census };
    return evtlog_read(in, &consumer, 1, diags, err);
}
