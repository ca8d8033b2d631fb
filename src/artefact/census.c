#include "artefact/census.h"

#include "artefact/record.h"
#include "base/limits.h"
#include "base/map.h"

#define NOWHERE SIZE_MAX

/* One log in one source: where counting stands. */
typedef struct slot {
    uint32_t source;
    size_t log;
    size_t run;      /* index of the open run, NOWHERE */
    uint64_t last_id, last_off;
    int64_t last_time;
    size_t waiting; /* first lost place of the log that may still wait for the record after it */
} slot;

struct census {
    dr_arena *names;
    dr_map *by_name;  /* computer, channel -> index of log + 1 */
    dr_map *by_place; /* log, source -> index of slot + 1 */
    DR_VEC(census_log) logs;
    DR_VEC(slot) slots;
    bool failed;
};

#define GROUP_MARK '\x02' /* no computer's name has it */

dr_str census_computer_of(dr_arena *arena, dr_str computer, uint32_t group)
{
    return group && computer.n ? dr_arena_printf(arena, "%.*s%c%u", DR_STR_ARG(computer), GROUP_MARK, group) : dr_arena_str(arena, computer);
}

dr_str census_computer(dr_str computer, uint32_t *group)
{
    size_t mark = dr_str_rfind_char(computer, GROUP_MARK);
    uint64_t number = 0;
    *group = 0;
    if (mark == SIZE_MAX || !dr_str_to_u64(dr_str_from(computer, mark + 1), &number) || number > UINT32_MAX)
        return computer;
    *group = (uint32_t)number;
    return dr_str_sub(computer, 0, mark);
}

census *census_create(void)
{
    census *c = dr_mem_alloc(sizeof *c);
    if (!c)
        return NULL;
    c->names = dr_arena_create("census names", 0);
    c->by_name = dr_map_create();
    c->by_place = dr_map_create();
    if (!c->names || !c->by_name || !c->by_place) {
        census_destroy(c);
        return NULL;
    }
    return c;
}

void census_destroy(census *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->logs.n; i++) {
        dr_vec_free(&c->logs.p[i].runs);
        dr_vec_free(&c->logs.p[i].lost);
        dr_vec_free(&c->logs.p[i].minutes);
        dr_vec_free(&c->logs.p[i].silences);
    }
    dr_vec_free(&c->logs);
    dr_vec_free(&c->slots);
    dr_map_destroy(c->by_name);
    dr_map_destroy(c->by_place);
    dr_arena_destroy(c->names);
    dr_mem_free(c);
}

/* Index of the log of that name; its strings are copied when it is new. */
static dr_status log_of(census *c, dr_str computer, dr_str channel, size_t *out)
{
    /* A NUL cannot stand in the name of a computer, so that it parts the two. */
    dr_arena_mark mark = dr_arena_save(c->names);
    dr_str key = dr_arena_fold(c->names, computer);
    key = dr_arena_concat(c->names, key, (dr_str){ "\0", 1 });
    key = dr_arena_concat(c->names, key, dr_arena_fold(c->names, channel));
    if (dr_arena_failed(c->names)) {
        dr_arena_restore(c->names, mark);
        return DR_NOMEM;
    }
    const uint64_t *known = dr_map_get(c->by_name, key);
    if (known) {
        dr_arena_restore(c->names, mark);
        *out = (size_t)*known - 1;
        return DR_OK;
    }
    if (c->logs.n >= DR_CENSUS_MAX_LOGS && (computer.n || channel.n)) {
        dr_arena_restore(c->names, mark);
        dr_status status = log_of(c, DR_STR_NONE, DR_STR_NONE, out);
        if (status == DR_OK)
            c->logs.p[*out].fragmentary = true;
        return status;
    }
    uint64_t *value;
    bool is_new;
    dr_status status = dr_map_put(c->by_name, key, &value, &is_new);
    dr_arena_restore(c->names, mark);
    if (status != DR_OK)
        return status;
    census_log log = { .computer = dr_arena_str(c->names, computer), .channel = dr_arena_str(c->names, channel) };
    if (dr_arena_failed(c->names) || !dr_vec_push(&c->logs, log)) {
        c->failed = true; /* the map now has a name without a log */
        return DR_NOMEM;
    }
    *value = c->logs.n;
    *out = c->logs.n - 1;
    return DR_OK;
}

