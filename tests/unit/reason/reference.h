/* A reference evaluator: the reasoning of docs/rules.md over a handful of facts, done the slow way. It
 * shares no code with src/, knows no index and no order of searching, and asks every fact about every
 * trace. Names and ids are small numbers, -1 for what a record does not have. One rule, whose claim has
 * the parameters account (a name) and sid.
 *
 * What it leaves out, the worlds that it is asked about do not have: wrappers, several records of one act,
 * lookups, grades. */
#ifndef DR_TESTS_REASON_REFERENCE_H
#define DR_TESTS_REASON_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define REF_MS ((int64_t)10000) /* ticks */
#define REF_S (1000 * REF_MS)
#define REF_FACTS 16
#define REF_TRACES 8
#define REF_CLAIMS (2 * REF_FACTS)
#define REF_EVIDENCE 64
#define REF_NONE INT64_MIN

/* Kinds of facts: processes first, then those that rules look for, the last of them state at rest. */
enum { REF_CREATED, REF_EXITED, REF_ACTIVE, REF_CRASHED, REF_LOAD_FAILED, REF_BLOCKED, REF_EFFECT, REF_AT_REST = REF_EFFECT + 6, REF_KINDS };

typedef struct ref_fact {
    int kind, host, channel;
    unsigned record; /* id inside the channel of its host */
    int64_t time;
    int name, sid, logon, pid, status;
    bool forged;
    bool commands; /* REF_CREATED: its command line asserts the claim, about NAME */
} ref_fact;

typedef enum ref_role { REF_PROVES, REF_REFUTES, REF_OTHER, REF_COMPANION } ref_role;
typedef enum ref_rung { REF_PRESENT, REF_ATTEMPTED, REF_STARTED, REF_ACHIEVED, REF_PERSISTS, REF_RUNGS } ref_rung;
typedef enum ref_state { REF_UNKNOWN, REF_PROVED, REF_REFUTED, REF_CONFLICTING, REF_ABSENT, REF_NOT_APPLICABLE } ref_state;
typedef enum ref_found { REF_FOUND, REF_NOT_THERE, REF_NOT_KNOWN } ref_found;

typedef struct ref_trace {
    ref_role role;
    ref_rung rung; /* REF_PROVES, REF_REFUTES */
    int kind;
    bool opens, silent, indirect;
    bool of_trigger;       /* REF_EXITED of the trigger's process, with a status other than 0 */
    bool by_name, by_sid;  /* where: equal to the parameter */
    bool link;             /* the logon session is that of the trigger */
    bool windowed;
    int64_t from, to;
    int after;             /* trace, -1 none */
    int unless;            /* trace, -1 none */
    int latest;            /* group, 0 none */
} ref_trace;

typedef struct ref_world {
    ref_fact facts[REF_FACTS];
    int n_facts;
    ref_trace traces[REF_TRACES];
    int n_traces;
    int64_t act_within;
    bool idempotent;
    int64_t covered_from[REF_KINDS], covered_to[REF_KINDS]; /* from > to: not at all */
    bool rest_read;        /* the store at rest was read whole, and is younger than everything */
} ref_world;

typedef enum ref_evidence_role { REF_E_PROVES, REF_E_REFUTES, REF_E_SUPPORTS, REF_E_CONTEXT } ref_evidence_role;

typedef struct ref_evidence {
    ref_rung rung;
    ref_evidence_role role;
    int fact;
} ref_evidence;

typedef struct ref_verdict {
    int host, name, sid;
    int trigger; /* fact, -1 none */
    const char *word;
    ref_state states[REF_RUNGS];
    bool other_effect, control, crash;
    ref_found found[REF_TRACES];
    ref_evidence evidence[REF_EVIDENCE];
    int n_evidence;
} ref_verdict;

typedef struct ref_act { /* facts that open claims and are one act */
    int host, name, sid;
    int facts[REF_FACTS], traces[REF_FACTS], n; /* in time order */
    bool taken;
} ref_act;

typedef struct ref_claim {
    int host, name, sid, trigger;
    int64_t time;
    const ref_act *act;
    bool ambiguous;
} ref_claim;

enum { REF_LINK_NONE, REF_LINK_NAME, REF_LINK_SESSION, REF_LINK_IDENTITY };
enum { REF_FITS_NOT, REF_FITS_UNBOUND, REF_FITS };

