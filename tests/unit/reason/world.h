/* Invented worlds for the reference evaluator: a rule, some facts and what is covered, made of numbers that
 * somebody picks (a generator with a seed, a fuzzer). The same world is given to didrun, the rule as text,
 * the facts through the store, and the two answers are compared: words, states of rungs, of traces, cited
 * facts, parameters. */
#ifndef DR_TESTS_REASON_WORLD_H
#define DR_TESTS_REASON_WORLD_H

#include "base/buf.h"
#include "base/limits.h"
#include "entity/names.h"
#include "fact/embedded.h"
#include "reason/reason.h"

#include "unit/reason/reference.h"

#define WORLD_START 133801632000000000ll

/* Numbers to build of: first the bytes, then a generator begun with SEED; without one, zeros. */
typedef struct world_picks {
    const uint8_t *bytes;
    size_t n;
    uint64_t seed;
} world_picks;

static unsigned world_pick(world_picks *p, unsigned below)
{
    if (p->n) {
        p->n--;
        return *p->bytes++ % below;
    }
    if (!p->seed)
        return 0;
    p->seed ^= p->seed << 13;
    p->seed ^= p->seed >> 7;
    p->seed ^= p->seed << 17;
    return (unsigned)(p->seed >> 33) % below;
}

static const char *const world_kinds[REF_KINDS] = { "process.created", "process.exited", "process.active",       "process.crashed",
                                                    "process.load-failed", "process.blocked",
                                                    "account.created", "account.deleted", "account.password-set", "account.changed",
                                                    "account.enabled", "account.disabled", "sam.account" };
static const char *const world_names[] = { "bob", "eve", "dan" };
static const char *const world_sids[] = { "S-1-5-21-1-2-3-1001", "S-1-5-21-1-2-3-1002", "S-1-5-21-1-2-3-1003" };
static const char *const world_logons[] = { "0x1f4c", "0x2a10", "0x3e7" };
static const char *const world_hosts[] = { "PC0", "PC1" };
static const char *const world_channels[] = { "first log", "second log" };

/* --- making one -------------------------------------------------------------------------------------- */

static void world_window(world_picks *p, ref_trace *t, bool needed)
{
    static const int64_t from[] = { 0, -REF_S, -10 * REF_S }, to[] = { 2 * REF_S, 10 * REF_S, 60 * REF_S };
    t->windowed = needed || world_pick(p, 3) > 0;
    if (t->windowed) {
        t->from = from[world_pick(p, 3)];
        t->to = to[world_pick(p, 3)];
    }
}

/* The first trace proves the effect; what else there is, is picked. Each has a kind of its own. */
static void world_rule(world_picks *p, ref_world *w)
{
    int kind = REF_EFFECT;
    w->act_within = (int64_t)(1 + world_pick(p, 6)) * REF_S;
    w->idempotent = world_pick(p, 6) == 0;
    w->n_traces = 2 + (int)world_pick(p, REF_TRACES - 2);
    for (int i = 0; i < w->n_traces; i++) {
        ref_trace *t = &w->traces[i];
        unsigned what = i == 0 ? 0 : 1 + world_pick(p, 8);
        *t = (ref_trace){ .after = -1, .unless = -1 };
        t->by_name = world_pick(p, 4) > 0;
        t->by_sid = world_pick(p, 2) > 0 || !t->by_name;
        t->link = world_pick(p, 2) > 0;
        if (what != 5 && what != 6 && kind == REF_AT_REST) /* no kind is left */
            what = world_pick(p, 2) ? 5 : 6;
        switch (what) {
        case 0: /* made */
            *t = (ref_trace){ .role = REF_PROVES, .rung = REF_ACHIEVED, .opens = true, .by_name = true, .by_sid = t->by_sid,
                              .link = t->link, .silent = world_pick(p, 4) > 0, .after = -1, .unless = -1 };
            world_window(p, t, t->silent);
            break;
        case 1: /* another proof, or a sign of it */
            t->role = REF_PROVES;
            t->rung = REF_ACHIEVED;
            t->indirect = world_pick(p, 2) > 0;
            t->silent = world_pick(p, 3) == 0;
            world_window(p, t, true);
            break;
        case 2: /* a refutation, or a sign of it */
            t->role = REF_REFUTES;
            t->rung = REF_ACHIEVED;
            t->indirect = world_pick(p, 2) > 0;
            t->opens = !t->indirect && t->by_name && world_pick(p, 2) > 0;
            world_window(p, t, true);
            break;
        case 3:
            t->role = REF_OTHER;
            t->link = true;
            world_window(p, t, true);
            break;
        case 4:
            t->role = REF_COMPANION;
            world_window(p, t, true);
            t->from = -t->to;
            break;
        case 5: /* the end of the command */
            *t = (ref_trace){ .role = REF_REFUTES, .rung = REF_ACHIEVED, .kind = REF_EXITED, .of_trigger = true, .indirect = true,
                              .after = -1, .unless = -1 };
            break;
        case 6: /* state at rest */
            *t = (ref_trace){ .role = REF_PROVES, .rung = REF_PERSISTS, .kind = REF_AT_REST, .by_name = t->by_name, .by_sid = t->by_sid,
                              .after = -1, .unless = -1 };
            break;
        default: /* undone */
            t->role = REF_REFUTES;
            t->rung = REF_PERSISTS;
            t->link = false;
            t->after = world_pick(p, 3) ? 0 : -1;
            break;
        }
        if (!t->kind)
            t->kind = kind++;
        if ((t->role == REF_PROVES || t->role == REF_REFUTES) && !t->of_trigger && t->kind != REF_AT_REST && t->after < 0 && world_pick(p, 4) == 0)
            t->latest = 1;
        if (i > 0 && t->role == REF_OTHER && world_pick(p, 2))
            t->unless = 0;
    }
}

