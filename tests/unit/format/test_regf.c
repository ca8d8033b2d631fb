/* Registry hives built in memory by the tree's own writer. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "format/regf.h"
#include "writer/regf_writer.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define T0 132000000000000000ll

typedef struct opened {
    dr_arena *arena;
    dr_diags diags;
    regf_hive *hive;
    regf_key root;
} opened;

static void open_bytes(opened *o, regfw_bytes file, const regf_log *logs, size_t n)
{
    o->arena = dr_arena_create("test", 0);
    assert_non_null(o->arena);
    dr_diags_init(&o->diags, o->arena);
    dr_err err = { "" };
    assert_int_equal(regf_open(&o->hive, (dr_bytes){ file.p, file.n }, logs, n, o->arena, &o->diags, &err), DR_OK);
    assert_true(regf_root(o->hive, &o->root));
}

static void close_all(opened *o)
{
    regf_close(o->hive);
    dr_diags_free(&o->diags);
    dr_arena_destroy(o->arena);
}

static regf_key key_of(const opened *o, const char *path)
{
    regf_key key;
    if (!regf_find_key(o->hive, &o->root, dr_str_of(path), &key))
        fail_msg("no key %s", path);
    return key;
}

static dr_bytes data_of(opened *o, const char *path, const char *name)
{
    regf_key key = key_of(o, path);
    regf_value value;
    dr_bytes data;
    if (!regf_find_value(o->hive, &key, dr_str_of(name), &value))
        fail_msg("no value %s of %s", name, path);
    assert_true(regf_data(o->hive, &value, o->arena, &data));
    return data;
}

static void parse_into(void *context, dr_str lines)
{
    dr_buf_str_add(context, lines);
}

static dr_status write_lines(void *context, dr_str lines)
{
    parse_into(context, lines);
    return DR_OK;
}

static regf_writer *small_tree(unsigned minor)
{
    regf_writer *w = regfw_create("ROOT", minor);
    regfw_base(w, "\\config\\TEST", T0, 7);
    regfw_security(w, "S-1-5-21-1-2-3-1001");
    regfw_key run = regfw_key_at(w, "Software\\Vendor\\Run", T0 + 1);
    regfw_sz(w, run, "one", "C:\\a.exe");
    regfw_expand(w, run, "two", "%TEMP%\\b.exe");
    regfw_dword(w, run, "number", 0x80000001u);
    regfw_qword(w, run, "long", 0x1122334455667788ull);
    regfw_value(w, run, "", 3, "\x01\x02\x03\x04\x05", 5);
    static const char *const list[] = { "x", "", "yz", NULL };
    regfw_multi(w, run, "list", list);
    regfw_class(w, run, "Shell");
    return w;
}

static void test_tree(void **state)
{
    (void)state;
    regf_writer *w = small_tree(5);
    regfw_bytes file = regfw_build(w);
    opened o;
    open_bytes(&o, file, NULL, 0);
    assert_int_equal(regf_base_of(o.hive)->minor, 5);
    assert_true(regf_base_of(o.hive)->checksum_ok);
    assert_int_equal(regf_replay_of(o.hive)->state, REGF_CLEAN);
    regf_key run = key_of(&o, "SOFTWARE\\vendor\\RUN"); /* names have no case */
    assert_int_equal(regf_offset(run.cell), regfw_key_offset(w, regfw_key_at(w, "Software\\Vendor\\Run", T0 + 1)));
    assert_true(run.written == T0 + 1);
    assert_int_equal(run.n_values, 6);
    dr_str path;
    assert_true(regf_path(o.hive, &run, o.arena, &path));
    assert_true(dr_str_is(path, "Software\\Vendor\\Run"));
    assert_true(dr_str_is(regf_class_name(o.hive, &run, o.arena), "Shell"));
    dr_bytes data = data_of(&o, "Software\\Vendor\\Run", "TWO");
    assert_int_equal(data.n, 26);
    dr_cur c = dr_cur_over(data_of(&o, "Software\\Vendor\\Run", "number"), 0);
    assert_int_equal(dr_u32(&c), 0x80000001u);
    c = dr_cur_over(data_of(&o, "Software\\Vendor\\Run", "long"), 0);
    assert_true(dr_u64(&c) == 0x1122334455667788ull);
    assert_int_equal(data_of(&o, "Software\\Vendor\\Run", "").n, 5);
    regf_key none;
    assert_false(regf_find_key(o.hive, &o.root, DR_STR("Software\\Vendo"), &none));
    assert_false(regf_find_key(o.hive, &o.root, DR_STR("Software\\Vendor\\Run\\x"), &none));
    const regf_summary *s = regf_summary_of(o.hive);
    assert_int_equal(s->keys, 4);
    assert_int_equal(s->values, 6);
    assert_int_equal(s->deleted_keys + s->deleted_values + s->orphan_keys, 0);
    assert_true(s->newest == T0 + 1);
    assert_int_equal(o.diags.list.n, 0);
    /* The descriptor is there, and names the account. */
    dr_bytes sd = regf_security(o.hive, &run);
    char sid[DR_SID_TEXT_MAX];
    assert_true(sd.n > 36 && dr_sid_text(dr_bytes_sub(sd, 36, 64), sid, NULL));
    assert_string_equal(sid, "S-1-5-21-1-2-3-1001");
    close_all(&o);
    free(file.p);
    regfw_destroy(w);
}

