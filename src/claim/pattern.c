#include "claim/pattern.h"

#include "base/limits.h"
#include "base/vec.h"
#include "claim/argv.h"
#include "claim/pattern_tree.h"

typedef DR_VEC(pattern_element) element_vec;
typedef DR_VEC(pattern_row) row_vec;
typedef DR_VEC(pattern_piece) piece_vec;
typedef DR_VEC(pattern_word) word_vec;
typedef DR_VEC(pattern_switch) switch_vec;
typedef DR_VEC(pattern_switches) switches_vec;
typedef DR_VEC(pattern_group) group_vec;
typedef DR_VEC(pattern_argument) argument_vec;

#define MAX_DEPTH 8

typedef struct compiler {
    dr_arena *arena;
    dr_str usage;
    const pattern_types *types;
    dr_err *err;
    size_t at;
    size_t column; /* of the error */
    size_t n;      /* elements made */
    bool failed;
    bool cmdlet;
    pattern *out;
    word_vec absent;
} compiler;

/* Ends compiling: the first error counts. */
static void fail(compiler *c, size_t column, const char *what)
{
    if (c->failed)
        return;
    c->failed = true;
    c->column = column;
    (void)dr_fail(c->err, DR_DATA, "%s", what);
}

static void *copy_list(compiler *c, const void *p, size_t n, size_t size)
{
    void *copy = dr_arena_array(c->arena, n ? n : 1, size);
    if (!copy)
        fail(c, 0, "out of memory");
    else if (n)
        memcpy(copy, p, n * size);
    return copy;
}

static char peek(const compiler *c)
{
    return c->at < c->usage.n ? c->usage.p[c->at] : '\0';
}

static bool looking_at(const compiler *c, const char *text)
{
    return dr_str_starts(dr_str_from(c->usage, c->at), dr_str_of(text));
}

static void skip_space(compiler *c)
{
    while (peek(c) == ' ' || peek(c) == '\t')
        c->at++;
}

static bool ends_here(const compiler *c)
{
    char ch = peek(c);
    return c->at >= c->usage.n || ch == ' ' || ch == '\t' || ch == ']' || ch == ')' || ch == '|';
}

/* <name>, <name=glob|glob>, <=glob>. */
static void read_param(compiler *c, pattern_piece *piece)
{
    size_t start = c->at++, end = dr_str_find_char(dr_str_from(c->usage, c->at), '>');
    if (end == SIZE_MAX) {
        fail(c, start, "expected '>' after the parameter's name");
        return;
    }
    dr_str inside = dr_str_sub(c->usage, c->at, end);
    size_t equal = dr_str_find_char(inside, '=');
    c->at += end + 1;
    *piece = (pattern_piece){ .kind = PIECE_PARAM, .param = dr_str_sub(inside, 0, equal) };
    if (dr_str_ends(piece->param, DR_STR("..."))) { /* <name...>: everything from here on */
        piece->param.n -= 3;
        piece->rest = true;
    }
    if (equal != SIZE_MAX) {
        dr_str rest = dr_str_from(inside, equal + 1), glob;
        DR_VEC(dr_str) globs = { 0 };
        while (dr_str_split(&rest, '|', &glob)) {
            if (!glob.n)
                fail(c, start, "expected a text with wildcards after '='");
            if (!dr_vec_push(&globs, dr_arena_str(c->arena, glob)))
                fail(c, start, "out of memory");
        }
        piece->globs = copy_list(c, globs.p, globs.n, sizeof *globs.p);
        piece->n_globs = globs.n;
        dr_vec_free(&globs);
        if (!piece->n_globs)
            fail(c, start, "expected a text with wildcards after '='");
    }
    if (!piece->param.n && !piece->n_globs)
        fail(c, start, "expected the name of a parameter between '<' and '>'");
    else if (piece->param.n && !dr_str_is(piece->param, "host") &&
             !c->types->known(c->types->context, piece->param, &piece->type))
        fail(c, start, "expected a parameter of the rule between '<' and '>'");
    piece->param = dr_arena_str(c->arena, piece->param);
}

