/* Writes Prefetch files of every version, plain or in a MAM container, and LZXPRESS Huffman streams.
 * Memory is malloc'ed; what is returned belongs to the caller (free). Running out of memory ends the
 * program: this is a tool of the tests. */
#ifndef WRITER_PREFETCH_VERSIONS_H
#define WRITER_PREFETCH_VERSIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct prefetchw_spec {
    unsigned version;        /* 17, 23, 26, 30, 31 */
    bool second_layout;      /* of version 30; 31 always has it */
    bool packed;             /* in a MAM container */
    const char *path;        /* device path that is hashed; its last part gives the name. ASCII */
    const char *stored_path; /* as it stands among the files (\VOLUME{...}\...); NULL: path */
    const char *command;     /* hosting programs: hashed too; NULL: not */
    bool hashed_text;        /* versions 30 and 31: keep the hashed path, too */
    unsigned run_count;
    uint64_t runs[8];        /* ticks, newest first; 0: none */
    const char *const *files; /* beside the program itself; ended by NULL */
    const char *volume;      /* device of the one volume */
    uint64_t volume_created;
    uint32_t volume_serial;
} prefetchw_spec;

uint32_t prefetchw_hash(unsigned version, const char *path, const char *command);
uint8_t *prefetchw_build(const prefetchw_spec *spec, size_t *n);
/* "NAME.EXE-01234567.pf", in OUT of at least 64 bytes. */
void prefetchw_name(const prefetchw_spec *spec, char *out);

uint8_t *prefetchw_mam(const uint8_t *p, size_t size, size_t *n);
uint8_t *prefetchw_xpress(const uint8_t *p, size_t size, size_t *n);

#endif
