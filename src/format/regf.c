/* Base block and opening of a hive.
 *
 *     0 4 "regf"   4 4 primary sequence   8 4 secondary sequence   12 8 last written   20 4 major   24 4 minor
 *    28 4 file type   32 4 format (1)   36 4 root cell   40 4 size of the bins   44 4 clustering
 *    48 64 file name   112 16 RmId   128 16 LogId   144 4 flags   148 16 TmId   164 4 "rmtm"
 *   168 8 last reorganized   176 4 "OfRg" when written by offreg.dll (168 in its first version)
 *   508 4 checksum */
#include "format/regf_hive.h"

bool regf_recognise(dr_bytes head, bool *is_log)
{
    regf_base base;
    if (!regf_base_read(&base, head))
        return false;
    *is_log = base.file_type == REGF_LOG_OLD || base.file_type == REGF_LOG_2000 || base.file_type == REGF_LOG_NEW;
    return true;
}

bool regf_base_read(regf_base *out, dr_bytes file)
{
    dr_cur c = dr_cur_over(dr_bytes_sub(file, 0, 512), 0);
    *out = (regf_base){ 0 };
    if (!dr_bytes_start(dr_take(&c, 4), "regf", 4))
        return false;
    out->primary_sequence = dr_u32(&c);   /* 0x04 */
    out->secondary_sequence = dr_u32(&c); /* 0x08 */
    out->written = dr_filetime(&c);       /* 0x0c */
    out->major = dr_u32(&c);              /* 0x14 */
    out->minor = dr_u32(&c);              /* 0x18 */
    out->file_type = dr_u32(&c);          /* 0x1c */
    dr_skip(&c, 4);                       /* 0x20 format */
    out->root = dr_u32(&c);               /* 0x24 */
    out->bins_size = dr_u32(&c);          /* 0x28 */
    out->clustering = dr_u32(&c);         /* 0x2c */
    out->file_name = dr_wstr_cut(dr_utf16(&c, 32)); /* 0x30 */
    dr_skip(&c, 32);                      /* 0x70 two GUIDs */
    out->flags = dr_u32(&c);              /* 0x90 */
    dr_skip(&c, 20);                      /* 0x94 */
    dr_cur tail = c;
    int64_t reorganized = dr_filetime(&c); /* 0xa8; the two lowest bits are flags */
    bool first_offreg = dr_bytes_start(dr_take(&tail, 4), "OfRg", 4);
    out->offreg = first_offreg || dr_bytes_start(dr_take(&c, 4), "OfRg", 4); /* 0xb0 */
    out->reorganized = first_offreg ? DR_NO_TIME : dr_time_clean(reorganized & ~(int64_t)3);
    dr_cur sum = dr_cur_at(&c, 508, dr_left(&c) || c.in.n == 512 ? 4 : 0);
    out->checksum_ok = dr_u32(&sum) == regf_checksum(file) && dr_cur_ok(&sum);
    return dr_cur_ok(&c);
}

/* The bins that are there: as many as the base block says and the file holds. Where the base block is
 * damaged, as far as bins follow each other. */
static void take_bins(regf_hive *hive)
{
    size_t there = hive->image.n - REGF_BASE_SIZE;
    size_t size = hive->base.bins_size;
    if (size % REGF_PAGE != 0)
        size -= size % REGF_PAGE;
    if (!hive->base.checksum_ok) {
        for (;;) {
            dr_cur c = dr_cur_over(dr_bytes_sub(hive->image, REGF_BASE_SIZE + size, REGF_BIN_HEAD), 0);
            if (size >= there || !dr_bytes_start(dr_take(&c, 4), "hbin", 4) || dr_u32(&c) != size)
                break;
            uint32_t bin = dr_u32(&c);
            if (!dr_cur_ok(&c) || bin < REGF_PAGE || bin % REGF_PAGE != 0)
                break;
            size += bin;
        }
    }
    if (size > there) {
        dr_diag_add(hive->diags, DR_DIAG_TRUNCATED, hive->image.n, size - there, "%zu bytes of bins are missing", size - there);
        hive->lazy->damaged = true;
        size = there;
    }
    hive->bins = dr_bytes_sub(hive->image, REGF_BASE_SIZE, size);
}

/* The first versions had 8 bytes before the body of a cell. The version of a damaged base block is not
 * to be trusted: the root cell shows which it is. */
static void find_cell_head(regf_hive *hive)
{
    hive->head = 4;
    if (hive->base.minor > 1)
        return;
    dr_bytes root = dr_bytes_sub(hive->bins, hive->base.root, 16);
    if (!dr_bytes_start(dr_bytes_sub(root, 4, 2), "nk", 2) && dr_bytes_start(dr_bytes_sub(root, 8, 2), "nk", 2))
        hive->head = 8;
}

