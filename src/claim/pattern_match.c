#include "claim/pattern.h"

#include "base/limits.h"
#include "base/vec.h"
#include "claim/command.h"
#include "claim/pattern_tree.h"

#define MAX_BOUND 64

typedef struct bound {
    const pattern_piece *piece;
    dr_str value; /* .p NULL: not known */
    bool plus;
} bound;

typedef struct matcher {
    const pattern *p;
    const command *c;
    dr_arena *arena;
    dr_str *texts; /* of tokens, typographic quotes off */
    size_t n;
    unsigned char *used; /* 0 free, 1 named, 2 passed over */
    size_t *words;       /* free tokens that are no switches */
    size_t n_words;
    bound bounds[MAX_BOUND];
    size_t n_bounds;
    size_t steps;
    bool out_of_memory;
} matcher;

static bool step(matcher *m)
{
    return ++m->steps <= DR_PATTERN_MAX_STEPS;
}

static dr_str typographic_off(dr_str s)
{
    static const char *const quotes[] = { "\xe2\x80\x9c", "\xe2\x80\x9d", "\xe2\x80\x98", "\xe2\x80\x99" };
    for (size_t i = 0; i < sizeof quotes / sizeof quotes[0]; i++) {
        if (dr_str_starts(s, dr_str_of(quotes[i]))) {
            s = dr_str_from(s, 3);
            i = SIZE_MAX;
        } else if (dr_str_ends(s, dr_str_of(quotes[i]))) {
            s.n -= 3;
            i = SIZE_MAX;
        }
    }
    return s;
}

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool all_hex(dr_str s, bool dashes)
{
    for (size_t i = 0; i < s.n; i++) {
        if (!is_hex(s.p[i]) && !(dashes && s.p[i] == '-'))
            return false;
    }
    return s.n > 0;
}

static bool type_fits(pattern_type type, dr_str s)
{
    uint64_t number;
    switch (type) {
    case PATTERN_NAME: return s.n && s.p[0] != '/' && dr_str_find_char(s, '\n') == SIZE_MAX;
    case PATTERN_SID: return dr_str_starts_fold(s, DR_STR("S-1-"));
    case PATTERN_GUID:
        if (s.n > 2 && s.p[0] == '{' && s.p[s.n - 1] == '}')
            s = dr_str_sub(s, 1, s.n - 2);
        return s.n == 36 && all_hex(s, true);
    case PATTERN_PATH: return s.n > 0;
    case PATTERN_URL: return dr_str_find(s, DR_STR("://")) != SIZE_MAX || dr_str_starts(s, DR_STR("\\\\"));
    case PATTERN_HASH: return (s.n == 32 || s.n == 40 || s.n == 64) && all_hex(s, false);
    case PATTERN_NUMBER: return dr_str_to_u64(s, &number);
    case PATTERN_TEXT: break;
    }
    return true;
}

/* Quotes and what a list leaves at the end off. */
static dr_str clean_value(matcher *m, dr_str s)
{
    s = typographic_off(dr_str_trim(s));
    while (s.n > 1 && s.p[s.n - 1] == ',')
        s.n--;
    if (s.n > 3 && dr_str_starts(s, DR_STR("\\\"")) && dr_str_ends(s, DR_STR("\\\"")))
        s = dr_str_sub(s, 2, s.n - 4);
    if (s.n > 1 && (s.p[0] == '"' || s.p[0] == '\'') && s.p[s.n - 1] == s.p[0])
        s = dr_str_sub(s, 1, s.n - 2);
    if (dr_str_find(s, DR_STR("\\\"")) == SIZE_MAX)
        return s;
    char *p = dr_arena_bytes(m->arena, s.n + 1); /* \" inside is a quote */
    size_t n = 0;
    if (!p) {
        m->out_of_memory = true;
        return s;
    }
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == '\\' && i + 1 < s.n && s.p[i + 1] == '"')
            continue;
        p[n++] = s.p[i];
    }
    return (dr_str){ p, n };
}

