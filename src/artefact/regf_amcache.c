/* AmCache of every schema. Rows: regf.amcache-file (both layouts), regf.amcache-program,
 * regf.amcache-driver, regf.amcache-shortcut. A row says that the file (or program) was there when the
 * inventory saw it; time is the key's last-written time, which is that of the inventory. */
#include "artefact/regf_rows.h"

#include "base/le.h"

/* "Root", or a GUID that holds it. */
static bool find_root(const regf_hive *hive, regf_key *out)
{
    regf_key root, sub;
    if (!regf_root(hive, &root))
        return false;
    if (regf_find_key(hive, &root, DR_STR("Root"), out))
        return true;
    regf_subkeys it;
    regf_subkeys_start(&it, hive, &root, 0);
    while (regf_subkeys_next(&it, &sub))
        if (regf_find_key(hive, &sub, DR_STR("Root"), out))
            return true;
    return false;
}

static bool accepts(const void *hive)
{
    static const char *const parts[] = { "InventoryApplicationFile", "InventoryApplication", "File", "Programs", "InventoryDriverBinary" };
    regf_key root, key;
    if (!find_root(hive, &root))
        return false;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (regf_find_key(hive, &root, dr_str_of(parts[i]), &key))
            return true;
    return false;
}

/* "0000" and the SHA-1 (of the first 30 MiB of larger files). */
static void sha1(regf_rows *rows, const regf_key *key, const char *value)
{
    dr_str text = regf_get_text(rows, key, value);
    if (text.n == 44 && dr_str_starts(text, DR_STR("0000")))
        regf_row_str(rows, "Sha1", dr_str_from(text, 4));
}

static void begin(regf_rows *rows, const char *schema, const regf_key *key, const char *layout)
{
    regf_row(rows, schema, key);
    rows->row.time = dr_time_clean(key->written);
    regf_row_z(rows, "Layout", layout);
}

#define NAMES(list) list, sizeof list / sizeof list[0]

static void new_rows(regf_rows *rows, const regf_key *root)
{
    static const char *const file[] = { "Name", "OriginalFileName", "Publisher", "Version", "BinFileVersion", "BinaryType",
                                        "ProductName", "ProductVersion", "BinProductVersion", "LinkDate", "Size", "Language",
                                        "Usn", "IsOsComponent", "IsPeFile", "ProgramId", "LongPathHash", "AppxPackageFullName",
                                        "AppxPackageRelativeId" };
    static const char *const program[] = { "Name", "Version", "Publisher", "InstallDate", "Source", "Type", "StoreAppType",
                                           "RootDirPath", "RegistryKeyPath", "UninstallString", "ManifestPath", "MsiPackageCode",
                                           "MsiProductCode", "PackageFullName", "UserSid", "OSVersionAtInstallTime",
                                           "ProgramInstanceId", "HiddenArp", "InboxModernApp", "BundleManifestPath", "Language" };
    static const char *const driver[] = { "DriverName", "Inf", "DriverVersion", "DriverCompany", "Product", "ProductVersion",
                                          "Service", "DriverSigned", "DriverIsKernelMode", "DriverInBox", "DriverLastWriteTime",
                                          "DriverTimeStamp", "DriverCheckSum", "ImageSize", "DriverPackageStrongName" };
    static const char *const shortcut[] = { "ShortcutPath", "ShortcutTargetPath", "ShortcutAumid", "ShortcutProgramId" };
    static const struct {
        const char *key, *schema, *path, *hash;
        const char *const *names;
        size_t n;
    } parts[] = {
        { "InventoryApplicationFile", "regf.amcache-file", "LowerCaseLongPath", "FileId", NAMES(file) },
        { "InventoryApplication", "regf.amcache-program", NULL, NULL, NAMES(program) },
        { "InventoryDriverBinary", "regf.amcache-driver", NULL, "DriverId", NAMES(driver) },
        { "InventoryApplicationShortcut", "regf.amcache-shortcut", NULL, NULL, NAMES(shortcut) },
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        regf_key list, key;
        if (!regf_sub(rows, root, parts[i].key, &list))
            continue;
        regf_subkeys it;
        regf_each_sub(&it, rows, &list);
        while (regf_next_sub(&it, rows, &key)) {
            begin(rows, parts[i].schema, &key, "inventory");
            regf_row_str(rows, "Key", regf_key_name(&key, rows->arena));
            if (parts[i].path)
                regf_row_value(rows, &key, "Path", parts[i].path);
            if (parts[i].hash)
                sha1(rows, &key, parts[i].hash);
            regf_row_values(rows, &key, parts[i].names, parts[i].n);
            regf_row_emit(rows);
        }
    }
}