/* All versions, the oldest with another head of cells. */
static void test_versions(void **state)
{
    (void)state;
    for (unsigned minor = 1; minor <= 6; minor++) {
        regf_writer *w = small_tree(minor);
        regfw_key gone = regfw_key_at(w, "Software\\Vendor\\Gone", T0);
        regfw_sz(w, gone, "why", "removed");
        regfw_delete_key(w, gone);
        regfw_bytes file = regfw_build(w);
        opened o;
        open_bytes(&o, file, NULL, 0);
        assert_int_equal(regf_base_of(o.hive)->minor, minor);
        assert_int_equal(data_of(&o, "Software\\Vendor\\Run", "two").n, 26);
        assert_int_equal(regf_summary_of(o.hive)->keys, 4);
        assert_int_equal(regf_summary_of(o.hive)->values, 6);
        assert_int_equal(regf_summary_of(o.hive)->deleted_keys, 1);
        assert_int_equal(regf_summary_of(o.hive)->deleted_values, 1);
        assert_int_equal(o.diags.list.n, 0);
        close_all(&o);
        free(file.p);
        regfw_destroy(w);
    }
}

static void test_parse(void **state)
{
    (void)state;
    regf_writer *w = small_tree(5);
    regfw_bytes file = regfw_build(w);
    opened o;
    open_bytes(&o, file, NULL, 0);
    dr_buf out = { 0 };
    regf_parse_options options = { .key = DR_STR("Software\\Vendor\\Run") };
    dr_err err;
    assert_int_equal(regf_parse(o.hive, &options, write_lines, &out, &err), DR_OK);
    dr_str all = dr_buf_str(&out), line;
    static const char *const want[] = {
        "{\"key\":\"Software\\\\Vendor\\\\Run\",\"written\":\"2019-04-17T18:40:00.0000001Z\",\"offset\":",
        "\"value\":\"one\",\"type\":\"REG_SZ\",\"data\":\"C:\\\\a.exe\",\"raw\":\"43003a005c0061002e006500780065000000\"",
        "\"value\":\"two\",\"type\":\"REG_EXPAND_SZ\",\"data\":\"%TEMP%\\\\b.exe\"",
        "\"value\":\"number\",\"type\":\"REG_DWORD\",\"data\":2147483649,\"raw\":\"01000080\"",
        "\"value\":\"long\",\"type\":\"REG_QWORD\",\"data\":\"1234605616436508552\"",
        "\"value\":\"\",\"type\":\"REG_BINARY\",\"data\":null,\"raw\":\"0102030405\"",
        "\"value\":\"list\",\"type\":\"REG_MULTI_SZ\",\"data\":[\"x\",\"\",\"yz\"]",
    };
    for (size_t i = 0; i < sizeof want / sizeof want[0]; i++) {
        assert_true(dr_str_split(&all, '\n', &line));
        if (dr_str_find(line, dr_str_of(want[i])) == SIZE_MAX)
            fail_msg("%s not in %.*s", want[i], DR_STR_ARG(line));
    }
    assert_true(dr_str_find(dr_buf_str(&out), DR_STR("\"class\":\"Shell\"")) != SIZE_MAX);
    options.key = DR_STR("Software\\nothing");
    assert_int_equal(regf_parse(o.hive, &options, write_lines, &out, &err), DR_END);
    dr_buf_free(&out);
    close_all(&o);
    free(file.p);
    regfw_destroy(w);
}

