#include "format/recognise.h"

#include "format/mam.h"

/* Fixed marks of RecentFileCache.bcf (docs/formats/prefetch.md). */
static const uint8_t recentfilecache_mark[8] = { 0xfe, 0xff, 0xee, 0xff, 0x11, 0x22, 0x00, 0x00 };

static uint32_t u32_at(dr_bytes head, size_t off)
{
    dr_cur c = dr_cur_over(head, 0);
    dr_cur at = dr_cur_from(&c, off);
    return dr_u32(&at);
}

static bool mark_at(dr_bytes head, size_t off, const char *mark, size_t n)
{
    return dr_bytes_start(dr_bytes_sub(head, off, n), mark, n);
}

static bool is_archive(dr_bytes h)
{
    static const struct {
        size_t off, n;
        const char *mark;
    } marks[] = {
        { 0, 4, "PK\x03\x04" },
        { 0, 4, "PK\x05\x06" }, /* an empty zip */
        { 0, 6, "7z\xbc\xaf\x27\x1c" },
        { 0, 6, "\xfd" "7zXZ\0" },
        { 0, 3, "\x1f\x8b\x08" },
        { 0, 4, "\x28\xb5\x2f\xfd" },
        { 257, 5, "ustar" },
    };
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        if (mark_at(h, marks[i].off, marks[i].mark, marks[i].n))
            return true;
    }
    return mark_at(h, 0, "BZh", 3) && h.n > 9 && h.p[3] >= '1' && h.p[3] <= '9' && mark_at(h, 4, "1AY&SY", 6);
}

/* A page of the object store starts with its table: 16-byte entries (id, offset, size, checksum), the
 * first record right behind the all-zero entry that ends it, each next one behind the one before. */
static bool is_object_page(dr_bytes head)
{
    dr_cur c = dr_cur_over(head, 0);
    uint32_t first = 0, next = 0;
    size_t n = 0;
    for (; n < 512; n++) {
        uint32_t id = dr_u32(&c), off = dr_u32(&c), size = dr_u32(&c);
        (void)dr_u32(&c);
        if (!dr_cur_ok(&c))
            return false;
        if (id == 0 && off == 0 && size == 0)
            break;
        if (id == 0 || size == 0 || off >= 0x2000 || (n && off != next))
            return false;
        if (n == 0)
            first = off;
        if (size > 0x2000 - off) /* the last one may go on in the next page */
            next = 0x2000;
        else
            next = off + size;
    }
    return n > 0 && first == 16 * (n + 1);
}

/* The container holds databases too: its first bytes tell. Where they cannot be unpacked it is taken
 * for a damaged Prefetch file. */
static bool holds_prefetch(dr_bytes head)
{
    mam_head h;
    uint16_t table[XPRESS_TABLE];
    uint8_t first[8];
    dr_fault fault;
    uint64_t at;
    if (!mam_head_read(&h, head) || h.format < MAM_LZNT1 || h.format > MAM_XPRESS_HUFFMAN)
        return false;
    if (h.format != MAM_XPRESS_HUFFMAN)
        return true;
    size_t n = xpress_huffman(dr_bytes_sub(head, h.data, head.n), first, sizeof first, table, &fault, &at);
    return n < sizeof first || memcmp(first + 4, "SCCA", 4) == 0;
}

format_kind format_recognise(dr_bytes head, uint64_t size)
{
    if (mark_at(head, 0, "ElfFile\0", 8) || mark_at(head, 4096, "ElfChnk\0", 8) || mark_at(head, 0, "ElfChnk\0", 8))
        return FORMAT_EVTX;
    if (mark_at(head, 0, "regf", 4)) {
        uint32_t type = u32_at(head, 0x1c); /* 0 primary; 1, 2 and 6 are logs */
        return type == 1 || type == 2 || type == 6 ? FORMAT_REGF_LOG : FORMAT_REGF;
    }
    if (mark_at(head, 4096, "hbin", 4))
        return FORMAT_REGF;
    if (mark_at(head, 4, "SCCA", 4))
        return FORMAT_PREFETCH;
    if (mark_at(head, 0, "MAM", 3) && holds_prefetch(head))
        return FORMAT_PREFETCH;
    if (dr_bytes_start(head, recentfilecache_mark, sizeof recentfilecache_mark))
        return FORMAT_RECENTFILECACHE;
    if (is_archive(head))
        return FORMAT_ARCHIVE;
    uint32_t first = u32_at(head, 0);
    if (first == 0xabcd && size >= 28)
        return FORMAT_CIM_MAPPING;
    bool pages = size >= 0x2000 && size % 0x2000 == 0;
    if (pages && (first == 0xaccc || first == 0xaddd || first == 0xbadd) && u32_at(head, 8) == 0)
        return FORMAT_CIM_INDEX;
    if (pages && is_object_page(head))
        return FORMAT_CIM_OBJECTS;
    return FORMAT_NONE;
}

format_kind format_recognise_named(dr_bytes head, uint64_t size, dr_str name)
{
    format_kind kind = format_recognise(head, size);
    if (kind != FORMAT_NONE || size < 0x2000)
        return kind;
    /* The repository's files have no header: a first page that is unused or damaged shows nothing. */
    if (dr_str_ends_fold(name, DR_STR("OBJECTS.DATA")))
        return FORMAT_CIM_OBJECTS;
    if (dr_str_ends_fold(name, DR_STR("INDEX.BTR")))
        return FORMAT_CIM_INDEX;
    return FORMAT_NONE;
}

const char *format_name(format_kind kind)
{
    static const char *const names[] = {
        [FORMAT_NONE] = "unknown",
#define DR_FORMAT(id, name) [FORMAT_##id] = name,
#include "format/list.def"
#undef DR_FORMAT
    };
    return (size_t)kind < sizeof names / sizeof *names ? names[kind] : "unknown";
}
