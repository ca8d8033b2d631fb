#include "view/rules.h"

#include "view/words.h"

enum { TEXT_ARENA_MAX = 16 << 20 };

void view_rules(dr_buf *out, const rule_set *rules, const view_options *options)
{
    enum { ID, TITLE, ATTACK, COLUMNS };
    dr_arena *arena = dr_arena_create("view", TEXT_ARENA_MAX);
    view_table t;
    if (!arena) {
        out->failed = true;
        return;
    }
    view_table_init(&t, arena, COLUMNS, TITLE);
    for (size_t i = 0; i < rules->rules.n; i++) {
        const rule *r = rules->rules.p[i];
        dr_buf attack = { 0 };
        for (size_t k = 0; k < r->n_attack; k++) {
            if (k > 0)
                dr_buf_char(&attack, ' ');
            dr_buf_str_add(&attack, r->attack[k]);
        }
        view_table_row(&t);
        view_table_cell(&t, ID, r->id, VIEW_BOLD);
        view_table_cell(&t, TITLE, r->title, VIEW_PLAIN);
        view_table_cell(&t, ATTACK, dr_buf_str(&attack), VIEW_DIM);
        dr_buf_free(&attack);
    }
    view_table_write(&t, out, options->width, options->colour);
    view_table_free(&t);
    if (dr_arena_failed(arena))
        out->failed = true;
    dr_arena_destroy(arena);
}

void view_json_rule(dr_buf *out, const rule *r)
{
    dr_buf_z(out, "{\"type\":\"rule\",\"id\":");
    dr_buf_json_str(out, r->id);
    dr_buf_z(out, ",\"hash\":");
    dr_buf_json_str(out, dr_str_of(r->hash));
    dr_buf_z(out, ",\"title\":");
    dr_buf_json_str(out, r->title);
    dr_buf_z(out, ",\"file\":");
    dr_buf_json_str(out, r->file);
    dr_buf_z(out, ",\"parameters\":[");
    for (size_t i = 0; i < r->n_params; i++) {
        dr_buf_z(out, i > 0 ? "," : "");
        dr_buf_json_str(out, r->params[i].name);
    }
    dr_buf_z(out, "],\"attack\":[");
    for (size_t i = 0; i < r->n_attack; i++) {
        dr_buf_z(out, i > 0 ? "," : "");
        dr_buf_json_str(out, r->attack[i]);
    }
    dr_buf_printf(out, "],\"triggers\":%zu,\"traces\":[", r->n_triggers);
    for (size_t i = 0; i < r->n_traces; i++) {
        dr_buf_z(out, i > 0 ? "," : "");
        dr_buf_json_str(out, r->traces[i].name);
    }
    dr_buf_z(out, "]}\n");
}

static const char *const types[PARAM_TYPE_COUNT] = {
    [PARAM_TEXT] = "text", [PARAM_NAME] = "name", [PARAM_SID] = "sid",       [PARAM_GUID] = "guid",
    [PARAM_PATH] = "path", [PARAM_URL] = "url",   [PARAM_HASH] = "hash",     [PARAM_NUMBER] = "number",
    [PARAM_TASK] = "task", [PARAM_KEY] = "key",   [PARAM_HOST] = "host",     [PARAM_SECRET] = "secret",
};

static const char *trace_part(const rule_trace *t)
{
    switch (t->role) {
    case TRACE_PROVES:
        return "proves";
    case TRACE_REFUTES:
        return "refutes";
    case TRACE_OTHER:
        return "other effect";
    case TRACE_COMPANION:
        return "companion";
    case TRACE_PART:
        return "part of it";
    case TRACE_CONTEXT:
        break;
    }
    return "context";
}

