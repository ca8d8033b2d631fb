/* PowerShell text and records of bound commands, down to the commands in them: it ends, within the limits,
 * and twice the same. */
#include "base/limits.h"
#include "claim/command.h"
#include "claim/powershell.h"
#include "fact/embedded.h"

#include <stdint.h>
#include <stdlib.h>

/* Loaded once: only the input changes from run to run. */
static const toolset *load(void)
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

static void check(const command_list *list)
{
    if (list->n > DR_UNWRAP_MAX_COMMANDS)
        abort();
    for (size_t i = 0; i < list->n; i++) {
        const command *c = &list->commands[i];
        if (c->depth > DR_UNWRAP_MAX_DEPTH + 1 || (c->parent != SIZE_MAX && c->parent >= i))
            abort();
        if ((c->kind == COMMAND_PROGRAM) != (c->program.n > 0 || !c->name.n))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dr_str text = { (const char *)data, size };
    dr_arena *arena = dr_arena_create("fuzz", 0);
    const toolset *tools = arena ? load() : NULL;
    ps_script script, again;
    command_list list;
    if (!tools)
        return 0;
    if (ps_parse(arena, text, &script) == DR_OK && ps_parse(arena, text, &again) == DR_OK && script.n != again.n)
        abort();
    if (command_of_script(tools, arena, text, &list) == DR_OK)
        check(&list);
    if (command_of_bindings(tools, arena, text, &list) == DR_OK)
        check(&list);
    if (command_of_line(tools, arena, text, &list) == DR_OK)
        check(&list);
    dr_arena_destroy(arena);
    return 0;
}
