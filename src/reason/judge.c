#include "reason/judge.h"

#define FAR_PAST (INT64_MIN / 4)
#define FAR_FUTURE (INT64_MAX / 4)

/* An object written this much before its act existed before it. */
#define BEFORE_ACT (2 * DR_TICKS_PER_S)

typedef struct judge {
    const reason_input *in;
    dr_arena *arena;
    const claim *claim;
    judgement *out;
    struct claim now; /* the claim, with what linked traces added to its values */
    int64_t effect_time;            /* of the effect's own record, DR_NO_TIME */
    const fact *effect;
    bool undated; /* nothing but state at rest opened it, and its time is that of a later change as well */
} judge;

static dr_status judge_trace(judge *j, size_t index);

int64_t trace_time(const reason_input *in, const trace_result *r)
{
    return r->n ? fact_store_at(in->store, r->facts[0].fact)->time : DR_NO_TIME;
}

bool trace_holds(const trace_result *r)
{
    for (size_t i = 0; i < r->n; i++) {
        if (!r->facts[i].demoted)
            return r->state == TRACE_FOUND;
    }
    return false;
}

/* Does A stand behind B? By record order inside one log, else by time. */
static bool stands_after(const fact *a, const fact *b)
{
    const fact_record *x = &a->records[0], *y = &b->records[0];
    if (a->host == b->host && x->channel && x->channel == y->channel && x->record_id && y->record_id)
        return x->record_id > y->record_id;
    if (a->time == DR_NO_TIME || b->time == DR_NO_TIME)
        return false;
    return a->time != b->time ? a->time > b->time : a->id > b->id;
}

static int by_place(const void *a, const void *b, void *context)
{
    const reason_input *in = context;
    const fact *x = fact_store_at(in->store, ((const found *)a)->fact), *y = fact_store_at(in->store, ((const found *)b)->fact);
    if (x->id == y->id)
        return 0;
    return stands_after(x, y) ? 1 : -1;
}

/* Is the fact among those found? From the 64th on by a set of bits, so that a claim of many effects
 * stays linear. */
static dr_status met_before(judge *j, trace_result *r, fact_id id, bool *met)
{
    enum { FEW = 64 };
    *met = false;
    if (r->n < FEW) {
        for (size_t i = 0; i < r->n; i++)
            *met |= r->facts[i].fact == id;
        return DR_OK;
    }
    if (!r->met) {
        r->met = DR_NEW_ARRAY(j->arena, uint8_t, fact_store_count(j->in->store) / 8 + 1);
        if (!r->met)
            return DR_NOMEM;
        for (size_t i = 0; i < r->n; i++)
            r->met[r->facts[i].fact / 8] |= (uint8_t)(1u << r->facts[i].fact % 8);
    }
    uint8_t bit = (uint8_t)(1u << id % 8);
    *met = (r->met[id / 8] & bit) != 0;
    r->met[id / 8] |= bit;
    return DR_OK;
}

static dr_status add_found(judge *j, trace_result *r, size_t *cap, const found *one)
{
    bool met;
    dr_status status = met_before(j, r, one->fact, &met);
    if (status != DR_OK || met)
        return status;
    if (r->n == *cap) {
        size_t wider = *cap ? *cap * 2 : 4;
        found *moved = DR_NEW_ARRAY(j->arena, found, wider);
        if (!moved)
            return DR_NOMEM;
        if (r->n)
            memcpy(moved, r->facts, r->n * sizeof *moved);
        r->facts = moved;
        *cap = wider;
    }
    r->facts[r->n++] = *one;
    return DR_OK;
}

/* The time from which a trace's window is counted. */
static int64_t anchor_time(const judge *j, const rule_trace *t)
{
    const claim *c = j->claim;
    size_t ref = t->after != TRACE_NONE_INDEX ? t->after : t->before;
    if (ref != TRACE_NONE_INDEX)
        return trace_time(j->in, &j->out->traces[ref]);
    bool of_effect = t->role == TRACE_COMPANION || t->role == TRACE_PART || t->role == TRACE_CONTEXT ||
                     (t->has_rung && t->rung == RUNG_PERSISTS);
    if (of_effect && j->effect_time != DR_NO_TIME)
        return j->effect_time;
    return c->time;
}

/* Order against the traces that this one refers to. False also when they were not found. */
static bool placed(const judge *j, const rule_trace *t, const fact *f)
{
    if (t->after != TRACE_NONE_INDEX) {
        const trace_result *r = &j->out->traces[t->after];
        if (!r->n || !stands_after(f, fact_store_at(j->in->store, r->facts[0].fact)))
            return false;
    }
    if (t->before != TRACE_NONE_INDEX) {
        const trace_result *r = &j->out->traces[t->before];
        if (!r->n || !stands_after(fact_store_at(j->in->store, r->facts[0].fact), f))
            return false;
    }
    if (t->during != TRACE_NONE_INDEX) {
        const trace_result *r = &j->out->traces[t->during];
        if (!r->n || f->time < trace_time(j->in, r) || f->time > fact_store_at(j->in->store, r->facts[r->n - 1].fact)->time)
            return false;
    }
    return true;
}

/* Holds one fact against the trace; a parameter that was not known may take its value when the tie is
 * one of identity or session. */
