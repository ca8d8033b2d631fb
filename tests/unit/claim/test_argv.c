/* Command lines taken apart as the C run-time and the command interpreter do it. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "claim/argv.h"

typedef struct row {
    const char *line;
    const char *image; /* NULL: arguments alone; "": whole line, image not known */
    const char *expect; /* tokens with | behind each; a quoted one begins with " */
} row;

static void check_row(const row *r)
{
    dr_arena *arena = dr_arena_create("test", 0);
    dr_buf b = { 0 };
    argv out;
    dr_status status = r->image ? argv_split(arena, dr_str_of(r->line), dr_str_of(r->image), &out)
                                : argv_split_arguments(arena, dr_str_of(r->line), &out);
    assert_int_equal(status, DR_OK);
    for (size_t i = 0; i < out.n; i++) {
        const argv_token *t = &out.tokens[i];
        assert_true(t->raw.p >= r->line && t->raw.p + t->raw.n <= r->line + strlen(r->line));
        if (t->quoted)
            dr_buf_char(&b, '"');
        dr_buf_str_add(&b, t->text);
        dr_buf_char(&b, '|');
    }
    dr_buf_char(&b, '\0');
    if (strcmp(b.p, r->expect))
        print_error("line: %s\n", r->line);
    assert_string_equal(b.p, r->expect);
    dr_buf_free(&b);
    dr_arena_destroy(arena);
}

