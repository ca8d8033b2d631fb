/* The main screen: what was read, what needs a decision, what is settled, what could not be seen. */
#include "view/view.h"
#include "view/words.h"

enum { ID_DIGITS_MIN = 4, ID_DIGITS_MAX = 16, HIDDEN_LINES_MAX = 6, TEXT_ARENA_MAX = 64 << 20 };

size_t view_id_digits(const view_in *in)
{
    size_t digits = ID_DIGITS_MIN;
    dr_map *seen = NULL;
    bool clash = in->n_verdicts > 1;
    while (clash && digits < ID_DIGITS_MAX) {
        dr_map_destroy(seen);
        seen = dr_map_create();
        if (!seen)
            return ID_DIGITS_MAX;
        clash = false;
        for (size_t i = 0; i < in->n_verdicts && !clash; i++) {
            uint64_t *slot;
            bool is_new;
            dr_str start = dr_str_sub(dr_str_of(in->verdicts[i]->id), 0, 2 + digits);
            if (dr_map_put(seen, start, &slot, &is_new) != DR_OK)
                digits = ID_DIGITS_MAX - 1, clash = true;
            else
                clash = !is_new;
        }
        if (clash)
            digits++;
    }
    dr_map_destroy(seen);
    return digits;
}

const verdict *view_find(const view_in *in, dr_str id, size_t *hits)
{
    const verdict *found = NULL;
    *hits = 0;
    for (size_t i = 0; i < in->n_verdicts; i++) {
        dr_str whole = dr_str_of(in->verdicts[i]->id);
        if (!dr_str_starts_fold(whole, id) && !dr_str_starts_fold(dr_str_from(whole, 2), id))
            continue;
        found = in->verdicts[i];
        ++*hits;
    }
    return *hits == 1 ? found : NULL;
}

static void minute(dr_buf *out, int64_t ticks)
{
    char text[DR_TIME_TEXT];
    dr_time_short(ticks, 0, text);
    dr_buf_str_add(out, dr_str_sub(dr_str_of(text), 0, 16));
}

static void write_sources(dr_buf *out, const view_in *in, const view_options *options)
{
    size_t files = 0, read = 0, damaged = 0, useless = 0;
    uint64_t bytes = 0;
    for (size_t i = 0; i < in->n_sources; i++) {
        const view_source *s = &in->sources[i];
        bool is_read = s->state == VIEW_SOURCE_READ || s->state == VIEW_SOURCE_DAMAGED ||
                       s->state == VIEW_SOURCE_PART;
        files += s->state != VIEW_SOURCE_CONTAINER;
        read += is_read;
        damaged += s->state == VIEW_SOURCE_DAMAGED;
        useless += s->state == VIEW_SOURCE_USELESS;
        bytes += is_read ? s->size : 0;
    }
    dr_buf shown = { 0 };
    dr_buf_shown(&shown, in->evidence);
    view_styled(out, dr_buf_str(&shown), VIEW_BOLD, options->colour);
    dr_buf_z(out, "   ");
    view_counted(out, files, "file", "files");
    dr_buf_z(out, ", ");
    view_count(out, read);
    dr_buf_z(out, " read, ");
    view_size(out, bytes);
    if (in->elapsed_ms > 0) {
        dr_buf_z(out, " in ");
        view_elapsed(out, in->elapsed_ms);
    }
    if (damaged + useless > 0) {
        dr_buf_z(out, "   ");
        if (damaged > 0) {
            view_count(out, damaged);
            dr_buf_z(out, useless > 0 ? " damaged, " : " damaged");
        }
        if (useless > 0) {
            view_count(out, useless);
            dr_buf_z(out, " unreadable");
        }
        dr_buf_z(out, " (didrun coverage --damage)");
    }
    dr_buf_char(out, '\n');
    dr_buf_free(&shown);
}

