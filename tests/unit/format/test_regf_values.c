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
#include "format/tasktrigger.h"

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

/* What is N bytes long fills whole blocks of 8; Windows leaves what was in memory there. */
static void fill(out *o, size_t n)
{
    for (; n % 8; n++)
        o->p[o->n++] = 0x48;
}

static void block_u8(out *o, unsigned v)
{
    o->p[o->n++] = (uint8_t)v;
    fill(o, 1);
}

static void block_u32(out *o, uint32_t v)
{
    u32(o, v);
    fill(o, 4);
}

static void block_text(out *o, const char *text)
{
    size_t n = *text ? strlen(text) * 2 + 2 : 0; /* the NUL counts */
    block_u32(o, (uint32_t)n);
    wide(o, text);
    if (n)
        u16(o, 0);
    fill(o, n);
}

static void block_time(out *o, bool local, uint64_t ticks)
{
    block_u8(o, local);
    u64(o, ticks);
}

static void block_user(out *o, const char *name)
{
    static const uint8_t system_sid[] = { 1, 1, 0, 0, 0, 0, 0, 5, 18, 0, 0, 0 };
    block_u8(o, 0);
    block_u8(o, 0);
    block_u32(o, 5);
    block_u32(o, sizeof system_sid);
    memcpy(o->p + o->n, system_sid, sizeof system_sid);
    o->n += sizeof system_sid;
    fill(o, sizeof system_sid);
    block_text(o, name);
}

static void trigger_id(out *o, unsigned version, const char *id)
{
    if (version < 0x16)
        return;
    u32(o, (uint32_t)strlen(id) * 2);
    wide(o, id);
    fill(o, 4 + strlen(id) * 2);
}

static void common(out *o, unsigned version, uint32_t every, bool enabled)
{
    block_time(o, false, (uint64_t)T0);
    block_time(o, false, UINT64_MAX);
    u32(o, 30);
    u32(o, UINT32_MAX);
    u32(o, every);
    u32(o, 0);
    u32(o, 0);
    u32(o, 1);
    block_u8(o, enabled);
    u64(o, 0);
    trigger_id(o, version, "tid");
}

static void block_text_nul(out *o, const char *text)
{
    block_u32(o, (uint32_t)strlen(text));
    if (*text) {
        wide(o, text);
        u16(o, 0);
        fill(o, strlen(text) * 2 + 2);
    }
}

/* One trigger of every kind; WNF first, for what follows it is shifted. Returns where each begins. */
static unsigned all_triggers(out *o, unsigned version, uint32_t settings, size_t begins[10])
{
    unsigned n = 0;
    *o = (out){ .n = 0 };
    block_u8(o, version);
    block_time(o, true, (uint64_t)T0);
    block_time(o, false, UINT64_MAX);
    block_u32(o, TASK_ENABLED | TASK_HIGHEST | 0x100);
    block_u32(o, 0x12345678);
    if (version >= 0x16)
        block_text(o, "Author");
    if (version >= 0x17)
        block_text(o, "");
    block_user(o, "");
    block_u32(o, settings);
    zeros(o, o->n + settings);
    fill(o, settings);

    begins[n++] = o->n;
    block_u32(o, TASK_TRIGGER_WNF);
    common(o, version, 0, true);
    u64(o, 0x41831b2ba3bc1875ull);
    block_u32(o, 1);
    o->p[o->n++] = 1;
    begins[n++] = o->n;
    block_u32(o, TASK_TRIGGER_TIME);
    block_time(o, true, (uint64_t)T0 + 5);
    block_time(o, true, UINT64_MAX);
    block_time(o, false, 0);
    u32(o, 900); /* every 15 minutes */
    u32(o, 0);
    u32(o, UINT32_MAX);
    u32(o, 2); /* weekly */
    u16(o, 4);
    u16(o, 0x22);
    u16(o, 0);
    u16(o, 0);
    o->p[o->n++] = 0;
    o->p[o->n++] = 1; /* enabled */
    u16(o, 0x1504);
    u32(o, 1);
    u32(o, 60);
    u32(o, 0);
    trigger_id(o, version, "");
    begins[n++] = o->n;
    block_u32(o, TASK_TRIGGER_BOOT);
    common(o, version, 0, false);
    begins[n++] = o->n;
    block_u32(o, TASK_TRIGGER_LOGON);
    common(o, version, 0, true);
    block_user(o, "PC\\eve");
    begins[n++] = o->n;
    block_u32(o, TASK_TRIGGER_SESSION);
    common(o, version, 0, true);
    block_u32(o, 6);
    block_u8(o, 1); /* nobody in particular */
    begins[n++] = o->n;
    block_u32(o, TASK_TRIGGER_EVENT);
    common(o, version, 0, true);
    block_text_nul(o, "<QueryList/>");
    u64(o, 0);
    block_text_nul(o, "");
    block_u32(o, 1);
    block_text_nul(o, "name");
    block_text_nul(o, "Event/System");
    begins[n++] = o->n;
    block_u32(o, TASK_TRIGGER_IDLE);
    common(o, version, 0, true);
    begins[n++] = o->n;
    block_u32(o, TASK_TRIGGER_REGISTRATION);
    common(o, version, 0, true);
    begins[n] = o->n;
    return n;
}

