#include "reason/judge.h"

/* A process that lived longer than this had left its loader. */
#define LOADER_TIME DR_TICKS_PER_S

static void add(found *list, size_t *n, size_t *total, fact_id id, fact_link link)
{
    ++*total;
    if (*n < DR_EVIDENCE_PER_RUNG)
        list[(*n)++] = (found){ .fact = id, .link = link };
}

/* A child that a program started itself; not one that the system puts beside it. */
static fact_id real_child(const reason_input *in, const run *r)
{
    for (run_id child = r->first_child; child; child = run_at(in->runs, child)->next_sibling) {
        const run *c = run_at(in->runs, child);
        if (c->n_created && !(c->flags & RUN_PARENT_DOUBTFUL) && !toolset_companion_process(in->tools, c->image))
            return c->created[0];
    }
    return 0;
}

void run_judge(const reason_input *in, run_id id, run_state *out)
{
    const entity_names *a = in->names;
    const run *r = run_at(in->runs, id);
    size_t n;
    const fact_id *facts = run_facts(in->runs, id, &n);
    bool direct_proof = false, direct_refutation = false, indirect_proof = false;
    unsigned indirect_refutations = 0, recorders = 0;
    dr_sym recorder = 0;

    *out = (run_state){ .lifetime = -1 };
    if (r->n_created || n)
        out->attempted = STATE_PROVED;
    out->attempted_grade = GRADE_A;
    out->exit = r->exited;
    if (r->end != DR_NO_TIME && !(r->flags & RUN_CREATION_UNSEEN))
        out->lifetime = r->end > r->start ? r->end - r->start : 0;

    for (size_t i = 0; i < n; i++) {
        const fact *f = fact_store_at(in->store, facts[i]);
        bool by_name = !fact_has(f, a->process_pid) && !fact_has(f, a->process_guid);
        fact_link link = by_name ? FACT_LINK_NAME : FACT_LINK_IDENTITY;
        if (f->flags & FACT_FORGED)
            continue;
        if (f->kind == a->kind_process_active || f->kind == a->kind_process_crashed || f->kind == a->kind_process_hung) {
            add(out->proofs, &out->n_proofs, &out->total, f->id, link);
            direct_proof = direct_proof || !by_name;
            indirect_proof = indirect_proof || by_name;
            if (f->kind == a->kind_process_crashed)
                out->marks |= MARK_CRASH;
            if (recorder != f->records[0].channel) {
                recorder = f->records[0].channel;
                recorders++;
            }
        } else if (f->kind == a->kind_process_load_failed) {
            add(out->refutations, &out->n_refutations, &out->total, f->id, link);
            indirect_refutations++;
        } else if (f->kind == a->kind_process_blocked) {
            add(out->refutations, &out->n_refutations, &out->total, f->id, link);
            direct_refutation = true;
            out->marks |= MARK_CONTROL;
        }
    }
    fact_id child = real_child(in, r);
    if (child) {
        add(out->proofs, &out->n_proofs, &out->total, child, FACT_LINK_IDENTITY);
        direct_proof = true;
    }
    /* An end that is no load failure: the process had come to its own code. An end without a status says
     * so only when the loader could not have taken that long. */
    if (r->exited && !indirect_refutations && !direct_refutation && !(r->flags & RUN_CREATION_UNSEEN)) {
        const fact *end = fact_store_at(in->store, r->exited);
        if (fact_get(end, a->status).n || out->lifetime > LOADER_TIME) {
            add(out->proofs, &out->n_proofs, &out->total, r->exited, FACT_LINK_IDENTITY);
            indirect_proof = true;
        }
    }

    bool refuted_indirectly = indirect_refutations > 0;
    if (direct_proof && direct_refutation)
        out->started = STATE_CONFLICTING;
    else if (direct_proof)
        out->started = STATE_PROVED;
    else if (direct_refutation)
        out->started = STATE_REFUTED;
    else if (indirect_proof && refuted_indirectly)
        out->started = STATE_CONFLICTING;
    else if (indirect_proof)
        out->started = STATE_PROVED;
    else if (refuted_indirectly)
        out->started = STATE_REFUTED;
    /* Two records of different kinds (an exit status and a popup) bear each other out. */
    out->started_grade = direct_proof || direct_refutation ? GRADE_A
                         : indirect_refutations > 1         ? GRADE_B
                         : indirect_proof && r->exited      ? GRADE_B
                                                            : GRADE_C;
    if (out->started == STATE_REFUTED || out->started == STATE_UNKNOWN)
        out->marks &= ~(unsigned)MARK_CRASH;
    if (out->started != STATE_REFUTED)
        out->marks &= ~(unsigned)MARK_CONTROL;
}