/* Times lie on a grid of a quarter of a second; what is added to each makes all distances different. */
static int64_t world_time(unsigned slot, int i)
{
    return (int64_t)WORLD_START + (int64_t)slot * 250 * REF_MS + ((int64_t)1 << i);
}

/* Mostly what the rule asks for, and commands. */
static int world_kind(world_picks *p, const ref_world *w)
{
    switch (world_pick(p, 8)) {
    case 0: return (int)world_pick(p, REF_KINDS);
    case 1:
    case 2: return REF_CREATED;
    case 3: return REF_EXITED + (int)world_pick(p, REF_EFFECT - REF_EXITED);
    default: return w->traces[world_pick(p, (unsigned)w->n_traces)].kind;
    }
}

static void world_facts(world_picks *p, ref_world *w)
{
    unsigned slots[REF_FACTS];
    bool one_log = world_pick(p, 2) > 0;
    w->n_facts = 2 + (int)world_pick(p, REF_FACTS - 1);
    for (int i = 0; i < w->n_facts; i++) {
        ref_fact *f = &w->facts[i];
        *f = (ref_fact){ .kind = world_kind(p, w), .name = (int)world_pick(p, 5), .sid = (int)world_pick(p, 4), .pid = -1, .status = -1 };
        f->host = world_pick(p, 8) == 0;
        f->channel = one_log ? 0 : (int)world_pick(p, 2);
        f->logon = (int)world_pick(p, 4) - 1;
        f->forged = world_pick(p, 16) == 0;
        f->name = f->name > 2 ? (int)world_pick(p, 2) - 1 : f->name; /* mostly bob */
        f->sid = f->sid > 2 ? -1 : f->sid;
        slots[i] = world_pick(p, 60);
        if (i > 0 && world_pick(p, 2)) /* near another one */
            slots[i] = slots[world_pick(p, (unsigned)i)] + world_pick(p, 8);
        if (f->kind == REF_CREATED) {
            f->pid = 100 + i;
            f->forged = false;
            f->sid = -1;
            f->commands = world_pick(p, 4) > 0 && f->name >= 0;
        } else if (f->kind < REF_EFFECT) { /* of a process that is there, and after its creation */
            int of = -1;
            for (int k = 0; k < i; k++) {
                if (w->facts[k].kind == REF_CREATED && (of < 0 || world_pick(p, 2)))
                    of = k;
            }
            bool ended = false;
            for (int k = 0; k < i && of >= 0; k++)
                ended = ended || (w->facts[k].kind == REF_EXITED && w->facts[k].pid == w->facts[of].pid);
            if (of < 0 || ended) {
                f->kind = REF_EFFECT + (int)world_pick(p, REF_KINDS - REF_EFFECT);
            } else {
                unsigned last = slots[of];
                for (int k = 0; k < i; k++)
                    last = w->facts[k].pid == w->facts[of].pid && slots[k] > last ? slots[k] : last;
                f->host = w->facts[of].host;
                f->pid = w->facts[of].pid;
                f->name = f->sid = -1;
                f->forged = false;
                slots[i] = last + 1 + world_pick(p, 9);
                static const int statuses[] = { -1, 0, 2 };
                f->status = f->kind == REF_EXITED ? statuses[world_pick(p, 3)] : -1;
            }
        }
        if (f->kind == REF_AT_REST) {
            f->channel = 2; /* in no log */
            f->forged = false;
        }
        f->time = world_time(slots[i], i);
    }
    /* Record ids in the order of time. In one log some stand the other way round, as of writers of different threads. */
    for (int i = 0; i < w->n_facts; i++) {
        w->facts[i].record = 10;
        for (int k = 0; k < w->n_facts; k++)
            w->facts[i].record += w->facts[k].time < w->facts[i].time ? 10u : 0;
    }
    for (int i = 0; one_log && i < w->n_facts; i++) {
        if (w->facts[i].kind >= REF_EFFECT && world_pick(p, 4) == 0)
            w->facts[i].record -= 11 + world_pick(p, 9);
    }
}

