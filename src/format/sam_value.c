#include "format/sam_value.h"

#include "base/le.h"

#define V_HEAD 0xccu /* 17 descriptors of 12 bytes: offset, size, unknown */
#define ALIAS_HEAD 52u
#define GROUP_HEAD 68u

bool sam_account_read(sam_account *out, dr_bytes f)
{
    dr_cur c = dr_cur_over(f, 0);
    *out = (sam_account){ 0 };
    dr_skip(&c, 8);                      /* 0x00 version, unknown */
    out->last_logon = dr_filetime(&c);   /* 0x08 */
    dr_skip(&c, 8);                      /* 0x10 last logoff: never seen set */
    out->password_set = dr_filetime(&c); /* 0x18 */
    out->expires = dr_filetime(&c);      /* 0x20 */
    out->bad_password = dr_filetime(&c); /* 0x28 */
    out->rid = dr_u32(&c);               /* 0x30 */
    out->primary_group = dr_u32(&c);     /* 0x34 */
    out->acb = dr_u16(&c);               /* 0x38 */
    dr_skip(&c, 6);                      /* 0x3a unknown, country, code page */
    out->bad_count = dr_u16(&c);         /* 0x40 */
    out->logon_count = dr_u16(&c);       /* 0x42 */
    return dr_cur_ok(&c);
}

static dr_wstr text_at(dr_bytes v, unsigned index, bool *ok)
{
    uint32_t off = dr_le32(v, index * 12u);
    uint32_t size = dr_le32(v, index * 12u + 4);
    dr_cur c = dr_cur_over(v, 0);
    dr_cur text = dr_cur_at(&c, (uint64_t)V_HEAD + off, size);
    if (!dr_cur_ok(&text))
        *ok = false;
    return (dr_wstr){ text.in.p, text.in.n / 2 };
}

bool sam_names_read(sam_names *out, dr_bytes v)
{
    *out = (sam_names){ 0 };
    bool ok = v.n >= V_HEAD;
    out->name = text_at(v, 1, &ok);
    out->full_name = text_at(v, 2, &ok);
    out->comment = text_at(v, 3, &ok);
    out->user_comment = text_at(v, 4, &ok);
    out->home = text_at(v, 6, &ok);
    out->script = text_at(v, 8, &ok);
    out->profile = text_at(v, 9, &ok);
    out->workstations = text_at(v, 10, &ok);
    out->lm_hash_bytes = dr_le32(v, 13 * 12 + 4);
    out->nt_hash_bytes = dr_le32(v, 14 * 12 + 4);
    return ok;
}

static dr_wstr text_of(dr_bytes c, size_t head, uint32_t off, uint32_t size)
{
    dr_cur all = dr_cur_over(c, 0);
    dr_cur text = dr_cur_at(&all, (uint64_t)head + off, size);
    return (dr_wstr){ text.in.p, text.in.n / 2 };
}

bool sam_alias_read(sam_alias *out, dr_bytes c)
{
    *out = (sam_alias){ .rid = dr_le32(c, 0) };
    if (c.n < ALIAS_HEAD)
        return false;
    out->name = text_of(c, ALIAS_HEAD, dr_le32(c, 16), dr_le32(c, 20));
    out->description = text_of(c, ALIAS_HEAD, dr_le32(c, 28), dr_le32(c, 32));
    uint64_t off = (uint64_t)ALIAS_HEAD + dr_le32(c, 40);
    dr_cur all = dr_cur_over(c, 0);
    out->members = dr_cur_at(&all, off, dr_le32(c, 44));
    out->n_members = dr_le32(c, 48);
    return dr_cur_ok(&out->members);
}

bool sam_alias_next(sam_alias *alias, char sid[DR_SID_TEXT_MAX])
{
    size_t used = 0;
    if (alias->n_members == 0 || !dr_sid_text(dr_cur_rest(&alias->members), sid, &used))
        return false;
    alias->n_members--;
    dr_skip(&alias->members, used);
    return true;
}

bool sam_group_read(sam_group *out, dr_bytes c)
{
    *out = (sam_group){ .rid = dr_le32(c, 4) };
    if (c.n < GROUP_HEAD)
        return false;
    out->name = text_of(c, GROUP_HEAD, dr_le32(c, 32), dr_le32(c, 36));
    dr_cur all = dr_cur_over(c, 0);
    out->members = dr_cur_from(&all, (uint64_t)GROUP_HEAD + dr_le32(c, 56));
    out->n_members = (uint32_t)dr_count(&out->members, dr_le32(c, 64), 8);
    return dr_cur_ok(&out->members);
}

bool sam_domain_read(sam_domain *out, dr_bytes f)
{
    *out = (sam_domain){ 0 };
    if (f.n < 0x56)
        return false;
    dr_cur c = dr_cur_over(dr_bytes_sub(f, 8, 8), 0);
    out->created = dr_filetime(&c);
    out->next_rid = dr_le32(f, 0x48);
    out->min_length = dr_le16(f, 0x50);
    out->history = dr_le16(f, 0x52);
    out->lockout_threshold = dr_le16(f, 0x54);
    return true;
}

bool sam_machine_sid(dr_bytes v, char sid[DR_SID_TEXT_MAX])
{
    return v.n >= 24 && dr_sid_text(dr_bytes_sub(v, v.n - 24, 24), sid, NULL);
}
