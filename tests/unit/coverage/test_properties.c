/* Properties of coverage over invented evidence: files cut, copied, handed over in another order or
 * beside those of another host change nothing; what is taken away never makes anything covered. */
#include "fixture.h"

#include <stdlib.h>

#define RECORDS 300
#define SCENES 120

typedef struct note {
    uint32_t source, channel;
    uint64_t id;
    int64_t time;
    uint32_t flags;
    bool lost; /* a damaged place instead of a record */
} note;

typedef struct told {
    const char *kind, *channel;
    int64_t time;
    attr attrs[4];
    char texts[2][32];
} told;

typedef struct world {
    note notes[4 * RECORDS];
    size_t n_notes;
    told facts[64];
    size_t n_facts;
} world;

static const char *const channels[] = { "Security", "System", "Application" };

static uint64_t seed;

static uint32_t random_below(uint32_t n)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(seed >> 33) % n;
}

static told *add_fact(world *w, const char *kind, const char *channel, int64_t time)
{
    told *t = &w->facts[w->n_facts++];
    *t = (told){ .kind = kind, .channel = channel, .time = time };
    return t;
}

/* Facts that were moved have their own texts. */
static void point_at_texts(world *w)
{
    for (size_t i = 0; i < w->n_facts; i++)
        for (size_t k = 0; k < 2; k++)
            if (w->facts[i].texts[k][0])
                w->facts[i].attrs[k].value = w->facts[i].texts[k];
}

/* Three logs of about 40 hours, sometimes with a damaged place, and facts that change what is known. */
static void invent(world *w)
{
    *w = (world){ 0 };
    for (uint32_t c = 0; c < 3; c++) {
        uint64_t id = 1 + random_below(3) * 1000;
        int64_t time = HOURS(0) + random_below(600) * DR_TICKS_PER_S;
        uint32_t hole = random_below(3) ? RECORDS : random_below(RECORDS);
        for (uint32_t i = 0; i < RECORDS; i++, id++) {
            time += random_below(900) * DR_TICKS_PER_S;
            if (i == hole && i > 0) {
                w->notes[w->n_notes++] = (note){ .source = c, .channel = c, .lost = true };
                id += 30;
                time += 2 * DR_TICKS_PER_HOUR;
            }
            w->notes[w->n_notes++] = (note){ .source = c, .channel = c, .id = id, .time = time };
        }
    }
    static const char *const changes[] = { "success added", "success removed", "failure added", "success and failure removed" };
    for (uint32_t i = random_below(5); i > 0; i--) {
        told *t = add_fact(w, "audit.policy-changed", "Security", HOURS(0) + random_below(40 * 60) * DR_TICKS_PER_MIN);
        t->attrs[0] = (attr){ "audit.subcategory", random_below(2) ? "0CCE922B-69AE-11D9-BED3-505054503030" : "0CCE9235-69AE-11D9-BED3-505054503030" };
        t->attrs[1] = (attr){ "change", changes[random_below(4)] };
    }
    for (uint32_t i = random_below(20); i > 0; i--)
        add_fact(w, "process.created", "Security", HOURS(0) + random_below(40 * 60) * DR_TICKS_PER_MIN)->attrs[0] =
            (attr){ "process.image", random_below(3) ? "C:\\a.exe" : "C:\\Windows\\System32\\csrss.exe" };
    for (uint32_t i = random_below(3); i > 0; i--) {
        int64_t time = HOURS(0) + random_below(40 * 60) * DR_TICKS_PER_MIN;
        add_fact(w, "host.shutdown", "System", time);
        if (random_below(3))
            add_fact(w, "host.booted", "System", time + random_below(90) * DR_TICKS_PER_MIN);
    }
    for (uint32_t i = random_below(3); i > 0; i--) {
        told *t = add_fact(w, "clock.changed", "System", HOURS(0) + random_below(40 * 60) * DR_TICKS_PER_MIN);
        snprintf(t->texts[0], sizeof t->texts[0], "%lld", (long long)t->time);
        snprintf(t->texts[1], sizeof t->texts[1], "%lld", (long long)(t->time + ((int64_t)random_below(7200) - 3600) * DR_TICKS_PER_S));
        t->attrs[0] = (attr){ "clock.old", t->texts[0] };
        t->attrs[1] = (attr){ "clock.new", t->texts[1] };
    }
    if (random_below(2))
        add_fact(w, "log.cleared", "Security", HOURS(random_below(40)))->attrs[0] = (attr){ "log.name", channels[random_below(3)] };
}

