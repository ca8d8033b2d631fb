#include "reason/claim.h"

#include "claim/command.h"

/* Records of one command: the script block, the bound command, the process stand this close together. */
#define ONE_COMMAND (10 * DR_TICKS_PER_S)
/* A wrapper and the process that it named. */
#define WRAPPED_WITHIN DR_TICKS_PER_MIN

/* Command lines are the same over and over. Those that set nothing off are known again. */
#define IDLE_LINES 4096u

typedef struct stay {
    size_t claim;
    uint64_t before; /* the stay before it in the same minute, plus one */
} stay;

typedef struct collector {
    const reason_input *in;
    dr_arena *arena;
    claim_list *out;
    /* Claims by rule and minute: what belongs to one act stands within WRAPPED_WITHIN. */
    dr_map *minutes; /* "rule minute" -> newest of its stays, plus one */
    DR_VEC(stay) stays;
    size_t command; /* of the record at hand, from 1; 0 while its text is searched */
    bool kept;     /* a claim has taken something of the command at hand */
    run_id *idle;  /* runs whose command line sets nothing off, by its hash */
} collector;

/* Where the record stands: what all commands of it have in common. */
typedef struct origin {
    dr_sym host;
    int64_t time;
    run_id run;
    fact_id fact;
    bool carried_out; /* a command that was run, not only named */
    bool process;     /* a process creation */
} origin;

static bool is_local(dr_str host)
{
    static const char *const local[] = { ".", "localhost", "127.0.0.1", "::1", "[::1]" };
    while (host.n && host.p[0] == '\\')
        host = dr_str_from(host, 1);
    for (size_t i = 0; i < sizeof local / sizeof local[0]; i++) {
        if (dr_str_eq_fold(host, dr_str_of(local[i])))
            return true;
    }
    return host.n == 0;
}

dr_sym claim_host(const reason_input *in, dr_str given)
{
    while (given.n && given.p[0] == '\\')
        given = dr_str_from(given, 1);
    size_t n;
    const dr_sym *hosts = fact_store_hosts(in->store, &n);
    for (size_t i = 0; i < n; i++) {
        if (param_equal(PARAM_HOST, dr_sym_str(in->syms, hosts[i]), given))
            return hosts[i];
    }
    return dr_sym_of(in->syms, given);
}

/* Equal as far as both know, and at least one value that both know (or nothing known at all). */
static bool same_values(const claim *a, const claim *b)
{
    bool shared = false, any = false;
    for (size_t p = 0; p < a->rule->n_params; p++) {
        any = any || a->values[p].p || b->values[p].p;
        if (!a->values[p].p || !b->values[p].p)
            continue;
        if (!param_equal(a->rule->params[p].type, a->values[p], b->values[p]))
            return false;
        shared = true;
    }
    return shared || !any;
}

/* Has the claim a trigger of this kind of record already? Each record of a kind is a command of its own. */
static bool told_alike(const collector *col, const claim *c, const claim_trigger *t)
{
    for (size_t i = 0; i < c->n_triggers; i++) {
        const claim_trigger *other = &c->triggers[i];
        if (other->run && t->run && other->how == HOW_PROCESS && t->how == HOW_PROCESS)
            return !run_is_ancestor(col->in->runs, other->run, t->run) && !run_is_ancestor(col->in->runs, t->run, other->run);
        if (other->fact && t->fact && !(other->run && other->how == HOW_PROCESS) && !(t->run && t->how == HOW_PROCESS)) {
            const fact *a = fact_store_at(col->in->store, other->fact), *b = fact_store_at(col->in->store, t->fact);
            if (a->kind == b->kind && a->records[0].channel == b->records[0].channel && a->id != b->id && a->time != b->time)
                return true;
        }
    }
    return false;
}

/* Are the two triggers one act: the same process, a wrapper and what it named, or one command told by
 * several records of one script host? */
static bool one_act(const collector *col, const claim *c, const claim_trigger *t, int64_t time)
{
    int64_t distance = c->time > time ? c->time - time : time - c->time;
    for (size_t i = 0; i < c->n_triggers; i++) {
        const claim_trigger *other = &c->triggers[i];
        if (other->run && t->run) {
            if (other->run == t->run && other->fact == t->fact)
                return false; /* two commands of one line */
            bool family = run_is_ancestor(col->in->runs, other->run, t->run) || run_is_ancestor(col->in->runs, t->run, other->run);
            if (family && distance <= (other->run == t->run ? ONE_COMMAND : WRAPPED_WITHIN))
                return true;
        } else if (distance <= ONE_COMMAND)
            return true;
    }
    return false;
}

