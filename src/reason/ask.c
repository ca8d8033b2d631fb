#include "reason/reason.h"

#include "claim/command.h"

/* A time that somebody gives is near the act, not equal to it. */
#define ABOUT (5 * DR_TICKS_PER_MIN)

/* Two spellings of one command: the same tool (or program name) and equal arguments. */
static bool same_command(const command *a, const command *b)
{
    if (a->kind != b->kind)
        return false;
    if (a->kind == COMMAND_CMDLET)
        return dr_str_eq_fold(dr_str_trim(a->raw), dr_str_trim(b->raw));
    bool same_program = a->tool && b->tool ? a->tool == b->tool
                                           : dr_str_eq_fold(dr_str_basename(a->program), dr_str_basename(b->program));
    if (!same_program || a->n_tokens != b->n_tokens)
        return false;
    for (size_t i = 0; i < a->n_tokens; i++) {
        if (!dr_str_eq_fold(a->tokens[i].text, b->tokens[i].text))
            return false;
    }
    return true;
}

static bool asked_about(const reason_input *in, const reason_question *q, dr_sym host, int64_t time)
{
    if (q->host && host != q->host && !param_equal(PARAM_HOST, dr_sym_str(in->syms, q->host), dr_sym_str(in->syms, host)))
        return false;
    if (q->at == DR_NO_TIME)
        return true;
    return time != DR_NO_TIME && time >= q->at - ABOUT && time <= q->at + ABOUT;
}

/* Parameters that the question gives, and those that any rule's pattern finds in the command. */
static dr_status take_parameters(const reason_input *in, dr_arena *arena, const reason_question *q, const command *cmd, claim *c)
{
    dr_status status = DR_OK;
    for (size_t i = 0; i < q->n_parameters; i++) {
        size_t p = rule_param_index(c->rule, q->parameters[i].name);
        if (p != SIZE_MAX)
            c->values[p] = q->parameters[i].value;
    }
    if (!cmd)
        return DR_OK;
    trigger_kind kind = cmd->kind == COMMAND_CMDLET ? TRIGGER_CMDLET : TRIGGER_TOOL;
    dr_str name = cmd->kind == COMMAND_CMDLET ? cmd->name : cmd->tool ? cmd->tool->id : DR_STR_NONE;
    for (uint32_t ref = name.n ? rule_set_triggers(in->rules, kind, name) : 0; ref && status == DR_OK;) {
        const struct rule_trigger_ref *r = &in->rules->trigger_refs.p[ref - 1];
        const pattern_bindings *bindings;
        size_t n;
        status = pattern_match(r->trigger->pattern, cmd, arena, &bindings, &n);
        for (size_t b = 0; status == DR_OK && n && b < bindings[0].n; b++) {
            size_t p = rule_param_index(c->rule, bindings[0].list[b].name);
            if (p != SIZE_MAX && !c->values[p].p && bindings[0].list[b].value.n) {
                c->values[p] = bindings[0].list[b].value;
                c->bound_by_trigger[p] = true;
            }
        }
        ref = r->next;
    }
    return status;
}

/* The claim of this rule that the run's command has made already. */
static claim *claim_of_run(const claim_list *claims, const rule *r, run_id run_of)
{
    for (size_t i = 0; i < claims->claims.n; i++) {
        claim *c = claims->claims.p[i];
        for (size_t k = 0; c->rule == r && k < c->n_triggers; k++) {
            if (c->triggers[k].run == run_of)
                return c;
        }
    }
    return NULL;
}

static dr_status inject_run(const reason_input *in, dr_arena *arena, const reason_question *q, const command *cmd, run_id id, claim_list *out)
{
    const run *r = run_at(in->runs, id);
    if (q->rule) {
        claim *there = claim_of_run(out, q->rule, id);
        if (there) {
            there->asked = true;
            return DR_OK;
        }
        claim *c = DR_NEW(arena, claim);
        if (!c || !dr_vec_push(&out->claims, c))
            return DR_NOMEM;
        *c = (claim){ .rule = q->rule, .host = r->host, .from_host = r->host, .time = r->start, .n_triggers = 1, .asked = true };
        c->triggers[0] = (claim_trigger){ .run = id, .fact = r->created[0], .how = HOW_PROCESS, .text = cmd->raw };
        return take_parameters(in, arena, q, cmd, c);
    }
    for (size_t i = 0; i < out->claims.n; i++) { /* whatever it asserts by itself */
        for (size_t k = 0; k < out->claims.p[i]->n_triggers; k++)
            out->claims.p[i]->asked = out->claims.p[i]->asked || out->claims.p[i]->triggers[k].run == id;
    }
    return DR_OK;
}

