#ifndef DR_TESTS_WRITER_PREFETCH_WRITER_H
#define DR_TESTS_WRITER_PREFETCH_WRITER_H
/*
 * A writer of Prefetch files of Windows 10 (version 30, second layout) and 11 (version 31), plain or
 * in the MAM container that Windows puts around them. Format facts: docs/formats/prefetch.md.
 */
#include <stddef.h>
#include <stdint.h>

#include "writer/pack.h"

typedef struct prefetch_trace {
    unsigned version;    /* 30 or 31 */
    const char *path;    /* device path of the program, \DEVICE\HARDDISKVOLUME3\..., upper case */
    const char *volume;  /* of the names below: \VOLUME{creation time-serial} */
    uint64_t volume_created;
    uint32_t volume_serial;
    const uint64_t *runs; /* FILETIME, newest first; at most 8 are kept */
    size_t n_runs;
    uint32_t count;      /* of all runs */
    const char *const *files; /* behind `volume`, upper case */
    size_t n_files;
} prefetch_trace;

/* The hash in the name of the file: over the device path. */
uint32_t prefetch_hash(const char *path);

/* "NOTES.EXE-1A2B3C4D.pf". */
void prefetch_name(const prefetch_trace *t, char *name, size_t n);

pack prefetch_make(const prefetch_trace *t);

/* Puts less than 64 KiB into a MAM container. */
pack prefetch_compress(const pack *plain);

#endif
