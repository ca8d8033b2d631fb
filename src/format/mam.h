/* MAM: the container in which Windows 8.1 and later keep compressed Prefetch and Superfetch files, and
 * LZXPRESS Huffman, the compression in it. Facts: docs/formats/prefetch.md; the compression is
 * [MS-XCA] 2.2. Nothing here keeps memory. */
#ifndef DR_FORMAT_MAM_H
#define DR_FORMAT_MAM_H

#include "base/arena.h"
#include "base/cur.h"
#include "base/diag.h"
#include "base/status.h"

enum { MAM_LZNT1 = 2, MAM_XPRESS = 3, MAM_XPRESS_HUFFMAN = 4 };

typedef struct mam_head {
    uint8_t format;     /* MAM_... */
    bool has_crc;
    uint32_t crc;
    uint32_t size;      /* bytes when unpacked */
    size_t data;        /* where the compressed data begin */
} mam_head;

/* False when there is no MAM header. */
bool mam_head_read(mam_head *out, dr_bytes file);

/* Unpacks into ARENA. *out is what came out, also when the data are damaged: then less than the header
 * says, with a diagnostic of the place. DR_FORMAT: no MAM file; DR_UNSUPPORTED: another compression, or
 * larger than DR_MAM_MAX; DR_NOMEM. */
dr_status mam_unpack(dr_bytes file, dr_arena *arena, dr_bytes *out, dr_diags *diags, dr_err *err) DR_MUST_CHECK;

/* LZXPRESS Huffman: up to N bytes into OUT; returns how many came out. Fewer than N: *fault says why and
 * *fault_at where in IN. TABLE is scratch memory of XPRESS_TABLE entries. */
#define XPRESS_TABLE 32768u
size_t xpress_huffman(dr_bytes in, uint8_t *out, size_t n, uint16_t *table, dr_fault *fault, uint64_t *fault_at);

#endif
