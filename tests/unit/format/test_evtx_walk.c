/* Chunks and records: what is found, what is reported, in chunks laid out by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "unit/format/binxml_build.h"

static chunk_build b;

static void some_record(uint64_t id)
{
    cb_record(&b, id);
    cb_open(&b, "Event", -1, false);
    cb_u8(&b, 0x03);
    cb_end_record(&b);
}

static void three_records(void)
{
    cb_start(&b);
    for (uint64_t id = 7; id < 10; id++)
        some_record(id);
    (void)cb_finish(&b);
}

static evtx_chunk opened(void)
{
    evtx_chunk c;
    evtx_chunk_open(&c, (dr_bytes){ b.bytes, sizeof b.bytes }, 4096);
    evtx_chunk_verify(&c);
    return c;
}

static void expect_record(evtx_chunk *c, uint64_t id)
{
    evtx_item item;
    assert_true(evtx_next(c, &item));
    assert_int_equal(item.kind, EVTX_RECORD);
    assert_int_equal(item.header_id, id);
    assert_int_equal(item.off, 4096 + item.pos);
    assert_int_equal(item.body, item.pos + 24);
    assert_int_equal(item.body_end, item.pos + item.size - 4);
}

static void good_chunk(void **state)
{
    (void)state;
    three_records();
    evtx_chunk c = opened();
    evtx_item item;
    assert_int_equal(c.kind, EVTX_SLOT_CHUNK);
    assert_true(c.checked && c.head_crc_ok && c.records_crc_ok);
    for (uint64_t id = 7; id < 10; id++)
        expect_record(&c, id);
    assert_false(evtx_next(&c, &item));
    assert_false(evtx_has_slack(&c));
    assert_false(evtx_next_slack(&c, &item));
}

static void wrong_checksums_are_said_not_obeyed(void **state)
{
    (void)state;
    three_records();
    b.bytes[512 + 40] ^= 1; /* in a record's body */
    b.bytes[200] ^= 1;      /* in the string table */
    evtx_chunk c = opened();
    assert_false(c.head_crc_ok);
    assert_false(c.records_crc_ok);
    for (uint64_t id = 7; id < 10; id++)
        expect_record(&c, id);
}

static void no_checksums(void **state)
{
    (void)state;
    three_records();
    b.bytes[120] = 5;
    evtx_chunk c = opened();
    assert_false(c.checked);
    assert_true(c.head_crc_ok && c.records_crc_ok);
}

static void torn_record_in_the_middle(void **state)
{
    (void)state;
    three_records();
    size_t second = 512 + (b.n - 512) / 3, size = (b.n - 512) / 3;
    b.bytes[second + size - 4] ^= 0xff; /* the copy of its size */
    evtx_chunk c = opened();
    evtx_item item;
    expect_record(&c, 7);
    assert_true(evtx_next(&c, &item));
    assert_int_equal(item.kind, EVTX_TORN);
    assert_int_equal(item.pos, second);
    assert_int_equal(item.size, size);
    expect_record(&c, 9);
    assert_false(evtx_next(&c, &item));
}

static void zeroed_record_in_the_middle(void **state)
{
    (void)state;
    three_records();
    size_t size = (b.n - 512) / 3;
    memset(b.bytes + 512 + size, 0, size);
    evtx_chunk c = opened();
    evtx_item item;
    expect_record(&c, 7);
    assert_true(evtx_next(&c, &item));
    assert_int_equal(item.kind, EVTX_SKIPPED);
    assert_int_equal(item.size, size);
    expect_record(&c, 9);
    assert_false(evtx_next(&c, &item));
}

static void size_zero_does_not_loop(void **state)
{
    (void)state;
    three_records();
    size_t size = (b.n - 512) / 3;
    cb_set32(&b, 512 + size + 4, 0);
    evtx_chunk c = opened();
    evtx_item item;
    expect_record(&c, 7);
    assert_true(evtx_next(&c, &item));
    assert_int_equal(item.kind, EVTX_SKIPPED);
    expect_record(&c, 9);
}

static void header_promises_more_than_is_there(void **state)
{
    (void)state;
    three_records();
    cb_set32(&b, 48, 40000); /* free space, though zeros begin long before */
    cb_set32(&b, 44, 39000); /* and a last record that was never written */
    evtx_chunk c = opened();
    evtx_item item;
    for (uint64_t id = 7; id < 10; id++)
        expect_record(&c, id);
    assert_true(evtx_next(&c, &item));
    assert_int_equal(item.kind, EVTX_SKIPPED);
    assert_int_equal(item.pos, b.n);
    assert_int_equal(item.size, 40000 - b.n);
    assert_false(evtx_next(&c, &item));
}

static void archived_chunk_ends_in_zeros(void **state)
{
    (void)state;
    three_records();
    cb_set32(&b, 48, 0x10000); /* free space as archived logs have it; the last record is right */
    evtx_chunk c = opened();
    evtx_item item;
    for (uint64_t id = 7; id < 10; id++)
        expect_record(&c, id);
    assert_false(evtx_next(&c, &item));
}

