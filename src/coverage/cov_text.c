/* What coverage says to people: clauses without a full stop, in the words of the house. */
#include "coverage/coverage_parts.h"

#include "base/buf.h"

static dr_str time_text(char out[DR_TIME_TEXT], int64_t time)
{
    out[0] = 0;
    if (time != COV_BEGIN && time != COV_END)
        dr_time_short(time, 0, out);
    return dr_str_of(out);
}

/* When the fact was recorded; empty where it has no time. */
static dr_str fact_time(const coverage *c, fact_id id, char out[DR_TIME_TEXT])
{
    out[0] = 0;
    if (id)
        dr_time_short(fact_store_at(c->in.store, id)->time, 0, out);
    return dr_str_of(out);
}

/* Why a span of the recorder's log is missing. */
static dr_str log_text(const coverage *c, dr_arena *arena, const recorder *r, const cov_span *s)
{
    char from[DR_TIME_TEXT], to[DR_TIME_TEXT], told[DR_TIME_TEXT];
    unsigned long long a = s->a, b = s->b;
    dr_str log = r->source_shown;
    time_text(from, s->from);
    time_text(to, s->to);
    fact_time(c, s->fact, told);
    switch ((cov_why)s->why) {
    case COV_WHY_EXPORT:
        return dr_arena_printf(arena, "%.*s is an export: what it does not hold says nothing", DR_STR_ARG(log));
    case COV_WHY_FRAGMENTARY:
        return dr_arena_printf(arena, "%.*s is in too many pieces", DR_STR_ARG(log));
    case COV_WHY_NO_RECORD:
        return dr_arena_printf(arena, "%.*s holds nothing but recovered records", DR_STR_ARG(log));
    case COV_WHY_GAP:
        return dr_arena_printf(arena, "%.*s lacks records %llu to %llu, between %s and %s", DR_STR_ARG(log), a, b, from, to);
    case COV_WHY_LOST_START:
        return dr_arena_printf(arena, "%.*s before %s is damaged; first record left: %llu", DR_STR_ARG(log), to, a);
    case COV_WHY_LOST:
        return dr_arena_printf(arena, "%.*s says that records were lost (%s)", DR_STR_ARG(log), told);
    case COV_WHY_REPLACED:
        return dr_arena_printf(arena, "%.*s before %s was found damaged and replaced", DR_STR_ARG(log), to);
    case COV_WHY_BEGINS:
        return dr_arena_printf(arena, "%.*s begins at %s (record %llu)", DR_STR_ARG(log), to, a);
    case COV_WHY_ENDS:
        return dr_arena_printf(arena, "%.*s ends at %s (record %llu)", DR_STR_ARG(log), from, a);
    case COV_WHY_CLEARED:
        return dr_arena_printf(arena, "%.*s before %s was cleared; first record left: %llu", DR_STR_ARG(log), to, a);
    case COV_WHY_RECREATED:
        return dr_arena_printf(arena, "%.*s before %s is gone: its record ids began anew", DR_STR_ARG(log), to);
    case COV_WHY_OVERWRITTEN:
        return dr_arena_printf(arena, "%.*s before %s is overwritten or gone; first record left: %llu", DR_STR_ARG(log), to, a);
    case COV_WHY_SILENT:
        return dr_arena_printf(arena, "%.*s has no record from %s to %s, longer than usual, while others had (%llu minutes)", DR_STR_ARG(log),
                               from, to, b);
    case COV_WHY_FULL:
        return dr_arena_printf(arena, "%.*s was full from %s on", DR_STR_ARG(log), from);
    case COV_WHY_NONE:
    case COV_WHY_NOT_COLLECTED:
    case COV_WHY_HOST_OFF:
    case COV_WHY_HOST_CRASHED:
    case COV_WHY_HOST_ASLEEP:
    case COV_WHY_RECORDER_OFF:
    case COV_WHY_NO_HEARTBEAT:
    case COV_WHY_SET_OFF:
    case COV_WHY_REST_OFF:
    case COV_WHY_NOT_SHOWN_ON:
    case COV_WHY_DEFAULT_OFF:
    case COV_WHY_FILTER:
    case COV_WHY_CLOCK:
    case COV_WHY_CLOCK_BACK:
    case COV_WHY_NO_SWITCH:
    case COV_WHY_SET_ON:
    case COV_WHY_AT_REST:
    case COV_WHY_LIKE:
    case COV_WHY_DEFAULT_ON:
        break;
    }
    return DR_STR_NONE;
}

static dr_str off_text(dr_arena *arena, const cov_span *s, const char *what)
{
    char from[DR_TIME_TEXT], to[DR_TIME_TEXT];
    time_text(from, s->from);
    time_text(to, s->to);
    if (s->from == COV_BEGIN)
        return dr_arena_printf(arena, "%s until %s", what, to);
    if (s->to == COV_END)
        return dr_arena_printf(arena, "%s from %s on", what, from);
    return dr_arena_printf(arena, "%s from %s to %s", what, from, to);
}

