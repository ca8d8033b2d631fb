/* One recorder on one host: was it running, was it asked for, is there a filter that is not seen? */
#include "coverage/coverage_parts.h"

#define LIKE_WITHIN DR_TICKS_PER_DAY          /* like records on both sides count so far */
#define LOST_BEFORE (10 * DR_TICKS_PER_MIN)

static int cmp_told(const void *a, const void *b, void *context)
{
    (void)context;
    const cov_told *x = a, *y = b;
    if (x->host != y->host)
        return x->host < y->host ? -1 : 1;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->fact > y->fact) - (x->fact < y->fact);
}

/* Does a record of the fact stand in the recorder's log? */
static bool from_channel(const coverage *c, const recorder *r, const fact *f)
{
    for (uint32_t i = 0; i < f->n_records; i++)
        if (dr_str_eq_fold(dr_sym_str(c->in.vocab->syms, f->records[i].channel), r->channel))
            return true;
    return false;
}

static bool tell(cov_told_list *out, const fact *f, int64_t time, int what)
{
    return !dr_time_is(time) || dr_vec_push(out, ((cov_told){ f->host, time, f->id, (uint8_t)what }));
}

static bool gather_matches(const coverage *c, const recorder *r, recorder_matches list, int what, cov_told_list *out)
{
    for (size_t i = 0; i < list.n; i++) {
        size_t n;
        const fact_id *ids = fact_store_kind(c->in.store, list.p[i].kind, &n);
        for (size_t k = 0; k < n; k++) {
            const fact *f = fact_store_at(c->in.store, ids[k]);
            bool proof = what == TOLD_LIKE || what == TOLD_ON || what == TOLD_UNFILTERED;
            if ((f->flags & FACT_FORGED) || (proof && (f->flags & FACT_RECOVERED)))
                continue;
            if (what == TOLD_UNFILTERED) { /* any other record of that kind ends it */
                if (!tell(out, f, f->time, recorder_match_fits(&list.p[i], f) ? TOLD_UNFILTERED : TOLD_FILTERED))
                    return false;
                continue;
            }
            if (!recorder_match_fits(&list.p[i], f))
                continue;
            if (what == TOLD_LIKE && (!from_channel(c, r, f) || recorder_matches_fit(r->unlike, f)))
                continue;
            if (!tell(out, f, f->time, what))
                return false;
        }
    }
    return true;
}

/* Does a clause of the change ("success and failure added, ...") name what the recorder needs? */
static bool clause_says(dr_str change, dr_str needs, dr_str word)
{
    dr_str clause;
    while (dr_str_split(&change, ',', &clause)) {
        clause = dr_str_trim(clause);
        if (word.n && dr_str_ends_fold(clause, word) && dr_str_find_fold(clause, needs) != SIZE_MAX)
            return true;
    }
    return false;
}

static bool gather_setting(const coverage *c, const recorder *r, cov_told_list *out)
{
    const recorder_setting *s = &c->in.recorders->settings[r->setting];
    for (int rest = 0; rest < 2; rest++) {
        recorder_matches list = rest ? s->at_rest : s->changed_by;
        for (size_t i = 0; i < list.n; i++) {
            size_t n;
            const fact_id *ids = fact_store_kind(c->in.store, list.p[i].kind, &n);
            for (size_t k = 0; k < n; k++) {
                const fact *f = fact_store_at(c->in.store, ids[k]);
                dr_str change = fact_get(f, s->change), value = fact_get(f, s->value);
                if ((f->flags & FACT_FORGED) || !recorder_match_fits(&list.p[i], f) ||
                    !dr_str_starts_fold(fact_get(f, s->key), r->setting_key))
                    continue;
                bool on = rest ? dr_str_find_fold(value, r->needs) != SIZE_MAX : clause_says(change, r->needs, s->added);
                bool off = rest ? !on : clause_says(change, r->needs, s->removed);
                if (on && !tell(out, f, f->time, rest ? TOLD_REST_ON : TOLD_SET_ON))
                    return false;
                if (off && !tell(out, f, f->time, rest ? TOLD_REST_OFF : TOLD_SET_OFF))
                    return false;
            }
        }
    }
    return true;
}

bool cov_told_gather(const coverage *c, const recorder *r, cov_told_list *out)
{
    recorder_match beat = { .kind = r->heartbeat };
    dr_vec_clear(out);
    return (r->setting == SIZE_MAX ||
            (gather_matches(c, r, r->writes, TOLD_LIKE, out) && gather_setting(c, r, out))) &&
           gather_matches(c, r, r->on, TOLD_ON, out) && gather_matches(c, r, r->off, TOLD_OFF, out) &&
           gather_matches(c, r, r->lost, TOLD_LOST, out) && gather_matches(c, r, r->unfiltered, TOLD_UNFILTERED, out) &&
           (!r->heartbeat || gather_matches(c, r, (recorder_matches){ &beat, 1 }, TOLD_BEAT, out)) &&
           dr_sort(out->p, out->n, sizeof *out->p, cmp_told, NULL);
}

