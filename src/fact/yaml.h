/* YAML of rule and data files as a small tree with places, read through libyaml's events. Limits of
 * base/limits.h hold; anchors, aliases and tags are refused; duplicate keys are an error. Scalars are
 * text: what they mean is said by who reads them, never guessed. */
#ifndef DR_FACT_YAML_H
#define DR_FACT_YAML_H

#include "base/arena.h"
#include "base/status.h"
#include "base/str.h"

typedef enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP } yaml_kind;

typedef struct yaml_node yaml_node;
struct yaml_node {
    yaml_kind kind;
    bool quoted;      /* scalar written with quotes */
    uint32_t line, column; /* 1-based */
    dr_str text;      /* scalar */
    size_t n;         /* items, or pairs */
    const yaml_node **items; /* list: items; map: values */
    const yaml_node **keys;  /* map only; scalars */
};

typedef struct yaml_file {
    dr_str name; /* for messages */
    const yaml_node **documents;
    size_t n;
} yaml_file;

/* On an error ERR holds "file:line:column: what was expected". */
dr_status yaml_load(dr_arena *arena, dr_str name, dr_str text, yaml_file *out, dr_err *err) DR_MUST_CHECK;
const yaml_node *yaml_get(const yaml_node *map, const char *key); /* NULL: not there, or not a map */
/* DR_DATA with "file:line:column: text". */
dr_status yaml_fail(dr_err *err, const yaml_file *file, const yaml_node *at, const char *fmt, ...) DR_PRINTF(4, 5);
/* Refuses keys that are not among ALLOWED (ended by NULL); near misses are named. */
dr_status yaml_only(const yaml_file *file, const yaml_node *map, const char *const *allowed, dr_err *err) DR_MUST_CHECK;
/* The word of WORDS (ended by NULL) that WORD is probably a misspelling of; empty for none. */
dr_str yaml_nearest(dr_str word, const char *const *words);
/* Scalar text of a key; empty with .p == NULL when it is not there. An error when it is no scalar. */
dr_status yaml_text(const yaml_file *file, const yaml_node *map, const char *key, bool required, dr_str *out, dr_err *err) DR_MUST_CHECK;
/* A scalar or a list of scalars as an array of texts. */
dr_status yaml_texts(const yaml_file *file, const yaml_node *node, dr_arena *arena, dr_str **out, size_t *n, dr_err *err) DR_MUST_CHECK;

/* Version of the library behind it. */
const char *yaml_library(void);

#endif
