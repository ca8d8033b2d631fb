#include "reason/program.h"

#include "fact/path.h"
#include "reason/text.h"

typedef struct mention { /* an artefact that names the program without a run */
    fact_id fact;
    uint32_t next;
} mention;

typedef struct program {
    dr_sym host;
    dr_str path; /* as best known */
    dr_str key;
    run_id first_run, last_run; /* chain through program_set.next_run */
    uint32_t first_mention, last_mention;
} program;

typedef struct program_set {
    const reason_input *in;
    dr_arena *arena;
    dr_map *index;    /* "host|key" -> program + 1 */
    dr_map *basenames; /* "host|base" -> program + 1, or UINT32_MAX when there are several */
    DR_VEC(program) programs;
    DR_VEC(mention) mentions; /* [0] is none */
    run_id *next_run;
} program_set;

static bool has_folder(dr_str image)
{
    return dr_str_find_char(image, '\\') != SIZE_MAX || dr_str_find_char(image, '/') != SIZE_MAX;
}

static dr_str index_key(dr_arena *arena, dr_sym host, dr_str key)
{
    return dr_arena_printf(arena, "%u|%.*s", host, DR_STR_ARG(key));
}

/* How well people know the form of a path: with a drive, and in the letters in which it was made. */
static int path_form(dr_str path)
{
    bool upper = false, lower = false;
    if (path.n < 3 || path.p[1] != ':')
        return 0;
    for (size_t i = 2; i < path.n; i++) {
        upper |= path.p[i] >= 'A' && path.p[i] <= 'Z';
        lower |= path.p[i] >= 'a' && path.p[i] <= 'z';
    }
    return upper && lower ? 2 : 1;
}

static dr_status program_of(program_set *set, dr_sym host, dr_str image, uint32_t *out)
{
    dr_arena *arena = set->arena;
    uint64_t *slot;
    bool is_new;
    dr_str key = path_key(arena, image);
    dr_status status = dr_map_put(set->index, index_key(arena, host, key), &slot, &is_new);
    if (status != DR_OK)
        return status;
    if (is_new) {
        program fresh = { .host = host, .path = image, .key = key };
        if (!dr_vec_push(&set->programs, fresh))
            return DR_NOMEM;
        *slot = set->programs.n;
        uint64_t *base;
        status = dr_map_put(set->basenames, index_key(arena, host, dr_arena_fold(arena, dr_str_basename(image))), &base, &is_new);
        if (status != DR_OK)
            return status;
        *base = is_new ? set->programs.n : UINT32_MAX;
    }
    *out = (uint32_t)*slot - 1;
    program *p = &set->programs.p[*out];
    if (path_form(image) > path_form(p->path))
        p->path = image;
    return dr_arena_failed(arena) ? DR_NOMEM : DR_OK;
}

/* A bare name goes to the only program of that name on the host, else it stands alone. */
static dr_status program_of_name(program_set *set, dr_sym host, dr_str name, uint32_t *out)
{
    const uint64_t *base = dr_map_get(set->basenames, index_key(set->arena, host, dr_arena_fold(set->arena, name)));
    if (base && *base != UINT32_MAX) {
        *out = (uint32_t)*base - 1;
        return DR_OK;
    }
    return program_of(set, host, name, out);
}

static dr_status collect_runs(program_set *set, bool with_folder)
{
    for (run_id id = 1; id <= run_count(set->in->runs); id++) {
        const run *r = run_at(set->in->runs, id);
        uint32_t at;
        if (!r->image.n || has_folder(r->image) != with_folder)
            continue;
        dr_status status = with_folder ? program_of(set, r->host, r->image, &at) : program_of_name(set, r->host, r->image, &at);
        if (status != DR_OK)
            return status;
        program *p = &set->programs.p[at];
        if (p->last_run)
            set->next_run[p->last_run] = id;
        else
            p->first_run = id;
        p->last_run = id;
    }
    return DR_OK;
}

static dr_status collect_mentions(program_set *set, bool with_folder)
{
    const entity_names *a = set->in->names;
    const uint16_t kinds[] = { a->kind_file_present,       a->kind_program_launched, a->kind_program_ran,    a->kind_program_window,
                               a->kind_process_load_failed, a->kind_process_crashed,  a->kind_process_hung,
                               a->kind_process_shown,       a->kind_process_blocked };
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        size_t n;
        const fact_id *ids = fact_store_kind(set->in->store, kinds[k], &n);
        for (size_t i = 0; i < n; i++) {
            const fact *f = fact_store_at(set->in->store, ids[i]);
            dr_str image = fact_get(f, a->process_image);
            uint32_t at;
            if (run_of_fact(set->in->runs, f->id) || (f->flags & FACT_FORGED) || !image.n || has_folder(image) != with_folder)
                continue;
            dr_status status = with_folder ? program_of(set, f->host, image, &at) : program_of_name(set, f->host, image, &at);
            if (status != DR_OK)
                return status;
            mention fresh = { f->id, 0 };
            if (!dr_vec_push(&set->mentions, fresh))
                return DR_NOMEM;
            program *p = &set->programs.p[at];
            uint32_t number = (uint32_t)(set->mentions.n - 1);
            if (p->last_mention)
                set->mentions.p[p->last_mention].next = number;
            else
                p->first_mention = number;
            p->last_mention = number;
        }
    }
    return DR_OK;
}

