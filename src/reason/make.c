#include "reason/claim.h"

#include <string.h>

/* Two candidates closer together than this cannot be told apart by time. */
#define AS_NEAR DR_TICKS_PER_S

/* One act of the system: the facts that its components wrote of it. */
typedef struct act {
    const rule *rule;
    dr_sym host;
    int64_t first, last;
    dr_str values[RULE_MAX_PARAMS];
    DR_VEC(claim_effect) effects;
    int64_t reach; /* the latest end of this and all acts of the rule before it */
    size_t pairs;  /* the best of its pairs, plus one; 0: none */
    bool taken, part;
    bool rest; /* of state at rest: whether it is what a record tells of, its traces decide */
} act;

typedef struct pair {
    claim *claim;
    act *act;
    fact_link strength;
    int64_t distance;
    size_t claim_number, act_number; /* keys: the order in which both were made */
    size_t next;                     /* the next best pair of the act, plus one */
} pair;

/* Acts of one rule: a range of maker.acts, by the time of their first fact. */
typedef struct act_range {
    size_t first, end;
    int64_t from, to;  /* where facts of acts may stand around a claim */
    bool any_time;     /* a trace without a window: anywhere */
} act_range;

typedef struct maker {
    const reason_input *in;
    dr_arena *arena;
    claim_list *claims;
    DR_VEC(act *) acts;
    DR_VEC(act *) open; /* acts of the rule at hand that a later fact may still join */
    DR_VEC(pair) pairs;
    uint8_t *part; /* by fact id: belongs to another act */
    act **opened;  /* by fact id: the act of the latest rule that it opened */
} maker;

/* Is there an earlier fact that says the same (a binding announced again after a boot)? SAID: what the
 * earlier ones of its kind say. */
static dr_status announced_before(const maker *m, dr_map *said, const rule_trace *t, const fact *f, bool *before)
{
    dr_arena_mark mark = dr_arena_save(m->arena);
    dr_str key = dr_arena_printf(m->arena, "%u", f->host);
    uint64_t *slot;
    bool is_new = true;
    for (size_t k = 0; k < t->n_first; k++) {
        dr_str value = dr_arena_fold(m->arena, fact_get(f, t->first[k]));
        key = dr_arena_concat(m->arena, key, dr_arena_printf(m->arena, "|%zu|%.*s", value.n, DR_STR_ARG(value)));
    }
    dr_status status = dr_arena_failed(m->arena) ? DR_NOMEM : dr_map_put(said, key, &slot, &is_new);
    dr_arena_restore(m->arena, mark);
    *before = !is_new;
    return status;
}

/* Do what is known of the act and of the fresh fact agree, and is it near enough? */
static bool joins(const act *a, const rule *r, bool rest, const fact *f, dr_str *values)
{
    bool tied = false;
    if (a->host != f->host || a->rest != rest || !dr_time_is(a->first) || !dr_time_is(f->time)) /* what has no time is near to nothing */
        return false;
    if (f->time < a->first - r->act_within || f->time > a->last + r->act_within)
        return false;
    for (size_t i = 0; i < r->n_act_by; i++) {
        size_t p = r->act_by[i];
        if (!a->values[p].p || !values[p].p)
            continue;
        if (!param_equal(r->params[p].type, a->values[p], values[p]))
            return false;
        tied = true;
    }
    return tied;
}

static bool has_fact(const act *a, fact_id id)
{
    for (size_t i = 0; i < a->effects.n; i++) {
        if (a->effects.p[i].fact == id)
            return true;
    }
    return false;
}

/* Facts come in the order of time: an act that is too old for this one is too old for all that follow. */
static void close_old(maker *m, const rule *r, int64_t time)
{
    size_t n = 0;
    for (size_t i = 0; i < m->open.n && dr_time_is(time); i++) {
        act *a = m->open.p[i];
        if (dr_time_is(a->last) && a->last >= time - r->act_within)
            m->open.p[n++] = a;
    }
    if (dr_time_is(time))
        m->open.n = n;
}

