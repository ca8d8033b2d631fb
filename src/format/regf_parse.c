/* Keys and values as JSON Lines. One line per key, followed by one line per value of it:
 *   {"key":PATH,"written":TIME,"offset":N,"life":...,"from_log":true,"class":...}
 *   {"key":PATH,"value":NAME,"type":"REG_SZ","data":...,"raw":HEX,"offset":N,...}
 * "data" is the decoded form (text, number, list of texts) and null where a type has none. Members that
 * say nothing (not deleted, not from a log) are left out. */
#include "format/regf_hive.h"

#define BLOCK (256u << 10)

typedef struct printer {
    const regf_hive *hive;
    dr_buf out;
    dr_arena *arena; /* of one value */
    regf_write write;
    void *context;
} printer;

static dr_status flush(printer *p, size_t at_least)
{
    if (p->out.failed)
        return DR_NOMEM;
    if (p->out.n == 0 || p->out.n < at_least)
        return DR_OK;
    dr_status status = p->write(p->context, dr_buf_str(&p->out));
    dr_buf_clear(&p->out);
    return status;
}

static void put_life(printer *p, regf_life life, bool from_log)
{
    if (life == REGF_DELETED)
        dr_buf_z(&p->out, ",\"deleted\":true");
    else if (life == REGF_STALE)
        dr_buf_z(&p->out, ",\"deleted\":true,\"replaced\":true");
    else if (life == REGF_ORPHAN)
        dr_buf_z(&p->out, ",\"orphan\":true");
    if (from_log)
        dr_buf_z(&p->out, ",\"from_log\":true");
}

static void put_time(printer *p, int64_t ticks)
{
    if (!dr_time_is(dr_time_clean(ticks))) {
        dr_buf_z(&p->out, "null");
        return;
    }
    char text[DR_TIME_TEXT];
    dr_time_text(ticks, text);
    dr_buf_json_str(&p->out, dr_str_of(text));
}

static void put_key(printer *p, const regf_key *key, dr_str path, bool path_known)
{
    dr_buf_z(&p->out, "{\"key\":");
    dr_buf_json_str(&p->out, path);
    if (!path_known)
        dr_buf_z(&p->out, ",\"path_incomplete\":true");
    dr_buf_z(&p->out, ",\"written\":");
    put_time(p, key->written);
    dr_buf_z(&p->out, ",\"offset\":");
    dr_buf_u64(&p->out, regf_offset(key->cell));
    if (key->class_bytes > 0) {
        dr_str name = regf_class_name(p->hive, key, p->arena);
        if (name.n > 0) {
            dr_buf_z(&p->out, ",\"class\":");
            dr_buf_json_str(&p->out, name);
        }
    }
    if (key->flags & REGF_KEY_SYMLINK)
        dr_buf_z(&p->out, ",\"symlink\":true");
    if ((key->layered & 3) == 1)
        dr_buf_z(&p->out, ",\"tombstone\":true");
    put_life(p, key->life, key->life == REGF_LIVE && regf_key_from_log(p->hive, key));
    dr_buf_z(&p->out, "}\n");
}

static void put_wide(printer *p, dr_wstr text)
{
    dr_buf_json_str(&p->out, dr_utf16_str(p->arena, text));
}

/* A list of texts: each ends with a NUL, an empty one ends the list; what follows that is kept as well. */
static void put_multi(printer *p, dr_bytes data)
{
    dr_wstr all = { data.p, data.n / 2 };
    while (all.units > 0 && dr_wstr_unit(all, all.units - 1) == 0)
        all.units--;
    dr_buf_char(&p->out, '[');
    for (size_t from = 0, i = 0; all.units > 0 && i <= all.units; i++) {
        if (i < all.units && dr_wstr_unit(all, i) != 0)
            continue;
        if (from > 0)
            dr_buf_char(&p->out, ',');
        dr_bytes part = dr_bytes_sub(data, from * 2, (i - from) * 2);
        put_wide(p, (dr_wstr){ part.p, part.n / 2 });
        from = i + 1;
    }
    dr_buf_char(&p->out, ']');
}

static void put_data(printer *p, uint32_t type, dr_bytes data)
{
    dr_cur c = dr_cur_over(data, 0);
    dr_wstr text = { data.p, data.n / 2 };
    switch (type) {
    case REGF_TYPE_SZ:
    case REGF_TYPE_EXPAND_SZ:
    case REGF_TYPE_LINK:
        if (text.units > 0 && dr_wstr_unit(text, text.units - 1) == 0)
            text.units--; /* the ending NUL; others are part of the text */
        put_wide(p, text);
        return;
    case REGF_TYPE_MULTI_SZ: put_multi(p, data); return;
    case REGF_TYPE_DWORD:
    case REGF_TYPE_DWORD_BE:
        if (data.n == 4) {
            dr_buf_u64(&p->out, type == REGF_TYPE_DWORD ? dr_u32(&c) : dr_u32be(&c));
            return;
        }
        break;
    case REGF_TYPE_QWORD:
        if (data.n == 8) {
            dr_buf_json_u64(&p->out, dr_u64(&c));
            return;
        }
        break;
    default: break;
    }
    dr_buf_z(&p->out, "null");
}

