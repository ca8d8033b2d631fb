#include "format/evtx.h"

#include "base/crc32.h"
#include "base/le.h"

static const char FILE_MAGIC[] = "ElfFile";  /* with its NUL, 8 bytes */
static const char CHUNK_MAGIC[] = "ElfChnk"; /* likewise */
static const uint8_t RECORD_MAGIC[4] = { 0x2a, 0x2a, 0, 0 };

#define RECORD_HEAD 24u
#define RECORDS_AT EVTX_CHUNK_HEAD_SIZE

bool evtx_head_read(evtx_head *out, dr_bytes head)
{
    dr_cur c = dr_cur_over(head, 0);
    *out = (evtx_head){ 0 };
    out->magic_ok = dr_bytes_start(dr_take(&c, 8), FILE_MAGIC, 8); /* 0x00 */
    out->oldest_chunk = dr_u64(&c);                                /* 0x08 */
    out->current_chunk = dr_u64(&c);                               /* 0x10 */
    out->next_record_id = dr_u64(&c);                              /* 0x18 */
    dr_skip(&c, 4);                                                /* 0x20 size, 128 */
    out->minor = dr_u16(&c);                                       /* 0x24 */
    out->major = dr_u16(&c);                                       /* 0x26 */
    dr_skip(&c, 2);                                                /* 0x28 block size, 4096 */
    out->chunk_count = dr_u16(&c);                                 /* 0x2a */
    dr_skip(&c, 76);                                               /* 0x2c zero */
    out->flags = dr_u32(&c) & 7u;                                  /* 0x78 */
    uint32_t crc = dr_u32(&c);                                     /* 0x7c over 0x00..0x78 */
    out->checksum_ok = dr_cur_ok(&c) && (crc == dr_crc32(0, dr_bytes_sub(head, 0, 120)) ||
                                         (out->flags & EVTX_FILE_NO_CRC));
    return dr_cur_ok(&c) && out->magic_ok;
}

uint64_t evtx_live_chunks(const evtx_head *head, uint64_t slots)
{
    bool sound = head->magic_ok && head->checksum_ok && !(head->flags & EVTX_FILE_DIRTY);
    /* The count has 16 bits; a file with more chunks than that cannot say how many are in use. */
    return sound && slots <= UINT16_MAX && head->chunk_count ? head->chunk_count : UINT64_MAX;
}

static uint32_t head_crc(dr_bytes chunk)
{
    return dr_crc32(dr_crc32(0, dr_bytes_sub(chunk, 0, 120)), dr_bytes_sub(chunk, 128, 384));
}

void evtx_chunk_open(evtx_chunk *c, dr_bytes bytes, uint64_t off)
{
    bytes = dr_bytes_sub(bytes, 0, EVTX_CHUNK_SIZE);
    *c = (evtx_chunk){ .bytes = bytes, .off = off, .head_crc_ok = true, .records_crc_ok = true };
    c->pos = c->live_end = bytes.n;
    if (!dr_bytes_start(bytes, CHUNK_MAGIC, 8)) {
        if (dr_bytes_nonzero(bytes, 0) < bytes.n) {
            c->kind = EVTX_SLOT_HEADLESS;
            c->pos = bytes.n < RECORDS_AT ? bytes.n : RECORDS_AT;
        }
        return;
    }
    c->kind = EVTX_SLOT_CHUNK;
    c->first_number = dr_le64(bytes, 8);
    c->last_number = dr_le64(bytes, 16);
    c->first_id = dr_le64(bytes, 24);
    c->last_id = dr_le64(bytes, 32);
    c->last_record_off = dr_le32(bytes, 44);
    c->free_off = dr_le32(bytes, 48);
    c->flags = dr_le32(bytes, 120);
    c->pos = bytes.n < RECORDS_AT ? bytes.n : RECORDS_AT;
    /* An offset out of bounds bounds nothing: then every record of the chunk is taken for live. */
    if (c->free_off >= RECORDS_AT && c->free_off < bytes.n)
        c->live_end = c->free_off;
}

void evtx_chunk_verify(evtx_chunk *c)
{
    dr_bytes bytes = c->bytes;
    c->checked =
        c->kind == EVTX_SLOT_CHUNK && !(c->flags & EVTX_FILE_NO_CRC) && bytes.n >= RECORDS_AT;
    if (!c->checked)
        return;
    c->head_crc_ok = dr_le32(bytes, 124) == head_crc(bytes);
    c->records_crc_ok = c->free_off >= RECORDS_AT && c->free_off <= bytes.n &&
                        dr_le32(bytes, 52) ==
                            dr_crc32(0, dr_bytes_sub(bytes, RECORDS_AT, c->free_off - RECORDS_AT));
}

