/* Passwords of command lines are masked where they stand as words, however many there are. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "reason/verdict.h"

#include <stdio.h>
#include <string.h>

typedef struct fixture {
    verdict_list list;
} fixture;

static int set_up(void **state)
{
    static fixture f;
    memset(&f, 0, sizeof f);
    f.list.arena = dr_arena_create("test", 0);
    *state = &f;
    return f.list.arena ? 0 : 1;
}

static int tear_down(void **state)
{
    fixture *f = *state;
    verdict_free_secrets(&f->list);
    dr_arena_destroy(f->list.arena);
    return 0;
}

static void masked(fixture *f, const char *text, const char *want)
{
    dr_str got = verdict_masked(&f->list, f->list.arena, dr_str_of(text));
    if (!dr_str_is(got, want))
        fail_msg("%s became %.*s, not %s", text, DR_STR_ARG(got), want);
}

static void add(fixture *f, const char *secret)
{
    assert_int_equal(verdict_add_secret(&f->list, dr_str_of(secret)), DR_OK);
}

static void test_words(void **state)
{
    fixture *f = *state;
    masked(f, "net user bob Pw1 /add", "net user bob Pw1 /add"); /* nothing is secret yet */
    add(f, "Pw1");
    add(f, "Pw1");
    add(f, "");
    assert_int_equal(f->list.secrets.list.n, 1);
    masked(f, "net user bob Pw1 /add", "net user bob *** /add");
    masked(f, "Pw1", "***");
    masked(f, "Pw1 Pw1,Pw1", "*** ***,***");
    masked(f, "/p:Pw1; \"Pw1\" p='Pw1' x=Pw1)", "/p:***; \"***\" p='***' x=***)");
    masked(f, "Pw12 xPw1 Pw1x", "Pw12 xPw1 Pw1x");
    masked(f, "", "");
}

static void test_longest_first(void **state)
{
    fixture *f = *state;
    add(f, "My");
    add(f, "My pass");
    add(f, "My pass word");
    masked(f, "runas \"My pass word\" My x", "runas \"***\" *** x");
    masked(f, "My pass words", "*** words");
}

static void test_many(void **state)
{
    fixture *f = *state;
    char text[64], want[64];
    for (unsigned i = 0; i < 20000; i++) {
        snprintf(text, sizeof text, "S%u-%x", i, i * 2654435761u);
        add(f, text);
    }
    for (unsigned i = 0; i < 20000; i++) {
        snprintf(text, sizeof text, "net user u%u S%u-%x /add", i, i, i * 2654435761u);
        snprintf(want, sizeof want, "net user u%u *** /add", i);
        masked(f, text, want);
    }
    masked(f, "S20000-0 stays", "S20000-0 stays");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_words, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_longest_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_many, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