static void put_value(printer *p, const regf_value *value, dr_str path, bool path_known)
{
    dr_bytes data;
    bool whole = regf_data(p->hive, value, p->arena, &data);
    dr_buf_z(&p->out, "{\"key\":");
    if (path_known)
        dr_buf_json_str(&p->out, path);
    else
        dr_buf_z(&p->out, "null");
    dr_buf_z(&p->out, ",\"value\":");
    dr_buf_json_str(&p->out, regf_value_name(value, p->arena));
    dr_buf_z(&p->out, ",\"type\":");
    if (regf_type_name(value->type))
        dr_buf_json_str(&p->out, dr_str_of(regf_type_name(value->type)));
    else
        dr_buf_printf(&p->out, "\"0x%08x\"", value->type);
    dr_buf_z(&p->out, ",\"data\":");
    put_data(p, value->type, data);
    dr_buf_z(&p->out, ",\"raw\":\"");
    dr_buf_hex(&p->out, data.p, data.n, false);
    dr_buf_z(&p->out, "\",\"offset\":");
    dr_buf_u64(&p->out, regf_offset(value->cell));
    if (!whole)
        dr_buf_z(&p->out, ",\"incomplete\":true");
    if (value->flags & 2)
        dr_buf_z(&p->out, ",\"tombstone\":true");
    put_life(p, value->life, value->life == REGF_LIVE && regf_value_from_log(p->hive, value));
    dr_buf_z(&p->out, "}\n");
}

static dr_status put_values(printer *p, const regf_key *key, dr_str path, unsigned flags)
{
    regf_values it;
    regf_values_start(&it, p->hive, key, flags);
    for (regf_value value; regf_values_next(&it, &value);) {
        dr_arena_mark mark = dr_arena_save(p->arena);
        put_value(p, &value, path, true);
        dr_arena_restore(p->arena, mark);
        dr_status status = flush(p, BLOCK);
        if (status != DR_OK)
            return status;
    }
    return DR_OK;
}

static dr_status put_strays(printer *p)
{
    regf_strays it;
    regf_strays_start(&it, p->hive);
    dr_status status = DR_OK;
    for (regf_key key; status == DR_OK && regf_strays_next_key(&it, &key);) {
        dr_arena_mark mark = dr_arena_save(p->arena);
        regf_walk *walk;
        dr_str name = regf_key_name(&key, p->arena), path;
        status = regf_walk_start(&walk, p->hive, &key, name, REGF_WITH_LOST);
        while (status == DR_OK && (status = regf_walk_next(walk, &key, &path)) == DR_OK) {
            put_key(p, &key, path, false);
            status = put_values(p, &key, path, REGF_WITH_LOST);
        }
        regf_walk_end(walk);
        dr_arena_restore(p->arena, mark);
        if (status == DR_END)
            status = DR_OK;
    }
    for (regf_value value; status == DR_OK && regf_strays_next_value(&it, &value);) {
        dr_arena_mark mark = dr_arena_save(p->arena);
        put_value(p, &value, DR_STR_NONE, false);
        dr_arena_restore(p->arena, mark);
        status = flush(p, BLOCK);
    }
    return status;
}

static dr_status put_tree(printer *p, const regf_parse_options *options)
{
    regf_key from;
    unsigned flags = options->no_lost ? 0 : REGF_WITH_LOST;
    if (!regf_root(p->hive, &from))
        return options->key.n > 0 ? DR_END : options->no_lost ? DR_OK : put_strays(p);
    if (options->key.n > 0 && !regf_find_key(p->hive, &from, options->key, &from))
        return DR_END;
    dr_str prefix;
    (void)regf_path(p->hive, &from, p->arena, &prefix);
    regf_walk *walk;
    dr_status status = regf_walk_start(&walk, p->hive, &from, prefix, flags);
    dr_str path;
    for (regf_key key; status == DR_OK && (status = regf_walk_next(walk, &key, &path)) == DR_OK;) {
        dr_arena_mark mark = dr_arena_save(p->arena);
        put_key(p, &key, path, true);
        dr_arena_restore(p->arena, mark);
        status = put_values(p, &key, path, flags);
    }
    regf_walk_end(walk);
    if (status != DR_END)
        return status;
    return options->key.n > 0 || options->no_lost ? DR_OK : put_strays(p);
}

dr_status regf_parse(const regf_hive *hive, const regf_parse_options *options, regf_write write, void *context, dr_err *err)
{
    printer p = { .hive = hive, .write = write, .context = context, .arena = dr_arena_create("regf parse", 0) };
    dr_status status = DR_NOMEM;
    if (p.arena && (options->no_lost || regf_lost_of(hive)))
        status = put_tree(&p, options);
    if (status == DR_OK)
        status = flush(&p, 0);
    dr_buf_free(&p.out);
    dr_arena_destroy(p.arena);
    return status < 0 ? dr_fail(err, status, "%s", dr_status_text(status)) : status;
}
