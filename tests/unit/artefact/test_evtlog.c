/* The event log reader over logs of the tree's own writer: what was written comes out; whatever is
 * cut off or changed, the rest comes out too, the loss is told, and nothing depends on the number of
 * threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "artefact/evtlog.h"
#include "base/buf.h"
#include "base/hash.h"
#include "base/map.h"
#include "writer/evtx_writer.h"

#include <stdio.h>
#include <stdlib.h>

#define RECORDS 700u

/* ---- Logs ---- */

static const ew_kind account_deleted = {
    .channel = "Security",
    .provider = "Microsoft-Windows-Security-Auditing",
    .guid = "{54849625-5478-4994-a5ba-3e3b0328c30d}",
    .id = 4726,
    .task = 13824,
    .keywords = 0x8020000000000000u,
    .qualifiers = -1,
    .shape = EW_MANIFEST,
    .body = EW_NAMED,
    .fields = "TargetUserName|TargetDomainName|TargetSid:sid|SubjectUserSid:sid|SubjectUserName|"
              "SubjectDomainName|"
              "SubjectLogonId:x64|PrivilegeList",
};
static const ew_kind service_state = {
    .channel = "System",
    .provider = "Service Control Manager",
    .guid = "{555908d1-a6d7-4695-8e1e-26931d2012f4}",
    .source = "Service Control Manager",
    .id = 7036,
    .level = 4,
    .keywords = 0x8080000000000000u,
    .qualifiers = 16384,
    .shape = EW_CLASSIC,
    .body = EW_NAMED,
    .fields = "param1|param2|#Binary:bin",
};
static const ew_kind product_removed = {
    .channel = "Application",
    .provider = "MsiInstaller",
    .id = 1034,
    .level = 4,
    .keywords = 0x80000000000000u,
    .qualifiers = 0,
    .shape = EW_CLASSIC_OLD,
    .body = EW_POSITIONAL,
};

static ew_log *log_of(const ew_options *options, unsigned records)
{
    ew_log *log = ew_open(options);
    for (unsigned i = 0; i < records; i++) {
        char name[40], sid[60];
        snprintf(name, sizeof name, "user \"%u\" <\xc3\xa9\xe2\x82\xac>", i);
        snprintf(sid, sizeof sid, "S-1-5-21-1-2-3-%u", 1000 + i);
        const char *account[] = {
            name, "WS01", sid, "S-1-5-18", "WS01$", "WORKGROUP", "0x3e7", NULL
        };
        const char *service[] = { "one", "running", "00FF" };
        const char *positional[] = { "first", "", name };
        ew_event e = {
            .time = 131202000271663025u + i * 10000000u, .computer = "WS01", .pid = 600, .tid = 601
        };
        switch (i % 3) {
        case 0:
            e.kind = &account_deleted;
            e.values = account;
            e.n_values = 8;
            break;
        case 1:
            e.kind = &service_state;
            e.values = service;
            e.n_values = 3;
            break;
        default:
            e.kind = &product_removed;
            e.values = positional;
            e.n_values = 3;
            e.binary = "00FF";
            break;
        }
        (void)ew_append(log, &e);
    }
    return log;
}

/* ---- Reading ---- */

typedef struct seen {
    dr_buf text; /* one line for each record */
    uint64_t live, recovered;
    char sha[65];
    dr_hasher *hasher;
    uint32_t diags[DR_DIAG_COUNT];
    uint64_t lost;
    census *census;
} seen;

static dr_status unit_begin(void *context, void **unit)
{
    (void)context;
    *unit = calloc(1, sizeof(seen));
    return *unit ? DR_OK : DR_NOMEM;
}

static dr_status one(void *context, const record *r)
{
    seen *s = context;
    dr_arena *arena = dr_arena_create("test", 0);
    const record_field *fields;
    size_t n;
    assert_true(record_all(r, arena, &fields, &n));
    dr_buf_printf(&s->text,
                  "%llu %.*s/%.*s/%u %.*s %.*s %lld %x:", (unsigned long long)r->record_id,
                  DR_STR_ARG(r->provider), DR_STR_ARG(r->provider_alias), r->event_id,
                  DR_STR_ARG(r->channel), DR_STR_ARG(r->computer), (long long)r->time, r->flags);
    for (size_t i = 0; i < n; i++) {
        dr_buf_printf(&s->text, " %.*s=", DR_STR_ARG(fields[i].name));
        dr_buf_str_add(&s->text, fields[i].value);
    }
    dr_buf_char(&s->text, '\n');
    if (r->flags & RECORD_RECOVERED)
        s->recovered++;
    else
        s->live++;
    dr_arena_destroy(arena);
    return DR_OK;
}

