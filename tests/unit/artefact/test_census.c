/* The census of event records: pieces, gaps, lost places, and that counting in parts and merging is
 * the same as counting at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "artefact/census.h"
#include "artefact/record.h"
#include "base/arena.h"
#include "base/dr_time.h"
#include "base/limits.h"

#include <stdio.h>

#define T0 (DR_TICKS_1970 + 20000 * DR_TICKS_PER_DAY)

static uint32_t slot_of(census *c, uint32_t source, const char *computer, const char *channel)
{
    uint32_t slot;
    assert_int_equal(census_slot(c, source, dr_str_of(computer), dr_str_of(channel), &slot), DR_OK);
    return slot;
}

static int64_t at(int64_t seconds)
{
    return T0 + seconds * DR_TICKS_PER_S;
}

static void test_runs(void **state)
{
    (void)state;
    census *c = census_create();
    uint32_t s = slot_of(c, 1, "pc1", "Security");
    for (uint64_t id = 10; id < 20; id++)
        census_note(c, s, id, at((int64_t)id), 0, id * 16);
    census_note(c, s, 20, at(18), 0, 0);  /* a second back: jitter */
    census_note(c, s, 25, at(40), 0, 4096);  /* a gap */
    census_note(c, s, 26, at(-400), 0, 0); /* the clock went back */
    census_note(c, s, 27, DR_NO_TIME, RECORD_TORN, 0);
    census_note(c, s, 28, at(500), RECORD_RECOVERED, 0);
    assert_int_equal(slot_of(c, 1, "PC1", "security"), s); /* names without case */
    assert_int_equal(census_seal(c), DR_OK);
    assert_int_equal(census_count(c), 1);
    const census_log *log = census_at(c, 0);
    assert_int_equal(log->runs.n, 3);
    assert_int_equal(log->runs.p[0].first_id, 10);
    assert_int_equal(log->runs.p[0].last_id, 20);
    assert_int_equal(log->runs.p[0].records, 11);
    assert_int_equal(log->runs.p[0].first_time, at(10));
    assert_int_equal(log->runs.p[0].last_time, at(18));
    assert_int_equal(log->runs.p[0].first_off, 160);
    assert_int_equal(log->runs.p[1].first_id, 25);
    assert_int_equal(log->runs.p[1].first_off, 4096);
    assert_int_equal(log->runs.p[1].last_off, 4096);
    assert_int_equal(log->runs.p[2].last_id, 27);
    assert_int_equal(log->runs.p[2].last_time, at(-400));
    assert_int_equal(log->runs.p[2].flags, RECORD_TORN);
    assert_int_equal(log->records, 14);
    assert_int_equal(log->recovered, 1);
    assert_int_equal(log->minutes.n, 2);
    assert_true(log->minutes.p[0] < log->minutes.p[1]);
    assert_false(log->fragmentary);
    census_destroy(c);
}

static void test_silence(void **state)
{
    (void)state;
    census *c = census_create(), *d = census_create();
    uint32_t s = slot_of(c, 1, "pc1", "System");
    census_note(c, s, 1, at(0), 0, 0);
    census_note(c, s, 2, at(100), 0, 32);
    s = slot_of(d, 1, "pc1", "System");
    census_note(d, s, 3, at(4000), 0, 48);
    census_note(d, s, 4, at(4001), 0, 64);
    assert_int_equal(census_merge(c, d), DR_OK);
    assert_int_equal(census_at(c, 0)->runs.n, 1);
    assert_int_equal(census_at(c, 0)->runs.p[0].longest_silence, 3900 * DR_TICKS_PER_S);
    assert_int_equal(census_at(c, 0)->silences.n, 1);
    assert_int_equal(census_at(c, 0)->silences.p[0].before_off, 32); /* of the part before */
    assert_int_equal(census_at(c, 0)->runs.p[0].last_off, 64);
    for (uint64_t i = 0; i < 2 * DR_CENSUS_SILENCES; i++)
        census_note(d, s, 5 + i, at(4001 + (int64_t)(i * i) * 1000), 0, 0);
    const census_log *log = census_at(d, 0);
    assert_int_equal(log->silences.n, DR_CENSUS_SILENCES);
    for (size_t i = 0; i < log->silences.n; i++) {
        const census_silence *x = &log->silences.p[i];
        assert_int_equal(x->after_id, x->before_id + 1);
        assert_true(x->before_id >= 4 + DR_CENSUS_SILENCES); /* the longest ones are the last ones */
    }
    census_destroy(c);
    census_destroy(d);
}