static void world_make(world_picks *p, ref_world *w)
{
    memset(w, 0, sizeof *w);
    world_rule(p, w);
    world_facts(p, w);
    for (int k = 0; k < REF_KINDS; k++) {
        unsigned how = world_pick(p, 4);
        w->covered_from[k] = how == 0 ? INT64_MAX : how == 1 ? world_time(world_pick(p, 30), 0) : INT64_MIN;
        w->covered_to[k] = how == 0 ? INT64_MIN : how == 1 ? world_time(30 + world_pick(p, 90), 0) : INT64_MAX;
    }
    w->rest_read = world_pick(p, 2) > 0;
}

/* --- given to didrun --------------------------------------------------------------------------------- */

typedef struct world_ground {
    dr_arena *arena;
    dr_symtab *syms;
    vocabulary vocab;
    entity_names names;
    toolset *tools;
} world_ground;

static dr_str world_data(const char *name)
{
    for (const struct didrun_embedded *e = didrun_embedded_data; e->name; e++) {
        if (dr_str_is(dr_str_of(e->name), name))
            return (dr_str){ (const char *)e->p, e->n };
    }
    return DR_STR_NONE;
}

static bool world_stand(world_ground *g, dr_err *err)
{
    *g = (world_ground){ .arena = dr_arena_create("ground", 0), .syms = dr_symtab_create() };
    return g->arena && g->syms &&
           vocabulary_load(g->arena, g->syms, DR_STR("vocabulary.yml"), world_data("vocabulary.yml"), &g->vocab, err) == DR_OK &&
           entity_names_init(&g->names, &g->vocab, err) == DR_OK &&
           toolset_load(g->arena, DR_STR("tools.yml"), world_data("tools.yml"), &g->tools, err) == DR_OK;
}

static void world_fall(world_ground *g)
{
    dr_symtab_destroy(g->syms);
    dr_arena_destroy(g->arena);
}

