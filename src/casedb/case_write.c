#include "casedb/case_sql.h"

#include "base/buf.h"
#include "base/hash.h"
#include "casedb/case_vfs.h"

#define TICK_EVERY 4096 /* facts, processes or verdicts */

typedef struct writer {
    sqlite3 *db;
    case_vfs vfs;
    dr_err why; /* what the operating system said to writing */
    dr_place place;
    dr_arena *arena;
    const char *path;
    const case_image *image;
    case_tick tick;
    void *context;
    uint64_t done, total;
    dr_err *err;
} writer;

static dr_status failed(writer *w, int code)
{
    if (code == SQLITE_NOMEM)
        return dr_fail(w->err, DR_NOMEM, "out of memory");
    if (w->why.text[0])
        return dr_fail(w->err, DR_IO, "%s", w->why.text);
    return dr_fail(w->err, DR_IO, "%s: cannot be written: %s", w->path, w->db ? sqlite3_errmsg(w->db) : sqlite3_errstr(code));
}

static dr_status check(writer *w, int code)
{
    return code == SQLITE_OK ? DR_OK : failed(w, code);
}

static dr_status run_sql(writer *w, const char *sql)
{
    return check(w, sqlite3_exec(w->db, sql, NULL, NULL, NULL));
}

static dr_status prepare(writer *w, case_sql *q, const char *sql)
{
    return check(w, case_prepare(w->db, q, sql));
}

static dr_status insert(writer *w, case_sql *q)
{
    return check(w, case_insert(q));
}

static dr_status step(writer *w)
{
    return w->done++ % TICK_EVERY == 0 && w->tick ? w->tick(w->context, w->done, w->total) : DR_OK;
}

static dr_str sym(const writer *w, dr_sym s)
{
    return dr_sym_str(w->image->syms, s);
}

/* --- the small tables -------------------------------------------------------------------------- */

static dr_status put_meta(writer *w, case_sql *q, const char *key, dr_str value)
{
    case_bind_z(q, key);
    case_bind_str(q, value);
    return insert(w, q);
}

static const char *const number_names[CASE_NUMBERS] = { "files", "files_read", "files_damaged", "files_unknown", "bytes", "records" };

static dr_status write_meta(writer *w)
{
    case_sql q;
    dr_status status = prepare(w, &q, "INSERT INTO meta VALUES (?, ?)");
    if (status == DR_OK)
        status = put_meta(w, &q, "didrun", w->image->version);
    for (size_t i = 0; i < CASE_NUMBERS && status == DR_OK; i++) {
        dr_str text = dr_arena_printf(w->arena, "%llu", (unsigned long long)w->image->numbers[i]);
        status = put_meta(w, &q, number_names[i], text);
    }
    if (status == DR_OK)
        status = put_meta(w, &q, "damaged", w->image->damaged ? DR_STR("yes") : DR_STR("no"));
    if (status == DR_OK)
        status = put_meta(w, &q, "own_data", w->image->own_data ? DR_STR("yes") : DR_STR("no"));
    case_finish(&q);
    return status;
}

static dr_status write_data_files(writer *w)
{
    case_sql q;
    dr_status status = prepare(w, &q, "INSERT INTO data_file VALUES (?, ?, ?)");
    for (size_t i = 0; i < w->image->n_data && status == DR_OK; i++) {
        const case_data_file *f = &w->image->data[i];
        char hash[65];
        if (!dr_hash_hex(DR_HASH_SHA256, (dr_bytes){ (const uint8_t *)f->text.p, f->text.n }, hash))
            status = dr_fail(w->err, DR_NOMEM, "out of memory");
        case_bind_str(&q, f->name);
        case_bind_z(&q, hash);
        case_bind_str(&q, f->text);
        status = status == DR_OK ? insert(w, &q) : status;
    }
    case_finish(&q);
    return status;
}

static dr_status write_arguments(writer *w)
{
    case_sql q;
    dr_status status = prepare(w, &q, "INSERT INTO argument VALUES (?, ?, ?)");
    for (size_t i = 0; i < w->image->n_arguments && status == DR_OK; i++) {
        case_bind_u64(&q, i + 1);
        case_bind_str(&q, w->image->arguments[i].given);
        case_bind_str(&q, w->image->arguments[i].path);
        status = insert(w, &q);
    }
    case_finish(&q);
    return status;
}

