#include "base/diag.h"

#include <stdarg.h>

static const struct {
    const char *name;
    dr_severity severity;
    const char *sentence;
} codes[] = {
#define DR_DIAG(code, severity, sentence) { #code, severity, sentence },
#include "base/diag.def"
#undef DR_DIAG
};

void dr_diags_init(dr_diags *d, dr_arena *arena)
{
    *d = (dr_diags){ .arena = arena };
}

void dr_diags_free(dr_diags *d)
{
    dr_vec_free(&d->list);
}

void dr_diag_add(dr_diags *d, dr_diag_code code, uint64_t off, uint64_t size, const char *fmt, ...)
{
    if (!d)
        return;
    d->count[code]++;
    if (d->list.n >= DR_DIAG_MAX) {
        d->dropped++;
        return;
    }
    char text[512];
    va_list args;
    va_start(args, fmt);
    int n = vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    size_t used = n < 0 ? 0 : (size_t)n < sizeof text ? (size_t)n : sizeof text - 1;
    dr_diag one = { .code = code, .off = off, .size = size, .text = dr_arena_str(d->arena, (dr_str){ text, used }) };
    if (!dr_vec_push(&d->list, one))
        d->dropped++;
}

void dr_diag_fault(dr_diags *d, dr_diag_code code, const dr_cur *c, const char *what)
{
    dr_diag_add(d, code, c->fault_at, 0, "%s: %s", what, dr_fault_text(c->fault));
}

dr_severity dr_diag_severity(dr_diag_code code)
{
    DR_ASSERT(code < DR_DIAG_COUNT);
    return codes[code].severity;
}

const char *dr_diag_name(dr_diag_code code)
{
    DR_ASSERT(code < DR_DIAG_COUNT);
    return codes[code].name;
}

const char *dr_diag_sentence(dr_diag_code code)
{
    DR_ASSERT(code < DR_DIAG_COUNT);
    return codes[code].sentence;
}

const char *dr_fault_text(dr_fault fault)
{
    switch (fault) {
    case DR_FAULT_NONE: return "no fault";
    case DR_FAULT_SHORT: return "it ends too early";
    case DR_FAULT_RANGE: return "an offset or count leads out of it";
    case DR_FAULT_MAGIC: return "its signature is missing";
    case DR_FAULT_VALUE: return "a value is not possible";
    case DR_FAULT_LIMIT: return "a limit was reached";
    }
    return "unknown fault";
}
