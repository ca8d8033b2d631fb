/* The word table of the ladder, over every combination of states and marks, against the table as it is
 * written for people: rows of conditions, the first that fits. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "reason/ladder.h"

#define ANY 0x3fu
#define BIT(state) (1u << (state))
#define PROVED BIT(STATE_PROVED)
#define REFUTED BIT(STATE_REFUTED)
#define ABSENT BIT(STATE_ABSENT)
#define CONFLICT BIT(STATE_CONFLICTING)

typedef struct row {
    const char *word;
    /* present, attempted, started, achieved, persists: which states fit */
    unsigned states[RUNG_COUNT];
    unsigned marks; /* all of these */
} row;

/* "or" of the table is more than one row of the same word. */
static const row table[] = {
    { "conflicting", { ANY, ANY, ANY, ANY, CONFLICT }, 0 },
    { "conflicting", { ANY, ANY, ANY, CONFLICT, ANY }, 0 },
    { "conflicting", { ANY, ANY, CONFLICT, ANY & ~(PROVED | REFUTED), ANY & ~(PROVED | REFUTED) }, 0 },
    { "achieved-persists", { ANY, ANY, ANY, PROVED, PROVED }, 0 },
    { "achieved-removed", { ANY, ANY, ANY, PROVED, REFUTED }, 0 },
    { "achieved", { ANY, ANY, ANY, PROVED, ANY }, 0 },
    { "blocked", { ANY, ANY, REFUTED, ANY, ANY }, MARK_CONTROL },
    { "failed-to-start", { ANY, ANY, REFUTED, ANY, ANY }, 0 },
    { "other-effect", { ANY, ANY, ANY, REFUTED | ABSENT, ANY }, MARK_OTHER_EFFECT },
    { "failed", { ANY, ANY, ANY, REFUTED, ANY }, 0 },
    { "persists", { ANY, ANY, ANY, ANY, PROVED }, 0 },
    { "no-effect", { ANY, PROVED, ANY, ABSENT, ANY }, 0 },
    { "no-effect", { ANY, ANY, PROVED, ABSENT, ANY }, 0 },
    { "crashed", { ANY, ANY, PROVED, ANY, ANY }, MARK_CRASH },
    { "ran", { ANY, ANY, PROVED, ANY, ANY }, 0 },
    { "attempted", { ANY, PROVED, ANY, ANY, ANY }, 0 },
    { "not-recorded", { ANY, ABSENT, ANY, ANY, ANY }, 0 },
    { "present", { PROVED, ANY, ANY, ANY, ANY }, 0 },
    { "unsupported", { ANY, ANY, ANY, ANY, ANY }, 0 },
};

static const char *by_table(const rung_state s[RUNG_COUNT], unsigned marks)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        int fits = (table[i].marks & marks) == table[i].marks;
        for (size_t r = 0; r < RUNG_COUNT && fits; r++)
            fits = (table[i].states[r] & BIT(s[r])) != 0;
        if (fits)
            return table[i].word;
    }
    return "";
}

static unsigned counted[WORD_COUNT];

static void every_combination_of_states_and_marks_has_the_word_of_the_table(void **state)
{
    (void)state;
    size_t n = 0;
    for (unsigned code = 0; code < 6 * 6 * 6 * 6 * 6; code++) {
        rung_state s[RUNG_COUNT];
        unsigned rest = code;
        for (size_t r = 0; r < RUNG_COUNT; r++, rest /= 6)
            s[r] = (rung_state)(rest % 6);
        for (unsigned marks = 0; marks <= MARK_ALL; marks++, n++) {
            verdict_word word = ladder_word(s, marks);
            assert_string_equal(word_name(word), by_table(s, marks));
            counted[word]++;
        }
    }
    assert_int_equal(n, 7776 * 8);
    for (size_t w = 0; w < WORD_COUNT; w++)
        assert_true(counted[w] > 0); /* every word can come out */
}

static void no_word_goes_beyond_what_is_proved(void **state)
{
    (void)state;
    for (unsigned code = 0; code < 6 * 6 * 6 * 6 * 6; code++) {
        rung_state s[RUNG_COUNT];
        unsigned rest = code;
        for (size_t r = 0; r < RUNG_COUNT; r++, rest /= 6)
            s[r] = (rung_state)(rest % 6);
        for (unsigned marks = 0; marks <= MARK_ALL; marks++) {
            verdict_word word = ladder_word(s, marks);
            if (word == WORD_ACHIEVED || word == WORD_ACHIEVED_PERSISTS || word == WORD_ACHIEVED_REMOVED)
                assert_int_equal(s[RUNG_ACHIEVED], STATE_PROVED);
            if (word == WORD_RAN || word == WORD_CRASHED)
                assert_int_equal(s[RUNG_STARTED], STATE_PROVED);
            if (word == WORD_NO_EFFECT)
                assert_int_equal(s[RUNG_ACHIEVED], STATE_ABSENT);
        }
    }
}

static void the_grade_is_the_lowest_of_the_rungs_that_decide(void **state)
{
    (void)state;
    rung_state s[RUNG_COUNT] = { STATE_NOT_APPLICABLE, STATE_PROVED, STATE_PROVED, STATE_PROVED, STATE_PROVED };
    grade g[RUNG_COUNT] = { GRADE_NONE, GRADE_A, GRADE_A, GRADE_A, GRADE_C };
    assert_int_equal(ladder_grade(WORD_ACHIEVED_PERSISTS, s, g), GRADE_C);
    assert_int_equal(ladder_grade(WORD_ACHIEVED, s, g), GRADE_A);
    s[RUNG_ACHIEVED] = STATE_ABSENT;
    g[RUNG_ACHIEVED] = GRADE_B;
    assert_int_equal(ladder_grade(WORD_NO_EFFECT, s, g), GRADE_B);
    assert_int_equal(ladder_grade(WORD_UNSUPPORTED, s, g), GRADE_NONE);
    g[RUNG_STARTED] = GRADE_B;
    assert_int_equal(ladder_grade(WORD_RAN, s, g), GRADE_B);
    assert_int_equal(ladder_grade(WORD_ATTEMPTED, s, g), GRADE_A);
}

static void names_go_both_ways(void **state)
{
    (void)state;
    for (unsigned w = 0; w < WORD_COUNT; w++) {
        verdict_word back;
        assert_true(word_of(dr_str_of(word_name((verdict_word)w)), &back));
        assert_int_equal(back, w);
    }
    for (unsigned i = 0; i < STATE_COUNT; i++) {
        rung_state back;
        assert_true(state_of(dr_str_of(state_name((rung_state)i)), &back));
        assert_int_equal(back, i);
    }
    verdict_word none;
    assert_false(word_of(DR_STR("executed"), &none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_combination_of_states_and_marks_has_the_word_of_the_table),
        cmocka_unit_test(no_word_goes_beyond_what_is_proved),
        cmocka_unit_test(the_grade_is_the_lowest_of_the_rungs_that_decide),
        cmocka_unit_test(names_go_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
