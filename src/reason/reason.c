#include "reason/reason.h"

#include "claim/command.h"
#include "fact/path.h"
#include "reason/program.h"
#include "reason/text.h"

#include <inttypes.h>

#define FACT_TEXT_PART 300 /* bytes of one attribute in a row's text */

dr_status verdict_list_init(verdict_list *list)
{
    *list = (verdict_list){ .arena = dr_arena_create("verdicts", 0) };
    return list->arena ? DR_OK : DR_NOMEM;
}

void verdict_list_free(verdict_list *list)
{
    dr_arena_destroy(list->arena);
    dr_vec_free(&list->verdicts);
    verdict_free_secrets(list);
}

/* What a record is, whichever file it was found in: for ids that stay when evidence is added. */
static void identity(dr_buf *b, const reason_input *in, fact_id id)
{
    const fact *f = fact_store_at(in->store, id);
    const fact_record *r = &f->records[0];
    if (r->channel) {
        dr_buf_str_add(b, dr_sym_str(in->syms, r->channel));
        dr_buf_printf(b, "|%" PRIu64 "|%" PRId64, r->record_id, f->time);
    } else {
        dr_buf_str_add(b, in->source_hash ? in->source_hash(in->source_context, r->source) : DR_STR_NONE);
        dr_buf_printf(b, "|%" PRIu64 "|", r->offset);
        dr_buf_str_add(b, r->place);
    }
}

/* The anchoring record: trigger, else effect, else first mention. */
static fact_id anchor(const verdict *v)
{
    for (size_t i = 0; i < v->n_evidence; i++) {
        if (dr_str_is(v->evidence[i].trace, "trigger"))
            return v->evidence[i].fact;
    }
    for (size_t i = 0; i < v->n_evidence; i++) {
        if (v->evidence[i].rung == RUNG_ACHIEVED && v->evidence[i].role != ROLE_CONTEXT)
            return v->evidence[i].fact;
    }
    return v->n_evidence ? v->evidence[0].fact : 0;
}

/* Does the shown name differ from the recorded one by a number only, which tells hosts of one name apart? */
static bool only_numbered(dr_str shown, dr_str recorded)
{
    size_t mark = dr_str_find_char(shown, '#');
    if (mark == SIZE_MAX || !dr_str_eq_fold(dr_str_sub(shown, 0, mark), dr_str_sub(recorded, 0, mark)))
        return false;
    while (++mark < shown.n && shown.p[mark] >= '0' && shown.p[mark] <= '9') {
    }
    return dr_str_eq_fold(dr_str_from(shown, mark), dr_str_from(recorded, dr_str_find_char(shown, '#')));
}

static dr_status set_ids(const reason_input *in, verdict_list *list)
{
    dr_map *seen = dr_map_create();
    dr_buf b = { 0 };
    dr_status status = seen ? DR_OK : DR_NOMEM;
    for (size_t i = 0; i < list->verdicts.n && status == DR_OK; i++) {
        verdict *v = &list->verdicts.p[i];
        fact_id id = anchor(v);
        if (id && fact_store_at(in->store, id)->host == v->host && fact_store_at(in->store, id)->records[0].channel)
            v->host_recorded = fact_store_at(in->store, id)->records[0].host;
        if (v->host_recorded && only_numbered(dr_sym_str(in->syms, v->host), dr_sym_str(in->syms, v->host_recorded)))
            v->host_recorded = 0;
        dr_buf_clear(&b);
        dr_buf_str_add(&b, v->claim);
        dr_buf_char(&b, '|');
        dr_buf_str_add(&b, dr_sym_str(in->syms, v->host));
        dr_buf_char(&b, '|');
        if (dr_str_is(v->claim, "program-ran") && v->n_parameters) { /* a program is its path, in whichever form */
            dr_arena_mark mark = dr_arena_save(list->arena);
            dr_buf_str_add(&b, path_key(list->arena, v->parameters[0].value));
            dr_arena_restore(list->arena, mark);
        }
        if (id && (!dr_str_is(v->claim, "program-ran") || v->run))
            identity(&b, in, id);
        for (size_t p = 0; p < v->n_parameters && !id; p++)
            dr_buf_str_add(&b, v->parameters[p].value);
        /* Several claims of one record (two members added by one command) are told apart by number: they
         * come in the order of the rule's values. */
        uint64_t *slot;
        status = dr_map_put(seen, dr_buf_str(&b), &slot, NULL);
        if (status != DR_OK)
            break;
        if ((*slot)++)
            dr_buf_printf(&b, "|%" PRIu64, *slot);
        snprintf(v->id, sizeof v->id, "v-%016" PRIx64, dr_hash64(b.p, b.n));
    }
    if (b.failed)
        status = DR_NOMEM;
    dr_buf_free(&b);
    dr_map_destroy(seen);
    return status;
}

