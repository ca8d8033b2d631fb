#include "format/mam.h"

#include "base/limits.h"

#define SYMBOLS 512u
#define CODE_BITS 15u
#define CHUNK 65536u

/* The bit register: 32 bits, the next one on top, filled with 16-bit little-endian words. Behind the
 * end come zeros; using a bit of those means that data are missing. */
typedef struct bits {
    dr_cur in;
    uint32_t next;
    int extra;
    unsigned phantom;
} bits;

static uint32_t word(bits *b)
{
    if (dr_left(&b->in) < 2) {
        b->phantom += b->phantom < 4;
        return 0;
    }
    return dr_u16(&b->in);
}

static void bits_start(bits *b)
{
    b->next = word(b) << 16;
    b->next |= word(b);
    b->extra = 16;
}

static void bits_consume(bits *b, unsigned n)
{
    b->next = n < 32 ? b->next << n : 0;
    b->extra -= (int)n;
    if (b->extra < 0) {
        b->next |= word(b) << -b->extra;
        b->extra += 16;
    }
}

/* Were more bits used than there are? 16 + extra are in the register, 16 of them for each phantom. */
static bool bits_spent(const bits *b)
{
    return 16 + b->extra < 16 * (int)b->phantom;
}

/* 256 bytes of code lengths become a table from the next 15 bits to symbol | length << 9. False when the
 * lengths are no complete prefix code. */
static bool read_table(dr_cur *in, uint16_t *table)
{
    uint8_t length[SYMBOLS];
    uint32_t count[CODE_BITS + 1] = { 0 }, next[CODE_BITS + 2] = { 0 };
    dr_bytes packed = dr_take(in, SYMBOLS / 2);
    if (!dr_cur_ok(in))
        return false;
    for (size_t i = 0; i < SYMBOLS; i++) {
        uint8_t pair = packed.p[i / 2];
        length[i] = i % 2 ? pair >> 4 : pair & 15;
        count[length[i]]++;
    }
    uint32_t sum = 0; /* in units of 2^-15: first place in the table of each length */
    for (unsigned n = 1; n <= CODE_BITS; n++) {
        next[n] = sum;
        sum += count[n] << (CODE_BITS - n);
        if (sum > XPRESS_TABLE)
            return false;
    }
    if (sum != XPRESS_TABLE)
        return false;
    for (size_t i = 0; i < SYMBOLS; i++) {
        unsigned n = length[i];
        if (n == 0)
            continue;
        uint32_t span = 1u << (CODE_BITS - n);
        uint16_t entry = (uint16_t)(i | n << 9);
        for (uint32_t k = 0; k < span; k++)
            table[next[n] + k] = entry;
        next[n] += span;
    }
    return true;
}

/* The rest of a match's length: bytes of the stream itself, not of the bit register. */
static uint32_t match_length(bits *b, uint32_t low)
{
    uint32_t n = low;
    if (low == 15) {
        uint8_t more = dr_u8(&b->in);
        n = 15u + more;
        if (more == 255) {
            n = dr_u16(&b->in);
            if (n == 0)
                n = dr_u32(&b->in);
            if (n < 15)
                dr_cur_fail(&b->in, DR_FAULT_VALUE);
        }
    }
    return n;
}