static void write_hosts(dr_buf *out, const view_in *in, const view_options *options)
{
    for (size_t i = 0; i < in->n_hosts; i++) {
        const view_host *h = &in->hosts[i];
        dr_buf line = { 0 };
        if (h->system.n > 0) {
            dr_buf_z(&line, "   ");
            dr_buf_str_add(&line, h->system);
        }
        if (dr_time_is(h->first)) {
            dr_buf_z(&line, "   ");
            minute(&line, h->first);
            dr_buf_z(&line, " .. ");
            minute(&line, h->last);
            dr_buf_z(&line, " UTC");
        }
        for (size_t n = 0; n < h->n_notes; n++) {
            dr_buf_z(&line, "   ");
            dr_buf_str_add(&line, h->notes[n]);
        }
        dr_buf name = { 0 };
        dr_buf_shown(&name, h->name.n ? h->name : DR_STR("(no host named)"));
        view_styled(out, dr_buf_str(&name), VIEW_BOLD, options->colour);
        view_wrap(out, dr_buf_str(&line), dr_shown_width(dr_buf_str(&name)), 5, options->width);
        dr_buf_free(&line);
        dr_buf_free(&name);
    }
}

/* Is it left out of the list because an entry of data/expected/ fits it? */
static bool set_aside(const verdict *v, const view_options *options)
{
    return v->expected.n > 0 && !options->all;
}

static bool same_day(int64_t a, int64_t b)
{
    return dr_time_is(a) && dr_time_is(b) && a / DR_TICKS_PER_DAY == b / DR_TICKS_PER_DAY;
}

typedef struct decide_scope {
    size_t n;
    bool one_day, one_host;
} decide_scope;

static bool to_decide(const verdict *v, const view_options *options)
{
    return (v->to_decide || options->all) && !set_aside(v, options);
}

static decide_scope scope_of(const view_in *in, const view_options *options)
{
    decide_scope scope = { .one_day = true, .one_host = true };
    const verdict *first = NULL;
    for (size_t i = 0; i < in->n_verdicts; i++) {
        const verdict *v = in->verdicts[i];
        if (!to_decide(v, options))
            continue;
        scope.n++;
        if (first && !same_day(first->time, v->time))
            scope.one_day = false;
        if (first && first->host != v->host)
            scope.one_host = false;
        if (!first)
            first = v;
    }
    return scope;
}

/* What the label leaves open: how long the effect lasted, and why a rung could not be judged. */
static dr_str row_text(dr_arena *arena, const verdict *v)
{
    dr_buf text = { 0 };
    dr_buf_str_add(&text, v->label);
    /* A label made of the word, or one that tells itself what was there at collection. */
    bool said = dr_str_ends(v->label, dr_str_of(view_word_shown(v))) || dr_str_ends(v->label, DR_STR("when collected")) ||
                dr_str_ends(v->label, DR_STR("is there"));
    if (v->word == WORD_ACHIEVED_PERSISTS) {
        /* Where the logs themselves show it, there is no other time to name. */
        dr_buf_z(&text, said || !dr_time_is(v->as_of) ? "" : "; still there when collected");
        if (dr_time_is(v->as_of)) {
            dr_buf_z(&text, " (as of ");
            minute(&text, v->as_of);
            dr_buf_char(&text, ')');
        }
    } else if (v->word == WORD_ACHIEVED_REMOVED) {
        /* Labels of their own for this word tell what came later. */
        dr_buf_z(&text, said || dr_str_find(v->label, DR_STR(" later ")) != SIZE_MAX ? "" : "; later undone");
    }
    bool open = v->word == WORD_RAN || v->word == WORD_ATTEMPTED || v->word == WORD_UNSUPPORTED ||
                v->word == WORD_CRASHED;
    const char *before = ": ";
    for (size_t i = 0; open && v->effect && i < v->n_missing; i++) {
        const verdict_missing *m = &v->missing[i];
        if (m->reason == COV_COVERED || m->rung < RUNG_ACHIEVED || m->text.n == 0)
            continue;
        bool again = false;
        for (size_t k = 0; k < i; k++)
            again |= dr_str_eq(v->missing[k].text, m->text);
        if (again)
            continue;
        dr_buf_z(&text, before);
        dr_buf_str_add(&text, m->text);
        before = "; ";
    }
    dr_str copy = dr_arena_str(arena, dr_buf_str(&text));
    dr_buf_free(&text);
    return copy;
}