static bool bind(matcher *m, const pattern_piece *piece, dr_str value, bool plus)
{
    value = clean_value(m, value);
    if (!type_fits(piece->type, value))
        return false;
    bool glob = piece->n_globs == 0;
    for (size_t i = 0; i < piece->n_globs && !glob; i++)
        glob = dr_str_glob_fold(piece->globs[i], value);
    if (!glob)
        return false;
    if (dr_str_is(piece->param, "host")) {
        while (value.n && (value.p[0] == '\\' || value.p[0] == '/'))
            value = dr_str_from(value, 1);
        while (value.n && (value.p[value.n - 1] == '\\' || value.p[value.n - 1] == '/'))
            value.n--;
    }
    if (!piece->param.n)
        return true;
    if (m->n_bounds == MAX_BOUND)
        return false;
    m->bounds[m->n_bounds++] = (bound){ piece, value, plus };
    return true;
}

/* A dash of any kind, or the same byte. Both texts are compared without case. */
static bool starts_fold(dr_str s, dr_str text, size_t *length)
{
    if (!dr_str_starts_fold(s, text))
        return false;
    *length = text.n;
    return true;
}

static bool match_pieces(matcher *m, const pattern_word *w, size_t i, dr_str s);

/* A choice inside a word: each alternative, then what is left of the word. */
static bool match_choice(matcher *m, const pattern_word *w, size_t i, dr_str s)
{
    const pattern_piece *piece = &w->pieces[i];
    for (size_t k = 0; k < piece->n_words; k++) {
        const pattern_word *one = &piece->words[k];
        for (size_t end = s.n + 1; end-- > 0;) { /* the longest first */
            size_t mark = m->n_bounds;
            if (!step(m))
                return false;
            if (match_pieces(m, one, 0, dr_str_sub(s, 0, end)) && match_pieces(m, w, i + 1, dr_str_from(s, end)))
                return true;
            m->n_bounds = mark;
        }
    }
    return false;
}

static bool match_pieces(matcher *m, const pattern_word *w, size_t i, dr_str s)
{
    size_t length;
    if (!step(m))
        return false;
    if (i == w->n)
        return s.n == 0;
    const pattern_piece *piece = &w->pieces[i];
    size_t mark = m->n_bounds;
    switch (piece->kind) {
    case PIECE_TEXT: return starts_fold(s, piece->text, &length) && match_pieces(m, w, i + 1, dr_str_from(s, length));
    case PIECE_TAIL:
        for (size_t n = piece->text.n + 1; n-- > 0;) {
            if (starts_fold(s, dr_str_sub(piece->text, 0, n), &length) && match_pieces(m, w, i + 1, dr_str_from(s, length)))
                return true;
        }
        return false;
    case PIECE_ALT: return match_choice(m, w, i, s);
    case PIECE_SKIP:
        for (size_t n = 0; n <= s.n; n++) {
            if (!step(m))
                return false;
            if (match_pieces(m, w, i + 1, dr_str_from(s, n)))
                return true;
            m->n_bounds = mark;
        }
        return false;
    case PIECE_PARAM: break;
    }
    if (i + 1 == w->n)
        return s.n && bind(m, piece, s, w->plus);
    for (size_t n = 1; n <= s.n; n++) { /* up to where the rest of the word fits */
        if (!step(m))
            return false;
        if (match_pieces(m, w, i + 1, dr_str_from(s, n)) && bind(m, piece, dr_str_sub(s, 0, n), w->plus))
            return true;
        m->n_bounds = mark;
    }
    return false;
}

/* Where the value of a key ends: at a comma before the next key, else at the end. */
static size_t key_end(dr_str s)
{
    char quote = 0;
    for (size_t i = 0; i < s.n; i++) {
        if (quote) {
            if (s.p[i] == quote)
                quote = 0;
        } else if (s.p[i] == '\'' || s.p[i] == '"')
            quote = s.p[i];
        else if (s.p[i] == ',' || s.p[i] == ';') {
            size_t k = i + 1;
            while (k < s.n && s.p[k] == ' ')
                k++;
            size_t from = k;
            while (k < s.n && ((s.p[k] >= 'a' && s.p[k] <= 'z') || (s.p[k] >= 'A' && s.p[k] <= 'Z') || s.p[k] == '_'))
                k++;
            if (k > from && k < s.n && s.p[k] == '=')
                return i;
        }
    }
    return s.n;
}

static bool key_begins(dr_str s, size_t at)
{
    return at == 0 || s.p[at - 1] == ',' || s.p[at - 1] == ' ' || s.p[at - 1] == '{' || s.p[at - 1] == ';' || s.p[at - 1] == '(';
}

