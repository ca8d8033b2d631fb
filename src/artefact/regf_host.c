/* Identity and clock of the host: names, machine SID, Windows version, time zone, control set, last
 * shutdown. Rows: regf.computer-name, regf.time-zone, regf.shutdown, regf.windows, regf.machine-sid,
 * regf.domain, regf.last-user. */
#include "artefact/regf_rows.h"

#include "base/le.h"
#include "format/sam_value.h"

static void system_rows(regf_rows *rows)
{
    regf_key set, key;
    uint32_t number;
    if (!regf_control_set(rows->hive, &set, &number))
        return;
    if (regf_sub(rows, &set, "Control\\ComputerName\\ComputerName", &key)) {
        regf_row(rows, "regf.computer-name", &key);
        regf_row_value(rows, &key, "ComputerName", "ComputerName");
        regf_row_u64(rows, "ControlSet", number);
        if (regf_sub(rows, &set, "Control\\ComputerName\\ActiveComputerName", &key))
            regf_row_value(rows, &key, "ActiveComputerName", "ComputerName");
        if (regf_sub(rows, &set, "Services\\Tcpip\\Parameters", &key)) {
            static const char *const names[] = { "Hostname", "NV Hostname", "Domain", "NV Domain", "DhcpDomain" };
            regf_row_values(rows, &key, names, sizeof names / sizeof names[0]);
        }
        regf_row_emit(rows);
    }
    if (regf_sub(rows, &set, "Control\\TimeZoneInformation", &key)) {
        static const char *const names[] = { "TimeZoneKeyName", "StandardName", "DaylightName", "DynamicDaylightTimeDisabled",
                                             "RealTimeIsUniversal" };
        static const char *const minutes[] = { "Bias", "ActiveTimeBias", "StandardBias", "DaylightBias" };
        regf_row(rows, "regf.time-zone", &key);
        regf_row_values(rows, &key, names, sizeof names / sizeof names[0]);
        for (size_t i = 0; i < sizeof minutes / sizeof minutes[0]; i++) {
            uint32_t bias; /* minutes, signed: UTC = local + bias */
            if (regf_get_u32(rows, &key, minutes[i], &bias))
                regf_row_str(rows, minutes[i], dr_arena_printf(rows->arena, "%d", (int)(int32_t)bias));
        }
        regf_row_emit(rows);
    }
    uint64_t shutdown;
    if (regf_sub(rows, &set, "Control\\Windows", &key)) {
        regf_row(rows, "regf.shutdown", &key);
        if (regf_get_u64(rows, &key, "ShutdownTime", &shutdown)) {
            rows->row.time = dr_time_clean((int64_t)shutdown);
            regf_row_time(rows, "ShutdownTime", (int64_t)shutdown);
            regf_row_emit(rows);
        }
    }
}

static void software_rows(regf_rows *rows)
{
    static const char *const names[] = { "ProductName", "CurrentVersion", "CurrentBuild", "CurrentBuildNumber", "UBR",
                                         "DisplayVersion", "ReleaseId", "CSDVersion", "EditionID", "InstallationType",
                                         "SystemRoot", "BuildLab", "BuildLabEx", "RegisteredOwner", "RegisteredOrganization",
                                         "ProductId" };
    regf_key software, key, sub;
    const char *name;
    uint32_t seconds;
    uint64_t ticks;
    if (!regf_software(rows->hive, &software, &name) || !regf_sub(rows, &software, "Microsoft\\Windows NT\\CurrentVersion", &key))
        return;
    regf_row(rows, "regf.windows", &key);
    regf_row_values(rows, &key, names, sizeof names / sizeof names[0]);
    if (regf_get_u32(rows, &key, "InstallDate", &seconds) && seconds)
        regf_row_time(rows, "InstallDate", dr_time_from_unix(seconds));
    if (regf_get_u64(rows, &key, "InstallTime", &ticks))
        regf_row_time(rows, "InstallTime", (int64_t)ticks);
    if (regf_sub(rows, &software, "Microsoft\\Cryptography", &sub))
        regf_row_value(rows, &sub, "MachineGuid", "MachineGuid");
    regf_row_emit(rows);
    if (regf_sub(rows, &software, "Microsoft\\Windows\\CurrentVersion\\Authentication\\LogonUI", &key)) {
        static const char *const last[] = { "LastLoggedOnUser", "LastLoggedOnSAMUser", "LastLoggedOnUserSID", "LastLoggedOnDisplayName" };
        regf_row(rows, "regf.last-user", &key);
        regf_row_values(rows, &key, last, sizeof last / sizeof last[0]);
        regf_row_emit(rows);
    }
}

