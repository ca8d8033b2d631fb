#include "casedb/case_sql.h"

#include "base/hash.h"
#include "base/os.h"

#define HEADER_SIZE 100
#define HEADER_APPLICATION_ID 68

struct case_file {
    sqlite3 *db;
    dr_arena *arena;
    const char *path;
    case_image image;
    DR_VEC(dr_diags *) diags; /* to be freed */
    dr_err *err;              /* of the call under way */
};

static const char magic[] = "SQLite format 3"; /* with its NUL */

bool case_is(const char *path)
{
    dr_file file;
    uint8_t head[HEADER_SIZE];
    size_t got = 0;
    if (dr_os_open(path, &file, NULL) != DR_OK)
        return false;
    dr_status status = dr_os_read_at(&file, 0, head, sizeof head, &got, NULL);
    dr_os_close(&file);
    if (status != DR_OK || got < sizeof head || memcmp(head, magic, sizeof magic) != 0)
        return false;
    const uint8_t *id = head + HEADER_APPLICATION_ID;
    return ((uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3]) == CASE_APPLICATION_ID;
}

/* --- rows -------------------------------------------------------------------------------------- */

static dr_status failed(case_file *c, int code)
{
    if (code == SQLITE_NOMEM)
        return dr_fail(c->err, DR_NOMEM, "out of memory");
    if ((code & 0xff) == SQLITE_IOERR || code == SQLITE_CANTOPEN || code == SQLITE_PERM)
        return dr_fail(c->err, DR_IO, "%s: cannot be read: %s", c->path, sqlite3_errstr(code));
    if (code == SQLITE_BUSY || code == SQLITE_LOCKED)
        return dr_fail(c->err, DR_IO, "%s: another program is writing it", c->path);
    return dr_fail(c->err, DR_FORMAT, "%s: is a damaged case: %s", c->path, c->db ? sqlite3_errmsg(c->db) : sqlite3_errstr(code));
}

static dr_status damaged(case_file *c, const char *what)
{
    return dr_fail(c->err, DR_FORMAT, "%s: is a damaged case: %s", c->path, what);
}

static dr_status open_rows(case_file *c, case_sql *q, const char *sql)
{
    int code = case_prepare(c->db, q, sql);
    return code == SQLITE_OK ? DR_OK : failed(c, code);
}

/* DR_OK with a row, DR_END after the last. */
static dr_status next_row(case_file *c, case_sql *q)
{
    int code = sqlite3_step(q->statement);
    q->next = 0;
    return code == SQLITE_ROW ? DR_OK : code == SQLITE_DONE ? DR_END : failed(c, code);
}

static dr_str get_str(case_sql *q, dr_arena *arena)
{
    int column = q->next++;
    const char *text = (const char *)sqlite3_column_text(q->statement, column);
    int n = sqlite3_column_bytes(q->statement, column);
    return text ? dr_arena_str(arena, (dr_str){ text, (size_t)n }) : (dr_str){ NULL, 0 };
}

/* Valid until the next row. */
static dr_str peek_str(case_sql *q)
{
    int column = q->next++;
    const char *text = (const char *)sqlite3_column_text(q->statement, column);
    int n = sqlite3_column_bytes(q->statement, column);
    return text ? (dr_str){ text, (size_t)n } : DR_STR_NONE;
}

static int64_t get_int(case_sql *q)
{
    return sqlite3_column_int64(q->statement, q->next++);
}

static uint64_t get_u64(case_sql *q)
{
    return (uint64_t)get_int(q);
}

static int64_t get_time(case_sql *q)
{
    bool none = sqlite3_column_type(q->statement, q->next) == SQLITE_NULL;
    int64_t value = get_int(q);
    return none ? DR_NO_TIME : value;
}

static dr_status count_rows(case_file *c, const char *sql, size_t *n)
{
    case_sql q;
    dr_status status = open_rows(c, &q, sql);
    if (status == DR_OK)
        status = next_row(c, &q);
    if (status == DR_OK) {
        int64_t rows = get_int(&q);
        *n = rows > 0 ? (size_t)rows : 0;
    }
    case_finish(&q);
    return status == DR_END ? damaged(c, "a count is missing") : status;
}

/* A loop over rows: READ is called with each; it gets the number of the row from 0. */
typedef dr_status (*row_reader)(case_file *c, case_sql *q, size_t i, void *context);

