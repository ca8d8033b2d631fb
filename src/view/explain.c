/* One verdict: its sentence, its ladder with the rows that carry each rung, what is missing, what
 * would settle it. Everything is taken from the verdict's own rows. */
#include "view/view.h"
#include "view/words.h"

enum { ROWS_PER_RUNG = 6, TEXT_ARENA_MAX = 64 << 20 };
enum { RUNG, STATE, RECORD, TEXT, PLACE, COLUMNS };

static void write_head(dr_buf *out, const view_in *in, const verdict *v, const view_options *options)
{
    char time[DR_TIME_TEXT];
    dr_buf line = { 0 };
    dr_time_short(v->time, 7, time);
    dr_buf_z(&line, "   ");
    dr_buf_str_add(&line, v->claim);
    dr_buf_z(&line, "   ");
    for (size_t i = 0; i < v->n_parameters; i++) {
        if (i > 0)
            dr_buf_z(&line, ", ");
        if (i > 0 || v->n_parameters > 1) {
            dr_buf_str_add(&line, v->parameters[i].name);
            dr_buf_char(&line, ' ');
        }
        dr_buf_str_add(&line, v->parameters[i].value);
    }
    dr_str host = dr_sym_str(in->syms, v->host);
    if (host.n > 0) {
        dr_buf_z(&line, " on ");
        dr_buf_str_add(&line, host);
    }
    if (time[0]) {
        dr_buf_z(&line, "   ");
        dr_buf_z(&line, time);
        dr_buf_z(&line, " UTC");
    }
    dr_buf_z(&line, "   ");
    dr_buf_z(&line, view_word_shown(v));
    if (v->grade != GRADE_NONE) {
        dr_buf_z(&line, ", chain ");
        dr_buf_z(&line, grade_name(v->grade));
    }
    view_styled(out, dr_str_of(v->id), VIEW_BOLD, options->colour);
    view_wrap(out, dr_buf_str(&line), sizeof v->id - 2, 3, options->width);
    dr_buf_free(&line);
}

static const char *role_before(evidence_role role, rung_state state)
{
    switch (role) {
    case ROLE_SUPPORTS:
        return "fits: ";
    case ROLE_CONTEXT:
        return "beside it: ";
    case ROLE_PROVES:
        return state == STATE_CONFLICTING ? "for: " : "";
    case ROLE_REFUTES:
        return state == STATE_CONFLICTING ? "against: " : "";
    }
    return "";
}

static void evidence_row(view_table *t, const view_in *in, const verdict *v, const verdict_evidence *e, dr_arena *arena)
{
    const fact *f = fact_store_at(in->facts, e->fact);
    char time[DR_TIME_TEXT];
    dr_time_short(f->time, 0, time);
    bool other_time = dr_time_is(f->time) && f->time != v->time;
    view_table_cell(t, RECORD, view_record_name(arena, in, f), VIEW_PLAIN);
    view_table_cell(t, TEXT,
                    dr_arena_printf(arena, "%s%.*s%s%s", role_before(e->role, v->states[e->rung]), DR_STR_ARG(e->shown),
                                    other_time ? "   " : "", other_time ? time : ""),
                    e->role == ROLE_PROVES || e->role == ROLE_REFUTES ? VIEW_PLAIN : VIEW_DIM);
    view_table_cell(t, PLACE, view_place(arena, in, f), VIEW_DIM);
}

static void write_ladder(dr_buf *out, const view_in *in, const verdict *v, const view_options *options, dr_arena *arena)
{
    view_table t;
    view_table_init(&t, arena, COLUMNS, TEXT);
    t.indent = 2;
    for (rung r = 0; r < RUNG_COUNT; r++) {
        size_t rows = 0, shown = 0;
        for (size_t i = 0; i < v->n_evidence; i++) {
            if (v->evidence[i].rung != r)
                continue;
            if (++rows > ROWS_PER_RUNG && !options->all)
                continue;
            view_table_row(&t);
            if (shown++ == 0) {
                view_table_cell(&t, RUNG, dr_str_of(rung_name(r)), VIEW_BOLD);
                view_table_cell(&t, STATE, dr_str_of(view_state_shown(v->states[r])), view_state_style(v->states[r]));
            }
            evidence_row(&t, in, v, &v->evidence[i], arena);
        }
        if (rows > shown) {
            view_table_row(&t);
            view_table_cell(&t, TEXT, dr_arena_printf(arena, "and %zu more (--all)", rows - shown), VIEW_DIM);
        }
        for (size_t i = 0; i < v->n_missing; i++) {
            const verdict_missing *m = &v->missing[i];
            if (m->rung != r || v->states[r] == STATE_NOT_APPLICABLE)
                continue;
            view_table_row(&t);
            if (shown++ == 0) {
                view_table_cell(&t, RUNG, dr_str_of(rung_name(r)), VIEW_BOLD);
                view_table_cell(&t, STATE, dr_str_of(view_state_shown(v->states[r])), view_state_style(v->states[r]));
            }
            view_table_cell(&t, RECORD, m->what, VIEW_DIM);
            view_table_cell(&t, TEXT, m->text.n > 0 ? m->text : dr_str_of(cov_reason_shown(m->reason)), VIEW_PLAIN);
        }
        if (shown == 0) {
            view_table_row(&t);
            view_table_cell(&t, RUNG, dr_str_of(rung_name(r)), VIEW_BOLD);
            view_table_cell(&t, STATE, dr_str_of(view_state_shown(v->states[r])), view_state_style(v->states[r]));
        }
    }
    view_table_write(&t, out, options->width, options->colour);
    view_table_free(&t);
}

