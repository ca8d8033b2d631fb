/* The bounded cursor, GUIDs and SIDs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/cur.h"

#include <stdlib.h>

static const uint8_t bytes[] = { 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10 };

static void test_numbers(void **state)
{
    (void)state;
    dr_cur c = dr_cur_over((dr_bytes){ bytes, sizeof bytes }, 0x1000);
    assert_int_equal(dr_u8(&c), 0x01);
    assert_int_equal(dr_u16(&c), 0x0302);
    assert_int_equal(dr_u32(&c), 0x07060504);
    assert_true(dr_u64(&c) == 0x0f0e0d0c0b0a0908u);
    assert_int_equal(dr_cur_off(&c), 0x100f);
    assert_int_equal(dr_left(&c), 1);
    assert_true(dr_cur_ok(&c));
    assert_int_equal(dr_u16(&c), 0); /* one byte short */
    assert_int_equal(c.fault, DR_FAULT_SHORT);
    assert_int_equal(c.fault_at, 0x100f);
    assert_int_equal(dr_u8(&c), 0); /* the fault sticks */
    assert_int_equal(dr_left(&c), 0);
    c = dr_cur_over((dr_bytes){ bytes, 4 }, 0);
    assert_int_equal(dr_u32be(&c), 0x01020304);
}

/* Reads the same shape over every truncation: nothing is read beyond the window, and only the whole
 * one is without fault. The copy is exact, so that a sanitizer would see a byte too many. */
static void test_truncation(void **state)
{
    (void)state;
    for (size_t n = 0; n <= sizeof bytes; n++) {
        uint8_t *copy = malloc(n ? n : 1);
        assert_non_null(copy);
        memcpy(copy, bytes, n);
        dr_cur c = dr_cur_over((dr_bytes){ copy, n }, 0);
        uint64_t sum = dr_u8(&c);
        dr_align(&c, 4);
        sum += dr_u32(&c);
        dr_wstr text = dr_utf16(&c, 2);
        for (size_t i = 0; i < text.units; i++)
            sum += dr_wstr_unit(text, i);
        dr_cur inner = dr_cur_sub(&c, 4);
        sum += dr_u32(&inner);
        assert_int_equal(dr_cur_ok(&c) && dr_cur_ok(&inner), n == sizeof bytes);
        assert_true(c.pos <= c.in.n);
        assert_true(n < sizeof bytes || sum == 0x01u + 0x08070605u + 0x0a09u + 0x0c0bu + 0x100f0e0du);
        free(copy);
    }
}

static void test_windows(void **state)
{
    (void)state;
    dr_cur c = dr_cur_over((dr_bytes){ bytes, sizeof bytes }, 0x1000);
    dr_skip(&c, 3);
    dr_cur child = dr_cur_at(&c, 8, 4);
    assert_int_equal(dr_cur_off(&child), 0x1008);
    assert_int_equal(dr_u32(&child), 0x0c0b0a09);
    assert_int_equal(dr_u8(&child), 0);
    assert_false(dr_cur_ok(&child));
    assert_true(dr_cur_ok(&c)); /* a child's fault is its own */
    child = dr_cur_from(&c, 16);
    assert_true(dr_cur_ok(&c) && dr_left(&child) == 0);
    child = dr_cur_at(&c, 17, 0);
    assert_int_equal(c.fault, DR_FAULT_RANGE);
    assert_int_equal(child.fault, DR_FAULT_RANGE);
    c = dr_cur_over((dr_bytes){ bytes, sizeof bytes }, 0);
    child = dr_cur_at(&c, UINT64_MAX, SIZE_MAX);
    assert_int_equal(c.fault, DR_FAULT_RANGE);
}

static void test_counts(void **state)
{
    (void)state;
    static const struct {
        uint64_t count;
        size_t item;
        bool fits;
    } cases[] = { { 0, 4, true }, { 4, 4, true }, { 5, 4, false }, { 16, 0, true }, { 17, 0, false }, { UINT64_MAX, 8, false } };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dr_cur c = dr_cur_over((dr_bytes){ bytes, sizeof bytes }, 0);
        size_t n = dr_count(&c, cases[i].count, cases[i].item);
        assert_int_equal(dr_cur_ok(&c), cases[i].fits);
        assert_int_equal(n, cases[i].fits ? cases[i].count : 0);
    }
    dr_cur c = dr_cur_over((dr_bytes){ bytes, sizeof bytes }, 0);
    assert_int_equal(dr_take_array(&c, SIZE_MAX / 2 + 1, 2).n, 0); /* the product would wrap */
    assert_false(dr_cur_ok(&c));
}

static void test_guid(void **state)
{
    (void)state;
    char text[37];
    dr_guid_text(bytes, text);
    assert_string_equal(text, "04030201-0605-0807-090A-0B0C0D0E0F10");
}

static void test_sid(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t n;
        const char *text; /* NULL: no SID */
    } cases[] = {
        { "\1\1\0\0\0\0\0\5\x12\0\0\0", 12, "S-1-5-18" },
        { "\1\2\0\0\0\0\0\5\x20\0\0\0\x20\2\0\0 more", 21, "S-1-5-32-544" },
        { "\1\0\0\1\0\0\0\5", 8, "S-1-0x100000005" },
        { "\1\0\1\0\0\0\0\5", 8, "S-1-0x10000000005" },
        { "\1\1\0\0\0\0\0\5\xff\xff\xff\xff", 12, "S-1-5-4294967295" },
        { "\1\1\0\0\0\0\0\5\x12\0\0", 11, NULL },
        { "\2\1\0\0\0\0\0\5\x12\0\0\0", 12, NULL },
        { "\1\x10\0\0\0\0\0\5\x12\0\0\0", 12, NULL },
        { "", 0, NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[DR_SID_TEXT_MAX];
        size_t used = 0;
        dr_bytes sid = { (const uint8_t *)cases[i].bytes, cases[i].n };
        assert_int_equal(dr_sid_text(sid, text, &used), cases[i].text != NULL);
        if (cases[i].text) {
            assert_string_equal(text, cases[i].text);
            assert_int_equal(used, 8 + 4 * (unsigned)cases[i].bytes[1]);
        }
    }
    /* The longest there can be fits. */
    uint8_t longest[8 + 15 * 4];
    char text[DR_SID_TEXT_MAX];
    memset(longest, 0xff, sizeof longest);
    longest[0] = 1;
    longest[1] = 15;
    assert_true(dr_sid_text((dr_bytes){ longest, sizeof longest }, text, NULL));
    assert_int_equal(strlen(text), strlen("S-1-0xffffffffffff") + 15 * strlen("-4294967295"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_numbers), cmocka_unit_test(test_truncation), cmocka_unit_test(test_windows),
        cmocka_unit_test(test_counts),  cmocka_unit_test(test_guid),       cmocka_unit_test(test_sid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
