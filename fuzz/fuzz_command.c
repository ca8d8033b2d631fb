/* Recognising commands: the first line is the image, the second the OriginalFileName, the rest what a
 * process, a script host or a typed line bore. Whatever it is, unwrapping ends within its limits, a
 * command stands behind the one that named it and no higher, and twice gives the same. */
#include "base/limits.h"
#include "claim/command.h"
#include "tools.h"

#include <stdint.h>
#include <stdlib.h>

static size_t touch(dr_str s)
{
    size_t sum = 0;
    for (size_t i = 0; i < s.n; i++)
        sum += (unsigned char)s.p[i];
    return sum;
}

static void check_one(const command_list *list, size_t i)
{
    const command *c = &list->commands[i];
    if (c->depth < 0 || c->depth > DR_UNWRAP_MAX_DEPTH + 1)
        abort();
    if (c->parent != SIZE_MAX && (c->parent >= i || list->commands[c->parent].depth > c->depth))
        abort();
    if (c->kind == COMMAND_CMDLET && c->n_tokens)
        abort();
    if (c->n_tokens > DR_ARGV_MAX_TOKENS)
        abort();
    (void)touch(c->raw);
    (void)touch(c->host);
    (void)touch(c->program);
    (void)touch(c->name);
    for (size_t t = 0; t < c->n_tokens; t++) {
        (void)touch(c->tokens[t].text);
        (void)touch(c->tokens[t].raw);
    }
    for (size_t p = 0; p < c->n_params; p++) {
        (void)touch(c->params[p].name);
        for (size_t v = 0; v < c->params[p].n; v++)
            (void)touch(c->params[p].values[v].text);
    }
}

static void check(const command_list *list, const command_list *again)
{
    if (list->n > DR_UNWRAP_MAX_COMMANDS || list->n != again->n || list->cut != again->cut)
        abort();
    for (size_t i = 0; i < list->n; i++) {
        const command *x = &list->commands[i], *y = &again->commands[i];
        check_one(list, i);
        if (x->kind != y->kind || x->how != y->how || x->depth != y->depth || x->parent != y->parent || x->tool != y->tool ||
            x->n_tokens != y->n_tokens || x->n_params != y->n_params || !dr_str_eq(x->raw, y->raw) || !dr_str_eq(x->host, y->host))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dr_str line = { (const char *)data, size }, image = DR_STR_NONE, original = DR_STR_NONE;
    dr_arena *arena = dr_arena_create("fuzz", 0);
    const toolset *tools = arena ? fuzz_tools() : NULL;
    command_list list, again;
    if (!tools)
        return 0;
    (void)dr_str_split(&line, '\n', &image);
    (void)dr_str_split(&line, '\n', &original);
    if (command_of_process(tools, arena, image, original, line, &list) == DR_OK &&
        command_of_process(tools, arena, image, original, line, &again) == DR_OK) {
        check(&list, &again);
        if (list.n && (list.commands[0].how != COMMAND_PROCESS || list.commands[0].depth != 0))
            abort();
    }
    if (command_of_line(tools, arena, line, &list) == DR_OK && command_of_line(tools, arena, line, &again) == DR_OK)
        check(&list, &again);
    if (command_of_script(tools, arena, line, &list) == DR_OK && command_of_script(tools, arena, line, &again) == DR_OK)
        check(&list, &again);
    if (command_of_bindings(tools, arena, line, &list) == DR_OK && command_of_bindings(tools, arena, line, &again) == DR_OK)
        check(&list, &again);
    dr_arena_destroy(arena);
    return 0;
}
