/* Programs, one a row, with the artefacts that mention them as columns. Which artefacts there are and
 * what a number in their column counts is data (vocabulary: mentions). */
#include "view/view.h"
#include "view/words.h"

enum { TEXT_ARENA_MAX = 256 << 20, PATH_MIN = 30, SPARE_COLUMNS = VIEW_COLUMNS_MAX - 9 };

dr_str view_parameter(const verdict *v, const char *name)
{
    for (size_t i = 0; i < v->n_parameters; i++) {
        if (dr_str_is(v->parameters[i].name, name))
            return v->parameters[i].value;
    }
    return DR_STR_NONE;
}

static bool names_program(const verdict *v)
{
    return !v->effect && view_parameter(v, "program").n > 0;
}

static int by_path(const verdict *x, const verdict *y)
{
    if (x->host != y->host)
        return x->host < y->host ? -1 : 1;
    return dr_str_cmp(view_parameter(x, "program"), view_parameter(y, "program"));
}

static int path_order(const void *a, const void *b, void *context)
{
    (void)context;
    return by_path(*(const verdict *const *)a, *(const verdict *const *)b);
}

rung view_highest_rung(const verdict *v, bool *any)
{
    rung highest = RUNG_PRESENT;
    *any = false;
    for (rung r = RUNG_PRESENT; r <= RUNG_STARTED; r++) {
        if (v->states[r] == STATE_PROVED || v->states[r] == STATE_CONFLICTING) {
            highest = r;
            *any = true;
        }
    }
    return highest;
}

void view_launches(const verdict *v, int64_t *first, int64_t *last)
{
    *first = *last = DR_NO_TIME;
    for (size_t i = 0; i < v->n_mentions; i++) {
        const verdict_mention *m = &v->mentions[i];
        if (dr_time_is(m->first) && (*first == DR_NO_TIME || m->first < *first))
            *first = m->first;
        if (dr_time_is(m->last) && (*last == DR_NO_TIME || m->last > *last))
            *last = m->last;
    }
}

typedef struct order {
    const view_in *in;
} order;

/* What was highest first, of equals what was launched last; then by name. */
static int shown_order(const void *a, const void *b, void *context)
{
    const order *o = context;
    const verdict *x = ((const view_program *)a)->v, *y = ((const view_program *)b)->v;
    bool any_x, any_y;
    rung rung_x = view_highest_rung(x, &any_x), rung_y = view_highest_rung(y, &any_y);
    if (any_x != any_y)
        return any_x ? -1 : 1;
    if (rung_x != rung_y)
        return rung_x > rung_y ? -1 : 1;
    int64_t first, last_x, last_y;
    view_launches(x, &first, &last_x);
    view_launches(y, &first, &last_y);
    if (last_x != last_y)
        return last_x == DR_NO_TIME ? 1 : last_y == DR_NO_TIME ? -1 : last_x > last_y ? -1 : 1;
    int c = dr_str_cmp(view_parameter(x, "program"), view_parameter(y, "program"));
    return c ? c : dr_str_cmp(dr_sym_str(o->in->syms, x->host), dr_sym_str(o->in->syms, y->host));
}

bool view_programs_gather(dr_arena *arena, const view_in *in, view_program **out, size_t *n_out)
{
    const verdict **runs = DR_NEW_ARRAY(arena, const verdict *, in->n_verdicts);
    view_program *list = DR_NEW_ARRAY(arena, view_program, in->n_verdicts);
    const verdict **programs = DR_NEW_ARRAY(arena, const verdict *, in->n_verdicts);
    size_t n_runs = 0, n = 0, at = 0;
    if (!runs || !list || !programs)
        return false;
    for (size_t i = 0; i < in->n_verdicts; i++) {
        const verdict *v = in->verdicts[i];
        if (!names_program(v))
            continue;
        if (view_parameter(v, "run").n > 0)
            runs[n_runs++] = v;
        else
            programs[n++] = v;
    }
    if (!dr_sort(runs, n_runs, sizeof(const verdict *), path_order, NULL) || !dr_sort(programs, n, sizeof(const verdict *), path_order, NULL))
        return false;
    for (size_t i = 0; i < n; i++) {
        while (at < n_runs && by_path(runs[at], programs[i]) < 0)
            at++;
        list[i] = (view_program){ .v = programs[i], .runs = &runs[at] };
        while (at + list[i].n_runs < n_runs && by_path(runs[at + list[i].n_runs], programs[i]) == 0)
            list[i].n_runs++;
    }
    order o = { in };
    *out = list;
    *n_out = n;
    return dr_sort(list, n, sizeof *list, shown_order, &o);
}