static dr_status consider(judge *j, const rule_trace *t, trace_result *r, size_t *cap, const fact *f, int64_t anchor)
{
    const reason_input *in = j->in;
    const claim *c = j->claim;
    found one = { .fact = f->id };
    if (f->host != c->host && !t->of_trigger)
        return DR_OK;
    if ((f->flags & FACT_FORGED) || (!t->at_rest && !claim_in_window(c, t, f, anchor)) || !placed(j, t, f))
        return DR_OK;
    fit fits = claim_where(in, c->rule, t->where, t->n_where, f, j->now.values, false);
    if (fits == FIT_NO)
        return DR_OK;
    if (t->of_trigger)
        one.link = FACT_LINK_IDENTITY;
    else {
        if (!claim_linked(in, &j->now, t, f, j->effect, &one.link, &one.weak) && t->role != TRACE_CONTEXT)
            return DR_OK;
        if (t->role == TRACE_CONTEXT && one.link == FACT_LINK_NONE && !t->has_window && t->after == TRACE_NONE_INDEX &&
            t->before == TRACE_NONE_INDEX)
            return DR_OK;
    }
    if (c->n_triggers && !t->of_trigger && (t->role == TRACE_OTHER || (t->has_rung && t->rung == RUNG_ACHIEVED)) &&
        !claim_order_holds(in, c, f, one.link))
        return DR_OK;
    if (fits == FIT_UNBOUND) { /* last: what is refused leaves no value */
        /* An object of that name that was written not before the act is taken for this one. */
        int64_t act = j->effect_time != DR_NO_TIME ? j->effect_time : c->time;
        bool written_since = t->at_rest && one.link >= FACT_LINK_NAME && f->time != DR_NO_TIME && act != DR_NO_TIME && f->time >= act - BEFORE_ACT;
        if (one.link < FACT_LINK_SESSION && !written_since)
            return DR_OK;
        dr_str values[RULE_MAX_PARAMS];
        memcpy(values, j->now.values, sizeof values);
        if (claim_where(in, c->rule, t->where, t->n_where, f, values, true) != FIT_YES)
            return DR_OK;
        for (size_t p = 0; p < c->rule->n_params && t->role != TRACE_CONTEXT && t->role != TRACE_OTHER; p++) {
            if (!j->now.values[p].p && values[p].p)
                j->out->values[p] = values[p];
        }
        memcpy(j->now.values, values, sizeof values);
    }
    return add_found(j, r, cap, &one);
}

/* So many facts are looked at one by one sooner than an index is made. */
#define FEW_FACTS 32u

/* Facts that a condition on a known parameter leaves, in the order of time: those whose attribute may be
 * equal to it, and those that do not have the attribute, for they may be tied otherwise. */
typedef struct candidates {
    const fact_id *equal, *without;
    size_t n_equal, n_without;
    bool unique; /* the attribute names one object: those that have it are asked before those without */
} candidates;

/* Can facts be looked up by the condition: one parameter, and it is known? */
static bool can_look_up(const judge *j, const rule_where *w)
{
    return w->n == 1 && w->values[0].op == VALUE_PARAM && j->now.values[w->values[0].param].p && vocab_attr_of(j->in->vocab, w->key);
}

static bool names_one_object(const judge *j, const rule_where *w)
{
    const vocab_attr *attr = vocab_attr_of(j->in->vocab, w->key);
    return attr && (attr->type == FACT_SID || attr->type == FACT_HASH);
}

/* False where the trace has no condition by which facts can be looked up. Of several that which leaves
 * the fewest, but one that names one object before all others. Less than ENOUGH facts are not worth it. */
static bool look_up(const judge *j, const rule_trace *t, uint16_t kind, size_t enough, candidates *out)
{
    bool any = false, unique = false;
    for (size_t i = 0; i < t->n_where; i++)
        unique = unique || (can_look_up(j, &t->where[i]) && names_one_object(j, &t->where[i]));
    for (size_t i = 0; i < t->n_where && (unique || enough > FEW_FACTS) && !(any && unique); i++) {
        const rule_where *w = &t->where[i];
        if (!can_look_up(j, w) || names_one_object(j, w) != unique)
            continue;
        fact_store *store = j->in->store;
        size_t param = w->values[0].param;
        fact_key_of of = param_key_of(j->claim->rule->params[param].type);
        candidates c = { .unique = unique };
        c.equal = fact_store_find(store, kind, j->claim->host, w->key, of, j->now.values[param], &c.n_equal);
        c.without = fact_store_without(store, kind, j->claim->host, w->key, of, &c.n_without);
        if (any && c.n_equal + c.n_without >= out->n_equal + out->n_without)
            continue;
        *out = c;
        any = true;
    }
    return any && (unique || out->n_equal + out->n_without < enough);
}

/* Facts of one time stand in the order of their ids. */
static bool earlier(const fact_store *store, fact_id a, fact_id b)
{
    int64_t x = fact_store_at(store, a)->time, y = fact_store_at(store, b)->time;
    return x != y ? x < y : a < b;
}

static dr_status consider_candidates(judge *j, const rule_trace *t, trace_result *r, size_t *cap, const candidates *c, int64_t anchor)
{
    const fact_store *store = j->in->store;
    dr_status status = DR_OK;
    for (size_t e = 0, w = 0; status == DR_OK && (e < c->n_equal || w < c->n_without);) {
        bool equal = w == c->n_without || (e < c->n_equal && (c->unique || earlier(store, c->equal[e], c->without[w])));
        status = consider(j, t, r, cap, fact_store_at(store, equal ? c->equal[e++] : c->without[w++]), anchor);
    }
    return status;
}

static dr_status search_kind(judge *j, const rule_trace *t, trace_result *r, size_t *cap, uint16_t kind, int64_t anchor)
{
    fact_store *store = j->in->store;
    size_t n, low = 0, end;
    const fact_id *ids = fact_store_kind(store, kind, &n);
    end = n;
    bool bounded = t->has_window && anchor != DR_NO_TIME && !t->at_rest;
    if (bounded) { /* exact bounds are checked by consider() */
        low = fact_store_not_before(store, ids, n, anchor + t->from - CLAIM_HOST_SKEW - DR_TICKS_PER_S);
        end = fact_store_not_before(store, ids, n, anchor + t->to + CLAIM_HOST_SKEW + DR_TICKS_PER_S + 1);
    }
    candidates c = { 0 };
    if (look_up(j, t, kind, end - low, &c))
        return consider_candidates(j, t, r, cap, &c, anchor);
    dr_status status = DR_OK;
    for (; low < end && status == DR_OK; low++)
        status = consider(j, t, r, cap, fact_store_at(store, ids[low]), anchor);
    return status;
}

