/* What didrun asks of the operating system: files, folders, temporary files, memory maps, threads'
 * number, a clock for progress. The only way to them; os_posix.c implements it. */
#ifndef DR_BASE_OS_H
#define DR_BASE_OS_H

#include "base/arena.h"
#include "base/cur.h"
#include "base/status.h"

typedef struct dr_file {
    int fd; /* -1: none */
    uint64_t size;
} dr_file;

typedef enum dr_node_kind { DR_NODE_FILE, DR_NODE_FOLDER, DR_NODE_LINK, DR_NODE_OTHER } dr_node_kind;

typedef struct dr_node {
    dr_str name;
    dr_node_kind kind;
    uint64_t size;
} dr_node;

dr_status dr_os_stat(const char *path, bool follow, dr_node *out, dr_err *err);
/* Identity of a file or folder, to see circles and duplicates. */
dr_status dr_os_identity(const char *path, uint64_t *device, uint64_t *inode, dr_err *err);
/* Entries of a folder without . and .., sorted bytewise by name. */
dr_status dr_os_list(const char *path, dr_arena *arena, dr_node **out, size_t *n, dr_err *err);
dr_status dr_os_open(const char *path, dr_file *out, dr_err *err); /* read-only, regular files */
/* An unlinked temporary file, for reading and writing. */
dr_status dr_os_temporary(dr_file *out, dr_err *err);
dr_status dr_os_write(dr_file *f, const void *p, size_t n, dr_err *err);
/* Reads up to N bytes at OFF; *got is less only at the end of the file. */
dr_status dr_os_read_at(const dr_file *f, uint64_t off, void *p, size_t n, size_t *got, dr_err *err);
dr_status dr_os_map(const dr_file *f, dr_bytes *out, dr_err *err);
void dr_os_unmap(dr_bytes b);
void dr_os_close(dr_file *f);
/* Zeroed memory in whole pages; NULL: none. */
void *dr_os_pages(size_t size);
void dr_os_pages_free(void *p, size_t size);
/* Writes pages made by dr_os_pages to F at OFF and maps the file in their place: same address, same
 * content, reading and writing as before. On failure they stay what they were. */
dr_status dr_os_fold(dr_file *f, uint64_t off, void *p, size_t n, dr_err *err);
/* Folded pages leave memory until they are touched again. */
void dr_os_let_go(void *p, size_t n);
/* Bytes of this process that are in memory; 0: the system does not say. WHERE is what it says it in,
 * opened at the first call ({ .fd = -1 } before) and closed by the caller. */
size_t dr_os_resident(dr_file *where);
dr_status dr_os_real_path(const char *path, dr_arena *arena, dr_str *out, dr_err *err);
unsigned dr_os_processors(void);
/* Monotonic nanoseconds, for progress and benches only: never in a result. */
uint64_t dr_os_clock(void);

#endif
