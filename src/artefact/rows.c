#include "artefact/rows.h"

#include "base/buf.h"

void rows_start(rows *r, const artefact_input *in, const record_sink *sink)
{
    *r = (rows){ .in = in, .sink = sink };
    r->arena = dr_arena_create("rows", 0);
    if (!r->arena)
        r->status = DR_NOMEM;
}

dr_status rows_end(rows *r)
{
    dr_arena_destroy(r->arena);
    dr_vec_free(&r->fields);
    return r->status;
}

void rows_begin(rows *r, const char *schema, uint64_t offset)
{
    if (!rows_ok(r))
        return;
    dr_arena_reset(r->arena);
    dr_vec_clear(&r->fields);
    r->row = (record){ .schema = dr_str_of(schema), .source = r->in->source, .offset = offset, .time = DR_NO_TIME };
    r->row.place = DR_STR_NONE;
    r->row.channel = r->row.provider = r->row.provider_alias = r->row.computer = DR_STR_NONE;
    r->row.user_sid = r->row.activity = DR_STR_NONE;
}

void rows_str(rows *r, dr_str name, dr_str value)
{
    record_field field = { name, value };
    if (rows_ok(r) && value.n && !dr_vec_push(&r->fields, field))
        r->status = DR_NOMEM;
}

void rows_item(rows *r, const char *name, dr_str value)
{
    record_field field = { dr_str_of(name), value };
    if (rows_ok(r) && !dr_vec_push(&r->fields, field))
        r->status = DR_NOMEM;
}

void rows_z(rows *r, const char *name, const char *value)
{
    rows_str(r, dr_str_of(name), dr_str_of(value));
}

void rows_wstr(rows *r, const char *name, dr_wstr value)
{
    if (rows_ok(r))
        rows_str(r, dr_str_of(name), dr_utf16_str(r->arena, value));
}

void rows_u64(rows *r, const char *name, uint64_t value)
{
    if (rows_ok(r))
        rows_str(r, dr_str_of(name), dr_arena_printf(r->arena, "%llu", (unsigned long long)value));
}

void rows_hex(rows *r, const char *name, uint32_t value)
{
    if (rows_ok(r))
        rows_str(r, dr_str_of(name), dr_arena_printf(r->arena, "%08X", value));
}

void rows_time(rows *r, const char *name, int64_t ticks)
{
    char text[DR_TIME_TEXT];
    if (!rows_ok(r) || !dr_time_is(ticks))
        return;
    dr_time_text(ticks, text);
    rows_str(r, dr_str_of(name), dr_arena_str(r->arena, dr_str_of(text)));
}

void rows_emit(rows *r)
{
    if (!rows_ok(r))
        return;
    if (dr_arena_failed(r->arena)) {
        r->status = DR_NOMEM;
        return;
    }
    r->row.fields = r->fields.p;
    r->row.n_fields = r->fields.n;
    r->status = r->sink->record(r->sink->context, &r->row);
}

static bool same_name(const record *r, size_t a, size_t b)
{
    return dr_str_eq(r->fields[a].name, r->fields[b].name);
}

/* Fields that are lists also when they have one item. */
static bool is_list(dr_str name)
{
    static const char *const lists[] = { "Run", "File", "VolumeDevice", "VolumeSerial", "VolumeCreated" };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        if (dr_str_is(name, lists[i]))
            return true;
    }
    return false;
}

void rows_json(dr_buf *out, const record *r)
{
    char time[DR_TIME_TEXT];
    dr_buf_z(out, "{\"Schema\":");
    dr_buf_json_str(out, r->schema);
    if (dr_time_is(r->time)) {
        dr_time_text(r->time, time);
        dr_buf_z(out, ",\"Time\":");
        dr_buf_json_str(out, dr_str_of(time));
    }
    if (r->place.n) {
        dr_buf_z(out, ",\"Place\":");
        dr_buf_json_str(out, r->place);
    }
    dr_buf_z(out, ",\"Offset\":");
    dr_buf_json_u64(out, r->offset);
    if (r->flags & RECORD_DELETED)
        dr_buf_z(out, ",\"Deleted\":true");
    for (size_t i = 0; i < r->n_fields; i++) {
        if (i && same_name(r, i, i - 1))
            continue; /* equal names stand side by side */
        size_t n = 1;
        while (i + n < r->n_fields && same_name(r, i, i + n))
            n++;
        dr_buf_char(out, ',');
        dr_buf_json_str(out, r->fields[i].name);
        bool list = n > 1 || is_list(r->fields[i].name);
        dr_buf_z(out, list ? ":[" : ":");
        for (size_t k = 0; k < n; k++) {
            if (k)
                dr_buf_char(out, ',');
            dr_buf_json_str(out, r->fields[i + k].value);
        }
        if (list)
            dr_buf_char(out, ']');
    }
    dr_buf_z(out, "}\n");
}
