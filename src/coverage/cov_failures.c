/* What of a log is missing: before its first record, after its last one, in holes, in silences. */
#include "coverage/coverage_parts.h"

#include "base/limits.h"

#define CLEARED_SLACK (2 * DR_TICKS_PER_MIN)  /* the record of a clearing and the first one left */
#define CLEARED_FRESH DR_TICKS_PER_DAY        /* later than this after a clearing it may have rolled over as well */
#define LOST_BEFORE (10 * DR_TICKS_PER_MIN)   /* records lost may have been so much older than the record that says so */
#define SILENCE_MIN (30 * DR_TICKS_PER_MIN)   /* no shorter silence is suspicious */
#define SILENCE_FACTOR 8                      /* times the usual one */
#define SILENCE_ACTIVE_MIN 3                  /* minutes of activity elsewhere */
#define ACTIVE_STEP 15                        /* minutes without any record during which the host may have been in use */
#define FINDING_MIN (90 * DR_TICKS_PER_MIN)   /* a silence that is a finding of its own: */
#define FINDING_ACTIVE_MIN 10                 /* longer, with more activity, and twice as long as any other */

typedef struct stretch { /* of time, covered by records of one range */
    int64_t from, to;
    size_t range;
} stretch;

typedef DR_VEC(stretch) stretches;

static int cmp_stretch(const void *a, const void *b, void *context)
{
    (void)context;
    const stretch *x = a, *y = b;
    if (x->from != y->from)
        return x->from < y->from ? -1 : 1;
    return (x->range > y->range) - (x->range < y->range);
}

static bool add_stretch(stretches *out, int64_t from, int64_t to, size_t range)
{
    if (!dr_time_is(from) || !dr_time_is(to) || from > to)
        return true;
    return dr_vec_push(out, ((stretch){ from, to, range }));
}

static int cmp_step(const void *a, const void *b, void *context)
{
    (void)context;
    const cov_step *x = a, *y = b;
    return (x->id > y->id) - (x->id < y->id);
}

/* Ranges cut where times step back. */
static bool find_stretches(const cov_log *log, stretches *out)
{
    DR_VEC(cov_step) steps = { 0 };
    bool ok = dr_vec_reserve(&steps, log->steps.n + 1);
    for (size_t i = 0; ok && i < log->steps.n; i++)
        ok = dr_vec_push(&steps, log->steps.p[i]);
    ok = ok && dr_sort(steps.p, steps.n, sizeof *steps.p, cmp_step, NULL);
    for (size_t i = 0; ok && i < log->ranges.n; i++) {
        const cov_range *r = &log->ranges.p[i];
        int64_t from = r->first_time;
        size_t lo = 0, hi = steps.n; /* the first step inside the range */
        while (lo < hi) {
            size_t mid = lo + (hi - lo) / 2;
            if (steps.p[mid].id <= r->first_id)
                lo = mid + 1;
            else
                hi = mid;
        }
        for (size_t k = lo; ok && k < steps.n && steps.p[k].id <= r->last_id; k++) {
            ok = add_stretch(out, from, steps.p[k].before, i);
            from = steps.p[k].after;
        }
        ok = ok && add_stretch(out, from, r->last_time, i);
    }
    dr_vec_free(&steps);
    return ok && dr_sort(out->p, out->n, sizeof *out->p, cmp_stretch, NULL);
}

static bool names_log(const coverage *c, const cov_mark *m, const cov_log *log)
{
    dr_sym key = dr_sym_find(c->in.vocab->syms, DR_STR("log.name"));
    dr_str name = fact_get(fact_store_at(c->in.store, m->fact), key);
    return name.p && dr_str_eq_fold(name, log->channel);
}

