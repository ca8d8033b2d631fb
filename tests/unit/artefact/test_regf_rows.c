/* Registry decoders over hives of the tree's own writer. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>

#include <cmocka.h>

#include "artefact/artefact.h"
#include "base/vec.h"
#include "format/regf.h"
#include "writer/regf_writer.h"

#include <stdlib.h>
#include <string.h>

#define T0 132000000000000000ll

typedef struct kept {
    dr_str schema, place, user_sid;
    int64_t time;
    uint32_t flags;
    record_field *fields;
    size_t n;
} kept;

typedef struct rows {
    dr_arena *arena;
    dr_diags diags;
    regf_hive *hive;
    DR_VEC(kept) all;
} rows;

static dr_status keep(void *context, const record *r)
{
    rows *o = context;
    kept k = { .time = r->time, .flags = r->flags, .n = r->n_fields };
    k.schema = dr_arena_str(o->arena, r->schema);
    k.place = dr_arena_str(o->arena, r->place);
    k.user_sid = dr_arena_str(o->arena, r->user_sid);
    k.fields = DR_NEW_ARRAY(o->arena, record_field, r->n_fields);
    for (size_t i = 0; i < r->n_fields; i++)
        k.fields[i] = (record_field){ dr_arena_str(o->arena, r->fields[i].name), dr_arena_str(o->arena, r->fields[i].value) };
    return dr_vec_push(&o->all, k) ? DR_OK : DR_NOMEM;
}

static void read_rows(rows *o, regfw_bytes file)
{
    *o = (rows){ .arena = dr_arena_create("test", 0) };
    dr_diags_init(&o->diags, o->arena);
    dr_err err = { "" };
    assert_int_equal(regf_open(&o->hive, (dr_bytes){ file.p, file.n }, NULL, 0, o->arena, &o->diags, &err), DR_OK);
    artefact_input in = { .source = 3, .path = DR_STR("x"), .arena = o->arena, .diags = &o->diags };
    record_sink sink = { .context = o, .record = keep };
    for (size_t i = 0; artefact_registry[i]; i++) {
        const artefact *a = artefact_registry[i];
        if (a->format == FORMAT_REGF && (!a->accepts || a->accepts(o->hive)))
            assert_int_equal(a->read(o->hive, &in, &sink), DR_OK);
    }
}

static void rows_close(rows *o)
{
    regf_close(o->hive);
    dr_vec_free(&o->all);
    dr_diags_free(&o->diags);
    dr_arena_destroy(o->arena);
}

static dr_str field(const kept *k, const char *name)
{
    for (size_t i = 0; i < k->n; i++)
        if (dr_str_is(k->fields[i].name, name))
            return k->fields[i].value;
    return DR_STR_NONE;
}

/* The NTH row of a schema; NULL when there are not so many. */
static const kept *row(const rows *o, const char *schema, size_t nth)
{
    for (size_t i = 0; i < o->all.n; i++)
        if (dr_str_is(o->all.p[i].schema, schema) && nth-- == 0)
            return &o->all.p[i];
    return NULL;
}

static void expect(const kept *k, const char *name, const char *value)
{
    assert_non_null(k);
    if (!dr_str_is(field(k, name), value))
        fail_msg("%.*s: %s is \"%.*s\", not \"%s\"", DR_STR_ARG(k->schema), name, DR_STR_ARG(field(k, name)), value);
}

static regf_writer *system_hive(void)
{
    regf_writer *w = regfw_create("ROOT", 5);
    regfw_key k = regfw_key_at(w, "Select", T0);
    regfw_dword(w, k, "Current", 2);
    (void)regfw_key_at(w, "ControlSet001\\Services\\Old", T0);
    k = regfw_key_at(w, "ControlSet002\\Control\\ComputerName\\ComputerName", T0);
    regfw_sz(w, k, "ComputerName", "WS01");
    k = regfw_key_at(w, "ControlSet002\\Control\\TimeZoneInformation", T0);
    regfw_dword(w, k, "Bias", (uint32_t)-60);
    regfw_dword(w, k, "ActiveTimeBias", (uint32_t)-120);
    k = regfw_key_at(w, "ControlSet002\\Control\\Windows", T0);
    uint8_t ticks[8];
    for (int i = 0; i < 8; i++)
        ticks[i] = (uint8_t)((uint64_t)(T0 + 77) >> (8 * i));
    regfw_value(w, k, "ShutdownTime", 3, ticks, 8);
    return w;
}

