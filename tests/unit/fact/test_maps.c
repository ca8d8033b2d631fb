/* Fact maps: the data files and their examples, errors with their places, the rules of mapping, and real
 * logs where the shared evidence is there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "artefact/evtlog.h"
#include "fact/embedded.h"
#include "fact/map.h"

typedef struct fixture {
    dr_arena *arena;
    dr_symtab *syms;
    vocabulary vocab;
    fact_maps_file files[64];
    size_t n_files;
    dr_err err;
} fixture;

static int setup(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    f->arena = dr_arena_create("test", 0);
    f->syms = dr_symtab_create();
    for (size_t i = 0; i < didrun_embedded_count; i++) {
        dr_str name = dr_str_of(didrun_embedded_data[i].name);
        dr_str text = { (const char *)didrun_embedded_data[i].p, didrun_embedded_data[i].n };
        if (dr_str_is(name, "vocabulary.yml") && vocabulary_load(f->arena, f->syms, name, text, &f->vocab, &f->err) != DR_OK)
            return -1;
        if (dr_str_starts(name, DR_STR("facts/")) && f->n_files < 64)
            f->files[f->n_files++] = (fact_maps_file){ name, text };
    }
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    dr_symtab_destroy(f->syms);
    dr_arena_destroy(f->arena);
    free(f);
    return 0;
}

static void print_failure(void *context, dr_str place, dr_str text)
{
    (void)context;
    print_error("%.*s: %.*s\n", DR_STR_ARG(place), DR_STR_ARG(text));
}

static fact_maps *load_all(fixture *f)
{
    fact_maps *maps;
    if (fact_maps_load(&maps, &f->vocab, f->files, f->n_files, &f->err) != DR_OK)
        fail_msg("%s", f->err.text);
    return maps;
}

static void examples_come_out(void **state)
{
    fixture *f = *state;
    fact_maps_result result;
    assert_true(f->vocab.n_kinds > 1 && f->n_files > 0);
    fact_maps *maps = load_all(f);
    if (fact_maps_test(maps, print_failure, NULL, &result, &f->err) != DR_OK)
        fail_msg("%s", f->err.text);
    print_message("%zu maps, %zu examples\n", fact_maps_count(maps), result.passed);
    assert_int_equal(result.failed, 0);
    assert_true(result.passed > 100);
    fact_maps_destroy(maps);
}

/* --- errors ------------------------------------------------------------------------------------ */

#define HEAD "provider: P\nmaps:\n"