static bool kind_in(const rule_trace *t, uint16_t kind)
{
    for (size_t i = 0; i < t->n_kinds; i++) {
        if (t->kinds[i] == kind)
            return true;
    }
    return false;
}

/* Facts of the innermost run whose own arguments matched. */
static dr_status search_trigger(judge *j, const rule_trace *t, trace_result *r, size_t *cap)
{
    run_id id = j->claim->n_triggers ? j->claim->triggers[0].run : 0;
    if (!id || j->claim->triggers[0].how == HOW_COMMAND)
        return DR_OK;
    const run *own = run_at(j->in->runs, id);
    size_t n;
    const fact_id *facts = run_facts(j->in->runs, id, &n);
    for (size_t i = 0; i <= n; i++) {
        fact_id one = i < n ? facts[i] : own->exited;
        if (!one || !kind_in(t, fact_store_at(j->in->store, one)->kind))
            continue;
        dr_status status = consider(j, t, r, cap, fact_store_at(j->in->store, one), DR_NO_TIME);
        if (status != DR_OK)
            return status;
    }
    return DR_OK;
}

/* Is it another object, by what identifies it on both sides (a RID, a GUID)? */
static bool another_object(const judge *j, const rule_trace *t, const fact *f)
{
    for (size_t w = 0; w < t->n_where; w++) {
        const vocab_attr *attr = vocab_attr_of(j->in->vocab, t->where[w].key);
        const rule_value *v = &t->where[w].values[0];
        if (!attr || attr->link != FACT_LINK_IDENTITY || t->where[w].n != 1 || v->op != VALUE_PARAM || !j->now.values[v->param].n ||
            !fact_has(f, t->where[w].key))
            continue;
        if (!param_equal(j->claim->rule->params[v->param].type, j->now.values[v->param], fact_get(f, t->where[w].key)))
            return true;
    }
    return false;
}

/* Is there an object at rest that agrees in some of what is known of it? Then it cannot be said that the
 * object is gone: it may stand there under another name. */
static bool something_like_it(judge *j, const rule_trace *t)
{
    for (size_t k = 0; k < t->n_kinds; k++) {
        size_t n;
        const fact_id *ids = fact_store_kind(j->in->store, t->kinds[k], &n);
        for (size_t i = 0; i < n; i++) {
            const fact *f = fact_store_at(j->in->store, ids[i]);
            if ((f->flags & FACT_RECOVERED) || another_object(j, t, f))
                continue;
            for (size_t w = 0; w < t->n_where && f->host == j->claim->host; w++) {
                if (fact_has(f, t->where[w].key) && t->where[w].values[0].op == VALUE_PARAM &&
                    claim_where(j->in, j->claim->rule, &t->where[w], 1, f, j->now.values, false) == FIT_YES)
                    return true;
            }
        }
    }
    return false;
}

/* Where silence counts, it is asked for over the window in which the record would stand. */
static void ask_silence(judge *j, const rule_trace *t, trace_result *r, int64_t anchor)
{
    const reason_input *in = j->in;
    const claim *c = j->claim;
    fact_attr attrs[16];
    silence_question q = { .host = c->host, .at_rest = t->at_rest, .near = c->time, .attrs = attrs };
    silence_answer best = { .reason = COV_NO_RECORDER };
    bool known = t->n_where == 0, any = false;

    for (size_t i = 0; i < t->n_where; i++) {
        const rule_where *w = &t->where[i];
        bool is_param = w->n == 1 && w->values[0].op == VALUE_PARAM;
        dr_str v = is_param ? j->now.values[w->values[0].param] : w->n == 1 && w->values[0].op == VALUE_EQUAL ? w->values[0].text : DR_STR_NONE;
        if (!is_param)
            continue;
        if (v.p) {
            known = true;
            if (q.n_attrs < sizeof attrs / sizeof attrs[0])
                attrs[q.n_attrs++] = (fact_attr){ w->key, v };
        }
    }
    for (size_t i = 0; i < t->n_links && !known; i++)
        known = c->n_triggers > 0; /* the link would have tied it */
    bool constant_only = true;
    for (size_t i = 0; i < t->n_where; i++)
        constant_only = constant_only && !(t->where[i].n == 1 && t->where[i].values[0].op == VALUE_PARAM);
    r->state = TRACE_UNKNOWN;
    if (!known && !constant_only) {
        r->reason = COV_UNBOUND;
        return;
    }
    q.route = c->n_triggers && c->triggers[0].rule ? c->triggers[0].rule->route : DR_STR_NONE;
    q.from = anchor == DR_NO_TIME || j->undated ? FAR_PAST : t->has_window ? anchor + t->from : anchor;
    q.to = anchor == DR_NO_TIME ? FAR_FUTURE : t->has_window ? anchor + t->to : FAR_FUTURE;
    if (t->until == UNTIL_BOOT && anchor != DR_NO_TIME) {
        int64_t end = boot_end(in->runs, c->host, anchor);
        q.to = end != DR_NO_TIME ? end : anchor;
    } else if (!t->has_window && !t->at_rest && anchor != DR_NO_TIME)
        q.to = anchor + DR_TICKS_PER_MIN;
    run_id own = c->n_triggers && c->triggers[0].how == HOW_PROCESS ? c->triggers[0].run : 0;
    if (t->after_exit >= 0 && own && run_at(in->runs, own)->end != DR_NO_TIME && run_at(in->runs, own)->end + t->after_exit < q.to)
        q.to = run_at(in->runs, own)->end + t->after_exit;
    if (t->at_rest)
        q.from = q.to = j->effect_time != DR_NO_TIME ? j->effect_time : c->time;
    for (size_t i = 0; i < t->n_kinds; i++) {
        silence_answer a = { .reason = COV_NO_RECORDER };
        q.kind = t->kinds[i];
        in->silence.ask(in->silence.context, j->arena, &q, &a);
        bool better = !any || (a.reason == COV_COVERED && (best.reason != COV_COVERED || a.grade > best.grade)) ||
                      (best.reason == COV_NO_RECORDER && a.reason != COV_NO_RECORDER);
        if (better)
            best = a;
        any = true;
    }
    r->reason = best.reason;
    r->why = best.text;
    r->silence_grade = best.grade;
    r->as_of = best.as_of;
    if (best.reason == COV_COVERED && t->at_rest && something_like_it(j, t)) {
        r->reason = COV_UNBOUND;
        r->why = DR_STR("something like it is there; whether it is the same cannot be told");
    } else if (best.reason == COV_COVERED) {
        r->state = TRACE_ABSENT;
        if (t->until == UNTIL_NONE && c->n_triggers && c->triggers[0].rule && c->triggers[0].rule->idempotent &&
            t->has_rung && t->rung == RUNG_ACHIEVED) {
            r->state = TRACE_UNKNOWN;
            r->reason = COV_NO_CHANGE;
            r->why = DR_STR("repeating it changes nothing and leaves no record, and the state before it is not known");
        }
    }
}