/* Does one of the facts that carry the verdict meet the conditions? */
static bool conditions_hold(const fact *f, const rule_where *where, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        dr_str have = fact_get(f, where[i].key);
        if (!have.p || !expected_value_fits(where[i].values, where[i].n, have))
            return false;
    }
    return true;
}

static bool fits_entry(const reason_input *in, const verdict *v, const expected_entry *e)
{
    bool named = false, content = e->n_where == 0, parent = e->n_parent == 0;
    if (e->words && !(e->words & 1u << v->word))
        return false;
    for (size_t i = 0; i < e->n_claims; i++)
        named = named || dr_str_eq(e->claims[i], v->claim);
    for (size_t i = 0; i < e->n_parameters && named; i++) {
        dr_str have = { NULL, 0 };
        for (size_t p = 0; p < v->n_parameters; p++) {
            if (dr_str_eq(v->parameters[p].name, e->parameter_names[i]))
                have = v->parameters[p].value;
        }
        named = have.p && expected_value_fits(e->parameter_values[i], e->parameter_counts[i], have);
    }
    for (size_t i = 0; i < v->n_evidence && named; i++) {
        const fact *f = fact_store_at(in->store, v->evidence[i].fact);
        if (!content && v->evidence[i].rung >= RUNG_ACHIEVED)
            content = conditions_hold(f, e->where, e->n_where);
        run_id own = run_of_fact(in->runs, f->id);
        for (uint32_t k = 0; !parent && own && k < run_at(in->runs, own)->n_created; k++)
            parent = conditions_hold(fact_store_at(in->store, run_at(in->runs, own)->created[k]), e->parent, e->n_parent);
    }
    bool traces = true;
    for (size_t i = 0; i < e->n_found && traces; i++) {
        traces = false;
        for (size_t t = 0; t < v->n_constellation && !traces; t++)
            traces = dr_str_eq(v->constellation[t].trace, e->found[i]) && v->constellation[t].state == TRACE_FOUND;
    }
    return named && content && parent && traces;
}

static bool needs_decision(const verdict *v)
{
    if (v->expected.n || v->quiet)
        return false;
    if (v->urgent)
        return true;
    switch (v->word) {
    case WORD_CONFLICTING: return true;
    case WORD_ACHIEVED_PERSISTS:
    case WORD_OTHER_EFFECT:
    case WORD_ACHIEVED:
    case WORD_NO_EFFECT:
    case WORD_ATTEMPTED:
    case WORD_PERSISTS:
    case WORD_RAN: return v->effect;
    case WORD_PRESENT: return v->effect; /* a detection without an outcome */
    case WORD_ACHIEVED_REMOVED:
    case WORD_BLOCKED:
    case WORD_FAILED_TO_START:
    case WORD_FAILED:
    case WORD_CRASHED:
    case WORD_NOT_RECORDED:
    case WORD_UNSUPPORTED:
    case WORD_COUNT: break;
    }
    return false;
}

typedef struct order_context {
    const reason_input *in;
} order_context;