static dr_str clock_text(dr_arena *arena, const cov_span *s)
{
    char old[DR_TIME_TEXT], new[DR_TIME_TEXT];
    if (s->why == COV_WHY_CLOCK_BACK)
        return off_text(arena, s, "times step back and nothing says why,");
    time_text(old, (int64_t)s->a);
    time_text(new, (int64_t)s->b);
    return dr_arena_printf(arena, "the clock was set from %s to %s", old, new);
}

dr_str cov_why_text(const coverage *c, dr_arena *arena, const recorder *r, const cov_span *s)
{
    char told[DR_TIME_TEXT], other[DR_TIME_TEXT];
    dr_str shown = r->shown;
    dr_str setting = r->setting != SIZE_MAX ? c->in.recorders->settings[r->setting].shown : DR_STR_NONE;
    fact_time(c, s->fact, told);
    fact_time(c, s->other, other);
    switch ((cov_why)s->why) {
    case COV_WHY_HOST_OFF:
        return off_text(arena, s, "the host or its event log service was off");
    case COV_WHY_HOST_CRASHED:
        return off_text(arena, s, "the host was down");
    case COV_WHY_HOST_ASLEEP:
        return off_text(arena, s, "the host was asleep");
    case COV_WHY_RECORDER_OFF:
        return off_text(arena, s, "the recorder was off");
    case COV_WHY_NO_HEARTBEAT:
        return off_text(arena, s, "the recorder gave no sign of life");
    case COV_WHY_SET_OFF:
        return dr_arena_printf(arena, "%.*s for %.*s was off (a change of it is recorded at %s)", DR_STR_ARG(setting), DR_STR_ARG(shown), told);
    case COV_WHY_REST_OFF:
        return dr_arena_printf(arena, "%.*s for %.*s is off in the registry, not changed since %s", DR_STR_ARG(setting), DR_STR_ARG(shown), told);
    case COV_WHY_NOT_SHOWN_ON:
        return dr_arena_printf(arena, "%.*s for %.*s is not shown to be on at that time", DR_STR_ARG(setting), DR_STR_ARG(shown));
    case COV_WHY_DEFAULT_OFF:
        return dr_arena_printf(arena, "%.*s for %.*s is off by default, and nothing shows that it was on", DR_STR_ARG(setting), DR_STR_ARG(shown));
    case COV_WHY_FILTER:
        return dr_arena_printf(arena, "%.*s records through a filter that is not known: its silence proves nothing", DR_STR_ARG(r->source_shown));
    case COV_WHY_CLOCK:
    case COV_WHY_CLOCK_BACK:
        return clock_text(arena, s);
    case COV_WHY_NO_SWITCH:
        return DR_STR("this is recorded whatever is set");
    case COV_WHY_SET_ON:
        return dr_arena_printf(arena, "%.*s for %.*s was on (a change of it is recorded at %s)", DR_STR_ARG(setting), DR_STR_ARG(shown), told);
    case COV_WHY_AT_REST:
        return dr_arena_printf(arena, "%.*s for %.*s is on in the registry, not changed since %s", DR_STR_ARG(setting), DR_STR_ARG(shown), told);
    case COV_WHY_LIKE:
        return dr_arena_printf(arena, "like records stand on both sides (%s, %s)", told, other);
    case COV_WHY_DEFAULT_ON:
        return dr_arena_printf(arena, "%.*s for %.*s is on by default, which is assumed here", DR_STR_ARG(setting), DR_STR_ARG(shown));
    case COV_WHY_NONE:
    case COV_WHY_NOT_COLLECTED:
    case COV_WHY_EXPORT:
    case COV_WHY_FRAGMENTARY:
    case COV_WHY_NO_RECORD:
    case COV_WHY_GAP:
    case COV_WHY_LOST_START:
    case COV_WHY_LOST:
    case COV_WHY_REPLACED:
    case COV_WHY_BEGINS:
    case COV_WHY_ENDS:
    case COV_WHY_CLEARED:
    case COV_WHY_RECREATED:
    case COV_WHY_OVERWRITTEN:
    case COV_WHY_SILENT:
    case COV_WHY_FULL:
        break;
    }
    return log_text(c, arena, r, s);
}

/* How much of a span lies within the time that the host's records speak of. */
static int64_t share_of(const cov_span *s, int64_t first, int64_t last)
{
    int64_t from = s->from > first ? s->from : first, to = s->to < last ? s->to : last;
    return to > from ? to - from : 0;
}

