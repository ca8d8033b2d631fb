/* Rule and data files: every loader meets the text, as if a user had given it with --data or --rules.
 * It ends; an error names the file and its place; what is taken is whole, and its examples run. */
#include "base/limits.h"
#include "claim/expected.h"
#include "claim/rule.h"
#include "coverage/cov_example.h"
#include "entity/names.h"
#include "fact/embedded.h"
#include "fact/map.h"
#include "fact/recorder.h"
#include "reason/example.h"

#include <stdint.h>
#include <stdlib.h>

/* What the files of one kind lean on. Symbols pile up in the table: it is made anew now and then. */
typedef struct ground {
    dr_arena *arena;
    dr_symtab *syms;
    vocabulary vocab;
    entity_names names;
    toolset *tools;
    unsigned uses;
} ground;

static dr_str embedded(const char *name)
{
    for (const struct didrun_embedded *e = didrun_embedded_data; e->name; e++) {
        if (dr_str_is(dr_str_of(e->name), name))
            return (dr_str){ (const char *)e->p, e->n };
    }
    abort();
}

static ground *stand(void)
{
    static ground g;
    dr_err err = { "" };
    if (g.arena && g.uses++ < 500)
        return &g;
    if (g.arena) {
        dr_symtab_destroy(g.syms);
        dr_arena_destroy(g.arena);
    }
    g = (ground){ .arena = dr_arena_create("ground", 0), .syms = dr_symtab_create() };
    if (!g.arena || !g.syms ||
        vocabulary_load(g.arena, g.syms, DR_STR("vocabulary.yml"), embedded("vocabulary.yml"), &g.vocab, &err) != DR_OK ||
        entity_names_init(&g.names, &g.vocab, &err) != DR_OK ||
        toolset_load(g.arena, DR_STR("tools.yml"), embedded("tools.yml"), &g.tools, &err) != DR_OK)
        abort();
    return &g;
}

/* A file that is refused: which one, and where in it, or what it is too large for. */
static void refused(dr_status status, const dr_err *err)
{
    if (status == DR_OK || status == DR_NOMEM)
        return;
    if ((status != DR_DATA && status != DR_LIMIT) || err->text[0] != 'f' || err->text[1] != ':')
        abort();
}

static void vocabulary_file(dr_str text)
{
    dr_err err = { "" };
    vocabulary v;
    dr_arena *arena = dr_arena_create("vocabulary", 0);
    dr_symtab *syms = dr_symtab_create();
    if (arena && syms) {
        dr_status status = vocabulary_load(arena, syms, DR_STR("f"), text, &v, &err);
        refused(status, &err);
        for (size_t i = 1; status == DR_OK && i < v.n_kinds; i++) {
            if (v.kinds[i].ceiling >= RUNG_COUNT || vocab_kind_of(&v, v.kinds[i].name) != i)
                abort();
        }
    }
    dr_symtab_destroy(syms);
    dr_arena_destroy(arena);
}

static void tools_file(dr_str text)
{
    dr_err err = { "" };
    toolset *tools;
    dr_arena *arena = dr_arena_create("tools", 0);
    if (arena) {
        dr_status status = toolset_load(arena, DR_STR("f"), text, &tools, &err);
        refused(status, &err);
        if (status == DR_OK) {
            size_t n;
            (void)toolset_cmdlet_wraps(tools, &n);
            (void)toolset_of_word(tools, DR_STR("net"));
        }
    }
    dr_arena_destroy(arena);
}

static void maps_file(const ground *g, dr_str text)
{
    dr_err err = { "" };
    fact_maps *maps = NULL;
    fact_maps_file file = { DR_STR_INIT("f"), text };
    dr_status status = fact_maps_load(&maps, &g->vocab, &file, 1, &err);
    refused(status, &err);
    if (status == DR_OK) {
        fact_maps_result result;
        for (size_t i = 0; i < fact_maps_count(maps); i++) {
            if (!dr_str_starts(fact_maps_place(maps, (uint16_t)i), DR_STR("f:")))
                abort();
        }
        refused(fact_maps_test(maps, NULL, NULL, &result, &err), &err);
    }
    if (maps)
        fact_maps_destroy(maps);
}

static void recorders_file(const ground *g, dr_str text)
{
    dr_err err = { "" };
    recorder_set *set = NULL;
    recorder_file file = { DR_STR_INIT("f"), text };
    dr_status status = recorder_set_load(&set, &g->vocab, &file, 1, &err);
    refused(status, &err);
    for (size_t i = 0; status == DR_OK && i < set->n; i++) {
        const recorder *r = &set->recorders[i];
        if (!r->id.n || (r->channel.n > 0) == (r->artefact.n > 0) || (r->setting != SIZE_MAX && r->setting >= set->n_settings))
            abort();
        for (size_t k = 0; k < r->writes.n; k++) {
            size_t n;
            (void)recorder_set_of(set, r->writes.p[k].kind, &n);
            if (!n)
                abort(); /* it writes that kind, so it is one of its recorders */
        }
    }
    cov_examples_result result;
    if (status == DR_OK)
        refused(cov_examples_run(set, &g->vocab, NULL, NULL, &result, &err), &err);
    recorder_set_free(set);
}

static void claims_file(ground *g, dr_str text)
{
    dr_err err = { "" };
    rule_set set;
    if (rule_set_init(&set, &g->vocab, g->tools) == DR_OK) {
        dr_status status = rule_set_add(&set, DR_STR("f"), text, &err);
        if (status == DR_OK)
            status = rule_set_seal(&set, &err);
        refused(status, &err);
        example_result result;
        if (status == DR_OK)
            refused(examples_run(&set, &g->names, g->syms, NULL, NULL, &result, &err), &err);
    }
    rule_set_free(&set);
}

static void expected_file(const ground *g, dr_str text)
{
    dr_err err = { "" };
    expected_set set;
    if (expected_init(&set, &g->vocab) == DR_OK)
        refused(expected_add(&set, DR_STR("f"), text, &err), &err);
    expected_free(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dr_str text = { (const char *)data, size };
    ground *g = stand();
    vocabulary_file(text);
    tools_file(text);
    maps_file(g, text);
    recorders_file(g, text);
    claims_file(g, text);
    expected_file(g, text);
    return 0;
}
