#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/dr_time.h"
#include "base/put.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define UNITS 150u

static dr_str between(const char *p, const char *end)
{
    return (dr_str){ p, (size_t)(end - p) };
}

static void is(const char *p, const char *end, const char *want)
{
    if (!dr_str_is(between(p, end), want))
        fail_msg("%.*s instead of %s", (int)(end - p), p, want);
}

static void numbers(void **state)
{
    (void)state;
    static const uint64_t some[] = {
        0,         1,         9,    10,    42,        99,         100,
        101,       999,       1000, 65535, 123456789, UINT32_MAX, 10000000000000000000u,
        INT64_MAX, UINT64_MAX
    };
    char got[64], want[64];
    for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
        snprintf(want, sizeof want, "%" PRIu64, some[i]);
        is(got, dr_put_u64(got, some[i]), want);
        snprintf(want, sizeof want, "%" PRIi64, (int64_t)some[i]);
        is(got, dr_put_i64(got, (int64_t)some[i]), want);
        snprintf(want, sizeof want, "%" PRIx64, some[i]);
        is(got, dr_put_hex(got, some[i]), want);
    }
    is(got, dr_put_i64(got, INT64_MIN), "-9223372036854775808");
    is(got, dr_put_hex_bytes(got, (dr_bytes){ (const uint8_t *)"\x00\xff\x1a", 3 }), "00FF1A");
}

static void guids(void **state)
{
    (void)state;
    const uint8_t guid[16] = { 0x25, 0x96, 0x84, 0x54, 0x78, 0x54, 0x94, 0x49,
                               0xa5, 0xba, 0x3e, 0x3b, 0x03, 0x28, 0xc3, 0x0d };
    char got[64], text[37];
    is(got, dr_put_guid(got, guid), "54849625-5478-4994-A5BA-3E3B0328C30D");
    is(got, dr_put_guid_braced(got, guid), "{54849625-5478-4994-a5ba-3e3b0328c30d}");
    dr_guid_text(guid, text);
    is(got, dr_put_guid(got, guid), text);
}

static void times(void **state)
{
    (void)state;
    char got[64], want[DR_TIME_TEXT];
    is(got, dr_put_filetime(got, 0), "1601-01-01T00:00:00.0000000Z");
    is(got, dr_put_filetime(got, 131202000271663025u), "2016-10-06T04:00:27.1663025Z");
    is(got, dr_put_filetime(got, 2650467743999999999u), "9999-12-31T23:59:59.9999999Z");
    is(got, dr_put_filetime(got, 2650467744000000000u), "2650467744000000000");
    is(got, dr_put_filetime(got, UINT64_MAX), "18446744073709551615");
    for (uint64_t t = 1; t < 2650467744000000000u;
         t += 863999999999u * 97 + 12345) { /* 97 days and a bit */
        dr_time_text((int64_t)t, want);
        is(got, dr_put_filetime(got, t), want);
    }
}

static void sids(void **state)
{
    (void)state;
    char got[256];
    const uint8_t system[12] = { 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0 };
    const uint8_t big[12] = { 1, 1, 0x01, 0, 0, 0, 0, 5, 18, 0, 0, 0 };
    is(got, dr_put_sid(got, (dr_bytes){ system, 12 }), "S-1-5-18");
    is(got, dr_put_sid(got, (dr_bytes){ big, 12 }), "S-1-0x10000000005-18");
    assert_null(dr_put_sid(got, (dr_bytes){ system, 11 }));
    assert_null(dr_put_sid(got, (dr_bytes){ system, 8 }));
    assert_null(dr_put_sid(got, (dr_bytes){ (const uint8_t *)"", 0 }));
    uint8_t most[8 + 4 * 15] = { 1, 15 };
    memset(most + 2, 0xff, sizeof most - 2);
    char *end = dr_put_sid(got, (dr_bytes){ most, sizeof most });
    assert_non_null(end);
    assert_true(end - got <= 184);
    most[1] = 16;
    assert_null(dr_put_sid(got, (dr_bytes){ most, sizeof most }));
}

/* What the writers have to give, unit by unit, from the definition. */
static size_t plainly(char style, dr_wstr s, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < s.units; i++) {
        uint32_t code = dr_wstr_unit(s, i), low = i + 1 < s.units ? dr_wstr_unit(s, i + 1) : 0;
        bool pair = code >= 0xd800 && code < 0xdc00 && low >= 0xdc00 && low < 0xe000;
        if (pair) {
            code = 0x10000 + ((code - 0xd800) << 10) + (low - 0xdc00);
            i++;
        }
        bool lone = code >= 0xd800 && code < 0xe000;
        if (style == 'j' && (code < 0x20 || code == 0x7f || lone || code == '"' || code == '\\')) {
            if (code == '"' || code == '\\')
                n += (size_t)sprintf(out + n, "\\%c", (int)code);
            else if (code == '\n' || code == '\r' || code == '\t')
                n += (size_t)sprintf(out + n, "\\%c",
                                     code == '\n'   ? 'n'
                                     : code == '\r' ? 'r'
                                                    : 't');
            else
                n += (size_t)sprintf(out + n, "\\u%04x", code);
        } else if (style == 'x' &&
                   (lone || code == 0xfffe || code == 0xffff ||
                    (code < 0x20 && code != '\n' && code != '\r' && code != '\t'))) {
            n += dr_wtf8_put(0xfffd, out + n);
        } else if (style == 'x' && code < 0x80 && strchr("&<>\"'", (int)code) && code) {
            n += (size_t)sprintf(out + n, "%s",
                                 code == '&'   ? "&amp;"
                                 : code == '<' ? "&lt;"
                                 : code == '>' ? "&gt;"
                                 : code == '"' ? "&quot;"
                                               : "&apos;");
        } else {
            n += dr_wtf8_put(code, out + n);
        }
    }
    return n;
}