/* The artefact's number, or that it names a file only. */
typedef enum cell_form { CELL_PLAIN, CELL_COLUMN, CELL_WORDS } cell_form;

static dr_str cell_text(dr_arena *arena, const vocab_mention *m, const verdict_mention *found, cell_form form)
{
    if (found->shows == RUNG_PRESENT)
        return DR_STR("present");
    uint64_t n = found->runs > 0 ? found->runs : found->count;
    if (form == CELL_PLAIN)
        return dr_arena_printf(arena, "%llu", (unsigned long long)n);
    dr_buf b = { 0 };
    view_count(&b, n);
    if (form == CELL_WORDS && m->one.n > 0) {
        dr_buf_char(&b, ' ');
        dr_buf_str_add(&b, n == 1 ? m->one : m->many);
    }
    dr_str text = dr_arena_str(arena, dr_buf_str(&b));
    dr_buf_free(&b);
    return text;
}

static const verdict_mention *mention_of(const verdict *v, dr_str artefact)
{
    for (size_t i = 0; i < v->n_mentions; i++) {
        if (dr_str_eq(v->mentions[i].artefact, artefact))
            return &v->mentions[i];
    }
    return NULL;
}

/* Does a run stand out from what is said of its program? */
static bool stands_out(const view_program *p, const verdict *run)
{
    return run->word != p->v->word && run->word != WORD_RAN && run->word != WORD_ATTEMPTED;
}

typedef struct listing {
    const view_in *in;
    const view_options *options;
    const view_program *list;
    size_t n;
    dr_arena *arena;
    size_t digits;
    bool used[VIEW_MENTIONS_MAX]; /* by artefact of the vocabulary */
    size_t n_used, used_width;
    bool some_present; /* a cell says "present" */
} listing;

static dr_str short_id(const listing *l, const verdict *v)
{
    return dr_str_sub(dr_str_of(v->id), 0, 2 + l->digits);
}

static dr_str host_of(const listing *l, const verdict *v)
{
    return l->in->n_hosts > 1 ? dr_sym_str(l->in->syms, v->host) : DR_STR_NONE;
}

static dr_str moment(const listing *l, int64_t ticks, size_t length)
{
    char time[DR_TIME_TEXT];
    dr_time_short(ticks, 0, time);
    return dr_arena_str(l->arena, dr_str_sub(dr_str_of(time), 0, length));
}

/* "launches 2025-05-30 08:12:00 .. 2025-06-02 09:00:00", or nothing. */
static dr_str all_launches(const listing *l, const verdict *v)
{
    dr_buf b = { 0 };
    int64_t first, last;
    view_launches(v, &first, &last);
    if (dr_time_is(first)) {
        dr_buf_z(&b, first == last ? "launched " : "launches ");
        dr_buf_str_add(&b, moment(l, first, SIZE_MAX));
        if (first != last) {
            dr_buf_z(&b, " .. ");
            dr_buf_str_add(&b, moment(l, last, SIZE_MAX));
        }
        dr_str local = view_local(l->arena, l->options, first, 0, 0);
        if (local.n > 0) {
            dr_buf_z(&b, " (");
            dr_buf_str_add(&b, local);
            if (first != last) {
                dr_buf_z(&b, " .. ");
                dr_buf_str_add(&b, view_local(l->arena, l->options, last, 0, 0));
            }
            dr_buf_char(&b, ' ');
            dr_buf_str_add(&b, view_zone(l->arena, l->options));
            dr_buf_char(&b, ')');
        }
    }
    dr_str text = dr_arena_str(l->arena, dr_buf_str(&b));
    dr_buf_free(&b);
    return text;
}

