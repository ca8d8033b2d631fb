#include "format/taskcache.h"

#include "base/le.h"

bool task_dynamic_info_read(task_dynamic_info *out, dr_bytes data)
{
    dr_cur c = dr_cur_over(data, 0);
    *out = (task_dynamic_info){ 0 };
    dr_skip(&c, 4);                       /* 0x00: 3 */
    out->created = dr_filetime(&c);       /* 0x04 */
    out->last_run = dr_filetime(&c);      /* 0x0c */
    out->state = dr_u32(&c);              /* 0x14 */
    out->last_result = dr_u32(&c);        /* 0x18 */
    bool ok = dr_cur_ok(&c);
    if (dr_left(&c) >= 8) {
        out->has_last_success = true;
        out->last_success = dr_filetime(&c); /* 0x1c */
    }
    return ok;
}

/* Length in bytes, then UTF-16. */
static dr_wstr bstr(dr_cur *c)
{
    size_t n = dr_u32(c);
    dr_bytes b = dr_take(c, n);
    return (dr_wstr){ b.p, b.n / 2 };
}

bool task_actions_open(task_actions *out, dr_bytes data)
{
    *out = (task_actions){ .c = dr_cur_over(data, 0) };
    out->version = dr_u16(&out->c);
    if (out->version >= 2)
        out->context = bstr(&out->c);
    return dr_cur_ok(&out->c) && out->version >= 1 && out->version <= 3;
}

static void read_mail(dr_cur *c, task_action *out)
{
    for (unsigned i = 0; i < 8; i++) { /* from, to, cc, bcc, reply-to, server, subject, body */
        dr_wstr text = bstr(c);
        if (i == 6)
            out->data = text;
    }
    for (size_t n = dr_count(c, dr_u32(c), 4); n > 0 && dr_cur_ok(c); n--)
        (void)bstr(c);
    for (size_t n = dr_count(c, dr_u32(c), 8); n > 0 && dr_cur_ok(c); n--) {
        (void)bstr(c);
        (void)bstr(c);
    }
}

bool task_actions_next(task_actions *a, task_action *out, bool *damaged)
{
    *out = (task_action){ 0 };
    if (dr_left(&a->c) == 0)
        return false;
    unsigned kind = dr_u16(&a->c);
    out->id = bstr(&a->c);
    bool known = true;
    switch (kind) {
    case TASK_ACTION_EXEC:
        out->command = bstr(&a->c);
        out->arguments = bstr(&a->c);
        out->folder = bstr(&a->c);
        if (a->version >= 3)
            dr_skip(&a->c, 2);
        break;
    case TASK_ACTION_COM: {
        dr_bytes id = dr_take(&a->c, 16);
        out->class_id = id.n == 16 ? id.p : NULL;
        out->data = bstr(&a->c);
        break;
    }
    case TASK_ACTION_MAIL: read_mail(&a->c, out); break;
    case TASK_ACTION_MESSAGE:
        (void)bstr(&a->c);
        out->data = bstr(&a->c);
        break;
    default: known = false; break;
    }
    out->kind = (task_action_kind)kind;
    if (known && dr_cur_ok(&a->c))
        return true;
    dr_cur_fail(&a->c, DR_FAULT_VALUE);
    if (damaged)
        *damaged = true;
    return false;
}
