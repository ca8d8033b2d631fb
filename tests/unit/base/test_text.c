/* Strings, UTF-16, escapes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/str.h"
#include "base/utf.h"

static void equal(dr_str have, const char *want)
{
    assert_int_equal(have.n, strlen(want));
    assert_memory_equal(have.p, want, have.n);
}

/* Every code point, surrogates too, survives the way to UTF-16 and back. */
static void test_every_code(void **state)
{
    (void)state;
    dr_arena *arena = dr_arena_create("test", 0);
    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        char p[4];
        size_t n = dr_wtf8_put(code, p), pos = 0, bytes;
        dr_str s = { p, n };
        assert_int_equal(dr_wtf8_next(s, &pos), code);
        assert_int_equal(pos, n);
        dr_arena_reset(arena);
        uint8_t *wide = dr_wtf8_to_utf16(arena, s, &bytes);
        assert_int_equal(bytes, code < 0x10000 ? 2 : 4);
        dr_str back = dr_utf16_str(arena, (dr_wstr){ wide, bytes / 2 });
        assert_true(dr_str_eq(back, s));
    }
    dr_arena_destroy(arena);
}

static void test_invalid(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool valid;
    } cases[] = {
        { "", true },          { "abc", true },          { "\xc3\xa4", true },          { "\xed\xa0\x80", true },
        { "\xc3", false },     { "\x80", false },        { "\xc0\x80", false },         { "\xe0\x80\x80", false },
        { "\xf0\x9f\x98\x80", true }, { "\xf4\x90\x80\x80", false }, { "\xf8\x88\x80\x80\x80", false }, { "a\xff" "b", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dr_str s = dr_str_of(cases[i].text);
        assert_int_equal(dr_wtf8_valid(s), cases[i].valid);
        size_t pos = 0, steps = 0;
        while (pos < s.n) { /* always moves on */
            size_t before = pos;
            (void)dr_wtf8_next(s, &pos);
            assert_true(pos > before && pos <= s.n);
            steps++;
        }
        assert_true(steps <= s.n);
    }
}

static void test_cp1252(void **state)
{
    (void)state;
    dr_arena *arena = dr_arena_create("test", 0);
    equal(dr_cp1252_str(arena, (const uint8_t *)"a\x80\xe4\x81", 4), "a\xe2\x82\xac\xc3\xa4\xc2\x81");
    dr_arena_destroy(arena);
}

static void test_fold(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool same;
    } cases[] = {
        { "abc", "ABC", true },           { "\xc3\xa4", "\xc3\x84", true }, { "\xd0\xb6", "\xd0\x96", true },
        { "\xc3\x9f", "SS", false },      { "i", "\xc4\xb0", false },       { "\xff", "\xff", true },
        { "\xff", "\xfe", false },        { "a", "ab", false },             { "", "", true },
        { "\xc3\xbf", "\xc5\xb8", true }, { "k", "\xe2\x84\xaa", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        dr_str a = dr_str_of(cases[i].a), b = dr_str_of(cases[i].b);
        assert_int_equal(dr_str_eq_fold(a, b), cases[i].same);
        assert_int_equal(dr_str_cmp_fold(a, b), -dr_str_cmp_fold(b, a));
    }
    dr_arena *arena = dr_arena_create("test", 0);
    for (uint32_t code = 0; code < 0x10000; code++) { /* folding twice is folding once */
        assert_int_equal(dr_fold_code(dr_fold_code(code)), dr_fold_code(code));
        assert_true(code < 0x80 || dr_fold_code(code) >= 0x80); /* dr_str_glob_fold counts on it */
        char p[4];
        dr_str s = { p, dr_wtf8_put(code, p) };
        dr_arena_reset(arena);
        assert_true(dr_str_eq_fold(dr_arena_fold(arena, s), s));
    }
    dr_arena_destroy(arena);
}

