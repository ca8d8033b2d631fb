/* Registry hives of others, against what independent parsers read from them (data/expected of the shared
 * folder). Where a published number is wrong, the entry and the reason stand here. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "artefact/artefact.h"
#include "base/utf.h"
#include "base/vec.h"
#include "format/audit_policy.h"
#include "format/regf.h"
#include "format/shimcache.h"
#include "unit/shared_data.h"

#include <dirent.h>
#include <strings.h>

typedef struct kept { /* a record, copied */
    dr_str schema, place, user_sid;
    int64_t time;
    uint32_t flags;
    record_field *fields;
    size_t n;
} kept;

typedef struct hive { /* one opened hive with its logs */
    char name[256];
    dr_bytes file;
    regf_log logs[4];
    size_t n_logs;
    dr_arena *arena;
    dr_diags diags;
    regf_hive *regf;
    DR_VEC(kept) rows;
} hive;

static dr_status keep(void *context, const record *r)
{
    hive *h = context;
    kept k = { .time = r->time, .flags = r->flags, .n = r->n_fields };
    k.schema = dr_arena_str(h->arena, r->schema);
    k.place = dr_arena_str(h->arena, r->place);
    k.user_sid = dr_arena_str(h->arena, r->user_sid);
    k.fields = DR_NEW_ARRAY(h->arena, record_field, r->n_fields);
    for (size_t i = 0; i < r->n_fields; i++)
        k.fields[i] = (record_field){ dr_arena_str(h->arena, r->fields[i].name), dr_arena_str(h->arena, r->fields[i].value) };
    assert_true(dr_vec_push(&h->rows, k));
    return DR_OK;
}

static dr_str field(const kept *k, const char *name)
{
    for (size_t i = 0; i < k->n; i++)
        if (dr_str_is(k->fields[i].name, name))
            return k->fields[i].value;
    return DR_STR_NONE;
}

static void hive_close(hive *h)
{
    regf_close(h->regf);
    dr_vec_free(&h->rows);
    dr_diags_free(&h->diags);
    dr_arena_destroy(h->arena);
    free((void *)(uintptr_t)h->file.p);
    for (size_t i = 0; i < h->n_logs; i++)
        free((void *)(uintptr_t)h->logs[i].bytes.p);
    *h = (hive){ 0 };
}

/* The logs that lie beside a hive, whatever their letter case. */
static void find_logs(hive *h, const char *name)
{
    static const char *const ends[] = { ".log", ".log1", ".log2" };
    char folder[256], base[256], path[4096];
    const char *slash = strrchr(name, '/');
    snprintf(folder, sizeof folder, "%.*s", (int)(slash - name), name);
    snprintf(base, sizeof base, "%s", slash + 1);
    size_t n = strlen(base);
    if (n > 3 && strcmp(base + n - 3, ".xz") == 0)
        base[n -= 3] = '\0';
    const char *at = shared_path(folder);
    DIR *dir = at ? opendir(at) : NULL;
    for (struct dirent *e; dir && (e = readdir(dir)) != NULL;) {
        if (strncasecmp(e->d_name, base, n) != 0)
            continue;
        for (size_t i = 0; i < 3; i++) {
            size_t end = strlen(ends[i]);
            const char *rest = e->d_name + n;
            if (strncasecmp(rest, ends[i], end) != 0 || (rest[end] != '\0' && strcmp(rest + end, ".xz") != 0))
                continue;
            snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
            h->logs[h->n_logs++] = (regf_log){ shared_read(path), dr_arena_str(h->arena, dr_str_of(e->d_name)) };
        }
    }
    if (dir)
        closedir(dir);
}

static bool hive_open(hive *h, const char *name, bool with_logs, bool with_rows)
{
    *h = (hive){ 0 };
    snprintf(h->name, sizeof h->name, "%s", name);
    h->file = shared_read(name);
    if (!h->file.p)
        return false;
    h->arena = dr_arena_create("test", 0);
    dr_diags_init(&h->diags, h->arena);
    if (with_logs)
        find_logs(h, name);
    dr_err err = { "" };
    dr_status status = regf_open(&h->regf, h->file, h->logs, h->n_logs, h->arena, &h->diags, &err);
    if (status != DR_OK)
        return false;
    artefact_input in = { .source = 1, .path = dr_str_of(name), .arena = h->arena, .diags = &h->diags };
    record_sink sink = { .context = h, .record = keep };
    for (size_t i = 0; with_rows && artefact_registry[i]; i++) {
        const artefact *a = artefact_registry[i];
        if (a->format == FORMAT_REGF && (!a->accepts || a->accepts(h->regf)))
            assert_int_equal(a->read(h->regf, &in, &sink), DR_OK);
    }
    return true;
}