/* The trigger that decides stands first: a process of its own before a mention, the innermost run. */
static bool decides_before(const collector *col, const claim_trigger *a, const claim_trigger *b)
{
    bool a_process = a->run && a->how == HOW_PROCESS, b_process = b->run && b->how == HOW_PROCESS;
    if (a_process != b_process)
        return a_process;
    if (a->run && b->run && a->run != b->run)
        return run_is_ancestor(col->in->runs, b->run, a->run);
    if (a->runs_it != b->runs_it)
        return a->runs_it;
    return false;
}

static void add_trigger(const collector *col, claim *c, const claim_trigger *t, int64_t time)
{
    if (c->n_triggers == CLAIM_MAX_TRIGGERS)
        return;
    bool first = c->n_triggers && decides_before(col, t, &c->triggers[0]);
    if (first) {
        memmove(&c->triggers[1], &c->triggers[0], c->n_triggers * sizeof c->triggers[0]);
        c->triggers[0] = *t;
        c->time = time;
    } else
        c->triggers[c->n_triggers] = *t;
    c->n_triggers++;
}

/* Has the claim this very command of this very record already, by another trigger of its rule? */
static bool told_already(const claim *c, const claim_trigger *t)
{
    for (size_t i = 0; i < c->n_triggers; i++) {
        const claim_trigger *other = &c->triggers[i];
        if (other->run == t->run && other->fact == t->fact && (other->command == t->command || !other->command || !t->command))
            return true;
    }
    return false;
}

static void fill_values(claim *c, const claim *from)
{
    for (size_t p = 0; p < c->rule->n_params; p++) {
        if (!c->values[p].p && from->values[p].p) {
            c->values[p] = from->values[p];
            c->bound_by_trigger[p] = from->bound_by_trigger[p];
        }
    }
}

static dr_status minute_of(const collector *col, const claim *c, int64_t minute, uint64_t **newest)
{
    struct {
        const rule *rule;
        uint64_t host;
        int64_t minute;
    } key = { c->rule, c->host, minute };
    return dr_map_put(col->minutes, (dr_str){ (const char *)(const void *)&key, sizeof key }, newest, NULL);
}

/* The claim stands in the minute of its time. */
static dr_status note_stay(collector *col, const claim *c, size_t number)
{
    uint64_t *newest;
    dr_status status = minute_of(col, c, c->time / WRAPPED_WITHIN, &newest);
    stay s = { number, status == DR_OK ? *newest : 0 };
    if (status != DR_OK || !dr_vec_push(&col->stays, s))
        return DR_NOMEM;
    *newest = col->stays.n;
    return DR_OK;
}

/* The newest claim that FRESH belongs to, SIZE_MAX: none. */
static dr_status find_claim(collector *col, const claim *fresh, size_t *found)
{
    const claim_trigger *t = &fresh->triggers[0];
    *found = SIZE_MAX;
    for (int64_t step = -1; step <= 1; step++) {
        uint64_t *newest;
        dr_status status = minute_of(col, fresh, fresh->time / WRAPPED_WITHIN + step, &newest);
        if (status != DR_OK)
            return status;
        for (uint64_t at = *newest; at; at = col->stays.p[at - 1].before) {
            size_t i = col->stays.p[at - 1].claim;
            const claim *c = col->out->claims.p[i];
            if ((*found == SIZE_MAX || i > *found) && c->from_host == fresh->from_host && same_values(c, fresh) &&
                (told_already(c, t) || (!told_alike(col, c, t) && one_act(col, c, t, fresh->time))))
                *found = i;
        }
    }
    return DR_OK;
}

static dr_status add_claim(collector *col, const claim *fresh)
{
    size_t found;
    dr_status status = find_claim(col, fresh, &found);
    col->kept = true;
    if (status != DR_OK)
        return status;
    if (found != SIZE_MAX) {
        claim *c = col->out->claims.p[found];
        int64_t time = c->time;
        if (!told_already(c, &fresh->triggers[0]))
            add_trigger(col, c, &fresh->triggers[0], fresh->time);
        fill_values(c, fresh);
        return c->time == time ? DR_OK : note_stay(col, c, found);
    }
    claim *c = DR_NEW(col->arena, claim);
    if (!c || !dr_vec_push(&col->out->claims, c))
        return DR_NOMEM;
    *c = *fresh;
    return note_stay(col, c, col->out->claims.n - 1);
}

