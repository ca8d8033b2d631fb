/* The loader of rule and data files: whatever the text, it ends; an error names a place; a tree that is
 * given keeps its places in order and its texts inside the arena. */
#include "base/limits.h"
#include "fact/yaml.h"

#include <stdint.h>
#include <stdlib.h>

static size_t walk(const yaml_node *node, int depth)
{
    size_t n = 1;
    if (depth > DR_YAML_MAX_DEPTH + 1 || node->line == 0 || node->column == 0)
        abort();
    if (node->kind == YAML_SCALAR)
        return n + (node->text.n && node->text.p[0] == '\0');
    for (size_t i = 0; i < node->n; i++) {
        if (node->kind == YAML_MAP) {
            if (node->keys[i]->kind != YAML_SCALAR)
                abort();
            for (size_t k = 0; k < i; k++) {
                if (dr_str_eq(node->keys[i]->text, node->keys[k]->text))
                    abort();
            }
            n += walk(node->keys[i], depth + 1);
        }
        n += walk(node->items[i], depth + 1);
    }
    return n;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dr_err err = { "" };
    yaml_file file;
    dr_arena *arena = dr_arena_create("fuzz", 0);
    if (!arena)
        return 0;
    dr_status status = yaml_load(arena, DR_STR("f"), (dr_str){ (const char *)data, size }, &file, &err);
    size_t nodes = 0;
    for (size_t i = 0; status == DR_OK && i < file.n; i++)
        nodes += walk(file.documents[i], 1);
    if (nodes > 2 * (size_t)DR_YAML_MAX_NODES + 2)
        abort();
    if (status == DR_DATA && (err.text[0] != 'f' || err.text[1] != ':'))
        abort();
    dr_arena_destroy(arena);
    return 0;
}