static dr_status unit_end(void *context, void *unit, bool complete)
{
    seen *all = context, *s = unit;
    if (complete) {
        dr_buf_str_add(&all->text, dr_buf_str(&s->text));
        all->live += s->live;
        all->recovered += s->recovered;
    }
    dr_buf_free(&s->text);
    free(s);
    return DR_OK;
}

static void hash(void *context, dr_bytes bytes)
{
    dr_hasher_add(((seen *)context)->hasher, bytes);
}

static seen read_bytes(const uint8_t *p, size_t n, unsigned threads)
{
    seen s = { 0 };
    dr_err err = { "" };
    dr_bytes bytes = { p, n };
    dr_arena *arena = dr_arena_create("test", 0);
    dr_diags diags;
    dr_diags_init(&diags, arena);
    evtlog_consumer consumer = {
        .context = &s, .unit_begin = unit_begin, .record = one, .unit_end = unit_end
    };
    consumer.census = s.census = census_create();
    evtlog_input in = evtlog_input_bytes(&bytes);
    s.hasher = dr_hasher_create(DR_HASH_SHA256);
    in.on_bytes = hash;
    in.on_bytes_context = &s;
    if (evtlog_read(&in, &consumer, threads, &diags, &err) != DR_OK)
        fail_msg("%s", err.text);
    dr_hasher_end(s.hasher, s.sha);
    for (size_t i = 0; i < DR_DIAG_COUNT; i++)
        s.diags[i] = diags.count[i];
    for (size_t i = 0; i < census_count(s.census); i++)
        s.lost += census_at(s.census, i)->lost.n;
    dr_diags_free(&diags);
    dr_arena_destroy(arena);
    return s;
}

static void seen_free(seen *s)
{
    dr_buf_free(&s->text);
    census_destroy(s->census);
}

static void whole_log(void **state)
{
    (void)state;
    ew_options options = { .first_id = 100 };
    ew_log *log = log_of(&options, RECORDS);
    size_t n;
    uint8_t *p = ew_bytes(log, &n);
    char sha[65];
    dr_hash_hex(DR_HASH_SHA256, (dr_bytes){ p, n }, sha);
    seen first = { 0 };
    for (unsigned threads = 1; threads <= 5; threads += 2) {
        seen s = read_bytes(p, n, threads);
        assert_int_equal(s.live, RECORDS);
        assert_int_equal(s.recovered, 0);
        assert_string_equal(s.sha, sha); /* every byte once, in order */
        for (size_t i = 0; i < DR_DIAG_COUNT; i++)
            assert_int_equal(s.diags[i], 0);
        if (threads == 1) {
            first = s;
        } else {
            assert_true(dr_str_eq(dr_buf_str(&s.text), dr_buf_str(&first.text)));
            seen_free(&s);
        }
    }
    dr_str text = dr_buf_str(&first.text);
    assert_true(dr_str_starts(
        text,
        DR_STR("100 Microsoft-Windows-Security-Auditing//4726 Security WS01 131202000271663025 0: "
               "TargetUserName=user \"0\" <\xc3\xa9\xe2\x82\xac> TargetDomainName=WS01 "
               "TargetSid=S-1-5-21-1-2-3-1000 ")));
    assert_true(
        dr_str_find(text, DR_STR("Service Control Manager/Service Control Manager/7036 System WS01 "
                                 "131202000281663025 0: param1=one param2=running Binary=00FF")) !=
        SIZE_MAX);
    assert_true(dr_str_find(text, DR_STR("/1034 Application WS01 ")) != SIZE_MAX);
    assert_true(dr_str_find(text, DR_STR(" =first = =user \"2\"")) != SIZE_MAX);
    assert_true(dr_str_find(text, DR_STR(" Binary=00FF\n")) != SIZE_MAX);
    assert_int_equal(census_count(first.census), 3);
    uint64_t counted = 0;
    for (size_t i = 0; i < 3; i++)
        counted += census_at(first.census, i)->records;
    assert_int_equal(counted, RECORDS);
    seen_free(&first);
    ew_close(log);
}

