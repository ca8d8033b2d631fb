#include "claim/powershell.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/vec.h"

/* Commands of functions that are only defined are rarely asked for: so many are kept. */
#define MAX_DEFINED 128
#define MAX_FUNCTIONS 128

typedef struct function {
    dr_str name;
    size_t first, last; /* commands of its body: [first, last) */
} function;

typedef struct reader {
    dr_arena *arena;
    dr_str s;
    size_t at;
    int depth;
    int defined; /* inside how many functions */
    size_t n_defined;
    DR_VEC(ps_command) commands;
    function functions[MAX_FUNCTIONS];
    size_t n_functions;
    bool cut;
    dr_status status;
} reader;

typedef DR_VEC(command_value) value_vec;
typedef DR_VEC(ps_argument) argument_vec;

static void block(reader *r, char close);
static void statement(reader *r, char close);

static char look(const reader *r, size_t ahead)
{
    return r->at + ahead < r->s.n ? r->s.p[r->at + ahead] : '\0';
}

static bool done(const reader *r)
{
    return r->at >= r->s.n || r->status != DR_OK;
}

static bool blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static bool letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80);
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Blanks, comments, a line continued with a backtick; line ends too where LINES. */
static void skip(reader *r, bool lines)
{
    while (!done(r)) {
        char c = look(r, 0);
        if (blank(c) || (lines && c == '\n'))
            r->at++;
        else if (c == '`' && (look(r, 1) == '\n' || (look(r, 1) == '\r' && look(r, 2) == '\n')))
            r->at += look(r, 1) == '\n' ? 2 : 3;
        else if (c == '<' && look(r, 1) == '#') {
            size_t end = dr_str_find(dr_str_from(r->s, r->at + 2), DR_STR("#>"));
            r->at = end == SIZE_MAX ? r->s.n : r->at + end + 4;
        } else if (c == '#' && (r->at == 0 || blank(r->s.p[r->at - 1]) || r->s.p[r->at - 1] == '\n' ||
                                r->s.p[r->at - 1] == ';' || r->s.p[r->at - 1] == '{' || r->s.p[r->at - 1] == '}' ||
                                r->s.p[r->at - 1] == '(')) {
            size_t end = dr_str_find_char(dr_str_from(r->s, r->at), '\n');
            r->at = end == SIZE_MAX ? r->s.n : r->at + end;
        } else
            break;
    }
}

/* Length of a quotation mark at the place, straight or typographic; *kind is ' or ". */
static size_t quote_mark(const reader *r, char *kind)
{
    static const struct {
        const char *text;
        char kind;
    } marks[] = { { "\xe2\x80\x98", '\'' }, { "\xe2\x80\x99", '\'' }, { "\xe2\x80\x9a", '\'' }, { "\xe2\x80\x9b", '\'' },
                  { "\xe2\x80\x9c", '"' },  { "\xe2\x80\x9d", '"' },  { "\xe2\x80\x9e", '"' } };
    char c = look(r, 0);
    if (c == '\'' || c == '"') {
        *kind = c;
        return 1;
    }
    for (size_t i = 0; (c & 0x80) && i < sizeof marks / sizeof marks[0]; i++) {
        if (dr_str_starts(dr_str_from(r->s, r->at), dr_str_of(marks[i].text))) {
            *kind = marks[i].kind;
            return 3;
        }
    }
    return 0;
}

static char escaped(char c)
{
    switch (c) {
    case 'n': return '\n';
    case 't': return '\t';
    case 'r': return '\r';
    case '0': return '\0';
    default: return c;
    }
}

/* A variable's name begins behind the dollar. */
static bool variable_follows(const reader *r)
{
    char c = look(r, 1);
    return look(r, 0) == '$' && (letter(c) || c == '{' || c == '(' || c == '?' || c == '^' || c == '$' || digit(c));
}

static void put(dr_buf *b, char c)
{
    if (b)
        dr_buf_char(b, c);
}

