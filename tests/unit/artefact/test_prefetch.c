/* Prefetch and MAM: every version by the tree's own writer, the published vectors of the compression and
 * of the hashes, damage, and the known answers of the shared evidence. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "artefact/prefetch.h"
#include "format/mam.h"
#include "format/recognise.h"
#include "unit/shared_data.h"
#include "writer/prefetch_versions.h"

#include <stdio.h>
#include <stdlib.h>

static const uint64_t newest = 133000000000000000u;

static prefetchw_spec spec(void)
{
    static const char *const files[] = { "\\VOLUME{01d1217a9c4c6779-8c9f49ec}\\WINDOWS\\SYSTEM32\\NTDLL.DLL",
                                         "\\VOLUME{01d1217a9c4c6779-8c9f49ec}\\TEMP\\OUT.DAT", NULL };
    prefetchw_spec s = { .version = 30,
                         .second_layout = true,
                         .path = "\\DEVICE\\HARDDISKVOLUME3\\TEMP\\TOOL.EXE",
                         .stored_path = "\\VOLUME{01d1217a9c4c6779-8c9f49ec}\\TEMP\\TOOL.EXE",
                         .run_count = 5,
                         .files = files,
                         .volume = "\\VOLUME{01d1217a9c4c6779-8c9f49ec}",
                         .volume_created = newest - 1000,
                         .volume_serial = 0x8c9f49ec };
    for (size_t i = 0; i < 5; i++)
        s.runs[i] = newest - i * 600000000u;
    return s;
}

typedef struct opened {
    dr_arena *arena;
    dr_diags diags;
    prefetch p;
    prefetch_program g;
    dr_status status;
    dr_err err;
} opened;

static void open_bytes(opened *o, dr_bytes bytes)
{
    o->arena = dr_arena_create("test", 0);
    dr_diags_init(&o->diags, o->arena);
    o->err.text[0] = '\0';
    o->status = prefetch_open(&o->p, bytes, o->arena, &o->diags, &o->err);
    if (o->status == DR_OK)
        assert_int_equal(prefetch_program_of(&o->g, &o->p, o->arena), DR_OK);
}

static void close_bytes(opened *o)
{
    dr_diags_free(&o->diags);
    dr_arena_destroy(o->arena);
}

static void versions(void **state)
{
    (void)state;
    static const struct {
        unsigned version, runs;
        bool second, packed, text;
    } cases[] = { { 17, 1, false, false, false }, { 23, 1, false, false, false }, { 26, 5, false, false, false },
                  { 30, 5, false, true, false },  { 30, 5, true, true, true },    { 31, 5, true, true, true } };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        prefetchw_spec s = spec();
        s.version = cases[i].version;
        s.second_layout = cases[i].second;
        s.packed = cases[i].packed;
        s.hashed_text = cases[i].text;
        if (s.version < 30)
            s.stored_path = NULL;
        size_t n;
        uint8_t *bytes = prefetchw_build(&s, &n);
        assert_int_equal(format_recognise((dr_bytes){ bytes, n < 8192 ? n : 8192 }, n), FORMAT_PREFETCH);
        opened o;
        open_bytes(&o, (dr_bytes){ bytes, n });
        assert_int_equal(o.status, DR_OK);
        assert_int_equal(o.diags.list.n, 0);
        assert_int_equal(o.p.version, s.version);
        assert_int_equal(o.p.packed, s.packed);
        assert_int_equal(o.p.run_count, 5);
        for (size_t k = 0; k < cases[i].runs; k++)
            assert_int_equal(o.p.runs[k], s.runs[k]);
        assert_int_equal(o.p.n_files, 3);
        assert_int_equal(o.p.n_volumes, 1);
        assert_int_equal(o.p.volumes[0].serial, 0x8c9f49ec);
        assert_int_equal(o.p.volumes[0].n_references, 3);
        const char *path = cases[i].text || s.version < 30 ? s.path : s.stored_path;
        assert_true(dr_str_is(o.g.path, path));
        assert_true(o.g.path_hashed);
        assert_int_equal(o.g.own_files, 1);
        assert_false(o.g.hosts || o.g.cut);
        close_bytes(&o);
        free(bytes);
    }
}

static void names_and_hosts(void **state)
{
    (void)state;
    size_t n;
    opened o;
    prefetchw_spec s = spec(); /* a name of more than 29 characters */
    s.path = "\\DEVICE\\HARDDISKVOLUME8\\X\\AN_INSTALLER_WITH_A_VERY_LONG_NAME.EXE";
    s.stored_path = "\\VOLUME{01d1217a9c4c6779-8c9f49ec}\\X\\AN_INSTALLER_WITH_A_VERY_LONG_NAME.EXE";
    uint8_t *bytes = prefetchw_build(&s, &n);
    open_bytes(&o, (dr_bytes){ bytes, n });
    assert_true(o.g.cut && o.g.path_hashed);
    assert_true(dr_str_is(o.g.path, s.stored_path));
    close_bytes(&o);
    free(bytes);

    s = spec(); /* a host: the command line is in the hash */
    s.path = "\\DEVICE\\HARDDISKVOLUME3\\WINDOWS\\SYSTEM32\\SVCHOST.EXE";
    s.stored_path = "\\VOLUME{01d1217a9c4c6779-8c9f49ec}\\WINDOWS\\SYSTEM32\\SVCHOST.EXE";
    s.command = "C:\\Windows\\System32\\svchost.exe -k wsappx";
    s.hashed_text = true;
    bytes = prefetchw_build(&s, &n);
    open_bytes(&o, (dr_bytes){ bytes, n });
    assert_true(o.g.hosts && !o.g.path_hashed);
    assert_int_equal(o.g.beyond, prefetchw_hash(30, s.command, NULL));
    close_bytes(&o);
    free(bytes);

    s = spec(); /* nothing but the loader's files: still a launch, but the hint is there */
    static const char *const loader[] = { "\\VOLUME{01d1217a9c4c6779-8c9f49ec}\\WINDOWS\\SYSTEM32\\NTDLL.DLL", NULL };
    s.files = loader;
    bytes = prefetchw_build(&s, &n);
    open_bytes(&o, (dr_bytes){ bytes, n });
    assert_int_equal(o.g.own_files, 0);
    close_bytes(&o);
    free(bytes);
}