static pattern_word read_word(compiler *c, int depth);

/* (a|b) inside a word. */
static void read_choice(compiler *c, pattern_piece *piece, int depth)
{
    size_t start = c->at++;
    word_vec words = { 0 };
    while (!c->failed) {
        pattern_word word = read_word(c, depth + 1);
        if (!dr_vec_push(&words, word))
            fail(c, start, "out of memory");
        if (peek(c) == ')')
            break;
        if (peek(c) != '|')
            fail(c, c->at, "expected '|' or ')' and no white space in a choice inside a word");
        c->at++;
    }
    c->at++;
    *piece = (pattern_piece){ .kind = PIECE_ALT, .n_words = words.n };
    piece->words = copy_list(c, words.p, words.n, sizeof *words.p);
    dr_vec_free(&words);
}

static bool is_literal_end(const compiler *c)
{
    return ends_here(c) || peek(c) == '<' || peek(c) == '[' || peek(c) == '(' || (peek(c) == '+' && c->at > 0 && c->usage.p[c->at - 1] == '>');
}

static void note_equals(pattern_word *word, const piece_vec *pieces)
{
    bool seen = false, first_text = pieces->n && pieces->p[0].kind == PIECE_TEXT && !word->mark;
    for (size_t i = 0; i < pieces->n && first_text; i++) {
        if (pieces->p[i].kind == PIECE_PARAM)
            break;
        seen = seen || (pieces->p[i].kind == PIECE_TEXT && dr_str_find_char(pieces->p[i].text, '=') != SIZE_MAX);
    }
    word->keyed = seen && pieces->p[0].text.p[0] != '=';
    const pattern_piece *last = pieces->n ? &pieces->p[pieces->n - 1] : NULL;
    word->open = word->keyed && last->kind == PIECE_TEXT && last->text.p[last->text.n - 1] == '=';
}

static pattern_word read_word(compiler *c, int depth)
{
    pattern_word word = { .pieces = NULL };
    piece_vec pieces = { 0 };
    size_t start = c->at;
    if (depth > MAX_DEPTH)
        fail(c, start, "too many brackets inside brackets");
    size_t mark = argv_switch_mark(dr_str_from(c->usage, c->at));
    if (mark && (c->at + mark < c->usage.n)) {
        word.mark = true;
        while ((mark = argv_switch_mark(dr_str_from(c->usage, c->at))) != 0) /* --long */
            c->at += mark;
    }
    while (!c->failed && !ends_here(c)) {
        pattern_piece piece = { .kind = PIECE_TEXT };
        if (peek(c) == '<')
            read_param(c, &piece);
        else if (looking_at(c, "[...]")) {
            piece.kind = PIECE_SKIP;
            c->at += 5;
        } else if (peek(c) == '[') {
            size_t end = dr_str_find_char(dr_str_from(c->usage, c->at), ']');
            if (end == SIZE_MAX || end < 2) {
                fail(c, c->at, "expected the end of a word and ']' after '['");
                break;
            }
            piece.kind = PIECE_TAIL;
            piece.text = dr_arena_str(c->arena, dr_str_sub(c->usage, c->at + 1, end - 1));
            c->at += end + 1;
        } else if (peek(c) == '(')
            read_choice(c, &piece, depth);
        else if (peek(c) == '+' && pieces.n && pieces.p[pieces.n - 1].kind == PIECE_PARAM) {
            word.plus = true;
            c->at++;
            if (!ends_here(c))
                fail(c, c->at, "expected white space after '+'");
            break;
        } else {
            size_t from = c->at;
            do
                c->at++;
            while (!is_literal_end(c));
            piece.text = dr_arena_str(c->arena, dr_str_sub(c->usage, from, c->at - from));
        }
        if (!dr_vec_push(&pieces, piece))
            fail(c, start, "out of memory");
    }
    if (!pieces.n)
        fail(c, start, "expected a word");
    if (!c->failed) {
        /* (/i)<x>: the mark stands inside the choice; it is the word's. */
        if (pieces.n == 2 && pieces.p[0].kind == PIECE_ALT && pieces.p[1].kind == PIECE_PARAM) {
            bool marks = true;
            for (size_t i = 0; i < pieces.p[0].n_words; i++)
                marks = marks && pieces.p[0].words[i].mark;
            word.glued = word.mark = marks;
        }
        word.rest = pieces.n == 1 && pieces.p[0].kind == PIECE_PARAM && pieces.p[0].rest;
        note_equals(&word, &pieces);
    }
    word.n = pieces.n;
    word.pieces = copy_list(c, pieces.p, pieces.n, sizeof *pieces.p);
    dr_vec_free(&pieces);
    return word;
}

