#include "writer/rest.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "writer/cim_writer.h"
#include "writer/pack.h"
#include "writer/prefetch_writer.h"
#include "writer/regf_writer.h"

#define REG_BINARY 3u

/* Programs that no record of a log names. */
#define ONLY_CACHED "C:\\Users\\maria\\Downloads\\oldtool.exe"   /* ShimCache and AmCache */
#define UNUSED UNUSED_PROGRAM                                    /* both, and made while launches were recorded */
#define FLAGGED "C:\\Users\\maria\\Downloads\\flagged.exe"      /* ShimCache with its flag set */
#define NOTES "C:\\Tools\\notes\\notes.exe"                     /* BAM, UserAssist, Prefetch */

static void save(const char *folder, const char *name, const uint8_t *bytes, size_t n)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/C/%s", folder, name);
    for (size_t i = 1; path[i]; i++)
        if (path[i] == '/') {
            path[i] = 0;
            if (mkdir(path, 0777) != 0 && errno != EEXIST) {
                fprintf(stderr, "didrun-sample: cannot make %s\n", path);
                exit(3);
            }
            path[i] = '/';
        }
    ew_save(path, bytes, n);
}

static void save_hive(regf_writer *w, const char *folder, const char *name)
{
    regfw_bytes bytes = regfw_build(w);
    save(folder, name, bytes.p, bytes.n);
    free(bytes.p);
    regfw_destroy(w);
}

static regf_writer *hive(const char *root, unsigned minor, const char *file, ticks written)
{
    regf_writer *w = regfw_create(root, minor);
    regfw_base(w, file, (int64_t)written, 41);
    regfw_security(w, "S-1-5-18");
    return w;
}

static void binary(regf_writer *w, regfw_key key, const char *name, pack *b)
{
    regfw_value(w, key, name, REG_BINARY, b->p, b->n);
    pack_free(b);
}

static regfw_key key_at(regf_writer *w, ticks written, const char *path)
{
    return regfw_key_at(w, path, (int64_t)written);
}

/* --- SAM -------------------------------------------------------------------------------------- */

typedef struct user {
    const char *name;
    unsigned rid, bits;
    ticks created, password, logon;
} user;

static void add_user(host *h, regf_writer *w, const user *u)
{
    regfw_key name = key_at(w, u->created, host_text(h, "SAM\\Domains\\Account\\Users\\Names\\%s", u->name));
    regfw_value(w, name, "", u->rid, "", 0); /* the type is the RID */
    regfw_key key = key_at(w, u->logon > u->password ? u->logon : u->password,
                           host_text(h, "SAM\\Domains\\Account\\Users\\%08X", u->rid));
    pack f = {0};
    pack_int(&f, 2, 2);
    pack_int(&f, 1, 2);
    pack_zero(&f, 4);
    pack_int(&f, u->logon, 8);
    pack_zero(&f, 8);
    pack_int(&f, u->password, 8);
    pack_int(&f, 0x7fffffffffffffffu, 8);
    pack_zero(&f, 8);
    pack_int(&f, u->rid, 4);
    pack_int(&f, 513, 4);
    pack_int(&f, u->bits, 4);
    pack_zero(&f, 4);
    pack_int(&f, 0, 2);
    pack_int(&f, u->logon ? 12 : 0, 2);
    pack_zero(&f, 12);
    binary(w, key, "F", &f);
    pack v = {0}, text = {0};
    pack_zero(&v, 0xcc);
    for (unsigned i = 0; i < 17; i++) {
        size_t at = text.n;
        if (i == 1)
            pack_utf16(&text, u->name, 0);
        else if (i == 11) {
            for (unsigned k = 0; k < 21; k++)
                pack_int(&text, 0xff, 1);
        } else if (i == 13 || i == 15 || i == 16)
            pack_int(&text, 0x20001, 4);
        else if (i == 14) {
            pack_int(&text, 0x20001, 4);
            pack_zero(&text, u->password ? 52 : 0); /* what is there is never decrypted */
        }
        size_t n = text.n - at;
        pack_align(&text, 4);
        pack_put(&v, 12 * i, at, 4);
        pack_put(&v, 12 * i + 4, n, 4);
    }
    pack_bytes(&v, text.p, text.n);
    pack_free(&text);
    binary(w, key, "V", &v);
}

static void add_alias(host *h, regf_writer *w, unsigned rid, const char *name, ticks changed, const char *const *members,
                      unsigned n)
{
    regfw_key key = key_at(w, changed, host_text(h, "SAM\\Domains\\Builtin\\Aliases\\%08X", rid));
    pack c = {0}, tail = {0};
    pack_utf16(&tail, name, 0);
    size_t name_n = tail.n;
    pack_align(&tail, 4);
    size_t sids = tail.n;
    for (unsigned i = 0; i < n; i++)
        pack_sid(&tail, members[i]);
    pack_zero(&c, 52);
    pack_put(&c, 0, rid, 4);
    pack_put(&c, 16, 0, 4);
    pack_put(&c, 20, name_n, 4);
    pack_put(&c, 28, name_n, 4);
    pack_put(&c, 40, sids, 4);
    pack_put(&c, 44, tail.n - sids, 4);
    pack_put(&c, 48, n, 4);
    pack_bytes(&c, tail.p, tail.n);
    pack_free(&tail);
    binary(w, key, "C", &c);
}

