#include "artefact/intake.h"

#include "format/recognise.h"

static int recognise(dr_bytes head, uint64_t size, dr_str name)
{
    return (int)format_recognise_named(head, size, name);
}

static int promised(dr_str name)
{
    static const struct {
        const char *ending;
        bool whole; /* the whole name */
        format_kind kind;
    } names[] = {
        { ".evtx", false, FORMAT_EVTX },
        { ".pf", false, FORMAT_PREFETCH },
        { ".hve", false, FORMAT_REGF },
        { ".bcf", false, FORMAT_RECENTFILECACHE },
        { "SYSTEM", true, FORMAT_REGF },
        { "SOFTWARE", true, FORMAT_REGF },
        { "SAM", true, FORMAT_REGF },
        { "SECURITY", true, FORMAT_REGF },
        { "NTUSER.DAT", true, FORMAT_REGF },
        { "UsrClass.dat", true, FORMAT_REGF },
        { "OBJECTS.DATA", true, FORMAT_CIM_OBJECTS },
        { "INDEX.BTR", true, FORMAT_CIM_INDEX },
        { "MAPPING1.MAP", true, FORMAT_CIM_MAPPING },
        { "MAPPING2.MAP", true, FORMAT_CIM_MAPPING },
        { "MAPPING3.MAP", true, FORMAT_CIM_MAPPING },
        { ".zip", false, FORMAT_ARCHIVE },
        { ".7z", false, FORMAT_ARCHIVE },
        { ".tar", false, FORMAT_ARCHIVE },
        { ".tgz", false, FORMAT_ARCHIVE },
        { ".txz", false, FORMAT_ARCHIVE },
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        dr_str ending = dr_str_of(names[i].ending);
        if (names[i].whole ? dr_str_eq_fold(name, ending) : dr_str_ends_fold(name, ending))
            return (int)names[i].kind;
    }
    return FORMAT_NONE;
}

static bool leads(int kind)
{
    return kind == FORMAT_REGF || kind == FORMAT_CIM_OBJECTS;
}

static bool is_part(int kind)
{
    return kind == FORMAT_REGF_LOG || kind == FORMAT_CIM_INDEX || kind == FORMAT_CIM_MAPPING;
}

static bool is_mapping_name(dr_str name)
{
    static const char *const names[] = { "MAPPING1.MAP", "MAPPING2.MAP", "MAPPING3.MAP", "MAPPING.VER",
                                         "OBJECTS.MAP", "INDEX.MAP", "INDEX.BTR" };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (dr_str_eq_fold(name, dr_str_of(names[i])))
            return true;
    }
    return false;
}

static bool companion(int kind, dr_str leader, dr_str part)
{
    static const char repository[] = "OBJECTS.DATA";
    if (kind == FORMAT_REGF) {
        dr_str end = dr_str_from(part, leader.n);
        return part.n > leader.n && dr_str_starts_fold(part, leader) &&
               (dr_str_eq_fold(end, DR_STR(".LOG")) || dr_str_eq_fold(end, DR_STR(".LOG1")) ||
                dr_str_eq_fold(end, DR_STR(".LOG2")));
    }
    if (kind != FORMAT_CIM_OBJECTS || !dr_str_ends_fold(leader, dr_str_of(repository)))
        return false;
    /* Several repositories may lie in one folder under names with a common beginning. */
    dr_str before = dr_str_sub(leader, 0, leader.n - (sizeof repository - 1));
    return dr_str_starts_fold(part, before) && is_mapping_name(dr_str_from(part, before.n));
}

/* Event records carry their computer; files of other kinds belong to the host whose tree they lie in. */
static bool names_host(int kind)
{
    return kind == FORMAT_EVTX;
}

static bool one_of(dr_str s, const char *const *names)
{
    for (; *names; names++) {
        if (dr_str_eq_fold(s, dr_str_of(*names)))
            return true;
    }
    return false;
}

/* Does what follows a root begin here? */
static bool tree_starts(dr_str rest)
{
    static const char *const in_windows[] = { "System32", "SysWOW64", "Prefetch", "AppCompat", "Tasks", "inf",
                                              "Temp", "Logs", "debug", "ServiceProfiles", NULL };
    static const char *const in_users[] = { "NTUSER.DAT", "AppData", "Local Settings", NULL };
    dr_str first = DR_STR_NONE, second = DR_STR_NONE, third = DR_STR_NONE;
    (void)dr_str_split(&rest, '/', &first);
    (void)dr_str_split(&rest, '/', &second);
    (void)dr_str_split(&rest, '/', &third);
    if (dr_str_eq_fold(first, DR_STR("Windows")) || dr_str_eq_fold(first, DR_STR("WINNT")))
        return one_of(second, in_windows);
    if (dr_str_eq_fold(first, DR_STR("Users")) || dr_str_eq_fold(first, DR_STR("Documents and Settings")))
        return one_of(third, in_users);
    return dr_str_eq_fold(first, DR_STR("ProgramData")) && dr_str_eq_fold(second, DR_STR("Microsoft"));
}

/* "C", "C:", "C_" and the like: the place of a drive in a collection. */
static bool is_drive(dr_str part)
{
    if (part.n == 0 || part.n > 2)
        return false;
    char c = part.p[0];
    bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
    return letter && (part.n == 1 || part.p[1] == ':' || part.p[1] == '_');
}

static dr_str last_part(dr_str path, dr_str *before)
{
    size_t at = dr_str_rfind_char(path, '/');
    *before = at == SIZE_MAX ? DR_STR_NONE : dr_str_sub(path, 0, at);
    return at == SIZE_MAX ? path : dr_str_from(path, at + 1);
}

static size_t tree(dr_str path)
{
    /* How collectors name their ways of reading a drive, below a folder "uploads". */
    static const char *const ways[] = { "auto", "ntfs", "lazy_ntfs", "file", "raw", NULL };
    for (size_t at = 0;;) {
        if (tree_starts(dr_str_from(path, at))) {
            dr_str root = dr_str_sub(path, 0, at ? at - 1 : 0), before;
            if (is_drive(last_part(root, &before))) {
                root = before;
                dr_str upper;
                if (one_of(last_part(root, &before), ways) &&
                    dr_str_eq_fold(last_part(before, &upper), DR_STR("uploads")))
                    root = upper;
            }
            return root.n;
        }
        size_t next = dr_str_find_char(dr_str_from(path, at), '/');
        if (next == SIZE_MAX)
            return SIZE_MAX;
        at += next + 1;
    }
}

const source_types intake_types = {
    .recognise = recognise,
    .promised = promised,
    .archive = FORMAT_ARCHIVE,
    .leads = leads,
    .companion = companion,
    .is_part = is_part,
    .names_host = names_host,
    .tree = tree,
};
