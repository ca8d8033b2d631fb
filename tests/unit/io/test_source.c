/* Intake: folders, archives and files as people hand them over. Everything is made here. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "artefact/intake.h"
#include "base/hash.h"
#include "format/recognise.h"
#include "io/path.h"

#include <archive.h>
#include <archive_entry.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char root[64];

static const char *at(const char *name)
{
    static char paths[8][512];
    static unsigned turn;
    char *path = paths[turn++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", root, name);
    return path;
}

static void make_folders(const char *path)
{
    char part[512];
    snprintf(part, sizeof part, "%s", path);
    for (char *p = part + 1; *p; p++) {
        if (*p == '/') {
            *p = '\0';
            mkdir(part, 0700);
            *p = '/';
        }
    }
}

static void put(const char *name, const void *p, size_t n)
{
    const char *path = at(name);
    make_folders(path);
    FILE *f = fopen(path, "wb");
    assert_non_null(f);
    assert_int_equal(fwrite(p, 1, n, f), n);
    fclose(f);
}

static int setup(void **state)
{
    (void)state;
    snprintf(root, sizeof root, "/tmp/didrun-io-XXXXXX");
    return mkdtemp(root) ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    char command[256];
    snprintf(command, sizeof command, "chmod -R u+rwx %s; rm -rf %s", root, root);
    return system(command) == 0 ? 0 : -1;
}

/* --- pieces of evidence, as small as recognition needs them --- */

static uint8_t piece[8192];

static const void *log_file(uint8_t salt)
{
    memset(piece, 0, sizeof piece);
    memcpy(piece, "ElfFile", 8);
    piece[4095] = salt;
    return piece;
}

static const void *hive(uint8_t type, uint8_t salt)
{
    memset(piece, 0, sizeof piece);
    memcpy(piece, "regf", 4);
    piece[0x1c] = type;
    piece[4000] = salt;
    return piece;
}

static const void *object_page(void)
{
    memset(piece, 0, sizeof piece);
    const uint32_t entry[] = { 7, 32, 100, 0 };
    memcpy(piece, entry, sizeof entry);
    return piece;
}

static const void *starts(uint32_t word)
{
    memset(piece, 0, sizeof piece);
    memcpy(piece, &word, sizeof word);
    return piece;
}

/* --- archives --- */

static struct archive *pack_start(const char *name, int format, const char *filter)
{
    struct archive *a = archive_write_new();
    if (format == ARCHIVE_FORMAT_ZIP)
        archive_write_set_format_zip(a);
    else if (format == ARCHIVE_FORMAT_7ZIP)
        archive_write_set_format_7zip(a);
    else if (format == ARCHIVE_FORMAT_RAW)
        archive_write_set_format_raw(a);
    else
        archive_write_set_format_pax_restricted(a);
    if (filter)
        assert_int_equal(archive_write_add_filter_by_name(a, filter), ARCHIVE_OK);
    const char *path = at(name);
    make_folders(path);
    assert_int_equal(archive_write_open_filename(a, path), ARCHIVE_OK);
    return a;
}

static void pack(struct archive *a, const char *name, const void *p, size_t n)
{
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, name);
    archive_entry_set_filetype(e, AE_IFREG);
    archive_entry_set_size(e, (la_int64_t)n);
    archive_entry_set_perm(e, 0600);
    assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
    assert_int_equal(archive_write_data(a, p, n), (la_ssize_t)n);
    archive_entry_free(e);
}

static void pack_link(struct archive *a, const char *name, const char *target)
{
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_pathname(e, name);
    archive_entry_set_filetype(e, AE_IFLNK);
    archive_entry_set_symlink(e, target);
    assert_int_equal(archive_write_header(a, e), ARCHIVE_OK);
    archive_entry_free(e);
}

static void pack_end(struct archive *a)
{
    assert_int_equal(archive_write_close(a), ARCHIVE_OK);
    archive_write_free(a);
}

/* --- asking --- */

static source_set *list(const char *first, ...)
{
    source_set *set = source_set_create(&intake_types);
    dr_err err;
    assert_non_null(set);
    va_list more;
    va_start(more, first);
    for (const char *p = first; p; p = va_arg(more, const char *))
        assert_int_equal(source_set_add(set, p, &err), DR_OK);
    va_end(more);
    assert_int_equal(source_set_seal(set, &err), DR_OK);
    return set;
}