/* Every kind of list, split into an index of lists, names of every kind. */
static void test_lists(void **state)
{
    (void)state;
    static const char kinds[] = { 'h', 'f', 'i' };
    for (size_t k = 0; k < sizeof kinds; k++) {
        for (unsigned split = 7; split <= 600; split += 593) {
            regf_writer *w = regfw_create("CMI-CreateHive{0}", 5);
            regfw_lists(w, kinds[k], split);
            char name[64];
            for (unsigned i = 0; i < 300; i++) {
                snprintf(name, sizeof name, "Key%03u", (i * 7919) % 300);
                (void)regfw_child(w, 0, name, strlen(name), T0 + i);
            }
            (void)regfw_key_at(w, "\xc3\x9cmlaut", T0);                  /* Latin-1 */
            (void)regfw_key_at(w, "\xd0\x9f\xd1\x80\xd0\xb8", T0);       /* UTF-16 */
            (void)regfw_child(w, 0, "nul\0in", 6, T0);                   /* a NUL hides it from Win32 */
            regfw_bytes file = regfw_build(w);
            opened o;
            open_bytes(&o, file, NULL, 0);
            assert_int_equal(regf_summary_of(o.hive)->keys, 304);
            assert_int_equal(o.diags.list.n, 0);
            for (unsigned i = 0; i < 300; i++) {
                snprintf(name, sizeof name, "kEY%03u", i);
                (void)key_of(&o, name);
            }
            (void)key_of(&o, "\xc3\xbcMLAUT");
            (void)key_of(&o, "\xd0\xbf\xd0\xa0\xd0\x98");
            regf_key hidden;
            assert_true(regf_find_key(o.hive, &o.root, (dr_str){ "nul\0in", 6 }, &hidden));
            close_all(&o);
            free(file.p);
            regfw_destroy(w);
        }
    }
}

static void test_big_data(void **state)
{
    (void)state;
    enum { MOST = 100000 };
    static const size_t sizes[] = { 5, 16343, 16344, 16345, 32688, 32689, 65537, MOST };
    uint8_t *p = malloc(MOST);
    for (size_t i = 0; i < MOST; i++)
        p[i] = (uint8_t)(i * 31 + i / 256);
    for (unsigned minor = 3; minor <= 6; minor++) {
        regf_writer *w = regfw_create("R", minor);
        char name[32];
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            snprintf(name, sizeof name, "v%zu", sizes[i]);
            regfw_value(w, 0, name, 3, p, sizes[i]);
        }
        regfw_value(w, 0, "db", 3, "db\x01\x00\x20\x00\x00\x00", 8); /* data that look like big data */
        regfw_bytes file = regfw_build(w);
        opened o;
        open_bytes(&o, file, NULL, 0);
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
            snprintf(name, sizeof name, "v%zu", sizes[i]);
            dr_bytes data = data_of(&o, "", name);
            assert_int_equal(data.n, sizes[i]);
            assert_memory_equal(data.p, p, data.n);
        }
        assert_int_equal(data_of(&o, "", "db").n, 8);
        assert_int_equal(o.diags.list.n, 0);
        close_all(&o);
        free(file.p);
        regfw_destroy(w);
    }
    free(p);
}