static dr_status judge_all(judge *j, const rule_trace *t, trace_result *r)
{
    size_t cap = 0, n_found = 0;
    for (size_t i = 0; i < t->n_all; i++) {
        dr_status status = judge_trace(j, t->all[i]);
        if (status != DR_OK)
            return status;
        const trace_result *part = &j->out->traces[t->all[i]];
        n_found += part->state == TRACE_FOUND;
        for (size_t k = 0; k < part->n; k++) {
            status = add_found(j, r, &cap, &part->facts[k]);
            if (status != DR_OK)
                return status;
        }
        if (i == 0 && part->state != TRACE_FOUND) { /* absent when its first is */
            r->state = part->state;
            r->reason = part->reason;
            r->why = part->why;
            r->silence_grade = part->silence_grade;
        }
    }
    if (n_found == t->n_all)
        r->state = TRACE_FOUND;
    else if (n_found || r->state == TRACE_FOUND) {
        r->state = TRACE_UNKNOWN;
        if (r->reason == COV_COVERED)
            r->reason = COV_UNBOUND;
    }
    return DR_OK;
}

/* Nothing but residue of what was deleted. */
static bool only_residue(const judge *j, const rule_trace *t, const trace_result *r)
{
    for (size_t i = 0; i < r->n; i++) {
        if (!(fact_store_at(j->in->store, r->facts[i].fact)->flags & FACT_RECOVERED))
            return false;
    }
    return t->at_rest;
}

static dr_status judge_trace(judge *j, size_t index)
{
    const rule_trace *t = &j->claim->rule->traces[index];
    trace_result *r = &j->out->traces[index];
    dr_status status = DR_OK;
    if (r->judged || r->judging) /* a circle of references ends here */
        return DR_OK;
    r->judging = true;
    r->state = TRACE_UNKNOWN;
    r->as_of = DR_NO_TIME;
    const size_t refs[] = { t->after, t->before, t->during };
    for (size_t i = 0; i < 3 && status == DR_OK; i++) {
        if (refs[i] != TRACE_NONE_INDEX)
            status = judge_trace(j, refs[i]);
    }
    if (status == DR_OK && t->n_all)
        status = judge_all(j, t, r);
    else if (status == DR_OK) {
        size_t cap = 0;
        int64_t anchor = anchor_time(j, t);
        bool lost = (t->after != TRACE_NONE_INDEX && !j->out->traces[t->after].n) ||
                    (t->before != TRACE_NONE_INDEX && !j->out->traces[t->before].n) ||
                    (t->during != TRACE_NONE_INDEX && !j->out->traces[t->during].n);
        for (size_t i = 0; i < j->claim->n_effects && status == DR_OK; i++) {
            const claim_effect *e = &j->claim->effects[i];
            if (e->trace == index) {
                found one = { .fact = e->fact, .link = e->link, .weak = e->weak };
                status = add_found(j, r, &cap, &one);
            }
        }
        if (status == DR_OK && t->of_trigger)
            status = search_trigger(j, t, r, &cap);
        for (size_t i = 0; i < t->n_kinds && status == DR_OK && !t->of_trigger && !lost && (!t->opens || t->at_rest); i++)
            status = search_kind(j, t, r, &cap, t->kinds[i], anchor);
        if (status == DR_OK && r->n > 1 && !dr_sort(r->facts, r->n, sizeof *r->facts, by_place, (void *)(uintptr_t)j->in))
            status = DR_NOMEM;
        if (r->n && !only_residue(j, t, r))
            r->state = TRACE_FOUND;
        else if (lost)
            r->reason = COV_UNBOUND;
        else if (t->of_trigger && (!j->claim->n_triggers || !j->claim->triggers[0].run))
            r->reason = COV_UNBOUND;
        else if (status == DR_OK)
            ask_silence(j, t, r, anchor);
    }
    r->judged = true;
    return status;
}

/* Of several outcomes of one group the last one counts, whichever role it has. */
static void keep_latest(judge *j)
{
    const rule *r = j->claim->rule;
    for (size_t i = 0; i < r->n_traces; i++) {
        if (!r->traces[i].latest.n)
            continue;
        const fact *last = NULL;
        for (size_t k = 0; k < r->n_traces; k++) {
            const trace_result *other = &j->out->traces[k];
            if (!dr_str_eq(r->traces[k].latest, r->traces[i].latest))
                continue;
            for (size_t n = 0; n < other->n; n++) {
                const fact *f = fact_store_at(j->in->store, other->facts[n].fact);
                if (!last || stands_after(f, last))
                    last = f;
            }
        }
        for (size_t n = 0; last && n < j->out->traces[i].n; n++) {
            if (j->out->traces[i].facts[n].fact != last->id)
                j->out->traces[i].facts[n].demoted = true;
        }
    }
}

