#include "fact/value.h"

#include "base/dr_time.h"
#include "base/utf.h"
#include "fact/path.h"

#include <inttypes.h>

#define HEX_MAX_BYTES (1u << 20)
#define SID_MAX_BYTES 68 /* revision, count, authority and 15 sub-authorities */

/* What Windows writes where it has no value. */
static const char *const nulls[] = {
    "-", "?", "(NULL)", "(null)", "N/A", "%%1793", "NULL SID", "<NULL>", NULL,
};

bool fact_is_null(dr_str text)
{
    text = dr_str_trim(text);
    if (!text.n)
        return true;
    for (size_t i = 0; nulls[i]; i++) {
        if (dr_str_is(text, nulls[i]))
            return true;
    }
    return false;
}

bool fact_number(dr_str text, int64_t *out)
{
    uint64_t big;
    text = dr_str_trim(text);
    if (dr_str_starts(text, DR_STR("%%")))
        text = dr_str_from(text, 2);
    if (dr_str_to_i64(text, out))
        return true;
    if (!dr_str_to_u64(text, &big))
        return false;
    *out = (int64_t)big;
    return true;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* Bytes of hexadecimal text; white space between bytes is passed over. NULL when it is no such text. */
static uint8_t *hex_bytes(dr_arena *arena, dr_str hex, size_t *n)
{
    uint8_t *out = NULL;
    *n = 0;
    hex = dr_str_trim(hex);
    if (!hex.n || hex.n > 2 * HEX_MAX_BYTES)
        return NULL;
    out = (uint8_t *)dr_arena_bytes(arena, hex.n / 2 + 1);
    int high = -1;
    for (size_t i = 0; out && i < hex.n; i++) {
        if (high < 0 && (hex.p[i] == ' ' || hex.p[i] == '-'))
            continue;
        int digit = hex_digit(hex.p[i]);
        if (digit < 0)
            return NULL;
        if (high < 0) {
            high = digit;
        } else {
            out[(*n)++] = (uint8_t)(high << 4 | digit);
            high = -1;
        }
    }
    return high < 0 ? out : NULL;
}

bool value_hex_utf16(dr_arena *arena, dr_str hex, dr_str *out)
{
    size_t n;
    const uint8_t *bytes = hex_bytes(arena, hex, &n);
    if (!bytes)
        return false;
    *out = dr_utf16_str(arena, dr_wstr_cut((dr_wstr){ bytes, n / 2 }));
    return true;
}

bool value_hex_ascii(dr_arena *arena, dr_str hex, dr_str *out)
{
    size_t n, length = 0;
    const uint8_t *bytes = hex_bytes(arena, hex, &n);
    if (!bytes)
        return false;
    while (length < n && bytes[length])
        length++;
    *out = dr_cp1252_str(arena, bytes, length);
    return true;
}

bool value_hex_le(dr_arena *arena, dr_str hex, dr_str *out)
{
    size_t n;
    uint64_t value = 0;
    const uint8_t *bytes = hex_bytes(arena, hex, &n);
    if (!bytes || n == 0 || n > 8)
        return false;
    for (size_t i = n; i > 0; i--)
        value = value << 8 | bytes[i - 1];
    *out = dr_arena_printf(arena, "%" PRIu64, value);
    return true;
}

static bool ticks_out(dr_arena *arena, int64_t ticks, dr_str *out)
{
    if (!dr_time_is(ticks))
        return false;
    *out = dr_arena_printf(arena, "%" PRId64, ticks);
    return true;
}

bool value_hex_systemtime(dr_arena *arena, dr_str hex, dr_str *out)
{
    size_t n;
    const uint8_t *bytes = hex_bytes(arena, hex, &n);
    return bytes && n >= 16 && ticks_out(arena, dr_time_from_systemtime(bytes), out);
}

bool value_hex(dr_arena *arena, dr_str hex, dr_str *out)
{
    uint64_t value;
    if (!dr_str_hex_to_u64(dr_str_trim(hex), &value))
        return false;
    *out = dr_arena_printf(arena, "%" PRIu64, value);
    return true;
}

bool value_filetime(dr_arena *arena, dr_str text, dr_str *out)
{
    uint64_t value;
    text = dr_str_trim(text);
    /* A FILETIME in bare hexadecimal has 15 or 16 digits; in decimal it has 18. */
    bool bare_hex = text.n <= 16 && !dr_str_starts_fold(text, DR_STR("0x"));
    if (!(bare_hex ? dr_str_hex_to_u64(text, &value) : dr_str_to_u64(text, &value)) || value > INT64_MAX)
        return false;
    return ticks_out(arena, dr_time_clean((int64_t)value), out);
}

bool value_time(dr_arena *arena, dr_str text, dr_str *out)
{
    int64_t ticks;
    return dr_time_parse(dr_str_trim(text), &ticks) && ticks_out(arena, ticks, out);
}

bool value_sid_bytes(dr_arena *arena, dr_str text, dr_str *out)
{
    uint8_t bytes[SID_MAX_BYTES];
    size_t n = 0;
    text = dr_str_trim(text);
    if (dr_str_find_char(text, ',') != SIZE_MAX) {
        dr_str part;
        while (text.n && (text.p[0] == '{' || text.p[0] == ' '))
            text = dr_str_from(text, 1);
        while (text.n && (text.p[text.n - 1] == '}' || text.p[text.n - 1] == ' ' || text.p[text.n - 1] == ';'))
            text.n--;
        while (dr_str_split(&text, ',', &part)) {
            uint64_t byte;
            if (n >= sizeof bytes || !dr_str_to_u64(dr_str_trim(part), &byte) || byte > 255)
                return false;
            bytes[n++] = (uint8_t)byte;
        }
    } else {
        size_t count;
        const uint8_t *from = hex_bytes(arena, text, &count);
        if (!from || count > sizeof bytes)
            return false;
        memcpy(bytes, from, count);
        n = count;
    }
    if (n < 8 || bytes[0] != 1 || bytes[1] > 15 || n < 8 + 4u * bytes[1])
        return false;
    uint64_t authority = 0;
    for (size_t i = 2; i < 8; i++)
        authority = authority << 8 | bytes[i];
    *out = dr_arena_printf(arena, "S-1-%" PRIu64, authority);
    for (size_t i = 0; i < bytes[1]; i++) {
        const uint8_t *p = bytes + 8 + 4 * i;
        uint32_t sub = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        *out = dr_arena_printf(arena, "%.*s-%" PRIu32, DR_STR_ARG(*out), sub);
    }
    return true;
}

bool value_unescape(dr_arena *arena, dr_str text, dr_str *out)
{
    char *p = dr_arena_bytes(arena, text.n + 1);
    size_t n = 0;
    if (!p)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\\' && i + 1 < text.n && (text.p[i + 1] == '\\' || text.p[i + 1] == '"'))
            i++;
        p[n++] = text.p[i];
    }
    *out = (dr_str){ p, n };
    return true;
}