typedef struct note {
    char kind; /* r record, l lost */
    uint32_t source, log;
    uint64_t id;
    int64_t time;
} note;

static const char *const channels[] = { "System", "Security", "Application" };

static void play(census *c, const note *notes, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        uint32_t s = slot_of(c, notes[i].source, "pc1", channels[notes[i].log]);
        if (notes[i].kind == 'r')
            census_note(c, s, notes[i].id, notes[i].time, 0, 0);
        else
            assert_int_equal(census_note_lost(c, s, notes[i].id, 24), DR_OK);
    }
}

static void assert_same(const census *a, const census *b)
{
    assert_int_equal(census_count(a), census_count(b));
    for (size_t i = 0; i < census_count(a); i++) {
        const census_log *x = census_at(a, i), *y = NULL;
        for (size_t k = 0; k < census_count(b); k++)
            if (dr_str_eq(census_at(b, k)->channel, x->channel))
                y = census_at(b, k);
        assert_non_null(y);
        assert_int_equal(x->records, y->records);
        assert_int_equal(x->runs.n, y->runs.n);
        for (size_t k = 0; k < x->runs.n; k++) {
            const census_run *p = &x->runs.p[k], *q = &y->runs.p[k];
            assert_int_equal(p->first_id, q->first_id);
            assert_int_equal(p->last_id, q->last_id);
            assert_int_equal(p->first_time, q->first_time);
            assert_int_equal(p->last_time, q->last_time);
            assert_int_equal(p->records, q->records);
            assert_int_equal(p->longest_silence, q->longest_silence);
            assert_int_equal(p->source, q->source);
        }
        assert_int_equal(x->lost.n, y->lost.n);
        for (size_t k = 0; k < x->lost.n; k++) {
            const census_lost *p = &x->lost.p[k], *q = &y->lost.p[k];
            assert_int_equal(p->off, q->off);
            assert_int_equal(p->after_id, q->after_id);
            assert_int_equal(p->before_id, q->before_id);
            assert_int_equal(p->after_time, q->after_time);
            assert_int_equal(p->before_time, q->before_time);
        }
        assert_int_equal(x->minutes.n, y->minutes.n);
        for (size_t k = 0; k < x->minutes.n; k++)
            assert_int_equal(x->minutes.p[k], y->minutes.p[k]);
    }
}

/* Cut at any place, counted apart and merged: the same. */
static void test_merge(void **state)
{
    (void)state;
    const note notes[] = {
        { 'l', 1, 0, 5, 0 },           { 'r', 1, 0, 1, at(0) },   { 'r', 1, 0, 2, at(70) },
        { 'l', 1, 0, 100, 0 },         { 'l', 1, 0, 130, 0 },     { 'r', 1, 1, 7, at(75) },
        { 'r', 1, 0, 5, at(200) },     { 'r', 1, 0, 6, at(9000) }, { 'r', 2, 0, 7, at(9001) },
        { 'r', 2, 0, 8, at(20) },      { 'r', 2, 2, 1, at(21) },  { 'l', 2, 0, 200, 0 },
        { 'r', 2, 0, 9, at(30) },      { 'r', 1, 0, 7, at(9002) }, { 'l', 1, 1, 300, 0 },
        { 'r', 2, 0, 10, DR_NO_TIME }, { 'r', 2, 0, 11, at(31) }, { 'l', 2, 0, 400, 0 },
    };
    const size_t n = sizeof notes / sizeof *notes;
    census *whole = census_create();
    play(whole, notes, n);
    assert_int_equal(census_seal(whole), DR_OK);
    const census_log *system = census_at(whole, 0);
    assert_int_equal(system->lost.p[0].before_id, 1);
    assert_int_equal(system->lost.p[0].after_time, DR_NO_TIME);
    assert_int_equal(system->lost.p[1].after_id, 2);
    assert_int_equal(system->lost.p[1].before_id, 5);
    assert_int_equal(system->lost.p[2].before_id, 5);
    assert_int_equal(system->lost.p[3].after_id, 8);
    for (size_t a = 0; a <= n; a++) {
        for (size_t b = a; b <= n; b++) {
            census *sum = census_create();
            const size_t cuts[] = { 0, a, b, n };
            for (size_t k = 0; k < 3; k++) {
                census *part = census_create();
                play(part, notes + cuts[k], cuts[k + 1] - cuts[k]);
                assert_int_equal(census_merge(sum, part), DR_OK);
                census_destroy(part);
            }
            assert_int_equal(census_seal(sum), DR_OK);
            assert_same(whole, sum);
            census_destroy(sum);
        }
    }
    census_destroy(whole);
}

