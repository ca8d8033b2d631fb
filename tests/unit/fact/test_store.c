/* The store: one fact a record however often it is seen, an order that depends on the evidence alone,
 * finding by kind and by value. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fact/store.h"

static const char vocabulary_text[] =
    "meanings: {occurred: happened at}\n"
    "attributes: {a.name: {type: name}, a.path: {type: path}, a.text: {type: text}}\n"
    "kinds:\n  x.one: {shown: p, ceiling: started}\n  x.two: {shown: p, ceiling: started}\n";

typedef struct fixture {
    dr_arena *arena;
    dr_symtab *syms;
    vocabulary vocab;
    fact_store *store;
    dr_sym name, path, text;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    dr_err err;
    f->arena = dr_arena_create("test", 0);
    f->syms = dr_symtab_create();
    if (vocabulary_load(f->arena, f->syms, DR_STR("v"), DR_STR(vocabulary_text), &f->vocab, &err) != DR_OK)
        return -1;
    f->store = fact_store_create(&f->vocab, f->syms);
    f->name = dr_sym_find(f->syms, DR_STR("a.name"));
    f->path = dr_sym_find(f->syms, DR_STR("a.path"));
    f->text = dr_sym_find(f->syms, DR_STR("a.text"));
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    fact_store_destroy(f->store);
    dr_symtab_destroy(f->syms);
    dr_arena_destroy(f->arena);
    free(f);
    return 0;
}

/* A fact of record ID in log "Log" of HOST. */
static fact_draft draft(const fixture *f, const char *host, uint64_t id, int64_t time, const char *name)
{
    fact_draft d = { .kind = 1, .means = 1, .host = dr_str_of(host), .channel = DR_STR("Log"), .provider = DR_STR("P"), .time = time, .precision = 1 };
    d.record = (fact_record){ .source = 1, .offset = 512 * id, .record_id = id, .event_id = 7 };
    d.attrs[0] = (fact_attr){ f->text, DR_STR("t") };
    d.attrs[1] = (fact_attr){ f->name, dr_str_of(name) };
    d.n_attrs = 2;
    return d;
}

static void add(fixture *f, const fact_draft *d)
{
    assert_int_equal(fact_store_add(f->store, d), DR_OK);
}

static void attributes_come_back(void **state)
{
    fixture *f = *state;
    fact_draft d = draft(f, "PC", 1, 100, "eve");
    add(f, &d);
    assert_int_equal(fact_store_seal(f->store), DR_OK);
    const fact *p = fact_store_at(f->store, 1);
    assert_true(dr_str_is(fact_get(p, f->name), "eve"));
    assert_true(dr_str_is(fact_get(p, f->text), "t"));
    assert_null(fact_get(p, f->path).p);
    assert_false(fact_has(p, f->path));
    assert_true(dr_str_is(dr_sym_str(f->syms, p->host), "PC"));
    assert_true(dr_str_is(dr_sym_str(f->syms, p->records[0].channel), "Log"));
    assert_int_equal(p->records[0].record_id, 1);
}

static void same_record_is_one_fact(void **state)
{
    fixture *f = *state;
    fact_draft live = draft(f, "PC", 5, 1000, "eve"), copy = live, carved = live, other = live;
    copy.record.source = 2;
    copy.record.offset = 99;
    carved.record.source = 3;
    carved.flags = FACT_RECOVERED;
    other.time = 5000; /* the ids began anew: another record */
    add(f, &carved);
    add(f, &other);
    add(f, &copy);
    add(f, &live);
    add(f, &live); /* the same place twice gives nothing new */
    assert_int_equal(fact_store_seal(f->store), DR_OK);
    assert_int_equal(fact_store_count(f->store), 2);
    const fact *p = fact_store_at(f->store, 1);
    assert_int_equal(p->time, 1000);
    assert_int_equal(p->n_records, 3);
    assert_int_equal(p->records[0].source, 1);
    assert_int_equal(p->records[2].source, 3);
    assert_int_equal(p->flags & FACT_RECOVERED, 0);
    assert_int_equal(fact_store_at(f->store, 2)->time, 5000);
}