bool value_unquote(dr_str text, dr_str *out)
{
    text = dr_str_trim(text);
    if (text.n >= 2 && text.p[0] == '"' && text.p[text.n - 1] == '"')
        text = dr_str_sub(text, 1, text.n - 2);
    *out = text;
    return true;
}

bool value_registry_key(dr_arena *arena, dr_str text, dr_str *out)
{
    static const struct {
        const char *from, *to;
    } hives[] = {
        { "\\REGISTRY\\MACHINE", "HKLM" },    { "\\REGISTRY\\USER", "HKU" },   { "HKEY_LOCAL_MACHINE", "HKLM" },
        { "HKEY_USERS", "HKU" },              { "HKEY_CURRENT_USER", "HKCU" }, { "HKEY_CLASSES_ROOT", "HKCR" },
        { "HKEY_CURRENT_CONFIG", "HKCC" },
    };
    text = dr_str_trim(text);
    *out = text;
    for (size_t i = 0; i < sizeof hives / sizeof hives[0]; i++) {
        size_t n = strlen(hives[i].from);
        if (dr_str_starts_fold(text, dr_str_of(hives[i].from)) && (text.n == n || text.p[n] == '\\')) {
            *out = dr_arena_concat(arena, dr_str_of(hives[i].to), dr_str_from(text, n));
            break;
        }
    }
    return true;
}

static size_t put_entity(dr_str name, char out[4])
{
    static const struct {
        const char *name;
        char c;
    } entities[] = { { "lt", '<' }, { "gt", '>' }, { "amp", '&' }, { "quot", '"' }, { "apos", '\'' } };
    uint64_t code;
    for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++) {
        if (dr_str_is(name, entities[i].name)) {
            out[0] = entities[i].c;
            return 1;
        }
    }
    if (name.n < 2 || name.p[0] != '#')
        return 0;
    bool hex = name.p[1] == 'x' || name.p[1] == 'X';
    if (!(hex ? dr_str_hex_to_u64(dr_str_from(name, 2), &code) : dr_str_to_u64(dr_str_from(name, 1), &code)) || code > 0x10ffff)
        return 0;
    return dr_wtf8_put((uint32_t)code, out);
}

static bool xml_text(dr_arena *arena, dr_str text, dr_str *out)
{
    char *p = dr_arena_bytes(arena, text.n + 1);
    size_t n = 0;
    if (!p)
        return false;
    for (size_t i = 0; i < text.n;) {
        size_t end = text.p[i] == '&' ? dr_str_find_char(dr_str_sub(text, i, 12), ';') : SIZE_MAX;
        char put[4];
        size_t length = end != SIZE_MAX ? put_entity(dr_str_sub(text, i + 1, end - 1), put) : 0;
        if (length) { /* an entity is never shorter than what it stands for */
            memcpy(p + n, put, length);
            n += length;
            i += end + 1;
        } else {
            p[n++] = text.p[i++];
        }
    }
    *out = (dr_str){ p, n };
    return true;
}

