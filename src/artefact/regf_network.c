/* Firewall profiles and rules, shares, port forwarding. Rows: regf.firewall-profile, regf.firewall-rule,
 * regf.share, regf.port-proxy. */
#include "artefact/regf_rows.h"

#define NAMES(list) list, sizeof list / sizeof list[0]

static void profile_rows(regf_rows *rows, const regf_key *policy, const char *origin)
{
    static const char *const profiles[] = { "DomainProfile", "StandardProfile", "PublicProfile", "PrivateProfile" };
    static const char *const names[] = { "EnableFirewall", "DefaultInboundAction", "DefaultOutboundAction", "DisableNotifications",
                                         "DoNotAllowExceptions" };
    static const char *const logging[] = { "LogFilePath", "LogFileSize", "LogDroppedPackets", "LogSuccessfulConnections" };
    for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++) {
        regf_key key, log;
        if (!regf_sub(rows, policy, profiles[i], &key))
            continue;
        regf_row(rows, "regf.firewall-profile", &key);
        rows->row.time = dr_time_clean(key.written);
        regf_row_z(rows, "Profile", profiles[i]);
        regf_row_z(rows, "Origin", origin);
        regf_row_values(rows, &key, NAMES(names));
        if (regf_sub(rows, &key, "Logging", &log))
            regf_row_values(rows, &log, NAMES(logging));
        regf_row_emit(rows);
    }
}

/* "v2.10|Action=Allow|Active=TRUE|Dir=In|...|": each part becomes a field; a name may come more than once. */
static void rule_fields(regf_rows *rows, dr_str text)
{
    static const char *const names[] = { "Action", "Active", "Dir", "Protocol", "LPort", "RPort", "App", "Svc", "Name", "Desc", "EmbedCtxt",
                                         "Profile", "LA4", "RA4", "LA6", "RA6", "IF", "IFType", "PFN", "LUOwn", "LUAuth", "AppPkgId",
                                         "ICMP4", "ICMP6", "Edge", "Defer", "LPort2_10", "RPort2_10", "RA42", "RA62", "TTK", "TTK2_22" };
    dr_str part;
    while (dr_str_split(&text, '|', &part)) {
        size_t equal = dr_str_find_char(part, '=');
        if (equal == SIZE_MAX) {
            if (part.n > 1 && part.p[0] == 'v')
                regf_row_str(rows, "RuleVersion", part);
            continue;
        }
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
            if (dr_str_eq(dr_str_sub(part, 0, equal), dr_str_of(names[i])))
                regf_row_str(rows, names[i], dr_str_from(part, equal + 1));
    }
}

static void rule_rows(regf_rows *rows, const regf_key *policy, const char *origin)
{
    regf_key key;
    regf_values it;
    regf_value value;
    if (!regf_sub(rows, policy, "FirewallRules", &key))
        return;
    regf_each_value(&it, rows, &key);
    while (regf_next_value(&it, rows, &value)) {
        regf_row(rows, "regf.firewall-rule", &key);
        regf_row_of_value(rows, &value);
        rows->row.time = dr_time_clean(key.written);
        if (value.type != REGF_TYPE_SZ)
            continue;
        regf_row_str(rows, "RuleId", regf_value_name(&value, rows->arena));
        regf_row_z(rows, "Origin", origin);
        dr_str text = regf_value_text(rows, &value);
        rule_fields(rows, text);
        regf_row_emit(rows);
    }
}

static bool accepts_firewall(const void *hive)
{
    return regf_is_system(hive) || regf_is_software(hive);
}

static dr_status read_firewall(const void *opened, const artefact_input *in, const record_sink *sink)
{
    regf_rows rows;
    regf_key base, policy;
    uint32_t number;
    const char *name;
    bool system = regf_is_system(opened);
    if (regf_rows_start(&rows, opened, in, sink, system ? "SYSTEM" : "SOFTWARE")) {
        bool found = system ? regf_control_set(rows.hive, &base, &number) &&
                                  regf_sub(&rows, &base, "Services\\SharedAccess\\Parameters\\FirewallPolicy", &policy)
                            : regf_software(rows.hive, &base, &name) && regf_sub(&rows, &base, "Policies\\Microsoft\\WindowsFirewall", &policy);
        if (found) {
            profile_rows(&rows, &policy, system ? "local" : "policy");
            rule_rows(&rows, &policy, system ? "local" : "policy");
        }
    }
    return regf_rows_end(&rows);
}

const artefact art_firewall = { .name = "firewall", .format = FORMAT_REGF, .schema = "regf.firewall-rule", .accepts = accepts_firewall, .read = read_firewall };

/* A share is a list of texts "Path=C:\x", "ShareName=x", ... */
static dr_status read_shares(const void *opened, const artefact_input *in, const record_sink *sink)
{
    static const char *const names[] = { "ShareName", "Path", "Remark", "Type", "MaxUses", "Permissions", "CATimeout", "CSCFlags" };
    static const char *const proxies[] = { "v4tov4\\tcp", "v4tov6\\tcp", "v6tov4\\tcp", "v6tov6\\tcp" };
    regf_rows rows;
    regf_key set, key, proxy;
    regf_values it;
    regf_value value;
    uint32_t number;
    if (regf_rows_start(&rows, opened, in, sink, "SYSTEM") && regf_control_set(rows.hive, &set, &number)) {
        if (regf_sub(&rows, &set, "Services\\LanmanServer\\Shares", &key)) {
            regf_each_value(&it, &rows, &key);
            while (regf_next_value(&it, &rows, &value)) {
                regf_row(&rows, "regf.share", &key);
                regf_row_of_value(&rows, &value);
                rows.row.time = dr_time_clean(key.written);
                regf_row_str(&rows, "Share", regf_value_name(&value, rows.arena));
                dr_str text = regf_value_text(&rows, &value), line;
                while (dr_str_split(&text, '\n', &line)) {
                    size_t equal = dr_str_find_char(line, '=');
                    for (size_t i = 0; equal != SIZE_MAX && i < sizeof names / sizeof names[0]; i++)
                        if (dr_str_eq_fold(dr_str_sub(line, 0, equal), dr_str_of(names[i])))
                            regf_row_str(&rows, names[i], dr_str_from(line, equal + 1));
                }
                regf_row_emit(&rows);
            }
        }
        for (size_t i = 0; i < sizeof proxies / sizeof proxies[0]; i++) {
            if (!regf_sub(&rows, &set, "Services\\PortProxy", &proxy) || !regf_sub(&rows, &proxy, proxies[i], &key))
                continue;
            regf_each_value(&it, &rows, &key);
            while (regf_next_value(&it, &rows, &value)) {
                regf_row(&rows, "regf.port-proxy", &key);
                regf_row_of_value(&rows, &value);
                rows.row.time = dr_time_clean(key.written);
                regf_row_z(&rows, "Kind", proxies[i]);
                regf_row_str(&rows, "Listen", regf_value_name(&value, rows.arena));
                regf_row_str(&rows, "Connect", regf_value_text(&rows, &value));
                regf_row_emit(&rows);
            }
        }
    }
    return regf_rows_end(&rows);
}

const artefact art_shares = { .name = "shares", .format = FORMAT_REGF, .schema = "regf.share", .accepts = regf_is_system, .read = read_shares };