static bool is_host_state(const cov_span *s)
{
    return s->why == COV_WHY_HOST_OFF || s->why == COV_WHY_HOST_CRASHED || s->why == COV_WHY_HOST_ASLEEP;
}

/* Why a row begins where it does, after its time: "reaches back to T (cleared)". */
static dr_str back_text(const coverage *c, dr_arena *arena, const recorder *r, const cov_span *before, const char *back)
{
    unsigned long long id = before->a;
    switch ((cov_why)before->why) {
    case COV_WHY_CLEARED:
        return dr_arena_printf(arena, "cleared at %s; reaches back to there (record %llu)", back, id);
    case COV_WHY_OVERWRITTEN:
        return dr_arena_printf(arena, "reaches back to %s (record %llu), what was before is overwritten or gone", back, id);
    case COV_WHY_RECREATED:
        return dr_arena_printf(arena, "reaches back to %s, where its record ids began anew", back);
    case COV_WHY_BEGINS:
        return dr_arena_printf(arena, "reaches back to %s, its first record", back);
    case COV_WHY_LOST_START:
        return dr_arena_printf(arena, "reaches back to %s (record %llu), what was before is damaged", back, id);
    case COV_WHY_NONE:
    case COV_WHY_NOT_COLLECTED:
    case COV_WHY_EXPORT:
    case COV_WHY_FRAGMENTARY:
    case COV_WHY_NO_RECORD:
    case COV_WHY_GAP:
    case COV_WHY_LOST:
    case COV_WHY_REPLACED:
    case COV_WHY_ENDS:
    case COV_WHY_HOST_OFF:
    case COV_WHY_HOST_CRASHED:
    case COV_WHY_HOST_ASLEEP:
    case COV_WHY_SILENT:
    case COV_WHY_FULL:
    case COV_WHY_RECORDER_OFF:
    case COV_WHY_NO_HEARTBEAT:
    case COV_WHY_SET_OFF:
    case COV_WHY_REST_OFF:
    case COV_WHY_NOT_SHOWN_ON:
    case COV_WHY_DEFAULT_OFF:
    case COV_WHY_FILTER:
    case COV_WHY_CLOCK:
    case COV_WHY_CLOCK_BACK:
    case COV_WHY_NO_SWITCH:
    case COV_WHY_SET_ON:
    case COV_WHY_AT_REST:
    case COV_WHY_LIKE:
    case COV_WHY_DEFAULT_ON:
        break;
    }
    return dr_arena_printf(arena, "from %s on: before it %.*s", back, DR_STR_ARG(cov_why_text(c, arena, r, before)));
}

static dr_str join_text(dr_arena *arena, dr_str a, dr_str b)
{
    return dr_arena_printf(arena, "%.*s%s%.*s", DR_STR_ARG(a), a.n && b.n ? "; " : "", DR_STR_ARG(b));
}

dr_str cov_row_text(const coverage *c, dr_arena *arena, size_t i)
{
    DR_ASSERT(i < c->rows.n);
    const cov_row *row = &c->rows.p[i];
    const recorder *r = row->recorder;
    const cov_host *h = cov_hosts_find(&c->hosts, row->host);
    if (!row->n_spans)
        return row->reason == COV_NOT_COLLECTED ? DR_STR("not among the evidence") : cov_rest_of(c, arena, row->host, r, DR_NO_TIME).text;
    const cov_span *before = NULL, *worst = NULL, *weakest = NULL;
    for (size_t k = 0; k < row->n_spans; k++) {
        const cov_span *s = &row->spans[k];
        if (s->reason == COV_COVERED) {
            before = !weakest && k > 0 ? s - 1 : before;
            weakest = !weakest || s->grade < weakest->grade ? s : weakest;
        } else if (!is_host_state(s) && (!worst || share_of(s, h->first, h->last) > share_of(worst, h->first, h->last))) {
            worst = s;
        }
    }
    if (!weakest)
        return cov_why_text(c, arena, r, worst ? worst : &row->spans[0]);
    char back[DR_TIME_TEXT];
    dr_str text = DR_STR_NONE;
    if (before) {
        time_text(back, before->to);
        text = back_text(c, arena, r, before, back);
    }
    if (worst && worst != before && worst->from != COV_BEGIN && worst->to != COV_END && share_of(worst, h->first, h->last) > 0)
        text = join_text(arena, text, cov_why_text(c, arena, r, worst));
    if (weakest->grade == COV_GRADE_C)
        text = join_text(arena, text, DR_STR("on by default, which is assumed"));
    return text;
}

dr_str cov_host_note(const coverage *c, dr_arena *arena, size_t host, size_t n)
{
    DR_ASSERT(host < c->hosts.n);
    const cov_host *h = &c->hosts.p[c->by_name[host]];
    return n < h->clock.n ? clock_text(arena, &h->clock.p[n]) : DR_STR_NONE;
}