/* A quoted string at the place, appended to TEXT (NULL: passed over). */
static void string(reader *r, dr_buf *text, bool *unknown)
{
    char kind, other;
    size_t mark = quote_mark(r, &kind), length;
    r->at += mark;
    while (!done(r)) {
        length = quote_mark(r, &other);
        if (length && other == kind) {
            r->at += length;
            length = quote_mark(r, &other);
            if (!length || other != kind)
                return;
            put(text, kind); /* doubled: the mark itself */
            r->at += length;
        } else if (kind == '"' && look(r, 0) == '`' && r->at + 1 < r->s.n) {
            put(text, escaped(look(r, 1)));
            r->at += 2;
        } else {
            if (kind == '"' && variable_follows(r))
                *unknown = true;
            put(text, look(r, 0));
            r->at++;
        }
    }
}

/* @' ... '@ and @" ... "@: its text. */
static dr_str here_string(reader *r)
{
    dr_str end = look(r, 1) == '\'' ? DR_STR("\n'@") : DR_STR("\n\"@");
    size_t from = r->at + 2, line = dr_str_find_char(dr_str_from(r->s, from), '\n');
    if (line == SIZE_MAX) {
        r->at = r->s.n;
        return DR_STR_NONE;
    }
    from += line + 1;
    size_t length = dr_str_find(dr_str_from(r->s, from - 1), end);
    if (length == SIZE_MAX) {
        r->at = r->s.n;
        return dr_str_from(r->s, from);
    }
    r->at = from - 1 + length + 3;
    return dr_str_sub(r->s, from, length ? length - 1 : 0);
}

static void enter(reader *r, char close)
{
    r->at++;
    if (r->depth >= DR_SCRIPT_MAX_DEPTH) { /* too deep: the rest of the text is given up */
        r->cut = true;
        r->at = r->s.n;
        return;
    }
    r->depth++;
    block(r, close);
    r->depth--;
}

/* --- arguments ---------------------------------------------------------------------------------- */

static bool ends_argument(char c)
{
    return c == '\0' || blank(c) || c == '\n' || c == ';' || c == '|' || c == ')' || c == '}' || c == ',' || c == '&';
}

/* One value: word, string, variable, bracket. Never stands still before something that ends it. */
static command_value one_value(reader *r, bool *quoted)
{
    command_value v = { .text = DR_STR_NONE, .key = DR_STR_NONE };
    size_t from = r->at;
    char kind;
    bool expression_value = false;
    if (look(r, 0) == '@' && (look(r, 1) == '\'' || look(r, 1) == '"')) {
        v.unknown = look(r, 1) == '"' && dr_str_find_char(here_string(r), '$') != SIZE_MAX;
        v.text = dr_str_sub(r->s, from, r->at - from);
        *quoted = true;
        return v;
    }
    dr_buf text = { .limit = DR_ARGV_MAX_BYTES };
    while (!done(r) && !ends_argument(look(r, 0))) {
        if (quote_mark(r, &kind)) {
            string(r, &text, &v.unknown);
            *quoted = true;
        } else if (look(r, 0) == '`' && r->at + 1 < r->s.n) {
            put(&text, look(r, 1));
            r->at += 2;
        } else if (look(r, 0) == '(' || look(r, 0) == '{' ||
                   ((look(r, 0) == '$' || look(r, 0) == '@') && look(r, 1) == '(')) {
            r->at += look(r, 0) == '$' || look(r, 0) == '@';
            enter(r, look(r, 0) == '(' ? ')' : '}');
            expression_value = true;
            if (look(r, 0) != '.' && look(r, 0) != '\\')
                break;
        } else {
            if (variable_follows(r)) {
                dr_str name = dr_str_from(r->s, r->at + 1);
                bool constant = dr_str_starts_fold(name, DR_STR("true")) || dr_str_starts_fold(name, DR_STR("false")) ||
                                dr_str_starts_fold(name, DR_STR("null"));
                v.unknown = v.unknown || !constant;
            }
            put(&text, look(r, 0));
            r->at++;
        }
    }
    if (text.failed)
        r->cut = true;
    v.unknown = v.unknown || expression_value;
    v.text = expression_value || text.failed ? dr_str_sub(r->s, from, r->at - from)
                                             : dr_arena_str(r->arena, dr_buf_str(&text));
    dr_buf_free(&text);
    return v;
}

