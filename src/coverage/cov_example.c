#include "coverage/cov_example.h"

#include "coverage/coverage.h"

#define START (DR_TICKS_1970 + 20000 * DR_TICKS_PER_DAY)
#define END (START + 100 * DR_TICKS_PER_HOUR)
#define ASKED_AT (START + 50 * DR_TICKS_PER_HOUR)
#define HOST "PC"
#define OTHER_LOG "another log" /* its records show that the host was in use */

typedef struct example {
    const recorder_set *set;
    const vocabulary *vocab;
    const recorder *r;
    const yaml_node *node;
    dr_arena *arena;
    dr_err *err;
    cov_rest rest;
    bool has_rest;
    cov_system system;
    bool has_system;
} example;

static dr_status wrong(const example *e, const yaml_node *at, const char *what)
{
    return yaml_fail(e->err, e->r->file, at, "%s", what);
}

/* A length of time behind the start. */
static dr_status read_at(const example *e, const yaml_node *node, int64_t *out)
{
    int64_t length;
    if (node->kind != YAML_SCALAR || !dr_duration_parse(node->text, &length) || length < 0 || length > 100 * DR_TICKS_PER_DAY)
        return wrong(e, node, "expected a length of time such as 20h");
    *out = START + length;
    return DR_OK;
}

static dr_status read_kind(const example *e, const yaml_node *node, uint16_t *out)
{
    *out = node->kind == YAML_SCALAR ? vocab_kind_of(e->vocab, node->text) : 0;
    return *out ? DR_OK : wrong(e, node, "expected a kind of fact of the vocabulary");
}

static dr_status read_attribute(const example *e, const yaml_node *key, const yaml_node *value, fact_attr *list, size_t *n)
{
    dr_sym sym = dr_sym_find(e->vocab->syms, key->text);
    if (!sym || !vocab_attr_of(e->vocab, sym) || value->kind != YAML_SCALAR)
        return wrong(e, key, "expected an attribute of the vocabulary and its value");
    if (*n < FACT_ATTRS_MAX)
        list[(*n)++] = (fact_attr){ sym, value->text };
    return DR_OK;
}

static dr_status add_fact(const example *e, fact_store *store, const yaml_node *map, size_t number)
{
    fact_draft d = { .host = DR_STR_INIT(HOST), .channel = e->r->channel, .provider = DR_STR_INIT("component"), .time = START,
                     .precision = 1, .means = vocab_meaning_of(e->vocab, DR_STR("occurred")) };
    if (map->kind != YAML_MAP)
        return wrong(e, map, "expected a fact: {fact: KIND, at: LENGTH, attribute: value, ...}");
    d.record.source = 1;
    d.record.record_id = number + 1;
    d.record.offset = number;
    for (size_t i = 0; i < map->n; i++) {
        if (dr_str_is(map->keys[i]->text, "fact"))
            DR_TRY(read_kind(e, map->items[i], &d.kind));
        else if (dr_str_is(map->keys[i]->text, "at"))
            DR_TRY(read_at(e, map->items[i], &d.time));
        else if (dr_str_is(map->keys[i]->text, "channel"))
            d.channel = map->items[i]->text;
        else
            DR_TRY(read_attribute(e, map->keys[i], map->items[i], d.attrs, &d.n_attrs));
    }
    if (!d.kind)
        return wrong(e, map, "a fact needs its kind");
    if (e->vocab->kinds[d.kind].at_rest) {
        d.flags |= FACT_AT_REST;
        d.channel = DR_STR_NONE;
        d.record.record_id = 0;
    }
    return fact_store_add(store, &d);
}

static dr_status count_log(census *c, uint32_t source, dr_str channel, int64_t from, int64_t to)
{
    uint32_t slot;
    DR_TRY(census_slot(c, source, DR_STR(HOST), channel, &slot));
    uint64_t id = 1000;
    for (int64_t time = from; time <= to; time += DR_TICKS_PER_MIN, id++)
        census_note(c, slot, id, time, 0, id * 512);
    return DR_OK;
}

static dr_status count_logs(const example *e, census *c)
{
    const yaml_node *log = yaml_get(e->node, "log");
    int64_t from = START, to = END;
    bool none = log && log->kind == YAML_SCALAR && dr_str_is(log->text, "none");
    if (log && !none) {
        if (log->kind != YAML_LIST || log->n != 2)
            return wrong(e, log, "expected log: [FROM, TO], or none");
        DR_TRY(read_at(e, log->items[0], &from));
        DR_TRY(read_at(e, log->items[1], &to));
    }
    if (e->r->channel.n && !none)
        DR_TRY(count_log(c, 1, e->r->channel, from, to));
    DR_TRY(count_log(c, 2, DR_STR(OTHER_LOG), START, END));
    return census_seal(c);
}