dr_status question_inject(const reason_input *in, dr_arena *arena, const reason_question *q, claim_list *out)
{
    command_list wanted = { 0 };
    dr_status status = q->command.n ? command_of_line(in->tools, arena, q->command, &wanted) : DR_OK;
    for (run_id id = 1; id <= run_count(in->runs) && status == DR_OK && wanted.n; id++) {
        const run *r = run_at(in->runs, id);
        command_list have;
        if (!r->n_created || !r->command_line.n || !asked_about(in, q, r->host, r->start))
            continue;
        status = command_of_process(in->tools, arena, r->image, r->original_name, r->command_line, &have);
        /* net hands over to net1: the innermost run is asked. */
        bool handed_on = false;
        for (run_id child = r->first_child; child && status == DR_OK && have.n; child = run_at(in->runs, child)->next_sibling) {
            command_list inner;
            const run *c = run_at(in->runs, child);
            status = command_of_process(in->tools, arena, c->image, c->original_name, c->command_line, &inner);
            handed_on = handed_on || (status == DR_OK && inner.n && same_command(&inner.commands[0], &have.commands[0]));
        }
        if (status == DR_OK && have.n && !handed_on && same_command(&have.commands[0], &wanted.commands[0]))
            status = inject_run(in, arena, q, &have.commands[0], id, out);
    }
    return status;
}

static bool parameters_fit(const reason_question *q, const claim *c)
{
    for (size_t i = 0; i < q->n_parameters; i++) {
        size_t p = rule_param_index(c->rule, q->parameters[i].name);
        if (p == SIZE_MAX || !c->values[p].p || !param_equal(c->rule->params[p].type, c->values[p], q->parameters[i].value))
            return false;
    }
    return true;
}

/* The claims of the question's rule that records make; else the claim is judged all the same, for what could have
 * been seen. */
static dr_status select_of_rule(const reason_input *in, dr_arena *arena, const reason_question *q, const command *cmd, const claim_list *claims,
                                claim_list *out)
{
    size_t before = out->claims.n;
    for (size_t i = 0; i < claims->claims.n && !cmd; i++) { /* a command that no record has is none of theirs */
        claim *c = claims->claims.p[i];
        if (!c->asked && (!q->rule || c->rule == q->rule) && parameters_fit(q, c) && asked_about(in, q, c->host, c->time) &&
            !dr_vec_push(&out->claims, c))
            return DR_NOMEM;
    }
    if (out->claims.n > before || !q->rule)
        return DR_OK;
    claim *c = DR_NEW(arena, claim);
    if (!c || !dr_vec_push(&out->claims, c))
        return DR_NOMEM;
    dr_sym host = q->host;
    if (!host && fact_store_count(in->store))
        host = fact_store_at(in->store, 1)->host;
    *c = (claim){ .rule = q->rule, .host = host, .time = q->at, .asked = true };
    return take_parameters(in, arena, q, cmd, c);
}

/* No record has this very command: what it asserts is asked, with the parameters that it names. */
static dr_status select_by_command(const reason_input *in, dr_arena *arena, const reason_question *q, const command *cmd, const claim_list *claims,
                                   claim_list *out)
{
    trigger_kind kind = cmd->kind == COMMAND_CMDLET ? TRIGGER_CMDLET : TRIGGER_TOOL;
    dr_str name = cmd->kind == COMMAND_CMDLET ? cmd->name : cmd->tool ? cmd->tool->id : DR_STR_NONE;
    dr_status status = DR_OK;
    for (uint32_t ref = name.n ? rule_set_triggers(in->rules, kind, name) : 0; ref && status == DR_OK;) {
        const struct rule_trigger_ref *r = &in->rules->trigger_refs.p[ref - 1];
        const pattern_bindings *bindings;
        size_t n;
        status = pattern_match(r->trigger->pattern, cmd, arena, &bindings, &n);
        for (size_t b = 0; b < n && status == DR_OK; b++) {
            reason_question about = { .rule = r->rule, .host = q->host, .at = q->at };
            verdict_parameter *list = DR_NEW_ARRAY(arena, verdict_parameter, bindings[b].n);
            bool known = false; /* another pattern of the rule has asked it */
            if (!list)
                return DR_NOMEM;
            for (size_t i = 0; i < bindings[b].n; i++) {
                size_t p = rule_param_index(r->rule, bindings[b].list[i].name);
                if (p == SIZE_MAX || !bindings[b].list[i].value.n || r->rule->params[p].type == PARAM_SECRET)
                    continue;
                list[about.n_parameters++] = (verdict_parameter){ bindings[b].list[i].name,
                                                                  param_value(arena, r->rule->params[p].type, bindings[b].list[i].value) };
            }
            about.parameters = list;
            for (size_t i = 0; i < out->claims.n && !known; i++)
                known = out->claims.p[i]->rule == r->rule && parameters_fit(&about, out->claims.p[i]);
            if (!known)
                status = select_of_rule(in, arena, &about, NULL, claims, out);
        }
        ref = r->next;
    }
    return status;
}

dr_status question_select(const reason_input *in, dr_arena *arena, const reason_question *q, const claim_list *claims, claim_list *out)
{
    for (size_t i = 0; i < claims->claims.n; i++) {
        claim *c = claims->claims.p[i];
        if (c->asked && !dr_vec_push(&out->claims, c))
            return DR_NOMEM;
    }
    if (out->claims.n && q->command.n)
        return DR_OK;
    command_list wanted = { 0 };
    dr_status status = q->command.n ? command_of_line(in->tools, arena, q->command, &wanted) : DR_OK;
    if (status != DR_OK)
        return status;
    if (!q->command.n || q->rule)
        return select_of_rule(in, arena, q, wanted.n ? &wanted.commands[0] : NULL, claims, out);
    for (size_t i = 0; i < wanted.n && status == DR_OK; i++)
        status = select_by_command(in, arena, q, &wanted.commands[i], claims, out);
    return status;
}
