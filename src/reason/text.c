#include "reason/text.h"

dr_str text_how(const claim *c)
{
    if (!c->n_triggers)
        return DR_STR_NONE;
    switch (c->triggers[0].how) {
    case HOW_PROCESS: return DR_STR("process");
    case HOW_COMMAND: return DR_STR("command");
    case HOW_TYPED: return DR_STR("typed");
    case HOW_NONE: break;
    }
    return DR_STR_NONE;
}

void text_time(dr_buf *b, int64_t ticks)
{
    char text[DR_TIME_TEXT];
    dr_time_short(ticks, 0, text);
    if (text[0])
        dr_buf_printf(b, "%s UTC", text);
    else
        dr_buf_z(b, "a time that is not known");
}

void text_cite(dr_buf *b, const reason_input *in, fact_id id)
{
    const fact *f = fact_store_at(in->store, id);
    const fact_record *r = &f->records[0];
    if (r->channel) {
        dr_buf_str_add(b, dr_sym_str(in->syms, r->channel));
        dr_buf_z(b, " record ");
        dr_buf_u64(b, r->record_id);
        if (r->event_id)
            dr_buf_printf(b, " (event %u)", r->event_id);
    } else if (r->place.n)
        dr_buf_str_add(b, r->place);
    else
        dr_buf_printf(b, "offset 0x%llx", (unsigned long long)r->offset);
}

void text_account(dr_buf *b, const reason_input *in, const fact *f)
{
    const entity_names *a = in->names;
    dr_str name = fact_get(f, a->actor_name), domain = fact_get(f, a->actor_domain), sid = fact_get(f, a->actor_sid);
    dr_str logon = fact_get(f, a->actor_logon_id);
    if (!name.n && !sid.n)
        return;
    dr_buf_z(b, " under the account ");
    if (name.n) {
        if (domain.n && !dr_str_is(domain, "-")) {
            dr_buf_str_add(b, domain);
            dr_buf_char(b, '\\');
        }
        dr_buf_str_add(b, name);
    } else
        dr_buf_str_add(b, sid);
    if (logon.n) {
        dr_buf_z(b, " (logon ");
        dr_buf_str_add(b, logon);
        dr_buf_char(b, ')');
    }
}

/* A sentence with a whole script in it is no sentence; the parameter holds it whole. */
static void add_short(dr_buf *b, dr_str value)
{
    enum { MAX = 200 };
    size_t n = value.n;
    for (n = n > MAX ? MAX : n; n < value.n && n > 0 && ((unsigned char)value.p[n] & 0xc0u) == 0x80u;)
        n--;
    dr_buf_str_add(b, dr_str_sub(value, 0, n));
    if (n < value.n)
        dr_buf_z(b, "\u2026");
}

void text_fill(dr_buf *b, const claim *c, const dr_str *values, dr_str text)
{
    for (size_t i = 0; i < text.n;) {
        size_t end = text.p[i] == '{' ? dr_str_find_char(dr_str_from(text, i), '}') : SIZE_MAX;
        if (end == SIZE_MAX) {
            dr_buf_char(b, text.p[i++]);
            continue;
        }
        size_t p = rule_param_index(c->rule, dr_str_sub(text, i + 1, end - 1));
        if (p != SIZE_MAX && values[p].n)
            add_short(b, values[p]);
        else
            dr_buf_z(b, "(not known)");
        i += end + 1;
    }
}

/* Small numbers are Win32 errors and exit codes, which people know in decimal. */
static void status_phrase(dr_buf *b, dr_str status)
{
    uint64_t number;
    if (dr_str_to_u64(status, &number) && number < 0x10000)
        dr_buf_u64(b, number);
    else
        dr_buf_str_add(b, status);
}

static void effect_phrase(dr_buf *b, const judgement *j, const dr_str *values)
{
    if (j->claim->rule->effect.n) {
        text_fill(b, j->claim, values, j->claim->rule->effect);
        return;
    }
    dr_buf_z(b, "\"");
    dr_buf_str_add(b, j->claim->rule->title);
    dr_buf_z(b, "\"");
}

