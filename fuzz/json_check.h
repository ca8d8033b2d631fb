/* Is this one JSON value, and nothing else? Strings must be UTF-8 without control characters. */
#ifndef DR_FUZZ_JSON_CHECK_H
#define DR_FUZZ_JSON_CHECK_H

#include "base/str.h"

typedef struct json_check {
    dr_str s;
    size_t at;
    bool bad;
} json_check;

static inline unsigned char jc_peek(const json_check *j)
{
    return j->at < j->s.n ? (unsigned char)j->s.p[j->at] : 0;
}

static inline void jc_need(json_check *j, char c)
{
    if (jc_peek(j) != (unsigned char)c)
        j->bad = true;
    j->at++;
}

/* One sequence of UTF-8; surrogates do not exist in it. */
static inline void jc_utf8(json_check *j)
{
    unsigned char c = jc_peek(j);
    size_t more = c < 0x80                ? 0
                  : c >= 0xc2 && c < 0xe0 ? 1
                  : c >= 0xe0 && c < 0xf0 ? 2
                  : c >= 0xf0 && c < 0xf5 ? 3
                                          : 9;
    if (more == 9 || c < 0x20) {
        j->bad = true;
        return;
    }
    unsigned code = more ? c & (0x3fu >> more) : c;
    j->at++;
    for (; more; more--, j->at++) {
        if ((jc_peek(j) & 0xc0) != 0x80)
            j->bad = true;
        code = code << 6 | (jc_peek(j) & 0x3fu);
    }
    if (code >= 0xd800 && code < 0xe000)
        j->bad = true;
}

static inline void jc_string(json_check *j)
{
    jc_need(j, '"');
    while (!j->bad && j->at < j->s.n && jc_peek(j) != '"') {
        if (jc_peek(j) != '\\') {
            jc_utf8(j);
            continue;
        }
        j->at++;
        if (jc_peek(j) == 'u') {
            for (int i = 0; i < 4; i++) {
                j->at++;
                if (!strchr("0123456789abcdef", jc_peek(j)) || !jc_peek(j))
                    j->bad = true;
            }
        } else if (!jc_peek(j) || !strchr("\"\\nrt", jc_peek(j))) {
            j->bad = true;
        }
        j->at++;
    }
    jc_need(j, '"');
}

static inline void jc_value(json_check *j, unsigned depth)
{
    unsigned char c = jc_peek(j);
    if (j->bad || depth > 2000) {
        j->bad = true;
    } else if (c == '{' || c == '[') {
        char end = c == '{' ? '}' : ']';
        j->at++;
        while (!j->bad && jc_peek(j) != (unsigned char)end) {
            if (c == '{') {
                jc_string(j);
                jc_need(j, ':');
            }
            jc_value(j, depth + 1);
            if (jc_peek(j) != (unsigned char)end) {
                jc_need(j, ',');
                if (jc_peek(j) == (unsigned char)end)
                    j->bad = true;
            }
        }
        j->at++;
    } else if (c == '"') {
        jc_string(j);
    } else if (c == '-' || (c >= '0' && c <= '9')) {
        j->at++;
        while (jc_peek(j) >= '0' && jc_peek(j) <= '9')
            j->at++;
    } else {
        dr_str rest = dr_str_from(j->s, j->at);
        size_t n = dr_str_starts(rest, DR_STR("true")) || dr_str_starts(rest, DR_STR("null")) ? 4
                   : dr_str_starts(rest, DR_STR("false"))                                     ? 5
                                                                                              : 0;
        j->bad |= n == 0;
        j->at += n;
    }
}

static inline bool json_is_one_value(dr_str s)
{
    json_check j = { .s = s };
    jc_value(&j, 0);
    return !j.bad && j.at == s.n;
}

#endif