dr_status census_slot(census *c, uint32_t source, dr_str computer, dr_str channel, uint32_t *out)
{
    size_t log;
    if (c->failed)
        return DR_NOMEM;
    dr_status status = log_of(c, computer, channel, &log);
    if (status != DR_OK)
        return status;
    struct { uint64_t log, source; } place = { log, source };
    uint64_t *value;
    bool is_new;
    status = dr_map_put(c->by_place, (dr_str){ (const char *)&place, sizeof place }, &value, &is_new);
    if (status != DR_OK)
        return status;
    if (is_new) {
        slot s = { .source = source, .log = log, .run = NOWHERE, .last_time = DR_NO_TIME, .waiting = NOWHERE };
        if (!dr_vec_push(&c->slots, s)) {
            c->failed = true;
            return DR_NOMEM;
        }
        *value = c->slots.n;
    }
    *out = (uint32_t)(*value - 1);
    return DR_OK;
}

static int cmp_minute(const void *a, const void *b, void *context)
{
    (void)context;
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static bool minutes_sort(census_log *log)
{
    bool sorted = true;
    for (size_t i = 1; sorted && i < log->minutes.n; i++)
        sorted = log->minutes.p[i - 1] < log->minutes.p[i];
    if (sorted)
        return true;
    if (!dr_sort(log->minutes.p, log->minutes.n, sizeof *log->minutes.p, cmp_minute, NULL))
        return false;
    size_t n = 0;
    for (size_t i = 0; i < log->minutes.n; i++)
        if (n == 0 || log->minutes.p[n - 1] != log->minutes.p[i])
            log->minutes.p[n++] = log->minutes.p[i];
    log->minutes.n = n;
    return true;
}

static void minute_add(census *c, census_log *log, uint32_t minute)
{
    if (log->minutes.n && dr_vec_last(&log->minutes) == minute)
        return;
    if (log->minutes.n >= DR_CENSUS_MAX_MINUTES) {
        if (!minutes_sort(log)) {
            c->failed = true;
            return;
        }
        /* Sorting again pays only when it makes room. */
        if (log->minutes.n > DR_CENSUS_MAX_MINUTES / 2) {
            log->fragmentary = true;
            return;
        }
    }
    if (!dr_vec_push(&log->minutes, minute))
        c->failed = true;
}

/* The places that wait for the record after them now have it. */
static void end_waiting(census_log *log, slot *s, uint64_t id, int64_t time)
{
    for (size_t i = s->waiting; i < log->lost.n; i++) {
        census_lost *lost = &log->lost.p[i];
        if (lost->source == s->source && lost->before_id == 0 && lost->before_time == DR_NO_TIME) {
            lost->before_id = id;
            lost->before_time = time;
        }
    }
    s->waiting = NOWHERE;
}

static bool follows(const slot *s, uint64_t id, int64_t time)
{
    if (s->run == NOWHERE || id != s->last_id + 1)
        return false;
    return !dr_time_is(time) || !dr_time_is(s->last_time) ||
           time >= s->last_time - DR_CENSUS_JITTER_S * DR_TICKS_PER_S;
}

/* Opens a run, or notes that the log has too many. */
static void run_open(census *c, census_log *log, slot *s, const census_run *run)
{
    s->run = NOWHERE;
    if (log->runs.n >= DR_CENSUS_MAX_RUNS)
        log->fragmentary = true;
    else if (!dr_vec_push(&log->runs, *run))
        c->failed = true;
    else
        s->run = log->runs.n - 1;
}

#define SILENCE_KEPT (30 * DR_TICKS_PER_MIN)

/* Longer first; of equal ones the earlier, so that the order of merging does not matter. */
static bool is_longer(const census_silence *a, const census_silence *b)
{
    int64_t x = a->after_time - a->before_time, y = b->after_time - b->before_time;
    if (x != y)
        return x > y;
    return a->source != b->source ? a->source < b->source : a->before_id < b->before_id;
}

static void silence_add(census *c, census_log *log, const census_silence *silence)
{
    if (silence->after_time - silence->before_time < SILENCE_KEPT)
        return;
    if (log->silences.n < DR_CENSUS_SILENCES) {
        if (!dr_vec_push(&log->silences, *silence))
            c->failed = true;
        return;
    }
    size_t shortest = 0;
    for (size_t i = 1; i < log->silences.n; i++)
        if (is_longer(&log->silences.p[shortest], &log->silences.p[i]))
            shortest = i;
    if (is_longer(silence, &log->silences.p[shortest]))
        log->silences.p[shortest] = *silence;
}

static void note_silence(census *c, census_log *log, const slot *s, uint64_t id, int64_t time)
{
    if (dr_time_is(s->last_time) && dr_time_is(time))
        silence_add(c, log, &(census_silence){ s->source, s->last_id, id, s->last_off, s->last_time, time });
}

static void run_extend(census_run *run, int64_t before, uint64_t last_id, uint64_t last_off, int64_t first_time, int64_t last_time)
{
    run->last_id = last_id;
    run->last_off = last_off;
    if (!dr_time_is(first_time))
        return;
    if (dr_time_is(before) && first_time - before > run->longest_silence)
        run->longest_silence = first_time - before;
    if (!dr_time_is(run->first_time))
        run->first_time = first_time;
    run->last_time = last_time;
}

void census_note(census *c, uint32_t at, uint64_t record_id, int64_t time, uint32_t flags, uint64_t off)
{
    slot *s = &c->slots.p[at];
    census_log *log = &c->logs.p[s->log];
    if (flags & RECORD_RECOVERED) {
        log->recovered++;
        return;
    }
    log->records++;
    log->header_differs += (flags & RECORD_HEADER_DIFFERS) != 0;
    if (!dr_time_is(time))
        time = s->last_time;
    if (dr_time_is(time) && time >= DR_TICKS_1970)
        minute_add(c, log, (uint32_t)((time - DR_TICKS_1970) / DR_TICKS_PER_MIN));
    if (s->waiting != NOWHERE)
        end_waiting(log, s, record_id, time);
    if (follows(s, record_id, time)) {
        census_run *run = &log->runs.p[s->run];
        note_silence(c, log, s, record_id, time);
        run_extend(run, s->last_time, record_id, off, time, time);
        run->records++;
        run->flags |= flags;
    } else {
        census_run run = { .first_id = record_id, .last_id = record_id, .first_time = time, .last_time = time,
                           .first_off = off, .last_off = off, .records = 1, .source = s->source, .flags = flags };
        run_open(c, log, s, &run);
    }
    s->last_id = record_id;
    s->last_off = off;
    s->last_time = time;
}

static dr_status lost_add(census *c, slot *s, const census_lost *lost)
{
    census_log *log = &c->logs.p[s->log];
    if (log->lost.n >= DR_CENSUS_MAX_LOST) {
        log->fragmentary = true;
        return DR_OK;
    }
    if (!dr_vec_push(&log->lost, *lost))
        return DR_NOMEM;
    if (lost->before_id == 0 && lost->before_time == DR_NO_TIME && s->waiting == NOWHERE)
        s->waiting = log->lost.n - 1;
    return DR_OK;
}

dr_status census_note_lost(census *c, uint32_t at, uint64_t off, uint64_t size)
{
    slot *s = &c->slots.p[at];
    census_lost lost = { .source = s->source, .off = off, .size = size, .after_id = s->last_id,
                         .after_time = s->last_time, .before_time = DR_NO_TIME };
    return lost_add(c, s, &lost);
}

/* The slot of INTO for a log of FROM and a source; the last answer is kept. */
typedef struct merge {
    census *into;
    const census_log *log;
    uint32_t source, at;
    bool known;
} merge;

static dr_status merge_slot(merge *m, uint32_t source, slot **s)
{
    dr_status status = DR_OK;
    if (!m->known || m->source != source)
        status = census_slot(m->into, source, m->log->computer, m->log->channel, &m->at);
    m->source = source;
    m->known = status == DR_OK;
    *s = m->known ? &m->into->slots.p[m->at] : NULL;
    return status;
}

/* Before the runs: a place at the beginning of what is merged lies after the last record so far. */
static dr_status merge_lost(merge *m)
{
    for (size_t i = 0; i < m->log->lost.n; i++) {
        census_lost lost = m->log->lost.p[i];
        slot *s;
        dr_status status = merge_slot(m, lost.source, &s);
        if (status != DR_OK)
            return status;
        if (lost.after_id == 0 && lost.after_time == DR_NO_TIME) {
            lost.after_id = s->last_id;
            lost.after_time = s->last_time;
        }
        status = lost_add(m->into, s, &lost);
        if (status != DR_OK)
            return status;
    }
    return DR_OK;
}

static dr_status merge_runs(merge *m)
{
    for (size_t i = 0; i < m->log->runs.n; i++) {
        const census_run *run = &m->log->runs.p[i];
        slot *s;
        dr_status status = merge_slot(m, run->source, &s);
        if (status != DR_OK)
            return status;
        census_log *log = &m->into->logs.p[s->log];
        if (follows(s, run->first_id, run->first_time)) {
            census_run *open = &log->runs.p[s->run];
            note_silence(m->into, log, s, run->first_id, run->first_time);
            run_extend(open, s->last_time, run->last_id, run->last_off, run->first_time, run->last_time);
            if (run->longest_silence > open->longest_silence)
                open->longest_silence = run->longest_silence;
            open->records += run->records;
            open->flags |= run->flags;
        } else {
            run_open(m->into, log, s, run);
        }
        s->last_id = run->last_id;
        s->last_off = run->last_off;
        s->last_time = run->last_time;
    }
    return DR_OK;
}

/* The places of INTO that waited for a record: the first run of their source in FROM begins with it. */
static dr_status merge_waiting(merge *m)
{
    for (size_t i = 0; i < m->log->runs.n; i++) {
        const census_run *run = &m->log->runs.p[i];
        slot *s;
        dr_status status = merge_slot(m, run->source, &s);
        if (status != DR_OK)
            return status;
        if (s->waiting != NOWHERE)
            end_waiting(&m->into->logs.p[s->log], s, run->first_id, run->first_time);
    }
    return DR_OK;
}

dr_status census_merge(census *into, const census *from)
{
    for (size_t i = 0; i < from->logs.n; i++) {
        merge m = { .into = into, .log = &from->logs.p[i] };
        dr_status status = merge_waiting(&m);
        if (status == DR_OK)
            status = merge_lost(&m);
        if (status == DR_OK)
            status = merge_runs(&m);
        if (status != DR_OK)
            return status;
        size_t at;
        status = log_of(into, m.log->computer, m.log->channel, &at);
        if (status != DR_OK)
            return status;
        census_log *log = &into->logs.p[at];
        for (size_t k = 0; k < m.log->minutes.n; k++)
            minute_add(into, log, m.log->minutes.p[k]);
        for (size_t k = 0; k < m.log->silences.n; k++)
            silence_add(into, log, &m.log->silences.p[k]);
        log->records += m.log->records;
        log->recovered += m.log->recovered;
        log->header_differs += m.log->header_differs;
        log->fragmentary |= m.log->fragmentary;
    }
    into->failed |= from->failed;
    return into->failed ? DR_NOMEM : DR_OK;
}

dr_status census_seal(census *c)
{
    for (size_t i = 0; i < c->logs.n; i++)
        if (!minutes_sort(&c->logs.p[i]))
            return DR_NOMEM;
    return DR_OK;
}

size_t census_count(const census *c)
{
    return c->logs.n;
}

const census_log *census_at(const census *c, size_t i)
{
    DR_ASSERT(i < c->logs.n);
    return &c->logs.p[i];
}

bool census_failed(const census *c)
{
    return c->failed;
}
