#include "reason/ladder.h"

#include "base/status.h"

#define P STATE_PROVED

/* The table of design 3.2, row by row: the first that fits. */
verdict_word ladder_word(const rung_state s[RUNG_COUNT], unsigned marks)
{
    rung_state achieved = s[RUNG_ACHIEVED], persists = s[RUNG_PERSISTS], started = s[RUNG_STARTED];
    bool effect_decided = achieved == P || achieved == STATE_REFUTED || persists == P || persists == STATE_REFUTED;

    if (persists == STATE_CONFLICTING || achieved == STATE_CONFLICTING ||
        (!effect_decided && started == STATE_CONFLICTING))
        return WORD_CONFLICTING;
    if (achieved == P && persists == P)
        return WORD_ACHIEVED_PERSISTS;
    if (achieved == P && persists == STATE_REFUTED)
        return WORD_ACHIEVED_REMOVED;
    if (achieved == P)
        return WORD_ACHIEVED;
    if (started == STATE_REFUTED && (marks & MARK_CONTROL))
        return WORD_BLOCKED;
    if (started == STATE_REFUTED)
        return WORD_FAILED_TO_START;
    if ((marks & MARK_OTHER_EFFECT) && (achieved == STATE_REFUTED || achieved == STATE_ABSENT))
        return WORD_OTHER_EFFECT;
    if (achieved == STATE_REFUTED)
        return WORD_FAILED;
    if (persists == P)
        return WORD_PERSISTS;
    if ((s[RUNG_ATTEMPTED] == P || started == P) && achieved == STATE_ABSENT)
        return WORD_NO_EFFECT;
    if (started == P && (marks & MARK_CRASH))
        return WORD_CRASHED;
    if (started == P)
        return WORD_RAN;
    if (s[RUNG_ATTEMPTED] == P)
        return WORD_ATTEMPTED;
    if (s[RUNG_ATTEMPTED] == STATE_ABSENT)
        return WORD_NOT_RECORDED;
    if (s[RUNG_PRESENT] == P)
        return WORD_PRESENT;
    return WORD_UNSUPPORTED;
}

static grade lower(grade a, grade b)
{
    return a < b ? a : b;
}

grade ladder_grade(verdict_word word, const rung_state states[RUNG_COUNT], const grade g[RUNG_COUNT])
{
    switch (word) {
    case WORD_CONFLICTING: {
        if (states[RUNG_PERSISTS] == STATE_CONFLICTING)
            return g[RUNG_PERSISTS];
        return states[RUNG_ACHIEVED] == STATE_CONFLICTING ? g[RUNG_ACHIEVED] : g[RUNG_STARTED];
    }
    case WORD_ACHIEVED_PERSISTS:
    case WORD_ACHIEVED_REMOVED: return lower(g[RUNG_ACHIEVED], g[RUNG_PERSISTS]);
    case WORD_ACHIEVED:
    case WORD_OTHER_EFFECT:
    case WORD_FAILED: return g[RUNG_ACHIEVED];
    case WORD_BLOCKED:
    case WORD_FAILED_TO_START:
    case WORD_CRASHED:
    case WORD_RAN: return g[RUNG_STARTED];
    case WORD_PERSISTS: return g[RUNG_PERSISTS];
    case WORD_NO_EFFECT: {
        /* Either of the lower rungs carries it: the better one. */
        rung from = states[RUNG_STARTED] == P ? RUNG_STARTED : RUNG_ATTEMPTED;
        if (states[RUNG_STARTED] == P && states[RUNG_ATTEMPTED] == P && g[RUNG_ATTEMPTED] > g[RUNG_STARTED])
            from = RUNG_ATTEMPTED;
        return lower(g[from], g[RUNG_ACHIEVED]);
    }
    case WORD_ATTEMPTED:
    case WORD_NOT_RECORDED: return g[RUNG_ATTEMPTED];
    case WORD_PRESENT: return g[RUNG_PRESENT];
    case WORD_UNSUPPORTED:
    case WORD_COUNT: break;
    }
    return GRADE_NONE;
}

int ladder_order(verdict_word word, bool effect)
{
    static const int order[WORD_COUNT] = {
        [WORD_CONFLICTING] = 0,      [WORD_ACHIEVED_PERSISTS] = 2, [WORD_OTHER_EFFECT] = 3,
        [WORD_ACHIEVED] = 4,         [WORD_NO_EFFECT] = 5,         [WORD_PERSISTS] = 5,
        [WORD_ATTEMPTED] = 6,        [WORD_RAN] = 6,               [WORD_FAILED] = 7,
        [WORD_BLOCKED] = 8,          [WORD_FAILED_TO_START] = 9,   [WORD_CRASHED] = 10,
        [WORD_ACHIEVED_REMOVED] = 11, [WORD_NOT_RECORDED] = 12,    [WORD_PRESENT] = 13,
        [WORD_UNSUPPORTED] = 14,
    };
    DR_ASSERT(word < WORD_COUNT);
    return order[word] + (effect ? 0 : 20);
}

const char *grade_name(grade g)
{
    static const char *const names[] = { "", "C", "B", "A" };
    DR_ASSERT(g <= GRADE_A);
    return names[g];
}

const char *ladder_word_shown(verdict_word word, bool effect, dr_str how)
{
    static const char *const shown[WORD_COUNT] = {
        [WORD_CONFLICTING] = "the records contradict each other",
        [WORD_ACHIEVED_PERSISTS] = "took place; still there when collected",
        [WORD_ACHIEVED_REMOVED] = "took place; later undone",
        [WORD_ACHIEVED] = "took place",
        [WORD_BLOCKED] = "refused by a control",
        [WORD_FAILED_TO_START] = "did not start",
        [WORD_OTHER_EFFECT] = "something else took place",
        [WORD_FAILED] = "did not take place",
        [WORD_PERSISTS] = "there when collected; origin open",
        [WORD_NO_EFFECT] = "not recorded, though it would have been",
        [WORD_CRASHED] = "ran, then crashed",
        [WORD_RAN] = "ran",
        [WORD_ATTEMPTED] = "process created, running not shown",
        [WORD_NOT_RECORDED] = "no launch recorded in a covered span",
        [WORD_PRESENT] = "present; no run shown",
        [WORD_UNSUPPORTED] = "not shown by this evidence",
    };
    DR_ASSERT(word < WORD_COUNT);
    if (word == WORD_RAN && effect)
        return "ran; effect not shown";
    if (word == WORD_ATTEMPTED && dr_str_is(how, "typed"))
        return "typed";
    if (word == WORD_ATTEMPTED && dr_str_is(how, "command"))
        return "command issued, no process shown";
    return shown[word];
}
