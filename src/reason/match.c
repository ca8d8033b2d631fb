#include "reason/claim.h"

#include "fact/path.h"

/* Inside one log an effect may stand a little before its trigger: writers of different threads. */
#define ORDER_SLACK (100 * DR_TICKS_PER_MS)
/* A transaction that began this long ago says nothing about what stands behind it. */
#define VIA_WITHIN (4 * DR_TICKS_PER_HOUR)

static bool value_number(dr_str s, int64_t *out)
{
    uint64_t u;
    if (dr_str_to_i64(s, out))
        return true;
    if (!dr_str_to_u64(s, &u))
        return false;
    *out = (int64_t)u;
    return true;
}

/* Equality by the attribute's type in the vocabulary, for constants of rules. */
static bool constant_equal(const vocab_attr *attr, dr_str have, dr_str want)
{
    int64_t a, b;
    switch (attr ? attr->type : FACT_TEXT) {
    case FACT_NAME: return name_same(have, want);
    case FACT_PATH: return path_same(have, want);
    case FACT_NUMBER:
    case FACT_STATUS:
    case FACT_PID:
    case FACT_LOGON:
        if (value_number(have, &a) && value_number(want, &b))
            return a == b;
        break;
    case FACT_TEXT:
    case FACT_SID:
    case FACT_GUID:
    case FACT_URL:
    case FACT_HASH:
    case FACT_TIME: break;
    }
    return dr_str_eq_fold(have, want);
}

static bool any_glob(dr_str globs, dr_str have)
{
    dr_str one;
    while (dr_str_split(&globs, '|', &one)) {
        if (dr_str_glob_fold(one, have))
            return true;
    }
    return false;
}

static fit value_fits(const reason_input *in, const rule *r, const rule_where *w, const rule_value *v, dr_str have,
                      dr_str *values, bool bind)
{
    const vocab_attr *attr = vocab_attr_of(in->vocab, w->key);
    int64_t number;
    switch (v->op) {
    case VALUE_PARAM:
        if (v->globs.n && !any_glob(v->globs, have))
            return FIT_NO;
        if (values[v->param].p)
            return param_equal(r->params[v->param].type, values[v->param], have) ? FIT_YES : FIT_NO;
        if (!bind)
            return FIT_UNBOUND;
        values[v->param] = param_value(NULL, r->params[v->param].type, have);
        return FIT_YES;
    case VALUE_NOT:
        if (v->param != SIZE_MAX) {
            if (!values[v->param].p)
                return FIT_UNBOUND;
            return param_equal(r->params[v->param].type, values[v->param], have) ? FIT_NO : FIT_YES;
        }
        return constant_equal(attr, have, v->text) ? FIT_NO : FIT_YES;
    case VALUE_LESS: return value_number(have, &number) && number < v->number ? FIT_YES : FIT_NO;
    case VALUE_MORE: return value_number(have, &number) && number > v->number ? FIT_YES : FIT_NO;
    case VALUE_GLOB: return dr_str_glob_fold(v->text, have) ? FIT_YES : FIT_NO;
    case VALUE_EQUAL: break;
    }
    return constant_equal(attr, have, v->text) ? FIT_YES : FIT_NO;
}

fit claim_where(const reason_input *in, const rule *r, const rule_where *where, size_t n, const fact *f, dr_str *values, bool bind)
{
    fit all = FIT_YES;
    size_t asked = 0, given = 0; /* conditions on parameters, and those of them that the fact can meet */
    for (size_t i = 0; i < n; i++) {
        const rule_where *w = &where[i];
        dr_str have = fact_get(f, w->key);
        fit best = FIT_NO;
        if (w->n && w->values[0].op == VALUE_PARAM) {
            asked++;
            given += have.p != NULL;
        }
        if (!have.p) {
            /* An attribute that the record does not have: a condition on a parameter says nothing (the
             * other recorder of the act may give it). What is not known is neither equal nor unequal to
             * a constant: an end without a status is no failure. */
            for (size_t v = 0; v < w->n; v++) {
                if (w->values[v].op == VALUE_PARAM && !w->values[v].globs.n)
                    best = FIT_YES;
            }
        }
        bool negated = w->n && w->values[0].op == VALUE_NOT;
        if (have.p && negated) { /* a list of "is not" means none of them */
            best = FIT_YES;
            for (size_t v = 0; v < w->n && best == FIT_YES; v++)
                best = value_fits(in, r, w, &w->values[v], have, values, bind);
        } else if (have.p) {
            /* Of several parameters one that is known decides; only where none is may the first take the
             * value. */
            bool known = false;
            for (size_t v = 0; v < w->n; v++)
                known = known || (w->values[v].op == VALUE_PARAM && values[w->values[v].param].p);
            for (size_t v = 0; v < w->n && best != FIT_YES; v++) {
                if (known && w->values[v].op == VALUE_PARAM && !values[w->values[v].param].p)
                    continue;
                fit one = value_fits(in, r, w, &w->values[v], have, values, bind);
                if (one > best)
                    best = one;
            }
        }
        if (best == FIT_NO)
            return FIT_NO;
        if (best < all)
            all = best;
    }
    /* A fact that has none of what the trace is about says nothing of it. */
    return asked && !given && all == FIT_YES ? FIT_UNBOUND : all;
}

