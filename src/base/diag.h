/* Diagnostics: what is damaged or odd in evidence, with its place. They are data: they go into the
 * list of their source, work goes on, and coverage learns what was lost. Codes: diag.def. */
#ifndef DR_BASE_DIAG_H
#define DR_BASE_DIAG_H

#include "base/arena.h"
#include "base/cur.h"
#include "base/limits.h"
#include "base/str.h"
#include "base/vec.h"

typedef enum dr_diag_code {
#define DR_DIAG(code, severity, sentence) DR_DIAG_##code,
#include "base/diag.def"
#undef DR_DIAG
    DR_DIAG_COUNT
} dr_diag_code;

typedef enum dr_severity {
    DR_NOTE,   /* odd, nothing lost */
    DR_LOSS,   /* some of the source could not be read */
    DR_USELESS /* nothing of the source could be read */
} dr_severity;

typedef struct dr_diag {
    dr_diag_code code;
    uint64_t off;  /* evidence offset */
    uint64_t size; /* bytes concerned, 0 when not known */
    dr_str text;   /* detail, may be empty; owned by the list's arena */
} dr_diag;

typedef struct dr_diags {
    dr_arena *arena; /* borrowed: texts live there */
    DR_VEC(dr_diag) list;
    uint64_t dropped;          /* beyond DR_DIAG_MAX */
    uint32_t count[DR_DIAG_COUNT];
} dr_diags;

void dr_diags_init(dr_diags *d, dr_arena *arena);
void dr_diags_free(dr_diags *d);
void dr_diag_add(dr_diags *d, dr_diag_code code, uint64_t off, uint64_t size, const char *fmt, ...) DR_PRINTF(5, 6);
/* From a faulted cursor: its place, and WHAT was being read. */
void dr_diag_fault(dr_diags *d, dr_diag_code code, const dr_cur *c, const char *what);
dr_severity dr_diag_severity(dr_diag_code code);
/* Name for JSON ("chunk-checksum") and sentence for people. */
const char *dr_diag_name(dr_diag_code code);
const char *dr_diag_sentence(dr_diag_code code);
const char *dr_fault_text(dr_fault fault);

#endif
