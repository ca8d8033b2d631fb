/* Prefetch: launches of one program. A row (schema "prefetch") for each file:
 *   Name       the header's name of the executable, cut at 29 characters
 *   Path       its path with its full name, upper case as stored: the text that was hashed, or the file of
 *              the list that fits name and hash
 *   Package    full name of the package, for packaged apps
 *   Hash, PathHash, HashMatch (path, switch, command-line, no, unknown)
 *   Trace      program, operation or boot; only program means launches
 *   RunCount, LastRun (newest), Run (each remembered time, newest first)
 *   Hosting    yes: runs other programs' code; one Prefetch file for each command line
 *   OwnFiles, BeyondLoader (yes, no): files of the trace that are not the loader's own
 *   Files, Volumes, VolumeDevice, VolumeSerial, VolumeCreated
 *   Version, Damaged
 * The row's time is that of the newest launch. Ceiling and traps: docs/formats/prefetch.md. */
#include "artefact/prefetch.h"

#include "artefact/rows.h"

/* Programs whose command line goes into the hash (docs/formats/prefetch.md). */
static const char *const hosting[] = {
    "SVCHOST.EXE", "DLLHOST.EXE", "RUNDLL32.EXE", "TASKHOST.EXE", "TASKHOSTW.EXE", "TASKHOSTEX.EXE", "MMC.EXE",
    "BACKGROUNDTASKHOST.EXE", "BACKGROUNDTRANSFERHOST.EXE", "RUNTIMEBROKER.EXE", "WWAHOST.EXE", "MSEDGEWEBVIEW2.EXE",
};

/* What the loader of Windows reads for any program. */
static const char *const loaders[] = {
    "NTDLL.DLL", "KERNEL32.DLL", "KERNELBASE.DLL", "APISETSCHEMA.DLL", "LOCALE.NLS", "SORTDEFAULT.NLS",
    "WOW64.DLL", "WOW64WIN.DLL", "WOW64CPU.DLL", "WOW64BASE.DLL", "WOW64CON.DLL", "APPHELP.DLL", "SYSMAIN.SDB",
    "$MFT", "UNICODE.NLS", "CTYPE.NLS", "SORTTBLS.NLS",
};

static bool one_of(dr_str s, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (dr_str_eq_fold(s, dr_str_of(names[i])))
            return true;
    }
    return false;
}
#define ONE_OF(s, names) one_of((s), (names), sizeof(names) / sizeof *(names))

static uint32_t hash_of(const prefetch *p, dr_arena *arena, dr_str path)
{
    size_t n = 0;
    uint8_t *units = dr_wtf8_to_utf16(arena, path, &n);
    if (!units)
        return 0;
    dr_wstr text = { units, n / 2 };
    return p->version == 17 ? prefetch_hash_xp(text) : prefetch_hash_vista(text);
}

/* Does PATH give the stored hash? Paths of volumes (\VOLUME{...}) were hashed as
 * \DEVICE\HARDDISKVOLUMEn; n is tried. A difference of 1 to 8 is that of a /prefetch:N on the command line. */
static bool fits(const prefetch *p, dr_arena *arena, dr_str path, prefetch_program *out)
{
    dr_arena_mark mark = dr_arena_save(arena);
    bool volume = dr_str_starts_fold(path, DR_STR("\\VOLUME{"));
    size_t close = dr_str_find_char(path, '}');
    uint32_t near = 0, near_n = 0;
    for (unsigned n = 0; n <= 32; n++) {
        uint32_t hash;
        if (n == 0) {
            hash = hash_of(p, arena, path);
        } else {
            if (!volume || close == SIZE_MAX)
                break;
            dr_str rest = dr_str_from(path, close + 1);
            hash = hash_of(p, arena, dr_arena_printf(arena, "\\DEVICE\\HARDDISKVOLUME%u%.*s", n, DR_STR_ARG(rest)));
        }
        if (hash == p->hash) {
            dr_arena_restore(arena, mark);
            out->path_hash = hash;
            out->beyond = 0;
            out->path_hashed = true;
            return true;
        }
        uint32_t more = p->hash - hash;
        if (more >= 1 && more <= 8 && near_n == 0)
            near = hash, near_n = more;
    }
    dr_arena_restore(arena, mark);
    if (near_n) {
        out->path_hash = near;
        out->beyond = out->switch_n = near_n;
        out->path_hashed = true;
    }
    return near_n != 0;
}

