#include "coverage/coverage.h"

#include "coverage/coverage_parts.h"

typedef struct host_namer {
    dr_symtab *syms;
} host_namer;

static dr_sym name_itself(const void *context, dr_str computer)
{
    const host_namer *namer = context;
    return dr_sym_of(namer->syms, computer);
}

/* Keys of the recorders' channels among those of the logs. */
static dr_status find_channels(coverage *c)
{
    uint32_t *keys = DR_NEW_ARRAY(c->arena, uint32_t, c->in.recorders->n + 1);
    if (!keys)
        return DR_NOMEM;
    for (size_t i = 0; i < c->in.recorders->n; i++)
        keys[i] = c->in.recorders->recorders[i].channel.n ? cov_logs_channel(&c->logs, c->arena, c->in.recorders->recorders[i].channel) : 0;
    c->channel_of = keys;
    return dr_arena_failed(c->arena) ? DR_NOMEM : DR_OK;
}

static bool copy_spans(cov_spans *to, const cov_spans *from)
{
    dr_vec_clear(to);
    for (size_t i = 0; i < from->n; i++)
        if (!dr_vec_push(to, from->p[i]))
            return false;
    return true;
}

/* The recorders of one log of one host. FAILURES of the log are the same for all of them. */
static bool build_log(coverage *c, size_t host, const cov_log *log, const cov_told_list *told)
{
    const cov_host *h = &c->hosts.p[host];
    cov_spans whole = { 0 }, failures = { 0 }, on = { 0 };
    bool ok = cov_log_failures(c, h, log, &whole);
    for (size_t r = 0; ok && r < c->in.recorders->n; r++) {
        if (!c->channel_of[r] || c->channel_of[r] != log->channel_key)
            continue;
        size_t from = 0, to = told[r].n;
        while (from < to) { /* the first of this host */
            size_t mid = from + (to - from) / 2;
            if (told[r].p[mid].host < h->name)
                from = mid + 1;
            else
                to = mid;
        }
        for (to = from; to < told[r].n && told[r].p[to].host == h->name; to++) {
        }
        cov_entry e = { .host = host, .recorder = r, .log = log };
        cov_span never_on;
        dr_vec_clear(&on);
        ok = copy_spans(&failures, &whole) &&
             cov_recorder_failures(c, h, log, &c->in.recorders->recorders[r], told[r].n ? told[r].p + from : NULL, to - from, &failures, &on, &never_on) &&
             cov_spans_make(&failures, &on, never_on, &e.spans);
        if (!ok || !dr_vec_push(&c->entries, e)) {
            dr_vec_free(&e.spans);
            ok = false;
        }
    }
    dr_vec_free(&whole);
    dr_vec_free(&failures);
    dr_vec_free(&on);
    return ok;
}

static int cmp_entry(const void *a, const void *b, void *context)
{
    (void)context;
    const cov_entry *x = a, *y = b;
    if (x->host != y->host)
        return x->host < y->host ? -1 : 1;
    return (x->recorder > y->recorder) - (x->recorder < y->recorder);
}

static dr_status build_entries(coverage *c)
{
    size_t n = c->in.recorders->n;
    cov_told_list *told = DR_NEW_ARRAY(c->arena, cov_told_list, n + 1);
    bool ok = told != NULL;
    for (size_t r = 0; ok && r < n; r++)
        ok = !c->channel_of[r] || cov_told_gather(c, &c->in.recorders->recorders[r], &told[r]);
    for (size_t h = 0; ok && h < c->hosts.n; h++)
        for (size_t i = 0; ok && i < c->hosts.p[h].n_logs; i++)
            ok = build_log(c, h, &c->hosts.p[h].logs[i], told);
    for (size_t r = 0; told && r < n; r++)
        dr_vec_free(&told[r]);
    return ok && dr_sort(c->entries.p, c->entries.n, sizeof *c->entries.p, cmp_entry, NULL) ? DR_OK : DR_NOMEM;
}

