#define _XOPEN_SOURCE 700 /* uselocale */
#include "io/archive.h"

#include "base/limits.h"
#include "io/path.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>

#define HEAD_SIZE 8192u
#define BLOCK_SIZE (256u << 10)
/* Below this much output no ratio is looked at: small files may be all zero. */
#define RATIO_FROM (64ull << 20)

struct archive_reader {
    struct archive *handle;
    archive_input in;
    uint64_t pos; /* of libarchive, in the window */
    archive_budget *budget;
    uint8_t *block; /* BLOCK_SIZE */
    size_t head_n;
    bool head_left; /* the head has not been handed out by archive_block */
    bool member_done;
    dr_status head_status; /* what reading the head ended with */
    dr_err head_error;
    uint8_t file_block[65536];
    locale_t names; /* UTF-8, or 0 */
};

/* libarchive turns names into the character set of the thread's locale, and loses what that has not.
 * Around every call that reads names the thread is in a UTF-8 locale, whatever the program's is. */
static locale_t names_begin(const archive_reader *a)
{
    return a->names ? uselocale(a->names) : (locale_t)0;
}

static void names_end(const archive_reader *a, locale_t before)
{
    if (a->names)
        uselocale(before);
}

static la_ssize_t on_read(struct archive *handle, void *context, const void **out)
{
    archive_reader *a = context;
    uint64_t left = a->in.size - a->pos;
    size_t n = left < sizeof a->file_block ? (size_t)left : sizeof a->file_block;
    if (!a->in.file) {
        *out = a->in.bytes.p + a->pos;
        n = left < BLOCK_SIZE ? (size_t)left : BLOCK_SIZE;
        a->pos += n;
        return (la_ssize_t)n;
    }
    dr_err err;
    size_t got = 0;
    if (dr_os_read_at(a->in.file, a->in.off + a->pos, a->file_block, n, &got, &err) != DR_OK) {
        archive_set_error(handle, EIO, "%s", err.text);
        return ARCHIVE_FATAL;
    }
    *out = a->file_block;
    a->pos += got;
    return (la_ssize_t)got;
}

static la_int64_t on_skip(struct archive *handle, void *context, la_int64_t request)
{
    archive_reader *a = context;
    (void)handle;
    if (request < 0)
        return 0;
    uint64_t left = a->in.size - a->pos;
    uint64_t n = (uint64_t)request < left ? (uint64_t)request : left;
    a->pos += n;
    return (la_int64_t)n;
}

static la_int64_t on_seek(struct archive *handle, void *context, la_int64_t offset, int whence)
{
    archive_reader *a = context;
    int64_t size = (int64_t)a->in.size;
    int64_t from = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? (int64_t)a->pos : size;
    (void)handle;
    if (offset > size || from + offset < 0)
        return ARCHIVE_FATAL;
    int64_t to = from + offset;
    a->pos = (uint64_t)(to > size ? size : to);
    return (la_int64_t)a->pos;
}

static dr_str reason(struct archive *handle)
{
    const char *text = archive_error_string(handle);
    return dr_str_of(text ? text : "no reason given");
}

dr_status archive_open_input(archive_reader **out, const archive_input *in, archive_budget *budget, dr_err *err)
{
    archive_reader *a = dr_mem_alloc(sizeof *a);
    *out = NULL;
    if (!a)
        return dr_fail(err, DR_NOMEM, "out of memory");
    a->in = *in;
    if (!in->file)
        a->in.size = in->bytes.n;
    a->budget = budget;
    a->block = dr_mem_alloc(BLOCK_SIZE);
    a->names = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
    a->handle = archive_read_new();
    if (!a->block || !a->handle) {
        archive_close(a);
        return dr_fail(err, DR_NOMEM, "out of memory");
    }
    struct archive *handle = a->handle;
    archive_read_support_filter_gzip(handle);
    archive_read_support_filter_bzip2(handle);
    archive_read_support_filter_xz(handle);
    archive_read_support_filter_lzma(handle);
    archive_read_support_filter_zstd(handle);
    archive_read_support_format_zip(handle);
    archive_read_support_format_tar(handle);
    archive_read_support_format_7zip(handle);
    archive_read_support_format_raw(handle);
    archive_read_support_format_empty(handle);
    archive_read_set_read_callback(handle, on_read);
    archive_read_set_skip_callback(handle, on_skip);
    archive_read_set_seek_callback(handle, on_seek);
    archive_read_set_callback_data(handle, a);
    locale_t before = names_begin(a);
    int opened = archive_read_open1(handle);
    names_end(a, before);
    if (opened < ARCHIVE_WARN) {
        dr_status status = dr_fail(err, DR_FORMAT, "%.*s", DR_STR_ARG(reason(handle)));
        archive_close(a);
        return status;
    }
    *out = a;
    return DR_OK;
}

