/* The table of recorders: the project's own loads, and mistakes are told with their place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/dr_time.h"
#include "fact/embedded.h"
#include "fact/recorder.h"

static dr_arena *arena;
static dr_symtab *syms;
static vocabulary vocab;

static dr_str embedded_text(const char *name)
{
    for (size_t i = 0; i < didrun_embedded_count; i++)
        if (strcmp(didrun_embedded_data[i].name, name) == 0)
            return (dr_str){ (const char *)didrun_embedded_data[i].p, didrun_embedded_data[i].n };
    fail_msg("no data file %s", name);
    return DR_STR_NONE;
}

static int setup(void **state)
{
    (void)state;
    dr_err err = { "" };
    arena = dr_arena_create("test", 0);
    syms = dr_symtab_create();
    return vocabulary_load(arena, syms, DR_STR("vocabulary.yml"), embedded_text("vocabulary.yml"), &vocab, &err) == DR_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    dr_symtab_destroy(syms);
    dr_arena_destroy(arena);
    return 0;
}

static void test_own(void **state)
{
    (void)state;
    recorder_file files[64];
    size_t n = 0;
    for (size_t i = 0; i < didrun_embedded_count && n < 64; i++)
        if (strncmp(didrun_embedded_data[i].name, "recorders/", 10) == 0)
            files[n++] = (recorder_file){ dr_str_of(didrun_embedded_data[i].name), embedded_text(didrun_embedded_data[i].name) };
    recorder_set *set;
    dr_err err = { "" };
    if (recorder_set_load(&set, &vocab, files, n, &err) != DR_OK)
        fail_msg("%s", err.text);
    /* Files in any order give the same recorders of a kind. */
    size_t of, other;
    const uint32_t *order = recorder_set_of(set, vocab_kind_of(&vocab, DR_STR("process.created")), &of);
    assert_true(of >= 2);
    for (size_t i = 1; i < of; i++)
        assert_true(order[i - 1] < order[i]);
    recorder_set_of(set, vocab_kind_of(&vocab, DR_STR("alert.raised")), &other);
    assert_int_equal(other, 0);
    for (size_t m = 0; m < MARK_COUNT; m++)
        assert_true(set->marks[m].n > 0);
    /* State at rest is written by stores, all else by logs. */
    for (size_t i = 0; i < set->n; i++) {
        const recorder *r = &set->recorders[i];
        for (size_t k = 0; k < r->writes.n; k++)
            if (vocab.kinds[r->writes.p[k].kind].at_rest)
                assert_true(r->artefact.n > 0);
    }
    recorder_set_free(set);
}

#define SETTINGS                                                                                   \
    "settings:\n  audit: {shown: auditing, changed_by: audit.policy-changed, key: audit.subcategory, change: change, added: added, removed: removed}\n---\n"
#define HEAD "recorder: a.b\nshown: x\nsource: {channel: Log}\nwrites: [account.created]\n"

static void test_mistakes(void **state)
{
    (void)state;
    static const struct { const char *text, *error; } cases[] = {
        { HEAD "rote: [sam]\n", "f.yml:5:1" },
        { "recorder: a.b\nshown: x\nsource: {channel: Log}\n", "'writes'" },
        { "recorder: a.b\nshown: x\nwrites: [account.created]\n", "'source'" },
        { "recorder: a.b\nshown: x\nsource: {channel: Log}\nwrites: [account.made]\n", "f.yml:4:10: 'account.made'" },
        { "recorder: a.b\nshown: x\nsource: {channel: Log, artefact: sam}\nwrites: [account.created]\n", "a channel or an artefact" },
        { "recorder: a.b\nshown: x\nsource: {channel: Log}\nwrites: [{fact: account.created, where: {account.nome: x}}]\n", "'account.nome'" },
        { "recorder: a.b\nshown: x\nsource: {channel: Log}\nwrites: [{fact: account.created, since: ten}]\n", "since" },
        { "recorder: a.b\nshown: x\nsource: {channel: Log}\nwrites: [{where: {account.name: x}}]\n", "'fact'" },
        { HEAD "asked: {setting: audit.0cce9235, needs: success}\n", "no family of settings 'audit'" },
        { HEAD "default: {client: success, server: success, dc: success}\n", "'asked'" },
        { SETTINGS HEAD "asked: {setting: audit, needs: success}\n", "FAMILY.NAME" },
        { SETTINGS HEAD "asked: {setting: audit.1, needs: success}\ndefault: {client: success}\n", "server" },
        { HEAD "filter: some\n", "f.yml:5:9: filter" },
        { HEAD "latency: soon\n", "latency" },
        { HEAD "heartbeat: {fact: defender.health}\n", "heartbeat" },
        { HEAD "core: yes\n", "true or false" },
        { HEAD "---\n" HEAD, "is there already" },
        { "marks: {boots: [host.booted]}\n", "f.yml:1:9" },
        { "- a\n", "f.yml:1:1" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        recorder_file file = { DR_STR("f.yml"), dr_str_of(cases[i].text) };
        recorder_set *set = NULL;
        dr_err err = { "" };
        assert_int_equal(recorder_set_load(&set, &vocab, &file, 1, &err), DR_DATA);
        assert_null(set);
        if (!strstr(err.text, cases[i].error) || strncmp(err.text, "f.yml:", 6) != 0)
            fail_msg("case %zu: %s", i, err.text);
    }
}

static void test_match(void **state)
{
    (void)state;
    const char *text = "recorder: a.b\nshown: x\nsource: {channel: Log}\n"
                       "writes: [{fact: service.state, where: {service.key: [spool*, '!= spoolx'], service.display: ''}}]\nlatency: 90s\n";
    recorder_file file = { DR_STR("f.yml"), dr_str_of(text) };
    recorder_set *set;
    dr_err err = { "" };
    if (recorder_set_load(&set, &vocab, &file, 1, &err) != DR_OK)
        fail_msg("%s", err.text);
    const recorder_match *m = &set->recorders[0].writes.p[0];
    dr_sym key = dr_sym_find(syms, DR_STR("service.key")), display = dr_sym_find(syms, DR_STR("service.display"));
    static const struct { const char *key, *display; bool fits; } cases[] = {
        { "Spooler", NULL, true }, { "SPOOLX", NULL, false }, { "spooler", "x", false }, { "print", NULL, false }, { NULL, NULL, false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        fact_attr attrs[2];
        fact f = { .kind = m->kind, .attrs = attrs };
        if (cases[i].key)
            attrs[f.n_attrs++] = (fact_attr){ key, dr_str_of(cases[i].key) };
        if (cases[i].display)
            attrs[f.n_attrs++] = (fact_attr){ display, dr_str_of(cases[i].display) };
        assert_int_equal(recorder_match_fits(m, &f), cases[i].fits);
        /* What is not known does not decide. */
        assert_int_equal(recorder_match_may_fit(m, attrs, f.n_attrs), cases[i].fits || !cases[i].key);
    }
    assert_int_equal(set->recorders[0].latency, 90 * DR_TICKS_PER_S);
    recorder_set_free(set);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_own), cmocka_unit_test(test_mistakes), cmocka_unit_test(test_match) };
    return cmocka_run_group_tests(tests, setup, teardown);
}