static dr_status each_row(case_file *c, const char *sql, size_t most, row_reader read, void *context)
{
    case_sql q;
    dr_status status = open_rows(c, &q, sql);
    for (size_t i = 0; status == DR_OK; i++) {
        status = next_row(c, &q);
        if (status == DR_OK)
            status = i < most ? read(c, &q, i, context) : damaged(c, "it has more rows than it should");
    }
    case_finish(&q);
    return status == DR_END ? DR_OK : status;
}

static dr_status no_memory(case_file *c)
{
    return dr_fail(c->err, DR_NOMEM, "out of memory");
}

/* --- the small tables -------------------------------------------------------------------------- */

static const char *const number_names[CASE_NUMBERS] = { "files", "files_read", "files_damaged", "files_unknown", "bytes", "records" };

static dr_status read_meta(case_file *c, case_sql *q, size_t i, void *context)
{
    dr_str key = get_str(q, c->arena), value = get_str(q, c->arena);
    (void)i;
    (void)context;
    if (dr_str_is(key, "didrun"))
        c->image.version = value;
    c->image.damaged = c->image.damaged || (dr_str_is(key, "damaged") && dr_str_is(value, "yes"));
    c->image.own_data = c->image.own_data || (dr_str_is(key, "own_data") && dr_str_is(value, "yes"));
    for (size_t k = 0; k < CASE_NUMBERS; k++) {
        if (dr_str_is(key, number_names[k]) && !dr_str_to_u64(value, &c->image.numbers[k]))
            return damaged(c, "a number is none");
    }
    return DR_OK;
}

static dr_status read_data_file(case_file *c, case_sql *q, size_t i, void *context)
{
    case_data_file *list = context;
    char hash[65];
    list[i].name = get_str(q, c->arena);
    list[i].text = get_str(q, c->arena);
    if (dr_arena_failed(c->arena) || !list[i].text.p)
        return no_memory(c);
    if (!dr_hash_hex(DR_HASH_SHA256, (dr_bytes){ (const uint8_t *)list[i].text.p, list[i].text.n }, hash))
        return no_memory(c);
    return dr_str_is(peek_str(q), hash) ? DR_OK : damaged(c, "a data file is not what its SHA-256 says");
}

static dr_status read_argument(case_file *c, case_sql *q, size_t i, void *context)
{
    case_argument *list = context;
    list[i].given = get_str(q, c->arena);
    list[i].path = get_str(q, c->arena);
    return DR_OK;
}

static dr_status read_source(case_file *c, case_sql *q, size_t i, void *context)
{
    case_source *s = &((case_source *)context)[i];
    dr_diags *diags = DR_NEW(c->arena, dr_diags);
    if (!diags || !dr_vec_push(&c->diags, diags))
        return no_memory(c);
    dr_diags_init(diags, c->arena);
    if (get_u64(q) != i + 1)
        return damaged(c, "the numbers of its sources have a gap");
    s->argument = get_str(q, c->arena);
    s->name = get_str(q, c->arena);
    s->kind = get_str(q, c->arena);
    s->size = get_u64(q);
    s->sha256 = get_str(q, c->arena);
    s->state = get_str(q, c->arena);
    s->same_as = get_str(q, c->arena);
    diags->dropped = get_u64(q);
    s->diags = diags;
    return DR_OK;
}

static dr_status read_damage(case_file *c, case_sql *q, size_t i, void *context)
{
    uint64_t number = get_u64(q);
    dr_diag one;
    (void)i;
    (void)context;
    if (number < 1 || number > c->diags.n || !case_diag_of(peek_str(q), &one.code))
        return damaged(c, "a row of damage");
    one.off = get_u64(q);
    one.size = get_u64(q);
    one.text = get_str(q, c->arena);
    return dr_vec_push(&c->diags.p[number - 1]->list, one) ? DR_OK : no_memory(c);
}

static dr_status read_damage_count(case_file *c, case_sql *q, size_t i, void *context)
{
    uint64_t number = get_u64(q);
    dr_diag_code code;
    (void)i;
    (void)context;
    if (number < 1 || number > c->diags.n || !case_diag_of(peek_str(q), &code))
        return damaged(c, "a count of damage");
    c->diags.p[number - 1]->count[code] = (uint32_t)get_u64(q);
    return DR_OK;
}