/* --- one fact and one trace ------------------------------------------------------------------------ */

/* "where unifies": equal to a parameter that is known; one that is not known is for the caller to bind. An
 * attribute that a record does not have says nothing; one that has none of those asked for is no trace. */
static int ref_where(const ref_trace *t, const ref_fact *f, int name, int sid)
{
    int asked = 0, given = 0;
    bool unbound = false;
    if (t->of_trigger && (f->status < 0 || f->status == 0))
        return REF_FITS_NOT;
    if (t->by_name) {
        asked++;
        given += f->name >= 0;
        if (f->name >= 0 && name >= 0 && f->name != name)
            return REF_FITS_NOT;
        unbound = unbound || (f->name >= 0 && name < 0);
    }
    if (t->by_sid) {
        asked++;
        given += f->sid >= 0;
        if (f->sid >= 0 && sid >= 0 && f->sid != sid)
            return REF_FITS_NOT;
        unbound = unbound || (f->sid >= 0 && sid < 0);
    }
    return unbound || (asked && !given) ? REF_FITS_UNBOUND : REF_FITS;
}

/* "Links are stated, not guessed." The class of the strongest field that ties the fact; -1: what should be
 * the same is not, or nothing ties it. LOGON is the session of the trigger, or of the effect. */
static int ref_link(const ref_trace *t, const ref_fact *f, int name, int sid, int logon, bool trigger)
{
    int strength = REF_LINK_NONE;
    if (t->by_name && name >= 0 && f->name == name)
        strength = REF_LINK_NAME;
    if (t->by_sid && sid >= 0 && f->sid == sid)
        strength = REF_LINK_IDENTITY;
    if (t->link && f->logon >= 0 && logon >= 0) {
        if (f->logon == logon)
            return strength > REF_LINK_SESSION ? strength : REF_LINK_SESSION;
        if (trigger)
            return -1;
    }
    return strength != REF_LINK_NONE ? strength : -1;
}

static bool ref_within(const ref_trace *t, const ref_fact *f, int64_t anchor)
{
    return !t->windowed || (f->time >= anchor + t->from && f->time <= anchor + t->to);
}

/* Order inside one log is record order; across logs it is time. */
static bool ref_behind(const ref_fact *a, const ref_fact *b)
{
    return a->host == b->host && a->channel == b->channel ? a->record > b->record : a->time > b->time;
}

/* Inside one log an effect that stands before its trigger has to be near. */
static bool ref_order(const ref_world *w, int trigger, const ref_fact *f)
{
    if (trigger < 0)
        return true;
    const ref_fact *t = &w->facts[trigger];
    if (t->host != f->host || t->channel != f->channel || f->record >= t->record)
        return true;
    return t->time - f->time < 100 * REF_MS;
}

/* --- claims ---------------------------------------------------------------------------------------- */

static void ref_by_time(const ref_world *w, int *order)
{
    for (int i = 0; i < w->n_facts; i++) {
        int at = i;
        while (at > 0 && w->facts[order[at - 1]].time > w->facts[i].time) {
            order[at] = order[at - 1];
            at--;
        }
        order[at] = i;
    }
}

/* Facts about one account on one host, none further from the next than the rule says. */
static int ref_acts(const ref_world *w, ref_act *acts)
{
    int order[REF_FACTS], n = 0;
    ref_by_time(w, order);
    for (int i = 0; i < w->n_facts; i++) {
        const ref_fact *f = &w->facts[order[i]];
        for (int t = 0; t < w->n_traces; t++) {
            ref_act *into = NULL;
            if (!w->traces[t].opens || w->traces[t].kind != f->kind || f->forged || f->name < 0)
                continue;
            for (int a = 0; a < n; a++) {
                if (acts[a].host == f->host && acts[a].name == f->name &&
                    f->time - w->facts[acts[a].facts[acts[a].n - 1]].time <= w->act_within)
                    into = &acts[a];
            }
            if (!into) {
                into = &acts[n++];
                *into = (ref_act){ .host = f->host, .name = f->name, .sid = -1 };
            }
            if (into->sid < 0 && w->traces[t].by_sid)
                into->sid = f->sid;
            into->traces[into->n] = t;
            into->facts[into->n++] = order[i];
        }
    }
    return n;
}