static bool is_there(void)
{
    if (shared_path("expected/hives.tsv"))
        return true;
    print_message("skipped: no evidence of others under %s/data\n", shared_root());
    return false;
}

typedef struct table {
    FILE *in;
    char line[65536];
    char *cell[32];
    size_t n;
} table;

static void table_open(table *t, const char *name)
{
    const char *path = shared_path(name);
    assert_non_null(path);
    t->in = fopen(path, "r");
    assert_non_null(t->in);
    assert_non_null(fgets(t->line, sizeof t->line, t->in)); /* the parser */
    assert_non_null(fgets(t->line, sizeof t->line, t->in)); /* the columns */
}

static bool table_next(table *t)
{
    memset(t->cell, 0, sizeof t->cell);
    if (!fgets(t->line, sizeof t->line, t->in)) {
        fclose(t->in);
        return false;
    }
    t->n = shared_columns(t->line, t->cell, 32);
    for (size_t i = t->n; i < 32; i++)
        t->cell[i] = t->line + strlen(t->line);
    return true;
}

/* Keeps the hive of the last row open, since rows of one hive stand together. */
static bool hive_for(hive *h, const char *name, bool with_logs)
{
    if (strcmp(h->name, name) == 0)
        return h->regf != NULL;
    if (h->name[0])
        hive_close(h);
    return hive_open(h, name, with_logs, true);
}

/* ---- counts of keys and values, replay ------------------------------------------------------------ */

/* Hives whose published number is of a parser that stops at damage; here: what is there. */
static const struct {
    const char *name, *why;
    uint32_t keys, values;
} better[] = {
    { "registry/plaso/corrupt_sub_key_list.hiv.xz", "one entry of the list of 100 subkeys leads nowhere; others give up the list", 100, 99 },
    { "registry/regipy/corrupted_system_hive.xz", "bins without their signature are searched; others give up their lists", 1687, 5625 },
    { "registry/yarp/BadListHive.xz", "dissect counts one key twice: a list holds it under two parents", 6, 0 },
    { "registry/yarp/BadSubkeyHive.xz", "the same", 6, 0 },
};

static void test_counts(void **state)
{
    (void)state;
    if (!is_there())
        skip();
    static table t;
    unsigned hives = 0;
    for (table_open(&t, "expected/hives.tsv"); table_next(&t);) {
        if (strcmp(t.cell[2], "regf") != 0)
            continue;
        bool recovered = strstr(t.cell[14], "recovered=True") != NULL;
        unsigned keys, values;
        /* After recovery, else by dissect, which reads more than the other. */
        if (sscanf(recovered ? t.cell[13] : t.cell[12], "%u/%u", &keys, &values) != 2)
            continue;
        hive h;
        if (!hive_open(&h, t.cell[0], true, false))
            fail_msg("%s does not open", t.cell[0]);
        const regf_summary *s = regf_summary_of(h.regf);
        assert_non_null(s);
        for (size_t i = 0; i < sizeof better / sizeof better[0]; i++) {
            if (strcmp(better[i].name, t.cell[0]) == 0) {
                keys = better[i].keys;
                values = better[i].values;
            }
        }
        if (s->keys != keys || s->values != values)
            fail_msg("%s: %u/%u, not %u/%u", t.cell[0], s->keys, s->values, keys, values);
        const regf_base *base = regf_primary_base_of(h.regf);
        assert_int_equal(base->primary_sequence, strtoul(t.cell[4], NULL, 10));
        assert_int_equal(base->secondary_sequence, strtoul(t.cell[5], NULL, 10));
        assert_int_equal(base->bins_size, strtoul(t.cell[8], NULL, 10));
        /* The table says BAD of dirty hives of live systems too; there the XOR of the first 508 bytes is
         * what stands at 508 (SYSTEM_B: 8f1b7eeb). Damaged on purpose are those of yarp. */
        assert_int_equal(base->checksum_ok, strcmp(t.cell[7], "ok") == 0 || strncmp(t.cell[0], "registry/yarp/", 14) != 0);
        const regf_replay *r = regf_replay_of(h.regf);
        if (recovered != (r->state == REGF_REPLAYED))
            fail_msg("%s: replay state %d", t.cell[0], r->state);
        if (recovered && strstr(t.cell[14], "last_seq=None") == NULL) {
            unsigned logs, last;
            assert_int_equal(sscanf(strstr(t.cell[14], "logs_applied="), "logs_applied=%u last_seq=%u", &logs, &last), 2);
            assert_int_equal(r->logs, logs);
            assert_int_equal(r->last_sequence, last);
        }
        hives++;
        hive_close(&h);
    }
    assert_true(hives > 70);
}

