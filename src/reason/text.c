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

/* Stands before most names of channels and providers and tells them apart from nothing. */
static dr_str without_maker(dr_str name)
{
    const dr_str maker = DR_STR("Microsoft-Windows-");
    return dr_str_starts_fold(name, maker) ? dr_str_from(name, maker.n) : name;
}

void text_cite(dr_buf *b, const reason_input *in, fact_id id)
{
    const fact *f = fact_store_at(in->store, id);
    const fact_record *r = &f->records[0];
    if (r->channel) {
        dr_buf_str_add(b, without_maker(dr_sym_str(in->syms, r->channel)));
        dr_buf_z(b, " record ");
        dr_buf_u64(b, r->record_id);
        if (r->event_id)
            dr_buf_printf(b, ", event %u", r->event_id);
    } else if (r->place.n)
        dr_buf_str_add(b, r->place);
    else
        dr_buf_printf(b, "offset 0x%llx", (unsigned long long)r->offset);
}

bool text_account(dr_buf *b, const reason_input *in, const fact *f)
{
    const entity_names *a = in->names;
    dr_str name = fact_get(f, a->actor_name), domain = fact_get(f, a->actor_domain), sid = fact_get(f, a->actor_sid);
    dr_str logon = fact_get(f, a->actor_logon_id);
    if (!name.n && !sid.n)
        return false;
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
    return true;
}

/* Of {one|other|"words"} the first that is known. */
static dr_str choose(const claim *c, const dr_str *values, dr_str names)
{
    while (names.n) {
        size_t bar = dr_str_find_char(names, '|');
        dr_str name = bar == SIZE_MAX ? names : dr_str_sub(names, 0, bar);
        names = bar == SIZE_MAX ? DR_STR_NONE : dr_str_from(names, bar + 1);
        if (name.n > 2 && name.p[0] == '"')
            return dr_str_sub(name, 1, name.n - 2);
        size_t p = rule_param_index(c->rule, name);
        if (p != SIZE_MAX && values[p].n)
            return values[p];
    }
    return DR_STR("(not known)");
}

/* A sentence with a whole script in it is no sentence; the parameter holds it whole. */
static void add_short(dr_buf *b, dr_str value)
{
    enum { MAX = 200 };
    if (value.n <= MAX) {
        dr_buf_str_add(b, value);
        return;
    }
    size_t n = MAX;
    while (n > 0 && ((unsigned char)value.p[n] & 0xc0u) == 0x80u) /* not inside a character */
        n--;
    dr_buf_str_add(b, dr_str_sub(value, 0, n));
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
        add_short(b, choose(c, values, dr_str_sub(text, i + 1, end - 1)));
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
        dr_buf_str_add(b, without_maker(provider));
    else
        dr_buf_z(b, "Windows");
}

/* Why a rung cannot be told: the first thing that was looked for. */
static void reason_clause(dr_buf *b, const reason_input *in, const judgement *j, rung step)
{
    for (size_t i = 0; i < j->missing.n; i++) {
        const verdict_missing *m = &j->missing.p[i];
        if (m->rung != step)
            continue;
        if (m->text.n)
            dr_buf_str_add(b, m->text);
        else {
            uint16_t kind = vocab_kind_of(in->vocab, m->what);
            dr_buf_str_add(b, kind ? in->vocab->kinds[kind].shown : m->what);
            dr_buf_z(b, ": ");
            dr_buf_z(b, cov_reason_shown(m->reason));
        }
        return;
    }
    dr_buf_z(b, "nothing examined would show it");
}

/* Was a label of the rule's own written before the sentence? Then the effect is not named again. */
static void achieved_sentence(dr_buf *b, const reason_input *in, const judgement *j, const dr_str *values, bool labelled)
{
    const verdict_evidence *e = find_row(j, RUNG_ACHIEVED, ROLE_PROVES);
    if (!e)
        return;
    const fact *f = fact_store_at(in->store, e->fact);
    component(b, in, f);
    dr_buf_z(b, " recorded ");
    if (labelled)
        dr_buf_z(b, "this");
    else
        effect_phrase(b, j, values);
    dr_buf_z(b, " at ");
    text_time(b, f->time);
    bool named = text_account(b, in, f);
    cite_paren(b, in, j, RUNG_ACHIEVED, ROLE_PROVES);
    if (!named)
        dr_buf_z(b, "; no account is named there");
}

/* Is nothing known that would show it, rather than something that was looked for in vain? */
static bool no_recorder(const judgement *j, rung step)
{
    bool any = false;
    for (size_t i = 0; i < j->missing.n; i++) {
        if (j->missing.p[i].rung != step)
            continue;
        if (j->missing.p[i].reason != COV_NO_RECORDER)
            return false;
        any = true;
    }
    return any;
}