static void sid_row(regf_rows *rows, const regf_key *key, const char *schema, const char *sid)
{
    regf_row(rows, schema, key);
    regf_row_str(rows, "Sid", dr_arena_str(rows->arena, dr_str_of(sid)));
}

static void sam_row(regf_rows *rows)
{
    regf_key key;
    dr_bytes v, f;
    char sid[DR_SID_TEXT_MAX];
    if (!regf_sub(rows, &rows->root, "SAM\\Domains\\Account", &key) || !regf_get_bytes(rows, &key, "V", &v) || !sam_machine_sid(v, sid))
        return;
    sid_row(rows, &key, "regf.machine-sid", sid);
    sam_domain domain;
    if (regf_get_bytes(rows, &key, "F", &f) && sam_domain_read(&domain, f)) {
        rows->row.time = dr_time_clean(domain.created);
        regf_row_time(rows, "Created", domain.created);
        regf_row_u64(rows, "NextRid", domain.next_rid);
        regf_row_u64(rows, "MinPasswordLength", domain.min_length);
        regf_row_u64(rows, "LockoutThreshold", domain.lockout_threshold);
    }
    regf_row_emit(rows);
}

/* A counted string: u16 bytes, u16 room, u32 offset, text. */
static dr_str counted(dr_arena *arena, dr_bytes data)
{
    dr_bytes text = dr_bytes_sub(data, dr_le32(data, 4), dr_le16(data, 0));
    return dr_utf16_str(arena, (dr_wstr){ text.p, text.n / 2 });
}

static void security_rows(regf_rows *rows)
{
    static const struct {
        const char *sid, *name, *schema;
    } domains[] = { { "Policy\\PolAcDmS", "Policy\\PolAcDmN", "regf.machine-sid" },
                    { "Policy\\PolPrDmS", "Policy\\PolPrDmN", "regf.domain" } };
    for (size_t i = 0; i < sizeof domains / sizeof domains[0]; i++) {
        regf_key key, name;
        dr_bytes data;
        char sid[DR_SID_TEXT_MAX];
        bool has_sid = regf_sub(rows, &rows->root, domains[i].sid, &key) && regf_get_bytes(rows, &key, "", &data) &&
                       dr_sid_text(data, sid, NULL);
        if (!has_sid)
            continue;
        sid_row(rows, &key, domains[i].schema, sid);
        if (regf_sub(rows, &rows->root, domains[i].name, &name) && regf_get_bytes(rows, &name, "", &data))
            regf_row_str(rows, "Name", counted(rows->arena, data));
        if (i == 1 && regf_sub(rows, &rows->root, "Policy\\PolDnDDN", &name) && regf_get_bytes(rows, &name, "", &data))
            regf_row_str(rows, "DnsName", counted(rows->arena, data));
        regf_row_emit(rows);
    }
}

static bool is_sam(const void *hive)
{
    return regf_has(hive, "SAM\\Domains\\Account");
}

static bool is_security(const void *hive)
{
    return regf_has(hive, "Policy\\PolAcDmS");
}

static bool accepts(const void *hive)
{
    return regf_is_system(hive) || regf_is_software(hive) || is_sam(hive) || is_security(hive);
}

static dr_status read(const void *opened, const artefact_input *in, const record_sink *sink)
{
    regf_rows rows;
    bool system = regf_is_system(opened), software = regf_is_software(opened), sam = is_sam(opened);
    if (regf_rows_start(&rows, opened, in, sink, system ? "SYSTEM" : software ? "SOFTWARE" : sam ? "SAM" : "SECURITY")) {
        if (system)
            system_rows(&rows);
        if (software)
            software_rows(&rows);
        if (sam)
            sam_row(&rows);
        if (is_security(opened))
            security_rows(&rows);
    }
    return regf_rows_end(&rows);
}

const artefact art_regf_host = { .name = "host-identity", .format = FORMAT_REGF, .schema = "regf.windows", .accepts = accepts, .read = read };
