/* Scheduled tasks as the task cache has them: one row per task, from its entry in the tree and its
 * entry by GUID. Rows: regf.task. LastRun with LastResult tells a start and its outcome; what is missing
 * on one side is told (TreeMissing, TaskMissing, SdMissing). */
#include "artefact/regf_rows.h"

#include "format/taskcache.h"
#include "format/tasktrigger.h"

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

static void add_user(dr_buf *b, const task_user *user, dr_arena *arena)
{
    char sid[DR_SID_TEXT_MAX];
    dr_str name = dr_utf16_str(arena, user->name);
    if (name.n > 0)
        dr_buf_str_add(b, name);
    else if (user->sid.n > 0 && dr_sid_text(user->sid, sid, NULL))
        dr_buf_z(b, sid);
    else
        dr_buf_z(b, "anybody");
}

static void add_time(dr_buf *b, const char *before, task_time t)
{
    char text[DR_TIME_TEXT];
    if (!dr_time_is(t.ticks))
        return;
    dr_time_short(t.ticks, 0, text);
    dr_buf_printf(b, "%s%s%s", before, text, t.local ? " local" : " UTC");
}

static void add_schedule(dr_buf *b, const task_trigger *t)
{
    static const char *const modes[] = { "once", "daily", "weekly", "monthly", "monthly" };
    static const char *const days[] = { "Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday" };
    dr_buf_z(b, t->mode < sizeof modes / sizeof modes[0] ? modes[t->mode] : "at a time");
    if (t->every > 1)
        dr_buf_printf(b, ", each %u %s", t->every, t->mode == 1 ? "days" : "weeks");
    for (unsigned i = 0, n = 0; i < 7; i++) {
        if (t->weekdays & 1u << i)
            dr_buf_printf(b, "%s%s", n++ ? ", " : " on ", days[i]);
    }
}

/* When the task fires, in words: "logon of PC\eve, every 15 min". */
static void add_trigger(dr_buf *b, const task_trigger *t, dr_arena *arena)
{
    static const char *const states[] = { "", "console connect", "console disconnect", "remote connect", "remote disconnect", "lock",
                                          "unlock" };
    char every[32];
    switch (t->kind) {
    case TASK_TRIGGER_BOOT: dr_buf_z(b, "boot"); break;
    case TASK_TRIGGER_IDLE: dr_buf_z(b, "idle"); break;
    case TASK_TRIGGER_REGISTRATION: dr_buf_z(b, "registration"); break;
    case TASK_TRIGGER_WNF: dr_buf_z(b, "state of Windows"); break;
    case TASK_TRIGGER_TIME: add_schedule(b, t); break;
    case TASK_TRIGGER_LOGON:
        dr_buf_z(b, "logon of ");
        add_user(b, &t->user, arena);
        break;
    case TASK_TRIGGER_SESSION:
        dr_buf_printf(b, "%s of ", t->state < sizeof states / sizeof states[0] && t->state ? states[t->state] : "session change");
        add_user(b, &t->user, arena);
        break;
    case TASK_TRIGGER_EVENT:
        dr_buf_z(b, "event ");
        dr_buf_str_add(b, dr_utf16_str(arena, t->query));
        break;
    }
    if (t->repeat_every) {
        dr_duration_text((int64_t)t->repeat_every * DR_TICKS_PER_S, every);
        dr_buf_printf(b, ", every %s", every);
    }
    add_time(b, ", from ", t->start);
    add_time(b, ", until ", t->end);
    if (!t->enabled)
        dr_buf_z(b, " (off)");
}

static void trigger_fields(regf_rows *rows, dr_bytes data, const regf_key *key)
{
    enum { TRIGGERS_MAX = 48 };
    task_triggers triggers;
    task_trigger one;
    char sid[DR_SID_TEXT_MAX];
    bool damaged = false;
    if (data.n == 0)
        return;
    if (task_triggers_open(&triggers, data)) {
        dr_buf all = { 0 };
        unsigned n = 0;
        regf_row_z(rows, "TaskEnabled", triggers.flags & TASK_ENABLED ? "yes" : "no");
        regf_row_z(rows, "Hidden", triggers.flags & TASK_HIDDEN ? "yes" : "no");
        if (triggers.flags & TASK_HIGHEST)
            regf_row_z(rows, "HighestPrivileges", "yes");
        regf_row_str(rows, "RunsAs", dr_utf16_str(rows->arena, triggers.user.name));
        if (triggers.user.sid.n > 0 && dr_sid_text(triggers.user.sid, sid, NULL))
            regf_row_str(rows, "RunsAsSid", dr_arena_str(rows->arena, dr_str_of(sid)));
        for (; n < TRIGGERS_MAX && task_triggers_next(&triggers, &one, &damaged); n++) {
            dr_buf_z(&all, n ? "; " : "");
            add_trigger(&all, &one, rows->arena);
        }
        regf_row_str(rows, "Triggers", dr_arena_str(rows->arena, dr_buf_str(&all)));
        if (n == TRIGGERS_MAX)
            dr_diag_add(rows->in->diags, DR_DIAG_LIMIT, regf_offset(key->cell), 0, "more than %d triggers of a task", (int)TRIGGERS_MAX);
        if (all.failed)
            rows->status = DR_NOMEM;
        dr_buf_free(&all);
    } else if (triggers.version) {
        damaged = true; /* another version is no damage, but nothing is known of it */
    }
    if (damaged)
        dr_diag_add(rows->in->diags, DR_DIAG_VALUE_DAMAGED, regf_offset(key->cell), 0, "Triggers of a task");
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
    if (regf_get_bytes(rows, task, "Triggers", &data))
        trigger_fields(rows, data, task);
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
