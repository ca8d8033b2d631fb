#include "lib/engine.h"

#include "lib/present.h"
#include "lib/show.h"
#include "view/rules.h"

#define BLOCK (1u << 20) /* bytes handed to the write callback at a time */
#define HOSTS_NAMED 12 /* in a message */
#define ZONE_MINUTES_MAX (14 * 60)

/* What one call of didrun_show gathers for the views. */
typedef struct showing {
    didrun *d;
    const didrun_show_options *o;
    int what;
    dr_arena *arena;
    view_in in;
    view_options view;
    DR_VEC(const verdict *) chosen;
    int64_t from, to;
    dr_buf out;
    didrun_write write;
    void *context;
} showing;

/* Is WORD one of a list with commas between? */
static bool listed(const char *list, dr_str word)
{
    dr_str rest = list ? dr_str_of(list) : DR_STR_NONE, part;
    while (list && dr_str_split(&rest, ',', &part)) {
        if (dr_str_eq_fold(dr_str_trim(part), word))
            return true;
    }
    return list == NULL;
}

/* Was the program launched within the asked time, as far as its launches are dated? */
static bool launched_within(const showing *s, const verdict *v)
{
    int64_t first, last;
    view_launches(v, &first, &last);
    return first != DR_NO_TIME && (s->to == DR_NO_TIME || first <= s->to) && (s->from == DR_NO_TIME || last >= s->from);
}

static bool chosen(const showing *s, const verdict *v)
{
    bool whole = s->what == DIDRUN_SHOW_PROGRAMS; /* there the words of a program and of its runs count together */
    if (!listed(s->o->claim, v->claim) || (!whole && !listed(s->o->word, dr_str_of(word_name(v->word)))))
        return false;
    if (s->o->host && !param_equal(PARAM_HOST, dr_str_of(s->o->host), dr_sym_str(s->d->syms, v->host)))
        return false;
    if (whole && v->n_mentions && launched_within(s, v))
        return true;
    if (v->time == DR_NO_TIME)
        return s->from == DR_NO_TIME && s->to == DR_NO_TIME;
    return (s->from == DR_NO_TIME || v->time >= s->from) && (s->to == DR_NO_TIME || v->time <= s->to);
}

static dr_status gather_verdicts(showing *s, const verdict_list *list)
{
    for (size_t i = 0; i < list->verdicts.n; i++) {
        if (chosen(s, &list->verdicts.p[i]) && !dr_vec_push(&s->chosen, &list->verdicts.p[i]))
            return DR_NOMEM;
    }
    s->in.verdicts = s->chosen.p;
    s->in.n_verdicts = s->chosen.n;
    return DR_OK;
}

/* Coverage of the asked time only: what lies outside is left out, for people and in JSON alike. */
static dr_status cut_coverage(showing *s)
{
    view_recorder *list = DR_NEW_ARRAY(s->arena, view_recorder, s->in.n_recorders);
    if (!list)
        return DR_NOMEM;
    for (size_t i = 0; i < s->in.n_recorders; i++) {
        view_recorder *r = &list[i];
        *r = s->in.recorders[i];
        view_span *spans = DR_NEW_ARRAY(s->arena, view_span, r->n_spans);
        size_t n = 0;
        if (!spans)
            return DR_NOMEM;
        for (size_t k = 0; k < r->n_spans; k++) {
            view_span span = r->spans[k];
            span.from = s->from != DR_NO_TIME && span.from < s->from ? s->from : span.from;
            span.to = s->to != DR_NO_TIME && span.to > s->to ? s->to : span.to;
            if (span.from < span.to)
                spans[n++] = span;
        }
        if (r->n_spans && !n)
            r->reason = COV_OUT_OF_SPAN; /* no record of the host is of that time */
        r->spans = spans;
        r->n_spans = n;
    }
    s->in.recorders = list;
    return DR_OK;
}

static int flush(showing *s, bool last)
{
    if (s->out.failed)
        return engine_result(s->d, dr_fail(&s->d->err, DR_NOMEM, "out of memory"));
    if (s->out.n < BLOCK && !last)
        return DIDRUN_OK;
    int refused = s->out.n ? s->write(s->context, s->out.p, s->out.n) : 0;
    dr_buf_clear(&s->out);
    if (!refused)
        return DIDRUN_OK;
    (void)dr_fail(&s->d->err, DR_IO, "the output could not be written");
    return DIDRUN_ERROR_WRITE;
}