static void test_system(void **state)
{
    (void)state;
    regf_writer *w = system_hive();
    regfw_key k = regfw_key_at(w, "ControlSet002\\Services\\Evil", T0 + 5);
    regfw_expand(w, k, "ImagePath", "%SystemRoot%\\evil.exe -k");
    regfw_dword(w, k, "Start", 2);
    regfw_dword(w, k, "Type", 0x10);
    regfw_sz(w, k, "ObjectName", "LocalSystem");
    regfw_dword(w, k, "DeleteFlag", 1);
    k = regfw_key_at(w, "ControlSet002\\Services\\drv", T0 + 6);
    regfw_dword(w, k, "Start", 0);
    regfw_dword(w, k, "Type", 1);
    k = regfw_key_at(w, "ControlSet002\\Services\\Host\\Parameters", T0 + 6);
    regfw_expand(w, k, "ServiceDll", "C:\\host.dll");
    regfw_dword(w, regfw_key_at(w, "ControlSet002\\Services\\Host", T0 + 6), "Type", 0x20);
    (void)regfw_key_at(w, "ControlSet002\\Services\\OnlyCounters\\Performance", T0);
    k = regfw_key_at(w, "ControlSet002\\Services\\Gone", T0 + 7);
    regfw_expand(w, k, "ImagePath", "C:\\gone.exe");
    regfw_dword(w, k, "Start", 3);
    regfw_delete_key(w, k);
    (void)regfw_key_at(w, "ControlSet002\\Services", T0 + 100);
    k = regfw_key_at(w, "ControlSet002\\Services\\bam\\State\\UserSettings\\S-1-5-21-1-2-3-1001", T0);
    uint8_t bam[24] = { 0 };
    for (int i = 0; i < 8; i++)
        bam[i] = (uint8_t)((uint64_t)(T0 + 500) >> (8 * i));
    regfw_value(w, k, "\\Device\\HarddiskVolume2\\a.exe", 3, bam, 24);
    bam[16] = 1;
    regfw_value(w, k, "Some.App_123", 3, bam, 24);
    regfw_dword(w, k, "Version", 1);
    k = regfw_key_at(w, "ControlSet002\\Control\\Session Manager\\Memory Management\\PrefetchParameters", T0);
    regfw_dword(w, k, "EnablePrefetcher", 3);
    k = regfw_key_at(w, "ControlSet002\\Services\\EventLog\\Security", T0);
    regfw_dword(w, k, "MaxSize", 0x1400000);
    k = regfw_key_at(w, "ControlSet002\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\FirewallRules", T0);
    regfw_sz(w, k, "{A}", "v2.30|Action=Allow|Active=TRUE|Dir=In|Protocol=6|LPort=4444|App=C:\\x.exe|Name=x|");
    k = regfw_key_at(w, "ControlSet002\\Services\\SharedAccess\\Parameters\\FirewallPolicy\\PublicProfile", T0);
    regfw_dword(w, k, "EnableFirewall", 0);
    k = regfw_key_at(w, "ControlSet002\\Services\\LanmanServer\\Shares", T0);
    static const char *const share[] = { "CSCFlags=0", "Path=C:\\data", "ShareName=data", "Type=0", NULL };
    regfw_multi(w, k, "data", share);
    regfw_bytes file = regfw_build(w);
    rows o;
    read_rows(&o, file);
    assert_int_equal(o.diags.list.n, 0);
    expect(row(&o, "regf.hive", 0), "Hive", "SYSTEM");
    expect(row(&o, "regf.hive", 0), "State", "clean");
    expect(row(&o, "regf.computer-name", 0), "ComputerName", "WS01");
    expect(row(&o, "regf.computer-name", 0), "ControlSet", "2");
    expect(row(&o, "regf.time-zone", 0), "ActiveTimeBias", "-120");
    assert_true(row(&o, "regf.shutdown", 0)->time == T0 + 77);
    unsigned services = 0;
    for (size_t i = 0; row(&o, "regf.service", i); i++) {
        const kept *k1 = row(&o, "regf.service", i);
        dr_str name = field(k1, "ServiceName");
        services++;
        assert_true(dr_str_starts(k1->place, DR_STR("ControlSet002\\Services\\"))); /* the current set alone */
        if (dr_str_is(name, "Evil")) {
            expect(k1, "ImagePath", "%SystemRoot%\\evil.exe -k");
            expect(k1, "StartText", "auto");
            expect(k1, "Driver", "no");
            expect(k1, "DeleteFlag", "1");
            assert_true(k1->time == T0 + 5 && k1->flags == 0);
        } else if (dr_str_is(name, "drv")) {
            expect(k1, "Driver", "yes");
            expect(k1, "DefaultImagePath", "System32\\drivers\\drv.sys");
        } else if (dr_str_is(name, "Host")) {
            expect(k1, "ServiceDll", "C:\\host.dll");
        } else if (dr_str_is(name, "Gone")) {
            assert_true(k1->flags & RECORD_DELETED);
            expect(k1, "ImagePath", "C:\\gone.exe");
        }
    }
    assert_int_equal(services, 4);
    assert_null(row(&o, "regf.bam", 2));
    expect(row(&o, "regf.bam", 0), "Path", "\\Device\\HarddiskVolume2\\a.exe");
    expect(row(&o, "regf.bam", 0), "Packaged", "no");
    expect(row(&o, "regf.bam", 1), "Package", "Some.App_123");
    assert_true(dr_str_is(row(&o, "regf.bam", 0)->user_sid, "S-1-5-21-1-2-3-1001"));
    assert_true(row(&o, "regf.bam", 0)->time == T0 + 500);
    expect(row(&o, "regf.setting", 0), "ValueName", "EnablePrefetcher");
    expect(row(&o, "regf.setting", 0), "Value", "3");
    expect(row(&o, "regf.eventlog", 0), "MaxSize", "20971520");
    expect(row(&o, "regf.firewall-rule", 0), "LPort", "4444");
    expect(row(&o, "regf.firewall-rule", 0), "App", "C:\\x.exe");
    expect(row(&o, "regf.firewall-profile", 0), "EnableFirewall", "0");
    expect(row(&o, "regf.share", 0), "Path", "C:\\data");
    rows_close(&o);
    free(file.p);
    regfw_destroy(w);
}

