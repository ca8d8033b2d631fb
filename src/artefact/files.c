#include "artefact/files.h"

#include "artefact/prefetch.h"
#include "artefact/rows.h"
#include "artefact/wmi.h"
#include "format/recentfilecache.h"

bool artefact_file_reads(format_kind kind)
{
    return kind == FORMAT_PREFETCH || kind == FORMAT_RECENTFILECACHE || kind == FORMAT_CIM_OBJECTS;
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

static dr_status read_prefetch(dr_bytes bytes, const artefact_input *in, const record_sink *sink, artefact_rest *rest,
                               dr_err *err)
{
    prefetch p;
    bool usable;
    dr_status status = open_prefetch(&p, bytes, in, &usable, err);
    if (status != DR_OK || !usable)
        return status;
    *rest = (artefact_rest){ "prefetch", p.runs[0], !p.damaged };
    return run(&p, FORMAT_PREFETCH, in, sink);
}

static dr_status read_recentfilecache(dr_bytes bytes, const artefact_input *in, const record_sink *sink,
                                      artefact_rest *rest, dr_err *err)
{
    recentfilecache f;
    if (!recentfilecache_open(&f, bytes))
        return dr_fail(err, DR_FORMAT, "no header of a RecentFileCache.bcf");
    *rest = (artefact_rest){ "recentfilecache", DR_NO_TIME, true };
    return run(&f, FORMAT_RECENTFILECACHE, in, sink);
}

static dr_status open_repository(cim_repo **out, const artefact_file *file, const artefact_file *parts, size_t n_parts,
                                 const artefact_input *in, dr_err *err)
{
    cim_part *list = DR_NEW_ARRAY(in->arena, cim_part, n_parts);
    if (!list)
        return dr_fail(err, DR_NOMEM, "out of memory");
    for (size_t i = 0; i < n_parts; i++)
        list[i] = (cim_part){ .name = parts[i].name, .bytes = parts[i].bytes };
    return cim_open(out, file->bytes, list, n_parts, in->arena, in->diags, err);
}

static dr_status read_repository(const artefact_file *file, const artefact_file *parts, size_t n_parts,
                                 const artefact_input *in, const record_sink *sink, artefact_rest *rest, dr_err *err)
{
    cim_repo *repo;
    dr_status status = open_repository(&repo, file, parts, n_parts, in, err);
    if (status != DR_OK)
        return status;
    status = run(&repo, FORMAT_CIM_OBJECTS, in, sink);
    const cim_state *state = cim_state_of(repo);
    *rest = (artefact_rest){ "wmi", state->newest_stamp, state->whole };
    cim_close(repo);
    return status;
}

dr_status artefact_file_read(const artefact_file *file, const artefact_file *parts, size_t n_parts,
                             const artefact_input *in, const record_sink *sink, artefact_rest *rest, dr_err *err)
{
    *rest = (artefact_rest){ .artefact = NULL, .as_of = DR_NO_TIME };
    if (file->kind == FORMAT_PREFETCH)
        return read_prefetch(file->bytes, in, sink, rest, err);
    if (file->kind == FORMAT_RECENTFILECACHE)
        return read_recentfilecache(file->bytes, in, sink, rest, err);
    if (file->kind == FORMAT_CIM_OBJECTS)
        return read_repository(file, parts, n_parts, in, sink, rest, err);
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

static dr_status parse_prefetch(const artefact_file *file, const artefact_input *in, lines *l, dr_err *err)
{
    prefetch p;
    bool usable;
    dr_status status = open_prefetch(&p, file->bytes, in, &usable, err);
    return status == DR_OK && usable ? prefetch_json(&l->buf, &p, in->arena) : status;
}

static dr_status parse_repository(const artefact_file *file, const artefact_file *parts, size_t n_parts,
                                  const artefact_input *in, bool lost, lines *l, dr_err *err)
{
    cim_repo *repo;
    dr_status status = open_repository(&repo, file, parts, n_parts, in, err);
    if (status != DR_OK)
        return status;
    dr_arena *scratch = dr_arena_create("instance", 0);
    cim_walk walk;
    if (!scratch)
        status = dr_fail(err, DR_NOMEM, "out of memory");
    cim_walk_start(&walk, repo, CIM_ALL_CLASSES);
    while (status == DR_OK) {
        cim_instance o;
        dr_arena_reset(scratch);
        status = cim_next(&walk, scratch, &o);
        /* Without an index all is carved: it is shown, for there is nothing else. */
        if (status == DR_OK && (lost || o.life != CIM_CARVED))
            wmi_json(&l->buf, &o);
        if (status == DR_OK && l->buf.n > 65536)
            status = flush(l);
    }
    dr_arena_destroy(scratch);
    cim_close(repo);
    return status == DR_END ? DR_OK : status;
}

dr_status artefact_file_parse(const artefact_file *file, const artefact_file *parts, size_t n_parts,
                              const artefact_input *in, bool lost, dr_status (*write)(void *context, dr_str lines),
                              void *context, dr_err *err)
{
    lines l = { .write = write, .context = context };
    record_sink sink = { .context = &l, .record = row_line };
    artefact_rest rest;
    dr_status status;
    if (file->kind == FORMAT_PREFETCH)
        status = parse_prefetch(file, in, &l, err);
    else if (file->kind == FORMAT_CIM_OBJECTS)
        status = parse_repository(file, parts, n_parts, in, lost, &l, err);
    else
        status = artefact_file_read(file, parts, n_parts, in, &sink, &rest, err);
    if (status == DR_OK)
        status = flush(&l);
    dr_buf_free(&l.buf);
    return status;
}