/* "9 traces expected: 5 found, 1 absent, 2 expired, 1 not collected." */
static void write_constellation(dr_buf *out, const verdict *v, const view_options *options)
{
    size_t states[TRACE_STATE_COUNT] = { 0 }, reasons[COV_REASON_COUNT] = { 0 };
    for (size_t i = 0; i < v->n_constellation; i++) {
        states[v->constellation[i].state]++;
        if (v->constellation[i].state == TRACE_UNKNOWN)
            reasons[v->constellation[i].reason]++;
    }
    if (v->n_constellation == 0)
        return;
    dr_buf line = { 0 };
    view_counted(&line, v->n_constellation, "trace", "traces");
    dr_buf_z(&line, " expected:");
    const char *before = " ";
    for (trace_state s = 0; s < TRACE_STATE_COUNT; s++) {
        if (states[s] == 0 || s == TRACE_UNKNOWN)
            continue;
        dr_buf_printf(&line, "%s%zu %s", before, states[s], trace_state_name(s));
        before = ", ";
    }
    for (cov_reason r = 0; r < COV_REASON_COUNT; r++) {
        if (reasons[r] == 0)
            continue;
        dr_buf_printf(&line, "%s%zu ", before, reasons[r]);
        for (const char *c = cov_reason_name(r); *c; c++)
            dr_buf_char(&line, *c == '-' ? ' ' : *c);
        before = ", ";
    }
    dr_buf_char(&line, '.');
    view_wrap(out, dr_buf_str(&line), 0, 2, options->width);
    dr_buf_free(&line);
}

static void write_list(dr_buf *out, const char *head, const dr_str *items, size_t n, const char *between, const view_options *options)
{
    if (n == 0)
        return;
    dr_buf line = { 0 };
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            dr_buf_z(&line, between);
        dr_buf_str_add(&line, items[i]);
    }
    size_t column = strlen(head);
    dr_buf_z(out, head);
    if (column < 17)
        dr_buf_fill(out, ' ', 17 - column);
    view_wrap(out, dr_buf_str(&line), 17, 17, options->width);
    dr_buf_free(&line);
}

void view_explain(dr_buf *out, const view_in *in, const verdict *v, const view_options *options)
{
    dr_arena *arena = dr_arena_create("view", TEXT_ARENA_MAX);
    if (!arena) {
        out->failed = true;
        return;
    }
    write_head(out, in, v, options);
    dr_buf_char(out, '\n');
    view_wrap(out, v->text, 0, 0, options->width);
    dr_buf_char(out, '\n');
    write_ladder(out, in, v, options, arena);
    dr_buf_char(out, '\n');
    if (v->evidence_total > v->n_evidence) {
        view_count(out, v->n_evidence);
        dr_buf_z(out, " of ");
        view_counted(out, v->evidence_total, "record is cited.\n", "records are cited.\n");
    }
    write_constellation(out, v, options);
    write_list(out, "Would settle it:", v->settle, v->n_settle, "; ", options);
    write_list(out, "Could also be:", v->alternatives, v->n_alternatives, "; ", options);
    write_list(out, "One of:", v->one_of, v->n_one_of, ", ", options);
    write_list(out, "ATT&CK:", v->attack, v->n_attack, ", ", options);
    write_list(out, "Rule:", &v->rule, v->rule.n > 0, "", options);
    if (v->expected.n > 0)
        write_list(out, "Expected:", &v->expected, 1, "", options);
    if (dr_arena_failed(arena))
        out->failed = true;
    dr_arena_destroy(arena);
}
