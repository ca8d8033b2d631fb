#include "io/path.h"

#include "base/buf.h"
#include "base/utf.h"

bool path_clean(dr_str name, dr_arena *arena, dr_str *out)
{
    if (!dr_wtf8_valid(name))
        name = dr_cp1252_str(arena, (const uint8_t *)name.p, name.n);
    char *text = dr_arena_bytes(arena, name.n + 1);
    *out = DR_STR_NONE;
    if (!text)
        return true; /* the arena says so */
    for (size_t i = 0; i < name.n; i++)
        text[i] = name.p[i] == '\\' ? '/' : name.p[i];
    text[name.n] = '\0';
    dr_str rest = { text, name.n }, part;
    size_t n = 0;
    bool inside = true;
    while (dr_str_split(&rest, '/', &part)) {
        if (part.n == 0 || dr_str_is(part, "."))
            continue;
        if (dr_str_is(part, ".."))
            inside = false;
    }
    if (!inside) {
        *out = (dr_str){ text, name.n };
        return false;
    }
    rest = (dr_str){ text, name.n };
    while (dr_str_split(&rest, '/', &part)) {
        if (part.n == 0 || dr_str_is(part, "."))
            continue;
        if (n)
            text[n++] = '/';
        memmove(text + n, part.p, part.n); /* parts only move towards the front */
        n += part.n;
    }
    *out = (dr_str){ text, n };
    return true;
}

dr_str path_folder(dr_str path)
{
    size_t at = dr_str_rfind_char(path, '/');
    return at == SIZE_MAX ? DR_STR_NONE : dr_str_sub(path, 0, at);
}

dr_str path_name(dr_str path)
{
    size_t at = dr_str_rfind_char(path, '/');
    return at == SIZE_MAX ? path : dr_str_from(path, at + 1);
}

dr_str path_join(dr_str folder, dr_str name, dr_arena *arena)
{
    if (folder.n == 0)
        return name;
    return dr_arena_printf(arena, "%.*s%s%.*s", DR_STR_ARG(folder), folder.p[folder.n - 1] == '/' ? "" : "/",
                           DR_STR_ARG(name));
}

dr_str path_without_packing(dr_str path)
{
    static const char *const endings[] = { ".xz", ".gz", ".zst", ".bz2", ".lzma" };
    for (size_t i = 0; i < sizeof endings / sizeof *endings; i++) {
        dr_str ending = dr_str_of(endings[i]);
        if (path.n > ending.n && dr_str_ends_fold(path, ending))
            return dr_str_sub(path, 0, path.n - ending.n);
    }
    return path;
}

static int hex_digit(char c)
{
    return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_letter(char c)
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

/* "C%3A", or a device path in one part. */
static bool is_encoded_drive(dr_str part)
{
    if (part.n == 4 && is_letter(part.p[0]) && dr_str_eq_fold(dr_str_from(part, 1), DR_STR("%3A")))
        return true;
    return dr_str_starts_fold(part, DR_STR("%5C%5C.%5C")) || dr_str_starts_fold(part, DR_STR("%5C%5C%3F%5C"));
}

static dr_str decode_part(dr_str part, bool drive, dr_arena *arena)
{
    char *text = dr_arena_bytes(arena, part.n + 1);
    size_t n = 0;
    if (!text)
        return DR_STR_NONE;
    for (size_t i = 0; i < part.n; i++) {
        if (part.p[i] == '%' && part.n - i > 2 && hex_digit(part.p[i + 1]) >= 0 && hex_digit(part.p[i + 2]) >= 0) {
            text[n++] = (char)(hex_digit(part.p[i + 1]) << 4 | hex_digit(part.p[i + 2]));
            i += 2;
        } else {
            text[n++] = part.p[i];
        }
    }
    dr_str decoded = { text, n };
    if (drive) {
        if (dr_str_starts(decoded, DR_STR("\\\\.\\")) || dr_str_starts(decoded, DR_STR("\\\\?\\")))
            decoded = dr_str_from(decoded, 4);
        if (decoded.n && decoded.p[decoded.n - 1] == ':')
            decoded.n--;
    }
    for (size_t i = 0; i < n; i++) { /* one part stays one part */
        if (text[i] == '/')
            text[i] = '\\';
    }
    return decoded;
}

dr_str path_decoded(dr_str path, dr_arena *arena)
{
    dr_str rest = path, part;
    bool any = false;
    while (dr_str_split(&rest, '/', &part))
        any = any || is_encoded_drive(part);
    if (!any)
        return path;
    dr_buf out = { 0 };
    bool inside = false;
    rest = path;
    while (dr_str_split(&rest, '/', &part)) {
        bool drive = !inside && is_encoded_drive(part);
        inside = inside || drive;
        if (out.n)
            dr_buf_char(&out, '/');
        dr_buf_str_add(&out, inside ? decode_part(part, drive, arena) : part);
    }
    dr_str text = out.failed ? path : dr_arena_str(arena, dr_buf_str(&out));
    dr_buf_free(&out);
    return text;
}
