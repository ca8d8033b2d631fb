#include "lib/show.h"

#include "view/rules.h"

enum { BLOCK = 256 << 10, WIDTH_DEFAULT = 100 };

/* A buffer that is handed over whenever it has grown to a block. */
typedef struct sink {
    dr_buf buf;
    didrun_write write;
    void *context;
    dr_status status;
} sink;

static bool hand_over(sink *s, size_t at_least)
{
    if (s->status != DR_OK)
        return false;
    if (s->buf.failed)
        s->status = DR_NOMEM;
    else if (s->buf.n > at_least && s->write(s->context, s->buf.p, s->buf.n) != 0)
        s->status = DR_IO;
    else if (s->buf.n > at_least)
        dr_buf_clear(&s->buf);
    return s->status == DR_OK;
}

typedef struct filter {
    dr_str host, claims, words, id;
    int64_t from, to; /* DR_NO_TIME: open */
} filter;

/* Is VALUE one of the comma-separated NAMES? An empty list lets everything through. */
static bool among(dr_str names, dr_str value)
{
    dr_str part;
    if (names.n == 0)
        return true;
    while (dr_str_split(&names, ',', &part)) {
        if (dr_str_eq_fold(dr_str_trim(part), value))
            return true;
    }
    return false;
}

/* "PC01" names PC01.corp.local too. */
static bool same_host(dr_str wanted, dr_str host)
{
    size_t dot = dr_str_find_char(host, '.');
    return wanted.n == 0 || dr_str_eq_fold(wanted, host) ||
           (dot != SIZE_MAX && dr_str_eq_fold(wanted, dr_str_sub(host, 0, dot)));
}

static bool passes(const filter *f, const view_in *in, const verdict *v)
{
    if (!same_host(f->host, dr_sym_str(in->syms, v->host)) || !among(f->claims, v->claim) ||
        !among(f->words, dr_str_of(word_name(v->word))))
        return false;
    if (f->from != DR_NO_TIME && (!dr_time_is(v->time) || v->time < f->from))
        return false;
    return f->to == DR_NO_TIME || (dr_time_is(v->time) && v->time <= f->to);
}

static dr_str text_of(const char *z)
{
    return z ? dr_str_of(z) : DR_STR_NONE;
}

static dr_status time_of(const char *text, const char *name, int64_t *out, dr_err *err)
{
    *out = DR_NO_TIME;
    if (text && !dr_time_parse(dr_str_of(text), out))
        return dr_fail(err, DR_USAGE, "%s: '%s' is no time (2025-06-01T12:07:00, UTC or with +02:00)", name, text);
    return DR_OK;
}

static dr_status check_words(dr_str words, dr_err *err)
{
    dr_str part;
    verdict_word word;
    if (words.n == 0)
        return DR_OK;
    while (dr_str_split(&words, ',', &part)) {
        part = dr_str_trim(part);
        if (!word_of(part, &word))
            return dr_fail(err, DR_USAGE, "there is no verdict word '%.*s'", DR_STR_ARG(part));
    }
    return DR_OK;
}

static dr_status check_claims(dr_str claims, const rule_set *rules, dr_err *err)
{
    dr_str part;
    if (claims.n == 0 || !rules)
        return DR_OK;
    while (dr_str_split(&claims, ',', &part)) {
        part = dr_str_trim(part);
        if (!dr_str_is(part, "program-ran") && !rule_set_find(rules, part))
            return dr_fail(err, DR_USAGE, "there is no claim '%.*s' (didrun rules list)", DR_STR_ARG(part));
    }
    return DR_OK;
}

static dr_status filter_of(filter *f, const didrun_show_options *o, const rule_set *rules, dr_err *err)
{
    *f = (filter){ text_of(o->host), text_of(o->claim), text_of(o->word), text_of(o->id), DR_NO_TIME, DR_NO_TIME };
    dr_status status = time_of(o->from, "from", &f->from, err);
    if (status == DR_OK)
        status = time_of(o->to, "to", &f->to, err);
    if (status == DR_OK)
        status = check_words(f->words, err);
    return status == DR_OK ? check_claims(f->claims, rules, err) : status;
}

