/* Values of records and their transforms, paths and names: whatever the text, they end, what they give
 * is readable, and comparing is symmetric. The input is two texts, parted by a line end. */
#include "base/utf.h"
#include "fact/path.h"
#include "fact/value.h"

#include <stdint.h>
#include <stdlib.h>

/* Reads every byte: a view that leads outside is seen by the sanitizer. */
static unsigned touch(dr_str s)
{
    unsigned sum = 0;
    for (size_t i = 0; i < s.n; i++)
        sum += (unsigned char)s.p[i];
    return sum;
}

static void transforms(dr_arena *arena, dr_str in)
{
    bool (*const all[])(dr_arena *, dr_str, dr_str *) = {
        value_hex_utf16, value_hex_ascii, value_hex_le,    value_hex_systemtime, value_hex,
        value_filetime,  value_time,      value_sid_bytes, value_unescape,       value_registry_key,
    };
    dr_str out;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        out = DR_STR_NONE;
        if (all[i](arena, in, &out))
            (void)touch(out);
    }
    out = DR_STR_NONE;
    if (value_unquote(in, &out))
        (void)touch(out);
    if (value_xml(arena, in, DR_STR("Command"), &out))
        (void)touch(out);
    for (int type = FACT_TEXT; type <= FACT_TIME; type++) {
        dr_str again;
        if (!fact_canonical(arena, (fact_type)type, in, &out))
            continue;
        (void)touch(out);
        /* What is canonical stays so (a name may lose a domain at each turn). */
        if (type != FACT_NAME && (!fact_canonical(arena, (fact_type)type, out, &again) || !dr_str_eq(out, again)))
            abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    dr_str in = { (const char *)data, size };
    size_t line = dr_str_find_char(in, '\n');
    dr_str a = dr_str_sub(in, 0, line == SIZE_MAX ? size : line), b = line == SIZE_MAX ? a : dr_str_from(in, line + 1);
    dr_arena *arena = dr_arena_create("fuzz", 0);
    if (!arena)
        return 0;
    transforms(arena, a);
    transforms(arena, b);
    (void)touch(path_key(arena, a));
    if (path_same(a, b) != path_same(b, a) || !path_same(a, a))
        abort();
    if (name_same(a, b) != name_same(b, a))
        abort();
    (void)touch(name_domain(a));
    (void)path_drive(a);
    dr_arena_destroy(arena);
    return 0;
}