static void errors_name_the_place(void **state)
{
    static const struct {
        const char *text, *error;
    } cases[] = {
        { "maps: []\n", "f.yml:1:1: expected either a provider or a schema" },
        { "provider: P\nschema: s\nmaps: []\n", "f.yml:1:1: expected either a provider or a schema" },
        { "provider: P\nmap: []\n", "f.yml:2:1: there is no key 'map' here; 'maps' may be meant" },
        { "provider: P\n", "f.yml:1:1: expected the key 'maps' with a list" },
        { "provider: P\nmarked: yes\nmaps: []\n", "f.yml:2:9: marked: expected true or false" },
        { HEAD "  - {fact: process.created}\n", "f.yml:3:5: expected the key 'event'" },
        { HEAD "  - {event: x, fact: process.created}\n", "f.yml:3:13: event: expected a number" },
        { HEAD "  - {event: 1, fact: process.made}\n", "f.yml:3:22: there is no kind of fact 'process.made' in the vocabulary" },
        { HEAD "  - {event: 1, fact: process.created, set: {process.pip: $A}}\n", "f.yml:3:45: there is no attribute 'process.pip' in the vocabulary" },
        { HEAD "  - {event: 1, fact: process.created, use: who}\n", "f.yml:3:44: there is no group 'who'" },
        { HEAD "  - {event: 1, fact: process.created, audit: yes}\n", "f.yml:3:46: audit: expected success or failure" },
        { HEAD "  - {event: 1, fact: process.created, time: then}\n", "f.yml:3:45: expected a meaning of time that is in the vocabulary" },
        { HEAD "  - {event: 1, fact: process.created, needs: process.pid}\n", "f.yml:3:46: needs: this map does not set 'process.pid'" },
        { HEAD "  - {event: 1, fact: process.created, where: {A: 1}}\n", "f.yml:3:47: expected the name of a field, with a $ before it" },
        { HEAD "  - {event: 1, fact: process.created, where: {$A: '> x'}}\n", "f.yml:3:51: expected a number after '>'" },
        { HEAD "  - {event: 1, fact: process.created, where: {$A: ['a', '!= b']}}\n", "f.yml:3:51: a list is either of values or of '!= value'" },
        { HEAD "  - {event: 1, fact: process.created, where: {$A: {regex: 'a('}}}\n",
          "f.yml:3:59: regex: missing closing parenthesis (at character 3 of the expression)" },
        { HEAD "  - {event: 1, fact: process.created, set: {process.pid: {from: $A, do: hexx}}}\n",
          "f.yml:3:73: there is no transform 'hexx'; 'hex' may be meant" },
        { HEAD "  - {event: 1, fact: process.created, set: {process.pid: {from: $A, do: [{hex: 1}]}}}\n", "f.yml:3:75: hex: takes no argument" },
        { HEAD "  - {event: 1, fact: process.created, set: {process.pid: {from: $A, do: regex}}}\n", "f.yml:3:73: regex: needs an argument" },
        { HEAD "  - {event: 1, fact: process.created, set: {process.pid: {from: $A, do: [{split: x}]}}}\n",
          "f.yml:3:82: split: expected [separator of one character, number of the part]" },
        { HEAD "  - {event: 1, fact: process.created, set: {process.pid: {do: hex}}}\n", "f.yml:3:58: expected one of from, join and minus" },
        { HEAD "  - {event: 1, fact: process.created, set: {process.pid: $.pit}}\n", "f.yml:3:58: there is no '$.pit'; '$.pid' may be meant" },
        { HEAD "  - {event: 1, fact: process.created}\nexamples:\n  - {given: {event: 1}}\n", "f.yml:5:5: expected an example: {given, expect}" },
        { "schema: s\nmaps:\n  - {event: 1, fact: file.present}\n", "f.yml:3:5: rows have no event" },
    };
    fixture *f = *state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fact_maps_file file = { DR_STR("f.yml"), dr_str_of(cases[i].text) };
        fact_maps *maps;
        assert_int_equal(fact_maps_load(&maps, &f->vocab, &file, 1, &f->err), DR_DATA);
        assert_string_equal(f->err.text, cases[i].error);
        assert_null(maps);
    }
}

/* --- mapping ----------------------------------------------------------------------------------- */

typedef struct taken {
    fact_draft drafts[8];
    size_t n;
} taken;

static dr_status take(void *context, const fact_draft *d)
{
    taken *t = context;
    assert_true(t->n < 8);
    t->drafts[t->n++] = *d;
    return DR_OK;
}

static const char mapping_text[] =
    "provider: [Name, Alias]\n"
    "channel: Log\n"
    "marked: true\n"
    "maps:\n"
    "  - {event: 1, choice: c, where: {$A: x}, fact: process.created, set: {process.image: $A}}\n"
    "  - {event: 1, choice: c, fact: process.exited, set: {process.image: $A}}\n"
    "  - {event: 2, audit: success, fact: process.active, expects: [$A]}\n"
    "  - {event: 3, version: [1, 2], fact: process.active, time: {value: $T, means: started, precision: 1s}}\n"
    "  - {event: 4, fact: process.active, where: {$2: '0x10'}, set: {process.pid: $1, process.target: {join: [$1, '-', $3]}}, needs: [process.pid]}\n"
    "---\n"
    "schema: row.thing\n"
    "classic: true\n"
    "maps:\n"
    "  - {fact: service.at-rest, set: {service.name: $Name}, time: key-written}\n";

