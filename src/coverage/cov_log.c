#include "coverage/cov_log.h"

#include "artefact/record.h"
#include "base/arena.h"
#include "base/limits.h"

/* A file of a log with records of more computers than this is not held together by their records. */
#define COMPUTERS_BRIDGED 16

typedef struct tagged {
    uint32_t channel, source;
    dr_sym host;
    const census_run *run;
} tagged;

typedef struct lost_place {
    uint32_t channel, source;
    uint64_t after, before; /* neighbours; 0 and UINT64_MAX for none */
    uint64_t reach;         /* the largest `before` up to here, of this channel and source */
} lost_place;

typedef struct member { /* a host has records in this file of a channel */
    dr_sym host;
    uint32_t channel, source;
    size_t from, to; /* runs */
    bool bridged;    /* runs of other computers hold its own together */
} member;

typedef struct piece { /* ids without a gap in one file */
    size_t member;
    uint64_t first, last;
    int64_t first_time, last_time;
    bool own; /* records of this host are in it */
    uint64_t own_first, own_last;
    int64_t own_first_time, own_last_time;
    uint32_t source; /* of the first of them */
} piece;

typedef struct builder {
    cov_logs *out;
    const census *census;
    DR_VEC(tagged) runs;
    DR_VEC(lost_place) lost;
    DR_VEC(member) members;
    DR_VEC(uint32_t) exports; /* sources, sorted */
    DR_VEC(cov_log) logs;
    DR_VEC(piece) pieces; /* of the log at hand */
    uint32_t *log_channel; /* by log of the census */
    dr_sym *log_host;
} builder;