/* "4688: 1 launch, Prefetch: 12 runs, ShimCache: present" */
static dr_str all_mentions(const listing *l, const verdict *v)
{
    dr_buf b = { 0 };
    bool any = false;
    for (size_t i = 0; i < l->in->vocab->n_mentions; i++) {
        const vocab_mention *m = &l->in->vocab->mentions[i];
        const verdict_mention *found = mention_of(v, m->name);
        if (!found)
            continue;
        dr_buf_z(&b, any ? ", " : "");
        dr_buf_str_add(&b, m->name);
        dr_buf_z(&b, ": ");
        dr_buf_str_add(&b, cell_text(l->arena, m, found, CELL_WORDS));
        any = true;
    }
    dr_str text = dr_arena_str(l->arena, dr_buf_str(&b));
    dr_buf_free(&b);
    return text;
}

/* Three rows a program: for terminals that have no room for columns. */
static void write_list(const listing *l, dr_buf *out)
{
    enum { ID, HOST, WORD, CHAIN, PROGRAM, COLUMNS };
    view_table t;
    view_table_init(&t, l->arena, COLUMNS, PROGRAM);
    for (size_t i = 0; i < l->n; i++) {
        const view_program *p = &l->list[i];
        view_table_row(&t);
        view_table_cell(&t, ID, short_id(l, p->v), VIEW_PLAIN);
        view_table_cell(&t, HOST, host_of(l, p->v), VIEW_PLAIN);
        view_table_cell(&t, WORD, dr_str_of(word_name(p->v->word)), view_word_style(p->v->word));
        view_table_cell(&t, CHAIN, dr_str_of(grade_name(p->v->grade)), VIEW_PLAIN);
        view_table_cell(&t, PROGRAM, view_parameter(p->v, "program"), VIEW_BOLD);
        const dr_str texts[] = { all_launches(l, p->v), all_mentions(l, p->v) };
        for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++) {
            if (texts[k].n == 0)
                continue;
            view_table_row(&t);
            view_table_cell(&t, PROGRAM, texts[k], VIEW_DIM);
        }
        for (size_t k = 0; k < p->n_runs; k++) {
            const verdict *run = p->runs[k];
            if (!stands_out(p, run))
                continue;
            view_table_row(&t);
            view_table_cell(&t, ID, short_id(l, run), VIEW_PLAIN);
            view_table_cell(&t, WORD, dr_str_of(word_name(run->word)), view_word_style(run->word));
            view_table_cell(&t, CHAIN, dr_str_of(grade_name(run->grade)), VIEW_PLAIN);
            view_table_cell(&t, PROGRAM, dr_arena_concat(l->arena, DR_STR("one run of it, "), moment(l, run->time, SIZE_MAX)), VIEW_PLAIN);
        }
    }
    view_table_write(&t, out, l->options->width, l->options->colour);
    view_table_free(&t);
}

enum { TO_MINUTES = 16 }; /* of "2025-05-30 13:22:41" */

