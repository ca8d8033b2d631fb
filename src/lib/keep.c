/* Cases: what a run came to is kept, and shown again from what was kept. */
#include "lib/engine.h"

#include "base/os.h"
#include "base/os_place.h"
#include "coverage/coverage.h"
#include "lib/present.h"
#include "lib/show.h"

static const char *const state_names[] = {
    [VIEW_SOURCE_READ] = "read",           [VIEW_SOURCE_DAMAGED] = "damaged",     [VIEW_SOURCE_USELESS] = "useless",
    [VIEW_SOURCE_PART] = "part",           [VIEW_SOURCE_DUPLICATE] = "duplicate", [VIEW_SOURCE_CONTAINER] = "container",
    [VIEW_SOURCE_PASSED] = "passed-over",
};

static view_source_state state_of_source(dr_str name)
{
    for (view_source_state s = VIEW_SOURCE_READ; s < VIEW_SOURCE_PASSED; s++) {
        if (dr_str_is(name, state_names[s]))
            return s;
    }
    return VIEW_SOURCE_PASSED;
}

static dr_status no_memory(didrun *d)
{
    return dr_fail(&d->err, DR_NOMEM, "out of memory");
}

/* Layouts of cases are compiled in as data are, but decide nothing. */
static bool is_knowledge(const data_file *f)
{
    return !dr_str_starts(f->name, DR_STR("schema/"));
}

/* --- showing a case ---------------------------------------------------------------------------- */

static dr_status case_sources(const case_image *image, dr_arena *arena, view_in *out)
{
    view_source *list = DR_NEW_ARRAY(arena, view_source, image->n_sources);
    for (size_t i = 0; list && i < image->n_sources; i++) {
        const case_source *s = &image->sources[i];
        list[i] = (view_source){ .name = s->name, .kind = s->kind, .sha256 = s->sha256, .same_as = s->same_as, .size = s->size,
                                 .state = state_of_source(s->state), .diags = s->diags };
    }
    out->sources = list;
    out->n_sources = list ? image->n_sources : 0;
    return list ? DR_OK : DR_NOMEM;
}

static void widen(view_in *out, int64_t first, int64_t last)
{
    if (dr_time_is(first) && (!dr_time_is(out->first) || first < out->first))
        out->first = first;
    if (dr_time_is(last) && (!dr_time_is(out->last) || last > out->last))
        out->last = last;
}

static dr_status case_hosts(const case_image *image, dr_arena *arena, view_in *out)
{
    view_host *list = DR_NEW_ARRAY(arena, view_host, image->n_hosts);
    for (size_t i = 0; list && i < image->n_hosts; i++) {
        const case_host *h = &image->hosts[i];
        list[i] = (view_host){ h->name, h->system, h->first, h->last, h->notes, h->n_notes };
        widen(out, h->first, h->last);
    }
    out->hosts = list;
    out->n_hosts = list ? image->n_hosts : 0;
    return list ? DR_OK : DR_NOMEM;
}

static dr_status case_recorders(const case_image *image, dr_arena *arena, const char *host, view_in *out)
{
    view_recorder *list = DR_NEW_ARRAY(arena, view_recorder, image->n_coverage);
    out->recorders = list;
    for (size_t i = 0; list && i < image->n_coverage; i++) {
        const case_coverage *c = &image->coverage[i];
        if (host && !param_equal(PARAM_HOST, dr_str_of(host), c->host))
            continue;
        view_span *spans = DR_NEW_ARRAY(arena, view_span, c->n_spans);
        if (!spans)
            return DR_NOMEM;
        for (size_t k = 0; k < c->n_spans; k++)
            spans[k] = (view_span){ c->spans[k].from, c->spans[k].to, c->spans[k].reason };
        list[out->n_recorders++] = (view_recorder){ .host = c->host, .id = c->recorder, .source = c->source, .shown = c->shown, .spans = spans,
                                                    .n_spans = c->n_spans, .reason = c->reason, .text = c->text, .minor = c->minor };
    }
    return list ? DR_OK : DR_NOMEM;
}

