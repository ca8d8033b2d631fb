/* Transaction logs: replayed on a private copy of the hive.
 *
 * Old format (2000 to 8), type 1 or 2: base block copy, then at its end
 *   0 4 "DIRT"   4 one bit for each 512 bytes of the bins, lowest bit first   next sector: the pages
 * New format (8.1 on), type 6: base block copy of 512 bytes, then entries back to back
 *   0 4 "HvLE"   4 4 size (multiple of 512)   8 4 flags   12 4 sequence   16 4 bins size   20 4 pages
 *  24 8 Marvin32 of [40, size)   32 8 Marvin32 of [0, 32)   40 pages x (4 offset, 4 size), then the pages
 *
 * Rules (docs/formats/registry.md, "Replay"): a clean hive needs no log; a log whose base block is
 * damaged is not used; entries count while signature, size, both hashes and the sequence number are
 * right; logs go in the order of their first entry, and the second has to continue the first. */
#include "format/regf_hive.h"

#define LOG_HEAD 512u
#define ENTRY_HEAD 40u
#define MAX_LOGS 8u
#define GROWTH_SLACK (16u << 20) /* bins that a log adds without giving their pages */

uint32_t regf_checksum(dr_bytes base_block)
{
    dr_cur c = dr_cur_over(dr_bytes_sub(base_block, 0, 508), 0);
    uint32_t x = 0;
    while (dr_left(&c) >= 4)
        x ^= dr_u32(&c);
    return x == 0xffffffffu ? 0xfffffffeu : x == 0 ? 1 : x;
}

typedef struct marvin {
    uint32_t lo, hi;
} marvin;

static uint32_t rotl(uint32_t v, unsigned n)
{
    return v << n | v >> (32 - n);
}

static void marvin_mix(marvin *m, uint32_t v)
{
    m->lo += v;
    m->hi ^= m->lo;
    m->lo = rotl(m->lo, 20) + m->hi;
    m->hi = rotl(m->hi, 9) ^ m->lo;
    m->lo = rotl(m->lo, 27) + m->hi;
    m->hi = rotl(m->hi, 19);
}

/* B.n is a multiple of 4. */
static uint64_t marvin32(dr_bytes b)
{
    marvin m = { .lo = 0x7a4e55c5, .hi = 0x82ef4d88 };
    dr_cur c = dr_cur_over(b, 0);
    while (dr_left(&c) >= 4)
        marvin_mix(&m, dr_u32(&c));
    marvin_mix(&m, 0x80);
    marvin_mix(&m, 0);
    return (uint64_t)m.hi << 32 | m.lo;
}

typedef struct entry {
    uint32_t size, flags, sequence, bins_size, pages;
    dr_cur list, data; /* page references; pages */
} entry;

/* The entry at the cursor, which moves behind it. VERIFY: check the hashes. */
static bool entry_read(dr_cur *c, bool verify, entry *out)
{
    dr_cur at = *c;
    if (!dr_bytes_start(dr_take(&at, 4), "HvLE", 4))
        return false;
    out->size = dr_u32(&at);
    out->flags = dr_u32(&at);
    out->sequence = dr_u32(&at);
    out->bins_size = dr_u32(&at);
    out->pages = dr_u32(&at);
    uint64_t hash1 = dr_u64(&at);
    uint64_t hash2 = dr_u64(&at);
    if (!dr_cur_ok(&at) || out->size < LOG_HEAD || out->size % LOG_HEAD != 0 || out->bins_size % REGF_PAGE != 0)
        return false;
    dr_bytes whole = dr_take(c, out->size);
    if (whole.n < out->size)
        return false;
    if (verify && (marvin32(dr_bytes_sub(whole, 0, 32)) != hash2 || marvin32(dr_bytes_sub(whole, ENTRY_HEAD, whole.n)) != hash1))
        return false;
    dr_cur body = dr_cur_over(whole, 0);
    dr_skip(&body, ENTRY_HEAD);
    dr_bytes refs = dr_take_array(&body, out->pages, 8);
    out->list = dr_cur_over(refs, 0);
    out->data = body;
    uint64_t total = 0;
    for (dr_cur l = out->list; dr_left(&l) >= 8;) {
        uint64_t off = dr_u32(&l);
        uint64_t size = dr_u32(&l);
        total += size;
        if (off + size > out->bins_size)
            return false;
    }
    return dr_cur_ok(&body) && total <= dr_left(&body);
}

