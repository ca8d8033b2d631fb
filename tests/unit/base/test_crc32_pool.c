#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/crc32.h"
#include "base/pool.h"

#include <stdlib.h>

/* Bit by bit, as the definition says: slow and plainly right. */
static uint32_t plain(uint32_t crc, const uint8_t *p, size_t n)
{
    crc = ~crc;
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int b = 0; b < 8; b++)
            crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320u : 0);
    }
    return ~crc;
}

static void known(void **state)
{
    (void)state;
    dr_bytes nine = { (const uint8_t *)"123456789", 9 };
    assert_int_equal(dr_crc32(0, nine), 0xCBF43926u);
    assert_int_equal(dr_crc32_tables(0, nine), 0xCBF43926u);
}

static void all_lengths(void **state)
{
    (void)state;
    static uint8_t bytes[1200];
    uint32_t x = 1;
    for (size_t i = 0; i < sizeof bytes; i++) {
        x = x * 1103515245u + 12345u;
        bytes[i] = (uint8_t)(x >> 16);
    }
    for (size_t n = 0; n < 600; n++) {
        size_t from = n % 17;
        uint32_t want = plain(0, bytes + from, n);
        dr_bytes view = { bytes + from, n };
        assert_int_equal(dr_crc32(0, view), want);
        assert_int_equal(dr_crc32_tables(0, view), want);
        dr_bytes first = { view.p, n / 3 }, second = { view.p + n / 3, n - n / 3 };
        assert_int_equal(dr_crc32(dr_crc32(0, first), second), want);
    }
}

typedef struct numbers {
    int next, end, fail_at, taken;
    long sum;
} numbers;

static dr_status make(void *context, void *item, dr_err *err)
{
    numbers *n = context;
    (void)err;
    if (n->next == n->end)
        return DR_END;
    *(int *)item = n->next++;
    return DR_OK;
}

static dr_status work(void *context, unsigned worker, void *item, dr_err *err)
{
    const numbers *n = context;
    (void)worker;
    if (*(int *)item == n->fail_at)
        return dr_fail(err, DR_IO, "item %d", *(int *)item);
    volatile int spin = (*(int *)item % 7) * 1000;
    while (spin)
        spin--;
    *(int *)item *= 2;
    return DR_OK;
}

static dr_status take(void *context, void *item, dr_err *err)
{
    numbers *n = context;
    (void)err;
    assert_int_equal(*(int *)item, 2 * n->taken);
    n->taken++;
    n->sum += *(int *)item;
    return DR_OK;
}

static void pool_keeps_order(void **state)
{
    (void)state;
    int items[9];
    void *pointers[9];
    for (int i = 0; i < 9; i++)
        pointers[i] = &items[i];
    for (unsigned threads = 1; threads <= 8; threads++) {
        numbers n = { .end = 500, .fail_at = -1 };
        dr_pool pool = { &n, make, work, take };
        dr_err err;
        assert_int_equal(dr_pool_run(&pool, pointers, 1 + threads % 9, threads, &err), DR_OK);
        assert_int_equal(n.taken, 500);
        assert_int_equal(n.sum, 500 * 499);
    }
}

static void pool_stops_at_first_failure(void **state)
{
    (void)state;
    int items[4];
    void *pointers[4] = { &items[0], &items[1], &items[2], &items[3] };
    for (unsigned threads = 1; threads <= 4; threads++) {
        numbers n = { .end = 100, .fail_at = 57 };
        dr_pool pool = { &n, make, work, take };
        dr_err err;
        assert_int_equal(dr_pool_run(&pool, pointers, 4, threads, &err), DR_IO);
        assert_int_equal(n.taken, 57);
        assert_string_equal(err.text, "item 57");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known),
        cmocka_unit_test(all_lengths),
        cmocka_unit_test(pool_keeps_order),
        cmocka_unit_test(pool_stops_at_first_failure),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
