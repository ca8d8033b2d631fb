/* Traces of what a user did in the shell: MUICache, RunMRU, TypedPaths, RecentApps, FeatureUsage. Rows:
 * regf.muicache, regf.runmru, regf.typed-path, regf.recent-app, regf.feature-usage. */
#include "artefact/regf_rows.h"

#include "base/le.h"

#define EXPLORER "Microsoft\\Windows\\CurrentVersion\\Explorer\\"

static bool software_key(const regf_hive *hive, const char *path, regf_key *out)
{
    regf_key software;
    const char *name;
    return regf_software(hive, &software, &name) && name[0] == 'U' && regf_find_key(hive, &software, dr_str_of(path), out);
}

/* UsrClass.dat from Vista on, a user's hive before. */
static bool muicache_key(const regf_hive *hive, regf_key *out)
{
    static const char *const places[] = { "Local Settings\\Software\\Microsoft\\Windows\\Shell\\MuiCache", "Local Settings\\MuiCache" };
    regf_key root;
    if (!regf_root(hive, &root))
        return false;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (regf_find_key(hive, &root, dr_str_of(places[i]), out))
            return true;
    return software_key(hive, "Microsoft\\Windows\\ShellNoRoam\\MUICache", out);
}

static bool accepts_muicache(const void *hive)
{
    regf_key key;
    return muicache_key(hive, &key);
}

/* A value's name is the path of a program, from Vista on with ".FriendlyAppName" or
 * ".ApplicationCompany" behind it; names that begin with @ are texts of libraries. */
static void mui_values(regf_rows *rows, const regf_key *key)
{
    regf_values it;
    regf_value value;
    regf_each_value(&it, rows, key);
    while (regf_next_value(&it, rows, &value)) {
        regf_row(rows, "regf.muicache", key);
        dr_str name = regf_value_name(&value, rows->arena);
        if (name.n < 4 || name.p[0] == '@' || dr_str_rfind_char(name, '\\') == SIZE_MAX || value.type != REGF_TYPE_SZ)
            continue;
        const char *field = "FriendlyName";
        if (dr_str_ends_fold(name, DR_STR(".ApplicationCompany"))) {
            field = "Company";
            name = dr_str_sub(name, 0, name.n - strlen(".ApplicationCompany"));
        } else if (dr_str_ends_fold(name, DR_STR(".FriendlyAppName"))) {
            name = dr_str_sub(name, 0, name.n - strlen(".FriendlyAppName"));
        }
        regf_row_of_value(rows, &value);
        regf_row_str(rows, "Path", name);
        regf_row_str(rows, field, regf_value_text(rows, &value));
        regf_row_emit(rows);
    }
}

static dr_status read_muicache(const void *opened, const artefact_input *in, const record_sink *sink)
{
    regf_rows rows;
    regf_key key, sub, list;
    if (regf_rows_start(&rows, opened, in, sink, regf_has(opened, "Local Settings") ? "CLASSES" : "USER") &&
        muicache_key(rows.hive, &key)) {
        mui_values(&rows, &key);
        /* "MuiCache\N\<language>" holds the texts of Windows itself, and on some versions programs. */
        regf_subkeys it, below;
        regf_each_sub(&it, &rows, &key);
        while (regf_next_sub(&it, &rows, &sub)) {
            mui_values(&rows, &sub);
            regf_each_sub(&below, &rows, &sub);
            while (regf_next_sub(&below, &rows, &list))
                mui_values(&rows, &list);
        }
    }
    return regf_rows_end(&rows);
}

const artefact art_muicache = { .name = "muicache", .format = FORMAT_REGF, .schema = "regf.muicache", .accepts = accepts_muicache, .read = read_muicache };

static bool accepts_runmru(const void *hive)
{
    regf_key key;
    return software_key(hive, EXPLORER "RunMRU", &key) || software_key(hive, EXPLORER "TypedPaths", &key);
}

/* Values a to z hold what was typed and "\1"; MRUList their order, latest first. The key's time is that of
 * the latest. */
static void runmru_rows(regf_rows *rows, const regf_key *key)
{
    regf_values it;
    regf_value value, list;
    dr_bytes order = { (const uint8_t *)"", 0 };
    if (regf_find_value(rows->hive, key, DR_STR("MRUList"), &list))
        (void)regf_data(rows->hive, &list, rows->kept, &order);
    regf_each_value(&it, rows, key);
    while (regf_next_value(&it, rows, &value)) {
        regf_row(rows, "regf.runmru", key);
        dr_str name = regf_value_name(&value, rows->arena);
        if (name.n != 1 || value.type != REGF_TYPE_SZ)
            continue;
        dr_str text = regf_value_text(rows, &value);
        if (dr_str_ends(text, DR_STR("\\1")))
            text = dr_str_sub(text, 0, text.n - 2);
        regf_row_of_value(rows, &value);
        regf_row_str(rows, "Command", text);
        regf_row_str(rows, "Slot", name);
        for (size_t i = 0; i * 2 + 1 < order.n; i++) {
            if (dr_le16(order, i * 2) != (uint8_t)name.p[0])
                continue;
            regf_row_u64(rows, "Position", i);
            if (i == 0 && value.life == REGF_LIVE)
                rows->row.time = dr_time_clean(key->written);
            break;
        }
        regf_row_emit(rows);
    }
}