static dr_status write_damage(writer *w, case_sql *one, case_sql *count, size_t number, const dr_diags *diags)
{
    static const char *const severities[] = { "note", "loss", "useless" };
    dr_status status = DR_OK;
    for (size_t i = 0; diags && i < diags->list.n && status == DR_OK; i++) {
        const dr_diag *d = &diags->list.p[i];
        case_bind_u64(one, number);
        case_bind_u64(one, i);
        case_bind_z(one, dr_diag_name(d->code));
        case_bind_z(one, severities[dr_diag_severity(d->code)]);
        case_bind_u64(one, d->off);
        case_bind_u64(one, d->size);
        case_bind_str(one, d->text);
        status = insert(w, one);
    }
    for (size_t code = 0; diags && code < DR_DIAG_COUNT && status == DR_OK; code++) {
        if (!diags->count[code])
            continue;
        case_bind_u64(count, number);
        case_bind_z(count, dr_diag_name((dr_diag_code)code));
        case_bind_u64(count, diags->count[code]);
        status = insert(w, count);
    }
    return status;
}

static dr_status write_sources(writer *w)
{
    case_sql q, one = { 0 }, count = { 0 };
    dr_status status = prepare(w, &q, "INSERT INTO source VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    if (status == DR_OK)
        status = prepare(w, &one, "INSERT INTO damage VALUES (?, ?, ?, ?, ?, ?, ?)");
    if (status == DR_OK)
        status = prepare(w, &count, "INSERT INTO damage_count VALUES (?, ?, ?)");
    for (size_t i = 0; i < w->image->n_sources && status == DR_OK; i++) {
        const case_source *s = &w->image->sources[i];
        case_bind_u64(&q, i + 1);
        case_bind_str(&q, s->argument);
        case_bind_str(&q, s->name);
        case_bind_str(&q, s->kind);
        case_bind_u64(&q, s->size);
        case_bind_str(&q, s->sha256);
        case_bind_str(&q, s->state);
        case_bind_str(&q, s->same_as);
        case_bind_u64(&q, s->diags ? s->diags->dropped : 0);
        status = insert(w, &q);
        if (status == DR_OK)
            status = write_damage(w, &one, &count, i + 1, s->diags);
    }
    case_finish(&q);
    case_finish(&one);
    case_finish(&count);
    return status;
}

static dr_status write_hosts(writer *w)
{
    case_sql q, note = { 0 };
    dr_status status = prepare(w, &q, "INSERT INTO host VALUES (?, ?, ?, ?, ?)");
    if (status == DR_OK)
        status = prepare(w, &note, "INSERT INTO host_note VALUES (?, ?, ?)");
    for (size_t i = 0; i < w->image->n_hosts && status == DR_OK; i++) {
        const case_host *h = &w->image->hosts[i];
        case_bind_u64(&q, i + 1);
        case_bind_str(&q, h->name);
        case_bind_str(&q, h->system);
        case_bind_time(&q, h->first);
        case_bind_time(&q, h->last);
        status = insert(w, &q);
        for (size_t k = 0; k < h->n_notes && status == DR_OK; k++) {
            case_bind_u64(&note, i + 1);
            case_bind_u64(&note, k);
            case_bind_str(&note, h->notes[k]);
            status = insert(w, &note);
        }
    }
    case_finish(&q);
    case_finish(&note);
    return status;
}

static dr_status write_notes(writer *w)
{
    case_sql q;
    dr_status status = prepare(w, &q, "INSERT INTO note VALUES (?, ?, ?, ?, ?)");
    for (size_t i = 0; i < w->image->n_notes && status == DR_OK; i++) {
        const case_note *n = &w->image->notes[i];
        case_bind_u64(&q, n->number);
        case_bind_str(&q, n->verdict);
        case_bind_str(&q, n->stance);
        case_bind_str(&q, n->because);
        case_bind_str(&q, n->by);
        status = insert(w, &q);
    }
    case_finish(&q);
    return status;
}

/* --- facts and entities ------------------------------------------------------------------------ */

static dr_status write_record(writer *w, case_sql *q, fact_id id, size_t seq, const fact_record *r)
{
    case_bind_u64(q, id);
    case_bind_u64(q, seq);
    case_bind_u64(q, r->source);
    case_bind_u64(q, r->offset);
    case_bind_u64(q, r->record_id);
    case_bind_str(q, sym(w, r->channel));
    case_bind_str(q, sym(w, r->provider));
    case_bind_str(q, sym(w, r->host));
    case_bind_u64(q, r->event_id);
    case_bind_u64(q, r->flags);
    case_bind_str(q, r->place);
    return insert(w, q);
}

static dr_status write_fact(writer *w, case_sql *q, case_sql *record, case_sql *attribute, const fact *f)
{
    case_bind_u64(q, f->id);
    case_bind_str(q, w->image->vocab->kinds[f->kind].name);
    case_bind_u64(q, f->map);
    case_bind_str(q, sym(w, f->host));
    case_bind_time(q, f->time);
    case_bind_int(q, f->precision);
    case_bind_str(q, w->image->vocab->meanings[f->means].name);
    case_bind_u64(q, f->flags);
    dr_status status = insert(w, q);
    for (size_t i = 0; i < f->n_records && status == DR_OK; i++)
        status = write_record(w, record, f->id, i, &f->records[i]);
    for (size_t i = 0; i < f->n_attrs && status == DR_OK; i++) {
        case_bind_u64(attribute, f->id);
        case_bind_str(attribute, sym(w, f->attrs[i].key));
        case_bind_str(attribute, f->attrs[i].value);
        status = insert(w, attribute);
    }
    return status;
}

static dr_status write_facts(writer *w)
{
    case_sql q, record = { 0 }, attribute = { 0 };
    dr_status status = prepare(w, &q, "INSERT INTO fact VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    if (status == DR_OK)
        status = prepare(w, &record, "INSERT INTO fact_record VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    if (status == DR_OK)
        status = prepare(w, &attribute, "INSERT INTO fact_attribute VALUES (?, ?, ?)");
    for (fact_id id = 1; id <= fact_store_count(w->image->facts) && status == DR_OK; id++) {
        status = step(w);
        if (status == DR_OK)
            status = write_fact(w, &q, &record, &attribute, fact_store_at(w->image->facts, id));
    }
    case_finish(&q);
    case_finish(&record);
    case_finish(&attribute);
    return status;
}

static dr_status write_boots(writer *w)
{
    case_sql q;
    dr_status status = prepare(w, &q, "INSERT INTO boot VALUES (?, ?, ?, ?)");
    for (size_t i = 0; i < boot_count(w->image->runs) && status == DR_OK; i++) {
        const boot *b = boot_at(w->image->runs, i);
        case_bind_u64(&q, i + 1);
        case_bind_str(&q, sym(w, b->host));
        case_bind_time(&q, b->start);
        case_bind_time(&q, b->end);
        status = insert(w, &q);
    }
    case_finish(&q);
    return status;
}

/* Logon sessions as the facts tell them: one a logon, to the first end of the same id before the host's
 * next start. */
static dr_status write_sessions(writer *w)
{
    return run_sql(w, "WITH told AS MATERIALIZED ("
                      " SELECT fact.id AS id, kind, host, time, value AS logon_id FROM fact"
                      " JOIN fact_attribute ON fact = fact.id AND name = 'session.logon_id'"
                      " WHERE kind IN ('session.opened', 'session.closed')),"
                      "closed AS MATERIALIZED (SELECT host, logon_id, time FROM told WHERE kind = 'session.closed') "
                      "INSERT INTO session SELECT o.id, o.host, o.logon_id,"
                      " (SELECT value FROM fact_attribute WHERE fact = o.id AND name = 'session.linked_logon_id'),"
                      " (SELECT value FROM fact_attribute WHERE fact = o.id AND name = 'account.name'),"
                      " (SELECT value FROM fact_attribute WHERE fact = o.id AND name = 'account.domain'),"
                      " (SELECT value FROM fact_attribute WHERE fact = o.id AND name = 'account.sid'),"
                      " (SELECT value FROM fact_attribute WHERE fact = o.id AND name = 'session.type'),"
                      " o.time, min(c.time)"
                      " FROM told AS o LEFT JOIN closed AS c ON c.host = o.host AND c.logon_id = o.logon_id AND c.time >= o.time"
                      " AND NOT EXISTS (SELECT 1 FROM boot AS b WHERE b.host = o.host AND b.started > o.time AND b.started <= c.time)"
                      " WHERE o.kind = 'session.opened' GROUP BY o.id ORDER BY o.id");
}

static dr_status write_process_fact(writer *w, case_sql *q, run_id id, const char *role, fact_id f)
{
    case_bind_u64(q, id);
    case_bind_z(q, role);
    case_bind_u64(q, f);
    return insert(w, q);
}

static dr_status write_process(writer *w, case_sql *q, case_sql *facts, run_id id)
{
    const run *r = run_at(w->image->runs, id);
    size_t n;
    case_bind_u64(q, id);
    case_bind_str(q, sym(w, r->host));
    case_bind_time(q, r->start);
    case_bind_time(q, r->end);
    case_bind_str(q, r->guid);
    case_bind_str(q, r->pid);
    case_bind_str(q, r->image);
    case_bind_str(q, r->original_name);
    case_bind_str(q, r->command_line);
    case_bind_str(q, r->logon_id);
    case_bind_str(q, r->creator_logon_id);
    if (r->parent)
        case_bind_u64(q, r->parent);
    else
        case_bind_null(q);
    case_bind_int(q, (r->flags & RUN_PARENT_DOUBTFUL) != 0);
    case_bind_int(q, (r->flags & RUN_CREATION_UNSEEN) != 0);
    dr_status status = insert(w, q);
    for (size_t i = 0; i < r->n_created && status == DR_OK; i++)
        status = write_process_fact(w, facts, id, "created", r->created[i]);
    if (status == DR_OK && r->exited)
        status = write_process_fact(w, facts, id, "exited", r->exited);
    const fact_id *others = run_facts(w->image->runs, id, &n);
    for (size_t i = 0; i < n && status == DR_OK; i++)
        status = write_process_fact(w, facts, id, "other", others[i]);
    return status;
}

static dr_status write_processes(writer *w)
{
    case_sql q, facts = { 0 };
    dr_status status = prepare(w, &q, "INSERT INTO process VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
    if (status == DR_OK)
        status = prepare(w, &facts, "INSERT OR IGNORE INTO process_fact VALUES (?, ?, ?)");
    for (run_id id = 1; id <= run_count(w->image->runs) && status == DR_OK; id++) {
        status = step(w);
        if (status == DR_OK)
            status = write_process(w, &q, &facts, id);
    }
    case_finish(&q);
    case_finish(&facts);
    return status;
}

/* --- coverage ---------------------------------------------------------------------------------- */

static dr_status write_spans(writer *w, case_sql *span, case_sql *proof, size_t number, const case_coverage *c)
{
    dr_status status = DR_OK;
    for (size_t i = 0; i < c->n_spans && status == DR_OK; i++) {
        case_bind_u64(span, number);
        case_bind_u64(span, i);
        case_bind_int(span, c->spans[i].from);
        case_bind_int(span, c->spans[i].to);
        case_bind_z(span, cov_reason_name(c->spans[i].reason));
        status = insert(w, span);
    }
    for (size_t i = 0; i < c->n_proofs && status == DR_OK; i++) {
        case_bind_u64(proof, number);
        case_bind_u64(proof, c->proofs[i]);
        status = insert(w, proof);
    }
    return status;
}

static dr_status write_coverage(writer *w)
{
    case_sql q, span = { 0 }, proof = { 0 };
    dr_status status = prepare(w, &q, "INSERT INTO coverage VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
    if (status == DR_OK)
        status = prepare(w, &span, "INSERT INTO coverage_span VALUES (?, ?, ?, ?, ?)");
    if (status == DR_OK)
        status = prepare(w, &proof, "INSERT OR IGNORE INTO coverage_proof VALUES (?, ?)");
    for (size_t i = 0; i < w->image->n_coverage && status == DR_OK; i++) {
        const case_coverage *c = &w->image->coverage[i];
        case_bind_u64(&q, i + 1);
        case_bind_str(&q, c->host);
        case_bind_str(&q, c->recorder);
        case_bind_str(&q, c->source);
        case_bind_str(&q, c->shown);
        case_bind_int(&q, c->minor);
        case_bind_z(&q, cov_reason_name(c->reason));
        case_bind_str(&q, c->text);
        status = insert(w, &q);
        if (status == DR_OK)
            status = write_spans(w, &span, &proof, i + 1, c);
    }
    case_finish(&q);
    case_finish(&span);
    case_finish(&proof);
    return status;
}

/* --- verdicts ---------------------------------------------------------------------------------- */

enum { Q_CLAIM, Q_PARAMETER, Q_VERDICT, Q_RUNG, Q_EVIDENCE, Q_MISSING, Q_CONSTELLATION, Q_MENTION, Q_ITEM, Q_COUNT };

static const char *const verdict_sql[Q_COUNT] = {
    [Q_CLAIM] = "INSERT INTO claim VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [Q_PARAMETER] = "INSERT INTO claim_parameter VALUES (?, ?, ?, ?)",
    [Q_VERDICT] = "INSERT INTO verdict VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [Q_RUNG] = "INSERT INTO rung VALUES (?, ?, ?, ?)",
    [Q_EVIDENCE] = "INSERT INTO evidence VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    [Q_MISSING] = "INSERT INTO missing VALUES (?, ?, ?, ?, ?, ?)",
    [Q_CONSTELLATION] = "INSERT INTO constellation VALUES (?, ?, ?, ?, ?)",
    [Q_MENTION] = "INSERT INTO mention VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    [Q_ITEM] = "INSERT INTO verdict_item VALUES (?, ?, ?, ?)",
};

static dr_status write_claim(writer *w, case_sql *q, size_t number, const verdict *v)
{
    case_sql *c = &q[Q_CLAIM], *p = &q[Q_PARAMETER];
    case_bind_u64(c, number);
    case_bind_str(c, v->claim);
    case_bind_str(c, v->title);
    case_bind_str(c, v->rule);
    case_bind_int(c, v->effect);
    case_bind_str(c, sym(w, v->host));
    case_bind_str(c, sym(w, v->host_recorded));
    case_bind_str(c, sym(w, v->from_host));
    case_bind_time(c, v->time);
    case_bind_str(c, w->image->vocab->meanings[v->time_means].name);
    case_bind_str(c, v->how);
    dr_status status = insert(w, c);
    for (size_t i = 0; i < v->n_parameters && status == DR_OK; i++) {
        case_bind_u64(p, number);
        case_bind_u64(p, i);
        case_bind_str(p, v->parameters[i].name);
        if (v->parameters[i].value.p)
            case_bind_str(p, v->parameters[i].value);
        else
            case_bind_null(p);
        status = insert(w, p);
    }
    return status;
}

static dr_status write_head(writer *w, case_sql *q, size_t number, const verdict *v)
{
    case_sql *c = &q[Q_VERDICT], *r = &q[Q_RUNG];
    dr_buf marks = { 0 };
    for (unsigned mark = 1; mark & MARK_ALL; mark <<= 1) {
        if (v->marks & mark) {
            dr_buf_z(&marks, marks.n ? "," : "");
            dr_buf_z(&marks, mark_name(mark));
        }
    }
    case_bind_u64(c, number);
    case_bind_z(c, v->id);
    case_bind_z(c, word_name(v->word));
    case_bind_z(c, grade_name(v->grade));
    case_bind_str(c, dr_buf_str(&marks));
    case_bind_int(c, v->urgent);
    case_bind_int(c, v->quiet);
    case_bind_int(c, v->to_decide);
    case_bind_str(c, v->label);
    case_bind_str(c, v->text);
    case_bind_time(c, v->as_of);
    case_bind_int(c, v->lifetime);
    case_bind_z(c, undone_name(v->undone_by));
    case_bind_str(c, v->expected);
    case_bind_u64(c, v->run);
    case_bind_u64(c, v->evidence_total);
    dr_status status = marks.failed ? failed(w, SQLITE_NOMEM) : insert(w, c);
    dr_buf_free(&marks);
    for (rung i = 0; i < RUNG_COUNT && status == DR_OK; i++) {
        case_bind_u64(r, number);
        case_bind_z(r, rung_name(i));
        case_bind_z(r, state_name(v->states[i]));
        case_bind_z(r, grade_name(v->grades[i]));
        status = insert(w, r);
    }
    return status;
}

static dr_status write_rows(writer *w, case_sql *q, size_t number, const verdict *v)
{
    dr_status status = DR_OK;
    for (size_t i = 0; i < v->n_evidence && status == DR_OK; i++) {
        const verdict_evidence *e = &v->evidence[i];
        case_sql *c = &q[Q_EVIDENCE];
        case_bind_u64(c, number);
        case_bind_u64(c, i);
        case_bind_z(c, rung_name(e->rung));
        case_bind_z(c, role_name(e->role));
        case_bind_str(c, e->trace);
        case_bind_u64(c, e->fact);
        case_bind_z(c, case_link_name(e->link));
        case_bind_str(c, e->text);
        case_bind_str(c, e->shown);
        status = insert(w, c);
    }
    for (size_t i = 0; i < v->n_missing && status == DR_OK; i++) {
        const verdict_missing *m = &v->missing[i];
        case_sql *c = &q[Q_MISSING];
        case_bind_u64(c, number);
        case_bind_u64(c, i);
        case_bind_z(c, rung_name(m->rung));
        case_bind_str(c, m->what);
        case_bind_z(c, cov_reason_name(m->reason));
        case_bind_str(c, m->text);
        status = insert(w, c);
    }
    for (size_t i = 0; i < v->n_constellation && status == DR_OK; i++) {
        const verdict_trace *t = &v->constellation[i];
        case_sql *c = &q[Q_CONSTELLATION];
        case_bind_u64(c, number);
        case_bind_u64(c, i);
        case_bind_str(c, t->trace);
        case_bind_z(c, trace_state_name(t->state));
        case_bind_z(c, cov_reason_name(t->reason));
        status = insert(w, c);
    }
    for (size_t i = 0; i < v->n_mentions && status == DR_OK; i++) {
        const verdict_mention *m = &v->mentions[i];
        case_sql *c = &q[Q_MENTION];
        case_bind_u64(c, number);
        case_bind_u64(c, i);
        case_bind_str(c, m->artefact);
        case_bind_z(c, rung_name(m->shows));
        case_bind_u64(c, m->count);
        case_bind_u64(c, m->runs);
        case_bind_time(c, m->first);
        case_bind_time(c, m->last);
        status = insert(w, c);
    }
    return status;
}

static dr_status write_items(writer *w, case_sql *q, size_t number, const char *list, const dr_str *items, size_t n)
{
    dr_status status = DR_OK;
    for (size_t i = 0; i < n && status == DR_OK; i++) {
        case_bind_u64(q, number);
        case_bind_z(q, list);
        case_bind_u64(q, i);
        case_bind_str(q, items[i]);
        status = insert(w, q);
    }
    return status;
}

static dr_status write_verdict(writer *w, case_sql *q, size_t number, const verdict *v)
{
    dr_status status = write_claim(w, q, number, v);
    if (status == DR_OK)
        status = write_head(w, q, number, v);
    if (status == DR_OK)
        status = write_rows(w, q, number, v);
    if (status == DR_OK)
        status = write_items(w, &q[Q_ITEM], number, "alternative", v->alternatives, v->n_alternatives);
    if (status == DR_OK)
        status = write_items(w, &q[Q_ITEM], number, "attack", v->attack, v->n_attack);
    if (status == DR_OK)
        status = write_items(w, &q[Q_ITEM], number, "one-of", v->one_of, v->n_one_of);
    if (status == DR_OK)
        status = write_items(w, &q[Q_ITEM], number, "settle", v->settle, v->n_settle);
    return status;
}

static dr_status write_verdicts(writer *w)
{
    const verdict_list *list = w->image->verdicts;
    case_sql q[Q_COUNT] = { 0 }, secret = { 0 };
    dr_status status = prepare(w, &secret, "INSERT INTO secret VALUES (?)");
    for (size_t i = 0; i < Q_COUNT && status == DR_OK; i++)
        status = prepare(w, &q[i], verdict_sql[i]);
    for (size_t i = 0; i < list->verdicts.n && status == DR_OK; i++) {
        status = step(w);
        if (status == DR_OK)
            status = write_verdict(w, q, i + 1, &list->verdicts.p[i]);
    }
    for (size_t i = 0; i < list->secrets.list.n && status == DR_OK; i++) {
        case_bind_str(&secret, list->secrets.list.p[i]);
        status = insert(w, &secret);
    }
    for (size_t i = 0; i < Q_COUNT; i++)
        case_finish(&q[i]);
    case_finish(&secret);
    return status;
}

/* --- the file ---------------------------------------------------------------------------------- */

static dr_status open_new(writer *w)
{
    dr_status status = check(w, sqlite3_open_v2("case", &w->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, w->vfs.name));
    /* Nobody else sees the file before it is whole: no journal, and the place makes it durable. */
    if (status == DR_OK)
        status = run_sql(w, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;"
                            "PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON; PRAGMA encoding = 'UTF-8'");
    return status;
}

static dr_status write_all(writer *w)
{
    dr_status (*const tables[])(writer *) = { write_meta, write_data_files, write_arguments, write_sources, write_hosts, write_facts,
                                              write_boots, write_sessions, write_processes, write_coverage, write_verdicts, write_notes };
    dr_str marks = dr_arena_printf(w->arena, "PRAGMA application_id = %d; PRAGMA user_version = %d", CASE_APPLICATION_ID, CASE_SCHEMA_VERSION);
    dr_status status = dr_arena_failed(w->arena) ? failed(w, SQLITE_NOMEM) : run_sql(w, "BEGIN EXCLUSIVE");
    if (status == DR_OK)
        status = run_sql(w, case_schema());
    if (status == DR_OK)
        status = run_sql(w, marks.p);
    for (size_t i = 0; i < sizeof tables / sizeof *tables && status == DR_OK; i++)
        status = tables[i](w);
    return status == DR_OK ? run_sql(w, "COMMIT") : status;
}

dr_status case_may_write(const char *path, bool replace, dr_err *err)
{
    dr_node node;
    dr_place place;
    if (replace && dr_os_stat(path, false, &node, NULL) == DR_OK && node.kind == DR_NODE_FILE && node.size > 0 && !case_is(path))
        return dr_fail(err, DR_USAGE, "%s: is no case, and is not written over", path);
    dr_status status = dr_place_begin(&place, path, replace, err);
    dr_place_abandon(&place);
    return status;
}

dr_status case_write(const char *path, bool replace, const case_image *image, case_tick tick, void *context, dr_err *err)
{
    dr_status status = case_may_write(path, replace, err);
    if (status != DR_OK)
        return status;
    writer *w = dr_mem_alloc(sizeof *w);
    if (!w)
        return dr_fail(err, DR_NOMEM, "out of memory");
    *w = (writer){ .path = path, .image = image, .tick = tick, .context = context, .err = err };
    w->total = fact_store_count(image->facts) + run_count(image->runs) + image->verdicts->verdicts.n;
    w->arena = dr_arena_create("case", 0);
    status = w->arena ? dr_place_begin(&w->place, path, replace, err) : failed(w, SQLITE_NOMEM);
    if (status == DR_OK)
        status = check(w, case_vfs_begin(&w->vfs, &w->place, &w->why));
    if (status == DR_OK) {
        status = open_new(w);
        if (status == DR_OK)
            status = write_all(w);
        int closed = sqlite3_close(w->db);
        w->db = NULL;
        if (status == DR_OK)
            status = check(w, closed);
        case_vfs_end(&w->vfs);
    }
    if (status == DR_OK)
        status = dr_place_end(&w->place, err);
    dr_place_abandon(&w->place);
    dr_arena_destroy(w->arena);
    dr_mem_free(w);
    return status;
}