static dr_status case_notes(const case_image *image, dr_arena *arena, view_in *out)
{
    view_note *list = DR_NEW_ARRAY(arena, view_note, image->n_notes);
    for (size_t i = 0; list && i < image->n_notes; i++) {
        const case_note *n = &image->notes[i];
        list[i] = (view_note){ n->number, n->verdict, n->stance, n->because, n->by };
    }
    out->notes = list;
    out->n_notes = list ? image->n_notes : 0;
    return list ? DR_OK : DR_NOMEM;
}

dr_status present_all(didrun *d, dr_arena *arena, const char *host, view_in *out)
{
    dr_status status;
    if (d->from_case) {
        const case_image *image = case_shown(d->kase);
        status = case_sources(image, arena, out);
        if (status == DR_OK)
            status = case_hosts(image, arena, out);
        if (status == DR_OK)
            status = case_notes(image, arena, out);
        return status == DR_OK ? case_recorders(image, arena, host, out) : status;
    }
    if (d->kase && case_notes(case_shown(d->kase), arena, out) != DR_OK) /* its sources were read again */
        return DR_NOMEM;
    status = present_sources(d, arena, out);
    if (status == DR_OK && d->stage != ENGINE_OPEN)
        status = present_hosts(d, arena, out);
    return status == DR_OK && d->coverage ? engine_gather_coverage(d, arena, host, out) : status;
}

/* --- opening a case ---------------------------------------------------------------------------- */

static bool same_data(const didrun *d, const case_image *image)
{
    size_t n = 0;
    for (size_t i = 0; i < d->data.files.n; i++) {
        const data_file *f = &d->data.files.p[i];
        if (!is_knowledge(f))
            continue;
        if (n == image->n_data || !dr_str_eq(f->name, image->data[n].name) || !dr_str_eq(f->text, image->data[n].text))
            return false;
        n++;
    }
    return n == image->n_data;
}

/* The tables from the data that the case was made with. */
static dr_status take_data(didrun *d, const case_image *image)
{
    engine_forget(d);
    d->data = (dataset){ .arena = dr_arena_create("data files", 0) };
    if (!d->data.arena)
        return no_memory(d);
    for (size_t i = 0; i < image->n_data; i++) {
        data_file file = { .name = image->data[i].name, .shown = image->data[i].name, .text = image->data[i].text };
        if (!dr_vec_push(&d->data.files, file))
            return no_memory(d);
    }
    dr_status status = engine_compile(d);
    if (status != DR_DATA)
        return status;
    dr_err why = d->err;
    return dr_fail(&d->err, DR_UNSUPPORTED, "the case's own data cannot be read by this didrun: %.300s", why.text);
}

static dr_status load_rows(didrun *d)
{
    d->store = fact_store_create(&d->vocab, d->syms);
    if (!d->store)
        return no_memory(d);
    dr_status status = case_read_facts(d->kase, &d->vocab, d->syms, d->store, &d->err);
    if (status == DR_OK && verdict_list_init(&d->verdicts) != DR_OK)
        status = no_memory(d);
    if (status == DR_OK)
        status = case_read_verdicts(d->kase, &d->vocab, d->syms, &d->verdicts, &d->err);
    return status;
}

dr_status engine_open_case(didrun *d, const char *path)
{
    if (d->kase || source_argument_count(d->sources))
        return dr_fail(&d->err, DR_USAGE, "%s: a case is given alone (examine --into CASE adds evidence to one)", path);
    dr_status status = case_open(&d->kase, path, &d->err);
    if (status != DR_OK)
        return status;
    const case_image *image = case_shown(d->kase);
    if (!same_data(d, image)) {
        if (d->own_data)
            return engine_read_sources_of_case(d);
        status = take_data(d, image);
    }
    if (status == DR_OK)
        status = load_rows(d);
    if (status == DR_OK) {
        d->from_case = true;
        d->stage = ENGINE_EXAMINED;
    }
    return status;
}

/* --- its sources ------------------------------------------------------------------------------- */

