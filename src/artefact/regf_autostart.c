/* Places that start programs: Run keys, Winlogon, Image File Execution Options, silent process exit, and
 * others that hold one command. Rows: regf.run, regf.startup-approved, regf.winlogon, regf.ifeo,
 * regf.silent-exit, regf.autostart. They are settings: nothing here says that a program ran. */
#include "artefact/regf_rows.h"

#include "base/le.h"

#define CURRENT "Microsoft\\Windows\\CurrentVersion\\"

static const char *hive_name(const void *hive)
{
    regf_key key;
    const char *name = "SOFTWARE";
    (void)regf_software(hive, &key, &name);
    return name;
}

static void run_values(regf_rows *rows, const regf_key *key, const char *list, bool wow64)
{
    regf_values it;
    regf_value value;
    regf_each_value(&it, rows, key);
    while (regf_next_value(&it, rows, &value)) {
        regf_row(rows, "regf.run", key);
        regf_row_of_value(rows, &value);
        dr_str command = regf_value_text(rows, &value);
        if (command.n == 0)
            continue;
        rows->row.time = dr_time_clean(key->written);
        regf_row_z(rows, "List", list);
        regf_row_str(rows, "ValueName", regf_value_name(&value, rows->arena));
        regf_row_str(rows, "Command", command);
        regf_row_z(rows, "Wow64", wow64 ? "yes" : "no");
        regf_row_emit(rows);
    }
}

static void run_rows(regf_rows *rows, const regf_key *software)
{
    static const char *const roots[] = { "", "Wow6432Node\\", "Microsoft\\Windows NT\\CurrentVersion\\Terminal Server\\Install\\Software\\" };
    static const char *const lists[] = { "Run", "RunOnce", "RunOnceEx", "RunServices", "RunServicesOnce", "Policies\\Explorer\\Run" };
    for (size_t r = 0; r < sizeof roots / sizeof roots[0]; r++) {
        for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
            regf_key key, sub;
            dr_str path = dr_arena_printf(rows->kept, "%s" CURRENT "%s", roots[r], lists[i]);
            if (!regf_find_key(rows->hive, software, path, &key))
                continue;
            run_values(rows, &key, lists[i], r == 1);
            if (i != 2)
                continue;
            regf_subkeys it; /* RunOnceEx has sections */
            regf_each_sub(&it, rows, &key);
            while (regf_next_sub(&it, rows, &sub))
                run_values(rows, &sub, lists[i], r == 1);
        }
    }
    /* What a user's hive may also start. */
    regf_key key;
    if (regf_sub(rows, software, "Microsoft\\Windows NT\\CurrentVersion\\Windows", &key)) {
        static const char *const names[] = { "Load", "Run", "AppInit_DLLs", "LoadAppInit_DLLs" };
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            regf_value value;
            if (!regf_find_value(rows->hive, &key, dr_str_of(names[i]), &value))
                continue;
            regf_row(rows, "regf.autostart", &key);
            regf_row_of_value(rows, &value);
            rows->row.time = dr_time_clean(key.written);
            regf_row_z(rows, "ValueName", names[i]);
            dr_str text = regf_value_text(rows, &value);
            regf_row_str(rows, "Command", text);
            if (text.n > 0)
                regf_row_emit(rows);
        }
    }
}

static void approved_rows(regf_rows *rows, const regf_key *software)
{
    static const char *const lists[] = { "Run", "Run32", "StartupFolder" };
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        regf_key key;
        dr_str path = dr_arena_printf(rows->kept, CURRENT "Explorer\\StartupApproved\\%s", lists[i]);
        if (!regf_find_key(rows->hive, software, path, &key))
            continue;
        regf_values it;
        regf_value value;
        regf_each_value(&it, rows, &key);
        while (regf_next_value(&it, rows, &value)) {
            regf_row(rows, "regf.startup-approved", &key);
            regf_row_of_value(rows, &value);
            dr_bytes data = regf_value_bytes(rows, &value);
            if (data.n < 12)
                continue;
            int64_t disabled = (int64_t)dr_le64(data, 4);
            rows->row.time = dr_time_clean(disabled);
            regf_row_z(rows, "List", lists[i]);
            regf_row_str(rows, "ValueName", regf_value_name(&value, rows->arena));
            regf_row_z(rows, "Enabled", dr_le32(data, 0) & 1 ? "no" : "yes");
            regf_row_time(rows, "Disabled", disabled);
            regf_row_emit(rows);
        }
    }
}

static bool any_software(const void *hive)
{
    return regf_is_any_software(hive);
}

static void single_rows(regf_rows *rows, const regf_key *base, const char *path, const char *name)
{
    regf_key key;
    regf_value value;
    if (!regf_sub(rows, base, path, &key) || !regf_find_value(rows->hive, &key, dr_str_of(name), &value))
        return;
    regf_row(rows, "regf.autostart", &key);
    regf_row_of_value(rows, &value);
    rows->row.time = dr_time_clean(key.written);
    regf_row_z(rows, "ValueName", name);
    dr_str text = regf_value_text(rows, &value);
    regf_row_str(rows, "Command", text);
    if (text.n > 0)
        regf_row_emit(rows);
}

static dr_status read_run(const void *opened, const artefact_input *in, const record_sink *sink)
{
    regf_rows rows;
    regf_key software;
    const char *name;
    if (regf_rows_start(&rows, opened, in, sink, hive_name(opened)) && regf_software(rows.hive, &software, &name)) {
        run_rows(&rows, &software);
        approved_rows(&rows, &software);
        single_rows(&rows, &software, "Microsoft\\Command Processor", "AutoRun");
        if (name[0] == 'U') {
            single_rows(&rows, &rows.root, "Environment", "UserInitMprLogonScript");
            single_rows(&rows, &rows.root, "Control Panel\\Desktop", "SCRNSAVE.EXE");
        }
    }
    return regf_rows_end(&rows);
}

