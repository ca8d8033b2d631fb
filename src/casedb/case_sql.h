/* What writing and reading a case share: statements that remember their first failure, names of enums. */
#ifndef DR_CASEDB_CASE_SQL_H
#define DR_CASEDB_CASE_SQL_H

#include "casedb/case.h"

#include <sqlite3.h>

/* A statement with values to bind from left to right, or columns to read. */
typedef struct case_sql {
    sqlite3_stmt *statement;
    int next;
} case_sql;

int case_prepare(sqlite3 *db, case_sql *q, const char *text);
void case_bind_int(case_sql *q, int64_t value);
void case_bind_u64(case_sql *q, uint64_t value);
void case_bind_time(case_sql *q, int64_t ticks); /* NULL for no time */
void case_bind_str(case_sql *q, dr_str text);
void case_bind_z(case_sql *q, const char *text);
void case_bind_null(case_sql *q);
/* Runs it with the bound values and makes it ready for the next ones. SQLITE_OK when it went well. */
int case_insert(case_sql *q);
void case_finish(case_sql *q);

/* The layout of data/schema/, empty when it is not compiled in. */
const char *case_schema(void);

const char *case_link_name(fact_link link);
bool case_link_of(dr_str name, fact_link *out);
bool case_role_of(dr_str name, evidence_role *out);
bool case_undone_of(dr_str name, undone_by *out);
bool case_grade_of(dr_str name, grade *out);
bool case_reason_of(dr_str name, cov_reason *out);
bool case_diag_of(dr_str name, dr_diag_code *out);

#endif