static dr_status add_opening(maker *m, const rule *r, size_t trace, const fact *f, dr_str *values)
{
    claim_effect effect = { .trace = trace, .fact = f->id };
    act *into = m->opened[f->id] && m->opened[f->id]->rule == r ? m->opened[f->id] : NULL;
    close_old(m, r, f->time);
    for (size_t i = m->open.n; r->n_act_by && i-- > 0 && !into;) {
        if (joins(m->open.p[i], r, r->traces[trace].at_rest, f, values))
            into = m->open.p[i];
    }
    if (!into) {
        into = DR_NEW(m->arena, act);
        if (!into || !dr_vec_push(&m->acts, into) || (r->n_act_by && !dr_vec_push(&m->open, into)))
            return DR_NOMEM;
        into->rule = r;
        into->host = f->host;
        into->rest = r->traces[trace].at_rest;
        into->first = into->last = f->time;
    }
    if (f->time < into->first)
        into->first = f->time;
    if (f->time > into->last)
        into->last = f->time;
    for (size_t p = 0; p < r->n_params; p++) {
        if (!into->values[p].p)
            into->values[p] = values[p];
    }
    m->opened[f->id] = into;
    return dr_vec_push(&into->effects, effect) ? DR_OK : DR_NOMEM;
}

typedef struct opening {
    size_t trace;
    fact_id fact;
    int64_t time;
} opening;

typedef DR_VEC(opening) opening_list;

static int opening_order(const void *a, const void *b, void *context)
{
    const opening *x = a, *y = b;
    (void)context;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return x->fact < y->fact ? -1 : x->fact > y->fact;
}

/* A fact that does not give what the claim is about (a parameter without "?") opens none. */
static bool complete(const rule *r, const dr_str *values)
{
    for (size_t p = 0; p < r->n_params; p++) {
        if (!r->params[p].optional && !values[p].n)
            return false;
    }
    return true;
}

/* Facts of a trace that opens claims, of all its kinds. */
static dr_status list_openings(maker *m, const rule *r, size_t trace, opening_list *out)
{
    const rule_trace *t = &r->traces[trace];
    dr_status status = DR_OK;
    for (size_t k = 0; k < t->n_kinds && status == DR_OK; k++) {
        size_t n;
        const fact_id *ids = fact_store_kind(m->in->store, t->kinds[k], &n);
        dr_map *said = t->n_first ? dr_map_create() : NULL;
        if (t->n_first && !said)
            return DR_NOMEM;
        for (size_t f = 0; f < n && status == DR_OK; f++) {
            const fact *one = fact_store_at(m->in->store, ids[f]);
            opening o = { trace, ids[f], one->time };
            bool before = false;
            if (said)
                status = announced_before(m, said, t, one, &before);
            if (status == DR_OK && !before && !dr_vec_push(out, o))
                status = DR_NOMEM;
        }
        dr_map_destroy(said);
    }
    return status;
}

static dr_status make_acts(maker *m, const rule *r)
{
    opening_list openings = { 0 };
    dr_status status = DR_OK;
    dr_vec_clear(&m->open);
    for (size_t i = 0; i < r->n_traces && status == DR_OK; i++) {
        if (r->traces[i].opens)
            status = list_openings(m, r, i, &openings);
    }
    if (status == DR_OK && !dr_sort(openings.p, openings.n, sizeof *openings.p, opening_order, NULL))
        status = DR_NOMEM;
    for (size_t i = 0; status == DR_OK && i < openings.n; i++) {
        const rule_trace *t = &r->traces[openings.p[i].trace];
        const fact *f = fact_store_at(m->in->store, openings.p[i].fact);
        dr_str values[RULE_MAX_PARAMS] = { { NULL, 0 } };
        if (t->at_rest && (f->flags & FACT_RECOVERED))
            continue; /* residue is no state */
        if (f->flags & FACT_FORGED || claim_where(m->in, r, t->where, t->n_where, f, values, true) != FIT_YES)
            continue;
        claim_lookup(m->in, r, f->host, f->time, values);
        if (!complete(r, values))
            continue;
        status = add_opening(m, r, openings.p[i].trace, f, values);
    }
    dr_vec_free(&openings);
    return status;
}

