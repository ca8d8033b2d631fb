#include "reason/example.h"

#include "reason/reason.h"

#define EXAMPLE_START 133801632000000000ll /* 2025-01-01 10:00:00 UTC */

typedef struct example {
    const rule_set *rules;
    const entity_names *names;
    dr_symtab *syms;
    const rule *rule;
    const yaml_node *node;
    dr_arena *arena;
    dr_err *err;
    /* what is covered */
    bool all_covered;
    const uint16_t *covered;
    size_t n_covered;
    cov_reason reason;
    int64_t as_of; /* of the stores at rest */
} example;

static void example_silence(const void *context, dr_arena *arena, const silence_question *q, silence_answer *a)
{
    const example *e = context;
    (void)arena;
    bool covered = e->all_covered && !q->at_rest; /* "all" are records; a store that was read whole is named */
    for (size_t i = 0; i < e->n_covered && !covered; i++)
        covered = e->covered[i] == q->kind;
    a->reason = covered ? COV_COVERED : e->reason;
    if (covered && q->at_rest && q->to != DR_NO_TIME && q->to > e->as_of)
        a->reason = COV_OUT_OF_SPAN;
    a->grade = GRADE_A;
    a->text = DR_STR_NONE;
    a->as_of = q->at_rest ? e->as_of : DR_NO_TIME;
}

/* Flags of a fact that an example may set. */
static bool fact_flag(dr_str name, uint32_t *flag)
{
    static const struct {
        const char *name;
        uint32_t flag;
    } flags[] = { { "classic", FACT_CLASSIC }, { "forged", FACT_FORGED }, { "recovered", FACT_RECOVERED } };
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        if (dr_str_is(name, flags[i].name)) {
            *flag = flags[i].flag;
            return true;
        }
    }
    return false;
}

static dr_status add_fact(const example *e, fact_store *store, const yaml_node *map, size_t number)
{
    const yaml_file *file = e->rule->yaml;
    const vocabulary *vocab = e->rules->vocab;
    fact_draft d = { .host = DR_STR_INIT("PC"), .channel = DR_STR_INIT("log"), .provider = DR_STR_INIT("component"),
                     .time = EXAMPLE_START, .precision = 1 };
    if (map->kind != YAML_MAP)
        return yaml_fail(e->err, file, map, "expected a fact: {fact: KIND, at: DURATION, attribute: value, ...}");
    d.means = vocab_meaning_of(vocab, DR_STR("occurred"));
    d.record.record_id = number + 1;
    d.record.offset = number;
    d.record.source = 1;
    for (size_t i = 0; i < map->n; i++) {
        dr_str key = map->keys[i]->text, value = map->items[i]->text;
        uint32_t flag;
        if (dr_str_is(key, "fact")) {
            d.kind = vocab_kind_of(vocab, value);
            if (!d.kind)
                return yaml_fail(e->err, file, map->items[i], "there is no kind of fact '%.*s'", DR_STR_ARG(value));
        } else if (dr_str_is(key, "at")) {
            int64_t offset;
            if (!dr_duration_parse(value, &offset))
                return yaml_fail(e->err, file, map->items[i], "expected a duration such as 31ms or 2h");
            d.time += offset;
        } else if (dr_str_is(key, "host"))
            d.host = value;
        else if (dr_str_is(key, "channel"))
            d.channel = value;
        else if (fact_flag(key, &flag))
            d.flags |= flag;
        else {
            dr_sym sym = dr_sym_find(e->syms, key);
            if (!sym || !vocab_attr_of(vocab, sym))
                return yaml_fail(e->err, file, map->keys[i], "there is no attribute '%.*s' in the vocabulary", DR_STR_ARG(key));
            if (d.n_attrs < sizeof d.attrs / sizeof d.attrs[0])
                d.attrs[d.n_attrs++] = (fact_attr){ sym, value };
        }
    }
    if (!d.kind)
        return yaml_fail(e->err, file, map, "a fact needs its kind");
    if (vocab->kinds[d.kind].at_rest)
        d.flags |= FACT_AT_REST;
    return fact_store_add(store, &d);
}