void archive_close(archive_reader *a)
{
    if (!a)
        return;
    if (a->handle)
        archive_read_free(a->handle);
    if (a->names)
        freelocale(a->names);
    dr_mem_free(a->block);
    dr_mem_free(a);
}

uint64_t archive_consumed(const archive_reader *a)
{
    int64_t n = archive_filter_bytes(a->handle, -1);
    return n > 0 ? (uint64_t)n : 0;
}

static dr_status check_limits(archive_reader *a, dr_err *err)
{
    if (a->budget->unpacked > DR_ARCHIVE_MAX_BYTES)
        return dr_fail(err, DR_LIMIT, "more than %llu bytes were unpacked", (unsigned long long)DR_ARCHIVE_MAX_BYTES);
    uint64_t packed = archive_consumed(a);
    if (a->budget->unpacked > RATIO_FROM && a->budget->unpacked / (packed ? packed : 1) > DR_ARCHIVE_MAX_RATIO)
        return dr_fail(err, DR_LIMIT, "it unpacks to more than %d times its size", DR_ARCHIVE_MAX_RATIO);
    return DR_OK;
}

/* Up to N bytes of the member into the block buffer. DR_END when there were none. */
static dr_status read_some(archive_reader *a, size_t n, size_t *got, dr_err *err)
{
    *got = 0;
    dr_status status = DR_OK;
    while (*got < n && status == DR_OK) {
        la_ssize_t r = archive_read_data(a->handle, a->block + *got, n - *got);
        if (r > 0) {
            *got += (size_t)r;
            a->budget->unpacked += (uint64_t)r;
            status = check_limits(a, err);
        } else if (r == 0) {
            status = DR_END;
        } else if (r == ARCHIVE_FATAL) {
            /* In a zip the next member can still be found. */
            int format = archive_format(a->handle) & ARCHIVE_FORMAT_BASE_MASK;
            status = dr_fail(err, format == ARCHIVE_FORMAT_ZIP ? DR_UNSUPPORTED : DR_FORMAT, "%.*s",
                             DR_STR_ARG(reason(a->handle)));
        } else if (r != ARCHIVE_RETRY && r != ARCHIVE_WARN) {
            status = dr_fail(err, DR_UNSUPPORTED, "%.*s", DR_STR_ARG(reason(a->handle)));
        }
    }
    return status == DR_END && *got ? DR_OK : status;
}

/* A link's target seen from the folder of the link: does it stay inside? */
static bool stays_inside(dr_str path, dr_str target)
{
    if (target.n == 0 || target.p[0] == '/' || target.p[0] == '\\' || (target.n > 1 && target.p[1] == ':'))
        return false;
    long depth = -1; /* the link itself is no folder */
    dr_str part;
    while (dr_str_split(&path, '/', &part))
        depth += part.n != 0;
    while (depth >= 0 && dr_str_split(&target, '/', &part)) {
        if (dr_str_is(part, ".."))
            depth--;
        else if (part.n && !dr_str_is(part, "."))
            depth++;
    }
    return depth >= 0;
}