static source *find(source_set *set, const char *path)
{
    for (size_t i = 0; i < source_count(set); i++) {
        if (dr_str_is(source_at(set, i)->path, path))
            return source_at(set, i);
    }
    return NULL;
}

static source *must_find(source_set *set, const char *path, source_state state, format_kind kind)
{
    source *s = find(set, path);
    if (!s)
        fail_msg("%s is not in the list", path);
    assert_int_equal(s->state, state);
    assert_int_equal(s->kind, kind);
    return s;
}

static bool has(const source *s, dr_diag_code code)
{
    return s && s->diags.count[code] > 0;
}

static void same_bytes(source *s, const void *p, size_t n)
{
    dr_err err;
    dr_bytes b;
    char hex[65];
    assert_int_equal(source_load(s, &b, &err), DR_OK);
    assert_int_equal(b.n, n);
    assert_memory_equal(b.p, p, n);
    dr_hash_hex(DR_HASH_SHA256, (dr_bytes){ p, n }, hex);
    assert_string_equal(s->sha256, hex);
    source_unload(s);
}

/* --- tests --- */

static void paths(void **state)
{
    (void)state;
    dr_arena *arena = dr_arena_create("test", 0);
    static const struct {
        const char *in, *out;
        bool inside;
    } clean[] = {
        { "a/b", "a/b", true },         { "/a//./b/", "a/b", true }, { "a\\b\\c", "a/b/c", true },
        { "./", "", true },             { "a/../b", "a/../b", false }, { "..\\x", "../x", false },
        { "..a/b..", "..a/b..", true }, { "C:\\x", "C:/x", true },   { "caf\xe9", "caf\xc3\xa9", true },
    };
    for (size_t i = 0; i < sizeof clean / sizeof *clean; i++) {
        dr_str out;
        assert_int_equal(path_clean(dr_str_of(clean[i].in), arena, &out), clean[i].inside);
        if (!dr_str_is(out, clean[i].out))
            fail_msg("%s gives %.*s", clean[i].in, DR_STR_ARG(out));
    }
    static const char *const decoded[][2] = {
        { "uploads/auto/C%3A/Windows/a%254Admin.evtx", "uploads/auto/C/Windows/a%4Admin.evtx" },
        { "uploads/ntfs/%5C%5C.%5CC%3A/$Extend/$UsnJrnl%3A$J", "uploads/ntfs/C/$Extend/$UsnJrnl:$J" },
        { "C/Windows/Logs/Microsoft-Windows-X%4Admin.evtx", "C/Windows/Logs/Microsoft-Windows-X%4Admin.evtx" },
        { "C%3A/a%2Fb", "C/a\\b" },
    };
    for (size_t i = 0; i < sizeof decoded / sizeof *decoded; i++) {
        dr_str out = path_decoded(dr_str_of(decoded[i][0]), arena);
        if (!dr_str_is(out, decoded[i][1]))
            fail_msg("%s gives %.*s", decoded[i][0], DR_STR_ARG(out));
    }
    static const struct {
        const char *path;
        size_t root;
    } trees[] = {
        { "C/Windows/System32/config/SAM", 0 },   { "Windows/Prefetch/X.pf", 0 },
        { "hosts/a/C/Users/bob/NTUSER.DAT", 7 },  { "pc/uploads/auto/C/Windows/System32/x", 2 },
        { "uploads/ntfs/C/Windows/System32/x", 0 }, { "x.zip/D/ProgramData/Microsoft/y", 5 },
        { "logs/Security.evtx", SIZE_MAX },       { "Windows/notes.txt", SIZE_MAX },
        { "case/windows/system32/x", 4 },         { "Users/x", SIZE_MAX },
    };
    for (size_t i = 0; i < sizeof trees / sizeof *trees; i++) {
        if (intake_types.tree(dr_str_of(trees[i].path)) != trees[i].root)
            fail_msg("%s: root %zu", trees[i].path, intake_types.tree(dr_str_of(trees[i].path)));
    }
    dr_arena_destroy(arena);
}

