#include "claim/argv.h"

#include "base/limits.h"
#include "base/vec.h"

typedef DR_VEC(argv_token) token_vec;
typedef DR_VEC(argv_part) part_vec;

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static size_t skip_blanks(dr_str s, size_t at)
{
    while (at < s.n && (is_blank(s.p[at]) || s.p[at] == '\r' || s.p[at] == '\n'))
        at++;
    return at;
}

size_t argv_switch_mark(dr_str s)
{
    static const char *const marks[] = { "-", "/", "\xe2\x80\x90", "\xe2\x80\x91", "\xe2\x80\x92", "\xe2\x80\x93",
                                         "\xe2\x80\x94", "\xe2\x80\x95", "\xe2\x88\x92" };
    for (size_t i = 0; i < sizeof marks / sizeof marks[0]; i++) {
        if (dr_str_starts(s, dr_str_of(marks[i])))
            return strlen(marks[i]);
    }
    return 0;
}

static bool ends_word(dr_str line, size_t at)
{
    return at >= line.n || is_blank(line.p[at]);
}

/* The program's own token: quotes only switch white space on and off, backslashes mean nothing. */
static dr_status first_token(dr_arena *arena, dr_str line, dr_str image, size_t *at, argv_token *out)
{
    size_t start = *at, end = start;
    dr_str rest = dr_str_from(line, start);
    bool inside = false;
    if (image.n && dr_str_find_char(image, ' ') != SIZE_MAX) {
        dr_str bare = dr_str_ends_fold(image, DR_STR(".exe")) ? dr_str_sub(image, 0, image.n - 4) : image;
        if (dr_str_starts_fold(rest, image) && ends_word(rest, image.n))
            end = start + image.n;
        else if (dr_str_starts_fold(rest, bare) && ends_word(rest, bare.n))
            end = start + bare.n;
    }
    if (end == start) {
        for (; end < line.n && (inside || !is_blank(line.p[end])); end++) {
            if (line.p[end] == '"') {
                inside = !inside;
                out->quoted = true;
            }
        }
    }
    out->raw = dr_str_sub(line, start, end - start);
    out->text = out->raw;
    if (out->quoted) {
        char *p = dr_arena_bytes(arena, out->raw.n + 1);
        size_t n = 0;
        if (!p)
            return DR_NOMEM;
        for (size_t i = 0; i < out->raw.n; i++) {
            if (out->raw.p[i] != '"')
                p[n++] = out->raw.p[i];
        }
        out->text = (dr_str){ p, n };
    }
    *at = end;
    return DR_OK;
}

/* An ordinary token: 2n backslashes before a quote are n and the quote counts, 2n+1 are n and a quote
 * as text; two quotes inside quotes are one as text. */
static dr_status next_token(dr_arena *arena, dr_str line, size_t *at, argv_token *out)
{
    size_t start = *at, i = start, n = 0;
    bool inside = false, plain = true;
    while (i < line.n && (inside || !is_blank(line.p[i]))) { /* how far it goes, and is it plain? */
        size_t slashes = 0;
        while (i < line.n && line.p[i] == '\\') {
            slashes++;
            i++;
        }
        if (i < line.n && line.p[i] == '"') {
            plain = false;
            if (slashes % 2 == 0) {
                if (inside && i + 1 < line.n && line.p[i + 1] == '"')
                    i++;
                else
                    inside = !inside;
            }
            i++;
        } else if (!slashes)
            i++;
    }
    out->raw = dr_str_sub(line, start, i - start);
    out->text = out->raw;
    out->quoted = !plain;
    *at = i;
    if (plain)
        return DR_OK;
    dr_str raw = out->raw;
    char *p = dr_arena_bytes(arena, raw.n + 1);
    if (!p)
        return DR_NOMEM;
    inside = false;
    for (i = 0; i < raw.n;) {
        size_t slashes = 0;
        while (i < raw.n && raw.p[i] == '\\') {
            slashes++;
            i++;
        }
        bool quote = i < raw.n && raw.p[i] == '"';
        for (size_t k = 0; k < (quote ? slashes / 2 : slashes); k++)
            p[n++] = '\\';
        if (quote) {
            if (slashes % 2)
                p[n++] = '"';
            else if (inside && i + 1 < raw.n && raw.p[i + 1] == '"') {
                p[n++] = '"';
                i++;
            } else
                inside = !inside;
            i++;
        } else if (!slashes && i < raw.n)
            p[n++] = raw.p[i++];
    }
    out->text = (dr_str){ p, n };
    return DR_OK;
}

