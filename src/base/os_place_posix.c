#define _GNU_SOURCE
#include "base/os_place.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static dr_status fail_errno(dr_err *err, const char *path, const char *what)
{
    int code = errno;
    char reason[128];
    const char *text = strerror_r(code, reason, sizeof reason);
    return dr_fail(err, DR_IO, "%s: %s: %s", path, what, text);
}

/* Length of the folder's part of a path, its slash included. */
static size_t folder_length(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? (size_t)(slash - path) + 1 : 0;
}

/* "folder/.name.SUFFIX", a heap string. */
static char *beside(const char *target, const char *suffix)
{
    size_t folder = folder_length(target), room = strlen(target) + strlen(suffix) + 3;
    char *text = dr_mem_alloc(room);
    if (text)
        snprintf(text, room, "%.*s.%s.%s", (int)folder, target, target + folder, suffix);
    return text;
}

static dr_status may_stand(const char *target, bool replace, dr_err *err)
{
    struct stat st;
    if (lstat(target, &st) != 0)
        return errno == ENOENT ? DR_OK : fail_errno(err, target, "cannot be written");
    if (!replace)
        return dr_fail(err, DR_USAGE, "%s: exists already", target);
    return S_ISREG(st.st_mode) ? DR_OK : dr_fail(err, DR_USAGE, "%s: is no regular file", target);
}

static bool has_file_names_of_processes(int fd)
{
    char path[64];
    struct stat st;
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    return stat(path, &st) == 0;
}

static dr_status make_file(dr_place *place, dr_err *err)
{
    size_t n = folder_length(place->target);
    char *folder = dr_mem_alloc(n + 2);
    if (!folder)
        return dr_fail(err, DR_NOMEM, "out of memory");
    snprintf(folder, n + 2, "%.*s", n ? (int)n : 1, n ? place->target : ".");
    int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0666);
    dr_mem_free(folder);
    if (fd >= 0 && !has_file_names_of_processes(fd)) {
        close(fd);
        fd = -1;
    }
    if (fd < 0) {
        place->temporary = beside(place->target, "XXXXXX");
        if (!place->temporary)
            return dr_fail(err, DR_NOMEM, "out of memory");
        fd = mkostemp(place->temporary, O_CLOEXEC);
        if (fd < 0) {
            dr_status status = fail_errno(err, place->target, "cannot be written");
            dr_mem_free(place->temporary);
            place->temporary = NULL;
            return status;
        }
    }
    place->file.fd = fd;
    return DR_OK;
}

dr_status dr_place_begin(dr_place *place, const char *target, bool replace, dr_err *err)
{
    *place = (dr_place){ .file = { .fd = -1 }, .replace = replace };
    size_t n = strlen(target);
    if (n == 0 || target[n - 1] == '/')
        return dr_fail(err, DR_USAGE, "'%s' is no name of a file", target);
    dr_status status = may_stand(target, replace, err);
    if (status != DR_OK)
        return status;
    place->target = dr_mem_alloc(n + 1);
    if (!place->target)
        return dr_fail(err, DR_NOMEM, "out of memory");
    memcpy(place->target, target, n);
    status = make_file(place, err);
    if (status != DR_OK)
        dr_place_abandon(place);
    return status;
}

dr_status dr_place_write_at(dr_place *place, uint64_t off, const void *p, size_t n, dr_err *err)
{
    const char *from = p;
    uint64_t end = off + n;
    while (n) {
        ssize_t done = pwrite(place->file.fd, from, n, (off_t)off);
        if (done < 0 && errno == EINTR)
            continue;
        if (done <= 0)
            return fail_errno(err, place->target, "cannot be written");
        from += done;
        off += (uint64_t)done;
        n -= (size_t)done;
    }
    place->file.size = end > place->file.size ? end : place->file.size;
    return DR_OK;
}

/* Gives a file without a name one: the target's when nothing may stand there, else a temporary one. */
static dr_status name_it(dr_place *place, dr_err *err)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/fd/%d", place->file.fd);
    if (!place->replace) {
        if (linkat(AT_FDCWD, path, AT_FDCWD, place->target, AT_SYMLINK_FOLLOW) == 0)
            return DR_OK;
        return errno == EEXIST ? dr_fail(err, DR_USAGE, "%s: exists already", place->target)
                               : fail_errno(err, place->target, "cannot be written");
    }
    for (unsigned i = 0; i < 1000; i++) {
        char suffix[16];
        snprintf(suffix, sizeof suffix, "%03u", i);
        char *name = beside(place->target, suffix);
        if (!name)
            return dr_fail(err, DR_NOMEM, "out of memory");
        if (linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0) {
            place->temporary = name;
            return DR_OK;
        }
        dr_mem_free(name);
        if (errno != EEXIST)
            break;
    }
    return fail_errno(err, place->target, "cannot be written");
}

/* The entry of the folder is durable too; where folders cannot be opened this is passed over. */
static void sync_folder(const char *target)
{
    size_t n = folder_length(target);
    char *folder = dr_mem_alloc(n + 2);
    if (!folder)
        return;
    snprintf(folder, n + 2, "%.*s", n ? (int)n : 1, n ? target : ".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
    dr_mem_free(folder);
}

dr_status dr_place_end(dr_place *place, dr_err *err)
{
    dr_status status = DR_OK;
    if (fsync(place->file.fd) != 0)
        status = fail_errno(err, place->target, "cannot be written");
    bool named = false;
    if (status == DR_OK && !place->temporary) {
        status = name_it(place, err);
        named = status == DR_OK && !place->replace;
    }
    if (status == DR_OK && !named && !place->replace) { /* a name that nothing may have yet */
        if (link(place->temporary, place->target) != 0)
            status = errno == EEXIST ? dr_fail(err, DR_USAGE, "%s: exists already", place->target)
                                     : fail_errno(err, place->target, "cannot be written");
    } else if (status == DR_OK && !named) {
        if (rename(place->temporary, place->target) != 0)
            status = fail_errno(err, place->target, "cannot be written");
        else {
            dr_mem_free(place->temporary);
            place->temporary = NULL;
        }
    }
    if (status == DR_OK)
        sync_folder(place->target);
    dr_place_abandon(place);
    return status;
}

void dr_place_abandon(dr_place *place)
{
    if (!place->target)
        return;
    if (place->temporary)
        unlink(place->temporary);
    dr_os_close(&place->file);
    dr_mem_free(place->temporary);
    dr_mem_free(place->target);
    *place = (dr_place){ .file = { .fd = -1 } };
}

dr_status dr_place_lock(const char *target, dr_file *out, dr_err *err)
{
    for (;;) {
        struct stat held, named;
        *out = (dr_file){ .fd = -1 };
        dr_status status = may_stand(target, true, err);
        if (status != DR_OK)
            return status;
        int fd = open(target, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
        if (fd < 0)
            return fail_errno(err, target, "cannot be written");
        if (flock(fd, LOCK_EX) != 0 || fstat(fd, &held) != 0) {
            status = fail_errno(err, target, "cannot be locked");
            close(fd);
            return status;
        }
        if (lstat(target, &named) == 0 && named.st_dev == held.st_dev && named.st_ino == held.st_ino) {
            *out = (dr_file){ .fd = fd, .size = (uint64_t)held.st_size };
            return DR_OK;
        }
        close(fd); /* another one stands there by now */
    }
}
