/* The WMI repository: written by the tree's own writer, whole, without parts and damaged; mappings laid
 * out by hand; the known answers of the shared evidence. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "artefact/files.h"
#include "artefact/intake.h"
#include "artefact/wmi.h"
#include "format/cim_repo.h"
#include "unit/shared_data.h"
#include "writer/cim_writer.h"

#include <stdio.h>
#include <stdlib.h>

#define BORN 133000000000000000u
#define SPACE "ROOT\\subscription"

/* --- a repository: one subscription that is whole, one without consumer, one deleted, one in another
 * namespace, a consumer of a class of its own --- */

static cimw_files build_as(bool xp)
{
    const char *system = "__SystemClass";
    cimw_writer *w = cimw_create();
    if (xp)
        cimw_xp(w);
    cimw_class(w, system, "__SystemClass", NULL, "", BORN);
    cimw_class(w, system, "__NAMESPACE", "__SystemClass", "Name:string*", BORN);
    cimw_class(w, system, "__IndicationRelated", "__SystemClass", "", BORN);
    cimw_class(w, system, "__EventFilter", "__IndicationRelated",
               "CreatorSID:uint8[]|EventAccess:string|EventNamespace:string|Name:string*|Query:string|QueryLanguage:string", BORN);
    cimw_class(w, system, "__EventConsumer", "__IndicationRelated",
               "CreatorSID:uint8[]|MachineName:string|MaximumQueueSize:uint32", BORN);
    cimw_class(w, system, "__FilterToConsumerBinding", "__IndicationRelated",
               "Consumer:ref*|CreatorSID:uint8[]|DeliverSynchronously:bool|DeliveryQoS:uint32|Filter:ref*", BORN);
    cimw_class(w, SPACE, "CommandLineEventConsumer", "__EventConsumer",
               "CommandLineTemplate:string|ExecutablePath:string|KillTimeout:uint32|Name:string*|RunInteractively:bool", BORN);
    cimw_class(w, "ROOT\\other", "VendorConsumer", "__EventConsumer", "Name:string*|Size:uint64|Level:uint16", BORN);
    cimw_namespace(w, SPACE, BORN);
    cimw_namespace(w, "ROOT\\other", BORN);

    static const char *const f1[] = { "Name=F1", "Query=select * from X", "QueryLanguage=WQL",
                                      "CreatorSID=S-1-5-21-1-2-3-1004", NULL };
    static const char *const c1[] = { "Name=C1", "CommandLineTemplate=cmd /c a", "KillTimeout=7", "RunInteractively=true",
                                      "CreatorSID=S-1-5-32-544", NULL };
    static const char *const b1[] = { "Consumer=CommandLineEventConsumer.Name=\"C1\"", "Filter=__EventFilter.Name=\"F1\"",
                                      "DeliverSynchronously=false", NULL };
    cimw_instance(w, SPACE, "__EventFilter", BORN + 1, false, f1);
    cimw_instance(w, SPACE, "CommandLineEventConsumer", BORN + 2, false, c1);
    cimw_instance(w, SPACE, "__FilterToConsumerBinding", BORN + 3, false, b1);
    static const char *const b2[] = { "Consumer=CommandLineEventConsumer.Name=\"gone\"", "Filter=__EventFilter.Name=\"F1\"", NULL };
    cimw_instance(w, SPACE, "__FilterToConsumerBinding", BORN + 4, false, b2);
    static const char *const f3[] = { "Name=F3", "Query=select * from Y", NULL };
    static const char *const f1_old[] = { "Name=F1", "Query=select * from OLD", NULL };
    cimw_instance(w, SPACE, "__EventFilter", BORN + 5, true, f3);
    cimw_instance(w, SPACE, "__EventFilter", BORN + 6, true, f1_old);
    static const char *const v[] = { "Name=V", "Size=18446744073709551615", "Level=65535", NULL };
    cimw_instance(w, "ROOT\\other", "VendorConsumer", BORN + 8, false, v);
    static const char *const b4[] = { "Consumer=\\\\.\\root\\other:VendorConsumer.Name=\"V\"",
                                      "Filter=\\\\PC\\ROOT\\SUBSCRIPTION:__EventFilter.Name='f1'", NULL };
    cimw_instance(w, SPACE, "__FilterToConsumerBinding", BORN + 9, false, b4);
    cimw_files f = cimw_build(w);
    cimw_destroy(w);
    return f;
}