static dr_str last_part(dr_str path)
{
    size_t at = dr_str_rfind_char(path, '\\');
    return at == SIZE_MAX ? path : dr_str_from(path, at + 1);
}

/* Is NAME, cut as the header cuts it, the header's name? */
static bool is_named(const prefetch *p, dr_str path, dr_arena *arena)
{
    size_t n = 0;
    uint8_t *units = dr_wtf8_to_utf16(arena, last_part(path), &n);
    if (!units)
        return false;
    dr_wstr cut = { units, n / 2 < PREFETCH_NAME_MAX ? n / 2 : PREFETCH_NAME_MAX };
    return dr_str_eq_fold(dr_utf16_str(arena, cut), dr_utf16_str(arena, p->name));
}

static void find_path(prefetch_program *out, const prefetch *p, dr_arena *arena)
{
    dr_str hashed = dr_utf16_str(arena, p->hashed);
    if (hashed.n && hashed.p[0] == '\\') {
        out->path = hashed;
        if (!fits(p, arena, hashed, out)) {
            out->path_hash = hash_of(p, arena, hashed);
            out->beyond = p->hash - out->path_hash;
        }
        return;
    }
    out->package = hashed;
    size_t candidates = 0;
    dr_str only = DR_STR_NONE;
    for (size_t i = 0; i < p->n_files; i++) {
        dr_str path = dr_utf16_str(arena, p->files[i].path);
        if (!is_named(p, path, arena))
            continue;
        if (fits(p, arena, path, out)) {
            out->path = path;
            return;
        }
        only = path;
        candidates++;
    }
    if (candidates == 1) { /* several without a fitting hash: it cannot be told which */
        out->path = only;
        out->path_hash = hash_of(p, arena, only);
        out->beyond = p->hash - out->path_hash;
    }
}

dr_status prefetch_program_of(prefetch_program *out, const prefetch *p, dr_arena *arena)
{
    *out = (prefetch_program){ .path = DR_STR_NONE, .package = DR_STR_NONE };
    if (!(p->flags & PREFETCH_TRACE))
        find_path(out, p, arena);
    dr_str name = last_part(out->path);
    if (name.n == 0)
        name = dr_utf16_str(arena, p->name);
    out->hosts = ONE_OF(name, hosting);
    out->cut = out->path.n && p->name.units == PREFETCH_NAME_MAX && name.n > PREFETCH_NAME_MAX;
    for (size_t i = 0; i < p->n_files; i++) {
        dr_str path = dr_utf16_str(arena, p->files[i].path);
        out->own_files += !ONE_OF(last_part(path), loaders) && !is_named(p, path, arena);
    }
    return dr_arena_failed(arena) ? DR_NOMEM : DR_OK;
}

static const char *match_name(const prefetch *p, const prefetch_program *g)
{
    if (p->flags & PREFETCH_TRACE)
        return "none";
    if (g->path.n == 0)
        return "unknown";
    if (g->path_hashed)
        return g->switch_n ? "switch" : "path";
    /* Packaged apps are hashed with something more that is not known. */
    bool packaged = g->package.n || dr_str_find_fold(g->path, DR_STR("\\WINDOWSAPPS\\")) != SIZE_MAX ||
                    dr_str_find_fold(g->path, DR_STR("\\SYSTEMAPPS\\")) != SIZE_MAX;
    return g->hosts ? "command-line" : packaged ? "unknown" : "no";
}