/* Key and value that begin at AT; a closing bracket is not the value's where one was opened before. */
static dr_str key_part(dr_str s, size_t at)
{
    dr_str part = dr_str_from(s, at);
    part = dr_str_sub(part, 0, key_end(part));
    if (at && s.p[at - 1] == '(' && part.n && part.p[part.n - 1] == ')')
        part.n--;
    return part;
}

static bool match_key(matcher *m, const pattern_word *w, dr_str s)
{
    for (size_t from = 0; from < s.n; from++) {
        if (!key_begins(s, from))
            continue;
        if (!step(m))
            return false;
        size_t mark = m->n_bounds;
        if (match_pieces(m, w, 0, key_part(s, from)))
            return true;
        m->n_bounds = mark;
    }
    return false;
}

static bool match_word(matcher *m, const pattern_word *w, dr_str s)
{
    if (w->keyed)
        return match_key(m, w, s);
    if (w->mark) {
        size_t mark = argv_switch_mark(s);
        if (!mark)
            return false;
        s = dr_str_from(s, mark);
        while ((mark = argv_switch_mark(s)) != 0) /* --long */
            s = dr_str_from(s, mark);
    }
    return match_pieces(m, w, 0, s);
}

static bool switch_like(matcher *m, size_t token)
{
    dr_str s = m->texts[token];
    size_t mark = argv_switch_mark(s);
    return mark && s.n > mark && dr_str_find_char(s, ' ') == SIZE_MAX;
}

/* Does the word name the other machine? A switch of the tool that does has been taken off the words: the
 * pattern's word is then met already. */
static bool names_host(const matcher *m, const pattern_word *w)
{
    for (size_t i = 0; i < w->n && m->c->host.n; i++) {
        if (w->pieces[i].kind == PIECE_PARAM && dr_str_is(w->pieces[i].param, "host"))
            return true;
    }
    return false;
}

/* --- words in their order ----------------------------------------------------------------------- */

typedef struct chain {
    pattern_row row;
    size_t i;
    const struct chain *next;
} chain;

static bool match_chain(matcher *m, const chain *k, size_t at);

static bool take_word(matcher *m, const chain *k, size_t at)
{
    const pattern_word *w = &k->row.list[k->i].word;
    chain after = { k->row, k->i + 1, k->next };
    size_t mark = m->n_bounds;
    if (w->rest) {
        dr_str line = m->c->tokens[m->words[at]].raw;
        const argv_token *last = &m->c->tokens[m->c->n_tokens - 1];
        if (line.p <= last->raw.p)
            line.n = (size_t)(last->raw.p - line.p) + last->raw.n;
        if (!bind(m, &w->pieces[0], line, false))
            return false;
        for (size_t i = at; i < m->n_words; i++)
            m->used[m->words[i]] = 1;
        if (match_chain(m, &after, m->n_words))
            return true;
        for (size_t i = at; i < m->n_words; i++)
            m->used[m->words[i]] = 0;
        m->n_bounds = mark;
        return false;
    }
    if (!match_word(m, w, m->texts[m->words[at]]))
        return false;
    m->used[m->words[at]] = 1;
    if (w->plus) { /* as many as there are, then fewer */
        size_t more = at + 1;
        while (more < m->n_words && match_word(m, w, m->texts[m->words[more]]))
            more++;
        for (; more > at; more--) {
            size_t bounds = m->n_bounds;
            for (size_t i = at; i < m->n_words; i++)
                m->used[m->words[i]] = i < more;
            if (match_chain(m, &after, more))
                return true;
            m->n_bounds = bounds - (bounds > mark);
        }
    } else if (match_chain(m, &after, at + 1))
        return true;
    m->used[m->words[at]] = 0;
    m->n_bounds = mark;
    return false;
}

