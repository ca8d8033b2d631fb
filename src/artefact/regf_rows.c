#include "artefact/regf_rows.h"

static const void *const nothing = "";

bool regf_rows_start(regf_rows *rows, const void *opened, const artefact_input *in, const record_sink *sink, const char *hive_name)
{
    *rows = (regf_rows){ .hive = opened, .in = in, .sink = sink, .hive_name = hive_name };
    rows->arena = dr_arena_create("registry rows", 0);
    rows->kept = dr_arena_create("registry decoder", 0);
    if (!rows->arena || !rows->kept) {
        rows->status = DR_NOMEM;
        return false;
    }
    if (!regf_root(rows->hive, &rows->root))
        return false;
    rows->user_sid = regf_is_user(rows->hive) || regf_has(rows->hive, "Local Settings") ? regf_owner(rows->hive, rows->kept) : DR_STR_NONE;
    return true;
}

dr_status regf_rows_end(regf_rows *rows)
{
    if (rows->status == DR_OK && rows->kept && dr_arena_failed(rows->kept))
        rows->status = DR_NOMEM;
    dr_arena_destroy(rows->arena);
    dr_arena_destroy(rows->kept);
    return rows->status;
}

static uint32_t marks(const regf_rows *rows, regf_life life, bool from_log)
{
    switch (life) {
    case REGF_LIVE: return from_log ? RECORD_FROM_LOG : 0;
    /* In a sound hive, what no list leads to is not there any more. */
    case REGF_ORPHAN: return regf_damaged(rows->hive) ? RECORD_RECOVERED : RECORD_DELETED;
    case REGF_DELETED:
    case REGF_STALE: return RECORD_DELETED;
    }
    return 0;
}

void regf_row(regf_rows *rows, const char *schema, const regf_key *key)
{
    dr_arena_reset(rows->arena);
    rows->row = (record){ .schema = dr_str_of(schema), .time = DR_NO_TIME, .source = rows->in->source,
                          .user_sid = rows->user_sid, .offset = regf_offset(key->cell), .fields = rows->fields };
    rows->row.flags = marks(rows, key->life, key->life == REGF_LIVE && regf_key_from_log(rows->hive, key));
    (void)regf_path(rows->hive, key, rows->arena, &rows->row.place);
    regf_row_z(rows, "Hive", rows->hive_name);
    regf_row_time(rows, "KeyWritten", dr_time_clean(key->written));
}

void regf_row_of_value(regf_rows *rows, const regf_value *value)
{
    rows->row.offset = regf_offset(value->cell);
    rows->row.flags |= marks(rows, value->life, false);
    if (value->life == REGF_LIVE) { /* the key changes with each of its values */
        rows->row.flags &= ~(uint32_t)RECORD_FROM_LOG;
        if (regf_value_from_log(rows->hive, value))
            rows->row.flags |= RECORD_FROM_LOG;
    }
}

void regf_row_str(regf_rows *rows, const char *name, dr_str text)
{
    if (text.n == 0 || rows->row.n_fields >= REGF_ROW_FIELDS)
        return;
    rows->fields[rows->row.n_fields++] = (record_field){ dr_str_of(name), text };
}

void regf_row_z(regf_rows *rows, const char *name, const char *text)
{
    regf_row_str(rows, name, dr_str_of(text));
}

void regf_row_u64(regf_rows *rows, const char *name, uint64_t number)
{
    regf_row_str(rows, name, dr_arena_printf(rows->arena, "%llu", (unsigned long long)number));
}

void regf_row_hex(regf_rows *rows, const char *name, uint32_t number)
{
    regf_row_str(rows, name, dr_arena_printf(rows->arena, "0x%x", number));
}

void regf_row_time(regf_rows *rows, const char *name, int64_t ticks)
{
    char text[DR_TIME_TEXT];
    if (!dr_time_is(dr_time_clean(ticks)))
        return;
    dr_time_text(ticks, text);
    regf_row_str(rows, name, dr_arena_str(rows->arena, dr_str_of(text)));
}

void regf_row_value(regf_rows *rows, const regf_key *key, const char *name, const char *value_name)
{
    regf_row_str(rows, name, regf_get_text(rows, key, value_name));
}

void regf_row_values(regf_rows *rows, const regf_key *key, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        regf_row_value(rows, key, names[i], names[i]);
}

void regf_row_emit(regf_rows *rows)
{
    if (rows->status != DR_OK)
        return;
    if (dr_arena_failed(rows->arena)) {
        rows->status = DR_NOMEM;
        return;
    }
    rows->status = rows->sink->record(rows->sink->context, &rows->row);
}

dr_bytes regf_value_bytes(regf_rows *rows, const regf_value *value)
{
    dr_bytes data;
    (void)regf_data(rows->hive, value, rows->arena, &data);
    return data;
}

