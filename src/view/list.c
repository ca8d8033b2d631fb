/* Verdicts one a line, for people and as CSV. */
#include "view/view.h"
#include "view/words.h"

enum { TEXT_ARENA_MAX = 256 << 20 };

void view_verdicts(dr_buf *out, const view_in *in, const view_options *options)
{
    enum { ID, TIME, LOCAL, HOST, WORD, CHAIN, TEXT, COLUMNS };
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
        view_table_cell(&t, LOCAL, view_local(arena, options, v->time, 0, 0), VIEW_DIM);
        view_table_cell(&t, HOST, in->n_hosts > 1 ? dr_sym_str(in->syms, v->host) : DR_STR_NONE,
                        VIEW_PLAIN);
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

/* What is said of a source besides its name; NULL: nothing. */
static const char *message_of(const view_source *s, bool verbose)
{
    switch (s->state) {
    case VIEW_SOURCE_DAMAGED:
        return "damaged";
    case VIEW_SOURCE_USELESS:
        return "not usable";
    /* A hive whose last changes are missing is told of always: what it lacks may have been there. */
    case VIEW_SOURCE_READ:
        return s->diags && (s->diags->count[DR_DIAG_REGF_LOG_MISSING] > 0 || s->diags->count[DR_DIAG_HEADER_CHECKSUM] > 0 ||
                            (verbose && s->diags->list.n > 0))
                   ? ""
                   : NULL;
    case VIEW_SOURCE_PART:
        return verbose ? "read with the file it belongs to" : NULL;
    case VIEW_SOURCE_DUPLICATE:
        return verbose ? "read once, as" : NULL;
    case VIEW_SOURCE_CONTAINER:
        return verbose ? "unpacked" : NULL;
    case VIEW_SOURCE_PASSED: /* named by the user, and no evidence */
        return verbose || (s->diags && s->diags->list.n > 0) ? "passed over" : NULL;
    }
    return NULL;
}

/* Among notes, what happened to the transaction logs is the one to tell. */
static int gravity(dr_diag_code code)
{
    int severity = 4 * (int)dr_diag_severity(code);
    if (code == DR_DIAG_EVTX_CHUNK_CHECKSUM || code == DR_DIAG_EVTX_CHUNK_HEADER_CHECKSUM)
        return severity - 1; /* what is lost comes first */
    return severity + (code == DR_DIAG_REGF_LOG_MISSING    ? 2
                       : code == DR_DIAG_REGF_LOG_REPLAYED ? 1
                                                           : 0);
}

void view_messages(dr_buf *out, const view_in *in, bool verbose)
{
    for (size_t i = 0; i < in->n_sources; i++) {
        const view_source *s = &in->sources[i];
        const char *what = message_of(s, verbose);
        if (!what)
            continue;
        dr_buf_shown(out, s->name);
        if (*what)
            dr_buf_printf(out, ": %s", what);
        if (s->state == VIEW_SOURCE_DUPLICATE) {
            dr_buf_char(out, ' ');
            dr_buf_shown(out, s->same_as);
        }
        const dr_diags *d = s->diags;
        const dr_diag *worst = NULL;
        for (size_t k = 0; d && k < d->list.n; k++) {
            if (!worst || gravity(d->list.p[k].code) > gravity(worst->code))
                worst = &d->list.p[k];
        }
        if (worst) {
            bool said = worst->code == DR_DIAG_UNREADABLE && worst->text.n > 0; /* by the system, with the file's name */
            if (!said)
                dr_buf_printf(out, ": %s", dr_diag_sentence(worst->code));
            if (dr_diag_severity(worst->code) == DR_LOSS)
                dr_buf_printf(out, " at 0x%llx", (unsigned long long)worst->off);
            else if (worst->text.n > 0) {
                dr_buf_z(out, ": ");
                dr_buf_shown(out, worst->text);
            }
            uint64_t more = d->list.n - 1 + d->dropped;
            if (more > 0) {
                dr_buf_z(out, ", and ");
                view_count(out, more);
                dr_buf_z(out, " more");
            }
        }
        dr_buf_char(out, '\n');
    }
}

static void csv(dr_buf *out, dr_str text, bool last)
{
    dr_buf_csv(out, text);
    dr_buf_z(out, last ? "\r\n" : ",");
}

void view_verdicts_csv(dr_buf *out, const view_in *in, const view_options *options)
{
    dr_buf_z(out, "id,claim,parameters,host,time,time_means,word,grade,present,attempted,started,"
                  "achieved,persists,label,text\r\n");
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

void view_notes(dr_buf *out, const view_in *in, const view_options *options)
{
    enum { NUMBER, ID, STANCE, BY, TEXT, COLUMNS };
    dr_arena *arena = dr_arena_create("view", TEXT_ARENA_MAX);
    view_table t;
    if (!arena) {
        out->failed = true;
        return;
    }
    view_table_init(&t, arena, COLUMNS, TEXT);
    size_t digits = view_id_digits(in);
    for (size_t i = 0; i < in->n_notes; i++) {
        const view_note *n = &in->notes[i];
        size_t hits;
        const verdict *v = view_find(in, n->verdict, &hits);
        view_table_row(&t);
        view_table_cell(&t, NUMBER, dr_arena_printf(arena, "%llu", (unsigned long long)n->number), VIEW_PLAIN);
        view_table_cell(&t, ID, v ? dr_str_sub(n->verdict, 0, 2 + digits) : n->verdict, VIEW_PLAIN);
        view_table_cell(&t, STANCE, n->stance, VIEW_PLAIN);
        view_table_cell(&t, BY, n->by, VIEW_PLAIN);
        view_table_cell(&t, TEXT, n->because, VIEW_PLAIN);
        view_table_row(&t);
        view_table_cell(&t, TEXT, v ? v->label : DR_STR("no verdict of this id is in the case any more"), VIEW_DIM);
    }
    view_table_write(&t, out, options->width, options->colour);
    view_table_free(&t);
    if (in->n_notes == 0)
        dr_buf_z(out, "There are no notes in this case.\n");
    if (dr_arena_failed(arena))
        out->failed = true;
    dr_arena_destroy(arena);
}
