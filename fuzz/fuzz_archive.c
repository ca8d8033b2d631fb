#include "base/limits.h"
#include "io/archive.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Every member of the input taken as an archive: names stay inside, nothing is larger than allowed. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    archive_input in = { .bytes = { data, size } };
    archive_budget budget = { 0 };
    archive_reader *reader;
    archive_member m;
    dr_bytes block;
    dr_err err;
    dr_arena *arena = dr_arena_create("fuzz", 0);
    if (!arena || archive_open_input(&reader, &in, &budget, &err) != DR_OK) {
        dr_arena_destroy(arena);
        return 0;
    }
    for (int members = 0; members < 200 && budget.unpacked < 4u << 20; members++) {
        dr_status status = archive_next(reader, arena, &m, &err);
        if (status == DR_UNSUPPORTED)
            continue;
        if (status != DR_OK)
            break;
        DR_ASSERT(m.kind != ARCHIVE_FILE || m.single == (m.path.n == 0));
        if (m.kind == ARCHIVE_FILE && m.path.n) {
            dr_str rest = m.path, part;
            while (dr_str_split(&rest, '/', &part))
                DR_ASSERT(!dr_str_is(part, "..") && part.n);
        }
        while (m.kind == ARCHIVE_FILE && budget.unpacked < 4u << 20 && (status = archive_block(reader, &block, &err)) == DR_OK)
            DR_ASSERT(block.n > 0);
        if (status == DR_FORMAT || status == DR_LIMIT)
            break;
    }
    archive_close(reader);
    dr_arena_destroy(arena);
    return 0;
}