static uint32_t hash_z(const char *text, uint32_t (*hash)(dr_wstr))
{
    uint8_t units[512];
    size_t n = strlen(text);
    for (size_t i = 0; i < n; i++) {
        units[2 * i] = (uint8_t)text[i];
        units[2 * i + 1] = 0;
    }
    return hash((dr_wstr){ units, n });
}

static void hashes(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        uint32_t xp, vista;
    } known[] = {
        { "\\DEVICE\\HARDDISKVOLUME1\\WINDOWS\\NOTEPAD.EXE", 0x189578da, 0x3d2afdb4 },
        { "\\DEVICE\\HARDDISKVOLUME1\\WINDOWS\\SYSTEM32\\CMD.EXE", 0x087b4001, 0x89305d47 },
        { "\\DEVICE\\HARDDISKVOLUME2\\WINDOWS\\SYSTEM32\\CMD.EXE", 0x034b0549, 0x4a81b364 },
        { "\\DEVICE\\HARDDISKVOLUME2\\WINDOWS\\SYSTEM32\\NOTEPAD.EXE", 0x2f2d61e1, 0xd8414f97 },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        assert_int_equal(hash_z(known[i].path, prefetch_hash_xp), known[i].xp);
        assert_int_equal(hash_z(known[i].path, prefetch_hash_vista), known[i].vista);
    }
    assert_int_equal(hash_z("taskhost.exe $(Arg0)", prefetch_hash_vista), 0xc8a966df);
}