typedef struct counted { /* an entry of an artefact whose own count has been taken */
    size_t artefact;
    uint32_t source;
    uint64_t offset;
} counted;

/* What is gathered for one verdict. */
typedef struct gathering {
    const program_set *set;
    verdict v;
    DR_VEC(verdict_evidence) evidence;
    size_t on_rung[RUNG_COUNT];
    int64_t first;
    unsigned ran, crashed, failed, blocked, created; /* runs by what became of them */
    unsigned present, launched; /* mentions */
    dr_str sha1, sha256;
    fact_id best_started, best_refuted;
    fact_id exit;
    verdict_mention *mentions; /* by artefact of the vocabulary; NULL: not gathered (one run alone) */
    DR_VEC(counted) counted;
    verdict_missing silence; /* what was looked for in vain, or could not be */
    int64_t silent_from, silent_to; /* where no launch is recorded though it would have been */
} gathering;

/* Counts the fact among those of its artefact. */
static dr_status note_mention(gathering *g, fact_id id)
{
    enum { ENTRIES = 64 }; /* of all artefacts that count by themselves */
    const reason_input *in = g->set->in;
    const fact *f = fact_store_at(in->store, id);
    if (!g->mentions || (f->flags & FACT_FORGED))
        return DR_OK;
    const fact_record *r = &f->records[0];
    size_t at = vocab_mention_of(in->vocab, dr_sym_str(in->syms, r->channel), r->event_id, fact_get(f, in->names->text));
    if (at == in->vocab->n_mentions)
        return DR_OK;
    verdict_mention *m = &g->mentions[at];
    const vocab_kind *kind = &in->vocab->kinds[f->kind];
    rung shows = kind->ceiling > RUNG_STARTED ? RUNG_STARTED : kind->ceiling;
    if (!m->count++)
        m->first = m->last = DR_NO_TIME;
    m->shows = shows > m->shows ? shows : m->shows;
    if (kind->launch && dr_time_is(f->time)) {
        m->first = m->first == DR_NO_TIME || f->time < m->first ? f->time : m->first;
        m->last = f->time > m->last ? f->time : m->last;
    }
    uint64_t runs;
    bool new_entry = shows > RUNG_PRESENT && dr_str_to_u64(fact_get(f, in->names->process_run_count), &runs) && g->counted.n < ENTRIES;
    for (size_t i = 0; i < g->counted.n && new_entry; i++) /* one entry may give several facts: a time each */
        new_entry = g->counted.p[i].artefact != at || g->counted.p[i].source != r->source || g->counted.p[i].offset != r->offset;
    if (!new_entry)
        return DR_OK;
    m->runs = runs < INT64_MAX - m->runs ? m->runs + runs : INT64_MAX;
    return dr_vec_push(&g->counted, ((counted){ at, r->source, r->offset })) ? DR_OK : DR_NOMEM;
}

static dr_status note_run(gathering *g, run_id id)
{
    const run *r = run_at(g->set->in->runs, id);
    size_t n;
    const fact_id *facts = run_facts(g->set->in->runs, id, &n);
    dr_status status = r->exited ? note_mention(g, r->exited) : DR_OK;
    for (uint32_t i = 0; i < r->n_created && status == DR_OK; i++)
        status = note_mention(g, r->created[i]);
    for (size_t i = 0; i < n && status == DR_OK; i++)
        status = note_mention(g, facts[i]);
    return status;
}

static dr_status add_row(gathering *g, rung step, evidence_role role, fact_id id, fact_link link, dr_str text)
{
    verdict_evidence row = { .rung = step, .role = role, .trace = DR_STR_INIT("program"), .fact = id, .link = link, .text = text };
    for (size_t i = 0; i < g->evidence.n; i++) {
        if (g->evidence.p[i].fact == id && g->evidence.p[i].rung == step)
            return DR_OK;
    }
    const fact *f = fact_store_at(g->set->in->store, id);
    if (step == RUNG_STARTED && f->kind == g->set->in->names->kind_process_created)
        row.trace = DR_STR("child"); /* of the program, and shows that it ran */
    g->v.evidence_total++;
    if (g->on_rung[step]++ >= DR_EVIDENCE_PER_RUNG)
        return DR_OK;
    return dr_vec_push(&g->evidence, row) ? DR_OK : DR_NOMEM;
}

/* A few rows of each run are enough; the best runs come first. */
#define ROWS_PER_RUN 8

static dr_status add_run_rows(gathering *g, const run *r, const run_state *s)
{
    const reason_input *in = g->set->in;
    dr_status status = DR_OK;
    for (uint32_t i = 0; i < r->n_created && status == DR_OK; i++) {
        const fact *f = fact_store_at(in->store, r->created[i]);
        status = add_row(g, RUNG_ATTEMPTED, ROLE_PROVES, f->id, FACT_LINK_IDENTITY, fact_get(f, in->names->process_command_line));
        dr_str sha1 = fact_get(f, in->names->process_sha1), sha256 = fact_get(f, in->names->process_sha256);
        if (sha1.n && !g->sha1.n)
            g->sha1 = sha1;
        if (sha256.n && !g->sha256.n)
            g->sha256 = sha256;
    }
    for (size_t i = 0; i < s->n_proofs && i < ROWS_PER_RUN && status == DR_OK; i++)
        status = add_row(g, RUNG_STARTED, s->started == STATE_REFUTED ? ROLE_CONTEXT : ROLE_PROVES, s->proofs[i].fact, s->proofs[i].link, DR_STR_NONE);
    for (size_t i = 0; i < s->n_refutations && i < ROWS_PER_RUN && status == DR_OK; i++) {
        bool counts = s->started == STATE_REFUTED || s->started == STATE_CONFLICTING;
        status = add_row(g, RUNG_STARTED, counts ? ROLE_REFUTES : ROLE_CONTEXT, s->refutations[i].fact, s->refutations[i].link, DR_STR_NONE);
    }
    if (!g->best_started && s->n_proofs)
        g->best_started = s->proofs[0].fact;
    if (!g->best_refuted && s->n_refutations)
        g->best_refuted = s->refutations[0].fact;
    return status;
}

