#include "casedb/case_vfs.h"

typedef struct vfs_file {
    sqlite3_file base;
    case_vfs *v;
} vfs_file;

static case_vfs *of(sqlite3_file *file)
{
    return ((vfs_file *)(void *)file)->v;
}

static int x_close(sqlite3_file *file)
{
    (void)file;
    return SQLITE_OK;
}

static int x_read(sqlite3_file *file, void *p, int n, sqlite3_int64 off)
{
    case_vfs *v = of(file);
    size_t got = 0;
    if (dr_os_read_at(&v->place->file, (uint64_t)off, p, (size_t)n, &got, v->err) != DR_OK)
        return SQLITE_IOERR_READ;
    if (got == (size_t)n)
        return SQLITE_OK;
    memset((char *)p + got, 0, (size_t)n - got);
    return SQLITE_IOERR_SHORT_READ;
}

static int x_write(sqlite3_file *file, const void *p, int n, sqlite3_int64 off)
{
    case_vfs *v = of(file);
    return dr_place_write_at(v->place, (uint64_t)off, p, (size_t)n, v->err) == DR_OK ? SQLITE_OK : SQLITE_IOERR_WRITE;
}

/* A new file only grows. */
static int x_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return (uint64_t)size >= of(file)->place->file.size ? SQLITE_OK : SQLITE_IOERR_TRUNCATE;
}

/* The place makes it durable at its end. */
static int x_sync(sqlite3_file *file, int flags)
{
    (void)file;
    (void)flags;
    return SQLITE_OK;
}

static int x_size(sqlite3_file *file, sqlite3_int64 *size)
{
    *size = (sqlite3_int64)of(file)->place->file.size;
    return SQLITE_OK;
}

/* Nobody else can have it open. */
static int x_lock(sqlite3_file *file, int lock)
{
    (void)file;
    (void)lock;
    return SQLITE_OK;
}

static int x_reserved(sqlite3_file *file, int *result)
{
    (void)file;
    *result = 0;
    return SQLITE_OK;
}

static int x_control(sqlite3_file *file, int what, void *p)
{
    (void)file;
    (void)what;
    (void)p;
    return SQLITE_NOTFOUND;
}

static int x_sector(sqlite3_file *file)
{
    (void)file;
    return 4096;
}

static int x_characteristics(sqlite3_file *file)
{
    (void)file;
    return 0;
}

static const sqlite3_io_methods methods = {
    .iVersion = 1,
    .xClose = x_close,
    .xRead = x_read,
    .xWrite = x_write,
    .xTruncate = x_truncate,
    .xSync = x_sync,
    .xFileSize = x_size,
    .xLock = x_lock,
    .xUnlock = x_lock,
    .xCheckReservedLock = x_reserved,
    .xFileControl = x_control,
    .xSectorSize = x_sector,
    .xDeviceCharacteristics = x_characteristics,
};

static int x_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *out)
{
    vfs_file *f = (vfs_file *)(void *)file;
    (void)name;
    f->base.pMethods = NULL;
    if (!(flags & SQLITE_OPEN_MAIN_DB))
        return SQLITE_CANTOPEN;
    f->base.pMethods = &methods;
    f->v = vfs->pAppData;
    if (out)
        *out = flags;
    return SQLITE_OK;
}

static int x_delete(sqlite3_vfs *vfs, const char *name, int sync)
{
    (void)vfs;
    (void)name;
    (void)sync;
    return SQLITE_OK;
}

static int x_access(sqlite3_vfs *vfs, const char *name, int flags, int *result)
{
    (void)vfs;
    (void)name;
    (void)flags;
    *result = 0;
    return SQLITE_OK;
}

static int x_full_name(sqlite3_vfs *vfs, const char *name, int room, char *out)
{
    (void)vfs;
    size_t n = strlen(name) + 1;
    if (room < 0 || n > (size_t)room)
        return SQLITE_CANTOPEN;
    memcpy(out, name, n);
    return SQLITE_OK;
}

int case_vfs_begin(case_vfs *v, dr_place *place, dr_err *err)
{
    const sqlite3_vfs *usual = sqlite3_vfs_find(NULL);
    if (!usual)
        return SQLITE_CANTOPEN;
    *v = (case_vfs){ .vfs = *usual, .place = place, .err = err }; /* randomness, time */
    snprintf(v->name, sizeof v->name, "didrun-%p", (void *)v);
    v->vfs.iVersion = 1;
    v->vfs.szOsFile = (int)sizeof(vfs_file);
    v->vfs.pNext = NULL;
    v->vfs.zName = v->name;
    v->vfs.pAppData = v;
    v->vfs.xOpen = x_open;
    v->vfs.xDelete = x_delete;
    v->vfs.xAccess = x_access;
    v->vfs.xFullPathname = x_full_name;
    return sqlite3_vfs_register(&v->vfs, 0);
}

void case_vfs_end(case_vfs *v)
{
    sqlite3_vfs_unregister(&v->vfs);
}
