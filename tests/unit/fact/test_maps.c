/* The data files: they load, and every example in them comes out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "fact/embedded.h"
#include "fact/map.h"

static void print_failure(void *context, dr_str place, dr_str text)
{
    (void)context;
    print_error("%.*s: %.*s\n", DR_STR_ARG(place), DR_STR_ARG(text));
}

static void examples_come_out(void **state)
{
    (void)state;
    dr_err err = { "" };
    dr_arena *arena = dr_arena_create("test", 0);
    dr_symtab *syms = dr_symtab_create();
    vocabulary vocab = { 0 };
    fact_maps_file files[64];
    size_t n = 0;
    fact_maps *maps = NULL;
    fact_maps_result result;
    for (size_t i = 0; i < didrun_embedded_count; i++) {
        dr_str name = dr_str_of(didrun_embedded_data[i].name);
        dr_str text = { (const char *)didrun_embedded_data[i].p, didrun_embedded_data[i].n };
        if (dr_str_is(name, "vocabulary.yml") && vocabulary_load(arena, syms, name, text, &vocab, &err) != DR_OK)
            fail_msg("%s", err.text);
        if (dr_str_starts(name, DR_STR("facts/")) && n < 64)
            files[n++] = (fact_maps_file){ name, text };
    }
    assert_true(vocab.n_kinds > 1 && n > 0);
    if (fact_maps_load(&maps, &vocab, files, n, &err) != DR_OK)
        fail_msg("%s", err.text);
    if (fact_maps_test(maps, print_failure, NULL, &result, &err) != DR_OK)
        fail_msg("%s", err.text);
    print_message("%zu maps, %zu examples\n", fact_maps_count(maps), result.passed);
    assert_int_equal(result.failed, 0);
    assert_true(result.passed > 0);
    fact_maps_destroy(maps);
    dr_symtab_destroy(syms);
    dr_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(examples_come_out) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