static void folder_of_everything(void **state)
{
    (void)state;
    put("f/logs/Security.evtx", log_file(1), sizeof piece);
    put("f/logs/renamed.txt", log_file(2), sizeof piece); /* by content, not by name */
    put("f/reg/SYSTEM", hive(0, 1), sizeof piece);
    put("f/reg/system.log1", hive(6, 2), sizeof piece);
    put("f/reg/SYSTEM.LOG2", "", 0);
    put("f/reg/lonely.LOG1", hive(6, 3), sizeof piece);
    put("f/wbem/objects.data", object_page(), sizeof piece);
    put("f/wbem/INDEX.BTR", starts(0xaccc), sizeof piece);
    put("f/wbem/Mapping1.map", starts(0xabcd), sizeof piece);
    put("f/notes.txt", "hello", 5);
    put("f/Fake.evtx", "no log", 6);
    put("f/gone.evtx", "", 0);
    source_set *set = list(at("f"), NULL);
    must_find(set, "logs/Security.evtx", SOURCE_READ, FORMAT_EVTX);
    must_find(set, "logs/renamed.txt", SOURCE_READ, FORMAT_EVTX);
    source *system = must_find(set, "reg/SYSTEM", SOURCE_READ, FORMAT_REGF);
    assert_int_equal(source_part_count(system), 1);
    source *log1 = must_find(set, "reg/system.log1", SOURCE_PART, FORMAT_REGF_LOG);
    assert_ptr_equal(source_part(system, 0), log1);
    assert_int_equal(log1->leader, system->number);
    same_bytes(log1, hive(6, 2), sizeof piece);
    source *empty = must_find(set, "reg/SYSTEM.LOG2", SOURCE_EMPTY, FORMAT_NONE);
    assert_int_equal(empty->diags.list.n, 0); /* an empty log is ordinary */
    source *lonely = must_find(set, "reg/lonely.LOG1", SOURCE_PART, FORMAT_REGF_LOG);
    assert_true(has(lonely, DR_DIAG_NO_LEADER));
    source *objects = must_find(set, "wbem/objects.data", SOURCE_READ, FORMAT_CIM_OBJECTS);
    assert_int_equal(source_part_count(objects), 2);
    must_find(set, "wbem/INDEX.BTR", SOURCE_PART, FORMAT_CIM_INDEX);
    assert_int_equal(must_find(set, "notes.txt", SOURCE_UNKNOWN, FORMAT_NONE)->diags.list.n, 0);
    assert_true(has(must_find(set, "Fake.evtx", SOURCE_UNKNOWN, FORMAT_NONE), DR_DIAG_NOT_THIS_FORMAT));
    assert_true(has(must_find(set, "gone.evtx", SOURCE_EMPTY, FORMAT_NONE), DR_DIAG_EMPTY));
    assert_int_equal(source_collections(set), 1);
    source_counts c = source_set_counts(set);
    assert_int_equal(c.files, 12);
    assert_int_equal(c.read, 4);
    assert_int_equal(c.parts, 4);
    assert_int_equal(c.unknown, 2);
    assert_int_equal(c.empty, 2);
    assert_int_equal(c.bytes, 7 * sizeof piece); /* without the log that has no hive */
    for (size_t i = 0; i < source_count(set); i++)
        assert_int_equal(source_at(set, i)->number, i + 1);
    source_set_destroy(set);
}

static void companions_named_one_by_one(void **state)
{
    (void)state;
    put("g/NTUSER.DAT", hive(0, 1), sizeof piece);
    put("g/ntuser.dat.LOG1", hive(6, 2), sizeof piece);
    put("g/other.evtx", log_file(9), sizeof piece);
    struct archive *a = pack_start("g/ntuser.dat.LOG2.xz", ARCHIVE_FORMAT_RAW, "xz");
    pack(a, "x", hive(6, 3), sizeof piece);
    pack_end(a);
    source_set *set = list(at("g/NTUSER.DAT"), NULL); /* what was not handed over is not looked at */
    assert_int_equal(source_part_count(must_find(set, "NTUSER.DAT", SOURCE_READ, FORMAT_REGF)), 0);
    source_set_destroy(set);
    set = list(at("g/ntuser.dat.LOG2.xz"), at("g/NTUSER.DAT"), at("g/ntuser.dat.LOG1"), NULL);
    source *s = must_find(set, "NTUSER.DAT", SOURCE_READ, FORMAT_REGF);
    assert_int_equal(source_part_count(s), 2);
    same_bytes(source_part(s, 1), hive(6, 3), sizeof piece);
    assert_null(find(set, "other.evtx"));
    source_set_destroy(set);
}

