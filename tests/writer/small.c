#include "writer/small.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "writer/evtx_writer.h"

#define HOST "WS07"
#define CHUNK 65536u
#define FIRST_CHUNK 4096u

#define PROVIDER "Example-Provider"
#define PROVIDER_GUID "{6a6f1b2c-3d4e-4f50-8192-a3b4c5d6e7f8}"
#define NAMED(fields) \
    {"Example/Operational", PROVIDER, PROVIDER_GUID, NULL, 1, 0, 4, 0, 0, \
     0x8000000000000000u, -1, EW_MANIFEST, EW_NAMED, NULL, NULL, fields}

static uint64_t when(unsigned i)
{
    return ew_time(2025, 5, 30, 8, 0, 0, 1234567) + (uint64_t)i * 10000000u;
}

static ew_event event(const ew_kind *kind, unsigned i, const char *const *values, size_t n)
{
    return (ew_event){.kind = kind, .time = when(i), .computer = HOST, .pid = 4, .tid = 8 + i,
                      .user_sid = "S-1-5-18", .values = values, .n_values = n};
}

static uint8_t *take(ew_log *log, size_t *n)
{
    uint8_t *bytes = ew_bytes(log, n), *copy = malloc(*n);
    if (!copy)
        exit(3);
    memcpy(copy, bytes, *n);
    ew_close(log);
    return copy;
}

static const ew_kind plain = NAMED("Number:u32|Text");

/* n records of the plain kind. */
static ew_log *plain_log(const ew_options *options, unsigned n, size_t padding)
{
    ew_log *log = ew_open(options);
    char *text = malloc(padding + 32);
    if (!text)
        exit(3);
    for (unsigned i = 0; i < n; i++) {
        char number[16];
        snprintf(number, sizeof number, "%u", i);
        snprintf(text, 32, "text %u", i);
        size_t at = strlen(text);
        memset(text + at, 'x', padding);
        text[at + padding] = 0;
        const char *values[] = {number, text};
        ew_event e = event(&plain, i, values, 2);
        ew_append(log, &e);
    }
    free(text);
    return log;
}

/* --- value types ------------------------------------------------------------------------------ */

typedef struct typed {
    const char *fields;
    const char *values[6];
    size_t n;
} typed;

static uint8_t *make_typed(const typed *t, size_t *n)
{
    const ew_kind kind = {"Example/Operational", PROVIDER, PROVIDER_GUID, NULL, 1, 0, 4, 0, 0,
                          0x8000000000000000u, -1, EW_MANIFEST, EW_NAMED, NULL, NULL, t->fields};
    ew_log *log = ew_open(NULL);
    ew_event e = event(&kind, 0, t->values, t->n);
    ew_append(log, &e);
    e.templateless = true;
    e.time = when(1);
    ew_append(log, &e);
    return take(log, n);
}