static void test_deleted(void **state)
{
    (void)state;
    regf_writer *w = small_tree(5);
    regfw_key parent = regfw_key_at(w, "Software\\Vendor", T0 + 50);
    regfw_key gone = regfw_key_at(w, "Software\\Vendor\\Gone\\Deeper", T0 + 20);
    regfw_sz(w, gone, "was", "a text that is longer than four bytes");
    gone = regfw_key_at(w, "Software\\Vendor\\Gone", T0 + 20);
    regfw_sz(w, gone, "why", "removed");
    regfw_key run = regfw_key_at(w, "Software\\Vendor\\Run", T0 + 30);
    regfw_sz(w, run, "former", "C:\\former.exe");
    regfw_delete_value(w, run, "former");
    regfw_delete_key(w, gone);
    /* An older copy of a key that is still there. */
    regfw_key stale = regfw_child(w, parent, "run", 3, T0 + 2);
    regfw_delete_key(w, stale);
    regfw_bytes file = regfw_build(w);
    opened o;
    open_bytes(&o, file, NULL, 0);
    const regf_summary *s = regf_summary_of(o.hive);
    assert_int_equal(s->keys, 4);
    assert_int_equal(s->values, 6);
    assert_int_equal(s->deleted_keys, 2);
    assert_int_equal(s->stale_keys, 1);
    assert_int_equal(s->deleted_values, 3);
    regf_key vendor = key_of(&o, "Software\\Vendor");
    regf_subkeys it;
    regf_subkeys_start(&it, o.hive, &vendor, REGF_WITH_LOST);
    unsigned live = 0, deleted = 0, replaced = 0;
    for (regf_key key; regf_subkeys_next(&it, &key);) {
        live += key.life == REGF_LIVE;
        replaced += key.life == REGF_STALE;
        if (key.life != REGF_DELETED)
            continue;
        deleted++;
        assert_true(regf_key_is(&key, DR_STR("gone")));
        regf_values values;
        regf_value value;
        dr_bytes data;
        regf_values_start(&values, o.hive, &key, 0);
        assert_true(regf_values_next(&values, &value));
        assert_int_equal(value.life, REGF_DELETED);
        assert_true(regf_data(o.hive, &value, o.arena, &data));
        assert_int_equal(data.n, 16);
        regf_subkeys below;
        regf_key deeper;
        regf_subkeys_start(&below, o.hive, &key, REGF_WITH_LOST);
        assert_true(regf_subkeys_next(&below, &deeper));
        dr_str path;
        assert_true(regf_path(o.hive, &deeper, o.arena, &path));
        assert_true(dr_str_is(path, "Software\\Vendor\\Gone\\Deeper"));
    }
    assert_int_equal(live, 1);
    assert_int_equal(deleted, 1);
    assert_int_equal(replaced, 1);
    /* A lookup finds what is there, never what was. */
    regf_key key;
    assert_false(regf_find_key(o.hive, &o.root, DR_STR("Software\\Vendor\\Gone"), &key));
    regf_key live_run = key_of(&o, "Software\\Vendor\\Run");
    regf_value value;
    assert_false(regf_find_value(o.hive, &live_run, DR_STR("former"), &value));
    regf_values values;
    bool found = false;
    regf_values_start(&values, o.hive, &live_run, REGF_WITH_LOST);
    while (regf_values_next(&values, &value))
        found = found || (value.life == REGF_DELETED && regf_value_is(&value, DR_STR("former")));
    assert_true(found);
    dr_buf out = { 0 };
    dr_err err;
    regf_parse_options options = { .key = DR_STR_NONE };
    assert_int_equal(regf_parse(o.hive, &options, write_lines, &out, &err), DR_OK);
    dr_str text = dr_buf_str(&out);
    assert_true(dr_str_find(text, DR_STR("\"value\":\"former\",\"type\":\"REG_SZ\",\"data\":\"C:\\\\former.exe\"")) != SIZE_MAX);
    assert_true(dr_str_find(text, DR_STR("\"deleted\":true,\"replaced\":true")) != SIZE_MAX);
    size_t with_lost = out.n;
    dr_buf_clear(&out);
    options.no_lost = true;
    assert_int_equal(regf_parse(o.hive, &options, write_lines, &out, &err), DR_OK);
    assert_true(out.n < with_lost);
    assert_true(dr_str_find(dr_buf_str(&out), DR_STR("\"deleted\"")) == SIZE_MAX);
    dr_buf_free(&out);
    close_all(&o);
    free(file.p);
    regfw_destroy(w);
}

