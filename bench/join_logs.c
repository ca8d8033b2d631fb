/* join_logs OUT MIB LOG...: one large event log out of the chunks of many, taken in turn and again and
 * again until it has MIB. Only chunks whose checksums are right are taken. Their records stay as they
 * are; only the numbers of the records in the chunk headers are made consecutive. */
#include "base/os.h"
#include "format/evtx.h"
#include "writer/evtx_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAD EVTX_HEAD_SIZE
#define CHUNK EVTX_CHUNK_SIZE

typedef struct joined {
    uint8_t *chunks;
    size_t n;
    uint8_t head[HEAD]; /* of the first log */
    bool has_head;
} joined;

static void store(uint8_t *p, uint64_t v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static bool take(joined *j, const char *path)
{
    dr_err err = { "" };
    dr_file file;
    if (dr_os_open(path, &file, &err) != DR_OK)
        return false;
    size_t got = 0;
    if (!j->has_head)
        j->has_head = dr_os_read_at(&file, 0, j->head, HEAD, &got, &err) == DR_OK && got == HEAD;
    for (uint64_t off = HEAD; off + CHUNK <= file.size; off += CHUNK) {
        evtx_chunk c;
        uint8_t *grown = realloc(j->chunks, (j->n + 1) * CHUNK);
        if (!grown)
            return false;
        j->chunks = grown;
        uint8_t *at = j->chunks + j->n * CHUNK;
        if (dr_os_read_at(&file, off, at, CHUNK, &got, &err) != DR_OK || got != CHUNK)
            break;
        evtx_chunk_open(&c, (dr_bytes){ at, CHUNK }, off);
        evtx_chunk_verify(&c);
        if (c.kind == EVTX_SLOT_CHUNK && c.checked && c.head_crc_ok && c.records_crc_ok &&
            c.first_number <= c.last_number && c.last_number - c.first_number < CHUNK)
            j->n++;
    }
    dr_os_close(&file);
    return true;
}

/* Writes CHUNK with its records numbered from *NUMBER on, which moves on. */
static bool put(FILE *out, const uint8_t *chunk, uint64_t *number)
{
    uint8_t copy[CHUNK];
    memcpy(copy, chunk, CHUNK);
    uint64_t first = 0, last = 0;
    for (size_t i = 0; i < 8; i++) {
        first |= (uint64_t)chunk[8 + i] << (8 * i);
        last |= (uint64_t)chunk[16 + i] << (8 * i);
    }
    store(copy + 8, *number, 8);
    store(copy + 16, *number + (last - first), 8);
    *number += last - first + 1;
    store(copy + 124, ew_crc32(copy + 128, 384, ew_crc32(copy, 120, 0)), 4);
    return fwrite(copy, 1, CHUNK, out) == CHUNK;
}

int main(int argc, char **argv)
{
    if (argc < 4)
        return 2;
    joined j = { .n = 0 };
    for (int i = 3; i < argc; i++)
        if (!take(&j, argv[i]))
            fprintf(stderr, "join_logs: %s is left out\n", argv[i]);
    uint64_t bytes = strtoull(argv[2], NULL, 10) << 20, number = 1;
    uint64_t chunks = bytes / CHUNK;
    FILE *out = fopen(argv[1], "wb");
    if (!out || !j.n || !j.has_head || !chunks)
        return 1;
    store(j.head + 8, 0, 8);
    store(j.head + 16, chunks - 1, 8);
    store(j.head + 42, chunks, 2);
    store(j.head + 120, 0, 4);
    bool ok = fwrite(j.head, 1, HEAD, out) == HEAD;
    for (uint64_t i = 0; ok && i < chunks; i++)
        ok = put(out, j.chunks + i % j.n * CHUNK, &number);
    store(j.head + 24, number, 8);
    store(j.head + 124, ew_crc32(j.head, 120, 0), 4);
    rewind(out);
    ok = ok && fwrite(j.head, 1, HEAD, out) == HEAD;
    free(j.chunks);
    return fclose(out) == 0 && ok ? 0 : 1;
}
