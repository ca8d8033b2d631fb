/* Runs the examples that stand in the data files. */
#include "fact/map_parts.h"

#include "base/buf.h"
#include "fact/value.h"

#include <inttypes.h>

#define EXAMPLE_FIELDS_MAX 96
#define EXAMPLE_FACTS_MAX 16
#define KEYWORD_AUDIT_SUCCESS 0x8020000000000000ull
#define KEYWORD_AUDIT_FAILURE 0x8010000000000000ull

typedef struct kept_fact {
    uint16_t kind;
    uint32_t flags;
    int64_t time;
    fact_attr *attrs;
    size_t n_attrs;
} kept_fact;

typedef struct tester {
    const fact_maps *maps;
    fact_mapper *mapper;
    dr_arena *arena;
    kept_fact facts[EXAMPLE_FACTS_MAX];
    size_t n;
    dr_buf text; /* what is different */
    dr_err *err;
} tester;

static dr_status keep_fact(void *context, const fact_draft *d)
{
    tester *t = context;
    if (t->n == EXAMPLE_FACTS_MAX)
        return dr_fail(t->err, DR_LIMIT, "an example with more than %d facts", EXAMPLE_FACTS_MAX);
    kept_fact *k = &t->facts[t->n++];
    *k = (kept_fact){ .kind = d->kind, .flags = d->flags, .time = d->time, .n_attrs = d->n_attrs };
    k->attrs = DR_NEW_ARRAY(t->arena, fact_attr, d->n_attrs);
    if (!k->attrs)
        return DR_NOMEM;
    for (size_t i = 0; i < d->n_attrs; i++)
        k->attrs[i] = (fact_attr){ d->attrs[i].key, dr_arena_str(t->arena, d->attrs[i].value) };
    return DR_OK;
}

/* The record of an example: its fields by name, unnamed Data as 1, 2, 3, and what stands in System
 * under a dot. Unnamed ones that are left out are empty. */
static dr_status given_record(tester *t, const map_example *e, const yaml_node *given, record *r, record_field *fields)
{
    dr_str positional[EXAMPLE_FIELDS_MAX] = { { NULL, 0 } };
    size_t last = 0;
    uint64_t number;
    *r = (record){ .schema = e->defaults->schema.n ? e->defaults->schema : DR_STR("evtx"), .offset = 512, .record_id = 1 };
    if (!e->defaults->schema.n)
        r->provider = e->defaults->providers[0];
    if (e->defaults->n_channels)
        r->channel = e->defaults->channels[0];
    r->time = DR_TICKS_1970;
    for (size_t i = 0; i < given->n; i++) {
        dr_str key = given->keys[i]->text, value = given->items[i]->text;
        if (given->items[i]->kind != YAML_SCALAR)
            return yaml_fail(t->err, e->file, given->items[i], "expected text");
        bool numeric = dr_str_to_u64(value, &number);
        if (dr_str_is(key, "event") && numeric)
            r->event_id = (uint32_t)number;
        else if (dr_str_is(key, "version") && numeric)
            r->version = (uint32_t)number;
        else if (dr_str_is(key, "audit"))
            r->keywords = dr_str_is(value, "failure") ? KEYWORD_AUDIT_FAILURE : KEYWORD_AUDIT_SUCCESS;
        else if (dr_str_is(key, ".user"))
            r->user_sid = value;
        else if (dr_str_is(key, ".pid") && numeric)
            r->pid = (uint32_t)number;
        else if (dr_str_is(key, ".channel"))
            r->channel = value;
        else if (dr_str_is(key, ".provider"))
            r->provider = value;
        else if (dr_str_is(key, ".alias"))
            r->provider_alias = value;
        else if (dr_str_is(key, ".computer"))
            r->computer = value;
        else if (dr_str_is(key, ".activity"))
            r->activity = value;
        else if (dr_str_is(key, ".place"))
            r->place = value;
        else if (dr_str_is(key, ".level") && numeric)
            r->level = (uint32_t)number;
        else if (dr_str_is(key, ".marked"))
            r->flags |= dr_str_is(value, "false") ? (uint32_t)RECORD_NO_SOURCE_MARK : 0;
        else if (dr_str_is(key, ".time") && dr_time_parse(value, &r->time))
            continue;
        else if (key.n && key.p[0] == '.')
            return yaml_fail(t->err, e->file, given->keys[i], "there is no '%.*s' in a record", DR_STR_ARG(key));
        else if (dr_str_to_u64(key, &number) && number >= 1 && number <= EXAMPLE_FIELDS_MAX / 2) {
            positional[number - 1] = value;
            last = number > last ? (size_t)number : last;
        } else if (r->n_fields < EXAMPLE_FIELDS_MAX / 2)
            fields[r->n_fields++] = (record_field){ key, value };
    }
    for (size_t i = 0; i < last; i++)
        fields[r->n_fields++] = (record_field){ DR_STR_NONE, positional[i].p ? positional[i] : DR_STR_NONE };
    r->fields = fields;
    return DR_OK;
}

