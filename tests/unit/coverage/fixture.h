/* A small host for tests of coverage: logs counted by hand, facts made by hand, the project's own data. */
#ifndef DR_TESTS_COVERAGE_FIXTURE_H
#define DR_TESTS_COVERAGE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "artefact/census.h"
#include "artefact/record.h"
#include "coverage/coverage.h"
#include "fact/embedded.h"

#include <stdio.h>

#define T0 (DR_TICKS_1970 + 20000 * DR_TICKS_PER_DAY)
#define MINUTES(n) (T0 + (int64_t)(n) * DR_TICKS_PER_MIN)
#define HOURS(n) MINUTES((n) * 60)

typedef struct scene {
    dr_arena *arena;
    dr_symtab *syms;
    vocabulary vocab;
    recorder_set *recorders;
    fact_store *store;
    census *census;
    coverage *c;
    cov_input in;
    uint64_t next_id;
} scene;

static inline dr_str embedded_text(const char *name)
{
    for (size_t i = 0; i < didrun_embedded_count; i++)
        if (strcmp(didrun_embedded_data[i].name, name) == 0)
            return (dr_str){ (const char *)didrun_embedded_data[i].p, didrun_embedded_data[i].n };
    fail_msg("no data file %s", name);
    return DR_STR_NONE;
}

static inline void scene_open(scene *s)
{
    *s = (scene){ .arena = dr_arena_create("scene", 0), .syms = dr_symtab_create(), .census = census_create(), .next_id = 1 };
    dr_err err = { "" };
    if (vocabulary_load(s->arena, s->syms, DR_STR("vocabulary.yml"), embedded_text("vocabulary.yml"), &s->vocab, &err) != DR_OK)
        fail_msg("%s", err.text);
    recorder_file files[64];
    size_t n = 0;
    for (size_t i = 0; i < didrun_embedded_count && n < 64; i++)
        if (strncmp(didrun_embedded_data[i].name, "recorders/", 10) == 0)
            files[n++] = (recorder_file){ dr_str_of(didrun_embedded_data[i].name), embedded_text(didrun_embedded_data[i].name) };
    if (recorder_set_load(&s->recorders, &s->vocab, files, n, &err) != DR_OK)
        fail_msg("%s", err.text);
    s->store = fact_store_create(&s->vocab, s->syms);
}

static inline void scene_close(scene *s)
{
    coverage_free(s->c);
    fact_store_destroy(s->store);
    census_destroy(s->census);
    recorder_set_free(s->recorders);
    dr_symtab_destroy(s->syms);
    dr_arena_destroy(s->arena);
}

static inline uint16_t kind_of(const scene *s, const char *name)
{
    uint16_t kind = vocab_kind_of(&s->vocab, dr_str_of(name));
    if (!kind)
        fail_msg("no kind %s", name);
    return kind;
}

#define RECORD_OFF(id) ((id) * 0x200) /* where the record stands in its file */

/* Records FIRST .. LAST of a log, evenly spread over [from, to]. */
static inline void scene_log(scene *s, uint32_t source, const char *computer, const char *channel, uint64_t first, uint64_t last, int64_t from,
                             int64_t to, uint32_t flags)
{
    uint32_t slot;
    assert_int_equal(census_slot(s->census, source, dr_str_of(computer), dr_str_of(channel), &slot), DR_OK);
    for (uint64_t id = first; id <= last; id++) {
        int64_t time = last > first ? from + (to - from) / (int64_t)(last - first) * (int64_t)(id - first) : from;
        census_note(s->census, slot, id, id == last ? to : time, flags, RECORD_OFF(id));
    }
}

static inline void scene_lost(scene *s, uint32_t source, const char *computer, const char *channel)
{
    uint32_t slot;
    assert_int_equal(census_slot(s->census, source, dr_str_of(computer), dr_str_of(channel), &slot), DR_OK);
    assert_int_equal(census_note_lost(s->census, slot, 0x1000, 0x10000), DR_OK);
}

typedef struct attr {
    const char *key, *value;
} attr;

static inline dr_sym key_of(const scene *s, const char *name)
{
    dr_sym key = dr_sym_find(s->syms, dr_str_of(name));
    if (!vocab_attr_of(&s->vocab, key))
        fail_msg("no attribute %s", name);
    return key;
}

static inline void scene_fact_flags(scene *s, const char *kind, const char *host, const char *channel, int64_t time, uint32_t flags,
                                    const attr *attrs)
{
    fact_draft d = { .kind = kind_of(s, kind), .host = dr_str_of(host), .channel = dr_str_of(channel), .provider = DR_STR("P"), .time = time,
                     .precision = 1, .means = 1, .flags = flags };
    d.record.source = 1;
    d.record.record_id = s->next_id++;
    d.record.offset = s->next_id * 0x100;
    for (; attrs && attrs->key; attrs++)
        d.attrs[d.n_attrs++] = (fact_attr){ key_of(s, attrs->key), dr_str_of(attrs->value) };
    assert_int_equal(fact_store_add(s->store, &d), DR_OK);
}

static inline void scene_fact(scene *s, const char *kind, const char *host, const char *channel, int64_t time, const attr *attrs)
{
    scene_fact_flags(s, kind, host, channel, time, 0, attrs);
}

#define ATTRS(...) ((const attr[]){ __VA_ARGS__, { NULL, NULL } })

static inline void scene_build(scene *s)
{
    dr_err err = { "" };
    assert_int_equal(fact_store_seal(s->store), DR_OK);
    assert_int_equal(census_seal(s->census), DR_OK);
    s->in.store = s->store;
    s->in.vocab = &s->vocab;
    s->in.recorders = s->recorders;
    s->in.census = s->census;
    if (coverage_build(&s->c, &s->in, &err) != DR_OK)
        fail_msg("%s", err.text);
}

static inline cov_answer ask_with(scene *s, const char *host, const char *kind, int64_t from, int64_t to, const char *route, const attr *attrs)
{
    fact_attr list[8];
    cov_question q = { .from = from, .to = to, .near = from, .route = dr_str_of(route), .attrs = list };
    for (; attrs && attrs->key; attrs++)
        list[q.n_attrs++] = (fact_attr){ key_of(s, attrs->key), dr_str_of(attrs->value) };
    cov_answer a = cov_ask(s->c, s->arena, dr_sym_of(s->syms, dr_str_of(host)), kind_of(s, kind), &q);
    assert_true(a.text.n > 0);
    return a;
}

static inline cov_answer ask(scene *s, const char *host, const char *kind, int64_t from, int64_t to)
{
    return ask_with(s, host, kind, from, to, "", NULL);
}

#define ASSERT_REASON(answer, wanted)                                                              \
    do {                                                                                           \
        cov_answer a_ = (answer);                                                                  \
        if (a_.reason != (wanted))                                                                 \
            fail_msg("expected %s, is %s: %.*s", cov_reason_name(wanted), cov_reason_name(a_.reason), DR_STR_ARG(a_.text)); \
    } while (0)

#endif
