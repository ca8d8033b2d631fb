#include "coverage/cov_reason.h"

#include "base/status.h"

static const struct {
    const char *name, *shown;
} reasons[COV_REASON_COUNT] = {
    [COV_COVERED] = { "covered", "covered" },
    [COV_NOT_COLLECTED] = { "not-collected", "not among the evidence" },
    [COV_DAMAGED] = { "damaged", "damaged, incomplete or exported" },
    [COV_OUT_OF_SPAN] = { "out-of-span", "the log does not reach that far" },
    [COV_CLEARED] = { "cleared", "cleared" },
    [COV_NOT_RUNNING] = { "not-running", "the host or the recorder was not running" },
    [COV_NOT_ASKED_FOR] = { "not-asked-for", "not known to be recorded at that time" },
    [COV_FILTERED] = { "filtered", "a filter that is not known" },
    [COV_CLOCK] = { "clock", "the clock was set at that time" },
    [COV_ROUTE] = { "route", "this way of doing it leaves no such record" },
    [COV_UNBOUND] = { "unbound", "what would tie it is not known" },
    [COV_NO_RECORDER] = { "no-recorder", "Windows keeps no record of it" },
    [COV_NOT_READ] = { "not-read", "didrun does not read this format" },
    [COV_NO_CHANGE] = { "no-change", "repeating it changes nothing and leaves no record" },
    [COV_EXPIRED] = { "expired", "its usual life was over" },
    [COV_NOT_ON_THIS_SYSTEM] = { "not-on-this-system", "this system does not have it" },
};

const char *cov_reason_name(cov_reason reason)
{
    DR_ASSERT(reason < COV_REASON_COUNT);
    return reasons[reason].name;
}

const char *cov_reason_shown(cov_reason reason)
{
    DR_ASSERT(reason < COV_REASON_COUNT);
    return reasons[reason].shown;
}
