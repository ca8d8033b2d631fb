/* JSON Lines. The shape is part of the interface: docs/json.md. */
#include "view/view.h"
#include "view/words.h"

static void key(dr_buf *out, const char *name)
{
    if (out->n > 0 && out->p[out->n - 1] != '{' && out->p[out->n - 1] != '[')
        dr_buf_char(out, ',');
    dr_buf_char(out, '"');
    dr_buf_z(out, name);
    dr_buf_z(out, "\":");
}

static void member(dr_buf *out, const char *name, dr_str value)
{
    key(out, name);
    dr_buf_json_str(out, value);
}

static void member_z(dr_buf *out, const char *name, const char *value)
{
    member(out, name, dr_str_of(value));
}

static void member_u64(dr_buf *out, const char *name, uint64_t value)
{
    key(out, name);
    dr_buf_json_u64(out, value);
}

/* null for an empty text: a host or time that is not known. */
static void member_or_null(dr_buf *out, const char *name, dr_str value)
{
    if (value.n > 0) {
        member(out, name, value);
    } else {
        key(out, name);
        dr_buf_z(out, "null");
    }
}

static void member_time(dr_buf *out, const char *name, int64_t ticks)
{
    char text[DR_TIME_TEXT];
    dr_time_text(ticks, text);
    member_or_null(out, name, dr_str_of(text));
}

static void list(dr_buf *out, const char *name, const dr_str *values, size_t n)
{
    key(out, name);
    dr_buf_char(out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            dr_buf_char(out, ',');
        dr_buf_json_str(out, values[i]);
    }
    dr_buf_char(out, ']');
}

static const char *source_state(view_source_state state)
{
    switch (state) {
    case VIEW_SOURCE_READ:
        return "read";
    case VIEW_SOURCE_DAMAGED:
        return "damaged";
    case VIEW_SOURCE_USELESS:
        return "useless";
    case VIEW_SOURCE_PART:
        return "part";
    case VIEW_SOURCE_DUPLICATE:
        return "duplicate";
    case VIEW_SOURCE_CONTAINER:
        return "container";
    case VIEW_SOURCE_PASSED:
        break;
    }
    return "passed-over";
}

static void damage(dr_buf *out, const dr_diags *diags)
{
    key(out, "damage");
    dr_buf_char(out, '[');
    for (size_t i = 0; diags && i < diags->list.n; i++) {
        const dr_diag *d = &diags->list.p[i];
        if (i > 0)
            dr_buf_char(out, ',');
        dr_buf_char(out, '{');
        member_z(out, "code", dr_diag_name(d->code));
        member_z(out, "severity", dr_diag_severity(d->code) == DR_NOTE ? "note" : dr_diag_severity(d->code) == DR_LOSS ? "loss" : "useless");
        member_u64(out, "offset", d->off);
        member_u64(out, "size", d->size);
        if (d->text.n > 0)
            member(out, "text", d->text);
        dr_buf_char(out, '}');
    }
    dr_buf_char(out, ']');
    if (diags && diags->dropped > 0)
        member_u64(out, "damage_not_listed", diags->dropped);
}

void view_json_source(dr_buf *out, const view_source *source)
{
    dr_buf_z(out, "{\"type\":\"source\"");
    member(out, "source", source->name);
    member_or_null(out, "kind", source->kind);
    member_or_null(out, "sha256", source->sha256);
    member_u64(out, "size", source->size);
    if (source->records > 0)
        member_u64(out, "records", source->records);
    member_z(out, "state", source_state(source->state));
    if (source->same_as.n > 0)
        member(out, "same_as", source->same_as);
    damage(out, source->diags);
    dr_buf_z(out, "}\n");
}

void view_json_coverage(dr_buf *out, const view_recorder *recorder)
{
    dr_buf_z(out, "{\"type\":\"coverage\"");
    member_or_null(out, "host", recorder->host);
    member(out, "recorder", recorder->id);
    if (recorder->n_spans == 0)
        member_z(out, "state", cov_reason_name(recorder->reason));
    key(out, "spans");
    dr_buf_char(out, '[');
    for (size_t i = 0; i < recorder->n_spans; i++) {
        const view_span *span = &recorder->spans[i];
        if (i > 0)
            dr_buf_char(out, ',');
        dr_buf_char(out, '{');
        member_time(out, "from", span->from);
        member_time(out, "to", span->to);
        member_z(out, "state", cov_reason_name(span->reason));
        dr_buf_char(out, '}');
    }
    dr_buf_char(out, ']');
    member(out, "text", recorder->text);
    dr_buf_z(out, "}\n");
}

