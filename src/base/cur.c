#include "base/cur.h"

#include <inttypes.h>
#include <stdio.h>

void dr_guid_text(const uint8_t guid[16], char out[37])
{
    /* The first three fields are stored little-endian, the rest byte by byte. */
    static const uint8_t order[16] = { 3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15 };
    static const char digits[] = "0123456789ABCDEF";
    size_t n = 0;
    for (size_t i = 0; i < 16; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            out[n++] = '-';
        out[n++] = digits[guid[order[i]] >> 4];
        out[n++] = digits[guid[order[i]] & 15];
    }
    out[n] = '\0';
}

bool dr_sid_text(dr_bytes sid, char out[DR_SID_TEXT_MAX], size_t *used)
{
    dr_cur c = dr_cur_over(sid, 0);
    unsigned revision = dr_u8(&c);
    unsigned count = dr_u8(&c);
    uint64_t authority = (uint64_t)dr_u8(&c) << 40;
    authority |= (uint64_t)dr_u8(&c) << 32; /* one read a statement: their order counts */
    authority |= dr_u32be(&c);
    out[0] = '\0';
    if (!dr_cur_ok(&c) || revision != 1 || count > 15)
        return false;
    /* Windows shows authorities of more than 32 bits in hexadecimal. */
    int n = snprintf(out, DR_SID_TEXT_MAX, authority >> 32 ? "S-1-0x%" PRIx64 : "S-1-%" PRIu64, authority);
    for (unsigned i = 0; i < count; i++)
        n += snprintf(out + n, DR_SID_TEXT_MAX - (size_t)n, "-%" PRIu32, dr_u32(&c));
    if (!dr_cur_ok(&c))
        return false;
    if (used)
        *used = c.pos;
    return true;
}
