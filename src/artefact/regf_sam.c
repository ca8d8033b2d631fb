/* Local accounts and groups. Rows: regf.account, regf.group, regf.group-member, regf.rid-unused.
 *
 * An account is a key named by its RID (values F and V) and one named by its name, whose value type is
 * the RID. A RID below the next free one that no account and no group has was given to one that is gone. */
#include "artefact/regf_rows.h"

#include "format/sam_value.h"

#define FIRST_RID 1000u
#define MOST_RIDS 65536u /* beyond that the counter is damaged */

typedef struct names_entry {
    uint32_t rid;
    regf_key key;
} names_entry;

typedef struct sam_reader {
    regf_rows *rows;
    dr_str machine_sid;
    DR_VEC(names_entry) names; /* live */
    DR_VEC(uint32_t) used;     /* RIDs of live accounts and groups */
} sam_reader;

static bool accepts(const void *hive)
{
    return regf_has(hive, "SAM\\Domains\\Account\\Users") || regf_has(hive, "SAM\\Domains\\Builtin\\Aliases");
}

static bool rid_of_name(regf_rows *rows, const regf_key *key, uint32_t *rid)
{
    uint64_t number;
    dr_arena_mark mark = dr_arena_save(rows->arena);
    dr_str name = regf_key_name(key, rows->arena);
    bool ok = name.n == 8 && dr_str_hex_to_u64(name, &number);
    *rid = ok ? (uint32_t)number : 0;
    dr_arena_restore(rows->arena, mark);
    return ok;
}

/* The type field of the default value is the RID. */
static bool rid_of_type(regf_rows *rows, const regf_key *key, uint32_t *rid)
{
    regf_value value;
    regf_values it;
    regf_values_start(&it, rows->hive, key, 0);
    while (regf_values_next(&it, &value)) {
        if (value.name.n == 0) {
            *rid = value.type;
            return true;
        }
    }
    return false;
}

static void use_rid(sam_reader *s, uint32_t rid)
{
    if (!dr_vec_push(&s->used, rid))
        s->rows->status = DR_NOMEM;
}

static int by_rid(const void *a, const void *b, void *context)
{
    const uint32_t *x = a, *y = b; /* a names_entry begins with its RID */
    (void)context;
    return (*x > *y) - (*x < *y);
}

/* The first entry with that RID in an array sorted by it; N when there is none. */
static size_t lower(const void *items, size_t n, size_t size, uint32_t rid)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const uint32_t *one = (const void *)((const char *)items + mid * size);
        if (*one < rid)
            low = mid + 1;
        else
            high = mid;
    }
    const uint32_t *found = low < n ? (const void *)((const char *)items + low * size) : NULL;
    return found && *found == rid ? low : n;
}

static void collect_names(sam_reader *s, const regf_key *users)
{
    regf_key list, key;
    regf_subkeys it;
    if (!regf_sub(s->rows, users, "Names", &list))
        return;
    regf_subkeys_start(&it, s->rows->hive, &list, 0);
    while (regf_rows_ok(s->rows) && regf_subkeys_next(&it, &key)) {
        uint32_t rid;
        if (rid_of_type(s->rows, &key, &rid) && !dr_vec_push(&s->names, ((names_entry){ rid, key })))
            s->rows->status = DR_NOMEM;
    }
    if (!dr_sort(s->names.p, s->names.n, sizeof *s->names.p, by_rid, NULL))
        s->rows->status = DR_NOMEM;
}

static dr_str acb_text(dr_arena *arena, uint16_t acb)
{
    static const struct {
        uint16_t bit;
        const char *name;
    } bits[] = { { 0x0001, "disabled" }, { 0x0002, "home-required" }, { 0x0004, "password-not-required" }, { 0x0008, "temporary" },
                 { 0x0010, "normal" }, { 0x0020, "mns" }, { 0x0040, "domain-trust" }, { 0x0080, "workstation-trust" },
                 { 0x0100, "server-trust" }, { 0x0200, "password-never-expires" }, { 0x0400, "locked" } };
    dr_str text = DR_STR_NONE;
    for (size_t i = 0; i < sizeof bits / sizeof bits[0]; i++)
        if (acb & bits[i].bit)
            text = text.n ? dr_arena_printf(arena, "%.*s %s", DR_STR_ARG(text), bits[i].name) : dr_str_of(bits[i].name);
    return text;
}

