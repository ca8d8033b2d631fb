/* Over every log of ../shared/data/evtx: no record that an independent walk over the headers counted
 * may be missing, and what comes out does not depend on the number of threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "artefact/evtlog.h"
#include "base/map.h"

#include <stdio.h>
#include <stdlib.h>

#define SKIPPED 77

typedef struct unit {
    uint64_t live, recovered, fields, bytes;
    uint64_t digest;
} unit;

typedef struct totals {
    unit sum;
} totals;

static dr_status unit_begin(void *context, void **out)
{
    (void)context;
    *out = calloc(1, sizeof(unit));
    return *out ? DR_OK : DR_NOMEM;
}

static void mix(unit *u, const void *p, size_t n)
{
    u->digest = u->digest * 0x9e3779b97f4a7c15u + dr_hash64(p, n);
    u->bytes += n;
}

static dr_status one(void *context, const record *r)
{
    unit *u = context;
    const record_field *fields;
    size_t n;
    dr_arena *arena = dr_arena_create("test", 0);
    assert_true(record_all(r, arena, &fields, &n));
    for (size_t i = 0; i < n; i++) {
        size_t nth = 0;
        dr_str value;
        for (size_t k = 0; k < i; k++)
            nth += dr_str_eq_fold(fields[k].name, fields[i].name);
        assert_true(record_get(r, arena, fields[i].name, nth, &value));
        assert_true(dr_str_eq(value, fields[i].value));
        mix(u, fields[i].name.p, fields[i].name.n);
        mix(u, value.p, value.n);
    }
    u->fields += n;
    if (r->flags & RECORD_RECOVERED)
        u->recovered++;
    else
        u->live++;
    mix(u, r->provider.p, r->provider.n);
    mix(u, r->channel.p, r->channel.n);
    mix(u, &r->event_id, sizeof r->event_id);
    mix(u, &r->record_id, sizeof r->record_id);
    mix(u, &r->time, sizeof r->time);
    mix(u, &r->flags, sizeof r->flags);
    dr_arena_destroy(arena);
    return DR_OK;
}

static dr_status unit_end(void *context, void *got, bool complete)
{
    totals *t = context;
    unit *u = got;
    assert_true(complete);
    t->sum.live += u->live;
    t->sum.recovered += u->recovered;
    t->sum.fields += u->fields;
    t->sum.digest = t->sum.digest * 31 + u->digest;
    free(u);
    return DR_OK;
}

static unit read_log(const char *path, unsigned threads)
{
    dr_err err = { "" };
    dr_file file;
    if (dr_os_open(path, &file, &err) != DR_OK)
        fail_msg("%s: %s", path, err.text);
    dr_arena *arena = dr_arena_create("test", 0);
    dr_diags diags;
    dr_diags_init(&diags, arena);
    totals t = { { 0 } };
    evtlog_consumer consumer = {
        .context = &t, .unit_begin = unit_begin, .record = one, .unit_end = unit_end
    };
    evtlog_input in = evtlog_input_file(&file);
    if (evtlog_read(&in, &consumer, threads, &diags, &err) != DR_OK)
        fail_msg("%s: %s", path, err.text);
    dr_diags_free(&diags);
    dr_arena_destroy(arena);
    dr_os_close(&file);
    return t.sum;
}

/* Column N (from 0) of a line of tab-separated values. */
static dr_str column(dr_str line, unsigned n)
{
    dr_str part = DR_STR_NONE;
    for (unsigned i = 0; i <= n; i++)
        if (!dr_str_split(&line, '\t', &part))
            return DR_STR_NONE;
    return part;
}

static void every_log(void **state)
{
    (void)state;
    const char *shared = getenv("DIDRUN_SHARED");
    char path[4096];
    snprintf(path, sizeof path, "%s/data/MANIFEST-evtx.tsv", shared ? shared : "../shared");
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    static char line[1 << 16];
    assert_non_null(fgets(line, sizeof line, f));
    assert_true(dr_str_is(column(dr_str_of(line), 12), "record_headers_walked"));
    unsigned logs = 0, bad = 0;
    while (fgets(line, sizeof line, f)) {
        uint64_t walked;
        dr_str name = column(dr_str_of(line), 0);
        if (name.n == 0)
            continue;
        assert_true(dr_str_to_u64(column(dr_str_of(line), 12), &walked));
        snprintf(path, sizeof path, "%s/data/%.*s", shared ? shared : "../shared",
                 DR_STR_ARG(name));
        unit a = read_log(path, 1);
        if (a.live + a.recovered < walked && ++bad)
            print_message("%.*s: walked %llu, live %llu, recovered %llu\n", DR_STR_ARG(name),
                          (unsigned long long)walked, (unsigned long long)a.live,
                          (unsigned long long)a.recovered);
        unit b = read_log(path, 3);
        assert_int_equal(a.digest, b.digest);
        logs++;
    }
    fclose(f);
    assert_true(logs > 100);
    assert_int_equal(bad, 0);
}

int main(void)
{
    const char *shared = getenv("DIDRUN_SHARED");
    char path[4096];
    snprintf(path, sizeof path, "%s/data/MANIFEST-evtx.tsv", shared ? shared : "../shared");
    FILE *f = fopen(path, "rb");
    if (!f) {
        printf("skipped: no %s\n", path);
        return SKIPPED;
    }
    fclose(f);
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_log) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