static const typed typed_samples[] = {
    {"A|B|C|D", {"", "plain", "tab\tand\nline", NULL}, 4},
    /* a lone surrogate, a control character, U+FFFF, a NUL inside, a character outside of the BMP */
    {"A|B|C|D|E", {"x\xed\xa0\x80y", "\x01\x1b[31m", "\xef\xbf\xbf", "front\xc0\x80" "behind",
                   "\xf0\x9f\x94\x92"}, 5},
    {"A:ansi|B:ansi", {"caf\xe9", ""}, 2},
    {"A:i8|B:i8|C:u8|D:u8", {"-128", "127", "0", "255"}, 4},
    {"A:i16|B:i16|C:u16|D:u16", {"-32768", "32767", "0", "65535"}, 4},
    {"A:i32|B:i32|C:u32|D:u32", {"-2147483648", "2147483647", "0", "4294967295"}, 4},
    {"A:i64|B:i64|C:u64|D:u64", {"-9223372036854775808", "9223372036854775807", "0",
                                 "18446744073709551615"}, 4},
    {"A:f32|B:f32|C:f64|D:f64", {"1.5", "-0.25", "3.0625", "1e300"}, 4},
    {"A:bool|B:bool", {"true", "false"}, 2},
    {"A:bin|B:bin", {"00FF10A5", ""}, 2},
    {"A:guid", {"{11CD958A-C507-4EF3-B3F2-5FD9DFBD2C78}"}, 1},
    {"A:ptr|B:size4|C:size8", {"0x7ff612340000", "0x1234", "0x123456789abc"}, 3},
    {"A:time|B:time", {"2025-05-30T08:09:10.1234567Z", "0"}, 2},
    {"A:systime", {"2025-05-30T08:09:10.123Z"}, 1},
    {"A:sid|B:sid", {"S-1-5-18", "S-1-5-21-397955417-626881126-188441444-1010"}, 2},
    {"A:x32|B:x32|C:x64|D:x64", {"0x0", "0xc0000135", "0x3e7", "0xffffffffffffffff"}, 4},
    {"A:str[]|B:str[]", {"one\n\nthree", "alone"}, 2},
    {"A:ansi[]", {"one\ntwo"}, 1},
    {"A:i8[]|B:u16[]|C:u32[]|D:u64[]", {"-1\n2", "1\n65535", "1\n2\n3", "18446744073709551615"}, 4},
    {"A:f32[]|B:f64[]|C:bool[]", {"1.5\n2.5", "0.5", "true\nfalse"}, 3},
    {"A:guid[]|B:time[]", {"{11CD958A-C507-4EF3-B3F2-5FD9DFBD2C78}\n{5770385F-C22A-43E0-BF4C-06F5698FFBD9}",
                           "2025-05-30T08:09:10Z\n2025-05-30T08:09:11Z"}, 2},
    {"A:systime[]|B:sid[]", {"2025-05-30T08:09:10.000Z\n2025-05-30T08:09:11.500Z",
                             "S-1-5-18\nS-1-5-32-544"}, 2},
    {"A:x32[]|B:x64[]", {"0x1\n0x2", "0x3e7\n0x3e4"}, 2},
    /* two fields of one name, a field without a name, an element beside them */
    {"LogonGuid:guid|LogonGuid:guid||#Binary:bin",
     {"{00000000-0000-0000-0000-000000000000}", "{11CD958A-C507-4EF3-B3F2-5FD9DFBD2C78}", "unnamed",
      "4100"}, 4},
    {"Threat Name|Unused|Unused2", {"Trojan:Win32/Example", "", NULL}, 3},
};

/* --- shapes ----------------------------------------------------------------------------------- */

static const ew_kind classic = {"Application", "Example Classic", NULL, NULL, 1040, 0, 4, 0, 0,
                                0x80000000000000u, 0, EW_CLASSIC, EW_POSITIONAL, NULL, NULL, NULL};
static const ew_kind classic_old = {"Application", "Example Classic", NULL, NULL, 1040, 0, 4, 0, 0,
                                    0x80000000000000u, 0, EW_CLASSIC_OLD, EW_POSITIONAL, NULL, NULL,
                                    NULL};
static const ew_kind sourced = {"System", "Example Control", PROVIDER_GUID, "Example Source", 7036, 0, 4,
                                0, 0, 0x8080000000000000u, 16384, EW_EXECUTION, EW_NAMED, NULL, NULL,
                                "param1|param2|#Binary:bin"};
static const ew_kind user_data = {"Security", "Example-Eventlog", PROVIDER_GUID, NULL, 1102, 0, 4, 0, 104,
                                  0x4020000000000000u, -1, EW_CLASSIC, EW_USER, "LogFileCleared",
                                  "http://example.com/eventlog",
                                  "SubjectUserSid:sid|SubjectUserName|SubjectLogonId:x64"};
static const ew_kind user_manifest = {"Example/Operational", PROVIDER, PROVIDER_GUID, NULL, 5861, 0, 0, 0,
                                      0, 0x4000000000000000u, -1, EW_MANIFEST, EW_USER,
                                      "Operation_Binding", "http://example.com/wmi",
                                      "Namespace|ESS|CONSUMER|PossibleCause"};
static const ew_kind named_data = {"Example/Operational", PROVIDER, PROVIDER_GUID, NULL, 106, 0, 4, 0, 106,
                                   0x8000000000000000u, -1, EW_MANIFEST, EW_NAMED, "TaskRegisteredEvent",
                                   NULL, "TaskName|UserContext"};
