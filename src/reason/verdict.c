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

dr_status verdict_add_secret(verdict_list *list, dr_str secret)
{
    secret_set *set = &list->secrets;
    uint64_t *slot;
    bool is_new;
    if (!secret.n)
        return DR_OK;
    if (!set->index && !(set->index = dr_map_create()))
        return DR_NOMEM;
    dr_status status = dr_map_put(set->index, secret, &slot, &is_new);
    if (status != DR_OK || !is_new)
        return status;
    while (set->lengths.n <= secret.n) {
        if (!dr_vec_push(&set->lengths, false))
            return DR_NOMEM;
    }
    set->lengths.p[secret.n] = true;
    dr_str copy = dr_arena_str(list->arena, secret);
    return dr_arena_failed(list->arena) || !dr_vec_push(&set->list, copy) ? DR_NOMEM : DR_OK;
}

void verdict_free_secrets(verdict_list *list)
{
    dr_map_destroy(list->secrets.index);
    dr_vec_free(&list->secrets.list);
    dr_vec_free(&list->secrets.lengths);
    list->secrets.index = NULL;
}

/* Whole words only: a password that is part of another word is no password there. */
static bool word_begins(dr_str text, size_t at)
{
    return at == 0 || strchr(" \t\"':=,", text.p[at - 1]) != NULL;
}

static bool word_ends(dr_str text, size_t at)
{
    return at == text.n || strchr(" \t\"';,)", text.p[at]) != NULL;
}

/* Length of the longest secret that stands at AT as a word, 0 for none. */
static size_t secret_at(const secret_set *set, dr_str text, size_t at)
{
    size_t left = text.n - at, longest = left < set->lengths.n ? left : set->lengths.n - 1;
    for (size_t n = longest; n > 0; n--) {
        if (set->lengths.p[n] && word_ends(text, at + n) && dr_map_get(set->index, dr_str_sub(text, at, n)))
            return n;
    }
    return 0;
}

dr_str verdict_masked(const verdict_list *list, dr_arena *arena, dr_str text)
{
    const secret_set *set = &list->secrets;
    dr_buf b = { 0 };
    size_t copied = 0;
    bool any = false;
    for (size_t at = 0; set->list.n && at < text.n;) {
        size_t n = word_begins(text, at) ? secret_at(set, text, at) : 0;
        if (n) {
            dr_buf_add(&b, text.p + copied, at - copied);
            dr_buf_z(&b, "***");
            copied = at + n;
            any = true;
        }
        at += n ? n : 1;
    }
    if (!any)
        return text;
    dr_buf_str_add(&b, dr_str_from(text, copied));
    text = dr_arena_str(arena, dr_buf_str(&b));
    dr_buf_free(&b);
    return text;
}