/* How good a run is for its program's rung: the higher the better. */
static int run_rank(const run_state *s)
{
    switch (s->started) {
    case STATE_PROVED: return s->marks & MARK_CRASH ? 5 : 6;
    case STATE_CONFLICTING: return 4;
    case STATE_UNKNOWN: return s->attempted == STATE_PROVED ? 3 : 0;
    case STATE_REFUTED: return s->marks & MARK_CONTROL ? 1 : 2;
    case STATE_ABSENT:
    case STATE_NOT_APPLICABLE:
    case STATE_COUNT: break;
    }
    return 0;
}

static void take_state(gathering *g, const run *r, const run_state *s)
{
    verdict *v = &g->v;
    v->states[RUNG_ATTEMPTED] = s->attempted;
    v->grades[RUNG_ATTEMPTED] = s->attempted_grade;
    v->states[RUNG_STARTED] = s->started;
    v->grades[RUNG_STARTED] = s->started_grade;
    v->marks = s->marks;
    v->lifetime = s->lifetime;
    v->time = r->start;
    g->exit = s->exit;
}

static void count_run(gathering *g, const run_state *s)
{
    switch (run_rank(s)) {
    case 6: g->ran++; break;
    case 5: g->crashed++; break;
    case 2: g->failed++; break;
    case 1: g->blocked++; break;
    default: g->created++; break;
    }
}

/* Facts that name the program without a run of which anything else is known. */
static dr_status add_mention(gathering *g, fact_id id)
{
    const reason_input *in = g->set->in;
    const entity_names *a = in->names;
    const fact *f = fact_store_at(in->store, id);
    const vocab_kind *kind = &in->vocab->kinds[f->kind];
    verdict *v = &g->v;
    rung step = kind->ceiling > RUNG_STARTED ? RUNG_STARTED : kind->ceiling;
    evidence_role role = ROLE_PROVES;
    grade strength = f->flags & FACT_RECOVERED ? GRADE_C : GRADE_B;

    if (f->time != DR_NO_TIME && (g->first == DR_NO_TIME || f->time < g->first))
        g->first = f->time;
    dr_str sha1 = fact_get(f, a->process_sha1);
    if (sha1.n && !g->sha1.n)
        g->sha1 = sha1;
    if (f->kind == a->kind_process_load_failed || f->kind == a->kind_process_blocked) {
        role = ROLE_REFUTES;
        step = RUNG_STARTED;
        bool control = f->kind == a->kind_process_blocked;
        if (control)
            g->blocked++;
        else
            g->failed++;
        if (!g->best_refuted)
            g->best_refuted = f->id;
        if (v->states[RUNG_ATTEMPTED] != STATE_PROVED) {
            v->states[RUNG_ATTEMPTED] = STATE_PROVED;
            v->grades[RUNG_ATTEMPTED] = control ? GRADE_A : GRADE_C;
        }
        if (v->states[RUNG_STARTED] == STATE_UNKNOWN) {
            v->states[RUNG_STARTED] = STATE_REFUTED;
            v->grades[RUNG_STARTED] = control ? GRADE_A : GRADE_C;
            v->marks |= control ? MARK_CONTROL : 0u;
            v->time = f->time;
        } else if (v->states[RUNG_STARTED] == STATE_PROVED)
            role = ROLE_CONTEXT;
    } else if (f->kind == a->kind_process_shown) {
        step = RUNG_ATTEMPTED;
        g->launched++;
    } else if (step == RUNG_STARTED) {
        bool crash = f->kind == a->kind_process_crashed;
        if (crash)
            g->crashed++;
        else
            g->ran++;
        if (!g->best_started)
            g->best_started = f->id;
        if (v->states[RUNG_STARTED] != STATE_PROVED) {
            v->marks = crash ? MARK_CRASH : 0u;
            v->time = f->time;
            v->lifetime = -1;
        } else if (!crash)
            v->marks &= ~(unsigned)MARK_CRASH;
        v->states[RUNG_STARTED] = STATE_PROVED;
        if (v->grades[RUNG_STARTED] < strength)
            v->grades[RUNG_STARTED] = strength;
        if (v->states[RUNG_ATTEMPTED] != STATE_PROVED) {
            v->states[RUNG_ATTEMPTED] = STATE_PROVED;
            v->grades[RUNG_ATTEMPTED] = strength;
        }
    } else if (step == RUNG_ATTEMPTED)
        g->launched++;
    else
        g->present++;
    if (role == ROLE_PROVES && v->states[step] != STATE_PROVED && step < RUNG_STARTED) {
        v->states[step] = STATE_PROVED;
        v->grades[step] = strength;
    }
    return add_row(g, step, role, f->id, FACT_LINK_NAME, DR_STR_NONE);
}