/* A trace whose being found is explained by another one loses its force. */
static dr_status apply_unless(judge *j)
{
    const rule *r = j->claim->rule;
    for (size_t i = 0; i < r->n_traces; i++) {
        trace_result *own = &j->out->traces[i];
        bool explained = false;
        for (size_t k = 0; own->n && k < r->traces[i].n_unless; k++)
            explained = explained || j->out->traces[r->traces[i].unless[k]].state == TRACE_FOUND;
        if (own->n && !explained && r->traces[i].unless_not_covered_before && r->traces[i].n_kinds) {
            const fact *f = fact_store_at(j->in->store, own->facts[0].fact);
            if (!dr_time_is(f->time))
                continue;
            silence_question q = { .host = f->host, .kind = f->kind, .from = f->time - DR_TICKS_PER_MIN, .to = f->time, .near = f->time };
            silence_answer a = { .reason = COV_NO_RECORDER };
            j->in->silence.ask(j->in->silence.context, j->arena, &q, &a);
            /* Something of this kind was announced earlier and this was not among it: as good. */
            size_t n;
            const fact_id *ids = fact_store_kind(j->in->store, f->kind, &n);
            bool earlier = false;
            for (size_t e = 0; e < n && !earlier; e++) {
                const fact *other = fact_store_at(j->in->store, ids[e]);
                earlier = other->host == f->host && other->id != f->id && stands_after(f, other);
            }
            explained = a.reason != COV_COVERED && !earlier;
        }
        for (size_t n = 0; explained && n < own->n; n++)
            own->facts[n].demoted = true;
    }
    return DR_OK;
}

/* May a fact of this kind carry the rung? */
static bool reaches(const judge *j, const fact *f, rung step)
{
    return j->in->vocab->kinds[f->kind].ceiling >= step;
}

static dr_status add_evidence(judge *j, rung step, evidence_role role, dr_str trace, const found *one, dr_str text)
{
    size_t on_rung = 0;
    verdict_evidence row = { .rung = step, .role = role, .trace = trace, .fact = one->fact, .link = one->link, .text = text };
    const fact *f = fact_store_at(j->in->store, one->fact);
    if (role == ROLE_PROVES && !reaches(j, f, step)) {
        /* A real child shows that its parent ran; what else is below the rung only helps another to it. */
        if (step == RUNG_STARTED && f->kind == j->in->names->kind_process_created)
            row.trace = DR_STR("child");
        else
            row.role = ROLE_SUPPORTS;
    }
    for (size_t i = 0; i < j->out->evidence.n; i++) {
        const verdict_evidence *e = &j->out->evidence.p[i];
        if (e->fact == row.fact && e->rung == step)
            return DR_OK;
        on_rung += e->rung == step;
    }
    j->out->evidence_total++;
    if (on_rung >= DR_EVIDENCE_PER_RUNG)
        return DR_OK;
    return dr_vec_push(&j->out->evidence, row) ? DR_OK : DR_NOMEM;
}

static dr_status add_missing(judge *j, rung step, dr_str what, cov_reason reason, dr_str text)
{
    verdict_missing row = { step, what, reason, text };
    for (size_t i = 0; i < j->out->missing.n; i++) {
        if (j->out->missing.p[i].rung == step && dr_str_eq(j->out->missing.p[i].what, what))
            return DR_OK;
    }
    return dr_vec_push(&j->out->missing, row) ? DR_OK : DR_NOMEM;
}

/* The strength of one found fact for its rung. */
static grade found_grade(const judge *j, const rule_trace *t, const found *one)
{
    const fact *f = fact_store_at(j->in->store, one->fact);
    if (!t->direct)
        return GRADE_C;
    if (f->flags & FACT_RECOVERED)
        return GRADE_C;
    grade g = GRADE_A;
    if (j->claim->n_triggers && t->rung == RUNG_ACHIEVED) {
        g = one->link == FACT_LINK_IDENTITY                   ? GRADE_A
            : one->link == FACT_LINK_SESSION && !one->weak    ? GRADE_A
                                                              : GRADE_B;
    }
    if ((f->flags & FACT_CLASSIC)) {
        /* Any local user can write such a record: it needs a second one of the act beside it. */
        bool companion = false;
        for (size_t i = 0; i < j->claim->rule->n_traces && !companion; i++) {
            const trace_result *r = &j->out->traces[i];
            for (size_t n = 0; n < r->n && !companion; n++)
                companion = r->facts[n].fact != one->fact;
        }
        if (!companion)
            g = GRADE_C;
        else if (!j->claim->n_triggers && g == GRADE_A)
            g = GRADE_B;
    }
    return g;
}

typedef struct tally {
    bool direct, indirect, control, crash;
    grade best;
    dr_sym channels[2];
    size_t n_channels;
} tally;

static void count(const judge *j, const rule_trace *t, const found *one, tally *sum)
{
    const fact *f = fact_store_at(j->in->store, one->fact);
    grade g = found_grade(j, t, one);
    if (t->direct)
        sum->direct = true;
    else
        sum->indirect = true;
    if (g > sum->best)
        sum->best = g;
    sum->control = sum->control || t->control || j->in->vocab->kinds[f->kind].control;
    sum->crash = sum->crash || t->crash;
    dr_sym channel = f->records[0].channel;
    bool seen = false;
    for (size_t i = 0; i < sum->n_channels; i++)
        seen = seen || sum->channels[i] == channel;
    if (!seen && sum->n_channels < 2 && t->direct && !(f->flags & (FACT_CLASSIC | FACT_RECOVERED)))
        sum->channels[sum->n_channels++] = channel;
}