bool value_xml(dr_arena *arena, dr_str xml, dr_str element, dr_str *out)
{
    for (size_t at = 0; at < xml.n;) {
        size_t found = dr_str_find(dr_str_from(xml, at), element);
        if (found == SIZE_MAX)
            return false;
        size_t start = at + found, after = start + element.n;
        at = after;
        if (start == 0 || after >= xml.n || (xml.p[start - 1] != '<' && xml.p[start - 1] != ':'))
            continue;
        char c = xml.p[after];
        if (c != '>' && c != ' ' && c != '\t' && c != '\n' && c != '\r')
            continue;
        size_t close = dr_str_find_char(dr_str_from(xml, after), '>');
        if (close == SIZE_MAX || (close && xml.p[after + close - 1] == '/'))
            continue;
        dr_str inner = dr_str_from(xml, after + close + 1);
        size_t end = dr_str_find_char(inner, '<');
        return end != SIZE_MAX && xml_text(arena, dr_str_sub(inner, 0, end), out);
    }
    return false;
}

/* --- canonical forms --------------------------------------------------------------------------- */

static bool canonical_sid(dr_arena *arena, dr_str text, dr_str *out)
{
    if (dr_str_starts(text, DR_STR("%{")) && text.p[text.n - 1] == '}')
        text = dr_str_sub(text, 2, text.n - 3);
    if (!dr_str_starts_fold(text, DR_STR("S-1-")) || dr_str_eq_fold(text, DR_STR("S-1-0-0")))
        return false;
    for (size_t i = 4; i < text.n; i++) {
        if (text.p[i] != '-' && (text.p[i] < '0' || text.p[i] > '9'))
            return false;
    }
    *out = text.p[0] == 'S' ? text : dr_arena_fold(arena, text);
    return true;
}

static bool canonical_guid(dr_arena *arena, dr_str text, dr_str *out)
{
    bool zero = true, upper = true;
    if (text.n == 38 && text.p[0] == '{' && text.p[37] == '}')
        text = dr_str_sub(text, 1, 36);
    if (text.n != 36)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        bool dash = i == 8 || i == 13 || i == 18 || i == 23;
        if (dash ? text.p[i] != '-' : hex_digit(text.p[i]) < 0)
            return false;
        zero = zero && (dash || text.p[i] == '0');
        upper = upper && !(text.p[i] >= 'a' && text.p[i] <= 'f');
    }
    *out = upper ? text : dr_arena_fold(arena, text);
    return !zero;
}

static bool canonical_hash(dr_arena *arena, dr_str text, dr_str *out)
{
    bool zero = true;
    char *p = text.n <= 256 ? dr_arena_bytes(arena, text.n + 1) : NULL;
    if (!p)
        return false;
    for (size_t i = 0; i < text.n; i++) {
        if (hex_digit(text.p[i]) < 0)
            return false;
        zero = zero && text.p[i] == '0';
        p[i] = text.p[i] >= 'A' && text.p[i] <= 'F' ? (char)(text.p[i] + 32) : text.p[i];
    }
    *out = (dr_str){ p, text.n };
    return !zero;
}

bool fact_canonical(dr_arena *arena, fact_type type, dr_str text, dr_str *out)
{
    int64_t number;
    if (fact_is_null(text))
        return false;
    *out = text;
    dr_str trimmed = dr_str_trim(text);
    switch (type) {
    case FACT_TEXT:
    case FACT_URL: return true;
    case FACT_PATH: *out = trimmed; return true;
    case FACT_NAME: *out = name_without_domain(trimmed); return !fact_is_null(*out);
    case FACT_SID: return canonical_sid(arena, trimmed, out);
    case FACT_GUID: return canonical_guid(arena, trimmed, out);
    case FACT_HASH: return canonical_hash(arena, trimmed, out);
    case FACT_LOGON:
        if (!fact_number(trimmed, &number) || number == 0)
            return false;
        *out = dr_arena_printf(arena, "0x%" PRIx64, (uint64_t)number);
        return true;
    case FACT_PID:
        if (!fact_number(trimmed, &number) || number < 0)
            return false;
        *out = dr_arena_printf(arena, "%" PRId64, number);
        return true;
    case FACT_NUMBER:
        if (!fact_number(trimmed, &number))
            return false;
        *out = dr_arena_printf(arena, "%" PRId64, number);
        return true;
    case FACT_STATUS: {
        if (!fact_number(trimmed, &number))
            return false;
        uint64_t bits = (uint64_t)number;
        if (number < 0 && number >= INT32_MIN) /* a status as a signed number */
            bits &= 0xffffffffu;
        *out = dr_arena_printf(arena, "0x%" PRIx64, bits);
        return true;
    }
    case FACT_TIME:
        if (dr_str_to_i64(trimmed, &number))
            return ticks_out(arena, dr_time_clean(number), out);
        return value_time(arena, trimmed, out);
    }
    return true;
}