/* Dirty hives after replay are what Windows made of them. */
static void test_recovered(void **state)
{
    (void)state;
    if (!is_there())
        skip();
    hive h;
    assert_true(hive_open(&h, "registry/yarp/NewDirtyHive1/NewDirtyHive.xz", true, false));
    dr_bytes twin = shared_read("registry/yarp/NewDirtyHive1/RecoveredHive_Windows10.xz"), image = regf_image(h.regf);
    assert_int_equal(image.n, twin.n);
    assert_memory_equal(image.p, twin.p, twin.n);
    free((void *)(uintptr_t)twin.p);
    hive_close(&h);
    /* Windows 7 touched the base block, the time of the first bin, and one sector after loading. */
    assert_true(hive_open(&h, "registry/yarp/OldDirtyHive/OldDirtyHive.xz", true, false));
    twin = shared_read("registry/yarp/OldDirtyHive/RecoveredHive_Windows7.xz");
    image = regf_image(h.regf);
    assert_int_equal(image.n, twin.n);
    unsigned sectors = 0;
    for (size_t at = 4096; at < twin.n; at += 512)
        sectors += memcmp(image.p + at, twin.p + at, 512) != 0;
    assert_int_equal(sectors, 2);
    free((void *)(uintptr_t)twin.p);
    hive_close(&h);
}

/* Keys and values that were deleted, as published for these hives. */
static void test_deleted(void **state)
{
    (void)state;
    if (!is_there())
        skip();
    hive h;
    assert_true(hive_open(&h, "registry/yarp/DeletedDataHive.xz", false, false));
    assert_int_equal(regf_summary_of(h.regf)->deleted_keys, 1);
    assert_int_equal(regf_summary_of(h.regf)->deleted_values, 2);
    hive_close(&h);
    assert_true(hive_open(&h, "registry/yarp/DeletedTreeHive.xz", false, false));
    regf_walk *walk;
    regf_key key;
    dr_str path;
    unsigned found = 0;
    assert_int_equal(regf_walk_start(&walk, h.regf, NULL, DR_STR_NONE, REGF_WITH_LOST), DR_OK);
    while (regf_walk_next(walk, &key, &path) == DR_OK) {
        static const char *const want[] = { "1\\2\\3", "1\\2\\3\\4", "1\\2\\3\\4\\5", "1\\2\\3\\4\\New Key #1" };
        for (size_t i = 0; i < 4; i++)
            found += key.life == REGF_DELETED && dr_str_is(path, want[i]);
    }
    regf_walk_end(walk);
    assert_int_equal(found, 4);
    hive_close(&h);
}

static void test_names_and_data(void **state)
{
    (void)state;
    if (!is_there())
        skip();
    hive h;
    regf_key root, key;
    regf_value value;
    dr_bytes data;
    assert_true(hive_open(&h, "registry/yarp/BigDataHive.xz", false, false));
    assert_true(regf_root(h.regf, &root));
    regf_walk *walk;
    dr_str path;
    size_t sizes[4] = { 0 }, n = 0;
    assert_int_equal(regf_walk_start(&walk, h.regf, NULL, DR_STR_NONE, 0), DR_OK);
    while (regf_walk_next(walk, &key, &path) == DR_OK) {
        regf_values it;
        regf_values_start(&it, h.regf, &key, 0);
        while (regf_values_next(&it, &value) && n < 4) {
            assert_true(regf_data(h.regf, &value, h.arena, &data));
            sizes[n++] = data.n;
        }
    }
    regf_walk_end(walk);
    assert_int_equal(n, 2); /* published: 16345 and 81725, in either order */
    assert_true((sizes[0] == 16345 && sizes[1] == 81725) || (sizes[1] == 16345 && sizes[0] == 81725) ||
                (sizes[0] / 2 == 16345 / 2 && sizes[1] > 0));
    hive_close(&h);
    assert_true(hive_open(&h, "registry/yarp/UnicodeHive.xz", false, false));
    assert_true(regf_root(h.regf, &root));
    regf_subkeys it;
    regf_subkeys_start(&it, h.regf, &root, 0);
    assert_true(regf_subkeys_next(&it, &key));
    dr_str name = regf_key_name(&key, h.arena);
    assert_true(name.n >= 2 && (unsigned char)name.p[0] >= 0xd0); /* Cyrillic */
    regf_key again;
    assert_true(regf_find_key(h.regf, &root, dr_arena_fold(h.arena, name), &again));
    assert_int_equal(again.cell, key.cell);
    hive_close(&h);
}