static const char *link_name(fact_link link)
{
    switch (link) {
    case FACT_LINK_IDENTITY:
        return "identity";
    case FACT_LINK_SESSION:
        return "session";
    case FACT_LINK_NAME:
        return "name";
    case FACT_LINK_NONE:
        break;
    }
    return "none";
}

/* Where a fact stands, and when it was: as in a row of evidence and in an object of its own. */
static void place(dr_buf *out, const view_in *in, const fact *f)
{
    const fact_record *r = &f->records[0];
    const view_source *source = view_source_at(in, r->source);
    member(out, "fact", in->vocab->kinds[f->kind].name);
    member_time(out, "time", f->time);
    member(out, "time_means", in->vocab->meanings[f->means].name);
    if (f->precision > 1)
        member_u64(out, "time_precision", (uint64_t)f->precision);
    member(out, "source", source ? source->name : DR_STR_NONE);
    member_or_null(out, "sha256", source ? source->sha256 : DR_STR_NONE);
    if (r->channel) {
        member(out, "channel", dr_sym_str(in->syms, r->channel));
        member_u64(out, "record", r->record_id);
    }
    member_u64(out, "offset", r->offset);
    if (r->channel && r->event_id)
        member_u64(out, "event", r->event_id);
    else if (r->channel) { /* what the log itself shows: only where the record stands is known */
        key(out, "event");
        dr_buf_z(out, "null");
    }
    if (r->place.n > 0)
        member(out, "place", r->place);
    if (f->n_records > 1)
        member_u64(out, "records", f->n_records);
}

static void evidence(dr_buf *out, const view_in *in, const verdict_evidence *e)
{
    dr_buf_char(out, '{');
    member_z(out, "rung", rung_name(e->rung));
    member_z(out, "role", role_name(e->role));
    member(out, "trace", e->trace);
    place(out, in, fact_store_at(in->facts, e->fact));
    member_z(out, "link", link_name(e->link));
    member(out, "text", e->text);
    dr_buf_char(out, '}');
}

void view_json_fact(dr_buf *out, const view_in *in, const fact *f)
{
    dr_buf_z(out, "{\"type\":\"fact\"");
    member_or_null(out, "host", dr_sym_str(in->syms, f->host));
    place(out, in, f);
    member_z(out, "ceiling", rung_name(in->vocab->kinds[f->kind].ceiling));
    key(out, "attributes");
    dr_buf_char(out, '{');
    for (size_t i = 0; i < f->n_attrs; i++) {
        dr_buf_z(out, i > 0 ? "," : "");
        dr_buf_json_str(out, dr_sym_str(in->syms, f->attrs[i].key));
        dr_buf_char(out, ':');
        dr_buf_json_str(out, f->attrs[i].value);
    }
    dr_buf_z(out, "}}\n");
}

static void rows(dr_buf *out, const view_in *in, const verdict *v)
{
    key(out, "evidence");
    dr_buf_char(out, '[');
    for (size_t i = 0; i < v->n_evidence; i++) {
        if (i > 0)
            dr_buf_char(out, ',');
        evidence(out, in, &v->evidence[i]);
    }
    dr_buf_char(out, ']');
    member_u64(out, "evidence_total", v->evidence_total);
    key(out, "missing");
    dr_buf_char(out, '[');
    for (size_t i = 0; i < v->n_missing; i++) {
        const verdict_missing *m = &v->missing[i];
        if (i > 0)
            dr_buf_char(out, ',');
        dr_buf_char(out, '{');
        member_z(out, "rung", rung_name(m->rung));
        member(out, "what", m->what);
        member_z(out, "reason", cov_reason_name(m->reason));
        member(out, "text", m->text);
        dr_buf_char(out, '}');
    }
    dr_buf_char(out, ']');
    list(out, "alternatives", v->alternatives, v->n_alternatives);
    key(out, "constellation");
    dr_buf_char(out, '[');
    for (size_t i = 0; i < v->n_constellation; i++) {
        const verdict_trace *t = &v->constellation[i];
        if (i > 0)
            dr_buf_char(out, ',');
        dr_buf_char(out, '{');
        member(out, "trace", t->trace);
        member_z(out, "state", trace_state_name(t->state));
        if (t->state == TRACE_UNKNOWN)
            member_z(out, "reason", cov_reason_name(t->reason));
        dr_buf_char(out, '}');
    }
    dr_buf_char(out, ']');
}