static void persists_sentence(dr_buf *b, const reason_input *in, const judgement *j)
{
    const verdict_evidence *e;
    switch (j->states[RUNG_PERSISTS]) {
    case STATE_PROVED:
        if (j->as_of == DR_NO_TIME)
            dr_buf_z(b, ". So it stood at collection");
        else {
            dr_buf_z(b, ". It was still in place as of ");
            text_time(b, j->as_of);
        }
        cite_paren(b, in, j, RUNG_PERSISTS, ROLE_PROVES);
        dr_buf_z(b, ".");
        return;
    case STATE_REFUTED:
        e = find_row(j, RUNG_PERSISTS, ROLE_REFUTES);
        if (e) {
            const fact *f = fact_store_at(in->store, e->fact);
            dr_buf_z(b, ". It was undone at ");
            text_time(b, f->time);
            text_account(b, in, f);
            cite_paren(b, in, j, RUNG_PERSISTS, ROLE_REFUTES);
        } else {
            dr_buf_z(b, ". It was gone as of ");
            text_time(b, j->as_of);
            dr_buf_z(b, "; no record shows when or under which account it was undone");
        }
        dr_buf_z(b, ". That is no statement that its consequences were undone.");
        return;
    case STATE_ABSENT: dr_buf_z(b, ". It was not there at collection."); return;
    case STATE_UNKNOWN:
        if (no_recorder(j, RUNG_PERSISTS)) {
            dr_buf_z(b, ". How it stood at collection is not shown by this.");
            return;
        }
        dr_buf_z(b, ". Whether it was still in place at collection cannot be told (");
        reason_clause(b, in, j, RUNG_PERSISTS);
        dr_buf_z(b, ").");
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

/* Of a claim whose only effect is that something ran. */
static void ran_sentence(dr_buf *b, const reason_input *in, const judgement *j, const dr_str *values)
{
    const verdict_evidence *e = find_row(j, RUNG_ATTEMPTED, ROLE_PROVES);
    size_t start = b->n;
    effect_phrase(b, j, values);
    if (b->n > start && b->p[start] >= 'a' && b->p[start] <= 'z')
        b->p[start] = (char)(b->p[start] - 'a' + 'A');
    dr_buf_z(b, " is recorded at ");
    text_time(b, j->claim->time);
    if (e)
        text_account(b, in, fact_store_at(in->store, e->fact));
    cite_paren(b, in, j, RUNG_STARTED, ROLE_PROVES);
    dr_buf_z(b, ". What it did is not shown by this.");
}

static void sentences(const reason_input *in, const judgement *j, const dr_str *values, verdict_word word, bool labelled, dr_buf *b)
{
    const claim *c = j->claim;
    const verdict_evidence *e;
    switch (word) {
    case WORD_CONFLICTING: {
        rung at = j->states[RUNG_PERSISTS] == STATE_CONFLICTING   ? RUNG_PERSISTS
                  : j->states[RUNG_ACHIEVED] == STATE_CONFLICTING ? RUNG_ACHIEVED
                                                                  : RUNG_STARTED;
        if (at == RUNG_PERSISTS && j->states[RUNG_ACHIEVED] == STATE_PROVED) {
            achieved_sentence(b, in, j, values, false);
            dr_buf_z(b, ". ");
        }
        if (at == RUNG_ACHIEVED) {
            dr_buf_z(b, "That ");
            effect_phrase(b, j, values);
            dr_buf_z(b, " took place");
        } else
            dr_buf_z(b, at == RUNG_STARTED ? "That the command ran" : "That it was in place at collection");
        dr_buf_z(b, " stands in ");
        cite_rows(b, in, j, at, ROLE_PROVES);
        dr_buf_z(b, at == RUNG_PERSISTS ? "; that it was undone, in " : "; that it did not, in ");
        cite_rows(b, in, j, at, ROLE_REFUTES);
        dr_buf_z(b, ". Both are shown; neither is preferred.");
        return;
    }
    case WORD_ACHIEVED_PERSISTS:
    case WORD_ACHIEVED_REMOVED:
    case WORD_ACHIEVED:
        achieved_sentence(b, in, j, values, labelled && word != WORD_ACHIEVED_REMOVED);
        if (j->states[RUNG_PERSISTS] != STATE_NOT_APPLICABLE)
            persists_sentence(b, in, j);
        else
            dr_buf_z(b, ".");
        return;
    case WORD_BLOCKED:
        e = find_row(j, RUNG_STARTED, ROLE_REFUTES);
        dr_buf_z(b, "The command for ");
        effect_phrase(b, j, values);
        dr_buf_z(b, " was refused by ");
        if (e) {
            const fact *f = fact_store_at(in->store, e->fact);
            dr_str control = fact_get(f, in->names->control_name);
            if (control.n)
                dr_buf_str_add(b, control);
            else
                component(b, in, f);
            dr_buf_z(b, " at ");
            text_time(b, f->time);
        } else
            dr_buf_z(b, "a control");
        cite_paren(b, in, j, RUNG_STARTED, ROLE_REFUTES);
        dr_buf_z(b, " before it started.");
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
    case WORD_FAILED: {
        e = find_row(j, RUNG_ACHIEVED, ROLE_REFUTES);
        const fact *f = e ? fact_store_at(in->store, e->fact) : NULL;
        bool ended = f && f->kind == in->names->kind_process_exited;
        if (!labelled || !f) {
            dr_buf_z(b, "The attempt at ");
            effect_phrase(b, j, values);
            dr_buf_z(b, " at ");
            text_time(b, c->time);
            dr_buf_z(b, f ? " failed: " : " failed");
        }
        if (f) {
            dr_str status = fact_get(f, in->names->status);
            if (ended)
                dr_buf_z(b, labelled ? "The command ended" : "the command ended");
            else {
                component(b, in, f);
                dr_buf_z(b, " recorded: ");
                dr_buf_str_add(b, in->vocab->kinds[f->kind].shown);
            }
            if (status.n) {
                dr_buf_z(b, ended ? " with status " : ", status ");
                status_phrase(b, status);
            }
            if (labelled) {
                dr_buf_z(b, ", at ");
                text_time(b, f->time);
            }
            cite_paren(b, in, j, RUNG_ACHIEVED, ROLE_REFUTES);
        }
        dr_buf_z(b, ".");
        return;
    }
    case WORD_PERSISTS:
        if (labelled)
            dr_buf_z(b, "It was in place as of ");
        else {
            dr_buf_z(b, "What ");
            effect_phrase(b, j, values);
            dr_buf_z(b, " leaves was in place as of ");
        }
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
            if (j->run.lifetime >= 0) {
                char life[32];
                dr_duration_text(j->run.lifetime, life);
                dr_buf_printf(b, " after %s", life);
            }
            cite_paren(b, in, j, RUNG_STARTED, ROLE_PROVES);
        } else if (j->states[RUNG_ACHIEVED] == STATE_NOT_APPLICABLE) {
            ran_sentence(b, in, j, values);
            return;
        } else
            command_clause(b, in, j, values, "ran");
        dr_buf_z(b, ". Whether it had that effect cannot be told (");
        reason_clause(b, in, j, RUNG_ACHIEVED);
        dr_buf_z(b, ").");
        return;
    case WORD_ATTEMPTED:
        command_clause(b, in, j, values, "was issued");
        if (j->states[RUNG_ACHIEVED] == STATE_NOT_APPLICABLE) {
            dr_buf_z(b, ". That its code ran is not shown.");
            return;
        }
        dr_buf_z(b, ". Whether it took place cannot be told (");
        reason_clause(b, in, j, RUNG_ACHIEVED);
        dr_buf_z(b, ").");
        return;
    case WORD_NOT_RECORDED:
        dr_buf_z(b, "No command for ");
        effect_phrase(b, j, values);
        dr_buf_z(b, " is recorded where it would have been; for other ways of doing it this says nothing.");
        return;
    case WORD_PRESENT:
        e = find_row(j, RUNG_PRESENT, ROLE_PROVES);
        if (e) {
            const fact *f = fact_store_at(in->store, e->fact);
            component(b, in, f);
            dr_buf_z(b, " named it at ");
            text_time(b, f->time);
            text_account(b, in, f);
            cite_paren(b, in, j, RUNG_PRESENT, ROLE_PROVES);
            dr_buf_z(b, ". ");
        }
        dr_buf_z(b, "What became of it cannot be told (");
        reason_clause(b, in, j, RUNG_ACHIEVED);
        dr_buf_z(b, ").");
        return;
    case WORD_UNSUPPORTED:
        for (size_t i = 0; i < j->evidence.n; i++) {
            if (j->evidence.p[i].role != ROLE_CONTEXT)
                continue;
            text_cite(b, in, j->evidence.p[i].fact);
            dr_buf_z(b, ", names ");
            effect_phrase(b, j, values);
            dr_buf_z(b, " without showing that it took place then.");
            return;
        }
        dr_buf_z(b, "Nothing in the examined evidence bears on ");
        effect_phrase(b, j, values);
        if (!no_recorder(j, RUNG_ACHIEVED)) {
            dr_buf_z(b, "; ");
            reason_clause(b, in, j, RUNG_ACHIEVED);
        }
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
    size_t start = text->n;
    for (size_t i = 0; i < c->rule->n_labels && !chosen; i++) {
        bool fits = true;
        bool told = word != WORD_CONFLICTING; /* a label that takes one side says too little */
        for (size_t k = 0; k < c->rule->labels[i].n && fits; k++) {
            const rule_condition *condition = &c->rule->labels[i].conditions[k];
            fits = holds(j, values, word, condition);
            told = told || condition->kind == COND_WORD ||
                   (condition->kind == COND_RUNG && condition->states == 1u << STATE_CONFLICTING);
        }
        fits = fits && told;
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
        if (chosen->say.p[0] >= 'a' && chosen->say.p[0] <= 'z') /* a word of ours, no value */
            text->p[start] = (char)(text->p[start] - 'a' + 'A');
    }
    sentences(in, j, values, word, chosen != NULL, text);
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
        dr_buf_z(text, " A record that is always written with it would be there and is not.");
    if (c->ambiguous)
        dr_buf_z(text, " An effect of this kind was recorded; which of several commands it belongs to cannot be told.");
}