static bool looked_up(const reason_input *in, const rule *r, const rule_lookup *l, dr_sym host, const fact *f, const dr_str *values)
{
    dr_str own[RULE_MAX_PARAMS];
    memcpy(own, values, sizeof own);
    return f->host == host && !(f->flags & FACT_FORGED) && fact_get(f, l->take).n &&
           claim_where(in, r, l->where, l->n_where, f, own, false) == FIT_YES;
}

/* Facts of the kind on the host that a condition on a known parameter leaves; else all of the kind. */
static const fact_id *lookup_facts(const reason_input *in, const rule *r, const rule_lookup *l, uint16_t kind, dr_sym host,
                                   const dr_str *values, size_t *n)
{
    for (size_t i = 0; i < l->n_where; i++) {
        const rule_where *w = &l->where[i];
        size_t param = w->values[0].param;
        if (w->n == 1 && w->values[0].op == VALUE_PARAM && values[param].p && vocab_attr_of(in->vocab, w->key))
            return fact_store_find(in->store, kind, host, w->key, param_key_of(r->params[param].type), values[param], n);
    }
    return fact_store_kind(in->store, kind, n);
}

void claim_lookup(const reason_input *in, const rule *r, dr_sym host, int64_t time, dr_str *values)
{
    for (size_t i = 0; i < r->n_lookups; i++) {
        const rule_lookup *l = &r->lookups[i];
        const fact *best = NULL;
        for (size_t k = 0; k < l->n_kinds && !values[l->param].p; k++) {
            size_t n;
            const fact_id *ids = lookup_facts(in, r, l, l->kinds[k], host, values, &n);
            size_t middle = fact_store_after(in->store, ids, n, time);
            const fact *found = NULL;
            for (size_t f = middle; f-- > 0 && !found;) {
                const fact *one = fact_store_at(in->store, ids[f]);
                found = looked_up(in, r, l, host, one, values) ? one : NULL;
            }
            for (size_t f = middle; f < n && !found && !best; f++) {
                const fact *one = fact_store_at(in->store, ids[f]);
                found = looked_up(in, r, l, host, one, values) ? one : NULL;
            }
            best = found ? found : best;
        }
        if (best)
            values[l->param] = param_value(NULL, r->params[l->param].type, fact_get(best, l->take));
    }
}

int64_t claim_trigger_time(const claim *c)
{
    return c->n_triggers ? c->time : DR_NO_TIME;
}

/* Value of an attribute on the side of the trigger: of its run, else of its own record. */
static dr_str trigger_value(const reason_input *in, const claim_trigger *t, dr_sym key)
{
    const entity_names *a = in->names;
    dr_str v = { NULL, 0 };
    if (t->run) {
        const run *r = run_at(in->runs, t->run);
        if (key == a->actor_logon_id)
            v = r->logon_id;
        else if (key == a->process_pid)
            v = r->pid;
        else if (key == a->process_guid)
            v = r->guid;
        for (uint32_t i = 0; !v.n && i < r->n_created; i++)
            v = fact_get(fact_store_at(in->store, r->created[i]), key);
    }
    if (!v.n && t->fact)
        v = fact_get(fact_store_at(in->store, t->fact), key);
    return v;
}

/* Is the run named by the fact's pid or GUID the trigger's run, and was it alive then? */
static bool same_run(const reason_input *in, run_id id, const rule_link *l, dr_str value, int64_t time)
{
    const vocab_attr *attr = vocab_attr_of(in->vocab, l->fact_key);
    const run *r = run_at(in->runs, id);
    if (attr && attr->type == FACT_GUID)
        return r->guid.n && dr_str_eq_fold(r->guid, value);
    if (!r->pid.n || !dr_str_eq(r->pid, value))
        return false;
    if (r->end != DR_NO_TIME)
        return time <= r->end + DR_TICKS_PER_S && time + DR_TICKS_PER_S >= r->start;
    return boot_number(in->runs, r->host, r->start) == boot_number(in->runs, r->host, time);
}