/* The rule as an author would write it. */
static void world_rule_text(const ref_world *w, dr_buf *b)
{
    static const char *const roles[] = { "proves", "refutes", "other", "companion" };
    dr_buf_z(b, "id: act\ntitle: An act\neffect: the act on {account}\nparameters: {account: name, sid: \"sid?\"}\n");
    dr_buf_printf(b, "act: {by: [account], within: %llds}\n", (long long)(w->act_within / REF_S));
    dr_buf_printf(b, "triggers:\n  - {tool: net, arguments: 'user <account> [...]'%s}\ntraces:\n", w->idempotent ? ", idempotent: true" : "");
    for (int i = 0; i < w->n_traces; i++) {
        const ref_trace *t = &w->traces[i];
        dr_buf_printf(b, "  t%d: {role: %s", i, roles[t->role]);
        if (t->role == REF_PROVES || t->role == REF_REFUTES)
            dr_buf_printf(b, ", rung: %s", t->rung == REF_ACHIEVED ? "achieved" : "persists");
        if (t->role == REF_OTHER)
            dr_buf_z(b, ", claim: other-act");
        dr_buf_printf(b, ", %s: %s", t->kind == REF_AT_REST ? "state" : "fact", world_kinds[t->kind]);
        if (t->of_trigger)
            dr_buf_z(b, ", of: trigger, where: {status: '!= 0x0'}");
        else if (t->by_name && t->by_sid)
            dr_buf_z(b, ", where: {account.name: $account, account.sid: $sid}");
        else
            dr_buf_z(b, t->by_name ? ", where: {account.name: $account}" : ", where: {account.sid: $sid}");
        if (t->link)
            dr_buf_z(b, ", link: [actor.logon_id]");
        if (t->windowed)
            dr_buf_printf(b, ", within: [%llds, %llds]", (long long)(t->from / REF_S), (long long)(t->to / REF_S));
        if (t->silent)
            dr_buf_z(b, ", silent: counts");
        if (t->opens)
            dr_buf_z(b, ", opens: true");
        if (t->indirect)
            dr_buf_z(b, ", direct: false");
        if (t->after >= 0)
            dr_buf_printf(b, ", after: t%d", t->after);
        if (t->unless >= 0)
            dr_buf_printf(b, ", unless: [t%d]", t->unless);
        if (t->latest)
            dr_buf_z(b, ", latest: outcome");
        dr_buf_z(b, "}\n");
    }
    dr_buf_z(b, "---\nid: other-act\ntitle: Another act\neffect: another act on {account}\nparameters: {account: name}\n"
                "traces:\n  t: {role: proves, rung: achieved, fact: account.locked, where: {account.name: $account}}\n");
}

static dr_status world_fact_add(const world_ground *g, fact_store *store, const ref_fact *f, size_t number)
{
    char pid[16], status[16], line[64];
    fact_draft d = { .kind = vocab_kind_of(&g->vocab, dr_str_of(world_kinds[f->kind])), .host = dr_str_of(world_hosts[f->host]),
                     .provider = DR_STR_INIT("component"), .time = f->time, .precision = 1 };
    d.means = vocab_meaning_of(&g->vocab, DR_STR("occurred"));
    d.record.source = 1;
    d.record.offset = number;
    if (f->kind == REF_AT_REST) {
        d.flags |= FACT_AT_REST;
    } else {
        d.channel = dr_str_of(world_channels[f->channel]);
        d.record.record_id = f->record;
    }
    d.flags |= f->forged ? FACT_FORGED : 0;
#define WORLD_ATTR(key, text) d.attrs[d.n_attrs++] = (fact_attr){ dr_sym_find(g->syms, DR_STR(key)), dr_str_of(text) }
    if (f->kind == REF_CREATED) {
        (void)snprintf(line, sizeof line, f->commands ? "net user %s P /x" : "net view %s", f->name >= 0 ? world_names[f->name] : "a");
        WORLD_ATTR("process.image", "C:\\Windows\\System32\\net.exe");
        WORLD_ATTR("process.command_line", line);
    } else {
        if (f->name >= 0)
            WORLD_ATTR("account.name", world_names[f->name]);
        if (f->sid >= 0)
            WORLD_ATTR("account.sid", world_sids[f->sid]);
    }
    if (f->pid >= 0) {
        (void)snprintf(pid, sizeof pid, "%d", f->pid);
        WORLD_ATTR("process.pid", pid);
    }
    if (f->logon >= 0 && (f->kind == REF_CREATED || f->kind >= REF_EFFECT))
        WORLD_ATTR("actor.logon_id", world_logons[f->logon]);
    if (f->status >= 0) {
        (void)snprintf(status, sizeof status, "0x%x", (unsigned)f->status);
        WORLD_ATTR("status", status);
    }
#undef WORLD_ATTR
    return fact_store_add(store, &d);
}

typedef struct world_view { /* what the port of silence needs */
    const ref_world *world;
    const world_ground *ground;
} world_view;