/* The facts near an act that belong to it (role part) open no claim of their own. */
static dr_status mark_parts(maker *m, const act *a)
{
    const reason_input *in = m->in;
    claim stand_in = { .rule = a->rule, .host = a->host, .time = a->first };
    memcpy(stand_in.values, a->values, sizeof stand_in.values);
    for (size_t i = 0; i < a->rule->n_traces; i++) {
        const rule_trace *t = &a->rule->traces[i];
        if (t->role != TRACE_PART)
            continue;
        for (size_t k = 0; k < t->n_kinds; k++) {
            size_t n;
            const fact_id *ids = fact_store_kind(in->store, t->kinds[k], &n);
            size_t low = t->has_window ? fact_store_not_before(in->store, ids, n, a->first + t->from) : 0;
            for (; low < n; low++) {
                const fact *f = fact_store_at(in->store, ids[low]);
                dr_str values[RULE_MAX_PARAMS];
                fact_link strength;
                bool weak;
                if (t->has_window && f->time > a->last + t->to)
                    break;
                memcpy(values, a->values, sizeof values);
                const fact *anchor = fact_store_at(in->store, a->effects.p[0].fact);
                if (f->host == a->host && !has_fact(a, f->id) &&
                    claim_where(in, a->rule, t->where, t->n_where, f, values, false) == FIT_YES &&
                    claim_linked(in, &stand_in, t, f, anchor, &strength, &weak))
                    m->part[f->id] = 1;
            }
        }
    }
    return DR_OK;
}

/* Only an effect that took place has parts. */
static bool proves_effect(const act *a)
{
    for (size_t i = 0; i < a->effects.n; i++) {
        const rule_trace *t = &a->rule->traces[a->effects.p[i].trace];
        if (t->role == TRACE_PROVES && t->rung == RUNG_ACHIEVED)
            return true;
    }
    return false;
}

static dr_status set_parts_aside(maker *m)
{
    for (size_t i = 0; i < m->acts.n; i++) {
        if (proves_effect(m->acts.p[i])) {
            dr_status status = mark_parts(m, m->acts.p[i]);
            if (status != DR_OK)
                return status;
        }
    }
    for (size_t i = 0; i < m->acts.n; i++) {
        act *a = m->acts.p[i];
        a->part = a->effects.n > 0;
        for (size_t e = 0; e < a->effects.n; e++)
            a->part = a->part && m->part[a->effects.p[e].fact];
    }
    return DR_OK;
}

/* How well the act fits the claim, best fact first; false when it does not. */
static bool measure(const maker *m, const claim *c, const act *a, pair *out)
{
    const reason_input *in = m->in;
    bool any = false;
    for (size_t i = 0; i < a->effects.n; i++) {
        const rule_trace *t = &c->rule->traces[a->effects.p[i].trace];
        const fact *f = fact_store_at(in->store, a->effects.p[i].fact);
        dr_str values[RULE_MAX_PARAMS];
        fact_link strength;
        bool weak;
        memcpy(values, c->values, sizeof values);
        if (!claim_in_window(c, t, f, c->time) ||
            claim_where(in, c->rule, t->where, t->n_where, f, values, true) != FIT_YES ||
            !claim_linked(in, c, t, f, NULL, &strength, &weak) || !claim_order_holds(in, c, f, strength))
            continue;
        int64_t distance = f->time > c->time ? f->time - c->time : c->time - f->time;
        if (!any || strength > out->strength || (strength == out->strength && distance < out->distance)) {
            out->strength = strength;
            out->distance = distance;
        }
        any = true;
    }
    return any;
}

static int pair_order(const void *a, const void *b, void *context)
{
    const pair *x = a, *y = b;
    (void)context;
    if (x->strength != y->strength)
        return x->strength > y->strength ? -1 : 1;
    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    if (x->claim_number != y->claim_number)
        return x->claim_number < y->claim_number ? -1 : 1;
    return x->act_number < y->act_number ? -1 : x->act_number > y->act_number;
}

static dr_status give(maker *m, claim *c, act *a, fact_link strength)
{
    c->effects = DR_NEW_ARRAY(m->arena, claim_effect, a->effects.n);
    if (!c->effects)
        return DR_NOMEM;
    for (size_t i = 0; i < a->effects.n; i++) {
        claim_effect e = a->effects.p[i];
        const rule_trace *t = &c->rule->traces[e.trace];
        if (!c->n_triggers || !claim_linked(m->in, c, t, fact_store_at(m->in->store, e.fact), NULL, &e.link, &e.weak))
            e.link = c->n_triggers ? strength : FACT_LINK_NONE;
        c->effects[c->n_effects++] = e;
    }
    for (size_t p = 0; p < c->rule->n_params; p++) {
        /* Of two spellings that of the record counts. */
        bool same = a->values[p].n && c->values[p].p && param_equal(c->rule->params[p].type, c->values[p], a->values[p]);
        if (!c->values[p].p || same)
            c->values[p] = a->values[p];
    }
    a->taken = true;
    return DR_OK;
}

