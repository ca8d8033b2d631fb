/* The command line and the suggestions for near misses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "cli/near.h"
#include "cli/options.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void test_distance(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        size_t distance;
    } cases[] = {
        { "", "", 0 },           { "", "abc", 3 },        { "examine", "EXAMINE", 0 }, { "exmaine", "examine", 1 },
        { "examin", "examine", 1 }, { "exmine", "examine", 1 }, { "kitten", "sitting", 3 }, { "ca", "abc", 3 },
        { "explain", "examine", 4 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(near_distance(cases[i].a, cases[i].b), cases[i].distance);
        assert_int_equal(near_distance(cases[i].b, cases[i].a), cases[i].distance);
    }
}

static void test_near(void **state)
{
    (void)state;
    static const char *const words[] = { "examine", "explain", "coverage", "check", "rules" };
    char long_word[200];
    memset(long_word, 'a', sizeof long_word - 1);
    long_word[sizeof long_word - 1] = 0;
    assert_string_equal(near_word("exmaine", words, 5), "examine");
    assert_string_equal(near_word("cover", words, 5), "coverage");
    assert_string_equal(near_word("chekc", words, 5), "check");
    assert_null(near_word("timeline", words, 5));
    assert_null(near_word(long_word, words, 5));
    assert_null(near_word("x", words, 0));
}

/* Runs cli_parse with standard error kept in TEXT. */
static int parse(cli_options *out, char *text, size_t room, int argc, char **argv)
{
    FILE *kept = tmpfile();
    assert_non_null(kept);
    fflush(stderr);
    int saved = dup(STDERR_FILENO);
    assert_true(dup2(fileno(kept), STDERR_FILENO) >= 0);
    int status = cli_parse(out, argc, argv);
    fflush(stderr);
    assert_true(dup2(saved, STDERR_FILENO) >= 0);
    close(saved);
    rewind(kept);
    size_t n = fread(text, 1, room - 1, kept);
    text[n] = 0;
    fclose(kept);
    return status;
}

#define PARSE(...)                                                                                 \
    char *argv[] = { (char[]){ "didrun" }, __VA_ARGS__, NULL };                                    \
    char text[2000];                                                                               \
    cli_options o;                                                                                 \
    int status = parse(&o, text, sizeof text, (int)(sizeof argv / sizeof argv[0]) - 1, argv)

static void test_good(void **state)
{
    (void)state;
    PARSE((char[]){ "examine" }, (char[]){ "a" }, (char[]){ "--claim" }, (char[]){ "x" }, (char[]){ "--claim=y" }, (char[]){ "-qv" },
          (char[]){ "--host" }, (char[]){ "-h1" }, (char[]){ "--json" }, (char[]){ "--" }, (char[]){ "--b" });
    assert_int_equal(status, 0);
    assert_string_equal(text, "");
    assert_int_equal(o.verb, CLI_EXAMINE);
    assert_int_equal(o.arguments.n, 2);
    assert_string_equal(o.arguments.p[0], "a");
    assert_string_equal(o.arguments.p[1], "--b");
    assert_int_equal(o.claims.n, 2);
    assert_string_equal(o.claims.p[1], "y");
    assert_string_equal(o.host, "-h1");
    assert_null(cli_array(&o.claims)[2]);
    assert_null(cli_array(&o.rules)[0]);
    assert_true(o.quiet && o.verbose && o.json);
    assert_false(o.all || o.progress);
    cli_options_free(&o);
}

static void test_verb(void **state)
{
    (void)state;
    PARSE((char[]){ "exmaine" });
    assert_int_equal(status, CLI_USAGE);
    assert_string_equal(text, "didrun: there is no verb 'exmaine'; did you mean examine?\nTry: didrun --help\n");
    cli_options_free(&o);
}

static void test_option(void **state)
{
    (void)state;
    PARSE((char[]){ "examine" }, (char[]){ "--jsn=1" });
    assert_int_equal(status, CLI_USAGE);
    assert_string_equal(text, "didrun: there is no option '--jsn=1'; did you mean --json?\nTry: didrun examine --help\n");
    cli_options_free(&o);
}

static void test_other_verbs_option(void **state)
{
    (void)state;
    PARSE((char[]){ "examine" }, (char[]){ "--damage" });
    assert_int_equal(status, CLI_USAGE);
    cli_options_free(&o);
}

static void test_value_missing(void **state)
{
    (void)state;
    PARSE((char[]){ "examine" }, (char[]){ "x" }, (char[]){ "--from" });
    assert_int_equal(status, CLI_USAGE);
    assert_string_equal(text, "didrun: a value is missing after '--from'\nTry: didrun examine --help\n");
    cli_options_free(&o);
}

static void test_value_too_many(void **state)
{
    (void)state;
    PARSE((char[]){ "examine" }, (char[]){ "--json=yes" });
    assert_int_equal(status, CLI_USAGE);
    cli_options_free(&o);
}

static void test_letter(void **state)
{
    (void)state;
    PARSE((char[]){ "examine" }, (char[]){ "-qZ" });
    assert_int_equal(status, CLI_USAGE);
    cli_options_free(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_distance), cmocka_unit_test(test_near),          cmocka_unit_test(test_good),
        cmocka_unit_test(test_verb),     cmocka_unit_test(test_option),        cmocka_unit_test(test_other_verbs_option),
        cmocka_unit_test(test_value_missing), cmocka_unit_test(test_value_too_many), cmocka_unit_test(test_letter),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