static const char *count_text(unsigned n, const char *one, const char *many, char buffer[48])
{
    snprintf(buffer, 48, "%u %s", n, n == 1 ? one : many);
    return buffer;
}

/* The other runs, in words. */
static void other_runs(dr_buf *b, const gathering *g)
{
    char text[48];
    unsigned all = g->ran + g->crashed + g->failed + g->blocked + g->created;
    if (all < 2)
        return;
    dr_buf_z(b, " Runs in all: ");
    const struct {
        unsigned n;
        const char *one, *many;
    } parts[] = {
        { g->ran, "ran", "ran" },
        { g->crashed, "crashed", "crashed" },
        { g->failed, "did not start", "did not start" },
        { g->blocked, "was refused", "were refused" },
        { g->created, "process created, no more is shown", "processes created, no more is shown" },
    };
    bool first = true;
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (!parts[i].n)
            continue;
        if (!first)
            dr_buf_z(b, ", ");
        dr_buf_z(b, count_text(parts[i].n, parts[i].one, parts[i].many, text));
        first = false;
    }
    dr_buf_char(b, '.');
}

static void cite_paren(dr_buf *b, const reason_input *in, fact_id id)
{
    if (!id)
        return;
    dr_buf_z(b, " (");
    text_cite(b, in, id);
    dr_buf_z(b, ")");
}

/* The artefact or log that a row is of. */
static dr_str artefact_name(const reason_input *in, const fact *f)
{
    dr_str channel = dr_sym_str(in->syms, f->records[0].channel), text = fact_get(f, in->names->text);
    const dr_str maker = DR_STR("Microsoft-Windows-");
    if (channel.n)
        return dr_str_starts_fold(channel, maker) ? dr_str_from(channel, maker.n) : channel;
    return text.n ? text : in->vocab->kinds[f->kind].shown;
}

/* Every artefact that names the program, by what it can say at most. */
static void artefacts(dr_buf *b, const gathering *g)
{
    static const struct {
        rung step;
        const char *says;
    } groups[] = {
        { RUNG_PRESENT, "that the file was there or is named, not that it was run" },
        { RUNG_ATTEMPTED, "that a process was created or launched, not that its code ran" },
        { RUNG_STARTED, "that it ran, not what it did" },
    };
    enum { MAX_NAMES = 12 };
    bool any = false;
    for (size_t k = 0; k < sizeof groups / sizeof groups[0]; k++) {
        dr_str names[MAX_NAMES];
        size_t n = 0;
        for (size_t i = 0; i < g->evidence.n; i++) {
            const verdict_evidence *e = &g->evidence.p[i];
            const fact *f = fact_store_at(g->set->in->store, e->fact);
            rung ceiling = g->set->in->vocab->kinds[f->kind].ceiling;
            rung highest = ceiling > RUNG_STARTED || dr_str_is(e->trace, "child") ? RUNG_STARTED : ceiling;
            dr_str name = artefact_name(g->set->in, f);
            bool known = highest != groups[k].step;
            for (size_t m = 0; m < n && !known; m++)
                known = dr_str_eq(names[m], name);
            if (!known && n < MAX_NAMES)
                names[n++] = name;
        }
        for (size_t m = 0; m < n; m++) {
            dr_buf_z(b, m ? ", " : any ? "; " : " Named by ");
            any = true;
            dr_buf_str_add(b, names[m]);
        }
        if (n)
            dr_buf_printf(b, " (shows %s)", groups[k].says);
    }
    if (any)
        dr_buf_char(b, '.');
}