static void write_sam(host *h, const char *folder, ticks now)
{
    ticks born = ew_time(2024, 11, 4, 9, 12, 40, 0);
    const user users[] = {
        {"Administrator", 500, 0x211, born, born, 0},
        {"Guest", 501, 0x215, born, 0, 0},
        {"maria", 1001, 0x214, born + TICKS_HOUR, born + TICKS_HOUR, host_boot_at(h, host_boot_count(h) - 1)->start + 200 * TICKS_S},
        {"eve", 1002, 0x214, born + 3 * TICKS_DAY, born + 3 * TICKS_DAY, host_at(h, DAY_OF_ATTACK, 12, 1, 34)},
        {"svc_sql", 1003, 0x210, born + 9 * TICKS_DAY, host_tag_time(h, "password.4738"), born + 40 * TICKS_DAY},
        {"helpdesk", RID_HELPDESK, 0x210, host_tag_time(h, "early.4720"), host_tag_time(h, "early.4738"), 0},
        {"opsa", RID_OPSA, 0x210, host_tag_time(h, "opsa.4720"), host_tag_time(h, "opsa.4738"), 0},
        /* deleted, says the log; yet here it is, as after an import of its keys */
        {"phoenix", RID_PHOENIX, 0x210, host_tag_time(h, "returned.4726") + 3 * TICKS_MIN, host_tag_time(h, "returned.4738"), 0},
        {"bob", RID_BOB, 0x210, host_tag_time(h, "account.4720"), host_tag_time(h, "account.4738"), 0},
    };
    size_t n = sizeof users / sizeof users[0];
    regf_writer *w = hive("SAM", 3, "\\SystemRoot\\System32\\Config\\SAM", now);
    regfw_key domain = key_at(w, host_at(h, DAY_OF_ATTACK, 12, 7, 16), "SAM\\Domains\\Account");
    pack f = {0};
    pack_zero(&f, 0xf0);
    pack_put(&f, 0, 3, 2);
    pack_put(&f, 8, born, 8);
    pack_put(&f, 0x48, RID_NEXT, 4);
    binary(w, domain, "F", &f);
    pack v = {0};
    pack_zero(&v, 64);
    pack_sid(&v, host_settings(h)->machine_sid); /* the last 24 bytes */
    binary(w, domain, "V", &v);
    regfw_key all = key_at(w, host_tag_time(h, "account.4720"), "SAM\\Domains\\Account\\Users");
    regfw_value(w, all, "", (uint32_t)n, "", 0); /* the type is the number of users */
    for (size_t i = 0; i < n; i++)
        add_user(h, w, &users[i]);
    const char *admins[] = {local_sid(h, 500), local_sid(h, 1001), local_sid(h, 1002), local_sid(h, RID_BOB)};
    const char *everybody[] = {local_sid(h, 1001), local_sid(h, 1002), local_sid(h, 1003), local_sid(h, RID_HELPDESK),
                               local_sid(h, RID_OPSA), local_sid(h, RID_BOB)};
    add_alias(h, w, 544, "Administrators", host_tag_time(h, "member.4732"), admins, 4);
    add_alias(h, w, 545, "Users", host_tag_time(h, "account.4732-users"), everybody, 6);
    key_at(w, born, "SAM\\Domains\\Account\\Aliases");
    save_hive(w, folder, "Windows/System32/config/SAM");
}

/* --- SYSTEM ----------------------------------------------------------------------------------- */

typedef struct cached {
    const char *path;
    ticks modified;
    unsigned hint; /* tag 0x100 of the blob */
} cached;

static void shim_entry(pack *cache, const cached *c)
{
    pack data = {0};
    pack_int(&data, 2 * pack_units(c->path), 2);
    pack_utf16(&data, c->path, 0);
    pack_int(&data, c->modified, 8);
    const unsigned tags[][3] = {{0x200, 4, 0}, {0x800, 2, 0x8664}, {0x400, 4, c->hint ? 3 : 0}, {0x40, 4, c->hint}, {0x100, 4, c->hint}};
    pack blob = {0};
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        pack_int(&blob, tags[i][0], 4);
        pack_int(&blob, tags[i][1], 4);
        pack_int(&blob, tags[i][2], 4);
    }
    pack_int(&data, blob.n, 4);
    pack_bytes(&data, blob.p, blob.n);
    pack_free(&blob);
    pack_bytes(cache, "10ts", 4);
    pack_int(cache, ew_crc32(data.p, data.n, 0), 4);
    pack_int(cache, data.n, 4);
    pack_bytes(cache, data.p, data.n);
    pack_free(&data);
}

static void bam_entry(regf_writer *w, regfw_key key, const char *path, ticks last)
{
    pack b = {0};
    pack_int(&b, last, 8);
    pack_zero(&b, 8);
    pack_int(&b, 0, 4);
    pack_int(&b, 2, 4);
    binary(w, key, path, &b);
}

static void service(host *h, regf_writer *w, ticks written, const char *name, const char *path, unsigned type, unsigned start,
                    const char *as)
{
    regfw_key key = key_at(w, written, host_text(h, "ControlSet001\\Services\\%s", name));
    if (path)
        regfw_expand(w, key, "ImagePath", path);
    regfw_dword(w, key, "Type", type);
    regfw_dword(w, key, "Start", start);
    regfw_dword(w, key, "ErrorControl", 1);
    regfw_sz(w, key, "DisplayName", name);
    if (as)
        regfw_sz(w, key, "ObjectName", as);
}