static int show_json(showing *s, bool sources, bool coverage_too, bool verdicts)
{
    int result = DIDRUN_OK;
    for (size_t i = 0; i < s->in.n_sources && sources && result == DIDRUN_OK; i++) {
        view_json_source(&s->out, &s->in.sources[i]);
        result = flush(s, false);
    }
    for (size_t i = 0; i < s->in.n_recorders && coverage_too && result == DIDRUN_OK; i++) {
        view_json_coverage(&s->out, &s->in.recorders[i]);
        result = flush(s, false);
    }
    for (size_t i = 0; i < s->in.n_verdicts && verdicts && result == DIDRUN_OK; i++) {
        view_json_verdict(&s->out, &s->in, s->in.verdicts[i]);
        result = flush(s, false);
    }
    if (result == DIDRUN_OK) {
        view_json_summary(&s->out, &s->in);
        result = flush(s, true);
    }
    return result;
}

static int show_programs(showing *s, bool json)
{
    view_program *list;
    size_t n, left_out = 0;
    int result = DIDRUN_OK;
    if (!view_programs_gather(s->arena, &s->in, &list, &n))
        return engine_result(s->d, dr_fail(&s->d->err, DR_NOMEM, "out of memory"));
    size_t kept = 0;
    for (size_t i = 0; i < n; i++) {
        bool asked = listed(s->o->word, dr_str_of(word_name(list[i].v->word)));
        for (size_t k = 0; k < list[i].n_runs && !asked; k++)
            asked = listed(s->o->word, dr_str_of(word_name(list[i].runs[k]->word)));
        if (asked)
            list[kept++] = list[i];
    }
    n = kept;
    if (s->o->limit && n > s->o->limit) {
        left_out = n - s->o->limit;
        n = s->o->limit;
    }
    if (!json) {
        if (s->o->flags & DIDRUN_SHOW_CSV)
            view_programs_csv(&s->out, &s->in, list, n);
        else
            view_programs(&s->out, &s->in, list, n, left_out, &s->view);
        return flush(s, true);
    }
    for (size_t i = 0; i < n && result == DIDRUN_OK; i++) {
        view_json_program(&s->out, &s->in, &list[i]);
        result = flush(s, false);
    }
    if (result == DIDRUN_OK) {
        view_json_summary(&s->out, &s->in);
        result = flush(s, true);
    }
    return result;
}

/* EVERY: also those that need no decision. */
static int show_explain(showing *s, bool every)
{
    int result = DIDRUN_OK;
    if (s->o->id) {
        size_t hits = 0;
        const verdict *v = view_find(&s->in, dr_str_of(s->o->id), &hits);
        if (!v) {
            (void)dr_fail(&s->d->err, DR_USAGE, hits ? "'%s' is the beginning of %zu verdict ids" : "there is no verdict '%s'", s->o->id, hits);
            return DIDRUN_ERROR_USAGE;
        }
        if (s->o->flags & DIDRUN_SHOW_JSON)
            view_json_verdict(&s->out, &s->in, v);
        else
            view_explain(&s->out, &s->in, v, &s->view);
        return flush(s, true);
    }
    if (s->o->flags & DIDRUN_SHOW_JSON)
        return show_json(s, false, false, true);
    every = every || (s->o->flags & DIDRUN_SHOW_ALL) != 0 || s->o->claim || s->o->word;
    bool first = true;
    for (size_t i = 0; i < s->in.n_verdicts && result == DIDRUN_OK; i++) {
        if (!every && !s->in.verdicts[i]->to_decide)
            continue;
        if (!first)
            dr_buf_char(&s->out, '\n');
        first = false;
        view_explain(&s->out, &s->in, s->in.verdicts[i], &s->view);
        result = flush(s, false);
    }
    if (first)
        dr_buf_z(&s->out, every ? "No verdict is left by these conditions.\n" : "Nothing in this evidence needs a decision (--all shows the rest).\n");
    return result == DIDRUN_OK ? flush(s, true) : result;
}