typedef struct usable { /* a log of the new format with at least one good entry */
    const regf_log *log;
    uint32_t first, last, count;
    uint64_t end; /* behind the last good entry */
    uint32_t bins_size; /* largest */
} usable;

static const char *scan_new(const regf_log *log, const regf_base *head, usable *out)
{
    *out = (usable){ .log = log };
    dr_cur c = dr_cur_over(log->bytes, 0);
    dr_skip(&c, LOG_HEAD);
    entry e;
    while (entry_read(&c, true, &e)) {
        if (out->count > 0 && e.sequence != out->last + 1)
            break; /* left over from an earlier round */
        if (out->count == 0) {
            out->first = e.sequence;
            if (e.sequence != head->primary_sequence)
                return "its first entry is not the one that its base block names";
        }
        out->last = e.sequence;
        out->count++;
        out->end = c.pos;
        if (e.bins_size > out->bins_size)
            out->bins_size = e.bins_size;
    }
    return out->count ? NULL : "it holds no good entry";
}

static void put32(uint8_t *p, size_t at, uint32_t v)
{
    for (size_t i = 0; i < 4; i++)
        p[at + i] = (uint8_t)(v >> (8 * i));
}

/* A copy of the file of at least SIZE bytes. */
static uint8_t *copy_image(dr_bytes file, size_t size, dr_arena *arena)
{
    uint8_t *p = (uint8_t *)dr_arena_bytes(arena, size);
    if (!p)
        return NULL;
    size_t n = file.n < size ? file.n : size;
    /* bounded: n <= size, which was allocated, and n <= file.n */
    memcpy(p, file.p, n);
    memset(p + n, 0, size - n);
    return p;
}

/* Copies [from, from + n) of SRC to DST at TO; the caller has checked both ends. */
static void put_bytes(uint8_t *dst, size_t dst_n, size_t to, dr_bytes src)
{
    DR_ASSERT(to <= dst_n && src.n <= dst_n - to);
    /* bounded: asserted above */
    memcpy(dst + to, src.p, src.n);
}

static void finish_base(uint8_t *image, size_t n, uint32_t sequence, uint32_t bins_size)
{
    put32(image, 4, sequence);
    put32(image, 8, sequence);
    put32(image, 28, REGF_PRIMARY);
    put32(image, 40, bins_size);
    put32(image, 508, regf_checksum((dr_bytes){ image, n }));
}

static dr_status apply_new(dr_bytes file, const regf_base *base, usable *logs, size_t n, size_t base_log, dr_arena *arena,
                           dr_bytes *image, regf_replay *out)
{
    size_t size = file.n;
    for (size_t i = 0; i < n; i++)
        if (logs[i].bins_size && size < REGF_BASE_SIZE + (size_t)logs[i].bins_size)
            size = REGF_BASE_SIZE + (size_t)logs[i].bins_size;
    uint8_t *p = copy_image(file, size, arena);
    if (!p)
        return DR_NOMEM;
    if (!base->checksum_ok) {
        put_bytes(p, size, 0, dr_bytes_sub(logs[base_log].log->bytes, 0, LOG_HEAD));
        out->base_restored = true;
    }
    uint32_t bins_size = 0, flags = 0;
    for (size_t i = 0; i < n; i++) {
        dr_cur c = dr_cur_over(dr_bytes_sub(logs[i].log->bytes, 0, (size_t)logs[i].end), 0);
        dr_skip(&c, LOG_HEAD);
        entry e;
        while (entry_read(&c, false, &e)) {
            while (dr_left(&e.list) >= 8) {
                size_t off = dr_u32(&e.list);
                dr_bytes page = dr_take(&e.data, dr_u32(&e.list));
                put_bytes(p, size, REGF_BASE_SIZE + off, page);
                out->pages++;
                out->bytes += page.n;
            }
            bins_size = e.bins_size;
            flags = e.flags;
            out->last_sequence = e.sequence;
            out->entries++;
        }
        out->logs++;
    }
    out->first_sequence = logs[0].first;
    out->state = REGF_REPLAYED;
    p[144] = (uint8_t)((p[144] & ~1u) | (flags & 1u));
    finish_base(p, size, out->last_sequence + 1, bins_size);
    *image = (dr_bytes){ p, size };
    return DR_OK;
}

