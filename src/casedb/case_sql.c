#include "casedb/case_sql.h"

#include "fact/embedded.h"

int case_prepare(sqlite3 *db, case_sql *q, const char *text)
{
    q->next = 1;
    return sqlite3_prepare_v2(db, text, -1, &q->statement, NULL);
}

void case_bind_int(case_sql *q, int64_t value)
{
    (void)sqlite3_bind_int64(q->statement, q->next++, value);
}

/* SQLite knows signed numbers only: those above stand as negative ones. */
void case_bind_u64(case_sql *q, uint64_t value)
{
    case_bind_int(q, (int64_t)value);
}

void case_bind_time(case_sql *q, int64_t ticks)
{
    if (ticks == DR_NO_TIME)
        case_bind_null(q);
    else
        case_bind_int(q, ticks);
}

void case_bind_str(case_sql *q, dr_str text)
{
    (void)sqlite3_bind_text64(q->statement, q->next++, text.p ? text.p : "", text.n, SQLITE_STATIC, SQLITE_UTF8);
}

void case_bind_z(case_sql *q, const char *text)
{
    case_bind_str(q, dr_str_of(text));
}

void case_bind_null(case_sql *q)
{
    (void)sqlite3_bind_null(q->statement, q->next++);
}

int case_insert(case_sql *q)
{
    /* A value that could not be bound (memory) is NULL, which its column refuses. */
    int stepped = sqlite3_step(q->statement), reset = sqlite3_reset(q->statement);
    q->next = 1;
    if (stepped == SQLITE_DONE)
        return SQLITE_OK;
    return reset != SQLITE_OK ? reset : stepped;
}

void case_finish(case_sql *q)
{
    sqlite3_finalize(q->statement);
    q->statement = NULL;
}

const char *case_schema(void)
{
    for (size_t i = 0; i < didrun_embedded_count; i++) {
        if (dr_str_is(dr_str_of(didrun_embedded_data[i].name), "schema/001.sql"))
            return (const char *)didrun_embedded_data[i].p;
    }
    return "";
}

dr_status case_check_layout(dr_err *err)
{
    sqlite3 *db = NULL;
    int code = sqlite3_open_v2(":memory:", &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_MEMORY | SQLITE_OPEN_NOMUTEX, NULL);
    if (code == SQLITE_OK)
        code = sqlite3_exec(db, case_schema(), NULL, NULL, NULL);
    dr_status status = DR_OK;
    if (code == SQLITE_NOMEM)
        status = dr_fail(err, DR_NOMEM, "out of memory");
    else if (code != SQLITE_OK || !*case_schema())
        status = dr_fail(err, DR_DATA, "schema/001.sql: %s", sqlite3_errmsg(db));
    sqlite3_close(db);
    return status;
}

const char *case_library(void)
{
    return sqlite3_libversion();
}

const char *case_link_name(fact_link link)
{
    static const char *const names[] = { "none", "name", "session", "identity" };
    DR_ASSERT(link <= FACT_LINK_IDENTITY);
    return names[link];
}

bool case_link_of(dr_str name, fact_link *out)
{
    for (fact_link i = FACT_LINK_NONE; i <= FACT_LINK_IDENTITY; i++) {
        *out = i;
        if (dr_str_is(name, case_link_name(i)))
            return true;
    }
    return false;
}

bool case_role_of(dr_str name, evidence_role *out)
{
    for (evidence_role i = ROLE_PROVES; i <= ROLE_CONTEXT; i++) {
        *out = i;
        if (dr_str_is(name, role_name(i)))
            return true;
    }
    return false;
}

bool case_undone_of(dr_str name, undone_by *out)
{
    for (undone_by i = UNDONE_NOT; i <= UNDONE_ANOTHER; i++) {
        *out = i;
        if (dr_str_is(name, undone_name(i)))
            return true;
    }
    return false;
}

bool case_grade_of(dr_str name, grade *out)
{
    for (grade i = GRADE_NONE; i <= GRADE_A; i++) {
        *out = i;
        if (dr_str_is(name, grade_name(i)))
            return true;
    }
    return false;
}

bool case_reason_of(dr_str name, cov_reason *out)
{
    for (cov_reason i = COV_COVERED; i < COV_REASON_COUNT; i++) {
        *out = i;
        if (dr_str_is(name, cov_reason_name(i)))
            return true;
    }
    return false;
}

bool case_diag_of(dr_str name, dr_diag_code *out)
{
    for (size_t i = 0; i < DR_DIAG_COUNT; i++) {
        *out = (dr_diag_code)i;
        if (dr_str_is(name, dr_diag_name(*out)))
            return true;
    }
    return false;
}