static void write_system(host *h, const char *folder, ticks now)
{
    ticks born = ew_time(2024, 11, 4, 9, 0, 0, 0), shutdown = host_boot_at(h, host_boot_count(h) - 2)->stop;
    regf_writer *w = hive("SYSTEM", 5, "SYSTEM", now);
    regfw_key select = key_at(w, born, "Select");
    regfw_dword(w, select, "Current", 1);
    regfw_dword(w, select, "Default", 1);
    regfw_dword(w, select, "Failed", 0);
    regfw_dword(w, select, "LastKnownGood", 1);
    regfw_sz(w, key_at(w, born, "ControlSet001\\Control\\ComputerName\\ComputerName"), "ComputerName", host_computer(h));
    regfw_sz(w, key_at(w, born, "ControlSet001\\Services\\Tcpip\\Parameters"), "Hostname", host_computer(h));
    regfw_key zone = key_at(w, born, "ControlSet001\\Control\\TimeZoneInformation");
    regfw_dword(w, zone, "Bias", 0);
    regfw_dword(w, zone, "ActiveTimeBias", 0);
    regfw_dword(w, zone, "StandardBias", 0);
    regfw_dword(w, zone, "DaylightBias", 0);
    regfw_sz(w, zone, "TimeZoneKeyName", "UTC");
    pack stop = {0};
    pack_int(&stop, shutdown, 8);
    binary(w, key_at(w, shutdown, "ControlSet001\\Control\\Windows"), "ShutdownTime", &stop);
    regfw_dword(w, key_at(w, born, "ControlSet001\\Control\\Session Manager\\Memory Management\\PrefetchParameters"),
                "EnablePrefetcher", 3);

    const cached entries[] = {
        {"C:\\Users\\Public\\updater.exe", host_at(h, DAY_OF_ATTACK, 12, 30, 2), 0},
        {UNUSED, host_tag_time(h, "unused.created"), 0},
        {"C:\\Users\\eve\\AppData\\Local\\Temp\\a.exe", host_at(h, DAY_OF_ATTACK, 12, 9, 40), 1},
        {FLAGGED, ew_time(2025, 2, 11, 16, 20, 31, 0), 1},
        {ONLY_CACHED, ew_time(2024, 12, 3, 8, 41, 5, 0), 0},
        {"C:\\Tools\\scan\\netscan.exe", ew_time(2025, 3, 2, 10, 0, 0, 0), 0},
        {"C:\\Tools\\conv\\imgconv.exe", ew_time(2025, 1, 20, 11, 30, 9, 0), 0},
        {NOTES, ew_time(2024, 12, 9, 14, 2, 47, 0), 0},
        {"C:\\Windows\\System32\\notepad.exe", ew_time(2024, 10, 9, 3, 11, 26, 0), 0},
    };
    pack cache = {0};
    pack_zero(&cache, 0x34);
    pack_put(&cache, 0, 0x34, 4);
    pack_put(&cache, 0x28, sizeof entries / sizeof entries[0], 4);
    for (size_t i = 0; i < sizeof entries / sizeof entries[0]; i++)
        shim_entry(&cache, &entries[i]);
    binary(w, key_at(w, shutdown, "ControlSet001\\Control\\Session Manager\\AppCompatCache"), "AppCompatCache", &cache);

    service(h, w, host_tag_time(h, "service.7045") + 4 * TICKS_MS, "updsvc", "cmd.exe /c start /b C:\\Users\\Public\\updater.exe", 0x10,
            2, "LocalSystem");
    service(h, w, born, "WinDefend", "\"%ProgramData%\\Microsoft\\Windows Defender\\Platform\\4.18.25040.2-0\\MsMpEng.exe\"", 0x10, 2,
            "LocalSystem");
    service(h, w, born, "SysMain", "%systemroot%\\system32\\svchost.exe -k LocalSystemNetworkRestricted -p", 0x20, 2, "LocalSystem");
    service(h, w, born, "Schedule", "%systemroot%\\system32\\svchost.exe -k netsvcs -p", 0x20, 2, "LocalSystem");
    service(h, w, born, "bam", "system32\\drivers\\bam.sys", 1, 1, NULL);
    static const char *const logs[] = {"Application", "Security", "System"};
    service(h, w, born, "EventLog", "%SystemRoot%\\System32\\svchost.exe -k LocalServiceNetworkRestricted -p", 0x20, 2,
            "NT AUTHORITY\\LocalService");
    for (size_t i = 0; i < 3; i++)
        regfw_dword(w, key_at(w, born, host_text(h, "ControlSet001\\Services\\EventLog\\%s", logs[i])), "MaxSize", 0x1400000);
    const session *who = host_boot_at(h, host_boot_count(h) - 1)->user;
    regfw_key bam = key_at(w, now, host_text(h, "ControlSet001\\Services\\bam\\State\\UserSettings\\%s", who->who.sid));
    regfw_dword(w, bam, "Version", 1);
    regfw_dword(w, bam, "SequenceNumber", 17);
    bam_entry(w, bam, "\\Device\\HarddiskVolume3\\Tools\\notes\\notes.exe", host_at(h, 0, 10, 22, 51) + 3101 * TICKS_MS);
    bam_entry(w, bam, "\\Device\\HarddiskVolume3\\Windows\\explorer.exe", now - 2 * TICKS_HOUR);
    save_hive(w, folder, "Windows/System32/config/SYSTEM");
}

/* --- SOFTWARE and SECURITY -------------------------------------------------------------------- */

/* A GUID as Installer keys spell it: groups turned round. */
static const char *packed(host *h, const char *guid)
{
    static const unsigned char order[] = {7, 6, 5, 4, 3, 2, 1, 0, 12, 11, 10, 9, 17, 16, 15, 14, 20, 19, 22, 21,
                                          25, 24, 27, 26, 29, 28, 31, 30, 33, 32, 35, 34};
    char out[33];
    for (size_t i = 0; i < 32; i++)
        out[i] = guid[1 + order[i]];
    out[32] = 0;
    return host_text(h, "%s", out);
}

/* Fields of triggers fill blocks of 8 bytes. */
static void block(pack *b, uint64_t v, unsigned bytes)
{
    pack_int(b, v, bytes);
    pack_align(b, 8);
}