static cimw_files build(void)
{
    return build_as(false);
}

enum { INDEX = 1, MAPS = 2 };

typedef struct rows_kept {
    dr_arena *arena;
    dr_diags diags;
    struct {
        char schema[32];
        uint32_t flags;
        size_t n;
        dr_str name[64], value[64];
    } row[64];
    size_t n;
    artefact_rest rest;
    dr_status status;
} rows_kept;

static dr_status keep(void *context, const record *r)
{
    rows_kept *k = context;
    assert_true(k->n < 64 && r->n_fields <= 64);
    snprintf(k->row[k->n].schema, sizeof k->row[0].schema, "%.*s", DR_STR_ARG(r->schema));
    k->row[k->n].flags = r->flags;
    assert_int_equal(r->time, DR_NO_TIME);
    for (size_t i = 0; i < r->n_fields; i++) {
        k->row[k->n].name[i] = dr_arena_str(k->arena, r->fields[i].name);
        k->row[k->n].value[i] = dr_arena_str(k->arena, r->fields[i].value);
    }
    k->row[k->n++].n = r->n_fields;
    return DR_OK;
}

static void read_rows(rows_kept *k, const cimw_files *f, unsigned with)
{
    artefact_file file = { FORMAT_CIM_OBJECTS, DR_STR("OBJECTS.DATA"), { f->objects.p, f->objects.n } };
    artefact_file parts[4];
    size_t n = 0;
    if (with & INDEX)
        parts[n++] = (artefact_file){ FORMAT_CIM_INDEX, DR_STR("INDEX.BTR"), { f->index.p, f->index.n } };
    static const char *const names[] = { "MAPPING1.MAP", "MAPPING2.MAP", "MAPPING3.MAP" };
    for (size_t i = 0; i < 3 && (with & MAPS); i++)
        parts[n++] = (artefact_file){ FORMAT_CIM_MAPPING, dr_str_of(names[i]), { f->mapping[i].p, f->mapping[i].n } };
    k->n = 0;
    k->arena = dr_arena_create("test", 0);
    dr_diags_init(&k->diags, k->arena);
    artefact_input in = { .source = 1, .path = DR_STR_NONE, .arena = k->arena, .diags = &k->diags };
    record_sink sink = { .context = k, .record = keep };
    dr_err err;
    k->status = artefact_file_read(&file, parts, n, &in, &sink, &k->rest, &err);
}

static void drop_rows(rows_kept *k)
{
    dr_diags_free(&k->diags);
    dr_arena_destroy(k->arena);
}

static dr_str field(const rows_kept *k, size_t row, const char *name)
{
    for (size_t i = 0; i < k->row[row].n; i++) {
        if (dr_str_is(k->row[row].name[i], name))
            return k->row[row].value[i];
    }
    return DR_STR_NONE;
}

/* The row of SCHEMA whose field NAME is VALUE, in state STATE. */
static size_t find(const rows_kept *k, const char *schema, const char *state, const char *name, const char *value)
{
    for (size_t i = 0; i < k->n; i++) {
        if (strcmp(k->row[i].schema, schema) == 0 && dr_str_is(field(k, i, "State"), state) &&
            dr_str_is(field(k, i, name), value))
            return i;
    }
    fail_msg("no row %s %s with %s = %s", schema, state, name, value);
    return 0;
}

static void is(const rows_kept *k, size_t row, const char *name, const char *value)
{
    if (!dr_str_is(field(k, row, name), value))
        fail_msg("%s is %.*s, not %s", name, DR_STR_ARG(field(k, row, name)), value);
}

