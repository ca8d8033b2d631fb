/* Times the hive reader alone: regf_bench make HIVE KEYS writes a large hive with a ShimCache of 1024
 * entries; regf_bench walk HIVE [rounds] opens it and goes through all keys, values and data;
 * regf_bench shimcache HIVE [rounds] opens it and reads its ShimCache. Prints the best of the rounds. */
#include "base/crc32.h"
#include "base/os.h"
#include "format/regf.h"
#include "format/shimcache.h"
#include "writer/regf_writer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define T0 132000000000000000ll
#define GROUP 1000u /* keys side by side: hivexml takes no more than 70,000 */

static size_t put(uint8_t *p, size_t at, uint64_t v, size_t n)
{
    for (size_t i = 0; i < n; i++)
        p[at + i] = (uint8_t)(v >> (8 * i));
    return at + n;
}

static void add_shimcache(regf_writer *w)
{
    static uint8_t p[0x34 + 1024 * 160];
    size_t n = put(p, 0, 0x34, 4);
    n = 0x34;
    for (unsigned i = 0; i < 1024; i++) {
        char path[64];
        int length = snprintf(path, sizeof path, "C:\\Windows\\System32\\program-%04u.exe", i);
        size_t head = n;
        memcpy(p + n, "10ts", 4);
        n = put(p, n + 12, (uint64_t)length * 2, 2);
        for (int k = 0; k < length; k++)
            n = put(p, n, (unsigned char)path[k], 2);
        n = put(p, n, (uint64_t)T0 + i, 8);
        n = put(p, n, 0, 4);
        (void)put(p, head + 8, n - head - 12, 4);
        (void)put(p, head + 4, dr_crc32(0, (dr_bytes){ p + head + 12, n - head - 12 }), 4);
    }
    regfw_value(w, regfw_key_at(w, "ControlSet001\\Control\\Session Manager\\AppCompatCache", T0), "AppCompatCache", 3, p, n);
}

static int make(const char *path, unsigned keys)
{
    regf_writer *w = regfw_create("ROOT", 5);
    static const uint8_t data[64] = { 1 };
    regfw_dword(w, regfw_key_at(w, "Select", T0), "Current", 1);
    add_shimcache(w);
    regfw_key services = 0;
    for (unsigned i = 0; i < keys; i++) {
        char name[32], group[64];
        if (i % GROUP == 0) {
            snprintf(group, sizeof group, "ControlSet001\\Services\\Group%04u", i / GROUP);
            services = regfw_key_at(w, group, T0);
        }
        int n = snprintf(name, sizeof name, "Service%07u", i);
        regfw_key k = regfw_child(w, services, name, (size_t)n, T0 + i);
        regfw_dword(w, k, "Start", i % 5);
        regfw_value(w, k, "Data", 3, data, sizeof data);
        regfw_expand(w, k, "ImagePath", "%SystemRoot%\\System32\\svchost.exe -k netsvcs -p");
    }
    regfw_bytes out = regfw_build(w);
    FILE *file = fopen(path, "wb");
    bool ok = file && fwrite(out.p, 1, out.n, file) == out.n;
    if (file)
        ok = fclose(file) == 0 && ok;
    printf("%zu bytes\n", out.n);
    free(out.p);
    regfw_destroy(w);
    return ok ? 0 : 1;
}

static uint64_t walk(const regf_hive *hive, dr_arena *arena)
{
    regf_walk *w;
    regf_key key;
    dr_str path;
    uint64_t items = 0;
    if (regf_walk_start(&w, hive, NULL, DR_STR_NONE, 0) != DR_OK)
        return 0;
    while (regf_walk_next(w, &key, &path) == DR_OK) {
        regf_values it;
        regf_values_start(&it, hive, &key, 0);
        for (regf_value value; regf_values_next(&it, &value); items++) {
            dr_arena_mark mark = dr_arena_save(arena);
            dr_bytes data;
            (void)regf_data(hive, &value, arena, &data);
            dr_arena_restore(arena, mark);
        }
        items++;
    }
    regf_walk_end(w);
    return items;
}

static uint64_t entries(const regf_hive *hive, dr_arena *arena)
{
    regf_key root, key;
    regf_value value;
    dr_bytes data;
    shimcache s;
    shimcache_entry e;
    uint64_t n = 0;
    if (!regf_root(hive, &root) ||
        !regf_find_key(hive, &root, DR_STR("ControlSet001\\Control\\Session Manager\\AppCompatCache"), &key) ||
        !regf_find_value(hive, &key, DR_STR("AppCompatCache"), &value) || !regf_data(hive, &value, arena, &data) ||
        !shimcache_open(&s, data))
        return 0;
    while (shimcache_next(&s, &e, NULL))
        n++;
    return n;
}

int main(int argc, char **argv)
{
    if (argc > 3 && strcmp(argv[1], "make") == 0)
        return make(argv[2], (unsigned)atoi(argv[3]));
    if (argc < 3)
        return 2;
    bool cache = strcmp(argv[1], "shimcache") == 0;
    int rounds = argc > 3 ? atoi(argv[3]) : 5;
    dr_err err = { "" };
    dr_file file;
    dr_bytes bytes;
    if (dr_os_open(argv[2], &file, &err) != DR_OK || dr_os_map(&file, &bytes, &err) != DR_OK) {
        fprintf(stderr, "%s\n", err.text);
        return 1;
    }
    uint64_t best = UINT64_MAX, items = 0;
    for (int i = 0; i < rounds; i++) {
        dr_arena *arena = dr_arena_create("bench", 0);
        dr_diags diags;
        regf_hive *hive;
        dr_diags_init(&diags, arena);
        uint64_t start = dr_os_clock();
        if (regf_open(&hive, bytes, NULL, 0, arena, &diags, &err) != DR_OK) {
            fprintf(stderr, "%s\n", err.text);
            return 1;
        }
        items = cache ? entries(hive, arena) : walk(hive, arena);
        uint64_t took = dr_os_clock() - start;
        best = took < best ? took : best;
        regf_close(hive);
        dr_diags_free(&diags);
        dr_arena_destroy(arena);
    }
    printf("%s: %llu items, %.1f ms, %.2f GiB/s\n", argv[1], (unsigned long long)items, (double)best / 1e6,
           (double)bytes.n / 1073741824.0 / ((double)best / 1e9));
    dr_os_unmap(bytes);
    dr_os_close(&file);
    return 0;
}
