/* Over every log of ../shared/data/evtx: compiled programs and the resolved tree write the same
 * bytes, for JSON and for XML, and nearly all records go by program. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/os.h"
#include "format/evtx.h"
#include "format/evtx_text.h"

#include <stdio.h>
#include <stdlib.h>

typedef bool (*writer)(binxml_reader *r, const binxml_instance *in, dr_buf *out);

static uint64_t records, live_records, by_program;
static bool live;

static void same(binxml_reader *r, const evtx_item *item, writer fast, writer slow, writer program,
                 const char *path)
{
    dr_buf a = { 0 }, b = { 0 };
    binxml_instance in;
    unsigned trouble;
    dr_buf_z(&a, "{");
    dr_buf_z(&b, "{");
    bool any = binxml_record(r, item->body, item->body_end, &in, &trouble);
    bool x = any && fast(r, &in, &a);
    any = binxml_record(r, item->body, item->body_end, &in, &trouble);
    bool y = any && slow(r, &in, &b);
    if (x != y || !dr_str_eq(dr_buf_str(&a), dr_buf_str(&b)))
        fail_msg("%s at %llu:\n%.*s\n%.*s", path, (unsigned long long)item->off,
                 DR_STR_ARG(dr_buf_str(&a)), DR_STR_ARG(dr_buf_str(&b)));
    records += y;
    dr_buf_clear(&a);
    dr_buf_z(&a, "{");
    any = binxml_record(r, item->body, item->body_end, &in, &trouble);
    any = any && program(r, &in, &a);
    if (live) { /* what is left over has often lost its template */
        live_records += y;
        by_program += any;
    }
    dr_buf_free(&a);
    dr_buf_free(&b);
}

static void one_log(binxml_reader *r, const char *path)
{
    dr_file file;
    dr_bytes all;
    dr_err err;
    if (dr_os_open(path, &file, &err) != DR_OK)
        fail_msg("%s", err.text);
    if (file.size > EVTX_HEAD_SIZE) {
        assert_int_equal(dr_os_map(&file, &all, &err), DR_OK);
        for (size_t at = EVTX_HEAD_SIZE; at < all.n; at += EVTX_CHUNK_SIZE) {
            evtx_chunk c;
            evtx_item item;
            evtx_chunk_open(&c, dr_bytes_sub(all, at, EVTX_CHUNK_SIZE), at);
            binxml_chunk(r, c.bytes);
            live = true;
            for (;;) {
                live = live && evtx_next(&c, &item);
                if (!live && !evtx_next_slack(&c, &item))
                    break;
                if (item.kind == EVTX_SKIPPED)
                    continue;
                same(r, &item, evtx_json, evtx_json_by_tree, evtx_json_by_program, path);
                same(r, &item, evtx_xml, evtx_xml_by_tree, evtx_xml_by_program, path);
            }
        }
        dr_os_unmap(all);
    }
    dr_os_close(&file);
}

static char root[2048];

static void every_log(void **state)
{
    (void)state;
    char path[4096];
    static char line[1 << 16];
    snprintf(path, sizeof path, "%s/data/MANIFEST-evtx.tsv", root);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    binxml_reader *r = binxml_reader_create();
    assert_non_null(fgets(line, sizeof line, f));
    while (fgets(line, sizeof line, f)) {
        dr_str rest = dr_str_of(line), name;
        assert_true(dr_str_split(&rest, '\t', &name));
        snprintf(path, sizeof path, "%s/data/%.*s", root, DR_STR_ARG(name));
        binxml_trim(r);
        one_log(r, path);
    }
    fclose(f);
    binxml_reader_destroy(r);
    print_message("%llu of %llu by program\n", (unsigned long long)by_program,
                  (unsigned long long)live_records);
    assert_true(records > 2 * 14000);
    assert_true(by_program > live_records / 20 * 19);
}

int main(void)
{
    const char *shared = getenv("DIDRUN_SHARED");
    char path[4096];
    snprintf(root, sizeof root, "%s", shared ? shared : "../shared");
    snprintf(path, sizeof path, "%s/data/MANIFEST-evtx.tsv", root);
    FILE *f = fopen(path, "rb");
    if (!f) {
        printf("skipped: no %s\n", path);
        return 77;
    }
    fclose(f);
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_log) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
