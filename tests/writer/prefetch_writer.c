#include "writer/prefetch_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METRICS_AT 296u
#define NAME_MAX_UNITS 29u

uint32_t prefetch_hash(const char *path)
{
    pack units = {0};
    pack_utf16(&units, path, 0);
    uint32_t h = 314159;
    for (size_t i = 0; i < units.n; i++)
        h = h * 37 + units.p[i];
    pack_free(&units);
    return h;
}

static void program_name(const prefetch_trace *t, char out[NAME_MAX_UNITS + 1])
{
    const char *base = strrchr(t->path, '\\');
    snprintf(out, NAME_MAX_UNITS + 1, "%.29s", base ? base + 1 : t->path);
}

void prefetch_name(const prefetch_trace *t, char *name, size_t n)
{
    char program[NAME_MAX_UNITS + 1];
    program_name(t, program);
    snprintf(name, n, "%s-%08X.pf", program, prefetch_hash(t->path));
}

static void put_name(pack *out, const char *folder, const char *file)
{
    pack_utf16(out, folder, 0);
    pack_utf16(out, file, 1);
}

/* The folders of the files, each once, as the volume lists them. */
static unsigned put_folders(pack *out, const prefetch_trace *t)
{
    unsigned n = 0;
    for (size_t i = 0; i < t->n_files; i++) {
        const char *end = strrchr(t->files[i], '\\');
        size_t length = end ? (size_t)(end - t->files[i]) : 0;
        int known = 0;
        for (size_t k = 0; k < i && !known; k++) {
            const char *other = strrchr(t->files[k], '\\');
            known = other && (size_t)(other - t->files[k]) == length && strncmp(t->files[k], t->files[i], length) == 0;
        }
        if (known)
            continue;
        char folder[512];
        snprintf(folder, sizeof folder, "%s%.*s", t->volume, (int)length, t->files[i]);
        pack_int(out, pack_units(folder), 2);
        pack_utf16(out, folder, 1);
        n++;
    }
    return n;
}

pack prefetch_make(const prefetch_trace *t)
{
    char program[NAME_MAX_UNITS + 1];
    program_name(t, program);
    pack b = {0}, names = {0};
    pack_zero(&b, METRICS_AT);
    pack_put(&b, 0, t->version, 4);
    memcpy(b.p + 4, "SCCA", 4);
    pack_put(&b, 8, 0x11, 4);
    pack name = {0};
    pack_utf16(&name, program, 1);
    memcpy(b.p + 16, name.p, name.n);
    pack_free(&name);
    pack_put(&b, 76, prefetch_hash(t->path), 4);

    for (size_t i = 0; i < t->n_files; i++) { /* section A */
        size_t at = names.n;
        put_name(&names, t->volume, t->files[i]);
        pack_int(&b, i, 4);
        pack_int(&b, 1, 4);
        pack_int(&b, 1, 4);
        pack_int(&b, at, 4);
        pack_int(&b, (names.n - at) / 2 - 1, 4);
        pack_int(&b, 0x100, 4);
        pack_int(&b, 0, 8);
    }
    size_t chains_at = b.n;
    for (size_t i = 0; i < t->n_files; i++) { /* section B */
        pack_int(&b, 8 * i, 4);
        pack_int(&b, 0x0001ff02u, 4);
    }
    size_t names_at = b.n;
    pack_bytes(&b, names.p, names.n); /* section C */
    size_t hashed_at = b.n;
    pack_utf16(&b, t->path, 1);
    pack_int(&b, 0, 2);
    size_t hashed_n = b.n - hashed_at;
    pack_align(&b, 8);

    size_t volumes_at = b.n; /* section D: one volume */
    pack_zero(&b, 96);
    pack_put(&b, volumes_at, 96, 4);
    pack_put(&b, volumes_at + 4, pack_units(t->volume), 4);
    pack_put(&b, volumes_at + 8, t->volume_created, 8);
    pack_put(&b, volumes_at + 16, t->volume_serial, 4);
    pack_utf16(&b, t->volume, 1);
    pack_align(&b, 8);
    pack_put(&b, volumes_at + 20, b.n - volumes_at, 4);
    pack_put(&b, volumes_at + 24, 16, 4);
    pack_int(&b, 3, 4);
    pack_int(&b, 0, 4);
    pack_int(&b, 0, 8);
    pack_put(&b, volumes_at + 28, b.n - volumes_at, 4);
    pack_put(&b, volumes_at + 32, put_folders(&b, t), 4);

    const size_t info[9] = {METRICS_AT, t->n_files, chains_at, t->n_files, names_at, names.n, volumes_at, 1, b.n - volumes_at};
    for (size_t i = 0; i < 9; i++)
        pack_put(&b, 84 + 4 * i, info[i], 4);
    for (size_t i = 0; i < 8; i++)
        pack_put(&b, 128 + 8 * i, i < t->n_runs ? t->runs[i] : 0, 8);
    pack_put(&b, 200, t->count, 4);
    pack_put(&b, 204, 1, 4);
    pack_put(&b, 212, hashed_at, 4);
    pack_put(&b, 216, hashed_n, 4);
    pack_put(&b, 12, b.n, 4);
    pack_free(&names);
    return b;
}

pack prefetch_compress(const pack *plain)
{
    if (plain->n > 65536) {
        fprintf(stderr, "writer: a Prefetch file over 64 KiB\n");
        exit(3);
    }
    pack out = {0};
    pack_bytes(&out, "MAM\4", 4);
    pack_int(&out, plain->n, 4);
    /* All 256 literals have codes of 8 bits, and then each code is the byte itself. */
    for (size_t i = 0; i < 256; i++)
        pack_int(&out, i < 128 ? 0x88 : 0, 1);
    for (size_t i = 0; i < plain->n; i += 2) { /* 16 bit words, the first bits on top */
        pack_int(&out, i + 1 < plain->n ? plain->p[i + 1] : 0, 1);
        pack_int(&out, plain->p[i], 1);
    }
    pack_zero(&out, 4);
    return out;
}