static dr_status read_host(case_file *c, case_sql *q, size_t i, void *context)
{
    case_host *h = &((case_host *)context)[i];
    if (get_u64(q) != i + 1)
        return damaged(c, "the numbers of its hosts have a gap");
    h->name = get_str(q, c->arena);
    h->system = get_str(q, c->arena);
    h->first = get_time(q);
    h->last = get_time(q);
    return DR_OK;
}

static dr_status read_host_note(case_file *c, case_sql *q, size_t i, void *context)
{
    uint64_t number = get_u64(q);
    (void)i;
    if (number < 1 || number > c->image.n_hosts)
        return damaged(c, "a note of a host");
    case_host *h = &((case_host *)context)[number - 1];
    dr_str *notes = (dr_str *)(uintptr_t)h->notes;
    if ((h->n_notes & (h->n_notes - 1)) == 0) { /* 0 or a power of two: full */
        notes = DR_NEW_ARRAY(c->arena, dr_str, h->n_notes ? 2 * h->n_notes : 1);
        if (!notes)
            return no_memory(c);
        if (h->n_notes)
            memcpy(notes, h->notes, h->n_notes * sizeof *notes);
        h->notes = notes;
    }
    notes[h->n_notes++] = get_str(q, c->arena);
    return DR_OK;
}

static dr_status read_coverage(case_file *c, case_sql *q, size_t i, void *context)
{
    case_coverage *r = &((case_coverage *)context)[i];
    if (get_u64(q) != i + 1)
        return damaged(c, "the numbers of its coverage have a gap");
    r->host = get_str(q, c->arena);
    r->recorder = get_str(q, c->arena);
    r->source = get_str(q, c->arena);
    r->shown = get_str(q, c->arena);
    r->minor = get_int(q) != 0;
    if (!case_reason_of(peek_str(q), &r->reason))
        return damaged(c, "a state of coverage");
    r->text = get_str(q, c->arena);
    return DR_OK;
}

/* Spans of all coverage in one array, each row's own behind another. */
typedef struct span_list {
    case_coverage *rows;
    case_span *spans;
} span_list;

static dr_status read_span(case_file *c, case_sql *q, size_t i, void *context)
{
    span_list *list = context;
    uint64_t number = get_u64(q);
    if (number < 1 || number > c->image.n_coverage)
        return damaged(c, "a span of coverage");
    case_coverage *r = &list->rows[number - 1];
    case_span *s = &list->spans[i];
    s->from = get_int(q);
    s->to = get_int(q);
    if (!case_reason_of(peek_str(q), &s->reason))
        return damaged(c, "a state of coverage");
    if (r->n_spans == 0)
        r->spans = s;
    r->n_spans++;
    return DR_OK;
}

static dr_status read_note(case_file *c, case_sql *q, size_t i, void *context)
{
    case_note *n = &((case_note *)context)[i];
    n->number = get_u64(q);
    n->verdict = get_str(q, c->arena);
    n->stance = get_str(q, c->arena);
    n->because = get_str(q, c->arena);
    n->by = get_str(q, c->arena);
    return DR_OK;
}

/* One table: a count, an array, its rows. */
#define READ_TABLE(field, type, table, columns, reader)                                            \
    do {                                                                                           \
        size_t rows_ = 0;                                                                          \
        type *list_ = NULL;                                                                        \
        if (status == DR_OK)                                                                       \
            status = count_rows(c, "SELECT count(*) FROM " table, &rows_);                         \
        if (status == DR_OK && !(list_ = DR_NEW_ARRAY(c->arena, type, rows_)))                     \
            status = no_memory(c);                                                                 \
        c->image.field = list_;                                                                    \
        c->image.n_##field = status == DR_OK ? rows_ : 0;                                          \
        if (status == DR_OK)                                                                       \
            status = each_row(c, "SELECT " columns " FROM " table " ORDER BY 1", rows_, reader, list_); \
    } while (0)