static void one_archive(const char *name, int format, const char *filter)
{
    setlocale(LC_ALL, "C.UTF-8"); /* to write names; reading them must not depend on it */
    struct archive *a = pack_start(name, format, filter);
    pack(a, "C/Windows/System32/winevt/Logs/Security.evtx", log_file(1), sizeof piece);
    pack(a, "C/Windows/System32/config/SAM", hive(0, 1), sizeof piece);
    pack(a, "C/Windows/System32/config/SAM.LOG1", hive(6, 1), sizeof piece);
    pack(a, "C/Users/b\xc3\xb6rge/notes.txt", "text", 4);
    pack(a, "C/Windows/System32/config/empty", "", 0);
    pack(a, "readme.txt", "text", 4);
    pack_end(a);
    setlocale(LC_ALL, "C");
    source_set *set = list(at(name), NULL);
    source *log = must_find(set, "C/Windows/System32/winevt/Logs/Security.evtx", SOURCE_READ, FORMAT_EVTX);
    same_bytes(log, log_file(1), sizeof piece);
    source *sam = must_find(set, "C/Windows/System32/config/SAM", SOURCE_READ, FORMAT_REGF);
    assert_int_equal(source_part_count(sam), 1);
    assert_true(sam->in_tree);
    must_find(set, "C/Users/b\xc3\xb6rge/notes.txt", SOURCE_UNKNOWN, FORMAT_NONE);
    assert_true(must_find(set, "readme.txt", SOURCE_UNKNOWN, FORMAT_NONE)->in_tree);
    assert_int_equal(source_collections(set), 1);
    /* The same bytes block by block. */
    dr_err err;
    uint8_t block[1000];
    size_t got = 1;
    uint64_t off = 0;
    assert_int_equal(source_open(log, &err), DR_OK);
    for (; got; off += got) {
        assert_int_equal(source_read_at(log, off, block, sizeof block, &got, &err), DR_OK);
        if (got)
            assert_memory_equal(block, (const uint8_t *)log_file(1) + off, got);
    }
    assert_int_equal(off, sizeof piece);
    source_close(log);
    source_set_destroy(set);
}

static void archives(void **state)
{
    (void)state;
    one_archive("a.zip", ARCHIVE_FORMAT_ZIP, NULL);
    one_archive("a.tar", ARCHIVE_FORMAT_TAR, NULL);
    one_archive("a.tar.gz", ARCHIVE_FORMAT_TAR, "gzip");
    one_archive("a.tar.xz", ARCHIVE_FORMAT_TAR, "xz");
    one_archive("a.7z", ARCHIVE_FORMAT_7ZIP, NULL);
    one_archive("no-ending-at-all", ARCHIVE_FORMAT_ZIP, NULL);
}

static void single_files(void **state)
{
    (void)state;
    static const char *const filters[][2] = { { "s/x.evtx.xz", "xz" }, { "s/y.evtx.gz", "gzip" },
                                              { "s/z.evtx.zst", "zstd" }, { "s/w.evtx.bz2", "bzip2" } };
    for (size_t i = 0; i < 4; i++) {
        struct archive *a = pack_start(filters[i][0], ARCHIVE_FORMAT_RAW, filters[i][1]);
        pack(a, "data", log_file((uint8_t)i), sizeof piece);
        pack_end(a);
    }
    source_set *set = list(at("s"), NULL);
    for (size_t i = 0; i < 4; i++) {
        source *s = must_find(set, filters[i][0] + 2, SOURCE_READ, FORMAT_EVTX);
        same_bytes(s, log_file((uint8_t)i), sizeof piece);
        assert_false(dr_str_ends_fold(s->logical, DR_STR(".xz")));
    }
    assert_int_equal(source_count(set), 4); /* no line for the packing itself */
    source_set_destroy(set);
}

static void spilled_members(void **state)
{
    (void)state;
    size_t n = (size_t)DR_ARCHIVE_SPILL + 12345;
    uint8_t *big = calloc(1, n);
    assert_non_null(big);
    for (size_t i = 0; i < n; i++)
        big[i] = (uint8_t)(i * 2654435761u >> 13);
    memcpy(big, "ElfFile", 8);
    struct archive *a = pack_start("big.tar.gz", ARCHIVE_FORMAT_TAR, "gzip");
    pack(a, "small.evtx", log_file(1), sizeof piece);
    pack(a, "big.evtx", big, n);
    big[n - 1] ^= 1;
    pack(a, "big2.evtx", big, n);
    pack_end(a);
    source_set *set = list(at("big.tar.gz"), NULL);
    source *s = must_find(set, "big2.evtx", SOURCE_READ, FORMAT_EVTX);
    assert_true(s->spilled);
    same_bytes(s, big, n);
    big[n - 1] ^= 1;
    same_bytes(must_find(set, "big.evtx", SOURCE_READ, FORMAT_EVTX), big, n);
    same_bytes(must_find(set, "small.evtx", SOURCE_READ, FORMAT_EVTX), log_file(1), sizeof piece);
    source_set_destroy(set);
    free(big);
}