static const fact_attr *attr_of(const kept_fact *k, dr_sym key)
{
    for (size_t i = 0; i < k->n_attrs; i++) {
        if (k->attrs[i].key == key)
            return &k->attrs[i];
    }
    return NULL;
}

static dr_status compare_attr(tester *t, const map_example *e, const yaml_node *key, const yaml_node *value, const kept_fact *k)
{
    dr_sym sym = dr_sym_find(t->maps->vocab->syms, key->text);
    if (!vocab_attr_of(t->maps->vocab, sym))
        return yaml_fail(t->err, e->file, key, "there is no attribute '%.*s' in the vocabulary", DR_STR_ARG(key->text));
    const fact_attr *have = attr_of(k, sym);
    if (!have)
        dr_buf_printf(&t->text, "%.*s is not there; expected '%.*s'. ", DR_STR_ARG(key->text), DR_STR_ARG(value->text));
    else if (!dr_str_eq(have->value, value->text))
        dr_buf_printf(&t->text, "%.*s is '%.*s'; expected '%.*s'. ", DR_STR_ARG(key->text), DR_STR_ARG(have->value),
                      DR_STR_ARG(value->text));
    return DR_OK;
}

static dr_status compare_without(tester *t, const map_example *e, const yaml_node *list, const kept_fact *k)
{
    dr_str *names;
    size_t n;
    dr_status status = yaml_texts(e->file, list, t->arena, &names, &n, t->err);
    for (size_t i = 0; status == DR_OK && i < n; i++) {
        const fact_attr *have = attr_of(k, dr_sym_find(t->maps->vocab->syms, names[i]));
        if (have)
            dr_buf_printf(&t->text, "%.*s is '%.*s'; expected none. ", DR_STR_ARG(names[i]), DR_STR_ARG(have->value));
    }
    return status;
}

static dr_status compare_fact(tester *t, const map_example *e, const yaml_node *want, const kept_fact *k)
{
    const vocab_kind *kind = &t->maps->vocab->kinds[k->kind];
    char time[DR_TIME_TEXT];
    dr_status status = DR_OK;
    for (size_t i = 0; i < want->n && status == DR_OK; i++) {
        const yaml_node *key = want->keys[i], *value = want->items[i];
        if (dr_str_is(key->text, "without")) {
            status = compare_without(t, e, value, k);
        } else if (value->kind != YAML_SCALAR) {
            status = yaml_fail(t->err, e->file, value, "expected text");
        } else if (dr_str_is(key->text, "fact")) {
            if (!dr_str_eq(value->text, kind->name))
                dr_buf_printf(&t->text, "fact is %.*s; expected %.*s. ", DR_STR_ARG(kind->name), DR_STR_ARG(value->text));
        } else if (dr_str_is(key->text, "time")) {
            int64_t ticks;
            dr_time_text(k->time, time);
            if (!dr_time_parse(value->text, &ticks) || ticks != k->time)
                dr_buf_printf(&t->text, "time is %s; expected %.*s. ", time, DR_STR_ARG(value->text));
        } else if (dr_str_is(key->text, "forged")) {
            if (dr_str_is(value->text, "true") != ((k->flags & FACT_FORGED) != 0))
                dr_buf_printf(&t->text, "forged is not %.*s. ", DR_STR_ARG(value->text));
        } else {
            status = compare_attr(t, e, key, value, k);
        }
    }
    return status;
}

