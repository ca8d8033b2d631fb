#ifndef DR_TESTS_WRITER_SMALL_H
#define DR_TESTS_WRITER_SMALL_H
/*
 * Small event logs, whole and damaged, each made for one property of the format. For unit tests and
 * as seeds for fuzzing. The bytes of a sample are the same in every run.
 */
#include <stddef.h>
#include <stdint.h>

typedef struct small_sample {
    const char *name;     /* file name without ".evtx" */
    const char *what;     /* one line: what is special in it */
    unsigned n_records;   /* records that a reader must find outside of slack */
    unsigned n_partial;   /* of these, records whose own bytes are damaged */
    unsigned n_recovered; /* stale records in slack */
} small_sample;

size_t small_count(void);
const small_sample *small_at(size_t i);

/* Makes sample i. The caller frees the bytes with free. */
uint8_t *small_make(size_t i, size_t *n);

/* By name; ends the program if there is no such sample. */
uint8_t *small_make_named(const char *name, size_t *n);

#endif