static const ew_kind nothing = {"Example/Operational", PROVIDER, PROVIDER_GUID, NULL, 2, 0, 4, 0, 0,
                                0x8000000000000000u, -1, EW_MANIFEST, EW_EMPTY, NULL, NULL, NULL};

static ew_log *shapes_log(bool templateless)
{
    static const char *const strings[] = {"C:\\a & b.msi", "", "<3472>", "\"quoted\"", "(NULL)"};
    static const char *const control[] = {"Spooler", "running", "530070006F006F006C00650072002F003400"};
    static const char *const cleared[] = {"S-1-5-21-1-2-3-1001", "eve", "0x4a1f"};
    static const char *const bound[] = {"//./root/subscription", "F", "CommandLineEventConsumer=\"C\"",
                                        "Permanent"};
    static const char *const task[] = {"\\Example", "WS07\\eve"};
    ew_log *log = ew_open(&(ew_options){.minor = 2});
    for (unsigned i = 0; i < 3; i++) {
        ew_event e[] = {
            event(&classic, 8 * i, strings, 5),         event(&classic_old, 8 * i + 1, strings, 5),
            event(&classic, 8 * i + 2, NULL, 0),        event(&sourced, 8 * i + 3, control, 3),
            event(&user_data, 8 * i + 4, cleared, 3),   event(&user_manifest, 8 * i + 5, bound, 4),
            event(&named_data, 8 * i + 6, task, 2),     event(&nothing, 8 * i + 7, NULL, 0),
        };
        e[0].binary = "7B3042";
        e[6].activity = "{4769db4b-da1a-0300-146b-db4bda1ad801}";
        e[4].user_sid = NULL;
        for (size_t j = 0; j < sizeof e / sizeof e[0]; j++) {
            e[j].templateless = templateless;
            ew_append(log, &e[j]);
        }
    }
    return log;
}

static uint8_t *make_shapes(size_t *n)
{
    return take(shapes_log(false), n);
}

static uint8_t *make_templateless(size_t *n)
{
    return take(shapes_log(true), n);
}

/* --- files ------------------------------------------------------------------------------------ */

static uint8_t *make_plain(size_t *n)
{
    return take(plain_log(NULL, 20, 0), n);
}

static uint8_t *make_empty(size_t *n)
{
    return take(plain_log(NULL, 0, 0), n);
}

static uint8_t *make_chunks(size_t *n)
{
    return take(plain_log(&(ew_options){.first_id = 1000, .chunk_records = 5, .spare_chunks = 1}, 23, 0), n);
}

static uint8_t *make_ring(size_t *n)
{
    return take(plain_log(&(ew_options){.chunk_records = 5, .max_chunks = 3}, 23, 0), n);
}

static uint8_t *make_dirty(size_t *n)
{
    return take(plain_log(&(ew_options){.chunk_records = 5, .dirty = true}, 23, 0), n);
}

static uint8_t *make_no_crc(size_t *n)
{
    return take(plain_log(&(ew_options){.no_crc = true, .minor = 2}, 5, 0), n);
}

static uint8_t *make_exported(size_t *n)
{
    return take(plain_log(&(ew_options){.first_id = 5000, .chunk_records = 4, .exported = true}, 10, 0), n);
}

static uint8_t *make_large(size_t *n)
{
    return take(plain_log(NULL, 6, 15000), n);
}

static uint8_t *make_gap(size_t *n)
{
    ew_log *log = ew_open(NULL);
    for (unsigned i = 0; i < 10; i++) {
        const char *values[] = {"1", "x"};
        ew_event e = event(&plain, i, values, 2);
        ew_append(log, &e);
        if (i == 4)
            ew_skip_ids(log, 7);
    }
    return take(log, n);
}

static uint8_t *make_hosts(size_t *n)
{
    ew_log *log = ew_open(NULL);
    static const char *const hosts[] = {"WIN-AB12", "WS07", "ws07.corp.example", ""};
    for (unsigned i = 0; i < 8; i++) {
        const char *values[] = {"1", "x"};
        ew_event e = event(&plain, i, values, 2);
        e.computer = hosts[i / 2];
        ew_append(log, &e);
    }
    return take(log, n);
}

