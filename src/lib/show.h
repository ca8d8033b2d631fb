/* From what a run came to, to what somebody asked to see: filters, order of objects, hand-over in
 * blocks. The views do the writing. */
#ifndef DR_LIB_SHOW_H
#define DR_LIB_SHOW_H

#include "base/vec.h"
#include "claim/rule.h"
#include "didrun.h"
#include "view/view.h"

/* What can be shown. IN holds all verdicts in their order; DIDRUN_SHOW_CHECK shows those of its own
 * answer, which the caller puts there. RULES may be NULL where no rules are shown. */
typedef struct show_in {
    const view_in *in;
    const rule_set *rules;
} show_in;

/* OPTIONS may be NULL. DR_USAGE with a text for options that make no sense or an id that matches
 * nothing or several; DR_IO when WRITE refused (nothing in ERR then). */
dr_status show_write(const show_in *what, int which, const didrun_show_options *options, didrun_write write, void *context,
                     dr_err *err) DR_MUST_CHECK;

#endif
