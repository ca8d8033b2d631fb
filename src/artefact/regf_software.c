/* What is set up on the machine: profiles, installed programs, products of Windows Installer. Rows:
 * regf.profile, regf.uninstall, regf.product. */
#include "artefact/regf_rows.h"

#define NAMES(list) list, sizeof list / sizeof list[0]

static const char profile_list[] = "Microsoft\\Windows NT\\CurrentVersion\\ProfileList";

static bool accepts_profiles(const void *hive)
{
    regf_key software, key;
    const char *name;
    return regf_software(hive, &software, &name) && regf_find_key(hive, &software, dr_str_of(profile_list), &key);
}

/* A FILETIME kept as two DWORDs. */
static int64_t split_time(regf_rows *rows, const regf_key *key, const char *high, const char *low)
{
    uint32_t h, l;
    if (!regf_get_u32(rows, key, high, &h) || !regf_get_u32(rows, key, low, &l))
        return 0;
    return (int64_t)((uint64_t)h << 32 | l);
}

static dr_status read_profiles(const void *opened, const artefact_input *in, const record_sink *sink)
{
    static const char *const names[] = { "ProfileImagePath", "State", "Flags", "Guid", "RunLogonScriptSync" };
    regf_rows rows;
    regf_key software, list, key;
    const char *name;
    if (regf_rows_start(&rows, opened, in, sink, "SOFTWARE") && regf_software(rows.hive, &software, &name) &&
        regf_sub(&rows, &software, profile_list, &list)) {
        regf_subkeys it;
        regf_each_sub(&it, &rows, &list);
        while (regf_next_sub(&it, &rows, &key)) {
            regf_row(&rows, "regf.profile", &key);
            dr_str sid = regf_key_name(&key, rows.arena);
            int64_t loaded = split_time(&rows, &key, "LocalProfileLoadTimeHigh", "LocalProfileLoadTimeLow");
            rows.row.time = dr_time_clean(loaded);
            rows.row.user_sid = dr_str_ends(sid, DR_STR(".bak")) ? dr_str_sub(sid, 0, sid.n - 4) : sid;
            regf_row_str(&rows, "Sid", rows.row.user_sid);
            regf_row_z(&rows, "Backup", rows.row.user_sid.n < sid.n ? "yes" : "no");
            regf_row_values(&rows, &key, NAMES(names));
            regf_row_time(&rows, "Loaded", loaded);
            regf_row_time(&rows, "Unloaded", split_time(&rows, &key, "LocalProfileUnloadTimeHigh", "LocalProfileUnloadTimeLow"));
            regf_row_emit(&rows);
        }
    }
    return regf_rows_end(&rows);
}

const artefact art_profilelist = { .name = "profilelist", .format = FORMAT_REGF, .schema = "regf.profile", .accepts = accepts_profiles, .read = read_profiles };

static dr_status read_uninstall(const void *opened, const artefact_input *in, const record_sink *sink)
{
    static const char *const names[] = { "DisplayName", "DisplayVersion", "Publisher", "InstallDate", "InstallLocation",
                                         "InstallSource", "UninstallString", "QuietUninstallString", "WindowsInstaller",
                                         "SystemComponent", "EstimatedSize", "URLInfoAbout", "ParentKeyName", "ReleaseType" };
    static const char *const roots[] = { "", "Wow6432Node\\" };
    regf_rows rows;
    regf_key software, list, key;
    const char *name = "SOFTWARE";
    (void)regf_software(opened, &software, &name);
    if (regf_rows_start(&rows, opened, in, sink, name) && regf_software(rows.hive, &software, &name)) {
        for (size_t r = 0; r < 2; r++) {
            dr_str path = dr_arena_printf(rows.kept, "%sMicrosoft\\Windows\\CurrentVersion\\Uninstall", roots[r]);
            if (!regf_find_key(rows.hive, &software, path, &list))
                continue;
            regf_subkeys it;
            regf_each_sub(&it, &rows, &list);
            while (regf_next_sub(&it, &rows, &key)) {
                regf_row(&rows, "regf.uninstall", &key);
                rows.row.time = dr_time_clean(key.written);
                dr_str product = regf_key_name(&key, rows.arena);
                regf_row_str(&rows, "Product", product);
                if (product.n == 38 && product.p[0] == '{')
                    regf_row_str(&rows, "ProductCode", product);
                regf_row_values(&rows, &key, NAMES(names));
                regf_row_z(&rows, "Wow64", r == 1 ? "yes" : "no");
                if (rows.row.n_fields > 4) /* a name or a command, not only the key */
                    regf_row_emit(&rows);
            }
        }
    }
    return regf_rows_end(&rows);
}

const artefact art_uninstall = { .name = "uninstall", .format = FORMAT_REGF, .schema = "regf.uninstall", .accepts = regf_is_any_software, .read = read_uninstall };