static void wide_field(regf_rows *rows, const char *name, dr_wstr text)
{
    if (text.units > 0)
        regf_row_str(rows, name, dr_utf16_str(rows->arena, text));
}

static void account_fields(sam_reader *s, const regf_key *key, uint32_t rid)
{
    regf_rows *rows = s->rows;
    dr_bytes data;
    sam_account account;
    sam_names names;
    if (regf_get_bytes(rows, key, "V", &data) && sam_names_read(&names, data)) {
        wide_field(rows, "AccountName", names.name);
        wide_field(rows, "FullName", names.full_name);
        wide_field(rows, "Comment", names.comment);
        wide_field(rows, "UserComment", names.user_comment);
        wide_field(rows, "HomeDirectory", names.home);
        wide_field(rows, "LogonScript", names.script);
        wide_field(rows, "ProfilePath", names.profile);
        wide_field(rows, "Workstations", names.workstations);
        regf_row_z(rows, "PasswordPresent", names.nt_hash_bytes > 24 || names.nt_hash_bytes == 20 ? "yes" : "no");
    }
    if (regf_get_bytes(rows, key, "F", &data) && sam_account_read(&account, data)) {
        regf_row_time(rows, "LastLogon", account.last_logon);
        regf_row_time(rows, "PasswordSet", account.password_set);
        if (account.expires != INT64_MAX)
            regf_row_time(rows, "Expires", account.expires);
        regf_row_time(rows, "LastBadPassword", account.bad_password);
        regf_row_hex(rows, "Acb", account.acb);
        regf_row_str(rows, "AcbText", acb_text(rows->arena, account.acb));
        regf_row_z(rows, "Disabled", account.acb & 1 ? "yes" : "no");
        regf_row_u64(rows, "BadPasswordCount", account.bad_count);
        regf_row_u64(rows, "LogonCount", account.logon_count);
        regf_row_u64(rows, "PrimaryGroup", account.primary_group);
        if (account.rid != rid) /* one account acts under another's number */
            regf_row_u64(rows, "RidInF", account.rid);
    }
    static const char *const more[] = { "InternetUserName", "GivenName", "Surname", "UserPasswordHint" };
    for (size_t i = 0; i < sizeof more / sizeof more[0]; i++)
        if (regf_get_bytes(rows, key, more[i], &data))
            wide_field(rows, more[i], dr_wstr_cut((dr_wstr){ data.p, data.n / 2 }));
}

static void account_rows(sam_reader *s, const regf_key *users)
{
    regf_rows *rows = s->rows;
    regf_subkeys it;
    regf_key key;
    regf_each_sub(&it, rows, users);
    while (regf_next_sub(&it, rows, &key)) {
        uint32_t rid;
        if (!rid_of_name(rows, &key, &rid))
            continue;
        regf_row(rows, "regf.account", &key);
        regf_row_u64(rows, "Rid", rid);
        if (s->machine_sid.n > 0)
            regf_row_str(rows, "Sid", dr_arena_printf(rows->arena, "%.*s-%u", DR_STR_ARG(s->machine_sid), rid));
        account_fields(s, &key, rid);
        if (key.life == REGF_LIVE) {
            use_rid(s, rid);
            size_t at = lower(s->names.p, s->names.n, sizeof *s->names.p, rid);
            const names_entry *named = at < s->names.n ? &s->names.p[at] : NULL;
            if (named) {
                regf_row_str(rows, "NameKey", regf_key_name(&named->key, rows->arena));
                regf_row_time(rows, "NameKeyWritten", dr_time_clean(named->key.written));
                rows->row.time = dr_time_clean(named->key.written);
            } else {
                regf_row_z(rows, "NameKeyMissing", "yes"); /* hidden from listings */
            }
        }
        regf_row_emit(rows);
    }
}