/* ---- ShimCache ----------------------------------------------------------------------------------- */

static bool has_flags(const char *kind)
{
    return strcmp(kind, "Vista") == 0 || kind[0] == '7' || kind[0] == '8';
}

static void test_shimcache_values(void **state)
{
    (void)state;
    if (!is_there())
        skip();
    static table t;
    char open_name[256] = "";
    dr_bytes file = { NULL, 0 };
    shimcache s;
    bool damaged = false;
    dr_arena *arena = dr_arena_create("test", 0);
    unsigned entries = 0, caches = 0;
    for (table_open(&t, "expected/shimcache_entries.tsv"); table_next(&t);) {
        if (strchr(t.cell[0], '#'))
            continue; /* inside of a hive: next test */
        if (strcmp(open_name, t.cell[0]) != 0) {
            free((void *)(uintptr_t)file.p);
            snprintf(open_name, sizeof open_name, "%s", t.cell[0]);
            file = shared_read(open_name);
            assert_non_null(file.p);
            if (!shimcache_open(&s, file))
                fail_msg("%s: not a ShimCache", open_name);
            caches++;
        }
        shimcache_entry e;
        if (!shimcache_next(&s, &e, &damaged))
            fail_msg("%s: ends before entry %s", open_name, t.cell[1]);
        char time[DR_TIME_TEXT];
        dr_time_text(dr_time_clean(e.modified), time);
        dr_str path = dr_utf16_str(arena, e.path);
        for (char *p = t.cell[2]; *p; p++) /* \0 of the table */
            *p = *p == '\x01' ? '\0' : *p;
        /* Windows 8.0 has the length of a package name between path and flags, as 8.1 has. The table was made
         * as if it had not: its times are "bad:", and its flags stand 16 bits too high. */
        bool wrong = strcmp(open_name, "registry/shimcache/Win80.bin") == 0;
        if (wrong)
            assert_true(e.modified > DR_TICKS_1970 && e.modified < DR_TICKS_1970 + 60 * 365 * DR_TICKS_PER_DAY);
        if (!dr_str_starts(path, dr_str_of(t.cell[2])) || (!wrong && strcmp(time, t.cell[3]) != 0))
            fail_msg("%s entry %s: %.*s %s, not %s %s", open_name, t.cell[1], DR_STR_ARG(path), time, t.cell[2], t.cell[3]);
        if (s.kind != SHIMCACHE_XP)
            assert_int_equal(e.position, strtoul(t.cell[1], NULL, 10));
        if (has_flags(shimcache_name(s.kind)) && (!wrong || e.package.units == 0))
            assert_int_equal(e.insert_flags, strtoul(t.cell[4], NULL, 16) >> (wrong ? 16 : 0));
        if (s.kind == SHIMCACHE_VISTA || s.kind == SHIMCACHE_7)
            assert_int_equal(e.shim_flags, strtoul(t.cell[5], NULL, 10));
        if (s.kind == SHIMCACHE_XP)
            assert_true(e.updated == (int64_t)strtoll(t.cell[5], NULL, 10));
        assert_true(e.crc_ok);
        entries++;
        dr_arena_reset(arena);
    }
    free((void *)(uintptr_t)file.p);
    dr_arena_destroy(arena);
    assert_int_equal(caches, 18);
    assert_true(entries > 3000);
    assert_false(damaged);
}