static void json_run(sink *s, const view_in *in)
{
    for (size_t i = 0; i < in->n_sources && hand_over(s, BLOCK); i++)
        view_json_source(&s->buf, &in->sources[i]);
    for (size_t i = 0; i < in->n_recorders && hand_over(s, BLOCK); i++)
        view_json_coverage(&s->buf, &in->recorders[i]);
}

static void json_verdicts(sink *s, const view_in *in)
{
    for (size_t i = 0; i < in->n_verdicts && hand_over(s, BLOCK); i++)
        view_json_verdict(&s->buf, in, in->verdicts[i]);
}

static dr_status explain(sink *s, const view_in *in, const filter *f, const view_options *options, bool json, dr_err *err)
{
    const verdict *one = NULL;
    if (f->id.n > 0) {
        size_t hits;
        one = view_find(in, f->id, &hits);
        if (hits == 0)
            return dr_fail(err, DR_USAGE, "there is no verdict '%.*s' here (didrun examine lists them)", DR_STR_ARG(f->id));
        if (!one)
            return dr_fail(err, DR_USAGE, "%zu verdicts begin with '%.*s'; give more of it", hits, DR_STR_ARG(f->id));
    }
    bool first = true;
    for (size_t i = 0; i < in->n_verdicts && hand_over(s, BLOCK); i++) {
        const verdict *v = in->verdicts[i];
        if (one && v != one)
            continue;
        if (json) {
            view_json_verdict(&s->buf, in, v);
            continue;
        }
        if (!first)
            dr_buf_char(&s->buf, '\n');
        view_explain(&s->buf, in, v, options);
        first = false;
    }
    if (first && !json)
        dr_buf_z(&s->buf, "No verdict is left by these conditions.\n");
    return DR_OK;
}

static void coverage(sink *s, const view_in *in, const view_options *options, uint32_t flags)
{
    bool json = flags & DIDRUN_SHOW_JSON;
    if (flags & DIDRUN_SHOW_DAMAGE) {
        if (!json)
            view_damage(&s->buf, in, options);
        for (size_t i = 0; json && i < in->n_sources && hand_over(s, BLOCK); i++)
            view_json_source(&s->buf, &in->sources[i]);
        return;
    }
    if (!json)
        view_coverage(&s->buf, in, options);
    for (size_t i = 0; json && i < in->n_recorders && hand_over(s, BLOCK); i++)
        view_json_coverage(&s->buf, &in->recorders[i]);
}

static void json_programs(sink *s, const view_in *in)
{
    for (size_t i = 0; i < in->n_verdicts && hand_over(s, BLOCK); i++) {
        if (!in->verdicts[i]->effect)
            view_json_verdict(&s->buf, in, in->verdicts[i]);
    }
}

static dr_status rules_shown(sink *s, const show_in *what, const filter *f, bool one, const view_options *options, bool json, dr_err *err)
{
    const rule *r = one ? rule_set_find(what->rules, f->id) : NULL;
    if (one && !r)
        return dr_fail(err, DR_USAGE, "there is no rule '%.*s' (didrun rules list)", DR_STR_ARG(f->id));
    if (r && json)
        view_json_rule(&s->buf, r);
    else if (r)
        view_rule(&s->buf, r, what->in->vocab, options);
    else if (!json)
        view_rules(&s->buf, what->rules, options);
    for (size_t i = 0; !r && json && i < what->rules->rules.n && hand_over(s, BLOCK); i++)
        view_json_rule(&s->buf, what->rules->rules.p[i]);
    return DR_OK;
}