/* The name under which an argument can be found now: as it was given when that is still the same place. */
static dr_status find_argument(didrun *d, const case_argument *a, const char **out)
{
    dr_str real;
    if (dr_os_real_path(a->given.p, d->arena, &real, NULL) == DR_OK && dr_str_eq(real, a->path)) {
        *out = a->given.p;
        return DR_OK;
    }
    dr_node node;
    *out = a->path.p;
    if (dr_os_stat(a->path.p, true, &node, NULL) == DR_OK)
        return DR_OK;
    return dr_fail(&d->err, DR_IO, "%s: the case was made of it, and it has to be read again, but it is not there", a->path.p);
}

dr_status engine_read_sources_of_case(didrun *d)
{
    const case_image *image = case_shown(d->kase);
    dr_status status = DR_OK;
    for (size_t i = 0; i < image->n_arguments && status == DR_OK; i++) {
        const char *path;
        status = find_argument(d, &image->arguments[i], &path);
        if (status == DR_OK)
            status = source_set_add(d->sources, path, &d->err);
    }
    if (status != DR_OK || !d->from_case)
        return status;
    /* What was loaded makes room for what is read. */
    fact_store_destroy(d->store);
    verdict_list_free(&d->verdicts);
    d->store = NULL;
    d->verdicts = (verdict_list){ 0 };
    d->from_case = false;
    d->stage = ENGINE_OPEN;
    return DR_OK;
}

static dr_str place_key(dr_buf *b, dr_str argument, dr_str name)
{
    dr_buf_clear(b);
    dr_buf_str_add(b, argument);
    dr_buf_char(b, '\n');
    dr_buf_str_add(b, name);
    return dr_buf_str(b);
}

/* Path of an argument of the case without links. */
static dr_str real_in_case(const case_image *image, dr_str given)
{
    for (size_t i = 0; i < image->n_arguments; i++) {
        if (dr_str_eq(image->arguments[i].given, given))
            return image->arguments[i].path;
    }
    return given;
}

static dr_str real_in_run(const didrun *d, dr_str given)
{
    dr_str text, real;
    for (size_t i = 0; i < source_argument_count(d->sources); i++) {
        source_argument_at(d->sources, i, &text, &real);
        if (dr_str_eq(text, given))
            return real;
    }
    return given;
}

static dr_status note_places(didrun *d, dr_map *places, dr_buf *key)
{
    for (size_t i = 0; i < source_count(d->sources); i++) {
        const source *s = source_at(d->sources, i);
        uint64_t *slot;
        bool is_new;
        dr_str text = place_key(key, real_in_run(d, s->argument), s->path);
        if (key->failed || dr_map_put(places, text, &slot, &is_new) != DR_OK)
            return no_memory(d);
        *slot = i;
    }
    return DR_OK;
}

dr_status engine_verify_sources(didrun *d)
{
    const case_image *image = case_shown(d->kase);
    dr_map *places = dr_map_create();
    dr_buf key = { 0 };
    dr_status status = places ? note_places(d, places, &key) : no_memory(d);
    for (size_t i = 0; i < image->n_sources && status == DR_OK; i++) {
        const case_source *s = &image->sources[i];
        if (!s->sha256.n)
            continue;
        const uint64_t *at = dr_map_get(places, place_key(&key, real_in_case(image, s->argument), s->name));
        if (key.failed)
            status = no_memory(d);
        else if (!at)
            status = dr_fail(&d->err, DR_IO, "%.*s: the case was made of it, and it has to be read again, but it is not there", DR_STR_ARG(s->name));
        else if (!dr_str_is(s->sha256, source_at(d->sources, (size_t)*at)->sha256))
            status = dr_fail(&d->err, DR_IO, "%.*s: is not the file any more that the case was made of (its SHA-256 is another one)",
                             DR_STR_ARG(s->name));
    }
    dr_buf_free(&key);
    dr_map_destroy(places);
    return status;
}

