#include "coverage/cov_host.h"

#include "base/limits.h"

#define SAME_START (5 * DR_TICKS_PER_MIN)  /* several records tell of one start */
#define NEAR_START (10 * DR_TICKS_PER_MIN)
#define STEP_MIN (DR_CENSUS_JITTER_S * DR_TICKS_PER_S) /* smaller ones are corrections */

static int cmp_mark(const void *a, const void *b, void *context)
{
    (void)context;
    const cov_mark *x = a, *y = b;
    if (x->host != y->host)
        return x->host < y->host ? -1 : 1;
    if (x->time != y->time)
        return x->time < y->time ? -1 : 1;
    return (x->fact > y->fact) - (x->fact < y->fact);
}

static int cmp_u32(const void *a, const void *b, void *context)
{
    (void)context;
    const uint32_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

typedef DR_VEC(cov_mark) mark_list;

static bool gather_marks(mark_list *out, const fact_store *store, const recorder_set *recorders)
{
    for (size_t m = 0; m < MARK_COUNT; m++) {
        for (size_t i = 0; i < recorders->marks[m].n; i++) {
            const recorder_match *match = &recorders->marks[m].p[i];
            size_t n;
            const fact_id *ids = fact_store_kind(store, match->kind, &n);
            for (size_t k = 0; k < n; k++) {
                const fact *f = fact_store_at(store, ids[k]);
                if ((f->flags & FACT_FORGED) || !recorder_match_fits(match, f) || (!dr_time_is(f->time) && m != MARK_VERSION && m != MARK_CLIENT && m != MARK_SERVER))
                    continue;
                if (!dr_vec_push(out, ((cov_mark){ f->host, (recorder_mark)m, f->time, f->id })))
                    return false;
            }
        }
    }
    return dr_sort(out->p, out->n, sizeof *out->p, cmp_mark, NULL);
}

static uint32_t minute_of(int64_t time)
{
    if (time < DR_TICKS_1970)
        return 0;
    int64_t minute = (time - DR_TICKS_1970) / DR_TICKS_PER_MIN;
    return minute > UINT32_MAX ? UINT32_MAX : (uint32_t)minute;
}

static int64_t time_of(uint32_t minute)
{
    return DR_TICKS_1970 + (int64_t)minute * DR_TICKS_PER_MIN;
}

/* The end of the last minute of activity before TIME's minute; COV_BEGIN when there is none. */
static int64_t active_before(const cov_host *h, int64_t time)
{
    size_t i = cov_minutes_from(h->minutes.p, h->minutes.n, minute_of(time));
    return i > 0 ? time_of(h->minutes.p[i - 1]) + DR_TICKS_PER_MIN : COV_BEGIN;
}

static bool add_off(cov_host *h, int64_t from, int64_t to, cov_why why, fact_id told_by)
{
    cov_span s = { .from = from, .to = to, .reason = COV_NOT_RUNNING, .why = (uint8_t)why, .fact = told_by };
    return cov_span_add(&h->off, s);
}

static bool add_sleep(cov_host *h, const cov_mark *slept, int64_t until)
{
    /* Records are still written for a moment, and the first one after it ends the sleep. */
    int64_t from = slept->time + DR_TICKS_PER_MIN;
    size_t i = cov_minutes_from(h->minutes.p, h->minutes.n, minute_of(from) + 1);
    if (i < h->minutes.n && time_of(h->minutes.p[i]) < until)
        until = time_of(h->minutes.p[i]);
    return until == COV_END || add_off(h, from, until, COV_WHY_HOST_ASLEEP, slept->fact);
}

/* Off and asleep, from the marks in time order. */
static bool find_off(cov_host *h)
{
    const cov_mark *down = NULL, *slept = NULL;
    int64_t last_up = DR_NO_TIME;
    for (size_t i = 0; i < h->n_marks; i++) {
        const cov_mark *m = &h->marks[i];
        bool ok = true;
        if (m->mark == MARK_DOWN) {
            down = down ? down : m;
        } else if (m->mark == MARK_SLEPT) {
            slept = m;
        } else if (m->mark == MARK_RESUMED && slept) {
            ok = add_sleep(h, slept, m->time);
            slept = NULL;
        } else if (m->mark == MARK_UP) {
            int64_t active = active_before(h, m->time);
            if (down)
                ok = add_off(h, down->time, m->time, COV_WHY_HOST_OFF, down->fact);
            else if ((last_up == DR_NO_TIME || m->time - last_up > SAME_START) && active != COV_BEGIN)
                ok = add_off(h, active, m->time, COV_WHY_HOST_CRASHED, m->fact);
            last_up = m->time;
            down = slept = NULL;
        }
        if (!ok)
            return false;
    }
    h->shut_down = down && (last_up == DR_NO_TIME || last_up < down->time) ? down->time : DR_NO_TIME;
    return !down || add_off(h, down->time, COV_END, COV_WHY_HOST_OFF, down->fact);
}

static bool ticks_of(dr_str text, int64_t *out)
{
    return text.n && dr_str_to_i64(text, out) && dr_time_is(*out);
}

static bool find_clock(cov_host *h, const fact_store *store, dr_sym old_key, dr_sym new_key)
{
    for (size_t i = 0; i < h->n_marks; i++) {
        const cov_mark *m = &h->marks[i];
        int64_t old, new;
        if (m->mark != MARK_CLOCK)
            continue;
        const fact *f = fact_store_at(store, m->fact);
        if (!ticks_of(fact_get(f, old_key), &old) || !ticks_of(fact_get(f, new_key), &new))
            continue;
        int64_t from = old < new ? old : new, to = old < new ? new : old;
        cov_span s = { .from = from, .to = to, .reason = COV_CLOCK, .why = COV_WHY_CLOCK, .fact = f->id,
                       .a = (uint64_t)old, .b = (uint64_t)new };
        if (to - from > STEP_MIN && !cov_span_add(&h->clock, s))
            return false;
    }
    return true;
}

/* Edition, and the last number of the newest version that looks like a build: "10.0.19041". */
static void find_build(cov_host *h, const fact_store *store, dr_sym version_key)
{
    for (size_t i = 0; i < h->n_marks; i++) {
        if (h->marks[i].mark == MARK_CLIENT)
            h->edition = EDITION_CLIENT;
        if (h->marks[i].mark == MARK_SERVER)
            h->edition = EDITION_SERVER;
        if (h->marks[i].mark != MARK_VERSION)
            continue;
        dr_str text = fact_get(fact_store_at(store, h->marks[i].fact), version_key);
        uint32_t number = 0;
        for (size_t k = 0; k <= text.n; k++) {
            if (k < text.n && text.p[k] >= '0' && text.p[k] <= '9') {
                number = number > 1000000 ? number : number * 10 + (uint32_t)(text.p[k] - '0');
            } else {
                if (number >= 2600 && number < 1000000)
                    h->build = number;
                number = 0;
            }
        }
    }
}

/* All minutes in which a log has a record, or something else shows that the host was in use. */
static bool find_minutes(cov_host *h)
{
    h->first = COV_END;
    h->last = COV_BEGIN;
    for (size_t i = 0; i < h->n_logs; i++) {
        const cov_log *log = &h->logs[i];
        for (size_t k = 0; k < log->minutes.n; k++)
            if (!dr_vec_push(&h->minutes, log->minutes.p[k]))
                return false;
        for (size_t k = 0; k < log->ranges.n; k++) {
            const cov_range *r = &log->ranges.p[k];
            const int64_t times[] = { r->first_time, r->last_time };
            for (size_t t = 0; t < 2; t++) {
                if (!dr_time_is(times[t]))
                    continue;
                h->first = times[t] < h->first ? times[t] : h->first;
                h->last = times[t] > h->last ? times[t] : h->last;
            }
        }
    }
    for (size_t i = 0; i < h->n_marks; i++)
        if (h->marks[i].mark == MARK_ACTIVE && h->marks[i].time >= DR_TICKS_1970 &&
            !dr_vec_push(&h->minutes, minute_of(h->marks[i].time)))
            return false;
    if (!dr_sort(h->minutes.p, h->minutes.n, sizeof *h->minutes.p, cmp_u32, NULL))
        return false;
    size_t n = 0;
    for (size_t i = 0; i < h->minutes.n; i++)
        if (n == 0 || h->minutes.p[n - 1] != h->minutes.p[i])
            h->minutes.p[n++] = h->minutes.p[i];
    h->minutes.n = n;
    return true;
}

/* The hosts that anything names: of logs, of facts. */
static dr_status list_hosts(cov_hosts *out, const cov_logs *logs, const fact_store *store)
{
    DR_VEC(dr_sym) names = { 0 };
    bool ok = true;
    for (size_t i = 0; ok && i < logs->n; i++)
        ok = (names.n && dr_vec_last(&names) == logs->p[i].host) || dr_vec_push(&names, logs->p[i].host);
    for (fact_id id = 1; ok && id <= fact_store_count(store); id++) {
        dr_sym host = fact_store_at(store, id)->host;
        ok = (names.n && dr_vec_last(&names) == host) || dr_vec_push(&names, host);
    }
    ok = ok && dr_sort(names.p, names.n, sizeof *names.p, cmp_u32, NULL);
    size_t n = 0;
    for (size_t i = 0; ok && i < names.n; i++)
        if (n == 0 || names.p[n - 1] != names.p[i])
            names.p[n++] = names.p[i];
    out->p = ok ? DR_NEW_ARRAY(out->arena, cov_host, n + 1) : NULL;
    for (size_t i = 0; out->p && i < n; i++)
        out->p[i] = (cov_host){ .name = names.p[i], .shut_down = DR_NO_TIME, .edition = EDITION_UNKNOWN };
    out->n = out->p ? n : 0;
    dr_vec_free(&names);
    return out->p ? DR_OK : DR_NOMEM;
}

dr_status cov_hosts_build(cov_hosts *out, const cov_logs *logs, const fact_store *store, const recorder_set *recorders,
                          const vocabulary *vocab, dr_err *err)
{
    *out = (cov_hosts){ .arena = dr_arena_create("hosts of coverage", 0) };
    mark_list marks = { 0 };
    dr_status status = out->arena && gather_marks(&marks, store, recorders) ? list_hosts(out, logs, store) : DR_NOMEM;
    out->marks = marks.p;
    out->n_marks = marks.n;
    dr_sym old_key = dr_sym_find(vocab->syms, DR_STR("clock.old")), new_key = dr_sym_find(vocab->syms, DR_STR("clock.new"));
    dr_sym version_key = dr_sym_find(vocab->syms, DR_STR("host.version"));
    for (size_t i = 0, m = 0, l = 0; status == DR_OK && i < out->n; i++) {
        cov_host *h = &out->p[i];
        h->marks = marks.n ? marks.p + m : NULL; /* nothing has no place to count from */
        for (; m < marks.n && marks.p[m].host == h->name; m++)
            h->n_marks++;
        h->logs = logs->n ? logs->p + l : NULL;
        for (; l < logs->n && logs->p[l].host == h->name; l++)
            h->n_logs++;
        find_build(h, store, version_key);
        if (!find_minutes(h) || !find_off(h) || !cov_spans_part(&h->off) || !find_clock(h, store, old_key, new_key) || !cov_spans_part(&h->clock))
            status = DR_NOMEM;
    }
    if (status == DR_OK)
        return DR_OK;
    cov_hosts_free(out);
    return dr_fail(err, status, "no memory for the hosts of coverage");
}

void cov_hosts_free(cov_hosts *hosts)
{
    struct { cov_mark *p; size_t n, cap; } marks = { hosts->marks, 0, 0 };
    for (size_t i = 0; i < hosts->n; i++) {
        dr_vec_free(&hosts->p[i].minutes);
        dr_vec_free(&hosts->p[i].off);
        dr_vec_free(&hosts->p[i].clock);
    }
    dr_vec_free(&marks);
    dr_arena_destroy(hosts->arena);
    *hosts = (cov_hosts){ 0 };
}

const cov_host *cov_hosts_find(const cov_hosts *hosts, dr_sym name)
{
    size_t lo = 0, hi = hosts->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (hosts->p[mid].name < name)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < hosts->n && hosts->p[lo].name == name ? &hosts->p[lo] : NULL;
}

bool cov_host_started_near(const cov_host *host, int64_t time)
{
    size_t lo = 0, hi = host->n_marks;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (host->marks[mid].time < time - NEAR_START)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (; lo < host->n_marks && host->marks[lo].time <= time + NEAR_START; lo++)
        if (host->marks[lo].mark == MARK_UP)
            return true;
    return false;
}