/* Rows that one row stands for: those that read the same, and bursts: the same claim and word on one
 * host, again and again within a minute (a feature that brings its 30 firewall rules). */
typedef struct folds {
    size_t
        *lead; /* by verdict: the one whose row stands for it; its own index for a row of its own */
    size_t *more; /* by verdict: how many others its row stands for */
} folds;

enum { BURST_LEAST = 5 };

static dr_str kin(dr_arena *arena, const verdict *v)
{
    return dr_arena_printf(arena, "%u|%u|%u|%.*s", (unsigned)v->word, (unsigned)v->grade,
                           (unsigned)v->host, DR_STR_ARG(v->claim));
}

/* Finds the row that stands before for KEY, or makes verdict I that row. */
static bool stand_for(dr_map *rows, dr_str key, size_t i, uint64_t **out)
{
    bool is_new;
    uint64_t *at;
    if (dr_map_put(rows, key, &at, &is_new) != DR_OK)
        return false;
    if (is_new)
        *at = i;
    *out = at;
    return true;
}

static bool find_bursts(folds *f, const view_in *in, const view_options *options, dr_arena *arena,
                        dr_map *rows)
{
    int64_t *last =
        DR_NEW_ARRAY(arena, int64_t, in->n_verdicts); /* by the first verdict of a burst */
    bool ok = last != NULL;
    for (size_t i = 0; i < in->n_verdicts && ok; i++) {
        const verdict *v = in->verdicts[i];
        uint64_t *first;
        f->lead[i] = i;
        if (!to_decide(v, options) || !dr_time_is(v->time))
            continue;
        dr_arena_mark mark = dr_arena_save(arena);
        ok = stand_for(rows, kin(arena, v), i, &first);
        dr_arena_restore(arena, mark);
        if (!ok)
            break;
        if (*first != i && v->time - last[*first] > DR_TICKS_PER_MIN)
            *first = i;
        last[*first] = v->time;
        f->lead[i] = *first;
        f->more[*first] += *first != i;
    }
    for (size_t i = 0; i < in->n_verdicts && ok; i++) {
        if (f->lead[i] != i && f->more[f->lead[i]] + 1 < BURST_LEAST)
            f->lead[i] = i; /* too few to be a burst: each has its row */
    }
    for (size_t i = 0; i < in->n_verdicts && ok; i++)
        f->more[i] = f->more[i] + 1 < BURST_LEAST ? 0 : f->more[i];
    return ok;
}

static bool find_folds(folds *f, const view_in *in, const view_options *options, dr_arena *arena)
{
    f->lead = DR_NEW_ARRAY(arena, size_t, in->n_verdicts);
    f->more = DR_NEW_ARRAY(arena, size_t, in->n_verdicts);
    dr_map *bursts = dr_map_create(), *labels = dr_map_create();
    bool ok = f->lead && f->more && bursts && labels && find_bursts(f, in, options, arena, bursts);
    for (size_t i = 0; i < in->n_verdicts && ok; i++) {
        const verdict *v = in->verdicts[i];
        uint64_t *first;
        if (!to_decide(v, options) || f->lead[i] != i || f->more[i] > 0)
            continue;
        dr_arena_mark mark = dr_arena_save(arena);
        dr_str key =
            dr_arena_printf(arena, "%.*s|%.*s", DR_STR_ARG(kin(arena, v)), DR_STR_ARG(v->label));
        ok = stand_for(labels, key, i, &first);
        dr_arena_restore(arena, mark);
        if (!ok)
            break;
        f->lead[i] = *first;
        f->more[*first] += *first != i;
    }
    dr_map_destroy(bursts);
    dr_map_destroy(labels);
    return ok;
}