static bool match_chain(matcher *m, const chain *k, size_t at)
{
    while (k && k->i == k->row.n)
        k = k->next;
    if (!step(m))
        return false;
    if (!k)
        return at == m->n_words;
    const pattern_element *e = &k->row.list[k->i];
    chain after = { k->row, k->i + 1, k->next };
    switch (e->kind) {
    case ELEMENT_WORD:
        if (names_host(m, &e->word) && match_chain(m, &after, at))
            return true;
        return at < m->n_words && take_word(m, k, at);
    case ELEMENT_REST:
        for (; at <= m->n_words; at++) {
            size_t mark = m->n_bounds;
            if (match_chain(m, &after, at))
                return true;
            m->n_bounds = mark;
        }
        return false;
    case ELEMENT_ONE_OF:
    case ELEMENT_OPTIONAL: break;
    }
    for (size_t i = 0; i < e->n_rows; i++) {
        chain inner = { e->rows[i], 0, &after };
        size_t mark = m->n_bounds;
        if (match_chain(m, &inner, at))
            return true;
        m->n_bounds = mark;
    }
    return e->kind == ELEMENT_OPTIONAL && match_chain(m, &after, at);
}

/* Switches that the pattern does not name: only where it says [...]. Then the words. */
static bool match_rest(matcher *m)
{
    const command *c = m->c;
    m->n_words = 0;
    for (size_t i = 0; i < m->n; i++) {
        if (m->used[i] == 1)
            continue;
        m->used[i] = 0;
    }
    for (size_t i = 0; i < m->n; i++) {
        if (m->used[i])
            continue;
        if (!switch_like(m, i)) {
            m->words[m->n_words++] = i;
            continue;
        }
        if (!m->p->rest)
            return false;
        m->used[i] = 2;
        dr_str name = dr_str_from(m->texts[i], argv_switch_mark(m->texts[i]));
        for (size_t v = 0; c->tool && v < c->tool->n_values && i + 1 < m->n; v++) {
            if (dr_str_eq_fold(c->tool->values[v], name) && !m->used[i + 1] && !switch_like(m, i + 1))
                m->used[++i] = 2;
        }
    }
    chain start = { m->p->words, 0, NULL };
    return match_chain(m, &start, 0);
}

/* --- switches, anywhere ------------------------------------------------------------------------- */

static bool match_groups(matcher *m, size_t group);
static bool match_switches(matcher *m, size_t group, const pattern_switches *row, size_t i);

static bool one_of_word(matcher *m, const pattern_element *e, dr_str s)
{
    if (e->kind == ELEMENT_WORD)
        return match_word(m, &e->word, s);
    for (size_t i = 0; i < e->n_rows; i++) {
        size_t mark = m->n_bounds;
        if (e->rows[i].n == 1 && e->rows[i].list[0].kind == ELEMENT_WORD && match_word(m, &e->rows[i].list[0].word, s))
            return true;
        m->n_bounds = mark;
    }
    return false;
}

/* Values of a switch: the words right behind it. *last is the token behind the last. */
static bool match_values(matcher *m, const pattern_switch *s, size_t token, size_t *last)
{
    size_t at = token + 1;
    for (size_t i = 1; i < s->n; i++, at++) {
        const pattern_element *e = &s->list[i];
        if (at >= m->n || m->used[at])
            return false;
        if (e->kind == ELEMENT_WORD && e->word.rest) {
            dr_str line = m->c->tokens[at].raw;
            const argv_token *end = &m->c->tokens[m->n - 1];
            if (line.p <= end->raw.p)
                line.n = (size_t)(end->raw.p - line.p) + end->raw.n;
            if (!bind(m, &e->word.pieces[0], line, false))
                return false;
            at = m->n;
            break;
        }
        /* What begins with `/` and was not quoted is the next switch; `-1` may be a value. */
        if (switch_like(m, at) && !m->c->tokens[at].quoted && m->texts[at].p[0] == '/' && e->kind == ELEMENT_WORD && !e->word.mark)
            return false;
        if (!one_of_word(m, e, m->texts[at]))
            return false;
        if (e->kind == ELEMENT_WORD && e->word.plus) {
            while (at + 1 < m->n && !m->used[at + 1] && !switch_like(m, at + 1) && match_word(m, &e->word, m->texts[at + 1]))
                at++;
        }
    }
    *last = at;
    return true;
}

/* The value of a key, which stands at TOKEN; it is the pattern's next word or stands in the key's own. */
static bool key_value(matcher *m, const pattern_switch *s, dr_str value)
{
    const pattern_word *w = &s->list[0].word;
    if (!w->open)
        return value.n && bind(m, &w->pieces[1], value, w->plus);
    return s->n == 2 && one_of_word(m, &s->list[1], value);
}

