#include "view/words.h"

#include "reason/ladder.h"

const char *view_word_shown(const verdict *v)
{
    return ladder_word_shown(v->word, v->effect, v->how);
}

const char *view_word_counted(verdict_word word, bool effect, size_t n)
{
    switch (word) {
    case WORD_CONFLICTING:
        return "contradicted within the evidence";
    case WORD_ACHIEVED_PERSISTS:
    case WORD_ACHIEVED:
        return "took place";
    case WORD_ACHIEVED_REMOVED:
        return n == 1 ? "took place and was later undone" : "took place and were later undone";
    case WORD_BLOCKED:
        return "refused by a control";
    case WORD_FAILED_TO_START:
        return "did not start";
    case WORD_OTHER_EFFECT:
        return "had another effect";
    case WORD_FAILED:
        return "did not take place";
    case WORD_PERSISTS:
        return "in place, origin open";
    case WORD_NO_EFFECT:
        return "not recorded, though it would have been";
    case WORD_CRASHED:
        return "ran, then crashed";
    case WORD_RAN:
        return effect ? "ran, effect not shown" : n == 1 ? "program ran" : "programs ran";
    case WORD_ATTEMPTED:
        return effect ? "set off, effect not shown" : "set off, running not shown";
    case WORD_NOT_RECORDED:
        return "without a recorded launch";
    case WORD_PRESENT:
        return "only present";
    case WORD_UNSUPPORTED:
    case WORD_COUNT:
        break;
    }
    return "not shown by this evidence";
}

const char *view_state_shown(rung_state state)
{
    return state == STATE_NOT_APPLICABLE ? "not applicable" : state_name(state);
}

view_style view_state_style(rung_state state)
{
    switch (state) {
    case STATE_PROVED:
        return VIEW_GOOD;
    case STATE_REFUTED:
    case STATE_CONFLICTING:
        return VIEW_BAD;
    case STATE_UNKNOWN:
        return VIEW_OPEN;
    case STATE_ABSENT:
    case STATE_COUNT:
        return VIEW_PLAIN;
    case STATE_NOT_APPLICABLE:
        return VIEW_DIM;
    }
    return VIEW_PLAIN;
}

view_style view_word_style(verdict_word word)
{
    return word == WORD_CONFLICTING ? VIEW_BAD : VIEW_PLAIN;
}

dr_str view_local(dr_arena *arena, const view_options *options, int64_t ticks, int digits, size_t from)
{
    char time[DR_TIME_TEXT];
    if (!options->zoned || !dr_time_is(ticks))
        return DR_STR_NONE;
    dr_time_short(ticks + options->zone_minutes * DR_TICKS_PER_MIN, digits, time);
    return dr_arena_str(arena, dr_str_from(dr_str_of(time), from));
}

dr_str view_zone(dr_arena *arena, const view_options *options)
{
    int minutes = options->zone_minutes;
    if (!options->zoned)
        return DR_STR_NONE;
    unsigned distance = (unsigned)(minutes < 0 ? -minutes : minutes);
    return dr_arena_printf(arena, "%c%02u:%02u", minutes < 0 ? '-' : '+', distance / 60, distance % 60);
}

void view_size(dr_buf *out, uint64_t bytes)
{
    static const char *const units[] = { "KiB", "MiB", "GiB", "TiB" };
    if (bytes < 1024) {
        dr_buf_printf(out, "%u B", (unsigned)bytes);
        return;
    }
    size_t unit = 0;
    uint64_t tenths = bytes / 1024 * 10 + bytes % 1024 * 10 / 1024;
    while (tenths >= 10240 && unit + 1 < sizeof units / sizeof units[0]) {
        tenths /= 1024;
        unit++;
    }
    if (tenths >= 1000)
        dr_buf_printf(out, "%u %s", (unsigned)(tenths / 10), units[unit]);
    else
        dr_buf_printf(out, "%u.%u %s", (unsigned)(tenths / 10), (unsigned)(tenths % 10), units[unit]);
}

void view_elapsed(dr_buf *out, uint64_t ms)
{
    if (ms < 60000)
        dr_buf_printf(out, "%u.%u s", (unsigned)(ms / 1000), (unsigned)(ms % 1000 / 100));
    else
        dr_buf_printf(out, "%u min %u s", (unsigned)(ms / 60000), (unsigned)(ms / 1000 % 60));
}

void view_count(dr_buf *out, uint64_t n)
{
    if (n >= 1000) {
        view_count(out, n / 1000); /* seven levels at most */
        dr_buf_printf(out, ",%03u", (unsigned)(n % 1000));
    } else {
        dr_buf_printf(out, "%u", (unsigned)n);
    }
}

void view_counted(dr_buf *out, uint64_t n, const char *one, const char *many)
{
    view_count(out, n);
    dr_buf_char(out, ' ');
    dr_buf_z(out, n == 1 ? one : many);
}

const view_source *view_source_at(const view_in *in, uint32_t number)
{
    return number > 0 && number <= in->n_sources ? &in->sources[number - 1] : NULL;
}

dr_str view_record_name(dr_arena *arena, const view_in *in, const fact *f)
{
    const fact_record *r = &f->records[0];
    dr_str channel = dr_sym_str(in->syms, r->channel);
    if (channel.n == 0)
        return f->kind < in->vocab->n_kinds ? in->vocab->kinds[f->kind].name : DR_STR_NONE;
    const dr_str maker = DR_STR("Microsoft-Windows-"); /* before most channels, says nothing */
    dr_str shown = dr_str_starts_fold(channel, maker) ? dr_str_from(channel, maker.n) : channel;
    size_t slash = dr_str_rfind_char(shown, '/');
    shown = slash == SIZE_MAX ? shown : dr_str_sub(shown, 0, slash);
    if (!r->event_id)
        return dr_arena_printf(arena, "%.*s #%llu", DR_STR_ARG(shown), (unsigned long long)r->record_id);
    return dr_arena_printf(arena, "%.*s %u #%llu", DR_STR_ARG(shown), (unsigned)r->event_id,
                           (unsigned long long)r->record_id);
}

dr_str view_place(dr_arena *arena, const view_in *in, const fact *f)
{
    const fact_record *r = &f->records[0];
    const view_source *source = view_source_at(in, r->source);
    dr_str name = source ? dr_str_basename(source->name) : DR_STR_NONE;
    return dr_arena_printf(arena, "%.*s @ 0x%llx", DR_STR_ARG(name), (unsigned long long)r->offset);
}