const artefact art_run = { .name = "run", .format = FORMAT_REGF, .schema = "regf.run", .accepts = any_software, .read = read_run };

static dr_status read_winlogon(const void *opened, const artefact_input *in, const record_sink *sink)
{
    static const char *const names[] = { "Shell", "Userinit", "Taskman", "VmApplet", "GinaDLL", "UIHost", "AutoAdminLogon",
                                         "DefaultUserName", "DefaultDomainName", "LegalNoticeCaption" };
    regf_rows rows;
    regf_key software, key, list;
    const char *name;
    if (regf_rows_start(&rows, opened, in, sink, hive_name(opened)) && regf_software(rows.hive, &software, &name) &&
        regf_sub(&rows, &software, "Microsoft\\Windows NT\\CurrentVersion\\Winlogon", &key)) {
        regf_row(&rows, "regf.winlogon", &key);
        rows.row.time = dr_time_clean(key.written);
        regf_row_values(&rows, &key, names, sizeof names / sizeof names[0]);
        bool any = rows.row.n_fields > 2; /* more than Hive and KeyWritten */
        /* A password kept in the open is told, never shown. */
        bool password = regf_has_value(rows.hive, &key, "DefaultPassword");
        regf_row_z(&rows, "DefaultPasswordSet", password ? "yes" : "no");
        if (any || password)
            regf_row_emit(&rows);
        if (regf_sub(&rows, &key, "SpecialAccounts\\UserList", &list)) {
            regf_values it;
            regf_value value;
            regf_each_value(&it, &rows, &list);
            while (regf_next_value(&it, &rows, &value)) {
                regf_row(&rows, "regf.hidden-account", &list);
                regf_row_of_value(&rows, &value);
                rows.row.time = dr_time_clean(list.written);
                regf_row_str(&rows, "Account", regf_value_name(&value, rows.arena));
                regf_row_str(&rows, "Shown", regf_value_text(&rows, &value));
                regf_row_emit(&rows);
            }
        }
    }
    return regf_rows_end(&rows);
}

const artefact art_winlogon = { .name = "winlogon", .format = FORMAT_REGF, .schema = "regf.winlogon", .accepts = any_software, .read = read_winlogon };

static void ifeo_row(regf_rows *rows, const regf_key *key, dr_str program, bool wow64)
{
    static const char *const names[] = { "Debugger", "GlobalFlag", "VerifierDlls", "UseFilter", "FilterFullPath", "MonitorProcess" };
    bool any = false;
    for (size_t i = 0; !any && i < 3; i++)
        any = regf_has_value(rows->hive, key, names[i]);
    if (!any)
        return;
    regf_row(rows, "regf.ifeo", key);
    rows->row.time = dr_time_clean(key->written);
    regf_row_str(rows, "Program", program);
    regf_row_values(rows, key, names, sizeof names / sizeof names[0]);
    regf_row_z(rows, "Wow64", wow64 ? "yes" : "no");
    regf_row_emit(rows);
}

static dr_status read_ifeo(const void *opened, const artefact_input *in, const record_sink *sink)
{
    static const char *const roots[] = { "", "Wow6432Node\\" };
    static const char *const exit_names[] = { "ReportingMode", "MonitorProcess", "IgnoreSelfExits", "DumpType", "LocalDumpFolder" };
    regf_rows rows;
    regf_key software, list, key, sub;
    const char *name;
    if (regf_rows_start(&rows, opened, in, sink, hive_name(opened)) && regf_software(rows.hive, &software, &name)) {
        for (size_t r = 0; r < 2; r++) {
            regf_subkeys it, filters;
            dr_str path = dr_arena_printf(rows.kept, "%sMicrosoft\\Windows NT\\CurrentVersion\\Image File Execution Options", roots[r]);
            if (regf_find_key(rows.hive, &software, path, &list)) {
                regf_each_sub(&it, &rows, &list);
                while (regf_next_sub(&it, &rows, &key)) {
                    dr_arena_mark mark = dr_arena_save(rows.kept);
                    dr_str program = regf_key_name(&key, rows.kept);
                    ifeo_row(&rows, &key, program, r == 1);
                    regf_each_sub(&filters, &rows, &key);
                    while (regf_next_sub(&filters, &rows, &sub))
                        ifeo_row(&rows, &sub, program, r == 1);
                    dr_arena_restore(rows.kept, mark);
                }
            }
            path = dr_arena_printf(rows.kept, "%sMicrosoft\\Windows NT\\CurrentVersion\\SilentProcessExit", roots[r]);
            if (!regf_find_key(rows.hive, &software, path, &list))
                continue;
            regf_each_sub(&it, &rows, &list);
            while (regf_next_sub(&it, &rows, &key)) {
                regf_row(&rows, "regf.silent-exit", &key);
                rows.row.time = dr_time_clean(key.written);
                regf_row_str(&rows, "Program", regf_key_name(&key, rows.arena));
                regf_row_values(&rows, &key, exit_names, sizeof exit_names / sizeof exit_names[0]);
                regf_row_emit(&rows);
            }
        }
    }
    return regf_rows_end(&rows);
}

const artefact art_ifeo = { .name = "ifeo", .format = FORMAT_REGF, .schema = "regf.ifeo", .accepts = any_software, .read = read_ifeo };