static void change_tree(regf_writer *w)
{
    regfw_key run = regfw_key_at(w, "Software\\Vendor\\Run", T0 + 90);
    regfw_sz(w, run, "three", "C:\\from-the-log.exe");
}

static void test_replay_new(void **state)
{
    (void)state;
    regf_writer *w = small_tree(5);
    for (unsigned i = 0; i < 400; i++) { /* so that not every page changes */
        char name[32];
        snprintf(name, sizeof name, "Filler\\k%03u", i);
        (void)regfw_key_at(w, name, T0);
    }
    regfw_bytes before = regfw_build(w);
    change_tree(w);
    regfw_bytes middle = regfw_build(w);
    regfw_key_at(w, "Software\\Vendor\\New", T0 + 99);
    regfw_bytes after = regfw_build(w);
    regfw_bytes dirty = regfw_dirty(before);
    regfw_bytes log1 = regfw_log(middle, after, 12);
    regfw_bytes log2 = regfw_log(before, middle, 11);
    /* A good entry of an earlier round lies behind the last one of log 1. */
    regfw_log_add(&log1, after, before, 4);
    regf_log logs[2] = { { { log1.p, log1.n }, DR_STR_INIT("x.LOG1") }, { { log2.p, log2.n }, DR_STR_INIT("x.LOG2") } };

    opened o;
    open_bytes(&o, dirty, NULL, 0); /* alone: dirty, and nothing of the change */
    assert_int_equal(regf_replay_of(o.hive)->state, REGF_NO_LOGS);
    assert_int_equal(o.diags.count[DR_DIAG_REGF_LOG_MISSING], 1);
    regf_key key;
    assert_false(regf_find_key(o.hive, &o.root, DR_STR("Software\\Vendor\\New"), &key));
    close_all(&o);

    open_bytes(&o, dirty, logs, 2); /* in the order of their entries, not of their names */
    const regf_replay *r = regf_replay_of(o.hive);
    assert_int_equal(r->state, REGF_REPLAYED);
    assert_int_equal(r->logs, 2);
    assert_int_equal(r->entries, 2);
    assert_int_equal(r->first_sequence, 11);
    assert_int_equal(r->last_sequence, 12);
    dr_bytes image = regf_image(o.hive);
    assert_int_equal(image.n, after.n);
    assert_memory_equal(image.p + 4096, after.p + 4096, after.n - 4096);
    assert_true(regf_base_of(o.hive)->checksum_ok);
    assert_int_equal(regf_base_of(o.hive)->primary_sequence, 13);
    regf_key run = key_of(&o, "Software\\Vendor\\Run");
    assert_true(regf_key_from_log(o.hive, &run));
    regf_value value;
    assert_true(regf_find_value(o.hive, &run, DR_STR("three"), &value));
    assert_true(regf_value_from_log(o.hive, &value));
    assert_true(regf_find_value(o.hive, &run, DR_STR("one"), &value));
    assert_false(regf_value_from_log(o.hive, &value));
    regf_key filler = key_of(&o, "Filler\\k007");
    assert_false(regf_key_from_log(o.hive, &filler));
    close_all(&o);

    /* A gap between the hive's number and the first entry is normal; one between the logs is not. */
    regfw_bytes log3 = regfw_log(middle, after, 14);
    logs[0].bytes = (dr_bytes){ log3.p, log3.n };
    open_bytes(&o, dirty, logs, 2);
    assert_int_equal(regf_replay_of(o.hive)->entries, 1);
    assert_int_equal(regf_replay_of(o.hive)->last_sequence, 11);
    assert_int_equal(o.diags.count[DR_DIAG_REGF_LOG_REFUSED], 1);
    assert_memory_equal(regf_image(o.hive).p + 4096, middle.p + 4096, middle.n - 4096);
    close_all(&o);

    /* A clean hive needs no log, whatever lies beside it. */
    open_bytes(&o, before, logs, 2);
    assert_int_equal(regf_replay_of(o.hive)->state, REGF_CLEAN);
    assert_false(regf_find_value(o.hive, &o.root, DR_STR("three"), &value));
    close_all(&o);

    /* One wrong byte of an entry ends the log there. */
    for (size_t at = 512; at < 512 + 4096; at += 97) {
        log2.p[at] ^= 0x20;
        open_bytes(&o, dirty, logs + 1, 1);
        assert_int_equal(regf_replay_of(o.hive)->state, REGF_LOGS_UNFIT);
        assert_non_null(regf_replay_of(o.hive)->why);
        assert_int_equal(o.diags.count[DR_DIAG_REGF_LOG_REFUSED], 1);
        close_all(&o);
        log2.p[at] ^= 0x20;
    }

    /* A base block that was hit: the log's copy is taken. */
    dirty.p[36] ^= 0xff;
    logs[0].bytes = (dr_bytes){ log1.p, log1.n };
    open_bytes(&o, dirty, logs, 2);
    assert_true(regf_replay_of(o.hive)->base_restored);
    assert_int_equal(regf_replay_of(o.hive)->entries, 2);
    (void)key_of(&o, "Software\\Vendor\\New");
    close_all(&o);
    free(before.p);
    free(middle.p);
    free(after.p);
    free(dirty.p);
    free(log1.p);
    free(log2.p);
    free(log3.p);
    regfw_destroy(w);
}