static void check_whole(bool xp)
{
    static rows_kept k;
    cimw_files f = build_as(xp);
    read_rows(&k, &f, INDEX | MAPS);
    assert_int_equal(k.status, DR_OK);
    assert_int_equal(k.diags.list.n, 0);
    assert_true(k.rest.whole);
    assert_int_equal(k.rest.as_of, BORN + 9);

    size_t r = find(&k, "wmi.filter", "current", "Name", "F1");
    is(&k, r, "Query", "select * from X");
    is(&k, r, "Namespace", "root\\subscription");
    is(&k, r, "CreatorSID", "S-1-5-21-1-2-3-1004");
    is(&k, r, "BuiltIn", "no");
    is(&k, r, "EventAccess", ""); /* no value, no field */
    r = find(&k, "wmi.consumer", "current", "Name", "C1");
    is(&k, r, "Class", "CommandLineEventConsumer");
    is(&k, r, "CommandLineTemplate", "cmd /c a");
    is(&k, r, "KillTimeout", "7");
    is(&k, r, "RunInteractively", "true");
    is(&k, r, "Path", "CommandLineEventConsumer.Name=\"C1\"");
    r = find(&k, "wmi.binding", "current", "ConsumerName", "C1");
    is(&k, r, "FilterName", "F1");
    is(&k, r, "Broken", "no");
    is(&k, r, "DeliverSynchronously", "false");
    r = find(&k, "wmi.binding", "current", "ConsumerName", "gone");
    is(&k, r, "ConsumerThere", "no");
    is(&k, r, "FilterThere", "yes");
    is(&k, r, "Broken", "yes");
    /* Other namespace, host in the path, other quotes, other case; a class of its own. */
    r = find(&k, "wmi.binding", "current", "ConsumerName", "V");
    is(&k, r, "ConsumerNamespace", "root\\other");
    is(&k, r, "Broken", "no");
    r = find(&k, "wmi.consumer", "current", "Name", "V");
    is(&k, r, "Namespace", "root\\other");
    is(&k, r, "Class", "VendorConsumer");
    is(&k, r, "Size", "18446744073709551615");
    is(&k, r, "Level", "65535");
    /* What no index leads to is never current. */
    r = find(&k, "wmi.filter", "carved", "Name", "F3");
    is(&k, r, "CurrentToo", "no");
    assert_true(k.row[r].flags & RECORD_DELETED);
    r = find(&k, "wmi.filter", "carved", "Query", "select * from OLD");
    is(&k, r, "CurrentToo", "yes");
    assert_int_equal(k.n, 9 + 1 - 1); /* 6 current, 2 carved, the repository's own */
    drop_rows(&k);
    cimw_files_free(&f);
}

static void whole(void **state)
{
    (void)state;
    check_whole(false);
}

static void whole_of_xp(void **state)
{
    (void)state;
    check_whole(true);
}

static void without_parts(void **state)
{
    (void)state;
    static rows_kept k;
    for (unsigned round = 0; round < 6; round++) { /* nothing, index only, mappings only; of both layouts */
        unsigned with = round % 3;
        cimw_files f = build_as(round >= 3);
        read_rows(&k, &f, with);
        assert_int_equal(k.status, DR_OK);
        assert_false(k.rest.whole);
        assert_true(k.diags.count[DR_DIAG_CIM_INDEX] || k.diags.count[DR_DIAG_CIM_MAPPING]);
        for (size_t i = 0; i < k.n; i++) {
            if (strcmp(k.row[i].schema, "wmi.repository") == 0)
                continue;
            is(&k, i, "State", "unknown");
            assert_true(k.row[i].flags & RECORD_DELETED);
        }
        size_t r = find(&k, "wmi.consumer", "unknown", "Name", "C1");
        is(&k, r, "CommandLineTemplate", "cmd /c a");
        (void)find(&k, "wmi.filter", "unknown", "Name", "F3");
        (void)find(&k, "wmi.binding", "unknown", "ConsumerName", "gone");
        drop_rows(&k);
        cimw_files_free(&f);
    }
}