static const cov_entry *find_entry(const coverage *c, size_t host, size_t which)
{
    cov_entry key = { .host = host, .recorder = which };
    size_t lo = 0, hi = c->entries.n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        int cmp = cmp_entry(&c->entries.p[mid], &key, NULL);
        if (cmp == 0)
            return &c->entries.p[mid];
        if (cmp < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

static const cov_rest *find_rest(const coverage *c, dr_sym host, dr_str artefact)
{
    const cov_rest *best = NULL;
    for (size_t i = 0; i < c->in.n_rest; i++) {
        const cov_rest *r = &c->in.rest[i];
        if (r->host != host || !dr_str_eq(r->artefact, artefact))
            continue;
        if (!best || r->as_of > best->as_of || (r->as_of == best->as_of && r->whole && !best->whole))
            best = r;
    }
    return best;
}

static int cmp_host_name(const void *a, const void *b, void *context)
{
    const coverage *c = context;
    const size_t *x = a, *y = b;
    dr_str p = dr_sym_str(c->in.vocab->syms, c->hosts.p[*x].name), q = dr_sym_str(c->in.vocab->syms, c->hosts.p[*y].name);
    int cmp = dr_str_cmp_fold(p, q);
    return cmp ? cmp : dr_str_cmp(p, q);
}

static dr_status list_rows(coverage *c)
{
    size_t *names = DR_NEW_ARRAY(c->arena, size_t, c->hosts.n + 1);
    if (!names)
        return DR_NOMEM;
    for (size_t i = 0; i < c->hosts.n; i++)
        names[i] = i;
    if (!dr_sort(names, c->hosts.n, sizeof *names, cmp_host_name, c))
        return DR_NOMEM;
    c->by_name = names;
    for (size_t i = 0; i < c->hosts.n; i++) {
        const cov_host *h = &c->hosts.p[names[i]];
        if (!h->n_logs)
            continue;
        for (size_t r = 0; r < c->in.recorders->n; r++) {
            const recorder *rec = &c->in.recorders->recorders[r];
            const cov_entry *e = find_entry(c, names[i], r);
            cov_row row = { .host = h->name, .recorder = rec, .reason = COV_NOT_COLLECTED };
            if (e) {
                row.spans = e->spans.p;
                row.n_spans = e->spans.n;
                row.reason = COV_COVERED;
            } else if (rec->artefact.n && find_rest(c, h->name, rec->artefact)) {
                const cov_rest *rest = find_rest(c, h->name, rec->artefact);
                row.reason = rest->whole && rest->replayed ? COV_COVERED : COV_DAMAGED;
            } else if (!rec->core) {
                continue;
            }
            if (!dr_vec_push(&c->rows, row))
                return DR_NOMEM;
        }
    }
    return DR_OK;
}

dr_status coverage_build(coverage **out, const cov_input *in, dr_err *err)
{
    *out = NULL;
    coverage *c = dr_mem_alloc(sizeof *c);
    if (!c)
        return dr_fail(err, DR_NOMEM, "no memory for coverage");
    c->in = *in;
    c->arena = dr_arena_create("coverage", 0);
    host_namer namer = { in->vocab->syms };
    dr_status status = c->arena ? DR_OK : dr_fail(err, DR_NOMEM, "no memory for coverage");
    if (status == DR_OK)
        status = cov_logs_build(&c->logs, in->census, in->host_of ? in->host_of : name_itself, in->host_of ? in->host_context : &namer, err);
    if (status == DR_OK)
        status = cov_hosts_build(&c->hosts, &c->logs, in->store, in->recorders, in->vocab, err);
    if (status == DR_OK) {
        status = find_channels(c);
        if (status == DR_OK)
            status = build_entries(c);
        if (status == DR_OK)
            status = list_rows(c);
        if (status != DR_OK)
            dr_fail(err, status, "no memory for coverage");
    }
    if (status == DR_OK)
        *out = c;
    else
        coverage_free(c);
    return status;
}

void coverage_free(coverage *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->entries.n; i++)
        dr_vec_free(&c->entries.p[i].spans);
    dr_vec_free(&c->entries);
    dr_vec_free(&c->rows);
    if (c->hosts.arena)
        cov_hosts_free(&c->hosts);
    if (c->logs.channels)
        cov_logs_free(&c->logs);
    dr_arena_destroy(c->arena);
    dr_mem_free(c);
}

const cov_system *cov_system_of(const coverage *c, dr_sym host)
{
    for (size_t i = 0; i < c->in.n_systems; i++)
        if (c->in.systems[i].host == host)
            return &c->in.systems[i];
    return NULL;
}

static uint32_t build_of(const coverage *c, const cov_host *h)
{
    const cov_system *system = h ? cov_system_of(c, h->name) : NULL;
    return system && system->build ? system->build : h ? h->build : 0;
}

/* How near an uncovered recorder comes to an answer: the nearest one gives the reason. */
static int nearness(cov_reason reason)
{
    switch (reason) {
    case COV_NOT_COLLECTED:
        return 1;
    case COV_NOT_ON_THIS_SYSTEM:
        return 2;
    case COV_ROUTE:
        return 3;
    case COV_FILTERED:
        return 4;
    case COV_NOT_ASKED_FOR:
        return 5;
    case COV_COVERED:
    case COV_DAMAGED:
    case COV_OUT_OF_SPAN:
    case COV_CLEARED:
    case COV_NOT_RUNNING:
    case COV_CLOCK:
    case COV_UNBOUND:
    case COV_NO_RECORDER:
    case COV_NOT_READ:
    case COV_NO_CHANGE:
    case COV_EXPIRED:
    case COV_REASON_COUNT:
        break;
    }
    return 6;
}

static bool sees_route(const recorder *r, dr_str route)
{
    if (r->any_route || !route.n)
        return true;
    for (size_t i = 0; i < r->n_routes; i++)
        if (dr_str_eq(r->routes[i], route))
            return true;
    return false;
}

/* The form of the kind that the recorder writes and that the question may be about; NULL for none. */
static const recorder_match *form_of(const recorder *r, uint16_t kind, const cov_question *q)
{
    for (size_t i = 0; i < r->writes.n; i++)
        if (r->writes.p[i].kind == kind && recorder_match_may_fit(&r->writes.p[i], q->attrs, q->n_attrs))
            return &r->writes.p[i];
    return NULL;
}

/* Is a fact of that form, with the question's value of the attribute, on the host in [from, to]? */
static fact_id seen(const coverage *c, const recorder_match *m, dr_sym host, const fact_attr *attr, int64_t from, int64_t to)
{
    size_t n;
    const fact_id *ids = fact_store_kind(c->in.store, m->kind, &n);
    for (size_t i = 0; i < n; i++) {
        const fact *f = fact_store_at(c->in.store, ids[i]);
        if (f->host == host && f->time >= from && f->time <= to && recorder_match_fits(m, f) && !(f->flags & FACT_FORGED) &&
            (!attr || dr_str_eq_fold(fact_get(f, attr->key), attr->value)))
            return f->id;
    }
    return 0;
}

/* Facts of some kinds are written for some things only: it counts if they were, before and after. */
static bool is_observed(const coverage *c, const recorder_match *m, dr_sym host, const cov_question *q, cov_answer *a)
{
    for (size_t i = 0; i < m->n_observed_for; i++) {
        for (size_t k = 0; k < q->n_attrs; k++) {
            if (q->attrs[k].key != m->observed_for[i])
                continue;
            a->proof[0] = seen(c, m, host, &q->attrs[k], a->first, q->from - 1);
            a->proof[1] = seen(c, m, host, &q->attrs[k], q->to + 1, a->last);
            if (a->proof[0] && a->proof[1])
                return true;
        }
    }
    return false;
}

static uint64_t distance(const cov_span *s, int64_t time)
{
    if (time < s->from)
        return (uint64_t)s->from - (uint64_t)time;
    return time >= s->to ? (uint64_t)time - (uint64_t)s->to : 0;
}

/* Sets the reason of the part of the window that is nearest to the trigger, or the grade. */
static const cov_span *ask_spans(const cov_spans *spans, int64_t from, int64_t to, int64_t near, cov_grade *grade)
{
    const cov_span *best = NULL, *weakest = NULL;
    for (size_t i = cov_spans_at(spans->p, spans->n, from); i < spans->n && spans->p[i].from <= to; i++) {
        const cov_span *s = &spans->p[i];
        if (s->reason != COV_COVERED) {
            if (!best || distance(s, near) < distance(best, near))
                best = s;
        } else if (!weakest || s->grade < weakest->grade) {
            weakest = s;
        }
    }
    *grade = best || !weakest ? COV_GRADE_NONE : (cov_grade)weakest->grade;
    return best ? best : weakest;
}

static void take_range(const cov_log *log, int64_t time, cov_answer *a)
{
    for (size_t i = 0; i < log->ranges.n; i++) {
        const cov_range *r = &log->ranges.p[i];
        if (r->first_time > time || r->last_time < time)
            continue;
        a->first = r->first_time;
        a->last = r->last_time;
        a->first_id = r->first_id;
        a->last_id = r->last_id;
        return;
    }
}

static int64_t plus(int64_t time, int64_t ticks)
{
    return time > COV_END - ticks ? COV_END : time + ticks;
}

static dr_str refuse(dr_arena *arena, const coverage *c, const recorder *r, dr_sym host, const char *what)
{
    dr_str name = dr_sym_str(c->in.vocab->syms, host);
    if (!name.n)
        return dr_arena_printf(arena, "%.*s %s", DR_STR_ARG(r->source_shown), what);
    return dr_arena_printf(arena, "%.*s of %.*s %s", DR_STR_ARG(r->source_shown), DR_STR_ARG(name), what);
}

/* Sources are named in the singular and in the plural: what is said has to fit both. */
static dr_str lacking(dr_arena *arena, const coverage *c, const recorder *r, dr_sym host)
{
    dr_str name = dr_sym_str(c->in.vocab->syms, host);
    if (!name.n)
        return dr_arena_printf(arena, "not among the evidence: %.*s", DR_STR_ARG(r->source_shown));
    return dr_arena_printf(arena, "not among the evidence: %.*s of %.*s", DR_STR_ARG(r->source_shown), DR_STR_ARG(name));
}

/* The answer of one recorder. */
static cov_answer ask_recorder(const coverage *c, dr_arena *arena, const cov_host *h, dr_sym host, size_t recorder_index,
                               const recorder_match *form, const cov_question *q)
{
    const recorder *r = &c->in.recorders->recorders[recorder_index];
    const cov_entry *e = h ? find_entry(c, (size_t)(h - c->hosts.p), recorder_index) : NULL;
    cov_answer a = { .recorder = r, .first = DR_NO_TIME, .last = DR_NO_TIME };
    if (form->since && build_of(c, h) && build_of(c, h) < form->since) {
        a.reason = COV_NOT_ON_THIS_SYSTEM;
        a.text = dr_arena_printf(arena, "Windows of build %u does not record it", build_of(c, h));
        return a;
    }
    if (!e) {
        a.reason = COV_NOT_COLLECTED;
        a.text = lacking(arena, c, r, host);
        return a;
    }
    take_range(e->log, q->from, &a);
    const cov_span *s = ask_spans(&e->spans, q->from, plus(q->to, r->latency), q->near == DR_NO_TIME ? q->from : q->near, &a.grade);
    a.reason = (cov_reason)s->reason;
    a.proof[0] = s->fact;
    a.proof[1] = s->other;
    if (a.reason == COV_COVERED && form->since && !build_of(c, h) && !seen(c, form, host, NULL, INT64_MIN, INT64_MAX)) {
        a.reason = COV_NOT_ASKED_FOR;
        a.text = DR_STR("the version of Windows is not known, and older ones do not record it");
    } else if (a.reason == COV_COVERED && form->n_observed_for && !is_observed(c, form, host, q, &a)) {
        a.reason = COV_NOT_ASKED_FOR;
        a.text = refuse(arena, c, r, host, "has no such record of the same thing before and after, and not all are recorded");
    } else if (a.reason == COV_COVERED && !sees_route(r, q->route)) {
        a.reason = COV_ROUTE;
        a.text = refuse(arena, c, r, host, "does not record it when it is done in this way");
    }
    if (a.reason != COV_COVERED)
        a.grade = COV_GRADE_NONE;
    if (!a.text.p)
        a.text = cov_why_text(c, arena, r, s);
    if (a.reason == COV_COVERED && dr_time_is(a.first) && dr_time_is(a.last)) {
        char from[DR_TIME_TEXT], to[DR_TIME_TEXT];
        dr_time_short(a.first, 0, from);
        dr_time_short(a.last, 0, to);
        a.text = dr_arena_printf(arena, "%.*s is without a gap from %s (record %llu) to %s (record %llu); %.*s", DR_STR_ARG(r->source_shown),
                                 from, (unsigned long long)a.first_id, to, (unsigned long long)a.last_id, DR_STR_ARG(a.text));
    }
    return a;
}

/* Does the form stand for only a part of what is asked about, because an attribute is not known? */
static bool is_partial(const recorder_match *form, const cov_question *q)
{
    for (size_t i = 0; i < form->n_where; i++) {
        bool known = false;
        for (size_t k = 0; k < q->n_attrs; k++)
            known = known || q->attrs[k].key == form->where[i].key;
        if (!known)
            return true;
    }
    return false;
}

/* Of two answers the one that is nearer to an answer; of covered ones the stronger. */
static bool is_better(const cov_answer *a, const cov_answer *best)
{
    if (best->reason == COV_NO_RECORDER)
        return true;
    if (a->reason == COV_COVERED)
        return best->reason != COV_COVERED || a->grade > best->grade;
    return best->reason != COV_COVERED && nearness(a->reason) > nearness(best->reason);
}

/* One recorder that writes the kind is enough. Those that write a part of it each (the clearing of one
 * log, of all others) have to be covered all. */
cov_answer cov_ask(const coverage *c, dr_arena *arena, dr_sym host, uint16_t kind, const cov_question *q)
{
    const cov_host *h = cov_hosts_find(&c->hosts, host);
    cov_answer none = { .reason = COV_NO_RECORDER, .first = DR_NO_TIME, .last = DR_NO_TIME,
                        .text = DR_STR("no record of Windows that is known here would show it") };
    cov_answer whole = none, parts = none;
    size_t n;
    const uint32_t *of = recorder_set_of(c->in.recorders, kind, &n);
    for (size_t i = 0; i < n; i++) {
        const recorder *r = &c->in.recorders->recorders[of[i]];
        const recorder_match *form = r->channel.n ? form_of(r, kind, q) : NULL;
        if (!form)
            continue;
        cov_answer a = ask_recorder(c, arena, h, host, of[i], form, q);
        if (!is_partial(form, q)) {
            if (is_better(&a, &whole))
                whole = a;
        } else if (parts.reason == COV_NO_RECORDER || (parts.reason == COV_COVERED && (a.reason != COV_COVERED || a.grade < parts.grade)) ||
                   (a.reason != COV_COVERED && nearness(a.reason) > nearness(parts.reason))) {
            parts = a;
        }
    }
    return parts.reason != COV_NO_RECORDER && is_better(&parts, &whole) ? parts : whole;
}

int64_t cov_reaches(const coverage *c, dr_sym host, uint16_t kind, int64_t from, dr_str route)
{
    const cov_host *h = cov_hosts_find(&c->hosts, host);
    int64_t best = from;
    size_t n;
    const uint32_t *of = recorder_set_of(c->in.recorders, kind, &n);
    for (size_t i = 0; h && i < n; i++) {
        const cov_entry *e = find_entry(c, (size_t)(h - c->hosts.p), of[i]);
        if (!e || !sees_route(&c->in.recorders->recorders[of[i]], route))
            continue;
        int64_t reach = from;
        for (size_t k = cov_spans_at(e->spans.p, e->spans.n, from); k < e->spans.n && e->spans.p[k].reason == COV_COVERED; k++)
            reach = e->spans.p[k].to;
        best = reach > best ? reach : best;
    }
    return best;
}

cov_rest_answer cov_rest_of(const coverage *c, dr_arena *arena, dr_sym host, const recorder *r, int64_t effect)
{
    cov_rest_answer a = { .recorder = r, .state = find_rest(c, host, r->artefact) };
    char as_of[DR_TIME_TEXT] = "";
    if (a.state)
        dr_time_short(a.state->as_of, 0, as_of);
    if (!a.state) {
        a.reason = COV_NOT_COLLECTED;
        a.text = lacking(arena, c, r, host);
    } else if (!a.state->whole) {
        a.reason = COV_DAMAGED;
        a.text = refuse(arena, c, r, host, "could not be read whole");
    } else if (!a.state->replayed) {
        a.reason = COV_DAMAGED;
        a.text = refuse(arena, c, r, host, "lacks its transaction logs");
    } else if (!as_of[0]) {
        a.reason = COV_OUT_OF_SPAN;
        a.text = refuse(arena, c, r, host, "does not say as of when it is");
    } else if (effect != DR_NO_TIME && a.state->as_of < effect) {
        a.reason = COV_OUT_OF_SPAN;
        a.text = dr_arena_printf(arena, "%.*s is as of %s, before that", DR_STR_ARG(r->source_shown), as_of);
    } else {
        a.grade = COV_GRADE_A;
        a.text = dr_arena_printf(arena, "%.*s was read whole, as of %s", DR_STR_ARG(r->source_shown), as_of);
    }
    return a;
}

cov_rest_answer cov_at_rest(const coverage *c, dr_arena *arena, dr_sym host, uint16_t kind, const cov_question *q)
{
    cov_rest_answer best = { .reason = COV_NO_RECORDER, .text = DR_STR("no state at rest that is known here would show it") };
    size_t n;
    const uint32_t *of = recorder_set_of(c->in.recorders, kind, &n);
    for (size_t i = 0; i < n; i++) {
        const recorder *r = &c->in.recorders->recorders[of[i]];
        const recorder_match *form = r->artefact.n ? form_of(r, kind, q) : NULL;
        if (!r->artefact.n)
            continue;
        cov_rest_answer a = cov_rest_of(c, arena, host, r, q->to);
        if (!form) {
            a.reason = COV_NOT_COLLECTED;
            a.grade = COV_GRADE_NONE;
            a.text = refuse(arena, c, r, host, "is not where it would stand");
        } else if (a.reason == COV_COVERED && is_partial(form, q)) {
            a.reason = COV_UNBOUND;
            a.grade = COV_GRADE_NONE;
            a.text = refuse(arena, c, r, host, "holds it only if it is of a kind that is not known here");
        } else if (a.reason == COV_COVERED && r->filter == RECORDER_FILTER_UNSEEN) { /* it keeps some, and what it holds proves; its silence does not */
            a.reason = COV_FILTERED;
            a.grade = COV_GRADE_NONE;
            a.text = refuse(arena, c, r, host, "does not keep everything");
        }
        if (best.reason == COV_NO_RECORDER || (a.reason == COV_COVERED && best.reason != COV_COVERED) ||
            (best.reason != COV_COVERED && nearness(a.reason) > nearness(best.reason)))
            best = a;
    }
    return best;
}

size_t cov_row_count(const coverage *c)
{
    return c->rows.n;
}

cov_row cov_row_at(const coverage *c, size_t i)
{
    DR_ASSERT(i < c->rows.n);
    return c->rows.p[i];
}

size_t cov_host_count(const coverage *c)
{
    return c->hosts.n;
}

cov_host_view cov_host_at(const coverage *c, size_t i)
{
    DR_ASSERT(i < c->hosts.n);
    const cov_host *h = &c->hosts.p[c->by_name[i]];
    cov_host_view v = { .name = h->name, .first = DR_NO_TIME, .last = DR_NO_TIME, .build = build_of(c, h) };
    if (h->first <= h->last) {
        v.first = h->first;
        v.last = h->last;
    }
    return v;
}

size_t cov_log_count(const coverage *c)
{
    return c->logs.n;
}

cov_log_view cov_log_at(const coverage *c, size_t i)
{
    DR_ASSERT(i < c->logs.n);
    const cov_log *log = &c->logs.p[i];
    cov_log_view v = { .host = log->host, .channel = log->channel, .first = DR_NO_TIME, .last = DR_NO_TIME };
    v.whole = log->state == COV_LOG_USED && log->ranges.n == 1 && !log->lost_at_start;
    if (log->ranges.n) {
        v.first_id = log->ranges.p[0].first_id;
        v.first = log->ranges.p[0].first_time;
        v.last_id = log->ranges.p[log->ranges.n - 1].last_id;
        v.last = log->ranges.p[log->ranges.n - 1].last_time;
    }
    return v;
}
