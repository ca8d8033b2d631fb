#include "artefact/files.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static dr_status row(void *context, const record *r)
{
    (void)context;
    DR_ASSERT(r->n_fields > 0);
    return DR_OK;
}

static dr_status line(void *context, dr_str lines)
{
    (void)context;
    DR_ASSERT(lines.n && lines.p[lines.n - 1] == '\n');
    return DR_OK;
}

/* Input: two sizes in KiB (16 bits each) of the object store and the index, then both, then the mapping. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dr_cur c = dr_cur_over((dr_bytes){ data, size }, 0);
    size_t objects_size = (size_t)dr_u16(&c) * 1024, index_size = (size_t)dr_u16(&c) * 1024;
    dr_bytes rest = dr_cur_rest(&c);
    dr_bytes objects = dr_bytes_sub(rest, 0, objects_size);
    dr_bytes index = dr_bytes_sub(rest, objects.n, index_size);
    dr_bytes mapping = dr_bytes_sub(rest, objects.n + index.n, rest.n);
    artefact_file file = { FORMAT_CIM_OBJECTS, DR_STR("OBJECTS.DATA"), objects };
    artefact_file parts[] = { { FORMAT_CIM_INDEX, DR_STR("INDEX.BTR"), index },
                              { FORMAT_CIM_MAPPING, DR_STR("MAPPING1.MAP"), mapping } };
    for (int parse = 0; parse < 2; parse++) {
        dr_arena *arena = dr_arena_create("fuzz", 0);
        dr_diags diags;
        dr_err err;
        if (!arena)
            return 0;
        dr_diags_init(&diags, arena);
        artefact_input in = { .source = 1, .path = DR_STR_NONE, .arena = arena, .diags = &diags };
        record_sink sink = { .record = row };
        artefact_rest rest_found;
        dr_status status = parse ? artefact_file_parse(&file, parts, 2, &in, true, line, NULL, &err)
                                 : artefact_file_read(&file, parts, 2, &in, &sink, &rest_found, &err);
        DR_ASSERT(status == DR_OK || status == DR_NOMEM || (status == DR_FORMAT && objects.n < 8192));
        dr_diags_free(&diags);
        dr_arena_destroy(arena);
    }
    return 0;
}