/* The newest mapping is cut off: an older one is used, and it is said. */
static void older_mapping(void **state)
{
    (void)state;
    static rows_kept k;
    cimw_files f = build();
    size_t newest = 0;
    uint32_t best[2] = { 0, 0 };
    for (size_t i = 0; i < 3; i++) {
        uint32_t head[2];
        memcpy(head, f.mapping[i].p + 4, sizeof head);
        if (head[0] > best[0] || (head[0] == best[0] && head[1] > best[1])) {
            memcpy(best, head, sizeof best);
            newest = i;
        }
    }
    f.mapping[newest].n = 100;
    read_rows(&k, &f, INDEX | MAPS);
    assert_int_equal(k.status, DR_OK);
    assert_false(k.rest.whole);
    assert_true(k.diags.count[DR_DIAG_CIM_MAPPING] > 0);
    size_t r = find(&k, "wmi.binding", "current", "ConsumerName", "gone");
    is(&k, r, "Broken", "unknown"); /* what is not found need not be gone */
    drop_rows(&k);
    cimw_files_free(&f);
}

static void put32(uint8_t *p, size_t *n, uint32_t v)
{
    for (int i = 0; i < 4; i++)
        p[(*n)++] = (uint8_t)(v >> 8 * i);
}

/* Layouts of mapping files. */
static void mappings(void **state)
{
    (void)state;
    uint8_t bytes[512];
    size_t n = 0;
    dr_arena *arena = dr_arena_create("test", 0);
    cim_mapping m;
    for (int table = 0; table < 2; table++) { /* XP: page numbers only, leftovers behind */
        static const uint32_t words[] = { 0xabcd, 77, 9, 3, 5, 0xffffffff, 2, 1, 8, 0xdcba };
        for (size_t i = 0; i < sizeof words / sizeof *words; i++)
            put32(bytes, &n, words[i]);
    }
    put32(bytes, &n, 0x12345678);
    cim_part part = { DR_STR("MAPPING1.MAP"), { bytes, n } };
    assert_int_equal(cim_mapping_read(&m, &part, arena), DR_OK);
    assert_true(m.xp);
    assert_int_equal(m.objects.n, 3);
    assert_int_equal(m.objects.page[0], 5);
    assert_int_equal(m.objects.page[1], CIM_NO_PAGE);
    assert_int_equal(m.objects.version, 77);
    assert_int_equal(m.index.page[2], 2);
    part = (cim_part){ DR_STR("x/OBJECTS.MAP"), { bytes, 40 } }; /* one table, by its name */
    assert_int_equal(cim_mapping_read(&m, &part, arena), DR_OK);
    assert_int_equal(m.objects.n, 3);
    assert_null(m.index.page);
    part.name = DR_STR("MAPPING1.MAP");
    assert_int_equal(cim_mapping_read(&m, &part, arena), DR_FORMAT);
    for (size_t cut = 0; cut < n; cut++) { /* never more than what is there */
        uint8_t *exact = malloc(cut ? cut : 1);
        assert_non_null(exact);
        memcpy(exact, bytes, cut);
        part = (cim_part){ DR_STR("MAPPING1.MAP"), { exact, cut } };
        (void)cim_mapping_read(&m, &part, arena);
        free(exact);
    }
    dr_arena_destroy(arena);
}