/* --- damage ----------------------------------------------------------------------------------- */

static void put32(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++)
        p[i] = (uint8_t)(v >> (8 * i));
}

static uint32_t get32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* The file offset of record i of the chunk at `chunk`. */
static size_t record_at(const uint8_t *bytes, size_t chunk, unsigned i)
{
    size_t at = chunk + 512;
    while (i--)
        at += get32(bytes + at + 4);
    return at;
}

static uint8_t *make_truncated(size_t *n)
{
    uint8_t *bytes = make_chunks(n);
    *n = record_at(bytes, FIRST_CHUNK + 3 * CHUNK, 2) + 40; /* in the third record of chunk 3 */
    return bytes;
}

static uint8_t *make_bad_magic(size_t *n)
{
    uint8_t *bytes = make_chunks(n);
    memcpy(bytes + FIRST_CHUNK + CHUNK, "ElfXhnk", 8);
    return bytes;
}

static uint8_t *make_bad_crc(size_t *n)
{
    uint8_t *bytes = make_chunks(n);
    bytes[FIRST_CHUNK + CHUNK + 52] ^= 0xff;
    bytes[FIRST_CHUNK + 2 * CHUNK + 124] ^= 0xff;
    return bytes;
}

static uint8_t *make_bad_size(size_t *n)
{
    uint8_t *bytes = make_plain(n);
    size_t at = record_at(bytes, FIRST_CHUNK, 7);
    put32(bytes + at + get32(bytes + at + 4) - 4, 0);
    return bytes;
}

static uint8_t *make_zero_size(size_t *n)
{
    uint8_t *bytes = make_plain(n);
    put32(bytes + record_at(bytes, FIRST_CHUNK, 7) + 4, 0);
    return bytes;
}

static uint8_t *make_zero_block(size_t *n)
{
    uint8_t *bytes = make_plain(n);
    memset(bytes + record_at(bytes, FIRST_CHUNK, 5), 0,
           record_at(bytes, FIRST_CHUNK, 9) - record_at(bytes, FIRST_CHUNK, 5));
    return bytes;
}

static uint8_t *make_self_link(size_t *n)
{
    uint8_t *bytes = make_plain(n);
    for (unsigned i = 0; i < 64; i++) {
        uint32_t name = get32(bytes + FIRST_CHUNK + 128 + 4 * i);
        if (name)
            put32(bytes + FIRST_CHUNK + name, name);
    }
    return bytes;
}

static uint8_t *make_short_values(size_t *n)
{
    uint8_t *bytes = make_plain(n);
    size_t at = record_at(bytes, FIRST_CHUNK, 3) + 24 + 4 + 10; /* the count of values */
    put32(bytes + at, 0x7fffffff);
    return bytes;
}

/* A newer, shorter generation over an older one: records of the old one survive in the slack. */
static uint8_t *make_slack(size_t *n)
{
    size_t old_n;
    uint8_t *old = take(plain_log(&(ew_options){.first_id = 1}, 20, 40), &old_n);
    uint8_t *bytes = take(plain_log(&(ew_options){.first_id = 101}, 6, 40), n);
    uint32_t end = get32(bytes + FIRST_CHUNK + 48);
    memcpy(bytes + FIRST_CHUNK + end, old + FIRST_CHUNK + end, CHUNK - end);
    free(old);
    return bytes;
}

static uint8_t *make_garbage_header(size_t *n)
{
    uint8_t *bytes = make_chunks(n);
    memset(bytes + 8, 0xa5, 118);
    return bytes;
}

/* --- table ------------------------------------------------------------------------------------ */