static void program_text(const gathering *g, dr_str path, dr_buf *b)
{
    const reason_input *in = g->set->in;
    const verdict *v = &g->v;
    fact_id created = 0;
    for (size_t i = 0; i < g->evidence.n && !created; i++) {
        if (g->evidence.p[i].rung == RUNG_ATTEMPTED && g->evidence.p[i].role == ROLE_PROVES)
            created = g->evidence.p[i].fact;
    }
    switch (v->word) {
    case WORD_RAN:
        dr_buf_str_add(b, path);
        dr_buf_z(b, " ran at ");
        text_time(b, v->time);
        dr_buf_z(b, ", shown by ");
        if (g->best_started) {
            dr_buf_str_add(b, in->vocab->kinds[fact_store_at(in->store, g->best_started)->kind].shown);
            cite_paren(b, in, g->best_started);
        }
        dr_buf_z(b, ". What it did, and whether it served its purpose, is not shown by this.");
        break;
    case WORD_CRASHED:
        dr_buf_str_add(b, path);
        dr_buf_z(b, " ran and crashed at ");
        text_time(b, g->best_started ? fact_store_at(in->store, g->best_started)->time : v->time);
        if (v->lifetime >= 0) {
            char life[32];
            dr_duration_text(v->lifetime, life);
            dr_buf_printf(b, " after %s", life);
        }
        cite_paren(b, in, g->best_started);
        dr_buf_z(b, "; what it did before is not shown by this.");
        break;
    case WORD_FAILED_TO_START:
        dr_buf_z(b, created && created != g->best_refuted ? "Windows created a process for " : "A launch of ");
        dr_buf_str_add(b, path);
        if (created && created != g->best_refuted)
            cite_paren(b, in, created);
        dr_buf_z(b, created && created != g->best_refuted ? "; it ended while loading" : " ended while loading");
        dr_buf_z(b, " at ");
        text_time(b, g->best_refuted ? fact_store_at(in->store, g->best_refuted)->time : v->time);
        cite_paren(b, in, g->best_refuted);
        dr_buf_z(b, ", before its own code. This is about that run only.");
        break;
    case WORD_BLOCKED:
        dr_buf_z(b, "A control refused the start of ");
        dr_buf_str_add(b, path);
        dr_buf_z(b, " at ");
        text_time(b, v->time);
        cite_paren(b, in, g->best_refuted);
        dr_buf_z(b, "; no activity of that run is recorded.");
        break;
    case WORD_CONFLICTING:
        dr_buf_z(b, "For one run of ");
        dr_buf_str_add(b, path);
        dr_buf_z(b, " the records contradict each other: that its own code ran");
        cite_paren(b, in, g->best_started);
        dr_buf_z(b, ", that it did not start");
        cite_paren(b, in, g->best_refuted);
        dr_buf_z(b, ". The evidence does not decide.");
        break;
    case WORD_ATTEMPTED:
        if (created && fact_store_at(in->store, created)->kind == in->names->kind_process_created) {
            dr_buf_z(b, "A process was created from ");
            dr_buf_str_add(b, path);
            dr_buf_z(b, " at ");
            text_time(b, v->time);
        } else {
            dr_buf_z(b, "A launch of ");
            dr_buf_str_add(b, path);
            dr_buf_z(b, " is recorded at ");
            text_time(b, v->time);
        }
        cite_paren(b, in, created);
        dr_buf_z(b, ". That its code ran is not shown.");
        break;
    case WORD_PRESENT: {
        fact_id first = g->evidence.n ? g->evidence.p[0].fact : 0;
        dr_buf_z(b, "A file ");
        dr_buf_str_add(b, path);
        dr_buf_z(b, " was there or is named: ");
        if (first) {
            const fact *f = fact_store_at(in->store, first);
            if (!f->records[0].channel)
                dr_buf_str_add(b, artefact_name(in, f));
            if (f->time != DR_NO_TIME) {
                dr_buf_z(b, f->records[0].channel ? "recorded, " : ", ");
                dr_buf_str_add(b, in->vocab->meanings[f->means].shown);
                dr_buf_char(b, ' ');
                text_time(b, f->time);
            }
            cite_paren(b, in, first);
        }
        dr_buf_z(b, ". That does not show that it was run; nothing examined does.");
        break;
    }
    case WORD_NOT_RECORDED:
        dr_buf_z(b, "No launch of ");
        dr_buf_str_add(b, path);
        dr_buf_z(b, " is recorded from ");
        text_time(b, g->silent_from);
        dr_buf_z(b, " to ");
        text_time(b, g->silent_to);
        dr_buf_z(b, ", where process creation was recorded without a gap. Before and after that it cannot be told.");
        break;
    case WORD_ACHIEVED_PERSISTS:
    case WORD_ACHIEVED_REMOVED:
    case WORD_ACHIEVED:
    case WORD_OTHER_EFFECT:
    case WORD_FAILED:
    case WORD_PERSISTS:
    case WORD_NO_EFFECT:
    case WORD_UNSUPPORTED:
    case WORD_COUNT:
        dr_buf_z(b, "Nothing in the examined evidence bears on a run of ");
        dr_buf_str_add(b, path);
        dr_buf_z(b, ". That is no statement that it did not run");
        if (g->silence.text.n && g->silence.reason != COV_COVERED) {
            dr_buf_z(b, ": ");
            dr_buf_str_add(b, g->silence.text);
        }
        dr_buf_z(b, ".");
        break;
    }
    other_runs(b, g);
    artefacts(b, g);
}

/* Is process creation recorded over the whole of [from, to], so that a launch would stand there? */
static bool launches_recorded(const reason_input *in, dr_arena *arena, dr_sym host, dr_str image, int64_t from, int64_t to, silence_answer *a)
{
    fact_attr attr = { in->names->process_image, image };
    silence_question q = { .host = host, .kind = in->names->kind_process_created, .from = from, .to = to, .near = from, .attrs = &attr, .n_attrs = 1 };
    *a = (silence_answer){ .reason = COV_NO_RECORDER };
    if (from == DR_NO_TIME || to == DR_NO_TIME || from >= to)
        return false;
    in->silence.ask(in->silence.context, arena, &q, a);
    return a->reason == COV_COVERED;
}

/* What was looked for of a launch, and what became of it. */
static void note_silence(gathering *g, const silence_answer *a, dr_arena *arena)
{
    const reason_input *in = g->set->in;
    g->silence = (verdict_missing){ RUNG_ATTEMPTED, in->vocab->kinds[in->names->kind_process_created].name, a->reason, dr_arena_str(arena, a->text) };
}

/* When the file came to be there, as far as anything says: only a creation time does, no other time of a
 * file or key. */