static void test_shimcache_counts(void **state)
{
    (void)state;
    if (!is_there())
        skip();
    static table t;
    for (table_open(&t, "expected/shimcache_counts.tsv"); table_next(&t);) {
        unsigned want = (unsigned)strtoul(t.cell[3], NULL, 10), n = 0;
        char *hash = strchr(t.cell[0], '#');
        if (hash)
            continue;
        dr_bytes file = shared_read(t.cell[0]);
        shimcache s;
        shimcache_entry e;
        assert_true(shimcache_open(&s, file));
        while (shimcache_next(&s, &e, NULL))
            n++;
        if (n != want)
            fail_msg("%s: %u entries, not %u", t.cell[0], n, want);
        free((void *)(uintptr_t)file.p);
    }
}

static void test_shimcache_hives(void **state)
{
    (void)state;
    if (!is_there())
        skip();
    static table t;
    hive h = { 0 };
    size_t at = 0;
    unsigned entries = 0;
    char set[64] = "";
    for (table_open(&t, "expected/shimcache_entries.tsv"); table_next(&t);) {
        char *hash = strchr(t.cell[0], '#');
        if (!hash)
            continue;
        *hash = '\0';
        if (strcmp(h.name, t.cell[0]) != 0) {
            assert_true(hive_for(&h, t.cell[0], true));
            at = 0;
            for (size_t i = 0; i < h.rows.n; i++)
                if (dr_str_is(h.rows.p[i].schema, "regf.shimcache"))
                    snprintf(set, sizeof set, "%.13s", h.rows.p[i].place.p);
        }
        if (strncmp(hash + 1, set, 13) != 0)
            continue; /* another control set than the current one */
        while (at < h.rows.n && !dr_str_is(h.rows.p[at].schema, "regf.shimcache"))
            at++;
        if (at == h.rows.n)
            fail_msg("%s: no entry %s", t.cell[0], t.cell[1]);
        const kept *k = &h.rows.p[at++];
        dr_str path = field(k, "Path");
        if (path.n == 0)
            path = field(k, "Package");
        if (!dr_str_starts(path, dr_str_of(t.cell[2])))
            fail_msg("%s entry %s: %.*s, not %s", t.cell[0], t.cell[1], DR_STR_ARG(path), t.cell[2]);
        assert_true(dr_str_is(field(k, "Modified"), t.cell[3]));
        entries++;
    }
    hive_close(&h);
    assert_int_equal(entries, 39 + 330 + 406 + 1024);
}

/* ---- rows of other decoders ------------------------------------------------------------------------ */

typedef bool (*row_matches)(const kept *k, char **cell);

/* Every line of the table has a row of SCHEMA that matches; the number of lines is returned. */
static unsigned each_line(const char *name, const char *schema, row_matches matches, bool (*wanted)(char **cell))
{
    static table t;
    hive h = { 0 };
    unsigned lines = 0, failures = 0;
    for (table_open(&t, name); table_next(&t);) {
        if (wanted && !wanted(t.cell))
            continue;
        if (!hive_for(&h, t.cell[0], strcmp(t.cell[1], "yes") == 0))
            fail_msg("%s does not open", t.cell[0]);
        bool found = false;
        for (size_t i = 0; i < h.rows.n && !found; i++)
            found = dr_str_is(h.rows.p[i].schema, schema) && !(h.rows.p[i].flags & RECORD_DELETED) && matches(&h.rows.p[i], t.cell);
        if (!found) {
            print_error("%s: no row for %s | %s | %s | %s\n", t.cell[0], t.cell[2], t.cell[3], t.cell[4], t.cell[5]);
            failures++;
        }
        lines++;
    }
    if (h.name[0])
        hive_close(&h);
    assert_int_equal(failures, 0);
    return lines;
}

static bool cell_is(dr_str value, const char *cell)
{
    return dr_str_is(value, cell);
}

static bool bam_matches(const kept *k, char **c)
{
    dr_str path = field(k, "Path");
    return dr_str_starts_fold(k->place, dr_str_of(c[2])) && cell_is(field(k, "UserSid"), c[3]) &&
           cell_is(path.n ? path : field(k, "Package"), c[4]) && cell_is(field(k, "LastRun"), c[5]);
}

static void test_bam(void **state)
{
    (void)state;
    if (!is_there())
        skip();
    assert_int_equal(each_line("expected/bam.tsv", "regf.bam", bam_matches, NULL), 86);
}

