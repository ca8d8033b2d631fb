/* The progress line on standard error: bytes, files, rate, time left. Nothing is shown during the
 * first second. A file keeps at most one line of it when standard error is no terminal. */
#ifndef DR_CLI_PROGRESS_H
#define DR_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

typedef struct progress {
    bool on, terminal, drawn;
    uint64_t started, last; /* milliseconds of a monotonic clock */
} progress;

void progress_start(progress *p, bool wanted, bool quiet);
void progress_show(progress *p, const char *what, uint64_t bytes, uint64_t bytes_total, uint64_t files, uint64_t files_total);
void progress_clear(progress *p); /* before anything else is written, and at the end */
uint64_t progress_elapsed(const progress *p);

#endif
