/* From the handle to the views: gathers what they read, calls the one that is asked for, hands the
 * text on in blocks. */
#ifndef DR_LIB_SHOW_H
#define DR_LIB_SHOW_H

#include "lib/engine.h"
#include "view/view.h"

int engine_may_show(didrun *d, const didrun_show_options *options);
int engine_show(didrun *d, int what, const didrun_show_options *options, didrun_write write, void *context);
/* Recorders with their spans, of one host or (NULL) of all (cover.c). */
dr_status engine_gather_coverage(didrun *d, dr_arena *arena, const char *host, view_in *in) DR_MUST_CHECK;

#endif