static int show_rules(showing *s, bool one)
{
    const rule_set *rules = &s->d->rules;
    bool json = (s->o->flags & DIDRUN_SHOW_JSON) != 0;
    if (one) {
        const rule *r = rule_set_find(rules, dr_str_of(s->o->id ? s->o->id : ""));
        if (!r) {
            (void)dr_fail(&s->d->err, DR_USAGE, "there is no rule '%s'", s->o->id ? s->o->id : "");
            return DIDRUN_ERROR_USAGE;
        }
        if (json)
            view_json_rule(&s->out, r);
        else
            view_rule(&s->out, r, &s->d->vocab, &s->view);
    } else if (json) {
        for (size_t i = 0; i < rules->rules.n; i++)
            view_json_rule(&s->out, rules->rules.p[i]);
    } else
        view_rules(&s->out, rules, &s->view);
    return flush(s, true);
}

static bool fact_holds(const showing *s, const fact *f, dr_str text)
{
    bool found = dr_str_find_fold(f->records[0].place, text) != SIZE_MAX;
    for (size_t i = 0; i < f->n_attrs && !found; i++)
        found = dr_str_find_fold(f->attrs[i].value, text) != SIZE_MAX;
    return found || dr_str_find_fold(s->d->vocab.kinds[f->kind].name, text) != SIZE_MAX;
}

static bool fact_chosen(const showing *s, const fact *f)
{
    if (s->o->host && !param_equal(PARAM_HOST, dr_str_of(s->o->host), dr_sym_str(s->d->syms, f->host)))
        return false;
    if (f->time == DR_NO_TIME ? s->from != DR_NO_TIME || s->to != DR_NO_TIME
                              : (s->from != DR_NO_TIME && f->time < s->from) || (s->to != DR_NO_TIME && f->time > s->to))
        return false;
    return !s->o->find || fact_holds(s, f, dr_str_of(s->o->find));
}

/* By time; facts without one stand at the end. Equal times keep the canonical order. */
static int fact_order(const void *a, const void *b, void *context)
{
    const showing *s = context;
    int64_t x = fact_store_at(s->d->store, *(const fact_id *)a)->time, y = fact_store_at(s->d->store, *(const fact_id *)b)->time;
    if ((x == DR_NO_TIME) != (y == DR_NO_TIME))
        return x == DR_NO_TIME ? 1 : -1;
    return (x > y) - (x < y);
}

static int show_timeline(showing *s)
{
    DR_VEC(fact_id) ids = { 0 };
    int result = DIDRUN_OK;
    const verdict_list *secrets = s->d->verdicts.arena ? &s->d->verdicts : NULL;
    for (fact_id id = 1; s->d->store && id <= fact_store_count(s->d->store) && !s->out.failed; id++) {
        if (fact_chosen(s, fact_store_at(s->d->store, id)) && !dr_vec_push(&ids, id))
            s->out.failed = true;
    }
    if (!dr_sort(ids.p, ids.n, sizeof *ids.p, fact_order, s))
        s->out.failed = true;
    bool json = (s->o->flags & DIDRUN_SHOW_JSON) != 0, csv = !json && (s->o->flags & DIDRUN_SHOW_CSV) != 0;
    if (csv)
        view_facts_csv_head(&s->out);
    for (size_t i = 0; i < ids.n && result == DIDRUN_OK; i++) {
        const fact *f = fact_store_at(s->d->store, ids.p[i]);
        if (json)
            view_json_fact(&s->out, &s->in, f);
        else if (csv)
            view_fact_csv(&s->out, &s->in, secrets, f);
        else
            view_fact(&s->out, &s->in, secrets, f, &s->view);
        result = flush(s, false);
    }
    dr_vec_free(&ids);
    return result == DIDRUN_OK ? flush(s, true) : result;
}