static void world_silence(const void *context, dr_arena *arena, const silence_question *q, silence_answer *a)
{
    const world_view *v = context;
    (void)arena;
    bool covered = false;
    for (int k = 0; k < REF_KINDS; k++) {
        if (vocab_kind_of(&v->ground->vocab, dr_str_of(world_kinds[k])) != q->kind)
            continue;
        covered = q->at_rest ? v->world->rest_read : q->from >= v->world->covered_from[k] && q->to <= v->world->covered_to[k];
    }
    *a = (silence_answer){ .reason = covered ? COV_COVERED : COV_NOT_COLLECTED, .grade = GRADE_A,
                           .as_of = q->at_rest && covered ? WORLD_START + 24 * DR_TICKS_PER_HOUR : DR_NO_TIME };
}

/* --- comparing --------------------------------------------------------------------------------------- */

static int world_fact_of(const fact_store *store, fact_id id)
{
    return (int)fact_store_at(store, id)->records[0].offset; /* they were numbered so */
}

static const char *world_param(const verdict *v, const char *name)
{
    for (size_t i = 0; i < v->n_parameters; i++) {
        if (dr_str_is(v->parameters[i].name, name))
            return v->parameters[i].value.p;
    }
    return "";
}

/* What of the verdict differs from the reference; false: nothing. */
static bool world_differs(const fact_store *store, dr_symtab *syms, const ref_verdict *r, const verdict *v, dr_buf *why)
{
    static const rung_state states[] = { STATE_UNKNOWN, STATE_PROVED, STATE_REFUTED, STATE_CONFLICTING, STATE_ABSENT, STATE_NOT_APPLICABLE };
    static const evidence_role roles[] = { ROLE_PROVES, ROLE_REFUTES, ROLE_SUPPORTS, ROLE_CONTEXT };
    size_t before = why->n;
    if (!dr_str_is(dr_sym_str(syms, v->host), world_hosts[r->host]))
        dr_buf_z(why, " host");
    if (strcmp(world_param(v, "account"), r->name >= 0 ? world_names[r->name] : "") ||
        strcmp(world_param(v, "sid"), r->sid >= 0 ? world_sids[r->sid] : ""))
        dr_buf_z(why, " parameters");
    if (strcmp(word_name(v->word), r->word))
        dr_buf_printf(why, " word %s, not %s", word_name(v->word), r->word);
    for (int s = 0; s < REF_RUNGS; s++) {
        if (v->states[s] != states[r->states[s]])
            dr_buf_printf(why, " %s is %s, not %s", rung_name((rung)s), state_name(v->states[s]), state_name(states[r->states[s]]));
    }
    if (((v->marks & MARK_OTHER_EFFECT) != 0) != r->other_effect)
        dr_buf_z(why, " mark");
    for (size_t i = 0; i < v->n_constellation; i++) {
        trace_state s = v->constellation[i].state;
        bool found = s == TRACE_FOUND || s == TRACE_REFUTED;
        if (found != (r->found[i] == REF_FOUND) || (s == TRACE_ABSENT) != (r->found[i] == REF_NOT_THERE))
            dr_buf_printf(why, " t%zu %s", i, trace_state_name(s));
    }
    for (int i = 0; i < r->n_evidence; i++) {
        bool cited = false;
        for (size_t k = 0; k < v->n_evidence; k++)
            cited = cited || ((int)v->evidence[k].rung == (int)r->evidence[i].rung && world_fact_of(store, v->evidence[k].fact) == r->evidence[i].fact &&
                              v->evidence[k].role == roles[r->evidence[i].role]);
        if (!cited)
            dr_buf_printf(why, " %s lacks fact %d as %s", rung_name((rung)r->evidence[i].rung), r->evidence[i].fact, role_name(roles[r->evidence[i].role]));
    }
    if ((size_t)r->n_evidence != v->n_evidence)
        dr_buf_printf(why, " %zu rows, not %d", v->n_evidence, r->n_evidence);
    return why->n != before;
}

/* Is it the claim that the reference means: by its trigger, else by a fact that opened it? */
static bool world_same_claim(const fact_store *store, const ref_world *w, const ref_verdict *r, const verdict *v)
{
    int trigger = -1;
    for (size_t k = 0; k < v->n_evidence; k++) {
        if (dr_str_is(v->evidence[k].trace, "trigger"))
            trigger = world_fact_of(store, v->evidence[k].fact);
    }
    if (trigger != r->trigger || trigger >= 0)
        return trigger == r->trigger;
    /* Without one: a fact that opens is cited by its own claim alone. */
    for (int i = 0; i < r->n_evidence; i++) {
        for (size_t k = 0; k < v->n_evidence; k++) {
            const ref_fact *f = &w->facts[r->evidence[i].fact];
            bool opens = false;
            for (int t = 0; t < w->n_traces; t++)
                opens = opens || (w->traces[t].opens && w->traces[t].kind == f->kind);
            if (opens && world_fact_of(store, v->evidence[k].fact) == r->evidence[i].fact)
                return true;
        }
    }
    return false;
}