static int64_t file_creation(const program_set *set, const program *p)
{
    const reason_input *in = set->in;
    int64_t earliest = DR_NO_TIME;
    for (uint32_t m = p->first_mention; m; m = set->mentions.p[m].next) {
        int64_t time;
        if (dr_str_to_i64(fact_get(fact_store_at(in->store, set->mentions.p[m].fact), in->names->file_created), &time) &&
            dr_time_is(time) && (earliest == DR_NO_TIME || time < earliest))
            earliest = time;
    }
    size_t n;
    const fact_id *ids = fact_store_kind(in->store, in->names->kind_file_created, &n);
    for (size_t i = 0; i < n; i++) {
        const fact *f = fact_store_at(in->store, ids[i]);
        if (f->host == p->host && path_same(fact_get(f, in->names->file_path), p->path) && (earliest == DR_NO_TIME || f->time < earliest))
            earliest = f->time;
    }
    return earliest;
}

/* The file was there and no launch is recorded though each would have been, from its creation to the
 * collection of what names it. */
static void judge_silence(gathering *g, const program *p, verdict_list *out)
{
    const reason_input *in = g->set->in;
    verdict *v = &g->v;
    int64_t to = DR_NO_TIME;
    silence_answer answer;
    if (v->states[RUNG_ATTEMPTED] != STATE_UNKNOWN || v->states[RUNG_STARTED] != STATE_UNKNOWN || !in->source_as_of)
        return;
    for (uint32_t m = p->first_mention; m; m = g->set->mentions.p[m].next) {
        int64_t as_of = in->source_as_of(in->source_context, fact_store_at(in->store, g->set->mentions.p[m].fact)->records[0].source);
        to = as_of > to ? as_of : to;
    }
    /* A log proves nothing after its newest record: the last minute before collection is left out, and said to be. */
    if (to != DR_NO_TIME)
        to -= DR_TICKS_PER_MIN;
    int64_t from = file_creation(g->set, p);
    bool recorded = launches_recorded(in, g->set->arena, p->host, p->path, from, to, &answer);
    note_silence(g, &answer, out->arena);
    if (recorded) {
        v->states[RUNG_ATTEMPTED] = STATE_ABSENT;
        v->grades[RUNG_ATTEMPTED] = answer.grade;
        g->silent_from = from;
        g->silent_to = to;
    }
}

static fact_id first_row(const gathering *g, rung step, evidence_role role)
{
    for (size_t i = 0; i < g->evidence.n; i++) {
        if (g->evidence.p[i].rung == step && g->evidence.p[i].role == role)
            return g->evidence.p[i].fact;
    }
    return 0;
}

/* What ran or was refused was launched, and what was launched was there: by the same records. */
static dr_status carry_down(gathering *g)
{
    const reason_input *in = g->set->in;
    dr_status status = DR_OK;
    const rung lower[] = { RUNG_ATTEMPTED, RUNG_PRESENT };
    for (size_t i = 0; i < sizeof lower / sizeof lower[0] && status == DR_OK; i++) {
        rung step = lower[i];
        if (g->v.states[step] != STATE_PROVED || first_row(g, step, ROLE_PROVES))
            continue;
        fact_id by = step == RUNG_PRESENT ? first_row(g, RUNG_ATTEMPTED, ROLE_PROVES) : 0;
        if (!by)
            by = first_row(g, RUNG_STARTED, ROLE_PROVES);
        if (!by)
            by = first_row(g, RUNG_STARTED, ROLE_REFUTES);
        if (by && in->vocab->kinds[fact_store_at(in->store, by)->kind].ceiling >= step)
            status = add_row(g, step, ROLE_PROVES, by, FACT_LINK_IDENTITY, DR_STR_NONE);
        else {
            g->v.states[step] = STATE_UNKNOWN;
            g->v.grades[step] = GRADE_NONE;
        }
    }
    return status;
}

static const char *program_label(verdict_word word)
{
    return word == WORD_ATTEMPTED ? "process created or launched; running not shown" : ladder_word_shown(word, false, DR_STR_NONE);
}

/* What is no sentence with the program as its subject stands behind a colon. */
static const char *label_between(verdict_word word)
{
    return word == WORD_RAN || word == WORD_CRASHED || word == WORD_FAILED_TO_START ? " " : ": ";
}

static dr_status keep_mentions(const gathering *g, dr_arena *arena, verdict *v)
{
    const vocabulary *vocab = g->set->in->vocab;
    size_t n = 0;
    for (size_t i = 0; g->mentions && i < vocab->n_mentions; i++)
        n += g->mentions[i].count > 0;
    verdict_mention *list = DR_NEW_ARRAY(arena, verdict_mention, n);
    if (!list)
        return DR_NOMEM;
    v->mentions = list;
    for (size_t i = 0; v->n_mentions < n; i++) {
        if (!g->mentions[i].count)
            continue;
        list[v->n_mentions] = g->mentions[i];
        list[v->n_mentions++].artefact = vocab->mentions[i].name;
    }
    return DR_OK;
}

