#include "lib/engine.h"

#include "artefact/evtlog.h"

/* Facts of one unit of work: made by a worker, added to the store by the caller's thread in file order.
 * A draft is kept in short form, its texts in the unit's arena. */
typedef struct kept_draft {
    fact_draft head; /* without its attributes */
    fact_attr *attrs;
} kept_draft;

typedef struct unit {
    struct unit *next; /* in the list of free units */
    struct reader *reader;
    fact_mapper *mapper;
    dr_arena *arena;
    DR_VEC(kept_draft *) drafts;
    uint64_t records;
} unit;

typedef struct reader {
    didrun *d;
    unit *free_units;
    uint64_t files_done, files_total;
} reader;

static void unit_destroy(unit *u)
{
    if (!u)
        return;
    fact_mapper_destroy(u->mapper);
    dr_arena_destroy(u->arena);
    dr_vec_free(&u->drafts);
    dr_mem_free(u);
}

static dr_status unit_begin(void *context, void **out)
{
    reader *r = context;
    unit *u = r->free_units;
    if (u)
        r->free_units = u->next;
    else {
        u = dr_mem_alloc(sizeof *u);
        if (!u)
            return DR_NOMEM;
        u->reader = r;
        u->mapper = fact_mapper_create(r->d->maps);
        u->arena = dr_arena_create("unit", 0);
        if (!u->mapper || !u->arena) {
            unit_destroy(u);
            return DR_NOMEM;
        }
    }
    *out = u;
    return DR_OK;
}

static dr_status keep(void *context, const fact_draft *draft)
{
    unit *u = context;
    dr_arena *a = u->arena;
    kept_draft *k = dr_arena_alloc(a, sizeof *k);
    fact_attr *attrs = DR_NEW_ARRAY(a, fact_attr, draft->n_attrs);
    if (!k || !attrs)
        return DR_NOMEM;
    memcpy(&k->head, draft, offsetof(fact_draft, attrs));
    k->head.n_attrs = draft->n_attrs;
    k->head.host = draft->host.n ? dr_arena_str(a, draft->host) : engine_unnamed_host(a, draft->record.source);
    k->head.channel = dr_arena_str(a, draft->channel);
    k->head.provider = dr_arena_str(a, draft->provider);
    k->head.record.place = dr_arena_str(a, draft->record.place);
    for (size_t i = 0; i < draft->n_attrs; i++)
        attrs[i] = (fact_attr){ draft->attrs[i].key, dr_arena_str(a, draft->attrs[i].value) };
    k->attrs = attrs;
    if (dr_arena_failed(a) || !dr_vec_push(&u->drafts, k))
        return DR_NOMEM;
    return DR_OK;
}

static dr_status unit_record(void *context, const record *r)
{
    unit *u = context;
    u->records++;
    return fact_mapper_run(u->mapper, r, keep, u);
}

static dr_str kept_attr(const kept_draft *k, dr_sym key)
{
    for (size_t i = 0; i < k->head.n_attrs; i++) {
        if (k->attrs[i].key == key)
            return k->attrs[i].value;
    }
    return DR_STR_NONE;
}

static dr_status note_rename(didrun *d, const kept_draft *k)
{
    host_rename r = { .source = k->head.record.source, .host = dr_arena_str(d->arena, k->head.host) };
    r.old_name = dr_arena_str(d->arena, kept_attr(k, d->names.host_old_name));
    r.new_name = dr_arena_str(d->arena, kept_attr(k, d->names.host_name));
    return dr_arena_failed(d->arena) || !dr_vec_push(&d->renames, r) ? DR_NOMEM : DR_OK;
}

static dr_status note_name(didrun *d, const kept_draft *k)
{
    source_host named = { k->head.record.source, dr_arena_str(d->arena, kept_attr(k, d->names.host_name)) };
    if (!named.name.n)
        return DR_OK;
    return dr_arena_failed(d->arena) || !dr_vec_push(&d->named, named) ? DR_NOMEM : DR_OK;
}

static dr_status add_drafts(unit *u)
{
    fact_store *store = u->reader->d->store;
    fact_draft whole;
    for (size_t i = 0; i < u->drafts.n; i++) {
        const kept_draft *k = u->drafts.p[i];
        memcpy(&whole, &k->head, offsetof(fact_draft, attrs));
        whole.n_attrs = k->head.n_attrs;
        if (k->head.n_attrs)
            memcpy(whole.attrs, k->attrs, k->head.n_attrs * sizeof *k->attrs);
        dr_status status = fact_store_add(store, &whole);
        if (status == DR_OK && k->head.kind == u->reader->d->names.kind_host_at_rest)
            status = note_name(u->reader->d, k);
        if (status == DR_OK && u->reader->d->grouped)
            status = engine_note_identity(u->reader->d, &k->head, k->attrs, k->head.n_attrs);
        if (status == DR_OK && k->head.kind == u->reader->d->names.kind_host_renamed)
            status = note_rename(u->reader->d, k);
        if (status != DR_OK)
            return status;
    }
    return DR_OK;
}

static dr_status unit_end(void *context, void *state, bool complete)
{
    reader *r = context;
    unit *u = state;
    dr_status status = complete ? add_drafts(u) : DR_OK;
    r->d->records += u->records;
    u->records = 0;
    dr_vec_clear(&u->drafts);
    dr_arena_reset(u->arena);
    u->next = r->free_units;
    r->free_units = u;
    if (status == DR_OK)
        status = engine_tick(r->d, source_set_bytes_done(r->d->sources), source_set_counts(r->d->sources).bytes,
                             r->files_done, r->files_total);
    return status;
}

