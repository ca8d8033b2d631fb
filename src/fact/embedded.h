/* The files of data/ (rules, maps, recorders, schemas), compiled into the program by tools/embed.c.
 * Names are relative to data/ ("facts/security.yml"), entries stand in bytewise order of names,
 * every content has a NUL behind it that N does not count. Constant, shared by all threads. */
#ifndef DR_FACT_EMBEDDED_H
#define DR_FACT_EMBEDDED_H

#include <stddef.h>

struct didrun_embedded {
    const char *name;
    const unsigned char *p;
    size_t n;
};

/* The array ends with an entry without a name. */
extern const struct didrun_embedded didrun_embedded_data[];
extern const size_t didrun_embedded_count; /* without that last entry */

#endif