static void records_behind_the_end_are_slack(void **state)
{
    (void)state;
    three_records();
    size_t size = (b.n - 512) / 3;
    cb_set32(&b, 48, (uint32_t)(512 + size)); /* only the first is live */
    evtx_chunk c = opened();
    evtx_item item;
    expect_record(&c, 7);
    assert_false(evtx_next(&c, &item));
    assert_true(evtx_has_slack(&c));
    for (uint64_t id = 8; id < 10; id++) {
        assert_true(evtx_next_slack(&c, &item));
        assert_int_equal(item.header_id, id);
    }
    assert_false(evtx_next_slack(&c, &item));
}

static void headless_chunk(void **state)
{
    (void)state;
    three_records();
    memset(b.bytes, 0, 512);
    evtx_chunk c = opened();
    evtx_item item;
    assert_int_equal(c.kind, EVTX_SLOT_HEADLESS);
    for (uint64_t id = 7; id < 10; id++)
        expect_record(&c, id);
    assert_false(evtx_next(&c, &item));
    memset(b.bytes, 0, sizeof b.bytes);
    assert_int_equal(opened().kind, EVTX_SLOT_EMPTY);
}

static void finds_chunks_at_odd_places(void **state)
{
    (void)state;
    static uint8_t window[EVTX_CHUNK_SIZE + 1000];
    three_records();
    memset(window, 0, sizeof window);
    memcpy(window + 20, "ElfChnk", 8); /* a signature without a header behind it */
    memcpy(window + 777, b.bytes, sizeof b.bytes);
    assert_int_equal(evtx_find_chunk((dr_bytes){ window, sizeof window }, 0), 777);
    assert_int_equal(evtx_find_chunk((dr_bytes){ window, sizeof window }, 778), SIZE_MAX);
    assert_int_equal(evtx_find_chunk((dr_bytes){ window, 800 }, 0), SIZE_MAX);
}

/* Cut anywhere: the walk ends, and the records before the cut come out. */
static void every_truncation(void **state)
{
    (void)state;
    three_records();
    size_t size = (b.n - 512) / 3;
    for (size_t n = 1; n <= b.n + 8; n++) {
        evtx_chunk c;
        evtx_item item;
        size_t good = 0, steps = 0;
        uint8_t *exact = test_malloc(n);
        memcpy(exact, b.bytes, n);
        evtx_chunk_open(&c, (dr_bytes){ exact, n }, 0);
        evtx_chunk_verify(&c);
        for (; evtx_next(&c, &item); steps++)
            good += item.kind == EVTX_RECORD;
        while (evtx_next_slack(&c, &item))
            good += 100;
        size_t want = n < 512 ? 0 : (n - 512) / size;
        assert_int_equal(good, want > 3 ? 3 : want);
        assert_true(steps <= 4);
        test_free(exact);
    }
}

static void head(void **state)
{
    (void)state;
    uint8_t bytes[4096] = "ElfFile";
    bytes[32] = 128;
    bytes[36] = 2;
    bytes[38] = 3;
    bytes[42] = 5;
    uint32_t crc = dr_crc32(0, (dr_bytes){ bytes, 120 });
    for (unsigned i = 0; i < 4; i++)
        bytes[124 + i] = (uint8_t)(crc >> (8 * i));
    evtx_head h;
    assert_true(evtx_head_read(&h, (dr_bytes){ bytes, sizeof bytes }));
    assert_true(h.magic_ok && h.checksum_ok);
    assert_int_equal(h.major, 3);
    assert_int_equal(evtx_live_chunks(&h, 9), 5); /* clean: what lies behind is left over */
    assert_int_equal(evtx_live_chunks(&h, 70000), UINT64_MAX); /* the count has 16 bits */
    h.flags = EVTX_FILE_DIRTY;
    assert_int_equal(evtx_live_chunks(&h, 9), UINT64_MAX); /* dirty: the count is stale */
    h.flags = 0;
    h.checksum_ok = false;
    assert_int_equal(evtx_live_chunks(&h, 9), UINT64_MAX);
    for (size_t n = 0; n < 128; n++)
        assert_false(evtx_head_read(&h, (dr_bytes){ bytes, n }));
    bytes[0] = 'X';
    assert_false(evtx_head_read(&h, (dr_bytes){ bytes, sizeof bytes }));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_chunk),
        cmocka_unit_test(wrong_checksums_are_said_not_obeyed),
        cmocka_unit_test(no_checksums),
        cmocka_unit_test(torn_record_in_the_middle),
        cmocka_unit_test(zeroed_record_in_the_middle),
        cmocka_unit_test(size_zero_does_not_loop),
        cmocka_unit_test(header_promises_more_than_is_there),
        cmocka_unit_test(archived_chunk_ends_in_zeros),
        cmocka_unit_test(records_behind_the_end_are_slack),
        cmocka_unit_test(headless_chunk),
        cmocka_unit_test(finds_chunks_at_odd_places),
        cmocka_unit_test(every_truncation),
        cmocka_unit_test(head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