/* One chunk: a table, then symbols until CHUNK bytes came out or OUT is full. */
static bool unpack_chunk(dr_cur *in, uint8_t *out, size_t n, size_t *produced, const uint16_t *table)
{
    size_t end = n - *produced > CHUNK ? *produced + CHUNK : n;
    bits b = { .in = *in };
    bits_start(&b);
    while (*produced < end) {
        uint16_t entry = table[b.next >> (32 - CODE_BITS)];
        uint32_t symbol = entry & 511u;
        bits_consume(&b, entry >> 9);
        if (bits_spent(&b)) {
            dr_cur_fail(&b.in, DR_FAULT_SHORT);
            break;
        }
        if (symbol < 256) {
            out[(*produced)++] = (uint8_t)symbol;
            continue;
        }
        symbol -= 256;
        uint32_t length = match_length(&b, symbol & 15);
        unsigned offset_bits = symbol >> 4;
        uint32_t offset = (1u << offset_bits) + (offset_bits ? b.next >> (32 - offset_bits) : 0);
        bits_consume(&b, offset_bits);
        if (bits_spent(&b))
            dr_cur_fail(&b.in, DR_FAULT_SHORT);
        if (dr_cur_ok(&b.in) && (offset > *produced || length > UINT32_MAX - 3))
            dr_cur_fail(&b.in, DR_FAULT_RANGE);
        if (!dr_cur_ok(&b.in))
            break;
        size_t left = n - *produced;
        size_t copy = (size_t)length + 3;
        if (copy > left) { /* no writer makes a match beyond the end */
            copy = left - (left > 0);
            dr_cur_fail(&b.in, DR_FAULT_RANGE);
        }
        for (size_t i = 0; i < copy; i++, ++*produced) /* may overlap what it makes */
            out[*produced] = out[*produced - offset];
        if (!dr_cur_ok(&b.in))
            break;
    }
    *in = b.in;
    return dr_cur_ok(in);
}

size_t xpress_huffman(dr_bytes in, uint8_t *out, size_t n, uint16_t *table, dr_fault *fault, uint64_t *fault_at)
{
    dr_cur c = dr_cur_over(in, 0);
    size_t produced = 0;
    while (produced < n) {
        if (!read_table(&c, table)) {
            dr_cur_fail(&c, DR_FAULT_VALUE);
            break;
        }
        if (!unpack_chunk(&c, out, n, &produced, table))
            break;
    }
    *fault = c.fault;
    *fault_at = c.fault_at;
    return produced;
}

bool mam_head_read(mam_head *out, dr_bytes file)
{
    dr_cur c = dr_cur_over(file, 0);
    dr_bytes mark = dr_take(&c, 3); /* 0x00 "MAM" */
    uint8_t kind = dr_u8(&c);       /* 0x03 bits 0-6 compression, bit 7 checksum */
    *out = (mam_head){ .format = kind & 0x7f, .has_crc = kind >> 7 };
    out->size = dr_u32(&c); /* 0x04 */
    if (out->has_crc)
        out->crc = dr_u32(&c); /* 0x08 */
    out->data = c.pos;
    return dr_cur_ok(&c) && dr_bytes_start(mark, "MAM", 3);
}

dr_status mam_unpack(dr_bytes file, dr_arena *arena, dr_bytes *out, dr_diags *diags, dr_err *err)
{
    mam_head head;
    *out = (dr_bytes){ (const uint8_t *)"", 0 };
    if (!mam_head_read(&head, file))
        return dr_fail(err, DR_FORMAT, "no MAM header");
    if (head.format != MAM_XPRESS_HUFFMAN)
        return dr_fail(err, DR_UNSUPPORTED, "compression %u of MAM is not read", head.format);
    if (head.size > DR_MAM_MAX)
        return dr_fail(err, DR_UNSUPPORTED, "%u bytes when unpacked: more than any Prefetch file has", head.size);
    uint8_t *bytes = dr_arena_array(arena, head.size ? head.size : 1, 1);
    dr_arena_mark mark = dr_arena_save(arena);
    uint16_t *table = DR_NEW_ARRAY(arena, uint16_t, XPRESS_TABLE);
    if (!bytes || !table)
        return dr_fail(err, DR_NOMEM, "out of memory");
    dr_fault fault;
    uint64_t at;
    dr_bytes data = dr_bytes_sub(file, head.data, file.n);
    size_t got = xpress_huffman(data, bytes, head.size, table, &fault, &at);
    dr_arena_restore(arena, mark);
    if (got < head.size)
        dr_diag_add(diags, DR_DIAG_COMPRESSION, head.data + at, file.n - head.data - (size_t)at,
                    "%zu of %u bytes were unpacked: %s", got, head.size, dr_fault_text(fault));
    *out = (dr_bytes){ bytes, got };
    return DR_OK;
}