static dr_str list_text(dr_arena *arena, dr_wstr all)
{
    dr_str text = DR_STR_NONE;
    for (size_t from = 0, i = 0; i <= all.units; i++) {
        if (i < all.units && dr_wstr_unit(all, i) != 0)
            continue;
        if (i > from) {
            dr_bytes b = dr_bytes_sub((dr_bytes){ all.p, all.units * 2 }, from * 2, (i - from) * 2);
            dr_str part = dr_utf16_str(arena, (dr_wstr){ b.p, b.n / 2 });
            text = text.n ? dr_arena_concat(arena, dr_arena_concat(arena, text, DR_STR("\n")), part) : part;
        }
        from = i + 1;
    }
    return text;
}

static dr_str hex_text(dr_arena *arena, dr_bytes data)
{
    static const char digits[] = "0123456789abcdef";
    size_t n = data.n < DR_FIELD_MAX / 2 ? data.n : DR_FIELD_MAX / 2;
    char *p = dr_arena_bytes(arena, n * 2 + 1);
    if (!p)
        return DR_STR_NONE;
    for (size_t i = 0; i < n; i++) {
        p[2 * i] = digits[data.p[i] >> 4];
        p[2 * i + 1] = digits[data.p[i] & 15];
    }
    return (dr_str){ p, n * 2 };
}

dr_str regf_data_text(dr_arena *arena, uint32_t type, dr_bytes data)
{
    dr_cur c = dr_cur_over(data, 0);
    dr_wstr wide = { data.p, (data.n < DR_FIELD_MAX ? data.n : DR_FIELD_MAX) / 2 };
    switch (type) {
    case REGF_TYPE_SZ:
    case REGF_TYPE_EXPAND_SZ:
    case REGF_TYPE_LINK: return dr_utf16_str(arena, dr_wstr_cut(wide));
    case REGF_TYPE_MULTI_SZ: return list_text(arena, wide);
    case REGF_TYPE_DWORD:
        if (data.n == 4)
            return dr_arena_printf(arena, "%u", dr_u32(&c));
        break;
    case REGF_TYPE_DWORD_BE:
        if (data.n == 4)
            return dr_arena_printf(arena, "%u", dr_u32be(&c));
        break;
    case REGF_TYPE_QWORD:
        if (data.n == 8)
            return dr_arena_printf(arena, "%llu", (unsigned long long)dr_u64(&c));
        break;
    default: break;
    }
    return hex_text(arena, data);
}

dr_str regf_value_text(regf_rows *rows, const regf_value *value)
{
    return regf_data_text(rows->arena, value->type, regf_value_bytes(rows, value));
}

/* By name; of a deleted key too, whose values regf_find_value does not refuse. */
static bool get(regf_rows *rows, const regf_key *key, const char *name, regf_value *out)
{
    return regf_find_value(rows->hive, key, dr_str_of(name), out);
}

dr_str regf_get_text(regf_rows *rows, const regf_key *key, const char *name)
{
    regf_value value;
    return get(rows, key, name, &value) ? regf_value_text(rows, &value) : DR_STR_NONE;
}

bool regf_get_bytes(regf_rows *rows, const regf_key *key, const char *name, dr_bytes *out)
{
    regf_value value;
    *out = (dr_bytes){ nothing, 0 };
    if (!get(rows, key, name, &value))
        return false;
    *out = regf_value_bytes(rows, &value);
    return true;
}

bool regf_get_u32(regf_rows *rows, const regf_key *key, const char *name, uint32_t *out)
{
    dr_bytes data;
    *out = 0;
    if (!regf_get_bytes(rows, key, name, &data) || data.n < 4)
        return false;
    dr_cur c = dr_cur_over(data, 0);
    *out = dr_u32(&c);
    return true;
}

bool regf_get_u64(regf_rows *rows, const regf_key *key, const char *name, uint64_t *out)
{
    dr_bytes data;
    *out = 0;
    if (!regf_get_bytes(rows, key, name, &data) || data.n < 8)
        return false;
    dr_cur c = dr_cur_over(data, 0);
    *out = dr_u64(&c);
    return true;
}

bool regf_sub(const regf_rows *rows, const regf_key *key, const char *path, regf_key *out)
{
    return regf_find_key(rows->hive, key, dr_str_of(path), out);
}

bool regf_has(const regf_hive *hive, const char *path)
{
    regf_key root, key;
    return regf_root(hive, &root) && regf_find_key(hive, &root, dr_str_of(path), &key);
}

bool regf_has_value(const regf_hive *hive, const regf_key *key, const char *name)
{
    regf_value value;
    return regf_find_value(hive, key, dr_str_of(name), &value);
}

