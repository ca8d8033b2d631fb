#include "base/status.h"

#include <stdarg.h>

dr_status dr_fail(dr_err *err, dr_status status, const char *fmt, ...)
{
    if (err) {
        va_list args;
        va_start(args, fmt);
        vsnprintf(err->text, sizeof err->text, fmt, args);
        va_end(args);
    }
    return status;
}

const char *dr_status_text(dr_status status)
{
    switch (status) {
    case DR_OK: return "done";
    case DR_END: return "end";
    case DR_NOMEM: return "out of memory";
    case DR_LIMIT: return "limit reached";
    case DR_IO: return "input or output failed";
    case DR_USAGE: return "wrong usage";
    case DR_DATA: return "error in a rule or data file";
    case DR_FORMAT: return "not of this format";
    case DR_UNSUPPORTED: return "not supported";
    }
    return "unknown status";
}

void dr_assert_failed(const char *what, const char *file, int line)
{
    fprintf(stderr, "didrun: internal error: %s (%s:%d)\n", what, file, line);
    abort();
}
