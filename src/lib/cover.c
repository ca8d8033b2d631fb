#include "lib/engine.h"

#include "coverage/coverage.h"
#include "lib/show.h"

/* The port through which reasoning asks coverage. */
static void answer(const void *context, dr_arena *arena, const silence_question *q, silence_answer *a)
{
    const didrun *d = context;
    if (!d->coverage) {
        *a = (silence_answer){ .reason = COV_NOT_COLLECTED, .as_of = DR_NO_TIME };
        return;
    }
    if (q->at_rest) {
        cov_question object = { .from = q->from, .to = q->to, .near = q->near, .attrs = q->attrs, .n_attrs = q->n_attrs };
        cov_rest_answer rest = cov_at_rest(d->coverage, arena, q->host, q->kind, &object);
        *a = (silence_answer){ .reason = rest.reason, .grade = (grade)rest.grade, .text = rest.text,
                               .as_of = rest.state ? rest.state->as_of : DR_NO_TIME };
        return;
    }
    cov_question question = { .from = q->from, .to = q->to, .near = q->near, .route = q->route, .attrs = q->attrs, .n_attrs = q->n_attrs };
    cov_answer found = cov_ask(d->coverage, arena, q->host, q->kind, &question);
    *a = (silence_answer){ .reason = found.reason, .grade = (grade)found.grade, .text = found.text, .as_of = DR_NO_TIME };
}

static dr_str source_hash(const void *context, uint32_t number)
{
    const source *s = source_by_number(((const didrun *)context)->sources, number);
    return s ? dr_str_of(s->sha256) : DR_STR_NONE;
}

static int64_t source_as_of(const void *context, uint32_t number)
{
    const didrun *d = context;
    int64_t as_of = DR_NO_TIME;
    for (size_t i = 0; i < d->at_rest.n; i++) {
        if (d->at_rest.p[i].source == number && d->at_rest.p[i].as_of > as_of)
            as_of = d->at_rest.p[i].as_of;
    }
    return as_of;
}

void engine_reason_input(didrun *d, reason_input *in)
{
    *in = (reason_input){ .store = d->store, .vocab = &d->vocab, .rules = &d->rules, .tools = d->tools, .runs = d->runs,
                          .names = &d->names, .syms = d->syms, .silence = { d, answer },
                          .source_hash = source_hash, .source_context = d, .source_as_of = source_as_of };
}

static dr_sym host_of(const void *context, dr_str computer)
{
    return engine_host(context, computer);
}

static void coverage_input(didrun *d, cov_input *in)
{
    *in = (cov_input){ .store = d->store, .vocab = &d->vocab, .recorders = d->recorders, .census = d->census, .host_of = host_of,
                       .host_context = d };
}

static dr_status take_derived(void *context, const fact_draft *draft)
{
    didrun *d = context;
    fact_draft *copy = DR_NEW(d->arena, fact_draft);
    if (!copy || !dr_vec_push(&d->derived, copy))
        return DR_NOMEM;
    *copy = *draft;
    for (size_t i = 0; i < copy->n_attrs; i++)
        copy->attrs[i].value = dr_arena_str(d->arena, copy->attrs[i].value);
    return dr_arena_failed(d->arena) ? DR_NOMEM : DR_OK;
}

dr_status engine_derive(didrun *d)
{
    cov_input in;
    coverage_input(d, &in);
    dr_status status = cov_derive(&in, take_derived, d, &d->err);
    if (status != DR_OK || !d->derived.n)
        return status;
    fact_store_reopen(d->store);
    for (size_t i = 0; i < d->derived.n && status == DR_OK; i++)
        status = fact_store_add(d->store, d->derived.p[i]);
    return status == DR_OK ? fact_store_seal(d->store) : status;
}

dr_status engine_cover(didrun *d)
{
    cov_rest *rest = DR_NEW_ARRAY(d->arena, cov_rest, d->at_rest.n);
    if (!rest)
        return dr_fail(&d->err, DR_NOMEM, "out of memory");
    for (size_t i = 0; i < d->at_rest.n; i++) {
        const source_rest *r = &d->at_rest.p[i];
        rest[i] = (cov_rest){ .host = engine_source_host(d, r->source), .artefact = dr_str_of(r->artefact), .source = r->source,
                              .as_of = r->as_of, .whole = r->whole, .replayed = r->replayed };
    }
    cov_input in;
    coverage_input(d, &in);
    in.rest = rest;
    in.n_rest = d->at_rest.n;
    return coverage_build(&d->coverage, &in, &d->err);
}

void engine_uncover(didrun *d)
{
    coverage_free(d->coverage);
    d->coverage = NULL;
}

/* The spans of a row within the time that the host's records speak of. */
static dr_status spans_of(dr_arena *arena, const cov_row *row, int64_t first, int64_t last, view_recorder *out)
{
    view_span *spans = DR_NEW_ARRAY(arena, view_span, row->n_spans);
    if (!spans)
        return DR_NOMEM;
    for (size_t i = 0; i < row->n_spans; i++) {
        view_span s = { row->spans[i].from, row->spans[i].to, (cov_reason)row->spans[i].reason };
        s.from = s.from < first ? first : s.from;
        s.to = s.to > last ? last : s.to;
        if (s.from >= s.to)
            continue;
        if (out->n_spans && spans[out->n_spans - 1].reason == s.reason)
            spans[out->n_spans - 1].to = s.to;
        else
            spans[out->n_spans++] = s;
    }
    out->spans = spans;
    return DR_OK;
}

dr_status engine_gather_coverage(didrun *d, dr_arena *arena, const char *host, view_in *in)
{
    size_t n = d->coverage ? cov_row_count(d->coverage) : 0, hosts = d->coverage ? cov_host_count(d->coverage) : 0, at = 0;
    view_recorder *list = DR_NEW_ARRAY(arena, view_recorder, n);
    if (!list)
        return DR_NOMEM;
    in->recorders = list;
    in->n_recorders = 0;
    for (size_t i = 0; i < n; i++) {
        cov_row row = cov_row_at(d->coverage, i);
        while (at < hosts && cov_host_at(d->coverage, at).name != row.host) /* both go by name */
            at++;
        DR_ASSERT(at < hosts);
        cov_host_view h = cov_host_at(d->coverage, at);
        view_recorder r = { .host = dr_sym_str(d->syms, row.host), .id = row.recorder->id, .source = row.recorder->source_shown,
                            .shown = row.recorder->shown, .reason = row.reason, .minor = !row.recorder->core, .text = cov_row_text(d->coverage, arena, i) };
        if (host && !param_equal(PARAM_HOST, dr_str_of(host), r.host))
            continue;
        if (row.n_spans && dr_time_is(h.first) && spans_of(arena, &row, h.first, h.last, &r) != DR_OK)
            return DR_NOMEM;
        list[in->n_recorders++] = r;
    }
    return dr_arena_failed(arena) ? DR_NOMEM : DR_OK;
}