bool regf_control_set(const regf_hive *hive, regf_key *out, uint32_t *number)
{
    regf_key root, select;
    regf_value current;
    *number = 0;
    if (!regf_root(hive, &root) || !regf_find_key(hive, &root, DR_STR("Select"), &select) ||
        !regf_find_value(hive, &select, DR_STR("Current"), &current) || !current.resident || current.size != 4)
        return false;
    dr_cur c = dr_cur_over(current.inline_data, 0);
    *number = dr_u32(&c);
    char name[32];
    int n = snprintf(name, sizeof name, "ControlSet%03u", *number);
    return n > 0 && regf_find_key(hive, &root, (dr_str){ name, (size_t)n }, out);
}

bool regf_is_system(const void *hive)
{
    regf_key set;
    uint32_t number;
    return regf_control_set(hive, &set, &number);
}

bool regf_software(const regf_hive *hive, regf_key *out, const char **name)
{
    regf_key root, key;
    if (!regf_root(hive, &root))
        return false;
    if (regf_find_key(hive, &root, DR_STR("Software\\Microsoft"), &key)) {
        *name = "USER";
        return regf_find_key(hive, &root, DR_STR("Software"), out);
    }
    if (!regf_find_key(hive, &root, DR_STR("Microsoft\\Windows\\CurrentVersion"), &key))
        return false;
    *out = root;
    /* Part of a user's hive, saved from the key Software, has the same shape but not these. */
    bool machine = regf_find_key(hive, &root, DR_STR("Microsoft\\Windows NT\\CurrentVersion"), &key) &&
                   (regf_has_value(hive, &key, "SystemRoot") || regf_has_value(hive, &key, "ProductName") ||
                    regf_find_key(hive, &key, DR_STR("ProfileList"), &key));
    *name = machine ? "SOFTWARE" : "USER";
    return true;
}

bool regf_is_any_software(const void *hive)
{
    regf_key key;
    const char *name;
    return regf_software(hive, &key, &name);
}

bool regf_is_software(const void *hive)
{
    regf_key key;
    const char *name;
    return regf_software(hive, &key, &name) && name[0] == 'S';
}

bool regf_is_user(const void *hive)
{
    regf_key key;
    const char *name;
    return regf_software(hive, &key, &name) && name[0] == 'U';
}

/* Access list: 0 revision, 2 size, 4 count; entries: 0 type, 1 flags, 2 size, 4 mask, 8 SID. A profile's
 * root gives full rights to its user beside SYSTEM and Administrators. */
dr_str regf_owner(const regf_hive *hive, dr_arena *arena)
{
    regf_key root;
    if (!regf_root(hive, &root))
        return DR_STR_NONE;
    dr_bytes sd = regf_security(hive, &root);
    dr_cur c = dr_cur_over(sd, 0);
    dr_skip(&c, 16);
    uint32_t acl_off = dr_u32(&c);
    dr_cur acl = dr_cur_from(&c, acl_off);
    dr_skip(&acl, 4);
    unsigned count = dr_u16(&acl);
    dr_skip(&acl, 2);
    dr_str service = DR_STR_NONE;
    for (unsigned i = 0; i < count && dr_cur_ok(&acl) && acl_off != 0; i++) {
        unsigned type = dr_u8(&acl);
        dr_skip(&acl, 1);
        unsigned size = dr_u16(&acl);
        uint32_t mask = dr_u32(&acl);
        dr_cur sid = dr_cur_sub(&acl, size >= 8 ? size - 8 : 0);
        char text[DR_SID_TEXT_MAX];
        if (type != 0 || (mask & 2) == 0 || !dr_sid_text(dr_cur_rest(&sid), text, NULL))
            continue;
        dr_str s = dr_str_of(text);
        if (dr_str_starts(s, DR_STR("S-1-5-21-")) || dr_str_starts(s, DR_STR("S-1-12-1-")))
            return dr_arena_str(arena, s);
        if (dr_str_is(s, "S-1-5-19") || dr_str_is(s, "S-1-5-20"))
            service = dr_arena_str(arena, s);
    }
    return service;
}

void regf_each_sub(regf_subkeys *it, const regf_rows *rows, const regf_key *key)
{
    regf_subkeys_start(it, rows->hive, key, REGF_WITH_LOST);
}

bool regf_next_sub(regf_subkeys *it, const regf_rows *rows, regf_key *out)
{
    while (regf_rows_ok(rows) && regf_subkeys_next(it, out))
        if (out->life != REGF_STALE)
            return true;
    return false;
}

void regf_each_value(regf_values *it, const regf_rows *rows, const regf_key *key)
{
    regf_values_start(it, rows->hive, key, REGF_WITH_LOST);
}

bool regf_next_value(regf_values *it, const regf_rows *rows, regf_value *out)
{
    while (regf_rows_ok(rows) && regf_values_next(it, out))
        if (out->life != REGF_STALE)
            return true;
    return false;
}
