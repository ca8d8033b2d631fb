/* Sources and hosts of a run in the form that views read. */
#ifndef DR_LIB_PRESENT_H
#define DR_LIB_PRESENT_H

#include "lib/engine.h"
#include "view/view.h"

/* What OUT is given to point at lives in ARENA or in the handle. */
dr_status present_sources(didrun *d, dr_arena *arena, view_in *out) DR_MUST_CHECK;
/* After reading: hosts that events or other facts name, and the times of the evidence. */
dr_status present_hosts(didrun *d, dr_arena *arena, view_in *out) DR_MUST_CHECK;
/* Sources, and as far as they are known hosts and coverage (HOST: of that one only, NULL: of all), from
 * the run or from the case that is shown. */
dr_status present_all(didrun *d, dr_arena *arena, const char *host, view_in *out) DR_MUST_CHECK;

#endif