/* The two vectors of [MS-XCA] 3.2. */
static void vectors(void **state)
{
    (void)state;
    static uint16_t table[XPRESS_TABLE];
    uint8_t in[256 + 32] = { 0 }, out[512];
    dr_fault fault;
    uint64_t at;
    in[48] = 0x50;
    memset(in + 49, 0x55, 10);
    in[59] = 0x45;
    in[60] = 0x44;
    in[61] = 0x04;
    in[128] = 0x04;
    static const uint8_t letters[] = { 0xd8, 0x52, 0x3e, 0xd7, 0x94, 0x11, 0x5b, 0xe9, 0x19, 0x5f, 0xf9,
                                       0xd6, 0x7c, 0xdf, 0x8d, 0x04, 0, 0, 0, 0 };
    memcpy(in + 256, letters, sizeof letters);
    assert_int_equal(xpress_huffman((dr_bytes){ in, 256 + sizeof letters }, out, 26, table, &fault, &at), 26);
    assert_memory_equal(out, "abcdefghijklmnopqrstuvwxyz", 26);

    memset(in, 0, sizeof in);
    in[48] = 0x30;
    in[49] = 0x23;
    in[128] = 0x02;
    in[143] = 0x20;
    static const uint8_t repeat[] = { 0xa8, 0xdc, 0x00, 0x00, 0xff, 0x26, 0x01 };
    memcpy(in + 256, repeat, sizeof repeat);
    assert_int_equal(xpress_huffman((dr_bytes){ in, 256 + sizeof repeat }, out, 300, table, &fault, &at), 300);
    for (size_t i = 0; i < 300; i++)
        assert_int_equal(out[i], "abc"[i % 3]);
}

static void round_trips(void **state)
{
    (void)state;
    static const size_t sizes[] = { 1, 2, 3, 100, 65535, 65536, 65537, 200000 };
    static uint16_t table[XPRESS_TABLE];
    for (unsigned kind = 0; kind < 4; kind++) {
        for (size_t k = 0; k < sizeof sizes / sizeof *sizes; k++) {
            size_t size = sizes[k], n;
            uint8_t *plain = malloc(size), *back = malloc(size);
            assert_true(plain && back);
            uint32_t seed = 7;
            for (size_t i = 0; i < size; i++) {
                seed = seed * 1664525u + 1013904223u;
                uint8_t noise = (uint8_t)(seed >> 24);
                plain[i] = kind == 0 ? 0 : kind == 1 ? (uint8_t)(i % 251) : kind == 2 ? noise : noise & (noise >> 4) & 7;
            }
            if (kind == 2 && size > 70000) { /* noise costs the writer's search most */
                free(plain);
                free(back);
                continue;
            }
            uint8_t *packed = prefetchw_xpress(plain, size, &n);
            dr_fault fault;
            uint64_t at;
            assert_int_equal(xpress_huffman((dr_bytes){ packed, n }, back, size, table, &fault, &at), size);
            assert_memory_equal(back, plain, size);
            free(packed);
            free(plain);
            free(back);
        }
    }
}

/* Cut anywhere, or one byte changed: never a crash, and a cut file never reads as a whole one. */
static void damage(void **state)
{
    (void)state;
    for (int packed = 0; packed < 2; packed++) {
        prefetchw_spec s = spec();
        s.packed = packed;
        s.hashed_text = true;
        size_t n;
        uint8_t *bytes = prefetchw_build(&s, &n);
        for (size_t cut = 0; cut < n; cut++) {
            uint8_t *exact = malloc(cut ? cut : 1);
            assert_non_null(exact);
            memcpy(exact, bytes, cut);
            opened o;
            open_bytes(&o, (dr_bytes){ exact, cut });
            /* The compressed stream ends with spare bytes. */
            if ((!packed || cut + 4 < n) && o.status != DR_FORMAT && o.diags.list.n == 0)
                fail_msg("packed %d: cut at %zu of %zu passes for whole", packed, cut, n);
            close_bytes(&o);
            free(exact);
        }
        for (size_t at = 0; at < n; at++) {
            static const uint8_t flips[] = { 0x01, 0x80, 0xff };
            for (size_t f = 0; f < sizeof flips; f++) {
                bytes[at] ^= flips[f];
                opened o;
                open_bytes(&o, (dr_bytes){ bytes, n });
                dr_buf json = { 0 };
                if (o.status == DR_OK)
                    assert_int_equal(prefetch_json(&json, &o.p, o.arena), DR_OK);
                else
                    assert_true(o.err.text[0] != '\0');
                dr_buf_free(&json);
                close_bytes(&o);
                bytes[at] ^= flips[f];
            }
        }
        free(bytes);
    }
}