int didrun_extend(didrun *d, const char *path)
{
    if (engine_has_rules(d) != DR_OK)
        return DIDRUN_ERROR_USAGE;
    if (d->kase || d->sealed || source_argument_count(d->sources))
        return engine_result(d, dr_fail(&d->err, DR_USAGE, "%s: a case comes before the evidence that is added to it", path));
    if (!case_is(path))
        return engine_result(d, dr_fail(&d->err, DR_USAGE, "%s: is no case", path));
    dr_status status = case_open(&d->kase, path, &d->err);
    d->extends = true;
    return engine_result(d, status == DR_OK ? engine_read_sources_of_case(d) : status);
}

/* --- keeping ----------------------------------------------------------------------------------- */

static dr_status keep_data(const didrun *d, dr_arena *arena, case_image *image)
{
    case_data_file *list = DR_NEW_ARRAY(arena, case_data_file, d->data.files.n);
    for (size_t i = 0; list && i < d->data.files.n; i++) {
        if (is_knowledge(&d->data.files.p[i]))
            list[image->n_data++] = (case_data_file){ d->data.files.p[i].name, d->data.files.p[i].text };
    }
    image->data = list;
    return list ? DR_OK : DR_NOMEM;
}

static dr_status keep_arguments(const didrun *d, dr_arena *arena, case_image *image)
{
    size_t n = source_argument_count(d->sources);
    case_argument *list = DR_NEW_ARRAY(arena, case_argument, n);
    for (size_t i = 0; list && i < n; i++)
        source_argument_at(d->sources, i, &list[i].given, &list[i].path);
    image->arguments = list;
    image->n_arguments = n;
    return list ? DR_OK : DR_NOMEM;
}

static dr_status keep_sources(const didrun *d, dr_arena *arena, const view_in *in, case_image *image)
{
    case_source *list = DR_NEW_ARRAY(arena, case_source, in->n_sources);
    for (size_t i = 0; list && i < in->n_sources; i++) {
        const view_source *s = &in->sources[i];
        list[i] = (case_source){ .argument = source_at(d->sources, i)->argument, .name = s->name, .kind = s->kind,
                                 .state = dr_str_of(state_names[s->state]), .same_as = s->same_as, .sha256 = s->sha256, .size = s->size,
                                 .diags = s->diags };
    }
    image->sources = list;
    image->n_sources = in->n_sources;
    return list ? DR_OK : DR_NOMEM;
}

static dr_status keep_hosts(dr_arena *arena, const view_in *in, case_image *image)
{
    case_host *list = DR_NEW_ARRAY(arena, case_host, in->n_hosts);
    for (size_t i = 0; list && i < in->n_hosts; i++) {
        const view_host *h = &in->hosts[i];
        list[i] = (case_host){ h->name, h->system, h->first, h->last, h->notes, h->n_notes };
    }
    image->hosts = list;
    image->n_hosts = in->n_hosts;
    return list ? DR_OK : DR_NOMEM;
}

/* Facts that show what the spans of the row say. */
static dr_status keep_proofs(dr_arena *arena, const cov_row *row, case_coverage *out)
{
    fact_id *proofs = DR_NEW_ARRAY(arena, fact_id, row->n_spans * 2);
    for (size_t i = 0; proofs && i < row->n_spans; i++) {
        if (row->spans[i].fact)
            proofs[out->n_proofs++] = row->spans[i].fact;
        if (row->spans[i].other)
            proofs[out->n_proofs++] = row->spans[i].other;
    }
    out->proofs = proofs;
    return proofs ? DR_OK : DR_NOMEM;
}

