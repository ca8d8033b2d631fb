#define _GNU_SOURCE
#include "base/os.h"
#include "base/vec.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static dr_status fail_errno(dr_err *err, const char *path, const char *what)
{
    int code = errno;
    char reason[128];
    const char *text = strerror_r(code, reason, sizeof reason);
    return dr_fail(err, DR_IO, "%s: %s: %s", path, what, text);
}

static dr_node_kind kind_of(mode_t mode)
{
    return S_ISREG(mode) ? DR_NODE_FILE : S_ISDIR(mode) ? DR_NODE_FOLDER : S_ISLNK(mode) ? DR_NODE_LINK : DR_NODE_OTHER;
}

dr_status dr_os_stat(const char *path, bool follow, dr_node *out, dr_err *err)
{
    struct stat st;
    if ((follow ? stat(path, &st) : lstat(path, &st)) != 0)
        return fail_errno(err, path, "cannot be examined");
    *out = (dr_node){ .name = dr_str_of(path), .kind = kind_of(st.st_mode), .size = (uint64_t)st.st_size };
    return DR_OK;
}

dr_status dr_os_identity(const char *path, uint64_t *device, uint64_t *inode, dr_err *err)
{
    struct stat st;
    if (stat(path, &st) != 0)
        return fail_errno(err, path, "cannot be examined");
    *device = (uint64_t)st.st_dev;
    *inode = (uint64_t)st.st_ino;
    return DR_OK;
}

static int by_name(const void *a, const void *b, void *context)
{
    (void)context;
    return dr_str_cmp(((const dr_node *)a)->name, ((const dr_node *)b)->name);
}