/* At every logon of anybody, from the registration on, with the highest privileges. */
static void write_triggers(regf_writer *w, regfw_key task, ticks registered)
{
    enum { ENABLED_ON_DEMAND_HIGHEST = 0x1400100 };
    pack t = {0};
    block(&t, 0x17, 1);
    for (unsigned i = 0; i < 2; i++) { /* of the task, then of its trigger */
        block(&t, 0, 1);
        pack_int(&t, registered, 8);
        block(&t, 0, 1);
        pack_int(&t, UINT64_MAX, 8);
        if (i == 0) {
            block(&t, ENABLED_ON_DEMAND_HIGHEST, 4);
            block(&t, 0, 4);
            block(&t, 2 * 6, 4);
            pack_utf16(&t, "Author", 0);
            pack_align(&t, 8);
            block(&t, 0, 4);
            block(&t, 0, 1);
            block(&t, 0, 1);
            block(&t, 5, 4);
            block(&t, 12, 4);
            pack_sid(&t, "S-1-5-18");
            pack_align(&t, 8);
            block(&t, 0, 4);
            block(&t, 0, 4);
            block(&t, 0xaaaa, 4);
        }
    }
    const uint32_t limits[] = {0, UINT32_MAX, 0, 0, 0, 0};
    for (size_t i = 0; i < 6; i++)
        pack_int(&t, limits[i], 4);
    block(&t, 1, 1);
    pack_int(&t, 0, 8);
    block(&t, 0, 4); /* no id */
    block(&t, 1, 1); /* nobody in particular */
    binary(w, task, "Triggers", &t);
}

static void write_software(host *h, const char *folder, ticks now)
{
    ticks born = ew_time(2024, 11, 4, 9, 0, 0, 0);
    regf_writer *w = hive("SOFTWARE", 5, "emRoot\\System32\\Config\\SOFTWARE", now);
    regfw_key version = key_at(w, now, "Microsoft\\Windows NT\\CurrentVersion");
    regfw_sz(w, version, "ProductName", "Windows 10 Pro");
    regfw_sz(w, version, "CurrentBuild", "19045");
    regfw_sz(w, version, "CurrentBuildNumber", "19045");
    regfw_sz(w, version, "DisplayVersion", "22H2");
    regfw_sz(w, version, "EditionID", "Professional");
    regfw_sz(w, version, "InstallationType", "Client");
    regfw_sz(w, version, "SystemRoot", "C:\\Windows");
    regfw_dword(w, version, "UBR", 5854);
    regfw_dword(w, version, "InstallDate", (uint32_t)(born / TICKS_S - 11644473600u));
    regfw_qword(w, version, "InstallTime", born);

    const char *code = "{7D1F8A3E-52C4-4B7E-9C0D-3B6E5A1F2C94}";
    ticks installed = host_tag_time(h, "installed.1033");
    regfw_key product = key_at(w, installed, host_text(h, "Microsoft\\Windows\\CurrentVersion\\Uninstall\\%s", code));
    regfw_key properties =
        key_at(w, installed, host_text(h, "Microsoft\\Windows\\CurrentVersion\\Installer\\UserData\\S-1-5-18\\Products\\%s\\InstallProperties",
                                       packed(h, code)));
    for (int i = 0; i < 2; i++) {
        regfw_key key = i ? properties : product;
        regfw_sz(w, key, "DisplayName", "Example Reader 4.2");
        regfw_sz(w, key, "DisplayVersion", "4.2.118");
        regfw_sz(w, key, "Publisher", "Example Software");
        regfw_sz(w, key, "InstallDate", "20250527");
        regfw_sz(w, key, "InstallSource", "C:\\Users\\maria\\Downloads\\");
        regfw_dword(w, key, "WindowsInstaller", 1);
    }

    const char *profiles = "Microsoft\\Windows NT\\CurrentVersion\\ProfileList";
    static const char *const names[] = {"maria", "eve"};
    for (unsigned i = 0; i < 2; i++)
        regfw_expand(w, key_at(w, born + 4 * TICKS_DAY, host_text(h, "%s\\%s", profiles, local_sid(h, 1001 + i))), "ProfileImagePath",
                     host_text(h, "C:\\Users\\%s", names[i]));

    const char *cache = "Microsoft\\Windows NT\\CurrentVersion\\Schedule\\TaskCache", *id = "{5B0D7C11-62A9-4E0F-8F3B-27C4E1D09A66}";
    ticks registered = host_at(h, 3, 14, 0, 0);
    regfw_key tree = key_at(w, registered, host_text(h, "%s\\Tree\\Example Updater", cache));
    regfw_sz(w, tree, "Id", id);
    regfw_dword(w, tree, "Index", 3);
    regfw_value(w, tree, "SD", REG_BINARY, "\1\0\4\200", 4);
    regfw_key task = key_at(w, registered, host_text(h, "%s\\Tasks\\%s", cache, id));
    regfw_sz(w, task, "Path", "\\Example Updater");
    regfw_sz(w, task, "URI", "\\Example Updater");
    pack dynamic = {0};
    pack_int(&dynamic, 3, 4);
    pack_int(&dynamic, registered, 8);
    pack_int(&dynamic, host_tag_time(h, "blocked.203"), 8);
    pack_int(&dynamic, 0, 4);
    pack_int(&dynamic, 0x800700e1u, 4);
    pack_int(&dynamic, 0, 8);
    binary(w, task, "DynamicInfo", &dynamic);
    pack actions = {0};
    static const char *const parts[] = {"C:\\Users\\Public\\drop.exe", "", ""};
    pack_int(&actions, 3, 2);
    pack_int(&actions, 2 * 6, 4);
    pack_utf16(&actions, "Author", 0);
    pack_int(&actions, 0x6666, 2);
    pack_int(&actions, 0, 4);
    for (size_t i = 0; i < 3; i++) {
        pack_int(&actions, 2 * pack_units(parts[i]), 4);
        pack_utf16(&actions, parts[i], 0);
    }
    pack_int(&actions, 0, 2);
    binary(w, task, "Actions", &actions);
    write_triggers(w, task, registered);

    ticks off = host_tag_time(h, "off.5007"), excluded = host_tag_time(h, "excluded.5007");
    regfw_dword(w, key_at(w, off, "Microsoft\\Windows Defender\\Real-Time Protection"), "DisableRealtimeMonitoring", 1);
    regfw_dword(w, key_at(w, excluded, "Microsoft\\Windows Defender\\Exclusions\\Paths"), "C:\\Users\\Public\\Tools", 0);
    regfw_dword(w, key_at(w, born, "Microsoft\\Windows Defender\\Features"), "TamperProtection", 4);
    regfw_dword(w, key_at(w, born, "Microsoft\\Windows\\CurrentVersion\\Policies\\System\\Audit"), "ProcessCreationIncludeCmdLine_Enabled", 1);
    static const char *const channels[] = {
        "Microsoft-Windows-Sysmon/Operational", "Microsoft-Windows-TaskScheduler/Operational",
        "Microsoft-Windows-WMI-Activity/Operational", "Microsoft-Windows-Windows Defender/Operational",
        "Microsoft-Windows-PowerShell/Operational",
    };
    regfw_key list = key_at(w, born, "Microsoft\\Windows\\CurrentVersion\\WINEVT\\Channels");
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++) {
        regfw_key key = regfw_child(w, list, channels[i], strlen(channels[i]), (int64_t)born);
        regfw_dword(w, key, "Enabled", 1);
        regfw_dword(w, key, "MaxSize", 0x4000000);
        regfw_dword(w, key, "Retention", 0);
        regfw_dword(w, key, "Type", 1);
    }
    save_hive(w, folder, "Windows/System32/config/SOFTWARE");
}