static dr_status finish(gathering *g, dr_str path, run_id only, verdict_list *out)
{
    dr_arena *arena = out->arena;
    verdict *v = &g->v;
    dr_buf text = { 0 };
    size_t n = 0;
    v->claim = DR_STR("program-ran");
    v->title = DR_STR("A program ran");
    v->rule = DR_STR("program-ran@built-in");
    v->states[RUNG_ACHIEVED] = v->states[RUNG_PERSISTS] = STATE_NOT_APPLICABLE;
    dr_status status = carry_down(g);
    v->word = ladder_word(v->states, v->marks);
    v->grade = ladder_grade(v->word, v->states, v->grades);
    if (v->time == DR_NO_TIME)
        v->time = g->first;
    for (size_t i = 0; i < g->evidence.n && !v->time_means; i++) {
        const fact *f = fact_store_at(g->set->in->store, g->evidence.p[i].fact);
        if (f->time == v->time)
            v->time_means = f->means;
    }
    if (!v->time_means && v->time != DR_NO_TIME)
        v->time_means = vocab_meaning_of(g->set->in->vocab, DR_STR("started"));
    v->how = v->word == WORD_ATTEMPTED ? DR_STR("process") : DR_STR_NONE;
    v->as_of = DR_NO_TIME;
    v->run = only;

    verdict_parameter *p = DR_NEW_ARRAY(arena, verdict_parameter, 4);
    verdict_evidence *rows = DR_NEW_ARRAY(arena, verdict_evidence, g->evidence.n);
    if (!p || !rows)
        status = DR_NOMEM;
    if (status == DR_OK)
        status = keep_mentions(g, arena, v);
    if (status == DR_OK) {
        p[n++] = (verdict_parameter){ DR_STR("program"), path };
        if (g->sha1.n)
            p[n++] = (verdict_parameter){ DR_STR("sha1"), g->sha1 };
        if (g->sha256.n)
            p[n++] = (verdict_parameter){ DR_STR("sha256"), g->sha256 };
        if (only) {
            const run *r = run_at(g->set->in->runs, only);
            char start[DR_TIME_TEXT];
            dr_time_text(r->start, start);
            p[n++] = (verdict_parameter){ DR_STR("run"), dr_arena_printf(arena, "%.*s@%s", DR_STR_ARG(r->pid), start) };
        }
        if (g->evidence.n)
            memcpy(rows, g->evidence.p, g->evidence.n * sizeof *rows);
        program_text(g, path, &text);
        v->parameters = p;
        v->n_parameters = n;
        if (g->silence.what.n) {
            verdict_missing *missing = DR_NEW(arena, verdict_missing);
            if (missing)
                *missing = g->silence;
            v->missing = missing;
            v->n_missing = missing ? 1 : 0;
        }
        v->evidence = rows;
        v->n_evidence = g->evidence.n;
        v->text = dr_arena_str(arena, dr_buf_str(&text));
        v->label = dr_arena_printf(arena, "%.*s%s%s", DR_STR_ARG(path), label_between(v->word), program_label(v->word));
        status = text.failed || dr_arena_failed(arena) || !dr_vec_push(&out->verdicts, *v) ? DR_NOMEM : DR_OK;
    }
    dr_buf_free(&text);
    dr_vec_free(&g->evidence);
    dr_vec_free(&g->counted);
    return status;
}

static dr_status judge_single_run(const program_set *set, const program *p, run_id id, const run_state *s, verdict_list *out)
{
    const run *r = run_at(set->in->runs, id);
    gathering g = { .set = set, .first = r->start };
    g.v.host = p->host;
    g.v.lifetime = -1;
    take_state(&g, r, s);
    g.v.states[RUNG_PRESENT] = STATE_PROVED;
    g.v.grades[RUNG_PRESENT] = GRADE_A;
    count_run(&g, s);
    dr_status status = add_run_rows(&g, r, s);
    if (status != DR_OK) {
        dr_vec_free(&g.evidence);
        return status;
    }
    return finish(&g, p->path, id, out);
}

static dr_status judge_program(const program_set *set, const program *p, const uint8_t *trigger_runs, verdict_list *out)
{
    gathering g = { .set = set, .first = DR_NO_TIME };
    run_state *best = dr_arena_alloc(set->arena, sizeof *best), *s = dr_arena_alloc(set->arena, sizeof *s);
    run_id best_run = 0;
    g.mentions = DR_NEW_ARRAY(set->arena, verdict_mention, set->in->vocab->n_mentions);
    dr_status status = best && s && g.mentions ? DR_OK : DR_NOMEM;
    g.v.host = p->host;
    g.v.time = DR_NO_TIME;
    g.v.lifetime = -1;
    for (run_id id = p->first_run; id && status == DR_OK; id = set->next_run[id]) {
        const run *r = run_at(set->in->runs, id);
        run_judge(set->in, id, s);
        count_run(&g, s);
        status = note_run(&g, id);
        if (status != DR_OK)
            break;
        if (r->start != DR_NO_TIME && (g.first == DR_NO_TIME || r->start < g.first))
            g.first = r->start;
        if (!best_run || run_rank(s) > run_rank(best) || (run_rank(s) == run_rank(best) && s->started_grade > best->started_grade)) {
            *best = *s;
            best_run = id;
        }
        bool singled_out = trigger_runs[id] || s->n_refutations || (s->marks & (MARK_CRASH | MARK_CONTROL));
        if (singled_out)
            status = judge_single_run(set, p, id, s, out);
    }
    if (best_run && status == DR_OK) {
        take_state(&g, run_at(set->in->runs, best_run), best);
        g.v.states[RUNG_PRESENT] = STATE_PROVED;
        g.v.grades[RUNG_PRESENT] = GRADE_A;
        status = add_run_rows(&g, run_at(set->in->runs, best_run), best);
        for (run_id id = p->first_run; id && status == DR_OK && g.on_rung[RUNG_ATTEMPTED] < DR_EVIDENCE_PER_RUNG; id = set->next_run[id]) {
            if (id == best_run)
                continue;
            run_judge(set->in, id, s);
            if (s->started == STATE_REFUTED && best->started != STATE_REFUTED) {
                for (size_t i = 0; i < s->n_refutations; i++)
                    (void)add_row(&g, RUNG_STARTED, ROLE_CONTEXT, s->refutations[i].fact, s->refutations[i].link, DR_STR_NONE);
            } else
                status = add_run_rows(&g, run_at(set->in->runs, id), s);
        }
    }
    for (uint32_t m = p->first_mention; m && status == DR_OK; m = set->mentions.p[m].next) {
        status = note_mention(&g, set->mentions.p[m].fact);
        if (status == DR_OK)
            status = add_mention(&g, set->mentions.p[m].fact);
    }
    if (status == DR_OK && !best_run)
        judge_silence(&g, p, out);
    if (status != DR_OK) {
        dr_vec_free(&g.evidence);
        dr_vec_free(&g.counted);
        return status;
    }
    return finish(&g, p->path, 0, out);
}