static void test_tokens(void **state)
{
    static const row rows[] = {
        { "net user bob Pw1 /add", "", "net|user|bob|Pw1|/add|" },
        { "net  user \t bob", "", "net|user|bob|" },
        { "\"C:\\Program Files\\a b.exe\" /x", "", "\"C:\\Program Files\\a b.exe|/x|" },
        { "C:\\Program Files\\A B\\c.exe /x y", "C:\\Program Files\\A B\\c.exe", "C:\\Program Files\\A B\\c.exe|/x|y|" },
        { "c:\\program files\\a b\\c /x", "C:\\Program Files\\A B\\c.exe", "c:\\program files\\a b\\c|/x|" },
        { "C:\\Program Files\\other.exe", "C:\\Windows\\x y.exe", "C:\\Program|Files\\other.exe|" },
        { "\"C:\\x\\\" next", "", "\"C:\\x\\|next|" }, /* no backslash rules in the first */
        { "   x  ", "", "x|" },
        { "", "", "" },
        { "\"\"", "", "\"|" },
        { "a \"\" b", NULL, "a|\"|b|" },
        { "a\"b c\"d", NULL, "\"ab cd|" },
        { "a\\\\b c\\", NULL, "a\\\\b|c\\|" },
        { "\"a\\\\\" b", NULL, "\"a\\|b|" },
        { "\"a\\\"b\"", NULL, "\"a\"b|" },
        { "a\\\\\\\"b c", NULL, "\"a\\\"b|c|" },
        { "\"a\"\"b\" c", NULL, "\"a\"b|c|" },
        { "\"open to the end", NULL, "\"open to the end|" },
        { "binPath= \"C:\\x y\\e.exe -k\"", NULL, "binPath=|\"C:\\x y\\e.exe -k|" },
        { "caf\xc3\xa9 \xed\xa0\x80", NULL, "caf\xc3\xa9|\xed\xa0\x80|" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        check_row(&rows[i]);
}

static void test_shell(void **state)
{
    static const struct {
        const char *line, *expect; /* parts, each with its joint before it; > output */
    } rows[] = {
        { "net user a b /add", "0[net user a b /add]" },
        { "a & b && c | d || e", "0[a]&[b]a[c]|[d]o[e]" },
        { "echo \"a & b\" & c", "0[echo \"a & b\"]&[c]" },
        { "echo a ^& b", "0[echo a & b]" },
        { "n^e^t us^er x", "0[net user x]" },
        { "(a & b) & c", "0[a]&[b]&[c]" },
        { "@echo off & @net stop x", "0[echo off]&[net stop x]" },
        { "whoami > C:\\o.txt 2>&1", "0[whoami]>C:\\o.txt" },
        { "whoami>>\"C:\\a b.txt\" & x", "0[whoami]>C:\\a b.txt&[x]" },
        { "type < in.txt", "0[type]" },
        { "if exist C:\\x net user a b /add", "0[net user a b /add]" },
        { "if not defined V (net stop x) else (net start x)", "0[net stop x]&[net start x]" },
        { "if \"%a%\"==\"1\" net stop x", "0[net stop x]" },
        { "if /i %a% equ 1 net stop x", "0[net stop x]" },
        { "for /f \"tokens=*\" %1 in ('wevtutil.exe el') do wevtutil.exe cl \"%1\"", "0[wevtutil.exe el]&[wevtutil.exe cl \"%1\"]" },
        { "if exist C:\\a (echo (x) y) & z", "0[echo (x) y]&[z]" },
        { "for %i in (a b) do (net stop %i)", "0[net stop %i]" },
        { "for %i in (a b) do @(x %i & y)", "0[x %i]&[y]" },
        { "echo x ^> \\\\127.0.0.1\\C$\\o 2^>^&1 > f & f", "0[echo x > \\\\127.0.0.1\\C$\\o 2>&1]>f&[f]" },
        { "call a.bat\nb", "0[a.bat]&[b]" },
        { "&&&& | |", "" },
        { "a ^", "0[a]" },
        { "%COMSPEC% /c dir", "0?[%COMSPEC% /c dir]" },
        { "!x:~0,1!et user", "0[!x:~0,1!et user]" },
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        dr_arena *arena = dr_arena_create("test", 0);
        dr_buf b = { 0 };
        argv_parts out;
        assert_int_equal(argv_split_shell(arena, dr_str_of(rows[i].line), &out), DR_OK);
        for (size_t k = 0; k < out.n; k++) {
            dr_buf_char(&b, out.parts[k].before ? out.parts[k].before : '0');
            if (out.parts[k].undecoded && strstr(rows[i].expect, "?["))
                dr_buf_char(&b, '?');
            dr_buf_char(&b, '[');
            dr_buf_str_add(&b, out.parts[k].text);
            dr_buf_char(&b, ']');
            if (out.parts[k].output.n) {
                dr_buf_char(&b, '>');
                dr_buf_str_add(&b, out.parts[k].output);
            }
        }
        dr_buf_char(&b, '\0');
        if (strcmp(b.p, rows[i].expect))
            print_error("line: %s\n", rows[i].line);
        assert_string_equal(b.p, rows[i].expect);
        dr_buf_free(&b);
        dr_arena_destroy(arena);
    }
}

static uint32_t random_next(uint64_t *state)
{
    *state = *state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(*state >> 33);
}

/* Any tokens, quoted and joined, come back as they were. */
static void test_join_back(void **state)
{
    static const char letters[] = "ab \\\\\"\"/-^&'\t";
    uint64_t seed = 7;
    (void)state;
    for (int round = 0; round < 3000; round++) {
        dr_arena *arena = dr_arena_create("test", 0);
        dr_buf line = { 0 };
        char texts[5][12];
        size_t lengths[5], n = 1 + random_next(&seed) % 5;
        for (size_t i = 0; i < n; i++) {
            lengths[i] = random_next(&seed) % 12;
            for (size_t k = 0; k < lengths[i]; k++)
                texts[i][k] = letters[random_next(&seed) % (sizeof letters - 1)];
            if (i)
                dr_buf_char(&line, ' ');
            dr_buf_str_add(&line, argv_quote(arena, (dr_str){ texts[i], lengths[i] }));
        }
        argv out;
        assert_int_equal(argv_split_arguments(arena, dr_buf_str(&line), &out), DR_OK);
        assert_int_equal(out.n, n);
        for (size_t i = 0; i < n; i++)
            assert_true(dr_str_eq(out.tokens[i].text, (dr_str){ texts[i], lengths[i] }));
        dr_buf_free(&line);
        dr_arena_destroy(arena);
    }
}

static void test_limits(void **state)
{
    dr_arena *arena = dr_arena_create("test", 0);
    size_t n = 3 * DR_ARGV_MAX_TOKENS;
    char *p = dr_arena_bytes(arena, n + DR_ARGV_MAX_BYTES);
    argv out;
    argv_parts parts;
    (void)state;
    for (size_t i = 0; i < n; i++)
        p[i] = i % 2 ? ' ' : 'x';
    assert_int_equal(argv_split_arguments(arena, (dr_str){ p, n }, &out), DR_OK);
    assert_int_equal(out.n, DR_ARGV_MAX_TOKENS);
    assert_true(out.cut);
    for (size_t i = 0; i < n; i++)
        p[i] = i % 2 ? '&' : 'x';
    assert_int_equal(argv_split_shell(arena, (dr_str){ p, n }, &parts), DR_OK);
    assert_int_equal(parts.n, DR_UNWRAP_MAX_COMMANDS);
    assert_true(parts.cut);
    memset(p, 'x', n + DR_ARGV_MAX_BYTES);
    assert_int_equal(argv_split_arguments(arena, (dr_str){ p, n + DR_ARGV_MAX_BYTES }, &out), DR_OK);
    assert_int_equal(out.tokens[0].text.n, DR_ARGV_MAX_BYTES);
    assert_true(out.cut);
    dr_arena_destroy(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tokens),
        cmocka_unit_test(test_shell),
        cmocka_unit_test(test_join_back),
        cmocka_unit_test(test_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