/* @{Key = value; ...}: its pairs. */
static void table(reader *r, value_vec *values)
{
    r->at += 2;
    for (skip(r, true); !done(r) && look(r, 0) != '}'; skip(r, true)) {
        size_t from = r->at;
        bool quoted = false;
        char kind;
        dr_str key;
        if (quote_mark(r, &kind)) {
            dr_buf text = { .limit = DR_ARGV_MAX_BYTES };
            bool unknown = false;
            string(r, &text, &unknown);
            key = dr_arena_str(r->arena, dr_buf_str(&text));
            dr_buf_free(&text);
        } else {
            while (!done(r) && (letter(look(r, 0)) || digit(look(r, 0)) || look(r, 0) == '.' || look(r, 0) == '-'))
                r->at++;
            key = dr_str_sub(r->s, from, r->at - from);
        }
        skip(r, true);
        if (look(r, 0) != '=') { /* no table after all: find its end */
            if (r->at == from)
                r->at++;
            continue;
        }
        r->at++;
        skip(r, true);
        size_t count = values->n;
        while (!done(r)) {
            size_t here = r->at;
            if (look(r, 0) == '@' && look(r, 1) == '{' && r->depth < DR_SCRIPT_MAX_DEPTH) {
                value_vec inner = { 0 };
                r->depth++;
                table(r, &inner);
                r->depth--;
                dr_vec_free(&inner);
                command_value v = { .text = dr_str_sub(r->s, here, r->at - here), .key = key, .unknown = true };
                if (!dr_vec_push(values, v))
                    r->status = DR_NOMEM;
            } else {
                command_value v = one_value(r, &quoted);
                v.key = key;
                if (!dr_vec_push(values, v))
                    r->status = DR_NOMEM;
            }
            skip(r, false);
            if (look(r, 0) != ',')
                break;
            r->at++;
            skip(r, true);
        }
        /* What follows on the line (an operator, a cast) makes the value an expression. */
        while (!done(r) && look(r, 0) != ';' && look(r, 0) != '\n' && look(r, 0) != '}') {
            if (look(r, 0) == '(' || look(r, 0) == '{')
                enter(r, look(r, 0) == '(' ? ')' : '}');
            else
                r->at++;
            for (size_t i = count; i < values->n; i++)
                values->p[i].unknown = true;
        }
        if (look(r, 0) == ';')
            r->at++;
    }
    if (!done(r))
        r->at++;
}

/* A value and what is joined to it by commas. */
static void values_at(reader *r, ps_argument *a)
{
    value_vec values = { 0 };
    while (!done(r)) {
        size_t here = r->at;
        if (look(r, 0) == '@' && look(r, 1) == '{')
            table(r, &values);
        else if ((look(r, 0) == '@' && look(r, 1) == '(') || look(r, 0) == '(') {
            /* A list in brackets: its plain values are taken, commands in it are found as well. */
            size_t open = r->at + (look(r, 0) == '@');
            bool plain = true;
            r->at = open + 1;
            size_t first = values.n;
            for (skip(r, true); !done(r) && look(r, 0) != ')' && plain; skip(r, true)) {
                char kind;
                plain = quote_mark(r, &kind) || digit(look(r, 0));
                if (!plain)
                    break;
                command_value v = one_value(r, &a->quoted);
                if (!dr_vec_push(&values, v))
                    r->status = DR_NOMEM;
                skip(r, true);
                plain = look(r, 0) == ',' || look(r, 0) == ')';
                if (look(r, 0) == ',')
                    r->at++;
            }
            if (plain && look(r, 0) == ')')
                r->at++;
            else if (!done(r)) {
                values.n = first;
                r->at = open;
                enter(r, ')');
                command_value v = { .text = dr_str_sub(r->s, here, r->at - here), .key = DR_STR_NONE, .unknown = true };
                if (!dr_vec_push(&values, v))
                    r->status = DR_NOMEM;
            }
            while (!done(r) && !ends_argument(look(r, 0))) { /* .Member and the like */
                if (look(r, 0) == '(' || look(r, 0) == '{')
                    enter(r, look(r, 0) == '(' ? ')' : '}');
                else
                    r->at++;
            }
        } else if (!ends_argument(look(r, 0))) {
            command_value v = one_value(r, &a->quoted);
            if (!dr_vec_push(&values, v))
                r->status = DR_NOMEM;
        }
        size_t end = r->at;
        skip(r, false);
        if (look(r, 0) != ',') {
            r->at = end;
            break;
        }
        r->at++;
        skip(r, true);
        if (r->at == here)
            r->at++;
    }
    command_value *copy = DR_NEW_ARRAY(r->arena, command_value, values.n ? values.n : 1);
    if (!copy)
        r->status = DR_NOMEM;
    else if (values.n)
        memcpy(copy, values.p, values.n * sizeof *copy);
    a->values = copy;
    a->n = values.n;
    dr_vec_free(&values);
}