static void write_columns(const listing *l, dr_buf *out)
{
    enum { ID, HOST, RUNG, WORD, CHAIN, FIRST, LAST, ARTEFACTS };
    size_t program = ARTEFACTS + l->n_used;
    view_table t;
    view_table_init(&t, l->arena, program + 1, program);
    view_table_row(&t);
    view_table_cell(&t, ID, DR_STR("id"), VIEW_DIM);
    view_table_cell(&t, HOST, l->in->n_hosts > 1 ? DR_STR("host") : DR_STR_NONE, VIEW_DIM);
    view_table_cell(&t, RUNG, DR_STR("rung"), VIEW_DIM);
    view_table_cell(&t, WORD, DR_STR("word"), VIEW_DIM);
    view_table_cell(&t, CHAIN, DR_STR("chain"), VIEW_DIM);
    view_table_cell(&t, FIRST, DR_STR("first launch"), VIEW_DIM);
    view_table_cell(&t, LAST, DR_STR("last launch"), VIEW_DIM);
    size_t column = ARTEFACTS;
    for (size_t m = 0; m < l->in->vocab->n_mentions; m++) {
        if (l->used[m]) {
            t.right[column] = true;
            view_table_cell(&t, column++, l->in->vocab->mentions[m].name, VIEW_DIM);
        }
    }
    view_table_cell(&t, program, DR_STR("program"), VIEW_DIM);
    for (size_t i = 0; i < l->n; i++) {
        const view_program *p = &l->list[i];
        bool any;
        int64_t first, last;
        rung highest = view_highest_rung(p->v, &any);
        view_launches(p->v, &first, &last);
        view_table_row(&t);
        view_table_cell(&t, ID, short_id(l, p->v), VIEW_PLAIN);
        view_table_cell(&t, HOST, host_of(l, p->v), VIEW_PLAIN);
        view_table_cell(&t, RUNG, any ? dr_str_of(rung_name(highest)) : DR_STR("-"), VIEW_PLAIN);
        view_table_cell(&t, WORD, dr_str_of(word_name(p->v->word)), view_word_style(p->v->word));
        view_table_cell(&t, CHAIN, dr_str_of(grade_name(p->v->grade)), VIEW_PLAIN);
        view_table_cell(&t, FIRST, moment(l, first, TO_MINUTES), VIEW_PLAIN);
        view_table_cell(&t, LAST, moment(l, last, TO_MINUTES), VIEW_PLAIN);
        column = ARTEFACTS;
        for (size_t m = 0; m < l->in->vocab->n_mentions; m++) {
            const verdict_mention *found = l->used[m] ? mention_of(p->v, l->in->vocab->mentions[m].name) : NULL;
            if (found)
                view_table_cell(&t, column, cell_text(l->arena, &l->in->vocab->mentions[m], found, CELL_COLUMN), VIEW_PLAIN);
            column += l->used[m];
        }
        view_table_cell(&t, program, view_parameter(p->v, "program"), VIEW_PLAIN);
        for (size_t k = 0; k < p->n_runs; k++) {
            const verdict *run = p->runs[k];
            if (!stands_out(p, run))
                continue;
            view_table_row(&t);
            view_table_cell(&t, ID, short_id(l, run), VIEW_PLAIN);
            view_table_cell(&t, WORD, dr_str_of(word_name(run->word)), view_word_style(run->word));
            view_table_cell(&t, CHAIN, dr_str_of(grade_name(run->grade)), VIEW_PLAIN);
            view_table_cell(&t, FIRST, moment(l, run->time, TO_MINUTES), VIEW_PLAIN);
            view_table_cell(&t, program, DR_STR("one run of it"), VIEW_DIM);
        }
    }
    view_table_write(&t, out, l->options->width, l->options->colour);
    view_table_free(&t);
}

/* What the numbers count, from the data. */
static void write_legend(const listing *l, dr_buf *out)
{
    const vocabulary *vocab = l->in->vocab;
    bool done[VIEW_MENTIONS_MAX] = { false };
    dr_buf b = { 0 };
    for (size_t i = 0; i < vocab->n_mentions; i++) {
        if (!l->used[i] || done[i] || !vocab->mentions[i].many.n)
            continue;
        dr_buf_z(&b, b.n > 0 ? "; " : "");
        for (size_t k = i; k < vocab->n_mentions; k++) {
            if (!l->used[k] || !dr_str_eq(vocab->mentions[k].many, vocab->mentions[i].many))
                continue;
            done[k] = true;
            dr_buf_z(&b, k > i ? ", " : "");
            dr_buf_str_add(&b, vocab->mentions[k].shown);
        }
        dr_buf_z(&b, ": ");
        dr_buf_str_add(&b, vocab->mentions[i].many);
    }
    if (b.n > 0)
        dr_buf_char(&b, '.');
    if (l->some_present) {
        dr_buf_z(&b, b.n > 0 ? " " : "");
        dr_buf_z(&b, "present: a file is named there; that does not show that it was run.");
    }
    view_wrap(out, dr_buf_str(&b), 0, 0, l->options->width);
    dr_buf_free(&b);
}

/* Columns that some program fills, and their width. */
static void find_used(listing *l)
{
    const vocabulary *vocab = l->in->vocab;
    for (size_t m = 0; m < vocab->n_mentions && m < VIEW_MENTIONS_MAX; m++) {
        size_t width = dr_shown_width(vocab->mentions[m].name);
        for (size_t i = 0; i < l->n; i++) {
            const verdict_mention *found = mention_of(l->list[i].v, vocab->mentions[m].name);
            if (!found)
                continue;
            size_t w = dr_shown_width(cell_text(l->arena, &vocab->mentions[m], found, CELL_COLUMN));
            width = w > width ? w : width;
            l->used[m] = true;
            l->some_present |= found->shows == RUNG_PRESENT;
        }
        l->n_used += l->used[m];
        l->used_width += l->used[m] ? width + 2 : 0;
    }
}