typedef struct ref_pair {
    int claim, act, strength;
    int64_t distance;
} ref_pair;

/* How an act fits a command: its best fact by link, then by distance. False: none of them does. */
static bool ref_measure(const ref_world *w, const ref_claim *c, const ref_act *a, ref_pair *out)
{
    bool any = false;
    if (a->host != c->host)
        return false;
    for (int i = 0; i < a->n; i++) {
        const ref_fact *f = &w->facts[a->facts[i]];
        const ref_trace *t = &w->traces[a->traces[i]];
        int strength = ref_link(t, f, c->name, c->sid, w->facts[c->trigger].logon, true);
        int64_t distance = f->time > c->time ? f->time - c->time : c->time - f->time;
        if (strength < 0 || !ref_within(t, f, c->time) || ref_where(t, f, c->name, c->sid) == REF_FITS_NOT || !ref_order(w, c->trigger, f))
            continue;
        if (!any || strength > out->strength || (strength == out->strength && distance < out->distance)) {
            out->strength = strength;
            out->distance = distance;
        }
        any = true;
    }
    return any;
}

static int ref_claims(const ref_world *w, ref_act *acts, int n_acts, ref_claim *claims)
{
    int n = 0, order[REF_FACTS], n_pairs = 0;
    static ref_pair pairs[REF_FACTS * REF_FACTS];
    ref_by_time(w, order);
    for (int i = 0; i < w->n_facts; i++) {
        const ref_fact *f = &w->facts[order[i]];
        if (f->kind == REF_CREATED && f->commands && !f->forged)
            claims[n++] = (ref_claim){ .host = f->host, .name = f->name, .sid = -1, .trigger = order[i], .time = f->time };
    }
    for (int c = 0; c < n; c++) {
        for (int a = 0; a < n_acts; a++) {
            ref_pair p = { .claim = c, .act = a };
            if (ref_measure(w, &claims[c], &acts[a], &p))
                pairs[n_pairs++] = p;
        }
    }
    /* The best pair of what is left, until none is. */
    for (;;) {
        int best = -1, rivals = 0;
        for (int i = 0; i < n_pairs; i++) {
            const ref_pair *p = &pairs[i];
            if (acts[p->act].taken || claims[p->claim].act || claims[p->claim].ambiguous)
                continue;
            if (best < 0 || p->strength > pairs[best].strength || (p->strength == pairs[best].strength && p->distance < pairs[best].distance))
                best = i;
        }
        if (best < 0)
            break;
        const ref_pair *b = &pairs[best];
        for (int i = 0; i < n_pairs; i++) { /* as near, as strong, of another run, and in want of an effect */
            const ref_pair *p = &pairs[i];
            if (p->act != b->act || p->claim == b->claim || p->strength != b->strength || claims[p->claim].act ||
                p->distance < b->distance || p->distance - b->distance > REF_S)
                continue;
            claims[p->claim].ambiguous = true;
            rivals++;
        }
        if (rivals) {
            claims[b->claim].ambiguous = true;
            continue;
        }
        claims[b->claim].act = &acts[b->act];
        claims[b->claim].sid = acts[b->act].sid;
        acts[b->act].taken = true;
    }
    for (int a = 0; a < n_acts; a++) {
        if (acts[a].taken)
            continue;
        ref_claim c = { .host = acts[a].host, .name = acts[a].name, .sid = acts[a].sid, .trigger = -1, .act = &acts[a] };
        c.time = w->facts[acts[a].facts[0]].time;
        for (int i = acts[a].n; i-- > 0;) { /* the earliest proof of the effect, where there is one */
            const ref_trace *t = &w->traces[acts[a].traces[i]];
            if (t->role == REF_PROVES && t->rung == REF_ACHIEVED)
                c.time = w->facts[acts[a].facts[i]].time;
        }
        claims[n++] = c;
    }
    return n;
}

/* --- one claim ------------------------------------------------------------------------------------- */

typedef struct ref_work {
    const ref_world *w;
    const ref_claim *c;
    ref_verdict *v;
    int name, sid; /* what is known by now */
    int effect;    /* fact, -1 none */
    int64_t effect_time;
    int facts[REF_TRACES][REF_FACTS], strength[REF_TRACES][REF_FACTS], n[REF_TRACES];
    bool idle[REF_TRACES][REF_FACTS]; /* found, but without force */
} ref_work;

