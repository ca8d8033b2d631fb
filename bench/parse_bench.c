/* Times the event log reader alone: bench_parse json|xml|records|tree FILE [threads] [rounds].
 * Prints the best of the rounds in MiB of log per second; with "-o" first, writes the lines. */
#include "artefact/evtlog.h"

#include <stdio.h>
#include <string.h>
#include <stdlib.h>

typedef struct count {
    uint64_t lines, bytes;
    bool print;
} count;

static dr_status write_lines(void *context, dr_str lines, dr_err *err)
{
    count *c = context;
    (void)err;
    c->bytes += lines.n;
    if (c->print)
        fwrite(lines.p, 1, lines.n, stdout);
    return DR_OK;
}

static bool nothing(const void *context, dr_str provider, dr_str alias, uint32_t event_id)
{
    (void)context;
    (void)provider;
    (void)alias;
    (void)event_id;
    return false;
}

static dr_status no_record(void *unit, const record *r)
{
    (void)unit;
    (void)r;
    return DR_OK;
}

int main(int argc, char **argv)
{
    count c = { 0 };
    if (argc > 1 && strcmp(argv[1], "-o") == 0) {
        c.print = true;
        argv++;
        argc--;
    }
    if (argc < 3)
        return 2;
    evtlog_parse_options options = { .xml = strcmp(argv[1], "xml") == 0,
                                     .offsets = strcmp(argv[1], "all") == 0,
                                     .recovered = strcmp(argv[1], "all") == 0,
                                     .threads = argc > 3 ? (unsigned)atoi(argv[3]) : 1 };
    int rounds = argc > 4 ? atoi(argv[4]) : 1;
    uint64_t best = UINT64_MAX;
    dr_err err = { "" };
    dr_file file;
    if (dr_os_open(argv[2], &file, &err) != DR_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    for (int i = 0; i < rounds; i++) {
        dr_arena *arena = dr_arena_create("bench", 0);
        dr_diags diags;
        dr_diags_init(&diags, arena);
        evtlog_input in = evtlog_input_file(&file);
        c.bytes = 0;
        uint64_t start = dr_os_clock();
        dr_status status;
        if (strcmp(argv[1], "records") == 0) {
            const record_filter filter = { NULL, nothing };
            evtlog_consumer consumer = { .record = no_record, .filter = &filter };
            status = evtlog_read(&in, &consumer, options.threads, &diags, &err);
        } else {
            status = evtlog_parse(&in, &options, write_lines, &c, &diags, &err);
        }
        uint64_t took = dr_os_clock() - start;
        if (took < best)
            best = took;
        if (status != DR_OK) {
            fprintf(stderr, "%s\n", err.text);
            return 1;
        }
        dr_diags_free(&diags);
        dr_arena_destroy(arena);
    }
    double seconds = (double)best / 1e9;
    fprintf(stderr, "%.1f ms  %.0f MiB/s  %llu bytes out\n", seconds * 1e3,
            (double)file.size / seconds / 1048576.0, (unsigned long long)c.bytes);
    dr_os_close(&file);
    return 0;
}