static void write_security(host *h, const char *folder, ticks now)
{
    static const unsigned char counts[9] = {5, 11, 14, 3, 6, 6, 6, 4, 4};
    regf_writer *w = hive("SECURITY", 3, "\\SystemRoot\\System32\\Config\\SECURITY", now);
    regfw_key key = key_at(w, host_tag_time(h, "weakened.4719"), "Policy\\PolAdtEv");
    pack b = {0};
    pack_zero(&b, 150);
    pack_put(&b, 4, 9, 2);
    pack_put(&b, 8, 0x84, 2);
    static const struct {
        unsigned at, value;
    } set[] = {
        {0x0c, 1}, {0x0e, 1}, {0x10, 3}, {0x14, 3},            /* system */
        {0x16, 1}, {0x18, 1}, {0x1a, 1}, {0x1e, 1}, {0x26, 3}, /* logon */
        {0x4e, 1}, {0x50, 1},                                  /* processes */
        {0x5a, 1}, {0x5c, 1},                                  /* policy */
        {0x66, 3}, {0x6a, 3},                                  /* accounts, groups */
    };
    for (size_t i = 0; i < sizeof set / sizeof set[0]; i++)
        pack_put(&b, set[i].at, set[i].value, 2);
    for (size_t i = 0; i < 9; i++)
        pack_put(&b, 0x84 + 2 * i, counts[i], 2);
    regfw_value(w, key, "", 0, b.p, b.n);
    pack_free(&b);
    save_hive(w, folder, "Windows/System32/config/SECURITY");
}

/* --- AmCache and the user's hive -------------------------------------------------------------- */

static void inventory(host *h, regf_writer *w, ticks written, const char *path, const char *digest, const char *linked)
{
    const char *base = strrchr(path, '\\') + 1;
    regfw_key key = key_at(w, written, host_text(h, "Root\\InventoryApplicationFile\\%s|%.16s", base, digest));
    regfw_sz(w, key, "ProgramId", host_text(h, "0006%.40s", digest));
    regfw_sz(w, key, "FileId", host_text(h, "0000%.40s", digest));
    char lower[256];
    size_t n = 0;
    for (; path[n] && n < sizeof lower - 1; n++)
        lower[n] = (char)(path[n] >= 'A' && path[n] <= 'Z' ? path[n] + 32 : path[n]);
    lower[n] = 0;
    regfw_sz(w, key, "LowerCaseLongPath", lower);
    regfw_sz(w, key, "Name", base);
    regfw_sz(w, key, "BinaryType", "pe64_amd64");
    regfw_sz(w, key, "LinkDate", linked);
    regfw_qword(w, key, "Size", 180224);
    regfw_dword(w, key, "IsOsComponent", 0);
}

static void write_amcache(host *h, const char *folder, ticks now)
{
    regf_writer *w = hive("{11517B7C-E79D-4e20-961B-75A811715ADD}", 5, "C:\\Windows\\AppCompat\\Programs\\Amcache.hve", now);
    inventory(h, w, host_at(h, 2, 3, 12, 40), ONLY_CACHED, "5d41402abc4b2a76b9719d911017c592ae7f1c03", "11/30/2024 09:15:22");
    inventory(h, w, host_at(h, 5, 3, 12, 44), "C:\\Users\\eve\\AppData\\Local\\Temp\\a.exe", "9b74c9897bac770ffc029102a200c5de33e0a7f4",
              "05/28/2025 20:31:07");
    inventory(h, w, host_at(h, 5, 3, 12, 45), "C:\\Users\\Public\\updater.exe", "e2fc714c4727ee9395f324cd2e7f331f0a93d1b6",
              "05/29/2025 22:04:51");
    inventory(h, w, host_at(h, 7, 12, 12, 46), UNUSED, "3c59dc048e8850243be8079a5c74d079c1b4d2e0", "04/11/2025 07:31:00");
    save_hive(w, folder, "Windows/appcompat/Programs/Amcache.hve");
}

