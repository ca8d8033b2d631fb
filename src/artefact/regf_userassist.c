/* UserAssist: programs and shortcuts that a user launched through Explorer, with counts.
 *
 * Value names are in ROT13. Data of version 5 (Windows 7 on), 72 bytes: 4 run count, 8 focus count,
 * 12 focus time in ms, 60 last run. Version 3, 16 bytes: 4 count (starts at 5 on XP), 8 last run.
 *
 * A new profile comes with entries that nobody launched: counts 14, 13, 12 ... and one last-run time,
 * the same to 100 ns. Launches have whole milliseconds, and at most a shortcut and its program share
 * one. Such entries bear Seeded=yes. A later launch raises a seeded count: RunCount is an upper bound. */
#include "artefact/regf_rows.h"

#include "base/le.h"

#define SEED_SHARED 5u /* entries with the very same time that cannot be launches */

static const char path_of_list[] = "Microsoft\\Windows\\CurrentVersion\\Explorer\\UserAssist";

typedef struct entry {
    int64_t last_run;
    regf_key key;
    regf_value value;
    const char *kind;
    uint32_t version;
} entry;

typedef struct collected {
    DR_VEC(entry) all;
} collected;

static bool find(const regf_hive *hive, regf_key *out)
{
    regf_key software;
    const char *name;
    return regf_software(hive, &software, &name) && name[0] == 'U' && regf_find_key(hive, &software, dr_str_of(path_of_list), out);
}

static bool accepts(const void *hive)
{
    regf_key key;
    return find(hive, &key);
}

static dr_str rot13(dr_arena *arena, dr_str text)
{
    char *p = dr_arena_bytes(arena, text.n);
    if (!p)
        return DR_STR_NONE;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        char base = c >= 'a' && c <= 'z' ? 'a' : c >= 'A' && c <= 'Z' ? 'A' : '\0';
        p[i] = base ? (char)(base + (c - base + 13) % 26) : c;
    }
    return (dr_str){ p, text.n };
}

/* Known folders as paths start with. */
static dr_str resolved(dr_arena *arena, dr_str name)
{
    static const struct {
        const char *guid, *path;
    } folders[] = {
        { "{1AC14E77-02E7-4E5D-B744-2EB1AE5198B7}", "%SystemRoot%\\System32" },
        { "{D65231B0-B2F1-4857-A4CE-A8E7C6EA7D27}", "%SystemRoot%\\SysWOW64" },
        { "{F38BF404-1D43-42F2-9305-67DE0B28FC23}", "%SystemRoot%" },
        { "{6D809377-6AF0-444B-8957-A3773F02200E}", "%ProgramFiles%" },
        { "{905E63B6-C1BF-494E-B29C-65B732D3D21A}", "%ProgramFiles%" },
        { "{7C5A40EF-A0FB-4BFC-874A-C0F2E0B9FA8E}", "%ProgramFiles(x86)%" },
        { "{0139D44E-6AFE-49F2-8690-3DAFCAE6FFB8}", "%ProgramData%\\Microsoft\\Windows\\Start Menu\\Programs" },
        { "{A77F5D77-2E2B-44C3-A6A2-ABA601054A51}", "%AppData%\\Microsoft\\Windows\\Start Menu\\Programs" },
        { "{9E3995AB-1F9C-4F13-B827-48B24B6C7174}", "%AppData%\\Microsoft\\Internet Explorer\\Quick Launch\\User Pinned" },
    };
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++)
        if (dr_str_starts_fold(name, dr_str_of(folders[i].guid)))
            return dr_arena_concat(arena, dr_str_of(folders[i].path), dr_str_from(name, strlen(folders[i].guid)));
    bool drive = name.n > 3 && name.p[1] == ':' && name.p[2] == '\\';
    return drive || dr_str_starts(name, DR_STR("\\\\")) ? name : DR_STR_NONE;
}

static const char *kind_of(const regf_key *guid)
{
    if (regf_key_is(guid, DR_STR("{CEBFF5CD-ACE2-4F4F-9178-9926F41749EA}")))
        return "program";
    if (regf_key_is(guid, DR_STR("{F4E57C4B-2036-45F0-A9AB-443BCFE33D9F}")))
        return "shortcut";
    if (regf_key_is(guid, DR_STR("{75048700-EF1F-11D0-9888-006097DEACF9}")))
        return "program"; /* up to Vista programs and shortcuts in one list */
    return "other";
}

