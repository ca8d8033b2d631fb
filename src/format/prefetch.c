#include "format/prefetch.h"

#include "base/limits.h"
#include "format/mam.h"

/*  OFFSET SIZE  header, all versions
 *  0x00   4     version
 *  0x04   4     "SCCA"
 *  0x08   4     0x0f (17), 0x11
 *  0x0c   4     size of the file when unpacked
 *  0x10   60    name of the executable, UTF-16LE, NUL
 *  0x4c   4     hash
 *  0x50   4     flags
 *  0x54         file information: places of sections A to D, then by layout
 */
#define HEADER_SIZE 84u

typedef struct layout {
    uint32_t version;
    uint32_t metrics;      /* offset of section A: tells the two layouts of version 30 apart */
    size_t metric_size;    /* of an entry of section A */
    size_t volume_size;    /* of an entry of section D */
    size_t times, n_times; /* offsets in the file */
    size_t count;
    size_t hashed;         /* offset and size of the hashed text; 0: none */
} layout;

static const layout layouts[] = {
    { 17, 0x98, 20, 40, 120, 1, 144, 0 },
    { 23, 0xf0, 32, 104, 128, 1, 152, 0 },
    { 26, 0x130, 32, 104, 128, 8, 208, 0 },
    { 30, 0x130, 32, 96, 128, 8, 208, 220 },
    { 30, 0x128, 32, 96, 128, 8, 200, 212 },
    { 31, 0x128, 32, 96, 128, 8, 200, 212 },
};

typedef struct sections {
    uint32_t a, a_count, b, b_count, c, c_size, d, d_count, d_size;
} sections;

uint32_t prefetch_hash_xp(dr_wstr text)
{
    uint32_t h = 0;
    for (size_t i = 0; i < text.units * 2; i++)
        h = h * 37 + text.p[i];
    h *= 314159269u;
    if (h > 0x80000000u)
        h = 0u - h;
    return h % 1000000007u;
}

uint32_t prefetch_hash_vista(dr_wstr text)
{
    uint32_t h = 314159;
    for (size_t i = 0; i < text.units * 2; i++)
        h = h * 37 + text.p[i];
    return h;
}

static const layout *find_layout(uint32_t version, uint32_t metrics, dr_diags *diags)
{
    const layout *found = NULL;
    for (size_t i = 0; i < sizeof layouts / sizeof *layouts; i++) {
        if (layouts[i].version == version && (!found || layouts[i].metrics == metrics))
            found = &layouts[i];
    }
    if (!found && version > 31 && version < 64) { /* newer than what is known: most like the newest */
        dr_diag_add(diags, DR_DIAG_VERSION, 0, 4, "version %u", version);
        found = &layouts[sizeof layouts / sizeof *layouts - 1];
    }
    return found;
}

static void damaged(prefetch *p, dr_diags *diags, const dr_cur *c, const char *what)
{
    p->damaged = true;
    dr_diag_fault(diags, DR_DIAG_PREFETCH_DAMAGED, c, what);
}

