/* Binary registry values: ShimCache of every version, SAM, audit policy, task cache; made here byte by
 * byte. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/crc32.h"
#include "format/audit_policy.h"
#include "format/sam_value.h"
#include "format/shimcache.h"
#include "format/taskcache.h"

#include <stdlib.h>
#include <string.h>

#define T0 132000000000000000ll

typedef struct out {
    uint8_t p[4096];
    size_t n;
} out;

static void u16(out *o, unsigned v)
{
    o->p[o->n++] = (uint8_t)v;
    o->p[o->n++] = (uint8_t)(v >> 8);
}

static void u32(out *o, uint32_t v)
{
    u16(o, v & 0xffff);
    u16(o, v >> 16);
}

static void u64(out *o, uint64_t v)
{
    u32(o, (uint32_t)v);
    u32(o, (uint32_t)(v >> 32));
}

static void wide(out *o, const char *text)
{
    for (; *text; text++)
        u16(o, (unsigned char)*text);
}

static void zeros(out *o, size_t to)
{
    while (o->n < to)
        o->p[o->n++] = 0;
}

static void set32(out *o, size_t at, uint32_t v)
{
    size_t n = o->n;
    o->n = at;
    u32(o, v);
    o->n = n;
}

static const char *const paths[] = { "\\??\\C:\\Windows\\first.exe", "\\??\\C:\\second.exe" };

/* A value of each kind with two entries, modified at T0 and T0 + 1. */
static void make(out *o, shimcache_kind kind, bool x64)
{
    memset(o, 0, sizeof *o);
    if (kind == SHIMCACHE_XP) {
        u32(o, 0xdeadbeef);
        u32(o, 96);
        u32(o, 2);
        u32(o, 0);
        u32(o, 1); /* the second stored was used last */
        u32(o, 0);
        zeros(o, 0x190);
        for (size_t i = 0; i < 2; i++) {
            size_t start = o->n;
            wide(o, paths[i]);
            zeros(o, start + 528);
            u64(o, (uint64_t)T0 + i);
            u64(o, 1000 + i);
            u64(o, (uint64_t)T0 + 100 + i);
        }
        return;
    }
    if (kind <= SHIMCACHE_7) {
        bool seven = kind == SHIMCACHE_7;
        size_t head = seven ? 0x80 : 8, stride = seven ? (x64 ? 48 : 32) : (x64 ? 32 : 24);
        u32(o, seven ? 0xbadc0fee : 0xbadc0ffe);
        u32(o, 2);
        zeros(o, head);
        size_t text = head + 2 * stride;
        for (size_t i = 0; i < 2; i++) {
            size_t bytes = strlen(paths[i]) * 2;
            u16(o, (unsigned)bytes);
            u16(o, (unsigned)bytes + 2);
            if (x64) {
                u32(o, 0);
                u64(o, text);
            } else {
                u32(o, (uint32_t)text);
            }
            u64(o, (uint64_t)T0 + i);
            if (kind == SHIMCACHE_2003) {
                u64(o, 70000 + i);
            } else {
                u32(o, 2 + (uint32_t)i);
                u32(o, 0x100);
            }
            if (seven && x64) {
                u64(o, 0);
                u64(o, 0);
            } else if (seven) {
                u32(o, 0);
                u32(o, 0);
            }
            text += bytes;
        }
        wide(o, paths[0]);
        wide(o, paths[1]);
        return;
    }
    size_t head = kind <= SHIMCACHE_8_1 ? 0x80 : kind == SHIMCACHE_10 ? 0x30 : 0x34;
    u32(o, kind <= SHIMCACHE_8_1 ? (kind == SHIMCACHE_8_0 ? 0x80 : 0) : (uint32_t)head);
    zeros(o, head);
    for (size_t i = 0; i < 2; i++) {
        memcpy(o->p + o->n, kind == SHIMCACHE_8_0 ? "00ts" : "10ts", 4);
        o->n += 4;
        size_t crc_at = o->n;
        u32(o, 0);
        u32(o, 0);
        size_t start = o->n;
        u16(o, (unsigned)strlen(paths[i]) * 2);
        wide(o, paths[i]);
        if (kind <= SHIMCACHE_8_1) {
            u16(o, 0);
            u32(o, 0x40 + 2 * (uint32_t)i);
            u32(o, 1);
        }
        u64(o, (uint64_t)T0 + i);
        if (kind <= SHIMCACHE_8_1) {
            u32(o, 0);
        } else {
            u32(o, 12 + 12);
            u32(o, 0x800);
            u32(o, 2);
            u16(o, 0x8664);
            u16(o, 0); /* padding */
            u32(o, 0x100);
            u32(o, 4);
            u32(o, 1);
        }
        set32(o, crc_at, dr_crc32(0, (dr_bytes){ o->p + start, o->n - start }));
        set32(o, crc_at + 4, (uint32_t)(o->n - start));
    }
}

