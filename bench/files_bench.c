/* files_bench [-n TIMES] PATH...: how long listing takes, and then reading all Prefetch files and WMI
 * repositories among the evidence. */
#include "artefact/files.h"
#include "artefact/intake.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static dr_status count(void *context, const record *r)
{
    *(uint64_t *)context += r->n_fields > 0;
    return DR_OK;
}

static dr_status read_one(source *s, uint64_t *rows)
{
    dr_err err;
    artefact_file file = { (format_kind)s->kind, s->path, { NULL, 0 } }, parts[8];
    size_t n = 0;
    dr_status status = source_load(s, &file.bytes, &err);
    for (; n < source_part_count(s) && n < 8 && status == DR_OK; n++) {
        source *part = source_part(s, n);
        parts[n] = (artefact_file){ (format_kind)part->kind, part->path, { NULL, 0 } };
        status = source_load(part, &parts[n].bytes, &err);
    }
    dr_arena *arena = dr_arena_create("bench", 0);
    dr_diags diags;
    dr_diags_init(&diags, arena);
    artefact_input in = { .path = s->path, .arena = arena, .diags = &diags };
    record_sink sink = { .context = rows, .record = count };
    artefact_rest rest;
    if (status == DR_OK)
        status = artefact_file_read(&file, parts, n, &in, &sink, &rest, &err);
    dr_diags_free(&diags);
    dr_arena_destroy(arena);
    return status;
}

int main(int argc, char **argv)
{
    int first = 1, times = 5;
    if (argc > 2 && strcmp(argv[1], "-n") == 0) {
        times = atoi(argv[2]);
        first = 3;
    }
    source_set *set = source_set_create(&intake_types);
    dr_err err = { "" };
    uint64_t start = dr_os_clock();
    dr_status status = set ? DR_OK : DR_NOMEM;
    for (int i = first; i < argc && status == DR_OK; i++)
        status = source_set_add(set, argv[i], &err);
    if (status == DR_OK)
        status = source_set_seal(set, &err);
    if (status != DR_OK) {
        fprintf(stderr, "files_bench: %s\n", err.text);
        return 1;
    }
    source_counts c = source_set_counts(set);
    printf("listed    %8llu files  %9.2f MiB  %8.1f ms\n", (unsigned long long)c.files, (double)c.bytes / 1048576,
           (double)(dr_os_clock() - start) / 1e6);
    static const format_kind kinds[] = { FORMAT_PREFETCH, FORMAT_CIM_OBJECTS };
    for (size_t k = 0; k < 2; k++) {
        uint64_t best = UINT64_MAX, files = 0, bytes = 0, rows = 0;
        for (int t = 0; t < times; t++) {
            files = bytes = rows = 0;
            start = dr_os_clock();
            for (size_t i = 0; i < source_count(set); i++) {
                source *s = source_at(set, i);
                if (s->kind != (int)kinds[k] || s->state != SOURCE_READ)
                    continue;
                files++;
                bytes += s->size;
                (void)read_one(s, &rows);
            }
            uint64_t took = dr_os_clock() - start;
            best = took < best ? took : best;
        }
        if (files)
            printf("%-9s %8llu files  %9.2f MiB  %8.1f ms  %llu rows\n", k ? "WMI" : "Prefetch", (unsigned long long)files,
                   (double)bytes / 1048576, (double)best / 1e6, (unsigned long long)rows);
    }
    source_set_destroy(set);
    return 0;
}