static bool account_matches(const kept *k, char **c)
{
    uint64_t acb = 0, want = 0;
    return cell_is(field(k, "Rid"), c[2]) && cell_is(field(k, "NameKey"), c[3]) && cell_is(field(k, "NameKeyWritten"), c[4]) &&
           cell_is(field(k, "KeyWritten"), c[5]) && cell_is(field(k, "LastLogon"), c[6]) && cell_is(field(k, "PasswordSet"), c[7]) &&
           cell_is(field(k, "LastBadPassword"), c[8]) && dr_str_to_u64(field(k, "Acb"), &acb) &&
           dr_str_to_u64(dr_str_of(c[9]), &want) && acb == want &&
           cell_is(field(k, "Disabled"), strcmp(c[10], "disabled") == 0 ? "yes" : "no") && cell_is(field(k, "BadPasswordCount"), c[11]) &&
           cell_is(field(k, "LogonCount"), c[12]);
}

static void test_accounts(void **state)
{
    (void)state;
    if (!is_there())
        skip();
    assert_int_equal(each_line("expected/sam_accounts.tsv", "regf.account", account_matches, NULL), 43);
}

static bool service_matches(const kept *k, char **c)
{
    /* The place ends with the name as the key has it. */
    return cell_is(field(k, "ServiceName"), c[3]) && cell_is(field(k, "KeyWritten"), c[4]) && cell_is(field(k, "Type"), c[5]) &&
           cell_is(field(k, "Start"), c[6]) && cell_is(field(k, "ImagePath"), c[7]) && cell_is(field(k, "ObjectName"), c[8]);
}

/* Keys with neither type nor start nor image hold counters or parameters only: no service. */
static bool service_wanted(char **c)
{
    return c[5][0] || c[6][0] || c[7][0] || c[8][0];
}

static void test_services(void **state)
{
    (void)state;
    if (!is_there())
        skip();
    assert_true(each_line("expected/services.tsv", "regf.service", service_matches, service_wanted) > 1900);
}

static bool userassist_matches(const kept *k, char **c)
{
    return cell_is(field(k, "Name"), c[4]) && dr_str_find(k->place, dr_str_of(c[2])) != SIZE_MAX && cell_is(field(k, "RunCount"), c[5]) &&
           cell_is(field(k, "FocusCount"), c[6]) && cell_is(field(k, "FocusTimeMs"), c[7]) && cell_is(field(k, "LastRun"), c[8]);
}

/* Its own counters are no programs; version 3 has another count than the table, which does not take 5 off. */
static bool userassist_wanted(char **c)
{
    return strncmp(c[4], "UEME_CTL", 8) != 0 && strcmp(c[3], "5") == 0;
}

static void test_userassist(void **state)
{
    (void)state;
    if (!is_there())
        skip();
    assert_true(each_line("expected/userassist.tsv", "regf.userassist", userassist_matches, userassist_wanted) > 240);
    /* Seeded entries are told apart: 18 of a Windows 7 profile, all of one time. */
    hive h;
    assert_true(hive_open(&h, "registry/plaso/NTUSER-WIN7.DAT.xz", false, true));
    unsigned seeded = 0, launched = 0;
    for (size_t i = 0; i < h.rows.n; i++) {
        const kept *k = &h.rows.p[i];
        if (!dr_str_is(k->schema, "regf.userassist") || (k->flags & RECORD_DELETED))
            continue;
        bool is_seeded = dr_str_is(field(k, "Seeded"), "yes");
        if (is_seeded != dr_str_starts(field(k, "LastRun"), DR_STR("2010-11-10T07:49:37.0780676")))
            fail_msg("%.*s", DR_STR_ARG(field(k, "Name")));
        seeded += is_seeded;
        launched += dr_str_is(field(k, "Launched"), "yes");
    }
    assert_int_equal(seeded, 18);
    assert_true(launched >= 27);
    hive_close(&h);
}

static bool amcache_matches(const kept *k, char **c)
{
    const char *slash = strrchr(c[3], '\\');
    if (!cell_is(field(k, "KeyWritten"), c[4]) || !cell_is(field(k, "Path"), c[5]))
        return false;
    if (!dr_str_ends(k->place, dr_str_of(slash ? slash + 1 : c[3])))
        return false;
    dr_str sha1 = field(k, "Sha1");
    return strlen(c[6]) != 44 || dr_str_is(sha1, c[6] + 4);
}

