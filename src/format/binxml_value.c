#include "format/binxml_value.h"

#include "base/dr_time.h"
#include "base/le.h"
#include "base/put.h"

#include <stdio.h>
#include <stdlib.h>

static size_t fixed_width(uint8_t type)
{
    switch (type) {
    case BINXML_I8:
    case BINXML_U8:
        return 1;
    case BINXML_I16:
    case BINXML_U16:
        return 2;
    case BINXML_I32:
    case BINXML_U32:
    case BINXML_FLOAT:
    case BINXML_BOOL:
    case BINXML_HEX32:
        return 4;
    case BINXML_I64:
    case BINXML_U64:
    case BINXML_DOUBLE:
    case BINXML_FILETIME:
    case BINXML_HEX64:
        return 8;
    case BINXML_GUID:
    case BINXML_SYSTEMTIME:
        return 16;
    default:
        return 0;
    }
}

static uint64_t number(dr_bytes b)
{
    switch (b.n) {
    case 1:
        return dr_le8(b, 0);
    case 2:
        return dr_le16(b, 0);
    case 4:
        return dr_le32(b, 0);
    default:
        return dr_le64(b, 0);
    }
}

static int64_t signed_number(dr_bytes b)
{
    switch (b.n) {
    case 1:
        return (int8_t)dr_le8(b, 0);
    case 2:
        return (int16_t)dr_le16(b, 0);
    case 4:
        return (int32_t)dr_le32(b, 0);
    default:
        return (int64_t)dr_le64(b, 0);
    }
}

/* A string value without the NUL at its end, of which there is one or none. An odd byte at the end
 * belongs to no unit. */
static dr_wstr string_units(dr_bytes b)
{
    dr_wstr s = { b.p, b.n / 2 };
    if (s.units && dr_wstr_unit(s, s.units - 1) == 0)
        s.units--;
    return s;
}

static char *put_string(char *out, dr_wstr s, binxml_style style)
{
    switch (style) {
    case BINXML_JSON:
        return dr_put_utf16_json(out, s, 0);
    case BINXML_XML:
        return dr_put_utf16_xml(out, s, 0);
    case BINXML_PLAIN:
        break;
    }
    return dr_put_utf16(out, s, 0);
}

/* The system's code page is not in the log: Windows-1252, whose undefined bytes stay C1 controls. */
static char *put_ansi(char *out, dr_bytes b, binxml_style style)
{
    static const uint16_t high[32] = { 0x20ac, 0x81,   0x201a, 0x0192, 0x201e, 0x2026, 0x2020,
                                       0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8d,
                                       0x017d, 0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d,
                                       0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a,
                                       0x0153, 0x9d,   0x017e, 0x0178 };
    size_t n = b.n && b.p[b.n - 1] == 0 ? b.n - 1 : b.n;
    for (size_t i = 0; i < n; i++) {
        uint16_t code = b.p[i];
        if (code >= 0x80 && code < 0xa0)
            code = high[code - 0x80];
        uint8_t unit[2] = { (uint8_t)code, (uint8_t)(code >> 8) };
        out = put_string(out, (dr_wstr){ unit, 1 }, style);
    }
    return out;
}

/* Shortest decimal that reads back as the same number. */
static char *put_double(char *out, double v, bool single)
{
    char text[40];
    int n = 0;
    for (int digits = single ? 6 : 15; digits <= (single ? 9 : 17); digits++) {
        n = snprintf(text, sizeof text, "%.*g", digits, v);
        double back = strtod(text, NULL);
        if (single ? (float)back == (float)v : back == v) /* NaN never is: all digits are tried */
            break;
    }
    size_t length = n > 0 && (size_t)n < sizeof text ? (size_t)n : 0;
    memcpy(out, text, length); /* bounded: at most 40 of the 192 that every value has */
    return out + length;
}

static char *put_float(char *out, uint8_t type, dr_bytes b)
{
    if (type == BINXML_FLOAT) {
        uint32_t bits = dr_le32(b, 0);
        float v;
        memcpy(&v, &bits, sizeof v); /* bounded: 4 bytes each */
        return put_double(out, (double)v, true);
    }
    uint64_t bits = dr_le64(b, 0);
    double v;
    memcpy(&v, &bits, sizeof v); /* bounded: 8 bytes each */
    return put_double(out, v, false);
}