/* What one expectation says of one verdict: empty when it holds. */
static dr_status compare(const example *e, const yaml_node *expect, const verdict *v, dr_str *difference)
{
    const yaml_file *file = e->rule->yaml;
    *difference = DR_STR_NONE;
    for (size_t i = 0; i < expect->n; i++) {
        dr_str key = expect->keys[i]->text, have = DR_STR_NONE, *wanted;
        size_t n;
        rung step;
        if (dr_str_is(key, "count"))
            continue;
        DR_TRY(yaml_texts(file, expect->items[i], e->arena, &wanted, &n, e->err));
        if (dr_str_is(key, "word"))
            have = dr_str_of(word_name(v->word));
        else if (dr_str_is(key, "grade"))
            have = dr_str_of(grade_name(v->grade));
        else if (dr_str_is(key, "label"))
            have = v->label;
        else if (dr_str_is(key, "to_decide"))
            have = v->to_decide ? DR_STR("yes") : DR_STR("no");
        else if (rung_of(key, &step))
            have = dr_str_of(state_name(v->states[step]));
        else if (rule_param_index(e->rule, key) != SIZE_MAX) {
            for (size_t p = 0; p < v->n_parameters; p++) {
                if (dr_str_eq(v->parameters[p].name, key))
                    have = v->parameters[p].value;
            }
        } else
            return yaml_fail(e->err, file, expect->keys[i], "'%.*s' is no word, grade, label, to_decide, rung or parameter", DR_STR_ARG(key));
        bool fits = false;
        for (size_t k = 0; k < n && !fits; k++)
            fits = dr_str_glob_fold(wanted[k], have);
        if (!fits && !difference->n)
            *difference = dr_arena_printf(e->arena, "%.*s is '%.*s', not '%.*s'", DR_STR_ARG(key), DR_STR_ARG(have),
                                          DR_STR_ARG(n ? wanted[0] : DR_STR_NONE));
    }
    return DR_OK;
}

static dr_status judge_example(const example *e, const verdict_list *list, dr_str *difference)
{
    const yaml_node *expect = yaml_get(e->node, "expect");
    const yaml_file *file = e->rule->yaml;
    if (!expect)
        return yaml_fail(e->err, file, e->node, "an example needs expect");
    *difference = DR_STR_NONE;
    size_t count = 0, fitting = 0;
    dr_str nearest = DR_STR_NONE;
    bool none = expect->kind == YAML_SCALAR && dr_str_is(expect->text, "none");
    if (!none && expect->kind != YAML_MAP)
        return yaml_fail(e->err, file, expect, "expect: a map, or none");
    for (size_t i = 0; i < list->verdicts.n; i++) {
        const verdict *v = &list->verdicts.p[i];
        dr_str one;
        if (!dr_str_eq(v->claim, e->rule->id))
            continue;
        count++;
        if (none) {
            *difference = dr_arena_printf(e->arena, "there is a verdict: %s", word_name(v->word));
            return DR_OK;
        }
        DR_TRY(compare(e, expect, v, &one));
        if (!one.n)
            fitting++;
        else if (!nearest.n)
            nearest = one;
    }
    if (none)
        return DR_OK;
    const yaml_node *wanted = yaml_get(expect, "count");
    uint64_t number;
    if (wanted && dr_str_to_u64(wanted->text, &number) && number != count)
        *difference = dr_arena_printf(e->arena, "%zu verdicts, not %.*s", count, DR_STR_ARG(wanted->text));
    else if (!fitting)
        *difference = count ? nearest : DR_STR("there is no verdict of this claim");
    return DR_OK;
}

static dr_status read_covered(example *e)
{
    const yaml_node *node = yaml_get(e->node, "covered");
    e->reason = COV_NOT_COLLECTED;
    if (!node || (node->kind == YAML_SCALAR && dr_str_is(node->text, "none")))
        return DR_OK;
    if (node->kind == YAML_SCALAR && dr_str_is(node->text, "all")) {
        e->all_covered = true;
        return DR_OK;
    }
    dr_str *names;
    DR_TRY(yaml_texts(e->rule->yaml, node, e->arena, &names, &e->n_covered, e->err));
    uint16_t *kinds = DR_NEW_ARRAY(e->arena, uint16_t, e->n_covered);
    for (size_t i = 0; kinds && i < e->n_covered; i++) {
        kinds[i] = vocab_kind_of(e->rules->vocab, names[i]);
        if (!kinds[i])
            return yaml_fail(e->err, e->rule->yaml, node, "covered: all, none, or kinds of facts; there is no kind '%.*s'", DR_STR_ARG(names[i]));
    }
    e->covered = kinds;
    return kinds ? DR_OK : DR_NOMEM;
}