static void play(scene *s, const world *w, const char *host)
{
    for (size_t i = 0; i < w->n_notes; i++) {
        const note *n = &w->notes[i];
        uint32_t slot;
        assert_int_equal(census_slot(s->census, n->source, dr_str_of(host), dr_str_of(channels[n->channel]), &slot), DR_OK);
        if (n->lost)
            assert_int_equal(census_note_lost(s->census, slot, 0x1000, 0x10000), DR_OK);
        else
            census_note(s->census, slot, n->id, n->time, n->flags, 0);
    }
    for (size_t i = 0; i < w->n_facts; i++) {
        attr attrs[5] = { { NULL, NULL } };
        memcpy(attrs, w->facts[i].attrs, sizeof w->facts[i].attrs);
        scene_fact(s, w->facts[i].kind, host, w->facts[i].channel, w->facts[i].time, attrs);
    }
}

static const char *const asked[] = { "account.created", "process.created", "product.install-ended", "host.bugcheck",
                                     "session.failed",  "log.cleared",     "account.password-refused" };
enum { WINDOWS = 60, ASKED = sizeof asked / sizeof *asked };

typedef struct answers {
    struct { cov_reason reason; cov_grade grade; } at[ASKED][WINDOWS];
} answers;

static answers *ask_all(const world *w, const world *beside, const char *beside_host)
{
    scene s;
    answers *out = calloc(1, sizeof *out);
    assert_non_null(out);
    scene_open(&s);
    play(&s, w, "PC1");
    if (beside)
        play(&s, beside, beside_host);
    scene_build(&s);
    for (size_t k = 0; k < ASKED; k++) {
        for (int i = 0; i < WINDOWS; i++) {
            int64_t from = MINUTES((i - 5) * 47);
            cov_answer a = ask(&s, "PC1", asked[k], from, from + (1 + i % 7) * DR_TICKS_PER_MIN);
            out->at[k][i].reason = a.reason;
            out->at[k][i].grade = a.grade;
        }
    }
    scene_close(&s);
    return out;
}

static void assert_equal_answers(const answers *a, const answers *b)
{
    for (size_t k = 0; k < ASKED; k++)
        for (int i = 0; i < WINDOWS; i++)
            if (a->at[k][i].reason != b->at[k][i].reason || a->at[k][i].grade != b->at[k][i].grade)
                fail_msg("%s, window %d: %s, then %s", asked[k], i, cov_reason_name(a->at[k][i].reason), cov_reason_name(b->at[k][i].reason));
}

static void assert_no_more_covered(const answers *all, const answers *less)
{
    for (size_t k = 0; k < ASKED; k++)
        for (int i = 0; i < WINDOWS; i++)
            if (less->at[k][i].reason == COV_COVERED && (all->at[k][i].reason != COV_COVERED || less->at[k][i].grade > all->at[k][i].grade))
                fail_msg("%s, window %d: %s, and with less evidence covered", asked[k], i, cov_reason_name(all->at[k][i].reason));
}

/* Each log cut in two files at any place. */
static void test_cut(void **state)
{
    (void)state;
    static world w;
    for (seed = 1; seed < 1 + SCENES; seed++) {
        uint64_t at = seed;
        invent(&w);
        answers *a = ask_all(&w, NULL, NULL);
        uint32_t cut = random_below((uint32_t)w.n_notes);
        for (size_t i = 0; i < w.n_notes; i++) {
            /* a damaged place stays between its neighbours */
            if (i >= cut && !(w.notes[i].lost || (i > 0 && w.notes[i - 1].lost && i == cut)))
                w.notes[i].source += 10;
        }
        bool parted = false; /* the place and what follows it now lie in two files: another story */
        for (size_t i = 1; i < w.n_notes; i++)
            parted |= w.notes[i].channel == w.notes[i - 1].channel && w.notes[i].source != w.notes[i - 1].source &&
                      (w.notes[i].lost || w.notes[i - 1].lost);
        if (!parted) {
            answers *b = ask_all(&w, NULL, NULL);
            assert_equal_answers(a, b);
            free(b);
        }
        free(a);
        seed = at;
    }
}