/* FOLDED gets "--claim ID " for each claim of which only one of several is listed, some of them at most. */
static void write_decide(dr_buf *out, const view_in *in, const view_options *options,
                         dr_arena *arena, dr_buf *folded)
{
    enum { CLAIMS_NAMED = 4 };
    dr_str named[CLAIMS_NAMED];
    size_t n_named = 0;
    decide_scope scope = scope_of(in, options);
    dr_buf_char(out, '\n');
    if (scope.n == 0) {
        dr_buf_z(out, "Nothing in this evidence needs a decision.\n");
        return;
    }
    size_t digits = view_id_digits(in);
    folds fold;
    if (!find_folds(&fold, in, options, arena)) {
        out->failed = true;
        return;
    }
    enum { ID, HOST, TIME, LOCAL, TEXT, CHAIN, COLUMNS };
    view_table t;
    view_table_init(&t, arena, COLUMNS, TEXT);
    view_table_row(&t);
    view_table_cell(&t, TEXT, DR_STR_NONE, VIEW_PLAIN);
    view_table_cell(&t, LOCAL, view_zone(arena, options), VIEW_DIM);
    view_table_cell(&t, CHAIN, DR_STR("chain"), VIEW_DIM);
    t.indent = 2;
    for (size_t i = 0; i < in->n_verdicts; i++) {
        const verdict *v = in->verdicts[i];
        if (!to_decide(v, options) || (fold.lead[i] != i && !options->all))
            continue;
        char time[DR_TIME_TEXT];
        size_t more = options->all ? 0 : fold.more[i];
        dr_time_short(v->time, 0, time);
        dr_str when = dr_str_of(time);
        view_table_row(&t);
        view_table_cell(&t, ID, dr_str_sub(dr_str_of(v->id), 0, 2 + digits), VIEW_PLAIN);
        if (!scope.one_host)
            view_table_cell(&t, HOST, dr_sym_str(in->syms, v->host), VIEW_PLAIN);
        view_table_cell(&t, TIME, scope.one_day ? dr_str_from(when, 11) : when, VIEW_PLAIN);
        view_table_cell(&t, LOCAL, view_local(arena, options, v->time, 0, scope.one_day ? 11 : 0), VIEW_PLAIN);
        dr_str text = row_text(arena, v);
        if (more > 0) {
            text = dr_arena_printf(arena, "%.*s   (and %zu more like it)", DR_STR_ARG(text), more);
            bool known = n_named == CLAIMS_NAMED;
            for (size_t k = 0; k < n_named && !known; k++)
                known = dr_str_eq(named[k], v->claim);
            if (!known) {
                named[n_named++] = v->claim;
                dr_buf_z(folded, "--claim ");
                dr_buf_str_add(folded, v->claim);
                dr_buf_char(folded, ' ');
            }
        }
        view_table_cell(&t, TEXT, text, view_word_style(v->word));
        view_table_cell(&t, CHAIN, dr_str_of(grade_name(v->grade)), VIEW_PLAIN);
    }
    dr_buf head = { 0 };
    view_table_write(&t, &head, options->width, options->colour);
    dr_str body = dr_buf_str(&head);
    view_styled(out, options->all ? DR_STR("Verdicts ") : DR_STR("To decide"), VIEW_BOLD,
                options->colour);
    dr_buf_str_add(
        out, dr_str_from(body, sizeof "To decide" - 1)); /* the heading stands on the first line */
    if (head.failed)
        out->failed = true;
    dr_buf_free(&head);
    view_table_free(&t);
}

static void write_settled(dr_buf *out, const view_in *in, const view_options *options)
{
    size_t counts[WORD_COUNT][2] = { 0 };
    for (size_t i = 0; i < in->n_verdicts; i++) {
        const verdict *v = in->verdicts[i];
        if (!to_decide(v, options) && !set_aside(v, options))
            counts[v->word == WORD_ACHIEVED_PERSISTS ? WORD_ACHIEVED : v->word][v->effect]++;
    }
    enum { HANG = 14 };
    size_t at = 0; /* columns written; a count and its words stay together */
    for (verdict_word w = 0; w < WORD_COUNT; w++) {
        size_t both = counts[w][0] + counts[w][1];
        bool one = strcmp(view_word_counted(w, true, both), view_word_counted(w, false, both)) ==
                   0; /* the same phrase */
        for (unsigned effect = 2; effect-- > 0;) {
            size_t n = !one ? counts[w][effect] : effect ? both : 0;
            if (n == 0)
                continue;
            dr_buf item = { 0 };
            view_count(&item, n);
            dr_buf_char(&item, ' ');
            dr_buf_z(&item, view_word_counted(w, effect, n));
            if (at == 0) {
                view_styled(out, DR_STR("Settled"), VIEW_BOLD, options->colour);
                dr_buf_fill(out, ' ', 7);
                at = HANG;
            } else if (options->width > 0 && at + 3 + item.n > options->width) {
                dr_buf_char(out, '\n');
                dr_buf_fill(out, ' ', HANG);
                at = HANG;
            } else {
                dr_buf_fill(out, ' ', 3);
                at += 3;
            }
            at += item.n;
            dr_buf_str_add(out, dr_buf_str(&item));
            dr_buf_free(&item);
        }
    }
    if (at > 0)
        dr_buf_char(out, '\n');
}