static dr_status read_small(case_file *c)
{
    dr_status status = each_row(c, "SELECT key, value FROM meta ORDER BY key", 1000, read_meta, NULL);
    READ_TABLE(data, case_data_file, "data_file", "name, text, sha256", read_data_file);
    READ_TABLE(sources, case_source, "source", "id, argument, name, kind, size, sha256, state, same_as, damage_not_listed", read_source);
    if (status == DR_OK)
        status = each_row(c, "SELECT source, code, offset, size, text FROM damage ORDER BY source, seq", SIZE_MAX, read_damage, NULL);
    if (status == DR_OK)
        status = each_row(c, "SELECT source, code, n FROM damage_count", SIZE_MAX, read_damage_count, NULL);
    size_t n = 0;
    case_argument *arguments = NULL;
    if (status == DR_OK)
        status = count_rows(c, "SELECT count(*) FROM argument", &n);
    if (status == DR_OK && !(arguments = DR_NEW_ARRAY(c->arena, case_argument, n)))
        status = no_memory(c);
    c->image.arguments = arguments;
    c->image.n_arguments = status == DR_OK ? n : 0;
    if (status == DR_OK)
        status = each_row(c, "SELECT given, path FROM argument ORDER BY id", n, read_argument, arguments);
    READ_TABLE(hosts, case_host, "host", "id, name, system, first, last", read_host);
    if (status == DR_OK)
        status = each_row(c, "SELECT host, text FROM host_note ORDER BY host, seq", SIZE_MAX, read_host_note, (void *)(uintptr_t)c->image.hosts);
    READ_TABLE(coverage, case_coverage, "coverage", "id, host, recorder, source, shown, minor, state, text", read_coverage);
    span_list spans = { .rows = (case_coverage *)(uintptr_t)c->image.coverage };
    if (status == DR_OK)
        status = count_rows(c, "SELECT count(*) FROM coverage_span", &n);
    if (status == DR_OK && !(spans.spans = DR_NEW_ARRAY(c->arena, case_span, n)))
        status = no_memory(c);
    if (status == DR_OK)
        status = each_row(c, "SELECT coverage, from_time, to_time, state FROM coverage_span ORDER BY coverage, seq", n, read_span, &spans);
    READ_TABLE(notes, case_note, "note", "id, verdict, stance, because, by", read_note);
    return status == DR_OK && dr_arena_failed(c->arena) ? no_memory(c) : status;
}

/* --- facts ------------------------------------------------------------------------------------- */

typedef struct fact_reader {
    const vocabulary *vocab;
    dr_symtab *syms;
    fact_store *store;
    case_sql records, attributes;
    dr_status have_record, have_attribute; /* DR_OK: a row is waiting, DR_END: none is left */
    dr_arena *arena;                        /* of one fact */
    DR_VEC(fact_record) list;
    fact_attr attrs[FACT_ATTRS_MAX * 4];
} fact_reader;

/* The records of one fact, from a second statement that runs along. */
static dr_status records_of(case_file *c, fact_reader *r, fact_id id)
{
    case_sql *q = &r->records;
    dr_vec_clear(&r->list);
    while (r->have_record == DR_OK) {
        q->next = 0;
        if (get_u64(q) != id)
            break;
        fact_record one = { .source = (uint32_t)get_u64(q), .offset = 0 };
        one.offset = get_u64(q);
        one.record_id = get_u64(q);
        one.channel = dr_sym_of(r->syms, peek_str(q));
        one.provider = dr_sym_of(r->syms, peek_str(q));
        one.host = dr_sym_of(r->syms, peek_str(q));
        one.event_id = (uint32_t)get_u64(q);
        one.flags = (uint32_t)get_u64(q);
        one.place = get_str(q, r->arena);
        if (one.source < 1 || one.source > c->image.n_sources)
            return damaged(c, "a record of a source that is not there");
        if (!dr_vec_push(&r->list, one))
            return no_memory(c);
        r->have_record = next_row(c, q);
    }
    return r->have_record == DR_END ? DR_OK : r->have_record;
}

static dr_status attributes_of(case_file *c, fact_reader *r, fact *f)
{
    case_sql *q = &r->attributes;
    f->n_attrs = 0;
    while (r->have_attribute == DR_OK) {
        q->next = 0;
        if (get_u64(q) != f->id)
            break;
        dr_sym key = dr_sym_find(r->syms, peek_str(q));
        if (!key || !vocab_attr_of(r->vocab, key) || f->n_attrs == sizeof r->attrs / sizeof *r->attrs)
            return damaged(c, "an attribute that its data do not know");
        r->attrs[f->n_attrs++] = (fact_attr){ key, get_str(q, r->arena) };
        r->have_attribute = next_row(c, q);
    }
    f->attrs = r->attrs;
    return r->have_attribute == DR_END ? DR_OK : r->have_attribute;
}

