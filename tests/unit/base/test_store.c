/* Arenas, vectors, maps, sorting, digests: also with every allocation made to fail in turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/diag.h"
#include "base/hash.h"
#include "base/map.h"
#include "base/vec.h"

#include <stdio.h>

static void test_arena(void **state)
{
    (void)state;
    dr_arena *arena = dr_arena_create("test", 1 << 20);
    char *first = dr_arena_bytes(arena, 3);
    memcpy(first, "abc", 3);
    dr_arena_mark mark = dr_arena_save(arena);
    for (size_t size = 0; size < 5000; size += 7) {
        uint8_t *p = dr_arena_alloc(arena, size);
        if (!p)
            break;
        assert_int_equal((uintptr_t)p % 16, 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(p[i], 0);
        memset(p, 0xaa, size);
    }
    assert_true(dr_arena_failed(arena)); /* more than the limit was asked for */
    assert_null(dr_arena_alloc(arena, 1));
    assert_int_equal(dr_arena_str(arena, DR_STR("x")).n, 0);
    assert_true(dr_arena_used(arena) <= 1 << 20);
    dr_arena_restore(arena, mark);
    assert_false(dr_arena_failed(arena));
    assert_memory_equal(first, "abc", 3);
    assert_int_equal(dr_arena_used(arena), 3);
    assert_null(dr_arena_array(arena, SIZE_MAX / 2, 4));
    dr_arena_reset(arena);
    dr_str s = dr_arena_printf(arena, "%s-%d", "x", 5);
    assert_string_equal(s.p, "x-5");
    s = dr_arena_concat(arena, s, DR_STR("!"));
    assert_string_equal(s.p, "x-5!");
    dr_arena_destroy(arena);
    dr_arena_destroy(NULL);
}

static void test_map(void **state)
{
    (void)state;
    enum { N = 50000 };
    dr_map *map = dr_map_create();
    char key[32];
    uint64_t *slot;
    bool is_new;
    for (unsigned i = 0; i < N; i++) {
        int n = snprintf(key, sizeof key, "key %u", i % (N / 2));
        assert_int_equal(dr_map_put(map, (dr_str){ key, (size_t)n }, &slot, &is_new), DR_OK);
        assert_int_equal(is_new, i < N / 2);
        *slot += i;
    }
    assert_int_equal(dr_map_count(map), N / 2);
    for (unsigned i = 0; i < N / 2; i++) {
        int n = snprintf(key, sizeof key, "key %u", i);
        const uint64_t *value = dr_map_get(map, (dr_str){ key, (size_t)n });
        assert_non_null(value);
        assert_int_equal(*value, 2 * i + N / 2);
    }
    assert_null(dr_map_get(map, DR_STR("key")));
    assert_null(dr_map_get(map, DR_STR("")));
    dr_map_destroy(map);
}

static void test_symbols(void **state)
{
    (void)state;
    dr_symtab *tab = dr_symtab_create();
    dr_sym a = dr_sym_of(tab, DR_STR("a")), b = dr_sym_of(tab, (dr_str){ "a\0b", 3 });
    assert_true(a && b && a != b);
    assert_int_equal(dr_sym_of(tab, DR_STR("a")), a);
    assert_int_equal(dr_sym_of(tab, DR_STR("")), 0);
    assert_int_equal(dr_sym_find(tab, DR_STR("c")), 0);
    assert_int_equal(dr_sym_str(tab, b).n, 3);
    assert_int_equal(dr_sym_str(tab, 0).n, 0);
    assert_int_equal(dr_sym_str(tab, 99).n, 0);
    dr_symtab_destroy(tab);
}

typedef struct pair {
    unsigned key, place;
} pair;

static int by_key(const void *a, const void *b, void *context)
{
    const pair *x = a, *y = b;
    ++*(size_t *)context;
    return (x->key > y->key) - (x->key < y->key);
}

