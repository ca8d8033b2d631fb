/* Path normalising: two paths, parted by a line end. Keys are in normal form, equal for equal paths and
 * within their bound; sameness is symmetric, holds for a path and itself, and does not depend on case,
 * on the kind of slash or on how many there are. */
#include "base/utf.h"
#include "fact/path.h"

#include <stdint.h>
#include <stdlib.h>

static void check_key(dr_str path, dr_str key)
{
    if (key.n > 3 * path.n + 64)
        abort();
    for (size_t i = 0; i < key.n; i++) {
        char c = key.p[i];
        if (c == '/' || c == '"' || (c >= 'a' && c <= 'z'))
            abort();
        if (i > 1 && c == '\\' && key.p[i - 1] == '\\')
            abort(); /* only the two of \\server stand together */
    }
    for (size_t at = 0; at < key.n;) {
        size_t before = at;
        uint32_t c = dr_wtf8_next(key, &at);
        if (at <= before || dr_fold_code(c) != c)
            abort();
    }
}

/* Behind the root, where no prefix is told by it: lower case and slashes of the other kind are the same path. */
static dr_str other_spelling(dr_arena *arena, dr_str path)
{
    char *p = dr_arena_bytes(arena, path.n);
    for (size_t i = 0; p && i < path.n; i++) {
        char c = path.p[i];
        p[i] = c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c == '\\' ? '/' : c;
    }
    return p ? (dr_str){ p, path.n } : path;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dr_str rest = { (const char *)data, size }, a = DR_STR_NONE, b = DR_STR_NONE;
    dr_arena *arena = dr_arena_create("fuzz", 0);
    if (!arena)
        return 0;
    if (dr_str_split(&rest, '\n', &a))
        b = rest;
    dr_str key_a = path_key(arena, a), key_b = path_key(arena, b), again = path_key(arena, a);
    check_key(a, key_a);
    check_key(b, key_b);
    if (!dr_str_eq(key_a, again))
        abort();
    if (path_same(a, b) != path_same(b, a))
        abort();
    if (!path_same(a, a) || !path_same(b, b))
        abort();
    char drive = path_drive(a);
    if (drive && (drive < 'A' || drive > 'Z'))
        abort();
    /* Paths with a drive letter have a root: they are the same exactly when their keys and letters are. */
    if (drive && path_drive(b) && path_same(a, b) != (drive == path_drive(b) && dr_str_eq(key_a, key_b)))
        abort();
    dr_str spelled = other_spelling(arena, a);
    if (!path_same(a, spelled) || !dr_str_eq(path_key(arena, spelled), key_a))
        abort();
    /* Names of accounts. */
    dr_str bare = name_without_domain(a);
    if (bare.n > a.n || name_domain(a).n > a.n || !name_same(a, a) || name_same(a, b) != name_same(b, a))
        abort();
    dr_arena_destroy(arena);
    return 0;
}
