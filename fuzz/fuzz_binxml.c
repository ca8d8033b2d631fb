/* One record's binary XML: the input stands in a chunk where the first record's would. Program and
 * tree must write the same; fields must be found again under their names. */
#include "base/buf.h"
#include "format/evtx_event.h"
#include "format/evtx_text.h"
#include "json_check.h"

#include <stdlib.h>

#define CHUNK 65536u
#define BODY (512u + 24u)

#define MUST(cond)   \
    do {             \
        if (!(cond)) \
            abort(); \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

typedef bool (*writer)(binxml_reader *r, const binxml_instance *in, dr_buf *out);

static bool write_with(binxml_reader *r, size_t end, writer w, dr_buf *out)
{
    binxml_instance in;
    unsigned trouble;
    dr_buf_clear(out);
    dr_buf_char(out, '{'); /* as a caller does; programs look at the byte before */
    return binxml_record(r, BODY, end, &in, &trouble) && w(r, &in, out);
}

static void compare(binxml_reader *r, size_t end, writer program, writer tree)
{
    dr_buf a = { 0 }, b = { 0 };
    if (write_with(r, end, program, &a)) {
        MUST(write_with(r, end, tree, &b));
        MUST(dr_str_eq(dr_buf_str(&a), dr_buf_str(&b)));
    }
    if (program == evtx_json_by_program && write_with(r, end, tree, &b)) {
        dr_buf_char(&b, '}');
        MUST(json_is_one_value(dr_buf_str(&b)));
    }
    dr_buf_free(&a);
    dr_buf_free(&b);
}

static void fields(binxml_reader *r, size_t end)
{
    binxml_instance in;
    unsigned trouble;
    evtx_fields f = { 0 };
    evtx_system s;
    dr_arena *arena = dr_arena_create("fuzz", 0);
    if (binxml_record(r, BODY, end, &in, &trouble)) {
        if (evtx_system_read(r, &in, &s))
            evtx_system_more(r, &in, &s);
        MUST(evtx_fields_read(r, &in, &f));
        for (size_t i = 0; i < f.list.n && i < 100; i++) {
            size_t nth = 0;
            for (size_t k = 0; k < i; k++)
                nth += dr_str_eq_fold(f.list.p[k].name, f.list.p[i].name);
            MUST(evtx_field_find(&f, f.list.p[i].name, nth) == &f.list.p[i]);
            MUST(dr_wtf8_valid(evtx_field_text(r, &f, &f.list.p[i], arena)));
        }
    }
    evtx_fields_free(&f);
    dr_arena_destroy(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > CHUNK - BODY)
        size = CHUNK - BODY;
    uint8_t *chunk = calloc(1, BODY + size + 1);
    MUST(chunk);
    for (size_t i = 0; i < size; i++)
        chunk[BODY + i] = data[i];
    binxml_reader *r = binxml_reader_create();
    MUST(r);
    binxml_chunk(r, (dr_bytes){ chunk, BODY + size });
    compare(r, BODY + size, evtx_json_by_program, evtx_json_by_tree);
    compare(r, BODY + size, evtx_xml_by_program, evtx_xml_by_tree);
    fields(r, BODY + size);
    binxml_reader_destroy(r);
    free(chunk);
    return 0;
}
