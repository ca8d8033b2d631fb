/* Reasoning: the input picks a rule, facts and what is covered; didrun's verdicts have to be those of the
 * reference evaluator (tests/unit/reason/reference.h). */
#include "base/buf.h"
#include "base/limits.h"
#include "claim/rule.h"
#include "entity/names.h"
#include "fact/embedded.h"
#include "reason/reason.h"

#include "unit/reason/world.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static world_ground g;
    static unsigned uses;
    dr_err err = { "" };
    if (uses++ % 500 == 0) { /* symbols pile up */
        if (g.arena)
            world_fall(&g);
        if (!world_stand(&g, &err))
            abort();
    }
    world_picks picks = { .bytes = data, .n = size };
    ref_world w;
    dr_buf why = { 0 };
    int n;
    world_make(&picks, &w);
    dr_status status = world_compare(&g, &w, &n, &why, &err);
    if (status != DR_OK || why.n) {
        world_show(&w, &why);
        fprintf(stderr, "%s\n%.*s\n", err.text, (int)why.n, why.p);
        abort();
    }
    dr_buf_free(&why);
    return 0;
}