static int dispatch(showing *s, int what)
{
    bool json = (s->o->flags & DIDRUN_SHOW_JSON) != 0;
    switch (what) {
    case DIDRUN_SHOW_EXAMINE:
        if (json)
            return show_json(s, true, true, true);
        view_examine(&s->out, &s->in, &s->view);
        return flush(s, true);
    case DIDRUN_SHOW_CHECK: return show_explain(s, true);
    case DIDRUN_SHOW_EXPLAIN: return show_explain(s, false);
    case DIDRUN_SHOW_COVERAGE:
        if (json)
            return show_json(s, true, true, false);
        if (s->o->flags & DIDRUN_SHOW_DAMAGE)
            view_damage(&s->out, &s->in, &s->view);
        else
            view_coverage(&s->out, &s->in, &s->view);
        return flush(s, true);
    case DIDRUN_SHOW_MESSAGES:
        view_messages(&s->out, &s->in, (s->o->flags & DIDRUN_SHOW_VERBOSE) != 0);
        return flush(s, true);
    case DIDRUN_SHOW_PROGRAMS: return show_programs(s, json);
    case DIDRUN_SHOW_VERDICTS:
        if (json)
            return show_json(s, false, false, true);
        if (s->o->flags & DIDRUN_SHOW_CSV)
            view_verdicts_csv(&s->out, &s->in, &s->view);
        else
            view_verdicts(&s->out, &s->in, &s->view);
        return flush(s, true);
    case DIDRUN_SHOW_TIMELINE: return show_timeline(s);
    case DIDRUN_SHOW_NOTES:
        for (size_t i = 0; i < s->in.n_notes && json; i++)
            view_json_note(&s->out, &s->in, &s->in.notes[i]);
        if (!json)
            view_notes(&s->out, &s->in, &s->view);
        return flush(s, true);
    case DIDRUN_SHOW_RULES: return show_rules(s, false);
    case DIDRUN_SHOW_RULE: return show_rules(s, true);
    default: break;
    }
    (void)dr_fail(&s->d->err, DR_USAGE, "there is no such view: %d", what);
    return DIDRUN_ERROR_USAGE;
}

static bool read_time(const char *text, int64_t *out)
{
    *out = DR_NO_TIME;
    return !text || dr_time_parse(dr_str_of(text), out);
}

/* The times among the options; *last is 0 where none is asked for. */
static int read_times(didrun *d, const didrun_show_options *o, int64_t *from, int64_t *to, int64_t *last)
{
    *last = 0;
    if (!read_time(o->from, from) || !read_time(o->to, to)) {
        (void)dr_fail(&d->err, DR_USAGE, "'%s' is no time; expected e.g. 2025-05-30T08:12:00Z", read_time(o->from, from) ? o->to : o->from);
        return DIDRUN_ERROR_USAGE;
    }
    if (o->last && (!dr_duration_parse(dr_str_of(o->last), last) || *last <= 0)) {
        (void)dr_fail(&d->err, DR_USAGE, "'%s' is no length of time; expected e.g. 36h or 7d", o->last);
        return DIDRUN_ERROR_USAGE;
    }
    return DIDRUN_OK;
}

/* A word or claim that does not exist would leave nothing, and look like an answer. */
static int check_names(didrun *d, const didrun_show_options *o)
{
    dr_str rest = dr_str_of(o->word ? o->word : ""), part;
    verdict_word word;
    while (dr_str_split(&rest, ',', &part)) {
        part = dr_str_trim(part);
        if (!part.n || word_of(part, &word))
            continue;
        dr_buf words = { 0 };
        for (verdict_word w = 0; w < WORD_COUNT; w++) {
            dr_buf_z(&words, w ? ", " : "");
            dr_buf_z(&words, word_name(w));
        }
        (void)dr_fail(&d->err, DR_USAGE, "there is no verdict '%.*s'; there are: %.*s", DR_STR_ARG(part), DR_STR_ARG(dr_buf_str(&words)));
        dr_buf_free(&words);
        return DIDRUN_ERROR_USAGE;
    }
    rest = dr_str_of(o->claim ? o->claim : "");
    while (dr_str_split(&rest, ',', &part)) {
        part = dr_str_trim(part);
        if (!part.n || dr_str_is(part, "program-ran") || rule_set_find(&d->rules, part))
            continue;
        (void)dr_fail(&d->err, DR_USAGE, "there is no claim '%.*s' (didrun rules list shows them)", DR_STR_ARG(part));
        return DIDRUN_ERROR_USAGE;
    }
    return DIDRUN_OK;
}

/* Is the asked host one of those that the evidence speaks of? */
static bool host_known(const showing *s, const verdict_list *list)
{
    dr_str asked = dr_str_of(s->o->host);
    bool known = false;
    for (size_t i = 0; i < s->in.n_hosts && !known; i++)
        known = param_equal(PARAM_HOST, asked, s->in.hosts[i].name);
    for (size_t i = 0; list->arena && i < list->verdicts.n && !known; i++)
        known = param_equal(PARAM_HOST, asked, dr_sym_str(s->d->syms, list->verdicts.p[i].host));
    if (known)
        return true;
    dr_buf hosts = { 0 };
    for (size_t i = 0; i < s->in.n_hosts && i < HOSTS_NAMED; i++) {
        dr_buf_z(&hosts, i ? ", " : "");
        dr_buf_shown(&hosts, s->in.hosts[i].name);
    }
    if (s->in.n_hosts > HOSTS_NAMED)
        dr_buf_z(&hosts, ", ...");
    (void)dr_fail(&s->d->err, DR_USAGE, "no host '%s' is in this evidence%s%.*s", s->o->host, hosts.n ? "; there are: " : "",
                  DR_STR_ARG(dr_buf_str(&hosts)));
    dr_buf_free(&hosts);
    return false;
}