static void wide(uint8_t *out, size_t *n, const char *text)
{
    for (; *text; text++) {
        out[(*n)++] = (uint8_t)*text;
        out[(*n)++] = 0;
    }
}

static void bstr(uint8_t *out, size_t *n, const char *text)
{
    size_t bytes = strlen(text) * 2;
    for (int i = 0; i < 4; i++)
        out[(*n)++] = (uint8_t)(bytes >> (8 * i));
    wide(out, n, text);
}

static void put64(uint8_t *out, uint64_t v)
{
    for (int i = 0; i < 8; i++)
        out[i] = (uint8_t)(v >> (8 * i));
}

static void add_task(regf_writer *w, const char *name, const char *id, bool in_tree, bool in_tasks, bool sd)
{
    char path[256];
    uint8_t actions[512] = { 3, 0 }, info[36] = { 3 };
    size_t n = 2;
    bstr(actions, &n, "Author");
    actions[n++] = 0x66;
    actions[n++] = 0x66;
    bstr(actions, &n, "");
    bstr(actions, &n, "C:\\task.exe");
    bstr(actions, &n, "/x");
    bstr(actions, &n, "");
    n += 2;
    put64(info + 4, T0);
    put64(info + 12, T0 + 1000);
    info[24] = 1;
    if (in_tree) {
        snprintf(path, sizeof path, "Microsoft\\Windows NT\\CurrentVersion\\Schedule\\TaskCache\\Tree\\%s", name);
        regfw_key k = regfw_key_at(w, path, T0);
        regfw_sz(w, k, "Id", id);
        regfw_dword(w, k, "Index", 3);
        if (sd)
            regfw_value(w, k, "SD", 3, "\x01\x00\x04\x80\x00", 5);
    }
    if (in_tasks) {
        snprintf(path, sizeof path, "Microsoft\\Windows NT\\CurrentVersion\\Schedule\\TaskCache\\Tasks\\%s", id);
        regfw_key k = regfw_key_at(w, path, T0);
        char named[128];
        snprintf(named, sizeof named, "\\%s", name);
        regfw_sz(w, k, "Path", named);
        regfw_value(w, k, "Actions", 3, actions, n);
        regfw_value(w, k, "DynamicInfo", 3, info, sizeof info);
    }
}