static dr_status judge_rung(judge *j, rung step)
{
    const rule *r = j->claim->rule;
    judgement *o = j->out;
    tally proofs = { 0 }, refutations = { 0 };
    dr_status status = DR_OK;
    bool absent = false, gone = false, open_rest = false, ask = false;
    grade covered_grade = GRADE_NONE;

    for (size_t i = 0; i < r->n_traces && status == DR_OK; i++) {
        const rule_trace *t = &r->traces[i];
        trace_result *result = &o->traces[i];
        if (!t->has_rung || t->rung != step || (t->role != TRACE_PROVES && t->role != TRACE_REFUTES))
            continue;
        for (size_t n = 0; n < result->n && status == DR_OK && result->state == TRACE_FOUND; n++) {
            const found *one = &result->facts[n];
            evidence_role role = one->demoted ? ROLE_CONTEXT : t->role == TRACE_PROVES ? ROLE_PROVES : ROLE_REFUTES;
            status = add_evidence(j, step, role, t->name, one, t->say);
            bool carries = t->role != TRACE_PROVES || reaches(j, fact_store_at(j->in->store, one->fact), step);
            if (!one->demoted && carries)
                count(j, t, one, t->role == TRACE_PROVES ? &proofs : &refutations);
        }
        for (size_t n = 0; n < result->n && status == DR_OK && t->at_rest && result->state != TRACE_FOUND; n++)
            status = add_evidence(j, step, ROLE_CONTEXT, t->name, &result->facts[n], t->say);
        if (result->state == TRACE_FOUND && t->at_rest && t->role == TRACE_PROVES && !trace_holds(result) && result->why.n)
            status = add_missing(j, step, j->in->vocab->kinds[t->kinds[0]].name, result->reason == COV_COVERED ? COV_UNBOUND : result->reason,
                                 result->why);
        if (result->state == TRACE_FOUND || t->role != TRACE_PROVES)
            continue;
        ask = true;
        open_rest = open_rest || (t->at_rest && result->state == TRACE_UNKNOWN);
        if (t->at_rest && result->state == TRACE_ABSENT) {
            gone = true;
            if (result->silence_grade > covered_grade)
                covered_grade = result->silence_grade;
            if (result->as_of != DR_NO_TIME && result->as_of > o->as_of)
                o->as_of = result->as_of;
        }
        if (t->silent_counts && result->state == TRACE_ABSENT) {
            absent = true;
            if (result->silence_grade > covered_grade)
                covered_grade = result->silence_grade;
        }
    }
    if (status != DR_OK)
        return status;
    gone = gone && !open_rest; /* where it may stand elsewhere, it is not gone */

    rung_state *s = &o->states[step];
    grade *g = &o->grades[step];
    if (proofs.direct && refutations.direct) {
        *s = STATE_CONFLICTING;
        *g = proofs.best < refutations.best ? proofs.best : refutations.best;
    } else if (proofs.direct || (proofs.indirect && !refutations.direct && !refutations.indirect)) {
        *s = STATE_PROVED;
        *g = proofs.n_channels > 1 ? GRADE_A : proofs.best;
    } else if (refutations.direct || (refutations.indirect && !proofs.indirect)) {
        *s = STATE_REFUTED;
        *g = refutations.n_channels > 1 ? GRADE_A : refutations.best;
        if (refutations.control)
            o->marks |= MARK_CONTROL;
    } else if (proofs.indirect && refutations.indirect) {
        *s = STATE_CONFLICTING;
        *g = GRADE_C;
    } else if (gone && step == RUNG_PERSISTS && o->states[RUNG_ACHIEVED] == STATE_PROVED) {
        *s = STATE_REFUTED; /* it came about, and is not in what was read whole and is younger */
        *g = covered_grade;
    } else if (absent || gone) {
        *s = STATE_ABSENT;
        *g = covered_grade;
    }
    if (proofs.crash && *s == STATE_PROVED)
        o->marks |= MARK_CRASH;

    /* What an indirect sign says against a direct one is context. */
    for (size_t i = 0; i < o->evidence.n; i++) {
        verdict_evidence *e = &o->evidence.p[i];
        if (e->rung == step && ((*s == STATE_PROVED && e->role == ROLE_REFUTES) || (*s == STATE_REFUTED && e->role == ROLE_PROVES)))
            e->role = ROLE_CONTEXT;
    }
    /* What was looked for. */
    bool open = *s == STATE_UNKNOWN || *s == STATE_ABSENT || (*s == STATE_REFUTED && gone);
    for (size_t i = 0; i < r->n_traces && status == DR_OK && ask && open; i++) {
        const rule_trace *t = &r->traces[i];
        const rule_trace *named = t->n_kinds || !t->n_all ? t : &r->traces[t->all[0]]; /* several together: by the first */
        const trace_result *result = &o->traces[i];
        if (!t->has_rung || t->rung != step || t->role != TRACE_PROVES || result->state == TRACE_FOUND || !named->n_kinds)
            continue;
        bool counts = t->silent_counts || (t->at_rest && step == RUNG_PERSISTS);
        cov_reason reason = result->state == TRACE_ABSENT ? (counts ? COV_COVERED : COV_ROUTE) : result->reason;
        dr_str why = result->why;
        if (result->state == TRACE_ABSENT && !counts)
            why = DR_STR("not there, but it is not always written");
        status = add_missing(j, step, j->in->vocab->kinds[named->kinds[0]].name, reason, why);
    }
    return status;
}