static void ref_add(ref_work *k, int trace, int id, int strength)
{
    for (int i = 0; i < k->n[trace]; i++) {
        if (k->facts[trace][i] == id)
            return;
    }
    k->facts[trace][k->n[trace]] = id;
    k->strength[trace][k->n[trace]++] = strength;
}

/* The one among those found that stands before all others. */
static const ref_fact *ref_first(const ref_work *k, int trace)
{
    const ref_fact *first = NULL;
    for (int i = 0; i < k->n[trace]; i++) {
        const ref_fact *f = &k->w->facts[k->facts[trace][i]];
        if (!first || ref_behind(first, f))
            first = f;
    }
    return first;
}

static int64_t ref_anchor(const ref_work *k, const ref_trace *t)
{
    bool of_effect = t->role == REF_COMPANION || t->rung == REF_PERSISTS;
    if (t->after >= 0)
        return k->n[t->after] ? ref_first(k, t->after)->time : REF_NONE;
    return of_effect && k->effect_time != REF_NONE ? k->effect_time : k->c->time;
}

static void ref_search(ref_work *k, int trace)
{
    const ref_world *w = k->w;
    const ref_claim *c = k->c;
    const ref_trace *t = &w->traces[trace];
    bool at_rest = t->kind == REF_AT_REST;
    int order[REF_FACTS];
    ref_by_time(w, order);
    for (int i = 0; c->act && i < c->act->n; i++) {
        if (c->act->traces[i] == trace)
            ref_add(k, trace, c->act->facts[i], ref_link(t, &w->facts[c->act->facts[i]], c->name, c->sid, -1, false));
    }
    if (t->opens || (t->after >= 0 && !k->n[t->after]))
        return;
    for (int i = 0; i < w->n_facts; i++) {
        const ref_fact *f = &w->facts[order[i]];
        if (f->kind != t->kind || f->forged)
            continue;
        if (t->of_trigger) {
            if (c->trigger >= 0 && f->host == c->host && f->pid == w->facts[c->trigger].pid && ref_where(t, f, -1, -1) == REF_FITS)
                ref_add(k, trace, order[i], REF_LINK_IDENTITY);
            continue;
        }
        if (f->host != c->host || (!at_rest && !ref_within(t, f, ref_anchor(k, t))))
            continue;
        if (t->after >= 0 && !ref_behind(f, ref_first(k, t->after)))
            continue;
        int logon = c->trigger >= 0 ? w->facts[c->trigger].logon : k->effect >= 0 ? w->facts[k->effect].logon : -1;
        int strength = ref_link(t, f, k->name, k->sid, logon, c->trigger >= 0);
        int fits = ref_where(t, f, k->name, k->sid);
        if (strength < 0 || fits == REF_FITS_NOT)
            continue;
        if ((t->by_name + t->by_sid) && !(t->by_name && f->name >= 0) && !(t->by_sid && f->sid >= 0))
            continue; /* it has none of what the trace is about */
        if (fits == REF_FITS_UNBOUND) {
            int64_t act = k->effect_time != REF_NONE ? k->effect_time : c->time;
            if (strength < REF_LINK_SESSION && !(at_rest && f->time >= act - 2 * REF_S))
                continue;
        }
        if (c->trigger >= 0 && (t->role == REF_OTHER || t->rung == REF_ACHIEVED) && !ref_order(w, c->trigger, f))
            continue;
        if (t->by_name && k->name < 0)
            k->name = f->name;
        if (t->by_sid && k->sid < 0) {
            k->sid = f->sid;
            if (t->role != REF_OTHER) /* what another act names is not this one's */
                k->v->sid = f->sid;
        }
        ref_add(k, trace, order[i], strength);
    }
}