/* BEHIND: bytes that stand behind the string, which the writers may read and must not write. */
static void check_with(dr_wstr s, size_t behind)
{
    static char want[3][8 * UNITS], got[8 * UNITS];
    size_t json = plainly('j', s, want[0]), xml = plainly('x', s, want[1]);
    size_t plain = plainly('p', s, want[2]);
    for (dr_simd how = DR_SIMD_NONE; how <= dr_simd_best(); how++) {
        assert_int_equal(dr_put_utf16_json_by(how, got, s, behind) - got, json);
        assert_memory_equal(got, want[0], json);
        assert_int_equal(dr_put_utf16_xml_by(how, got, s, behind) - got, xml);
        assert_memory_equal(got, want[1], xml);
        assert_int_equal(dr_put_utf16_by(how, got, s, behind) - got, plain);
        assert_memory_equal(got, want[2], plain);
    }
    assert_int_equal(dr_put_utf16_json(got, s, behind) - got, json);
    assert_memory_equal(got, want[0], json);
    assert_int_equal(dr_put_utf16_xml(got, s, behind) - got, xml);
    assert_memory_equal(got, want[1], xml);
    assert_int_equal(dr_put_utf16(got, s, behind) - got, plain);
    assert_memory_equal(got, want[2], plain);
}

/* With nothing behind the string (an allocation of its own, so that a read too far is seen), and with
 * all that a vector could reach. */
static void check_all(dr_wstr s)
{
    uint8_t *exact = malloc(s.units ? 2 * s.units : 1);
    static uint8_t more[2 * UNITS + 64];
    assert_non_null(exact);
    for (size_t i = 0; i < 2 * s.units; i++)
        exact[i] = more[i] = s.p[i];
    for (size_t i = 2 * s.units; i < sizeof more; i++)
        more[i] = (uint8_t)(i % 2 ? 0 : 'z');
    check_with((dr_wstr){ exact, s.units }, 0);
    check_with((dr_wstr){ more, s.units }, sizeof more - 2 * s.units);
    check_with((dr_wstr){ more, s.units }, s.units % 33);
    free(exact);
}

/* Every interesting unit at every place of strings of every length up to four wide vectors. */
static void every_place(void **state)
{
    (void)state;
    static const uint16_t special[] = { 0,      1,      8,      '\t',   '\n',   0x1f,   ' ',
                                        '"',    '&',    '\'',   '<',    '>',    '\\',   0x7f,
                                        0x80,   0xff,   0x7ff,  0x800,  0x20ac, 0x7fff, 0x8000,
                                        0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000, 0xfffd,
                                        0xfffe, 0xffff, 0x2022, 0x5c00 };
    uint8_t bytes[2 * UNITS];
    for (size_t n = 0; n <= 50; n++) {
        for (size_t k = 0; k < sizeof special / sizeof *special; k++) {
            for (size_t at = 0; at < n; at++) {
                for (size_t i = 0; i < n; i++) {
                    uint16_t unit = i == at ? special[k] : (uint16_t)('a' + i % 26);
                    bytes[2 * i] = (uint8_t)unit;
                    bytes[2 * i + 1] = (uint8_t)(unit >> 8);
                }
                check_all((dr_wstr){ bytes, n });
            }
        }
    }
}

static void random_units(void **state)
{
    (void)state;
    uint8_t bytes[2 * UNITS + 1];
    uint32_t x = 7;
    for (size_t round = 0; round < 20000; round++) {
        size_t n = round % UNITS;
        for (size_t i = 0; i < 2 * n; i++) {
            x = x * 1664525u + 1013904223u;
            /* Mostly ASCII, some surrogates: where the writers change their way. */
            uint32_t choice = x >> 28;
            bytes[i] = i % 2 == 0    ? (uint8_t)(x >> 16)
                       : choice < 10 ? 0
                       : choice < 13 ? (uint8_t)(0xd8 + (x >> 20) % 8)
                                     : (uint8_t)(x >> 20);
        }
        check_all((dr_wstr){ bytes, n });
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers), cmocka_unit_test(guids),       cmocka_unit_test(times),
        cmocka_unit_test(sids),    cmocka_unit_test(every_place), cmocka_unit_test(random_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
