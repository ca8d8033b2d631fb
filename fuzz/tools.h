/* The tools that commands are recognised by, for the targets about commands. */
#ifndef FUZZ_TOOLS_H
#define FUZZ_TOOLS_H

#include "claim/tools.h"
#include "fact/embedded.h"

#include <stdlib.h>

/* Loaded once: only the input changes from run to run. NULL: no memory. */
static inline const toolset *fuzz_tools(void)
{
    static dr_arena *arena;
    static toolset *tools;
    dr_err err = { "" };
    if (arena || !(arena = dr_arena_create("tools", 0)))
        return tools;
    for (const struct didrun_embedded *e = didrun_embedded_data; e->name; e++) {
        if (dr_str_is(dr_str_of(e->name), "tools.yml") &&
            toolset_load(arena, DR_STR("tools.yml"), (dr_str){ (const char *)e->p, e->n }, &tools, &err) != DR_OK)
            abort();
    }
    return tools;
}

#endif