/* Deleted name keys tell the names of accounts that are gone, when their values are still there. */
static void former_name_rows(sam_reader *s, const regf_key *users)
{
    regf_rows *rows = s->rows;
    regf_key list, key;
    regf_subkeys it;
    if (!regf_sub(rows, users, "Names", &list))
        return;
    regf_each_sub(&it, rows, &list);
    while (regf_next_sub(&it, rows, &key)) {
        uint32_t rid;
        if (key.life == REGF_LIVE)
            continue;
        regf_row(rows, "regf.account-name", &key);
        rows->row.time = dr_time_clean(key.written);
        regf_row_str(rows, "AccountName", regf_key_name(&key, rows->arena));
        if (rid_of_type(rows, &key, &rid))
            regf_row_u64(rows, "Rid", rid);
        regf_row_emit(rows);
    }
}

/* The reverse index, Aliases\Members\<domain SID>\<RID>: its key is written when the member's groups change. */
static bool member_key(sam_reader *s, const char *aliases, dr_str sid, regf_key *out)
{
    size_t dash = dr_str_rfind_char(sid, '-');
    uint64_t rid;
    if (dash == SIZE_MAX || !dr_str_to_u64(dr_str_from(sid, dash + 1), &rid))
        return false;
    dr_str path = dr_arena_printf(s->rows->arena, "%s\\Members\\%.*s\\%08X", aliases, (int)dash, sid.p, (unsigned)rid);
    return regf_find_key(s->rows->hive, &s->rows->root, path, out);
}

static void member_row(sam_reader *s, const regf_key *key, uint32_t group, dr_str group_name, const char *sid, const char *aliases)
{
    regf_rows *rows = s->rows;
    regf_key index;
    regf_row(rows, "regf.group-member", key);
    if (key->life == REGF_LIVE) {
        bool there = member_key(s, aliases, dr_str_of(sid), &index);
        if (there) {
            rows->row.time = dr_time_clean(index.written);
            regf_row_time(rows, "MemberKeyWritten", dr_time_clean(index.written));
        }
        regf_row_z(rows, "InReverseIndex", there ? "yes" : "no");
    }
    regf_row_u64(rows, "GroupRid", group);
    regf_row_str(rows, "GroupName", group_name);
    regf_row_str(rows, "MemberSid", dr_arena_str(rows->arena, dr_str_of(sid)));
    regf_row_emit(rows);
}

static void alias_row(sam_reader *s, const regf_key *key, uint32_t rid, bool builtin, const char *aliases)
{
    regf_rows *rows = s->rows;
    regf_value value;
    dr_bytes data;
    sam_alias alias;
    dr_arena_mark mark = dr_arena_save(rows->kept);
    if (regf_find_value(rows->hive, key, DR_STR("C"), &value) && regf_data(rows->hive, &value, rows->kept, &data) &&
        sam_alias_read(&alias, data)) {
        dr_str name = dr_utf16_str(rows->kept, alias.name);
        regf_row(rows, "regf.group", key);
        rows->row.time = dr_time_clean(key->written);
        regf_row_u64(rows, "Rid", rid);
        regf_row_z(rows, "Domain", builtin ? "Builtin" : "Account");
        regf_row_str(rows, "Sid", builtin ? dr_arena_printf(rows->arena, "S-1-5-32-%u", rid)
                                          : dr_arena_printf(rows->arena, "%.*s-%u", DR_STR_ARG(s->machine_sid), rid));
        regf_row_str(rows, "GroupName", name);
        regf_row_str(rows, "Description", dr_utf16_str(rows->arena, alias.description));
        regf_row_u64(rows, "Members", alias.n_members);
        regf_row_emit(rows);
        char sid[DR_SID_TEXT_MAX];
        while (regf_rows_ok(rows) && sam_alias_next(&alias, sid))
            member_row(s, key, rid, name, sid, aliases);
    }
    dr_arena_restore(rows->kept, mark);
}