static dr_status read_fact(case_file *c, case_sql *q, size_t i, void *context)
{
    fact_reader *r = context;
    fact f = { .id = (fact_id)(i + 1) };
    if (get_u64(q) != i + 1)
        return damaged(c, "the numbers of its facts have a gap");
    f.kind = vocab_kind_of(r->vocab, peek_str(q));
    f.map = (uint16_t)get_u64(q);
    f.host = dr_sym_of(r->syms, peek_str(q));
    f.time = get_time(q);
    f.precision = get_int(q);
    f.means = vocab_meaning_of(r->vocab, peek_str(q));
    f.flags = (uint32_t)get_u64(q);
    if (!f.kind)
        return damaged(c, "a kind of fact that its data do not know");
    dr_arena_reset(r->arena);
    dr_status status = records_of(c, r, f.id);
    if (status == DR_OK)
        status = attributes_of(c, r, &f);
    if (status != DR_OK)
        return status;
    if (r->list.n == 0)
        return damaged(c, "a fact without a record");
    f.records = r->list.p;
    f.n_records = (uint32_t)r->list.n;
    if (dr_arena_failed(r->arena) || dr_symtab_failed(r->syms) || fact_store_restore(r->store, &f) != DR_OK)
        return no_memory(c);
    return DR_OK;
}

dr_status case_read_facts(case_file *c, const vocabulary *vocab, dr_symtab *syms, fact_store *store, dr_err *err)
{
    fact_reader *r = dr_mem_alloc(sizeof *r);
    c->err = err;
    if (!r)
        return no_memory(c);
    r->vocab = vocab;
    r->syms = syms;
    r->store = store;
    r->arena = dr_arena_create("fact", 0);
    dr_status status = r->arena ? DR_OK : no_memory(c);
    if (status == DR_OK)
        status = open_rows(c, &r->records, "SELECT fact, source, offset, record_id, channel, provider, host, event_id, flags, place "
                                           "FROM fact_record ORDER BY fact, seq");
    if (status == DR_OK)
        status = open_rows(c, &r->attributes, "SELECT fact, name, value FROM fact_attribute ORDER BY fact, name");
    if (status == DR_OK) {
        r->have_record = next_row(c, &r->records);
        r->have_attribute = next_row(c, &r->attributes);
        status = each_row(c, "SELECT id, kind, map, host, time, precision, means, flags FROM fact ORDER BY id", UINT32_MAX - 1, read_fact, r);
    }
    if (status == DR_OK && (r->have_record != DR_END || r->have_attribute != DR_END))
        status = damaged(c, "rows of a fact that is not there");
    if (status == DR_OK && fact_store_restored(store) != DR_OK)
        status = no_memory(c);
    case_finish(&r->records);
    case_finish(&r->attributes);
    dr_vec_free(&r->list);
    dr_arena_destroy(r->arena);
    dr_mem_free(r);
    return status;
}

/* --- verdicts ---------------------------------------------------------------------------------- */

enum { Q_PARAMETER, Q_RUNG, Q_EVIDENCE, Q_MISSING, Q_CONSTELLATION, Q_MENTION, Q_ITEM, Q_COUNT };

static const char *const parts_sql[Q_COUNT] = {
    [Q_PARAMETER] = "SELECT claim, name, value FROM claim_parameter ORDER BY claim, seq",
    [Q_RUNG] = "SELECT claim, rung, state, grade FROM rung ORDER BY claim",
    [Q_EVIDENCE] = "SELECT claim, rung, role, trace, fact, link, text, shown FROM evidence ORDER BY claim, seq",
    [Q_MISSING] = "SELECT claim, rung, what, reason, text FROM missing ORDER BY claim, seq",
    [Q_CONSTELLATION] = "SELECT claim, trace, state, reason FROM constellation ORDER BY claim, seq",
    [Q_MENTION] = "SELECT claim, artefact, shows, n, runs, first_launch, last_launch FROM mention ORDER BY claim, seq",
    [Q_ITEM] = "SELECT claim, list, value FROM verdict_item ORDER BY claim, list, seq",
};

typedef struct verdict_reader {
    const vocabulary *vocab;
    dr_symtab *syms;
    verdict_list *out;
    case_sql parts[Q_COUNT];
    dr_status have[Q_COUNT];
    size_t n_facts;
    DR_VEC(verdict_parameter) parameters;
    DR_VEC(verdict_evidence) evidence;
    DR_VEC(verdict_missing) missing;
    DR_VEC(verdict_trace) constellation;
    DR_VEC(verdict_mention) mentions;
    DR_VEC(dr_str) items[4];
} verdict_reader;