/* Could the act as well belong to this pair's claim, another than the best one's? */
static bool rivals_with(const pair *best, const pair *other)
{
    return other->claim != best->claim && !other->claim->n_effects && other->strength == best->strength &&
           other->distance - best->distance <= AS_NEAR;
}

/* Another claim that the act fits as well as the one it would go to, from another run. */
static dr_status note_rivals(maker *m, size_t at)
{
    const pair *best = &m->pairs.p[at];
    size_t n = 0;
    for (size_t i = best->next; i; i = m->pairs.p[i - 1].next)
        n += rivals_with(best, &m->pairs.p[i - 1]);
    if (!n)
        return DR_OK;
    claim **rivals = DR_NEW_ARRAY(m->arena, claim *, n + 1);
    if (!rivals)
        return DR_NOMEM;
    rivals[0] = best->claim;
    n = 1;
    for (size_t i = best->next; i; i = m->pairs.p[i - 1].next) {
        if (rivals_with(best, &m->pairs.p[i - 1]))
            rivals[n++] = m->pairs.p[i - 1].claim;
    }
    for (size_t i = 0; i < n; i++) {
        rivals[i]->ambiguous = true;
        rivals[i]->rivals = rivals;
        rivals[i]->n_rivals = n;
    }
    return DR_OK;
}

/* The same command once more, for another of its acts. */
static dr_status repeat(maker *m, const claim *from, claim **out)
{
    claim *c = DR_NEW(m->arena, claim);
    if (!c || !dr_vec_push(&m->claims->claims, c))
        return DR_NOMEM;
    *c = *from;
    c->effects = NULL;
    c->n_effects = 0;
    for (size_t p = 0; p < c->rule->n_params; p++) {
        if (!c->bound_by_trigger[p])
            c->values[p] = (dr_str){ NULL, 0 };
    }
    *out = c;
    return DR_OK;
}

/* The acts of a rule, and what is needed to find those near a claim. */
static act_range range_of(const maker *m, const rule *r, size_t first, size_t end)
{
    act_range range = { .first = first, .end = end };
    int64_t coarsest = 0, reach = DR_NO_TIME;
    for (size_t i = 0; i < r->n_traces; i++) {
        const rule_trace *t = &r->traces[i];
        range.any_time = range.any_time || (t->opens && !t->has_window);
        if (t->opens && t->has_window) {
            range.from = t->from < range.from ? t->from : range.from;
            range.to = t->to > range.to ? t->to : range.to;
        }
    }
    for (size_t k = first; k < end; k++) {
        act *a = m->acts.p[k];
        reach = a->last > reach ? a->last : reach;
        a->reach = reach;
        for (size_t e = 0; e < a->effects.n; e++) {
            int64_t precision = fact_store_at(m->in->store, a->effects.p[e].fact)->precision;
            coarsest = precision > coarsest ? precision : coarsest;
        }
    }
    range.from -= coarsest + CLAIM_HOST_SKEW;
    range.to += coarsest + CLAIM_HOST_SKEW;
    return range;
}

/* The first act of the range that reaches up to TIME. */
static size_t first_reaching(const maker *m, const act_range *range, int64_t time)
{
    size_t low = range->first, high = range->end;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (m->acts.p[mid]->reach < time)
            low = mid + 1;
        else
            high = mid;
    }
    return low;
}

static dr_status add_pairs(maker *m, claim *c, size_t number, const act_range *range)
{
    bool anywhere = range->any_time || !dr_time_is(c->time);
    for (size_t k = anywhere ? range->first : first_reaching(m, range, c->time + range->from); k < range->end; k++) {
        act *a = m->acts.p[k];
        pair one = { .claim = c, .act = a, .claim_number = number, .act_number = k };
        if (!anywhere && a->first > c->time + range->to)
            break;
        if (!a->part && a->host == c->host && !a->rest && measure(m, c, a, &one) && !dr_vec_push(&m->pairs, one))
            return DR_NOMEM;
    }
    return DR_OK;
}