static const verdict_evidence *find_row(const judgement *j, rung step, evidence_role role)
{
    for (size_t i = 0; i < j->evidence.n; i++) {
        const verdict_evidence *e = &j->evidence.p[i];
        if (e->rung == step && e->role == role)
            return e;
    }
    return NULL;
}

/* "Security record 12 (event 4720)", up to three of them. */
static void cite_rows(dr_buf *b, const reason_input *in, const judgement *j, rung step, evidence_role role)
{
    size_t n = 0, more = 0;
    for (size_t i = 0; i < j->evidence.n; i++) {
        const verdict_evidence *e = &j->evidence.p[i];
        if (e->rung != step || e->role != role)
            continue;
        if (n == 3) {
            more++;
            continue;
        }
        if (n++)
            dr_buf_z(b, "; ");
        text_cite(b, in, e->fact);
    }
    if (more)
        dr_buf_printf(b, " and %zu more", more);
}

/* " ({R})" */
static void cite_paren(dr_buf *b, const reason_input *in, const judgement *j, rung step, evidence_role role)
{
    if (!find_row(j, step, role))
        return;
    dr_buf_z(b, " (");
    cite_rows(b, in, j, step, role);
    dr_buf_z(b, ")");
}

static void component(dr_buf *b, const reason_input *in, const fact *f)
{
    dr_str provider = dr_sym_str(in->syms, f->records[0].provider);
    if (provider.n)
        dr_buf_str_add(b, provider);
    else
        dr_buf_z(b, "Windows");
}

/* Why a rung cannot be told: the first thing that was looked for. */
static void reason_clause(dr_buf *b, const judgement *j, rung step)
{
    for (size_t i = 0; i < j->missing.n; i++) {
        const verdict_missing *m = &j->missing.p[i];
        if (m->rung != step)
            continue;
        if (m->text.n)
            dr_buf_str_add(b, m->text);
        else {
            dr_buf_str_add(b, m->what);
            dr_buf_z(b, ": ");
            dr_buf_z(b, cov_reason_shown(m->reason));
        }
        return;
    }
    dr_buf_z(b, "nothing examined would show it");
}

static void achieved_sentence(dr_buf *b, const reason_input *in, const judgement *j, const dr_str *values)
{
    const verdict_evidence *e = find_row(j, RUNG_ACHIEVED, ROLE_PROVES);
    if (!e)
        return;
    const fact *f = fact_store_at(in->store, e->fact);
    if (f->records[0].channel && !f->records[0].event_id) { /* no record says so, the log itself does */
        dr_buf_str_add(b, dr_sym_str(in->syms, f->records[0].channel));
        dr_buf_z(b, " has ");
        dr_buf_str_add(b, fact_get(f, dr_sym_find(in->syms, DR_STR("text"))));
        return;
    }
    component(b, in, f);
    dr_buf_z(b, " recorded ");
    effect_phrase(b, j, values);
    dr_buf_z(b, " at ");
    text_time(b, f->time);
    text_account(b, in, f);
    cite_paren(b, in, j, RUNG_ACHIEVED, ROLE_PROVES);
}

static void persists_sentence(dr_buf *b, const reason_input *in, const judgement *j)
{
    const verdict_evidence *e;
    switch (j->states[RUNG_PERSISTS]) {
    case STATE_PROVED:
        if (dr_time_is(j->as_of)) {
            dr_buf_z(b, "; it was still there as of ");
            text_time(b, j->as_of);
        } else {
            dr_buf_z(b, "; it was still so when collected");
        }
        cite_paren(b, in, j, RUNG_PERSISTS, ROLE_PROVES);
        dr_buf_z(b, ".");
        return;
    case STATE_REFUTED:
        e = find_row(j, RUNG_PERSISTS, ROLE_REFUTES);
        if (e) {
            const fact *f = fact_store_at(in->store, e->fact);
            dr_buf_z(b, "; it was undone at ");
            text_time(b, f->time);
            text_account(b, in, f);
            cite_paren(b, in, j, RUNG_PERSISTS, ROLE_REFUTES);
        } else {
            dr_buf_z(b, "; it was gone as of ");
            text_time(b, j->as_of);
            dr_buf_z(b, ", and no record shows when or by whom it was undone");
        }
        dr_buf_z(b, ". That is no statement that its consequences were undone.");
        return;
    case STATE_ABSENT: dr_buf_z(b, ". It is not there now."); return;
    case STATE_UNKNOWN:
        dr_buf_z(b, ". Whether it was still there at collection cannot be told: ");
        reason_clause(b, j, RUNG_PERSISTS);
        dr_buf_z(b, ".");
        return;
    case STATE_CONFLICTING:
    case STATE_NOT_APPLICABLE:
    case STATE_COUNT: break;
    }
    dr_buf_z(b, ".");
}

