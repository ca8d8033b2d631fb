/* The reader over the small samples of the sample writer: what it must find, and where it must not
 * fall over. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "format/evtx.h"
#include "writer/small.h"

typedef struct tally {
    unsigned records, torn, skipped, slack;
    uint64_t first_id, last_id;
} tally;

static tally walk(const uint8_t *bytes, size_t n)
{
    tally t = { 0 };
    for (size_t at = EVTX_HEAD_SIZE; at < n; at += EVTX_CHUNK_SIZE) {
        evtx_chunk chunk;
        evtx_item item;
        evtx_chunk_open(&chunk, (dr_bytes){ .p = bytes + at, .n = n - at }, at);
        while (evtx_next(&chunk, &item)) {
            t.records += item.kind == EVTX_RECORD;
            t.torn += item.kind == EVTX_TORN;
            t.skipped += item.kind == EVTX_SKIPPED;
            if (item.kind == EVTX_RECORD && t.first_id == 0)
                t.first_id = item.header_id;
            if (item.kind == EVTX_RECORD)
                t.last_id = item.header_id;
        }
        while (evtx_next_slack(&chunk, &item))
            t.slack++;
    }
    return t;
}

static tally walk_named(const char *name)
{
    size_t n;
    uint8_t *bytes = small_make_named(name, &n);
    tally t = walk(bytes, n);
    free(bytes);
    return t;
}

static void finds_every_record(void **state)
{
    (void)state;
    for (size_t i = 0; i < small_count(); i++) {
        const small_sample *s = small_at(i);
        size_t n;
        uint8_t *bytes = small_make(i, &n);
        tally t = walk(bytes, n);
        /* A damaged record may come as a record or as a torn one. */
        unsigned least = s->n_records - s->n_partial;
        if (t.records < least || t.records > s->n_records || t.slack != s->n_recovered)
            print_error("%s: %u records, %u torn, %u skipped, %u in slack\n", s->name, t.records, t.torn,
                        t.skipped, t.slack);
        assert_in_range(t.records, least, s->n_records);
        assert_int_equal(t.slack, s->n_recovered);
        free(bytes);
    }
}

static void tells_damage(void **state)
{
    (void)state;
    assert_true(walk_named("plain").torn == 0 && walk_named("plain").skipped == 0);
    assert_int_equal(walk_named("truncated").torn, 1);
    assert_true(walk_named("zero-size").skipped + walk_named("zero-size").torn > 0);
    assert_true(walk_named("zero-block").skipped > 0);
}

static void headers_are_what_they_are(void **state)
{
    (void)state;
    assert_int_equal(walk_named("chunks").first_id, 1000);
    assert_int_equal(walk_named("chunks").last_id, 1022);
    assert_int_equal(walk_named("exported").first_id, 1); /* the records say 5000 */
    size_t n;
    uint8_t *bytes = small_make_named("dirty", &n);
    evtx_head head;
    assert_true(evtx_head_read(&head, (dr_bytes){ .p = bytes, .n = n }));
    assert_true(head.flags & EVTX_FILE_DIRTY);
    assert_int_equal(head.chunk_count, 1);
    free(bytes);
    bytes = small_make_named("ring", &n);
    assert_true(evtx_head_read(&head, (dr_bytes){ .p = bytes, .n = n }));
    assert_true(head.oldest_chunk > head.current_chunk);
    free(bytes);
}

static void survives_cuts_and_flips(void **state)
{
    (void)state;
    size_t n;
    uint8_t *bytes = small_make_named("shapes", &n);
    unsigned all = walk(bytes, n).records;
    for (size_t cut = 0; cut < n; cut += 97)
        assert_true(walk(bytes, cut).records <= all);
    for (size_t at = EVTX_HEAD_SIZE + EVTX_CHUNK_HEAD_SIZE; at < n && at < EVTX_HEAD_SIZE + 8192; at += 3) {
        bytes[at] ^= 0xff;
        assert_true(walk(bytes, n).records + 1 >= all); /* one bad byte costs one record */
        bytes[at] ^= 0xff;
    }
    free(bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(finds_every_record),
        cmocka_unit_test(tells_damage),
        cmocka_unit_test(headers_are_what_they_are),
        cmocka_unit_test(survives_cuts_and_flips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