static void collect(regf_rows *rows, const regf_key *list, collected *c)
{
    regf_subkeys guids;
    regf_key guid, key;
    regf_each_sub(&guids, rows, list);
    while (regf_next_sub(&guids, rows, &guid)) {
        uint32_t version = 0;
        (void)regf_get_u32(rows, &guid, "Version", &version);
        if (!regf_sub(rows, &guid, "Count", &key))
            continue;
        regf_values it;
        regf_value value;
        regf_each_value(&it, rows, &key);
        while (regf_next_value(&it, rows, &value)) {
            dr_bytes data = regf_value_bytes(rows, &value);
            if (data.n != 16 && data.n < 68)
                continue;
            entry e = { .key = key, .value = value, .kind = kind_of(&guid), .version = data.n == 16 ? 3 : 5 };
            e.last_run = (int64_t)dr_le64(data, data.n == 16 ? 8 : 60);
            if (!dr_vec_push(&c->all, e))
                rows->status = DR_NOMEM;
        }
        dr_arena_reset(rows->arena);
    }
}

static int by_time(const void *a, const void *b, void *context)
{
    const int64_t *x = a, *y = b;
    (void)context;
    return (*x > *y) - (*x < *y);
}

static size_t shared_by(const int64_t *times, size_t n, int64_t time)
{
    size_t low = 0, high = n;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        if (times[mid] < time)
            low = mid + 1;
        else
            high = mid;
    }
    size_t end = low;
    while (end < n && times[end] == time)
        end++;
    return end - low;
}

static void entry_row(regf_rows *rows, const entry *e, size_t shared)
{
    regf_row(rows, "regf.userassist", &e->key);
    regf_row_of_value(rows, &e->value);
    dr_bytes data = regf_value_bytes(rows, &e->value);
    dr_str name = rot13(rows->arena, regf_value_name(&e->value, rows->arena));
    if (dr_str_starts(name, DR_STR("UEME_CTLSESSION")) || dr_str_starts(name, DR_STR("UEME_CTLCUACount")))
        return;
    dr_str target = dr_str_starts(name, DR_STR("UEME_RUN")) ? dr_str_from(name, dr_str_find_char(name, ':') + 1) : name;
    bool is_time = dr_time_is(dr_time_clean(e->last_run));
    bool seeded = is_time && (shared >= SEED_SHARED || (e->version == 5 && e->last_run % DR_TICKS_PER_MS != 0));
    rows->row.time = dr_time_clean(e->last_run);
    regf_row_str(rows, "Name", name);
    regf_row_str(rows, "Path", resolved(rows->arena, target));
    regf_row_z(rows, "Kind", e->kind);
    regf_row_u64(rows, "Version", e->version);
    uint32_t count = dr_le32(data, 4);
    regf_row_u64(rows, "RunCount", e->version == 3 && count >= 5 ? count - 5 : count);
    if (e->version == 5) {
        regf_row_u64(rows, "FocusCount", dr_le32(data, 8));
        regf_row_u64(rows, "FocusTimeMs", dr_le32(data, 12));
    }
    regf_row_time(rows, "LastRun", e->last_run);
    regf_row_z(rows, "Seeded", seeded ? "yes" : "no");
    regf_row_z(rows, "Launched", !seeded && is_time && count > 0 ? "yes" : "no");
    regf_row_emit(rows);
}

static void all_rows(regf_rows *rows, const collected *c)
{
    DR_VEC(int64_t) times = { 0 };
    for (size_t i = 0; i < c->all.n && regf_rows_ok(rows); i++)
        if (c->all.p[i].value.life == REGF_LIVE && !dr_vec_push(&times, c->all.p[i].last_run))
            rows->status = DR_NOMEM;
    if (regf_rows_ok(rows) && !dr_sort(times.p, times.n, sizeof *times.p, by_time, NULL))
        rows->status = DR_NOMEM;
    for (size_t i = 0; i < c->all.n && regf_rows_ok(rows); i++)
        entry_row(rows, &c->all.p[i], shared_by(times.p, times.n, c->all.p[i].last_run));
    dr_vec_free(&times);
}

static dr_status read(const void *opened, const artefact_input *in, const record_sink *sink)
{
    regf_rows rows;
    regf_key list;
    collected c = { 0 };
    if (regf_rows_start(&rows, opened, in, sink, "USER") && find(rows.hive, &list)) {
        collect(&rows, &list, &c);
        all_rows(&rows, &c);
    }
    dr_vec_free(&c.all);
    return regf_rows_end(&rows);
}

const artefact art_userassist = { .name = "userassist", .format = FORMAT_REGF, .schema = "regf.userassist", .accepts = accepts, .read = read };