static size_t file_bytes(const char *path, void *p, size_t room)
{
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    size_t n = fread(p, 1, room, f);
    fclose(f);
    return n;
}

static void nested_once(void **state)
{
    (void)state;
    static uint8_t inner[65536], middle[65536];
    struct archive *a = pack_start("inner.zip", ARCHIVE_FORMAT_ZIP, NULL);
    pack(a, "Security.evtx", log_file(1), sizeof piece);
    pack_end(a);
    size_t n = file_bytes(at("inner.zip"), inner, sizeof inner);
    a = pack_start("n/outer.zip", ARCHIVE_FORMAT_ZIP, NULL);
    pack(a, "sub/inner.zip", inner, n);
    pack_end(a);
    size_t m = file_bytes(at("n/outer.zip"), middle, sizeof middle);
    a = pack_start("n/third.zip", ARCHIVE_FORMAT_ZIP, NULL);
    pack(a, "outer.zip", middle, m);
    pack_end(a);
    source_set *set = list(at("n"), NULL);
    source *s = must_find(set, "outer.zip/sub/inner.zip/Security.evtx", SOURCE_READ, FORMAT_EVTX);
    same_bytes(s, log_file(1), sizeof piece);
    assert_null(find(set, "third.zip/outer.zip/sub/inner.zip/Security.evtx"));
    assert_true(has(find(set, "third.zip/outer.zip/sub/inner.zip"), DR_DIAG_LIMIT));
    source_set_destroy(set);
}

static void names_that_lead_out(void **state)
{
    (void)state;
    struct archive *a = pack_start("evil.tar", ARCHIVE_FORMAT_TAR, NULL);
    pack(a, "../../etc/cron.d/x.evtx", log_file(1), sizeof piece);
    pack(a, "a/../../b.evtx", log_file(2), sizeof piece);
    pack_link(a, "link", "/etc/passwd");
    pack_link(a, "a/up", "../../../x");
    pack_link(a, "a/fine", "../good.evtx");
    pack(a, "good.evtx", log_file(3), sizeof piece);
    pack_end(a);
    source_set *set = list(at("evil.tar"), NULL);
    source *s = must_find(set, "evil.tar", SOURCE_CONTAINER, FORMAT_ARCHIVE);
    assert_int_equal(s->diags.count[DR_DIAG_OUTSIDE], 2); /* the first, and "and 3 more" */
    assert_true(dr_str_is(s->diags.list.p[1].text, "and 3 more"));
    must_find(set, "good.evtx", SOURCE_READ, FORMAT_EVTX);
    assert_int_equal(source_set_counts(set).read, 1);
    source_set_destroy(set);
    assert_int_not_equal(access("/etc/cron.d/x.evtx", F_OK), 0);
}

static void damaged_archives(void **state)
{
    (void)state;
    static uint8_t whole[1 << 20];
    struct archive *a = pack_start("d.tar.gz", ARCHIVE_FORMAT_TAR, "gzip");
    static uint8_t noise[600000];
    uint32_t seed = 1;
    for (size_t i = 0; i < sizeof noise; i++) {
        seed ^= seed << 13, seed ^= seed >> 17, seed ^= seed << 5;
        noise[i] = (uint8_t)seed;
    }
    memcpy(noise, "ElfFile", 8);
    pack(a, "one.evtx", log_file(1), sizeof piece);
    pack(a, "two.evtx", noise, sizeof noise);
    pack_end(a);
    size_t n = file_bytes(at("d.tar.gz"), whole, sizeof whole);
    put("cut.tar.gz", whole, n / 2);
    source_set *set = list(at("cut.tar.gz"), NULL);
    must_find(set, "one.evtx", SOURCE_READ, FORMAT_EVTX);
    source *two = must_find(set, "two.evtx", SOURCE_READ, FORMAT_EVTX); /* its first half */
    assert_true(two->size > 0 && two->size < sizeof noise);
    assert_true(has(two, DR_DIAG_ARCHIVE_MEMBER));
    assert_true(has(find(set, "cut.tar.gz"), DR_DIAG_ARCHIVE));
    source_set_destroy(set);
    /* Every cut and many flips: never a crash, never a hang. */
    for (size_t cut = 0; cut < n; cut += 1 + n / 97) {
        put("x.tar.gz", whole, cut);
        set = list(at("x.tar.gz"), NULL);
        source_set_destroy(set);
    }
    for (size_t flip = 0; flip < n; flip += 1 + n / 97) {
        whole[flip] ^= 0x55;
        put("x.tar.gz", whole, n);
        whole[flip] ^= 0x55;
        set = list(at("x.tar.gz"), NULL);
        source_set_destroy(set);
    }
}