static char *put_text(char *out, const char *z, size_t n)
{
    for (size_t i = 0; i < n; i++)
        out[i] = z[i];
    return out + n;
}

static char *put_two(char *out, unsigned v)
{
    out[0] = (char)('0' + v / 10 % 10);
    out[1] = (char)('0' + v % 10);
    return out + 2;
}

/* Field by field as stored, so that an impossible date still shows what is there. */
static char *put_systemtime(char *out, dr_bytes b)
{
    unsigned year = dr_le16(b, 0), ms = dr_le16(b, 14);
    out = put_two(out, year / 100);
    out = put_two(out, year);
    *out++ = '-';
    out = put_two(out, dr_le16(b, 2));
    *out++ = '-';
    out = put_two(out, dr_le16(b, 6)); /* 4 is the day of the week */
    *out++ = 'T';
    out = put_two(out, dr_le16(b, 8));
    *out++ = ':';
    out = put_two(out, dr_le16(b, 10));
    *out++ = ':';
    out = put_two(out, dr_le16(b, 12));
    *out++ = '.';
    *out++ = (char)('0' + ms / 100 % 10);
    out = put_two(out, ms);
    *out++ = 'Z';
    return out;
}

static char *put_0x(char *out, uint64_t v)
{
    *out++ = '0';
    *out++ = 'x';
    return dr_put_hex(out, v);
}

char *binxml_value_put(char *out, uint8_t type, dr_bytes b, binxml_style style, bool *odd)
{
    size_t width = fixed_width(type);
    if (width && b.n != width) {
        if (b.n == 0)
            return out;
        if (!(type == BINXML_BOOL && (b.n == 1 || b.n == 8))) {
            *odd = true;
            return dr_put_hex_bytes(out, b);
        }
    }
    switch (type) {
    case BINXML_NULL:
        return out;
    case BINXML_STRING:
        return put_string(out, string_units(b), style);
    case BINXML_ANSI:
        return put_ansi(out, b, style);
    case BINXML_I8:
    case BINXML_I16:
    case BINXML_I32:
    case BINXML_I64:
        return dr_put_i64(out, signed_number(b));
    case BINXML_U8:
    case BINXML_U16:
    case BINXML_U32:
    case BINXML_U64:
        return dr_put_u64(out, number(b));
    case BINXML_FLOAT:
    case BINXML_DOUBLE:
        return put_float(out, type, b);
    case BINXML_BOOL: /* any bit set is true: other values than 0 and 1 occur */
        return number(b) ? put_text(out, "true", 4) : put_text(out, "false", 5);
    case BINXML_BINARY:
        return dr_put_hex_bytes(out, b);
    case BINXML_GUID:
        return style == BINXML_PLAIN ? dr_put_guid(out, b.p) : dr_put_guid_braced(out, b.p);
    case BINXML_FILETIME:
        return dr_put_filetime(out, dr_le64(b, 0));
    case BINXML_SYSTEMTIME:
        return put_systemtime(out, b);
    case BINXML_HEX32:
    case BINXML_HEX64:
        return put_0x(out, number(b));
    case BINXML_SIZE:
        if (b.n == 4 || b.n == 8)
            return put_0x(out, number(b));
        break;
    case BINXML_SID: {
        char *end = dr_put_sid(out, b);
        if (end)
            return end;
        break;
    }
    default:
        break;
    }
    *odd |= b.n != 0;
    return dr_put_hex_bytes(out, b);
}

dr_str binxml_value_text(dr_arena *arena, uint8_t type, dr_bytes bytes)
{
    bool odd = false;
    size_t room = type == BINXML_STRING ? bytes.n * 2 + 4 : binxml_value_room(bytes.n);
    char *p = dr_arena_bytes(arena, room);
    if (!p)
        return DR_STR_NONE;
    return (dr_str){ p, (size_t)(binxml_value_put(p, type, bytes, BINXML_PLAIN, &odd) - p) };
}

