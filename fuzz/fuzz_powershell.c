/* PowerShell text and records of bound commands, down to the commands in them: it ends, within the limits,
 * and twice the same. */
#include "base/limits.h"
#include "claim/command.h"
#include "claim/powershell.h"
#include "tools.h"

#include <stdint.h>
#include <stdlib.h>

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
    const toolset *tools = arena ? fuzz_tools() : NULL;
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