static dr_status make_claim(collector *col, const origin *o, const command *cmd, const rule *r, const rule_trigger *t,
                            const pattern_bindings *b)
{
    claim fresh = { .rule = r, .host = o->host, .from_host = o->host, .time = o->time, .n_triggers = 1 };
    claim_trigger *trigger = &fresh.triggers[0];
    dr_str given = cmd ? cmd->host : DR_STR_NONE;
    bool domain = (cmd && cmd->domain) || (b && b->domain);
    for (size_t i = 0; b && i < b->n; i++) {
        size_t p = rule_param_index(r, b->list[i].name);
        if (dr_str_is(b->list[i].name, "host"))
            given = b->list[i].value.p ? b->list[i].value : given;
        if (p != SIZE_MAX && b->list[i].value.n) {
            fresh.values[p] = param_value(col->arena, r->params[p].type, b->list[i].value);
            fresh.bound_by_trigger[p] = true;
        }
    }
    for (size_t i = 0; i < t->n_fixed; i++)
        fresh.values[t->fixed[i].param] = t->fixed[i].value;
    if (given.n && !is_local(given)) {
        fresh.host_given = given;
        fresh.host = claim_host(col->in, given);
        size_t target = rule_param_index(r, DR_STR("target")); /* where the effect would be, as a parameter */
        if (target != SIZE_MAX && !fresh.values[target].p) {
            fresh.values[target] = given;
            fresh.bound_by_trigger[target] = true;
        }
    } else if (domain) {
        /* The effect is on a domain controller that the command does not name. */
        fresh.host_given = DR_STR("a domain controller");
        fresh.host = o->host;
    }
    claim_lookup(col->in, r, fresh.host, o->time, fresh.values);
    bool mention = !cmd || cmd->how == COMMAND_WRAPPED;
    trigger->rule = t;
    trigger->run = o->run;
    trigger->fact = o->fact;
    trigger->how = o->process && !mention ? HOW_PROCESS : HOW_COMMAND;
    trigger->runs_it = o->carried_out && !mention;
    trigger->command = col->command;
    trigger->depth = cmd ? cmd->depth : 0;
    trigger->text = cmd ? cmd->raw : DR_STR_NONE;
    return add_claim(col, &fresh);
}

static dr_status match_command(collector *col, const origin *o, const command *cmd)
{
    trigger_kind kind = cmd->kind == COMMAND_CMDLET ? TRIGGER_CMDLET : TRIGGER_TOOL;
    dr_str name = cmd->kind == COMMAND_CMDLET ? cmd->name : cmd->tool ? cmd->tool->id : DR_STR_NONE;
    if (!name.n || cmd->defined || cmd->dry)
        return DR_OK;
    for (uint32_t ref = rule_set_triggers(col->in->rules, kind, name); ref;) {
        const struct rule_trigger_ref *r = &col->in->rules->trigger_refs.p[ref - 1];
        const pattern_bindings *bindings;
        size_t n;
        dr_status status = pattern_match(r->trigger->pattern, cmd, col->arena, &bindings, &n);
        for (size_t i = 0; i < n && status == DR_OK; i++)
            status = make_claim(col, o, cmd, r->rule, r->trigger, &bindings[i]);
        if (status != DR_OK)
            return status;
        ref = r->next;
    }
    return DR_OK;
}

static dr_status match_all(collector *col, const origin *o, const command_list *list)
{
    dr_status status = DR_OK;
    for (size_t i = 0; i < list->n && status == DR_OK; i++) {
        col->command = i + 1;
        status = match_command(col, o, &list->commands[i]);
    }
    col->command = 0;
    return status;
}

/* Texts that have no form as arguments: searched for in scripts. */
static dr_status match_script(collector *col, const origin *o, dr_str text)
{
    for (uint32_t ref = rule_set_triggers(col->in->rules, TRIGGER_SCRIPT, DR_STR_NONE); ref;) {
        const struct rule_trigger_ref *r = &col->in->rules->trigger_refs.p[ref - 1];
        if (dr_str_find_fold(text, r->trigger->script) != SIZE_MAX) {
            command named = { .how = COMMAND_WRAPPED, .raw = r->trigger->script };
            dr_status status = make_claim(col, o, &named, r->rule, r->trigger, NULL);
            if (status != DR_OK)
                return status;
        }
        ref = r->next;
    }
    return DR_OK;
}