/* `Key=value` (also in a list of such), `Key= value`, `Key =value` and `Key = value` are one. */
static bool match_keyed(matcher *m, const pattern_switch *s, size_t token, size_t *last)
{
    dr_str key = s->list[0].word.pieces[0].text, text = m->texts[token];
    size_t mark = m->n_bounds, value = token + 1;
    if (dr_str_eq_fold(text, key)) {
        *last = token + 2;
        return value < m->n && !m->used[value] && key_value(m, s, m->texts[value]);
    }
    for (size_t from = 0; from < text.n; from++) {
        if (!key_begins(text, from) || !dr_str_starts_fold(dr_str_from(text, from), key))
            continue;
        dr_str part = key_part(text, from);
        if (part.n > key.n && key_value(m, s, dr_str_from(part, key.n))) {
            *last = token + 1;
            return true;
        }
        m->n_bounds = mark;
    }
    if (text.n + 1 != key.n || !dr_str_starts_fold(key, text) || value >= m->n || m->used[value] || !m->texts[value].n ||
        m->texts[value].p[0] != '=')
        return false;
    *last = token + 2;
    if (m->texts[value].n > 1)
        return key_value(m, s, dr_str_from(m->texts[value], 1));
    value++;
    *last = token + 3;
    return value < m->n && !m->used[value] && key_value(m, s, m->texts[value]);
}

/* The switch at this token, with its values. */
static bool match_switch(matcher *m, const pattern_switch *s, size_t token, size_t *last)
{
    const pattern_word *w = &s->list[0].word;
    dr_str text = m->texts[token];
    size_t mark = m->n_bounds;
    if (w->keyed && w->n == (w->open ? 1u : 2u) && w->pieces[0].kind == PIECE_TEXT && dr_str_ends(w->pieces[0].text, DR_STR("=")))
        return match_keyed(m, s, token, last);
    if (w->glued) {
        if (match_word(m, w, text)) {
            *last = token + 1;
            return true;
        }
        m->n_bounds = mark;
        pattern_word bare = { .pieces = w->pieces, .n = 1, .mark = true };
        if (!match_word(m, &bare, text) || token + 1 >= m->n || m->used[token + 1] ||
            (switch_like(m, token + 1) && !m->c->tokens[token + 1].quoted) || !m->texts[token + 1].n)
            return false;
        *last = token + 2;
        return bind(m, &w->pieces[1], m->texts[token + 1], w->plus);
    }
    if (!match_word(m, w, text))
        return false;
    return match_values(m, s, token, last);
}

static bool match_switches(matcher *m, size_t group, const pattern_switches *row, size_t i)
{
    if (i == row->n)
        return match_groups(m, group + 1);
    const pattern_switch *own = &row->list[i];
    if (names_host(m, &own->list[own->n - 1].word) && own->list[own->n - 1].kind == ELEMENT_WORD &&
        match_switches(m, group, row, i + 1))
        return true;
    for (size_t t = 0; t < m->n; t++) {
        size_t last = t + 1, mark = m->n_bounds;
        const pattern_word *w = &row->list[i].list[0].word;
        /* Several keys may share one word: Name="x",Query="y". */
        bool shared = w->keyed && m->used[t] == 1;
        if ((m->used[t] && !shared) || (w->mark && !argv_switch_mark(m->texts[t])))
            continue;
        if (!step(m))
            return false;
        if (match_switch(m, &row->list[i], t, &last)) {
            for (size_t k = t; k < last && k < m->n; k++)
                m->used[k] = 1;
            if (match_switches(m, group, row, i + 1))
                return true;
            for (size_t k = t; k < last && k < m->n; k++)
                m->used[k] = shared;
        }
        m->n_bounds = mark;
    }
    return false;
}

static bool match_groups(matcher *m, size_t group)
{
    if (group == m->p->n_groups)
        return match_rest(m);
    const pattern_group *g = &m->p->groups[group];
    for (size_t i = 0; i < g->n_rows; i++) {
        size_t mark = m->n_bounds;
        if (match_switches(m, group, &g->rows[i], 0))
            return true;
        m->n_bounds = mark;
    }
    return g->optional && match_groups(m, group + 1);
}

static bool match_program(matcher *m)
{
    for (size_t i = 0; i < m->p->n_absent; i++) {
        for (size_t t = 0; t < m->n; t++) {
            size_t mark = m->n_bounds;
            const pattern_word *w = &m->p->absent[i];
            bool found = w->open && w->n == 1 ? dr_str_starts_fold(m->texts[t], w->pieces[0].text) : match_word(m, w, m->texts[t]);
            m->n_bounds = mark;
            if (found)
                return false;
        }
    }
    return match_groups(m, 0);
}

