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
