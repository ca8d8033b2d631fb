#include "casedb/case_sql.h"

#include "casedb/case_vfs.h"

#define BLOCK (256u << 10)

/* A case that is being changed: a copy beside it, which takes its place when all went well. */
typedef struct edit {
    dr_file held; /* the case, so that nobody else changes it meanwhile */
    dr_place place;
    case_vfs vfs;
    dr_err why; /* what the operating system said to writing */
    sqlite3 *db;
    const char *path;
    dr_err *err;
} edit;

static dr_status check(edit *e, int code)
{
    if (code == SQLITE_OK || code == SQLITE_ROW || code == SQLITE_DONE)
        return DR_OK;
    if (code == SQLITE_NOMEM)
        return dr_fail(e->err, DR_NOMEM, "out of memory");
    if (e->why.text[0])
        return dr_fail(e->err, DR_IO, "%s", e->why.text);
    bool damaged = (code & 0xff) == SQLITE_CORRUPT || (code & 0xff) == SQLITE_NOTADB;
    return dr_fail(e->err, damaged ? DR_FORMAT : DR_IO, damaged ? "%s: is a damaged case: %s" : "%s: cannot be written: %s", e->path,
                   e->db ? sqlite3_errmsg(e->db) : sqlite3_errstr(code));
}

static dr_status copy(edit *e)
{
    char *block = dr_mem_alloc(BLOCK);
    dr_status status = block ? DR_OK : dr_fail(e->err, DR_NOMEM, "out of memory");
    for (uint64_t at = 0; at < e->held.size && status == DR_OK;) {
        size_t got = 0;
        status = dr_os_read_at(&e->held, at, block, BLOCK, &got, e->err);
        if (status == DR_OK && got == 0)
            status = dr_fail(e->err, DR_IO, "%s: became shorter while it was read", e->path);
        if (status == DR_OK)
            status = dr_place_write_at(&e->place, at, block, got, e->err);
        at += got;
    }
    dr_mem_free(block);
    return status;
}

/* It has to be a case of this layout before anything is put into it. */
static dr_status is_whole_case(edit *e)
{
    case_file *c = NULL;
    if (!case_is(e->path))
        return dr_fail(e->err, DR_FORMAT, "%s: is no case", e->path);
    dr_status status = case_open(&c, e->path, e->err);
    case_close(c);
    return status;
}

static dr_status begin(edit *e)
{
    dr_status status = dr_place_lock(e->path, &e->held, e->err);
    if (status == DR_OK)
        status = is_whole_case(e);
    if (status == DR_OK)
        status = dr_place_begin(&e->place, e->path, true, e->err);
    if (status == DR_OK)
        status = copy(e);
    if (status == DR_OK)
        status = check(e, case_vfs_begin(&e->vfs, &e->place, &e->why));
    if (status != DR_OK)
        return status;
    status = check(e, sqlite3_open_v2("case", &e->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, e->vfs.name));
    (void)sqlite3_db_config(e->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    (void)sqlite3_db_config(e->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
    if (status == DR_OK) /* nobody else sees the copy, and a failed one is thrown away */
        status = check(e, sqlite3_exec(e->db, "PRAGMA journal_mode = MEMORY; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE;"
                                              "PRAGMA temp_store = MEMORY; BEGIN", NULL, NULL, NULL));
    return status;
}

/* Keeps what was done when STATUS is DR_OK. */
static dr_status finish(edit *e, dr_status status)
{
    if (status == DR_OK)
        status = check(e, sqlite3_exec(e->db, "COMMIT", NULL, NULL, NULL));
    if (e->db) {
        int closed = sqlite3_close(e->db);
        e->db = NULL;
        if (status == DR_OK)
            status = check(e, closed);
    }
    if (e->vfs.place)
        case_vfs_end(&e->vfs);
    if (status == DR_OK)
        status = dr_place_end(&e->place, e->err);
    dr_place_abandon(&e->place);
    dr_os_close(&e->held);
    return status;
}

static edit of(const char *path, dr_err *err)
{
    return (edit){ .held = { .fd = -1 }, .place = { .file = { .fd = -1 } }, .path = path, .err = err };
}

/* The only verdict whose id begins so; an id is "v-" and hexadecimal digits, which GLOB takes as they are. */
static dr_status find_verdict(edit *e, dr_arena *arena, dr_str *id)
{
    case_sql q;
    dr_str pattern = dr_arena_concat(arena, *id, DR_STR("*")), found = DR_STR_NONE;
    size_t n = 0;
    dr_status status = check(e, case_prepare(e->db, &q, "SELECT DISTINCT id FROM verdict WHERE id GLOB ? LIMIT 2"));
    case_bind_str(&q, pattern);
    while (status == DR_OK) {
        int code = sqlite3_step(q.statement);
        status = check(e, code);
        if (code != SQLITE_ROW)
            break;
        found = dr_arena_str(arena, dr_str_of((const char *)sqlite3_column_text(q.statement, 0)));
        n++;
    }
    case_finish(&q);
    if (status == DR_OK && dr_arena_failed(arena))
        return dr_fail(e->err, DR_NOMEM, "out of memory");
    if (status == DR_OK && n != 1)
        return dr_fail(e->err, DR_USAGE, n ? "'%.*s' is the beginning of several verdict ids" : "there is no verdict '%.*s'", DR_STR_ARG(*id));
    *id = found;
    return status;
}

static dr_status insert(edit *e, case_note *note)
{
    case_sql q;
    dr_status status = check(e, case_prepare(e->db, &q, "INSERT INTO note (verdict, stance, because, by) VALUES (?, ?, ?, ?)"));
    case_bind_str(&q, note->verdict);
    case_bind_str(&q, note->stance);
    case_bind_str(&q, note->because);
    case_bind_str(&q, note->by);
    if (status == DR_OK)
        status = check(e, case_insert(&q));
    note->number = (uint64_t)sqlite3_last_insert_rowid(e->db);
    case_finish(&q);
    return status;
}

dr_status case_note_add(const char *path, dr_arena *arena, case_note *note, dr_err *err)
{
    edit e = of(path, err);
    dr_status status = begin(&e);
    if (status == DR_OK)
        status = find_verdict(&e, arena, &note->verdict);
    if (status == DR_OK)
        status = insert(&e, note);
    return finish(&e, status);
}

dr_status case_note_remove(const char *path, uint64_t number, dr_err *err)
{
    edit e = of(path, err);
    case_sql q = { 0 };
    dr_status status = begin(&e);
    if (status == DR_OK)
        status = check(&e, case_prepare(e.db, &q, "DELETE FROM note WHERE id = ?"));
    if (status == DR_OK) {
        case_bind_u64(&q, number);
        status = check(&e, case_insert(&q));
        if (status == DR_OK && sqlite3_changes(e.db) == 0)
            status = dr_fail(err, DR_USAGE, "there is no note %llu", (unsigned long long)number);
        case_finish(&q);
    }
    return finish(&e, status);
}
