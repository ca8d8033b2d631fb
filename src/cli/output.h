/* Standard output, with its failures seen: a full disk is told once and ends with status 3; a reader
 * that went away (head) ends the same way without a word. */
#ifndef DR_CLI_OUTPUT_H
#define DR_CLI_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct output {
    bool failed, told;
} output;

/* Returns 0, or -1 when writing has failed: now or before. */
int output_write(output *out, const char *p, size_t n);
int output_end(output *out); /* flushes; the same answers */

#endif