static void run_one(const fact_maps *maps, const record *r, taken *t)
{
    fact_mapper *mapper = fact_mapper_create(maps);
    assert_non_null(mapper);
    t->n = 0;
    assert_int_equal(fact_mapper_run(mapper, r, take, t), DR_OK);
    fact_mapper_destroy(mapper);
}

static void records_are_matched(void **state)
{
    fixture *f = *state;
    fact_maps_file file = { DR_STR("f.yml"), DR_STR(mapping_text) };
    fact_maps *maps;
    taken t;
    if (fact_maps_load(&maps, &f->vocab, &file, 1, &f->err) != DR_OK)
        fail_msg("%s", f->err.text);
    assert_true(fact_maps_want(maps, DR_STR("NAME"), DR_STR_NONE, 1));
    assert_true(fact_maps_want(maps, DR_STR("Other"), DR_STR("alias"), 2));
    assert_false(fact_maps_want(maps, DR_STR("Name"), DR_STR_NONE, 9));
    assert_false(fact_maps_want(maps, DR_STR("Nam"), DR_STR_NONE, 1));
    assert_true(fact_maps_want_schema(maps, DR_STR("row.thing")));
    assert_true(dr_str_is(fact_maps_place(maps, 0), "f.yml:5"));

    record_field fields[4] = { { DR_STR_INIT("A"), DR_STR_INIT("x") } };
    record r = { .schema = DR_STR_INIT("evtx"), .provider = DR_STR_INIT("name"), .channel = DR_STR_INIT("LOG"), .computer = DR_STR_INIT("PC"),
                 .event_id = 1, .fields = fields, .n_fields = 1, .time = 500, .record_id = 3, .offset = 77, .source = 2 };
    run_one(maps, &r, &t); /* of one choice the first that fits */
    assert_int_equal(t.n, 1);
    assert_int_equal(t.drafts[0].kind, vocab_kind_of(&f->vocab, DR_STR("process.created")));
    assert_int_equal(t.drafts[0].flags, 0);
    assert_int_equal(t.drafts[0].record.offset, 77);
    assert_int_equal(t.drafts[0].time, 500);
    fields[0].value = DR_STR("y");
    run_one(maps, &r, &t);
    assert_int_equal(t.n, 1);
    assert_int_equal(t.drafts[0].kind, vocab_kind_of(&f->vocab, DR_STR("process.exited")));
    r.channel = DR_STR("Another");
    run_one(maps, &r, &t);
    assert_int_equal(t.n, 0);

    r.channel = DR_STR("Log"); /* audit, what is expected, and the envelope */
    r.event_id = 2;
    run_one(maps, &r, &t);
    assert_int_equal(t.n, 0);
    r.keywords = 0x8010000000000000ull;
    run_one(maps, &r, &t);
    assert_int_equal(t.n, 0);
    r.keywords = 0x8020000000000000ull;
    run_one(maps, &r, &t);
    assert_int_equal(t.n, 1);
    assert_int_equal(t.drafts[0].flags, 0);
    r.flags = RECORD_NO_SOURCE_MARK | RECORD_HEADER_DIFFERS;
    run_one(maps, &r, &t);
    assert_int_equal(t.drafts[0].flags, FACT_FORGED | FACT_EXPORT);
    r.flags = 0;
    r.n_fields = 0;
    run_one(maps, &r, &t);
    assert_int_equal(t.n, 1);
    assert_int_equal(t.drafts[0].flags, FACT_FORGED);
    r.flags = RECORD_RECOVERED; /* a piece of a record states nothing, and is not forged */
    run_one(maps, &r, &t);
    assert_int_equal(t.n, 0);
    r.flags = RECORD_RECOVERED;
    r.n_fields = 1;
    run_one(maps, &r, &t);
    assert_int_equal(t.drafts[0].flags, FACT_RECOVERED);

    r.flags = 0; /* version, own time, else the time of writing */
    r.event_id = 3;
    run_one(maps, &r, &t);
    assert_int_equal(t.n, 0);
    r.version = 2;
    fields[1] = (record_field){ DR_STR("T"), DR_STR("2021-03-04T05:06:07Z") };
    r.n_fields = 2;
    run_one(maps, &r, &t);
    assert_int_equal(t.n, 1);
    assert_int_equal(t.drafts[0].time, 132593079670000000);
    assert_int_equal(t.drafts[0].precision, DR_TICKS_PER_S);
    assert_int_equal(t.drafts[0].means, vocab_meaning_of(&f->vocab, DR_STR("started")));
    r.n_fields = 1;
    run_one(maps, &r, &t);
    assert_int_equal(t.drafts[0].time, 500);
    assert_int_equal(t.drafts[0].means, vocab_meaning_of(&f->vocab, DR_STR("logged")));

    r.event_id = 4; /* positions count empty values; numbers are compared as numbers */
    fields[0] = (record_field){ DR_STR_NONE, DR_STR("77") };
    fields[1] = (record_field){ DR_STR_NONE, DR_STR("16") };
    fields[2] = (record_field){ DR_STR_NONE, DR_STR_NONE };
    r.n_fields = 3;
    run_one(maps, &r, &t);
    assert_int_equal(t.n, 1);
    assert_int_equal(t.drafts[0].n_attrs, 1); /* a join that lacks a part is no value */
    fields[0].value = DR_STR("-");
    run_one(maps, &r, &t);
    assert_int_equal(t.n, 0);

    record_field row[1] = { { DR_STR_INIT("name"), DR_STR_INIT("svc") } };
    record thing = { .schema = DR_STR_INIT("row.thing"), .fields = row, .n_fields = 1, .time = 9, .place = DR_STR_INIT("HKLM\\X") };
    run_one(maps, &thing, &t);
    assert_int_equal(t.n, 1);
    assert_int_equal(t.drafts[0].flags, FACT_CLASSIC | FACT_AT_REST);
    assert_true(dr_str_is(t.drafts[0].record.place, "HKLM\\X"));
    fact_maps_destroy(maps);
}