static void test_triggers(void **state)
{
    (void)state;
    static const uint32_t settings[] = { 0, 0x2c, 0x38, 0x58 };
    static const unsigned kinds[] = { TASK_TRIGGER_WNF,     TASK_TRIGGER_TIME,  TASK_TRIGGER_BOOT, TASK_TRIGGER_LOGON,
                                      TASK_TRIGGER_SESSION, TASK_TRIGGER_EVENT, TASK_TRIGGER_IDLE, TASK_TRIGGER_REGISTRATION };
    for (unsigned version = 0x15; version <= 0x17; version++) {
        for (size_t s = 0; s < 4; s++) {
            out o;
            size_t begins[10];
            unsigned n = all_triggers(&o, version, settings[s], begins);
            task_triggers t;
            task_trigger one, found[10];
            bool damaged = false;
            unsigned k = 0;
            assert_true(task_triggers_open(&t, (dr_bytes){ o.p, o.n }));
            assert_true(t.flags & TASK_HIGHEST && t.start.local && t.start.ticks == T0 && t.end.ticks == DR_NO_TIME);
            assert_int_equal(t.user.sid.n, 12);
            for (; k < 10 && task_triggers_next(&t, &one, &damaged); k++)
                found[k] = one;
            assert_false(damaged);
            assert_int_equal(k, n);
            for (unsigned i = 0; i < n; i++)
                assert_int_equal(found[i].kind, kinds[i]);
            assert_true(found[1].start.local && found[1].start.ticks == T0 + 5 && found[1].end.ticks == DR_NO_TIME && found[1].enabled);
            assert_true(found[1].mode == 2 && found[1].every == 4 && found[1].weekdays == 0x22 && found[1].repeat_every == 900 &&
                        found[1].delay == 60);
            assert_false(found[2].enabled);
            assert_int_equal(found[2].delay, 30);
            assert_int_equal(found[3].user.name.units, 6);
            assert_int_equal(found[4].state, 6);
            assert_int_equal(found[4].user.sid.n, 0);
            assert_int_equal(found[5].query.units, 12);
            /* Cut anywhere: what is whole before the cut is read, and the rest is damage. */
            for (size_t cut = 0; cut < o.n; cut++) {
                unsigned whole = 0;
                bool at_end = false;
                for (unsigned i = 0; i < n; i++) {
                    whole += begins[i + 1] <= cut;
                    at_end = at_end || begins[i] == cut;
                }
                if (!task_triggers_open(&t, (dr_bytes){ o.p, cut })) {
                    assert_true(cut < begins[0]);
                    continue;
                }
                damaged = false;
                for (k = 0; task_triggers_next(&t, &one, &damaged);)
                    k++;
                assert_int_equal(k, whole);
                assert_int_equal(damaged, !at_end);
            }
        }
    }
    const uint8_t other[] = { 0x12, 0, 0, 0, 0, 0, 0, 0 };
    task_triggers t;
    assert_false(task_triggers_open(&t, (dr_bytes){ other, sizeof other }));
    assert_int_equal(t.version, 0);
    out o;
    size_t begins[10];
    (void)all_triggers(&o, 0x17, 0x2c, begins);
    o.p[begins[1]] = 1; /* a kind that is not known */
    task_trigger one;
    bool damaged = false;
    assert_true(task_triggers_open(&t, (dr_bytes){ o.p, o.n }));
    assert_true(task_triggers_next(&t, &one, &damaged));
    assert_false(task_triggers_next(&t, &one, &damaged));
    assert_true(damaged);
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
        cmocka_unit_test(test_tasks), cmocka_unit_test(test_triggers),     cmocka_unit_test(test_sam),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
