#include "claim/command.h"

#include "base/buf.h"
#include "base/limits.h"
#include "base/utf.h"
#include "base/vec.h"
#include "claim/pattern_tree.h"
#include "claim/powershell.h"

typedef struct unwrapper {
    const toolset *tools;
    dr_arena *arena;
    DR_VEC(command) list;
    bool cut;
} unwrapper;

/* Where a command stands: what it inherits. */
typedef struct place {
    int depth;
    size_t parent;
    command_how how;
    dr_str host;
    bool domain, defined, undecoded;
} place;

static dr_status unwrap(unwrapper *u, size_t index);
static dr_status add_script(unwrapper *u, dr_str text, place at);
static dr_status add_line(unwrapper *u, dr_str line, bool in_shell, place at);

/* --- base64 --------------------------------------------------------------------------------------- */

static int digit64(char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

/* Base64 of UTF-16LE as text; false when it is none. What follows a broken digit is left out. */
static bool decode_command(dr_arena *arena, dr_str s, dr_str *out)
{
    uint8_t *bytes = (uint8_t *)dr_arena_bytes(arena, s.n + 4);
    size_t n = 0;
    uint32_t group = 0, digits = 0;
    if (!bytes)
        return false;
    for (size_t i = 0; i < s.n; i++) {
        if (s.p[i] == ' ' || s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == '"' || s.p[i] == '\'')
            continue;
        int d = digit64(s.p[i]);
        if (d < 0)
            break;
        group = group << 6 | (uint32_t)d;
        if (++digits == 4) {
            bytes[n++] = (uint8_t)(group >> 16);
            bytes[n++] = (uint8_t)(group >> 8);
            bytes[n++] = (uint8_t)group;
            group = digits = 0;
        }
    }
    if (digits >= 2)
        bytes[n++] = (uint8_t)(group << (24 - 6 * digits) >> 16);
    if (digits == 3)
        bytes[n++] = (uint8_t)(group << 6 >> 8);
    if (n < 4)
        return false;
    *out = dr_utf16_str(arena, (dr_wstr){ bytes, n / 2 });
    return true;
}

/* --- commands ------------------------------------------------------------------------------------- */

static dr_status push(unwrapper *u, const command *c, size_t *index)
{
    *index = u->list.n;
    if (c->kind == COMMAND_CMDLET && !c->name.n) { /* a call without a name */
        *index = SIZE_MAX;
        return DR_OK;
    }
    if (u->list.n >= DR_UNWRAP_MAX_COMMANDS) {
        u->cut = true;
        *index = SIZE_MAX;
        return DR_OK;
    }
    return dr_vec_push(&u->list, *c) ? DR_OK : DR_NOMEM;
}

static command make(place at, command_kind kind, dr_str raw)
{
    return (command){ .kind = kind, .how = at.how, .depth = at.depth, .parent = at.parent, .raw = raw, .host = at.host,
                      .domain = at.domain, .defined = at.defined, .undecoded = at.undecoded };
}

static place inside(const command *c, size_t index)
{
    return (place){ c->depth + 1, index, COMMAND_WRAPPED, c->host, c->domain, c->defined, c->undecoded };
}

/* "create full C:\x" handed over as one word by a tool that reads its own words. */
static dr_status split_words(unwrapper *u, command *c)
{
    DR_VEC(argv_token) words = { 0 };
    dr_status status = DR_OK;
    for (size_t i = 0; i < c->n_tokens && status == DR_OK; i++) {
        dr_str rest = c->tokens[i].text, word;
        while (status == DR_OK && dr_str_split(&rest, ' ', &word)) {
            argv_token token = { word, c->tokens[i].raw, c->tokens[i].quoted };
            if (word.n && words.n < DR_ARGV_MAX_TOKENS && !dr_vec_push(&words, token))
                status = DR_NOMEM;
        }
    }
    if (status == DR_OK) {
        argv_token *copy = DR_NEW_ARRAY(u->arena, argv_token, words.n ? words.n : 1);
        if (copy) {
            if (words.n)
                memcpy(copy, words.p, words.n * sizeof *copy);
            c->tokens = copy;
            c->n_tokens = words.n;
        } else
            status = DR_NOMEM;
    }
    dr_vec_free(&words);
    return status;
}

static void set_host(unwrapper *u, command *c, dr_str host)
{
    if (host.p && host.n && !toolset_local_host(u->tools, host))
        c->host = host;
}

/* Switches that name another machine, or the domain: what they say is kept, the words are taken off. */
static dr_status find_host(unwrapper *u, command *c)
{
    const pattern_bindings *sets;
    size_t n;
    for (size_t i = 0; c->tool && i < c->tool->n_elsewhere; i++) {
        bool *used = DR_NEW_ARRAY(u->arena, bool, c->n_tokens + 1);
        if (!used)
            return DR_NOMEM;
        dr_status status = pattern_match_used(c->tool->elsewhere[i], c, u->arena, &sets, &n, used);
        if (status != DR_OK)
            return status;
        if (!n)
            continue;
        argv_token *left = DR_NEW_ARRAY(u->arena, argv_token, c->n_tokens + 1);
        size_t kept = 0;
        if (!left)
            return DR_NOMEM;
        for (size_t k = 0; k < c->n_tokens; k++) {
            if (!used[k])
                left[kept++] = c->tokens[k];
        }
        for (size_t k = 0; k < sets[0].n; k++) {
            if (dr_str_is(sets[0].list[k].name, "host"))
                set_host(u, c, sets[0].list[k].value);
        }
        c->tokens = left;
        c->n_tokens = kept;
    }
    if (c->tool && c->tool->domain) {
        dr_status status = pattern_match(c->tool->domain, c, u->arena, &sets, &n);
        if (status != DR_OK)
            return status;
        c->domain = c->domain || n > 0;
    }
    return DR_OK;
}

static dr_status add_program(unwrapper *u, command *c)
{
    size_t index;
    dr_status status = DR_OK;
    if (c->tool && c->tool->title && c->n_tokens && c->tokens[0].quoted) {
        c->tokens++;
        c->n_tokens--;
    }
    if (c->tool && c->tool->split)
        status = split_words(u, c);
    if (status == DR_OK)
        status = find_host(u, c);
    if (status == DR_OK)
        status = push(u, c, &index);
    return status == DR_OK && index != SIZE_MAX ? unwrap(u, index) : status;
}

static dr_status add_line(unwrapper *u, dr_str line, bool in_shell, place at)
{
    argv split;
    dr_status status = argv_split(u->arena, line, DR_STR_NONE, &split);
    if (status != DR_OK || !split.n)
        return status;
    u->cut = u->cut || split.cut;
    command c = make(at, COMMAND_PROGRAM, dr_str_trim(line));
    c.program = split.tokens[0].text;
    c.tool = toolset_of_word(u->tools, c.program);
    c.tokens = split.tokens + 1;
    c.n_tokens = split.n - 1;
    if (c.tool && c.tool->builtin) {
        if (in_shell)
            c.builtin = true;
        else
            c.tool = NULL;
    }
    return add_program(u, &c);
}

static dr_status add_shell(unwrapper *u, dr_str line, place at)
{
    argv_parts parts;
    dr_status status = argv_split_shell(u->arena, line, &parts);
    u->cut = u->cut || parts.cut;
    for (size_t i = 0; status == DR_OK && i < parts.n; i++) {
        place here = at;
        here.undecoded = here.undecoded || parts.parts[i].undecoded;
        status = add_line(u, parts.parts[i].text, true, here);
    }
    return status;
}

/* --- the command interpreter ---------------------------------------------------------------------- */

/* The interpreter takes the outer quotes off, unless they hold the path of a program with arguments
 * behind it. */
static dr_str outer_quotes_off(const toolset *tools, dr_str s, bool always)
{
    size_t quotes = 0;
    s = dr_str_trim(s);
    if (!s.n || s.p[0] != '"')
        return s;
    for (size_t i = 0; i < s.n; i++)
        quotes += s.p[i] == '"';
    size_t last = dr_str_rfind_char(s, '"');
    if (!always && quotes == 2) {
        dr_str name = dr_str_sub(s, 1, last - 1);
        bool path = dr_str_find_char(name, '\\') != SIZE_MAX && dr_str_ends_fold(name, DR_STR(".exe"));
        if (path || toolset_of_word(tools, name))
            return s;
    }
    if (quotes == 1)
        return dr_str_from(s, 1);
    return last == s.n - 1 ? dr_str_sub(s, 1, s.n - 2) : s;
}

static bool is_run_letter(const tool *t, char c)
{
    for (size_t i = 0; i < t->n_shell_run; i++) {
        if (dr_str_eq_fold(t->shell_run[i], (dr_str){ &c, 1 }))
            return true;
    }
    return false;
}

static dr_status unwrap_shell(unwrapper *u, size_t index)
{
    const command c = u->list.p[index];
    bool quotes_off = false;
    for (size_t i = 0; i < c.n_tokens; i++) {
        dr_str raw = c.tokens[i].raw;
        /* Switches may be written together: /q/c, /c"dir". */
        for (size_t k = 0; k + 1 < raw.n; k++) {
            if (raw.p[k] != '/' && raw.p[k] != '-')
                continue;
            char letter = raw.p[k + 1];
            quotes_off = quotes_off || letter == 's' || letter == 'S';
            if (!is_run_letter(c.tool, letter))
                continue;
            const argv_token *last = &c.tokens[c.n_tokens - 1];
            const char *from = raw.p + k + 2, *end = last->raw.p + last->raw.n;
            if (from > end)
                return DR_OK;
            dr_str line = outer_quotes_off(u->tools, (dr_str){ from, (size_t)(end - from) }, quotes_off);
            return add_shell(u, line, inside(&c, index));
        }
        if (!raw.n || (raw.p[0] != '/' && raw.p[0] != '-' && raw.p[0] != '"'))
            break;
    }
    return DR_OK;
}

/* --- PowerShell's own command line ------------------------------------------------------------------ */

static const tool_switch *find_switch(const tool *t, dr_str name)
{
    for (size_t i = 0; i < t->n_switches; i++) {
        const tool_switch *s = &t->switches[i];
        if (dr_str_starts_fold(s->name, name) && dr_str_starts_fold(name, s->shortest))
            return s;
        for (size_t k = 0; k < s->n_other; k++) {
            if (dr_str_eq_fold(s->other[k], name))
                return s;
        }
    }
    return NULL;
}

static dr_status join_rest(unwrapper *u, const command *c, size_t from, dr_str *out)
{
    dr_buf b = { .limit = DR_ARGV_MAX_BYTES };
    for (size_t i = from; i < c->n_tokens; i++) {
        if (i > from)
            dr_buf_char(&b, ' ');
        dr_buf_str_add(&b, c->tokens[i].text);
    }
    u->cut = u->cut || b.failed;
    *out = dr_arena_str(u->arena, dr_buf_str(&b));
    dr_buf_free(&b);
    return dr_arena_failed(u->arena) ? DR_NOMEM : DR_OK;
}

static dr_status unwrap_powershell(unwrapper *u, size_t index)
{
    const command c = u->list.p[index];
    size_t i = 0;
    for (; i < c.n_tokens; i++) {
        dr_str word = c.tokens[i].text, text;
        size_t mark = argv_switch_mark(word);
        if (!mark)
            break;
        dr_str name = dr_str_from(word, mark);
        while ((mark = argv_switch_mark(name)) != 0)
            name = dr_str_from(name, mark);
        size_t colon = dr_str_find_char(name, ':');
        const tool_switch *s = find_switch(c.tool, dr_str_sub(name, 0, colon));
        if (!s)
            break;
        switch (s->takes) {
        case TOOL_SWITCH_FLAG: break;
        case TOOL_SWITCH_VALUE: i += colon == SIZE_MAX; break;
        case TOOL_SWITCH_FILE: return DR_OK;
        case TOOL_SWITCH_ENCODED:
            i += colon == SIZE_MAX;
            if (i >= c.n_tokens)
                return DR_OK;
            if (!decode_command(u->arena, colon == SIZE_MAX ? c.tokens[i].text : dr_str_from(name, colon + 1), &text)) {
                u->list.p[index].undecoded = true;
                return DR_OK;
            }
            return add_script(u, text, inside(&c, index));
        case TOOL_SWITCH_COMMAND: {
            dr_status status = join_rest(u, &c, i + 1, &text);
            return status == DR_OK ? add_script(u, text, inside(&c, index)) : status;
        }
        }
    }
    if (i >= c.n_tokens || c.tool->bare_file)
        return DR_OK;
    dr_str text; /* a first word that is no switch begins the command */
    dr_status status = join_rest(u, &c, i, &text);
    return status == DR_OK ? add_script(u, text, inside(&c, index)) : status;
}

/* --- wrappers by pattern ----------------------------------------------------------------------------- */

static dr_status add_handed_on(unwrapper *u, size_t index, const pattern_bindings *set, tool_language language)
{
    const command c = u->list.p[index];
    place at = inside(&c, index);
    dr_str line = DR_STR_NONE, program = DR_STR_NONE, arguments = DR_STR_NONE, script = DR_STR_NONE;
    for (size_t i = 0; i < set->n; i++) {
        const pattern_binding *b = &set->list[i];
        if (!b->value.p)
            continue;
        if (dr_str_is(b->name, "host")) {
            if (!toolset_local_host(u->tools, b->value))
                at.host = b->value;
        } else if (dr_str_is(b->name, "line"))
            line = b->value;
        else if (dr_str_is(b->name, "script"))
            script = b->value;
        else if (dr_str_is(b->name, "program"))
            program = b->value;
        else if (dr_str_is(b->name, "arguments"))
            arguments = b->value;
        else if (dr_str_is(b->name, "encoded") && !decode_command(u->arena, b->value, &script))
            u->list.p[index].undecoded = true;
    }
    if (program.n) {
        dr_str quoted = argv_quote(u->arena, program);
        line = dr_arena_printf(u->arena, "%.*s %.*s", DR_STR_ARG(quoted), DR_STR_ARG(arguments));
    }
    if (script.n)
        return add_script(u, script, at);
    if (!line.n)
        return DR_OK;
    if (language == TOOL_POWERSHELL)
        return add_script(u, line, at);
    return language == TOOL_SHELL ? add_shell(u, line, at) : add_line(u, line, false, at);
}

static dr_status unwrap(unwrapper *u, size_t index)
{
    const command c = u->list.p[index];
    if (!c.tool || !c.n_tokens)
        return DR_OK;
    if (c.depth >= DR_UNWRAP_MAX_DEPTH) {
        u->cut = true;
        return DR_OK;
    }
    if (c.tool->shell)
        return unwrap_shell(u, index);
    if (c.tool->powershell)
        return unwrap_powershell(u, index);
    for (size_t i = 0; i < c.tool->n_wraps; i++) {
        const pattern_bindings *sets;
        size_t n;
        dr_status status = pattern_match(c.tool->wraps[i].pattern, &c, u->arena, &sets, &n);
        if (status != DR_OK)
            return status;
        if (n)
            return add_handed_on(u, index, &sets[0], c.tool->wraps[i].language);
    }
    return DR_OK;
}

/* --- PowerShell text ---------------------------------------------------------------------------------- */

/* Arguments as words, for a program called from PowerShell. */
static dr_status words_of(unwrapper *u, const ps_command *p, command *c)
{
    argv_token *list = DR_NEW_ARRAY(u->arena, argv_token, p->n + 1);
    if (!list)
        return DR_NOMEM;
    for (size_t i = 0; i < p->n; i++)
        list[i] = (argv_token){ p->arguments[i].text, p->arguments[i].raw, p->arguments[i].quoted };
    c->tokens = list;
    c->n_tokens = p->n;
    return DR_OK;
}

/* Names and values brought together: a value behind `-Name` is that parameter's, unless it takes none. */
static dr_status params_of(unwrapper *u, const ps_command *p, command *c)
{
    command_param *list = DR_NEW_ARRAY(u->arena, command_param, p->n + 1);
    size_t n = 0;
    if (!list)
        return DR_NOMEM;
    for (size_t i = 0; i < p->n; i++) {
        const ps_argument *a = &p->arguments[i];
        command_param one = { cmdlet_parameter(c->cmdlet, a->name), a->values, a->n, a->colon, false };
        if (a->name.n && !a->colon && !toolset_flag_parameter(u->tools, c->cmdlet, a->name) && i + 1 < p->n && !p->arguments[i + 1].name.n) {
            i++;
            one.values = p->arguments[i].values;
            one.n = p->arguments[i].n;
        }
        if (a->name.n && toolset_dry_parameter(u->tools, a->name) &&
            !(one.n && dr_str_eq_fold(one.values[0].text, DR_STR("$false"))))
            c->dry = true;
        if (a->name.n && toolset_host_parameter(u->tools, a->name)) {
            if (one.n && !one.values[0].unknown)
                set_host(u, c, one.values[0].text);
            continue;
        }
        list[n++] = one;
    }
    c->params = list;
    c->n_params = n;
    return DR_OK;
}

/* Verb-Noun, without a path or an ending. */
static bool cmdlet_like(dr_str name)
{
    size_t dash = dr_str_find_char(name, '-');
    return dash != SIZE_MAX && dash > 1 && dash + 1 < name.n && dr_str_find_char(name, '.') == SIZE_MAX &&
           dr_str_find_char(name, '/') == SIZE_MAX && dr_str_find_char(name, ' ') == SIZE_MAX;
}

static dr_status hand_on_cmdlet(unwrapper *u, size_t index)
{
    size_t n, sets_n;
    const cmdlet_wrap *wraps = toolset_cmdlet_wraps(u->tools, &n);
    const command c = u->list.p[index];
    if (c.depth >= DR_UNWRAP_MAX_DEPTH) {
        u->cut = true;
        return DR_OK;
    }
    for (size_t i = 0; i < n; i++) {
        const pattern_bindings *sets;
        if (!dr_str_eq_fold(wraps[i].name, c.name))
            continue;
        dr_status status = pattern_match(wraps[i].pattern, &c, u->arena, &sets, &sets_n);
        if (status != DR_OK)
            return status;
        if (sets_n)
            return add_handed_on(u, index, &sets[0], TOOL_LINE);
    }
    return DR_OK;
}

static void name_cmdlet(unwrapper *u, command *c, dr_str name)
{
    size_t slash = dr_str_rfind_char(name, '\\');
    c->cmdlet = toolset_cmdlet(u->tools, name);
    c->name = c->cmdlet ? c->cmdlet->name : slash == SIZE_MAX ? name : dr_str_from(name, slash + 1);
    c->domain = c->domain || toolset_domain_cmdlet(u->tools, c->name);
}

static dr_status add_ps_command(unwrapper *u, const ps_command *p, place at, size_t *index)
{
    *index = SIZE_MAX;
    if (p->unknown && !toolset_of_word(u->tools, p->name)) /* what a variable names cannot be told */
        return DR_OK;
    const cmdlet *known = toolset_cmdlet(u->tools, p->name);
    const tool *t = known ? NULL : toolset_of_word(u->tools, p->name);
    bool program = t && !t->builtin;
    if (!program && !known && !cmdlet_like(p->name))
        program = dr_str_find_char(p->name, '.') != SIZE_MAX || dr_str_find_char(p->name, '\\') != SIZE_MAX;
    command c = make(at, program ? COMMAND_PROGRAM : COMMAND_CMDLET, p->raw);
    c.defined = c.defined || p->defined;
    dr_status status;
    if (program) {
        c.program = p->name;
        c.tool = t;
        status = words_of(u, p, &c);
        *index = u->list.n;
        return status == DR_OK ? add_program(u, &c) : status;
    }
    name_cmdlet(u, &c, p->name);
    status = params_of(u, p, &c);
    if (status == DR_OK)
        status = push(u, &c, index);
    return status == DR_OK && *index != SIZE_MAX ? hand_on_cmdlet(u, *index) : status;
}

static dr_status add_script(unwrapper *u, dr_str text, place at)
{
    ps_script script;
    if (at.depth > DR_UNWRAP_MAX_DEPTH) {
        u->cut = true;
        return DR_OK;
    }
    dr_status status = ps_parse(u->arena, text, &script);
    u->cut = u->cut || script.cut;
    size_t *made = status == DR_OK ? DR_NEW_ARRAY(u->arena, size_t, script.n + 1) : NULL;
    if (status == DR_OK && !made)
        return DR_NOMEM;
    for (size_t i = 0; status == DR_OK && i < script.n; i++) {
        const ps_command *p = &script.commands[i];
        place here = at;
        /* A command inside another's argument (a script block): sent where that one sends it. */
        for (size_t k = i; k-- > 0 && i - k < 64;) {
            dr_str outer = script.commands[k].raw;
            if (made[k] == SIZE_MAX || made[k] >= u->list.n || p->raw.p < outer.p || p->raw.p >= outer.p + outer.n)
                continue;
            const command *c = &u->list.p[made[k]];
            if (c->kind == COMMAND_CMDLET && c->host.n) {
                here.host = c->host;
                here.parent = made[k];
            }
            break;
        }
        status = add_ps_command(u, p, here, &made[i]);
    }
    return status;
}

/* --- records of bound commands ------------------------------------------------------------------------ */

/* `Word(Name): ` at the start of S: the name, and what follows. */
static bool binding_head(dr_str s, dr_str *name, dr_str *rest)
{
    dr_str whole = s;
    s = dr_str_sub(s, 0, 400); /* names are short */
    size_t open = dr_str_find_char(s, '('), n = 0;
    if (open == SIZE_MAX || open == 0 || open > 120)
        return false;
    while (n < open && s.p[n] != '\n' && s.p[n] != '"' && s.p[n] != ':')
        n++;
    size_t close = dr_str_find(dr_str_from(s, open), DR_STR("): "));
    if (n < open || close == SIZE_MAX || close < 2 || close > 260)
        return false;
    *name = dr_str_sub(s, open + 1, close - 1);
    *rest = dr_str_from(whole, open + close + 3);
    return dr_str_find_char(*name, '\n') == SIZE_MAX && dr_str_find_char(*name, '"') == SIZE_MAX;
}

/* word="A"; word="B": both texts. B goes to the end of S, less the closing quote. */
static bool binding_pair(dr_str s, dr_str *name, dr_str *value)
{
    size_t first = dr_str_find(s, DR_STR("=\""));
    if (first == SIZE_MAX || first > 60 || dr_str_find_char(dr_str_sub(s, 0, first), '"') != SIZE_MAX)
        return false;
    dr_str rest = dr_str_from(s, first + 2);
    size_t end = dr_str_find(rest, DR_STR("\"; "));
    if (end == SIZE_MAX)
        return false;
    *name = dr_str_sub(rest, 0, end);
    rest = dr_str_from(rest, end + 3);
    size_t second = dr_str_find(rest, DR_STR("=\""));
    if (second == SIZE_MAX || second > 60)
        return false;
    *value = dr_str_from(rest, second + 2);
    while (value->n && (value->p[value->n - 1] == '\r' || value->p[value->n - 1] == '\n' || value->p[value->n - 1] == ' '))
        value->n--;
    if (value->n && value->p[value->n - 1] == '"')
        value->n--;
    return true;
}

/* Where the entry at the start of S ends: before the next line that begins one. */
static size_t entry_end(dr_str s)
{
    dr_str name, rest;
    size_t at = 0;
    for (;;) {
        size_t line = dr_str_find_char(dr_str_from(s, at), '\n');
        if (line == SIZE_MAX)
            return s.n;
        at += line + 1;
        if (binding_head(dr_str_from(s, at), &name, &rest))
            return at;
    }
}

/* The value of a binding. Lists are recorded as one text with ", " between the items, as a text with commas
 * would be: both readings are kept. */
static bool list_values(dr_arena *arena, dr_str value, command_param *out)
{
    size_t n = 1;
    for (dr_str rest = value; n < DR_PATTERN_MAX_ELEMENTS;) {
        size_t at = dr_str_find(rest, DR_STR(", "));
        if (at == SIZE_MAX)
            break;
        rest = dr_str_from(rest, at + 2);
        n++;
    }
    command_value *v = DR_NEW_ARRAY(arena, command_value, n + 1);
    if (!v)
        return false;
    v[0] = (command_value){ .text = value, .key = DR_STR_NONE };
    out->values = v;
    out->n = 1;
    out->listed = n > 1;
    for (dr_str rest = value; out->listed && out->n <= n;) {
        size_t at = out->n == n ? SIZE_MAX : dr_str_find(rest, DR_STR(", "));
        v[out->n++] = (command_value){ .text = dr_str_sub(rest, 0, at), .key = DR_STR_NONE };
        rest = dr_str_from(rest, at == SIZE_MAX ? rest.n : at + 2);
    }
    return true;
}

static dr_status add_bindings(unwrapper *u, dr_str text)
{
    dr_status status = DR_OK;
    size_t current = SIZE_MAX;
    dr_str name, rest;
    for (size_t at = 0; status == DR_OK && at < text.n;) {
        dr_str entry = dr_str_from(text, at);
        entry.n = entry_end(entry);
        at += entry.n;
        if (!binding_head(entry, &name, &rest))
            continue;
        dr_str parameter, value;
        if (rest.n > 1 && rest.p[0] == '"') {
            dr_str quoted = dr_str_trim(rest);
            if (quoted.n < 2 || !dr_str_eq_fold(dr_str_sub(quoted, 1, quoted.n - 2), name))
                continue; /* a message about the command, not its call */
            command c = make((place){ .how = COMMAND_PROCESS, .parent = SIZE_MAX, .host = DR_STR_NONE }, COMMAND_CMDLET, dr_str_trim(entry));
            c.bound = true;
            name_cmdlet(u, &c, name);
            status = push(u, &c, &current);
        } else if (current != SIZE_MAX && binding_pair(rest, &parameter, &value)) {
            size_t owner = SIZE_MAX;
            for (size_t i = u->list.n; i-- > 0 && owner == SIZE_MAX;) {
                const cmdlet *known = toolset_cmdlet(u->tools, name);
                if (dr_str_eq_fold(u->list.p[i].name, known ? known->name : name))
                    owner = i;
            }
            if (owner == SIZE_MAX)
                continue;
            command *c = &u->list.p[owner];
            command_param *list = DR_NEW_ARRAY(u->arena, command_param, c->n_params + 1);
            command_param param = { .name = parameter, .bound = true };
            if (!list || !list_values(u->arena, value, &param)) {
                status = DR_NOMEM;
                break;
            }
            if (c->n_params >= DR_PATTERN_MAX_ELEMENTS)
                continue;
            if (toolset_dry_parameter(u->tools, parameter))
                c->dry = dr_str_eq_fold(value, DR_STR("True"));
            if (toolset_host_parameter(u->tools, parameter)) {
                set_host(u, c, value);
                continue;
            }
            if (c->n_params)
                memcpy(list, c->params, c->n_params * sizeof *list);
            list[c->n_params] = param;
            c->params = list;
            c->n_params++;
            c->raw.n = (size_t)(entry.p + entry.n - c->raw.p); /* the call and its bindings */
            c->raw = dr_str_trim(c->raw);
        }
    }
    for (size_t i = 0, n = u->list.n; status == DR_OK && i < n; i++)
        status = hand_on_cmdlet(u, i);
    return status;
}

/* --- what others call --------------------------------------------------------------------------------- */

static dr_status finish(unwrapper *u, dr_status status, command_list *out)
{
    *out = (command_list){ NULL, 0, u->cut };
    if (status == DR_OK && u->list.n) {
        command *copy = DR_NEW_ARRAY(u->arena, command, u->list.n);
        if (copy) {
            memcpy(copy, u->list.p, u->list.n * sizeof *copy);
            out->commands = copy;
            out->n = u->list.n;
        } else
            status = DR_NOMEM;
    }
    dr_vec_free(&u->list);
    return status;
}

/* Who creates a process may leave its name out of the line: then the line begins with a switch. */
static bool lacks_program(dr_str image, dr_str first)
{
    dr_str base = dr_str_basename(image);
    if (dr_str_ends_fold(base, DR_STR(".exe")))
        base.n -= 4;
    return argv_switch_mark(first) && !dr_str_starts_fold(dr_str_basename(first), base);
}

dr_status command_of_process(const toolset *tools, dr_arena *arena, dr_str image, dr_str original_name, dr_str line,
                             command_list *out)
{
    unwrapper u = { .tools = tools, .arena = arena };
    argv split;
    dr_status status = argv_split(arena, line, image, &split);
    bool bare = status == DR_OK && image.n && split.n && lacks_program(image, split.tokens[0].text);
    if (bare)
        status = argv_split_arguments(arena, line, &split);
    if (status == DR_OK) {
        command c = make((place){ .how = COMMAND_PROCESS, .parent = SIZE_MAX, .host = DR_STR_NONE }, COMMAND_PROGRAM, dr_str_trim(line));
        c.program = image.n ? image : split.n ? split.tokens[0].text : DR_STR_NONE;
        c.tool = toolset_of_process(tools, c.program, original_name, &c.renamed);
        if (c.tool && c.tool->builtin)
            c.tool = NULL;
        if (split.n) {
            c.tokens = split.tokens + !bare;
            c.n_tokens = split.n - !bare;
        }
        u.cut = split.cut;
        status = add_program(&u, &c);
    }
    return finish(&u, status, out);
}

static place mention(void)
{
    return (place){ .how = COMMAND_WRAPPED, .parent = SIZE_MAX, .host = DR_STR_NONE };
}

dr_status command_of_line(const toolset *tools, dr_arena *arena, dr_str line, command_list *out)
{
    unwrapper u = { .tools = tools, .arena = arena };
    return finish(&u, add_line(&u, line, false, mention()), out);
}

dr_status command_of_script(const toolset *tools, dr_arena *arena, dr_str text, command_list *out)
{
    unwrapper u = { .tools = tools, .arena = arena };
    return finish(&u, add_script(&u, text, mention()), out);
}

dr_status command_of_bindings(const toolset *tools, dr_arena *arena, dr_str text, command_list *out)
{
    unwrapper u = { .tools = tools, .arena = arena };
    return finish(&u, add_bindings(&u, text), out);
}