static int verdict_order(const void *a, const void *b, void *context)
{
    const verdict *x = a, *y = b;
    const order_context *o = context;
    if (x->to_decide != y->to_decide)
        return x->to_decide ? -1 : 1;
    int rank_x = x->urgent && x->word != WORD_CONFLICTING ? 1 : ladder_order(x->word, x->effect);
    int rank_y = y->urgent && y->word != WORD_CONFLICTING ? 1 : ladder_order(y->word, y->effect);
    if (rank_x != rank_y)
        return rank_x < rank_y ? -1 : 1;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    int c = dr_str_cmp(dr_sym_str(o->in->syms, x->host), dr_sym_str(o->in->syms, y->host));
    if (!c)
        c = dr_str_cmp(x->claim, y->claim);
    return c ? c : strcmp(x->id, y->id);
}

static dr_status copy_parameters(const claim *c, const dr_str *values, dr_arena *arena, verdict *v)
{
    verdict_parameter *p = DR_NEW_ARRAY(arena, verdict_parameter, c->rule->n_params);
    if (!p)
        return DR_NOMEM;
    for (size_t i = 0; i < c->rule->n_params; i++) {
        const rule_param *param = &c->rule->params[i];
        if (!values[i].n || param->type == PARAM_SECRET || dr_str_is(param->name, "host"))
            continue;
        bool bare_guid = param->type == PARAM_GUID && values[i].p[0] != '{';
        p[v->n_parameters++] = (verdict_parameter){ param->name, bare_guid ? dr_arena_printf(arena, "{%.*s}", DR_STR_ARG(values[i]))
                                                                           : dr_arena_str(arena, values[i]) };
    }
    v->parameters = p;
    return DR_OK;
}

static dr_status copy_constellation(const judgement *j, dr_arena *arena, verdict *v)
{
    const rule *r = j->claim->rule;
    verdict_trace *rows = DR_NEW_ARRAY(arena, verdict_trace, r->n_traces);
    if (!rows)
        return DR_NOMEM;
    for (size_t i = 0; i < r->n_traces; i++) {
        const trace_result *t = &j->traces[i];
        bool refutes = r->traces[i].role == TRACE_REFUTES && t->state == TRACE_FOUND;
        rows[i] = (verdict_trace){ r->traces[i].name, refutes ? TRACE_REFUTED : t->state,
                                   t->state == TRACE_UNKNOWN ? t->reason : COV_COVERED };
        if (rows[i].state == TRACE_UNKNOWN && rows[i].reason == COV_COVERED)
            rows[i].reason = COV_NO_RECORDER;
    }
    v->constellation = rows;
    v->n_constellation = r->n_traces;
    return DR_OK;
}

/* The time of a claim that no trigger made: its effect's, else the earliest that bears on it. */
static int64_t claim_time(const reason_input *in, const judgement *j, uint16_t *means)
{
    const claim *c = j->claim;
    *means = 0;
    for (size_t i = 0; i < j->evidence.n; i++) {
        const fact *f = fact_store_at(in->store, j->evidence.p[i].fact);
        if (f->time == c->time && !*means)
            *means = f->means;
    }
    if (!*means && c->time != DR_NO_TIME)
        *means = vocab_meaning_of(in->vocab, DR_STR("occurred")); /* as it was asked for */
    return c->time;
}

/* Is nothing of the claim known but what is at rest, and nothing notable about it? What would have been
 * recorded when it was made, and was not, is notable always. */
static bool quiet_at_rest(const reason_input *in, const judgement *j)
{
    const claim *c = j->claim;
    const rule *r = c->rule;
    if (!r->quiet_at_rest || c->n_triggers || !c->n_effects || j->states[RUNG_ACHIEVED] == STATE_ABSENT)
        return false;
    for (size_t i = 0; i < c->n_effects; i++) {
        const fact *f = fact_store_at(in->store, c->effects[i].fact);
        if (!r->traces[c->effects[i].trace].at_rest)
            return false;
        for (size_t k = 0; k < r->n_notable; k++) {
            if (conditions_hold(f, r->notable[k].where, r->notable[k].n))
                return false;
        }
    }
    return true;
}

