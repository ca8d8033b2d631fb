/* SQLite over a file that has no name yet: the only one that it opens. */
#ifndef DR_CASEDB_CASE_VFS_H
#define DR_CASEDB_CASE_VFS_H

#include "base/os_place.h"

#include <sqlite3.h>

typedef struct case_vfs {
    sqlite3_vfs vfs;
    char name[40]; /* one that no other has */
    dr_place *place;
    dr_err *err; /* why writing failed */
} case_vfs;

/* Registers it until case_vfs_end; it must not move in between. An SQLite code. */
int case_vfs_begin(case_vfs *v, dr_place *place, dr_err *err);
void case_vfs_end(case_vfs *v);

#endif
