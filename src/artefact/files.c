#include "artefact/files.h"

#include "artefact/prefetch.h"
#include "artefact/rows.h"
#include "format/recentfilecache.h"

bool artefact_file_reads(format_kind kind)
{
    return kind == FORMAT_PREFETCH || kind == FORMAT_RECENTFILECACHE;
}

/* Every artefact on this format that finds its own in the opened structure. */
static dr_status run(const void *opened, format_kind kind, const artefact_input *in, const record_sink *sink)
{
    dr_status status = DR_OK;
    for (size_t i = 0; artefact_registry[i] && status == DR_OK; i++) {
        const artefact *a = artefact_registry[i];
        if (a->format == kind && (!a->accepts || a->accepts(opened)))
            status = a->read(opened, in, sink);
    }
    return status;
}

/* What begins like a Prefetch file and cannot be read is a damaged one: a diagnostic with the reason.
 * *usable tells. */
static dr_status open_prefetch(prefetch *p, dr_bytes bytes, const artefact_input *in, bool *usable, dr_err *err)
{
    dr_err why = { { 0 } };
    dr_status status = prefetch_open(p, bytes, in->arena, in->diags, &why);
    *usable = status == DR_OK;
    if (status == DR_NOMEM)
        return dr_fail(err, status, "%s", why.text);
    if (status != DR_OK)
        dr_diag_add(in->diags, p->packed || status == DR_UNSUPPORTED ? DR_DIAG_COMPRESSION : DR_DIAG_NOT_THIS_FORMAT, 0,
                    bytes.n, "%s", why.text);
    return DR_OK;
}

static dr_status read_prefetch(dr_bytes bytes, const artefact_input *in, const record_sink *sink, dr_err *err)
{
    prefetch p;
    bool usable;
    dr_status status = open_prefetch(&p, bytes, in, &usable, err);
    return status == DR_OK && usable ? run(&p, FORMAT_PREFETCH, in, sink) : status;
}

static dr_status read_recentfilecache(dr_bytes bytes, const artefact_input *in, const record_sink *sink, dr_err *err)
{
    recentfilecache f;
    if (!recentfilecache_open(&f, bytes))
        return dr_fail(err, DR_FORMAT, "no header of a RecentFileCache.bcf");
    return run(&f, FORMAT_RECENTFILECACHE, in, sink);
}

dr_status artefact_file_read(const artefact_file *file, const artefact_file *parts, size_t n_parts,
                             const artefact_input *in, const record_sink *sink, dr_err *err)
{
    (void)parts, (void)n_parts;
    if (file->kind == FORMAT_PREFETCH)
        return read_prefetch(file->bytes, in, sink, err);
    if (file->kind == FORMAT_RECENTFILECACHE)
        return read_recentfilecache(file->bytes, in, sink, err);
    return DR_UNSUPPORTED;
}

typedef struct lines {
    dr_buf buf;
    dr_status (*write)(void *context, dr_str lines);
    void *context;
} lines;

static dr_status flush(lines *l)
{
    dr_status status = l->buf.failed ? DR_NOMEM : l->buf.n ? l->write(l->context, dr_buf_str(&l->buf)) : DR_OK;
    dr_buf_clear(&l->buf);
    return status;
}

static dr_status row_line(void *context, const record *r)
{
    lines *l = context;
    rows_json(&l->buf, r);
    return l->buf.n > 65536 ? flush(l) : DR_OK;
}

dr_status artefact_file_parse(const artefact_file *file, const artefact_file *parts, size_t n_parts,
                              const artefact_input *in, bool lost, dr_status (*write)(void *context, dr_str lines),
                              void *context, dr_err *err)
{
    lines l = { .write = write, .context = context };
    record_sink sink = { .context = &l, .record = row_line };
    dr_status status;
    (void)lost;
    if (file->kind == FORMAT_PREFETCH) {
        prefetch p;
        bool usable;
        status = open_prefetch(&p, file->bytes, in, &usable, err);
        if (status == DR_OK && usable)
            status = prefetch_json(&l.buf, &p, in->arena);
    } else {
        status = artefact_file_read(file, parts, n_parts, in, &sink, err);
    }
    if (status == DR_OK)
        status = flush(&l);
    dr_buf_free(&l.buf);
    return status;
}
