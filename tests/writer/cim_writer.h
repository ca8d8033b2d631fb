#ifndef DR_TESTS_WRITER_CIM_WRITER_H
#define DR_TESTS_WRITER_CIM_WRITER_H
/*
 * A writer of WMI repositories: OBJECTS.DATA, INDEX.BTR, MAPPING1-3.MAP.
 *
 * Classes are defined with their parents before instances are made; values are given as text. What
 * is marked stale is written to a page that no mapping names and no index leads to: what is left of
 * a deleted object. Format facts: docs/formats/wmi.md.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "writer/pack.h"

typedef struct cimw_writer cimw_writer;

cimw_writer *cimw_create(void);
/* The layout of XP and 2003 (MD5, short mapping entries), from here on: call it first. */
void cimw_xp(cimw_writer *w);
void cimw_destroy(cimw_writer *w);

/* A namespace: "ROOT", "ROOT\\subscription"; with its __NAMESPACE instance in the one above. */
void cimw_namespace(cimw_writer *w, const char *path, uint64_t written);

/*
 * A class: own properties as "Name:type|...", with * behind the type of a key. Types: string, ref,
 * bool, uint8[], uint16, uint32, uint64. PARENT may be NULL. System classes go to "__SystemClass".
 */
void cimw_class(cimw_writer *w, const char *space, const char *name, const char *parent, const char *fields,
               uint64_t written);

/* An instance: "Name=value" pairs ending with NULL; uint8[] as a SID text. */
void cimw_instance(cimw_writer *w, const char *space, const char *name, uint64_t written, bool stale,
                  const char *const *values);

typedef struct cimw_files {
    pack objects, index, mapping[3];
} cimw_files;

cimw_files cimw_build(cimw_writer *w);
void cimw_files_free(cimw_files *f);

#endif