/* Does a condition tie the fact by a parameter that the trigger (or the anchor) gave? */
static fact_link where_link(const reason_input *in, const claim *c, const rule_trace *t, const fact *f)
{
    fact_link best = FACT_LINK_NONE;
    for (size_t i = 0; i < t->n_where; i++) {
        const rule_where *w = &t->where[i];
        const vocab_attr *attr = vocab_attr_of(in->vocab, w->key);
        for (size_t v = 0; v < w->n; v++) {
            size_t p = w->values[v].param;
            if (w->values[v].op != VALUE_PARAM || !c->values[p].p || !fact_has(f, w->key) ||
                !param_equal(c->rule->params[p].type, c->values[p], fact_get(f, w->key)))
                continue;
            fact_link strength = attr ? attr->link : FACT_LINK_NONE;
            if (strength > best)
                best = strength;
        }
    }
    return best;
}

/* The nearest fact of the kinds that does not stand behind F. */
static const fact *nearest_before(const reason_input *in, const rule_trace *t, const fact *f)
{
    const fact *best = NULL;
    for (size_t k = 0; k < t->n_kinds; k++) {
        size_t n;
        const fact_id *ids = fact_store_kind(in->store, t->kinds[k], &n);
        size_t low = fact_store_after(in->store, ids, n, f->time);
        while (low-- > 0) {
            const fact *other = fact_store_at(in->store, ids[low]);
            if (other->host != f->host || (other->flags & FACT_FORGED))
                continue;
            if (!best || other->time > best->time)
                best = other;
            break;
        }
    }
    return best;
}

bool claim_linked(const reason_input *in, const claim *c, const rule_trace *t, const fact *f, const fact *anchor,
                  fact_link *strength, bool *weak_session)
{
    fact_link best = where_link(in, c, t, f);
    bool held = false, differs = false, weak = false;
    if (t->via != TRACE_NONE_INDEX && c->n_triggers) {
        const rule_trace *through = &c->rule->traces[t->via];
        const fact *other = nearest_before(in, through, f);
        fact_link strength_of_other;
        bool weak_other;
        if (other && claim_in_window(c, through, other, c->time) &&
            claim_linked(in, c, through, other, NULL, &strength_of_other, &weak_other)) {
            held = true;
            weak = weak_other;
            if (strength_of_other > best)
                best = strength_of_other;
        } else if (other && f->time - other->time < VIA_WITHIN)
            differs = true; /* it belongs to somebody else's transaction */
    }
    for (size_t i = 0; i < t->n_links; i++) {
        const rule_link *l = &t->links[i];
        dr_str have = fact_get(f, l->fact_key);
        if (!have.n)
            continue;
        const vocab_attr *attr = vocab_attr_of(in->vocab, l->fact_key);
        for (size_t k = 0; k < c->n_triggers + (c->n_triggers ? 0 : 1); k++) {
            bool equal;
            if (c->n_triggers && !l->other_key) {
                if (!c->triggers[k].run)
                    continue;
                equal = same_run(in, c->triggers[k].run, l, have, f->time);
            } else {
                dr_str want = c->n_triggers ? trigger_value(in, &c->triggers[k], l->other_key)
                              : anchor && l->other_key ? fact_get(anchor, l->other_key)
                                                       : DR_STR_NONE;
                if (!want.n)
                    continue;
                equal = attr && attr->type == FACT_LOGON ? session_same(in->runs, c->from_host ? c->from_host : c->host, have, want)
                                                         : dr_str_eq_fold(have, want);
            }
            if (!equal) {
                differs = true;
                continue;
            }
            bool service = attr && attr->type == FACT_LOGON && toolset_service_logon(in->tools, have);
            held = true;
            if (l->strength > best) {
                best = l->strength;
                weak = service;
            } else if (l->strength == best && !service)
                weak = false;
        }
    }
    *strength = best;
    *weak_session = weak && best == FACT_LINK_SESSION;
    if (!held && differs && c->n_triggers)
        return false; /* what should be the same is not */
    return held || best != FACT_LINK_NONE;
}

bool claim_in_window(const claim *c, const rule_trace *t, const fact *f, int64_t anchor_time)
{
    if (!t->has_window || anchor_time == DR_NO_TIME)
        return true;
    if (f->time == DR_NO_TIME)
        return false;
    int64_t slack = f->precision > 1 ? f->precision : 0;
    if (c->from_host && c->from_host != c->host)
        slack += CLAIM_HOST_SKEW;
    return f->time + slack >= anchor_time + t->from && f->time <= anchor_time + t->to + slack;
}

bool claim_order_holds(const reason_input *in, const claim *c, const fact *f, fact_link strength)
{
    for (size_t k = 0; k < c->n_triggers; k++) {
        if (!c->triggers[k].fact)
            continue;
        const fact *trigger = fact_store_at(in->store, c->triggers[k].fact);
        const fact_record *a = &trigger->records[0], *b = &f->records[0];
        if (trigger->host != f->host || a->channel != b->channel || !a->channel || !a->record_id || !b->record_id ||
            b->record_id >= a->record_id)
            continue;
        if (trigger->time - f->time >= ORDER_SLACK || strength < FACT_LINK_NAME)
            return false;
    }
    return true;
}
