/* RecentFileCache.bcf of Windows 7 and Server 2008 R2: paths of programs new to the system since the
 * last run of the inventory task. Facts: docs/formats/prefetch.md. */
#ifndef DR_FORMAT_RECENTFILECACHE_H
#define DR_FORMAT_RECENTFILECACHE_H

#include "base/cur.h"

typedef struct recentfilecache {
    dr_cur rest;
} recentfilecache;

typedef struct recentfilecache_entry {
    uint64_t off;
    dr_wstr path;
} recentfilecache_entry;

bool recentfilecache_open(recentfilecache *out, dr_bytes file); /* false: not such a file */
/* The next path, false at the end; a fault of rest tells that the file ends in the middle of one. */
bool recentfilecache_next(recentfilecache *f, recentfilecache_entry *out);

#endif
