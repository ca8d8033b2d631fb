#include "coverage/cov_span.h"

bool cov_span_add(cov_spans *spans, cov_span span)
{
    return span.from >= span.to || dr_vec_push(spans, span);
}

static int cmp_span(const void *a, const void *b, void *context)
{
    (void)context;
    const cov_span *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return (x->to < y->to) - (x->to > y->to);
}

static int cmp_time(const void *a, const void *b, void *context)
{
    (void)context;
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

bool cov_spans_part(cov_spans *spans)
{
    if (!dr_sort(spans->p, spans->n, sizeof *spans->p, cmp_span, NULL))
        return false;
    size_t n = 0;
    int64_t end = COV_BEGIN;
    for (size_t i = 0; i < spans->n; i++) {
        cov_span s = spans->p[i];
        if (n > 0 && s.from < end)
            s.from = end;
        if (s.from >= s.to)
            continue;
        end = s.to;
        spans->p[n++] = s;
    }
    spans->n = n;
    return true;
}

/* One layer for each reason, and one for each grade of what is known to be on. */
typedef struct layers {
    cov_spans fail[COV_REASON_COUNT], on[COV_GRADE_A + 1];
    size_t fail_at[COV_REASON_COUNT], on_at[COV_GRADE_A + 1];
    DR_VEC(int64_t) bounds;
} layers;

/* The span of a layer in which TIME lies; *at only moves on. */
static const cov_span *layer_at(const cov_spans *layer, size_t *at, int64_t time)
{
    while (*at < layer->n && layer->p[*at].to <= time)
        ++*at;
    return *at < layer->n && layer->p[*at].from <= time ? &layer->p[*at] : NULL;
}

static bool bounds_of(layers *l, const cov_spans *spans)
{
    for (size_t i = 0; i < spans->n; i++)
        if (!dr_vec_push(&l->bounds, spans->p[i].from) || !dr_vec_push(&l->bounds, spans->p[i].to))
            return false;
    return true;
}

static bool layers_fill(layers *l, const cov_spans *failures, const cov_spans *on)
{
    for (size_t i = 0; i < failures->n; i++)
        if (!dr_vec_push(&l->fail[failures->p[i].reason], failures->p[i]))
            return false;
    for (size_t i = 0; i < on->n; i++)
        if (!dr_vec_push(&l->on[on->p[i].grade], on->p[i]))
            return false;
    for (size_t i = 0; i < COV_REASON_COUNT; i++)
        if (!cov_spans_part(&l->fail[i]) || !bounds_of(l, &l->fail[i]))
            return false;
    for (size_t i = 0; i <= COV_GRADE_A; i++)
        if (!cov_spans_part(&l->on[i]) || !bounds_of(l, &l->on[i]))
            return false;
    return dr_vec_push(&l->bounds, COV_BEGIN) && dr_sort(l->bounds.p, l->bounds.n, sizeof *l->bounds.p, cmp_time, NULL);
}

/* The answer from TIME on, up to the next bound. */
static cov_span layers_at(layers *l, cov_span never_on, int64_t time)
{
    const cov_span *known = NULL;
    for (size_t i = COV_GRADE_A + 1; i-- > 0 && !known;)
        known = layer_at(&l->on[i], &l->on_at[i], time);
    for (size_t i = 1; i < COV_REASON_COUNT; i++) {
        const cov_span *s = layer_at(&l->fail[i], &l->fail_at[i], time);
        if (s)
            return *s;
        if (i == COV_NOT_ASKED_FOR && !known)
            return never_on;
    }
    return known ? *known : never_on;
}

static bool same_answer(const cov_span *a, const cov_span *b)
{
    return a->reason == b->reason && a->grade == b->grade && a->why == b->why && a->fact == b->fact &&
           a->other == b->other && a->a == b->a && a->b == b->b;
}

bool cov_spans_make(cov_spans *failures, cov_spans *on, cov_span never_on, cov_spans *out)
{
    layers l = { 0 };
    bool ok = layers_fill(&l, failures, on);
    for (size_t i = 0; ok && i < l.bounds.n; i++) {
        int64_t from = l.bounds.p[i];
        if (from == COV_END || (i > 0 && l.bounds.p[i - 1] == from))
            continue;
        cov_span s = layers_at(&l, never_on, from);
        s.from = from;
        s.to = COV_END;
        if (out->n && same_answer(&dr_vec_last(out), &s))
            continue;
        if (out->n)
            dr_vec_last(out).to = from;
        ok = dr_vec_push(out, s);
    }
    for (size_t i = 0; i < COV_REASON_COUNT; i++)
        dr_vec_free(&l.fail[i]);
    for (size_t i = 0; i <= COV_GRADE_A; i++)
        dr_vec_free(&l.on[i]);
    dr_vec_free(&l.bounds);
    return ok;
}

size_t cov_spans_at(const cov_span *spans, size_t n, int64_t time)
{
    size_t lo = 0, hi = n;
    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;
        if (spans[mid].from <= time)
            lo = mid;
        else
            hi = mid;
    }
    return lo;
}