static pattern_row read_row(compiler *c, int depth);

/* Does a bracket at the start of a word end that word, or go on (a choice inside the word)? */
static bool choice_goes_on(const compiler *c)
{
    int depth = 0;
    for (size_t i = c->at; i < c->usage.n; i++) {
        char ch = c->usage.p[i];
        if (ch == '(')
            depth++;
        else if (ch == ')' && --depth == 0) {
            char next = i + 1 < c->usage.n ? c->usage.p[i + 1] : ' ';
            return next != ' ' && next != '\t' && next != ']' && next != ')' && next != '|';
        }
    }
    return false;
}

/* Is the [...] here a word of its own, or the beginning of one? */
static bool rest_alone(const compiler *c)
{
    char next = c->at + 5 < c->usage.n ? c->usage.p[c->at + 5] : ' ';
    return next == ' ' || next == '\t' || next == ']' || next == ')' || next == '|';
}

static void read_group(compiler *c, pattern_element *e, char close, int depth)
{
    row_vec rows = { 0 };
    size_t start = c->at++;
    while (!c->failed) {
        pattern_row row = read_row(c, depth + 1);
        if (!row.n)
            fail(c, c->at, "expected a word");
        if (!dr_vec_push(&rows, row))
            fail(c, start, "out of memory");
        if (peek(c) != '|')
            break;
        c->at++;
    }
    if (!c->failed && peek(c) != close)
        fail(c, start, close == ']' ? "a '[' without its ']'" : "a '(' without its ')'");
    c->at++;
    if (!c->failed && !ends_here(c))
        fail(c, c->at, "expected white space after the bracket");
    e->kind = close == ']' ? ELEMENT_OPTIONAL : ELEMENT_ONE_OF;
    e->rows = copy_list(c, rows.p, rows.n, sizeof *rows.p);
    e->n_rows = rows.n;
    dr_vec_free(&rows);
}

static pattern_row read_row(compiler *c, int depth)
{
    element_vec list = { 0 };
    if (depth > MAX_DEPTH)
        fail(c, c->at, "too many brackets inside brackets");
    for (skip_space(c); !c->failed && c->at < c->usage.n; skip_space(c)) {
        char ch = peek(c);
        pattern_element e = { .kind = ELEMENT_WORD, .column = c->at };
        if (ch == ')' || ch == ']' || ch == '|') {
            if (depth == 0)
                fail(c, c->at, "a bracket or '|' without its '(' or '['");
            break;
        }
        if (++c->n > DR_PATTERN_MAX_ELEMENTS)
            fail(c, c->at, "the pattern is too long");
        if (looking_at(c, "[...]") && rest_alone(c)) {
            c->at += 5;
            c->out->rest = true;
            e.kind = ELEMENT_REST;
        } else if (ch == '[' && !looking_at(c, "[...]"))
            read_group(c, &e, ']', depth);
        else if (ch == '(' && !choice_goes_on(c))
            read_group(c, &e, ')', depth);
        else if (ch == '!') {
            c->at++;
            pattern_word word = read_word(c, depth);
            if (!dr_vec_push(&c->absent, word))
                fail(c, c->at, "out of memory");
            continue;
        } else
            e.word = read_word(c, depth);
        if (!dr_vec_push(&list, e))
            fail(c, c->at, "out of memory");
    }
    pattern_row row = { copy_list(c, list.p, list.n, sizeof *list.p), list.n };
    dr_vec_free(&list);
    return row;
}