typedef struct numbered { /* values of the old layout have numbers for names */
    const char *value, *field;
} numbered;

static void numbered_values(regf_rows *rows, const regf_key *key, const numbered *list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        regf_row_value(rows, key, list[i].field, list[i].value);
}

static void ticks_value(regf_rows *rows, const regf_key *key, const char *field, const char *value)
{
    uint64_t ticks;
    if (regf_get_u64(rows, key, value, &ticks))
        regf_row_time(rows, field, (int64_t)ticks);
}

static void unix_value(regf_rows *rows, const regf_key *key, const char *field, const char *value)
{
    uint32_t seconds; /* a QWORD begins with its low half */
    if (regf_get_u32(rows, key, value, &seconds) && seconds)
        regf_row_time(rows, field, dr_time_from_unix(seconds));
}

static void old_rows(regf_rows *rows, const regf_key *root)
{
    static const numbered file[] = { { "15", "Path" }, { "0", "ProductName" }, { "1", "Publisher" }, { "2", "FileVersionNumber" },
                                     { "3", "Language" }, { "5", "Version" }, { "6", "Size" }, { "7", "SizeOfImage" },
                                     { "8", "PeHeaderHash" }, { "9", "PeChecksum" }, { "c", "Description" }, { "100", "ProgramId" } };
    static const numbered program[] = { { "0", "Name" }, { "1", "Version" }, { "2", "Publisher" }, { "3", "Language" },
                                        { "6", "Source" }, { "7", "RegistryKeyPath" }, { "d", "RootDirPath" },
                                        { "f", "MsiProductCode" }, { "11", "MsiPackageCode" }, { "Files", "Files" } };
    regf_key list, volume, key;
    regf_subkeys volumes, it;
    if (regf_sub(rows, root, "File", &list)) {
        regf_each_sub(&volumes, rows, &list);
        while (regf_next_sub(&volumes, rows, &volume)) {
            regf_each_sub(&it, rows, &volume);
            while (regf_next_sub(&it, rows, &key)) {
                begin(rows, "regf.amcache-file", &key, "file");
                regf_row_str(rows, "VolumeGuid", regf_key_name(&volume, rows->arena));
                regf_row_str(rows, "FileReference", regf_key_name(&key, rows->arena));
                numbered_values(rows, &key, NAMES(file));
                sha1(rows, &key, "101");
                unix_value(rows, &key, "LinkTime", "f");
                ticks_value(rows, &key, "FileModified", "11");
                ticks_value(rows, &key, "FileCreated", "12");
                ticks_value(rows, &key, "FileModified2", "17");
                regf_row_emit(rows);
            }
        }
    }
    if (regf_sub(rows, root, "Programs", &list)) {
        regf_each_sub(&it, rows, &list);
        while (regf_next_sub(&it, rows, &key)) {
            begin(rows, "regf.amcache-program", &key, "programs");
            regf_row_str(rows, "Key", regf_key_name(&key, rows->arena));
            numbered_values(rows, &key, NAMES(program));
            unix_value(rows, &key, "InstallTime", "a");
            unix_value(rows, &key, "UninstallTime", "b");
            regf_row_emit(rows);
        }
    }
}

static dr_status read(const void *opened, const artefact_input *in, const record_sink *sink)
{
    regf_rows rows;
    regf_key root;
    if (regf_rows_start(&rows, opened, in, sink, "AMCACHE") && find_root(rows.hive, &root)) {
        new_rows(&rows, &root);
        old_rows(&rows, &root);
    }
    return regf_rows_end(&rows);
}

const artefact art_amcache = { .name = "amcache", .format = FORMAT_REGF, .schema = "regf.amcache-file", .accepts = accepts, .read = read };