static dr_status split(dr_arena *arena, dr_str line, dr_str image, bool with_program, argv *out)
{
    *out = (argv){ .line = line };
    token_vec tokens = { 0 };
    dr_status status = DR_OK;
    if (line.n > DR_ARGV_MAX_BYTES) {
        line.n = DR_ARGV_MAX_BYTES;
        out->cut = true;
    }
    for (size_t at = skip_blanks(line, 0); status == DR_OK && at < line.n; at = skip_blanks(line, at)) {
        argv_token token = { .quoted = false };
        if (tokens.n == DR_ARGV_MAX_TOKENS) {
            out->cut = true;
            break;
        }
        status = with_program && tokens.n == 0 ? first_token(arena, line, image, &at, &token)
                                               : next_token(arena, line, &at, &token);
        if (status == DR_OK && !dr_vec_push(&tokens, token))
            status = DR_NOMEM;
    }
    if (status == DR_OK && tokens.n) {
        argv_token *copy = DR_NEW_ARRAY(arena, argv_token, tokens.n);
        if (copy) {
            memcpy(copy, tokens.p, tokens.n * sizeof *copy);
            out->tokens = copy;
            out->n = tokens.n;
        } else
            status = DR_NOMEM;
    }
    dr_vec_free(&tokens);
    return status;
}

dr_status argv_split(dr_arena *arena, dr_str line, dr_str image, argv *out)
{
    return split(arena, line, image, true, out);
}

dr_status argv_split_arguments(dr_arena *arena, dr_str text, argv *out)
{
    return split(arena, text, DR_STR_NONE, false, out);
}

dr_str argv_quote(dr_arena *arena, dr_str text)
{
    bool plain = text.n > 0;
    for (size_t i = 0; i < text.n; i++)
        plain = plain && !is_blank(text.p[i]) && text.p[i] != '"' && text.p[i] != '\r' && text.p[i] != '\n';
    if (plain)
        return text;
    char *p = dr_arena_bytes(arena, 2 * text.n + 3);
    size_t n = 0, slashes = 0;
    if (!p)
        return DR_STR_NONE;
    p[n++] = '"';
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '"') { /* those already written once are written again, and one for the quote */
            for (size_t k = 0; k <= slashes; k++)
                p[n++] = '\\';
        }
        slashes = text.p[i] == '\\' ? slashes + 1 : 0;
        p[n++] = text.p[i];
    }
    for (size_t k = 0; k < slashes; k++)
        p[n++] = '\\';
    p[n++] = '"';
    return (dr_str){ p, n };
}

/* --- the command interpreter ------------------------------------------------------------------ */

typedef struct shell {
    dr_arena *arena;
    dr_str line;
    part_vec parts;
    char *text; /* of the part at work; never longer than the line */
    size_t n;
    bool cut;
} shell;

static bool word_is(dr_str s, size_t at, const char *word)
{
    dr_str w = dr_str_of(word);
    return dr_str_eq_fold(dr_str_sub(s, at, w.n), w) &&
           (at + w.n >= s.n || is_blank(s.p[at + w.n]) || s.p[at + w.n] == '(' || s.p[at + w.n] == '/');
}

static size_t skip_word(dr_str s, size_t at)
{
    bool inside = false;
    for (; at < s.n && (inside || !is_blank(s.p[at])); at++)
        inside = inside != (s.p[at] == '"');
    return skip_blanks(s, at);
}

/* A bracket here begins a block: behind a condition, `else` or `do`. */
static bool opens_block(dr_str text)
{
    size_t at = 0;
    text = dr_str_trim(text);
    while (at < text.n && (text.p[at] == '@' || is_blank(text.p[at])))
        at++;
    text = dr_str_from(text, at);
    while (text.n && (text.p[text.n - 1] == '@' || is_blank(text.p[text.n - 1])))
        text.n--;
    return !text.n || word_is(text, 0, "if") || word_is(text, 0, "else") || dr_str_ends_fold(text, DR_STR(" do")) ||
           dr_str_ends_fold(text, DR_STR(")do"));
}