/* --- arguments of programs: switches apart from words ------------------------------------------- */

static bool word_is_switch(const pattern_word *w)
{
    return w->mark || w->keyed;
}

static bool is_switch(const pattern_element *e)
{
    switch (e->kind) {
    case ELEMENT_WORD: return word_is_switch(&e->word);
    case ELEMENT_ONE_OF:
    case ELEMENT_OPTIONAL: return e->rows[0].n && is_switch(&e->rows[0].list[0]);
    case ELEMENT_REST: break;
    }
    return false;
}

/* Has the switch its value in its own word already? */
static bool value_inside(const pattern_word *w)
{
    if (w->keyed)
        return !w->open;
    for (size_t i = 0; i < w->n; i++) {
        if (w->pieces[i].kind == PIECE_PARAM || w->pieces[i].kind == PIECE_SKIP)
            return true;
        if (w->pieces[i].kind != PIECE_TEXT && w->pieces[i].kind != PIECE_TAIL)
            continue;
        if (dr_str_find_char(w->pieces[i].text, ':') != SIZE_MAX || dr_str_find_char(w->pieces[i].text, '=') != SIZE_MAX)
            return true;
    }
    return false;
}

/* Elements of a row that begins with a switch: each switch and what follows as its values. */
static pattern_switches cut_switches(compiler *c, pattern_row row, size_t *used)
{
    switch_vec list = { 0 };
    size_t i = 0;
    while (i < row.n && row.list[i].kind == ELEMENT_WORD && word_is_switch(&row.list[i].word)) {
        pattern_switch one = { &row.list[i], 1 };
        if (!value_inside(&row.list[i].word)) {
            while (i + one.n < row.n && !is_switch(&row.list[i + one.n]) &&
                   (row.list[i + one.n].kind == ELEMENT_WORD || row.list[i + one.n].kind == ELEMENT_ONE_OF))
                one.n++;
        }
        if (row.list[i].word.open && one.n == 1)
            fail(c, row.list[i].column, "expected a value after '='");
        i += one.n;
        if (!dr_vec_push(&list, one))
            fail(c, 0, "out of memory");
        if (used)
            break;
    }
    if (used)
        *used = i;
    else if (i < row.n)
        fail(c, row.list[i].column, "expected a switch: words go before switches, or into brackets of their own");
    pattern_switches out = { copy_list(c, list.p, list.n, sizeof *list.p), list.n };
    dr_vec_free(&list);
    return out;
}

static void add_group(compiler *c, group_vec *groups, const pattern_element *e)
{
    switches_vec rows = { 0 };
    pattern_group group = { .optional = e->kind == ELEMENT_OPTIONAL };
    for (size_t i = 0; i < e->n_rows; i++) {
        if (!e->rows[i].n || !is_switch(&e->rows[i].list[0]))
            fail(c, e->column, "switches and words cannot stand in for each other");
        else if (e->rows[i].list[0].kind != ELEMENT_WORD)
            fail(c, e->rows[i].list[0].column, "expected a switch, not a bracket");
        else if (!dr_vec_push(&rows, cut_switches(c, e->rows[i], NULL)))
            fail(c, 0, "out of memory");
    }
    group.rows = copy_list(c, rows.p, rows.n, sizeof *rows.p);
    group.n_rows = rows.n;
    dr_vec_free(&rows);
    if (!dr_vec_push(groups, group))
        fail(c, 0, "out of memory");
}