int engine_may_show(didrun *d, const didrun_show_options *options)
{
    int64_t from, to, last;
    int result = check_names(d, options);
    return result == DIDRUN_OK ? read_times(d, options, &from, &to, &last) : result;
}

int engine_show(didrun *d, int what, const didrun_show_options *options, didrun_write write, void *context)
{
    didrun_show_options defaults = DIDRUN_SHOW_OPTIONS_INIT;
    showing s = { .d = d, .o = options ? options : &defaults, .what = what, .write = write, .context = context };
    int64_t last;
    if (what != DIDRUN_SHOW_MESSAGES && engine_has_rules(d) != DR_OK)
        return DIDRUN_ERROR_USAGE;
    if (read_times(d, s.o, &s.from, &s.to, &last) != DIDRUN_OK)
        return DIDRUN_ERROR_USAGE;
    s.arena = dr_arena_create("views", 0);
    dr_status status = s.arena ? DR_OK : DR_NOMEM;
    s.in.first = s.in.last = DR_NO_TIME;
    s.in.syms = d->syms;
    s.in.vocab = &d->vocab;
    s.in.facts = d->store;
    s.in.elapsed_ms = d->elapsed_ms;
    s.in.evidence = s.o->title ? dr_str_of(s.o->title) : DR_STR_NONE;
    s.view = (view_options){ .width = s.o->width == DIDRUN_WIDTH_NONE ? 0 : s.o->width ? s.o->width : 100, .colour = (s.o->flags & DIDRUN_SHOW_COLOR) != 0,
                             .all = (s.o->flags & DIDRUN_SHOW_ALL) != 0 };
    if (s.o->tz_minutes != INT32_MIN) {
        if (s.o->tz_minutes < -ZONE_MINUTES_MAX || s.o->tz_minutes > ZONE_MINUTES_MAX) {
            (void)dr_fail(&d->err, DR_USAGE, "no zone is %d minutes from UTC", (int)s.o->tz_minutes);
            dr_arena_destroy(s.arena);
            return DIDRUN_ERROR_USAGE;
        }
        s.view.zoned = true;
        s.view.zone_minutes = s.o->tz_minutes;
    }
    if (status == DR_OK)
        status = present_all(d, s.arena, s.o->host, &s.in);
    int64_t end = DR_NO_TIME;
    for (size_t i = 0; i < s.in.n_hosts; i++) {
        if (!s.o->host || param_equal(PARAM_HOST, dr_str_of(s.o->host), s.in.hosts[i].name))
            end = s.in.hosts[i].last > end ? s.in.hosts[i].last : end;
    }
    if (last && dr_time_is(end) && end - last > s.from)
        s.from = end - last;
    if (status == DR_OK && (s.from != DR_NO_TIME || s.to != DR_NO_TIME))
        status = cut_coverage(&s);
    s.view.from = s.from == DR_NO_TIME ? 0 : s.from;
    s.view.to = s.to == DR_NO_TIME ? 0 : s.to;
    if (status == DR_OK) {
        const verdict_list *list = what == DIDRUN_SHOW_CHECK ? &d->answer : &d->verdicts;
        status = list->arena && what != DIDRUN_SHOW_COVERAGE ? gather_verdicts(&s, list) : DR_OK;
    }
    bool asked = status == DR_OK && s.o->host && what != DIDRUN_SHOW_RULES && what != DIDRUN_SHOW_RULE && what != DIDRUN_SHOW_MESSAGES;
    int result = asked && !host_known(&s, what == DIDRUN_SHOW_CHECK ? &d->answer : &d->verdicts) ? DIDRUN_ERROR_USAGE
                 : status == DR_OK ? dispatch(&s, what) : engine_result(d, dr_fail(&d->err, status, "%s", dr_status_text(status)));
    dr_vec_free(&s.chosen);
    dr_buf_free(&s.out);
    dr_arena_destroy(s.arena);
    return result;
}