static void real_mappings(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        bool xp;
        uint32_t objects, unmapped, index, index_unmapped;
    } known[] = { { "wmi/flare/xp_MAPPING1.MAP", true, 9159, 807, 2078, 7 },
                  { "wmi/flare/win7_wmikatz_MAPPING1.MAP", false, 0, 0, 0, 0 },
                  { "wmi/flare/win7_wmikatz_MAPPING2.MAP", false, 0, 0, 0, 0 },
                  { "wmi/flare/win7_wmikatz_MAPPING3.MAP", false, 0, 0, 0, 0 } };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        dr_bytes bytes = shared_read(known[i].name);
        if (!bytes.p)
            skip();
        dr_arena *arena = dr_arena_create("test", 0);
        cim_part part = { dr_str_of(known[i].name), bytes };
        cim_mapping m;
        assert_int_equal(cim_mapping_read(&m, &part, arena), DR_OK);
        assert_int_equal(m.xp, known[i].xp);
        assert_true(m.objects.complete);
        if (known[i].objects) {
            uint32_t none = 0, index_none = 0;
            for (uint32_t p = 0; p < m.objects.n; p++)
                none += m.objects.page[p] == CIM_NO_PAGE;
            for (uint32_t p = 0; p < m.index.n; p++)
                index_none += m.index.page[p] == CIM_NO_PAGE;
            assert_int_equal(m.objects.n, known[i].objects);
            assert_int_equal(none, known[i].unmapped);
            assert_int_equal(m.index.n, known[i].index);
            assert_int_equal(index_none, known[i].index_unmapped);
        }
        dr_arena_destroy(arena);
        free((void *)(uintptr_t)bytes.p);
    }
}

static void paths(void **state)
{
    (void)state;
    static const struct {
        const char *text, *space, *class_name, *key, *name;
        bool ok;
    } cases[] = {
        { "A.Name=\"x\"", "", "A", "Name", "x", true },
        { "\\\\.\\root\\subscription:A.Name=\"x\"", "root\\subscription", "A", "Name", "x", true },
        { "\\\\HOST\\ROOT\\a:A.Name='it''s'", "ROOT\\a", "A", "Name", "it", true },
        { "root\\x:A.Name=\"q\\\"u\\\\o\"", "root\\x", "A", "Name", "q\"u\\o", true },
        { "A.Name=\"http://x:y.z=1\"", "", "A", "Name", "http://x:y.z=1", true },
        { "A=@", "", "A", "", "", true },
        { "A.Id=5,B=\"x\"", "", "A", "Id", "5", true },
        { "", "", "", "", "", false },
        { "\\\\host", "", "", "", "", false },
        { "root:", "root", "", "", "", false },
    };
    dr_arena *arena = dr_arena_create("test", 0);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        cim_path p;
        if (cim_path_read(&p, dr_str_of(cases[i].text), arena) != cases[i].ok)
            fail_msg("%s", cases[i].text);
        if (!dr_str_is(p.space, cases[i].space) || !dr_str_is(p.class_name, cases[i].class_name) ||
            !dr_str_is(p.key, cases[i].key) || !dr_str_is(p.name, cases[i].name))
            fail_msg("%s: %.*s %.*s %.*s %.*s", cases[i].text, DR_STR_ARG(p.space), DR_STR_ARG(p.class_name),
                     DR_STR_ARG(p.key), DR_STR_ARG(p.name));
    }
    dr_arena_destroy(arena);
}

/* One byte changed anywhere, or the file cut off: never a crash; and a repository that lost something
 * is not called whole with fewer current objects. */
static void damage(void **state)
{
    (void)state;
    static rows_kept k;
    cimw_files f = build();
    pack *parts[] = { &f.objects, &f.index, &f.mapping[0] };
    for (size_t p = 0; p < 3; p++) {
        for (size_t at = 0; at < parts[p]->n; at += parts[p]->n > 1000 && parts[p]->p[at] == 0 ? 38 : 1) {
            static const uint8_t flips[] = { 0x01, 0xff };
            for (size_t i = 0; i < sizeof flips; i++) {
                parts[p]->p[at] ^= flips[i];
                read_rows(&k, &f, INDEX | MAPS);
                assert_int_equal(k.status, DR_OK);
                drop_rows(&k);
                parts[p]->p[at] ^= flips[i];
            }
        }
        size_t whole_n = parts[p]->n;
        for (size_t cut = 0; cut < whole_n; cut += 1 + whole_n / 61) {
            parts[p]->n = cut;
            read_rows(&k, &f, INDEX | MAPS);
            assert_true(k.status == DR_OK || (p == 0 && k.status == DR_FORMAT));
            drop_rows(&k);
        }
        parts[p]->n = whole_n;
    }
    cimw_files_free(&f);
}