static void sort_out(compiler *c, pattern_row row)
{
    element_vec words = { 0 };
    group_vec groups = { 0 };
    for (size_t i = 0; i < row.n && !c->failed;) {
        const pattern_element *e = &row.list[i];
        if (!is_switch(e)) {
            if (!dr_vec_push(&words, *e))
                fail(c, 0, "out of memory");
            i++;
        } else if (e->kind != ELEMENT_WORD) {
            add_group(c, &groups, e);
            i++;
        } else {
            size_t used;
            pattern_switches *one = DR_NEW(c->arena, pattern_switches);
            if (!one) {
                fail(c, 0, "out of memory");
                break;
            }
            *one = cut_switches(c, (pattern_row){ row.list + i, row.n - i }, &used);
            pattern_group group = { one, 1, false };
            if (!dr_vec_push(&groups, group))
                fail(c, 0, "out of memory");
            i += used;
        }
    }
    c->out->words = (pattern_row){ copy_list(c, words.p, words.n, sizeof *words.p), words.n };
    c->out->groups = copy_list(c, groups.p, groups.n, sizeof *groups.p);
    c->out->n_groups = groups.n;
    c->out->absent = copy_list(c, c->absent.p, c->absent.n, sizeof *c->absent.p);
    c->out->n_absent = c->absent.n;
    dr_vec_free(&words);
    dr_vec_free(&groups);
}

static bool tool_param(const void *context, dr_str name, pattern_type *type)
{
    (void)context;
    *type = PATTERN_TEXT;
    static const char *const names[] = { "line", "encoded", "script", "program", "arguments" };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (dr_str_is(name, names[i]))
            return true;
    }
    return false;
}

const pattern_types pattern_tool_types = { NULL, tool_param };

static const pattern *finish(compiler *c, size_t *column)
{
    dr_vec_free(&c->absent);
    if (!c->failed && !dr_arena_failed(c->arena))
        return c->out;
    if (!c->failed)
        fail(c, 0, "out of memory");
    if (column)
        *column = c->column;
    return NULL;
}

const pattern *pattern_compile(dr_arena *arena, dr_str usage, const pattern_types *types, dr_err *err, size_t *column)
{
    compiler c = { .arena = arena, .usage = usage, .types = types, .err = err, .out = DR_NEW(arena, pattern) };
    if (!c.out) {
        fail(&c, 0, "out of memory");
        return NULL;
    }
    c.out->usage = usage;
    pattern_row row = read_row(&c, 0);
    if (!c.failed)
        sort_out(&c, row);
    return finish(&c, column);
}

/* --- cmdlets ------------------------------------------------------------------------------------ */

static bool name_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
}

static dr_str read_name(compiler *c)
{
    size_t from = c->at;
    while (name_char(peek(c)))
        c->at++;
    if (c->at == from)
        fail(c, from, "expected a name");
    return dr_arena_str(c->arena, dr_str_sub(c->usage, from, c->at - from));
}

static dr_str read_dash_name(compiler *c)
{
    size_t mark = argv_switch_mark(dr_str_from(c->usage, c->at));
    if (!mark)
        fail(c, c->at, "expected '-' and the name of a parameter");
    c->at += mark;
    return read_name(c);
}

/* @{Key=<value>; Key=<value>} */
static void read_table(compiler *c, pattern_argument *a)
{
    DR_VEC(dr_str) keys = { 0 };
    word_vec values = { 0 };
    c->at += 2;
    while (!c->failed) {
        skip_space(c);
        dr_str key = read_name(c);
        if (peek(c) != '=')
            fail(c, c->at, "expected '='");
        c->at++;
        size_t from = c->at, end = c->at;
        while (end < c->usage.n && c->usage.p[end] != ';' && c->usage.p[end] != '}')
            end += c->usage.p[end] == '<' ? dr_str_sub(dr_str_from(c->usage, end), 0, dr_str_find_char(dr_str_from(c->usage, end), '>')).n : 1;
        if (end >= c->usage.n) {
            fail(c, from, "expected '}'");
            break;
        }
        dr_str whole = c->usage;
        c->usage = dr_str_sub(whole, 0, end);
        pattern_word word = read_word(c, 1);
        c->usage = whole;
        if (!dr_vec_push(&keys, key) || !dr_vec_push(&values, word))
            fail(c, from, "out of memory");
        skip_space(c);
        if (peek(c) == '}')
            break;
        if (peek(c) != ';')
            fail(c, c->at, "expected ';' or '}'");
        c->at++;
    }
    c->at++;
    a->n_keys = keys.n;
    a->keys = copy_list(c, keys.p, keys.n, sizeof *keys.p);
    a->key_values = copy_list(c, values.p, values.n, sizeof *values.p);
    dr_vec_free(&keys);
    dr_vec_free(&values);
}