static dr_status read_bool(const example *e, const yaml_node *map, const char *key, bool *out)
{
    const yaml_node *node = yaml_get(map, key);
    if (node && !dr_str_is(node->text, "true") && !dr_str_is(node->text, "false"))
        return wrong(e, node, "expected true or false");
    *out = !node || dr_str_is(node->text, "true");
    return DR_OK;
}

static dr_status read_store(example *e, dr_sym host)
{
    static const char *const keys[] = { "whole", "replayed", "as_of", NULL };
    const yaml_node *node = yaml_get(e->node, "store");
    e->rest = (cov_rest){ .host = host, .artefact = e->r->artefact, .source = 1, .as_of = END, .whole = true, .replayed = true };
    e->has_rest = e->r->artefact.n > 0;
    if (!node)
        return DR_OK;
    if (!e->r->artefact.n)
        return wrong(e, node, "store: the recorder is a log");
    if (node->kind == YAML_SCALAR && dr_str_is(node->text, "none")) {
        e->has_rest = false;
        return DR_OK;
    }
    DR_TRY(yaml_only(e->r->file, node, keys, e->err));
    DR_TRY(read_bool(e, node, "whole", &e->rest.whole));
    DR_TRY(read_bool(e, node, "replayed", &e->rest.replayed));
    return yaml_get(node, "as_of") ? read_at(e, yaml_get(node, "as_of"), &e->rest.as_of) : DR_OK;
}

static dr_status read_system(example *e, dr_sym host)
{
    static const char *const keys[] = { "edition", "build", NULL };
    static const char *const editions[EDITION_COUNT] = { "client", "server", "dc" };
    const yaml_node *node = yaml_get(e->node, "system"), *edition = yaml_get(node, "edition"), *build = yaml_get(node, "build");
    e->system = (cov_system){ .host = host, .edition = EDITION_UNKNOWN };
    e->has_system = node != NULL;
    if (!node)
        return DR_OK;
    DR_TRY(yaml_only(e->r->file, node, keys, e->err));
    uint64_t number = 0;
    if (build && (!dr_str_to_u64(build->text, &number) || number > 1000000))
        return wrong(e, build, "expected the number of a build of Windows");
    e->system.build = (uint32_t)number;
    for (recorder_edition i = 0; edition && i < EDITION_COUNT; i++) {
        if (dr_str_is(edition->text, editions[i]))
            e->system.edition = i;
    }
    return edition && e->system.edition == EDITION_UNKNOWN ? wrong(e, edition, "expected client, server or dc") : DR_OK;
}

typedef struct question {
    uint16_t kind;
    cov_question q;
    fact_attr attrs[FACT_ATTRS_MAX];
} question;

static dr_status read_question(const example *e, question *out)
{
    const yaml_node *node = yaml_get(e->node, "ask");
    out->kind = e->r->writes.p[0].kind;
    out->q = (cov_question){ .from = ASKED_AT, .attrs = out->attrs };
    if (node && node->kind != YAML_MAP)
        return wrong(e, node, "ask: expected {fact, at, route, attribute: value, ...}");
    for (size_t i = 0; node && i < node->n; i++) {
        dr_str key = node->keys[i]->text;
        if (dr_str_is(key, "fact"))
            DR_TRY(read_kind(e, node->items[i], &out->kind));
        else if (dr_str_is(key, "at"))
            DR_TRY(read_at(e, node->items[i], &out->q.from));
        else if (dr_str_is(key, "route"))
            out->q.route = node->items[i]->text;
        else
            DR_TRY(read_attribute(e, node->keys[i], node->items[i], out->attrs, &out->q.n_attrs));
    }
    out->q.near = out->q.to = out->q.from;
    return DR_OK;
}