static const char *rot13(host *h, const char *text)
{
    char out[512];
    size_t n = 0;
    for (; text[n] && n < sizeof out - 1; n++) {
        char c = text[n], base = c >= 'a' && c <= 'z' ? 'a' : c >= 'A' && c <= 'Z' ? 'A' : 0;
        out[n] = base ? (char)(base + (c - base + 13) % 26) : c;
    }
    out[n] = 0;
    return host_text(h, "%s", out);
}

static void assist(host *h, regf_writer *w, regfw_key key, const char *name, unsigned count, unsigned focus, ticks last)
{
    pack b = {0};
    pack_int(&b, 0, 4);
    pack_int(&b, count, 4);
    pack_int(&b, focus, 4);
    pack_int(&b, focus * 41000u, 4);
    for (unsigned i = 0; i < 10; i++)
        pack_int(&b, 0xbf800000u, 4);
    pack_int(&b, 0xffffffffu, 4);
    pack_int(&b, last, 8);
    pack_int(&b, 0, 4);
    binary(w, key, rot13(h, name), &b);
}

static void write_user_hive(host *h, const char *folder, ticks now)
{
    ticks born = ew_time(2024, 11, 4, 10, 12, 41, 1832750);
    regf_writer *w = hive("ROOT", 3, "\\??\\C:\\Users\\maria\\NTUSER.DAT", now);
    const char *root = "Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\UserAssist";
    regfw_key list = key_at(w, now, host_text(h, "%s\\{CEBFF5CD-ACE2-4F4F-9178-9926F41749EA}", root));
    regfw_dword(w, list, "Version", 5);
    regfw_key count = key_at(w, now, host_text(h, "%s\\{CEBFF5CD-ACE2-4F4F-9178-9926F41749EA}\\Count", root));
    /* What every new profile is born with: counts that nobody made, all of one time. */
    static const char *const seeded[] = {"Microsoft.Getstarted_8wekyb3d8bbwe!App", "{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\SnippingTool.exe",
                                         "{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\mspaint.exe", "Microsoft.WindowsMaps_8wekyb3d8bbwe!App",
                                         "{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\magnify.exe", "Microsoft.People_8wekyb3d8bbwe!x4c7a3b7dy",
                                         "Microsoft.MicrosoftStickyNotes_8wekyb3d8bbwe!App", "{6D809377-6AF0-444B-8957-A3773F02200E}\\Windows NT\\Accessories\\wordpad.exe"};
    for (unsigned i = 0; i < sizeof seeded / sizeof seeded[0]; i++)
        assist(h, w, count, seeded[i], 14 - i, 21 - 2 * i, born);
    assist(h, w, count, NOTES, 3, 5, host_at(h, 0, 10, 22, 50) + 412 * TICKS_MS);
    assist(h, w, count, "C:\\Program Files\\Example\\planner.exe", 9, 12, host_at(h, 2, 11, 20, 40) + 220 * TICKS_MS);
    save_hive(w, folder, "Users/maria/NTUSER.DAT");
}

/* --- Prefetch --------------------------------------------------------------------------------- */

#define VOLUME "\\VOLUME{01db2e9a4c1f7730-5ad1c84e}"

static void prefetch(const char *folder, const char *program, const ticks *runs, size_t n, unsigned count, const char *opened)
{
    const char *files[] = {"\\WINDOWS\\SYSTEM32\\NTDLL.DLL", "\\WINDOWS\\SYSTEM32\\KERNEL32.DLL",
                           "\\WINDOWS\\SYSTEM32\\KERNELBASE.DLL", "\\WINDOWS\\SYSTEM32\\LOCALE.NLS", program, opened};
    char path[512];
    snprintf(path, sizeof path, "\\DEVICE\\HARDDISKVOLUME3%s", program);
    const prefetch_trace t = {.version = 30, .path = path, .volume = VOLUME, .volume_created = 0x01db2e9a4c1f7730u,
                              .volume_serial = 0x5ad1c84eu, .runs = runs, .n_runs = n, .count = count, .files = files,
                              .n_files = opened ? 6 : 5};
    char name[128], target[256];
    prefetch_name(&t, name, sizeof name);
    snprintf(target, sizeof target, "Windows/Prefetch/%s", name);
    pack plain = prefetch_make(&t), packed_bytes = prefetch_compress(&plain);
    save(folder, target, packed_bytes.p, packed_bytes.n);
    pack_free(&plain);
    pack_free(&packed_bytes);
}

static void write_prefetch(host *h, const char *folder)
{
    const ticks notes[] = {host_at(h, 0, 10, 22, 50) + 430 * TICKS_MS, ew_time(2025, 5, 22, 9, 1, 12, 4410000),
                           ew_time(2025, 5, 20, 15, 44, 3, 1200000)};
    prefetch(folder, "\\TOOLS\\NOTES\\NOTES.EXE", notes, 3, 3, "\\USERS\\MARIA\\DOCUMENTS\\NOTES.DB");
    const ticks malware[] = {host_tag_time(h, "ranon.start")};
    prefetch(folder, "\\USERS\\EVE\\APPDATA\\LOCAL\\TEMP\\A.EXE", malware, 1, 1, "\\USERS\\EVE\\APPDATA\\LOCAL\\TEMP\\A.CFG");
    const ticks updater[] = {host_tag_time(h, "task.process"), host_tag_time(h, "service.payload")};
    prefetch(folder, "\\USERS\\PUBLIC\\UPDATER.EXE", updater, 2, 2, NULL);
    const ticks net[] = {host_tag_time(h, "password.command"), host_tag_time(h, "member.command"), host_tag_time(h, "account.command")};
    prefetch(folder, "\\WINDOWS\\SYSTEM32\\NET.EXE", net, 3, 17, NULL);
    const ticks planner[] = {host_tag_time(h, "crash.start")};
    prefetch(folder, "\\PROGRAM FILES\\EXAMPLE\\PLANNER.EXE", planner, 1, 9, "\\PROGRAM FILES\\EXAMPLE\\PLANNER.INI");
}

