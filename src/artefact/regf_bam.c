/* BAM and DAM: last activity of a program under an account, as the driver wrote it down. The key of
 * 1709 (UserSettings) and that of 1809 (State\UserSettings) can stand side by side after an upgrade.
 * Value: 24 bytes, FILETIME first, at 16 a number that is 1 for packaged apps. */
#include "artefact/regf_rows.h"

#include "base/le.h"

static const char *const places[] = { "Services\\bam\\UserSettings", "Services\\bam\\State\\UserSettings",
                                      "Services\\dam\\UserSettings", "Services\\dam\\State\\UserSettings" };

static bool accepts(const void *hive)
{
    regf_key set, key;
    uint32_t number;
    if (!regf_control_set(hive, &set, &number))
        return false;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
        if (regf_find_key(hive, &set, dr_str_of(places[i]), &key))
            return true;
    return false;
}

static void user_rows(regf_rows *rows, const regf_key *user, const char *place)
{
    regf_values it;
    regf_value value;
    regf_each_value(&it, rows, user);
    while (regf_next_value(&it, rows, &value)) {
        regf_row(rows, "regf.bam", user);
        dr_bytes data = regf_value_bytes(rows, &value);
        if (value.type != REGF_TYPE_BINARY || data.n < 8)
            continue; /* Version, SequenceNumber */
        int64_t run = (int64_t)dr_le64(data, 0);
        dr_str name = regf_value_name(&value, rows->arena);
        regf_row_of_value(rows, &value);
        rows->row.time = dr_time_clean(run);
        rows->row.user_sid = regf_key_name(user, rows->arena);
        regf_row_z(rows, "Driver", place[9] == 'b' ? "bam" : "dam");
        regf_row_str(rows, "UserSid", rows->row.user_sid);
        regf_row_str(rows, name.n && name.p[0] == '\\' ? "Path" : "Package", name);
        regf_row_time(rows, "LastRun", run);
        if (data.n >= 20)
            regf_row_z(rows, "Packaged", dr_le32(data, 16) == 1 ? "yes" : "no");
        regf_row_emit(rows);
    }
}

static dr_status read(const void *opened, const artefact_input *in, const record_sink *sink)
{
    regf_rows rows;
    regf_key set, list, user;
    uint32_t number;
    if (regf_rows_start(&rows, opened, in, sink, "SYSTEM") && regf_control_set(rows.hive, &set, &number)) {
        for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
            if (!regf_sub(&rows, &set, places[i], &list))
                continue;
            regf_subkeys it;
            regf_each_sub(&it, &rows, &list);
            while (regf_next_sub(&it, &rows, &user))
                user_rows(&rows, &user, places[i]);
        }
    }
    return regf_rows_end(&rows);
}

const artefact art_bam = { .name = "bam", .format = FORMAT_REGF, .schema = "regf.bam", .accepts = accepts, .read = read };
