/* The hive itself: is it whole, what was replayed, how young is it at least, whose is it. One row. */
#include "artefact/regf_rows.h"

static const char *replay_text(regf_replay_state state)
{
    switch (state) {
    case REGF_CLEAN: return "clean";
    case REGF_REPLAYED: return "replayed";
    case REGF_NO_LOGS: return "dirty-without-logs";
    case REGF_LOGS_UNFIT: return "dirty-logs-unfit";
    }
    return "";
}

static const char *kind_of(const regf_hive *hive)
{
    if (regf_is_system(hive))
        return "SYSTEM";
    if (regf_has(hive, "SAM\\Domains"))
        return "SAM";
    if (regf_has(hive, "Policy\\PolRevision") || regf_has(hive, "Policy\\PolAdtEv"))
        return "SECURITY";
    if (regf_is_software(hive))
        return "SOFTWARE";
    if (regf_is_user(hive))
        return "USER";
    if (regf_has(hive, "Local Settings") || regf_has(hive, "CLSID"))
        return "CLASSES";
    if (regf_has(hive, "Root\\InventoryApplicationFile") || regf_has(hive, "Root\\File") || regf_has(hive, "Root\\Programs"))
        return "AMCACHE";
    if (regf_has(hive, "Objects") && regf_has(hive, "Description"))
        return "BCD";
    return "OTHER";
}

static dr_status read(const void *opened, const artefact_input *in, const record_sink *sink)
{
    regf_rows rows;
    if (regf_rows_start(&rows, opened, in, sink, kind_of(opened))) {
        const regf_base *base = regf_primary_base_of(rows.hive);
        const regf_replay *replay = regf_replay_of(rows.hive);
        const regf_summary *all = regf_summary_of(rows.hive);
        regf_row(&rows, "regf.hive", &rows.root);
        regf_row_str(&rows, "FileName", dr_utf16_str(rows.arena, base->file_name));
        regf_row_z(&rows, "State", replay_text(replay->state));
        regf_row_str(&rows, "Version", dr_arena_printf(rows.arena, "%u.%u", base->major, base->minor));
        regf_row_u64(&rows, "PrimarySequence", base->primary_sequence);
        regf_row_u64(&rows, "SecondarySequence", base->secondary_sequence);
        regf_row_time(&rows, "HeaderWritten", base->written);
        regf_row_time(&rows, "Reorganized", base->reorganized);
        if (replay->state == REGF_REPLAYED) {
            regf_row_u64(&rows, "LogEntries", replay->entries);
            regf_row_u64(&rows, "LogPages", replay->pages);
        }
        if (base->offreg)
            regf_row_z(&rows, "OfflineWriter", "yes");
        if (all) {
            regf_row_u64(&rows, "Keys", all->keys);
            regf_row_u64(&rows, "Values", all->values);
            regf_row_u64(&rows, "DeletedKeys", all->deleted_keys);
            regf_row_u64(&rows, "OrphanKeys", all->orphan_keys);
            rows.row.time = all->newest;
            regf_row_time(&rows, "NewestKey", all->newest);
        }
        regf_row_str(&rows, "OwnerSid", regf_owner(rows.hive, rows.arena));
        regf_row_z(&rows, "Damaged", regf_damaged(rows.hive) ? "yes" : "no");
        regf_row_emit(&rows);
    }
    return regf_rows_end(&rows);
}

const artefact art_regf_hive = { .name = "hive", .format = FORMAT_REGF, .schema = "regf.hive", .read = read };
