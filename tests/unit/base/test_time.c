/* Times: ticks, calendars, text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/dr_time.h"

static void test_known(void **state)
{
    (void)state;
    static const struct {
        int64_t ticks;
        const char *text;
        int weekday;
    } cases[] = {
        { 1, "1601-01-01T00:00:00.0000001Z", 1 },
        { DR_TICKS_1970, "1970-01-01T00:00:00.0000000Z", 4 },
        { 132223104000000000, "2020-01-01T00:00:00.0000000Z", 3 },
        { 132274943999999999, "2020-02-29T23:59:59.9999999Z", 6 },
        { 2650467743999999999, "9999-12-31T23:59:59.9999999Z", 5 },
        { 0, "", 0 },
        { -1, "", 0 },
        { 2650467744000000000, "", 0 },
        { INT64_MAX, "", 0 },
        { DR_NO_TIME, "", 0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[DR_TIME_TEXT];
        dr_time_text(cases[i].ticks, text);
        assert_string_equal(text, cases[i].text);
        assert_int_equal(dr_time_is(cases[i].ticks), cases[i].text[0] != 0);
        assert_true(dr_time_clean(cases[i].ticks) == (cases[i].text[0] ? cases[i].ticks : DR_NO_TIME));
        if (cases[i].text[0])
            assert_int_equal(dr_time_date(cases[i].ticks).weekday, cases[i].weekday);
    }
}

/* Ticks to a date and to text and back, over all the years. */
static void test_round(void **state)
{
    (void)state;
    for (int64_t t = 1; dr_time_is(t); t += 9 * DR_TICKS_PER_DAY + 12345678901) {
        dr_date d = dr_time_date(t);
        int64_t back;
        char text[DR_TIME_TEXT];
        assert_true(dr_time_from_date(&d) == t);
        dr_time_text(t, text);
        assert_true(dr_time_parse(dr_str_of(text), &back));
        assert_true(back == t);
    }
}

static void test_parse(void **state)
{
    (void)state;
    static const struct {
        const char *text, *want; /* NULL: refused */
    } cases[] = {
        { "2021-03-04", "2021-03-04T00:00:00.0000000Z" },
        { "2021-03-04T05:06", "2021-03-04T05:06:00.0000000Z" },
        { "2021-03-04 05:06:07", "2021-03-04T05:06:07.0000000Z" },
        { " 2021-03-04T05:06:07.5Z ", "2021-03-04T05:06:07.5000000Z" },
        { "2021-03-04T05:06:07.123456789Z", "2021-03-04T05:06:07.1234567Z" },
        { "2021-03-04T05:06:07+02:00", "2021-03-04T03:06:07.0000000Z" },
        { "2021-03-04T05:06:07-0130", "2021-03-04T06:36:07.0000000Z" },
        { "2021-03-04 05:06:07 UTC", "2021-03-04T05:06:07.0000000Z" },
        { "2021-02-29", NULL },
        { "2021-13-01", NULL },
        { "2021-03-04T24:00", NULL },
        { "2021-03-04T05:06:07.", NULL },
        { "2021-03-04T05:06:07Zx", NULL },
        { "2021-03-04T05:06:07+", NULL },
        { "1600-12-31", NULL },
        { "", NULL },
        { "yesterday", NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ticks = 0;
        char text[DR_TIME_TEXT];
        bool ok = dr_time_parse(dr_str_of(cases[i].text), &ticks);
        if (ok != (cases[i].want != NULL))
            print_error("case %s\n", cases[i].text);
        assert_int_equal(ok, cases[i].want != NULL);
        if (ok) {
            dr_time_text(ticks, text);
            assert_string_equal(text, cases[i].want);
        }
    }
}

static void test_durations(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ticks; /* DR_NO_TIME: refused */
        const char *shown;
    } cases[] = {
        { "500ms", 5000000, "500 ms" },
        { "-1s", -10000000, "1.0 s" },
        { "90s", 900000000, "90 s" },
        { "5m", 3000000000, "5 min" },
        { "3h", 108000000000, "3 h 0 min" },
        { "120d", 103680000000000, "120 d 0 h" },
        { "5", DR_NO_TIME, NULL },
        { "s", DR_NO_TIME, NULL },
        { "9223372036854775807d", DR_NO_TIME, NULL },
        { "1w", DR_NO_TIME, NULL },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t ticks = DR_NO_TIME;
        char text[32];
        assert_int_equal(dr_duration_parse(dr_str_of(cases[i].text), &ticks), cases[i].shown != NULL);
        if (cases[i].shown) {
            assert_true(ticks == cases[i].ticks);
            dr_duration_text(ticks, text);
            assert_string_equal(text, cases[i].shown);
        }
    }
}

static void test_other_clocks(void **state)
{
    (void)state;
    char text[DR_TIME_TEXT];
    static const uint8_t system_time[16] = { 0xe5, 7, 3, 0, 4, 0, 4, 0, 5, 0, 6, 0, 7, 0, 0xe7, 3 };
    static const uint8_t nothing[16] = { 0 };
    dr_time_short(dr_time_from_systemtime(system_time), 3, text);
    assert_string_equal(text, "2021-03-04 05:06:07.999");
    assert_true(dr_time_from_systemtime(nothing) == DR_NO_TIME);
    dr_time_short(dr_time_from_unix(1614834367), 0, text);
    assert_string_equal(text, "2021-03-04 05:06:07");
    assert_true(dr_time_from_unix(INT64_MAX) == DR_NO_TIME);
    assert_true(dr_time_from_unix(INT64_MIN) == DR_NO_TIME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_known),     cmocka_unit_test(test_round),        cmocka_unit_test(test_parse),
        cmocka_unit_test(test_durations), cmocka_unit_test(test_other_clocks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
