#include "lib/engine.h"

#include "artefact/regf_rows.h"


/* Every artefact on this format that finds its own in the opened structure. */
static dr_status run_artefacts(didrun *d, const void *opened, format_kind format, const source_rest *rest, const artefact_input *in,
                               const record_sink *sink)
{
    for (size_t i = 0; artefact_registry[i]; i++) {
        const artefact *a = artefact_registry[i];
        if (a->format != format || (a->accepts && !a->accepts(opened)))
            continue;
        dr_status status = a->read(opened, in, sink);
        source_rest found = *rest;
        found.artefact = rest->user ? dr_arena_printf(d->arena, "%s.user", a->name).p : a->name;
        if (status == DR_OK && !dr_vec_push(&d->at_rest, found))
            status = dr_fail(&d->err, DR_NOMEM, "out of memory");
        if (status != DR_OK)
            return status;
    }
    return DR_OK;
}

dr_status engine_open_hive(didrun *d, source *s, dr_arena *arena, dr_diags *diags, regf_hive **out)
{
    dr_bytes bytes;
    size_t n = source_part_count(s), used = 0;
    regf_log *logs = DR_NEW_ARRAY(arena, regf_log, n);
    dr_status status = logs ? source_load(s, &bytes, &d->err) : dr_fail(&d->err, DR_NOMEM, "out of memory");
    for (size_t i = 0; i < n && status == DR_OK; i++) {
        source *part = source_part(s, i);
        if (source_load(part, &logs[used].bytes, NULL) != DR_OK)
            continue; /* a log that cannot be read is as one that is not there */
        logs[used++].name = part->path;
    }
    return status == DR_OK ? regf_open(out, bytes, logs, used, arena, diags, &d->err) : status;
}

void engine_close_source(source *s)
{
    for (size_t i = 0; i < source_part_count(s); i++)
        source_unload(source_part(s, i));
    source_unload(s);
}

static dr_status read_hive(didrun *d, source *s, const artefact_input *in, const record_sink *sink)
{
    regf_hive *hive = NULL;
    dr_status status = engine_open_hive(d, s, in->arena, in->diags, &hive);
    if (status == DR_OK) {
        const regf_summary *all = regf_summary_of(hive);
        const regf_replay *replay = regf_replay_of(hive);
        source_rest rest = { .source = s->number, .as_of = all ? all->newest : DR_NO_TIME, .whole = all && !regf_damaged(hive),
                             .replayed = replay->state == REGF_CLEAN || replay->state == REGF_REPLAYED,
                             /* What one user's hive lacks may stand in the machine's, or another user's. */
                             .user = regf_is_user(hive) };
        status = run_artefacts(d, hive, FORMAT_REGF, &rest, in, sink);
    }
    regf_close(hive);
    engine_close_source(s);
    return status;
}

/* A file that is read whole, with its companions. */
dr_status engine_load_file(didrun *d, source *s, dr_arena *arena, artefact_file *file, artefact_file **parts, size_t *n)
{
    dr_status status = source_load(s, &file->bytes, &d->err);
    file->kind = (format_kind)s->kind;
    file->name = s->path;
    *n = 0;
    *parts = DR_NEW_ARRAY(arena, artefact_file, source_part_count(s));
    if (status == DR_OK && !*parts)
        status = dr_fail(&d->err, DR_NOMEM, "out of memory");
    for (size_t i = 0; i < source_part_count(s) && status == DR_OK; i++) {
        source *part = source_part(s, i);
        artefact_file *to = &(*parts)[*n];
        if (source_load(part, &to->bytes, NULL) != DR_OK)
            continue; /* as one that is not there */
        to->kind = (format_kind)part->kind;
        to->name = part->path;
        ++*n;
    }
    return status;
}

static dr_status read_file(didrun *d, source *s, const artefact_input *in, const record_sink *sink)
{
    artefact_file file, *parts;
    artefact_rest found = { .artefact = NULL };
    size_t n;
    dr_status status = engine_load_file(d, s, in->arena, &file, &parts, &n);
    if (status == DR_OK)
        status = artefact_file_read(&file, parts, n, in, sink, &found, &d->err);
    source_rest rest = { .source = s->number, .artefact = found.artefact, .as_of = found.as_of, .whole = found.whole,
                         .replayed = true };
    if (status == DR_OK && found.artefact && !dr_vec_push(&d->at_rest, rest))
        status = dr_fail(&d->err, DR_NOMEM, "out of memory");
    engine_close_source(s);
    return status;
}

static dr_status not_this_format(source *s, dr_status status, const didrun *d)
{
    if (status != DR_FORMAT && status != DR_UNSUPPORTED)
        return status;
    dr_diag_add(&s->diags, DR_DIAG_NOT_THIS_FORMAT, 0, s->size, "%s", d->err.text);
    return DR_OK;
}

dr_status engine_read_opened(didrun *d, source *s, const artefact_input *in, const record_sink *sink)
{
    switch ((format_kind)s->kind) {
    case FORMAT_REGF: return not_this_format(s, read_hive(d, s, in, sink), d);
    case FORMAT_PREFETCH:
    case FORMAT_RECENTFILECACHE:
    case FORMAT_CIM_OBJECTS: return not_this_format(s, read_file(d, s, in, sink), d);
    case FORMAT_NONE:
    case FORMAT_EVTX: /* read.c: block by block */
    case FORMAT_REGF_LOG:
    case FORMAT_CIM_INDEX:
    case FORMAT_CIM_MAPPING:
    case FORMAT_ARCHIVE:
    case FORMAT_COUNT: break;
    }
    return DR_OK;
}