static void typed_rows(regf_rows *rows, const regf_key *key)
{
    regf_values it;
    regf_value value;
    regf_each_value(&it, rows, key);
    while (regf_next_value(&it, rows, &value)) {
        regf_row(rows, "regf.typed-path", key);
        regf_row_of_value(rows, &value);
        dr_str name = regf_value_name(&value, rows->arena);
        if (!dr_str_starts(name, DR_STR("url")))
            continue;
        if (dr_str_is(name, "url1") && value.life == REGF_LIVE)
            rows->row.time = dr_time_clean(key->written);
        regf_row_str(rows, "Slot", name);
        regf_row_str(rows, "Typed", regf_value_text(rows, &value));
        regf_row_emit(rows);
    }
}

static dr_status read_runmru(const void *opened, const artefact_input *in, const record_sink *sink)
{
    regf_rows rows;
    regf_key key;
    if (regf_rows_start(&rows, opened, in, sink, "USER")) {
        if (software_key(rows.hive, EXPLORER "RunMRU", &key))
            runmru_rows(&rows, &key);
        if (software_key(rows.hive, EXPLORER "TypedPaths", &key))
            typed_rows(&rows, &key);
    }
    return regf_rows_end(&rows);
}

const artefact art_runmru = { .name = "runmru", .format = FORMAT_REGF, .schema = "regf.runmru", .accepts = accepts_runmru, .read = read_runmru };

static const char recent_apps[] = "Microsoft\\Windows\\CurrentVersion\\Search\\RecentApps";

static bool accepts_recentapps(const void *hive)
{
    regf_key key;
    return software_key(hive, recent_apps, &key);
}

static dr_status read_recentapps(const void *opened, const artefact_input *in, const record_sink *sink)
{
    regf_rows rows;
    regf_key list, key;
    if (regf_rows_start(&rows, opened, in, sink, "USER") && software_key(rows.hive, recent_apps, &list)) {
        regf_subkeys it;
        regf_each_sub(&it, &rows, &list);
        while (regf_next_sub(&it, &rows, &key)) {
            uint64_t ticks = 0;
            uint32_t count;
            regf_row(&rows, "regf.recent-app", &key);
            (void)regf_get_u64(&rows, &key, "LastAccessedTime", &ticks);
            rows.row.time = dr_time_clean((int64_t)ticks);
            dr_str app = regf_get_text(&rows, &key, "AppId");
            regf_row_str(&rows, "AppId", app);
            dr_str path = regf_get_text(&rows, &key, "AppPath");
            if (path.n == 0 && app.n > 3 && app.p[1] == ':')
                path = app;
            regf_row_str(&rows, "Path", path);
            regf_row_time(&rows, "LastAccessed", (int64_t)ticks);
            if (regf_get_u32(&rows, &key, "LaunchCount", &count))
                regf_row_u64(&rows, "LaunchCount", count);
            regf_row_emit(&rows);
        }
    }
    return regf_rows_end(&rows);
}

const artefact art_recentapps = { .name = "recentapps", .format = FORMAT_REGF, .schema = "regf.recent-app", .accepts = accepts_recentapps, .read = read_recentapps };

static bool accepts_featureusage(const void *hive)
{
    regf_key key;
    return software_key(hive, EXPLORER "FeatureUsage", &key);
}

/* AppLaunch: from a pinned item of the task bar. AppSwitched: its window came to the front. */
static dr_status read_featureusage(const void *opened, const artefact_input *in, const record_sink *sink)
{
    static const char *const lists[] = { "AppLaunch", "AppSwitched", "ShowJumpView", "AppBadgeUpdated", "TrayButtonClicked" };
    regf_rows rows;
    regf_key usage, key;
    if (regf_rows_start(&rows, opened, in, sink, "USER") && software_key(rows.hive, EXPLORER "FeatureUsage", &usage)) {
        for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
            if (!regf_sub(&rows, &usage, lists[i], &key))
                continue;
            regf_values it;
            regf_value value;
            regf_each_value(&it, &rows, &key);
            while (regf_next_value(&it, &rows, &value)) {
                regf_row(&rows, "regf.feature-usage", &key);
                regf_row_of_value(&rows, &value);
                dr_str name = regf_value_name(&value, rows.arena);
                regf_row_z(&rows, "List", lists[i]);
                regf_row_str(&rows, "Name", name);
                if (dr_str_find_char(name, '\\') != SIZE_MAX)
                    regf_row_str(&rows, "Path", name);
                regf_row_str(&rows, "Count", regf_value_text(&rows, &value));
                regf_row_emit(&rows);
            }
        }
    }
    return regf_rows_end(&rows);
}

const artefact art_featureusage = { .name = "featureusage", .format = FORMAT_REGF, .schema = "regf.feature-usage", .accepts = accepts_featureusage, .read = read_featureusage };