static void exports_have_foreign_headers(void **state)
{
    (void)state;
    ew_options options = { .first_id = 5000, .exported = true };
    ew_log *log = log_of(&options, 50);
    size_t n;
    uint8_t *p = ew_bytes(log, &n);
    seen s = read_bytes(p, n, 1);
    assert_int_equal(s.live, 50);
    /* Identity and time are those of the XML; that the header differs is said. */
    assert_true(dr_str_starts(
        dr_buf_str(&s.text),
        DR_STR(
            "5000 Microsoft-Windows-Security-Auditing//4726 Security WS01 131202000271663025 4:")));
    seen_free(&s);
    ew_close(log);
}

static void ring_and_dirty(void **state)
{
    (void)state;
    ew_options options = { .dirty = true };
    ew_log *log = log_of(&options, RECORDS);
    size_t n;
    uint8_t *p = ew_bytes(log, &n);
    seen s = read_bytes(p, n, 1);
    assert_int_equal(s.live, RECORDS); /* whatever the stale header says */
    assert_int_equal(s.recovered, 0);
    seen_free(&s);
    /* The same file with the flag off and a sound checksum: chunks behind the declared are left over. */
    p[120] = 0;
    uint32_t crc = ew_crc32(p, 120, 0);
    for (unsigned i = 0; i < 4; i++)
        p[124 + i] = (uint8_t)(crc >> (8 * i));
    s = read_bytes(p, n, 1);
    assert_true(s.live < RECORDS);
    assert_int_equal(s.live + s.recovered, RECORDS);
    assert_int_equal(s.diags[DR_DIAG_EVTX_RECOVERED], s.recovered);
    seen t = read_bytes(p, n, 4);
    assert_true(dr_str_eq(dr_buf_str(&s.text), dr_buf_str(&t.text)));
    seen_free(&s);
    seen_free(&t);
    ew_close(log);
}

/* A copy of a live record in another chunk's unused space is dropped; another record is not. */
static void copies_are_dropped(void **state)
{
    (void)state;
    ew_options options = { .chunk_records = 20 };
    ew_log *log = log_of(&options, 40);
    size_t n;
    uint8_t *p = ew_bytes(log, &n);
    assert_int_equal(n, 4096 + 2 * 65536);
    uint8_t *first = p + 4096, *second = first + 65536;
    size_t size = first[512 + 4] | (size_t)first[512 + 5] << 8;
    memcpy(second + 65536 - 8 - size, first + 512, size);
    seen s = read_bytes(p, n, 1);
    assert_int_equal(s.live, 40);
    assert_int_equal(s.recovered, 0);
    assert_int_equal(s.diags[DR_DIAG_EVTX_RECOVERED], 0);
    seen_free(&s);
    second[65536 - 8 - size + 8] ^= 0x40; /* another id */
    s = read_bytes(p, n, 1);
    assert_int_equal(s.live, 40);
    assert_int_equal(s.diags[DR_DIAG_EVTX_RECOVERED], 1);
    seen_free(&s);
    ew_close(log);
}

static void shifted_chunks_are_found(void **state)
{
    (void)state;
    ew_options options = { .chunk_records = 20 };
    ew_log *log = log_of(&options, 60);
    size_t n;
    uint8_t *p = ew_bytes(log, &n), *shifted = calloc(1, n + 512);
    memcpy(shifted, p, 4096 + 65536);
    memset(shifted + 4096 + 65536, 0xcc, 512);
    memcpy(shifted + 4096 + 65536 + 512, p + 4096 + 65536, n - 4096 - 65536);
    seen s = read_bytes(shifted, n + 512, 1);
    assert_int_equal(s.live, 20);
    assert_int_equal(s.recovered, 40);
    assert_true(s.diags[DR_DIAG_EVTX_CHUNK_MAGIC] >= 2);
    assert_true(s.lost > 0);
    seen_free(&s);
    free(shifted);
    ew_close(log);
}

static void every_truncation(void **state)
{
    (void)state;
    ew_options options = { 0 };
    ew_log *log = log_of(&options, RECORDS);
    size_t n;
    uint8_t *p = ew_bytes(log, &n);
    uint64_t before = 0;
    for (size_t cut = 0; cut <= n; cut += cut < 4096 ? 512 : 4096) {
        uint8_t *exact = malloc(cut ? cut : 1);
        memcpy(exact, p, cut);
        seen s = read_bytes(exact, cut, 1);
        assert_true(s.live >= before); /* a longer file never has fewer records */
        before = s.live;
        bool inside = cut > 4096 && (cut - 4096) % 65536 != 0;
        assert_int_equal(s.diags[DR_DIAG_TRUNCATED], inside || (cut >= 128 && cut < 4096));
        seen_free(&s);
        free(exact);
    }
    assert_int_equal(before, RECORDS);
    ew_close(log);
}