/* The value of a cmdlet's argument, if one follows. */
static void read_value(compiler *c, pattern_argument *a)
{
    skip_space(c);
    char ch = peek(c);
    if (c->at >= c->usage.n || ch == ']' || ch == ')' || ch == '|' || ch == '!' || (ch == '[' && !(looking_at(c, "[...]") && !rest_alone(c))) ||
        argv_switch_mark(dr_str_from(c->usage, c->at))) {
        a->flag = true;
        return;
    }
    if (looking_at(c, "@{"))
        read_table(c, a);
    else
        a->value = read_word(c, 1);
}

static void read_argument(compiler *c, argument_vec *list, unsigned *groups)
{
    pattern_argument a = { .flag = false };
    char ch = peek(c);
    if (ch == '!') {
        c->at++;
        a.absent = true;
        a.name = read_dash_name(c);
        a.flag = true;
    } else if (ch == '[') {
        c->at++;
        a.name = read_dash_name(c);
        if (peek(c) == ']') { /* [-Name] <x> or [-Flag] */
            c->at++;
            a.positional = true;
            read_value(c, &a);
            a.optional = a.flag;
        } else {
            a.optional = true;
            read_value(c, &a);
            skip_space(c);
            if (peek(c) != ']')
                fail(c, c->at, "expected ']'");
            c->at++;
        }
    } else if (ch == '(') {
        (*groups)++;
        do {
            c->at++;
            skip_space(c);
            pattern_argument one = { .one_of = *groups, .name = read_dash_name(c) };
            read_value(c, &one);
            skip_space(c);
            if (!dr_vec_push(list, one))
                fail(c, c->at, "out of memory");
        } while (!c->failed && peek(c) == '|');
        if (peek(c) != ')')
            fail(c, c->at, "expected '|' or ')'");
        c->at++;
        return;
    } else {
        a.name = read_dash_name(c);
        read_value(c, &a);
    }
    if (!dr_vec_push(list, a))
        fail(c, c->at, "out of memory");
}

const pattern *pattern_compile_cmdlet(dr_arena *arena, dr_str usage, const pattern_types *types, dr_err *err, size_t *column)
{
    compiler c = { .arena = arena, .usage = usage, .types = types, .err = err, .cmdlet = true, .out = DR_NEW(arena, pattern) };
    argument_vec list = { 0 };
    unsigned groups = 0;
    if (!c.out) {
        fail(&c, 0, "out of memory");
        return NULL;
    }
    c.out->usage = usage;
    skip_space(&c);
    c.out->cmdlet = read_name(&c);
    for (skip_space(&c); !c.failed && c.at < usage.n; skip_space(&c)) {
        if (list.n >= DR_PATTERN_MAX_ELEMENTS)
            fail(&c, c.at, "the pattern is too long");
        if (looking_at(&c, "[...]")) {
            c.out->rest = true;
            c.at += 5;
        } else
            read_argument(&c, &list, &groups);
    }
    c.out->arguments = copy_list(&c, list.p, list.n, sizeof *list.p);
    c.out->n_arguments = list.n;
    dr_vec_free(&list);
    return finish(&c, column);
}

dr_str pattern_cmdlet(const pattern *p)
{
    return p->cmdlet;
}