/* Section A: one entry for each file, naming it by a place in section C. */
static dr_status read_files(prefetch *p, dr_cur *file, const layout *l, const sections *s, dr_arena *arena, dr_diags *diags)
{
    dr_cur a = dr_cur_from(file, s->a);
    size_t n = dr_count(&a, s->a_count, l->metric_size);
    if (!dr_cur_ok(&a)) {
        damaged(p, diags, &a, "number of files");
        n = dr_cur_from(file, s->a).in.n / l->metric_size;
        if (n > s->a_count)
            n = s->a_count;
        a = dr_cur_from(file, s->a);
    }
    dr_cur names = dr_cur_at(file, s->c, s->c_size);
    if (!dr_cur_ok(&names)) {
        damaged(p, diags, &names, "names of files");
        file->fault = DR_FAULT_NONE; /* the other sections may be sound */
        names = dr_cur_from(file, s->c);
        file->fault = DR_FAULT_NONE;
    }
    p->files = DR_NEW_ARRAY(arena, prefetch_entry, n);
    if (!p->files)
        return DR_NOMEM;
    size_t lost = 0;
    for (size_t i = 0; i < n; i++) {
        dr_cur e = dr_cur_sub(&a, l->metric_size);
        prefetch_entry entry = { .reference = 0 };
        dr_skip(&e, l->version == 17 ? 8 : 12); /* traces, their number, from 23 on those prefetched */
        uint32_t off = dr_u32(&e);
        uint32_t units = dr_u32(&e);
        entry.flags = dr_u32(&e);
        if (l->version != 17)
            entry.reference = dr_u64(&e);
        dr_cur name = dr_cur_at(&names, off, 2 * (size_t)units);
        names.fault = DR_FAULT_NONE;
        entry.path = dr_utf16(&name, units);
        if (!dr_cur_ok(&e) || !dr_cur_ok(&name) || units == 0) {
            if (lost++ == 0)
                damaged(p, diags, dr_cur_ok(&name) ? &e : &name, "name of a file");
            continue;
        }
        p->files[p->n_files++] = entry;
    }
    if (lost > 1)
        dr_diag_add(diags, DR_DIAG_PREFETCH_DAMAGED, s->a, 0, "%zu files have no name that can be read", lost);
    return DR_OK;
}

/* Section D: entries, then what they point at, all counted from the section's beginning. */
static dr_status read_volumes(prefetch *p, dr_cur *file, const layout *l, const sections *s, dr_arena *arena, dr_diags *diags)
{
    dr_cur d = dr_cur_at(file, s->d, s->d_size);
    if (!dr_cur_ok(&d)) {
        damaged(p, diags, &d, "volumes");
        file->fault = DR_FAULT_NONE;
        d = dr_cur_from(file, s->d);
        file->fault = DR_FAULT_NONE;
    }
    dr_cur entries = d;
    size_t n = dr_count(&entries, s->d_count, l->volume_size);
    if (!dr_cur_ok(&entries) || n > DR_PREFETCH_MAX_VOLUMES) {
        dr_cur_fail(&entries, DR_FAULT_LIMIT);
        damaged(p, diags, &entries, "number of volumes");
        n = 0;
    }
    p->volumes = DR_NEW_ARRAY(arena, prefetch_volume, n);
    if (!p->volumes)
        return DR_NOMEM;
    for (size_t i = 0; i < n; i++) {
        dr_cur e = dr_cur_sub(&entries, l->volume_size);
        uint32_t off = dr_u32(&e);                  /* 0x00 */
        uint32_t units = dr_u32(&e);                /* 0x04 */
        int64_t created = dr_filetime(&e);          /* 0x08 */
        uint32_t serial = dr_u32(&e);               /* 0x10 */
        uint32_t references = dr_u32(&e);           /* 0x14 */
        (void)dr_u32(&e);                           /* 0x18 its size */
        (void)dr_u32(&e);                           /* 0x1c folders */
        uint32_t n_folders = dr_u32(&e);            /* 0x20 */
        dr_cur name = dr_cur_at(&d, off, 2 * (size_t)units);
        d.fault = DR_FAULT_NONE;
        dr_cur refs = dr_cur_from(&d, references);
        d.fault = DR_FAULT_NONE;
        (void)dr_u32(&refs); /* version of the list */
        prefetch_volume v = { .device = dr_utf16(&name, units), .created = dr_time_clean(created), .serial = serial,
                              .n_references = dr_u32(&refs), .n_folders = n_folders };
        if (!dr_cur_ok(&name)) {
            damaged(p, diags, &name, "name of a volume");
            v.device.units = 0;
        }
        p->volumes[p->n_volumes++] = v;
    }
    return DR_OK;
}