/* The last record of a clearing of this log in (after, until]. */
static fact_id cleared_between(const coverage *c, const cov_host *h, const cov_log *log, int64_t after, int64_t until, int64_t *time)
{
    fact_id found = 0;
    size_t lo = 0, hi = h->n_marks;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (h->marks[mid].time <= after)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (size_t i = lo; i < h->n_marks && h->marks[i].time <= until; i++) {
        const cov_mark *m = &h->marks[i];
        if (m->mark == MARK_CLEARED && m->time > after && names_log(c, m, log)) {
            found = m->fact;
            *time = m->time;
        }
    }
    return found;
}

/* Why there is nothing before the first record of a log. */
static cov_span before_first(const coverage *c, const cov_host *h, const cov_log *log, const cov_range *r)
{
    int64_t time = DR_NO_TIME;
    fact_id cleared = cleared_between(c, h, log, COV_BEGIN, r->first_time + CLEARED_SLACK, &time);
    cov_span s = { .reason = COV_CLEARED, .why = COV_WHY_OVERWRITTEN, .a = r->first_id };
    if (log->lost_at_start) {
        s.reason = COV_DAMAGED;
        s.why = COV_WHY_LOST_START;
    } else if (cleared && r->first_time - time < CLEARED_FRESH) {
        s.why = COV_WHY_CLEARED;
        s.fact = cleared;
    } else if (r->first_id <= 1) {
        s.reason = COV_OUT_OF_SPAN;
        s.why = COV_WHY_BEGINS;
    }
    return s;
}

static cov_span between(const coverage *c, const cov_host *h, const cov_log *log, const stretch *a, const stretch *b)
{
    const cov_range *x = &log->ranges.p[a->range], *y = &log->ranges.p[b->range];
    int64_t time = DR_NO_TIME;
    if (a->range == b->range)
        return (cov_span){ .reason = COV_CLOCK, .why = COV_WHY_CLOCK_BACK };
    fact_id cleared = cleared_between(c, h, log, a->to, b->from + CLEARED_SLACK, &time);
    if (cleared)
        return (cov_span){ .reason = COV_CLEARED, .why = COV_WHY_CLEARED, .fact = cleared, .a = y->first_id };
    if (x->epoch != y->epoch)
        return (cov_span){ .reason = COV_CLEARED, .why = COV_WHY_RECREATED, .a = y->first_id };
    bool forward = x->last_id < y->first_id;
    return (cov_span){ .reason = COV_DAMAGED, .why = COV_WHY_GAP, .a = (forward ? x : y)->last_id + 1, .b = (forward ? y : x)->first_id - 1 };
}

static bool add_holes(const coverage *c, const cov_host *h, const cov_log *log, cov_spans *out)
{
    stretches list = { 0 };
    bool ok = find_stretches(log, &list);
    const stretch *last = NULL; /* the one that reaches farthest */
    for (size_t i = 0; ok && i < list.n; i++) {
        const stretch *s = &list.p[i];
        if (!last || s->from > last->to) {
            cov_span hole = last ? between(c, h, log, last, s) : before_first(c, h, log, &log->ranges.p[s->range]);
            hole.from = last ? last->to : COV_BEGIN;
            hole.to = s->from;
            ok = cov_span_add(out, hole);
        }
        if (!last || s->to > last->to)
            last = s;
    }
    if (ok && last) {
        int64_t end = last->to;
        /* The newest record proves nothing after itself, except up to an orderly shutdown. */
        if (h->shut_down != DR_NO_TIME && h->shut_down > end && h->last <= h->shut_down + CLEARED_SLACK) {
            bool same_boot = true;
            for (size_t i = 0; i < h->n_marks; i++)
                same_boot = same_boot && !(h->marks[i].mark == MARK_UP && h->marks[i].time > end);
            end = same_boot ? h->shut_down : end;
        }
        ok = cov_span_add(out, (cov_span){ .from = end, .to = COV_END, .reason = COV_OUT_OF_SPAN, .why = COV_WHY_ENDS,
                                           .a = log->ranges.p[last->range].last_id });
    } else if (ok) {
        ok = cov_span_add(out, (cov_span){ .from = COV_BEGIN, .to = COV_END, .reason = COV_DAMAGED, .why = COV_WHY_NO_RECORD });
    }
    dr_vec_free(&list);
    return ok;
}