/* The root of the base block, or, where that is no root, the first key that says it is one. */
static void find_root(regf_hive *hive)
{
    regf_cell cell;
    regf_key key;
    bool cut;
    hive->root = REGF_NONE;
    if (regf_cell_get(hive, hive->base.root, &cell) && regf_key_decode(&cell, hive->base.root, &key, &cut)) {
        hive->root = hive->base.root;
        return;
    }
    for (size_t i = 0; i < regf_grains(hive); i++) {
        uint32_t off = (uint32_t)(i * REGF_GRAIN);
        if (!regf_bit(hive->starts, i) || !regf_cell_get(hive, off, &cell) || !cell.allocated)
            continue;
        if (regf_key_decode(&cell, off, &key, &cut) && (key.flags & REGF_KEY_ROOT)) {
            hive->root = off;
            break;
        }
    }
    if (regf_report(hive, hive->base.root))
        dr_diag_add(hive->diags, DR_DIAG_REGF_CELL, regf_offset(hive->base.root), 0,
                    hive->root == REGF_NONE ? "there is no root key" : "the root key is not where the base block says; it was searched");
}

static dr_status mark_logged(regf_hive *hive)
{
    if (hive->replay.state != REGF_REPLAYED)
        return DR_OK;
    size_t sectors = hive->bins.n / REGF_SECTOR + 1;
    hive->logged = dr_arena_alloc(hive->arena, sectors / 8 + 1);
    if (!hive->logged)
        return DR_NOMEM;
    dr_bytes then = dr_bytes_sub(hive->file, REGF_BASE_SIZE, hive->bins.n);
    for (size_t s = 0; s < sectors; s++) {
        dr_bytes a = dr_bytes_sub(hive->bins, s * REGF_SECTOR, REGF_SECTOR);
        dr_bytes b = dr_bytes_sub(then, s * REGF_SECTOR, REGF_SECTOR);
        if (a.n != b.n || memcmp(a.p, b.p, a.n) != 0)
            regf_bit_set(hive->logged, s);
    }
    return DR_OK;
}

static void report_base(regf_hive *hive)
{
    const regf_base *b = &hive->primary;
    if (!b->checksum_ok)
        dr_diag_add(hive->diags, DR_DIAG_HEADER_CHECKSUM, 508, 4, "base block%s",
                    hive->replay.base_restored ? "; a log's copy was taken" : "");
    if (hive->replay.state == REGF_NO_LOGS || hive->replay.state == REGF_LOGS_UNFIT)
        dr_diag_add(hive->diags, DR_DIAG_REGF_DIRTY, 4, 8, "sequence %u/%u%s", b->primary_sequence, b->secondary_sequence,
                    b->checksum_ok ? "" : ", checksum wrong");
    if (hive->replay.state == REGF_NO_LOGS)
        dr_diag_add(hive->diags, DR_DIAG_REGF_LOG_MISSING, 0, 0, "what was written last may not be in the hive");
    if (b->major != 1 || b->minor > 6)
        dr_diag_add(hive->diags, DR_DIAG_VERSION, 20, 8, "version %u.%u", b->major, b->minor);
}

dr_status regf_open(regf_hive **out, dr_bytes file, const regf_log *logs, size_t n_logs, dr_arena *arena, dr_diags *diags,
                    dr_err *err)
{
    *out = NULL;
    regf_base base;
    if (!regf_base_read(&base, file))
        return dr_fail(err, DR_FORMAT, "no base block of a registry hive");
    if (base.file_type != REGF_PRIMARY && base.checksum_ok)
        return dr_fail(err, DR_FORMAT, "a transaction log, not a hive");
    if (file.n < REGF_BASE_SIZE + REGF_BIN_HEAD)
        return dr_fail(err, DR_FORMAT, "the hive ends before its first bin");
    regf_hive *hive = DR_NEW(arena, regf_hive);
    regf_lazy *lazy = DR_NEW(arena, regf_lazy);
    if (!hive || !lazy)
        return dr_fail(err, DR_NOMEM, "out of memory");
    *hive = (regf_hive){ .file = file, .base = base, .primary = base, .lazy = lazy, .arena = arena, .diags = diags };
    dr_status status = regf_replay_logs(file, &base, logs, n_logs, arena, diags, &hive->image, &hive->replay);
    if (status != DR_OK)
        return dr_fail(err, status, "out of memory while replaying a log");
    if (hive->replay.state == REGF_REPLAYED)
        (void)regf_base_read(&hive->base, hive->image);
    report_base(hive);
    take_bins(hive);
    find_cell_head(hive);
    if (regf_map_cells(hive) != DR_OK || mark_logged(hive) != DR_OK)
        return dr_fail(err, DR_NOMEM, "out of memory");
    find_root(hive);
    *out = hive;
    return DR_OK;
}

void regf_close(regf_hive *hive)
{
    if (hive)
        regf_lost_free(hive->lazy);
}

const regf_base *regf_base_of(const regf_hive *hive)
{
    return &hive->base;
}

const regf_base *regf_primary_base_of(const regf_hive *hive)
{
    return &hive->primary;
}

const regf_replay *regf_replay_of(const regf_hive *hive)
{
    return &hive->replay;
}

dr_bytes regf_image(const regf_hive *hive)
{
    return hive->image;
}

bool regf_damaged(const regf_hive *hive)
{
    return hive->lazy->damaged;
}