static int order(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

static int cmp_tagged(const void *a, const void *b, void *context)
{
    (void)context;
    const tagged *x = a, *y = b;
    int c = order(x->channel, y->channel);
    c = c ? c : order(x->source, y->source);
    c = c ? c : order(x->run->first_id, y->run->first_id);
    return c ? c : order(y->run->last_id, x->run->last_id);
}

static int cmp_lost(const void *a, const void *b, void *context)
{
    (void)context;
    const lost_place *x = a, *y = b;
    int c = order(x->channel, y->channel);
    c = c ? c : order(x->source, y->source);
    return c ? c : order(x->after, y->after);
}

static int cmp_member(const void *a, const void *b, void *context)
{
    (void)context;
    const member *x = a, *y = b;
    int c = order(x->host, y->host);
    c = c ? c : order(x->channel, y->channel);
    return c ? c : order(x->source, y->source);
}

static int cmp_u32(const void *a, const void *b, void *context)
{
    (void)context;
    const uint32_t *x = a, *y = b;
    return order(*x, *y);
}

static int cmp_log(const void *a, const void *b, void *context)
{
    (void)context;
    const cov_log *x = a, *y = b;
    int c = order(x->host, y->host);
    return c ? c : order(x->channel_key, y->channel_key);
}

static size_t unique_u32(uint32_t *p, size_t n)
{
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        if (k == 0 || p[k - 1] != p[i])
            p[k++] = p[i];
    return k;
}

size_t cov_minutes_from(const uint32_t *minutes, size_t n, uint32_t at)
{
    size_t lo = 0, hi = n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (minutes[mid] < at)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

bool cov_minutes_any(const uint32_t *minutes, size_t n, uint32_t from, uint32_t to)
{
    size_t i = cov_minutes_from(minutes, n, from);
    return i < n && minutes[i] <= to;
}

static bool is_export(const builder *b, uint32_t source)
{
    size_t i = cov_minutes_from(b->exports.p, b->exports.n, source);
    return i < b->exports.n && b->exports.p[i] == source;
}

/* Runs and lost places of the whole census, by channel and file. */
static dr_status gather(builder *b, dr_arena *scratch, dr_sym (*host_of)(const void *, dr_str), const void *context)
{
    size_t n = census_count(b->census);
    b->log_channel = DR_NEW_ARRAY(scratch, uint32_t, n + 1);
    b->log_host = DR_NEW_ARRAY(scratch, dr_sym, n + 1);
    if (!b->log_channel || !b->log_host)
        return DR_NOMEM;
    for (size_t i = 0; i < n; i++) {
        const census_log *log = census_at(b->census, i);
        dr_arena_mark mark = dr_arena_save(scratch);
        uint32_t channel = dr_sym_of(b->out->channels, dr_arena_fold(scratch, log->channel));
        dr_sym host = host_of(context, log->computer);
        dr_arena_restore(scratch, mark);
        if (dr_symtab_failed(b->out->channels))
            return DR_NOMEM;
        b->log_channel[i] = channel;
        b->log_host[i] = host;
        for (size_t k = 0; k < log->runs.n; k++) {
            const census_run *run = &log->runs.p[k];
            if (!dr_vec_push(&b->runs, ((tagged){ channel, run->source, host, run })))
                return DR_NOMEM;
            if ((run->flags & RECORD_HEADER_DIFFERS) && (!b->exports.n || dr_vec_last(&b->exports) != run->source) &&
                !dr_vec_push(&b->exports, run->source))
                return DR_NOMEM;
        }
        for (size_t k = 0; k < log->lost.n; k++) {
            const census_lost *l = &log->lost.p[k];
            lost_place place = { .channel = channel, .source = l->source, .after = l->after_id,
                                 .before = l->before_id ? l->before_id : UINT64_MAX };
            if (!dr_vec_push(&b->lost, place))
                return DR_NOMEM;
        }
    }
    if (!dr_sort(b->runs.p, b->runs.n, sizeof *b->runs.p, cmp_tagged, NULL) ||
        !dr_sort(b->lost.p, b->lost.n, sizeof *b->lost.p, cmp_lost, NULL) ||
        !dr_sort(b->exports.p, b->exports.n, sizeof *b->exports.p, cmp_u32, NULL))
        return DR_NOMEM;
    b->exports.n = unique_u32(b->exports.p, b->exports.n);
    for (size_t i = 0; i < b->lost.n; i++) {
        lost_place *l = &b->lost.p[i];
        bool same = i > 0 && l[-1].channel == l->channel && l[-1].source == l->source;
        l->reach = same && l[-1].reach > l->before ? l[-1].reach : l->before;
    }
    return DR_OK;
}

/* Which hosts have records in which file of a channel. */
static dr_status list_members(builder *b)
{
    DR_VEC(dr_sym) hosts = { 0 };
    dr_status status = DR_OK;
    for (size_t from = 0, to; status == DR_OK && from < b->runs.n; from = to) {
        const tagged *first = &b->runs.p[from];
        dr_vec_clear(&hosts);
        for (to = from; to < b->runs.n && b->runs.p[to].channel == first->channel && b->runs.p[to].source == first->source; to++)
            if ((!hosts.n || dr_vec_last(&hosts) != b->runs.p[to].host) && !dr_vec_push(&hosts, b->runs.p[to].host))
                status = DR_NOMEM;
        if (status != DR_OK || !dr_sort(hosts.p, hosts.n, sizeof *hosts.p, cmp_u32, NULL)) {
            status = DR_NOMEM;
            break;
        }
        hosts.n = unique_u32(hosts.p, hosts.n);
        for (size_t h = 0; status == DR_OK && h < hosts.n; h++) {
            member m = { .host = hosts.p[h], .channel = first->channel, .source = first->source,
                         .from = from, .to = to, .bridged = hosts.n <= COMPUTERS_BRIDGED };
            if (!dr_vec_push(&b->members, m))
                status = DR_NOMEM;
        }
    }
    dr_vec_free(&hosts);
    return status == DR_OK && dr_sort(b->members.p, b->members.n, sizeof *b->members.p, cmp_member, NULL) ? DR_OK : DR_NOMEM;
}

static void piece_take(piece *p, const census_run *run, bool own)
{
    if (run->last_id >= p->last) {
        p->last = run->last_id;
        p->last_time = run->last_time;
    }
    if (!own)
        return;
    if (!p->own || run->first_id < p->own_first) {
        p->own_first = run->first_id;
        p->own_first_time = run->first_time;
        p->source = run->source;
    }
    if (!p->own || run->last_id >= p->own_last) {
        p->own_last = run->last_id;
        p->own_last_time = run->last_time;
    }
    p->own = true;
}

/* The pieces of one file, and where its times step back. */
static dr_status add_pieces(builder *b, cov_log *log, size_t at)
{
    const member *m = &b->members.p[at];
    size_t start = b->pieces.n;
    for (size_t i = m->from; i < m->to; i++) {
        const census_run *run = b->runs.p[i].run;
        bool own = b->runs.p[i].host == m->host;
        if (!own && !m->bridged)
            continue;
        piece *last = b->pieces.n > start ? &dr_vec_last(&b->pieces) : NULL;
        if (last && run->first_id <= last->last + 1 && last->last != UINT64_MAX) {
            if (own && run->first_id == last->last + 1 && dr_time_is(last->last_time) && dr_time_is(run->first_time) &&
                run->first_time < last->last_time - DR_CENSUS_JITTER_S * DR_TICKS_PER_S &&
                !dr_vec_push(&log->steps, ((cov_step){ last->last_time, run->first_time, run->first_id })))
                return DR_NOMEM;
            piece_take(last, run, own);
            continue;
        }
        piece p = { .member = at, .first = run->first_id, .last = run->last_id, .first_time = run->first_time,
                    .last_time = run->last_time };
        piece_take(&p, run, own);
        if (!dr_vec_push(&b->pieces, p))
            return DR_NOMEM;
    }
    return DR_OK;
}

/* Is the hole between two pieces of a file damage that was met there? */
static bool hole_is_damage(const builder *b, const member *m, uint64_t last, uint64_t next)
{
    /* The last place of this file whose record before it comes before NEXT. */
    size_t lo = 0, hi = b->lost.n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const lost_place *l = &b->lost.p[mid];
        int c = order(l->channel, m->channel);
        c = c ? c : order(l->source, m->source);
        if (c < 0 || (c == 0 && l->after < next))
            lo = mid + 1;
        else
            hi = mid;
    }
    if (lo == 0)
        return false;
    const lost_place *l = &b->lost.p[lo - 1];
    return l->channel == m->channel && l->source == m->source && l->reach > last;
}

static int cmp_piece_id(const void *a, const void *b, void *context)
{
    (void)context;
    const piece *x = a, *y = b;
    int c = order(x->first, y->first);
    return c ? c : order(y->last, x->last);
}

/* Was something lost between the beginning of a file and this record? */
static bool lost_before(const builder *b, const member *m, uint64_t first)
{
    size_t lo = 0, hi = b->lost.n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const lost_place *l = &b->lost.p[mid];
        int c = order(l->channel, m->channel);
        c = c ? c : order(l->source, m->source);
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    for (; lo < b->lost.n && b->lost.p[lo].after == 0; lo++) {
        const lost_place *l = &b->lost.p[lo];
        if (l->channel != m->channel || l->source != m->source)
            break;
        if (l->before == first)
            return true;
    }
    return false;
}

/* A file of the log at hand: its extent in ids and time. */
typedef struct file_extent {
    size_t member;
    size_t from, to; /* pieces */
    uint64_t first, last;
    int64_t first_time, last_time;
    uint32_t epoch;
    bool dropped;
} file_extent;

static int cmp_extent(const void *a, const void *b, void *context)
{
    (void)context;
    const file_extent *x = a, *y = b;
    if (x->first_time != y->first_time)
        return x->first_time < y->first_time ? -1 : 1;
    return order(x->first, y->first);
}

static void take_extent(file_extent *e, const piece *p)
{
    if (p->first < e->first)
        e->first = p->first;
    if (p->last > e->last)
        e->last = p->last;
    const int64_t times[] = { p->first_time, p->last_time };
    for (size_t i = 0; i < 2; i++) {
        if (!dr_time_is(times[i]))
            continue;
        if (!dr_time_is(e->first_time) || times[i] < e->first_time)
            e->first_time = times[i];
        if (!dr_time_is(e->last_time) || times[i] > e->last_time)
            e->last_time = times[i];
    }
}

/* Files in time order; one whose ids do not go on from those before, at another time, began anew. */
static void number_epochs(file_extent *files, size_t n)
{
    file_extent sum = { 0 };
    for (size_t i = 0; i < n; i++) {
        file_extent *f = &files[i];
        if (i == 0) {
            sum = *f;
            continue;
        }
        bool after = f->first > sum.last;
        bool together = f->first <= sum.last && sum.first <= f->last && f->first_time <= sum.last_time;
        if (after || together) {
            f->epoch = sum.epoch;
            take_extent(&sum, &(piece){ .first = f->first, .last = f->last, .first_time = f->first_time, .last_time = f->last_time });
        } else {
            uint32_t epoch = sum.epoch + 1;
            sum = *f;
            sum.epoch = f->epoch = epoch;
        }
    }
}

/* All pieces of an epoch, sorted by id, joined to ranges; `own` parts of the pieces alone count where OWN. */
static dr_status join_pieces(const piece *pieces, size_t n, uint32_t epoch, bool own, cov_ranges *out)
{
    piece sum = { 0 };
    for (size_t i = 0; i <= n; i++) {
        const piece *p = &pieces[i];
        if (i > 0 && i < n && p->first <= sum.last + 1 && sum.last != UINT64_MAX) {
            census_run run = { .first_id = p->first, .last_id = p->last, .first_time = p->first_time, .last_time = p->last_time };
            piece_take(&sum, &run, false);
            if (p->own) {
                run = (census_run){ .first_id = p->own_first, .last_id = p->own_last, .first_time = p->own_first_time,
                                    .last_time = p->own_last_time, .source = p->source };
                piece_take(&sum, &run, true);
            }
            continue;
        }
        cov_range range = { sum.first, sum.last, sum.first_time, sum.last_time, epoch, sum.source };
        if (own)
            range = (cov_range){ sum.own_first, sum.own_last, sum.own_first_time, sum.own_last_time, epoch, sum.source };
        if (i > 0 && (!own || sum.own) && !dr_vec_push(out, range))
            return DR_NOMEM;
        if (i < n)
            sum = *p;
    }
    return DR_OK;
}

/* Do both ids lie in one range? Ranges are sorted by id. */
static bool in_one_range(const cov_ranges *ranges, uint64_t a, uint64_t b)
{
    size_t lo = 0, hi = ranges->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        if (ranges->p[mid].last_id < a)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo < ranges->n && ranges->p[lo].first_id <= a && ranges->p[lo].last_id >= b;
}

/* The pieces of all files of an epoch that are left, sorted by id. */
static dr_status epoch_pieces(const builder *b, const file_extent *files, size_t n, uint32_t epoch, piece **out, size_t *count, dr_arena *scratch)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++)
        if (files[i].epoch == epoch && !files[i].dropped)
            total += files[i].to - files[i].from;
    piece *list = DR_NEW_ARRAY(scratch, piece, total + 1);
    if (!list)
        return DR_NOMEM;
    size_t k = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t p = files[i].from; files[i].epoch == epoch && !files[i].dropped && p < files[i].to; p++)
            list[k++] = b->pieces.p[p];
    if (!dr_sort(list, k, sizeof *list, cmp_piece_id, NULL))
        return DR_NOMEM;
    *out = list;
    *count = k;
    return DR_OK;
}