static void out_of_memory(void **state)
{
    (void)state;
#ifndef DR_FAULT_INJECTION
    skip();
#else
    static rows_kept k;
    cimw_files f = build();
    unsigned failures = 0;
    for (long n = 3; n < 300; n++) { /* the first two are the test's own arena */
        dr_alloc_fail_after(n);
        read_rows(&k, &f, INDEX | MAPS);
        dr_alloc_fail_after(0);
        assert_true(k.status == DR_OK || k.status == DR_NOMEM);
        failures += k.status == DR_NOMEM;
        drop_rows(&k);
    }
    assert_true(failures > 20);
    cimw_files_free(&f);
#endif
}

/* --- known answers: each line of the expected list is one instance with all its properties --- */

typedef struct json {
    const char *p;
} json;

static void space(json *j)
{
    while (*j->p == ' ' || *j->p == ',' || *j->p == ':')
        j->p++;
}

/* The next string, number, word or list of numbers (joined by |) as text. */
static void json_value(json *j, char *out, size_t room)
{
    size_t n = 0;
    space(j);
    if (*j->p == '"') {
        for (j->p++; *j->p && *j->p != '"'; j->p++) {
            char c = *j->p;
            if (c == '\\') {
                c = *++j->p;
                c = c == 'n' ? '\n' : c == 't' ? '\t' : c == 'r' ? '\r' : c;
            }
            assert_true(n + 1 < room);
            out[n++] = c;
        }
        j->p++;
    } else if (*j->p == '[') {
        for (j->p++; *j->p && *j->p != ']'; j->p++) {
            if (*j->p != ' ')
                out[n++] = *j->p == ',' ? '|' : *j->p;
        }
        j->p++;
    } else {
        while (*j->p && *j->p != ',' && *j->p != '}')
            out[n++] = *j->p++;
    }
    out[n] = '\0';
}

static dr_str joined(const cim_property *p, dr_arena *arena)
{
    dr_str all = DR_STR("null");
    for (size_t i = 0; i < p->n_items && !p->null; i++)
        all = i ? dr_arena_printf(arena, "%.*s|%.*s", DR_STR_ARG(all), DR_STR_ARG(p->items[i])) : p->items[i];
    return all;
}

static bool same_instance(const cim_instance *o, const char *line, dr_arena *arena)
{
    static char name[256], value[65536];
    json j = { strstr(line, "\"properties\": {") };
    char class_name[256], space_name[256];
    json c = { strstr(line, "\"class\":") + 8 }, s = { strstr(line, "\"namespace\":") + 12 };
    json_value(&c, class_name, sizeof class_name);
    json_value(&s, space_name, sizeof space_name);
    if (!dr_str_is(o->class_name, class_name) || !dr_str_is(o->space, space_name))
        return false;
    size_t n = 0;
    for (j.p += 15; *j.p && *j.p != '}'; n++) {
        json_value(&j, name, sizeof name);
        json_value(&j, value, sizeof value);
        const cim_property *p = cim_get(o, name);
        if (!p)
            return false;
        /* The other parser shows the offset of a string as the string in lists of strings. */
        if (strcmp(name, "InsertionStringTemplates") != 0 && !dr_str_is(joined(p, arena), value))
            return false;
    }
    return n == o->n_properties;
}