static dr_status compare(tester *t, const map_example *e, const yaml_node *expect)
{
    size_t wanted = expect->kind == YAML_LIST ? expect->n : 0;
    dr_status status = DR_OK;
    if (expect->kind != YAML_LIST && !dr_str_is(expect->text, "none"))
        return yaml_fail(t->err, e->file, expect, "expect: expected a list of facts, or none");
    if (wanted != t->n) {
        dr_buf_printf(&t->text, "%zu facts instead of %zu:", t->n, wanted);
        for (size_t i = 0; i < t->n; i++)
            dr_buf_printf(&t->text, " %.*s", DR_STR_ARG(t->maps->vocab->kinds[t->facts[i].kind].name));
        dr_buf_z(&t->text, ". ");
    }
    for (size_t i = 0; i < wanted && i < t->n && status == DR_OK; i++) {
        if (expect->items[i]->kind != YAML_MAP)
            return yaml_fail(t->err, e->file, expect->items[i], "expected a fact: {fact: kind, attribute: value}");
        status = compare_fact(t, e, expect->items[i], &t->facts[i]);
    }
    return status;
}

static dr_status run_example(tester *t, const map_example *e)
{
    record r;
    record_field fields[EXAMPLE_FIELDS_MAX];
    static const char *const keys[] = { "given", "expect", "says", NULL };
    const yaml_node *given = yaml_get(e->node, "given");
    dr_arena_reset(t->arena);
    dr_buf_clear(&t->text);
    t->n = 0;
    dr_status status = yaml_only(e->file, e->node, keys, t->err);
    if (status == DR_OK && given->kind != YAML_MAP)
        status = yaml_fail(t->err, e->file, given, "given: expected fields and their values");
    if (status == DR_OK)
        status = given_record(t, e, given, &r, fields);
    if (status == DR_OK)
        status = fact_mapper_run(t->mapper, &r, keep_fact, t);
    return status == DR_OK ? compare(t, e, yaml_get(e->node, "expect")) : status;
}

dr_status fact_maps_test(const fact_maps *maps, void (*fail)(void *context, dr_str place, dr_str text), void *context,
                         fact_maps_result *result, dr_err *err)
{
    *result = (fact_maps_result){ 0 };
    tester *t = dr_mem_alloc(sizeof *t);
    if (!t)
        return dr_fail(err, DR_NOMEM, "out of memory");
    t->maps = maps;
    t->err = err;
    t->mapper = fact_mapper_create(maps);
    t->arena = dr_arena_create("examples", 0);
    dr_status status = t->mapper && t->arena ? DR_OK : dr_fail(err, DR_NOMEM, "out of memory");
    for (size_t i = 0; i < maps->examples.n && status == DR_OK; i++) {
        const map_example *e = &maps->examples.p[i];
        status = run_example(t, e);
        if (status != DR_OK)
            break;
        if (!t->text.n) {
            result->passed++;
            continue;
        }
        result->failed++;
        if (fail)
            fail(context, dr_arena_printf(t->arena, "%.*s:%" PRIu32, DR_STR_ARG(e->file->name), e->node->line),
                 dr_str_trim(dr_buf_str(&t->text)));
    }
    fact_mapper_destroy(t->mapper);
    dr_arena_destroy(t->arena);
    dr_buf_free(&t->text);
    dr_mem_free(t);
    return status;
}
