/* A whole event log. Whatever the bytes are: every line is one JSON object, the XML has as many lines,
 * reading twice and reading by several threads give the same, and records that claim to be live lie
 * inside the file. */
#include "artefact/evtlog.h"
#include "base/buf.h"
#include "json_check.h"

#include <stdlib.h>

#define MUST(cond)   \
    do {             \
        if (!(cond)) \
            abort(); \
    } while (0)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static dr_status add(void *context, dr_str lines, dr_err *err)
{
    (void)err;
    dr_buf_str_add(context, lines);
    return DR_OK;
}

static dr_buf parse(dr_bytes bytes, bool xml, unsigned threads)
{
    dr_err err = { "" };
    dr_arena *arena = dr_arena_create("fuzz", 0);
    dr_diags diags;
    dr_buf out = { 0 };
    dr_diags_init(&diags, arena);
    evtlog_input in = evtlog_input_bytes(&bytes);
    evtlog_parse_options options = {
        .xml = xml, .recovered = true, .offsets = threads == 2, .threads = threads
    };
    MUST(evtlog_parse(&in, &options, add, &out, &diags, &err) == DR_OK);
    dr_diags_free(&diags);
    dr_arena_destroy(arena);
    return out;
}

typedef struct counted {
    size_t size;
    uint64_t records;
} counted;

static dr_status one(void *context, const record *r)
{
    counted *c = context;
    dr_arena *arena = dr_arena_create("fuzz", 0);
    const record_field *fields;
    size_t n;
    MUST(r->offset < c->size);
    MUST(record_all(r, arena, &fields, &n));
    for (size_t i = 0; i < n && i < 40; i++) {
        size_t nth = 0;
        dr_str value;
        for (size_t k = 0; k < i; k++)
            nth += dr_str_eq_fold(fields[k].name, fields[i].name);
        MUST(record_get(r, arena, fields[i].name, nth, &value));
        MUST(dr_str_eq(value, fields[i].value));
    }
    MUST(dr_wtf8_valid(r->provider) && dr_wtf8_valid(r->computer));
    c->records++;
    dr_arena_destroy(arena);
    return DR_OK;
}

static void read_records(dr_bytes bytes)
{
    dr_err err = { "" };
    dr_arena *arena = dr_arena_create("fuzz", 0);
    dr_diags diags;
    counted c = { .size = bytes.n };
    dr_diags_init(&diags, arena);
    evtlog_input in = evtlog_input_bytes(&bytes);
    record_sink sink = { .context = &c, .record = one, .census = census_create() };
    MUST(evtlog_read_sink(&in, &sink, &diags, &err) == DR_OK);
    census_destroy(sink.census);
    dr_diags_free(&diags);
    dr_arena_destroy(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dr_bytes bytes = { data, size };
    dr_buf first = parse(bytes, false, 1), again = parse(bytes, false, 1);
    MUST(dr_str_eq(dr_buf_str(&first), dr_buf_str(&again)));
    dr_buf xml = parse(bytes, true, 1);
    dr_str rest = dr_buf_str(&first), line;
    while (rest.n && dr_str_split(&rest, '\n', &line))
        MUST(line.n == 0 || (line.p[0] == '{' && json_is_one_value(line)));
    read_records(bytes);
    dr_buf_free(&first);
    dr_buf_free(&again);
    dr_buf_free(&xml);
    return 0;
}