static dr_status assign(maker *m, const rule *r, size_t n_claims, size_t first_act, size_t end_act)
{
    act_range range = range_of(m, r, first_act, end_act);
    dr_status status = DR_OK;
    dr_vec_clear(&m->pairs);
    for (size_t i = 0; i < n_claims && first_act < end_act && status == DR_OK; i++) {
        if (m->claims->claims.p[i]->rule == r)
            status = add_pairs(m, m->claims->claims.p[i], i, &range);
    }
    if (status != DR_OK || !dr_sort(m->pairs.p, m->pairs.n, sizeof *m->pairs.p, pair_order, NULL))
        return DR_NOMEM;
    for (size_t i = m->pairs.n; i-- > 0;) {
        pair *p = &m->pairs.p[i];
        p->next = p->act->pairs;
        p->act->pairs = i + 1;
    }
    for (size_t i = 0; i < m->pairs.n; i++) {
        const pair *p = &m->pairs.p[i];
        claim *c = p->claim;
        if (p->act->taken || (c->n_effects && !r->many) || c->ambiguous)
            continue;
        status = c->n_effects ? repeat(m, c, &c) : note_rivals(m, i);
        if (status == DR_OK && !c->ambiguous)
            status = give(m, c, p->act, p->strength);
        if (status != DR_OK)
            return status;
    }
    return DR_OK;
}

/* What set it off, where a fact says so (a detection, a task's trigger); else the effect's own time. */
static int64_t opening_time(const maker *m, const act *a)
{
    int64_t effect = DR_NO_TIME, lower = DR_NO_TIME;
    for (size_t e = 0; e < a->effects.n; e++) { /* in time order */
        const rule_trace *t = &a->rule->traces[a->effects.p[e].trace];
        int64_t time = fact_store_at(m->in->store, a->effects.p[e].fact)->time;
        if (t->role != TRACE_PROVES)
            continue;
        if (t->rung < RUNG_ACHIEVED && (lower == DR_NO_TIME || time < lower))
            lower = time;
        if (t->rung == RUNG_ACHIEVED && (effect == DR_NO_TIME || time < effect))
            effect = time;
    }
    return lower != DR_NO_TIME ? lower : effect != DR_NO_TIME ? effect : a->first;
}

/* A claim that a process creation opens is about that run: it stands where a command would. */
static void take_run(const reason_input *in, claim *c)
{
    for (size_t e = 0; e < c->n_effects && !c->n_triggers; e++) {
        const fact *f = fact_store_at(in->store, c->effects[e].fact);
        run_id own = f->kind == in->names->kind_process_created ? run_of_fact(in->runs, f->id) : 0;
        if (!own)
            continue;
        c->triggers[0] = (claim_trigger){ .run = own, .fact = f->id, .how = HOW_PROCESS, .text = run_at(in->runs, own)->command_line };
        c->n_triggers = 1;
        c->from_host = c->host;
    }
}

/* Does what is at rest stand for one of the claim's traces, by what is known of the claim? */
static bool shows(const reason_input *in, const claim *c, const fact *f)
{
    for (size_t i = 0; i < c->rule->n_traces; i++) {
        const rule_trace *t = &c->rule->traces[i];
        bool kind = false;
        dr_str values[RULE_MAX_PARAMS];
        for (size_t k = 0; t->at_rest && k < t->n_kinds; k++)
            kind = kind || t->kinds[k] == f->kind;
        if (!kind)
            continue;
        memcpy(values, c->values, sizeof values);
        if (claim_where(in, c->rule, t->where, t->n_where, f, values, false) == FIT_YES)
            return true;
    }
    return false;
}

/* Do they agree in all that is known of both, and is something known of both? */
static bool same_object(const rule *r, const dr_str *a, const dr_str *b)
{
    bool tied = false;
    for (size_t p = 0; p < r->n_params; p++) {
        if (!a[p].p || !b[p].p)
            continue;
        if (!param_equal(r->params[p].type, a[p], b[p]))
            return false;
        tied = true;
    }
    return tied;
}