static void note_members(dr_buf *out, const view_note *n)
{
    member_u64(out, "number", n->number);
    member(out, "stance", n->stance);
    member(out, "because", n->because);
    if (n->by.n > 0)
        member(out, "by", n->by);
}

/* Only where there are any. */
static void notes(dr_buf *out, const view_in *in, const verdict *v)
{
    size_t n = 0;
    for (size_t i = 0; i < in->n_notes; i++) {
        if (!dr_str_is(in->notes[i].verdict, v->id))
            continue;
        if (n++ == 0) {
            key(out, "notes");
            dr_buf_char(out, '[');
        } else
            dr_buf_char(out, ',');
        dr_buf_char(out, '{');
        note_members(out, &in->notes[i]);
        dr_buf_char(out, '}');
    }
    if (n > 0)
        dr_buf_char(out, ']');
}

void view_json_note(dr_buf *out, const view_in *in, const view_note *note)
{
    size_t hits;
    const verdict *v = view_find(in, note->verdict, &hits);
    dr_buf_z(out, "{\"type\":\"note\"");
    note_members(out, note);
    member(out, "verdict", note->verdict);
    member_or_null(out, "label", v ? v->label : DR_STR_NONE);
    dr_buf_z(out, "}\n");
}

static void parameters(dr_buf *out, const verdict *v)
{
    key(out, "parameters");
    dr_buf_char(out, '{');
    for (size_t i = 0; i < v->n_parameters; i++) {
        if (i > 0)
            dr_buf_char(out, ',');
        dr_buf_json_str(out, v->parameters[i].name);
        dr_buf_char(out, ':');
        dr_buf_json_str(out, v->parameters[i].value);
    }
    dr_buf_char(out, '}');
}

static void ladder(dr_buf *out, const verdict *v)
{
    key(out, "rungs");
    dr_buf_char(out, '{');
    for (rung r = 0; r < RUNG_COUNT; r++)
        member_z(out, rung_name(r), state_name(v->states[r]));
    dr_buf_char(out, '}');
}

/* Only where they apply. */
static void extras(dr_buf *out, const verdict *v)
{
    if (v->n_settle > 0)
        list(out, "settle", v->settle, v->n_settle);
    if (dr_time_is(v->as_of))
        member_time(out, "as_of", v->as_of);
    if (v->undone_by != UNDONE_NOT)
        member_z(out, "undone_by", undone_name(v->undone_by));
    if (v->expected.n > 0)
        member(out, "expected", v->expected);
    if (v->n_one_of > 0)
        list(out, "one_of", v->one_of, v->n_one_of);
    if (v->lifetime >= 0) { /* seconds */
        key(out, "lifetime");
        dr_buf_printf(out, "%lld.%07d", (long long)(v->lifetime / DR_TICKS_PER_S), (int)(v->lifetime % DR_TICKS_PER_S));
    }
}

void view_json_verdict(dr_buf *out, const view_in *in, const verdict *v)
{
    dr_buf_z(out, "{\"type\":\"verdict\"");
    member_z(out, "id", v->id);
    member(out, "claim", v->claim);
    parameters(out, v);
    /* The name in the record; a host that has another name by now says so. */
    dr_sym recorded = v->host_recorded ? v->host_recorded : v->host;
    member_or_null(out, "host", dr_sym_str(in->syms, recorded));
    if (recorded != v->host)
        member(out, "host_last", dr_sym_str(in->syms, v->host));
    member_time(out, "time", v->time);
    member(out, "time_means", in->vocab->meanings[v->time_means].name);
    if (v->from_host)
        member(out, "from_host", dr_sym_str(in->syms, v->from_host));
    member_z(out, "word", word_name(v->word));
    if (v->to_decide)
        dr_buf_z(out, ",\"to_decide\":true");
    key(out, "marks");
    dr_buf_char(out, '[');
    for (unsigned mark = 1; mark & MARK_ALL; mark <<= 1) {
        if (!(v->marks & mark))
            continue;
        if (out->n > 0 && out->p[out->n - 1] != '[')
            dr_buf_char(out, ',');
        dr_buf_json_str(out, dr_str_of(mark_name(mark)));
    }
    dr_buf_char(out, ']');
    member(out, "label", v->label);
    if (v->how.n > 0)
        member(out, "how", v->how);
    member_z(out, "grade", grade_name(v->grade));
    member(out, "rule", v->rule);
    ladder(out, v);
    rows(out, in, v);
    list(out, "attack", v->attack, v->n_attack);
    member(out, "text", v->text);
    extras(out, v);
    notes(out, in, v);
    dr_buf_z(out, "}\n");
}

