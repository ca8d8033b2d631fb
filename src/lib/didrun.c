#include "lib/engine.h"

#include "artefact/intake.h"
#include "base/os.h"
#include "coverage/cov_example.h"
#include "lib/show.h"
#include "reason/example.h"

int engine_result(didrun *d, dr_status status)
{
    if (d->interrupted)
        return DIDRUN_ERROR_INTERRUPTED;
    switch (status) {
    case DR_OK:
    case DR_END: return DIDRUN_OK;
    case DR_NOMEM: return DIDRUN_ERROR_MEMORY;
    case DR_LIMIT: return DIDRUN_ERROR_LIMIT;
    case DR_IO: return DIDRUN_ERROR_IO;
    case DR_USAGE: return DIDRUN_ERROR_USAGE;
    case DR_DATA: return DIDRUN_ERROR_DATA;
    case DR_FORMAT:
    case DR_UNSUPPORTED: return DIDRUN_ERROR_NOTHING;
    }
    return DIDRUN_ERROR_IO;
}

dr_status engine_tick(didrun *d, uint64_t done, uint64_t total, uint64_t files_done, uint64_t files_total)
{
    didrun_progress p = { sizeof p, d->stage_name, done, total, files_done, files_total };
    if (!d->progress || d->progress(d->progress_context, &p) == 0)
        return DR_OK;
    d->interrupted = true;
    return dr_fail(&d->err, DR_IO, "interrupted");
}

bool engine_damaged(const didrun *d)
{
    if (d->from_case)
        return case_shown(d->kase)->damaged;
    for (size_t i = 0; d->sources && i < source_count(d->sources); i++) {
        const source *s = source_at(d->sources, i);
        if (s->state == SOURCE_BROKEN || s->state == SOURCE_EMPTY || s->state == SOURCE_NOTHING)
            return true;
        for (size_t k = 0; k < s->diags.list.n; k++) {
            dr_diag_code code = s->diags.list.p[k].code;
            if (dr_diag_severity(code) != DR_NOTE || code == DR_DIAG_UNKNOWN_KIND)
                return true;
        }
    }
    return false;
}

int didrun_open(didrun **out, const didrun_options *options)
{
    didrun_options own = DIDRUN_OPTIONS_INIT;
    *out = NULL;
    if (options) {
        /* A caller built against an older header hands over less: the rest keeps its defaults. */
        size_t size = options->size < sizeof own ? options->size : sizeof own;
        memcpy(&own, options, size);
    }
    didrun *d = dr_mem_alloc(sizeof *d);
    if (!d)
        return DIDRUN_ERROR_MEMORY;
    *out = d;
    d->stage_name = "listing";
    d->threads = own.threads ? own.threads : dr_os_processors();
    d->progress = own.progress;
    d->progress_context = own.progress_context;
    d->arena = dr_arena_create("handle", 0);
    d->sources = source_set_create(&intake_types);
    if (!d->arena || !d->sources)
        return engine_result(d, dr_fail(&d->err, DR_NOMEM, "out of memory"));
    d->for_parse = (own.flags & DIDRUN_OPEN_FOR_PARSE) != 0;
    return engine_result(d, d->for_parse ? DR_OK : engine_load(d, &own));
}

void didrun_close(didrun *d)
{
    if (!d)
        return;
    if (d->verdicts.arena)
        verdict_list_free(&d->verdicts);
    if (d->answer.arena)
        verdict_list_free(&d->answer);
    engine_uncover(d);
    run_table_free(d->runs);
    if (d->store)
        fact_store_destroy(d->store);
    if (d->census)
        census_destroy(d->census);
    dr_vec_free(&d->renames);
    dr_vec_free(&d->identities);
    dr_vec_free(&d->prints);
    dr_vec_free(&d->apart);
    dr_vec_free(&d->named);
    dr_vec_free(&d->at_rest);
    dr_vec_free(&d->derived);
    source_set_destroy(d->sources);
    engine_forget(d);
    case_close(d->kase);
    dr_arena_destroy(d->arena);
    dr_mem_free(d);
}

const char *didrun_error(const didrun *d)
{
    return d ? d->err.text : "out of memory";
}

const char *didrun_version(void)
{
    return DIDRUN_VERSION;
}

int didrun_add(didrun *d, const char *path)
{
    if (engine_has_rules(d) != DR_OK)
        return DIDRUN_ERROR_USAGE;
    if (d->sealed)
        return engine_result(d, dr_fail(&d->err, DR_USAGE, "the evidence has been read already"));
    if (case_is(path))
        return engine_result(d, engine_open_case(d, path));
    if (d->kase && !d->extends)
        return engine_result(d, dr_fail(&d->err, DR_USAGE, "%s: beside a case no other evidence is taken (examine --into CASE adds some to it)", path));
    return engine_result(d, source_set_add(d->sources, path, &d->err));
}

int didrun_read(didrun *d)
{
    dr_status status = engine_read(d);
    if (status != DR_OK)
        return engine_result(d, status);
    d->elapsed_ms = (dr_os_clock() - d->started) / 1000000u;
    return engine_damaged(d) ? DIDRUN_DAMAGED : DIDRUN_OK;
}