/* A file with a hole that no other file fills and no damage explains is an export: a filter made it. */
static bool drop_exports(const builder *b, file_extent *files, size_t n, uint32_t epoch, const cov_ranges *ranges)
{
    bool dropped = false;
    for (size_t i = 0; i < n; i++) {
        file_extent *f = &files[i];
        if (f->epoch != epoch || f->dropped)
            continue;
        for (size_t p = f->from + 1; p < f->to && !f->dropped; p++) {
            uint64_t last = b->pieces.p[p - 1].last, next = b->pieces.p[p].first;
            if (!in_one_range(ranges, last, next) && !hole_is_damage(b, &b->members.p[f->member], last, next))
                f->dropped = true;
        }
        dropped |= f->dropped;
    }
    return dropped;
}

static dr_status join_epoch(builder *b, cov_log *log, file_extent *files, size_t n, uint32_t epoch, dr_arena *scratch)
{
    enum { ROUNDS_MAX = 16 };
    cov_ranges whole = { 0 };
    dr_status status = DR_OK;
    for (int round = 0; status == DR_OK; round++) {
        piece *pieces;
        size_t count;
        dr_vec_clear(&whole);
        status = epoch_pieces(b, files, n, epoch, &pieces, &count, scratch);
        if (status == DR_OK)
            status = join_pieces(pieces, count, epoch, false, &whole);
        if (status != DR_OK)
            break;
        bool dropped = drop_exports(b, files, n, epoch, &whole);
        log->some_exported |= dropped;
        if (dropped && round < ROUNDS_MAX)
            continue;
        if (!dropped)
            status = join_pieces(pieces, count, epoch, true, &log->ranges);
        break;
    }
    dr_vec_free(&whole);
    return status;
}