/* --- cmdlets ------------------------------------------------------------------------------------ */

/* Is GIVEN the parameter, written out or shortened without being another's beginning as well? */
static bool names_parameter(const command *c, dr_str given, dr_str name)
{
    if (!given.n || !dr_str_starts_fold(name, given))
        return false;
    if (given.n == name.n)
        return true;
    for (size_t i = 0; c->cmdlet && i < c->cmdlet->n_parameters; i++) {
        dr_str other = c->cmdlet->parameters[i];
        if (!dr_str_eq_fold(other, name) && dr_str_starts_fold(other, given))
            return false;
    }
    return true;
}

static bool is_true(dr_str s)
{
    return dr_str_eq_fold(s, DR_STR("$true")) || dr_str_eq_fold(s, DR_STR("true")) || dr_str_is(s, "1");
}

static bool is_false(dr_str s)
{
    return dr_str_eq_fold(s, DR_STR("$false")) || dr_str_eq_fold(s, DR_STR("false")) || dr_str_is(s, "0");
}

static const pattern_piece *only_param(const pattern_word *w)
{
    return w->n == 1 && w->pieces[0].kind == PIECE_PARAM && !w->pieces[0].n_globs ? &w->pieces[0] : NULL;
}

static bool value_fits(matcher *m, const pattern_word *w, const command_value *v)
{
    const pattern_piece *param = only_param(w);
    if (v->unknown) { /* the act is there, its parameter is not known */
        if (!param || m->n_bounds == MAX_BOUND)
            return false;
        m->bounds[m->n_bounds++] = (bound){ param, { NULL, 0 }, w->plus };
        return true;
    }
    if (match_pieces(m, w, 0, v->text))
        return true;
    /* $true, True and 1 are one, as are $false, False and 0. */
    dr_str other[3] = { DR_STR("$true"), DR_STR("true"), DR_STR("1") };
    if (is_false(v->text)) {
        other[0] = DR_STR("$false");
        other[1] = DR_STR("false");
        other[2] = DR_STR("0");
    } else if (!is_true(v->text))
        return false;
    for (size_t i = 0; i < 3 && !param; i++) {
        if (match_pieces(m, w, 0, other[i]))
            return true;
    }
    return false;
}

static bool table_fits(matcher *m, const pattern_argument *a, const command_param *p)
{
    for (size_t k = 0; k < a->n_keys; k++) {
        bool found = false;
        for (size_t i = 0; i < p->n && !found; i++) {
            if (!p->values[i].key.n && p->values[i].unknown) { /* a table from elsewhere */
                const pattern_piece *param = only_param(&a->key_values[k]);
                if (param && m->n_bounds < MAX_BOUND)
                    m->bounds[m->n_bounds++] = (bound){ param, { NULL, 0 }, false };
                found = true;
            } else
                found = dr_str_eq_fold(p->values[i].key, a->keys[k]) && value_fits(m, &a->key_values[k], &p->values[i]);
        }
        if (!found)
            return false;
    }
    return true;
}

static bool argument_fits(matcher *m, const pattern_argument *a, const command_param *p)
{
    if (a->n_keys)
        return table_fits(m, a, p);
    if (!p->n)
        return false;
    if (a->value.plus || !only_param(&a->value)) { /* each value; a literal: one of them */
        bool any = false, all = true;
        for (size_t i = a->value.plus && p->listed ? 1 : 0; i < p->n; i++) {
            bool fits = value_fits(m, &a->value, &p->values[i]);
            any = any || fits;
            all = all && fits;
        }
        return a->value.plus ? all : any;
    }
    return value_fits(m, &a->value, &p->values[0]);
}