static void a_failing_example_is_told(void **state)
{
    static const char text[] = HEAD "  - {event: 1, fact: process.created, set: {process.pid: $A}}\n"
                                    "examples:\n"
                                    "  - {given: {event: 1, A: '7'}, expect: [{fact: process.created, process.pid: '8'}]}\n"
                                    "  - {given: {event: 1, A: '7'}, expect: none}\n"
                                    "  - {given: {event: 1, A: '7'}, expect: [{fact: process.created, without: [process.pid]}]}\n"
                                    "  - {given: {event: 1, A: '7'}, expect: [{fact: process.created, process.pid: '7'}]}\n";
    fixture *f = *state;
    fact_maps_file file = { DR_STR("f.yml"), DR_STR(text) };
    fact_maps *maps;
    fact_maps_result result;
    assert_int_equal(fact_maps_load(&maps, &f->vocab, &file, 1, &f->err), DR_OK);
    assert_int_equal(fact_maps_test(maps, NULL, NULL, &result, &f->err), DR_OK);
    assert_int_equal(result.passed, 1);
    assert_int_equal(result.failed, 3);
    fact_maps_destroy(maps);
}

static void memory_runs_out_cleanly(void **state)
{
    fixture *f = *state;
    fact_maps_file file = { DR_STR("f.yml"), DR_STR(mapping_text) };
    bool loaded = false;
    for (long n = 1; n < 2000 && !loaded; n++) {
        fact_maps *maps = NULL;
        dr_alloc_fail_after(n);
        dr_status status = fact_maps_load(&maps, &f->vocab, &file, 1, &f->err);
        dr_alloc_fail_after(0);
        loaded = status == DR_OK;
        assert_true(loaded || status == DR_NOMEM);
        fact_maps_destroy(maps);
    }
    assert_true(loaded);
}

