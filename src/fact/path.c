#include "fact/path.h"

#include "base/utf.h"

/* Longest path that is compared; NT paths end at 32,767 units. */
#define PATH_MAX_BYTES 98304

static bool is_slash(char c)
{
    return c == '\\' || c == '/';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Takes PREFIX off (slashes of both kinds are equal). */
static bool strip(dr_str *s, const char *prefix)
{
    size_t n = strlen(prefix);
    if (s->n < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (is_slash(s->p[i]) ? prefix[i] != '\\' : !dr_str_eq_fold(dr_str_sub(*s, i, 1), (dr_str){ prefix + i, 1 }))
            return false;
    }
    *s = dr_str_from(*s, n);
    return true;
}

/* Variables and roots that stand for a folder of the system volume. */
static const struct {
    const char *from, *to;
} roots[] = {
    { "%systemroot%", "\\WINDOWS" },
    { "\\systemroot", "\\WINDOWS" },
    { "%windir%", "\\WINDOWS" },
    { "%system32%", "\\WINDOWS\\SYSTEM32" },
    { "%comspec%", "\\WINDOWS\\SYSTEM32\\CMD.EXE" },
    { "%osdrive%", "" },
    { "%systemdrive%", "" },
    { "%homedrive%", "" },
    { "%programfiles(x86)%", "\\PROGRAM FILES (X86)" },
    { "%programfiles%", "\\PROGRAM FILES" },
    { "%programdata%", "\\PROGRAMDATA" },
    { "%allusersprofile%", "\\PROGRAMDATA" },
    { "%public%", "\\USERS\\PUBLIC" },
};

typedef struct parts { /* a path taken apart; the rest is not yet folded */
    char drive;
    bool rooted;      /* begins at a root */
    bool unc;         /* \\server\share */
    const char *root; /* what stands before the rest */
    dr_str rest;
} parts;

/* The volume of an NT name, behind \Device. */
static bool strip_device(dr_str *s)
{
    dr_str t = *s;
    if (!strip(&t, "\\device\\") && !strip(&t, "\\\\?\\globalroot\\device\\") && !strip(&t, "globalroot\\device\\"))
        return false;
    if (!strip(&t, "harddiskvolume"))
        return false;
    while (t.n && !is_slash(t.p[0]))
        t = dr_str_from(t, 1);
    *s = t;
    return true;
}

static parts take_apart(dr_str s)
{
    parts p = { .root = "" };
    s = dr_str_trim(s);
    while (s.n && s.p[0] == '"')
        s = dr_str_from(s, 1);
    while (s.n && s.p[s.n - 1] == '"')
        s = dr_str_sub(s, 0, s.n - 1);
    if (strip_device(&s)) {
        p.rooted = true;
    } else if (strip(&s, "\\device\\mup\\") || strip(&s, "\\\\?\\unc\\") || strip(&s, "\\??\\unc\\")) {
        p.rooted = p.unc = true;
    } else if (strip(&s, "\\??\\") || strip(&s, "\\\\?\\") || strip(&s, "\\\\.\\") || strip(&s, "\\global??\\")) {
        p.rooted = true;
    } else if (strip(&s, "\\\\")) {
        p.rooted = p.unc = true;
    }
    if (!p.unc && (strip(&s, "\\volume{") || strip(&s, "volume{"))) {
        p.rooted = true;
        while (s.n && s.p[0] != '}')
            s = dr_str_from(s, 1);
        s = dr_str_from(s, 1);
    }
    if (!p.unc) {
        dr_str t = s;
        if (strip(&t, "globalroot\\device\\harddiskvolume")) {
            while (t.n && !is_slash(t.p[0]))
                t = dr_str_from(t, 1);
            s = t;
        }
    }
    for (size_t i = 0; !p.unc && i < sizeof roots / sizeof roots[0]; i++) {
        if (strip(&s, roots[i].from)) {
            p.root = roots[i].to;
            p.rooted = true;
            break;
        }
    }
    if (!p.unc && s.n >= 2 && s.p[1] == ':' && is_letter(s.p[0])) {
        p.drive = (char)(s.p[0] & ~0x20);
        p.rooted = true;
        s = dr_str_from(s, 2);
    }
    if (s.n && is_slash(s.p[0]))
        p.rooted = true;
    /* Drivers' image paths are relative to the system folder. */
    dr_str t = s;
    if (!p.rooted && (strip(&t, "system32\\") || strip(&t, "syswow64\\"))) {
        p.root = "\\WINDOWS\\";
        p.rooted = true;
    }
    p.rest = s;
    return p;
}

char path_drive(dr_str path)
{
    return take_apart(path).drive;
}

/* One unit of a key at a time: folded, slashes squeezed, quotes and "." parts left out. */
typedef struct walker {
    const char *root;
    dr_str rest;
    size_t at;
    bool begin; /* nothing given yet */
    bool pending; /* a backslash is due before the next unit */
} walker;

#define WALK_END UINT32_MAX

static walker walk(const parts *p)
{
    return (walker){ .root = p->root, .rest = p->rest, .begin = true, .pending = p->rooted && !*p->root };
}

static uint32_t step(walker *w)
{
    if (*w->root) {
        w->begin = false;
        return (unsigned char)*w->root++;
    }
    while (w->at < w->rest.n) {
        char c = w->rest.p[w->at];
        if (is_slash(c)) {
            w->pending = true;
            w->at++;
            while (w->at + 1 < w->rest.n && w->rest.p[w->at] == '.' && is_slash(w->rest.p[w->at + 1]))
                w->at += 2; /* "\.\" */
            continue;
        }
        if (c == '"') {
            w->at++;
            continue;
        }
        if (w->pending) {
            w->pending = false;
            w->begin = false;
            return '\\';
        }
        w->begin = false;
        return dr_fold_code(dr_wtf8_next(w->rest, &w->at));
    }
    return WALK_END;
}

dr_str path_key(dr_arena *arena, dr_str path)
{
    if (path.n > PATH_MAX_BYTES)
        path.n = PATH_MAX_BYTES;
    parts p = take_apart(path);
    walker w = walk(&p);
    size_t room = 3 * (p.rest.n + strlen(p.root)) + 4, n = 0;
    char *out = dr_arena_bytes(arena, room);
    if (!out)
        return DR_STR_NONE;
    if (p.unc)
        out[n++] = '\\';
    for (uint32_t c; (c = step(&w)) != WALK_END && n + 4 <= room;)
        n += dr_wtf8_put(c, out + n);
    return (dr_str){ out, n };
}

static bool same_walk(walker a, walker b)
{
    for (;;) {
        uint32_t x = step(&a), y = step(&b);
        if (x != y)
            return false;
        if (x == WALK_END)
            return true;
    }
}

static size_t length(walker w)
{
    size_t n = 0;
    while (step(&w) != WALK_END)
        n++;
    return n;
}

bool path_same(dr_str a, dr_str b)
{
    if (!a.n || !b.n || a.n > PATH_MAX_BYTES || b.n > PATH_MAX_BYTES)
        return a.n == b.n && dr_str_eq_fold(a, b);
    parts x = take_apart(a), y = take_apart(b);
    if (x.rooted && y.rooted)
        return x.unc == y.unc && (!x.drive || !y.drive || x.drive == y.drive) && same_walk(walk(&x), walk(&y));
    size_t nx = length(walk(&x)), ny = length(walk(&y));
    if (x.rooted || (!y.rooted && nx > ny)) { /* X is the relative one, of two relative ones the shorter */
        parts t = x;
        size_t n = nx;
        x = y;
        y = t;
        nx = ny;
        ny = n;
    }
    walker tail = walk(&x), whole = walk(&y);
    if (nx == 0 || nx > ny)
        return nx == ny;
    uint32_t before = '\\';
    for (size_t i = 0; i < ny - nx; i++)
        before = step(&whole);
    return before == '\\' && same_walk(tail, whole);
}

dr_str name_without_domain(dr_str name)
{
    name = dr_str_trim(name);
    size_t slash = dr_str_rfind_char(name, '\\');
    if (slash != SIZE_MAX)
        return dr_str_from(name, slash + 1);
    size_t at = dr_str_rfind_char(name, '@');
    return at != SIZE_MAX && at > 0 && at + 1 < name.n ? dr_str_sub(name, 0, at) : name;
}

dr_str name_domain(dr_str name)
{
    name = dr_str_trim(name);
    size_t slash = dr_str_rfind_char(name, '\\');
    if (slash != SIZE_MAX)
        return dr_str_sub(name, 0, slash);
    size_t at = dr_str_rfind_char(name, '@');
    return at != SIZE_MAX && at > 0 ? dr_str_from(name, at + 1) : DR_STR_NONE;
}

dr_str host_first_label(dr_str name)
{
    return dr_str_sub(name, 0, dr_str_find_char(name, '.'));
}

bool host_same(dr_str a, dr_str b)
{
    bool long_a = dr_str_find_char(a, '.') != SIZE_MAX, long_b = dr_str_find_char(b, '.') != SIZE_MAX;
    return long_a != long_b ? dr_str_eq_fold(host_first_label(a), host_first_label(b)) : dr_str_eq_fold(a, b);
}

bool name_same(dr_str a, dr_str b)
{
    return dr_str_eq_fold(name_without_domain(a), name_without_domain(b));
}