/* Every record twice, in a copy of the file, and files in another order. */
static void test_copies(void **state)
{
    (void)state;
    static world w, copy;
    for (seed = 1000; seed < 1000 + SCENES; seed++) {
        uint64_t at = seed;
        invent(&w);
        answers *a = ask_all(&w, NULL, NULL);
        copy = w;
        for (size_t i = 0; i < copy.n_notes; i++)
            copy.notes[i].source = 20 - copy.notes[i].source;
        copy.n_facts = 0;
        answers *b = ask_all(&w, &copy, "PC1");
        assert_equal_answers(a, b);
        free(b);
        copy.n_facts = w.n_facts;
        memcpy(copy.facts, w.facts, sizeof w.facts);
        point_at_texts(&copy);
        b = ask_all(&copy, NULL, NULL); /* other numbers of sources */
        assert_equal_answers(a, b);
        free(a);
        free(b);
        seed = at;
    }
}

static void test_other_host(void **state)
{
    (void)state;
    static world w, other;
    size_t count[COV_REASON_COUNT] = { 0 };
    for (seed = 2000; seed < 2000 + SCENES; seed++) {
        uint64_t at = seed;
        invent(&w);
        answers *a = ask_all(&w, NULL, NULL);
        invent(&other);
        for (size_t i = 0; i < other.n_notes; i++)
            other.notes[i].source += 30;
        answers *b = ask_all(&w, &other, "PC2");
        assert_equal_answers(a, b);
        for (size_t k = 0; k < ASKED; k++)
            for (int i = 0; i < WINDOWS; i++)
                count[a->at[k][i].reason]++;
        free(a);
        free(b);
        seed = at;
    }
    /* What is invented is worth asking: every answer comes up. */
    static const cov_reason wanted[] = { COV_COVERED, COV_DAMAGED, COV_OUT_OF_SPAN, COV_CLEARED, COV_NOT_RUNNING, COV_NOT_ASKED_FOR, COV_CLOCK };
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        if (count[wanted[i]] < 200)
            fail_msg("%s came up %zu times", cov_reason_name(wanted[i]), count[wanted[i]]);
}

/* Records taken from the beginning, the end or the middle; a log taken away; a log made an export. */
static void test_less(void **state)
{
    (void)state;
    static world w;
    for (seed = 3000; seed < 3000 + 2 * SCENES; seed++) {
        uint64_t at = seed;
        invent(&w);
        /* Where the newest record of all is a shutdown, logs reach up to it: that this is so rests on there
         * being nothing newer, and is another story (test_until_shutdown). */
        size_t kept = 0;
        for (size_t i = 0; i < w.n_facts; i++)
            if (strcmp(w.facts[i].kind, "host.shutdown") != 0)
                w.facts[kept++] = w.facts[i];
        w.n_facts = kept;
        point_at_texts(&w);
        answers *a = ask_all(&w, NULL, NULL);
        uint32_t channel = random_below(3), how = random_below(5), from = random_below(RECORDS), to = from + random_below(RECORDS - from);
        size_t n = 0, seen = 0;
        for (size_t i = 0; i < w.n_notes; i++) {
            note x = w.notes[i];
            bool take = false;
            if (x.channel == channel && !x.lost) {
                take = how == 0 ? seen < from : how == 1 ? seen > to : how == 2 ? seen >= from && seen <= to : how == 3;
                x.flags |= how == 4 ? RECORD_HEADER_DIFFERS : 0;
                seen++;
            }
            if (!take)
                w.notes[n++] = x;
        }
        w.n_notes = n;
        answers *b = ask_all(&w, NULL, NULL);
        /* A log tells of others that they were silent: there is none of that here, records are dense. */
        assert_no_more_covered(a, b);
        free(a);
        free(b);
        seed = at;
    }
}

/* Facts taken away that show what was recorded (like records) cover less, not more. */
static void test_fewer_like_records(void **state)
{
    (void)state;
    static world w;
    for (seed = 4000; seed < 4000 + SCENES; seed++) {
        uint64_t at = seed;
        invent(&w);
        answers *a = ask_all(&w, NULL, NULL);
        size_t n = 0;
        for (size_t i = 0; i < w.n_facts; i++)
            if (strcmp(w.facts[i].kind, "process.created") != 0 || random_below(2))
                w.facts[n++] = w.facts[i];
        w.n_facts = n;
        point_at_texts(&w);
        answers *b = ask_all(&w, NULL, NULL);
        assert_no_more_covered(a, b);
        free(a);
        free(b);
        seed = at;
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_copies),
        cmocka_unit_test(test_other_host),
        cmocka_unit_test(test_less),
        cmocka_unit_test(test_fewer_like_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