/* Nothing was found: would it have been? */
static ref_found ref_silence(const ref_work *k, int trace)
{
    const ref_world *w = k->w;
    const ref_trace *t = &w->traces[trace];
    bool asked = t->by_name || t->by_sid, known = (t->by_name && k->name >= 0) || (t->by_sid && k->sid >= 0);
    int64_t anchor = ref_anchor(k, t);
    if (t->after >= 0 && !k->n[t->after])
        return REF_NOT_KNOWN;
    if (t->of_trigger && k->c->trigger < 0)
        return REF_NOT_KNOWN;
    if (asked && !known && !(t->link && k->c->trigger >= 0))
        return REF_NOT_KNOWN; /* unbound */
    if (t->kind == REF_AT_REST) {
        for (int i = 0; i < w->n_facts; i++) { /* it may stand there under another name, or with another id */
            const ref_fact *f = &w->facts[i];
            if (t->by_sid && k->sid >= 0 && f->sid >= 0 && f->sid != k->sid)
                continue; /* another one, whatever its name */
            if (f->kind == t->kind && f->host == k->c->host &&
                ((t->by_name && k->name >= 0 && f->name == k->name) || (t->by_sid && k->sid >= 0 && f->sid == k->sid)))
                return REF_NOT_KNOWN;
        }
        return w->rest_read ? REF_NOT_THERE : REF_NOT_KNOWN;
    }
    int64_t from = t->windowed ? anchor + t->from : anchor, to = t->windowed ? anchor + t->to : anchor + 60 * REF_S;
    if (from < w->covered_from[t->kind] || to > w->covered_to[t->kind])
        return REF_NOT_KNOWN;
    if (w->idempotent && k->c->trigger >= 0 && t->rung == REF_ACHIEVED && (t->role == REF_PROVES || t->role == REF_REFUTES))
        return REF_NOT_KNOWN; /* repeated it changes nothing */
    return REF_NOT_THERE;
}

static void ref_cite(ref_verdict *v, ref_rung on, ref_evidence_role role, int id)
{
    for (int i = 0; i < v->n_evidence; i++) {
        if (v->evidence[i].rung == on && v->evidence[i].fact == id)
            return;
    }
    v->evidence[v->n_evidence++] = (ref_evidence){ on, role, id };
}

static void ref_weigh(ref_work *k)
{
    const ref_world *w = k->w;
    int64_t act = k->effect_time != REF_NONE ? k->effect_time : k->c->trigger >= 0 ? k->c->time : REF_NONE;
    for (int t = 0; t < w->n_traces; t++) {
        if (w->traces[t].latest) { /* of several outcomes the last one counts */
            for (int i = 0; i < k->n[t]; i++) {
                for (int o = 0; o < w->n_traces; o++) {
                    for (int m = 0; w->traces[o].latest == w->traces[t].latest && m < k->n[o]; m++)
                        k->idle[t][i] = k->idle[t][i] || ref_behind(&w->facts[k->facts[o][m]], &w->facts[k->facts[t][i]]);
                }
            }
        }
        if (w->traces[t].unless >= 0 && k->n[w->traces[t].unless])
            memset(k->idle[t], 1, sizeof k->idle[t]);
        for (int i = 0; w->traces[t].kind == REF_AT_REST && i < k->n[t]; i++) {
            /* Of that name only, and written before the act: it was there before. */
            if (act != REF_NONE && k->strength[t][i] < REF_LINK_IDENTITY && w->facts[k->facts[t][i]].time < act - 2 * REF_S)
                k->idle[t][i] = true;
        }
    }
}