typedef struct discard {
    uint64_t bytes;
} discard;

static dr_status throw_away(void *context, dr_str lines, dr_err *err)
{
    (void)err;
    ((discard *)context)->bytes += lines.n;
    return DR_OK;
}

static void render_bytes(const uint8_t *p, size_t n, bool xml)
{
    dr_err err = { "" };
    dr_bytes bytes = { p, n };
    dr_arena *arena = dr_arena_create("test", 0);
    dr_diags diags;
    discard d = { 0 };
    dr_diags_init(&diags, arena);
    evtlog_input in = evtlog_input_bytes(&bytes);
    evtlog_parse_options options = { .xml = xml, .recovered = true, .threads = 1 };
    assert_int_equal(evtlog_parse(&in, &options, throw_away, &d, &diags, &err), DR_OK);
    dr_diags_free(&diags);
    dr_arena_destroy(arena);
}

/* One chunk; every byte set to 0, to 0xff, and one of its bits flipped: all records but the one that was
 * hit come out (a damaged template or name may cost those that use it). */
static void every_byte(void **state)
{
    (void)state;
    ew_options options = { 0 };
    ew_log *log = log_of(&options, 12);
    size_t n;
    uint8_t *p = ew_bytes(log, &n);
    size_t used = 4096 + (p[4096 + 48] | (size_t)p[4096 + 49] << 8);
    uint8_t *copy = malloc(n);
    memcpy(copy, p, n);
    for (size_t at = 0; at < used; at += at < 4096 && at >= 128 ? 397 : 1) {
        for (unsigned way = 0; way < 10; way++) {
            uint8_t old = copy[at];
            copy[at] = way == 8 ? 0 : way == 9 ? 0xff : (uint8_t)(old ^ (1u << way));
            if (copy[at] == old || (way < 8 && way != (at * 5 + at / 8) % 8))
                continue;
            seen s = read_bytes(copy, n, 1);
            assert_true(s.live + s.recovered <= 12);
            if (at < 4096 + 512) /* headers steer next to nothing */
                assert_true(s.live + s.recovered >= (at < 4096 ? 12 : 11));
            uint32_t told = s.diags[DR_DIAG_EVTX_RECOVERED];
            for (dr_diag_code code = 0; code < DR_DIAG_COUNT; code++)
                told += dr_diag_severity(code) == DR_LOSS ? s.diags[code] : 0;
            if (s.live < 12 && !told)
                fail_msg("%zu, way %u: %llu records, no word of the rest", at, way,
                         (unsigned long long)s.live);
            /* Whose loss it is can only be said while any record tells the log's name. */
            if (s.live < 12 && s.live > 0 && !s.recovered)
                assert_true(s.lost || s.diags[DR_DIAG_EVTX_RECOVERED]);
            seen_free(&s);
            if (way < 8 && at % 4 == 0) {
                render_bytes(copy, n, false);
                render_bytes(copy, n, true);
            }
            copy[at] = old;
        }
    }
    free(copy);
    ew_close(log);
}

static dr_status collect(void *context, dr_str lines, dr_err *err)
{
    (void)err;
    dr_buf_str_add(context, lines);
    return DR_OK;
}

static void lines_do_not_depend_on_threads(void **state)
{
    (void)state;
    ew_options options = { 0 };
    ew_log *log = log_of(&options, RECORDS);
    size_t n;
    dr_bytes bytes = { NULL, 0 };
    bytes.p = ew_bytes(log, &n);
    bytes.n = n;
    dr_buf first = { 0 };
    for (unsigned threads = 1; threads <= 4; threads++) {
        dr_err err = { "" };
        dr_arena *arena = dr_arena_create("test", 0);
        dr_diags diags;
        dr_diags_init(&diags, arena);
        dr_buf lines = { 0 };
        evtlog_input in = evtlog_input_bytes(&bytes);
        evtlog_parse_options parse = { .offsets = true, .threads = threads };
        assert_int_equal(evtlog_parse(&in, &parse, collect, &lines, &diags, &err), DR_OK);
        if (threads == 1)
            dr_buf_str_add(&first, dr_buf_str(&lines));
        assert_true(dr_str_eq(dr_buf_str(&lines), dr_buf_str(&first)));
        dr_buf_free(&lines);
        dr_diags_free(&diags);
        dr_arena_destroy(arena);
    }
    size_t count = 0;
    for (size_t i = 0; i < first.n; i++)
        count += first.p[i] == '\n';
    assert_int_equal(count, RECORDS);
    assert_true(
        dr_str_starts(dr_buf_str(&first), DR_STR("{\"Record\":{\"offset\":4608,\"size\":")));
    dr_buf_free(&first);
    ew_close(log);
}