static const small_sample samples[] = {
    {"type-text", "strings, white space, null", 2, 0, 0},
    {"type-odd-text", "lone surrogate, control characters, NUL inside, not in the BMP", 2, 0, 0},
    {"type-ansi", "strings of one byte units", 2, 0, 0},
    {"type-int8", "8 bit integers", 2, 0, 0},
    {"type-int16", "16 bit integers", 2, 0, 0},
    {"type-int32", "32 bit integers", 2, 0, 0},
    {"type-int64", "64 bit integers", 2, 0, 0},
    {"type-float", "floating point", 2, 0, 0},
    {"type-bool", "booleans", 2, 0, 0},
    {"type-binary", "binary", 2, 0, 0},
    {"type-guid", "GUIDs", 2, 0, 0},
    {"type-pointer", "pointers and sizes", 2, 0, 0},
    {"type-filetime", "FILETIME", 2, 0, 0},
    {"type-systemtime", "SYSTEMTIME", 2, 0, 0},
    {"type-sid", "SIDs", 2, 0, 0},
    {"type-hex", "hexadecimal integers", 2, 0, 0},
    {"array-text", "arrays of strings", 2, 0, 0},
    {"array-ansi", "arrays of one byte strings", 2, 0, 0},
    {"array-int", "arrays of integers", 2, 0, 0},
    {"array-float", "arrays of floating point and booleans", 2, 0, 0},
    {"array-guid", "arrays of GUIDs and times", 2, 0, 0},
    {"array-sid", "arrays of system times and SIDs", 2, 0, 0},
    {"array-hex", "arrays of hexadecimal integers", 2, 0, 0},
    {"fields-repeated", "equal names, no name, an element beside Data", 2, 0, 0},
    {"fields-spaced", "names with spaces, an empty and a null value", 2, 0, 0},
    {"shapes", "all shapes of System and of content", 24, 0, 0},
    {"templateless", "elements written in full", 24, 0, 0},
    {"plain", "twenty records in one chunk", 20, 0, 0},
    {"empty", "no record", 0, 0, 0},
    {"chunks", "five chunks and a spare one", 23, 0, 0},
    {"ring", "a ring that wrapped: oldest chunk is not the first", 13, 0, 0},
    {"dirty", "dirty, with header counts of the first chunk", 23, 0, 0},
    {"no-crc", "flags say that checksums are not kept", 5, 0, 0},
    {"exported", "renumbered header ids, header times of the next record", 10, 0, 0},
    {"large", "records of 30 KiB", 6, 0, 0},
    {"gap", "seven record ids are missing", 10, 0, 0},
    {"hosts", "four computers, one without a name", 8, 0, 0},
    {"truncated", "cut in the third record of the fourth chunk", 17, 0, 0},
    {"bad-magic", "the second chunk has lost its signature", 23, 0, 0},
    {"bad-crc", "wrong checksums in two chunks", 23, 0, 0},
    {"bad-size", "the size copy of record 8 is zero", 20, 1, 0},
    {"zero-size", "the size of record 8 is zero", 19, 0, 0},
    {"zero-block", "records 6 to 9 are zero bytes", 16, 0, 0},
    {"self-link", "every name bucket links to itself", 20, 0, 0},
    {"short-values", "record 4 claims 2147483647 values", 20, 1, 0},
    {"slack", "records of an older generation behind the newer ones", 6, 0, 14},
    {"garbage-header", "all counts and flags of the file header are rubbish", 23, 0, 0},
};

static uint8_t *(*const makers[])(size_t *n) = {
    make_shapes,    make_templateless, make_plain,     make_empty,       make_chunks,    make_ring,
    make_dirty,     make_no_crc,       make_exported,  make_large,       make_gap,       make_hosts,
    make_truncated, make_bad_magic,    make_bad_crc,   make_bad_size,    make_zero_size, make_zero_block,
    make_self_link, make_short_values, make_slack,     make_garbage_header,
};

#define N_TYPED (sizeof typed_samples / sizeof typed_samples[0])
_Static_assert(N_TYPED + sizeof makers / sizeof makers[0] == sizeof samples / sizeof samples[0],
               "each sample has a maker");

size_t small_count(void)
{
    return sizeof samples / sizeof samples[0];
}

const small_sample *small_at(size_t i)
{
    return &samples[i];
}

uint8_t *small_make(size_t i, size_t *n)
{
    return i < N_TYPED ? make_typed(&typed_samples[i], n) : makers[i - N_TYPED](n);
}

uint8_t *small_make_named(const char *name, size_t *n)
{
    for (size_t i = 0; i < small_count(); i++)
        if (strcmp(samples[i].name, name) == 0)
            return small_make(i, n);
    fprintf(stderr, "writer: no sample %s\n", name);
    exit(3);
}