/* An array of the list's own of what was gathered; NULL (with N 0) for nothing. */
static void *kept(dr_arena *arena, const void *p, size_t n, size_t item)
{
    void *copy = dr_arena_array(arena, n, item);
    if (copy && n)
        memcpy(copy, p, n * item);
    return copy;
}

#define KEEP(arena, vec) kept((arena), (vec).p, (vec).n, sizeof *(vec).p)

static dr_status read_part_row(case_file *c, verdict_reader *r, size_t which, verdict *v)
{
    case_sql *q = &r->parts[which];
    dr_arena *arena = r->out->arena;
    bool ok = true, room = true;
    rung on;
    switch (which) {
    case Q_PARAMETER: {
        verdict_parameter p = { get_str(q, arena), DR_STR_NONE };
        p.value = get_str(q, arena);
        room = dr_vec_push(&r->parameters, p);
        break;
    }
    case Q_RUNG:
        ok = rung_of(peek_str(q), &on) && state_of(peek_str(q), &v->states[on]) && case_grade_of(peek_str(q), &v->grades[on]);
        break;
    case Q_EVIDENCE: {
        verdict_evidence e = { 0 };
        ok = rung_of(peek_str(q), &e.rung) && case_role_of(peek_str(q), &e.role);
        if (!ok)
            break;
        e.trace = get_str(q, arena);
        e.fact = (fact_id)get_u64(q);
        ok = e.fact >= 1 && e.fact <= r->n_facts && case_link_of(peek_str(q), &e.link);
        e.text = get_str(q, arena);
        e.shown = get_str(q, arena);
        room = dr_vec_push(&r->evidence, e);
        break;
    }
    case Q_MISSING: {
        verdict_missing m = { 0 };
        ok = rung_of(peek_str(q), &m.rung);
        m.what = get_str(q, arena);
        ok = ok && case_reason_of(peek_str(q), &m.reason);
        m.text = get_str(q, arena);
        room = dr_vec_push(&r->missing, m);
        break;
    }
    case Q_CONSTELLATION: {
        verdict_trace t = { .trace = get_str(q, arena), .state = TRACE_UNKNOWN };
        ok = trace_state_of(peek_str(q), &t.state) && case_reason_of(peek_str(q), &t.reason);
        room = dr_vec_push(&r->constellation, t);
        break;
    }
    case Q_MENTION: {
        verdict_mention m = { .artefact = get_str(q, arena) };
        ok = rung_of(peek_str(q), &m.shows);
        m.count = get_u64(q);
        m.runs = get_u64(q);
        m.first = get_time(q);
        m.last = get_time(q);
        room = dr_vec_push(&r->mentions, m);
        break;
    }
    default: {
        dr_str list = peek_str(q);
        size_t at = dr_str_is(list, "alternative") ? 0 : dr_str_is(list, "attack") ? 1 : dr_str_is(list, "one-of") ? 2 : 3;
        ok = at < 3 || dr_str_is(list, "settle");
        room = dr_vec_push(&r->items[at], get_str(q, arena));
        break;
    }
    }
    return !ok ? damaged(c, "a row of a verdict") : room ? DR_OK : no_memory(c);
}

static dr_status read_parts(case_file *c, verdict_reader *r, uint64_t number, verdict *v)
{
    dr_status status = DR_OK;
    dr_vec_clear(&r->parameters);
    dr_vec_clear(&r->evidence);
    dr_vec_clear(&r->missing);
    dr_vec_clear(&r->constellation);
    dr_vec_clear(&r->mentions);
    for (size_t i = 0; i < 4; i++)
        dr_vec_clear(&r->items[i]);
    for (size_t which = 0; which < Q_COUNT && status == DR_OK; which++) {
        case_sql *q = &r->parts[which];
        while (status == DR_OK && r->have[which] == DR_OK) {
            q->next = 0;
            if (get_u64(q) != number)
                break;
            status = read_part_row(c, r, which, v);
            if (status == DR_OK)
                r->have[which] = next_row(c, q);
        }
        if (status == DR_OK && r->have[which] != DR_END)
            status = r->have[which];
    }
    dr_arena *arena = r->out->arena;
    v->parameters = KEEP(arena, r->parameters);
    v->n_parameters = r->parameters.n;
    v->evidence = KEEP(arena, r->evidence);
    v->n_evidence = r->evidence.n;
    v->missing = KEEP(arena, r->missing);
    v->n_missing = r->missing.n;
    v->constellation = KEEP(arena, r->constellation);
    v->n_constellation = r->constellation.n;
    v->mentions = KEEP(arena, r->mentions);
    v->n_mentions = r->mentions.n;
    v->alternatives = KEEP(arena, r->items[0]);
    v->n_alternatives = r->items[0].n;
    v->attack = KEEP(arena, r->items[1]);
    v->n_attack = r->items[1].n;
    v->one_of = KEEP(arena, r->items[2]);
    v->n_one_of = r->items[2].n;
    v->settle = KEEP(arena, r->items[3]);
    v->n_settle = r->items[3].n;
    return status;
}