void view_programs(dr_buf *out, const view_in *in, const view_program *list, size_t n, size_t left_out, const view_options *options)
{
    dr_arena *arena = dr_arena_create("view", TEXT_ARENA_MAX);
    listing l = { .in = in, .options = options, .list = list, .n = n, .arena = arena, .digits = view_id_digits(in) };
    if (!arena) {
        out->failed = true;
        return;
    }
    if (n == 0)
        dr_buf_z(out, "No program is left by these conditions.\n");
    find_used(&l);
    size_t others = l.digits + 4 + 11 + 17 + 7 + 2 * (TO_MINUTES + 2) + l.used_width;
    for (size_t i = 0, widest = 0; i < in->n_hosts && in->n_hosts > 1; i++) {
        size_t w = dr_shown_width(in->hosts[i].name) + 2;
        others += w > widest ? w - widest : 0;
        widest = w > widest ? w : widest;
    }
    bool columns = !options->zoned && l.n_used <= SPARE_COLUMNS && (options->width == 0 || others + PATH_MIN <= options->width);
    if (n > 0) {
        if (columns)
            write_columns(&l, out);
        else
            write_list(&l, out);
        if (left_out > 0) {
            dr_buf_z(out, "and ");
            view_count(out, left_out);
            dr_buf_z(out, " more (--limit)\n");
        }
        dr_buf_char(out, '\n');
        write_legend(&l, out);
        dr_buf_z(out, "\ndidrun explain ");
        dr_buf_shown(out, in->evidence);
        dr_buf_char(out, ' ');
        dr_buf_str_add(out, short_id(&l, list[0].v));
        dr_buf_z(out, "   what it rests on, and what is missing\n");
    }
    if (dr_arena_failed(arena))
        out->failed = true;
    dr_arena_destroy(arena);
}

static void csv(dr_buf *out, dr_str text, bool last)
{
    dr_buf_csv(out, text);
    dr_buf_z(out, last ? "\r\n" : ",");
}

void view_programs_csv(dr_buf *out, const view_in *in, const view_program *list, size_t n)
{
    dr_arena *arena = dr_arena_create("view", TEXT_ARENA_MAX);
    if (!arena) {
        out->failed = true;
        return;
    }
    dr_buf_z(out, "id,host,program,sha1,sha256,rung,word,grade,first_launch,last_launch");
    for (size_t m = 0; m < in->vocab->n_mentions; m++) {
        dr_buf_char(out, ',');
        dr_buf_csv(out, in->vocab->mentions[m].name);
    }
    dr_buf_z(out, "\r\n");
    for (size_t i = 0; i < n; i++) {
        const verdict *v = list[i].v;
        dr_arena_mark mark = dr_arena_save(arena);
        bool any;
        int64_t first, last;
        char time[DR_TIME_TEXT];
        rung highest = view_highest_rung(v, &any);
        view_launches(v, &first, &last);
        csv(out, dr_str_of(v->id), false);
        csv(out, dr_sym_str(in->syms, v->host), false);
        csv(out, view_parameter(v, "program"), false);
        csv(out, view_parameter(v, "sha1"), false);
        csv(out, view_parameter(v, "sha256"), false);
        csv(out, any ? dr_str_of(rung_name(highest)) : DR_STR_NONE, false);
        csv(out, dr_str_of(word_name(v->word)), false);
        csv(out, dr_str_of(grade_name(v->grade)), false);
        dr_time_text(first, time);
        csv(out, dr_str_of(time), false);
        dr_time_text(last, time);
        csv(out, dr_str_of(time), in->vocab->n_mentions == 0);
        for (size_t m = 0; m < in->vocab->n_mentions; m++) {
            const verdict_mention *found = mention_of(v, in->vocab->mentions[m].name);
            csv(out, found ? cell_text(arena, &in->vocab->mentions[m], found, CELL_PLAIN) : DR_STR_NONE, m + 1 == in->vocab->n_mentions);
        }
        dr_arena_restore(arena, mark);
    }
    if (dr_arena_failed(arena))
        out->failed = true;
    dr_arena_destroy(arena);
}