static void test_software(void **state)
{
    (void)state;
    regf_writer *w = regfw_create("ROOT", 5);
    regfw_key k = regfw_key_at(w, "Microsoft\\Windows NT\\CurrentVersion", T0);
    regfw_sz(w, k, "ProductName", "Windows 10 Pro");
    regfw_sz(w, k, "CurrentBuild", "22631");
    regfw_sz(w, k, "SystemRoot", "C:\\Windows");
    regfw_dword(w, k, "InstallDate", 1600000000);
    k = regfw_key_at(w, "Microsoft\\Windows\\CurrentVersion\\Run", T0 + 3);
    regfw_sz(w, k, "Updater", "C:\\u.exe /q");
    regfw_sz(w, k, "Former", "C:\\former.exe");
    regfw_delete_value(w, k, "Former");
    k = regfw_key_at(w, "Wow6432Node\\Microsoft\\Windows\\CurrentVersion\\RunOnce", T0 + 3);
    regfw_sz(w, k, "!Once", "C:\\o.exe");
    k = regfw_key_at(w, "Microsoft\\Windows NT\\CurrentVersion\\Winlogon", T0 + 3);
    regfw_sz(w, k, "Shell", "explorer.exe, C:\\bad.exe");
    regfw_sz(w, k, "DefaultPassword", "hunter2");
    k = regfw_key_at(w, "Microsoft\\Windows NT\\CurrentVersion\\Winlogon\\SpecialAccounts\\UserList", T0 + 3);
    regfw_dword(w, k, "ghost", 0);
    k = regfw_key_at(w, "Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options\\sethc.exe", T0 + 4);
    regfw_sz(w, k, "Debugger", "cmd.exe");
    (void)regfw_key_at(w, "Microsoft\\Windows NT\\CurrentVersion\\Image File Execution Options\\nothing.exe", T0 + 4);
    k = regfw_key_at(w, "Microsoft\\Windows NT\\CurrentVersion\\SilentProcessExit\\lsass.exe", T0 + 4);
    regfw_dword(w, k, "ReportingMode", 1);
    regfw_sz(w, k, "MonitorProcess", "C:\\m.exe");
    k = regfw_key_at(w, "Microsoft\\Windows NT\\CurrentVersion\\ProfileList\\S-1-5-21-1-2-3-1001", T0);
    regfw_expand(w, k, "ProfileImagePath", "C:\\Users\\bob");
    regfw_dword(w, k, "LocalProfileLoadTimeHigh", (uint32_t)(T0 >> 32));
    regfw_dword(w, k, "LocalProfileLoadTimeLow", (uint32_t)T0);
    k = regfw_key_at(w, "Microsoft\\Windows\\CurrentVersion\\Uninstall\\{7C6F0282-3DCD-4A80-95AC-BB298E821C44}", T0);
    regfw_sz(w, k, "DisplayName", "Tool");
    regfw_dword(w, k, "WindowsInstaller", 1);
    k = regfw_key_at(w, "Microsoft\\Windows\\CurrentVersion\\Installer\\UserData\\S-1-5-18\\Products\\2820F6C7DCD308A459CABB92E828C144\\InstallProperties", T0);
    regfw_sz(w, k, "DisplayName", "Tool");
    regfw_sz(w, k, "InstallSource", "C:\\Temp\\");
    add_task(w, "Good", "{11111111-1111-1111-1111-111111111111}", true, true, true);
    add_task(w, "Folder\\Hidden", "{22222222-2222-2222-2222-222222222222}", true, true, false);
    add_task(w, "TreeOnly", "{33333333-3333-3333-3333-333333333333}", true, false, true);
    add_task(w, "TasksOnly", "{44444444-4444-4444-4444-444444444444}", false, true, true);
    k = regfw_key_at(w, "Microsoft\\Windows\\CurrentVersion\\WINEVT\\Channels\\Microsoft-Windows-Sysmon/Operational", T0);
    regfw_dword(w, k, "Enabled", 0);
    k = regfw_key_at(w, "Microsoft\\Windows Defender\\Exclusions\\Paths", T0 + 9);
    regfw_dword(w, k, "C:\\Temp", 0);
    k = regfw_key_at(w, "Policies\\Microsoft\\Windows Defender\\Real-Time Protection", T0 + 9);
    regfw_dword(w, k, "DisableRealtimeMonitoring", 1);
    k = regfw_key_at(w, "Microsoft\\Windows\\CurrentVersion\\Policies\\System\\Audit", T0);
    regfw_dword(w, k, "ProcessCreationIncludeCmdLine_Enabled", 1);
    regfw_bytes file = regfw_build(w);
    rows o;
    read_rows(&o, file);
    assert_int_equal(o.diags.list.n, 0);
    expect(row(&o, "regf.hive", 0), "Hive", "SOFTWARE");
    expect(row(&o, "regf.windows", 0), "CurrentBuild", "22631");
    expect(row(&o, "regf.windows", 0), "InstallDate", "2020-09-13T12:26:40.0000000Z");
    assert_null(row(&o, "regf.run", 3));
    unsigned live = 0, deleted = 0;
    for (size_t i = 0; i < 3; i++) {
        const kept *r = row(&o, "regf.run", i);
        assert_true(dr_str_is(r->user_sid, ""));
        if (dr_str_is(field(r, "ValueName"), "Former")) {
            deleted += (r->flags & RECORD_DELETED) != 0;
            expect(r, "Command", "C:\\former.exe");
        } else {
            live += (r->flags & RECORD_DELETED) == 0;
        }
        if (dr_str_is(field(r, "ValueName"), "!Once")) {
            expect(r, "Wow64", "yes");
            expect(r, "List", "RunOnce");
        }
    }
    assert_int_equal(live, 2);
    assert_int_equal(deleted, 1);
    expect(row(&o, "regf.winlogon", 0), "Shell", "explorer.exe, C:\\bad.exe");
    expect(row(&o, "regf.winlogon", 0), "DefaultPasswordSet", "yes");
    for (size_t i = 0; i < o.all.n; i++) /* passwords are not shown */
        for (size_t f = 0; f < o.all.p[i].n; f++)
            assert_true(dr_str_find(o.all.p[i].fields[f].value, DR_STR("hunter2")) == SIZE_MAX);
    expect(row(&o, "regf.hidden-account", 0), "Account", "ghost");
    expect(row(&o, "regf.ifeo", 0), "Debugger", "cmd.exe");
    expect(row(&o, "regf.ifeo", 0), "Program", "sethc.exe");
    assert_null(row(&o, "regf.ifeo", 1));
    expect(row(&o, "regf.silent-exit", 0), "MonitorProcess", "C:\\m.exe");
    expect(row(&o, "regf.profile", 0), "ProfileImagePath", "C:\\Users\\bob");
    assert_true(row(&o, "regf.profile", 0)->time == T0);
    expect(row(&o, "regf.uninstall", 0), "ProductCode", "{7C6F0282-3DCD-4A80-95AC-BB298E821C44}");
    expect(row(&o, "regf.product", 0), "ProductCode", "{7C6F0282-3DCD-4A80-95AC-BB298E821C44}");
    expect(row(&o, "regf.product", 0), "Context", "S-1-5-18");
    unsigned tasks = 0;
    for (size_t i = 0; row(&o, "regf.task", i); i++) {
        const kept *t = row(&o, "regf.task", i);
        dr_str path = field(t, "TaskPath");
        tasks++;
        if (!dr_str_is(path, "\\TreeOnly")) {
            expect(t, "Command", "C:\\task.exe");
            expect(t, "Arguments", "/x");
            expect(t, "EverRun", "yes");
            expect(t, "LastResult", "0x1");
            assert_true(t->time == T0 + 1000);
        } else {
            expect(t, "TaskMissing", "yes");
        }
        if (dr_str_is(path, "\\Folder\\Hidden"))
            expect(t, "SdMissing", "yes");
        if (dr_str_is(path, "\\Good"))
            expect(t, "SdMissing", "no");
        if (dr_str_is(path, "\\TasksOnly"))
            expect(t, "TreeMissing", "yes");
        else
            assert_int_equal(field(t, "TreeMissing").n, 0);
    }
    assert_int_equal(tasks, 4);
    expect(row(&o, "regf.channel", 0), "Channel", "Microsoft-Windows-Sysmon/Operational");
    expect(row(&o, "regf.channel", 0), "Enabled", "0");
    expect(row(&o, "regf.defender-exclusion", 0), "Excluded", "C:\\Temp");
    expect(row(&o, "regf.defender-setting", 0), "Origin", "policy");
    expect(row(&o, "regf.setting", 0), "ValueName", "ProcessCreationIncludeCmdLine_Enabled");
    rows_close(&o);
    free(file.p);
    regfw_destroy(w);
}

