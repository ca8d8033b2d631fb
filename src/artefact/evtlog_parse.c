#include "artefact/evtlog.h"

#include "artefact/evtlog_drive.h"
#include "base/pool.h"
#include "base/put.h"
#include "format/evtx_text.h"

typedef struct parsing {
    const evtlog_parse_options *options;
    evtlog_write write;
    void *write_context;
    binxml_reader *readers[DR_POOL_MAX_THREADS + 1];
} parsing;

static const struct flag_name {
    uint32_t flag;
    const char *name;
} flag_names[] = {
    { RECORD_RECOVERED, "recovered" },
    { RECORD_TORN, "torn" },
    { RECORD_CHECKSUM, "checksum" },
};

/* Where the record stands and what its header says, which may differ from its XML. */
static void put_place_json(dr_buf *out, const evtx_item *item, uint32_t flags)
{
    char time[32];
    dr_buf_z(out, "\"Record\":{\"offset\":");
    dr_buf_u64(out, item->off);
    dr_buf_z(out, ",\"size\":");
    dr_buf_u64(out, item->size);
    dr_buf_z(out, ",\"chunk\":");
    dr_buf_u64(out, item->off - item->pos);
    dr_buf_z(out, ",\"id\":");
    dr_buf_json_u64(out, item->header_id);
    dr_buf_z(out, ",\"time\":\"");
    dr_buf_add(out, time, (size_t)(dr_put_filetime(time, (uint64_t)item->header_time) - time));
    dr_buf_char(out, '"');
    if (flags) {
        bool comma = false;
        dr_buf_z(out, ",\"flags\":[");
        for (size_t i = 0; i < sizeof flag_names / sizeof *flag_names; i++) {
            if (!(flags & flag_names[i].flag))
                continue;
            dr_buf_z(out, comma ? ",\"" : "\"");
            dr_buf_z(out, flag_names[i].name);
            dr_buf_char(out, '"');
            comma = true;
        }
        dr_buf_char(out, ']');
    }
    dr_buf_char(out, '}');
}

/* The same for XML, as a comment before the event, so that the event stays as Windows writes it. */
static void put_place_xml(dr_buf *out, const evtx_item *item, uint32_t flags)
{
    char time[32];
    dr_buf_z(out, "<!-- offset=");
    dr_buf_u64(out, item->off);
    dr_buf_z(out, " size=");
    dr_buf_u64(out, item->size);
    dr_buf_z(out, " chunk=");
    dr_buf_u64(out, item->off - item->pos);
    dr_buf_z(out, " id=");
    dr_buf_u64(out, item->header_id);
    dr_buf_z(out, " time=");
    dr_buf_add(out, time, (size_t)(dr_put_filetime(time, (uint64_t)item->header_time) - time));
    for (size_t i = 0; i < sizeof flag_names / sizeof *flag_names; i++) {
        if (flags & flag_names[i].flag) {
            dr_buf_char(out, ' ');
            dr_buf_z(out, flag_names[i].name);
        }
    }
    dr_buf_z(out, " -->");
}

static dr_status finish(dr_buf *out, size_t start, bool ok)
{
    if (out->failed)
        return DR_NOMEM;
    if (!ok)
        out->n = start;
    return DR_OK;
}

static dr_status on_values(void *context, unsigned worker, evtlog_block *b, const evtx_item *item,
                           const binxml_instance *in)
{
    const parsing *p = context;
    size_t start = b->out.n;
    if (p->options->xml || in->n == 0)
        return DR_OK;
    dr_buf_char(&b->out, '{');
    put_place_json(&b->out, item, RECORD_RECOVERED);
    dr_buf_char(&b->out, ',');
    bool ok = evtx_json_values(p->readers[worker], in, &b->out);
    dr_buf_z(&b->out, "}\n");
    return finish(&b->out, start, ok);
}

static dr_status on_record(void *context, unsigned worker, evtlog_block *b, const evtx_item *item,
                           const binxml_instance *in, uint32_t flags)
{
    const parsing *p = context;
    dr_buf *out = &b->out;
    size_t start = out->n;
    bool place = p->options->offsets || (flags & RECORD_RECOVERED) || !in->def;
    bool ok;
    if (p->options->xml) {
        if (place)
            put_place_xml(out, item, flags);
        ok = evtx_xml(p->readers[worker], in, out);
        dr_buf_char(out, '\n');
        return finish(out, start, ok);
    }
    dr_buf_char(out, '{');
    if (place) {
        put_place_json(out, item, flags);
        dr_buf_char(out, ',');
    }
    ok = evtx_json(p->readers[worker], in, out) ||
         (!in->def && evtx_json_values(p->readers[worker], in, out));
    dr_buf_z(out, "}\n");
    return finish(out, start, ok);
}

static dr_status worker_begin(void *context, unsigned worker, binxml_reader *reader)
{
    parsing *p = context;
    p->readers[worker] = reader;
    return DR_OK;
}

static dr_status block_begin(void *context, evtlog_block *b, dr_err *err)
{
    (void)context;
    (void)err;
    b->unit = b; /* nothing of its own */
    return DR_OK;
}

static dr_status flush(void *context, evtlog_block *b, dr_err *err)
{
    const parsing *p = context;
    dr_str lines = dr_buf_str(&b->out);
    dr_status status = lines.n ? p->write(p->write_context, lines, err) : DR_OK;
    dr_buf_clear(&b->out);
    return status;
}

static dr_status block_end(void *context, evtlog_block *b, bool complete, dr_err *err)
{
    return complete ? flush(context, b, err) : DR_OK;
}

dr_status evtlog_parse(const evtlog_input *in, const evtlog_parse_options *options,
                       evtlog_write write, void *write_context, dr_diags *diags, dr_err *err)
{
    parsing p = { .options = options, .write = write, .write_context = write_context };
    evtlog_ops ops = { .context = &p,
                       .worker_begin = worker_begin,
                       .record = on_record,
                       .values_only = on_values,
                       .block_begin = block_begin,
                       .block_end = block_end,
                       .flush = flush };
    return evtlog_drive_run(in, &ops, options->threads, options->recovered, diags, err);
}