static bool read_marks(dr_str text, unsigned *out)
{
    dr_str part;
    while (text.n && dr_str_split(&text, ',', &part)) {
        unsigned mark;
        if (!mark_of(part, &mark))
            return false;
        *out |= mark;
    }
    return true;
}

static dr_status read_verdict(case_file *c, case_sql *q, size_t i, void *context)
{
    verdict_reader *r = context;
    dr_arena *arena = r->out->arena;
    verdict v = { 0 };
    if (get_u64(q) != i + 1)
        return damaged(c, "the numbers of its claims have a gap");
    v.claim = get_str(q, arena);
    v.title = get_str(q, arena);
    v.rule = get_str(q, arena);
    v.effect = get_int(q) != 0;
    v.host = dr_sym_of(r->syms, peek_str(q));
    v.host_recorded = dr_sym_of(r->syms, peek_str(q));
    v.from_host = dr_sym_of(r->syms, peek_str(q));
    v.time = get_time(q);
    v.time_means = vocab_meaning_of(r->vocab, peek_str(q));
    v.how = get_str(q, arena);
    dr_str id = peek_str(q);
    bool ok = id.n > 2 && id.n < sizeof v.id;
    if (ok)
        memcpy(v.id, id.p, id.n);
    ok = ok && word_of(peek_str(q), &v.word) && case_grade_of(peek_str(q), &v.grade) && read_marks(peek_str(q), &v.marks);
    if (!ok)
        return damaged(c, "the word of a verdict");
    v.urgent = get_int(q) != 0;
    v.quiet = get_int(q) != 0;
    v.to_decide = get_int(q) != 0;
    v.label = get_str(q, arena);
    v.text = get_str(q, arena);
    v.as_of = get_time(q);
    v.lifetime = get_int(q);
    ok = case_undone_of(peek_str(q), &v.undone_by);
    v.expected = get_str(q, arena);
    v.run = (uint32_t)get_u64(q);
    v.evidence_total = (size_t)get_u64(q);
    if (!ok)
        return damaged(c, "how a verdict's effect was undone");
    dr_status status = read_parts(c, r, i + 1, &v);
    if (status == DR_OK && (dr_arena_failed(arena) || dr_symtab_failed(r->syms) || !dr_vec_push(&r->out->verdicts, v)))
        status = no_memory(c);
    return status;
}

static dr_status read_secret(case_file *c, case_sql *q, size_t i, void *context)
{
    verdict_list *out = context;
    (void)i;
    return verdict_add_secret(out, peek_str(q)) == DR_OK ? DR_OK : no_memory(c);
}