/* --- the WMI repository ----------------------------------------------------------------------- */

#define SPACE "ROOT\\subscription"
#define NO_UPDATER "C:\\ProgramData\\sync.exe"

static void subscription(host *h, cimw_writer *w, const char *filter, const char *consumer, const char *query, const char *program,
                         const char *creator, ticks written, bool stale, bool with_consumer)
{
    const char *creator_text = host_text(h, "CreatorSID=%s", creator);
    const char *const filters[] = {creator_text, "EventNamespace=root\\cimv2", host_text(h, "Name=%s", filter),
                                   host_text(h, "Query=%s", query), "QueryLanguage=WQL", NULL};
    cimw_instance(w, SPACE, "__EventFilter", written, stale, filters);
    if (with_consumer) {
        const char *const consumers[] = {creator_text, host_text(h, "Name=%s", consumer), host_text(h, "ExecutablePath=%s", program),
                                         host_text(h, "CommandLineTemplate=%s", program), NULL};
        cimw_instance(w, SPACE, "CommandLineEventConsumer", written + 7 * TICKS_S, stale, consumers);
    }
    const char *const bindings[] = {creator_text, host_text(h, "Consumer=CommandLineEventConsumer.Name=\"%s\"", consumer),
                                    host_text(h, "Filter=__EventFilter.Name=\"%s\"", filter), NULL};
    cimw_instance(w, SPACE, "__FilterToConsumerBinding", written + 14 * TICKS_S, stale, bindings);
}

/* UNDONE: the subscription of the story was taken back, and nothing of it is left. */
static void write_repository(host *h, const char *folder, bool undone)
{
    ticks born = ew_time(2024, 11, 4, 9, 20, 33, 0);
    const char *system = "__SystemClass", *admins = "S-1-5-32-544";
    cimw_writer *w = cimw_create();
    cimw_class(w, system, "__SystemClass", NULL, "", born);
    cimw_class(w, system, "__NAMESPACE", "__SystemClass", "Name:string*", born);
    cimw_class(w, system, "__IndicationRelated", "__SystemClass", "", born);
    cimw_class(w, system, "__EventFilter", "__IndicationRelated",
              "CreatorSID:uint8[]|EventAccess:string|EventNamespace:string|Name:string*|Query:string|QueryLanguage:string", born);
    cimw_class(w, system, "__EventConsumer", "__IndicationRelated", "CreatorSID:uint8[]|MachineName:string|MaximumQueueSize:uint32", born);
    cimw_class(w, system, "__FilterToConsumerBinding", "__IndicationRelated",
              "Consumer:ref*|CreatorSID:uint8[]|DeliverSynchronously:bool|DeliveryQoS:uint32|Filter:ref*|"
              "MaintainSecurityContext:bool|SlowDownProviders:bool", born);
    cimw_class(w, SPACE, "CommandLineEventConsumer", "__EventConsumer",
              "CommandLineTemplate:string|CreateNewConsole:bool|CreationFlags:uint32|DesktopName:string|ExecutablePath:string|"
              "KillTimeout:uint32|Name:string*|RunInteractively:bool|WorkingDirectory:string", born);
    cimw_class(w, SPACE, "NTEventLogEventConsumer", "__EventConsumer",
              "Category:uint16|EventID:uint32|EventType:uint32|Name:string*|NameOfUserSIDProperty:string|SourceName:string|"
              "UNCServerName:string", born);
    cimw_namespace(w, "ROOT\\subscription", born);
    cimw_namespace(w, "ROOT\\cimv2", born);

    const char *const filter[] = {"CreatorSID=S-1-5-32-544", "EventNamespace=root\\cimv2", "Name=SCM Event Log Filter",
                                  "Query=select * from MSFT_SCMEventLogEvent", "QueryLanguage=WQL", NULL};
    const char *const consumer[] = {"CreatorSID=S-1-5-32-544", "Category=0", "EventType=1", "Name=SCM Event Log Consumer",
                                    "NameOfUserSIDProperty=sid", "SourceName=Service Control Manager", NULL};
    const char *const binding[] = {"CreatorSID=S-1-5-32-544", "Consumer=NTEventLogEventConsumer.Name=\"SCM Event Log Consumer\"",
                                   "Filter=__EventFilter.Name=\"SCM Event Log Filter\"", NULL};
    cimw_instance(w, SPACE, "__EventFilter", born, false, filter);
    cimw_instance(w, SPACE, "NTEventLogEventConsumer", born, false, consumer);
    cimw_instance(w, SPACE, "__FilterToConsumerBinding", born, false, binding);

    ticks made = host_tag_time(h, "wmi.19");
    if (!undone)
        subscription(h, w, "UpdaterFilter", "Updater",
                 "SELECT * FROM __InstanceModificationEvent WITHIN 60 WHERE TargetInstance ISA "
                 "'Win32_PerfFormattedData_PerfOS_System' AND TargetInstance.SystemUpTime >= 240",
                 "C:\\Users\\Public\\updater.exe", local_sid(h, 1002), made, false, true);
    /* A binding whose consumer is gone: it cannot fire. */
    subscription(h, w, "InventoryFilter", "Inventory", "SELECT * FROM Win32_ComputerShutdownEvent", "", admins,
                 undone ? made + TICKS_DAY : born + 30 * TICKS_DAY, false, false);
    /* What is left of one that was deleted. */
    subscription(h, w, "SyncFilter", "SyncTask", "SELECT * FROM __InstanceCreationEvent WITHIN 30 WHERE TargetInstance ISA 'Win32_LogonSession'",
                 NO_UPDATER, admins, born + 90 * TICKS_DAY, true, true);

    cimw_files f = cimw_build(w);
    static const char *const names[] = {"MAPPING1.MAP", "MAPPING2.MAP", "MAPPING3.MAP"};
    save(folder, "Windows/System32/wbem/Repository/OBJECTS.DATA", f.objects.p, f.objects.n);
    save(folder, "Windows/System32/wbem/Repository/INDEX.BTR", f.index.p, f.index.n);
    for (size_t i = 0; i < 3; i++)
        save(folder, host_text(h, "Windows/System32/wbem/Repository/%s", names[i]), f.mapping[i].p, f.mapping[i].n);
    cimw_files_free(&f);
    cimw_destroy(w);
}

