#include "fact/matcher.h"

#include "base/arena.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#define MATCH_LIMIT 200000
#define DEPTH_LIMIT 2000
#define HEAP_LIMIT_KIB 8192
#define GROUPS_MAX 8
#define EXPRESSION_MAX 4096
#define SUBJECT_MAX (1u << 20)

struct matcher {
    pcre2_code *code;
    pcre2_code *bytes; /* the same for texts that are all ASCII: faster. NULL where the expression is not */
    uint32_t group;
};

struct matcher_scratch {
    pcre2_match_data *data;
    pcre2_match_context *context;
    unsigned long limits_hit;
};

static bool is_ascii(dr_str s)
{
    unsigned char all = 0;
    for (size_t i = 0; i < s.n; i++)
        all |= (unsigned char)s.p[i];
    return all < 0x80;
}

dr_status matcher_create(matcher **out, dr_str expression, dr_err *err)
{
    int code;
    PCRE2_SIZE at;
    uint32_t groups = 0;
    *out = NULL;
    if (expression.n > EXPRESSION_MAX)
        return dr_fail(err, DR_LIMIT, "an expression of more than %d bytes", EXPRESSION_MAX);
    matcher *m = dr_mem_alloc(sizeof *m);
    if (!m)
        return dr_fail(err, DR_NOMEM, "out of memory");
    m->code = pcre2_compile((PCRE2_SPTR)expression.p, expression.n,
                            PCRE2_UTF | PCRE2_MATCH_INVALID_UTF | PCRE2_NEVER_BACKSLASH_C, &code, &at, NULL);
    if (!m->code) {
        PCRE2_UCHAR text[120];
        pcre2_get_error_message(code, text, sizeof text);
        matcher_destroy(m);
        return dr_fail(err, DR_DATA, "%s (at character %zu of the expression)", (const char *)text, (size_t)at + 1);
    }
    if (is_ascii(expression)) {
        m->bytes = pcre2_compile((PCRE2_SPTR)expression.p, expression.n, PCRE2_NEVER_BACKSLASH_C, &code, &at, NULL);
        if (m->bytes) /* where there is no just-in-time compiler it is interpreted */
            (void)pcre2_jit_compile(m->bytes, PCRE2_JIT_COMPLETE);
    }
    pcre2_pattern_info(m->code, PCRE2_INFO_CAPTURECOUNT, &groups);
    int named = pcre2_substring_number_from_name(m->code, (PCRE2_SPTR) "v");
    m->group = named > 0 ? (uint32_t)named : groups ? 1 : 0;
    if (groups >= GROUPS_MAX) {
        matcher_destroy(m);
        return dr_fail(err, DR_DATA, "more than %d groups", GROUPS_MAX - 1);
    }
    *out = m;
    return DR_OK;
}

void matcher_destroy(matcher *m)
{
    if (!m)
        return;
    pcre2_code_free(m->code);
    pcre2_code_free(m->bytes);
    dr_mem_free(m);
}

matcher_scratch *matcher_scratch_create(void)
{
    matcher_scratch *s = dr_mem_alloc(sizeof *s);
    if (!s)
        return NULL;
    s->data = pcre2_match_data_create(GROUPS_MAX, NULL);
    s->context = pcre2_match_context_create(NULL);
    if (!s->data || !s->context) {
        matcher_scratch_destroy(s);
        return NULL;
    }
    pcre2_set_match_limit(s->context, MATCH_LIMIT);
    pcre2_set_depth_limit(s->context, DEPTH_LIMIT);
    pcre2_set_heap_limit(s->context, HEAP_LIMIT_KIB);
    return s;
}

void matcher_scratch_destroy(matcher_scratch *s)
{
    if (!s)
        return;
    pcre2_match_data_free(s->data);
    pcre2_match_context_free(s->context);
    dr_mem_free(s);
}

bool matcher_find(const matcher *m, matcher_scratch *s, dr_str text, dr_str *group)
{
    *group = (dr_str){ "", 0 };
    if (text.n > SUBJECT_MAX)
        text.n = SUBJECT_MAX;
    const pcre2_code *code = m->bytes && is_ascii(text) ? m->bytes : m->code;
    int found = pcre2_match(code, (PCRE2_SPTR)(text.n ? text.p : ""), text.n, 0, 0, s->data, s->context);
    if (found == PCRE2_ERROR_MATCHLIMIT || found == PCRE2_ERROR_DEPTHLIMIT || found == PCRE2_ERROR_HEAPLIMIT ||
        found == PCRE2_ERROR_JIT_STACKLIMIT)
        s->limits_hit++;
    if (found < 0)
        return false;
    const PCRE2_SIZE *at = pcre2_get_ovector_pointer(s->data);
    if (m->group < (uint32_t)found && at[2 * m->group] != PCRE2_UNSET)
        *group = dr_str_sub(text, at[2 * m->group], at[2 * m->group + 1] - at[2 * m->group]);
    return true;
}

unsigned long matcher_limits_hit(const matcher_scratch *s)
{
    return s->limits_hit;
}