static void test_shimcache(void **state)
{
    (void)state;
    for (shimcache_kind kind = SHIMCACHE_XP; kind <= SHIMCACHE_10_CREATORS; kind++) {
        for (unsigned x64 = 0; x64 < 2; x64++) {
            out o;
            shimcache s;
            shimcache_entry e;
            bool damaged = false;
            make(&o, kind, x64 != 0);
            assert_true(shimcache_open(&s, (dr_bytes){ o.p, o.n }));
            assert_int_equal(s.kind, kind);
            for (size_t i = 0; i < 2; i++) {
                assert_true(shimcache_next(&s, &e, &damaged));
                assert_int_equal(e.position, kind == SHIMCACHE_XP ? 1 - i : i);
                assert_true(e.modified == T0 + (int64_t)i);
                assert_true(e.crc_ok);
                char text[256];
                text[dr_utf16_to_wtf8(e.path, text)] = '\0';
                assert_string_equal(text, paths[i]);
                assert_int_equal(e.has_flags, kind >= SHIMCACHE_VISTA && kind <= SHIMCACHE_8_1);
                uint32_t value;
                if (kind >= SHIMCACHE_10) {
                    assert_true(shimcache_tag(e.blob, 0x100, &value));
                    assert_int_equal(value, 1);
                    assert_true(shimcache_tag(e.blob, 0x800, &value));
                    assert_int_equal(value, 0x8664);
                    assert_false(shimcache_tag(e.blob, 0x200, &value));
                }
                if (kind == SHIMCACHE_2003)
                    assert_int_equal(e.file_size, 70000 + i);
                if (kind == SHIMCACHE_XP)
                    assert_true(e.updated == T0 + 100 + (int64_t)i);
            }
            assert_false(shimcache_next(&s, &e, &damaged));
            assert_false(damaged);
        }
    }
    shimcache s;
    assert_false(shimcache_open(&s, (dr_bytes){ (const uint8_t *)"", 0 }));
    assert_false(shimcache_open(&s, (dr_bytes){ (const uint8_t *)"\x34\0\0\0\0\0\0\0", 8 }));
}

/* Cut off anywhere, or with a wrong byte: it ends, and says that something is wrong or gives no entry
 * that was not there. */
static void test_shimcache_sweeps(void **state)
{
    (void)state;
    for (shimcache_kind kind = SHIMCACHE_XP; kind <= SHIMCACHE_10_CREATORS; kind++) {
        out o;
        make(&o, kind, true);
        for (size_t n = 0; n < o.n; n++) {
            uint8_t *exact = malloc(n ? n : 1);
            memcpy(exact, o.p, n);
            shimcache s;
            shimcache_entry e;
            bool damaged = false;
            unsigned count = 0;
            if (shimcache_open(&s, (dr_bytes){ exact, n })) {
                while (shimcache_next(&s, &e, &damaged))
                    count++;
                assert_true(count <= 2);
            }
            free(exact);
        }
        for (size_t at = 0; at < o.n; at++) {
            shimcache s;
            shimcache_entry e;
            unsigned count = 0;
            o.p[at] ^= 0xff;
            if (shimcache_open(&s, (dr_bytes){ o.p, o.n }))
                while (shimcache_next(&s, &e, NULL))
                    count++;
            assert_true(count <= 96);
            o.p[at] ^= 0xff;
        }
    }
}

