/* A hive without logs: opening, the walk with what is lost, every value, every decoder. Names and data
 * have to lie in the input or in the arena; each live key comes once. */
#include "artefact/artefact.h"
#include "format/regf.h"

static dr_status take(void *context, dr_str lines)
{
    size_t *n = context;
    *n += lines.n;
    return DR_OK;
}

static dr_status drop(void *context, const record *r)
{
    (void)context;
    for (size_t i = 0; i < r->n_fields; i++)
        DR_ASSERT(r->fields[i].name.n > 0 && r->fields[i].value.p);
    return DR_OK;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > (1u << 20))
        return 0;
    dr_arena *arena = dr_arena_create("fuzz", 256u << 20);
    dr_diags diags;
    dr_err err;
    regf_hive *hive;
    dr_diags_init(&diags, arena);
    if (arena && regf_open(&hive, (dr_bytes){ data, size }, NULL, 0, arena, &diags, &err) == DR_OK) {
        size_t n[2] = { 0, 0 };
        regf_parse_options options = { .key = DR_STR_NONE };
        DR_ASSERT(regf_parse(hive, &options, take, &n[0], &err) == DR_OK);
        DR_ASSERT(regf_parse(hive, &options, take, &n[1], &err) == DR_OK);
        DR_ASSERT(n[0] == n[1]);
        const regf_summary *s = regf_summary_of(hive);
        DR_ASSERT(s && s->keys <= size / 76 + 1);
        artefact_input in = { .path = DR_STR("fuzz"), .arena = arena, .diags = &diags };
        record_sink sink = { .record = drop };
        for (size_t i = 0; artefact_registry[i]; i++) {
            const artefact *a = artefact_registry[i];
            if (a->format == FORMAT_REGF && (!a->accepts || a->accepts(hive)))
                DR_ASSERT(a->read(hive, &in, &sink) == DR_OK);
        }
        regf_close(hive);
    }
    dr_diags_free(&diags);
    dr_arena_destroy(arena);
    return 0;
}