static void read_hashed(prefetch *p, dr_cur *file, const layout *l, dr_diags *diags)
{
    dr_cur c = dr_cur_from(file, l->hashed);
    uint32_t off = dr_u32(&c);
    uint32_t size = dr_u32(&c);
    if (off == 0 || size < 2)
        return;
    dr_cur text = dr_cur_at(file, off, size);
    file->fault = DR_FAULT_NONE;
    if (!dr_cur_ok(&text))
        damaged(p, diags, &text, "the text that was hashed");
    else
        p->hashed = dr_wstr_cut(dr_utf16(&text, size / 2)); /* behind the NUL may stand remnants */
}

static dr_status read_scca(prefetch *p, dr_arena *arena, dr_diags *diags, dr_err *err)
{
    dr_cur file = dr_cur_over(p->bytes, 0), c = file;
    p->version = dr_u32(&c);
    dr_bytes mark = dr_take(&c, 4);
    if (!dr_bytes_start(mark, "SCCA", 4))
        return dr_fail(err, DR_FORMAT, "no signature of a Prefetch file");
    (void)dr_u32(&c);
    p->size = dr_u32(&c);
    p->name = dr_wstr_cut(dr_utf16(&c, 30));
    p->hash = dr_u32(&c);
    p->flags = dr_u32(&c);
    sections s;
    s.a = dr_u32(&c), s.a_count = dr_u32(&c);
    s.b = dr_u32(&c), s.b_count = dr_u32(&c);
    s.c = dr_u32(&c), s.c_size = dr_u32(&c);
    s.d = dr_u32(&c), s.d_count = dr_u32(&c), s.d_size = dr_u32(&c);
    if (!dr_cur_ok(&c))
        return dr_fail(err, DR_FORMAT, "the header is cut off after %zu bytes", p->bytes.n);
    const layout *l = find_layout(p->version, s.a, diags);
    if (!l)
        return dr_fail(err, DR_FORMAT, "version %u of Prefetch does not exist", p->version);
    if ((s.a != l->metrics && p->version <= 31) || s.a < HEADER_SIZE || s.c < s.a || s.d < s.c || p->name.units == 0)
        return dr_fail(err, DR_FORMAT, "the places of its sections make no sense");
    p->second_layout = l->metrics == 0x128;
    if (p->size > p->bytes.n)
        dr_diag_add(diags, DR_DIAG_TRUNCATED, p->bytes.n, p->size - p->bytes.n, "%zu of %u bytes", p->bytes.n, p->size);
    dr_cur times = dr_cur_from(&file, l->times);
    p->n_runs = l->n_times;
    for (size_t i = 0; i < l->n_times; i++)
        p->runs[i] = dr_time_clean(dr_filetime(&times));
    dr_cur count = dr_cur_from(&file, l->count);
    p->run_count = dr_u32(&count);
    if (!dr_cur_ok(&times) || !dr_cur_ok(&count))
        return dr_fail(err, DR_FORMAT, "it is cut off before its run times");
    if (l->hashed)
        read_hashed(p, &file, l, diags);
    file.fault = DR_FAULT_NONE;
    dr_status status = read_files(p, &file, l, &s, arena, diags);
    file.fault = DR_FAULT_NONE;
    if (status == DR_OK)
        status = read_volumes(p, &file, l, &s, arena, diags);
    return status == DR_OK ? DR_OK : dr_fail(err, status, "out of memory");
}

dr_status prefetch_open(prefetch *out, dr_bytes file, dr_arena *arena, dr_diags *diags, dr_err *err)
{
    mam_head head;
    *out = (prefetch){ .bytes = file };
    if (mam_head_read(&head, file)) {
        dr_status status = mam_unpack(file, arena, &out->bytes, diags, err);
        if (status != DR_OK)
            return status;
        out->packed = true;
        if (out->bytes.n < head.size)
            out->damaged = true;
        if (out->bytes.n < HEADER_SIZE)
            return dr_fail(err, DR_FORMAT, "of the compressed data only %zu bytes could be unpacked", out->bytes.n);
    }
    return read_scca(out, arena, diags, err);
}