/* Is one of CLAIMS, all of the act's rule, about this object already? Then what is at rest belongs to it. */
static bool claimed(const maker *m, const claim_list *claims, const act *a)
{
    for (size_t i = 0; i < claims->claims.n; i++) {
        claim *c = claims->claims.p[i];
        if (c->host == a->host && (same_object(a->rule, c->values, a->values) ||
                                   shows(m->in, c, fact_store_at(m->in->store, a->effects.p[0].fact))))
            return true;
    }
    return false;
}

/* What no trigger explains is a claim of its own. */
static dr_status open_act(maker *m, act *a)
{
    claim *c = DR_NEW(m->arena, claim);
    if (!c || !dr_vec_push(&m->claims->claims, c))
        return DR_NOMEM;
    c->rule = a->rule;
    c->host = a->host;
    c->time = opening_time(m, a);
    dr_status status = give(m, c, a, FACT_LINK_NONE);
    if (status == DR_OK)
        take_run(m->in, c);
    return status;
}

/* Is it what came about as a part of another act (the groups of a new account)? Its origin is known then. */
static bool part_of_another(const maker *m, size_t first_act, size_t end_act, const act *a)
{
    for (size_t i = first_act; i < end_act; i++) {
        const act *other = m->acts.p[i];
        if (other->part && other->host == a->host && same_object(a->rule, other->values, a->values))
            return true;
    }
    return false;
}

static dr_status open_rest(maker *m, const rule *r, size_t first_act, size_t end_act)
{
    claim_list own = { 0 };
    dr_status status = DR_OK;
    bool at_rest = false;
    for (size_t i = first_act; i < end_act && status == DR_OK; i++) {
        act *a = m->acts.p[i];
        at_rest = at_rest || a->rest;
        if (!a->taken && !a->part && !a->rest)
            status = open_act(m, a);
    }
    for (size_t i = 0; i < m->claims->claims.n && at_rest && status == DR_OK; i++) {
        if (m->claims->claims.p[i]->rule == r && !dr_vec_push(&own.claims, m->claims->claims.p[i]))
            status = DR_NOMEM;
    }
    for (size_t i = first_act; i < end_act && at_rest && status == DR_OK; i++) {
        act *a = m->acts.p[i];
        if (a->taken || a->part || !a->rest || claimed(m, &own, a) || part_of_another(m, first_act, end_act, a))
            continue;
        status = open_act(m, a);
        if (status == DR_OK && !dr_vec_push(&own.claims, m->claims->claims.p[m->claims->claims.n - 1]))
            status = DR_NOMEM;
    }
    dr_vec_free(&own.claims);
    return status;
}

dr_status claims_make(const reason_input *in, dr_arena *arena, const struct reason_question *question, claim_list *out, dr_err *err)
{
    maker m = { .in = in, .arena = arena, .claims = out };
    size_t n_rules = in->rules->rules.n;
    size_t *first_act = DR_NEW_ARRAY(arena, size_t, n_rules + 1); /* of each rule */
    m.part = DR_NEW_ARRAY(arena, uint8_t, fact_store_count(in->store) + 1);
    m.opened = DR_NEW_ARRAY(arena, act *, fact_store_count(in->store) + 1);
    dr_status status = m.part && m.opened && first_act ? triggers_collect(in, arena, out) : DR_NOMEM;
    if (status == DR_OK && question)
        status = question_inject(in, arena, question, out);
    size_t n_triggered = out->claims.n;
    for (size_t i = 0; status == DR_OK && i < n_rules; i++) {
        first_act[i] = m.acts.n;
        status = make_acts(&m, in->rules->rules.p[i]);
    }
    if (status == DR_OK) {
        first_act[n_rules] = m.acts.n;
        status = set_parts_aside(&m);
    }
    for (size_t i = 0; status == DR_OK && i < n_rules; i++) {
        status = assign(&m, in->rules->rules.p[i], n_triggered, first_act[i], first_act[i + 1]);
        if (status == DR_OK)
            status = open_rest(&m, in->rules->rules.p[i], first_act[i], first_act[i + 1]);
    }
    for (size_t i = 0; i < m.acts.n; i++)
        dr_vec_free(&m.acts.p[i]->effects);
    dr_vec_free(&m.acts);
    dr_vec_free(&m.open);
    dr_vec_free(&m.pairs);
    return status == DR_OK ? DR_OK : dr_fail(err, status, "%s", dr_status_text(status));
}