static const char *trace_name(const prefetch *p, dr_arena *arena)
{
    if (!(p->flags & PREFETCH_TRACE))
        return "program";
    return dr_str_starts_fold(dr_utf16_str(arena, p->name), DR_STR("NTOSBOOT")) ? "boot" : "operation";
}

static void fill(rows *r, const prefetch *p, const prefetch_program *g)
{
    rows_begin(r, "prefetch", 0);
    if (!rows_ok(r))
        return;
    r->row.time = p->n_runs ? p->runs[0] : DR_NO_TIME;
    rows_wstr(r, "Name", p->name);
    rows_str(r, DR_STR("Path"), g->path);
    rows_str(r, DR_STR("Package"), g->package);
    rows_z(r, "Trace", trace_name(p, r->arena));
    rows_hex(r, "Hash", p->hash);
    if (g->path.n) {
        rows_hex(r, "PathHash", g->path_hash);
        if (!g->path_hashed)
            rows_hex(r, "HashBeyondPath", g->beyond);
    }
    rows_z(r, "HashMatch", match_name(p, g));
    rows_u64(r, "RunCount", p->run_count);
    if (p->n_runs)
        rows_time(r, "LastRun", p->runs[0]);
    for (size_t i = 0; i < p->n_runs; i++)
        rows_time(r, "Run", p->runs[i]);
    rows_z(r, "NameCut", g->cut ? "yes" : "no");
    rows_z(r, "Hosting", g->hosts ? "yes" : "no");
    if (g->switch_n)
        rows_u64(r, "Switch", g->switch_n);
    rows_u64(r, "Files", p->n_files);
    rows_u64(r, "OwnFiles", g->own_files);
    rows_z(r, "BeyondLoader", g->own_files ? "yes" : "no");
    rows_u64(r, "Volumes", p->n_volumes);
    for (size_t i = 0; i < p->n_volumes; i++)
        rows_item(r, "VolumeDevice", dr_utf16_str(r->arena, p->volumes[i].device));
    for (size_t i = 0; i < p->n_volumes; i++)
        rows_hex(r, "VolumeSerial", p->volumes[i].serial);
    for (size_t i = 0; i < p->n_volumes; i++) {
        char created[DR_TIME_TEXT] = "";
        if (dr_time_is(p->volumes[i].created)) /* those of network and compact discs have none */
            dr_time_text(p->volumes[i].created, created);
        rows_item(r, "VolumeCreated", dr_arena_str(r->arena, dr_str_of(created)));
    }
    rows_u64(r, "Version", p->version);
    rows_z(r, "Damaged", p->damaged ? "yes" : "no");
}

static dr_status read(const void *opened, const artefact_input *in, const record_sink *sink)
{
    const prefetch *p = opened;
    rows r;
    prefetch_program g;
    rows_start(&r, in, sink);
    if (rows_ok(&r))
        r.status = prefetch_program_of(&g, p, in->arena);
    if (rows_ok(&r)) {
        fill(&r, p, &g);
        rows_emit(&r);
    }
    return rows_end(&r);
}

static dr_status to_json(void *context, const record *r)
{
    rows_json(context, r);
    return DR_OK;
}

dr_status prefetch_json(dr_buf *out, const prefetch *p, dr_arena *arena)
{
    prefetch_program g;
    artefact_input in = { .path = DR_STR_NONE, .arena = arena };
    record_sink sink = { .context = out, .record = to_json };
    rows r;
    rows_start(&r, &in, &sink);
    if (rows_ok(&r))
        r.status = prefetch_program_of(&g, p, arena);
    if (rows_ok(&r)) {
        fill(&r, p, &g);
        for (size_t i = 0; i < p->n_files; i++)
            rows_wstr(&r, "File", p->files[i].path);
        rows_emit(&r);
    }
    dr_status status = rows_end(&r);
    return status == DR_OK && out->failed ? DR_NOMEM : status;
}

const artefact art_prefetch = { .name = "prefetch", .format = FORMAT_PREFETCH, .schema = "prefetch", .read = read };