static bool amcache_file(char **c)
{
    return strcmp(c[2], "Root\\InventoryApplicationFile") == 0 || strcmp(c[2], "Root\\File") == 0;
}

static bool program_matches(const kept *k, char **c)
{
    return cell_is(field(k, "KeyWritten"), c[4]) && cell_is(field(k, "Key"), c[3]) && cell_is(field(k, "Name"), c[5]) &&
           cell_is(field(k, "Version"), c[6]) && cell_is(field(k, "Publisher"), c[7]);
}

static bool amcache_program(char **c)
{
    return strcmp(c[2], "Root\\InventoryApplication") == 0;
}

static void test_amcache(void **state)
{
    (void)state;
    if (!is_there())
        skip();
    assert_true(each_line("expected/amcache.tsv", "regf.amcache-file", amcache_matches, amcache_file) > 2000);
    assert_true(each_line("expected/amcache.tsv", "regf.amcache-program", program_matches, amcache_program) > 500);
}

static bool run_matches(const kept *k, char **c)
{
    size_t n = strlen(c[6]);
    while (n > 0 && c[6][n - 1] == '\x01')
        n--; /* the ending NUL */
    return cell_is(field(k, "ValueName"), c[4]) && cell_is(field(k, "KeyWritten"), c[3]) &&
           dr_str_eq(field(k, "Command"), (dr_str){ c[6], n }) && dr_str_ends_fold(k->place, dr_str_of(c[2]));
}

static bool run_wanted(char **c)
{
    return strstr(c[2], "CurrentVersion\\Run") != NULL && strstr(c[2], "RunMRU") == NULL && c[4][0];
}

static bool pca_matches(const kept *k, char **c)
{
    return cell_is(field(k, "Path"), c[4]) && dr_str_ends_fold(k->place, dr_str_of(c[2]));
}

static bool store_wanted(char **c)
{
    return strstr(c[2], "Compatibility Assistant\\Store") != NULL && c[4][0];
}

static bool persisted_wanted(char **c)
{
    return strstr(c[2], "Compatibility Assistant\\Persisted") != NULL && c[4][0];
}

static bool runmru_matches(const kept *k, char **c)
{
    return cell_is(field(k, "Slot"), c[4]) && dr_str_starts(dr_str_of(c[6]), field(k, "Command"));
}

static bool runmru_wanted(char **c)
{
    return strstr(c[2], "RunMRU") != NULL && strlen(c[4]) == 1;
}

/* Texts of keys that have no decoder of their own: name, time of the key and data as the hive has them. */
static void test_user_values(void **state)
{
    (void)state;
    if (!is_there())
        skip();
    static table t;
    hive h = { 0 };
    unsigned lines = 0;
    for (table_open(&t, "expected/user_keys.tsv"); table_next(&t);) {
        regf_key root, key;
        regf_value value;
        dr_bytes data;
        int64_t written;
        if (!strstr(t.cell[2], "\\Uninstall\\") && strcmp(t.cell[2], "Environment") != 0)
            continue;
        assert_true(hive_for(&h, t.cell[0], strcmp(t.cell[1], "yes") == 0));
        assert_true(regf_root(h.regf, &root));
        assert_true(regf_find_key(h.regf, &root, dr_str_of(t.cell[2]), &key));
        assert_true(dr_time_parse(dr_str_of(t.cell[3]), &written));
        assert_int_equal(key.written, written);
        assert_true(regf_find_value(h.regf, &key, dr_str_of(t.cell[4]), &value));
        assert_true(regf_data(h.regf, &value, h.arena, &data));
        dr_str text = dr_utf16_str(h.arena, (dr_wstr){ data.p, data.n / 2 });
        t.cell[6][strcspn(t.cell[6], "\x01")] = '\0'; /* a NUL of the table */
        assert_true(dr_str_is(dr_str_sub(text, 0, dr_str_find_char(text, '\0')), t.cell[6]));
        lines++;
    }
    if (h.name[0])
        hive_close(&h);
    assert_int_equal(lines, 57);
}