static void encrypted(void **state)
{
    (void)state;
    struct archive *a = archive_write_new();
    archive_write_set_format_zip(a);
    if (archive_write_set_options(a, "zip:encryption=zipcrypt") != ARCHIVE_OK) {
        archive_write_free(a);
        skip();
    }
    archive_write_set_passphrase(a, "infected");
    assert_int_equal(archive_write_open_filename(a, at("locked.zip")), ARCHIVE_OK);
    pack(a, "Security.evtx", log_file(1), sizeof piece);
    pack(a, "System.evtx", log_file(2), sizeof piece);
    pack_end(a);
    source_set *set = list(at("locked.zip"), NULL);
    source *s = find(set, "locked.zip");
    assert_int_equal(s->diags.count[DR_DIAG_ARCHIVE_MEMBER], 2); /* both are named */
    assert_true(dr_str_find(s->diags.list.p[0].text, DR_STR("Security.evtx")) != SIZE_MAX);
    assert_int_equal(source_set_counts(set).read, 0);
    source_set_destroy(set);
}

static void bomb(void **state)
{
    (void)state;
    static uint8_t zeros[1 << 20];
    struct archive *a = pack_start("bomb.evtx.bz2", ARCHIVE_FORMAT_RAW, "bzip2");
    struct archive_entry *e = archive_entry_new();
    archive_entry_set_filetype(e, AE_IFREG);
    archive_write_header(a, e);
    archive_write_data(a, "ElfFile", 8);
    for (int i = 0; i < 300; i++)
        archive_write_data(a, zeros, sizeof zeros);
    archive_entry_free(e);
    pack_end(a);
    source_set *set = list(at("bomb.evtx.bz2"), NULL);
    source *s = find(set, "bomb.evtx.bz2");
    assert_true(has(s, DR_DIAG_LIMIT));
    assert_true(s->size < 200u << 20);
    source_set_destroy(set);
}

static void bad_input(void **state)
{
    (void)state;
    dr_err err;
    source_set *set = source_set_create(&intake_types);
    assert_int_equal(source_set_add(set, at("is-not-there"), &err), DR_IO);
    assert_non_null(strstr(err.text, "is-not-there"));
    source_set_destroy(set);

    put("text.txt", "hello\n", 6);
    set = list(at("text.txt"), NULL);
    assert_int_equal(source_count(set), 1);
    assert_true(has(find(set, "text.txt"), DR_DIAG_UNKNOWN_KIND));
    source_set_destroy(set);

    put("nothing", "", 0);
    set = list(at("nothing"), NULL);
    assert_int_equal(source_count(set), 1);
    assert_true(has(find(set, "nothing"), DR_DIAG_EMPTY));
    source_set_destroy(set);

    put("h/a.txt", "hello\n", 6);
    set = list(at("h"), NULL);
    must_find(set, "", SOURCE_NOTHING, FORMAT_NONE);
    assert_true(has(find(set, ""), DR_DIAG_NO_EVIDENCE));
    source_set_destroy(set);

    put("l/a.evtx", log_file(1), sizeof piece);
    put("l/sub/b.evtx", log_file(2), sizeof piece);
    assert_int_equal(symlink("..", at("l/sub/loop")), 0);
    assert_int_equal(symlink("/etc", at("l/sub/out")), 0);
    assert_int_equal(symlink("nowhere", at("l/dangling")), 0);
    assert_int_equal(symlink("../a.evtx", at("l/sub/inside.evtx")), 0);
    set = list(at("l"), NULL);
    assert_true(has(must_find(set, "sub/loop", SOURCE_NOT_FOLLOWED, FORMAT_NONE), DR_DIAG_LINK));
    assert_true(has(must_find(set, "sub/out", SOURCE_NOT_FOLLOWED, FORMAT_NONE), DR_DIAG_OUTSIDE));
    assert_true(has(must_find(set, "dangling", SOURCE_NOT_FOLLOWED, FORMAT_NONE), DR_DIAG_LINK));
    assert_null(find(set, "sub/inside.evtx"));
    assert_int_equal(source_set_counts(set).read, 2);
    source_set_destroy(set);

    if (geteuid() != 0) { /* root may read everything */
        put("p/locked.evtx", log_file(1), sizeof piece);
        assert_int_equal(chmod(at("p/locked.evtx"), 0), 0);
        set = list(at("p"), NULL);
        assert_true(has(must_find(set, "locked.evtx", SOURCE_BROKEN, FORMAT_NONE), DR_DIAG_UNREADABLE));
        source_set_destroy(set);
    }
    assert_int_equal(mkfifo(at("fifo"), 0600), 0);
    set = list(at("fifo"), NULL); /* must not hang */
    assert_true(has(source_at(set, 0), DR_DIAG_UNREADABLE));
    source_set_destroy(set);
}