typedef struct expected_count {
    dr_str name;
    size_t n;
} expected_count;

static int by_count(const void *a, const void *b, void *context)
{
    const expected_count *x = a, *y = b;
    (void)context;
    if (x->n != y->n)
        return x->n > y->n ? -1 : 1;
    return dr_str_cmp(x->name, y->name);
}

static void write_expected(dr_buf *out, const view_in *in, const view_options *options)
{
    DR_VEC(expected_count) counts = { 0 };
    size_t total = 0;
    for (size_t i = 0; i < in->n_verdicts && !options->all; i++) {
        dr_str name = in->verdicts[i]->expected;
        if (name.n == 0)
            continue;
        total++;
        size_t k = 0;
        while (k < counts.n && !dr_str_eq(counts.p[k].name, name))
            k++;
        if (k < counts.n)
            counts.p[k].n++;
        else if (!dr_vec_push(&counts, ((expected_count){ name, 1 })))
            out->failed = true;
    }
    if (total > 0 && dr_sort(counts.p, counts.n, sizeof counts.p[0], by_count, NULL)) {
        dr_buf line = { 0 };
        view_count(&line, total);
        dr_buf_z(&line, " (");
        for (size_t k = 0; k < counts.n && k < 3; k++) {
            if (k > 0)
                dr_buf_z(&line, ", ");
            view_count(&line, counts.p[k].n);
            dr_buf_char(&line, ' ');
            dr_buf_str_add(&line, counts.p[k].name);
        }
        dr_buf_z(&line, counts.n > 3 ? ", ...)   show with --all" : ")   show with --all");
        view_styled(out, DR_STR("Expected"), VIEW_BOLD, options->colour);
        dr_buf_fill(out, ' ', 6);
        view_wrap(out, dr_buf_str(&line), 14, 14, options->width);
        dr_buf_free(&line);
    }
    dr_vec_free(&counts);
}

typedef struct hidden_line { /* recorders of one source with one text */
    dr_str host, source, text;
    dr_buf shown;
} hidden_line;

typedef DR_VEC(hidden_line) hidden_list;

static bool covered_whole(const view_recorder *r)
{
    bool whole = r->n_spans > 0 || r->reason == COV_COVERED;
    for (size_t k = 0; k < r->n_spans; k++)
        whole &= r->spans[k].reason == COV_COVERED;
    return whole;
}

static void add_hidden(hidden_list *list, const view_recorder *r, dr_str source, dr_str shown)
{
    size_t k = 0;
    while (k < list->n &&
           !(dr_str_eq(list->p[k].host, r->host) && dr_str_eq(list->p[k].source, source) &&
             dr_str_eq(list->p[k].text, r->text)))
        k++;
    if (k == list->n &&
        !dr_vec_push(list, ((hidden_line){ .host = r->host, .source = source, .text = r->text })))
        return;
    view_name_once(&list->p[k].shown, shown);
}

