/* ShimCache: one row per entry of the current control set. An entry says that a file stood at its path,
 * with its modification time, when it was looked at; it is written at shutdown. Position 0 is the entry
 * inserted or updated last, so that neighbours bound each other. */
#include "artefact/regf_rows.h"

#include "base/le.h"
#include "format/shimcache.h"

static bool find(const regf_hive *hive, regf_key *out)
{
    regf_key set;
    uint32_t number;
    if (!regf_control_set(hive, &set, &number))
        return false;
    return (regf_find_key(hive, &set, DR_STR("Control\\Session Manager\\AppCompatCache"), out) &&
            regf_has_value(hive, out, "AppCompatCache")) ||
           (regf_find_key(hive, &set, DR_STR("Control\\Session Manager\\AppCompatibility"), out) &&
            regf_has_value(hive, out, "AppCompatCache"));
}

static bool accepts(const void *hive)
{
    regf_key key;
    return regf_is_system(hive) && find(hive, &key);
}

/* Tags of a Windows 10 entry as "0x200=1 0x800=0x8664": raw, since their meaning is not documented. */
static dr_str tags_text(dr_arena *arena, dr_bytes blob)
{
    dr_str text = DR_STR_NONE;
    dr_cur c = dr_cur_over(blob, 0);
    for (unsigned i = 0; i < 32 && dr_left(&c) >= 8; i++) {
        uint32_t tag = dr_u32(&c), size = dr_u32(&c), value;
        dr_skip(&c, size);
        dr_align(&c, 4);
        if (!shimcache_tag(blob, tag, &value))
            break;
        dr_str one = size == 2 || size == 4 ? dr_arena_printf(arena, "0x%x=0x%x", tag, value)
                                            : dr_arena_printf(arena, "0x%x:%u", tag, size);
        text = text.n ? dr_arena_concat(arena, dr_arena_concat(arena, text, DR_STR(" ")), one) : one;
    }
    return text;
}

static void entry_row(regf_rows *rows, const regf_key *key, const regf_value *value, const shimcache *s, const shimcache_entry *e)
{
    uint32_t hint;
    regf_row(rows, "regf.shimcache", key);
    regf_row_of_value(rows, value);
    rows->row.time = dr_time_clean(e->modified);
    dr_str path = dr_utf16_str(rows->arena, e->path);
    if (path.n > 0 && dr_str_find_char(path, '\t') != SIZE_MAX)
        regf_row_str(rows, "Package", path);
    else
        regf_row_str(rows, "Path", path);
    regf_row_u64(rows, "Position", e->position);
    regf_row_time(rows, "Modified", e->modified);
    regf_row_z(rows, "CacheVersion", shimcache_name(s->kind));
    if (e->updated != DR_NO_TIME)
        regf_row_time(rows, "CacheUpdated", e->updated);
    if (e->file_size)
        regf_row_u64(rows, "FileSize", e->file_size);
    if (e->has_flags) {
        regf_row_hex(rows, "InsertFlags", e->insert_flags);
        regf_row_hex(rows, "ShimFlags", e->shim_flags);
        regf_row_z(rows, "InsertFlagSet", e->insert_flags & 2 ? "yes" : "no");
    }
    if (s->kind >= SHIMCACHE_10) {
        regf_row_str(rows, "Tags", tags_text(rows->arena, e->blob));
        if (shimcache_tag(e->blob, 0x100, &hint))
            regf_row_u64(rows, "Tag0x100", hint);
    }
    if (e->package.units > 0)
        regf_row_str(rows, "PackageName", dr_utf16_str(rows->arena, dr_wstr_cut(e->package)));
    regf_row_emit(rows);
}

static dr_status read(const void *opened, const artefact_input *in, const record_sink *sink)
{
    regf_rows rows;
    regf_key key;
    regf_value value;
    if (regf_rows_start(&rows, opened, in, sink, "SYSTEM") && find(rows.hive, &key) &&
        regf_find_value(rows.hive, &key, DR_STR("AppCompatCache"), &value)) {
        dr_bytes data;
        shimcache s;
        bool damaged = !regf_data(rows.hive, &value, rows.kept, &data);
        if (shimcache_open(&s, data)) {
            for (shimcache_entry e; regf_rows_ok(&rows) && shimcache_next(&s, &e, &damaged);)
                entry_row(&rows, &key, &value, &s, &e);
        } else if (data.n > 0) {
            damaged = true;
        }
        if (damaged)
            dr_diag_add(in->diags, DR_DIAG_VALUE_DAMAGED, regf_offset(value.cell), 0, "AppCompatCache");
    }
    return regf_rows_end(&rows);
}

const artefact art_shimcache = { .name = "shimcache", .format = FORMAT_REGF, .schema = "regf.shimcache", .accepts = accepts, .read = read };
