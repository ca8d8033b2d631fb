/* Facts that no record states by itself, but the logs do. */
#include "coverage/coverage_parts.h"

#define CLEARED_LATER DR_TICKS_PER_DAY /* the first record of another log may come so long after its clearing */

typedef struct deriver {
    coverage *c; /* logs and hosts only */
    cov_taker take;
    void *context;
    dr_sym log_name, text, as_of;
} deriver;

static bool is_core(const coverage *c, const cov_log *log)
{
    for (size_t i = 0; i < c->in.recorders->n; i++)
        if (c->in.recorders->recorders[i].core && dr_str_eq_fold(c->in.recorders->recorders[i].channel, log->channel))
            return true;
    return false;
}

static fact_draft draft_of(const deriver *d, const cov_log *log, recorder_mark mark, int64_t time)
{
    fact_draft draft = { .kind = d->c->in.recorders->marks[mark].p[0].kind, .host = dr_sym_str(d->c->in.vocab->syms, log->host),
                         .channel = log->channel, .time = time, .precision = 1,
                         .means = vocab_meaning_of(d->c->in.vocab, DR_STR("started")) };
    draft.attrs[draft.n_attrs++] = (fact_attr){ d->log_name, log->channel };
    return draft;
}

/* The neighbours of a silence, as the census kept them; NULL when they are not among the longest. */
static const census_silence *neighbours(const deriver *d, const cov_log *log, const cov_span *span)
{
    const census_silence *found = NULL;
    for (size_t i = 0; i < census_count(d->c->in.census); i++) {
        const census_log *from = census_at(d->c->in.census, i);
        if (!dr_str_eq_fold(from->channel, log->channel) || d->c->in.host_of(d->c->in.host_context, from->computer) != log->host)
            continue;
        for (size_t k = 0; k < from->silences.n; k++) {
            const census_silence *s = &from->silences.p[k];
            bool fits = s->before_time < span->from && s->before_time >= span->from - DR_TICKS_PER_MIN && s->after_time >= span->to &&
                        s->after_time < span->to + DR_TICKS_PER_MIN;
            if (fits && (!found || s->source < found->source))
                found = s;
        }
    }
    return found;
}

static dr_status derive_silences(deriver *d, const cov_host *h, const cov_log *log)
{
    cov_spans spans = { 0 };
    dr_status status = cov_log_silences(h, log, true, &spans) ? DR_OK : DR_NOMEM;
    for (size_t i = 0; status == DR_OK && i < spans.n; i++) {
        const census_silence *s = neighbours(d, log, &spans.p[i]);
        char from[DR_TIME_TEXT], to[DR_TIME_TEXT];
        if (!s)
            continue;
        dr_time_short(s->before_time, 0, from);
        dr_time_short(s->after_time, 0, to);
        fact_draft draft = draft_of(d, log, MARK_SILENT, s->before_time);
        draft.record.source = s->source;
        draft.record.record_id = s->before_id;
        draft.record.offset = s->before_off;
        draft.attrs[draft.n_attrs++] = (fact_attr){
            d->text, dr_arena_printf(d->c->arena, "no record between %s (record %llu) and %s (record %llu), while others of the host had some in %llu minutes",
                                     from, (unsigned long long)s->before_id, to, (unsigned long long)s->after_id, (unsigned long long)spans.p[i].b)
        };
        status = dr_arena_failed(d->c->arena) ? DR_NOMEM : d->take(d->context, &draft);
    }
    dr_vec_free(&spans);
    return status;
}

/* The clearing that the first record of the log is, or (told in another log) comes after. */
static const fact *clearing_of(const deriver *d, const cov_host *h, const cov_log *log)
{
    const cov_range *r = &log->ranges.p[0];
    const fact *found = NULL;
    for (size_t i = 0; i < h->n_marks; i++) {
        const cov_mark *m = &h->marks[i];
        if (m->mark != MARK_CLEARED || m->time > r->first_time + DR_TICKS_PER_S || m->time < r->first_time - CLEARED_LATER)
            continue;
        const fact *f = fact_store_at(d->c->in.store, m->fact);
        if (!dr_str_eq_fold(fact_get(f, d->log_name), log->channel))
            continue;
        bool inside = dr_str_eq_fold(dr_sym_str(d->c->in.vocab->syms, f->records[0].channel), log->channel);
        if (!inside || f->records[0].record_id == r->first_id)
            found = f;
    }
    return found;
}