static void alias_rows(sam_reader *s, const char *path, bool builtin)
{
    regf_rows *rows = s->rows;
    regf_key list, key;
    regf_subkeys it;
    uint32_t rid;
    if (!regf_sub(rows, &rows->root, path, &list))
        return;
    regf_each_sub(&it, rows, &list);
    while (regf_next_sub(&it, rows, &key)) {
        if (!rid_of_name(rows, &key, &rid))
            continue;
        if (key.life == REGF_LIVE && !builtin)
            use_rid(s, rid);
        alias_row(s, &key, rid, builtin, path);
    }
}

static void group_rows(sam_reader *s)
{
    regf_rows *rows = s->rows;
    regf_key list, key;
    regf_subkeys it;
    uint32_t rid;
    if (!regf_sub(rows, &rows->root, "SAM\\Domains\\Account\\Groups", &list))
        return;
    regf_each_sub(&it, rows, &list);
    while (regf_next_sub(&it, rows, &key)) {
        if (rid_of_name(rows, &key, &rid) && key.life == REGF_LIVE)
            use_rid(s, rid);
    }
}

static void gap_rows(sam_reader *s)
{
    regf_rows *rows = s->rows;
    regf_key account;
    dr_bytes f;
    sam_domain domain;
    if (!regf_sub(rows, &rows->root, "SAM\\Domains\\Account", &account) || !regf_get_bytes(rows, &account, "F", &f) ||
        !sam_domain_read(&domain, f) || domain.next_rid <= FIRST_RID || domain.next_rid - FIRST_RID > MOST_RIDS)
        return;
    if (!dr_sort(s->used.p, s->used.n, sizeof *s->used.p, by_rid, NULL))
        rows->status = DR_NOMEM;
    for (uint32_t rid = FIRST_RID; rid < domain.next_rid && regf_rows_ok(rows); rid++) {
        if (lower(s->used.p, s->used.n, sizeof *s->used.p, rid) < s->used.n)
            continue;
        regf_row(rows, "regf.rid-unused", &account);
        regf_row_u64(rows, "Rid", rid);
        regf_row_u64(rows, "NextRid", domain.next_rid);
        if (s->machine_sid.n > 0)
            regf_row_str(rows, "Sid", dr_arena_printf(rows->arena, "%.*s-%u", DR_STR_ARG(s->machine_sid), rid));
        regf_row_emit(rows);
    }
}

static dr_status read(const void *opened, const artefact_input *in, const record_sink *sink)
{
    regf_rows rows;
    if (regf_rows_start(&rows, opened, in, sink, "SAM")) {
        sam_reader s = { .rows = &rows };
        regf_key account, users;
        dr_bytes v;
        char sid[DR_SID_TEXT_MAX];
        if (regf_sub(&rows, &rows.root, "SAM\\Domains\\Account", &account) && regf_get_bytes(&rows, &account, "V", &v) &&
            sam_machine_sid(v, sid))
            s.machine_sid = dr_arena_str(rows.kept, dr_str_of(sid));
        bool has_users = regf_sub(&rows, &rows.root, "SAM\\Domains\\Account\\Users", &users);
        if (has_users) {
            collect_names(&s, &users);
            account_rows(&s, &users);
            former_name_rows(&s, &users);
        }
        alias_rows(&s, "SAM\\Domains\\Builtin\\Aliases", true);
        alias_rows(&s, "SAM\\Domains\\Account\\Aliases", false);
        group_rows(&s);
        /* Where lists are damaged, an account that was not found may still be there. */
        if (has_users && !regf_damaged(rows.hive))
            gap_rows(&s);
        dr_vec_free(&s.names);
        dr_vec_free(&s.used);
    }
    return regf_rows_end(&rows);
}

const artefact art_sam = { .name = "sam", .format = FORMAT_REGF, .schema = "regf.account", .accepts = accepts, .read = read };