/* --- all -------------------------------------------------------------------------------------- */

void write_rest(host *h, const char *folder)
{
    ticks now = host_settings(h)->last;
    write_sam(h, folder, now);
    write_system(h, folder, now);
    write_software(h, folder, now);
    write_security(h, folder, now);
    write_amcache(h, folder, now);
    write_user_hive(h, folder, now);
    write_prefetch(h, folder);
    write_repository(h, folder, false);
}

void write_undone(host *h, const char *folder)
{
    write_repository(h, folder, true);
}

const truth undone_truths[] = {
    {.claim = "wmi-subscription-created", .parameters = "consumer=*Updater*|filter=*UpdaterFilter*", .words = "achieved-removed",
     .forbidden = "achieved|achieved-persists|failed|persists", .tags = "|wmi.command|wmi.5861"},
    {.claim = NULL},
};

const truth rest_truths[] = {
    {.claim = "account-created", .parameters = "account=bob|sid=*-1008", .words = "achieved-persists",
     .forbidden = "achieved|achieved-removed|no-effect|failed", .tags = "account.command|account.4720"},
    {.claim = "account-created", .parameters = "account=helpdesk", .words = "persists|achieved-persists",
     .forbidden = "no-effect|failed|achieved-removed", .tags = "early.command"},
    {.claim = "account-created", .parameters = "account=opsa", .words = "achieved-persists", .forbidden = "achieved|achieved-removed",
     .tags = "opsa.command|opsa.4720"},
    {.claim = "account-created", .parameters = "account=opsb", .words = "achieved-removed", .forbidden = "achieved-persists",
     .tags = "opsb.command|opsb.4720"},
    {.claim = "account-created", .parameters = "account=phoenix", .words = "conflicting|achieved-persists",
     .forbidden = "achieved-removed|achieved|no-effect", .tags = "returned.command|returned.4720"},
    {.claim = "group-member-added", .parameters = "group_sid=S-1-5-32-544|member_sid=*-1008", .words = "achieved-persists",
     .forbidden = "achieved|achieved-removed", .tags = "member.command|member.4732"},
    {.claim = "service-installed", .parameters = "service=updsvc", .words = "achieved-persists", .forbidden = "achieved|achieved-removed",
     .tags = "service.create|service.7045"},
    {.claim = "product-installed", .parameters = "product=Example Reader 4.2", .words = "achieved-persists",
     .forbidden = "achieved|achieved-removed", .tags = "installed.command|installed.1033"},
    {.claim = "task-registered", .parameters = "task=\\Maintenance Check", .words = "achieved-removed",
     .forbidden = "achieved-persists|achieved", .tags = "task.create|task.106"},
    {.claim = "wmi-subscription-created", .parameters = "consumer=*Updater*|filter=*UpdaterFilter*", .words = "achieved-persists",
     .forbidden = "achieved|achieved-removed|failed", .tags = "|wmi.command|wmi.5861"},
    {.claim = "wmi-subscription-created", .parameters = "consumer=*SyncTask*", .forbidden = "achieved-persists|persists"},
    {.claim = "defender-exclusion-added", .parameters = "exclusion=C:\\Users\\Public\\Tools", .words = "achieved-persists",
     .forbidden = "achieved-removed", .tags = "excluded.command|excluded.5007"},
    {.claim = "program-ran", .parameters = "program=" ONLY_CACHED, .words = "present",
     .forbidden = "ran|attempted|crashed|failed-to-start"},
    {.claim = "program-ran", .parameters = "program=" UNUSED, .words = "not-recorded",
     .forbidden = "ran|attempted|crashed|failed-to-start|present"},
    {.claim = "program-ran", .parameters = "program=" FLAGGED, .words = "present", .forbidden = "ran|attempted|crashed|failed-to-start"},
    {.claim = "program-ran", .parameters = "program=" NOTES, .words = "ran", .forbidden = "present|not-recorded|failed-to-start"},
    /* What stands there and no record explains: a task of which no registration is recorded though it would be,
     * accounts older than the logs, and what a record tells as a part of another act. */
    {.claim = "task-registered", .parameters = "task=\\Example Updater|action=C:\\Users\\Public\\drop.exe", .words = "persists",
     .forbidden = "achieved|achieved-persists|no-effect"},
    {.claim = "account-created", .parameters = "account=maria", .words = "persists", .forbidden = "achieved|achieved-persists"},
    {.claim = "account-created", .parameters = "account=Guest", .words = "persists", .forbidden = "achieved|achieved-persists"},
    {.claim = "group-member-added", .parameters = "group=Administrators|member=maria", .words = "persists", .forbidden = "achieved"},
    {.claim = "group-member-added", .parameters = "group=Users|member=bob", .forbidden = "persists|achieved|achieved-persists"},
    {.claim = "service-installed", .parameters = "service=SysMain", .words = "persists", .forbidden = "achieved|achieved-persists"},
    {.claim = NULL},
};