/* Is the step one that a record of the clock tells of, in either direction? */
static bool clock_says(const cov_host *h, const cov_step *s)
{
    if (!h->clock.n)
        return false;
    const cov_span *c = &h->clock.p[cov_spans_at(h->clock.p, h->clock.n, s->after + CLEARED_SLACK)];
    return c->from <= s->after + CLEARED_SLACK && c->to >= s->before - CLEARED_SLACK;
}

/* Times that step back where neither a start of the host nor a clock that was set says why. */
static bool add_steps(const cov_host *h, const cov_log *log, cov_spans *out)
{
    for (size_t i = 0; i < log->steps.n; i++) {
        const cov_step *s = &log->steps.p[i];
        if (cov_host_started_near(h, s->before) || clock_says(h, s))
            continue;
        if (!cov_span_add(out, (cov_span){ .from = s->after, .to = s->before, .reason = COV_CLOCK, .why = COV_WHY_CLOCK_BACK, .a = s->id }))
            return false;
    }
    return true;
}

/* What the log service itself says of a log: full, replaced, records lost. */
static bool add_told(const coverage *c, const cov_host *h, const cov_log *log, cov_spans *out)
{
    int64_t room = COV_END; /* when the log next had room: cleared or archived */
    for (size_t i = h->n_marks; i-- > 0;) {
        const cov_mark *m = &h->marks[i];
        bool makes_room = m->mark == MARK_CLEARED || m->mark == MARK_ARCHIVED;
        cov_span s = { .from = m->time, .to = m->time, .reason = COV_DAMAGED, .fact = m->fact };
        if ((!makes_room && m->mark != MARK_FULL && m->mark != MARK_REPLACED && m->mark != MARK_LOST) || !names_log(c, m, log))
            continue;
        if (makes_room) {
            room = m->time;
        } else if (m->mark == MARK_LOST) {
            s.from = m->time - LOST_BEFORE;
            s.why = COV_WHY_LOST;
        } else if (m->mark == MARK_REPLACED) {
            s.from = COV_BEGIN;
            s.why = COV_WHY_REPLACED;
        } else {
            s.to = room;
            s.reason = COV_NOT_RUNNING;
            s.why = COV_WHY_FULL;
        }
        if (!cov_span_add(out, s))
            return false;
    }
    return true;
}

static int64_t time_of(uint32_t minute)
{
    return DR_TICKS_1970 + (int64_t)minute * DR_TICKS_PER_MIN;
}

/* How long the host was in use between two minutes, as far as its other records show: pauses in which
 * nothing at all was recorded count for ACTIVE_STEP at most, so that nights and sleep do not count. */
static int64_t used_between(const cov_host *h, uint32_t from, uint32_t to)
{
    int64_t used = 0;
    uint32_t last = from;
    size_t at = cov_minutes_from(h->minutes.p, h->minutes.n, from + 1);
    for (; at < h->minutes.n && last < to; at++) {
        uint32_t next = h->minutes.p[at] < to ? h->minutes.p[at] : to;
        used += next - last < ACTIVE_STEP ? next - last : ACTIVE_STEP;
        last = next;
    }
    return used * DR_TICKS_PER_MIN;
}

typedef struct silence_gap {
    int64_t from, to, up;
} silence_gap;

