/* Reasoning against the reference evaluator over invented worlds, always the same ones. And that the
 * worlds are worth it: every word that they can have comes out, and often enough. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/buf.h"
#include "base/limits.h"
#include "claim/rule.h"
#include "entity/names.h"
#include "fact/embedded.h"
#include "reason/reason.h"

#include "unit/reason/world.h"

#define ROUNDS 6000 /* DIDRUN_ROUNDS asks for more */

static void test_worlds(void **state)
{
    (void)state;
    dr_err err = { "" };
    world_ground g = { 0 };
    unsigned words[WORD_COUNT] = { 0 }, failed = 0, claims = 0;
    const char *more = getenv("DIDRUN_ROUNDS");
    uint64_t rounds = more ? strtoull(more, NULL, 10) : ROUNDS;
    for (uint64_t round = 0; round < rounds; round++) {
        if (round % 500 == 0) { /* symbols pile up */
            if (g.arena)
                world_fall(&g);
            assert_true(world_stand(&g, &err));
        }
        world_picks picks = { .seed = 0x9e3779b97f4a7c15u * (round + 1) };
        ref_world w;
        dr_buf why = { 0 };
        int n;
        world_make(&picks, &w);
        dr_status status = world_compare(&g, &w, &n, &why, &err);
        if (status != DR_OK || why.n) {
            if (failed++ < 3) {
                world_show(&w, &why);
                fprintf(stderr, "world %llu: %s\n%.*s\n", (unsigned long long)round, err.text, (int)why.n, why.p);
            }
        }
        dr_buf_free(&why);
        static ref_verdict expected[REF_CLAIMS];
        n = ref_evaluate(&w, expected);
        for (int i = 0; i < n; i++) {
            verdict_word word;
            assert_true(word_of(dr_str_of(expected[i].word), &word));
            words[word]++;
            claims++;
        }
    }
    world_fall(&g);
    print_message("%u claims in %llu worlds, %u worlds differ\n", claims, (unsigned long long)rounds, failed);
    for (verdict_word word = 0; word < WORD_COUNT; word++) {
        print_message("  %u %s\n", words[word], word_name(word));
        if (word != WORD_NOT_RECORDED && word != WORD_PRESENT) /* those of a program alone */
            assert_true(words[word] > 0);
    }
    assert_int_equal(failed, 0);
}

static void agree(const ref_world *w, ref_verdict *expected)
{
    dr_err err = { "" };
    world_ground g;
    dr_buf why = { 0 };
    int n;
    assert_true(world_stand(&g, &err));
    assert_int_equal(world_compare(&g, w, &n, &why, &err), DR_OK);
    assert_string_equal(why.n ? why.p : "", "");
    assert_int_equal(n, 1);
    assert_int_equal(ref_evaluate(w, expected), 1);
    dr_buf_free(&why);
    world_fall(&g);
}

static const ref_trace made = { .role = REF_PROVES, .rung = REF_ACHIEVED, .kind = REF_EFFECT, .opens = true, .by_name = true, .by_sid = true,
                                .after = -1, .unless = -1 };

/* Of two records that undo the act one has no SID and names the account: both are cited. */
static void test_without_the_id(void **state)
{
    (void)state;
    static ref_verdict v[REF_CLAIMS];
    ref_world w = { .n_facts = 3, .n_traces = 2, .act_within = REF_S, .traces = { made } };
    w.traces[1] = (ref_trace){ .role = REF_REFUTES, .rung = REF_PERSISTS, .kind = REF_EFFECT + 1, .by_name = true, .by_sid = true, .after = 0, .unless = -1 };
    for (int i = 0; i < 3; i++)
        w.facts[i] = (ref_fact){ .kind = i ? REF_EFFECT + 1 : REF_EFFECT, .record = 10u + (unsigned)i, .time = WORLD_START + i * REF_S, .logon = -1,
                                 .pid = -1, .status = -1 };
    w.facts[2].sid = -1;
    agree(&w, v);
    assert_string_equal(v[0].word, "achieved-removed");
    assert_int_equal(v[0].n_evidence, 3);
}

/* A record that stands too far before the command in one log is not its effect, and leaves nothing: not the
 * SID by which another record would be tied. */
static void test_refused_leaves_nothing(void **state)
{
    (void)state;
    static ref_verdict v[REF_CLAIMS];
    ref_world w = { .n_facts = 3, .n_traces = 3, .act_within = REF_S, .traces = { made } };
    w.traces[1] = (ref_trace){ .role = REF_OTHER, .kind = REF_EFFECT + 1, .by_name = true, .by_sid = true, .link = true, .windowed = true,
                               .from = -10 * REF_S, .to = 10 * REF_S, .after = -1, .unless = -1 };
    w.traces[2] = (ref_trace){ .role = REF_COMPANION, .kind = REF_EFFECT + 2, .by_sid = true, .windowed = true, .from = -10 * REF_S,
                               .to = 10 * REF_S, .after = -1, .unless = -1 };
    w.facts[0] = (ref_fact){ .kind = REF_EFFECT + 1, .record = 10, .time = WORLD_START, .pid = -1, .status = -1 };
    w.facts[1] = (ref_fact){ .kind = REF_CREATED, .record = 11, .time = WORLD_START + 5 * REF_S, .sid = -1, .pid = 100, .status = -1, .commands = true };
    w.facts[2] = (ref_fact){ .kind = REF_EFFECT + 2, .record = 12, .time = WORLD_START + 6 * REF_S, .name = -1, .logon = -1, .pid = -1, .status = -1 };
    agree(&w, v);
    assert_string_equal(v[0].word, "attempted");
    assert_int_equal(v[0].n_evidence, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_worlds), cmocka_unit_test(test_without_the_id),
                                        cmocka_unit_test(test_refused_leaves_nothing) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