static dr_status run_example(example *e, dr_str *difference)
{
    static const char *const keys[] = { "name", "facts", "covered", "as_of", "expect", NULL };
    const yaml_file *file = e->rule->yaml;
    if (e->node->kind != YAML_MAP)
        return yaml_fail(e->err, file, e->node, "expected an example: {name, facts, covered, expect}");
    DR_TRY(yaml_only(file, e->node, keys, e->err));
    DR_TRY(read_covered(e));
    int64_t after = 24 * DR_TICKS_PER_HOUR;
    const yaml_node *as_of = yaml_get(e->node, "as_of");
    if (as_of && !dr_duration_parse(as_of->text, &after))
        return yaml_fail(e->err, file, as_of, "as_of: expected a duration from the first fact on, such as 2h");
    e->as_of = EXAMPLE_START + after;
    const yaml_node *facts = yaml_get(e->node, "facts");
    if (!facts || facts->kind != YAML_LIST)
        return yaml_fail(e->err, file, e->node, "an example needs a list of facts");

    fact_store *store = fact_store_create(e->rules->vocab, e->syms);
    run_table *runs = NULL;
    verdict_list list = { 0 };
    dr_status status = store ? DR_OK : DR_NOMEM;
    for (size_t i = 0; i < facts->n && status == DR_OK; i++)
        status = add_fact(e, store, facts->items[i], i);
    if (status == DR_OK)
        status = fact_store_seal(store);
    if (status == DR_OK)
        status = run_table_build(&runs, store, e->rules->vocab, e->names, e->err);
    if (status == DR_OK)
        status = verdict_list_init(&list);
    if (status == DR_OK) {
        reason_input in = { .store = store, .vocab = e->rules->vocab, .rules = e->rules, .tools = e->rules->tools,
                            .runs = runs, .names = e->names, .syms = e->syms, .silence = { e, example_silence } };
        status = reason_run(&in, NULL, &list, e->err);
    }
    if (status == DR_OK)
        status = judge_example(e, &list, difference);
    if (list.arena)
        verdict_list_free(&list);
    run_table_free(runs);
    if (store)
        fact_store_destroy(store);
    return status;
}

dr_status examples_run(const rule_set *rules, const entity_names *names, dr_symtab *syms,
                       void (*fail)(void *context, dr_str place, dr_str text), void *context, example_result *result, dr_err *err)
{
    dr_arena *arena = dr_arena_create("examples", 0);
    dr_status status = arena ? DR_OK : DR_NOMEM;
    *result = (example_result){ 0 };
    for (size_t r = 0; r < rules->rules.n && status == DR_OK; r++) {
        const rule *own = rules->rules.p[r];
        for (size_t i = 0; own->examples && i < own->examples->n && status == DR_OK; i++) {
            dr_arena_mark mark = dr_arena_save(arena);
            example e = { .rules = rules, .names = names, .syms = syms, .rule = own, .node = own->examples->items[i],
                          .arena = arena, .err = err };
            dr_str difference = DR_STR_NONE;
            status = run_example(&e, &difference);
            if (status == DR_OK && difference.n) {
                const yaml_node *name = yaml_get(e.node, "name");
                result->failed++;
                if (fail)
                    fail(context, dr_arena_printf(arena, "%.*s:%u", DR_STR_ARG(own->file), e.node->line),
                         dr_arena_printf(arena, "%.*s: %.*s", DR_STR_ARG(name ? name->text : DR_STR("example")), DR_STR_ARG(difference)));
            } else if (status == DR_OK)
                result->passed++;
            dr_arena_restore(arena, mark);
        }
    }
    dr_arena_destroy(arena);
    return status;
}
