/* The data files of a run: those compiled into the program, with folders of the user's over them. A
 * file of the same name replaces the built-in one; folders of rules add claims. */
#ifndef DR_LIB_DATASET_H
#define DR_LIB_DATASET_H

#include "base/arena.h"
#include "base/vec.h"

typedef struct data_file {
    dr_str name;  /* "claims/account-created.yml", or a path of the user's */
    dr_str shown; /* for messages: the same, or the path on disk */
    dr_str text;
    bool users;   /* the user's own: an error in it is the user's */
} data_file;

typedef struct dataset {
    dr_arena *arena;
    DR_VEC(data_file) files; /* sorted by name */
} dataset;

/* DATA and RULES: folders, ended by NULL; either may be NULL. */
dr_status dataset_load(dataset *set, const char *const *data, const char *const *rules, dr_err *err) DR_MUST_CHECK;
void dataset_free(dataset *set);
/* One file from disk, limited in size. */
dr_status dataset_read_file(dr_arena *arena, const char *path, dr_str *out, dr_err *err) DR_MUST_CHECK;

#endif