static bool filter_wants(const void *context, dr_str provider, dr_str alias, uint32_t event_id)
{
    return fact_maps_want(context, provider, alias, event_id);
}

static dr_status read_evtlog(reader *r, source *s)
{
    didrun *d = r->d;
    dr_status status = source_open(s, &d->err);
    if (status != DR_OK)
        return status;
    record_filter filter = { d->maps, filter_wants };
    evtlog_input in = { .context = s, .read_at = source_read_at, .size = s->size, .on_bytes = NULL,
                        .on_bytes_context = s, .source = s->number, .group = engine_group(d, s->number) };
    in.on_bytes = source_on_bytes;
    evtlog_consumer consumer = { .context = r, .unit_begin = unit_begin, .record = unit_record, .unit_end = unit_end,
                                 .filter = &filter, .census = d->census };
    status = evtlog_read(&in, &consumer, d->threads, &s->diags, &d->err);
    source_close(s);
    return status;
}

/* Rows of an artefact go the same way as records: through the maps into the store. */
static dr_status sink_record(void *context, const record *r)
{
    return unit_record(context, r);
}

static dr_status read_artefacts(reader *r, source *s)
{
    void *state;
    dr_status status = unit_begin(r, &state);
    if (status != DR_OK)
        return status;
    record_sink sink = { .context = state, .record = sink_record };
    artefact_input in = { .source = s->number, .path = s->logical, .arena = s->arena, .diags = &s->diags };
    status = engine_read_opened(r->d, s, &in, &sink);
    dr_status ended = unit_end(r, state, status == DR_OK);
    return status == DR_OK ? ended : status;
}

/* A source that cannot be read is told of and passed over; memory and interruption end the run. */
static dr_status read_source(reader *r, source *s)
{
    dr_status status = s->kind == FORMAT_EVTX ? read_evtlog(r, s) : read_artefacts(r, s);
    if (status == DR_IO && !r->d->interrupted) {
        dr_diag_add(&s->diags, DR_DIAG_UNREADABLE, 0, s->size, "%s", r->d->err.text);
        s->state = SOURCE_BROKEN;
        status = DR_OK;
    }
    return status;
}

static dr_status tick_listing(void *context, uint64_t done, uint64_t total, uint64_t files)
{
    return engine_tick(context, done, total, files, files);
}

static dr_status read_all(didrun *d)
{
    reader r = { .d = d };
    size_t n = source_count(d->sources);
    dr_status status = DR_OK;
    for (size_t i = 0; i < n; i++)
        r.files_total += source_at(d->sources, i)->state == SOURCE_READ;
    for (size_t i = 0; i < n && status == DR_OK; i++) {
        source *s = source_at(d->sources, i);
        if (s->state != SOURCE_READ)
            continue;
        status = read_source(&r, s);
        r.files_done++;
    }
    while (r.free_units) {
        unit *u = r.free_units;
        r.free_units = u->next;
        unit_destroy(u);
    }
    return status;
}

static dr_status out_of_memory(didrun *d)
{
    return dr_fail(&d->err, DR_NOMEM, "out of memory");
}

/* Nothing can be read: why, of the first argument, for they are mostly one. */
static dr_status nothing(didrun *d)
{
    for (size_t i = 0; i < source_count(d->sources); i++) {
        const source *s = source_at(d->sources, i);
        const dr_diag *why = s->diags.list.n ? &s->diags.list.p[0] : NULL;
        if (!s->given || !why)
            continue;
        if (why->code == DR_DIAG_UNREADABLE && why->text.n) /* names the file and says what is wrong */
            return dr_fail(&d->err, DR_FORMAT, "%.*s", DR_STR_ARG(why->text));
        return dr_fail(&d->err, DR_FORMAT, "%.*s: %s%s%.*s", DR_STR_ARG(s->shown), dr_diag_sentence(why->code),
                       why->text.n ? ": " : "", DR_STR_ARG(why->text));
    }
    return dr_fail(&d->err, DR_FORMAT, "nothing among the evidence is of a kind that didrun reads");
}

dr_status engine_read(didrun *d)
{
    if (d->stage != ENGINE_OPEN)
        return DR_OK;
    if (engine_has_rules(d) != DR_OK)
        return DR_USAGE;
    d->started = dr_os_clock();
    d->stage_name = "listing";
    source_set_on_tick(d->sources, tick_listing, d);
    dr_status status = source_set_seal(d->sources, &d->err);
    d->sealed = true;
    if (status != DR_OK)
        return status;
    if (source_set_counts(d->sources).read == 0)
        return nothing(d);
    d->grouped = source_collections(d->sources) > 1;
    d->store = fact_store_create(&d->vocab, d->syms);
    d->census = census_create();
    if (!d->store || !d->census)
        return out_of_memory(d);
    d->stage_name = "reading";
    status = read_all(d);
    d->stage_name = "reasoning";
    if (status == DR_OK && d->kase)
        status = engine_verify_sources(d);
    if (status == DR_OK)
        status = census_failed(d->census) ? out_of_memory(d) : census_seal(d->census);
    if (status == DR_OK)
        status = engine_join_hosts(d);
    if (status == DR_OK)
        status = fact_store_seal(d->store);
    if (status == DR_OK)
        status = engine_derive(d);
    if (status == DR_OK)
        status = run_table_build(&d->runs, d->store, &d->vocab, &d->names, &d->err);
    if (status == DR_OK)
        status = engine_cover(d);
    if (status == DR_NOMEM && !d->err.text[0])
        status = out_of_memory(d);
    if (status == DR_OK)
        d->stage = ENGINE_READ;
    return status;
}