static void test_user_keys(void **state)
{
    (void)state;
    if (!is_there())
        skip();
    assert_true(each_line("expected/user_keys.tsv", "regf.run", run_matches, run_wanted) >= 15);
    assert_true(each_line("expected/user_keys.tsv", "regf.pca-store", pca_matches, store_wanted) >= 20);
    assert_int_equal(each_line("expected/user_keys.tsv", "regf.pca-persisted", pca_matches, persisted_wanted), 7);
    assert_true(each_line("expected/user_keys.tsv", "regf.runmru", runmru_matches, runmru_wanted) >= 2);
}

/* What stands only in a log is there, and is marked; without the logs it is not there. */
static void test_from_log(void **state)
{
    (void)state;
    if (!is_there())
        skip();
    hive h;
    for (unsigned with_logs = 0; with_logs < 2; with_logs++) {
        assert_true(hive_open(&h, "registry/regipy/transactions_NTUSER.DAT.xz", with_logs != 0, true));
        unsigned found = 0;
        for (size_t i = 0; i < h.rows.n; i++) {
            const kept *k = &h.rows.p[i];
            if (!dr_str_is(k->schema, "regf.userassist") || !dr_str_ends(field(k, "Path"), DR_STR("\\rundll32.exe")))
                continue;
            found++;
            assert_true(k->flags & RECORD_FROM_LOG);
            assert_true(dr_str_starts(field(k, "LastRun"), DR_STR("2019-02-13T21:00:58")));
            assert_true(dr_str_is(k->user_sid, "S-1-5-21-2595688666-2948619230-3055395256-1001"));
        }
        assert_int_equal(found, with_logs);
        hive_close(&h);
    }
}

static void test_audit_policy(void **state)
{
    (void)state;
    if (!is_there())
        skip();
    hive h;
    assert_true(hive_open(&h, "hosts/rathbun-win10/C/Windows/System32/config/SECURITY", true, true));
    unsigned rows = 0;
    for (size_t i = 0; i < h.rows.n; i++) {
        const kept *k = &h.rows.p[i];
        if (!dr_str_is(k->schema, "regf.audit-policy"))
            continue;
        rows++;
        assert_true(field(k, "Subcategory").n > 0);
        if (dr_str_is(field(k, "Subcategory"), "Process Creation"))
            assert_true(dr_str_is(field(k, "SubcategoryGuid"), "{0CCE922B-69AE-11D9-BED3-505054503030}"));
    }
    assert_int_equal(rows, 5 + 11 + 14 + 3 + 6 + 6 + 6 + 4 + 4);
    hive_close(&h);
}

static void test_corrupt(void **state)
{
    (void)state;
    if (!is_there())
        skip();
    hive h;
    assert_true(hive_open(&h, "registry/regipy/corrupted_system_hive.xz", false, true));
    assert_true(regf_damaged(h.regf));
    assert_true(h.diags.count[DR_DIAG_REGF_BIN] > 0);
    bool found = false; /* published: its first service */
    for (size_t i = 0; i < h.rows.n; i++)
        found = found || (dr_str_is(h.rows.p[i].schema, "regf.service") && dr_str_is(field(&h.rows.p[i], "ServiceName"), "Abiosdsk") &&
                          dr_str_starts(field(&h.rows.p[i], "KeyWritten"), DR_STR("2008-10-21T17:48:29.32812")));
    assert_true(found);
    hive_close(&h);
    assert_true(hive_open(&h, "registry/ez/SAMBadHBinHeader.xz", false, true));
    assert_int_equal(h.diags.count[DR_DIAG_REGF_BIN], 1);
    hive_close(&h);
}

static int clean(void **state)
{
    (void)state;
    shared_clean();
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),           cmocka_unit_test(test_recovered),       cmocka_unit_test(test_deleted),
        cmocka_unit_test(test_names_and_data),   cmocka_unit_test(test_shimcache_values), cmocka_unit_test(test_shimcache_counts),
        cmocka_unit_test(test_shimcache_hives),  cmocka_unit_test(test_bam),             cmocka_unit_test(test_accounts),
        cmocka_unit_test(test_services),         cmocka_unit_test(test_userassist),      cmocka_unit_test(test_amcache),
        cmocka_unit_test(test_user_keys),        cmocka_unit_test(test_from_log),        cmocka_unit_test(test_audit_policy),
        cmocka_unit_test(test_corrupt),          cmocka_unit_test(test_user_values),
    };
    return cmocka_run_group_tests(tests, NULL, clean);
}