static void test_replay_old(void **state)
{
    (void)state;
    regf_writer *w = small_tree(3);
    regfw_bytes before = regfw_build(w);
    change_tree(w);
    regfw_bytes after = regfw_build(w);
    regfw_bytes dirty = regfw_dirty(before);
    regfw_bytes log = regfw_log_old(before, after);
    regf_log logs[1] = { { { log.p, log.n }, DR_STR_INIT("x.LOG1") } };
    opened o;
    open_bytes(&o, dirty, logs, 1);
    assert_int_equal(regf_replay_of(o.hive)->state, REGF_REPLAYED);
    assert_true(regf_replay_of(o.hive)->old_format);
    assert_memory_equal(regf_image(o.hive).p + 4096, after.p + 4096, after.n - 4096);
    regf_key run = key_of(&o, "Software\\Vendor\\Run");
    regf_value value;
    assert_true(regf_find_value(o.hive, &run, DR_STR("three"), &value));
    close_all(&o);
    logs[0].bytes.n -= 512; /* its last page is missing: nothing of it is used */
    open_bytes(&o, dirty, logs, 1);
    assert_int_equal(regf_replay_of(o.hive)->state, REGF_LOGS_UNFIT);
    assert_memory_equal(regf_image(o.hive).p, dirty.p, dirty.n);
    close_all(&o);
    free(before.p);
    free(after.p);
    free(dirty.p);
    free(log.p);
    regfw_destroy(w);
}

/* Lists that lead in a circle, and a key that is its own child, end. */
static void test_cycle(void **state)
{
    (void)state;
    regf_writer *w = regfw_create("R", 5);
    regfw_key a = regfw_key_at(w, "a", T0), b = regfw_key_at(w, "a\\b", T0), c = regfw_key_at(w, "a\\b\\c", T0);
    regfw_bytes file = regfw_build(w);
    size_t nk_a = regfw_key_offset(w, a), nk_b = regfw_key_offset(w, b), nk_c = regfw_key_offset(w, c);
    /* c gets the subkey list of a, which holds b. */
    memcpy(file.p + nk_c + 4 + 20, file.p + nk_a + 4 + 20, 4);
    memcpy(file.p + nk_c + 4 + 28, file.p + nk_a + 4 + 28, 4);
    opened o;
    open_bytes(&o, file, NULL, 0);
    assert_int_equal(regf_summary_of(o.hive)->keys, 4);
    assert_true(o.diags.count[DR_DIAG_REGF_CYCLE] + o.diags.count[DR_DIAG_REGF_LIST] >= 1);
    assert_true(regf_damaged(o.hive));
    close_all(&o);
    /* Parents in a circle: the path ends too. */
    memcpy(file.p + nk_b + 4 + 16, (uint8_t[4]){ (uint8_t)(nk_c - 4096), (uint8_t)((nk_c - 4096) >> 8), 0, 0 }, 4);
    open_bytes(&o, file, NULL, 0);
    regf_key key = key_of(&o, "a\\b\\c");
    dr_str path;
    assert_false(regf_path(o.hive, &key, o.arena, &path));
    close_all(&o);
    free(file.p);
    regfw_destroy(w);
}