static bool bracket_open(dr_str text)
{
    size_t open = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '(')
            open++;
        else if (text.p[i] == ')' && open)
            open--;
    }
    return open > 0;
}

/* What the interpreter itself reads before a command: `@`, opening brackets, `if`, `call`, `do`. */
static dr_str strip_prefix(dr_str s)
{
    for (int round = 0; round < DR_UNWRAP_MAX_DEPTH; round++) {
        size_t at = 0;
        s = dr_str_trim(s);
        while (at < s.n && (s.p[at] == '@' || s.p[at] == '(' || s.p[at] == ')' || is_blank(s.p[at]) || s.p[at] == ',' ||
                            s.p[at] == ';' || s.p[at] == '='))
            at++;
        s = dr_str_from(s, at);
        if (word_is(s, 0, "call") || word_is(s, 0, "else") || word_is(s, 0, "do"))
            s = dr_str_from(s, skip_word(s, 0));
        else if (word_is(s, 0, "if")) {
            at = skip_word(s, 0);
            while (word_is(s, at, "/i") || word_is(s, at, "not"))
                at = skip_word(s, at);
            if (word_is(s, at, "exist") || word_is(s, at, "defined") || word_is(s, at, "errorlevel") ||
                word_is(s, at, "cmdextversion"))
                at = skip_word(s, skip_word(s, at));
            else {
                size_t word = at, end;
                at = skip_word(s, at);
                end = at;
                if (dr_str_find(dr_str_sub(s, word, end - word), DR_STR("==")) == SIZE_MAX) /* A == B, A equ B */
                    at = skip_word(s, skip_word(s, at));
            }
            s = dr_str_from(s, at);
        } else if (!at)
            break;
    }
    return dr_str_trim(s);
}

static dr_status push_part(shell *sh, dr_str text, dr_str raw, char before, dr_str output)
{
    if (!text.n)
        return DR_OK;
    argv_part part = { .text = text, .raw = dr_str_trim(raw), .before = before, .output = output };
    size_t percent = dr_str_find_char(text, '%'), bang = dr_str_find_char(text, '!');
    part.undecoded = (percent != SIZE_MAX && dr_str_find_char(dr_str_from(text, percent + 1), '%') != SIZE_MAX) ||
                     (bang != SIZE_MAX && dr_str_find_char(dr_str_from(text, bang + 1), '!') != SIZE_MAX);
    if (sh->parts.n == DR_UNWRAP_MAX_COMMANDS) {
        sh->cut = true;
        return DR_OK;
    }
    return dr_vec_push(&sh->parts, part) ? DR_OK : DR_NOMEM;
}

/* Ends the part at work. `for ... in ('X') do Y` names X and Y. */
static dr_status end_part(shell *sh, size_t from, size_t to, char before, dr_str output)
{
    dr_str text = strip_prefix(dr_arena_str(sh->arena, (dr_str){ sh->text, sh->n }));
    dr_str raw = dr_str_sub(sh->line, from, to - from);
    dr_status status = DR_OK;
    sh->n = 0;
    for (int round = 0; status == DR_OK && round < DR_UNWRAP_MAX_DEPTH && word_is(text, 0, "for"); round++) {
        size_t body = dr_str_find_fold(text, DR_STR(") do"));
        size_t set = dr_str_find_char(text, '(');
        if (body == SIZE_MAX || set == SIZE_MAX || set > body)
            break;
        dr_str inner = dr_str_trim(dr_str_sub(text, set + 1, body - set - 1));
        if (inner.n > 1 && (inner.p[0] == '\'' || inner.p[0] == '`') && inner.p[inner.n - 1] == inner.p[0])
            status = push_part(sh, strip_prefix(dr_str_sub(inner, 1, inner.n - 2)), raw, before, DR_STR_NONE);
        text = strip_prefix(dr_str_from(text, body + 4));
        before = '&';
    }
    return status == DR_OK ? push_part(sh, text, raw, before, output) : status;
}