/* --- known answers --- */

static bool cell(char **line, char **out)
{
    char *at = *line;
    if (!at)
        return false;
    char *tab = strchr(at, '\t');
    *out = at;
    if (tab)
        *tab = '\0';
    *line = tab ? tab + 1 : NULL;
    return true;
}

static void known_answers(void **state)
{
    (void)state;
    const char *path = shared_path("expected/prefetch.tsv");
    if (!path)
        skip();
    FILE *f = fopen(path, "r");
    assert_non_null(f);
    static char line[65536];
    unsigned good = 0, bad = 0;
    while (fgets(line, sizeof line, f)) {
        if (strncmp(line, "prefetch/", 9) != 0)
            continue;
        line[strcspn(line, "\r\n")] = '\0';
        char *rest = line, *c[10];
        for (size_t i = 0; i < 10; i++)
            assert_true(cell(&rest, &c[i]));
        dr_bytes bytes = shared_read(c[0]);
        assert_non_null(bytes.p);
        opened o;
        open_bytes(&o, bytes);
        if (strcmp(c[9], "ok") != 0) { /* named as damaged, with a reason */
            assert_int_not_equal(o.status, DR_OK);
            assert_true(o.err.text[0] != '\0');
            bad++;
        } else {
            char text[64];
            assert_int_equal(o.status, DR_OK);
            assert_int_equal(o.diags.list.n, 0);
            assert_int_equal(o.p.packed, strcmp(c[1], "MAM") == 0);
            assert_int_equal(o.p.version, atoi(c[2]));
            assert_true(dr_str_is(dr_utf16_str(o.arena, o.p.name), c[3]));
            snprintf(text, sizeof text, "%08X", o.p.hash);
            assert_string_equal(text, c[4]);
            assert_int_equal(o.p.run_count, atoi(c[5]));
            char times[512] = "", volumes[4096] = "";
            for (size_t i = 0; i < o.p.n_runs; i++) {
                char t[DR_TIME_TEXT];
                if (!dr_time_is(o.p.runs[i]))
                    continue;
                dr_time_text(o.p.runs[i], t);
                snprintf(times + strlen(times), sizeof times - strlen(times), "%s%s", times[0] ? ";" : "", t);
            }
            assert_string_equal(times, c[6]);
            assert_int_equal(o.p.n_files, atoi(c[7]));
            for (size_t i = 0; i < o.p.n_volumes; i++) {
                const prefetch_volume *v = &o.p.volumes[i];
                char t[DR_TIME_TEXT];
                dr_time_text(v->created, t);
                size_t at = strlen(volumes);
                dr_str device = dr_utf16_str(o.arena, v->device);
                if (i)
                    volumes[at++] = ';';
                for (size_t k = 0; k < device.n; k++) {
                    if (device.p[k] == '\\')
                        volumes[at++] = '\\';
                    volumes[at++] = device.p[k];
                }
                snprintf(volumes + at, sizeof volumes - at, "|%08x|%s", v->serial, t);
            }
            assert_string_equal(volumes, c[8]);
            good++;
        }
        close_bytes(&o);
        free((void *)(uintptr_t)bytes.p);
    }
    fclose(f);
    assert_true(good >= 60 && bad == 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(versions), cmocka_unit_test(names_and_hosts), cmocka_unit_test(hashes),
        cmocka_unit_test(vectors),  cmocka_unit_test(round_trips),     cmocka_unit_test(damage),
        cmocka_unit_test(known_answers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