static void known_repository(const char *archive, const char *expected)
{
    const char *path = shared_path(expected);
    if (!path)
        skip();
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    static char lines[32][65536];
    size_t n_lines = 0, matched = 0;
    while (n_lines < 32 && fgets(lines[n_lines], sizeof lines[0], in)) {
        if (strstr(lines[n_lines], "\"properties\""))
            n_lines++;
    }
    fclose(in);
    char whole_path[4096];
    snprintf(whole_path, sizeof whole_path, "%s/data/%s", getenv("DIDRUN_SHARED") ? getenv("DIDRUN_SHARED") : "../shared", archive);
    source_set *set = source_set_create(&intake_types);
    dr_err err;
    assert_int_equal(source_set_add(set, whole_path, &err), DR_OK);
    assert_int_equal(source_set_seal(set, &err), DR_OK);
    for (size_t i = 0; i < source_count(set); i++) {
        source *s = source_at(set, i);
        dr_bytes objects;
        cim_part parts[8];
        if (s->kind != FORMAT_CIM_OBJECTS || s->state != SOURCE_READ)
            continue;
        assert_int_equal(source_part_count(s), 4);
        assert_int_equal(source_load(s, &objects, &err), DR_OK);
        for (size_t k = 0; k < 4; k++) {
            parts[k].name = source_part(s, k)->path;
            assert_int_equal(source_load(source_part(s, k), &parts[k].bytes, &err), DR_OK);
        }
        cim_repo *repo;
        assert_int_equal(cim_open(&repo, objects, parts, 4, s->arena, &s->diags, &err), DR_OK);
        assert_true(cim_state_of(repo)->whole);
        dr_arena *arena = dr_arena_create("test", 0);
        cim_walk walk;
        cim_instance o;
        size_t subscriptions = 0, all = 0;
        for (cim_walk_start(&walk, repo, CIM_ALL_CLASSES); cim_next(&walk, arena, &o) == DR_OK; dr_arena_reset(arena)) {
            if (o.life != CIM_CURRENT)
                continue;
            all++;
            assert_false(o.partial); /* every instance of every class is decoded in full */
            if (o.kind != CIM_FILTER && o.kind != CIM_CONSUMER && o.kind != CIM_BINDING)
                continue;
            subscriptions++;
            for (size_t k = 0; k < n_lines; k++)
                matched += same_instance(&o, lines[k], arena);
        }
        assert_int_equal(all, cim_state_of(repo)->instances);
        assert_int_equal(subscriptions, n_lines);
        assert_int_equal(s->diags.list.n, 0);
        dr_arena_destroy(arena);
        cim_close(repo);
    }
    assert_true(n_lines >= 3);
    assert_int_equal(matched, n_lines);
    source_set_destroy(set);
}

static void known_clean(void **state)
{
    (void)state;
    known_repository("wmi/dissect_cim_repository.tar.xz", "expected/wmi_benign_dissect_cim.jsonl");
}

static void known_host(void **state)
{
    (void)state;
    known_repository("hosts/aptsim-win10.tar.xz", "expected/wmi_aptsim-win10.jsonl");
}

/* Fragments of pages and records: nothing to find, nothing to fall over. */
static void fragments(void **state)
{
    (void)state;
    static const char *const names[] = { "class_data.raw", "index_body.raw", "index_page.raw",
                                         "instance.raw",   "object_page.raw", "object_record.raw" };
    for (size_t i = 0; i < 6; i++) {
        char name[64];
        snprintf(name, sizeof name, "wmi/artemis/%s", names[i]);
        dr_bytes b = shared_read(name);
        if (!b.p)
            skip();
        dr_arena *arena = dr_arena_create("test", 0);
        dr_diags diags;
        dr_diags_init(&diags, arena);
        dr_err err;
        cim_repo *repo = NULL;
        cim_part part = { DR_STR("INDEX.BTR"), b };
        dr_status status = cim_open(&repo, b, &part, 1, arena, &diags, &err);
        assert_int_equal(status, b.n < CIM_PAGE ? DR_FORMAT : DR_OK);
        cim_close(repo);
        dr_diags_free(&diags);
        dr_arena_destroy(arena);
        free((void *)(uintptr_t)b.p);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole),         cmocka_unit_test(whole_of_xp),
        cmocka_unit_test(without_parts), cmocka_unit_test(older_mapping),
        cmocka_unit_test(mappings),      cmocka_unit_test(real_mappings), cmocka_unit_test(paths),
        cmocka_unit_test(damage),        cmocka_unit_test(out_of_memory), cmocka_unit_test(known_clean),
        cmocka_unit_test(known_host),    cmocka_unit_test(fragments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
