/* Settings that decide what would have been recorded: audit policy, channels and sizes of event logs,
 * Prefetch and other recorders. Rows: regf.audit-policy (one per subcategory), regf.channel,
 * regf.eventlog, regf.autologger, regf.setting. */
#include "artefact/regf_rows.h"

#include "format/audit_policy.h"

#define NAMES(list) list, sizeof list / sizeof list[0]

static bool accepts_audit(const void *hive)
{
    return regf_has(hive, "Policy\\PolAdtEv");
}

static dr_status read_audit(const void *opened, const artefact_input *in, const record_sink *sink)
{
    regf_rows rows;
    regf_key key;
    regf_value value;
    if (regf_rows_start(&rows, opened, in, sink, "SECURITY") && regf_sub(&rows, &rows.root, "Policy\\PolAdtEv", &key) &&
        regf_find_value(rows.hive, &key, DR_STR_NONE, &value)) {
        dr_bytes data;
        audit_policy policy;
        audit_setting s;
        (void)regf_data(rows.hive, &value, rows.kept, &data);
        if (!audit_policy_open(&policy, data)) {
            dr_diag_add(in->diags, DR_DIAG_VALUE_DAMAGED, regf_offset(value.cell), 0, "PolAdtEv of %zu bytes", data.n);
        } else {
            while (regf_rows_ok(&rows) && audit_policy_next(&policy, &s)) {
                static const char *const texts[] = { "none", "success", "failure", "success and failure" };
                regf_row(&rows, "regf.audit-policy", &key);
                regf_row_of_value(&rows, &value);
                rows.row.time = dr_time_clean(key.written);
                regf_row_z(&rows, "Category", s.category);
                regf_row_z(&rows, "Subcategory", s.subcategory ? s.subcategory : "");
                if (s.guid)
                    regf_row_str(&rows, "SubcategoryGuid",
                                 dr_arena_printf(rows.arena, "{0CCE92%02X-69AE-11D9-BED3-505054503030}", s.guid));
                regf_row_z(&rows, "Setting", texts[s.value]);
                regf_row_z(&rows, "Success", s.value & 1 ? "yes" : "no");
                regf_row_z(&rows, "Failure", s.value & 2 ? "yes" : "no");
                regf_row_emit(&rows);
            }
        }
    }
    return regf_rows_end(&rows);
}

const artefact art_audit_policy = { .name = "audit-policy", .format = FORMAT_REGF, .schema = "regf.audit-policy", .accepts = accepts_audit, .read = read_audit };

static const char *const log_names[] = { "Enabled", "MaxSize", "Retention", "AutoBackupLogFiles", "File", "OwningPublisher", "Isolation",
                                         "ChannelAccess", "Type", "RestrictGuestAccess" };

static void log_rows(regf_rows *rows, const regf_key *list, const char *schema, const char *origin)
{
    regf_subkeys it;
    regf_key key;
    regf_each_sub(&it, rows, list);
    while (regf_next_sub(&it, rows, &key)) {
        regf_row(rows, schema, &key);
        rows->row.time = dr_time_clean(key.written);
        regf_row_str(rows, "Channel", regf_key_name(&key, rows->arena));
        regf_row_z(rows, "Origin", origin);
        regf_row_values(rows, &key, NAMES(log_names));
        regf_row_emit(rows);
    }
}

static bool accepts_logs(const void *hive)
{
    return regf_is_system(hive) || regf_is_software(hive);
}

static void autologgers(regf_rows *rows, const regf_key *set)
{
    regf_subkeys it, providers;
    regf_key list, key, provider;
    if (!regf_sub(rows, set, "Control\\WMI\\Autologger", &list))
        return;
    regf_each_sub(&it, rows, &list);
    while (regf_next_sub(&it, rows, &key)) {
        if (!dr_str_starts_fold(regf_key_name(&key, rows->arena), DR_STR("EventLog-")))
            continue;
        regf_row(rows, "regf.autologger", &key);
        rows->row.time = dr_time_clean(key.written);
        regf_row_str(rows, "Session", regf_key_name(&key, rows->arena));
        regf_row_value(rows, &key, "Start", "Start");
        regf_row_emit(rows);
        regf_each_sub(&providers, rows, &key);
        while (regf_next_sub(&providers, rows, &provider)) {
            uint32_t enabled;
            if (!regf_get_u32(rows, &provider, "Enabled", &enabled) || enabled)
                continue; /* only those that were silenced */
            regf_row(rows, "regf.autologger", &provider);
            rows->row.time = dr_time_clean(provider.written);
            regf_row_str(rows, "Session", regf_key_name(&key, rows->arena));
            regf_row_str(rows, "ProviderGuid", regf_key_name(&provider, rows->arena));
            regf_row_u64(rows, "Enabled", enabled);
            regf_row_emit(rows);
        }
    }
}