static dr_status keep_coverage(const didrun *d, dr_arena *arena, const view_in *in, case_image *image)
{
    case_coverage *list = DR_NEW_ARRAY(arena, case_coverage, in->n_recorders);
    for (size_t i = 0; list && i < in->n_recorders; i++) { /* of all hosts: row by row as coverage has them */
        const view_recorder *r = &in->recorders[i];
        cov_row row = cov_row_at(d->coverage, i);
        case_span *spans = DR_NEW_ARRAY(arena, case_span, r->n_spans);
        if (!spans)
            return DR_NOMEM;
        for (size_t k = 0; k < r->n_spans; k++)
            spans[k] = (case_span){ r->spans[k].from, r->spans[k].to, r->spans[k].reason };
        list[i] = (case_coverage){ .host = r->host, .recorder = r->id, .source = r->source, .shown = r->shown, .text = r->text, .minor = r->minor,
                                   .reason = r->reason, .spans = spans, .n_spans = r->n_spans };
        if (keep_proofs(arena, &row, &list[i]) != DR_OK)
            return DR_NOMEM;
    }
    image->coverage = list;
    image->n_coverage = in->n_recorders;
    return list ? DR_OK : DR_NOMEM;
}

static dr_status keep_all(didrun *d, dr_arena *arena, case_image *image)
{
    view_in in = { .first = DR_NO_TIME, .last = DR_NO_TIME };
    didrun_counts counts = DIDRUN_COUNTS_INIT;
    dr_status status = present_all(d, arena, NULL, &in);
    if (status == DR_OK)
        status = keep_data(d, arena, image);
    if (status == DR_OK)
        status = keep_arguments(d, arena, image);
    if (status == DR_OK)
        status = keep_sources(d, arena, &in, image);
    if (status == DR_OK)
        status = keep_hosts(arena, &in, image);
    if (status == DR_OK)
        status = keep_coverage(d, arena, &in, image);
    (void)didrun_count(d, &counts);
    image->numbers[CASE_FILES] = counts.sources;
    image->numbers[CASE_READ] = counts.sources_read;
    image->numbers[CASE_DAMAGED] = counts.damaged;
    image->numbers[CASE_UNKNOWN] = counts.unknown;
    image->numbers[CASE_BYTES] = counts.bytes;
    image->numbers[CASE_RECORDS] = counts.records;
    image->damaged = engine_damaged(d);
    image->own_data = d->own_data;
    image->version = dr_str_of(DIDRUN_VERSION);
    image->syms = d->syms;
    image->vocab = &d->vocab;
    image->facts = d->store;
    image->runs = d->runs;
    image->verdicts = &d->verdicts;
    if (d->kase) {
        image->notes = case_shown(d->kase)->notes;
        image->n_notes = case_shown(d->kase)->n_notes;
    }
    return status == DR_OK ? DR_OK : no_memory(d);
}

int didrun_may_save(didrun *d, const char *path, uint32_t flags)
{
    return engine_result(d, case_may_write(path, (flags & DIDRUN_SAVE_OVERWRITE) != 0, &d->err));
}

static dr_status tick(void *context, uint64_t done, uint64_t total)
{
    return engine_tick(context, done, total, 0, 0);
}

int didrun_save(didrun *d, const char *path, uint32_t flags)
{
    if (d->from_case)
        return engine_result(d, dr_fail(&d->err, DR_USAGE, "%s: nothing was examined; a case can be copied as a file", path));
    if (d->stage != ENGINE_EXAMINED)
        return engine_result(d, dr_fail(&d->err, DR_USAGE, "%s: there is nothing to keep before the evidence is examined", path));
    case_image image = { 0 };
    case_file *now = NULL;
    dr_file held = { .fd = -1 };
    dr_arena *arena = dr_arena_create("case", 0);
    dr_status status = arena ? keep_all(d, arena, &image) : no_memory(d);
    d->stage_name = "saving";
    if (status == DR_OK && d->extends && case_is(path)) { /* a note may have been added since it was opened */
        status = dr_place_lock(path, &held, &d->err);
        if (status == DR_OK)
            status = case_open(&now, path, &d->err);
        if (status == DR_OK) {
            image.notes = case_shown(now)->notes;
            image.n_notes = case_shown(now)->n_notes;
        }
    }
    if (status == DR_OK)
        status = case_write(path, (flags & DIDRUN_SAVE_OVERWRITE) != 0, &image, tick, d, &d->err);
    case_close(now);
    dr_os_close(&held);
    dr_arena_destroy(arena);
    return engine_result(d, status);
}