static void argument(reader *r, argument_vec *list)
{
    ps_argument a = { .name = DR_STR_NONE };
    size_t from = r->at;
    dr_str rest = dr_str_from(r->s, r->at);
    size_t mark = look(r, 0) == '/' ? 0 : argv_switch_mark(rest);
    if (mark && (letter(look(r, mark)) || look(r, mark) == '?')) {
        size_t end = r->at + mark;
        while (end < r->s.n && (letter(r->s.p[end]) || digit(r->s.p[end]) || r->s.p[end] == '?'))
            end++;
        a.name = dr_str_sub(r->s, r->at + mark, end - r->at - mark);
        if (end < r->s.n && r->s.p[end] == ':') {
            a.colon = true;
            r->at = end + 1;
            skip(r, false);
            values_at(r, &a);
        } else if (end < r->s.n && !ends_argument(r->s.p[end])) { /* -foo=bar, -a.b: a word */
            a.name = DR_STR_NONE;
            values_at(r, &a);
        } else
            r->at = end;
    } else
        values_at(r, &a);
    if (r->at == from)
        r->at++;
    a.raw = dr_str_sub(r->s, from, r->at - from);
    a.text = a.raw;
    if (!a.name.n && a.n == 1 && !a.values[0].key.n)
        a.text = a.values[0].text;
    if (!dr_vec_push(list, a))
        r->status = DR_NOMEM;
}

/* --- statements --------------------------------------------------------------------------------- */

static bool ends_command(const reader *r, char close)
{
    char c = look(r, 0);
    return done(r) || c == '\n' || c == ';' || c == '|' || (close && c == close) || c == ')' || c == '}' || c == '&';
}

static void command_at(reader *r, char close, size_t from)
{
    argument_vec list = { 0 };
    ps_command c = { .defined = r->defined > 0 };
    bool quoted = false;
    command_value name = one_value(r, &quoted);
    c.name = name.text;
    c.unknown = name.unknown;
    /* Keeps the place in the list before commands that stand in its arguments. */
    size_t index = r->commands.n;
    bool kept = c.name.n && index < DR_UNWRAP_MAX_COMMANDS && (!c.defined || r->n_defined < MAX_DEFINED);
    if (kept && !dr_vec_push(&r->commands, c))
        r->status = DR_NOMEM;
    r->cut = r->cut || (c.name.n && index >= DR_UNWRAP_MAX_COMMANDS);
    r->n_defined += kept && c.defined;
    for (skip(r, false); !ends_command(r, close); skip(r, false)) {
        if (look(r, 0) == '>' || look(r, 0) == '<') { /* redirection: its target is no argument */
            r->at++;
            while (look(r, 0) == '>' || look(r, 0) == '&' || digit(look(r, 0)))
                r->at++;
            skip(r, false);
            if (!ends_command(r, close))
                (void)one_value(r, &quoted);
            continue;
        }
        if (list.n >= DR_ARGV_MAX_TOKENS) {
            r->cut = true;
            r->at = r->s.n;
            break;
        }
        argument(r, &list);
    }
    if (kept && r->status == DR_OK) {
        ps_argument *copy = DR_NEW_ARRAY(r->arena, ps_argument, list.n ? list.n : 1);
        if (copy) {
            if (list.n)
                memcpy(copy, list.p, list.n * sizeof *copy);
            r->commands.p[index].arguments = copy;
            r->commands.p[index].n = list.n;
            r->commands.p[index].raw = dr_str_trim(dr_str_sub(r->s, from, r->at - from));
        } else
            r->status = DR_NOMEM;
    }
    dr_vec_free(&list);
}