static dr_status read_logs(const void *opened, const artefact_input *in, const record_sink *sink)
{
    regf_rows rows;
    regf_key base, key;
    uint32_t number;
    const char *name;
    bool system = regf_is_system(opened);
    if (regf_rows_start(&rows, opened, in, sink, system ? "SYSTEM" : "SOFTWARE")) {
        if (system && regf_control_set(rows.hive, &base, &number)) {
            if (regf_sub(&rows, &base, "Services\\EventLog", &key))
                log_rows(&rows, &key, "regf.eventlog", "service");
            autologgers(&rows, &base);
        }
        if (!system && regf_software(rows.hive, &base, &name)) {
            if (regf_sub(&rows, &base, "Microsoft\\Windows\\CurrentVersion\\WINEVT\\Channels", &key))
                log_rows(&rows, &key, "regf.channel", "channel");
            if (regf_sub(&rows, &base, "Policies\\Microsoft\\Windows\\EventLog", &key))
                log_rows(&rows, &key, "regf.eventlog", "policy"); /* MaxSize in KiB here */
        }
    }
    return regf_rows_end(&rows);
}

const artefact art_event_channels = { .name = "event-channels", .format = FORMAT_REGF, .schema = "regf.channel", .accepts = accepts_logs, .read = read_logs };

/* Single settings, as they are: the key below the control set or below Software, and the value. */
typedef struct setting {
    const char *key, *value;
} setting;

static const setting system_settings[] = {
    { "Control\\Session Manager\\Memory Management\\PrefetchParameters", "EnablePrefetcher" },
    { "Control\\Session Manager\\Memory Management\\PrefetchParameters", "EnableSuperfetch" },
    { "Control\\Session Manager\\Memory Management\\PrefetchParameters", "BootId" },
    { "Services\\SysMain", "Start" },
    { "Services\\bam", "Start" },
    { "Services\\dam", "Start" },
    { "Services\\DPS", "Start" },
    { "Services\\PcaSvc", "Start" },
    { "Services\\EventLog", "Start" },
    { "Services\\Schedule", "Start" },
    { "Services\\Winmgmt", "Start" },
    { "Services\\WinDefend", "Start" },
    { "Services\\WdFilter", "Start" },
    { "Services\\Sense", "Start" },
    { "Services\\SysmonDrv\\Parameters", "HashingAlgorithm" },
    { "Services\\SysmonDrv\\Parameters", "Options" },
    { "Services\\SysmonDrv\\Parameters", "ConfigHash" },
    { "Services\\W32Time\\Parameters", "Type" },
    { "Services\\W32Time\\Parameters", "NtpServer" },
    { "Control\\FileSystem", "NtfsDisableLastAccessUpdate" },
    { "Control\\FileSystem", "NtfsDisable8dot3NameCreation" },
    { "Control\\CrashControl", "CrashDumpEnabled" },
    { "Control\\Lsa", "SCENoApplyLegacyAuditPolicy" },
    { "Control\\Lsa", "CrashOnAuditFail" },
    { "Control\\Lsa", "RunAsPPL" },
    { "Control\\Lsa", "LimitBlankPasswordUse" },
    { "Control\\Lsa", "DisableRestrictedAdmin" },
    { "Control\\Lsa", "Authentication Packages" },
    { "Control\\Lsa", "Security Packages" },
    { "Control\\Lsa", "Notification Packages" },
    { "Control\\SecurityProviders", "SecurityProviders" },
    { "Control\\SecurityProviders\\WDigest", "UseLogonCredential" },
    { "Control\\Session Manager", "BootExecute" },
    { "Control\\Session Manager", "PendingFileRenameOperations" },
    { "Control\\Terminal Server", "fDenyTSConnections" },
    { "Control\\Terminal Server\\WinStations\\RDP-Tcp", "PortNumber" },
    { "Control\\Terminal Server\\WinStations\\RDP-Tcp", "UserAuthentication" },
    { "Control\\Terminal Server\\WinStations\\RDP-Tcp", "SecurityLayer" },
};