/* Puts the files of one log together: members FROM .. TO are of one host and channel. */
static dr_status join_files(builder *b, cov_log *log, size_t from, size_t to, dr_arena *scratch)
{
    file_extent *files = DR_NEW_ARRAY(scratch, file_extent, to - from);
    if (!files)
        return DR_NOMEM;
    size_t n = 0;
    dr_vec_clear(&b->pieces);
    for (size_t i = from; i < to; i++) {
        if (is_export(b, b->members.p[i].source)) {
            log->some_exported = true;
            continue;
        }
        file_extent f = { .member = i, .from = b->pieces.n, .first = UINT64_MAX, .first_time = DR_NO_TIME, .last_time = DR_NO_TIME };
        dr_status status = add_pieces(b, log, i);
        if (status != DR_OK)
            return status;
        f.to = b->pieces.n;
        for (size_t p = f.from; p < f.to; p++)
            take_extent(&f, &b->pieces.p[p]);
        files[n++] = f;
    }
    if (!dr_sort(files, n, sizeof *files, cmp_extent, NULL))
        return DR_NOMEM;
    number_epochs(files, n);
    dr_status status = DR_OK;
    for (uint32_t epoch = 0; status == DR_OK && n && epoch <= files[n - 1].epoch; epoch++)
        status = join_epoch(b, log, files, n, epoch, scratch);
    if (log->ranges.n > DR_COVERAGE_MAX_RANGES)
        log->state = COV_LOG_FRAGMENTARY;
    else if (!log->ranges.n)
        log->state = COV_LOG_EXPORT;
    for (size_t i = from; i < to && log->ranges.n; i++)
        log->lost_at_start |= lost_before(b, &b->members.p[i], log->ranges.p[0].first_id);
    return status;
}