static void test_audit_policy(void **state)
{
    (void)state;
    static const struct {
        const char *system;
        unsigned counts[9];
        size_t size;
    } forms[] = { { "7", { 5, 9, 12, 3, 4, 6, 6, 4, 4 }, 138 },
                  { "8", { 5, 10, 14, 3, 4, 6, 6, 4, 4 }, 144 },
                  { "10", { 5, 11, 14, 3, 6, 6, 6, 4, 4 }, 150 } };
    for (size_t f = 0; f < 3; f++) {
        out o = { .n = 0 };
        unsigned total = 0;
        for (size_t i = 0; i < 9; i++)
            total += forms[f].counts[i];
        u32(&o, 0x100);
        u32(&o, 9);
        u32(&o, (uint32_t)forms[f].size - 18);
        for (unsigned i = 0; i < total; i++)
            u16(&o, i % 4);
        zeros(&o, forms[f].size - 18);
        for (size_t i = 0; i < 9; i++)
            u16(&o, forms[f].counts[i]);
        assert_int_equal(o.n, forms[f].size);
        audit_policy p;
        audit_setting s;
        assert_true(audit_policy_open(&p, (dr_bytes){ o.p, o.n }));
        unsigned n = 0;
        bool process = false, file_system = false;
        while (audit_policy_next(&p, &s)) {
            assert_int_equal(s.value, n % 4);
            assert_non_null(s.subcategory);
            if (strcmp(s.subcategory, "Process Creation") == 0) {
                assert_int_equal(s.guid, 0x2b);
                assert_string_equal(s.category, "Detailed Tracking");
                assert_int_equal(n, forms[f].counts[0] + forms[f].counts[1] + forms[f].counts[2] + forms[f].counts[3]);
                process = true;
            }
            if (strcmp(s.subcategory, "File System") == 0) {
                assert_int_equal(n, forms[f].counts[0] + forms[f].counts[1]);
                file_system = true;
            }
            n++;
        }
        assert_int_equal(n, total);
        assert_true(process && file_system);
        for (size_t cut = 0; cut < o.n; cut++)
            if (audit_policy_open(&p, (dr_bytes){ o.p, cut }))
                while (audit_policy_next(&p, &s))
                    assert_true(s.index < 64);
    }
}