static void command_clause(dr_buf *b, const reason_input *in, const judgement *j, const dr_str *values, const char *what)
{
    const claim *c = j->claim;
    dr_buf_z(b, "A command for ");
    effect_phrase(b, j, values);
    dr_buf_printf(b, " %s at ", what);
    text_time(b, c->time);
    const verdict_evidence *e = find_row(j, RUNG_ATTEMPTED, ROLE_PROVES);
    if (e)
        text_account(b, in, fact_store_at(in->store, e->fact));
    cite_paren(b, in, j, RUNG_ATTEMPTED, ROLE_PROVES);
}

static void sentences(const reason_input *in, const judgement *j, const dr_str *values, verdict_word word, dr_buf *b)
{
    const claim *c = j->claim;
    const verdict_evidence *e;
    switch (word) {
    case WORD_CONFLICTING: {
        rung at = j->states[RUNG_PERSISTS] == STATE_CONFLICTING   ? RUNG_PERSISTS
                  : j->states[RUNG_ACHIEVED] == STATE_CONFLICTING ? RUNG_ACHIEVED
                                                                  : RUNG_STARTED;
        cite_rows(b, in, j, at, ROLE_PROVES);
        dr_buf_z(b, at == RUNG_STARTED ? " states that the command ran; " : " states that ");
        if (at != RUNG_STARTED) {
            effect_phrase(b, j, values);
            dr_buf_z(b, at == RUNG_PERSISTS ? " was in place; " : " took place; ");
        }
        cite_rows(b, in, j, at, ROLE_REFUTES);
        dr_buf_z(b, " states that it did not. Both are shown; neither is preferred.");
        return;
    }
    case WORD_ACHIEVED_PERSISTS:
    case WORD_ACHIEVED_REMOVED:
    case WORD_ACHIEVED:
        achieved_sentence(b, in, j, values);
        if (j->states[RUNG_PERSISTS] != STATE_NOT_APPLICABLE)
            persists_sentence(b, in, j);
        else
            dr_buf_z(b, ".");
        return;
    case WORD_BLOCKED:
        command_clause(b, in, j, values, "was refused");
        dr_buf_z(b, " before it started");
        cite_paren(b, in, j, RUNG_STARTED, ROLE_REFUTES);
        dr_buf_z(b, ".");
        return;
    case WORD_FAILED_TO_START:
        dr_buf_z(b, "The command meant for ");
        effect_phrase(b, j, values);
        dr_buf_z(b, " ended while loading at ");
        text_time(b, c->time);
        cite_paren(b, in, j, RUNG_STARTED, ROLE_REFUTES);
        dr_buf_z(b, ", before its own code.");
        return;
    case WORD_OTHER_EFFECT:
        command_clause(b, in, j, values, j->states[RUNG_STARTED] == STATE_PROVED ? "ran" : "was started");
        dr_buf_z(b, ". It did not have that effect");
        if (j->states[RUNG_ACHIEVED] == STATE_ABSENT) {
            dr_buf_z(b, ": a record of it would have been written and kept, and is not there");
        } else
            cite_paren(b, in, j, RUNG_ACHIEVED, ROLE_REFUTES);
        dr_buf_z(b, ". What was recorded is another effect");
        for (size_t i = 0, n = 0; i < c->rule->n_traces; i++) {
            const trace_result *r = &j->traces[i];
            if (c->rule->traces[i].role != TRACE_OTHER || !trace_holds(r) || n++ > 2)
                continue;
            dr_buf_z(b, n == 1 ? ": " : "; ");
            dr_buf_z(b, "");
            dr_buf_str_add(b, in->vocab->kinds[fact_store_at(in->store, r->facts[0].fact)->kind].shown);
            dr_buf_z(b, " (");
            text_cite(b, in, r->facts[0].fact);
            dr_buf_z(b, ")");
        }
        dr_buf_z(b, ".");
        return;
    case WORD_FAILED:
        dr_buf_z(b, "The attempt at ");
        effect_phrase(b, j, values);
        dr_buf_z(b, " at ");
        text_time(b, c->time);
        dr_buf_z(b, " failed");
        e = find_row(j, RUNG_ACHIEVED, ROLE_REFUTES);
        if (e) {
            const fact *f = fact_store_at(in->store, e->fact);
            dr_str status = fact_get(f, in->names->status);
            dr_buf_z(b, ": ");
            component(b, in, f);
            dr_buf_z(b, " recorded ");
            dr_buf_str_add(b, in->vocab->kinds[f->kind].shown);
            if (status.n) {
                dr_buf_z(b, ", status ");
                status_phrase(b, status);
            }
            cite_paren(b, in, j, RUNG_ACHIEVED, ROLE_REFUTES);
        }
        dr_buf_z(b, ".");
        return;
    case WORD_PERSISTS:
        dr_buf_z(b, "What ");
        effect_phrase(b, j, values);
        dr_buf_z(b, " leaves was in place as of ");
        text_time(b, j->as_of);
        cite_paren(b, in, j, RUNG_PERSISTS, ROLE_PROVES);
        dr_buf_z(b, ". The examined evidence does not show when, by what or under which account it was made");
        e = find_row(j, RUNG_PERSISTS, ROLE_PROVES);
        if (e && fact_store_at(in->store, e->fact)->time != DR_NO_TIME) {
            dr_buf_z(b, "; last written ");
            text_time(b, fact_store_at(in->store, e->fact)->time);
        }
        dr_buf_z(b, ".");
        return;
    case WORD_NO_EFFECT:
        command_clause(b, in, j, values, j->states[RUNG_STARTED] == STATE_PROVED ? "ran" : "was started");
        dr_buf_z(b, "; the record of it would have been written and kept, and is not there");
        for (size_t i = 0; i < j->missing.n; i++) {
            const verdict_missing *m = &j->missing.p[i];
            if (m->rung == RUNG_ACHIEVED && m->reason == COV_COVERED && m->text.n) {
                dr_buf_z(b, " (");
                dr_buf_str_add(b, m->text);
                dr_buf_z(b, ")");
                break;
            }
        }
        dr_buf_z(b, ". It does not follow that the command did nothing.");
        return;
    case WORD_CRASHED:
    case WORD_RAN:
        if (word == WORD_CRASHED) {
            dr_buf_z(b, "The process for ");
            effect_phrase(b, j, values);
            dr_buf_z(b, " crashed");
            cite_paren(b, in, j, RUNG_STARTED, ROLE_PROVES);
        } else
            command_clause(b, in, j, values, "ran");
        dr_buf_z(b, ". Whether it had that effect cannot be told: ");
        reason_clause(b, j, RUNG_ACHIEVED);
        dr_buf_z(b, ".");
        return;
    case WORD_ATTEMPTED:
        command_clause(b, in, j, values, "was issued");
        dr_buf_z(b, ". Whether it took place cannot be told: ");
        reason_clause(b, j, RUNG_ACHIEVED);
        dr_buf_z(b, ".");
        return;
    case WORD_NOT_RECORDED:
        dr_buf_z(b, "No command for ");
        effect_phrase(b, j, values);
        dr_buf_z(b, " is recorded where it would have been; for other ways of doing it this says nothing.");
        return;
    case WORD_PRESENT:
        effect_phrase(b, j, values);
        dr_buf_z(b, " is named");
        cite_paren(b, in, j, RUNG_PRESENT, ROLE_PROVES);
        dr_buf_z(b, "; what became of it is not recorded: ");
        reason_clause(b, j, RUNG_ACHIEVED);
        dr_buf_z(b, ".");
        return;
    case WORD_UNSUPPORTED:
        for (size_t i = 0; i < j->evidence.n; i++) {
            if (j->evidence.p[i].role != ROLE_CONTEXT)
                continue;
            text_cite(b, in, j->evidence.p[i].fact);
            dr_buf_z(b, " names ");
            effect_phrase(b, j, values);
            dr_buf_z(b, " without showing that it took place then.");
            return;
        }
        dr_buf_z(b, "Nothing in the examined evidence bears on ");
        effect_phrase(b, j, values);
        dr_buf_z(b, ".");
        return;
    case WORD_COUNT: break;
    }
}