/* A filtered export has a gap at every record: memory stays bounded, and the log says so. */
static void test_limits(void **state)
{
    (void)state;
    census *c = census_create();
    uint32_t s = slot_of(c, 1, "pc1", "Security");
    for (uint64_t i = 0; i < 3 * DR_CENSUS_MAX_RUNS; i++)
        census_note(c, s, 2 * i, at((int64_t)i), 0, 0);
    for (uint64_t i = 0; i < DR_CENSUS_MAX_LOST + 10; i++)
        assert_int_equal(census_note_lost(c, slot_of(c, 1, "pc1", "System"), i, 1), DR_OK);
    assert_int_equal(census_at(c, 0)->runs.n, DR_CENSUS_MAX_RUNS);
    assert_true(census_at(c, 0)->fragmentary);
    assert_int_equal(census_at(c, 0)->records, 3 * DR_CENSUS_MAX_RUNS);
    assert_int_equal(census_at(c, 1)->lost.n, DR_CENSUS_MAX_LOST);
    assert_true(census_at(c, 1)->fragmentary);
    char name[32];
    for (int i = 0; i < DR_CENSUS_MAX_LOGS + 50; i++) {
        snprintf(name, sizeof name, "pc%d", i);
        slot_of(c, 1, name, "Application");
    }
    assert_int_equal(census_count(c), DR_CENSUS_MAX_LOGS + 1);
    census_destroy(c);
}

static void test_many_minutes(void **state)
{
    (void)state;
    census *c = census_create();
    uint32_t s = slot_of(c, 1, "pc1", "Security");
    /* The same thousand minutes again and again, out of order. */
    for (uint64_t i = 0; i < DR_CENSUS_MAX_MINUTES + 5000; i++)
        census_note(c, s, i + 1, at((int64_t)(i * 7 % 1000) * 60), 0, 0);
    assert_true(census_at(c, 0)->minutes.n < DR_CENSUS_MAX_MINUTES);
    assert_int_equal(census_seal(c), DR_OK);
    assert_int_equal(census_at(c, 0)->minutes.n, 1000);
    assert_false(census_failed(c));
    census_destroy(c);
}

static void test_no_memory(void **state)
{
    (void)state;
    for (long n = 1;; n++) {
        dr_alloc_fail_after(n);
        census *c = census_create(), *d = census_create();
        bool failed = !c || !d;
        for (uint32_t i = 0; !failed && i < 40; i++) {
            uint32_t s;
            char name[16];
            snprintf(name, sizeof name, "c%u", (unsigned)i / 4);
            failed = census_slot(c, i % 2, DR_STR("pc"), dr_str_of(name), &s) != DR_OK;
            if (!failed) {
                census_note(c, s, i * 2u, at(i * 60), 0, 0);
                failed = census_note_lost(c, s, i, 1) != DR_OK || census_failed(c);
            }
        }
        failed = failed || census_merge(d, c) != DR_OK || census_seal(d) != DR_OK;
        dr_alloc_fail_after(0);
        if (!failed)
            assert_int_equal(census_count(d), 10);
        census_destroy(c);
        census_destroy(d);
        if (!failed)
            break;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs),   cmocka_unit_test(test_silence),      cmocka_unit_test(test_merge),
        cmocka_unit_test(test_limits), cmocka_unit_test(test_many_minutes), cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