static void coarser_times_join_and_attributes_unite(void **state)
{
    fixture *f = *state;
    fact_draft live = draft(f, "PC", 5, 10000500, "eve"), coarse = live;
    coarse.record.source = 2;
    coarse.precision = 10000000;
    coarse.time = 10000000;
    coarse.flags = FACT_EXPORT;
    coarse.attrs[0] = (fact_attr){ f->path, DR_STR("C:\\x") };
    add(f, &coarse);
    add(f, &live);
    assert_int_equal(fact_store_seal(f->store), DR_OK);
    assert_int_equal(fact_store_count(f->store), 1);
    const fact *p = fact_store_at(f->store, 1);
    assert_int_equal(p->time, 10000500);
    assert_int_equal(p->precision, 1);
    assert_int_equal(p->flags & FACT_EXPORT, 0);
    assert_true(dr_str_is(fact_get(p, f->path), "C:\\x"));
    assert_true(dr_str_is(fact_get(p, f->name), "eve"));
    assert_int_equal(p->n_attrs, 3);
}

static void without_ids_all_has_to_agree(void **state)
{
    fixture *f = *state;
    fact_draft a = draft(f, "PC", 0, 100, "eve"), b = a, c = draft(f, "PC", 0, 100, "bob");
    b.record.source = 2;
    add(f, &a);
    add(f, &b);
    add(f, &c);
    assert_int_equal(fact_store_seal(f->store), DR_OK);
    assert_int_equal(fact_store_count(f->store), 2);
}

static void two_facts_of_one_record_stay_two(void **state)
{
    fixture *f = *state;
    fact_draft a = draft(f, "PC", 1, 100, "eve"), b = a;
    b.map = 1;
    b.kind = 2;
    add(f, &b);
    add(f, &a);
    assert_int_equal(fact_store_seal(f->store), DR_OK);
    assert_int_equal(fact_store_count(f->store), 2);
    assert_int_equal(fact_store_at(f->store, 1)->kind, 1);
}

/* Text of all facts in their order, to compare two stores. */
static void print_store(const fact_store *s, const dr_symtab *syms, char *out, size_t size)
{
    size_t n = 0;
    out[0] = '\0';
    for (fact_id id = 1; id <= fact_store_count(s); id++) {
        const fact *p = fact_store_at(s, id);
        int more = snprintf(out + n, size - n, "%.*s/%u/%lld/%u;", DR_STR_ARG(dr_sym_str(syms, p->host)),
                            (unsigned)p->records[0].record_id, (long long)p->time, p->n_records);
        n += more > 0 ? (size_t)more : 0;
    }
}

static void order_does_not_depend_on_coming(void **state)
{
    fixture *f = *state;
    static const char *const hosts[] = { "B", "A", "C" };
    char first[4096] = "", text[4096];
    for (unsigned turn = 0; turn < 8; turn++) {
        dr_symtab *syms = dr_symtab_create();
        vocabulary v;
        dr_err err;
        assert_int_equal(vocabulary_load(f->arena, syms, DR_STR("v"), DR_STR(vocabulary_text), &v, &err), DR_OK);
        fact_store *s = fact_store_create(&v, syms);
        for (unsigned i = 0; i < 24; i++) {
            unsigned k = (i * (2 * turn + 1) + turn * 5) % 24; /* a permutation: the step is odd and no multiple of 3 */
            if ((2 * turn + 1) % 3 == 0)
                k = 23 - i;
            fact_draft d = draft(f, hosts[k % 3], 1 + (k / 3) % 4, 1000 * (int64_t)(k / 12), "eve");
            d.record.source = k % 2;
            assert_int_equal(fact_store_add(s, &d), DR_OK);
        }
        assert_int_equal(fact_store_seal(s), DR_OK);
        print_store(s, syms, text, sizeof text);
        if (turn == 0)
            memcpy(first, text, sizeof first);
        assert_string_equal(text, first);
        fact_store_destroy(s);
        dr_symtab_destroy(syms);
    }
    assert_memory_equal(first, "A/1/0/", 6);
}

static void kinds_come_in_time_order(void **state)
{
    fixture *f = *state;
    for (uint64_t i = 1; i <= 5; i++) {
        fact_draft d = draft(f, "PC", i, 1000 - (int64_t)i, "eve"); /* times against the ids */
        d.kind = i % 2 ? 1 : 2;
        add(f, &d);
    }
    assert_int_equal(fact_store_seal(f->store), DR_OK);
    size_t n;
    const fact_id *ids = fact_store_kind(f->store, 1, &n);
    assert_int_equal(n, 3);
    assert_int_equal(fact_store_at(f->store, ids[0])->records[0].record_id, 5);
    assert_int_equal(fact_store_at(f->store, ids[2])->records[0].record_id, 1);
    fact_store_kind(f->store, 0, &n);
    assert_int_equal(n, 0);
}