static const setting software_settings[] = {
    { "Microsoft\\Windows\\CurrentVersion\\Policies\\System\\Audit", "ProcessCreationIncludeCmdLine_Enabled" },
    { "Microsoft\\Windows\\CurrentVersion\\Policies\\System", "EnableLUA" },
    { "Microsoft\\Windows\\CurrentVersion\\Policies\\System", "ConsentPromptBehaviorAdmin" },
    { "Microsoft\\Windows\\CurrentVersion\\Policies\\System", "LocalAccountTokenFilterPolicy" },
    { "Policies\\Microsoft\\Windows\\PowerShell\\ScriptBlockLogging", "EnableScriptBlockLogging" },
    { "Policies\\Microsoft\\Windows\\PowerShell\\ModuleLogging", "EnableModuleLogging" },
    { "Policies\\Microsoft\\Windows\\PowerShell\\Transcription", "EnableTranscripting" },
    { "Policies\\Microsoft\\Windows\\PowerShell\\Transcription", "OutputDirectory" },
    { "Policies\\Microsoft\\PowerShellCore\\ScriptBlockLogging", "EnableScriptBlockLogging" },
    { "Microsoft\\Windows\\Windows Error Reporting", "Disabled" },
    { "Microsoft\\Windows Script Host\\Settings", "Enabled" },
    { "Microsoft\\Windows\\CurrentVersion\\Explorer\\Advanced", "Start_TrackProgs" },
    { "Policies\\Microsoft\\Windows\\AppCompat", "DisablePCA" },
    { "Policies\\Microsoft\\Windows\\AppCompat", "DisableInventory" },
    { "Policies\\Microsoft\\Windows\\Installer", "AlwaysInstallElevated" },
    { "Policies\\Microsoft\\Windows\\Installer", "Logging" },
};

static void setting_rows(regf_rows *rows, const regf_key *base, const setting *list, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        regf_key key;
        regf_value value;
        if (!regf_sub(rows, base, list[i].key, &key) || !regf_find_value(rows->hive, &key, dr_str_of(list[i].value), &value))
            continue;
        regf_row(rows, "regf.setting", &key);
        regf_row_of_value(rows, &value);
        rows->row.time = dr_time_clean(key.written);
        regf_row_z(rows, "Key", list[i].key);
        regf_row_z(rows, "ValueName", list[i].value);
        regf_row_str(rows, "Value", regf_value_text(rows, &value));
        regf_row_emit(rows);
    }
}

static bool accepts_settings(const void *hive)
{
    return regf_is_system(hive) || regf_is_any_software(hive);
}

static dr_status read_settings(const void *opened, const artefact_input *in, const record_sink *sink)
{
    regf_rows rows;
    regf_key base, key;
    uint32_t number;
    const char *name = "SYSTEM";
    bool system = regf_is_system(opened);
    if (!system)
        (void)regf_software(opened, &base, &name);
    if (regf_rows_start(&rows, opened, in, sink, name)) {
        if (system && regf_control_set(rows.hive, &base, &number)) {
            setting_rows(&rows, &base, NAMES(system_settings));
            if (regf_sub(&rows, &base, "Control\\MiniNt", &key)) { /* its presence switches the Security log off */
                regf_row(&rows, "regf.setting", &key);
                rows.row.time = dr_time_clean(key.written);
                regf_row_z(&rows, "Key", "Control\\MiniNt");
                regf_row_emit(&rows);
            }
        }
        if (!system && regf_software(rows.hive, &base, &name))
            setting_rows(&rows, &base, NAMES(software_settings));
    }
    return regf_rows_end(&rows);
}

const artefact art_settings = { .name = "settings", .format = FORMAT_REGF, .schema = "regf.setting", .accepts = accepts_settings, .read = read_settings };