void view_json_program(dr_buf *out, const view_in *in, const view_program *p)
{
    const verdict *v = p->v;
    bool any;
    int64_t first, last;
    rung highest = view_highest_rung(v, &any);
    view_launches(v, &first, &last);
    dr_buf_z(out, "{\"type\":\"program\"");
    member_z(out, "id", v->id);
    member_or_null(out, "host", dr_sym_str(in->syms, v->host));
    member(out, "program", view_parameter(v, "program"));
    member_or_null(out, "sha1", view_parameter(v, "sha1"));
    member_or_null(out, "sha256", view_parameter(v, "sha256"));
    member_or_null(out, "rung", any ? dr_str_of(rung_name(highest)) : DR_STR_NONE);
    member_z(out, "word", word_name(v->word));
    member_z(out, "grade", grade_name(v->grade));
    member_time(out, "first_launch", first);
    member_time(out, "last_launch", last);
    key(out, "artefacts");
    dr_buf_char(out, '[');
    for (size_t i = 0; i < v->n_mentions; i++) {
        const verdict_mention *m = &v->mentions[i];
        dr_buf_z(out, i > 0 ? ",{" : "{");
        member(out, "artefact", m->artefact);
        member_z(out, "shows", rung_name(m->shows));
        member_u64(out, "records", m->count);
        if (m->runs > 0 && m->shows > RUNG_PRESENT)
            member_u64(out, "runs", m->runs);
        if (dr_time_is(m->first)) {
            member_time(out, "first_launch", m->first);
            member_time(out, "last_launch", m->last);
        }
        dr_buf_char(out, '}');
    }
    dr_buf_char(out, ']');
    key(out, "runs");
    dr_buf_char(out, '[');
    for (size_t i = 0; i < p->n_runs; i++) {
        dr_buf_z(out, i > 0 ? ",{" : "{");
        member_z(out, "id", p->runs[i]->id);
        member_time(out, "time", p->runs[i]->time);
        member_z(out, "word", word_name(p->runs[i]->word));
        member_z(out, "grade", grade_name(p->runs[i]->grade));
        dr_buf_char(out, '}');
    }
    dr_buf_z(out, "]}\n");
}

void view_json_summary(dr_buf *out, const view_in *in)
{
    size_t states[VIEW_SOURCE_PASSED + 1] = { 0 }, words[WORD_COUNT] = { 0 }, decide = 0, expected = 0;
    for (size_t i = 0; i < in->n_sources; i++)
        states[in->sources[i].state]++;
    for (size_t i = 0; i < in->n_verdicts; i++) {
        words[in->verdicts[i]->word]++;
        decide += in->verdicts[i]->to_decide;
        expected += in->verdicts[i]->expected.n > 0;
    }
    dr_buf_z(out, "{\"type\":\"summary\"");
    member_u64(out, "sources", in->n_sources);
    for (view_source_state s = 0; s <= VIEW_SOURCE_PASSED; s++) {
        if (states[s] > 0 && s != VIEW_SOURCE_READ)
            member_u64(out, source_state(s), states[s]);
    }
    member_u64(out, "hosts", in->n_hosts);
    member_u64(out, "facts", fact_store_count(in->facts));
    member_u64(out, "verdicts", in->n_verdicts);
    member_u64(out, "to_decide", decide);
    member_u64(out, "expected", expected);
    key(out, "words");
    dr_buf_char(out, '{');
    for (verdict_word w = 0; w < WORD_COUNT; w++) {
        if (words[w] > 0)
            member_u64(out, word_name(w), words[w]);
    }
    dr_buf_char(out, '}');
    member_time(out, "first", in->first);
    member_time(out, "last", in->last);
    dr_buf_z(out, "}\n");
}