/* Where the first record of the range stands in its source; 0 when the census did not keep it. */
static uint64_t first_place(const deriver *d, const cov_log *log)
{
    const cov_range *r = &log->ranges.p[0];
    for (size_t i = 0; i < census_count(d->c->in.census); i++) {
        const census_log *from = census_at(d->c->in.census, i);
        if (!dr_str_eq_fold(from->channel, log->channel) || d->c->in.host_of(d->c->in.host_context, from->computer) != log->host)
            continue;
        for (size_t k = 0; k < from->runs.n; k++)
            if (from->runs.p[k].source == r->source && from->runs.p[k].first_id == r->first_id)
                return from->runs.p[k].first_off;
    }
    return 0;
}

static dr_status derive_first(deriver *d, const cov_host *h, const cov_log *log)
{
    if (log->state != COV_LOG_USED || log->ranges.n != 1 || log->lost_at_start || log->some_exported)
        return DR_OK;
    const cov_range *r = &log->ranges.p[0];
    const fact *cleared = clearing_of(d, h, log);
    if (!cleared)
        return DR_OK;
    fact_draft draft = draft_of(d, log, MARK_FIRST, r->first_time);
    draft.flags = FACT_AT_REST;
    draft.record.source = r->source;
    draft.record.record_id = r->first_id;
    draft.record.offset = first_place(d, log);
    if (dr_time_is(r->last_time)) /* so the log stood when its newest record was written */
        draft.attrs[draft.n_attrs++] = (fact_attr){ d->as_of, dr_arena_printf(d->c->arena, "%lld", (long long)r->last_time) };
    if (dr_arena_failed(d->c->arena))
        return DR_NOMEM;
    for (uint32_t i = 0; i < cleared->n_records; i++) { /* it is that very record: its place is known */
        const fact_record *rec = &cleared->records[i];
        if (rec->source != r->source || rec->record_id != r->first_id || rec->channel != cleared->records[0].channel ||
            !dr_str_eq_fold(dr_sym_str(d->c->in.vocab->syms, rec->channel), log->channel))
            continue;
        draft.record = *rec;
        draft.provider = dr_sym_str(d->c->in.vocab->syms, rec->provider);
    }
    return d->take(d->context, &draft);
}

static dr_sym name_itself(const void *context, dr_str computer)
{
    dr_symtab *const *syms = context;
    return dr_sym_of(*syms, computer);
}

dr_status cov_derive(const cov_input *in, cov_taker take, void *context, dr_err *err)
{
    dr_symtab *syms = in->vocab->syms;
    coverage c = { .in = *in, .arena = dr_arena_create("derived facts", 0) };
    if (!c.in.host_of) {
        c.in.host_of = name_itself;
        c.in.host_context = &syms;
    }
    deriver d = { .c = &c, .take = take, .context = context, .log_name = dr_sym_find(syms, DR_STR("log.name")),
                  .text = dr_sym_find(syms, DR_STR("text")), .as_of = dr_sym_find(syms, DR_STR("as_of")) };
    dr_status status = c.arena ? cov_logs_build(&c.logs, in->census, c.in.host_of, c.in.host_context, err) : dr_fail(err, DR_NOMEM, "out of memory");
    if (status == DR_OK)
        status = cov_hosts_build(&c.hosts, &c.logs, in->store, in->recorders, in->vocab, err);
    for (size_t i = 0; status == DR_OK && i < c.hosts.n; i++) {
        const cov_host *h = &c.hosts.p[i];
        for (size_t k = 0; status == DR_OK && k < h->n_logs; k++) {
            if (in->recorders->marks[MARK_FIRST].n)
                status = derive_first(&d, h, &h->logs[k]);
            if (status == DR_OK && in->recorders->marks[MARK_SILENT].n && h->logs[k].state == COV_LOG_USED && is_core(&c, &h->logs[k]))
                status = derive_silences(&d, h, &h->logs[k]);
        }
    }
    if (c.hosts.arena)
        cov_hosts_free(&c.hosts);
    if (c.logs.channels)
        cov_logs_free(&c.logs);
    dr_arena_destroy(c.arena);
    return status;
}