static dr_status build_verdict(const reason_input *in, const judgement *j, verdict_list *out)
{
    const claim *c = j->claim;
    const rule *r = c->rule;
    dr_arena *arena = out->arena;
    verdict v = { .claim = r->id, .title = r->title, .host = c->host, .from_host = c->from_host, .lifetime = -1 };
    dr_buf label = { 0 }, text = { 0 };
    memcpy(v.states, j->states, sizeof v.states);
    memcpy(v.grades, j->grades, sizeof v.grades);
    v.marks = j->marks;
    v.effect = !r->not_applicable[RUNG_ACHIEVED];
    v.quiet = (r->quiet && !c->n_triggers) || quiet_at_rest(in, j);
    v.word = ladder_word(v.states, v.marks);
    v.urgent = (r->urgent & 1u << v.word) != 0;
    v.grade = ladder_grade(v.word, v.states, v.grades);
    v.time = claim_time(in, j, &v.time_means);
    v.how = text_how(c);
    v.rule = dr_arena_printf(arena, "%.*s@%s", DR_STR_ARG(r->id), r->hash);
    rung_state at_rest = j->states[RUNG_PERSISTS];
    v.as_of = at_rest == STATE_PROVED || at_rest == STATE_REFUTED || at_rest == STATE_CONFLICTING ? j->as_of : DR_NO_TIME;
    v.undone_by = v.word == WORD_ACHIEVED_REMOVED ? j->undone_by : UNDONE_NOT;
    v.alternatives = r->alternatives;
    v.n_alternatives = r->n_alternatives;
    v.attack = r->attack;
    v.n_attack = r->n_attack;
    v.run = c->n_triggers ? c->triggers[0].run : 0;
    if (v.word == WORD_CRASHED && j->run_known)
        v.lifetime = j->run.lifetime;

    dr_status status = copy_parameters(c, j->values, arena, &v);
    if (status == DR_OK)
        status = copy_constellation(j, arena, &v);
    verdict_evidence *rows = DR_NEW_ARRAY(arena, verdict_evidence, j->evidence.n);
    verdict_missing *missing = DR_NEW_ARRAY(arena, verdict_missing, j->missing.n);
    if (!rows || !missing)
        status = DR_NOMEM;
    if (status == DR_OK) {
        /* Rung by rung, in the order in which they were found. */
        for (rung step = 0; step < RUNG_COUNT; step++) {
            for (size_t i = 0; i < j->evidence.n; i++) {
                if (j->evidence.p[i].rung != step)
                    continue;
                rows[v.n_evidence] = j->evidence.p[i];
                rows[v.n_evidence++].text = dr_arena_str(arena, j->evidence.p[i].text); /* an unwrapped command is reasoning's own */
            }
        }
        for (size_t i = 0; i < j->missing.n; i++) {
            missing[i] = j->missing.p[i];
            missing[i].text = dr_arena_str(arena, missing[i].text);
        }
        v.evidence = rows;
        v.evidence_total = j->evidence_total;
        v.missing = missing;
        v.n_missing = j->missing.n;
        text_claim(in, j, j->values, v.word, &label, &text);
        v.label = dr_arena_str(arena, dr_buf_str(&label));
        v.text = dr_arena_str(arena, dr_buf_str(&text));
        if (label.failed || text.failed || dr_arena_failed(arena) || !dr_vec_push(&out->verdicts, v))
            status = DR_NOMEM;
    }
    dr_buf_free(&label);
    dr_buf_free(&text);
    return status;
}

static dr_status collect_secrets(const claim *c, verdict_list *out)
{
    dr_status status = DR_OK;
    for (size_t i = 0; i < c->rule->n_params && status == DR_OK; i++) {
        if (c->rule->params[i].type == PARAM_SECRET)
            status = verdict_add_secret(out, c->values[i]);
    }
    return status;
}