/* The time over which the log is held together by its record ids around TIME: what a record says of a
 * setting holds only as long as no later change can be missing. */
static cov_span whole_around(const cov_log *log, int64_t time)
{
    for (size_t i = 0; log && log->state == COV_LOG_USED && i < log->ranges.n; i++) {
        const cov_range *r = &log->ranges.p[i];
        if (r->first_time <= time && time <= r->last_time)
            return (cov_span){ .from = r->first_time, .to = r->last_time };
    }
    return (cov_span){ .from = time, .to = time };
}

static int64_t later(int64_t a, int64_t b)
{
    return a > b ? a : b;
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

/* Off and on again by records of the recorder's own state; records lost; heartbeats that are missing. */
static bool add_state(const recorder *r, const cov_told *told, size_t n, cov_spans *out)
{
    const cov_told *off = NULL, *beat = NULL;
    bool ok = true;
    for (size_t i = 0; ok && i < n; i++) {
        const cov_told *t = &told[i];
        cov_span s = { .to = t->time, .reason = COV_NOT_RUNNING, .fact = t->fact };
        if (t->what == TOLD_OFF) {
            off = off ? off : t;
        } else if (t->what == TOLD_ON && off) {
            s.from = off->time;
            s.why = COV_WHY_RECORDER_OFF;
            s.fact = off->fact;
            ok = cov_span_add(out, s);
            off = NULL;
        } else if (t->what == TOLD_LOST) {
            s.from = t->time - LOST_BEFORE;
            s.reason = COV_DAMAGED;
            s.why = COV_WHY_LOST;
            ok = cov_span_add(out, s);
        } else if (t->what == TOLD_BEAT) {
            if (beat && t->time - beat->time > 2 * r->heartbeat_every) {
                s.from = beat->time + r->heartbeat_every;
                s.to = t->time - r->heartbeat_every;
                s.why = COV_WHY_NO_HEARTBEAT;
                ok = cov_span_add(out, s);
            }
            beat = t;
        }
    }
    return ok && (!off || cov_span_add(out, (cov_span){ .from = off->time, .to = COV_END, .reason = COV_NOT_RUNNING,
                                                        .why = COV_WHY_RECORDER_OFF, .fact = off->fact }));
}

/* A filter that is not seen, but for the time after a configuration that has none. */
static bool add_filter(const recorder *r, const cov_log *log, const cov_told *told, size_t n, cov_spans *out)
{
    cov_span s = { .from = COV_BEGIN, .reason = COV_FILTERED, .why = COV_WHY_FILTER };
    const cov_told *open = NULL;
    if (r->filter != RECORDER_FILTER_UNSEEN)
        return true;
    for (size_t i = 0; i < n; i++) {
        const cov_told *t = &told[i];
        if (t->what != TOLD_UNFILTERED && t->what != TOLD_FILTERED)
            continue;
        if (t->what == TOLD_UNFILTERED && !open) {
            s.to = t->time;
            if (!cov_span_add(out, s))
                return false;
            open = t;
        } else if (t->what == TOLD_FILTERED && open) {
            s.from = earlier(t->time, whole_around(log, open->time).to);
            open = NULL;
        }
    }
    if (open)
        s.from = whole_around(log, open->time).to;
    s.to = COV_END;
    return cov_span_add(out, s);
}


static bool is_change(const cov_told *t)
{
    return t->what == TOLD_SET_ON || t->what == TOLD_SET_OFF || t->what == TOLD_REST_ON || t->what == TOLD_REST_OFF;
}

/* What the changes at the two ends say of the time between them. */
static bool add_piece(const cov_log *policy, const cov_told *left, const cov_told *right, cov_spans *failures, cov_spans *on)
{
    int64_t from = left ? left->time : COV_BEGIN, to = right ? right->time : COV_END;
    bool on_before = left && (left->what == TOLD_SET_ON || left->what == TOLD_REST_ON);
    bool off_before = left && (left->what == TOLD_SET_OFF || left->what == TOLD_REST_OFF);
    bool on_after = right && right->what == TOLD_SET_OFF, off_after = right && right->what == TOLD_SET_ON;
    if (off_before || off_after) {
        if (on_before || on_after) /* a change between the two is missing */
            return cov_span_add(failures, (cov_span){ .from = from, .to = to, .reason = COV_NOT_ASKED_FOR, .why = COV_WHY_NOT_SHOWN_ON });
        cov_why why = off_before && left->what == TOLD_REST_OFF ? COV_WHY_REST_OFF : COV_WHY_SET_OFF;
        return cov_span_add(failures, (cov_span){ .from = from, .to = to, .reason = COV_NOT_ASKED_FOR, .why = (uint8_t)why,
                                                  .fact = off_before ? left->fact : right->fact });
    }
    cov_span s = { .grade = COV_GRADE_A, .why = COV_WHY_SET_ON };
    bool ok = true;
    if (on_before && left->what == TOLD_REST_ON) {
        ok = cov_span_add(on, (cov_span){ .from = from, .to = to, .grade = COV_GRADE_A, .why = COV_WHY_AT_REST, .fact = left->fact });
    } else if (on_before) {
        s.from = from;
        s.to = earlier(to, whole_around(policy, from).to);
        s.fact = left->fact;
        ok = cov_span_add(on, s);
    }
    if (ok && on_after) {
        s.from = later(from, whole_around(policy, to).from);
        s.to = to;
        s.fact = right->fact;
        ok = cov_span_add(on, s);
    }
    return ok;
}

/* Like records on both sides, each within a day, with no change of the setting between. */
static bool add_like(const cov_told *a, const cov_told *b, cov_spans *on)
{
    cov_span s = { .from = later(a->time, b->time - LIKE_WITHIN), .to = earlier(b->time, a->time + LIKE_WITHIN), .grade = COV_GRADE_B,
                   .why = COV_WHY_LIKE, .fact = a->fact, .other = b->fact };
    return cov_span_add(on, s);
}

/* Joins like records that follow each other, so that a log full of them is one span. */
static bool add_likes(const cov_told *told, size_t n, cov_spans *on)
{
    const cov_told *last = NULL;
    for (size_t i = 0; i < n; i++) {
        const cov_told *t = &told[i];
        if (is_change(t))
            last = NULL;
        if (t->what != TOLD_LIKE)
            continue;
        cov_span *open = on->n ? &dr_vec_last(on) : NULL;
        if (last && open && open->why == COV_WHY_LIKE && open->other == last->fact && open->to == last->time && t->time - last->time <= LIKE_WITHIN) {
            open->to = t->time;
            open->other = t->fact;
        } else if (last && !add_like(last, t, on)) {
            return false;
        }
        last = t;
    }
    return true;
}

typedef enum usual { USUAL_UNKNOWN, USUAL_OFF, USUAL_ON } usual;

static usual usual_of(const recorder *r, size_t edition)
{
    if (!r->defaults[edition].n)
        return USUAL_UNKNOWN;
    return dr_str_find_fold(r->defaults[edition], r->needs) != SIZE_MAX ? USUAL_ON : USUAL_OFF;
}

/* The default of the host's edition; of an edition that is not known, if all have the same. */
static usual usual_on(const coverage *c, const cov_host *h, const recorder *r)
{
    const cov_system *system = cov_system_of(c, h->name);
    recorder_edition edition = system && system->edition < EDITION_COUNT ? system->edition : h->edition;
    if (edition == EDITION_CLIENT || edition == EDITION_DC)
        return usual_of(r, edition);
    if (edition == EDITION_SERVER) /* it may be a domain controller, unless the caller knows better */
        return system || usual_of(r, EDITION_SERVER) == usual_of(r, EDITION_DC) ? usual_of(r, EDITION_SERVER) : USUAL_UNKNOWN;
    for (size_t i = 1; i < EDITION_COUNT; i++)
        if (usual_of(r, i) != usual_of(r, 0))
            return USUAL_UNKNOWN;
    return usual_of(r, 0);
}

bool cov_recorder_failures(const coverage *c, const cov_host *h, const cov_log *log, const recorder *r, const cov_told *told, size_t n,
                           cov_spans *failures, cov_spans *on, cov_span *never_on)
{
    *never_on = (cov_span){ .reason = COV_NOT_ASKED_FOR, .why = COV_WHY_NOT_SHOWN_ON };
    if (!add_state(r, told, n, failures) || !add_filter(r, log, told, n, failures))
        return false;
    if (r->setting == SIZE_MAX)
        return cov_span_add(on, (cov_span){ .from = COV_BEGIN, .to = COV_END, .grade = COV_GRADE_A, .why = COV_WHY_NO_SWITCH });
    const cov_told *left = NULL;
    for (size_t i = 0; i < n; i++) {
        if (!is_change(&told[i]))
            continue;
        if (!add_piece(log, left, &told[i], failures, on))
            return false;
        left = &told[i];
    }
    if (!add_piece(log, left, NULL, failures, on) || !add_likes(told, n, on))
        return false;
    usual by_default = usual_on(c, h, r);
    if (by_default == USUAL_OFF)
        never_on->why = COV_WHY_DEFAULT_OFF;
    return by_default != USUAL_ON ||
           cov_span_add(on, (cov_span){ .from = COV_BEGIN, .to = COV_END, .grade = COV_GRADE_C, .why = COV_WHY_DEFAULT_ON });
}