/* Bits of the dirty vector of an old log, and where its pages are. NULL when it fits the hive. */
static const char *check_old(const regf_log *log, const regf_base *head, dr_bytes file, dr_cur *bits, dr_cur *pages)
{
    if (head->primary_sequence != head->secondary_sequence)
        return "it was not written out in full";
    uint32_t sectors = head->clustering >= 1 && head->clustering <= 8 ? head->clustering : 1;
    dr_cur c = dr_cur_over(log->bytes, 0);
    dr_skip(&c, (size_t)sectors * REGF_SECTOR);
    if (!dr_bytes_start(dr_take(&c, 4), "DIRT", 4))
        return "it has no vector of dirty pages";
    dr_bytes vector = dr_take(&c, (head->bins_size / REGF_SECTOR + 7) / 8);
    dr_align(&c, (size_t)sectors * REGF_SECTOR);
    *bits = dr_cur_over(vector, 0);
    *pages = c;
    uint32_t at = 0;
    for (dr_cur b = *bits, d = *pages; dr_left(&b) > 0;) {
        unsigned byte = dr_u8(&b);
        for (unsigned i = 0; i < 8; i++, at++) {
            if (!(byte >> i & 1))
                continue;
            if (at >= head->bins_size / REGF_SECTOR)
                return "its vector of dirty pages goes beyond the hive";
            dr_bytes page = dr_take(&d, REGF_SECTOR);
            if (page.n < REGF_SECTOR)
                return "it ends before its last page";
            size_t off = (size_t)at * REGF_SECTOR;
            dr_bytes old = dr_bytes_sub(file, REGF_BASE_SIZE + off, 8);
            dr_cur o = dr_cur_over(dr_bytes_sub(old, 4, 4), 0);
            if (off % REGF_PAGE == 0 && dr_bytes_start(old, "hbin", 4) && dr_u32(&o) == off && !dr_bytes_start(page, "hbin", 4))
                return "one of its pages would overwrite the head of a bin";
        }
    }
    return dr_cur_ok(&c) ? NULL : "it ends too early";
}

static dr_status apply_old(dr_bytes file, const regf_base *base, const regf_log *log, const regf_base *head, dr_cur bits,
                           dr_cur pages, dr_arena *arena, dr_bytes *image, regf_replay *out)
{
    size_t size = REGF_BASE_SIZE + (size_t)head->bins_size;
    if (size < file.n)
        size = file.n;
    uint8_t *p = copy_image(file, size, arena);
    if (!p)
        return DR_NOMEM;
    if (!base->checksum_ok)
        out->base_restored = true;
    put_bytes(p, size, 0, dr_bytes_sub(log->bytes, 0, LOG_HEAD));
    for (size_t at = 0; dr_left(&bits) > 0;) {
        unsigned byte = dr_u8(&bits);
        for (unsigned i = 0; i < 8; i++, at++) {
            if (!(byte >> i & 1))
                continue;
            put_bytes(p, size, REGF_BASE_SIZE + at * REGF_SECTOR, dr_take(&pages, REGF_SECTOR));
            out->pages++;
            out->bytes += REGF_SECTOR;
        }
    }
    out->state = REGF_REPLAYED;
    out->old_format = true;
    out->logs = out->entries = 1;
    out->first_sequence = out->last_sequence = head->primary_sequence;
    finish_base(p, size, head->primary_sequence, head->bins_size);
    *image = (dr_bytes){ p, size };
    return DR_OK;
}

static void refuse(dr_diags *diags, const regf_log *log, regf_replay *out, const char *why)
{
    dr_diag_add(diags, DR_DIAG_REGF_LOG_REFUSED, 0, log->bytes.n, "%.*s: %s", DR_STR_ARG(log->name), why);
    if (!out->why)
        out->why = why;
}

/* An old log has to bear the time of the hive. In a damaged base block that time may be wrong; the first
 * bin has (or had) a copy of it. */
static bool same_time(dr_bytes file, const regf_base *base, int64_t written)
{
    if (written == base->written)
        return true;
    dr_cur c = dr_cur_over(dr_bytes_sub(file, REGF_BASE_SIZE, REGF_BIN_HEAD), 0);
    dr_skip(&c, 20);
    return !base->checksum_ok && dr_filetime(&c) == written;
}

