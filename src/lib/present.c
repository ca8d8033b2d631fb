#include "lib/present.h"

#include "format/recognise.h"

enum { NOTES_MAX = 3 };

static bool lost(const dr_diags *diags)
{
    for (size_t c = 0; c < DR_DIAG_COUNT; c++) {
        if (diags->count[c] && dr_diag_severity((dr_diag_code)c) != DR_NOTE)
            return true;
    }
    return false;
}

static bool useless(const dr_diags *diags)
{
    for (size_t c = 0; c < DR_DIAG_COUNT; c++) {
        if (diags->count[c] && dr_diag_severity((dr_diag_code)c) == DR_USELESS)
            return true;
    }
    return false;
}

static view_source_state source_shown(const source *s)
{
    switch (s->state) {
    case SOURCE_READ:
        return useless(&s->diags) ? VIEW_SOURCE_USELESS : lost(&s->diags) ? VIEW_SOURCE_DAMAGED : VIEW_SOURCE_READ;
    case SOURCE_PART:
        return VIEW_SOURCE_PART;
    case SOURCE_COPY:
        return VIEW_SOURCE_DUPLICATE;
    case SOURCE_CONTAINER:
        return lost(&s->diags) ? VIEW_SOURCE_DAMAGED : VIEW_SOURCE_CONTAINER;
    case SOURCE_EMPTY:
    case SOURCE_BROKEN:
        return VIEW_SOURCE_USELESS;
    case SOURCE_UNKNOWN:
    case SOURCE_NOT_FOLLOWED:
    case SOURCE_NOTHING:
        break;
    }
    return VIEW_SOURCE_PASSED;
}

dr_status present_sources(didrun *d, dr_arena *arena, view_in *out)
{
    size_t n = d->sources ? source_count(d->sources) : 0;
    view_source *list = DR_NEW_ARRAY(arena, view_source, n);
    for (size_t i = 0; list && i < n; i++) {
        const source *s = source_at(d->sources, i);
        const source *same = s->same_as ? source_by_number(d->sources, s->same_as) : NULL;
        list[i] = (view_source){ .name = s->path.n ? s->path : dr_str_basename(s->shown), .kind = s->kind ? dr_str_of(format_name((format_kind)s->kind)) : DR_STR_NONE,
                                 .sha256 = dr_str_of(s->sha256), .same_as = same ? same->path : DR_STR_NONE, .size = s->size,
                                 .state = source_shown(s), .diags = &s->diags };
    }
    out->sources = list;
    out->n_sources = n;
    return list ? DR_OK : DR_NOMEM;
}

static void widen(view_host *h, int64_t time)
{
    if (!dr_time_is(time))
        return;
    if (!dr_time_is(h->first) || time < h->first)
        h->first = time;
    if (!dr_time_is(h->last) || time > h->last)
        h->last = time;
}

typedef struct host_list {
    dr_arena *arena;
    DR_VEC(view_host) hosts;
    DR_VEC(dr_sym) syms;
} host_list;

/* The entry of that host, made when it is not there; SIZE_MAX when memory ran out. */
static size_t host_at(host_list *list, const didrun *d, dr_sym sym)
{
    for (size_t i = 0; i < list->syms.n; i++) {
        if (list->syms.p[i] == sym)
            return i;
    }
    view_host h = { .name = dr_sym_str(d->syms, sym), .first = DR_NO_TIME, .last = DR_NO_TIME };
    if (!dr_vec_push(&list->hosts, h) || !dr_vec_push(&list->syms, sym))
        return SIZE_MAX;
    return list->syms.n - 1;
}

static dr_status from_census(didrun *d, host_list *list)
{
    for (size_t i = 0; i < census_count(d->census); i++) {
        const census_log *log = census_at(d->census, i);
        if (log->computer.n == 0 || log->records == 0)
            continue;
        size_t at = host_at(list, d, engine_host(d, log->computer));
        if (at == SIZE_MAX)
            return DR_NOMEM;
        for (size_t k = 0; k < log->runs.n; k++) {
            widen(&list->hosts.p[at], log->runs.p[k].first_time);
            widen(&list->hosts.p[at], log->runs.p[k].last_time);
        }
    }
    return DR_OK;
}

/* Hosts that only files without records of events name (hives, Prefetch). */
static dr_status from_facts(didrun *d, host_list *list)
{
    dr_sym last = 0;
    for (fact_id id = 1; id <= fact_store_count(d->store); id++) {
        dr_sym host = fact_store_at(d->store, id)->host;
        if (host && host != last && host_at(list, d, host) == SIZE_MAX)
            return DR_NOMEM;
        last = host;
    }
    return DR_OK;
}

/* "10.00.19045" as "Windows NT 10.0 build 19045"; what looks different stays as it is recorded. */
static dr_str version_shown(dr_arena *arena, dr_str version)
{
    dr_str rest = version, major, minor;
    uint64_t a, b, build;
    if (dr_str_split(&rest, '.', &major) && dr_str_split(&rest, '.', &minor) && rest.p && dr_str_to_u64(major, &a) &&
        dr_str_to_u64(minor, &b) && dr_str_to_u64(dr_str_trim(rest), &build))
        return dr_arena_printf(arena, "Windows NT %u.%u build %u", (unsigned)a, (unsigned)b, (unsigned)build);
    return dr_str_starts_fold(version, DR_STR("Windows")) ? version : dr_arena_concat(arena, DR_STR("Windows "), version);
}