static dr_status dispatch(sink *s, const show_in *what, int which, const view_in *in, const filter *f, const view_options *options,
                          uint32_t flags, dr_err *err)
{
    bool json = flags & DIDRUN_SHOW_JSON;
    switch (which) {
    case DIDRUN_SHOW_EXAMINE:
        if (json) {
            json_run(s, in);
            json_verdicts(s, in);
            view_json_summary(&s->buf, in);
        } else {
            view_examine(&s->buf, in, options);
        }
        return DR_OK;
    case DIDRUN_SHOW_EXPLAIN:
    case DIDRUN_SHOW_CHECK:
        return explain(s, in, f, options, json, err);
    case DIDRUN_SHOW_COVERAGE:
        coverage(s, in, options, flags);
        return DR_OK;
    case DIDRUN_SHOW_MESSAGES:
        view_messages(&s->buf, in, flags & DIDRUN_SHOW_VERBOSE);
        return DR_OK;
    case DIDRUN_SHOW_PROGRAMS:
        if (json)
            json_programs(s, in);
        else
            view_programs(&s->buf, in, options);
        return DR_OK;
    case DIDRUN_SHOW_RULES:
    case DIDRUN_SHOW_RULE:
        return rules_shown(s, what, f, which == DIDRUN_SHOW_RULE, options, json, err);
    default:
        return dr_fail(err, DR_USAGE, "there is nothing of number %d to show", which);
    }
}

/* The part of IN that the filter lets through; coverage and sources of other hosts go too. */
static dr_status select_in(const filter *f, const view_in *whole, dr_arena *arena, view_in *out)
{
    const verdict **verdicts = DR_NEW_ARRAY(arena, const verdict *, whole->n_verdicts);
    view_recorder *recorders = DR_NEW_ARRAY(arena, view_recorder, whole->n_recorders);
    view_host *hosts = DR_NEW_ARRAY(arena, view_host, whole->n_hosts);
    if (dr_arena_failed(arena))
        return DR_NOMEM;
    *out = *whole;
    out->n_verdicts = out->n_recorders = out->n_hosts = 0;
    for (size_t i = 0; i < whole->n_verdicts; i++) {
        if (passes(f, whole, whole->verdicts[i]))
            verdicts[out->n_verdicts++] = whole->verdicts[i];
    }
    for (size_t i = 0; i < whole->n_recorders; i++) {
        if (same_host(f->host, whole->recorders[i].host))
            recorders[out->n_recorders++] = whole->recorders[i];
    }
    for (size_t i = 0; i < whole->n_hosts; i++) {
        if (same_host(f->host, whole->hosts[i].name))
            hosts[out->n_hosts++] = whole->hosts[i];
    }
    out->verdicts = verdicts;
    out->recorders = recorders;
    out->hosts = hosts;
    return DR_OK;
}

dr_status show_write(const show_in *what, int which, const didrun_show_options *options, didrun_write write, void *context, dr_err *err)
{
    didrun_show_options o = DIDRUN_SHOW_OPTIONS_INIT;
    if (options)
        memcpy(&o, options, options->size < sizeof o ? options->size : sizeof o);
    filter f;
    view_in in;
    sink s = { .write = write, .context = context };
    view_options v = { .width = o.width ? o.width : WIDTH_DEFAULT, .colour = o.flags & DIDRUN_SHOW_COLOR, .all = o.flags & DIDRUN_SHOW_ALL };
    dr_arena *arena = dr_arena_create("show", 0);
    dr_status status = arena ? filter_of(&f, &o, what->rules, err) : DR_NOMEM;
    if (status == DR_OK)
        status = select_in(&f, what->in, arena, &in);
    if (status == DR_OK) {
        if (o.title)
            in.evidence = dr_str_of(o.title);
        status = dispatch(&s, what, which, &in, &f, &v, o.flags, err);
    }
    if (status == DR_OK) {
        hand_over(&s, 0);
        status = s.status;
    }
    if (status == DR_NOMEM)
        dr_fail(err, status, "out of memory");
    dr_buf_free(&s.buf);
    dr_arena_destroy(arena);
    return status;
}