int didrun_examine(didrun *d)
{
    dr_status status = engine_read(d);
    if (status == DR_OK && d->stage != ENGINE_EXAMINED) {
        reason_input in;
        d->stage_name = "reasoning";
        engine_reason_input(d, &in);
        status = verdict_list_init(&d->verdicts);
        if (status == DR_OK)
            status = reason_run(&in, &d->expected, &d->verdicts, &d->err);
        if (status == DR_OK)
            d->stage = ENGINE_EXAMINED;
        d->elapsed_ms = (dr_os_clock() - d->started) / 1000000u;
    }
    if (status != DR_OK)
        return engine_result(d, status);
    return engine_damaged(d) ? DIDRUN_DAMAGED : DIDRUN_OK;
}

int didrun_may_show(didrun *d, const didrun_show_options *options)
{
    return engine_may_show(d, options);
}

int didrun_show(didrun *d, int what, const didrun_show_options *options, didrun_write write, void *context)
{
    return engine_show(d, what, options, write, context);
}

/* Failing examples, one line each. */
typedef struct failures {
    didrun_write write;
    void *context;
    bool refused;
} failures;

static void write_failure(void *context, dr_str place, dr_str text)
{
    failures *f = context;
    dr_buf line = { 0 };
    dr_buf_shown(&line, place);
    dr_buf_z(&line, ": ");
    dr_buf_shown(&line, text);
    dr_buf_char(&line, '\n');
    if (!f->refused && !line.failed)
        f->refused = f->write(f->context, line.p, line.n) != 0;
    dr_buf_free(&line);
}

int didrun_test_rules(didrun *d, didrun_write write, void *context, size_t *passed)
{
    failures f = { write, context, false };
    fact_maps_result maps = { 0 };
    example_result rules = { 0 };
    cov_examples_result recorders = { 0 };
    dr_status status = engine_has_rules(d);
    if (status == DR_OK)
        status = fact_maps_test(d->maps, write_failure, &f, &maps, &d->err);
    if (status == DR_OK)
        status = cov_examples_run(d->recorders, &d->vocab, write_failure, &f, &recorders, &d->err);
    if (status == DR_OK)
        status = examples_run(&d->rules, &d->names, d->syms, write_failure, &f, &rules, &d->err);
    *passed = maps.passed + recorders.passed + rules.passed;
    if (status != DR_OK)
        return engine_result(d, status);
    if (f.refused) {
        (void)dr_fail(&d->err, DR_IO, "the output could not be written");
        return DIDRUN_ERROR_WRITE;
    }
    size_t failed = maps.failed + recorders.failed + rules.failed;
    return failed > INT32_MAX ? INT32_MAX : (int)failed;
}

int didrun_check_rule_file(didrun *d, const char *path)
{
    dr_str text;
    rule_set rules;
    if (engine_has_rules(d) != DR_OK)
        return DIDRUN_ERROR_USAGE;
    dr_arena *arena = dr_arena_create("rule file", 0);
    dr_status status = arena ? dataset_read_file(arena, path, &text, &d->err) : DR_NOMEM;
    if (status == DR_OK) {
        status = rule_set_init(&rules, &d->vocab, d->tools);
        if (status == DR_OK)
            status = rule_set_add(&rules, dr_str_of(path), text, &d->err);
        rule_set_free(&rules);
    }
    dr_arena_destroy(arena);
    return engine_result(d, status);
}

int didrun_count(const didrun *d, didrun_counts *out)
{
    didrun_counts c = DIDRUN_COUNTS_INIT;
    size_t size = out->size < sizeof c ? out->size : sizeof c;
    if (d->from_case) {
        const uint64_t *numbers = case_shown(d->kase)->numbers;
        c.sources = numbers[CASE_FILES];
        c.sources_read = numbers[CASE_READ];
        c.damaged = numbers[CASE_DAMAGED];
        c.unknown = numbers[CASE_UNKNOWN];
        c.bytes = numbers[CASE_BYTES];
        c.records = numbers[CASE_RECORDS];
    } else if (d->sources && d->sealed) {
        source_counts counts = source_set_counts(d->sources);
        c.sources = counts.files;
        c.sources_read = counts.read;
        c.unknown = counts.unknown;
        c.bytes = counts.bytes;
        for (size_t i = 0; i < source_count(d->sources); i++)
            c.damaged += source_at(d->sources, i)->state == SOURCE_BROKEN;
    }
    for (size_t i = 0; d->census && i < census_count(d->census); i++)
        c.records += census_at(d->census, i)->records;
    c.facts = d->store && d->stage >= ENGINE_READ ? fact_store_count(d->store) : 0;
    c.verdicts = d->verdicts.verdicts.n;
    for (size_t i = 0; i < d->verdicts.verdicts.n; i++)
        c.to_decide += d->verdicts.verdicts.p[i].to_decide;
    c.size = size;
    memcpy(out, &c, size);
    return DIDRUN_OK;
}