static void test_search(void **state)
{
    (void)state;
    dr_str s = DR_STR("C:\\Windows\\System32\\net.exe");
    assert_int_equal(dr_str_find(s, DR_STR("System32")), 11);
    assert_int_equal(dr_str_find(s, DR_STR("system32")), SIZE_MAX);
    assert_int_equal(dr_str_find_fold(s, DR_STR("system32")), 11);
    assert_int_equal(dr_str_find(s, DR_STR("")), 0);
    assert_int_equal(dr_str_find(DR_STR(""), DR_STR("x")), SIZE_MAX);
    assert_int_equal(dr_str_find(s, DR_STR(".exe")), 23);
    assert_int_equal(dr_str_rfind_char(s, '\\'), 19);
    assert_true(dr_str_ends_fold(s, DR_STR("NET.EXE")));
    assert_false(dr_str_ends_fold(DR_STR("e"), DR_STR("exe")));
    assert_true(dr_str_starts_fold(s, DR_STR("c:\\WINDOWS")));
    equal(dr_str_basename(s), "net.exe");
    equal(dr_str_basename(DR_STR("a/b\\")), "");
    equal(dr_str_trim(DR_STR(" \t a b\r\n")), "a b");
    dr_str rest = DR_STR("a,,b"), part;
    assert_true(dr_str_split(&rest, ',', &part));
    equal(part, "a");
    assert_true(dr_str_split(&rest, ',', &part));
    equal(part, "");
    assert_true(dr_str_split(&rest, ',', &part));
    equal(part, "b");
    assert_false(dr_str_split(&rest, ',', &part));
}

static void test_glob(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *text;
        bool hit;
    } cases[] = {
        { "*", "", true },        { "", "", true },         { "", "a", false },         { "a*c", "ABBC", true },
        { "a*c", "abb", false },  { "?", "\xc3\xa4", true }, { "*.exe", "a.exe.exe", true }, { "a?c", "ac", false },
        { "**b**", "aabaa", true }, { "*a*b*c*", "xxaxxcxxb", false },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++)
        assert_int_equal(dr_str_glob_fold(dr_str_of(cases[i].pattern), dr_str_of(cases[i].text)), cases[i].hit);
    static char many[20000], stars[200]; /* no exponential time */
    memset(many, 'a', sizeof many);
    for (size_t i = 0; i < sizeof stars; i++)
        stars[i] = i % 2 ? '*' : 'a';
    stars[sizeof stars - 1] = 'b';
    assert_false(dr_str_glob_fold((dr_str){ stars, sizeof stars }, (dr_str){ many, sizeof many }));
}

/* By definition, without any short cut; exponential, for short texts only. */
static bool glob_plain(dr_str pattern, dr_str s)
{
    size_t p = 0, i = 0;
    if (pattern.n == 0)
        return s.n == 0;
    if (pattern.p[0] == '*') {
        if (glob_plain(dr_str_from(pattern, 1), s))
            return true;
        if (s.n == 0)
            return false;
        (void)dr_wtf8_next(s, &i);
        return glob_plain(pattern, dr_str_from(s, i));
    }
    if (s.n == 0)
        return false;
    uint32_t want = dr_fold_code(dr_wtf8_next(pattern, &p)), have = dr_fold_code(dr_wtf8_next(s, &i));
    return (want == '?' || want == have) && glob_plain(dr_str_from(pattern, p), dr_str_from(s, i));
}

static void test_glob_random(void **state)
{
    (void)state;
    static const char *const pieces[] = { "*", "?", "a", "A", "b", "\xc3\xa4", "\xc3\x84", "\xff", "*", "a" };
    static const char *const texts[] = { "a", "A", "b", "B", "\xc3\xa4", "\xc3\x84", "\xff", "?", "\xe2\x84\xaa", "\xc3" };
    uint32_t random = 7;
    size_t hits = 0;
    for (unsigned round = 0; round < 200000; round++) {
        char pattern[64] = "", text[64] = "";
        random = random * 1664525u + 1013904223u;
        unsigned n = random >> 29, m = random >> 26 & 7;
        size_t a = 0, b = 0;
        for (unsigned k = 0; k < n; k++) {
            random = random * 1664525u + 1013904223u;
            const char *piece = pieces[(random >> 16) % 10];
            memcpy(pattern + a, piece, strlen(piece));
            a += strlen(piece);
        }
        for (unsigned k = 0; k < m; k++) {
            random = random * 1664525u + 1013904223u;
            const char *piece = texts[(random >> 16) % 10];
            memcpy(text + b, piece, strlen(piece));
            b += strlen(piece);
        }
        bool want = glob_plain((dr_str){ pattern, a }, (dr_str){ text, b });
        if (dr_str_glob_fold((dr_str){ pattern, a }, (dr_str){ text, b }) != want)
            fail_msg("pattern %s text %s", pattern, text);
        hits += want;
    }
    assert_true(hits > 10000); /* both answers are met */
}