static void world_show(const ref_world *w, dr_buf *b)
{
    world_rule_text(w, b);
    for (int i = 0; i < w->n_facts; i++) {
        const ref_fact *f = &w->facts[i];
        dr_buf_printf(b, "%d: %s host %d log %d record %u at %lld ms name %d sid %d logon %d pid %d status %d%s%s\n", i, world_kinds[f->kind], f->host,
                      f->channel, f->record, (long long)((f->time - WORLD_START) / REF_MS), f->name, f->sid, f->logon, f->pid, f->status,
                      f->forged ? " forged" : "", f->commands ? " commands" : "");
    }
    for (int k = REF_EFFECT; k < REF_AT_REST; k++)
        dr_buf_printf(b, "%s covered %lld .. %lld ms\n", world_kinds[k], (long long)(w->covered_from[k] / REF_MS - WORLD_START / REF_MS),
                      (long long)(w->covered_to[k] / REF_MS - WORLD_START / REF_MS));
    dr_buf_printf(b, "at rest %s\n", w->rest_read ? "read" : "not read");
}

/* Judges the world both ways. DR_OK, and WHY empty where they agree. N: claims of the reference. */
static dr_status world_compare(world_ground *g, const ref_world *w, int *n, dr_buf *why, dr_err *err)
{
    static ref_verdict expected[REF_CLAIMS];
    rule_set rules;
    run_table *runs = NULL;
    verdict_list list = { 0 };
    dr_buf text = { 0 };
    world_view view = { w, g };
    fact_store *store = fact_store_create(&g->vocab, g->syms);
    world_rule_text(w, &text);
    dr_status status = rule_set_init(&rules, &g->vocab, g->tools);
    if (status == DR_OK)
        status = rule_set_add(&rules, DR_STR("rule"), dr_buf_str(&text), err);
    if (status == DR_OK)
        status = rule_set_seal(&rules, err);
    for (int i = 0; status == DR_OK && i < w->n_facts; i++)
        status = store ? world_fact_add(g, store, &w->facts[i], (size_t)i) : DR_NOMEM;
    if (status == DR_OK)
        status = fact_store_seal(store);
    if (status == DR_OK)
        status = run_table_build(&runs, store, &g->vocab, &g->names, err);
    if (status == DR_OK)
        status = verdict_list_init(&list);
    if (status == DR_OK) {
        reason_input in = { .store = store, .vocab = &g->vocab, .rules = &rules, .tools = g->tools, .runs = runs, .names = &g->names,
                            .syms = g->syms, .silence = { &view, world_silence } };
        status = reason_run(&in, NULL, &list, err);
    }
    *n = status == DR_OK ? ref_evaluate(w, expected) : 0;
    size_t claims = 0;
    for (size_t i = 0; i < list.verdicts.n; i++)
        claims += dr_str_is(list.verdicts.p[i].claim, "act");
    if (status == DR_OK && claims != (size_t)*n)
        dr_buf_printf(why, "%zu claims, not %d\n", claims, *n);
    for (int r = 0; r < *n; r++) {
        size_t same = 0;
        for (size_t i = 0; i < list.verdicts.n; i++) {
            const verdict *v = &list.verdicts.p[i];
            if (!dr_str_is(v->claim, "act") || !world_same_claim(store, w, &expected[r], v))
                continue;
            same++;
            if (world_differs(store, g->syms, &expected[r], v, why))
                dr_buf_printf(why, ": claim %d (trigger %d)\n", r, expected[r].trigger);
        }
        if (same != 1)
            dr_buf_printf(why, "claim %d (trigger %d) has %zu verdicts\n", r, expected[r].trigger, same);
    }
    if (list.arena)
        verdict_list_free(&list);
    run_table_free(runs);
    if (store)
        fact_store_destroy(store);
    rule_set_free(&rules);
    dr_buf_free(&text);
    return status;
}

#endif
