/* One verdict: its sentence, its ladder with the rows that carry each rung, what is missing, what
 * would settle it. Everything is taken from the verdict's own rows. */
#include "view/view.h"
#include "view/words.h"

enum { ROWS_PER_RUNG = 6, TEXT_ARENA_MAX = 64 << 20 };
enum { RUNG, STATE, RECORD, TIME, TEXT, PLACE, COLUMNS };

static void write_head(dr_buf *out, const view_in *in, const verdict *v, const view_options *options, dr_arena *arena)
{
    char time[DR_TIME_TEXT];
    dr_buf line = { 0 };
    dr_time_short(v->time, 7, time);
    dr_buf_z(&line, "   ");
    dr_buf_str_add(&line, v->claim);
    dr_str host = dr_sym_str(in->syms, v->host);
    if (host.n > 0) {
        dr_buf_z(&line, " on ");
        dr_buf_str_add(&line, host);
    }
    if (time[0]) {
        dr_buf_z(&line, "   ");
        dr_buf_z(&line, time);
        dr_buf_z(&line, " UTC");
        if (options->zoned) {
            dr_buf_z(&line, " (");
            dr_buf_str_add(&line, view_local(arena, options, v->time, 0, 0));
            dr_buf_char(&line, ' ');
            dr_buf_str_add(&line, view_zone(arena, options));
            dr_buf_char(&line, ')');
        }
    }
    dr_buf_z(&line, "   ");
    dr_buf_z(&line, view_word_shown(v));
    if (v->grade != GRADE_NONE) {
        dr_buf_z(&line, ", chain ");
        dr_buf_z(&line, grade_name(v->grade));
    }
    view_styled(out, dr_str_of(v->id), VIEW_BOLD, options->colour);
    view_wrap(out, dr_buf_str(&line), sizeof v->id - 2, 3, options->width);
    dr_buf_clear(&line);
    for (size_t i = 0; i < v->n_parameters; i++) {
        dr_buf_z(&line, i > 0 ? "   " : "");
        dr_buf_str_add(&line, v->parameters[i].name);
        dr_buf_char(&line, ' ');
        dr_buf_str_add(&line, v->parameters[i].value);
    }
    if (line.n > 0) {
        dr_buf_z(out, "   ");
        view_wrap(out, dr_buf_str(&line), 3, 3, options->width);
    }
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

/* The sources that a verdict cites, in the order of their first row: rows name them by number. */
typedef struct cited {
    DR_VEC(uint32_t) list;
} cited;

static size_t cite(cited *c, uint32_t source)
{
    for (size_t i = 0; i < c->list.n; i++) {
        if (c->list.p[i] == source)
            return i + 1;
    }
    return dr_vec_push(&c->list, source) ? c->list.n : 0;
}

/* The time of day where the day is the verdict's own. */
static dr_str row_time(dr_arena *arena, const verdict *v, int64_t ticks)
{
    char time[DR_TIME_TEXT];
    dr_time_short(ticks, 0, time);
    bool same = dr_time_is(v->time) && dr_time_is(ticks) && v->time / DR_TICKS_PER_DAY == ticks / DR_TICKS_PER_DAY;
    return dr_arena_str(arena, dr_str_from(dr_str_of(time), same ? 11 : 0));
}

typedef struct ladder {
    view_table table;
    const view_in *in;
    const verdict *v;
    dr_arena *arena;
    cited sources;
} ladder;

/* Begins a row; the first one of a rung names it. */
static void begin_row(ladder *l, rung r, size_t n)
{
    view_table_row(&l->table);
    if (n > 0)
        return;
    /* "not applicable" stands where records do: the column of states stays narrow. */
    bool none = l->v->states[r] == STATE_NOT_APPLICABLE;
    view_table_cell(&l->table, RUNG, dr_str_of(rung_name(r)), VIEW_BOLD);
    view_table_cell(&l->table, none ? RECORD : STATE, dr_str_of(view_state_shown(l->v->states[r])), view_state_style(l->v->states[r]));
}

static void evidence_row(ladder *l, const verdict_evidence *e)
{
    const fact *f = fact_store_at(l->in->facts, e->fact);
    bool decides = e->role == ROLE_PROVES || e->role == ROLE_REFUTES;
    const char *before = role_before(e->role, l->v->states[e->rung]);
    view_table_cell(&l->table, RECORD, view_record_name(l->arena, l->in, f), VIEW_PLAIN);
    view_table_cell(&l->table, TIME, row_time(l->arena, l->v, f->time), VIEW_PLAIN);
    view_table_cell(&l->table, TEXT, dr_arena_printf(l->arena, "%s%.*s", before, DR_STR_ARG(e->shown)), decides ? VIEW_PLAIN : VIEW_DIM);
    view_table_cell(&l->table, PLACE,
                    dr_arena_printf(l->arena, "[%zu] @ 0x%llx", cite(&l->sources, f->records[0].source), (unsigned long long)f->records[0].offset),
                    VIEW_DIM);
}

/* Rows of one rung: what decides it, what else bears on it, what is missing. */
static void rung_rows(ladder *l, rung r, bool all)
{
    const verdict *v = l->v;
    size_t shown = 0, left = 0;
    for (unsigned pass = 0; pass < 2; pass++) {
        for (size_t i = 0; i < v->n_evidence; i++) {
            const verdict_evidence *e = &v->evidence[i];
            bool decides = e->role == ROLE_PROVES || e->role == ROLE_REFUTES;
            if (e->rung != r || decides != (pass == 0))
                continue;
            if (shown >= ROWS_PER_RUNG && !all) {
                left++;
                continue;
            }
            begin_row(l, r, shown++);
            evidence_row(l, e);
        }
    }
    if (left > 0) {
        begin_row(l, r, shown++);
        view_table_cell(&l->table, TEXT, dr_arena_printf(l->arena, "and %zu more (--all)", left), VIEW_DIM);
    }
    for (size_t i = 0; i < v->n_missing && v->states[r] != STATE_NOT_APPLICABLE; i++) {
        const verdict_missing *m = &v->missing[i];
        if (m->rung != r)
            continue;
        begin_row(l, r, shown++);
        view_table_cell(&l->table, RECORD, m->what, VIEW_DIM);
        view_table_cell(&l->table, TEXT, m->text.n > 0 ? m->text : dr_str_of(cov_reason_shown(m->reason)), VIEW_PLAIN);
    }
    if (shown == 0)
        begin_row(l, r, 0);
}

static void write_ladder(dr_buf *out, const view_in *in, const verdict *v, const view_options *options, dr_arena *arena)
{
    ladder l = { .in = in, .v = v, .arena = arena };
    view_table_init(&l.table, arena, COLUMNS, TEXT);
    l.table.indent = 2;
    for (rung r = 0; r < RUNG_COUNT; r++)
        rung_rows(&l, r, options->all);
    view_table_write(&l.table, out, options->width, options->colour);
    view_table_free(&l.table);
    if (l.sources.list.n > 0)
        dr_buf_char(out, '\n');
    for (size_t i = 0; i < l.sources.list.n; i++) {
        const view_source *s = view_source_at(in, l.sources.list.p[i]);
        dr_str name = s ? s->name : DR_STR_NONE, hash = s && s->sha256.n > 0 ? s->sha256 : DR_STR("not hashed");
        dr_str line = dr_arena_printf(arena, "[%zu] %.*s   sha256 %.*s", i + 1, DR_STR_ARG(name), DR_STR_ARG(hash));
        dr_buf_z(out, "  ");
        view_wrap(out, line, 2, 6, options->width);
    }
    dr_vec_free(&l.sources.list);
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

/* What the examiner says to it: nothing of the verdict changes by it. */
static void write_notes(dr_buf *out, const view_in *in, const verdict *v, const view_options *options)
{
    dr_buf head = { 0 };
    for (size_t i = 0; i < in->n_notes; i++) {
        const view_note *n = &in->notes[i];
        if (!dr_str_is(n->verdict, v->id))
            continue;
        dr_str text = n->because;
        dr_buf_clear(&head);
        dr_buf_printf(&head, "Note %llu, ", (unsigned long long)n->number);
        dr_buf_str_add(&head, n->stance);
        if (n->by.n > 0) {
            dr_buf_z(&head, " by ");
            dr_buf_str_add(&head, n->by);
        }
        dr_buf_z(&head, ": ");
        dr_buf_str_add(&head, text);
        view_wrap(out, dr_buf_str(&head), 0, 17, options->width);
    }
    dr_buf_free(&head);
}

void view_explain(dr_buf *out, const view_in *in, const verdict *v, const view_options *options)
{
    dr_arena *arena = dr_arena_create("view", TEXT_ARENA_MAX);
    if (!arena) {
        out->failed = true;
        return;
    }
    write_head(out, in, v, options, arena);
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
    write_notes(out, in, v, options);
    if (dr_arena_failed(arena))
        out->failed = true;
    dr_arena_destroy(arena);
}