static void found_by_value(void **state)
{
    fixture *f = *state;
    static const char *const paths[] = { "C:\\Windows\\a.exe", "%SystemRoot%\\A.EXE", "C:\\b.exe" };
    size_t n;
    for (uint64_t i = 0; i < 6; i++) {
        fact_draft d = draft(f, i < 4 ? "PC" : "WS", i + 1, 100 + (int64_t)i, i % 2 ? "Eve" : "bob");
        d.attrs[d.n_attrs++] = (fact_attr){ f->path, dr_str_of(paths[i % 3]) };
        add(f, &d);
    }
    assert_int_equal(fact_store_seal(f->store), DR_OK);
    dr_sym pc = dr_sym_find(f->syms, DR_STR("PC"));
    const fact_id *ids = fact_store_find(f->store, 1, pc, f->name, NULL, DR_STR("EVE"), &n);
    assert_int_equal(n, 2);
    assert_int_equal(fact_store_at(f->store, ids[0])->time, 101);
    assert_int_equal(fact_store_at(f->store, ids[1])->time, 103);
    fact_store_find(f->store, 1, pc, f->path, NULL, DR_STR("\\Device\\HarddiskVolume1\\windows\\a.exe"), &n);
    assert_int_equal(n, 3);
    assert_null(fact_store_find(f->store, 1, pc, f->name, NULL, DR_STR("carl"), &n));
    assert_int_equal(n, 0);
    fact_store_find(f->store, 2, pc, f->name, NULL, DR_STR("eve"), &n);
    assert_int_equal(n, 0);
    assert_false(fact_store_failed(f->store));
}

static dr_sym to_ws(dr_sym host, uint32_t source, void *context)
{
    return source == 1 ? *(const dr_sym *)context : host;
}

static void hosts_can_be_mapped(void **state)
{
    fixture *f = *state;
    fact_draft d = draft(f, "PC", 1, 100, "eve");
    dr_sym ws = dr_sym_of(f->syms, DR_STR("WS"));
    d.record.source = 1;
    add(f, &d);
    d.record.source = 2;
    d.record.record_id = 2;
    add(f, &d);
    fact_store_set_hosts(f->store, to_ws, &ws);
    assert_int_equal(fact_store_seal(f->store), DR_OK);
    assert_int_equal(fact_store_count(f->store), 2);
    assert_int_equal(fact_store_at(f->store, 2)->host, ws); /* by its source */
    assert_int_equal(fact_store_at(f->store, 1)->host, dr_sym_of(f->syms, DR_STR("PC")));
    assert_int_equal(fact_store_at(f->store, 2)->records[0].host, fact_store_at(f->store, 1)->host); /* as recorded */
}

static void memory_runs_out_cleanly(void **state)
{
    fixture *f = *state;
    bool done = false;
    for (long n = 1; n < 400 && !done; n++) {
        fact_draft d = draft(f, "PC", 1, 100, "eve");
        dr_alloc_fail_after(n);
        fact_store *s = fact_store_create(&f->vocab, f->syms);
        dr_status status = s ? DR_OK : DR_NOMEM;
        for (uint64_t i = 0; i < 40 && status == DR_OK; i++) {
            d.record.record_id = i + 1;
            status = fact_store_add(s, &d);
        }
        if (status == DR_OK)
            status = fact_store_seal(s);
        dr_alloc_fail_after(0);
        assert_true(status == DR_OK || status == DR_NOMEM);
        done = status == DR_OK && n > 50;
        fact_store_destroy(s);
    }
    assert_true(done);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(attributes_come_back), T(same_record_is_one_fact), T(coarser_times_join_and_attributes_unite), T(without_ids_all_has_to_agree),
        T(two_facts_of_one_record_stay_two), T(order_does_not_depend_on_coming), T(kinds_come_in_time_order), T(found_by_value),
        T(hosts_can_be_mapped), T(memory_runs_out_cleanly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
