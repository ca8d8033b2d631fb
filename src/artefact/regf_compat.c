/* AppCompatFlags: layers (a setting, no run), and what the Program Compatibility Assistant saw. Rows:
 * regf.compat-layer, regf.pca-store (Windows 8 on), regf.pca-persisted (Vista, 7). The time inside a
 * Store value is the same for all entries of a build: it is no run time and is not read as one. */
#include "artefact/regf_rows.h"

#include "base/le.h"

#define FLAGS "Microsoft\\Windows NT\\CurrentVersion\\AppCompatFlags"

static bool find(const regf_hive *hive, regf_key *out, const char **name)
{
    regf_key software;
    return regf_software(hive, &software, name) && regf_find_key(hive, &software, DR_STR(FLAGS), out);
}

static bool accepts(const void *hive)
{
    regf_key key;
    const char *name;
    return find(hive, &key, &name);
}

/* "SACP", then records {u32 tag, u32 size, data}: of tag 7 the file's size and PE checksum. */
static void store_fields(regf_rows *rows, dr_bytes data)
{
    dr_cur c = dr_cur_over(data, 0);
    if (!dr_bytes_start(dr_take(&c, 4), "SACP", 4))
        return;
    dr_skip(&c, 8);
    while (dr_left(&c) >= 8) {
        uint32_t tag = dr_u32(&c);
        size_t size = dr_u32(&c);
        dr_bytes one = dr_take(&c, size);
        if (tag == 7 && one.n >= 8) {
            regf_row_u64(rows, "FileSize", dr_le32(one, 0));
            regf_row_hex(rows, "PeChecksum", dr_le32(one, 4));
        }
    }
}

static dr_status read(const void *opened, const artefact_input *in, const record_sink *sink)
{
    static const struct {
        const char *key, *schema;
    } lists[] = { { "Layers", "regf.compat-layer" },
                  { "Compatibility Assistant\\Store", "regf.pca-store" },
                  { "Compatibility Assistant\\Persisted", "regf.pca-persisted" } };
    regf_rows rows;
    regf_key flags, key;
    const char *name = "USER";
    (void)find(opened, &flags, &name);
    if (regf_rows_start(&rows, opened, in, sink, name) && find(rows.hive, &flags, &name)) {
        for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
            if (!regf_sub(&rows, &flags, lists[i].key, &key))
                continue;
            regf_values it;
            regf_value value;
            regf_each_value(&it, &rows, &key);
            while (regf_next_value(&it, &rows, &value)) {
                regf_row(&rows, lists[i].schema, &key);
                regf_row_of_value(&rows, &value);
                dr_str path = regf_value_name(&value, rows.arena);
                if (path.n == 0)
                    continue;
                regf_row_str(&rows, "Path", path);
                if (i == 1)
                    store_fields(&rows, regf_value_bytes(&rows, &value));
                else
                    regf_row_str(&rows, i == 0 ? "Layers" : "Value", regf_value_text(&rows, &value));
                regf_row_emit(&rows);
            }
        }
    }
    return regf_rows_end(&rows);
}

const artefact art_appcompatflags = { .name = "appcompatflags", .format = FORMAT_REGF, .schema = "regf.pca-store", .accepts = accepts, .read = read };