static void copies(void **state)
{
    (void)state;
    put("c/b/x.evtx", log_file(1), sizeof piece);
    put("c/a/y.evtx", log_file(1), sizeof piece);
    put("c/z.evtx", log_file(2), sizeof piece);
    /* Equal hives with different logs are different sets. */
    put("c/one/SAM", hive(0, 5), sizeof piece);
    put("c/one/SAM.LOG1", hive(6, 1), sizeof piece);
    put("c/two/SAM", hive(0, 5), sizeof piece);
    put("c/two/SAM.LOG1", hive(6, 2), sizeof piece);
    put("c/three/SAM", hive(0, 5), sizeof piece);
    put("c/three/SAM.LOG1", hive(6, 1), sizeof piece);
    source_set *set = list(at("c"), NULL);
    source *kept = must_find(set, "a/y.evtx", SOURCE_READ, FORMAT_EVTX);
    assert_int_equal(must_find(set, "b/x.evtx", SOURCE_COPY, FORMAT_EVTX)->same_as, kept->number);
    must_find(set, "z.evtx", SOURCE_READ, FORMAT_EVTX);
    kept = must_find(set, "one/SAM", SOURCE_READ, FORMAT_REGF);
    assert_int_equal(must_find(set, "three/SAM", SOURCE_COPY, FORMAT_REGF)->same_as, kept->number);
    must_find(set, "two/SAM", SOURCE_READ, FORMAT_REGF);
    source_set_destroy(set);

    /* In two hosts an equal log is one log; an equal hive is each host's own. */
    put("hosts/a/C/Windows/System32/config/SAM", hive(0, 5), sizeof piece);
    put("hosts/b/C/Windows/System32/config/SAM", hive(0, 5), sizeof piece);
    put("hosts/a/C/Windows/System32/x.evtx", log_file(5), sizeof piece);
    put("hosts/b/C/Windows/System32/x.evtx", log_file(5), sizeof piece);
    put("hosts/loose.evtx", log_file(6), sizeof piece);
    set = list(at("hosts"), NULL);
    assert_int_equal(source_collections(set), 3);
    assert_true(dr_str_ends(source_collection_path(set, 2), DR_STR("hosts/a")));
    assert_int_equal(find(set, "loose.evtx")->collection, 1);
    assert_int_equal(find(set, "a/C/Windows/System32/config/SAM")->collection, 2);
    assert_true(dr_str_is(find(set, "a/C/Windows/System32/config/SAM")->logical, "C/Windows/System32/config/SAM"));
    must_find(set, "b/C/Windows/System32/config/SAM", SOURCE_READ, FORMAT_REGF);
    must_find(set, "b/C/Windows/System32/x.evtx", SOURCE_COPY, FORMAT_EVTX);
    source_set_destroy(set);
}

static void order_does_not_matter(void **state)
{
    (void)state;
    put("o/1.evtx", log_file(1), sizeof piece);
    put("o/2/SAM", hive(0, 1), sizeof piece);
    put("q/C/Windows/System32/3.evtx", log_file(3), sizeof piece);
    source_set *x = list(at("o"), at("q"), at("o/1.evtx"), NULL);
    source_set *y = list(at("o/1.evtx"), at("q/"), at("o"), at("o"), NULL);
    assert_int_equal(source_count(x), 3);
    assert_int_equal(source_count(y), 3);
    for (size_t i = 0; i < 3; i++) {
        const source *a = source_at(x, i), *b = source_at(y, i);
        assert_true(dr_str_eq(a->path, b->path) && dr_str_eq(a->shown, b->shown));
        assert_int_equal(a->collection, b->collection);
    }
    source_set_destroy(x);
    source_set_destroy(y);
}

