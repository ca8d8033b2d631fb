/* Command lines: whatever the line, it ends; tokens lie in the line and in its order, their texts are
 * never longer than what they stand for; quoted again and joined they come back as they were. */
#include "base/buf.h"
#include "base/limits.h"
#include "claim/argv.h"

#include <stdint.h>
#include <stdlib.h>

static void check_tokens(const argv *a, dr_str line)
{
    const char *at = line.p;
    if (a->n > DR_ARGV_MAX_TOKENS)
        abort();
    for (size_t i = 0; i < a->n; i++) {
        const argv_token *t = &a->tokens[i];
        if (t->raw.p < at || t->raw.p + t->raw.n > line.p + line.n || !t->raw.n || t->text.n > t->raw.n)
            abort();
        at = t->raw.p + t->raw.n;
    }
}

static void check_join(dr_arena *arena, const argv *a)
{
    dr_buf b = { 0 };
    argv again;
    for (size_t i = 0; i < a->n; i++) {
        if (i)
            dr_buf_char(&b, ' ');
        dr_buf_str_add(&b, argv_quote(arena, a->tokens[i].text));
    }
    if (b.n <= DR_ARGV_MAX_BYTES && argv_split_arguments(arena, dr_buf_str(&b), &again) == DR_OK) {
        if (again.n != a->n)
            abort();
        for (size_t i = 0; i < a->n; i++) {
            if (!dr_str_eq(again.tokens[i].text, a->tokens[i].text))
                abort();
        }
    }
    dr_buf_free(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dr_str line = { (const char *)data, size };
    dr_arena *arena = dr_arena_create("fuzz", 0);
    argv whole, arguments;
    argv_parts parts;
    if (!arena)
        return 0;
    if (argv_split(arena, line, dr_str_sub(line, 0, size / 3), &whole) == DR_OK)
        check_tokens(&whole, line);
    if (argv_split_arguments(arena, line, &arguments) == DR_OK) {
        check_tokens(&arguments, line);
        check_join(arena, &arguments);
    }
    if (argv_split_shell(arena, line, &parts) == DR_OK) {
        if (parts.n > DR_UNWRAP_MAX_COMMANDS)
            abort();
        for (size_t i = 0; i < parts.n; i++) {
            if (!parts.parts[i].text.n || parts.parts[i].text.n > size)
                abort();
        }
    }
    dr_arena_destroy(arena);
    return 0;
}