dr_status case_read_verdicts(case_file *c, const vocabulary *vocab, dr_symtab *syms, verdict_list *out, dr_err *err)
{
    verdict_reader r = { .vocab = vocab, .syms = syms, .out = out };
    c->err = err;
    dr_status status = count_rows(c, "SELECT count(*) FROM fact", &r.n_facts);
    for (size_t i = 0; i < Q_COUNT && status == DR_OK; i++) {
        status = open_rows(c, &r.parts[i], parts_sql[i]);
        if (status == DR_OK)
            r.have[i] = next_row(c, &r.parts[i]);
    }
    if (status == DR_OK)
        status = each_row(c,
                          "SELECT claim.id, claim.claim, title, rule, effect, host, host_recorded, from_host, time, time_means, how, "
                          "verdict.id, word, grade, marks, urgent, quiet, to_decide, label, text, as_of, lifetime, undone_by, expected, "
                          "process, evidence_total FROM claim LEFT JOIN verdict ON verdict.claim = claim.id ORDER BY claim.id",
                          SIZE_MAX, read_verdict, &r);
    for (size_t i = 0; i < Q_COUNT && status == DR_OK; i++) {
        if (r.have[i] != DR_END)
            status = damaged(c, "rows of a verdict that is not there");
    }
    if (status == DR_OK)
        status = each_row(c, "SELECT value FROM secret ORDER BY rowid", SIZE_MAX, read_secret, out);
    for (size_t i = 0; i < Q_COUNT; i++)
        case_finish(&r.parts[i]);
    dr_vec_free(&r.parameters);
    dr_vec_free(&r.evidence);
    dr_vec_free(&r.missing);
    dr_vec_free(&r.constellation);
    dr_vec_free(&r.mentions);
    for (size_t i = 0; i < 4; i++)
        dr_vec_free(&r.items[i]);
    return status;
}

/* --- opening ----------------------------------------------------------------------------------- */

/* Everything of the layout stands there just as it was made; what an examiner has put beside it does
 * not matter. So nothing of ours can be a view that runs for ever. */
static dr_status check_layout(case_file *c)
{
    sqlite3 *fresh = NULL;
    case_sql ours = { 0 }, theirs = { 0 };
    const char *sql = "SELECT type, name, sql FROM sqlite_schema WHERE sql IS NOT NULL";
    int code = sqlite3_open_v2(":memory:", &fresh, SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(fresh, case_schema(), NULL, NULL, NULL);
    if (code == SQLITE_OK)
        code = case_prepare(fresh, &ours, sql);
    dr_status status = code == SQLITE_OK ? DR_OK : no_memory(c);
    if (status == DR_OK)
        status = open_rows(c, &theirs, "SELECT count(*) FROM sqlite_schema WHERE type = ? AND name = ? AND sql = ?");
    while (status == DR_OK && sqlite3_step(ours.statement) == SQLITE_ROW) {
        ours.next = 0;
        theirs.next = 1;
        for (int i = 0; i < 3; i++)
            case_bind_str(&theirs, peek_str(&ours));
        status = next_row(c, &theirs);
        if (status == DR_OK && get_int(&theirs) != 1)
            status = damaged(c, "its tables are not those of a case");
        sqlite3_reset(theirs.statement);
    }
    case_finish(&ours);
    case_finish(&theirs);
    sqlite3_close(fresh);
    return status;
}

static dr_status check_version(case_file *c)
{
    case_sql q;
    int64_t version = 0;
    dr_status status = open_rows(c, &q, "PRAGMA user_version");
    if (status == DR_OK)
        status = next_row(c, &q);
    if (status == DR_OK)
        version = get_int(&q);
    case_finish(&q);
    if (status == DR_OK && version > CASE_SCHEMA_VERSION)
        return dr_fail(c->err, DR_UNSUPPORTED, "%s: is a case of a newer didrun (schema %lld, this one reads %d)", c->path, (long long)version,
                       CASE_SCHEMA_VERSION);
    return status == DR_OK && version != CASE_SCHEMA_VERSION ? damaged(c, "its schema version is not known") : status;
}

dr_status case_open(case_file **out, const char *path, dr_err *err)
{
    case_file *c = dr_mem_alloc(sizeof *c);
    *out = c;
    if (!c)
        return dr_fail(err, DR_NOMEM, "out of memory");
    c->err = err;
    c->arena = dr_arena_create("case", 0);
    dr_str copy = c->arena ? dr_arena_str(c->arena, dr_str_of(path)) : DR_STR_NONE;
    if (!c->arena || dr_arena_failed(c->arena))
        return no_memory(c);
    c->path = copy.p;
    int code = sqlite3_open_v2(path, &c->db, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL);
    if (code != SQLITE_OK)
        return failed(c, code);
    (void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(c->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    dr_status status = check_version(c);
    if (status == DR_OK)
        status = check_layout(c);
    return status == DR_OK ? read_small(c) : status;
}

void case_close(case_file *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->diags.n; i++)
        dr_diags_free(c->diags.p[i]);
    dr_vec_free(&c->diags);
    sqlite3_close(c->db);
    dr_arena_destroy(c->arena);
    dr_mem_free(c);
}

const case_image *case_shown(const case_file *c)
{
    return &c->image;
}