static void write_hidden_line(dr_buf *out, const view_in *in, const hidden_line *h, bool first,
                              const view_options *options)
{
    dr_buf line = { 0 };
    if (in->n_hosts > 1) {
        dr_buf_shown(&line, h->host);
        dr_buf_z(&line, ": ");
    }
    if (h->source.n > 0) {
        dr_buf_shown(&line, h->source);
        if (h->shown.n > 0)
            dr_buf_char(&line, ' ');
        dr_buf_str_add(&line, dr_buf_str(&h->shown));
        dr_buf_z(&line, ": ");
        dr_buf_shown(&line, h->text);
    } else {
        dr_buf_shown(&line, h->text);
        dr_buf_z(&line, ": ");
        dr_buf_str_add(&line, dr_buf_str(&h->shown));
    }
    if (first)
        view_styled(out, DR_STR("Not covered"), VIEW_BOLD, options->colour);
    dr_buf_fill(out, ' ', first ? 3 : 14);
    view_wrap(out, dr_buf_str(&line), 14, 16, options->width);
    dr_buf_free(&line);
}

/* Recorders that are not covered all the time, with the reason: those of one source and text in one
 * line, and what is not among the evidence in one line at the end. */
static void write_hidden(dr_buf *out, const view_in *in, const view_options *options)
{
    hidden_list list = { 0 };
    for (int collected = 1; collected >= 0; collected--) {
        for (size_t i = 0; i < in->n_recorders; i++) {
            const view_recorder *r = &in->recorders[i];
            bool there = r->n_spans > 0 || r->reason != COV_NOT_COLLECTED;
            if (covered_whole(r) || r->text.n == 0 || there != (collected == 1) ||
                (r->minor && !options->all))
                continue;
            dr_str shown =
                r->shown.n > 0 && !dr_str_eq(r->shown, r->source) ? r->shown : DR_STR_NONE;
            if (there)
                add_hidden(&list, r, r->source, shown);
            else
                add_hidden(&list, r, DR_STR_NONE, r->source);
        }
    }
    size_t said = 0, more = 0;
    for (size_t i = 0; i < list.n; i++) {
        if (i >= HIDDEN_LINES_MAX && !options->all && list.p[i].source.n > 0)
            more++;
        else
            write_hidden_line(out, in, &list.p[i], said++ == 0, options);
    }
    if (more > 0) {
        dr_buf_fill(out, ' ', 14);
        dr_buf_z(out, "and ");
        view_count(out, more);
        dr_buf_z(out, " more (didrun coverage)\n");
    }
    for (size_t i = 0; i < list.n; i++)
        dr_buf_free(&list.p[i].shown);
    dr_vec_free(&list);
}

void view_examine(dr_buf *out, const view_in *in, const view_options *options)
{
    dr_arena *arena = dr_arena_create("view", TEXT_ARENA_MAX);
    if (!arena) {
        out->failed = true;
        return;
    }
    write_sources(out, in, options);
    write_hosts(out, in, options);
    dr_buf folded = { 0 };
    write_decide(out, in, options, arena, &folded);
    dr_buf_char(out, '\n');
    size_t before = out->n;
    write_settled(out, in, options);
    write_expected(out, in, options);
    write_hidden(out, in, options);
    if (out->n > before)
        dr_buf_char(out, '\n');
    for (size_t i = 0; i < in->n_verdicts; i++) {
        if (!to_decide(in->verdicts[i], options))
            continue;
        dr_buf_z(out, "didrun explain ");
        dr_buf_shown(out, in->evidence);
        dr_buf_char(out, ' ');
        dr_buf_str_add(out, dr_str_sub(dr_str_of(in->verdicts[i]->id), 0, 2 + view_id_digits(in)));
        dr_buf_z(out, "   what it rests on, and what is missing\n");
        break;
    }
    if (folded.n > 0) {
        dr_buf_z(out, "didrun verdicts ");
        dr_buf_shown(out, in->evidence);
        dr_buf_char(out, ' ');
        dr_buf_str_add(out, dr_buf_str(&folded));
        dr_buf_z(out, "  each of those that are like it\n");
    }
    dr_buf_free(&folded);
    dr_buf_z(out, "didrun coverage ");
    dr_buf_shown(out, in->evidence);
    dr_buf_z(out, "   what could not have been seen\n");
    if (dr_arena_failed(arena))
        out->failed = true;
    dr_arena_destroy(arena);
}