static void sam_account(regf_writer *w, uint32_t rid, const char *name, int64_t created, uint32_t rid_in_f)
{
    char path[128];
    uint8_t f[80] = { 2, 0, 1 }, v[0xcc + 64] = { 0 };
    put64(f + 8, (uint64_t)(created + 10));
    put64(f + 24, (uint64_t)(created + 5));
    for (int i = 0; i < 4; i++)
        f[48 + i] = (uint8_t)(rid_in_f >> (8 * i));
    f[52] = 1;
    f[53] = 2;
    f[56] = 0x10;
    f[57] = 0x02;
    f[66] = 7;
    size_t n = 0xcc;
    wide(v, &n, name);
    v[16] = (uint8_t)(n - 0xcc);
    snprintf(path, sizeof path, "SAM\\Domains\\Account\\Users\\%08X", rid);
    regfw_key k = regfw_key_at(w, path, created + 20);
    regfw_value(w, k, "F", 3, f, sizeof f);
    regfw_value(w, k, "V", 3, v, sizeof v);
    snprintf(path, sizeof path, "SAM\\Domains\\Account\\Users\\Names\\%s", name);
    k = regfw_key_at(w, path, created);
    regfw_value(w, k, "", rid, "", 0);
}

static void test_sam(void **state)
{
    (void)state;
    regf_writer *w = regfw_create("ROOT", 3);
    static const uint8_t machine[24] = { 1, 4, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0 };
    uint8_t f[0x60] = { 3 };
    put64(f + 8, (uint64_t)T0);
    f[0x48] = 0xec; /* next: 1004 */
    f[0x49] = 3;
    regfw_key k = regfw_key_at(w, "SAM\\Domains\\Account", T0);
    regfw_value(w, k, "F", 3, f, sizeof f);
    regfw_value(w, k, "V", 3, machine, sizeof machine);
    sam_account(w, 500, "Administrator", T0, 500);
    sam_account(w, 1001, "bob", T0 + 1000, 500); /* acts as 500 */
    sam_account(w, 1003, "gone", T0 + 2000, 1003);
    regfw_delete_key(w, regfw_key_at(w, "SAM\\Domains\\Account\\Users\\000003EB", T0 + 2020));
    regfw_delete_key(w, regfw_key_at(w, "SAM\\Domains\\Account\\Users\\Names\\gone", T0 + 2000));
    (void)regfw_key_at(w, "SAM\\Domains\\Account\\Users", T0 + 9000);
    (void)regfw_key_at(w, "SAM\\Domains\\Account\\Users\\Names", T0 + 9000);
    uint8_t c[128] = { 0x20, 2 };
    size_t n = 52;
    wide(c, &n, "Administrators");
    c[20] = 28;
    c[40] = 28;
    memcpy(c + n, machine, 24);
    c[n + 1] = 5;
    c[n + 24] = 0xe9;
    c[n + 25] = 3;
    c[44] = 28;
    c[48] = 1;
    regfw_value(w, regfw_key_at(w, "SAM\\Domains\\Builtin\\Aliases\\00000220", T0 + 50), "C", 3, c, n + 28);
    regfw_key_at(w, "SAM\\Domains\\Builtin\\Aliases\\Members\\S-1-5-21-1-2-3\\000003E9", T0 + 55);
    regfw_bytes file = regfw_build(w);
    rows o;
    read_rows(&o, file);
    assert_int_equal(o.diags.list.n, 0);
    expect(row(&o, "regf.machine-sid", 0), "Sid", "S-1-5-21-1-2-3");
    expect(row(&o, "regf.machine-sid", 0), "NextRid", "1004");
    unsigned live = 0, deleted = 0;
    for (size_t i = 0; row(&o, "regf.account", i); i++) {
        const kept *a = row(&o, "regf.account", i);
        if (a->flags & RECORD_DELETED) {
            deleted++;
            expect(a, "AccountName", "gone");
            expect(a, "Rid", "1003");
            continue;
        }
        live++;
        if (!dr_str_is(field(a, "Rid"), "1001"))
            continue;
        expect(a, "AccountName", "bob");
        expect(a, "Sid", "S-1-5-21-1-2-3-1001");
        expect(a, "RidInF", "500");
        expect(a, "LogonCount", "7");
        expect(a, "AcbText", "normal password-never-expires");
        assert_true(a->time == T0 + 1000);
    }
    assert_int_equal(live, 2);
    assert_int_equal(deleted, 1);
    expect(row(&o, "regf.account-name", 0), "AccountName", "gone");
    expect(row(&o, "regf.account-name", 0), "Rid", "1003");
    expect(row(&o, "regf.group", 0), "GroupName", "Administrators");
    expect(row(&o, "regf.group-member", 0), "MemberSid", "S-1-5-21-1-2-3-1001");
    expect(row(&o, "regf.group-member", 0), "InReverseIndex", "yes");
    assert_true(row(&o, "regf.group-member", 0)->time == T0 + 55);
    /* 1000, 1002 and 1003 were given and are free. */
    expect(row(&o, "regf.rid-unused", 0), "Rid", "1000");
    expect(row(&o, "regf.rid-unused", 1), "Rid", "1002");
    expect(row(&o, "regf.rid-unused", 2), "Rid", "1003");
    assert_null(row(&o, "regf.rid-unused", 3));
    rows_close(&o);
    free(file.p);
    regfw_destroy(w);
}