static dr_status judge_lower_rungs(judge *j)
{
    const claim *c = j->claim;
    judgement *o = j->out;
    dr_status status = DR_OK;
    for (size_t i = 0; i < c->n_triggers && status == DR_OK; i++) {
        const claim_trigger *t = &c->triggers[i];
        const run *r = t->run ? run_at(j->in->runs, t->run) : NULL;
        found one = { .fact = t->fact, .link = i ? FACT_LINK_IDENTITY : FACT_LINK_NONE };
        if (t->fact)
            status = add_evidence(j, RUNG_ATTEMPTED, ROLE_PROVES, DR_STR("trigger"), &one, t->text);
        for (uint32_t k = 0; r && k < r->n_created && status == DR_OK; k++) {
            one.fact = r->created[k];
            one.link = FACT_LINK_IDENTITY;
            status = add_evidence(j, RUNG_ATTEMPTED, ROLE_PROVES, DR_STR("trigger"), &one, t->text);
        }
        if (t->fact || (r && r->n_created)) {
            o->states[RUNG_ATTEMPTED] = STATE_PROVED;
            o->grades[RUNG_ATTEMPTED] = GRADE_A;
        }
        if (t->fact && t->runs_it && status == DR_OK) {
            one.fact = t->fact;
            o->states[RUNG_STARTED] = STATE_PROVED;
            o->grades[RUNG_STARTED] = GRADE_A;
            status = add_evidence(j, RUNG_STARTED, ROLE_PROVES, DR_STR("trigger"), &one, t->text);
        }
    }
    /* The run whose own arguments matched. A wrapper's run says nothing about what it names. */
    for (size_t i = 0; i < c->n_triggers && status == DR_OK; i++) {
        const claim_trigger *t = &c->triggers[i];
        if (!t->run || t->how != HOW_PROCESS)
            continue;
        run_state s;
        run_judge(j->in, t->run, &s);
        if (!o->run_known || (i && s.started == STATE_PROVED && o->run.started != STATE_PROVED))
            o->run = s;
        if (!o->run_known || o->run.started == s.started) {
            for (size_t k = 0; k < s.n_proofs && status == DR_OK; k++)
                status = add_evidence(j, RUNG_STARTED, s.started == STATE_REFUTED || j->claim->rule->own_started ? ROLE_CONTEXT : ROLE_PROVES, DR_STR("run"), &s.proofs[k], DR_STR_NONE);
            for (size_t k = 0; k < s.n_refutations && status == DR_OK; k++)
                status = add_evidence(j, RUNG_STARTED, s.started == STATE_PROVED ? ROLE_CONTEXT : ROLE_REFUTES, DR_STR("run"), &s.refutations[k], DR_STR_NONE);
        }
        o->run_known = true;
    }
    if (o->run_known && o->states[RUNG_STARTED] != STATE_PROVED && o->run.started != STATE_UNKNOWN &&
        (!j->claim->rule->own_started || o->run.started == STATE_REFUTED)) {
        o->states[RUNG_STARTED] = o->run.started;
        o->grades[RUNG_STARTED] = o->run.started_grade;
        o->marks |= o->run.marks;
    }
    return status;
}

/* Who undid it, as far as the records tell. */
static void judge_undoing(judge *j)
{
    const entity_names *a = j->in->names;
    judgement *o = j->out;
    if (o->states[RUNG_PERSISTS] != STATE_REFUTED)
        return;
    o->undone_by = UNDONE_UNKNOWN;
    for (size_t i = 0; i < o->evidence.n; i++) {
        const verdict_evidence *e = &o->evidence.p[i];
        if (e->rung != RUNG_PERSISTS || e->role != ROLE_REFUTES)
            continue;
        const fact *f = fact_store_at(j->in->store, e->fact);
        dr_str session = fact_get(f, a->actor_logon_id);
        dr_str own = j->effect ? fact_get(j->effect, a->actor_logon_id) : DR_STR_NONE;
        if (!session.n)
            continue;
        if (own.n && session_same(j->in->runs, f->host, own, session))
            o->undone_by = UNDONE_SAME_SESSION;
        else if (toolset_service_logon(j->in->tools, session))
            o->undone_by = UNDONE_SYSTEM;
        else if (own.n)
            o->undone_by = UNDONE_ANOTHER;
        return;
    }
}

/* Objects at rest: younger than the effect and this very object prove that it persists; written before
 * the act, they existed before it. */
static void weigh_at_rest(judge *j)
{
    const rule *r = j->claim->rule;
    for (size_t i = 0; i < r->n_traces; i++) {
        trace_result *result = &j->out->traces[i];
        if (!r->traces[i].at_rest || !result->n)
            continue;
        /* When the act took place: by its effect, else by what set it off. */
        int64_t act = j->effect_time != DR_NO_TIME ? j->effect_time : j->claim->n_triggers ? j->claim->time : DR_NO_TIME;
        for (size_t n = 0; n < result->n; n++) {
            const fact *f = fact_store_at(j->in->store, result->facts[n].fact);
            silence_question q = { .host = f->host, .kind = f->kind, .at_rest = true, .near = f->time };
            silence_answer a = { .reason = COV_NO_RECORDER, .as_of = DR_NO_TIME };
            q.from = q.to = act != DR_NO_TIME ? act : f->time;
            j->in->silence.ask(j->in->silence.context, j->arena, &q, &a);
            int64_t as_of = a.as_of;
            if (as_of == DR_NO_TIME && j->in->source_as_of)
                as_of = j->in->source_as_of(j->in->source_context, f->records[0].source);
            if (as_of == DR_NO_TIME && !dr_str_to_i64(fact_get(f, j->in->names->as_of), &as_of))
                as_of = DR_NO_TIME;
            if (as_of != DR_NO_TIME && as_of > j->out->as_of)
                j->out->as_of = as_of;
            if (f->flags & FACT_RECOVERED) {
                result->facts[n].demoted = true; /* residue is no state */
                result->why = result->state == TRACE_FOUND ? DR_STR("what is there is residue of something deleted") : result->why;
            }
            int64_t written;
            bool dated = r->traces[i].written && dr_str_to_i64(fact_get(f, r->traces[i].written), &written);
            if (r->traces[i].written && act != DR_NO_TIME && (!dated || written < act - BEFORE_ACT || written > act + BEFORE_ACT)) {
                result->facts[n].demoted = true; /* another act made it what it is */
                result->reason = COV_UNBOUND;
                result->why = DR_STR("what stands there was not written by that act");
            }
            /* Older than the effect; a store whose objects bear no times says only a lower bound of its own. */
            if (act != DR_NO_TIME && a.as_of != DR_NO_TIME && a.as_of < act && f->time != DR_NO_TIME) {
                result->facts[n].demoted = true;
                result->reason = COV_OUT_OF_SPAN;
                result->why = DR_STR("what is at rest was collected as of a time before that");
            } else if (act != DR_NO_TIME && result->facts[n].link < FACT_LINK_IDENTITY && f->time != DR_NO_TIME &&
                       f->time < act - BEFORE_ACT) {
                result->facts[n].demoted = true; /* it existed before */
                result->reason = COV_UNBOUND;
                result->why = DR_STR("something of that name is there, but it was written before that");
            }
        }
    }
}