/* A redirection at AT (a `>` or `<`): its target, and where it ends. */
static size_t redirection(shell *sh, size_t at, dr_str *output)
{
    dr_str s = sh->line;
    bool out = s.p[at] == '>', inside = false;
    if (sh->n && sh->text[sh->n - 1] >= '0' && sh->text[sh->n - 1] <= '9' && (sh->n == 1 || is_blank(sh->text[sh->n - 2]))) {
        out = out && sh->text[sh->n - 1] == '1';
        sh->n--; /* the handle's number */
    }
    at++;
    if (at < s.n && s.p[at] == '>')
        at++;
    if (at < s.n && s.p[at] == '&') {
        at++;
        while (at < s.n && s.p[at] >= '0' && s.p[at] <= '9')
            at++;
        return at;
    }
    while (at < s.n && is_blank(s.p[at]))
        at++;
    size_t from = at;
    for (; at < s.n && (inside || (!is_blank(s.p[at]) && s.p[at] != '&' && s.p[at] != '|' && s.p[at] != '>' &&
                                   s.p[at] != '<' && s.p[at] != ')')); at++)
        inside = inside != (s.p[at] == '"');
    dr_str target = dr_str_sub(s, from, at - from);
    if (target.n > 1 && target.p[0] == '"' && target.p[target.n - 1] == '"')
        target = dr_str_sub(target, 1, target.n - 2);
    if (out)
        *output = target;
    return at;
}

dr_status argv_split_shell(dr_arena *arena, dr_str line, argv_parts *out)
{
    shell sh = { .arena = arena, .line = line };
    dr_status status = DR_OK;
    char before = 0;
    size_t from = 0, depth = 0;
    bool inside = false;
    dr_str output = DR_STR_NONE;
    *out = (argv_parts){ .parts = NULL };
    if (sh.line.n > DR_ARGV_MAX_BYTES) {
        sh.line.n = DR_ARGV_MAX_BYTES;
        sh.cut = true;
    }
    line = sh.line;
    sh.text = dr_arena_bytes(arena, line.n + 1);
    if (!sh.text)
        return DR_NOMEM;
    for (size_t i = 0; status == DR_OK && i < line.n;) {
        char c = line.p[i];
        if (c == '"')
            inside = !inside;
        if (inside || c == '"') {
            sh.text[sh.n++] = c;
            i++;
        } else if (c == '^') {
            if (i + 1 < line.n && line.p[i + 1] != '\r' && line.p[i + 1] != '\n')
                sh.text[sh.n++] = line.p[i + 1];
            i += 2;
        } else if (c == '&' || c == '|' || c == '\n') {
            bool twice = c != '\n' && i + 1 < line.n && line.p[i + 1] == c;
            status = end_part(&sh, from, i, before, output);
            before = c == '|' ? (twice ? 'o' : '|') : twice ? 'a' : '&';
            i += twice ? 2 : 1;
            from = i;
            output = DR_STR_NONE;
        } else if (c == '>' || c == '<')
            i = redirection(&sh, i, &output);
        else if (c == '(' ? opens_block((dr_str){ sh.text, sh.n })
                          : c == ')' && depth && !bracket_open((dr_str){ sh.text, sh.n })) {
            status = end_part(&sh, from, i, before, output);
            if (c == ')')
                before = '&';
            depth = c == '(' ? depth + 1 : depth - 1;
            from = ++i;
            output = DR_STR_NONE;
        } else {
            sh.text[sh.n++] = c;
            i++;
        }
    }
    if (status == DR_OK)
        status = end_part(&sh, from, line.n, before, output);
    if (status == DR_OK && sh.parts.n) {
        argv_part *copy = DR_NEW_ARRAY(arena, argv_part, sh.parts.n);
        if (copy) {
            memcpy(copy, sh.parts.p, sh.parts.n * sizeof *copy);
            out->parts = copy;
            out->n = sh.parts.n;
        } else
            status = DR_NOMEM;
    }
    out->cut = sh.cut;
    dr_vec_free(&sh.parts);
    return status;
}
