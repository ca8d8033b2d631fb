#include "lib/engine.h"

#include "base/os.h"
#include "fact/recorder.h"

static bool is_in(dr_str name, const char *folder)
{
    return dr_str_starts(name, dr_str_of(folder));
}

static const data_file *find_file(const didrun *d, const char *name)
{
    for (size_t i = 0; i < d->data.files.n; i++) {
        if (dr_str_is(d->data.files.p[i].name, name))
            return &d->data.files.p[i];
    }
    return NULL;
}

static dr_status load_maps(didrun *d)
{
    size_t n = 0;
    fact_maps_file *files = DR_NEW_ARRAY(d->arena, fact_maps_file, d->data.files.n);
    if (!files)
        return dr_fail(&d->err, DR_NOMEM, "out of memory");
    for (size_t i = 0; i < d->data.files.n; i++) {
        if (is_in(d->data.files.p[i].name, "facts/"))
            files[n++] = (fact_maps_file){ d->data.files.p[i].shown, d->data.files.p[i].text };
    }
    return fact_maps_load(&d->maps, &d->vocab, files, n, &d->err);
}

static dr_status load_recorders(didrun *d)
{
    size_t n = 0;
    recorder_file *files = DR_NEW_ARRAY(d->arena, recorder_file, d->data.files.n);
    if (!files)
        return dr_fail(&d->err, DR_NOMEM, "out of memory");
    for (size_t i = 0; i < d->data.files.n; i++) {
        if (is_in(d->data.files.p[i].name, "recorders/"))
            files[n++] = (recorder_file){ d->data.files.p[i].shown, d->data.files.p[i].text };
    }
    return recorder_set_load(&d->recorders, &d->vocab, files, n, &d->err);
}

static dr_status load_rules(didrun *d)
{
    dr_status status = rule_set_init(&d->rules, &d->vocab, d->tools);
    if (status == DR_OK)
        status = expected_init(&d->expected, &d->vocab);
    for (size_t i = 0; i < d->data.files.n && status == DR_OK; i++) {
        const data_file *f = &d->data.files.p[i];
        if (is_in(f->name, "claims/"))
            status = rule_set_add(&d->rules, f->shown, f->text, &d->err);
        else if (is_in(f->name, "expected/"))
            status = expected_add(&d->expected, f->shown, f->text, &d->err);
    }
    return status == DR_OK ? rule_set_seal(&d->rules, &d->err) : status;
}

dr_status engine_has_rules(didrun *d)
{
    return d->for_parse ? dr_fail(&d->err, DR_USAGE, "opened for didrun_parse alone: there are no rules") : DR_OK;
}

dr_status engine_load(didrun *d, const didrun_options *options)
{
    dr_status status = dataset_load(&d->data, options->data, options->rules, &d->err);
    d->own_data = (options->data && options->data[0]) || (options->rules && options->rules[0]);
    return status == DR_OK ? engine_compile(d) : status;
}

dr_status engine_compile(didrun *d)
{
    const data_file *vocabulary_file = find_file(d, "vocabulary.yml"), *tools_file = find_file(d, "tools.yml");
    if (!vocabulary_file || !tools_file)
        return dr_fail(&d->err, DR_DATA, "vocabulary.yml or tools.yml is missing among the data files");
    d->syms = dr_symtab_create();
    if (!d->syms)
        return dr_fail(&d->err, DR_NOMEM, "out of memory");
    dr_status status = vocabulary_load(d->arena, d->syms, vocabulary_file->shown, vocabulary_file->text, &d->vocab, &d->err);
    if (status == DR_OK)
        status = entity_names_init(&d->names, &d->vocab, &d->err);
    if (status == DR_OK)
        status = toolset_load(d->arena, tools_file->shown, tools_file->text, &d->tools, &d->err);
    if (status == DR_OK)
        status = load_maps(d);
    if (status == DR_OK)
        status = load_recorders(d);
    return status == DR_OK ? load_rules(d) : status;
}

void engine_forget(didrun *d)
{
    if (d->maps)
        fact_maps_destroy(d->maps);
    if (d->rules.arena)
        rule_set_free(&d->rules);
    if (d->expected.arena)
        expected_free(&d->expected);
    recorder_set_free(d->recorders);
    dr_symtab_destroy(d->syms);
    if (d->data.arena)
        dataset_free(&d->data);
    d->maps = NULL;
    d->rules = (rule_set){ 0 };
    d->expected = (expected_set){ 0 };
    d->recorders = NULL;
    d->syms = NULL;
    d->data = (dataset){ 0 };
}