/* An expression: walked over; commands inside its brackets are found, and one behind `=`. */
static void expression(reader *r, char close)
{
    while (!ends_command(r, close)) {
        char c = look(r, 0), kind;
        if (quote_mark(r, &kind)) {
            bool unknown = false;
            string(r, NULL, &unknown);
        } else if (c == '@' && (look(r, 1) == '\'' || look(r, 1) == '"'))
            (void)here_string(r);
        else if (c == '@' && look(r, 1) == '{' && r->depth < DR_SCRIPT_MAX_DEPTH) {
            value_vec pairs = { 0 };
            r->depth++;
            table(r, &pairs);
            r->depth--;
            dr_vec_free(&pairs);
        } else if (c == '(' || c == '{')
            enter(r, c == '(' ? ')' : '}');
        else if (c == '`')
            r->at += 2;
        else if (c == '$' && look(r, 1) == '{') {
            size_t end = dr_str_find_char(dr_str_from(r->s, r->at), '}');
            r->at = end == SIZE_MAX ? r->s.n : r->at + end + 1;
        } else if (c == '=' && look(r, 1) != '=') {
            r->at++;
            skip(r, true);
            statement(r, close);
            return;
        } else
            r->at++;
        skip(r, false);
    }
}

static bool keyword(reader *r, dr_str word, const char *const *list)
{
    (void)r;
    for (; *list; list++) {
        if (dr_str_eq_fold(word, dr_str_of(*list)))
            return true;
    }
    return false;
}

static void definition(reader *r, dr_str word)
{
    skip(r, true);
    size_t from = r->at;
    while (!done(r) && !blank(look(r, 0)) && look(r, 0) != '(' && look(r, 0) != '{' && look(r, 0) != '\n')
        r->at++;
    dr_str name = dr_str_sub(r->s, from, r->at - from);
    size_t colon = dr_str_find_char(name, ':');
    if (colon != SIZE_MAX) /* function global:Name */
        name = dr_str_from(name, colon + 1);
    size_t first = r->commands.n;
    (void)word;
    r->defined++;
    skip(r, true);
    while (!done(r) && look(r, 0) != '{' && look(r, 0) != ';') {
        if (look(r, 0) == '(')
            enter(r, ')');
        else
            r->at++;
        skip(r, true);
    }
    if (look(r, 0) == '{')
        enter(r, '}');
    r->defined--;
    if (r->n_functions < MAX_FUNCTIONS)
        r->functions[r->n_functions++] = (function){ name, first, r->commands.n };
}