static bool match_cmdlet(matcher *m)
{
    const command *c = m->c;
    bool fits = true;
    unsigned group = 0, met = 0;
    size_t position = 0; /* arguments without a name that were taken */
    for (size_t i = 0; i < m->p->n_arguments && fits; i++) {
        const pattern_argument *a = &m->p->arguments[i];
        const command_param *found = NULL;
        size_t mark = m->n_bounds;
        for (size_t k = 0; k < c->n_params && !found; k++) {
            if (c->params[k].name.n && names_parameter(c, c->params[k].name, a->name)) {
                found = &c->params[k];
                m->used[k] = 1;
            }
        }
        for (size_t k = 0, at = 0; k < c->n_params && !found && a->positional && !a->flag; k++) {
            if (c->params[k].name.n || at++ < position)
                continue;
            found = &c->params[k];
            m->used[k] = 1;
            position = at;
        }
        bool ok;
        if (a->flag) {
            bool on = found && (!found->bound || !found->n || !is_false(found->values[0].text));
            ok = a->absent ? !on : on;
        } else
            ok = found ? argument_fits(m, a, found) : names_host(m, &a->value);
        if (!ok)
            m->n_bounds = mark;
        if (a->one_of && a->one_of != group) {
            fits = fits && met == group;
            group = a->one_of;
        }
        if (a->one_of) {
            if (ok)
                met = a->one_of;
        } else
            fits = fits && (ok || (a->optional && !found));
    }
    fits = fits && met == group;
    for (size_t k = 0; k < c->n_params && !m->p->rest; k++) /* without [...] nothing else may stand there */
        fits = fits && m->used[k];
    return fits;
}

/* --- results ------------------------------------------------------------------------------------ */

/* One set of bindings; of parameters that take several values the CHOSEN-th. */
static bool make_set(matcher *m, pattern_bindings *out, size_t chosen)
{
    pattern_binding *list = DR_NEW_ARRAY(m->arena, pattern_binding, m->n_bounds + 1);
    size_t n = 0, several = 0;
    if (!list)
        return false;
    for (size_t i = 0; i < m->n_bounds; i++) {
        const bound *b = &m->bounds[i];
        bool there = false;
        if (b->plus && several++ != chosen)
            continue;
        for (size_t k = 0; k < n && !there; k++)
            there = dr_str_eq(list[k].name, b->piece->param);
        if (!there)
            list[n++] = (pattern_binding){ b->piece->param, b->value };
    }
    if (m->c->host.n) {
        bool there = false;
        for (size_t k = 0; k < n; k++)
            there = there || dr_str_is(list[k].name, "host");
        if (!there)
            list[n++] = (pattern_binding){ DR_STR("host"), m->c->host };
    }
    *out = (pattern_bindings){ list, n, m->c->domain };
    return true;
}

dr_status pattern_match_used(const pattern *p, const command *c, dr_arena *arena, const pattern_bindings **out, size_t *n,
                             bool *used)
{
    matcher m = { .p = p, .c = c, .arena = arena, .n = c->n_tokens };
    size_t slots = c->n_tokens + c->n_params + 1, several = 0;
    *n = 0;
    *out = NULL;
    if (c->defined || c->dry || (c->kind == COMMAND_CMDLET) != (p->cmdlet.n > 0) ||
        (p->cmdlet.n && !dr_str_eq_fold(p->cmdlet, c->name)))
        return DR_OK;
    m.texts = DR_NEW_ARRAY(arena, dr_str, slots);
    m.used = DR_NEW_ARRAY(arena, unsigned char, slots);
    m.words = DR_NEW_ARRAY(arena, size_t, slots);
    if (!m.texts || !m.used || !m.words)
        return DR_NOMEM;
    for (size_t i = 0; i < m.n; i++)
        m.texts[i] = typographic_off(c->tokens[i].text);
    bool fits = p->cmdlet.n ? match_cmdlet(&m) : match_program(&m);
    if (m.out_of_memory)
        return DR_NOMEM;
    if (!fits)
        return DR_OK;
    for (size_t i = 0; used && i < m.n; i++)
        used[i] = m.used[i] == 1;
    for (size_t i = 0; i < m.n_bounds; i++)
        several += m.bounds[i].plus;
    size_t sets = several ? several : 1;
    pattern_bindings *list = DR_NEW_ARRAY(arena, pattern_bindings, sets);
    if (!list)
        return DR_NOMEM;
    for (size_t i = 0; i < sets; i++) {
        if (!make_set(&m, &list[i], i))
            return DR_NOMEM;
    }
    *out = list;
    *n = sets;
    return DR_OK;
}

dr_status pattern_match(const pattern *p, const command *c, dr_arena *arena, const pattern_bindings **out, size_t *n)
{
    return pattern_match_used(p, c, arena, out, n, NULL);
}