static void ref_rung_state(ref_work *k, ref_rung step)
{
    const ref_world *w = k->w;
    ref_verdict *v = k->v;
    bool proof[2] = { false, false }, refutation[2] = { false, false }, absent = false, gone = false, open = false; /* [1]: direct */
    for (int t = 0; t < w->n_traces; t++) {
        const ref_trace *own = &w->traces[t];
        if (own->rung != step || (own->role != REF_PROVES && own->role != REF_REFUTES))
            continue;
        for (int i = 0; i < k->n[t]; i++) {
            ref_cite(v, step, k->idle[t][i] ? REF_E_CONTEXT : own->role == REF_PROVES ? REF_E_PROVES : REF_E_REFUTES, k->facts[t][i]);
            if (!k->idle[t][i])
                (own->role == REF_PROVES ? proof : refutation)[!own->indirect] = true;
        }
        open = open || (own->role == REF_PROVES && own->kind == REF_AT_REST && v->found[t] == REF_NOT_KNOWN);
        if (own->role == REF_PROVES && v->found[t] == REF_NOT_THERE) {
            gone = gone || own->kind == REF_AT_REST;
            absent = absent || own->silent;
        }
    }
    gone = gone && !open; /* it may stand where the other trace would find it */
    if (proof[1] || refutation[1]) /* what is indirect never stands against what is direct */
        proof[0] = refutation[0] = false;
    bool proved = proof[0] || proof[1], refuted = refutation[0] || refutation[1];
    ref_state s = proved && refuted ? REF_CONFLICTING
                  : proved          ? REF_PROVED
                  : refuted         ? REF_REFUTED
                  : gone && step == REF_PERSISTS && v->states[REF_ACHIEVED] == REF_PROVED ? REF_REFUTED
                  : absent || gone ? REF_ABSENT
                                   : REF_UNKNOWN;
    for (int i = 0; i < v->n_evidence; i++) {
        ref_evidence *e = &v->evidence[i];
        if (e->rung == step && ((s == REF_PROVED && e->role == REF_E_REFUTES) || (s == REF_REFUTED && e->role == REF_E_PROVES)))
            e->role = REF_E_CONTEXT;
    }
    v->states[step] = s;
}

/* What the trigger's own process shows of its start. */
static void ref_run(ref_work *k)
{
    const ref_world *w = k->w;
    const ref_fact *own = &w->facts[k->c->trigger];
    ref_verdict *v = k->v;
    bool active = false, failed = false, blocked = false, ended = false;
    ref_cite(v, REF_ATTEMPTED, REF_E_PROVES, k->c->trigger);
    v->states[REF_ATTEMPTED] = REF_PROVED;
    for (int i = 0; i < w->n_facts; i++) {
        if (w->facts[i].host == own->host && w->facts[i].pid == own->pid && !w->facts[i].forged) {
            active = active || w->facts[i].kind == REF_ACTIVE || w->facts[i].kind == REF_CRASHED;
            failed = failed || w->facts[i].kind == REF_LOAD_FAILED;
            blocked = blocked || w->facts[i].kind == REF_BLOCKED;
            v->crash = v->crash || w->facts[i].kind == REF_CRASHED;
        }
    }
    for (int i = 0; i < w->n_facts; i++) { /* an end that is no load failure; without a status it has to have taken a while */
        const ref_fact *f = &w->facts[i];
        ended = ended || (f->host == own->host && f->pid == own->pid && f->kind == REF_EXITED && !failed && !blocked &&
                          (f->status >= 0 || f->time - own->time > REF_S));
    }
    /* A load failure and an end are indirect: neither stands against what the process did or the control refused. */
    v->states[REF_STARTED] = active && blocked   ? REF_CONFLICTING
                             : active            ? REF_PROVED
                             : blocked || failed ? REF_REFUTED
                             : ended             ? REF_PROVED
                                                 : REF_UNKNOWN;
    v->control = blocked && v->states[REF_STARTED] == REF_REFUTED;
    for (int i = 0; i < w->n_facts; i++) {
        const ref_fact *f = &w->facts[i];
        if (f->host != own->host || f->pid != own->pid || f->forged)
            continue;
        if (f->kind == REF_ACTIVE || f->kind == REF_CRASHED || (f->kind == REF_EXITED && ended))
            ref_cite(v, REF_STARTED, v->states[REF_STARTED] == REF_REFUTED ? REF_E_CONTEXT : REF_E_PROVES, i);
        if (f->kind == REF_LOAD_FAILED || f->kind == REF_BLOCKED)
            ref_cite(v, REF_STARTED, v->states[REF_STARTED] == REF_PROVED ? REF_E_CONTEXT : REF_E_REFUTES, i);
    }
}