/* Orphans: the list of a key's subkeys is gone, the keys are still found under the parent they name. */
static void test_orphans(void **state)
{
    (void)state;
    regf_writer *w = small_tree(5);
    regfw_key vendor = regfw_key_at(w, "Software\\Vendor", T0);
    regfw_bytes file = regfw_build(w);
    memset(file.p + regfw_key_offset(w, vendor) + 4 + 28, 0xee, 4);
    opened o;
    open_bytes(&o, file, NULL, 0);
    assert_int_equal(regf_summary_of(o.hive)->orphan_keys, 1);
    assert_int_equal(o.diags.count[DR_DIAG_REGF_LIST], 1);
    regf_key key = key_of(&o, "Software\\Vendor");
    regf_subkeys it;
    regf_subkeys_start(&it, o.hive, &key, REGF_WITH_LOST);
    assert_true(regf_subkeys_next(&it, &key));
    assert_int_equal(key.life, REGF_ORPHAN);
    assert_int_equal(key.n_values, 6);
    close_all(&o);
    free(file.p);
    regfw_destroy(w);
}

/* Everything that can be asked, to see that it ends and stays inside of the bytes, which end at a page
 * that cannot be read. Returns the number of keys. */
static unsigned exercise(const uint8_t *guard, size_t room, const uint8_t *p, size_t n, const regf_log *logs, size_t n_logs)
{
    uint8_t *at = (uint8_t *)(uintptr_t)guard + room - n;
    memcpy(at, p, n);
    dr_arena *arena = dr_arena_create("test", 64u << 20);
    dr_diags diags;
    dr_diags_init(&diags, arena);
    dr_err err;
    regf_hive *hive;
    unsigned keys = 0;
    if (regf_open(&hive, (dr_bytes){ at, n }, logs, n_logs, arena, &diags, &err) == DR_OK) {
        const regf_summary *s = regf_summary_of(hive);
        dr_buf out = { .limit = 64u << 20 };
        regf_parse_options options = { .key = DR_STR_NONE };
        (void)!regf_parse(hive, &options, write_lines, &out, &err);
        dr_buf_free(&out);
        keys = s ? s->keys : 0;
        regf_close(hive);
    }
    dr_diags_free(&diags);
    dr_arena_destroy(arena);
    return keys;
}

static uint8_t *guarded(size_t room)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uint8_t *p = mmap(NULL, room + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_true(p != MAP_FAILED);
    assert_int_equal(mprotect(p + room, page, PROT_NONE), 0);
    return p;
}

static regfw_bytes sweep_sample(void)
{
    regf_writer *w = small_tree(5);
    regfw_key gone = regfw_key_at(w, "Software\\Vendor\\Gone\\Deeper", T0 + 20);
    regfw_sz(w, gone, "was", "a text that is longer than four bytes");
    regfw_delete_key(w, regfw_key_at(w, "Software\\Vendor\\Gone", T0 + 20));
    uint8_t big[20000] = { 1 };
    regfw_value(w, 0, "big", 3, big, sizeof big);
    regfw_bytes file = regfw_build(w);
    regfw_destroy(w);
    return file;
}