/* The place of a run's command line among those that set nothing off; *known: it stands there. */
static run_id *idle_place(const collector *col, const run *r, bool *known)
{
    uint64_t hash = dr_hash64(r->command_line.p, r->command_line.n) ^ dr_hash64(r->image.p, r->image.n);
    run_id *place = &col->idle[hash % IDLE_LINES];
    const run *other = *place ? run_at(col->in->runs, *place) : NULL;
    *known = other && dr_str_eq(other->command_line, r->command_line) && dr_str_eq(other->image, r->image) &&
             dr_str_eq(other->original_name, r->original_name);
    return place;
}

static dr_status collect_runs(collector *col)
{
    const run_table *runs = col->in->runs;
    dr_status status = DR_OK;
    for (run_id id = 1; id <= run_count(runs) && status == DR_OK; id++) {
        const run *r = run_at(runs, id);
        command_list list;
        bool known;
        if (!r->n_created || !r->command_line.n)
            continue;
        run_id *idle = idle_place(col, r, &known);
        if (known)
            continue;
        origin o = { .host = r->host, .time = r->start, .run = id, .fact = r->created[0], .process = true };
        dr_arena_mark mark = dr_arena_save(col->arena);
        col->kept = false;
        status = command_of_process(col->in->tools, col->arena, r->image, r->original_name, r->command_line, &list);
        if (status == DR_OK)
            status = match_all(col, &o, &list);
        if (status == DR_OK && !col->kept) {
            dr_arena_restore(col->arena, mark);
            *idle = id;
        }
    }
    return status;
}

/* The run of the script host that wrote the record, when its creation is known. */
static run_id host_run(const reason_input *in, const fact *f)
{
    run_id id = run_of_fact(in->runs, f->id);
    return id && run_at(in->runs, id)->n_created ? id : 0;
}

typedef enum script_form { FORM_BLOCK, FORM_BINDINGS, FORM_LINE } script_form;

static dr_status collect_scripts(collector *col, uint16_t kind, script_form form)
{
    const reason_input *in = col->in;
    size_t n;
    const fact_id *ids = kind ? fact_store_kind(in->store, kind, &n) : NULL;
    dr_status status = DR_OK;
    for (size_t i = 0; ids && i < n && status == DR_OK; i++) {
        const fact *f = fact_store_at(in->store, ids[i]);
        dr_str text = fact_get(f, in->names->script_text);
        command_list list = { 0 };
        if (!text.n || (f->flags & FACT_FORGED))
            continue;
        origin o = { .host = f->host, .time = f->time, .run = host_run(in, f), .fact = f->id };
        dr_arena_mark mark = dr_arena_save(col->arena);
        col->kept = false;
        if (form == FORM_BINDINGS) {
            o.carried_out = true;
            status = command_of_bindings(in->tools, col->arena, text, &list);
        } else if (form == FORM_BLOCK)
            status = command_of_script(in->tools, col->arena, text, &list);
        else if (!o.run) /* else the process itself has told its command line */
            status = command_of_line(in->tools, col->arena, text, &list);
        if (status == DR_OK)
            status = match_all(col, &o, &list);
        if (status == DR_OK && form == FORM_BLOCK)
            status = match_script(col, &o, text);
        if (status == DR_OK && !col->kept)
            dr_arena_restore(col->arena, mark);
    }
    return status;
}

dr_status triggers_collect(const reason_input *in, dr_arena *arena, claim_list *out)
{
    collector col = { .in = in, .arena = arena, .out = out };
    const entity_names *a = in->names;
    col.idle = DR_NEW_ARRAY(arena, run_id, IDLE_LINES);
    col.minutes = dr_map_create();
    dr_status status = col.idle && col.minutes ? collect_runs(&col) : DR_NOMEM;
    if (status == DR_OK)
        status = collect_scripts(&col, a->kind_script_command, FORM_BINDINGS);
    if (status == DR_OK)
        status = collect_scripts(&col, a->kind_script_block, FORM_BLOCK);
    if (status == DR_OK)
        status = collect_scripts(&col, a->kind_script_engine_started, FORM_LINE);
    dr_map_destroy(col.minutes);
    dr_vec_free(&col.stays);
    return status;
}