/* The table of words, the first row that fits. */
static const char *ref_word(const ref_verdict *v)
{
    const ref_state *s = v->states;
    ref_state attempted = s[REF_ATTEMPTED], started = s[REF_STARTED], achieved = s[REF_ACHIEVED], persists = s[REF_PERSISTS];
    bool decided = achieved == REF_PROVED || achieved == REF_REFUTED || persists == REF_PROVED || persists == REF_REFUTED;
    const struct {
        const char *word;
        bool fits;
    } rows[] = {
        { "conflicting", persists == REF_CONFLICTING || achieved == REF_CONFLICTING || (!decided && started == REF_CONFLICTING) },
        { "achieved-persists", achieved == REF_PROVED && persists == REF_PROVED },
        { "achieved-removed", achieved == REF_PROVED && persists == REF_REFUTED },
        { "achieved", achieved == REF_PROVED },
        { "blocked", started == REF_REFUTED && v->control },
        { "failed-to-start", started == REF_REFUTED },
        { "other-effect", v->other_effect && (achieved == REF_REFUTED || achieved == REF_ABSENT) },
        { "failed", achieved == REF_REFUTED },
        { "persists", persists == REF_PROVED },
        { "no-effect", (attempted == REF_PROVED || started == REF_PROVED) && achieved == REF_ABSENT },
        { "crashed", started == REF_PROVED && v->crash },
        { "ran", started == REF_PROVED },
        { "attempted", attempted == REF_PROVED },
        { "not-recorded", attempted == REF_ABSENT },
        { "present", s[REF_PRESENT] == REF_PROVED },
        { "unsupported", true },
    };
    size_t row = 0;
    while (!rows[row].fits)
        row++;
    return rows[row].word;
}

static void ref_judge(const ref_world *w, const ref_claim *c, ref_verdict *v)
{
    static ref_work k;
    memset(&k, 0, sizeof k);
    k.w = w;
    k.c = c;
    k.v = v;
    k.name = c->name;
    k.sid = c->sid;
    k.effect = -1;
    k.effect_time = REF_NONE;
    memset(v, 0, sizeof *v);
    v->host = c->host;
    v->name = c->name;
    v->sid = c->sid;
    v->trigger = c->trigger;
    v->states[REF_PRESENT] = REF_NOT_APPLICABLE;
    for (int i = 0; c->act && i < c->act->n; i++) {
        const ref_trace *t = &w->traces[c->act->traces[i]];
        bool proves = t->role == REF_PROVES && t->rung == REF_ACHIEVED;
        if (k.effect < 0 || (proves && k.effect_time == REF_NONE))
            k.effect = c->act->facts[i];
        if (proves && k.effect_time == REF_NONE)
            k.effect_time = w->facts[c->act->facts[i]].time;
    }
    if (k.effect >= 0 && k.effect_time == REF_NONE && c->trigger < 0)
        k.effect_time = w->facts[k.effect].time;
    for (int t = 0; t < w->n_traces; t++) {
        ref_search(&k, t);
        v->found[t] = k.n[t] ? REF_FOUND : ref_silence(&k, t);
    }
    ref_weigh(&k);
    if (c->trigger >= 0)
        ref_run(&k);
    ref_rung_state(&k, REF_ACHIEVED);
    ref_rung_state(&k, REF_PERSISTS);
    for (int t = 0; t < w->n_traces; t++) {
        for (int i = 0; i < k.n[t]; i++) {
            if (w->traces[t].role == REF_OTHER || w->traces[t].role == REF_COMPANION)
                ref_cite(v, REF_ACHIEVED, w->traces[t].role == REF_COMPANION ? REF_E_SUPPORTS : REF_E_CONTEXT, k.facts[t][i]);
            v->other_effect = v->other_effect || (w->traces[t].role == REF_OTHER && !k.idle[t][i]);
        }
    }
    /* What was not shown to have come about cannot be shown to be undone. */
    if (v->states[REF_PERSISTS] == REF_REFUTED && v->states[REF_ACHIEVED] != REF_PROVED && v->states[REF_ACHIEVED] != REF_CONFLICTING)
        v->states[REF_PERSISTS] = REF_ABSENT;
    if (c->ambiguous && v->states[REF_ACHIEVED] == REF_ABSENT)
        v->states[REF_ACHIEVED] = REF_UNKNOWN; /* the effect is there; whose it is cannot be told */
    v->word = ref_word(v);
}

/* All verdicts of the world's rule. The number of them. */
static int ref_evaluate(const ref_world *w, ref_verdict *out)
{
    static ref_act acts[REF_FACTS * REF_TRACES];
    static ref_claim claims[REF_CLAIMS];
    int n_acts = ref_acts(w, acts), n = ref_claims(w, acts, n_acts, claims);
    for (int i = 0; i < n; i++)
        ref_judge(w, &claims[i], &out[i]);
    return n;
}

#endif