/* Ids of the rivals of an ambiguous claim, once all ids are known. RIVALS[i] belongs to claim i. */
static dr_status name_rivals(const claim_list *claims, const size_t *place, verdict_list *out)
{
    for (size_t i = 0; i < claims->claims.n; i++)
        claims->claims.p[i]->number = i;
    for (size_t i = 0; i < claims->claims.n; i++) {
        const claim *c = claims->claims.p[i];
        if (!c->n_rivals)
            continue;
        dr_str *ids = DR_NEW_ARRAY(out->arena, dr_str, c->n_rivals);
        if (!ids)
            return DR_NOMEM;
        for (size_t k = 0; k < c->n_rivals; k++) {
            if (c->rivals[k]->number < claims->claims.n && claims->claims.p[c->rivals[k]->number] == c->rivals[k])
                ids[k] = dr_arena_str(out->arena, dr_str_of(out->verdicts.p[place[c->rivals[k]->number]].id));
        }
        out->verdicts.p[place[i]].one_of = ids;
        out->verdicts.p[place[i]].n_one_of = c->n_rivals;
    }
    return DR_OK;
}

static dr_status judge_claims(const reason_input *in, dr_arena *arena, const claim_list *claims, verdict_list *out)
{
    dr_status status = DR_OK;
    judgement *j = DR_NEW(arena, judgement); /* large: not for the stack */
    if (!j)
        return DR_NOMEM;
    for (size_t i = 0; i < claims->claims.n && status == DR_OK; i++) {
        dr_arena_mark mark = dr_arena_save(arena);
        status = collect_secrets(claims->claims.p[i], out);
        if (status == DR_OK)
            status = claim_judge(in, arena, claims->claims.p[i], j);
        if (status == DR_OK)
            status = build_verdict(in, j, out);
        judgement_free(j);
        dr_arena_restore(arena, mark);
    }
    return status;
}

/* Judges the claims that a question is about, or one that nothing bears. */
static dr_status judge_answer(const reason_input *in, dr_arena *arena, const reason_question *q, const claim_list *claims, verdict_list *out)
{
    claim_list about = { 0 };
    dr_status status = question_select(in, arena, q, claims, &about);
    if (status == DR_OK)
        status = judge_claims(in, arena, &about, out);
    dr_vec_free(&about.claims);
    return status;
}

/* What the record says, in short: the kind's phrase and the attributes that the vocabulary names. */
static dr_str fact_text(const reason_input *in, dr_arena *arena, const fact *f)
{
    const vocab_kind *kind = &in->vocab->kinds[f->kind];
    dr_buf b = { 0 };
    dr_buf_str_add(&b, kind->shown);
    for (size_t i = 0, shown = 0; i < kind->n_detail; i++) {
        dr_str value = fact_get(f, dr_sym_find(in->syms, kind->detail[i]));
        if (!value.n)
            continue;
        dr_buf_z(&b, shown++ ? ", " : ": ");
        dr_buf_str_add(&b, dr_str_sub(value, 0, FACT_TEXT_PART));
    }
    dr_str text = dr_arena_str(arena, dr_buf_str(&b));
    dr_buf_free(&b);
    return text;
}

/* The texts of the evidence for people. */
static dr_status show_evidence(const reason_input *in, verdict *v, verdict_list *out)
{
    verdict_evidence *rows = DR_NEW_ARRAY(out->arena, verdict_evidence, v->n_evidence);
    if (!rows)
        return DR_NOMEM;
    for (size_t i = 0; i < v->n_evidence; i++) {
        rows[i] = v->evidence[i];
        if (!rows[i].text.n)
            rows[i].text = fact_text(in, out->arena, fact_store_at(in->store, rows[i].fact));
        rows[i].shown = verdict_masked(out, out->arena, rows[i].text);
    }
    v->evidence = rows;
    return DR_OK;
}

