/* A small event log that the program carries, with what has to come out of it: for the self-test of
 * `didrun doctor`. Made by tools/fixture.c with the sample writer. */
#ifndef DR_LIB_FIXTURE_H
#define DR_LIB_FIXTURE_H

#include <stddef.h>

enum { FIXTURE_FACTS = 3 };

typedef struct fixture {
    const unsigned char *bytes;
    size_t n, size; /* the bytes behind N are zero */
    size_t records;
    struct {
        const char *kind, *attribute, *value;
    } facts[FIXTURE_FACTS];
} fixture;

extern const fixture fixture_log;

#endif