static dr_status compare(const example *e, const coverage *c, dr_sym host, dr_str *difference)
{
    static const char *const chains[] = { "", " C", " B", " A" };
    const yaml_node *expect = yaml_get(e->node, "expect");
    question ask;
    cov_reason reason;
    cov_grade grade;
    const recorder *by;
    if (!expect || expect->kind != YAML_SCALAR)
        return wrong(e, e->node, "an example needs expect: covered, or the reason why not");
    DR_TRY(read_question(e, &ask));
    if (e->r->artefact.n) {
        ask.q.to = ask.q.from;
        cov_rest_answer a = cov_at_rest(c, e->arena, host, ask.kind, &ask.q);
        reason = a.reason;
        grade = a.grade;
        by = a.recorder;
    } else {
        cov_answer a = cov_ask(c, e->arena, host, ask.kind, &ask.q);
        reason = a.reason;
        grade = a.grade;
        by = a.recorder;
    }
    dr_str wanted = expect->text, chain = dr_str_of(chains[reason == COV_COVERED ? grade : COV_GRADE_NONE]);
    dr_str have = dr_arena_concat(e->arena, dr_str_of(cov_reason_name(reason)), chain);
    if (!dr_str_eq(have, wanted) && !dr_str_is(wanted, cov_reason_name(reason)))
        *difference = dr_arena_printf(e->arena, "it is '%.*s', not '%.*s'", DR_STR_ARG(have), DR_STR_ARG(wanted));
    else if (reason == COV_COVERED && by != e->r)
        *difference = dr_arena_printf(e->arena, "it is covered by the recorder '%.*s'", DR_STR_ARG(by ? by->id : DR_STR_NONE));
    return DR_OK;
}

static dr_status run_example(example *e, dr_str *difference)
{
    static const char *const keys[] = { "name", "facts", "log", "store", "system", "ask", "expect", NULL };
    if (e->node->kind != YAML_MAP)
        return wrong(e, e->node, "expected an example: {name, facts, log, store, system, ask, expect}");
    DR_TRY(yaml_only(e->r->file, e->node, keys, e->err));
    const yaml_node *facts = yaml_get(e->node, "facts");
    if (facts && facts->kind != YAML_LIST)
        return wrong(e, facts, "facts: expected a list");
    dr_sym host = dr_sym_of(e->vocab->syms, DR_STR(HOST));
    DR_TRY(read_store(e, host));
    DR_TRY(read_system(e, host));
    fact_store *store = fact_store_create(e->vocab, e->vocab->syms);
    census *counted = census_create();
    coverage *c = NULL;
    dr_status status = store && counted ? DR_OK : DR_NOMEM;
    for (size_t i = 0; status == DR_OK && facts && i < facts->n; i++)
        status = add_fact(e, store, facts->items[i], i);
    if (status == DR_OK)
        status = fact_store_seal(store);
    if (status == DR_OK)
        status = count_logs(e, counted);
    if (status == DR_OK) {
        cov_input in = { .store = store, .vocab = e->vocab, .recorders = e->set, .census = counted, .rest = &e->rest, .n_rest = e->has_rest,
                         .systems = &e->system, .n_systems = e->has_system };
        status = coverage_build(&c, &in, e->err);
    }
    if (status == DR_OK)
        status = compare(e, c, host, difference);
    coverage_free(c);
    if (counted)
        census_destroy(counted);
    if (store)
        fact_store_destroy(store);
    return status;
}

dr_status cov_examples_run(const recorder_set *set, const vocabulary *vocab, void (*fail)(void *context, dr_str place, dr_str text),
                           void *context, cov_examples_result *result, dr_err *err)
{
    dr_arena *arena = dr_arena_create("examples", 0);
    dr_status status = arena ? DR_OK : dr_fail(err, DR_NOMEM, "out of memory");
    *result = (cov_examples_result){ 0 };
    for (size_t i = 0; i < set->n && status == DR_OK; i++) {
        const recorder *r = &set->recorders[i];
        for (size_t k = 0; r->examples && k < r->examples->n && status == DR_OK; k++) {
            dr_arena_mark mark = dr_arena_save(arena);
            example e = { .set = set, .vocab = vocab, .r = r, .node = r->examples->items[k], .arena = arena, .err = err };
            dr_str difference = DR_STR_NONE;
            status = run_example(&e, &difference);
            if (status == DR_OK && difference.n) {
                const yaml_node *name = yaml_get(e.node, "name");
                result->failed++;
                if (fail)
                    fail(context, dr_arena_printf(arena, "%.*s:%u", DR_STR_ARG(r->file->name), e.node->line),
                         dr_arena_printf(arena, "%.*s, %.*s: %.*s", DR_STR_ARG(r->id), DR_STR_ARG(name ? name->text : DR_STR("example")),
                                         DR_STR_ARG(difference)));
            } else if (status == DR_OK)
                result->passed++;
            dr_arena_restore(arena, mark);
        }
    }
    dr_arena_destroy(arena);
    return status;
}