static void describe(struct archive_entry *entry, bool single, dr_arena *arena, archive_member *out)
{
    const char *name = archive_entry_pathname_utf8(entry);
    if (!name)
        name = archive_entry_pathname(entry);
    *out = (archive_member){ .kind = ARCHIVE_FILE, .path = DR_STR_NONE, .target = DR_STR_NONE, .size = UINT64_MAX };
    out->single = single;
    if (archive_entry_size_is_set(entry) && archive_entry_size(entry) >= 0)
        out->size = (uint64_t)archive_entry_size(entry);
    if (!out->single && !path_clean(dr_str_of(name ? name : ""), arena, &out->path)) {
        out->kind = ARCHIVE_OUTSIDE;
        return;
    }
    const char *symlink = archive_entry_symlink_utf8(entry);
    if (!symlink)
        symlink = archive_entry_symlink(entry);
    if (archive_entry_filetype(entry) == AE_IFLNK && symlink && !stays_inside(out->path, dr_str_of(symlink))) {
        out->kind = ARCHIVE_OUTSIDE;
        out->target = dr_arena_str(arena, dr_str_of(symlink));
        return;
    }
    const char *hardlink = archive_entry_hardlink_utf8(entry);
    if (!hardlink)
        hardlink = archive_entry_hardlink(entry);
    dr_str clean;
    if (hardlink && !path_clean(dr_str_of(hardlink), arena, &clean)) {
        out->kind = ARCHIVE_OUTSIDE;
        out->target = clean;
        return;
    }
    if (!out->single && out->path.n == 0) /* the archive's own top */
        out->kind = ARCHIVE_OTHER;
    if (hardlink || (archive_entry_filetype(entry) != AE_IFREG && archive_entry_filetype(entry) != 0))
        out->kind = ARCHIVE_OTHER;
}

dr_status archive_next(archive_reader *a, dr_arena *arena, archive_member *out, dr_err *err)
{
    struct archive_entry *entry = NULL;
    int r = ARCHIVE_RETRY;
    locale_t before = names_begin(a);
    for (int tries = 0; r == ARCHIVE_RETRY && tries < 8; tries++)
        r = archive_read_next_header(a->handle, &entry);
    names_end(a, before);
    a->head_n = 0;
    a->head_left = false;
    a->member_done = true;
    if (r == ARCHIVE_EOF)
        return DR_END;
    *out = (archive_member){ .kind = ARCHIVE_OTHER, .path = DR_STR_NONE, .target = DR_STR_NONE };
    if (r < ARCHIVE_WARN || !entry)
        return dr_fail(err, r == ARCHIVE_FAILED ? DR_UNSUPPORTED : DR_FORMAT, "%.*s", DR_STR_ARG(reason(a->handle)));
    if (++a->budget->members > DR_ARCHIVE_MAX_MEMBERS)
        return dr_fail(err, DR_LIMIT, "more than %d members", DR_ARCHIVE_MAX_MEMBERS);
    bool single = (archive_format(a->handle) & ARCHIVE_FORMAT_BASE_MASK) == ARCHIVE_FORMAT_RAW;
    if (single && archive_filter_count(a->handle) < 2)
        return dr_fail(err, DR_FORMAT, "neither an archive nor a compressed file");
    before = names_begin(a);
    describe(entry, single, arena, out);
    names_end(a, before);
    if (dr_arena_failed(arena))
        return dr_fail(err, DR_NOMEM, "out of memory");
    if (out->kind != ARCHIVE_FILE)
        return DR_OK;
    dr_status status = read_some(a, HEAD_SIZE, &a->head_n, err);
    a->head_left = true;
    a->member_done = status != DR_OK;
    a->head_status = status == DR_OK ? DR_END : status;
    out->head = (dr_bytes){ a->block, a->head_n };
    if (status != DR_OK && status != DR_END) {
        if (status == DR_NOMEM || status == DR_LIMIT || a->head_n == 0)
            return status;
        if (err)
            a->head_error = *err; /* some bytes came: they are handed over first */
    }
    return DR_OK;
}

dr_status archive_block(archive_reader *a, dr_bytes *out, dr_err *err)
{
    *out = (dr_bytes){ a->block, 0 };
    if (a->head_left) {
        a->head_left = false;
        if (a->head_n) {
            out->n = a->head_n;
            return DR_OK;
        }
    }
    if (a->member_done) {
        if (a->head_status != DR_END && err)
            *err = a->head_error;
        return a->head_status;
    }
    dr_status status = read_some(a, BLOCK_SIZE, &out->n, err);
    if (status != DR_OK) {
        a->member_done = true;
        a->head_status = status;
        if (err && status != DR_END)
            a->head_error = *err;
        if (out->n) /* what came before the damage; the next call says why it ends */
            return DR_OK;
    }
    return status;
}

const char *archive_library(void)
{
    return archive_version_string();
}