/* --- real logs --------------------------------------------------------------------------------- */

typedef struct reading {
    fact_mapper *mapper;
    fact_store *store;
    size_t records;
} reading;

static dr_status add_fact(void *context, const fact_draft *d)
{
    reading *r = context;
    return fact_store_add(r->store, d);
}

static dr_status read_record(void *context, const record *rec)
{
    reading *r = context;
    r->records++;
    return fact_mapper_run(r->mapper, rec, add_fact, r);
}

static bool wants(const void *context, dr_str provider, dr_str alias, uint32_t event_id)
{
    return fact_maps_want(context, provider, alias, event_id);
}

static size_t read_folder(fixture *f, const fact_maps *maps, reading *r, const char *folder, uint32_t *source, int depth)
{
    dr_node *nodes;
    size_t n, files = 0;
    if (depth > 6 || dr_os_list(folder, f->arena, &nodes, &n, &f->err) != DR_OK)
        return 0;
    record_filter filter = { (void *)(uintptr_t)maps, wants };
    record_sink sink = { r, read_record, &filter, NULL };
    for (size_t i = 0; i < n; i++) {
        dr_str path = dr_arena_printf(f->arena, "%s/%.*s", folder, DR_STR_ARG(nodes[i].name));
        dr_file file;
        if (nodes[i].kind == DR_NODE_FOLDER)
            files += read_folder(f, maps, r, path.p, source, depth + 1);
        if (!dr_str_ends(path, DR_STR(".evtx")) || dr_os_open(path.p, &file, &f->err) != DR_OK)
            continue;
        dr_diags diags;
        dr_diags_init(&diags, f->arena);
        evtlog_input in = evtlog_input_file(&file);
        in.source = (*source)++;
        if (evtlog_read_sink(&in, &sink, &diags, &f->err) != DR_OK)
            fail_msg("%.*s: %s", DR_STR_ARG(path), f->err.text);
        dr_diags_free(&diags);
        dr_os_close(&file);
        files++;
    }
    return files;
}

/* The logs of the shared evidence are genuine: nothing of what is live in them may look forged. */
static void real_logs_do_not_look_forged(void **state)
{
    fixture *f = *state;
    const char *shared = getenv("DIDRUN_SHARED");
    dr_str folder = dr_arena_printf(f->arena, "%s/data/evtx", shared ? shared : "../shared");
    uint32_t source = 1;
    fact_maps *maps = load_all(f);
    reading r = { fact_mapper_create(maps), fact_store_create(&f->vocab, f->syms), 0 };
    size_t files = read_folder(f, maps, &r, folder.p, &source, 0);
    if (files == 0) {
        print_message("no shared evidence in %.*s\n", DR_STR_ARG(folder));
    } else {
        size_t bad = 0;
        assert_int_equal(fact_store_seal(r.store), DR_OK);
        for (fact_id id = 1; id <= fact_store_count(r.store); id++) {
            const fact *p = fact_store_at(r.store, id);
            if ((p->flags & FACT_FORGED) && bad++ < 5)
                print_error("%.*s, event %u, record %u\n", DR_STR_ARG(fact_maps_place(maps, p->map)), p->records[0].event_id,
                            (unsigned)p->records[0].record_id);
        }
        print_message("%zu files, %zu records, %zu facts\n", files, r.records, fact_store_count(r.store));
        assert_int_equal(bad, 0);
        assert_true(fact_store_count(r.store) > 1000);
    }
    fact_mapper_destroy(r.mapper);
    fact_store_destroy(r.store);
    fact_maps_destroy(maps);
    if (files == 0)
        skip();
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(examples_come_out), T(errors_name_the_place), T(records_are_matched), T(a_failing_example_is_told),
        T(memory_runs_out_cleanly), T(real_logs_do_not_look_forged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