static void test_sweeps(void **state)
{
    (void)state;
    regfw_bytes file = sweep_sample();
    size_t room = (file.n + 4095) & ~(size_t)4095;
    uint8_t *guard = guarded(room);
    unsigned whole = exercise(guard, room, file.p, file.n, NULL, 0);
    assert_int_equal(whole, 4);
    for (size_t n = 0; n < file.n; n += n < 8192 ? 13 : 211)
        assert_true(exercise(guard, room, file.p, n, NULL, 0) <= whole);
    uint8_t *p = malloc(file.n);
    for (size_t at = 0; at < file.n; at += at < 512 || (at >= 4096 && at < 6400) ? 1 : 509) {
        for (unsigned how = 0; how < 10; how++) {
            memcpy(p, file.p, file.n);
            p[at] = (uint8_t)(how == 8 ? 0 : how == 9 ? 0xff : p[at] ^ 1u << how);
            (void)exercise(guard, room, p, file.n, NULL, 0);
        }
    }
    free(p);
    munmap(guard, room + (size_t)sysconf(_SC_PAGESIZE));
    free(file.p);
}

static void test_log_sweeps(void **state)
{
    (void)state;
    regf_writer *w = small_tree(5);
    regfw_bytes before = regfw_build(w);
    change_tree(w);
    regfw_bytes after = regfw_build(w), dirty = regfw_dirty(before);
    regfw_bytes logs[2] = { regfw_log(before, after, 11), regfw_log_old(before, after) };
    size_t room = (dirty.n + 4095) & ~(size_t)4095;
    uint8_t *guard = guarded(room);
    for (size_t k = 0; k < 2; k++) {
        uint8_t *p = malloc(logs[k].n);
        for (size_t n = 0; n < logs[k].n; n += n < 1200 ? 7 : 211) {
            memcpy(p, logs[k].p, n);
            regf_log log = { { p, n }, DR_STR_INIT("log") };
            (void)exercise(guard, room, dirty.p, dirty.n, &log, 1);
        }
        for (size_t at = 0; at < logs[k].n; at += at < 1200 ? 1 : 211) {
            memcpy(p, logs[k].p, logs[k].n);
            p[at] ^= 0xff;
            regf_log log = { { p, logs[k].n }, DR_STR_INIT("log") };
            (void)exercise(guard, room, dirty.p, dirty.n, &log, 1);
        }
        free(p);
        free(logs[k].p);
    }
    munmap(guard, room + (size_t)sysconf(_SC_PAGESIZE));
    free(before.p);
    free(after.p);
    free(dirty.p);
    regfw_destroy(w);
}

/* Every allocation fails once: the answer is "no memory", or the work is done without what failed. */
static void test_no_memory(void **state)
{
    (void)state;
#ifndef DR_FAULT_INJECTION
    skip();
#else
    regf_writer *w = small_tree(5);
    regfw_bytes before = regfw_build(w);
    change_tree(w);
    regfw_bytes after = regfw_build(w), dirty = regfw_dirty(before), log = regfw_log(before, after, 11);
    regf_log logs[1] = { { { log.p, log.n }, DR_STR_INIT("log") } };
    size_t room = (dirty.n + 4095) & ~(size_t)4095;
    uint8_t *guard = guarded(room);
    unsigned whole = exercise(guard, room, dirty.p, dirty.n, logs, 1);
    unsigned failed = 0;
    for (long n = 2; n < 400; n++) { /* 1 is the test's own arena */
        dr_alloc_fail_after(n);
        failed += exercise(guard, room, dirty.p, dirty.n, logs, 1) != whole;
        dr_alloc_fail_after(0);
    }
    assert_true(failed > 3);
    munmap(guard, room + (size_t)sysconf(_SC_PAGESIZE));
    free(before.p);
    free(after.p);
    free(dirty.p);
    free(log.p);
    regfw_destroy(w);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tree),        cmocka_unit_test(test_versions),
              cmocka_unit_test(test_parse),      cmocka_unit_test(test_lists),
        cmocka_unit_test(test_big_data),    cmocka_unit_test(test_deleted),    cmocka_unit_test(test_replay_new),
        cmocka_unit_test(test_replay_old),  cmocka_unit_test(test_cycle),      cmocka_unit_test(test_orphans),
        cmocka_unit_test(test_sweeps),      cmocka_unit_test(test_log_sweeps), cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
