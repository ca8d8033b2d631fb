/* Scheduled tasks as the task cache has them: one row per task, from its entry in the tree and its
 * entry by GUID. Rows: regf.task. LastRun with LastResult tells a start and its outcome; what is missing
 * on one side is told (TreeMissing, TaskMissing, SdMissing). */
#include "artefact/regf_rows.h"

#include "format/taskcache.h"

static const char cache_path[] = "Microsoft\\Windows NT\\CurrentVersion\\Schedule\\TaskCache";

static bool find(const regf_hive *hive, regf_key *out)
{
    regf_key software;
    const char *name;
    return regf_software(hive, &software, &name) && regf_find_key(hive, &software, dr_str_of(cache_path), out);
}

static bool accepts(const void *hive)
{
    regf_key key;
    return find(hive, &key);
}

static dr_str guid_text(dr_arena *arena, const uint8_t *guid)
{
    char text[37];
    dr_guid_text(guid, text);
    return dr_arena_printf(arena, "{%s}", text);
}

/* Commands with their arguments, one per line; COM handlers as their class. */
static void action_fields(regf_rows *rows, dr_bytes data, const regf_key *key)
{
    task_actions actions;
    task_action a;
    bool damaged = false;
    if (!task_actions_open(&actions, data)) {
        damaged = data.n > 0;
    } else {
        if (actions.context.units > 0)
            regf_row_str(rows, "Context", dr_utf16_str(rows->arena, actions.context));
        for (unsigned i = 0; i < 16 && task_actions_next(&actions, &a, &damaged); i++) {
            if (a.kind == TASK_ACTION_EXEC) {
                regf_row_str(rows, "Command", dr_utf16_str(rows->arena, a.command));
                regf_row_str(rows, "Arguments", dr_utf16_str(rows->arena, a.arguments));
                regf_row_str(rows, "WorkingDirectory", dr_utf16_str(rows->arena, a.folder));
            } else if (a.kind == TASK_ACTION_COM && a.class_id) {
                regf_row_str(rows, "ClassId", guid_text(rows->arena, a.class_id));
                regf_row_str(rows, "ComData", dr_utf16_str(rows->arena, a.data));
            } else {
                regf_row_z(rows, "OtherAction", a.kind == TASK_ACTION_MAIL ? "mail" : "message");
            }
        }
    }
    if (damaged)
        dr_diag_add(rows->in->diags, DR_DIAG_VALUE_DAMAGED, regf_offset(key->cell), 0, "Actions of a task");
}

static void task_fields(regf_rows *rows, const regf_key *task)
{
    static const char *const names[] = { "Path", "URI", "Author", "Date", "Source", "Description", "SecurityDescriptor", "Hash", "Schema",
                                         "Version" };
    dr_bytes data;
    task_dynamic_info info;
    regf_row_values(rows, task, names, sizeof names / sizeof names[0]);
    if (regf_get_bytes(rows, task, "DynamicInfo", &data) && task_dynamic_info_read(&info, data)) {
        regf_row_time(rows, "Created", info.created);
        regf_row_time(rows, "LastRun", info.last_run);
        regf_row_z(rows, "EverRun", dr_time_is(dr_time_clean(info.last_run)) ? "yes" : "no");
        regf_row_hex(rows, "LastResult", info.last_result);
        if (info.state)
            regf_row_hex(rows, "State", info.state);
        if (info.has_last_success)
            regf_row_time(rows, "LastSuccess", info.last_success);
        rows->row.time = dr_time_clean(info.last_run ? info.last_run : info.created);
    }
    if (regf_get_bytes(rows, task, "Actions", &data))
        action_fields(rows, data, task);
}

/* Every key of the tree that names a task. */
static void tree_rows(regf_rows *rows, const regf_key *tree, const regf_key *tasks)
{
    regf_walk *walk;
    regf_key key, task;
    dr_str path;
    dr_status status = regf_walk_start(&walk, rows->hive, tree, DR_STR_NONE, REGF_WITH_LOST);
    if (status != DR_OK) {
        rows->status = status;
        return;
    }
    while (regf_rows_ok(rows) && (status = regf_walk_next(walk, &key, &path)) == DR_OK) {
        if (key.life == REGF_STALE || !regf_has_value(rows->hive, &key, "Id"))
            continue;
        regf_row(rows, "regf.task", &key);
        dr_str id = regf_get_text(rows, &key, "Id");
        regf_row_str(rows, "TaskPath", dr_arena_printf(rows->arena, "\\%.*s", DR_STR_ARG(path)));
        regf_row_str(rows, "Id", id);
        regf_row_value(rows, &key, "Index", "Index");
        regf_row_z(rows, "SdMissing", regf_has_value(rows->hive, &key, "SD") ? "no" : "yes");
        if (tasks && id.n > 0 && regf_find_key(rows->hive, tasks, id, &task))
            task_fields(rows, &task);
        else if (key.life == REGF_LIVE)
            regf_row_z(rows, "TaskMissing", "yes");
        regf_row_emit(rows);
    }
    if (regf_rows_ok(rows) && status != DR_END)
        rows->status = status;
    regf_walk_end(walk);
}

/* Entries by GUID that no key of the tree names: they still run. */
static void loose_rows(regf_rows *rows, const regf_key *tree, const regf_key *tasks)
{
    regf_subkeys it;
    regf_key task, key;
    regf_each_sub(&it, rows, tasks);
    while (regf_next_sub(&it, rows, &task)) {
        regf_row(rows, "regf.task", &task);
        dr_str path = regf_get_text(rows, &task, "Path");
        dr_str id = regf_key_name(&task, rows->arena);
        bool named = path.n > 0 && tree && regf_find_key(rows->hive, tree, path, &key) &&
                     dr_str_eq_fold(regf_get_text(rows, &key, "Id"), id);
        if (named && task.life == REGF_LIVE)
            continue;
        regf_row_str(rows, "TaskPath", path);
        regf_row_str(rows, "Id", id);
        if (task.life == REGF_LIVE)
            regf_row_z(rows, "TreeMissing", "yes");
        task_fields(rows, &task);
        regf_row_emit(rows);
    }
}

static dr_status read(const void *opened, const artefact_input *in, const record_sink *sink)
{
    regf_rows rows;
    regf_key cache, tree, tasks;
    if (regf_rows_start(&rows, opened, in, sink, "SOFTWARE") && find(rows.hive, &cache)) {
        bool has_tree = regf_sub(&rows, &cache, "Tree", &tree);
        bool has_tasks = regf_sub(&rows, &cache, "Tasks", &tasks);
        if (has_tree)
            tree_rows(&rows, &tree, has_tasks ? &tasks : NULL);
        if (has_tasks)
            loose_rows(&rows, has_tree ? &tree : NULL, &tasks);
    }
    return regf_rows_end(&rows);
}

const artefact art_taskcache = { .name = "taskcache", .format = FORMAT_REGF, .schema = "regf.task", .accepts = accepts, .read = read };