static dr_status collect(program_set *set, const reason_input *in)
{
    mention none = { 0, 0 };
    *set = (program_set){ .in = in, .arena = dr_arena_create("programs", 0), .index = dr_map_create(), .basenames = dr_map_create() };
    dr_status status = set->arena && set->index && set->basenames && dr_vec_push(&set->mentions, none) ? DR_OK : DR_NOMEM;
    if (status == DR_OK) {
        set->next_run = DR_NEW_ARRAY(set->arena, run_id, run_count(in->runs) + 1);
        status = set->next_run ? DR_OK : DR_NOMEM;
    }
    if (status == DR_OK)
        status = collect_runs(set, true);
    if (status == DR_OK)
        status = collect_mentions(set, true);
    if (status == DR_OK)
        status = collect_runs(set, false);
    return status == DR_OK ? collect_mentions(set, false) : status;
}

static void set_free(program_set *set)
{
    dr_vec_free(&set->programs);
    dr_vec_free(&set->mentions);
    dr_map_destroy(set->index);
    dr_map_destroy(set->basenames);
    dr_arena_destroy(set->arena);
}

dr_status programs_judge(const reason_input *in, const uint8_t *trigger_runs, verdict_list *out)
{
    program_set set;
    dr_status status = collect(&set, in);
    for (size_t i = 0; i < set.programs.n && status == DR_OK; i++) {
        dr_arena_mark mark = dr_arena_save(set.arena);
        status = judge_program(&set, &set.programs.p[i], trigger_runs, out);
        dr_arena_restore(set.arena, mark);
    }
    set_free(&set);
    return status;
}

/* Nothing mentions it: what could have been seen of a launch? */
static dr_status judge_unmentioned(const program_set *set, dr_str path, dr_sym host, int64_t at, verdict_list *out)
{
    const reason_input *in = set->in;
    gathering g = { .set = set, .first = DR_NO_TIME };
    silence_answer answer;
    size_t n;
    const fact_id *created = fact_store_kind(in->store, in->names->kind_process_created, &n);
    int64_t from = at == DR_NO_TIME ? DR_NO_TIME : at - DR_TICKS_PER_MIN, to = at == DR_NO_TIME ? DR_NO_TIME : at + DR_TICKS_PER_MIN;
    for (size_t i = 0; i < n && at == DR_NO_TIME; i++) { /* from the first creation that was recorded to the last */
        const fact *f = fact_store_at(in->store, created[i]);
        if (host && f->host != host)
            continue;
        host = f->host;
        from = from == DR_NO_TIME ? f->time : from;
        to = f->time;
    }
    if (!host && fact_store_count(in->store))
        host = fact_store_at(in->store, 1)->host;
    g.v.host = host;
    g.v.time = at;
    g.v.lifetime = -1;
    bool recorded = launches_recorded(in, set->arena, host, path, from, to, &answer);
    note_silence(&g, &answer, out->arena);
    if (recorded) {
        g.v.states[RUNG_ATTEMPTED] = STATE_ABSENT;
        g.v.grades[RUNG_ATTEMPTED] = answer.grade;
        g.silent_from = from;
        g.silent_to = to;
    }
    return finish(&g, dr_arena_str(out->arena, path), 0, out);
}

dr_status programs_ask(const reason_input *in, dr_str path, dr_sym host, int64_t at, verdict_list *out)
{
    program_set set;
    dr_status status = collect(&set, in);
    uint8_t *none = status == DR_OK ? DR_NEW_ARRAY(set.arena, uint8_t, run_count(in->runs) + 1) : NULL;
    bool any = false;
    if (status == DR_OK && !none)
        status = DR_NOMEM;
    for (size_t i = 0; i < set.programs.n && status == DR_OK; i++) {
        const program *p = &set.programs.p[i];
        bool same = has_folder(path) ? path_same(p->path, path) : dr_str_eq_fold(dr_str_basename(p->path), path);
        if (!same || (host && p->host != host))
            continue;
        any = true;
        status = judge_program(&set, p, none, out);
    }
    if (status == DR_OK && !any)
        status = judge_unmentioned(&set, path, host, at, out);
    set_free(&set);
    return status;
}
