/* RecentFileCache.bcf: laid out by hand, cut anywhere, and the known answers of the shared evidence. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "artefact/files.h"
#include "unit/shared_data.h"
#include "writer/pack.h"

typedef struct kept {
    char path[16][260];
    size_t n;
    int64_t time;
} kept;

static dr_status keep(void *context, const record *r)
{
    kept *k = context;
    dr_str value;
    assert_true(record_get(r, NULL, DR_STR("Path"), 0, &value));
    snprintf(k->path[k->n++ % 16], sizeof k->path[0], "%.*s", DR_STR_ARG(value));
    k->time = r->time;
    return DR_OK;
}

static dr_status read_bytes(dr_bytes bytes, kept *k, uint32_t *truncated)
{
    dr_arena *arena = dr_arena_create("test", 0);
    dr_diags diags;
    dr_diags_init(&diags, arena);
    artefact_file file = { FORMAT_RECENTFILECACHE, DR_STR("RecentFileCache.bcf"), bytes };
    artefact_input in = { .path = DR_STR_NONE, .arena = arena, .diags = &diags };
    record_sink sink = { .context = k, .record = keep };
    artefact_rest rest;
    dr_err err;
    *k = (kept){ .n = 0 };
    dr_status status = artefact_file_read(&file, NULL, 0, &in, &sink, &rest, &err);
    *truncated = diags.count[DR_DIAG_TRUNCATED];
    dr_diags_free(&diags);
    dr_arena_destroy(arena);
    return status;
}

static void made(void **state)
{
    (void)state;
    static const char *const paths[] = { "c:\\a.exe", "c:\\b\xc3\xb6\\long name.exe" };
    pack b = { 0 };
    kept k;
    uint32_t truncated;
    static const uint8_t head[20] = { 0xfe, 0xff, 0xee, 0xff, 0x11, 0x22, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0 };
    pack_bytes(&b, head, sizeof head);
    size_t ends[2];
    for (size_t i = 0; i < 2; i++) {
        pack_int(&b, pack_units(paths[i]), 4);
        pack_utf16(&b, paths[i], 1);
        ends[i] = b.n;
    }
    assert_int_equal(format_recognise((dr_bytes){ b.p, b.n }, b.n), FORMAT_RECENTFILECACHE);
    assert_int_equal(read_bytes((dr_bytes){ b.p, b.n }, &k, &truncated), DR_OK);
    assert_int_equal(k.n, 2);
    assert_string_equal(k.path[1], paths[1]);
    assert_int_equal(k.time, DR_NO_TIME);
    assert_int_equal(truncated, 0);
    for (size_t cut = 0; cut < b.n; cut++) {
        uint8_t *exact = malloc(cut ? cut : 1);
        assert_non_null(exact);
        memcpy(exact, b.p, cut);
        dr_status status = read_bytes((dr_bytes){ exact, cut }, &k, &truncated);
        assert_int_equal(status, cut < sizeof head ? DR_FORMAT : DR_OK);
        if (status == DR_OK) {
            assert_int_equal(k.n, cut >= ends[0]);
            assert_int_equal(truncated, cut != sizeof head && cut != ends[0]);
        }
        free(exact);
    }
    pack_put(&b, 20, 0xffffffff, 4); /* a count that no file holds */
    assert_int_equal(read_bytes((dr_bytes){ b.p, b.n }, &k, &truncated), DR_OK);
    assert_int_equal(k.n, 0);
    assert_int_equal(truncated, 1);
    pack_free(&b);
}

static void known_answers(void **state)
{
    (void)state;
    static const struct {
        const char *file;
        size_t n;
        const char *first, *last;
    } known[] = {
        { "amcache/RecentFileCache.bcf", 6, "c:\\windows\\system32\\werfault.exe", "c:\\windows\\bcuninstall.exe" },
        { "amcache/RecentFileCache_2.bcf", 2, "c:\\windows\\psexesvc.exe", "c:\\windows\\system32\\tasklist.exe" },
    };
    kept k;
    uint32_t truncated;
    for (size_t i = 0; i < 2; i++) {
        dr_bytes b = shared_read(known[i].file);
        if (!b.p)
            skip();
        assert_int_equal(read_bytes(b, &k, &truncated), DR_OK);
        assert_int_equal(k.n, known[i].n);
        assert_string_equal(k.path[0], known[i].first);
        assert_string_equal(k.path[k.n - 1], known[i].last);
        assert_int_equal(truncated, 0);
        free((void *)(uintptr_t)b.p);
    }
    dr_bytes other = shared_read("amcache/NotARecentFileCache.bcf");
    assert_int_equal(format_recognise(other, other.n), FORMAT_NONE);
    assert_int_equal(read_bytes(other, &k, &truncated), DR_FORMAT);
    free((void *)(uintptr_t)other.p);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(made), cmocka_unit_test(known_answers) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