static void parameters(dr_buf *out, const rule *r, const view_options *options)
{
    dr_buf line = { 0 };
    for (size_t i = 0; i < r->n_params; i++) {
        const rule_param *p = &r->params[i];
        dr_buf_z(&line, i > 0 ? ", " : "");
        dr_buf_str_add(&line, p->name);
        dr_buf_printf(&line, " (%s%s%s)", types[p->type], p->optional ? ", may be missing" : "", p->several ? ", may be several" : "");
    }
    if (line.n > 0) {
        dr_buf_z(out, "parameters  ");
        view_wrap(out, dr_buf_str(&line), 12, 12, options->width);
    }
    dr_buf_free(&line);
}

static void triggers(dr_buf *out, const rule *r, const view_options *options)
{
    for (size_t i = 0; i < r->n_triggers; i++) {
        const rule_trigger *t = &r->triggers[i];
        dr_buf line = { 0 };
        dr_buf_z(&line, t->kind == TRIGGER_TOOL ? "program " : t->kind == TRIGGER_CMDLET ? "cmdlet " : "script text ");
        dr_buf_str_add(&line, t->kind == TRIGGER_SCRIPT ? t->script : t->name);
        if (t->route.n > 0) {
            dr_buf_z(&line, ", by way of ");
            dr_buf_str_add(&line, t->route);
        }
        if (t->idempotent)
            dr_buf_z(&line, ", changes nothing when repeated");
        dr_buf_z(out, i == 0 ? "set off by  " : "            ");
        view_wrap(out, dr_buf_str(&line), 12, 14, options->width);
        dr_buf_free(&line);
    }
}

static void traces(dr_buf *out, const rule *r, const vocabulary *vocab, const view_options *options, dr_arena *arena)
{
    enum { NAME, PART, RUNG, KINDS, COLUMNS };
    view_table t;
    view_table_init(&t, arena, COLUMNS, KINDS);
    t.indent = 2;
    for (size_t i = 0; i < r->n_traces; i++) {
        const rule_trace *trace = &r->traces[i];
        dr_buf kinds = { 0 };
        for (size_t k = 0; k < trace->n_kinds; k++) {
            dr_buf_z(&kinds, k > 0 ? ", " : "");
            if (trace->kinds[k] < vocab->n_kinds)
                dr_buf_str_add(&kinds, vocab->kinds[trace->kinds[k]].name);
        }
        if (trace->silent_counts)
            dr_buf_z(&kinds, " (its absence counts)");
        view_table_row(&t);
        view_table_cell(&t, NAME, trace->name, VIEW_BOLD);
        view_table_cell(&t, PART, dr_str_of(trace_part(trace)), VIEW_PLAIN);
        view_table_cell(&t, RUNG, trace->has_rung ? dr_str_of(rung_name(trace->rung)) : DR_STR_NONE, VIEW_PLAIN);
        view_table_cell(&t, KINDS, dr_buf_str(&kinds), VIEW_PLAIN);
        dr_buf_free(&kinds);
    }
    view_table_write(&t, out, options->width, options->colour);
    view_table_free(&t);
}

void view_rule(dr_buf *out, const rule *r, const vocabulary *vocab, const view_options *options)
{
    dr_arena *arena = dr_arena_create("view", TEXT_ARENA_MAX);
    if (!arena) {
        out->failed = true;
        return;
    }
    view_styled(out, r->id, VIEW_BOLD, options->colour);
    dr_buf_z(out, "   ");
    view_wrap(out, r->title, r->id.n + 3, 3, options->width);
    dr_buf_z(out, "from        ");
    dr_buf_shown(out, r->file);
    dr_buf_printf(out, ", content %s\n", r->hash);
    parameters(out, r, options);
    triggers(out, r, options);
    if (r->n_traces > 0)
        dr_buf_z(out, "traces\n");
    traces(out, r, vocab, options, arena);
    for (size_t i = 0; i < r->n_alternatives; i++) {
        dr_buf_z(out, i == 0 ? "could be    " : "            ");
        view_wrap(out, r->alternatives[i], 12, 14, options->width);
    }
    dr_buf_printf(out, "examples    %zu\n", r->examples ? r->examples->n : 0);
    if (dr_arena_failed(arena))
        out->failed = true;
    dr_arena_destroy(arena);
}
