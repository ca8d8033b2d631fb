/* Verdicts one a line, for people and as CSV. */
#include "view/view.h"
#include "view/words.h"

enum { TEXT_ARENA_MAX = 256 << 20 };

void view_verdicts(dr_buf *out, const view_in *in, const view_options *options)
{
    enum { ID, TIME, HOST, WORD, CHAIN, TEXT, COLUMNS };
    dr_arena *arena = dr_arena_create("view", TEXT_ARENA_MAX);
    view_table t;
    if (!arena) {
        out->failed = true;
        return;
    }
    view_table_init(&t, arena, COLUMNS, TEXT);
    size_t digits = view_id_digits(in);
    for (size_t i = 0; i < in->n_verdicts; i++) {
        const verdict *v = in->verdicts[i];
        char time[DR_TIME_TEXT];
        if (v->expected.n > 0 && !options->all)
            continue;
        dr_time_short(v->time, 0, time);
        view_table_row(&t);
        view_table_cell(&t, ID, dr_str_sub(dr_str_of(v->id), 0, 2 + digits), VIEW_PLAIN);
        view_table_cell(&t, TIME, dr_str_of(time), VIEW_PLAIN);
        view_table_cell(&t, HOST, in->n_hosts > 1 ? dr_sym_str(in->syms, v->host) : DR_STR_NONE, VIEW_PLAIN);
        view_table_cell(&t, WORD, dr_str_of(word_name(v->word)), view_word_style(v->word));
        view_table_cell(&t, CHAIN, dr_str_of(grade_name(v->grade)), VIEW_PLAIN);
        view_table_cell(&t, TEXT, v->label, VIEW_PLAIN);
    }
    view_table_write(&t, out, options->width, options->colour);
    view_table_free(&t);
    if (dr_arena_failed(arena))
        out->failed = true;
    dr_arena_destroy(arena);
}

static void csv(dr_buf *out, dr_str text, bool last)
{
    dr_buf_csv(out, text);
    dr_buf_z(out, last ? "\r\n" : ",");
}

void view_verdicts_csv(dr_buf *out, const view_in *in, const view_options *options)
{
    dr_buf_z(out, "id,claim,parameters,host,time,time_means,word,grade,present,attempted,started,achieved,persists,label,text\r\n");
    for (size_t i = 0; i < in->n_verdicts; i++) {
        const verdict *v = in->verdicts[i];
        char time[DR_TIME_TEXT];
        dr_buf parameters = { 0 };
        if (v->expected.n > 0 && !options->all)
            continue;
        for (size_t k = 0; k < v->n_parameters; k++) {
            if (k > 0)
                dr_buf_z(&parameters, "; ");
            dr_buf_str_add(&parameters, v->parameters[k].name);
            dr_buf_char(&parameters, '=');
            dr_buf_str_add(&parameters, v->parameters[k].value);
        }
        dr_time_text(v->time, time);
        csv(out, dr_str_of(v->id), false);
        csv(out, v->claim, false);
        csv(out, dr_buf_str(&parameters), false);
        csv(out, dr_sym_str(in->syms, v->host), false);
        csv(out, dr_str_of(time), false);
        csv(out, in->vocab->meanings[v->time_means].name, false);
        csv(out, dr_str_of(word_name(v->word)), false);
        csv(out, dr_str_of(grade_name(v->grade)), false);
        for (rung r = 0; r < RUNG_COUNT; r++)
            csv(out, dr_str_of(state_name(v->states[r])), false);
        csv(out, v->label, false);
        csv(out, v->text, true);
        dr_buf_free(&parameters);
    }
}
