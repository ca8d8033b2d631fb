/* Usage patterns: the first line is a pattern, the rest a command. Compiling says where an error is;
 * matching ends within its steps, and what it binds is part of the command or was made from it. */
#include "claim/command.h"
#include "tools.h"

#include <stdint.h>
#include <stdlib.h>

static bool known(const void *context, dr_str name, pattern_type *type)
{
    (void)context;
    *type = (pattern_type)(name.n % (PATTERN_NUMBER + 1));
    return name.n < 20;
}

static void match(dr_arena *arena, const pattern *p, const command_list *list, size_t size)
{
    for (size_t i = 0; p && i < list->n; i++) {
        const pattern_bindings *sets;
        size_t n;
        if (pattern_match(p, &list->commands[i], arena, &sets, &n) != DR_OK)
            continue;
        for (size_t s = 0; s < n; s++) {
            for (size_t k = 0; k < sets[s].n; k++) {
                if (!sets[s].list[k].name.n || sets[s].list[k].value.n > 2 * size + 64)
                    abort();
            }
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dr_str rest = { (const char *)data, size }, usage = DR_STR_NONE;
    pattern_types types = { NULL, known };
    dr_arena *arena = dr_arena_create("fuzz", 0);
    const toolset *tools = arena ? fuzz_tools() : NULL;
    if (!tools)
        return 0;
    (void)dr_str_split(&rest, '\n', &usage);
    for (int kind = 0; kind < 2; kind++) {
        dr_err err = { "" };
        size_t column = SIZE_MAX;
        command_list list;
        const pattern *p = kind ? pattern_compile_cmdlet(arena, usage, &types, &err, &column)
                                : pattern_compile(arena, usage, &types, &err, &column);
        if (!p && (!err.text[0] || column > usage.n))
            abort();
        if ((kind ? command_of_script(tools, arena, rest, &list) : command_of_line(tools, arena, rest, &list)) == DR_OK)
            match(arena, p, &list, size);
    }
    dr_arena_destroy(arena);
    return 0;
}