#ifdef DR_FAULT_INJECTION
static bool no_record(const void *context, dr_str provider, dr_str alias, uint32_t event_id)
{
    (void)context;
    (void)provider;
    (void)alias;
    (void)event_id;
    return false;
}

static const record_filter no_records = { NULL, no_record };

/* Counts without allocating: the number of lines stands in the buffer's limit. */
static dr_status count_lines(void *context, dr_str lines, dr_err *err)
{
    dr_buf *b = context;
    (void)err;
    for (size_t i = 0; i < lines.n; i++)
        b->limit += lines.p[i] == '\n';
    return DR_OK;
}

/* Every allocation made to fail, one after the other: the reading says so, or nothing is missing. */
static void every_allocation(void **state)
{
    (void)state;
    ew_options options = { .dirty = true };
    ew_log *log = log_of(&options, 60);
    size_t n;
    uint8_t *p = ew_bytes(log, &n);
    memcpy(p + n - 1024, p + 4096 + 512, 512); /* something to recover */
    p[n - 1024 + 8] ^= 0x40;
    seen whole = read_bytes(p, n, 1);
    dr_buf lines = { 0 };
    unsigned refused = 0, fine = 0;
    for (long fail = 1; fine < 200 && fail < 20000; fail++) {
        dr_err err = { "" };
        dr_bytes bytes = { p, n };
        dr_arena *arena = dr_arena_create("test", 0);
        dr_diags diags;
        seen s = { 0 };
        dr_diags_init(&diags, arena);
        evtlog_input in = evtlog_input_bytes(&bytes);
        evtlog_consumer consumer = {
            .context = &s, .unit_begin = unit_begin, .record = one, .unit_end = unit_end
        };
        consumer.filter = &no_records;
        consumer.census = s.census = census_create();
        dr_alloc_fail_after(fail);
        dr_status status = evtlog_read(&in, &consumer, 1, &diags, &err);
        dr_alloc_fail_after(0);
        assert_true(status == DR_OK || status == DR_NOMEM);
        if (status == DR_OK) {
            uint64_t counted = 0;
            for (size_t i = 0; i < census_count(s.census); i++)
                counted += census_at(s.census, i)->records;
            assert_int_equal(counted, whole.live);
        }
        evtlog_parse_options parse = { .recovered = true, .threads = 1 };
        dr_buf_clear(&lines);
        dr_alloc_fail_after(fail);
        dr_status parsed = evtlog_parse(&in, &parse, count_lines, &lines, &diags, &err);
        dr_alloc_fail_after(0);
        assert_true(parsed == DR_OK || parsed == DR_NOMEM);
        if (parsed == DR_OK)
            assert_int_equal(lines.limit, 60 + whole.recovered);
        lines.limit = 0;
        refused += status != DR_OK;
        fine = status == DR_OK && parsed == DR_OK ? fine + 1 : 0;
        dr_diags_free(&diags);
        seen_free(&s);
        dr_arena_destroy(arena);
    }
    assert_true(refused > 20);
    assert_true(fine == 200);
    dr_buf_free(&lines);
    seen_free(&whole);
    ew_close(log);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_log),
        cmocka_unit_test(exports_have_foreign_headers),
        cmocka_unit_test(ring_and_dirty),
        cmocka_unit_test(copies_are_dropped),
        cmocka_unit_test(shifted_chunks_are_found),
        cmocka_unit_test(every_truncation),
        cmocka_unit_test(every_byte),
        cmocka_unit_test(lines_do_not_depend_on_threads),
#ifdef DR_FAULT_INJECTION
        cmocka_unit_test(every_allocation),
#endif
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
