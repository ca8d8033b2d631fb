/* Services and drivers of the current control set: one row each, and whether they are going to be
 * removed. The key's time is that of the last change of any value. */
#include "artefact/regf_rows.h"

static const char *start_text(uint32_t start)
{
    static const char *const names[] = { "boot", "system", "auto", "demand", "disabled" };
    return start < sizeof names / sizeof names[0] ? names[start] : "";
}

static void service_row(regf_rows *rows, const regf_key *key)
{
    static const char *const names[] = { "ImagePath", "DisplayName", "Description", "ObjectName", "Type", "Start", "ErrorControl",
                                         "Group", "Tag", "DependOnService", "DelayedAutostart", "FailureCommand", "ServiceSidType",
                                         "RequiredPrivileges", "LaunchProtected", "WOW64", "Owners" };
    static const char *const listed[] = { "Type", "Start", "ImagePath", "ObjectName", "ServiceDll", "ErrorControl" };
    regf_key parameters;
    uint32_t number;
    bool service = key->life != REGF_LIVE;
    /* Services\<name> may also hold nothing but parameters or counters of something else. */
    for (size_t i = 0; !service && i < sizeof listed / sizeof listed[0]; i++)
        service = regf_has_value(rows->hive, key, listed[i]);
    if (!service)
        return;
    regf_row(rows, "regf.service", key);
    rows->row.time = dr_time_clean(key->written);
    regf_row_str(rows, "ServiceName", regf_key_name(key, rows->arena));
    regf_row_values(rows, key, names, sizeof names / sizeof names[0]);
    if (regf_get_u32(rows, key, "Start", &number))
        regf_row_z(rows, "StartText", start_text(number));
    if (regf_get_u32(rows, key, "Type", &number)) {
        regf_row_z(rows, "Driver", (number & 0x0b) ? "yes" : "no");
        if (!(number & 0x30) && (number & 0x03) && !regf_has_value(rows->hive, key, "ImagePath"))
            regf_row_str(rows, "DefaultImagePath", dr_arena_concat(rows->arena, dr_arena_concat(rows->arena, DR_STR("System32\\drivers\\"),
                                                   regf_key_name(key, rows->arena)), DR_STR(".sys")));
    }
    dr_str dll = regf_get_text(rows, key, "ServiceDll");
    if (key->life == REGF_LIVE && regf_sub(rows, key, "Parameters", &parameters)) {
        dr_str below = regf_get_text(rows, &parameters, "ServiceDll");
        if (below.n > 0)
            dll = below;
    }
    regf_row_str(rows, "ServiceDll", dll);
    if (regf_get_u32(rows, key, "DeleteFlag", &number))
        regf_row_u64(rows, "DeleteFlag", number);
    regf_row_emit(rows);
}

static dr_status read(const void *opened, const artefact_input *in, const record_sink *sink)
{
    regf_rows rows;
    regf_key set, services, key;
    uint32_t number;
    if (regf_rows_start(&rows, opened, in, sink, "SYSTEM") && regf_control_set(rows.hive, &set, &number) &&
        regf_sub(&rows, &set, "Services", &services)) {
        regf_subkeys it;
        regf_each_sub(&it, &rows, &services);
        while (regf_next_sub(&it, &rows, &key))
            service_row(&rows, &key);
    }
    return regf_rows_end(&rows);
}

const artefact art_services = { .name = "services", .format = FORMAT_REGF, .schema = "regf.service", .accepts = regf_is_system, .read = read };