static dr_status replay_new(dr_bytes file, const regf_base *base, usable *logs, size_t n, dr_arena *arena, dr_diags *diags,
                            dr_bytes *image, regf_replay *out)
{
    for (size_t i = 1; i < n; i++) /* by their first entry, never by name */
        for (size_t k = i; k > 0 && logs[k].first < logs[k - 1].first; k--) {
            usable swap = logs[k];
            logs[k] = logs[k - 1];
            logs[k - 1] = swap;
        }
    /* The run of logs that continue each other: from the first on, or, where the base block has to come
     * from the latest log, the run that ends with that one. */
    size_t from = 0, to = 1;
    if (base->checksum_ok) {
        while (to < n && logs[to].first == logs[to - 1].last + 1)
            to++;
    } else {
        to = n;
        from = n - 1;
        while (from > 0 && logs[from].first == logs[from - 1].last + 1)
            from--;
    }
    for (size_t i = 0; i < n; i++)
        if (i < from || i >= to)
            refuse(diags, logs[i].log, out, "its entries do not continue those of the other log");
    return apply_new(file, base, logs + from, to - from, to - from - 1, arena, image, out);
}

dr_status regf_replay_logs(dr_bytes file, const regf_base *base, const regf_log *logs, size_t n_logs, dr_arena *arena,
                           dr_diags *diags, dr_bytes *image, regf_replay *out)
{
    *image = file;
    *out = (regf_replay){ .state = REGF_CLEAN };
    if (base->checksum_ok && base->primary_sequence == base->secondary_sequence)
        return DR_OK;
    usable fresh[MAX_LOGS];
    size_t n_fresh = 0, given = 0;
    const regf_log *old = NULL;
    regf_base old_head = { 0 };
    dr_cur old_bits = { 0 }, old_pages = { 0 };
    uint64_t log_bytes = 0;
    for (size_t i = 0; i < n_logs; i++)
        log_bytes += logs[i].bytes.n;
    for (size_t i = 0; i < n_logs && i < MAX_LOGS; i++) {
        regf_base head;
        if (logs[i].bytes.n == 0)
            continue; /* the second log is often empty */
        given++;
        if (!regf_base_read(&head, logs[i].bytes)) {
            refuse(diags, &logs[i], out, "it has no base block");
            continue;
        }
        if (!head.checksum_ok) {
            refuse(diags, &logs[i], out, "the checksum of its base block is wrong");
            continue;
        }
        if (REGF_BASE_SIZE + (uint64_t)head.bins_size > file.n + log_bytes + GROWTH_SLACK) {
            refuse(diags, &logs[i], out, "the hive that it belongs to is far larger than this one");
            continue;
        }
        const char *why = NULL;
        if (head.file_type == REGF_LOG_NEW) {
            why = scan_new(&logs[i], &head, &fresh[n_fresh]);
            if (!why && base->checksum_ok && fresh[n_fresh].first < base->secondary_sequence)
                why = "its entries are older than the hive";
            if (!why && REGF_BASE_SIZE + (uint64_t)fresh[n_fresh].bins_size > file.n + log_bytes + GROWTH_SLACK)
                why = "the hive that it belongs to is far larger than this one";
            if (!why)
                n_fresh++;
        } else if (head.file_type == REGF_LOG_OLD || head.file_type == REGF_LOG_2000) {
            dr_cur bits, pages;
            why = !same_time(file, base, head.written) ? "it is of another time than the hive"
                                                       : check_old(&logs[i], &head, file, &bits, &pages);
            if (!why && (!old || head.written > old_head.written)) {
                old = &logs[i];
                old_head = head;
                old_bits = bits;
                old_pages = pages;
            }
        } else {
            why = "it is no transaction log";
        }
        if (why)
            refuse(diags, &logs[i], out, why);
    }
    dr_status status = DR_OK;
    if (n_fresh > 0)
        status = replay_new(file, base, fresh, n_fresh, arena, diags, image, out);
    else if (old)
        status = apply_old(file, base, old, &old_head, old_bits, old_pages, arena, image, out);
    else
        out->state = given ? REGF_LOGS_UNFIT : REGF_NO_LOGS;
    if (status == DR_OK && out->state == REGF_REPLAYED) {
        out->why = NULL;
        dr_diag_add(diags, DR_DIAG_REGF_LOG_REPLAYED, 0, 0, "%u %s, %u pages, sequence %u to %u", out->entries,
                    out->entries == 1 ? "entry" : "entries", out->pages, out->first_sequence, out->last_sequence);
    }
    return status;
}