/* The header's size field if it is possible at all. */
static bool record_size(dr_bytes chunk, size_t pos, size_t *size)
{
    if (!dr_le_fits(chunk, pos, EVTX_RECORD_MIN) || dr_le32(chunk, pos) != 0x2a2a)
        return false;
    *size = dr_le32(chunk, pos + 4);
    return *size >= EVTX_RECORD_MIN && *size % 8 == 0;
}

bool evtx_record_at(dr_bytes chunk, size_t pos, size_t *size)
{
    if (!record_size(chunk, pos, size) || *size > chunk.n - pos ||
        dr_le32(chunk, pos + *size - 4) != *size)
        return false;
    uint8_t token = dr_le8(chunk, pos + RECORD_HEAD);
    return token == 0x0f || token == 0x0a || token == 0x00 || token == 0x0c || token == 0x01 ||
           token == 0x41;
}

static size_t next_record(dr_bytes chunk, size_t from, size_t end)
{
    for (;;) {
        size_t size, at = dr_bytes_find(chunk, from, RECORD_MAGIC, sizeof RECORD_MAGIC);
        if (at >= end)
            return end;
        if (evtx_record_at(chunk, at, &size))
            return at;
        from = at + 1;
    }
}

static void fill(const evtx_chunk *c, evtx_item *out, evtx_item_kind kind, size_t size)
{
    *out = (evtx_item){ .kind = kind, .off = c->off + c->pos, .pos = c->pos, .size = size };
    if (kind == EVTX_SKIPPED)
        return;
    out->header_id = dr_le64(c->bytes, c->pos + 8);
    out->header_time = (int64_t)dr_le64(c->bytes, c->pos + 16);
    out->body = c->pos + RECORD_HEAD;
    out->body_end = c->pos + size - 4;
}

bool evtx_next(evtx_chunk *c, evtx_item *out)
{
    size_t size;
    if (c->pos >= c->live_end)
        return false;
    if (evtx_record_at(c->bytes, c->pos, &size)) {
        fill(c, out, EVTX_RECORD, size);
        c->seen_last |= c->pos == c->last_record_off;
        c->pos += size;
        return true;
    }
    size_t next = next_record(c->bytes, c->pos + 1, c->live_end);
    if (record_size(c->bytes, c->pos, &size)) {
        /* The header was written and the rest was not, or was overwritten. */
        size_t window = next - c->pos;
        fill(c, out, EVTX_TORN, window);
        if (next == c->live_end)
            window = c->bytes.n - c->pos;
        out->body_end = c->pos + (size < window ? size : window);
        c->pos = next;
        return true;
    }
    if (next == c->live_end) {
        /* The end. Zeros behind the last record are how archived logs end, and how a chunk looks
         * whose header was written before its records; only in the second case, and when the rest
         * is not zero, something is missing. */
        size_t rest = dr_bytes_nonzero(dr_bytes_sub(c->bytes, 0, c->live_end), c->pos);
        bool zero = rest == c->live_end;
        bool complete = zero && (c->seen_last || c->kind != EVTX_SLOT_CHUNK ||
                                 c->live_end == c->bytes.n || c->free_off != c->live_end);
        size_t left = c->live_end - c->pos;
        if (!complete)
            fill(c, out, EVTX_SKIPPED, left);
        c->live_end = c->pos; /* what follows counts as slack */
        return !complete;
    }
    fill(c, out, EVTX_SKIPPED, next - c->pos);
    c->pos = next;
    return true;
}

bool evtx_next_slack(evtx_chunk *c, evtx_item *out)
{
    if (c->kind == EVTX_SLOT_EMPTY)
        return false;
    size_t size,
        at = next_record(c->bytes, c->pos < c->live_end ? c->live_end : c->pos, c->bytes.n);
    if (at >= c->bytes.n || !evtx_record_at(c->bytes, at, &size))
        return false;
    c->pos = at;
    fill(c, out, EVTX_RECORD, size);
    c->pos += size;
    return true;
}

bool evtx_has_slack(const evtx_chunk *c)
{
    if (c->kind == EVTX_SLOT_EMPTY)
        return false;
    size_t from = c->pos < c->live_end ? c->live_end : c->pos;
    return next_record(c->bytes, from, c->bytes.n) < c->bytes.n;
}

size_t evtx_find_chunk(dr_bytes window, size_t from)
{
    for (;;) {
        size_t at = dr_bytes_find(window, from, CHUNK_MAGIC, 8);
        if (at == SIZE_MAX || !dr_le_fits(window, at, EVTX_CHUNK_HEAD_SIZE))
            return SIZE_MAX;
        dr_bytes head = dr_bytes_sub(window, at, EVTX_CHUNK_HEAD_SIZE);
        if ((dr_le32(head, 120) & EVTX_FILE_NO_CRC) || dr_le32(head, 124) == head_crc(head))
            return at;
        from = at + 1;
    }
}
