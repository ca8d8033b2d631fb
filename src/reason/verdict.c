#include "reason/verdict.h"

#include "base/buf.h"
#include "base/status.h"

const char *role_name(evidence_role role)
{
    static const char *const names[] = { "proves", "refutes", "supports", "context" };
    DR_ASSERT(role <= ROLE_CONTEXT);
    return names[role];
}

const char *undone_name(undone_by by)
{
    static const char *const names[] = { "", "unknown", "system", "same-session", "another" };
    DR_ASSERT(by <= UNDONE_ANOTHER);
    return names[by];
}

dr_str verdict_masked(const verdict_list *list, dr_arena *arena, dr_str text)
{
    for (size_t i = 0; i < list->secrets.n; i++) {
        dr_str secret = list->secrets.p[i];
        size_t at = secret.n ? dr_str_find(text, secret) : SIZE_MAX;
        if (at == SIZE_MAX)
            continue;
        dr_buf b = { 0 };
        for (; at != SIZE_MAX; at = dr_str_find(text, secret)) {
            /* Whole words only: a password that is part of another word is no password there. */
            bool left = at == 0 || strchr(" \t\"':=,", text.p[at - 1]) != NULL;
            bool right = at + secret.n == text.n || strchr(" \t\"';,)", text.p[at + secret.n]) != NULL;
            dr_buf_add(&b, text.p, at);
            if (left && right)
                dr_buf_z(&b, "***");
            else
                dr_buf_str_add(&b, secret);
            text = dr_str_from(text, at + secret.n);
        }
        dr_buf_str_add(&b, text);
        text = dr_arena_str(arena, dr_buf_str(&b));
        dr_buf_free(&b);
    }
    return text;
}
