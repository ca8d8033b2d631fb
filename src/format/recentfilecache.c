#include "format/recentfilecache.h"

#define HEADER_SIZE 20u

bool recentfilecache_open(recentfilecache *out, dr_bytes file)
{
    dr_cur c = dr_cur_over(file, 0);
    uint32_t first = dr_u32(&c), second = dr_u32(&c); /* 0x00, 0x04: marks */
    dr_skip(&c, HEADER_SIZE - 8);                     /* 0x08: 3, 1, a checksum */
    out->rest = c;
    return dr_cur_ok(&c) && first == 0xffeefffe && second == 0x00002211;
}

bool recentfilecache_next(recentfilecache *f, recentfilecache_entry *out)
{
    if (dr_left(&f->rest) == 0)
        return false;
    out->off = dr_cur_off(&f->rest);
    uint32_t units = dr_u32(&f->rest); /* without the NUL */
    out->path = dr_utf16(&f->rest, units);
    dr_skip(&f->rest, 2);
    return dr_cur_ok(&f->rest);
}