static dr_status add_log(builder *b, dr_sym host, uint32_t channel, size_t from, size_t to, dr_arena *scratch)
{
    cov_log log = { .host = host, .channel_key = channel };
    dr_arena_mark mark = dr_arena_save(scratch);
    dr_status status = from < to ? join_files(b, &log, from, to, scratch) : DR_OK;
    dr_arena_restore(scratch, mark);
    if (from == to)
        log.state = COV_LOG_NO_RECORD;
    if (status == DR_OK && dr_vec_push(&b->logs, log))
        return DR_OK;
    dr_vec_free(&log.ranges);
    dr_vec_free(&log.steps);
    return DR_NOMEM;
}

typedef struct named { /* a log of the census */
    dr_sym host;
    uint32_t channel;
} named;

static int cmp_named(const void *a, const void *b, void *context)
{
    (void)context;
    const named *x = a, *y = b;
    int c = order(x->host, y->host);
    return c ? c : order(x->channel, y->channel);
}

/* Logs without a live record are there too. */
static dr_status add_empty(builder *b, dr_arena *scratch)
{
    size_t n = census_count(b->census);
    named *list = DR_NEW_ARRAY(scratch, named, n + 1);
    if (!list)
        return DR_NOMEM;
    for (size_t i = 0; i < n; i++)
        list[i] = (named){ b->log_host[i], b->log_channel[i] };
    if (!dr_sort(list, n, sizeof *list, cmp_named, NULL))
        return DR_NOMEM;
    cov_logs found = { b->logs.p, b->logs.n, NULL };
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && cmp_named(&list[i - 1], &list[i], NULL) == 0)
            continue;
        found.p = b->logs.p; /* may have moved */
        if (cov_logs_find(&found, list[i].host, list[i].channel))
            continue;
        dr_status status = add_log(b, list[i].host, list[i].channel, 0, 0, scratch);
        if (status != DR_OK)
            return status;
    }
    return dr_sort(b->logs.p, b->logs.n, sizeof *b->logs.p, cmp_log, NULL) ? DR_OK : DR_NOMEM;
}