static void userassist(regf_writer *w, regfw_key k, const char *name, uint32_t count, int64_t last)
{
    uint8_t p[72] = { 0 };
    p[4] = (uint8_t)count;
    put64(p + 60, (uint64_t)last);
    char rotated[128];
    size_t n = strlen(name);
    for (size_t i = 0; i <= n; i++) {
        char c = name[i], base = c >= 'a' && c <= 'z' ? 'a' : c >= 'A' && c <= 'Z' ? 'A' : '\0';
        rotated[i] = base ? (char)(base + (c - base + 13) % 26) : c;
    }
    regfw_value(w, k, rotated, 3, p, sizeof p);
}

static void test_user(void **state)
{
    (void)state;
    regf_writer *w = regfw_create("CMI-CreateHive{0}", 5);
    regfw_security(w, "S-1-5-21-1-2-3-1001");
    const char *list = "Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\UserAssist\\{CEBFF5CD-ACE2-4F4F-9178-9926F41749EA}";
    char path[256];
    regfw_dword(w, regfw_key_at(w, list, T0), "Version", 5);
    snprintf(path, sizeof path, "%s\\Count", list);
    regfw_key k = regfw_key_at(w, path, T0);
    int64_t seed = T0 + 1234567; /* no whole millisecond */
    userassist(w, k, "{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}\\mspaint.exe", 7, seed);
    userassist(w, k, "Microsoft.Getstarted!App", 14, seed);
    userassist(w, k, "C:\\Tools\\run.exe", 1, T0 + 50000000);
    userassist(w, k, "UEME_CTLSESSION", 1, 0);
    k = regfw_key_at(w, "Software\\Microsoft\\Windows\\CurrentVersion\\Explorer\\RunMRU", T0 + 60);
    regfw_sz(w, k, "a", "cmd\\1");
    regfw_sz(w, k, "b", "regedit\\1");
    regfw_sz(w, k, "MRUList", "ba");
    k = regfw_key_at(w, "Software\\Microsoft\\Windows NT\\CurrentVersion\\AppCompatFlags\\Layers", T0);
    regfw_sz(w, k, "C:\\Tools\\run.exe", "~ RUNASADMIN");
    regfw_bytes file = regfw_build(w);
    rows o;
    read_rows(&o, file);
    expect(row(&o, "regf.hive", 0), "Hive", "USER");
    expect(row(&o, "regf.hive", 0), "OwnerSid", "S-1-5-21-1-2-3-1001");
    expect(row(&o, "regf.userassist", 0), "Path", "%SystemRoot%\\System32\\mspaint.exe");
    expect(row(&o, "regf.userassist", 0), "Seeded", "yes");
    expect(row(&o, "regf.userassist", 0), "Launched", "no");
    expect(row(&o, "regf.userassist", 1), "Seeded", "yes");
    expect(row(&o, "regf.userassist", 2), "Path", "C:\\Tools\\run.exe");
    expect(row(&o, "regf.userassist", 2), "Seeded", "no");
    expect(row(&o, "regf.userassist", 2), "Launched", "yes");
    assert_null(row(&o, "regf.userassist", 3));
    assert_true(dr_str_is(row(&o, "regf.userassist", 2)->user_sid, "S-1-5-21-1-2-3-1001"));
    expect(row(&o, "regf.runmru", 0), "Command", "cmd");
    expect(row(&o, "regf.runmru", 0), "Position", "1");
    assert_true(row(&o, "regf.runmru", 0)->time == DR_NO_TIME);
    expect(row(&o, "regf.runmru", 1), "Position", "0");
    assert_true(row(&o, "regf.runmru", 1)->time == T0 + 60);
    expect(row(&o, "regf.compat-layer", 0), "Layers", "~ RUNASADMIN");
    rows_close(&o);
    free(file.p);
    regfw_destroy(w);
}

