/* Memory folded to disk: same addresses and content, less of it in memory; the table on top of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fold.h"
#include "base/os.h"
#include "base/table.h"

#include <stdlib.h>

typedef struct item {
    uint64_t number;
    unsigned char filling[120];
} item;

#define ITEMS 600000u /* 77 MB */
#define KEEP (4u << 20)

static void fill_table(dr_table *t)
{
    for (uint64_t i = 0; i < ITEMS; i++) {
        item *one = dr_table_push(t);
        assert_non_null(one);
        assert_int_equal(one->number, 0);
        one->number = i * 0x9e3779b97f4a7c15u;
        one->filling[119] = (unsigned char)i;
    }
}

static void check_table(const dr_table *t, dr_fold *fold)
{
    for (uint64_t k = 0; k < ITEMS; k++) {
        uint64_t i = k * 7919 % ITEMS;
        const item *one = dr_table_at(t, i);
        dr_fold_visit(fold);
        assert_int_equal(one->number, i * 0x9e3779b97f4a7c15u);
        assert_int_equal(one->filling[119], (unsigned char)i);
    }
}

static void test_folded(void **state)
{
    (void)state;
    dr_fold *fold = dr_fold_create(KEEP);
    dr_arena *arena = dr_arena_create_folding("test", fold);
    dr_table t;
    dr_table_init(&t, arena, sizeof(item));
    dr_file where = { .fd = -1 };
    size_t before = dr_os_resident(&where);
    fill_table(&t);
    assert_true(fold->folded);
    assert_true(dr_fold_bytes(fold) > (uint64_t)ITEMS * sizeof(item) - 2 * KEEP);
    if (before) /* most of it is not in memory */
        assert_true(dr_os_resident(&where) < before + (32u << 20));
    const item *first = dr_table_at(&t, 0);
    check_table(&t, fold);
    assert_ptr_equal(first, dr_table_at(&t, 0));
    ((item *)dr_table_at(&t, 5))->number = 77; /* what is folded can be written */
    for (size_t i = 0; i < 2; i++) {
        fold->visits = DR_FOLD_VISITS;
        dr_fold_visit(fold);
        assert_int_equal(((item *)dr_table_at(&t, 5))->number, 77);
    }
    dr_os_close(&where);
    dr_table_free(&t);
    dr_arena_reset(arena);
    assert_int_equal(dr_fold_bytes(fold), 0);
    uint64_t *again = dr_arena_alloc(arena, sizeof *again);
    assert_int_equal(*again, 0);
    dr_arena_destroy(arena);
    dr_fold_destroy(fold);
}

static void test_little_stays_in_memory(void **state)
{
    (void)state;
    dr_fold *fold = dr_fold_create(KEEP);
    dr_arena *arena = dr_arena_create_folding("test", fold);
    assert_non_null(dr_arena_bytes(arena, KEEP / 2));
    assert_false(fold->folded);
    assert_int_equal(dr_fold_bytes(fold), 0);
    dr_arena_destroy(arena);
    dr_fold_destroy(fold);
}

static void test_larger_than_a_block(void **state)
{
    (void)state;
    dr_fold *fold = dr_fold_create(KEEP);
    dr_arena *arena = dr_arena_create_folding("test", fold);
    dr_arena_mark mark = dr_arena_save(arena);
    char *large = dr_arena_bytes(arena, 3 * DR_FOLD_BLOCK + 1);
    assert_non_null(large);
    large[3 * DR_FOLD_BLOCK] = 'x';
    for (size_t i = 0; i < 8; i++)
        assert_non_null(dr_arena_bytes(arena, DR_FOLD_BLOCK / 2 + 1));
    assert_true(fold->folded);
    assert_int_equal(large[3 * DR_FOLD_BLOCK], 'x');
    dr_arena_restore(arena, mark);
    assert_int_equal(dr_fold_bytes(fold), 0);
    assert_null(dr_arena_bytes(arena, SIZE_MAX - 64));
    assert_true(dr_arena_failed(arena));
    dr_arena_destroy(arena);
    dr_fold_destroy(fold);
}

static void test_without_a_disk(void **state)
{
    (void)state;
    const char *folder = getenv("TMPDIR");
    char *kept = folder ? strdup(folder) : NULL;
    setenv("TMPDIR", "/nonexistent-folder-of-a-test", 1);
    dr_fold *fold = dr_fold_create(KEEP);
    dr_arena *arena = dr_arena_create_folding("test", fold);
    dr_table t;
    dr_table_init(&t, arena, sizeof(item));
    fill_table(&t);
    assert_false(fold->folded);
    check_table(&t, fold);
    dr_table_free(&t);
    dr_arena_destroy(arena);
    dr_fold_destroy(fold);
    if (kept)
        setenv("TMPDIR", kept, 1);
    else
        unsetenv("TMPDIR");
    free(kept);
}

static void test_table_cut(void **state)
{
    (void)state;
    dr_arena *arena = dr_arena_create("test", 0);
    dr_table t;
    dr_table_init(&t, arena, sizeof(uint32_t));
    for (uint32_t i = 0; i < 3000; i++)
        *(uint32_t *)dr_table_push(&t) = i;
    dr_table_cut(&t, 1500);
    assert_int_equal(*(uint32_t *)dr_table_push(&t), 0); /* used again, and zeroed */
    assert_int_equal(*(uint32_t *)dr_table_at(&t, 1499), 1499);
    assert_int_equal(t.n, 1501);
    dr_table_free(&t);
    dr_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_folded),
        cmocka_unit_test(test_little_stays_in_memory),
        cmocka_unit_test(test_larger_than_a_block),
        cmocka_unit_test(test_without_a_disk),
        cmocka_unit_test(test_table_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