static int cmp_up(const void *a, const void *b, void *context)
{
    (void)context;
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

/* The silence in which, of all the time that the log spans, half is spent in shorter ones. */
static bool usual_silence(const silence_gap *gaps, size_t n, int64_t *out)
{
    DR_VEC(int64_t) lengths = { 0 };
    int64_t total = 0, sum = 0;
    bool ok = dr_vec_reserve(&lengths, n + 1);
    for (size_t i = 0; ok && i < n; i++) {
        ok = dr_vec_push(&lengths, gaps[i].up);
        total += gaps[i].up;
    }
    ok = ok && dr_sort(lengths.p, lengths.n, sizeof *lengths.p, cmp_up, NULL);
    *out = 0;
    for (size_t i = 0; ok && i < lengths.n && sum * 2 < total; i++) {
        sum += lengths.p[i];
        *out = lengths.p[i];
    }
    dr_vec_free(&lengths);
    return ok;
}

/* The longest but one. */
static int64_t second_longest(const silence_gap *gaps, size_t n)
{
    int64_t longest = 0, second = 0;
    for (size_t i = 0; i < n; i++) {
        if (gaps[i].up > longest) {
            second = longest;
            longest = gaps[i].up;
        } else if (gaps[i].up > second) {
            second = gaps[i].up;
        }
    }
    return second;
}

bool cov_log_silences(const cov_host *h, const cov_log *log, bool findings, cov_spans *out)
{
    DR_VEC(silence_gap) gaps = { 0 };
    bool ok = dr_vec_reserve(&gaps, log->minutes.n + 1);
    for (size_t i = 1; ok && i < log->minutes.n; i++) {
        silence_gap g = { .from = time_of(log->minutes.p[i - 1]) + DR_TICKS_PER_MIN, .to = time_of(log->minutes.p[i]),
                          .up = used_between(h, log->minutes.p[i - 1], log->minutes.p[i]) };
        ok = dr_vec_push(&gaps, g);
    }
    int64_t usual = 0;
    ok = ok && usual_silence(gaps.p, gaps.n, &usual);
    int64_t most = usual < SILENCE_MIN / SILENCE_FACTOR ? SILENCE_MIN : usual * SILENCE_FACTOR;
    size_t active_min = SILENCE_ACTIVE_MIN;
    if (findings) {
        int64_t second = 2 * second_longest(gaps.p, gaps.n);
        most = most > FINDING_MIN ? most : FINDING_MIN;
        most = most > second ? most : second;
        active_min = FINDING_ACTIVE_MIN;
    }
    for (size_t i = 0; ok && i < gaps.n; i++) {
        const silence_gap *g = &gaps.p[i];
        if (g->up <= most)
            continue;
        uint32_t first = log->minutes.p[i] + 2, last = log->minutes.p[i + 1] - 2;
        size_t active = cov_minutes_from(h->minutes.p, h->minutes.n, last + 1) - cov_minutes_from(h->minutes.p, h->minutes.n, first);
        if (active < active_min)
            continue;
        ok = cov_span_add(out, (cov_span){ .from = g->from, .to = g->to, .reason = COV_NOT_RUNNING, .why = COV_WHY_SILENT,
                                           .a = (uint64_t)(g->up / DR_TICKS_PER_MIN), .b = active });
    }
    dr_vec_free(&gaps);
    return ok;
}

bool cov_log_failures(const coverage *c, const cov_host *h, const cov_log *log, cov_spans *out)
{
    cov_span all = { .from = COV_BEGIN, .to = COV_END, .reason = COV_DAMAGED };
    switch (log->state) {
    case COV_LOG_EXPORT:
        all.why = COV_WHY_EXPORT;
        return cov_span_add(out, all);
    case COV_LOG_FRAGMENTARY:
        all.why = COV_WHY_FRAGMENTARY;
        return cov_span_add(out, all);
    case COV_LOG_NO_RECORD:
        all.why = COV_WHY_NO_RECORD;
        return cov_span_add(out, all);
    case COV_LOG_USED:
        break;
    }
    bool ok = add_holes(c, h, log, out) && add_steps(h, log, out) && add_told(c, h, log, out) && cov_log_silences(h, log, false, out);
    for (size_t i = 0; ok && i < h->off.n; i++)
        ok = cov_span_add(out, h->off.p[i]);
    for (size_t i = 0; ok && i < h->clock.n; i++)
        ok = cov_span_add(out, h->clock.p[i]);
    return ok;
}
