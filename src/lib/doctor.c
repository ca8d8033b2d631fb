#include "lib/engine.h"

#include "artefact/evtlog.h"
#include "base/hash.h"
#include "fact/yaml.h"
#include "io/archive.h"
#include "lib/fixture.h"

/* One examination: lines go out as they come. */
typedef struct doctor {
    didrun *d;
    uint32_t flags;
    didrun_write write;
    void *context;
    bool refused;
    size_t failed;
} doctor;

static void say(doctor *r, dr_buf *line)
{
    dr_buf_char(line, '\n');
    if (line->failed)
        r->failed++;
    else if (!r->refused)
        r->refused = r->write(r->context, line->p, line->n) != 0;
    dr_buf_free(line);
}

/* One thing and what is to be said of it; in JSON {"type":TYPE,"name":...,"value":...}. */
static void tell(doctor *r, const char *type, dr_str name, dr_str value)
{
    dr_buf line = { 0 };
    if (r->flags & DIDRUN_SHOW_JSON) {
        dr_buf_printf(&line, "{\"type\":\"%s\",\"name\":", type);
        dr_buf_json_str(&line, name);
        dr_buf_z(&line, ",\"value\":");
        dr_buf_json_str(&line, value);
        dr_buf_char(&line, '}');
    } else {
        dr_buf_shown(&line, name);
        dr_buf_fill(&line, ' ', name.n < 12 ? 13 - name.n : 1);
        dr_buf_shown(&line, value);
    }
    say(r, &line);
}

static void test(doctor *r, const char *name, bool passed, dr_str value)
{
    dr_buf text = { 0 };
    dr_buf_z(&text, passed ? "passed: " : "FAILED: ");
    dr_buf_str_add(&text, value);
    tell(r, "test", dr_str_of(name), dr_buf_str(&text));
    dr_buf_free(&text);
    r->failed += !passed;
}

static void versions(doctor *r)
{
    const char *const libraries[][2] = { { "SQLite", case_library() }, { "libcrypto", dr_hash_library() }, { "libarchive", archive_library() },
                                         { "libyaml", yaml_library() } };
    tell(r, "version", DR_STR("didrun"), dr_str_of(DIDRUN_VERSION));
    for (size_t i = 0; i < sizeof libraries / sizeof *libraries; i++)
        tell(r, "version", dr_str_of(libraries[i][0]), dr_str_of(libraries[i][1]));
}

/* Each file with --verbose, and all of them as one number that two laboratories can compare. */
static void hashes(doctor *r)
{
    dr_hasher *all = dr_hasher_create(DR_HASH_SHA256);
    char hex[65];
    if (!all) {
        r->failed++;
        return;
    }
    for (size_t i = 0; i < r->d->data.files.n; i++) {
        const data_file *f = &r->d->data.files.p[i];
        dr_buf line = { 0 };
        r->failed += !dr_hash_hex(DR_HASH_SHA256, (dr_bytes){ (const uint8_t *)f->text.p, f->text.n }, hex);
        dr_buf_printf(&line, "%s  ", hex);
        dr_buf_str_add(&line, f->name);
        dr_buf_char(&line, '\n');
        dr_hasher_add(all, (dr_bytes){ (const uint8_t *)line.p, line.n });
        r->failed += line.failed;
        dr_buf_free(&line);
        if (r->flags & DIDRUN_SHOW_VERBOSE)
            tell(r, "data", f->name, dr_str_of(hex));
    }
    dr_hasher_end(all, hex);
    dr_buf text = { 0 };
    dr_buf_printf(&text, "%zu files, together %s", r->d->data.files.n, hex);
    tell(r, "data", DR_STR("data"), dr_buf_str(&text));
    dr_buf_free(&text);
}

static int example_line(void *context, const char *bytes, size_t n)
{
    doctor *r = context;
    while (n && bytes[n - 1] == '\n')
        n--;
    tell(r, "example", DR_STR("example"), (dr_str){ bytes, n });
    return r->refused;
}