bool binxml_value_bare(uint8_t type, dr_bytes b)
{
    switch (type) {
    case BINXML_I8:
    case BINXML_U8:
    case BINXML_I16:
    case BINXML_U16:
    case BINXML_I32:
    case BINXML_U32:
        return b.n == fixed_width(type);
    case BINXML_BOOL:
        return b.n == 4 || b.n == 1 || b.n == 8;
    case BINXML_U64:
        return b.n == 8 && dr_le64(b, 0) < BINXML_JSON_EXACT;
    case BINXML_I64: {
        int64_t v = (int64_t)dr_le64(b, 0);
        return b.n == 8 && v < (int64_t)BINXML_JSON_EXACT && v > -(int64_t)BINXML_JSON_EXACT;
    }
    default:
        return false;
    }
}

bool binxml_value_empty(const binxml_value *v, dr_bytes chunk)
{
    if (v->type == BINXML_NULL || v->size == 0)
        return true;
    if (v->type == BINXML_STRING)
        return string_units(binxml_value_bytes(chunk, v)).units == 0;
    return v->type == BINXML_ANSI && v->size == 1 && dr_le8(chunk, v->off) == 0;
}

bool binxml_value_u64(uint8_t type, dr_bytes b, uint64_t *out)
{
    switch (type) {
    case BINXML_U8:
    case BINXML_U16:
    case BINXML_U32:
    case BINXML_U64:
    case BINXML_HEX32:
    case BINXML_HEX64:
    case BINXML_SIZE:
    case BINXML_FILETIME:
        if (b.n != 1 && b.n != 2 && b.n != 4 && b.n != 8)
            return false;
        *out = number(b);
        return true;
    case BINXML_I8:
    case BINXML_I16:
    case BINXML_I32:
    case BINXML_I64:
        if (b.n != 1 && b.n != 2 && b.n != 4 && b.n != 8)
            return false;
        *out = (uint64_t)signed_number(b);
        return true;
    case BINXML_STRING: {
        char text[4 * 24];
        dr_wstr s = string_units(b);
        if (s.units > 24)
            return false;
        return dr_str_to_u64((dr_str){ text, (size_t)(dr_put_utf16(text, s, 0) - text) }, out);
    }
    default:
        return false;
    }
}

int64_t binxml_value_time(uint8_t type, dr_bytes b)
{
    if (type == BINXML_FILETIME && b.n == 8)
        return dr_time_clean((int64_t)dr_le64(b, 0));
    if (type == BINXML_SYSTEMTIME && b.n == 16)
        return dr_time_from_systemtime(b.p);
    if (type == BINXML_STRING) {
        char text[4 * 40];
        int64_t ticks;
        dr_wstr s = string_units(b);
        if (s.units <= 40 &&
            dr_time_parse((dr_str){ text, (size_t)(dr_put_utf16(text, s, 0) - text) }, &ticks))
            return ticks;
    }
    return DR_NO_TIME;
}

bool binxml_array_next(const binxml_value *array, dr_bytes chunk, size_t *pos, binxml_value *item)
{
    uint8_t type = array->type & (uint8_t)~BINXML_ARRAY;
    dr_bytes b = binxml_value_bytes(chunk, array);
    size_t from = *pos, n = 0;
    if (from >= b.n)
        return false;
    if (type == BINXML_STRING) {
        while (b.n - from - n >= 2 && dr_le16_in(b, from + n))
            n += 2;
        *pos = from + n + 2; /* its NUL; the last may lack it */
        if (b.n - from - n < 2) {
            n = b.n - from;
            *pos = b.n;
        }
    } else if (type == BINXML_ANSI) {
        while (from + n < b.n && b.p[from + n])
            n++;
        *pos = from + n + 1;
    } else {
        n = fixed_width(type);
        if (type == BINXML_SID)
            n = 8 + 4 * (size_t)dr_le8(b, from + 1);
        else if (type == BINXML_SIZE)
            n = 8;
        if (n == 0 || n > b.n - from) { /* not defined, or cut off: the rest as it is */
            n = b.n - from;
            type = BINXML_BINARY;
        }
        *pos = from + n;
    }
    *item = (binxml_value){ .off = array->off + (uint32_t)from, .size = (uint16_t)n, .type = type };
    return true;
}
