/* RecentFileCache.bcf: a row (schema "recentfilecache") for each path, in the file's order. It says that
 * the file was there and new to the system; it is no record of a launch, and has no time. */
#include "artefact/rows.h"

#include "format/recentfilecache.h"

static dr_status read(const void *opened, const artefact_input *in, const record_sink *sink)
{
    recentfilecache file = *(const recentfilecache *)opened;
    recentfilecache_entry e;
    rows r;
    uint64_t position = 0;
    rows_start(&r, in, sink);
    while (rows_ok(&r) && recentfilecache_next(&file, &e)) {
        rows_begin(&r, "recentfilecache", e.off);
        rows_wstr(&r, "Path", e.path);
        rows_u64(&r, "Position", position++);
        rows_emit(&r);
    }
    if (rows_ok(&r) && !dr_cur_ok(&file.rest))
        dr_diag_fault(in->diags, DR_DIAG_TRUNCATED, &file.rest, "a path");
    return rows_end(&r);
}

extern const artefact art_recentfilecache;
const artefact art_recentfilecache = { .name = "recentfilecache", .format = FORMAT_RECENTFILECACHE, .schema = "recentfilecache", .read = read };