/* Windows Installer writes product codes packed: the first three groups reversed, in the others each two
 * characters swapped. */
static dr_str unpacked(dr_arena *arena, dr_str packed)
{
    static const uint8_t order[32] = { 7, 6, 5, 4, 3, 2, 1, 0, 11, 10, 9, 8, 15, 14, 13, 12, 17, 16, 19, 18, 21, 20, 23, 22, 25, 24,
                                       27, 26, 29, 28, 31, 30 };
    if (packed.n != 32)
        return DR_STR_NONE;
    char *p = dr_arena_bytes(arena, 39);
    if (!p)
        return DR_STR_NONE;
    size_t n = 0;
    p[n++] = '{';
    for (size_t i = 0; i < 32; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20)
            p[n++] = '-';
        p[n++] = packed.p[order[i]];
    }
    p[n++] = '}';
    return (dr_str){ p, n };
}

static bool accepts_products(const void *hive)
{
    regf_key software, key;
    const char *name;
    if (!regf_software(hive, &software, &name))
        return false;
    return regf_find_key(hive, &software, DR_STR("Microsoft\\Windows\\CurrentVersion\\Installer\\UserData"), &key) ||
           regf_find_key(hive, &software, DR_STR("Classes\\Installer\\Products"), &key) ||
           regf_find_key(hive, &software, DR_STR("Microsoft\\Installer\\Products"), &key);
}

static void product_begin(regf_rows *rows, const regf_key *key, const regf_key *packed, const char *list)
{
    regf_row(rows, "regf.product", key);
    rows->row.time = dr_time_clean(key->written);
    regf_row_z(rows, "List", list);
    dr_str name = regf_key_name(packed, rows->arena);
    regf_row_str(rows, "PackedCode", name);
    regf_row_str(rows, "ProductCode", unpacked(rows->arena, name));
}

static void user_data(regf_rows *rows, const regf_key *software)
{
    static const char *const names[] = { "DisplayName", "DisplayVersion", "Publisher", "InstallDate", "InstallSource", "LocalPackage",
                                         "InstallLocation", "ModifyPath", "UninstallString", "WindowsInstaller", "EstimatedSize" };
    regf_key list, user, products, product, properties;
    if (!regf_sub(rows, software, "Microsoft\\Windows\\CurrentVersion\\Installer\\UserData", &list))
        return;
    regf_subkeys users, it;
    regf_each_sub(&users, rows, &list);
    while (regf_next_sub(&users, rows, &user)) {
        if (user.life != REGF_LIVE || !regf_sub(rows, &user, "Products", &products))
            continue;
        regf_each_sub(&it, rows, &products);
        while (regf_next_sub(&it, rows, &product)) {
            const regf_key *key = product.life == REGF_LIVE && regf_sub(rows, &product, "InstallProperties", &properties) ? &properties : &product;
            product_begin(rows, key, &product, "UserData");
            regf_row_str(rows, "Context", regf_key_name(&user, rows->arena)); /* S-1-5-18: for the machine */
            regf_row_values(rows, key, NAMES(names));
            regf_row_emit(rows);
        }
    }
}

static void advertised(regf_rows *rows, const regf_key *software, const char *path)
{
    static const char *const names[] = { "ProductName", "Version", "Language", "Assignment", "AdvertiseFlags", "InstanceType" };
    regf_key list, product, source;
    if (!regf_sub(rows, software, path, &list))
        return;
    regf_subkeys it;
    regf_each_sub(&it, rows, &list);
    while (regf_next_sub(&it, rows, &product)) {
        product_begin(rows, &product, &product, "Products");
        regf_row_values(rows, &product, NAMES(names));
        regf_row_str(rows, "PackageCode", unpacked(rows->arena, regf_get_text(rows, &product, "PackageCode")));
        if (product.life == REGF_LIVE && regf_sub(rows, &product, "SourceList", &source)) {
            regf_row_value(rows, &source, "LastUsedSource", "LastUsedSource");
            regf_row_value(rows, &source, "PackageName", "PackageName");
        }
        regf_row_emit(rows);
    }
}

static dr_status read_products(const void *opened, const artefact_input *in, const record_sink *sink)
{
    regf_rows rows;
    regf_key software;
    const char *name = "SOFTWARE";
    (void)regf_software(opened, &software, &name);
    if (regf_rows_start(&rows, opened, in, sink, name) && regf_software(rows.hive, &software, &name)) {
        user_data(&rows, &software);
        advertised(&rows, &software, "Classes\\Installer\\Products");
        advertised(&rows, &software, "Microsoft\\Installer\\Products");
    }
    return regf_rows_end(&rows);
}

const artefact art_products = { .name = "products", .format = FORMAT_REGF, .schema = "regf.product", .accepts = accepts_products, .read = read_products };
