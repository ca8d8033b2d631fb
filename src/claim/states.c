#include "claim/states.h"

#include "base/status.h"

static const char *const states[STATE_COUNT] = { "unknown", "proved", "refuted", "conflicting", "absent", "not-applicable" };
static const char *const trace_states[TRACE_STATE_COUNT] = { "found", "refuted", "absent", "unknown" };

static bool find(const char *const *names, size_t n, dr_str name, size_t *out)
{
    for (size_t i = 0; i < n; i++) {
        if (dr_str_is(name, names[i])) {
            *out = i;
            return true;
        }
    }
    return false;
}

const char *state_name(rung_state state)
{
    DR_ASSERT(state < STATE_COUNT);
    return states[state];
}

static const char *const words[WORD_COUNT] = {
    "conflicting", "achieved-persists", "achieved-removed", "achieved", "blocked", "failed-to-start",
    "other-effect", "failed", "persists", "no-effect", "crashed", "ran",
    "attempted", "not-recorded", "present", "unsupported",
};

const char *word_name(verdict_word word)
{
    DR_ASSERT(word < WORD_COUNT);
    return words[word];
}

bool word_of(dr_str name, verdict_word *out)
{
    size_t i;
    if (!find(words, WORD_COUNT, name, &i))
        return false;
    *out = (verdict_word)i;
    return true;
}

const char *mark_name(unsigned mark)
{
    return mark == MARK_CONTROL ? "control" : mark == MARK_CRASH ? "crash" : mark == MARK_OTHER_EFFECT ? "other-effect" : "";
}

bool state_of(dr_str name, rung_state *out)
{
    size_t i;
    if (!find(states, STATE_COUNT, name, &i))
        return false;
    *out = (rung_state)i;
    return true;
}

bool mark_of(dr_str name, unsigned *out)
{
    for (unsigned mark = 1; mark <= MARK_OTHER_EFFECT; mark <<= 1) {
        if (dr_str_is(name, mark_name(mark))) {
            *out = mark;
            return true;
        }
    }
    return false;
}

const char *trace_state_name(trace_state state)
{
    DR_ASSERT(state < TRACE_STATE_COUNT);
    return trace_states[state];
}

bool trace_state_of(dr_str name, trace_state *out)
{
    size_t i;
    if (!find(trace_states, TRACE_STATE_COUNT, name, &i))
        return false;
    *out = (trace_state)i;
    return true;
}