static void statement(reader *r, char close)
{
    static const char *const openers[] = { "if",   "elseif", "while", "for",     "foreach", "switch", "until", "catch",
                                           "trap", "param",  "in",    "using",   "data",    NULL };
    static const char *const heads[] = { "else", "do", "try", "finally", "begin", "process", "end", "return", "throw", "exit",
                                         "dynamicparam", NULL };
    static const char *const definers[] = { "function", "filter", "class", "workflow", "configuration", "enum", NULL };
    skip(r, true);
    if (done(r))
        return;
    size_t from = r->at;
    char c = look(r, 0), kind;
    if (++r->depth > DR_SCRIPT_MAX_DEPTH) {
        r->cut = true;
        r->at = r->s.n;
    } else if (c == '{')
        enter(r, '}');
    else if ((c == '&' || c == '.') && (blank(look(r, 1)) || look(r, 1) == '"' || look(r, 1) == '\'' || look(r, 1) == '$' ||
                                       look(r, 1) == '(' || look(r, 1) == '{' || (look(r, 1) & 0x80) || (c == '&' && letter(look(r, 1))))) {
        r->at++;
        skip(r, false);
        if (look(r, 0) == '{')
            enter(r, '}');
        if (!ends_command(r, close))
            command_at(r, close, from);
    } else if (letter(c) && !quote_mark(r, &kind)) {
        size_t end = r->at;
        while (end < r->s.n && (letter(r->s.p[end]) || digit(r->s.p[end])))
            end++;
        dr_str word = dr_str_sub(r->s, r->at, end - r->at);
        bool whole = end >= r->s.n || blank(r->s.p[end]) || r->s.p[end] == '(' || r->s.p[end] == '{' || r->s.p[end] == '\n' || r->s.p[end] == ';';
        if (whole && keyword(r, word, definers)) {
            r->at = end;
            definition(r, word);
        } else if (whole && keyword(r, word, openers)) {
            r->at = end;
            skip(r, true);
            /* Up to the block: conditions in brackets, names, types. */
            while (!done(r) && look(r, 0) != '{' && !ends_command(r, close)) {
                if (look(r, 0) == '(')
                    enter(r, ')');
                else if (quote_mark(r, &kind))
                    (void)one_value(r, &whole);
                else
                    r->at++;
                skip(r, true);
            }
            if (look(r, 0) == '{')
                enter(r, '}');
        } else if (whole && keyword(r, word, heads)) {
            r->at = end;
            skip(r, false);
            if (look(r, 0) == '{')
                enter(r, '}');
            else if (!ends_command(r, close))
                statement(r, close);
        } else
            command_at(r, close, from);
    } else if (c == '%' || c == '?' || c == '\\' || c == '/' || (c == '.' && (look(r, 1) == '\\' || look(r, 1) == '/' || look(r, 1) == '.')) ||
               (digit(c) && letter(look(r, 1))))
        command_at(r, close, from);
    else
        expression(r, close);
    r->depth--;
    if (r->at == from && !done(r))
        r->at++;
}

/* Statements up to CLOSE, which is passed over; 0: to the end of the text. */
static void block(reader *r, char close)
{
    while (!done(r)) {
        skip(r, true);
        char c = look(r, 0);
        if (done(r))
            break;
        if (close && c == close) {
            r->at++;
            return;
        }
        if (c == ';' || c == '|' || c == ')' || c == '}' || c == ',' || (c == '&' && (look(r, 1) == '&' || blank(look(r, 1)) == false))) {
            bool call = c == '&' && look(r, 1) != '&' && r->at + 1 < r->s.n;
            if (!call) {
                r->at += c == '&' && look(r, 1) == '&' ? 2 : 1;
                continue;
            }
        }
        statement(r, close);
    }
}

/* A function that this text calls has run its body: what stands there is named like anything else. */
static void call_functions(reader *r)
{
    for (int round = 0; round < 4; round++) {
        bool changed = false;
        for (size_t f = 0; f < r->n_functions; f++) {
            const function *fn = &r->functions[f];
            bool called = false;
            for (size_t i = 0; i < r->commands.n && !called; i++)
                called = !r->commands.p[i].defined && dr_str_eq_fold(r->commands.p[i].name, fn->name);
            for (size_t i = fn->first; called && i < fn->last; i++) {
                changed = changed || r->commands.p[i].defined;
                r->commands.p[i].defined = false;
            }
        }
        if (!changed)
            break;
    }
}

dr_status ps_parse(dr_arena *arena, dr_str text, ps_script *out)
{
    reader *r = DR_NEW(arena, reader);
    *out = (ps_script){ .commands = NULL };
    if (!r)
        return DR_NOMEM;
    r->arena = arena;
    r->s = text;
    if (r->s.n > DR_SCRIPT_MAX_BYTES) {
        r->s.n = DR_SCRIPT_MAX_BYTES;
        r->cut = true;
    }
    block(r, 0);
    if (r->status == DR_OK && r->commands.n) {
        call_functions(r);
        ps_command *copy = DR_NEW_ARRAY(arena, ps_command, r->commands.n);
        if (copy) {
            memcpy(copy, r->commands.p, r->commands.n * sizeof *copy);
            out->commands = copy;
            out->n = r->commands.n;
        } else
            r->status = DR_NOMEM;
    }
    out->cut = r->cut;
    dr_vec_free(&r->commands);
    return r->status;
}