static void test_tasks(void **state)
{
    (void)state;
    out o = { .n = 0 };
    u32(&o, 3);
    u64(&o, (uint64_t)T0);
    u64(&o, (uint64_t)T0 + 1);
    u32(&o, 0);
    u32(&o, 0x41303);
    task_dynamic_info info;
    assert_true(task_dynamic_info_read(&info, (dr_bytes){ o.p, o.n })); /* 28 bytes: Vista, 7 */
    assert_false(info.has_last_success);
    assert_int_equal(info.last_result, 0x41303);
    u64(&o, (uint64_t)T0 + 2);
    assert_true(task_dynamic_info_read(&info, (dr_bytes){ o.p, o.n }));
    assert_true(info.has_last_success && info.last_success == T0 + 2 && info.created == T0 && info.last_run == T0 + 1);
    assert_false(task_dynamic_info_read(&info, (dr_bytes){ o.p, 27 }));

    memset(&o, 0, sizeof o);
    u16(&o, 3);
    u32(&o, 12);
    wide(&o, "Author");
    u16(&o, 0x6666);
    static const char *const parts[] = { "id", "C:\\x.exe", "-a", "C:\\" };
    for (size_t i = 0; i < 4; i++) {
        u32(&o, (uint32_t)strlen(parts[i]) * 2);
        wide(&o, parts[i]);
    }
    u16(&o, 0);
    size_t first = o.n;
    u16(&o, 0x7777);
    u32(&o, 0);
    for (unsigned i = 0; i < 16; i++)
        o.p[o.n++] = (uint8_t)i;
    u32(&o, 2);
    wide(&o, "d");
    task_actions a;
    task_action t;
    bool damaged = false;
    assert_true(task_actions_open(&a, (dr_bytes){ o.p, o.n }));
    assert_int_equal(a.context.units, 6);
    assert_true(task_actions_next(&a, &t, &damaged));
    assert_int_equal(t.kind, TASK_ACTION_EXEC);
    assert_int_equal(t.command.units, 8);
    assert_int_equal(t.arguments.units, 2);
    assert_true(task_actions_next(&a, &t, &damaged));
    assert_int_equal(t.kind, TASK_ACTION_COM);
    assert_int_equal(t.class_id[15], 15);
    assert_false(task_actions_next(&a, &t, &damaged));
    assert_false(damaged);
    for (size_t cut = 0; cut < o.n; cut++) {
        if (!task_actions_open(&a, (dr_bytes){ o.p, cut }))
            continue;
        damaged = false;
        unsigned n = 0;
        while (task_actions_next(&a, &t, &damaged))
            n++;
        assert_true(n <= 1);
        assert_int_equal(damaged, cut != first && a.c.in.n > 18); /* cut between actions it looks whole */
    }
}

static void test_sam(void **state)
{
    (void)state;
    out o = { .n = 0 };
    u32(&o, 0x00010002);
    u32(&o, 0);
    u64(&o, (uint64_t)T0);
    u64(&o, 0);
    u64(&o, (uint64_t)T0 + 1);
    u64(&o, INT64_MAX);
    u64(&o, (uint64_t)T0 + 2);
    u32(&o, 1001);
    u32(&o, 513);
    u16(&o, 0x0215);
    zeros(&o, 64);
    u16(&o, 3);
    u16(&o, 9);
    zeros(&o, 80);
    sam_account account;
    assert_true(sam_account_read(&account, (dr_bytes){ o.p, o.n }));
    assert_true(account.last_logon == T0 && account.password_set == T0 + 1 && account.bad_password == T0 + 2);
    assert_int_equal(account.rid, 1001);
    assert_int_equal(account.acb, 0x215);
    assert_int_equal(account.bad_count, 3);
    assert_int_equal(account.logon_count, 9);
    assert_false(sam_account_read(&account, (dr_bytes){ o.p, 60 }));
    /* Descriptors that lead out of V give no text. */
    uint8_t v[0xcc + 8];
    memset(v, 0xff, sizeof v);
    sam_names names;
    assert_false(sam_names_read(&names, (dr_bytes){ v, sizeof v }));
    assert_int_equal(names.name.units, 0);
    /* A member list that says more than it holds. */
    uint8_t c[52 + 28] = { 0x20, 2 };
    c[44] = 28;
    c[48] = 0xff;
    memcpy(c + 52, "\x01\x05\0\0\0\0\0\x05\x15\0\0\0\x01\0\0\0\x02\0\0\0\x03\0\0\0\xe9\x03\0\0", 28);
    sam_alias alias;
    char sid[DR_SID_TEXT_MAX];
    assert_true(sam_alias_read(&alias, (dr_bytes){ c, sizeof c }));
    assert_int_equal(alias.rid, 544);
    assert_true(sam_alias_next(&alias, sid));
    assert_string_equal(sid, "S-1-5-21-1-2-3-1001");
    assert_false(sam_alias_next(&alias, sid));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shimcache), cmocka_unit_test(test_shimcache_sweeps), cmocka_unit_test(test_audit_policy),
        cmocka_unit_test(test_tasks),     cmocka_unit_test(test_sam),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
