/* Archives and single compressed files, member by member, from front to back: zip, tar, 7z, and gzip,
 * bzip2, xz, zstd around a tar or around one file. The only file that calls libarchive. Nothing is ever
 * written under a member's name. Limits: base/limits.h. One thread at a time per reader. */
#ifndef DR_IO_ARCHIVE_H
#define DR_IO_ARCHIVE_H

#include "base/cur.h"
#include "base/os.h"
#include "base/status.h"

typedef struct archive_reader archive_reader;

/* Where the archive stands: bytes in memory, or a window of an open file. Borrowed. */
typedef struct archive_input {
    dr_bytes bytes;      /* when file is NULL */
    const dr_file *file;
    uint64_t off, size;  /* of the window */
} archive_input;

/* What has been unpacked so far, shared by an archive and those inside it. */
typedef struct archive_budget {
    uint64_t unpacked, members;
} archive_budget;

typedef enum archive_member_kind {
    ARCHIVE_FILE,
    ARCHIVE_OUTSIDE, /* a name or a link that leads out of the archive; has no data */
    ARCHIVE_OTHER    /* folders, links inside, devices: nothing to read */
} archive_member_kind;

typedef struct archive_member {
    archive_member_kind kind;
    dr_str path;     /* clean, see path_clean; empty for the one file of a compressed file. In the arena */
    dr_str target;   /* ARCHIVE_OUTSIDE: where the link leads; empty when the name itself does */
    bool single;     /* the content of a compressed file, not of an archive */
    uint64_t size;   /* as the archive says, or UINT64_MAX */
    dr_bytes head;   /* the first bytes, at least 8192 where the member has them; until the next call */
} archive_member;

/* DR_FORMAT when it is no archive that can be read. */
dr_status archive_open_input(archive_reader **out, const archive_input *in, archive_budget *budget,
                             dr_err *err) DR_MUST_CHECK;
void archive_close(archive_reader *a); /* NULL is fine */
/* DR_OK; DR_END; DR_UNSUPPORTED when this member cannot be read (it has its path; go on); DR_FORMAT when
 * the archive is damaged from here on; DR_LIMIT; DR_NOMEM. PATHS go into ARENA. */
dr_status archive_next(archive_reader *a, dr_arena *arena, archive_member *out, dr_err *err) DR_MUST_CHECK;
/* The member's bytes, block by block from its first; DR_END behind the last. DR_UNSUPPORTED: this member
 * is damaged or encrypted; DR_FORMAT: the archive is. */
dr_status archive_block(archive_reader *a, dr_bytes *out, dr_err *err) DR_MUST_CHECK;
/* Bytes of the archive file consumed so far. */
uint64_t archive_consumed(const archive_reader *a);

/* Version of the library behind it. */
const char *archive_library(void);

#endif