static dr_status add_minutes(builder *b)
{
    cov_logs all = { b->logs.p, b->logs.n, NULL };
    for (size_t i = 0; i < census_count(b->census); i++) {
        const census_log *from = census_at(b->census, i);
        cov_log *log = &b->logs.p[cov_logs_find(&all, b->log_host[i], b->log_channel[i]) - b->logs.p];
        if (!log->channel.p)
            log->channel = from->channel;
        if (from->fragmentary)
            log->state = COV_LOG_FRAGMENTARY;
        for (size_t k = 0; k < from->minutes.n; k++)
            if (!dr_vec_push(&log->minutes, from->minutes.p[k]))
                return DR_NOMEM;
    }
    for (size_t i = 0; i < b->logs.n; i++) {
        cov_log *log = &b->logs.p[i];
        if (!dr_sort(log->minutes.p, log->minutes.n, sizeof *log->minutes.p, cmp_u32, NULL))
            return DR_NOMEM;
        log->minutes.n = unique_u32(log->minutes.p, log->minutes.n);
    }
    return DR_OK;
}

dr_status cov_logs_build(cov_logs *out, const census *c, dr_sym (*host_of)(const void *context, dr_str computer),
                         const void *context, dr_err *err)
{
    *out = (cov_logs){ .channels = dr_symtab_create() };
    builder b = { .out = out, .census = c };
    dr_arena *scratch = dr_arena_create("logs put together", 0);
    dr_status status = scratch && out->channels ? gather(&b, scratch, host_of, context) : DR_NOMEM;
    if (status == DR_OK)
        status = list_members(&b);
    for (size_t from = 0, to; status == DR_OK && from < b.members.n; from = to) {
        for (to = from; to < b.members.n && b.members.p[to].host == b.members.p[from].host && b.members.p[to].channel == b.members.p[from].channel; to++) {
        }
        status = add_log(&b, b.members.p[from].host, b.members.p[from].channel, from, to, scratch);
    }
    if (status == DR_OK)
        status = add_empty(&b, scratch);
    if (status == DR_OK)
        status = add_minutes(&b);
    out->p = b.logs.p;
    out->n = b.logs.n;
    dr_vec_free(&b.runs);
    dr_vec_free(&b.lost);
    dr_vec_free(&b.members);
    dr_vec_free(&b.exports);
    dr_vec_free(&b.pieces);
    dr_arena_destroy(scratch);
    if (status == DR_OK)
        return DR_OK;
    cov_logs_free(out);
    return dr_fail(err, status, "no memory to put logs together");
}

void cov_logs_free(cov_logs *logs)
{
    struct { cov_log *p; size_t n, cap; } list = { logs->p, logs->n, logs->n };
    for (size_t i = 0; i < logs->n; i++) {
        dr_vec_free(&logs->p[i].ranges);
        dr_vec_free(&logs->p[i].steps);
        dr_vec_free(&logs->p[i].minutes);
    }
    dr_vec_free(&list);
    dr_symtab_destroy(logs->channels);
    *logs = (cov_logs){ 0 };
}

const cov_log *cov_logs_find(const cov_logs *logs, dr_sym host, uint32_t channel_key)
{
    size_t lo = 0, hi = logs->n;
    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;
        const cov_log *log = &logs->p[mid];
        int c = order(log->host, host);
        c = c ? c : order(log->channel_key, channel_key);
        if (c == 0)
            return log;
        if (c < 0)
            lo = mid + 1;
        else
            hi = mid;
    }
    return NULL;
}

uint32_t cov_logs_channel(const cov_logs *logs, dr_arena *scratch, dr_str channel)
{
    dr_arena_mark mark = dr_arena_save(scratch);
    uint32_t key = dr_sym_find(logs->channels, dr_arena_fold(scratch, channel));
    dr_arena_restore(scratch, mark);
    return key;
}