/* Digits at the end: the build, in "10.00.19045" and in "Windows 10 Pro 19045". */
static dr_str build_of(dr_str version)
{
    size_t n = 0;
    while (n < version.n && version.p[version.n - 1 - n] >= '0' && version.p[version.n - 1 - n] <= '9')
        n++;
    return dr_str_from(version, version.n - n);
}

static void version_of_windows(didrun *d, host_list *list)
{
    /* A log says of a build what it may be, the registry what it is. */
    const dr_str kinds[] = { DR_STR_INIT("host.version"), DR_STR_INIT("host.at-rest") };
    dr_sym key = dr_sym_find(d->syms, DR_STR("host.version")), system = dr_sym_find(d->syms, DR_STR("host.system"));
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        size_t n;
        const fact_id *ids = fact_store_kind(d->store, vocab_kind_of(&d->vocab, kinds[k]), &n);
        for (size_t i = 0; i < n; i++) { /* in time order: the newest stays */
            const fact *f = fact_store_at(d->store, ids[i]);
            dr_str version = fact_get(f, key), release = fact_get(f, system);
            size_t at = f->host ? host_at(list, d, f->host) : SIZE_MAX;
            if (at == SIZE_MAX || version.n == 0)
                continue;
            list->hosts.p[at].system = release.n ? dr_arena_printf(list->arena, "%.*s (build %.*s)", DR_STR_ARG(release),
                                                                   DR_STR_ARG(build_of(version)))
                                                 : version_shown(list->arena, version);
        }
    }
}

/* One more note of the host; the same one again is left out, and so is all beyond the most. */
static void add_note(host_list *list, view_host *h, dr_str note)
{
    if (h->n_notes > NOTES_MAX || (h->n_notes > 0 && dr_str_eq(h->notes[h->n_notes - 1], note)))
        return;
    dr_str *notes = DR_NEW_ARRAY(list->arena, dr_str, h->n_notes + 1);
    if (!notes)
        return;
    if (h->n_notes)
        memcpy(notes, h->notes, h->n_notes * sizeof *notes);
    notes[h->n_notes] = h->n_notes == NOTES_MAX ? DR_STR("further clock steps") : note;
    h->notes = notes;
    h->n_notes++;
}

/* "clock stepped +3 h 0 min at 2025-05-30 08:14:02", of steps of more than a minute. */
static void clock_steps(didrun *d, host_list *list)
{
    size_t n;
    const fact_id *ids = fact_store_kind(d->store, vocab_kind_of(&d->vocab, DR_STR("clock.changed")), &n);
    dr_sym old = dr_sym_find(d->syms, DR_STR("clock.old")), new = dr_sym_find(d->syms, DR_STR("clock.new"));
    for (size_t i = 0; i < n; i++) {
        const fact *f = fact_store_at(d->store, ids[i]);
        int64_t before, after;
        char step[32], time[DR_TIME_TEXT];
        if (!f->host || !dr_str_to_i64(fact_get(f, old), &before) || !dr_str_to_i64(fact_get(f, new), &after))
            continue;
        int64_t by = after > before ? after - before : before - after;
        size_t at = by > DR_TICKS_PER_MIN ? host_at(list, d, f->host) : SIZE_MAX;
        if (at == SIZE_MAX)
            continue;
        dr_duration_text(by, step);
        dr_time_short(f->time, 0, time);
        add_note(list, &list->hosts.p[at],
                 dr_arena_printf(list->arena, "clock stepped %s%s at %s", after > before ? "+" : "-", step, time));
    }
}

static void told_apart(didrun *d, host_list *list)
{
    for (size_t i = 0; i < d->apart.n; i++) {
        size_t at = host_at(list, d, d->apart.p[i].host);
        if (at != SIZE_MAX)
            add_note(list, &list->hosts.p[at], d->apart.p[i].why);
    }
}

static int by_name(const void *a, const void *b, void *context)
{
    (void)context;
    return dr_str_cmp_fold(((const view_host *)a)->name, ((const view_host *)b)->name);
}

dr_status present_hosts(didrun *d, dr_arena *arena, view_in *out)
{
    host_list list = { .arena = arena };
    dr_status status = from_census(d, &list);
    if (status == DR_OK)
        status = from_facts(d, &list);
    if (status == DR_OK) {
        version_of_windows(d, &list);
        told_apart(d, &list);
        clock_steps(d, &list);
        view_host *copy = DR_NEW_ARRAY(arena, view_host, list.hosts.n);
        if (copy && list.hosts.n)
            memcpy(copy, list.hosts.p, list.hosts.n * sizeof *copy);
        out->hosts = copy;
        out->n_hosts = list.hosts.n;
        status = copy && dr_sort(copy, list.hosts.n, sizeof *copy, by_name, NULL) ? DR_OK : DR_NOMEM;
    }
    for (size_t i = 0; i < out->n_hosts && status == DR_OK; i++) {
        const view_host *h = &out->hosts[i];
        if (dr_time_is(h->first) && (!dr_time_is(out->first) || h->first < out->first))
            out->first = h->first;
        if (dr_time_is(h->last) && (!dr_time_is(out->last) || h->last > out->last))
            out->last = h->last;
    }
    dr_vec_free(&list.hosts);
    dr_vec_free(&list.syms);
    return status;
}