static void test_amcache(void **state)
{
    (void)state;
    regf_writer *w = regfw_create("{11517B7C-E79D-4e20-961B-75A811715ADD}", 5);
    regfw_key k = regfw_key_at(w, "Root\\InventoryApplicationFile\\a.exe|0011", T0 + 3);
    regfw_sz(w, k, "LowerCaseLongPath", "c:\\temp\\a.exe");
    regfw_sz(w, k, "FileId", "0000da39a3ee5e6b4b0d3255bfef95601890afd80709");
    regfw_qword(w, k, "Size", 5);
    k = regfw_key_at(w, "Root\\File\\e3000000-0000-0000-0000-000000000000\\1000015114", T0 + 4);
    regfw_sz(w, k, "15", "C:\\Temp\\b.exe");
    regfw_sz(w, k, "101", "0000da39a3ee5e6b4b0d3255bfef95601890afd80709");
    regfw_qword(w, k, "17", (uint64_t)T0);
    regfw_bytes file = regfw_build(w);
    rows o;
    read_rows(&o, file);
    expect(row(&o, "regf.amcache-file", 0), "Path", "c:\\temp\\a.exe");
    expect(row(&o, "regf.amcache-file", 0), "Sha1", "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    expect(row(&o, "regf.amcache-file", 0), "Size", "5");
    assert_true(row(&o, "regf.amcache-file", 0)->time == T0 + 3);
    expect(row(&o, "regf.amcache-file", 1), "Layout", "file");
    expect(row(&o, "regf.amcache-file", 1), "FileReference", "1000015114");
    rows_close(&o);
    free(file.p);
    regfw_destroy(w);
}

/* A wrong byte anywhere in a hive full of artefacts: decoders end, and stay inside. */
static void test_flips(void **state)
{
    (void)state;
    regf_writer *w = system_hive();
    regfw_key k = regfw_key_at(w, "ControlSet002\\Services\\Evil", T0 + 5);
    regfw_expand(w, k, "ImagePath", "%SystemRoot%\\evil.exe -k");
    uint8_t cache[0x34 + 64] = { 0x34 };
    memcpy(cache + 0x34, "10ts", 4);
    cache[0x34 + 8] = 30;
    regfw_value(w, regfw_key_at(w, "ControlSet002\\Control\\Session Manager\\AppCompatCache", T0), "AppCompatCache", 3, cache, sizeof cache);
    regfw_bytes file = regfw_build(w);
    uint8_t *p = malloc(file.n);
    for (size_t at = 4096; at < file.n && at < 9000; at += 3) {
        memcpy(p, file.p, file.n);
        p[at] ^= 0xff;
        rows o;
        read_rows(&o, (regfw_bytes){ p, file.n });
        rows_close(&o);
    }
    free(p);
    free(file.p);
    regfw_destroy(w);
}

#ifdef DR_FAULT_INJECTION
static dr_status count_row(void *context, const record *r)
{
    (void)r;
    ++*(unsigned *)context;
    return DR_OK;
}
#endif

/* Every allocation fails once: a decoder says so, or loses nothing. */
static void test_no_memory(void **state)
{
    (void)state;
#ifndef DR_FAULT_INJECTION
    skip();
#else
    regf_writer *w = system_hive();
    regfw_key k = regfw_key_at(w, "ControlSet002\\Services\\Evil", T0 + 5);
    regfw_expand(w, k, "ImagePath", "%SystemRoot%\\evil.exe -k");
    regfw_bytes file = regfw_build(w);
    for (size_t i = 0; artefact_registry[i]; i++) {
        const artefact *a = artefact_registry[i];
        unsigned whole = 0;
        for (long n = 0; n < 60; n++) {
            dr_arena *arena = dr_arena_create("test", 0);
            dr_diags diags;
            dr_err err;
            regf_hive *hive;
            unsigned rows_seen = 0;
            dr_diags_init(&diags, arena);
            assert_int_equal(regf_open(&hive, (dr_bytes){ file.p, file.n }, NULL, 0, arena, &diags, &err), DR_OK);
            if (a->format == FORMAT_REGF && (!a->accepts || a->accepts(hive))) {
                artefact_input in = { .path = DR_STR("x"), .arena = arena, .diags = &diags };
                record_sink sink = { .context = &rows_seen, .record = count_row };
                assert_non_null(regf_summary_of(hive));
                dr_alloc_fail_after(n);
                dr_status status = a->read(hive, &in, &sink);
                dr_alloc_fail_after(0);
                if (n == 0)
                    whole = rows_seen;
                assert_true(status == DR_NOMEM || (status == DR_OK && rows_seen == whole));
            }
            regf_close(hive);
            dr_diags_free(&diags);
            dr_arena_destroy(arena);
        }
    }
    free(file.p);
    regfw_destroy(w);
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_system), cmocka_unit_test(test_software), cmocka_unit_test(test_sam),
        cmocka_unit_test(test_user),   cmocka_unit_test(test_amcache),  cmocka_unit_test(test_flips),
        cmocka_unit_test(test_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
