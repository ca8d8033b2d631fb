/* Defender: settings and exclusions at rest. Rows: regf.defender-setting, regf.defender-exclusion. Local
 * keys and their twins under Policies (Origin tells). */
#include "artefact/regf_rows.h"

static const struct {
    const char *path, *origin;
} roots[] = { { "Microsoft\\Windows Defender", "local" }, { "Policies\\Microsoft\\Windows Defender", "policy" } };

static bool accepts(const void *hive)
{
    regf_key software, key;
    const char *name;
    if (!regf_software(hive, &software, &name) || name[0] != 'S')
        return false;
    return regf_find_key(hive, &software, dr_str_of(roots[0].path), &key) || regf_find_key(hive, &software, dr_str_of(roots[1].path), &key);
}

static void value_rows(regf_rows *rows, const regf_key *key, const char *schema, const char *part, const char *origin, bool exclusion)
{
    regf_values it;
    regf_value value;
    regf_each_value(&it, rows, key);
    while (regf_next_value(&it, rows, &value)) {
        regf_row(rows, schema, key);
        regf_row_of_value(rows, &value);
        rows->row.time = dr_time_clean(key->written);
        dr_str name = regf_value_name(&value, rows->arena);
        if (name.n == 0)
            continue;
        regf_row_z(rows, "Origin", origin);
        regf_row_z(rows, exclusion ? "Kind" : "Part", part);
        regf_row_str(rows, exclusion ? "Excluded" : "ValueName", name);
        dr_str text = regf_value_text(rows, &value);
        if (text.n <= 512)
            regf_row_str(rows, "Value", text);
        regf_row_emit(rows);
    }
}

static dr_status read(const void *opened, const artefact_input *in, const record_sink *sink)
{
    static const char *const parts[] = { "", "Real-Time Protection", "Features", "Spynet", "Scan", "Signature Updates", "Quarantine",
                                         "Threats\\ThreatIDDefaultAction", "Threats\\ThreatSeverityDefaultAction",
                                         "Windows Defender Exploit Guard\\ASR\\Rules",
                                         "Windows Defender Exploit Guard\\Controlled Folder Access",
                                         "Windows Defender Exploit Guard\\Network Protection" };
    static const char *const kinds[] = { "Paths", "Processes", "Extensions", "IpAddresses", "TemporaryPaths" };
    regf_rows rows;
    regf_key software, root, key;
    const char *name;
    if (regf_rows_start(&rows, opened, in, sink, "SOFTWARE") && regf_software(rows.hive, &software, &name)) {
        for (size_t r = 0; r < sizeof roots / sizeof roots[0]; r++) {
            if (!regf_sub(&rows, &software, roots[r].path, &root))
                continue;
            for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
                if (regf_sub(&rows, &root, parts[i], &key))
                    value_rows(&rows, &key, "regf.defender-setting", parts[i], roots[r].origin, false);
            for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
                dr_str path = dr_arena_printf(rows.kept, "Exclusions\\%s", kinds[i]);
                if (regf_find_key(rows.hive, &root, path, &key))
                    value_rows(&rows, &key, "regf.defender-exclusion", kinds[i], roots[r].origin, true);
            }
        }
        if (regf_sub(&rows, &software, "Policies\\Microsoft\\Windows Advanced Threat Protection", &key))
            value_rows(&rows, &key, "regf.defender-setting", "Advanced Threat Protection", "policy", false);
    }
    return regf_rows_end(&rows);
}

const artefact art_defender = { .name = "defender", .format = FORMAT_REGF, .schema = "regf.defender-setting", .accepts = accepts, .read = read };