static int examples(doctor *r)
{
    size_t passed = 0;
    int failed = didrun_test_rules(r->d, example_line, r, &passed);
    if (failed < 0)
        return failed;
    dr_buf text = { 0 };
    dr_buf_printf(&text, "%zu of %zu", passed, passed + (size_t)failed);
    test(r, "examples", failed == 0 && passed > 0, dr_buf_str(&text));
    dr_buf_free(&text);
    return DIDRUN_OK;
}

/* What comes out of the log that the program carries. */
typedef struct log_reading {
    didrun *d;
    fact_mapper *mapper;
    size_t records, facts;
    bool seen[FIXTURE_FACTS];
} log_reading;

static dr_status take_fact(void *context, const fact_draft *draft)
{
    log_reading *l = context;
    l->facts++;
    for (size_t i = 0; i < FIXTURE_FACTS; i++) {
        dr_sym key = dr_sym_find(l->d->syms, dr_str_of(fixture_log.facts[i].attribute));
        if (!dr_str_is(l->d->vocab.kinds[draft->kind].name, fixture_log.facts[i].kind))
            continue;
        for (size_t k = 0; k < draft->n_attrs; k++)
            l->seen[i] = l->seen[i] || (draft->attrs[k].key == key && dr_str_is(draft->attrs[k].value, fixture_log.facts[i].value));
    }
    return DR_OK;
}

static dr_status take_record(void *context, const record *one)
{
    log_reading *l = context;
    l->records++;
    return fact_mapper_run(l->mapper, one, take_fact, l);
}

static int event_log(doctor *r)
{
    didrun *d = r->d;
    dr_arena *arena = dr_arena_create("fixture", 0);
    log_reading l = { .d = d, .mapper = fact_mapper_create(d->maps) };
    uint8_t *bytes = arena ? dr_arena_alloc(arena, fixture_log.size) : NULL;
    dr_diags diags;
    dr_diags_init(&diags, arena);
    dr_status status = bytes && l.mapper ? DR_OK : dr_fail(&d->err, DR_NOMEM, "out of memory");
    if (status == DR_OK) {
        memcpy(bytes, fixture_log.bytes, fixture_log.n);
        dr_bytes all = { bytes, fixture_log.size };
        evtlog_input in = evtlog_input_bytes(&all);
        record_sink sink = { .context = &l, .record = take_record };
        status = evtlog_read_sink(&in, &sink, &diags, &d->err);
    }
    if (status == DR_OK) {
        bool passed = l.records == fixture_log.records && diags.list.n == 0;
        for (size_t i = 0; i < FIXTURE_FACTS; i++)
            passed = passed && l.seen[i];
        dr_buf text = { 0 };
        dr_buf_printf(&text, "%zu of %zu records, %zu facts, %zu places damaged", l.records, fixture_log.records, l.facts, diags.list.n);
        test(r, "event log", passed, dr_buf_str(&text));
        dr_buf_free(&text);
    }
    dr_diags_free(&diags);
    fact_mapper_destroy(l.mapper);
    dr_arena_destroy(arena);
    return engine_result(d, status);
}

static int layout(doctor *r)
{
    dr_status status = case_check_layout(&r->d->err);
    if (status != DR_OK && status != DR_DATA)
        return engine_result(r->d, status);
    test(r, "case", status == DR_OK, status == DR_OK ? DR_STR("the layout can be made") : dr_str_of(r->d->err.text));
    return DIDRUN_OK;
}

int didrun_doctor(didrun *d, uint32_t flags, didrun_write write, void *context)
{
    if (engine_has_rules(d) != DR_OK)
        return DIDRUN_ERROR_USAGE;
    doctor r = { .d = d, .flags = flags, .write = write, .context = context };
    versions(&r);
    hashes(&r);
    int result = examples(&r);
    if (result == DIDRUN_OK)
        result = event_log(&r);
    if (result == DIDRUN_OK)
        result = layout(&r);
    if (result < 0 && !r.refused)
        return result;
    if (r.refused) {
        (void)dr_fail(&d->err, DR_IO, "the output could not be written");
        return DIDRUN_ERROR_WRITE;
    }
    return r.failed > INT32_MAX ? INT32_MAX : (int)r.failed;
}