dr_status dr_os_list(const char *path, dr_arena *arena, dr_node **out, size_t *n, dr_err *err)
{
    DIR *dir = opendir(path);
    if (!dir)
        return fail_errno(err, path, "cannot be listed");
    DR_VEC(dr_node) nodes = { 0 };
    dr_status status = DR_OK;
    for (struct dirent *entry; status == DR_OK && (entry = readdir(dir)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        struct stat st;
        dr_node node = { .kind = DR_NODE_OTHER };
        if (fstatat(dirfd(dir), entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
            node.kind = kind_of(st.st_mode);
            node.size = (uint64_t)st.st_size;
        }
        node.name = dr_arena_str(arena, dr_str_of(entry->d_name));
        if (dr_arena_failed(arena) || !dr_vec_push(&nodes, node))
            status = dr_fail(err, DR_NOMEM, "%s: out of memory", path);
    }
    closedir(dir);
    if (status == DR_OK && !dr_sort(nodes.p, nodes.n, sizeof *nodes.p, by_name, NULL))
        status = dr_fail(err, DR_NOMEM, "%s: out of memory", path);
    if (status == DR_OK) {
        *n = nodes.n;
        *out = DR_NEW_ARRAY(arena, dr_node, nodes.n);
        if (!*out)
            status = dr_fail(err, DR_NOMEM, "%s: out of memory", path);
        else if (nodes.n)
            memcpy(*out, nodes.p, nodes.n * sizeof *nodes.p);
    }
    dr_vec_free(&nodes);
    return status;
}

dr_status dr_os_open(const char *path, dr_file *out, dr_err *err)
{
    out->fd = -1;
    out->size = 0;
    /* NONBLOCK: opening a FIFO that somebody put among the evidence must not hang. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return fail_errno(err, path, "cannot be opened");
    struct stat st;
    if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
        close(fd);
        return dr_fail(err, DR_IO, "%s: is no regular file", path);
    }
    out->fd = fd;
    out->size = (uint64_t)st.st_size;
    return DR_OK;
}

dr_status dr_os_temporary(dr_file *out, dr_err *err)
{
    const char *folder = getenv("TMPDIR");
    if (!folder || !*folder)
        folder = "/tmp";
    out->size = 0;
    out->fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (out->fd >= 0)
        return DR_OK;
    char path[4096];
    int n = snprintf(path, sizeof path, "%s/didrun-XXXXXX", folder);
    if (n < 0 || (size_t)n >= sizeof path)
        return dr_fail(err, DR_IO, "%s: the name is too long", folder);
    out->fd = mkostemp(path, O_CLOEXEC);
    if (out->fd < 0)
        return fail_errno(err, folder, "no temporary file can be made");
    unlink(path);
    return DR_OK;
}

void *dr_os_pages(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return p == MAP_FAILED ? NULL : p;
}

void dr_os_pages_free(void *p, size_t size)
{
    munmap(p, size);
}

static bool write_at(int fd, uint64_t off, const char *p, size_t n)
{
    while (n) {
        ssize_t done = pwrite(fd, p, n, (off_t)off);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return false;
        p += done;
        off += (uint64_t)done;
        n -= (size_t)done;
    }
    return true;
}

dr_status dr_os_fold(dr_file *f, uint64_t off, void *p, size_t n, dr_err *err)
{
    /* Written, not only mapped: a full disk has to show here, not as a signal when a page is touched. */
    if (!write_at(f->fd, off, p, n))
        return fail_errno(err, "temporary file", "cannot be written");
    if (mmap(p, n, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, f->fd, (off_t)off) == MAP_FAILED)
        return fail_errno(err, "temporary file", "cannot be mapped");
    return DR_OK;
}

void dr_os_let_go(void *p, size_t n)
{
    madvise(p, n, MADV_DONTNEED);
}

size_t dr_os_resident(dr_file *where)
{
    char text[128];
    if (where->fd < 0)
        where->fd = open("/proc/self/statm", O_RDONLY | O_CLOEXEC);
    ssize_t n = where->fd < 0 ? -1 : pread(where->fd, text, sizeof text, 0);
    if (n <= 0)
        return 0;
    dr_str rest = { text, (size_t)n }, size, resident; /* in pages */
    uint64_t pages;
    if (!dr_str_split(&rest, ' ', &size) || !dr_str_split(&rest, ' ', &resident) || !dr_str_to_u64(resident, &pages))
        return 0;
    return (size_t)pages * (size_t)sysconf(_SC_PAGESIZE);
}

dr_status dr_os_write(dr_file *f, const void *p, size_t n, dr_err *err)
{
    const char *from = p;
    while (n) {
        ssize_t done = write(f->fd, from, n);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return fail_errno(err, "temporary file", "cannot be written");
        from += done;
        n -= (size_t)done;
        f->size += (uint64_t)done;
    }
    return DR_OK;
}

dr_status dr_os_read_at(const dr_file *f, uint64_t off, void *p, size_t n, size_t *got, dr_err *err)
{
    char *to = p;
    *got = 0;
    while (n) {
        ssize_t done = pread(f->fd, to, n, (off_t)off);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return fail_errno(err, "evidence", "cannot be read");
        if (done == 0)
            break;
        to += done;
        off += (uint64_t)done;
        n -= (size_t)done;
        *got += (size_t)done;
    }
    return DR_OK;
}

dr_status dr_os_map(const dr_file *f, dr_bytes *out, dr_err *err)
{
    *out = (dr_bytes){ (const uint8_t *)"", 0 };
    if (f->size == 0)
        return DR_OK;
    if (f->size > SIZE_MAX)
        return dr_fail(err, DR_LIMIT, "the file is too large to be mapped");
    void *p = mmap(NULL, (size_t)f->size, PROT_READ, MAP_PRIVATE, f->fd, 0);
    if (p == MAP_FAILED)
        return fail_errno(err, "evidence", "cannot be mapped");
    *out = (dr_bytes){ p, (size_t)f->size };
    return DR_OK;
}

void dr_os_unmap(dr_bytes b)
{
    if (b.n)
        munmap((void *)(uintptr_t)b.p, b.n);
}

void dr_os_close(dr_file *f)
{
    if (f->fd >= 0)
        close(f->fd);
    f->fd = -1;
}

dr_status dr_os_real_path(const char *path, dr_arena *arena, dr_str *out, dr_err *err)
{
    char *real = realpath(path, NULL);
    if (!real)
        return fail_errno(err, path, "cannot be resolved");
    *out = dr_arena_str(arena, dr_str_of(real));
    free(real);
    return dr_arena_failed(arena) ? DR_NOMEM : DR_OK;
}

unsigned dr_os_processors(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n > 0 ? (unsigned)n : 1;
}

uint64_t dr_os_clock(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000u + (uint64_t)t.tv_nsec;
}