/* Masks passwords in what people read, says what is expected, and puts everything into order. */
static dr_status finish(const reason_input *in, const expected_set *expected, verdict_list *out)
{
    for (size_t i = 0; i < out->verdicts.n; i++) {
        verdict *v = &out->verdicts.p[i];
        v->label = verdict_masked(out, out->arena, v->label);
        v->text = verdict_masked(out, out->arena, v->text);
        for (size_t e = 0; expected && e < expected->entries.n && !v->expected.n; e++) {
            if (fits_entry(in, v, &expected->entries.p[e]))
                v->expected = expected->entries.p[e].id;
        }
        v->to_decide = needs_decision(v);
        dr_status status = show_evidence(in, v, out);
        if (status != DR_OK)
            return status;
    }
    order_context order = { in };
    if (dr_arena_failed(out->arena) || !dr_sort(out->verdicts.p, out->verdicts.n, sizeof *out->verdicts.p, verdict_order, &order))
        return DR_NOMEM;
    return DR_OK;
}

dr_status reason_run(const reason_input *in, const expected_set *expected, verdict_list *out, dr_err *err)
{
    dr_arena *arena = dr_arena_create_folding("reasoning", fact_store_fold(in->store));
    claim_list claims = { 0 };
    if (!arena)
        return dr_fail(err, DR_NOMEM, "out of memory");
    dr_status status = claims_make(in, arena, NULL, &claims, err);
    size_t *place = NULL;
    uint8_t *trigger_runs = NULL;
    if (status == DR_OK) {
        place = DR_NEW_ARRAY(arena, size_t, claims.claims.n);
        trigger_runs = DR_NEW_ARRAY(arena, uint8_t, run_count(in->runs) + 1);
        status = place && trigger_runs ? DR_OK : DR_NOMEM;
    }
    for (size_t i = 0; i < claims.claims.n && status == DR_OK; i++) {
        place[i] = i; /* one verdict a claim, in the same order, until they are sorted */
        for (size_t k = 0; k < claims.claims.p[i]->n_triggers; k++)
            trigger_runs[claims.claims.p[i]->triggers[k].run] = 1;
    }
    if (status == DR_OK)
        status = judge_claims(in, arena, &claims, out);
    if (status == DR_OK)
        status = programs_judge(in, trigger_runs, out);
    if (status == DR_OK)
        status = set_ids(in, out);
    if (status == DR_OK)
        status = name_rivals(&claims, place, out);
    if (status == DR_OK)
        status = finish(in, expected, out);
    dr_vec_free(&claims.claims);
    dr_arena_destroy(arena);
    return status == DR_OK ? DR_OK : dr_fail(err, status, "%s", err && err->text[0] ? err->text : dr_status_text(status));
}

static dr_status ask_program(const reason_input *in, dr_arena *arena, const reason_question *q, verdict_list *out)
{
    command_list list = { 0 };
    dr_status status = q->command.n ? command_of_line(in->tools, arena, q->command, &list) : DR_OK;
    dr_str program = status == DR_OK && list.n ? list.commands[0].program : DR_STR_NONE;
    if (!program.n)
        return status;
    if (dr_str_find_char(dr_str_basename(program), '.') == SIZE_MAX)
        program = dr_arena_concat(arena, program, DR_STR(".exe"));
    return programs_ask(in, program, q->host, q->at, out);
}

dr_status reason_ask(const reason_input *in, const reason_question *q, verdict_list *out, dr_err *err)
{
    dr_arena *arena = dr_arena_create("question", 0);
    claim_list claims = { 0 };
    dr_status status = arena ? DR_OK : DR_NOMEM;
    if (status == DR_OK && q->program.n)
        status = programs_ask(in, q->program, q->host, q->at, out);
    else if (status == DR_OK) {
        status = claims_make(in, arena, q, &claims, err);
        if (status == DR_OK)
            status = judge_answer(in, arena, q, &claims, out);
        if (status == DR_OK && !out->verdicts.n) /* a command that no rule knows: did its program run? */
            status = ask_program(in, arena, q, out);
    }
    if (status == DR_OK)
        status = set_ids(in, out);
    if (status == DR_OK)
        status = finish(in, NULL, out);
    dr_vec_free(&claims.claims);
    dr_arena_destroy(arena);
    return status == DR_OK ? DR_OK : dr_fail(err, status, "%s", err && err->text[0] ? err->text : dr_status_text(status));
}
