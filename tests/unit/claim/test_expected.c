/* Entries of what is expected: which lists fit, and which entries are refused. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "claim/expected.h"
#include "fact/embedded.h"

static dr_arena *arena;
static dr_symtab *syms;
static vocabulary vocab;

static int load(void **state)
{
    dr_err err = { "" };
    (void)state;
    arena = dr_arena_create("vocabulary", 0);
    syms = dr_symtab_create();
    for (const struct didrun_embedded *e = didrun_embedded_data; e->name; e++) {
        if (strcmp(e->name, "vocabulary.yml"))
            continue;
        if (vocabulary_load(arena, syms, DR_STR("vocabulary.yml"), (dr_str){ (const char *)e->p, e->n }, &vocab, &err) == DR_OK)
            return 0;
        print_error("%s\n", err.text);
    }
    return 1;
}

static int unload(void **state)
{
    (void)state;
    dr_symtab_destroy(syms);
    dr_arena_destroy(arena);
    return 0;
}

static void test_lists(void **state)
{
    (void)state;
    static const struct {
        const char *list, *have;
        bool fits;
    } cases[] = {
        { "[a, b]", "B", true },
        { "[a, b]", "c", false },
        { "['C:\\Windows\\*']", "c:\\windows\\x.exe", true },
        { "['C:\\Windows\\*', '!= C:\\Windows\\Temp\\*']", "C:\\Windows\\x.exe", true },
        { "['C:\\Windows\\*', '!= C:\\Windows\\Temp\\*']", "C:\\Windows\\Temp\\x.exe", false },
        { "['!= C:\\Windows\\Temp\\*', 'C:\\Windows\\*']", "C:\\Windows\\Temp\\x.exe", false },
        { "['C:\\Windows\\*', '!= C:\\Windows\\Temp\\*']", "D:\\x.exe", false },
        { "['!= a', '!= b']", "c", true },
        { "['!= a', '!= b']", "b", false },
        { "'!= a'", "A", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expected_set set;
        dr_err err = { "" };
        dr_str text = dr_arena_printf(arena, "- {id: x, title: t, claims: [service-installed], where: {service.path: %s}}\n", cases[i].list);
        assert_int_equal(expected_init(&set, &vocab), DR_OK);
        assert_int_equal(expected_add(&set, DR_STR("x.yml"), text, &err), DR_OK);
        const rule_where *w = set.entries.p[0].where;
        if (expected_value_fits(w->values, w->n, dr_str_of(cases[i].have)) != cases[i].fits)
            fail_msg("%s and %s", cases[i].list, cases[i].have);
        expected_free(&set);
    }
}

static void test_entries(void **state)
{
    (void)state;
    static const struct {
        const char *entry, *error; /* NULL: it is right */
    } cases[] = {
        { "{id: x, title: t, claims: [a], words: [persists, achieved], where: {service.path: a}}", NULL },
        { "{id: x, title: t, claims: [a], words: [there], where: {service.path: a}}", "x.yml:1:41: words: there is no word 'there'" },
        { "{id: x, title: t, claims: [a], words: [persists]}",
          "x.yml:1:3: a name alone never suffices: say by 'where' or 'parent' who did it and with what content" },
        { "{id: x, title: t, claims: [a], where: {nothing: a}}", "x.yml:1:42: there is no attribute 'nothing' in the vocabulary" },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        expected_set set;
        dr_err err = { "" };
        assert_int_equal(expected_init(&set, &vocab), DR_OK);
        dr_status status = expected_add(&set, DR_STR("x.yml"), dr_arena_printf(arena, "- %s\n", cases[i].entry), &err);
        assert_string_equal(err.text, cases[i].error ? cases[i].error : "");
        assert_int_equal(status == DR_OK, cases[i].error == NULL);
        if (status == DR_OK)
            assert_int_equal(set.entries.p[0].words, 1u << WORD_PERSISTS | 1u << WORD_ACHIEVED);
        expected_free(&set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_lists), cmocka_unit_test(test_entries) };
    return cmocka_run_group_tests(tests, load, unload);
}
