#define _POSIX_C_SOURCE 200809L
#include "cli/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { SILENT_MS = 1000, EVERY_MS = 100, EVERY_MS_FILE = 10000, BAR = 20 };

static uint64_t now_ms(void)
{
    struct timespec t;
    if (clock_gettime(CLOCK_MONOTONIC, &t) != 0)
        return 0;
    return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void progress_start(progress *p, bool wanted, bool quiet)
{
    bool terminal = isatty(STDERR_FILENO) == 1;
    *p = (progress){ .on = !quiet && (wanted || terminal), .terminal = terminal, .started = now_ms() };
}

uint64_t progress_elapsed(const progress *p)
{
    return now_ms() - p->started;
}

static void span(uint64_t seconds)
{
    if (seconds >= 3600)
        fprintf(stderr, "%u h %02u min", (unsigned)(seconds / 3600), (unsigned)(seconds / 60 % 60));
    else if (seconds >= 60)
        fprintf(stderr, "%u min %02u s", (unsigned)(seconds / 60), (unsigned)(seconds % 60));
    else
        fprintf(stderr, "%u s", (unsigned)seconds);
}

static void mib(uint64_t bytes)
{
    if (bytes >= 10ull << 30)
        fprintf(stderr, "%u.%u GiB", (unsigned)(bytes >> 30), (unsigned)((bytes >> 20) % 1024 * 10 / 1024));
    else
        fprintf(stderr, "%u MiB", (unsigned)(bytes >> 20));
}

void progress_show(progress *p, const char *what, uint64_t bytes, uint64_t bytes_total, uint64_t files, uint64_t files_total)
{
    if (!p->on)
        return;
    uint64_t now = now_ms(), elapsed = now - p->started;
    uint64_t pause = p->terminal ? EVERY_MS : EVERY_MS_FILE;
    if (elapsed < SILENT_MS || (p->last != 0 && now - p->last < pause))
        return;
    p->last = now;
    if (p->terminal)
        fputs("\r\x1b[K", stderr);
    if (bytes > bytes_total)
        bytes_total = bytes;
    if (p->terminal && bytes_total > 0) {
        unsigned done = (unsigned)(bytes * BAR / bytes_total);
        fputc('[', stderr);
        for (unsigned i = 0; i < BAR; i++)
            fputc(i < done ? '#' : ' ', stderr);
        fputs("] ", stderr);
    }
    fprintf(stderr, "%s ", what);
    mib(bytes);
    fputs(" of ", stderr);
    mib(bytes_total);
    fprintf(stderr, ", %llu of %llu files", (unsigned long long)files, (unsigned long long)files_total);
    uint64_t rate = bytes * 1000 / elapsed;
    if (rate > 0) {
        fputs(", ", stderr);
        mib(rate);
        fputs("/s, ", stderr);
        span((bytes_total - bytes) / rate);
        fputs(" left", stderr);
    }
    if (!p->terminal)
        fputc('\n', stderr);
    fflush(stderr);
    p->drawn = true;
}

void progress_clear(progress *p)
{
    if (p->drawn && p->terminal) {
        fputs("\r\x1b[K", stderr);
        fflush(stderr);
    }
    p->drawn = false;
}
