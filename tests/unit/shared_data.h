/* Evidence of others, for tests of known answers: read from $DIDRUN_SHARED/data, never copied into the
 * tree. Files that lie there as .xz are unpacked with the command xz. */
#ifndef TESTS_UNIT_SHARED_DATA_H
#define TESTS_UNIT_SHARED_DATA_H

#include "base/cur.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static inline const char *shared_root(void)
{
    const char *shared = getenv("DIDRUN_SHARED");
    return shared ? shared : "../shared";
}

/* Collections of whole hosts lie in archives: unpacked once, into a temporary folder that
 * shared_clean() takes away. */
static inline const char *shared_unpacked(const char *host, size_t host_n, bool drop)
{
    static struct {
        char host[64], folder[64];
    } done[4];
    static size_t n_done;
    if (drop) {
        for (size_t i = 0; i < n_done; i++) {
            char command[128];
            snprintf(command, sizeof command, "rm -rf '%s'", done[i].folder);
            if (system(command) != 0)
                fprintf(stderr, "%s was not removed\n", done[i].folder);
        }
        n_done = 0;
        return NULL;
    }
    for (size_t i = 0; i < n_done; i++)
        if (strlen(done[i].host) == host_n && memcmp(done[i].host, host, host_n) == 0)
            return done[i].folder;
    if (n_done == 4 || host_n >= sizeof done[0].host)
        return NULL;
    memcpy(done[n_done].host, host, host_n);
    done[n_done].host[host_n] = '\0';
    snprintf(done[n_done].folder, sizeof done[0].folder, "/tmp/didrun-test-XXXXXX");
    if (!mkdtemp(done[n_done].folder))
        return NULL;
    char command[4600];
    snprintf(command, sizeof command,
             "cd '%s' && if test -f '%s/data/hosts/%s.tar.xz'; then tar xJf '%s/data/hosts/%s.tar.xz'; else unzip -q '%s/data/hosts/%s.zip'; fi",
             done[n_done].folder, shared_root(), done[n_done].host, shared_root(), done[n_done].host, shared_root(),
             done[n_done].host);
    n_done++;
    return system(command) == 0 ? done[n_done - 1].folder : NULL;
}

static inline void shared_clean(void)
{
    (void)shared_unpacked("", 0, true);
}

/* Path below the folder of shared data, or NULL when there is none (static buffer). */
static inline const char *shared_path(const char *name)
{
    static char path[4096];
    struct stat st;
    snprintf(path, sizeof path, "%s/data/%s", shared_root(), name);
    if (strncmp(name, "hosts/", 6) == 0) {
        const char *host = name + 6, *rest = strchr(host, '/');
        const char *folder = rest ? shared_unpacked(host, (size_t)(rest - host), false) : NULL;
        if (!folder)
            return NULL;
        snprintf(path, sizeof path, "%s%s", folder, rest);
    }
    return stat(path, &st) == 0 ? path : NULL;
}

/* The bytes of a file; of NAME.xz, unpacked, when only that is there. p is NULL when neither is. Free
 * with free((void *)p). */
static inline dr_bytes shared_read(const char *name)
{
    char packed[1024];
    const char *path = shared_path(name);
    FILE *in = NULL;
    bool pipe = false;
    size_t length = strlen(name);
    bool is_xz = length > 3 && strcmp(name + length - 3, ".xz") == 0;
    if (!path || is_xz) {
        snprintf(packed, sizeof packed, is_xz ? "%s" : "%s.xz", name);
        path = shared_path(packed);
        if (!path)
            return (dr_bytes){ NULL, 0 };
        char command[4200];
        snprintf(command, sizeof command, "xz -dc '%s'", path);
        in = popen(command, "r");
        pipe = true;
    } else {
        in = fopen(path, "rb");
    }
    if (!in)
        return (dr_bytes){ NULL, 0 };
    uint8_t *p = NULL;
    size_t n = 0, room = 0;
    for (size_t got = 1; got > 0; n += got) {
        if (n == room) {
            room = room ? room * 2 : 1u << 16;
            uint8_t *fresh = realloc(p, room);
            if (!fresh)
                abort();
            p = fresh;
        }
        got = fread(p + n, 1, room - n, in);
    }
    if (pipe)
        pclose(in);
    else
        fclose(in);
    return (dr_bytes){ p, n };
}

/* A table of expected/: lines, columns separated by tabs; undoes the escapes of a cell in place. */
static inline size_t shared_columns(char *line, char **column, size_t most)
{
    size_t n = 0;
    line[strcspn(line, "\n")] = '\0';
    for (char *rest = line; rest && n < most;) {
        char *cell = rest;
        rest = strchr(cell, '\t');
        if (rest)
            *rest++ = '\0';
        char *to = cell;
        for (const char *from = cell; *from; from++) {
            if (*from != '\\' || !from[1]) {
                *to++ = *from;
                continue;
            }
            from++;
            *to++ = *from == 't' ? '\t' : *from == 'r' ? '\r' : *from == 'n' ? '\n' : *from == '0' ? '\x01' : *from;
        }
        *to = '\0';
        column[n++] = cell;
    }
    return n;
}

#endif