static void test_sort(void **state)
{
    (void)state;
    static pair items[1000];
    for (size_t n = 0; n <= 1000; n = n < 20 ? n + 1 : n * 3) {
        uint32_t random = 12345;
        size_t calls = 0;
        for (unsigned i = 0; i < n; i++) {
            random = random * 1664525u + 1013904223u;
            items[i] = (pair){ random >> 24, i };
        }
        assert_true(dr_sort(items, n, sizeof items[0], by_key, &calls));
        for (size_t i = 1; i < n; i++) {
            assert_true(items[i - 1].key <= items[i].key);
            assert_true(items[i - 1].key < items[i].key || items[i - 1].place < items[i].place); /* stable */
        }
        assert_true(calls <= n * 13);
    }
    /* Three logs one after the other, each in order: few comparisons beyond one look at each. */
    size_t calls = 0;
    for (unsigned i = 0; i < 999; i++)
        items[i] = (pair){ i % 333, i };
    assert_true(dr_sort(items, 999, sizeof items[0], by_key, &calls));
    for (size_t i = 1; i < 999; i++)
        assert_true(items[i - 1].key < items[i].key || (items[i - 1].key == items[i].key && items[i - 1].place < items[i].place));
    assert_true(calls <= 999 * 6);
    calls = 0;
    assert_true(dr_sort(items, 999, sizeof items[0], by_key, &calls)); /* in order: looked at, not moved */
    assert_int_equal(calls, 998);
}

static void test_digests(void **state)
{
    (void)state;
    char hex[65];
    dr_bytes abc = { (const uint8_t *)"abc", 3 };
    dr_hash_hex(DR_HASH_SHA256, abc, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    dr_hash_hex(DR_HASH_SHA1, abc, hex);
    assert_string_equal(hex, "a9993e364706816aba3e25717850c26c9cd0d89d");
    dr_hash_hex(DR_HASH_MD5, abc, hex);
    assert_string_equal(hex, "900150983cd24fb0d6963f7d28e17f72");
    dr_hasher *h = dr_hasher_create(DR_HASH_SHA256);
    for (size_t i = 0; i < 3; i++)
        dr_hasher_add(h, (dr_bytes){ abc.p + i, 1 });
    dr_hasher_end(h, hex);
    assert_string_equal(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

static void test_diags(void **state)
{
    (void)state;
    dr_arena *arena = dr_arena_create("test", 0);
    dr_diags d;
    dr_diags_init(&d, arena);
    for (unsigned i = 0; i < DR_DIAG_MAX + 5; i++)
        dr_diag_add(&d, DR_DIAG_EMPTY, i, 0, "%u", i);
    assert_int_equal(d.list.n, DR_DIAG_MAX);
    assert_int_equal(d.dropped, 5);
    assert_int_equal(d.count[DR_DIAG_EMPTY], DR_DIAG_MAX + 5);
    assert_string_equal(d.list.p[7].text.p, "7");
    dr_diag_add(NULL, DR_DIAG_EMPTY, 0, 0, "%s", "nobody listens");
    dr_diags_free(&d);
    dr_arena_destroy(arena);
}

/* Work that allocates in every way there is. True when it got to the end. */
static bool work(void)
{
    bool ok = false;
    dr_arena *arena = dr_arena_create("test", 0);
    dr_map *map = dr_map_create();
    dr_symtab *tab = dr_symtab_create();
    dr_hasher *h = dr_hasher_create(DR_HASH_MD5);
    dr_buf b = { 0 };
    DR_VEC(int) v = { 0 };
    if (h) {
        char hex[33];
        dr_hasher_end(h, hex);
    }
    if (arena && map && tab && h) {
        ok = true;
        for (int i = 0; i < 200; i++) {
            uint64_t *slot;
            dr_str s = dr_arena_printf(arena, "%d", i);
            ok &= dr_map_put(map, s, &slot, NULL) == DR_OK;
            dr_sym_of(tab, s);
            ok &= dr_vec_push(&v, i);
            dr_buf_printf(&b, "%d", i);
            (void)dr_arena_alloc(arena, 100);
        }
        size_t calls = 0;
        pair two[] = { { 2, 0 }, { 1, 1 } };
        ok &= dr_sort(two, 2, sizeof two[0], by_key, &calls);
        ok &= !dr_arena_failed(arena) && !dr_symtab_failed(tab) && !b.failed;
    }
    dr_vec_free(&v);
    dr_buf_free(&b);
    dr_symtab_destroy(tab);
    dr_map_destroy(map);
    dr_arena_destroy(arena);
    return ok;
}

static void test_no_memory(void **state)
{
    (void)state;
#ifndef DR_FAULT_INJECTION
    skip();
#endif
    long n = 1;
    for (;; n++) {
        dr_alloc_fail_after(n);
        bool ok = work();
        dr_alloc_fail_after(0);
        if (ok)
            break;
        assert_true(n < 1000);
    }
    assert_true(n > 20); /* so many allocations there were to fail */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arena), cmocka_unit_test(test_map),     cmocka_unit_test(test_symbols), cmocka_unit_test(test_sort),
        cmocka_unit_test(test_digests), cmocka_unit_test(test_diags), cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