static void hash_by_blocks(void **state)
{
    (void)state;
    put("hash.evtx", log_file(7), sizeof piece);
    source_set *set = list(at("hash.evtx"), NULL);
    source *s = source_at(set, 0);
    dr_err err;
    uint8_t block[3000];
    size_t got = 1;
    assert_int_equal(source_open(s, &err), DR_OK);
    for (uint64_t off = 0; got; off += got) {
        assert_int_equal(source_read_at(s, off, block, sizeof block, &got, &err), DR_OK);
        source_on_bytes(s, (dr_bytes){ block, got });
    }
    source_close(s);
    char hex[65];
    dr_hash_hex(DR_HASH_SHA256, (dr_bytes){ log_file(7), sizeof piece }, hex);
    assert_string_equal(s->sha256, hex);
    assert_int_equal(source_set_bytes_done(set), sizeof piece);
    source_set_destroy(set);
}

static dr_status stop(void *context, uint64_t done, uint64_t total, uint64_t files)
{
    (void)done, (void)total, (void)files;
    ++*(int *)context;
    return DR_END;
}

static void stopped(void **state)
{
    (void)state;
    put("st/a.evtx", log_file(1), sizeof piece);
    source_set *set = source_set_create(&intake_types);
    dr_err err;
    int asked = 0;
    source_set_on_tick(set, stop, &asked);
    assert_int_equal(source_set_add(set, at("st"), &err), DR_OK);
    assert_int_equal(source_set_seal(set, &err), DR_END);
    assert_int_equal(asked, 1);
    source_set_destroy(set);
}

static void out_of_memory(void **state)
{
    (void)state;
#ifndef DR_FAULT_INJECTION
    skip();
#else
    put("m/C/Windows/System32/a.evtx", log_file(1), sizeof piece);
    put("m/b.evtx", log_file(1), sizeof piece);
    put("m/SAM", hive(0, 1), sizeof piece);
    put("m/SAM.LOG", hive(1, 1), sizeof piece);
    struct archive *a = pack_start("m/z.zip", ARCHIVE_FORMAT_ZIP, NULL);
    pack(a, "x.evtx", log_file(2), sizeof piece);
    pack(a, "../y", log_file(2), sizeof piece);
    pack_end(a);
    dr_err err;
    long failures = 0;
    for (long n = 1; n < 400; n++) {
        dr_alloc_fail_after(n);
        source_set *set = source_set_create(&intake_types);
        dr_status status = set ? source_set_add(set, at("m"), &err) : DR_NOMEM;
        if (status == DR_OK)
            status = source_set_seal(set, &err);
        dr_alloc_fail_after(0);
        source_set_destroy(set);
        assert_true(status == DR_OK || status == DR_NOMEM); /* OK: what failed was not needed */
        failures += status == DR_NOMEM;
    }
    assert_true(failures > 20);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths),
        cmocka_unit_test_setup_teardown(folder_of_everything, setup, teardown),
        cmocka_unit_test_setup_teardown(companions_named_one_by_one, setup, teardown),
        cmocka_unit_test_setup_teardown(archives, setup, teardown),
        cmocka_unit_test_setup_teardown(single_files, setup, teardown),
        cmocka_unit_test_setup_teardown(spilled_members, setup, teardown),
        cmocka_unit_test_setup_teardown(nested_once, setup, teardown),
        cmocka_unit_test_setup_teardown(names_that_lead_out, setup, teardown),
        cmocka_unit_test_setup_teardown(damaged_archives, setup, teardown),
        cmocka_unit_test_setup_teardown(encrypted, setup, teardown),
        cmocka_unit_test_setup_teardown(bomb, setup, teardown),
        cmocka_unit_test_setup_teardown(bad_input, setup, teardown),
        cmocka_unit_test_setup_teardown(copies, setup, teardown),
        cmocka_unit_test_setup_teardown(order_does_not_matter, setup, teardown),
        cmocka_unit_test_setup_teardown(hash_by_blocks, setup, teardown),
        cmocka_unit_test_setup_teardown(stopped, setup, teardown),
        cmocka_unit_test_setup_teardown(out_of_memory, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