static void test_integers(void **state)
{
    (void)state;
    uint64_t u;
    int64_t i;
    assert_true(dr_str_to_u64(DR_STR("18446744073709551615"), &u) && u == UINT64_MAX);
    assert_false(dr_str_to_u64(DR_STR("18446744073709551616"), &u));
    assert_true(dr_str_to_u64(DR_STR("0xFf"), &u) && u == 255);
    assert_false(dr_str_to_u64(DR_STR("0x"), &u));
    assert_false(dr_str_to_u64(DR_STR(""), &u));
    assert_false(dr_str_to_u64(DR_STR("1 "), &u));
    assert_true(dr_str_to_i64(DR_STR("-12"), &i) && i == -12);
    assert_false(dr_str_to_i64(DR_STR("9223372036854775808"), &i));
    assert_false(dr_str_to_i64(DR_STR("-"), &i));
    assert_true(dr_str_hex_to_u64(DR_STR("3e7"), &u) && u == 0x3e7);
}

static void escaped(void (*write)(dr_buf *, dr_str), dr_str text, const char *want)
{
    dr_buf b = { 0 };
    write(&b, text);
    equal(dr_buf_str(&b), want);
    dr_buf_free(&b);
}

static void test_escapes(void **state)
{
    (void)state;
    escaped(dr_buf_json_str, DR_STR("a\"\\\n\x01\x7f\xc3\xa4"), "\"a\\\"\\\\\\n\\u0001\\u007f\xc3\xa4\"");
    escaped(dr_buf_json_str, DR_STR("\xed\xa0\x80\xff"), "\"\\ud800\\udcff\"");
    escaped(dr_buf_json_str, (dr_str){ "a\0b", 3 }, "\"a\\u0000b\"");
    escaped(dr_buf_shown, DR_STR("a\x1b[31m\n\xe2\x80\xae\xc2\x85\xc3\xa4"), "a\\x1b[31m\\x0a\\u202e\\x85\xc3\xa4");
    escaped(dr_buf_shown, DR_STR("\xed\xa0\x80"), "\\ud800");
    escaped(dr_buf_csv, DR_STR("plain"), "plain");
    escaped(dr_buf_csv, DR_STR("a,\"b\""), "\"a,\"\"b\"\"\"");
    escaped(dr_buf_csv, DR_STR("=1+1"), "\"'=1+1\"");
    escaped(dr_buf_csv, DR_STR("-x"), "\"'-x\"");
    assert_int_equal(dr_shown_width(DR_STR("a\xe6\xbc\xa2\xcc\x81")), 3);
}

static void test_buffer(void **state)
{
    (void)state;
    dr_buf b = { .limit = 10 };
    dr_buf_z(&b, "12345");
    dr_buf_printf(&b, "%d", 678);
    dr_buf_i64(&b, -9);
    equal(dr_buf_str(&b), "12345678-9");
    assert_false(b.failed);
    dr_buf_char(&b, 'x'); /* the limit */
    dr_buf_z(&b, "");
    assert_true(b.failed);
    equal(dr_buf_str(&b), "12345678-9");
    dr_buf_free(&b);
    dr_buf_i64(&b, INT64_MIN);
    assert_true(b.failed); /* 20 characters */
    dr_buf_free(&b);
    b = (dr_buf){ 0 };
    dr_buf_i64(&b, INT64_MIN);
    equal(dr_buf_str(&b), "-9223372036854775808");
    dr_buf_clear(&b);
    dr_buf_json_u64(&b, 9007199254740991u);
    dr_buf_json_u64(&b, 9007199254740992u);
    equal(dr_buf_str(&b), "9007199254740991\"9007199254740992\"");
    dr_buf_clear(&b);
    dr_buf_hex(&b, (const uint8_t *)"\x0a\xff", 2, true);
    equal(dr_buf_str(&b), "0AFF");
    dr_buf_free(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_code), cmocka_unit_test(test_invalid), cmocka_unit_test(test_cp1252),
        cmocka_unit_test(test_fold),       cmocka_unit_test(test_search),  cmocka_unit_test(test_glob),
        cmocka_unit_test(test_glob_random),
        cmocka_unit_test(test_integers),   cmocka_unit_test(test_escapes), cmocka_unit_test(test_buffer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