dr_status claim_judge(const reason_input *in, dr_arena *arena, const claim *c, judgement *out)
{
    judge j = { .in = in, .arena = arena, .claim = c, .out = out, .now = *c, .effect_time = DR_NO_TIME };
    const rule *r = c->rule;
    *out = (judgement){ .claim = c, .as_of = DR_NO_TIME };
    out->run.lifetime = -1;
    memcpy(out->values, c->values, sizeof out->values);
    for (size_t i = 0; i < c->n_effects; i++) {
        const rule_trace *t = &r->traces[c->effects[i].trace];
        const fact *f = fact_store_at(in->store, c->effects[i].fact);
        bool proves = t->role == TRACE_PROVES && t->rung == RUNG_ACHIEVED && !t->at_rest;
        if (!t->at_rest && (!j.effect || (proves && (j.effect_time == DR_NO_TIME)))) {
            j.effect = f;
            if (proves)
                j.effect_time = f->time;
        }
    }
    bool dated = c->n_triggers > 0 || !c->n_effects;
    for (size_t i = 0; i < c->n_effects; i++) {
        const rule_trace *t = &r->traces[c->effects[i].trace];
        dated = dated || !t->at_rest || t->dated;
    }
    j.undated = !dated;
    if (j.effect && j.effect_time == DR_NO_TIME && !c->n_triggers)
        j.effect_time = j.effect->time;

    dr_status status = DR_OK;
    for (size_t i = 0; i < r->n_traces && status == DR_OK; i++)
        status = judge_trace(&j, i);
    if (status == DR_OK) {
        keep_latest(&j);
        status = apply_unless(&j);
        weigh_at_rest(&j);
    }
    if (status == DR_OK)
        status = judge_lower_rungs(&j);
    for (rung step = 0; step < RUNG_COUNT && status == DR_OK; step++) {
        rung_state before = out->states[step];
        grade grade_before = out->grades[step];
        status = judge_rung(&j, step);
        if (out->states[step] == STATE_UNKNOWN || (out->states[step] == STATE_ABSENT && before != STATE_UNKNOWN)) {
            out->states[step] = before;
            out->grades[step] = grade_before;
        }
        if (r->not_applicable[step])
            out->states[step] = STATE_NOT_APPLICABLE;
    }
    if (status != DR_OK)
        return status;

    for (size_t i = 0; i < r->n_traces && status == DR_OK; i++) {
        const rule_trace *t = &r->traces[i];
        const trace_result *result = &out->traces[i];
        if (t->role == TRACE_COMPANION && result->state == TRACE_ABSENT && out->states[RUNG_ACHIEVED] == STATE_PROVED) {
            out->anomalous = true;
            if (out->grades[RUNG_ACHIEVED] > GRADE_C)
                out->grades[RUNG_ACHIEVED]--;
        }
        if (t->role == TRACE_OTHER && trace_holds(result))
            out->marks |= MARK_OTHER_EFFECT;
        if (t->role == TRACE_COMPANION || t->role == TRACE_PART || t->role == TRACE_CONTEXT || t->role == TRACE_OTHER) {
            for (size_t n = 0; n < result->n && status == DR_OK && result->state == TRACE_FOUND; n++)
                status = add_evidence(&j, RUNG_ACHIEVED, t->role == TRACE_COMPANION || t->role == TRACE_PART ? ROLE_SUPPORTS : ROLE_CONTEXT,
                                      t->name, &result->facts[n], t->say);
        }
    }
    /* Refuted only where something was achieved; absent where it was not is "not there now". */
    if (out->states[RUNG_PERSISTS] == STATE_REFUTED && out->states[RUNG_ACHIEVED] != STATE_PROVED &&
        out->states[RUNG_ACHIEVED] != STATE_CONFLICTING)
        out->states[RUNG_PERSISTS] = STATE_ABSENT;
    if (c->ambiguous && out->states[RUNG_ACHIEVED] == STATE_ABSENT)
        out->states[RUNG_ACHIEVED] = STATE_UNKNOWN; /* the effect is there; whose it is cannot be told */
    /* An open rung has a reason, also where the rule knows of nothing that would show it. */
    for (rung step = RUNG_ACHIEVED; step <= RUNG_PERSISTS && status == DR_OK; step++) {
        bool named = false;
        for (size_t i = 0; i < out->missing.n; i++)
            named = named || out->missing.p[i].rung == step;
        if (out->states[step] == STATE_UNKNOWN && !named)
            status = step == RUNG_PERSISTS
                         ? add_missing(&j, step, DR_STR("state at rest"), COV_NO_RECORDER, DR_STR("no state at rest that is known here would show it"))
                         : add_missing(&j, step, DR_STR("effect"), COV_NO_RECORDER, DR_STR("no record that is known here would show it"));
    }
    judge_undoing(&j);
    return status;
}

void judgement_free(judgement *j)
{
    dr_vec_free(&j->evidence);
    dr_vec_free(&j->missing);
}
