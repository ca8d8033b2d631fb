#include "lib/engine.h"

/* The public exit statuses of `check`. */
#define ANSWER_CONTRADICTED 4

static dr_status read_parameters(didrun *d, const didrun_question *asked, reason_question *q)
{
    size_t n = 0;
    while (asked->parameters && asked->parameters[n])
        n++;
    verdict_parameter *list = DR_NEW_ARRAY(d->arena, verdict_parameter, n);
    if (!list)
        return dr_fail(&d->err, DR_NOMEM, "out of memory");
    for (size_t i = 0; i < n; i++) {
        dr_str text = dr_str_of(asked->parameters[i]);
        size_t at = dr_str_find_char(text, '=');
        if (at == SIZE_MAX || at == 0)
            return dr_fail(&d->err, DR_USAGE, "'%s': expected NAME=VALUE", asked->parameters[i]);
        list[i] = (verdict_parameter){ dr_str_sub(text, 0, at), dr_str_from(text, at + 1) };
        if (q->rule && rule_param_index(q->rule, list[i].name) == SIZE_MAX)
            return dr_fail(&d->err, DR_USAGE, "the claim '%.*s' has no parameter '%.*s'", DR_STR_ARG(q->rule->id), DR_STR_ARG(list[i].name));
    }
    q->parameters = list;
    q->n_parameters = n;
    return DR_OK;
}

static dr_status read_question(didrun *d, const didrun_question *asked, reason_question *q)
{
    *q = (reason_question){ .at = DR_NO_TIME };
    bool program = asked->claim && strcmp(asked->claim, "program-ran") == 0;
    if (asked->claim && !program) {
        q->rule = rule_set_find(&d->rules, dr_str_of(asked->claim));
        if (!q->rule)
            return dr_fail(&d->err, DR_USAGE, "there is no claim '%s' (didrun rules list shows them)", asked->claim);
    }
    if (asked->command)
        q->command = dr_str_of(asked->command);
    if (!asked->command && !asked->claim)
        return dr_fail(&d->err, DR_USAGE, "ask about a command, or name a claim with --claim");
    if (asked->at && !dr_time_parse(dr_str_of(asked->at), &q->at))
        return dr_fail(&d->err, DR_USAGE, "'%s' is no time; expected e.g. 2025-05-30T08:12:00Z", asked->at);
    if (asked->host) {
        reason_input in;
        engine_reason_input(d, &in);
        q->host = claim_host(&in, dr_str_of(asked->host));
    }
    dr_status status = read_parameters(d, asked, q);
    for (size_t i = 0; i < q->n_parameters && program; i++) {
        if (dr_str_is(q->parameters[i].name, "program"))
            q->program = q->parameters[i].value;
    }
    if (status == DR_OK && program && !q->program.n && asked->command)
        q->program = dr_str_of(asked->command);
    if (status == DR_OK && program && !q->program.n)
        status = dr_fail(&d->err, DR_USAGE, "program-ran asks about a program: program=PATH");
    return status;
}

/* Is what was asked stated not to be so? */
static bool contradicted(verdict_word word)
{
    return word == WORD_OTHER_EFFECT || word == WORD_FAILED || word == WORD_BLOCKED || word == WORD_FAILED_TO_START ||
           word == WORD_NO_EFFECT || word == WORD_NOT_RECORDED;
}

int didrun_check(didrun *d, const didrun_question *question)
{
    reason_question q;
    reason_input in;
    dr_status status = d->from_case ? engine_read_sources_of_case(d) : DR_OK;
    if (status == DR_OK)
        status = engine_read(d);
    if (status == DR_OK)
        status = read_question(d, question, &q);
    if (status == DR_OK) {
        if (d->answer.arena)
            verdict_list_free(&d->answer);
        status = verdict_list_init(&d->answer);
    }
    if (status == DR_OK) {
        engine_reason_input(d, &in);
        status = reason_ask(&in, &q, &d->answer, &d->err);
    }
    if (status != DR_OK)
        return engine_result(d, status);
    bool supported = false, against = false;
    for (size_t i = 0; i < d->answer.verdicts.n; i++) {
        verdict_word word = d->answer.verdicts.p[i].word;
        against = against || contradicted(word);
        supported = supported || word == WORD_ACHIEVED_PERSISTS || word == WORD_ACHIEVED_REMOVED || word == WORD_ACHIEVED || word == WORD_PERSISTS;
    }
    if (against && !supported)
        return ANSWER_CONTRADICTED;
    return engine_damaged(d) ? DIDRUN_DAMAGED : DIDRUN_OK;
}
