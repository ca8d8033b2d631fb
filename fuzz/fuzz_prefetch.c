#include "artefact/prefetch.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dr_arena *arena = dr_arena_create("fuzz", 0);
    dr_diags diags;
    dr_err err;
    prefetch p;
    dr_buf json = { 0 };
    if (!arena)
        return 0;
    dr_diags_init(&diags, arena);
    if (prefetch_open(&p, (dr_bytes){ data, size }, arena, &diags, &err) == DR_OK) {
        DR_ASSERT(p.n_runs <= PREFETCH_RUNS && p.n_files <= p.bytes.n / 20 && p.n_volumes <= p.bytes.n / 40);
        DR_ASSERT(prefetch_json(&json, &p, arena) == DR_OK);
    }
    dr_buf_free(&json);
    dr_diags_free(&diags);
    dr_arena_destroy(arena);
    return 0;
}