static bool holds(const judgement *j, const dr_str *values, verdict_word word, const rule_condition *c)
{
    switch (c->kind) {
    case COND_RUNG: return (c->states & 1u << j->states[c->index]) != 0;
    case COND_TRACE: {
        const trace_result *r = &j->traces[c->index];
        trace_state s = r->state == TRACE_FOUND && !trace_holds(r) ? TRACE_UNKNOWN : r->state;
        return (c->states & 1u << s) != 0;
    }
    case COND_MARK: return (c->states & j->marks) != 0;
    case COND_WORD: return (c->states & 1u << word) != 0;
    case COND_PARAM: return values[c->index].n > 0;
    }
    return false;
}

void text_claim(const reason_input *in, const judgement *j, const dr_str *values, verdict_word word, dr_buf *label, dr_buf *text)
{
    const claim *c = j->claim;
    const rule_label *chosen = NULL;
    for (size_t i = 0; i < c->rule->n_labels && !chosen; i++) {
        bool fits = true;
        for (size_t k = 0; k < c->rule->labels[i].n && fits; k++)
            fits = holds(j, values, word, &c->rule->labels[i].conditions[k]);
        if (fits)
            chosen = &c->rule->labels[i];
    }
    if (chosen)
        text_fill(label, c, values, chosen->say);
    else {
        if (c->rule->effect.n)
            text_fill(label, c, values, c->rule->effect);
        else
            dr_buf_str_add(label, c->rule->title);
        dr_buf_z(label, ": ");
        dr_buf_z(label, ladder_word_shown(word, !c->rule->not_applicable[RUNG_ACHIEVED], text_how(c)));
    }
    if (chosen) {
        dr_buf_str_add(text, dr_buf_str(label));
        dr_buf_z(text, ". ");
    }
    sentences(in, j, values, word, text);
    /* An other effect that is shown, where the asked one cannot be told. */
    if ((j->marks & MARK_OTHER_EFFECT) && word != WORD_OTHER_EFFECT) {
        for (size_t i = 0; i < c->rule->n_traces; i++) {
            const trace_result *r = &j->traces[i];
            if (c->rule->traces[i].role != TRACE_OTHER || !trace_holds(r))
                continue;
            dr_buf_z(text, " Recorded of this command: ");
            dr_buf_str_add(text, in->vocab->kinds[fact_store_at(in->store, r->facts[0].fact)->kind].shown);
            dr_buf_z(text, " (");
            text_cite(text, in, r->facts[0].fact);
            dr_buf_z(text, ").");
            break;
        }
    }
    const verdict_evidence *context = find_row(j, RUNG_ACHIEVED, ROLE_CONTEXT);
    if (context && j->states[RUNG_ACHIEVED] == STATE_PROVED) {
        const fact *f = fact_store_at(in->store, context->fact);
        dr_str status = fact_get(f, in->names->status);
        if (f->kind == in->names->kind_process_exited && status.n && !dr_str_is(status, "0x0")) {
            dr_buf_z(text, " The command nevertheless ended with ");
            status_phrase(text, status);
            dr_buf_z(text, " (");
            text_cite(text, in, f->id);
            dr_buf_z(text, ").");
        }
    }
    if (j->anomalous)
        dr_buf_z(text, " A record that is always written with it is missing, though it would be there: that is odd.");
    if (c->ambiguous)
        dr_buf_z(text, " An effect of this kind was recorded; which of several commands it belongs to cannot be told.");
}
