#include "lib/engine.h"

#include "artefact/evtlog.h"
/* The write callback of the public interface behind those of the formats. */
typedef struct parsing {
    didrun *d;
    const didrun_parse_options *o;
    didrun_write write;
    void *context;
    bool refused;
} parsing;

static dr_status write_lines(void *context, dr_str lines)
{
    parsing *p = context;
    if (lines.n && p->write(p->context, lines.p, lines.n) != 0) {
        p->refused = true;
        return dr_fail(&p->d->err, DR_IO, "the output could not be written");
    }
    return engine_tick(p->d, source_set_bytes_done(p->d->sources), source_set_counts(p->d->sources).bytes, 0, 0);
}

static dr_status write_event_lines(void *context, dr_str lines, dr_err *err)
{
    (void)err; /* it is the handle's own */
    return write_lines(context, lines);
}

static dr_status parse_evtlog(parsing *p, source *s)
{
    didrun *d = p->d;
    dr_status status = source_open(s, &d->err);
    if (status != DR_OK)
        return status;
    evtlog_input in = { .context = s, .read_at = source_read_at, .size = s->size, .source = s->number };
    evtlog_parse_options options = { .xml = (p->o->flags & DIDRUN_PARSE_XML) != 0,
                                     .offsets = (p->o->flags & DIDRUN_PARSE_OFFSETS) != 0,
                                     .recovered = (p->o->flags & DIDRUN_PARSE_RECOVERED) != 0,
                                     .threads = d->threads };
    status = evtlog_parse(&in, &options, write_event_lines, p, &s->diags, &d->err);
    source_close(s);
    return status;
}

static dr_status parse_hive(parsing *p, source *s)
{
    didrun *d = p->d;
    regf_hive *hive = NULL;
    dr_status status = engine_open_hive(d, s, s->arena, &s->diags, &hive);
    if (status == DR_OK) {
        regf_parse_options options = { .key = p->o->key ? dr_str_of(p->o->key) : DR_STR_NONE,
                                       .no_lost = (p->o->flags & DIDRUN_PARSE_RECOVERED) == 0 };
        status = regf_parse(hive, &options, write_lines, p, &d->err);
        if (status == DR_END)
            status = dr_fail(&d->err, DR_USAGE, "there is no key '%s' in %.*s", p->o->key ? p->o->key : "", DR_STR_ARG(s->path));
    }
    regf_close(hive);
    engine_close_source(s);
    return status;
}

static dr_status parse_file(parsing *p, source *s)
{
    artefact_file file, *parts;
    size_t n;
    artefact_input in = { .source = s->number, .path = s->logical, .arena = s->arena, .diags = &s->diags };
    dr_status status = engine_load_file(p->d, s, s->arena, &file, &parts, &n);
    if (status == DR_OK)
        status = artefact_file_parse(&file, parts, n, &in, (p->o->flags & DIDRUN_PARSE_RECOVERED) != 0, write_lines, p, &p->d->err);
    engine_close_source(s);
    return status;
}

/* *parsed: the file is of a kind that has records to print. */
static dr_status parse_source(parsing *p, source *s, bool *parsed)
{
    *parsed = true;
    switch ((format_kind)s->kind) {
    case FORMAT_EVTX: return parse_evtlog(p, s);
    case FORMAT_REGF: return parse_hive(p, s);
    case FORMAT_PREFETCH:
    case FORMAT_RECENTFILECACHE:
    case FORMAT_CIM_OBJECTS: return parse_file(p, s);
    case FORMAT_NONE:
    case FORMAT_REGF_LOG:
    case FORMAT_CIM_INDEX:
    case FORMAT_CIM_MAPPING:
    case FORMAT_ARCHIVE:
    case FORMAT_COUNT: break;
    }
    *parsed = false;
    return DR_OK;
}

int didrun_parse(didrun *d, const char *path, const didrun_parse_options *options, didrun_write write, void *context)
{
    didrun_parse_options defaults = DIDRUN_PARSE_OPTIONS_INIT;
    parsing p = { .d = d, .o = options ? options : &defaults, .write = write, .context = context };
    size_t n_parsed = 0;
    if (d->sealed)
        return engine_result(d, dr_fail(&d->err, DR_USAGE, "the evidence has been read already"));
    source_set_take_beside(d->sources); /* one file is printed, with what its transaction logs hold */
    dr_status status = source_set_add(d->sources, path, &d->err);
    if (status == DR_OK)
        status = source_set_seal(d->sources, &d->err);
    d->sealed = true;
    d->stage_name = "reading";
    for (size_t i = 0; status == DR_OK && i < source_count(d->sources); i++) {
        source *s = source_at(d->sources, i);
        bool parsed = false;
        if (s->state != SOURCE_READ)
            continue;
        status = parse_source(&p, s, &parsed);
        n_parsed += parsed;
        if ((status == DR_IO && !p.refused && !d->interrupted) || status == DR_FORMAT) {
            dr_diag_add(&s->diags, DR_DIAG_UNREADABLE, 0, s->size, "%s", d->err.text);
            status = DR_OK;
        }
    }
    if (status == DR_OK && !n_parsed)
        status = dr_fail(&d->err, DR_FORMAT, "%s: nothing of a kind whose records didrun prints", path);
    if (p.refused && !d->interrupted)
        return DIDRUN_ERROR_WRITE;
    if (status != DR_OK)
        return engine_result(d, status);
    return engine_damaged(d) ? DIDRUN_DAMAGED : DIDRUN_OK;
}
